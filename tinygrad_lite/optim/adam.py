"""Adam: steps scaled by running averages of the gradient and of its square."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..primitive import Array
from ..tensor import Tensor
from .optimizer import Optimizer, checked


class Adam(Optimizer):
    """Each element has a step of its own, from the averages of its gradient and of the square of that.

    At step t, with g ← g + λ p first (weight decay λ):

        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
        p ← p - lr m̂ / (√v̂ + eps),  m̂ = m / (1 - β₁ᵗ),  v̂ = v / (1 - β₂ᵗ)

    The book (Deep Learning from Scratch, 6.1.6) folds the corrections into the rate, with its eps after them:
    p ← p - lr √(1 - β₂ᵗ)/(1 - β₁ᵗ) · m / (√v + eps). Source: Kingma & Ba, 2015, https://arxiv.org/abs/1412.6980.

    Args:
        params: parameters or groups.
        lr: learning rate.
        betas: (β₁, β₂).
        eps: added to the root, after the correction.
        weight_decay: λ, coupled: part of the gradient.
        amsgrad: divide by the largest √v̂ so far.
        maximize: go up instead of down.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.Adam([p], lr=0.1)
    >>> (p**2).sum().backward()
    >>> optimizer.step()
    >>> p
    Parameter containing:
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        checked("learning rate", lr)
        checked("epsilon value", eps)
        checked("beta parameter at index 0", betas[0], 0.0, 1.0)
        checked("beta parameter at index 1", betas[1], 0.0, 1.0)
        checked("weight_decay value", weight_decay)
        options = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
            "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, options)

    def start(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        state: dict[str, Any] = {"step": 0, "exp_avg": np.zeros_like(p._data), "exp_avg_sq": np.zeros_like(p._data)}
        if group["amsgrad"]:
            state["max_exp_avg_sq"] = np.zeros_like(p._data)
        return state

    def update(self, p: Array, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        state["step"] += 1
        beta1, beta2 = group["betas"]
        rate = group["lr"] / (1 - beta1 ** state["step"])
        root = 1 / math.sqrt(1 - beta2 ** state["step"])
        decay, eps = group["weight_decay"], group["eps"]
        if group["maximize"]:
            g = -g
        if decay:
            g = g + decay * p
        arrays = [p, g, state["exp_avg"], state["exp_avg_sq"]]
        if group["amsgrad"]:
            arrays.append(state["max_exp_avg_sq"])
        for p_, g_, m, v, *largest, step in self.pieces(*arrays):
            np.multiply(g_, 1 - beta1, out=step)
            m *= beta1
            m += step
            np.multiply(g_, g_, out=step)
            step *= 1 - beta2
            v *= beta2
            v += step
            if largest:
                np.maximum(largest[0], v, out=largest[0])
                v = largest[0]
            np.sqrt(v, out=step)
            step *= root
            step += eps
            np.divide(m, step, out=step)
            step *= rate
            p_ -= step
