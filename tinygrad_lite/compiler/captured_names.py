"""The values that the Python code of a function reads beside its arguments, as far as its text names them.

For the function, and for the user's functions and methods that it names, these are globals, the contents of closures,
defaults, and of the objects among them the attributes that the text names. What the library, Python itself or installed
packages define is taken to stay as it is.
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
_NOT_THE_USERS = (
    str(Path(__file__).parents[1]),
    str(Path(functools.__file__).parent),
    str(Path(np.__file__).parents[1]),
)
"""The folders of the library, of Python's own modules and of installed packages."""

_MAX_ITEMS = 1000
"""A list or dict with more items than this is not compared in every call."""


def same(a: Any, b: Any) -> bool:
    """True if two values are interchangeable: identical, plain with the same text, or tuples or lists of such."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if type(a) is tuple or type(a) is list:
        return len(a) == len(b) and all(map(same, a, b))
    return isinstance(a, _PLAIN) and repr(a) == repr(b)  # 0.0 is not -0.0


def snapshot(value: Any, depth: int = 4) -> Any:
    """A copy that can be compared later: the contents of lists, dicts and sets, and every other object itself."""
    if depth and isinstance(value, (list, tuple, set)):
        return [type(value), *[snapshot(item, depth - 1) for item in value]]
    if depth and isinstance(value, dict):
        return [type(value), *[(key, snapshot(item, depth - 1)) for key, item in value.items()]]
    return value


class CapturedNames:
    """The values of the names that a function reads, found once, and whether they are still the same.

    Attributes:
        modules, tensors: the Modules and Tensors among the values.
        containers: the lists, dicts and sets among the values, by identity, each with its name.
        names: all names in the text of the functions.
        reads: how each value is read, by the identity of the object that has it and by its name there.
        has_huge_container: whether there is a container too large to be compared in every call.
    """

    def __init__(self, function: Callable[..., Any], objects: Iterable[Any] = ()) -> None:
        self.modules: dict[Module, None] = {}
        self.tensors: dict[Tensor, None] = {}
        self.names: set[str] = set()
        self.has_huge_container = False
        self.reads: dict[tuple[int, str], tuple[Callable[[Any], Any], Any]] = {}
        self.containers: dict[int, tuple[Any, str]] = {}
        self._visited: set[tuple[int, frozenset[str]]] = set()
        names = _names_in(function)
        for value in (function, *objects):
            self._visit(value, names, "an argument")
        self._remember()

    def add(self, modules: Iterable[Module]) -> None:
        """Continue the search from modules that turned out to be called."""
        for module in modules:
            self._visit(module, frozenset(), type(module).__name__)
        self._remember()

    def changed(self) -> str | None:
        """The name of a value that is no longer the same; None if all are."""
        now = self._current_values()
        if not all(map(is_, now, self._values)):
            for value, before, (_, name) in zip(now, self._values, self.reads, strict=True):
                if value is not before and (type(before) is list or not same(value, before)):
                    return name
        for (container, name), before in self._contents:
            if not same(snapshot(container, 1), before):
                return name
        return None

    def _remember(self) -> None:
        self._getters = [*self.reads.values()]
        self._values = self._current_values()
        self._contents = [(place, snapshot(place[0], 1)) for place in self.containers.values()]

    def _current_values(self) -> list[Any]:
        return [get(key) for get, key in self._getters]

    # ------------------------------------------------------------------------------------------------ the search

    def _visit(self, value: Any, names: frozenset[str], name: str) -> None:
        """Look at a value that the text with these names may use."""
        if isinstance(value, (*_PLAIN, Empty)) or (id(value), names) in self._visited:
            return
        self._visited.add((id(value), names))
        if isinstance(value, Tensor):
            self.tensors[value] = None
        elif isinstance(value, (list, tuple, set, dict)):
            self._visit_container(value, names, name)
        elif isinstance(value, FunctionType):
            self._visit_function(value)
        elif isinstance(value, MethodType):
            self._visit(value.__func__, names, name)
            self._visit(value.__self__, names | _names_in(value), name)
        elif isinstance(value, functools.partial):
            self._visit((value.func, *value.args, *value.keywords.values()), names, name)
        elif isinstance(value, ModuleType):
            if _is_users_file(getattr(value, "__file__", None)):
                self._read_attributes(value, names)
        elif "__wrapped__" in _attributes(value) and not isinstance(value, type):
            self._visit(value.__wrapped__, names, name)
        elif isinstance(value, Module) or not callable(value) or _is_users_class(_class_of(value)):
            self._visit_object(value, names)

    def _visit_container(self, value: Any, names: frozenset[str], name: str) -> None:
        items = [*value.values()] if isinstance(value, dict) else [*value]
        if len(items) > _MAX_ITEMS:
            self.has_huge_container = True
            return
        if not isinstance(value, tuple):
            self.containers[id(value)] = value, name
        for item in items:
            self._visit(item, names, name)

    def _visit_function(self, function: FunctionType) -> None:
        if hasattr(function, "__wrapped__"):
            self._visit(function.__wrapped__, frozenset(), function.__name__)
        if not _is_users_file(function.__code__.co_filename):
            return
        names, global_names, cells = captured(function)
        self.names |= names
        values = function.__globals__
        for name in global_names:
            self._read(values, name, values.get, name, names)
        for name, cell in cells.items():
            self._read(cell, name, cell_content, cell, names)
        for value in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._visit(value, names, "a default")

    def _visit_object(self, value: Any, names: frozenset[str]) -> None:
        """Visit the attributes of an object and its class that are named, and what the methods name that are named."""
        if isinstance(value, Module):
            self.modules[value] = None
            names |= {"forward"}
            hooks = value._forward_pre_hooks, value._forward_hooks
            for part in (*value.children(), *[hook.call for some in hooks for hook in some.values()]):
                self._visit(part, frozenset(), "a hook")
        elif callable(value):
            names |= {"__call__"}
        classes = [kind for kind in _class_of(value).__mro__ if _is_users_class(kind)]
        before = None
        while names != before:  # until no further method is named
            before = names
            for kind in classes:
                names = names.union(*[_names_in(vars(kind)[name]) for name in names & vars(kind).keys()])
        for holder in (*classes, value):
            self._read_attributes(holder, names)
        for kind in classes:
            for name in sorted(names & vars(kind).keys()):  # the object's own may hide the class's, or be in a slot
                get = functools.partial(_slot, value) if isinstance(vars(kind)[name], MemberDescriptorType) else None
                self._read(value, name, get or _attributes(value).get, name, names)
        if not isinstance(value, (Module, type)) and _attributes(value):
            self._read(value, f"{type(value).__name__}'s attributes", len, _attributes(value), names)

    def _read_attributes(self, holder: Any, names: frozenset[str]) -> None:
        values = _attributes(holder)
        for name in sorted(names & values.keys()):
            self._read(holder, name, values.get, name, names)

    def _read(self, holder: Any, name: str, get: Callable[[Any], Any], key: Any, names: frozenset[str]) -> None:
        self.reads[id(holder), name] = get, key
        self._visit(get(key), names, name)


def _names_in(function: Any) -> frozenset[str]:
    """The names in a function or method, in any form in which it may stand in a class."""
    if isinstance(function, (staticmethod, classmethod, MethodType)):
        function = function.__func__
    elif isinstance(function, property):
        function = function.fget
    elif isinstance(function, functools.cached_property):
        function = function.func
    return names_in(function.__code__) if isinstance(function, FunctionType) else frozenset()


def _attributes(value: Any) -> Any:
    """The attributes of an object, without calling any code of its class."""
    try:
        return object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}


def _slot(value: Any, name: str) -> Any:
    return getattr(value, name, None)


def _class_of(value: Any) -> type:
    """A class itself; of anything else its class."""
    return value if isinstance(value, type) else type(value)


def _is_users_class(kind: type) -> bool:
    if kind.__module__ == "__main__":
        return True
    return _is_users_file(getattr(sys.modules.get(kind.__module__), "__file__", None))


def _is_users_file(file: str | None) -> bool:
    return file is not None and not file.startswith(_NOT_THE_USERS)
