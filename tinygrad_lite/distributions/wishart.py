"""The Wishart distribution of positive definite matrices."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from ..creation import arange, as_tensor, broadcast_shapes, randn, tril_indices
from ..functions.diagonals import diag_embed
from ..functions.factorizations import cholesky_solve
from ..functions.selection import where
from ..functions.special import digamma, mvlgamma
from ..functions.systems import slogdet
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import Number
from ..types.sizes import Size
from . import constraints
from .chi2 import Chi2
from .distribution import NO_SHAPE, Distribution
from .matrices import cholesky, factor_of_inverse, inverse_from_factor
from .utils import lazy_property

_FACTORS: dict[str, Any] = {
    "covariance_matrix": cholesky,
    "precision_matrix": factor_of_inverse,
    "scale_tril": lambda matrix: matrix,
}
"""The factor L with L Lᵀ = V of each of the matrices that may be given."""


class Wishart(Distribution):
    """Wishart distribution: for a whole df, of the sum of df products x xᵀ of normal vectors with covariance V.

        p(X) ∝ det(X)^((df - n - 1) / 2) e^(-tr(V⁻¹ X) / 2)

    Samples are drawn by Bartlett's decomposition. A sample that is singular is drawn again, ten times at most.

    Args:
        df: the degrees of freedom, above n - 1.
        covariance_matrix: V, positive definite, of shape (…, n, n).
        precision_matrix: V⁻¹, positive definite.
        scale_tril: L, lower triangular with a positive diagonal, where L Lᵀ = V; one of the three matrices is given.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        AssertionError: if not one matrix is given.
        ValueError: if it has too few dimensions, or a parameter is not what is asked for.

    Warns (UserWarning) if df is below n, where samples are nearly singular.
    Source: Bartlett, 1933, On the theory of statistical regression.

    >>> import tinygrad_lite as tl
    >>> d = tl.distributions.Wishart(3.0, tl.tensor([[2.0, 1.0], [1.0, 2.0]]))
    >>> d.mean, d.log_prob(tl.eye(2))
    (tensor([[6., 3.],
            [3., 6.]]), tensor(-4.8456))
    """

    support = constraints.positive_definite
    has_rsample = True

    @property
    def arg_constraints(self) -> Any:
        """The constraint that each parameter satisfies, by the name of the parameter."""
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self.event_shape[-1] - 1),
        }

    def __init__(
        self,
        df: Tensor | Number,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        matrices = zip(_FACTORS, (covariance_matrix, precision_matrix, scale_tril), strict=True)
        given = [(name, matrix) for name, matrix in matrices if matrix is not None]
        if len(given) != 1:
            raise AssertionError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = given
        if matrix.dim() < 2:
            raise ValueError("scale_tril must be at least two-dimensional, with optional leading batch dimensions")
        if isinstance(df, Tensor):
            batch_shape = Size(broadcast_shapes(matrix.shape[:-2], df.shape))
            self.df = df.expand(batch_shape)
        else:
            batch_shape = Size(matrix.shape[:-2])
            self.df = as_tensor(df, dtype=matrix.dtype)
        n = matrix.shape[-1]
        if (self.df <= n - 1).any():
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {n - 1}.")
        if (self.df < n).any():
            warnings.warn(
                "Low df values detected. Singular samples are highly likely to occur for ndim - 1 < df < ndim.",
                UserWarning,
                stacklevel=2,
            )
        setattr(self, name, matrix.expand((*batch_shape, -1, -1)))
        super().__init__(batch_shape, Size(matrix.shape[-2:]), validate_args=validate_args)
        self._unbroadcasted_scale_tril = _FACTORS[name](matrix)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        new = self._get_checked_instance(Wishart, _instance)
        shape = Size(batch_shape)
        new.df = self.df.expand(shape)
        new._unbroadcasted_scale_tril = self._unbroadcasted_scale_tril.expand(shape + self.event_shape)
        for name in _FACTORS:
            if name in self.__dict__:
                setattr(new, name, self.__dict__[name].expand(shape + self.event_shape))
        super(Wishart, new).__init__(shape, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def _expanded(self, matrix: Tensor) -> Tensor:
        return matrix.expand(self._batch_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The factor L."""
        return self._expanded(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """V = L Lᵀ."""
        return self._expanded(self._unbroadcasted_scale_tril @ self._unbroadcasted_scale_tril.mT)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """V⁻¹."""
        return self._expanded(inverse_from_factor(self._unbroadcasted_scale_tril))

    def _times_covariance(self, factor: Tensor) -> Tensor:
        return factor.reshape((*self._batch_shape, 1, 1)) * self.covariance_matrix

    @property
    def mean(self) -> Tensor:
        return self._times_covariance(self.df)

    @property
    def mode(self) -> Tensor:
        factor = self.df - self._event_shape[-1] - 1
        return self._times_covariance(where(factor <= 0, math.nan, factor))

    @property
    def variance(self) -> Tensor:
        covariance = self.covariance_matrix
        diagonal = covariance.diagonal(dim1=-2, dim2=-1)
        whole = covariance.square() + diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2)
        return self.df.reshape((*self._batch_shape, 1, 1)) * whole

    def rsample(self, sample_shape: Sequence[int] = NO_SHAPE, max_try_correction: int | None = None) -> Tensor:
        """Matrices that are functions of the parameters, with gradients.

        Args:
            sample_shape: the shape of the samples.
            max_try_correction: how often singular samples are drawn again; 10 by default.
        """
        sample = self._drawn(Size(sample_shape))
        # PyTorch takes the regular ones of its first samples for singular, and draws them again. So the same is done
        # here, without its warning: the numbers are those of the same seed.
        again = self._are_regular(sample)
        for _ in range(10 if max_try_correction is None else max_try_correction):
            if not again.any():
                break
            drawn = self._drawn(Size(again[again].shape))
            sample[again] = drawn
            again[again.clone()] = ~self._are_regular(drawn)
        return sample

    def _are_regular(self, sample: Tensor) -> Tensor:
        """For each sample, whether a matrix of its batch is positive definite."""
        found: Tensor = self.support.check(sample.detach())
        for _ in self._batch_shape:
            found = found.any(-1)
        return found

    def _drawn(self, sample_shape: Size) -> Tensor:
        n, factor = self._event_shape[-1], self._unbroadcasted_scale_tril
        df = self.df.unsqueeze(-1) - arange(n, dtype=factor.dtype).expand((*self._batch_shape, -1))
        diagonal = Chi2(df).rsample(sample_shape).sqrt()
        noise = diag_embed(diagonal.clamp(min=dtypes.finfo(diagonal.dtype).eps))
        rows, columns = tril_indices(n, n, -1)
        noise[..., rows, columns] = randn(sample_shape + self._batch_shape + (n * (n - 1) // 2,), dtype=noise.dtype)
        root = factor @ noise
        return root @ root.mT

    def _log_det(self) -> Tensor:
        """The logarithm of det V."""
        return 2 * self._unbroadcasted_scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def _trace(self, matrix: Tensor) -> Tensor:
        """The trace of V⁻¹ times symmetric matrices."""
        solution = cholesky_solve(matrix, self._unbroadcasted_scale_tril)
        return solution.diagonal(dim1=-2, dim2=-1).sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        value, n = self._checked(value), self._event_shape[-1]
        normalizer = self.df * (n * math.log(2) + self._log_det()) / 2 + mvlgamma(self.df / 2, n)
        density: Tensor = (self.df - n - 1) / 2 * slogdet(value)[1] - self._trace(value) / 2 - normalizer
        return density

    def entropy(self) -> Tensor:
        n, half = self._event_shape[-1], self.df / 2
        entropy: Tensor = (n + 1) * (n * math.log(2) + self._log_det()) / 2 + mvlgamma(half, n) + self.df * n / 2
        return entropy - (self.df - n - 1) / 2 * mvdigamma(half, n)


def mvdigamma(x: Tensor, n: int) -> Tensor:
    """The derivative of `mvlgamma`."""
    return digamma(x.unsqueeze(-1) - 0.5 * arange(n, dtype=x.dtype)).sum(-1)
