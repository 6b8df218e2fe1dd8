"""The few primitives that the engine itself needs, on the edge between two nodes.

A gradient is brought to its argument's shape by `sum_to`, whose derivative is `expand`, and to its dtype by `cast`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .primitive import Array, primitive

Shape = tuple[int, ...]


@primitive(view=True)
def reshape(x: Array, shape: Shape) -> Array:
    """The same elements, in the same order, in another shape; dx = g in the shape of x."""
    return x.reshape(shape)


reshape.derivative(x=lambda g, x_shape: reshape(g, x_shape))


@primitive(view=True)
def expand(x: Array, shape: Shape) -> Array:
    """x broadcast to a shape, without copying; dx = g, summed back. Where nothing is repeated it can be written to."""
    return out if (out := np.broadcast_to(x, shape)).size != np.size(x) else np.reshape(x, shape)


expand.derivative(x=lambda g, x_shape: sum_to(g, x_shape))


@primitive
def sum_to(x: Array, shape: Shape) -> Array:
    """The sum over the dimensions in which `shape` would be broadcast to x; dx = g, broadcast."""
    lead = np.ndim(x) - len(shape)
    stretched = [i for i, n in enumerate(shape, start=lead) if n == 1 and x.shape[i] != 1]
    return x.sum(axis=(*range(lead), *stretched), keepdims=True).reshape(shape)


sum_to.derivative(x=lambda g, x_shape: expand(g, x_shape))


@primitive
def cast(x: Array, dtype: Any) -> Array:
    """x in another dtype; dx = g (in the dtype of x)."""
    return np.asarray(x).astype(dtype)


cast.derivative(x=lambda g: g)


@primitive
def clone(x: Array) -> Array:
    """x in memory of its own, in order; dx = g."""
    return np.array(x, order="C")


clone.derivative(x=lambda g: g)
