"""Parametrizations that are ready to use."""

from __future__ import annotations

from typing import Any, TypeVar

from ...tensors.tensor import Tensor
from ..module.module import Module
from .parametrize import register_parametrization
from .weight_norm import norm_except_dim, normalized

M = TypeVar("M", bound=Module)


class _WeightNorm(Module):
    """g v / ‖v‖, of g and v."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Any:
        return normalized(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """The g and v of a weight."""
        return norm_except_dim(weight, self.dim), weight


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Replace a module's weight w by parameters for its length, g = ‖w‖, and its direction, v = w: w = g v / ‖v‖.

    Args:
        name: of the weight; g and v are `parametrizations.<name>.original0` and `original1`.
        dim: for each of whose places the norm is taken apart; for None the weight has one norm.

    Source: Salimans & Kingma, 2016, https://arxiv.org/abs/1602.07868.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.utils.parametrizations.weight_norm(tl.nn.Linear(3, 2))
    >>> list(layer.state_dict())
    ['bias', 'parametrizations.weight.original0', 'parametrizations.weight.original1']
    """
    return register_parametrization(module, name, _WeightNorm(dim), unsafe=True)
