"""Loop forms: kernels written as loops over elements, which Numba compiles, where that pays.

Each is plain Python, and so can be run and tested without Numba. It computes what a kernel of `ops/kernels/` defines,
and tests hold it against that kernel's reference.
"""

from __future__ import annotations

import math
from typing import Any


def cross_entropy_rows(x: Any, target: Any, ignore_index: int, loss: Any, slope: Any, ignored: Any) -> None:
    """For each row of logits x (N, C) and its class: the loss, its derivative by the row, and whether it is ignored."""
    rows, classes = x.shape
    for i in range(rows):
        top = x[i, 0]
        for j in range(1, classes):
            if x[i, j] > top or x[i, j] != x[i, j]:
                top = x[i, j]
        total = 0.0
        for j in range(classes):
            e = math.exp(x[i, j] - top)
            slope[i, j] = e
            total += e
        for j in range(classes):
            slope[i, j] /= total
        label = target[i]
        ignored[i] = label == ignore_index
        if label == ignore_index:
            loss[i] = 0
            slope[i] = 0
        else:
            loss[i] = math.log(total) - (x[i, label] - top)
            slope[i, label] -= 1
