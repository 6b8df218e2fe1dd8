"""A variant: the programs for calls of one kind, and the node by which the way back becomes part of a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .. import memory
from ..graph import ItemNode, Lift, Node
from ..tensor import Tensor, wrap
from .surroundings import Surroundings

Structure = Callable[[Sequence[Tensor], Sequence[Tensor]], Any]
"""From the outputs of a program, and the Tensors that were given, to what the function returns."""


class Variant:
    """The programs for calls of one kind, in the surroundings in which they were made.

    Attributes:
        name: of the function.
        reason: why there are none, and the function is to be run as it is written; None if there are.
        source: the text of the programs.
        forward: the arrays of the given Tensors and of those captured → (outputs, what the way back needs).
        backward: the gradients of the outputs, what the way back needs → ((gradients of the parents), ()).
        outputs: the number, shape and dtype of those outputs that have a history.
        parents: for each gradient the number of its Tensor, among those given and then those captured.
        shared: the places, in what the way back needs, of memory to which others have access.
    """

    promotion = None  # it stands for a primitive in its nodes

    def __init__(self, name: str, surroundings: Surroundings, structure: Structure) -> None:
        self.name = name
        self.surroundings = surroundings
        self.structure = structure
        self.reason: str | None = None
        self.source = ""
        self.forward: Callable[..., Any]
        self.backward: Callable[..., Any]
        self.outputs: list[tuple[int, tuple[int, ...], Any]] = []
        self.parents: list[int] = []
        self.shared: list[int] = []

    def __call__(self, given: Sequence[Tensor], captured: Sequence[Any]) -> Any:
        """Run the program for Tensors like those it was made with, and the arrays from outside."""
        arrays = [t._data for t in given]
        with np.errstate(all="ignore"):
            results, held = self.forward(*arrays, *captured)
        outputs = [wrap(x) for x in results]
        if self.outputs:
            tensors = [*given, *self.surroundings.tensors]
            node = CompiledNode(self, [tensors[i]._node for i in self.parents], held)
            if memory.exposed:
                node.seal((*arrays, *captured))
            for i, _, _ in self.outputs:
                outputs[i]._node = node if len(self.outputs) == 1 else ItemNode(node, i, results[i])
        return self.structure(outputs, given)


class CompiledNode(Node):
    """One run of a compiled function. `saved` is what the way back needs."""

    __slots__ = ()

    primitive: Any

    def __init__(self, variant: Variant, parents: list[Any], held: tuple[Any, ...]) -> None:
        self.number = next(memory.clock)
        self.primitive = variant
        self.parents = parents
        self.plan = None
        self.saved = held
        self.hooks = self.seals = None
        only = variant.outputs[0] if len(variant.outputs) == 1 else (0, None, None)
        _, self.shape, self.dtype = only

    def gradients(self, g: Any, lift: Lift | None) -> Iterable[Any]:
        variant: Variant = self.primitive
        if lift is not None:
            raise RuntimeError(
                f"{variant.name}: a compiled function can be differentiated once only. Where create_graph=True is "
                "needed, call the function as it was before compile()"
            )
        gradients = [g]
        if self.shape is None:
            found = g.items
            gradients = [found[i] if i in found else np.zeros(shape, dtype) for i, shape, dtype in variant.outputs]
        result: Iterable[Any] = variant.backward(*gradients, *self.saved)[0]
        return result

    def arrays(self) -> Iterable[Any]:
        """Of what was saved, that to which others have access."""
        return [self.saved[i] for i in self.primitive.shared]

    def release(self) -> None:
        self.saved = None
