"""RAdam: Adam that waits with dividing until its second moment can be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..tensors.tensor import Tensor
from .base.flat_groups import Bundle
from .base.optimizer import Group, Optimizer
from .base.options import checked, numbers
from .base.running import average, average_square


class RAdam(Optimizer):
    """Adam whose step is rectified for the variance of v, and is plain momentum while that is infinite.

    At step t, with g ← g + λ p first (weight decay λ):

        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
        ρ∞ = 2 / (1 - β₂) - 1,  ρ = ρ∞ - 2 t β₂ᵗ / (1 - β₂ᵗ)
        ρ > 5:   p ← p - lr r · m / (1 - β₁ᵗ) · √(1 - β₂ᵗ) / (√v + eps),
                 r = √((ρ - 4) (ρ - 2) ρ∞ / ((ρ∞ - 4) (ρ∞ - 2) ρ))
        else:    p ← p - lr m / (1 - β₁ᵗ)

    Here eps is added before the correction of √v, unlike in Adam. Source: Liu et al., 2020,
    https://arxiv.org/abs/1908.03265.

    Args:
        params: parameters or groups.
        lr: learning rate.
        betas: (β₁, β₂).
        eps: added to the root, before the correction.
        weight_decay: λ, part of the gradient; apart from it (p ← p - lr λ p) if `decoupled_weight_decay`.
        maximize: go up instead of down.
        foreach, capturable: accepted for PyTorch's sake; there is one implementation.

    Raises:
        ValueError: for an option out of range.
        NotImplementedError: for `differentiable=True`.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.RAdam([p], lr=0.1)
    >>> p.grad = tl.tensor([3.0])
    >>> optimizer.step()
    >>> p.data
    tensor([0.7000])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        options = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, checked(options))

    def slots(self, group: Group) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def update(self, group: Group, bundle: Bundle) -> None:
        lr, eps = numbers(group, "lr", "eps")
        beta1, beta2 = map(float, group["betas"])
        t = bundle.step
        correction = 1 - beta2**t
        limit = 2 / (1 - beta2) - 1
        rho = limit - 2 * t * beta2**t / correction
        rate = lr / (1 - beta1**t)
        if rho > 5:
            rate *= math.sqrt(correction * (rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
        for p, g, work, _, m, v in bundle:
            average(m, g, 1 - beta1, work)
            average_square(v, g, beta2, 1 - beta2, work)
            if rho > 5:
                np.sqrt(v, out=work)
                work += eps
                np.divide(m, work, out=work)
                work *= rate
            else:
                np.multiply(m, rate, out=work)
            p -= work
