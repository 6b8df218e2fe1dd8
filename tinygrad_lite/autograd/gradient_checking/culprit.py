"""Who is to blame: each operation's own derivative is checked by itself, on the arguments that it was applied to."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...core.tensor import wrap
from ...tensors.tensor import Tensor
from .comparison import Examination, Settings
from .hints import add_hints, alike
from .isolated_copy import Subject, input_names
from .report import Culprit, Report, Site
from .trace import Applied, Cut, Trace, _shortest, tracing

MOST = 300  # operations of one graph that are looked at


def explain(report: Report, ex: Examination, settings: Settings, layers: dict[int, str]) -> None:
    """Find the operation, the cut or the hook that makes the gradient wrong, and say so in the report."""
    trace = Trace()
    trace.layers = layers
    with tracing(trace):
        outputs = ex.subject.run()
    nodes = _reachable(outputs)
    for applied in _suspects(trace, nodes):
        found = _examined(applied, settings)
        if found is not None:
            report.culprit = found
            return
    if any(entry.verdict in ("wrong", "missing") for entry in report.entries.values()):
        report.remarks.extend(_connections(report, ex, trace, outputs))


def _reachable(outputs: list[Tensor]) -> set[Any]:
    seen = {t._history() for t in outputs} - {None}
    stack = list(seen)
    while stack:
        for parent in stack.pop().parents:  # type: ignore[union-attr]
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return seen


def _suspects(trace: Trace, nodes: set[Any]) -> list[Applied]:
    """The operations that lead to the results: those written by hand first, then the latest first."""
    kept = [(node.number, applied) for node, applied in trace.applied.items() if node in nodes]
    kept.sort(key=lambda pair: (not _is_function(pair[1].operation), -pair[0]))
    return [applied for _, applied in kept[:MOST]]


def _is_function(operation: Any) -> bool:
    return isinstance(operation, type)


def _examined(applied: Applied, settings: Settings) -> Culprit | None:
    """The operation, if its own derivative is wrong where it was applied."""
    args = list(applied.args)
    function = _is_function(applied.operation)
    names = _names(applied, len(args))
    leaves: dict[str, Tensor] = {}
    for i, x in enumerate(args):
        if isinstance(x, Tensor) and x._history() is not None:
            leaves[names[i]] = args[i] = wrap(x._data.copy()).requires_grad_()
    call = (lambda: applied.operation.apply(*args)) if function else (lambda: applied.operation(*args))
    try:
        own = Examination(
            Subject(leaves, call), Settings(**{**vars(settings), "fast": True, "check_undefined_grad": False})
        )
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


def _names(applied: Applied, count: int) -> list[str]:
    if _is_function(applied.operation):
        return input_names(applied.operation, count)
    names = list(applied.operation.names)
    return [*names, *(f"{names[-1]}[{i}]" for i in range(count - len(names)))][:count]


def _definition(function: Any) -> Site | None:
    try:
        lines, first = inspect.getsourcelines(function.backward)
        file = inspect.getsourcefile(function.backward) or ""
    except (OSError, TypeError):
        code = getattr(function.backward, "__code__", None)
        return Site(_shortest(code.co_filename), code.co_firstlineno, "") if code else None
    i = next((i for i, line in enumerate(lines) if line.lstrip().startswith("def ")), 0)
    return Site(_shortest(file), first + i, lines[i].strip())


# -------------------------------------------------------------------------------- no operation is to blame


def _connections(report: Report, ex: Examination, trace: Trace, outputs: list[Tensor]) -> Iterator[str]:
    """What else can make a gradient wrong, where each operation is right: how they are connected."""
    found = False
    nodes = _reachable(outputs)
    for cut in trace.cuts[:8]:
        if _agrees(ex, report, undo=cut):
            found = True
            yield f"with the {cut.how} at {cut.site} undone, the gradient agrees: a path to the result is cut there"
            break
    hooked = [node for node in nodes if node.hooks]
    if not found and hooked:
        hooks = [(node, node.hooks) for node in hooked]
        for node in hooked:
            node.hooks = None
        try:
            found = _matches(ex, report, ex.derive(outputs=outputs))
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


def _agrees(ex: Examination, report: Report, undo: Cut) -> bool:
    again = Trace(undo)
    with tracing(again):
        outputs = ex.subject.run()
    if len(outputs) != len(ex.cotangents) and not all(t.requires_grad for t in outputs):
        return False
    try:
        return _matches(ex, report, ex.derive(outputs=outputs))
    except RuntimeError:
        return False


def _matches(ex: Examination, report: Report, gradients: dict[str, Any]) -> bool:
    """Whether these gradients are right where backward's are not."""
    for name, entry in report.entries.items():
        if entry.verdict in ("wrong", "missing") and entry.numeric is not None:
            g = gradients[name]
            if g is None or not alike(np.ravel(g)[entry.places], entry.numeric):
                return False
    return True
