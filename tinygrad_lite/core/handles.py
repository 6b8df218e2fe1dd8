"""Handles that take back what was registered."""

from __future__ import annotations

from typing import Any

from .tracing import changed

RETAIN = -1
"""The key, among a node's hooks, of the one that `retain_grad` adds."""


class RemovableHandle:
    """Takes back what was registered: a hook on a Tensor or a module."""

    _next = 0

    def __init__(self, hooks: dict[int, Any]) -> None:
        self.id = RemovableHandle._next
        RemovableHandle._next += 1
        self._hooks = hooks
        changed()

    def remove(self) -> None:
        """Remove the hook; again is harmless."""
        self._hooks.pop(self.id, None)
        changed()

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()
