"""The Bernoulli distribution, made continuous."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..creation import rand
from ..tensors.tensor import Tensor
from ..types.annotations import Number
from . import constraints
from .distribution import NO_SHAPE
from .of_base import OfBase, of_base
from .parametrized import ProbsOrLogits
from .transforms import SigmoidTransform
from .utils import broadcast_all, clamp_probs


class LogitRelaxedBernoulli(ProbsOrLogits):
    """The distribution of the logits of `RelaxedBernoulli`.

    Args:
        temperature: a positive Tensor.
        probs: the probability of 1.
        logits: the logarithm of its odds; one of the two is given.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if both or none is given, or `probs` is not in [0, 1].

    >>> import tinygrad_lite as tl
    >>> from tinygrad_lite.distributions.relaxed_bernoulli import LogitRelaxedBernoulli
    >>> LogitRelaxedBernoulli(tl.tensor(1.0), probs=0.5).log_prob(tl.tensor(0.0)).exp()
    tensor(0.2500)
    """

    arg_constraints: ClassVar[Any] = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.real
    _kept = ("_given", "temperature")

    def __init__(
        self,
        temperature: Tensor,
        probs: Tensor | Number | None = None,
        logits: Tensor | Number | None = None,
        validate_args: bool | None = None,
    ) -> None:
        self.temperature = temperature
        name, value = self._given_parameter(probs, logits)
        self._take(validate_args, **{name: value})

    def rsample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        shape = self._extended_shape(sample_shape)
        p = clamp_probs(self.probs.expand(shape))
        u = clamp_probs(rand(shape, dtype=p.dtype))
        return (u.log() - (-u).log1p() + p.log() - (-p).log1p()) / self.temperature

    def log_prob(self, value: Tensor) -> Tensor:
        value = self._checked(value)
        logits, value = broadcast_all(self.logits, value)
        difference = logits - value * self.temperature
        return self.temperature.log() + difference - 2 * difference.exp().log1p()


class RelaxedBernoulli(OfBase):
    """Bernoulli distribution, relaxed to numbers between 0 and 1, with gradients by its parameters.

    Source: Maddison, Mnih and Teh, 2017, https://arxiv.org/abs/1611.00712; Jang, Gu and Poole, 2017.

    Args:
        temperature: a positive Tensor; the lower it is, the nearer are samples to 0 and 1.
        probs: the probability of 1.
        logits: the logarithm of its odds; one of the two is given.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if both or none is given, or `probs` is not in [0, 1].

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.RelaxedBernoulli(tl.tensor(0.5), probs=tl.tensor([0.1, 0.9]))
    >>> bool(((d.rsample((100,)) - 0.5).abs() <= 0.5).all())
    True
    """

    arg_constraints: ClassVar[Any] = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    temperature = of_base("temperature", "The temperature.")
    probs = of_base("probs", "The probabilities.")
    logits = of_base("logits", "The logits.")

    def __init__(
        self,
        temperature: Tensor,
        probs: Tensor | Number | None = None,
        logits: Tensor | Number | None = None,
        validate_args: bool | None = None,
    ) -> None:
        super().__init__(
            LogitRelaxedBernoulli(temperature, probs, logits), SigmoidTransform(), validate_args=validate_args
        )
