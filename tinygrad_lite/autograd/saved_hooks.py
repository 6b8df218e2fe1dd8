"""Saved values in another form: packed when a node saves them, and unpacked when the backward pass reads them.

While hooks are set, the node of each operation becomes a `PackedNode`, whose `saved` unpacks. Other nodes are as ever.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core import versions
from ..core.argument_types import type_name
from ..core.graph import Node
from ..core.modes import call_in_mode
from ..core.primitive import Array, FusedPlan, Plan
from ..core.tensor import TensorBase, wrap
from ..tensors.hooked_walk import PRIMITIVE
from ..tensors.saved_values import SavedTensor, tensor_of

Pair = tuple[Callable[[Any], Any], Callable[[Any], Any]]


class _Thread(threading.local):
    """The hooks of each thread, the innermost last; and the message with which they are refused, if they are."""

    def __init__(self) -> None:
        self.pairs: list[Pair] = []
        self.disabled: list[str | None] = []


_thread = _Thread()
_lock = threading.Lock()
_active = 0


def current() -> Pair | None:
    """The hooks that are in force in this thread."""
    return _thread.pairs[-1] if _active and _thread.pairs else None


def push(pack: Callable[[Any], Any], unpack: Callable[[Any], Any]) -> None:
    """Set hooks in this thread.

    Raises:
        RuntimeError: if they are disabled, with the message that was given for this.
    """
    global _active
    refuse_if_disabled()
    with _lock:
        _thread.pairs.append((pack, unpack))
        _active += 1
        if _active == 1:
            PRIMITIVE.put_around(_packing)


def pop() -> None:
    """Take the latest hooks of this thread away."""
    global _active
    with _lock:
        _thread.pairs.pop()
        _active -= 1
        if not _active:
            PRIMITIVE.take_off(_packing)


def refuse_if_disabled() -> None:
    """Raise if hooks are disabled in this thread."""
    if _thread.disabled and _thread.disabled[-1] is not None:
        raise RuntimeError(_thread.disabled[-1])


def disable(message: str, fail_if_non_empty: bool) -> None:
    """Refuse hooks in this thread from now on.

    Raises:
        RuntimeError: if there are some already, unless that is allowed.
    """
    if fail_if_non_empty and _thread.pairs:
        raise RuntimeError(message)
    _thread.disabled.append(message)


def enable() -> None:
    """Undo the latest `disable`."""
    _thread.disabled.pop()


class Packed:
    """One array in the form that a hook has given it."""

    __slots__ = ("form", "unpack")

    def __init__(self, form: Any, unpack: Callable[[Any], Any]) -> None:
        self.form, self.unpack = form, unpack

    def unpacked(self) -> Array:
        """The array.

        Raises:
            TypeError: if the hook returns no Tensor.
        """
        t = call_in_mode(False, self.unpack, self.form)
        if not isinstance(t, TensorBase):
            raise TypeError(
                f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {type_name(t)}"
            )
        return t._data


def packed(tensor: Any, pair: Pair) -> Packed:
    """The value that takes the place of a Tensor that is saved.

    Raises:
        RuntimeError: if the hook writes to it.
    """
    pack, unpack = pair
    before = versions.version(tensor._data)
    form = call_in_mode(False, pack, tensor)
    if versions.version(tensor._data) != before:
        raise RuntimeError(
            "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot "
            "be modified by in-place operations as this can lead to unexpected side-effects: return a new Tensor"
        )
    return Packed(form, unpack)


def unpacked(value: Any) -> Any:
    """A saved value, and what is in tuples and lists, with everything unpacked."""
    if isinstance(value, Packed):
        return value.unpacked()
    if type(value) in (tuple, list):
        return type(value)(map(unpacked, value))
    return value


class PackedNode(Node):
    """A node whose saved arrays are packed."""

    __slots__ = ()

    @property
    def saved(self) -> Any:
        """The saved value, unpacked."""
        return unpacked(_slot.__get__(self))

    @saved.setter
    def saved(self, value: Any) -> None:
        _slot.__set__(self, value)

    @property
    def stored(self) -> Any:
        """The saved value as it is kept: packed."""
        return _slot.__get__(self)

    def arrays(self) -> Sequence[Array]:
        return versions.arrays_in(self.stored or ())

    def release(self) -> None:
        self.saved = None


_slot: Any = vars(Node)["saved"]


def pack_node(node: Node, pack: Any, unpack: Any, only: str | None = None) -> None:
    """Pack the arrays that a node has saved, or only the one of this name."""
    stored, plan = node.stored, node.plan
    if isinstance(plan, Plan) and plan.pick is not None:
        new: Any = _packed_operands(node, plan, stored, (pack, unpack), only)
    elif isinstance(plan, FusedPlan):
        arguments, extra, reference = stored
        known: dict[int, Packed] = {}  # the kernel may save arguments too
        for i, x in enumerate(arguments):
            if isinstance(x, np.ndarray) and only in (None, node.primitive.names[i]):
                known[id(x)] = packed(tensor_of(node, i, x, False), (pack, unpack))
        arguments = tuple(known.get(id(x), x) for x in arguments)
        new = arguments, _packed_inside(extra, (pack, unpack) if only is None else None, known), reference
    else:
        return
    if only is None:
        node.checksums = None
    if not isinstance(node, PackedNode):
        kind: Any = type(node)
        node.__class__ = _packed_class(kind)
    node.saved = new


@functools.cache
def _packed_class(kind: type) -> type:
    """The class of a node whose class is `kind`, which may be one of those that are named as PyTorch names them."""
    if kind is Node:
        return PackedNode
    return type(kind.__name__, (PackedNode,), {"__slots__": (), "_is_named": True, "__module__": kind.__module__})


def _packed_operands(node: Node, plan: Plan, stored: Any, pair: Pair, only: str | None) -> tuple[Any, ...]:
    """The saved operands of rules; what two rules need is packed once."""
    known: dict[int, Any] = {}
    slots = [slot for rule in plan.rules for slot, _ in rule.operands]
    names = ["out", *node.primitive.names]
    new = []
    for slot, value in zip(slots, stored, strict=True):
        if isinstance(slot, slice):
            value = tuple(_packed(node, i - 1, x, pair) for i, x in enumerate(value, start=slot.start))
        elif slot is not None and only in (None, names[slot]):
            if slot not in known:
                known[slot] = _packed(node, slot - 1 if slot else None, value, pair, slot == 0)
            value = known[slot]
        new.append(value)
    return tuple(new)


def _packed(node: Node, argument: int | None, value: Any, pair: Pair, is_result: bool = False) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    return packed(tensor_of(node, argument, value, is_result), pair)


def _packed_inside(value: Any, pair: Pair | None, known: dict[int, Packed]) -> Any:
    """Replace the arrays in what a kernel has saved by their packed forms.

    Those in `known` are packed already; the others are packed only if there is a pair of hooks.
    """
    if isinstance(value, np.ndarray):
        if pair is not None and id(value) not in known:
            known[id(value)] = packed(wrap(value), pair)
        return known.get(id(value), value)
    if type(value) in (tuple, list):
        return type(value)(_packed_inside(x, pair, known) for x in value)
    return value


SavedTensor.wrap = staticmethod(wrap)
SavedTensor.pack = staticmethod(pack_node)


def _packing(original: Callable[..., Any]) -> Callable[..., Any]:
    def __primitive__(self: Any, primitive: Any, args: tuple[Any, ...]) -> Any:
        if not _thread.pairs:
            return original(self, primitive, args)
        result = original(self, primitive, args)
        node = result._node
        if node is not None and not isinstance(node, PackedNode):  # which it is if another call has made it in this one
            pack_node(node, *_thread.pairs[-1])
        return result

    return __primitive__
