"""Ending all processes when one of them fails.

Under plain `mpiexec` a process that raises would be waited for by the others, forever. So an exception that nobody
catches is printed, with the rank before each line, and then the whole job is aborted. A process that ends early
without one (by `sys.exit`, or because its loop was shorter) says that it has left, and the others raise when they would
wait for it. A process that is killed is noticed by `mpiexec` itself, which ends the others.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import sys
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Any

from .channels import LocalChannel
from .work import DistError, Work

LEFT = "none: this rank has left the program"

Hook = Callable[[type[BaseException], BaseException, TracebackType | None], Any]


class Watch:
    """Ends all processes of a channel if this one fails, until `stop`."""

    def __init__(self, channel: LocalChannel, timeout: timedelta) -> None:
        self.channel, self.timeout = channel, timeout
        self.previous: Hook = sys.excepthook
        sys.excepthook = self._hook
        self.hook = sys.excepthook
        if channel.size > 1:
            atexit.register(self.leave)

    def stop(self) -> None:
        """Watch no more."""
        if sys.excepthook == self.hook:
            sys.excepthook = self.previous
        atexit.unregister(self.leave)

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            self.previous(kind, error, trace)
        self._say(said.getvalue())
        if self.channel.size > 1:
            self.channel.abort(1)

    def _say(self, text: str) -> None:
        mark = f"[rank{self.channel.rank}]: "
        sys.stdout.flush()
        sys.stderr.write("\n".join(f"{mark}{line}" if line else "" for line in text.split("\n")))
        sys.stderr.flush()

    def leave(self) -> None:
        """Leave together with the others, or end them if they are at something else."""
        self.channel.leave()
        try:
            Work(self.channel, LEFT, list, timeout=self.timeout).wait()
        except DistError as error:
            self._say(f"{type(error).__name__}: {error}\n")
            self.channel.abort(1)
        self.channel.drain()
