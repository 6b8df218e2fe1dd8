"""The Gumbel distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ..creation import full_like, ones_like
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import Number
from . import constraints
from .transformed_distribution import TransformedDistribution
from .transforms import AffineTransform, ExpTransform
from .uniform import Uniform
from .utils import EULER, broadcast_all


class Gumbel(TransformedDistribution):
    """Gumbel distribution: of the largest of many numbers.

        p(x) = e^(-(y + e⁻ʸ)) / scale,  y = (x - loc) / scale

    Args:
        loc: the mode.
        scale: the scale, positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `scale` is not positive; by `log_prob`, for a value that is NaN.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.Gumbel(0.0, 1.0)
    >>> d.mean, d.stddev, d.log_prob(tl.tensor(0.0))
    (tensor(0.5772), tensor(1.2825), tensor(-1.))
    """

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real

    def __init__(self, loc: Tensor | Number, scale: Tensor | Number, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        limits = dtypes.finfo(self.loc.dtype)
        ends = full_like(self.loc, limits.tiny), full_like(self.loc, 1 - limits.eps)
        log = ExpTransform().inv
        super().__init__(
            Uniform(*ends, validate_args=validate_args),
            [log, AffineTransform(0, -ones_like(self.scale)), log, AffineTransform(loc, -self.scale)],
            validate_args=validate_args,
        )

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        new = self._get_checked_instance(Gumbel, _instance)
        new.loc = self.loc.expand(batch_shape)
        new.scale = self.scale.expand(batch_shape)
        return super().expand(batch_shape, _instance=new)

    def log_prob(self, value: Tensor) -> Tensor:
        y = (self.loc - self._checked(value)) / self.scale
        return y - y.exp() - self.scale.log()

    @property
    def mean(self) -> Tensor:
        return self.loc + self.scale * EULER

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def stddev(self) -> Tensor:
        return (math.pi / math.sqrt(6)) * self.scale

    @property
    def variance(self) -> Tensor:
        return self.stddev.square()

    def entropy(self) -> Tensor:
        return self.scale.log() + (1 + EULER)
