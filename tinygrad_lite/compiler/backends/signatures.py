"""Functions of machine code: what they are given, their text for the compiler, and their text for readers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from .nodes import scalar_type


class Parameter(NamedTuple):
    """One thing that a function is given.

    Attributes:
        name: its name.
        dtype: the dtype of an array; None for a number of Python's.
        memory: the number by which an array's memory is told from other memory, if that is known to lie apart.
    """

    name: str
    dtype: Any = None
    memory: int | None = None

    def line(self, k: int) -> str:
        """The line that takes it from what Python passes, where it is the k-th object."""
        if self.dtype is None:
            return f"    {self.name} = number(objects, {k})"
        place = place_of(str(k), self.dtype)
        return f"    {self.name} = {place if self.memory is None else f'apart({place}, {self.memory})'}"


def place_of(k: str, dtype: Any) -> str:
    """The expression of where the array begins that Python passes as the k-th object."""
    return f"memory(objects, {k}, {scalar_type(dtype)})"


def function_text(name: str, parameters: Iterable[Parameter], lines: Iterable[str]) -> str:
    """The text of a function for readers; its lines are indented."""
    return "\n".join([f"def {name}({', '.join(p.name for p in parameters)}):", *lines]) + "\n"


def machine_text(parameters: Sequence[Parameter], lines: Iterable[str]) -> str:
    """The text of the function `kernel` for the compiler: Python passes it pointers to objects."""
    taken = [p.line(k) for k, p in enumerate(parameters)]
    return "\n".join(["def kernel(objects):", *taken, *lines]) + "\n"


def inner_text(name: str, parameters: Sequence[Parameter], lines: Iterable[str]) -> str:
    """The text of a function for the compiler that another one calls, with places in memory."""
    apart = [f"    {p.name} = apart({p.name}_, {p.memory})" for p in parameters if p.memory is not None]
    names = [p.name if p.memory is None else f"{p.name}_" for p in parameters]
    return "\n".join([f"def {name}({', '.join(names)}):", *apart, *lines]) + "\n"


def as_indices(text: str) -> str:
    """The text of machine code for readers: elements of memory as those of arrays."""
    text = re.sub(r"\bapart\((.*), \d+\)$", r"\1", text, flags=re.MULTILINE)
    text = re.sub(r"\bmemory\(objects, (at\(.*?\)), [\w.]+\)", r"objects[\1]", text)
    text = re.sub(r"\bmoved\((\w+), (\d+)\)$", r"\1[\2:]", text, flags=re.MULTILINE)
    text = re.sub(r"\b(?:plain|unknown)\((\w+)\)", r"\1", text)
    text = re.sub(r"put\((\w+), ([^,]*), (.*)\)$", r"\1[\2] = \3", text, flags=re.MULTILINE)
    return re.sub(r"\bat\((\w+), ([^(),]*)\)", r"\1[\2]", text)
