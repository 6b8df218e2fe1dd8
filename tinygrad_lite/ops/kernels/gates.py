"""The gates x Φ(x) and x sigmoid(x) as fused operations: their derivatives use again what was computed to weight x."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.primitive import Array, elementwise, fused
from ..elementwise import exp, sigmoid
from . import erf as special


@elementwise("float")
def normal_cdf(x: Array) -> Array:
    """Φ(x) = (1 + erf(x / √2)) / 2; dx = g e**(-x²/2) / √(2π)."""
    return special.normal_cdf(x)


normal_cdf.derivative(x=lambda g, x: g * (exp(x * x * -0.5) * _DENSITY))

_DENSITY = 1 / math.sqrt(2 * math.pi)
"""The density of the normal distribution at 0."""


@elementwise("float")
def normal_gate(x: Array) -> Array:
    """x Φ(x); dx = g (Φ(x) + x e**(-x² / 2) / √(2π)). The slope is one factor: of two terms both could overflow."""
    return x * normal_cdf.forward(x)


normal_gate.derivative(x=lambda g, x: g * (normal_cdf(x) + x * (exp(x * x * -0.5) * _DENSITY)))


@fused(differentiable=1)
def gelu(x: Array) -> Array:
    """x Φ(x), which keeps Φ(x), or most of it, for its derivative; dx = g (Φ(x) + x e**(-x²/2) / √(2π))."""
    return normal_gate(x)


def _gelu(x: Array) -> tuple[Array, Any]:
    out, kept = weighted(x)
    return out, (x, kept)


def weighted(x: Array) -> tuple[Array, Array]:
    """x Φ(x), and Φ(x) to be kept, or of many elements 5/6 of it, in a row.

    Kept as a whole it is a quarter of what a transformer keeps for its backward pass; to compute it again as a whole
    takes 6 % of the time of such a step.
    """
    if x.size < _MANY or not x.flags.c_contiguous:
        weight = normal_cdf.forward(x)
        return np.asarray(x * weight), weight
    out = np.empty_like(x)
    values, results, count = x.reshape(-1), out.reshape(-1), x.size - x.size // 6
    for part in (slice(count, None), slice(count)):
        weight = normal_cdf.forward(values[part])
        np.multiply(values[part], weight, out=results[part])
    return out, weight


_MANY = 1 << 16


def plus_weight(slope: Array, x: Array, kept: Array) -> Array:
    """slope + Φ(x), in the memory of the slope, from what `weighted` kept."""
    if kept.shape == x.shape:
        slope += kept
        return slope
    elements = slope.reshape(-1)
    elements[: kept.size] += kept
    elements[kept.size :] += normal_cdf.forward(x.reshape(-1)[kept.size :])
    return slope


def _gelu_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    x, kept = saved
    slope = np.asarray(x * x)
    slope *= -0.5
    np.exp(slope, out=slope)
    slope *= _DENSITY
    slope *= x
    slope = plus_weight(slope, x, kept)
    slope *= g
    return (slope,)


gelu.implement(_gelu, _gelu_pullback)


@elementwise("float")
def sigmoid_gate(x: Array) -> Array:
    """x sigmoid(x); dx = g s (1 + x (1 - s)), with s = sigmoid(x)."""
    return x * sigmoid.forward(x)


sigmoid_gate.derivative(x=lambda g, x: g * _silu_slope(x, sigmoid(x)))


def _silu_slope(x: Any, s: Any) -> Any:
    return s * (1 + x * (1 - s))


@fused(differentiable=1)
def silu(x: Array) -> Array:
    """x s, with s = sigmoid(x), which it keeps; dx = g s (1 + x (1 - s))."""
    return sigmoid_gate(x)


def _silu(x: Array) -> tuple[Array, Any]:
    weight = sigmoid.forward(x)
    return np.asarray(x * weight), (x, weight)


def _silu_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    x, weight = saved
    slope = np.asarray(1 - weight)
    slope *= x
    slope += 1
    slope *= weight
    slope *= g
    return (slope,)


silu.implement(_silu, _silu_pullback)
