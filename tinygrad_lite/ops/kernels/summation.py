"""Sums of many numbers that are as accurate as those of few.

NumPy adds pairwise along the axis that is the fastest in memory, and one number after the other along any other axis:
of 20,000,000 ones in each of two columns it makes 16,777,216 in float32. So every sum in this package whose length is
not bounded is taken here. At most 8 numbers are added one after the other, then their sums pairwise: the error grows
with the logarithm of the length, and is no more than that of PyTorch's sums, or a few units in the last place.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Dim = int | tuple[int, ...] | None

_FEW = 8
"""So many numbers may be added one after the other."""

_PART = 1 << 17
"""A matrix of more elements is summed in parts, for the sake of memory and of the processor's cache."""


def sum_over(x: Array, dim: Dim = None, keepdim: bool = False) -> Any:
    """Σ x over one axis, several or all: what `x.sum(axis=dim, keepdims=keepdim)` would be if it did not drift.

    float16 is summed in float32, and the result is rounded once.
    """
    if x.size <= _FEW or x.dtype.kind != "f" or dim == ():
        return x.sum(axis=dim, keepdims=keepdim)
    if x.itemsize < 4:
        return np.asarray(sum_over(x.astype(np.float32), dim, keepdim)).astype(x.dtype)
    shape, ndim = x.shape, x.ndim
    if dim is None and x.flags.forc:
        out = _sum_fast(x.ravel(order="K"))
        return np.reshape(out, (1,) * ndim) if keepdim else out
    axes = sorted([a % ndim for a in (range(ndim) if dim is None else (dim,) if isinstance(dim, int) else dim)])
    count = len(axes)
    if x.flags.c_contiguous:
        if axes[0] == ndim - count:  # the last ones
            left = shape[:-count]
            out = _sum_fast(x if count == 1 else x.reshape(*left, math.prod(shape[-count:])))
            return out.reshape(left + (1,) * count) if keepdim else out
        if axes[-1] == count - 1:  # the first ones
            left = shape[count:]
            out = column_sums(x if ndim == 2 else x.reshape(math.prod(shape[:count]), math.prod(left)))
            return out.reshape((1,) * count + left if keepdim else left)
    repeated = [a for a in range(ndim) if not x.strides[a] and shape[a] > 1]
    out = _sum_repeated(x, axes, repeated) if repeated else x
    while over := [a for a in axes if out.shape[a] != 1]:
        out = _sum_some(out, over)
    return out if keepdim else out.reshape([n for a, n in enumerate(out.shape) if a not in axes])


def sum_to(x: Array, shape: tuple[int, ...]) -> Array:
    """The sum over the dimensions in which `shape` would be broadcast to x."""
    lead = np.ndim(x) - len(shape)
    stretched = [i for i, n in enumerate(shape, start=lead) if n == 1 and x.shape[i] != 1]
    return np.reshape(sum_over(x, (*range(lead), *stretched), True), shape)


def _sum_repeated(x: Array, axes: list[int], repeated: list[int]) -> Array:
    """The sum over the axes, where along those in `repeated` the same numbers repeat. The axes stay, with length 1."""
    once = x[tuple([slice(1) if a in repeated else slice(None) for a in range(x.ndim)])]
    times = math.prod(x.shape[a] for a in repeated if a in axes)
    total = sum_over(once, tuple(axes), True) * times
    return np.array(np.broadcast_to(total, [1 if a in axes else n for a, n in enumerate(x.shape)]))


def _sum_some(x: Array, over: list[int]) -> Array:
    """The sum over one or more of these axes, which stay, with length 1."""
    if not x.size:
        return np.asarray(x.sum(axis=tuple(over), keepdims=True))
    order = sorted((a for a in range(x.ndim) if x.shape[a] != 1), key=lambda a: -abs(x.strides[a]))  # the last: fastest
    last = first = max(order.index(a) for a in over)
    while first and order[first - 1] in over and _is_one(x, order[first - 1], order[first]):
        first -= 1
    together = order[first : last + 1]
    rest = [a for a in range(x.ndim) if a not in together]
    kept = [x.shape[a] for a in rest]
    if last == len(order) - 1:
        out = _sum_fast(x.transpose(*rest, *together).reshape(*kept, -1))
    else:
        out = sum_rows(x.transpose(*together, *rest).reshape(-1, *kept))
    return np.reshape(out, [1 if a in together else n for a, n in enumerate(x.shape)])


def _is_one(x: Array, outer: int, inner: int) -> bool:
    """Check that two axes are one axis in memory."""
    return x.strides[outer] == x.strides[inner] * x.shape[inner]


# ----------------------------------------------------------------------------------------- along the fastest axis


def _sum_fast(x: Array) -> Any:
    """Σ x over the last axis, which is the fastest.

    Up to a length that is found here, `einsum` adds in so many parallel sums that each has no more than 8 numbers. For
    much longer axes NumPy's sum is accurate, because it is pairwise from 128 numbers on.
    """
    n, limit = x.shape[-1], 1024 // x.itemsize
    if n > 2 * limit:
        return x.sum(axis=-1)
    if x.strides[-1] != x.itemsize:
        aside = n % 8 if n > _FEW else 0  # NumPy has 8 parallel sums, and would add these one by one to their total
        return x[..., : n - aside].sum(axis=-1) + x[..., n - aside :].sum(axis=-1) if aside else x.sum(axis=-1)
    if n <= limit:
        return np.einsum("...i->...", x)
    blocks = -(-n // limit)
    size = n // blocks
    used = blocks * size
    sums = np.einsum("...bi->...b", x[..., :used].reshape(*x.shape[:-1], blocks, size)).sum(axis=-1)
    return sums + x[..., used:].sum(axis=-1) if used < n else sums


# ------------------------------------------------------------------------------------------ along any other axis


def _groups(n: int) -> tuple[int, int]:
    """Into how many groups of about `_FEW` rows n rows are divided, and how many are in each; some may be left over."""
    groups = -(-n // _FEW)
    return groups, n // groups


def sum_rows(x: Array) -> Array:
    """Σ x over the first axis, which is not the fastest."""
    n = len(x)
    if n <= _FEW:
        return np.asarray(np.add.reduce(x, axis=0))
    groups, each = _groups(n)
    used = groups * each
    # The rows of a group are `groups` rows apart: so the first rows of all groups lie together, and so on.
    sums = np.add.reduce(x[:used].reshape(each, groups, *x.shape[1:]), axis=0)
    if used < n:
        sums[: n - used] += x[used:]
    return np.asarray(np.add.reduce(_added_in_pairs(sums), axis=0))


def _added_in_pairs(rows: Array) -> Array:
    """At most `_FEW` rows with the same sum; they are in the memory of the given ones."""
    n = len(rows)
    while n > _FEW:
        half = (n + 1) // 2
        rows[: n - half] += rows[half:n]
        n = half
    return rows[:n]


def column_sums(x: Array) -> Array:
    """The sum of each column of a matrix of float32 or float64: a product with ones, because BLAS is fast."""
    n, columns = x.shape
    if n <= _FEW:
        return ones(n, x.dtype).dot(x)
    if not x.flags.c_contiguous:
        return np.asarray(sum_over(x, 0))
    if x.size > _PART and n > 64:
        return _by_parts(column_sums, x)
    groups, each = _groups(n)
    used = groups * each
    grouped = (x if used == n else x[:used]).reshape(each, groups * columns)
    sums = ones(each, x.dtype).dot(grouped).reshape(groups, columns)
    if used < n:
        sums[: n - used] += x[used:]
    if groups > _FEW:
        sums = _added_in_pairs(sums)
    return ones(len(sums), x.dtype).dot(sums)


def _by_parts(sums_of: Callable[..., Array], *matrices: Array) -> Array:
    """The sums over the rows of matrices, computed for as many rows at a time as fit into the cache."""
    n, columns = matrices[0].shape
    rows = max(_PART // columns, 64)
    parts = [sums_of(*[x[i : i + rows] for x in matrices]) for i in range(0, n, rows)]
    return column_sums(np.stack(parts))


@functools.lru_cache(maxsize=64)
def ones(n: int, dtype: np.dtype[Any]) -> Array:
    """A vector of ones, not to be written to."""
    found = np.ones(n, dtype)
    found.flags.writeable = False
    return found


# --------------------------------------------------------------------------------------------- products of matrices


def column_dots(x: Array, y: Array) -> Array:
    """Σᵢ xᵢⱼ yᵢⱼ for each column of two matrices that are in order."""
    n, columns = x.shape
    if n <= _FEW:
        return np.einsum("ij,ij->j", x, y)
    if x.size > _PART and n > 64:
        return _by_parts(column_dots, x, y)
    groups, each = _groups(n)
    used, grouped = groups * each, (each, groups * columns)
    sums = np.einsum("ij,ij->j", x[:used].reshape(grouped), y[:used].reshape(grouped)).reshape(groups, columns)
    if used < n:
        sums[: n - used] += x[used:] * y[used:]
    return column_sums(sums)


def row_dots(x: Array, y: Array) -> Array:
    """Σⱼ xᵢⱼ yᵢⱼ for each row of two matrices that are in order."""
    n = x.shape[1]
    if n <= 512:
        return np.einsum("ij,ij->i", x, y)
    return np.asarray(_sum_fast(x * y))


def row_sums(x: Array) -> Array:
    """The sum of each row of a matrix that is in order."""
    return np.asarray(_sum_fast(x))
