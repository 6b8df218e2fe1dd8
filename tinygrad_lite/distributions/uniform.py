"""The uniform distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..creation import rand
from ..functions.exponential import log
from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .distribution import NO_SHAPE
from .parametrized import Parametrized


class Uniform(Parametrized):
    """Uniform distribution over the interval [low, high).

        p(x) = 1 / (high - low) for low <= x < high, else 0

    Args:
        low: the lower end.
        high: the upper end, larger than `low`.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: unless low < high; by `log_prob` and `cdf`, for a value that is outside.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.Uniform(0.0, 4.0)
    >>> d.log_prob(tl.tensor(1.0)).exp(), d.mean, d.stddev
    (tensor(0.2500), tensor(2.), tensor(1.1547))
    """

    has_rsample = True
    low: Tensor
    high: Tensor

    def __init__(self, low: Tensor | Number, high: Tensor | Number, validate_args: bool | None = None) -> None:
        self._take(validate_args, low=low, high=high)

    @property
    def arg_constraints(self) -> dict[str, Any]:
        """The bounds of one end are the other."""
        return {"low": constraints.less_than(self.high), "high": constraints.greater_than(self.low)}

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        return constraints.interval(self.low, self.high)

    @property
    def mean(self) -> Tensor:
        return (self.high + self.low) / 2

    @property
    def mode(self) -> Tensor:
        return self.low * float("nan")

    @property
    def stddev(self) -> Tensor:
        return (self.high - self.low) / 12**0.5

    @property
    def variance(self) -> Tensor:
        return (self.high - self.low).square() / 12

    def rsample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        return self.low + rand(self._extended_shape(sample_shape), dtype=self.low.dtype) * (self.high - self.low)

    def log_prob(self, value: Tensor) -> Tensor:
        value = self._checked(value)
        inside = self.low.le(value).type_as(self.low) * self.high.gt(value).type_as(self.low)
        density: Tensor = log(inside) - log(self.high - self.low)
        return density

    def cdf(self, value: Tensor) -> Tensor:
        return ((self._checked(value) - self.low) / (self.high - self.low)).clamp(min=0, max=1)

    def icdf(self, value: Tensor) -> Tensor:
        return value * (self.high - self.low) + self.low

    def entropy(self) -> Tensor:
        return log(self.high - self.low)
