"""The backward pass through nodes that have hooks of their own, or that are watched or packed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..core import tensor as core
from ..core.graph import Node, Reading, settle
from ..core.higher_order import OnTensors
from ..core.modes import call_in_mode
from ..core.node_hooks import NodeHooks, hooks_of, use
from ..core.primitive import Traced
from ..core.tracing import graph_break
from .replaced_methods import Method

PRIMITIVE = Method(core.TensorBase, "__primitive__")
DERIVE = (Method(Reading, "derive"), Method(OnTensors, "derive"))
VERIFY = Method(Node, "verify")
WALK = Method(core, "walk")


def _begin() -> None:
    for method in DERIVE:
        method.put_around(_with_hooks, place=-1)
    Reading.unwatched = DERIVE[0].with_innermost  # what a walk compares `derive` with


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
    given = (g,) if places is None else tuple(parts[i] for i in places)  # type: ignore[index]  # then g has parts
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
    """Return the value that the walk goes on with. An array is copied, because a hook may keep what it returns."""
    if not on_arrays or not isinstance(g, core.TensorBase):
        return g
    return (g.to_dense() if g.is_sparse else g)._data.copy()  # type: ignore[attr-defined]  # a sparse one has it


def replaced(hook: Callable[..., Any], grads: tuple[Any, ...], *shown: Any) -> tuple[Any, ...]:
    """The gradients after `hook(grads, *shown)`: those that it has returned, or else those from before.

    Raises:
        TypeError: if it has returned neither None nor a tuple of Tensors and None.
        RuntimeError: if it has returned another number of them.
    """
    returned = hook(grads, *shown)
    if returned is None:
        return grads
    if not isinstance(returned, tuple):
        raise TypeError(
            f"expected tuple, but hook returned '{type(returned).__name__}': return a gradient for each, or None to "
            "leave them as they are"
        )
    if len(returned) != len(grads):
        raise RuntimeError(
            f"hook '{getattr(hook, '__name__', repr(hook))}' has returned an incorrect number of values (got "
            f"{len(returned)}, but expected {len(grads)})"
        )
    for g in returned:
        if g is not None and not isinstance(g, Traced):
            raise TypeError(f"expected Variable, but hook returned '{type(g).__name__}': return Tensors, or None")
    return returned


def accumulation(accumulate: Callable[..., Any], tensors: Sequence[Any]) -> Callable[..., Any]:
    """Return the function that adds gradients to the `.grad` of leaves, and calls the hooks on their nodes."""
    if not any(hooks_of(x._node) for x in tensors):
        return accumulate
    graph_break("a leaf has hooks that are called when its gradient is accumulated")
    return functools.partial(_accumulate_with_hooks, accumulate)


def _accumulate_with_hooks(accumulate: Callable[..., Any], tensors: Sequence[Any], gradients: Sequence[Any]) -> None:
    recording = any(isinstance(g, Traced) for g in gradients)
    call_in_mode(recording, _accumulate, accumulate, tensors, gradients)


def _accumulate(accumulate: Callable[..., Any], tensors: Sequence[Any], gradients: Sequence[Any]) -> None:
    hooks = [hooks_of(x._node) for x in tensors]
    shown: list[Any] = [None] * len(tensors)
    seen: Any
    given = list(gradients)
    for i, (tensor, g, of_leaf) in enumerate(zip(tensors, gradients, hooks, strict=True)):
        if of_leaf is not None and (of_leaf.before or of_leaf.after):
            seen = (g if isinstance(g, Traced) else tensor._wrap(np.array(g)),)
            for hook in tuple(of_leaf.before.values()):
                seen = replaced(hook, seen)
            shown[i] = seen
            given[i] = None if seen[0] is None else _value(seen[0], not isinstance(g, Traced))
    some = [i for i, g in enumerate(given) if g is not None]
    accumulate([tensors[i] for i in some], [given[i] for i in some])
    for tensor, seen, of_leaf in zip(tensors, shown, hooks, strict=True):
        if of_leaf is not None:
            for hook in tuple(of_leaf.accumulated.values()):
                hook(tensor)
            for hook in tuple(of_leaf.after.values()):
                hook((), seen)


use.accumulation = accumulation
