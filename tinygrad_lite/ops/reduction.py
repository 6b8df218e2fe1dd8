"""The table of reductions and scans: what each computes, and its derivative.

`dim` is None (all dimensions), an int or a tuple of ints, negative ones counting from the end.

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

from ..core.edge import cast, expand, reshape
from ..core.primitive import Array, primitive
from .elementwise import abs, eq, exp, isinf, isnan, logical_and, logical_or, pow, sign, where
from .shape import flip, select, stack

Dim = int | tuple[int, ...] | None


def _spread(g: Any, shape: tuple[int, ...], dim: Dim, keepdim: bool) -> Any:
    """A reduced gradient (or result) in the shape of what was reduced, for broadcasting against it."""
    return expand(_kept(g, shape, dim, keepdim), shape)


def _kept(g: Any, shape: tuple[int, ...], dim: Dim, keepdim: bool) -> Any:
    """A reduced gradient (or result) with the reduced dimensions there again, of length 1."""
    if keepdim or not shape:
        return g
    return reshape(g, _kept_shape(shape, dim))


def _kept_shape(shape: tuple[int, ...], dim: Dim) -> tuple[int, ...]:
    if dim is None:
        return (1,) * len(shape)
    gone = {d % len(shape) for d in ((dim,) if isinstance(dim, int) else dim)}
    return tuple(1 if i in gone else n for i, n in enumerate(shape))


def _count(shape: tuple[int, ...], dim: Dim) -> int:
    """How many elements one element of the result was made from."""
    if dim is None or not shape:
        return math.prod(shape)
    return math.prod(shape[d] for d in ((dim,) if isinstance(dim, int) else dim))


# ---------------------------------------------------------------------------------------------------- sums


@primitive
def sum(x: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """The sum over dim; dx = g, everywhere."""
    return x.sum(axis=dim, keepdims=keepdim)


sum.derivative(x=lambda g, x_shape, dim, keepdim: _spread(g, x_shape, dim, keepdim))


@primitive
def mean(x: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """The sum over dim divided by the count n; dx = g / n."""
    count = _count(x.shape, dim)
    if not count:
        return x.sum(axis=dim, keepdims=keepdim) * np.nan
    if x.dtype.itemsize < 4:
        return np.mean(x, axis=dim, keepdims=keepdim)  # which sums these in float32
    return x.sum(axis=dim, keepdims=keepdim) / count


mean.derivative(x=lambda g, x_shape, dim, keepdim: _spread(g / max(_count(x_shape, dim), 1), x_shape, dim, keepdim))


@primitive
def var(x: Array, dim: Dim = None, correction: float = 1, keepdim: bool = False) -> Array:
    """Σ(x - mean)² / (n - correction); dx = 2 g (x - mean) / (n - correction)."""
    freedom = max(_count(np.shape(x), dim) - correction, 0)
    centered = x - mean.forward(x, dim, True)
    return np.true_divide((centered * centered).sum(axis=dim, keepdims=keepdim), np.asarray(freedom, x.dtype))


def _var_by_x(g: Any, x: Any, dim: Dim, correction: float, keepdim: bool) -> Any:
    freedom = max(_count(x.shape, dim) - correction, 0)
    slope = 2 / freedom if freedom else math.nan
    return _kept(g * slope, x.shape, dim, keepdim) * (x - mean(x, dim, True))


var.derivative(x=_var_by_x)


@primitive
def std(x: Array, dim: Dim = None, correction: float = 1, keepdim: bool = False) -> Array:
    """√var; dx = g (x - mean) / (out (n - correction)), and 0 where out is 0."""
    return np.sqrt(var.forward(x, dim, correction, keepdim))


def _std_by_x(g: Any, x: Any, out: Any, dim: Dim, correction: float, keepdim: bool) -> Any:
    flat = eq(out, 0)
    return _var_by_x(where(flat, 0, g / (2 * where(flat, 1, out))), x, dim, correction, keepdim)


std.derivative(x=_std_by_x)


@primitive
def norm(x: Array, p: float = 2.0, dim: Dim = None, keepdim: bool = False) -> Array:
    """(Σ|x|ᵖ)^(1/p), for p = ±inf the largest or smallest |x|, for p = 0 the count of x ≠ 0; dx as p says."""
    if p == 2:
        return np.sqrt(np.square(x).sum(axis=dim, keepdims=keepdim))
    size = np.abs(x)
    if p == math.inf:
        return np.max(size, axis=dim, keepdims=keepdim)
    if p == -math.inf:
        return np.min(size, axis=dim, keepdims=keepdim)
    if p == 0:
        return np.sum(size != 0, axis=dim, keepdims=keepdim, dtype=size.dtype)
    if p == 1:
        return np.sum(size, axis=dim, keepdims=keepdim)
    return np.asarray(np.sum(size**p, axis=dim, keepdims=keepdim)) ** (1 / p)


def _norm_by_x(g: Any, x: Any, out: Any, p: float, dim: Dim, keepdim: bool) -> Any:
    if p == 0:
        return x * 0
    g, out = _kept(g, x.shape, dim, keepdim), _kept(out, x.shape, dim, keepdim)
    if p == 1:
        return g * sign(x)
    if p in (math.inf, -math.inf):
        return sign(x) * _share_ties(g, abs(x), out, dim)
    zero = eq(out, 0)
    safe = where(zero, 1, out)
    if p == 2:
        return where(zero, 0, g / safe) * x
    size = abs(x)
    inside = where(eq(size, 0), 1, size)  # |0|**(p-1) is infinite for p < 1; its factor sign(0) is 0
    return where(zero, 0, g * pow(safe, 1 - p)) * (sign(x) * pow(inside, p - 1))


norm.derivative(x=_norm_by_x)


@primitive
def count_nonzero(x: Array, dim: Dim = None) -> Array:
    """How many elements are not 0."""
    return np.asarray(np.count_nonzero(x, axis=dim), dtype=np.int64)


# -------------------------------------------------------------------------------------------------- products


@primitive
def prod(x: Array, dim: int | None = None, keepdim: bool = False) -> Array:
    """The product over dim; dx = g times the product of the others."""
    return x.prod(axis=dim, keepdims=keepdim)


def _prod_by_x(g: Any, x: Any, dim: int | None, keepdim: bool) -> Any:
    if dim is None or not x.shape:
        shape = x.shape
        return reshape(_prod_by_x(g, reshape(x, (-1,)), 0, False), shape)
    return _kept(g, x.shape, dim, keepdim) * others(x, dim)


prod.derivative(x=_prod_by_x)


def others(x: Any, dim: int) -> Any:
    """For each element the product of all the others along dim, without dividing: of those before and after."""
    return cumprod_before(x, dim) * flip(cumprod_before(flip(x, (dim,)), dim), (dim,))


@primitive
def cumprod_before(x: Array, dim: int) -> Array:
    """The product of the elements before each one along dim; dx by the product rule."""
    shifted = np.ones_like(x)
    if x.shape[dim]:
        np.cumprod(_along(x, dim, slice(None, -1)), axis=dim, out=_along(shifted, dim, slice(1, None)))
    return shifted


def _along(x: Array, dim: int, piece: slice) -> Array:
    index = [slice(None)] * x.ndim
    index[dim] = piece
    return x[tuple(index)]


def _running_product_by_x(g: Any, x: Any, dim: int, before: bool) -> Any:
    """Σ over later results i of g_i times the product of the factors of i other than this one.

    With P the running product, that factor is P_i / x_j, which 0 makes undefined. Solved backward instead:
    s_j = g_j + x_(j+1) s_(j+1) collects what later results say of the product up to j, without dividing.
    """
    length = x.shape[dim]
    if not length:
        return g
    slots = [select(x, dim, j) for j in range(length)]
    slopes = [select(g, dim, j) for j in range(length)]
    tail: Any = None
    tails: list[Any] = []
    for j in reversed(range(length)):
        own = slopes[j] if not before else slopes[j + 1] if j + 1 < length else None
        carried = None if tail is None else tail * slots[j + 1]
        tail = own if carried is None else carried if own is None else own + carried
        tails.append(tail if tail is not None else slopes[j] * 0)
    return stack(tails[::-1], dim) * cumprod_before(x, dim)


cumprod_before.derivative(x=lambda g, x, dim: _running_product_by_x(g, x, dim, before=True))


@primitive
def cumprod(x: Array, dim: int) -> Array:
    """The product of the elements up to and with each one along dim; dx by the product rule."""
    return np.cumprod(x, axis=dim)


cumprod.derivative(x=lambda g, x, dim: _running_product_by_x(g, x, dim, before=False))


@primitive
def cumsum(x: Array, dim: int) -> Array:
    """The sum of the elements up to and with each one along dim; dx_j = Σ g_i over i >= j."""
    return np.cumsum(x, axis=dim)


cumsum.derivative(x=lambda g, dim: flip(cumsum(flip(g, (dim,)), dim), (dim,)))

# -------------------------------------------------------------------------------------------------- extremes


@primitive
def amax(x: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """The largest element; dx = g, shared among those that are the largest."""
    return x.max(axis=dim, keepdims=keepdim)


@primitive
def amin(x: Array, dim: Dim = None, keepdim: bool = False) -> Array:
    """The smallest element; dx = g, shared among those that are the smallest."""
    return x.min(axis=dim, keepdims=keepdim)


def _share_ties(g: Any, x: Any, out: Any, dim: Dim) -> Any:
    tied = eq(x, out)
    return where(tied, g / cast(sum(tied, dim, True), g.dtype), 0)


def _extreme_by_x(g: Any, x: Any, out: Any, dim: Dim, keepdim: bool) -> Any:
    return _share_ties(_kept(g, x.shape, dim, keepdim), x, _kept(out, x.shape, dim, keepdim), dim)


amax.derivative(x=_extreme_by_x)
amin.derivative(x=_extreme_by_x)


@primitive
def element(x: Array, which: str) -> Array:
    """The "max", "min", "median" or "nanmedian" of all; dx = g, shared among the elements equal to it, NaN to NaN."""
    if which in ("max", "min"):
        return x.max() if which == "max" else x.min()
    flat = x.reshape(-1)
    return flat[middle(flat, 0, which == "nanmedian")[0]]


def middle(x: Array, dim: int, skip: bool) -> Array:
    """The place of the lower median along dim; where there is NaN the first one's, or if `skip` among the others."""
    order = np.argsort(x, axis=dim, kind="stable")  # NaN comes last
    count = np.sum(x == x, axis=dim, keepdims=True)
    place = (count - 1).clip(0) // 2
    if not skip:
        place = np.where(count < x.shape[dim], count, place)
    return np.take_along_axis(order, place, axis=dim)


def _element_by_x(g: Any, x: Any, out: Any) -> Any:
    same = logical_or(eq(x, out), logical_and(isnan(x), isnan(out)))
    return where(same, g / cast(sum(same, None, False), g.dtype), 0)


element.derivative(x=_element_by_x)


@primitive
def argmax(x: Array, dim: int | None = None, keepdim: bool = False) -> Array:
    """The index of the largest element, the first of several; over everything, counted in the flattened x."""
    return x.argmax(axis=dim, keepdims=keepdim)  # type: ignore[arg-type]


@primitive
def argmin(x: Array, dim: int | None = None, keepdim: bool = False) -> Array:
    """The index of the smallest element, the first of several; over everything, counted in the flattened x."""
    return x.argmin(axis=dim, keepdims=keepdim)  # type: ignore[arg-type]


@primitive
def argsort(x: Array, dim: int = -1, descending: bool = False) -> Array:
    """The indices that sort x along dim; equal elements keep their order, and NaN counts as the largest."""
    if not np.ndim(x):
        return np.zeros((), np.int64)
    if not descending:
        return np.argsort(x, axis=dim, kind="stable")
    last = x.shape[dim] - 1
    return last - np.flip(np.argsort(np.flip(x, dim), axis=dim, kind="stable"), dim)


@primitive
def all(x: Array, dim: Dim = None, keepdim: bool = False) -> Any:
    """Whether no element is 0."""
    return x.all(axis=dim, keepdims=keepdim)


@primitive
def any(x: Array, dim: Dim = None, keepdim: bool = False) -> Any:
    """Whether some element is not 0."""
    return x.any(axis=dim, keepdims=keepdim)


# ---------------------------------------------------------------------------------------------- exponentials


def _copy_to_reduce(x: Array, dim: Dim) -> Array:
    """A copy, in the order that suits a reduction: over a short last dim NumPy is slow unless the others are inner."""
    short = x.ndim > 1 and x.shape[-1] < 64 and dim in (-1, x.ndim - 1)
    return np.array(x, order="F" if short else "C")


@primitive
def logsumexp(x: Array, dim: Dim, keepdim: bool = False) -> Array:
    """log Σ exp x, without overflow; dx = g exp(x - out)."""
    shifted = _copy_to_reduce(x, dim)
    top = shifted.max(axis=dim, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    shifted -= top
    out = np.log(np.exp(shifted).sum(axis=dim, keepdims=True)) + top
    return out if keepdim else out.squeeze(axis=dim)


def _logsumexp_by_x(g: Any, x: Any, out: Any, dim: Dim, keepdim: bool) -> Any:
    out = _kept(out, x.shape, dim, keepdim)
    return _kept(g, x.shape, dim, keepdim) * exp(x - where(isinf(out), 0, out))


logsumexp.derivative(x=_logsumexp_by_x)


@primitive
def softmax(x: Array, dim: int) -> Array:
    """exp x / Σ exp x along dim; dx = out (g - Σ g out)."""
    e = _copy_to_reduce(x, dim)
    if e.size:
        e -= e.max(axis=dim, keepdims=True)
        np.exp(e, out=e)
        e /= e.sum(axis=dim, keepdims=True)
    return e


softmax.derivative(x=lambda g, out, dim: out * (g - sum(g * out, dim, True)))


@primitive
def log_softmax(x: Array, dim: int) -> Array:
    """x - log Σ exp x along dim; dx = g - exp(out) Σ g."""
    shifted = _copy_to_reduce(x, dim)
    if shifted.size:
        shifted -= shifted.max(axis=dim, keepdims=True)
        shifted -= np.log(np.exp(shifted).sum(axis=dim, keepdims=True))
    return shifted


log_softmax.derivative(x=lambda g, out, dim: g - exp(out) * sum(g, dim, True))
