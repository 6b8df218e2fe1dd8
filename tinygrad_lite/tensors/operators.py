"""Python's operators on Tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.edge import cast
from ..core.primitive import Array, Primitive
from ..core.promotion import as_dtype, promote_types
from ..core.tensor import TensorBase
from ..functions import selection
from ..ops import elementwise, linalg
from ..types.annotations import Number, Tensor

Operator = Callable[[Any, Any], Any]


def binary(primitive: Primitive, symbol: str, reflection: str) -> tuple[Operator, Operator]:
    """An operator and its reflected form, by the shortest way from Python to the graph.

    Args:
        primitive: what they compute.
        symbol: the operator as Python writes it.
        reflection: the method by which an operand of another class may compute `x + other` in the Tensor's place.
    """

    def operator(self: Tensor, other: Tensor | Array | Number) -> Tensor:
        try:
            return self.__primitive__(primitive, (self, other))
        except TypeError as error:
            return _defer_or_raise(error, other, symbol, reflection, f"'Tensor' and {_quoted_type(other)}")

    def reflected(self: Tensor, other: Tensor | Array | Number) -> Tensor:
        try:
            return self.__primitive__(primitive, (other, self))
        except TypeError as error:
            if symbol == "*" and isinstance(other, (list, tuple, str, bytes)):
                return NotImplemented  # Python then repeats the sequence
            return _defer_or_raise(error, other, symbol, "", f"{_quoted_type(other)} and 'Tensor'")

    return operator, reflected


def matrix_product() -> tuple[Operator, Operator]:
    """`@` and its reflected form. Beside an array of another dtype both are converted, as by the other operators."""
    plain, plain_reflected = binary(linalg.matmul, "@", "__rmatmul__")

    def operator(self: Tensor, other: Tensor | Array) -> Tensor:
        """The matrix product of this Tensor and another, or an array."""
        return plain(*_in_one_dtype(self, other))

    def reflected(self: Tensor, other: Tensor | Array) -> Tensor:
        """The matrix product of an array and this Tensor."""
        return plain_reflected(*_in_one_dtype(self, other))

    return operator, reflected


def _in_one_dtype(x: Tensor, other: Any) -> tuple[Tensor, Any]:
    """A Tensor and an array in the dtype in which they meet; anything else as it is."""
    if not isinstance(other, np.ndarray) or other.dtype == x.dtype:
        return x, other
    dtype = promote_types(x.dtype, as_dtype(other.dtype))
    return x if x.dtype == dtype else cast(x, dtype), other.astype(dtype)


def comparison(primitive: Primitive, symbol: str, reflection: str) -> Operator:
    """An operator of which Python finds the reflected form by itself: `1 < x` is `x > 1`."""
    return binary(primitive, symbol, reflection)[0]


def _defer_or_raise(error: TypeError, other: object, symbol: str, reflection: str, operands: str) -> Any:
    """Let the other operand compute the result if its class says how; otherwise raise, in Python's words first.

    Raises:
        TypeError: where the other operand has no such method, or is one that Tensors compute with.
    """
    if is_operand(other):
        raise error
    if hasattr(type(other), reflection):
        return NotImplemented
    raise TypeError(f"unsupported operand type(s) for {symbol}: {operands}. {error}") from None


def _quoted_type(operand: object) -> str:
    return f"'{type(operand).__name__}'"


def is_operand(x: object) -> bool:
    """Tell whether Tensors compute with this value: a Tensor, an array or a number."""
    return isinstance(x, TensorBase | np.ndarray | np.generic | int | float)


def equal(self: Tensor, other: object) -> Tensor:
    """Compare the elements; with anything but a Tensor, an array or a number it is Python's `==`, and False."""
    return elementwise.eq(self, other) if is_operand(other) else NotImplemented


def not_equal(self: Tensor, other: object) -> Tensor:
    """Compare the elements; with anything but a Tensor, an array or a number it is Python's `!=`, and True."""
    return elementwise.ne(self, other) if is_operand(other) else NotImplemented


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
