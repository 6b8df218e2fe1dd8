"""Several processes that run one function, and whose errors are raised here."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import Any

_PATIENCE = 30.0
"""The seconds that a process has to end after it was asked to."""


class ProcessException(Exception):
    """One of the processes failed.

    Args:
        msg: what happened.
        error_index: which process it was.
        error_pid: the number that the system had given it.

    >>> import tinygrad_lite as tl
    >>> str(tl.multiprocessing.ProcessException("process 0 failed", 0, 123))
    'process 0 failed'
    """

    def __init__(self, msg: str, error_index: int, error_pid: int) -> None:
        super().__init__(msg)
        self.msg, self.error_index, self.error_pid = msg, error_index, error_pid

    def __reduce__(self) -> Any:
        return type(self), (self.msg, self.error_index, self.error_pid)


class ProcessRaisedException(ProcessException):
    """The function raised an error in one of the processes; the message has its traceback.

    Args:
        msg: what happened.
        error_index: which process it was.
        error_pid: the number that the system had given it.

    >>> import tinygrad_lite as tl
    >>> issubclass(tl.multiprocessing.ProcessRaisedException, tl.multiprocessing.ProcessException)
    True
    """


class ProcessExitedException(ProcessException):
    """One of the processes ended with an exit code other than 0, or by a signal.

    Args:
        msg: what happened.
        error_index: which process it was.
        error_pid: the number that the system had given it.
        exit_code: its exit code; a negative one is that of a signal.
        signal_name: the name of the signal.

    >>> import tinygrad_lite as tl
    >>> tl.multiprocessing.ProcessExitedException("process 0 terminated", 0, 123, exit_code=3).exit_code
    3
    """

    def __init__(
        self, msg: str, error_index: int, error_pid: int, exit_code: int, signal_name: str | None = None
    ) -> None:
        super().__init__(msg, error_index, error_pid)
        self.exit_code, self.signal_name = exit_code, signal_name

    def __reduce__(self) -> Any:
        return type(self), (self.msg, self.error_index, self.error_pid, self.exit_code, self.signal_name)


class ProcessContext:
    """The processes that `spawn(..., join=False)` has started.

    Args:
        processes: the processes.
        error_files: for each the path to which it writes the traceback of an error.

    Raises:
        ProcessException: by `join`, if a process failed.

    >>> import tinygrad_lite as tl
    >>> processes = tl.multiprocessing.spawn(print, nprocs=0, join=False)
    >>> processes.join()
    True
    """

    def __init__(self, processes: Sequence[Any], error_files: Sequence[str]) -> None:
        self.processes, self.error_files = processes, error_files
        self.sentinels = {process.sentinel: i for i, process in enumerate(processes)}

    def pids(self) -> list[int]:
        """The numbers that the system has given to the processes."""
        return [int(process.pid) for process in self.processes]

    def join(self, timeout: float | None = None, grace_period: float | None = None) -> bool:
        """Wait until one process has failed, or all have ended that had not at the last call.

        Args:
            timeout: the seconds after which it stops waiting.
            grace_period: the seconds that the others have to end by themselves when one has failed; then they are
                ended.

        Returns:
            Whether all have ended.

        Raises:
            ProcessRaisedException: if the function raised an error in a process.
            ProcessExitedException: if a process ended in another way, with an exit code other than 0.
        """
        if not self.sentinels:
            return True
        for sentinel in multiprocessing.connection.wait(list(self.sentinels), timeout):
            index = self.sentinels.pop(sentinel)
            self.processes[index].join()
            if self.processes[index].exitcode != 0:
                self._end_all(grace_period)
                raise self._error(index)
        return not self.sentinels

    def _end_all(self, grace_period: float | None) -> None:
        if grace_period is not None:
            self._wait(grace_period)
        for end in ("terminate", "kill"):
            for process in self.processes:
                if process.is_alive():
                    getattr(process, end)()
            self._wait(_PATIENCE if grace_period is None else grace_period)

    def _wait(self, seconds: float) -> None:
        last = time.monotonic() + seconds
        for process in self.processes:
            process.join(max(0.0, last - time.monotonic()))

    def _error(self, index: int) -> ProcessException:
        process, path = self.processes[index], self.error_files[index]
        if os.access(path, os.R_OK):
            with open(path, "rb") as file:
                text = pickle.load(file)
            message = f"\n\n-- Process {index} terminated with the following error:\n{text}"
            return ProcessRaisedException(message, index, process.pid)
        code, name = process.exitcode, None
        what = f"exit code {code}"
        if code < 0:
            with contextlib.suppress(ValueError):
                name = signal.Signals(-code).name
            what = f"signal {name or f'<Unknown signal {-code}>'}"
        return ProcessExitedException(f"process {index} terminated with {what}", index, process.pid, code, name)


class SpawnContext(ProcessContext):
    """The older name of `ProcessContext`.

    Args:
        processes: the processes.
        error_files: for each the path to which it writes the traceback of an error.

    Raises:
        ProcessException: by `join`, if a process failed.

    >>> import tinygrad_lite as tl
    >>> issubclass(tl.multiprocessing.SpawnContext, tl.multiprocessing.ProcessContext)
    True
    """

    def __init__(self, processes: Sequence[Any], error_files: Sequence[str]) -> None:
        warnings.warn("SpawnContext is renamed to ProcessContext since 1.4 release.", stacklevel=2)
        super().__init__(processes, error_files)


def _run(fn: Callable[..., Any], index: int, args: tuple[Any, ...], error_file: str) -> None:
    """Call the function in the new process."""
    try:
        fn(index, *args)
    except KeyboardInterrupt:
        pass  # the process was ended from outside
    except Exception:
        with open(error_file, "wb") as file:
            pickle.dump(traceback.format_exc(), file)
        sys.exit(1)


def start_processes(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """Call `fn(i, *args)` in some processes, each with a number i of its own.

    Args:
        fn: the function. With `"spawn"` it must stand at the top of a file, and the file must guard what is not to run
            in each process by `if __name__ == "__main__":`.
        args: its other arguments.
        nprocs: the number of processes.
        join: whether to wait until all have ended.
        daemon: whether the processes are ended with this one.
        start_method: `"spawn"`, `"fork"` or `"forkserver"`.

    Returns:
        None, or with `join=False` the processes, as a `ProcessContext`.

    Raises:
        ProcessRaisedException: if `fn` raises an error in one of the processes; the others are then ended.
        ProcessExitedException: if a process ends in another way.

    >>> import tinygrad_lite as tl
    >>> def double(i, x):
    ...     x[i] *= 2
    >>> x = tl.ones(2).share_memory_()
    >>> tl.multiprocessing.start_processes(double, (x,), nprocs=2, start_method="fork")  # doctest: +SKIP
    >>> x  # doctest: +SKIP
    tensor([2., 2.])
    """
    context: Any = multiprocessing.get_context(start_method)
    folder = tempfile.mkdtemp(prefix="tinygrad_lite-errors-")
    error_files = [os.path.join(folder, str(i)) for i in range(nprocs)]
    processes = []
    for i, path in enumerate(error_files):
        process = context.Process(target=_run, args=(fn, i, args, path), daemon=daemon)
        process.start()
        processes.append(process)
    started = ProcessContext(processes, error_files)
    if not join:
        return started
    while not started.join():
        pass
    os.rmdir(folder)
    return None


def spawn(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """Call `fn(i, *args)` in some new processes, each of which imports the script anew and has a number i of its own.

    Args:
        fn: the function, which must stand at the top of a file.
        args: its other arguments. Tensors are copied, unless they were moved to shared memory.
        nprocs: the number of processes.
        join: whether to wait until all have ended.
        daemon: whether the processes are ended with this one.
        start_method: deprecated; `start_processes` has others than `"spawn"`.

    Returns:
        None, or with `join=False` the processes, as a `ProcessContext`.

    Raises:
        ProcessRaisedException: if `fn` raises an error in one of the processes; the others are then ended.
        ProcessExitedException: if a process ends in another way.

    >>> import tinygrad_lite as tl
    >>> tl.multiprocessing.spawn(print, nprocs=0)
    """
    if start_method != "spawn":
        warnings.warn(
            f"This method only supports start_method=spawn (got: {start_method}).\n"
            "To use a different start_method use:\n\t\t torch.multiprocessing.start_processes(...)",
            FutureWarning,
            stacklevel=2,
        )
    return start_processes(fn, args, nprocs, join, daemon, "spawn")
