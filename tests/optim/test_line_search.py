"""The line search, at all of its decisions: the step lengths that it tries, and the one that it takes, are PyTorch's.

Each case was found by planting a fault in the search: together they tell every one of them from the search as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinygrad_lite.optim.line_search import Point, strong_wolfe

from ..support.answers import answer

Curve = Callable[[float], tuple[float, float]]
"""The value and the slope at a place."""


def waves(seed: int) -> Curve:
    heights, shifts = np.random.default_rng(seed).uniform(0.5, 3.0, (2, 4)).tolist()
    parts = [*zip(heights, shifts, range(1, 5), strict=True)]

    def curve(x: float) -> tuple[float, float]:
        value = 0.05 * x * x + sum(h * math.sin(k * x + s) for h, s, k in parts)
        return value, 0.1 * x + sum(h * k * math.cos(k * x + s) for h, s, k in parts)

    return curve


def steps(*values: float) -> Curve:
    """A curve that falls everywhere, by its slope, and has these values at the places where it is asked."""
    left: list[float] = []

    def curve(x: float) -> tuple[float, float]:
        left[:] = left if x else (0.0, *values)
        return left.pop(0), -1.0

    return curve


CASES: list[tuple[Curve, float, dict[str, Any]]] = [
    *[(waves(seed), 0.01, {}) for seed in (0, 15, 105)],
    *[(waves(seed), 30.0, {}) for seed in (1, 8)],
    (waves(1), 0.01, {"limit": 25, "tolerance": 0.3}),
    (waves(21), 0.01, {"limit": 4}),
    *[(waves(seed), t, {"c1": 0.3}) for seed in (1, 2, 3) for t in (0.01, 0.3, 1.0)],
    *[(waves(seed), t, {"length": 4.0, "tolerance": 0.3}) for seed in (1, 2) for t in (0.3, 3.0)],
    (steps(-1.0, -0.9, -0.8, -0.7, -0.6), 0.3, {"limit": 4}),
    (steps(-1.0, -0.9, -0.9, -0.8, -0.8), 0.1, {"limit": 4}),
    (steps(-0.05, -0.2, -0.3, -0.25, -0.2), 0.3, {"c1": 0.3, "limit": 4}),
    (steps(-0.1, -0.5, -0.4, -0.3, -0.2), 0.3, {"c1": 0.3, "length": 4.0, "limit": 4}),
]


@pytest.mark.parametrize(("curve", "t", "more"), CASES, ids=range(len(CASES)))
def test_the_search_is_pytorchs(curve: Curve, t: float, more: dict[str, Any]) -> None:
    options: dict[str, Any] = {"limit": 12, "tolerance": 1e-9, "c1": 1e-4, "length": 1.0, **more}
    value, slope = curve(0.0)
    direction = -math.copysign(options["length"], slope)
    seen: list[tuple[float, float, float]] = []

    def along(t: float) -> tuple[float, float]:
        found = curve(t * direction)
        seen.append((t, *found))
        return found

    def ours() -> Any:
        def evaluate(t: float) -> Point:
            f, df = along(t)
            return Point(t, f, np.array([df]), df * direction)

        start = Point(0.0, value, np.array([slope]), slope * direction)
        limits = options["tolerance"], options["limit"]
        point, evaluations = strong_wolfe(evaluate, start, t, options["length"], *limits, c1=options["c1"])
        return point.t, point.f, float(point.g[0]), evaluations, [t for t, *_ in seen]

    def theirs(torch: Any) -> Any:
        from torch.optim.lbfgs import _strong_wolfe

        known, tried = {place: found for place, *found in seen}, []

        def evaluate(x: Any, t: float, d: Any) -> Any:
            tried.append(float(t))
            nearest = min(known, key=lambda place: abs(place - t))  # it rounds differently
            f, df = known[nearest]
            return f, torch.tensor([df], dtype=torch.float64)

        x, d, g = (torch.tensor([number], dtype=torch.float64) for number in (0.0, direction, slope))
        f, g, t_found, evaluations = _strong_wolfe(
            evaluate, x, t, d, value, g, float(g @ d), options["c1"], 0.9, options["tolerance"], options["limit"]
        )
        return float(t_found), f, float(g[0]), evaluations, tried

    found = ours()
    expected = answer(theirs)
    assert found[3] == expected[3]
    np.testing.assert_allclose(found[4], expected[4], rtol=1e-6)
    np.testing.assert_allclose(found[:3], expected[:3], rtol=1e-6)
