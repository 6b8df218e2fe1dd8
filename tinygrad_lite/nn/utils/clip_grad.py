"""Bounds for gradients, applied in place between `backward()` and `step()`.

`foreach` is there for PyTorch's scripts: there it chooses an implementation, here there is one.
"""

from __future__ import annotations

import math
import types
import warnings
from collections.abc import Iterable

import numpy as np

from ...core import versions as memory
from ...core.tracing import allow_in_graph
from ...creation.values import tensor
from ...functions.joining import stack
from ...functions.reduction import norm
from ...tensors.tensor import Tensor

Tensors = Tensor | Iterable[Tensor]


def _listed(tensors: Tensors) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _gradients(parameters: Tensors) -> list[Tensor]:
    return [p.grad for p in _listed(parameters) if p.grad is not None]


def get_total_norm(
    tensors: Tensors, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Tensor:
    """The p-norm of all Tensors' elements together, p = norm_type: that of their norms, a 0-d Tensor.

    Raises:
        RuntimeError: with `error_if_nonfinite`, if it is NaN or infinite.

    >>> import tinygrad_lite as tl
    >>> tl.nn.utils.get_total_norm([tl.tensor([3.0]), tl.tensor([[4.0]])])
    tensor(5.)
    """
    found = _listed(tensors)
    if not found:
        return tensor(0.0)
    total: Tensor = norm(stack([norm(x.detach(), float(norm_type)) for x in found]), float(norm_type))
    if error_if_nonfinite and not math.isfinite(total.item()):
        raise RuntimeError(
            f"The total norm of order {float(norm_type)} for gradients from `parameters` is non-finite, so it cannot "
            "be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return total


def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Multiply the parameters' gradients by min(1, max_norm / (total_norm + 1e-6)), in place.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> (8 * p).sum().backward()
    >>> tl.nn.utils.clip_grads_with_norm_(p, 1.0, tl.tensor(4.0))
    >>> p.grad
    tensor([2.0000])
    """
    total = total_norm._data
    with np.errstate(all="ignore"):  # a norm may be infinite
        factor = np.minimum(total.dtype.type(max_norm) / (total + total.dtype.type(1e-6)), 1)
        for g in _gradients(parameters):
            np.multiply(g._data, factor.astype(g.dtype), out=g._data)
            memory.wrote(g._data)


@allow_in_graph
def clip_grad_norm_(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale the gradients of all parameters together, in place, so that their norm is at most max_norm.

    Returns their norm before. Source: Pascanu et al., 2013, https://arxiv.org/abs/1211.5063.

    Warns (UserWarning) if the parameters are a generator that has nothing to give, having been used up.

    Raises:
        RuntimeError: with `error_if_nonfinite`, if the norm is NaN or infinite; nothing has then changed.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(2, requires_grad=True)
    >>> (p * tl.tensor([30.0, 40.0])).sum().backward()
    >>> tl.nn.utils.clip_grad_norm_(p, max_norm=5.0)
    tensor(50.)
    >>> p.grad
    tensor([3., 4.])
    """
    found = _listed(parameters)
    if not found and isinstance(parameters, types.GeneratorType):
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", UserWarning, stacklevel=2)
    total = get_total_norm(_gradients(found), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(found, max_norm, total)
    return total


@allow_in_graph
def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """Bound every element of the gradients to ± clip_value, in place.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(2, requires_grad=True)
    >>> (p * tl.tensor([-3.0, 0.5])).sum().backward()
    >>> tl.nn.utils.clip_grad_value_(p, 1.0)
    >>> p.grad
    tensor([-1.0000,  0.5000])
    """
    bound = float(clip_value)
    for g in _gradients(parameters):
        np.clip(g._data, -bound, bound, out=g._data)
        memory.wrote(g._data)
