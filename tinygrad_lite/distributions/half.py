"""The part that distributions of absolute values share: all of a symmetric distribution on one side of 0."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..creation import zeros_like
from ..functions.selection import where
from ..tensors.tensor import Tensor
from . import constraints
from .distribution import Distribution
from .of_base import OfBase, of_base
from .transforms import AbsTransform


class Half(OfBase):
    """The distribution of |x| for an x whose distribution, the base, is symmetric about 0 and has a `scale`."""

    arg_constraints: ClassVar[Any] = {"scale": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    scale = of_base("scale", "The scale.")

    def __init__(self, base: Distribution, validate_args: bool | None) -> None:
        super().__init__(base, AbsTransform(), validate_args=validate_args)

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
