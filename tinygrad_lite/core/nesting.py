"""Backward passes inside each other, to any reasonable depth.

A hook, or the backward of a user's own `Function`, may call `backward()` again, and so on. A dozen of Python's frames
are then in use for each pass, of a thousand that a thread may have by default. As PyTorch does, the pass goes on in
another thread, which has a stack of its own, when too many are inside each other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

from .modes import call_in_mode, in_force, thread

LEVELS = 20
"""The number of backward passes inside each other in one thread."""
LIMIT = 3000
"""The number of them in all."""


def call_in_thread(recording: bool, function: Callable[..., Any], *args: Any, **settings: Any) -> Any:
    """`call_in_mode` in a new thread, for which this one waits.

    Raises:
        RuntimeError: if there are too many threads already that wait for each other.
    """
    if settings["depth"] >= LIMIT:
        raise RuntimeError(
            f"backward() was called inside backward() {LIMIT} times over. A hook, or the backward of a Function, that "
            "calls backward() on what it is itself part of has no end"
        )
    settings.setdefault("tracer", in_force(thread).tracer)
    context = copy_context()
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.extend((None, context.run(call_in_mode, recording, function, *args, **settings)))
        except BaseException as error:  # it is raised where the call was made
            outcome.append(error)

    worker = threading.Thread(target=run, name=f"backward {settings['depth']}", daemon=True)
    worker.start()
    worker.join()
    error, *result = outcome
    if error is not None:
        try:
            raise error
        finally:
            del error, outcome[:]  # the traceback holds this frame: a cycle
    return result[0]
