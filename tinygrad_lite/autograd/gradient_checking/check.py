"""The check from end to end: copy, compare, explain."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from ...core.tensor import wrap
from ...insight.sites import Layers
from ..function_node import FunctionNode
from ..gradients import grad
from .backward_run import BackwardRun, line_of
from .comparison import Comparison
from .culprit import explain
from .direction import right_in_direction
from .fast_mode import compare_all
from .given_gradient import jacobian_entry
from .hints import add_hints
from .isolated_copy import FunctionFailed, IsolatedCopy, flat, is_module, isolated_copy
from .other_modes import check_other_modes
from .replay import GeneratorState, double_by_default, shared_state_preserved
from .report import Entry, Report
from .settings import Settings
from .surrogates import Surrogates
from .trace import attributes_replaced


def check(func: Callable[..., Any], inputs: Sequence[Any], settings: Settings) -> tuple[Report, Exception | None]:
    """The report on a function, and the error that its backward raised, if any."""
    surrogates = Surrogates(settings.surrogates) if settings.surrogates else None
    with shared_state_preserved() as shared:
        with double_by_default():
            isolated = isolated_copy(func, inputs, shared, surrogates=surrogates)
            report, error = _reported(isolated, described(func), settings, layers_of(isolated))
            check_other_modes(report, isolated, settings)
        if report:
            _check_own_dtypes(report, func, inputs, shared, isolated, settings)
    if report:
        _warn_if_vacuous(list(report.entries.values()))
    return report, error


def check_second(
    func: Callable[..., Any], inputs: Sequence[Any], grad_outputs: Sequence[Any] | None, settings: Settings
) -> tuple[Report, Exception | None]:
    """The report on the derivative of a function, by the inputs and by the gradients of the results."""
    with shared_state_preserved() as shared, double_by_default():
        first = isolated_copy(func, inputs, shared)
        name = f"the derivative of {described(func)}"
        try:
            isolated = derivative_of(first, grad_outputs)
        except FunctionFailed as failure:
            return _failed(first, name, failure), failure.error
        settings = replace(settings, fewer=False)  # all gradients are wanted at once
        report, error = _reported(isolated, name, settings, layers_of(first), list(first.leaves))
        check_other_modes(report, isolated, settings)
        report.failed_at_once = False  # the function itself has run before
    if report:
        _warn_if_vacuous(list(report.entries.values()))
    return report, error


def both_are_right(func: Callable[..., Any], inputs: Sequence[Any], settings: Settings) -> bool:
    """Return True if one random direction shows the first and the second derivative to be right, and False in doubt.

    The function that is checked has the results and their gradients for results. So it takes no more runs than a check
    of the second derivative alone.
    """
    with shared_state_preserved() as shared:
        with double_by_default():
            first = isolated_copy(func, inputs, shared)
            try:
                both = derivative_of(first, None, with_results=True)
                run = BackwardRun(both, replace(settings, fewer=False))
                if not (run.complete and right_in_direction(run)):
                    return False
                if len(first.leaves) > 1 and not all(BackwardRun(first, settings).entries.values()):
                    return False
            except FunctionFailed:
                return False
        report = Report(described(func), [run.entries[name] for name in first.leaves])
        _check_own_dtypes(report, func, inputs, shared, first, settings)
    return bool(report)


def derivative_of(first: IsolatedCopy, grad_outputs: Sequence[Any] | None, with_results: bool = False) -> IsolatedCopy:
    """The derivative of a function, as a function of the leaves and of the gradients of the results.

    Raises:
        FunctionFailed: if the function raises an error, or no result has a gradient.
        ValueError: if the number of `grad_outputs` is not that of the results.
    """
    rng = np.random.default_rng(0)
    results = [t for t in first.run() if t.requires_grad]
    if not results:
        raise FunctionFailed(RuntimeError(NOT_CONNECTED), "the check")
    given = [t for t in grad_outputs or () if t is not None]
    if given and len(given) != len(results):
        raise ValueError(f"gradgradcheck got {len(given)} grad_outputs for {len(results)} differentiable results")
    values = [t._data for t in given] or [rng.standard_normal(t.shape) for t in results]
    names = [f"grad of result {i}" for i in range(len(values))] if len(values) > 1 else ["grad of the result"]
    cotangents = [wrap(np.array(v, dtype=np.float64)).requires_grad_() for v in values]

    def derivative(create_graph: bool = True) -> tuple[Any, ...]:
        outputs = [t for t in first.run() if t.requires_grad]
        wanted = list(first.leaves.values())
        found = grad(outputs, wanted, cotangents, create_graph=create_graph, allow_unused=True, materialize_grads=True)
        if any(g.is_sparse for g in found):
            raise ValueError(
                "Sparse output is not supported at gradcheck yet. Please call to_dense(masked_grad=...) on the output "
                "of fn for gradcheck: the gradients are sparse here; check the function with sparse=False"
            )
        return (*outputs, *found) if with_results else found

    leaves = {**first.leaves, **dict(zip(names, cotangents, strict=True))}
    made = IsolatedCopy(leaves, derivative, first.replay, lambda: derivative(create_graph=False))
    count = len(first.leaves) + len(results) * with_results
    made.differentiable = list(range(count))  # also those without a graph: that may be the fault
    made.mass = float(np.linalg.norm(np.nan_to_num(flat(results), posinf=0.0, neginf=0.0)))
    return made


def _reported(
    isolated: IsolatedCopy, name: str, settings: Settings, layers: Layers, gradients: Sequence[str] = ()
) -> tuple[Report, Exception | None]:
    """The report; `gradients` names the Tensors whose gradients the results are, in a check of the second order."""
    comparison = compare_all(isolated, settings)
    run = comparison.run
    report = Report(name, list(comparison.entries.values()))
    report.combined = run.f0.size > 1
    report.failed_at_once = run.failed_at_once
    if report.verdict == "wrong" and run.complete:
        _check_repeats(report, comparison)
    if (not report or report.verdict == "suspicious") and settings.explain:
        detached = [source for source, t in zip(gradients, run.outputs, strict=False) if not t.requires_grad]
        for source in detached if not report else ():
            report.remarks.append(f"the gradient of {source} is detached: it has no graph to differentiate it again by")
        known = bool(report.remarks)
        if run.error is None or not run.failed_at_once:
            known = explain(report, comparison, settings, layers) or known
        if not known:
            add_hints(comparison, one_function=not report.culprits)
        if report.worst is not None and report.verdict in ("wrong", "missing", "suspicious"):
            report.jacobian_entry = jacobian_entry(comparison, report.entries[report.worst.tensor])
    return report, run.error


def _check_repeats(report: Report, comparison: Comparison) -> None:
    """Give another verdict where the function is wrong because it changes from run to run, but not at its input."""
    wrong = [entry for entry in report.entries.values() if entry.verdict == "wrong" and entry.total]
    try:
        change = comparison.change_nearby(wrong[0])
    except FunctionFailed:
        return
    if change > comparison.run.settings.nondet_tol + 1e-11 * float(np.max(np.abs(comparison.run.f0), initial=0.0)):
        for entry in wrong:
            entry.verdict = "nondeterministic"
            entry.detail = f"near the input the result changed by {change:.2g} from one run to the next"


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
def _returned_dtypes(found: list[tuple[str, Any, Any, int]]) -> Iterator[None]:
    """Note for each gradient that a backward returns its dtype, that of its argument, and the width of the results."""
    original = FunctionNode.derive

    def derive(self: FunctionNode, g: Any, saved: Any) -> Any:
        results = list(original(self, g, saved))
        width = max((dtype.itemsize for _, dtype in filter(None, self.like)), default=0)
        found.extend(
            (self.function.__name__, d.dtype, p.dtype, width)
            for d, p in zip(results, self.parents, strict=True)
            if d is not None
        )
        return results

    with attributes_replaced(FunctionNode, derive=derive):
        yield


def _check_own_dtypes(
    report: Report,
    func: Callable[..., Any],
    inputs: Sequence[Any],
    shared: Sequence[GeneratorState],
    isolated: IsolatedCopy,
    settings: Settings,
) -> None:
    """Check another copy of the function, in the dtypes that it has."""
    moved = [each for each in shared if any(each is one for one in isolated.replay.generators)]
    native = isolated_copy(func, inputs, moved, double=False)
    native.replay.untouched = False
    for name, x in native.base.items():
        if name in report.entries:
            report.entries[name].dtype = x.dtype
    _check_dtypes(report, native, settings)


def _check_dtypes(report: Report, native: IsolatedCopy, settings: Settings) -> None:
    """Check in the dtypes that were given: each gradient must have that of its tensor, and none a narrower one."""
    found: list[tuple[str, Any, Any, int]] = []
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
    for name, made, wanted, width in found:
        narrow = made.itemsize < min(wanted.itemsize, width)  # narrower than argument and result
        if made != wanted and (settings.check_grad_dtypes or narrow):
            for entry in report.entries.values():
                entry.verdict, entry.detail = "dtype", f"{name}.backward returns {made} where the argument is {wanted}"
