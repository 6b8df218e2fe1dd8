"""The F-distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ..functions.selection import where
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import Number
from . import constraints
from .distribution import NO_SHAPE
from .gamma import Gamma
from .parametrized import Parametrized


class FisherSnedecor(Parametrized):
    """F-distribution: of the ratio of two variances that are estimated from normal numbers.

        (X₁ / df1) / (X₂ / df2),  X₁ and X₂ chi-squared with df1 and df2 degrees of freedom

    Args:
        df1: the degrees of freedom above, positive.
        df2: the degrees of freedom below, positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if a parameter is not positive; by `log_prob`, for a value that is not.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.FisherSnedecor(4.0, 6.0)
    >>> d.mean, d.mode
    (tensor(1.5000), tensor(0.3750))
    """

    arg_constraints: ClassVar[Any] = {"df1": constraints.positive, "df2": constraints.positive}
    support = constraints.positive
    has_rsample = True
    df1: Tensor
    df2: Tensor

    def __init__(self, df1: Tensor | Number, df2: Tensor | Number, validate_args: bool | None = None) -> None:
        self._take(validate_args, df1=df1, df2=df2)

    @property
    def mean(self) -> Tensor:
        n = where(self.df2 > 2, self.df2, math.nan)
        return n / (n - 2)

    @property
    def mode(self) -> Tensor:
        mode = (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2)
        return where(self.df1 > 2, mode, math.nan)

    @property
    def variance(self) -> Tensor:
        m, n = self.df1, where(self.df2 > 4, self.df2, math.nan)
        return 2 * n.square() * (m + n - 2) / (m * (n - 2).square() * (n - 4))

    def rsample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        above, below = (Gamma(0.5 * n, n, validate_args=False).rsample(sample_shape) for n in (self.df1, self.df2))
        tiny = dtypes.finfo(below.dtype).tiny
        return (above / below.clamp(min=tiny)).clamp(min=tiny)

    def log_prob(self, value: Tensor) -> Tensor:
        value = self._checked(value)
        m, n, ratio = 0.5 * self.df1, 0.5 * self.df2, self.df1 / self.df2
        normalizer = m.lgamma() + n.lgamma() - (m + n).lgamma()
        return m * ratio.log() + (m - 1) * value.log() - (m + n) * (ratio * value).log1p() - normalizer
