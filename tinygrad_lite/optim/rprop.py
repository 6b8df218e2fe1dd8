"""Rprop: steps whose lengths depend on the signs of the gradient alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensors.tensor import Tensor
from .base.flat_groups import FlatGroup
from .base.optimizer import Optimizer, ParamsT
from .base.options import Group, checked_options, numbers


class Rprop(Optimizer):
    """Rprop: resilient backpropagation, for gradients of the whole data set.

    Each element has a step length Δ, which is lr at first:

        Δ ← η₊ Δ where the gradient g has the sign of the step before, η₋ Δ where it has the other, within its bounds
        g ← 0 where the sign has changed
        p ← p - Δ sign(g)

    Source: Riedmiller & Braun, 1993, A direct adaptive method for faster backpropagation learning.

    State of each parameter: `step`, a float32 Tensor of shape (); `prev` (the g of the step before) and `step_size`
    (Δ), of the parameter's shape and dtype.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups.
        lr: the first step length, at least 0; a number or a Tensor with one element.
        etas: (η₋, η₊), below and above 1.
        step_sizes: the smallest and the largest step length.
        capturable, foreach: choose among PyTorch's implementations, and have no effect here.
        maximize: go up instead of down.
        differentiable: whether steps are recorded, so that one can differentiate through them; then parameters that
            require a gradient must be computed ones, such as clones.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    The gradient's size is without effect. Where its sign changes the step is left out, and the next is half as long:

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([0.0]))
    >>> optimizer = tl.optim.Rprop([p], lr=1.0)
    >>> for gradient in [-1e-9, -5.0, 3.0, 3.0]:
    ...     p.grad = tl.tensor([gradient])
    ...     optimizer.step()
    ...     print(p.data)
    tensor([1.])
    tensor([2.2000])
    tensor([2.2000])
    tensor([1.6000])
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        options = checked_options(locals(), "lr", "etas", "step_sizes", "foreach", "maximize", "differentiable")
        if not 0 < etas[0] < 1 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}; one must be below and one above 1")
        super().__init__(params, options)

    def state_arrays(self, group: Group) -> tuple[str, ...]:
        return ("prev", "step_size")

    def initial_value(self, name: str, group: Group) -> float:
        (lr,) = numbers({"lr": group["lr"]}, "lr")
        return lr if name == "step_size" else 0.0

    def update_group(self, group: Group, flat_group: FlatGroup) -> None:
        (smaller, larger), (least, most) = group["etas"], group["step_sizes"]
        shrink, grow, least, most = flat_group.constants(1 - smaller, larger - 1, least, most)
        param: Any

        for param, grad, state, (work, spare) in flat_group:
            prev, step_size = state["prev"], state["step_size"]
            np.multiply(prev, grad, out=work)
            np.sign(work, out=work)  # 1 where the signs agree, -1 where they do not, 0 where there is none
            np.greater_equal(work, 0, out=spare)
            np.multiply(grad, spare, out=prev)  # g ← 0 where the sign has changed
            np.maximum(work, 0, out=spare)
            spare *= grow
            np.minimum(work, 0, out=work)
            work *= shrink
            work += spare
            work += 1
            step_size *= work  # Δ ← η₊ Δ or η₋ Δ, within its bounds
            np.maximum(step_size, least, out=step_size)
            np.minimum(step_size, most, out=step_size)
            np.sign(prev, out=work)
            work *= step_size
            param -= work  # p ← p - Δ sign(g)
