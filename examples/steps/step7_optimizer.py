"""Step 7 of 8: an optimizer.

The gradient says in which direction the loss grows fastest, so a step against it makes the loss smaller. Momentum
keeps a running sum of gradients, the velocity v: where they agree it grows, and where they change sign they cancel.

    v ← momentum · v + g        parameter ← parameter - lr · v

The step is no part of what is differentiated: it changes the arrays, and records nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from step5_second_order import Tensor, gradients
from step6_layer import Network, squared_error


class SGD:
    """Gradient descent with momentum."""

    def __init__(self, parameters: Iterable[Tensor], lr: float, momentum: float = 0.0) -> None:
        self.parameters = list(parameters)
        self.lr, self.momentum = lr, momentum
        self.velocities = [np.zeros(p.shape) for p in self.parameters]

    def step(self, loss: Tensor) -> None:
        found = gradients(loss)
        for parameter, velocity in zip(self.parameters, self.velocities, strict=True):
            velocity *= self.momentum
            velocity += found[parameter].data
            parameter.data = parameter.data - self.lr * velocity


def train(steps: int = 500) -> list[float]:
    """Learn "exclusive or", which no straight line separates; the losses on the way."""
    x, target = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), Tensor([[0], [1], [1], [0]])
    network = Network(2, 8, 1)
    optimizer = SGD(network.parameters, lr=0.1, momentum=0.9)
    losses = []
    for _ in range(steps):
        loss = squared_error(network(x), target)
        losses.append(float(loss.data))
        optimizer.step(loss)
    return losses


if __name__ == "__main__":
    losses = train()
    for i in (0, 20, 100, 200, 499):
        print(f"after {i:3} steps: loss {losses[i]:.6f}")
