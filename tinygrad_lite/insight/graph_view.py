"""The graph behind a result, as data to be shown: vertices, edges, and what each operation keeps in memory.

The explanations and the drawings read a `GraphView`, so that they agree with one another. It holds the nodes
themselves, but changes nothing of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ..core import versions
from ..core.graph import Leaf, Node
from ..core.primitive import FusedPlan, Plan
from ..core.tensor import TensorBase
from ..tensors.saved_values import argument_names
from .recording import Operation, operation_of

Kind = Literal["operation", "parameter", "leaf"]


@dataclass
class Vertex:
    """One node of the graph.

    Attributes:
        node: the node itself.
        label: the name of the operation, or that of the leaf.
        kind: whether it is an operation, a parameter of the module that was given, or another leaf.
        inputs: the edges to what the operation was computed from.
        kept: the arrays that it keeps for its derivative, by the name of the operand.
        layer: the path of the module that it belongs to, `"encoder.0"`, or "".
        number: its place in the graph: first the leaves, then the operations in the order of their creation.
    """

    node: Node
    label: str
    kind: Kind
    layer: str = ""
    number: int = 0
    inputs: list[Edge] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the result, and so of its gradient."""
        return tuple(self.node.shape or ())

    @property
    def is_part(self) -> bool:
        """True if it is one of several results, which one node has computed."""
        return not self.is_leaf and self.node.public[0] is not self.node

    @property
    def is_leaf(self) -> bool:
        """True if no operation made it."""
        return self.kind != "operation"

    @property
    def key(self) -> str:
        """A short name that no other vertex of the graph has."""
        return str(self.number)

    @property
    def grad_norm(self) -> float | None:
        """The norm of a leaf's `.grad`; None if it has none."""
        grad = getattr(self.node.variable, "grad", None) if isinstance(self.node, Leaf) else None
        return None if grad is None else float(np.linalg.norm(grad.detach().to_dense()._data))  # it may be sparse

    @property
    def recorded(self) -> Operation | None:
        """The operation with the line that called it, if it was recorded."""
        return None if self.is_leaf else operation_of(self.node)

    @property
    def title(self) -> str:
        """The label, with the number of an operation before it."""
        return self.label if self.is_leaf else f"#{self.number} {self.label}"


@dataclass(frozen=True)
class Edge:
    """The use of one vertex by another, as the argument of this name."""

    source: Vertex
    target: Vertex
    argument: str


@dataclass(frozen=True)
class Kept:
    """One array that an operation keeps. `first` is the vertex that was met first with it, of those that share it."""

    operand: str
    array: np.ndarray[Any, Any]
    first: Vertex
    owner: str

    @property
    def bytes(self) -> int:
        """The size of the array in bytes; 0 where it was counted already, or belongs to an input or a parameter."""
        return int(versions.owner(self.array).nbytes) if not self.owner else 0  # a view keeps all of its memory


class GraphView:
    """The graph of some results.

    Attributes:
        roots: the vertices of the results.
        vertices: all vertices, the newest operation first, which is the order of the backward pass; leaves last.
        edges: all edges.
    """

    def __init__(self, results: Any, model: Any = None) -> None:
        tensors = _tensors(results)
        roots = []
        for tensor in tensors:
            node = tensor._history()
            if node is None:
                raise RuntimeError(
                    "there is no graph to show: the Tensor does not require grad and does not have a grad_fn. "
                    "Was it computed under no_grad(), or from Tensors without requires_grad=True?"
                )
            roots.append(node)
        found = dict.fromkeys(roots)
        order = list(found)
        for node in order:  # which grows meanwhile
            order += [parent for parent in dict.fromkeys(node.parents) if parent not in found]
            found.update(dict.fromkeys(node.parents))
        order.sort(key=lambda node: -node.number)
        names = _parameter_names(_recorded_model(order) if model is None else model)
        by_node = {node: _vertex(node, names) for node in order}
        self.vertices = list(by_node.values())
        for i, vertex in enumerate(reversed(self.vertices), start=1):
            vertex.number = i
        _name_apart(self.vertices)
        self.roots = [by_node[node] for node in dict.fromkeys(roots)]
        self.edges: list[Edge] = []
        for vertex in self.vertices:
            for parent, argument in zip(vertex.node.parents, argument_names(vertex.node), strict=True):
                edge = Edge(by_node[parent], vertex, argument)
                vertex.inputs.append(edge)
                self.edges.append(edge)
        _find_layers(self.vertices)
        _count_kept(self.vertices)

    @property
    def operations(self) -> list[Vertex]:
        """The operations, in the order of the backward pass."""
        return [vertex for vertex in self.vertices if not vertex.is_leaf]

    @property
    def leaves(self) -> list[Vertex]:
        """The leaves, at which gradients arrive."""
        return [vertex for vertex in self.vertices if vertex.is_leaf]

    @property
    def bytes(self) -> int:
        """The bytes that the graph keeps beside its inputs and parameters, each array counted once."""
        return sum(kept.bytes for vertex in self.vertices for kept in vertex.kept)


def saved_values(node: Node) -> list[tuple[str, int | None, Any]]:
    """The values that a node saved: the name of each, the argument that it is (None if it was computed), and itself."""
    plan = node.plan
    if isinstance(plan, Plan):
        slots = [slot for rule in plan.rules for slot, _ in rule.operands]
        found: list[tuple[str, int | None, Any]] = []
        for slot, value in zip(slots, node.saved or (), strict=False):
            if isinstance(slot, slice):  # all arguments of a variadic list
                name = node.primitive.names[-1]
                found += [(f"{name}[{i}]", slot.start - 1 + i, part) for i, part in enumerate(value)]
            elif slot == 0:
                found.append(("out", None, value))
            elif slot is not None:
                found.append((node.primitive.names[slot - 1], slot - 1, value))
        return found
    if isinstance(plan, FusedPlan) and node.saved:
        arguments, computed, _ = node.saved
        named = [(name, i, x) for i, (name, x) in enumerate(zip(node.primitive.names, arguments, strict=False))]
        return [*named, *(("by the kernel", None, x) for x in versions.arrays_in([computed]))]
    by_function = getattr(node.saved, "_saved", None)  # what the forward of a Function has saved for its backward
    if by_function is not None:
        return [(f"saved_tensors[{i}]", None, array) for i, array in enumerate(by_function.arrays())]
    if isinstance(node.saved, (tuple, list)):  # what a compiled function keeps for its backward program
        return [("kept", None, array) for array in versions.arrays_in(node.saved)]
    return [("saved", None, array) for array in node.arrays()] if node.saved is not None else []  # it was freed


def _find_layers(vertices: list[Vertex]) -> None:
    """Let an operation that uses a module's own parameters belong to this module."""
    for vertex in vertices:
        recorded = vertex.recorded
        if recorded is not None and recorded.site is not None:
            path, _, kind = recorded.site.layer.partition(" ")
            vertex.layer = path if kind else ""  # the model itself has no path
        if vertex.kind == "parameter":
            vertex.layer = vertex.label.rpartition(".")[0]
        elif not vertex.layer:
            layers = [edge.source.label.rpartition(".")[0] for edge in vertex.inputs if edge.source.kind == "parameter"]
            if layers and all(layer == layers[0] for layer in layers):
                vertex.layer = layers[0]


def _count_kept(vertices: list[Vertex]) -> None:
    """Note for each operation the arrays that it keeps, and whose they are: memory is counted once."""
    owners: dict[int, tuple[Vertex, str]] = {}
    for vertex in vertices:
        if isinstance(vertex.node, Leaf) and (tensor := vertex.node.variable) is not None:
            owners[id(versions.owner(tensor._data))] = vertex, vertex.label
    for vertex in vertices:
        if vertex.is_leaf:
            continue
        recorded = {edge.argument for edge in vertex.inputs}
        for name, argument, value in saved_values(vertex.node):
            if not isinstance(value, np.ndarray) or any(value is kept.array for kept in vertex.kept):
                continue
            memory = id(versions.owner(value))
            if memory in owners:
                first, owner = owners[memory]
                same = any(_same(value, kept.array) for kept in first.kept)
                shared = (
                    f"the same array as #{first.number}'s" if same else f"a part of the memory of #{first.number}'s"
                )
                owner = owner or shared
            else:
                # An argument that needs no gradient was given; but a mask was made for this operation.
                given = argument is not None and name not in recorded and value.dtype.kind != "b"
                owner = "an input" if given else ""
                first = vertex
                owners[memory] = vertex, owner
            vertex.kept.append(Kept(name, value, first, owner))


def _same(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> bool:
    """True if two arrays are the same elements of the same memory."""
    return x.__array_interface__["data"] == y.__array_interface__["data"] and (x.shape, x.strides) == (
        y.shape,
        y.strides,
    )


def _tensors(results: Any) -> list[TensorBase]:
    tensors = [results] if isinstance(results, TensorBase) else list(results) if isinstance(results, Iterable) else []
    for tensor in tensors:
        if not isinstance(tensor, TensorBase):
            raise TypeError(f"expected a Tensor, or several, but got {type(tensor).__name__}")
    if not tensors:
        raise TypeError(f"expected a Tensor, or several, but got {type(results).__name__}")
    return tensors


def _parameter_names(model: Any) -> dict[int, str]:
    """The dotted name of each parameter of a module, by identity."""
    return {} if model is None else {id(p): name for name, p in model.named_parameters()}


def _recorded_model(nodes: list[Node]) -> Any:
    """The one module that was recorded with these operations and has parameters among the leaves; None for several."""
    leaves = {id(node.variable) for node in nodes if isinstance(node, Leaf)}
    recorded = [operation_of(node) for node in nodes]
    models = [operation.model() for operation in recorded if operation is not None and operation.model is not None]
    distinct = {id(model): model for model in models if model is not None}
    named = [model for model in distinct.values() if not leaves.isdisjoint(map(id, model.parameters()))]
    return named[0] if len(named) == 1 else None


def _vertex(node: Node, names: dict[int, str]) -> Vertex:
    if not isinstance(node, Leaf):
        whole, place = node.public
        label: str = node.primitive.name
        return Vertex(node, label if whole is node else f"{label}[{place}]", "operation")
    tensor = node.variable
    found = names.get(id(tensor))
    return Vertex(node, found or getattr(tensor, "name", None) or "leaf", "parameter" if found else "leaf")


def _name_apart(vertices: list[Vertex]) -> None:
    """Number the leaves that have no name of their own, so that each can be told apart."""
    nameless = [vertex for vertex in vertices if vertex.label == "leaf"]
    if len(nameless) > 1:
        for i, vertex in enumerate(reversed(nameless), start=1):
            vertex.label = f"leaf {i}"
