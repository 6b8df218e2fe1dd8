"""Convolutions as products of matrices: the windows of a few samples at a time are laid out as the columns of a matrix.

Never are all windows in memory at once: a part of them that fits into the processor's cache is copied, multiplied, and
written over by the next one. They are copied again for the backward pass.

Where the stride is 1, a row of the matrix is one run in the memory of a channel: it begins where the element lies in
the first window. The run goes on from the end of a line of the image to the beginning of the
next, so there are a few columns that are no windows; they are left out of the result.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from .windows import Array, Shape, Windows, fitted, padded, reach, view

_COLUMNS = 1 << 18
"""So many elements of the matrix of windows are made at a time."""

_WASTE = 1.5
"""So many times the columns that are windows there may be in all."""


class _Part:
    """The windows of some samples, at some of the lines of places, as columns of a matrix.

    Attributes:
        windows: these windows, over the lines that they cover.
        places: where the results of this part belong in the result of all, the channels aside.
        shape: the lengths that the columns are the product of: the samples, and the places, or one run through them.
        lines: the lines that the windows cover.
    """

    def __init__(self, samples: slice, first: int, last: int, windows: Windows, sizes: Shape) -> None:
        kernel, stride, _, dilation, places = windows
        self.windows = kernel, stride, (0,) * len(kernel), dilation, (last - first, *places[1:])
        self.samples, self.places = samples, (samples, slice(None), slice(first, last))
        start = first * stride[0]
        self.lines = slice(start, start + reach(self.windows)[0])
        self.count = samples.stop - samples.start
        steps = [math.prod(sizes[d + 1 :]) for d in range(len(sizes))]
        run = 1 + sum((n - 1) * step for n, step in zip(self.windows[4], steps, strict=True))
        self.flat = set(stride) == {1} and run <= _WASTE * math.prod(self.windows[4])
        self.run = run if self.flat else math.prod(self.windows[4])
        self.whole_lines = (self.windows[4][0], *sizes[1:])  # a run, filled up to whole lines

    def columns(self, covered: Array, groups: int) -> Array:
        """The windows as a matrix for each group: (groups, C/groups · kernel, samples · places)."""
        x = self._windows(covered[:, :, self.lines])
        ndim = len(self.windows[0])
        rows = x.transpose(1, *range(2, 2 + ndim), 0, *range(2 + ndim, x.ndim))
        return rows.reshape(groups, -1, self.count * self.run)

    def _windows(self, lines: Array) -> Array:
        if not self.flat:
            return view(lines, self.windows)
        windows = view(lines, self.windows)
        ndim = len(self.windows[0])
        shape = (*windows.shape[: 2 + ndim], self.run)
        return np.lib.stride_tricks.as_strided(lines, shape, (*windows.strides[: 2 + ndim], lines.strides[-1]))

    def add(self, columns: Array, covered: Array) -> None:
        """Add such a matrix to what the windows cover, in place: the adjoint of `columns`."""
        lines = covered[:, :, self.lines]
        target = self._windows(lines)
        ndim = len(self.windows[0])
        rows = columns.reshape(target.shape[1], *self.windows[0], self.count, *target.shape[2 + ndim :])
        for k in np.ndindex(*self.windows[0]):
            target[(slice(None), slice(None), *k)] += rows[(slice(None), *k)].swapaxes(0, 1)

    def store(self, product: Array, out: Array, bias: Array | None) -> None:
        """Put a matrix with a column for each window, (groups, O/groups, samples · places), where it belongs."""
        target = out[self.places]
        rows = self._places(product.reshape(target.shape[1], self.count, self.run))
        if bias is None:
            target[...] = rows
        else:
            np.add(rows, bias.reshape(-1, *[1] * (target.ndim - 2)), out=target)

    def _places(self, rows: Array) -> Array:
        """The results at the places (samples, O, *places) in rows (O, samples, run)."""
        places = self.windows[4]
        if not self.flat:
            return rows.reshape(*rows.shape[:2], *places).swapaxes(0, 1)
        steps = [math.prod(self.whole_lines[d + 1 :]) * rows.itemsize for d in range(len(places))]
        strides = (rows.strides[1], rows.strides[0], *steps)
        return np.lib.stride_tricks.as_strided(rows, (*rows.shape[1::-1], *places), strides)

    def laid_out(self, g: Array, groups: int) -> Array:
        """The adjoint of `store`: a matrix with a column for each window, 0 for those that are none."""
        part = g[self.places]
        out = (np.zeros if self.flat else np.empty)((part.shape[1], self.count, self.run), g.dtype)
        self._places(out)[...] = part
        return out.reshape(groups, -1, self.count * self.run)


def _parts(samples: int, rows: int, windows: Windows) -> Iterator[tuple[slice, list[_Part]]]:
    """All windows in parts: the samples that are worked on together, and the parts of their lines.

    Args:
        samples: how many there are.
        rows: how many elements the matrix has for each window.
        windows: all of them.
    """
    sizes, places = reach(windows), windows[4]
    line = rows * max(math.prod(sizes[1:]), 1)
    together = max(_COLUMNS // max(line * places[0], 1), 1)
    lines = max(min(_COLUMNS // max(line, 1), places[0]), 1)
    for start in range(0, samples, together):
        block = slice(start, min(start + together, samples))
        ends = range(0, places[0], lines)
        yield block, [_Part(slice(block.start, block.stop), i, min(i + lines, places[0]), windows, sizes) for i in ends]


def _in_float32(*arrays: Any) -> list[Any]:
    return [x if x is None or x.dtype != np.float16 else x.astype(np.float32) for x in arrays]


def convolve(x: Array, weight: Array, bias: Array | None, windows: Windows, groups: int) -> Array:
    """The kernel of `convolve`: a product of the weights with the columns of each part."""
    dtype = np.result_type(x.dtype, weight.dtype)
    x, weight, bias = _in_float32(x, weight, bias)
    out = np.empty((len(x), len(weight), *windows[4]), np.result_type(dtype, *([] if bias is None else [bias.dtype])))
    matrix = weight.reshape(groups, len(weight) // groups, -1)
    for block, parts in _parts(len(x), x.shape[1] * math.prod(windows[0]), windows):
        covered = _covered(x[block], windows)
        for part in parts:
            part.store(np.matmul(matrix, part.columns(covered, groups)), out, bias)
    return out.astype(dtype) if dtype == np.float16 else out


def _covered(x: Array, windows: Windows) -> Array:
    """What the windows cover, in order in memory."""
    return np.ascontiguousarray(padded(x, windows))


def convolve_adjoint(g: Array, weight: Array, size: Shape, windows: Windows, groups: int) -> Array:
    """The kernel of `convolve_adjoint`: products with the weights, whose columns are added where the windows lie."""
    dtype = np.result_type(g.dtype, weight.dtype)
    g, weight = _in_float32(g, weight)
    channels = weight.shape[1] * groups
    out = np.empty((len(g), channels, *size), np.result_type(g.dtype, weight.dtype))
    matrix = weight.reshape(groups, len(weight) // groups, -1).swapaxes(1, 2)
    for block, parts in _parts(len(g), channels * math.prod(windows[0]), windows):
        covered = np.zeros((block.stop - block.start, channels, *reach(windows)), out.dtype)
        for part in parts:
            part.add(np.matmul(matrix, part.laid_out(g, groups)), covered)
        out[block] = fitted(covered, size, windows)
    return out.astype(dtype) if dtype == np.float16 else out


def convolve_weights(x: Array, g: Array, windows: Windows, groups: int) -> Array:
    """The kernel of `convolve_weights`: products of g with the columns of each part, added in pairs."""
    dtype = np.result_type(x.dtype, g.dtype)
    x, g = _in_float32(x, g)
    shape = (g.shape[1], x.shape[1] // groups, *windows[0])
    sums: list[tuple[int, Array]] = []
    for block, parts in _parts(len(x), x.shape[1] * math.prod(windows[0]), windows):
        covered = _covered(x[block], windows)
        for part in parts:
            columns = part.columns(covered, groups)
            _add_in_pairs(sums, np.matmul(part.laid_out(g, groups), columns.swapaxes(1, 2)))
    out = np.zeros(shape, np.result_type(x.dtype, g.dtype))
    for _, rest in reversed(sums):
        out += rest.reshape(shape)
    return out.astype(dtype) if dtype == np.float16 else out


def _add_in_pairs(sums: list[tuple[int, Array]], x: Array) -> None:
    """Add an array to a sum that is kept as a list of sums, each of more arrays than the next."""
    count = 1
    while sums and sums[-1][0] == count:
        x += sums.pop()[1]
        count *= 2
    sums.append((count, x))
