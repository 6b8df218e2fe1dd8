"""The culprit: each operation is checked by itself on the arguments that it had, until one has a wrong derivative."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ...core.graph import Node
from ...core.tensor import wrap
from ...tensors.tensor import Tensor
from .comparison import Comparison
from .fast_mode import compare_all
from .hints import add_hints, alike
from .isolated_copy import IsolatedCopy, input_names
from .report import Culprit, Report, Site
from .settings import Settings
from .trace import Applied, Cut, Trace, recorded, shortest

MOST_SUSPECTS = 300  # operations of one graph that are checked by themselves
MOST_CUTS = 8  # cuts of one graph that are undone by way of trial


def explain(report: Report, comparison: Comparison, settings: Settings, layers: dict[int, str]) -> None:
    """Find the operation, the cut or the hook that makes the gradient wrong, and add it to the report."""
    trace = Trace(layers)
    with recorded(trace):
        outputs = comparison.isolated.run()
    nodes = _reachable(outputs)
    for applied in _suspects(trace, nodes):
        if (culprit := _culprit(applied, settings)) is not None:
            report.culprit = culprit
            return
    if any(entry.verdict in ("wrong", "missing") for entry in report.entries.values()):
        report.remarks.extend(_wrong_connections(report, comparison, trace, outputs))


def _reachable(outputs: list[Tensor]) -> set[Node]:
    """The nodes of the graph."""
    seen = {node for t in outputs if (node := t._history()) is not None}
    stack = list(seen)
    while stack:
        for parent in stack.pop().parents:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return seen


def _suspects(trace: Trace, nodes: set[Node]) -> list[Applied]:
    """The operations that lead to the results: Functions first, which users write, and the latest first."""
    suspects = [(node.number, applied) for node, applied in trace.applied.items() if node in nodes]
    suspects.sort(key=lambda pair: (not _is_function(pair[1].operation), -pair[0]))
    return [applied for _, applied in suspects[:MOST_SUSPECTS]]


def _is_function(operation: Any) -> bool:
    """True if an operation is a Function, and not a primitive."""
    return isinstance(operation, type)


def _culprit(applied: Applied, settings: Settings) -> Culprit | None:
    """The operation, if its own derivative is wrong where it was applied."""
    args = list(applied.args)
    function = _is_function(applied.operation)
    names = _argument_names(applied, len(args))
    leaves: dict[str, Tensor] = {}
    for i, x in enumerate(args):
        if isinstance(x, Tensor) and x._history() is not None:
            leaves[names[i]] = args[i] = wrap(x._data.copy()).requires_grad_()
    call = (lambda: applied.operation.apply(*args)) if function else (lambda: applied.operation(*args))
    try:
        own = compare_all(IsolatedCopy(leaves, call), replace(settings, fast=True, check_undefined_grad=False))
    except Exception:  # it cannot be run by itself
        return None
    wrong = [entry for entry in own.entries.values() if not entry]
    if not wrong or wrong[0].verdict == "non-finite":
        return None
    add_hints(own)
    for entry in wrong:
        if entry.detail and not entry.hints:
            entry.hints.append(entry.detail)
    if not function:
        return Culprit(applied.operation.name, wrong[0], None, applied.site)
    return Culprit(f"{applied.operation.__name__}.backward", wrong[0], _definition(applied.operation), applied.site)


def _argument_names(applied: Applied, count: int) -> list[str]:
    if _is_function(applied.operation):
        return input_names(applied.operation, count)
    names = list(applied.operation.names)
    return [*names, *(f"{names[-1]}[{i}]" for i in range(count - len(names)))][:count]


def _definition(function: Any) -> Site | None:
    """The line where the backward of a Function is defined."""
    try:
        backward = inspect.unwrap(function.backward)
        lines, first = inspect.getsourcelines(backward)
        file = inspect.getsourcefile(backward) or ""
    except (OSError, TypeError):
        code = getattr(function.backward, "__code__", None)
        return Site(shortest(code.co_filename), code.co_firstlineno, "") if code else None
    i = next((i for i, line in enumerate(lines) if line.lstrip().startswith("def ")), 0)
    return Site(shortest(file), first + i, lines[i].strip())


# -------------------------------------------------------------------------- each operation is right by itself


def _wrong_connections(report: Report, comparison: Comparison, trace: Trace, outputs: list[Tensor]) -> Iterator[str]:
    """The reason why a gradient is wrong although each operation is right: how they are connected."""
    found = False
    nodes = _reachable(outputs)
    for cut in trace.cuts[:MOST_CUTS]:
        if _right_without(cut, comparison, report, trace.layers):
            found = True
            yield f"with the {cut.how} at {cut.site} undone, the gradient agrees: a path to the result is cut there"
            break
    hooked = [node for node in nodes if node.hooks]
    if not found and hooked:
        hooks = [(node, node.hooks) for node in hooked]
        for node in hooked:
            node.hooks = None
        try:
            found = _matches(report, comparison.run.derive(outputs=outputs))
        finally:
            for node, each in hooks:
                node.hooks = each
        if found:
            yield "without the hooks on Tensors the gradient agrees: a hook changes it"
    if not found and nodes:
        yield (
            "each recorded operation is right by itself, so it is how they are connected: is something computed "
            "outside of Tensors (.item(), .numpy(), tensor(x)), or changed between forward and backward?"
        )


def _right_without(cut: Cut, comparison: Comparison, report: Report, layers: dict[int, str]) -> bool:
    """True if the gradient is right when the graph is not cut there."""
    with recorded(Trace(layers, undo=cut)):
        outputs = comparison.isolated.run()
    if len(outputs) != len(comparison.run.cotangents) and not all(t.requires_grad for t in outputs):
        return False
    try:
        return _matches(report, comparison.run.derive(outputs=outputs))
    except RuntimeError:
        return False


def _matches(report: Report, gradients: dict[str, Any]) -> bool:
    """True if these gradients are right where those of backward are wrong."""
    for name, entry in report.entries.items():
        if entry.verdict in ("wrong", "missing") and entry.numeric is not None:
            g = gradients[name]
            if g is None or not alike(np.ravel(g)[entry.places], entry.numeric):
                return False
    return True
