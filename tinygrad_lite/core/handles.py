"""Handles by which hooks are removed again."""

from __future__ import annotations

import itertools
from typing import Any

from .tracing import changed

RETAIN = -1  # the key, among a node's hooks, of the one that `retain_grad` adds


class RemovableHandle:
    """Removes a hook that was registered on a Tensor, a module or an optimizer."""

    _ids = itertools.count()

    def __init__(self, hooks: dict[int, Any]) -> None:
        self.id = next(self._ids)
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
