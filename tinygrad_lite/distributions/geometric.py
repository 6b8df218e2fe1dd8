"""The geometric distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..autograd.grad_modes import no_grad
from ..creation import empty, zeros_like
from ..functions.selection import where
from ..nn.functional import binary_cross_entropy_with_logits
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import Number
from . import constraints
from .distribution import NO_SHAPE
from .parametrized import ProbsOrLogits
from .utils import broadcast_all


class Geometric(ProbsOrLogits):
    """Geometric distribution: the number of failures before the first success.

        p(k) = (1 - probs)ᵏ probs

    Args:
        probs: the probability of success, in (0, 1].
        logits: the logarithm of its odds; one of the two is given.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if both or none is given, or `probs` is not in (0, 1]; by `log_prob`, for what is not a whole
            number from 0.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.Geometric(0.25)
    >>> d.log_prob(tl.tensor([0.0, 1.0])).exp(), d.mean
    (tensor([0.2500, 0.1875]), tensor(3.))
    """

    arg_constraints: ClassVar[Any] = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(
        self,
        probs: Tensor | Number | None = None,
        logits: Tensor | Number | None = None,
        validate_args: bool | None = None,
    ) -> None:
        name, value = self._given_parameter(probs, logits)
        self._take(validate_args, **{name: value})
        if self._validate_args and probs is not None and not (self.probs > 0).all():
            invalid = self.probs.detach()[self.probs <= 0]
            raise ValueError(
                f"Expected parameter probs ({type(self.probs).__name__} of shape {tuple(self.probs.shape)}) of "
                f"distribution {self!r} to be positive but found invalid values:\n{invalid}"
            )

    @property
    def mean(self) -> Tensor:
        return 1 / self.probs - 1

    @property
    def mode(self) -> Tensor:
        return zeros_like(self.probs)

    @property
    def variance(self) -> Tensor:
        return (1 / self.probs - 1) / self.probs

    def sample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        dtype = self.probs.dtype
        with no_grad():
            u = empty(self._extended_shape(sample_shape), dtype=dtype).uniform_(dtypes.finfo(dtype).tiny, 1)
            return (u.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Tensor) -> Tensor:
        value, probs = broadcast_all(self._checked(value), self.probs)
        success = where((probs == 1) & (value == 0), 0, probs)
        return value * (-success).log1p() + self.probs.log()

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none") / self.probs
