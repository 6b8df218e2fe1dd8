"""A search for a step length that satisfies the strong Wolfe conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from ..core.primitive import Array


class Point(NamedTuple):
    """A point at a step length t along the direction: value, gradient, and slope along the direction."""

    t: float
    f: float
    g: Array
    slope: float


def cubic_minimum(a: Point, b: Point, low: float, high: float) -> float:
    """The minimum of the cubic through two points with their slopes, moved into [low, high] if it is outside.

    With d₁ = sa + sb - 3 (fa - fb) / (ta - tb) and d₂ = √(d₁² - sa sb), for ta ≤ tb:

        t = tb - (tb - ta) (sb + d₂ - d₁) / (sb - sa + 2 d₂)

    The result is the middle of the interval where the cubic has no minimum. Source: Nocedal & Wright, Numerical
    Optimization, 2nd ed., (3.59).
    """
    if a.t > b.t:
        a, b = b, a
    d1 = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t)
    square = d1**2 - a.slope * b.slope
    if square < 0:
        return (low + high) / 2
    d2 = math.sqrt(square)
    t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    return min(max(t, low), high)


def strong_wolfe(
    evaluate: Callable[[float], Point],
    start: Point,
    t: float,
    length: float,
    tolerance_change: float,
    max_evaluations: int,
    c1: float = 1e-4,
    c2: float = 0.9,
) -> tuple[Point, int]:
    """A point along the direction where f has fallen enough and is flat enough, and the number of evaluations.

    The conditions are f(t) ≤ f(0) + c₁ t f'(0) and |f'(t)| ≤ c₂ |f'(0)|. The search tries points further and further
    away until there are two with such a point between them, the bracket, and then makes the bracket smaller. Source:
    Nocedal & Wright, algorithms 3.5 and 3.6, with the details of minFunc, as in PyTorch.

    Args:
        evaluate: gives the point at a step length.
        start: the point at length 0.
        t: the step length that is tried first.
        length: the largest element of the direction.
        tolerance_change: the search ends when the bracket moves no parameter by more than this.
        max_evaluations: the largest number of evaluations after the first.
    """

    def is_high(point: Point) -> bool:
        return point.f > start.f + c1 * point.t * start.slope

    def is_flat(point: Point) -> bool:
        return abs(point.slope) <= -c2 * start.slope

    previous, now, evaluations = start, evaluate(t), 0
    bracket = None
    while evaluations < max_evaluations:
        if is_high(now) or (evaluations > 1 and now.f >= previous.f):
            bracket = [previous, now]
        elif is_flat(now):
            return now, evaluations + 1
        elif now.slope >= 0:
            bracket = [previous, now]
        if bracket:
            break
        t = cubic_minimum(previous, now, now.t + 0.01 * (now.t - previous.t), now.t * 10)
        previous, now = now, evaluate(t)
        evaluations += 1
    if bracket is None:
        bracket = [start, now]
    low = int(bracket[1].f < bracket[0].f)
    near_an_end = False  # whether the last point was close to an end of the bracket
    while evaluations < max_evaluations:
        best, other = bracket[low], bracket[1 - low]
        left, right = sorted((best.t, other.t))
        if (right - left) * length < tolerance_change:
            break
        t = cubic_minimum(best, other, left, right)
        margin = 0.1 * (right - left)
        was_near_an_end, near_an_end = near_an_end, min(right - t, t - left) < margin
        if near_an_end and (was_near_an_end or t >= right or t <= left):  # two in a row: step away from the end
            t = right - margin if abs(t - right) < abs(t - left) else left + margin
            near_an_end = False
        now = evaluate(t)
        evaluations += 1
        if is_high(now) or now.f >= best.f:
            bracket[1 - low] = now
            low = int(bracket[1].f < bracket[0].f)
            continue
        if is_flat(now):
            return now, evaluations + 1
        if now.slope * (other.t - best.t) >= 0:
            bracket[1 - low] = best
        bracket[low] = now
    return bracket[low], evaluations + 1
