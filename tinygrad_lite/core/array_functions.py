"""Functions of arrays that have no derivative: those that make, draw, check, copy or write arrays for Tensors.

They are called as a primitive's forward is, through `state.mode`: without NumPy's warnings, and seen by whoever records
the calls (see `tracing`). Their arguments and results are arrays and settings, never Tensors.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from .modes import state

F = TypeVar("F", bound=Callable[..., Any])

CREATIONS: set[Any] = set()
"""The functions that make an array of their settings alone, and would make the same again."""


def array_function(function: F) -> F:
    """Let a function of arrays be called for the sake of Tensors; it may return an array, a tuple of arrays, or None.

    It must not be called within a primitive's forward, or by another function of this kind: what runs without NumPy's
    warnings cannot enter that state a second time.
    """

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        return state.mode[0](function, *args)

    return call  # type: ignore[return-value]


def creation(function: F) -> F:
    """The same for a function that makes an array of its settings alone: numbers, shapes, dtypes."""
    CREATIONS.add(function)
    return array_function(function)


copied = array_function(np.array)
"""An array in memory of its own: `copied(array)`, `copied(array, dtype)`."""


@creation
def made_of(data: Any, array: Any, dtype: Any = None) -> Any:
    """An array that was made of `data` alone, which decide whether it would be made the same again; cast to a dtype."""
    return array if dtype is None or array.dtype is dtype else array.astype(dtype)
