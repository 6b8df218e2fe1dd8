"""Drawing the calls of primitives that the tests of derivatives run on.

Hypothesis draws, and shrinks, the structure of a call: shapes (0-d, empty, broadcast), memory layouts,
dimensions, indices. The values come from a generator with a drawn seed, out of a *domain*: numbers where the
function is smooth, a good many finite-difference steps away from its kinks and poles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices, mutually_broadcastable_shapes

from tinygrad_lite.primitive import Array, Fused, Operands, Primitive

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
        names = list(self.primitive.signature.parameters)
        return names[min(place, len(names) - 1)]

    def with_arguments(self, changed: dict[int, Any]) -> Operands:
        """The arguments, with those in some places changed."""
        return tuple(changed.get(i, x) for i, x in enumerate(self.args))


def is_float(x: Any) -> bool:
    """Whether x is an array of floats."""
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def derivatives(primitive: Primitive) -> list[str]:
    """The names of the arguments that a primitive has derivatives by."""
    names = list(primitive.signature.parameters)
    if isinstance(primitive, Fused):
        return names[: primitive.differentiable]
    return [name for name, rule in zip(names, primitive.rules, strict=True) if rule is not None]


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
    """One draw of a call: structure from Hypothesis, values from a generator with a drawn seed."""

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        self._draw = draw
        self.seed: int = draw(st.integers(0, 2**32 - 1))
        self.rng = np.random.default_rng(self.seed)

    def pick(self, *options: Any) -> Any:
        return self._draw(st.sampled_from(options))

    def flag(self) -> bool:
        return bool(self.pick(False, True))

    def whole(self, low: int, high: int) -> int:
        return int(self._draw(st.integers(low, high)))

    def rare(self) -> bool:
        return self.whole(0, 5) == 5

    # ---- shapes

    def _sides(self, empty: bool) -> dict[str, int]:
        """The bounds of a length: up to 3, and down to 0 now and then, if `empty` is allowed."""
        return {"min_side": 0 if empty and self.rare() else 1, "max_side": 3}

    def shape(self, least: int = 0, most: int = 3, empty: bool = True) -> Shape:
        return tuple(self._draw(array_shapes(min_dims=least, max_dims=most, **self._sides(empty))))

    def shapes(self, count: int | None = None, signature: Any = None) -> tuple[Shape, ...]:
        """Shapes that broadcast with one another, or satisfy the signature of a generalised ufunc."""
        how = {"num_shapes": count} if signature is None else {"signature": signature}
        return self._draw(  # type: ignore[no-any-return]
            mutually_broadcastable_shapes(**how, max_dims=3 if signature is None else 1, **self._sides(True))
        ).input_shapes

    def shrunk(self, shape: Shape) -> Shape:
        """A shape that broadcasts to this one."""
        kept = shape[self.whole(0, len(shape)) :]
        return tuple(1 if self.flag() else n for n in kept)

    # ---- values

    def array(self, shape: Shape, domain: Domain = reals) -> Array:
        """An array with values of a domain, in one of the layouts."""
        return self.pick(*LAYOUTS)(np.asarray(domain(self.rng, shape)))  # type: ignore[no-any-return]

    def number(self, domain: Domain) -> Any:
        """A number of a domain, Python's or NumPy's."""
        value = np.asarray(domain(self.rng, ()))[()]
        return value if self.flag() else value.item()

    # ---- dimensions and indices

    def dim(self, x: Array) -> int:
        """One dimension, counted from either end."""
        return self.whole(-x.ndim, x.ndim - 1)

    def dims(self, x: Array) -> tuple[int, ...]:
        """Several different dimensions, each counted from either end."""
        return tuple(d - x.ndim * self.flag() for d in range(x.ndim) if self.flag())

    def any_dims(self, x: Array) -> Any:
        """None, one dimension or several."""
        return self.pick(lambda _: None, self.dim, self.dims)(x) if x.ndim else None

    def basic_index(self, shape: Shape) -> Any:
        """An index of whole numbers, slices, None and `...`."""
        return self._draw(basic_indices(shape, allow_newaxis=True, max_dims=4))

    def index(self, shape: Shape, repeat: bool = True) -> Any:
        """Whatever NumPy takes between brackets; with `repeat` it may name an element more than once."""
        kind = self.pick("basic", "mask", "arrays")
        if kind == "basic" or not shape or 0 in shape:
            return self.basic_index(shape)
        if kind == "mask":
            return flags(self.rng, shape[: self.whole(1, len(shape))])
        if not repeat:
            return (..., self.rng.permutation(shape[-1])[: self.whole(0, 2)] - shape[-1] * self.flag())
        parts: list[Any] = [self.pick(slice(None), slice(None, None, -1), 0, -1) for _ in shape]
        for d in {self.whole(0, len(shape) - 1), self.whole(0, len(shape) - 1)}:
            parts[d] = self.rng.integers(-shape[d], shape[d], (2, 2))
        return tuple(parts)

    def places(self, x: Array, dim: int, repeat: bool = True) -> Array:
        """An index array for `gather` and its like; with `repeat` it may name a place more than once."""
        lengths = [self.whole(0, n) for n in x.shape]
        if repeat:
            lengths[dim] = self.whole(0, 4) if x.shape[dim] else 0
            return self.rng.integers(0, max(x.shape[dim], 1), lengths)
        order = np.argsort(self.rng.random(x.shape), axis=dim)
        return order[tuple(slice(n) for n in lengths)]
