"""Muon: momentum whose singular values are all made about 1."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core import versions as memory
from ..core.primitive import Array
from ..core.tensor import wrap
from ..tensors.tensor import Tensor
from .base.flat_groups import check_floating
from .base.optimizer import Optimizer, ParamsT
from .base.options import Group, number


class Muon(Optimizer):
    """Muon: momentum, of which each matrix is brought near to an orthogonal one before it is used.

    With the gradient g, the momentum m and its factor μ:

        m ← μ m + (1 - μ) g
        u = μ m + (1 - μ) g, or m without nesterov
        X = u / ‖u‖, and several times X ← a X + (b X Xᵀ + c (X Xᵀ)²) X, which brings the singular values near to 1
        p ← (1 - lr λ) p - lr r X

    where r is √max(1, n / m) for a matrix (n, m), or 0.2 √max(n, m). X is rounded to bfloat16's 8 bits where PyTorch
    rounds it. Sources: Jordan, 2024, https://kellerjordan.github.io/posts/muon/;
    Liu et al., 2025, https://arxiv.org/abs/2502.16982.

    State of each parameter: `momentum_buffer` (m), of the parameter's shape and dtype.

    Args:
        params: matrices, pairs of a name and a matrix, or groups; other parameters belong to another optimizer.
        lr: the step size, at least 0; a number or a Tensor with one element.
        weight_decay: λ, at least 0; it is not part of the gradient.
        momentum: μ, at least 0.
        nesterov: whether u looks ahead.
        ns_coefficients: (a, b, c).
        eps: the least ‖u‖ to divide by.
        ns_steps: how often X is brought nearer, below 100.
        adjust_lr_fn: "original", the default, for the first r, and "match_rms_adamw" for the second, with which the
            learning rates of AdamW fit.

    Raises:
        ValueError: for an option out of range, no parameters, or one that is no matrix.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.zeros(2, 2))
    >>> optimizer = tl.optim.Muon([p], lr=1.0)
    >>> p.grad = tl.tensor([[100.0, 0.0], [0.0, 90.0]])
    >>> optimizer.step()
    >>> (p.diag() < -0.6).all()  # the directions count alike
    tensor(True)
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        for label, option, value in (
            ("Learning rate", "lr", lr),
            ("momentum", "momentum", momentum),
            ("weight decay", "weight_decay", weight_decay),
        ):
            if not number(option, value) >= 0:
                raise ValueError(f"{label} should be >= 0 but is: {value}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        options = {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
            "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn,
        }  # fmt: skip
        super().__init__(params, options)

    def add_param_group(self, param_group: Any) -> None:
        """Add a group of matrices."""
        super().add_param_group(param_group)
        for p in self.param_groups[-1]["params"]:
            if p.ndim != 2:
                raise ValueError(f"Muon only supports 2D parameters whereas we found a parameter with size: {p.size()}")

    state_scalars = ()

    def _update_parameters(self, number: int, group: Group, params: list[Tensor]) -> None:
        """Take a step for each parameter: it is a matrix, not a flat array."""
        if group["ns_steps"] >= 100:
            raise ValueError("Number of steps must be less than 100 for computational efficiency")
        if len(group["ns_coefficients"]) != 3:
            raise ValueError("Coefficients must be a tuple of exactly 3 values")
        for p in params:
            check_floating(p.dtype)
            self._update(group, p)

    def _update(self, group: Group, p: Tensor) -> None:
        state, grad = self.state[p], p._grad._data
        lr, momentum = number("lr", group["lr"]), number("momentum", group["momentum"])
        if state.get("momentum_buffer") is None:
            state["momentum_buffer"] = wrap(np.zeros(grad.shape, grad.dtype))
        mean = state["momentum_buffer"]._data
        mean += (1 - momentum) * (grad - mean)
        update = grad + momentum * (mean - grad) if group["nesterov"] else mean
        rows, columns = p.shape
        ratio = math.sqrt(max(1, rows / columns)) if columns else 1.0
        if group["adjust_lr_fn"] == "match_rms_adamw":
            ratio = 0.2 * math.sqrt(max(rows, columns))
        direction = _orthogonalized(update, group["ns_coefficients"], int(group["ns_steps"]), float(group["eps"]))
        p._data *= 1 - lr * number("weight_decay", group["weight_decay"])
        p._data -= (lr * ratio * direction).astype(p._data.dtype, copy=False)
        memory.wrote(p._data, mean)


def _orthogonalized(x: Array, coefficients: Any, steps: int, eps: float) -> Array:
    """The matrix with singular values of about 1, by the iteration of Newton and Schulz."""
    a, b, c = (np.float32(each) for each in coefficients)
    turned = x.shape[0] > x.shape[1]
    out = _bfloat16(x.T if turned else x)
    out = _bfloat16(out / np.maximum(_bfloat16(np.linalg.norm(out)), _bfloat16(eps)))
    for _ in range(steps):
        gram = _bfloat16(out @ out.T)
        out = _bfloat16(a * out + _bfloat16(b * gram + c * (gram @ gram)) @ out)
    return out.T if turned else out


def _bfloat16(x: Any) -> Array:
    """The numbers in float32, with 8 significant bits, rounded to the nearest, to even ones in the middle."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).view(np.float32)
