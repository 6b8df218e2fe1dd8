"""Nodes that are not the application of a primitive: of a user's own `Function`, or of a compiled program.

Their results may be tuples. Each item of such a result has a node of its own, and the gradient that these hand on to
the whole consists of `Parts`.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import Any

from ..core import versions
from ..core.graph import ON_ARRAYS, Node
from ..core.modes import in_force, thread
from ..core.primitive import Array


class CustomNode(Node):
    """A node that derives by a method of its own: it is its own plan."""

    __slots__ = ()

    needs_arrays = None

    @property
    def plan(self) -> Any:
        return self

    def derive(self, g: Any, saved: Any) -> Iterable[Any]:
        """The gradients of the parents, from that of the result: on arrays, or on Tensors if `g` is made of these."""
        raise NotImplementedError

    def arrays(self) -> Sequence[Array]:
        return ()


class Parts:
    """The gradient of a result that is a tuple: gradients for those of its items that have one."""

    __slots__ = ("items",)
    shape = None
    dtype = None

    def __init__(self, items: dict[int, Any]) -> None:
        self.items = items

    def __add__(self, other: Parts) -> Parts:
        items = dict(self.items)
        add = (in_force(thread).tracer or ON_ARRAYS).call
        for i, g in other.items.items():
            items[i] = add(operator.add, items[i], g) if i in items else g
        return Parts(items)


class ItemNode(CustomNode):
    """One item of a node whose result is a tuple. `saved` is its place in the tuple."""

    __slots__ = ()

    def __init__(self, whole: Node, index: int, array: Array) -> None:
        self.number = next(versions.clock)
        self.primitive = whole.primitive
        self.parents = (whole,)
        self.saved = index
        self.hooks = self.checksums = None
        self.shape, self.dtype = array.shape, array.dtype

    def derive(self, g: Any, saved: Any) -> Iterable[Any]:
        return (Parts({saved: g}),)

    def name(self) -> str:
        return self.parents[0].name()

    @property
    def public(self) -> tuple[Any, int]:
        """The node of the whole, and the place of the item in it."""
        return self.parents[0].public[0], self.saved
