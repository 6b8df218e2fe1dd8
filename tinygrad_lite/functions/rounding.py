"""Absolute values, signs and roundings of elements, as PyTorch calls them."""

from __future__ import annotations

from ..core import edge
from ..core.primitive import documents
from ..ops import elementwise as ops
from ..types.annotations import Number, Tensor
from .arguments import public, refuse_numbers

# ----------------------------------------------------------------------------------- absolute values and signs


@documents(ops.abs)
def abs(x: Tensor) -> Tensor:
    """Absolute value of each element.

        |x|,    d/dx = sign x, which is 0 at 0

    The result has the shape and dtype of `x`.

    Raises:
        NotImplementedError: if `x` is of bools.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([-3.0, 0.0, 2.0], requires_grad=True)
    >>> tl.abs(x).sum().backward()
    >>> x.grad
    tensor([-1.,  0.,  1.])
    """


@documents(ops.sign)
def sign(x: Tensor) -> Tensor:
    """Sign of each element: -1, 0 or 1.

    The result has the shape and dtype of `x`. The sign of NaN is 0 (NumPy's is NaN), and the derivative is 0
    everywhere.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.sign(tl.tensor([-2.5, 0.0, 7.0, tl.nan]))
    tensor([-1.,  0.,  1.,  0.])
    """


@documents(ops.copysign)
def copysign(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Absolute value of `x` with the sign of `y`, in which -0.0 counts as negative.

        |x| sign y,    d/dx = sign x sign y,    d/dy = 0

    The shapes are broadcast; the result is of a floating dtype. The derivative by `x` is 0 at 0.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.copysign(tl.tensor([1.0, -2.0, 3.0]), tl.tensor([-5.0, 5.0, -0.0]))
    tensor([-1.,  2., -3.])
    """


@public
def heaviside(x: Tensor, values: Tensor) -> Tensor:
    """Heaviside's step function: 0 where `x` is negative, 1 where it is positive.

    The shapes are broadcast; the result has the dtype of `x`. There is no derivative by `x`.

    Args:
        values: the value where `x` is 0, of the dtype of `x`.

    Raises:
        RuntimeError: if the dtypes differ, or the shapes cannot be broadcast.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.heaviside(tl.tensor([-1.5, 0.0, 2.0]), tl.tensor(0.5))
    tensor([0.0000, 0.5000, 1.0000])
    """
    refuse_numbers("heaviside", x, values, "values")
    if getattr(values, "dtype", x.dtype) != x.dtype:
        raise RuntimeError(
            "heaviside is not yet implemented for tensors with different dtypes. heaviside: x is of "
            f"{x.dtype}, values of {values.dtype}"
        )
    return ops.where(ops.eq(x, 0), values, edge.cast(ops.gt(x, 0), x.dtype))


@documents(ops.angle)
def angle(x: Tensor) -> Tensor:
    """Angle of each element in the complex plane: pi where it is negative, else 0.

    The result has the shape of `x` and is of a floating dtype. -0.0 counts as 0, and the angle of NaN is NaN. The
    derivative is 0 everywhere.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.angle(tl.tensor([3.0, -0.0, -3.0]))
    tensor([0.0000, 0.0000, 3.1416])
    """


@public
def nextafter(x: Tensor, y: Tensor) -> Tensor:
    """Floating-point number that is next to `x` on the way to `y`; `y` itself where the two are equal.

    The shapes are broadcast; the result has the dtype in which the two meet, a floating one. The derivative by `x`
    is 1, and 0 where `x` = `y`; by `y` it is 0.

    Raises:
        NotImplementedError: if neither `x` nor `y` is of a floating dtype.
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 1.0])
    >>> (tl.nextafter(x, tl.tensor([2.0, 0.0])) - x).tolist()  # the numbers below 1 lie twice as close as those above
    [1.1920928955078125e-07, -5.960464477539063e-08]
    """
    refuse_numbers("nextafter", x, y)
    return ops.nextafter(x, y)


# ---------------------------------------------------------------------------------------------------- rounding


@documents(ops.floor)
def floor(x: Tensor) -> Tensor:
    """Largest integer that is not above the element.

    The result has the shape and dtype of `x`: floats stay floats. The derivative is 0.

    Raises:
        NotImplementedError: if `x` is of bools.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.floor(tl.tensor([1.7, -1.2, 3.0]))
    tensor([ 1., -2.,  3.])
    """


@documents(ops.ceil)
def ceil(x: Tensor) -> Tensor:
    """Smallest integer that is not below the element.

    The result has the shape and dtype of `x`: floats stay floats. The derivative is 0.

    Raises:
        NotImplementedError: if `x` is of bools.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.ceil(tl.tensor([1.2, -1.7, 3.0]))
    tensor([ 2., -1.,  3.])
    """


@documents(ops.trunc)
def trunc(x: Tensor) -> Tensor:
    """Integer part of each element: it is rounded towards 0.

    The result has the shape and dtype of `x`: floats stay floats. The derivative is 0.

    Raises:
        NotImplementedError: if `x` is of bools.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.trunc(tl.tensor([1.7, -1.7]))
    tensor([ 1., -1.])
    """


@documents(ops.frac)
def frac(x: Tensor) -> Tensor:
    """Fractional part of each element, with its sign.

        x - trunc x,    d/dx = 1

    The result has the shape and dtype of `x`.

    Raises:
        NotImplementedError: if `x` is of integers or bools.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.frac(tl.tensor([1.75, -1.25]))
    tensor([ 0.7500, -0.2500])
    """


@public
def round(x: Tensor, *, decimals: int = 0) -> Tensor:
    """Elements rounded to a number of decimals, halves to the even neighbour.

    The result has the shape and dtype of `x`: floats stay floats. The derivative is 0.

    Args:
        decimals: the number of digits after the point; a negative one rounds to tens, hundreds and so on.

    Raises:
        NotImplementedError: if `x` is of bools.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.round(tl.tensor([0.5, 1.5, 2.5])), tl.round(tl.tensor([1234.567]), decimals=-2)
    (tensor([0., 2., 2.]), tensor([1200.]))
    """
    return ops.round(x, decimals)
