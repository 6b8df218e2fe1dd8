"""Fast forms of the table's reductions: `softmax` here computes what `softmax` in `ops/reduction.py` defines."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .summation import sum_over

Array = np.ndarray[Any, np.dtype[Any]]
Dim = int | tuple[int, ...] | None


def count(shape: tuple[int, ...], dim: Dim) -> int:
    """The number of elements that are reduced to one."""
    if dim is None or not shape:
        return math.prod(shape)
    return math.prod(shape[d] for d in ((dim,) if isinstance(dim, int) else dim))


def mean(x: Array, dim: Dim = None, keepdim: bool = False) -> Any:
    """Σ x / n, and NaN if there are no elements. float16 is summed and divided in float32."""
    if x.dtype.itemsize < 4:
        return np.asarray(mean(x.astype(np.float32), dim, keepdim)).astype(x.dtype)
    return sum_over(x, dim, keepdim) / (count(x.shape, dim) or np.nan)


BOUND = 40.0
"""Numbers no farther from 0 than this are exponentiated as they are, without subtracting the largest of the row."""


def bounded(x: Array) -> bool:
    """Check that exponentials of x can be added up and divided: to find it is quicker than the largest of each row."""
    return x.itemsize >= 4 and bool(np.minimum.reduce(x, None) >= -BOUND and np.maximum.reduce(x, None) <= BOUND)


def _shifted(x: Array, dim: Dim) -> Array:
    """A copy without the largest along dim. A short last dimension must not be the innermost one in memory."""
    if x.size < _FEW:
        return np.asarray(x - np.maximum.reduce(x, dim, keepdims=True))
    short = x.ndim > 1 and x.shape[-1] < 64 and dim in (-1, x.ndim - 1)
    out = np.array(x, order="F" if short else "C")
    out -= out.max(axis=dim, keepdims=True)
    return out


_FEW = 256
"""For so few elements fewer calls of NumPy are quicker."""


def logsumexp(x: Array, dim: Dim, keepdim: bool = False) -> Any:
    """log Σ exp x, in a copy of x."""
    if x.size >= _FEW and bounded(x):
        return np.log(sum_over(np.exp(x), dim, keepdim))
    top = x.max(axis=dim, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    out = np.log(sum_over(np.exp(x - top), dim, True)) + top
    return out if keepdim else out.squeeze(axis=dim)


def softmax(x: Array, dim: int) -> Array:
    """exp x / Σ exp x, in one new array."""
    if not x.size:
        return np.array(x)
    e = np.exp(x) if x.size >= _FEW and bounded(x) else _exponentials(x, dim)
    e /= sum_over(e, dim, True)
    return e


def _exponentials(x: Array, dim: int) -> Array:
    shifted = _shifted(x, dim)
    return np.exp(shifted, shifted)


def log_softmax(x: Array, dim: int) -> Array:
    """x - log Σ exp x along dim. Of bounded x the logarithm of softmax is as exact, and quicker if rows are short."""
    if not x.size:
        return np.array(x)
    if x.size >= _FEW and x.shape[dim] < 256 and bounded(x):
        out = softmax(x, dim)
        return np.log(out, out)
    shifted = _shifted(x, dim)
    shifted -= np.log(sum_over(np.exp(shifted), dim, True))
    return shifted
