"""Adamax: Adam with the largest gradient, slowly forgotten, in place of the root mean square."""

from __future__ import annotations

import numpy as np

from ..tensors.tensor import Tensor
from .base.flat_groups import FlatGroup
from .base.in_place import average, descend
from .base.optimizer import Optimizer, ParamsT
from .base.options import Group, checked_options, numbers


class Adamax(Optimizer):
    """Adamax: Adam's average of the gradient, divided by the gradient's infinity norm.

    At step t, with g ← g + λ p first (weight decay λ):

        m ← β₁ m + (1 - β₁) g
        u ← max(β₂ u, |g| + eps)
        p ← p - lr / (1 - β₁ᵗ) · m / u

    Source: Kingma & Ba, 2015, section 7.1, https://arxiv.org/abs/1412.6980.

    State of each parameter: `step`, a float32 Tensor of shape (); `exp_avg` (m) and `exp_inf` (u), of the parameter's
    shape and dtype.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups.
        lr: the learning rate, at least 0; a number or a Tensor with one element.
        betas: (β₁, β₂), each at least 0 and below 1.
        eps: is added to |g|, at least 0.
        weight_decay: λ, at least 0; it is part of the gradient.
        maximize: go up instead of down.
        foreach, capturable: choose among PyTorch's implementations, and have no effect here.
        differentiable: whether steps are recorded, so that one can differentiate through them; then parameters that
            require a gradient must be computed ones, such as clones, and lr may require one, too.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    The first step is of length lr; at the second, with a gradient of 0, m / u is (0.9 · 0.1) / 0.999, and 1 - β₁² is
    0.19, so that the length is lr 0.4742:

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.Adamax([p], lr=0.1)
    >>> for gradient in [1.0, 0.0]:
    ...     p.grad = tl.tensor([gradient])
    ...     optimizer.step()
    ...     print(p.data)
    tensor([0.9000])
    tensor([0.8526])
    """

    def __init__(
        self,
        params: ParamsT,
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
        super().__init__(params, checked_options(locals()))

    def state_arrays(self, group: Group) -> tuple[str, ...]:
        return ("exp_avg", "exp_inf")

    def update_group(self, group: Group, flat_group: FlatGroup) -> None:
        lr, beta1, beta2, eps = numbers(group, "lr", "betas", "eps")
        decay1, decay2 = flat_group.decay(beta1), flat_group.decay(beta2)
        step_size, epsilon = flat_group.constants(lr / (1 - beta1**flat_group.step), eps)

        for param, grad, state, (work, _) in flat_group:
            exp_avg, exp_inf = state["exp_avg"], state["exp_inf"]
            average(exp_avg, grad, decay1, work)  # m ← β₁ m + (1 - β₁) g
            np.absolute(grad, out=work)  # u ← max(β₂ u, |g| + eps)
            work += epsilon
            exp_inf *= decay2.beta
            np.maximum(exp_inf, work, out=exp_inf)
            descend(param, step_size, exp_avg, exp_inf, work)  # p ← p - lr / (1 - β₁ᵗ) · m / u
