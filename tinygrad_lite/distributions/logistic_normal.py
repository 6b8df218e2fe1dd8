"""The logistic-normal distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .normal import Normal
from .of_base import OfBase
from .transforms import StickBreakingTransform


class LogisticNormal(OfBase):
    """Logistic-normal distribution: of n + 1 probabilities, made of n normal numbers by breaking a stick.

    Args:
        loc: the means of the normal numbers.
        scale: their standard deviations, positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `scale` is not positive; by `log_prob`, for values that are no probabilities of sum 1.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.LogisticNormal(tl.zeros(2), tl.ones(2))
    >>> d.event_shape, d.sample().sum().allclose(tl.tensor(1.0))
    (Size([3]), True)
    """

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.simplex
    has_rsample = True

    def __init__(self, loc: Tensor | Number, scale: Tensor | Number, validate_args: bool | None = None) -> None:
        base = Normal(loc, scale, validate_args=validate_args)
        base = base if base.batch_shape else base.expand([1])
        super().__init__(base, StickBreakingTransform(), validate_args=validate_args)

    @property
    def loc(self) -> Tensor:
        """The means of the normal numbers."""
        loc: Tensor = self.base_dist.base_dist.loc
        return loc

    @property
    def scale(self) -> Tensor:
        """The standard deviations of the normal numbers."""
        scale: Tensor = self.base_dist.base_dist.scale
        return scale
