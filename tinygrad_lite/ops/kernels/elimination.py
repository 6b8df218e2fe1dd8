"""Gaussian elimination as a factorization (LU), and the exponential of a matrix, which NumPy does not have."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_ORDER = 13
"""The order of the approximant of the exponential, which is exact to float64's precision up to a norm of 5.37."""
_LARGEST = 5.37


def pivots(x: Array) -> Array:
    """The row, counted from 1, that each step of Gauss's elimination moves up: that of the largest number."""
    return _eliminated(x, True)[1]


def eliminated(x: Array) -> Array:
    """L below the diagonal and U on and above it, L U = x: elimination without changes of places.

    A pivot of 0 is not divided by: in rows that are in the order of the pivots, all below it is 0 then.
    """
    return _eliminated(x, False)[0]


def _eliminated(x: Array, pivoting: bool) -> tuple[Array, Array]:
    *batch, m, n = x.shape
    steps = min(m, n)
    out = np.array(x, order="C").reshape(math.prod(batch), m, n)
    places = np.empty((len(out), steps), np.int32)
    every = np.arange(len(out))
    for i in range(steps):
        if pivoting:
            top = i + np.abs(out[:, i:, i]).argmax(1)
            places[:, i] = top + 1
            first = out[:, i].copy()
            out[:, i] = out[every, top]
            out[every, top] = first
        pivot, column = out[:, i, i, None], out[:, i + 1 :, i]
        np.divide(column, pivot, out=column, where=pivot != 0)
        out[:, i + 1 :, i + 1 :] -= column[:, :, None] * out[:, i : i + 1, i + 1 :]
    return out.reshape(x.shape), places.reshape(*batch, steps)


def order_of_rows(places: Array, rows: int) -> Array:
    """The rows in the order to which the changes of places bring them, counted from 0: P A = A[order]."""
    order = np.broadcast_to(np.arange(rows), (*places.shape[:-1], rows)).copy()
    count = math.prod(places.shape[:-1])
    flat, of_batch = order.reshape(count, rows), places.reshape(count, places.shape[-1]) - 1
    every = np.arange(len(flat))
    for i in range(places.shape[-1]):
        j = of_batch[:, i]
        first = flat[:, i].copy()
        flat[:, i] = flat[every, j]
        flat[every, j] = first
    return order


def zero_pivots(lu: Array) -> Array:
    """Return the position, from 1, of the first 0 on the diagonal of each U; 0 if there is none."""
    zero = np.diagonal(lu, axis1=-2, axis2=-1) == 0
    if not zero.shape[-1]:
        return np.zeros(zero.shape[:-1], np.int32)
    return np.where(zero.any(-1), zero.argmax(-1) + 1, 0).astype(np.int32)


def matrix_exp(x: Array) -> Array:
    """exp(X) for each matrix: Padé's approximant of order 13 to exp(X / 2ˢ), squared s times, in float64.

    Source: Higham, 2005, The scaling and squaring method for the matrix exponential revisited.
    """
    if not x.size:
        return x.copy()
    a = x.astype(np.float64)
    finite = np.isfinite(a).all((-2, -1), keepdims=True)
    a = np.where(finite, a, 0)
    norm = np.abs(a).sum(-2).max(-1)[..., None, None]
    squarings = np.maximum(np.ceil(np.log2(np.maximum(norm, 1e-300) / _LARGEST)), 0)
    a = np.ldexp(a, -squarings.astype(np.int32))
    identity = np.eye(x.shape[-1])
    even, odd, power = np.zeros_like(a), np.zeros_like(a), np.broadcast_to(identity, a.shape)
    square, coefficient = a @ a, 1.0
    for j in range(_ORDER + 1):  # numerator and denominator are even + odd and even - odd
        if j % 2:
            odd = odd + coefficient * power
            power = power @ square
        else:
            even = even + coefficient * power
        coefficient *= (_ORDER - j) / ((2 * _ORDER - j) * (j + 1))
    odd = a @ odd
    out = np.linalg.solve(even - odd, even + odd)
    for i in range(int(squarings.max())):
        out = np.where(i < squarings, out @ out, out)
    return np.where(finite, out, np.nan).astype(x.dtype)
