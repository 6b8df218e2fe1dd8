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
Strategy = st.SearchStrategy[Array]
Domain = Callable[[Shape], Strategy]
"""A domain says where values come from: it makes of a shape the strategy for float64 arrays of that shape."""


def _round(x: float) -> float:
    """Round, because values with few digits are easier to read in a report, and to shrink."""
    return float(np.round(x, 3))


def between(*ends: float) -> Domain:
    """Make the domain of numbers in a union of intervals.

    Args:
        ends: the two ends of each interval, the lower one first.

    Raises:
        ValueError: if there is no interval, an end is missing, or a lower end is above the upper one.

    >>> from hypothesis import find
    >>> find(between(-2, -1, 1, 2)((1,)), lambda x: x[0] < 0)
    array([-1.])
    """
    if not ends or len(ends) % 2:
        raise ValueError(f"between: the two ends of each interval are needed, but these are {len(ends)}: {ends}")
    intervals = list(zip(ends[::2], ends[1::2], strict=True))
    for low, high in intervals:
        if not low <= high:
            raise ValueError(f"between: the lower end of an interval comes first, but {low} is above {high}")
    pieces = [st.floats(low, high).map(_round) for low, high in reversed(intervals)]
    return lambda shape: hnp.arrays(np.float64, shape, elements=st.one_of(*pieces), fill=st.nothing())


def off(*kinks: float, margin: float = 0.05, low: float = -3.0, high: float = 3.0) -> Domain:
    """Make the domain of numbers that are not close to some points, where a function has kinks or jumps.

    Args:
        kinks: the points.
        margin: the distance to keep from each.
        low, high: the ends of the whole interval.

    Raises:
        ValueError: if no number is left.

    >>> from hypothesis import find
    >>> find(off(0.0, margin=0.5)((1,)), lambda x: x[0] < 0)
    array([-1.])
    >>> off(0.0, margin=5.0)
    Traceback (most recent call last):
    ...
    ValueError: off: no number from -3.0 to 3.0 is 5.0 away from each of [0.0]
    """
    points = sorted(kinks)
    ends = [low, *(end for k in points for end in (k - margin, k + margin)), high]
    pairs = [(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True) if a < b]
    if not pairs:
        raise ValueError(f"off: no number from {low} to {high} is {margin} away from each of {points}")
    return between(*(end for pair in pairs for end in pair))


_REALS, _POSITIVE, _NONZERO, _UNIT = between(-3, 3), between(0.1, 3), off(0.0), between(-0.9, 0.9)


def reals(shape: Shape) -> Strategy:
    """Draw float64 arrays of numbers from -3 to 3.

    Args:
        shape: the shape of the arrays.

    Raises:
        ValueError: when an array is drawn, for a negative length.

    >>> from hypothesis import find
    >>> find(reals((2,)), lambda x: True)  # the simplest one
    array([0., 0.])
    """
    return _REALS(shape)


def positive(shape: Shape) -> Strategy:
    """Draw float64 arrays of numbers from 0.1 to 3: where a logarithm, root or power has a derivative.

    Args:
        shape: the shape of the arrays.

    Raises:
        ValueError: when an array is drawn, for a negative length.

    >>> from hypothesis import find
    >>> find(positive((2,)), lambda x: True)  # the simplest one
    array([1., 1.])
    """
    return _POSITIVE(shape)


def nonzero(shape: Shape) -> Strategy:
    """Draw float64 arrays of numbers from -3 to 3 that are at least 0.05 away from 0: for what divides, or has a kink.

    Args:
        shape: the shape of the arrays.

    Raises:
        ValueError: when an array is drawn, for a negative length.

    >>> from hypothesis import find
    >>> find(nonzero((2,)), lambda x: True)  # the simplest one
    array([1., 1.])
    """
    return _NONZERO(shape)


def unit(shape: Shape) -> Strategy:
    """Draw float64 arrays of numbers from -0.9 to 0.9: inside the domain of arcsin, arctanh and the like.

    Args:
        shape: the shape of the arrays.

    Raises:
        ValueError: when an array is drawn, for a negative length.

    >>> from hypothesis import find
    >>> find(unit((1,)), lambda x: x[0] > 0.85)
    array([0.875])
    """
    return _UNIT(shape)


def distinct(shape: Shape) -> Strategy:
    """Draw float64 arrays of numbers that are all at least 0.6 apart, for what sorts or takes a maximum.

    Args:
        shape: the shape of the arrays.

    Raises:
        ValueError: when an array is drawn, for a negative length.

    >>> from hypothesis import find
    >>> find(distinct((3,)), lambda x: True)  # the simplest one
    array([-1.,  0.,  1.])
    """
    size = int(np.prod(shape, dtype=int))
    offsets = hnp.arrays(np.float64, size, elements=st.floats(-0.2, 0.2).map(_round), fill=st.nothing())
    return st.tuples(st.permutations(range(size)), offsets).map(
        lambda drawn: (np.array(drawn[0], dtype=np.float64) - size // 2 + drawn[1]).reshape(shape)
    )


def shapes(max_dims: int = 3, max_side: int = 3, min_dims: int = 0, min_side: int = 0) -> st.SearchStrategy[Shape]:
    """Draw shapes, by default also that of a number, (), and those of empty Tensors, such as (2, 0).

    Args:
        max_dims, min_dims: the numbers of dimensions.
        max_side, min_side: the lengths of a dimension.

    Raises:
        hypothesis.errors.InvalidArgument: when a shape is drawn, if a minimum is negative or above its maximum.

    >>> from hypothesis import find
    >>> find(shapes(), lambda shape: len(shape) == 2)
    (0, 0)
    """
    return hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side)


def broadcastable_shapes(
    count: int, max_dims: int = 3, max_side: int = 3, min_side: int = 0
) -> st.SearchStrategy[tuple[Shape, ...]]:
    """Draw several shapes that broadcast with one another, such as (2, 3) and (3,).

    Args:
        count: the number of shapes.
        max_dims: the largest number of dimensions.
        max_side, min_side: the lengths of a dimension.

    Raises:
        hypothesis.errors.InvalidArgument: when shapes are drawn, if `count` is below 1 or a minimum above its maximum.

    >>> from hypothesis import find
    >>> find(broadcastable_shapes(2, min_side=2), lambda shapes: len(shapes[0]) == 1 and len(shapes[1]) == 2)
    ((2,), (2, 2))
    """
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
    draw: st.DrawFn,
    shape: Shape | st.SearchStrategy[Shape] | None = None,
    domain: Domain = _REALS,
    dtype: np.dtype[Any] = dtypes.float64,
    requires_grad: bool = True,
    layouts: Sequence[str] = ("contiguous", "transposed", "strided"),
) -> Tensor:
    """Draw Tensors.

    Args:
        shape: a shape, a strategy of shapes, or None for any shape.
        domain: the domain of the values, by default `reals`.
        dtype: the dtype, a floating one if they require gradients.
        requires_grad: whether they require gradients.
        layouts: the ways in which they may lie in memory, some of "contiguous", "transposed" and "strided".

    Raises:
        ValueError: when a Tensor is drawn, for an unknown layout.
        RuntimeError: when a Tensor is drawn, if it is to require gradients in a dtype that is not floating.

    >>> from hypothesis import find
    >>> find(tensors(domain=positive), lambda x: x.ndim == 1 and x.numel() == 2).shape
    Size([2])
    """
    of = shapes() if shape is None else shape
    drawn = draw(of) if isinstance(of, st.SearchStrategy) else of
    values = draw(domain(drawn)).astype(dtype)
    layout = draw(st.sampled_from(list(layouts)))
    if layout not in _LAYOUTS:
        raise ValueError(f"tensors: there is no layout {layout!r}; there are {list(_LAYOUTS)}")
    t: Tensor = wrap(_LAYOUTS[layout](values))
    return t.requires_grad_() if requires_grad else t


def broadcastable(
    count: int, domain: Domain | Sequence[Domain] = _REALS, **settings: Any
) -> tuple[st.SearchStrategy[Tensor], ...]:
    """Make strategies for the arguments of one function, whose shapes broadcast: to be passed to it together.

    Args:
        count: the number of arguments.
        domain: the domain of all values, or one for each argument; by default `reals`.
        settings: `dtype`, `requires_grad` and `layouts`, as in `tensors`.

    Raises:
        ValueError: if the number of domains is not `count`.

    >>> from hypothesis import given
    >>> @given(*broadcastable(2))
    ... def adds(x, y):
    ...     assert (x + y).ndim == max(x.ndim, y.ndim)
    >>> adds()
    """
    domains = [domain] * count if callable(domain) else list(domain)
    if len(domains) != count:
        raise ValueError(f"broadcastable: {len(domains)} domains are given for {count} arguments")
    together = st.shared(broadcastable_shapes(count), key=object())
    return tuple(
        tensors(together.map(operator.itemgetter(i)), domain=each, **settings) for i, each in enumerate(domains)
    )
