"""The layout in memory in which the left operand of a matrix product is passed to BLAS."""

from __future__ import annotations

from .loop_forms import turned_rows
from .nodes import Node

SMALL, WIDE = 10**6, 64
"""The most operations of a product that is small to OpenBLAS, and the columns from which on `left_operand` pays."""


def is_turned(node: Node) -> bool:
    """Return True if a node is another one whose last two dimensions are exchanged."""
    n = len(node.shape)
    return node.kind == "view" and node.what == ("permute", (*range(n - 2), n - 1, n - 2))


def left_operand(x: Node, y: Node) -> Node:
    """The left operand of a product, x or a copy that lies in memory as its transpose.

    Of small matrices OpenBLAS computes x yᵀ slowly: (32, 80) times (200, 80) transposed takes 18.9 µs, and 10.1 µs if
    both are transposed. To transpose x, the smaller one, takes 1 µs.
    """
    if len(x.shape) != 2 or not is_turned(y) or is_turned(x):
        return x
    (m, k), n = x.shape, y.shape[1]
    if n < WIDE or m * n * k > SMALL or m < 2:
        return x
    loops = Node("loops", (turned_rows, (m, k), (((k, m), x.dtype),)), [x], (), x.dtype)
    part = Node("part", 0, [loops], (k, m), x.dtype)
    return Node("view", ("permute", (1, 0)), [part], (m, k), x.dtype)
