"""The table of special functions: those of the gamma function, of the normal distribution and of Bessel.

NumPy has none of them: each forward is a kernel. "dx = ..." is the rule that follows, as in `elementwise`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.primitive import Array, elementwise, primitive
from .elementwise import eq, exp, gt, le, log, logical_and, maximum, minimum, ones_like, sign, where, xlogy, zeros_like
from .kernels import bessel, gamma, incomplete_gamma, normal
from .kernels.selection import choose
from .shape import select, stack

# ------------------------------------------------------------------------------------- the gamma function


@elementwise("float")
def lgamma(x: Array) -> Array:
    """log |Γ(x)|; dx = g digamma(x)."""
    return gamma.lgamma(x)


lgamma.derivative(x=lambda g, x: g * digamma(x))


@elementwise("float")
def digamma(x: Array) -> Array:
    """Γ'(x) / Γ(x); dx = g polygamma(x, 1)."""
    return gamma.digamma(x)


digamma.derivative(x=lambda g, x: g * polygamma(x, 1))


@elementwise("float")
def polygamma(x: Array, order: int) -> Array:
    """The derivative of this order of digamma; dx = g times the next derivative."""
    return gamma.polygamma(x, order)


polygamma.derivative(x=lambda g, x, order: g * polygamma(x, order + 1))


@elementwise("float")
def zeta(x: Array, y: Array) -> Array:
    """Σ (y + k)**-x for k from 0; dy = -g x zeta(x + 1, y). None by x."""
    return gamma.zeta(x, y)


def _no_derivative(name: str) -> Any:
    def refuse(g: Any) -> Any:
        raise NotImplementedError(
            f"the derivative for '{name}' is not implemented. It is no elementary function; detach() that argument"
        )

    refuse.unchecked = True  # type: ignore[attr-defined]  # so that no test asks it for a derivative
    return refuse


zeta.derivative(x=_no_derivative("zeta"), y=lambda g, x, y: -g * (x * zeta(x + 1, y)))


@elementwise("float", kinds="f")
def igamma(x: Array, y: Array) -> Array:
    """P(x, y) = ∫₀ʸ tˣ⁻¹ e**-t dt / Γ(x); dy = g y**(x - 1) e**-y / Γ(x). None by x."""
    return incomplete_gamma.igamma(x, y)


@elementwise("float", kinds="f")
def igammac(x: Array, y: Array) -> Array:
    """Q(x, y) = 1 - P(x, y), exact for P near 1; dy = -g y**(x - 1) e**-y / Γ(x). None by x."""
    return incomplete_gamma.igammac(x, y)


def _gamma_density(x: Any, y: Any) -> Any:
    x = x * ones_like(y)  # a number takes the dtype of y
    return exp(xlogy(x - 1, y) - y - lgamma(x))


igamma.derivative(x=_no_derivative("igamma: input"), y=lambda g, x, y: g * _gamma_density(x, y))
igammac.derivative(x=_no_derivative("igammac: input"), y=lambda g, x, y: -g * _gamma_density(x, y))

# --------------------------------------------------------------------------------- the normal distribution


@elementwise("float")
def erfcx(x: Array) -> Array:
    """e**x² erfc(x); dx = g (2 x out - 2/√π)."""
    return normal.erfcx(x)


erfcx.derivative(x=lambda g, x, out: g * (2 * x * out - 2 / math.sqrt(math.pi)))


@elementwise("float")
def erfinv(x: Array) -> Array:
    """The inverse of erf; dx = g √π/2 e**out²."""
    return normal.erfinv(x)


erfinv.derivative(x=lambda g, out: g * (exp(out * out) * (math.sqrt(math.pi) / 2)))


@elementwise("float")
def ndtr(x: Array) -> Array:
    """The probability that a standard normal number is less than x; dx = g e**-(x²/2) / √(2 π)."""
    return normal.ndtr(x)


ndtr.derivative(x=lambda g, x: g * (exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))))


@elementwise("float")
def log_ndtr(x: Array) -> Array:
    """log ndtr(x), without underflow; dx = g √(2/π) / erfcx(-x/√2)."""
    return normal.log_ndtr(x)


def _log_ndtr_by_x(g: Any, x: Any) -> Any:
    """φ(x) / ndtr(x), as it stands from 5 on, where erfcx would overflow and its derivative be inf / inf."""
    low, high = minimum(x, 5.0), maximum(x, 5.0)
    above = exp(high * high * -0.5 - log_ndtr(high)) * (1 / math.sqrt(2 * math.pi))
    return g * where(gt(x, 5.0), above, math.sqrt(2 / math.pi) / erfcx(low * -math.sqrt(0.5)))


log_ndtr.derivative(x=_log_ndtr_by_x)


@elementwise("float")
def ndtri(x: Array) -> Array:
    """The inverse of ndtr; dx = g √(2 π) e**(out²/2)."""
    return normal.ndtri(x)


ndtri.derivative(x=lambda g, out: g * (exp(out * out * 0.5) * math.sqrt(2 * math.pi)))

# --------------------------------------------------------------------------------------- Bessel functions


@elementwise("float")
def bessel_i(x: Array, order: int) -> Array:
    """I(x) of this order; dx = g times the mean of those of the orders before and after."""
    return bessel.bessel_i(x, order)


bessel_i.derivative(x=lambda g, x, order: g * ((bessel_i(x, order - 1) + bessel_i(x, order + 1)) * 0.5))


@elementwise("float")
def bessel_ie(x: Array, order: int) -> Array:
    """e**-|x| I(x) of this order; dx = g times the mean of those before and after, less out sign x."""
    return bessel.bessel_i(x, order, scaled=True)


bessel_ie.derivative(
    x=lambda g, x, out, order: g * ((bessel_ie(x, order - 1) + bessel_ie(x, order + 1)) * 0.5 - sign(x) * out)
)

# ---------------------------------------------------------------------------------------------- entropies


@elementwise("float")
def entr(x: Array) -> Array:
    """-x log x, 0 at 0 and -inf below; dx = -g (1 + log x)."""
    terms = np.where(np.equal(x, 0), 0, -x * np.log(x))
    return choose(np.less(x, 0), -math.inf, terms).astype(terms.dtype, copy=False)


entr.derivative(x=lambda g, x: -g * (1 + log(x)))


@elementwise("float")
def xlog1py(x: Array, y: Array) -> Array:
    """x log(1 + y), and 0 where x = 0 (but not where y is NaN); dx = g log(1 + y), dy = g x / (1 + y)."""
    zero = np.equal(x, 0) & np.equal(y, y)
    return choose(zero, 0, x * np.log1p(y)).astype(np.result_type(x, y), copy=False)


def _xlog1py_by_x(g: Any, x: Any, y: Any) -> Any:
    zero = logical_and(eq(x, 0), le(y, -1))
    return where(zero, 0, xlog1py(g, where(zero, zeros_like(g), y)))


def _xlog1py_by_y(g: Any, x: Any, y: Any) -> Any:
    zero = eq(x, 0)
    return where(zero, 0, g * (x / where(zero, ones_like(g), 1 + y)))


xlog1py.derivative(x=_xlog1py_by_x, y=_xlog1py_by_y)

# ----------------------------------------------------------------------------------------- cumulative sums


@primitive
def logcumsumexp(x: Array, dim: int) -> Array:
    """log Σ exp x_i over i <= j along dim, without overflow; dx_j = exp(x_j - out_j) Σ g_i exp(out_j - out_i)."""
    wide = x.astype(np.float64) if x.dtype.itemsize < 8 else x
    return np.logaddexp.accumulate(wide, axis=dim).astype(x.dtype, copy=False)


def _logcumsumexp_by_x(g: Any, x: Any, out: Any, dim: int) -> Any:
    """The sum in the docstring is s_j = g_j + exp(out_j - out_(j+1)) s_(j+1). No factor exceeds 1, none overflows."""
    if 0 in x.shape:
        return g
    safe = where(eq(out, -math.inf), 0, out)
    last = x.shape[dim] - 1
    sums = [select(g, dim, last)]
    for j in range(last - 1, -1, -1):
        ratio = exp(select(out, dim, j) - select(safe, dim, j + 1))
        sums.append(select(g, dim, j) + ratio * sums[-1])
    return exp(x - safe) * stack(sums[::-1], dim)


logcumsumexp.derivative(x=_logcumsumexp_by_x)
