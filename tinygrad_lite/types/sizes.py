"""`Size`, the class of shapes."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import Any, ClassVar, SupportsIndex, overload

as_size = tuple.__new__
"""`as_size(Size, lengths)`: a shape of lengths that are known to be ints, faster than `Size(lengths)`."""


class Size(tuple[int, ...]):
    """A shape: the tuple of the lengths of the dimensions, which also knows the number of elements.

    It is printed as PyTorch's, but without the `torch.` in front, unless `install_as_torch` has let `torch` mean this
    library: compare shapes rather than their texts.

    Args:
        lengths: the length of each dimension.

    Raises:
        TypeError: for a length that is not a whole number.

    >>> import tinygrad_lite as tl
    >>> shape = tl.zeros(2, 3).shape
    >>> shape, shape == (2, 3), shape.numel()
    (Size([2, 3]), True, 6)
    >>> shape[1:] + (5,)
    Size([3, 5])
    """

    __slots__ = ()

    printed_module: ClassVar[str] = ""
    """The text that is printed in front of the name."""

    def __new__(cls, lengths: Iterable[SupportsIndex] = ()) -> Size:
        try:
            return as_size(cls, map(operator.index, lengths))
        except TypeError:
            for i, n in enumerate(lengths):
                if not hasattr(n, "__index__"):
                    raise TypeError(
                        f"Size() takes an iterable of 'int' (item {i} is '{type(n).__name__}'): {lengths!r:.40}"
                    ) from None
            raise

    def numel(self) -> int:
        """The number of elements of a Tensor of this shape: the product of the lengths."""
        return math.prod(self)

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> int: ...
    @overload
    def __getitem__(self, index: slice, /) -> Size: ...
    def __getitem__(self, index: Any, /) -> int | Size:
        found = tuple.__getitem__(self, index)
        return as_size(Size, found) if type(index) is slice else found

    def __add__(self, other: tuple[int, ...], /) -> Size:  # type: ignore[override]  # PyTorch's gives a Size
        if not isinstance(other, tuple):
            raise TypeError(f"can only concatenate tuple (not {type(other).__name__}) to Size: {other!r:.40}")
        return as_size(Size, tuple.__add__(self, other))

    def __radd__(self, other: tuple[int, ...], /) -> Size:
        return as_size(Size, other + tuple(self))

    def __mul__(self, times: SupportsIndex, /) -> Size:
        return as_size(Size, tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"{self.printed_module}Size({list(self)})"
