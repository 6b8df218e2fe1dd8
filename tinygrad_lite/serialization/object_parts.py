"""The form in which Python's pickler would write an object that is not data: its name, or its parts."""

from __future__ import annotations

import copyreg
import pickle
import sys
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, NamedTuple

from .structure import where

_PROTOCOL = 2


class Name(NamedTuple):
    """The name by which a class, a function or a singleton is found."""

    module: str
    name: str


class Parts(NamedTuple):
    """The parts from which an object is made again.

    Args:
        function: what is called, or the class whose `__new__` is called.
        arguments: what it is called with.
        opcode: which of the two.
        state: what the object is given then.
        items: what is appended to it.
        pairs: what is set in it, by key.
    """

    function: Any
    arguments: tuple[Any, ...]
    opcode: bytes
    state: Any = None
    items: Iterator[Any] | None = None
    pairs: Iterator[tuple[Any, Any]] | None = None


def parts_of(x: Any, path: tuple[Any, ...]) -> Name | Parts:
    """The parts of an object, by the protocol of `copyreg` and `__reduce_ex__`.

    Raises:
        pickle.PicklingError: for what should be found by a name, and is not.
    """
    if isinstance(x, (type, FunctionType)) or (isinstance(x, BuiltinFunctionType) and _is_of_a_module(x)):
        return _found(x, x.__qualname__, path)
    reduce = copyreg.dispatch_table.get(type(x))
    reduced: Any = x.__reduce_ex__(_PROTOCOL) if reduce is None else reduce(x)
    if isinstance(reduced, str):
        return _found(x, reduced, path)
    function, arguments, *rest = reduced
    if getattr(function, "__name__", "") == "__newobj__":
        return Parts(arguments[0], arguments[1:], b"\x81", *rest)
    return Parts(function, arguments, b"R", *rest)


def _is_of_a_module(x: Any) -> bool:
    return x.__self__ is None or isinstance(x.__self__, ModuleType)


def _found(x: Any, name: str, path: tuple[Any, ...]) -> Name:
    module = pickle.whichmodule(x, name)  # type: ignore[attr-defined]  # typeshed has no whichmodule
    found = resolved(module, name) if module in sys.modules else None
    if found is not x:
        raise pickle.PicklingError(
            f"Can't pickle {x!r:.200}: it's not found as {module}.{name}. It is {where(path)} that save was given. "
            "Define it at the top of a file, or save the state_dict() of the model instead"
        )
    return Name(module, name)


def resolved(module: str, name: str) -> Any:
    """Return what has a dotted name in a module that is imported; None if nothing has."""
    found: Any = sys.modules[module]
    for part in name.split("."):
        found = getattr(found, part, None)
    return found
