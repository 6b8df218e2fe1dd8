"""Derivatives by differences, each with its own uncertainty.

Everything is a function of one number t, φ(t) = f(x + t·d), with a direction d made of powers of two so that each
step is exact. Central differences are taken at steps t that fall by factors of 8 and extrapolated to none
(Richardson, 1911); what neighbouring extrapolations disagree by, plus the rounding of the results divided by the
step, is the uncertainty. The best estimate is the one with the least.

At a kink the two one-sided slopes differ by as much at every step, where on a smooth function the difference falls
with the step and rounding lets it grow. Then there is no derivative, but an interval.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...core.primitive import Array

RATIO = 8.0
COARSE = range(-5, -30, -3)  # the exponents of the steps
FINE = range(-32, -63, -3)  # and of those to go on to where the function varies on a smaller scale


@dataclass(frozen=True)
class Slope:
    """A derivative found numerically.

    Attributes:
        value: the best estimate; nan if the function is not finite around here.
        uncertainty: how far off it may be.
        low, high: at a kink, the ends of the interval between the one-sided slopes.
    """

    value: float
    uncertainty: float
    low: float = np.nan
    high: float = np.nan

    @property
    def kink(self) -> bool:
        return not np.isnan(self.low)


@dataclass(frozen=True)
class Step:
    """The differences at one step: from both sides, from each, the results' rounding, and the kinks' interval."""

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
    up, down = phi(size), phi(-size)
    right, left = c * (up - f0) / size, c * (f0 - down) / size
    rounding = eps * np.abs(c) * (np.abs(f0) + np.abs(up)) / size
    bent = np.abs(right - left)
    bent_here = bent > 8 * rounding
    middle = (right + left) / 2  # where there is no kink, the ends of the interval coincide
    return Step(
        size,
        float(np.sum(c * (up - down))) / (2 * size),
        float(np.sum(right)),
        float(np.sum(left)),
        float(np.sqrt(np.sum(rounding * rounding))),
        float(np.sum(rounding)),
        float(np.sum(bent[bent_here])),
        float(np.sum(np.where(bent_here, np.minimum(right, left), middle))),
        float(np.sum(np.where(bent_here, np.maximum(right, left), middle))),
    )


def slope(phi: Callable[[float], Array], f0: Array, c: Array, eps: float, goal: float) -> Slope:
    """The derivative of c·φ at 0, with smaller and smaller steps until its uncertainty is below `goal`."""
    steps = [step(phi, f0, c, eps, 2.0**e) for e in COARSE]
    finer = iter(FINE)
    bend, smooth = kink(steps)
    if bend is not None and not smooth:  # unless it is a sharp turn: look closer, as far as rounding lets us
        steps += [step(phi, f0, c, eps, 2.0**e) for e in itertools.islice(finer, 5)]
        smooth = kink(steps)[1]
        if not smooth:
            return bend
    best = extrapolated(steps[smooth:])
    for e in finer:
        # Near a pole the estimates may be close to each other, and grow without end as the step falls.
        left = abs(steps[-1].central - best.value) - 4 * best.uncertainty
        if best.uncertainty <= max(goal, 1e-5 * abs(best.value)) and not left > 64 * steps[-1].noise:
            break
        steps.append(step(phi, f0, c, eps, 2.0**e))
        best = extrapolated(steps[smooth:])
    bend = kink(steps)[0] or bend
    if bend is not None and best.uncertainty > 0.01 * max(abs(best.value), bend.high - bend.low):
        return bend
    return best


def extrapolated(steps: list[Step]) -> Slope:
    """The estimate that agrees best with its neighbours: of central differences, or else of those of one side."""
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
            # What neither converges nor is 0 may still have neighbours that are close: it grows without end.
            i = int(np.argmin(relative if np.min(relative) < 0.01 else u))
            return Slope(float(e[i]), float(u[i]))
    return Slope(np.nan, np.inf)


def kink(steps: list[Step]) -> tuple[Slope | None, int]:
    """The interval of slopes, if the one-sided ones stay as far apart while the step falls by a factor of 64.

    Also from which step on they do approach each other: the kink is then not here, but that far away. 0 if they do not.
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
    """The unit in the last place of results computed in some precision, as their bits show it: float32's, or float64's.

    To be told from values at points with full mantissas.
    """
    finite = values[np.isfinite(values) & (values != 0)]
    narrow = finite.astype(np.float32).astype(np.float64) == finite
    return float(np.finfo(np.float32 if finite.size and narrow.all() else np.float64).eps)


def power_above(x: Array) -> Array:
    """For each element the least power of two that is not below max(1, |x|): a step's natural scale there."""
    scale: Array = np.exp2(np.ceil(np.log2(np.maximum(1.0, np.abs(x)))))
    return scale
