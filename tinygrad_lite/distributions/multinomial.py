"""The multinomial distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..autograd.grad_modes import no_grad
from ..creation import ones_like, zeros
from ..functions.selection import where
from ..tensors.tensor import Tensor
from ..types.sizes import Size
from . import constraints
from .binomial import Binomial
from .categorical import Categorical
from .distribution import NO_SHAPE
from .one_hot_categorical import OverCategories
from .utils import broadcast_all


class Multinomial(OverCategories):
    """Multinomial distribution: how often each of K outcomes comes up in `total_count` trials.

        p(x) = n! / Π xₖ! Π probs[k]^xₖ,  n = total_count

    Args:
        total_count: the number of trials.
        probs: weights of shape (…, K), at least 0; they need not sum to 1.
        logits: logarithms of weights, of shape (…, K); one of the two is given.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        NotImplementedError: if `total_count` is not an int.
        ValueError: if both or none of `probs` and `logits` is given, or a weight is negative or not finite; by
            `log_prob`, for counts that are negative or too many.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.Multinomial(4, tl.tensor([1.0, 1.0]))
    >>> d.mean, d.log_prob(tl.tensor([1.0, 3.0])).exp()
    (tensor([2., 2.]), tensor(0.2500))
    """

    _kept = ("total_count",)
    total_count: int

    def __init__(
        self,
        total_count: int = 1,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported")
        self.total_count = total_count
        self._take(Categorical(probs=probs, logits=logits), validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> Any:
        return constraints.multinomial(self.total_count)

    @property
    def mean(self) -> Tensor:
        return self.probs * self.total_count

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        shape = Size(sample_shape)
        with no_grad():
            outcomes = self._categorical.sample(Size((self.total_count,)) + shape).movedim(0, -1)
            counts = zeros(self._extended_shape(shape), dtype=outcomes.dtype)
            return counts.scatter_add(-1, outcomes, ones_like(outcomes)).type_as(self.probs)

    def log_prob(self, value: Tensor) -> Tensor:
        logits, value = broadcast_all(self.logits, self._checked(value))
        logits = where((value == 0) & (logits == -math.inf), 0, logits)
        arrangements = (value.sum(-1) + 1).lgamma() - (value + 1).lgamma().sum(-1)
        return arrangements + (logits * value).sum(-1)

    def entropy(self) -> Tensor:
        n = self.total_count
        of_each = Binomial(n, probs=self.probs)
        counts = of_each.enumerate_support(expand=False)[1:]
        repeated = (of_each.log_prob(counts).exp() * (counts + 1).lgamma()).sum((0, -1))
        return n * self._categorical.entropy() - math.lgamma(n + 1) + repeated
