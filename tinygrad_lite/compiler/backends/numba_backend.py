"""The numba backend: runs of calls that machine code can make become one call each.

What it cannot take stays a call of NumPy in the same program, and a piece that Numba does not compile is run by its
calls. So there is always a program, and it has the values of the numpy backend within rounding.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import operator
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ...core.tensor import accumulate_grad
from ...ops.pieces import add_at
from ...optim.base.optimizer import Optimizer
from ...random import distributions
from ...random.generator import drawn
from ..codegen import title, values_in
from ..layouts import Layout
from ..tracer import Call, Value
from . import machine_guards, reading
from .loops import Kernel
from .machine_code import check_installed
from .nodes import Node, Untakeable, constants
from .pieces import UNSEEN, Piece
from .sections import (
    Section,
    Structure,
    Unpacking,
    begins_anew,
    bind,
    forgets_gradients,
    inputs_in,
    is_part,
    is_quiet,
    only_looks,
    packed,
    shapes_alone,
    zero_grad_at_end,
)
from .small_calls import CHECK_INDICES, WRITE, Check, Count, ahead, checks_of_writes, quick
from .symbols import Symbol
from .training_steps import TrainingStep, joined
from .updates import MachineStep

_DRAWN: Any = inspect.unwrap(drawn)
QUIET = Piece, TrainingStep, Check, Count


class NumbaBackend:
    """Rewrites the programs of one compiled call.

    Raises:
        ImportError: if Numba or SciPy is not installed.
    """

    def __init__(self, name: str) -> None:
        check_installed()
        self.name = name
        self.pieces: list[Piece | TrainingStep] = []
        self.in_order: set[Value] = set()
        self.refusals: dict[str, str] = {}
        self.steps: list[MachineStep] = []
        self._steps: dict[Call, Call] = {}
        self._saved: dict[Value, Structure] = {}  # what the results of kernels hold, in Values
        self.below: dict[Value, int] = {}  # copies of whole numbers that were checked (see Node.below)

    def rewritten(self, given: Iterable[Value], calls: Sequence[Call], wanted: Iterable[Value]) -> list[Call]:
        """Calls that compute what is wanted from what is given, with pieces of machine code among them."""
        return [*map(quick, Rewriting(self, given, calls, [*wanted]).run())]

    def quiet(self, calls: Iterable[Call]) -> bool:
        """Return True if NumPy computes nothing in these calls of which it would warn."""
        return all(isinstance(call.function, QUIET) or is_quiet(call) for call in calls)

    comparison = staticmethod(machine_guards.comparison)

    def refused(self, call: Call, reason: Exception) -> None:
        """Note why NumPy makes a call, for readers of the program."""
        name = title(call.function)
        if not name.endswith(("_step", "_zero_grad")):
            self.refusals.setdefault(name, str(reason))

    def with_update_loop(self, call: Call) -> Call:
        """The call of an optimizer's step, with its rule as machine code; other calls as they are."""
        step = call.function
        if not (isinstance(step, functools.partial) and step.args and isinstance(step.args[0], Optimizer)):
            return call
        if call in self._steps:
            return self._steps[call]
        optimizer = step.args[0]
        if step.func.__name__ != "step" or len(step.args) > 1 or step.keywords:
            return call
        self.steps.append(MachineStep(step, optimizer))
        self._steps[call] = found = Call(self.steps[-1], (), call.result, call.pure)
        return found

    def source(self) -> str:
        """The text of all pieces, and of the update rules whose first step has been taken."""
        texts = [piece.source() for piece in self.pieces] + [loop for step in self.steps for loop in step.sources()]
        return "".join(f"\n\n{text}" for text in texts)

    def note(self) -> str:
        """Describe in words the part in machine code, and the calls that are left to NumPy."""
        steps = [f"{step.__name__}'s rule" for step in self.steps if step.loops]
        pieces = [piece.__name__ for piece in self.pieces]
        left = [name if why == reading.OUTSIDE else f"{name} ({why})" for name, why in self.refusals.items()]
        return f"machine code: {', '.join(pieces + steps) or 'none'}; NumPy: {', '.join(left) or 'nothing'}"


class Rewriting:
    """One program that is rewritten.

    Attributes:
        done: the calls of the new program so far.
    """

    def __init__(
        self, backend: NumbaBackend, given: Iterable[Value], calls: Sequence[Call], wanted: list[Value]
    ) -> None:
        self.given = {*given}
        self.backend = backend
        self.calls = calls
        self.wanted = wanted
        self.done: list[Call] = []
        self.current = Section()
        self.views: set[Value] = set()
        self.made: set[Value] = set()  # by this program so far, sections included
        self.joined: set[int] = set()  # the numbers of the calls that have become part of a piece's
        # The arrays at which others may look through views.
        self.seen = {v for call in calls if reading.is_view(call) for v in values_in(call.args)}
        self.last_use = {v: i for i, call in enumerate(calls) for v in values_in(call.args)}

    def run(self) -> list[Call]:
        for i, call in enumerate(self.calls):
            if i not in self.joined:
                self._take(i, call)
        self._close(len(self.calls))
        for value in self.wanted:
            self._provide(value)
        return self.done

    def _take(self, i: int, call: Call) -> None:
        fused = self._fused(call)
        if fused is not None and begins_anew(self.current, *fused, len(self.calls)):
            self._close(i)
        try:
            self._lower(call, fused)
        except Untakeable as reason:
            self.backend.refused(call, reason)
            again = self._before_the_section(call)
            if again is None:
                self._close(i)
                if i not in self.joined:
                    self._leave(call)
            else:
                self._leave(again)
        if reading.is_view(call):
            self.views.update(values_in(call.result))

    # ------------------------------------------------------------------------------------ what machine code takes

    def _fused(self, call: Call) -> tuple[Any, Any] | None:
        """A fused operation with its parameters, and with their layouts; None for other calls."""
        kind = reading.what(call.function)
        if kind not in ("kernel", "pullback"):
            return None
        structures = [self.backend._saved.get(v, v) for v in values_in(call.args)]
        structures += [x for v in values_in(call.args) for x in inputs_in(self.current.values.get(v))]
        parameters = [v for v in dict.fromkeys(values_in(structures)) if v.origin == "captured"]
        if not parameters:
            return None
        return (kind, call.function, frozenset(parameters)), (kind, call.function, *[v.layout for v in parameters])

    def _lower(self, call: Call, fused: Any) -> None:
        """Add a call to the section."""
        section = self.current
        if reading.is_view(call) and call.args[0] not in section.values and is_part(call):
            raise Untakeable(reading.OUTSIDE)
        writes = call.function in (operator.iadd, add_at)
        if writes and call.args[0] not in section.values and not self._is_own(call.args[0]):
            raise Untakeable("memory is written that is not the section's")
        before = dict(section.inputs)
        try:
            handles: dict[Value, tuple[Symbol, Node]] = {}
            in_place = reading.what(call.function) == "kernel"
            args = self._symbolic(call.args, handles, in_place)
            result = reading.lowered(call.function, args)
            if call.result is None:
                raise Untakeable("a call without a result")
            found: dict[Value, Structure] = {}
            bind(call.result, result, found)
            written = {v: s for v, (s, node) in handles.items() if s.node is not node}
            for value in written:
                self._check_written(value)
        except Untakeable:
            section.inputs = before
            raise
        section.values.update(found)
        if fused is not None:
            section.done.update(fused)
            section.first = section.first or fused[1]
        for value, symbol in written.items():
            section.values[value] = Symbol(symbol.node, True)
            section.writes[value] = symbol.node
        section.calls.append(call)
        for value, structure in found.items():
            section.origin[value] = call
            if call.function is np.array and isinstance(structure, Symbol) and structure.node.below is not None:
                self.backend.below[value] = structure.node.below

    def _symbolic(self, x: Any, handles: dict[Value, tuple[Symbol, Node]], in_place: bool) -> Any:
        """An argument with symbols in place of Values."""
        if isinstance(x, Value):
            if x in handles:
                return handles[x][0]
            known = self.current.values.get(x)
            if known is None and x in self.backend._saved:
                return self._symbolic(self._taken_apart(x), handles, in_place)
            if isinstance(known, tuple):
                return known
            if known is None and x.origin == "constant":
                return x.example
            node = known.node if known is not None else self.current.input(x)
            node.below = self.backend.below.get(x, node.below)
            symbol = Symbol(node, not in_place)
            if in_place:
                handles[x] = symbol, node
            return symbol
        if type(x) in (tuple, list):
            return type(x)([self._symbolic(item, handles, in_place) for item in x])
        return x

    def _taken_apart(self, value: Value) -> Structure:
        """Return the saved operands of a kernel as Values, taken apart if the program was given one object."""
        structure = self.backend._saved[value]
        parts = [v for v in values_in(structure) if v not in self.made]
        if value in self.given and parts:
            self.done.append(Call(Unpacking(structure, parts), (value,), tuple(parts), True))
            self.made.update(parts)
        return structure

    def _is_own(self, value: Value) -> bool:
        """Return True if nobody else looks at an array, so that another one can take its place where it is written."""
        return value.origin == "result" and value not in self.seen and value not in self.views

    def _check_written(self, value: Value) -> None:
        """Refuse a write to memory at which another input of the section may look."""
        if value not in self.current.inputs or value.layout is None or not value.layout.in_order:
            raise Untakeable("memory is written that is not an input's")
        if not self._is_apart(value):
            raise Untakeable("memory is written at which another array looks")

    def _is_apart(self, value: Value) -> bool:
        """Return True if no other input of the section shares memory with an array from outside."""
        if value.origin not in ("argument", "captured") or value.example is None:
            return False
        for other in self.current.inputs:
            if other is not value and (
                other in self.views or (other.example is not None and np.may_share_memory(other.example, value.example))
            ):
                return False
        return True

    # ------------------------------------------------------------------------------------------ what NumPy does

    def _before_the_section(self, call: Call) -> Call | None:
        """The call in a form that can be made before the section; None if it needs what the section computes."""
        section, function = self.current, call.function
        name = getattr(function, "__name__", "")
        read = [*values_in(call.args)]
        if function is _DRAWN and call.args[0] is distributions.filled:
            args = shapes_alone(call.args, section)
            if section.values.keys().isdisjoint(values_in(args)):
                return Call(function, args, call.result, call.pure)
            return None
        if not section.values.keys().isdisjoint(read):
            only_stamped = name == "wrote" and all(v in section.writes for v in read if v in section.values)
            return call if only_stamped else None
        if function is WRITE and section.inputs.keys().isdisjoint(read) and all(map(self._is_apart, read)):
            return call
        if function is CHECK_INDICES:
            self._note_range(*call.args)
        if only_looks(call):
            return ahead(call, section.calls, section.writes, self.made)
        return call if forgets_gradients(call) or name == "wrote" or call.pure else None

    def _note_range(self, index: Any, count: Any) -> None:
        """Note in the section that whole numbers have been checked; as its input they are not written unnoticed."""
        if isinstance(index, Value) and type(count) is int:
            with contextlib.suppress(Untakeable):  # of another dtype
                self.current.input(index).below = count

    def _leave(self, call: Call) -> None:
        """Leave a call to NumPy; of an optimizer's step only what is beside its rule."""
        call = self.backend.with_update_loop(call)
        for value in values_in(call.args):
            self._provide(value)
        self.done.append(call)
        for value in values_in(call.result):
            self.backend._saved.pop(value, None)
            self.made.add(value)

    def _provide(self, value: Value) -> None:
        """Put together again what a kernel saved, if it was taken apart, so that it is there as one object."""
        structure = self.backend._saved.get(value)
        if structure is not None and value not in self.made and self._is_here(structure):
            self.done.append(Call(packed, (structure,), value, True))
            self.made.add(value)

    def _is_here(self, structure: Structure) -> bool:
        return all(v in self.made or v.origin in ("argument", "captured") for v in values_in(structure))

    # --------------------------------------------------------------------------------------------- a section ends

    def _close(self, i: int) -> None:
        """End the section: what is used from call i on is what it returns."""
        section, self.current = self.current, Section()
        if not section.calls:
            return
        needed = [v for v in section.values if self.last_use.get(v, -1) >= i or v in self.wanted]
        try:
            self.done += self._piece(i, section, needed)
        except Exception as reason:  # whatever it is, NumPy can do it
            if len(section.calls) >= LEAST:
                self.backend.refused(section.calls[0], reason)
            for call in section.calls:
                self._leave(call)

    def _piece(self, i: int, section: Section, needed: list[Value]) -> list[Call]:
        """The call of a piece of machine code, and what is to be done after it."""
        if len(section.calls) < LEAST:
            raise Untakeable("a call of NumPy's is as fast")
        results: dict[Value, Node] = {}
        after: list[Call] = []
        saved: dict[Value, Structure] = {}
        for value in needed:
            self._result(value, section, results, after, saved)
        self.backend._saved.update(saved)
        if not results and not section.writes:
            self.made.update(v for call in after for v in values_in(call.result))
            return after
        for node in constants([*results.values(), *section.writes.values()]):
            section.inputs[node.what] = node
        outputs = [*results.items()]
        names = {value: f"a{k}" for k, value in enumerate(section.inputs)}
        layouts = [v.layout for v in section.inputs if v.layout is not None]
        kernel = Kernel(
            [(names[v], node) for v, node in section.inputs.items()],
            [(f"out{k}", node) for k, (_, node) in enumerate(outputs)],
            [(names[v], node) for v, node in section.writes.items()],
        )
        loose = [i for i, v in enumerate(section.inputs) if v.origin in UNSEEN and v not in self.backend.in_order]
        piece = Piece(f"fused_{len(self.backend.pieces) + 1}", self.backend.name, layouts, loose, kernel)
        call = Call(piece, tuple(section.inputs), tuple(results) or None, not section.writes)
        if len(results) == 1:
            (call.result,) = results
        call = self._with_step(i, piece, call)
        self.backend.in_order.update(results)
        self.backend.pieces.append(call.function)  # type: ignore[arg-type]  # one of the two
        for value, node in outputs:
            value.layout = Layout(node.shape, node.dtype, True)
        self.made.update(results, (v for call in after for v in values_in(call.result)))
        return [*checks_of_writes(section.writes), call, *after]

    def _with_step(self, i: int, piece: Piece, call: Call) -> Call:
        """The call of a piece, compiled; with the optimizer's step where that follows it, from call i on."""
        if len(self.calls) > i + 1 and self.calls[i].function is accumulate_grad:
            gradients, step = self.calls[i].args[1], self.backend.with_update_loop(self.calls[i + 1]).function
            if isinstance(step, MachineStep) and not any(self.last_use[g] > i or g in self.wanted for g in gradients):
                forget = zero_grad_at_end(self.done, step.optimizer)
                with contextlib.suppress(Untakeable):
                    both = joined(call, self.calls[i], step, forget)
                    self.joined.update((i, i + 1))
                    if forget is not None:
                        self.done.pop()
                    return both
        piece.compile()
        return call

    def _result(
        self,
        value: Value,
        section: Section,
        results: dict[Value, Node],
        after: list[Call],
        saved: dict[Value, Structure],
    ) -> None:
        """Let a piece return a Value, or what it can be made of."""
        if value in results or value in saved or any(value in [*values_in(call.result)] for call in after):
            return
        found = section.values[value]
        if value in section.writes:
            return
        if isinstance(found, tuple):
            saved[value] = self._structure(found, section, results)
            return
        call = section.origin[value]
        base = found.node
        while base.kind == "view":
            base = base.operands[0]
        if base.kind == "input" or reading.is_view(call):
            if not isinstance(call.result, Value):
                raise Untakeable("one of several results is a view")
            for x in values_in(call.args):
                if x in section.values:
                    self._result(x, section, results, after, saved)
            after.append(call)
            return
        results[value] = found.node

    def _structure(self, x: Any, section: Section, results: dict[Value, Node]) -> Structure:
        """Return the saved operands of a kernel as Values."""
        if isinstance(x, Symbol):
            for v, node in section.inputs.items():
                if node is x.node:
                    return v
            for v, node in results.items():
                if node is x.node:
                    return v
            value = Value("result", lambda: None)
            results[value] = x.node
            return value
        return tuple([self._structure(item, section, results) for item in x]) if isinstance(x, tuple) else x


LEAST = 2
"""A piece of fewer calls is not worth its own."""
