"""The log-normal distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .normal import Normal
from .of_base import OfBase, of_base
from .transforms import ExpTransform


class LogNormal(OfBase):
    """Log-normal distribution: of numbers whose logarithm has a normal one.

        p(x) = e^(-(log x - loc)² / (2 scale²)) / (x scale √(2π))

    Args:
        loc: the mean of the logarithm.
        scale: the standard deviation of the logarithm, positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `scale` is not positive; by `log_prob`, for a value that is not.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.LogNormal(0.0, 1.0)
    >>> d.mean, d.mode, d.log_prob(tl.tensor(1.0))
    (tensor(1.6487), tensor(0.3679), tensor(-0.9189))
    """

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.positive
    has_rsample = True
    loc = of_base("loc", "The mean of the logarithm.")
    scale = of_base("scale", "The standard deviation of the logarithm.")

    def __init__(self, loc: Tensor | Number, scale: Tensor | Number, validate_args: bool | None = None) -> None:
        super().__init__(Normal(loc, scale, validate_args=validate_args), ExpTransform(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return (self.loc + self.scale.square() / 2).exp()

    @property
    def mode(self) -> Tensor:
        return (self.loc - self.scale.square()).exp()

    @property
    def variance(self) -> Tensor:
        square = self.scale.square()
        return square.expm1() * (2 * self.loc + square).exp()

    def entropy(self) -> Tensor:
        return self.base_dist.entropy() + self.loc
