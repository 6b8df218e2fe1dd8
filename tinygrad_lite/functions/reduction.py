"""Sums, products, means, norms and scans as PyTorch calls them."""

from __future__ import annotations

import math
from typing import Any

from ..core.edge import cast, clone
from ..ops import reduction as ops
from ..ops.elementwise import eq, isnan, ne, where
from ..types import dtypes
from .arguments import many_dims, one_dim, refuse_empty, spelled


def _accumulable(x: Any, dtype: Any) -> Any:
    """x in the dtype asked for; whole numbers and bools otherwise in int64, so that sums do not overflow."""
    if dtype is not None:
        return _as(x, dtypes.as_dtype(dtype))
    return x if x.dtype.kind == "f" else _as(x, dtypes.int64)


def _as(x: Any, dtype: Any) -> Any:
    if x.dtype is dtype:
        return x
    if dtype.kind != "f" and getattr(x, "requires_grad", False):
        raise RuntimeError(f"Autograd not support dtype: {dtype}; whole numbers have no gradient, detach() first")
    return cast(x, dtype)


def _floating(x: Any, name: str) -> Any:
    if x.dtype.kind != "f":
        raise RuntimeError(
            f"{name}(): could not infer output dtype. Input dtype must be a floating point dtype. Got: {x.dtype}"
        )
    return x


@spelled
def sum(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum over one, several or all dimensions; whole numbers and bools are summed in int64.

    >>> import tinygrad_lite as tl
    >>> tl.sum(tl.ones(2, 3), dim=-1)
    tensor([3., 3.])
    """
    x = _accumulable(x, dtype)
    return _as(ops.sum(x, many_dims(dim, x.ndim, "sum"), keepdim), x.dtype)


@spelled
def mean(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean over one, several or all dimensions.

    Raises:
        RuntimeError: if x is not floating and no floating `dtype` is given.
    """
    x = _floating(x if dtype is None else _as(x, dtypes.as_dtype(dtype)), "mean")
    return ops.mean(x, many_dims(dim, x.ndim, "mean"), keepdim)


@spelled
def nansum(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum, NaN counting as 0."""
    return sum(where(isnan(x), 0, x) if x.dtype.kind == "f" else x, dim, keepdim, dtype=dtype)


@spelled
def nanmean(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of what is not NaN."""
    if x.dtype.kind != "f":
        raise RuntimeError(f"nanmean(): expected input to have floating point dtype but got {x.dtype}")
    return nansum(x, dim, keepdim, dtype=dtype) / sum(eq(x, x), dim, keepdim)


def _spread(name: str, x: Any, dim: Any, unbiased: Any, correction: Any, keepdim: bool) -> tuple[Any, Any, bool]:
    if isinstance(dim, bool):  # var(x, unbiased)
        dim, unbiased = None, dim
    if x.dtype.kind != "f":
        raise RuntimeError(f"{name} and its relatives only support floating point dtypes, not {x.dtype}")
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    return many_dims(dim, x.ndim, name), correction, keepdim


@spelled
def var(x: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """Σ(x - mean)² / (n - correction), over one, several or all dimensions; correction 1 unless given."""
    return ops.var(x, *_spread("var", x, dim, unbiased, correction, keepdim))


@spelled
def std(x: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """√var, over one, several or all dimensions; correction 1 unless given."""
    return ops.std(x, *_spread("std", x, dim, unbiased, correction, keepdim))


@spelled
def var_mean(x: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """The variance and the mean."""
    found = var(x, dim, unbiased, keepdim, correction=correction)
    return found, mean(x, None if isinstance(dim, bool) else dim, keepdim)


@spelled
def std_mean(x: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """The standard deviation and the mean."""
    found = std(x, dim, unbiased, keepdim, correction=correction)
    return found, mean(x, None if isinstance(dim, bool) else dim, keepdim)


@spelled
def prod(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The product over one dimension, or of all elements."""
    x = _accumulable(x, dtype)
    dim = None if dim is None else one_dim(dim, x.ndim, "prod")
    return _as(ops.prod(x, dim if x.ndim else None, keepdim), x.dtype)


@spelled
def all(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether no element is 0, over one, several or all dimensions."""
    found = ne(x, 0) if dim == () else ops.all(x, many_dims(dim, x.ndim, "all"), keepdim)
    return cast(found, x.dtype) if x.dtype == dtypes.uint8 else found  # PyTorch's old dtype of masks


@spelled
def any(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether some element is not 0, over one, several or all dimensions."""
    found = ne(x, 0) if dim == () else ops.any(x, many_dims(dim, x.ndim, "any"), keepdim)
    return cast(found, x.dtype) if x.dtype == dtypes.uint8 else found


@spelled
def norm(x: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The p-norm of vectors along dim, (Σ|x|ᵖ)^(1/p); "fro", the root of the sum of squares, is p = 2."""
    x = _floating(x if dtype is None else _as(x, dtypes.as_dtype(dtype)), "norm")
    if isinstance(p, str):
        if p != "fro":
            raise RuntimeError(f"norm: there is no matrix norm {p!r} here; p is a number or 'fro'")
        p = 2.0
    dims = many_dims(dim, x.ndim, "norm")
    if p in (math.inf, -math.inf):
        refuse_empty(x, dims, "norm")
    return ops.norm(x, float(2 if p is None else p), dims, keepdim)


@spelled
def logsumexp(x: Any, dim: Any, keepdim: bool = False) -> Any:
    """log Σ exp x over one or several dimensions, without overflow."""
    x = x if x.dtype.kind == "f" else cast(x, dtypes.get_default_dtype())
    return ops.logsumexp(x, many_dims(dim, x.ndim, "logsumexp"), keepdim)


def _normalizer(name: str, x: Any, dim: Any, dtype: Any) -> tuple[Any, int]:
    x = x if dtype is None else _as(x, dtypes.as_dtype(dtype))
    if x.dtype.kind != "f":
        raise NotImplementedError(f'"{name}" not implemented for {x.dtype}: use .float() first, or pass dtype=')
    return x, one_dim(dim, x.ndim, name)


@spelled
def softmax(x: Any, dim: Any, dtype: Any = None) -> Any:
    """exp x / Σ exp x along dim."""
    return ops.softmax(*_normalizer("softmax", x, dim, dtype))


@spelled
def log_softmax(x: Any, dim: Any, dtype: Any = None) -> Any:
    """log(exp x / Σ exp x) along dim, without the loss of precision."""
    return ops.log_softmax(*_normalizer("log_softmax", x, dim, dtype))


@spelled
def cumsum(x: Any, dim: Any, *, dtype: Any = None) -> Any:
    """The sum of the elements up to and with each one along dim."""
    return _scan(ops.cumsum, _accumulable(x, dtype), dim)


@spelled
def cumprod(x: Any, dim: Any, *, dtype: Any = None) -> Any:
    """The product of the elements up to and with each one along dim."""
    return _scan(ops.cumprod, _accumulable(x, dtype), dim)


def _scan(scan: Any, x: Any, dim: Any) -> Any:
    dim = one_dim(dim, x.ndim, scan.name)
    return _as(scan(x, dim), x.dtype) if x.ndim else clone(x)


@spelled
def count_nonzero(x: Any, dim: Any = None) -> Any:
    """How many elements are not 0, over one, several or all dimensions."""
    return ops.count_nonzero(x, many_dims(dim, x.ndim, "count_nonzero"))
