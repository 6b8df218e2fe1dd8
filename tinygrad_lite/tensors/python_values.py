"""The values of a Tensor as Python's numbers, lists and truth values."""

from __future__ import annotations

from typing import Any

from ..types.annotations import Tensor


def item(self: Tensor) -> float:
    """The only element, as one of Python's numbers: a float, an int or a bool, as the dtype is.

    Raises:
        RuntimeError: if there is not exactly one element.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([[2.5]]).item(), tl.tensor(3).item()
    (2.5, 3)
    """
    if self._data.size != 1:
        raise RuntimeError(
            f"a Tensor with {self._data.size} elements cannot be converted to Scalar: its shape is "
            f"{list(self._data.shape)}; use tolist() for all elements, or reduce them first, as by sum()"
        )
    return self._read().item()


def tolist(self: Tensor) -> list[Any]:
    """The elements as nested lists of Python's numbers; of a Tensor without dimensions, the number.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([[1, 2], [3, 4]]).tolist()
    [[1, 2], [3, 4]]
    """
    return self._read().tolist()


def truth(self: Tensor) -> bool:
    """Tell whether the only element is not 0.

    Raises:
        RuntimeError: if there is not exactly one element.
    """
    if self._data.size != 1:
        kind = "no values" if self._data.size == 0 else "more than one value"
        raise RuntimeError(
            f"Boolean value of Tensor with {kind} is ambiguous: use .any() or .all(); its shape is "
            f"{list(self._data.shape)}"
        )
    return bool(self._read())


def is_nonzero(self: Tensor) -> bool:
    """Tell whether the only element is not 0.

    Raises:
        RuntimeError: if there is not exactly one element.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([0.0]).is_nonzero()
    False
    """
    return truth(self)


def _only_element(x: Tensor) -> Any:
    if x._data.size != 1:
        raise ValueError(
            f"only one element tensors can be converted to Python scalars: this one has the shape "
            f"{list(x._data.shape)}. Use tolist() for all elements"
        )
    return x._read().item()


def to_float(self: Tensor) -> float:
    """The only element as a float."""
    return float(_only_element(self))


def to_int(self: Tensor) -> int:
    """The only element as an int, rounded towards 0."""
    return int(_only_element(self))


def to_index(self: Tensor) -> int:
    """The only element, a whole number, where Python needs an index."""
    if self._data.size != 1 or self._data.dtype.kind == "f":
        raise TypeError(
            "only integer tensors of a single element can be converted to an index: this one is of "
            f"{self._data.dtype} and has the shape {list(self._data.shape)}"
        )
    return int(self._read().item())
