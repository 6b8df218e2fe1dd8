"""The batching rules of what slides windows: convolutions, sums and maxima over windows, and views of them.

Images (N, C, …) of all samples are side by side in N where they share their weights. Where the weights differ, their
channels are side by side in C, and each sample is a group of channels, or several, of its own.
"""

from __future__ import annotations

from typing import Any

from ..core.edge import expand, reshape
from ..core.primitive import Primitive
from ..ops import convolution, strided
from ..ops.convolution import convolve, convolve_adjoint, convolve_weights
from ..ops.shape import narrow, pad
from .operands import RULES, Batch, Each, batches, dim_after, front, moved, ndim_of, shape_of

Shape = tuple[int, ...]


@batches(
    convolution.unfold, convolution.fold, convolution.window_sums, convolution.spread_over_windows,
    convolution.largest_places, convolution.adaptive_largest_places,
)  # fmt: skip
def _side_by_side(primitive: Primitive, batch: Batch, x: Any, *settings: Any) -> Any:
    (n, *sizes), size = shape_of(x), batch.size
    out = primitive(reshape(front(x, size), (size * n, *sizes)), *settings)
    return reshape(out, (size, n, *out.shape[1:]))


@batches(convolve)
def _convolve(primitive: Primitive, batch: Batch, x: Any, weight: Any, bias: Any, windows: Any, groups: int) -> Any:
    if not isinstance(bias, Each):
        return _with_weights(primitive, batch, x, weight, bias, windows, groups)
    out = _with_weights(primitive, batch, x, weight, None, windows, groups)
    return out + reshape(bias.value, (batch.size, 1, *shape_of(bias), *[1] * len(windows[0])))


@batches(convolve_adjoint)
def _with_weights(primitive: Primitive, batch: Batch, x: Any, weight: Any, *settings: Any) -> Any:
    """Both are linear in x and in the weights; the bias, or the size of the result, is the same for all samples."""
    if not isinstance(weight, Each):
        return _side_by_side(primitive, batch, x, weight, *settings)
    first, *rest = settings
    if primitive is convolve and first is not None:
        first = expand(first, (batch.size, *first.shape))
        first = reshape(first, (batch.size * first.shape[1],))
    if not batch.size:
        return _of_none(primitive, batch, x, weight, *settings)
    out = primitive(_channels(x, 1, batch), _channels(weight, 0, batch), first, *_in_groups(rest, batch))
    return _of_each(out, 1, batch)


@batches(convolve_weights)
def _convolve_weights(primitive: Primitive, batch: Batch, x: Any, y: Any, *settings: Any) -> Any:
    if not batch.size:
        return _of_none(primitive, batch, x, y, *settings)
    out = primitive(_channels(x, 1, batch), _channels(y, 1, batch), *_in_groups(settings, batch))
    return _of_each(out, 0, batch)


def _in_groups(settings: Any, batch: Batch) -> Any:
    """The windows, and so many groups for each of the samples."""
    windows, groups = settings
    return windows, groups * batch.size


def _channels(x: Any, dim: int, batch: Batch) -> Any:
    """The channels of all samples, in a dimension of one sample, one after the other."""
    x = moved(front(x, batch.size), 0, dim)
    return reshape(x, (*x.shape[:dim], x.shape[dim] * x.shape[dim + 1], *x.shape[dim + 2 :]))


def _of_each(x: Any, dim: int, batch: Batch) -> Any:
    """The opposite: the channels of each sample."""
    x = reshape(x, (*x.shape[:dim], batch.size, x.shape[dim] // batch.size, *x.shape[dim + 1 :]))
    return moved(x, dim, 0)


def _of_none(primitive: Primitive, batch: Batch, *args: Any) -> Any:
    """The result where there are no samples: it is computed for one sample of zeros, which is then left out."""
    zeros = [Each(pad(x.value, ((0, 1), *[(0, 0)] * ndim_of(x)))) if isinstance(x, Each) else x for x in args]
    return narrow(RULES[primitive](primitive, batch._replace(size=1), *zeros), 0, 0, 0)


# ------------------------------------------------------------------------------------------------------- views


@batches(strided.sliding_windows)
def _sliding_windows(primitive: Primitive, batch: Batch, x: Each, dim: int, size: int, step: int) -> Any:
    return primitive(x.value, dim_after(dim), size, step)


@batches(strided.overlap_add)
def _overlap_add(primitive: Primitive, batch: Batch, x: Each, shape: Shape, dim: int, size: int, step: int) -> Any:
    return primitive(x.value, (batch.size, *shape), dim_after(dim), size, step)
