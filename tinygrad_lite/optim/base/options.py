"""The options of update rules: which values make sense, and PyTorch's that choose among implementations."""

from __future__ import annotations

from typing import Any

from ...tensors.tensor import Tensor

LABELS = {"lr": "learning rate", "eps": "epsilon value"}
NOT_NEGATIVE = (
    "lr", "eps", "momentum", "weight_decay", "alpha", "rho", "lr_decay", "initial_accumulator_value", "momentum_decay",
)  # fmt: skip


def checked(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a rule, once each is known to make sense.

    Raises:
        ValueError: if one is out of range.
        NotImplementedError: for `differentiable=True`.
        RuntimeError: for `fused` and `foreach` together, as PyTorch.
    """
    if isinstance(options["lr"], Tensor) and options["lr"].numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    for name in NOT_NEGATIVE:
        if name in options and not float(options[name]) >= 0:
            raise ValueError(f"Invalid {LABELS.get(name, f'{name} value')}: {options[name]}; it must be at least 0")
    if "rho" in options and options["rho"] > 1:
        raise ValueError(f"Invalid rho value: {options['rho']}; it must be at most 1")
    for i, beta in enumerate(options.get("betas", ())):
        if not 0 <= float(beta) < 1:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}; it must be at least 0 and below 1")
    if options.get("differentiable"):
        raise NotImplementedError(
            "differentiable=True is not supported, since steps are taken in place: to differentiate through an update, "
            "write it as p - lr * grad with autograd.grad(..., create_graph=True)"
        )
    if options.get("fused") and options.get("foreach"):
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
    return options


def numbers(group: dict[str, Any], *names: str) -> list[float]:
    """Options as plain floats, whether numbers of NumPy or Tensors: what keeps float32 arrays in float32."""
    return [float(group[name]) for name in names]
