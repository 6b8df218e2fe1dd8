"""Bounds for gradients, applied in place between `backward()` and `step()`.

`foreach` is there for PyTorch's scripts: there it chooses an implementation, here there is one.
"""

from __future__ import annotations

import math
import types
import warnings

import numpy as np

from ...core import versions as memory
from ...core.array_functions import array_function
from ...core.primitive import Array
from ...core.tensor import wrap
from ...core.tracing import allow_in_graph
from ...creation import tensor
from ...functions.joining import stack
from ...functions.reduction import norm
from ...ops import reduction as ops
from ...tensors.tensor import Tensor
from .arguments import Tensors, checked_tensors


def _gradients(parameters: list[Tensor], operation: str) -> list[Tensor]:
    return _dense([p.grad for p in parameters if p.grad is not None], operation)


def _dense(tensors: list[Tensor], operation: str) -> list[Tensor]:
    """The Tensors, none of which may be sparse, as in PyTorch, which names the `operation`."""
    if any(x.is_sparse for x in tensors):
        raise NotImplementedError(
            f"Could not run 'aten::{operation}' with arguments from the 'SparseCPU' backend: sparse gradients are not "
            "clipped. Leave sparse=False, or put p.grad.to_dense() in the place of p.grad; nothing was changed"
        )
    return tensors


def _number(function: str, argument: str, value: float) -> float:
    try:
        return float(value)
    except TypeError:
        raise TypeError(f"{function}(): argument '{argument}' must be a number, not {type(value).__name__}") from None


def get_total_norm(
    tensors: Tensors, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Tensor:
    """The p-norm of the elements of all Tensors together, (Σ |x|ᵖ)^(1/p).

    Args:
        tensors: one Tensor or several, of any shapes and floating dtypes.
        norm_type: p; `math.inf` gives the largest absolute value.
        error_if_nonfinite: whether a norm that is NaN or infinite is an error.
        foreach: has no effect.

    Returns:
        The norm, 0-d. For no Tensors it is 0.

    Raises:
        TypeError: if `tensors` are not Tensors.
        RuntimeError: with `error_if_nonfinite`, if the norm is NaN or infinite.
        NotImplementedError: for sparse gradients.

    >>> import tinygrad_lite as tl
    >>> tl.nn.utils.get_total_norm([tl.tensor([3.0]), tl.tensor([[4.0]])])
    tensor(5.)
    """
    return _total_norm(
        "get_total_norm", checked_tensors("get_total_norm", "tensors", tensors), norm_type, error_if_nonfinite
    )


def _total_norm(function: str, tensors: list[Tensor], norm_type: float, error_if_nonfinite: bool) -> Tensor:
    if not tensors:
        return tensor(0.0)
    p = _number(function, "norm_type", norm_type)
    _dense(tensors, "linalg_vector_norm")
    arrays = [x._data for x in tensors]
    if len({a.dtype for a in arrays}) == 1 and arrays[0].dtype.kind == "f" and arrays[0].itemsize >= 4:
        total = wrap(_norm_of_all(p, *arrays))
    else:
        total = norm(stack([norm(x.detach(), p) for x in tensors]), p)
    if error_if_nonfinite and not math.isfinite(total.item()):
        raise RuntimeError(
            f"The total norm of order {p} for gradients from `parameters` is non-finite, so it cannot be clipped. To "
            "disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
        )
    return total


@array_function
def _norm_of_all(p: float, *arrays: Array) -> Array:
    """The norm of the norms of arrays of one dtype."""
    norms = np.array([ops.norm.forward(a, p, None, False) for a in arrays], arrays[0].dtype)
    return np.asarray(ops.norm.forward(norms, p, None, False))


def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Multiply the gradients of the parameters by min(1, max_norm / (total_norm + 1e-6)), in place.

    Args:
        parameters: one Tensor or several, of any shapes and floating dtypes; those without a gradient are left out.
        max_norm: the bound.
        total_norm: the norm that the gradients have, 0-d, from `get_total_norm`.
        foreach: has no effect.

    Raises:
        TypeError: if `parameters` are not Tensors, or `max_norm` is not a number.
        NotImplementedError: for sparse gradients.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> (8 * p).sum().backward()
    >>> tl.nn.utils.clip_grads_with_norm_(p, 1.0, tl.tensor(4.0))
    >>> p.grad  # 8 · 1 / 4
    tensor([2.0000])
    """
    found = checked_tensors("clip_grads_with_norm_", "parameters", parameters)
    _scale(found, _number("clip_grads_with_norm_", "max_norm", max_norm), total_norm)


def _scale(parameters: list[Tensor], max_norm: float, total_norm: Tensor) -> None:
    total = total_norm._data
    with np.errstate(all="ignore"):  # a norm may be infinite
        factor = np.minimum(total.dtype.type(max_norm) / (total + total.dtype.type(1e-6)), 1)
        arrays = [g._data for g in _gradients(parameters, "mul_")]
        try:
            for array in arrays:
                np.multiply(array, factor if factor.dtype is array.dtype else factor.astype(array.dtype), out=array)
        finally:
            memory.wrote(*arrays)


@allow_in_graph
def clip_grad_norm_(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale the gradients of all parameters together, in place, so that their norm is at most max_norm.

    The norm is that of all elements of all gradients together. Gradients whose norm is smaller stay what they are.

    Args:
        parameters: one Tensor or several, of any shapes and floating dtypes; those without a gradient are left out.
        max_norm: the bound. As in PyTorch a negative one turns the gradients around, here with a warning.
        norm_type: the p of this p-norm.
        error_if_nonfinite: whether a norm that is NaN or infinite is an error; nothing is then changed.
        foreach: has no effect.

    Returns:
        The norm before, 0-d.

    Warns (UserWarning) also if the parameters are a generator that was used up already.
    Source: Pascanu et al., 2013, https://arxiv.org/abs/1211.5063.

    Raises:
        TypeError: if `parameters` are not Tensors, but for instance the model, or `max_norm` is not a number.
        RuntimeError: with `error_if_nonfinite`, if the norm is NaN or infinite.
        NotImplementedError: for sparse gradients.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(2, requires_grad=True)
    >>> (p * tl.tensor([30.0, 40.0])).sum().backward()
    >>> tl.nn.utils.clip_grad_norm_(p, max_norm=5.0)
    tensor(50.)
    >>> p.grad
    tensor([3., 4.])
    """
    found = checked_tensors("clip_grad_norm_", "parameters", parameters)
    if not found and isinstance(parameters, types.GeneratorType):
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", UserWarning, stacklevel=3)
    bound = _number("clip_grad_norm_", "max_norm", max_norm)
    if not bound >= 0:
        warnings.warn(
            f"clip_grad_norm_: max_norm is {bound}. A negative bound turns all gradients around; it should be positive",
            UserWarning,
            stacklevel=3,
        )
    total = _total_norm("clip_grad_norm_", _gradients(found, "linalg_vector_norm"), norm_type, error_if_nonfinite)
    _scale(found, bound, total)
    return total


def clip_grad_norm(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The deprecated name of `clip_grad_norm_`; it warns (FutureWarning).

    Args:
        parameters: one Tensor or several, of any shapes and floating dtypes.
        max_norm: the bound.
        norm_type: the p of this p-norm.
        error_if_nonfinite: whether a norm that is NaN or infinite is an error.
        foreach: has no effect.

    Returns:
        The norm before, 0-d.

    Raises:
        TypeError, RuntimeError: as `clip_grad_norm_` does.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(2, requires_grad=True)
    >>> (p * tl.tensor([30.0, 40.0])).sum().backward()
    >>> with warnings.catch_warnings(action="ignore"):
    ...     tl.nn.utils.clip_grad_norm(p, 5.0), p.grad
    (tensor(50.), tensor([3., 4.]))
    """
    message = "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`."
    warnings.warn(message, FutureWarning, stacklevel=2)
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


@allow_in_graph
def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """Bound every element of the gradients to [-clip_value, clip_value], in place.

    Args:
        parameters: one Tensor or several, of any shapes and floating dtypes; those without a gradient are left out.
        clip_value: the bound. As in PyTorch a negative one replaces all elements by itself, here with a warning.
        foreach: has no effect.

    Raises:
        TypeError: if `parameters` are not Tensors, or `clip_value` is not a number.
        NotImplementedError: for sparse gradients.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(2, requires_grad=True)
    >>> (p * tl.tensor([-3.0, 0.5])).sum().backward()
    >>> tl.nn.utils.clip_grad_value_(p, 1.0)
    >>> p.grad
    tensor([-1.0000,  0.5000])
    """
    found = checked_tensors("clip_grad_value_", "parameters", parameters)
    bound = _number("clip_grad_value_", "clip_value", clip_value)
    if not bound >= 0:
        warnings.warn(
            f"clip_grad_value_: clip_value is {bound}. A negative bound replaces all gradients by itself; it should be "
            "positive",
            UserWarning,
            stacklevel=3,
        )
    arrays = [g._data for g in _gradients(found, "clamp_min_")]
    try:
        for array in arrays:
            array.clip(-bound, bound, out=array)
    finally:
        memory.wrote(*arrays)
