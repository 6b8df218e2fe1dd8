"""The linear layer as one fused operation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.primitive import Array, fused
from ..linalg import matmul
from ..shape import permute
from .summation import column_sums


@fused(differentiable=3)
def linear(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """x weightᵀ + bias, for x (…, in), weight (out, in), bias (out); dx = g weight, dweight = gᵀ x, dbias = Σ g."""
    product = matmul(x, permute(weight, (1, 0)) if weight.ndim == 2 else weight)
    return product if bias is None else product + bias


def _linear(x: Array, weight: Array, bias: Array | None) -> tuple[Array, Any]:
    out = _product(x, weight.T)
    if bias is not None:
        out += bias
    return out if x.ndim == 2 else np.asarray(out).reshape(x.shape[:-1] + weight.shape[:-1]), (x, weight)


def _linear_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    x, weight = saved
    if x.ndim == weight.ndim == 2:  # nearly always
        by_x = _product(g, weight) if needs[0] else None
        return by_x, g.T.dot(x) if needs[1] else None, column_sums(g) if needs[2] else None
    weights = weight if weight.ndim == 2 else weight[None]
    rows = g.reshape(math.prod(x.shape[:-1]), len(weights))
    by_x = _product(rows, weights).reshape(x.shape) if needs[0] else None
    by_weight = rows.T.dot(_matrix(x)) if needs[1] else None
    by_bias = column_sums(rows) if needs[2] else None
    if weight.ndim == 1:
        by_weight, by_bias = (d if d is None else d[0] for d in (by_weight, by_bias))
    return by_x, by_weight, by_bias


linear.implement(_linear, _linear_pullback)


def _product(x: Array, y: Array) -> Array:
    """x (…, n) as a matrix times y, at most `_ROWS` rows at a time, since BLAS keeps a copy of the rows it is given."""
    x = _matrix(x)
    if len(x) <= _ROWS:
        return x.dot(y)  # the same as matmul, and for small matrices in half the time
    out = np.empty((len(x), *y.shape[1:]), np.result_type(x, y))
    for i in range(0, len(x), _ROWS):
        np.dot(x[i : i + _ROWS], y, out=out[i : i + _ROWS])
    return out


_ROWS = 2048
"""BLAS is as fast with this many rows as with more."""


def _matrix(x: Array) -> Array:
    """x (…, n) as a matrix with rows of n elements."""
    return x if x.ndim == 2 else x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
