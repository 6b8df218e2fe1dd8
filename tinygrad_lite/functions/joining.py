"""Tensors joined into one and one split into several, as PyTorch calls it."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np

from ..core import edge
from ..core.argument_types import wrong_type
from ..core.errors import listed_shapes
from ..ops import shape as ops
from ..ops.indexing import getitem
from ..types import dtypes
from ..types.annotations import Tensor
from .arguments import one_dim, public, values_of
from .reshaping import expand

Shape = tuple[int, ...]


def _joinable(tensors: Sequence[Tensor], name: str) -> list[Tensor]:
    """The Tensors of a sequence, converted to the dtype in which they meet."""
    if hasattr(tensors, "ndim"):
        raise wrong_type(name, "tensors", 1, "tuple of Tensors", tensors)
    found = list(tensors)
    if not found:
        if name == "cat":
            raise ValueError("cat(): expected a non-empty list of Tensors")  # PyTorch's class, for cat alone
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    if len({x.dtype for x in found}) == 1:
        return found
    dtype = dtypes.result_type(*found)
    return [x if x.dtype == dtype else x.to(dtype) for x in found]


def _joined(tensors: Sequence[Tensor], dim: int, name: str) -> Tensor:
    """Tensors of one dtype one after the other along dim."""
    found = list(tensors)
    shapes = [tuple(x.shape) for x in found]
    if () in shapes:
        raise RuntimeError(
            f"zero-dimensional tensor (at position {shapes.index(())}) cannot be concatenated. {name}: use stack, or "
            "x.reshape(1)"
        )
    if (0,) in shapes:
        found = [x for x in found if tuple(x.shape) != (0,)] or found[:1]
        shapes = [tuple(x.shape) for x in found]
    first = shapes[0]
    dim = one_dim(dim, len(first), name)
    for i, shape in enumerate(shapes):
        if len(shape) != len(first):
            raise RuntimeError(
                f"Tensors must have same number of dimensions: got {len(first)} and {len(shape)}. {name}: the shapes "
                f"are {listed_shapes(shapes)}; stack, or unsqueeze, adds a dimension"
            )
        for d, (expected, n) in enumerate(zip(first, shape, strict=True)):
            if n != expected and d != dim:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {dim}. Expected size {expected} but got size {n} "
                    f"for tensor number {i} in the list. {name}: the shapes are {listed_shapes(shapes)}"
                )
    return ops.cat(found, dim)


@public
def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors one after the other along a dimension that they have already; `stack` makes a new one.

    Args:
        tensors: whose shapes agree but for dim, of any dtypes; the result has the dtype in which they meet. A Tensor of
            shape (0,) is skipped.
        dim: the dimension.

    Raises:
        RuntimeError: if other sizes than those along dim differ, or a Tensor is 0-d.
        ValueError: if there are no Tensors.
        IndexError: if there is no such dimension.
        TypeError: if tensors is a single Tensor, or one of them is none.

    >>> import tinygrad_lite as tl
    >>> tl.cat([tl.tensor([[1, 2]]), tl.tensor([[3, 4], [5, 6]])])
    tensor([[1, 2],
            [3, 4],
            [5, 6]])
    """
    return _joined(_joinable(tensors, "cat"), dim, "cat")


concat = concatenate = cat


@public
def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape side by side along a new dimension.

    Args:
        tensors: of one shape, of any dtypes; the result has the dtype in which they meet.
        dim: the place of the new dimension in the result.

    Raises:
        RuntimeError: if the shapes differ, or there are no Tensors.
        IndexError: if the result has no such dimension.

    >>> import tinygrad_lite as tl
    >>> x, y = tl.tensor([1, 2]), tl.tensor([3, 4])
    >>> tl.stack([x, y])
    tensor([[1, 2],
            [3, 4]])
    >>> tl.stack([x, y], dim=1)
    tensor([[1, 3],
            [2, 4]])
    """
    found = _joinable(tensors, "stack")
    for i, x in enumerate(found):
        if tuple(x.shape) != tuple(found[0].shape):
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(found[0].shape)} at entry 0 and "
                f"{list(x.shape)} at entry {i}; cat joins Tensors along a dimension in which they differ"
            )
    return ops.stack(found, one_dim(dim, found[0].ndim + 1, "stack"))


@public
def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors side by side, of any dtypes: joined along dimension 1, vectors along their only dimension 0.

    Raises:
        RuntimeError: if the shapes do not fit, or there are no Tensors.

    >>> import tinygrad_lite as tl
    >>> tl.hstack([tl.tensor([[1], [2]]), tl.tensor([[3], [4]])])
    tensor([[1, 3],
            [2, 4]])
    """
    found = [_reshaped(x, (1,)) if not x.ndim else x for x in _joinable(tensors, "hstack")]
    return _joined(found, 0 if found[0].ndim == 1 else 1, "hstack")


@public
def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors one below the other, of any dtypes: joined along dimension 0, where vectors count as rows (1, n).

    Raises:
        RuntimeError: if the shapes do not fit, or there are no Tensors.

    >>> import tinygrad_lite as tl
    >>> tl.vstack([tl.tensor([1, 2]), tl.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """
    return _joined([_row(x) for x in _joinable(tensors, "vstack")], 0, "vstack")


@public
def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors one behind the other, of any dtypes: joined along dimension 2, after `atleast_3d`.

    Raises:
        RuntimeError: if the shapes do not fit, or there are no Tensors.

    >>> import tinygrad_lite as tl
    >>> tl.dstack([tl.tensor([1, 2]), tl.tensor([3, 4])])
    tensor([[[1, 3],
             [2, 4]]])
    """
    return _joined([_reshaped(x, _three_dims(tuple(x.shape))) for x in _joinable(tensors, "dstack")], 2, "dstack")


@public
def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Vectors as the columns of a matrix, of any dtypes; Tensors of more dimensions are joined as by `hstack`.

    Raises:
        RuntimeError: if the shapes do not fit, or there are no Tensors.

    >>> import tinygrad_lite as tl
    >>> tl.column_stack([tl.tensor([1, 2]), tl.tensor([3, 4])])
    tensor([[1, 3],
            [2, 4]])
    """
    found = _joinable(tensors, "column_stack")
    columns = [x if x.ndim > 1 else _reshaped(x, (math.prod(x.shape), 1)) for x in found]
    return _joined(columns, 1, "column_stack")


row_stack = vstack


def _reshaped(x: Tensor, shape: Shape) -> Tensor:
    return x if tuple(x.shape) == shape else edge.reshape(x, shape)


def _row(x: Tensor) -> Tensor:
    return x if x.ndim > 1 else _reshaped(x, (1, math.prod(x.shape)))


# ------------------------------------------------------------------------------------------------------- splitting


def _pieces(x: Tensor, dim: int, lengths: Sequence[int]) -> tuple[Tensor, ...]:
    starts = itertools.accumulate(lengths, initial=0)
    return tuple([ops.narrow(x, dim, start, n) for start, n in zip(starts, lengths, strict=False)])


def _equal_pieces(x: Tensor, dim: int, length: int, size: int) -> tuple[Tensor, ...]:
    """The pieces of a size; the last may be smaller."""
    return tuple([ops.narrow(x, dim, start, min(size, length - start)) for start in range(0, length, size)])


@public
def split(x: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of a Tensor along a dimension; views.

    Args:
        x: of any dtype, with at least one dimension.
        split_size_or_sections: the size of each piece, where the last may be smaller; or a size for each piece.
        dim: the dimension.

    Raises:
        RuntimeError: if the size is not positive, or the sizes do not sum up to that of dim.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.split(tl.arange(5), 2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    >>> tl.split(tl.arange(5), [1, 4])
    (tensor([0]), tensor([1, 2, 3, 4]))
    """
    if not x.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor, not a 0-d one")
    dim = one_dim(dim, x.ndim, "split")
    length = x.shape[dim]
    if hasattr(split_size_or_sections, "__index__") and not getattr(split_size_or_sections, "ndim", 0):
        size = operator.index(split_size_or_sections)
        if size < 0:
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
        if not size and length:
            raise RuntimeError(
                f"split_size can only be 0 if dimension size is 0, but got dimension size of {length}. split: "
                f"dimension {dim} of shape {list(x.shape)}"
            )
        return _equal_pieces(x, dim, length, size) if length else _pieces(x, dim, [0])
    sizes: Any = split_size_or_sections
    return _split_with_sizes(x, sizes, dim)


def _split_with_sizes(x: Tensor, sizes: Sequence[int], dim: int) -> tuple[Tensor, ...]:
    lengths = list(sizes)
    if sum(lengths) != x.shape[dim] or any(n < 0 for n in lengths):
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {x.shape[dim]} (input tensor's size at dimension "
            f"{dim}), but got split_sizes={lengths}. split: the shape is {list(x.shape)}"
        )
    return _pieces(x, dim, lengths)


@public
def split_with_sizes(x: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of given sizes along a dimension; views.

    Args:
        x: of any dtype, with at least one dimension.
        split_sizes: the size of each piece; their sum is the size of dim.
        dim: the dimension.

    Raises:
        RuntimeError: if the sizes do not sum up to that of dim.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.split_with_sizes(tl.arange(4), [3, 1])
    (tensor([0, 1, 2]), tensor([3]))
    """
    dim = one_dim(dim, x.ndim, "split_with_sizes")
    if not x.ndim:
        raise RuntimeError("split_with_sizes expects at least a 1-dimensional tensor, not a 0-d one")
    return _split_with_sizes(x, split_sizes, dim)


@public
def chunk(x: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most a number of equally large pieces along a dimension, of which the last may be smaller; views.

    There may be fewer pieces, because all but the last have the size ⌈n / chunks⌉. `tensor_split` always gives as many
    as asked for.

    Args:
        x: of any dtype, with at least one dimension.
        chunks: how many pieces at most.
        dim: the dimension.

    Raises:
        RuntimeError: if chunks is not positive, or x is 0-d.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> [len(piece) for piece in tl.chunk(tl.arange(6), 4)]
    [2, 2, 2]
    """
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    if not x.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor, not a 0-d one")
    dim = one_dim(dim, x.ndim, "chunk")
    length = x.shape[dim]
    if not length:
        return tuple(ops.narrow(x, dim, 0, 0) for _ in range(chunks))
    size = -(-length // chunks)
    return _equal_pieces(x, dim, length, size)


@public
def tensor_split(
    x: Tensor,
    indices_or_sections: int | Sequence[int] | Tensor | None = None,
    dim: int = 0,
    *,
    indices: Sequence[int] | None = None,
    sections: int | None = None,
) -> tuple[Tensor, ...]:
    """Pieces along a dimension, as many as asked for and as equal as can be, or split before given indices; views.

    Args:
        x: of any dtype, with at least one dimension.
        indices_or_sections: the number of pieces; or the indices before which x is split. A 0-d or 1-d int64 Tensor
            serves for either.
        dim: the dimension.
        indices, sections: the same, under PyTorch's other names.

    Raises:
        RuntimeError: if the number is not positive, x is 0-d, or a Tensor for it has more dimensions or another dtype.
        TypeError: without a number or indices, and with both.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> [len(piece) for piece in tl.tensor_split(tl.arange(6), 4)]
    [2, 2, 1, 1]
    >>> tl.tensor_split(tl.arange(6), [1, 4])
    (tensor([0]), tensor([1, 2, 3]), tensor([4, 5]))
    """
    given = {"indices_or_sections": indices_or_sections, "indices": indices, "sections": sections}
    named = [name for name, value in given.items() if value is not None]
    if len(named) != 1:
        raise TypeError(
            f"tensor_split() takes one of indices_or_sections, indices and sections, not {', '.join(named) or 'none'}"
        )
    pieces: Any = given[named[0]]
    if hasattr(pieces, "ndim") and not isinstance(pieces, np.generic):
        pieces = _read_split(pieces)
    if not x.ndim:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    return _split_evenly("tensor_split", x, pieces, one_dim(dim, x.ndim, "tensor_split"))


def _read_split(tensor: Any) -> Any:
    """The number of pieces, or the indices, that a Tensor says."""
    if tensor.ndim > 1:
        raise RuntimeError(
            "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but "
            f"got a tensor with {tensor.ndim} dims"
        )
    if tensor.dtype != dtypes.int64:
        raise RuntimeError(
            f"tensor_split expected tensor_indices_or_sections to have dtype of long, but got {tensor.dtype}: convert "
            "it with .long()"
        )
    return values_of(tensor, "tensor_split() is given a Tensor, whose values it reads").tolist()


def _split_evenly(name: str, x: Tensor, indices_or_sections: Any, dim: int) -> tuple[Tensor, ...]:
    if not x.ndim:
        raise RuntimeError(f"{name} expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    length = x.shape[dim]
    if isinstance(indices_or_sections, (int, np.integer)):
        indices_or_sections = int(indices_or_sections)
        if indices_or_sections <= 0:
            raise RuntimeError(
                f"number of sections must be larger than 0, got {indices_or_sections}. {name}: no pieces"
            )
        small, larger = divmod(length, indices_or_sections)
        return _pieces(x, dim, [small + (i < larger) for i in range(indices_or_sections)])
    if isinstance(indices_or_sections, str):
        raise wrong_type(name, "indices_or_sections", 2, "tuple of ints", indices_or_sections)
    ends = [0, *(slice(None, operator.index(i)).indices(length)[1] for i in indices_or_sections), length]
    return tuple(ops.narrow(x, dim, a, max(b - a, 0)) for a, b in itertools.pairwise(ends))


def _split_along(name: str, x: Tensor, indices_or_sections: Any, dim: int, least: int) -> tuple[Tensor, ...]:
    if x.ndim < least:
        raise RuntimeError(
            f"{name} requires a tensor with at least {least} dimension{'s' * (least > 1)}, but got a tensor with "
            f"{x.ndim} dimensions!"
        )
    if isinstance(indices_or_sections, int) and (indices_or_sections <= 0 or x.shape[dim] % indices_or_sections):
        raise RuntimeError(
            f"{name} attempted to split along dimension {dim}, but the size of the dimension {x.shape[dim]} is not "
            f"divisible by the split_size {indices_or_sections}! The shape is {list(x.shape)}"
        )
    return _split_evenly(name, x, indices_or_sections, dim)


@public
def hsplit(x: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
    """Pieces side by side: split along dimension 1, a vector along its only dimension 0; views, of any dtype.

    Args:
        x: with at least one dimension.
        indices_or_sections: the number of equal pieces; or the indices before which x is split.

    Raises:
        RuntimeError: if x cannot be divided into so many equal pieces.

    >>> import tinygrad_lite as tl
    >>> left, right = tl.hsplit(tl.tensor([[1, 2], [3, 4]]), 2)
    >>> left
    tensor([[1],
            [3]])
    """
    return _split_along("hsplit", x, indices_or_sections, min(1, x.ndim - 1), 1)


@public
def vsplit(x: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
    """Pieces one below the other: split along dimension 0; views, of any dtype.

    Args:
        x: with at least 2 dimensions.
        indices_or_sections: the number of equal pieces; or the indices before which x is split.

    Raises:
        RuntimeError: if x cannot be divided into so many equal pieces, or has fewer dimensions.

    >>> import tinygrad_lite as tl
    >>> top, bottom = tl.vsplit(tl.tensor([[1, 2], [3, 4], [5, 6]]), [1])
    >>> bottom
    tensor([[3, 4],
            [5, 6]])
    """
    return _split_along("vsplit", x, indices_or_sections, 0, 2)


@public
def dsplit(x: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
    """Pieces one behind the other: split along dimension 2; views, of any dtype.

    Args:
        x: with at least 3 dimensions.
        indices_or_sections: the number of equal pieces; or the indices before which x is split.

    Raises:
        RuntimeError: if x cannot be divided into so many equal pieces, or has fewer dimensions.

    >>> import tinygrad_lite as tl
    >>> [piece.shape for piece in tl.dsplit(tl.zeros(2, 3, 4), 2)]
    [Size([2, 3, 2]), Size([2, 3, 2])]
    """
    return _split_along("dsplit", x, indices_or_sections, 2, 3)


@public
def unbind(x: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices along a dimension, without that dimension: what `for row in x` goes through; views.

    Args:
        x: of any dtype, with at least one dimension.
        dim: the dimension.

    Raises:
        IndexError: if there is no such dimension, or x is 0-d.

    >>> import tinygrad_lite as tl
    >>> tl.unbind(tl.tensor([[1, 2], [3, 4]]), dim=1)
    (tensor([1, 3]), tensor([2, 4]))
    """
    dim = one_dim(dim, x.ndim, "unbind")
    if not x.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions. unbind: the Tensor is 0-d")
    before = (slice(None),) * dim
    return tuple([getitem(x, (*before, i)) for i in range(x.shape[dim])])


# ------------------------------------------------------------------------------------- more dimensions, and grids


def _at_least(ndim: int, tensors: tuple[Any, ...], grown: Callable[[Shape], Shape]) -> Any:
    """The Tensors, those of fewer dimensions in a shape that has as many; one alone, several in a tuple."""
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    found = tuple(x if x.ndim >= ndim else edge.reshape(x, grown(tuple(x.shape))) for x in tensors)
    return found[0] if len(found) == 1 else found


@overload
def atleast_1d(x: Tensor, /) -> Tensor: ...
@overload
def atleast_1d(x: Tensor, y: Tensor, /, *tensors: Tensor) -> tuple[Tensor, ...]: ...
@overload
def atleast_1d(tensors: Sequence[Tensor], /) -> tuple[Tensor, ...]: ...
@public
def atleast_1d(*tensors: Tensor | Sequence[Tensor]) -> Any:
    """Tensors with at least one dimension, of any dtype: a 0-d one becomes (1,). Several, or a list, give a tuple.

    Raises:
        TypeError: if one of them is no Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.atleast_1d(tl.tensor(5))
    tensor([5])
    """
    return _at_least(1, tensors, lambda shape: (1,))


@overload
def atleast_2d(x: Tensor, /) -> Tensor: ...
@overload
def atleast_2d(x: Tensor, y: Tensor, /, *tensors: Tensor) -> tuple[Tensor, ...]: ...
@overload
def atleast_2d(tensors: Sequence[Tensor], /) -> tuple[Tensor, ...]: ...
@public
def atleast_2d(*tensors: Tensor | Sequence[Tensor]) -> Any:
    """Tensors with at least two dimensions, of any dtype: a vector becomes a row (1, n).

    Several, or a list, give a tuple.

    Raises:
        TypeError: if one of them is no Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.atleast_2d(tl.tensor([1, 2]))
    tensor([[1, 2]])
    """
    return _at_least(2, tensors, lambda shape: (1, *shape) if shape else (1, 1))


@overload
def atleast_3d(x: Tensor, /) -> Tensor: ...
@overload
def atleast_3d(x: Tensor, y: Tensor, /, *tensors: Tensor) -> tuple[Tensor, ...]: ...
@overload
def atleast_3d(tensors: Sequence[Tensor], /) -> tuple[Tensor, ...]: ...
@public
def atleast_3d(*tensors: Tensor | Sequence[Tensor]) -> Any:
    """Tensors with at least three dimensions, of any dtype: a vector becomes (1, n, 1), a matrix (n, m, 1).

    Several, or a list, give a tuple.

    Raises:
        TypeError: if one of them is no Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.atleast_3d(tl.zeros(5)).shape, tl.atleast_3d(tl.zeros(5, 2)).shape
    (Size([1, 5, 1]), Size([5, 2, 1]))
    """
    return _at_least(3, tensors, _three_dims)


def _three_dims(shape: Shape) -> Shape:
    return {0: (1, 1, 1), 1: (1, *shape, 1), 2: (*shape, 1)}.get(len(shape), shape)


@public
def meshgrid(*tensors: Tensor | Sequence[Tensor], indexing: str = "ij") -> tuple[Tensor, ...]:
    """The coordinates of a grid: for n vectors n Tensors of n dimensions, the i-th of which varies along one of them.

    Args:
        tensors: vectors, or 0-d Tensors, of one dtype; one by one or as one sequence.
        indexing: "ij", where the first vector varies along dimension 0 (the default), or "xy", where it varies along
            dimension 1 and the second along dimension 0 (NumPy's default).

    Raises:
        RuntimeError: for other shapes, different dtypes or another indexing.
        ValueError: if there are no Tensors.

    >>> import tinygrad_lite as tl
    >>> rows, columns = tl.meshgrid(tl.tensor([1, 2]), tl.tensor([10, 20, 30]))
    >>> rows + columns
    tensor([[11, 21, 31],
            [12, 22, 32]])
    """
    listed: tuple[Any, ...] = tensors
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        listed = tuple(tensors[0])
    return _grid("meshgrid", listed, indexing)


def _grid(name: str, tensors: Sequence[Tensor], indexing: str) -> tuple[Tensor, ...]:
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'{name}: indexing must be one of "xy" or "ij", but received: {indexing}')
    if not tensors:
        raise ValueError(f"{name} expects a non-empty TensorList")
    for x in tensors:
        if x.ndim > 1:
            raise RuntimeError(f"{name}: Expected 0D or 1D tensor in the tensor list but got: shape {list(x.shape)}")
    if len({x.dtype for x in tensors}) > 1:
        given = " and ".join(dict.fromkeys(str(x.dtype) for x in tensors))
        raise RuntimeError(f"{name} expects all tensors to have the same dtype, but they have {given}")
    order = list(range(len(tensors)))
    if indexing == "xy" and len(tensors) > 1:
        order[:2] = 1, 0
    lengths = [math.prod(tensors[i].shape) for i in order]
    return tuple(
        expand(edge.reshape(x, tuple(-1 if order[d] == i else 1 for d in range(len(order)))), lengths)
        for i, x in enumerate(tensors)
    )


@public
def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All combinations of one element of each vector, a row each: (n₁ n₂ …, number of vectors), in their one dtype.

    Of a single vector, the vector itself.

    Raises:
        RuntimeError: if a Tensor has more than one dimension, or the dtypes differ.

    >>> import tinygrad_lite as tl
    >>> tl.cartesian_prod(tl.tensor([1, 2]), tl.tensor([5, 6]))
    tensor([[1, 5],
            [1, 6],
            [2, 5],
            [2, 6]])
    """
    if len(tensors) == 1:
        return tensors[0]
    grid = _grid("cartesian_prod", tensors, "ij")
    return stack([edge.reshape(x, (math.prod(x.shape),)) for x in grid], 1)
