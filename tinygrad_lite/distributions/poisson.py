"""The Poisson distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..autograd.grad_modes import no_grad
from ..creation import poisson
from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .distribution import NO_SHAPE
from .parametrized import Parametrized
from .utils import broadcast_all


class Poisson(Parametrized):
    """Poisson distribution: how often something happens that may happen at any time, `rate` times on average.

        p(k) = rateᵏ e^(-rate) / k!

    Args:
        rate: the mean, at least 0.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `rate` is negative; by `log_prob`, for what is not a whole number from 0.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.Poisson(2.0)
    >>> d.log_prob(tl.tensor([0.0, 2.0])).exp(), d.variance
    (tensor([0.1353, 0.2707]), tensor(2.))
    """

    arg_constraints: ClassVar[Any] = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer
    rate: Tensor

    def __init__(self, rate: Tensor | Number, validate_args: bool | None = None) -> None:
        self._take(validate_args, rate=rate)

    @property
    def mean(self) -> Tensor:
        return self.rate

    @property
    def mode(self) -> Tensor:
        return self.rate.floor()

    @property
    def variance(self) -> Tensor:
        return self.rate

    def sample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        with no_grad():
            return poisson(self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        rate, value = broadcast_all(self.rate, self._checked(value))
        return value.xlogy(rate) - rate - (value + 1).lgamma()
