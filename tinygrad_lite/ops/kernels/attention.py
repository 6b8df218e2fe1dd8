"""Scaled dot-product attention as one fused operation."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.primitive import Array, Mask, fused
from ..elementwise import eq, masked_scale, where
from ..linalg import matmul, transposed
from ..reduction import amax, softmax
from .summation import sum_over, sum_to

_BOUND = 40.0
"""Where no score is farther from 0 than this, its exponential is taken as it is."""


@fused(differentiable=4)
def attention(
    q: Array,
    k: Array,
    v: Array,
    mask: Array | None = None,
    kept: Mask | None = None,
    causal: bool = False,
    scale: float = 1.0,
    factor: float = 1.0,
) -> Array:
    """P v, P = softmax(scale q kᵀ + mask); dv = Pᵀ g, dq = scale S k, dk = scale Sᵀ q, dmask = S summed to its shape.

    S = P (g vᵀ - Σ g out) is the gradient of the scores. q (…, L, E), k (…, S, E), v (…, S, V) to (…, L, V). A row
    whose scores are all -∞ has the weights 0. With `causal`, row i sees the columns 0 … i. With `kept`, which has the
    shape of P, P is P kept factor: dropout. Source: Vaswani et al., Attention Is All You Need, 2017.
    """
    scores = matmul(q, transposed(k)) * scale
    if mask is not None:
        scores = scores + mask
    if causal:
        scores = scores + upper_triangle(q.shape[-2], k.shape[-2], np.dtype(q.dtype))
    nothing = eq(amax(scores, -1, True), -math.inf) if k.shape[-2] else False
    weights = where(nothing, 0.0, softmax(where(nothing, 0.0, scores), -1))
    if kept is not None:
        weights = masked_scale(weights, kept, factor)
    return matmul(weights, v)


@functools.lru_cache(maxsize=16)
def upper_triangle(rows: int, columns: int, dtype: np.dtype[Any]) -> Array:
    """-∞ above the diagonal, and 0 elsewhere: what a causal mask adds to the scores."""
    found = np.triu(np.full((rows, columns), -np.inf, dtype), 1)
    found.flags.writeable = False
    return found


def _longest(x: Array) -> float:
    """The largest Euclidean norm of a row."""
    return math.sqrt(np.einsum("...i,...i->...", x, x).max(initial=0))


def _mask_bound(mask: Array | None) -> float:
    """How far from 0 the mask moves a score that it does not set to -∞."""
    if mask is None:
        return 0.0
    return float(np.abs(np.where(mask == -np.inf, 0, mask)).max(initial=0))


def _attention(
    q: Array,
    k: Array,
    v: Array,
    mask: Array | None,
    kept: Array | None,
    causal: bool,
    scale: float,
    factor: float,
) -> tuple[Array, Any]:
    scaled = q * scale
    weights = np.matmul(scaled, _turned(k))
    if mask is not None:
        weights += mask
    if causal:
        weights += upper_triangle(*weights.shape[-2:], weights.dtype)
    # No score is larger than the product of the longest rows. If that is small, the largest of each row need not be
    # found and subtracted, which would take as long as the exponentials.
    if not _longest(scaled) * _longest(k) + _mask_bound(mask) <= _BOUND:
        top = weights.max(axis=-1, keepdims=True, initial=-np.inf)
        top[top == -np.inf] = 0
        weights -= top
    np.exp(weights, out=weights)
    total = _row_sums(weights)
    total[total == 0] = 1
    # The weights are not divided by their sums, because what is made of them is smaller.
    sums = np.matmul(weights if kept is None else _dropped(weights, kept, factor), v)
    out = np.divide(sums, total, out=_heads_inside(sums))
    return out, (scaled, k, v, mask, kept, scale, factor, weights, total, out)


def _row_sums(x: Array) -> Array:
    """The sums over the last dimension, which stays: by BLAS, where they are no longer than what it adds well."""
    if not 0 < x.shape[-1] <= 1024:
        return np.asarray(sum_over(x, -1, True))
    return np.matmul(x, np.ones((x.shape[-1], 1), x.dtype))


def _row_dots(x: Array, y: Array) -> Array:
    """The sums of the products over the last dimension, which stays: at once, where they are short."""
    if x.shape[-1] > 512:
        return np.asarray(sum_over(x * y, -1, True))
    return np.einsum("...i,...i->...", x, y)[..., None]


def _turned(x: Array) -> Array:
    """The transposed matrices, in order in memory: NumPy multiplies many small ones faster so."""
    return np.ascontiguousarray(x.swapaxes(-1, -2))


def _heads_inside(x: Array) -> Array:
    """Memory for (N, H, L, V) in which the heads of one place lie side by side, as those lie who come next."""
    if x.ndim != 4:
        return x
    n, heads, length, size = x.shape
    return np.empty((n, length, heads, size), x.dtype).swapaxes(1, 2)


def _dropped(weights: Array, kept: Array, factor: float) -> Array:
    dropped = weights * kept
    dropped *= factor
    return dropped


def _attention_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    scaled, k, v, mask, kept, scale, factor, weights, total, out = saved
    g = g / total
    by_v = None
    if needs[2]:
        dropped = weights if kept is None else _dropped(weights, kept, factor)
        by_v = np.matmul(dropped.swapaxes(-1, -2), g)
    if not (needs[0] or needs[1] or needs[3]):
        return None, None, by_v, None
    by_scores = np.matmul(g, _turned(v))
    if kept is not None:
        by_scores *= kept
        by_scores *= factor
    by_scores -= _row_dots(g, out)
    by_scores *= weights
    by_q = by_k = by_mask = None
    if needs[0]:
        by_q = np.matmul(by_scores, k)
        by_q *= scale
    if needs[1]:
        by_k = np.matmul(by_scores.swapaxes(-1, -2), scaled)
    if needs[3]:
        by_mask = sum_to(by_scores, mask.shape)
    return by_q, by_k, by_v, by_mask


attention.implement(_attention, _attention_pullback)
