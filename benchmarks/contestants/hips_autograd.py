"""HIPS autograd: gradients of functions of NumPy arrays; the updates are ours."""

from __future__ import annotations

from typing import Any

import autograd.numpy as np
from autograd import value_and_grad
from autograd.scipy.special import logsumexp

from ..step import Missing, Step
from ..workloads import Workload
from .updates import UPDATES

EPS = 1e-5
MOMENTUM = 0.1


class Network:
    """The layers of a workload, as a function of its weights."""

    def __init__(self, workload: Workload, training: bool) -> None:
        self.layers, self.training = workload.layers, training
        self.averages = {
            i: [np.zeros(n[0], np.float32), np.ones(n[0], np.float32)]
            for i, (name, *n) in enumerate(workload.layers)
            if name == "BatchNorm1d"
        }
        self.rng = np.random.default_rng(0)

    def __call__(self, weights: list[Any], x: Any) -> Any:
        parameters = iter(weights)
        for i, (name, *args) in enumerate(self.layers):
            if name == "Linear":
                x = np.dot(x, next(parameters).T) + next(parameters)
            elif name == "ReLU":
                x = np.maximum(x, 0)
            elif name == "Tanh":
                x = np.tanh(x)
            elif name == "Embedding":
                x = next(parameters)[x]
            elif name == "Flatten":
                x = x.reshape((len(x), -1))
            elif name == "BatchNorm1d":
                center, spread = self.statistics(self.averages[i], x)
                x = (x - center) / np.sqrt(spread + np.float32(EPS)) * next(parameters) + next(parameters)
            elif name == "Dropout" and self.training and args[0]:
                x = x * ((self.rng.random(x.shape, np.float32) >= args[0]) * np.float32(1 / (1 - args[0])))
        return x

    def statistics(self, averages: list[Any], x: Any) -> tuple[Any, Any]:
        if not self.training:
            return averages[0], averages[1]
        center = np.mean(x, axis=0)
        spread = np.mean((x - center) ** 2, axis=0)
        n = len(x)
        for average, now in zip(averages, (center._value, spread._value * (n / (n - 1))), strict=True):
            average *= 1 - MOMENTUM
            average += MOMENTUM * now
        return center, spread


def cross_entropy(logits: Any, y: Any) -> Any:
    picked = logits[np.arange(len(y)), y]
    return np.mean(logsumexp(logits, axis=1) - picked)


def training(workload: Workload) -> Step:
    x, y = workload.data()
    weights, model = workload.weights(), Network(workload, training=True)
    gradient = value_and_grad(lambda weights: cross_entropy(model(weights, x), y))
    update = UPDATES[workload.optimizer](weights, workload.lr)

    def step() -> Any:
        loss, gradients = gradient(weights)
        update(gradients)
        return loss

    return step


def evaluation(workload: Workload) -> Step:
    x, y = workload.data()
    weights, model = workload.weights(), Network(workload, training=False)
    return lambda: cross_entropy(model(weights, x), y)


def chain(workload: Workload) -> Step:
    x, y = np.ones(10, np.float32), np.full(10, 0.001, np.float32)

    def total(x: Any) -> Any:
        for _ in range(workload.batch):
            x = x + y
        return np.sum(x)

    gradient = value_and_grad(total)
    return lambda: gradient(x)[0]


KINDS = {"training": training, "evaluation": evaluation, "chain": chain}


def build(fields: dict[str, Any]) -> Step:
    """The step of a workload."""
    workload = Workload.of(fields)
    if workload.kind not in KINDS:
        raise Missing("no DataLoader")
    return KINDS[workload.kind](workload)
