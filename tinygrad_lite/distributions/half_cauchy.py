"""The half-cauchy distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..creation import full, zeros_like
from ..functions.selection import where
from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .cauchy import Cauchy
from .of_base import OfBase, of_base
from .transforms import AbsTransform


class HalfCauchy(OfBase):
    """Half-cauchy distribution: of the absolute value of a number that has a Cauchy one around 0.

        p(x) = 2 times its density for x >= 0

    Args:
        scale: the scale of that distribution, positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `scale` is not positive; by `log_prob` and `cdf`, for a negative value.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.HalfCauchy(2.0)
    >>> d.cdf(tl.tensor(2.0)), d.mean
    (tensor(0.5000), tensor(inf))
    """

    arg_constraints: ClassVar[Any] = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    scale = of_base("scale", "The scale.")

    def __init__(self, scale: Tensor | Number, validate_args: bool | None = None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return full(self._extended_shape(), math.inf, dtype=self.scale.dtype)

    @property
    def variance(self) -> Tensor:
        return self.base_dist.variance

    @property
    def mode(self) -> Tensor:
        return zeros_like(self.scale)

    def log_prob(self, value: Tensor) -> Tensor:
        value = self._checked(value)
        return where(value >= 0, self.base_dist.log_prob(value) + math.log(2), -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        return 2 * self.base_dist.cdf(self._checked(value)) - 1

    def icdf(self, value: Tensor) -> Tensor:
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> Tensor:
        return self.base_dist.entropy() - math.log(2)
