"""The table of what depends on the order of elements: sorting, ranking, counting. An index has no derivative.

`dim` is an int, where it is not said otherwise; a negative one counts from the end. NaN counts as the largest value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.edge import cast
from ..core.primitive import Array, Mask, primitive
from .elementwise import eq, isnan, logical_and, logical_or, where
from .kernels import ordering as kernels
from .kernels.attach import computed_by
from .reduction import sum

# ------------------------------------------------------------------------------------------- order statistics


@primitive
def order_statistic(x: Array, which: str) -> Any:
    """The "max", "min", "median" or "nanmedian" of all elements; dx = g / m where x = out, else 0.

    m is the number of elements that are equal to out. If out is NaN, that is the number of NaN.
    """
    if which in ("max", "min"):
        return x.max() if which == "max" else x.min()
    flat = x.reshape(-1)
    return flat[median_index.forward(flat, 0, which == "nanmedian")[0]]


def _order_statistic_by_x(g: Any, x: Any, out: Any) -> Any:
    same = logical_or(eq(x, out), logical_and(isnan(x), isnan(out)))
    return where(same, g / cast(sum(same, None, False), g.dtype), 0)


order_statistic.derivative(x=_order_statistic_by_x)


@primitive
def median_index(x: Array, dim: int, skip_nan: bool) -> Array:
    """The index along dim of the lower median, in a dim of length 1; that of the first NaN unless `skip_nan`."""
    order = np.argsort(x, axis=dim, kind="stable")
    numbers = np.sum(x == x, axis=dim, keepdims=True)  # NaN is not equal to itself
    place = (numbers - 1).clip(0) // 2
    if not skip_nan:
        place = np.where(numbers < x.shape[dim], numbers, place)
    return np.take_along_axis(order, place, axis=dim)


@primitive
def mode_index(x: Array, dim: int) -> Array:
    """The last index along dim of the smallest of the most frequent elements, in a dim of length 1."""
    if not x.size:
        return x.take([0], dim).astype(np.int64)

    def last_of_most_frequent(row: Array) -> Any:
        _, which, counts = np.unique(row, return_inverse=True, return_counts=True)
        return np.flatnonzero(which == counts.argmax())[-1]

    return np.expand_dims(np.apply_along_axis(last_of_most_frequent, dim, x), dim)


# -------------------------------------------------------------------------------------------- extreme elements


@primitive
def argmax(x: Array, dim: int | None = None, keepdim: bool = False) -> Any:
    """The index of the largest element, of several the first; with dim None, in the flattened x."""
    return x.argmax(axis=dim, keepdims=keepdim)  # type: ignore[arg-type]  # NumPy's stub has no Any for keepdims


@primitive
def argmin(x: Array, dim: int | None = None, keepdim: bool = False) -> Any:
    """The index of the smallest element, of several the first; with dim None, in the flattened x."""
    return x.argmin(axis=dim, keepdims=keepdim)  # type: ignore[arg-type]  # likewise


@primitive
def cummax_index(x: Array, dim: int) -> Array:
    """The index of the largest of the elements up to and with each one along dim, of several the last."""
    return _record_index(x, np.maximum.accumulate(x, axis=dim), dim)


@primitive
def cummin_index(x: Array, dim: int) -> Array:
    """The index of the smallest of the elements up to and with each one along dim, of several the last."""
    return _record_index(x, np.minimum.accumulate(x, axis=dim), dim)


def _record_index(x: Array, extremes: Array, dim: int) -> Array:
    """The last index at which an element was the extreme of those up to it; each NaN counts as one."""
    record = (x == extremes) | (x != x)
    shape = [1] * x.ndim
    shape[dim] = x.shape[dim]
    index = np.arange(x.shape[dim]).reshape(shape)
    return np.maximum.accumulate(np.where(record, index, 0), axis=dim)


# ---------------------------------------------------------------------------------------------------- sorting


@primitive
def argsort(x: Array, dim: int = -1, descending: bool = False) -> Array:
    """The indices that sort x along dim; equal elements keep their order."""
    if not np.ndim(x):
        return np.zeros((), np.int64)
    if not descending:
        return np.argsort(x, axis=dim, kind="stable")
    last = x.shape[dim] - 1
    return last - np.flip(np.argsort(np.flip(x, dim), axis=dim, kind="stable"), dim)


@computed_by(kernels.topk_indices)
@primitive
def topk_indices(x: Array, k: int, dim: int, largest: bool) -> Array:
    """The first k of the indices that sort x along dim, in descending order if `largest`."""
    return argsort.forward(x, dim, largest).take(range(k), axis=dim)


# ------------------------------------------------------------------------------------- quantiles, bins, buckets


@primitive
def quantile_rank(x: Array, length: int) -> Array:
    """x (length - 1), the place of the quantile x in [0, 1] among `length` sorted elements; dx = g (length - 1)."""
    if not ((x >= 0) & (x <= 1)).all():
        raise RuntimeError(f"quantile() q values must be in the range [0, 1], but they are {x}")
    return x * (length - 1)


quantile_rank.derivative(x=lambda g, length: g * (length - 1))


@primitive
def searchsorted(x: Array, values: Mask, right: bool) -> Array:
    """The index at which each value, inserted into x, keeps x sorted: before its equals, or after them if `right`.

    x is a vector, or it has the leading dimensions of the values, and each of its rows is searched for one of theirs.
    """
    side: Any = "right" if right else "left"
    if x.ndim == 1:
        return np.asarray(np.searchsorted(x, values, side))
    out = np.empty(values.shape, np.int64)
    for row in np.ndindex(x.shape[:-1]):
        out[row] = np.searchsorted(x[row], values[row], side)
    return out


@primitive
def histogram(x: Array, bins: int, min: float, max: float) -> Array:
    """The number of elements in each of `bins` bins of equal width from min to max; from those of x if min = max."""
    low, high = (min, max) if min != max or not x.size else (x.min(), x.max())
    if low == high:
        low, high = low - 1, high + 1
    if not (np.isfinite(low) and np.isfinite(high)):
        raise RuntimeError(f"torch.histc: range of [{low}, {high}] is not finite")
    return np.histogram(x, bins, (float(low), float(high)))[0].astype(x.dtype)
