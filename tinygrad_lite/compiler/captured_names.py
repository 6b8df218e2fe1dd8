"""What the Python of a function reads beside its arguments, as far as its own text names it.

Of the function, and of the user's functions and methods that it names: globals, what closures hold, defaults, and of
the objects among them those attributes that the text names. What the library or Python itself defines stays as it is.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable
from operator import is_
from pathlib import Path
from types import FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

import numpy as np

from ..nn.module.module import Module
from ..runtime.closures import Empty, captured, cell_content, names_in
from ..tensors.tensor import Tensor

_PLAIN = (bool, int, float, complex, str, bytes, type(None))
_FOREIGN = (str(Path(__file__).parents[1]), str(Path(functools.__file__).parent), str(Path(np.__file__).parents[1]))
"""Where the library is, Python's own, and what is installed."""

_MANY = 1000
"""Items of lists and dicts that are looked at in each call."""


def same(a: Any, b: Any) -> bool:
    """Whether two values are interchangeable: identical, or plain and written alike, or tuples or lists of such."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if type(a) is tuple or type(a) is list:
        return len(a) == len(b) and all(map(same, a, b))
    return isinstance(a, _PLAIN) and repr(a) == repr(b)  # 0.0 is not -0.0


def seen(value: Any, depth: int = 4) -> Any:
    """What can be compared later: lists, dicts and sets as their contents, anything else as it is."""
    if depth and isinstance(value, (list, tuple, set)):
        return [type(value), *[seen(item, depth - 1) for item in value]]
    if depth and isinstance(value, dict):
        return [type(value), *[(key, seen(item, depth - 1)) for key, item in value.items()]]
    return value


class Names:
    """The values of names, found once, and whether they are still the same.

    Attributes:
        modules, tensors: those among the values.
        containers: the lists, dicts and sets among them, by identity, each with its name.
        text: all names in the texts.
        places: what is read, by the identity of what it is in and its name.
        vast: whether there is a container too large to be looked at in each call.
    """

    def __init__(self, function: Callable[..., Any], others: Iterable[Any] = ()) -> None:
        self.modules: dict[Module, None] = {}
        self.tensors: dict[Tensor, None] = {}
        self.text: set[str] = set()
        self.vast = False
        self.places: dict[tuple[int, str], tuple[Callable[[Any], Any], Any]] = {}
        self.containers: dict[int, tuple[Any, str]] = {}
        self._visited: set[tuple[int, frozenset[str]]] = set()
        names = _names(function)
        for value in (function, *others):
            self._visit(value, names, "an argument")
        self._remember()

    def add(self, modules: Iterable[Module]) -> None:
        """Go on from modules that turned out to be called."""
        for module in modules:
            self._visit(module, frozenset(), type(module).__name__)
        self._remember()

    def changed(self) -> str | None:
        """The name of something that is not what it was."""
        now = self._now()
        if not all(map(is_, now, self._values)):
            for value, was, (_, name) in zip(now, self._values, self.places, strict=True):
                if value is not was and (type(was) is list or not same(value, was)):
                    return name
        for (container, name), was in self._contents:
            if not same(seen(container, 1), was):
                return name
        return None

    def _remember(self) -> None:
        self._reads = [*self.places.values()]
        self._values = self._now()
        self._contents = [(place, seen(place[0], 1)) for place in self.containers.values()]

    def _now(self) -> list[Any]:
        return [get(key) for get, key in self._reads]

    # ------------------------------------------------------------------------------------------------ the search

    def _visit(self, value: Any, names: frozenset[str], name: str) -> None:
        """Look at a value, which the text that has these names may use."""
        if isinstance(value, (*_PLAIN, Empty)) or (id(value), names) in self._visited:
            return
        self._visited.add((id(value), names))
        if isinstance(value, Tensor):
            self.tensors[value] = None
        elif isinstance(value, (list, tuple, set, dict)):
            self._container(value, names, name)
        elif isinstance(value, FunctionType):
            self._function(value)
        elif isinstance(value, MethodType):
            self._visit(value.__func__, names, name)
            self._visit(value.__self__, names | _names(value), name)
        elif isinstance(value, functools.partial):
            self._visit((value.func, *value.args, *value.keywords.values()), names, name)
        elif isinstance(value, ModuleType):
            if not _foreign(getattr(value, "__file__", None)):
                self._attributes(value, names)
        elif "__wrapped__" in _dict(value) and not isinstance(value, type):
            self._visit(value.__wrapped__, names, name)
        elif isinstance(value, Module) or not callable(value) or _own(_kind(value)):
            self._object(value, names)

    def _container(self, value: Any, names: frozenset[str], name: str) -> None:
        items = [*value.values()] if isinstance(value, dict) else [*value]
        if len(items) > _MANY:
            self.vast = True
            return
        if not isinstance(value, tuple):
            self.containers[id(value)] = value, name
        for item in items:
            self._visit(item, names, name)

    def _function(self, function: FunctionType) -> None:
        if hasattr(function, "__wrapped__"):
            self._visit(function.__wrapped__, frozenset(), function.__name__)
        if _foreign(function.__code__.co_filename):
            return
        names, global_names, cells = captured(function)
        self.text |= names
        values = function.__globals__
        for name in global_names:
            self._place(values, name, values.get, name, names)
        for name, cell in cells.items():
            self._place(cell, name, cell_content, cell, names)
        for value in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._visit(value, names, "a default")

    def _object(self, value: Any, names: frozenset[str]) -> None:
        """Its attributes, and its class's, that are named; and what the methods name that are named."""
        if isinstance(value, Module):
            self.modules[value] = None
            names |= {"forward"}
            hooks = value._forward_pre_hooks, value._forward_hooks
            for part in (*value.children(), *[hook.call for some in hooks for hook in some.values()]):
                self._visit(part, frozenset(), "a hook")
        elif callable(value):
            names |= {"__call__"}
        kinds = [kind for kind in _kind(value).__mro__ if _own(kind)]
        before = None
        while names != before:  # until no further method is named
            before = names
            for kind in kinds:
                names = names.union(*[_names(vars(kind)[name]) for name in names & vars(kind).keys()])
        for holder in (*kinds, value):
            self._attributes(holder, names)
        for kind in kinds:
            for name in sorted(names & vars(kind).keys()):  # its own may hide the class's, or be in a slot
                get = functools.partial(_slot, value) if isinstance(vars(kind)[name], MemberDescriptorType) else None
                self._place(value, name, get or _dict(value).get, name, names)
        if not isinstance(value, (Module, type)) and _dict(value):
            self._place(value, f"{type(value).__name__}'s attributes", len, _dict(value), names)

    def _attributes(self, holder: Any, names: frozenset[str]) -> None:
        values = _dict(holder)
        for name in sorted(names & values.keys()):
            self._place(holder, name, values.get, name, names)

    def _place(self, holder: Any, name: str, get: Callable[[Any], Any], key: Any, names: frozenset[str]) -> None:
        self.places[id(holder), name] = get, key
        self._visit(get(key), names, name)


def _names(function: Any) -> frozenset[str]:
    """The names in a function or method, as it may stand in a class."""
    if isinstance(function, (staticmethod, classmethod, MethodType)):
        function = function.__func__
    elif isinstance(function, property):
        function = function.fget
    elif isinstance(function, functools.cached_property):
        function = function.func
    return names_in(function.__code__) if isinstance(function, FunctionType) else frozenset()


def _dict(value: Any) -> Any:
    """The attributes of an object, without asking it."""
    try:
        return object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}


def _slot(value: Any, name: str) -> Any:
    return getattr(value, name, None)


def _kind(value: Any) -> type:
    """The class that a value is, or is of."""
    return value if isinstance(value, type) else type(value)


def _own(kind: type) -> bool:
    """Whether a class is the user's."""
    return kind.__module__ == "__main__" or not _foreign(getattr(sys.modules.get(kind.__module__), "__file__", None))


def _foreign(file: str | None) -> bool:
    """Whether a file is the library's, or Python's."""
    return file is None or file.startswith(_FOREIGN)
