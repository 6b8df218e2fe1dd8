"""The comparison of gradients with differences, element by element, and the verdict on each tensor."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial

import numpy as np

from ...core.primitive import Array
from .backward_run import BackwardRun
from .isolated_copy import flat
from .numeric import COARSE, TO_SHOW, Slope, Step, power_above, precision, slope, steps
from .report import Element, Entry

ALWAYS_REFINED = 4
"""For so many elements of each tensor, those that differ most, the least doubt after the first step calls for more."""
MOST_REFINED = 3
"""Of the elements that look wrong, so many are examined with more steps. If these are wrong, so are the others."""
LARGEST_JACOBIAN = 1 << 16
"""A numerical Jacobian of no more elements is kept, for the hints."""
ZERO = "the gradient is 0 on both sides, which tests nothing"


class Comparison:
    """The comparison of the gradients of one run with differences.

    Attributes:
        run: the forward and backward run whose gradients are compared.
        isolated, entries: those of the run.
        largest: the largest absolute value in all gradients.
        jacobians: for each leaf that was compared, d(results)/d(elements compared) by the first differences, unless
            that is large.
    """

    def __init__(self, run: BackwardRun) -> None:
        self.run, self.isolated, self.entries, self.rng = run, run.isolated, run.entries, run.rng
        self.largest = run.largest_gradient
        self.jacobians: dict[str, Array] = {}
        for name, g in run.gradients.items():
            self.entries[name].analytic = np.zeros(self.entries[name].shape) if g is None else g

    @cached_property
    def eps(self) -> float:
        """The rounding unit of the results: float32's, if they are computed in float32 somewhere inside."""
        bases = dict(self.isolated.base)
        try:
            for name, x in bases.items():  # a nearby point whose values have full mantissas
                self.isolated.leaves[name]._data = x * (1 + 1e-7 * self.rng.uniform(0.1, 1.0, x.shape))
            return precision(flat(self.isolated.run_for_values()))
        except Exception:
            return float(np.finfo(np.float64).eps)
        finally:
            for name, x in bases.items():
                self.isolated.leaves[name]._data = x

    @cached_property
    def halves(self) -> tuple[list[Array], list[Array]]:
        """Two parts of the gradients given, whose sum they are: each element is in one, and 0 in the other."""
        given = self.run.cotangents
        first = [np.where(np.arange(c.size).reshape(c.shape) % 2 == 0, c, 0.0) for c in given]
        return first, [c - x for c, x in zip(given, first, strict=True)]

    @cached_property
    def gradients_if_linear(self) -> dict[str, Array]:
        """The gradients again, as the sum of those from 2 x - y and from 2 y - x, where x + y is what is given.

        A backward that is not linear in what it is given (it loses a sign, clips, or mixes the elements) gives others.
        """
        x, y = self.halves
        mixed = ([2 * a - b for a, b in zip(*pair, strict=True)] for pair in ((x, y), (y, x)))
        first, second = (self.run.derive(each) for each in mixed)
        zero = {name: np.zeros(entry.shape) for name, entry in self.entries.items()}
        return {name: sum((z if g is None else g for g in (first[name], second[name])), z) for name, z in zero.items()}

    # ------------------------------------------------------------------------------ results as functions of a step

    def along(self, name: str, direction: Array) -> Callable[[float], Array]:
        """The finite results as a function of how far the leaf is moved in a direction."""
        base = self.isolated.base[name]
        return lambda t: self.isolated.values(name, base + t * direction)[self.run.finite]

    def along_element(self, name: str, scratch: Array, place: int, scale: float) -> Callable[[float], Array]:
        """The finite results as a function of how many scales one element is moved by.

        `scratch` is a copy of the leaf, which is as it was after each call.
        """
        x = scratch.item(place)
        index = np.unravel_index(place, scratch.shape)

        def results(t: float) -> Array:
            scratch[index] = x + t * scale
            try:
                return self.isolated.values(name, scratch)[self.run.finite]
            finally:
                scratch[index] = x

        return results

    def slope_along(self, name: str, direction: Array, goal: float, known: Step | None = None) -> Slope:
        """The derivative of the results in a direction, with an uncertainty below `goal` if that can be reached."""
        f0 = self.run.f0[self.run.finite]
        return slope(self.along(name, direction), f0, self.run.c, self.eps, goal, known)

    # ------------------------------------------------------------------------------------------- the comparison

    def compare(self, entry: Entry, places: Array) -> None:
        """Compare the elements with these flat indices, and give the verdict."""
        if places.size:
            compared = _Elements(self, entry, places)
            compared.refine_doubtful()
            compared.check_kinks_together()
            compared.judge()

    def change_nearby(self, e: Entry) -> float:
        """The change of the results from one run to the next, with the worst element of the entry moved in both."""
        place = int(np.ravel_multi_index(e.worst.index, e.shape)) if e.worst is not None and e.worst.index else 0
        x = self.isolated.base[e.name].copy()
        results = self.along_element(e.name, x, place, power_above(x).item(place))
        first, second = results(2.0**-3), results(2.0**-3)
        return float(np.max(np.abs(second - first), initial=0.0, where=np.isfinite(first)))

    def tolerance(self, a: Array, n: Array, u: Array) -> Array:
        """The error allowed for each element, from gradient, numeric derivative and its uncertainty.

        `rtol` counts against the element. `atol` counts against the typical gradient of the tensor, so that it means
        the same at any scale, but at its default it allows no more than a tenth of the element. Four times the
        uncertainty of the differences is allowed in any case.
        """
        settings = self.run.settings
        size = np.where(np.isfinite(n), np.abs(n), 0.0)
        typical = float(np.sqrt(np.mean(size * size))) if size.size else 0.0
        largest = max(float(np.max(size, initial=0.0)), float(np.max(np.abs(a), initial=0.0, where=np.isfinite(a))))
        absolute = np.minimum(settings.atol * typical, 1e4 * settings.atol * size)
        allowed: Array = settings.rtol * size + absolute + 4 * u + self.eps * (1e3 * largest + 64 * self.isolated.mass)
        return allowed

    def between(self, analytic: float, s: Slope, size: float) -> bool:
        """Return True if backward lies between the one-sided slopes of a kink, where gradients have the given size."""
        if max(abs(s.low), abs(s.high)) <= 1e-8 * size:  # this is rounding, not a kink
            return False
        margin = 1e-6 * max(abs(s.low), abs(s.high)) + 4 * s.uncertainty
        return s.low - margin <= analytic <= s.high + margin


class _Elements:
    """Some elements of one gradient while they are compared.

    Attributes:
        places: their flat indices.
        scales: the natural scale of a step at each.
        first: the first step at each.
        a, n, u: for each element the gradient by backward, the numeric derivative and its uncertainty.
        kinks: the elements where backward lies between the one-sided slopes of a kink.
        refined: the elements whose uncertainty was found by several steps, rather than estimated by one.
        bends, widths: the elements where the slopes on both sides of the first step differ, and by how much.
    """

    def __init__(self, comparison: Comparison, entry: Entry, places: Array) -> None:
        self.comparison, self.entry, self.places = comparison, entry, places
        run, name = comparison.run, entry.name
        self.f0, self.c = run.f0[run.finite], run.c
        scratch = run.isolated.base[name].copy()
        self.scales = power_above(np.ravel(scratch)[places])
        pairs = zip(places.tolist(), self.scales.tolist(), strict=True)
        self.results = [comparison.along_element(name, scratch, place, scale) for place, scale in pairs]
        assert entry.analytic is not None
        self.a = np.ravel(entry.analytic)[places]
        # A tenth of a cube root of the rounding unit, as a power of two: float64's at the default eps.
        size = 2.0 ** round(np.log2(8 * run.settings.eps)) if comparison.eps < 1e-10 else 2.0**-7
        small = len(self.results) * self.f0.size <= LARGEST_JACOBIAN
        differences: list[Array] | None = [] if small else None
        found = steps(self.results, self.f0, self.c, comparison.eps, [size] * len(self.results), differences)
        if differences is not None:
            comparison.jacobians[name] = np.stack(differences, 1) / (2 * size * self.scales)
        self.first = found
        self.n = np.array([s.central for s in found]) / self.scales
        self.u = np.array([4 * s.noise for s in found]) / self.scales
        self.bends = np.array([s.width > 1e-2 * (abs(s.right) + abs(s.left)) for s in found])
        self.widths = np.array([s.width for s in found]) / self.scales
        self.refined = np.zeros(self.a.size, dtype=bool)
        self.kinks = np.zeros(self.a.size, dtype=bool)

    def wrong(self) -> Array:
        """The elements whose error is not allowed."""
        with np.errstate(invalid="ignore"):
            allowed = np.abs(self.a - self.n) <= self.comparison.tolerance(self.a, self.n, self.u)
        return ~allowed & ~self.kinks

    def refine_doubtful(self) -> None:
        """Find better derivatives where the first step leaves a doubt."""
        error = np.abs(self.a - self.n)
        error[np.isnan(error)] = np.inf
        worst = np.argsort(-error)
        if self.comparison.run.settings.explain:  # it is shown, with all its digits
            self._refine(worst[:1])
        self._refine(worst[:ALWAYS_REFINED][~self._clear()[worst[:ALWAYS_REFINED]]])
        doubtful = np.flatnonzero((self.wrong() | self.bends) & ~self.refined & ~self._clear())
        self._refine(doubtful[np.argsort(-error[doubtful])][:MOST_REFINED])
        wrong = self.wrong()
        if not np.all(wrong[self.refined]):  # these differ, so that nothing follows for the others
            self._refine(np.flatnonzero((wrong | self.bends) & ~self._clear()))

    def _clear(self) -> Array:
        """The elements where a single step gives what backward gives, to more digits than chance would, or far from it.

        Far from it is what no kink could explain, and no change of the slope within the step.
        """
        size, error = np.abs(self.n), np.abs(self.a - self.n)
        right = (error <= 1e-8 * size) & (self.u <= 1e-6 * size)
        wrong = (error > 2e-3 * size) & (error > 1e3 * self.u) & (error > 4 * self.widths)
        clear: Array = (right | wrong) & ~self.bends
        return clear

    def _refine(self, which: Array) -> None:
        comparison = self.comparison
        which = which[~self.refined[which]]
        if not which.size:
            return
        largest = np.max(np.abs(self.a), initial=0.0, where=np.isfinite(self.a))
        clearly_wrong = self._clear() & self.wrong()
        for i in which:
            scale = self.scales[i]
            goal = 1e-9 * scale * (abs(self.a[i]) or largest)
            coarse = TO_SHOW if clearly_wrong[i] else COARSE
            s = slope(self.results[i], self.f0, self.c, comparison.eps, goal, self.first[i], coarse)
            self.n[i], self.u[i] = s.value / scale, s.uncertainty / scale
            self.kinks[i] = s.kink and comparison.between(self.a[i] * scale, s, comparison.largest * scale)
            self.refined[i] = True

    def check_kinks_together(self) -> None:
        """Check that backward lies between the slopes also where all elements at a kink are moved at once.

        One by one, each of three equal maxima may claim the whole gradient. Together they may not.
        """
        if np.count_nonzero(self.kinks) < 2:
            return
        a, scales, entry = self.a[self.kinks], self.scales[self.kinks], self.entry
        for signs in (np.ones(a.size), self.comparison.rng.choice([-1.0, 1.0], a.size)):
            direction = np.zeros(entry.total)
            direction[self.places[self.kinks]] = signs * scales
            s = self.comparison.slope_along(entry.name, direction.reshape(entry.shape), 0.0)
            along = float(np.sum(a * signs * scales))
            low, high = (s.low, s.high) if s.kink else (s.value, s.value)
            margin = 4 * s.uncertainty + self.comparison.run.settings.rtol * float(np.sum(np.abs(a) * scales))
            if not low - margin <= along <= high + margin:
                self.kinks[:] = False
                return

    def _suspicious(self) -> Array:
        """The elements whose error is allowed, but far above what differences could show to be right."""
        size = np.abs(self.n)
        largest = np.max(size, initial=0.0, where=np.isfinite(size))
        achievable = 64 * self.u + 1e-7 * size + (1e-9 + 1e3 * self.comparison.eps) * largest
        doubtful: Array = self.refined & ~self.kinks & (np.abs(self.a - self.n) > achievable)
        return doubtful

    def judge(self) -> None:
        """Write into the entry what was found, with the verdict."""
        entry, a, n, u = self.entry, self.a, self.n, self.u
        entry.places, entry.numeric, entry.uncertainty, entry.bad = self.places, n, u, self.wrong()
        entry.checked, entry.failing = a.size, int(np.sum(entry.bad))
        tolerance = self.comparison.tolerance(a, n, u)
        infinite = ~np.isfinite(a) | ~np.isfinite(n)
        excess = np.abs(a - n) / np.where(tolerance > 0, tolerance, 1e-300)
        if entry.failing:  # the worst element is then one that is wrong
            excess = np.where(self.kinks, 0.0, excess)
        i = int(np.argmax(np.where(infinite, np.inf, excess)))
        index = tuple(int(k) for k in np.unravel_index(self.places[i], entry.shape))
        entry.worst = Element(entry.name, index, float(a[i]), float(n[i]), float(u[i]), float(tolerance[i]))
        rtol, largest = self.comparison.run.settings.rtol, float(np.max(np.abs(n), initial=0.0, where=np.isfinite(n)))
        give = partial(_give, entry)
        if infinite.any():
            by_backward = not np.isfinite(a[i])
            give("non-finite", f"backward gives {a[i]}" if by_backward else "the function is not finite around here")
            entry.failing = int(np.sum(infinite))
        elif entry.failing:
            give("wrong")
        elif (doubtful := self._suspicious()).any():
            give("suspicious")
            i = int(np.argmax(np.where(doubtful, excess, -1.0)))
            index = tuple(int(k) for k in np.unravel_index(self.places[i], entry.shape))
            entry.worst = Element(entry.name, index, float(a[i]), float(n[i]), float(u[i]), float(tolerance[i]))
        elif self.kinks.any():
            give("kink", f"{int(self.kinks.sum())} at a kink, where backward lies between the one-sided slopes")
        elif np.all(np.abs(a) <= 1e-12 * max(self.comparison.largest, 1e-3)) and np.all(np.abs(n) <= 8 * u):
            give("vacuous", ZERO)
        elif np.max(u[self.refined], initial=0.0) > 10 * rtol * largest:
            give("precision-limited", f"differences cannot tell better than {np.max(u[self.refined]):.1g}")


def _give(entry: Entry, verdict: str, detail: str | None = None) -> None:
    entry.verdict = verdict
    if detail is not None:
        entry.detail = detail
