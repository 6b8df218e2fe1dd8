"""The continuous Bernoulli distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ..creation import rand
from ..functions.selection import where
from ..nn.functional import binary_cross_entropy_with_logits
from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .distribution import NO_SHAPE
from .parametrized import ProbsOrLogits
from .utils import broadcast_all, clamp_probs, lazy_property, logits_to_probs


class ContinuousBernoulli(ProbsOrLogits):
    """Continuous Bernoulli distribution: of a number in [0, 1] with the density of Bernoulli's form.

        p(x) = C(λ) λ^x (1 - λ)^(1 - x),  λ = probs,  C(λ) = 2 artanh(1 - 2 λ) / (1 - 2 λ)

    Near λ = 1/2 the normalizer C, the mean and the variance are computed by Taylor's series. Samples have gradients.

    Args:
        probs: λ, from 0 to 1.
        logits: log(λ / (1 - λ)); one of the two is given.
        lims: between which λ the series are used.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if not one of the two is given, or it is out of range; by `log_prob` and `cdf`, for a value outside
            [0, 1].

    Source: Loaiza-Ganem & Cunningham, 2019, https://arxiv.org/abs/1907.06845.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.ContinuousBernoulli(tl.tensor([0.5, 0.9]))
    >>> d.mean, d.log_prob(tl.tensor(1.0)).exp()
    (tensor([0.5000, 0.6699]), tensor([1.0000, 2.4719]))
    """

    arg_constraints: ClassVar[Any] = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    _kept: ClassVar[tuple[str, ...]] = ("_given", "_lims")

    def __init__(
        self,
        probs: Tensor | Number | None = None,
        logits: Tensor | Number | None = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        self._lims = lims
        name, value = self._given_parameter(probs, logits)
        if name == "logits":
            self._take(validate_args, logits=value)
            return
        (given,) = broadcast_all(value)
        if validate_args is not None and not self.arg_constraints["probs"].check(given).all():
            raise ValueError("The parameter probs has invalid values")
        self._take(validate_args, probs=clamp_probs(given))

    @lazy_property
    def probs(self) -> Tensor:
        """λ."""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    def _far(self) -> Tensor:
        """Return a mask of the elements whose λ is far enough from 1/2 for the closed forms."""
        return (self.probs <= self._lims[0]) | (self.probs > self._lims[1])

    def _far_probs(self) -> Tensor:
        """λ, or where it is too near to 1/2 another number."""
        return where(self._far(), self.probs, self._lims[0])

    def _log_normalizer_of_probs(self) -> Tensor:
        p = self._far_probs()
        low = p <= 0.5
        gap = where(low, (-2 * where(low, p, 0.0)).log1p(), (2 * where(low, 1.0, p) - 1).log())
        closed = ((-p).log1p() - p.log()).abs().log() - gap
        square = (self.probs - 0.5).square()
        return where(self._far(), closed, math.log(2) + (4 / 3 + 104 / 45 * square) * square)

    @property
    def mean(self) -> Tensor:
        p, x = self._far_probs(), self.probs - 0.5
        closed = p / (2 * p - 1) + 1 / ((-p).log1p() - p.log())
        return where(self._far(), closed, 0.5 + (1 / 3 + 16 / 45 * x.square()) * x)

    @property
    def variance(self) -> Tensor:
        p, square = self._far_probs(), (self.probs - 0.5).square()
        closed = p * (p - 1) / (1 - 2 * p).square() + 1 / ((-p).log1p() - p.log()).square()
        return where(self._far(), closed, 1 / 12 - (1 / 15 - 128 / 945 * square) * square)

    def rsample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        return self.icdf(rand(self._extended_shape(sample_shape), dtype=self.probs.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        value = self._checked(value)
        logits, value = broadcast_all(self.logits, value)
        loss = binary_cross_entropy_with_logits(logits, value, reduction="none")
        return self._log_normalizer_of_probs() - loss

    def cdf(self, value: Tensor) -> Tensor:
        value, p = self._checked(value), self._far_probs()
        closed = (p.pow(value) * (1 - p).pow(1 - value) + p - 1) / (2 * p - 1)
        inside = where(self._far(), closed, value)
        return where(value <= 0, 0.0, where(value >= 1, 1.0, inside))

    def icdf(self, value: Tensor) -> Tensor:
        p = self._far_probs()
        closed = ((-p + value * (2 * p - 1)).log1p() - (-p).log1p()) / (p.log() - (-p).log1p())
        return where(self._far(), closed, value)

    def entropy(self) -> Tensor:
        of_0, of_1 = (-self.probs).log1p(), self.probs.log()
        return self.mean * (of_0 - of_1) - self._log_normalizer_of_probs() - of_0
