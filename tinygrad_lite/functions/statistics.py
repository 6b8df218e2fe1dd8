"""Counts, covariances, differences, distances and integrals, as PyTorch calls them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.argument_types import wrong_type
from ..core.edge import cast, clone, reshape
from ..core.errors import warn
from ..ops import elementwise, linalg
from ..ops.creation import pairs_of
from ..ops.indexing import getitem
from ..ops.kernels.distances import distances, distances_of_pairs
from ..ops.ordering import histogram
from ..ops.shape import cat, diagonal, narrow
from ..types import dtypes
from ..types.annotations import Tensor
from .arguments import (
    array_of,
    one_dim,
    one_sample_at_a_time,
    public,
    refuse_numbers,
    rounded_once,
    values_of,
    wrap_like,
)
from .products import check_same_dtype, outer
from .reduction import mean, norm, sum

# ------------------------------------------------------------------------------------------------------ counts


@public
@one_sample_at_a_time
def bincount(x: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """Number of occurrences of each integer from 0 to the largest of a vector.

    The result has the length max(x) + 1, or `minlength` if that is more; it is of int64, with weights float32 or
    float64. There is no derivative.

    Args:
        weights: a Tensor of the shape of `x`; the weights of equal integers are summed, instead of counting 1 for each.
        minlength: the least length of the result.

    Raises:
        NotImplementedError: if `x` is not of integers.
        RuntimeError: if `x` is not a vector, or has a negative element; if the weights are of another shape, or require
            a gradient (use `scatter_add`).
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> labels = tl.tensor([1, 3, 1, 0])
    >>> tl.bincount(labels), tl.bincount(labels, tl.tensor([0.5, 1.0, 2.0, 4.0]))
    (tensor([1, 2, 0, 1]), tensor([4.0000, 2.5000, 0.0000, 1.0000]))
    """
    array = values_of(x, "how many numbers bincount() counts depends on the largest")
    if array.dtype.kind not in "iu":
        raise NotImplementedError(f'"bincount" not implemented for {x.dtype}: only integers are counted')
    if array.ndim != 1 or (array.size and array.min() < 0):
        raise RuntimeError(f"bincount only supports 1-d non-negative integral inputs, not shape {list(x.shape)}")
    if minlength is None:  # NumPy 2.0 takes it for 0, with a warning
        raise wrong_type("bincount", "minlength", 3, "int", minlength)
    if weights is None:
        return wrap_like(x, np.bincount(array, minlength=minlength))
    if tuple(weights.shape) != array.shape:
        raise RuntimeError(
            "weights should be 1-d and have the same length as input. bincount: their shape is "
            f"{list(weights.shape)}, that of the input {list(array.shape)}"
        )
    if getattr(weights, "requires_grad", False):
        raise RuntimeError("bincount: there is no derivative by the weights; detach() them, or use scatter_add")
    found = np.bincount(array, array_of(weights), minlength)
    return wrap_like(x, found.astype(np.float32) if weights.dtype == dtypes.float32 else found)


@public
def histc(x: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """Number of elements in each of several bins of equal width: a histogram.

    The result has the shape (bins,) and the dtype of `x`, which is a floating one. Elements outside the interval are
    not counted. There is no derivative.

    Args:
        bins: the number of bins.
        min: the lower end of the interval.
        max: the upper end, which belongs to the last bin. If both ends are equal, they are the least and the largest
            element.

    Raises:
        NotImplementedError: if `x` is not of a floating dtype.
        RuntimeError: if `bins` is not positive, or `min` above `max`.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.histc(tl.tensor([0.1, 0.2, 0.9, 1.5, 4.0]), bins=3, min=0, max=3)
    tensor([3., 1., 0.])
    """
    if x.dtype.kind != "f":
        raise NotImplementedError(f'"histc" not implemented for {x.dtype}: convert it first, with .float()')
    if bins <= 0 or min > max:
        raise RuntimeError(
            f"torch.histc: max must be larger than min, and bins must be > 0, but got bins {bins}, min {min}, max {max}"
        )
    return histogram(x, bins, min, max)


# ------------------------------------------------------------------------------------- differences and integrals


@public
def diff(x: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None) -> Tensor:
    """Differences of neighbouring elements along a dimension.

        x_(i+1) - x_i

    The result is of the dtype of `x` and n elements shorter along `dim`. Of bools it is "exclusive or".

    Args:
        n: the number of times that differences are taken.
        dim: the dimension along which to go.
        prepend: a Tensor that is put before `x` along `dim`.
        append: a Tensor that is put behind `x` along `dim`.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if `x` has no dimensions, n is negative, or the shapes do not fit together.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> squares = tl.tensor([1, 4, 9, 16])
    >>> tl.diff(squares), tl.diff(squares, n=2)
    (tensor([3, 5, 7]), tensor([2, 2]))
    """
    if not x.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}. diff: n is how often differences are taken")
    dim = one_dim(dim, x.ndim, "diff")
    pieces = [p for p in (prepend, x, append) if p is not None]
    for piece in pieces:
        if piece.ndim != x.ndim:
            raise RuntimeError(
                "diff expects prepend or append to be the same dimension as input, but the shapes are "
                f"{list(piece.shape)} and {list(x.shape)}"
            )
        if any(m != n for d, (m, n) in enumerate(zip(piece.shape, x.shape, strict=True)) if d != dim):
            raise RuntimeError(
                "diff expects the shape of tensor to prepend or append to match that of input except along the "
                f"differencing dimension; the shapes are {list(piece.shape)} and {list(x.shape)}, the dimension {dim}"
            )
    x = cat(pieces, dim) if len(pieces) > 1 else clone(x)
    subtract = elementwise.logical_xor if x.dtype == dtypes.bool else elementwise.sub
    for _ in range(n if n < x.shape[dim] else x.shape[dim]):
        length = x.shape[dim] - 1
        x = subtract(narrow(x, dim, 1, length), narrow(x, dim, 0, length))
    return x


@public
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """Integral along a dimension by the trapezoidal rule.

        Σ (y_i + y_(i+1)) / 2 · width_i

    The result is of a floating dtype and has the shape of `y` without `dim`.

    Args:
        y: the values of the function.
        x: the places of these values, a vector or a Tensor of the shape of `y`; the widths are their differences.
        dx: the width of each piece, if no `x` is given.
        dim: the dimension along which to integrate.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if the shapes do not fit together.
        TypeError: if `y` is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> y = tl.tensor([0.0, 2.0, 0.0])
    >>> tl.trapezoid(y), tl.trapezoid(y, tl.tensor([0.0, 10.0, 11.0]))
    (tensor(2.), tensor(11.))
    """
    areas, dim = trapezoids("trapezoid", y, x, dx, dim)
    return sum(areas, dim)


def trapezoids(name: str, y: Tensor, x: Tensor | None, dx: float, dim: int) -> tuple[Any, int]:
    """The areas of the trapezoids between neighbouring values, and the dimension, counted from the front."""
    if not y.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions. {name}: the shape of y is []")
    dim = one_dim(dim, y.ndim, name)
    length = max(y.shape[dim] - 1, 0)
    width: Any = dx
    if x is not None:
        if x.ndim == 1 and x.shape[0] != y.shape[dim]:
            raise RuntimeError(
                f"{name}: There must be one `x` value for each sample point: x has the shape "
                f"{list(x.shape)}, y {list(y.shape)}, and the integral is along dimension {dim}"
            )
        width = diff(x, dim=dim if x.ndim > 1 else 0)
        if width.ndim == 1:
            width = reshape(width, (-1, *(1 for _ in range(y.ndim - dim - 1))))
    return (narrow(y, dim, 1, length) * 0.5 + narrow(y, dim, 0, length) * 0.5) * width, dim


# ----------------------------------------------------------------------------------------------------- distances


@public
def dist(x: Tensor, y: Tensor, p: float = 2) -> Tensor:
    """Distance of two Tensors: the p-norm of x - y.

        (Σ |x - y|ᵖ)^(1/p)

    The shapes are broadcast; the result has no dimensions, and a floating dtype.

    Args:
        p: the order of the norm; see `norm`.

    Raises:
        RuntimeError: if the shapes cannot be broadcast, or the difference is not of a floating dtype.
        TypeError: if `x` or `y` is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.dist(tl.tensor([1.0, 1.0]), tl.tensor([4.0, 5.0]))
    tensor(5.)
    """
    refuse_numbers("dist", x, y)
    return norm(elementwise.sub(x, y), _order("dist", p))


def _order(name: str, p: Any) -> Any:
    if p is None or isinstance(p, str):  # which mean 2 to `norm`
        raise wrong_type(name, "p", 3, "Number", p)
    return p


@public
@rounded_once
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    """Distances of all pairs of a row of one matrix and a row of another.

        (Σ |x1_i - x2_j|ᵖ)^(1/p)

    Matrices (…, n, d) and (…, m, d) of a floating dtype give (…, n, m).

    Args:
        x1: n points, a row each.
        x2: m points, a row each.
        p: the order of the norm, not negative; see `norm`.
        compute_mode: accepted as PyTorch does, and without effect: a product of matrices is used where it is as exact
            as differences, which is for points of float32 that are not next to one another.

    Raises:
        RuntimeError: if an argument has fewer than two dimensions, the rows are of different lengths, the dtype is not
            a floating one, the dtypes differ, or p is negative.
        ValueError: for another compute_mode.
        TypeError: if an argument is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.cdist(tl.tensor([[0.0, 0.0], [3.0, 0.0]]), tl.tensor([[0.0, 4.0]]))
    tensor([[4.],
            [5.]])
    """
    if compute_mode not in _CDIST_MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode. cdist has {', '.join(_CDIST_MODES)}")
    for name, x in (("X1", x1), ("X2", x2)):
        if x.ndim < 2:
            raise RuntimeError(
                f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D. The points are the rows of a matrix, "
                f"and the shape is {list(x.shape)}"
            )
        if x.dtype.kind != "f":
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {x.dtype}")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}. cdist: the shapes "
            f"are {list(x1.shape)} and {list(x2.shape)}"
        )
    check_same_dtype("cdist", x1, x2, "expected scalar type {} but found {}")
    if _order("cdist", p) < 0:
        raise RuntimeError(f"cdist only supports non-negative p values, not {p}")
    if p == 2 and tuple(x1.shape[:-2]) == tuple(x2.shape[:-2]):
        return distances(x1, x2)
    rows, columns = (*x1.shape[:-1], 1, x1.shape[-1]), (*x2.shape[:-2], 1, *x2.shape[-2:])
    return norm(reshape(x1, rows) - reshape(x2, columns), _order("cdist", p), -1)


@public
def pdist(x: Tensor, p: float = 2.0) -> Tensor:
    """Distances of all pairs of rows of one matrix: those of row 0 to the later ones, then those of row 1, and so on.

    It is what stands above the diagonal of `cdist(x, x)`: for (n, d) a vector of n (n - 1) / 2 distances.

    Args:
        x: n points of a floating dtype, a row each.
        p: the order of the norm, not negative.

    Raises:
        RuntimeError: if x is no matrix of a floating dtype, or p is negative.

    >>> import tinygrad_lite as tl
    >>> tl.pdist(tl.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
    tensor([5.0000, 1.0000, 4.2426])
    """
    if x.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {x.ndim}D: the points are the rows of a matrix")
    if x.dtype.kind != "f":
        raise RuntimeError(f"pdist only supports floating-point dtypes, not {x.dtype}")
    if p < 0:
        raise RuntimeError(f"pdist only supports non-negative p values, not {p}")
    first, second = pairs_of(x.shape[0])
    if p == 2:
        return distances_of_pairs(x, first, second)
    return norm(getitem(x, first) - getitem(x, second), _order("pdist", p), -1)


_CDIST_MODES = (
    "use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist",
)  # fmt: skip


# -------------------------------------------------------------------------------------------------- covariances


@public
def cov(x: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor:
    """Covariances of variables, which are the rows of a matrix, between observations, which are its columns.

        Σ w (x_i - mean x_i) (x_j - mean x_j) / (Σ w - correction Σ w a / Σ w),    w = f a

    A matrix (m, n) gives (m, m); a vector, or a matrix of one row, its variance, with no dimensions. The result is of a
    floating dtype. Without weights they are 1: the divisor is n - correction. If it is not above 0, there is a warning,
    and the result is inf or NaN.

    Args:
        correction: how far the divisor is below the sum of the weights.
        fweights: how often each observation was made: a vector of n whole numbers.
        aweights: how much each observation counts, in relation to the others: a vector of n floats.

    Raises:
        RuntimeError: if `x` has more than two dimensions or is of bools; if weights are no vector of n, negative, of a
            dtype of the other kind, or have the sum 0.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.cov(tl.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]))
    tensor([[1., 2.],
            [2., 4.]])
    """
    if x.dtype.kind == "b":
        raise RuntimeError("cov(): bool dtype is not supported for input: convert it with .float()")
    if x.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {x.ndim} dimensions: its "
            f"shape is {list(x.shape)}"
        )
    x = x if x.dtype.kind == "f" else cast(x, dtypes.get_default_dtype())
    rows = reshape(x, (1, math.prod(x.shape))) if x.ndim < 2 else x
    count: Any = rows.shape[1]
    check_weights("fweights", fweights, count, "iu", "integral")
    check_weights("aweights", aweights, count, "f", "floating point")
    if fweights is None and aweights is None:
        average, weighted, divisor = mean(rows, 1, True), None, count - correction
        enough = divisor > 0
    else:
        weighted = fweights if aweights is None else aweights if fweights is None else fweights * aweights
        weighted = reshape(weighted, (count,))
        total = sum(weighted)
        if not values_of(total, "cov() reads whether its weights sum to 0"):
            raise RuntimeError("cov(): weights sum to zero, can't be normalized")
        average = sum(rows * weighted, 1, True) / total
        spread = total if aweights is None else sum(weighted * aweights)
        divisor = total - correction * (spread / total if aweights is not None else 1)
        enough = bool(values_of(divisor, "cov() reads whether its divisor is above 0") > 0)
    if not enough:
        warn("cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations")
        divisor = 0
    centered = rows - average
    right = centered if weighted is None else centered * weighted
    found = linalg.matmul(centered, linalg.transposed(right)) / divisor
    return reshape(found, tuple(n for n in found.shape if n != 1))


def check_weights(name: str, weights: Any, count: int, kinds: str, words: str) -> None:
    """Refuse weights of observations that are not one number, of the right kind and not negative, for each."""
    if weights is None:
        return
    if not hasattr(weights, "ndim"):
        raise wrong_type("cov", name, None, "Tensor", weights)
    if weights.ndim > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with {weights.ndim} dimensions"
        )
    if weights.dtype.kind not in kinds:
        raise RuntimeError(
            f"cov(): expected {name} to have {words} dtype but got {name} with {weights.dtype} dtype: convert them"
        )
    if (given := math.prod(weights.shape)) != count:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input but got {given} != "
            f"{count}"
        )
    if (values_of(weights, "cov() reads whether its weights are negative") < 0).any():
        raise RuntimeError(f"cov(): {name} cannot be negative")


@public
def corrcoef(x: Tensor) -> Tensor:
    """Pearson's correlation coefficients of variables, which are the rows of a matrix.

        cov_ij / √(cov_ii cov_jj), in [-1, 1]

    A matrix (m, n) gives (m, m); a vector gives 1, with no dimensions. The result is of a floating dtype. A variable
    that does not vary gives NaN.

    Raises:
        RuntimeError: if `x` has more than two dimensions.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.corrcoef(tl.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [5.0, 1.0, 0.0]]))
    tensor([[ 1.0000,  1.0000, -0.9449],
            [ 1.0000,  1.0000, -0.9449],
            [-0.9449, -0.9449,  1.0000]])
    """
    found = cov(x)
    if not found.ndim:
        return found / found
    deviations = elementwise.sqrt(diagonal(found, 0, 0, 1))
    return elementwise.clamp(found / outer(deviations, deviations), -1, 1)
