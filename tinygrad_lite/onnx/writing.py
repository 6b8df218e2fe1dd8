"""From a program to a model of ONNX: each call is converted, and what is not needed is left out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..compiler.codegen import title
from ..core import versions
from ..tensors.in_place import _overwrite as OVERWRITE
from . import elements, indexing, layers, reductions, shapes, windows  # noqa: F401  # they fill the table
from .conversions import CONVERSIONS
from .errors import NotExportable, OnnxExporterError
from .graph import Graph
from .program import Program, Step, Var
from .sizes import Size
from .tracing import WRITES

_CHECKS = ("check", "refuse", "wrote")

_DIFFERENT = (
    "it uses an array whose elements depend on the size of a dynamic axis, and which no operation on Tensors has made: "
    "that cannot be generalized"
)


class Writer:
    """Writes the model of a program.

    Attributes:
        symbols: the names of the sizes of dynamic axes.
        given: the names of the arrays that the model has, by the identity of the array.
    """

    def __init__(self, program: Program, opset: int, symbols: dict[Size, str], given: dict[int, str]) -> None:
        self.program, self.symbols, self.given = program, symbols, given
        self.graph = Graph(opset)
        self.helper = self.graph.onnx.helper
        self._written: set[Var] = set()

    def model(self, name: str, input_names: Sequence[str], output_names: Sequence[str]) -> Any:
        """The model.

        Raises:
            OnnxExporterError: for what it needs and has no ONNX form, with layer and line.
        """
        g = self.graph
        for reserved in (*input_names, *output_names):
            g.unused(reserved)
        inputs = [*zip(self.program.inputs, input_names, strict=True)]
        for var, given in inputs:
            g.bind(var, given)
        for var in self.program.captured:
            known = self.given.get(id(var.examples[0]))
            if known is not None:
                g.bind(var, g.initializer(known, var.examples[0]))
            elif var.differs():
                g.bind(var, NotExportable(_DIFFERENT))
            else:
                var.constant = np.asarray(var.examples[0])
        for step in self.program.steps:
            self._convert(step)
        g.path = ""
        outputs = [*zip(self.program.outputs, output_names, strict=True)]
        for var, output in outputs:
            g.nodes.append(self.helper.make_node("Identity", [self._name(var)], [output], f"/{output}"))
        self._leave_out([*output_names])
        self._rename_outputs({*output_names}, {*input_names})
        graph = self.helper.make_graph(
            g.nodes, name, [self._info(*x) for x in inputs], [self._info(*x) for x in outputs],
            [g.onnx.numpy_helper.from_array(array, key) for key, array in g.initializers.items()],
        )  # fmt: skip
        opsets = [self.helper.make_opsetid("", g.opset)]
        version = self.helper.find_min_ir_version_for(opsets)
        return self.helper.make_model(graph, opset_imports=opsets, ir_version=version, producer_name="tinygrad_lite")

    def _info(self, var: Var, name: str) -> Any:
        """Return ONNX's record of an input or an output: its name, dtype and shape."""
        sizes = [self.symbols.get(n, f"{name}_dim_{i}") if isinstance(n, Size) else n for i, n in enumerate(var.shape)]
        return self.helper.make_tensor_value_info(name, self.helper.np_dtype_to_tensor_dtype(var.dtype), sizes)

    # --------------------------------------------------------------------------------------------- calls

    def _convert(self, step: Step) -> None:
        """Add the nodes of a call, or note why there are none; that is an error where its result is needed."""
        g = self.graph
        if step.function in WRITES:
            self._write(step)
            return
        if not step.results:
            if not step.name.startswith(_CHECKS):
                raise self._error(step, NotExportable(f"{step.name}() has an effect beside its result"))
            return
        if all(var.constant is not None for var in step.results):
            return
        g.path = step.place.path
        try:
            g.bind(step.results[0], self._converted(step))
        except NotExportable as reason:
            for var in step.results:
                g.bind(var, NotExportable(str(self._error(step, reason))))

    def _converted(self, step: Step) -> str:
        function: Any = step.function
        settings: dict[str, Any] = {}
        if isinstance(function, functools.partial):
            if function.args:
                raise NotExportable(f"{step.name}() has no ONNX form")
            settings, function = function.keywords, function.func
        name = step.primitive.name if step.primitive is not None else getattr(function, "__name__", "").lstrip("_")
        if name == "drawn":
            raise NotExportable("it draws random numbers, which an ONNX model does not: call eval() on the model")
        convert: Callable[..., str] | None = CONVERSIONS.get(name)
        if convert is None:
            raise NotExportable(f"{step.name}() has no ONNX form")
        return convert(self.graph, step, *step.args, **settings)

    def _write(self, step: Step) -> None:
        """Let the arrays in memory that is written stand for their new elements."""
        function, array, *rest = step.args
        self.graph.path = step.place.path
        memory = versions.owner(array.examples[0])
        if any(versions.owner(var.examples[0]) is memory for var in self.program.captured):
            raise self._error(step, NotExportable("a Tensor that is there before the call is written in place"))
        try:
            if function is not OVERWRITE:
                raise NotExportable(f"{title(function)}() writes to memory in place")
            new: Any = self.graph.operand(rest[0], array.dtype)
            if getattr(rest[0], "shape", ()) != array.shape:
                new = self.graph.expand(new, array.shape)
        except NotExportable as reason:
            new = NotExportable(str(self._error(step, reason)))
        example = array.examples[0]
        for var in self._alive():
            other = var.examples[0]
            if not isinstance(other, np.ndarray) or versions.owner(other) is not memory:
                continue
            if var.step is not None and np.may_share_memory(other, example):
                var.step.outputs = []  # they are of what was there before
            same = other.__array_interface__["data"] == example.__array_interface__["data"]
            in_order = other.flags.c_contiguous and example.flags.c_contiguous and other.size == example.size
            if same and (other.shape, other.strides) == (example.shape, example.strides):
                self.graph.bind(var, new)
            elif same and in_order:  # another shape of the same elements
                self.graph.bind(var, new if isinstance(new, NotExportable) else self.graph.reshape(new, var.shape))
            elif np.may_share_memory(other, example):
                stale = NotExportable("memory is written in place at which it looks: write to a clone()")
                self.graph.bind(var, NotExportable(str(self._error(step, stale))))
            var.constant = None

    def _alive(self) -> list[Var]:
        """The arrays that have been computed so far."""
        g, known = self.graph, [*self.program.inputs]
        for step in self.program.steps:
            known += [var for var in step.results if g.bound(var) or var.constant is not None]
        return known

    def _name(self, var: Var) -> str:
        """The name of an array that the model returns."""
        try:
            return self.graph.name(var)
        except NotExportable as reason:
            text = str(reason)
            raise OnnxExporterError(text if text.startswith("onnx.export") else f"onnx.export: {text}") from None

    def _error(self, step: Step, reason: NotExportable) -> OnnxExporterError:
        """The error of a call. What it was given may have none already, which is then the reason."""
        text = str(reason)
        return OnnxExporterError(text if text.startswith("onnx.export") else f"onnx.export: {step.place}: {text}")

    # --------------------------------------------------------------------------------------------- what is needed

    def _leave_out(self, wanted: list[str]) -> None:
        """Leave out the nodes and the arrays that lead to no output."""
        g, needed = self.graph, {*wanted}
        kept = []
        for node in reversed(g.nodes):
            if needed.isdisjoint(node.output):
                continue
            while node.output[-1] not in needed:
                node.output.pop()
            needed.update(node.input)
            kept.append(node)
        g.nodes = kept[::-1]
        g.initializers = {name: array for name, array in g.initializers.items() if name in needed}

    def _rename_outputs(self, outputs: set[str], inputs: set[str]) -> None:
        """Let the nodes that compute what is returned have it under its name, instead of another node that copies."""
        g = self.graph
        names: dict[str, str] = {}
        for node in g.nodes:
            copied = node.op_type == "Identity" and node.output[0] in outputs
            if copied and not {*inputs, *g.initializers, *names}.intersection(node.input):
                names[node.input[0]] = node.output[0]
        g.nodes = [node for node in g.nodes if not (node.input and names.get(node.input[0]) == node.output[0])]
        for node in g.nodes:
            for i, name in enumerate(node.input):
                node.input[i] = names.get(name, name)
            for i, name in enumerate(node.output):
                node.output[i] = names.get(name, name)
