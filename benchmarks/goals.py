"""What we want to reach, and whether a run did."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from .contest import JAX, NUMPY, OURS, PYTORCH, Result, geometric_mean
from .tables import markdown


class Goal(NamedTuple):
    """A figure that shall not pass its limit, and the workload that it is of, if of one."""

    name: str
    limit: float
    value: float
    where: str = ""

    @property
    def met(self) -> bool:
        return self.value <= self.limit


def ratios(results: Iterable[Result], to: str, which: Callable[[Result], bool] = lambda _: True) -> dict[str, float]:
    """Our times as ratios to a contestant's, by workload."""
    pairs = {each.workload.name: each.ratio(OURS.name, to) for each in results if which(each)}
    return {name: ratio for name, ratio in pairs.items() if ratio is not None}


def worst(name: str, limit: float, found: dict[str, float]) -> list[Goal]:
    """The goal for the largest of some ratios; none without ratios."""
    where = max(found, key=lambda each: found[each], default=None)
    return [] if where is None else [Goal(name, limit, found[where], where)]


def mean(name: str, limit: float, found: dict[str, float]) -> list[Goal]:
    """The goal for their geometric mean."""
    return [Goal(name, limit, geometric_mean(found.values()), f"{len(found)} workloads")] if found else []


def judge(results: list[Result], activations: dict[str, float]) -> list[Goal]:
    """All goals that the run can tell of."""
    eager, jit = ratios(results, PYTORCH.name), ratios(results, JAX.name)
    return [
        *worst("step time to PyTorch, worst", 0.8, eager),
        *mean("step time to PyTorch, geometric mean", 0.45, eager),
        *worst("activation memory to PyTorch, worst", 1.0, activations),
        *worst("step time to NumPy by hand, tiny, worst", 1.6, ratios(results, NUMPY.name, lambda r: r.workload.tiny)),
        *worst("the same from 784-100 up", 1.15, ratios(results, NUMPY.name, lambda r: not r.workload.tiny)),
        *mean("step time to JAX jit, geometric mean", 1.0, jit),
    ]


def table(goals: list[Goal]) -> str:
    rows = [
        [goal.name, f"≤ {goal.limit:g}", f"{goal.value:.2f}", "met" if goal.met else "missed", goal.where]
        for goal in goals
    ]
    return markdown(["goal (a ratio)", "limit", "here", "", "of"], rows)
