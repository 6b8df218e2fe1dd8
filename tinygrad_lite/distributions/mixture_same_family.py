"""Mixtures of distributions of one family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..autograd.grad_modes import no_grad
from ..tensors.tensor import Tensor
from ..types.sizes import Size
from . import constraints
from .categorical import Categorical
from .distribution import NO_SHAPE, Distribution


class MixtureSameFamily(Distribution):
    """Mixture of distributions of one family: those along the last dimension of a batch, each with a probability.

        p(x) = Σ p(k) pₖ(x)

    Args:
        mixture_distribution: the categorical distribution of k.
        component_distribution: the distributions pₖ, whose batch ends in a dimension for k.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if the first is not categorical, the second no distribution, or their shapes do not fit.

    >>> import tinygrad_lite as tl
    >>> D = tl.distributions
    >>> d = D.MixtureSameFamily(D.Categorical(tl.ones(2)), D.Normal(tl.tensor([-1.0, 1.0]), 1.0))
    >>> d.mean, d.variance, d.cdf(tl.tensor(0.0))
    (tensor(0.), tensor(2.), tensor(0.5000))
    """

    arg_constraints: ClassVar[Any] = {}
    has_rsample = False

    def __init__(
        self,
        mixture_distribution: Categorical,
        component_distribution: Distribution,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(" The Mixture distribution needs to be an  instance of torch.distributions.Categorical")
        if not isinstance(component_distribution, Distribution):
            raise ValueError("The Component distribution needs to be an instance of torch.distributions.Distribution")
        own, batch = mixture_distribution.batch_shape, component_distribution.batch_shape[:-1]
        if any(m != n and 1 not in (m, n) for m, n in zip(reversed(own), reversed(batch), strict=False)):
            raise ValueError(
                f"`mixture_distribution.batch_shape` ({own}) is not compatible with "
                f"`component_distribution.batch_shape`({batch})"
            )
        count, components = mixture_distribution.logits.shape[-1], component_distribution.batch_shape[-1]
        if count != components:
            raise ValueError(
                f"`mixture_distribution component` ({count}) does not equal "
                f"`component_distribution.batch_shape[-1]` ({components})"
            )
        self._mixture_distribution = mixture_distribution
        self._component_distribution = component_distribution
        super().__init__(batch, component_distribution.event_shape, validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        new = self._get_checked_instance(MixtureSameFamily, _instance)
        shape = Size(batch_shape)
        count = self._component_distribution.batch_shape[-1:]
        new._component_distribution = self._component_distribution.expand(shape + count)
        new._mixture_distribution = self._mixture_distribution.expand(shape)
        super(MixtureSameFamily, new).__init__(shape, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    @constraints.dependent_property
    def support(self) -> Any:
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self) -> Categorical:
        """The distribution of the components' numbers."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Distribution:
        """The components."""
        return self._component_distribution

    def _of_components(self, weighted: Tensor) -> Tensor:
        """The sum over the components, weighted by their probabilities."""
        probs = self._mixture_distribution.probs
        probs = probs.reshape(probs.shape + (1,) * len(self._event_shape))
        return (probs * weighted).sum(-1 - len(self._event_shape))

    @property
    def mean(self) -> Tensor:
        return self._of_components(self._component_distribution.mean)

    @property
    def variance(self) -> Tensor:
        inner = self._of_components(self._component_distribution.variance)
        distance = self._component_distribution.mean - self._padded(self.mean)
        return inner + self._of_components(distance.square())

    def cdf(self, value: Tensor) -> Tensor:
        return (self._component_distribution.cdf(self._padded(value)) * self._mixture_distribution.probs).sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        of_components = self._component_distribution.log_prob(self._padded(self._checked(value)))
        return (of_components + self._mixture_distribution.logits.log_softmax(-1)).logsumexp(-1)

    def sample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        event = self._event_shape
        mixture = self._mixture_distribution
        if mixture.batch_shape != self._batch_shape:
            mixture = mixture.expand(self._batch_shape)
        with no_grad():
            chosen = mixture.sample(sample_shape)
            values = self._component_distribution.sample(sample_shape)
            dim = len(sample_shape) + len(self._batch_shape)
            index = chosen.reshape(chosen.shape + (1,) * (len(event) + 1)).expand(values.shape[:dim] + (1,) + event)
            return values.gather(dim, index).squeeze(dim)

    def _padded(self, x: Tensor) -> Tensor:
        return x.unsqueeze(-1 - len(self._event_shape))

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self._mixture_distribution},\n  {self._component_distribution})"
