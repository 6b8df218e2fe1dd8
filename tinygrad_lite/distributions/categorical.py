"""The categorical distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ..creation import arange, full, multinomial
from ..functions.reshaping import broadcast_tensors
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.sizes import Size
from . import constraints
from .distribution import NO_SHAPE, Distribution
from .parametrized import ProbsOrLogits


class Categorical(ProbsOrLogits):
    """Categorical distribution: one of the whole numbers from 0 to K - 1, where K is the length of the last dimension.

        p(k) = probs[k] / Σ probs = softmax(logits)[k]

    Args:
        probs: weights of shape (…, K), at least 0; they need not sum to 1.
        logits: logarithms of weights, of shape (…, K); one of the two is given.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if both or none is given, or a weight is negative or not finite; by `log_prob`, for what is not a
            whole number from 0 to K - 1.

    The score function estimator (REINFORCE; Williams, 1992) follows the gradient of the expected reward, though actions
    have none: that of reward · log_prob has the same expectation. Here only action 2 is rewarded:

    >>> import tinygrad_lite as tl
    >>> _ = tl.manual_seed(0)
    >>> logits = tl.zeros(3, requires_grad=True)
    >>> optimizer = tl.optim.SGD([logits], lr=0.1)
    >>> for _ in range(200):
    ...     policy = tl.distributions.Categorical(logits=logits)
    ...     action = policy.sample((16,))
    ...     reward = (action == 2).float()
    ...     loss = -(policy.log_prob(action) * reward).mean()
    ...     optimizer.zero_grad()
    ...     loss.backward()
    ...     optimizer.step()
    >>> policy.probs.argmax(), bool(policy.probs[2] > 0.8)
    (tensor(2), True)
    """

    arg_constraints: ClassVar[Any] = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True
    _kept: ClassVar[tuple[str, ...]] = ("_given", "_num_events")
    _binary = False

    def __init__(
        self, probs: Tensor | None = None, logits: Tensor | None = None, validate_args: bool | None = None
    ) -> None:
        name, weights = self._given_parameter(probs, logits)
        if weights.dim() < 1:
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        total = weights.logsumexp(dim=-1, keepdim=True) if probs is None else weights.sum(-1, keepdim=True)
        setattr(self, name, weights - total if probs is None else weights / total)
        self._num_events = weights.size(-1)
        Distribution.__init__(self, weights.size()[:-1], validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def mean(self) -> Tensor:
        return full(self._extended_shape(), math.nan, dtype=self.probs.dtype)

    @property
    def mode(self) -> Tensor:
        return self.probs.argmax(dim=-1)

    @property
    def variance(self) -> Tensor:
        return self.mean

    def sample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        shape = Size(sample_shape)
        drawn = multinomial(self.probs.reshape(-1, self._num_events), shape.numel(), True).T
        return drawn.reshape(self._extended_shape(shape))

    def log_prob(self, value: Tensor) -> Tensor:
        index, logits = broadcast_tensors(self._checked(value).long().unsqueeze(-1), self.logits)
        return logits.gather(-1, index[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        return -(self.logits.clamp(min=dtypes.finfo(self.logits.dtype).min) * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = arange(self._num_events, dtype=dtypes.int64).view((-1,) + (1,) * len(self._batch_shape))
        return values.expand((-1, *self._batch_shape)) if expand else values
