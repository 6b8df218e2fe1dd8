"""The Laplace distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..creation import empty
from ..functions.exponential import expm1, log, log1p
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import Number
from . import constraints
from .distribution import NO_SHAPE
from .parametrized import Parametrized


class Laplace(Parametrized):
    """Laplace distribution: an exponential one to either side.

        p(x) = e^(-|x - loc| / scale) / (2 scale)

    Args:
        loc: the mean.
        scale: the mean distance from it, positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `scale` is not positive; by `log_prob` and `cdf`, for a value that is NaN.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.Laplace(0.0, 1.0)
    >>> d.log_prob(tl.tensor([0.0, 2.0])), d.variance
    (tensor([-0.6931, -2.6931]), tensor(2.))
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
    def variance(self) -> Tensor:
        return 2 * self.scale.square()

    @property
    def stddev(self) -> Tensor:
        return 2**0.5 * self.scale

    def rsample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        eps = dtypes.finfo(self.loc.dtype).eps
        u = empty(self._extended_shape(sample_shape), dtype=self.loc.dtype).uniform_(eps - 1, 1)
        return self.loc - self.scale * u.sign() * log1p(-u.abs())

    def log_prob(self, value: Tensor) -> Tensor:
        return -log(2 * self.scale) - (self._checked(value) - self.loc).abs() / self.scale

    def cdf(self, value: Tensor) -> Tensor:
        distance = self._checked(value) - self.loc
        return 0.5 - 0.5 * distance.sign() * expm1(-distance.abs() / self.scale)

    def icdf(self, value: Tensor) -> Tensor:
        term = value - 0.5
        return self.loc - self.scale * term.sign() * log1p(-2 * term.abs())

    def entropy(self) -> Tensor:
        return 1 + log(2 * self.scale)
