"""Views: Tensors that look into another's memory, and what an in-place change means for them.

A view continues the history of its base. When the base is given a new history, because it or another view
of it was changed in place while recording, the view's own is continued from that, the next time it is used.
"""

from __future__ import annotations

from typing import Any

from .graph import Leaf
from .modes import recording
from .primitive import Operands, Primitive


class View:
    """The Tensor that a view looks into, and the primitives by which it was taken.

    Attributes:
        base: the Tensor that owns the memory.
        outer: the view of which this is a view, if it is not one of the base itself.
        step: the primitive by which it was taken, and its further arguments.
        base_node: the node of the base that this view's history continues.
    """

    __slots__ = ("base", "base_node", "outer", "step")

    def __init__(self, x: Any, step: tuple[Primitive, Operands]) -> None:
        self.outer: View | None = x._view
        self.base = x if self.outer is None else self.outer.base
        self.step = step
        self.base_node = self.base._node

    def steps(self) -> list[tuple[Primitive, Operands]]:
        """The steps from the base to the view."""
        steps: list[tuple[Primitive, Operands]] = []
        view: View | None = self
        while view is not None:
            steps.append(view.step)
            view = view.outer
        return steps[::-1]

    def follow(self, tensor: Any) -> None:
        """If the base was written to and so has a new history, continue that of `tensor`, which is this view."""
        node = self.base._node
        if node is self.base_node or node is None or type(node) is Leaf:
            return
        self.base_node = node
        x = self.base._wrap(self.base._data, node)
        with recording(True):
            for step, args in self.steps():
                x = step(x, *args)
            tensor._relocate(x._node)
