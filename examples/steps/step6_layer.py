"""Step 6 of 8: a layer, and a network.

Two more operations are enough for a network: the matrix product and tanh. Their rules are again made of operations.
A layer is then no new idea: it is an object that holds parameters, and a function of its input.
"""

from __future__ import annotations

import numpy as np
from step5_second_order import Tensor, gradients


def matmul(x: Tensor, y: Tensor) -> Tensor:
    return Tensor(x.data @ y.data, (x, lambda g: matmul(g, transpose(y))), (y, lambda g: matmul(transpose(x), g)))


def transpose(x: Tensor) -> Tensor:
    return Tensor(x.data.T, (x, lambda g: transpose(g)))


def tanh(x: Tensor) -> Tensor:
    out = Tensor(np.tanh(x.data), (x, lambda g: g * (Tensor(1) + Tensor(-1) * out * out)))
    return out


class Linear:
    """x weight + bias, for x of shape (N, inputs)."""

    def __init__(self, inputs: int, outputs: int, rng: np.random.Generator) -> None:
        self.weight = Tensor(rng.normal(size=(inputs, outputs)) / np.sqrt(inputs))
        self.bias = Tensor(np.zeros(outputs))

    def __call__(self, x: Tensor) -> Tensor:
        return matmul(x, self.weight) + self.bias


class Network:
    """Two layers with tanh between them."""

    def __init__(self, inputs: int, hidden: int, outputs: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.layers = [Linear(inputs, hidden, rng), Linear(hidden, outputs, rng)]
        self.parameters = [p for layer in self.layers for p in (layer.weight, layer.bias)]

    def __call__(self, x: Tensor) -> Tensor:
        return self.layers[1](tanh(self.layers[0](x)))


def squared_error(prediction: Tensor, target: Tensor) -> Tensor:
    difference = prediction + Tensor(-1) * target
    return (difference * difference * Tensor(1 / difference.data.size)).sum_to(())


if __name__ == "__main__":
    network = Network(2, 3, 1)
    loss = squared_error(network(Tensor([[0, 1], [1, 1]])), Tensor([[1], [0]]))
    print(f"loss {loss.data:.4f}")
    for parameter in network.parameters:
        print(f"parameter {parameter.shape}: gradient of norm {np.linalg.norm(gradients(loss)[parameter].data):.4f}")
