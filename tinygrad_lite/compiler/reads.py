"""The objects that a function reads beside its arguments, and guards that tell whether they are still the same.

The text of the functions that were entered names variables and attributes. The search goes from the function over all
objects that can be reached by these names, by items of containers, and by what functions close over. Every place on the
way becomes a guard. An object of a type that is not known to be harmless is a refusal, and so is a function that was
entered but cannot be reached in this way. So it does not matter how an object is read: what it is made of is compared.
"""

from __future__ import annotations

import builtins
import functools
import sys
from abc import ABCMeta, get_cache_token
from collections import ChainMap, OrderedDict, deque
from collections.abc import Iterable, MutableMapping
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

import numpy as np

from ..nn import functional
from ..nn.module.module import Module
from ..tensors.tensor import Tensor
from .bytecode import facts, module_named, place, texts_in
from .guard_code import (
    ABSENT,
    Guard,
    attribute,
    cell,
    contents,
    count,
    counts,
    elements,
    empty_item,
    item,
    keys,
    kind_of,
    own_dict,
    slot,
)
from .harmless import CLASSES, CONTAINERS, IMMUTABLE, NAMED_BY, PLAIN, home, home_of, is_of_c, unknown_base

_MAX_ITEMS = 1000
"""A list or dict with more items than this is not compared in every call."""
_MAX_BYTES = 1 << 20
"""A NumPy array of more bytes than this is not compared in every call."""
_MAX_OBJECTS = 50_000
_MAX_GUESSED = 200
"""The number of functions, the nearest ones, that are taken to be entered before it is known which are."""
_MAX_ROUNDS = 4
_OF_EVERY_MODULE = dict.fromkeys(
    """
    training forward _parameters _buffers _modules _forward_pre_hooks _forward_hooks _backward_pre_hooks _backward_hooks
    """.split(),
    "",
)

_OF_PYTHON = "data maps _member_map_ _value2member_map_ _value_ _name_ _data __members__ keywords".split()
"""Attributes of Python's own classes that are read by special methods, which no text names."""

_ABC = ABCMeta.__instancecheck__.__code__.co_filename
_OF_ERRORS = (MemberDescriptorType, GetSetDescriptorType)  # `args` and others, which are in no dict
_LOOKED_AT = ("user", "python", "other rooms")
"""The homes (see `harmless.home`) of functions that are looked into if they are entered."""


class Reads:
    """The places that a function reads, each a guard.

    Args:
        roots: the function and the objects among its arguments.
        entered: the code objects that were entered; None takes those of all functions that are found.
        of_modules: the code objects of the library that read attributes of Modules.
        everything: whether all attributes of objects are followed, because names were computed.

    Attributes:
        guards: the guards, by the identity of the object that is read, and the name of what is read there.
        modules, tensors: the Modules and Tensors that were found.
        containers: the lists, dicts and sets that were found, by identity.
        names: the names of attributes in the functions, each with a line.
        codes: the code objects of the functions whose names were followed.
        refusals: what cannot be guarded, with the line that leads there.
    """

    def __init__(
        self,
        roots: Iterable[Any],
        entered: Iterable[CodeType] | None = None,
        of_modules: Iterable[CodeType] = (),
        everything: Any = None,
    ) -> None:
        self._entered = None if entered is None else {*entered}
        self._everything = bool(everything)
        self.names: dict[str, str] = dict.fromkeys(_OF_PYTHON, "") if entered is None else {}
        self.codes: set[CodeType] = set()
        self._of_tensors: dict[str, str] = {}  # the methods of Tensors that no text of a user names
        self._names_of_modules: dict[str, str] = {}
        # What layers call may be replaced: `functional.linear = ...`.
        self._functional = {name for code in of_modules for name in code.co_names} & vars(functional).keys()
        for code in of_modules:
            found = facts(code).attributes if "getattr" in code.co_names else code.co_names
            self._names_of_modules |= dict.fromkeys([*found, code.co_name], place(code))
            self._of_tensors |= dict.fromkeys([name for name in code.co_names if name[:2] != "__"], place(code))
        for code in entered or ():
            self._add_names(self.names, code)
        for code in entered or ():
            if home(code.co_filename) == "user":
                self._of_tensors |= {name: place(code, line) for name, line in facts(code).operators.items()}
        for _ in range(_MAX_ROUNDS):  # a name that is found on the way may lead to more
            before = len(self.names), self._everything
            self._search(roots)
            if before == (len(self.names), self._everything):
                break
        else:
            self.refusals.append(("more names can be reached than are compared", ""))

    def _search(self, roots: Iterable[Any]) -> None:
        self.guards: dict[tuple[int, str], Guard] = {}
        self.modules: dict[Module, None] = {}
        self.tensors: dict[Tensor, None] = {}
        self.containers: dict[int, Any] = {}
        self.refusals: list[tuple[str, str]] = []
        self._found: set[CodeType] = set()
        self._visited: dict[int, Any] = {}
        self._classes: dict[int, type] = {}
        self._known_classes: list[Any] = []
        self._waiting = deque((root, "an argument", "") for root in roots)  # the nearest first
        if self._entered is not None:
            self._visit_class(Tensor)
            for name in sorted(self._functional):
                self._item(vars(functional), name, "")
        while self._waiting and len(self._visited) < _MAX_OBJECTS:
            self._visit(*self._waiting.popleft())
        if self._known_classes:
            self._add(self, "[classes]", counts(self._known_classes, "the attributes of known classes", ""))
        if any(code.co_filename == _ABC for code in self._entered or ()):  # isinstance() may ask what is registered
            token = Guard("{0}() == {value}", (get_cache_token,), get_cache_token, "the registered classes", "")
            self._add(self, "[registered]", token)
        if self._waiting:
            self.refusals.append(("more objects can be reached than are compared", ""))
        for code in (self._entered or set()) - self._found:
            self.refusals.append((f"{code.co_name}() is called, but not by a name that leads to it", place(code)))

    def _add_names(self, names: dict[str, str], code: CodeType) -> None:
        if names is self.names:
            self.codes.add(code)
        for name, line in facts(code).attributes.items():
            names.setdefault(name, place(code, line))
        names.setdefault(code.co_name, place(code))

    # ------------------------------------------------------------------------------------------------ the guards

    def _add(self, holder: Any, what: str, guard: Guard) -> Any:
        self.guards.setdefault((id(holder), what), guard)
        return guard.value

    def _item(self, values: Any, name: str, line: str, holder: Any = None) -> None:
        key = id(values if holder is None else holder), name
        if key not in self.guards:
            guard = self.guards[key] = item(values, name, line)
            if self._everything and type(guard.value) is str and guard.value.isidentifier():
                self.names.setdefault(guard.value, line)
            if type(guard.value) not in PLAIN:
                self._waiting.append((guard.value, name, line))

    def _attribute(self, holder: Any, name: str, line: str) -> None:
        self._waiting.append((self._add(holder, name, attribute(holder, name, line)), name, line))

    def _contents(self, value: Any, name: str, line: str) -> None:
        kind = next(kind for kind in CONTAINERS if isinstance(value, kind))
        if len(value) > _MAX_ITEMS:
            self.refusals.append((f"{name!r} is a container of very many items", line))
            return
        if not isinstance(value, (tuple, frozenset)):
            self.containers[id(value)] = value
            self._add(value, "[contents]", contents(value, name, line))
        parts = [*dict.keys(value), *dict.values(value)] if kind is dict else [*kind.__iter__(value)]
        self._waiting += [(part, name, line) for part in parts]

    # ------------------------------------------------------------------------------------------------ the search

    def _visit(self, value: Any, name: str, line: str) -> None:
        kind = type(value)
        if kind in IMMUTABLE or id(value) in self._visited or isinstance(value, (np.dtype, np.generic)):
            return
        if value is ABSENT:
            return
        self._visited[id(value)] = value
        if isinstance(value, Tensor):
            self.tensors[value] = None
            self._visit_class(kind)
            self._visit_attributes(value, vars(value), self.names, f"a {kind.__name__}", line)
        elif kind is np.ndarray and value.nbytes <= _MAX_BYTES and not value.dtype.hasobject:
            self._add(value, "[contents]", elements(value, name, line))
        elif kind in CONTAINERS or kind is OrderedDict:
            self._contents(value, name, line)
        elif kind is FunctionType:
            self._visit_function(value, name, line)
        elif kind is MethodType:
            self._waiting += [(value.__func__, name, line), (value.__self__, name, line)]
        elif kind is BuiltinFunctionType:
            self._waiting.append((value.__self__, name, line))
        elif kind is functools.partial:
            self._waiting += [(part, name, line) for part in (value.func, value.args, value.keywords)]
        elif kind is ModuleType or isinstance(value, ModuleType):
            self._visit_module(value)
        elif isinstance(value, type):
            if is_of_c(value) and value not in CLASSES and not issubclass(value, (BaseException, np.generic)):
                self._unknown(value, name, line, f"the class {value.__name__}")
            self._visit_class(value)
        elif kind in (staticmethod, classmethod):
            self._waiting.append((value.__func__, name, line))
        elif kind is property:
            self._waiting += [(part, name, line) for part in (value.fget, value.fset, value.fdel) if part is not None]
        elif kind in NAMED_BY:
            self._waiting.append((value.__reduce__()[1], name, line))
            for text in texts_in(value.__reduce__()[1]):
                self.names.setdefault(text, line)
        else:
            self._visit_object(value, name, line)

    def _unknown(self, value: Any, name: str, line: str, what: str) -> None:
        if isinstance(value, np.ndarray):
            reason = f"{name!r} is a NumPy array, too large to be compared in every call: use from_numpy(array)"
        else:
            reason = f"{name!r} is {what}, of which it is not known what is read and changed"
        self.refusals.append((reason, line))

    def _visit_function(self, function: FunctionType, name: str, line: str) -> None:
        code = function.__code__
        whose = home_of(code, function.__globals__)
        if whose not in _LOOKED_AT:
            for variable in function.__closure__ or ():  # as of a decorator such as no_grad()
                self._waiting.append((cell(variable, name, line).value, name, line))
            return
        if whose == "user" or function.__dict__ or (self._entered is not None and code in self._entered):
            self._add(function, "[dict]", own_dict(function, f"{name}'s attributes", line))
            self._add(function, "[attributes]", keys(function.__dict__, f"{name}'s attributes", line))
            for key in [key for key in self.names if key in function.__dict__]:
                self._item(function.__dict__, key, self.names[key])
        if self._entered is None and whose == "user":
            if len(self.codes) > _MAX_GUESSED and code not in self.codes:
                return
            for inner in _with_inner(code):
                self._add_names(self.names, inner)
                self._everything = self._everything or "getattr" in inner.co_names
        elif self._entered is None or code not in self._entered:
            return
        line = place(code)
        for what in ("__code__", "__defaults__", "__kwdefaults__"):
            self._attribute(function, what, line)
        for free, variable in zip(code.co_freevars, function.__closure__ or (), strict=True):
            reads = [place(x, facts(x).closed_over[free]) for x in _with_inner(code) if free in facts(x).closed_over]
            at = next(iter(reads), line)
            self._waiting.append((self._add(variable, free, cell(variable, free, at)), free, at))
        for inner in _with_inner(code):
            self._found.add(inner)
            if self._entered is None or inner in self._entered:
                self._visit_globals(inner, function.__globals__)

    def _visit_globals(self, code: CodeType, values: dict[str, Any]) -> None:
        for name, number in facts(code).globals.items():
            line = place(code, number)
            self._item(values, name, line)
            if name not in values:
                self._item(vars(builtins), name, line)
        for (name, level), number in facts(code).imports.items():
            line = place(code, number)
            full = module_named(name, level, values.get("__package__"))
            parts = full.split(".")
            for end in range(1, len(parts) + 1):
                self._item(sys.modules, ".".join(parts[:end]), line)

    def _visit_module(self, module: ModuleType) -> None:
        values = vars(module)
        users = _home_of_module(module) == "user" and not is_library(module)
        all_names = users and self._entered is not None
        for name in [name for name in self.names if all_names or name in values]:
            self._item(values, name, self.names[name])
        if users and "__getattr__" in values:
            self._item(values, "__getattr__", "")

    def _visit_class(self, kind: type) -> None:
        """A class and its bases, and the class of which it is an instance itself."""
        for base in kind.__mro__:
            looked_at = self._entered is not None or _home_of(base) in ("user", "python")
            if looked_at and id(base) not in self._classes and not is_of_c(base):
                self._classes[id(base)] = base
                self._visit_one_class(base)
        if type(kind) is not type:
            self._visit_class(type(kind))

    def _visit_one_class(self, kind: type) -> None:
        values, whose = vars(kind), _home_of(kind)
        line = f" (class {kind.__name__})"
        if whose == "user":
            self._add(kind, "[bases]", attribute(kind, "__mro__", line))
            self._add(kind, "[attributes]", keys(values, f"{kind.__name__}'s attributes", line))
        else:
            self._known_classes.append(values)
        names = self._names_for("modules" if issubclass(kind, Module) else whose)
        if kind in Tensor.__mro__ or issubclass(kind, Tensor):
            names = ChainMap(self.names, self._of_tensors)
        named = {*values} if self._everything and whose == "user" else names.keys() & values.keys()
        # Special methods are called without being named.
        if self._entered is None and whose == "user":
            named |= {x for x in values if x.startswith("__") and isinstance(values[x], FunctionType)}
        elif self._entered and whose in _LOOKED_AT:
            named |= {x for x in values if any(f.__code__ in self._entered for f in functions_in(values[x]))}
        for name in sorted(named):
            if name != "__annotations__" or whose == "user":
                self._item(values, name, names.get(name, line), kind)

    def _names_for(self, whose: str) -> MutableMapping[str, str]:
        """The names that may be read of an object whose class belongs to such code (see `home`)."""
        if whose != "modules":
            return self.names
        return ChainMap(self.names, self._names_of_modules, _OF_EVERY_MODULE)

    def _visit_object(self, value: Any, name: str, line: str) -> None:
        kind: Any = type(value)
        unknown = unknown_base(kind)
        if unknown is not None:
            self._unknown(value, name, line, f"a {kind.__name__}")
            return
        self._add(value, "[type]", kind_of(value, f"the class of {name}", line))
        self._visit_class(kind)
        for base in CONTAINERS:
            if isinstance(value, base):
                self._contents(value, name, line)
        if isinstance(value, Module):
            self.modules[value] = None
        names = self._names_for("modules" if isinstance(value, Module) else _home_of(kind))
        values = attributes_of(value)
        if values is not None:
            self._visit_attributes(value, values, names, name, line)
        for base in kind.__mro__:
            for key, descriptor in vars(base).items():
                if type(descriptor) is MemberDescriptorType and key in names and not is_of_c(base):
                    guard = slot(value, descriptor, key, names[key])
                    self._waiting.append((self._add(value, key, guard), key, names[key]))
                elif issubclass(base, BaseException) and isinstance(descriptor, _OF_ERRORS) and key in names:
                    self._attribute(value, key, names[key])

    def _visit_attributes(self, value: Any, values: Any, names: MutableMapping[str, str], name: str, line: str) -> None:
        # A layer of the library has many attributes, and always the same: their number is enough to compare.
        library = isinstance(value, Module) and _home_of(type(value)) == "modules"
        self._add(value, "[dict]", own_dict(value, f"the attributes of {name}", line))
        guard = (count if library else keys)(values, f"the attributes of {name}", line)
        self._add(values, "[attributes]", guard)
        # What the library reads of Modules is not known before the call.
        follow_all = isinstance(value, Module) if self._entered is None else False
        follow_all = follow_all or (self._everything and _home_of(type(value)) == "user")
        for key in [*values] if follow_all else [key for key in values if key in names or key == "__wrapped__"]:
            if key in _OF_EVERY_MODULE and type(values[key]) is dict and not values[key] and isinstance(value, Module):
                self._add(values, key, empty_item(values, key, names.get(key, line)))
            else:
                self._item(values, key, names.get(key, line))


def is_library(module: ModuleType) -> bool:
    """True for a module of this library."""
    return module.__name__.partition(".")[0] == __name__.partition(".")[0]


def attributes_of(value: Any) -> Any:
    """The dict of an object's attributes, without calling any code of its class; None if it has none."""
    try:
        return object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None


def functions_in(value: Any) -> list[FunctionType]:
    """The functions in what stands in a class: a method, a property or another descriptor."""
    if isinstance(value, property):
        return [f for x in (value.fget, value.fset, value.fdel) for f in functions_in(x)]
    if isinstance(value, (staticmethod, classmethod)):
        return functions_in(value.__func__)
    if isinstance(value, FunctionType):
        return [value]
    held = {} if isinstance(value, type) else attributes_of(value) or {}
    return [x for name in ("func", "fget") if isinstance(x := held.get(name), FunctionType)]


def _home_of(kind: type) -> str:
    return _home_of_module(sys.modules.get(kind.__module__))


def _home_of_module(module: Any) -> str:
    return home((attributes_of(module) or {}).get("__file__") or "")


def _with_inner(code: CodeType) -> list[CodeType]:
    """A code object, and those of the functions inside it."""
    inner = [_with_inner(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    return [code, *[x for found in inner for x in found]]
