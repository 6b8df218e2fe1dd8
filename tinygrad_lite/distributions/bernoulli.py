"""The Bernoulli distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ..autograd.grad_modes import no_grad
from ..creation import arange, bernoulli
from ..functions.selection import where
from ..nn.functional import binary_cross_entropy_with_logits
from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .distribution import NO_SHAPE
from .parametrized import ProbsOrLogits
from .utils import broadcast_all


class Bernoulli(ProbsOrLogits):
    """Bernoulli distribution: 1 with probability `probs`, else 0.

        p(1) = probs = sigmoid(logits)

    Args:
        probs: the probability of 1.
        logits: the logarithm of the odds of 1; one of the two is given.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if both or none is given, or `probs` is not in [0, 1]; by `log_prob`, for what is not 0 or 1.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.Bernoulli(tl.tensor([0.5, 0.9]))
    >>> d.log_prob(tl.tensor(1.0)).exp(), d.entropy(), d.enumerate_support(expand=False).shape
    (tensor([0.5000, 0.9000]), tensor([0.6931, 0.3251]), Size([2, 1]))
    """

    arg_constraints: ClassVar[Any] = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True

    def __init__(
        self,
        probs: Tensor | Number | None = None,
        logits: Tensor | Number | None = None,
        validate_args: bool | None = None,
    ) -> None:
        name, value = self._given_parameter(probs, logits)
        self._take(validate_args, **{name: value})

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        return where(self.probs == 0.5, math.nan, (self.probs >= 0.5).to(self.probs.dtype))

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        with no_grad():
            return bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        value = self._checked(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = arange(2, dtype=self._param.dtype).view((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1, *self._batch_shape)) if expand else values
