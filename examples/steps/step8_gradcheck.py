"""Step 8 of 8: is every rule right?

A derivative is the limit of (f(x + h) - f(x - h)) / 2h. Computed for each element of each array it is slow, and not
exact: h must be small against the curvature, and large against rounding. But it needs no rules, so it can find a wrong
one. For a result with many elements take a random weight for each, and differentiate the weighted sum: with weights of
1, a mistake that cancels in the sum would go unseen.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from step5_second_order import Tensor, gradients
from step6_layer import matmul, tanh


def numerical_gradient(f: Callable[[], float], array: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """The derivative of f() by each element of an array that it uses."""
    g = np.zeros(array.shape)
    for index in np.ndindex(array.shape):
        value = array[index]
        array[index] = value + h
        above = f()
        array[index] = value - h
        g[index] = (above - f()) / (2 * h)
        array[index] = value
    return g


def largest_error(f: Callable[..., Tensor], *shapes: tuple[int, ...], seed: int = 0) -> float:
    """The largest difference between the rules of f and numerical derivatives, relative to their size."""
    rng = np.random.default_rng(seed)
    inputs = [Tensor(rng.normal(size=shape)) for shape in shapes]
    weights = Tensor(rng.normal(size=f(*inputs).shape))
    found = gradients((f(*inputs) * weights).sum_to(()))
    errors = []
    for x in inputs:
        numeric = numerical_gradient(lambda: float((f(*inputs) * weights).sum_to(()).data), x.data)
        errors.append(np.abs(found[x].data - numeric).max() / np.abs(numeric).max())
    return float(max(errors))


def wrong_tanh(x: Tensor) -> Tensor:  # with a planted mistake: 1 - out instead of 1 - out²
    out = Tensor(np.tanh(x.data), (x, lambda g: g * (Tensor(1) + Tensor(-1) * out)))
    return out


if __name__ == "__main__":
    print(f"matmul:     {largest_error(matmul, (2, 3), (3, 4)):.0e}")
    print(f"tanh:       {largest_error(tanh, (2, 3)):.0e}")
    print(f"wrong tanh: {largest_error(wrong_tanh, (2, 3)):.0e}")
