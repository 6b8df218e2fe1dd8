"""Batch, layer and group normalization as fused operations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.edge import reshape
from ...core.primitive import Array, Mask, fused
from ..elementwise import rsqrt
from ..reduction import mean, var
from .summation import column_dots, column_sums, row_dots, row_sums, sum_over

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
    """x̂ weight + bias, x̂ = s (x - μ); dx = s weight (g - mean g - x̂ mean(g x̂)), dweight = Σ g x̂, dbias = Σ g.

    s is 1 / √(σ² + eps). The mean μ, the variance σ² and the sums are those of one channel of x (N, C, …), over all
    other dimensions. With a `momentum` the kernel also updates the running averages, by the mean and the unbiased
    variance of the batch.
    """
    dims = (0, *range(2, x.ndim))
    normal = (x - mean(x, dims, True)) * rsqrt(var(x, dims, 0, True) + eps)
    if weight is not None:
        normal = normal * _per_channel(weight, x.ndim)
    return normal if bias is None else normal + _per_channel(bias, x.ndim)


def _per_channel(values: Any, ndim: int) -> Any:
    return reshape(values, (1, -1, *[1] * (ndim - 2))) if ndim > 2 else values


def _in_channels(x: Array) -> Array:
    """(N, C, …) in order in memory: (N, C), or (N, C, L) with all other dimensions as one."""
    return np.ascontiguousarray(x if x.ndim == 2 else x.reshape(*x.shape[:2], math.prod(x.shape[2:])))


def _column(values: Array, ndim: int) -> Array:
    """A number for each channel, to be broadcast with (N, C) or (N, C, L)."""
    return values if ndim == 2 else values[:, None]


def _channel_sums(x: Array) -> Array:
    """The sum of each channel of (N, C) or (N, C, L)."""
    if x.ndim == 2:
        return column_sums(x)
    return column_sums(row_sums(x.reshape(-1, x.shape[2])).reshape(x.shape[:2]))


def _channel_dots(x: Array, y: Array) -> Array:
    """The sum of the products of two such arrays, for each channel."""
    if x.ndim == 2:
        return column_dots(x, y)
    return column_sums(row_dots(x.reshape(-1, x.shape[2]), y.reshape(-1, x.shape[2])).reshape(x.shape[:2]))


def _batch_norm(
    x: Array,
    weight: Array | None,
    bias: Array | None,
    running_mean: Array | None,
    running_var: Array | None,
    momentum: float | None,
    eps: float,
) -> tuple[Array, Any]:
    values = _in_channels(x)
    n, ndim = values.size // values.shape[1], values.ndim
    center = _channel_sums(values) / n
    out = values - _column(center, ndim)
    spread = _channel_dots(out, out) / n
    inverse = 1 / np.sqrt(spread + eps)
    out *= _column(inverse if weight is None else inverse * weight, ndim)
    if bias is not None:
        out += _column(bias, ndim)
    if momentum is not None and running_mean is not None and running_var is not None:
        running_mean *= 1 - momentum
        running_mean += momentum * center
        running_var *= 1 - momentum
        running_var += momentum * (n / (n - 1)) * spread
    return out.reshape(x.shape), (x, weight, center, inverse)


def _batch_norm_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    x, weight, center, inverse = saved
    values = _in_channels(g)
    n, ndim = values.size // values.shape[1], values.ndim
    centered = _in_channels(x) - _column(center, ndim)
    by_bias = _channel_sums(values)
    along = _channel_dots(values, centered) * inverse  # Σ g x̂
    if not needs[0]:
        return None, along, by_bias
    by_x = centered  # in the same memory, which saves an array
    by_x *= _column(along * inverse / n, ndim)
    by_x += _column(by_bias / n, ndim)
    np.subtract(values, by_x, out=by_x)
    by_x *= _column(inverse if weight is None else inverse * weight, ndim)
    return by_x.reshape(x.shape), along, by_bias


batch_norm.implement(_batch_norm, _batch_norm_pullback)


@fused(differentiable=3)
def frozen_batch_norm(
    x: Array, weight: Array | None, bias: Array | None, running_mean: Mask, running_var: Mask, eps: float = 1e-5
) -> Array:
    """x̂ weight + bias, x̂ = s (x - μ); dx = g s weight, dweight = Σ g x̂, dbias = Σ g.

    s is 1 / √(σ² + eps). This is batch normalization in evaluation: μ and σ² are the running averages of each channel
    of x (N, C, …).
    """
    scale = rsqrt(running_var + eps)
    if weight is not None:
        scale = scale * weight
    shift = -(running_mean * scale) if bias is None else bias - running_mean * scale
    return x * _per_channel(scale, x.ndim) + _per_channel(shift, x.ndim)


def _frozen_batch_norm(
    x: Array, weight: Array | None, bias: Array | None, mean: Array, var: Array, eps: float
) -> tuple[Array, Any]:
    scale = _scale(weight, var, eps)
    shift = -(mean * scale) if bias is None else bias - mean * scale
    out = np.ascontiguousarray(x) * _per_channel(scale, x.ndim)
    out += _per_channel(shift, x.ndim)
    return out, (x, weight, mean, var, eps)


def _scale(weight: Array | None, var: Array, eps: float) -> Array:
    inverse: Array = 1 / np.sqrt(var + eps)
    return inverse if weight is None else inverse * weight


def _frozen_batch_norm_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    x, weight, center, spread, eps = saved
    by_x = g * _per_channel(_scale(weight, spread, eps), x.ndim) if needs[0] else None
    by_weight = by_bias = None
    if needs[1] or needs[2]:
        values = _in_channels(g)
        by_bias = _channel_sums(values)
    if needs[1]:
        centered = _in_channels(x) - _column(center, values.ndim)
        by_weight = _channel_dots(values, centered) * _scale(None, spread, eps)
    return by_x, by_weight, by_bias


frozen_batch_norm.implement(_frozen_batch_norm, _frozen_batch_norm_pullback)

# ------------------------------------------------------------------------------------------------ layer norm


@fused(differentiable=3)
def layer_norm(x: Array, weight: Array | None, bias: Array | None, ndim: int = 1, eps: float = 1e-5) -> Array:
    """x̂ weight + bias, x̂ = s (x - μ); dx = s (h - mean h - x̂ mean(h x̂)), dweight = Σ g x̂, dbias = Σ g.

    s is 1 / √(σ² + eps), and h is g weight. μ, σ² and the means are over the last `ndim` dimensions, which are those of
    weight and bias; the sums are over all other dimensions.
    """
    dims = tuple(range(-ndim, 0))
    normal = (x - mean(x, dims, True)) * rsqrt(var(x, dims, 0, True) + eps)
    if weight is not None:
        normal = normal * weight
    return normal if bias is None else normal + bias


def _flattened(x: Array, ndim: int) -> Array:
    """A matrix with one row for each part of x that is normalized by itself: the last `ndim` dimensions."""
    return np.ascontiguousarray(x.reshape(math.prod(x.shape[:-ndim]), math.prod(x.shape[-ndim:])))


def _row_means(x: Array) -> Array:
    """The mean of each row of a matrix, as a column."""
    return row_sums(x)[:, None] / max(x.shape[1], 1)


def far_from_zero(center: Array, inverse: Array) -> bool:
    """Return True if a row is so far from 0 that the rounding of its mean shows in what is left without the mean."""
    return bool((np.abs(center) * inverse > 8).any())


def _layer_norm(x: Array, weight: Array | None, bias: Array | None, ndim: int, eps: float) -> tuple[Array, Any]:
    rows = _flattened(x, ndim)
    center = _row_means(rows)
    out = rows - center
    inverse = 1 / np.sqrt(row_dots(out, out)[:, None] / rows.shape[1] + eps)
    if far_from_zero(center, inverse):
        out -= _row_means(out)
    out *= inverse
    out = out.reshape(x.shape)
    if weight is not None:
        out *= weight
    if bias is not None:
        out += bias
    return out, (x, weight, center, inverse, ndim)


def _layer_norm_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    x, weight, center, inverse, ndim = saved
    rows, shape = _flattened(g, ndim), x.shape[-ndim:]
    normal = _flattened(x, ndim) - center
    normal *= inverse
    by_weight = column_dots(rows, normal).reshape(shape) if needs[1] else None
    by_bias = column_sums(rows).reshape(shape) if needs[2] else None
    by_x = None
    if needs[0]:
        by_x = rows.copy() if weight is None else rows * weight.reshape(-1)
        by_x -= _row_means(by_x)
        normal *= row_dots(by_x, normal)[:, None] / rows.shape[1]
        by_x -= normal
        by_x *= inverse
        by_x = by_x.reshape(x.shape)
    return by_x, by_weight, by_bias


layer_norm.implement(_layer_norm, _layer_norm_pullback)

# ------------------------------------------------------------------------------------------------ group norm


@fused(differentiable=3)
def group_norm(x: Array, weight: Array | None, bias: Array | None, groups: int, eps: float = 1e-5) -> Array:
    """x̂ weight + bias, x̂ = s (x - μ); dx = s (h - mean h - x̂ mean(h x̂)), dweight = Σ g x̂, dbias = Σ g.

    s is 1 / √(σ² + eps), and h is g weight. μ, σ² and the means are those of a group of channels of a sample of x
    (N, C, …); weight and bias are (C,), and the sums are over all dimensions but that of the channels.
    """
    rows = reshape(x, (x.shape[0] * groups, math.prod(x.shape[1:]) // groups))
    normal = (rows - mean(rows, 1, True)) * rsqrt(var(rows, 1, 0, True) + eps)
    normal = reshape(normal, x.shape)
    if weight is not None:
        normal = normal * _per_channel(weight, x.ndim)
    return normal if bias is None else normal + _per_channel(bias, x.ndim)


def _by_group(x: Array, groups: int) -> Array:
    """x (N, C, …) in order in memory, as (N, groups, C / groups, L)."""
    count, channels = x.shape[:2]
    return np.ascontiguousarray(x.reshape(count, groups, channels // groups, math.prod(x.shape[2:])))


def _last_sums(x: Array) -> Array:
    """The sums over the last dimension, which stays."""
    return row_sums(x.reshape(math.prod(x.shape[:-1]), x.shape[-1])).reshape(*x.shape[:-1], 1)


def _last_dots(x: Array, y: Array) -> Array:
    """The sums of the products of two such arrays."""
    rows = math.prod(x.shape[:-1]), x.shape[-1]
    return row_dots(x.reshape(rows), y.reshape(rows)).reshape(*x.shape[:-1], 1)


def _group_norm(x: Array, weight: Array | None, bias: Array | None, groups: int, eps: float) -> tuple[Array, Any]:
    values = _by_group(x, groups)
    count, _, each, length = values.shape
    n = max(each * length, 1)
    rows = values.reshape(count, groups, 1, each * length)
    center = _last_sums(rows) / n
    out = rows - center
    inverse = 1 / np.sqrt(_last_dots(out, out) / n + eps)
    if far_from_zero(center, inverse):
        out -= _last_sums(out) / n
    out = out.reshape(values.shape)
    out *= inverse if weight is None else inverse * weight.reshape(groups, each, 1)
    if bias is not None:
        out += bias.reshape(groups, each, 1)
    return out.reshape(x.shape), (x, weight, center, inverse, groups)


def _group_norm_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    x, weight, center, inverse, groups = saved
    values = _by_group(g, groups)
    count, _, each, length = values.shape
    centered = _by_group(x, groups) - center
    sums, dots = _last_sums(values), _last_dots(values, centered) * inverse  # Σ g and Σ g x̂ of each sample's channel
    by_bias, by_weight = (column_sums(some.reshape(count, x.shape[1])) for some in (sums, dots))
    if not needs[0]:
        return None, by_weight, by_bias
    scale: Any = inverse
    if weight is not None:
        factors = weight.reshape(groups, each, 1)
        sums, dots, scale = sums * factors, dots * factors, inverse * factors
    by_x = values * scale
    n = max(each * length, 1)
    centered *= sum_over(dots, 2, True) * (inverse * inverse / n)
    centered += sum_over(sums, 2, True) * (inverse / n)
    by_x -= centered
    return by_x.reshape(x.shape), by_weight, by_bias


group_norm.implement(_group_norm, _group_norm_pullback)
