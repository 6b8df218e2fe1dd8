"""The derivatives of the cardinal sine, of every order, without the cancellation of quotients near 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def sinc(x: Any, order: int = 0) -> Any:
    """The derivative of this order of sin(π x) / (π x), computed in float64.

    With u = π x and f(u) = sin(u) / u, u f⁽ⁿ⁾ + n f⁽ⁿ⁻¹⁾ = sin⁽ⁿ⁾(u) gives one derivative after the other. Each step
    multiplies the rounding error by n / u, so where u is less than the order the power series is taken instead.
    """
    u = np.asarray(x, np.float64) * math.pi
    near = np.abs(u) < max(order, 1e-3)
    safe = np.where(near, 1, u)
    out = np.sin(safe) / safe
    for n in range(1, order + 1):
        out = (_SINES[n % 4](safe) - n * out) / safe
    out = np.where(near, _series(np.where(near, u, 0), order), out) * math.pi**order
    return out.astype(np.result_type(x))


_SINES = (np.sin, np.cos, lambda u: -np.sin(u), lambda u: -np.cos(u))
"""The sine and its derivatives, which repeat after four."""


def _series(u: Array, order: int) -> Array:
    """Σ ± u²ᵏ / (2k + 1)!, differentiated term by term: (2k)! / (2k - n)! u²ᵏ⁻ⁿ for each power."""
    first = (order + 1) // 2
    total, k = np.zeros_like(u), first + 10 + order
    while k >= first:
        power = 2 * k - order
        slope = math.prod(range(power + 1, 2 * k + 1)) / math.factorial(2 * k + 1)
        total = total * (u * u) + (-slope if k % 2 else slope)
        k -= 1
    return total * u if order % 2 else total
