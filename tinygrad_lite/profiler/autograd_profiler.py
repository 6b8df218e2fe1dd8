"""`torch.autograd.profiler`: the older form of the profiler, which measures a whole block."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Any, NoReturn

from .clock import Clock
from .clock import record_function as record_function
from .events import EventList, FunctionEventAvg

__all__ = ["EventList", "emit_itt", "emit_nvtx", "profile", "record_function"]


class profile:
    """Measure what a block of code spends its time on: `torch.profiler.profile` is the newer form.

    Args:
        enabled: whether it does anything.
        use_cpu: has no effect: the CPU is measured.
        use_cuda: has no effect: there is no GPU.
        use_device: likewise.
        record_shapes: note the shapes of arguments.
        with_flops: has no effect.
        profile_memory: note the bytes of results.
        with_stack: note the lines of the user's code.
        with_modules: has no effect.

    >>> import tinygrad_lite as tl
    >>> with tl.autograd.profiler.profile() as profile:
    ...     _ = tl.ones(3).exp()
    >>> [event.name for event in profile.function_events]
    ['aten::exp']
    """

    def __init__(
        self,
        enabled: bool = True,
        *,
        use_cpu: bool = True,
        use_cuda: bool = False,
        use_device: str | None = None,
        record_shapes: bool = False,
        with_flops: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_modules: bool = False,
        **others: Any,
    ) -> None:
        self.enabled = enabled
        self.record_shapes, self.profile_memory, self.with_stack = record_shapes, profile_memory, with_stack
        self._clock: Clock | None = None
        self.function_events: EventList = EventList()
        self.entered = False

    def __enter__(self) -> profile | None:
        if not self.enabled:
            return None
        if self.entered:
            raise RuntimeError("Profiler context manager is not reentrant")
        self.entered = True
        self._clock = Clock(self.record_shapes, self.profile_memory, self.with_stack)
        self._clock.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._clock is not None:
            self._clock.stop()
            self.function_events = EventList(self._clock.events, self.profile_memory, self.record_shapes)
            self._clock = None

    def _check_finished(self) -> None:
        if self._clock is not None or not self.entered:
            raise RuntimeError("Profiler didn't finish running")

    @property
    def self_cpu_time_total(self) -> float:
        """The time that was measured, in µs."""
        self._check_finished()
        return self.function_events.self_cpu_time_total

    def table(self, *args: Any, **kwargs: Any) -> str:
        """The events as a table: see `EventList.table`."""
        self._check_finished()
        return self.function_events.table(*args, **kwargs)

    def key_averages(self, group_by_input_shape: bool = False, group_by_stack_n: int = 0) -> EventList:
        """The events of each name together."""
        self._check_finished()
        return self.function_events.key_averages(group_by_input_shape, group_by_stack_n)

    def total_average(self) -> FunctionEventAvg:
        """All events together."""
        self._check_finished()
        return self.function_events.total_average()

    def export_chrome_trace(self, path: str | os.PathLike[str]) -> None:
        """Write the events as a trace for chrome://tracing and Perfetto."""
        self._check_finished()
        self.function_events.export_chrome_trace(path)

    def __str__(self) -> str:
        return str(self.function_events) if self.entered else "<unfinished torch.autograd.profile>"


class emit_nvtx:
    """Marks for NVIDIA's profiler, which is not here.

    Raises:
        RuntimeError: always.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse("emit_nvtx")


class emit_itt:
    """Marks for Intel's profiler, which is not here.

    Raises:
        RuntimeError: always.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse("emit_itt")


def _refuse(name: str) -> NoReturn:
    raise RuntimeError(f"autograd.profiler.{name}(): that profiler is not here; use profiler.profile")
