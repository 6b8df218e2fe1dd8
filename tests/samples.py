"""For every primitive, how to draw a call of it: the table that the tests of derivatives run over.

A primitive that is registered anywhere in the package needs a row here, and every argument that it has a
derivative by must be a floating array in some of the calls. The tests say so if it is not.

A row is a function of a `Draw` that returns the arguments of one call, settings included. A fused operation
is a row like any other.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tinygrad_lite.ops import elementwise, indexing, shape
from tinygrad_lite.primitive import REGISTRY, Array, Operands

from .drawing import (
    Call,
    Domain,
    Draw,
    Shape,
    apart,
    between,
    bowed,
    few,
    flags,
    nonzero,
    positive,
    readonly,
    reals,
    special,
    unit,
    whole,
)

Row = Callable[[Draw], Operands]


def calls(name: str) -> st.SearchStrategy[Call]:
    """The calls of one primitive."""

    @st.composite
    def draw_call(draw: Callable[[Any], Any]) -> Call:
        d = Draw(draw)
        return Call(REGISTRY[name], readonly(SAMPLES[name](d)), d.seed)

    return draw_call()


@functools.cache
def examples(name: str, count: int = 12) -> tuple[Call, ...]:
    """The same few calls every time."""
    found: list[Call] = []

    @settings(max_examples=count, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(calls(name))
    def collect(call: Call) -> None:
        found.append(call)

    collect()
    return tuple(found)


# ------------------------------------------------------------------------------------------ rows by the kind


def values(*domains: Domain) -> Row:
    """Arrays that broadcast with one another, all of which but one may be numbers instead."""

    def row(d: Draw) -> Operands:
        args: list[Any] = [d.array(*each) for each in zip(d.shapes(len(domains)), domains, strict=True)]
        numbers = [i for i in range(len(args)) if d.flag()] if d.flag() else []
        for i in numbers[: len(args) - 1]:
            args[i] = d.number(domains[i])
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


def one_or_all(d: Draw, x: Array) -> int | None:
    return d.dim(x) if x.ndim and d.flag() else None


def any_or_front(d: Draw, x: Array) -> int:
    return d.dim(x) if x.ndim else d.pick(0, -1)  # a 0-d array too has a dimension to go along


# -------------------------------------------------------------------------------------------- rows of their own

# Whole numbers and halves are where rounding jumps; a dividend is never near a multiple of a divisor.
broken = between(*(k + d for k in range(-3, 3) for d in (0.1, 0.4, 0.6, 0.9)))
dividend = between(-3.7, -3.3, -1.7, -0.3, 0.3, 1.7, 3.3, 3.7)
divisor = between(-2.9, -2.1, 2.1, 2.9)


def powers(d: Draw) -> Operands:
    """A positive basis with any exponent, any basis with a whole one, and 0 with one that is not negative."""
    if d.flag():
        return values(positive, reals)(d)
    low, basis = d.pick((-2, nonzero), (0, few))
    x, y = d.shapes(2)
    exponent = d.rng.integers(low, 4, y)
    return d.array(x, basis), d.pick(exponent, d.whole(low, 3), float(d.whole(low, 3)))


def bounds(d: Draw) -> Operands:
    """x and its bounds, of which one may be missing; the lower may lie above the upper."""
    x, low, high = values(apart(), apart(1 / 3), apart(2 / 3))(d)
    if not isinstance(x, np.ndarray) or d.flag():
        return x, low, high
    return (x, None, high) if d.flag() else (x, low, None)


def rounding(d: Draw) -> Operands:
    decimals = d.whole(-1, 1)
    return d.array(d.shape(), lambda rng, shape: broken(rng, shape) / 10**decimals), decimals


def softening(d: Draw) -> Operands:
    """x, beta and the threshold on beta x, where the function jumps: x is not near it."""
    x = d.array(d.shape(), between(-2.5, 0.4, 0.6, 0.9, 1.1, 1.9, 2.1, 2.5))
    return x, d.pick(1, 2, 0.5), d.pick(20, 1)


def sixtyfourths(d: Draw) -> Operands:
    """Numbers, and what is one finite-difference step away, that all dtypes represent exactly."""
    x = d.array(d.shape(), lambda rng, shape: rng.integers(-128, 128, shape) / 64)
    return x, np.dtype(d.pick("float64", "float32"))


def spread(d: Draw) -> Operands:
    """For var and std: more elements than the correction takes away."""
    x, dim = along(Draw.any_dims, apart(), empty=False)(d)
    count = x.size // np.sum(x, axis=dim).size
    return x, dim, d.pick(0, *(c for c in (1, 0.5, 2) if count > c)), d.flag()


def norms(d: Draw) -> Operands:
    x, dim, keepdim = reducing(Draw.any_dims, bowed, empty=False)(d)
    return x, d.pick(2.0, 1.0, 3.0, 0.5, math.inf, -math.inf, 0.0), dim, keepdim


def reshaping(d: Draw) -> Operands:
    x = d.array(d.shape())
    whole, split = (x.size,), (x.shape[0], 1, *x.shape[1:]) if x.ndim else (1, 1)
    return x, d.pick(whole, split, x.shape[::-1], (1, *x.shape), x.shape)


def ordering(d: Draw) -> Operands:
    x = d.array(d.shape())
    order = d.rng.permutation(x.ndim)
    return x, tuple(int(k) - x.ndim * d.flag() for k in order)


def expanding(d: Draw) -> Operands:
    target = d.shape()
    return d.array(d.shrunk(target)), target


def summing(d: Draw) -> Operands:
    x = d.array(d.shape())
    return x, d.shrunk(x.shape)


def rolling(d: Draw) -> Operands:
    x = d.array(d.shape(1))
    dims = d.dims(x)
    several = tuple(d.whole(-4, 4) for _ in dims), dims
    return x, *d.pick((d.whole(-4, 4), None), (d.whole(-4, 4), d.dim(x)), several)


def narrowing(d: Draw) -> Operands:
    x = d.array(d.shape(1))
    dim = d.dim(x)
    start = d.whole(0, x.shape[dim])
    return x, dim, start, d.whole(0, x.shape[dim] - start)


def widening(d: Draw) -> Operands:
    x = d.array(d.shape(1))
    dim = d.dim(x)
    start = d.whole(0, 2)
    return x, dim, start, start + x.shape[dim] + d.whole(0, 2)


def joining(d: Draw) -> Operands:
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


def diagonal_back(d: Draw) -> Operands:
    lengths = d.shape(2)
    where = diagonals(d, lengths)
    return d.array(np.diagonal(np.empty(lengths), *where).shape), lengths, *where


def padding(d: Draw) -> Operands:
    x = d.array(d.shape())
    before = [d.whole(-n, 2) for n in x.shape]
    widths = tuple((b, d.whole(-n - min(b, 0), 2)) for b, n in zip(before, x.shape, strict=True))
    return x, widths, d.pick(0.0, 1.5)


def taking(d: Draw) -> Operands:
    x = d.array(d.shape())
    return x, d.index(x.shape)


def putting(d: Draw) -> Operands:
    lengths = d.shape()
    index = d.index(lengths)
    return d.array(np.empty(lengths)[index].shape), lengths, index


def replacing(d: Draw) -> Operands:
    """A value for distinct places, which broadcasts to them, though it may have more leading dims of length 1."""
    x = d.array(d.shape())
    index = d.index(x.shape, repeat=False)
    lead = (1,) * d.whole(0, 1)
    return x, index, d.pick(d.array(lead + d.shrunk(np.empty(x.shape)[index].shape)), d.number(reals))


def replacing_a_view(d: Draw) -> Operands:
    """A value for what a chain of views sees of x."""
    x = d.array(d.shape())
    steps: list[Any] = []
    seen: Array = np.empty(x.shape)
    for _ in range(d.whole(1, 3)):
        n = seen.ndim
        step = d.pick(
            (indexing.getitem, d.basic_index(seen.shape)),
            (shape.permute, tuple(d.rng.permutation(n).tolist())),
            (shape.reshape, (seen.size,)),
            (elementwise.identity,),
            *([(shape.diagonal, *diagonals(d, seen.shape))] if n > 1 else []),
        )
        seen = np.asarray(step[0].forward(seen, *step[1:]))
        steps.append((step[0], step[1:]))
    return x, d.pick(d.array(seen.shape), d.number(reals)), tuple(steps)


def gathering(d: Draw) -> Operands:
    x = d.array(d.shape(1))
    dim = d.dim(x)
    return x, dim, d.places(x, dim)


def scattering(d: Draw) -> Operands:
    x, dim = along(Draw.dim, least=1)(d)
    index = d.places(x, dim, repeat=False)
    return x, dim, index, d.pick(d.array(index.shape), d.number(reals))


def scatter_adding(d: Draw) -> Operands:
    x, dim, index = gathering(d)
    return x, dim, index, d.array(index.shape)


EQUATIONS = (
    "ij->ji ij->i ij-> i->i ii->i ii-> iij->j iji->ij ij,jk->ik i,j->ij ij,ij-> bij,bjk->bik ij,ij->ij "
    "i,i->i ij,k->j ii,i->i ii,ij->j ij,kj,k->ik i,j,k->kji ,i->i ij,ji,j-> iii->i"
).split()


def products(d: Draw) -> Operands:
    """An equation and arrays for it, whose lengths agree letter by letter; those of one of several may be 1."""
    equation = d.pick(*EQUATIONS)
    terms = equation.split("->")[0].split(",")
    length = {letter: d.whole(0, 3) if d.rare() else d.whole(1, 3) for letter in "".join(terms)}
    ones = d.whole(0, 3) if len(terms) > 1 else None
    return equation, *(d.array(tuple(1 if i == ones else length[l] for l in term)) for i, term in enumerate(terms))


def matrices(d: Draw) -> Operands:
    return tuple(d.array(s) for s in d.shapes(signature=np.matmul.signature))


SAMPLES: dict[str, Row] = {
    # arithmetic
    "add": values(reals, reals),
    "sub": values(reals, reals),
    "mul": values(reals, reals),
    "div": values(reals, nonzero),
    "floor_divide": values(reals, nonzero),
    "trunc_divide": values(dividend, divisor),
    "pow": powers,
    "fmod": values(dividend, divisor),
    "remainder": values(dividend, divisor),
    "neg": values(reals),
    "abs": values(nonzero),
    "square": values(reals),
    "reciprocal": values(nonzero),
    "lerp": values(reals, reals, reals),
    # exponentials and powers
    "exp": values(reals),
    "exp2": values(reals),
    "expm1": values(reals),
    "log": values(positive),
    "log2": values(positive),
    "log10": values(positive),
    "log1p": values(between(-0.6, 3)),
    "logaddexp": values(reals, reals),
    "sqrt": values(positive),
    "rsqrt": values(positive),
    "hypot": values(nonzero, nonzero),
    # trigonometry
    "sin": values(reals),
    "cos": values(reals),
    "tan": values(between(-1.2, 1.2)),
    "asin": values(unit),
    "acos": values(unit),
    "atan": values(reals),
    "atan2": values(nonzero, nonzero),
    "sinh": values(reals),
    "cosh": values(reals),
    "tanh": values(reals),
    "asinh": values(reals),
    "acosh": values(between(1.3, 4)),
    "atanh": values(unit),
    # activations and the error function
    "sigmoid": values(reals),
    "logsigmoid": values(nonzero),
    "softplus": softening,
    "relu": values(nonzero),
    "step": values(nonzero),
    "erf": values(reals),
    "erfc": values(reals),
    # rounding and signs
    "sign": values(nonzero),
    "floor": values(broken),
    "ceil": values(broken),
    "trunc": values(broken),
    "round": rounding,
    "frac": values(broken),
    "copysign": values(nonzero, nonzero),
    # choosing and bounding
    "maximum": values(apart(), apart(1 / 2)),
    "minimum": values(apart(), apart(1 / 2)),
    "clamp": bounds,
    "where": values(flags, reals, reals),
    # results without gradient
    "eq": values(few, few),
    "ne": values(few, few),
    "lt": values(few, few),
    "le": values(few, few),
    "gt": values(few, few),
    "ge": values(few, few),
    "logical_and": values(few, few),
    "logical_or": values(few, few),
    "logical_xor": values(few, few),
    "logical_not": values(few),
    "bitwise_and": values(whole, whole),
    "bitwise_or": values(whole, whole),
    "bitwise_xor": values(whole, whole),
    "bitwise_not": values(whole),
    "bitwise_left_shift": values(whole, whole),
    "bitwise_right_shift": values(whole, whole),
    "isnan": values(special),
    "isinf": values(special),
    "isfinite": values(special),
    "isclose": lambda d: (*values(special, special)(d), d.pick(1e-5, 0.0), d.pick(1e-8, 2.0), d.flag()),
    # the same values again
    "cast": sixtyfourths,
    "identity": values(reals),
    "clone": values(reals),
    "ones_like": values(reals),
    # shapes
    "reshape": reshaping,
    "permute": ordering,
    "expand": expanding,
    "sum_to": summing,
    "flip": along(Draw.dims),
    "roll": rolling,
    "narrow": narrowing,
    "widen": widening,
    "concatenate": joining,
    "tril": along(lambda d, x: d.whole(-3, 3), least=2),
    "triu": along(lambda d, x: d.whole(-3, 3), least=2),
    "diagonal": diagonal,
    "diagonal_scatter": diagonal_back,
    "pad": padding,
    # indices
    "getitem": taking,
    "put_at": putting,
    "setitem": replacing,
    "put_view": replacing_a_view,
    "gather": gathering,
    "scatter": scattering,
    "scatter_add": scatter_adding,
    "nonzero": values(few),
    "one_hot": lambda d: (*values(whole)(d), d.whole(8, 10)),
    # products
    "matmul": matrices,
    "einsum": products,
    # reductions
    "sum": reducing(Draw.any_dims),
    "mean": reducing(Draw.any_dims),
    "var": spread,
    "std": spread,
    "norm": norms,
    "count_nonzero": along(Draw.any_dims, few),
    "prod": reducing(one_or_all, few),
    "cumprod_before": along(Draw.dim, few, least=1),
    "cumprod": along(Draw.dim, few, least=1),
    "cumsum": along(Draw.dim, least=1),
    "amax": reducing(Draw.any_dims, apart(), empty=False),
    "amin": reducing(Draw.any_dims, apart(), empty=False),
    "argmax": reducing(one_or_all, few, empty=False),
    "argmin": reducing(one_or_all, few, empty=False),
    "argsort": lambda d: (*along(any_or_front, few)(d), d.flag()),
    "all": reducing(Draw.any_dims, few),
    "any": reducing(Draw.any_dims, few),
    "logsumexp": reducing(Draw.any_dims),
    "softmax": along(any_or_front),
    "log_softmax": along(any_or_front),
}
