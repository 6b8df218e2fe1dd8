"""A compiled call: the programs for calls of one kind, and the node by which they become part of a graph."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..autograd.custom_nodes import CustomNode, ItemNode, Parts
from ..core import versions
from ..core.errors import explained
from ..core.inference import made
from ..core.modes import in_force, thread
from ..core.primitive import REGISTRY, Array, Traced
from ..core.tracing import graph_break
from ..nn.module.error_location import add_location, located
from ..nn.module.module import Module
from ..tensors.tensor import Tensor
from .arguments import Recognizer
from .guards import Guards

Structure = Callable[[Sequence[Tensor], Sequence[Tensor]], Any]
"""From the outputs of a program, and the Tensors that were given, to what the function returns."""


class CompiledCall:
    """The programs for calls of one kind, as long as the guards hold.

    Attributes:
        name: the name of the function.
        reason: why there are no programs, and the function is to be run as it is written; None if there are.
        source: the text of the programs.
        called_with: the arguments of the call that they were made from, in words.
        recognize: tells arguments of this kind quickly; None before the first replay.
        note: what a backend made of them, in words.
        forward: takes the distinct arrays of the given Tensors and of those captured, and returns two tuples: the
            outputs, and what is kept for the backward program.
        backward: takes which of the outputs have a gradient, and returns the program that takes these gradients, and
            what was kept, to the gradients of the parents.
        only_arrays: whether the forward program consists of functions of arrays only. It can then be called through
            `State.mode`, which cannot be entered twice.
        quiet: whether NumPy computes nothing in the forward program of which it would warn.
        distinct: the numbers of the given Tensors without those that have the same array as an earlier one.
        outputs: the numbers of those outputs that have a history.
        inner: the numbers of those of them from which other outputs were computed.
        views: for each output whether it is an inference tensor, where they are not all what the mode makes of them.
        freed: the numbers of those outputs whose history the function has used up itself.
        parents: for each gradient the number of its Tensor, among those given and then those captured.
        kept: how many things are kept for the backward program.
        watched: the numbers of arrays, among the distinct ones given, those captured and the outputs, that a node saves
            in addition, in order to notice if they are changed.
        modules: for each line of the forward program the outermost and the innermost module in which its call was made.
        shared: the places, in all that a node saves, of memory to which others have access.
    """

    promotion = join = None  # it stands for a primitive in its nodes

    def __init__(self, name: str, guards: Guards, structure: Structure) -> None:
        self.name = name
        self.guards = guards
        self.structure = structure
        self.reason: str | None = None
        self.source = ""
        self.called_with = self.note = ""
        self.recognize: Recognizer | None = None
        self.forward: Callable[..., Any]
        self.backward: Callable[[tuple[bool, ...]], Callable[..., Any]]
        self.only_arrays = self.quiet = False
        self.distinct: list[int] = []
        self.outputs: list[int] = []
        self.inner: set[int] = set()
        self.views: list[Any] | None = None
        self.freed: list[int] = []
        self.parents: list[int] = []
        self.kept = 0
        self.watched: list[int] = []
        self.shared: list[int] = []
        self.modules: list[tuple[Module, Module] | None] = []

    def __call__(self, given: Sequence[Tensor], captured: Sequence[Array]) -> Any:
        """Run the program for Tensors like those it was made with, and the arrays from outside."""
        arrays = [given[i]._data for i in self.distinct]
        try:
            if self.only_arrays:
                results, kept = in_force(thread).mode[0](self.forward, *arrays, *captured)
            elif self.quiet:
                results, kept = self.forward(*arrays, *captured)
            else:
                with np.errstate(all="ignore"):
                    results, kept = self.forward(*arrays, *captured)
        except Exception as error:
            raise self._explained(error)  # noqa: B904  # _explained() sets the cause
        outputs = [made(x) for x in results]
        if self.views is not None:
            for t, view in zip(outputs, self.views, strict=True):
                t._view = view
        if self.outputs:
            self._add_node(outputs, given, arrays, captured, kept)
        for i in self.freed:
            outputs[i]._node = node = CompiledNode(self, (), None)
            node.shape, node.dtype = results[i].shape, results[i].dtype
        return self.structure(outputs, given)

    def _add_node(
        self, outputs: list[Tensor], given: Sequence[Tensor], arrays: list[Array], captured: Sequence[Array], kept: Any
    ) -> None:
        """Give the outputs a history: one node for all of them."""
        results = [t._data for t in outputs]
        tensors = [*given, *self.guards.tensors]
        if self.watched:
            everything = [*arrays, *captured, *results]
            kept = (*kept, *[everything[i] for i in self.watched])
        node = CompiledNode(self, [tensors[i]._node for i in self.parents], kept)
        if versions.exposed:
            node.protect((*arrays, *captured))
        if len(self.outputs) == 1:
            (i,) = self.outputs
            outputs[i]._node = node
            node.shape, node.dtype = results[i].shape, results[i].dtype
        else:
            for i in self.outputs:
                outputs[i]._node = (InnerNode if i in self.inner else ItemNode)(node, i, results[i])

    def _explained(self, error: Exception) -> Exception:
        """The error of a line of the program, as it is raised by the operation that the line stands for."""
        if isinstance(error, ValueError) and "read-only" in str(error):
            return RuntimeError(
                f"{self.name}(): the memory of a Tensor cannot be written, as it belongs to a read-only array: clone() "
                "it first"
            )
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code is not self.forward.__code__:
            trace = trace.tb_next
        if trace is None:
            return error
        names, values, number = self.forward.__globals__, trace.tb_frame.f_locals, trace.tb_lineno
        line: Any = ast.parse(self.source.splitlines()[number - 1].strip()).body[0]
        function = names[line.value.func.id]
        for p in REGISTRY.values():
            if function is p.kernel:
                args = [eval(compile(ast.Expression(x), "", "eval"), names, values) for x in line.value.args]
                error = explained(error, p, args)
                break
        around = self.modules[number - 2]
        if around is not None and error.args:
            outermost, innermost = around
            located(error, innermost)
            add_location(error, outermost)
        return error


class CompiledNode(CustomNode):
    """One run of a compiled call. `saved` is what the backward program needs, and behind it what is watched."""

    __slots__ = ()

    primitive: Any

    def __init__(self, compiled: CompiledCall, parents: Sequence[Any], saved: tuple[Any, ...] | None) -> None:
        self.number = next(versions.clock)
        self.primitive = compiled
        self.parents = parents
        self.saved = saved
        self.hooks = self.checksums = None
        self.shape = self.dtype = None

    def derive(self, g: Any, saved: Any) -> Iterable[Any]:
        compiled: CompiledCall = self.primitive
        graph_break("backward() goes on into what another compiled function has computed")
        items = g.items if isinstance(g, Parts) else {compiled.outputs[0]: g}
        if any(isinstance(item, Traced) for item in items.values()):
            raise RuntimeError(
                f"{compiled.name}: a compiled function can be differentiated once only. Where create_graph=True is "
                "needed, call the function as it was before compile()"
            )
        program = compiled.backward(tuple([i in items for i in compiled.outputs]))
        given = [items[i] for i in compiled.outputs if i in items]
        gradients: Iterable[Any] = program(*given, *saved[: compiled.kept])[0]
        return gradients

    def arrays(self) -> list[Array]:
        """The saved arrays to which others have access."""
        return versions.arrays_in([self.saved[i] for i in self.primitive.shared])

    def release(self) -> None:
        self.saved = None


class InnerNode(ItemNode):
    """The node of an output from which the function computed other outputs.

    The gradient that comes from those is not seen here, so there is nothing that hooks could be shown.
    """

    __slots__ = ()

    @property
    def hooks(self) -> Any:
        """None: there are no hooks."""

    @hooks.setter
    def hooks(self, value: Any) -> None:
        if value is not None:
            raise RuntimeError(
                f"{self.primitive.name}: of a result from which the compiled function has computed others there is no "
                "whole gradient, so retain_grad(), hooks and inputs= are not available. Return x.detach() beside it, "
                "or call the function as it was before compile()"
            )
