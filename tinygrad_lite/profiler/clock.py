"""The measuring itself: while a profiler runs, methods of the engine are replaced by others that note the time.

It is done as the observers of `tensors.observation` do it, and costs nothing while no profiler runs. What is measured
is what happens in the thread that started the profiler.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

import numpy as np

from ..core.graph import Node, Reading
from ..core.tensor import TensorBase
from ..core.versions import owner
from ..insight.sites import Layers, calling_site
from ..optim.base.optimizer import AROUND_STEPS
from ..tensors.hooked_walk import DERIVE, PRIMITIVE
from ..tensors.observation import Observer, add_observer, remove_observer
from .events import FunctionEvent

_lock = threading.Lock()
_running = 0
OUTERMOST = 10  # outside of the observers, whose time then is part of what they watch


class _Thread(threading.local):
    clock: Clock | None = None


_thread = _Thread()


class Clock(Observer):
    """Notes the events of one thread. As an observer it lets compiled functions run as they are written.

    Args:
        shapes: whether to note the shapes of arguments.
        memory: whether to note the bytes of results.
        sources: whether to note the lines of the user's code.
    """

    def __init__(self, shapes: bool = False, memory: bool = False, sources: bool = False) -> None:
        self.shapes, self.memory, self.sources = shapes, memory, sources
        self.events: list[FunctionEvent] = []
        self._open: list[FunctionEvent] = []
        self._layers = Layers(None)
        self._outer: Clock | None = None

    def start(self) -> None:
        """Begin to measure this thread."""
        global _running
        self._outer, _thread.clock = _thread.clock, self
        add_observer(self)
        with _lock:
            _running += 1
            if _running == 1:
                PRIMITIVE.put_around(_timed_primitive, OUTERMOST)
                for method in DERIVE:
                    method.put_around(_timed_derive, OUTERMOST)
                AROUND_STEPS.append(_timed_step)

    def stop(self) -> None:
        """Measure no more. What is still open ends now."""
        global _running
        while self._open:
            self.end(self._open[-1])
        _thread.clock = self._outer
        remove_observer(self)
        with _lock:
            _running -= 1
            if not _running:
                PRIMITIVE.take_off(_timed_primitive)
                for method in DERIVE:
                    method.take_off(_timed_derive)
                AROUND_STEPS.remove(_timed_step)

    def begin(self, name: str, args: Iterable[Any] = (), kind: str = "cpu_op") -> FunctionEvent:
        """Open an event inside the one that is open."""
        event = FunctionEvent(len(self.events) + 1, name, 0.0, threading.get_ident(), kind)
        if name.startswith("ProfilerStep#"):  # all steps together have one line in a table
            event.name, event.trace_name = "ProfilerStep*", name
        if self.shapes:
            event.input_shapes = [list(getattr(x, "shape", ())) for x in args]
        if self.sources and (site := calling_site(self._layers)) is not None:
            event.stack = [str(site)]
        if self._open:
            event.cpu_parent = self._open[-1]
            event.cpu_parent.cpu_children.append(event)
        self.events.append(event)
        self._open.append(event)
        event.start_us = time.perf_counter_ns() / 1000
        return event

    def end(self, event: FunctionEvent, result: Any = None) -> None:
        """Close an event, and those that are still open inside it."""
        now = time.perf_counter_ns() / 1000
        while self._open:
            last = self._open.pop()
            last.end_us = now
            if last is event:
                break
        if self.memory:
            bytes_made = _bytes_made(result)
            event.cpu_memory_usage += bytes_made
            parent = event.cpu_parent
            while bytes_made and parent is not None:
                parent.cpu_memory_usage += bytes_made
                parent = parent.cpu_parent


def _bytes_made(result: Any) -> int:
    """The bytes of a result that has memory of its own."""
    if isinstance(result, (tuple, list)):
        return sum(map(_bytes_made, result))
    array = getattr(result, "_data", result)
    return array.nbytes if isinstance(array, np.ndarray) and owner(array) is array else 0


def running() -> Clock | None:
    """The clock that measures this thread."""
    return _thread.clock


def _timed_primitive(original: Any) -> Any:
    def __primitive__(self: TensorBase, primitive: Any, args: tuple[Any, ...]) -> Any:
        clock = _thread.clock
        if clock is None:
            return original(self, primitive, args)
        event, result = clock.begin(f"aten::{primitive.name}", args), None
        try:
            result = original(self, primitive, args)
            return result
        finally:
            clock.end(event, result)

    return __primitive__


def _timed_derive(original: Any) -> Any:
    def derive(self: Reading, node: Node, g: Any, saved: Any) -> Iterable[Any]:
        clock = _thread.clock
        if clock is None:
            return original(self, node, g, saved)
        name = type(node.public[0]).__name__
        outer = clock.begin(f"autograd::engine::evaluate_function: {name}")
        event, gradients = clock.begin(name, (g,)), None
        try:
            gradients = list(original(self, node, g, saved))
            return gradients
        finally:
            clock.end(event, gradients)
            clock.end(outer)

    return derive


def _timed_step(optimizer: Any) -> record_function:
    return record_function(f"Optimizer.step#{type(optimizer).__name__}.step")


class record_function:
    """A block, or a function, that appears under a name in what a profiler measures. Without one it does nothing.

    Args:
        name: the name.
        args: a remark, which is shown behind the name.

    Raises:
        TypeError: without a name.

    >>> import tinygrad_lite as tl
    >>> with tl.profiler.profile() as profile, tl.profiler.record_function("forward"):
    ...     _ = tl.ones(3).exp().sum()
    >>> [(event.name, len(event.cpu_children)) for event in profile.events()]
    [('forward', 2), ('aten::exp', 0), ('aten::sum', 0)]
    """

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args = name, args
        self._event: tuple[Clock, FunctionEvent] | None = None

    def __enter__(self) -> record_function:
        clock = _thread.clock
        if clock is not None:
            self._event = clock, clock.begin(self.name, kind="user_annotation")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._event is not None:
            clock, event = self._event
            self._event = None
            if event in clock._open:
                clock.end(event)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function that is such a block each time."""

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with record_function(self.name, self.args):
                return function(*args, **kwargs)

        return call
