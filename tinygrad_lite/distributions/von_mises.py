"""The von Mises distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ..autograd.grad_modes import no_grad
from ..creation import rand
from ..creation import zeros as zeros_of
from ..functions.selection import where
from ..functions.special import i0e, i1e
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import Number
from . import constraints
from .distribution import NO_SHAPE
from .parametrized import Parametrized


class VonMises(Parametrized):
    """Von Mises distribution: of angles, the circle's normal distribution.

        p(x) = e^(concentration cos(x - loc)) / (2π I₀(concentration))

    The density is that of any real number, taken modulo 2π. Samples are drawn in float64, lie in [-π, π), and have no
    gradients. The Bessel functions are computed to full precision, where PyTorch has 7 digits.

    Args:
        loc: the mean, an angle in radians.
        concentration: about 1 over the variance, positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `concentration` is not positive; by `log_prob`, for a value that is NaN.

    Source of the samples: Best & Fisher, 1979, Efficient simulation of the von Mises distribution.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.VonMises(0.0, 4.0)
    >>> d.variance, d.log_prob(tl.tensor([0.0, 2 * tl.pi]))  # the variance is the circular one
    (tensor(0.1365), tensor([-0.2628, -0.2628]))
    """

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    has_rsample = False
    loc: Tensor
    concentration: Tensor

    def __init__(self, loc: Tensor | Number, concentration: Tensor | Number, validate_args: bool | None = None) -> None:
        self._take(validate_args, loc=loc, concentration=concentration)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return 1 - i1e(self.concentration) / i0e(self.concentration)

    def log_prob(self, value: Tensor) -> Tensor:
        k = self.concentration
        return k * ((self._checked(value) - self.loc).cos() - 1) - math.log(2 * math.pi) - i0e(k).log()

    def sample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        with no_grad():
            return self._drawn(sample_shape)

    def _drawn(self, sample_shape: Sequence[int]) -> Tensor:
        """Angles by rejection from a wrapped Cauchy distribution."""
        k, shape = self.concentration.double(), self._extended_shape(sample_shape)
        spread = 1 + (1 + 4 * k.square()).sqrt()
        rho = (spread - (2 * spread).sqrt()) / (2 * k)
        r = where(k < 1e-5, 1 / k + k, (1 + rho.square()) / (2 * rho))
        found, done = zeros_of(shape, dtype=dtypes.float64), zeros_of(shape, dtype=dtypes.bool)
        while not done.all():
            turn, level, side = rand((3, *shape), dtype=dtypes.float64).unbind()
            z = (math.pi * turn).cos()
            f = (1 + r * z) / (r + z)
            c = k * (r - f)
            taken = (c * (2 - c) - level > 0) | ((c / level).log() + 1 - c >= 0)
            found = where(taken, (side - 0.5).sign() * f.acos(), found)
            done = done | taken
        angle: Tensor = (found + math.pi + self.loc.double()) % (2 * math.pi) - math.pi
        return angle.to(self.loc.dtype)
