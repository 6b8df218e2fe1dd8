"""The half-normal distribution."""

from __future__ import annotations

import math

from ..tensors.tensor import Tensor
from ..types.annotations import Number
from .half import Half
from .normal import Normal


class HalfNormal(Half):
    """Half-normal distribution: that of |x|, where x is normally distributed around 0.

        p(x) = √(2 / π) / scale · exp(-x² / (2 scale²)) for x >= 0

    Args:
        scale: the standard deviation of x, positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `scale` is not positive; by `log_prob` and `cdf`, for a negative value.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.HalfNormal(2.0)
    >>> d.cdf(tl.tensor(2.0)), d.mean
    (tensor(0.6827), tensor(1.5958))
    """

    def __init__(self, scale: Tensor | Number, validate_args: bool | None = None) -> None:
        super().__init__(Normal(0, scale, validate_args=False), validate_args)

    @property
    def mean(self) -> Tensor:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Tensor:
        return self.scale.square() * (1 - 2 / math.pi)
