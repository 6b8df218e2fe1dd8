"""Windows that slide over the last dimensions of an array: those of convolutions, of pooling, and of unfold.

`Windows` describes them. The element k of the window at place p is the element p · stride + k · dilation - before, and
0 where there is none. Each of the five is a tuple with a number for each dimension that the windows slide along.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

Array = np.ndarray[Any, np.dtype[Any]]
Shape = tuple[int, ...]
Windows = tuple[Shape, Shape, Shape, Shape, Shape]
"""(kernel, stride, before, dilation, places): the size of a window, steps, border in front, distances, and how many."""


def reach(windows: Windows) -> Shape:
    """The sizes of all that the windows cover, the border included."""
    kernel, stride, _, dilation, places = windows
    return tuple([(p - 1) * s + (k - 1) * d + 1 for k, s, d, p in zip(kernel, stride, dilation, places, strict=True)])


def inside(size: Shape, windows: Windows) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The part of an array of this size that the windows cover, and where it lies in what they cover."""
    lies, covered = [], []
    for n, b, total in zip(size, windows[2], reach(windows), strict=True):
        count = max(min(n, total - b), 0)
        covered.append(slice(count))
        lies.append(slice(b, b + count))
    return (..., *covered), (..., *lies)


def padded(x: Array, windows: Windows, border: Any = 0) -> Array:
    """Return the part of x (N, C, …) that the windows cover, with a border where they reach beyond it."""
    sizes, ndim = reach(windows), len(windows[0])
    if not any(windows[2]) and all(n >= total for n, total in zip(x.shape[-ndim:], sizes, strict=True)):
        covered: Any = (..., *map(slice, sizes))
        return x[covered]
    out = np.full((*x.shape[:-ndim], *sizes), border, x.dtype)
    covered, lies = inside(x.shape[-ndim:], windows)
    out[lies] = x[covered]
    return out


def view(x: Array, windows: Windows) -> Array:
    """The windows over what they cover: (…, *kernel, *places), in the memory of x."""
    kernel, stride, _, dilation, places = windows
    lead = x.ndim - len(kernel)
    steps = x.strides[lead:]
    strides = (
        *x.strides[:lead],
        *(n * d for n, d in zip(steps, dilation, strict=True)),
        *(n * s for n, s in zip(steps, stride, strict=True)),
    )
    return as_strided(x, (*x.shape[:lead], *kernel, *places), strides)


def unfolded(x: Array, windows: Windows) -> Array:
    """All windows of x (N, C, …), as a new array (N, C, *kernel, *places)."""
    return np.array(view(padded(x, windows), windows), order="C")


def folded(columns: Array, size: Shape, windows: Windows) -> Array:
    """The adjoint of `unfolded`: an array (N, C, *size) in which the elements of all windows are added up."""
    wide = columns.astype(np.float32) if columns.dtype == np.float16 else columns
    covered = np.zeros((*columns.shape[:2], *reach(windows)), wide.dtype)
    add_windows(covered, wide, windows)
    return fitted(covered, size, windows).astype(columns.dtype, copy=False)


def fitted(covered: Array, size: Shape, windows: Windows) -> Array:
    """The inverse of `padded`: cut the border off, and put 0 where no window reaches."""
    part, lies = inside(size, windows)
    lead = covered.shape[: covered.ndim - len(size)]
    if covered.shape == (*lead, *size) and not any(windows[2]):
        return covered
    out = np.zeros((*lead, *size), covered.dtype)
    out[part] = covered[lies]
    return out


def add_windows(covered: Array, columns: Array, windows: Windows) -> None:
    """Add windows (…, *kernel, *places) to what they cover, in place."""
    target = view(covered, windows)
    lead: tuple[Any, ...] = (slice(None),) * (covered.ndim - len(windows[0]))
    for k in itertools.product(*map(range, windows[0])):
        part = target[(*lead, *k)]
        np.add(part, columns[(*lead, *k)], out=part)  # `target[…] += …` would also copy the part to itself


# ------------------------------------------------------------------------------------------------------- sums


def window_sums(x: Array, windows: Windows) -> Array:
    """The sum of each window of x (N, C, …): along one dimension after the other, and pairwise in each."""
    if x.dtype == np.float16:
        return window_sums(x.astype(np.float32), windows).astype(np.float16)
    out, ndim = padded(x, windows), len(windows[0])
    for d, (kernel, stride, _, dilation, places) in enumerate(zip(*windows, strict=True)):
        before: tuple[Any, ...] = (slice(None),) * (x.ndim - ndim + d)
        ends = [k * dilation for k in range(kernel)]
        out = _pairwise([out[(*before, slice(i, i + (places - 1) * stride + 1, stride))] for i in ends])
    return out


def _pairwise(parts: list[Array]) -> Array:
    """The sum of arrays, at most eight of them one after the other. It is a new array."""
    if len(parts) > 8:
        half = len(parts) // 2
        out = _pairwise(parts[:half])
        out += _pairwise(parts[half:])
        return out
    out = parts[0] + parts[1] if len(parts) > 1 else np.array(parts[0])
    for part in parts[2:]:
        out += part
    return out


def spread_over_windows(g: Array, size: Shape, windows: Windows) -> Array:
    """The adjoint of `window_sums`: an array (N, C, *size) in which each element has the sum of its windows' g."""
    if g.dtype == np.float16:
        return spread_over_windows(g.astype(np.float32), size, windows).astype(np.float16)
    out, ndim = g, len(size)
    for d, (kernel, stride, _, dilation, places) in enumerate(zip(*windows, strict=True)):
        axis = g.ndim - ndim + d
        shape = list(out.shape)
        shape[axis] = (places - 1) * stride + (kernel - 1) * dilation + 1
        if kernel == stride and dilation == 1:  # the windows divide what they cover
            out = np.repeat(out, kernel, axis)
            continue
        wider, before = np.zeros(shape, g.dtype), (slice(None),) * axis
        for k in range(kernel):
            part = wider[(*before, slice(k * dilation, k * dilation + (places - 1) * stride + 1, stride))]
            np.add(part, out, out=part)
        out = wider
    return fitted(out, size, windows)


# ---------------------------------------------------------------------------------------------------- largest


def largest(x: Array, windows: Windows) -> Array:
    """Return the largest element of each window of x (N, C, …), NaN if there is one, without its place."""
    out, ndim = padded(x, windows, _least(x)), len(windows[0])
    for d, (kernel, stride, _, dilation, places) in enumerate(zip(*windows, strict=True)):
        before: tuple[Any, ...] = (slice(None),) * (x.ndim - ndim + d)
        ends = [k * dilation for k in range(kernel)]
        parts = [out[(*before, slice(i, i + (places - 1) * stride + 1, stride))] for i in ends]
        out = np.maximum(parts[0], parts[1]) if kernel > 1 else np.array(parts[0])
        for part in parts[2:]:
            np.maximum(out, part, out=out)
    return out


def _least(x: Array) -> Any:
    """What is smaller than all elements: for a border that is never chosen."""
    return -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min


def first_places(windows: Windows) -> list[Array]:
    """For each dimension and place the first k that is not in the border in front."""
    return [
        np.maximum(-((np.arange(p) * s - b) // d), 0) for s, b, d, p in zip(*windows[1:], strict=True)
    ]  # -(a // d) is -a / d rounded up


def largest_places(x: Array, windows: Windows) -> Array:
    """Return the place of the largest element of each window of x (N, C, …) in its flattened image.

    Among equal elements the first is taken. NaN counts as larger than any number, and among several NaN the last is
    taken. Both are PyTorch's choices. The border is never chosen; each window must reach into x.
    """
    kernel = windows[0]
    ndim, size = len(kernel), x.shape[-len(kernel) :]
    real = x.dtype.kind == "f"
    parts = view(padded(x, windows, _least(x)), windows)
    parts = parts.transpose(*range(2, 2 + ndim), 0, 1, *range(2 + ndim, parts.ndim))  # kernel first
    code: Any = np.min_scalar_type(math.prod(kernel))
    strides = [math.prod(kernel[d + 1 :]) for d in range(ndim)]
    first = sum(
        np.reshape(k * n, (-1, *[1] * (ndim - d - 1)))
        for d, (k, n) in enumerate(zip(first_places(windows), strides, strict=True))
    )
    chosen = np.array(np.broadcast_to(np.asarray(first, code), parts.shape[ndim:]), order="C")
    best = np.full(chosen.shape, _least(x), x.dtype)
    has_nan = real and x.size > 0 and bool(np.isnan(np.max(x)))
    for i, k in enumerate(itertools.product(*map(range, kernel))):
        part = np.ascontiguousarray(parts[k])  # which is read twice
        better = part > best
        if has_nan:
            better |= np.isnan(part)
        np.maximum(best, part, out=best)
        np.maximum(chosen, better.view(np.uint8) * code.type(i), out=chosen)  # i, which is larger, where it is better
    return _flat_places(chosen, size, windows)


def _flat_places(chosen: Array, size: Shape, windows: Windows) -> Array:
    """The places in the flattened array of the elements of windows that have these numbers."""
    steps = [math.prod(size[d + 1 :]) for d in range(len(size))]
    offsets: Any = 0
    starts: Any = 0
    for k, s, b, d, p, n in zip(*windows, steps, strict=True):
        offsets = np.add.outer(offsets, np.arange(k) * d * n)
        starts = np.add.outer(starts, (np.arange(p) * s - b) * n)
    out = np.asarray(offsets, np.int64).reshape(-1).take(chosen)
    out += starts
    return out


def _largest_of_parts(x: Array, size: Shape) -> Array | None:
    """The largest of each window, where the windows divide x into equal parts; None if rows of parts are not quicker.

    They are slower where a part has few elements, and of several NaN NumPy does not choose the last.
    """
    ndim, shape = len(size), x.shape[2:]
    steps = [n // m for n, m in zip(shape, size, strict=True)]
    if math.prod(steps) < 16 or not x.size or (x.dtype.kind == "f" and np.isnan(np.max(x))):
        return None
    split = x.reshape(*x.shape[:2], *itertools.chain(*zip(size, steps, strict=True)))
    rows = split.transpose(0, 1, *range(2, 2 + 2 * ndim, 2), *range(3, 2 + 2 * ndim, 2))
    chosen = rows.reshape(*x.shape[:2], *size, math.prod(steps)).argmax(-1)
    return _flat_places(chosen, shape, (tuple(steps), tuple(steps), (0,) * ndim, (1,) * ndim, size))


def adaptive_largest_places(x: Array, size: Shape) -> Array:
    """Do the same as `largest_places`, with windows that divide x (N, C, …) into `size` parts along each dimension."""
    shape = x.shape[2:]
    if all(m and n % m == 0 for n, m in zip(shape, size, strict=True)):
        if (places := _largest_of_parts(x, size)) is not None:
            return places
        step = tuple(n // m for n, m in zip(shape, size, strict=True))
        return largest_places(x, (step, step, (0,) * len(size), (1,) * len(size), size))
    out = np.empty((*x.shape[:2], *size), np.int64)
    numbers = np.arange(math.prod(shape)).reshape(shape)
    for place in np.ndindex(*size):
        part: tuple[Any, ...] = tuple(
            slice(i * n // m, -(-(i + 1) * n // m)) for i, n, m in zip(place, shape, size, strict=True)
        )
        values = x[(..., *part)]
        values = values.reshape(*x.shape[:2], math.prod(values.shape[2:]))
        found = values.argmax(-1)
        undefined = np.isnan(values)
        last = values.shape[-1] - 1 - undefined[..., ::-1].argmax(-1)
        out[(..., *place)] = numbers[part].reshape(-1)[np.where(undefined.any(-1), last, found)]
    return out
