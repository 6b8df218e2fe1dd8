"""The table of reductions and scans: what each computes, and its derivative.

`dim` is None (all dimensions), an int or a tuple of ints; negative ones count from the end. In a derivative, n is the
number of elements that are reduced to one, and `g` and `out` are broadcast along the dimensions that were reduced.
`computed_by` is explained at the head of `elementwise.py`; sorting and ranking are in `ordering.py`.

Where a function has a kink the derivative is a choice, here PyTorch's:

    amax, amin (and max, min of everything)    ties share the gradient equally
    norm at 0                                  0, for every order
    std where it is 0                          0
    prod                                       exact where factors are 0
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.edge import cast, expand, reshape, sum_to
from ..core.primitive import Array, primitive
from .elementwise import abs, eq, exp, logical_or, pow, sign, where, zeros_like
from .kernels import reduction as kernels
from .kernels import scans, summation
from .kernels.attach import computed_by
from .kernels.reduction import count
from .kernels.summation import sum_over
from .shape import flip, select, stack

Dim = int | tuple[int, ...] | None


def _expanded(g: Any, shape: tuple[int, ...], dim: Dim, keepdim: bool) -> Any:
    """A gradient or a result, broadcast to the shape before the reduction."""
    return expand(_with_kept_dims(g, shape, dim, keepdim), shape)


def _with_kept_dims(g: Any, shape: tuple[int, ...], dim: Dim, keepdim: bool) -> Any:
    """A gradient or a result as with keepdim=True: the reduced dimensions have length 1 instead of missing."""
    if keepdim or not shape:
        return g
    if dim is None:
        return reshape(g, (1,) * len(shape))
    reduced = {d % len(shape) for d in ((dim,) if isinstance(dim, int) else dim)}
    return reshape(g, tuple(1 if i in reduced else n for i, n in enumerate(shape)))


# ---------------------------------------------------------------------------------------------------- sums


@computed_by(summation.sum_over)
@primitive
def sum(x: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """Σ x over dim; dx = g."""
    return x.sum(axis=dim, keepdims=keepdim)


sum.derivative(x=lambda g, x_shape, dim, keepdim: _expanded(g, x_shape, dim, keepdim))

computed_by(summation.sum_to)(sum_to)


@computed_by(kernels.mean)
@primitive
def mean(x: Array, dim: Dim = None, keepdim: bool = False) -> Any:
    """Σ x / n over dim; dx = g / n."""
    return np.true_divide(sum_over(x, dim, keepdim), count(x.shape, dim))


mean.derivative(x=lambda g, x_shape, dim, keepdim: _expanded(g / max(count(x_shape, dim), 1), x_shape, dim, keepdim))


@primitive
def var(x: Array, dim: Dim = None, correction: float = 1, keepdim: bool = False) -> Array:
    """Σ (x - mean)² / (n - correction); dx = 2 g (x - mean) / (n - correction)."""
    return _variance(x, dim, correction, keepdim).astype(x.dtype)


def _variance(x: Array, dim: Dim, correction: float, keepdim: bool) -> Any:
    """The variance, in float64 where float32 does not do."""
    n = count(np.shape(x), dim)
    centered = np.asarray(x - mean.forward(x, dim, True))
    rest = sum_over(centered, dim, keepdim)  # 0 but for the rounding of the mean, which is corrected by it
    centered *= centered
    squares = sum_over(centered, dim, keepdim)
    if _is_narrow(squares):
        return _variance(x.astype(np.float64), dim, correction, keepdim)
    rest = rest * (rest / max(n, 1))
    if rest.dtype.itemsize > 4:
        rest = np.fmin(rest, _HUGE)  # inf - inf would be NaN
    return np.true_divide(squares - rest, np.asarray(max(n - correction, 0), x.dtype))


_HUGE = float(np.finfo(np.float64).max)


def _is_narrow(sums: Any) -> bool:
    """Check whether sums of squares overflowed, or lost digits because they are tiny, and float64 would help."""
    if sums.dtype.itemsize > 4 or not sums.size:
        return False
    return not (sums.min() > 1e-25 and sums.max() < math.inf if sums.ndim else 1e-25 < sums < math.inf)


def _var_by_x(g: Any, x: Any, dim: Dim, correction: float, keepdim: bool) -> Any:
    freedom = max(count(x.shape, dim) - correction, 0)
    slope = 2 / freedom if freedom else math.nan
    return _with_kept_dims(g * slope, x.shape, dim, keepdim) * (x - mean(x, dim, True))


var.derivative(x=_var_by_x)


@primitive
def std(x: Array, dim: Dim = None, correction: float = 1, keepdim: bool = False) -> Array:
    """√var; dx = g (x - mean) / (out (n - correction)), and 0 where out is 0."""
    return np.sqrt(_variance(x, dim, correction, keepdim)).astype(x.dtype)


def _std_by_x(g: Any, x: Any, out: Any, dim: Dim, correction: float, keepdim: bool) -> Any:
    zero = eq(out, 0)
    return _var_by_x(where(zero, 0, g / (2 * where(zero, 1, out))), x, dim, correction, keepdim)


std.derivative(x=_std_by_x)


@primitive
def norm(x: Array, p: float = 2.0, dim: Dim = None, keepdim: bool = False) -> Any:
    """(Σ |x|ᵖ)^(1/p); dx = g sign(x) (|x| / out)^(p - 1), and 0 where out is 0.

    For p = ±inf it is the largest or smallest |x|, and g sign(x) is shared among the x with |x| = out. For p = 0 it is
    the number of x ≠ 0, and dx = 0.
    """
    if p == math.inf:
        return np.max(np.abs(x), axis=dim, keepdims=keepdim)
    if p == -math.inf:
        return np.min(np.abs(x), axis=dim, keepdims=keepdim)
    if p == 0:
        return np.asarray(np.count_nonzero(x, axis=dim, keepdims=keepdim)).astype(x.dtype)
    if p == 1:
        return sum_over(np.abs(x), dim, keepdim)
    if p == 2:
        squares = sum_over(x * x, dim, keepdim)
        if _is_narrow(squares):
            return np.sqrt(sum_over(np.square(x, dtype=np.float64), dim, keepdim)).astype(x.dtype)
        return np.sqrt(squares)
    # In float32 the powers of 1e20 would be infinite, and those of 1e-30 zero.
    powers = np.abs(x.astype(np.result_type(x.dtype, np.float64), copy=False)) ** p
    return np.power(sum_over(powers, dim, keepdim), 1 / p).astype(x.dtype)


def _norm_by_x(g: Any, x: Any, out: Any, p: float, dim: Dim, keepdim: bool) -> Any:
    if p == 0:
        return zeros_like(x)
    g, out = _with_kept_dims(g, x.shape, dim, keepdim), _with_kept_dims(out, x.shape, dim, keepdim)
    if p == 1:
        return g * sign(x)
    if p in (math.inf, -math.inf):
        return sign(x) * _share_ties(g, abs(x), out, dim)
    zero = eq(out, 0)
    safe = where(zero, 1, out)
    if p == 2:
        return where(zero, 0, g / safe) * x
    size = where(eq(x, 0), 1, abs(x))  # for p < 1 the power of 0 would be infinite, and times sign(0) NaN
    infinite = logical_or(eq(out, math.inf), eq(size, math.inf))  # then the quotient is not the ratio of the powers
    scale = pow(where(infinite, safe, 1), 1 - p) * sign(x)
    return where(zero, 0, g) * (scale * pow(size / where(infinite, 1, safe), p - 1))


norm.derivative(x=_norm_by_x)


@primitive
def count_nonzero(x: Array, dim: Dim = None) -> Array:
    """The number of elements that are not 0."""
    return np.asarray(np.count_nonzero(x, axis=dim), dtype=np.int64)


# -------------------------------------------------------------------------------------------------- products


def _in_double(function: Any, x: Array, **settings: Any) -> Any:
    """A product or a scan, whose numbers are taken one after the other: of floats in float64, and rounded once."""
    if x.dtype.kind != "f":
        return function(x, **settings)
    return function(x, dtype=np.float64, **settings).astype(x.dtype)


@computed_by(scans.prod)
@primitive
def prod(x: Array, dim: int | None = None, keepdim: bool = False) -> Array:
    """Π x over dim; dx = g Π (the other elements)."""
    return _in_double(np.prod, x, axis=dim, keepdims=keepdim)


def _prod_by_x(g: Any, x: Any, dim: int | None, keepdim: bool) -> Any:
    if dim is None or not x.shape:
        shape = x.shape
        return reshape(_prod_by_x(g, reshape(x, (-1,)), 0, False), shape)
    return _with_kept_dims(g, x.shape, dim, keepdim) * _product_of_others(x, dim)


prod.derivative(x=_prod_by_x)


def _product_of_others(x: Any, dim: int) -> Any:
    """For each element the product of the elements before it times that of those after it: no division by 0."""
    if type(x) is np.ndarray and (others := scans.product_of_others(x, dim)) is not None:
        return others
    return cumprod_before(x, dim) * flip(cumprod_before(flip(x, (dim,)), dim), (dim,))


@primitive
def cumprod_before(x: Array, dim: int) -> Array:
    """Π x_i over i < j along dim; dx_j = Σ g_i out_i / x_j over i > j."""
    ones = np.ones_like(x)
    if not x.shape[dim]:
        return ones
    length = x.shape[dim] - 1
    return _in_double(np.cumprod, np.concatenate([ones.take([0], dim), x.take(range(length), dim)], dim), axis=dim)


def _running_product_by_x(g: Any, x: Any, dim: int, before: bool) -> Any:
    """dx_j = P_j s_j, where P_j is the product before j, and s_j = g_j + x_(j+1) s_(j+1) is computed from the end.

    The rule in the docstring divides by x_j, which may be 0. Here s_j is Σ g_i times the factors of out_i after x_j, so
    nothing is divided. With `before`, out_(j+1) is the first result that contains x_j, and none contains the last x.
    """
    length = x.shape[dim]
    if not length:
        return g
    xs = [select(x, dim, j) for j in range(length)]
    gs = [select(g, dim, j) for j in range(length)]
    sums = [gs[-1] * 0] if before else []
    if before:
        xs, gs = xs[:-1], gs[1:]
    for j in reversed(range(len(gs))):
        sums.append(gs[j] + xs[j + 1] * sums[-1] if j + 1 < len(gs) else gs[j])
    return stack(sums[::-1], dim) * cumprod_before(x, dim)


cumprod_before.derivative(x=lambda g, x, dim: _running_product_by_x(g, x, dim, before=True))


@computed_by(scans.cumprod)
@primitive
def cumprod(x: Array, dim: int) -> Array:
    """Π x_i over i <= j along dim; dx_j = Σ g_i out_i / x_j over i >= j."""
    return _in_double(np.cumprod, x, axis=dim)


def _cumprod_by_x(g: Any, x: Any, dim: int) -> Any:
    if type(g) is type(x) is np.ndarray and (by_x := scans.cumprod_derivative(g, x, dim)) is not None:
        return by_x
    return _running_product_by_x(g, x, dim, before=False)


cumprod.derivative(x=_cumprod_by_x)


@computed_by(scans.cumsum)
@primitive
def cumsum(x: Array, dim: int) -> Array:
    """Σ x_i over i <= j along dim; dx_j = Σ g_i over i >= j."""
    return _in_double(np.cumsum, x, axis=dim)


cumsum.derivative(x=lambda g, dim: flip(cumsum(flip(g, (dim,)), dim), (dim,)))

# -------------------------------------------------------------------------------------------------- extremes


@primitive
def amax(x: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """The largest element over dim; dx = g / m where x = out, else 0, with m the number of such x."""
    return x.max(axis=dim, keepdims=keepdim)


@primitive
def amin(x: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """The smallest element over dim; dx = g / m where x = out, else 0, with m the number of such x."""
    return x.min(axis=dim, keepdims=keepdim)


def _share_ties(g: Any, x: Any, out: Any, dim: Dim) -> Any:
    """g, divided equally among the elements that are equal to out, and 0 elsewhere; NaN everywhere where out is NaN."""
    tied = eq(x, out)
    number = cast(sum(tied, dim, True), g.dtype)
    return where(tied, g / number, 0 / number)


def _extreme_by_x(g: Any, x: Any, out: Any, dim: Dim, keepdim: bool) -> Any:
    return _share_ties(_with_kept_dims(g, x.shape, dim, keepdim), x, _with_kept_dims(out, x.shape, dim, keepdim), dim)


amax.derivative(x=_extreme_by_x)
amin.derivative(x=_extreme_by_x)


@primitive
def all(x: Array, dim: Dim = None, keepdim: bool = False) -> Any:
    """True if no element is 0."""
    return x.all(axis=dim, keepdims=keepdim)


@primitive
def any(x: Array, dim: Dim = None, keepdim: bool = False) -> Any:
    """True if some element is not 0."""
    return x.any(axis=dim, keepdims=keepdim)


# ---------------------------------------------------------------------------------------------- exponentials


@computed_by(kernels.logsumexp)
@primitive
def logsumexp(x: Array, dim: Dim, keepdim: bool = False) -> Any:
    """log Σ exp x, without overflow; dx = g exp(x - out)."""
    top = x.max(axis=dim, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    out = np.log(sum_over(np.exp(x - top), dim, True)) + top
    return out if keepdim else out.squeeze(axis=dim)


def _logsumexp_by_x(g: Any, x: Any, out: Any, dim: Dim, keepdim: bool) -> Any:
    out = _with_kept_dims(out, x.shape, dim, keepdim)
    return _with_kept_dims(g, x.shape, dim, keepdim) * exp(x - where(eq(out, -math.inf), 0, out))


logsumexp.derivative(x=_logsumexp_by_x)


@computed_by(kernels.softmax)
@primitive
def softmax(x: Array, dim: int) -> Array:
    """exp x / Σ exp x along dim; dx = out (g - Σ g out)."""
    e = np.exp(x - x.max(axis=dim, keepdims=True, initial=-np.inf))
    return e / sum_over(e, dim, True)


softmax.derivative(x=lambda g, out, dim: out * (g - sum(g * out, dim, True)))


@computed_by(kernels.log_softmax)
@primitive
def log_softmax(x: Array, dim: int) -> Array:
    """x - log Σ exp x along dim, without overflow; dx = g - exp(out) Σ g."""
    shifted = x - x.max(axis=dim, keepdims=True, initial=-np.inf)
    return shifted - np.log(sum_over(np.exp(shifted), dim, True))


log_softmax.derivative(x=lambda g, out, dim: g - exp(out) * sum(g, dim, True))
