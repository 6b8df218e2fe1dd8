"""What a function rests on beside its arguments: what its names stand for, modules, Tensors from outside, modes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..core import tracing
from ..core.graph import Leaf
from ..core.modes import state
from ..core.primitive import Array
from ..nn.module.module import Module
from ..random import generator
from ..tensors.tensor import Tensor
from ..types import dtypes
from .captured_names import Names, same, seen


class Surroundings:
    """What one variant of a compiled function was made in, and whether that is still so.

    Made before the function runs. Then `close` says whether the function has itself changed what it rests on, and
    `rest_on` remembers how everything is.

    Attributes:
        modules: those that were called or named, and all inside them.
        tensors: those whose arrays it uses.
        graded: those of which it matters whether they have a `.grad`.
    """

    def __init__(self, function: Callable[..., Any], others: Sequence[Any]) -> None:
        self._names = Names(function, others)
        self._mode = _mode()
        self.modules = _inner(self._names.modules)
        self.tensors: list[Tensor] = []
        self._before = [(t, t._data, _kind(t)) for t in self.outside()]
        # Where the text says .grad, Python may ask whether there is one.
        self.graded = [t for t, _, _ in self._before] if "grad" in self._names.text else []
        self._ungraded = [t._grad is None for t in self.graded]

    def close(self, called: Iterable[Module]) -> str | None:
        """Take note of the modules that were called. The reason, if there is one, why no call can be replayed."""
        moved = any(t._data is not array or _kind(t) != kind for t, array, kind in self._before)
        self._before.clear()
        changed = self._names.changed()
        if changed is not None:
            return f"{changed!r}, which it reads, is changed by the function itself"
        if moved:
            return "a Tensor from outside is given other memory, or its requires_grad is changed"
        self._names.add(called)
        self.modules = _inner([*called, *self._names.modules])
        if "grad" in self._names.text and not {*self.outside()} <= {*self.graded}:
            return ".grad may be asked for of Tensors that are only found when it runs"
        if _mode() != self._mode:
            return "the grad mode or the default dtype is not as it was before"
        return "it names a container of very many items" if self._names.vast else None

    def containers(self) -> Iterable[int]:
        """The identities of lists and dicts that it reads."""
        return self._names.containers.keys()

    def outside(self) -> list[Tensor]:
        """The Tensors that the function may use beside its arguments."""
        own = [t for m in self.modules for t in (*vars(m).values(), *m._parameters.values(), *m._buffers.values())]
        return [*self._names.tensors, *[t for t in own if isinstance(t, Tensor)]]

    def rest_on(self, tensors: Sequence[Tensor]) -> None:
        """Remember how everything is, and that the arrays of these Tensors are used."""
        self.tensors = list(tensors)
        self._kinds = [_kind(t) for t in self.tensors]
        self._states = [_state(module) for module in self.modules]
        self._changes = tracing.changes

    def current(self) -> list[Array] | None:
        """The arrays of the Tensors, if everything is as it was."""
        changes = tracing.changes
        if self._mode != _mode() or self._names.changed() is not None:
            return None
        if self.graded and [t._grad is None for t in self.graded] != self._ungraded:
            return None
        if self._changes != changes:
            if [_kind(t) for t in self.tensors] != self._kinds:
                return None
            if not all(same(_state(module), was) for module, was in zip(self.modules, self._states, strict=True)):
                return None
            self._changes = changes
        return [t._data for t in self.tensors]


def _inner(modules: Iterable[Module]) -> list[Module]:
    return list(dict.fromkeys(inner for module in modules for inner in module.modules()))


def _mode() -> tuple[Any, ...]:
    return state.mode[1], state.inference, dtypes.get_default_dtype(), generator.thread.own


def _kind(t: Tensor) -> tuple[Any, ...]:
    array, node = t._data, t._history()
    return array.shape, array.dtype, array.strides, type(node) is Leaf, node is not None and bool(node.hooks)


def _state(module: Module) -> list[Any]:
    """All attributes of a module, as they are now."""
    return [type(module), *[(name, seen(value)) for name, value in module.__dict__.items()]]
