"""MyGrad: tensors over NumPy arrays; the updates are ours."""

from __future__ import annotations

from typing import Any

import mygrad as mg
import numpy as np
from mygrad.nnet.activations import relu, tanh
from mygrad.nnet.layers import batchnorm
from mygrad.nnet.losses import softmax_crossentropy

from ..step import Missing, Step
from ..workloads import Workload
from .updates import UPDATES

EPS = 1e-5
MOMENTUM = 0.1


class Network:
    """The layers of a workload, and its weights."""

    def __init__(self, workload: Workload, training: bool) -> None:
        self.layers, self.training = workload.layers, training
        self.weights = [mg.tensor(w) for w in workload.weights()]
        self.averages = {
            i: [np.zeros(n[0], np.float32), np.ones(n[0], np.float32)]
            for i, (name, *n) in enumerate(workload.layers)
            if name == "BatchNorm1d"
        }
        self.rng = np.random.default_rng(0)

    def __call__(self, x: Any) -> Any:
        parameters = iter(self.weights)
        for i, (name, *args) in enumerate(self.layers):
            if name == "Linear":
                x = mg.matmul(x, next(parameters).T) + next(parameters)
            elif name == "ReLU":
                x = relu(x)
            elif name == "Tanh":
                x = tanh(x)
            elif name == "Embedding":
                x = next(parameters)[x]
            elif name == "Flatten":
                x = x.reshape(len(x), -1)
            elif name == "BatchNorm1d":
                x = self.normalise(self.averages[i], x, next(parameters), next(parameters))
            elif name == "Dropout" and self.training and args[0]:
                x = x * ((self.rng.random(x.shape, np.float32) >= args[0]) * np.float32(1 / (1 - args[0])))
        return x

    def normalise(self, averages: list[Any], x: Any, weight: Any, bias: Any) -> Any:
        if not self.training:
            return (x - averages[0]) / np.sqrt(averages[1] + np.float32(EPS)) * weight + bias
        n = len(x)
        for average, now in zip(averages, (x.data.mean(0), x.data.var(0) * (n / (n - 1))), strict=True):
            average *= 1 - MOMENTUM
            average += MOMENTUM * now
        return batchnorm(x, gamma=weight, beta=bias, eps=EPS)


def training(workload: Workload) -> Step:
    x, y = workload.data()
    model = Network(workload, training=True)
    update = UPDATES[workload.optimizer]([w.data for w in model.weights], workload.lr)

    def step() -> Any:
        loss = softmax_crossentropy(model(x), y)
        loss.backward()
        gradients = [w.grad for w in model.weights]
        update(gradients)
        for w in model.weights:
            w.null_grad()
        return loss

    return step


def evaluation(workload: Workload) -> Step:
    x, y = workload.data()
    model = Network(workload, training=False)

    def step() -> Any:
        with mg.no_autodiff:
            return softmax_crossentropy(model(x), y)

    return step


def chain(workload: Workload) -> Step:
    x, y = mg.tensor(np.ones(10, np.float32)), mg.tensor(np.full(10, 0.001, np.float32), constant=True)

    def step() -> Any:
        z = x
        for _ in range(workload.batch):
            z = z + y
        total = z.sum()
        total.backward()
        x.null_grad()
        return total

    return step


KINDS = {"training": training, "evaluation": evaluation, "chain": chain}


def build(fields: dict[str, Any]) -> Step:
    """The step of a workload."""
    workload = Workload.of(fields)
    if workload.kind not in KINDS:
        raise Missing("no DataLoader")
    return KINDS[workload.kind](workload)
