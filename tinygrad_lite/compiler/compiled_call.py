"""A variant: the programs for calls of one kind, and the node by which the way back becomes part of a graph."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..autograd.custom_nodes import CustomNode, ItemNode, Parts
from ..core import versions as memory
from ..core.errors import explained
from ..core.modes import state
from ..core.primitive import REGISTRY, Array, Traced
from ..core.tensor import wrap
from ..core.tracing import graph_break
from ..tensors.tensor import Tensor
from .guards import Surroundings

Structure = Callable[[Sequence[Tensor], Sequence[Tensor]], Any]
"""From the outputs of a program, and the Tensors that were given, to what the function returns."""


class Variant:
    """The programs for calls of one kind, in the surroundings in which they were made.

    Attributes:
        name: of the function.
        reason: why there are none, and the function is to be run as it is written; None if there are.
        source: the text of the programs.
        forward: the distinct arrays of the given Tensors and of those captured → (outputs, what the way back needs).
        backward: from which outputs have a gradient to the program: their gradients, what the way back needs →
            ((gradients of the parents), ()).
        plain: whether that needs no more than NumPy to be silent; to go into the silent context twice is not allowed.
        distinct: the numbers of those given without those that have the same array as an earlier one.
        outputs: the numbers of those outputs that have a history.
        inner: the numbers of those of them from which others were computed.
        freed: the numbers of those outputs whose history the function has used up itself.
        parents: for each gradient the number of its Tensor, among those given and then those captured.
        held: how many things the way back needs.
        watched: what a node saves in addition, to know if it was changed: the numbers of the arrays, among the distinct
            ones given, those captured and the outputs.
        shared: the places, in all that it saves, of memory to which others have access.
    """

    promotion = None  # it stands for a primitive in its nodes

    def __init__(self, name: str, surroundings: Surroundings, structure: Structure) -> None:
        self.name = name
        self.surroundings = surroundings
        self.structure = structure
        self.reason: str | None = None
        self.source = ""
        self.forward: Callable[..., Any]
        self.backward: Callable[[tuple[bool, ...]], Callable[..., Any]]
        self.plain = False
        self.distinct: list[int] = []
        self.outputs: list[int] = []
        self.inner: set[int] = set()
        self.freed: list[int] = []
        self.parents: list[int] = []
        self.held = 0
        self.watched: list[int] = []
        self.shared: list[int] = []

    def __call__(self, given: Sequence[Tensor], captured: Sequence[Array]) -> Any:
        """Run the program for Tensors like those it was made with, and the arrays from outside."""
        arrays = [given[i]._data for i in self.distinct]
        try:
            if self.plain:
                results, held = state.mode[0](self.forward, *arrays, *captured)
            else:
                with np.errstate(all="ignore"):
                    results, held = self.forward(*arrays, *captured)
        except Exception as error:
            raise self._explained(error)  # noqa: B904
        outputs = [wrap(x) for x in results]
        if self.outputs:
            tensors = [*given, *self.surroundings.tensors]
            if self.watched:
                everything = [*arrays, *captured, *results]
                held = (*held, *[everything[i] for i in self.watched])
            node = CompiledNode(self, [tensors[i]._node for i in self.parents], held)
            if memory.exposed:
                node.protect((*arrays, *captured))
            if len(self.outputs) == 1:
                (i,) = self.outputs
                outputs[i]._node = node
                node.shape, node.dtype = results[i].shape, results[i].dtype
            else:
                for i in self.outputs:
                    outputs[i]._node = (InnerNode if i in self.inner else ItemNode)(node, i, results[i])
        for i in self.freed:
            outputs[i]._node = node = CompiledNode(self, (), None)
            node.shape, node.dtype = results[i].shape, results[i].dtype
        return self.structure(outputs, given)

    def _explained(self, error: Exception) -> Exception:
        """The error of a line of the program, as the operation raises it for which the line stands."""
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code is not self.forward.__code__:
            trace = trace.tb_next
        if trace is not None:
            names, values = self.forward.__globals__, trace.tb_frame.f_locals
            line: Any = ast.parse(self.source.splitlines()[trace.tb_lineno - 1].strip()).body[0]
            function = names[line.value.func.id]
            for p in REGISTRY.values():
                if function is p.kernel:
                    args = [eval(compile(ast.Expression(x), "", "eval"), names, values) for x in line.value.args]
                    return explained(error, p, args)
        return error


class CompiledNode(CustomNode):
    """One run of a compiled function. `saved` is what the way back needs."""

    __slots__ = ()

    primitive: Any

    def __init__(self, variant: Variant, parents: Sequence[Any], held: tuple[Any, ...] | None) -> None:
        self.number = next(memory.clock)
        self.primitive = variant
        self.parents = parents
        self.saved = held
        self.hooks = self.checksums = None
        self.shape = self.dtype = None

    def derive(self, g: Any, saved: Any) -> Iterable[Any]:
        variant: Variant = self.primitive
        graph_break("backward() goes on into what another compiled function has computed")
        items = g.items if isinstance(g, Parts) else {variant.outputs[0]: g}
        if any(isinstance(item, Traced) for item in items.values()):
            raise RuntimeError(
                f"{variant.name}: a compiled function can be differentiated once only. Where create_graph=True is "
                "needed, call the function as it was before compile()"
            )
        program = variant.backward(tuple([i in items for i in variant.outputs]))
        given = [items[i] for i in variant.outputs if i in items]
        result: Iterable[Any] = program(*given, *saved[: variant.held])[0]
        return result

    def arrays(self) -> list[Array]:
        """Of what was saved, that to which others have access."""
        return memory.arrays_in([self.saved[i] for i in self.primitive.shared])

    def release(self) -> None:
        self.saved = None


class InnerNode(ItemNode):
    """An output from which other outputs were computed, out of sight: what comes from there does not pass here."""

    __slots__ = ()

    @property
    def hooks(self) -> Any:
        """None."""

    @hooks.setter
    def hooks(self, value: Any) -> None:
        if value is not None:
            raise RuntimeError(
                f"{self.primitive.name}: of a result from which the compiled function has computed others there is no "
                "whole gradient, so retain_grad(), hooks and inputs= are not available. Return x.detach() beside it, "
                "or call the function as it was before compile()"
            )
