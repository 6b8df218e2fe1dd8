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
"""The number of values that may be added one after the other."""

_FEW_BY_BLAS = 16
"""The number of rows that BLAS may add: it adds four to each other before it adds them to their sum."""

_FEW_IN_PAIRS = 64
"""The number of values that NumPy may add along the fastest axis: in 8 sums, which it then adds in pairs."""

_FEW_TO_CALL = 1 << 13
"""For so few elements one call of NumPy is quicker than two."""

_COPIED = 1 << 13
"""An array of at most this many elements that is not contiguous is copied: quicker than finding an order for it."""

_PART = 1 << 18
"""A matrix of more elements is summed in parts, for the sake of memory and of the processor's cache."""

_FEW_PRODUCTS = 512
"""So many products may be added by BLAS, which has several parallel sums."""

_PRODUCT = 1 << 14
"""The number of products that are kept to be summed. If there are more, some are added at once, to save memory."""


def sum_over(x: Array, dim: Dim = None, keepdim: bool = False) -> Any:
    """Σ x over one axis, several or all: what `x.sum(axis=dim, keepdims=keepdim)` would be if it did not drift.

    float16 is summed in float32, and the result is rounded once.
    """
    if x.dtype.kind != "f" or dim == ():
        return x.sum(axis=dim, keepdims=keepdim)
    if x.itemsize < 4:
        return np.asarray(sum_over(x.astype(np.float32), dim, keepdim)).astype(x.dtype)
    if x.size <= _FEW_BY_BLAS or (dim is None and x.size <= _FEW_IN_PAIRS and x.flags.forc):
        return np.add.reduce(x, dim, keepdims=keepdim)  # type: ignore[call-overload]  # NumPy's stub has no Any
    ndim, flags = x.ndim, x.flags
    if dim is None:
        if flags.forc:
            out = _sum_fast(x.ravel(order="K"))
            return out.reshape((1,) * ndim) if keepdim else out
        axes = [*range(ndim)]
    else:
        axes = [dim % ndim] if isinstance(dim, int) else sorted([d % ndim for d in dim])
    if flags.c_contiguous:
        out = _sum_fast(x) if axes == [ndim - 1] else _sum_in_order(x, [*axes])
    elif flags.f_contiguous:
        out = _sum_in_order(x.T, [ndim - 1 - a for a in reversed(axes)]).T
    elif x.size <= _COPIED:
        out = _sum_in_order(np.ascontiguousarray(x), [*axes])
    else:
        return _sum_in_any_order(x, axes, keepdim)
    return out.reshape([1 if a in axes else n for a, n in enumerate(x.shape)]) if keepdim else out


def sum_to(x: Array, shape: tuple[int, ...]) -> Array:
    """The sum over the dimensions in which `shape` would be broadcast to x."""
    lead = x.ndim - len(shape)
    stretched = [i for i, n in enumerate(shape, start=lead) if n == 1 and x.shape[i] != 1]
    out = sum_over(x, (*range(lead), *stretched))
    return np.reshape(out, shape) if stretched or not shape else out


def _sum_in_order(x: Array, axes: list[int]) -> Any:
    """The sum over axes, in ascending order, of an array that is in order: over one run of neighbours after another."""
    while axes:
        last = first = axes.pop()
        while axes and axes[-1] == first - 1:
            first = axes.pop()
        before, after = x.shape[:first], x.shape[last + 1 :]
        if not after:
            x = _sum_fast(x if first == last else x.reshape(*before, -1))
        elif not before:
            x = column_sums(x if x.ndim == 2 else x.reshape(-1, math.prod(after))).reshape(after)
        else:
            blocks = x.reshape(math.prod(before), -1, math.prod(after))
            x = sum_rows(blocks.transpose(1, 0, 2)).reshape(before + after)
    return x


def _sum_in_any_order(x: Array, axes: list[int], keepdim: bool) -> Any:
    repeated = [a for a in range(x.ndim) if not x.strides[a] and x.shape[a] > 1]
    out = _sum_repeated(x, axes, repeated) if repeated else x
    while over := [a for a in axes if out.shape[a] != 1]:
        out = _sum_some(out, over)
    return out if keepdim else out.reshape([n for a, n in enumerate(out.shape) if a not in axes])


def _sum_repeated(x: Array, axes: list[int], repeated: list[int]) -> Array:
    """The sum over the axes, where along those in `repeated` the same numbers repeat. The axes stay, with length 1."""
    once = x[tuple([slice(1) if a in repeated else slice(None) for a in range(x.ndim)])]
    times = math.prod(x.shape[a] for a in repeated if a in axes)
    total = sum_over(once, tuple(axes), True) * times
    return np.array(np.broadcast_to(total, [1 if a in axes else n for a, n in enumerate(x.shape)]), order="C")


def _sum_some(x: Array, over: list[int]) -> Array:
    """The sum over one or more of these axes, which stay, with length 1."""
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

    Up to a length that is found here `einsum` adds in so many parallel sums that each has no more than 8 numbers, and
    up to an eighth of it BLAS does. So rows in order are multiplied by ones, which takes half the time of `einsum`, and
    a fifth of that of NumPy's sum where they are short. Longer ones are summed in parts of such a length.
    """
    n, limit = x.shape[-1], 1024 // x.itemsize
    if x.ndim > 1 and n and x.flags.c_contiguous:
        parts = -(-8 * n // limit)
        if parts == 1:
            return (x if x.ndim == 2 else x.reshape(-1, n)).dot(_ones(n, x.dtype)).reshape(x.shape[:-1])
        if n % parts == 0:
            return _sum_fast(_sum_fast(x.reshape(-1, parts, n // parts))).reshape(x.shape[:-1])
    if n > 2 * limit and x.size > _FEW_TO_CALL and x.strides[-1] == x.itemsize:
        used = n // limit * limit
        if x.ndim == 1:
            sums = x[:used].reshape(-1, limit // 8).dot(_ones(limit // 8, x.dtype))
        else:
            sums = np.einsum("...i->...", x[..., :used].reshape(*x.shape[:-1], n // limit, limit))
        return _sum_fast(sums) if used == n else _sum_fast(sums) + _sum_fast(x[..., used:])
    if n <= _FEW_IN_PAIRS or n > 2 * limit or (n % 8 == 0 and x.ndim == 1):
        return np.add.reduce(x, -1)
    if x.strides[-1] != x.itemsize:
        aside = n % 8  # NumPy has 8 parallel sums, and would add these one by one to their total
        return x[..., : n - aside].sum(axis=-1) + x[..., n - aside :].sum(axis=-1) if aside else x.sum(axis=-1)
    if n <= limit:
        return np.einsum("...i->...", x)
    return np.einsum("...i->...", x[..., : n // 2]) + np.einsum("...i->...", x[..., n // 2 :])


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
    """The sum of each column of a matrix of float32 or float64: products with ones, because BLAS is fast."""
    n, columns = x.shape
    if n <= _FEW_BY_BLAS:
        return _ones(n, x.dtype).dot(x)
    if n > 64:
        if not x.flags.c_contiguous:
            return np.asarray(sum_over(x, 0))
        if x.size > _PART:
            return _by_parts(column_sums, x)
    groups, used, ones, left = _plan(n, x.dtype)
    # The rows of a group are `groups` rows apart: so the first rows of all groups lie together, and so on.
    sums = ones.dot((x if used == n else x[:used]).reshape(-1, groups * columns)).reshape(groups, columns)
    if used < n:
        sums[: n - used] += x[used:]
    return column_sums(sums) if left is None else left.dot(sums)


@functools.lru_cache(maxsize=1024)
def _plan(n: int, dtype: np.dtype[Any]) -> tuple[int, int, Array, Array | None]:
    """Return how n rows are summed in groups: the number of groups; the number of rows in all of them; ones to add up
    the rows of a group by a product; and ones for the sums of the groups, or None if these are too many.

    Where it can be, no row is left over.
    """
    each = next((k for k in (8, 9, 7, 10, 6, 5, 4) if n % k == 0), 0)
    groups, each = (n // each, each) if each else _groups(n)
    return groups, groups * each, _ones(each, dtype), _ones(groups, dtype) if groups <= _FEW_BY_BLAS else None


def _by_parts(sums_of: Callable[..., Array], *matrices: Array) -> Array:
    """The sums over the rows of matrices, computed for as many rows at a time as fit into the cache."""
    n, columns = matrices[0].shape
    rows = max(_PART // 2 // columns, 64) // 64 * 64
    parts = [sums_of(*[x[i : i + rows] for x in matrices]) for i in range(0, n, rows)]
    return column_sums(np.stack(parts))


@functools.lru_cache(maxsize=64)
def _ones(n: int, dtype: np.dtype[Any]) -> Array:
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
    if x.size <= _PRODUCT:
        return column_sums(x * y)
    groups, used, _, _ = _plan(n, x.dtype)
    grouped = -1, groups * columns
    first, second = (x, y) if used == n else (x[:used], y[:used])
    sums = np.einsum("ij,ij->j", first.reshape(grouped), second.reshape(grouped)).reshape(groups, columns)
    if used < n:
        sums[: n - used] += x[used:] * y[used:]
    return column_sums(sums)


def row_dots(x: Array, y: Array) -> Array:
    """Σⱼ xᵢⱼ yᵢⱼ for each row of two matrices that are in order."""
    n = x.shape[1]
    if n <= _FEW_PRODUCTS:
        return np.vecdot(x, y)
    used = n // _FEW_PRODUCTS * _FEW_PRODUCTS
    shape = len(x), n // _FEW_PRODUCTS, _FEW_PRODUCTS
    sums = _sum_fast(np.vecdot(x[:, :used].reshape(shape), y[:, :used].reshape(shape)))
    return np.asarray(sums if used == n else sums + np.vecdot(x[:, used:], y[:, used:]))


def row_sums(x: Array) -> Array:
    """The sum of each row of a matrix that is in order, or that of a vector."""
    return np.asarray(_sum_fast(x))
