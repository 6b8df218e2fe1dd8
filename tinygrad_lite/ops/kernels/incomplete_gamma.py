"""The regularized incomplete gamma functions P and Q, which NumPy does not have."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .erf import erfc, polynomial
from .gamma import gamma_between_1_and_11, lgamma_1p, stirling_rest

Array = np.ndarray[Any, np.dtype[Any]]

# The first coefficients of Temme's uniform expansion (DLMF 8.12.8): a row for each power of 1 / a, in powers of η, the
# highest first. Computed with fractions from the recurrence DLMF 8.12.10.
_TEMME = (
    (
        1.1004392031956135e-13,
        -5.0276692801141755e-12,
        2.4361948020667415e-11,
        -5.830772132550426e-11,
        -2.5514193994946248e-11,
        9.14769958223679e-10,
        -4.382036018453353e-09,
        1.0261809784240309e-08,
        6.707853543401498e-09,
        -1.7665952736826078e-07,
        8.296711340953087e-07,
        -1.85406221071516e-06,
        -2.185448510679992e-06,
        3.919263178522438e-05,
        -0.0001787551440329218,
        0.0003527336860670194,
        0.0011574074074074073,
        -0.014814814814814815,
        0.08333333333333333,
        -0.3333333333333333,
    ),
    (
        6.067215101604758e-14,
        -8.56390702649298e-11,
        4.162792991842583e-10,
        -1.0091543710600413e-09,
        -1.7543241719747647e-11,
        1.1951628599778148e-08,
        -5.752545603517705e-08,
        1.378633446915721e-07,
        4.647127802807434e-09,
        -1.6120900894563446e-06,
        7.64916091608111e-06,
        -1.8098550334489977e-05,
        -4.018775720164609e-07,
        0.00020576131687242798,
        -0.0009902263374485596,
        0.0026455026455026454,
        -0.003472222222222222,
        -0.001851851851851852,
    ),
    (
        9.428356159014678e-13,
        -1.3670488396617114e-09,
        6.228974084922022e-09,
        -1.409252991086752e-08,
        -2.0477098421990866e-10,
        1.4280614206064242e-07,
        -6.298992138380055e-07,
        1.3721957309062934e-06,
        3.423578734096138e-08,
        -1.2760635188618728e-05,
        5.2923448829120125e-05,
        -0.0001073665322636516,
        2.0093878600823047e-06,
        0.0007716049382716049,
        -0.0026813271604938273,
        0.004133597883597883,
    ),
    (
        2.3928620439808118e-12,
        -1.9111168485973655e-08,
        8.099464905388083e-08,
        -1.6958404091930278e-07,
        -2.7861080291528143e-11,
        1.4230900732435883e-06,
        -5.6749528269915965e-06,
        1.1082654115347302e-05,
        -2.396505113867297e-07,
        -7.561801671883977e-05,
        0.00026772063206283885,
        -0.0004691894943952557,
        0.00022947209362139917,
        0.0006494341563786008,
    ),
    (
        2.956794137544049e-11,
        -2.292934834000805e-07,
        8.907507532205309e-07,
        -1.6954149536558305e-06,
        2.507497226237533e-10,
        1.1375726970678419e-05,
        -3.968365047179435e-05,
        6.641498215465122e-05,
        -1.4638452578843418e-06,
        -0.0002990724803031902,
        0.0007840392217200666,
        -0.0008618882909167117,
    ),
    (
        -3.252473551298454e-10,
        -2.291481176508095e-06,
        8.018470256334202e-06,
        -1.3594048189768693e-05,
        1.419062920643967e-07,
        6.797780477937208e-05,
        -0.00019932570516188847,
        0.0002772753244959392,
        -6.972813758365857e-05,
        -0.00033679855336635813,
    ),
    (
        -3.0796134506033047e-09,
        -1.8329116582843375e-05,
        5.61168275310625e-05,
        -8.153969367561969e-05,
        7.902353232660328e-07,
        0.0002708782096718045,
        -0.0005921664373536939,
        0.0005313079364639922,
    ),
    (
        -1.2741009095484485e-07,
        -0.00010976582244684731,
        0.0002812695154763237,
        -0.00033493161081142234,
        5.171790908260592e-05,
        0.00034436760689237765,
    ),
)


def igamma(a: Any, x: Any) -> Array:
    """P(a, x): the probability that a gamma distributed number of shape a is less than x (DLMF 8.2.4).

    >>> import numpy as np
    >>> igamma(np.array([1.0, 1000.0]), np.array([1.0, 1000.0])).round(6)
    array([0.632121, 0.504205])
    """
    return _regularized(a, x, upper=False)


def igammac(a: Any, x: Any) -> Array:
    """Q(a, x) = 1 - P(a, x), accurate where that is small.

    >>> import numpy as np
    >>> igammac(np.array([1.0, 3.0]), np.array([100.0, 0.0]))
    array([3.72007598e-44, 1.00000000e+00])
    """
    return _regularized(a, x, upper=True)


@np.errstate(all="ignore")
def _regularized(a: Any, x: Any, upper: bool) -> Array:
    dtype = np.result_type(a, x)
    a, x = np.broadcast_arrays(a, x)
    a, x = a.astype(np.float64), x.astype(np.float64)
    out = np.full(a.shape, math.nan)
    out[((x == 0) & (a > 0)) | ((a == math.inf) & (x >= 0) & (x < math.inf))] = upper
    out[((a == 0) & (x > 0)) | ((x == math.inf) & (a >= 0) & (a < math.inf))] = not upper
    regular = (a > 0) & (x > 0) & np.isfinite(a) & np.isfinite(x)
    temme = regular & (a > 200) & (np.abs(x - a) < 0.4 * a)
    fraction = regular & ~temme & (x > a + 1) & (x > 1.1)
    small = regular & (x <= 1.1) & np.where(x <= 0.5, a * np.log(x) > -0.4, a < 0.75 * x) & upper
    series = regular & ~temme & ~fraction & ~small
    for where, method, gives_upper in (
        (temme, _temme_upper if upper else _temme_lower, upper),
        (fraction, _fraction, True),
        (small, _small, True),
        (series, _series, False),
    ):
        if where.any():
            value = method(a[where], x[where])
            out[where] = value if gives_upper == upper else 1 - value
    return out.astype(dtype, copy=False)


def log1p_rest(u: Array) -> Array:
    """log(1 + u) - u without cancellation: with r = u / (2 + u), log(1 + u) is 2 artanh r, and u - 2 r is r u."""
    r = u / (2 + u)
    square = r * r
    total = np.zeros_like(u)
    for k in range(15, 0, -1):
        total += 1 / (2 * k + 1)
        total *= square
    return np.where(np.abs(u) < 0.5, r * (2 * total - u), np.log1p(u) - u)


def density(a: Array, x: Array) -> Array:
    """xᵃ e⁻ˣ / Γ(a + 1), for positive numbers."""
    few = np.minimum(a, 10)
    near = np.minimum(x, 1e30) ** few * np.exp(-x) / gamma_between_1_and_11(few + 1)
    many = np.maximum(a, 10)
    ratio = x / many
    exponent = np.where(ratio < 0.5, np.log(ratio) - (x - many) / many, log1p_rest((x - many) / many))
    far = np.exp(many * exponent - stirling_rest(many)) / np.sqrt(2 * math.pi * many)
    return np.where(a < 10, near, far)


def _series(a: Array, x: Array) -> Array:
    """P by its power series (DLMF 8.11.4), whose terms are positive."""
    term, total, n = np.ones_like(x), np.ones_like(x), 0
    while n < 2000 and (term > 1e-17 * total).any():
        n += 1
        term *= x / (a + n)
        total += term
    return density(a, x) * total


def _fraction(a: Array, x: Array) -> Array:
    """Q by its continued fraction (DLMF 8.9.2), from a depth at which it has converged for every element.

    From the inside out the roundings of deeper levels shrink. Forwards, as Lentz does it, they add up.
    """
    b = x + 1 - a
    # Found in extended precision for all a and x that come here: this many levels leave an error below 1e-17.
    depth = math.ceil((7 + 95 * x**-0.75 + 3.3 * np.sqrt(np.minimum(a, 200))).max())
    denominator = b + 2 * depth
    for k in range(depth, 0, -1):
        denominator = b + 2 * (k - 1) - k * (k - a) / denominator
    return density(a, x) * a / denominator


def _small(a: Array, x: Array) -> Array:
    """Q for a small x, where P is near 1: 1 - xᵃ / Γ(a + 1) (1 + a Σ (-x)ᵏ / (k! (a + k)))."""
    exponent = a * np.log(x) - lgamma_1p(a)
    term, total = np.ones_like(x), np.zeros_like(x)
    for k in range(1, 23):
        term *= -x / k
        total += term / (a + k)
    return -np.expm1(exponent) - np.exp(exponent) * a * total


def _temme_upper(a: Array, x: Array) -> Array:
    root, rest = _temme(a, x)
    return 0.5 * erfc(root) + rest


def _temme_lower(a: Array, x: Array) -> Array:
    root, rest = _temme(a, x)
    return 0.5 * erfc(-root) - rest


def _temme(a: Array, x: Array) -> tuple[Array, Array]:
    """η √(a / 2) and the rest of DLMF 8.12.3 and 8.12.4, for a large a and an x near it."""
    u = (x - a) / a
    half_square = -log1p_rest(u)
    eta = np.copysign(np.sqrt(2 * half_square), u)
    total = np.zeros_like(a)
    for row in reversed(_TEMME):
        total /= a
        total += polynomial(eta, row)
    return eta * np.sqrt(a / 2), np.exp(-a * half_square) / np.sqrt(2 * math.pi * a) * total
