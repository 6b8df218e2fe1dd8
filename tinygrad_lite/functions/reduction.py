"""Reductions, scans and sorting as PyTorch calls them."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .. import dtypes
from ..ops import indexing
from ..ops import reduction as ops
from ..ops.elementwise import cast, maximum, minimum, ne, where
from ..ops.shape import narrow, reshape
from .arguments import many_dims, one_dim, spelled


class Ranked(NamedTuple):
    """Elements that were picked along a dimension, and where they were."""

    values: Any
    indices: Any


def _accumulable(x: Any, dtype: Any) -> Any:
    """x in the dtype asked for; whole numbers and bools otherwise in int64, so that sums do not overflow."""
    if dtype is not None:
        return _as(x, dtypes.as_dtype(dtype))
    return x if x.dtype.kind == "f" else _as(x, dtypes.int64)


def _as(x: Any, dtype: Any) -> Any:
    return x if x.dtype == dtype else cast(x, dtype)


def _floating(x: Any, name: str) -> Any:
    if x.dtype.kind != "f":
        raise RuntimeError(
            f"{name}(): could not infer output dtype. Input dtype must be a floating point dtype. Got: {x.dtype}"
        )
    return x


def _nonempty(x: Any, dim: int | tuple[int, ...] | None, name: str) -> None:
    """Refuse to pick an element out of none."""
    if dim is None and math.prod(x.shape) == 0:
        raise RuntimeError(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. "
            "Specify the reduction dim with the 'dim' argument."
        )
    for d in () if dim is None else (dim,) if isinstance(dim, int) else dim:
        if x.shape and x.shape[d] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")


@spelled
def sum(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum over one, several or all dimensions; whole numbers and bools are summed in int64.

    >>> import tinygrad_lite as tl
    >>> tl.sum(tl.ones(2, 3), dim=-1)
    tensor([3., 3.])
    """
    return ops.sum(_accumulable(x, dtype), many_dims(dim, x.ndim, "sum"), keepdim)


@spelled
def mean(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean over one, several or all dimensions.

    Raises:
        RuntimeError: if x is not floating and no floating `dtype` is given.
    """
    x = _floating(x if dtype is None else _as(x, dtypes.as_dtype(dtype)), "mean")
    return ops.mean(x, many_dims(dim, x.ndim, "mean"), keepdim)


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
    return ops.prod(x, None if dim is None or not x.ndim else one_dim(dim, x.ndim, "prod"), keepdim)


def _picked(x: Any, indices: Any, dim: int, keepdim: bool) -> Ranked:
    """The elements at `indices`, which has length 1 along dim."""
    if not x.ndim:
        return Ranked(x + 0, indices)
    values = indexing.gather(x, dim, indices)
    if keepdim:
        return Ranked(values, indices)
    shape = tuple(n for i, n in enumerate(x.shape) if i != dim)
    return Ranked(reshape(values, shape), reshape(indices, shape))


def _extreme(name: str, x: Any, dim: Any, keepdim: bool, everything: Any, index: Any, pairwise: Any) -> Any:
    if dim is None:
        _nonempty(x, None, name)
        return everything(x)
    if not isinstance(dim, int):
        return pairwise(x, dim)
    dim = one_dim(dim, x.ndim, name)
    _nonempty(x, dim, name)
    return _picked(x, index(x, dim if x.ndim else None, True), dim, keepdim)


@spelled
def max(x: Any, dim: Any = None, keepdim: bool = False, *, y: Any = None) -> Any:
    """The largest element (ties share the gradient); along a dim, with its index; or of two Tensors, the maximum."""
    return _extreme("max", x, dim if y is None else y, keepdim, ops.amax, ops.argmax, maximum)


@spelled
def min(x: Any, dim: Any = None, keepdim: bool = False, *, y: Any = None) -> Any:
    """The smallest element (ties share the gradient); along a dim, with its index; or of two Tensors, the minimum."""
    return _extreme("min", x, dim if y is None else y, keepdim, ops.amin, ops.argmin, minimum)


@spelled
def amax(x: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The largest element over one, several or all dimensions; ties share the gradient."""
    dims = many_dims(dim, x.ndim, "amax")
    _nonempty(x, dims, "amax")
    return ops.amax(x, dims, keepdim)


@spelled
def amin(x: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The smallest element over one, several or all dimensions; ties share the gradient."""
    dims = many_dims(dim, x.ndim, "amin")
    _nonempty(x, dims, "amin")
    return ops.amin(x, dims, keepdim)


@spelled
def argmax(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The index of the largest element along dim; without dim, in the flattened x."""
    dim = None if dim is None or not x.ndim else one_dim(dim, x.ndim, "argmax")
    _nonempty(x, dim, "argmax")
    return ops.argmax(x, dim, keepdim)


@spelled
def argmin(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The index of the smallest element along dim; without dim, in the flattened x."""
    dim = None if dim is None or not x.ndim else one_dim(dim, x.ndim, "argmin")
    _nonempty(x, dim, "argmin")
    return ops.argmin(x, dim, keepdim)


@spelled
def all(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether no element is 0, over one, several or all dimensions."""
    return ops.all(x, many_dims(dim, x.ndim, "all"), keepdim)


@spelled
def any(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether some element is not 0, over one, several or all dimensions."""
    return ops.any(x, many_dims(dim, x.ndim, "any"), keepdim)


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
        _nonempty(x, dims, "norm")
    return ops.norm(x, float(2 if p is None else p), dims, keepdim)


@spelled
def logsumexp(x: Any, dim: Any, keepdim: bool = False) -> Any:
    """log Σ exp x over one or several dimensions, without overflow."""
    x = x if x.dtype.kind == "f" else cast(x, dtypes.get_default_dtype())
    return ops.logsumexp(x, many_dims(dim, x.ndim, "logsumexp"), keepdim)


def _normalizer(name: str, x: Any, dim: Any, dtype: Any) -> tuple[Any, int]:
    x = x if dtype is None else _as(x, dtypes.as_dtype(dtype))
    if x.dtype.kind != "f":
        raise RuntimeError(f'"{name}" not implemented for {x.dtype}: convert with .float() first, or pass dtype=')
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
    return scan(x, dim) if x.ndim else x + 0


@spelled
def count_nonzero(x: Any, dim: Any = None) -> Any:
    """How many elements are not 0, over one, several or all dimensions."""
    return ops.count_nonzero(x, many_dims(dim, x.ndim, "count_nonzero"))


@spelled
def argsort(x: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The indices that sort x along dim; always stable."""
    return ops.argsort(x, one_dim(dim, x.ndim, "argsort"), descending)


@spelled
def sort(x: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Ranked:
    """x in order along dim, and the indices that put it so; always stable.

    >>> import tinygrad_lite as tl
    >>> values, indices = tl.sort(tl.tensor([3.0, 1.0, 2.0]))
    >>> values, indices
    (tensor([1., 2., 3.]), tensor([1, 2, 0]))
    """
    dim = one_dim(dim, x.ndim, "sort")
    indices = ops.argsort(x, dim, descending)
    return Ranked(indexing.gather(x, dim, indices) if x.ndim else x + 0, indices)


@spelled
def topk(x: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Ranked:
    """The k largest (or smallest) elements along dim, and their indices."""
    dim = one_dim(dim, x.ndim, "topk")
    if not 0 <= k <= (x.shape[dim] if x.ndim else 1):
        raise RuntimeError(f"topk: selected index k out of range: k = {k} of {x.shape[dim] if x.ndim else 1} elements")
    if not x.ndim:
        return sort(x) if k else Ranked(reshape(x, (1,))[:0], reshape(ops.argsort(x), (1,))[:0])
    indices = narrow(ops.argsort(x, dim, largest), dim, 0, k)
    return Ranked(indexing.gather(x, dim, indices), indices)


@spelled
def median(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The middle element, of two the lower (as PyTorch); along a dim, with its index. NaN if any is."""
    if dim is None:
        flat = reshape(x, (math.prod(x.shape),))
        if not flat.shape[0]:
            return flat.sum() * math.nan
        return median(flat, 0).values
    dim = one_dim(dim, x.ndim, "median")
    _nonempty(x, dim, "median")
    if not x.ndim:
        return Ranked(x + 0, ops.argsort(x))
    order = ops.argsort(x, dim, False)
    length = x.shape[dim]
    if x.dtype.kind != "f":
        return _picked(x, narrow(order, dim, (length - 1) // 2, 1), dim, keepdim)
    bad = ops.any(ne(x, x), dim, True)
    first_bad = ops.argmax(ne(x, x), dim, True)
    middle = narrow(order, dim, (length - 1) // 2, 1)
    return _picked(x, where(bad, first_bad, middle), dim, keepdim)


@spelled
def unique(
    x: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Any = None
) -> Any:
    """The distinct elements in order (or slices along dim), and where each was and how often, if asked. No gradient."""
    dim = None if dim is None else one_dim(dim, x.ndim, "unique")
    found = np.unique(
        np.asarray(x.detach()), return_inverse=return_inverse, return_counts=return_counts, axis=dim, equal_nan=False
    )
    if not (return_inverse or return_counts):
        return x.new_tensor(found)
    return tuple(x.new_tensor(part, dtype=None if i == 0 else dtypes.int64) for i, part in enumerate(found))

