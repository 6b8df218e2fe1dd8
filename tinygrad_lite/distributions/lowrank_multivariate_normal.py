"""The multivariate normal distribution with a covariance of low rank."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ..creation import eye
from ..functions.diagonals import diag_embed
from ..functions.reshaping import broadcast_tensors
from ..tensors.tensor import Tensor
from ..types.sizes import Size
from . import constraints
from .distribution import NO_SHAPE, Distribution
from .matrices import cholesky, solve
from .utils import lazy_property, standard_normal


class LowRankMultivariateNormal(Distribution):
    """Multivariate normal distribution whose covariance is W Wᵀ + diag(D), with a factor W of few columns.

    Its inverse and its determinant are those of a matrix of m × m (Woodbury's formula).

    Args:
        loc: the mean, of shape (…, n).
        cov_factor: W, of shape (…, n, m).
        cov_diag: D, positive, of shape (…, n).
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if the shapes do not fit, or a parameter is not what is asked for.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.LowRankMultivariateNormal(tl.zeros(2), tl.ones(2, 1), tl.ones(2))
    >>> d.covariance_matrix, d.log_prob(tl.ones(2))
    (tensor([[2., 1.],
            [1., 2.]]), tensor(-2.7205))
    """

    arg_constraints: ClassVar[Any] = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc: Tensor, cov_factor: Tensor, cov_diag: Tensor, validate_args: bool | None = None) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event_shape = loc.shape[-1:]
        if cov_factor.dim() < 2:
            raise ValueError("cov_factor must be at least two-dimensional, with optional leading batch dimensions")
        if cov_factor.shape[-2:-1] != event_shape:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {event_shape[0]} x m")
        if cov_diag.shape[-1:] != event_shape:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {event_shape}")
        try:
            columns = broadcast_tensors(loc.unsqueeze(-1), cov_factor, cov_diag.unsqueeze(-1))
        except RuntimeError as error:
            raise ValueError(
                f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, cov_diag {cov_diag.shape}"
            ) from error
        self.loc, self.cov_factor, self.cov_diag = columns[0][..., 0], columns[1], columns[2][..., 0]
        self._factor, self._diag = cov_factor, cov_diag
        weighted = cov_factor.mT / cov_diag.unsqueeze(-2)
        self._small = cholesky(weighted @ cov_factor + eye(cov_factor.shape[-1], dtype=weighted.dtype))
        super().__init__(Size(self.loc.shape[:-1]), Size(event_shape), validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        new = self._get_checked_instance(LowRankMultivariateNormal, _instance)
        shape = Size(batch_shape)
        whole = shape + self.event_shape
        new.loc, new.cov_diag = self.loc.expand(whole), self.cov_diag.expand(whole)
        new.cov_factor = self.cov_factor.expand(whole + self.cov_factor.shape[-1:])
        new._factor, new._diag, new._small = self._factor, self._diag, self._small
        Distribution.__init__(new, shape, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def _expanded(self, matrix: Tensor) -> Tensor:
        return matrix.expand(self._batch_shape + self._event_shape + self._event_shape)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @lazy_property
    def variance(self) -> Tensor:
        """The diagonal of the covariance."""
        own = self._factor.square().sum(-1) + self._diag
        return own.expand(self._batch_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The lower triangular factor of the covariance."""
        root = self._diag.sqrt().unsqueeze(-1)
        scaled = self._factor / root
        return self._expanded(root * cholesky(scaled @ scaled.mT + eye(scaled.shape[-2], dtype=scaled.dtype)))

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """The covariance."""
        return self._expanded(self._factor @ self._factor.mT + diag_embed(self._diag))

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance."""
        half = solve(self._small, self._factor.mT / self._diag.unsqueeze(-2))
        return self._expanded(diag_embed(1 / self._diag) - half.mT @ half)

    def rsample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        shape = self._extended_shape(sample_shape)
        few = standard_normal(shape[:-1] + self.cov_factor.shape[-1:], self.loc.dtype)
        own = standard_normal(shape, self.loc.dtype)
        return self.loc + (self._factor @ few.unsqueeze(-1)).squeeze(-1) + self._diag.sqrt() * own

    def _log_det(self) -> Tensor:
        return 2 * self._small.diagonal(dim1=-2, dim2=-1).log().sum(-1) + self._diag.log().sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        x = self._checked(value) - self.loc
        weighted = (self._factor.mT / self._diag.unsqueeze(-2)) @ x.unsqueeze(-1)
        batch = weighted.shape[:-2]
        half = solve(self._small.expand(*batch, *self._small.shape[-2:]), weighted)
        distance = (x.square() / self._diag).sum(-1) - half.square().sum((-2, -1))
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + self._log_det() + distance)

    def entropy(self) -> Tensor:
        entropy = 0.5 * (self._event_shape[0] * (1 + math.log(2 * math.pi)) + self._log_det())
        return entropy.expand(self._batch_shape)
