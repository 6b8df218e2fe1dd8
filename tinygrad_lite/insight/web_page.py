"""One HTML file that shows a backward pass: code, graph, steps, values. It needs no network and no other file."""

from __future__ import annotations

import html
import json
import linecache
import os
from importlib.resources import files
from string import Template
from typing import Any

import numpy as np

from ..core.graph import Leaf, Node, walk
from ..core.higher_order import OnTensors
from ..core.modes import call_in_mode
from ..core.tensor import TensorBase, wrap
from .drawing import draw
from .explanation import Explained, Explanation, WithoutHooks, explain
from .graph_view import GraphView, Vertex, saved_values
from .recording import shape_text
from .stepping import dry_steps
from .values import arrays_of

CELLS = 32  # rows and columns of a heat map, at most
LINES = 400  # of one file around the lines that called operations, at most


def page(
    results: Any,
    path: str | os.PathLike[str],
    *,
    model: Any = None,
    title: str = "A backward pass",
    derivative: bool = False,
    program: str = "",
) -> None:
    """Write one HTML file in which a backward pass can be stepped through, forward and backward.

    It shows the code with the line that called each operation, the graph, and for each node its value and gradient
    as heat maps and tables, its rule, and what it keeps. It opens in any browser, without a network. Nothing of the
    graph changes: hooks are not called, and no `.grad` is written.

    Args:
        results: a Tensor that has a history, or several. Lines are known for operations that were recorded, and all
            values if they were recorded with `record(values="all")`.
        path: the file to be written.
        model: a module whose parameters are called by their names; by default the one that was recorded.
        title: the heading.
        derivative: whether to draw the graph of the gradients too, as `create_graph=True` records it.
        program: the source of a compiled function, to be shown beside; by default that of those in the graph.

    Raises:
        RuntimeError: if there is no history, or a backward pass has freed it.

    >>> import os, tempfile
    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 2.0], requires_grad=True)
    >>> with tl.insight.record(values="all"):
    ...     loss = x.exp().sum()
    >>> path = os.path.join(tempfile.mkdtemp(), "loss.html")
    >>> tl.insight.page(loss, path)
    >>> os.path.getsize(path) > 10_000
    True
    """
    view = GraphView(results, model)
    explanation = explain(results, model, expand=True)
    drawn = str(draw(results, model=model, backward=len(view.vertices) <= 300))
    second = str(draw(_gradients(view), model=model)) if derivative else ""
    second = (
        second.replace("tgl-arrow", "tgl-arrow-2").replace(' id="', ' id="second-').replace("url(#", "url(#second-")
    )
    web = files(__package__) / "web"
    text = Template((web / "page.html").read_text(encoding="utf-8")).substitute(
        title=html.escape(title),
        style=(web / "page.css").read_text(encoding="utf-8"),
        script=(web / "page.js").read_text(encoding="utf-8"),
        graph=drawn,
        derivative=second,
        data=_json(_data(view, explanation, program)),
    )
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _json(data: Any) -> str:
    """JSON that may stand inside of a script element."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def _data(view: GraphView, explanation: Explanation, program: str) -> dict[str, Any]:
    explained = {each.number: each for each in explanation}
    gradients, steps = dry_steps(view)
    kept = view.bytes
    told = []
    numbers = {vertex.label: vertex.number for vertex in view.leaves}
    for step in steps:
        kept -= step.freed
        told.append(
            {
                "number": step.number,
                "pending": step.pending,
                "targets": list(step.targets.values()),
                "kept": kept,
                "arrived": {str(numbers[name]): _norm(g) for name, g in step.arrived.items()},
            }
        )
    return {
        "summary": explanation.title,
        "kept": view.bytes,
        "roots": [root.number for root in view.roots],
        "nodes": [_node(vertex, explained.get(vertex.number), gradients) for vertex in view.vertices],
        "steps": told,
        "files": _files(view),
        "program": program or "\n\n".join(each.program for each in explanation if each.program),
    }


def _node(vertex: Vertex, each: Explained | None, gradients: dict[Node, Any]) -> dict[str, Any]:
    recorded = vertex.recorded
    site = recorded.site if recorded is not None else None
    arrays = arrays_of(gradients.get(vertex.node))
    sources = each.rules if each is not None else {}
    return {
        "id": vertex.number,
        "label": vertex.label,
        "title": vertex.title,
        "kind": vertex.kind,
        "shape": list(vertex.shape),
        "line": f"{site.file}:{site.line}" if site is not None else "",
        "place": each.place if each is not None else vertex.layer,
        "formula": each.formula if each is not None else "",
        "sources": [{"name": name, "text": text, "place": place} for name, (text, place) in sources.items()],
        "keeps": each.keeps if each is not None else [],
        "bytes": each.bytes if each is not None else 0,
        "inside": [
            {"name": inner.name, "shape": shape_text(inner.shape), "formula": inner.formula, "g": _finite(inner.g)}
            for inner in (each.inside if each is not None else ())
        ],
        "value": _heat(_value(vertex)),
        "gradient": _heat(arrays[0] if len(arrays) == 1 else None),
    }


def _value(vertex: Vertex) -> Any:
    """The value of a node: of a leaf its own, of an operation what was recorded or is kept for its derivative."""
    if isinstance(vertex.node, Leaf):
        tensor = vertex.node.variable
        return None if tensor is None else tensor._data
    recorded = vertex.recorded
    if recorded is not None and isinstance(recorded.values, np.ndarray):
        return recorded.values
    return next((x for name, _, x in saved_values(vertex.node) if name == "out" and isinstance(x, np.ndarray)), None)


def _heat(array: Any) -> dict[str, Any] | None:
    """An array as rows of numbers, of which a part is shown if there are many."""
    if array is None:
        return None
    whole = np.asarray(array, np.float64)
    rows = whole.reshape(-1, whole.shape[-1]) if whole.ndim and whole.size else whole.reshape(1, -1)
    shown = rows[:CELLS, :CELLS]
    finite = whole[np.isfinite(whole)]
    note = f"shown are the first {shown.shape[0]} × {shown.shape[1]}" if shown.size < whole.size else ""
    if finite.size < whole.size:
        note = f"{whole.size - finite.size} are not finite" + ("; " + note if note else "")
    return {
        "shape": list(np.shape(array)),
        "min": float(finite.min()) if finite.size else 0.0,
        "max": float(finite.max()) if finite.size else 0.0,
        "norm": _norm(whole),
        "note": note,
        "values": [[_finite(float(f"{x:.6g}")) for x in row] for row in shown.tolist()] if whole.size else [],
    }


def _norm(array: Any) -> float | None:
    return _finite(float(np.linalg.norm(np.asarray(array, np.float64).ravel())))


def _finite(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None


def _files(view: GraphView) -> list[dict[str, Any]]:
    """The files in which lines called operations, without what lies far from these lines."""
    called: dict[str, set[int]] = {}
    for vertex in view.operations:
        recorded = vertex.recorded
        if recorded is not None and recorded.site is not None and recorded.site.line:
            called.setdefault(recorded.site.file, set()).add(recorded.site.line)
    shown = []
    for file, lines in called.items():
        text = linecache.getlines(os.path.abspath(file)) or linecache.getlines(file)
        first, last = max(min(lines) - 12, 1), min(max(lines) + 12, len(text))
        numbers = range(first, last + 1) if last - first < LINES else sorted(lines)
        listed = [[n, text[n - 1].rstrip("\n")] for n in numbers if 0 < n <= len(text)]
        shown.append({"name": file, "lines": listed})
    return shown


class _WithoutHooks(WithoutHooks, OnTensors):
    """A backward pass that is recorded, and calls no hooks."""


def _gradients(view: GraphView) -> list[TensorBase]:
    """The gradients of the leaves, with the history that `create_graph=True` gives them."""
    reading = _WithoutHooks(wrap)
    roots = [(root.node, wrap(np.ones(root.shape, root.node.dtype))) for root in view.roots]
    found = call_in_mode(True, walk, roots, None, True, reading, quiet=True)
    tensors = [g for g in found.values() if isinstance(g, TensorBase) and g._history() is not None]
    if not tensors:
        raise RuntimeError("page(derivative=True): the gradients are constants, so they have no graph")
    return tensors
