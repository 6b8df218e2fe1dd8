"""The check from end to end: copy, compare, explain."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...core.tensor import wrap
from ...insight.sites import Layers
from ..function_node import FunctionNode
from ..gradients import grad
from .backward_run import line_of
from .culprit import explain
from .fast_mode import compare_all
from .hints import add_hints
from .isolated_copy import FunctionFailed, IsolatedCopy, is_module, isolated_copy
from .other_modes import check_other_modes
from .replay import shared_state_preserved
from .report import Entry, Report
from .settings import Settings
from .surrogates import Surrogates
from .trace import attributes_replaced


def check(func: Callable[..., Any], inputs: Sequence[Any], settings: Settings) -> tuple[Report, Exception | None]:
    """The report on a function, and the error that its backward raised, if any."""
    surrogates = Surrogates(settings.surrogates) if settings.surrogates else None
    with shared_state_preserved():
        isolated = isolated_copy(func, inputs, surrogates=surrogates)
        report, error = _reported(isolated, described(func), settings, layers_of(isolated))
        check_other_modes(report, isolated, settings)
    if report:
        with shared_state_preserved(double=False):
            native = isolated_copy(func, inputs, double=False)
            for name, x in native.base.items():
                if name in report.entries:
                    report.entries[name].dtype = x.dtype
            _check_dtypes(report, native, settings)
    if report:
        _warn_if_vacuous(list(report.entries.values()))
    return report, error


def check_second(
    func: Callable[..., Any], inputs: Sequence[Any], grad_outputs: Sequence[Any] | None, settings: Settings
) -> tuple[Report, Exception | None]:
    """The report on the derivative of a function, by the inputs and by the gradients of the results."""
    with shared_state_preserved():
        first = isolated_copy(func, inputs)
        rng = np.random.default_rng(0)
        name = f"the derivative of {described(func)}"
        try:
            results = [t for t in first.run() if t.requires_grad]
            if not results:
                raise FunctionFailed(RuntimeError(NOT_CONNECTED), "the check")
        except FunctionFailed as failure:
            return _failed(first, name, failure), failure.error
        given = [t for t in grad_outputs or () if t is not None]
        if given and len(given) != len(results):
            raise ValueError(f"gradgradcheck got {len(given)} grad_outputs for {len(results)} differentiable results")
        values = [t._data for t in given] or [rng.standard_normal(t.shape) for t in results]
        names = [f"grad of result {i}" for i in range(len(values))] if len(values) > 1 else ["grad of the result"]
        cotangents = [wrap(np.array(v, dtype=np.float64)).requires_grad_() for v in values]

        def derivative() -> tuple[Any, ...]:
            outputs = [t for t in first.run() if t.requires_grad]
            wanted = list(first.leaves.values())
            return grad(outputs, wanted, cotangents, create_graph=True, allow_unused=True, materialize_grads=True)

        isolated = IsolatedCopy({**first.leaves, **dict(zip(names, cotangents, strict=True))}, derivative)
        isolated.differentiable = list(range(len(first.leaves)))  # also those without a graph: that may be the fault
        report, error = _reported(isolated, name, settings, layers_of(first), list(first.leaves))
        check_other_modes(report, isolated, settings)
        report.failed_at_once = False  # the function itself has run before
    if report:
        _warn_if_vacuous(list(report.entries.values()))
    return report, error


def _reported(
    isolated: IsolatedCopy, name: str, settings: Settings, layers: Layers, gradients: Sequence[str] = ()
) -> tuple[Report, Exception | None]:
    """The report; `gradients` names the Tensors whose gradients the results are, in a check of the second order."""
    comparison = compare_all(isolated, settings)
    run = comparison.run
    report = Report(name, list(comparison.entries.values()))
    report.combined = run.f0.size > 1
    report.failed_at_once = run.failed_at_once
    if (not report or report.verdict == "suspicious") and settings.explain:
        add_hints(comparison)
        detached = [source for source, t in zip(gradients, run.outputs, strict=False) if not t.requires_grad]
        for source in detached if not report else ():
            for entry in report.entries.values():
                entry.hints.clear()  # this is the reason
            report.remarks.append(f"the gradient of {source} is detached: it has no graph to differentiate it again by")
        if run.error is None or not run.failed_at_once:
            explain(report, comparison, settings, layers)
    return report, run.error


NOT_CONNECTED = "no result of the function requires a gradient, so that there is no derivative to differentiate"


def _failed(isolated: IsolatedCopy, name: str, failure: FunctionFailed) -> Report:
    """The report on a function that raises an error."""
    detail = f"{failure}{line_of(failure.error)}"
    entries = [Entry(leaf, x.shape, x.dtype, "error", total=x.size, detail=detail) for leaf, x in isolated.base.items()]
    report = Report(name, entries)
    report.failed_at_once = True
    return report


def described(func: Callable[..., Any]) -> str:
    """The name of the function in a report."""
    owner = getattr(func, "__self__", None)
    if isinstance(owner, type):
        return f"{owner.__name__}.{getattr(func, '__name__', 'apply')}"
    return type(func).__name__ if is_module(func) else getattr(func, "__name__", type(func).__name__)


def layers_of(isolated: IsolatedCopy) -> Layers:
    """The names of the layers in the copy of a module."""
    return Layers(isolated.module)


def _warn_if_vacuous(entries: list[Entry]) -> None:
    """Warn where a check passes that has tested nothing at all."""
    if entries and all(entry.verdict == "vacuous" for entry in entries):
        warnings.warn(
            "gradcheck: the gradient is 0 by every tensor, so that this tests nothing. Check at another point, or "
            "another function of the result",
            UserWarning,
            stacklevel=4,
        )


# ---------------------------------------------------------------------------------------------------- dtypes


@contextmanager
def _returned_dtypes(found: list[tuple[str, Any, Any]]) -> Iterator[None]:
    """Note for each gradient that the backward of a Function returns its dtype, and the dtype of its argument."""
    original = FunctionNode.derive

    def derive(self: FunctionNode, g: Any, saved: Any) -> Any:
        results = list(original(self, g, saved))
        found.extend(
            (self.function.__name__, d.dtype, p.dtype)
            for d, p in zip(results, self.parents, strict=True)
            if d is not None
        )
        return results

    with attributes_replaced(FunctionNode, derive=derive):
        yield


def _check_dtypes(report: Report, native: IsolatedCopy, settings: Settings) -> None:
    """Check in the dtypes that were given: each gradient must have that of its tensor, and none a narrower one."""
    found: list[tuple[str, Any, Any]] = []
    try:
        outputs = [t for t in native.run() if t.requires_grad]
        given = [wrap(np.ones_like(t._data)) for t in outputs]
        with _returned_dtypes(found):
            gradients = grad(outputs, list(native.leaves.values()), given, allow_unused=True) if outputs else ()
    except Exception as failure:
        error = failure.error if isinstance(failure, FunctionFailed) else failure
        if not isinstance(error, RuntimeError):  # which input and model of different dtypes raise: not so in the copy
            for entry in report.entries.values():
                entry.verdict = "error"
                entry.detail = f"in its own dtypes it raised {type(error).__name__}: {error}{line_of(error)}"
        return
    for entry, leaf, g in zip(report.entries.values(), native.leaves.values(), gradients, strict=False):
        if g is not None and g.dtype != leaf.dtype:
            entry.verdict, entry.detail = "dtype", f"its gradient is {g.dtype}, but the tensor {leaf.dtype}"
    for name, made, wanted in found:
        if made != wanted and (settings.check_grad_dtypes or made.itemsize < wanted.itemsize):
            for entry in report.entries.values():
                entry.verdict, entry.detail = "dtype", f"{name}.backward returns {made} where the argument is {wanted}"
