"""Elementwise functions as PyTorch calls them, where that says more than the primitive's own arguments."""

from __future__ import annotations

from typing import Any

from .. import dtypes
from ..ops import elementwise as ops
from ..ops import indexing
from .arguments import spelled


def _scaled(y: Any, alpha: Any) -> Any:
    return y if alpha == 1 else ops.mul(y, alpha) if hasattr(y, "ndim") else y * alpha


@spelled
def add(x: Any, y: Any, *, alpha: float = 1) -> Any:
    """x + alpha y."""
    return ops.add(x, _scaled(y, alpha))


@spelled
def sub(x: Any, y: Any, *, alpha: float = 1) -> Any:
    """x - alpha y."""
    _no_bool_difference(x, y)
    return ops.sub(x, _scaled(y, alpha))


def _no_bool_difference(x: Any, y: Any) -> None:
    if any(getattr(v, "dtype", None) == bool or isinstance(v, bool) for v in (x, y)):
        raise RuntimeError(
            "sub: Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a "
            "mask, use the `~` or `logical_not()` operator instead"
        )


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
        return _floored(x, y)
    if rounding_mode == "trunc":
        return ops.trunc_divide(x, y)
    raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")


def _floored(x: Any, y: Any) -> Any:
    return ops.floor_divide(x, y)


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
    as_double = [ops.cast(v, dtypes.float64) if hasattr(v, "dtype") else float(v) for v in (x, y)]
    return ops.pow(*as_double)


@spelled
def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """x where the condition holds, else y; with the condition alone, the indices where it does, an array a dim."""
    if x is None and y is None:
        rows = indexing.nonzero(condition)
        return tuple(rows[:, d] for d in range(rows.shape[1]))
    return ops.where(condition, x, y)


@spelled
def allclose(x: Any, y: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether |x - y| <= atol + rtol |y| everywhere."""
    return bool(ops.isclose(x, y, rtol, atol, equal_nan).all())


@spelled
def equal(x: Any, y: Any) -> bool:
    """Whether the two have the same shape and the same elements."""
    return tuple(x.shape) == tuple(y.shape) and bool(ops.eq(x, y).all())


@spelled
def masked_fill(x: Any, mask: Any, value: Any) -> Any:
    """value where the mask holds, else x, in the dtype of x."""
    if getattr(mask, "dtype", bool) != bool:
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype}")
    if getattr(value, "ndim", 0):
        raise RuntimeError(
            f"masked_fill: only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)"
        )
    return ops.cast(filled, x.dtype) if (filled := ops.where(mask, value, x)).dtype != x.dtype else filled


@spelled
def nan_to_num(x: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """x with NaN and the infinities replaced, the latter by default by the largest and smallest finite numbers."""
    if x.dtype.kind != "f":
        return ops.clone(x)
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
    return x + tensor1 * tensor2 * value


@spelled
def addcdiv(x: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Any:
    """x + value tensor1 / tensor2."""
    return x + tensor1 / tensor2 * value


@spelled
def round(x: Any, *, decimals: int = 0) -> Any:
    """x rounded to `decimals` places, halves to even."""
    return ops.round(x, decimals)


@spelled
def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """log(1 + e**(beta x)) / beta, and x itself where beta x > threshold."""
    return ops.softplus(x, beta, threshold)
