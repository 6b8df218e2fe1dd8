"""Adagrad: each element's steps shrink with the squared gradients that it has seen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..tensors.tensor import Tensor
from .base.flat_groups import Bundle
from .base.optimizer import Group, Optimizer
from .base.options import checked, numbers


class Adagrad(Optimizer):
    """Steps divided by the root of the sum of all squared gradients so far.

    At step t, with g ← g + λ p first (weight decay λ):

        h ← h + g²
        p ← p - lr / (1 + (t - 1) lr_decay) · g / (√h + eps)

    The book (Deep Learning from Scratch, 6.1.5) has no lr_decay, and eps = 1e-7 at the same place; see
    `BookAdaGrad`. Source: Duchi et al., 2011, https://jmlr.org/papers/v12/duchi11a.html.

    Args:
        params: parameters or groups.
        lr: learning rate.
        lr_decay: as above.
        weight_decay: λ, part of the gradient.
        initial_accumulator_value: h before the first step.
        eps: added to the root.
        maximize: go up instead of down.
        foreach, fused: accepted for PyTorch's sake; there is one implementation.

    Raises:
        ValueError: for an option out of range.
        NotImplementedError: for `differentiable=True`.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0, 1.0]))
    >>> optimizer = tl.optim.Adagrad([p], lr=0.5)
    >>> p.grad = tl.tensor([1.0, 100.0])
    >>> optimizer.step()
    >>> p.data
    tensor([0.5000, 0.5000])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        options = {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, checked(options))
        for group in self.param_groups:  # the states exist from the beginning, as in PyTorch
            for p in group["params"]:
                self.begin(p, group)

    def slots(self, group: Group) -> tuple[str, ...]:
        return ("sum",)

    def start(self, name: str, group: Group) -> float:
        return float(group["initial_accumulator_value"]) if name == "sum" else 0.0

    def update(self, group: Group, bundle: Bundle) -> None:
        lr, lr_decay, eps = numbers(group, "lr", "lr_decay", "eps")
        rate = lr / (1 + (bundle.step - 1) * lr_decay)
        for p, g, work, _, h in bundle:
            h += np.multiply(g, g, out=work)
            np.sqrt(h, out=work)
            work += eps
            np.divide(g, work, out=work)
            work *= rate
            p -= work
