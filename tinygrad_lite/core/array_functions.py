"""Functions of arrays that have no derivative: those that make, draw, check, copy or write arrays for Tensors.

They are called as a primitive's forward is, through `State.mode`: without NumPy's warnings, and seen by a tracer.
Their arguments and results are arrays and settings.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from .modes import in_force, thread

F = TypeVar("F", bound=Callable[..., Any])

CREATIONS: set[Any] = {np.ones}
"""The functions that make an array of their settings alone, and would make the same again."""


def array_function(function: F) -> F:
    """Let a function of arrays be called through `State.mode`. It may return an array, a tuple of arrays, or None.

    It must not be called by a primitive's forward or by another such function: that mode cannot be entered twice.
    """

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        return in_force(thread).mode[0](function, *args)

    return call  # type: ignore[return-value]  # it has the signature of the function


def creation(function: F) -> F:
    """Do as `array_function`, for a function that makes an array from settings alone: numbers, shapes, dtypes."""
    CREATIONS.add(function)
    return array_function(function)


copied = array_function(np.array)
"""An array in memory of its own: `copied(array)`, `copied(array, dtype)`."""


@creation
def made_of(data: Any, array: Any, dtype: Any = None) -> Any:
    """An array that was made of `data` alone, in a dtype. A tracer asks whether the next call may have other data."""
    return array if dtype is None or array.dtype is dtype else array.astype(dtype)


def is_computed(array: Any) -> bool:
    """True for an array that the tracer has seen being computed, so that it is nobody's from outside."""
    value = getattr(in_force(thread).tracer, "find", lambda array: None)(array)
    return value is not None and value.origin == "result"
