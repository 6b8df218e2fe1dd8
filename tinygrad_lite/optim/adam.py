"""Adam: steps scaled by running averages of the gradient and of its square. AdamW: Adam with decoupled weight decay."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensors.tensor import Tensor
from .base.differentiable import square_root
from .base.flat_groups import FlatGroup
from .base.in_place import average, average_square, descend, root
from .base.optimizer import Optimizer, ParamsT
from .base.options import Group, checked_options, numbers
from .base.sparse_gradients import not_supported


class Adam(Optimizer):
    """Adam: each element has a step of its own, from running averages of its gradient and of the gradient's square.

    At step t, with g ← g + λ p first (weight decay λ):

        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
        PyTorch's: p ← p - lr m̂ / (√v̂ + eps),  m̂ = m / (1 - β₁ᵗ),  v̂ = v / (1 - β₂ᵗ)
        the book's: p ← p - lr √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√v + eps)

    This class is PyTorch's form; `BookAdam` is that of the book (Deep Learning from Scratch, 6.1.6), where eps comes
    after the corrections. Source: Kingma & Ba, 2015, https://arxiv.org/abs/1412.6980; amsgrad: Reddi et al., 2018,
    https://arxiv.org/abs/1904.09237.

    State of each parameter: `step`, a float32 Tensor of shape (); `exp_avg` (m), `exp_avg_sq` (v) and, with amsgrad,
    `max_exp_avg_sq`, of the parameter's shape and dtype.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups.
        lr: the learning rate, at least 0; a number or a Tensor with one element.
        betas: (β₁, β₂), each at least 0 and below 1.
        eps: is added to the root, at least 0.
        weight_decay: λ, at least 0; it is coupled, that is, part of the gradient.
        amsgrad: divide by the largest √v̂ so far.
        maximize: go up instead of down.
        decoupled_weight_decay: decay the weights as `AdamW` does.
        foreach, capturable, fused: choose among PyTorch's implementations, and have no effect here.
        differentiable: whether steps are recorded, so that one can differentiate through them; then parameters that
            require a gradient must be computed ones, such as clones, and lr may require one, too.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    The first step is of length lr, whatever the size of the gradient:

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0, 1.0]))
    >>> optimizer = tl.optim.Adam([p], lr=0.1)
    >>> p.grad = tl.tensor([0.01, -100.0])
    >>> optimizer.step()
    >>> p.data
    tensor([0.9000, 1.1000])
    """

    def __init__(
        self,
        params: ParamsT,
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
        options = checked_options(locals(), "lr", "betas", "eps", "weight_decay", "amsgrad", "maximize")
        super().__init__(params, options)

    def state_arrays(self, group: Group) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq", "max_exp_avg_sq") if group["amsgrad"] else ("exp_avg", "exp_avg_sq")

    def _check_gradient(self, group: Group, p: Any) -> None:
        if p._grad.is_sparse:
            raise not_supported("Adam", ", please consider SparseAdam instead")

    def update_group(self, group: Group, flat_group: FlatGroup) -> None:
        lr, beta1, beta2, eps = numbers(group, "lr", "betas", "eps")
        decay1, decay2 = flat_group.decay(beta1), flat_group.decay(beta2)
        # The corrections act on numbers rather than on arrays: with c₁ = 1 - β₁ᵗ and c₂ = 1 - β₂ᵗ,
        # lr m̂ / (√v̂ + eps) = (lr √c₂ / c₁) · m / (√v + eps √c₂).
        correction1, correction2 = 1 - beta1**flat_group.step, square_root(1 - beta2**flat_group.step)
        step_size, epsilon = flat_group.constants(lr * correction2 / correction1, eps * correction2)

        for param, grad, state, (work, _) in flat_group:
            exp_avg, exp_avg_sq = state["exp_avg"], state["exp_avg_sq"]
            average(exp_avg, grad, decay1, work)  # m ← β₁ m + (1 - β₁) g
            average_square(exp_avg_sq, grad, decay2, work)  # v ← β₂ v + (1 - β₂) g²
            if group["amsgrad"]:
                exp_avg_sq = np.maximum(state["max_exp_avg_sq"], exp_avg_sq, out=state["max_exp_avg_sq"])
            denominator = root(exp_avg_sq, epsilon, out=work)  # √v + eps √c₂
            descend(param, step_size, exp_avg, denominator, work)  # p ← p - (lr √c₂ / c₁) · m / (√v + eps √c₂)


class AdamW(Adam):
    """Adam with decoupled weight decay: the weights shrink by lr λ p, whatever the gradient is.

    At step t:

        p ← p - lr λ p
        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
        p ← p - lr m̂ / (√v̂ + eps),  m̂ = m / (1 - β₁ᵗ),  v̂ = v / (1 - β₂ᵗ)

    The book (Deep Learning from Scratch, 6.4.2) has coupled decay only, g ← g + λ p; with Adam the two differ, since
    Adam divides that λ p by √v̂, too. Source: Loshchilov & Hutter, 2019, https://arxiv.org/abs/1711.05101.

    State of each parameter: as `Adam`'s.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups.
        lr: the learning rate, at least 0; a number or a Tensor with one element.
        betas: (β₁, β₂), each at least 0 and below 1.
        eps: is added to the root, at least 0.
        weight_decay: λ, at least 0.
        amsgrad: divide by the largest √v̂ so far.
        maximize: go up instead of down; the weights decay all the same.
        foreach, capturable, fused: choose among PyTorch's implementations, and have no effect here.
        differentiable: whether steps are recorded, so that one can differentiate through them; then parameters that
            require a gradient must be computed ones, such as clones, and lr may require one, too.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    With a gradient of 0 there is nothing but the decay, by lr λ = 0.05:

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0, -2.0]))
    >>> optimizer = tl.optim.AdamW([p], lr=0.1, weight_decay=0.5)
    >>> p.grad = tl.zeros(2)
    >>> optimizer.step()
    >>> p.data
    tensor([ 0.9500, -1.9000])
    """

    def __init__(
        self,
        params: ParamsT,
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
