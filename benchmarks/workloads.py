"""The workloads: what to compute, told apart from how; and the same initial weights and data for every contestant."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Layer = tuple[Any, ...]
"""A layer's class in nn and its arguments, as ("Linear", 784, 100)."""


@dataclass(frozen=True)
class Workload:
    """What a step computes.

    Attributes:
        kind: a training step; a batch evaluated under no_grad; an epoch through a DataLoader; a chain of adds.
        layers: of the network, in order.
        batch: the samples of a step (for a chain its length).
        classes: the logits' number.
        optimizer, lr: the update rule.
        tiny: smaller than 784-100×4-10, so that what counts is the overhead.
    """

    name: str
    kind: Literal["training", "evaluation", "epoch", "chain"]
    layers: tuple[Layer, ...]
    batch: int
    classes: int = 10
    optimizer: str = "SGD"
    lr: float = 0.1
    tiny: bool = False

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Workload:
        """One that has been through JSON."""
        return cls(**{**fields, "layers": tuple(tuple(layer) for layer in fields["layers"])})

    def fields(self) -> dict[str, Any]:
        return asdict(self)

    def sized(self, batch: int) -> Workload:
        """The same with another batch."""
        return replace(self, batch=batch)

    def certain(self) -> Workload:
        """The same without chance: with p = 0 in its dropout layers."""
        return replace(
            self, layers=tuple(("Dropout", 0.0) if name == "Dropout" else (name, *args) for name, *args in self.layers)
        )

    @property
    def random(self) -> bool:
        return self.certain() != self

    def weights(self) -> list[Array]:
        """The initial parameters, in the order of the layers; a Linear's is (out, in), as PyTorch keeps it."""
        rng = np.random.default_rng(1)
        made: list[Any] = []
        for name, *sizes in self.layers:
            if name == "Linear":
                inputs, outputs = sizes
                made += [rng.normal(0, inputs**-0.5, (outputs, inputs)), rng.normal(0, 0.1, outputs)]
            elif name == "BatchNorm1d":
                made += [rng.uniform(0.5, 1.5, sizes[0]), rng.normal(0, 0.1, sizes[0])]
            elif name == "Embedding":
                made += [rng.normal(size=sizes)]
        return [w.astype(np.float32) for w in made]

    def data(self) -> tuple[Array, Array]:
        """A batch of inputs and a class for each."""
        rng = np.random.default_rng(2)
        name, *sizes = self.layers[0]
        y = rng.integers(0, self.classes, self.batch)
        if name == "Embedding":
            return rng.integers(0, sizes[0], (self.batch, 8)), y
        # Of both signs: units that are off for a whole batch have no gradient, and Adam's averages for them sink to
        # subnormal numbers, at which every CPU is slow.
        return rng.standard_normal((self.batch, sizes[0]), np.float32), y


def mlp(*sizes: int, between: tuple[Layer | str, ...] = (("ReLU",),)) -> tuple[Layer, ...]:
    """Linear layers of these sizes with other layers between them; "BatchNorm1d" alone takes the width."""
    layers: list[Layer] = []
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [
            ("Linear", inputs, outputs),
            *((each, outputs) if isinstance(each, str) else each for each in between),
        ]
    return tuple(layers[: len(layers) - len(between)])


THINNED: tuple[Layer | str, ...] = ("BatchNorm1d", ("ReLU",), ("Dropout", 0.2))
BOOK = mlp(784, 100, 100, 100, 100, 10)
BOOK_THINNED = mlp(784, 100, 100, 100, 100, 100, 10, between=THINNED)
CHARACTERS: tuple[Layer, ...] = (
    ("Embedding", 27, 10),
    ("Flatten",),
    ("Linear", 80, 200),
    ("BatchNorm1d", 200),
    ("Tanh",),
    ("Linear", 200, 27),
)


def training(name: str, layers: tuple[Layer, ...], batch: int, optimizer: str, **more: Any) -> Workload:
    """A training step.

    Adam's first steps are of the size of the learning rate wherever a gradient is not 0: in a large network it must be
    small, or rounding errors grow into other networks, and the losses cannot be compared.
    """
    lr = 0.1 if optimizer == "SGD" else 1e-2 if more.get("tiny") else 1e-4
    return Workload(
        f"{name}, batch {batch}, {optimizer}", "training", layers, batch, optimizer=optimizer, lr=lr, **more
    )


WORKLOADS = [
    training("2-16-16-2", mlp(2, 16, 16, 2), 64, "SGD", classes=2, tiny=True),
    training("2-16-16-2", mlp(2, 16, 16, 2), 64, "Adam", classes=2, tiny=True),
    training("784-100×4-10", BOOK, 100, "SGD"),
    training("784-100×4-10", BOOK, 128, "Adam"),
    training("784-100×5-10, BatchNorm and Dropout", BOOK_THINNED, 100, "SGD"),
    training("784-512-512-10", mlp(784, 512, 512, 10), 128, "Adam"),
    training("784-1024-1024-10, BatchNorm and Dropout", mlp(784, 1024, 1024, 10, between=THINNED), 256, "Adam"),
    training("784-1024×4-10", mlp(784, 1024, 1024, 1024, 1024, 10), 256, "Adam"),
    training("Embedding(27, 10)×8, 200 BatchNorm tanh, 27", CHARACTERS, 32, "SGD", classes=27, tiny=True),
    Workload("1,000 adds of 10 floats, there and back", "chain", (), 1000, tiny=True),
    Workload("evaluation of 1,000, 784-100×5-10, BatchNorm", "evaluation", BOOK_THINNED, 1000),
    Workload(
        "epoch of digits, DataLoader, 64-128-128-10, batch 64, Adam",
        "epoch",
        mlp(64, 128, 128, 10),
        64,
        optimizer="Adam",
        lr=1e-3,
    ),
]
