"""Hooks on the nodes of a graph: they see all gradients that come to an operation, and those that it makes of them.

They stand among the hooks on the gradient of the node's result, in one object that does nothing there. So a node has no
place of its own for them, and while there are none, nothing looks for them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .handles import RemovableHandle, add_hook, check_callable
from .modes import call_in_mode
from .primitive import Traced
from .tracing import graph_break

NODE = -2
"""The key of a `NodeHooks` among a node's hooks."""


class NodeHooks:
    """The hooks on one node.

    Attributes:
        before: those that are called with the gradients of the node's results.
        after: those that are called with the gradients of its arguments too.
        accumulated: of a leaf: those that are called with its Tensor when `.grad` has got its gradient.
    """

    __slots__ = ("accumulated", "after", "before")

    def __init__(self) -> None:
        self.before: dict[int, Any] = {}
        self.after: dict[int, Any] = {}
        self.accumulated: dict[int, Any] = {}

    def __call__(self, g: Any) -> Any:
        """Among the hooks on the gradient of a result this one leaves it as it is."""
        return g


class _Use:
    """Whether any node has ever had hooks, and what is to be done when the first gets some."""

    begun = False
    begin: Callable[[], None]


use = _Use()


def register(node: Any, kind: str, hook: Any) -> RemovableHandle:
    """Add a hook of this kind, which is the name of an attribute of `NodeHooks`, to a node."""
    check_callable(hook)
    graph_break("a node is given a hook")
    if not use.begun:
        use.begin()
        use.begun = True
    if node.hooks is None:
        node.hooks = {}
    if NODE not in node.hooks:
        node.hooks = {NODE: NodeHooks(), **node.hooks}
    return add_hook(getattr(node.hooks[NODE], kind), hook)


def hooks_of(node: Any) -> NodeHooks | None:
    """The hooks on a node; None if it has none."""
    hooks = node.hooks
    return hooks.get(NODE) if hooks else None


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
    """What adds gradients to the `.grad` of leaves, and calls the hooks on their nodes if there are any."""
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
            given[i] = None if seen[0] is None else seen[0] if isinstance(g, Traced) else seen[0]._data.copy()
    some = [i for i, g in enumerate(given) if g is not None]
    accumulate([tensors[i] for i in some], [given[i] for i in some])
    for tensor, seen, of_leaf in zip(tensors, shown, hooks, strict=True):
        if of_leaf is not None:
            for hook in tuple(of_leaf.accumulated.values()):
                hook(tensor)
            for hook in tuple(of_leaf.after.values()):
                hook((), seen)
