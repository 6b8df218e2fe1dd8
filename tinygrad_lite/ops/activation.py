"""The table of activation functions: what each computes, and its derivative. `elementwise.py` says how to read it.

Where a function has a kink the derivative is a choice, here PyTorch's:

    relu at 0                            0
    hardtanh, relu6 at a bound           0
    hardshrink, softshrink at a bound    0
    threshold at the threshold           0
    hardswish at -3                      0
    hardswish at 3                       1
    leaky_relu, elu, prelu at 0          that of the side below

Where such a function has straight pieces, its second derivative is 0, as PyTorch's is (see `flat`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.primitive import Array, Traced, elementwise, primitive
from .elementwise import (
    abs,
    eq,
    exp,
    ge,
    gt,
    le,
    logical_or,
    lt,
    sigmoid,
    tanh,
    where,
    zeros_like,
)
from .kernels import elementwise as kernels
from .kernels.attach import computed_by, with_kernel
from .kernels.selection import choose


def flat(x: Any, y: Any) -> Any:
    """x, a value chosen by y that does not change with y within a piece: the slope of a function of straight pieces.

    The derivative of such a slope is 0, as in PyTorch; without this there would be none.
    """
    return independent(x, y) if isinstance(y, Traced) else x


@primitive
def independent(x: Array, y: Array) -> Array:
    """x, in memory of its own; dx = g, dy = 0."""
    return np.array(x)


independent.derivative(x=lambda g: g, y=lambda g, y: zeros_like(y))


@primitive
def straight(x: Array) -> Array:
    """x, in memory of its own; dx = g, and the second derivative is 0, instead of there being none."""
    return np.array(x)


straight.derivative(x=lambda g, x: flat(g, x))


@elementwise("float")
def logsigmoid(x: Array) -> Array:
    """log sigmoid(x) = min(x, 0) - log(1 + e**-|x|); dx = g sigmoid(-x)."""
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


logsigmoid.derivative(x=lambda g, x: g * sigmoid(-x))


@computed_by(kernels.softplus)
@elementwise("float")
def softplus(x: Array, beta: float = 1, threshold: float = 20) -> Array:
    """log(1 + e**(beta x)) / beta, and x where beta x > threshold; dx = g sigmoid(beta x), and g there."""
    return np.where(x * beta > threshold, x, np.log1p(np.exp(x * beta)) / beta)


softplus.derivative(
    x=lambda g, x, beta, threshold: g * where(gt(x * beta, threshold), 1, sigmoid(x * beta)),
)


@computed_by(kernels.relu)
@elementwise("common", kinds="uif")
def relu(x: Array) -> Array:
    """max(x, 0); dx = 0 where out is 0, else g (where it is NaN too)."""
    return np.maximum(x, 0)


relu.derivative(x=with_kernel(lambda g, out: flat(where(eq(out, 0), 0, g), out), kernels.relu_derivative))


@computed_by(kernels.leaky_relu)
@elementwise("common", kinds="f")
def leaky_relu(x: Array, slope: float) -> Array:
    """x where x > 0, else slope x; dx = g where x > 0, else slope g."""
    return np.where(x > 0, x, x * slope)


leaky_relu.derivative(x=lambda g, x, slope: flat(where(gt(x, 0), g, g * slope), x))


@computed_by(kernels.prelu)
@elementwise("common", kinds="f")
def prelu(x: Array, weight: Array) -> Array:
    """x where x > 0, else weight x; dx = g where x > 0, else g weight; dweight = 0 where x > 0, else g x."""
    return np.where(x > 0, x, x * weight)


prelu.derivative(
    x=lambda g, x, weight: flat(where(gt(x, 0), g, g * weight), x),
    weight=lambda g, x, weight: flat(where(gt(x, 0), 0, g * x), weight),
)


@computed_by(kernels.elu)
@elementwise("common", kinds="f")
def elu(x: Array, alpha: float, scale: float, inner: float) -> Array:
    """scale x, or scale alpha expm1(inner x) where x <= 0; dx = g scale, and g scale alpha inner e**(inner x) there."""
    return np.where(x > 0, x * scale, np.expm1(x * inner) * (alpha * scale))


elu.derivative(x=lambda g, x, alpha, scale, inner: g * (where(le(x, 0), _elu_slope(x, alpha, inner), 1) * scale))


def _elu_slope(x: Any, alpha: float, inner: float) -> Any:
    """alpha inner e**(inner x) where x <= 0. Elsewhere the result is not used, but it must not overflow.

    Its own derivative at 0 is 0, as PyTorch's is.
    """
    return exp(where(lt(x, 0), x, 0) * inner) * (alpha * inner)


@computed_by(kernels.hardtanh)
@elementwise("common", kinds="uif")
def hardtanh(x: Array, min: float, max: float) -> Array:
    """min(max(x, min), max), for min <= max; dx = 0 where out is min or max, else g."""
    return np.minimum(np.maximum(x, min), max)


hardtanh.derivative(x=lambda g, out, min, max: flat(where(logical_or(le(out, min), ge(out, max)), 0, g), out))


@elementwise("common")
def threshold(x: Array, threshold: float, value: float) -> Array:
    """x, but value where x <= threshold; dx = 0 there, else g."""
    return choose(x <= threshold, value, x).astype(x.dtype, copy=False)


threshold.derivative(x=lambda g, x, threshold: flat(where(le(x, threshold), 0, g), x))


@elementwise("common")
def hardshrink(x: Array, lambd: float) -> Array:
    """x, but 0 where |x| <= lambd; dx = 0 there, else g."""
    return choose(np.abs(x) <= lambd, 0, x)


hardshrink.derivative(x=lambda g, x, lambd: flat(where(le(abs(x), lambd), 0, g), x))


@elementwise("float")
def softshrink(x: Array, lambd: float) -> Array:
    """x moved towards 0 by lambd, and 0 where |x| <= lambd; dx = 0 there, else g."""
    return x - np.asarray(x).clip(-lambd, lambd)


softshrink.derivative(x=lambda g, x, lambd: flat(where(le(abs(x), lambd), 0, g), x))


@computed_by(kernels.hardswish)
@elementwise("float")
def hardswish(x: Array) -> Array:
    """x min(max(x + 3, 0), 6) / 6; dx = 0 where x < -3, g where x >= 3, else g (x / 3 + 1/2)."""
    return x * (np.asarray(x + 3).clip(0, 6) / 6)


hardswish.derivative(
    x=with_kernel(
        lambda g, x: where(le(x, -3), 0, where(ge(x, 3), g, g * (where(ge(abs(x), 3), 0, x) / 3 + 0.5))),
        kernels.hardswish_derivative,
    ),
)


@elementwise("float")
def mish(x: Array) -> Array:
    """x tanh(softplus(x)); dx = g (t + x (1 - t²) sigmoid(x)), with t = tanh(softplus(x))."""
    return x * np.tanh(softplus.forward(x))


mish.derivative(x=lambda g, x: g * _mish_slope(x, tanh(softplus(x, 1, 20))))


def _mish_slope(x: Any, t: Any) -> Any:
    return t + x * ((1 - t * t) * sigmoid(x))
