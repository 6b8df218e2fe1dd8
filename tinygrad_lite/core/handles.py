"""Hooks: how one is added to a Tensor, a module or an optimizer, and the handle that removes it again."""

from __future__ import annotations

import itertools
from typing import Any, Self

from .tracing import changed

RETAIN = -1  # the key, among a node's hooks, of the one that `retain_grad` adds


class RemovableHandle:
    """Removes a hook from the Tensor, module or optimizer to which it was added.

    In a `with` statement the hook is removed at the end of the block.
    """

    _ids = itertools.count()

    def __init__(self, hooks: dict[int, Any]) -> None:
        self.id = next(self._ids)
        self._hooks = hooks

    def remove(self) -> None:
        """Remove the hook; to do so again changes nothing."""
        self._hooks.pop(self.id, None)
        changed()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


def add_hook(hooks: dict[int, Any], hook: Any, prepend: bool = False) -> RemovableHandle:
    """Add a hook as the last one, or with `prepend` as the first, and return its handle.

    A hook of `retain_grad` stays the last one: it keeps the gradient that the others have made.
    """
    handle = RemovableHandle(hooks)
    later = [key for key in hooks if prepend or key == RETAIN]
    moved = {key: hooks.pop(key) for key in later}
    hooks[handle.id] = hook
    hooks.update(moved)
    changed()
    return handle


def call_without_gradient(node: Any) -> Any:
    """Call the hooks of a node whose result has got no gradient, with None.

    Returns:
        None; or what a node is to derive from nevertheless.
    """
    for hook in tuple((node.hooks or {}).values()):
        hook(None)


def check_callable(hook: Any) -> None:
    """Check that a hook can be called.

    Raises:
        TypeError: if it cannot.
    """
    if not callable(hook):
        raise TypeError(f"a hook must be callable, not {type(hook).__name__}")
