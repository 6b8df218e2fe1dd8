"""A step length that satisfies the strong Wolfe conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from ..core.primitive import Array


class Point(NamedTuple):
    """What is known of a step length t: the value, the gradient, and the slope along the direction."""

    t: float
    f: float
    g: Array
    slope: float


def cubic_minimum(a: Point, b: Point, low: float, high: float) -> float:
    """Where the cubic through two points with these slopes is least, no further out than [low, high].

    With d₁ = sa + sb - 3 (fa - fb) / (ta - tb) and d₂ = √(d₁² - sa sb), for ta ≤ tb:

        t = tb - (tb - ta) (sb + d₂ - d₁) / (sb - sa + 2 d₂)

    Source: Nocedal & Wright, Numerical Optimization, 2nd ed., (3.59).
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
    """A point along the direction where f has fallen enough and is flat enough, and how often it was evaluated.

    f(t) ≤ f(0) + c₁ t f'(0) and |f'(t)| ≤ c₂ |f'(0)|: first points ever further out, until two of them hold such a
    point between them, then smaller brackets. Source: Nocedal & Wright, algorithms 3.5 and 3.6, as minFunc has them.

    Args:
        evaluate: the point at a step length.
        start: that at 0.
        t: the step length to try first.
        length: the largest element of the direction.
        tolerance_change: the bracket is given up when it moves no element by more.
        max_evaluations: as many trials after the first, at most.
    """

    def high(point: Point) -> bool:
        return point.f > start.f + c1 * point.t * start.slope

    def flat(point: Point) -> bool:
        return abs(point.slope) <= -c2 * start.slope

    previous, now, trials = start, evaluate(t), 0
    bracket = None
    while trials < max_evaluations:
        if high(now) or (trials > 1 and now.f >= previous.f):
            bracket = [previous, now]
        elif flat(now):
            return now, trials + 1
        elif now.slope >= 0:
            bracket = [previous, now]
        if bracket:
            break
        t = cubic_minimum(previous, now, now.t + 0.01 * (now.t - previous.t), now.t * 10)
        previous, now = now, evaluate(t)
        trials += 1
    if bracket is None:
        bracket = [start, now]
    low = int(bracket[1].f < bracket[0].f)
    stuck = False
    while trials < max_evaluations:
        best, other = bracket[low], bracket[1 - low]
        near, far = sorted((best.t, other.t))
        if (far - near) * length < tolerance_change:
            break
        t = cubic_minimum(best, other, near, far)
        margin = 0.1 * (far - near)
        stuck_before, stuck = stuck, min(far - t, t - near) < margin
        if stuck and (stuck_before or t >= far or t <= near):
            t = far - margin if abs(t - far) < abs(t - near) else near + margin
            stuck = False
        now = evaluate(t)
        trials += 1
        if high(now) or now.f >= best.f:
            bracket[1 - low] = now
            low = int(bracket[1].f < bracket[0].f)
            continue
        if flat(now):
            return now, trials + 1
        if now.slope * (other.t - best.t) >= 0:
            bracket[1 - low] = best
        bracket[low] = now
    return bracket[low], trials + 1
