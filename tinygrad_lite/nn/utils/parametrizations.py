"""Parametrizations that are ready to use."""

from __future__ import annotations

from typing import Any, TypeVar

from ...functions.norms import norm_except_dim
from ...tensors.tensor import Tensor
from ..module.module import Module
from .parametrize import register_parametrization
from .weight_norm import normalized

__all__ = ["weight_norm"]

M = TypeVar("M", bound=Module)


class _WeightNorm(Module):
    """The weight g v / ‖v‖, computed from g and v."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return normalized(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """The g and v that give a weight."""
        return norm_except_dim(weight, 2, -1 if self.dim is None else self.dim), weight


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Replace a module's weight w by parameters for its length, g = ‖w‖, and its direction, v: w = g v / ‖v‖.

    Args:
        module: the module.
        name: the name of its weight, of any shape and floating dtype; g and v are then
            `parametrizations.<name>.original0` and `original1`.
        dim: the dimension for each index of which there is a norm; for None the weight has one norm.

    Returns:
        The module.

    A state that was saved of the module under the older `nn.utils.weight_norm` can be loaded.

    Source: Salimans & Kingma, 2016, https://arxiv.org/abs/1602.07868.

    Raises:
        ValueError: if there is no such weight.
        IndexError: if it has no such dimension.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.utils.parametrizations.weight_norm(tl.nn.Linear(3, 2))
    >>> {key: list(p.shape) for key, p in layer.named_parameters()}
    {'bias': [2], 'parametrizations.weight.original0': [2, 1], 'parametrizations.weight.original1': [2, 3]}
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)
    module._register_load_state_dict_pre_hook(_OldNames(name))
    return module


class _OldNames:
    """A hook that loads g and v under the names which they have after the older `nn.utils.weight_norm`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        old = [f"{prefix}{self.name}_g", f"{prefix}{self.name}_v"]
        if all(key in state_dict for key in old):
            for i, key in enumerate(old):
                state_dict[f"{prefix}parametrizations.{self.name}.original{i}"] = state_dict.pop(key)
