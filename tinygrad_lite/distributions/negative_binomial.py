"""The negative binomial distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..autograd.grad_modes import no_grad
from ..creation import poisson
from ..nn.functional import logsigmoid
from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .distribution import NO_SHAPE
from .gamma import Gamma
from .parametrized import ProbsOrLogits
from .utils import broadcast_all


class NegativeBinomial(ProbsOrLogits):
    """Negative binomial distribution: the number of successes before `total_count` failures.

        p(k) = Γ(n + k) / (k! Γ(n)) (1 - probs)ⁿ probsᵏ,  n = total_count

    Args:
        total_count: the number of failures after which one stops, at least 0; it need not be a whole number.
        probs: the probability of success, in [0, 1).
        logits: the logarithm of its odds; one of the two is given.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if both or none is given, or a parameter is out of range; by `log_prob`, for what is not a whole
            number from 0.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.NegativeBinomial(2.0, tl.tensor(0.5))
    >>> d.log_prob(tl.tensor([0.0, 1.0, 2.0])).exp(), d.mean
    (tensor([0.2500, 0.2500, 0.1875]), tensor(2.))
    """

    arg_constraints: ClassVar[Any] = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer
    total_count: Tensor

    def __init__(
        self,
        total_count: Tensor | Number,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        name, value = self._given_parameter(probs, logits)
        count, param = broadcast_all(total_count, value)
        self._take(validate_args, total_count=count.type_as(param), **{name: param})

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Tensor:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Tensor:
        return self.mean / (-self.logits).sigmoid()

    def sample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        with no_grad():
            rates = Gamma(self.total_count, (-self.logits).exp(), validate_args=False)
            return poisson(rates.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        value = self._checked(value)
        n = self.total_count
        of_outcomes = n * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        arrangements = (n + value).lgamma() - (1 + value).lgamma() - n.lgamma()
        return of_outcomes + arrangements.masked_fill(n + value == 0, 0)
