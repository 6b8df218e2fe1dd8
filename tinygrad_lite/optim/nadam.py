"""NAdam: Adam that looks ahead, as Nesterov's momentum does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..tensors.tensor import Tensor
from .base.differentiable import square_root
from .base.flat_groups import FlatGroup
from .base.in_place import average, average_square, root
from .base.optimizer import Optimizer, ParamsT
from .base.options import Group, checked_options, numbers


class NAdam(Optimizer):
    """NAdam: Adam with Nesterov's momentum, whose strength μ grows towards β₁ as training goes on.

    At step t, with g ← g + λ p first (weight decay λ), and ψ = momentum_decay:

        μₜ = β₁ (1 - ½ · 0.96^(t ψ)),  Π ← Π μₜ
        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
        p ← p - lr ((1 - μₜ) / (1 - Π) · g + μₜ₊₁ / (1 - Π μₜ₊₁) · m) / (√v̂ + eps),  v̂ = v / (1 - β₂ᵗ)

    Source: Dozat, 2016, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ.

    State of each parameter: `step` and `mu_product` (Π), float32 Tensors of shape () as PyTorch's (float64 where that
    is the default dtype); `exp_avg` (m) and `exp_avg_sq` (v), of the parameter's shape and dtype.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups.
        lr: the learning rate, at least 0; a number or a Tensor with one element.
        betas: (β₁, β₂), each at least 0 and below 1.
        eps: is added to the root, at least 0.
        weight_decay: λ, at least 0; it is part of the gradient.
        momentum_decay: ψ, at least 0.
        decoupled_weight_decay: decay the weights apart from the gradient, p ← p - lr λ p, as `AdamW` does.
        maximize: go up instead of down.
        foreach, capturable: choose among PyTorch's implementations, and have no effect here.
        differentiable: whether steps are recorded, so that one can differentiate through them; then parameters that
            require a gradient must be computed ones, such as clones, and lr may require one, too.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    With ψ = 0 the strength is constant, β₁ / 2 = 0.45, and so the product of two of them 0.2025:

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.NAdam([p], lr=0.1, momentum_decay=0)
    >>> p.grad = tl.tensor([3.0])
    >>> for _ in range(2):
    ...     optimizer.step()
    ...     print(optimizer.state[p]["mu_product"])
    tensor(0.4500)
    tensor(0.2025)
    """

    state_scalars: Sequence[str] = ("step", "mu_product")

    def __init__(
        self,
        params: ParamsT,
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
        options = checked_options(
            locals(), "lr", "betas", "eps", "weight_decay", "momentum_decay", "decoupled_weight_decay", "maximize"
        )
        super().__init__(params, options)

    def state_arrays(self, group: Group) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def initial_value(self, name: str, group: Group) -> float:
        return 1.0 if name == "mu_product" else 0.0

    def update_group(self, group: Group, flat_group: FlatGroup) -> None:
        lr, beta1, beta2, eps, momentum_decay = numbers(group, "lr", "betas", "eps", "momentum_decay")
        decay1, decay2 = flat_group.decay(beta1), flat_group.decay(beta2)
        step, mu_products = flat_group.step, flat_group.scalars["mu_product"]
        mu, next_mu = (beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay)) for t in (step, step + 1))
        if isinstance(mu, Tensor):
            raise NotImplementedError("NAdam: betas and momentum_decay must not require a gradient; lr may")
        mu_products *= mu
        mu_product = float(mu_products[0])
        # The correction of v acts on numbers rather than on arrays: 1 / (√v̂ + eps) = c / (√v + c eps).
        correction = square_root(1 - beta2**step)
        grad_weight, avg_weight, epsilon = flat_group.constants(
            lr * correction * (1 - mu) / (1 - mu_product),
            lr * correction * next_mu / (1 - mu_product * next_mu),
            eps * correction,
        )

        for param, grad, state, (work, spare) in flat_group:
            exp_avg, exp_avg_sq = state["exp_avg"], state["exp_avg_sq"]
            average(exp_avg, grad, decay1, work)  # m ← β₁ m + (1 - β₁) g
            average_square(exp_avg_sq, grad, decay2, work)  # v ← β₂ v + (1 - β₂) g²
            np.multiply(grad, grad_weight, out=work)  # p ← p - (grad_weight · g + avg_weight · m) / (√v + c eps)
            work += np.multiply(exp_avg, avg_weight, out=spare)
            work /= root(exp_avg_sq, epsilon, out=spare)
            param -= work
