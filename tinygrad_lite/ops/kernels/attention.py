"""Scaled dot-product attention as one fused operation."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...core.primitive import Array, Mask, fused
from ..elementwise import eq, masked_scale, where
from ..linalg import matmul, transposed
from ..reduction import amax, softmax
from .reduction import BOUND
from .summation import sum_over, sum_to

_SCORES = 1 << 20
"""The number of scores that are computed at a time. They are not kept, but computed again for the backward pass."""

_ROWS = 32
"""The number of rows of scores that are computed at a time, at least."""


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
    """Return the largest |value| in a mask, apart from -∞."""
    if mask is None:
        return 0.0
    return float(np.abs(np.where(mask == -np.inf, 0, mask)).max(initial=0))


def _are_bounded(scaled: Array, k: Array, mask: Array | None) -> bool:
    """Return True if the largest score of each row need not be found and subtracted, as no score is large.

    Finding it would take as long as the exponentials. No score is larger than the product of the longest rows.
    """
    return _longest(scaled) * _longest(k) + _mask_bound(mask) <= BOUND


def _blocks(shape: tuple[int, ...], causal: bool) -> Iterator[tuple[slice, int]]:
    """Rows of scores of this shape that are computed together, and how many columns these rows see.

    Of causal attention the first rows see few columns: what they do not see is never computed.
    """
    *batch, rows, columns = shape
    together = max(_SCORES // max(math.prod(batch) * columns, 1), _ROWS)
    if causal:
        together = max(min(together, rows // 2), _ROWS)
    for start in range(0, rows, together):
        stop = min(start + together, rows)
        yield slice(start, stop), min(stop, columns) if causal else columns


def _exponentials(
    scaled: Array, turned: Array, mask: Array | None, causal: bool, bounded: bool, rows: slice, seen: int
) -> Array:
    """The exponentials of the scores of some rows, or of their differences from the largest in the row."""
    weights = np.matmul(scaled[..., rows, :], turned[..., :seen])
    if mask is not None:
        weights += mask[..., rows, :seen]
    if causal and seen > rows.start:
        weights[..., rows.start :] += upper_triangle(weights.shape[-2], seen - rows.start, weights.dtype)
    if not bounded:
        top = weights.max(axis=-1, keepdims=True, initial=-np.inf)
        top[top == -np.inf] = 0
        weights -= top
    return np.exp(weights, out=weights)


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
    scaled, turned = q * scale, _turned(k)
    shape = (*q.shape[:-1], k.shape[-2])
    bounded = _are_bounded(scaled, k, mask)
    full_mask = None if mask is None else np.broadcast_to(mask, shape)
    out = _heads_inside((*shape[:-1], v.shape[-1]), np.result_type(scaled, v))
    totals = np.empty((*shape[:-1], 1), scaled.dtype)
    for rows, seen in _blocks(shape, causal):
        weights = _exponentials(scaled, turned, full_mask, causal, bounded, rows, seen)
        total = _row_sums(weights)
        total[total == 0] = 1
        totals[..., rows, :] = total
        if kept is not None:
            _drop(weights, kept[..., rows, :seen], factor)
        # The weights are not divided by their sums, because what is made of them is smaller.
        np.divide(np.matmul(weights, v[..., :seen, :]), total, out=out[..., rows, :])
    return out, (q, k, v, mask, kept, causal, scale, factor, bounded, totals, out)


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
    """Return the transposed matrices, contiguous: NumPy multiplies many small matrices faster then."""
    return np.ascontiguousarray(x.swapaxes(-1, -2))


def _heads_inside(shape: tuple[int, ...], dtype: Any) -> Array:
    """Return memory for (N, H, L, V), laid out as (N, L, H, V): the next layer joins the heads without a copy."""
    if len(shape) != 4:
        return np.empty(shape, dtype)
    n, heads, length, size = shape
    return np.empty((n, length, heads, size), dtype).swapaxes(1, 2)


def _drop(weights: Array, kept: Array, factor: float) -> None:
    """Set some weights to 0, and multiply the others, in place."""
    weights *= kept
    weights *= factor


def _attention_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    q, k, v, mask, kept, causal, scale, factor, bounded, totals, out = saved
    shape = (*q.shape[:-1], k.shape[-2])
    scaled, turned, turned_v = q * scale, _turned(k), _turned(v)
    full_mask = None if mask is None else np.broadcast_to(mask, shape)
    g = g / totals
    dots = _row_dots(g, out)
    by_q = np.empty(q.shape, g.dtype)
    by_k, by_v = np.zeros(k.shape, g.dtype), np.zeros(v.shape, g.dtype)
    all_scores = np.zeros(shape, g.dtype) if needs[3] else None
    for rows, seen in _blocks(shape, causal):
        weights = _exponentials(scaled, turned, full_mask, causal, bounded, rows, seen)
        some_g = g[..., rows, :]
        by_scores = np.matmul(some_g, turned_v[..., :seen])
        if kept is not None:
            _drop(by_scores, kept[..., rows, :seen], factor)
        by_scores -= dots[..., rows, :]
        by_scores *= weights
        if kept is not None:
            _drop(weights, kept[..., rows, :seen], factor)
        by_v[..., :seen, :] += np.matmul(weights.swapaxes(-1, -2), some_g)
        by_k[..., :seen, :] += np.matmul(by_scores.swapaxes(-1, -2), scaled[..., rows, :])
        by_q[..., rows, :] = np.matmul(by_scores, k[..., :seen, :])
        if all_scores is not None:
            all_scores[..., rows, :seen] = by_scores
    by_q *= scale
    return by_q, by_k, by_v, None if all_scores is None else sum_to(all_scores, mask.shape)


attention.implement(_attention, _attention_pullback)
