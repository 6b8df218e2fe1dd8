"""RMSprop: steps divided by a running root mean square of the gradient."""

from __future__ import annotations

import numpy as np

from ..tensors.tensor import Tensor
from .base.flat_groups import FlatGroup
from .base.in_place import average, average_square, descend, root
from .base.optimizer import Optimizer, ParamsT
from .base.options import Group, checked_options, numbers


class RMSprop(Optimizer):
    """RMSprop: Adagrad that forgets, since h is a running average of the squared gradient.

    With g ← g + λ p first (weight decay λ):

        h ← α h + (1 - α) g²
        p ← p - lr g / (√h + eps)

    With `centered`: m ← α m + (1 - α) g, and √(h - m²) in place of √h. With momentum μ: v ← μ v + g / (√h + eps), and
    p ← p - lr v. The book's RMSProp (Deep Learning from Scratch; ρ = 0.99 for α) is this recurrence, with eps at the
    same place. Source: Tieleman & Hinton, 2012, lecture 6.5 of Neural Networks for Machine Learning; for centered
    Graves, 2013, https://arxiv.org/abs/1308.0850.

    State of each parameter: `step`, a float32 Tensor of shape (); `square_avg` (h), with momentum `momentum_buffer`
    (v) and with centered `grad_avg` (m), of the parameter's shape and dtype.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups.
        lr: the learning rate, at least 0; a number or a Tensor with one element.
        alpha: α, at least 0.
        eps: is added to the root, at least 0.
        weight_decay: λ, at least 0; it is part of the gradient.
        momentum: μ, at least 0.
        centered: divide by the standard deviation rather than by the root mean square.
        maximize: go up instead of down.
        capturable, foreach: choose among PyTorch's implementations, and have no effect here.
        differentiable: whether steps are recorded, so that one can differentiate through them; then parameters that
            require a gradient must be computed ones, such as clones, and lr may require one, too.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    A gradient of 3, and h = 0.25 · 3² = 1.5² after it: a step of lr 3 / 1.5.

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
        params: ParamsT,
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
        options = checked_options(locals(), "lr", "momentum", "alpha", "eps", "centered", "weight_decay")
        super().__init__(params, options)

    def state_arrays(self, group: Group) -> tuple[str, ...]:
        return ("square_avg", *["momentum_buffer"] * bool(group["momentum"]), *["grad_avg"] * bool(group["centered"]))

    def update_group(self, group: Group, flat_group: FlatGroup) -> None:
        lr, alpha, eps, momentum = numbers(group, "lr", "alpha", "eps", "momentum")
        decay = flat_group.decay(alpha)
        eps_inside = group.get("eps_inside_root", False)  # the book's
        step_size, epsilon = flat_group.constants(lr, eps)

        for param, grad, state, (work, spare) in flat_group:
            square = state["square_avg"]
            average_square(square, grad, decay, work)  # h ← α h + (1 - α) g²
            if group["centered"]:
                grad_avg = state["grad_avg"]
                average(grad_avg, grad, decay, work)  # m ← α m + (1 - α) g
                square = np.subtract(square, np.multiply(grad_avg, grad_avg, out=spare), out=work)  # h - m²
            denominator = root(square, epsilon, work, eps_inside)  # √h + eps
            if momentum:
                velocity = state["momentum_buffer"]
                velocity *= momentum  # v ← μ v + g / (√h + eps)
                velocity += np.divide(grad, denominator, out=work)
                param -= np.multiply(velocity, step_size, out=work)  # p ← p - lr v
            else:
                descend(param, step_size, grad, denominator, work)  # p ← p - lr g / (√h + eps)
