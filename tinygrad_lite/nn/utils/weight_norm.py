"""Weight normalisation: a weight as its direction and its length, learned apart."""

from __future__ import annotations

import warnings
from typing import Any, TypeVar

from ...functions.reduction import norm
from ...tensors.tensor import Tensor
from ..module.module import Module
from ..module.parameter import Parameter

M = TypeVar("M", bound=Module)


def norm_except_dim(v: Tensor, dim: int | None) -> Any:
    """‖v‖ over all dimensions but one, which keep the length 1; for None or -1 over all, 0-d."""
    if dim is None or dim == -1:
        return norm(v)
    kept = dim % v.ndim
    others = tuple(d for d in range(v.ndim) if d != kept)
    return norm(v, 2, others, True) if others else v.abs()


def normalized(v: Tensor, g: Tensor, dim: int | None) -> Any:
    """g v / ‖v‖."""
    return v * (g / norm_except_dim(v, dim))


class WeightNorm:
    """The hook that computes a module's weight anew before each forward."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Any:
        """The weight of now."""
        return normalized(getattr(module, self.name + "_v"), getattr(module, self.name + "_g"), self.dim)

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def _hooks(module: Module, name: str) -> dict[int, WeightNorm]:
    calls = {key: hook.call for key, hook in module._forward_pre_hooks.items()}
    return {key: call for key, call in calls.items() if isinstance(call, WeightNorm) and call.name == name}


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Replace a module's weight w by the parameters `weight_g` = ‖w‖ and `weight_v` = w: w = g v / ‖v‖.

    Args:
        name: of the weight.
        dim: for each of whose places the norm is taken apart; for None the weight has one norm.

    Deprecated (FutureWarning) in favour of `parametrizations.weight_norm`, as in PyTorch.
    Source: Salimans & Kingma, 2016, https://arxiv.org/abs/1602.07868.

    Raises:
        RuntimeError: if it is normalised already.

    >>> import warnings
    >>> import tinygrad_lite as tl
    >>> with warnings.catch_warnings(action="ignore"):
    ...     layer = tl.nn.utils.weight_norm(tl.nn.Linear(3, 2))
    >>> {key: list(p.shape) for key, p in layer.named_parameters()}
    {'bias': [2], 'weight_g': [2, 1], 'weight_v': [2, 3]}
    """
    warnings.warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=2,
    )
    if _hooks(module, name):
        raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
    hook = WeightNorm(name, dim)
    weight = getattr(module, name)
    delattr(module, name)
    module.register_parameter(name + "_g", Parameter(norm_except_dim(weight.detach(), hook.dim)))
    module.register_parameter(name + "_v", Parameter(weight.detach()))
    setattr(module, name, hook.compute_weight(module))
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Make the weight one parameter again, of its present value.

    Raises:
        ValueError: if it is not normalised.

    >>> import warnings
    >>> import tinygrad_lite as tl
    >>> with warnings.catch_warnings(action="ignore"):
    ...     layer = tl.nn.utils.weight_norm(tl.nn.Linear(3, 2))
    >>> list(tl.nn.utils.remove_weight_norm(layer).state_dict())
    ['bias', 'weight']
    """
    for key, hook in _hooks(module, name).items():
        weight = hook.compute_weight(module)
        for each in (name, name + "_g", name + "_v"):
            delattr(module, each)
        setattr(module, name, Parameter(weight.detach()))
        del module._forward_pre_hooks[key]
        return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")
