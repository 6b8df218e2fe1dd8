"""Step 4 of 8: arrays, and broadcasting undone.

An operation on arrays keeps a rule, which takes the gradient g of the result to that of an argument. For x * y the rule
for x is g * y. NumPy may have stretched x to the shape of the result (broadcasting). An element that was used many
times gets the sum of the gradients of all its uses, so the gradient is summed over the dimensions that were stretched.
That stands in one place, `sum_to`, for all operations at once.
"""

from __future__ import annotations

import itertools

import numpy as np

counter = itertools.count()


class Array:
    """An array with its history: pairs of an array that it was computed from, and the rule for its gradient."""

    def __init__(self, data, history=()) -> None:
        self.data = np.asarray(data, float)
        self.history = history
        self.count = next(counter)

    def __add__(self, other: Array) -> Array:
        return Array(self.data + other.data, ((self, lambda g: g), (other, lambda g: g)))

    def __mul__(self, other: Array) -> Array:
        return Array(self.data * other.data, ((self, lambda g: g * other.data), (other, lambda g: g * self.data)))

    def sum(self) -> Array:
        return Array(self.data.sum(), ((self, lambda g: np.broadcast_to(g, self.data.shape)),))


def sum_to(g, shape):
    """Sum a gradient over the dimensions in which its argument was stretched."""
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))  # the dimensions that were put in front
    return g.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True).reshape(shape)


def gradients(result: Array) -> dict[Array, np.ndarray]:
    """The derivative of the result's sum by every array that it was computed from."""
    reached, stack = {result}, [result]
    while stack:
        stack += (new := {parent for parent, _ in stack.pop().history} - reached)
        reached |= new
    found = {result: np.ones_like(result.data)}
    for array in sorted(reached, key=lambda array: array.count, reverse=True):
        for parent, rule in array.history:
            found[parent] = found.get(parent, 0.0) + sum_to(rule(found[array]), parent.data.shape)
    return found


if __name__ == "__main__":
    rows, column = Array([[1, 2, 3], [4, 5, 6]]), Array([[10], [20]])
    print("d sum(rows * column) / d column, summed over each row:", gradients((rows * column).sum())[column].tolist())
