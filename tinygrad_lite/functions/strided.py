"""Views into memory by strides and windows, and what is put back through them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.array_functions import is_computed
from ..core.edge import clone, reshape, sum_to
from ..core.errors import broadcastable
from ..core.versions import owner
from ..ops import strided as ops
from ..ops.indexing import put_view
from ..ops.linalg import transposed
from ..types.annotations import Tensor
from .arguments import array_of, int_tuple, memory_of, one_dim, public, values_of
from .reshaping import narrow


def layout_of(x: Tensor) -> tuple[tuple[int, ...], int]:
    """The strides of a Tensor and the place of its first element in its memory, both counted in elements.

    Inside of `vmap` these are those of the first sample.
    """
    array = array_of(x)
    root, width = owner(array), array.itemsize
    start = memory_of(x).__array_interface__["data"][0] - root.__array_interface__["data"][0]
    return tuple(n // width for n in array.strides), start // width


def _end(size: Sequence[int], stride: Sequence[int], offset: int) -> int:
    """The place after the last element that a view reaches."""
    return offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) + 1


def _checked(
    name: str, x: Tensor, size: Sequence[int], stride: Sequence[int], offset: int | None
) -> tuple[tuple[int, ...], tuple[int, ...], int, tuple[tuple[int, ...], int]]:
    """The arguments of a view by strides, once it is known that it lies in the memory of x."""
    size, stride, own = int_tuple((size,), name), int_tuple((stride,), name, "stride", 3), layout_of(x)
    if offset is None:
        offset = own[1]
    elif not is_computed(owner(array_of(x))):
        values_of(x, f"{name}() counts from the beginning of the memory, in which the next argument may lie elsewhere")
    if len(size) != len(stride):
        raise RuntimeError(f"mismatch in length of strides and shape. {name}: {list(size)} and {list(stride)}")
    if any(n < 0 for n in size):
        raise RuntimeError(
            f"Storage size calculation overflowed with sizes={list(size)} and strides={list(stride)}: {name} needs "
            "sizes that are not negative"
        )
    if any(n < 0 for n in stride):
        raise RuntimeError(
            f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}. Use flip"
        )
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}. {name} counts from the beginning of the memory")
    width, there = array_of(x).itemsize, owner(array_of(x)).nbytes
    end = _end(size, stride, offset)
    if isinstance(getattr(array_of(x), "raw", None), np.ndarray):  # one of several samples, which lie side by side
        own_end = _end(x.shape, *own)
        if not (own[1] <= offset and end <= own_end):
            raise RuntimeError(
                f"result = tensor.as_strided({list(size)}, {list(stride)}, {offset}) can access memory outside of "
                f"`tensor`. `result` can access some memory in range [{offset}, {end}], but `tensor` can only access "
                f"some memory in range [{own[1]}, {own_end}]. This is not supported inside of vmap, please try to "
                f"rewrite the `as_strided` call as a sequence of PyTorch view operations"
            )
    needed = 0 if 0 in size else end * width
    if needed > there:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize {width} "
            f"requiring a storage size of {needed} are out of bounds for storage of size {there}. {name}: the memory "
            f"of x has {there // width} elements"
        )
    return size, stride, offset, own


@public
def as_strided(x: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
    """A view of any shape into the memory of x: the element at i is the one at storage_offset + Σ i stride.

    Elements may be seen several times: then their gradients are added up. If x itself is a view, elements of the memory
    that do not belong to it can be read, and give it no gradient.

    Args:
        x: of any dtype and shape.
        size: the shape of the view.
        stride: how many elements it is in memory from one index of a dimension to the next.
        storage_offset: where in the memory the view begins; by default where x does.

    Raises:
        RuntimeError: if the view would leave the memory, or a stride or size is negative.

    >>> import tinygrad_lite as tl
    >>> tl.as_strided(tl.arange(6), (3, 2), (2, 1)), tl.as_strided(tl.arange(6), (4, 3), (1, 1))
    (tensor([[0, 1],
            [2, 3],
            [4, 5]]), tensor([[0, 1, 2],
            [1, 2, 3],
            [2, 3, 4],
            [3, 4, 5]]))
    """
    size, stride, offset, own = _checked("as_strided", x, size, stride, storage_offset)
    return ops.as_strided(x, size, stride, offset, own)


@public
def as_strided_scatter(
    x: Tensor, src: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Tensor:
    """A copy of x in which what `as_strided` would show is replaced by src.

    Args:
        x: of any dtype and shape.
        src: of the shape `size`.
        size: the shape of the view.
        stride: how many elements it is from one index of a dimension to the next.
        storage_offset: where the view begins.

    Raises:
        RuntimeError: if the view would leave the memory, or src has another shape.

    >>> import tinygrad_lite as tl
    >>> tl.as_strided_scatter(tl.zeros(2, 3), tl.ones(2), (2,), (4,))  # every fourth element
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    x = clone(x)
    size, stride, offset, own = _checked("as_strided_scatter", x, size, stride, storage_offset)
    if tuple(src.shape) != size:
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice size = "
            f"{list(size)}. as_strided_scatter of {list(x.shape)}"
        )
    return put_view(x, src, [(ops.as_strided, (size, stride, offset, own))])


@public
def unfold(x: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """All windows of a size along a dimension, one every `step` elements, as a further dimension at the end; a view.

    A dimension of length n becomes one of (n - size) // step + 1 windows. Where windows overlap, the gradients of an
    element are added up.

    Args:
        x: of any dtype and shape.
        dimension: the dimension to go along.
        size: the length of a window.
        step: how far one window begins behind the other.

    Raises:
        RuntimeError: if the size is larger than the dimension, or the step not positive.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.arange(1, 8).unfold(0, 3, 2)
    tensor([[1, 2, 3],
            [3, 4, 5],
            [5, 6, 7]])
    """
    dim = one_dim(dimension, x.ndim, "unfold")
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0: unfold() of the shape {list(x.shape)}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0: unfold() of the shape {list(x.shape)}")
    length = x.shape[dim] if x.ndim else 1
    if size > length:
        raise RuntimeError(
            f"maximum size for tensor at dimension {dim} is {length} but size is {size}. unfold() of the shape "
            f"{list(x.shape)}: a window must fit in"
        )
    if not x.ndim:
        return reshape(x, (1,)) if size else narrow(reshape(x, (1,)), 0, 0, 0)
    return ops.sliding_windows(x, dim, size, step)


@public
def narrow_copy(x: Tensor, dim: int, start: int, length: int) -> Tensor:
    """The elements from one index of a dimension on, as `narrow` gives them, but in memory of their own.

    Args:
        x: of any dtype and shape.
        dim: the dimension.
        start: the first index; a negative one counts from the end.
        length: how many.

    Raises:
        RuntimeError: if the range leaves the dimension.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.narrow_copy(tl.arange(5), 0, 1, 3)
    tensor([1, 2, 3])
    """
    return clone(narrow(x, dim, start, length))


@public
def sum_to_size(x: Tensor, *size: int) -> Tensor:
    """x summed to a shape that broadcasts to its own: the opposite of `expand`.

    Args:
        x: of any dtype and shape.
        size: the shape, by sizes or as a tuple.

    Raises:
        RuntimeError: if the shape cannot be broadcast to that of x.

    >>> import tinygrad_lite as tl
    >>> tl.ones(2, 3).sum_to_size(3), tl.ones(2, 3).sum_to_size(2, 1)
    (tensor([2., 2., 2.]), tensor([[3.],
            [3.]]))
    """
    shape, given = int_tuple(size, "sum_to_size"), tuple(x.shape)
    if (
        len(shape) > len(given)
        or not broadcastable(shape, given)
        or any(n not in (1, m) for n, m in zip(shape[::-1], given[::-1], strict=False))
    ):
        raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(given)}}}. sum_to_size")
    return sum_to(x, shape) if shape != given else x


@public
def adjoint(x: Tensor) -> Tensor:
    """Each matrix of the last two dimensions transposed; a view. Complex numbers would be conjugated: there are none.

    x has any dtype and the shape (*, n, m).

    Raises:
        RuntimeError: for a vector.

    >>> import tinygrad_lite as tl
    >>> tl.adjoint(tl.tensor([[1, 2], [3, 4]]))
    tensor([[1, 3],
            [2, 4]])
    """
    if x.ndim == 1:
        raise RuntimeError(
            "tensor.adjoint() is only supported on matrices or batches of matrices. Got 1-D tensor, of shape "
            f"{list(x.shape)}"
        )
    return transposed(x) if x.ndim else x
