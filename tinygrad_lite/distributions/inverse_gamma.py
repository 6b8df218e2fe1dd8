"""The inverse gamma distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..functions.selection import where
from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .gamma import Gamma
from .of_base import OfBase, of_base
from .transforms import PowerTransform


class InverseGamma(OfBase):
    """Inverse gamma distribution: of 1 over a number that has a gamma distribution.

        p(x) = rate^a x^(-a - 1) e^(-rate / x) / Γ(a),  a = concentration

    Args:
        concentration: the shape, positive.
        rate: the scale of x, positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if a parameter is not positive; by `log_prob`, for a value that is not.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.InverseGamma(3.0, 4.0)
    >>> d.mean, d.mode, d.variance
    (tensor(2.), tensor(1.), tensor(4.))
    """

    arg_constraints: ClassVar[Any] = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.positive
    has_rsample = True
    concentration = of_base("concentration", "The shape.")
    rate = of_base("rate", "The scale.")

    def __init__(
        self, concentration: Tensor | Number, rate: Tensor | Number, validate_args: bool | None = None
    ) -> None:
        base = Gamma(concentration, rate, validate_args=validate_args)
        super().__init__(base, PowerTransform(-base.rate.new_ones(())), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        a = self.concentration
        return where(a > 1, self.rate / (a - 1), math.inf)

    @property
    def mode(self) -> Tensor:
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Tensor:
        a = self.concentration
        return where(a > 2, self.rate.square() / ((a - 1).square() * (a - 2)), math.inf)

    def entropy(self) -> Tensor:
        a = self.concentration
        return a + self.rate.log() + a.lgamma() - (1 + a) * a.digamma()
