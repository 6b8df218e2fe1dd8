"""The generalized Pareto distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ..creation import rand
from ..functions.comparison import isclose
from ..functions.selection import where
from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .distribution import NO_SHAPE
from .parametrized import Parametrized


class GeneralizedPareto(Parametrized):
    """Generalized Pareto distribution: of how far a number is above a high threshold.

        P(X > x) = (1 + k z)^(-1 / k),  z = (x - loc) / scale, k = concentration; e^(-z) for k = 0

    Args:
        loc: the threshold.
        scale: the scale, positive.
        concentration: k, the weight of the tail; below 0 the values are bounded.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `scale` is not positive; by `log_prob` and `cdf`, for a value out of the support.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.GeneralizedPareto(0.0, 1.0, tl.tensor([0.0, 0.25]))
    >>> d.mean, d.cdf(tl.tensor(4.0))
    (tensor([1.0000, 1.3333]), tensor([0.9817, 0.9375]))
    """

    arg_constraints: ClassVar[Any] = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True
    loc: Tensor
    scale: Tensor
    concentration: Tensor

    def __init__(
        self,
        loc: Tensor | Number,
        scale: Tensor | Number,
        concentration: Tensor | Number,
        validate_args: bool | None = None,
    ) -> None:
        self._take(validate_args, loc=loc, scale=scale, concentration=concentration)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        end = self.loc - self.scale / self.concentration
        return constraints.interval(self.loc, where(self.concentration < 0, end, math.inf))

    def _tail(self) -> tuple[Tensor, Tensor]:
        """Return a mask of the concentrations that are 0, and the concentration with 1 in place of these."""
        none = isclose(self.concentration, self.concentration.new_zeros(()))
        return none, where(none, 1.0, self.concentration)

    @property
    def mean(self) -> Tensor:
        has_one = self.concentration < 1
        return where(has_one, self.loc + self.scale / (1 - where(has_one, self.concentration, 0.5)), math.nan)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        has_one = self.concentration < 0.5
        k = where(has_one, self.concentration, 0.25)
        return where(has_one, self.scale.square() / ((1 - k).square() * (1 - 2 * k)), math.nan)

    def rsample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        return self.icdf(rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        z = (self._checked(value) - self.loc) / self.scale
        none, k = self._tail()
        power = 1 / k + 1 + 0 * z
        return -self.scale.log() - where(none, z, where(power == 0, power, power * (k * z).log1p()))

    def log_survival_function(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of a larger number."""
        z = (self._checked(value) - self.loc) / self.scale
        none, k = self._tail()
        return where(none, -z, -(k * z).log1p() / k)

    def log_cdf(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of a number that is not larger."""
        return (-self.log_survival_function(value).exp()).log1p()

    def cdf(self, value: Tensor) -> Tensor:
        return self.log_cdf(value).exp()

    def icdf(self, value: Tensor) -> Tensor:
        survival = (-value).log1p()
        none, k = self._tail()
        return where(none, self.loc - self.scale * survival, self.loc + self.scale / k * (-k * survival).expm1())

    def entropy(self) -> Tensor:
        return self.scale.log() + self.concentration + 1
