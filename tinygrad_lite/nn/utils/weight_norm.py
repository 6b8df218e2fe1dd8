"""Weight normalisation: the direction of a weight and its length, learned apart."""

from __future__ import annotations

import warnings
from typing import Any, TypeVar

from ...functions.norms import norm_except_dim
from ...tensors.tensor import Tensor
from ..module.module import Module
from ..module.parameter import Parameter

M = TypeVar("M", bound=Module)


def normalized(v: Tensor, g: Tensor, dim: int | None) -> Tensor:
    """g v / ‖v‖."""
    return v * (g / norm_except_dim(v, 2, -1 if dim is None else dim))


class WeightNorm:
    """The hook that computes a module's weight from g and v before each forward."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Tensor:
        """The weight that the present g and v give."""
        return normalized(getattr(module, self.name + "_v"), getattr(module, self.name + "_g"), self.dim)

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def _hooks(module: Module, name: str) -> dict[int, WeightNorm]:
    calls = {key: hook.call for key, hook in module._forward_pre_hooks.items()}
    return {key: call for key, call in calls.items() if isinstance(call, WeightNorm) and call.name == name}


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Replace a module's weight w by the parameters `weight_g`, its length, and `weight_v`: w = g v / ‖v‖.

    Deprecated in favour of `parametrizations.weight_norm`, as in PyTorch, and warns of it (FutureWarning).

    Args:
        module: the module.
        name: the name of its weight, of any shape and floating dtype.
        dim: the dimension for each index of which there is a norm; for None the weight has one norm.

    Returns:
        The module.

    Source: Salimans & Kingma, 2016, https://arxiv.org/abs/1602.07868.

    Raises:
        AttributeError: if there is no such weight.
        IndexError: if it has no such dimension.
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
    weight = getattr(module, name).detach()
    length = norm_except_dim(weight, 2, hook.dim)
    delattr(module, name)
    module.register_parameter(name + "_g", Parameter(length))
    module.register_parameter(name + "_v", Parameter(weight))
    setattr(module, name, hook.compute_weight(module))
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Make a normalised weight one parameter again, with its present value; the inverse of `weight_norm`.

    Args:
        module: the module.
        name: the name of its weight.

    Returns:
        The module.

    Raises:
        ValueError: if the weight is not normalised by `weight_norm`.

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
