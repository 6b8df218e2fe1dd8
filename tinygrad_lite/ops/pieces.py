"""The backward pass through pieces of an array: what `chunk`, `split`, `unbind`, `x[:, a:b]` and `x[i]` give.

The gradient of a piece is that of the whole in one place, and 0 elsewhere. Where several pieces of one Tensor come, the
walk does not fill an array with zeros for each and add these up: it writes all of them into the array of the first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.node_hooks import hooks_of
from ..core.primitive import Array

Place = tuple[int, int, int]
"""A dimension, and where the piece begins and ends there."""

Written = dict[Any, tuple[Any, int, int, int, int]]
"""For a whole the array of its gradient, the place of what is in it (dimension -1: all), and the number of pieces."""


def add_at(x: Array, d: Array, dim: int, start: int, stop: int, is_zero: bool, first: Place | None = None) -> Array:
    """x, after d was added in a place, where x `is_zero` or not. The memory of x is written.

    The bits are those of a sum of x and an array of zeros with d in it, in which no -0 is left. So the only piece that
    was there before, in the place `first`, loses its own.
    """
    if first is not None:
        _part(x, *first)[...] += 0
    part = _part(x, dim, start, stop)
    d = d.reshape(part.shape)  # an index that is a number has taken the dimension away
    if is_zero:
        np.add(d, 0, out=part)
    else:
        part += d
    return x


def _part(x: Array, dim: int, start: int, stop: int) -> Array:
    return x[(*(slice(None),) * dim, slice(start, stop))]


def joined(place_of: Callable[..., Place | None]) -> Callable[..., bool]:
    """What `walk` calls for a primitive whose result is a piece of its argument.

    Args:
        place_of: finds the place of the piece by `g` and the operands of the rule. None if it is not as simple as that.

    Returns:
        A function that brings the gradient of the piece to the whole; or returns False if that is to be done as for any
        other node. Its arguments are the way in which the walk computes, the node, the gradient, what the node saved,
        the gradients that wait for their node, and of these the arrays that nobody else has.
    """

    def join(reading: Any, node: Any, g: Any, saved: Any, waiting: dict[Any, Any], written: Written) -> bool:
        (whole,) = node.parents
        if not whole.parents or hooks_of(node) is not None or (place := place_of(g, *saved)) is None:
            return False  # `deposit` adds to a leaf, and hooks see the gradient of the whole
        dim, start, stop = place
        if (waits := waiting.get(whole)) is None:
            (waiting[whole],) = reading.derive(node, g, saved)
            written[whole] = waiting[whole], dim, start, stop, 1
            return True
        array, written_dim, low, high, count = written.get(whole, (None, 0, 0, 0, 0))
        if waits is not array:  # something else was added, or came first
            return False
        is_zero = dim == written_dim and (stop <= low or high <= start)
        first = (written_dim, low, high) if count == 1 else None
        reading.call(add_at, array, g, dim, start, stop, is_zero, first)
        written[whole] = array, dim if dim == written_dim else -1, min(low, start), max(high, stop), count + 1
        return True

    return join
