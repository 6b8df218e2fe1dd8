"""Reading by name the values that a node has saved for its derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import errors
from ..core.primitive import FusedPlan, Plan
from ..core.public_node import PublicNode
from ..core.signatures import parameter_names
from .node_names import NODE_NAMES

PYTORCH_NAMES = {
    "out": "result",
    "x": "self",
    "y": "other",
    "x_shape": "self_sym_sizes",
    "y_shape": "other_sym_sizes",
}
"""PyTorch's names of what operations save, where the table of derivatives has other names."""

NAMES_BY_PRIMITIVE = {
    "batch_norm": {"x": "input"},
    "layer_norm": {"x": "input"},
    "linear": {"x": "mat1", "weight": "mat2"},
    "matmul": {"y": "mat2"},
    "pow": {"y": "exponent"},
}
"""More such names, each for one operation alone."""

Operand = tuple[str, "int | None", Any]
"""A name, the place of the argument that it is (None for what was computed), and the value."""


def argument_names(node: Any) -> list[str]:
    """The name of the argument that each parent of a node is."""
    plan = getattr(node, "plan", None)
    if isinstance(plan, Plan):
        primitive = node.primitive
        last = len(primitive.names) - 1
        return [
            f"{primitive.names[last]}[{rule.argument - last}]"
            if primitive.signature.variadic and rule.argument >= last
            else primitive.names[rule.argument]
            for rule in plan.rules
        ]
    if isinstance(plan, FusedPlan):
        return [name for name, need in zip(node.primitive.names, plan.needs, strict=False) if need]
    return [""] * len(node.parents)


def operands(node: Any, saved: Any) -> list[Operand]:
    """All that the rules of a node are given beside the gradient. `saved` is what it has saved."""
    plan = getattr(node, "plan", None)
    if isinstance(plan, Plan):
        slots = [slot for rule in plan.rules for slot, _ in rule.operands]
        names = [name for rule in plan.rules for name in parameter_names(rule.vjp)[1:]]
        found: list[Operand] = []
        for name, slot, value in zip(names, slots, saved or (), strict=False):
            if isinstance(slot, slice):  # all arguments of a variadic list
                found += [(f"{name}[{i}]", slot.start - 1 + i, part) for i, part in enumerate(value)]
            else:
                found.append((name, slot - 1 if slot else None, value))
        return found
    if isinstance(plan, FusedPlan) and saved:
        return [(name, i, x) for i, (name, x) in enumerate(zip(node.primitive.names, saved[0], strict=False))]
    return []


def saved_names(node: Any) -> list[str]:
    """The attributes of a node under which what it has saved can be read."""
    return sorted({f"_saved_{_public(node, name)}" for name, _, _ in operands(node, _stored(node))})


def saved_value(node: Any, name: str) -> Any:
    """The value of such an attribute: a Tensor with its history, or what else was saved.

    Raises:
        AttributeError: if the node saves nothing of this name.
        RuntimeError: if it is freed, or was changed since.
    """
    raw = name.startswith("_raw")
    wanted = name.removeprefix("_raw").removeprefix("_saved_")
    if getattr(node, "plan", None) is not None and _stored(node) is None:
        raise errors.freed(node.primitive.name)
    for given, argument, value in operands(node, _stored(node)):
        if wanted in (given, _public(node, given)):
            if raw:
                return SavedTensor(node, given)
            if hasattr(value, "unpacked"):
                value = value.unpacked()
            elif isinstance(value, np.ndarray):
                node.verify()
            return value if not isinstance(value, np.ndarray) else tensor_of(node, argument, value, given == "out")
    raise AttributeError(f"{type(node).__name__!r} object has no attribute {name!r}")


def tensor_of(node: Any, argument: int | None, array: Any, is_result: bool) -> Any:
    """A saved array as the Tensor that it was: an argument in this place, or the result."""
    parent = node if is_result else None
    if argument is not None:
        plan = node.plan
        places = (
            [i for i, need in enumerate(plan.needs) if need]
            if isinstance(plan, FusedPlan)
            else [rule.argument for rule in plan.rules]
        )
        parent = dict(zip(places, node.parents, strict=True)).get(argument)
    variable = getattr(parent, "variable", None)
    if variable is not None and variable._data is array:
        return variable
    return SavedTensor.wrap(array, parent if array.dtype.kind == "f" else None)


class SavedTensor:
    """One value that a node has saved, to which hooks can be given."""

    wrap: Any  # set where Tensors are made
    pack: Any

    def __init__(self, node: Any, name: str) -> None:
        self._node, self._name = node, name

    def register_hooks(self, pack_hook: Any, unpack_hook: Any) -> None:
        """Keep `pack_hook(tensor)` in the place of the Tensor, and use `unpack_hook` of that in the backward pass.

        Raises:
            TypeError: if one of them cannot be called.
            RuntimeError: if hooks have been set already, or the value is freed.
        """
        if not callable(pack_hook) or not callable(unpack_hook):
            raise TypeError("incompatible function arguments: register_hooks() takes two functions")
        if _stored(self._node) is None:
            raise errors.freed(self._node.primitive.name)
        found = [x for name, _, x in operands(self._node, _stored(self._node)) if name == self._name]
        if any(hasattr(x, "unpacked") for x in found):
            raise RuntimeError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of "
                "hooks is allowed at a time."
            )
        SavedTensor.pack(self._node, pack_hook, unpack_hook, self._name)


def _public(node: Any, name: str) -> str:
    name, bracket, rest = name.partition("[")
    known: str = NAMES_BY_PRIMITIVE.get(node.primitive.name, {}).get(name) or PYTORCH_NAMES.get(name, name)
    return known + bracket + rest


def _stored(node: Any) -> Any:
    return node.stored


PublicNode.read_saved = staticmethod(saved_value)
PublicNode.list_saved = staticmethod(saved_names)
PublicNode.names = NODE_NAMES
