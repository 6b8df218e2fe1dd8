"""Adadelta: steps in the units of the parameters, from a running average of their squares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..tensors.tensor import Tensor
from .base.flat_groups import Bundle
from .base.optimizer import Group, Optimizer
from .base.options import checked, numbers
from .base.running import average_square


class Adadelta(Optimizer):
    """Steps scaled by the ratio of the root mean squares of past steps and of past gradients.

    With g ← g + λ p first (weight decay λ):

        h ← ρ h + (1 - ρ) g²
        d = √(u + eps) / √(h + eps) · g
        u ← ρ u + (1 - ρ) d²
        p ← p - lr d

    Both eps are inside the roots. Source: Zeiler, 2012, https://arxiv.org/abs/1212.5701 (with lr = 1).

    Args:
        params: parameters or groups.
        lr: a factor for the step.
        rho: ρ.
        eps: as above.
        weight_decay: λ, part of the gradient.
        maximize: go up instead of down.
        foreach, capturable: accepted for PyTorch's sake; there is one implementation.

    Raises:
        ValueError: for an option out of range.
        NotImplementedError: for `differentiable=True`.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.Adadelta([p], rho=0.0, eps=1.0)
    >>> p.grad = tl.tensor([1.0])
    >>> optimizer.step()
    >>> p.data
    tensor([0.2929])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        options = {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "capturable": capturable, "foreach": foreach, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, checked(options))

    def slots(self, group: Group) -> tuple[str, ...]:
        return ("square_avg", "acc_delta")

    def update(self, group: Group, bundle: Bundle) -> None:
        lr, rho, eps = numbers(group, "lr", "rho", "eps")
        for p, g, d, spare, h, u in bundle:
            average_square(h, g, rho, 1 - rho, spare)
            np.add(u, eps, out=d)
            np.add(h, eps, out=spare)
            d /= spare
            np.sqrt(d, out=d)
            d *= g
            average_square(u, d, rho, 1 - rho, spare)
            d *= lr
            p -= d
