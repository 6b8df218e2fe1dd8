"""What a tracer is told of the library, beside the calls that it sees through `state.mode`.

While a function is compiled (see `compiler`), a tracer stands where a primitive's forward is called, and so sees every
operation on Tensors. Only three things must be said beside: that Python reads a value or does something else that no
program can do (`graph_break`), that a whole call is simply to be made again (`allow_in_graph`), and that something
changed on which a program may rest (`changed`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from .modes import state

F = TypeVar("F", bound=Callable[..., Any])

changes = 0
"""How often something was changed on which a compiled function may rest: an attribute of a module, or what a Tensor is.
It is compared, so that what rests on nothing else need not look further."""


def changed() -> None:
    """Count such a change."""
    global changes
    changes += 1


def graph_break(reason: str) -> None:
    """Tell the tracer that what happens now cannot be part of a program."""
    if state.tracer is not None:
        state.tracer.graph_break(reason)


def allow_in_graph(function: F) -> F:
    """A function or method that a program calls as it is, whatever it does inside; it may return a Tensor or None."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs) if state.tracer is None else state.tracer.opaque(function, args, kwargs)

    return call  # type: ignore[return-value]
