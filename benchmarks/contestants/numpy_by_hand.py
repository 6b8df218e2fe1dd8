"""NumPy as one writes it for speed by hand: no graph, every buffer allocated once and written with `out=`.

The parameters are views of one flat array and the gradients of another, so that an update is a few calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..step import Missing, Step
from ..workloads import Array, Workload


class Linear:
    """x Wᵀ + b. The first layer's input needs no gradient."""

    def __init__(self, batch: int, parameters: list[Array], gradients: list[Array], first: bool) -> None:
        (self.weight, self.bias), (self.by_weight, self.by_bias) = parameters, gradients
        outputs, inputs = self.weight.shape
        self.out, self.ones = np.empty((batch, outputs), np.float32), np.ones(batch, np.float32)
        self.by_x = None if first else np.empty((batch, inputs), np.float32)

    def forward(self, x: Array) -> Array:
        self.x = x
        np.matmul(x, self.weight.T, out=self.out)
        return np.add(self.out, self.bias, out=self.out)

    def backward(self, g: Array) -> Array | None:
        np.matmul(g.T, self.x, out=self.by_weight)
        np.matmul(self.ones, g, out=self.by_bias)
        return None if self.by_x is None else np.matmul(g, self.weight, out=self.by_x)


class ReLU:
    """max(x, 0), in place of x."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.factor = np.empty(shape, np.float32)

    def forward(self, x: Array) -> Array:
        np.greater(x, 0, out=self.factor, casting="unsafe")  # 1 or 0; np.maximum is slower than these two together
        return np.multiply(x, self.factor, out=x)

    def backward(self, g: Array) -> Array:
        return np.multiply(g, self.factor, out=g)


class Tanh:
    """tanh x, in place of x."""

    def forward(self, x: Array) -> Array:
        self.out = np.tanh(x, out=x)
        return x

    def backward(self, g: Array) -> Array:
        np.multiply(self.out, self.out, out=self.out)
        np.subtract(1, self.out, out=self.out)
        return np.multiply(g, self.out, out=g)


class Dropout:
    """x / (1 - p) where 16 random bits are at least p · 2¹⁶, else 0, in place of x."""

    def __init__(self, shape: tuple[int, ...], p: float) -> None:
        self.limit, self.scale, self.count = round(p * 2**16), np.float32(1 / (1 - p)), -(-shape[0] * shape[1] // 4)
        self.bits = np.random.default_rng(0).bit_generator
        self.mask, self.factor = np.empty(shape, bool), np.empty(shape, np.float32)

    def forward(self, x: Array) -> Array:
        words = self.bits.random_raw(self.count).view(np.uint16)[: x.size].reshape(x.shape)
        np.greater_equal(words, self.limit, out=self.mask)
        np.multiply(self.mask, self.scale, out=self.factor)
        return np.multiply(x, self.factor, out=x)

    def backward(self, g: Array) -> Array:
        return np.multiply(g, self.factor, out=g)


class BatchNorm:
    """(x - μ) / √(σ² + eps) · weight + bias, in place of x, which is not needed again."""

    def __init__(self, shape: tuple[int, int], parameters: list[Array], gradients: list[Array], training: bool) -> None:
        (self.weight, self.bias), (self.by_weight, self.by_bias) = parameters, gradients
        self.training = training
        self.normal, self.ones = np.empty(shape, np.float32), np.ones(shape[0], np.float32)
        self.means = self.ones / np.float32(shape[0])
        self.mean, self.var = np.zeros(shape[1], np.float32), np.ones(shape[1], np.float32)

    def forward(self, x: Array) -> Array:
        n = len(x)
        if not self.training:
            factor = self.weight / np.sqrt(self.var + 1e-5)
            x *= factor
            x += self.bias - self.mean * factor
            return x
        center = self.means @ x
        np.subtract(x, center, out=self.normal)
        spread = np.einsum("ij,ij->j", self.normal, self.normal) / n
        self.inverse = 1 / np.sqrt(spread + 1e-5)
        self.normal *= self.inverse
        for average, now in ((self.mean, center), (self.var, spread * (n / (n - 1)))):
            average *= 0.9
            average += 0.1 * now
        np.multiply(self.normal, self.weight, out=x)
        return np.add(x, self.bias, out=x)

    def backward(self, g: Array) -> Array:
        n = len(g)
        np.matmul(self.ones, g, out=self.by_bias)
        np.einsum("ij,ij->j", g, self.normal, out=self.by_weight)
        self.normal *= self.by_weight / n
        g -= self.by_bias / n
        g -= self.normal
        g *= self.weight * self.inverse
        return g


class Embedding:
    """The rows of the weight that the indices name, side by side for each sample."""

    def __init__(self, parameters: list[Array], gradients: list[Array]) -> None:
        (self.weight,), (self.by_weight,) = parameters, gradients

    def forward(self, x: Array) -> Array:
        self.x = x
        return self.weight[x].reshape(len(x), -1)

    def backward(self, g: Array) -> None:
        self.by_weight[...] = 0
        np.add.at(self.by_weight, self.x, g.reshape(*self.x.shape, -1))


class CrossEntropy:
    """The mean of -log softmax at each sample's class; in backward, softmax minus one-hot."""

    def __init__(self, y: Array, classes: int) -> None:
        self.y, self.rows, self.n = y, np.arange(len(y)), len(y)
        self.share = np.empty((len(y), classes), np.float32)

    def forward(self, x: Array) -> float:
        np.subtract(x, x.max(1, keepdims=True), out=x)
        picked = x[self.rows, self.y]
        np.exp(x, out=self.share)
        self.total = self.share.sum(1, keepdims=True)
        return float((np.log(self.total[:, 0]) - picked).sum()) / self.n

    def backward(self) -> Array:
        self.share /= self.total
        self.share[self.rows, self.y] -= 1
        self.share *= np.float32(1 / self.n)
        return self.share


def sgd(p: Array, g: Array, lr: float) -> Callable[[], None]:
    """p ← p - lr g."""

    def update() -> None:
        np.multiply(g, lr, out=g)
        np.subtract(p, g, out=p)

    return update


def adam(p: Array, g: Array, lr: float) -> Callable[[], None]:
    """m ← 0.9 m + 0.1 g; v ← 0.999 v + 0.001 g²; p ← p - lr m̂ / (√v̂ + eps), in pieces that stay in the cache."""
    size, t = 1 << 14, 0
    m, v, scratch = np.zeros_like(p), np.zeros_like(p), np.empty(min(size, len(p)), np.float32)
    pieces = [
        (*(x[i : i + size] for x in (p, g, m, v)), scratch[: len(p[i : i + size])]) for i in range(0, len(p), size)
    ]

    def update() -> None:
        nonlocal t
        t += 1
        step, root = lr / (1 - 0.9**t), (1 - 0.999**t) ** -0.5
        for p, g, m, v, s in pieces:
            np.subtract(g, m, out=s)
            np.multiply(s, 0.1, out=s)
            np.add(m, s, out=m)
            np.multiply(g, g, out=g)
            np.multiply(g, 0.001, out=g)
            np.multiply(v, 0.999, out=v)
            np.add(v, g, out=v)
            np.sqrt(v, out=s)
            np.multiply(s, root, out=s)
            np.add(s, 1e-8, out=s)
            np.divide(m, s, out=s)
            np.multiply(s, step, out=s)
            np.subtract(p, s, out=p)

    return update


def flat(arrays: list[Array]) -> tuple[Array, list[Array]]:
    """One array of all their elements, and a view of it in the shape of each."""
    whole = np.concatenate([x.ravel() for x in arrays])
    parts = np.split(whole, np.cumsum([x.size for x in arrays])[:-1])
    return whole, [part.reshape(x.shape) for part, x in zip(parts, arrays, strict=True)]


def layers(workload: Workload, parameters: list[Array], gradients: list[Array]) -> list[Any]:
    """The layers with their buffers."""
    made: list[Any] = []
    width, n, training = 0, workload.batch, workload.kind == "training"
    ps, gs = iter(parameters), iter(gradients)
    for name, *args in workload.layers:
        if name == "Linear":
            width = args[1]
            made.append(Linear(n, [next(ps), next(ps)], [next(gs), next(gs)], first=not made))
        elif name == "BatchNorm1d":
            made.append(BatchNorm((n, width), [next(ps), next(ps)], [next(gs), next(gs)], training))
        elif name == "ReLU":
            made.append(ReLU((n, width)))
        elif name == "Tanh":
            made.append(Tanh())
        elif name == "Dropout" and training and args[0]:
            made.append(Dropout((n, width), args[0]))
        elif name == "Embedding":
            made.append(Embedding([next(ps)], [next(gs)]))
    return made


def build(fields: dict[str, Any]) -> Step:
    """The step of a workload."""
    workload = Workload.of(fields)
    if workload.kind == "chain":
        raise Missing("by hand there is no backward pass")
    if workload.kind == "epoch":
        raise Missing("no DataLoader")
    x, y = workload.data()
    weights, parameters = flat(workload.weights())
    gradient, gradients = flat([np.zeros_like(p) for p in parameters])
    network = layers(workload, parameters, gradients)
    criterion = CrossEntropy(y, workload.classes)
    update = {"SGD": sgd, "Adam": adam}[workload.optimizer](weights, gradient, workload.lr)

    def forward() -> float:
        out = x
        for layer in network:
            out = layer.forward(out)
        return criterion.forward(out)

    def step() -> float:
        loss = forward()
        g = criterion.backward()
        for layer in reversed(network):
            g = layer.backward(g)
        update()
        return loss

    return step if workload.kind == "training" else forward
