"""The table of losses whose derivative is not that of a formula in other primitives, or is a simpler one."""

from __future__ import annotations

import numpy as np

from ..core.primitive import Array, elementwise
from .activation import hardtanh
from .elementwise import clamp, log, log1p, maximum, sigmoid
from .kernels import elementwise as kernels
from .kernels.attach import computed_by, with_kernel

LEAST_LOG = -100.0
"""The least value of a logarithm in a binary cross entropy, so that the loss of one element is at most 100."""


@elementwise("float")
def binary_cross_entropy(x: Array, y: Array) -> Array:
    """-y log x - (1 - y) log(1 - x); dx = g (x - y) / (x (1 - x)), dy = g (log(1 - x) - log x).

    As in PyTorch each logarithm is at least -100, and the divisor of dx at least 1e-12. So the derivative is finite
    where a logarithm was bounded, and 0 where x = y = 0 or x = y = 1.
    """
    return (y - 1) * np.maximum(np.log1p(-x), LEAST_LOG) - y * np.maximum(np.log(x), LEAST_LOG)


binary_cross_entropy.derivative(
    x=lambda g, x, y: g * (x - y) / maximum(x * (1 - x), 1e-12),
    y=lambda g, x: g * (maximum(log1p(-x), LEAST_LOG) - maximum(log(x), LEAST_LOG)),
)


@computed_by(kernels.binary_cross_entropy_with_logits)
@elementwise("float")
def binary_cross_entropy_with_logits(x: Array, y: Array) -> Array:
    """(1 - y) x - log sigmoid(x); dx = g (1 - y - sigmoid(-x)), dy = -g x."""
    return (1 - y) * x - np.minimum(x, 0) + np.log1p(np.exp(-np.abs(x)))


binary_cross_entropy_with_logits.derivative(
    x=with_kernel(lambda g, x, y: g * (1 - y - sigmoid(-x)), kernels.binary_cross_entropy_with_logits_derivative),
    y=lambda g, x: g * -x,
)


@elementwise("float")
def huber(x: Array, delta: float) -> Array:
    """x² / 2 where |x| <= delta, else delta (|x| - delta / 2); dx = g clamp(x, -delta, delta).

    Its second derivative at -delta and delta is 0, as PyTorch's is.
    """
    inner = clamp.forward(x, -delta, delta)
    return inner * (x - 0.5 * inner)


huber.derivative(x=lambda g, x, delta: g * hardtanh(x, -delta, delta))
