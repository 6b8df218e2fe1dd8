"""Convolutions as products of matrices: the windows of a few samples at a time are laid out as the columns of a matrix.

Never are all windows in memory at once: a part of them that fits into the processor's cache is copied, multiplied, and
written over by the next one. They are copied again for the backward pass.

Copying is quick where long runs of neighbours are copied. Such a run is a line of an image; but where lines are short,
the samples are laid side by side instead: the elements of all samples at one place are then neighbours, and a run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from . import depthwise
from .windows import Array, Shape, Windows, add_windows, fitted, padded, reach, view

_COLUMNS = 1 << 18
"""The number of elements of the matrix of windows that are made at a time."""

_SHORT = 16
"""A line of fewer places than this is short."""

_SAMPLES = 16
"""The number of samples from which on it pays to lay them side by side."""


def _samples_last(x: Array) -> Array:
    return x.transpose(*range(1, x.ndim), 0)


def _samples_first(x: Array) -> Array:
    return x.transpose(x.ndim - 1, *range(x.ndim - 1))


class _Block(NamedTuple):
    """Some samples, whose windows are laid out together.

    Attributes:
        samples: which they are.
        side_by_side: whether the elements of all of them at one place are neighbours in memory.
        parts: the windows at some of the lines of places: which lines of places these are, which lines of the image
            the windows cover, and the windows over the latter.
    """

    samples: slice
    side_by_side: bool
    parts: list[tuple[slice, slice, Windows]]

    def laid_out(self, x: Array) -> Array:
        """The samples of x (n, C, …) in the order in memory of this block."""
        if self.side_by_side:
            return _samples_first(np.ascontiguousarray(_samples_last(x)))
        return np.ascontiguousarray(x)

    def zeros(self, shape: Shape, dtype: Any) -> Array:
        """An array (n, C, …) of zeros in this order."""
        if self.side_by_side:
            return _samples_first(np.zeros((*shape[1:], shape[0]), dtype))
        return np.zeros(shape, dtype)

    def matrices(self, x: Array, groups: int, ndim: int) -> Array:
        """x (n, C, …, *places), with `ndim` dimensions of places, as matrices that have a column for each place.

        Returns:
            An array (n, groups, rows, places), or (1, groups, rows, places · n) with the samples side by side.
        """
        rows, places = math.prod(x.shape[1:-ndim]) // groups, math.prod(x.shape[-ndim:])
        if self.side_by_side:
            return _samples_last(x).reshape(1, groups, rows, places * len(x))
        return x.reshape(len(x), groups, rows, places)

    def arrays(self, matrices: Array, shape: Shape) -> Array:
        """The inverse of `matrices`: an array of this shape."""
        if self.side_by_side:
            return _samples_first(matrices.reshape(*shape[1:], shape[0]))
        return matrices.reshape(shape)


def _blocks(samples: int, rows: int, windows: Windows) -> Iterator[_Block]:
    """All windows in blocks, and these in parts of at most `_COLUMNS` elements, or of one line.

    Args:
        samples: how many there are.
        rows: how many elements the matrix has for each window.
        windows: all of them.
    """
    kernel, stride, _, dilation, places = windows
    line = rows * max(math.prod(places[1:]), 1)
    together = max(_COLUMNS // max(line * places[0], 1), 1)
    side_by_side = samples >= _SAMPLES and math.prod(kernel) > 1 and places[-1] < _SHORT
    if side_by_side:
        together = max(together, _SAMPLES)
    lines = max(min(_COLUMNS // max(line * min(together, samples), 1), places[0]), 1)
    parts = []
    for first in range(0, places[0], lines):
        last = min(first + lines, places[0])
        some = kernel, stride, (0,) * len(kernel), dilation, (last - first, *places[1:])
        start = first * stride[0]
        parts.append((slice(first, last), slice(start, start + reach(some)[0]), some))
    for start in range(0, samples, together):
        yield _Block(slice(start, min(start + together, samples)), side_by_side, parts)


def _in_float32(*arrays: Any) -> list[Any]:
    return [x if x is None or x.dtype != np.float16 else x.astype(np.float32) for x in arrays]


def convolve(x: Array, weight: Array, bias: Array | None, windows: Windows, groups: int) -> Array:
    """The kernel of `convolve`: a product of the weights with the columns of each part."""
    dtype, ndim = np.result_type(x.dtype, weight.dtype), len(windows[0])
    x, weight, bias = _in_float32(x, weight, bias)
    out = np.empty((len(x), len(weight), *windows[4]), np.result_type(dtype, *([] if bias is None else [bias.dtype])))
    if depthwise.pays(weight.shape[1] * groups, windows, groups):
        depthwise.convolve(x, weight, bias, windows, out)
        return out.astype(dtype) if dtype == np.float16 else out
    matrix = weight.reshape(groups, len(weight) // groups, math.prod(weight.shape[1:]))
    for block in _blocks(len(x), x.shape[1] * math.prod(windows[0]), windows):
        covered = block.laid_out(padded(x[block.samples], windows))
        for places, lines, some in block.parts:
            columns = block.matrices(view(covered[:, :, lines], some), groups, ndim)
            target = out[block.samples, :, places]
            found = block.arrays(np.matmul(matrix, columns), target.shape)
            if bias is None:
                target[...] = found
            else:
                np.add(found, bias.reshape(-1, *[1] * ndim), out=target)
    return out.astype(dtype) if dtype == np.float16 else out


def convolve_adjoint(g: Array, weight: Array, size: Shape, windows: Windows, groups: int) -> Array:
    """The kernel of `convolve_adjoint`: products with the weights, whose columns are added where the windows lie.

    With a stride of 1 it is a convolution too, and that is quicker unless there are more channels in g.
    """
    dtype, ndim = np.result_type(g.dtype, weight.dtype), len(windows[0])
    channels = weight.shape[1] * groups
    turned = _turned(size, windows)
    if turned is not None and len(weight) <= channels:
        return convolve(g, _turned_weights(weight, groups), None, turned, groups)
    g, weight = _in_float32(g, weight)
    out = np.empty((len(g), channels, *size), np.result_type(g.dtype, weight.dtype))
    if depthwise.pays(weight.shape[1] * groups, windows, groups):
        depthwise.convolve_adjoint(g, weight, windows, out)
        return out.astype(dtype) if dtype == np.float16 else out
    matrix = weight.reshape(groups, len(weight) // groups, math.prod(weight.shape[1:])).swapaxes(1, 2)
    multiply = np.multiply if matrix.shape[2] == 1 else np.matmul  # products of a single term, if convolved by channel
    for block in _blocks(len(g), channels * math.prod(windows[0]), windows):
        some_g = g[block.samples]
        covered = block.zeros((len(some_g), channels, *reach(windows)), out.dtype)
        for places, lines, some in block.parts:
            columns = multiply(matrix, block.matrices(some_g[:, :, places], groups, ndim))
            shape = (len(some_g), channels, *some[0], *some[4])
            add_windows(covered[:, :, lines], block.arrays(columns, shape), some)
        out[block.samples] = fitted(covered, size, windows)
    return out.astype(dtype) if dtype == np.float16 else out


def _turned(size: Shape, windows: Windows) -> Windows | None:
    """The windows over g by which a convolution is the adjoint of one with these; None if there are none."""
    kernel, stride, before, dilation, _ = windows
    border = tuple([(k - 1) * d - b for k, d, b in zip(kernel, dilation, before, strict=True)])
    return (kernel, stride, border, dilation, size) if set(stride) == {1} and min(border) >= 0 else None


def _turned_weights(weight: Array, groups: int) -> Array:
    """Weights (O, C, *kernel) as those of the adjoint (C, O, *kernel), in each group: reversed along the kernel."""
    split = weight.reshape(groups, len(weight) // groups, *weight.shape[1:]).swapaxes(1, 2)
    found = np.ascontiguousarray(np.flip(split, tuple(range(3, split.ndim))))
    return found.reshape(split.shape[0] * split.shape[1], *split.shape[2:])


def convolve_weights(x: Array, g: Array, windows: Windows, groups: int) -> Array:
    """The kernel of `convolve_weights`: products of g with the columns of each part, added in pairs."""
    dtype, ndim = np.result_type(x.dtype, g.dtype), len(windows[0])
    x, g = _in_float32(x, g)
    if depthwise.pays(x.shape[1], windows, groups):
        return depthwise.convolve_weights(x, g, windows).astype(dtype, copy=False)
    sums: list[tuple[int, Array]] = []
    for block in _blocks(len(x), x.shape[1] * math.prod(windows[0]), windows):
        covered = block.laid_out(padded(x[block.samples], windows))
        for places, lines, some in block.parts:
            columns = block.matrices(view(covered[:, :, lines], some), groups, ndim)
            factors = block.matrices(g[block.samples, :, places], groups, ndim)
            for each in np.matmul(columns, factors.swapaxes(2, 3)):
                _add_in_pairs(sums, each)
    out = np.zeros(
        (groups, x.shape[1] // groups * math.prod(windows[0]), g.shape[1] // groups), np.result_type(x.dtype, g.dtype)
    )
    for _, rest in reversed(sums):
        out += rest
    found = out.swapaxes(1, 2).reshape(g.shape[1], x.shape[1] // groups, *windows[0])
    return np.ascontiguousarray(found, dtype)


def _add_in_pairs(sums: list[tuple[int, Array]], x: Array) -> None:
    """Add an array to a sum that is kept as a list of sums, each of more arrays than the next."""
    count = 1
    while sums and sums[-1][0] == count:
        x += sums.pop()[1]
        count *= 2
    sums.append((count, x))
