"""The half-normal distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..creation import zeros_like
from ..functions.selection import where
from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .normal import Normal
from .of_base import OfBase, of_base
from .transforms import AbsTransform


class HalfNormal(OfBase):
    """Half-normal distribution: of the absolute value of a number that has a normal one around 0.

        p(x) = 2 times its density for x >= 0

    Args:
        scale: the scale of that distribution, positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `scale` is not positive; by `log_prob` and `cdf`, for a negative value.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.HalfNormal(2.0)
    >>> d.cdf(tl.tensor(2.0)), d.mean
    (tensor(0.6827), tensor(1.5958))
    """

    arg_constraints: ClassVar[Any] = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    scale = of_base("scale", "The scale.")

    def __init__(self, scale: Tensor | Number, validate_args: bool | None = None) -> None:
        super().__init__(Normal(0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Tensor:
        return self.scale.square() * (1 - 2 / math.pi)

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
