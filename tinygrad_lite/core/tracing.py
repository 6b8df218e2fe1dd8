"""How a tape sees what the library does.

While a tape runs (see `compiler`), it stands where a primitive's forward is called, and so sees every operation on
Tensors. What the library does beside its primitives comes through here: arrays it makes or writes to, values it looks
at, and whole calls that are simply to be made again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from .modes import state

F = TypeVar("F", bound=Callable[..., Any])

changes = 0
"""How often something was changed on which a compiled function may rest: an attribute of a module, or what a Tensor is.
It is compared, so that what rests on nothing else need not look further."""


def changed() -> None:
    """Note such a change."""
    global changes
    changes += 1


def run(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function of arrays for the sake of Tensors: without NumPy's warnings, and seen by the tape."""
    return state.mode[0](function, *args)


def noted(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function, and let the tape note it. It may return an array, or None."""
    return function(*args) if state.tape is None else state.tape.run(function, *args)


def unseen(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function without NumPy's warnings, and without the tape seeing it: what it makes will be a constant."""
    if state.tape is None:
        return state.mode[0](function, *args)
    with np.errstate(all="ignore"):
        return function(*args)


def constant(array: Any) -> Any:
    """An array that was made of nothing a tape could see, and would be made the same again."""
    return array if state.tape is None else state.tape.constant(array)


def refuse(reason: str) -> None:
    """Tell the tape that what happens now cannot be replayed."""
    if state.tape is not None:
        state.tape.refuse(reason)


def replayed(function: F) -> F:
    """A function or method that a tape notes as one call, whatever it does inside; it may return a Tensor or None."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs) if state.tape is None else state.tape.aside(function, args, kwargs)

    return call  # type: ignore[return-value]
