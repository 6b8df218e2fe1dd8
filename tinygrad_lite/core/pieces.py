"""The backward pass through pieces of an array: what `chunk`, `split`, `unbind`, and `x[:, a:b]` give.

The gradient of a piece is that of the whole in one place, and 0 elsewhere. Where several pieces of one Tensor come, the
walk does not fill an array with zeros for each and add these up: it writes all of them into the array of the first.
"""

from __future__ import annotations

from typing import Any

from .primitive import Array

Place = tuple[int, int, int]
"""A dimension, and where the piece begins and ends there."""


def add_at(x: Array, d: Array, dim: int, start: int, stop: int, is_zero: bool) -> Array:
    """x, after d was added in a place, where x `is_zero` or not. The memory of x is written."""
    part = x[(*(slice(None),) * dim, slice(start, stop))]
    d = d.reshape(part.shape)  # an index that is a number has taken the dimension away
    if is_zero:
        part[...] = d
    else:
        part += d
    return x


class Pieces:
    """The arrays of one walk into which the gradients of pieces are written.

    Args:
        reading: the way the walk computes.
        waiting: the gradients that wait for the turn of their node.
    """

    def __init__(self, reading: Any, waiting: dict[Any, Any]) -> None:
        self.reading = reading
        self.waiting = waiting
        self.written: dict[Any, tuple[Any, int, int, int]] = {}  # for a node its array, and the place of what is in it

    def take(self, node: Any, g: Any, saved: Any) -> bool:
        """Bring the gradient of a piece to the whole; or return False if that is to be done as for any other node."""
        (whole,) = node.parents
        place: Place | None = node.primitive.place(g, *saved)
        if place is None or not whole.parents:  # of a leaf
            return False
        dim, start, stop = place
        if (waits := self.waiting.get(whole)) is None:
            (array,) = self.reading.derive(node, g, saved)
            self.waiting[whole] = array
            self.written[whole] = array, dim, start, stop
            return True
        array, written_dim, low, high = self.written.get(whole, (None, 0, 0, 0))
        if waits is not array:  # something else was added, or came first
            return False
        is_zero = dim == written_dim and (stop <= low or high <= start)
        self.reading.call(add_at, array, g, dim, start, stop, is_zero)
        self.written[whole] = array, dim if dim == written_dim else -1, min(low, start), max(high, stop)
        return True
