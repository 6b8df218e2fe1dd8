"""Shapes."""

from __future__ import annotations

import math
import operator
from typing import Any

as_size = tuple.__new__
"""`as_size(Size, lengths)`: a shape from lengths that are known to be ints, quicker than `Size(lengths)`."""


class Size(tuple[int, ...]):
    """A shape: a tuple of ints that knows its number of elements.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2, 3).shape
    Size([2, 3])
    """

    __slots__ = ()

    def __new__(cls, lengths: Any = ()) -> Size:
        return as_size(cls, map(operator.index, lengths))

    def numel(self) -> int:
        """The number of elements of a Tensor of this shape."""
        return math.prod(self)

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return as_size(Size, found) if type(index) is slice else found

    def __add__(self, other: Any) -> Any:
        return as_size(Size, tuple.__add__(self, other))

    def __radd__(self, other: Any) -> Any:
        return as_size(Size, other + tuple(self))

    def __mul__(self, times: Any) -> Any:
        return as_size(Size, tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"Size({list(self)})"
