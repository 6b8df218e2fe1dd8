"""Codegen: from recorded calls to a program, which is Python that can be read and is run.

A program is text, which Python compiles: a line for each call, and a `del` after the line that needs an array last. It
is what one would write by hand in NumPy for the same steps. The functions that it calls are those of the table: `relu`
is the primitive's forward, `relu_dx` the rule of its derivative by x, `linear_forward` and `linear_backward` are the
kernel and the pullback of a fused operation.
"""

from __future__ import annotations

import functools
import keyword
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..core.primitive import REGISTRY, Fused
from .tracer import Call, Value


def values_in(x: Any) -> Iterable[Value]:
    """The Values in arguments or results."""
    if isinstance(x, Value):
        yield x
    elif type(x) in (tuple, list):
        for item in x:
            yield from values_in(item)


def needed_calls(calls: Sequence[Call], wanted: Iterable[Value]) -> list[Call]:
    """Those calls, in their order, that have an effect or lead to what is wanted."""
    useful = set(wanted)
    kept = []
    for call in reversed(calls):
        if not call.pure or not useful.isdisjoint(values_in(call.result)):
            useful.update(values_in(call.args))
            kept.append(call)
    return kept[::-1]


class Writer:
    """Writes programs that share their names: the forward and the backward program of one compiled call.

    Args:
        preferred: names for objects that are neither arrays nor can be written down, by identity.
    """

    def __init__(self, preferred: dict[int, str]) -> None:
        self.namespace: dict[str, Any] = {}
        self._preferred = preferred
        self._names: dict[Any, str] = {}
        self._numbers: dict[str, int] = {}

    def name(self, value: Value, stem: str, numbered: bool = False) -> str:
        """The name of a value. A new one is the stem, with a number if `numbered` or if the stem is taken."""
        if value not in self._names:
            self._names[value] = self._unused_name(stem, numbered)
        return self._names[value]

    def program(
        self, name: str, given: Sequence[Value], calls: Sequence[Call], outputs: Sequence[Value], kept: Sequence[Value]
    ) -> str:
        """The text of a function of the given values that makes the calls, and returns two tuples: outputs and kept."""
        lines = [f"def {name}({', '.join(self._names[v] for v in given)}):"]
        last = {value: i for i, call in enumerate(calls) for value in values_in((call.args, call.result))}
        returned = {*outputs, *kept}
        for i, call in enumerate(calls):
            line = "    " + self._line(call)
            done = [v for v in dict.fromkeys(values_in((call.args, call.result))) if last[v] == i and v not in returned]
            # What was given is still held by the caller, but for a gradient that is passed to a backward program.
            done = [v for v in done if v.origin == "gradient" or (v.origin == "result" and v not in given)]
            lines.append(line + (f"; del {', '.join(self._names[v] for v in done)}" if done else ""))
        results = [_tuple([self._operand(v) for v in values]) for values in (outputs, kept)]
        lines.append(f"    return {', '.join(results)}")
        return "\n".join(lines) + "\n"

    def functions(self, source: str, name: str) -> tuple[Any, Any]:
        """The forward and, if there is one, the backward function of a text."""
        exec(compile(source, f"<compiled {name}>", "exec"), self.namespace)
        return self.namespace["forward"], self.namespace.get("backward")

    def _line(self, call: Call) -> str:
        name = title(call.function)
        text = f"{self._object(call.function, name)}({', '.join([self._operand(x) for x in call.args])})"
        if call.result is None:
            return text
        stems = _result_names(call.function, name)
        if isinstance(call.result, Value):
            return f"{self.name(call.result, stems[0], numbered=True)} = {text}"
        stems += stems[-1:] * (len(call.result) - len(stems))
        targets = [
            "_" if value is None else self.name(value, stem, numbered=True)
            for value, stem in zip(call.result, stems, strict=False)
        ]
        return f"{', '.join(targets)}{',' * (len(targets) == 1)} = {text}"

    def _operand(self, x: Any) -> str:
        if isinstance(x, Value):
            if x.origin == "constant":
                self.namespace[self.name(x, "constant", numbered=True)] = x.example
            return self._names[x]
        if type(x) is tuple:
            return _tuple([self._operand(item) for item in x])
        if type(x) is list:
            return "[" + ", ".join([self._operand(item) for item in x]) + "]"
        if type(x) is slice:
            return f"slice({self._operand(x.start)}, {self._operand(x.stop)}, {self._operand(x.step)})"
        if x is None or x is Ellipsis or type(x) in (int, bool, str) or (type(x) is float and np.isfinite(x)):
            return repr(x)
        name = x.name if isinstance(x, np.dtype) else getattr(x, "__name__", type(x).__name__)
        return self._object(x, name.lstrip("_").lower())

    def _object(self, thing: Any, stem: str) -> str:
        """The name of an object that is neither an array nor can be written down."""
        key = id(thing)
        if key not in self._names:
            self._names[key] = self._unused_name(self._preferred.get(key, stem))
            self.namespace[self._names[key]] = thing
        return self._names[key]

    def _unused_name(self, stem: str, numbered: bool = False) -> str:
        stem = re.sub(r"\W", "_", stem)
        if not stem or stem[0].isdigit() or keyword.iskeyword(stem):
            stem = "_" + stem
        if not numbered and stem not in self._numbers:
            self._numbers[stem] = 0
            return stem
        while True:
            number = self._numbers[stem] = self._numbers.get(stem, 0) + 1
            name = f"{stem}_{number}"
            if name not in self._numbers:
                self._numbers[name] = 0
                return name


def _tuple(items: list[str]) -> str:
    return f"({', '.join(items)}{',' * (len(items) == 1)})"


@functools.cache
def _table() -> dict[int, tuple[str, list[str]]]:
    """For each function of the table, by identity, its name in programs and the names of its results."""
    found = {}
    for name, p in REGISTRY.items():
        if isinstance(p, Fused):
            found[id(p.kernel)] = f"{name}_forward", [name, f"{name}_saved"]
            found[id(p.pullback)] = f"{name}_backward", [f"d{x}" for x in p.names[: p.differentiable]]
            continue
        for rule in p.rules:
            if rule is not None:
                by = p.names[rule.argument]
                found[id(rule.vjp)] = f"{name}_d{by}", [f"d{by}"]
        found[id(p.forward)] = name, [name]
    return found


def _result_names(function: Callable[..., Any], name: str) -> list[str]:
    return list(_table().get(id(function), (name, [name]))[1])


def title(function: Callable[..., Any]) -> str:
    """The name of a function in programs."""
    if id(function) in _table():
        return _table()[id(function)][0]
    owner = ""
    while isinstance(function, functools.partial):  # a call that is made again: a method is named with its class
        inner, *args = function.func, *function.args
        if args and isinstance(args[0], functools.partial):
            inner, args = args[0], []
        owner = f"{type(args[0]).__name__}_" if args and hasattr(args[0], inner.__name__) else ""
        function = inner
    return owner + getattr(function, "__name__", "call").lstrip("_")
