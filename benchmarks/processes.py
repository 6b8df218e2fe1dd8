"""Contestants in processes of their own, measured in turns, round by round."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from .step import Missing

ROOT = Path(__file__).parents[1]

# These choose kernels and numbers of threads; every contestant is measured as it chooses for itself.
CLEARED = ("OPENBLAS_", "GOTO_", "OMP_", "GOMP_", "KMP_", "MKL_", "BLIS_", "VECLIB_", "NUMEXPR_", "XLA_", "ATEN_")


class Failed(RuntimeError):
    """A contestant raised an error, or gave a wrong result."""


def environment() -> dict[str, str]:
    """This process' environment without the variables that choose kernels and threads."""
    return {name: value for name, value in os.environ.items() if not name.startswith(CLEARED)}


def all_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def on_cores(count: int) -> Iterator[None]:
    """This process, and those that it starts, use so many cores only; libraries then choose as many threads."""
    if count >= all_cores():
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Worker:
    """A contestant's process, which answers one request at a time; `settings` are added to its environment."""

    def __init__(self, maker: str, *arguments: str, settings: Mapping[str, str] | None = None) -> None:
        self.maker = " ".join([maker, *arguments])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", maker, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**environment(), **(settings or {})},
            cwd=ROOT,
        )

    def ask(self, request: str, argument: Any) -> Any:
        """The answer to one request.

        Raises:
            Missing: if the contestant does not have it.
            Failed: if it raised an error or died.
        """
        assert self.process.stdin
        assert self.process.stdout
        with contextlib.suppress(BrokenPipeError):  # of a dead process the next line tells
            self.process.stdin.write(json.dumps({request: argument}) + "\n")
        reply = json.loads(self.process.stdout.readline() or '{"error": "the process died"}')
        if "missing" in reply:
            raise Missing(reply["missing"])
        if "error" in reply:
            raise Failed(f"{self.maker}, asked to {request} {argument}: {reply['error']}")
        return reply["answer"]

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self.process.stdin
        assert self.process.stdout
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Times(NamedTuple):
    """The seconds of one step in each round."""

    rounds: list[float]

    @property
    def median(self) -> float:
        """The median of all rounds."""
        return statistics.median(self.rounds)

    @property
    def best(self) -> float:
        return min(self.rounds)

    def ratio(self, other: Times) -> float:
        """The ratio of the medians."""
        return self.median / other.median


class Effort(NamedTuple):
    """How long to measure: rounds, the seconds of a turn, of the pause before it, and how often to start anew.

    Where a process has its arrays in memory can make a fifth of a difference, for as long as it lives; so there are
    rounds with several. In the pause the threads of the contestant before fall asleep, which for a while wait for more
    work in a loop: OpenBLAS' for 2²⁶ ticks of the processor, some 30 milliseconds.
    """

    rounds: int
    turn: float
    pause: float = 0.1
    starts: int = 1


FULL = Effort(rounds=5, turn=0.12, starts=2)
QUICK = Effort(rounds=3, turn=0.01, pause=0.01)


def in_turns(workers: Mapping[str, Worker], effort: Effort) -> dict[str, Times]:
    """The times of each contestant; who begins changes from round to round."""
    counts = {name: _calls(worker, effort.turn) for name, worker in workers.items()}
    seconds: dict[str, list[float]] = {name: [] for name in workers}
    for i in range(effort.rounds):
        for name in rotated(workers, i):
            time.sleep(effort.pause)
            seconds[name].append(workers[name].ask("run", counts[name]) / counts[name])
    return {name: Times(each) for name, each in seconds.items()}


def _calls(worker: Worker, turn: float) -> int:
    """How many calls fill a turn."""
    count = 1
    while (seconds := float(worker.ask("run", count))) < turn / 4:
        count = max(2 * count, int(count * turn / 2 / max(seconds, 1e-9)))
    return max(1, round(count * turn / seconds))


def rotated(names: Iterable[str], by: int) -> list[str]:
    """The same names in another order, so that nobody always follows the same one."""
    order = list(names)
    by %= max(len(order), 1)
    return order[by:] + order[:by]
