"""The way back where only some of the outputs have a gradient."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

from ..core.edge import clone
from .codegen import Writer, needed, values_in
from .tape import Call, Value


class Backward:
    """The programs of the way back, by which of the outputs have a gradient; written when they are first needed.

    As in the graph for which they stand, what only leads to other outputs is not walked at all: 0 for a gradient that
    there is not would become NaN where it meets an infinite derivative.
    """

    def __init__(
        self,
        writer: Writer,
        name: str,
        calls: list[Call],
        gradients: list[Value],
        held: list[Value],
        found: list[Value],
        whole: Any,
    ) -> None:
        self.writer = writer
        self.name = name
        self.calls = calls
        self.gradients = gradients
        self.held = held
        self.found = found
        self.programs = {(True,) * len(gradients): whole}

    def __call__(self, which: tuple[bool, ...]) -> Any:
        if which not in self.programs:
            self.programs[which] = self._made(which)
        return self.programs[which]

    def _made(self, which: tuple[bool, ...]) -> Any:
        absent = {g for g, there in zip(self.gradients, which, strict=True) if not there}
        calls, stand_in = _without(absent, self.calls)
        found = [stand_in.get(v, v) for v in self.found]
        there = [v for v in found if v not in absent]
        given = [*[g for g in self.gradients if g not in absent], *self.held]
        _, program = self.writer.functions(
            self.writer.program("backward", given, needed(calls, there), there, []), self.name
        )

        def backward(*args: Any) -> Any:
            gradients = iter(program(*args)[0])
            return [None if v in absent else next(gradients) for v in found], ()

        return backward


def _without(absent: set[Value], calls: Iterable[Call]) -> tuple[list[Call], dict[Value, Value]]:
    """The calls that are left where gradients are missing, and what stands for a sum of which one part is left."""
    left: list[Call] = []
    stand_in: dict[Value, Value] = {}
    for call in calls:
        args = _replaced(call.args, stand_in)
        missing = [v for v in values_in(args) if v in absent]
        if not missing:
            left.append(Call(call.function, args, call.result, call.pure))
        elif call.function not in (operator.add, operator.iadd) or len(missing) == 2:
            absent.update(values_in(call.result))
        elif args[0] in absent:
            absent.discard(call.result)
            left.append(Call(clone.forward, args[1:], call.result, pure=True))
        elif call.result is not args[0]:
            stand_in[call.result] = args[0]
    return left, stand_in


def _replaced(x: Any, by: dict[Value, Value]) -> Any:
    if isinstance(x, Value):
        return by.get(x, x)
    return type(x)([_replaced(item, by) for item in x]) if type(x) in (tuple, list) else x
