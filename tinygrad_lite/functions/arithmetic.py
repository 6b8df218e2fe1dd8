"""Sums, products, quotients and remainders of elements, as PyTorch calls them."""

from __future__ import annotations

from typing import Any, Literal

from ..core.argument_types import wrong_type
from ..core.errors import refuse_bools, unsupported
from ..core.primitive import documents
from ..ops import elementwise as ops
from ..types import dtypes
from ..types.annotations import Number, Tensor
from .arguments import public, rounded_once

# ---------------------------------------------------------------------------------------- sums and differences


def scaled(x: Any, y: Any, alpha: Any, name: str, factor: str = "alpha") -> Any:
    """alpha y, for a sum with x, in the dtype of that sum.

    Raises:
        RuntimeError: if the dtype is an integer one and alpha is not an integer.
    """
    if alpha == 1 and type(alpha) is not bool:
        return y
    dtype = dtypes.result_type(x, y)
    if dtype.kind != "b" and isinstance(alpha, bool):
        raise RuntimeError(f"Boolean {factor} only supported for Boolean results. {name}: the result is of {dtype}")
    if dtype.kind != "f" and isinstance(alpha, float):
        raise RuntimeError(
            f"For integral input tensors, argument {factor} must not be a floating point number. {name}: the sum is of "
            f"{dtype}, and {factor} is {alpha}"
        )
    return ops.mul(y, dtypes.fitted(alpha, dtype) if dtype.kind != "b" else bool(alpha))


@public
def add(x: Tensor | Number, y: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """Sum of `x` and `y`, element by element.

        x + alpha y

    The shapes are broadcast; the result has the dtype in which the two meet (`tl.result_type`). A sum of bools is their
    "or".

    Args:
        alpha: a factor for `y`; an integer if `x` and `y` are of integers.

    Raises:
        RuntimeError: if the shapes cannot be broadcast, or `alpha` is a float and the dtype of the sum an integer one.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.add(tl.tensor([[1.0], [2.0]]), tl.tensor([10.0, 20.0]), alpha=0.1)
    tensor([[2., 3.],
            [3., 4.]])
    """
    return ops.add(x, scaled(x, y, alpha, "add"))


@public
def sub(x: Tensor | Number, y: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """Difference of `x` and `y`, element by element.

        x - alpha y

    The shapes are broadcast; the result has the dtype in which the two meet. In uint8 a negative result wraps around.

    Args:
        alpha: a factor for `y`; an integer if `x` and `y` are of integers.

    Raises:
        RuntimeError: if the shapes cannot be broadcast; if `x` or `y` is of bools (use `logical_xor`, or `~` to invert
            a mask); or if `alpha` is a float and the dtype of the difference an integer one.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.sub(tl.tensor([3.0, 5.0]), tl.tensor([1.0, 1.0]), alpha=2)
    tensor([1., 3.])
    >>> tl.tensor([1, 2], dtype=tl.uint8) - 2
    tensor([255,   0], dtype=uint8)
    """
    refuse_bools(ops.sub, [x, y])
    return ops.sub(x, scaled(x, y, alpha, "sub"))


@public
def rsub(x: Tensor | Number, y: Tensor | Number, *, alpha: Number = 1) -> Tensor:
    """Difference with the arguments reversed: `sub(y, x)`.

        y - alpha x

    The shapes are broadcast; the result has the dtype in which the two meet.

    Args:
        alpha: a factor for `x`; an integer if `x` and `y` are of integers.

    Raises:
        RuntimeError: as `sub` does.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.rsub(tl.tensor([0.25, 1.0]), 1)
    tensor([0.7500, 0.0000])
    """
    return sub(y, x, alpha=alpha)


@documents(ops.neg)
def neg(x: Tensor) -> Tensor:
    """Elements of `x` with the opposite sign.

        -x

    The result has the shape and dtype of `x`. In uint8 it wraps around: -1 is 255.

    Raises:
        RuntimeError: if `x` is of bools: `~x` inverts a mask.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.neg(tl.tensor([1.5, -2.0, 0.0]))
    tensor([-1.5000,  2.0000, -0.0000])
    """


@public
def positive(x: Tensor) -> Tensor:
    """The argument itself, which is what the operator `+x` gives.

    Nothing is copied: the result is `x`, with its shape, its dtype and its place in the graph.

    Raises:
        RuntimeError: if `x` is of bools.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, -2.0])
    >>> tl.positive(x) is x
    True
    """
    if x.dtype == dtypes.bool:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported. positive: use x.long() to count")
    return x


# ------------------------------------------------------------------------------------ products and quotients


@documents(ops.mul)
def mul(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Product of `x` and `y`, element by element; `matmul` is the product of matrices.

        x y,    d/dx = y,    d/dy = x

    The shapes are broadcast; the result has the dtype in which the two meet (`tl.result_type`).

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> column, row = tl.tensor([[1], [2], [3]]), tl.tensor([1, 10])
    >>> tl.mul(column, row)
    tensor([[ 1, 10],
            [ 2, 20],
            [ 3, 30]])
    """


@public
def div(x: Tensor | Number, y: Tensor | Number, *, rounding_mode: Literal["trunc", "floor"] | None = None) -> Tensor:
    """Quotient of `x` and `y`, element by element.

        x / y,    d/dx = 1 / y,    d/dy = -x / y²

    The shapes are broadcast. Without rounding the result is of a floating dtype, also for integers, and a division by 0
    gives inf or NaN.

    Args:
        rounding_mode: "floor" rounds down, "trunc" rounds towards 0; the result then has the dtype of the arguments,
            and its derivative is 0.

    Raises:
        RuntimeError: if the shapes cannot be broadcast; for another `rounding_mode`; or if an integer is divided by 0
            with rounding.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([7, -7])
    >>> tl.div(x, 2), tl.div(x, 2, rounding_mode="floor"), tl.div(x, 2, rounding_mode="trunc")
    (tensor([ 3.5000, -3.5000]), tensor([ 3, -4]), tensor([ 3, -3]))
    """
    if rounding_mode is None:
        return ops.div(x, y)
    if rounding_mode == "floor":
        return ops.floor_divide(x, y)
    if rounding_mode == "trunc":
        return ops.trunc_divide(x, y)
    if not isinstance(rounding_mode, str):
        raise wrong_type("div", "rounding_mode", None, "str", rounding_mode)
    raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")


@documents(ops.floor_divide)
def floor_divide(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Quotient of `x` and `y`, rounded down: the operator `//`.

        floor(x / y)

    The shapes are broadcast; the result has the dtype in which the two meet. The derivative is 0.

    Raises:
        NotImplementedError: if both are of bools.
        RuntimeError: if the shapes cannot be broadcast, or an integer is divided by 0.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.floor_divide(tl.tensor([7, -7]), 2)
    tensor([ 3, -4])
    >>> tl.tensor([7.0]) // 0
    tensor([inf])
    """


@documents(ops.remainder)
def remainder(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Remainder of the division of `x` by `y`, with the sign of `y`: the operator `%`, as Python defines it.

        x - y floor(x / y),    d/dx = 1,    d/dy = -floor(x / y)

    The shapes are broadcast; the result has the dtype in which the two meet. `fmod` takes the sign of `x` instead.

    Raises:
        NotImplementedError: if both are of bools.
        RuntimeError: if the shapes cannot be broadcast, or an integer is divided by 0.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([-3.5, 3.5])
    >>> tl.remainder(x, 2), tl.fmod(x, 2)
    (tensor([0.5000, 1.5000]), tensor([-1.5000,  1.5000]))
    """


@documents(ops.fmod)
def fmod(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Remainder of the division of `x` by `y`, with the sign of `x`, as C defines it.

        x - y trunc(x / y),    d/dx = 1,    d/dy = -trunc(x / y)

    The shapes are broadcast; the result has the dtype in which the two meet. `remainder` takes the sign of `y` instead.

    Raises:
        NotImplementedError: if both are of bools.
        RuntimeError: if the shapes cannot be broadcast, or an integer is divided by 0.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.fmod(tl.tensor([-7, 7]), 3)
    tensor([-1,  1])
    """


@documents(ops.reciprocal)
def reciprocal(x: Tensor) -> Tensor:
    """Reciprocal of each element.

        1 / x,    d/dx = -1 / x²

    The result has the shape of `x`, and its dtype; integers are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.reciprocal(tl.tensor([4, -1, 0]))
    tensor([ 0.2500, -1.0000,     inf])
    """


# --------------------------------------------------------------------------------------------- combinations


@public
@rounded_once
def addcmul(x: Tensor, tensor1: Tensor | Number, tensor2: Tensor | Number, *, value: Number = 1) -> Tensor:
    """Sum of `x` and a multiple of the product of two Tensors.

        x + value tensor1 tensor2

    The shapes of all three are broadcast; the result has the dtype in which they meet.

    Args:
        tensor1: the first factor.
        tensor2: the second factor.
        value: a number by which the product is multiplied.

    Raises:
        RuntimeError: if the shapes cannot be broadcast, or `value` is a float and the dtype an integer one.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.addcmul(tl.zeros(2), tl.tensor([1.0, 2.0]), tl.tensor([3.0, 4.0]), value=10)
    tensor([30., 80.])
    """
    return ops.add(x, scaled(x, ops.mul(tensor1, tensor2), value, "addcmul", "value"))


@public
@rounded_once
def addcdiv(x: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
    """Sum of `x` and a multiple of the quotient of two Tensors: the form of the last line of Adam.

        x + value tensor1 / tensor2

    The shapes of all three are broadcast; the result has the dtype in which they meet.

    Args:
        tensor1: the dividend.
        tensor2: the divisor.
        value: a number by which the quotient is multiplied.

    Raises:
        RuntimeError: if the shapes cannot be broadcast, or `tensor1` and `tensor2` are both of integers.
        TypeError: if an argument is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> weight, average, root = tl.tensor([1.0, 1.0]), tl.tensor([0.2, -0.4]), tl.tensor([0.1, 0.2])
    >>> tl.addcdiv(weight, average, root, value=-0.01)
    tensor([0.9800, 1.0200])
    """
    if tensor1.dtype.kind != "f" and tensor2.dtype.kind != "f":
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported. addcdiv: convert one of the two with .float(), or "
            "write x + value * (tensor1 / tensor2)"
        )
    return ops.add(x, scaled(x, ops.div(tensor1, tensor2), value, "addcdiv", "value"))


@public
def lerp(x: Tensor, y: Tensor | Number, weight: Tensor | Number) -> Tensor:
    """Linear interpolation between `x` and `y`.

        x + weight (y - x),    d/dx = 1 - weight,    d/dy = weight,    d/dweight = y - x

    The shapes of all three are broadcast; they have one dtype, which is that of the result. It is computed from the
    nearer end, so that a weight of 1 gives exactly `y`.

    Args:
        weight: the place between `x` (0) and `y` (1); values outside [0, 1] extrapolate.

    Raises:
        RuntimeError: if the shapes cannot be broadcast, or the dtypes differ (that of a 0-d weight may).
        NotImplementedError: for a dtype that is not floating.
        TypeError: if an argument is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.lerp(tl.tensor([0.0, 10.0]), tl.tensor([1.0, 20.0]), 0.25)
    tensor([ 0.2500, 12.5000])
    """
    for name, value in (("end", y), ("weight", weight)):
        dtype = getattr(value, "dtype", x.dtype)
        if dtype != x.dtype and (name == "end" or getattr(value, "ndim", 0)):
            raise RuntimeError(
                f"expected dtype {x.dtype} for `{name}` but got dtype {dtype}. lerp: convert it with .to(dtype)"
            )
    if x.dtype.kind != "f":
        raise unsupported(ops.lerp, [x.dtype])
    return ops.lerp(x, y, weight)
