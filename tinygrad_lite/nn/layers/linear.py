"""Layers that are linear maps."""

from __future__ import annotations

from ... import creation
from ...tensors.tensor import Tensor
from .. import functional as F
from .. import init as initialization
from ..module.conversion import DTypeLike
from ..module.module import Module
from ..module.parameter import Parameter
from .arguments import check_numbers, check_sizes

_VARIANCES = {"he": 2.0, "xavier": 1.0}
"""The variance of an initial weight, times the number of inputs."""


def _uniform(inputs: int, weight: Tensor, bias: Tensor | None) -> None:
    """PyTorch's initial values: uniform in ±1/√inputs."""
    bound = inputs**-0.5 if inputs else 0.0
    for values in (weight, bias):
        if values is not None:
            initialization.uniform_(values, -bound, bound)


class Linear(Module):
    """Affine map of the last dimension, y = x Wᵀ + b: a fully connected layer.

    Args:
        in_features, out_features: the sizes of the last dimension of x and of y.
        bias: whether there is a b; without one `layer.bias` is None.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.
        init: initial weights other than PyTorch's: "he", "xavier", "uniform", or their standard deviation.

    Shapes: x (*, in_features) to y (*, out_features).
    Dtypes: floating, the same for x and the parameters.
    State: `weight` (out_features, in_features) and `bias` (out_features).
    Initial values: both uniform in ±1/√in_features, as PyTorch's. With `init` they are those of the book: the bias is
    0, and the weight is normal with the standard deviation √(2 / in_features) for "he" and √(1 / in_features) for
    "xavier"; for "uniform" it is uniform in ±1/√in_features, whose standard deviation is √(1 / (3 in_features)).

    Sources: He et al., 2015, https://arxiv.org/abs/1502.01852; Glorot & Bengio, 2010,
    https://proceedings.mlr.press/v9/glorot10a.html; Deep Learning from Scratch, section 6.2.

    Raises:
        TypeError: if a size is not an int, or x is not a Tensor.
        ValueError: for another `init`.
        RuntimeError: if the last dimension of x is not in_features, or x has another dtype than the parameters.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Linear(3, 2)
    >>> layer(tl.ones(5, 3)).shape
    Size([5, 2])
    >>> weight, bias = tl.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 1.0]]), tl.tensor([0.0, 10.0])
    >>> _ = layer.load_state_dict({"weight": weight, "bias": bias})
    >>> layer(tl.tensor([1.0, 2.0, 3.0])).tolist()
    [1.0, 16.0]
    """

    in_features: int
    out_features: int
    weight: Parameter
    bias: Parameter  # may be None; most code need not check
    _init: str | float | None = None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: str | None = None,
        dtype: DTypeLike | None = None,
        *,
        init: str | float | None = None,
    ) -> None:
        super().__init__()
        check_sizes("Linear", in_features=in_features, out_features=out_features)
        if isinstance(init, str) and init not in (*_VARIANCES, "uniform"):
            raise ValueError(f"Linear: init must be 'he' or 'xavier' or a std or 'uniform', but got {init!r}")
        if init is not None and not isinstance(init, str):
            check_numbers("Linear", init=init)
        self.in_features, self.out_features = in_features, out_features
        self._init = init
        self.weight = Parameter(creation.empty(out_features, in_features, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(creation.empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the initial values again."""
        if self._init is None:
            _uniform(self.in_features, self.weight, self.bias)
            return
        inputs = max(self.in_features, 1)
        if self._init == "uniform":
            _uniform(inputs, self.weight, None)
        else:
            std = (_VARIANCES[self._init] / inputs) ** 0.5 if isinstance(self._init, str) else self._init
            initialization.normal_(self.weight, 0.0, std)
        if self.bias is not None:
            initialization.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Bilinear(Module):
    """Bilinear map of two inputs: yₖ = x₁ᵀ Wₖ x₂ + bₖ.

    Args:
        in1_features, in2_features, out_features: the sizes of the last dimension of x₁, x₂ and y.
        bias: whether there is a b; without one `layer.bias` is None.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: x₁ (*, in1_features) and x₂ (*, in2_features) to y (*, out_features).
    Dtypes: floating, the same for x₁, x₂ and the parameters.
    State: `weight` (out_features, in1_features, in2_features) and `bias` (out_features).
    Initial values: both uniform in ±1/√in1_features, as PyTorch's.

    Raises:
        TypeError: if a size is not an int, or an input is not a Tensor.
        ValueError: if in1_features is not above 0.
        RuntimeError: if the sizes or dtypes of the inputs do not fit each other or the weight.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Bilinear(2, 2, 1, bias=False)
    >>> _ = layer.load_state_dict({"weight": tl.eye(2).reshape(1, 2, 2)})
    >>> layer(tl.tensor([1.0, 2.0]), tl.tensor([3.0, 4.0])).tolist()  # a scalar product
    [11.0]
    """

    weight: Parameter
    bias: Parameter  # may be None; most code need not check

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        check_sizes("Bilinear", in1_features=in1_features, in2_features=in2_features, out_features=out_features)
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
        """Draw the initial values again."""
        _uniform(self.in1_features, self.weight, self.bias)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )
