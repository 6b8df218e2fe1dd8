"""Recurrences: a step is read once with symbols, and becomes a function that a loop over time calls.

`scan` of `ops/kernels/recurrent.py` calls a step with the parts of arrays that belong to one time. Here these parts are
symbols; those to which the step writes belong to arrays that the loop makes anew.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .loops import Kernel
from .nodes import Node, Untakeable, constants
from .symbols import Symbol
from .time_loops import Pointer, TimeLoop


class Stack(Symbol):
    """Arrays of one shape, as the elements of an array with one more dimension. Each is in memory by itself."""

    __slots__ = ("items",)

    def __init__(self, items: Sequence[Symbol]) -> None:
        self.items = [*items]

    @property
    def node(self) -> Node:
        raise Untakeable("an operation on several gates")

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Symbol]:
        return iter(self.items)

    def __getitem__(self, index: Any) -> Any:
        return Stack(self.items[index]) if type(index) is slice else self.items[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        """Python assigns to itself what `x[:2] += y` has written in place; there is no other assignment."""
        if not isinstance(value, Stack) or [*map(id, self[index])] != [*map(id, value)]:
            raise Untakeable("gates that are written")

    def __array_ufunc__(self, function: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Any:
        (out,) = kwargs.pop("out", (None,))
        if method == "reduce" and function is np.add and len(args) == 1 and out is None and not kwargs:
            first, *others = self
            return sum(others, first)
        if method != "__call__" or kwargs:
            raise Untakeable(f"np.{function.__name__}.{method} of gates")
        count = max(len(x) for x in (*args, out) if isinstance(x, Stack))
        found = [function(*[x[i] if isinstance(x, Stack) else x for x in args]) for i in range(count)]
        if out is None:
            return Stack(found)
        for target, result in zip(out, found, strict=True):
            target.become(result)
        return out

    def __iadd__(self, other: Any) -> Any:
        return self.__array_ufunc__(np.add, "__call__", self, other, out=(self,))

    def __imul__(self, other: Any) -> Any:
        return self.__array_ufunc__(np.multiply, "__call__", self, other, out=(self,))


class Part:
    """An argument of the step.

    Attributes:
        symbols: its gates; one, if it is no array of gates.
        nodes: what these are when the step begins.
        argument: what the step is given.
    """

    def __init__(self, of: Symbol, fixed: bool = True) -> None:
        gates = math.prod(of.shape[:-2] if fixed else of.shape[:-3])
        stacked = of.ndim > (2 if fixed else 3)
        shape = of.shape[-2:]
        self.nodes = [Node("input", None, [], shape, of.dtype) for _ in range(gates)]
        self.symbols = [Symbol(node, fixed) for node in self.nodes]
        self.argument = Stack(self.symbols) if stacked else self.symbols[0]

    def is_written(self) -> bool:
        return any(symbol.node is not node for symbol, node in zip(self.symbols, self.nodes, strict=True))


def scan(
    step: Callable[..., tuple[Any, ...]],
    states: tuple[Symbol, ...],
    arrays: Sequence[Symbol],
    fixed: Sequence[Symbol] = (),
    lagged: Sequence[tuple[Symbol, Symbol]] = (),
    backward: bool = False,
) -> tuple[Any, ...]:
    """The symbolic counterpart of `scan`."""
    if not all(isinstance(x, Symbol) and x.node.size for x in (*states, *arrays, *fixed, *itertools.chain(*lagged))):
        raise Untakeable("a recurrence of other things than arrays")
    before, now, late, same = (
        [Part(x) for x in states],
        [Part(x, False) for x in arrays],
        [Part(x) for x, _ in lagged],
        [Part(x) for x in fixed],
    )
    results = step(*[part.argument for part in (*before, *now, *late, *same)])
    steps, size = arrays[0].shape[-3], math.prod(arrays[0].shape[-2:])
    made: list[tuple[tuple[int, ...], Any]] = []
    outputs: list[tuple[Node, Pointer]] = []
    places: dict[int, Pointer] = {}  # of what is written, by the identity of its node
    written: list[tuple[Symbol, int]] = []

    def make(shape: tuple[int, ...], dtype: Any, nodes: Sequence[Node], alternates: bool) -> None:
        """Let the loop make one more array."""
        for k, node in enumerate(nodes):
            pointer = Pointer(-1 - len(made), k * steps * node.size, node.size, None, alternates)
            places.setdefault(id(node), pointer)
            outputs.append((node, pointer))
        made.append((shape, dtype))

    for array, part in zip(arrays, now, strict=True):
        if part.is_written():
            written.append((array, len(made)))
            make(array.shape, array.dtype, [symbol.node for symbol in part.symbols], False)
    for state, result in zip(states, results, strict=True):
        if (result.shape, result.dtype) != (state.shape, state.dtype):
            raise Untakeable("a state of another shape")
        if id(result.node) not in places:  # it is not kept
            make((2, *state.shape), state.dtype, [result.node], True)
    ends = [places[id(result.node)] for result in results]

    given: list[Node] = []

    def pointer(x: Symbol, start: int, stride: int, first: Symbol | None = None) -> Pointer:
        """The place of a part of an array that the loop is given."""
        node, offset = _memory_of(x.node)
        if not any(known is node for known in given):
            given.append(node)
        i = next(i for i, known in enumerate(given) if known is node)
        return Pointer(i, start + offset, stride, None if first is None else pointer(first, 0, 0))

    used = _needed([node for node, _ in outputs])
    inputs: list[tuple[Node, Pointer]] = []
    for k, part in enumerate(before):
        inputs += [(node, ends[k]._replace(first=pointer(states[k], 0, 0))) for node in part.nodes if id(node) in used]
    for array, part in zip(arrays, now, strict=True):
        for k, node in enumerate(part.nodes):
            if id(node) in used:
                inputs.append((node, pointer(array, k * steps * size, size)))
    for (first, values), part in zip(lagged, late, strict=True):
        pointers = [pointer(values, 0, node.size, first) for node in part.nodes if id(node) in used]
        inputs += zip(part.nodes, pointers, strict=False)
    for x, part in zip(fixed, same, strict=True):
        for k, node in enumerate(part.nodes):
            if id(node) in used:
                inputs.append((node, pointer(x, k * node.size, 0)))
    kernel = Kernel(
        [(f"x{k}", node) for k, (node, _) in enumerate(inputs)],
        [(f"y{k}", node) for k, (node, _) in enumerate(outputs)],
        [],
    )
    if kernel.forms or kernel.steps:
        raise Untakeable("a step with loops of other forms")
    loop = TimeLoop(steps, backward, kernel, tuple([pointer for _, pointer in (*inputs, *outputs)]))
    loops = Node("loops", (loop, (), tuple(made)), given, (), made[0][1])
    parts = [Symbol(Node("part", i, [loops], *each)) for i, each in enumerate(made)]
    for array, i in written:
        array.become(parts[i])
    last = 0 if backward else steps - 1
    return tuple([_at_time(parts, end, last, state.shape) for end, state in zip(ends, states, strict=True)])


def _at_time(parts: Sequence[Symbol], pointer: Pointer, t: int, shape: Sequence[int]) -> Symbol:
    """The state that a loop has made at a time."""
    rows = parts[-1 - pointer.array].reshape(-1, *shape)
    return rows[pointer.start // math.prod(shape) + (t & 1 if pointer.alternates else t)]


def _memory_of(node: Node) -> tuple[Node, int]:
    """The array of which a node is a part that lies in order in memory, and where in it that begins."""
    start = 0
    while node.kind == "view" and node.what[0] in ("reshape", "slice"):
        of = node.operands[0]
        if node.what[0] == "slice":
            if node.shape[1:] != of.shape[1:]:
                break
            start += node.what[1][0] * math.prod(of.shape[1:])
        node = of
    return node, start


def _needed(roots: Sequence[Node]) -> set[int]:
    """The nodes from which others are computed, by identity."""
    if constants(roots):
        raise Untakeable("a step with constants of its own")
    waiting, seen = [*roots], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            waiting += [x for x in node.operands if isinstance(x, Node)]
    return seen
