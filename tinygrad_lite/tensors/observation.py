"""Watching what the engine does: every operation that is applied, and every rule that the backward pass runs.

Nothing of this costs anything while nobody watches: only then a few methods of the engine are replaced. An observer
sees what happens in the thread that entered it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ..core.graph import Node, Reading
from ..core.tensor import TensorBase
from .batched_data import is_batched
from .hooked_walk import DERIVE, PRIMITIVE, VERIFY


class Observer:
    """The base class of objects that are told of each operation. A subclass overrides the methods that it needs.

    Attributes:
        inside_programs: whether it is to see the operations of a compiled function, which then runs as it is written.
            Otherwise the function is one operation.
    """

    inside_programs = True

    def applied(self, operation: Any, args: tuple[Any, ...], result: Any, in_backward: bool) -> None:
        """An operation was applied: a primitive, a Function, or a compiled function.

        Args:
            operation: the `Primitive`, the subclass of `Function`, or the compiled function.
            args: its arguments.
            result: the Tensor that it made; of the latter two whatever it returned.
            in_backward: whether the backward pass applied it, to Tensors, so that it can be differentiated again.
        """

    def derived(self, node: Node, g: Any, gradients: list[Any]) -> None:
        """A node took the gradient of its result to those of its arguments.

        Args:
            node: the node, before what it saved is freed.
            g: the gradient of its result: an array, a Tensor under `create_graph=True`, or `Parts` of a tuple.
            gradients: for each of its parents the gradient, or None, before it is summed to the parent's shape.
        """

    def failed(self, node: Node, error: Exception) -> None:
        """A node could not derive, or found that what it saved was changed. The error is raised after this."""


class _Thread(threading.local):
    """The state of each thread: its observers, and how many backward passes are being computed by a rule."""

    observers: tuple[Observer, ...] = ()
    deriving = 0


_thread = _Thread()
_lock = threading.Lock()
_watching = 0
OUTERMOST = 9


def watched() -> bool:
    """True if somebody watches the single operations of this thread."""
    return bool(_watching) and any(observer.inside_programs for observer in _thread.observers)


def announce(operation: Any, args: tuple[Any, ...], result: Any) -> None:
    """Tell the observers of this thread of an operation that is no primitive."""
    if _watching:
        for observer in _thread.observers:
            observer.applied(operation, args, result, _thread.deriving > 0)


def observers() -> tuple[Observer, ...]:
    """The observers of this thread."""
    return _thread.observers


def add_observer(observer: Observer) -> None:
    """Let an observer watch this thread from now on."""
    global _watching
    with _lock:
        _thread.observers = (*_thread.observers, observer)
        _watching += 1
        if _watching == 1:
            PRIMITIVE.put_around(_watched_primitive, OUTERMOST)
            VERIFY.put_around(_watched_verify, OUTERMOST)
            for method in DERIVE:
                method.put_around(_watched_derive, OUTERMOST)


def remove_observer(observer: Observer) -> None:
    """Let an observer that watches this thread watch it no more."""
    global _watching
    with _lock:
        _thread.observers = tuple(each for each in _thread.observers if each is not observer)
        _watching -= 1
        if not _watching:
            PRIMITIVE.take_off(_watched_primitive)
            VERIFY.take_off(_watched_verify)
            for method in DERIVE:
                method.take_off(_watched_derive)


@contextmanager
def observed_by(observer: Observer) -> Iterator[None]:
    """Let an observer watch this thread while the block lasts."""
    add_observer(observer)
    try:
        yield
    finally:
        remove_observer(observer)


def _watched_primitive(original: Any) -> Any:
    def __primitive__(self: TensorBase, primitive: Any, args: tuple[Any, ...]) -> Any:
        result = original(self, primitive, args)
        if is_batched(result):  # inside vmap: what it does to all samples at once was observed
            return result
        for observer in _thread.observers:
            observer.applied(primitive, args, result, _thread.deriving > 0)
        return result

    return __primitive__


def _watched_derive(original: Any) -> Any:
    def derive(self: Reading, node: Node, g: Any, saved: Any) -> Iterable[Any]:
        if not _thread.observers or _thread.deriving:  # a fused operation derives its reference with an inner walk
            return original(self, node, g, saved)
        _thread.deriving += 1
        try:
            gradients = list(original(self, node, g, saved))
        except Exception as error:
            _tell_of_failure(node, error)
            raise
        finally:
            _thread.deriving -= 1
        for observer in _thread.observers:
            observer.derived(node, g, gradients)
        return gradients

    return derive


def _watched_verify(original: Any) -> Any:
    def verify(self: Node) -> None:
        try:
            original(self)
        except Exception as error:
            _tell_of_failure(self, error)
            raise

    return verify


def _tell_of_failure(node: Node, error: Exception) -> None:
    for observer in _thread.observers:
        observer.failed(node, error)
