"""The error function erf and its complement erfc, which NumPy does not have."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .selection import choose

Array = np.ndarray[Any, np.dtype[Any]]

# With a = |x| (Abramowitz and Stegun 7.1, DLMF chapter 7):
#     erf(x)  = x + x * near(x**2)                                     near 0
#     erfc(a) = exp(-a**2) * t * far(s),  t = 1 / (a + 3)              elsewhere; s is linear in t
# The polynomials, highest power first, are minimax: found by the exchange algorithm of Remez with 45 digits in
# mpmath, for the relative error of erf (near, |x| < 1) and of erfc (_FAR_ERFC, 1/2 to 27.3), and for the absolute
# error of erfc, which is what 1 - erfc needs, in the others (1 to 6, single precision to 4). Their errors are
# 7e-18 (_NEAR), 1e-18 (_FAR), 2e-17 (_FAR_ERFC), 1e-9 (_NEAR_SINGLE) and 3e-9 (_FAR_SINGLE).
_NEAR = (
    -7.779462971758347e-10,
    1.371098870418608e-08,
    -1.6206318752965553e-07,
    1.6447132699784248e-06,
    -1.4924712439533532e-05,
    0.00012055293586936385,
    -0.0008548325929766059,
    0.005223977606130813,
    -0.026866170643113394,
    0.112837916709442,
    -0.3761263890318352,
    0.12837916709551256,
)
_FAR = (
    -4.181835389251737e-09,
    1.5198306967603207e-08,
    1.7069639878609835e-07,
    -3.9895698241316767e-07,
    -8.740774726785392e-06,
    -1.7342593488018547e-05,
    0.0003755145001400378,
    0.004351143892396447,
    0.027234194076684013,
    0.121318758782908,
    0.4168468087858606,
    1.1402341851975657,
)
_FAR_ERFC = (
    -3.2132191102364584e-11,
    -8.720892883322388e-11,
    5.548598664390961e-10,
    9.255132955894714e-10,
    -6.144396916360574e-09,
    -6.1617868303095775e-09,
    6.18750295477705e-08,
    4.694152609457612e-08,
    -6.413637049853741e-07,
    -6.804408615710095e-07,
    6.9642509534432776e-06,
    1.531767459847786e-05,
    -6.847750019768319e-05,
    -0.0003636469315830765,
    8.844657300655188e-06,
    0.00641695721311627,
    0.03515226568825435,
    0.11881585857231565,
    0.3007976982396066,
    0.6098546421539671,
    1.0210263338171548,
)
_NEAR_SINGLE = (
    7.85365491e-05,
    -0.000801014539,
    0.00518832439,
    -0.0268538118,
    0.112835852,
    -0.376126258,
    0.128379166,
)
_FAR_SINGLE = (0.00196389614, 0.0145138603, 0.0852570953, 0.36943232, 1.2391671)

# 2 Φ(x) - 1 = tanh(x p(x²)): a minimax polynomial for the absolute error of Φ, by Lawson's iteration. Its error is
# 3e-8, and where Φ is 0 or 1 in float32 x p(x²) is large.
_CDF_SINGLE = (
    1.7561731e-09,
    -1.3226342e-07,
    3.9647452e-06,
    -5.5306197e-05,
    -3.2594966e-05,
    0.036333084,
    0.7978849,
)

_BLOCK = 16384  # the number of elements computed at a time, so that intermediate arrays stay in the cache


def erf(x: Any) -> Array:
    """The error function, 2 / sqrt(pi) times the integral of exp(-t**2) from 0 to x, of each element (DLMF 7.2.1).

    The shape and floating dtype are those of x (float64 for other numbers). Relative error below 3e-16 in float64,
    and below 1.4e-7 (2 units in the last place) in float32; float16 is computed in float32.

    >>> import numpy as np
    >>> erf(np.array([0.0, 0.5, -np.inf])).round(6)
    array([ 0.    ,  0.5205, -1.    ])
    """
    return in_blocks(_erf, x, single=True)


def erfc(x: Any) -> Array:
    """The complementary error function 1 - erf(x) of each element, accurate where that is small (DLMF 7.2.2).

    The shape and floating dtype are those of x (float64 for other numbers). Relative error below 1e-15 in float64,
    as long as the result is not subnormal (from x = 26.5 on); computed in float64 whatever the dtype.

    >>> import numpy as np
    >>> erfc(np.array([0.0, 10.0, -np.inf]))
    array([1.00000000e+00, 2.08848758e-45, 2.00000000e+00])
    """
    return in_blocks(_erfc, x, single=False)


def normal_cdf(x: Any) -> Array:
    """Φ(x) = (1 + erf(x / √2)) / 2, the distribution function of the normal distribution, of each element (DLMF 7.1).

    The shape and floating dtype are those of x (float64 for other numbers). The error is below 2e-16 in float64, and
    below 1.3e-7 (about that of 1 + erf) in float32; float16 is computed in float32.

    >>> import numpy as np
    >>> normal_cdf(np.array([0.0, 1.0, -np.inf])).round(6)
    array([0.5     , 0.841345, 0.      ])
    """
    return in_blocks(_normal_cdf, x, single=True)


def _normal_cdf(x: Array) -> Array:
    if x.dtype == np.float64:
        return (1 + _erf(x * _SQRT_HALF)) * 0.5
    (half,) = _as_arrays((0.5,), x.dtype)
    y = polynomial(x * x, _CDF_SINGLE)
    y *= x
    np.tanh(y, out=y)
    y *= half
    y += half
    return y


_SQRT_HALF = 0.5**0.5


@np.errstate(all="ignore")  # every branch is computed for every element, and small numbers underflow as they should
def in_blocks(kernel: Callable[[Array], Array], x: Any, single: bool) -> Array:
    """A kernel of one-dimensional arrays on x, piece by piece; `single` where it can compute in float32."""
    x = np.asarray(x)
    if x.dtype.kind != "f":
        x = x.astype(np.float64)
    work = np.float32 if single and x.dtype.itemsize <= 4 else np.float64
    result: Array = np.empty(x.shape, x.dtype)
    source, target = x.reshape(-1), result.reshape(-1)
    for start in range(0, x.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        target[part] = kernel(source[part].astype(work, copy=False))
    return result


def _erf(x: Array) -> Array:
    double = x.dtype == np.float64
    a = np.minimum(np.abs(x), 6 if double else 4)  # from there on erf is 1
    square = a * a
    near = polynomial(square, _NEAR if double else _NEAR_SINGLE)
    near *= x
    near += x
    t = 1 / (a + 3)
    far = polynomial(14 * t - 2.5, _FAR) if double else polynomial(18 * t - 3.5, _FAR_SINGLE)
    far *= t
    far *= np.exp(np.negative(square, out=square), out=square)
    np.subtract(1, far, out=far)
    return choose(a < 1, near, np.copysign(far, x, out=far))


def _erfc(x: Array) -> Array:
    a = np.minimum(np.abs(x), 27.3)  # from there on erfc is 0
    square = a * a
    near = 1 - _near(x, square)
    # exp would make the rounding error of a * a a relative error up to 700 times as large. But that error is known: the
    # upper half of the bits of a has an exact square, and exp(-error) is 1 - error.
    upper = (a.view(np.int64) & -(1 << 27)).view(np.float64)
    error = (upper * upper - square) + (a - upper) * (a + upper)
    far = _far(a)
    far -= far * error
    far *= np.exp(np.negative(square, out=square), out=square)
    return choose(a < 0.5, near, choose(x < 0, 2 - far, far))


def _near(x: Array, square: Array) -> Array:
    """erf(x) for |x| < 1, in float64."""
    out = polynomial(square, _NEAR)
    out *= x
    out += x
    return out


def _far(a: Array) -> Array:
    """exp(a**2) erfc(a) for 1/2 <= a <= 27.3."""
    t = 1 / (a + 3)
    return t * polynomial(8 * t - 1.25, _FAR_ERFC)


def scaled_far(a: Array) -> Array:
    """exp(a**2) erfc(a) for 0 <= a <= 27.3, in float64."""
    square = np.minimum(a * a, 1)
    return choose(a < 0.5, np.exp(square) * (1 - _near(a, square)), _far(a))


def polynomial(x: Array, coefficients: tuple[float, ...]) -> Array:
    """The value by Horner's rule, highest power first."""
    first, second, *others = _as_arrays(coefficients, x.dtype)
    y = np.asarray(x * first)
    y += second
    for c in others:
        y *= x
        y += c
    return y


@functools.cache
def _as_arrays(numbers: tuple[float, ...], dtype: np.dtype[Any]) -> tuple[Array, ...]:
    """Numbers as arrays of a dtype: NumPy would convert a Python number again in each call."""
    return tuple(np.asarray(number) for number in np.array(numbers, dtype))
