"""SGD and Adam on NumPy arrays, for the libraries that have no optimizers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..workloads import Array

Update = Callable[[Sequence[Array]], None]


def sgd(parameters: Sequence[Array], lr: float) -> Update:
    """p ← p - lr g."""

    def update(gradients: Sequence[Array]) -> None:
        for p, g in zip(parameters, gradients, strict=True):
            p -= lr * g

    return update


def adam(parameters: Sequence[Array], lr: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> Update:
    """m ← β₁ m + (1 - β₁) g; v ← β₂ v + (1 - β₂) g²; p ← p - lr m̂ / (√v̂ + eps)."""
    ms, vs = ([np.zeros_like(p) for p in parameters] for _ in range(2))
    t = 0

    def update(gradients: Sequence[Array]) -> None:
        nonlocal t
        t += 1
        size, root = lr / (1 - beta1**t), (1 - beta2**t) ** 0.5
        for p, g, m, v in zip(parameters, gradients, ms, vs, strict=True):
            m += (1 - beta1) * (g - m)
            v *= beta2
            v += (1 - beta2) * g * g
            p -= size * m / (np.sqrt(v) / root + eps)

    return update


UPDATES: dict[str, Callable[[Sequence[Array], float], Update]] = {"SGD": sgd, "Adam": adam}
