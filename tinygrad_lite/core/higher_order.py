"""The backward pass on Tensors, for `create_graph=True`: its gradients can be differentiated again, to any order.

The rules of the primitives stay the same. They are given Tensors in place of the saved arrays, each connected to the
graph that its array came from, and so what they compute is recorded.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .edge import identity
from .graph import Node, Reading, walk
from .primitive import FusedPlan, Plan

Wrap = Callable[[Any, "Node | None"], Any]


class OnTensors(Reading):
    """A reading in which gradients are Tensors. `wrap` makes a Tensor of an array and its history."""

    records = True

    def __init__(self, wrap: Wrap) -> None:
        self.wrap = wrap

    def derive(self, node: Node, g: Any) -> Iterable[Any]:
        if isinstance(node.plan, FusedPlan):
            return self._through_reference(node, g)
        if isinstance(node.plan, Plan):
            return node.plan.derive(g, self._connected(node))
        return node.plan.derive(g, node.saved)

    def deposit(self, arrived: dict[Node, Any], leaf: Node, d: Any, g: Any) -> None:
        arrived[leaf] = operator.add(arrived[leaf], d) if leaf in arrived else d

    def _connected(self, node: Node) -> tuple[Any, ...]:
        """The saved operands with Tensors for floating arrays, each with the history of its argument or of the result.

        Indices and masks stay arrays.
        """
        places = [0, *(rule.argument + 1 for rule in node.plan.rules)]
        histories: dict[int, Node] = dict(zip(places, (node, *node.parents), strict=True))

        def connected(x: Any, slot: int) -> Any:
            return self.wrap(x, histories.get(slot)) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x

        operands = []
        slots = [slot for rule in node.plan.rules for slot, _ in rule.operands]
        for x, slot in zip(node.saved, slots, strict=True):
            if isinstance(slot, slice):
                x = tuple([connected(item, i) for i, item in enumerate(x, start=slot.start)])
            elif slot is not None:
                x = connected(x, slot)
            operands.append(x)
        return tuple(operands)

    def _through_reference(self, node: Node, g: Any) -> Iterable[Any]:
        """The gradients of a fused operation, derived from its reference.

        Each argument gets a node of its own, so that the inner walk stops at this operation's arguments, also where one
        of them was computed from another.
        """
        parents = iter(node.parents)
        needs = node.plan.needs
        args, _, reference = node.saved
        inputs = [identity(self.wrap(x, next(parents))) if need else x for x, need in zip(args, needs, strict=True)]
        wanted = [x._node for x, need in zip(inputs, needs, strict=True) if need]
        result = reference(*inputs)
        found = walk([(result._node, g)], wanted=wanted, retain_graph=True, reading=self)
        return [found.get(node) for node in wanted]
