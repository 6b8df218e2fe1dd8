"""What depends on the order of elements: extremes, sorting, medians and quantiles, as PyTorch calls them.

Elements are picked by index, so that gradients go to those picked; over everything, equal ones share it.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..core.array_functions import array_function, made_of
from ..core.edge import clone, expand, reshape
from ..ops import indexing
from ..ops import reduction as ops
from ..ops.creation import zeros
from ..ops.elementwise import isnan, lerp, maximum, minimum, where
from ..ops.shape import narrow, permute
from ..types import dtypes
from .arguments import array_of, many_dims, one_dim, refuse_empty, spelled, values_of, wrapped


class Ranked(NamedTuple):
    """Elements that were picked along a dimension, and where they were."""

    values: Any
    indices: Any


class Extent(NamedTuple):
    """The smallest element and the largest."""

    min: Any
    max: Any


def _picked(x: Any, indices: Any, dim: int, keepdim: bool) -> Ranked:
    """The elements at `indices`, which has length 1 along dim."""
    if not x.ndim:
        return Ranked(clone(x), indices)
    values = indexing.gather(x, dim, indices)
    if keepdim:
        return Ranked(values, indices)
    shape = tuple(x.shape[:dim] + x.shape[dim + 1 :])
    return Ranked(reshape(values, shape), reshape(indices, shape))


# ------------------------------------------------------------------------------------------------- extremes


def _extreme(name: str, x: Any, dim: Any, keepdim: bool, index: Any, pairwise: Any) -> Any:
    if dim is None:
        refuse_empty(x, None, name)
        return ops.element(x, name)
    if hasattr(dim, "ndim"):
        return pairwise(x, dim)
    dim = one_dim(dim, x.ndim, name)
    refuse_empty(x, dim, name)
    return _picked(x, index(x, dim if x.ndim else None, True), dim, keepdim)


@spelled
def max(x: Any, dim: Any = None, keepdim: bool = False, *, y: Any = None) -> Any:
    """The largest element (ties share the gradient); along a dim, with its index; or of two Tensors, the maximum."""
    return _extreme("max", x, dim if y is None else y, keepdim, ops.argmax, maximum)


@spelled
def min(x: Any, dim: Any = None, keepdim: bool = False, *, y: Any = None) -> Any:
    """The smallest element (ties share the gradient); along a dim, with its index; or of two Tensors, the minimum."""
    return _extreme("min", x, dim if y is None else y, keepdim, ops.argmin, minimum)


@spelled
def amax(x: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The largest element over one, several or all dimensions; ties share the gradient."""
    dims = many_dims(dim, x.ndim, "amax")
    refuse_empty(x, dims, "amax")
    return ops.amax(x, dims, keepdim)


@spelled
def amin(x: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The smallest element over one, several or all dimensions; ties share the gradient."""
    dims = many_dims(dim, x.ndim, "amin")
    refuse_empty(x, dims, "amin")
    return ops.amin(x, dims, keepdim)


@spelled
def aminmax(x: Any, *, dim: int | None = None, keepdim: bool = False) -> Extent:
    """The smallest and the largest element, of all or along a dim; ties share the gradient."""
    dims = None if dim is None else one_dim(dim, x.ndim, "aminmax")
    refuse_empty(x, dims, "aminmax")
    dims = dims if x.ndim else None
    return Extent(ops.amin(x, dims, keepdim), ops.amax(x, dims, keepdim))


def _index_of(name: str, find: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    if x.dtype.kind == "b":
        raise NotImplementedError(f"{name}(): does not support bool input; convert first, with .long()")
    dim = None if dim is None else one_dim(dim, x.ndim, name)
    if dim is None and not math.prod(x.shape):
        raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0: pass dim=")
    refuse_empty(x, dim, name)
    return find(x, dim if x.ndim else None, keepdim)


@spelled
def argmax(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The index of the largest element along dim; without dim, in the flattened x."""
    return _index_of("argmax", ops.argmax, x, dim, keepdim)


@spelled
def argmin(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The index of the smallest element along dim; without dim, in the flattened x."""
    return _index_of("argmin", ops.argmin, x, dim, keepdim)


def _running(name: str, accumulate: Any, x: Any, dim: int) -> Ranked:
    """The extreme of the elements up to and with each one, and where it was, the last of several."""
    dim = one_dim(dim, x.ndim, name)
    if not x.ndim:
        return Ranked(clone(x), wrapped(x, zeros((), np.dtype(np.int64))))
    indices = wrapped(x, _records(array_of(x), accumulate, dim))
    return Ranked(indexing.gather(x, dim, indices), indices)


@array_function
def _records(array: Any, accumulate: Any, dim: int) -> Any:
    place = np.arange(array.shape[dim]).reshape([-1 if d == dim else 1 for d in range(array.ndim)])
    record = (array == accumulate(array, axis=dim)) | (array != array)
    return np.maximum.accumulate(np.where(record, place, 0), axis=dim)


@spelled
def cummax(x: Any, dim: int) -> Ranked:
    """The largest of the elements up to and with each one along dim, and its index."""
    return _running("cummax", np.maximum.accumulate, x, dim)


@spelled
def cummin(x: Any, dim: int) -> Ranked:
    """The smallest of the elements up to and with each one along dim, and its index."""
    return _running("cummin", np.minimum.accumulate, x, dim)


# -------------------------------------------------------------------------------------------------- sorting


@spelled
def argsort(x: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The indices that sort x along dim; always stable."""
    return ops.argsort(x, one_dim(dim, x.ndim, "argsort"), descending)


@spelled
def sort(x: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Ranked:
    """x in order along dim, and the indices that put it so; always stable.

    >>> import tinygrad_lite as tl
    >>> values, indices = tl.sort(tl.tensor([3.0, 1.0, 2.0]))
    >>> values, indices
    (tensor([1., 2., 3.]), tensor([1, 2, 0]))
    """
    dim = one_dim(dim, x.ndim, "sort")
    indices = ops.argsort(x, dim, descending)
    return Ranked(indexing.gather(x, dim, indices) if x.ndim else clone(x), indices)


@spelled
def msort(x: Any) -> Any:
    """x in order along its first dim."""
    return sort(x, 0).values


@spelled
def topk(x: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Ranked:
    """The k largest (or smallest) elements along dim, and their indices."""
    dim = one_dim(dim, x.ndim, "topk")
    if not 0 <= k <= (x.shape[dim] if x.ndim else 1):
        raise RuntimeError(f"topk: selected index k out of range: k = {k} of {x.shape[dim] if x.ndim else 1} elements")
    if not x.ndim:
        return sort(x) if k else Ranked(reshape(x, (1,))[:0], reshape(ops.argsort(x), (1,))[:0])
    indices = wrapped(x, _first(array_of(x), k, dim, largest))
    return Ranked(indexing.gather(x, dim, indices), indices)


_SORTED = 1 << 12
"""So many elements, and rows of up to 16, are sorted as quickly as selected from."""


@array_function
def _first(array: Any, k: int, dim: int, largest: bool) -> Any:
    """The first k indices of `argsort` along dim."""
    rows = np.moveaxis(array, dim, -1)
    found = _selected(rows, k, largest) if array.size > _SORTED and rows.shape[-1] > 16 and k else None
    if found is None:
        found = ops.argsort(rows, -1, largest)[..., :k]
    return np.array(np.moveaxis(found, -1, dim), order="C")


def _selected(rows: Any, k: int, largest: bool) -> Any:
    """The same of each row, found by selection, which is quicker; None where that might find others."""
    length = rows.shape[-1]
    last = length - k if largest else k - 1
    bound = np.partition(rows, last)[..., last, None]
    chosen = np.flatnonzero(~(rows < bound) if largest else rows <= bound)  # as large as any: NaN
    row, place = np.divmod(chosen, length)
    if chosen.size != bound.size * k or (row.reshape(-1, k) != np.arange(bound.size)[:, None]).any():
        return None  # another is equal to the last of them, or it is NaN, which equals nothing
    order = ops.argsort(rows.reshape(-1)[chosen].reshape(-1, k), 1, largest)
    return np.take_along_axis(place.reshape(-1, k), order, 1).reshape(*rows.shape[:-1], k)


@spelled
def kthvalue(x: Any, k: int, dim: int = -1, keepdim: bool = False) -> Ranked:
    """The k-th smallest element along dim (1 is the smallest), and its index."""
    dim = one_dim(dim, x.ndim, "kthvalue")
    if not 1 <= k <= (x.shape[dim] if x.ndim else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}: {k}")
    order = ops.argsort(x, dim, False)
    return _picked(x, clone(narrow(order, dim, k - 1, 1)) if x.ndim else order, dim, keepdim)


# -------------------------------------------------------------------------------- in the middle, and how often


_middles = array_function(ops.middle)


def _middle(name: str, x: Any, dim: Any, keepdim: bool, skip: bool) -> Any:
    """The lower median; where there is NaN, the first one, or if `skip` the median of the others."""
    if x.dtype.kind == "b":
        raise NotImplementedError(f'"{name}" not implemented for bool: convert first, with .long()')
    if dim is None:
        flat = reshape(x, (math.prod(x.shape),))
        if not flat.shape[0] and x.dtype.kind != "f":
            raise RuntimeError(f"{name}: whole numbers have no NaN to say that there are no elements")
        if not flat.shape[0]:
            return flat.sum() * math.nan
        return ops.element(flat, name)
    dim = one_dim(dim, x.ndim, name)
    refuse_empty(x, dim, name)
    if not x.ndim:
        return Ranked(clone(x), ops.argsort(x))
    return _picked(x, wrapped(x, _middles(array_of(x), dim, skip)), dim, keepdim)


@spelled
def median(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The middle element, of two the lower (as PyTorch); along a dim, with its index. NaN if any is."""
    return _middle("median", x, dim, keepdim, skip=False)


@spelled
def nanmedian(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The middle one of the elements that are not NaN, of two the lower; along a dim, with its index."""
    return _middle("nanmedian", x, dim, keepdim, skip=True)


@spelled
def mode(x: Any, dim: int = -1, keepdim: bool = False) -> Ranked:
    """The most frequent element along dim, of several the smallest, and the index of its last occurrence."""
    dim = one_dim(dim, x.ndim, "mode")
    refuse_empty(x, dim, "mode")
    if not x.ndim:
        return Ranked(clone(x), ops.argsort(x))
    return _picked(x, wrapped(x, _modes(array_of(x), dim)), dim, keepdim)


@array_function
def _modes(array: Any, dim: int) -> Any:
    return np.expand_dims(np.apply_along_axis(_last_of_most_frequent, dim, array), dim)


def _last_of_most_frequent(row: Any) -> Any:
    _, which, counts = np.unique(row, return_inverse=True, return_counts=True)
    return np.flatnonzero(which == counts.argmax())[-1]


@spelled
def quantile(x: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear") -> Any:
    """The value below which a fraction q lies, of all elements or along dim; for several q, a leading dimension.

    Args:
        interpolation: between the two nearest elements: "linear", "lower", "higher", "nearest" or "midpoint".

    Raises:
        RuntimeError: for a q outside [0, 1], and a dtype other than float32 and float64, or than q's.
    """
    fraction = array_of(q) if hasattr(q, "ndim") else made_of(q, np.asarray(q))
    if x.dtype not in (dtypes.float32, dtypes.float64):
        raise RuntimeError(f"quantile() input tensor must be either float or double dtype, not {x.dtype}")
    if hasattr(q, "ndim") and q.dtype != x.dtype:
        raise RuntimeError(f"quantile() q tensor must be same dtype as the input tensor: {q.dtype}, {x.dtype}")
    _refuse_no_fractions(fraction)
    if getattr(q, "requires_grad", False):
        raise RuntimeError("quantile() has no derivative by q here; detach() it")
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(f"quantile() interpolation must be one of {list(_INTERPOLATIONS)}, not {interpolation!r}")
    shape = tuple(x.shape)
    if dim is None:
        x, dim, kept = reshape(x, (math.prod(shape),)), 0, (1,) * len(shape)
    else:
        dim = one_dim(dim, x.ndim, "quantile")
        kept = (*shape[:dim], 1, *shape[dim + 1 :])
    if not x.shape[dim]:
        raise RuntimeError("quantile() input tensor must be non-empty")
    ordered = permute(sort(x, dim).values, (dim, *(d for d in range(x.ndim) if d != dim)))
    floor, ceiling, weight = _ranks(fraction, x.dtype, x.shape[dim], x.ndim, interpolation)
    low, high = indexing.getitem(ordered, floor), indexing.getitem(ordered, ceiling)
    found = lerp(low, high, expand(wrapped(x, weight), tuple(low.shape)))
    found = where(indexing.getitem(isnan(ordered), slice(-1, None)), math.nan, found)
    return reshape(found, (*fraction.shape, *(kept if keepdim else found.shape[1:])))


@array_function
def _refuse_no_fractions(q: Any) -> None:
    if q.ndim > 1 or not ((q >= 0) & (q <= 1)).all():
        raise RuntimeError(f"quantile() q must be a number or a vector of numbers in the range [0, 1], not {q}")


@array_function
def _ranks(q: Any, dtype: Any, length: int, ndim: int, interpolation: str) -> Any:
    """The places below and above each fraction, and the weight of those above."""
    rank = _INTERPOLATIONS[interpolation](q.reshape(-1).astype(dtype) * (length - 1))
    low = np.floor(rank)
    weight = (rank - low).astype(dtype).reshape(-1, *[1] * (ndim - 1))
    return low.astype(np.int64), np.ceil(rank).astype(np.int64), weight


_INTERPOLATIONS: dict[str, Any] = {
    "linear": lambda rank: rank,
    "lower": np.floor,
    "higher": np.ceil,
    "nearest": np.round,
    "midpoint": lambda rank: (np.floor(rank) + np.ceil(rank)) / 2,
}


@spelled
def unique(
    x: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Any = None
) -> Any:
    """The distinct elements in order (or slices along dim), and where each was and how often, if asked. No gradient."""
    array = values_of(x, "how many elements are distinct depends on their values")
    dim = None if dim is None else one_dim(dim, x.ndim, "unique")
    asked: Any = {"return_inverse": return_inverse, "return_counts": return_counts, "axis": dim}
    found = np.unique(array, equal_nan=False, **asked)
    if not (return_inverse or return_counts):
        return wrapped(x, found)
    return tuple(wrapped(x, part) for part in found)


@spelled
def searchsorted(sorted_sequence: Any, x: Any, *, right: bool = False, side: str | None = None) -> Any:
    """Where each value of x would have to be inserted to keep the sequence in order: before its equals, or after.

    The sequence is a vector, or has the leading dimensions of x, each of its rows being searched for one of x.
    """
    if side not in (None, "left", "right") or (right and side == "left"):
        raise RuntimeError(f"searchsorted: side can only be 'left' or 'right', agreeing with right, but is {side!r}")
    after: Any = "right" if right or side == "right" else "left"
    values = array_of(x) if hasattr(x, "ndim") else made_of(x, np.asarray(x))
    return wrapped(sorted_sequence, _searched(array_of(sorted_sequence), values, after))


@array_function
def _searched(rows: Any, values: Any, after: Any) -> Any:
    if rows.ndim == 1:
        return np.asarray(np.searchsorted(rows, values, after))
    if rows.shape[:-1] != values.shape[:-1]:
        raise RuntimeError(
            "searchsorted: the sequence should be a vector, or have the leading dimensions of the values: "
            f"{list(rows.shape)}, {list(values.shape)}"
        )
    pairs = zip(rows.reshape(-1, rows.shape[-1]), values.reshape(-1, values.shape[-1]), strict=True)
    found = [np.searchsorted(row, value, after) for row, value in pairs]
    return np.array(found, np.int64).reshape(values.shape)


@spelled
def bucketize(x: Any, boundaries: Any, *, right: bool = False) -> Any:
    """The index of the bucket between boundaries, a vector in order, that each value of x falls in."""
    if boundaries.ndim != 1:
        raise RuntimeError(f"bucketize: boundaries tensor must be 1 dimension, but got {boundaries.ndim}")
    return searchsorted(boundaries, x, right=right)
