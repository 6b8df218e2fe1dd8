"""Elementwise functions as PyTorch calls them, where that says more than the primitive's own arguments."""

from __future__ import annotations

import math
from typing import Any

from ..core import edge
from ..ops import elementwise as ops
from ..ops.creation import number
from ..types import dtypes
from .arguments import spelled
from .indexing import nonzero


def scaled(x: Any, y: Any, alpha: Any, name: str) -> Any:
    """alpha y, for a sum with x, in the dtype in which the two meet.

    Raises:
        RuntimeError: if that is of whole numbers and alpha is not.
    """
    if alpha == 1:
        return y
    found = dtypes.result_type(x, y)
    if found.kind != "f" and isinstance(alpha, float):
        raise RuntimeError(
            f"{name}: For integral input tensors, the factor (alpha or value) must not be a floating point number: "
            f"{alpha}"
        )
    return y * (alpha if found.kind != "b" else bool(alpha))


@spelled
def add(x: Any, y: Any, *, alpha: float = 1) -> Any:
    """x + alpha y."""
    return ops.add(x, scaled(x, y, alpha, "add"))


@spelled
def sub(x: Any, y: Any, *, alpha: float = 1) -> Any:
    """x - alpha y."""
    return ops.sub(x, scaled(x, y, alpha, "sub"))


@spelled
def rsub(x: Any, y: Any, *, alpha: float = 1) -> Any:
    """y - alpha x."""
    return sub(y, x, alpha=alpha)


@spelled
def div(x: Any, y: Any, *, rounding_mode: str | None = None) -> Any:
    """x / y; with rounding_mode "floor" or "trunc", rounded down or towards 0 in the dtype of the arguments."""
    if rounding_mode is None:
        return ops.div(x, y)
    if rounding_mode == "floor":
        return ops.floor_divide(x, y)
    if rounding_mode == "trunc":
        return ops.trunc_divide(x, y)
    raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")


@spelled
def positive(x: Any) -> Any:
    """x itself, which must not be of bools."""
    if x.dtype == dtypes.bool:
        raise RuntimeError("positive: the `+` operator, on a bool tensor, is not supported")
    return x


@spelled
def clamp_min(x: Any, min: Any) -> Any:
    """max(x, min)."""
    return ops.clamp(x, min, None)


@spelled
def clamp_max(x: Any, max: Any) -> Any:
    """min(x, max)."""
    return ops.clamp(x, None, max)


@spelled
def float_power(x: Any, y: Any) -> Any:
    """x ** y, computed in float64."""
    return ops.pow(*_in_floats("float_power", x, y, dtype=dtypes.float64))


@spelled
def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """x where the condition holds, else y; with the condition alone, the indices where it does, an array a dim."""
    if x is None and y is None:
        return nonzero(condition, as_tuple=True)
    if getattr(condition, "dtype", dtypes.bool) not in (dtypes.bool, dtypes.uint8):
        raise RuntimeError(f"where expected condition to be a boolean tensor, but got one of dtype {condition.dtype}")
    for value, other in ((x, y), (y, x)):
        if type(value) is int and hasattr(other, "dtype"):
            dtypes.check_fits(value, other.dtype)
    return ops.where(condition, x, y)


@spelled
def isclose(x: Any, y: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Any:
    """|x - y| <= atol + rtol |y|, or equal; NaN equals NaN only if `equal_nan`. The dtypes must agree."""
    if getattr(y, "dtype", x.dtype) != x.dtype:
        raise RuntimeError(f"isclose: the dtypes must be the same: {x.dtype} did not match {y.dtype}")
    if not (rtol >= 0 and atol >= 0):
        raise RuntimeError(f"isclose: rtol and atol must be greater than or equal to zero, but got {rtol} and {atol}")
    return ops.isclose(x, y, rtol, atol, equal_nan)


@spelled
def allclose(x: Any, y: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether |x - y| <= atol + rtol |y| everywhere."""
    return bool(isclose(x, y, rtol, atol, equal_nan).all())


@spelled
def equal(x: Any, y: Any) -> bool:
    """Whether the two have the same shape and the same elements."""
    return tuple(x.shape) == tuple(y.shape) and bool(ops.eq(x, y).all())


@spelled
def masked_fill(x: Any, mask: Any, value: Any) -> Any:
    """value where the mask holds, else x, in the dtype of x."""
    if getattr(mask, "dtype", dtypes.bool) != dtypes.bool:
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype}")
    if getattr(value, "ndim", 0):
        raise RuntimeError(
            f"masked_fill: only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)"
        )
    if type(value) is int:
        dtypes.check_fits(value, x.dtype)
    return edge.cast(filled, x.dtype) if (filled := ops.where(mask, value, x)).dtype != x.dtype else filled


@spelled
def nan_to_num(x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """x with NaN and the infinities replaced, the latter by default by the largest and smallest finite numbers."""
    if x.dtype.kind != "f":
        return edge.clone(x)
    limits = dtypes.finfo(x.dtype)
    high = float(limits.max) if posinf is None else posinf
    low = float(limits.min) if neginf is None else neginf
    infinite = ops.isinf(x)
    x = ops.where(ops.isnan(x), nan, x)
    x = ops.where(ops.logical_and(infinite, ops.gt(x, 0)), high, x)
    return ops.where(ops.logical_and(infinite, ops.lt(x, 0)), low, x)


@spelled
def addcmul(x: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """x + value tensor1 tensor2."""
    return x + scaled(x, tensor1 * tensor2, value, "addcmul")


@spelled
def addcdiv(x: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """x + value tensor1 / tensor2."""
    if tensor1.dtype.kind != "f" and tensor2.dtype.kind != "f":
        raise RuntimeError(
            "addcdiv: Integer division is not supported; use .float(), or write x + value * (tensor1 / tensor2)"
        )
    return x + scaled(x, tensor1 / tensor2, value, "addcdiv")


@spelled
def round(x: Any, *, decimals: int = 0) -> Any:
    """x rounded to `decimals` places, halves to even."""
    return ops.round(x, decimals)


@spelled
def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """log(1 + e**(beta x)) / beta, and x itself where beta x > threshold."""
    return ops.softplus(x, beta, threshold)


# ---------------------------------------------------------------------------- functions composed of others


def _in_floats(name: str, *values: Any, dtype: Any = None) -> list[Any]:
    """The values, Python's numbers too, as arrays of the floating dtype in which they meet."""
    for v in values:
        if not (isinstance(v, (int, float)) or hasattr(v, "dtype")):
            raise TypeError(f"{name}(): Tensors and numbers are needed, not {type(v).__name__}")
    found = dtype or dtypes.result_type(*values)
    if found.kind != "f":
        found = dtypes.get_default_dtype()
    return [
        number(v, found) if isinstance(v, (int, float)) else v if v.dtype is found else edge.cast(v, found)
        for v in values
    ]


@spelled
def fmax(x: Any, y: Any) -> Any:
    """The larger of x and y; of a number and NaN, the number. Where equal, x gets the gradient."""
    return ops.where(ops.logical_or(ops.ge(x, y), ops.isnan(y)), x, y)


@spelled
def fmin(x: Any, y: Any) -> Any:
    """The smaller of x and y; of a number and NaN, the number. Where equal, x gets the gradient."""
    return ops.where(ops.logical_or(ops.le(x, y), ops.isnan(y)), x, y)


@spelled
def heaviside(x: Any, values: Any) -> Any:
    """0 where x < 0, 1 where x > 0, and values where x = 0; no derivative by x."""
    if getattr(values, "dtype", x.dtype) != x.dtype:
        raise RuntimeError(f"heaviside: the dtypes must be the same, not {x.dtype} and {values.dtype}")
    return ops.where(ops.eq(x, 0), values, edge.cast(ops.gt(x, 0), x.dtype))


@spelled
def logit(x: Any, eps: float | None = None) -> Any:
    """log(x / (1 - x)), the inverse of sigmoid, with x bounded to [eps, 1 - eps] if eps is given."""
    (x,) = _in_floats("logit", x)
    x = x if eps is None else ops.clamp(x, eps, 1 - eps)
    return ops.log(x) - ops.log1p(-x)


@spelled
def xlogy(x: Any, y: Any) -> Any:
    """x log(y), and 0 where x is 0 (unless y is NaN)."""
    x, y = _in_floats("xlogy", x, y)
    lost = ops.logical_and(ops.eq(x, 0), ops.logical_or(ops.le(y, 0), ops.eq(y, math.inf)))
    return x * ops.log(ops.where(lost, 1, y))


@spelled
def sinc(x: Any) -> Any:
    """sin(πx) / (πx), and 1 where x is 0."""
    zero = ops.eq(x, 0)
    angle = ops.where(zero, 1, x) * math.pi
    return ops.where(zero, 1, ops.sin(angle) / angle)


@spelled
def ldexp(x: Any, y: Any) -> Any:
    """x 2**y."""
    x, y = _in_floats("ldexp", x, y)
    return x * ops.exp2(y)


@spelled
def logaddexp2(x: Any, y: Any) -> Any:
    """log2(2**x + 2**y)."""
    x, y = _in_floats("logaddexp2", x, y)
    return ops.logaddexp(x * math.log(2), y * math.log(2)) / math.log(2)


@spelled
def deg2rad(x: Any) -> Any:
    """Degrees in radians."""
    return x * (math.pi / 180)


@spelled
def rad2deg(x: Any) -> Any:
    """Radians in degrees."""
    return x * (180 / math.pi)


@spelled
def signbit(x: Any) -> Any:
    """Whether the sign is negative, as it is of -0.0."""
    return ops.lt(ops.copysign(1.0, x), 0) if x.dtype.kind == "f" else ops.lt(x, 0)


@spelled
def isposinf(x: Any) -> Any:
    """Whether x is +inf."""
    return ops.eq(x, math.inf)


@spelled
def isneginf(x: Any) -> Any:
    """Whether x is -inf."""
    return ops.eq(x, -math.inf)


@spelled
def isreal(x: Any) -> Any:
    """True everywhere: there are no complex Tensors here."""
    return ops.logical_or(ops.eq(x, x), True)
