"""One run of forward and backward: its results, its gradients, and whether they can be trusted to repeat."""

from __future__ import annotations

import itertools
import os
import traceback
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from ...core.primitive import Array
from ...core.tensor import wrap
from ...insight.sites import PACKAGE, shortest
from ...tensors.tensor import Tensor
from ..gradients import accumulation_counts, grad
from .isolated_copy import FunctionFailed, IsolatedCopy, flat
from .report import Entry
from .settings import Settings

LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "contiguous": lambda c: c,
    "transposed": lambda c: c.T.copy().T,
    "backwards": lambda c: np.flip(np.flip(c).copy()),
    "broadcast": lambda c: np.broadcast_to(c[:1], c.shape) if c.ndim else c,
}
"""Ways for the gradients of the results to lie in memory. What is broadcast is read-only, as that of a sum is."""

NUMPY = os.path.dirname(np.__file__) + os.sep


class BackwardRun:
    """The results of an isolated copy, and the gradients that backward gives of them.

    Attributes:
        entries: for each leaf what was found so far; those that are false need no further comparison.
        outputs: the results of the first run, with their graph.
        cotangents: for each result the random gradient with which the derivatives are taken.
        gradients: for each leaf its gradient by backward; None where backward gave none.
        f0: the values of all results, flat.
        finite: which of these values are finite.
        c: the cotangents of the finite values, flat.
        error: the error that the function or its backward raised, if any.
        failed_at_once: whether the function raised it in the first run, as it would without a check.
        complete: whether there are gradients to be compared.
    """

    def __init__(self, isolated: IsolatedCopy, settings: Settings, seed: int = 0) -> None:
        self.isolated, self.settings = isolated, settings
        self.rng = np.random.default_rng(seed if settings.seed is None else settings.seed)
        self.layout = "contiguous" if settings.seed is None else str(self.rng.choice([*LAYOUTS]))
        self.entries = {name: Entry(name, x.shape, x.dtype, total=x.size) for name, x in isolated.base.items()}
        self.gradients: dict[str, Array | None] = {}
        self.error: Exception | None = None
        self.failed_at_once = False
        self.outputs: list[Tensor] = []
        self.cotangents: list[Array] = []
        self.f0, self.finite, self.c = np.empty(0), np.empty(0, dtype=bool), np.empty(0)
        try:
            self._forward()
        except FunctionFailed as failure:
            self.complete = False
            self.fail(failure)
            return
        self.c = np.concatenate([np.ravel(c) for c in self.cotangents] or [np.empty(0)])[self.finite]
        self.complete = self._usable() and self._backward()

    def _give_all(self, verdict: str, detail: str) -> None:
        for entry in self.entries.values():
            entry.verdict, entry.detail = verdict, detail

    def fail(self, failure: FunctionFailed) -> None:
        """Give every tensor the verdict that the function raised an error."""
        self.error = failure.error
        self._give_all("error", f"{failure}{line_of(failure.error)}")

    def _forward(self) -> None:
        before = {name: x.copy() for name, x in self.isolated.base.items()}
        self.failed_at_once = True
        with self.isolated.surrogates.noted() if self.isolated.surrogates is not None else nullcontext():
            self.outputs = self.isolated.run()
        self.failed_at_once = False
        self.f0 = flat(self.outputs)
        self.finite = np.isfinite(self.f0)
        for name, x in before.items():
            if not np.array_equal(self.isolated.base[name], x, equal_nan=True):
                self.entries[name].verdict = "wrong"
                self.entries[name].detail = "forward writes into it: work on a copy, x.clone()"
                self.isolated.base[name][...] = x
        self.again = self.isolated.after_first_run(self.outputs, self.f0)
        self.cotangents = [self._cotangent(t) for t in self.outputs]

    def _cotangent(self, t: Tensor) -> Array:
        """A gradient of a result: no element near 0, so that each counts, and the elements of different signs."""
        shape = (1, *t.shape[1:]) if self.layout == "broadcast" and len(t.shape) else t.shape
        c = self.rng.choice([-1.0, 1.0], shape) * self.rng.uniform(0.5, 1.5, shape)
        if c.size and np.all(c > 0):
            c.flat[0] *= -1
        return np.where(np.isfinite(t._data), c, 0.0)

    def _given(self, results: Sequence[Tensor], cotangents: Sequence[Array]) -> tuple[list[Tensor], list[Tensor]]:
        """The results that have a gradient, and the gradients to begin backward with, in the memory layout chosen."""
        roots = [(t, c) for t, c in zip(results, cotangents, strict=True) if t.requires_grad]
        return [t for t, _ in roots], [wrap(LAYOUTS[self.layout](c.astype(t.dtype))) for t, c in roots]

    def _usable(self) -> bool:
        """Return True if forward did not change its inputs, and gives the same finite results again."""
        if not all(self.entries.values()) or not self._repeats("the result", self.again, self.f0):
            return False
        if self.finite.size and not self.finite.any() and any(x.size for x in self.isolated.base.values()):
            self._give_all("non-finite", "the result is not finite")
            return False
        return True

    # ------------------------------------------------------------------------------------------------ backward

    def derive(
        self, cotangents: list[Array] | None = None, outputs: list[Tensor] | None = None
    ) -> dict[str, Array | None]:
        """The gradients of the leaves by backward, from other cotangents and other outputs if these are given."""
        return self._derive(cotangents, outputs)[0]

    def _derive(
        self, cotangents: list[Array] | None = None, outputs: list[Tensor] | None = None
    ) -> tuple[dict[str, Array | None], bool]:
        """The gradients of the leaves that require one, and whether backward wrote into what it was given."""
        cotangents = self.cotangents if cotangents is None else cotangents
        roots, passed = self._given(self.outputs if outputs is None else outputs, cotangents)
        leaves = {name: leaf for name, leaf in self.isolated.leaves.items() if leaf.requires_grad}
        if not roots:
            return dict.fromkeys(leaves), False
        before = [p._data.copy() for p in passed]
        found = self._with_accumulated(
            lambda: grad(roots, list(leaves.values()), passed, retain_graph=True, allow_unused=True)
        )
        written = any(not np.array_equal(p._data, c) for p, c in zip(passed, before, strict=True))
        arrays = (None if g is None else g.astype(np.float64) for g in found)
        return dict(zip(leaves, arrays, strict=True)), written

    def _with_accumulated(self, gradients: Callable[[], Sequence[Any]]) -> list[Array | None]:
        """Gradients, and what a backward that itself calls backward has added to the `.grad` of the leaves."""
        leaves = [leaf for leaf in self.isolated.leaves.values() if leaf.requires_grad]
        for leaf in leaves:
            leaf._grad = None
        token = accumulation_counts.set(True)
        try:
            found = [None if g is None else _dense(g) for g in gradients()]
            inside = [None if leaf._grad is None else leaf._grad._data for leaf in leaves]
        finally:
            accumulation_counts.reset(token)
            for leaf in leaves:
                leaf._grad = None
        return [g if h is None else h if g is None else g + h for g, h in zip(found, inside, strict=True)]

    def _backward(self) -> bool:
        """Find the gradients; whether they can be compared with differences."""
        try:
            self.gradients, written = self._derive()
        except Exception as error:
            self._find_errors(error)
            return False
        if written:
            self._give_all(
                "wrong", "backward writes into the gradient that it is given, which is not its own: compute a new one"
            )
            return False
        try:
            again = self.derive()
        except Exception as error:
            self.error = error
            self._give_all(
                "error", f"backward raised {type(error).__name__} when it ran again: {error}{line_of(error)}"
            )
            return False
        for name, g in self.gradients.items():
            if g is not None and not self._repeats("the gradient", again[name], g, [name]):
                return False
        if self.settings.check_undefined_grad and len(self.outputs) > 1:
            self._check_undefined_gradients()
        if self.settings.fewer and all(self.entries.values()):
            self._check_with_fewer()
        return True

    def _repeats(self, what: str, second: Array | None, first: Array, names: list[str] | None = None) -> bool:
        """Return True if something is the same when it is computed again."""
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

    def _find_errors(self, error: Exception) -> None:
        """Find the tensors whose derivatives raise an error."""
        self.error = error
        for name, entry in self.entries.items():
            try:
                roots, given = self._given(self.outputs, self.cotangents)
                grad(roots, self.isolated.leaves[name], given, retain_graph=True, allow_unused=True)
            except Exception as own:
                entry.verdict = "shape" if "invalid gradient" in str(own) else "error"
                entry.detail = f"backward raised {type(own).__name__}: {own}{line_of(own)}"
        if all(self.entries.values()):
            self._give_all("error", f"backward raised {type(error).__name__}: {error}{line_of(error)}")

    def _check_undefined_gradients(self) -> None:
        """Check that backward can do without the gradients of some results, and gives the same in total."""
        total: dict[str, Array] = {name: np.zeros(entry.shape) for name, entry in self.entries.items()}
        try:
            for t, c in zip(self.outputs, self.cotangents, strict=True):
                for name, g in self.derive([c], [t]).items():
                    total[name] += 0.0 if g is None else g
        except Exception as error:
            kind = type(error).__name__
            self.error = error
            self._give_all("error", f"backward raised {kind} where one result alone has a gradient: {error}")
            return
        atol = 1e-9 * self.largest_gradient
        for name, g in self.gradients.items():
            entry = self.entries[name]
            whole = np.zeros(entry.shape) if g is None else g
            if not np.allclose(total[name], whole, rtol=1e-9, atol=atol, equal_nan=True):
                entry.verdict = "wrong"
                entry.detail = "the gradients from each result alone do not add up to that from all of them"

    def _check_with_fewer(self) -> None:
        """Check that a tensor has the same gradient where fewer tensors require one, as `ctx.needs_input_grad` says."""
        names = list(self.entries)
        counts = range(1, len(names)) if len(names) <= 4 else (1, len(names) - 1) if len(names) <= 8 else ()
        for wanted in (some for count in counts for some in itertools.combinations(names, count)):
            some = ", ".join(wanted)
            try:
                with self.isolated.with_fewer(wanted):
                    found = self._derive(outputs=self.isolated.run())[0]
            except Exception as error:
                self.error = error.error if isinstance(error, FunctionFailed) else error
                detail = f"{type(self.error).__name__}: {self.error}{line_of(self.error)}"
                self._give_all("error", f"where only {some} requires a gradient it raised {detail}")
                return
            for name, g in found.items():
                zero, entry = np.zeros(self.entries[name].shape), self.entries[name]
                whole = self.gradients[name]
                atol = 1e-9 * self.largest_gradient
                pair = (zero if g is None else g, zero if whole is None else whole)
                if not np.allclose(*pair, rtol=1e-9, atol=atol, equal_nan=True):
                    entry.verdict = "wrong"
                    entry.detail = f"the gradient is another one where only {some} requires a gradient"

    @property
    def largest_gradient(self) -> float:
        """The largest absolute value in all gradients."""
        sizes = (float(np.max(np.abs(g), initial=0.0)) for g in self.gradients.values() if g is not None)
        return max(sizes, default=0.0)


def line_of(error: BaseException) -> str:
    """The innermost line outside of this package where an error was raised, in brackets, if there is one."""
    own = (PACKAGE, NUMPY, "<frozen")
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(own)]
    return f" ({shortest(lines[-1].filename)}:{lines[-1].lineno})" if lines else ""


def _dense(g: Tensor) -> Array:
    """The array of a gradient, which must not be sparse: zeros that it does not have would be compared with nothing."""
    if g.is_sparse:
        raise RuntimeError(
            "grad is incorrect layout (torch.sparse_coo is not torch.strided): the derivatives of dense Tensors are "
            "compared with dense ones, so check the function with sparse=False"
        )
    return g._data
