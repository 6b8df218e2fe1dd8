"""Writes to memory that derivatives have saved: which line saved it, and which line has written to it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core import versions
from ..core.graph import Node
from ..tensors.replaced_methods import Method
from .sites import Site

Array = np.ndarray[Any, Any]

_NOTE = (Method(versions, "note"), Method(versions, "_note_elements"))
REMEMBERED = 100_000
"""The number of writes that are remembered, each with its line."""


class Writes:
    """The lines of writes that are made while it is open.

    Writes through Tensors tell of themselves. For those by NumPy, the saved arrays that code outside can reach are
    looked at after each operation, so that a write is known to lie between two lines.

    Args:
        here: tells the line that is being run.
    """

    def __init__(self, here: Callable[[], Site | None]) -> None:
        self.here = here
        self._lines: dict[int, Site | None] = {}
        self._nodes: list[weakref.ref[Node]] = []
        self._between: weakref.WeakKeyDictionary[Node, tuple[Site | None, Site | None]] = weakref.WeakKeyDictionary()
        self._latest: Site | None = None

    def open(self) -> None:
        """Begin to note the lines of writes."""
        for method in _NOTE:
            method.put_around(self._noting)

    def close(self) -> None:
        """Note them no more."""
        for method in _NOTE:
            method.take_off(self._noting)

    def _noting(self, note: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any) -> None:
            note(*args)
            self._lines[versions.latest_write] = self.here()
            if len(self._lines) > REMEMBERED:
                del self._lines[next(iter(self._lines))]

        return noted

    def after(self, node: Node | None, site: Site | None) -> None:
        """Look for writes that were made before the operation which was called at this line and made this node."""
        if versions.exposed:
            self._look(site)
        if node is not None:
            self._nodes.append(weakref.ref(node))
        self._latest = site

    def _look(self, site: Site | None) -> None:
        alive = []
        for reference in self._nodes:
            node = reference()
            if node is None:
                continue
            arrays = saved_arrays(node)
            exposed = any(id(versions.owner(array)) in versions.exposed for array in arrays)
            if exposed and versions.first_changed(arrays, node.number, checksums_of(node)) is not None:
                self._between[node] = self._latest, site
            elif arrays:
                alive.append(reference)
        self._nodes = alive

    def description_of_write(self, node: Node) -> str:
        """Say which line has written to an array that a node has saved."""
        changed = versions.first_changed(saved_arrays(node), node.number, checksums_of(node))
        line = None if changed is None else self._lines.get(versions.latest_of(changed))
        if line is not None:
            return f"written at {line}"
        before, after = self._between.get(node) or (self._latest, self.here())
        if before is None or after is None:
            return "written, but not through a Tensor, or before the mode was entered"
        if before == after:
            return f"written, but not through a Tensor, at {after}, or in a function called there"
        return f"written, but not through a Tensor, after the operation at {before}\n    and before {after}"


def saved_arrays(node: Node) -> Sequence[Array]:
    """The arrays that a node has saved, or that the forward of a Function has."""
    by_function = getattr(node.stored, "_saved", None)
    return node.arrays() if by_function is None else by_function.arrays()


def checksums_of(node: Node) -> dict[int, int] | None:
    """The checksums of those saved arrays that code outside of the library could reach when they were saved."""
    by_function = getattr(node.stored, "_saved", None)
    return node.checksums if by_function is None else by_function.checksums
