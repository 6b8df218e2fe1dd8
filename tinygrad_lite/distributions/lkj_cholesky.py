"""The LKJ distribution of correlation matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from ..autograd.grad_modes import no_grad
from ..creation import arange, randn
from ..functions.diagonals import diag_embed
from ..functions.joining import cat
from ..functions.special import mvlgamma
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import Number
from ..types.sizes import Size
from . import constraints
from .beta import Beta
from .distribution import NO_SHAPE, Distribution
from .utils import broadcast_all


class LKJCholesky(Distribution):
    """LKJ distribution of the lower Cholesky factors of correlation matrices.

        p(L Lᵀ) ∝ det(L Lᵀ)^(concentration - 1)

    With a concentration of 1 every correlation matrix is as probable as any other.

    Args:
        dim: the size n of the matrices, at least 2.
        concentration: the larger, the nearer the matrices are to the identity; positive.
        validate_args: whether parameters and values are checked; by default they are.

    Raises:
        ValueError: if `dim` is below 2 or `concentration` not positive; by `log_prob`, for what is no such factor.

    Source: Lewandowski, Kurowicka & Joe, 2009, Generating random correlation matrices based on vines and extended onion
    method.

    >>> import tinygrad_lite as tl
    >>> factor = tl.distributions.LKJCholesky(3, 0.5).sample()
    >>> tl.allclose((factor @ factor.T).diagonal(), tl.ones(3), atol=1e-5)
    True
    """

    arg_constraints: ClassVar[Any] = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(self, dim: int, concentration: Tensor | Number = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        offset = arange(dim - 1, dtype=self.concentration.dtype)
        offset = cat([offset.new_zeros(1), offset])
        rest = (self.concentration + 0.5 * (dim - 2)).unsqueeze(-1) - 0.5 * offset
        self._beta = Beta(offset + 0.5, rest)
        super().__init__(self.concentration.size(), Size((dim, dim)), validate_args=validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        new = self._get_checked_instance(LKJCholesky, _instance)
        shape = Size(batch_shape)
        new.dim, new.concentration = self.dim, self.concentration.expand(shape)
        new._beta = self._beta.expand(shape + (self.dim,))
        Distribution.__init__(new, shape, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def sample(self, sample_shape: Sequence[int] = NO_SHAPE) -> Tensor:
        """Factors whose rows are points in balls: a radius from a beta distribution, and a direction."""
        with no_grad():
            square = self._beta.sample(sample_shape).unsqueeze(-1)
            normal = randn(self._extended_shape(sample_shape), dtype=square.dtype).tril(-1)
            direction = normal / normal.norm(dim=-1, keepdim=True)
            direction[..., 0, :] = 0.0  # the first row has nothing below the diagonal
            rows = square.sqrt() * direction
            rest = (1 - rows.square().sum(-1)).clamp(min=dtypes.finfo(rows.dtype).tiny)
            return rows + diag_embed(rest.sqrt())

    def log_prob(self, value: Tensor) -> Tensor:
        diagonal = self._checked(value).diagonal(dim1=-1, dim2=-2)[..., 1:]
        n, a = self.dim - 1, self.concentration + 0.5 * (self.dim - 1)
        order = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - arange(2, self.dim + 1)
        normalizer = 0.5 * n * math.log(math.pi) + mvlgamma(a - 0.5, n) - n * a.lgamma()
        return (order * diagonal.log()).sum(-1) - normalizer
