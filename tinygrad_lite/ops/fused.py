"""The table of fused operations: layers that are one node. Each reference is the definition of its kernel.

A kernel's derivative is written by hand and runs on arrays only; a derivative that must itself be
differentiable goes through the reference.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..primitive import Array, Mask, fused
from .elementwise import cast, ne, rsqrt, where
from .indexing import gather, getitem
from .linalg import matmul
from .reduction import log_softmax, mean, sum, var
from .shape import permute, reshape, unsqueeze

# ---------------------------------------------------------------------------------------------------- linear


@fused(differentiable=3)
def linear(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """x weightᵀ + bias, for x (…, in), weight (out, in), bias (out); dx = g weight, dweight = gᵀ x, dbias = Σ g."""
    product = matmul(x, permute(weight, (1, 0)) if weight.ndim == 2 else weight)
    return product if bias is None else product + bias


def _linear(x: Array, weight: Array, bias: Array | None) -> tuple[Array, Any]:
    out = np.asarray(np.matmul(x, weight.T))
    if bias is not None:
        out += bias
    return out, (x, weight)


def _linear_pullback(g: Array, saved: Any, needs: list[bool]) -> tuple[Any, ...]:
    x, weight = saved
    by_x = np.matmul(g, weight) if needs[0] and weight.ndim == 2 else None
    if needs[0] and weight.ndim == 1:
        by_x = g[..., None] * weight
    rows = np.reshape(g, (-1, weight.shape[0])) if weight.ndim == 2 else np.reshape(g, (-1, 1))
    by_weight = np.matmul(rows.T, np.reshape(x, (rows.shape[0], weight.shape[-1]))) if needs[1] else None
    if by_weight is not None and weight.ndim == 1:
        by_weight = by_weight.reshape(weight.shape)
    by_bias = column_sums(rows) if needs[2] else None
    if by_bias is not None and weight.ndim == 1:
        by_bias = by_bias.reshape(())
    return by_x, by_weight, by_bias


linear.implement(_linear, _linear_pullback)


def column_sums(x: Array) -> Array:
    """Σ over rows of a matrix, as a product with ones: BLAS beats np.sum over the first dimension."""
    return np.matmul(np.ones(x.shape[0], x.dtype), x)


# ------------------------------------------------------------------------------------------------ batch norm


@fused(differentiable=3)
def batch_norm(
    x: Array,
    weight: Array | None,
    bias: Array | None,
    running_mean: Mask | None = None,
    running_var: Mask | None = None,
    momentum: float | None = None,
    eps: float = 1e-5,
) -> Array:
    """(x - μ) / √(σ² + eps) · weight + bias for each channel of x (N, C, …), μ and σ² over all but C.

    A `momentum` updates the running averages with the batch's mean and unbiased variance; that is the
    kernel's business, and no part of the value.
    """
    dims = (0, *range(2, x.ndim))
    normal = (x - mean(x, dims, True)) * rsqrt(var(x, dims, 0, True) + eps)
    if weight is not None:
        normal = normal * _per_channel(weight, x.ndim)
    return normal if bias is None else normal + _per_channel(bias, x.ndim)


def _per_channel(values: Any, ndim: int) -> Any:
    return reshape(values, (1, -1, *[1] * (ndim - 2))) if ndim > 2 else values


def _rows(x: Array) -> Array:
    """(N, C, …) as (N …, C): a row for each sample of each channel."""
    return np.ascontiguousarray(x if x.ndim == 2 else np.moveaxis(x, 1, -1).reshape(-1, x.shape[1]))


def _unrowed(rows: Array, shape: tuple[int, ...]) -> Array:
    if len(shape) == 2:
        return rows
    return np.ascontiguousarray(np.moveaxis(rows.reshape(shape[0], *shape[2:], shape[1]), -1, 1))


def _batch_norm(
    x: Array,
    weight: Array | None,
    bias: Array | None,
    running_mean: Array | None,
    running_var: Array | None,
    momentum: float | None,
    eps: float,
) -> tuple[Array, Any]:
    rows = _rows(x)
    n = len(rows)
    center = column_sums(rows) / n
    out = rows - center
    spread = np.einsum("ij,ij->j", out, out) / n
    inverse = 1 / np.sqrt(spread + eps)
    out *= inverse if weight is None else inverse * weight
    if bias is not None:
        out += bias
    if momentum is not None and running_mean is not None and running_var is not None:
        running_mean *= 1 - momentum
        running_mean += momentum * center
        running_var *= 1 - momentum
        running_var += momentum * (n / (n - 1)) * spread
    return _unrowed(out, x.shape), (x, weight, center, inverse)


def _batch_norm_pullback(g: Array, saved: Any, needs: list[bool]) -> tuple[Any, ...]:
    x, weight, center, inverse = saved
    rows = _rows(g)
    n = len(rows)
    centered = _rows(x) - center
    by_bias = column_sums(rows)
    along = np.einsum("ij,ij->j", rows, centered) * inverse  # Σ g x̂
    by_x = None
    if needs[0]:
        scale = inverse if weight is None else inverse * weight
        by_x = rows - by_bias / n
        centered *= along * inverse / n
        by_x -= centered
        by_x *= scale
        by_x = _unrowed(by_x, x.shape)
    return by_x, along, by_bias


batch_norm.implement(_batch_norm, _batch_norm_pullback)

# ------------------------------------------------------------------------------------------------ layer norm


@fused(differentiable=3)
def layer_norm(x: Array, weight: Array | None, bias: Array | None, ndim: int = 1, eps: float = 1e-5) -> Array:
    """(x - μ) / √(σ² + eps) · weight + bias, μ and σ² over the last `ndim` dimensions, those of weight and bias."""
    dims = tuple(range(-ndim, 0))
    normal = (x - mean(x, dims, True)) * rsqrt(var(x, dims, 0, True) + eps)
    if weight is not None:
        normal = normal * weight
    return normal if bias is None else normal + bias


def _flattened(x: Array, ndim: int) -> Array:
    """A row, in order, for each of what is normalised by itself."""
    return np.ascontiguousarray(x.reshape(math.prod(x.shape[:-ndim]), math.prod(x.shape[-ndim:])))


def row_means(x: Array) -> Array:
    """The mean of each row of a matrix, as a column: a product, which BLAS does faster than np.mean."""
    n = x.shape[1]
    return np.matmul(x, np.full((n, 1), 1 / max(n, 1), x.dtype))


def _layer_norm(x: Array, weight: Array | None, bias: Array | None, ndim: int, eps: float) -> tuple[Array, Any]:
    rows = _flattened(x, ndim)
    center = row_means(rows)
    out = rows - center
    inverse = 1 / np.sqrt(np.einsum("ij,ij->i", out, out)[:, None] / rows.shape[1] + eps)
    out *= inverse
    out = out.reshape(x.shape)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out, (x, weight, center, inverse, ndim)


def _layer_norm_pullback(g: Array, saved: Any, needs: list[bool]) -> tuple[Any, ...]:
    x, weight, center, inverse, ndim = saved
    rows, shape = _flattened(g, ndim), x.shape[-ndim:]
    normal = _flattened(x, ndim) - center
    normal *= inverse
    by_weight = np.einsum("ij,ij->j", rows, normal).reshape(shape) if needs[1] else None
    by_bias = column_sums(rows).reshape(shape) if needs[2] else None
    by_x = None
    if needs[0]:
        by_x = rows.copy() if weight is None else rows * weight.reshape(-1)
        by_x -= row_means(by_x)
        normal *= np.einsum("ij,ij->i", by_x, normal)[:, None] / rows.shape[1]
        by_x -= normal
        by_x *= inverse
        by_x = by_x.reshape(x.shape)
    return by_x, by_weight, by_bias


layer_norm.implement(_layer_norm, _layer_norm_pullback)

# --------------------------------------------------------------------------------------------- cross entropy


@fused(differentiable=1)
def cross_entropy(
    x: Array,
    target: Mask,
    weight: Mask | None = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Array:
    """-weight_t log softmax(x)_t for logits x (N, C) and class indices t (N); "mean" divides by the weights' sum.

    With label smoothing s the target is 1 - s of the class and s / C of every class.
    """
    classes = x.shape[1]
    logs = log_softmax(x, 1)
    counted = ne(target, ignore_index)
    safe = where(counted, target, 0)
    share = cast(counted, x.dtype) if weight is None else where(counted, getitem(weight, plain(safe)), 0)
    loss = -reshape(gather(logs, 1, unsqueeze(safe, 1)), (x.shape[0],)) * share
    if label_smoothing:
        every = sum(logs if weight is None else logs * weight, 1, False)
        loss = loss * (1 - label_smoothing) - every * (label_smoothing / classes)
    loss = where(counted, loss, 0)
    if reduction == "none":
        return loss
    total = sum(loss, None, False)
    return total if reduction == "sum" else total / sum(share, None, False)


def plain(index: Any) -> Any:
    """The array of an index."""
    return index if isinstance(index, np.ndarray) else index._data


def _cross_entropy(
    x: Array, target: Array, weight: Array | None, ignore_index: int, label_smoothing: float, reduction: str
) -> tuple[Array, Any]:
    places = np.arange(len(x))
    counted = target != ignore_index
    every = bool(counted.all())
    safe = target if every else np.where(counted, target, 0)
    shifted = x - np.max(x, axis=1, keepdims=True)
    logs = np.log(np.sum(np.exp(shifted), axis=1))
    share = np.ones(len(x), x.dtype) if weight is None else weight[safe]
    if not every:
        share = share * counted
    loss = (logs - shifted[places, safe]) * share
    if label_smoothing:
        if weight is None:
            smooth = x.shape[1] * logs - np.sum(shifted, axis=1)
        else:
            smooth = np.sum(weight) * logs - np.matmul(shifted, weight)
        loss = loss * (1 - label_smoothing) + smooth * (label_smoothing / x.shape[1])
    skipped = None if every else ~counted
    if skipped is not None:
        loss[skipped] = 0
    saved = (shifted, logs, safe, share, skipped, weight, label_smoothing, reduction)
    if reduction == "none":
        return loss, saved
    total = np.sum(loss)
    return np.asarray(total if reduction == "sum" else total / np.sum(share)), saved


def _cross_entropy_pullback(g: Array, saved: Any, needs: list[bool]) -> tuple[Any, ...]:
    shifted, logs, safe, share, skipped, weight, label_smoothing, reduction = saved
    if reduction == "mean":
        g = g / np.sum(share)
    pull = g * share * (1 - label_smoothing) if label_smoothing else g * share
    by_x = np.exp(shifted - logs[:, None])
    if label_smoothing:
        each = g * np.full(len(by_x), label_smoothing / shifted.shape[1], by_x.dtype)
        by_x *= (pull + each * (shifted.shape[1] if weight is None else np.sum(weight)))[:, None]
        by_x -= each[:, None] if weight is None else each[:, None] * weight
    else:
        by_x *= pull[:, None]
    by_x[np.arange(len(by_x)), safe] -= pull
    if skipped is not None:
        by_x[skipped] = 0
    return (by_x,)


cross_entropy.implement(_cross_entropy, _cross_entropy_pullback)
