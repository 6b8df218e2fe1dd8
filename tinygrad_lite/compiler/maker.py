"""From the tape of one call to a variant."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .. import memory
from ..graph import Leaf, Node, walk
from ..tensor import Tensor
from .program import Writer, needed, values_in
from .surroundings import Names, Surroundings
from .tape import Refusal, Tape, Value
from .variant import Structure, Variant


def heard(
    function: Callable[..., Any], given: Sequence[Tensor], args: tuple[Any, ...], kwargs: dict[str, Any], strict: bool
) -> tuple[Any, Variant]:
    """The result of an ordinary call of the function, and the variant that can be made of what was heard.

    Raises:
        Refusal: if strict, and it cannot be followed.
    """
    names = Names(function)
    tape = Tape(strict)
    before = [(t._data, t._node) for t in given]
    inputs = [tape.given(t._data, "argument") for t in given]
    with tape:
        result = function(*args, **kwargs)
    if any(t._data is not array or t._node is not node for t, (array, node) in zip(given, before, strict=True)):
        tape.refuse("an argument was given another history or other memory")
    return result, _Maker(function, tape, given, inputs, Surroundings(names, tape.modules)).variant(result)


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
    """Makes the variant. Attributes are what is known beforehand."""

    def __init__(
        self,
        function: Callable[..., Any],
        tape: Tape,
        given: Sequence[Tensor],
        inputs: list[Value],
        surroundings: Surroundings,
    ) -> None:
        self.function = function
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
        middle = len(self.tape.calls)
        gradients, sources = self._way_back(variant, results)
        self.tape.settle(self.outside)
        captured = [v.tensor for v in self.tape.captured if v.tensor is not None]
        if any(t._node is not None and type(t._node) is not Leaf for t in captured):
            self.tape.refuse("a Tensor from outside was computed from others: pass it as an argument")
        variant.reason = self.tape.reason
        if variant.reason is None:
            self._write(variant, outputs, middle, gradients, sources)
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
            index = next((i for i, t in enumerate(results) if t is result), len(results))
            if index == len(results):
                results.append(result)
            return lambda new, given: new[index]
        if type(result) in (tuple, list):
            kind, parts = type(result), [self._structure(item, results) for item in result]
            return lambda new, given: kind([part(new, given) for part in parts])
        if type(result) is dict:
            named = {key: self._structure(item, results) for key, item in result.items()}
            return lambda new, given: {key: part(new, given) for key, part in named.items()}
        if not (result is None or isinstance(result, (bool, int, float, str))):
            self.tape.refuse(f"a {type(result).__name__} is returned")
        return lambda new, given: result

    def _output(self, t: Tensor) -> Value:
        value = self.tape.given(t._data, "captured")
        if value.origin == "captured" or type(t) is not Tensor or type(t._node) is Leaf:
            self.tape.refuse("a Tensor is returned that was not made by operations on Tensors")
        root = memory.owner(t._data)
        if any(root is memory.owner(other._data) for other in (*self.given, *self.outside)):
            self.tape.refuse("memory that the function was given is returned as another Tensor: return a clone()")
        return value

    # ------------------------------------------------------------------------------------------- the way back

    def _way_back(
        self, variant: Variant, results: list[Tensor]
    ) -> tuple[list[Value], list[tuple[int | Tensor, Value]]]:
        """Walk back from the results, on the tape.

        Returns the gradients it began with, and those it came to, each with its Tensor: the place of one given, or
        one from outside.
        """
        roots = [(i, t) for i, t in enumerate(results) if t._node is not None]
        if not roots or self.tape.reason is not None:
            return [], []
        ends: dict[Node, int | Tensor] = {t._node: i for i, t in enumerate(self.given) if t._node is not None}
        for t in self.outside:
            if type(t._node) is Leaf:
                ends.setdefault(t._node, t)
        seeds = [np.ones_like(t._data) for _, t in roots]
        gradients = [self.tape.given(seed, "gradient") for seed in seeds]
        starts: list[tuple[Node, Any]] = [(t._node, seed) for (_, t), seed in zip(roots, seeds, strict=True)]  # type: ignore[misc]
        try:
            with self.tape, _ending_at(ends):
                found = walk(starts, wanted=ends.keys(), retain_graph=True)
        except Refusal:
            raise
        except RuntimeError:  # the function has walked back itself, and the graph is freed
            return [], []
        variant.outputs = [(i, t._data.shape, t._data.dtype) for i, t in roots]
        return gradients, [(ends[node], self.tape.given(g, "captured")) for node, g in found.items()]

    # ------------------------------------------------------------------------------------------- the programs

    def _write(
        self,
        variant: Variant,
        outputs: list[Value],
        middle: int,
        gradients: list[Value],
        sources: list[tuple[int | Tensor, Value]],
    ) -> None:
        found = [value for _, value in sources]
        after = needed(self.tape.calls[middle:], found)
        made = {*gradients, *values_in([call.result for call in after])}
        read = dict.fromkeys([*values_in([call.args for call in after]), *found])
        held = [v for v in read if v not in made and v.origin != "constant"]
        before = needed(self.tape.calls[:middle], [*outputs, *held])
        used = dict.fromkeys([*values_in([call.args for call in before]), *outputs, *held])
        captured = {v.tensor: v for v in used if v.origin == "captured" and v.tensor is not None}
        for source, _ in sources:
            if isinstance(source, Tensor) and source not in captured:
                captured[source] = self.tape.given(source._data, "captured")
        places = {t: i for i, t in enumerate(captured, start=len(self.given))}
        variant.parents = [s if isinstance(s, int) else places[s] for s, _ in sources]
        given = [*dict.fromkeys(self.inputs), *captured.values()]

        known = self._known()
        writer = Writer({key: f"tensor_{name}" for key, name in known.items()})
        self._name(writer, captured, known)
        variant.source = writer.program("forward", given, before, outputs, held)
        if gradients:
            for g in gradients:
                writer.name(g, "g")
            variant.source += "\n\n" + writer.program("backward", [*gradients, *held], after, found, [])
        variant.forward, variant.backward = writer.functions(variant.source, variant.name)
        reachable = {id(memory.owner(v.example)) for v in (*given, *outputs)}
        variant.shared = [
            i for i, v in enumerate(held) if type(v.example) is np.ndarray and id(memory.owner(v.example)) in reachable
        ]
        self.surroundings.rest_on([*captured])

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
