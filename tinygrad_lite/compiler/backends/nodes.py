"""Nodes: the steps of a computation on arrays, as the numba backend sees them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

TAKEN = {np.dtype(name) for name in ("f4", "f8", "?", "i8")}
"""The dtypes of arrays in machine code."""


class Untakeable(Exception):
    """Raised for an operation that machine code cannot do, or not as fast as NumPy."""


class Node:
    """One step of a computation.

    Attributes:
        kind: "input", "number" (of Python's), "map", "reduce", "dot", "view", "loops" (a loop form, which writes
            several arrays) or "part" (one of these arrays).
        what: of a map the expression of an element, with {0}, {1} … for the operands'; of a reduction "sum" or "max";
            of a view its kind and setting; of a loop form its function, settings and
            the shapes and dtypes of what it writes; of an input its Value.
        operands: the nodes that it is computed from; a map's may also be texts of numbers.
        axes: the dimensions that a reduction reduces.
        below: if it is known of an array of whole numbers, that they are from 0 to below this one.
    """

    __slots__ = ("axes", "below", "dtype", "kind", "operands", "shape", "what")

    made = 0  # how many there have been

    def __init__(
        self, kind: str, what: Any, operands: Sequence[Any], shape: Sequence[int], dtype: Any, axes: Sequence[int] = ()
    ) -> None:
        self.kind = kind
        self.what = what
        self.operands = tuple(operands)
        self.shape = tuple(shape)
        self.dtype = np.dtype(dtype)
        self.axes = tuple(axes)
        self.below: int | None = None
        Node.made += 1
        if self.dtype not in TAKEN:
            raise Untakeable(f"the dtype {self.dtype}")

    @property
    def size(self) -> int:
        return math.prod(self.shape)


def constants(roots: Iterable[Node]) -> list[Node]:
    """The arrays, among those of which nodes are computed, that are the same in every run."""
    waiting, seen, found = [*roots], set[int](), list[Node]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        waiting += [x for x in node.operands if isinstance(x, Node)]
        if node.kind == "input" and getattr(node.what, "origin", "") == "constant":
            found.append(node)
    return found


def number_text(x: Any) -> str:
    """A number of NumPy as an expression."""
    if x.dtype.kind == "b":
        return str(bool(x))
    value = x.item()
    text = repr(value) if math.isfinite(value) else f"float({str(value)!r})".replace("float('inf')", "np.inf")
    text = {"float('nan')": "np.nan", "float('-inf')": "-np.inf"}.get(text, text)
    return f"{scalar_type(x.dtype)}({text})"


def scalar_type(dtype: Any) -> str:
    """The name of a dtype's scalars in machine code."""
    return {"f4": "np.float32", "f8": "np.float64", "b1": "np.bool_", "i8": "np.int64"}[np.dtype(dtype).str[1:]]
