"""The backward pass on Tensors, for `create_graph=True`: its gradients can be differentiated again, to any order.

The rules of the primitives stay the same. They are given Tensors in place of the saved arrays, each connected to the
graph that its array came from, and so what they compute is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .edge import reshape
from .graph import Node, Reading, walk
from .primitive import FusedPlan, Plan


class OnTensors(Reading):
    """A reading in which gradients are Tensors; `wrap` makes one of an array and its history."""

    records = True

    def __init__(self, wrap: Callable[[Any, Any], Any]) -> None:
        self.wrap = wrap

    def derive(self, node: Node, g: Any, saved: Any) -> Iterable[Any]:
        if isinstance(node.plan, FusedPlan):
            return self._through_reference(node, g, saved)
        if isinstance(node.plan, Plan):
            saved = self._connected(node, saved)
        return node.plan.derive(g, saved)

    def deposit(self, arrived: dict[Node, Any], leaf: Node, d: Any, g: Any) -> None:
        arrived[leaf] = arrived[leaf] + d if leaf in arrived else d

    def _connected(self, node: Node, saved: Any) -> tuple[Any, ...]:
        """The saved operands, as Tensors with the history of their arguments; indices and masks stay arrays."""
        histories = {rule.argument + 1: parent for rule, parent in zip(node.plan.rules, node.parents, strict=True)}
        histories[0] = node

        def connected(x: Any, slot: int) -> Any:
            return self.wrap(x, histories.get(slot)) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x

        operands = []
        slots = [slot for rule in node.plan.rules for slot, _ in rule.operands]
        for x, slot in zip(saved, slots, strict=True):
            if isinstance(slot, slice):
                x = tuple([connected(item, i) for i, item in enumerate(x, start=slot.start)])
            elif slot is not None:
                x = connected(x, slot)
            operands.append(x)
        return tuple(operands)

    def _through_reference(self, node: Node, g: Any, saved: Any) -> Iterable[Any]:
        """The gradients of a fused operation, derived from its reference."""
        # Each argument gets a node of its own, so that the inner walk ends at it, even if it was computed from another.
        args, _, reference = saved
        inputs, places = list(args), [i for i, need in enumerate(node.plan.needs) if need]
        for i, parent in zip(places, node.parents, strict=False):
            inputs[i] = reshape(self.wrap(args[i], parent), args[i].shape)
        wanted = [inputs[i]._node for i in places]
        found = walk([(reference(*inputs)._node, g)], wanted, True, self)
        return [found.get(each) for each in wanted]
