"""Loops inside each other, as text, and which element of an array they are at."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

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

    def place(self, access: Access) -> str:
        """The place in memory of an array's element where the loops are."""
        strides: dict[int, int] = {}
        for n, place, stride in zip(access.base.shape, access.places, strides_of(access.base.shape), strict=True):
            if n == 1 or place is None:
                continue
            if place not in self.of:
                raise Untakeable("a dimension without a loop")
            level = self.of[place]
            strides[level] = min(stride, strides.get(level, stride))  # dimensions that are one have one loop
        terms = [f"i{level}" if stride == 1 else f"{stride} * i{level}" for level, stride in strides.items()]
        return " + ".join([*terms, *([str(access.offset)] if access.offset else [])]) or "0"

    def inside(self, access: Access, value: str, otherwise: str) -> str:
        """A value where there is an element; the other one elsewhere."""
        for place, first, last in access.inside:
            i = f"i{self.of[place]}"
            condition = f"{i} == {first}" if first == last else f"{i} >= {first} and {i} <= {last}"
            value = f"({value} if {condition} else {otherwise})"
        return value

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
        new = f"larger({old}, {value})"
    else:
        new = f"added({old}, np.float64({value}))" if place is None else f"{old} + np.float64({value})"
    return f"{total} = {new}" if place is None else f"put({total}, {place}, {new})"


def copying(target: str, source: str, size: int, cast: str = "") -> list[str]:
    return [f"for k in range({size}):", f"    put({target}, k, {cast}(at({source}, k)))"]


def is_access(view: Node) -> bool:
    """Return True if a view only reads its operand's elements in another way, and False if it is a new array."""
    kind, setting = view.what
    if kind != "reshape":
        return True
    return [n for n in view.operands[0].shape if n != 1] == [n for n in setting if n != 1]


class Access(NamedTuple):
    """The element of an array that is read in loops.

    Attributes:
        base: the array.
        places: for each of its dimensions the loop over it; None if it is always the same element.
        offset: what is added to the place in memory.
        inside: conditions for there to be an element, which is 0 otherwise: a dimension of the loops, and the first
            and the last index.
    """

    base: Node
    places: Places
    offset: int = 0
    inside: tuple[tuple[int, int, int], ...] = ()

    def is_all(self, shape: Sequence[int]) -> bool:
        """Return True if it is the element at the indices of the loops, of an array of their shape."""
        plain = not self.offset and not self.inside and tuple(self.base.shape) == tuple(shape)
        return plain and self.places == tuple(range(len(shape)))


def strides_of(shape: Sequence[int]) -> list[int]:
    """The strides, in elements, of an array in order."""
    return [math.prod(shape[d + 1 :]) for d in range(len(shape))]


def accessed(node: Node, depth: int) -> Access:
    """Return which element of a node is read inside of `depth` loops; its dimensions are the last of theirs."""
    lead = depth - len(node.shape)
    places: list[int | None] = [None if n == 1 else lead + d for d, n in enumerate(node.shape)]
    starts = [0] * len(places)
    inside: list[tuple[int, int, int]] = []
    while node.kind == "view" and is_access(node):
        kind, setting = node.what
        inner = node.operands[0]
        if kind == "permute":
            back = [setting.index(d) for d in range(len(setting))]
            places, starts = [places[d] for d in back], [starts[d] for d in back]
        elif kind == "expand":
            added = len(places) - len(inner.shape)
            places, starts = places[added:], starts[added:]
        elif kind == "slice":
            starts = [x + start for x, start in zip(starts, setting, strict=True)]
        elif kind in ("widen", "shift"):
            for d, (start, n) in enumerate(zip(setting, inner.shape, strict=True)):
                if n < node.shape[d]:
                    place = places[d]
                    if place is None:
                        raise Untakeable("one element of what has been widened")
                    if kind == "widen":
                        inside.append((place, start - starts[d], start - starts[d] + n - 1))
                starts[d] -= start
        else:
            rest = iter([(p, s) for p, s, n in zip(places, starts, node.shape, strict=True) if n != 1])
            found = [(None, 0) if n == 1 else next(rest) for n in inner.shape]
            places, starts = [p for p, _ in found], [s for _, s in found]
        for d, n in enumerate(inner.shape):
            if n == 1:
                places[d], starts[d] = None, 0
        node = inner
    offset = sum(x * stride for x, stride in zip(starts, strides_of(node.shape), strict=True))
    if depth == len(node.shape) and places == [None if n == 1 else d for d, n in enumerate(node.shape)]:
        places = [*range(depth)]
    return Access(node, tuple(places), offset, tuple(inside))


def indented(lines: Iterable[str], depth: int) -> list[str]:
    return ["    " * depth + line for line in lines]


def collapsed(
    shape: Sequence[int], nodes: Sequence[Node], accesses: Mapping[tuple[int, int], Access]
) -> list[list[int]]:
    """The loops' dimensions in groups that are one dimension in every array, without those of length 1.

    Args:
        shape, nodes: what the loops run over, and what they compute.
        accesses: how each node, by its identity, reads its operands, by their numbers.
    """
    groups: list[list[int]] = []
    for d in [d for d, n in enumerate(shape) if n != 1]:
        if groups and all(_is_one(shape, node, accesses, groups[-1][-1], d) for node in nodes):
            groups[-1].append(d)
        else:
            groups.append([d])
    return groups


def _is_one(
    shape: Sequence[int], node: Node, accesses: Mapping[tuple[int, int], Access], first: int, second: int
) -> bool:
    """Return True if two dimensions of the loops are one in the result of a node, and in all its operands."""
    if node.kind != "map" and (first in node.axes) != (second in node.axes):
        return False
    read = [accesses[id(node), k] for k, x in enumerate(node.operands) if isinstance(x, Node)]
    return all(_is_one_in(shape, access, first, second) for access in read)


def _is_one_in(shape: Sequence[int], access: Access, first: int, second: int) -> bool:
    """The same for what is read."""
    if not {first, second}.isdisjoint([d for d, _, _ in access.inside]):
        return False
    sizes = access.base.shape
    strides = {d: x for d, n, x in zip(access.places, sizes, strides_of(sizes), strict=True) if n != 1}
    if access.is_all(shape) or (first not in strides and second not in strides):
        return True
    return first in strides and second in strides and strides[first] == strides[second] * shape[second]
