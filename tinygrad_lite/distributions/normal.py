"""The normal distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ..autograd.grad_modes import no_grad
from ..creation import normal
from ..functions.special import ndtr, ndtri
from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .distribution import NO_SHAPE
from .parametrized import Parametrized
from .utils import standard_normal


class Normal(Parametrized):
    """Normal (Gaussian) distribution.

        p(x) = e^(-(x - loc)² / (2 scale²)) / (scale √(2π))

    Args:
        loc: the mean.
        scale: the standard deviation, positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `scale` is not positive, or `loc` is NaN; by `log_prob` and `cdf`, for a value that is NaN.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.Normal(0.0, tl.tensor([1.0, 2.0]))
    >>> d.log_prob(tl.tensor(0.0)), d.cdf(tl.tensor(1.0)), d.entropy()
    (tensor([-0.9189, -1.6121]), tensor([0.8413, 0.6915]), tensor([1.4189, 2.1121]))
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
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def stddev(self) -> Tensor:
        return self.scale

    @property
    def variance(self) -> Tensor:
        return self.scale.square()

    def sample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return normal(self.loc.expand(shape), self.scale.expand(shape))

    def rsample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        return self.loc + standard_normal(self._extended_shape(sample_shape), self.loc.dtype) * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        distance = self._checked(value) - self.loc
        density: Tensor = -distance.square() / (2 * self.scale.square()) - self.scale.log()
        return density - math.log(math.sqrt(2 * math.pi))

    def cdf(self, value: Tensor) -> Tensor:
        return ndtr((self._checked(value) - self.loc) / self.scale)

    def icdf(self, value: Tensor) -> Tensor:
        return self.loc + self.scale * ndtri(value)

    def entropy(self) -> Tensor:
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()
