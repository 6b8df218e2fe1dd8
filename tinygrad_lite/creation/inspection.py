"""Questions about Tensors and shapes, as functions: those that PyTorch has beside the methods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

from ..functions.arguments import broadcast_shape, public
from ..tensors.tensor import Tensor
from ..types.sizes import Size


def is_tensor(obj: object) -> TypeGuard[Tensor]:
    """Tell whether an object is a Tensor, of whatever shape and dtype.

    Args:
        obj: anything.

    >>> import tinygrad_lite as tl
    >>> tl.is_tensor(tl.zeros(2)), tl.is_tensor([0.0, 0.0])
    (True, False)
    """
    return isinstance(obj, Tensor)


@public
def is_floating_point(x: Tensor) -> bool:
    """Tell whether the dtype of a Tensor, of any shape, is a floating one.

    Raises:
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.is_floating_point(tl.tensor(1.0)), tl.is_floating_point(tl.tensor(1))
    (True, False)
    """
    return x.is_floating_point()


@public
def is_complex(x: Tensor) -> bool:
    """Tell whether the dtype of a Tensor, of any shape, is a complex one: never, because there are none.

    Raises:
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.is_complex(tl.tensor(1.0))
    False
    """
    return x.is_complex()


@public
def is_signed(x: Tensor) -> bool:
    """Tell whether the dtype of a Tensor, of any shape, has negative numbers.

    Raises:
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.is_signed(tl.tensor(1)), tl.is_signed(tl.tensor(True))
    (True, False)
    """
    return x.is_signed()


@public
def is_inference(x: Tensor) -> bool:
    """Tell whether a Tensor, of any shape and dtype, was made inside `inference_mode`, or is a view of one that was.

    Raises:
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> with tl.inference_mode():
    ...     x = tl.ones(2)
    >>> tl.is_inference(x), tl.is_inference(x.clone())
    (True, False)
    """
    return x.is_inference()


@public
def is_nonzero(x: Tensor) -> bool:
    """Tell whether the only element of a Tensor, of any dtype, is not 0.

    Raises:
        RuntimeError: if there is not exactly one element.
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.is_nonzero(tl.tensor([0.0])), tl.is_nonzero(tl.tensor(-1))
    (False, True)
    """
    return x.is_nonzero()


@public
def numel(x: Tensor) -> int:
    """The number of elements: the product of the lengths of the dimensions, whatever the dtype.

    Raises:
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.numel(tl.zeros(2, 3)), tl.numel(tl.tensor(5.0))
    (6, 1)
    """
    return x.numel()


def broadcast_shapes(*shapes: int | Sequence[int]) -> Size:
    """The shape to which Tensors of these shapes are broadcast when they meet.

    Args:
        shapes: tuples of lengths, or single lengths.

    Raises:
        RuntimeError: if two lengths in the same place, counted from the last dimension, differ and neither is 1.
        TypeError: for what is not a whole number.

    >>> import tinygrad_lite as tl
    >>> tl.broadcast_shapes((2, 1), (3,))
    Size([2, 3])
    """
    for shape in shapes:
        lengths: Any = shape if isinstance(shape, (tuple, list)) else (shape,)
        if not all(hasattr(n, "__index__") for n in lengths):
            raise TypeError(f"broadcast_shapes: a shape is a tuple of ints or an int, not {shape!r:.40}")
        if min(lengths, default=0) < 0:
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {min(lengths)}: broadcast_shapes is given {shape}"
            )
    return Size(broadcast_shape("broadcast_shapes", *shapes))
