"""The mode of each thread: whether operations are recorded."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any

import numpy as np


class _State(threading.local):
    """The state that each thread has for itself.

    Attributes:
        mode: how to call a primitive's forward, and whether to record it; together, to be read at once.
        inference: whether inside `inference_mode`.
        tracer: what records every call while a function is being compiled (see `tracing`).
    """

    tracer: Any = None

    def __init__(self) -> None:
        self.inference = False
        # Tensors follow IEEE 754 without NumPy's warnings, as PyTorch's do: log(0) is -inf. To run in a
        # context where NumPy is silent costs a quarter of entering np.errstate at every operation.
        context = contextvars.copy_context()
        context.run(np.seterr, all="ignore")
        self.mode: tuple[Callable[..., Any], bool] = (context.run, True)

    @property
    def recording(self) -> bool:
        return self.mode[1]

    @recording.setter
    def recording(self, value: bool) -> None:
        self.mode = (self.mode[0], value)


state = _State()


class recording:
    """Recording on or off while a `with` block lasts, also where the block raises.

    `no_grad`, `enable_grad`, `set_grad_enabled` and `inference_mode` are its public forms.
    """

    inference: bool | None = None

    def __init__(self, mode: bool) -> None:
        self.mode = mode
        self._previous: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        self._previous.append((state.recording, state.inference))
        state.recording = self.mode
        if self.inference is not None:
            state.inference = self.inference

    def __exit__(self, *exception: object) -> None:
        state.recording, state.inference = self._previous.pop()
