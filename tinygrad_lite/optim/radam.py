"""RAdam: Adam that does not divide by the second moment until that can be trusted."""

from __future__ import annotations

import numpy as np

from ..tensors.tensor import Tensor
from .base.differentiable import square_root
from .base.flat_groups import FlatGroup
from .base.in_place import average, average_square, descend, root
from .base.optimizer import Optimizer, ParamsT
from .base.options import Group, checked_options, numbers


class RAdam(Optimizer):
    """RAdam: Adam whose step is rectified for the variance of v, and is plain momentum while that is infinite.

    At step t, with g ← g + λ p first (weight decay λ):

        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
        ρ∞ = 2 / (1 - β₂) - 1,  ρ = ρ∞ - 2 t β₂ᵗ / (1 - β₂ᵗ)
        if ρ > 5:   p ← p - lr r · m / (1 - β₁ᵗ) · √(1 - β₂ᵗ) / (√v + eps),
                    r = √((ρ - 4) (ρ - 2) ρ∞ / ((ρ∞ - 4) (ρ∞ - 2) ρ))
        otherwise:  p ← p - lr m / (1 - β₁ᵗ)

    Here eps is added before the correction of √v, unlike in Adam. Source: Liu et al., 2020,
    https://arxiv.org/abs/1908.03265.

    State of each parameter: `step`, a float32 Tensor of shape (); `exp_avg` (m) and `exp_avg_sq` (v), of the
    parameter's shape and dtype.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups.
        lr: the learning rate, at least 0; a number or a Tensor with one element.
        betas: (β₁, β₂), each at least 0 and below 1.
        eps: is added to the root, before the correction, at least 0.
        weight_decay: λ, at least 0; it is part of the gradient.
        decoupled_weight_decay: decay the weights apart from the gradient, p ← p - lr λ p, as `AdamW` does.
        maximize: go up instead of down.
        foreach, capturable: choose among PyTorch's implementations, and have no effect here.
        differentiable: whether steps are recorded, so that one can differentiate through them; then parameters that
            require a gradient must be computed ones, such as clones, and lr may require one, too.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    With β₂ = 0.999 the first five steps are those of momentum, so that the first is lr times the gradient:

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
        params: ParamsT,
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
        options = checked_options(locals(), "lr", "betas", "eps", "weight_decay", "maximize", "foreach", "capturable")
        super().__init__(params, options)

    def state_arrays(self, group: Group) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def update_group(self, group: Group, flat_group: FlatGroup) -> None:
        lr, beta1, beta2, eps = numbers(group, "lr", "betas", "eps")
        decay1, decay2 = flat_group.decay(beta1), flat_group.decay(beta2)
        step = flat_group.step
        correction = 1 - beta2**step
        rho_inf = 2 / (1 - beta2) - 1
        rho = rho_inf - 2 * step * beta2**step / correction
        rate = lr / (1 - beta1**step)
        if rho > 5:  # the rectification r and the correction of √v act on the rate, rather than on arrays
            rate *= square_root(correction * (rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
        step_size, epsilon = flat_group.constants(rate, eps)

        for param, grad, state, (work, _) in flat_group:
            exp_avg, exp_avg_sq = state["exp_avg"], state["exp_avg_sq"]
            average(exp_avg, grad, decay1, work)  # m ← β₁ m + (1 - β₁) g
            average_square(exp_avg_sq, grad, decay2, work)  # v ← β₂ v + (1 - β₂) g²
            if rho > 5:
                denominator = root(exp_avg_sq, epsilon, out=work)  # √v + eps
                descend(param, step_size, exp_avg, denominator, work)  # p ← p - step_size · m / (√v + eps)
            else:
                param -= np.multiply(exp_avg, step_size, out=work)  # p ← p - step_size · m
