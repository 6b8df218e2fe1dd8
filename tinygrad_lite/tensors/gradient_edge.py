"""Gradient edges: places in the graph at which a gradient is computed, named without holding the Tensor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from ..core.graph import Leaf, Node
from ..core.tensor import TensorBase, wrap


class GradientEdge(NamedTuple):
    """The place in the graph at which the gradient of a Tensor is computed.

    `get_gradient_edge(tensor)` makes one. `grad` and `backward` take it in the place of the Tensor, whose memory need
    not be kept for that.

    Attributes:
        node: the node of the operation that made the Tensor; of a leaf the one that accumulates its gradient.
        output_nr: which of the results of that node the Tensor is.
        ownership_token: keeps what belongs to the edge alive.

    Raises:
        TypeError: from `grad` and `backward`, if its node is none of a graph.
        RuntimeError: from these, if it was made by hand for one of several results.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 2.0], requires_grad=True)
    >>> edge = tl.autograd.graph.get_gradient_edge(x * x)
    >>> edge.node, edge.output_nr
    (<MulBackward0>, 0)
    >>> tl.autograd.grad(edge, x, tl.ones(2))
    (tensor([2., 4.]),)
    """

    node: Node
    output_nr: int
    ownership_token: Any = None


def edge_of(tensor: Any) -> GradientEdge:
    """The edge of a Tensor that requires a gradient."""
    node = tensor._history()
    if node is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    shown, place = node.public
    return GradientEdge(shown, place, None if shown is node else node)


def tensor_at(edge: GradientEdge) -> Any:
    """A Tensor that stands for the one at an edge: of its shape, without its values."""
    if not isinstance(edge.node, Node):
        raise TypeError(f"GradientEdge: its node must be a node of a graph, not {type(edge.node).__name__}")
    node = edge.node if edge.ownership_token is None else edge.ownership_token
    if isinstance(node, Leaf) and node.variable is not None:
        return node.variable
    if node.shape is None:
        raise RuntimeError("GradientEdge: which of several results is meant, only get_gradient_edge(tensor) knows")
    return wrap(np.broadcast_to(np.zeros((), node.dtype), node.shape), node)


def tensors_at(values: Any) -> Any:
    """Tensors, or several, with stand-ins for the edges among them."""
    if isinstance(values, GradientEdge):
        return tensor_at(values)
    if isinstance(values, (TensorBase, str, np.ndarray)) or not isinstance(values, Iterable):
        return values
    values = list(values)
    return [tensor_at(x) if isinstance(x, GradientEdge) else x for x in values]
