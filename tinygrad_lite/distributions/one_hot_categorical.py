"""The categorical distribution with one-hot vectors for its values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..creation import eye
from ..nn.functional import one_hot
from ..tensors.tensor import Tensor
from ..types.sizes import Size
from . import constraints
from .categorical import Categorical
from .distribution import NO_SHAPE, Distribution


class OverCategories(Distribution):
    """A distribution of vectors that is made of a categorical distribution, and has its parameters."""

    arg_constraints: ClassVar[Any] = {"probs": constraints.simplex, "logits": constraints.real_vector}
    _kept: ClassVar[tuple[str, ...]] = ()
    _categorical: Categorical

    def _take(self, categorical: Categorical, validate_args: bool | None) -> None:
        self._categorical = categorical
        Distribution.__init__(self, categorical.batch_shape, categorical.param_shape[-1:], validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """The distribution with its batch expanded to another shape; the parameters are not copied."""
        package = __name__.rpartition(".")[0]
        ours = next(kind for kind in type(self).__mro__ if kind.__module__.startswith(package))
        new = self._get_checked_instance(ours, _instance)
        new._categorical = self._categorical.expand(batch_shape)
        for name in self._kept:
            setattr(new, name, getattr(self, name))
        Distribution.__init__(new, Size(batch_shape), self._event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    @property
    def _param(self) -> Tensor:
        return self._categorical._param

    @property
    def probs(self) -> Tensor:
        """The probabilities."""
        probs: Tensor = self._categorical.probs
        return probs

    @property
    def logits(self) -> Tensor:
        """Their logarithms."""
        logits: Tensor = self._categorical.logits
        return logits

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter that was given."""
        return self._categorical.param_shape


class OneHotCategorical(OverCategories):
    """Categorical distribution whose values are one-hot vectors.

        p(e_k) = probs[k] / Σ probs = softmax(logits)[k]

    Args:
        probs: weights of shape (…, K), at least 0; they need not sum to 1.
        logits: logarithms of weights, of shape (…, K); one of the two is given.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if both or none is given, or a weight is negative or not finite; by `log_prob`, for what is not a
            one-hot vector.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.OneHotCategorical(tl.tensor([1.0, 3.0]))
    >>> d.mean, d.mode, d.log_prob(tl.tensor([1.0, 0.0])).exp()
    (tensor([0.2500, 0.7500]), tensor([0., 1.]), tensor(0.2500))
    """

    support = constraints.one_hot
    has_enumerate_support = True

    def __init__(
        self, probs: Tensor | None = None, logits: Tensor | None = None, validate_args: bool | None = None
    ) -> None:
        self._take(Categorical(probs, logits), validate_args)

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        return one_hot(self.probs.argmax(dim=-1), self.event_shape[0]).to(self.probs.dtype)

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        return one_hot(self._categorical.sample(sample_shape), self.event_shape[0]).to(self.probs.dtype)

    def log_prob(self, value: Tensor) -> Tensor:
        return self._categorical.log_prob(self._checked(value).argmax(-1))

    def entropy(self) -> Tensor:
        return self._categorical.entropy()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        n = self.event_shape[0]
        values = eye(n, dtype=self._param.dtype).view((n,) + (1,) * len(self.batch_shape) + (n,))
        return values.expand((n, *self.batch_shape, n)) if expand else values


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """One-hot categorical distribution with gradients: those of the probabilities stand for those of the samples.

        rsample = sample + probs - probs.detach()

    Source: the straight-through estimator of Bengio, Léonard and Courville, 2013, https://arxiv.org/abs/1308.3432.

    Args:
        probs: weights of shape (…, K), at least 0; they need not sum to 1.
        logits: logarithms of weights, of shape (…, K); one of the two is given.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if both or none is given, or a weight is negative or not finite.

    >>> import tinygrad_lite as tl
    >>> probs = tl.tensor([0.0, 1.0], requires_grad=True)
    >>> tl.distributions.OneHotCategoricalStraightThrough(probs).rsample()
    tensor([0., 1.], grad_fn=<AddBackward0>)
    """

    has_rsample = True

    def rsample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        return self.sample(sample_shape) + (self.probs - self.probs.detach())
