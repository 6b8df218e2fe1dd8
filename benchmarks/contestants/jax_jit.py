"""JAX: the whole step in one jit, its state donated."""

from __future__ import annotations

import functools
import math
from typing import Any

import jax
import jax.numpy as jnp

from ..step import Missing, Step
from ..workloads import Workload

EPS = 1e-5  # BatchNorm1d's
MOMENTUM = 0.1


def forward(layers: Any, weights: list[Any], averages: list[Any], x: Any, key: Any, training: bool) -> tuple[Any, Any]:
    """The logits, and batch norm's running averages after them."""
    parameters, kept, after = iter(weights), iter(averages), []
    for i, (name, *args) in enumerate(layers):
        if name == "Linear":
            x = x @ next(parameters).T + next(parameters)
        elif name == "ReLU":
            x = jax.nn.relu(x)
        elif name == "Tanh":
            x = jnp.tanh(x)
        elif name == "Embedding":
            x = next(parameters)[x]
        elif name == "Flatten":
            x = x.reshape(len(x), -1)
        elif name == "BatchNorm1d":
            mean, var = next(kept)
            if training:
                n = len(x)
                center, spread = x.mean(0), x.var(0)
                mean = (1 - MOMENTUM) * mean + MOMENTUM * center
                var = (1 - MOMENTUM) * var + MOMENTUM * spread * n / (n - 1)
            else:
                center, spread = mean, var
            after.append((mean, var))
            x = (x - center) * jax.lax.rsqrt(spread + EPS) * next(parameters) + next(parameters)
        elif name == "Dropout" and training and args[0]:
            keep = jax.random.bernoulli(jax.random.fold_in(key, i), 1 - args[0], x.shape)
            x = jnp.where(keep, x / (1 - args[0]), 0)
    return x, after


def cross_entropy(logits: Any, y: Any) -> Any:
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1).mean()


def update(rule: str, lr: float, t: Any, p: Any, g: Any, m: Any, v: Any) -> tuple[Any, Any, Any]:
    """A parameter and its moments after a step; SGD leaves the moments alone."""
    if rule == "SGD":
        return p - lr * g, m, v
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g * g
    first, second = (-jnp.expm1(t * math.log(beta)) for beta in (0.9, 0.999))  # 1 - 0.999ᵗ loses half its digits
    return p - lr * (m / first) / (jnp.sqrt(v / second) + 1e-8), m, v


def initial_averages(workload: Workload) -> list[Any]:
    return [(jnp.zeros(n), jnp.ones(n)) for name, *sizes in workload.layers if name == "BatchNorm1d" for n in sizes]


def training(workload: Workload) -> Step:
    x, y = map(jnp.asarray, workload.data())
    weights = list(map(jnp.asarray, workload.weights()))
    moments = [jnp.zeros_like(p) if workload.optimizer == "Adam" else () for p in weights]
    other = [jnp.zeros_like(p) if workload.optimizer == "Adam" else () for p in weights]
    state = weights, moments, other, initial_averages(workload), jax.random.key(0), jnp.zeros(())

    @functools.partial(jax.jit, donate_argnums=0)
    def advance(state: Any, x: Any, y: Any) -> Any:
        weights, ms, vs, averages, key, t = state
        key, used = jax.random.split(key)

        def objective(weights: Any) -> Any:
            logits, after = forward(workload.layers, weights, averages, x, used, training=True)
            return cross_entropy(logits, y), after

        (loss, after), gradients = jax.value_and_grad(objective, has_aux=True)(weights)
        t = t + 1
        new = [
            update(workload.optimizer, workload.lr, t, *each) for each in zip(weights, gradients, ms, vs, strict=True)
        ]
        weights, ms, vs = map(list, zip(*new, strict=True))
        return (weights, ms, vs, after, key, t), loss

    def step() -> Any:
        nonlocal state
        state, loss = advance(state, x, y)
        return loss

    return step


def evaluation(workload: Workload) -> Step:
    x, y = map(jnp.asarray, workload.data())
    weights, averages = list(map(jnp.asarray, workload.weights())), initial_averages(workload)

    @jax.jit
    def evaluate(weights: Any, x: Any, y: Any) -> Any:
        return cross_entropy(forward(workload.layers, weights, averages, x, None, training=False)[0], y)

    return lambda: evaluate(weights, x, y)


def chain(workload: Workload) -> Step:
    x, y = jnp.ones(10), jnp.full(10, 0.001)

    @jax.jit
    def run(x: Any, y: Any) -> Any:
        def total(x: Any) -> Any:
            for _ in range(workload.batch):
                x = x + y
            return x.sum()

        return jax.value_and_grad(total)(x)

    return lambda: run(x, y)[0]


KINDS = {"training": training, "evaluation": evaluation, "chain": chain}


def build(fields: dict[str, Any]) -> Step:
    """The step of a workload."""
    workload = Workload.of(fields)
    if workload.kind not in KINDS:
        raise Missing("no DataLoader")
    return KINDS[workload.kind](workload)
