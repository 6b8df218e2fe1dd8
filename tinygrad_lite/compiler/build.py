"""Building a compiled call from what a tracer recorded of one call."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ..autograd.function_node import FunctionNode
from ..core import versions
from ..core.graph import Leaf, Node, walk
from ..core.modes import call_in_mode, in_force, thread
from ..core.primitive import Array
from ..core.views import INFERENCE, is_inference
from ..tensors.tensor import Tensor
from .backends.choice import BACKENDS
from .backward_programs import BackwardPrograms
from .codegen import Writer, needed_calls, values_in
from .compiled_call import CompiledCall, Structure
from .guards import Guards
from .tracer import GraphBreak, Tracer, Value


class BackwardPass(NamedTuple):
    """The record of a backward pass from the results.

    Attributes:
        gradients: the gradients with which it began.
        sources: where it ended: a Tensor (the number of a given one, or one from outside), and its gradient.
        saved: the arrays that the nodes on its way had saved.
    """

    gradients: list[Value]
    sources: list[tuple[int | Tensor, Value]]
    saved: list[Array]


class Builder:
    """Builds a compiled call.

    Attributes:
        function, given, inputs: the function, the Tensors that it was given, and their Values.
        outside: the Tensors that it may use beside them.
        old: the identities of lists and dicts that there were before the call.
        backend: the name of the backend that makes the programs.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        tracer: Tracer,
        given: Sequence[Tensor],
        inputs: list[Value],
        guards: Guards,
        old: set[int],
        backend: str,
    ) -> None:
        self.function = function
        self.backend = backend
        self.tracer = tracer
        self.given = given
        self.inputs = inputs
        self.guards = guards
        self.old = old
        self.outside = guards.outside()

    def build(self, result: Any) -> CompiledCall:
        """The compiled call, with programs or with a reason why there are none."""
        results: list[Tensor] = []
        structure = self._structure(result, results)
        name = getattr(self.function, "__name__", type(self.function).__name__)
        compiled = CompiledCall(name, self.guards, structure)
        self.guards.install([])
        outputs = [self._output(t) for t in results]
        views = [INFERENCE if is_inference(t) else None for t in results]
        if any((view is None) is in_force(thread).mode[2] for view in views):
            compiled.views = views
        if len({id(versions.owner(t._data)) for t in results}) < len(results):
            self.tracer.graph_break("Tensors that share memory are returned: return a clone()")
        forward_calls = len(self.tracer.calls)
        backward = self._backward_pass(compiled, results)
        self.tracer.match_captured(self.outside)
        captured = [v.tensor for v in self.tracer.captured if v.tensor is not None]
        if any(t._node is not None and type(t._node) is not Leaf for t in captured):
            self.tracer.graph_break("a Tensor from outside was computed from others: pass it as an argument")
        compiled.reason, compiled.only_arrays = self.tracer.reason, self.tracer.only_arrays
        if compiled.reason is None:
            self._write(compiled, outputs, forward_calls, backward)
        return compiled

    # ----------------------------------------------------------------------------------- what it returns

    def _structure(self, result: Any, results: list[Tensor]) -> Structure:
        """A function that builds what the compiled function returns; the new Tensors in it are added to `results`."""
        if isinstance(result, Tensor):
            return self._tensor(result, results)
        if id(result) in self.old:
            self.tracer.graph_break(f"a {type(result).__name__} is returned that was there before")
        if isinstance(result, tuple) or type(result) is list:
            kind, parts = type(result), [self._structure(item, results) for item in result]
            make: Callable[..., Any] = getattr(kind, "_make", kind)  # of a named tuple
            return lambda new, given: make([part(new, given) for part in parts])
        if type(result) is dict:
            named = {key: self._structure(item, results) for key, item in result.items()}
            return lambda new, given: {key: part(new, given) for key, part in named.items()}
        if not (result is None or isinstance(result, (bool, int, float, str, np.dtype))):
            self.tracer.graph_break(f"a {type(result).__name__} is returned")
        return lambda new, given: result

    def _tensor(self, result: Tensor, results: list[Tensor]) -> Structure:
        """Do as `_structure`, for a Tensor: one that was given, one from outside or its `.grad`, or a new one."""
        for place, t in enumerate(self.given):
            if t is result:
                return lambda new, given: given[place]
        if any(t is result for t in self.outside):
            return lambda new, given: result
        owner = next((t for t in self.outside if t._grad is result), None)
        if owner is not None:
            return lambda new, given: owner._grad
        index = next((i for i, t in enumerate(results) if t is result), len(results))
        if index == len(results):
            results.append(result)
        return lambda new, given: new[index]

    def _output(self, t: Tensor) -> Value:
        node, value = t._history(), self.tracer.value_of(t._data, "captured")
        if value.origin == "captured" or type(t) is not Tensor or type(node) is Leaf:
            self.tracer.graph_break("a Tensor is returned that was not made by operations on Tensors")
        root = versions.owner(t._data)
        held = (
            *self.given,
            *self.outside,
            *[x._grad for x in self.outside if x._grad is not None and not x._grad.is_sparse],
        )
        if any(root is versions.owner(other._data) for other in held):
            self.tracer.graph_break(
                "memory that the function was given is returned as another Tensor: return a clone()"
            )
        return value

    # ------------------------------------------------------------------------------------ the backward pass

    def _backward_pass(self, compiled: CompiledCall, results: list[Tensor]) -> BackwardPass:
        """Walk back from the results to the given Tensors and those from outside, while the tracer records."""
        ends: dict[Node, int | Tensor] = {t._node: i for i, t in enumerate(self.given) if t._node is not None}
        for t in self.outside:
            if type(t._node) is Leaf:
                ends.setdefault(t._node, t)
        between = {i: _between(t._node, ends) for i, t in enumerate(results) if t._node is not None}
        compiled.freed = [i for i, nodes in between.items() if any(node.saved is None for node in nodes)]
        compiled.outputs = [i for i in between if i not in compiled.freed]
        roots: list[Node] = [results[i]._node for i in compiled.outputs]  # type: ignore[misc]  # outputs with a history
        compiled.inner = {
            i for i, t in enumerate(results) for j in compiled.outputs if i != j and t._node in between[j]
        }
        passed = dict.fromkeys(node for i in compiled.outputs for node in between[i])
        for node in passed:
            if node.hooks:
                self.tracer.graph_break("a gradient is shown to a hook")
            if isinstance(node, FunctionNode):
                self.tracer.graph_break(f"the derivative {node.name()} is written in Python, and may do anything")
        if not roots or self.tracer.reason is not None:
            return BackwardPass([], [], [])
        seeds = [np.ones_like(results[i]._data) for i in compiled.outputs]
        gradients = [self.tracer.value_of(seed, "gradient") for seed in seeds]
        try:
            with _ending_at(ends):
                starts, tracer = [*zip(roots, seeds, strict=True)], self.tracer
                found = call_in_mode(False, walk, starts, ends.keys(), True, tracer, tracer=tracer, quiet=True)
        except GraphBreak:
            raise
        except Exception as error:  # backward() will raise it
            self.tracer.graph_break(f"its derivative cannot be computed: {error}")
            return BackwardPass([], [], [])
        sources = [(ends[node], self.tracer.value_of(g, "captured")) for node, g in found.items()]
        return BackwardPass(gradients, sources, [x for node in passed for x in node.arrays()])

    # ------------------------------------------------------------------------------------------- the programs

    def _write(
        self, compiled: CompiledCall, outputs: list[Value], forward_calls: int, backward_pass: BackwardPass
    ) -> None:
        """Write the programs, and note in the compiled call what they take and return."""
        gradients, sources, saved = backward_pass
        found = [value for _, value in sources]
        after = needed_calls(self.tracer.calls[forward_calls:], found)
        made = {*gradients, *values_in([call.result for call in after])}
        read = dict.fromkeys([*values_in([call.args for call in after]), *found])
        kept = [v for v in read if v not in made and v.origin != "constant"]
        before = needed_calls(self.tracer.calls[:forward_calls], [*outputs, *kept])
        captured = self._captured([*values_in([call.args for call in before]), *outputs, *kept], sources)
        numbers = {t: i for i, t in enumerate(captured, start=len(self.given))}
        compiled.parents = [s if isinstance(s, int) else numbers[s] for s, _ in sources]
        compiled.distinct = [i for i, v in enumerate(self.inputs) if v not in self.inputs[:i]]
        given = [*[self.inputs[i] for i in compiled.distinct], *captured.values()]

        writer = self._writer(captured)
        backend = BACKENDS[self.backend](compiled.name)
        forward = backend.rewritten(given, before, [*outputs, *kept])
        compiled.source = writer.program("forward", given, forward, outputs, kept)
        if gradients:
            for g in gradients:
                writer.name(g, "g")
            program = backend.rewritten([*gradients, *kept], after, found)
            compiled.source += "\n\n" + writer.program("backward", [*gradients, *kept], program, found, [])
        compiled.modules = [call.modules for call in forward]
        compiled.forward, backward = writer.functions(compiled.source, compiled.name)
        compiled.source += backend.source()
        compiled.note, compiled.quiet = backend.note(), backend.quiet(forward)
        compiled.kept = len(kept)
        self._watch(compiled, given, outputs, kept, saved)
        if gradients:
            compiled.backward = BackwardPrograms(
                writer, backend, compiled.name, after, gradients, kept, found, backward
            )
        self.guards.install([*captured], backend.comparison)
        for value in values_in([outputs, found, given, [(call.args, call.result) for call in self.tracer.calls]]):
            value.forget()

    def _captured(self, used: list[Value], sources: list[tuple[int | Tensor, Value]]) -> dict[Tensor, Value]:
        """The Tensors from outside whose arrays are used or that get a gradient, with the Values of their arrays."""
        captured = {v.tensor: v for v in dict.fromkeys(used) if v.origin == "captured" and v.tensor is not None}
        for source, _ in sources:
            if isinstance(source, Tensor) and source not in captured:
                captured[source] = self.tracer.value_of(source._data, "captured")
        return captured

    def _watch(
        self, compiled: CompiledCall, given: list[Value], outputs: list[Value], kept: list[Value], saved: list[Array]
    ) -> None:
        """Note which arrays must not change between the programs: the nodes had saved more than the program keeps."""
        own = {id(x) for v in kept for x in versions.arrays_in([v.example])}
        roots = {id(versions.owner(x)) for x in saved}
        compiled.watched = [
            i
            for i, v in enumerate([*given, *outputs])
            if id(versions.owner(v.example)) in roots and id(v.example) not in own
        ]
        accessible = {id(versions.owner(v.example)) for v in (*self.inputs, *outputs)}
        accessible |= {id(versions.owner(t._data)) for t in self.outside}
        shared = [any(id(versions.owner(x)) in accessible for x in versions.arrays_in([v.example])) for v in kept]
        compiled.shared = [
            *itertools.compress(range(len(kept)), shared),
            *range(len(kept), len(kept) + len(compiled.watched)),
        ]

    def _writer(self, captured: dict[Tensor, Value]) -> Writer:
        """A writer that names arguments as the function does, and Tensors from outside as their modules do."""
        known: dict[int, str] = {}
        for module in self.guards.modules:
            for name, t in (*module.named_parameters(), *module.named_buffers()):
                known.setdefault(id(t), _as_variable(name))
        writer = Writer({key: f"tensor_{name}" for key, name in known.items()})
        try:
            names = list(inspect.signature(self.function).parameters)
        except (TypeError, ValueError):
            names = []
        for i, value in enumerate(self.inputs):
            writer.name(value, names[i] if i < len(names) else "x")
        for t, value in captured.items():
            writer.name(value, known.get(id(t), "tensor"))
        return writer


def _as_variable(name: str) -> str:
    """The name of a parameter as that of a variable: weight_0 for 0.weight."""
    parts = name.split(".")
    numbers = [part for part in parts if part.isdigit()]
    return "_".join([*(part for part in parts if not part.isdigit()), *numbers])


def _between(root: Node, ends: Any) -> dict[Node, None]:
    """The nodes on the paths from a root to the ends and to leaves, without those."""
    found = {} if root in ends or type(root) is Leaf else {root: None}
    waiting = [*found]
    while waiting:
        for parent in waiting.pop().parents:
            if parent not in found and parent not in ends and type(parent) is not Leaf:
                found[parent] = None
                waiting.append(parent)
    return found


@contextmanager
def _ending_at(nodes: Iterable[Node]) -> Iterator[None]:
    """Let a walk end at these nodes, and show nothing to their hooks."""
    before = [(node, node.parents, node.hooks) for node in nodes]
    for node, _, _ in before:
        node.parents, node.hooks = (), None
    try:
        yield
    finally:
        for node, parents, hooks in before:
            node.parents, node.hooks = parents, hooks
