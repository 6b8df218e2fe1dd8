"""ASGD: gradient descent with a falling learning rate, and the average of the points that it passes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensors.tensor import Tensor
from .base.flat_groups import FlatGroup
from .base.optimizer import Optimizer, ParamsT
from .base.options import Group, checked_options, number, numbers


class ASGD(Optimizer):
    """ASGD: stochastic gradient descent that keeps the average of the parameters.

    At step t, with g ← g + weight_decay p first:

        p ← (1 - λ η) p - η g
        a ← a + μ (p - a)
        η ← lr / (1 + λ lr t)^α,    μ ← 1 / max(1, t - t₀)

    where η is lr and μ is 1 before the first step. Up to step t₀ the average a is p itself; it is in the state, and the
    parameters are not replaced by it. Source: Polyak & Juditsky, 1992, Acceleration of stochastic approximation by
    averaging; Bottou, 2010.

    State of each parameter: `step`, `eta` (η) and `mu` (μ), float32 Tensors of shape (); `ax` (a), of the parameter's
    shape and dtype.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups.
        lr: the learning rate, at least 0; a number or a Tensor with one element.
        lambd: λ, by which the parameters and the learning rate decay.
        alpha: α, the power with which the learning rate falls.
        t0: t₀, the step at which averaging begins.
        weight_decay: a factor, at least 0, of p in the gradient.
        maximize: go up instead of down.
        foreach, capturable: choose among PyTorch's implementations, and have no effect here.
        differentiable: whether steps are recorded, so that one can differentiate through them; then parameters that
            require a gradient must be computed ones, such as clones.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    With t₀ = 1 the third step is averaged with what was before, half and half:

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.ASGD([p], lr=0.1, lambd=0.0, t0=1)
    >>> for _ in range(4):
    ...     p.grad = tl.tensor([1.0])
    ...     optimizer.step()
    ...     print(p.data, optimizer.state[p]["ax"])
    tensor([0.9000]) tensor([0.9000])
    tensor([0.8000]) tensor([0.8000])
    tensor([0.7000]) tensor([0.7000])
    tensor([0.6000]) tensor([0.6500])
    """

    state_scalars = ("step", "eta", "mu")

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        super().__init__(params, checked_options(locals()))

    def state_arrays(self, group: Group) -> tuple[str, ...]:
        return ("ax",)

    def initial_value(self, name: str, group: Group) -> float:
        return {"eta": number("lr", group["lr"]), "mu": 1.0}.get(name, 0.0)

    def update_group(self, group: Group, flat_group: FlatGroup) -> None:
        lr, lambd, alpha, t0 = map(_value, numbers(group, "lr", "lambd", "alpha", "t0"))
        scalars: Any = flat_group.scalars
        eta, mu = float(scalars["eta"][0]), float(scalars["mu"][0])
        step_size, shrink, share = flat_group.constants(eta, 1 - lambd * eta, mu)

        for param, grad, state, (work, _) in flat_group:
            average = state["ax"]
            np.multiply(grad, step_size, out=work)
            param *= shrink
            param -= work  # p ← (1 - λ η) p - η g
            if mu == 1:
                average[...] = param
            else:
                np.subtract(param, average, out=work)
                work *= share
                average += work  # a ← a + μ (p - a)
        scalars["eta"][...] = lr / (1 + lambd * lr * flat_group.step) ** alpha
        scalars["mu"][...] = 1 / max(1, flat_group.step - t0)


def _value(x: Any) -> float:
    return float(x.detach()) if isinstance(x, Tensor) else x
