"""Counts, covariances, differences, distances and integrals, as PyTorch calls them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.argument_types import wrong_type
from ..core.edge import cast, clone, reshape
from ..ops import elementwise, linalg
from ..ops.ordering import histogram
from ..ops.shape import cat, diagonal, narrow
from ..types import dtypes
from ..types.annotations import Tensor
from .arguments import array_of, one_dim, public, values_of, wrap_like
from .products import check_same_dtype, outer
from .reduction import mean, norm, sum

# ------------------------------------------------------------------------------------------------------ counts


@public
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
    if not y.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions. trapezoid: the shape of y is []")
    dim = one_dim(dim, y.ndim, "trapezoid")
    length = y.shape[dim] - 1
    width: Any = dx
    if x is not None:
        if x.ndim == 1 and x.shape[0] != y.shape[dim]:
            raise RuntimeError(
                "trapezoid: There must be one `x` value for each sample point: x has the shape "
                f"{list(x.shape)}, y {list(y.shape)}, and the integral is along dimension {dim}"
            )
        width = diff(x, dim=dim if x.ndim > 1 else 0)
        if width.ndim == 1:
            width = reshape(width, (-1, *(1 for _ in range(y.ndim - dim - 1))))
    return sum((narrow(y, dim, 1, length) * 0.5 + narrow(y, dim, 0, length) * 0.5) * width, dim)


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
    return norm(elementwise.sub(x, y), _order("dist", p))


def _order(name: str, p: Any) -> Any:
    if p is None or isinstance(p, str):  # which mean 2 to `norm`
        raise wrong_type(name, "p", 3, "Number", p)
    return p


@public
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0) -> Tensor:
    """Distances of all pairs of a row of one matrix and a row of another.

        (Σ |x1_i - x2_j|ᵖ)^(1/p)

    Matrices (…, n, d) and (…, m, d) of a floating dtype give (…, n, m).

    Args:
        x1: n points, a row each.
        x2: m points, a row each.
        p: the order of the norm; see `norm`.

    Raises:
        RuntimeError: if an argument has fewer than two dimensions, the rows are of different lengths, or the dtypes
            differ or are not floating ones.
        TypeError: if an argument is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.cdist(tl.tensor([[0.0, 0.0], [3.0, 0.0]]), tl.tensor([[0.0, 4.0]]))
    tensor([[4.],
            [5.]])
    """
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
    rows, columns = (*x1.shape[:-1], 1, x1.shape[-1]), (*x2.shape[:-2], 1, *x2.shape[-2:])
    return norm(reshape(x1, rows) - reshape(x2, columns), _order("cdist", p), -1)


# -------------------------------------------------------------------------------------------------- covariances


@public
def cov(x: Tensor, *, correction: int = 1) -> Tensor:
    """Covariances of variables, which are the rows of a matrix, between observations, which are its columns.

        Σ (x_i - mean x_i) (x_j - mean x_j) / (n - correction)

    A matrix (m, n) gives (m, m); a vector gives its variance, with no dimensions. The result is of a floating dtype.

    Args:
        correction: the number that is subtracted from the number n of observations.

    Raises:
        RuntimeError: if `x` has more than two dimensions.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.cov(tl.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]))
    tensor([[1., 2.],
            [2., 4.]])
    """
    if x.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {x.ndim} dimensions: its "
            f"shape is {list(x.shape)}"
        )
    x = x if x.dtype.kind == "f" else cast(x, dtypes.get_default_dtype())
    rows = reshape(x, (1, math.prod(x.shape))) if x.ndim < 2 else x
    centered = rows - mean(rows, 1, True)
    found = linalg.matmul(centered, linalg.transposed(centered)) / (rows.shape[1] - correction)
    return found if x.ndim == 2 else reshape(found, ())


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
