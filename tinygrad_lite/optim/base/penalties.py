"""Which parameters weight decay is for."""

from __future__ import annotations

from typing import Any

from ...nn.module.module import Module
from ...tensors.tensor import Tensor


def decay_groups(model: Module, weight_decay: float, l1_decay: float = 0.0) -> list[dict[str, Any]]:
    """The parameters of a model in two groups: weights, which decay, and the rest, which does not.

    The penalties ½ λ Σ W² and λ₁ Σ |W| are about weights (*Deep Learning from Scratch*, 6.4.2). Biases and the
    parameters of normalization layers only shift and scale, and are exempt: whatever has fewer than two dimensions,
    is called bias, or belongs to a module with "Norm" in the name of its class.

    Args:
        model: the module whose parameters to split; a shared parameter counts as its first owner's.
        weight_decay: λ of the first group.
        l1_decay: λ₁ of the first group; any rule adds λ₁ sign(W) to its gradient.

    Returns:
        Two groups for an optimizer, with the names of the parameters; one where the other would be empty.

    >>> import tinygrad_lite as tl
    >>> model = tl.nn.Sequential(tl.nn.Linear(2, 3), tl.nn.BatchNorm1d(3))
    >>> for group in tl.optim.decay_groups(model, 0.01):
    ...     [name for name, p in group["params"]], group["weight_decay"]
    (['0.weight'], 0.01)
    (['0.bias', '1.weight', '1.bias'], 0.0)
    """
    weights: list[tuple[str, Tensor]] = []
    others: list[tuple[str, Tensor]] = []
    for name, p in model.named_parameters():
        path, _, last = name.rpartition(".")
        owner = model.get_submodule(path)
        shifts = p.ndim < 2 or last.startswith("bias") or "Norm" in type(owner).__name__
        (others if shifts else weights).append((name, p))
    groups: list[dict[str, Any]] = [
        {"params": weights, "weight_decay": weight_decay, "l1_decay": l1_decay},
        {"params": others, "weight_decay": 0.0, "l1_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
