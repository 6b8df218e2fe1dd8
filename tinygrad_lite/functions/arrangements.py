"""Combinations, runs of equal elements, and indices into flattened Tensors."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.array_functions import array_function, creation
from ..core.primitive import Array
from ..ops.indexing import getitem
from ..types.annotations import Tensor
from .arguments import DYNAMIC_SHAPE, array_of, check_slices, int_tuple, one_dim, public, values_for_size, wrap_like


@public
def combinations(x: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All choices of r elements of a vector, in order, a row each, (n, r): Python's `itertools.combinations`.

    Args:
        x: a vector of any dtype.
        r: how many elements a choice has.
        with_replacement: whether an element may be chosen several times.

    Raises:
        RuntimeError: if x is no vector, or r is negative.

    >>> import tinygrad_lite as tl
    >>> tl.combinations(tl.tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    if x.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(x.shape)}: combinations() of its elements")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}: combinations() of so many elements")
    places = _choices(x.shape[0], r, with_replacement)
    return getitem(x, places)


@creation
def _choices(n: int, r: int, with_replacement: bool) -> Array:
    if r == 0:
        return np.zeros(0, np.int64)
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    return np.array(list(choose(range(n), r)), np.int64).reshape(-1, r)


@public
def unique_consecutive(
    x: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """Elements without those that are equal to the one before them, or slices along a dimension likewise.

    If more is asked for, the result is a tuple. There is no derivative.

    Args:
        x: of any dtype and shape; without a dimension it is flattened.
        return_inverse: return too, for each element of `x`, its int64 index in the result.
        return_counts: return too, for each element of the result, how many equal ones there were.
        dim: the dimension along which slices are compared; None to compare elements.

    Raises:
        IndexError: if there is no such dimension.
        TypeError: if `x` is no Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.unique_consecutive(tl.tensor([1, 1, 2, 2, 2, 1]), return_counts=True)
    (tensor([1, 2, 1]), tensor([2, 3, 1]))
    """
    reason = "how many elements are left depends on their values"
    array = values_for_size(x, reason, f"{DYNAMIC_SHAPE}unique_consecutive")
    if dim is None:
        rows = array.reshape(-1, 1)
    else:
        dim = one_dim(dim, x.ndim, "unique_consecutive")
        check_slices(array.shape, dim)
        count = array.shape[dim] if array.ndim else 1
        rows = (
            np.moveaxis(array, dim, 0).reshape(count, array.size // max(count, 1)) if array.ndim else array[None, None]
        )
    first = np.ones(len(rows), np.bool_)
    first[1:] = (rows[1:] != rows[:-1]).any(1)
    starts = np.flatnonzero(first)
    kept = array.reshape(-1)[starts] if dim is None or not array.ndim else array.take(starts, dim)
    found = [kept if array.ndim or dim is None else array]
    if return_inverse:
        inverse = np.cumsum(first) - 1
        found.append(inverse.reshape(array.shape) if dim is None else inverse)
    if return_counts:
        found.append(np.diff(starts, append=len(rows)))
    wrapped = tuple([wrap_like(x, part) for part in found])
    return wrapped if len(wrapped) > 1 else wrapped[0]


@public
def unravel_index(indices: Tensor, shape: int | Sequence[int]) -> tuple[Tensor, ...]:
    """For indices into a flattened Tensor the indices of each dimension: in int64, of the shape of the indices.

    Args:
        indices: whole numbers.
        shape: the shape of the Tensor that they are for.

    Raises:
        TypeError: for other dtypes.

    >>> import tinygrad_lite as tl
    >>> tl.unravel_index(tl.tensor([3, 5]), (2, 3))
    (tensor([1, 1]), tensor([0, 2]))
    """
    if indices.dtype.kind not in "iu":
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}: unravel_index()")
    sizes = int_tuple((shape,) if isinstance(shape, int) else (tuple(shape),), "unravel_index", "shape")
    if any(n < 0 for n in sizes):
        raise ValueError(f"'shape' cannot have negative values, but got {tuple(sizes)}: unravel_index()")
    found = []
    flat = array_of(indices)
    for d, n in enumerate(sizes):
        found.append(wrap_like(indices, _coordinate(flat, int(np.prod(sizes[d + 1 :])), n)))
    return tuple(found)


@array_function
def _coordinate(places: Array, width: int, length: int) -> Array:
    return (places.astype(np.int64) // max(width, 1)) % max(length, 1)
