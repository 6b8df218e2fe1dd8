"""SparseAdam: Adam for sparse gradients, which changes the rows that have one, and no others."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.tensor import wrap
from ..tensors.tensor import Tensor
from .base.optimizer import Optimizer, ParamsT
from .base.options import Group, checked_options, number, numbers
from .base.sparse_gradients import check_options, rows_of


class SparseAdam(Optimizer):
    """Adam for sparse gradients, in a lazy form: only rows that have a gradient are changed, and only their averages.

    At step t, for the rows that have a gradient g:

        m ← m + (1 - β₁) (g - m)
        v ← v + (1 - β₂) (g² - v)
        p ← p - lr √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (√v + eps)

    Rows without a gradient keep their averages, which Adam would let decay, and stay where they are. t counts the
    steps of the parameter, not of the row. Unlike Adam's, eps comes after the corrections. The gradient is that of
    `nn.Embedding(..., sparse=True)` or `nn.EmbeddingBag(..., sparse=True)`. Source: PyTorch's documentation of
    `torch.optim.SparseAdam`; Kingma & Ba, 2015, https://arxiv.org/abs/1412.6980.

    State of each parameter: `step`, an int; `exp_avg` (m) and `exp_avg_sq` (v), of the parameter's shape and dtype.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups.
        lr: the learning rate, above 0; a number or a Tensor with one element.
        betas: (β₁, β₂), each at least 0 and below 1.
        eps: is added to the root, above 0.
        maximize: go up instead of down.

    Raises:
        ValueError: for an option out of range, no parameters, or sparse parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.
        RuntimeError: by `step`, for dense gradients; nothing is then changed.

    Row 0 has no gradient, and stays what it is:

    >>> import tinygrad_lite as tl
    >>> table = tl.nn.Embedding.from_pretrained(tl.ones(2, 2), freeze=False, sparse=True)
    >>> optimizer = tl.optim.SparseAdam(table.parameters(), lr=0.1)
    >>> table(tl.tensor([1])).sum().backward()
    >>> optimizer.step()
    >>> table.weight.data
    tensor([[1.0000, 1.0000],
            [0.9000, 0.9000]])
    """

    state_scalars = ()

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        options = checked_options(locals(), "lr", "betas", "eps", "maximize")
        for name, label in (("lr", "learning rate"), ("eps", "epsilon value")):
            if not number(name, options[name]) > 0:
                raise ValueError(f"Invalid {label}: {options[name]}; {name} must be above 0")
        super().__init__(params, options)
        sparse = [
            [i, j] for i, group in enumerate(self.param_groups) for j, p in enumerate(group["params"]) if p.is_sparse
        ]
        if sparse:
            raise ValueError(f"Sparse params at indices {sparse}: SparseAdam requires dense parameter tensors")

    def state_arrays(self, group: Group) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def _check_gradient(self, group: Group, p: Any) -> None:
        if not p._grad.is_sparse:
            raise RuntimeError(
                "SparseAdam does not support dense gradients, please consider Adam instead: the embedding needs "
                "sparse=True. Nothing was changed"
            )
        check_options("SparseAdam", group, p)

    def _update_sparse(self, group: Group, p: Any) -> None:
        lr, beta1, beta2, eps = numbers(group, "lr", "betas", "eps")
        state: Any = self.state[p]
        if "step" not in state:
            state["step"] = 0
            for name in self.state_arrays(group):
                state[name] = wrap(np.zeros(p._data.shape, p.dtype))
        state["step"] += 1
        step = int(state["step"])
        rows = rows_of(p._grad, group["maximize"], unique=True)
        means = []
        for name, beta, slope in (("exp_avg", beta1, rows.values), ("exp_avg_sq", beta2, rows.values * rows.values)):
            held = state[name]._data
            old = held[rows.places]
            change = (slope - old) * (1 - beta)
            rows.add_to(held, change)
            means.append(change + old)
        step_size = lr * math.sqrt(1 - beta2**step) / (1 - beta1**step)
        rows.add_to(p._data, means[0] / (np.sqrt(means[1]) + eps) * -step_size)
