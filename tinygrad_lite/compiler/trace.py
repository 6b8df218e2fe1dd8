"""From the tape of one call to a variant."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..autograd.function import FunctionNode
from ..core import versions as memory
from ..core.graph import Leaf, Node, walk
from ..core.primitive import Array
from ..tensors.tensor import Tensor
from .backward import Backward
from .captured_names import same, seen
from .codegen import Writer, needed, values_in
from .compiled_call import InnerNode, Structure, Variant
from .guards import Surroundings
from .tape import Refusal, Tape, Value


def heard(
    function: Callable[..., Any],
    given: Sequence[Tensor],
    others: Sequence[Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    strict: bool,
) -> tuple[Any, Variant]:
    """The result of an ordinary call of the function, and the variant that can be made of what was heard.

    Args:
        given: the Tensors in the arguments.
        others: what else there is in them that may have attributes.

    Raises:
        Refusal: if strict, and it cannot be followed.
    """
    surroundings = Surroundings(function, others)
    tape = Tape(strict)
    before = [(t._data, t._history()) for t in given]
    contents = seen([args, kwargs])
    inputs = [tape.given(t._data, "argument") for t in given]
    for t in surroundings.graded:
        tape.gradient(t)
    with tape, _guarded([node for _, node in before if node is not None and type(node) is not Leaf], tape):
        result = function(*args, **kwargs)
    if any(t._data is not array or t._history() is not node for t, (array, node) in zip(given, before, strict=True)):
        tape.graph_break("an argument was given another history or other memory")
    if not same(seen([args, kwargs]), contents):
        tape.graph_break("a list or dict that is an argument is changed")
    changed = surroundings.close(tape.modules)
    if changed is not None:
        tape.graph_break(changed)
    old = {*map(id, _containers([*args, *kwargs.values()])), *surroundings.containers()}
    return result, _Maker(function, tape, given, inputs, surroundings, old).variant(result)


def _containers(x: Any) -> Iterator[Any]:
    """The lists and dicts in arguments."""
    if isinstance(x, (list, dict)):
        yield x
    if isinstance(x, (list, tuple, dict)):
        for item in x.values() if isinstance(x, dict) else x:
            yield from _containers(item)


class _Border(dict[int, Any]):
    """The hooks of a node from which, while the function runs, no walk may go on."""

    tape: Tape | None

    def __bool__(self) -> bool:
        if self.tape is not None:
            self.tape.graph_break("backward() goes on into what an argument was computed from")
        return len(self) > 0


@contextmanager
def _guarded(nodes: Iterable[Node], tape: Tape) -> Iterator[None]:
    """Let the tape refuse a walk that comes to these nodes: next time they will be others."""
    borders = []
    for node in dict.fromkeys(nodes):
        if node.hooks is None and not isinstance(node, InnerNode):  # these are refused anyway
            node.hooks = border = _Border()
            border.tape = tape
            borders.append((node, border))
    try:
        yield
    finally:
        for node, border in borders:
            border.tape = None
            if not border:
                node.hooks = None


@contextmanager
def _ending_at(nodes: Iterable[Node]) -> Iterator[None]:
    """Let a walk end at these nodes, and show nothing to their hooks."""
    kept = [(node, node.parents, node.hooks) for node in nodes]
    for node, _, _ in kept:
        node.parents, node.hooks = (), None
    try:
        yield
    finally:
        for node, parents, hooks in kept:
            node.parents, node.hooks = parents, hooks


class _Maker:
    """Makes the variant. Attributes are what is known beforehand: `old` the identities of lists and dicts."""

    def __init__(
        self,
        function: Callable[..., Any],
        tape: Tape,
        given: Sequence[Tensor],
        inputs: list[Value],
        surroundings: Surroundings,
        old: set[int],
    ) -> None:
        self.function = function
        self.old = old
        self.tape = tape
        self.given = given
        self.inputs = inputs
        self.surroundings = surroundings
        self.outside = surroundings.outside()

    def variant(self, result: Any) -> Variant:
        """The variant, with programs or with a reason why there are none."""
        results: list[Tensor] = []
        structure = self._structure(result, results)
        name = getattr(self.function, "__name__", type(self.function).__name__)
        variant = Variant(name, self.surroundings, structure)
        self.surroundings.rest_on([])
        outputs = [self._output(t) for t in results]
        if len({id(memory.owner(t._data)) for t in results}) < len(results):
            self.tape.graph_break("Tensors that share memory are returned: return a clone()")
        middle = len(self.tape.calls)
        gradients, sources, watched = self._way_back(variant, results)
        self.tape.settle(self.outside)
        captured = [v.tensor for v in self.tape.captured if v.tensor is not None]
        if any(t._node is not None and type(t._node) is not Leaf for t in captured):
            self.tape.graph_break("a Tensor from outside was computed from others: pass it as an argument")
        variant.reason, variant.plain = self.tape.reason, self.tape.plain
        if variant.reason is None:
            self._write(variant, outputs, middle, gradients, sources, watched)
        return variant

    # ----------------------------------------------------------------------------------- what it returns

    def _structure(self, result: Any, results: list[Tensor]) -> Structure:
        """How to build what the function returns; the new Tensors in it are collected."""
        if isinstance(result, Tensor):
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
        if id(result) in self.old:
            self.tape.graph_break(f"a {type(result).__name__} is returned that was there before")
        if isinstance(result, tuple) or type(result) is list:
            kind, parts = type(result), [self._structure(item, results) for item in result]
            build: Callable[..., Any] = getattr(kind, "_make", kind)  # of a named tuple
            return lambda new, given: build([part(new, given) for part in parts])
        if type(result) is dict:
            named = {key: self._structure(item, results) for key, item in result.items()}
            return lambda new, given: {key: part(new, given) for key, part in named.items()}
        if not (result is None or isinstance(result, (bool, int, float, str, np.dtype))):
            self.tape.graph_break(f"a {type(result).__name__} is returned")
        return lambda new, given: result

    def _output(self, t: Tensor) -> Value:
        node, value = t._history(), self.tape.given(t._data, "captured")
        if value.origin == "captured" or type(t) is not Tensor or type(node) is Leaf:
            self.tape.graph_break("a Tensor is returned that was not made by operations on Tensors")
        root = memory.owner(t._data)
        others = *self.given, *self.outside, *[x._grad for x in self.outside if x._grad is not None]
        if any(root is memory.owner(other._data) for other in others):
            self.tape.graph_break("memory that the function was given is returned as another Tensor: return a clone()")
        return value

    # ------------------------------------------------------------------------------------------- the way back

    def _way_back(
        self, variant: Variant, results: list[Tensor]
    ) -> tuple[list[Value], list[tuple[int | Tensor, Value]], list[Array]]:
        """Walk back from the results, on the tape.

        Returns the gradients it began with, those it came to, each with its Tensor (the place of one given, or one from
        outside), and the arrays that the nodes on its way have saved.
        """
        ends: dict[Node, int | Tensor] = {t._node: i for i, t in enumerate(self.given) if t._node is not None}
        for t in self.outside:
            if type(t._node) is Leaf:
                ends.setdefault(t._node, t)
        ways = {i: _between(t._node, ends) for i, t in enumerate(results) if t._node is not None}
        variant.freed = [i for i, way in ways.items() if any(node.saved is None for node in way)]
        variant.outputs = [i for i in ways if i not in variant.freed]
        roots: list[Node] = [results[i]._node for i in variant.outputs]  # type: ignore[misc]
        variant.inner = {i for i, t in enumerate(results) for j in variant.outputs if i != j and t._node in ways[j]}
        passed = dict.fromkeys(node for i in variant.outputs for node in ways[i])
        for node in passed:
            if node.hooks:
                self.tape.graph_break("a gradient is shown to a hook")
            if isinstance(node, FunctionNode):
                self.tape.graph_break(f"the derivative {node.name()} is written in Python, and may do anything")
        if not roots or self.tape.reason is not None:
            return [], [], []
        seeds = [np.ones_like(results[i]._data) for i in variant.outputs]
        gradients = [self.tape.given(seed, "gradient") for seed in seeds]
        try:
            with self.tape, _ending_at(ends):
                found = walk([*zip(roots, seeds, strict=True)], wanted=ends.keys(), retain_graph=True)
        except Refusal:
            raise
        except Exception as error:  # backward() will raise it
            self.tape.graph_break(f"its derivative cannot be computed: {error}")
            return [], [], []
        sources = [(ends[node], self.tape.given(g, "captured")) for node, g in found.items()]
        return gradients, sources, [x for node in passed for x in node.arrays()]

    # ------------------------------------------------------------------------------------------- the programs

    def _write(
        self,
        variant: Variant,
        outputs: list[Value],
        middle: int,
        gradients: list[Value],
        sources: list[tuple[int | Tensor, Value]],
        watched: list[Array],
    ) -> None:
        found = [value for _, value in sources]
        after = needed(self.tape.calls[middle:], found)
        made = {*gradients, *values_in([call.result for call in after])}
        read = dict.fromkeys([*values_in([call.args for call in after]), *found])
        exposed = {id(memory.owner(v.example)) for v in (*self.inputs, *outputs)}
        exposed |= {id(memory.owner(t._data)) for t in self.outside}
        held = [v for v in read if v not in made and v.origin != "constant"]
        before = needed(self.tape.calls[:middle], [*outputs, *held])
        used = dict.fromkeys([*values_in([call.args for call in before]), *outputs, *held])
        captured = {v.tensor: v for v in used if v.origin == "captured" and v.tensor is not None}
        for source, _ in sources:
            if isinstance(source, Tensor) and source not in captured:
                captured[source] = self.tape.given(source._data, "captured")
        places = {t: i for i, t in enumerate(captured, start=len(self.given))}
        variant.parents = [s if isinstance(s, int) else places[s] for s, _ in sources]
        variant.distinct = [i for i, v in enumerate(self.inputs) if v not in self.inputs[:i]]
        given = [*[self.inputs[i] for i in variant.distinct], *captured.values()]

        known = self._known()
        writer = Writer({key: f"tensor_{name}" for key, name in known.items()})
        self._name(writer, captured, known)
        variant.source = writer.program("forward", given, before, outputs, held)
        if gradients:
            for g in gradients:
                writer.name(g, "g")
            variant.source += "\n\n" + writer.program("backward", [*gradients, *held], after, found, [])
        variant.forward, backward = writer.functions(variant.source, variant.name)
        # What derivatives read must not change in between; the nodes look at more of it than the program holds.
        mine = {id(x) for v in held for x in memory.arrays_in([v.example])}
        roots = {id(memory.owner(x)) for x in watched}
        variant.watched = [
            i
            for i, v in enumerate([*given, *outputs])
            if id(memory.owner(v.example)) in roots and id(v.example) not in mine
        ]
        shared = [any(id(memory.owner(x)) in exposed for x in memory.arrays_in([v.example])) for v in held]
        variant.shared = [
            *itertools.compress(range(len(held)), shared),
            *range(len(held), len(held) + len(variant.watched)),
        ]
        variant.held = len(held)
        if gradients:
            variant.backward = Backward(writer, variant.name, after, gradients, held, found, backward)
        self.surroundings.rest_on([*captured])
        for value in values_in([outputs, found, given, [(call.args, call.result) for call in self.tape.calls]]):
            value.forget()

    def _known(self) -> dict[int, str]:
        """The names of parameters and buffers in their modules, by identity."""
        known: dict[int, str] = {}
        for module in self.surroundings.modules:
            for name, t in (*module.named_parameters(), *module.named_buffers()):
                known.setdefault(id(t), _spelled(name))
        return known

    def _name(self, writer: Writer, captured: dict[Tensor, Value], known: dict[int, str]) -> None:
        """Arguments are called as in the function, Tensors from outside as in their modules."""
        try:
            names = list(inspect.signature(self.function).parameters)
        except (TypeError, ValueError):
            names = []
        for i, value in enumerate(self.inputs):
            writer.name(value, names[i] if i < len(names) else "x")
        for t, value in captured.items():
            writer.name(value, known.get(id(t), "tensor"))


def _spelled(name: str) -> str:
    """The name of a parameter as a variable's: weight_0 for 0.weight."""
    parts = name.split(".")
    numbers = [part for part in parts if part.isdigit()]
    return "_".join([*(part for part in parts if not part.isdigit()), *numbers])


def _between(root: Node, ends: Any) -> dict[Node, None]:
    """The nodes on the ways from a root to the ends, and to leaves, without those."""
    found = {} if root in ends or type(root) is Leaf else {root: None}
    waiting = [*found]
    while waiting:
        for parent in waiting.pop().parents:
            if parent not in found and parent not in ends and type(parent) is not Leaf:
                found[parent] = None
                waiting.append(parent)
    return found
