"""`torch.profiler`: what a block of code spends its time on, by operation, as a table or as a trace."""

from __future__ import annotations

import enum
import os
import socket
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from .clock import Clock, record_function
from .events import EventList


class ProfilerActivity(enum.Enum):
    """The parts of a machine that can be measured: here the CPU.

    >>> import tinygrad_lite as tl
    >>> tl.profiler.ProfilerActivity.CPU
    <ProfilerActivity.CPU: 0>
    """

    CPU = 0
    XPU = 1
    CUDA = 2
    HPU = 3
    MTIA = 4
    PrivateUse1 = 5


class ProfilerAction(enum.Enum):
    """The things that a profiler may do in a step.

    >>> import tinygrad_lite as tl
    >>> tl.profiler.ProfilerAction.RECORD
    <ProfilerAction.RECORD: 2>
    """

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3
    DEVICE_STOPPED = 4


_RECORDING = (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)


def supported_activities() -> set[ProfilerActivity]:
    """Return what can be measured: the CPU.

    >>> import tinygrad_lite as tl
    >>> tl.profiler.supported_activities()
    {<ProfilerActivity.CPU: 0>}
    """
    return {ProfilerActivity.CPU}


def kineto_available() -> bool:
    """Tell whether PyTorch's library for traces is there: it is not needed.

    >>> import tinygrad_lite as tl
    >>> tl.profiler.kineto_available()
    False
    """
    return False


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0, skip_first_wait: int = 0
) -> Callable[[int], ProfilerAction]:
    """Make the plan of a profiler: in which steps it measures.

    After `skip_first` steps come cycles of `wait` steps without measuring, `warmup` steps of which the results are
    thrown away, and `active` steps whose results are saved.

    Args:
        wait: how many steps to wait in each cycle.
        warmup: how many steps to warm up.
        active: how many steps to measure.
        repeat: how many cycles there are; 0 for as many as there are steps.
        skip_first: how many steps to leave out before.
        skip_first_wait: not 0 to leave out the first wait.

    Raises:
        AssertionError: for a negative number, and if no step is to be measured.

    >>> import tinygrad_lite as tl
    >>> plan = tl.profiler.schedule(wait=1, warmup=1, active=2)
    >>> [plan(step).name for step in range(5)]
    ['NONE', 'WARMUP', 'RECORD', 'RECORD_AND_SAVE', 'NONE']
    """
    if min(wait, warmup, repeat, skip_first) < 0 or active <= 0:
        raise AssertionError("Invalid profiler schedule arguments")
    if warmup == 0:
        warnings.warn("Profiler won't be using warmup, this can skew profiler results", UserWarning, stacklevel=2)
    cycle = wait + warmup + active

    def action(step: int) -> ProfilerAction:
        if step < 0:
            raise AssertionError(f"Step must be non-negative. Got {step}.")
        step -= skip_first
        if step < 0:
            return ProfilerAction.NONE
        step += wait if skip_first_wait else 0
        if repeat and step >= repeat * cycle:
            return ProfilerAction.NONE
        place = step % cycle
        if place < wait:
            return ProfilerAction.NONE
        if place < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD_AND_SAVE if place == cycle - 1 else ProfilerAction.RECORD

    return action


def tensorboard_trace_handler(
    dir_name: str | os.PathLike[str], worker_name: str | None = None, use_gzip: bool = False
) -> Callable[[Any], None]:
    """Make a function for `on_trace_ready` that writes each trace into a folder, as TensorBoard's plugin reads it.

    Args:
        dir_name: the folder, which is made if it is not there.
        worker_name: the beginning of the files' names; by default the machine and the process.
        use_gzip: whether to pack the files.

    Raises:
        RuntimeError: if the folder cannot be made.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import tinygrad_lite as tl
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with tl.profiler.profile(on_trace_ready=tl.profiler.tensorboard_trace_handler(folder, "worker")):
    ...         _ = tl.ones(1).exp()
    ...     print(len(list(Path(folder).glob("worker.*.pt.trace.json"))))
    1
    """

    def handler(prof: Any) -> None:
        try:
            Path(dir_name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RuntimeError("Can't create directory: " + str(dir_name)) from error
        worker = worker_name or f"{socket.gethostname()}_{os.getpid()}"
        name = f"{worker}.{time.time_ns()}.pt.trace.json" + (".gz" if use_gzip else "")
        prof.export_chrome_trace(Path(dir_name) / name)

    return handler


class profile:
    """Measure what a block of code spends its time on: each operation, forward and backward, and optimizer's steps.

    Only the thread that enters it is measured. A compiled function runs as it is written meanwhile. Measuring costs
    some microseconds an operation, which small operations show.

    Args:
        activities: what to measure; there is only the CPU.
        schedule: in which steps to measure: see `schedule`. Without it, all the time.
        on_trace_ready: a function of this object, called when a cycle of measuring is over.
        record_shapes: note the shapes of arguments.
        profile_memory: note the bytes of results.
        with_stack: note the lines of the user's code, and the layers.
        with_flops: has no effect.
        with_modules: has no effect; `with_stack` names the layers.
        acc_events: keep the events of earlier cycles.
        experimental_config, execution_trace_observer, use_cuda, custom_trace_id_callback: have no effect.

    Attributes:
        step_num: the number of the present step.

    Raises:
        AssertionError: if results are asked for before there are any.

    >>> import tinygrad_lite as tl
    >>> layer, x = tl.nn.Linear(3, 2), tl.ones(4, 3)
    >>> with tl.profiler.profile(record_shapes=True) as profile:
    ...     layer(x).sum().backward()
    >>> averages = {average.key: average for average in profile.key_averages()}
    >>> averages["aten::linear"].count, "SumBackward0" in averages
    (1, True)
    >>> "CPU time avg" in profile.key_averages().table(sort_by="cpu_time_total", row_limit=5)
    True
    """

    def __init__(
        self,
        *,
        activities: Iterable[ProfilerActivity] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None,
        on_trace_ready: Callable[[Any], Any] | None = None,
        record_shapes: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_flops: bool = False,
        with_modules: bool = False,
        experimental_config: Any = None,
        execution_trace_observer: Any = None,
        acc_events: bool = False,
        use_cuda: bool | None = None,
        custom_trace_id_callback: Any = None,
    ) -> None:
        self.activities = set(activities) if activities is not None else supported_activities()
        if not self.activities:
            raise AssertionError("No valid profiler activities found")
        self.schedule, self.on_trace_ready = schedule, on_trace_ready
        self.record_shapes, self.profile_memory, self.with_stack = record_shapes, profile_memory, with_stack
        self.acc_events = acc_events
        self.step_num = 0
        self.current_action = ProfilerAction.RECORD if schedule is None else schedule(0)
        self._clock: Clock | None = None
        self._block: record_function | None = None
        self._events: EventList | None = None

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin."""
        self._go_on()

    def stop(self) -> None:
        """End; if it measures just now, `on_trace_ready` is called."""
        self._end_block()
        if self._clock is not None:
            self._save()

    def step(self) -> None:
        """Say that the next step of a training begins."""
        self._end_block()
        before, self.step_num = self.current_action, self.step_num + 1
        if self.schedule is not None:
            self.current_action = self.schedule(self.step_num)
        if self._clock is not None and (
            before is ProfilerAction.RECORD_AND_SAVE or self.current_action not in _RECORDING
        ):
            self._save()
        self._go_on()

    def _go_on(self) -> None:
        if self.current_action in _RECORDING:
            if self._clock is None:
                self._clock = Clock(self.record_shapes, self.profile_memory, self.with_stack)
                self._clock.start()
            if self.schedule is not None:
                self._block = record_function(f"ProfilerStep#{self.step_num}")
                self._block.__enter__()

    def _end_block(self) -> None:
        if self._block is not None:
            self._block.__exit__(None, None, None)
            self._block = None

    def _save(self) -> None:
        assert self._clock is not None
        self._clock.stop()
        kept = self._events if self.acc_events and self._events is not None else []
        self._events = EventList([*kept, *self._clock.events], self.profile_memory, self.record_shapes)
        self._clock = None
        if self.on_trace_ready is not None:
            self.on_trace_ready(self)

    def _measured(self, what: str) -> EventList:
        if self._events is None:
            raise AssertionError(f"Profiler must be initialized before {what}")
        return self._events

    def events(self) -> EventList:
        """The events, in the order in which they began."""
        return self._measured("accessing events")

    def key_averages(
        self,
        group_by_input_shape: bool = False,
        group_by_stack_n: int = 0,
        group_by_overload_name: bool = False,
    ) -> EventList:
        """The events of each name together; of each name and shapes, or name and line, if that is asked for."""
        return self._measured("getting key averages").key_averages(group_by_input_shape, group_by_stack_n)

    def export_chrome_trace(self, path: str | os.PathLike[str]) -> None:
        """Write the events as a trace for chrome://tracing and Perfetto; packed, if the name ends in .gz."""
        self._measured("exporting chrome trace").export_chrome_trace(path)

    def export_stacks(self, path: str | os.PathLike[str], metric: str = "self_cpu_time_total") -> None:
        """Write the lines of code with a figure each, as programs for flame graphs read it; it needs `with_stack`."""
        if not self.with_stack:
            raise AssertionError("export_stacks() requires with_stack=True")
        lines: dict[str, int] = {}
        for event in self._measured("exporting stacks"):
            key = ";".join([*event.stack, event.name]).replace(" ", "_")
            lines[key] = lines.get(key, 0) + int(getattr(event, metric))
        Path(path).write_text("".join(f"{key} {value}\n" for key, value in lines.items()), encoding="utf-8")

    def table(self, *args: Any, **kwargs: Any) -> str:
        """`key_averages().table(…)`."""
        return self.key_averages().table(*args, **kwargs)
