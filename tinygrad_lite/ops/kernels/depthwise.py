"""Convolutions of each channel by itself (groups = channels), as products with band matrices.

The windows of a convolution of one channel are small, and a matrix of all of them is mostly copies. Here a run of
places along the last dimension is one product: the line of elements that these places see, times a matrix which holds
the weights along its diagonals. So each element is copied once for each line of the kernel, not once for each weight.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .summation import sum_over
from .windows import Array, Shape, Windows, fitted, padded, reach, view

_RUN = 16
"""So many places are one run: with more the matrix has more zeros, with fewer more elements are copied twice."""

_ELEMENTS = 1 << 18
"""So many elements of lines are laid out at a time, which fit into the processor's cache."""


def pays(channels: int, windows: Windows, groups: int) -> bool:
    """Tell whether this is the quickest way: for each channel by itself, unless images are wide and windows narrow."""
    return groups == channels > 1 and windows[4][-1] < 16 * windows[0][-1] and math.prod(windows[4]) > 0


def runs(windows: Windows) -> tuple[int, Windows]:
    """Return the number of places in a run, and the windows of runs: all that a run sees in the last dimension."""
    kernel, stride, before, dilation, places = windows
    together = min(places[-1], _RUN)
    seen = (together - 1) * stride[-1] + (kernel[-1] - 1) * dilation[-1] + 1
    return together, (
        (*kernel[:-1], seen),
        (*stride[:-1], together * stride[-1]),
        before,
        (*dilation[:-1], 1),
        (*places[:-1], -(-places[-1] // together)),
    )


def _along_diagonals(bands: Array, windows: Windows) -> Array:
    """The weights (C, R, M, W, run) in the band matrices (C, R, seen, M, run): weight w of the place q is at q s + w d.

    R counts the lines of the kernel, and M the results for each channel.
    """
    kernel, stride, _, dilation, _ = windows
    channels, lines, seen, place, number = (n * bands.itemsize for n in _steps(bands.shape))
    shape = (*bands.shape[:2], bands.shape[3], kernel[-1], bands.shape[4])
    return as_strided(bands, shape, (channels, lines, place, seen * dilation[-1], number + seen * stride[-1]))


def _steps(shape: Shape) -> list[int]:
    return [math.prod(shape[i + 1 :]) for i in range(len(shape))]


def _bands(weight: Array, channels: int, windows: Windows) -> Array:
    """The band matrices (C, R · seen, M · run) of weights (C · M, 1, *kernel)."""
    run, wide = runs(windows)
    *lines, last = windows[0]
    count, each = math.prod(lines), len(weight) // channels
    out = np.zeros((channels, count, wide[0][-1], each, run), weight.dtype)
    _along_diagonals(out, windows)[...] = weight.reshape(channels, each, count, last).swapaxes(1, 2)[..., None]
    return out.reshape(channels, count * wide[0][-1], each * run)


def _blocks(x: Array, wide: Windows) -> Iterator[tuple[slice, slice]]:
    """Samples and channels of x (N, C, …) whose lines are laid out together."""
    samples, channels = x.shape[:2]
    one = math.prod(wide[0]) * math.prod(wide[4])
    together = max(min(_ELEMENTS // one, samples), 1)
    beside = max(_ELEMENTS // (one * together), 1)
    for start in range(0, samples, together):
        for first in range(0, channels, beside):
            yield slice(start, min(start + together, samples)), slice(first, min(first + beside, channels))


def _lines(x: Array, wide: Windows) -> Array:
    """Return the elements of x (n, C, …) that each run of places sees, of shape (C, n · runs, R · seen)."""
    lines = view(padded(x, wide), wide)
    ndim = len(wide[0])
    lines = lines.transpose(1, 0, *range(2 + ndim, 2 + 2 * ndim), *range(2, 2 + ndim))
    return lines.reshape(x.shape[1], len(x) * math.prod(wide[4]), math.prod(wide[0]))


def _by_run(g: Array, channels: int, run: int, wide: Windows) -> Array:
    """Results (n, C · M, *places) as (C, n · runs, M · run), with zeros in a last run that is not full."""
    each, length = g.shape[1] // channels, wide[4][-1] * run
    if length != g.shape[-1]:
        full = np.zeros((*g.shape[:-1], length), g.dtype)
        full[..., : g.shape[-1]] = g
        g = full
    split = g.reshape(len(g), channels, each, math.prod(wide[4][:-1]) * wide[4][-1], run)
    return split.transpose(1, 0, 3, 2, 4).reshape(channels, len(g) * split.shape[3], each * run)


def convolve(x: Array, weight: Array, bias: Array | None, windows: Windows, out: Array) -> None:
    """Write the convolution of x (N, C, …) by channel to `out` (N, C · M, *places)."""
    channels, places = x.shape[1], windows[4]
    run, wide = runs(windows)
    bands, each = _bands(weight, channels, windows), len(weight) // channels
    for samples, some in _blocks(x, wide):
        found = np.matmul(_lines(x[samples, some], wide), bands[some])
        target = out[samples, some.start * each : some.stop * each]
        split = found.reshape(len(found), len(target), -1, each, run).transpose(1, 0, 3, 2, 4)
        full = split.reshape(*target.shape[:-1], wide[4][-1] * run)[..., : places[-1]]
        if bias is None:
            target[...] = full
        else:
            np.add(full, bias[some.start * each : some.stop * each].reshape(-1, *[1] * len(places)), out=target)


def convolve_adjoint(g: Array, weight: Array, windows: Windows, out: Array) -> None:
    """Write the adjoint, for g (N, C · M, *places), to `out` (N, C, *size)."""
    channels = out.shape[1]
    run, wide = runs(windows)
    bands, each = _bands(weight, channels, windows).swapaxes(1, 2), len(weight) // channels
    kernel, step = wide[0], wide[1][-1]
    step = step if wide[4][-1] > 1 else kernel[-1]
    pieces = [slice(i, i + step) for i in range(0, kernel[-1], step)]
    ndim = len(kernel)
    for samples, some in _blocks(out, wide):
        count = some.stop - some.start
        some_g = g[samples, some.start * each : some.stop * each]
        lines = np.matmul(_by_run(some_g, count, run, wide), bands[some])
        lines = lines.reshape(count, len(some_g), *wide[4], *kernel)
        lines = lines.transpose(1, 0, *range(2 + ndim, 2 + 2 * ndim), *range(2, 2 + ndim))
        covered = np.zeros((len(some_g), count, *reach(wide)), out.dtype)
        target = view(covered, wide)
        for line in np.ndindex(*kernel[:-1]):
            for piece in pieces:  # runs overlap, and only what does not can be added at once
                at: Any = (slice(None), slice(None), *line, piece)
                part = target[at]
                np.add(part, lines[at], out=part)
        out[samples, some] = fitted(covered, out.shape[2:], wide)


def convolve_weights(x: Array, g: Array, windows: Windows) -> Array:
    """The derivative by the weights (C · M, 1, *kernel), for x (N, C, …) and g (N, C · M, *places)."""
    channels = x.shape[1]
    run, wide = runs(windows)
    *lines, last = windows[0]
    each, count = g.shape[1] // channels, math.prod(lines)
    parts: dict[int, list[Array]] = {}
    for samples, some in _blocks(x, wide):
        some_g = g[samples, some.start * each : some.stop * each]
        factors = _by_run(some_g, some.stop - some.start, run, wide)
        products = np.matmul(_lines(x[samples, some], wide).swapaxes(1, 2), factors)
        bands = products.reshape(len(products), count, wide[0][-1], each, run)
        parts.setdefault(some.start, []).append(sum_over(_along_diagonals(bands, windows), 4))
    sums = [sum_over(np.stack(of_channels), 0) for of_channels in parts.values()]
    found = np.concatenate(sums) if sums else np.zeros((channels, count, each, last), np.result_type(x, g))
    return found.swapaxes(1, 2).reshape(g.shape[1], 1, *windows[0])
