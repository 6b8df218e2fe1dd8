"""Step 5 of 8: second derivatives, from the same rules.

In step 4 the rules computed with NumPy's arrays. Let them compute with the recorded ones instead, and a gradient has a
history like any other result: it can be differentiated again, to any order. This is what `create_graph=True` does. The
real engine reads one text of each rule in both ways: on arrays, which is fast, and on Tensors where it must.
"""

from __future__ import annotations

import itertools

import numpy as np

counter = itertools.count()


class Tensor:
    """An array with its history. Every operation is written once, and its rules use operations of Tensors only."""

    def __init__(self, data, *history) -> None:
        self.data, self.history, self.count = np.asarray(data, float), history, next(counter)

    shape = property(lambda self: self.data.shape)

    def __add__(self, other):
        return Tensor(self.data + other.data, (self, lambda g: g), (other, lambda g: g))

    def __mul__(self, other):
        return Tensor(self.data * other.data, (self, lambda g: g * other), (other, lambda g: g * self))

    def sum_to(self, shape):  # its rule is to expand, and the rule of expand is this: an adjoint pair
        data = self.data.sum(axis=tuple(range(self.data.ndim - len(shape))))
        data = data.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True).reshape(shape)
        return Tensor(data, (self, lambda g: g.expand(self.shape)))

    def expand(self, shape):
        return Tensor(np.broadcast_to(self.data, shape), (self, lambda g: g.sum_to(self.shape)))


def gradients(result: Tensor) -> dict[Tensor, Tensor]:
    reached, stack = {result}, [result]
    while stack:
        stack += (new := {parent for parent, _ in stack.pop().history} - reached)
        reached |= new
    found = {result: Tensor(np.ones(result.shape))}
    for tensor in sorted(reached, key=lambda tensor: tensor.count, reverse=True):
        for parent, rule in tensor.history:
            g = rule(found[tensor]).sum_to(parent.shape)
            found[parent] = found[parent] + g if parent in found else g
    return found


if __name__ == "__main__":
    g = x = Tensor(2.0)
    result = x * x * x * x
    for order in (1, 2, 3, 4):
        result = gradients(result)[x]
        print(f"derivative {order} of x⁴ at 2: {result.data:g}")
