"""From nodes to machine code's text: maps and reductions become the bodies of as few loops as possible.

A `Kernel` is one function of arrays: those given, those it writes, and a workspace in which what lies between them has
its place. Maps that are used in their own loop only are never stored. A reduction closes a loop: what needs its result
comes later. Products of matrices are calls of BLAS.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..layouts import Layout
from .symbols import Node, Untakeable, scalar_type

Places = tuple[int | None, ...]
"""For each dimension of an array the loop that runs over it; None if it is always the first element."""

LINE = 16
"""Arrays in a workspace begin at multiples of so many elements."""


@dataclass
class Loop:
    """Maps and reductions over arrays of one shape."""

    shape: tuple[int, ...]
    nodes: list[Node] = field(default_factory=list)


Statement = Loop | Node
"""A loop; or a product, a view that is an array of its own, or a loop form."""


class Kernel:
    """The text of one function.

    Args:
        inputs: the nodes that are given, with the names of their arrays.
        outputs: the names of new arrays, and the nodes that they are to hold.
        writes: the names of given arrays that are written, with the nodes that they are to hold afterwards.

    Attributes:
        text: the function `kernel(work4, work8, flags, *inputs, *outputs)`.
        sizes: how many elements of float32, float64 and bool its workspaces must have.
        forms: the loop forms that it calls.
    """

    def __init__(
        self, inputs: Sequence[tuple[str, Node, Layout]], outputs: Sequence[tuple[str, Node]], writes: Sequence[tuple[str, Node]]
    ) -> None:
        self.inputs = {id(node): name for name, node, _ in inputs}
        self._prelude: list[str] = []
        for name, node, layout in inputs:
            if layout.number or not layout.in_order:
                self.inputs[id(node)] = new = f"{name}_array"
                self._prelude.append(f"{new} = np.{'asarray' if layout.number else 'ascontiguousarray'}({name})")
        self.targets: dict[int, list[str]] = {}
        self.writes: list[tuple[str, Node]] = []
        self._same: dict[Any, Node] = {}
        self._simple: dict[int, Node] = {}
        self.order: list[Node] = []
        self.outputs = [node for _, node in outputs]
        roots = [(name, self._simplified(node)) for name, node in outputs]
        written = [(name, self._simplified(node)) for name, node in writes]
        for name, node in roots:
            if node.kind == "view" and node.what[0] == "reshape" and node.operands[0].kind not in ("input", "view", "loops"):
                node = node.operands[0]
                self._prelude.append(f"{name}_kept = {name}.reshape({_tuple(node.shape)})")
                name += "_kept"
            self.targets.setdefault(id(self._stored(node)), []).append(name)
        self.writes = [(name, self._stored(node)) for name, node in written]
        self.forms: dict[str, Any] = {}
        self.sizes = {4: 0, 8: 0, 1: 0, 9: 0}
        self._names: dict[int, str] = {}
        self._scalars: dict[int, str] = {}
        self._count = 0
        self._schedule()
        self._plan()
        body = [line for k, s in enumerate(self.statements) for line in self._statement(k, s)]
        parameters = ["work4", "work8", "flags", "work9", *[name for name, *_ in inputs], *[name for name, _ in outputs]]
        last = [f"{name}[...] = {self._whole(node)}" for name, node in self.writes]
        lines = [f"def kernel({', '.join(parameters)}):", *_indented([*self._prelude, *body, *last], 1)]
        self.text = "\n".join(lines) + "\n"

    def workspaces(self) -> list[tuple[int, Any]]:
        """The size and dtype of each workspace."""
        kinds = (4, np.float32), (8, np.float64), (1, np.bool_), (9, np.float64)
        return [(self.sizes[kind], dtype) for kind, dtype in kinds]

    # --------------------------------------------------------------------------------------------- the nodes

    def _simplified(self, root: Node) -> Node:
        """The node, with equal ones made one; all that it is computed from is appended to `order`."""
        waiting = [root]
        while waiting:
            node = waiting[-1]
            if id(node) in self._simple:
                waiting.pop()
                continue
            missing = [x for x in node.operands if isinstance(x, Node) and id(x) not in self._simple]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            operands = tuple(self._simple[id(x)] if isinstance(x, Node) else x for x in node.operands)
            if node.kind == "map" and node.what == "{0}" and isinstance(operands[0], Node):
                inner = operands[0]
                if inner.shape == node.shape and inner.dtype == node.dtype:
                    self._simple[id(node)] = inner
                    continue
            key = (
                node.kind, node.what if node.kind != "input" else id(node), node.shape, node.dtype, node.axes,
                tuple(id(x) if isinstance(x, Node) else x for x in operands),
            )  # fmt: skip
            if node.kind == "dot":
                operands = tuple(self._matrix(x) for x in operands)
            elif node.kind == "loops" or (node.kind == "view" and not _is_access(node)):
                operands = tuple(self._array(x) for x in operands)
            found = self._same.get(key)
            if found is None:
                found = Node(node.kind, node.what, operands, node.shape, node.dtype, node.axes)
                if node.kind == "input":
                    found = node
                self._same[key] = found
                self.order.append(found)
            self._simple[id(node)] = found
        return self._simple[id(root)]

    def _copy(self, node: Node) -> Node:
        copy = Node("map", "{0}", [node], node.shape, node.dtype)
        self.order.append(copy)
        return copy

    def _array(self, node: Node) -> Node:
        """The node, or a copy of it where it is no array but an access to one."""
        return self._copy(node) if node.kind == "view" and _is_access(node) else node

    def _matrix(self, node: Node) -> Node:
        """The same for an operand of BLAS, which takes a transposed matrix too."""
        if node.kind == "view" and node.what == ("permute", (1, 0)) and self._array(node.operands[0]) is node.operands[0]:
            return node
        return self._array(node)

    def _stored(self, node: Node) -> Node:
        """A node whose values can be stored by a loop where it is computed."""
        return node if node.kind in ("map", "part", "reduce", "dot") else self._copy(node)

    # ------------------------------------------------------------------------------------------- the schedule

    def _schedule(self) -> None:
        self.statements: list[Statement] = []
        position: dict[int, int] = {}
        self._access: dict[tuple[int, int], tuple[Node, Places]] = {}
        for node in self.order:
            if node.kind == "input":
                position[id(node)] = -1
            elif node.kind in ("map", "reduce"):
                position[id(node)] = self._placed(node, position)
            elif node.kind == "part" or (node.kind == "view" and _is_access(node)):
                position[id(node)] = position[id(node.operands[0])]
            else:
                self.statements.append(node)
                position[id(node)] = len(self.statements) - 1
        self._position = position

    def _placed(self, node: Node, position: dict[int, int]) -> int:
        """The number of the loop that a map or a reduction joins: the first that comes late enough, or a new one."""
        shape = node.shape if node.kind == "map" else node.operands[0].shape
        identity = tuple(range(len(shape)))
        earliest = 0
        for k, x in enumerate(node.operands):
            if not isinstance(x, Node):
                continue
            base, places = _accessed(x, len(shape))
            self._access[id(node), k] = base, places
            at = position[id(base)]
            together = base.kind == "map" and places == identity and base.shape == shape
            earliest = max(earliest, at if together else at + 1)
        for at in range(earliest, len(self.statements)):
            statement = self.statements[at]
            if isinstance(statement, Loop) and statement.shape == shape:
                statement.nodes.append(node)
                return at
        self.statements.append(Loop(shape, [node]))
        return len(self.statements) - 1

    # ------------------------------------------------------------------------------------------------ memory

    def _plan(self) -> None:
        """Give each array that is stored a name and a place."""
        last: dict[int, int] = {}
        stored: dict[int, Node] = {}

        def used(base: Node, at: int) -> None:
            last[id(base)] = max(at, last.get(id(base), -1))
            if base.kind == "view":
                used(base.operands[0], at)

        for at, statement in enumerate(self.statements):
            for node in statement.nodes if isinstance(statement, Loop) else [statement]:
                for k, x in enumerate(node.operands):
                    if not isinstance(x, Node):
                        continue
                    base, places = self._access.get((id(node), k), (x, ()))
                    if base.kind == "view" and _is_access(base):
                        base = base.operands[0]
                    if base.kind == "part":
                        used(base, at)
                        continue
                    used(base, at)
                    here = isinstance(statement, Loop) and base.kind == "map" and self._position[id(base)] == at
                    if base.kind == "map" and not here:
                        stored[id(base)] = base
        for _, node in self.writes:
            last[id(node)] = len(self.statements)
            stored[id(node)] = node
        free: dict[tuple[int, int], list[int]] = {}
        occupied: dict[int, tuple[int, int, int]] = {}
        for at, statement in enumerate(self.statements):
            made: list[Node] = []
            for node in statement.nodes if isinstance(statement, Loop) else [statement]:
                if node.kind == "loops":
                    made += [x for x in self.order if x.kind == "part" and x.operands[0] is node]
                elif (node.kind == "map" and (id(node) in stored or id(node) in self.targets)) or node.kind == "dot":
                    made.append(node)
                elif node.kind == "reduce" and node.size > 1:
                    made.append(node)
            for node in made:
                if id(node) in self.targets:
                    self._names[id(node)] = self.targets[id(node)][0]
                    continue
                if node.dtype.kind == "i":
                    raise Untakeable("whole numbers between loops")
                size = -(-node.size // LINE) * LINE
                word = node.dtype.itemsize
                places = free.get((word, size))
                start = places.pop() if places else self.sizes[word]
                if start == self.sizes[word]:
                    self.sizes[word] += size
                self._names[id(node)] = name = f"{_stem(node)}_{len(self._names)}"
                work = {4: "work4", 8: "work8", 1: "flags"}[word]
                self._prelude.append(f"{name} = {work}[{start}:{start + node.size}].reshape({_tuple(_stored_shape(node))})")
                occupied[id(node)] = word, size, start
            for key in [key for key in occupied if last.get(key, at) == at]:
                word, size, start = occupied.pop(key)
                free.setdefault((word, size), []).append(start)

    # --------------------------------------------------------------------------------------------- statements

    def _statement(self, at: int, statement: Statement) -> list[str]:
        if isinstance(statement, Loop):
            return self._loop(at, statement)
        if statement.kind == "dot":
            x, y = (self._operand(x) for x in statement.operands)
            lines = [f"np.dot({x}, {y}, {self._names[id(statement)]})"]
        elif statement.kind == "view":
            self._names[id(statement)] = name = f"view_{at}"
            lines = [f"{name} = {self._whole(statement.operands[0])}.reshape({_tuple(statement.shape)})"]
        else:
            function, settings = statement.what
            self.forms[function.__name__] = function
            parts = sorted((x for x in self.order if x.kind == "part" and x.operands[0] is statement), key=lambda x: x.what)
            given = [self._whole(x) for x in statement.operands]
            if [x.what for x in parts] != list(range(len(parts))) or len(parts) < 3:
                raise Untakeable("a loop form of which not everything is used")
            lines = [
                f"{function.__name__}({', '.join([*given, *map(repr, settings), *[self._names[id(x)] for x in parts]])})"
            ]
            statement_targets = [(x, self._names[id(x)]) for x in parts]
            for x, name in statement_targets:
                lines += [f"{other}[...] = {name}" for other in self.targets.get(id(x), [])[1:]]
            return lines
        if id(statement) in self.targets:
            lines += [f"{name}[...] = {self._names[id(statement)]}" for name in self.targets[id(statement)][1:]]
        return lines

    def _operand(self, node: Node) -> str:
        """An operand of BLAS."""
        if node.kind == "view" and _is_access(node):
            return f"{self._whole(node.operands[0])}.T"
        return self._whole(node)

    def _whole(self, node: Node) -> str:
        """The name of the array of a node."""
        if id(node) in self.inputs:
            return self.inputs[id(node)]
        if node.kind == "reduce" and node.size > 1 and _stored_shape(node) != node.shape:
            return f"{self._names[id(node)]}.reshape({_tuple(node.shape)})"
        return self._names[id(node)]

    # ------------------------------------------------------------------------------------------------ a loop

    def _loop(self, at: int, loop: Loop) -> list[str]:
        """The text of one loop, in which dimensions that are one in memory are one."""
        groups = self._collapsed(loop)
        sizes = [math.prod(loop.shape[d] for d in group) for group in groups]
        depth = len(sizes)
        of = {d: level for level, group in enumerate(groups) for d in group}
        before: list[str] = []
        bodies: list[list[str]] = [[] for _ in range(depth + 1)]  # what is done in the loops of each level, before
        ends: list[list[str]] = [[] for _ in range(depth + 1)]
        after: list[str] = []
        local: dict[int, str] = {}
        inner = bodies[depth]

        def read(node: Node, k: int) -> str:
            x = node.operands[k]
            if not isinstance(x, Node):
                return str(x)
            base, places = self._access[id(node), k]
            if id(base) in local and (base.kind != "reduce" or base.size == 1):
                return local[id(base)]
            if base.kind == "map" and not any(isinstance(y, Node) for y in base.operands) and id(base) not in self._names:
                return base.what.format(*base.operands)
            return self._element(base, places, of, sizes, before)

        for node in loop.nodes:
            values = [read(node, k) for k in range(len(node.operands))]
            if node.kind == "map":
                text = node.what.format(*values)
                stored = [name for name in (self._names.get(id(node)), *self.targets.get(id(node), [])[1:]) if name]
                if not any(isinstance(y, Node) for y in node.operands) and not stored:
                    continue
                local[id(node)] = name = f"t{len(local) + 1}"
                inner.append(f"{name} = {text}")
                for target in stored:
                    inner.append(f"{self._indexed(target, node.shape, tuple(range(len(node.shape))), of, sizes, before)} = {name}")
                continue
            self._reduction(node, values[0], of, sizes, before, bodies, ends, after)
        lines = [*before]
        for level in range(depth):
            lines += _indented([*bodies[level], f"for i{level} in range({sizes[level]}):"], level)
        lines += _indented(inner, depth)
        for level in range(depth - 1, 0, -1):
            lines += _indented(ends[level], level)
        return [*lines, *after]

    def _reduction(
        self, node: Node, value: str, of: Any, sizes: list[int], before: Any, bodies: Any, ends: Any, after: Any
    ) -> None:
        depth = len(sizes)
        reduced = {of[d] for d in node.axes if d in of}
        kept = [level for level in range(depth) if level not in reduced]
        self._count += 1
        total, wide = f"total_{self._count}", node.what == "sum"
        cast = scalar_type(node.dtype)
        start = "0.0" if wide else f"{cast}(-np.inf)"
        names = [*([self._names[id(node)]] if id(node) in self._names else []), *self.targets.get(id(node), [])]
        names = list(dict.fromkeys(names))
        if not kept:
            before.append(f"{total} = {start}")
            bodies[depth].append(_accumulated(node, total, value, in_any_order=True))
            after.append(f"{total} = {cast}({total})")
            after += [f"{name}[...] = {total}" for name in names]
            self._scalars[id(node)] = total
            return
        shape, index = [sizes[level] for level in kept], ", ".join(f"i{k}" for k in kept)
        if kept == list(range(len(kept))):
            bodies[len(kept)].append(f"{total} = {start}")
            bodies[depth].append(_accumulated(node, total, value, in_any_order=True))
            arrays = [self._reshaped(name, self._array_shape(node, name), shape, before) for name in names]
            ends[len(kept)] += [f"{name}[{index}] = {cast}({total})" for name in arrays]
            return
        if wide and node.dtype.itemsize < 8:
            size = math.prod(shape)
            begin = self.sizes[9]
            self.sizes[9] += -(-size // LINE) * LINE
            before.append(f"{total} = work9[{begin}:{begin + size}].reshape({_tuple(shape)})")
        else:
            before.append(f"{total} = {self._reshaped(names[0], self._array_shape(node, names[0]), shape, before)}")
            names = names[1:]
        before.append(f"{total}[...] = {start}")
        bodies[depth].append(_accumulated(node, f"{total}[{index}]", value, in_any_order=False))
        after += [f"{self._reshaped(name, self._array_shape(node, name), shape, before)}[...] = {total}" for name in names]

    def _array_shape(self, node: Node, name: str) -> tuple[int, ...]:
        return node.shape if name in self.targets.get(id(node), ()) else _stored_shape(node)

    def _element(self, base: Node, places: Places, of: Any, sizes: list[int], before: list[str]) -> str:
        """An element of a stored array, at the place where the loops are."""
        if id(base) in self._scalars:
            return self._scalars[id(base)]
        if id(base) in self.inputs:
            name, shape = self.inputs[id(base)], base.shape
        else:
            name = self._names[id(base)]
            shape = self._array_shape(base, name)
            if len(shape) != len(places):
                places = tuple(p for p, n in zip(places, base.shape, strict=True) if n > 1)
        return self._indexed(name, shape, places, of, sizes, before)

    def _indexed(
        self, name: str, shape: Sequence[int], places: Places, of: Any, sizes: list[int], before: list[str]
    ) -> str:
        """An element of an array by the loops' variables, after dimensions that are one were made one."""
        index: list[str] = []
        new: list[int] = []
        for n, place in zip(shape, places, strict=True):
            if n == 1 or place is None or place not in of:
                if n != 1:
                    raise Untakeable("a dimension without a loop")
                continue
            level = of[place]
            if index and index[-1] == f"i{level}":
                new[-1] *= n
            else:
                index.append(f"i{level}")
                new.append(n)
        if len(set(index)) < len(index):
            raise Untakeable("one loop over two dimensions")
        name = self._reshaped(name, shape, new, before)
        return f"{name}[{', '.join(index) or '()'}]"

    def _reshaped(self, name: str, shape: Sequence[int], new: Sequence[int], before: list[str]) -> str:
        """The name of the array in another shape."""
        if tuple(shape) == tuple(new):
            return name
        alias = f"{name}_{'x'.join(map(str, new)) or 'number'}"
        line = f"{alias} = {name}.reshape({_tuple(new)})"
        if line not in before:
            before.append(line)
        return alias

    def _collapsed(self, loop: Loop) -> list[list[int]]:
        """The loops' dimensions in groups that are one dimension in every array, without those of length 1."""
        used = [d for d, n in enumerate(loop.shape) if n != 1]
        groups: list[list[int]] = []
        for d in used:
            if groups and all(self._is_one(node, k, groups[-1][-1], d) for node in loop.nodes for k in range(-1, len(node.operands))):
                groups[-1].append(d)
            else:
                groups.append([d])
        return groups

    def _is_one(self, node: Node, k: int, first: int, second: int) -> bool:
        """Whether two dimensions of the loops are one in a node's operand, or (with k = -1) in what the node makes."""
        if k < 0:
            return node.kind == "map" or (first in node.axes) == (second in node.axes)
        if not isinstance(node.operands[k], Node):
            return True
        base, places = self._access[id(node), k]
        at = [i for i, p in enumerate(places) if p is not None and base.shape[i] != 1]
        present = [places[i] for i in at]
        if first not in present and second not in present:
            return True
        if first not in present or second not in present:
            return False
        return present.index(second) == present.index(first) + 1


def _accumulated(node: Node, total: str, value: str, in_any_order: bool) -> str:
    """The line that takes one more element into a sum or a largest element."""
    if node.what == "max":
        return f"{total} = {value} if {value} > {total} or {value} != {value} else {total}"
    return f"{total} = added({total}, np.float64({value}))" if in_any_order else f"{total} += np.float64({value})"


def _is_access(view: Node) -> bool:
    """Whether a view is only another way to read its operand's elements; else it is an array of its own shape."""
    kind, setting = view.what
    if kind != "reshape":
        return True
    return [n for n in view.operands[0].shape if n != 1] == [n for n in setting if n != 1]


def _accessed(node: Node, depth: int) -> tuple[Node, Places]:
    """The array that is read where a node is read in loops, and for each of its dimensions the loop over it."""
    lead = depth - len(node.shape)
    places: Places = tuple(None if n == 1 else lead + d for d, n in enumerate(node.shape))
    while node.kind == "view" and _is_access(node):
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


def _stored_shape(node: Node) -> tuple[int, ...]:
    return tuple(n for n in node.shape if n != 1) if node.kind == "reduce" else node.shape


def _stem(node: Node) -> str:
    return {"dot": "product", "reduce": str(node.what), "part": "part"}.get(node.kind, "array")


def _tuple(shape: Iterable[int]) -> str:
    sizes = [*shape]
    return f"({', '.join(map(str, sizes))}{',' * (len(sizes) == 1)})"


def _indented(lines: Iterable[str], depth: int) -> list[str]:
    return ["    " * depth + line for line in lines]
