"""NAdam: Adam that looks ahead, as Nesterov's momentum does."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..tensors.tensor import Tensor
from .base.flat_groups import Bundle
from .base.optimizer import Group, Optimizer
from .base.options import checked, numbers
from .base.running import average, average_square


class NAdam(Optimizer):
    """Adam with Nesterov's momentum, whose strength μ grows towards β₁ as training goes on.

    At step t, with g ← g + λ p first (weight decay λ), and ψ = momentum_decay:

        μₜ = β₁ (1 - ½ · 0.96^(t ψ)),  Π ← Π μₜ
        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
        p ← p - lr ((1 - μₜ) / (1 - Π) · g + μₜ₊₁ / (1 - Π μₜ₊₁) · m) / (√(v / (1 - β₂ᵗ)) + eps)

    Source: Dozat, 2016, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ.

    Args:
        params: parameters or groups.
        lr: learning rate.
        betas: (β₁, β₂).
        eps: added to the root, after the correction.
        weight_decay: λ, part of the gradient; apart from it (p ← p - lr λ p) if `decoupled_weight_decay`.
        momentum_decay: ψ.
        maximize: go up instead of down.
        foreach, capturable: accepted for PyTorch's sake; there is one implementation.

    Raises:
        ValueError: for an option out of range.
        NotImplementedError: for `differentiable=True`.

    The product Π is part of the state, `mu_product`, in float32 as PyTorch keeps it (float64 where that is the
    default dtype).

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.NAdam([p], lr=0.1)
    >>> p.grad = tl.tensor([3.0])
    >>> optimizer.step()
    >>> optimizer.state[p]["mu_product"]
    tensor(0.4501)
    """

    counts: Sequence[str] = ("step", "mu_product")

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        options = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, checked(options))

    def slots(self, group: Group) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def start(self, name: str, group: Group) -> float:
        return 1.0 if name == "mu_product" else 0.0

    def update(self, group: Group, bundle: Bundle) -> None:
        lr, eps, decay = numbers(group, "lr", "eps", "momentum_decay")
        beta1, beta2 = map(float, group["betas"])
        mu, ahead = (beta1 * (1 - 0.5 * 0.96 ** (t * decay)) for t in (bundle.step, bundle.step + 1))
        products = bundle.counts["mu_product"]
        products *= mu
        product = float(products[0])
        root = math.sqrt(1 - beta2**bundle.step)
        eps *= root
        now, later = lr * root * (1 - mu) / (1 - product), lr * root * ahead / (1 - product * ahead)
        for p, g, work, spare, m, v in bundle:
            average(m, g, 1 - beta1, work)
            average_square(v, g, beta2, 1 - beta2, work)
            np.multiply(g, now, out=work)
            work += np.multiply(m, later, out=spare)
            np.sqrt(v, out=spare)
            spare += eps
            work /= spare
            p -= work
