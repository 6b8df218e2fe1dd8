"""Hooks on the nodes of a graph: they see all gradients that come to an operation, and those that it makes of them.

They stand among the hooks on the gradient of the node's result, in one object that does nothing there. So a node has no
place of its own for them, and while there are none, nothing looks for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .handles import RemovableHandle, add_hook, check_callable
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
    """The state of hooks: whether any node ever had one, what to do when the first gets one, how leaves call theirs."""

    begun = False
    begin: Callable[[], None]
    accumulation: Callable[..., Callable[..., Any]]


use = _Use()


def register(node: Any, kind: str, hook: Any) -> RemovableHandle:
    """Add a hook of this kind, which is the name of an attribute of `NodeHooks`, to a node."""
    check_callable(hook)
    graph_break("a node is given a hook")
    if not use.begun:
        use.begin()
        use.begun = True
    if hooks_of(node) is None:
        node.hooks = {NODE: NodeHooks(), **(node.hooks or {})}
    return add_hook(getattr(hooks_of(node), kind), hook)


def hooks_of(node: Any) -> NodeHooks | None:
    """The hooks on a node; None if it has none."""
    return (node.hooks or {}).get(NODE)
