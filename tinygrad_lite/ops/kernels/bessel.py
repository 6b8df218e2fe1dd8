"""The modified Bessel functions of the first kind, of whole orders, which NumPy has for the order 0 alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .erf import in_blocks, polynomial

Array = np.ndarray[Any, np.dtype[Any]]

# √x e⁻ˣ I(x) of the orders 0 and 1 for x >= 8, polynomials in 16 / x - 1, highest power first, which interpolate at the
# zeros of Chebyshev polynomials; computed with 45 digits in mpmath. Their relative errors are 5e-18.
_ORDER_0 = (
    2.0820835852793106e-11,
    -5.905024573995148e-11,
    -1.5066113686101474e-10,
    4.4789181847911815e-10,
    5.122212147228388e-10,
    -1.5930354799216344e-09,
    -1.1448789558755036e-09,
    3.5985362919394714e-09,
    2.1053080134403423e-09,
    -5.91556056510856e-09,
    -3.905230623712341e-09,
    7.406235049001522e-09,
    7.737147033780934e-09,
    -5.394456734259438e-09,
    -1.346629294837396e-08,
    -6.750552282740284e-09,
    7.566352487698237e-09,
    2.15488936175863e-08,
    3.932437699533459e-08,
    8.872214307451732e-08,
    2.9735996224521226e-07,
    1.4838475687894938e-06,
    1.1143033787545386e-05,
    0.00013621607439186705,
    0.0033605519836678944,
    0.4021765094450081,
)
_ORDER_1 = (
    -1.9677083272584384e-11,
    6.135932778393812e-11,
    1.417650842869536e-10,
    -4.6561597954216946e-10,
    -4.798751536934023e-10,
    1.657764699456319e-09,
    1.0715528639398075e-09,
    -3.75344338735913e-09,
    -1.992076551203188e-09,
    6.202984113000443e-09,
    3.803814960536081e-09,
    -7.863004697555056e-09,
    -7.816968266767898e-09,
    5.963645798166707e-09,
    1.408852075202545e-08,
    6.737493433374833e-09,
    -8.43880090582137e-09,
    -2.337446787242448e-08,
    -4.312778920167609e-08,
    -1.0001282610189342e-07,
    -3.4838567401229716e-07,
    -1.8349101357991557e-06,
    -1.5038547197358572e-05,
    -0.00021923576383382282,
    -0.009749577193235768,
    0.38939845902587233,
)


def bessel_i(x: Any, order: int, scaled: bool = False) -> Array:
    """I(x) of a whole order, of each element (DLMF 10.25.2); `scaled`, times e^(-|x|).

    Near 0 by the power series, whose terms have one sign; elsewhere from the orders 0 and 1, by recurrence upwards.

    >>> import numpy as np
    >>> bessel_i(np.array([0.0, 1.0, -2.0]), 1).round(6)
    array([ 0.      ,  0.565159, -1.590637])
    """
    order = abs(order)
    return in_blocks(lambda part: _bessel_i(part, order, scaled), x, single=False)


def _bessel_i(x: Array, order: int, scaled: bool) -> Array:
    a = np.abs(x)
    limit = max(8, 3 * order)
    near = _power_series(np.minimum(a, limit), order)
    far = np.maximum(a, limit)
    lower, upper = polynomial(16 / far - 1, _ORDER_0), polynomial(16 / far - 1, _ORDER_1)
    if order == 0:
        upper = lower
    for n in range(1, order):
        lower, upper = upper, lower - 2 * n / far * upper
    upper = upper / np.sqrt(far)
    if scaled:
        near *= np.exp(-a)
    else:
        half = np.exp(0.5 * far)  # e^far itself overflows earlier than the result
        upper = np.where(far == math.inf, math.inf, half * upper * half)
    out = np.where(a < limit, near, upper)
    return np.where(x < 0, -out, out) if order % 2 else out


def _power_series(x: Array, order: int) -> Array:
    """(x / 2)ⁿ Σ (x² / 4)ᵏ / (k! (k + n)!)."""
    half = 0.5 * x
    square = half * half
    terms = 32 + 3 * order
    total = np.zeros_like(x)
    for k in range(terms, 0, -1):
        total += 1
        total *= square / (k * (k + order))
    total += 1
    for k in range(1, order + 1):
        total *= half / k
    return total
