"""Histograms over several bins, of one value or of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core.array_functions import array_function, made_of
from ..core.primitive import Array
from ..types.annotations import Tensor
from .arguments import array_of, one_sample_at_a_time, public, values_of, wrap_like


class Histogram(NamedTuple):
    """The numbers of elements in the bins, and the places where the bins begin and end."""

    hist: Tensor
    bin_edges: Tensor


class HistogramDD(NamedTuple):
    """The numbers of points in the bins of a grid, and for each coordinate the places where the bins begin and end."""

    hist: Tensor
    bin_edges: tuple[Tensor, ...]


_DATA_DEPENDENT = "where the bins lie depends on the values: give range="


def _edges(name: str, x: Array, bins: Any, ends: tuple[float, float] | None, place: int) -> Array:
    """The edges of the bins of one coordinate, in the dtype of x."""
    if not isinstance(bins, (int, np.integer)):
        return array_of(bins)
    if bins <= 0:
        raise RuntimeError(f"{name}(): bins must be > 0, but got {bins} for dimension {place}")
    low, high = ends if ends is not None else (x.min(), x.max()) if x.size else (0, 1)
    if low > high:
        raise RuntimeError(
            f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} for dimension {place}"
        )
    if low == high:
        low, high = low - 0.5, high + 0.5
    return made_of((low, high, bins), np.linspace(low, high, int(bins) + 1), x.dtype)


def _check_floating(name: str, x: Tensor) -> None:
    if x.dtype.kind != "f":
        raise NotImplementedError(f'"histogramdd" not implemented for {x.dtype}: {name} needs .float()')


def _counted(x: Array, edges: list[Array], weight: Tensor | None, density: bool) -> Array:
    return _histogram(x, edges, None if weight is None else array_of(weight), density)


@array_function
def _histogram(x: Array, edges: list[Array], weights: Array | None, density: bool) -> Array:
    points = x.reshape(-1, len(edges))
    if weights is not None:
        weights = weights.reshape(-1).astype(np.float64)
    found = np.histogramdd(points, edges, density=density, weights=weights)[0]
    return found.astype(points.dtype)


@public
@one_sample_at_a_time
def histogram(
    x: Tensor,
    bins: int | Tensor = 100,
    *,
    range: tuple[float, float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
) -> Histogram:
    """Number of elements in each of several bins: a pair of `hist` and `bin_edges`, both in the dtype of x.

    A bin holds its left end, and the last one its right end too. There is no derivative.

    Args:
        x: of a floating dtype and any shape.
        bins: how many bins of equal width there are; or a vector of their edges, in ascending order.
        range: the ends of the first and the last bin; by default the least and the largest element.
        weight: what each element counts, of the shape of x.
        density: divide by the sum and by the widths, so that the integral is 1.

    Raises:
        RuntimeError: if there are no bins, or the range is empty.
        NotImplementedError: for whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.histogram(tl.tensor([1.0, 2.0, 1.0]), bins=4, range=(0.0, 3.0)).hist
    tensor([0., 2., 1., 0.])
    """
    _check_floating("histogram", x)
    array = values_of(x, _DATA_DEPENDENT) if isinstance(bins, int) and range is None else array_of(x)
    edges = [_edges("torch.histogram", array, bins, range, 0)]
    found = _counted(array, edges, weight, density)
    return Histogram(wrap_like(x, found), wrap_like(x, edges[0]))


@public
@one_sample_at_a_time
def histogramdd(
    x: Tensor,
    bins: int | Sequence[int] | Sequence[Tensor],
    *,
    range: Sequence[float] | None = None,
    weight: Tensor | None = None,
    density: bool = False,
) -> HistogramDD:
    """Number of points in each bin of a grid: a pair of `hist` and the tuple of the `bin_edges` of each coordinate.

    Args:
        x: points with D coordinates, of shape (*, D) and a floating dtype.
        bins: how many bins each coordinate has, or vectors of their edges.
        range: the ends for each coordinate, one after the other; by default the least and largest values.
        weight: what each point counts, of shape (*).
        density: divide by the sum and by the volumes, so that the integral is 1.

    Raises:
        RuntimeError: if the numbers of bins and coordinates differ.
        NotImplementedError: for whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.histogramdd(tl.tensor([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), bins=[2, 2]).hist
    tensor([[0., 1.],
            [1., 1.]])
    """
    _check_floating("histogramdd", x)
    array = values_of(x, _DATA_DEPENDENT)
    if array.ndim < 2:
        raise RuntimeError(
            f"torch.histogramdd: input tensor should have at least 2 dimensions, but got {array.ndim}: the points are "
            f"the rows of a matrix, and the shape is {list(array.shape)}"
        )
    count = array.shape[-1]
    each: list[Any] = [bins] * count if isinstance(bins, int) else list(bins)
    if len(each) != count:
        raise RuntimeError(
            f"histogramdd: The size of bins must be equal to the innermost dimension of the input: {len(each)} bins, "
            f"{count} coordinates"
        )
    points = array.reshape(-1, count)
    ends = [None] * count if range is None else list(zip(range[::2], range[1::2], strict=True))
    edges = [
        _edges("torch.histogramdd", points[:, d], b, end, d) for d, (b, end) in enumerate(zip(each, ends, strict=True))
    ]
    found = _counted(array, edges, weight, density)
    return HistogramDD(wrap_like(x, found), tuple([wrap_like(x, edge) for edge in edges]))
