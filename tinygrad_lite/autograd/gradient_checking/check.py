"""The check from end to end: copy, compare, explain."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...core.tensor import wrap
from ..function_node import FunctionNode
from ..gradients import grad
from .culprit import explain
from .fast_mode import compare_all
from .hints import add_hints
from .isolated_copy import IsolatedCopy, is_module, isolated_copy
from .replay import shared_state_preserved
from .report import Entry, Report
from .settings import Settings
from .trace import attributes_replaced


def check(func: Callable[..., Any], inputs: Sequence[Any], settings: Settings) -> tuple[Report, Exception | None]:
    """The report on a function, and the error that its backward raised, if any."""
    with shared_state_preserved():
        isolated = isolated_copy(func, inputs)
        report, error = _reported(isolated, described(func), settings, layers_of(isolated))
    if report:
        with shared_state_preserved(double=False):
            _check_dtypes(report, isolated_copy(func, inputs, double=False), settings)
    for name, x in isolated_copy(func, inputs, double=False).base.items():
        if name in report.entries:
            report.entries[name].dtype = x.dtype
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
        results = [t for t in first.run() if t.requires_grad]
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
        report, error = _reported(isolated, f"the derivative of {described(func)}", settings, layers_of(first))
    if report:
        _warn_if_vacuous(list(report.entries.values()))
    return report, error


def _reported(
    isolated: IsolatedCopy, name: str, settings: Settings, layers: dict[int, str]
) -> tuple[Report, Exception | None]:
    comparison = compare_all(isolated, settings)
    report = Report(name, list(comparison.entries.values()))
    if not report and settings.explain:
        add_hints(comparison)
        explain(report, comparison, settings, layers)
    return report, comparison.run.error


def described(func: Callable[..., Any]) -> str:
    """The name of the function in a report."""
    owner = getattr(func, "__self__", None)
    if isinstance(owner, type):
        return f"{owner.__name__}.{getattr(func, '__name__', 'apply')}"
    return type(func).__name__ if is_module(func) else getattr(func, "__name__", type(func).__name__)


def layers_of(isolated: IsolatedCopy) -> dict[int, str]:
    """The names of the layers in the copy of a module, by identity."""
    if isolated.module is None:
        return {}
    kinds = ((path, type(layer).__name__, layer) for path, layer in isolated.module.named_modules())
    return {id(layer): f"{path} ({kind})" if path else kind for path, kind, layer in kinds}


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
    except RuntimeError:  # such as from an input and a model of different dtypes, which are both float64 in the copy
        return
    for entry, leaf, g in zip(report.entries.values(), native.leaves.values(), gradients, strict=False):
        if g is not None and g.dtype != leaf.dtype:
            entry.verdict, entry.detail = "dtype", f"its gradient is {g.dtype}, but the tensor {leaf.dtype}"
    for name, made, wanted in found:
        if made != wanted and (settings.check_grad_dtypes or made.itemsize < wanted.itemsize):
            for entry in report.entries.values():
                entry.verdict, entry.detail = "dtype", f"{name}.backward returns {made} where the argument is {wanted}"
