"""The Dirichlet distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..functions.exponential import xlogy
from ..functions.selection import where
from ..nn.functional import one_hot
from ..tensors.tensor import Tensor
from . import constraints
from .distribution import Distribution
from .parametrized import Parametrized
from .sampling import standard_dirichlet


class Dirichlet(Parametrized):
    """Dirichlet distribution: probabilities that sum to 1.

        p(x) = Γ(Σ a) / Π Γ(aₖ) Π xₖ^(aₖ - 1),  a = concentration

    Samples have gradients (implicit reparameterization; Figurnov, Mohamed and Mnih, 2018).

    Args:
        concentration: a positive Tensor of shape (…, K).
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `concentration` is not positive or has no dimension; by `log_prob`, for what does not sum to 1.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.Dirichlet(tl.tensor([2.0, 6.0]))
    >>> d.mean, d.rsample().sum().round(decimals=4)
    (tensor([0.2500, 0.7500]), tensor(1.))
    """

    arg_constraints: ClassVar[Any] = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    has_rsample = True
    concentration: Tensor

    def __init__(self, concentration: Tensor, validate_args: bool | None = None) -> None:
        if concentration.dim() < 1:
            raise ValueError("`concentration` parameter must be at least one-dimensional.")
        self.concentration = concentration
        shape = concentration.shape
        Distribution.__init__(self, shape[:-1], shape[-1:], validate_args=validate_args)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return standard_dirichlet(self.concentration.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        a = self.concentration
        powers: Tensor = xlogy(a - 1, self._checked(value)).sum(-1)
        return powers + a.sum(-1).lgamma() - a.lgamma().sum(-1)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.concentration.sum(-1, True)

    @property
    def mode(self) -> Tensor:
        above = (self.concentration - 1).clamp(min=0)
        mode = above / above.sum(-1, True)
        corner = one_hot(mode.argmax(-1), above.shape[-1]).to(mode.dtype)
        return where((self.concentration < 1).all(-1, True), corner, mode)

    @property
    def variance(self) -> Tensor:
        total = self.concentration.sum(-1, True)
        return self.concentration * (total - self.concentration) / (total.square() * (total + 1))

    def entropy(self) -> Tensor:
        a, total = self.concentration, self.concentration.sum(-1)
        rest = (a.size(-1) - total) * total.digamma() + ((a - 1) * a.digamma()).sum(-1)
        return a.lgamma().sum(-1) - total.lgamma() - rest
