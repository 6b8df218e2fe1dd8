"""Adamax: Adam with the largest gradient, slowly forgotten, in place of the root mean square."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..tensors.tensor import Tensor
from .base.flat_groups import Bundle
from .base.optimizer import Group, Optimizer
from .base.options import checked, numbers
from .base.running import average


class Adamax(Optimizer):
    """Adam's average of the gradient, divided by its infinity norm.

    At step t, with g ← g + λ p first (weight decay λ):

        m ← β₁ m + (1 - β₁) g
        u ← max(β₂ u, |g| + eps)
        p ← p - lr / (1 - β₁ᵗ) · m / u

    Source: Kingma & Ba, 2015, section 7.1, https://arxiv.org/abs/1412.6980.

    Args:
        params: parameters or groups.
        lr: learning rate.
        betas: (β₁, β₂).
        eps: added to |g|.
        weight_decay: λ, part of the gradient.
        maximize: go up instead of down.
        foreach, capturable: accepted for PyTorch's sake; there is one implementation.

    Raises:
        ValueError: for an option out of range.
        NotImplementedError: for `differentiable=True`.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.Adamax([p], lr=0.1)
    >>> p.grad = tl.tensor([3.0])
    >>> optimizer.step()
    >>> p.data
    tensor([0.9000])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        options = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, checked(options))

    def slots(self, group: Group) -> tuple[str, ...]:
        return ("exp_avg", "exp_inf")

    def update(self, group: Group, bundle: Bundle) -> None:
        lr, eps = numbers(group, "lr", "eps")
        beta1, beta2 = map(float, group["betas"])
        rate = lr / (1 - beta1**bundle.step)
        for p, g, work, _, m, u in bundle:
            average(m, g, 1 - beta1, work)
            np.absolute(g, out=work)
            work += eps
            u *= beta2
            np.maximum(u, work, out=u)
            np.divide(m, u, out=work)
            work *= rate
            p -= work
