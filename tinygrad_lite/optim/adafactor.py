"""Adafactor: the squares of a matrix's gradient, kept as the averages of its rows and of its columns."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core import versions as memory
from ..core.primitive import Array
from ..core.tensor import wrap
from ..ops.kernels.summation import sum_over
from ..tensors.tensor import Tensor
from .base.flat_groups import check_floating
from .base.optimizer import Optimizer, ParamsT
from .base.options import Group, number


class Adafactor(Optimizer):
    """Adafactor: Adam without momentum, whose memory for a matrix is that of one row and one column.

    At step t, with β = 1 - t^beta2_decay, ρ = min(lr, 1/√t), and the root mean square rms:

        p ← (1 - lr λ) p
        r ← β r + (1 - β) mean of g² along each row
        c ← β c + (1 - β) mean of g² along each column
        v = r c / max(mean of r, ε₁)
        u = g / √max(v, ε₁²)
        p ← p - max(ε₂, rms(p)) ρ u / max(1, rms(u) / d)

    where rms(p) is that of the step before. Parameters of fewer than two dimensions have v ← β v + (1 - β) g². Source:
    Shazeer & Stern, 2018, https://arxiv.org/abs/1804.04235, with PyTorch's places of lr and ε₁.

    State of each parameter: `step`, a float32 Tensor of shape (); `row_var` (r) of shape (…, n, 1) and `col_var` (c) of
    shape (…, 1, m), or `variance` (v), of the parameter's shape; in the parameter's dtype.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups.
        lr: the largest ρ, and the factor of the weight decay, at least 0; a number or a Tensor with one element.
        beta2_decay: the exponent in β, at most 0.
        eps: (ε₁, ε₂), each at least 0; ε₁ = None is the eps of the parameter's dtype.
        d: the root mean square of u above which u is scaled down, at least 1.
        weight_decay: λ, at least 0; it is not part of the gradient.
        foreach: chooses among PyTorch's implementations, and has no effect here.
        maximize: go up instead of down.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    After one step u is the gradient's sign for a gradient of rank one, here scaled by lr rms(p):

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.ones(2, 2))
    >>> optimizer = tl.optim.Adafactor([p], lr=0.1)
    >>> p.grad = tl.tensor([[1.0, -2.0], [10.0, -20.0]])
    >>> optimizer.step()
    >>> p.data
    tensor([[0.9000, 1.1000],
            [0.9000, 1.1000]])
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        first_eps = 0 if eps[0] is None else eps[0]
        for label, option, value, least in (
            ("Learning rate", "lr", lr, 0),
            ("epsilon1", "eps", first_eps, 0),
            ("epsilon2", "eps", eps[1], 0),
            ("Clipping threshold d", "d", d, 1),
            ("weight_decay", "weight_decay", weight_decay, 0),
        ):
            if not number(option, value) >= least:
                raise ValueError(f"{label} should be >= {least} but is: {value}")
        if not number("beta2_decay", beta2_decay) <= 0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        options = {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, options)

    def _update_parameters(self, number: int, group: Group, params: list[Tensor]) -> None:
        """Take a step for each parameter: a flat array has no rows and columns."""
        for p in params:
            check_floating(p.dtype)
            self.init_state(p, group)
            self._update(group, p)

    def init_state(self, param: Tensor, group: Group) -> bool:
        made = super().init_state(param, group)
        shape = param.shape
        shapes: dict[str, Any] = {"variance": shape}
        if len(shape) > 1:
            shapes = {"row_var": (*shape[:-1], 1), "col_var": (*shape[:-2], 1, shape[-1])}
        for name, needed in shapes.items():
            if self.state[param].get(name) is None:
                self.state[param][name] = wrap(np.zeros(needed, param.dtype))
        return made

    def _update(self, group: Group, p: Tensor) -> None:
        state: Any = self.state[p]
        state["step"]._data += 1
        step = float(state["step"]._data)
        lr, decay = number("lr", group["lr"]), number("weight_decay", group["weight_decay"])
        eps1, eps2 = group["eps"]
        eps1 = float(np.finfo(p.dtype).eps) if eps1 is None else eps1
        share = step ** number("beta2_decay", group["beta2_decay"])  # 1 - β
        step_size = max(eps2, _rms(p._data)) * min(lr, 1 / math.sqrt(step))
        grad = p._grad._data
        if group["maximize"]:
            grad = np.negative(grad)
        if group.get("l1_decay"):
            grad = grad + number("l1_decay", group["l1_decay"]) * np.sign(p._data)
        if decay:
            p._data *= 1 - lr * decay
        variances = [state[name]._data for name in (("row_var", "col_var") if p.ndim > 1 else ("variance",))]
        if p.ndim > 1:
            for variance, dim in zip(variances, (-1, -2), strict=True):
                _approach(variance, sum_over(grad * grad, dim, True) / grad.shape[dim], share)
            rows, columns = variances
            estimate = rows @ columns
            estimate /= np.maximum(rows.mean(axis=-2, keepdims=True), eps1)
        else:
            _approach(variances[0], grad * grad, share)
            estimate = variances[0].copy()
        np.maximum(estimate, eps1 * eps1, out=estimate)
        update = grad / np.sqrt(estimate, out=estimate)
        update *= step_size / max(1.0, _rms(update) / number("d", group["d"]))
        p._data -= update
        memory.wrote(p._data, state["step"]._data, *variances)


def _approach(mean: Array, values: Array, share: float) -> None:
    """mean ← mean + share (values - mean), and exactly the values for a share of 1."""
    mean[...] = values - (values - mean) * (1 - share) if share >= 0.5 else mean + (values - mean) * share


def _rms(x: Array) -> float:
    """The root mean square of all elements."""
    flat = x.reshape(-1).astype(np.float64, copy=False)
    return math.sqrt(float(flat @ flat) / max(x.size, 1))
