"""From nodes to machine code's text: maps and reductions become the bodies of as few loops as possible.

A `Kernel` is one function of arrays: those given, those it writes, and a workspace in which what lies between them has
its place. Maps that are used in their own loop only are never stored. A reduction closes a loop: what needs its result
comes later. Products of matrices are calls of BLAS.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .blas import blas
from .nests import Access, Nest, accessed, accumulated, collapsed, copying, indented, is_access
from .nodes import Node, scalar_type
from .products import is_turned
from .signatures import Parameter, function_text, inner_text, machine_text
from .time_loops import TimeLoop

LINE = 16
"""Arrays in a workspace begin at multiples of so many elements."""

WORKSPACES: dict[str, Any] = {
    "space32": np.float32, "space64": np.float64, "flags": np.bool_, "sums": np.float64,
    "places": np.int64,
}  # fmt: skip
"""The arrays in which results have their place that the function does not return; sums of float32 are in float64."""

_SPACE_OF = {"f4": "space32", "f8": "space64", "b1": "flags", "i8": "places"}
"""The workspace for elements of each dtype."""


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
        parameters: what it is given: the addresses of BLAS, the workspaces, the inputs, and the outputs.
        lines: its body.
        sizes: how many elements its workspaces must have.
        forms: the loop forms that it calls.
        steps: the functions that are steps of loops over time, by name.
    """

    def __init__(
        self,
        inputs: Sequence[tuple[str, Node]],
        outputs: Sequence[tuple[str, Node]],
        writes: Sequence[tuple[str, Node]],
    ) -> None:
        self.inputs = {id(node): name for name, node in inputs}
        self._apart: dict[Any, int] = {None: 0}  # the numbers of memory; the inputs may share theirs
        numbers = {name: self._number_of_memory(name) for name, _ in outputs}
        self._prelude: list[str] = []
        self.targets: dict[int, list[str]] = {}
        self.writes: list[tuple[str, Node]] = []
        self._same: dict[Any, Node] = {}
        self._simple: dict[int, Node] = {}
        self.order: list[Node] = []
        self.outputs = [node for _, node in outputs]
        roots = [(name, self._simplified(node)) for name, node in outputs]
        written = [(name, self._simplified(node)) for name, node in writes]
        for name, node in roots:
            if (
                node.kind == "view"
                and node.what[0] == "reshape"
                and node.operands[0].kind not in ("input", "view", "loops")
            ):
                node = node.operands[0]  # it is the same in memory
            self.targets.setdefault(id(self._stored(node)), []).append(name)
        self.writes = [(name, self._stored(node)) for name, node in written]
        self.forms: dict[str, Any] = {}
        self.steps: dict[str, Kernel] = {}
        self.bits = blas().bits
        self.sizes = dict.fromkeys(WORKSPACES, 0)
        self._names: dict[int, str] = {}
        self._scalars: dict[int, str] = {}
        self._count = 0
        self._schedule()
        self._plan()
        body = [line for k, s in enumerate(self.statements) for line in self._statement(k, s)]
        last = [line for name, node in self.writes for line in copying(name, self._whole(node), node.size)]
        self.parameters = [
            Parameter("gemm_addresses", np.int64),
            *[Parameter(name, dtype) for name, dtype in WORKSPACES.items()],
            *[Parameter(name, node.dtype, 0) for name, node in inputs],
            *[Parameter(name, node.dtype, numbers[name]) for name, node in outputs],
        ]
        self.lines = indented([*self._prelude, *body, *last], 1)

    def text(self) -> str:
        """The function's text, for machine code."""
        return "\n\n".join([*self.step_texts(), machine_text(self.parameters, self.lines)])

    def step_texts(self) -> list[str]:
        """The texts of the steps, for machine code."""
        return [inner_text(name, step.parameters, step.lines) for name, step in self.steps.items()]

    def shown(self, name: str) -> str:
        """The function's text, for readers."""
        steps = [step.shown(name) for name, step in self.steps.items()]
        return "\n\n".join([*steps, function_text(name, self.parameters, self.lines)])

    def workspaces(self) -> list[tuple[int, Any]]:
        """The size and dtype of each workspace."""
        return [(self.sizes[name], dtype) for name, dtype in WORKSPACES.items()]

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
            elif node.kind == "loops" or (node.kind == "view" and not is_access(node)):
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
        return self._copy(node) if node.kind == "view" and is_access(node) else node

    def _matrix(self, node: Node) -> Node:
        """The same for an operand of BLAS, which takes a transposed matrix too."""
        if is_turned(node) and self._array(node.operands[0]) is node.operands[0]:
            return node
        return self._array(node)

    def _stored(self, node: Node) -> Node:
        """A node whose values can be stored by a loop where it is computed."""
        return node if node.kind in ("map", "part", "reduce", "dot") else self._copy(node)

    # ------------------------------------------------------------------------------------------- the schedule

    def _schedule(self) -> None:
        self.statements: list[Statement] = []
        position: dict[int, int] = {}
        self._access: dict[tuple[int, int], Access] = {}
        for node in self.order:
            if node.kind == "input":
                position[id(node)] = -1
            elif node.kind in ("map", "reduce"):
                position[id(node)] = self._placed(node, position)
            elif node.kind == "part" or (node.kind == "view" and is_access(node)):
                position[id(node)] = position[id(node.operands[0])]
            else:
                self.statements.append(node)
                position[id(node)] = len(self.statements) - 1
        self._position = position

    def _placed(self, node: Node, position: dict[int, int]) -> int:
        """The number of the loop that a map or a reduction joins: the first that comes late enough, or a new one."""
        shape = node.shape if node.kind == "map" else node.operands[0].shape
        earliest = 0
        for k, x in enumerate(node.operands):
            if not isinstance(x, Node):
                continue
            access = self._access[id(node), k] = accessed(x, len(shape))
            at = position[id(access.base)]
            together = access.base.kind == "map" and access.is_all(shape)
            earliest = max(earliest, at if together else at + 1)
        for at in range(earliest, len(self.statements)):
            statement = self.statements[at]
            if isinstance(statement, Loop) and statement.shape == shape:
                statement.nodes.append(node)
                return at
        self.statements.append(Loop(shape, [node]))
        return len(self.statements) - 1

    # ------------------------------------------------------------------------------------------------ memory

    def _number_of_memory(self, array: str, start: int = 0) -> int:
        """The number of memory that only what is put there at another time shares."""
        return self._apart.setdefault((array, start), len(self._apart))

    def _place(self, workspace: str, start: int) -> str:
        """The expression of a place in a workspace."""
        return f"apart(moved({workspace}, {start}), {self._number_of_memory(workspace, start)})"

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
                    access = self._access.get((id(node), k))
                    base = access.base if access else x
                    if base.kind == "view" and is_access(base):
                        base = base.operands[0]
                    if base.kind == "part":
                        used(base, at)
                        continue
                    used(base, at)
                    here = isinstance(statement, Loop) and base.kind == "map" and self._position[id(base)] == at
                    number = isinstance(statement, Loop) and not any(isinstance(y, Node) for y in base.operands)
                    if base.kind == "map" and not here and not number:
                        stored[id(base)] = base
        for _, node in self.writes:
            last[id(node)] = len(self.statements)
            stored[id(node)] = node
        free: dict[tuple[str, int], list[int]] = {}
        occupied: dict[int, tuple[str, int, int]] = {}
        for at, statement in enumerate(self.statements):
            made: list[Node] = []
            for node in statement.nodes if isinstance(statement, Loop) else [statement]:
                if node.kind == "loops":
                    made += self._parts(node)
                elif (node.kind == "map" and (id(node) in stored or id(node) in self.targets)) or node.kind == "dot":
                    made.append(node)
                elif node.kind == "reduce" and node.size > 1:
                    made.append(node)
            for node in made:
                if id(node) in self.targets:
                    self._names[id(node)] = self.targets[id(node)][0]
                    continue
                size = -(-node.size // LINE) * LINE
                space = _SPACE_OF[node.dtype.str[1:]]
                unused = free.get((space, size))
                start = unused.pop() if unused else self.sizes[space]
                if start == self.sizes[space]:
                    self.sizes[space] += size
                self._names[id(node)] = name = f"{_stem(node)}_{len(self._names)}"
                self._prelude.append(f"{name} = {self._place(space, start)}")
                occupied[id(node)] = space, size, start
            for key in [key for key in occupied if last.get(key, at) == at]:
                space, size, start = occupied.pop(key)
                free.setdefault((space, size), []).append(start)

    # --------------------------------------------------------------------------------------------- statements

    def _statement(self, at: int, statement: Statement) -> list[str]:
        if isinstance(statement, Loop):
            return self._loop(statement)
        if statement.kind == "view":  # it is the same in memory
            self._names[id(statement)] = self._whole(statement.operands[0])
            return []
        made = [statement]
        if statement.kind == "dot":
            (x, x_turned), (y, y_turned) = (self._operand(x) for x in statement.operands)
            *batch, m, n = statement.shape
            k = statement.operands[0].shape[-1]
            address = f"at(gemm_addresses, {0 if statement.dtype.itemsize == 4 else 1})"
            arrays, lines = [x, y, self._names[id(statement)]], []
            if batch:
                lines = [f"for b in range({math.prod(batch)}):"]
                several = [len(node.shape) > 2 for node in (*statement.operands, statement)]
                arrays = [
                    f"moved({x}, {size} * b)" if each else x
                    for x, size, each in zip(arrays, (m * k, k * n, m * n), several, strict=True)
                ]
            call = f"gemm({address}, {self.bits}, {', '.join(arrays)}, {m}, {n}, {k}, {x_turned}, {y_turned})"
            lines += indented([call], len(lines))
        else:
            form, settings, _ = statement.what
            made = self._parts(statement)
            given = [self._whole(x) for x in statement.operands]
            results = [self._names[id(x)] for x in made]
            if isinstance(form, TimeLoop):
                lines = form.lines(self._step(form.kernel), given, results, self._inside(form.kernel))
            else:
                self.forms[form.__name__] = form
                places = [[f"plain({name})" for name in names] for names in (given, results)]
                lines = [f"{form.__name__}({', '.join([*places[0], *map(repr, settings), *places[1]])})"]
        for node in made:
            for name in self.targets.get(id(node), [])[1:]:
                lines += copying(name, self._names[id(node)], node.size)
        return lines

    def _step(self, kernel: Kernel) -> str:
        """The name of the function that is the step of a loop over time."""
        for name, known in self.steps.items():
            if known.lines == kernel.lines and known.parameters == kernel.parameters:
                return name
        name = f"step_{len(self.steps) + 1}"
        self.steps[name] = kernel
        return name

    def _inside(self, kernel: Kernel) -> list[str]:
        """The addresses of BLAS, and the places of a step's workspaces in those of its kernel."""
        found = ["gemm_addresses"]
        for name, size in kernel.sizes.items():
            found.append(f"moved({name}, {self.sizes[name]})")
            self.sizes[name] += size
        return found

    def _parts(self, loops: Node) -> list[Node]:
        """The arrays that a loop form writes, those included that nobody reads."""
        found = {x.what: x for x in self.order if x.kind == "part" and x.operands[0] is loops}
        for i, (shape, dtype) in enumerate(loops.what[2]):
            if i not in found:
                found[i] = Node("part", i, [loops], shape, dtype)
                self.order.append(found[i])
        return [found[i] for i in sorted(found)]

    def _operand(self, node: Node) -> tuple[str, int]:
        """An operand of BLAS, and whether it is a transposed one."""
        if is_turned(node):
            return self._whole(node.operands[0]), 1
        return self._whole(node), 0

    def _whole(self, node: Node) -> str:
        """The name of the array of a node."""
        return self.inputs[id(node)] if id(node) in self.inputs else self._names[id(node)]

    # ------------------------------------------------------------------------------------------------ a loop

    def _loop(self, loop: Loop) -> list[str]:
        """The text of one loop, in which dimensions that are one in memory are one."""
        groups = collapsed(loop.shape, loop.nodes, self._access)
        nest = Nest([math.prod(loop.shape[d] for d in group) for group in groups])
        nest.of = {d: level for level, group in enumerate(groups) for d in group}
        local: dict[int, str] = {}

        def read(node: Node, k: int) -> str:
            x = node.operands[k]
            if not isinstance(x, Node):
                return str(x)
            access = self._access[id(node), k]
            base = access.base
            if id(base) in local:
                return local[id(base)]
            if id(base) in self._scalars:
                found = self._scalars[id(base)]
            elif base.kind == "map" and id(base) not in self._names:  # it is a number, the same everywhere
                found = str(base.what).format(*base.operands)
            else:
                found = f"at({self._whole(base)}, {nest.place(access)})"
            return nest.inside(access, found, f"{scalar_type(base.dtype)}(0)")

        for node in loop.nodes:
            values = [read(node, k) for k in range(len(node.operands))]
            if node.kind == "reduce":
                self._reduction(node, values[0], nest)
                continue
            names = self._stored_as(node)
            if not names and not any(isinstance(y, Node) for y in node.operands):
                continue
            local[id(node)] = name = f"t{len(local) + 1}"
            nest.inner.append(f"{name} = {node.what.format(*values)}")
            place = nest.place(Access(node, tuple(range(len(node.shape)))))
            nest.inner += [f"put({target}, {place}, {name})" for target in names]
        return nest.lines()

    def _stored_as(self, node: Node) -> list[str]:
        """The names of the arrays to which a node is written."""
        names = [self._names[id(node)]] if id(node) in self._names else []
        return list(dict.fromkeys([*names, *self.targets.get(id(node), [])]))

    def _reduction(self, node: Node, value: str, nest: Nest) -> None:
        reduced = {nest.of[d] for d in node.axes if d in nest.of}
        kept = [level for level in range(nest.depth) if level not in reduced]
        self._count += 1
        total, wide = f"total_{self._count}", node.what == "sum"
        cast = scalar_type(node.dtype)
        start = "0.0" if wide else f"{cast}(-np.inf)"
        names = self._stored_as(node)
        if not kept:
            nest.before.append(f"{total} = {start}")
            nest.inner.append(accumulated(node, total, value))
            nest.after.append(f"{total} = {cast}({total})")
            nest.after += [f"put({name}, 0, {total})" for name in names]
            self._scalars[id(node)] = total
            return
        shape = [nest.sizes[level] for level in kept]
        size = math.prod(shape)
        place = nest.index(zip(shape, kept, strict=True))
        if kept == list(range(len(kept))):
            nest.bodies[len(kept)].append(f"{total} = {start}")
            nest.inner.append(accumulated(node, total, value))
            nest.ends[len(kept)] += [f"put({name}, {place}, {cast}({total}))" for name in names]
            return
        if wide and node.dtype.itemsize < 8:
            nest.before.append(f"{total} = {self._place('sums', self.sizes['sums'])}")
            self.sizes["sums"] += -(-size // LINE) * LINE
        else:
            total, *names = names
        nest.before += [f"for k in range({size}):", f"    put({total}, k, {start})"]
        nest.inner.append(accumulated(node, total, value, place))
        for name in names:
            nest.after += copying(name, total, size, cast)


def _stem(node: Node) -> str:
    return {"dot": "product", "reduce": str(node.what), "part": "part"}.get(node.kind, "array")
