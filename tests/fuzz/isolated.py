"""Searching in a process of its own: PyTorch itself crashes at some programs, and the search goes on behind them."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

from .search import Counts, Failure, Search


def failures(
    seeds: range, against: str = "torch", length: int = 14, show: int = 1
) -> Iterator[tuple[int, Counts, Failure | None]]:
    """For each seed the seed, the counts so far, and the failure of its program, or None.

    Programs are made small for the first `show` failures of a kind.
    """
    done, shown = Counts(), Counter[str]()
    context = multiprocessing.get_context("spawn")
    at = seeds.start
    while at < seeds.stop:
        ours, theirs = context.Pipe()
        child = context.Process(target=_search, args=(theirs, range(at, seeds.stop), against, length, show, shown))
        child.start()
        theirs.close()
        before = done
        try:
            while at < seeds.stop:
                try:
                    counts, failure = ours.recv()
                except EOFError:  # the child is gone
                    done = done + Counts(programs=1, crashes=1)
                    yield at, done, None
                    at += 1
                    break
                done = before + counts
                if failure is not None:
                    shown[failure.kind] += 1
                yield at, done, failure
                at += 1
        finally:
            child.kill()
            child.join()


def _search(results: Connection, seeds: range, against: str, length: int, show: int, shown: Any) -> None:
    search = Search(against, length)
    for seed in seeds:
        failure = search.try_seed(seed, shrink=lambda kind: shown[kind] < show)
        if failure is not None:
            shown[failure.kind] += 1
        results.send((search.counts, failure))
