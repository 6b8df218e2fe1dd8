"""A table of a model's layers: shapes, parameters, memory kept for the backward pass, multiply-adds."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..core.tensor import TensorBase
from ..random.generator import get_rng_state, set_rng_state
from ..runtime import notebook
from .explanation import bytes_text
from .graph_view import GraphView
from .recording import Operation, record, shape_text


@dataclass
class Layer:
    """One module of a model.

    Attributes:
        name: its path; "" for the model itself.
        kind: the name of its class.
        output: the shapes of what it returned in its last call; empty if it was not called.
        parameters: the number of elements in its own parameters, without those of the modules in it.
        trainable: how many of them require a gradient.
        kept: what its own operations keep for the backward pass, in bytes.
        multiply_adds: those of its own matrix products.
    """

    name: str
    kind: str
    output: list[tuple[int, ...]]
    parameters: int
    trainable: int
    kept: int = 0
    multiply_adds: int = 0

    @property
    def depth(self) -> int:
        return self.name.count(".") + 1 if self.name else 0


class ModelSummary:
    """The result of `summary`. Print it, show it in a notebook, or iterate over its layers.

    Attributes:
        layers: the modules, in the order of `named_modules()`.
        parameters, trainable, kept, multiply_adds: the totals. A parameter that two modules share counts once.
    """

    def __init__(self, layers: list[Layer], parameters: int, trainable: int, kept: int, multiply_adds: int) -> None:
        self.layers = layers
        self.parameters, self.trainable, self.kept, self.multiply_adds = parameters, trainable, kept, multiply_adds

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def _rows(self) -> list[tuple[str, str, str, str, str]]:
        return [
            (
                "  " * layer.depth + (layer.name.rpartition(".")[2] + " " if layer.name else "") + layer.kind,
                " ".join(map(shape_text, layer.output)) or "not called",
                f"{layer.parameters:,}",
                bytes_text(layer.kept),
                f"{layer.multiply_adds:,}",
            )
            for layer in self.layers
        ]

    def _totals(self) -> str:
        frozen = f", {self.trainable:,} of them trained" if self.trainable < self.parameters else ""
        return (
            f"{self.parameters:,} parameters{frozen}; {bytes_text(self.kept)} kept for the backward pass; "
            f"{self.multiply_adds:,} multiply-adds"
        )

    def __str__(self) -> str:
        heads = ("layer", "output", "parameters", "keeps", "multiply-adds")
        rows = [heads, *self._rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        lines = []
        for row in rows:
            left = (cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True))
            right = (cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True))
            lines.append("  ".join([*left, *right]).rstrip())
        return "\n".join([*lines, self._totals()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [
            (layer.name or layer.kind, layer.kind, output, layer.parameters, keeps, layer.multiply_adds)
            for layer, (_, output, _, keeps, _) in zip(self, self._rows(), strict=True)
        ]
        heads = ("layer", "class", "output", "parameters", "keeps", "multiply-adds")
        return notebook.table(heads, rows, self._totals())


def summary(model: Any, *inputs: Any, **keywords: Any) -> ModelSummary:
    """Summarize a model: the shape that each layer returns, its parameters, and what a training step costs.

    The model is called once, as a copy: its buffers, its gradients and the random generator stay as they are.

    Args:
        model: a Module.
        *inputs: what it is called with, of any shape and dtype.
        **keywords: the arguments that it takes by name.

    Returns:
        A `ModelSummary`. "keeps" is what the operations of a layer save for the backward pass, inputs and parameters
        not counted. Multiply-adds are those of matrix products in the forward pass.

    Raises:
        TypeError: if the model has no modules to list.

    >>> import tinygrad_lite as tl
    >>> model = tl.nn.Sequential(tl.nn.Linear(3, 8), tl.nn.Tanh(), tl.nn.Linear(8, 2))
    >>> tl.insight.summary(model, tl.ones(5, 3))
    layer         output  parameters  keeps  multiply-adds
    Sequential    (5,2)            0    0 B              0
      0 Linear    (5,8)           32    0 B            120
      1 Tanh      (5,8)            0    0 B              0
      2 Linear    (5,2)           18  160 B             80
    50 parameters; 160 B kept for the backward pass; 200 multiply-adds
    """
    if not hasattr(model, "named_modules"):
        raise TypeError(f"summary(): expected a Module, but got {type(model).__name__}")
    twin = copy.deepcopy(model)
    layers: dict[str, Layer] = {}
    by_module: dict[int, Layer] = {}
    for name, module in twin.named_modules():
        own = list(module.parameters(recurse=False))
        layer = Layer(
            name, type(module).__name__, [], sum(p.numel() for p in own), sum(p.numel() for p in own if p.requires_grad)
        )
        layers[name] = by_module[id(module)] = layer
        module.register_forward_hook(lambda module, args, result: _note_output(by_module[id(module)], result))
    random_state = get_rng_state()
    try:
        with record(twin, values=None) as recording:
            result = twin(*inputs, **keywords)
    finally:
        set_rng_state(random_state)
    for operation in recording:
        if operation.site is not None and (count := _multiply_adds(operation)):
            layers[_path(operation.site.layer)].multiply_adds += count
    results = [t for t in _tensors(result) if t.requires_grad]
    kept = 0
    if results:
        view = GraphView(results, twin)
        kept = view.bytes
        for vertex in view.operations:
            layers[vertex.layer].kept += sum(each.bytes for each in vertex.kept)
    parameters = list(twin.parameters())
    return ModelSummary(
        list(layers.values()),
        sum(p.numel() for p in parameters),
        sum(p.numel() for p in parameters if p.requires_grad),
        kept,
        sum(layer.multiply_adds for layer in layers.values()),
    )


def _note_output(layer: Layer, result: Any) -> None:
    layer.output = [tuple(t.shape) for t in _tensors(result)]


def _path(layer: str) -> str:
    """The path in the name of a layer, `"0.fc1 (Linear)"`."""
    path, _, kind = layer.partition(" ")
    return path if kind else ""


def _tensors(result: Any) -> Iterator[TensorBase]:
    if isinstance(result, TensorBase):
        yield result
    elif isinstance(result, dict):
        yield from _tensors(list(result.values()))
    elif isinstance(result, (list, tuple)):
        for item in result:
            yield from _tensors(item)


def _multiply_adds(operation: Operation) -> int:
    """The multiplications of a matrix product: the elements of its result times the length that is summed over."""
    if operation.name in ("rnn", "lstm", "gru"):  # each step meets the weights of the inputs and of the state
        steps, *_ = operation.inputs
        states = 2 if operation.name == "lstm" else 1
        return math.prod(steps[:2]) * sum(map(math.prod, operation.inputs[1 + states : 3 + states]))
    if operation.name in ("convolve", "convolve_adjoint"):  # each place meets each weight of its group
        images, weight = operation.inputs[:2]
        places = operation.shape if operation.name == "convolve" else images
        return places[0] * math.prod(places[2:]) * math.prod(weight)
    if operation.name not in ("linear", "matmul"):
        return 0
    first = operation.inputs[0]
    return math.prod(operation.shape) * first[-1] if isinstance(first, tuple) and first else 0
