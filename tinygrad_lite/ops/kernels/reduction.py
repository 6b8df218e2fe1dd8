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


def _copied(x: Array, dim: Dim) -> Array:
    """A copy that NumPy reduces quickly: a short last dimension must not be the innermost one in memory."""
    short = x.ndim > 1 and x.shape[-1] < 64 and dim in (-1, x.ndim - 1)
    return np.array(x, order="F" if short else "C")


def logsumexp(x: Array, dim: Dim, keepdim: bool = False) -> Any:
    """log Σ exp x, in a copy of x."""
    shifted = _copied(x, dim)
    top = shifted.max(axis=dim, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    shifted -= top
    out = np.log(sum_over(np.exp(shifted), dim, True)) + top
    return out if keepdim else out.squeeze(axis=dim)


def softmax(x: Array, dim: int) -> Array:
    """exp x / Σ exp x, in a copy of x."""
    e = _copied(x, dim)
    if e.size:
        e -= e.max(axis=dim, keepdims=True)
        np.exp(e, out=e)
        e /= sum_over(e, dim, True)
    return e


def log_softmax(x: Array, dim: int) -> Array:
    """x - log Σ exp x, in a copy of x."""
    shifted = _copied(x, dim)
    if shifted.size:
        shifted -= shifted.max(axis=dim, keepdims=True)
        shifted -= np.log(sum_over(np.exp(shifted), dim, True))
    return shifted
