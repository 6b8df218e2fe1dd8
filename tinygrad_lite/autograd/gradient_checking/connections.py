"""Why a gradient is wrong although each operation is right: the graph is cut, or a hook changes the gradient."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from ...core.graph import Node
from ...tensors.tensor import Tensor
from .comparison import Comparison
from .hints import SURROGATE
from .patterns import alike
from .report import Report
from .trace import Cut, Trace, recorded

STEPS = frozenset("round sign floor ceil trunc heaviside".split())  # piecewise constant functions
ELSEWHERE = (
    "each recorded operation is right by itself, so it is how they are connected: is something computed "
    "outside of Tensors (.item(), .numpy(), tensor(x)), or changed between forward and backward?"
)
MOST_CUTS = 8
"""So many cuts of one graph are undone by way of trial."""


def reachable(outputs: list[Tensor]) -> set[Node]:
    """The nodes of the graph."""
    seen = {node for t in outputs if (node := t._history()) is not None}
    stack = list(seen)
    while stack:
        for parent in stack.pop().parents:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return seen


def wrong_connections(report: Report, comparison: Comparison, trace: Trace, outputs: list[Tensor]) -> Iterator[str]:
    """The reasons for a wrong gradient that are not the operations already named as culprits."""
    cuts = [cut for cut in trace.cuts if cut.undoable][:MOST_CUTS]
    relevant: list[Cut] = []
    unclear: list[Cut] = []
    for cut in cuts:
        gradients = _gradients_without([cut], comparison, trace)
        if gradients is None:
            unclear.append(cut)
        elif _matches(report, gradients):
            yield f"with {cut} undone, the gradient agrees: a path to the result is cut there"
            if any(getattr(each.operation, "name", "") in STEPS for each in trace.made.values()):
                yield "if that is meant, " + SURROGATE.format("…")
            return
        elif not _same(gradients, comparison.run.gradients):
            relevant.append(cut)
    if relevant:
        gradients = _gradients_without(relevant, comparison, trace)
        together = len(relevant) > 1 and gradients is not None and _matches(report, gradients)
        for cut in relevant:
            if together:
                yield f"with {cut} and the other cuts undone, the gradient agrees: a path to the result is cut there"
            else:
                yield f"a path to the result is cut by {cut}"
        if together or report.culprits:
            return
    if report.culprits:
        return
    nodes = reachable(outputs)
    if _right_without_hooks(report, comparison, nodes, outputs):
        yield "without the hooks on Tensors the gradient agrees: a hook changes it"
        return
    outside = [*unclear, *(cut for cut in trace.cuts if not cut.undoable)]
    for cut in outside[:3]:
        yield f"the graph is cut by {cut}: what is computed from it, outside of Tensors, has no gradient"
    if nodes and not outside and not relevant:
        yield ELSEWHERE


def _gradients_without(cuts: Collection[Cut], comparison: Comparison, trace: Trace) -> dict[str, Any] | None:
    """The gradients when the graph is not cut there; None if the function cannot run so."""
    try:
        with recorded(Trace(trace.layers, cuts, trace.surrogates)), trace.in_place():
            outputs = comparison.isolated.run()
        if len(outputs) != len(comparison.run.cotangents):
            return None
        return comparison.run.derive(outputs=outputs)
    except Exception:  # it may read values, which needs a Tensor without a history
        return None


def _right_without_hooks(
    report: Report, comparison: Comparison, nodes: Collection[Node], outputs: list[Tensor]
) -> bool:
    hooks = [(node, node.hooks) for node in nodes if node.hooks]
    if not hooks:
        return False
    try:
        for node, _ in hooks:
            node.hooks = None
        return _matches(report, comparison.run.derive(outputs=outputs))
    except Exception:
        return False
    finally:
        for node, each in hooks:
            node.hooks = each


def _same(x: dict[str, Any], y: dict[str, Any]) -> bool:
    """Return True if two sets of gradients are equal within rounding."""
    for name, a in x.items():
        b = y.get(name)
        a, b = (np.zeros(()) if g is None else g for g in (a, b))
        scale = max(float(np.max(np.abs(a), initial=0.0)), float(np.max(np.abs(b), initial=0.0)))
        if not np.allclose(a, b, rtol=0.0, atol=1e-9 * scale, equal_nan=True):
            return False
    return True


def _matches(report: Report, gradients: dict[str, Any]) -> bool:
    """Return True if these gradients are right where those of backward are wrong."""
    for name, entry in report.entries.items():
        if entry.verdict in ("wrong", "missing") and entry.numeric is not None:
            g = gradients[name]
            if g is None:
                return False
            compared = np.ravel(g)[entry.places]
            assert entry.uncertainty is not None
            zero = np.all(np.abs(entry.numeric) <= 8 * entry.uncertainty) and not np.any(compared)
            if not zero and not alike(compared, entry.numeric):
                return False
    return True
