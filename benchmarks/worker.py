"""A contestant's process: it answers the parent's requests, a line of JSON each, until its input ends.

Run as `python -m benchmarks.worker module:function argument...`. The function, given these arguments and those of a
request, builds a step: something to call again and again, whose result can be a number. What a contestant does not
have it refuses with `Missing`.

    {"build": [...]}   builds a step from these arguments      ->  the seconds it took, the step's first call included
    {"run": k}         calls the step k times                  ->  the seconds they took
    {"numbers": k}     the same                                ->  the k results as numbers
    {"memory": true}   asks for the process' largest size yet  ->  MiB
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from .step import Missing, Step


def timed(step: Step, count: int) -> float:
    """The seconds of some calls, until the last result is there."""
    start = time.perf_counter()
    for _ in range(count):
        result = step()
    getattr(result, "block_until_ready", lambda: None)()  # JAX returns before it has computed
    return time.perf_counter() - start


def number(result: Any) -> float:
    """A step's result, from whichever library."""
    return float(result.item() if hasattr(result, "item") else result)


def peak() -> float:
    """The largest size that this process has had so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


class Answers:
    """What the process says to each request."""

    def __init__(self, maker: str, *first: str) -> None:
        module, _, function = maker.partition(":")
        self.make: Callable[..., Step] = functools.partial(getattr(importlib.import_module(module), function), *first)
        self.step: Step = lambda: None

    def build(self, arguments: list[Any]) -> float:
        start = time.perf_counter()
        self.step = lambda: None  # the one before goes first
        self.step = self.make(*arguments)
        timed(self.step, 1)
        return time.perf_counter() - start

    def run(self, count: int) -> float:
        return timed(self.step, count)

    def numbers(self, count: int) -> list[float]:
        return [number(self.step()) for _ in range(count)]

    def memory(self, _: bool) -> float:
        return peak()


def main() -> None:
    """Answer on the true standard output; whatever the libraries print goes to the standard error."""
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    answers = Answers(*sys.argv[1:])
    for line in sys.stdin:
        ((request, argument),) = json.loads(line).items()
        try:
            reply = {"answer": getattr(answers, request)(argument)}
        except Missing as reason:
            reply = {"missing": str(reason)}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies)


if __name__ == "__main__":
    main()
