"""The binomial distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..autograd.grad_modes import no_grad
from ..creation import arange, binomial
from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .distribution import NO_SHAPE
from .parametrized import ProbsOrLogits
from .utils import broadcast_all


class Binomial(ProbsOrLogits):
    """Binomial distribution: the number of successes in `total_count` trials.

        p(k) = (n over k) probsᵏ (1 - probs)ⁿ⁻ᵏ,  n = total_count

    Args:
        total_count: the number of trials.
        probs: the probability of success.
        logits: the logarithm of its odds; one of the two is given.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if both or none is given, or a parameter is out of range; by `log_prob`, for what is not a whole
            number from 0 to `total_count`.
        NotImplementedError: by `entropy` and `enumerate_support`, if `total_count` has several values.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.Binomial(4, tl.tensor(0.5))
    >>> d.log_prob(d.enumerate_support()).exp() * 16
    tensor([1., 4., 6., 4., 1.])
    """

    arg_constraints: ClassVar[Any] = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    has_enumerate_support = True
    total_count: Tensor

    def __init__(
        self,
        total_count: Tensor | Number = 1,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        name, value = self._given_parameter(probs, logits)
        count, param = broadcast_all(total_count, value)
        self._take(validate_args, total_count=count.type_as(param), **{name: param})

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.probs

    @property
    def mode(self) -> Tensor:
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Tensor) -> Tensor:
        value = self._checked(value)
        n, logits = self.total_count, self.logits
        # log(1 + e^logits) without overflow; max(logits, 0), whose derivative at 0 is to be 1/2
        positive = (logits.clamp(min=0) + logits - logits.clamp(max=0)) / 2
        log_odds = n * positive + n * (-logits.abs()).exp().log1p()
        arrangements = (n + 1).lgamma() - (value + 1).lgamma() - (n - value + 1).lgamma()
        return value * logits + arrangements - log_odds

    def entropy(self) -> Tensor:
        self._one_count("entropy")
        log_prob = self.log_prob(self.enumerate_support(False))
        return -(log_prob.exp() * log_prob).sum(0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        count = self._one_count("enumerate_support")
        values = arange(1 + count, dtype=self._param.dtype).view((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1, *self._batch_shape)) if expand else values

    def _one_count(self, method: str) -> int:
        count = int(self.total_count.max())
        if not self.total_count.min() == count:
            raise NotImplementedError(f"Inhomogeneous total count not supported by `{method}`.")
        return count
