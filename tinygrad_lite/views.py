"""Views: Tensors that look into another's memory, and what an in-place change means for them.

A view continues the history of its base. When the base is given a new history, because it or another view
of it was changed in place while recording, the view's own is continued from that, the next time it is used.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .grad_mode import recording
from .graph import Leaf
from .ops.indexing import put_view, view_by
from .primitive import Operands, Primitive
from .tracing import noted


class View:
    """Which Tensor a view looks into, and by which primitives it was taken."""

    __slots__ = ("base", "outer", "seen", "step")

    def __init__(self, x: Any, step: tuple[Primitive, Operands]) -> None:
        self.outer: View | None = x._view
        self.base = x if self.outer is None else self.outer.base
        self.step = step
        self.seen = self.base._node  # the base's history, of which the view's own is a continuation

    def steps(self) -> list[tuple[Primitive, Operands]]:
        """The way from the base to the view."""
        steps: list[tuple[Primitive, Operands]] = []
        view: View | None = self
        while view is not None:
            steps.append(view.step)
            view = view.outer
        return steps[::-1]

    def follow(self, view: Any) -> None:
        """If the base was given a new history in place, continue the view's from that."""
        node = self.base._node
        if node is self.seen or node is None or type(node) is Leaf:
            return
        self.seen = node
        x = self.base._wrap(self.base._data, node)
        with recording(True):
            view._relocate(view_by(x, self.steps())._node)

    def rebase(self, view: Any, new: Any) -> None:
        """`view` is being overwritten by `new`: that is the base's new history."""
        base = self.base
        base._relocate(put_view(base._wrap(noted(np.array, base._data), base._node), new, self.steps())._node)
        self.follow(view)
