"""Functions of shape as PyTorch calls them: sizes one by one or in a tuple, -1 to be inferred, negative dimensions."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from ..core import edge
from ..core.array_functions import array_function
from ..core.primitive import Array
from ..ops import shape as ops
from ..ops.indexing import getitem
from ..types import dtypes
from ..types.annotations import DTypeLike, Tensor
from ..types.dtypes import DType
from .arguments import (
    array_of,
    broadcast_shape,
    distinct_dims,
    for_all_samples,
    inferred_shape,
    int_tuple,
    memory_of,
    one_dim,
    public,
)


@public
def reshape(x: Tensor, *size: int | Sequence[int], shape: Sequence[int] | None = None) -> Tensor:
    """x in another shape, its elements in the same order: a view where the memory allows it, otherwise a copy.

    The new shape is given by sizes one by one, as one sequence, or by name.

    Args:
        x: of any dtype and shape.
        size: the sizes; their product is the number of elements. One of them may be -1, and is inferred.
        shape: the same, by PyTorch's keyword.

    Raises:
        RuntimeError: if the elements do not fill the shape, or more than one size is -1.
        TypeError: if a size is not a whole number.

    >>> import tinygrad_lite as tl
    >>> tl.arange(6).reshape(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    target = int_tuple(size if shape is None else (shape,), "reshape", "shape")
    array = array_of(x)
    return edge.reshape(x, inferred_shape(target, array.size, "reshape", array.shape))


@overload
def view(x: Tensor, dtype: DType, /) -> Tensor: ...
@overload
def view(x: Tensor, *shape: int | Sequence[int]) -> Tensor: ...
@public
def view(x: Tensor, *shape: Any, dtype: DTypeLike | None = None) -> Tensor:
    """`reshape` that never copies; with a dtype, the same memory read as another dtype.

    Args:
        x: of any dtype and shape.
        shape: the sizes, one by one or as one sequence, of which one may be -1; or a dtype.
        dtype: a dtype, by name.

    Raises:
        RuntimeError: if the elements do not fill the shape, if their order in memory does not allow the shape without a
            copy, if the memory cannot be divided into elements of the dtype, or if x requires a gradient and a dtype is
            asked for.

    >>> import tinygrad_lite as tl
    >>> x = tl.zeros(2, 2)
    >>> x.view(4)[0] = 1
    >>> x
    tensor([[1., 0.],
            [0., 0.]])
    >>> tl.tensor(1.0).view(tl.int32)  # the bits 0 01111111 000…
    tensor(1065353216, dtype=int32)
    """
    if dtype is not None and not shape:
        shape = (dtypes.as_dtype(dtype),)
    if len(shape) == 1 and isinstance(shape[0], (np.dtype, type)):
        return _read_as(x, dtypes.as_dtype(shape[0]))
    array = array_of(x)
    target = inferred_shape(int_tuple(shape, "view"), array.size, "view", array.shape)
    out = edge.reshape(x, target)
    shared = array.flags.c_contiguous or np.may_share_memory(memory_of(out), memory_of(x))
    if not shared and 0 not in target:  # it is a copy, which never overlaps its source
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            f"contiguous subspaces). Use .reshape(...) instead. view: from {list(x.shape)} to {list(target)}"
        )
    return out


def _read_as(x: Tensor, dtype: DType) -> Tensor:
    """The memory of x read as another dtype."""
    if dtype == x.dtype:
        return edge.reshape(x, tuple(x.shape))
    if getattr(x, "requires_grad", False):
        raise RuntimeError(f"view: the bytes of {x.dtype} read as {dtype} have no gradient; detach() the Tensor first")
    try:
        return x.view(dtype) if isinstance(x, np.ndarray) else x._wrap(_array_read_as(x._data, dtype))
    except ValueError:
        ratio = dtype.itemsize // x.dtype.itemsize
        last = x.shape[-1] if x.ndim else 1
        raise RuntimeError(
            f"self.size(-1) must be divisible by {ratio} to view {x.dtype} as {dtype} (different element sizes), but "
            f"got {last}. view: the shape is {list(x.shape)}"
        ) from None


@array_function
@for_all_samples
def _array_read_as(array: Array, dtype: DType) -> Array:
    return array.view(dtype)


@public
def reshape_as(x: Tensor, other: Tensor) -> Tensor:
    """The same elements in the shape of `other`: `x.reshape(other.shape)`.

    Raises:
        RuntimeError: if the two have not as many elements.
    """
    return reshape(x, tuple(other.shape))


@public
def view_as(x: Tensor, other: Tensor) -> Tensor:
    """A view of x in the shape of `other`: `x.view(other.shape)`.

    Raises:
        RuntimeError: if the two have not as many elements, or the shape needs a copy.
    """
    return view(x, tuple(other.shape))


@public
def flatten(x: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dimensions from start_dim to end_dim made into one; by default all of them.

    Args:
        x: of any dtype and shape.
        start_dim: the first of them.
        end_dim: the last of them.

    Raises:
        RuntimeError: if start_dim comes after end_dim.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> images = tl.zeros(64, 1, 28, 28)
    >>> images.flatten(start_dim=1).shape
    Size([64, 784])
    """
    shape = array_of(x).shape
    start, end = one_dim(start_dim, len(shape), "flatten"), one_dim(end_dim, len(shape), "flatten")
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if start == end and shape:
        return x
    return edge.reshape(x, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


@public
def ravel(x: Tensor) -> Tensor:
    """All elements of a Tensor of any shape and dtype in one dimension; a view if they lie in memory one after another.

    Raises:
        TypeError: if x is no Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.ravel(tl.tensor([[1, 2], [3, 4]]).T)
    tensor([1, 3, 2, 4])
    """
    ordered = x if array_of(x).flags.c_contiguous else edge.clone(x)
    return edge.reshape(ordered, (math.prod(x.shape),))


@public
def unflatten(x: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """One dimension made into several: the inverse of `flatten`.

    Args:
        x: of any dtype and shape.
        dim: the dimension to replace.
        sizes: the sizes to replace it by, whose product is its own; one of them may be -1, and is inferred.

    Raises:
        RuntimeError: if the sizes do not multiply up to that of dim.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.unflatten(tl.tensor([1, 2, 3, 4, 5, 6]), 0, (2, -1))
    tensor([[1, 2, 3],
            [4, 5, 6]])
    """
    dim = one_dim(dim, x.ndim, "unflatten")
    if not x.ndim:
        raise RuntimeError("unflatten: a 0-d Tensor has no dimension to divide; use reshape")
    length, inner = x.shape[dim], int_tuple((*sizes,), "unflatten", "sizes", 3)
    if (math.prod(inner) != length) if -1 not in inner else (inner.count(-1) == 1 and length % math.prod(inner)):
        raise RuntimeError(
            f"unflatten: Provided sizes {list(inner)} don't multiply up to the size of dim {dim} ({length}) in the "
            f"input tensor, whose shape is {list(x.shape)}"
        )
    inner = inferred_shape(inner, length, "unflatten", (length,))
    return edge.reshape(x, (*x.shape[:dim], *inner, *x.shape[dim + 1 :]))


@public
def squeeze(x: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """x without its dimensions of size 1; a view.

    Args:
        x: of any dtype and shape.
        dim: leave out only these dimensions, and those of them that have another size not at all.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if a dimension comes twice in dim.

    >>> import tinygrad_lite as tl
    >>> x = tl.zeros(1, 3, 1)
    >>> x.squeeze().shape, x.squeeze(0).shape, x.squeeze(1).shape
    (Size([3]), Size([3, 1]), Size([1, 3, 1]))
    """
    if dim is None:
        return edge.reshape(x, tuple(n for n in x.shape if n != 1))
    gone = distinct_dims(dim if isinstance(dim, (tuple, list)) else (dim,), x.ndim, "squeeze")
    return edge.reshape(x, tuple(n for i, n in enumerate(x.shape) if n != 1 or i not in gone))


@public
def unsqueeze(x: Tensor, dim: int) -> Tensor:
    """x with a further dimension of size 1; a view.

    Args:
        x: of any dtype and shape.
        dim: the place of the new dimension in the result; -1 for the last.

    Raises:
        IndexError: if the result has no such dimension.

    >>> import tinygrad_lite as tl
    >>> row, column = tl.tensor([1, 2]), tl.tensor([10, 20]).unsqueeze(1)
    >>> row + column
    tensor([[11, 12],
            [21, 22]])
    """
    ndim = x.ndim + 1
    if isinstance(dim, int) and not -ndim <= dim < ndim:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got {dim}). unsqueeze: the "
            f"result of a Tensor of {x.ndim} dimensions has {ndim}"
        )
    return ops.unsqueeze(x, one_dim(dim, ndim, "unsqueeze"))


@public
def transpose(x: Tensor, dim0: int, dim1: int) -> Tensor:
    """x with two dimensions exchanged; a view.

    Args:
        x: of any dtype and shape.
        dim0: one of the dimensions.
        dim1: the other.

    Raises:
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([[1, 2, 3], [4, 5, 6]]).transpose(0, 1)
    tensor([[1, 4],
            [2, 5],
            [3, 6]])
    >>> tl.zeros(5, 2, 3).transpose(1, 2).shape  # each matrix of a batch
    Size([5, 3, 2])
    """
    return _transposed(x, dim0, dim1, "transpose")


def _transposed(x: Tensor, dim0: int, dim1: int, name: str) -> Tensor:
    first, second = one_dim(dim0, x.ndim, name), one_dim(dim1, x.ndim, name)
    order = list(range(x.ndim))
    if order:
        order[first], order[second] = second, first
    return ops.permute(x, tuple(order))


@public
def swapaxes(x: Tensor, axis0: int, axis1: int) -> Tensor:
    """x with two dimensions exchanged, axis0 and axis1: NumPy's name for `transpose`; a view.

    Tensors of any shape and dtype.

    Raises:
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.swapaxes(tl.zeros(2, 3, 4), 0, -1).shape
    Size([4, 3, 2])
    """
    return _transposed(x, axis0, axis1, "swapaxes")


@public
def t(x: Tensor) -> Tensor:
    """The transpose of a matrix (n, m), of shape (m, n); a vector or a 0-d Tensor as it is. A view, of any dtype.

    Raises:
        RuntimeError: for more than 2 dimensions: `x.mT` transposes each matrix of a batch.

    >>> import tinygrad_lite as tl
    >>> tl.t(tl.tensor([[1, 2, 3]]))
    tensor([[1],
            [2],
            [3]])
    """
    if x.ndim > 2:
        raise RuntimeError(
            f"t() expects a tensor with <= 2 dimensions, but self is {x.ndim}D. The shape is {list(x.shape)}: x.mT "
            "transposes each matrix of a batch"
        )
    return ops.permute(x, tuple(range(x.ndim))[::-1])


@public
def permute(x: Tensor, *order: int | Sequence[int], dims: Sequence[int] | None = None) -> Tensor:
    """x with its dimensions in another order; a view.

    Args:
        x: of any dtype and shape.
        order: dimension order[i] of x becomes dimension i of the result; one by one or as one sequence.
        dims: the same, by PyTorch's keyword.

    Raises:
        RuntimeError: if the order does not name each dimension once.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> picture = tl.zeros(480, 640, 3)
    >>> picture.permute(2, 0, 1).shape  # channels first
    Size([3, 480, 640])
    """
    wanted = int_tuple(order if dims is None else (dims,), "permute", "dims")
    if len(wanted) != array_of(x).ndim:
        raise RuntimeError(
            "number of dimensions in the tensor input does not match the length of the desired ordering of dimensions "
            f"i.e. input.dim() = {x.ndim} is not equal to len(dims) = {len(wanted)}. permute of shape {list(x.shape)} "
            f"to the order {list(wanted)}: name each dimension once"
        )
    found = tuple([one_dim(d, len(wanted), "permute") for d in wanted])
    if len(set(found)) < len(found):
        raise RuntimeError(f"permute(): duplicate dims are not allowed. The order given is {list(wanted)}")
    return ops.permute(x, found)


@public
def movedim(x: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """x with some dimensions moved to other places, while the rest keep their order; a view.

    Args:
        x: of any dtype and shape.
        source: the dimensions to move.
        destination: the places in the result where they go, one for each.

    Raises:
        RuntimeError: if the two have not as many dimensions, or one comes twice.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.movedim(tl.zeros(2, 3, 4, 5), 0, -1).shape
    Size([3, 4, 5, 2])
    """
    source, destination = (d if isinstance(d, (tuple, list)) else (d,) for d in (source, destination))
    if len(source) != len(destination):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(source)} dims) should contain the same number "
            f"of dims as destination ({list(destination)} dims)"
        )
    moved = dict(
        zip(
            (one_dim(d, x.ndim, "movedim") for d in destination),
            (one_dim(s, x.ndim, "movedim") for s in source),
            strict=True,
        )
    )
    if len(set(moved.values())) < len(moved) or len(moved) < len(destination):
        which, dims = ("destination", destination) if len(moved) < len(destination) else ("source", source)
        raise RuntimeError(f"movedim: repeated dim in `{which}` ({list(dims)})")
    rest = iter(d for d in range(x.ndim) if d not in moved.values())
    return ops.permute(x, tuple(moved[d] if d in moved else next(rest) for d in range(x.ndim)))


@public
def expand(x: Tensor, *shape: int | Sequence[int], size: Sequence[int] | None = None) -> Tensor:
    """x broadcast to a shape without copying: dimensions of size 1 repeat. What is repeated cannot be written in place.

    Args:
        x: of any dtype and shape.
        shape: the sizes, one by one or as one sequence; -1 keeps the size that x has.
        size: the same, by PyTorch's keyword.

    Raises:
        RuntimeError: if a dimension that is not of size 1 would have to change.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([[1], [2]]).expand(-1, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    return expanded(x, int_tuple(shape if size is None else (size,), "expand"), "expand")


def expanded(x: Tensor, target: tuple[int, ...], name: str) -> Tensor:
    """x broadcast to a shape, where -1 keeps a size; an error has this name."""
    if len(target) < x.ndim:
        raise RuntimeError(
            f"expand(Tensor{{{list(x.shape)}}}, size={list(target)}): the number of sizes provided ({len(target)}) "
            f"must be greater or equal to the number of dimensions in the tensor ({x.ndim}). {name}: sizes are added "
            "in front"
        )
    old_sizes = (*(None for _ in range(len(target) - x.ndim)), *x.shape)
    found: list[int] = []
    for i, (n, old) in enumerate(zip(target, old_sizes, strict=True)):
        if n == -1 and old is None:
            raise RuntimeError(
                f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {i}. {name} "
                f"of {list(x.shape)} to {list(target)}: give the size"
            )
        if old not in (None, 1, n) and n != -1:
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({old}) at non-singleton "
                f"dimension {i}.  Target sizes: {list(target)}.  Tensor sizes: {list(x.shape)}. {name}: only "
                "dimensions of size 1 can be repeated"
            )
        found.append(old if n == -1 and old is not None else n)
    return edge.expand(x, tuple(found))


@public
def broadcast_to(x: Tensor, size: Sequence[int]) -> Tensor:
    """x broadcast to a shape without copying, as `expand`. The result cannot be written in place.

    Args:
        x: of any dtype and shape.
        size: the shape; -1 keeps the size that x has.

    Raises:
        RuntimeError: if a dimension that is not of size 1 would have to change.

    >>> import tinygrad_lite as tl
    >>> tl.broadcast_to(tl.tensor([1, 2]), (2, 2))
    tensor([[1, 2],
            [1, 2]])
    """
    return expanded(x, int_tuple((size,), "broadcast_to"), "broadcast_to")


@public
def expand_as(x: Tensor, other: Tensor) -> Tensor:
    """x broadcast to the shape of `other`: `x.expand(other.shape)`.

    Raises:
        RuntimeError: if a dimension that is not of size 1 would have to change.
    """
    return expanded(x, tuple(other.shape), "expand_as")


@public
def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The Tensors, each broadcast to the shape that they all have in common: itself, or a view; each of its own dtype.

    Raises:
        RuntimeError: if the shapes cannot be broadcast together.

    >>> import tinygrad_lite as tl
    >>> row, column = tl.broadcast_tensors(tl.tensor([1, 2, 3]), tl.tensor([[1], [2]]))
    >>> row.shape, column.shape
    (Size([2, 3]), Size([2, 3]))
    """
    shape = broadcast_shape("broadcast_tensors", *(x.shape for x in tensors))
    return tuple(x if tuple(x.shape) == shape else expanded(x, shape, "broadcast_tensors") for x in tensors)


@public
def select(x: Tensor, dim: int, index: int) -> Tensor:
    """The slice at one index of dim, without that dim: `x[:, index]` for dim 1; a view.

    Args:
        x: of any dtype, with at least one dimension.
        dim: the dimension.
        index: the place along dim; -1 is the last.

    Raises:
        IndexError: if there is no such dimension or no such index.

    >>> import tinygrad_lite as tl
    >>> tl.select(tl.tensor([[1, 2], [3, 4]]), 1, -1)
    tensor([2, 4])
    """
    dim = one_dim(dim, x.ndim, "select")
    if not x.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    size = x.shape[dim]
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(x.shape)} at dimension {dim}: valid are "
            f"{-size} to {size - 1}"
        )
    return getitem(x, (*(slice(None),) * dim, operator.index(index) % size))


@public
def narrow(x: Tensor, dim: int, start: int, length: int) -> Tensor:
    """The elements from start to start + length along dim: `x[:, start : start + length]` for dim 1; a view.

    Args:
        x: of any dtype, with at least one dimension.
        dim: the dimension.
        start: the first index; a negative one counts from the end.
        length: how many.

    Raises:
        IndexError: if there is no such dimension, or start is outside it.
        RuntimeError: if the dimension is too short, the length negative, or x 0-d.

    >>> import tinygrad_lite as tl
    >>> tl.narrow(tl.tensor([10, 11, 12, 13]), 0, 1, 2)
    tensor([11, 12])
    """
    if not x.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    dim = one_dim(dim, x.ndim, "narrow")
    size = x.shape[dim]
    if length < 0:
        raise RuntimeError(f"narrow(): length must be non-negative. The length is {length}")
    if not -size <= start <= size:
        raise IndexError(
            f"start out of range (expected to be in range of [{-size}, {size}], but got {start}). narrow: dimension "
            f"{dim} of shape {list(x.shape)}"
        )
    start = start % size if start < 0 else start
    if start + length > size:
        raise RuntimeError(
            f"start ({start}) + length ({length}) exceeds dimension size ({size}). narrow: dimension {dim} of shape "
            f"{list(x.shape)}"
        )
    return ops.narrow(x, dim, start, length)


moveaxis = movedim
swapdims = swapaxes
