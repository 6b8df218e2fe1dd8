"""PyTorch's script, as a user writes it; `T` is the library that it imports.

`compiled` is what is done to the function that takes a step: `T.compile`, or nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..step import Step
from ..workloads import Workload

Compiler = Callable[[Callable[..., Any]], Callable[..., Any]]


def network(T: Any, workload: Workload) -> Any:
    """The model, with the given initial weights."""
    model = T.nn.Sequential(*[getattr(T.nn, name)(*args) for name, *args in workload.layers])
    with T.no_grad():
        for parameter, values in zip(model.parameters(), workload.weights(), strict=True):
            parameter.copy_(T.from_numpy(values))
    return model


def update(T: Any, model: Any, optimizer: Any, x: Any, y: Any) -> Any:
    """One step of training; the loss before it."""
    loss = T.nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


def trainer(T: Any, workload: Workload, compiled: Compiler) -> Callable[[Any, Any], Any]:
    """What takes a step with a batch."""
    model = network(T, workload)
    optimizer = getattr(T.optim, workload.optimizer)(model.parameters(), lr=workload.lr)
    return compiled(lambda x, y: update(T, model, optimizer, x, y))


def training(T: Any, workload: Workload, compiled: Compiler) -> Step:
    x, y = map(T.from_numpy, workload.data())
    return functools.partial(trainer(T, workload, compiled), x, y)


def evaluation(T: Any, workload: Workload, compiled: Compiler) -> Step:
    x, y = map(T.from_numpy, workload.data())
    model = network(T, workload).eval()

    def loss(x: Any, y: Any) -> Any:
        with T.no_grad():
            return T.nn.functional.cross_entropy(model(x), y)

    return functools.partial(compiled(loss), x, y)


def epoch(T: Any, workload: Workload, compiled: Compiler) -> Step:
    from sklearn.datasets import load_digits

    digits = load_digits()
    dataset = T.utils.data.TensorDataset(T.tensor(digits.data, dtype=T.float32) / 16, T.tensor(digits.target))
    T.manual_seed(0)
    loader = T.utils.data.DataLoader(dataset, batch_size=workload.batch, shuffle=True)
    train = trainer(T, workload, compiled)

    def step() -> Any:
        for x, y in loader:
            loss = train(x, y)
        return loss

    return step


def chain(T: Any, workload: Workload, compiled: Compiler) -> Step:
    x, y = T.ones(10, requires_grad=True), T.full((10,), 0.001)

    def step() -> Any:
        z = x
        for _ in range(workload.batch):
            z = z + y
        x.grad = None
        loss = z.sum()
        loss.backward()
        return loss

    return compiled(step)


KINDS = {"training": training, "evaluation": evaluation, "epoch": epoch, "chain": chain}


def build(T: Any, compiled: Compiler, fields: dict[str, Any]) -> Step:
    """The step of a workload."""
    workload = Workload.of(fields)
    return KINDS[workload.kind](T, workload, compiled)


def as_written(function: Callable[..., Any]) -> Callable[..., Any]:
    """For those who do not compile."""
    return function
