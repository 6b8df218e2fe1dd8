"""The division of a model's parameters into those that decay and those that do not."""

from __future__ import annotations

from typing import Any

from ...nn.module.module import Module
from ...tensors.tensor import Tensor


def decay_groups(model: Module, weight_decay: float, l1_decay: float = 0.0) -> list[dict[str, Any]]:
    """Divide the parameters of a model into two groups: weights, which decay, and the rest, which does not.

    The penalties ½ λ Σ W² and λ₁ Σ |W| are about weights (*Deep Learning from Scratch*, 6.4.2). Biases and the
    parameters of normalization layers only shift and scale, and are exempt: parameters of fewer than two dimensions,
    parameters whose name begins with bias, and those of modules with "Norm" in the name of their class.

    Args:
        model: the module with the parameters; a parameter that modules share belongs to the first of them.
        weight_decay: λ of the first group; that of the second is 0.
        l1_decay: λ₁ of the first group, whose gradient λ₁ sign(W) every rule adds; that of the second is 0. It makes
            weights small, but not exactly 0: for that see `Optimizer`.

    Returns:
        Two groups for an optimizer, each with pairs of a name and a parameter; one group where the other is empty.

    Raises:
        TypeError: if the model is not a Module.

    >>> import tinygrad_lite as tl
    >>> model = tl.nn.Sequential(tl.nn.Linear(2, 3), tl.nn.BatchNorm1d(3))
    >>> for group in tl.optim.decay_groups(model, 0.01):
    ...     [name for name, p in group["params"]], group["weight_decay"]
    (['0.weight'], 0.01)
    (['0.bias', '1.weight', '1.bias'], 0.0)
    """
    if not isinstance(model, Module):
        raise TypeError(f"decay_groups: expected a model, a Module, but got {type(model).__name__}")
    weights: list[tuple[str, Tensor]] = []
    exempt: list[tuple[str, Tensor]] = []
    for name, p in model.named_parameters():
        path, _, last = name.rpartition(".")
        owner = model.get_submodule(path)
        is_exempt = p.ndim < 2 or last.startswith("bias") or "Norm" in type(owner).__name__
        (exempt if is_exempt else weights).append((name, p))
    groups: list[dict[str, Any]] = [
        {"params": weights, "weight_decay": weight_decay, "l1_decay": l1_decay},
        {"params": exempt, "weight_decay": 0.0, "l1_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
