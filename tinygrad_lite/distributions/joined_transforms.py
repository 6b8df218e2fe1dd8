"""Transforms that are put together of others along a dimension, and those of a distribution and of correlations."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..creation import eye
from ..functions.activation import softplus
from ..functions.joining import cat, stack
from ..functions.rearranging import pad
from ..tensors.tensor import Tensor
from ..types import dtypes
from . import constraints
from .distribution import Distribution
from .transform import Transform
from .utils import lazy_property, sum_rightmost, tril_matrix_to_vec, vec_to_tril_matrix


class _Joined(Transform):
    """Several transforms, each of a part of the Tensor along a dimension."""

    def __init__(self, tseq: Sequence[Transform], dim: int, cache_size: int) -> None:
        if not all(isinstance(t, Transform) for t in tseq):
            raise AssertionError("All elements of tseq must be Transform instances")
        super().__init__(cache_size=cache_size)
        self.transforms = [t.with_cache(cache_size) if cache_size else t for t in tseq]
        self.dim = dim

    def _check(self, x: Tensor, size: int, words: str) -> None:
        if not -x.dim() <= self.dim < x.dim():
            raise AssertionError(f"dim {self.dim} out of range for tensor with {x.dim()} dimensions")
        if x.size(self.dim) != size:
            raise AssertionError(f"x.size({self.dim}) = {x.size(self.dim)} must equal {words} {size}")

    @property
    def bijective(self) -> bool:
        return all(t.bijective for t in self.transforms)


class CatTransform(_Joined):
    """Transforms of parts of a Tensor along a dimension, whose results are joined by `cat`.

    Args:
        tseq: the transforms.
        dim: the dimension.
        lengths: the length of each part, by default 1.
        cache_size: 0 or 1.

    Raises:
        AssertionError: for what is no transform, and by a call, for another length.

    >>> import tinygrad_lite as tl
    >>> D = tl.distributions
    >>> t = D.transforms.CatTransform([D.ExpTransform(), D.AffineTransform(1.0, 2.0)], lengths=[1, 2])
    >>> t(tl.tensor([0.0, 1.0, 2.0]))
    tensor([1., 3., 5.])
    """

    def __init__(
        self, tseq: Sequence[Transform], dim: int = 0, lengths: Sequence[int] | None = None, cache_size: int = 0
    ) -> None:
        super().__init__(tseq, dim, cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.transforms):
            raise AssertionError(f"lengths ({len(self.lengths)}) must match transforms ({len(self.transforms)})")

    @lazy_property
    def event_dim(self) -> int:
        """The largest number of dimensions that a transform takes together."""
        return max(t.event_dim for t in self.transforms)

    @lazy_property
    def length(self) -> int:
        """The length of all parts."""
        return sum(self.lengths)

    def with_cache(self, cache_size: int = 1) -> Any:
        if self._cache_size == cache_size:
            return self
        return CatTransform(self.transforms, self.dim, self.lengths, cache_size)

    def _parts(self, x: Tensor) -> list[Tensor]:
        self._check(x, self.length, "length")
        return list(x.split(self.lengths, self.dim))

    def _call(self, x: Tensor) -> Tensor:
        return cat([t(part) for t, part in zip(self.transforms, self._parts(x), strict=True)], self.dim)

    def _inverse(self, y: Tensor) -> Tensor:
        return cat([t.inv(part) for t, part in zip(self.transforms, self._parts(y), strict=True)], self.dim)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        found = [
            sum_rightmost(t.log_abs_det_jacobian(a, b), self.event_dim - t.event_dim)
            for t, a, b in zip(self.transforms, self._parts(x), self._parts(y), strict=True)
        ]
        dim = (self.dim - x.dim() if self.dim >= 0 else self.dim) + self.event_dim
        return cat(found, dim) if dim < 0 else sum(found[1:], found[0])

    @constraints.dependent_property
    def domain(self) -> Any:
        return constraints.cat([t.domain for t in self.transforms], self.dim, self.lengths)

    @constraints.dependent_property
    def codomain(self) -> Any:
        return constraints.cat([t.codomain for t in self.transforms], self.dim, self.lengths)


class StackTransform(_Joined):
    """Transforms of the slices of a Tensor along a dimension, whose results are joined by `stack`.

    Args:
        tseq: the transforms.
        dim: the dimension.
        cache_size: 0 or 1.

    Raises:
        AssertionError: for what is no transform, and by a call, for another number of slices.

    >>> import tinygrad_lite as tl
    >>> D = tl.distributions
    >>> D.transforms.StackTransform([D.ExpTransform(), D.AffineTransform(1.0, 2.0)])(tl.tensor([0.0, 1.0]))
    tensor([1., 3.])
    """

    def __init__(self, tseq: Sequence[Transform], dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(tseq, dim, cache_size)

    def with_cache(self, cache_size: int = 1) -> Any:
        return self if self._cache_size == cache_size else StackTransform(self.transforms, self.dim, cache_size)

    def _each(self, function: Callable[..., Tensor], *given: Tensor) -> Tensor:
        for x in given:
            self._check(x, len(self.transforms), "len(transforms)")
        slices = zip(self.transforms, *(x.unbind(self.dim) for x in given), strict=True)
        return stack([function(*each) for each in slices], self.dim)

    def _call(self, x: Tensor) -> Tensor:
        return self._each(lambda t, part: t(part), x)

    def _inverse(self, y: Tensor) -> Tensor:
        return self._each(lambda t, part: t.inv(part), y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return self._each(lambda t, a, b: t.log_abs_det_jacobian(a, b), x, y)

    @constraints.dependent_property
    def domain(self) -> Any:
        return constraints.stack([t.domain for t in self.transforms], self.dim)

    @constraints.dependent_property
    def codomain(self) -> Any:
        return constraints.stack([t.codomain for t in self.transforms], self.dim)


class CorrCholeskyTransform(Transform):
    """Vectors of n (n - 1) / 2 real numbers to the lower Cholesky factors of correlation matrices of n variables.

    The numbers' tangents hyperbolic are the partial correlations; the squares of each row of the factor sum to 1.

    Args:
        cache_size: 0 or 1.

    Raises:
        ValueError: by `forward_shape`, for a number that is not n (n - 1) / 2.

    >>> import tinygrad_lite as tl
    >>> tl.distributions.CorrCholeskyTransform()(tl.tensor([0.6931471])).round(decimals=4)
    tensor([[1.0000, 0.0000],
            [0.6000, 0.8000]])
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x: Tensor) -> Tensor:
        eps = dtypes.finfo(x.dtype).eps
        r = vec_to_tril_matrix(x.tanh().clamp(min=-1 + eps, max=1 - eps), -1)
        rest = (1 - r.square()).sqrt().cumprod(-1)
        return (r + eye(r.shape[-1], dtype=r.dtype)) * pad(rest[..., :-1], [1, 0], value=1)

    def _inverse(self, y: Tensor) -> Tensor:
        rest = pad((1 - y.square().cumsum(-1))[..., :-1], [1, 0], value=1)
        r = tril_matrix_to_vec(y, -1) / tril_matrix_to_vec(rest, -1).sqrt()
        return (r.log1p() - (-r).log1p()) / 2

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        rest = tril_matrix_to_vec(1 - y.square().cumsum(-1), -2)
        return 0.5 * rest.log().sum(-1) - 2 * (x + softplus(-2 * x) - math.log(2)).sum(-1)

    def forward_shape(self, shape: Any) -> Any:
        if len(shape) < 1:
            raise ValueError("Too few dimensions on input")
        n = round((0.25 + 2 * shape[-1]) ** 0.5 + 0.5)
        if n * (n - 1) // 2 != shape[-1]:
            raise ValueError("Input is not a flattened lower-diagonal number")
        return (*shape[:-1], n, n)

    def inverse_shape(self, shape: Any) -> Any:
        if len(shape) < 2:
            raise ValueError("Too few dimensions on input")
        if shape[-2] != shape[-1]:
            raise ValueError("Input is not square")
        return (*shape[:-2], shape[-1] * (shape[-1] - 1) // 2)


class CumulativeDistributionTransform(Transform):
    """Numbers to the probabilities of numbers that are not larger, by the distribution function of a distribution.

    Args:
        distribution: the distribution, which has a `cdf`, and for the inverse an `icdf`.
        cache_size: 0 or 1.

    Raises:
        NotImplementedError: by a call, if the distribution has no such function.

    >>> import tinygrad_lite as tl
    >>> D = tl.distributions
    >>> D.CumulativeDistributionTransform(D.Uniform(0.0, 4.0))(tl.tensor([1.0, 3.0]))
    tensor([0.2500, 0.7500])
    """

    bijective = True
    codomain = constraints.unit_interval
    sign: Any = 1

    def __init__(self, distribution: Distribution, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self.distribution = distribution

    @property
    def domain(self) -> Any:
        return self.distribution.support

    def with_cache(self, cache_size: int = 1) -> Any:
        return (
            self if self._cache_size == cache_size else CumulativeDistributionTransform(self.distribution, cache_size)
        )

    def _call(self, x: Tensor) -> Tensor:
        return self.distribution.cdf(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return self.distribution.log_prob(x)
