"""The gamma distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..creation import as_tensor
from ..functions.exponential import xlogy
from ..functions.special import igamma
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import Number
from . import constraints
from .distribution import NO_SHAPE
from .parametrized import Parametrized
from .sampling import standard_gamma


class Gamma(Parametrized):
    """Gamma distribution: for a whole concentration n, the sum of n exponentially distributed numbers.

        p(x) = rate^a x^(a - 1) e^(-rate x) / Γ(a),  a = concentration

    Samples have gradients by both parameters (implicit reparameterization; Figurnov, Mohamed and Mnih, 2018). `cdf` has
    none by `concentration`, as in PyTorch.

    Args:
        concentration: the shape, positive.
        rate: 1 over the scale, positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if a parameter is not positive; by `log_prob` and `cdf`, for a negative value.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.Gamma(3.0, 2.0)
    >>> d.mean, d.mode, d.cdf(tl.tensor(1.5))
    (tensor(1.5000), tensor(1.), tensor(0.5768))
    """

    arg_constraints: ClassVar[Any] = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True
    concentration: Tensor
    rate: Tensor

    def __init__(
        self, concentration: Tensor | Number, rate: Tensor | Number, validate_args: bool | None = None
    ) -> None:
        self._take(validate_args, concentration=concentration, rate=rate)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.rate

    @property
    def mode(self) -> Tensor:
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Tensor:
        return self.concentration / self.rate.square()

    def rsample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        shape = self._extended_shape(sample_shape)
        value = standard_gamma(self.concentration.expand(shape)) / self.rate.expand(shape)
        value.detach().clamp_(min=dtypes.finfo(value.dtype).tiny)
        return value

    def log_prob(self, value: Tensor) -> Tensor:
        value = self._checked(as_tensor(value, dtype=self.rate.dtype))
        a = self.concentration
        density: Tensor = xlogy(a, self.rate) + xlogy(a - 1, value) - self.rate * value - a.lgamma()
        return density

    def cdf(self, value: Tensor) -> Tensor:
        return igamma(self.concentration, self.rate * self._checked(value))

    def entropy(self) -> Tensor:
        a = self.concentration
        return a - self.rate.log() + a.lgamma() + (1 - a) * a.digamma()
