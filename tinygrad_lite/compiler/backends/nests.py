"""Loops inside each other, as text, and which element of an array they are at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .nodes import Node, Untakeable

Places = tuple[int | None, ...]
"""For each dimension of an array the loop that runs over it; None if it is always the first element."""


SHORT = range(6, 65)
"""The lengths of innermost loops that are worth to be vectorized, and that LLVM would unroll."""


class Nest:
    """Loops inside each other, as lines.

    Attributes:
        sizes: how often each loop runs, from the outermost on.
        of: for each dimension its loop.
        before, after: the lines around all loops.
        bodies, ends: for each number of loops the lines at their beginning and at their end.
        inner: the lines in the innermost loop.
    """

    def __init__(self, sizes: list[int]) -> None:
        self.sizes = sizes
        self.depth = len(sizes)
        self.of: dict[int, int] = {}
        self.before: list[str] = []
        self.after: list[str] = []
        self.bodies: list[list[str]] = [[] for _ in range(self.depth + 1)]
        self.ends: list[list[str]] = [[] for _ in range(self.depth + 1)]
        self.inner = self.bodies[-1]

    def place(self, shape: Sequence[int], places: Places) -> str:
        """The place in memory of an array's element where the loops are."""
        used: list[tuple[int, int]] = []  # dimensions of the array that the same loop runs over are one
        for n, place in zip(shape, places, strict=True):
            if n == 1:
                continue
            if place is None or place not in self.of:
                raise Untakeable("a dimension without a loop")
            level = self.of[place]
            if used and used[-1][1] == level:
                used[-1] = used[-1][0] * n, level
            else:
                used.append((n, level))
        if len({level for _, level in used}) < len(used):
            raise Untakeable("one loop over two dimensions")
        return self.index(used)

    def index(self, dimensions: Iterable[tuple[int, int]]) -> str:
        """The place in memory by the lengths of dimensions and their loops."""
        terms, stride = [], 1
        for n, level in reversed([*dimensions]):
            terms.append(f"i{level}" if stride == 1 else f"{stride} * i{level}")
            stride *= n
        return " + ".join(reversed(terms)) or "0"

    def lines(self) -> list[str]:
        """The text."""
        if not self.inner:
            return []
        found = [*self.before]
        for level, n in enumerate(self.sizes):
            # A short innermost loop would be unrolled, and the one around it vectorized, at a distance in memory.
            hidden = n in SHORT and 0 < level == self.depth - 1
            count = f"unknown({n})" if hidden else n
            found += indented([*self.bodies[level], f"for i{level} in range({count}):"], level)
        found += indented(self.inner, self.depth)
        for level in range(self.depth, 0, -1):
            found += indented(self.ends[level], level)
        return [*found, *self.after]


def accumulated(node: Node, total: str, value: str, place: str | None = None) -> str:
    """The line that takes one more element into a sum or a largest element, which may be one of an array of them."""
    old = total if place is None else f"at({total}, {place})"
    if node.what == "max":
        new = f"{value} if {value} > {old} or {value} != {value} else {old}"
    else:
        new = f"added({old}, np.float64({value}))" if place is None else f"{old} + np.float64({value})"
    return f"{total} = {new}" if place is None else f"put({total}, {place}, {new})"


def copying(target: str, source: str, size: int, cast: str = "") -> list[str]:
    return [f"for k in range({size}):", f"    put({target}, k, {cast}(at({source}, k)))"]


def is_access(view: Node) -> bool:
    """Whether a view is only another way to read its operand's elements; else it is an array of its own shape."""
    kind, setting = view.what
    if kind != "reshape":
        return True
    return [n for n in view.operands[0].shape if n != 1] == [n for n in setting if n != 1]


def accessed(node: Node, depth: int) -> tuple[Node, Places]:
    """The array that is read where a node is read in loops, and for each of its dimensions the loop over it."""
    lead = depth - len(node.shape)
    places: Places = tuple(None if n == 1 else lead + d for d, n in enumerate(node.shape))
    while node.kind == "view" and is_access(node):
        kind, setting = node.what
        inner = node.operands[0]
        if kind == "permute":
            found: list[int | None] = [None] * len(places)
            for place, d in zip(places, setting, strict=True):
                found[d] = place
        elif kind == "expand":
            added = len(places) - len(inner.shape)
            found = [None if n == 1 else p for n, p in zip(inner.shape, places[added:], strict=True)]
        else:
            rest = iter([p for p, n in zip(places, node.shape, strict=True) if n != 1])
            found = [None if n == 1 else next(rest) for n in inner.shape]
        node, places = inner, tuple(found)
    if depth == len(node.shape) and places == tuple(None if n == 1 else d for d, n in enumerate(node.shape)):
        places = tuple(range(depth))
    return node, places


def indented(lines: Iterable[str], depth: int) -> list[str]:
    return ["    " * depth + line for line in lines]


def function_text(name: str, parameters: Iterable[str], lines: Iterable[str]) -> str:
    """The text of a function whose lines are indented."""
    return "\n".join([f"def {name}({', '.join(parameters)}):", *lines]) + "\n"
