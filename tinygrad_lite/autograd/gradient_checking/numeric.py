"""Derivatives by differences, each with its own uncertainty.

A function is always a function of one number t, φ(t) = f(x + t·d). The direction d is made of powers of two, so that
each step is exact. Central differences are taken at steps t that shrink by factors of 8, and extrapolated to a step of
0 (Richardson, 1911). The uncertainty is the disagreement of neighbouring extrapolations, plus the rounding of the
results divided by the step. The estimate with the least uncertainty is taken.

On a smooth function the difference of the two one-sided slopes shrinks with the step, until rounding makes it grow. At
a kink it stays the same at every step. Then there is no derivative, but an interval of slopes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ...core.primitive import Array

RATIO = 8.0
"""The length of a step divided by that of the next one."""
COARSE = range(-5, -30, -3)
"""The steps that are taken, as powers of two."""
FINE = range(-32, -63, -3)
"""Further steps, for functions that vary on a smaller scale."""
TO_SHOW = range(-11, -22, -3)
"""Steps that measure how large an error is which a single step has found."""
AT_ONCE = 1 << 16
"""The number of results that are held in memory together."""


@dataclass(frozen=True)
class Slope:
    """A derivative found numerically.

    Attributes:
        value: the best estimate; nan if the function is not finite around here.
        uncertainty: an estimate of its error.
        low, high: at a kink, the ends of the interval between the one-sided slopes; otherwise nan.
    """

    value: float
    uncertainty: float
    low: float = np.nan
    high: float = np.nan

    @property
    def kink(self) -> bool:
        """Return True if the function has a kink here."""
        return not np.isnan(self.low)


@dataclass(frozen=True)
class Step:
    """The differences at one step.

    Attributes:
        size: the step.
        central, right, left: the slopes from both sides and from each.
        noise: the rounding error of a slope, if the errors of the results are independent.
        roughness: the largest possible rounding error of a slope.
        width: the difference of the one-sided slopes, summed over the results where it exceeds rounding.
        low, high: the ends of the interval between the one-sided slopes.
    """

    size: float
    central: float
    right: float
    left: float
    noise: float
    roughness: float
    width: float
    low: float
    high: float


def step(phi: Callable[[float], Array], f0: Array, c: Array, eps: float, size: float) -> Step:
    """The slope of c·φ at 0, with a step of this size."""
    return steps([phi], f0, c, eps, [size])[0]


def steps(
    functions: Sequence[Callable[[float], Array]],
    f0: Array,
    c: Array,
    eps: float,
    sizes: Sequence[float],
    differences: list[Array] | None = None,
) -> list[Step]:
    """The slopes of c·φ at 0 for several functions, each with a step of its own; they are computed together.

    Args:
        functions: the functions φ, which are all f0 at 0.
        f0, c, eps: the results, their weights, and their rounding unit.
        sizes: the size of each step.
        differences: what φ(size) - φ(-size) of each is appended to, if it is given.
    """
    found: list[Step] = []
    at_once = max(1, AT_ONCE // max(1, f0.size))
    for first in range(0, len(functions), at_once):
        some = slice(first, first + at_once)
        size = np.array(sizes[some])[:, None]
        pairs = [(phi(t), phi(-t)) for phi, t in zip(functions[some], sizes[some], strict=True)]
        up, down = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
        weights = c / size
        right, left = weights * (up - f0), weights * (f0 - down)
        rounding = eps * np.abs(weights) * (np.abs(f0) + np.abs(up))
        gap = np.abs(right - left)
        width = np.sum(gap, 1, where=gap > 8 * rounding)
        between = up - down
        central = np.sum(weights * between, 1) / 2
        forward, backward = right.sum(1), left.sum(1)
        middle = (forward + backward) / 2
        noise = np.sqrt(np.sum(rounding * rounding, 1))
        # For results without a kink both ends of the interval are in the middle.
        columns = (
            size[:, 0],
            central,
            forward,
            backward,
            noise,
            rounding.sum(1),
            width,
            middle - width / 2,
            middle + width / 2,
        )
        found.extend(Step(*row) for row in np.stack(columns, 1).tolist())
        if differences is not None:
            differences.extend(between)
    return found


def slope(
    phi: Callable[[float], Array],
    f0: Array,
    c: Array,
    eps: float,
    goal: float,
    known: Step | None = None,
    coarse: Sequence[int] = COARSE,
) -> Slope:
    """The derivative of c·φ at 0, with smaller and smaller steps until its uncertainty is below `goal`.

    `coarse` are the exponents of the first steps. One of these need not be taken again if it is known.
    """
    if known is not None and known.size not in (2.0**e for e in coarse):
        known = None
    finer = iter(FINE)

    def of_sizes(exponents: Iterable[int]) -> list[Step]:
        sizes = [2.0**e for e in exponents]
        return steps([phi] * len(sizes), f0, c, eps, sizes)

    taken = of_sizes(e for e in coarse if known is None or 2.0**e != known.size)
    if known is not None:
        taken = sorted([*taken, known], key=lambda s: -s.size)
    interval, smooth = kink(taken)
    if interval is not None and not smooth:  # it may still be a sharp turn, which smaller steps resolve
        taken += of_sizes(itertools.islice(finer, 5))
        smooth = kink(taken)[1]
        if not smooth:
            return interval
    best = extrapolated(taken[smooth:])
    for e in finer:
        # Near a pole neighbouring estimates can be close to each other, and yet grow without end as the step shrinks.
        unexplained = abs(taken[-1].central - best.value) - 4 * best.uncertainty
        if best.uncertainty <= max(goal, 1e-5 * abs(best.value)) and not unexplained > 64 * taken[-1].noise:
            break
        taken += of_sizes([e])
        best = extrapolated(taken[smooth:])
    interval = kink(taken)[0] or interval
    if interval is not None and best.uncertainty > 0.01 * max(abs(best.value), interval.high - interval.low):
        return interval
    return best


def extrapolated(steps: list[Step]) -> Slope:
    """The extrapolation that agrees best with its neighbours: of central differences, or else of one-sided ones."""
    noise = np.array([s.noise for s in steps])
    for values, order in (
        ([s.central for s in steps], 2),
        ([s.right for s in steps], 1),
        ([s.left for s in steps], 1),
    ):
        d = np.array(values)
        k = RATIO**order
        e = (k * d[1:] - d[:-1]) / (k - 1)
        apart = np.abs(np.diff(e))
        finite = np.where(np.isfinite(apart), apart, 0.0)
        usable = np.isfinite(e) & (np.isfinite(np.append(apart, np.nan)) | np.isfinite(np.append(np.nan, apart)))
        u = np.maximum(np.append(finite, 0.0), np.append(0.0, finite)) + 2 * noise[1:]
        u[~usable] = np.inf
        if u.size and np.min(u) < np.inf:
            relative = np.divide(u, np.abs(e), out=np.full(u.size, np.inf), where=usable & (e != 0))
            # Estimates that grow without end can have close neighbours too, so the relative uncertainty counts first.
            i = int(np.argmin(relative if np.min(relative) < 0.01 else u))
            return Slope(float(e[i]), float(u[i]))
    return Slope(np.nan, np.inf)


def kink(steps: list[Step]) -> tuple[Slope | None, int]:
    """The interval of slopes, if the one-sided slopes stay as far apart while the step shrinks by a factor of 64.

    The second result is the index of the step from which on they approach each other (the kink is then not here, but
    that far away), or 0 if they do not.
    """
    smooth = 0
    for i in range(len(steps) - 3, -1, -1):
        coarse, middle, fine = (s.width for s in steps[i : i + 3])
        if not np.all(np.isfinite([coarse, middle, fine])) or fine > 3 * middle:  # or rounding, which grows
            continue
        if middle > 0.5 * coarse > 0 and fine > 0.5 * middle > 0 and max(coarse, middle) < 2 * fine:
            here = steps[i + 2]
            if fine > max(1e-4 * max(abs(here.right), abs(here.left)), 64 * here.roughness):
                return Slope(here.central, here.noise, here.low, here.high), smooth
        elif fine < 0.5 * middle and middle > 64 * steps[i + 1].roughness:
            smooth = smooth or i + 2
    return None, 0


def precision(values: Array) -> float:
    """The rounding unit of the precision in which results were computed, which their bits show: float32 or float64.

    The arguments of the function must have full mantissas.
    """
    finite = values[np.isfinite(values) & (values != 0)]
    narrow = finite.astype(np.float32).astype(np.float64) == finite
    return float(np.finfo(np.float32 if finite.size and narrow.all() else np.float64).eps)


def power_above(x: Array) -> Array:
    """For each element the least power of two that is at least max(1, |x|): the natural scale of a step there.

    It is 1 for what is not finite, which no step changes.
    """
    scale: Array = np.exp2(np.ceil(np.log2(np.maximum(1.0, np.abs(np.where(np.isfinite(x), x, 1.0))))))
    return scale
