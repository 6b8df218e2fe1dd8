"""Guards: what a compiled call was made for beside its arguments, and whether that is still the case.

Guarded are what the function reads of Python's world (`reads`), the Tensors from outside, the grad mode and the default
dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

from ..core import promotion, tracing
from ..core.graph import Leaf
from ..core.modes import in_force, thread
from ..core.primitive import Array
from ..nn.module.global_hooks import everywhere as hooks_of_all_modules
from ..nn.module.module import Module
from ..random import generator
from ..tensors.tensor import Tensor
from .bytecode import facts, place
from .entered import Entered
from .guard_code import ABSENT, Guard, compiled, same
from .reads import Reads


class Guards:
    """The guards of one compiled call.

    They are made before the function is traced. Afterwards `after_trace` says whether the function itself has changed
    what is guarded, and `install` remembers how everything is.

    Attributes:
        reads: what the function reads of Python's world.
        modules: the modules that were called or named, and all inside them.
        tensors: the Tensors whose arrays are used.
        graded: the Tensors for which it matters whether they have a `.grad`.
    """

    def __init__(self, function: Callable[..., Any], objects: Sequence[Any]) -> None:
        self._roots = [function, *objects]
        self.reads = Reads(self._roots)
        self._modes = _modes()
        self.modules = _with_inner(self.reads.modules)
        self.tensors: list[Tensor] = []
        self._before = [(t, t._data, _properties(t)) for t in self.outside()]
        # Where the text says .grad, Python may ask whether there is one.
        self.graded = [t for t, _, _ in self._before] if self._says_grad() else []
        self._without_grad = [t._grad is None for t in self.graded]

    def after_trace(
        self, entered: Entered, called: Iterable[Module], created: Container[int] = ()
    ) -> tuple[str, str] | None:
        """Find what was read. The result is the reason, if there is one, why no call can be replayed, and its line.

        Of the called modules, those of which the identity is in `created` are made anew by every call.
        """
        roots = [*self._roots, *[type(m) if id(m) in created else m for m in called]]
        called = [m for m in called if id(m) not in created]
        watched = {t for t, _, _ in self._before}
        moved = any(t._data is not array or _properties(t) != before for t, array, before in self._before)
        self._before.clear()
        known, self.reads = self.reads, Reads(roots, entered.codes, entered.modules, entered.dynamic)
        before = known.guards
        changed = [x for at, x in self.reads.guards.items() if at in before and not same(x.value, before[at].value)]
        if changed:
            self.reads = known  # which does not hold any more: the next call is traced again
            return f"{changed[0].name!r}, which it reads, is changed by the function itself", changed[0].line
        self.modules = _with_inner([*called, *self.reads.modules])
        if moved:
            return "a Tensor from outside is given other memory, or its requires_grad is changed", ""
        if not watched.issuperset(self.outside()):
            return "it uses a Tensor that is only found when it runs", ""
        if self._says_grad() and not {*self.outside()} <= {*self.graded}:
            return ".grad may be asked for of Tensors that are only found when it runs", ""
        if _modes() != self._modes:
            return "the grad mode or the default dtype is not as it was before", ""
        in_text = [(reason, place(code, line)) for code in entered.codes for reason, line in facts(code).refusals]
        return next(iter([*entered.refusals, *in_text, *self.reads.refusals, *self._found_late(known, entered)]), None)

    def _found_late(self, known: Reads, entered: Entered) -> Iterable[tuple[str, str]]:
        """The places of which nobody knows what they were before the call, and which it may have changed."""
        stored = frozenset().union(*[facts(code).stored for code in entered.codes])
        for key, guard in self.reads.guards.items():
            may_change = key[1] == "[contents]" or (guard.name in stored and not hasattr(guard.value, "__set__"))
            if may_change and key not in known.guards:
                yield f"{guard.name!r} is only found when it runs, and may be changed by it", guard.line

    def _says_grad(self) -> bool:
        return any("grad" in code.co_names for code in self.reads.codes)

    def described(self) -> list[str]:
        """Name what is compared before each replay, with the lines of the user's functions that name it."""
        files = tuple({place(code).rpartition(":")[0] for code in self.reads.codes})
        found = [x for x in self.reads.guards.values() if x.line.startswith(files) and not x.name.startswith("__")]
        return list(dict.fromkeys(f"{guard.name}{guard.line}" for guard in found if guard.value is not ABSENT))

    def containers(self) -> Iterable[int]:
        """The identities of the lists and dicts that the function reads."""
        return self.reads.containers.keys()

    def outside(self) -> list[Tensor]:
        """The Tensors that the function may use beside its arguments."""
        own = [t for m in self.modules for t in (*vars(m).values(), *m._parameters.values(), *m._buffers.values())]
        return list(dict.fromkeys([*self.reads.tensors, *[t for t in own if isinstance(t, Tensor)]]))

    def install(
        self, tensors: Sequence[Tensor], comparison: Callable[[Iterable[Guard]], Callable[[], bool]] = compiled
    ) -> None:
        """Remember how everything is, that the arrays of these Tensors are used, and what makes the comparison."""
        self._comparison = comparison
        self.tensors = list(tensors)
        self._named = self.outside()
        self._identities = {id(t) for t in self._named}
        self._tensor_properties = [_properties(t) for t in self._named]
        self._holds: Callable[[], bool] | None = None
        self._changes = tracing.changes

    def check(self, given: Iterable[Tensor]) -> list[Array] | None:
        """The arrays of the Tensors, if everything is as it was; else None.

        Args:
            given: the Tensors in the arguments. `x is self.weight` was False when the function was traced.
        """
        changes = tracing.changes
        if self._modes != _modes() or not self._identities.isdisjoint(map(id, given)):
            return None
        if self._holds is None:
            self._holds = self._comparison(self.reads.guards.values())
        try:
            holds = self._holds()
        except Exception:  # something is not there any more
            holds = False
        if not holds and not all(same(guard.get(), guard.value) for guard in self.reads.guards.values()):
            return None
        if self.graded and [t._grad is None for t in self.graded] != self._without_grad:
            return None
        if self._changes != changes:
            if [_properties(t) for t in self._named] != self._tensor_properties:
                return None
            self._changes = changes
        return [t._data for t in self.tensors]


def _with_inner(modules: Iterable[Module]) -> list[Module]:
    return list(dict.fromkeys(inner for module in modules for inner in module.modules()))


def _modes() -> tuple[Any, ...]:
    mode = in_force(thread).mode
    return mode[1], mode[2], promotion.default_dtype, generator.thread.own, not hooks_of_all_modules


def _properties(t: Tensor) -> tuple[Any, ...]:
    array, node = t._data, t._history()
    kind = array.shape, array.dtype, array.strides, array.flags.writeable  # machine code writes whatever it is given
    return *kind, type(node) is Leaf, node is not None and bool(node.hooks)
