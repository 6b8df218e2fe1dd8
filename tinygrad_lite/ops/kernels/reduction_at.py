"""Products and extremes of the elements that an index sends to the same place: what `scatter_reduce` is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.array_functions import array_function
from ...core.edge import Shape, cast, reshape
from ...core.primitive import Array, fused, primitive
from ..elementwise import eq, where
from ..indexing import flat_index, gather, scatter_add, setitem
from ..reduction import prod


def _touched(shape: Shape, dim: int, index: Array) -> Array:
    """Return a mask of the shape that is True at each place that the index names."""
    out = np.zeros(shape, np.bool_)
    out.reshape(-1)[flat_index(shape, dim, index)] = True
    return out


def without(x: Any, dim: int, index: Array, value: float) -> Any:
    """x, with a value at the places that the index names."""
    return where(array_function(_touched)(tuple(x.shape), dim, index), value, x)


@primitive
def extremes_at(x: Array, src: Array, dim: int, index: Array, largest: bool, include_self: bool) -> Array:
    """The largest (or least) of x and of what the index sends to each place; dx = g / n for the n that are equal to it.

    Without `include_self` the elements of x count only where the index names no place.
    """
    out = np.array(x, order="C")
    places = flat_index(x.shape, dim, index).reshape(-1)
    if not include_self:
        out.reshape(-1)[places] = np.ravel(src)  # where several are sent, one of them: it is compared with all
    (np.maximum if largest else np.minimum).at(out.reshape(-1), places, np.ravel(src))
    return out


extremes_at.derivative(
    x=lambda g, out, x, src, dim, index, include_self: _share_of_x(g, out, x, src, dim, index, include_self),
    src=lambda g, out, x, src, dim, index, include_self: (
        gather(g / _ties(out, x, src, dim, index, include_self), dim, index)
        * cast(eq(src, gather(out, dim, index)), g.dtype)
    ),
)


def _self_ties(out: Any, x: Any, dim: int, index: Array, include_self: bool) -> Any:
    same = cast(eq(x, out), out.dtype)
    return same if include_self else without(same, dim, index, 0)


def _ties(out: Any, x: Any, src: Any, dim: int, index: Array, include_self: bool) -> Any:
    own = _self_ties(out, x, dim, index, include_self)
    return scatter_add(own, dim, index, cast(eq(src, gather(out, dim, index)), out.dtype))


def _share_of_x(g: Any, out: Any, x: Any, src: Any, dim: int, index: Array, include_self: bool) -> Any:
    own = _self_ties(out, x, dim, index, include_self)
    return g / _ties(out, x, src, dim, index, include_self) * own


@fused(differentiable=2)
def products_at(x: Array, src: Array, dim: int, index: Array, include_self: bool) -> Array:
    """The product of x and of what the index sends to each place; dx = g times the product of the others."""
    rows, columns, width = _numbered(tuple(x.shape), dim, index)
    start = x if include_self else without(x, dim, index, 1)
    factors = setitem(np.ones((rows[1], width), x.dtype), (rows[0], columns), reshape(src, (-1,)))
    return start * reshape(prod(factors, 1), tuple(x.shape))


def _numbered(shape: Shape, dim: int, index: Array) -> tuple[tuple[Array, int], Array, int]:
    """For each index its place, and which of those of this place it is; how many places, and at most how many each."""
    places = flat_index(shape, dim, index).reshape(-1)
    order = np.argsort(places, kind="stable")
    counts = np.bincount(places, minlength=int(np.prod(shape)))
    starts = np.cumsum(counts) - counts
    numbers = np.empty(places.size, np.int64)
    numbers[order] = np.arange(places.size) - starts[places[order]]
    return (places, counts.size), numbers, max(int(counts.max(initial=0)), 1)


def _products_at(x: Array, src: Array, dim: int, index: Array, include_self: bool) -> tuple[Array, Any]:
    out = np.array(x, order="C")
    if not include_self:
        out[_touched(x.shape, dim, index)] = 1
    np.multiply.at(out.reshape(-1), flat_index(x.shape, dim, index).reshape(-1), np.ravel(src))
    return out, (x, src, dim, index, include_self)


def _products_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    """g times the product of the other factors: that of all but zeros, where no other factor is 0."""
    x, src, dim, index, include_self = saved
    touched = _touched(x.shape, dim, index)
    own = x if include_self else np.ones_like(x)
    zeros = (own == 0).astype(np.int64)
    of_src = (src == 0).astype(np.int64)
    safe, safe_src = np.where(own == 0, 1, own), np.where(src == 0, 1, src)
    product, _ = _products_at(safe, safe_src, dim, index, True)
    count = scatter_add.forward(zeros, dim, index, of_src)
    dx = np.where(count == zeros, g * product / safe, 0) if needs[0] else None
    if dx is not None and not include_self:
        dx[touched] = 0
    dsrc = None
    if needs[1]:
        there = gather.forward(count, dim, index) == of_src
        dsrc = np.where(there, gather.forward(g * product, dim, index) / safe_src, 0)
    return dx, dsrc


products_at.implement(_products_at, _products_pullback)
