"""Views: Tensors that look into another's memory, and what an in-place change means for them; inference tensors.

A view continues the history of its base. When the base is given a new history, because it or another view
of it was changed in place while recording, the view's own is continued from that, the next time it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import errors, versions
from .graph import Leaf, Node
from .modes import call_in_mode, in_force, thread
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
        if in_force(thread).recording and versions.version(array) != self.version:
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
        inference: whether the base is an inference tensor: it was made inside `inference_mode`.
        through_data: whether the base is the `.data` of a Tensor.
        made_in_inference: whether the view was taken inside `inference_mode`.
        made_by: what tells of the Function of a user that made it, if one did.
    """

    __slots__ = ("base", "base_node", "inference", "made_by", "made_in_inference", "outer", "step", "through_data")

    def __init__(self, x: Any, step: tuple[Primitive, Operands], made_in_inference: bool = False) -> None:
        given = x._view
        self.inference: bool = given is not None and given.inference
        self.through_data: bool = given is not None and given.through_data
        self.made_in_inference = made_in_inference
        self.outer: View | None = None if type(given) is Kind else given
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

    def follow(self, tensor: Any) -> bool:
        """If the base was written to and so has a new history, continue that of `tensor`, which is this view.

        Returns:
            Whether this is a view of an inference tensor.
        """
        self.base = base_of(self.base)  # which is a view itself, if its shape was changed in place since then
        node = self.base._node
        if self.made_by is not None:
            if tensor._node is not None or node is not None:
                self.made_by.check_unwritten(tensor._data)
        elif node is not self.base_node and node is not None and type(node) is not Leaf:
            tensor._relocate(call_in_mode(True, self._history, node))
            self.base_node = node
        return self.inference

    def _history(self, node: Node) -> Any:
        """The node of the view, for a base with this node."""
        x = self.base._wrap(self.base._data, node)
        for step, args in self.steps():
            x = step(x, *args)
        return x._node


class Kind:
    """Stands where a view has its `View`, in a Tensor that is an inference tensor or the `.data` of another one."""

    __slots__ = ("inference", "through_data")

    made_by = None

    def __init__(self, inference: bool, through_data: bool) -> None:
        self.inference = inference
        self.through_data = through_data

    def follow(self, tensor: Any) -> bool:
        """There is no history to follow."""
        return self.inference


INFERENCE: Any = Kind(True, False)
DATA: Any = Kind(False, True)
"""The kind of what `.data` returns: a write to it counts only for what it overlaps."""
INFERENCE_DATA: Any = Kind(True, True)


def is_inference(x: Any) -> bool:
    """Tell whether a Tensor was made inside `inference_mode`, or is a view of one that was."""
    return x._view is not None and x._view.inference


def base_of(x: Any) -> Any:
    """The Tensor that a view looks into; the Tensor itself if it is none."""
    return x if x._view is None or type(x._view) is Kind else x._view.base


def is_through_data(x: Any) -> bool:
    """Tell whether a Tensor is the `.data` of another, or a view of that."""
    return x._view is not None and x._view.through_data


def without_hidden_base(out: Any, args: Sequence[Any]) -> Any:
    """The result of a function, no longer taken for a view if it looks into memory that is not one of the arguments'.

    The function's last step was then a view of a result that nobody else can have. For users it is no view: it can be
    detached in place, and its views follow it and not what it was taken of.
    """
    given, arg = None, args[0] if args else None
    for result in out if isinstance(out, tuple) else (out,):
        if isinstance(result, tuple):
            without_hidden_base(result, args)
        elif isinstance(view := getattr(result, "_view", None), View) and not (view.base is arg or view.through_data):
            if given is None:
                among = (x for a in args for x in (a if isinstance(a, (tuple, list)) else (a,)))
                given = [(x, base_of(x)) for x in among if hasattr(x, "_view")]
            if not any(result is x or view.base is base for x, base in given):
                result._view = INFERENCE if view.inference else None
    return out


def refuse_saved(args: Operands, saved: Sequence[Array]) -> None:
    """Refuse to save an inference tensor for a derivative: whether it was changed since then would not be known."""
    if any(is_inference(x) and any(x._data is y for y in saved) for x in args if hasattr(x, "_data")):
        raise errors.inference_saved()
