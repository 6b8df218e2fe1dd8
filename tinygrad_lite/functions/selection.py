"""Functions that choose between values, or bound them, element by element, as PyTorch calls them."""

from __future__ import annotations

from typing import overload

from ..core import edge
from ..core.argument_types import wrong_type
from ..core.primitive import documents
from ..ops import elementwise as ops
from ..ops.indexing import setitem
from ..types import dtypes
from ..types.annotations import Number, Tensor
from .arguments import public, refuse_numbers
from .gathering import nonzero

# ------------------------------------------------------------------------------------------------ by a mask


@overload
def where(condition: Tensor, x: None = None, y: None = None) -> tuple[Tensor, ...]: ...
@overload
def where(condition: Tensor, x: Tensor | Number, y: Tensor | Number) -> Tensor: ...
@public
def where(
    condition: Tensor, x: Tensor | Number | None = None, y: Tensor | Number | None = None
) -> Tensor | tuple[Tensor, ...]:
    """Elements of `x` where a condition holds, and of `y` elsewhere.

    The shapes of all three are broadcast; the result has the dtype in which `x` and `y` meet. A gradient goes to the
    element that was chosen. Where the other one is infinite or NaN, its own gradient may still become NaN, from
    0 · inf: make the argument safe before, as in `where(x > 0, log(where(x > 0, x, 1)), 0)`.

    Called with the condition alone, it returns the indices where the condition holds, one Tensor for each dimension:
    `nonzero(condition, as_tuple=True)`.

    Args:
        condition: a mask of bools.

    Raises:
        RuntimeError: if the condition is not of bools, the shapes cannot be broadcast, or an integer does not fit into
            the dtype of the other argument.
        TypeError: if an argument is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1.0, -2.0], [-3.0, 4.0]])
    >>> tl.where(x > 0, x, 0)
    tensor([[1., 0.],
            [0., 4.]])
    >>> tl.where(x > 0)
    (tensor([0, 1]), tensor([0, 1]))
    """
    if x is None and y is None:
        return nonzero(condition, as_tuple=True)
    if not isinstance(condition, bool) and condition.dtype not in (dtypes.bool, dtypes.uint8):
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype}: compare "
            "it first, as in condition != 0"
        )
    return ops.where(condition, x, y)


@public
def masked_fill(x: Tensor, mask: Tensor, value: Tensor | Number) -> Tensor:
    """Elements of `x`, replaced by a value where a mask holds: `-inf` for the scores that a softmax is to ignore.

    The shapes of `x` and the mask are broadcast; the result has the dtype of `x`. The gradient by `x` is 0 where the
    mask holds.

    Args:
        mask: a Tensor of bools.
        value: a number, or a Tensor with no dimensions, which then gets the sum of the gradients.

    Raises:
        RuntimeError: if the mask is not of bools, the value has dimensions, the shapes cannot be broadcast, or the
            value does not fit into the dtype of `x`.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> scores = tl.tensor([1.0, 5.0, 1.0])
    >>> tl.masked_fill(scores, tl.tensor([False, True, False]), -tl.inf).softmax(0)
    tensor([0.5000, 0.0000, 0.5000])
    """
    if mask.dtype != dtypes.bool:
        raise RuntimeError(
            f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype}: compare it first, as in "
            "mask != 0"
        )
    if shape := getattr(value, "shape", ()):
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {len(shape)} dimension(s). "
            f"masked_fill: the value is of shape {list(shape)}; use where(mask, value, x)"
        )
    filled = ops.where(mask, dtypes.fitted(value, x.dtype), x)
    return filled if filled.dtype == x.dtype else edge.cast(filled, x.dtype)


@public
def nan_to_num(x: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
    """Elements of `x`, with NaN and the infinities replaced by numbers.

    The result has the shape and dtype of `x`; integers are copied. The gradient of what was replaced is 0.

    Args:
        nan: what NaN is replaced by.
        posinf: what +inf is replaced by; None for the largest number of the dtype.
        neginf: what -inf is replaced by; None for the smallest number of the dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.nan_to_num(tl.tensor([tl.nan, 1.5, -tl.inf]), neginf=-9)
    tensor([ 0.0000,  1.5000, -9.0000])
    """
    if x.dtype.kind != "f":
        return edge.clone(x)
    limits = dtypes.finfo(x.dtype)
    high = float(limits.max) if posinf is None else posinf
    low = float(limits.min) if neginf is None else neginf
    infinite = ops.isinf(x)
    x = ops.where(ops.isnan(x), nan, x)
    x = ops.where(ops.logical_and(infinite, ops.gt(x, 0)), high, x)
    return ops.where(ops.logical_and(infinite, ops.lt(x, 0)), low, x)


# ------------------------------------------------------------------------------------------------- bounds


@documents(ops.clamp)
def clamp(x: Tensor, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor:
    """Elements of `x`, bounded to the interval from `min` to `max`.

        min(max(x, min), max)

    The shapes of all three are broadcast; the result has the dtype in which they meet. The derivative by `x` is 1
    within the bounds and on them, and 0 outside; where a bound is the result, the gradient goes to it. If `min` is
    above `max`, the result is `max`.

    Args:
        min: the lower bound; None for no bound.
        max: the upper bound; None for no bound.

    Raises:
        RuntimeError: if both bounds are None, the shapes cannot be broadcast, or a bound is an integer that the integer
            dtype of `x` cannot hold (in uint8 a negative one wraps around).
        TypeError: if an argument is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([-3.0, 0.5, 1.0, 7.0], requires_grad=True)
    >>> y = tl.clamp(x, 0, 1)
    >>> y.sum().backward()
    >>> y.detach(), x.grad
    (tensor([0.0000, 0.5000, 1.0000, 1.0000]), tensor([0., 1., 1., 0.]))
    """


@public
def clamp_min(x: Tensor, min: Tensor | Number) -> Tensor:
    """Elements of `x`, or a lower bound where they are below it.

        max(x, min)

    The shapes are broadcast; the result has the dtype in which the two meet. Unlike with `maximum`, the derivative by
    `x` is 1 where `x` is equal to the bound.

    Args:
        min: the lower bound.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if an argument is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.clamp_min(tl.tensor([-1.0, 0.5]), 0)
    tensor([0.0000, 0.5000])
    """
    if min is None:
        raise wrong_type("clamp_min", "min", 2, "Number", min)
    return ops.clamp(x, min, None)


@public
def clamp_max(x: Tensor, max: Tensor | Number) -> Tensor:
    """Elements of `x`, or an upper bound where they are above it.

        min(x, max)

    The shapes are broadcast; the result has the dtype in which the two meet. Unlike with `minimum`, the derivative by
    `x` is 1 where `x` is equal to the bound.

    Args:
        max: the upper bound.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if an argument is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.clamp_max(tl.tensor([1, 5, 9]), 5)
    tensor([1, 5, 5])
    """
    if max is None:
        raise wrong_type("clamp_max", "max", 2, "Number", max)
    return ops.clamp(x, None, max)


# --------------------------------------------------------------------------------- the larger and the smaller


@public
def maximum(x: Tensor, y: Tensor) -> Tensor:
    """Larger one of each two elements of `x` and `y`, and NaN where either is.

    The shapes are broadcast; the result has the dtype in which the two meet. The gradient goes to the larger one, half
    of it to each where they are equal. `fmax` ignores NaN.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> tl.maximum(tl.tensor([1.0, 4.0, tl.nan]), tl.tensor([2.0, 3.0, 0.0]))
    tensor([2., 4., nan])
    """
    refuse_numbers("maximum", x, y)
    return ops.maximum(x, y)


@public
def minimum(x: Tensor, y: Tensor) -> Tensor:
    """Smaller one of each two elements of `x` and `y`, and NaN where either is.

    The shapes are broadcast; the result has the dtype in which the two meet. The gradient goes to the smaller one, half
    of it to each where they are equal. `fmin` ignores NaN.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 4.0, 5.0], requires_grad=True)
    >>> tl.minimum(x, tl.tensor([2.0, 3.0, 5.0])).sum().backward()
    >>> x.grad
    tensor([1.0000, 0.0000, 0.5000])
    """
    refuse_numbers("minimum", x, y)
    return ops.minimum(x, y)


@public
def fmax(x: Tensor, y: Tensor) -> Tensor:
    """Larger one of each two elements of `x` and `y`; of a number and NaN, the number.

    The shapes are broadcast; the result has the dtype in which the two meet. Where they are equal, `x` gets the
    gradient.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> tl.fmax(tl.tensor([1.0, 4.0, tl.nan]), tl.tensor([2.0, tl.nan, tl.nan]))
    tensor([2., 4., nan])
    """
    refuse_numbers("fmax", x, y)
    return ops.where(ops.logical_or(ops.ge(x, y), ops.isnan(y)), x, y)


@public
def fmin(x: Tensor, y: Tensor) -> Tensor:
    """Smaller one of each two elements of `x` and `y`; of a number and NaN, the number.

    The shapes are broadcast; the result has the dtype in which the two meet. Where they are equal, `x` gets the
    gradient.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> tl.fmin(tl.tensor([1.0, 4.0, tl.nan]), tl.tensor([2.0, tl.nan, tl.nan]))
    tensor([1., 4., nan])
    """
    refuse_numbers("fmin", x, y)
    return ops.where(ops.logical_or(ops.le(x, y), ops.isnan(y)), x, y)


@public
def fill(x: Tensor, value: Tensor | float) -> Tensor:
    """A Tensor of the shape and dtype of x with one value in all places; x itself gets no gradient.

    Args:
        x: of any dtype and shape.
        value: a number, or a Tensor of no dimensions, to which the sum of the elements' gradients flows.

    Raises:
        RuntimeError: if `value` has dimensions.

    >>> import tinygrad_lite as tl
    >>> tl.fill(tl.zeros(2), 7)
    tensor([7., 7.])
    """
    if not isinstance(value, (int, float)) and not hasattr(value, "ndim"):
        raise wrong_type("fill", "value", 2, "Number", value)
    if getattr(value, "ndim", 0):
        raise RuntimeError(
            f"fill only supports 0-dimension value tensor but got tensor with {getattr(value, 'ndim', 0)} dimensions."
        )
    return setitem(x, ..., dtypes.fitted(value, x.dtype))
