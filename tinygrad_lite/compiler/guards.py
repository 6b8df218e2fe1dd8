"""Guards: what a compiled call was made for beside its arguments, and whether that is still the case.

Guarded are the values of the names that the function reads, modules and their attributes, the Tensors from outside, the
grad mode and the default dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..core import tracing
from ..core.graph import Leaf
from ..core.modes import in_force, thread
from ..core.primitive import Array
from ..nn.module.global_hooks import everywhere as hooks_of_all_modules
from ..nn.module.module import Module
from ..random import generator
from ..tensors.tensor import Tensor
from ..types import dtypes
from .captured_names import CapturedNames, same, snapshot


class Guards:
    """The guards of one compiled call.

    They are made before the function is traced. Afterwards `after_trace` says whether the function itself has changed
    what is guarded, and `install` remembers how everything is.

    Attributes:
        modules: the modules that were called or named, and all inside them.
        tensors: the Tensors whose arrays are used.
        graded: the Tensors for which it matters whether they have a `.grad`.
    """

    def __init__(self, function: Callable[..., Any], objects: Sequence[Any]) -> None:
        self._names = CapturedNames(function, objects)
        self._modes = _modes()
        self.modules = _with_inner(self._names.modules)
        self.tensors: list[Tensor] = []
        self._before = [(t, t._data, _properties(t)) for t in self.outside()]
        # Where the text says .grad, Python may ask whether there is one.
        self.graded = [t for t, _, _ in self._before] if "grad" in self._names.names else []
        self._without_grad = [t._grad is None for t in self.graded]

    def after_trace(self, called: Iterable[Module]) -> str | None:
        """Add the modules that were called. The result is the reason, if there is one, why no call can be replayed."""
        moved = any(t._data is not array or _properties(t) != before for t, array, before in self._before)
        self._before.clear()
        changed = self._names.changed()
        if changed is not None:
            return f"{changed!r}, which it reads, is changed by the function itself"
        if moved:
            return "a Tensor from outside is given other memory, or its requires_grad is changed"
        self._names.add(called)
        self.modules = _with_inner([*called, *self._names.modules])
        if "grad" in self._names.names and not {*self.outside()} <= {*self.graded}:
            return ".grad may be asked for of Tensors that are only found when it runs"
        if _modes() != self._modes:
            return "the grad mode or the default dtype is not as it was before"
        return "it names a container of very many items" if self._names.has_huge_container else None

    def containers(self) -> Iterable[int]:
        """The identities of the lists and dicts that the function reads."""
        return self._names.containers.keys()

    def outside(self) -> list[Tensor]:
        """The Tensors that the function may use beside its arguments."""
        own = [t for m in self.modules for t in (*vars(m).values(), *m._parameters.values(), *m._buffers.values())]
        return [*self._names.tensors, *[t for t in own if isinstance(t, Tensor)]]

    def install(self, tensors: Sequence[Tensor]) -> None:
        """Remember how everything is, and that the arrays of these Tensors are used."""
        self.tensors = list(tensors)
        self._tensor_properties = [_properties(t) for t in self.tensors]
        self._module_states = [_state(module) for module in self.modules]
        self._changes = tracing.changes

    def check(self) -> list[Array] | None:
        """The arrays of the Tensors, if everything is as it was; else None."""
        changes = tracing.changes
        if self._modes != _modes() or self._names.changed() is not None:
            return None
        if self.graded and [t._grad is None for t in self.graded] != self._without_grad:
            return None
        if self._changes != changes:
            if [_properties(t) for t in self.tensors] != self._tensor_properties:
                return None
            if not all(same(_state(m), before) for m, before in zip(self.modules, self._module_states, strict=True)):
                return None
            self._changes = changes
        return [t._data for t in self.tensors]


def _with_inner(modules: Iterable[Module]) -> list[Module]:
    return list(dict.fromkeys(inner for module in modules for inner in module.modules()))


def _modes() -> tuple[Any, ...]:
    return *in_force(thread).mode[1:], dtypes.get_default_dtype(), generator.thread.own, bool(hooks_of_all_modules)


def _properties(t: Tensor) -> tuple[Any, ...]:
    array, node = t._data, t._history()
    return array.shape, array.dtype, array.strides, type(node) is Leaf, node is not None and bool(node.hooks)


def _state(module: Module) -> list[Any]:
    """All attributes of a module, as they are now."""
    return [type(module), *[(name, snapshot(value)) for name, value in module.__dict__.items()]]
