"""Python's operators on Tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.argument_types import is_about
from ..core.primitive import Array, Primitive
from ..core.tensor import TensorBase
from ..functions import selection
from ..ops import elementwise
from ..types.annotations import Number, Tensor

Operator = Callable[[Any, Any], Any]


def binary(primitive: Primitive) -> tuple[Operator, Operator]:
    """An operator and its reflected form, by the shortest way from Python to the graph.

    For an operand of another type Python is left to try that type's own operator, and to raise if there is none.
    """

    def operator(self: Tensor, other: Tensor | Array | Number) -> Tensor:
        try:
            return self.__primitive__(primitive, (self, other))
        except TypeError as error:
            if is_about(error, other):
                return NotImplemented
            raise

    def reflected(self: Tensor, other: Tensor | Array | Number) -> Tensor:
        try:
            return self.__primitive__(primitive, (other, self))
        except TypeError as error:
            if is_about(error, other):
                return NotImplemented
            raise

    return operator, reflected


def comparison(primitive: Primitive) -> Operator:
    """An operator of which Python finds the reflected form by itself: `1 < x` is `x > 1`."""
    return binary(primitive)[0]


def comparable(other: object) -> bool:
    """Whether the elements of a Tensor can be compared with this value."""
    return isinstance(other, TensorBase | np.ndarray | np.generic | int | float)


def equal(self: Tensor, other: object) -> Tensor:
    """Compare the elements; with anything but a Tensor, an array or a number it is Python's `==`, and False."""
    return elementwise.eq(self, other) if comparable(other) else NotImplemented


def not_equal(self: Tensor, other: object) -> Tensor:
    """Compare the elements; with anything but a Tensor, an array or a number it is Python's `!=`, and True."""
    return elementwise.ne(self, other) if comparable(other) else NotImplemented


def invert(self: Tensor) -> Tensor:
    """Invert the bits of whole numbers; of bools, `not`.

    Raises:
        TypeError: for a floating dtype.

    >>> import tinygrad_lite as tl
    >>> ~tl.tensor([True, False]), ~tl.tensor([0, 5])
    (tensor([False,  True]), tensor([-1, -6]))
    """
    if self.dtype.kind == "f":
        raise TypeError(
            f"~ (operator.invert) is only implemented on integer and Boolean-type tensors, not {self.dtype}: "
            "compare first, as in ~(x > 0)"
        )
    return elementwise.bitwise_not(self)


def where(self: Tensor, condition: Tensor, other: Tensor | Number) -> Tensor:
    """Take the elements of this Tensor where the condition holds, and of `other` elsewhere; shapes are broadcast.

    Args:
        condition: a Tensor of bools.
        other: a Tensor or a number.

    Raises:
        RuntimeError: for a condition of another dtype, and for shapes that cannot be broadcast.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([-1.0, 2.0])
    >>> x.where(x > 0, 0.0)
    tensor([0., 2.])
    """
    return selection.where(condition, self, other)
