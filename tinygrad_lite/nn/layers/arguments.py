"""Checks of the arguments of layers, which name the layer, the argument and what was given."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from ...tensors.tensor import Tensor


def check_sizes(layer: str, **sizes: Any) -> None:
    """Check that sizes and dimensions are whole numbers.

    Raises:
        TypeError: naming the first that is not.
    """
    for name, value in sizes.items():
        try:
            operator.index(value)
        except (TypeError, ValueError, RuntimeError):
            raise _error(layer, name, "an int", value) from None


def check_numbers(layer: str, **numbers: Any) -> None:
    """Check that settings are numbers.

    Raises:
        TypeError: naming the first that is not.
    """
    for name, value in numbers.items():
        try:
            if isinstance(value, (str, bytes)):
                raise TypeError
            float(value)
        except (TypeError, ValueError, RuntimeError):
            raise _error(layer, name, "a number", value) from None


def check_flag(layer: str, name: str, value: Any) -> None:
    """Check that a bool is not a Tensor, with which somebody meant to call the layer.

    Raises:
        TypeError: if it is one.
    """
    if isinstance(value, Tensor):
        raise _error(layer, name, "a bool", value)


def as_shape(layer: str, name: str, sizes: int | Sequence[int]) -> tuple[int, ...]:
    """One size or several as a tuple of ints.

    Raises:
        TypeError: if they are anything else.
    """
    try:
        if hasattr(sizes, "__index__") and not (isinstance(sizes, Tensor) and sizes.ndim):
            return (operator.index(sizes),)
        return tuple(map(operator.index, sizes))
    except (TypeError, ValueError, RuntimeError):
        raise _error(layer, name, "an int or a tuple of ints", sizes) from None


def _error(layer: str, name: str, expected: str, given: Any) -> TypeError:
    if isinstance(given, Tensor):
        what = f"a Tensor of shape {list(given.shape)}"
        remedy = f": make the layer first and call it then, as in layer = {layer}(...); layer(x)"
    else:
        text = repr(given)
        what = f"{text if len(text) < 40 else text[:37] + '...'} ({type(given).__name__})"
        remedy = ""
    return TypeError(f"{layer}: {name} must be {expected}, but got {what}{remedy}")
