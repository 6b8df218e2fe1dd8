"""Adadelta: steps in the units of the parameters, from a running average of the squares of earlier steps."""

from __future__ import annotations

import numpy as np

from ..tensors.tensor import Tensor
from .base.flat_groups import FlatGroup
from .base.in_place import average_square
from .base.optimizer import Optimizer, ParamsT
from .base.options import Group, checked_options, numbers


class Adadelta(Optimizer):
    """Adadelta: steps scaled by the ratio of the root mean squares of past steps and of past gradients.

    With g ← g + λ p first (weight decay λ):

        h ← ρ h + (1 - ρ) g²
        d = √(u + eps) / √(h + eps) · g
        u ← ρ u + (1 - ρ) d²
        p ← p - lr d

    Both eps are inside the roots. Source: Zeiler, 2012, https://arxiv.org/abs/1212.5701 (with lr = 1).

    State of each parameter: `step`, a float32 Tensor of shape (); `square_avg` (h) and `acc_delta` (u), of the
    parameter's shape and dtype.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups.
        lr: a factor for the step, at least 0; a number or a Tensor with one element.
        rho: ρ, between 0 and 1.
        eps: is added to both averages, at least 0.
        weight_decay: λ, at least 0; it is part of the gradient.
        maximize: go up instead of down.
        foreach, capturable: choose among PyTorch's implementations, and have no effect here.
        differentiable: whether steps are recorded, so that one can differentiate through them; then parameters that
            require a gradient must be computed ones, such as clones, and lr may require one, too.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    With ρ = 0 and eps = 1, a gradient of √3 gives h = 3 and a step of √(0 + 1) / √(3 + 1) · √3:

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.Adadelta([p], rho=0.0, eps=1.0)
    >>> p.grad = tl.tensor([3.0]).sqrt()
    >>> optimizer.step()
    >>> 1 - p.data, p.grad / 2
    (tensor([0.8660]), tensor([0.8660]))
    """

    def __init__(
        self,
        params: ParamsT,
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
        options = checked_options(locals(), "lr", "rho", "eps", "weight_decay", "maximize", "capturable")
        super().__init__(params, options)

    def state_arrays(self, group: Group) -> tuple[str, ...]:
        return ("square_avg", "acc_delta")

    def update_group(self, group: Group, flat_group: FlatGroup) -> None:
        lr, rho, eps = numbers(group, "lr", "rho", "eps")
        decay = flat_group.decay(rho)
        step_size, epsilon = flat_group.constants(lr, eps)

        for param, grad, state, (delta, work) in flat_group:
            square_avg, acc_delta = state["square_avg"], state["acc_delta"]
            average_square(square_avg, grad, decay, work)  # h ← ρ h + (1 - ρ) g²
            np.add(acc_delta, epsilon, out=delta)  # d = √((u + eps) / (h + eps)) · g
            delta /= np.add(square_avg, epsilon, out=work)
            np.sqrt(delta, out=delta)
            delta *= grad
            average_square(acc_delta, delta, decay, work)  # u ← ρ u + (1 - ρ) d²
            delta *= step_size
            param -= delta  # p ← p - lr d
