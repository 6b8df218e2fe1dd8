"""The backward pass through nodes that have hooks of their own, or that are watched or packed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from . import tensor as core
from .graph import Node, Reading, settle
from .higher_order import OnTensors
from .node_hooks import NodeHooks, hooks_of, replaced, use
from .primitive import Traced
from .replaced_methods import Method

PRIMITIVE = Method(core.TensorBase, "__primitive__")
DERIVE = (Method(Reading, "derive"), Method(OnTensors, "derive"))
VERIFY = Method(Node, "verify")
WALK = Method(core, "walk")


def _begin() -> None:
    for method in DERIVE:
        method.put_around(_with_hooks)


use.begin = _begin


def _with_hooks(original: Callable[..., Any]) -> Callable[..., Any]:
    def derive(self: Reading, node: Node, g: Any, saved: Any) -> Iterable[Any]:
        hooks = None if getattr(self, "without_hooks", False) else hooks_of(node)
        return original(self, node, g, saved) if hooks is None else _derived(original, self, node, g, saved, hooks)

    return derive


def _derived(
    original: Callable[..., Any], reading: Reading, node: Node, g: Any, saved: Any, hooks: NodeHooks
) -> list[Any]:
    """The gradients of a node's arguments, with its hooks called before and after."""
    parts = getattr(g, "items", None)  # the gradients of a tuple: `Parts`
    places = sorted(parts) if isinstance(parts, dict) else None
    on_arrays = not isinstance(g if parts is None else next(iter(parts.values())), Traced)
    given = (g,) if places is None else tuple(parts[i] for i in places)  # type: ignore[index]
    shown = tuple(_shown(each) for each in given)
    for hook in tuple(hooks.before.values()):
        shown = replaced(hook, shown)
    if hooks.before:
        values = [_value(each, on_arrays) for each in shown]
        if all(value is None for value in values):
            return [None] * len(node.parents)
        g = values[0] if places is None else type(g)(dict(zip(places, values, strict=True)))
    gradients = list(original(reading, node, g, saved))
    if not hooks.after:
        return gradients
    for i, (d, parent) in enumerate(zip(gradients, node.parents, strict=True)):
        if d is not None and parent.shape is not None and (d.shape != parent.shape or d.dtype is not parent.dtype):
            gradients[i] = settle(d, parent, node, reading)
    # As in `next_functions`, there is a place for each argument that has a derivative, also if it needs none here.
    remaining = iter(range(len(gradients)))
    order = [None if parent is None else next(remaining) for parent in node._arguments()]
    seen = tuple(None if i is None or gradients[i] is None else _shown(gradients[i]) for i in order)
    after = seen
    for hook in tuple(hooks.after.values()):
        after = replaced(hook, after, shown)
    for place, new, old in zip(order, after, seen, strict=True):
        if place is not None and new is not old:
            gradients[place] = None if new is None else _value(new, on_arrays)
    return gradients


def _shown(g: Any) -> Any:
    """A gradient for a hook, which may hold on to it: a Tensor, of a copy of the array."""
    return g if isinstance(g, Traced) else core.wrap(np.array(g))


def _value(g: Any, on_arrays: bool) -> Any:
    """What the walk goes on with: arrays are copied, because a hook may hold on to what it returns."""
    return g._data.copy() if on_arrays and isinstance(g, core.TensorBase) else g
