"""The backward programs of a compiled call, where only some of the outputs have a gradient."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..core.primitive import Array
from ..ops.pieces import add_at
from .backends.choice import Backend
from .codegen import Writer, needed_calls, values_in
from .tracer import Call, Value


class BackwardPrograms:
    """The backward programs, by which of the outputs have a gradient; each is written when it is first needed.

    As in the graph that they stand for, what leads to the other outputs only is not computed at all. A gradient of 0 in
    its place would become NaN where it meets an infinite derivative.

    Args:
        calls: the calls of the backward pass in which all outputs have a gradient.
        gradients: the gradients of the outputs.
        kept: what the forward program keeps for the backward one.
        found: the gradients that are computed.
        program: the program for the calls.
    """

    def __init__(
        self,
        writer: Writer,
        backend: Backend,
        name: str,
        calls: list[Call],
        gradients: list[Value],
        kept: list[Value],
        found: list[Value],
        program: Any,
    ) -> None:
        self.writer = writer
        self.backend = backend
        self.name = name
        self.calls = calls
        self.gradients = gradients
        self.kept = kept
        self.found = found
        self.programs = {(True,) * len(gradients): program}

    def __call__(self, present: tuple[bool, ...]) -> Any:
        """The program for when these of the outputs have a gradient."""
        if present not in self.programs:
            self.programs[present] = self._written(present)
        return self.programs[present]

    def _written(self, present: tuple[bool, ...]) -> Any:
        absent = {g for g, there in zip(self.gradients, present, strict=True) if not there}
        calls, replacements = _without(absent, self.calls)
        found = [replacements.get(v, v) for v in self.found]
        computed = [v for v in found if v not in absent]
        given = [*[g for g in self.gradients if g not in absent], *self.kept]
        program = self.backend.rewritten(given, needed_calls(calls, computed), computed)
        source = self.writer.program("backward", given, program, computed, [])
        _, program = self.writer.functions(source, self.name)

        def backward(*args: Any) -> Any:
            gradients = iter(program(*args)[0])
            return [None if v in absent else next(gradients) for v in found], ()

        return backward


def _without(absent: set[Value], calls: Iterable[Call]) -> tuple[list[Call], dict[Value, Value]]:
    """The calls that remain where gradients are absent, and what replaces a sum of which only one part remains.

    The results of the calls that do not remain are added to `absent`.
    """
    remaining: list[Call] = []
    replacements: dict[Value, Value] = {}
    alone: dict[Value, tuple[int, int, int]] = {}  # gradients of which one piece is there so far, and its place
    for call in calls:
        args, function = _replaced(call.args, replacements), call.function
        missing = [v for v in values_in(args) if v in absent]
        if not missing:
            if function is operator.iadd and call.args[0] in replacements:
                function = operator.add  # what it would add to is a gradient itself, not a sum with memory of its own
                del replacements[call.result]
            elif function is add_at and call.result in alone:
                args = (*args[:6], alone.pop(call.result))
            remaining.append(Call(function, args, call.result, call.pure))
        elif function is add_at and len(missing) == 1:
            if args[0] in absent:
                absent.discard(call.result)
                whole = call.result.layout.shape
                remaining.append(Call(_put_in, (*args[1:5], whole), call.result, call.pure))
                alone[call.result] = args[2:5]
        elif function not in (operator.add, operator.iadd) or len(missing) == 2:
            absent.update(values_in(call.result))
        elif args[0] in absent:
            absent.discard(call.result)
            replacements[call.result] = args[1]
        elif call.result is not call.args[0]:
            replacements[call.result] = args[0]
    return remaining, replacements


def _put_in(d: Array, dim: int, start: int, stop: int, shape: tuple[int, ...]) -> Array:
    """Zeros with d in a place of them."""
    out = np.zeros(shape, d.dtype)
    part = out[(*(slice(None),) * dim, slice(start, stop))]
    part[...] = d.reshape(part.shape)
    return out


def _replaced(x: Any, replacements: dict[Value, Value]) -> Any:
    if isinstance(x, Value):
        return replacements.get(x, x)
    return type(x)([_replaced(item, replacements) for item in x]) if type(x) in (tuple, list) else x
