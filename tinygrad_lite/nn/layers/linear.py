"""Layers that are linear maps."""

from __future__ import annotations

from typing import Any

from ... import creation
from ...tensors.tensor import Tensor
from .. import functional as F
from .. import init as start
from ..module.module import Module
from ..module.parameter import Parameter

_VARIANCES = {"he": 2.0, "xavier": 1.0}
"""The variance of a starting weight, times the number of inputs."""


def _uniform(inputs: int, weight: Tensor, bias: Tensor | None) -> None:
    """PyTorch's start: uniform in ±1/√inputs."""
    bound = inputs**-0.5 if inputs else 0.0
    for values in (weight, bias):
        if values is not None:
            start.uniform_(values, -bound, bound)


class Linear(Module):
    """y = x Wᵀ + b.

    Args:
        in_features, out_features: the sizes of the last dimension of x and of y.
        bias: whether there is a b.
        init: how `weight` starts, where not as PyTorch's; see below.

    Shapes: x (…, in_features), y (…, out_features), `weight` (out_features, in_features), `bias` (out_features).

    Both start uniform in ±1/√in_features, as PyTorch's. The starts of the book (Deep Learning from Scratch, 6.2) are
    normal with bias 0: init="he" has std √(2 / in_features), "xavier" √(1 / in_features), and a number is the std.

    Raises:
        ValueError: for another `init`.

    >>> import tinygrad_lite as tl
    >>> tl.nn.Linear(3, 2)(tl.ones(5, 3)).shape
    Size([5, 2])
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        init: str | float | None = None,
    ) -> None:
        super().__init__()
        if isinstance(init, str) and init not in _VARIANCES:
            raise ValueError(f"Linear: init must be {' or '.join(map(repr, _VARIANCES))} or a std, but got {init!r}")
        self.in_features, self.out_features = in_features, out_features
        self._init = init
        self.weight = Parameter(creation.empty(out_features, in_features, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(creation.empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the starting values again."""
        if self._init is None:
            _uniform(self.in_features, self.weight, self.bias)
            return
        inputs = max(self.in_features, 1)
        std = (_VARIANCES[self._init] / inputs) ** 0.5 if isinstance(self._init, str) else self._init
        start.normal_(self.weight, 0.0, std)
        if self.bias is not None:
            start.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Bilinear(Module):
    """yₖ = x₁ᵀ Wₖ x₂ + bₖ.

    Args:
        in1_features, in2_features, out_features: the sizes of the last dimension of x₁, x₂ and y.
        bias: whether there is a b.

    Shapes: x₁ (…, in1_features), x₂ (…, in2_features), y (…, out_features), `weight` (out_features, in1_features,
    in2_features), `bias` (out_features). Both start uniform in ±1/√in1_features, as PyTorch's.

    Raises:
        ValueError: if in1_features is not above 0.

    >>> import tinygrad_lite as tl
    >>> tl.nn.Bilinear(3, 2, 4)(tl.ones(5, 3), tl.ones(5, 2)).shape
    Size([5, 4])
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if in1_features <= 0:
            raise ValueError(f"in1_features must be > 0, but got {in1_features}")
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        sizes = (out_features, in1_features, in2_features)
        self.weight = Parameter(creation.empty(*sizes, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(creation.empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the starting values again."""
        _uniform(self.in1_features, self.weight, self.bias)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )
