"""The normal distribution's functions and those beside erf: scaled, inverse and logarithmic."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .erf import in_blocks, polynomial, scaled_far

Array = np.ndarray[Any, np.dtype[Any]]

# erfinv(y) / y is a smooth function of w = -log(1 - y²). These polynomials, highest power first, interpolate it at the
# zeros of Chebyshev polynomials, with 45 digits in mpmath: for w < 5 in w, beyond in √w, from √5 to 4, to 9 and to 28.
# Their relative errors are at most 2e-17.
_TO_5 = (
    -3.9169363297916484e-11,
    3.867417238765463e-11,
    4.4650677608736676e-10,
    -9.760204713196851e-10,
    -1.9880707100189075e-09,
    1.1040417909061025e-08,
    -6.70810932648382e-09,
    -7.08985061397636e-08,
    1.9953933232996815e-07,
    1.3583392473566449e-07,
    -1.853870554105327e-06,
    2.851652817060834e-06,
    8.652721877484876e-06,
    -4.1432071450377935e-05,
    2.0472417839420812e-05,
    0.0002921906851342163,
    -0.0008341356436926482,
    -0.0004878983983252155,
    0.008525400950939892,
    -0.019573561059547377,
    -0.02610823577739765,
    0.6166006918604175,
    1.501409351110792,
)
_TO_ROOT_4 = (
    3.24350484100439e-11,
    -1.6711273203716906e-10,
    1.2092301339241821e-10,
    1.1318133931866947e-09,
    -3.978245474609105e-09,
    3.9398335983359326e-09,
    1.4839133896094264e-08,
    -7.368909087505795e-08,
    1.2344668738547814e-07,
    1.3912212495486484e-07,
    -1.241704442419366e-06,
    2.6532432484563894e-06,
    3.032470102601617e-07,
    -1.679775686972679e-05,
    4.5273523938420906e-05,
    -3.5957655865673615e-05,
    -0.00013425952664347502,
    0.0006008359553333692,
    -0.0013730404082202257,
    0.002349562461162725,
    -0.003710135803565861,
    0.0055693342119964235,
    0.8851584844828513,
    2.951328578343118,
)
_TO_ROOT_9 = (
    -1.1216252272759351e-08,
    2.6418693083750348e-08,
    2.879377400594621e-08,
    -1.1140115943903849e-07,
    1.695277576370516e-08,
    1.213783033524556e-07,
    1.7468259052601296e-08,
    -1.815421466388145e-07,
    4.569905690179517e-08,
    8.579440750377688e-08,
    7.653340847738855e-09,
    -9.106736216595514e-08,
    9.482997750424854e-08,
    -2.1275083860354432e-07,
    6.195804712782756e-07,
    -1.6557935214467224e-06,
    4.298341306893851e-06,
    -1.0912085921931924e-05,
    2.6878046211389952e-05,
    -6.358559047208202e-05,
    0.0001417329874923039,
    -0.00028494867182133547,
    0.0004516040235430289,
    -0.00016865432142311695,
    -0.0031915058161180094,
    2.522773476000219,
    6.3645933264346715,
)
_TO_ROOT_28 = (
    4.966651878284844e-09,
    -9.630418942412075e-09,
    -1.49106688101003e-08,
    2.9147925458694294e-08,
    4.375303579836203e-08,
    -8.456405670328019e-08,
    -1.3824478009886202e-08,
    3.006803345764801e-08,
    1.3681208487222512e-07,
    -2.520676559470517e-07,
    3.029065749548422e-07,
    -5.236369298381601e-07,
    9.62967412199536e-07,
    -1.572883190690956e-06,
    2.3842643164623753e-06,
    -3.255741738937575e-06,
    3.362207934334094e-06,
    -8.470047687206031e-08,
    -1.3931145405733446e-05,
    5.8190376144495356e-05,
    -0.00018274546116797485,
    0.0005141032258343484,
    -0.0013717975196718007,
    0.003575532252374919,
    -0.009315693799343038,
    9.525032440084024,
    18.42432205085806,
)


def erfcx(x: Any) -> Array:
    """e^(x²) erfc(x) of each element (DLMF 7.2.7 by its name w(ix)), which does not vanish where erfc does.

    >>> import numpy as np
    >>> erfcx(np.array([0.0, 10.0, -30.0])).round(6)
    array([1.      , 0.056141,      inf])
    """
    return in_blocks(_erfcx, x, single=False)


def erfinv(x: Any) -> Array:
    """The inverse of erf of each element, ±inf at ±1 and NaN outside.

    >>> import numpy as np
    >>> erfinv(np.array([0.5, -1.0, 2.0])).round(6)
    array([0.476936,     -inf,      nan])
    """
    return in_blocks(_erfinv, x, single=False)


def ndtr(x: Any) -> Array:
    """The probability that a standard normal number is less than each element.

    >>> import numpy as np
    >>> ndtr(np.array([0.0, 1.0, -40.0]))
    array([0.5       , 0.84134475, 0.        ])
    """
    return in_blocks(lambda part: np.where(part > 0, 1 - _tail(np.abs(part)), _tail(np.abs(part))), x, single=False)


def log_ndtr(x: Any) -> Array:
    """The logarithm of `ndtr`, also where that is 0.

    >>> import numpy as np
    >>> log_ndtr(np.array([0.0, -1000.0])).round(4)
    array([-6.93100000e-01, -5.00007827e+05])
    """
    return in_blocks(_log_ndtr, x, single=False)


def ndtri(x: Any) -> Array:
    """The inverse of `ndtr`: the quantiles of the standard normal distribution.

    >>> import numpy as np
    >>> ndtri(np.array([0.5, 0.975, 1e-300])).round(4)
    array([  0.    ,   1.96  , -37.0471])
    """
    return in_blocks(_ndtri, x, single=False)


def _erfcx(x: Array) -> Array:
    a = np.abs(x)
    right = scaled_far(np.minimum(a, 27.3))
    s = 0.5 / np.square(np.maximum(a, 27.3))
    asymptotic = 1 / a / math.sqrt(math.pi)
    asymptotic *= polynomial(s, (-135135.0, 10395.0, -945.0, 105.0, -15.0, 3.0, -1.0, 1.0))  # DLMF 7.12.1
    right = np.where(a > 27.3, asymptotic, right)
    return np.where(x < 0, 2 * _exp_square(a, 1.0) - right, right)


def _exp_square(a: Array, factor: float) -> Array:
    """e^(factor a²), where the rounding error of a² would be a relative error of the result."""
    a = np.minimum(a, 1e100)
    square = a * a
    upper = (a.view(np.int64) & -(1 << 27)).view(np.float64)
    error = (upper * upper - square) + (a - upper) * (a + upper)
    out = np.exp(factor * square)
    return np.where((square < 2000) & (out < math.inf), out + out * (factor * error), out)


def _tail(a: Array) -> Array:
    """The probability of more than a >= 0."""
    return 0.5 * _erfcx(a * math.sqrt(0.5)) * _exp_square(a, -0.5)


def _log_ndtr(x: Array) -> Array:
    a = np.abs(x)
    far = np.log(0.5 * _erfcx(a * math.sqrt(0.5))) - 0.5 * a * a
    far = np.where(a == math.inf, -math.inf, far)
    return np.where(x > 0, np.log1p(-_tail(a)), np.where(x < -1, far, np.log(_tail(a))))


def _erfinv(x: Array) -> Array:
    a = np.abs(x)
    out = x * _ratio(-np.log((1 - a) * (1 + a)))
    out = np.where(a == 1, np.copysign(math.inf, x), out)
    return np.where(a > 1, math.nan, out)


def _ndtri(x: Array) -> Array:
    q = 2 * np.where(x > 0.5, 1 - x, x)
    out = -math.sqrt(2) * (1 - q) * _ratio(-np.log(q * (2 - q)))
    out = np.where(q == 0, -math.inf, np.where(q < 0, math.nan, out))
    return np.where(x > 0.5, -out, out) + 0.0  # not -0 at 1/2


def _ratio(w: Array) -> Array:
    """erfinv(y) / y for w = -log(1 - y²)."""
    w = np.minimum(w, 784)
    root = np.sqrt(np.maximum(w, 5))
    out = polynomial(np.minimum(w, 5) * 0.4 - 1, _TO_5)
    for low, high, coefficients in ((math.sqrt(5), 4, _TO_ROOT_4), (4, 9, _TO_ROOT_9), (9, 28, _TO_ROOT_28)):
        inside = np.clip(root, low, high)
        piece = polynomial((2 * inside - (low + high)) / (high - low), coefficients)
        out = np.where(root > low, piece, out)
    return out
