"""Drawing the calls of primitives that the tests of derivatives run on.

Hypothesis draws, and shrinks, how large a call may be, and the seed of a generator that draws all the rest:
shapes (0-d, empty, broadcast), memory layouts, dimensions, indices, and values. So a few calls vary a lot.
(Drawn piece by piece by Hypothesis, most of the first few are alike: of 16 calls of narrow, 15 took nothing.)

Values come out of a *domain*: numbers where the function is smooth, a good many finite-difference steps away
from its kinks and poles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tinygrad_lite.core.primitive import Array, Fused, Operands, Primitive

Shape = tuple[int, ...]
Domain = Callable[[np.random.Generator, Shape], Array]


@dataclass(frozen=True)
class Call:
    """A call of a primitive, all its arrays read-only, and a seed for what a check draws beside it."""

    primitive: Primitive
    args: Operands
    seed: int

    @property
    def places(self) -> list[int]:
        """Where the arguments are that can have a gradient: floating arrays that there is a derivative by."""
        named = derivatives(self.primitive)
        return [i for i, x in enumerate(self.args) if is_float(x) and self.name_of(i) in named]

    def name_of(self, place: int) -> str:
        """The name of an argument; that of the list, for an item of a variadic one."""
        names = self.primitive.names
        return names[min(place, len(names) - 1)]

    def replaced(self, changed: dict[int, Any]) -> Call:
        """The same call but for the arguments in some places."""
        return replace(self, args=tuple(changed.get(i, x) for i, x in enumerate(self.args)))

    def __call__(self) -> Any:
        """The result: a Tensor, if an argument is one."""
        return self.primitive(*self.args)


def is_float(x: Any) -> bool:
    """Return True if x is an array of floats."""
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def derivatives(primitive: Primitive) -> list[str]:
    """The names of the arguments that a primitive has derivatives by."""
    if isinstance(primitive, Fused):
        return list(primitive.names[: primitive.differentiable])
    rules = zip(primitive.names, primitive.rules, strict=True)
    return [name for name, rule in rules if rule is not None and not hasattr(rule.vjp, "unchecked")]


# ------------------------------------------------------------------------------------------------- domains


def between(*ends: float) -> Domain:
    """Numbers from a union of intervals, each given by its two ends."""
    low, high = np.array(ends[::2]), np.array(ends[1::2])

    def draw(rng: np.random.Generator, shape: Shape) -> Array:
        piece = rng.integers(len(low), size=shape)
        return rng.uniform(low[piece], high[piece])

    return draw


def apart(offset: float = 0.0) -> Domain:
    """Numbers near different whole ones, plus an offset: none close to another, nor to one of another offset."""

    def draw(rng: np.random.Generator, shape: Shape) -> Array:
        size = int(np.prod(shape, dtype=int))
        return (rng.permutation(size) - size // 2 + rng.uniform(-0.05, 0.05, size) + offset).reshape(shape)

    return draw


def bowed(rng: np.random.Generator, shape: Shape) -> Array:
    """Numbers of either sign, whose magnitudes are apart from one another and from 0 (for up to 27 of them)."""
    return rng.choice([-1.0, 1.0], shape) * 0.2 * apart(16)(rng, shape)


def among(*options: Any) -> Domain:
    """A few values, which therefore often repeat."""
    return lambda rng, shape: rng.choice(options, shape)


reals = between(-2.5, 2.5)
dividend = between(-3.7, -3.3, -1.7, -0.3, 0.3, 1.7, 3.3, 3.7)  # never near a multiple of a divisor
divisor = between(-2.9, -2.1, 2.1, 2.9)
broken = between(*(k + d for k in range(-3, 3) for d in (0.1, 0.4, 0.6, 0.9)))  # off whole numbers and halves
positive = between(0.4, 3)
nonzero = between(-2.5, -0.4, 0.4, 2.5)
unit = between(-0.8, 0.8)
flags = among(False, True)
few = among(-1.0, 0.0, 1.0, 2.0)
whole = among(*range(8))
special = among(-1.0, 0.0, 1.0, 1 + 1e-9, np.inf, -np.inf, np.nan)

# ------------------------------------------------------------------------------------------------- arrays


def readonly(x: Any) -> Any:
    """x, whose memory (that of its arrays, if it is a tuple) nobody may write any more."""
    if isinstance(x, tuple):
        for item in x:
            readonly(item)
    memory = x
    while isinstance(memory, np.ndarray):
        memory.flags.writeable = False
        memory = memory.base
    return x


def _strided(x: Array) -> Array:
    """The same values, backwards in memory and with gaps between them."""
    memory = np.zeros([2 * n for n in x.shape], x.dtype)
    view = memory[(..., *(slice(None, None, -2) for _ in x.shape))]
    view[...] = x
    return view


LAYOUTS: tuple[Callable[[Array], Array], ...] = (np.array, lambda x: x.T.copy().T, _strided)
"""Ways for the same values to lie in memory."""


class Draw:
    """What a row draws a call with: everything from one generator, so that a seed and a size say it all."""

    def __init__(self, seed: int, size: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.size = size

    def whole(self, low: int, high: int) -> int:
        """A whole number, either end included."""
        return int(self.rng.integers(low, high + 1))

    def pick(self, *options: Any) -> Any:
        return options[self.whole(0, len(options) - 1)]

    def flag(self) -> bool:
        return bool(self.whole(0, 1))

    def rarely(self) -> bool:
        return self.whole(0, 5) == 0

    # ---- shapes

    def shape(self, least: int = 0, most: int = 3, empty: bool = True) -> Shape:
        """So many dimensions, each as long as the size allows; with `empty`, now and then 0."""
        shortest = 0 if empty and self.rarely() else 1
        ndim = self.whole(least, max(least, min(most, self.size)))
        return tuple(self.whole(shortest, self.size) for _ in range(ndim))

    def shrunk(self, shape: Shape) -> Shape:
        """A shape that broadcasts to this one: some leading dimensions missing, some of length 1."""
        lead = self.whole(0, len(shape)) if self.flag() else 0
        return tuple(1 if self.rarely() else n for n in shape[lead:])

    def shapes(self, count: int) -> list[Shape]:
        """Shapes that broadcast with one another."""
        largest = self.shape()
        return [self.shrunk(largest) for _ in range(count)]

    # ---- values

    def array(self, shape: Shape, domain: Domain = reals) -> Array:
        """An array with values of a domain, in one of the layouts."""
        return self.pick(*LAYOUTS)(np.asarray(domain(self.rng, shape)))  # type: ignore[no-any-return]  # of a known type

    def number(self, domain: Domain) -> Any:
        """A number of a domain, Python's or NumPy's."""
        value = np.asarray(domain(self.rng, ()))[()]
        return value if self.flag() else value.item()

    # ---- dimensions and indices

    def dim(self, x: Array) -> int:
        """One dimension, counted from either end; a 0-d array too has one to go along."""
        n = max(x.ndim, 1)
        return self.whole(-n, n - 1)

    def one_or_all(self, x: Array) -> int | None:
        """One dimension, or None for all."""
        return self.dim(x) if x.ndim and self.flag() else None

    def dims(self, x: Array) -> tuple[int, ...]:
        """Several different dimensions, each counted from either end."""
        return tuple(d - x.ndim * self.flag() for d in range(x.ndim) if self.flag())

    def any_dims(self, x: Array) -> Any:
        """None, one dimension or several."""
        return self.pick(None, self.dim(x), self.dims(x)) if x.ndim else None

    def basic_index(self, shape: Shape) -> Any:
        """An index of whole numbers, slices, None and `...`."""
        parts: list[Any] = []
        for n in shape:
            ends = (self.pick(None, self.whole(-n - 1, n + 1)) for _ in range(2))
            parts.append(self.whole(-n, n - 1) if n and self.rarely() else slice(*ends, self.pick(None, -1, 2, -2)))
        first = self.whole(0, len(parts))
        if self.flag():
            parts[first : self.whole(first, len(parts))] = [...]
        else:
            del parts[first:]
        if self.flag():
            parts.insert(self.whole(0, len(parts)), None)
        return parts[0] if len(parts) == 1 and self.flag() else tuple(parts)

    def index(self, shape: Shape, repeat: bool = True) -> Any:
        """Whatever NumPy takes between brackets; with `repeat` it may name an element more than once."""
        kind = self.pick("basic", "mask", "arrays")
        if kind == "basic" or not shape or 0 in shape:
            return self.basic_index(shape)
        if kind == "mask":
            return flags(self.rng, shape[: self.whole(1, len(shape))])
        if not repeat:
            return (..., self.rng.permutation(shape[-1])[: self.whole(0, 2)] - shape[-1] * self.flag())
        parts = [self.pick(slice(None), slice(None, None, -1), 0, -1) for _ in shape]
        for d in {self.whole(0, len(shape) - 1), self.whole(0, len(shape) - 1)}:
            parts[d] = self.rng.integers(-shape[d], shape[d], (2, 2))
        return tuple(parts)

    def places(self, x: Array, dim: int, repeat: bool = True) -> Array:
        """An index array for `gather` and its like; with `repeat` it may name a place more than once."""
        lengths = [self.whole(0 if self.rarely() else min(n, 1), n) for n in x.shape]
        if repeat:
            lengths[dim] = self.whole(0, 4) if x.shape[dim] else 0
            return self.rng.integers(0, max(x.shape[dim], 1), lengths)
        order = np.argsort(self.rng.random(x.shape), axis=dim)
        return order[tuple(slice(n) for n in lengths)]
