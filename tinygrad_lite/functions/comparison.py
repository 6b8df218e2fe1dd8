"""Comparisons of elements, as PyTorch calls them. Their results are of bools, and have no derivative."""

from __future__ import annotations

import math

from ..core.primitive import documents
from ..ops import elementwise as ops
from ..types.annotations import Number, Tensor
from .arguments import public, refuse_numbers

# ---------------------------------------------------------------------------------------------- order


@documents(ops.eq)
def eq(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Mask of the elements in which `x` and `y` are equal: the operator `==`.

    The shapes are broadcast; the result is of bools. NaN is not equal to anything, itself included. `equal` compares
    whole Tensors, `isclose` allows for rounding.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.eq(tl.tensor([1.0, 2.0, tl.nan]), tl.tensor([1.0, 0.0, tl.nan]))
    tensor([ True, False, False])
    """


@documents(ops.ne)
def ne(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Mask of the elements in which `x` and `y` differ: the operator `!=`.

    The shapes are broadcast; the result is of bools. NaN differs from everything, itself included.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, tl.nan])
    >>> tl.ne(x, x)
    tensor([False,  True])
    """


@documents(ops.lt)
def lt(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Mask of the elements in which `x` is less than `y`: the operator `<`.

    The shapes are broadcast; the result is of bools, False where one of the two is NaN.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.lt(tl.tensor([1, 2, 3]), 2)
    tensor([ True, False, False])
    """


@documents(ops.le)
def le(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Mask of the elements in which `x` is less than or equal to `y`: the operator `<=`.

    The shapes are broadcast; the result is of bools, False where one of the two is NaN.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.le(tl.tensor([1, 2, 3]), 2)
    tensor([ True,  True, False])
    """


@documents(ops.gt)
def gt(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Mask of the elements in which `x` is greater than `y`: the operator `>`.

    The shapes are broadcast; the result is of bools, False where one of the two is NaN.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1, 2, 3])
    >>> tl.gt(x, 2), x[x > 1]
    (tensor([False, False,  True]), tensor([2, 3]))
    """


@documents(ops.ge)
def ge(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Mask of the elements in which `x` is greater than or equal to `y`: the operator `>=`.

    The shapes are broadcast; the result is of bools, False where one of the two is NaN.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.ge(tl.tensor([1.0, 2.0, tl.nan]), 2)
    tensor([False,  True, False])
    """


# ------------------------------------------------------------------------------------- equality of Tensors


@public
def isclose(x: Tensor, y: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Mask of the elements in which `x` and `y` are equal up to rounding.

        |x - y| <= atol + rtol |y|

    The shapes are broadcast, and both must be of one dtype. Infinities are close to themselves. The formula is not
    symmetric: the tolerance depends on `y`, the value that is expected.

    Args:
        rtol: the tolerance relative to `y`.
        atol: the absolute tolerance, for values near 0.
        equal_nan: if True, NaN is close to NaN.

    Raises:
        RuntimeError: if the dtypes differ, the shapes cannot be broadcast, or a tolerance is negative.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 1000.0, tl.nan])
    >>> tl.isclose(x, x + 0.001), tl.isclose(x, x, equal_nan=True)
    (tensor([False,  True, False]), tensor([True, True, True]))
    """
    refuse_numbers("isclose", x, y)
    if getattr(y, "dtype", x.dtype) != x.dtype:
        raise RuntimeError(f"{x.dtype} did not match {y.dtype}. isclose: convert one of the two with .to(dtype)")
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if not tolerance >= 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {tolerance}")
    return ops.isclose(x, y, rtol, atol, equal_nan)


@public
def allclose(x: Tensor, y: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """True if all elements of `x` and `y` are equal up to rounding; see `isclose`.

        |x - y| <= atol + rtol |y|

    The shapes are broadcast, and both must be of one dtype.

    Args:
        rtol: the tolerance relative to `y`.
        atol: the absolute tolerance, for values near 0.
        equal_nan: if True, NaN is close to NaN.

    Raises:
        RuntimeError: if the dtypes differ, the shapes cannot be broadcast, or a tolerance is negative.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0.1, 0.2]) + 0.2
    >>> tl.allclose(x, tl.tensor([0.3, 0.4])), tl.allclose(x, tl.tensor([0.3, 0.41]))
    (True, False)
    """
    refuse_numbers("allclose", x, y)
    return bool(isclose(x, y, rtol, atol, equal_nan).all())


@public
def equal(x: Tensor, y: Tensor) -> bool:
    """True if `x` and `y` have the same shape and the same elements.

    Nothing is broadcast. The dtypes may differ, and Tensors with NaN are not equal.

    Raises:
        TypeError: if `x` or `y` is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 1.0])
    >>> tl.equal(x, tl.tensor([1, 1])), tl.equal(x, tl.ones(1))
    (True, False)
    """
    return tuple(x.shape) == tuple(y.shape) and bool(ops.eq(x, y).all())


# ------------------------------------------------------------------------------------- special values


@documents(ops.isnan)
def isnan(x: Tensor) -> Tensor:
    """Mask of the elements that are NaN, not a number.

    The result has the shape of `x` and is of bools; integers are never NaN.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.isnan(tl.tensor([1.0, 0.0]) / 0)
    tensor([False,  True])
    """


@documents(ops.isinf)
def isinf(x: Tensor) -> Tensor:
    """Mask of the elements that are infinite, with either sign.

    The result has the shape of `x` and is of bools; integers are never infinite.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.isinf(tl.tensor([1.0, -1.0, 0.0]) / 0)
    tensor([ True,  True, False])
    """


@documents(ops.isfinite)
def isfinite(x: Tensor) -> Tensor:
    """Mask of the elements that are neither infinite nor NaN.

    The result has the shape of `x` and is of bools; integers are always finite.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.isfinite(tl.tensor([1.0, tl.inf, tl.nan]))
    tensor([ True, False, False])
    """


@public
def isposinf(x: Tensor) -> Tensor:
    """Mask of the elements that are +inf.

    The result has the shape of `x` and is of bools; integers are never infinite.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.isposinf(tl.tensor([tl.inf, -tl.inf, 1.0]))
    tensor([ True, False, False])
    """
    return ops.eq(x, math.inf)


@public
def isneginf(x: Tensor) -> Tensor:
    """Mask of the elements that are -inf.

    The result has the shape of `x` and is of bools; integers are never infinite.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.isneginf(tl.log(tl.tensor([0.0, 1.0])))
    tensor([ True, False])
    """
    return ops.eq(x, -math.inf)


@public
def isreal(x: Tensor) -> Tensor:
    """Mask of the elements whose imaginary part is 0: all of them, since no Tensor here is of complex numbers.

    The result has the shape of `x` and is of bools.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.isreal(tl.tensor([1.0, tl.nan]))
    tensor([True, True])
    """
    return ops.logical_or(ops.eq(x, x), True)


@public
def signbit(x: Tensor) -> Tensor:
    """Mask of the elements with a negative sign, -0.0 among them.

    The result has the shape of `x` and is of bools.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([-2.0, -0.0, 0.0])
    >>> tl.signbit(x), x < 0
    (tensor([ True,  True, False]), tensor([ True, False, False]))
    """
    return ops.lt(ops.copysign(1.0, x), 0) if x.dtype.kind == "f" else ops.lt(x, 0)
