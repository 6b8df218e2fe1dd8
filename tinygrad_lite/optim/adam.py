"""Adam: steps scaled by running averages of the gradient and of its square; AdamW decays the weights apart."""

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


class Adam(Optimizer):
    """Each element has a step of its own, from the averages of its gradient and of the square of that.

    At step t, with g ← g + λ p first (weight decay λ):

        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
        p ← p - lr m̂ / (√v̂ + eps),  m̂ = m / (1 - β₁ᵗ),  v̂ = v / (1 - β₂ᵗ)

    The book (Deep Learning from Scratch, 6.1.6) folds the corrections into the rate, with its eps after them:
    p ← p - lr √(1 - β₂ᵗ)/(1 - β₁ᵗ) · m / (√v + eps); see `BookAdam`. Source: Kingma & Ba, 2015,
    https://arxiv.org/abs/1412.6980; amsgrad: Reddi et al., 2018, https://arxiv.org/abs/1904.09237.

    Args:
        params: parameters or groups.
        lr: learning rate.
        betas: (β₁, β₂).
        eps: added to the root, after the correction.
        weight_decay: λ, coupled: part of the gradient.
        amsgrad: divide by the largest √v̂ so far.
        maximize: go up instead of down.
        decoupled_weight_decay: decay as `AdamW` does.
        foreach, capturable, fused: accepted for PyTorch's sake; there is one implementation.

    Raises:
        ValueError: for an option out of range.
        NotImplementedError: for `differentiable=True`.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.Adam([p], lr=0.1)
    >>> (p**2).sum().backward()
    >>> optimizer.step()
    >>> p
    Parameter containing:
    tensor([0.9000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        options = {
            "lr": lr, "betas": tuple(map(float, betas)), "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
            "maximize": maximize, "foreach": foreach, "capturable": capturable, "differentiable": differentiable,
            "fused": fused, "decoupled_weight_decay": decoupled_weight_decay,
        }  # fmt: skip
        super().__init__(params, checked(options))

    def slots(self, group: Group) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq", "max_exp_avg_sq") if group["amsgrad"] else ("exp_avg", "exp_avg_sq")

    def update(self, group: Group, bundle: Bundle) -> None:
        lr, eps = numbers(group, "lr", "eps")
        beta1, beta2 = map(float, group["betas"])
        # m̂ / (√v̂ + eps) with the corrections taken out of the arrays: what is left is one pass for each sign.
        root = math.sqrt(1 - beta2**bundle.step)
        rate, least, first, keep, second = bundle.constants(
            lr * root / (1 - beta1**bundle.step), eps * root, 1 - beta1, beta2, 1 - beta2
        )
        for p, g, work, _, m, v, *largest in bundle:
            average(m, g, first, work)
            average_square(v, g, keep, second, work)
            for most in largest:  # there is one, or none
                v = np.maximum(most, v, out=most)
            np.sqrt(v, out=work)
            work += least
            np.divide(m, work, out=work)
            work *= rate
            p -= work


class AdamW(Adam):
    """Adam with weight decay apart from the gradient: p ← p - lr λ p, then Adam's step with λ = 0.

        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
        p ← (1 - lr λ) p - lr m̂ / (√v̂ + eps),  m̂ = m / (1 - β₁ᵗ),  v̂ = v / (1 - β₂ᵗ)

    The book has coupled decay only, g ← g + λ p. Source: Loshchilov & Hutter, 2019, https://arxiv.org/abs/1711.05101.

    Args: as `Adam`'s, but `weight_decay` is 0.01 unless said otherwise.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.AdamW([p], lr=0.1, weight_decay=0.5)
    >>> p.grad = tl.zeros(1)
    >>> optimizer.step()
    >>> p.data
    tensor([0.9500])
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad,
            foreach=foreach, maximize=maximize, capturable=capturable, differentiable=differentiable, fused=fused,
            decoupled_weight_decay=True,
        )  # fmt: skip
