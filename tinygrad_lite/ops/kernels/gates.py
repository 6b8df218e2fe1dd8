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
    """x Φ(x), which keeps Φ(x) for its derivative; dx = g (Φ(x) + x e**(-x²/2) / √(2π))."""
    return normal_gate(x)


def _gelu(x: Array) -> tuple[Array, Any]:
    weight = normal_cdf.forward(x)
    return np.asarray(x * weight), (x, weight)


def _gelu_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    x, weight = saved
    slope = np.asarray(x * x)
    slope *= -0.5
    np.exp(slope, out=slope)
    slope *= _DENSITY
    slope *= x
    slope += weight
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
