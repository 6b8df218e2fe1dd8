"""The rows of the table of samples that need more than domains: calls of one primitive each, drawn one by one.

A row is a function of a `Draw` that returns the arguments of one call, settings included.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_lite.core import edge
from tinygrad_lite.core.primitive import Array, Operands
from tinygrad_lite.ops import indexing, shape

from .random_values import (
    Domain,
    Draw,
    Shape,
    among,
    apart,
    between,
    bowed,
    broken,
    few,
    flags,
    nonzero,
    positive,
    reals,
)

Row = Callable[[Draw], Operands]

# ------------------------------------------------------------------------------------------------ kinds of row


def arrays(*domains: Domain) -> Row:
    """Arrays that broadcast with one another."""
    return lambda d: tuple(d.array(*each) for each in zip(d.shapes(len(domains)), domains, strict=True))


def values(*domains: Domain) -> Row:
    """The same, but either of two, and any but the first of more, may be a number."""

    def row(d: Draw) -> Operands:
        args: list[Any] = list(arrays(*domains)(d))
        if len(args) == 2 and d.flag():
            i = d.whole(0, 1)
            args[i] = d.number(domains[i])
        for i in range(1, len(args) if len(args) > 2 and d.flag() else 0):
            args[i] = d.pick(args[i], d.number(domains[i]))
        return tuple(args)

    return row


def along(dims: Callable[[Draw, Array], Any], domain: Domain = reals, least: int = 0, empty: bool = True) -> Row:
    """An array, and the dimensions to go along."""

    def row(d: Draw) -> Operands:
        x = d.array(d.shape(least, empty=empty), domain)
        return x, dims(d, x)

    return row


def reducing(dims: Callable[[Draw, Array], Any], domain: Domain = reals, empty: bool = True) -> Row:
    """An array, the dimensions to reduce, and keepdim."""
    return lambda d: (*along(dims, domain, empty=empty)(d), d.flag())


# ------------------------------------------------------------------------------------------------ elementwise


def pow(d: Draw) -> Operands:
    """A positive basis with any exponent, any basis with a whole one, and 0 with one that is not negative."""
    if d.flag():
        return values(positive, reals)(d)
    low, basis = d.pick((-2, nonzero), (0, few))
    x, y = d.shapes(2)
    exponent = d.rng.integers(low, 4, y)
    return d.array(x, basis), d.pick(exponent, d.whole(low, 3), float(d.whole(low, 3)))


def clamp(d: Draw) -> Operands:
    """x and its bounds, of which one may be missing; the lower may lie above the upper."""
    x, low, high = values(apart(), apart(1 / 3), apart(2 / 3))(d)
    return d.pick((x, low, high), (x, None, high), (x, low, None))


def masked_scale(d: Draw) -> Operands:
    """x, the mask, which has its shape, and the scale."""
    shape = d.shape()
    return d.array(shape, reals), d.array(shape, flags), d.pick(2.0, 0.5)


def round(d: Draw) -> Operands:
    """x between the numbers where rounding it jumps."""
    decimals = d.whole(-1, 1)
    return d.array(d.shape(), lambda rng, shape: broken(rng, shape) / 10**decimals), decimals


def softplus(d: Draw) -> Operands:
    """x, beta and the threshold on beta x, where the function jumps: x is not near it."""
    x = d.array(d.shape(), between(-2.5, 0.4, 0.6, 0.9, 1.1, 1.9, 2.1, 2.5))
    return x, d.pick(1, 2, 0.5), d.pick(20, 1)


def leaky_relu(d: Draw) -> Operands:
    return d.array(d.shape(), nonzero), d.pick(0.1, -0.5, 0.0, 2)


def elu(d: Draw) -> Operands:
    """x away from 0, alpha, the scale, and what x is multiplied by inside."""
    return d.array(d.shape(), nonzero), d.pick(1.0, 0.5, -2), d.pick(1.0, 2), d.pick(1.0, 0.7)


def hardtanh(d: Draw) -> Operands:
    """x and two bounds that it is not near."""
    return d.array(d.shape(), between(-2.5, -1.1, -0.9, 0.9, 1.1, 2.5)), -1.0, 1


def huber(d: Draw) -> Operands:
    return *hardtanh(d)[:1], d.pick(1.0, 1)


def cast(d: Draw) -> Operands:
    """Numbers that float32 represents exactly, as it does what is a finite-difference step away."""
    x = d.array(d.shape(), lambda rng, shape: rng.integers(-128, 128, shape) / 64)
    return x, np.dtype(d.pick("float64", "float32"))


def spread(d: Draw) -> Operands:
    """var and std: of more elements than the correction takes away."""
    x, dim = along(Draw.any_dims, apart(), least=1, empty=False)(d)
    count = x.size // np.sum(x, axis=dim).size
    return x, dim, d.pick(0, *(c for c in (1, 0.5, 2) if count > c)), d.flag()


def order_statistic(d: Draw) -> Operands:
    return d.array(d.shape(empty=False), apart()), d.pick("max", "min", "median", "nanmedian")


def topk_indices(d: Draw) -> Operands:
    x, dim = along(Draw.dim, few, least=1)(d)
    return x, d.whole(0, x.shape[dim]), dim, d.flag()


def quantile_rank(d: Draw) -> Operands:
    """Fractions that are not near 0 or 1, and a length."""
    return d.array(d.shape(0, 1), between(0.1, 0.9)), d.whole(1, 5)


def searchsorted(d: Draw) -> Operands:
    """A sorted vector, or sorted rows, and values to search for."""
    x = np.sort(d.array(d.shape(1), few), axis=-1)
    if x.ndim == 1:
        return x, d.pick(d.array(d.shape(), few), d.number(few)), d.flag()
    return x, d.array((*x.shape[:-1], d.whole(0, 3)), few), d.flag()


def histogram(d: Draw) -> Operands:
    """Values that are not near the edge of a bin."""
    return d.array(d.shape(), among(-0.9, 0.1, 0.8, 1.1, 1.9, 3.0)), d.whole(1, 4), -1.0, 2.0


def _windows(d: Draw) -> tuple[Shape, Any]:
    """A size of signals, or of small images, and windows: some reach over the borders, some leave elements out."""
    ndim = d.pick(1, 1, 1, 2)
    kernel, stride, places = (tuple(d.whole(1, most) for _ in range(ndim)) for most in (4 - ndim, 2, 2))
    dilation = tuple(d.pick(1, 1, 2) for _ in range(ndim))
    before = tuple(d.whole(0, k) if d.flag() else 0 for k in kernel)
    size = tuple(
        max((p - 1) * s + (k - 1) * e + 1 - b + d.whole(-1, 1), 1)
        for p, s, k, e, b in zip(places, stride, kernel, dilation, before, strict=True)
    )
    return size, (kernel, stride, before, dilation, places)


def _convolution(d: Draw) -> tuple[Shape, Shape, Shape, Any, int]:
    """The shapes of an input, a result and weights, the windows and the groups."""
    size, windows = _windows(d)
    groups, samples = d.pick(1, 1, 2), 0 if d.rarely() else 1 + d.rarely()
    inner, outer = (d.whole(1, 3 - len(size)) for _ in range(2))
    x, out = (samples, inner * groups, *size), (samples, outer * groups, *windows[4])
    return x, out, (outer * groups, inner, *windows[0]), windows, groups


def convolve(d: Draw) -> Operands:
    x, _, weight, windows, groups = _convolution(d)
    return d.array(x), d.array(weight), d.pick(None, d.array(weight[:1])), windows, groups


def convolve_adjoint(d: Draw) -> Operands:
    x, out, weight, windows, groups = _convolution(d)
    return d.array(out), d.array(weight), x[2:], windows, groups


def convolve_weights(d: Draw) -> Operands:
    x, out, _, windows, groups = _convolution(d)
    return d.array(x), d.array(out), windows, groups


def sliding(d: Draw) -> Operands:
    """Images and windows over them."""
    size, windows = _windows(d)
    return d.array((0 if d.rarely() else 1, d.whole(1, 2), *size)), windows


def largest_places(d: Draw) -> Operands:
    """Images with equal elements, and windows each of which reaches into them."""
    x, (kernel, stride, _, dilation, places) = sliding(d)
    before = tuple(d.whole(0, ((k - 1) * e + 1) // 2) for k, e in zip(kernel, dilation, strict=True))
    inside = zip(places, x.shape[2:], stride, before, strict=True)
    places = tuple(min(p, (n + b - 1) // s + 1) for p, n, s, b in inside)
    return d.array(x.shape, few), (kernel, stride, before, dilation, places)


def fold(d: Draw) -> Operands:
    size, windows = _windows(d)
    return d.array((1, d.whole(1, 2), *windows[0], *windows[4])), size, windows


def spread_over_windows(d: Draw) -> Operands:
    size, windows = _windows(d)
    return d.array((d.whole(1, 2), d.whole(1, 2), *windows[4])), size, windows


def adaptive_largest_places(d: Draw) -> Operands:
    size = tuple(d.whole(1, 4) for _ in range(d.whole(1, 2)))
    return d.array((d.whole(0, 2), d.whole(1, 2), *size), few), tuple(d.whole(1, 3) for _ in size)


def norm(d: Draw) -> Operands:
    x, dim, keepdim = reducing(Draw.any_dims, bowed, empty=False)(d)
    return x, d.pick(2.0, 1.0, 3.0, 0.5, math.inf, -math.inf, 0.0), dim, keepdim


def reshape(d: Draw) -> Operands:
    x = d.array(d.shape())
    whole, split = (x.size,), (x.shape[0], 1, *x.shape[1:]) if x.ndim else (1, 1)
    return x, d.pick(whole, split, x.shape[::-1], (1, *x.shape), x.shape)


def permute(d: Draw) -> Operands:
    x = d.array(d.shape())
    order = d.rng.permutation(x.ndim)
    return x, tuple(int(k) - x.ndim * d.flag() for k in order)


def expand(d: Draw) -> Operands:
    target = d.shape()
    return d.array(d.shrunk(target)), target


def sum_to(d: Draw) -> Operands:
    x = d.array(d.shape())
    return x, d.shrunk(x.shape)


def roll(d: Draw) -> Operands:
    x = d.array(d.shape(1))
    dims = d.dims(x)
    several = tuple(d.whole(-4, 4) for _ in dims), dims
    return x, *d.pick((d.whole(-4, 4), None), (d.whole(-4, 4), d.dim(x)), several)


def narrow(d: Draw) -> Operands:
    x = d.array(d.shape(1))
    dim = d.dim(x)
    start = d.whole(0, x.shape[dim])
    return x, dim, start, d.whole(0, x.shape[dim] - start)


def widen(d: Draw) -> Operands:
    x = d.array(d.shape(1))
    dim = d.dim(x)
    start = d.whole(0, 2)
    return x, dim, start, start + x.shape[dim] + d.whole(0, 2)


def concatenate(d: Draw) -> Operands:
    first = d.array(d.shape(1, 2))
    dim = d.dim(first)
    xs = [first]
    for _ in range(d.whole(0, 2)):
        lengths = list(first.shape)
        lengths[dim] = d.whole(0, 3)
        xs.append(d.array(tuple(lengths)))
    return dim, tuple(np.cumsum([0, *(x.shape[dim] for x in xs)]).tolist()), *xs


def diagonals(d: Draw, lengths: Shape) -> tuple[int, int, int]:
    """An offset and the two dimensions of a diagonal."""
    n = len(lengths)
    first, second = d.rng.permutation(n)[:2].tolist()
    return d.whole(-2, 2), first - n * d.flag(), second - n * d.flag()


def diagonal(d: Draw) -> Operands:
    x = d.array(d.shape(2))
    return x, *diagonals(d, x.shape)


def diagonal_scatter(d: Draw) -> Operands:
    lengths = d.shape(2)
    where = diagonals(d, lengths)
    return d.array(np.diagonal(np.empty(lengths), *where).shape), lengths, *where


def pad(d: Draw) -> Operands:
    x = d.array(d.shape(1))
    before = [d.whole(-n, 2) for n in x.shape]
    widths = tuple((b, d.whole(-n - min(b, 0), 2)) for b, n in zip(before, x.shape, strict=True))
    return x, widths, d.pick(0.0, 1.5)


def getitem(d: Draw) -> Operands:
    x = d.array(d.shape())
    return x, d.index(x.shape)


def put_at(d: Draw) -> Operands:
    lengths = d.shape()
    index = d.index(lengths)
    return d.array(np.empty(lengths)[index].shape), lengths, index


def setitem(d: Draw) -> Operands:
    """A value that broadcasts to the places, though it may have more leading dims of length 1.

    Where a place is named more than once, the last of its values stays, and the others have no derivative.
    """
    x = d.array(d.shape())
    index = d.index(x.shape, repeat=d.flag())
    lead = (1,) * d.whole(0, 1)
    return x, index, d.pick(d.array(lead + d.shrunk(np.empty(x.shape)[index].shape)), d.number(reals))


def put_view(d: Draw) -> Operands:
    """A value for what a chain of views sees of x."""
    x = d.array(d.shape())
    steps: list[Any] = []
    seen: Array = np.empty(x.shape)
    for _ in range(d.whole(1, 3)):
        n = seen.ndim
        step = d.pick(
            (indexing.getitem, d.basic_index(seen.shape)),
            (shape.permute, tuple(d.rng.permutation(n).tolist())),
            (edge.reshape, (seen.size,)),
            (shape.identity,),
            *([(shape.diagonal, *diagonals(d, seen.shape))] if n > 1 else []),
        )
        seen = np.asarray(step[0].forward(seen, *step[1:]))
        steps.append((step[0], step[1:]))
    return x, d.pick(d.array(seen.shape), d.number(reals)), tuple(steps)


def gather(d: Draw) -> Operands:
    x = d.array(d.shape(1))
    dim = d.dim(x)
    return x, dim, d.places(x, dim)


def scatter(d: Draw) -> Operands:
    x, dim = along(Draw.dim, least=1)(d)
    index = d.places(x, dim, repeat=d.flag())
    return x, dim, index, d.pick(d.array(index.shape), d.number(reals))


def scatter_add(d: Draw) -> Operands:
    x, dim, index = gather(d)
    return x, dim, index, d.array(index.shape)


def reduced_at(d: Draw) -> Operands:
    """x, elements to send to places of it, none near another, and where to."""
    x, dim, index = gather(d)
    numbers = d.array((x.size + index.size,), apart())
    return numbers[: x.size].reshape(x.shape), numbers[x.size :].reshape(index.shape), dim, index


def extremes_at(d: Draw) -> Operands:
    return *reduced_at(d), d.flag(), d.flag()


def products_at(d: Draw) -> Operands:
    x, dim, index = gather(d)
    return d.array(x.shape, few), d.array(index.shape, few), dim, index, d.flag()


def as_strided(d: Draw) -> Operands:
    """x in order, or every other element of a memory, and a view that may see elements several times."""
    lengths, gap = d.shape(1), d.whole(1, 2)
    x = d.array(lengths)
    steps = [gap * int(np.prod(lengths[i + 1 :])) for i in range(len(lengths))]
    if not x.size:
        return x, (0,), (1,), 0, (tuple(steps), 0)
    size = (d.whole(1, 3), d.whole(1, 3))
    stride = tuple(gap * d.whole(0, max((x.size - 1) // (2 * max(n - 1, 1)), 0)) for n in size)
    return x, size, stride, 0, (tuple(steps), 0)


def sliding_windows(d: Draw) -> Operands:
    x = d.array(d.shape(1))
    dim = d.rng.integers(x.ndim).item()
    return x, dim, d.whole(0, x.shape[dim]), d.whole(1, 3)


def overlap_add(d: Draw) -> Operands:
    x, dim, size, step = sliding_windows(d)
    count = (x.shape[dim] - size) // step + 1
    return d.array((*x.shape[:dim], count, *x.shape[dim + 1 :], size)), x.shape, dim, size, step


EQUATIONS = [
    "ij->ji", "ij->i", "ij->", "i->i", "ii->i", "ii->", "iij->j", "iji->ij", "iii->i",
    "i,i->i", "i,j->ij", ",i->i", "ij,k->j", "ij,ij->", "ij,ij->ij", "ii,i->i", "ii,ij->j", "ij,jk->ik", "bij,bjk->bik",
    "ij,kj,k->ik", "i,j,k->kji", "ij,ji,j->",
]  # fmt: skip


def einsum(d: Draw) -> Operands:
    """An equation and arrays for it, whose lengths agree letter by letter; those of one of several may be 1."""
    equation = d.pick(*EQUATIONS)
    terms = equation.split("->")[0].split(",")
    length = {letter: d.whole(0 if d.rarely() else 1, 3) for letter in "".join(terms)}
    ones = d.whole(0, 3) if len(terms) > 1 else None
    return equation, *(d.array(tuple(1 if i == ones else length[l] for l in term)) for i, term in enumerate(terms))


def linear(d: Draw) -> Operands:
    """x (…, in), weight (out, in) and bias (out), or weight (in) and a single bias, or none."""
    size, out = d.whole(1, 3), d.pick((), (1,), (3,))
    return d.array((*d.shape(most=2), size)), d.array((*out, size)), d.pick(None, d.array(out))


def batch_norm(d: Draw) -> Operands:
    """x (N, C, …), weight (C) and bias (C), which may be missing. Running averages are left out."""
    channels = d.whole(1, 3)
    x = d.array((d.whole(2, 3), channels, *d.pick((), (2,), (2, 1))), apart())
    weight, bias = (d.pick(None, d.array((channels,))) for _ in range(2))
    return x, weight, bias, None, None, None, d.pick(1e-3, 0.1)


def frozen_batch_norm(d: Draw) -> Operands:
    """x (N, C, …), weight (C) and bias (C), which may be missing, and the averages."""
    x, weight, bias, *_ = batch_norm(d)
    channels = x.shape[1:2]
    return x, weight, bias, d.array(channels), d.array(channels, positive), d.pick(1e-3, 0.1)


def layer_norm(d: Draw) -> Operands:
    """x, weight and bias in the shape of the last dimensions, or missing, and how many these are."""
    x = d.array(d.shape(2), apart())
    ndim = d.whole(1, 2)
    weight, bias = (d.pick(None, d.array(x.shape[-ndim:])) for _ in range(2))
    return x, weight, bias, ndim, d.pick(1e-3, 0.1)


def group_norm(d: Draw) -> Operands:
    """x (N, C, …), weight and bias (C,), or missing, and how many groups of channels."""
    groups, each = d.whole(1, 2), d.whole(1, 2)
    x = d.array((d.whole(1, 2), groups * each, d.whole(2, 3)), apart())
    weight, bias = (d.pick(None, d.array((groups * each,))) for _ in range(2))
    return x, weight, bias, groups, d.pick(1e-3, 0.1)


def distances(d: Draw) -> Operands:
    """Two sets of points (…, n, d) and (…, m, d), of which no two are the same."""
    batch, size = d.pick((), (2,)), d.whole(1, 2)
    n, m = d.whole(1, 3), d.whole(1, 3)
    return d.array((*batch, n, size), between(1, 2)), d.array((*batch, m, size), between(-2, -1))


def distances_of_pairs(d: Draw) -> Operands:
    x = d.array((d.whole(2, 3), d.whole(1, 2)), apart())
    return x, *np.triu_indices(len(x), 1)


def recurrent(gates: int, states: int = 1, *settings: Any) -> Callable[[Draw], Operands]:
    """Inputs (T, N, I), states (N, H), and the weights of both (gates · H, …), with biases or without."""

    def draw(d: Draw) -> Operands:
        steps, batch, size, hidden = d.whole(1, 3), d.whole(1, 2), d.whole(1, 2), d.whole(1, 2)
        first = [d.array((batch, hidden)) for _ in range(states)]
        weights = [d.array((gates * hidden, n)) for n in (size, hidden)]
        biases = [d.pick(None, d.array((gates * hidden,))) for _ in range(2)]
        return d.array((steps, batch, size)), *first, *weights, *biases, *settings

    return draw


def attention(d: Draw) -> Operands:
    """Queries, keys and values, one batch of all; a mask or none, dropped weights or none, causal or not, a scale."""
    batch, (rows, columns, size, out) = d.shape(most=1), (d.whole(1, 3) for _ in range(4))
    scores = (*batch, rows, columns)
    mask = d.pick(None, d.array(d.shrunk(scores)))
    kept, factor = d.pick((None, 1.0), (d.array(scores, flags), 2.0))
    shapes = (*batch, rows, size), (*batch, columns, size), (*batch, columns, out)
    return *map(d.array, shapes), mask, kept, d.flag(), d.pick(0.5, 2.0), factor


def cross_entropy(d: Draw) -> Operands:
    """Logits (N, C), a class for each, some of them to be ignored, and weights of the classes."""
    n, c = d.whole(1, 4), d.whole(1, 4)
    target = d.rng.integers(0, c, n)
    target[1:] = np.where(flags(d.rng, (n - 1,)), target[1:], -100)
    weight = d.pick(None, d.array((c,), positive))
    return d.array((n, c)), target, weight, -100, d.pick(0.0, 0.1), d.pick("mean", "sum", "none")


def nll_loss(d: Draw) -> Operands:
    """The same without smoothing."""
    x, target, weight, ignore_index, _, reduction = cross_entropy(d)
    return x, target, weight, ignore_index, reduction


def matrix(d: Draw, rows: int, columns: int, batch: Shape) -> Array:
    """A matrix that is well conditioned, with distinct singular values: a diagonal, and a little beside it."""
    diagonal = np.eye(rows, columns) * np.arange(1, columns + 1)
    return np.asarray(d.array((*batch, rows, columns)) * 0.1 + diagonal)


def square(d: Draw) -> Operands:
    n = d.whole(0 if d.rarely() else 1, 3)
    return (matrix(d, n, n, d.shape(most=1)),)


def factorized(d: Draw) -> Operands:
    """A matrix with as many rows as columns, or more, or fewer."""
    rows, columns = d.whole(0 if d.rarely() else 1, 3), d.whole(1, 3)
    return (matrix(d, rows, columns, d.shape(most=1)),)


def system(d: Draw) -> Operands:
    (a,) = square(d)
    return a, d.array((*a.shape[:-1], d.whole(1, 2)))


def triangular_system(d: Draw) -> Operands:
    return *system(d), d.flag(), d.flag()


def pinv(d: Draw) -> Operands:
    return *factorized(d), np.array(0.01), np.array(0.0)


def matmul(d: Draw) -> Operands:
    """Vectors, matrices and stacks of them, which broadcast."""
    (n, m, k), stack = (d.whole(0 if d.rarely() else 1, 3) for _ in range(3)), d.shape(most=2)
    x = d.pick((m,), (n, m), (*d.shrunk(stack), n, m))
    y = d.pick((m,), (m, k), (*d.shrunk(stack), m, k))
    return d.array(x), d.array(y)


def drawn(d: Draw) -> Operands:
    """The parameters of distributions, and numbers between 0 and 1 that may have been drawn from them."""
    shape = d.shape(1)
    return d.array(shape, positive), d.array(shape, between(0.05, 0.95))
