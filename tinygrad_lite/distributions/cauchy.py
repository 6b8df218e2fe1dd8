"""The Cauchy distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ..creation import empty, full
from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .distribution import NO_SHAPE
from .parametrized import Parametrized


class Cauchy(Parametrized):
    """Cauchy (Lorentz) distribution: the quotient of two normal numbers. It has no mean and no variance.

        p(x) = 1 / (π scale (1 + ((x - loc) / scale)²))

    Args:
        loc: the median.
        scale: half the width at half of the largest density, positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `scale` is not positive; by `log_prob` and `cdf`, for a value that is NaN.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.Cauchy(0.0, 1.0)
    >>> d.cdf(tl.tensor([-1.0, 0.0, 1.0])), d.mean, d.variance
    (tensor([0.2500, 0.5000, 0.7500]), tensor(nan), tensor(inf))
    """

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True
    loc: Tensor
    scale: Tensor

    def __init__(self, loc: Tensor | Number, scale: Tensor | Number, validate_args: bool | None = None) -> None:
        self._take(validate_args, loc=loc, scale=scale)

    @property
    def mean(self) -> Tensor:
        return full(self._extended_shape(), math.nan, dtype=self.loc.dtype)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return full(self._extended_shape(), math.inf, dtype=self.loc.dtype)

    def rsample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        return self.loc + empty(self._extended_shape(sample_shape), dtype=self.loc.dtype).cauchy_() * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        distance = (self._checked(value) - self.loc) / self.scale
        return -math.log(math.pi) - self.scale.log() - distance.square().log1p()

    def cdf(self, value: Tensor) -> Tensor:
        return ((self._checked(value) - self.loc) / self.scale).atan() / math.pi + 0.5

    def icdf(self, value: Tensor) -> Tensor:
        return (math.pi * (value - 0.5)).tan() * self.scale + self.loc

    def entropy(self) -> Tensor:
        return math.log(4 * math.pi) + self.scale.log()
