"""The backward pass in words: each operation in its turn, with its derivative, its gradient and what it keeps."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

from ..core.graph import Node, Reading, walk
from ..core.modes import call_in_mode
from ..core.primitive import FusedPlan
from ..core.tensor import TensorBase, wrap
from .graph_view import GraphView, Vertex
from .recording import shape_text
from .rules import derivative_source, formula
from .values import arrays_of


@dataclass
class Explained:
    """One operation of the backward pass.

    Attributes:
        number, name, shape: of the operation and of its result.
        place: the line that called it, if it was recorded, and its layer.
        g: the norm of the gradient of its result; None if no gradient comes to it.
        keeps: what it keeps for its derivative, in words.
        bytes: the size of that, each array counted once in a graph, without inputs and parameters.
        formula: its derivatives as formulas.
        rules: for each argument the source of the derivative, and where it stands.
        leaves: the leaves to which it hands a gradient, each with the norm of the gradient that it has in the end.
        inside: the operations of its reference, for a fused operation that was to be expanded.
        program: the program, for a compiled function that was to be expanded.
    """

    number: int
    name: str
    shape: tuple[int, ...]
    place: str
    g: float | None
    keeps: list[str]
    bytes: int
    formula: str
    rules: dict[str, tuple[str, str]]
    leaves: list[tuple[str, float | None]]
    inside: list[Explained] = field(default_factory=list)
    program: str = ""

    def to_dict(self) -> dict[str, Any]:
        """All of this in plain dictionaries, lists and numbers, as JSON has them."""
        return {
            **{name: getattr(self, name) for name in ("number", "name", "place", "g", "keeps", "bytes", "formula")},
            "shape": list(self.shape),
            "rules": {name: {"text": text, "place": place} for name, (text, place) in self.rules.items()},
            "leaves": [{"name": name, "grad": norm} for name, norm in self.leaves],
            "inside": [each.to_dict() for each in self.inside],
            "program": self.program,
        }


class Explanation:
    """The explanation that `explain` returns. `str()` is the text; iteration gives the operations in their order.

    Attributes:
        title: the first line.
        operations: the operations, the newest first.
        bytes: what the graph keeps, without inputs and parameters.
    """

    def __init__(self, title: str, operations: list[Explained], bytes: int, rules: bool, hooked: bool = False) -> None:
        self.title, self.operations, self.bytes = title, operations, bytes
        self._rules, self._hooked = rules, hooked

    def __iter__(self) -> Iterator[Explained]:
        return iter(self.operations)

    def __len__(self) -> int:
        return len(self.operations)

    def to_dict(self) -> dict[str, Any]:
        """All of this in plain dictionaries, lists and numbers, as JSON has them."""
        return {"title": self.title, "bytes": self.bytes, "operations": [each.to_dict() for each in self.operations]}

    def __str__(self) -> str:
        order = " → ".join(f"#{each.number}" for each in self.operations[:12])
        more = " → …" if len(self.operations) > 12 else ""
        walked = (
            f"{order}{more}, by falling number; each frees what it kept" if order else "none, as nothing was computed"
        )
        return "\n".join(
            [
                self.title,
                *_table(self.operations, self._rules, ""),
                f"backward pass: {walked if order else 'none, as nothing was computed'}",
                *(["hooks were not called for these gradients"] if self._hooked else []),
            ]
        )

    def __repr__(self) -> str:
        return f"<explanation of {len(self.operations)} operations: print() shows it>"

    def _repr_html_(self) -> str:
        rows = []
        for each in self.operations:
            leaves = ", ".join(f"{name} {_norm(norm)}" for name, norm in each.leaves)
            cells = [
                f"#{each.number}",
                each.name,
                shape_text(each.shape),
                each.place,
                _norm(each.g),
                each.formula,
                leaves,
            ]
            cells.append(", ".join(each.keeps))
            rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
            if each.program:
                rows.append(f"<tr><td></td><td colspan=7><pre>{escape(each.program)}</pre></td></tr>")
        heads = ("", "operation", "shape", "called at", "|g|", "derivative", "leaves: |grad|", "keeps")
        head = "".join(f"<th>{name}</th>" for name in heads)
        return f"<table><caption>{escape(self.title)}</caption><tr>{head}</tr>{''.join(rows)}</table>"


def explain(
    results: Any, model: Any = None, rules: bool = True, expand: Collection[str | int] | bool = ()
) -> Explanation:
    """Explain the backward pass of a result: each operation in its turn, with its derivative and its gradient.

    The gradients are computed for the explanation: no `.grad` changes, nothing is freed, and hooks are not called.
    Lines and layers of the operations are known if they were recorded (see `record`).

    Args:
        results: a Tensor that has a history, or several; a result that is no scalar starts from a gradient of ones.
        model: a module whose parameters are called by their names; by default the one that was recorded.
        rules: whether to show the derivatives: the formula, and the source where it is one line.
        expand: the names or numbers of fused operations (linear, cross_entropy …) to be unfolded into their
            references, and of compiled functions, to be unfolded into their programs; True for all of them.

    Raises:
        RuntimeError: if there is no history, or a backward pass has freed it.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0.5, 1.0], requires_grad=True)
    >>> print(tl.insight.explain(x.tanh().sum()))  # doctest: +ELLIPSIS
    loss 1.224: 2 operations, 1 leaf; 8 B kept (inputs and parameters not counted)
    #3 sum  ()    |g| 1
         dx = g    ops/reduction.py:...
    #2 tanh (2,)  |g| 1.414  keeps out (2,) 8 B
         dx = g (1 - out²)    lambda g, out: g * (1 - out * out)    ops/elementwise.py:...
         → leaf |grad| 0.8916
    backward pass: #3 → #2, by falling number; each frees what it kept
    """
    view = GraphView(results, model)
    gradients = dry_run(view)
    operations = [_explained(vertex, gradients, expand, 0) for vertex in view.operations]
    count, leaves = len(operations), len(view.leaves)
    value = _value(results)
    title = (
        f"{value}: {count} operation{'s' * (count != 1)}, {leaves} {'leaf' if leaves == 1 else 'leaves'}; "
        f"{bytes_text(view.bytes)} kept (inputs and parameters not counted)"
    )
    return Explanation(title, operations, view.bytes, rules, any(vertex.node.hooks for vertex in view.vertices))


class WithoutHooks(Reading):
    """A backward pass that calls no hooks."""

    without_hooks = True

    def derive(self, node: Node, g: Any, saved: Any) -> Any:
        hooks = getattr(node, "all_hooks", None)
        if hooks is None:
            return super().derive(node, g, saved)
        function_node: Any = node  # of a Function, which calls its hooks itself
        function_node.all_hooks = None
        try:
            return list(super().derive(node, g, saved))
        finally:
            function_node.all_hooks = hooks

    def hooked(self, node: Node, g: Any) -> Any:
        return g


class _DryRun(WithoutHooks):
    """A backward pass that remembers the gradient of every node."""

    def __init__(self) -> None:
        self.gradients: dict[Node, Any] = {}

    def derive(self, node: Node, g: Any, saved: Any) -> Any:
        self.gradients[node] = g
        return super().derive(node, g, saved)


def dry_run(view: GraphView, starts: list[Any] | None = None) -> dict[Node, Any]:
    """The gradient of every node of a graph, without any effect on it."""
    if starts is None:
        starts = [np.ones(root.shape, root.node.dtype) for root in view.roots]
    reading = _DryRun()
    roots = [(root.node, g) for root, g in zip(view.roots, starts, strict=True)]
    arrived = call_in_mode(False, walk, roots, None, True, reading, quiet=True)
    return {**reading.gradients, **arrived}


def _explained(
    vertex: Vertex, gradients: dict[Node, Any], expand: Collection[str | int] | bool, depth: int
) -> Explained:
    recorded, node = vertex.recorded, vertex.node
    site = recorded.site if recorded is not None else None
    place = "" if site is None else ", ".join(part for part in (site.place, site.layer) if part)
    sources = {name: (source.text, source.site.place) for name, source in derivative_source(node).items()}
    entry = Explained(
        vertex.number,
        vertex.label,
        vertex.shape,
        place or vertex.layer,
        _norm_of(gradients.get(node)),
        [_kept_text(kept) for kept in vertex.kept if not _is_given(kept)],
        sum(kept.bytes for kept in vertex.kept),
        formula(node),
        sources,
        [(e.source.label, _norm_of(gradients.get(e.source.node))) for e in vertex.inputs if e.source.is_leaf],
    )
    wanted = expand is True or (not isinstance(expand, bool) and bool({vertex.label, vertex.number} & set(expand)))
    if wanted and isinstance(node.plan, FusedPlan) and not depth:
        entry.inside = _unfolded(node, gradients.get(node))
    elif wanted and not vertex.is_part:
        entry.program = getattr(node.primitive, "source", "")
    return entry


def _unfolded(node: Node, g: Any) -> list[Explained]:
    """The operations of a fused operation's reference, with their gradients."""
    arguments, _, reference = node.saved
    inputs = list(arguments)
    for i, need in enumerate(node.plan.needs):
        if need:
            inputs[i] = wrap(arguments[i]).requires_grad_()
            inputs[i].name = node.primitive.names[i]
    inner = GraphView(reference(*inputs))
    gradients = dry_run(inner, [g] if g is not None else None)
    return [_explained(vertex, gradients, (), 1) for vertex in inner.operations]


# ---------------------------------------------------------------------------------------------------------- text


def _table(operations: list[Explained], rules: bool, indent: str) -> list[str]:
    """The lines of the operations, in columns."""
    columns = [
        [f"#{each.number} {each.name}" for each in operations],
        [shape_text(each.shape) for each in operations],
        [each.place for each in operations],
        ["" if each.g is None else f"|g| {_norm(each.g)}" for each in operations],
    ]
    widths = [max(map(len, column), default=0) for column in columns]
    lines = []
    for i, each in enumerate(operations):
        first, *rest = (column[i].ljust(width) for column, width in zip(columns, widths, strict=True) if width)
        cells = "  ".join([f"{first} {rest[0]}", *rest[1:]]) if rest else first
        keeps = "  keeps " + ", ".join(each.keeps) if each.keeps else ""
        lines.append((indent + cells + keeps).rstrip())
        if rules:
            lines += [indent + "     " + line for line in _rule_lines(each)]
        if each.leaves:
            flows = "   ".join(f"→ {name} |grad| {_norm(norm)}" for name, norm in each.leaves)
            lines.append(f"{indent}     {flows}")
        if each.inside:
            lines.append(f"{indent}     unfolded into its reference:")
            lines += _table(each.inside, rules, indent + "       ")
        if each.program:
            lines.append(f"{indent}     unfolded into its program:")
            lines += [f"{indent}       {line}".rstrip() for line in each.program.splitlines()]
    return lines


def _rule_lines(each: Explained) -> list[str]:
    """The formula; beside it the rule, where it is a short lambda, and the place where it stands."""
    texts = dict(each.rules.values())
    (text, place) = next(iter(texts.items())) if len(texts) == 1 else ("", "")
    short = text.startswith("lambda") and len(text) <= 60 and text != "lambda g: g"
    parts = [each.formula, text if short else "", place]
    one_line = "    ".join(part for part in parts if part)
    lines = [one_line] if len(one_line) <= 100 else [each.formula, "    ".join(part for part in parts[1:] if part)]
    return [line for line in lines if line]


def _is_given(kept: Any) -> bool:
    """True for a parameter, which needs no mention."""
    return kept.owner and kept.first.is_leaf


def _kept_text(kept: Any) -> str:
    name = "" if kept.operand == "by the kernel" else kept.operand + " "
    if kept.owner.startswith(("the same", "a part")):
        return f"{name or 'it '}{shape_text(kept.array.shape)}: {kept.owner}, 0 B"
    size = f", {kept.owner}" if kept.owner else f" {bytes_text(kept.bytes)}"
    return f"{name}{shape_text(kept.array.shape)}{size}"


def bytes_text(count: int) -> str:
    """A size in bytes: `112 B`, `3.5 KiB`, `2 MiB`."""
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.4g} {unit}"
        size /= 1024
    return f"{size:.4g} GiB"


def _value(results: Any) -> str:
    if isinstance(results, TensorBase) and results._data.size == 1:
        return f"loss {results._data.item():.4g}"
    if isinstance(results, TensorBase):
        return f"a result of shape {shape_text(results.shape)}"
    return "several results"


def _norm_of(g: Any) -> float | None:
    """The root of the sum of squares of a gradient; None if there is none."""
    arrays = arrays_of(g) if g is not None else []
    if not arrays:
        return None
    return float(np.sqrt(sum(float(np.square(x, dtype=np.float64).sum()) for x in arrays)))


def _norm(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"
