"""Batch normalization that follows a linear map, made part of the map: for models that are no longer trained."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, TypeVar

from ...creation import ones_like, zeros_like
from ...tensors.tensor import Tensor
from ..module.module import Module
from ..module.parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]

M = TypeVar("M", bound=Module)


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """The weight and bias of a convolution that does what a convolution and a batch normalization do after each other.

        w′ = w γ / √(σ² + ε),  b′ = (b - μ) γ / √(σ² + ε) + β

    Args:
        conv_w: w, of shape (C, …), or (…, C, …) for a transposed convolution, and a floating dtype.
        conv_b: b (C,), if there is one.
        bn_rm, bn_rv: μ and σ², the running statistics (C,).
        bn_eps: ε.
        bn_w, bn_b: γ and β (C,), if there are any.
        transpose: whether it is a transposed convolution.

    Raises:
        RuntimeError: if the shapes do not fit.

    >>> import tinygrad_lite as tl
    >>> w, b = tl.nn.utils.fuse_conv_bn_weights(tl.ones(2, 1, 1), None, tl.ones(2), tl.ones(2) * 4, 0.0, None, None)
    >>> w.flatten().detach(), b.detach()
    (tensor([0.5000, 0.5000]), tensor([-0.5000, -0.5000]))
    """
    bias = zeros_like(bn_rm) if conv_b is None else conv_b
    scale = (bn_rv + bn_eps).rsqrt()
    factor = ones_like(bn_rm) if bn_w is None else bn_w
    shape = [1] * conv_w.ndim
    shape[1 if transpose else 0] = -1
    weight = (conv_w * (factor * scale).reshape(shape)).to(conv_w.dtype)
    moved = (bias - bn_rm) * scale * factor + (zeros_like(bn_rm) if bn_b is None else bn_b)
    moved = moved.to(conv_w.dtype if conv_b is None else conv_b.dtype)
    return Parameter(weight.detach(), conv_w.requires_grad), Parameter(moved.detach(), bias.requires_grad)


def fuse_conv_bn_eval(conv: M, bn: Module, transpose: bool = False) -> M:
    """A copy of a convolution that does what it and the batch normalization after it do, in evaluation mode.

    Args:
        conv: a convolution.
        bn: a batch normalization with running statistics, of as many channels.
        transpose: whether it is a transposed convolution.

    Returns:
        The convolution, for the same shapes and dtypes.

    Raises:
        AssertionError: if one of them is in training mode, or there are no running statistics.

    >>> import tinygrad_lite as tl
    >>> conv, bn = tl.nn.Conv2d(1, 2, 3).eval(), tl.nn.BatchNorm2d(2).eval()
    >>> x = tl.randn(1, 1, 4, 4)
    >>> tl.allclose(tl.nn.utils.fuse_conv_bn_eval(conv, bn)(x), bn(conv(x)), atol=1e-5)
    True
    """
    fused, statistics = _fusible(conv, bn)
    mean, variance, eps, weight, bias = statistics
    of_conv = fused.weight, fused.bias
    fused.weight, fused.bias = fuse_conv_bn_weights(*of_conv, mean, variance, eps, weight, bias, transpose)
    return fused


def _fusible(module: Any, bn: Any) -> tuple[Any, tuple[Any, ...]]:
    """A copy of the module, and what the normalization does."""
    if module.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")
    return deepcopy(module), (bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias)


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor,
    bn_b: Tensor,
) -> tuple[Parameter, Parameter]:
    """The weight and bias of a linear map that does what one and a batch normalization do after each other.

    Args:
        linear_w: of shape (C, n) and a floating dtype.
        linear_b: (C,), if there is one.
        bn_rm, bn_rv: the running statistics (C,) or (1,).
        bn_eps: what is added to the variance.
        bn_w, bn_b: the normalization's weight and bias (C,) or (1,).

    Raises:
        RuntimeError: if the shapes do not fit.

    >>> import tinygrad_lite as tl
    >>> one = tl.ones(2)
    >>> w, b = tl.nn.utils.fuse_linear_bn_weights(tl.eye(2), None, one, one * 4, 0.0, one, one)
    >>> w.diag().detach(), b.detach()
    (tensor([0.5000, 0.5000]), tensor([0.5000, 0.5000]))
    """
    bias = zeros_like(bn_rm) if linear_b is None else linear_b
    scale = bn_w * (bn_rv + bn_eps).rsqrt()
    weight = linear_w * scale.unsqueeze(-1).to(linear_w.dtype)
    moved = ((bias - bn_rm) * scale + bn_b).to(linear_w.dtype if linear_b is None else linear_b.dtype)
    return Parameter(weight.detach(), linear_w.requires_grad), Parameter(moved.detach(), bias.requires_grad)


def fuse_linear_bn_eval(linear: M, bn: Module) -> M:
    """A copy of a linear layer that does what it and the batch normalization after it do, in evaluation mode.

    Args:
        linear: a linear layer.
        bn: a batch normalization with running statistics, of as many features, or of one.

    Returns:
        The layer, for the same shapes and dtypes.

    Raises:
        AssertionError: if one of them is in training mode, the features differ, or there are no running statistics.

    >>> import tinygrad_lite as tl
    >>> linear, bn = tl.nn.Linear(3, 2).eval(), tl.nn.BatchNorm1d(2).eval()
    >>> tl.allclose(tl.nn.utils.fuse_linear_bn_eval(linear, bn)(tl.ones(1, 3)), bn(linear(tl.ones(1, 3))), atol=1e-5)
    True
    """
    fused, statistics = _fusible(linear, bn)
    outputs, features = fused.out_features, getattr(bn, "num_features", None)
    if features not in (outputs, 1):
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got "
            f"linear.out_features={outputs} and bn.num_features={features}"
        )
    fused.weight, fused.bias = fuse_linear_bn_weights(fused.weight, fused.bias, *statistics)
    return fused
