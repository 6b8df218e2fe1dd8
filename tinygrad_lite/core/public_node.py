"""The face of a node for users and their programs: its class, its name, and what it leads to, in PyTorch's form."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .handles import RemovableHandle
from .node_hooks import register

_metadata: weakref.WeakKeyDictionary[Any, dict[str, Any]] = weakref.WeakKeyDictionary()
_INDEXING = {int: "SelectBackward0", slice: "SliceBackward0", type(None): "UnsqueezeBackward0"}


class PublicNode:
    """The base of `Node`: what is not needed to differentiate."""

    __slots__ = ()

    _is_named = False
    read_saved: Any = None  # these three are set where Tensors are made
    list_saved: Any = staticmethod(lambda node: [])
    names: Mapping[str, str | tuple[str, ...]] = {}  # where PyTorch has another name than the primitive's
    number: int
    primitive: Any
    parents: Sequence[Any]
    plan: Any
    saved: Any
    shape: Any
    dtype: Any
    hooks: dict[int, Callable[[Any], Any]] | None
    checksums: dict[int, int] | None

    def name(self) -> str:
        """The node's kind, spelled as PyTorch spells it."""
        if self._is_named:
            return type(self).__name__
        name = self.primitive.name
        found = self.names.get(name) or "".join(word.capitalize() for word in name.split("_")) + "Backward0"
        if name == "getitem" and self.stored:
            index = self.stored[-1] if type(self.stored[-1]) is tuple else self.stored[-1:]
            kinds = [_INDEXING.get(type(x), "") for x in index if x is not Ellipsis and not _is_whole(x)]
            return kinds[-1] if kinds and all(kinds) else "IndexBackward0"
        return found if isinstance(found, str) else found[min(len(self.shape), len(found) - 1)]

    @property
    def public(self) -> tuple[Any, int]:
        """The node as users see it, and which of its results this is.

        It is of a class that has its name, because programs that draw graphs read `type(node).__name__`. It takes this
        class when it is first looked at, so that the recording of an operation does not pay for it.
        """
        if type(self).__name__ != (name := self.name()):
            kind: Any = type(self)
            self.__class__ = _class_named(name, kind)
        return self, 0

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """For each argument that has a derivative its node, or None, and which result of that node it is."""
        return tuple((None, 0) if node is None else node.public for node in self._arguments())

    @property
    def stored(self) -> Any:
        """The values that were saved, in the form in which they are kept."""
        return self.saved

    @property
    def metadata(self) -> dict[str, Any]:
        """A dictionary for what a program wants to note of this node."""
        return _metadata.setdefault(self, {})

    def register_hook(self, hook: Callable[[Any, Any], Any]) -> RemovableHandle:
        """Let `hook(grad_inputs, grad_outputs)` see, or replace, the gradients that this node makes.

        Args:
            hook: called with two tuples of Tensors: the gradients of the arguments, in the order of `next_functions`
                and None where an argument needs none; and those of the results. If it returns a tuple, the backward
                pass goes on with that one in the place of the first. For a leaf the first tuple is empty, and the
                hook is called when `.grad` has been added to.

        Returns:
            A handle, whose `remove()` takes the hook away.

        Raises:
            TypeError: if `hook` cannot be called, or in the backward pass returns something else.
            RuntimeError: in the backward pass, if it returns another number of gradients.

        >>> import tinygrad_lite as tl
        >>> x = tl.tensor(3.0, requires_grad=True)
        >>> y = x * x
        >>> handle = y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: print(grad_inputs, grad_outputs))
        >>> y.backward()
        (tensor(3.), tensor(3.)) (tensor(1.),)
        """
        return register(self, "after", hook)

    def register_prehook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Let `hook(grad_outputs)` see, or replace, the gradients of the results before this node uses them.

        Args:
            hook: called with a tuple of Tensors. If it returns a tuple, the node goes on with that one.

        Returns:
            A handle, whose `remove()` takes the hook away.

        Raises:
            TypeError: if `hook` cannot be called, or in the backward pass returns something else.
            RuntimeError: in the backward pass, if it returns another number of gradients.
        """
        return register(self, "before", hook)

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("_saved_", "_raw_saved_")):
            return self.read_saved(self, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.list_saved(self)]

    def _arguments(self) -> list[Any]:
        """The nodes of the arguments that have a derivative; None for those that need no gradient."""
        plan: Any = getattr(self, "plan", None)  # a leaf has none
        if hasattr(plan, "needs"):
            places = [i for i, needed in enumerate(plan.needs) if needed]
            count, differentiable = len(plan.needs), plan.needs
        elif hasattr(plan, "rules"):
            places, rules = [rule.argument for rule in plan.rules], self.primitive.rules
            count = max(self.primitive.arity, places[-1] + 1)
            differentiable = [rules[min(i, len(rules) - 1)] for i in range(count)]
        else:
            return list(self.parents)
        nodes = dict(zip(places, self.parents, strict=True))
        return [nodes.get(i) for i in range(count) if differentiable[i] is not None or i in nodes]

    def __repr__(self) -> str:
        return f"<{self.name()}>"


@functools.cache
def _class_named(name: str, kind: type) -> type:
    return type(
        name, (kind,), {"__slots__": (), "_is_named": True, "__module__": kind.__module__, "__doc__": kind.__doc__}
    )


def _is_whole(x: Any) -> bool:
    return type(x) is slice and x == slice(None)
