"""The half-Cauchy distribution."""

from __future__ import annotations

import math

from ..creation import full
from ..tensors.tensor import Tensor
from ..types.annotations import Number
from .cauchy import Cauchy
from .half import Half


class HalfCauchy(Half):
    """Half-Cauchy distribution: that of |x|, where x has a Cauchy distribution around 0.

        p(x) = 2 / (π scale (1 + (x / scale)²)) for x >= 0

    Args:
        scale: the scale of x, positive: half of all |x| are below it.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `scale` is not positive; by `log_prob` and `cdf`, for a negative value.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.HalfCauchy(2.0)
    >>> d.cdf(tl.tensor(2.0)), d.mean
    (tensor(0.5000), tensor(inf))
    """

    def __init__(self, scale: Tensor | Number, validate_args: bool | None = None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), validate_args)

    @property
    def mean(self) -> Tensor:
        return full(self._extended_shape(), math.inf, dtype=self.scale.dtype)

    @property
    def variance(self) -> Tensor:
        return self.base_dist.variance
