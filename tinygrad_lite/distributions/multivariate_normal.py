"""The multivariate normal distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ..creation import broadcast_shapes
from ..tensors.tensor import Tensor
from ..types.sizes import Size
from . import constraints
from .distribution import NO_SHAPE, Distribution
from .matrices import cholesky, factor_of_inverse, inverse_from_factor, solve
from .utils import lazy_property, standard_normal

_MATRICES = ("covariance_matrix", "precision_matrix", "scale_tril")


class MultivariateNormal(Distribution):
    """Multivariate normal distribution, of vectors of n numbers.

        p(x) = e^(-(x - loc)ᵀ Σ⁻¹ (x - loc) / 2) / √((2π)ⁿ det Σ)

    Args:
        loc: the mean, of shape (…, n).
        covariance_matrix: Σ, positive definite, of shape (…, n, n).
        precision_matrix: Σ⁻¹, positive definite.
        scale_tril: L, lower triangular with a positive diagonal, where L Lᵀ = Σ; one of the three matrices is given,
            and this one takes the least work.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if not one matrix is given, or a parameter has too few dimensions or is not what is asked for.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.MultivariateNormal(tl.zeros(2), tl.tensor([[2.0, 1.0], [1.0, 2.0]]))
    >>> d.variance, d.log_prob(tl.tensor([1.0, 1.0]))
    (tensor([2.0000, 2.0000]), tensor(-2.7205))
    """

    arg_constraints: ClassVar[Any] = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        loc: Tensor,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        matrices = zip(_MATRICES, (covariance_matrix, precision_matrix, scale_tril), strict=True)
        given = [(name, matrix) for name, matrix in matrices if matrix is not None]
        if len(given) != 1:
            raise ValueError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = given
        if matrix.dim() < 2:
            end = " matrix" if name == "scale_tril" else ""
            raise ValueError(f"{name}{end} must be at least two-dimensional, with optional leading batch dimensions")
        batch_shape = Size(broadcast_shapes(matrix.shape[:-2], loc.shape[:-1]))
        setattr(self, name, matrix.expand((*batch_shape, -1, -1)))
        self.loc = loc.expand((*batch_shape, -1))
        super().__init__(batch_shape, self.loc.shape[-1:], validate_args=validate_args)
        factors = {"covariance_matrix": cholesky, "precision_matrix": factor_of_inverse}
        self._unbroadcasted_scale_tril = factors[name](matrix) if name in factors else matrix

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        new = self._get_checked_instance(MultivariateNormal, _instance)
        shape = Size(batch_shape)
        new.loc = self.loc.expand(shape + self.event_shape)
        new._unbroadcasted_scale_tril = self._unbroadcasted_scale_tril
        for name in _MATRICES:
            if name in self.__dict__:
                setattr(new, name, self.__dict__[name].expand(shape + self.event_shape + self.event_shape))
        super(MultivariateNormal, new).__init__(shape, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def _expanded(self, matrix: Tensor) -> Tensor:
        return matrix.expand(self._batch_shape + self._event_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The factor L."""
        return self._expanded(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """L Lᵀ."""
        return self._expanded(self._unbroadcasted_scale_tril @ self._unbroadcasted_scale_tril.mT)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance matrix."""
        return self._expanded(inverse_from_factor(self._unbroadcasted_scale_tril))

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return self._unbroadcasted_scale_tril.square().sum(-1).expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        noise = standard_normal(self._extended_shape(sample_shape), self.loc.dtype)
        return self.loc + (self._unbroadcasted_scale_tril @ noise.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        squares = self._squared_distance(self._checked(value) - self.loc)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + squares) - self._half_log_det()

    def _squared_distance(self, x: Tensor) -> Tensor:
        """xᵀ Σ⁻¹ x, the squares of Mahalanobis distances."""
        factor = self._unbroadcasted_scale_tril
        if factor.dim() > 2:
            return solve(factor, x.unsqueeze(-1)).square().sum((-2, -1))
        columns = x.reshape(-1, x.shape[-1]).mT
        return solve(factor, columns).square().sum(0).reshape(x.shape[:-1])

    def _half_log_det(self) -> Tensor:
        return self._unbroadcasted_scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def entropy(self) -> Tensor:
        entropy = 0.5 * self._event_shape[0] * (1 + math.log(2 * math.pi)) + self._half_log_det()
        return entropy.expand(self._batch_shape)
