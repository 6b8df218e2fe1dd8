"""Loop forms: kernels written as loops over elements, where that pays.

Each is plain Python on flat arrays; machine code has the functions of `memory_access.py` in place of `at` and `put`. It
computes what a kernel of `ops/kernels/` defines, and tests hold it against that kernel.
"""

from __future__ import annotations

import math
from typing import Any

from .elements import larger


def at(x: Any, i: int) -> Any:
    """The element i."""
    return x[i]


def put(x: Any, i: int, value: Any) -> None:
    """Write the element i."""
    x[i] = value


def turned_rows(x: Any, rows: int, columns: int, out: Any) -> None:
    """The transpose of a matrix."""
    for j in range(columns):
        for i in range(rows):
            put(out, j * rows + i, at(x, i * columns + j))


def shifted_rows(x: Any, rows: int, classes: int, out: Any) -> None:
    """Rows of logits x (N, C), less the largest of each, so that no power overflows."""
    for i in range(rows):
        first = i * classes
        top = at(x, first)
        for j in range(first + 1, first + classes):
            top = larger(top, at(x, j))
        for j in range(first, first + classes):
            put(out, j, at(x, j) - top)


def cross_entropy_rows(
    shifted: Any, powers: Any, target: Any, rows: int, classes: int, ignore_index: int, loss: Any, slope: Any,
    ignored: Any,
) -> None:  # fmt: skip
    """For each row of logits and its class: the loss, its derivative by the row, and whether it is ignored.

    The logits (N, C) are shifted, and `powers` is e to the power of them, which is computed for all at once.
    """
    for i in range(rows):
        first = i * classes
        total = 0.0
        for j in range(first, first + classes):
            total += at(powers, j)
        inverse = 1 / total
        for j in range(first, first + classes):
            put(slope, j, at(powers, j) * inverse)
        label = at(target, i)
        put(ignored, i, label == ignore_index)
        if label == ignore_index:
            put(loss, i, 0)
        else:
            put(loss, i, math.log(total) - at(shifted, first + label))
            put(slope, first + label, at(slope, first + label) - 1)


def largest_in_windows(
    x: Any, images: int, height: int, width: int, kernel: tuple[int, int], stride: tuple[int, int],
    before: tuple[int, int], dilation: tuple[int, int], places: tuple[int, int], out: Any,
) -> None:  # fmt: skip
    """The place of the largest element of each window of images x (images, height, width), as windows.py defines it."""
    for i in range(images):
        for p in range(places[0]):
            for q in range(places[1]):
                chosen = -1
                largest = at(x, 0)
                for a in range(kernel[0]):
                    row = p * stride[0] - before[0] + a * dilation[0]
                    if row < 0 or row >= height:
                        continue
                    for b in range(kernel[1]):
                        column = q * stride[1] - before[1] + b * dilation[1]
                        if column < 0 or column >= width:
                            continue
                        value = at(x, (i * height + row) * width + column)
                        if chosen < 0 or value > largest or value != value:
                            largest = value
                            chosen = row * width + column
                put(out, (i * places[0] + p) * places[1] + q, chosen)


def chosen_in_rows(x: Any, index: Any, rows: int, width: int, count: int, out: Any) -> None:
    """Of each row the elements at the places of its own index, which are known to be there."""
    for i in range(rows):
        for j in range(count):
            put(out, i * count + j, at(x, i * width + at(index, i * count + j)))


def added_in_rows(g: Any, index: Any, rows: int, width: int, count: int, out: Any) -> None:
    """Zeros with the elements of each row added at the places of its own index, one after the other."""
    for i in range(rows * width):
        put(out, i, 0)
    for i in range(rows):
        for j in range(count):
            place = i * width + at(index, i * count + j)
            put(out, place, at(out, place) + at(g, i * count + j))


def gathered_rows(x: Any, index: Any, count: int, width: int, out: Any) -> None:
    """The `count` rows of x, each of `width` elements, at the places in `index`, which were checked before."""
    for i in range(count):
        begin = at(index, i) * width
        for j in range(width):
            put(out, i * width + j, at(x, begin + j))


def added_rows(g: Any, index: Any, count: int, width: int, size: int, out: Any) -> None:
    """`size` zeros, to which the rows of g are added at the places in `index`, one after the other."""
    for i in range(size):
        put(out, i, 0)
    for i in range(count):
        begin = at(index, i) * width
        for j in range(width):
            put(out, begin + j, at(out, begin + j) + at(g, i * width + j))
