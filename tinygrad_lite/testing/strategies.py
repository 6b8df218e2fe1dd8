"""Hypothesis strategies for Tensors: of any shape, 0-d and empty ones included, in several layouts, away from kinks."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ..core.primitive import Array
from ..core.tensor import wrap
from ..tensors.tensor import Tensor
from ..types import dtypes

Shape = tuple[int, ...]
Strategy = st.SearchStrategy[Any]
Domain = Callable[[Shape], "Strategy"]
"""Where values come from: a strategy of float64 arrays of a shape."""


def _round(x: float) -> float:
    """Values with few digits are easier to read in a report, and to shrink."""
    return float(np.round(x, 3))


def between(*ends: float) -> Domain:
    """Numbers from a union of intervals, each given by its two ends.

    >>> from hypothesis import find
    >>> find(between(-2, -1, 1, 2)((1,)), lambda x: x[0] < 0)
    array([-1.])
    """
    pieces = [st.floats(low, high).map(_round) for low, high in zip(ends[::2], ends[1::2], strict=True)]
    return lambda shape: hnp.arrays(np.float64, shape, elements=st.one_of(*reversed(pieces)), fill=st.nothing())


def off(*kinks: float, margin: float = 0.05, low: float = -3.0, high: float = 3.0) -> Domain:
    """Numbers no closer than `margin` to any of these, where a function has kinks or jumps."""
    points = sorted(kinks)
    ends = [low, *(end for k in points for end in (k - margin, k + margin)), high]
    pairs = [(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True) if a < b]
    return between(*(end for pair in pairs for end in pair))


reals = between(-3, 3)
positive = between(0.1, 3)
nonzero = off(0.0)
unit = between(-0.9, 0.9)


def distinct(shape: Shape) -> Strategy:
    """Numbers that are all apart from one another, for what sorts or takes a maximum."""
    size = int(np.prod(shape, dtype=int))
    offsets = hnp.arrays(np.float64, size, elements=st.floats(-0.2, 0.2).map(_round), fill=st.nothing())
    return st.tuples(st.permutations(range(size)), offsets).map(
        lambda drawn: (np.array(drawn[0], dtype=np.float64) - size // 2 + drawn[1]).reshape(shape)
    )


def shapes(max_dims: int = 3, max_side: int = 3, min_dims: int = 0, min_side: int = 0) -> st.SearchStrategy[Shape]:
    """Shapes, by default also those of numbers, (), and of nothing, such as (2, 0).

    >>> from hypothesis import find
    >>> find(shapes(), lambda shape: len(shape) == 2)
    (0, 0)
    """
    return hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side)


def broadcastable_shapes(
    count: int, max_dims: int = 3, max_side: int = 3, min_side: int = 0
) -> st.SearchStrategy[tuple[Shape, ...]]:
    """Several shapes that broadcast with one another."""
    drawn = hnp.mutually_broadcastable_shapes(num_shapes=count, max_dims=max_dims, max_side=max_side, min_side=min_side)
    return drawn.map(lambda found: found.input_shapes)


def _strided(x: Array) -> Array:
    memory = np.zeros([2 * n for n in x.shape], x.dtype)
    index: Any = (..., *(slice(None, None, -2) for _ in x.shape))
    memory[index] = x
    view: Array = memory[index]
    return view


_LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "contiguous": lambda x: x,
    "transposed": lambda x: x.T.copy().T,
    "strided": _strided,
}


@st.composite
def tensors(
    draw: Any,
    shape: Shape | st.SearchStrategy[Shape] | None = None,
    domain: Domain = reals,
    dtype: Any = dtypes.float64,
    requires_grad: bool = True,
    layouts: Sequence[str] = ("contiguous", "transposed", "strided"),
) -> Tensor:
    """Tensors.

    Args:
        shape: a shape, a strategy of shapes, or None for any.
        domain: where the values come from.
        layouts: in which ways they may lie in memory.

    >>> from hypothesis import find
    >>> find(tensors(domain=positive), lambda x: x.ndim == 1 and x.numel() == 2).shape
    Size([2])
    """
    of = shapes() if shape is None else shape
    drawn = draw(of) if isinstance(of, st.SearchStrategy) else of
    values = draw(domain(drawn)).astype(dtype)
    array = _LAYOUTS[draw(st.sampled_from(list(layouts)))](values)
    return wrap(array).requires_grad_() if requires_grad else wrap(array)


def broadcastable(
    count: int, domain: Domain | Sequence[Domain] = reals, **settings: Any
) -> tuple[st.SearchStrategy[Tensor], ...]:
    """Strategies for the arguments of one function, whose shapes broadcast: to be passed on together.

    >>> from hypothesis import given
    >>> @given(*broadcastable(2))
    ... def adds(x, y):
    ...     assert (x + y).ndim == max(x.ndim, y.ndim)
    >>> adds()
    """
    domains = [domain] * count if callable(domain) else list(domain)
    together = st.shared(broadcastable_shapes(count), key=object())
    return tuple(
        tensors(together.map(operator.itemgetter(i)), domain=each, **settings) for i, each in enumerate(domains)
    )
