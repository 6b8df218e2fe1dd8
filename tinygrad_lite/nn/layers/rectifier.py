"""Rectifiers as modules: ReLU, and the activations that came from it. Their derivatives at the kinks are PyTorch's."""

from __future__ import annotations

import warnings

from ...creation import values as creation
from ...tensors.tensor import Tensor
from .. import functional as F
from .. import init as initialization
from ..module.conversion import DTypeLike
from ..module.parameter import Parameter
from .activation import Activation, InPlaceActivation
from .arguments import check_flag, check_numbers, check_sizes


class ReLU(InPlaceActivation):
    """Rectified linear unit: max(x, 0). Its derivative at 0 is 0.

    Args:
        inplace: whether the result is written into the memory of the input.

    Shapes: (*) to (*).
    Dtypes: any but bool; the result has the input's.

    Raises:
        TypeError: if the input is not a Tensor, or the layer is made with one: `nn.ReLU()(x)`, not `nn.ReLU(x)`.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.ReLU()(tensor([-1.0, 0.0, 2.0]))
    tensor([0., 0., 2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.relu(input, self.inplace)


class Hardtanh(Activation):
    """Identity between two bounds: min(max(x, min_val), max_val). Its derivative at the bounds is 0.

    Args:
        min_val, max_val: the bounds.
        inplace: whether the result is written into the memory of the input.
        min_value, max_value: deprecated names of the bounds.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Raises:
        AssertionError: if max_val is not above min_val.
        TypeError: if a bound is not a number, or the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Hardtanh()(tensor([-2.0, 0.5, 2.0]))
    tensor([-1.0000,  0.5000,  1.0000])
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
        name = type(self).__name__
        check_numbers(name, min_val=self.min_val, max_val=self.max_val)
        check_flag(name, "inplace", inplace)
        self.inplace = inplace
        if self.max_val <= self.min_val:
            raise AssertionError(f"Hardtanh: max_val ({self.max_val}) must be greater than min_val ({self.min_val})")

    def forward(self, input: Tensor) -> Tensor:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)


class ReLU6(Hardtanh):
    """Rectified linear unit with the upper bound 6: min(max(x, 0), 6). Its derivative at 0 and 6 is 0.

    Args:
        inplace: whether the result is written into the memory of the input.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.ReLU6()(tensor([-1.0, 2.0, 8.0]))
    tensor([0., 2., 6.])
    """

    _shown = ("inplace",)

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)


class ELU(Activation):
    """Exponential linear unit: x where x > 0, else alpha (eˣ - 1).

    Args:
        alpha: the result tends to -alpha as x falls.
        inplace: whether the result is written into the memory of the input.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Source: Clevert et al., 2015, https://arxiv.org/abs/1511.07289.

    Raises:
        TypeError: if `alpha` is not a number, or the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.ELU()(tensor([-100.0, -1.0, 2.0]))
    tensor([-1.0000, -0.6321,  2.0000])
    """

    _shown = ("alpha", "inplace")

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        check_numbers("ELU", alpha=alpha)
        check_flag("ELU", "inplace", inplace)
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.elu(input, self.alpha, self.inplace)


class CELU(Activation):
    """Exponential linear unit with a continuous derivative: x where x > 0, else alpha (e**(x / alpha) - 1).

    Args:
        alpha: the result tends to -alpha as x falls; not 0.
        inplace: whether the result is written into the memory of the input.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Source: Barron, 2017, https://arxiv.org/abs/1704.07483.

    Raises:
        TypeError: if `alpha` is not a number, or the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.CELU(2.0)(tensor([-100.0, -1.0, 2.0]))
    tensor([-2.0000, -0.7869,  2.0000])
    """

    _shown = ("alpha", "inplace")

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        check_numbers("CELU", alpha=alpha)
        check_flag("CELU", "inplace", inplace)
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.celu(input, self.alpha, self.inplace)


class SELU(InPlaceActivation):
    """Scaled exponential linear unit: scale · (x where x > 0, else alpha (eˣ - 1)), scale 1.0507 and alpha 1.6733.

    With these constants the activations of a deep network tend to mean 0 and variance 1, if its weights start with
    variance 1 / inputs.

    Args:
        inplace: whether the result is written into the memory of the input.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Source: Klambauer et al., 2017, https://arxiv.org/abs/1706.02515.

    Raises:
        TypeError: if the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.SELU()(tensor([-100.0, 0.0, 1.0]))
    tensor([-1.7581,  0.0000,  1.0507])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.selu(input, self.inplace)


class LeakyReLU(Activation):
    """Leaky rectified linear unit: x where x > 0, else negative_slope · x.

    Args:
        negative_slope: the slope below 0, and the derivative at 0.
        inplace: whether the result is written into the memory of the input.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if `negative_slope` is not a number, or the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.LeakyReLU(0.5)(tensor([-1.0, 2.0]))
    tensor([-0.5000,  2.0000])
    """

    _shown = ("negative_slope", "inplace")

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        check_numbers("LeakyReLU", negative_slope=negative_slope)
        check_flag("LeakyReLU", "inplace", inplace)
        self.negative_slope, self.inplace = negative_slope, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.leaky_relu(input, self.negative_slope, self.inplace)


class PReLU(Activation):
    """Rectified linear unit with a learned slope below 0: x where x > 0, else weight · x.

    Args:
        num_parameters: 1 for one slope, or C for one for each channel.
        init: the slopes at the start.
        device: the CPU.
        dtype: the dtype of `weight`.

    Shapes: (*) to (*), or (N, C, *) to (N, C, *); `weight` (num_parameters).
    Dtypes: floating, the same for input and weight.

    An optimizer should not decay the weight. Source: He et al., 2015, https://arxiv.org/abs/1502.01852.

    Raises:
        TypeError: if the arguments are not numbers, or the input is not a Tensor.
        RuntimeError: if the number of slopes is neither 1 nor C.

    >>> from tinygrad_lite import nn, tensor
    >>> layer = nn.PReLU()
    >>> layer(tensor([-1.0, 2.0])).sum().backward()
    >>> layer.weight.grad  # the sum of the inputs below 0
    tensor([-1.])
    """

    weight: Parameter
    _shown = ("num_parameters",)

    def __init__(
        self,
        num_parameters: int = 1,
        init: float = 0.25,
        device: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        check_sizes("PReLU", num_parameters=num_parameters)
        check_numbers("PReLU", init=init)
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(creation.empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the slopes to those of the start."""
        initialization.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)


class RReLU(Activation):
    """Rectified linear unit with a random slope below 0: x where x > 0, else a x.

    In training each a is drawn from the uniform distribution between the bounds; in evaluation it is their middle.

    Args:
        lower, upper: the bounds of the slope.
        inplace: whether the result is written into the memory of the input.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Source: Xu et al., 2015, https://arxiv.org/abs/1505.00853.

    Raises:
        TypeError: if a bound is not a number, or the input is not a Tensor.
        RuntimeError: when it is called, if `lower` is above `upper`.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.RReLU(0.0, 1.0).eval()(tensor([-1.0, 2.0]))
    tensor([-0.5000,  2.0000])
    """

    _shown = ("lower", "upper", "inplace")

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        super().__init__()
        check_numbers("RReLU", lower=lower, upper=upper)
        check_flag("RReLU", "inplace", inplace)
        self.lower, self.upper, self.inplace = lower, upper, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)


class Threshold(Activation):
    """Identity above a threshold: x where x > threshold, else `value`.

    Args:
        threshold: the largest x that is replaced.
        value: the number that replaces it.
        inplace: whether the result is written into the memory of the input.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if a setting is not a number, or the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Threshold(0.5, 9.0)(tensor([-1.0, 0.5, 2.0]))
    tensor([9., 9., 2.])
    """

    _shown = ("threshold", "value", "inplace")

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        check_numbers("Threshold", threshold=threshold, value=value)
        check_flag("Threshold", "inplace", inplace)
        self.threshold, self.value, self.inplace = threshold, value, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.threshold(input, self.threshold, self.value, self.inplace)


class Hardsigmoid(InPlaceActivation):
    """Sigmoid in three straight pieces: min(max(x + 3, 0), 6) / 6. Its derivative at -3 and 3 is 0.

    Args:
        inplace: whether the result is written into the memory of the input.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Source: Howard et al., 2019, https://arxiv.org/abs/1905.02244.

    Raises:
        TypeError: if the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Hardsigmoid()(tensor([-3.0, 0.0, 1.5, 3.0]))
    tensor([0.0000, 0.5000, 0.7500, 1.0000])
    """

    _shown = ()

    def forward(self, input: Tensor) -> Tensor:
        return F.hardsigmoid(input, self.inplace)


class Hardswish(InPlaceActivation):
    """Swish with a hard sigmoid: x min(max(x + 3, 0), 6) / 6.

    Args:
        inplace: whether the result is written into the memory of the input.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Source: Howard et al., 2019, https://arxiv.org/abs/1905.02244.

    Raises:
        TypeError: if the input is not a Tensor.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Hardswish()(tensor([-4.0, 1.0, 4.0]))
    tensor([-0.0000,  0.6667,  4.0000])
    """

    _shown = ()

    def forward(self, input: Tensor) -> Tensor:
        return F.hardswish(input, self.inplace)
