"""Adagrad: each element's steps shrink with the squared gradients that it has seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import versions as memory
from ..tensors.tensor import Tensor
from .base.flat_groups import FlatGroup
from .base.in_place import descend, root
from .base.optimizer import Optimizer, ParamsT
from .base.options import Group, checked_options, number, numbers
from .base.sparse_gradients import check_options, rows_of


class Adagrad(Optimizer):
    """Adagrad: steps divided by the root of the sum of all squared gradients so far.

    At step t, with g ← g + λ p first (weight decay λ):

        h ← h + g²
        PyTorch's: p ← p - lr / (1 + (t - 1) lr_decay) · g / (√h + eps)
        the book's: p ← p - lr g / (√h + eps)

    The book (Deep Learning from Scratch, 6.1.5) has no lr_decay, and eps = 1e-7 instead of 1e-10; its form is
    `BookAdaGrad`. Source: Duchi et al., 2011, https://jmlr.org/papers/v12/duchi11a.html.

    State of each parameter, which exists before the first step: `step`, a float32 Tensor of shape (); `sum` (h), of
    the parameter's shape and dtype.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups.
        lr: the learning rate, at least 0; a number or a Tensor with one element.
        lr_decay: as above, at least 0.
        weight_decay: λ, at least 0; it is part of the gradient.
        initial_accumulator_value: h before the first step, at least 0.
        eps: is added to the root, at least 0.
        maximize: go up instead of down.
        foreach, fused: choose among PyTorch's implementations, and have no effect here.
        differentiable: whether steps are recorded, so that one can differentiate through them; then parameters that
            require a gradient must be computed ones, such as clones, and lr may require one, too.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.
        RuntimeError: by `step`, for sparse gradients with weight decay or `fused`; nothing is then changed.

    The first step is of length lr, whatever the size of the gradient; the second has √(1 + 1) in place of √1:

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0, 1.0]))
    >>> optimizer = tl.optim.Adagrad([p], lr=0.5)
    >>> p.grad = tl.tensor([1.0, 100.0])
    >>> for _ in range(2):
    ...     optimizer.step()
    ...     print(p.data)
    tensor([0.5000, 0.5000])
    tensor([0.1464, 0.1464])
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(params, checked_options(locals(), "lr", "lr_decay", "eps"))
        for group in self.param_groups:  # the states exist from the beginning, as in PyTorch
            for p in group["params"]:
                self.init_state(p, group)

    def state_arrays(self, group: Group) -> tuple[str, ...]:
        return ("sum",)

    def initial_value(self, name: str, group: Group) -> float:
        return number("initial_accumulator_value", group["initial_accumulator_value"]) if name == "sum" else 0.0

    def _check_gradient(self, group: Group, p: Any) -> None:
        if not p._grad.is_sparse:
            return
        if group.get("eps_inside_root") or group.get("fused"):
            rule = "`fused`" if group.get("fused") else type(self).__name__
            raise RuntimeError(f"{rule} does not support sparse grad or complex param: nothing was changed")
        if number("weight_decay", group["weight_decay"]):
            raise RuntimeError("weight_decay option is not compatible with sparse gradients. Adagrad: leave it out")
        check_options("Adagrad", group, p)

    def _update_sparse(self, group: Group, p: Any) -> None:
        lr, lr_decay, eps = numbers(group, "lr", "lr_decay", "eps")
        self.init_state(p, group)
        state = self.state[p]
        state["step"]._data[...] += 1
        memory.wrote(state["step"]._data)
        step_size = lr / (1 + (float(state["step"]._data) - 1) * lr_decay)
        rows, square_sum = rows_of(p._grad, group["maximize"], unique=True), state["sum"]._data
        rows.add_to(square_sum, rows.values * rows.values)
        rows.add_to(p._data, rows.values / (np.sqrt(square_sum[rows.places]) + eps) * -step_size)

    def update_group(self, group: Group, flat_group: FlatGroup) -> None:
        lr, lr_decay, eps = numbers(group, "lr", "lr_decay", "eps")
        eps_inside = group.get("eps_inside_root", False)  # the book's
        step_size, epsilon = flat_group.constants(lr / (1 + (flat_group.step - 1) * lr_decay), eps)

        for param, grad, state, (work, _) in flat_group:
            square_sum = state["sum"]
            square_sum += np.multiply(grad, grad, out=work)  # h ← h + g²
            denominator = root(square_sum, epsilon, work, eps_inside)  # √h + eps
            descend(param, step_size, grad, denominator, work)  # p ← p - step_size · g / (√h + eps)
