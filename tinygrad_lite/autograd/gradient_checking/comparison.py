"""The check itself: what backward says against what differences say, tensor by tensor, and the verdict on each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...core.primitive import Array
from ...core.tensor import wrap
from ...tensors.tensor import Tensor
from ..gradients import grad
from .fast_mode import FEW, ZERO, project
from .isolated_copy import Subject, flat
from .numeric import Slope, power_above, precision, slope, step
from .report import Element, Entry

REFINED = 4  # elements of each tensor whose uncertainty is found in any case
SUSPECTS = 64  # of the suspicious ones, how many are looked at before the rest is taken to be alike


@dataclass(frozen=True)
class Settings:
    """How strictly to check: see `gradcheck`."""

    eps: float = 1e-6
    atol: float = 1e-5
    rtol: float = 1e-3
    nondet_tol: float = 0.0
    check_undefined_grad: bool = True
    check_grad_dtypes: bool = False
    fast: bool = False
    explain: bool = True


class Examination:
    """One check of a subject.

    Attributes:
        outputs: the results of the first run, with their graph.
        cotangents: the random gradient of each, that the derivatives are taken with.
        gradients: by backward, of each leaf; None where it gave none.
        entries: what was found.
    """

    def __init__(self, subject: Subject, settings: Settings, seed: int = 0) -> None:
        self.subject, self.settings = subject, settings
        self.rng = np.random.default_rng(seed)
        self.entries = {name: Entry(name, x.shape, x.dtype, total=x.size) for name, x in subject.base.items()}
        self.gradients: dict[str, Array | None] = {}
        self.error: Exception | None = None
        self.eps = float(np.finfo(np.float64).eps)
        self._forward()
        if not all(self.entries.values()):
            return
        if not self._settled("the result", flat(self.subject.run()), self.f0):
            return
        if not self.kept.any() and self.kept.size:
            self._all("non-finite", "the result is not finite")
            return
        self.c = np.concatenate([np.ravel(c) for c in self.cotangents] or [np.empty(0)])[self.kept]
        if self._backward():
            self._numeric()

    def _all(self, verdict: str, detail: str) -> None:
        for entry in self.entries.values():
            entry.verdict, entry.detail = verdict, detail

    # -------------------------------------------------------------------------------------------- both runs

    def _forward(self) -> None:
        before = {name: x.copy() for name, x in self.subject.base.items()}
        self.outputs = self.subject.run()
        self.f0 = flat(self.outputs)
        self.kept = np.isfinite(self.f0)
        self.subject.settle(self.f0)
        for name, x in before.items():
            if not np.array_equal(self.subject.base[name], x, equal_nan=True):
                self.entries[name].verdict = "wrong"
                self.entries[name].detail = "forward writes into it: work on a copy, x.clone()"
                self.subject.base[name][...] = x
        self.cotangents = [self._cotangent(t) for t in self.outputs]

    def _cotangent(self, t: Tensor) -> Array:
        """A gradient of a result: away from 0, so that every element counts, and never all alike or all positive."""
        c = self.rng.choice([-1.0, 1.0], t.shape) * self.rng.uniform(0.5, 1.5, t.shape)
        if c.size and np.all(c > 0):
            c.flat[0] *= -1
        return np.where(np.isfinite(t._data), c, 0.0)

    def derive(
        self, cotangents: list[Array] | None = None, outputs: list[Tensor] | None = None
    ) -> dict[str, Array | None]:
        """The gradients of the leaves by backward."""
        given = self.cotangents if cotangents is None else cotangents
        roots = [
            (t, c) for t, c in zip(self.outputs if outputs is None else outputs, given, strict=True) if t.requires_grad
        ]
        leaves = self.subject.leaves
        if not roots:
            return dict.fromkeys(leaves)
        handed = [wrap(c.astype(t.dtype)) for t, c in roots]
        found = grad([t for t, _ in roots], list(leaves.values()), handed, retain_graph=True, allow_unused=True)
        self.spoiled = any(
            not np.array_equal(h._data, c.astype(h.dtype)) for h, (_, c) in zip(handed, roots, strict=True)
        )
        return {n: None if g is None else g._data.astype(np.float64) for n, g in zip(leaves, found, strict=True)}

    def _backward(self) -> bool:
        try:
            self.gradients = self.derive()
        except Exception as error:
            self._blame(error)
            return False
        if self.spoiled:
            self._all(
                "wrong", "backward writes into the gradient that it is given, which is not its own: compute a new one"
            )
            return False
        again = self.derive()
        for name, g in self.gradients.items():
            if g is not None and not self._settled("the gradient", again[name], g, [name]):
                return False
        if self.settings.check_undefined_grad and len(self.outputs) > 1:
            self._separately()
        return True

    def _settled(self, what: str, second: Array | None, first: Array, names: list[str] | None = None) -> bool:
        """Whether something is the same when it is computed again."""
        if second is not None and second.shape == first.shape:
            with np.errstate(invalid="ignore"):
                change = np.abs(second - first)
            scale = np.max(np.abs(first[np.isfinite(first)]), initial=0.0)
            if not np.any(change > self.settings.nondet_tol + 1e-11 * scale):
                return True
            detail = f"{what} of the same input changed by {np.nanmax(change):.2g} from one run to the next"
        else:
            detail = f"{what} changed its shape from one run to the next"
        for name in names or self.entries:
            self.entries[name].verdict, self.entries[name].detail = "nondeterministic", detail
        return False

    def _blame(self, error: Exception) -> None:
        """Say which tensors' derivatives fail with an error."""
        self.error = error
        for name, entry in self.entries.items():
            try:
                roots = [(t, c) for t, c in zip(self.outputs, self.cotangents, strict=True) if t.requires_grad]
                given = [wrap(c.astype(t.dtype)) for t, c in roots]
                grad([t for t, _ in roots], self.subject.leaves[name], given, retain_graph=True, allow_unused=True)
            except Exception as own:
                entry.verdict = "shape" if "invalid gradient" in str(own) else "error"
                entry.detail = f"backward raised {type(own).__name__}: {own}"
        if all(self.entries.values()):
            self._all("error", f"backward raised {type(error).__name__}: {error}")

    def _separately(self) -> None:
        """Backward must be able to do without the gradients of some of the results, and give the same in total."""
        total: dict[str, Array] = {name: np.zeros(entry.shape) for name, entry in self.entries.items()}
        try:
            for t, c in zip(self.outputs, self.cotangents, strict=True):
                for name, g in self.derive([c], [t]).items():
                    total[name] += 0.0 if g is None else g
        except Exception as error:
            self._all("error", f"backward raised {type(error).__name__} where one result alone has a gradient: {error}")
            return
        largest = max((np.max(np.abs(g), initial=0.0) for g in self.gradients.values() if g is not None), default=0.0)
        for name, g in self.gradients.items():
            whole = np.zeros(self.entries[name].shape) if g is None else g
            if not np.allclose(total[name], whole, rtol=1e-9, atol=1e-9 * largest, equal_nan=True):
                self.entries[name].verdict = "wrong"
                self.entries[
                    name
                ].detail = "the gradients from each result alone do not add up to that from all of them"

    # ------------------------------------------------------------------------------------------ differences

    def _numeric(self) -> None:
        self.eps = self._precision()
        self.largest = max(
            (float(np.max(np.abs(g), initial=0.0)) for g in self.gradients.values() if g is not None), default=0.0
        )
        for name, entry in self.entries.items():
            if not entry:
                continue
            g = self.gradients[name]
            entry.analytic = np.zeros(entry.shape) if g is None else g
            if self.settings.fast and entry.total > FEW:
                project(self, entry)
            else:
                self.compare(entry, np.arange(entry.total))
            if g is None and entry.verdict == "wrong":
                entry.verdict, entry.detail = "missing", "backward gives no gradient, yet the result depends on it"

    def _precision(self) -> float:
        """The rounding of the results: float32's, if something on the way to them is computed in float32."""
        bases = dict(self.subject.base)
        try:
            for name, x in bases.items():  # a nearby point, with full mantissas
                self.subject.leaves[name]._data = x * (1 + 1e-7 * self.rng.uniform(0.1, 1.0, x.shape))
            return precision(flat(self.subject.run(self.subject.recorded)))
        except Exception:
            return self.eps
        finally:
            for name, x in bases.items():
                self.subject.leaves[name]._data = x

    def phi(self, name: str, direction: Array) -> Callable[[float], Array]:
        """The finite results as a function of how far the leaf is moved in a direction."""
        base = self.subject.base[name]
        return lambda t: self.subject.values(name, base + t * direction)[self.kept]

    def _nudged(self, name: str, scratch: Array, place: int) -> Callable[[float], Array]:
        """The same for one element, with no copy of the others."""
        x = scratch.item(place)
        scale = power_above(np.array(x)).item()
        moved = np.unravel_index(place, scratch.shape)

        def phi(t: float) -> Array:
            scratch[moved] = x + t * scale
            try:
                return self.subject.values(name, scratch)[self.kept]
            finally:
                scratch[moved] = x

        return phi

    def compare(self, entry: Entry, places: Array) -> None:
        """Compare some elements, given by their flat indices, and give the verdict."""
        name, a = entry.name, np.ravel(entry.analytic)[places]  # type: ignore[arg-type]
        f0, scratch = self.f0[self.kept], self.subject.base[name].copy()
        if not a.size:
            return
        scales = power_above(np.ravel(scratch)[places])
        # A tenth of a cube root of the rounding unit, as a power of two: float64's at the default eps.
        size = 2.0 ** round(np.log2(8 * self.settings.eps)) if self.eps < 1e-10 else 2.0**-7
        phis = [self._nudged(name, scratch, int(p)) for p in places]
        found = [step(phi, f0, self.c, self.eps, size) for phi in phis]
        n = np.array([s.central for s in found]) / scales
        u = np.array([4 * s.noise for s in found]) / scales
        bends = np.array([s.width > 1e-2 * (abs(s.right) + abs(s.left)) for s in found])
        known = np.zeros(a.size, dtype=bool)
        kinks = np.zeros(a.size, dtype=bool)

        def refine(which: Array) -> None:
            largest = np.max(np.abs(a), initial=0.0, where=np.isfinite(a))
            for i in which[~known[which]]:
                goal = 1e-9 * scales[i] * (abs(a[i]) or largest)
                s = slope(phis[i], f0, self.c, self.eps, goal)
                n[i], u[i] = s.value / scales[i], s.uncertainty / scales[i]
                kinks[i] = s.kink and self.between(a[i] * scales[i], s, self.largest * scales[i])
                known[i] = True

        def wrong() -> Array:
            with np.errstate(invalid="ignore"):
                return ~(np.abs(a - n) <= self.tolerance(a, n, u)) & ~kinks

        error = np.nan_to_num(np.abs(a - n), nan=np.inf)
        refine(np.argsort(-error)[:REFINED])
        suspicious = np.flatnonzero((wrong() | bends) & ~known)
        refine(suspicious[np.argsort(-error[suspicious])][:SUSPECTS])
        if not np.all(wrong()[known]):  # not all of one kind: look at each
            refine(np.flatnonzero(wrong() | bends))
        if np.count_nonzero(kinks) > 1 and not self._together(entry, places[kinks], a[kinks], scales[kinks]):
            kinks[:] = False
        entry.places, entry.numeric, entry.uncertainty, entry.bad = places, n, u, wrong()
        entry.checked, entry.failing = a.size, int(np.sum(entry.bad))
        self._judge(entry, a, n, u, kinks, known)

    def _together(self, entry: Entry, places: Array, a: Array, scales: Array) -> bool:
        """Whether backward also lies between the one-sided slopes where all elements at a kink are moved at once.

        One by one each of three equal maxima may claim the whole gradient. Together they may not.
        """
        for signs in (np.ones(a.size), self.rng.choice([-1.0, 1.0], a.size)):
            d = np.zeros(entry.total)
            d[places] = signs * scales
            s = slope(self.phi(entry.name, d.reshape(entry.shape)), self.f0[self.kept], self.c, self.eps, 0.0)
            along = float(np.sum(a * signs * scales))
            low, high = (s.low, s.high) if s.kink else (s.value, s.value)
            margin = 4 * s.uncertainty + self.settings.rtol * float(np.sum(np.abs(a) * scales))
            if not low - margin <= along <= high + margin:
                return False
        return True

    def tolerance(self, a: Array, n: Array, u: Array) -> Array:
        """How far each element may be off.

        `rtol` counts against the element. `atol` counts against the tensor's typical gradient, so that it means the
        same at any scale, but at its default excuses no more than a tenth of the element. What differences cannot
        resolve is allowed for at four times the estimate.
        """
        size = np.nan_to_num(np.abs(n), posinf=0.0)
        typical = float(np.sqrt(np.mean(size * size))) if size.size else 0.0
        largest = max(float(np.max(size, initial=0.0)), float(np.max(np.abs(a), initial=0.0, where=np.isfinite(a))))
        absolute = np.minimum(self.settings.atol * typical, 1e4 * self.settings.atol * size)
        allowed: Array = self.settings.rtol * size + absolute + 4 * u + 1e3 * self.eps * largest
        return allowed

    def between(self, analytic: float, s: Slope, size: float) -> bool:
        """Whether backward lies in the interval of a kink, where the gradients are of some size."""
        if max(abs(s.low), abs(s.high)) <= 1e-8 * size:  # rounding
            return False
        margin = 1e-6 * max(abs(s.low), abs(s.high)) + 4 * s.uncertainty
        return s.low - margin <= analytic <= s.high + margin

    def _judge(self, entry: Entry, a: Array, n: Array, u: Array, kinks: Array, known: Array) -> None:
        tolerance = self.tolerance(a, n, u)
        odd = ~np.isfinite(a) | ~np.isfinite(n)
        excess = np.abs(a - n) / np.where(tolerance > 0, tolerance, 1e-300)
        if entry.failing:  # the worst is one that is wrong
            excess = np.where(kinks, 0.0, excess)
        i = int(np.argmax(np.where(odd, np.inf, excess)))
        index = tuple(int(k) for k in np.unravel_index(entry.places[i], entry.shape))  # type: ignore[index]
        entry.worst = Element(entry.name, index, float(a[i]), float(n[i]), float(u[i]), float(tolerance[i]))
        largest = float(np.max(np.abs(n), initial=0.0, where=np.isfinite(n)))
        if odd.any():
            entry.verdict = "non-finite"
            entry.detail = (
                "backward gives " + str(a[i]) if not np.isfinite(a[i]) else "the function is not finite around here"
            )
            entry.failing = int(np.sum(odd))
        elif entry.failing:
            entry.verdict = "wrong"
        elif kinks.any():
            entry.verdict = "kink"
            entry.detail = f"{int(kinks.sum())} at a kink, where backward lies between the one-sided slopes"
        elif np.all(np.abs(a) <= 1e-12 * max(self.largest, 1e-3)) and np.all(np.abs(n) <= 8 * u):
            entry.verdict, entry.detail = "vacuous", ZERO
        elif np.max(u[known], initial=0.0) > 10 * self.settings.rtol * largest:
            entry.verdict, entry.detail = (
                "precision-limited",
                f"differences cannot tell better than {np.max(u[known]):.1g}",
            )
