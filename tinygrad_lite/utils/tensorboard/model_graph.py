"""The graph of a model in TensorBoard's format, from what `insight` sees of one call."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ...autograd.grad_modes import enable_grad
from ...insight.graph_view import GraphView, Vertex
from ...insight.recording import record
from ...runtime.optional import require


def model_graph(model: Any, inputs: Any) -> Any:
    """The operations of one call of a model, as TensorBoard's GraphDef.

    An operation stands in the box of its layer, and an edge is a Tensor that requires a gradient.
    """
    arguments = tuple(inputs) if isinstance(inputs, tuple | list) else (inputs,)
    with enable_grad(), record(model, values=None):
        results = model(*arguments)
        view = GraphView(results, model)
    graph = require("tensorboardX.proto.graph_pb2", extra="tensorboard")
    versions = require("tensorboardX.proto.versions_pb2", extra="tensorboard")
    names = _names(view)
    nodes = [_node(vertex, names) for vertex in reversed(view.vertices)]
    return graph.GraphDef(node=nodes, versions=versions.VersionDef(producer=22))


def _names(view: GraphView) -> dict[Any, str]:
    """A path for each node: that of its layer, and its label, with a number where others have the same."""
    seen: Counter[str] = Counter()
    names = {}
    for vertex in reversed(view.vertices):
        path = vertex.label if vertex.kind == "parameter" else f"{vertex.layer}.{vertex.label}".strip(".")
        path = path.replace(".", "/")
        seen[path] += 1
        names[vertex.node] = path if seen[path] == 1 else f"{path}_{seen[path]}"
    return names


def _node(vertex: Vertex, names: dict[Any, str]) -> Any:
    """One node of TensorBoard's graph, with the shape of its result."""
    nodes = require("tensorboardX.proto.node_def_pb2", extra="tensorboard")
    values = require("tensorboardX.proto.attr_value_pb2", extra="tensorboard")
    shapes = require("tensorboardX.proto.tensor_shape_pb2", extra="tensorboard")
    shape = shapes.TensorShapeProto(dim=[shapes.TensorShapeProto.Dim(size=size) for size in vertex.shape])
    attributes = {"_output_shapes": values.AttrValue(list=values.AttrValue.ListValue(shape=[shape]))}
    return nodes.NodeDef(
        name=names[vertex.node],
        op=vertex.label if vertex.kind == "operation" else vertex.kind.capitalize(),
        input=[names[edge.source.node] for edge in vertex.inputs],
        attr=attributes,
    )
