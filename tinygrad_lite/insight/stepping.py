"""The backward pass step by step: what came to each node, what its rule made of it, what waits, and what was freed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core import versions
from ..core.edge import sum_to
from ..core.graph import Node
from ..core.tensor import backward
from ..tensors.observation import Observer, observed_by
from .explanation import dry_run
from .graph_view import GraphView, Vertex
from .recording import shape_text
from .rules import derivative_source, formula
from .sites import Site
from .values import arrays_of

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Step:
    """One step of a backward pass: the turn of one node.

    Attributes:
        number, name, shape: of the operation and of its result.
        node: the node itself.
        g: the gradient of the result, complete, as an array; None for a result that is a tuple.
        rule: the derivative as a formula.
        source: the source of the rules, by argument, each with its place.
        gradients: for each argument that needs one its gradient as the rule computed it, by the argument's name.
        targets: for each of these arguments the number of what it was computed from.
        arrived: the gradients that are complete at leaves after this step, by the leaf's name: what is added to
            their `.grad` at the end of the pass.
        pending: the numbers of the operations whose gradient, or a part of it, waits for its turn.
        freed: how many bytes the graph kept until now and keeps no more.
        site: the line that called the operation, if it was recorded.
    """

    number: int
    name: str
    shape: tuple[int, ...]
    node: Node
    g: Array | None
    rule: str
    source: dict[str, str]
    gradients: dict[str, Array]
    targets: dict[str, int]
    arrived: dict[str, Array]
    pending: tuple[int, ...]
    freed: int
    site: Site | None = field(default=None, repr=False)

    def __str__(self) -> str:
        norm = "" if self.g is None else f"  |g| {np.linalg.norm(self.g):.4g}"
        to = ", ".join(f"{name} → #{number}" for name, number in self.targets.items())
        pending = "{" + ", ".join(f"#{number}" for number in self.pending) + "}"
        text = f"#{self.number} {self.name} {shape_text(self.shape)}{norm}  {self.rule}"
        return f"{text}  {to}  pending {pending}" + (f"  frees {self.freed} B" if self.freed else "")


class _Steps(Observer):
    """Collects the steps while the backward pass runs."""

    inside_programs = False

    def __init__(self) -> None:
        self.seen: list[tuple[Node, Any, list[Any]]] = []

    def derived(self, node: Node, g: Any, gradients: list[Any]) -> None:
        # A leaf's gradient grows in the array that came first, so a copy is needed to know what each step gave.
        self.seen.append((node, _copy(g), [_copy(gradient) for gradient in gradients]))


def steps(
    results: Any, gradients: Any = None, retain_graph: bool | None = None, create_graph: bool = False, model: Any = None
) -> Iterator[Step]:
    """Run the backward pass, and yield its steps in order, with every gradient.

    When iteration begins, the whole pass is run, as by `backward()` with the same arguments: every `.grad` is then the
    same to the bit, and hooks are called. The steps hold copies of what it did.

    Args:
        results: a Tensor that has a history, or several.
        gradients: d(objective)/d(results), as for `backward()`.
        retain_graph: keep what the graph saved; nothing is then freed.
        create_graph: record the derivation too.
        model: a module whose parameters are called by their names; by default the one that was recorded.

    Raises:
        RuntimeError: where `backward()` raises.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 2.0], requires_grad=True)
    >>> for step in tl.insight.steps((x * x).sum()):
    ...     print(step)
    #3 sum ()  |g| 1  dx = g  x → #2  pending {#2}
    #2 mul (2,)  |g| 1.414  dx = g y, dy = g x  x → #1, y → #1  pending {}
    >>> step.gradients["x"], step.arrived
    (array([1., 2.], dtype=float32), {'leaf': array([2., 4.], dtype=float32)})
    """
    view = GraphView(results, model)
    last = _last_holders(view) if not (create_graph if retain_graph is None else retain_graph) else {}
    collected = _Steps()
    with observed_by(collected):
        backward(results, gradients, retain_graph, create_graph)
    yield from _described(view, collected.seen, last)


def dry_steps(view: GraphView) -> tuple[dict[Node, Any], list[Step]]:
    """The gradient of every node and the steps of a backward pass, without any effect: it calls no hooks."""
    collected = _Steps()
    with observed_by(collected):
        gradients = dry_run(view)
    return gradients, list(_described(view, collected.seen, _last_holders(view)))


def _last_holders(view: GraphView) -> dict[Node, int]:
    """For each node the bytes that are freed when it lets go of them: it is the last of those that hold them."""
    holders: dict[int, tuple[Node, int]] = {}
    for vertex in view.operations:
        for kept in vertex.kept:
            memory = id(versions.owner(kept.array))
            size = kept.bytes or holders.get(memory, (None, 0))[1]
            if size:
                holders[memory] = vertex.node, size
    freed: dict[Node, int] = {}
    for node, size in holders.values():
        freed[node] = freed.get(node, 0) + size
    return freed


def _described(view: GraphView, seen: list[tuple[Node, Any, list[Any]]], freed: dict[Node, int]) -> Iterator[Step]:
    vertices = {vertex.node: vertex for vertex in view.vertices}
    waiting: set[int] = {root.number for root in view.roots}
    uses = _uses(view, {node for node, _, _ in seen})
    sums: dict[int, Array] = {}
    for node, g, gradients in seen:
        vertex = vertices[node]
        waiting.discard(vertex.number)
        named: dict[str, Array] = {}
        targets: dict[str, int] = {}
        arrived: dict[str, Array] = {}
        for edge, gradient in zip(vertex.inputs, gradients, strict=True):
            source = edge.source
            uses[source.number] = uses.get(source.number, 1) - 1
            arrays = arrays_of(gradient) if gradient is not None else []
            if arrays:
                name = edge.argument or f"argument {len(named)}"
                named[name], targets[name] = arrays[0], source.number
                if source.is_leaf:
                    settled = _settled(arrays[0], source)
                    sums[source.number] = sums[source.number] + settled if source.number in sums else settled
                else:
                    waiting.add(source.number)
            if source.is_leaf and not uses[source.number] and source.number in sums:
                arrived[source.label] = sums[source.number]
        arrays = arrays_of(g)
        recorded = vertex.recorded
        yield Step(
            vertex.number,
            vertex.label,
            vertex.shape,
            node,
            arrays[0] if len(arrays) == 1 else None,
            formula(node),
            {name: f"{source.text}  ({source.site.place})" for name, source in derivative_source(node).items()},
            named,
            targets,
            arrived,
            tuple(sorted(waiting, reverse=True)),
            freed.get(node, 0),
            recorded.site if recorded is not None else None,
        )


def _uses(view: GraphView, visited: set[Node]) -> dict[int, int]:
    """The number of gradients that come to each vertex, from the nodes that the pass visited."""
    uses: dict[int, int] = {}
    for edge in view.edges:
        if edge.target.node in visited:
            uses[edge.source.number] = uses.get(edge.source.number, 0) + 1
    return uses


def _settled(array: Array, leaf: Vertex) -> Array:
    """A gradient summed to the shape of a leaf that was broadcast, in the leaf's dtype."""
    if array.shape != leaf.shape:
        array = np.asarray(sum_to.forward(array, leaf.shape))
    return array.astype(leaf.node.dtype)


def _copy(value: Any) -> Any:
    arrays = arrays_of(value) if value is not None else []
    return arrays[0].copy() if len(arrays) == 1 else arrays and [array.copy() for array in arrays]
