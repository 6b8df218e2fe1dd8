"""Sums, products, means, variances, norms and scans, as PyTorch calls them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..core.edge import cast, clone
from ..core.errors import warn
from ..ops import reduction as ops
from ..ops.elementwise import eq, isnan, ne, where
from ..ops.linalg import norm_of_singular_values
from ..types import dtypes
from ..types.annotations import DTypeLike, Tensor
from .arguments import check_not_empty, many_dims, one_dim, public


def _summable(x: Any, dtype: Any) -> Any:
    """x in the dtype asked for; without one, integers and bools are summed in int64, so that they do not overflow."""
    if dtype is not None:
        return _in_dtype(x, dtypes.as_dtype(dtype))
    return x if x.dtype.kind == "f" else _in_dtype(x, dtypes.int64)


def _in_dtype(x: Any, dtype: Any) -> Any:
    if x.dtype is dtype:
        return x
    if dtype.kind != "f" and getattr(x, "requires_grad", False):
        raise RuntimeError(f"Autograd not support dtype: {dtype}: integers have no gradient, use x.detach() first")
    return cast(x, dtype)


def _floating(x: Any, dtype: Any, name: str) -> Any:
    """x in the floating dtype asked for, or in its own."""
    x = x if dtype is None else _in_dtype(x, dtypes.as_dtype(dtype))
    if x.dtype.kind != "f":
        source = "Input" if dtype is None else "Optional"
        raise RuntimeError(
            f"{name}(): could not infer output dtype. {source} dtype must be either a floating point or complex dtype. "
            f"Got: {x.dtype}. Use x.float(), or pass a floating dtype="
        )
    return x


# ---------------------------------------------------------------------------------------------- sums and means


@public
def sum(
    x: Tensor,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: DTypeLike | None = None,
) -> Tensor:
    """Sum of the elements over one, several or all dimensions.

        Σ x,    d/dx = 1

    The result has the shape of `x` without the reduced dimensions, and its dtype; integers and bools are summed in
    int64. A sum of no elements is 0.

    Args:
        dim: the dimension or dimensions to reduce; None or an empty tuple for all.
        keepdim: keep the reduced dimensions, with length 1, so that the result can be broadcast against `x`.
        dtype: the dtype to which `x` is converted first.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if a dimension is named twice.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not of integers.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> tl.sum(x), tl.sum(x, dim=0), x / tl.sum(x, dim=1, keepdim=True)
    (tensor(10.), tensor([4., 6.]), tensor([[0.3333, 0.6667], [0.4286, 0.5714]]))
    """
    x = _summable(x, dtype)
    return _in_dtype(ops.sum(x, many_dims(dim, x.ndim, "sum"), keepdim), x.dtype)


@public
def nansum(
    x: Tensor,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: DTypeLike | None = None,
) -> Tensor:
    """Sum of the elements that are not NaN, over one, several or all dimensions.

    The result has the shape of `x` without the reduced dimensions, and its dtype; integers and bools are summed in
    int64. The gradient of NaN is 0.

    Args:
        dim: the dimension or dimensions to reduce; None or an empty tuple for all.
        keepdim: keep the reduced dimensions, with length 1.
        dtype: the dtype to which `x` is converted first.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if a dimension is named twice.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not of integers.

    >>> import tinygrad_lite as tl
    >>> tl.nansum(tl.tensor([[1.0, tl.nan], [3.0, 4.0]]), dim=0)
    tensor([4., 4.])
    """
    return sum(where(isnan(x), 0, x) if x.dtype.kind == "f" else x, dim, keepdim, dtype=dtype)


@public
def mean(
    x: Tensor,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: DTypeLike | None = None,
) -> Tensor:
    """Mean of the elements over one, several or all dimensions.

        Σ x / n,    d/dx = 1 / n,    n the number of elements that are reduced to one

    The result has the shape of `x` without the reduced dimensions, and its dtype. The mean of no elements is NaN.

    Args:
        dim: the dimension or dimensions to reduce; None or an empty tuple for all.
        keepdim: keep the reduced dimensions, with length 1, so that the result can be broadcast against `x`.
        dtype: the floating dtype to which `x` is converted first.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if `x` is of integers or bools and no floating `dtype` is given, or a dimension is named twice.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not of integers.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1.0, 2.0], [3.0, 6.0]])
    >>> tl.mean(x), tl.mean(x, dim=0)
    (tensor(3.), tensor([2., 4.]))
    >>> tl.mean(tl.tensor([True, False]), dtype=tl.float32)
    tensor(0.5000)
    """
    x = _floating(x, dtype, "mean")
    return ops.mean(x, many_dims(dim, x.ndim, "mean"), keepdim)


@public
def nanmean(
    x: Tensor,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: DTypeLike | None = None,
) -> Tensor:
    """Mean of the elements that are not NaN, over one, several or all dimensions.

    The result has the shape of `x` without the reduced dimensions, and its dtype. If every element is NaN, so is the
    mean. The gradient of NaN is 0.

    Args:
        dim: the dimension or dimensions to reduce; None or an empty tuple for all.
        keepdim: keep the reduced dimensions, with length 1.
        dtype: the floating dtype to which `x` is converted first.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if `x` is of integers or bools, or a dimension is named twice.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not of integers.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, tl.nan, 5.0])
    >>> tl.nanmean(x), tl.mean(x)
    (tensor(3.), tensor(nan))
    """
    if x.dtype.kind != "f":
        raise RuntimeError(
            f"nanmean(): expected input to have floating point or complex dtype but got {x.dtype}: use x.float()"
        )
    return nansum(x, dim, keepdim, dtype=dtype) / sum(eq(x, x), dim, keepdim)


# ---------------------------------------------------------------------------------------------------- variances


def _variance_settings(
    name: str, x: Any, dim: Any, unbiased: Any, correction: Any, keepdim: bool
) -> tuple[Any, Any, bool]:
    """The dims, the correction and keepdim of a call; in var(x, False) the False stands for unbiased."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if x.dtype.kind != "f":
        raise RuntimeError(
            f"std and var only support floating point and complex dtypes. {name}: x is of {x.dtype}, use x.float()"
        )
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    dims = many_dims(dim, x.ndim, name)
    over: Sequence[int] = range(x.ndim) if dims is None else [dims] if isinstance(dims, int) else dims
    reduced = math.prod([x.shape[d] for d in over])
    if isinstance(correction, (int, float)) and reduced <= correction:
        warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
            f"(input numel divided by output numel). It is {correction}, and {reduced} elements are reduced to one"
        )
    return dims, correction, keepdim


@public
def var(
    x: Tensor,
    dim: int | Sequence[int] | bool | None = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Tensor:
    """Variance of the elements over one, several or all dimensions.

        Σ (x - mean)² / (n - correction),    n the number of elements that are reduced to one

    The result has the shape of `x` without the reduced dimensions, and its dtype. By default it is the unbiased
    estimate from a sample; NumPy's default is the correction 0.

    Args:
        dim: the dimension or dimensions to reduce; None or an empty tuple for all. `var(x, False)` means
            `var(x, unbiased=False)`.
        unbiased: another way to say correction=1 (True) or correction=0 (False).
        keepdim: keep the reduced dimensions, with length 1.
        correction: the number that is subtracted from n; 1 if it is not given. If it is not less than n, the result is
            inf or NaN.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if `x` is not of a floating dtype, or a dimension is named twice.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not of integers.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 2.0, 3.0, 6.0])
    >>> tl.var(x), tl.var(x, correction=0)
    (tensor(4.6667), tensor(3.5000))
    """
    return ops.var(x, *_variance_settings("var", x, dim, unbiased, correction, keepdim))


@public
def std(
    x: Tensor,
    dim: int | Sequence[int] | bool | None = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Tensor:
    """Standard deviation of the elements over one, several or all dimensions.

        √(Σ (x - mean)² / (n - correction)),    n the number of elements that are reduced to one

    The result has the shape of `x` without the reduced dimensions, and its dtype. By default it comes from the unbiased
    variance; NumPy's default is the correction 0. Where it is 0, so is its derivative.

    Args:
        dim: the dimension or dimensions to reduce; None or an empty tuple for all. `std(x, False)` means
            `std(x, unbiased=False)`.
        unbiased: another way to say correction=1 (True) or correction=0 (False).
        keepdim: keep the reduced dimensions, with length 1.
        correction: the number that is subtracted from n; 1 if it is not given. If it is not less than n, the result is
            inf or NaN.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if `x` is not of a floating dtype, or a dimension is named twice.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not of integers.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1.0, 3.0], [5.0, 5.0]])
    >>> tl.std(x, dim=1), tl.std(x, dim=1, correction=0)
    (tensor([1.4142, 0.0000]), tensor([1., 0.]))
    """
    return ops.std(x, *_variance_settings("std", x, dim, unbiased, correction, keepdim))


@public
def var_mean(
    x: Tensor,
    dim: int | Sequence[int] | bool | None = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[Tensor, Tensor]:
    """Variance and mean of the elements over one, several or all dimensions, as a pair.

    Both have the shape of `x` without the reduced dimensions, and its dtype.

    Args:
        dim: the dimension or dimensions to reduce; None or an empty tuple for all.
        unbiased: another way to say correction=1 (True) or correction=0 (False).
        keepdim: keep the reduced dimensions, with length 1.
        correction: the number that is subtracted from n in the divisor of the variance; 1 if it is not given.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if `x` is not of a floating dtype, or a dimension is named twice.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not of integers.

    >>> import tinygrad_lite as tl
    >>> tl.var_mean(tl.tensor([1.0, 2.0, 3.0, 6.0]), correction=0)
    (tensor(3.5000), tensor(3.))
    """
    found = var(x, dim, unbiased, keepdim, correction=correction)
    return found, mean(x, None if isinstance(dim, bool) else dim, keepdim)


@public
def std_mean(
    x: Tensor,
    dim: int | Sequence[int] | bool | None = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[Tensor, Tensor]:
    """Standard deviation and mean of the elements over one, several or all dimensions, as a pair.

    Both have the shape of `x` without the reduced dimensions, and its dtype.

    Args:
        dim: the dimension or dimensions to reduce; None or an empty tuple for all.
        unbiased: another way to say correction=1 (True) or correction=0 (False).
        keepdim: keep the reduced dimensions, with length 1.
        correction: the number that is subtracted from n in the divisor of the variance; 1 if it is not given.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if `x` is not of a floating dtype, or a dimension is named twice.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not of integers.

    >>> import tinygrad_lite as tl
    >>> images = tl.tensor([[0.0, 4.0], [8.0, 8.0]])
    >>> std, mean = tl.std_mean(images, correction=0)
    >>> (images - mean) / std
    tensor([[-1.5076, -0.3015],
            [ 0.9045,  0.9045]])
    """
    found = std(x, dim, unbiased, keepdim, correction=correction)
    return found, mean(x, None if isinstance(dim, bool) else dim, keepdim)


# ------------------------------------------------------------------------------------ products, logic, counting


@public
def prod(x: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: DTypeLike | None = None) -> Tensor:
    """Product of the elements over one dimension, or of all elements.

        Π x,    d/dx = the product of the other elements, also where factors are 0

    The result has the shape of `x` without the reduced dimension, and its dtype; integers and bools are multiplied in
    int64. A product of no elements is 1.

    Args:
        dim: the dimension to reduce; None for all.
        keepdim: keep the reduced dimension, with length 1.
        dtype: the dtype to which `x` is converted first.

    Raises:
        IndexError: if there is no such dimension.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not an integer.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([2.0, 0.0, 5.0], requires_grad=True)
    >>> tl.prod(x).backward()
    >>> x.grad
    tensor([ 0., 10.,  0.])
    """
    x = _summable(x, dtype)
    dim = None if dim is None else one_dim(dim, x.ndim, "prod")
    return _in_dtype(ops.prod(x, dim if x.ndim else None, keepdim), x.dtype)


@public
def all(x: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False) -> Tensor:
    """True if no element is 0, over one, several or all dimensions.

    The result is of bools (of uint8 for uint8), and has the shape of `x` without the reduced dimensions. Of no elements
    it is True. NaN is not 0.

    Args:
        dim: the dimension or dimensions to reduce; None for all, an empty tuple for none.
        keepdim: keep the reduced dimensions, with length 1.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if a dimension is named twice.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not of integers.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1.0, 2.0], [0.0, 3.0]])
    >>> tl.all(x > 0), tl.all(x > 0, dim=1)
    (tensor(False), tensor([ True, False]))
    """
    found = ne(x, 0) if dim == () else ops.all(x, many_dims(dim, x.ndim, "all"), keepdim)
    return cast(found, x.dtype) if x.dtype == dtypes.uint8 else found  # PyTorch had masks of uint8 before those of bool


@public
def any(x: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False) -> Tensor:
    """True if some element is not 0, over one, several or all dimensions.

    The result is of bools (of uint8 for uint8), and has the shape of `x` without the reduced dimensions. Of no elements
    it is False. NaN is not 0.

    Args:
        dim: the dimension or dimensions to reduce; None for all, an empty tuple for none.
        keepdim: keep the reduced dimensions, with length 1.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if a dimension is named twice.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not of integers.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1.0, tl.nan], [0.0, 3.0]])
    >>> tl.any(tl.isnan(x)), tl.any(tl.isnan(x), dim=1)
    (tensor(True), tensor([ True, False]))
    """
    found = ne(x, 0) if dim == () else ops.any(x, many_dims(dim, x.ndim, "any"), keepdim)
    return cast(found, x.dtype) if x.dtype == dtypes.uint8 else found


@public
def count_nonzero(x: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """Number of elements that are not 0, over one, several or all dimensions.

    The result is of int64, and has the shape of `x` without the reduced dimensions. There is no derivative.

    Args:
        dim: the dimension or dimensions to reduce; None or an empty tuple for all.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if a dimension is named twice.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not of integers.

    >>> import tinygrad_lite as tl
    >>> predicted, target = tl.tensor([1, 0, 2, 2]), tl.tensor([1, 1, 2, 0])
    >>> tl.count_nonzero(predicted == target)
    tensor(2)
    """
    return ops.count_nonzero(x, many_dims(dim, x.ndim, "count_nonzero"))


# -------------------------------------------------------------------------------------------- norms, exponentials


@public
def norm(
    x: Tensor,
    p: float | str | None = "fro",
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: DTypeLike | None = None,
) -> Tensor:
    """The p-norm of vectors along one, several or all dimensions.

        (Σ |x|ᵖ)^(1/p),    for p = ∞ the largest |x|, for p = -∞ the smallest, for p = 0 the number of x ≠ 0

    The result has the shape of `x` without the reduced dimensions, and its dtype. Its derivative at 0 is 0.

    Args:
        p: the order; "fro" (the Frobenius norm) and None mean 2; "nuc" is the sum of the singular values of matrices,
            that is, of a Tensor of 2 dimensions or in two dims. `linalg.matrix_norm` has other norms of matrices.
        dim: the dimension or dimensions of the vectors; None for all elements as one vector.
        keepdim: keep the reduced dimensions, with length 1.
        dtype: the floating dtype to which `x` is converted first.

    Raises:
        IndexError: if there is no such dimension, or for p = ±∞ it has no elements.
        RuntimeError: if `x` is not of a floating dtype; for another word than "fro"; if a dimension is named twice; or
            for p = ±∞ if there are no elements; for "nuc" if there are not two dims.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not of integers.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[3.0, -4.0], [0.0, 1.0]])
    >>> tl.norm(x, dim=1), tl.norm(x, 1), tl.norm(x, tl.inf)
    (tensor([5., 1.]), tensor(8.), tensor(4.))
    """
    x = _floating(x, dtype, "norm")
    dims = many_dims(dim, x.ndim, "norm")
    if p == "nuc":
        return _nuclear_norm(x, dims, keepdim)
    if isinstance(p, str):
        if p != "fro":
            raise RuntimeError(f"Order {p} not supported. norm: p is a number, 'fro' or 'nuc'")
        p = 2.0
    if p in (math.inf, -math.inf):
        check_not_empty(x, dims, "norm")
    return ops.norm(x, float(2 if p is None else p), dims, keepdim)


def _nuclear_norm(x: Any, dims: Any, keepdim: bool) -> Any:
    pair = (0, 1) if dims is None and x.ndim == 2 else dims
    if not isinstance(pair, tuple) or len(pair) != 2:
        if x.ndim < 2:
            raise RuntimeError(
                f"linalg.matrix_norm: The input tensor A must have at least 2 dimensions. norm: x is {list(x.shape)}"
            )
        given = range(x.ndim) if dims is None else dims if isinstance(dims, tuple) else (dims,)
        raise RuntimeError(
            f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(map(str, given))}. norm: p='nuc' is for "
            f"matrices, and x is {list(x.shape)}"
        )
    return norm_of_singular_values(x, "nuc", pair[0], pair[1], keepdim)


@public
def logsumexp(x: Tensor, dim: int | Sequence[int] | None, keepdim: bool = False) -> Tensor:
    """Logarithm of the sum of the exponentials over one or several dimensions, without overflow.

        log Σ eˣ,    d/dx = softmax x

    The result has the shape of `x` without the reduced dimensions, and its dtype; integers are first converted to the
    default dtype.

    Args:
        dim: the dimension or dimensions to reduce; None for all.
        keepdim: keep the reduced dimensions, with length 1.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if a dimension is named twice.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not of integers.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1000.0, 1000.0])
    >>> tl.logsumexp(x, dim=0), tl.log(tl.sum(tl.exp(x)))
    (tensor(1000.6932), tensor(inf))
    """
    x = x if x.dtype.kind == "f" else cast(x, dtypes.get_default_dtype())
    return ops.logsumexp(x, many_dims(dim, x.ndim, "logsumexp"), keepdim)


def _normalizer(name: str, x: Any, dim: Any, dtype: Any) -> tuple[Any, int]:
    x = x if dtype is None else _in_dtype(x, dtypes.as_dtype(dtype))
    if x.dtype.kind != "f":
        raise NotImplementedError(f'"{name}" not implemented for {x.dtype}: use .float() first, or pass dtype=')
    return x, one_dim(dim, x.ndim, name)


@public
def softmax(x: Tensor, dim: int, dtype: DTypeLike | None = None) -> Tensor:
    """Exponentials of the elements, divided by their sum along a dimension: probabilities from scores.

        eˣ / Σ eˣ

    The result has the shape and dtype of `x`. The largest element is subtracted first, so that nothing overflows. (Deep
    Learning from Scratch, section 3.5)

    Args:
        dim: the dimension along which the result sums to 1.
        dtype: the floating dtype to which `x` is converted first.

    Raises:
        IndexError: if there is no such dimension.
        NotImplementedError: if `x` is of integers or bools and no floating `dtype` is given.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not an integer.

    >>> import tinygrad_lite as tl
    >>> tl.softmax(tl.tensor([[0.0, 0.0], [1000.0, -1000.0]]), dim=1)
    tensor([[0.5000, 0.5000],
            [1.0000, 0.0000]])
    """
    return ops.softmax(*_normalizer("softmax", x, dim, dtype))


@public
def log_softmax(x: Tensor, dim: int, dtype: DTypeLike | None = None) -> Tensor:
    """Logarithm of `softmax` along a dimension, accurate where the probability is near 0.

        x - log Σ eˣ

    The result has the shape and dtype of `x`.

    Args:
        dim: the dimension along which the exponentials of the result sum to 1.
        dtype: the floating dtype to which `x` is converted first.

    Raises:
        IndexError: if there is no such dimension.
        NotImplementedError: if `x` is of integers or bools and no floating `dtype` is given.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not an integer.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0.0, -200.0])
    >>> tl.log_softmax(x, dim=0), tl.log(tl.softmax(x, dim=0))
    (tensor([   0., -200.]), tensor([0., -inf]))
    """
    return ops.log_softmax(*_normalizer("log_softmax", x, dim, dtype))


# --------------------------------------------------------------------------------------------------------- scans


@public
def cumsum(x: Tensor, dim: int, *, dtype: DTypeLike | None = None) -> Tensor:
    """Sum of the elements up to and with each one along a dimension.

        Σ x_i over i <= j

    The result has the shape of `x` and its dtype; integers and bools are summed in int64.

    Args:
        dim: the dimension along which to go.
        dtype: the dtype to which `x` is converted first.

    Raises:
        IndexError: if there is no such dimension.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not an integer.

    >>> import tinygrad_lite as tl
    >>> tl.cumsum(tl.tensor([1, 2, 3, 4]), dim=0)
    tensor([ 1,  3,  6, 10])
    """
    return _scan(ops.cumsum, _summable(x, dtype), dim)


@public
def cumprod(x: Tensor, dim: int, *, dtype: DTypeLike | None = None) -> Tensor:
    """Product of the elements up to and with each one along a dimension.

        Π x_i over i <= j

    The result has the shape of `x` and its dtype; integers and bools are multiplied in int64. The derivative is exact
    also where factors are 0.

    Args:
        dim: the dimension along which to go.
        dtype: the dtype to which `x` is converted first.

    Raises:
        IndexError: if there is no such dimension.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not an integer.

    >>> import tinygrad_lite as tl
    >>> tl.cumprod(tl.tensor([1, 2, 3, 4]), dim=0)
    tensor([ 1,  2,  6, 24])
    """
    return _scan(ops.cumprod, _summable(x, dtype), dim)


def _scan(scan: Any, x: Any, dim: Any) -> Any:
    dim = one_dim(dim, x.ndim, scan.name)
    return _in_dtype(scan(x, dim), x.dtype) if x.ndim else clone(x)
