"""Rectifiers as modules: ReLU and what was made of it. Any shape in, the same shape out.

The derivatives at the kinks are in `nn.functional.rectifier`.
"""

from __future__ import annotations

import warnings
from typing import Any

from ...creation import values as creation
from ...tensors.tensor import Tensor
from .. import functional as F
from .. import init as _init
from ..module.parameter import Parameter
from .activation import Activation


class ReLU(Activation):
    """max(x, 0).

    >>> from tinygrad_lite import nn, tensor
    >>> nn.ReLU()(tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    _shown = ("inplace",)

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.relu(input, self.inplace)


class Hardtanh(Activation):
    """min(max(x, min_val), max_val). The old names min_value and max_value still work, with a warning.

    Raises:
        AssertionError: if max_val is not above min_val.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Hardtanh()(tensor([-2.0, 0.5]))
    tensor([-1.0000,  0.5000])
    """

    _shown: tuple[str, ...] = ("min_val", "max_val", "inplace")

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__()
        for old, value in (("min_value", min_value), ("max_value", max_value)):
            if value is not None:
                new = old.removesuffix("ue")
                warnings.warn(
                    f"keyword argument `{old}` is deprecated and renamed to `{new}`", FutureWarning, stacklevel=2
                )
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value
        self.inplace = inplace
        if self.max_val <= self.min_val:
            raise AssertionError(f"Hardtanh: max_val ({self.max_val}) must be greater than min_val ({self.min_val})")

    def forward(self, input: Tensor) -> Tensor:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)


class ReLU6(Hardtanh):
    """min(max(x, 0), 6).

    >>> from tinygrad_lite import nn, tensor
    >>> nn.ReLU6()(tensor([-1.0, 8.0]))
    tensor([0., 6.])
    """

    _shown = ("inplace",)

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)


class ELU(Activation):
    """x where x > 0, else alpha (eˣ - 1) (Clevert et al., 2015).

    >>> from tinygrad_lite import nn, tensor
    >>> nn.ELU()(tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """

    _shown = ("alpha", "inplace")

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.elu(input, self.alpha, self.inplace)


class CELU(Activation):
    """max(x, 0) + min(0, alpha (e**(x / alpha) - 1)) (Barron, 2017).

    >>> from tinygrad_lite import nn, tensor
    >>> nn.CELU(2.0)(tensor([-1.0, 2.0]))
    tensor([-0.7869,  2.0000])
    """

    _shown = ("alpha", "inplace")

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.celu(input, self.alpha, self.inplace)


class SELU(Activation):
    """1.0507 · elu(x, 1.6733), with which layers normalise themselves (Klambauer et al., 2017).

    >>> from tinygrad_lite import nn, tensor
    >>> nn.SELU()(tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """

    _shown = ("inplace",)

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.selu(input, self.inplace)


class LeakyReLU(Activation):
    """x where x > 0, else negative_slope x.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.LeakyReLU(0.5)(tensor([-1.0, 2.0]))
    tensor([-0.5000,  2.0000])
    """

    _shown = ("negative_slope", "inplace")

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.leaky_relu(input, self.negative_slope, self.inplace)


class PReLU(Activation):
    """x where x > 0, else weight x: a learned slope for all, or for each channel of (N, C, …) (He et al., 2015).

    Args:
        num_parameters: 1 or C.
        init: what `weight`, (num_parameters), starts at. It should not be decayed.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.PReLU()(tensor([-1.0, 2.0])).detach()
    tensor([-0.2500,  2.0000])
    """

    _shown = ("num_parameters",)

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(creation.empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Begin again."""
        _init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)


class RReLU(Activation):
    """x where x > 0, else a x, with a drawn evenly from [lower, upper) in training and its middle otherwise.

    Source: Xu et al., 2015.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.RReLU(0.0, 1.0).eval()(tensor([-1.0, 2.0]))
    tensor([-0.5000,  2.0000])
    """

    _shown = ("lower", "upper", "inplace")

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower, self.upper, self.inplace = lower, upper, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)


class Threshold(Activation):
    """x where it is above the threshold, else the value.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Threshold(0.5, 9.0)(tensor([-1.0, 2.0]))
    tensor([9., 2.])
    """

    _shown = ("threshold", "value", "inplace")

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold, self.value, self.inplace = threshold, value, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.threshold(input, self.threshold, self.value, self.inplace)


class Hardsigmoid(Activation):
    """relu6(x + 3) / 6: sigmoid in three straight pieces (Howard et al., 2019).

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Hardsigmoid()(tensor([-1.0, 2.0]))
    tensor([0.3333, 0.8333])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.hardsigmoid(input, self.inplace)


class Hardswish(Activation):
    """x relu6(x + 3) / 6 (Howard et al., 2019).

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Hardswish()(tensor([-1.0, 2.0]))
    tensor([-0.3333,  1.6667])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.hardswish(input, self.inplace)
