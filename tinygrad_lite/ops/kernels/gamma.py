"""The logarithm of the gamma function, its derivatives and the Hurwitz zeta function, which NumPy does not have."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .erf import in_blocks, polynomial

Array = np.ndarray[Any, np.dtype[Any]]

# log Γ(2 + z) / z for |z| <= 1/2, and ψ(x) / (x - x₀) for 1 <= x <= 2, where ψ(x₀) = 0: polynomials in a variable
# between -1 and 1, highest power first, which interpolate at the zeros of Chebyshev polynomials; computed with 45
# digits in mpmath. Their relative errors are 3e-19 and 5e-19.
_LOG_GAMMA = (
    1.2167067542304562e-13,
    -5.116584685713687e-13,
    1.5491338158886129e-12,
    -6.566709534240663e-12,
    2.923176066319201e-11,
    -1.2481202067269968e-10,
    5.339813130999916e-10,
    -2.3043112100202176e-09,
    1.0013314167996967e-08,
    -4.387338974983724e-08,
    1.942529474587772e-07,
    -8.716982450984518e-07,
    3.981793163166481e-06,
    -1.863677987501598e-05,
    9.032844783558553e-05,
    -0.0004615969392917596,
    0.0025726010534730713,
    -0.016838075263299536,
    0.1612335167120566,
    0.42278433509846713,
)
_DIGAMMA = (
    -9.720300404202244e-12,
    2.916093601085364e-11,
    -2.9161179626023815e-11,
    8.748420037436287e-11,
    -4.1555064115551965e-10,
    1.2466690231864029e-09,
    -3.509235492410718e-09,
    1.0528133851878114e-08,
    -3.1807298477301726e-08,
    9.543261570760428e-08,
    -2.8621216825577647e-07,
    8.589062683365892e-07,
    -2.578133701610713e-06,
    7.741234441368395e-06,
    -2.325823275895313e-05,
    6.99501882655044e-05,
    -0.00021074841284590126,
    0.0006368880303847901,
    -0.0019350666647392832,
    0.005936795278301875,
    -0.018550615381739702,
    0.06013562106019684,
    -0.21181371064073024,
    0.9510558760318328,
)
_ROOT, _ROOT_REST = 1.4616321449683622, 9.549995429965697e-17
"""x₀, to twice the precision."""

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)
"""The Bernoulli numbers B₂, B₄ …, of which the asymptotic series are made (DLMF 5.11.1, 5.11.2, 25.11.43)."""

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def lgamma(x: Any) -> Array:
    """log |Γ(x)| of each element (DLMF 5.2.1), inf at 0, at the negative integers and at ±inf.

    The error is a few units in the last place of the largest of the result, log x and 1: at its zeros among the
    negative numbers it is absolute. Float32 and float16 are computed in float64.

    >>> import numpy as np
    >>> lgamma(np.array([0.5, 1.0, 5.0, -1.0])).round(6)
    array([0.572365, 0.      , 3.178054,      inf])
    """
    return in_blocks(_lgamma, x, single=False)


def digamma(x: Any) -> Array:
    """ψ(x) = Γ'(x) / Γ(x) of each element (DLMF 5.2.2), ∓inf at ±0 and NaN at the negative integers.

    >>> import numpy as np
    >>> digamma(np.array([1.0, 10.0, 0.0])).round(6)
    array([-0.577216,  2.251753,      -inf])
    """
    return in_blocks(_digamma, x, single=False)


def polygamma(x: Any, order: int) -> Array:
    """The derivative of ψ(x) of this order: (-1)ⁿ⁺¹ n! ζ(n + 1, x) (DLMF 5.15.1).

    >>> import numpy as np
    >>> polygamma(np.array([1.0, 0.5]), 1).round(6)
    array([1.644934, 4.934802])
    """
    factor = float(math.factorial(order)) if order <= 170 else math.inf
    factor = factor if order % 2 else -factor
    return in_blocks(lambda part: factor * _zeta(np.array(order + 1.0), part), x, single=False)


@np.errstate(all="ignore")
def zeta(x: Any, q: Any) -> Array:
    """The Hurwitz zeta function Σ (q + k)⁻ˣ of the elements, for k from 0 (DLMF 25.11.1).

    It is NaN for x < 1, and for a negative q unless x is a whole number.

    >>> import numpy as np
    >>> zeta(np.array([2.0, 4.0]), np.array([1.0, 1.0])).round(6)
    array([1.644934, 1.082323])
    """
    dtype = np.result_type(x, q)
    x, q = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(q, np.float64))
    return _zeta(x, q).astype(dtype, copy=False)


def _lgamma(x: Array) -> Array:
    near = np.clip(np.where(np.isnan(x), 1, x), -20, 10)
    out = _by_recurrence(near)
    large = np.abs(x)
    stirling = np.where(large >= 10, large, 10)
    stirling = (stirling - 0.5) * (np.log(stirling) - 1) + (_HALF_LOG_2PI - 0.5) + stirling_rest(stirling)
    out = np.where(x > 10, stirling, out)
    distance = x - np.rint(x)
    reflected = math.log(math.pi) - np.log(large * np.abs(np.sin(math.pi * distance))) - stirling
    out = np.where(x < -20, reflected, out)
    out[(large == math.inf) | ((x <= 0) & (distance == 0))] = math.inf
    out[np.isnan(x)] = math.nan
    return out


def _by_recurrence(x: Array) -> Array:
    """log |Γ(x)| for -20 <= x <= 10, from Γ(x + 1) = x Γ(x) and values between 3/2 and 5/2."""
    steps = np.rint(x) - 2
    rest = np.where(np.abs(x) <= 0.5, x, x - (steps + 2))
    product = np.ones_like(x)
    for k in range(8):  # the largest is (x - 1) (x - 2) … (rest + 2)
        product *= np.where(k < steps, x - (k + 1), 1)
    divisor = np.ones_like(x)
    for k in range(22):
        divisor *= np.where(k < -steps, np.abs(x + k), 1)
    return rest * polynomial(2 * rest, _LOG_GAMMA) + (np.log(product) - np.log(divisor))


def lgamma_1p(z: Array) -> Array:
    """log Γ(1 + z) for 0 <= z <= 1, which is accurate for a small z, too."""
    near = np.minimum(z, 0.5)
    return np.where(z <= 0.5, near * polynomial(2 * near, _LOG_GAMMA) - np.log1p(near), _by_recurrence(1 + z))


def gamma_between_1_and_11(x: Array) -> Array:
    """Γ(x), by the same recurrence."""
    steps = np.rint(x) - 2
    rest = x - (steps + 2)
    out = np.exp(rest * polynomial(2 * rest, _LOG_GAMMA))
    for k in range(9):
        out *= np.where(k < steps, x - (k + 1), 1)
    return np.where(steps < 0, out / x, out)


def stirling_rest(x: Array) -> Array:
    """Σ B₂ₖ / (2k (2k - 1) x²ᵏ⁻¹), what log Γ(x) is larger by than Stirling's formula, for x >= 10."""
    square = 1 / (x * x)
    total = np.zeros_like(x)
    for k in range(8, 0, -1):
        total *= square
        total += _BERNOULLI[k - 1] / (2 * k * (2 * k - 1))
    return total / x


def _digamma(x: Array) -> Array:
    pole = (x <= 0) & (x == np.rint(x))
    reflected = np.where(pole, 1, np.where(x < 0, 1 - x, x))
    steps = np.clip(np.floor(reflected), 0, 10) - 1
    rest = np.where(reflected < 10, reflected - steps, 1.5)
    near = ((rest - _ROOT) - _ROOT_REST) * polynomial(2 * rest - 3, _DIGAMMA)
    near -= np.where(steps < 0, 1 / reflected, 0)
    for k in range(8):
        near += np.where(k < steps, 1 / (rest + k), 0)
    large = np.where(reflected < 10, 10, reflected)
    square = 1 / (large * large)
    series = np.zeros_like(x)
    for k in range(9, 0, -1):
        series += _BERNOULLI[k - 1] / (2 * k)
        series *= square
    far = np.log(large) - 0.5 / large - series
    out = np.where(reflected < 10, near, far)
    out -= np.where(x < 0, math.pi / np.tan(math.pi * (x - np.rint(x))), 0)
    return np.where(pole, np.where(x == 0, np.copysign(math.inf, -x), math.nan), out)


def _zeta(x: Array, q: Array) -> Array:
    """Compute `zeta`. For q <= 0 the terms of the sum in which q + k is negative are a difference of two such sums."""
    out = _hurwitz(x, np.where(q > 0, q, 1))
    if (q <= 0).any():
        whole = np.floor(-q)
        fraction = -q - whole
        sign = np.where(np.fmod(x, 2) == 0, 1.0, -1.0)
        before = _hurwitz(x, np.where(q <= 0, fraction, 1)) - _hurwitz(x, np.where(q <= 0, 1 - q, 1))
        across = _hurwitz(x, np.where(q <= 0, 1 - fraction, 1)) + sign * before
        across = np.where(fraction == 0, math.inf, across)
        out = np.where(q > 0, out, np.where(x == np.rint(x), across, math.nan))
    return np.where(x == 1, math.inf, np.where(x < 1, math.nan, out)) + 0 * np.where(np.isinf(q), 0, q)


def _hurwitz(x: Array, q: Array) -> Array:
    """Σ (q + k)⁻ˣ for x > 1 and q > 0: ten terms, and the rest by the formula of Euler and Maclaurin."""
    total = q**-x
    for k in range(1, 10):
        total = total + (q + k) ** -x
    far = q + 10
    series = np.zeros_like(far)
    for k in range(9, 0, -1):  # B₂ₖ / (2k)! x (x + 1) … (x + 2k - 2) / far²ᵏ⁻¹
        series = (series * ((x + 2 * k - 1) / far) * ((x + 2 * k) / far)) + _BERNOULLI[k - 1] / math.factorial(2 * k)
    return total + far ** (1 - x) * (1 / (x - 1) + 0.5 / far + series * x / far / far)
