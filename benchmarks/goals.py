"""What we want to reach, and whether a run did."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from . import memory
from .contest import COMPILED, JAX, NUMBA, NUMPY, OURS, PYTORCH, Result, geometric_mean
from .memory import Peak
from .tables import markdown


class Goal(NamedTuple):
    """What shall not pass a limit: a ratio for each workload that has it, or the mean of these.

    Attributes:
        found: the ratios of one of our two ways of running, by workload.
    """

    name: str
    limit: float
    found: dict[str, float]
    mean: bool = False

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
    results: Iterable[Result], of: str, to: str, which: Callable[[Result], bool] = lambda _: True
) -> dict[str, float]:
    """A contestant's times as ratios to another's, by workload."""
    pairs = {each.workload.name: each.ratio(of, to) for each in results if which(each)}
    return {name: ratio for name, ratio in pairs.items() if ratio is not None}


def judge(results: list[Result], peaks: dict[str, dict[str, Peak]], of: str) -> list[Goal]:
    """All goals that the run can tell of, for one contestant."""
    eager = ratios(results, of, PYTORCH.name)
    tiny = ratios(results, of, NUMPY.name, lambda r: r.workload.tiny)
    large = ratios(results, of, NUMPY.name, lambda r: not r.workload.tiny)
    goals = [
        Goal("step time to PyTorch, worst", 0.8, eager),
        Goal("step time to PyTorch, geometric mean", 0.45, eager, mean=True),
        Goal("activation memory to PyTorch, worst", 1.0, memory.ratios(peaks, of)),
        Goal("step time to NumPy by hand, tiny, worst", 1.6, tiny),
        Goal("the same from 784-100 up", 1.15, large),
        Goal("step time to JAX jit, geometric mean", 1.0, ratios(results, of, JAX.name), mean=True),
    ]
    return [goal for goal in goals if goal.found]


def table(results: list[Result], peaks: dict[str, dict[str, Peak]], names: Iterable[str]) -> str:
    """The goals, and where each of our ways of running stands."""
    ours = [name for name in (OURS.name, COMPILED.name, NUMBA.name) if name in names]
    rows: dict[str, list[str]] = {}
    for column, name in enumerate(ours, start=2):
        for goal in judge(results, peaks, name):
            row = rows.setdefault(goal.name, [goal.name, f"≤ {goal.limit:g}", *["–"] * len(ours)])
            row[column] = f"{goal.value:.2f}, {'met' if goal.met else 'missed'} ({goal.where})"
    return markdown(["goal (a ratio)", "limit", *ours], [*rows.values()]) if rows else ""
