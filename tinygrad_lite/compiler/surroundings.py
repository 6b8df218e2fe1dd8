"""What a function rests on beside its arguments: the values of the names it reads, modules, Tensors from outside."""

from __future__ import annotations

import builtins
import types
from collections.abc import Callable, Iterable, Sequence
from operator import is_
from typing import Any

from .. import dtypes, tracing
from ..grad_mode import state
from ..graph import Leaf
from ..nn.module import Module
from ..tensor import Tensor

_PLAIN = (bool, int, float, str, bytes, tuple, type(None))


def same(a: Any, b: Any) -> bool:
    """Whether two values are interchangeable: identical, or equal and plain."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if type(a) is tuple or type(a) is list:
        return len(a) == len(b) and all(map(same, a, b))
    return isinstance(a, _PLAIN) and repr(a) == repr(b)  # 0.0 is not -0.0


class Names:
    """The values of the names that a function's own code reads from outside: globals, closures, attributes of self."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.places: list[Callable[[], Any]] = []
        while hasattr(function, "__wrapped__"):
            self._add(function)
            function = function.__wrapped__
        self._add(function)
        self.values = self.now()

    def _add(self, function: Any) -> None:
        owner = getattr(function, "__self__", None)
        code = getattr(function, "__code__", None)
        if code is None:
            return
        read = set(code.co_names)
        for name in sorted(read & function.__globals__.keys()):
            if not isinstance(function.__globals__[name], types.ModuleType):
                self.places.append(lambda name=name: function.__globals__.get(name))  # type: ignore[misc]
        for cell in function.__closure__ or ():
            self.places.append(lambda cell=cell: _content(cell))  # type: ignore[misc]
        if owner is not None and not isinstance(owner, Module):
            for name in sorted(read & getattr(owner, "__dict__", {}).keys()):
                self.places.append(lambda name=name: owner.__dict__.get(name))  # type: ignore[misc]
        self.fixed = [owner, *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]

    def now(self) -> list[Any]:
        """The values as they are."""
        return [place() for place in self.places]

    def unchanged(self) -> bool:
        """Whether they are what they were."""
        now = self.now()
        return all(map(is_, now, self.values)) or all(map(same, now, self.values))

    def all(self) -> Iterable[Any]:
        """The values, those that cannot change too, and what lists, tuples and dicts among them hold."""
        for value in (*self.values, *self.fixed):
            yield value
            if isinstance(value, (list, tuple)):
                yield from value
            elif isinstance(value, dict):
                yield from value.values()


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty
        return builtins.NotImplemented


class Surroundings:
    """What one variant of a compiled function was made in, and whether that is still so.

    Attributes:
        modules: those that were called or named, and all inside them.
        tensors: those whose arrays it uses.
    """

    def __init__(self, names: Names, called: Iterable[Module]) -> None:
        self.names = names
        named = [value for value in names.all() if isinstance(value, Module)]
        self.modules = list(dict.fromkeys(inner for module in (*named, *called) for inner in module.modules()))
        self.tensors: list[Tensor] = []
        self.mode = _mode()

    def outside(self) -> list[Tensor]:
        """The Tensors that the function may use beside its arguments."""
        named = [value for value in self.names.all() if isinstance(value, Tensor)]
        own = [t for m in self.modules for t in (*m._parameters.values(), *m._buffers.values()) if t is not None]
        return [*named, *own]

    def rest_on(self, tensors: Sequence[Tensor]) -> None:
        """Remember how everything is, and that the arrays of these Tensors are used."""
        self.tensors = list(tensors)
        self.arrays = [t._data for t in self.tensors]
        self.kinds = [_kind(t) for t in self.tensors]
        self.states = [_state(module) for module in self.modules]
        self.seen = tracing.changes

    def current(self) -> list[Any] | None:
        """The arrays of the Tensors, if everything is as it was."""
        if not self.names.unchanged() or self.mode != _mode():
            return None
        arrays = [t._data for t in self.tensors]
        if self.seen != tracing.changes or not all(map(is_, arrays, self.arrays)):
            if [_kind(t) for t in self.tensors] != self.kinds:
                return None
            if not all(same(_state(module), was) for module, was in zip(self.modules, self.states, strict=True)):
                return None
            self.seen, self.arrays = tracing.changes, arrays
        return arrays


def _mode() -> tuple[Any, ...]:
    return state.recording, state.inference, dtypes.get_default_dtype()


def _kind(t: Tensor) -> tuple[Any, ...]:
    leaf = t._node
    hooked = leaf is not None and bool(leaf.hooks)
    return t._data.shape, t._data.dtype, t._data.strides, type(leaf) is Leaf, hooked


def _state(module: Module) -> list[Any]:
    """All attributes of a module, as they are now."""
    found: list[Any] = [type(module)]
    for name, value in module.__dict__.items():
        found += [name, _copied(value)]
    return found


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return [*value.items()]
    return [*value] if isinstance(value, (list, set)) else value
