"""RMSprop: steps divided by a running root mean square of the gradient."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..tensors.tensor import Tensor
from .base.flat_groups import Bundle
from .base.optimizer import Group, Optimizer
from .base.options import checked, numbers
from .base.running import average, average_square


class RMSprop(Optimizer):
    """Adagrad that forgets: h is a running average of the squared gradient.

    With g ← g + λ p first (weight decay λ):

        h ← α h + (1 - α) g²
        p ← p - lr g / (√h + eps)

    centered: m ← α m + (1 - α) g, and √(h - m²) for √h. With momentum μ: v ← μ v + g / (√h + eps), p ← p - lr v.
    The book's RMSProp (ρ = 0.99) is this recurrence, with eps at the same place. Source: Tieleman & Hinton, 2012,
    lecture 6.5 of Neural Networks for Machine Learning; centered: Graves, 2013, https://arxiv.org/abs/1308.0850.

    Args:
        params: parameters or groups.
        lr: learning rate.
        alpha: α.
        eps: added to the root.
        weight_decay: λ, part of the gradient.
        momentum: μ.
        centered: divide by the deviation rather than by the root mean square.
        maximize: go up instead of down.
        capturable, foreach: accepted for PyTorch's sake; there is one implementation.

    Raises:
        ValueError: for an option out of range.
        NotImplementedError: for `differentiable=True`.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.RMSprop([p], lr=0.1, alpha=0.75)
    >>> p.grad = tl.tensor([3.0])
    >>> optimizer.step()
    >>> p.data
    tensor([0.8000])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        options = {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, checked(options))

    def slots(self, group: Group) -> tuple[str, ...]:
        return ("square_avg", *["momentum_buffer"] * bool(group["momentum"]), *["grad_avg"] * bool(group["centered"]))

    def update(self, group: Group, bundle: Bundle) -> None:
        lr, alpha, eps, momentum = numbers(group, "lr", "alpha", "eps", "momentum")
        for p, g, work, spare, h, *others in bundle:
            average_square(h, g, alpha, 1 - alpha, work)
            if group["centered"]:
                m = others[-1]
                average(m, g, 1 - alpha, work)
                np.subtract(h, np.multiply(m, m, out=spare), out=work)
                np.sqrt(work, out=work)
            else:
                np.sqrt(h, out=work)
            work += eps
            np.divide(g, work, out=work)
            if momentum:
                v = others[0]
                v *= momentum
                v += work
                np.multiply(v, lr, out=work)
            else:
                work *= lr
            p -= work
