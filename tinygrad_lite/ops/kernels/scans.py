"""Fast forms of products and scans in `ops/reduction.py`, whose numbers are taken one after the other.

Those of floats are computed in float64 and rounded once. The times in the comments are of float32 arrays of 128 x 512
elements on one core.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_FEW = 1024
"""For so few elements one call of NumPy is quicker than several."""

_WIDE = 64
"""Rows of so many elements are added or multiplied row by row in a loop of Python."""

_SMALLEST, _LARGEST = 1e-290, 1e300
"""Between these a product of float64 has lost no digits, and can be divided by one of its factors."""


def cumsum(x: Array, dim: int) -> Array:
    """Σ x_i over i <= j along dim."""
    return _scan(np.add, x, dim) if x.dtype.kind == "f" else np.cumsum(x, dim)


def cumprod(x: Array, dim: int) -> Array:
    """Π x_i over i <= j along dim."""
    return _scan(np.multiply, x, dim) if x.dtype.kind == "f" else np.cumprod(x, dim)


def _scan(function: np.ufunc, x: Array, dim: int) -> Array:
    return scanned(function, x, dim).astype(x.dtype, copy=False)


def scanned(function: np.ufunc, x: Array, dim: int) -> Array:
    """The results of a scan in float64. Along any but the last dim, rows as a whole take an eighth of NumPy's time."""
    if not x.ndim:
        return np.array(x, np.float64)
    if x.size < _FEW:
        return np.asarray(function.accumulate(x, dim, np.float64))
    if dim in (-1, x.ndim - 1):
        return _scanned_fast(function, np.array(x, np.float64, order="C"), x.itemsize)
    if x[(0,) * (dim % x.ndim + 1)].size < _WIDE:
        turned = np.array(np.moveaxis(x, dim, -1), np.float64, order="C")
        return np.array(np.moveaxis(function.accumulate(turned, -1, out=turned), -1, dim), order="C")
    out = np.array(x, np.float64, order="C")
    for before, row in itertools.pairwise(np.moveaxis(out, dim, 0)):
        function(before, row, out=row)
    return out


def _scanned_fast(function: np.ufunc, x: Array, itemsize: int) -> Array:
    """A scan along the fastest dim, in place: within blocks, and then of the blocks, as each number waits for the last.

    Products of float64 might overflow within a block.
    """
    length = x.shape[-1]
    if length % _BLOCK or (function is np.multiply and itemsize > 4):
        return np.asarray(function.accumulate(x, -1, out=x))
    blocks = x.reshape(*x.shape[:-1], length // _BLOCK, _BLOCK)
    for i in range(1, _BLOCK):
        function(blocks[..., i], blocks[..., i - 1], out=blocks[..., i])
    totals = function.accumulate(blocks[..., :-1, -1], -1)
    function(blocks[..., 1:, :], totals[..., None], out=blocks[..., 1:, :])
    return x


_BLOCK = 16


def prod(x: Array, dim: int | None = None, keepdim: bool = False) -> Array:
    """Π x over dim."""
    if x.dtype.kind != "f":
        return np.asarray(np.prod(x, axis=dim, keepdims=keepdim))
    return product(x, dim, keepdim).astype(x.dtype)


def product(x: Array, dim: int | None, keepdim: bool) -> Array:
    """Π x in float64. The two halves of many factors are multiplied by each other again and again."""
    if x.size < _FEW or dim is None:
        return np.asarray(np.prod(x, axis=dim, keepdims=keepdim, dtype=np.float64))
    factors = np.moveaxis(np.array(x, np.float64, order="C"), dim, 0)
    while (n := len(factors)) > 1:
        half = n // 2
        factors[:half] *= factors[n - half :]
        factors = factors[: n - half]
    out = factors[0] if n else np.ones(factors.shape[1:])
    return np.expand_dims(out, dim) if keepdim else out


def product_of_others(x: Array, dim: int) -> Array | None:
    """For each element the product of the others along dim: a quotient, or None where that would not be exact."""
    total = product(x, dim, True)
    return np.asarray(total / x).astype(x.dtype) if _divisible(total) else None


def cumprod_derivative(g: Array, x: Array, dim: int) -> Array | None:
    """Σ g_i out_i / x_j over i >= j along dim, or None where the quotient would not be exact."""
    out = scanned(np.multiply, x, dim)
    if not _divisible(out):
        return None
    out *= g
    turned = (slice(None),) * (dim % x.ndim) + (slice(None, None, -1),)
    sums = scanned(np.add, out[turned], dim)[turned]
    return np.asarray(sums / x).astype(x.dtype)


def _divisible(products: Array) -> bool:
    """Check that no product is 0, nearly 0, too large, or NaN."""
    size = np.abs(products)
    return bool(size.size and size.min() > _SMALLEST and size.max() < _LARGEST)
