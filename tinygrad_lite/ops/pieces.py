"""The backward pass through pieces of an array: what `chunk`, `split`, `unbind`, `x[:, a:b]` and `x[i]` give.

The gradient of a piece is that of the whole in one place, and 0 elsewhere. Where several pieces of one Tensor come, the
walk does not fill an array with zeros for each and add these up: it writes all of them into the array of the first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.primitive import Array

Place = tuple[int, int, int]
"""A dimension, and where the piece begins and ends there."""

Written = dict[Any, tuple[Any, int, int, int]]
"""For the node of a whole the array of its gradient, and the place of what is in it (dimension -1: all)."""


def add_at(x: Array, d: Array, dim: int, start: int, stop: int, is_zero: bool) -> Array:
    """x, after d was added in a place, where x `is_zero` or not. The memory of x is written."""
    part = x[(*(slice(None),) * dim, slice(start, stop))]
    d = d.reshape(part.shape)  # an index that is a number has taken the dimension away
    if is_zero:
        part[...] = d
    else:
        part += d
    return x


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
        if not whole.parents or (place := place_of(g, *saved)) is None:  # a leaf, to which `deposit` adds
            return False
        dim, start, stop = place
        if (waits := waiting.get(whole)) is None:
            (waiting[whole],) = reading.derive(node, g, saved)
            written[whole] = waiting[whole], dim, start, stop
            return True
        array, written_dim, low, high = written.get(whole, (None, 0, 0, 0))
        if waits is not array:  # something else was added, or came first
            return False
        is_zero = dim == written_dim and (stop <= low or high <= start)
        reading.call(add_at, array, g, dim, start, stop, is_zero)
        written[whole] = array, dim if dim == written_dim else -1, min(low, start), max(high, stop)
        return True

    return join
