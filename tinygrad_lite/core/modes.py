"""The mode of each thread, and of calls inside it: whether operations are recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from typing import Any

import numpy as np


def quiet_context() -> Context:
    """A copy of the context, in which NumPy gives no warnings.

    Tensors follow IEEE 754 without warnings, as PyTorch's do. This costs a quarter of entering np.errstate each time.
    """
    quiet = copy_context()
    quiet.run(np.seterr, all="ignore")
    return quiet


class _Quiet(threading.local):
    """For each thread a function that calls another one without NumPy's warnings. It cannot be entered twice."""

    def __init__(self) -> None:
        self.run = quiet_context().run


class State(threading.local):
    """The modes of the operations in a thread, or in one call inside it (see `call_in_mode`).

    Attributes:
        mode: how to call a primitive's forward, whether to record it, and whether inside `inference_mode` (nothing is
            recorded there); together, to be read at once.
        tracer: what records every call while a function is being compiled (see `tracing`).
        depth: the number of backward passes that run inside each other.
        spare: States for calls in this thread, to be used again.
    """

    tracer: Any = None
    depth = 0

    def __init__(self) -> None:
        self.mode: tuple[Callable[..., Any], bool, bool] = (_quiet.run, True, False)
        self.spare: list[State] = []

    @property
    def recording(self) -> bool:
        return self.mode[1] and not self.mode[2]

    def set_mode(self, recording: bool, inference: bool) -> None:
        self.mode = (self.mode[0], recording, inference)


class _Current:
    def __getattr__(self, name: str) -> Any:
        return getattr(in_force(thread), name)


_quiet = _Quiet()
_before, _silence = copy_context(), quiet_context()
_numpy_errors = next(variable for variable in _silence if _before.get(variable) is not _silence[variable])
_entered: ContextVar[State] = ContextVar("tinygrad_lite mode")
thread = State()
in_force = _entered.get
"""`in_force(thread)` is the State that applies: that of the innermost `call_in_mode`, or else that of the thread."""
state: Any = _Current()
"""An object with the attributes of the State in force, for code in which speed does not matter."""


def call_in_mode(
    recording: bool | None, function: Any, *args: Any, tracer: Any = state, depth: int = 0, quiet: bool = False
) -> Any:
    """Call a function while operations are recorded, or not; None leaves that as it is.

    The mode belongs to this call alone: it stands in a context (of `contextvars`) that ends with the call. The mode of
    the thread is not changed, so nothing has to be restored, and no exception can leave it wrong, not even a
    KeyboardInterrupt, which may come at the beginning and the end of a `with` statement too. The State may get another
    `tracer` or `depth`. With `quiet`, NumPy gives no warnings.
    """
    outer, spare = in_force(thread), thread.spare
    run, was_recording, inference = outer.mode
    inner = spare.pop() if spare else State()
    inner.tracer = tracer = outer.tracer if tracer is state else tracer
    inner.depth = depth or outer.depth
    run = run if tracer is outer.tracer else _quiet.run if tracer is None else tracer.run
    inner.mode = (run, was_recording if recording is None else recording, inference)
    try:
        return copy_context().run(_call, inner, quiet, function, args)
    finally:
        inner.mode, inner.tracer = thread.mode, None  # a task that the function has left behind may see it still
        spare.append(inner)


def _call(inner: State, quiet: bool, function: Any, args: tuple[Any, ...]) -> Any:
    _entered.set(inner)
    if quiet:
        _numpy_errors.set(_silence[_numpy_errors])
    return function(*args)
