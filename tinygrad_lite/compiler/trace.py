"""Tracing one call: the function runs in the ordinary way, and of what was recorded a compiled call is built."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

from ..core.graph import Leaf, Node
from ..core.modes import call_in_mode, in_force, thread
from ..core.versions import owner
from ..tensors.tensor import Tensor
from .build import Builder
from .compiled_call import CompiledCall, InnerNode
from .entered import Entered
from .guard_code import same, snapshot
from .guards import Guards
from .tracer import Tracer

_MODE: Any = getattr(in_force, "__self__", None)
"""The context variable of the mode, which is not the function's."""


def trace(
    function: Callable[..., Any],
    given: Sequence[Tensor],
    objects: Sequence[Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    strict: bool,
    backend: str = "numpy",
) -> tuple[Any, CompiledCall]:
    """The result of an ordinary call of the function, and the compiled call that can be built of what it did.

    Args:
        given: the Tensors in the arguments.
        objects: the objects in the arguments that may have attributes.
        backend: the name of the backend that makes the programs.

    Raises:
        GraphBreak: if strict, where no program can be made.
    """
    kinds = dict.fromkeys(type(t) for t in given if type(t) is not Tensor)
    guards = Guards(function, [*objects, *kinds])
    tracer, entered = Tracer(strict), Entered()
    before = [(t._data, t._history()) for t in given]
    contents = snapshot([args, kwargs])
    inputs = [tracer.value_of(t._data, "argument") for t in given]
    for t in guards.graded:
        tracer.record_grad(t)
    memory = {id(owner(t._data)) for t in given}
    graded = [t for t in guards.outside() if t._grad is not None and not t._grad.is_sparse]
    aliased = [t for t in graded if id(owner(t._grad._data)) in memory]
    computed = [node for _, node in before if node is not None and type(node) is not Leaf]
    with _graph_break_at(computed, tracer):
        call = functools.partial(function, *args, **kwargs)
        result, mode, variables = entered.run(lambda: call_in_mode(None, _and_mode, call, tracer=tracer))
    for variable, value in variables:
        if variable is not _MODE and variable.get(None) is not value:
            variable.set(value)  # the function has set it, in a context of its own
    if mode != in_force(thread).mode[1:]:
        in_force(thread).set_mode(*mode)  # the function has called set_grad_enabled()
    if any(t._data is not array or t._history() is not node for t, (array, node) in zip(given, before, strict=True)):
        tracer.graph_break("an argument was given another history or other memory")
    if not same(snapshot([args, kwargs]), contents):
        tracer.graph_break("a list or dict that is an argument is changed")
    if not tracer.grad_tensors.keys().isdisjoint(aliased):
        tracer.graph_break("an argument is at the same time the .grad of a Tensor that the function uses")
    refusal = guards.after_trace(entered, tracer.modules, tracer.created)
    if refusal is not None:
        tracer.graph_break(*refusal)
    old = {*map(id, _containers([*args, *kwargs.values()])), *guards.containers()}
    return result, Builder(function, tracer, given, inputs, guards, old, backend).build(result)


def _and_mode(function: Callable[[], Any]) -> tuple[Any, tuple[bool, bool], list[tuple[Any, Any]]]:
    """The result of a function, and the mode and the context variables that it leaves."""
    return function(), in_force(thread).mode[1:], [*copy_context().items()]


def _containers(x: Any) -> Iterator[Any]:
    """The lists and dicts in arguments."""
    if isinstance(x, (list, dict)):
        yield x
    if isinstance(x, (list, tuple, dict)):
        for item in x.values() if isinstance(x, dict) else x:
            yield from _containers(item)


class _BreakingHooks(dict[int, Any]):
    """The hooks of a node; that a walk looks at them is a graph break while the function is traced."""

    tracer: Tracer | None

    def __bool__(self) -> bool:
        if self.tracer is not None:
            self.tracer.graph_break("backward() goes on into what an argument was computed from")
        return len(self) > 0


@contextmanager
def _graph_break_at(nodes: Iterable[Node], tracer: Tracer) -> Iterator[None]:
    """Break the graph where a walk comes to these nodes, because next time they will be others."""
    prepared = []
    for node in dict.fromkeys(nodes):
        if node.hooks is None and not isinstance(node, InnerNode):  # these break the graph anyway
            node.hooks = hooks = _BreakingHooks()
            hooks.tracer = tracer
            prepared.append((node, hooks))
    try:
        yield
    finally:
        for node, hooks in prepared:
            hooks.tracer = None
            if not hooks:
                node.hooks = None
