"""The categorical distribution, made continuous."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..creation import full_like, rand
from ..tensors.tensor import Tensor
from . import constraints
from .categorical import Categorical
from .distribution import NO_SHAPE
from .of_base import OfBase, of_base
from .one_hot_categorical import OverCategories
from .transforms import ExpTransform
from .utils import broadcast_all, clamp_probs


class ExpRelaxedCategorical(OverCategories):
    """The distribution of the logarithms of `RelaxedOneHotCategorical`.

    Args:
        temperature: a positive Tensor.
        probs: weights of shape (…, K).
        logits: logarithms of weights, of shape (…, K); one of the two is given.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if both or none is given, or a weight is negative or not finite.

    >>> import tinygrad_lite as tl
    >>> from tinygrad_lite.distributions.relaxed_categorical import ExpRelaxedCategorical
    >>> ExpRelaxedCategorical(tl.tensor(0.5), logits=tl.zeros(3)).rsample().logsumexp(-1).abs() < 1e-5
    tensor(True)
    """

    support = constraints.real_vector
    has_rsample = True
    _kept = ("temperature",)

    def __init__(
        self,
        temperature: Tensor,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        self.temperature = temperature
        self._take(Categorical(probs, logits), validate_args)

    def rsample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        uniform = clamp_probs(rand(self._extended_shape(sample_shape), dtype=self.logits.dtype))
        scores = (self.logits - (-uniform.log()).log()) / self.temperature
        return scores - scores.logsumexp(dim=-1, keepdim=True)

    def log_prob(self, value: Tensor) -> Tensor:
        count = self.event_shape[0]
        logits, value = broadcast_all(self.logits, self._checked(value))
        scores = logits - value * self.temperature
        scores = (scores - scores.logsumexp(dim=-1, keepdim=True)).sum(-1)
        return scores + full_like(self.temperature, float(count)).lgamma() + self.temperature.log() * (count - 1)


class RelaxedOneHotCategorical(OfBase):
    """Categorical distribution, relaxed to probabilities, with gradients by its parameters: Gumbel-softmax.

    Source: Jang, Gu and Poole, 2017, https://arxiv.org/abs/1611.01144; Maddison, Mnih and Teh, 2017.

    Args:
        temperature: a positive Tensor; the lower it is, the nearer are samples to one-hot vectors.
        probs: weights of shape (…, K).
        logits: logarithms of weights, of shape (…, K); one of the two is given.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if both or none is given, or a weight is negative or not finite.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.RelaxedOneHotCategorical(tl.tensor(0.5), probs=tl.tensor([0.1, 0.9]))
    >>> d.rsample().sum().round(decimals=4)
    tensor(1.)
    """

    arg_constraints: ClassVar[Any] = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.simplex
    has_rsample = True
    temperature = of_base("temperature", "The temperature.")
    probs = of_base("probs", "The probabilities.")
    logits = of_base("logits", "Their logarithms.")

    def __init__(
        self,
        temperature: Tensor,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)
