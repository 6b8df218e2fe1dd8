"""Student's t-distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ..functions.selection import where
from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .chi2 import Chi2
from .distribution import NO_SHAPE
from .parametrized import Parametrized
from .utils import standard_normal


class StudentT(Parametrized):
    """Student's t-distribution: a normal one whose variance is estimated from `df` + 1 numbers.

        p(x) = Γ((n + 1) / 2) / (scale √(π n) Γ(n / 2)) (1 + y² / n)^(-(n + 1) / 2),  y = (x - loc) / scale, n = df

    Args:
        df: the degrees of freedom, positive.
        loc: the median.
        scale: the factor of the standard form, positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `df` or `scale` is not positive; by `log_prob`, for a value that is NaN.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.StudentT(tl.tensor([1.0, 2.0, 4.0]))
    >>> d.mean, d.variance, d.log_prob(tl.tensor(0.0)).exp()
    (tensor([nan, 0., 0.]), tensor([nan, inf, 2.]), tensor([0.3183, 0.3536, 0.3750]))
    """

    arg_constraints: ClassVar[Any] = {
        "df": constraints.positive,
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real
    has_rsample = True
    df: Tensor
    loc: Tensor
    scale: Tensor

    def __init__(
        self,
        df: Tensor | Number,
        loc: Tensor | Number = 0.0,
        scale: Tensor | Number = 1.0,
        validate_args: bool | None = None,
    ) -> None:
        self._take(validate_args, df=df, loc=loc, scale=scale)

    @property
    def mean(self) -> Tensor:
        return where(self.df <= 1, math.nan, self.loc)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        many = self.df > 2
        n = where(many, self.df, 3)
        variance = where(many, self.scale.square() * n / (n - 2), math.inf)
        return where(self.df <= 1, math.nan, variance)

    def rsample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        normal = standard_normal(self._extended_shape(sample_shape), self.df.dtype)
        spread = Chi2(self.df, validate_args=False).rsample(sample_shape)
        return self.loc + self.scale * (normal * (spread / self.df).rsqrt())

    def log_prob(self, value: Tensor) -> Tensor:
        y = (self._checked(value) - self.loc) / self.scale
        n = self.df
        normalizer = self.scale.log() + 0.5 * n.log() + 0.5 * math.log(math.pi)
        normalizer = normalizer + (0.5 * n).lgamma() - (0.5 * (n + 1)).lgamma()
        return -0.5 * (n + 1) * (y.square() / n).log1p() - normalizer

    def entropy(self) -> Tensor:
        half, half_more = 0.5 * self.df, 0.5 * (self.df + 1)
        log_beta = half.lgamma() + math.lgamma(0.5) - half_more.lgamma()
        slopes = half_more * (half_more.digamma() - half.digamma())
        return self.scale.log() + slopes + 0.5 * self.df.log() + log_beta
