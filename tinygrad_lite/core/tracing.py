"""The few things that a tracer must be told beside the calls that it sees.

While a function is compiled, a tracer stands in `State.mode`, where forwards are called, and so it sees every operation
on Tensors. It has to be told when Python does what no program can do, such as reading a value (`graph_break`), when a
whole call is simply to be made again (`allow_in_graph`), and when something changed that a program was made for
(`changed`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from .modes import in_force, thread

F = TypeVar("F", bound=Callable[..., Any])

changes = 0
"""The number of changes to attributes of modules and to Tensors. While it stays the same, none of them has changed."""


def changed() -> None:
    """Count a change to an attribute of a module, or to a Tensor."""
    global changes
    changes += 1


def graph_break(reason: str) -> None:
    """Tell the tracer that what happens now cannot be part of a program."""
    if (tracer := in_force(thread).tracer) is not None:
        tracer.graph_break(reason)


def created(thing: Any) -> None:
    """Tell the tracer that an object is made now. Every call makes it anew, so a write to it is no side effect."""
    if (known := getattr(in_force(thread).tracer, "created", None)) is not None:
        known[id(thing)] = thing


def is_created(thing: Any) -> bool:
    """Return True for an object of which the tracer was told that it was made while it traced."""
    return id(thing) in getattr(in_force(thread).tracer, "created", ())


def allow_in_graph(function: F) -> F:
    """Let a compiled program call a function or method as it is, whatever it does inside.

    It may return a Tensor or None.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        tracer = in_force(thread).tracer
        return function(*args, **kwargs) if tracer is None else tracer.opaque(function, args, kwargs)

    return call  # type: ignore[return-value]  # it has the signature of the function
