"""What we want to reach, and whether a run did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from . import memory
from .contest import JAX, NUMBA, NUMPY, OURS, PYTORCH, Result, geometric_mean
from .memory import Peak
from .tables import duration, markdown


class Goal(NamedTuple):
    """What shall not pass a limit: the worst of some figures, or their mean.

    Attributes:
        found: the figures by workload.
        shown: how a figure is written.
    """

    name: str
    limit: float
    found: dict[str, float]
    mean: bool = False
    shown: Callable[[float], str] = "{:.2f}".format

    @property
    def value(self) -> float:
        return geometric_mean(self.found.values()) if self.mean else max(self.found.values())

    @property
    def where(self) -> str:
        if self.mean:
            return f"{len(self.found)} workloads"
        return max(self.found, key=lambda each: self.found[each])

    @property
    def met(self) -> bool:
        return round(self.value, 2) <= self.limit  # the digits that are shown, and that another run repeats


def ratios(
    results: list[Result], of: str, to: str, which: Callable[[Result], bool] = lambda _: True
) -> dict[str, float]:
    """A contestant's times as ratios to another's, by workload."""
    pairs = {each.workload.name: each.ratio(of, to) for each in results if which(each)}
    return {name: ratio for name, ratio in pairs.items() if ratio is not None}


def judge(measured: dict[int, list[Result]], peaks: dict[str, dict[str, Peak]]) -> list[Goal]:
    """All goals that the run can tell of; the steps are given for each number of cores."""
    goals = [goal for cores, results in measured.items() for goal in _of_steps(cores, results)]
    memory_kept = memory.ratios(peaks, OURS.name)
    return [goal for goal in [*goals, Goal("memory kept, to PyTorch: worst", 1.0, memory_kept)] if goal.found]


def _of_steps(cores: int, results: list[Result]) -> Iterator[Goal]:
    if cores > 1:
        compared = ratios(results, NUMBA.name, JAX.name)
        yield Goal(f"numba to JAX jit, on {cores} cores: mean", 0.5, compared, mean=True)
        return
    numba, eager = (ratios(results, name, PYTORCH.name) for name in (NUMBA.name, OURS.name))
    networks = ratios(results, NUMBA.name, PYTORCH.name, lambda r: bool(r.workload.layers))
    by_hand = ratios(results, NUMBA.name, NUMPY.name, lambda r: r.workload.tiny)
    yield Goal("numba to PyTorch: mean", 0.25, numba, mean=True)
    yield Goal("numba to PyTorch: mean of the networks", 0.33, networks, mean=True)
    yield Goal("numba to PyTorch: worst", 0.8, numba)
    yield Goal("numba to JAX jit: mean", 0.5, ratios(results, NUMBA.name, JAX.name), mean=True)
    yield Goal("numba to NumPy by hand, tiny networks: worst", 0.5, by_hand)
    yield Goal("eager to PyTorch: mean", 0.7, eager, mean=True)
    yield Goal("eager to PyTorch: worst", 1.0, eager)
    starts = {r.workload.name: r.first[NUMBA.name] for r in results if r.workload.layers and NUMBA.name in r.first}
    for i, (when, limit) in enumerate((("nothing", 5.0), ("its kernels", 0.5))):
        seconds = {name: each[i] for name, each in starts.items() if i < len(each)}
        yield Goal(f"numba's first step with {when} on disk: worst", limit, seconds, shown=duration)


def table(measured: dict[int, list[Result]], peaks: dict[str, dict[str, Peak]]) -> str:
    """The goals, and where we are."""
    rows = [
        [goal.name, f"≤ {goal.shown(goal.limit)}", goal.shown(goal.value), "met" if goal.met else "missed", goal.where]
        for goal in judge(measured, peaks)
    ]
    return markdown(["goal (means are geometric)", "limit", "reached", "", "where"], rows) if rows else ""
