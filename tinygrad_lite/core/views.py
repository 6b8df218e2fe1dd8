"""Views: Tensors that look into another's memory, and what an in-place change means for them.

A view continues the history of its base. When the base is given a new history, because it or another view
of it was changed in place while recording, the view's own is continued from that, the next time it is used.
"""

from __future__ import annotations

from typing import Any

from . import versions
from .graph import Leaf
from .modes import recording, state
from .primitive import Array, Operands, Primitive


class MadeByFunction:
    """The mark of views that a user's Function returned, and of views of these: they must stay as they were made.

    Such a view has the derivative that the Function defines. If its memory were changed in place, its history would
    have to be continued from that of its base, and this derivative would be lost.
    """

    __slots__ = ("output", "reason", "version")

    def __init__(self, function: str, index: int, several: bool, array: Array) -> None:
        self.output = f"Output {index} of {function} is a view and"
        self.reason = _ONE_OF_SEVERAL if several else _IN_FUNCTION
        self.version = versions.version(array)

    def check_in_place(self) -> None:
        """Refuse a recorded operation in place."""
        raise RuntimeError(f"{self.output} is being modified inplace. {self.reason}")

    def check_unwritten(self, array: Array) -> None:
        """Refuse to go on from the history of this view, if its memory was written since it was made."""
        if state.recording and versions.version(array) != self.version:
            raise RuntimeError(
                f"{self.output} its base or another view of its base has been modified inplace. {self.reason}"
            )


_IN_FUNCTION = (
    "This view was created inside a custom Function (or because an input was returned as-is) and the autograd logic to "
    "handle view+inplace would override the custom backward associated with the custom Function, leading to incorrect "
    "gradients. This behavior is forbidden. You can fix this by cloning the output of the custom Function."
)
_ONE_OF_SEVERAL = (
    "This view is the output of a function that returns multiple views. Such functions do not allow the output views "
    "to be modified inplace. You should replace the inplace operation by an out-of-place one."
)


class View:
    """The Tensor that a view looks into, and the primitives by which it was taken.

    Attributes:
        base: the Tensor that owns the memory.
        outer: the view of which this is a view, if it is not one of the base itself.
        step: the primitive by which it was taken, and its further arguments.
        base_node: the node of the base that this view's history continues.
        made_by: what tells of the Function of a user that made it, if one did.
    """

    __slots__ = ("base", "base_node", "made_by", "outer", "step")

    def __init__(self, x: Any, step: tuple[Primitive, Operands]) -> None:
        self.outer: View | None = x._view
        self.base = x if self.outer is None else self.outer.base
        self.step = step
        self.base_node = self.base._node
        self.made_by: MadeByFunction | None = None if self.outer is None else self.outer.made_by

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
        if self.made_by is not None:
            if tensor._node is not None or node is not None:
                self.made_by.check_unwritten(tensor._data)
            return
        if node is self.base_node or node is None or type(node) is Leaf:
            return
        self.base_node = node
        x = self.base._wrap(self.base._data, node)
        with recording(True):
            for step, args in self.steps():
                x = step(x, *args)
            tensor._relocate(x._node)
