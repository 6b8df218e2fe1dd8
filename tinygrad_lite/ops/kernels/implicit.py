"""Derivatives of random numbers by the parameters of their distribution: implicit reparameterization.

For a number x with the distribution function F(x, a), dx/da = -(∂F/∂a) / (∂F/∂x) (Figurnov, Mohamed and Mnih, 2018).
PyTorch has approximations of up to 5e-4; here they are computed by series to about 1e-7 or better.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .gamma import digamma

Array = np.ndarray[Any, np.dtype[Any]]

_MANY = 200  # from this shape on, a gamma distribution is close enough to a normal one for an expansion


@np.errstate(all="ignore")
def gamma_slope(concentration: Any, x: Any) -> Array:
    """The derivative of a gamma distributed number of rate 1 by its concentration.

    >>> gamma_slope(np.array([1.0, 1000.0]), np.array([1.0, 1000.0])).round(6)
    array([1.173563, 1.000167])
    """
    dtype = np.result_type(concentration.dtype, x.dtype)
    a, x = np.broadcast_arrays(np.asarray(concentration, np.float64), np.asarray(x, np.float64))
    few = a < _MANY
    out = np.where(few, 1.0, _by_expansion(np.where(few, _MANY, a), np.where(few, _MANY, x)))
    if few.any():
        out[few] = _by_series(a[few], x[few])
    return out.astype(dtype, copy=False)


def _by_series(a: Array, x: Array) -> Array:
    """P(a, x) = Σ xᵃ⁺ⁿ e⁻ˣ / Γ(a + n + 1), whose terms are each differentiated; by x it is xᵃ⁻¹ e⁻ˣ / Γ(a)."""
    x = np.minimum(x, a + 40 * np.sqrt(a) + 800)  # beyond, no number is ever drawn
    term, slope = np.ones_like(x), np.log(x) - digamma(a + 1)
    total, n = slope.copy(), 0
    while n < 5000 and (np.abs(term) * (1 + np.abs(slope)) > 1e-17 * np.abs(total)).any():
        n += 1
        term *= x / (a + n)
        slope -= 1 / (a + n)
        total += term * slope
    return -total * x / a


def _by_expansion(a: Array, x: Array) -> Array:
    """The expansion of Cornish and Fisher: x = a + √a z + (z² - 1) / 3 + (z³ - 7 z) / (36 √a) - …, for a fixed z."""
    root = np.sqrt(a)
    z = (x - a) / root
    for _ in range(30):
        rest = (z * z - 1) / 3 + (z**3 - 7 * z) / (36 * root) - (3 * z**4 + 7 * z**2 - 16) / (810 * a)
        z = (x - a - rest) / root
    return 1 + z / (2 * root) - (z**3 - 7 * z) / (72 * a * root) + (3 * z**4 + 7 * z**2 - 16) / (810 * a * a)


@np.errstate(all="ignore")
def dirichlet_slope(x: Any, concentration: Any, total: Any) -> Array:
    """The derivative of one number of a Dirichlet distribution by its concentration, divided by 1 - x.

    The number alone has a beta distribution, with the concentrations a and b = total - a. Its distribution function is
    a series of terms of one sign on either side; taken is the side where they decrease from the first on.

    >>> dirichlet_slope(np.array([0.5]), np.array([1.0]), np.array([2.0])).round(6)
    array([0.693147])
    """
    dtype = np.result_type(x.dtype, concentration.dtype, total.dtype)
    x, a, total = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (x, concentration, total)))
    b = total - a
    left = x * total < a
    # With u the smaller side's number and p, q its and the other's concentration, the terms of its probability are
    # t_n = uᵖ⁺ⁿ (1 - u)^q Γ(p + q + n) / (Γ(q) Γ(p + 1 + n)), and t_0 is p⁻¹ u (1 - u) times the density.
    u, p = np.where(left, x, 1 - x), np.where(left, a, b)
    slope = np.log(x) + digamma(total) - np.where(left, digamma(a + 1), digamma(a))
    term = np.ones_like(x)
    sum_, n = slope.copy(), 0
    while n < 20000 and (np.abs(term) * (1 + np.abs(slope)) > 1e-17 * np.abs(sum_)).any():
        term *= u * (total + n) / (p + 1 + n)
        slope += 1 / (total + n) - np.where(left, 1 / (a + 1 + n), 0)
        sum_ += term * slope
        n += 1
    # dF/da is the sum on the left and minus it on the right; divided by the density and by 1 - x
    out = np.where(left, -sum_ * x / p, sum_ * x / p)
    return out.astype(dtype, copy=False)
