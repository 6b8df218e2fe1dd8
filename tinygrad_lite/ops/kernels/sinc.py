"""The derivatives of the cardinal sine, of every order, without the cancellation of quotients near 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def sinc(x: Any, order: int = 0) -> Any:
    """The derivative of this order of sin(π x) / (π x); float16 is computed in float32.

    With u = π x and f(u) = sin(u) / u, u f⁽ⁿ⁾ + n f⁽ⁿ⁻¹⁾ = sin⁽ⁿ⁾(u) gives one derivative after the other. Each step
    multiplies the rounding error by n / u, so where u is less than the order the power series is taken instead.
    """
    x = np.asarray(x)
    u = np.asarray(x * math.pi if x.itemsize > 2 else x.astype(np.float32) * math.pi)
    near = np.abs(u) < order if order else u == 0
    safe = np.where(near, u.dtype.type(1), u) if near.any() else u
    out = np.asarray(np.sin(safe))
    out /= safe
    for n in range(1, order + 1):
        out *= -n
        out += _SINES[n % 4](safe)
        out /= safe
    out *= math.pi**order
    if safe is not u:
        out[near] = _series(u[near], order) * math.pi**order
    return out.astype(x.dtype, copy=False)


_SINES = (np.sin, np.cos, lambda u: -np.sin(u), lambda u: -np.cos(u))
"""The sine and its derivatives, which repeat after four."""


def _series(u: Array, order: int) -> Array:
    """Σ ± u²ᵏ / (2k + 1)!, differentiated term by term: (2k)! / (2k - n)! u²ᵏ⁻ⁿ for each power."""
    first = last = (order + 1) // 2
    while order ** (2 * last - order) / math.factorial(2 * last - order) > np.finfo(u.dtype).eps / 100:
        last += 1
    u = u.astype(np.float64, copy=False)
    square = u * u
    total = np.zeros_like(u)
    for k in range(last, first - 1, -1):
        power = 2 * k - order
        slope = math.prod(range(power + 1, 2 * k + 1)) / math.factorial(2 * k + 1)
        total *= square
        total += -slope if k % 2 else slope
    return total * u if order % 2 else total
