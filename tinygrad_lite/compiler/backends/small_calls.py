"""Small calls of a program that take machine code a tenth of the time: checks of indices and labels, and counting."""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

import numpy as np

from ...core import versions
from ...core.primitive import Array
from ...nn.functional import embeddings, loss_arguments
from ..codegen import needed_calls, values_in
from ..tracer import Call, Value
from .machine_code import machine_code

WRITE = inspect.unwrap(versions.write)

CHECK_INDICES = inspect.unwrap(embeddings._check_indices)
CHECK_LABELS = inspect.unwrap(loss_arguments._check_labels)
CHECKS: dict[Any, int] = {CHECK_INDICES: 0, CHECK_LABELS: 1}
"""The functions that refuse whole numbers outside a range, and the place of those; behind it stands the range's end."""

CHECK = """
def kernel(objects):
    codes, count, end = memory(objects, 0, np.int64), np.int64(number(objects, 1)), np.int64(number(objects, 2))
    outside = 0
    for i in range(count):
        outside += at(codes, i) < 0 or at(codes, i) >= end
    if outside > 0:
        return False
    return True
"""

ADD = """
def kernel(objects):
    count = memory(objects, 0, np.int64)
    put(count, 0, at(count, 0) + np.int64(number(objects, 1)))
"""


def check_writable(*arrays: Array) -> None:
    """See that memory can be written before machine code does it.

    Raises:
        ValueError: NumPy's, if some cannot.
    """
    for x in arrays:
        if not x.flags.writeable:
            raise ValueError("assignment destination is read-only")


def checks_of_writes(written: Iterable[Value]) -> list[Call]:
    """The calls that see that memory can be written; of what comes from outside the guards know it."""
    given = tuple([v for v in written if v.origin == "argument"])
    return [Call(check_writable, given, None, False)] if given else []


class Check:
    """A check, which calls the function that raises the error only if there is something outside the range."""

    def __init__(self, call: Call, place: int, codes: Value) -> None:
        self.__name__ = call.function.__name__
        self._function, self._place = call.function, place
        self._count, self._end = float(_size(codes)), float(call.args[place + 1])
        self._code = machine_code(CHECK, {})

    def __call__(self, *args: Any) -> None:
        if not self._code(args[self._place], self._count, self._end):
            self._function(*args)


class CheckAhead:
    """A check that is made before machine code, but that was behind some calls of it which write to memory.

    If it fails, these calls are made by NumPy before the error is raised: so the memory is as if they came first.
    """

    def __init__(self, check: Call, calls: Sequence[Call]) -> None:
        self.__name__ = check.function.__name__
        self._check, self._own = quick(check).function, len(check.args)
        self._calls = calls
        made = {*values_in([call.result for call in calls])}
        self.needed = [v for v in dict.fromkeys(values_in([call.args for call in calls])) if v not in made]

    def __call__(self, *args: Any) -> None:
        try:
            self._check(*args[: self._own])
        except Exception:
            found = dict(zip(self.needed, args[self._own :], strict=True))
            with np.errstate(all="ignore"):
                for call in self._calls:
                    _bind(call.result, call.function(*_with_arrays(call.args, found)), found)
            raise


def ahead(check: Call, calls: Sequence[Call], written: Container[Value], made: Container[Value]) -> Call:
    """A check in a form that can be made before some calls; if it fails, what they write is not lost.

    Args:
        calls, written: the calls, and what they write.
        made: what is there before them, beside what comes from outside.
    """
    writes = [call for call in calls if any(v in written for v in values_in(call.args))]
    if not writes:
        return check
    found = CheckAhead(check, needed_calls(calls, values_in([call.result for call in writes])))
    if not all(v in made or v.origin in ("argument", "captured", "constant") for v in found.needed):
        return check
    return Call(found, (*check.args, *found.needed), None, check.pure, check.modules)


def _with_arrays(x: Any, found: dict[Value, Any]) -> Any:
    """Arguments with arrays in place of Values."""
    if type(x) in (tuple, list):
        return type(x)([_with_arrays(item, found) for item in x])
    return found[x] if isinstance(x, Value) else x


def _bind(result: Any, made: Any, found: dict[Value, Any]) -> None:
    """Note what a call returned."""
    if isinstance(result, Value):
        found[result] = made
    elif isinstance(result, tuple):
        for value, item in zip(result, made, strict=False):
            _bind(value, item, found)


class Count:
    """Adding to one whole number in place, as a layer does that counts its batches. The write is noted."""

    __name__ = "count"

    def __init__(self) -> None:
        self._known: tuple[Any, Any] = (None, None)
        self._code = machine_code(ADD, {})

    def __call__(self, function: Callable[..., Any], array: Any, amount: float) -> None:
        known, records = self._known
        if known is not array:
            records = versions.in_turn(versions.records_of, (array,))
            self._known = array, records
        self._code(array, amount)
        versions.in_turn(versions.note_in, records)


def quick(call: Call) -> Call:
    """A small call in its quick form; other calls, and those of which too little is known, as they are."""
    place = CHECKS.get(call.function)
    try:
        if place is not None and _is_known(call.args[place]) and type(call.args[place + 1]) is int:
            return Call(Check(call, place, call.args[place]), call.args, call.result, call.pure, call.modules)
        if call.function is WRITE and call.args[0] is operator.iadd:
            _, count, amount = call.args
            if _is_known(count) and _size(count) == 1 and type(amount) is int:
                return Call(Count(), (operator.iadd, count, float(amount)), call.result, call.pure, call.modules)
    except Exception:  # whatever it is, the call can be made as it is
        pass
    return call


def _is_known(x: Any) -> bool:
    """Return True for whole numbers of which the guards see to it that they lie in order."""
    if not isinstance(x, Value) or x.origin not in ("argument", "captured") or x.layout is None:
        return False
    return x.layout.dtype == np.int64 and x.layout.in_order and not x.layout.number


def _size(x: Value) -> int:
    return math.prod(x.layout.shape) if x.layout is not None else 0
