"""Tensors joined into one and one split into several, as PyTorch calls it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core import edge
from ..ops import shape as ops
from ..types import dtypes
from .arguments import one_dim, spelled
from .shape import expand


def _joinable(tensors: Any, name: str) -> list[Any]:
    if hasattr(tensors, "ndim"):
        raise TypeError(f"{name}(): argument 'tensors' must be tuple of Tensors, not {type(tensors).__name__}")
    found = list(tensors)
    if not found:
        refusal = ValueError if name == "cat" else RuntimeError  # as PyTorch has it
        raise refusal(f"{name}(): expected a non-empty list of Tensors")
    if len({x.dtype for x in found}) == 1:
        return found
    dtype = dtypes.result_type(*found)
    return [x if x.dtype == dtype else x.to(dtype) for x in found]


@spelled
def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors one behind the other along dim; their other sizes must agree. An empty 1-d Tensor is skipped."""
    found = _joinable(tensors, "cat")
    shapes = [tuple(x.shape) for x in found]
    if () in shapes:
        raise RuntimeError("cat: zero-dimensional tensor cannot be concatenated; use stack, or x.reshape(1)")
    if (0,) in shapes:
        found = [x for x in found if tuple(x.shape) != (0,)] or found[:1]
        shapes = [tuple(x.shape) for x in found]
    first = shapes[0]
    dim = one_dim(dim, len(first), "cat")
    for i, shape in enumerate(shapes):
        if shape[:dim] != first[:dim] or shape[dim + 1 :] != first[dim + 1 :]:
            raise RuntimeError(
                f"cat: Sizes of tensors must match except in dimension {dim}. Expected {list(first)} but got "
                f"{list(shape)} for tensor number {i} in the list."
            )
    return ops.cat(found, dim)


concat = concatenate = cat


@spelled
def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors of one shape side by side along a new dimension."""
    found = _joinable(tensors, "stack")
    for i, x in enumerate(found):
        if tuple(x.shape) != tuple(found[0].shape):
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(found[0].shape)} at entry 0 and "
                f"{list(x.shape)} at entry {i}"
            )
    return ops.stack(found, one_dim(dim, found[0].ndim + 1, "stack"))


def hstack(tensors: Sequence[Any]) -> Any:
    """Tensors side by side: along dimension 1, or 0 where they have but one."""
    found = [x if x.ndim else edge.reshape(x, (1,)) for x in _joinable(tensors, "hstack")]
    return cat(found, 0 if found[0].ndim == 1 else 1)


def vstack(tensors: Sequence[Any]) -> Any:
    """Tensors one below the other: rows along dimension 0."""
    return cat([x if x.ndim > 1 else edge.reshape(x, (1, math.prod(x.shape))) for x in _joinable(tensors, "vstack")], 0)


def split(x: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Pieces of a given length along dim (the last may be shorter), or of the lengths given; views."""
    dim = one_dim(dim, x.ndim, "split")
    if not x.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    length = x.shape[dim]
    if isinstance(split_size_or_sections, int):
        size = split_size_or_sections
        if size < 0 or (size == 0 and length):
            raise RuntimeError(f"split expects split_size be positive, but got split_size={size}")
        lengths = [min(size, length - start) for start in range(0, length, size)] if length else [0]
    else:
        lengths = list(split_size_or_sections)
        if sum(lengths) != length or any(n < 0 for n in lengths):
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {length} (input tensor's size at dimension "
                f"{dim}), but got split_sizes={lengths}"
            )
    starts = np.cumsum([0, *lengths]).tolist()
    return tuple(ops.narrow(x, dim, start, n) for start, n in zip(starts, lengths, strict=False))


def split_with_sizes(x: Any, split_sizes: Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Pieces of the lengths given along dim; views."""
    return split(x, list(split_sizes), dim)


def chunk(x: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most `chunks` pieces of equal length along dim (the last may be shorter); views."""
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    dim = one_dim(dim, x.ndim, "chunk")
    if not x.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if not x.shape[dim]:
        return tuple(ops.narrow(x, dim, 0, 0) for _ in range(chunks))
    return split(x, -(-x.shape[dim] // chunks), dim)


def tensor_split(x: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Pieces along dim, split before each index given, or into a number of pieces as equal as can be; views."""
    dim = one_dim(dim, x.ndim, "tensor_split")
    if not x.ndim:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor")
    length = x.shape[dim]
    if isinstance(indices_or_sections, int):
        if indices_or_sections <= 0:
            raise RuntimeError(f"tensor_split: number of sections must be larger than 0, got {indices_or_sections}")
        small, extra = divmod(length, indices_or_sections)
        lengths = [small + (i < extra) for i in range(indices_or_sections)]
        ends = np.cumsum([0, *lengths]).tolist()
    else:
        ends = [0, *(slice(None, int(i)).indices(length)[1] for i in indices_or_sections), length]
    return tuple(ops.narrow(x, dim, a, max(b - a, 0)) for a, b in itertools.pairwise(ends))


def _split_along(name: str, x: Any, indices_or_sections: Any, dim: int, least: int) -> tuple[Any, ...]:
    if x.ndim < least:
        raise RuntimeError(f"{name} requires a tensor with at least {least} dimension(s), not shape {list(x.shape)}")
    if isinstance(indices_or_sections, int) and (indices_or_sections <= 0 or x.shape[dim] % indices_or_sections):
        raise RuntimeError(
            f"{name} attempted to split along dimension {dim}, but the size of the dimension {x.shape[dim]} is not "
            f"divisible by the split_size {indices_or_sections}!"
        )
    return tensor_split(x, indices_or_sections, dim)


def hsplit(x: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Pieces along dimension 1 (0 of a vector), of equal length or split before each index given; views."""
    return _split_along("hsplit", x, indices_or_sections, min(1, x.ndim - 1), 1)


def vsplit(x: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Pieces along dimension 0, of equal length or split before each index given; views."""
    return _split_along("vsplit", x, indices_or_sections, 0, 2)


def dsplit(x: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Pieces along dimension 2, of equal length or split before each index given; views."""
    return _split_along("dsplit", x, indices_or_sections, 2, 3)


@spelled
def unbind(x: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along dim, without that dim; views."""
    dim = one_dim(dim, x.ndim, "unbind")
    if not x.ndim:
        raise IndexError("unbind: Dimension specified as 0 but tensor has no dimensions")
    return tuple(ops.select(x, dim, i) for i in range(x.shape[dim]))


def dstack(tensors: Sequence[Any]) -> Any:
    """Tensors one behind the other: along dimension 2."""
    return cat([atleast_3d(x) for x in _joinable(tensors, "dstack")], 2)


def column_stack(tensors: Sequence[Any]) -> Any:
    """Vectors as the columns of a matrix; what has more dimensions as in `hstack`."""
    found = _joinable(tensors, "column_stack")
    return hstack([x if x.ndim > 1 else edge.reshape(x, (math.prod(x.shape), 1)) for x in found])


row_stack = vstack


def _at_least(ndim: int, tensors: tuple[Any, ...], grow: Any) -> Any:
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    grown = tuple(x if x.ndim >= ndim else edge.reshape(x, grow(tuple(x.shape))) for x in tensors)
    return grown[0] if len(grown) == 1 else grown


def atleast_1d(*tensors: Any) -> Any:
    """With at least one dimension."""
    return _at_least(1, tensors, lambda shape: (1,))


def atleast_2d(*tensors: Any) -> Any:
    """With at least two dimensions: a vector becomes a row."""
    return _at_least(2, tensors, lambda shape: (1, *shape) if shape else (1, 1))


def atleast_3d(*tensors: Any) -> Any:
    """With at least three dimensions: a vector becomes (1, n, 1), a matrix (n, m, 1)."""
    return _at_least(3, tensors, lambda shape: {0: (1, 1, 1), 1: (1, *shape, 1), 2: (*shape, 1)}[len(shape)])


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """For n vectors n Tensors of n dimensions: the coordinates of a grid.

    Args:
        indexing: "ij" (the first vector along dimension 0) or "xy" (the first along dimension 1).
    """
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    if not tensors:
        raise ValueError("meshgrid expects a non-empty list of Tensors")
    if any(x.ndim > 1 for x in tensors) or len({x.dtype for x in tensors}) > 1:
        given = ", ".join(f"{x.dtype} {list(x.shape)}" for x in tensors)
        raise RuntimeError(f"meshgrid: expected scalars or vectors of one dtype, but got: {given}")
    order = list(range(len(tensors)))
    if indexing == "xy" and len(tensors) > 1:
        order[:2] = 1, 0
    lengths = [math.prod(tensors[i].shape) for i in order]
    return tuple(
        expand(edge.reshape(x, tuple(-1 if order[d] == i else 1 for d in range(len(order)))), lengths)
        for i, x in enumerate(tensors)
    )


def cartesian_prod(*tensors: Any) -> Any:
    """All combinations of one element of each vector, a row each; of a single vector itself."""
    if len(tensors) == 1:
        return tensors[0]
    return stack([edge.reshape(x, (math.prod(x.shape),)) for x in meshgrid(*tensors)], 1)
