"""PyTorch's `torch.autograd.graph`: tools for those who look into the graph.

>>> import tinygrad_lite as tl
>>> x = tl.tensor([1.0, 4.0], requires_grad=True)
>>> y = x.sqrt()
>>> y.grad_fn._saved_result
tensor([1., 2.], grad_fn=<SqrtBackward0>)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal

from ..core import versions
from ..core.graph import Node
from ..core.handles import RemovableHandle
from ..core.views import is_inference
from ..tensors.gradient_edge import GradientEdge, edge_of
from ..tensors.hooked_walk import WALK
from ..tensors.tensor import Tensor
from . import saved_hooks

__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]

GradientEdge.__module__ = __name__


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The place in the graph at which the gradient of a Tensor is computed.

    Args:
        tensor: a Tensor of any shape and floating dtype that requires a gradient.

    Raises:
        RuntimeError: if the Tensor requires no gradient.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor(3.0, requires_grad=True)
    >>> tl.autograd.graph.get_gradient_edge(x).node
    <AccumulateGrad>
    """
    return edge_of(tensor)


def increment_version(tensor: Tensor | Iterable[Tensor]) -> None:
    """Count a write to the memory of Tensors, so that derivatives that have saved them notice.

    Args:
        tensor: a Tensor of any shape and dtype, or several.

    Raises:
        RuntimeError: for what is no Tensor, and for a Tensor that was made inside `inference_mode`.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2)
    >>> tl.autograd.graph.increment_version(x)
    >>> x._version
    1
    """
    tensors = [tensor] if isinstance(tensor, Tensor) or not isinstance(tensor, Iterable) else list(tensor)
    if any(not isinstance(t, Tensor) for t in tensors):
        raise RuntimeError("increment_version expect a Iterable[Tensor] as input")
    if any(is_inference(t) for t in tensors):
        raise RuntimeError("Inference tensors do not track version counter.")
    for t in tensors:
        versions.wrote(t._data)


class saved_tensors_hooks(AbstractContextManager[None]):
    """Keep what operations save for their derivatives in another form, while a `with` block lasts.

    Each Tensor that an operation saves is given to `pack_hook`, and what that returns is kept in its place. In the
    backward pass `unpack_hook` of that must return a Tensor with the same values. Of nested blocks the innermost
    counts. The hooks belong to the thread, and are called without recording. If `pack_hook` keeps the very Tensor that
    is the result of the operation, graph and Tensor hold each other, until the backward pass or the garbage collector
    frees them.

    Args:
        pack_hook: a function of a Tensor, which it must not change in place.
        unpack_hook: a function of what `pack_hook` has returned.

    Raises:
        RuntimeError: if hooks are disabled, or if `pack_hook` writes to its argument.
        TypeError: in the backward pass, if `unpack_hook` returns no Tensor.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 2.0], requires_grad=True)
    >>> with tl.autograd.graph.saved_tensors_hooks(lambda t: t.half(), lambda t: t.float()):
    ...     y = x.exp().sum()
    >>> y.backward()
    >>> x.grad
    tensor([2.7188, 7.3906])
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> None:
        saved_hooks.push(self.pack_hook, self.unpack_hook)

    def __exit__(self, *exception: object) -> None:
        saved_hooks.pop()


class save_on_cpu(saved_tensors_hooks):
    """Keep saved Tensors in the memory of the CPU, where they are anyway: the block changes nothing.

    Args:
        pin_memory, device_type: accepted for PyTorch's scripts.

    Raises:
        RuntimeError: if hooks are disabled.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor(3.0, requires_grad=True)
    >>> with tl.autograd.graph.save_on_cpu():
    ...     y = x * x
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(_same, _same)

    def __enter__(self) -> None:
        saved_hooks.refuse_if_disabled()

    def __exit__(self, *exception: object) -> None:
        pass


@contextmanager
def disable_saved_tensors_hooks(error_message: str, fail_if_non_empty: bool = True) -> Iterator[None]:
    """Refuse hooks on saved Tensors with a message, while a `with` block lasts.

    Args:
        error_message: the message of the error.
        fail_if_non_empty: whether to raise at once if there are hooks in force.

    Raises:
        RuntimeError: with this message, where hooks are set.

    >>> import tinygrad_lite as tl
    >>> with tl.autograd.graph.disable_saved_tensors_hooks("no hooks here"):
    ...     tl.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t).__enter__()
    Traceback (most recent call last):
        ...
    RuntimeError: no hooks here
    """
    if not isinstance(error_message, str):
        raise TypeError(
            "_saved_tensors_hooks_disable(): incompatible function arguments. error_message must be a str, not "
            f"{type(error_message).__name__}"
        )
    saved_hooks.disable(error_message, fail_if_non_empty)
    try:
        yield
    finally:
        saved_hooks.enable()


class _Mutation:
    """The result of `allow_mutation_on_saved_tensors`, which is true while such a block is entered in this thread."""

    inside = threading.local()

    def clear(self) -> None:
        """Do nothing: each copy is freed with the graph that it belongs to."""


@contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[_Mutation]:
    """Let Tensors be changed in place although derivatives have saved them, while a `with` block lasts.

    Each saved Tensor is copied at once, so that derivatives are those at the values that it had when it was saved. This
    takes the memory of these copies. (PyTorch copies when a Tensor is changed.)

    Raises:
        RuntimeError: if such a block is entered inside another.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2, requires_grad=True)
    >>> with tl.autograd.graph.allow_mutation_on_saved_tensors():
    ...     y = x * 3
    ...     z = (y**2).sum()
    ...     _ = y.zero_()
    >>> z.backward()
    >>> x.grad
    tensor([18., 18.])
    """
    if getattr(_Mutation.inside, "now", False):
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    with saved_tensors_hooks(_copy, _same):
        _Mutation.inside.now = True
        try:
            yield _Mutation()
        finally:
            _Mutation.inside.now = False


def _same(x: Any) -> Any:
    return x


def _copy(t: Tensor) -> Tensor:
    return t.detach().clone()


# ------------------------------------------------------------------------------------------------ hooks on several


class _Passes(threading.local):
    """The backward passes that run in this thread, the innermost last: what each has to call at its end."""

    def __init__(self) -> None:
        self.running: list[dict[int, Callable[[], None]]] = []


_passes = _Passes()
_lock = threading.Lock()
_registered = 0


def _calling_at_the_end(walk: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        _passes.running.append({})
        try:
            found = walk(*args)
            for at_end in _passes.running[-1].values():
                at_end()
            return found
        finally:
            _passes.running.pop()

    return call


class _MultiHandle(RemovableHandle):
    """Removes a hook from all Tensors to which it was added."""

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        super().__init__({})
        self.handles = tuple(handles)
        _count(1)

    def remove(self) -> None:
        """Remove the hook; to do so again changes nothing."""
        for handle in self.handles:
            handle.remove()
        if self.handles:
            self.handles = ()
            _count(-1)


def _count(change: int) -> None:
    """Let backward passes call what is to be called at their end as long as there are such hooks."""
    global _registered
    with _lock:
        before, _registered = _registered, _registered + change
        if not before:
            WALK.put_around(_calling_at_the_end)
        elif not _registered:
            WALK.take_off(_calling_at_the_end)


def register_multi_grad_hook(
    tensors: Sequence[Tensor],
    fn: Callable[[Sequence[Tensor | None]], None] | Callable[[Tensor], None],
    *,
    mode: Literal["all", "any"] = "all",
) -> RemovableHandle:
    """Let a function see the gradients of several Tensors together, whenever a backward pass has computed them.

    Args:
        tensors: Tensors that require gradients.
        fn: for `mode="all"` called once in each backward pass that reaches one of them, with a list that has for each
            its gradient, or None; before `.grad` of leaves changes. For `mode="any"` called with the first of the
            gradients. What it returns is ignored.
        mode: which of the two.

    Returns:
        A handle, whose `remove()` takes the hook away.

    Raises:
        ValueError: for another mode.
        RuntimeError: if one of the Tensors does not require a gradient.

    >>> import tinygrad_lite as tl
    >>> x, y, z = (tl.tensor(3.0, requires_grad=True) for _ in range(3))
    >>> handle = tl.autograd.graph.register_multi_grad_hook((x, y, z), print)
    >>> (x * y).backward()
    [tensor(3.), tensor(3.), None]
    >>> handle.remove()
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    tensors = tuple(tensors)
    hook = _AllHook(fn, len(tensors)) if mode == "all" else _AnyHook(fn)
    return _MultiHandle([t.register_hook(hook.at(i)) for i, t in enumerate(tensors)])


class _AllHook:
    """Collects the gradients that one pass computes, and hands them on at its end."""

    def __init__(self, fn: Callable[..., Any], count: int) -> None:
        self.fn, self.count = fn, count
        self.collected: dict[int, list[Any]] = {}

    def at(self, i: int) -> Callable[[Any], None]:
        """The hook for the Tensor in this place."""

        def hook(g: Any) -> None:
            running = _passes.running[-1]
            key = id(running)
            if id(self) not in running:
                self.collected[key] = [None] * self.count
                running[id(self)] = lambda: self.fn(self.collected.pop(key))
            if self.collected[key][i] is None:
                self.collected[key][i] = g

        return hook


class _AnyHook:
    """Hands on the first gradient of each pass."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        self.fn = fn

    def at(self, i: int) -> Callable[[Any], None]:
        """The hook for the Tensor in this place."""

        def hook(g: Any) -> None:
            running = _passes.running[-1]
            if g is not None and id(self) not in running:
                running[id(self)] = lambda: None
                self.fn(g)

        return hook
