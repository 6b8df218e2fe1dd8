"""Loop forms: kernels written as loops over elements, which Numba compiles, where that pays.

Each is plain Python, and so can be run and tested without Numba. It computes what a kernel of `ops/kernels/` defines,
and tests hold it against that kernel's reference.
"""

from __future__ import annotations

import math
from typing import Any


def cross_entropy_rows(x: Any, target: Any, ignore_index: int, loss: Any, slope: Any, ignored: Any) -> None:
    """For each row of logits x (N, C) and its class: the loss, its derivative by the row, and whether it is ignored.

    All arrays are flat.
    """
    rows = len(target)
    classes = len(x) // rows
    for i in range(rows):
        first = i * classes
        top = x[first]
        for j in range(first + 1, first + classes):
            if x[j] > top or x[j] != x[j]:
                top = x[j]
        total = 0.0
        for j in range(first, first + classes):
            e = math.exp(x[j] - top)
            slope[j] = e
            total += e
        for j in range(first, first + classes):
            slope[j] /= total
        label = target[i]
        ignored[i] = label == ignore_index
        if label == ignore_index:
            loss[i] = 0
        else:
            loss[i] = math.log(total) - (x[first + label] - top)
            slope[first + label] -= 1
