"""Sections of a program that become one piece each, and what kernels save in Values."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ...nn.module.module import Module
from ...optim.base.optimizer import Optimizer
from ..codegen import values_in
from ..tracer import Call, Value
from .nodes import Node, Untakeable
from .symbols import Symbol

Structure = Any
"""The operands that a fused operation saves: a tuple of Values (or Symbols), numbers, and tuples."""


class Section:
    """Calls, one after the other, that become one piece.

    Attributes:
        inputs: the Values that it reads, with their nodes.
        values: what it computes, by Value.
        origin: the call that computes a Value.
        writes: the inputs that it writes, with what they are to hold.
        done: the fused operations in it, with their parameters, and with the layouts of these.
        first: the first of the latter.
        began: how many nodes there were before it.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.inputs: dict[Value, Node] = {}
        self.values: dict[Value, Structure] = {}
        self.origin: dict[Value, Call] = {}
        self.writes: dict[Value, Node] = {}
        self.done: set[Any] = set()
        self.first: Any = None
        self.began = Node.made

    def input(self, value: Value) -> Node:
        if value.layout is None:
            raise Untakeable("an argument that is no array")
        if value not in self.inputs:
            self.inputs[value] = Node("input", value, [], value.layout.shape, value.layout.dtype)
        return self.inputs[value]


def bind(result: Any, found: Any, values: dict[Value, Structure]) -> None:
    """Give the Values of a call's result what was found for them."""
    if isinstance(result, Value):
        if isinstance(found, tuple):
            values[result] = found
        elif isinstance(found, Symbol):
            if result.layout is not None and (result.layout.shape, result.layout.dtype) != (found.shape, found.dtype):
                raise Untakeable(f"{found.dtype} {found.shape} where NumPy has {result.layout}")
            values[result] = Symbol(found.node, True)
        else:
            raise Untakeable(f"a {type(found).__name__}")
    elif type(result) is tuple:
        if type(found) is not tuple or len(found) != len(result):
            raise Untakeable("another number of results")
        for one, other in zip(result, found, strict=True):
            bind(one, other, values)


class Unpacking:
    """A function that takes the arrays out of what a kernel saved."""

    __name__ = "unpacked"

    def __init__(self, structure: Structure, parts: list[Value]) -> None:
        self._paths = [_path(structure, part) for part in parts]

    def __call__(self, saved: Any) -> tuple[Any, ...]:
        return tuple([functools.reduce(lambda x, i: x[i], path, saved) for path in self._paths])


def _path(structure: Structure, part: Value) -> list[int]:
    """The indices that lead to a Value in a structure."""
    for i, item in enumerate(structure):
        if item is part:
            return [i]
        if isinstance(item, tuple) and part in [*values_in(item)]:
            return [i, *_path(item, part)]
    raise ValueError("it is not in the structure")


def packed(structure: Structure) -> Structure:
    """The operands that a kernel saved, as one object."""
    return structure


def only_looks(call: Call) -> bool:
    """Return True if a call does nothing, or raises an error."""
    name = getattr(call.function, "__name__", "")
    return call.result is None and name.startswith(("_check", "_refuse", "refuse"))


def forgets_gradients(call: Call) -> bool:
    """Return True if a call sets gradients to None, which leaves all arrays as they are."""
    again = call.function
    if not isinstance(again, functools.partial) or again.func.__name__ != "zero_grad" or len(again.args) != 1:
        return False
    known = again.args[0].__class__.zero_grad in (Optimizer.zero_grad, Module.zero_grad)
    return known and again.keywords in ({}, {"set_to_none": True})


def is_quiet(call: Call) -> bool:
    """Return True if NumPy computes nothing in a call of which it would warn."""
    return forgets_gradients(call) or only_looks(call) or getattr(call.function, "__name__", "") == "wrote"


def zero_grad_at_end(calls: list[Call], optimizer: Optimizer) -> Callable[[], Any] | None:
    """The last of the calls, if it is the optimizer's `zero_grad`, which leaves nothing but None."""
    last: Any = calls[-1].function if calls and forgets_gradients(calls[-1]) else None
    return last if last is not None and last.args[0] is optimizer else None


LARGE, HUGE = 64, 128
"""The numbers of nodes from which on a piece is long, and takes several seconds to compile."""

DEEP = 120
"""A program of fewer calls is compiled as a whole, however long that takes."""


def begins_anew(section: Section, same: Any, alike: Any, calls: int) -> bool:
    """Return True if a section is better closed before a fused operation: what follows may be compiled already.

    Where an operation comes again with the same parameters, the program goes through a loop of Python's, and the
    pieces of its iterations have the same text. In a deep network, the blocks have.

    Args:
        same, alike: the operation with its parameters, and with the layouts of these.
        calls: how many calls the program has.
    """
    size = Node.made - section.began
    first_of_backward = alike[0] == "pullback" and all(each[0] != "pullback" for each in section.done)
    if same in section.done or calls < DEEP:
        return same in section.done
    begins = size > LARGE and (alike == section.first or first_of_backward)
    return begins or (size > HUGE and alike in section.done)


def inputs_in(x: Structure) -> Iterable[Value]:
    """The inputs of a section in what a kernel saved in it."""
    if isinstance(x, tuple):
        for item in x:
            yield from inputs_in(item)
    elif isinstance(x, Symbol) and x.node.kind == "input":
        yield x.node.what


def is_part(call: Call) -> bool:
    """Return True if a view shows a part of its argument, in order: each such part would need a text of its own."""
    of, part = call.args[0].layout, getattr(call.result, "layout", None)
    return bool(of and part and part.in_order and math.prod(part.shape) < math.prod(of.shape))


def shapes_alone(args: tuple[Any, ...], section: Section) -> tuple[Any, ...]:
    """Arguments for a function that looks at shapes only: empty arrays take the place of what a section computes."""
    return tuple(
        [
            np.empty(x.layout.shape, x.layout.dtype)
            if isinstance(x, Value) and x in section.values and x.layout is not None and x.layout.in_order
            else x
            for x in args
        ]
    )
