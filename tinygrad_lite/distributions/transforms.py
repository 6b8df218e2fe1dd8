"""Transforms: functions of Tensors that know their inverse and how they stretch space."""

from __future__ import annotations

import math
from typing import Any

from ..creation import broadcast_shapes, full_like, ones
from ..functions.activation import softplus
from ..functions.rearranging import pad
from ..nn.functional import logsigmoid
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import Number
from ..types.sizes import Size
from . import constraints
from .joined_transforms import CatTransform, CorrCholeskyTransform, CumulativeDistributionTransform, StackTransform
from .matrices import cholesky
from .transform import ComposeTransform, IndependentTransform, Transform, identity_transform
from .utils import broadcast_all, is_number

__all__ = [
    "AbsTransform", "AffineTransform", "CatTransform", "ComposeTransform", "CorrCholeskyTransform",
    "CumulativeDistributionTransform", "ExpTransform", "IndependentTransform", "LowerCholeskyTransform",
    "PositiveDefiniteTransform", "PowerTransform", "ReshapeTransform", "SigmoidTransform", "SoftmaxTransform",
    "SoftplusTransform", "StackTransform", "StickBreakingTransform", "TanhTransform", "Transform", "identity_transform",
]  # fmt: skip


class ExpTransform(Transform):
    """y = eˣ.

    Args:
        cache_size: 0 or 1.

    Raises:
        ValueError: for another `cache_size`.

    >>> import tinygrad_lite as tl
    >>> tl.distributions.ExpTransform()(tl.tensor(1.0))
    tensor(2.7183)
    """

    domain = constraints.real
    codomain = constraints.positive
    bijective = True
    sign: Any = 1

    def _call(self, x: Tensor) -> Tensor:
        return x.exp()

    def _inverse(self, y: Tensor) -> Tensor:
        return y.log()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return x


class PowerTransform(Transform):
    """y = x^exponent, of positive numbers.

    Args:
        exponent: a number or a Tensor, not 0.
        cache_size: 0 or 1.

    Raises:
        ValueError: for another `cache_size`.

    >>> import tinygrad_lite as tl
    >>> t = tl.distributions.PowerTransform(2.0)
    >>> t(tl.tensor(3.0)), t.inv(tl.tensor(9.0))
    (tensor(9.), tensor(3.))
    """

    domain = constraints.positive
    codomain = constraints.positive
    bijective = True

    def __init__(self, exponent: Tensor | Number, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        (self.exponent,) = broadcast_all(exponent)

    def with_cache(self, cache_size: int = 1) -> Any:
        return self if self._cache_size == cache_size else PowerTransform(self.exponent, cache_size=cache_size)

    @property
    def sign(self) -> Any:
        return self.exponent.sign()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PowerTransform) and _same(self.exponent, other.exponent)

    __hash__ = object.__hash__

    def _call(self, x: Tensor) -> Tensor:
        return x.pow(self.exponent)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.pow(1 / self.exponent)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return (self.exponent * y / x).abs().log()

    def forward_shape(self, shape: Any) -> Any:
        return broadcast_shapes(shape, self.exponent.shape)

    inverse_shape = forward_shape


class SigmoidTransform(Transform):
    """y = 1 / (1 + e⁻ˣ), kept inside (0, 1).

    Args:
        cache_size: 0 or 1.

    Raises:
        ValueError: for another `cache_size`.

    >>> import tinygrad_lite as tl
    >>> tl.distributions.SigmoidTransform().inv(tl.tensor([0.5, 0.0]))
    tensor([  0.0000, -87.3365])
    """

    domain = constraints.real
    codomain = constraints.unit_interval
    bijective = True
    sign: Any = 1

    def _call(self, x: Tensor) -> Tensor:
        return _inside_unit(x.sigmoid())

    def _inverse(self, y: Tensor) -> Tensor:
        y = _inside_unit(y)
        return y.log() - (-y).log1p()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return -softplus(-x) - softplus(x)


def _inside_unit(x: Tensor) -> Tensor:
    limits = dtypes.finfo(x.dtype)
    return x.clamp(min=limits.tiny, max=1 - limits.eps)


class SoftplusTransform(Transform):
    """y = log(1 + eˣ).

    Args:
        cache_size: 0 or 1.

    Raises:
        ValueError: for another `cache_size`.

    >>> import tinygrad_lite as tl
    >>> t = tl.distributions.SoftplusTransform()
    >>> t.inv(t(tl.tensor([-2.0, 3.0]))).round(decimals=4)
    tensor([-2.,  3.])
    """

    domain = constraints.real
    codomain = constraints.positive
    bijective = True
    sign: Any = 1

    def _call(self, x: Tensor) -> Tensor:
        return softplus(x)

    def _inverse(self, y: Tensor) -> Tensor:
        return (-(-y).expm1()).log() + y

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return -softplus(-x)


class TanhTransform(Transform):
    """y = tanh x, whose inverse is exact only with a cache where |y| is near 1.

    Args:
        cache_size: 0 or 1.

    Raises:
        ValueError: for another `cache_size`.

    >>> import tinygrad_lite as tl
    >>> t, x = tl.distributions.TanhTransform(cache_size=1), tl.tensor([0.5, 20.0])
    >>> t(x), t.log_abs_det_jacobian(x, t(x))
    (tensor([0.4621, 1.0000]), tensor([ -0.2402, -38.6137]))
    """

    domain = constraints.real
    codomain = constraints.interval(-1.0, 1.0)
    bijective = True
    sign: Any = 1

    def _call(self, x: Tensor) -> Tensor:
        return x.tanh()

    def _inverse(self, y: Tensor) -> Tensor:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return 2 * (math.log(2) - x - softplus(-2 * x))


class AbsTransform(Transform):
    """y = |x|, which has no inverse; `inv` gives y itself.

    Args:
        cache_size: 0 or 1.

    Raises:
        ValueError: for another `cache_size`.

    >>> import tinygrad_lite as tl
    >>> tl.distributions.AbsTransform()(tl.tensor([-1.0, 2.0]))
    tensor([1., 2.])
    """

    domain = constraints.real
    codomain = constraints.positive

    def _call(self, x: Tensor) -> Tensor:
        return x.abs()

    def _inverse(self, y: Tensor) -> Tensor:
        return y


class AffineTransform(Transform):
    """y = loc + scale x.

    Args:
        loc: a number or a Tensor.
        scale: a number or a Tensor, not 0.
        event_dim: over how many of the last dimensions determinants are summed.
        cache_size: 0 or 1.

    Raises:
        ValueError: for another `cache_size`.

    >>> import tinygrad_lite as tl
    >>> t = tl.distributions.AffineTransform(1.0, 2.0)
    >>> t(tl.tensor(3.0)), t.inv(tl.tensor(7.0))
    (tensor(7.), tensor(3.))
    """

    bijective = True

    def __init__(self, loc: Tensor | Number, scale: Tensor | Number, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self.loc = loc
        self.scale = scale
        self._event_dim = event_dim

    @property
    def event_dim(self) -> int:
        return self._event_dim

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:
        return constraints.independent(constraints.real, self.event_dim) if self.event_dim else constraints.real

    @constraints.dependent_property(is_discrete=False)
    def codomain(self) -> Any:
        return self.domain

    def with_cache(self, cache_size: int = 1) -> Any:
        if self._cache_size == cache_size:
            return self
        return AffineTransform(self.loc, self.scale, self.event_dim, cache_size=cache_size)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AffineTransform) and _same(self.loc, other.loc) and _same(self.scale, other.scale)

    __hash__ = object.__hash__

    @property
    def sign(self) -> Any:
        scale: Any = self.scale
        return int(scale > 0) - int(scale < 0) if is_number(scale) else scale.sign()

    def _call(self, x: Tensor) -> Tensor:
        return self.loc + self.scale * x

    def _inverse(self, y: Tensor) -> Tensor:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        if isinstance(self.scale, Tensor):
            stretch = self.scale.abs().log()
        else:
            stretch = full_like(x, math.log(abs(float(self.scale))))
        shape = x.shape
        if self.event_dim:
            stretch = stretch.reshape((*stretch.shape[: -self.event_dim], -1)).sum(-1)
            shape = shape[: -self.event_dim]
        return stretch.expand(shape)

    def forward_shape(self, shape: Any) -> Any:
        return broadcast_shapes(shape, getattr(self.loc, "shape", ()), getattr(self.scale, "shape", ()))

    inverse_shape = forward_shape


def _same(x: Any, y: Any) -> bool:
    same = x == y
    return bool(same.all()) if isinstance(same, Tensor) else bool(same)


class ReshapeTransform(Transform):
    """The last dimensions in another shape.

    Args:
        in_shape: the shape of an argument.
        out_shape: the shape of a result, of as many elements.
        cache_size: 0 or 1.

    Raises:
        ValueError: if the shapes have different numbers of elements.

    >>> import tinygrad_lite as tl
    >>> tl.distributions.ReshapeTransform((2, 3), (6,))(tl.zeros(4, 2, 3)).shape
    Size([4, 6])
    """

    bijective = True

    def __init__(self, in_shape: Any, out_shape: Any, cache_size: int = 0) -> None:
        self.in_shape = Size(in_shape)
        self.out_shape = Size(out_shape)
        if self.in_shape.numel() != self.out_shape.numel():
            raise ValueError("in_shape, out_shape have different numbers of elements")
        super().__init__(cache_size=cache_size)

    @constraints.dependent_property
    def domain(self) -> Any:
        return constraints.independent(constraints.real, len(self.in_shape))

    @constraints.dependent_property
    def codomain(self) -> Any:
        return constraints.independent(constraints.real, len(self.out_shape))

    def with_cache(self, cache_size: int = 1) -> Any:
        if self._cache_size == cache_size:
            return self
        return ReshapeTransform(self.in_shape, self.out_shape, cache_size=cache_size)

    def _call(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[: x.dim() - len(self.in_shape)] + self.out_shape)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.reshape(y.shape[: y.dim() - len(self.out_shape)] + self.in_shape)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        return x.new_zeros(x.shape[: x.dim() - len(self.in_shape)])

    def forward_shape(self, shape: Any) -> Any:
        return self._reshaped(shape, self.in_shape, self.out_shape)

    def inverse_shape(self, shape: Any) -> Any:
        return self._reshaped(shape, self.out_shape, self.in_shape)

    @staticmethod
    def _reshaped(shape: Any, old: Size, new: Size) -> Any:
        cut = len(shape) - len(old)
        if cut < 0:
            raise ValueError("Too few dimensions on input")
        if tuple(shape[cut:]) != old:
            raise ValueError(f"Shape mismatch: expected {shape[cut:]} but got {old}")
        return shape[:cut] + new


class OfVectors(Transform):
    """A transform of vectors, along the last dimension."""

    domain = constraints.real_vector
    _longer = 0

    def forward_shape(self, shape: Any) -> Any:
        if len(shape) < 1:
            raise ValueError("Too few dimensions on input")
        return (*shape[:-1], shape[-1] + self._longer) if self._longer else shape

    def inverse_shape(self, shape: Any) -> Any:
        if len(shape) < 1:
            raise ValueError("Too few dimensions on input")
        return (*shape[:-1], shape[-1] - self._longer) if self._longer else shape


class SoftmaxTransform(OfVectors):
    """y = softmax x along the last dimension, which is not bijective; `inv` gives logarithms.

    Args:
        cache_size: 0 or 1.

    Raises:
        ValueError: for another `cache_size`.

    >>> import tinygrad_lite as tl
    >>> tl.distributions.SoftmaxTransform()(tl.zeros(4))
    tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """

    codomain = constraints.simplex

    def _call(self, x: Tensor) -> Tensor:
        return x.softmax(-1)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.log()


class StickBreakingTransform(OfVectors):
    """K - 1 numbers to K probabilities: each breaks its share off the rest of a stick.

    Args:
        cache_size: 0 or 1.

    Raises:
        ValueError: for another `cache_size`.

    >>> import tinygrad_lite as tl
    >>> t = tl.distributions.StickBreakingTransform()
    >>> t(tl.zeros(3)), t.inv(tl.tensor([0.5, 0.25, 0.25]))
    (tensor([0.2500, 0.2500, 0.2500, 0.2500]), tensor([0.6931, 0.0000]))
    """

    codomain = constraints.simplex
    bijective = True
    _longer = 1

    def _shares(self, x: Tensor) -> Tensor:
        """x, moved so that zeros give equal probabilities."""
        n = x.shape[-1]
        return x - (n + 1 - ones(n, dtype=x.dtype).cumsum(-1)).log()

    def _call(self, x: Tensor) -> Tensor:
        shares = _inside_unit(self._shares(x).sigmoid())
        rest = (1 - shares).cumprod(-1)
        return pad(shares, [0, 1], value=1) * pad(rest, [1, 0], value=1)

    def _inverse(self, y: Tensor) -> Tensor:
        broken = y[..., :-1]
        rest = (1 - broken.cumsum(-1)).clamp(min=dtypes.finfo(y.dtype).tiny)
        count = y.shape[-1] - ones(broken.shape[-1], dtype=y.dtype).cumsum(-1)
        return broken.log() - rest.log() + count.log()

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        moved = self._shares(x)
        return (-moved + logsigmoid(moved) + y[..., :-1].log()).sum(-1)


class LowerCholeskyTransform(Transform):
    """Square matrices to lower triangular ones with a positive diagonal: the exponential of it, and zeros above.

    Args:
        cache_size: 0 or 1.

    Raises:
        ValueError: for another `cache_size`.

    >>> import tinygrad_lite as tl
    >>> tl.distributions.LowerCholeskyTransform()(tl.tensor([[0.0, 5.0], [2.0, 1.0]]))
    tensor([[1.0000, 0.0000],
            [2.0000, 2.7183]])
    """

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.lower_cholesky

    def _call(self, x: Tensor) -> Tensor:
        return x.tril(-1) + x.diagonal(dim1=-2, dim2=-1).exp().diag_embed()

    def _inverse(self, y: Tensor) -> Tensor:
        return y.tril(-1) + y.diagonal(dim1=-2, dim2=-1).log().diag_embed()


class PositiveDefiniteTransform(Transform):
    """Square matrices to positive definite ones, L Lᵀ with L from `LowerCholeskyTransform`.

    Args:
        cache_size: 0 or 1.

    Raises:
        ValueError: for another `cache_size`.

    >>> import tinygrad_lite as tl
    >>> tl.distributions.PositiveDefiniteTransform()(tl.tensor([[0.0, 5.0], [2.0, 0.0]]))
    tensor([[1., 2.],
            [2., 5.]])
    """

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.positive_definite

    def _call(self, x: Tensor) -> Tensor:
        lower = LowerCholeskyTransform()(x)
        return lower @ lower.mT

    def _inverse(self, y: Tensor) -> Tensor:
        return LowerCholeskyTransform()._inverse(cholesky(y))
