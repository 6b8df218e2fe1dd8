"""The exponential distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..creation import empty, zeros_like
from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .distribution import NO_SHAPE
from .parametrized import Parametrized


class Exponential(Parametrized):
    """Exponential distribution: the time until something happens that may happen at any time.

        p(x) = rate e^(-rate x) for x >= 0

    Args:
        rate: 1 over the mean, positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `rate` is not positive; by `log_prob` and `cdf`, for a negative value.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.Exponential(2.0)
    >>> d.mean, d.cdf(tl.tensor(0.5)), d.entropy()
    (tensor(0.5000), tensor(0.6321), tensor(0.3069))
    """

    arg_constraints: ClassVar[Any] = {"rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    rate: Tensor

    def __init__(self, rate: Tensor | Number, validate_args: bool | None = None) -> None:
        self._take(validate_args, rate=rate)

    @property
    def mean(self) -> Tensor:
        return self.rate.reciprocal()

    @property
    def mode(self) -> Tensor:
        return zeros_like(self.rate)

    @property
    def stddev(self) -> Tensor:
        return self.rate.reciprocal()

    @property
    def variance(self) -> Tensor:
        return self.rate.pow(-2)

    def rsample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        return empty(self._extended_shape(sample_shape), dtype=self.rate.dtype).exponential_() / self.rate

    def log_prob(self, value: Tensor) -> Tensor:
        return self.rate.log() - self.rate * self._checked(value)

    def cdf(self, value: Tensor) -> Tensor:
        return 1 - (-self.rate * self._checked(value)).exp()

    def icdf(self, value: Tensor) -> Tensor:
        return -(-value).log1p() / self.rate

    def entropy(self) -> Tensor:
        return 1 - self.rate.log()
