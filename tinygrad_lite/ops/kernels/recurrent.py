"""Recurrent layers as fused operations: one kernel for a whole sequence, and one for its backward pass.

The products of the inputs with their weights need no recurrence: they are made beforehand, for all steps at once, and
come in as `gates` (T, N, …). What is left is the loop over time, and the weights (…, hidden) of the state.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.primitive import Array, fused
from ..activation import relu
from ..elementwise import sigmoid, tanh
from ..linalg import matmul
from ..shape import cat, permute, stack
from .summation import column_sums


def _product(state: Any, weight: Any, bias: Any) -> Any:
    product = matmul(state, permute(weight, (1, 0)))
    return product if bias is None else product + bias


def _parts(x: Any, hidden: int) -> list[Any]:
    """The gates that stand side by side in the last dimension."""
    return [x[..., i : i + hidden] for i in range(0, x.shape[-1], hidden)]


def _weight_gradients(g: Array, states: Array, needs: Sequence[bool]) -> tuple[Any, Any]:
    """The gradients of the weights of the state and of their bias, from those of the products of all steps."""
    rows = g.reshape(-1, g.shape[-1])
    by_weight = rows.T.dot(states.reshape(-1, states.shape[-1])) if needs[0] else None
    return by_weight, column_sums(rows) if needs[1] else None


def _before(first: Array, states: Array) -> Array:
    """The state before each step."""
    return np.concatenate([first[None], states[:-1]])


def _sigmoid(x: Array) -> None:
    """1 / (1 + e**-x), in place."""
    x *= -1  # NumPy 2.4's np.negative(x, out=x) is wrong where elements lie 16 bytes apart
    np.exp(x, out=x)
    x += 1
    np.reciprocal(x, out=x)


# ------------------------------------------------------------------------------------------------------ Elman


@fused(differentiable=4)
def rnn(gates: Array, state: Array, weight: Array, bias: Array | None, rectified: bool) -> Array:
    """h_t = tanh(gates_t + h_(t-1) weightᵀ + bias), or relu; dgates = d, dstate = d_1 weight, dweight = Σ d_tᵀ h_(t-1).

    d_t = f′ g_t, where f′ is the slope of tanh or relu, and g_t is the gradient of h_t, also through the steps after
    it; dbias = Σ d_t. gates (T, N, H), state (N, H) to (T, N, H).
    """
    states = []
    for t in range(gates.shape[0]):
        z = gates[t] + _product(state, weight, bias)
        state = relu(z) if rectified else tanh(z)
        states.append(state)
    return stack(states, 0)


def _rnn(gates: Array, state: Array, weight: Array, bias: Array | None, rectified: bool) -> tuple[Array, Any]:
    out = gates.copy() if bias is None else gates + bias
    h, turned = state, np.ascontiguousarray(weight.T)
    for z in out:
        z += h.dot(turned)
        h = np.maximum(z, 0, out=z) if rectified else np.tanh(z, out=z)
    return out, (state, out, weight, rectified)


def _rnn_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    state, out, weight, rectified = saved
    d = g * (out > 0) if rectified else g * (1 - out * out)
    slope = (out > 0) if rectified else 1 - out * out
    back: Any = None
    for t in range(len(d) - 1, -1, -1):
        if back is not None:
            d[t] += back * slope[t]
        back = d[t].dot(weight)
    by_weight, by_bias = _weight_gradients(d, _before(state, out), needs[2:])
    return d, back, by_weight, by_bias


rnn.implement(_rnn, _rnn_pullback)

# -------------------------------------------------------------------------------------------------------- LSTM


@fused(differentiable=5)
def lstm(gates: Array, state: Array, cell: Array, weight: Array, bias: Array | None) -> Array:
    """h_t = o tanh(c_t) beside c_t = f c_(t-1) + i k; dgates = d, dstate = d_1 weight, dweight = Σ d_tᵀ h_(t-1).

    i, f, o = σ(z) and k = tanh(z), each of its own part of z = gates_t + h_(t-1) weightᵀ + bias, in the order i, f, k,
    o. d_t is the gradient of z at step t; dbias = Σ d_t, and dcell = f_1 dc_1. gates (T, N, 4 H), state and cell (N, H)
    to (T, N, 2 H). Source: Hochreiter & Schmidhuber, 1997, with the forget gate of Gers et al., 2000.
    """
    results = []
    for t in range(gates.shape[0]):
        i, f, k, o = _parts(gates[t] + _product(state, weight, bias), state.shape[-1])
        cell = sigmoid(f) * cell + sigmoid(i) * tanh(k)
        state = sigmoid(o) * tanh(cell)
        results.append(cat((state, cell), -1))
    return stack(results, 0)


def _lstm(gates: Array, state: Array, cell: Array, weight: Array, bias: Array | None) -> tuple[Array, Any]:
    steps, count, hidden = len(gates), len(state), state.shape[-1]
    z = gates.copy() if bias is None else gates + bias
    out = np.empty((steps, count, 2 * hidden), z.dtype)
    bent = np.empty((steps, count, hidden), z.dtype)
    h, c, turned = state, cell, np.ascontiguousarray(weight.T)
    for t in range(steps):
        z[t] += h.dot(turned)
        _sigmoid(z[t, :, : 2 * hidden])
        np.tanh(z[t, :, 2 * hidden : 3 * hidden], out=z[t, :, 2 * hidden : 3 * hidden])
        _sigmoid(z[t, :, 3 * hidden :])
        i, f, k, o = _parts(z[t], hidden)
        h, next_c = out[t, :, :hidden], out[t, :, hidden:]
        np.multiply(f, c, out=next_c)
        next_c += i * k
        c = next_c
        np.tanh(c, out=bent[t])
        np.multiply(o, bent[t], out=h)
    return out, (state, cell, z, out, bent, weight)


def _lstm_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    state, cell, z, out, bent, weight = saved
    hidden = state.shape[-1]
    d = np.empty_like(z)
    by_state: Any = np.zeros_like(state)
    by_cell: Any = np.zeros_like(cell)
    for t in range(len(z) - 1, -1, -1):
        i, f, k, o = _parts(z[t], hidden)
        di, df, dk, do = _parts(d[t], hidden)
        by_h = g[t, :, :hidden] + by_state
        by_c = by_h * o
        by_c *= 1 - bent[t] * bent[t]
        by_c += g[t, :, hidden:]
        by_c += by_cell
        before = out[t - 1, :, hidden:] if t else cell
        np.multiply(by_c * k, i * (1 - i), out=di)
        np.multiply(by_c * before, f * (1 - f), out=df)
        np.multiply(by_c * i, 1 - k * k, out=dk)
        np.multiply(by_h * bent[t], o * (1 - o), out=do)
        by_cell = by_c * f
        by_state = d[t].dot(weight)
    by_weight, by_bias = _weight_gradients(d, _before(state, out[..., :hidden]), needs[3:])
    return d, by_state, by_cell, by_weight, by_bias


lstm.implement(_lstm, _lstm_pullback)

# --------------------------------------------------------------------------------------------------------- GRU


@fused(differentiable=4)
def gru(gates: Array, state: Array, weight: Array, bias: Array | None) -> Array:
    """h_t = n + z (h_(t-1) - n); dgates = d, dstate = z_1 dh_1 + e_1 weight, dweight = Σ e_tᵀ h_(t-1), dbias = Σ e_t.

    r, z = σ(x + s) and n = tanh(x + r s), each of its own part of x = gates_t and s = h_(t-1) weightᵀ + bias, in the
    order r, z, n. d_t and e_t are the gradients of x and s at step t. gates (T, N, 3 H), state (N, H) to (T, N, H).
    Source: Cho et al., 2014, with r after the product, as PyTorch has it.
    """
    states = []
    for t in range(gates.shape[0]):
        xr, xz, xn = _parts(gates[t], state.shape[-1])
        sr, sz, sn = _parts(_product(state, weight, bias), state.shape[-1])
        new = tanh(xn + sigmoid(xr + sr) * sn)
        state = new + sigmoid(xz + sz) * (state - new)
        states.append(state)
    return stack(states, 0)


def _gru(gates: Array, state: Array, weight: Array, bias: Array | None) -> tuple[Array, Any]:
    steps, count, hidden = len(gates), len(state), state.shape[-1]
    z = gates.copy()
    out = np.empty((steps, count, hidden), z.dtype)
    products = np.empty_like(out)
    h, turned = state, np.ascontiguousarray(weight.T)
    for t in range(steps):
        s = h.dot(turned)
        if bias is not None:
            s += bias
        products[t] = s[:, 2 * hidden :]
        z[t, :, : 2 * hidden] += s[:, : 2 * hidden]
        _sigmoid(z[t, :, : 2 * hidden])
        r, u, n = _parts(z[t], hidden)
        n += r * products[t]
        np.tanh(n, out=n)
        np.subtract(h, n, out=out[t])
        out[t] *= u
        out[t] += n
        h = out[t]
    return out, (state, z, out, products, weight)


def _gru_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    state, z, out, products, weight = saved
    hidden = state.shape[-1]
    d = np.empty_like(z)  # of the gates; those of the products of the state differ in the last of them
    e = np.empty_like(z)
    by_state: Any = np.zeros_like(state)
    for t in range(len(z) - 1, -1, -1):
        r, u, n = _parts(z[t], hidden)
        dr, du, dn = _parts(d[t], hidden)
        by_h = g[t] + by_state
        before = out[t - 1] if t else state
        np.multiply(by_h * (1 - u), 1 - n * n, out=dn)
        np.multiply(by_h * (before - n), u * (1 - u), out=du)
        np.multiply(dn * products[t], r * (1 - r), out=dr)
        e[t] = d[t]
        e[t, :, 2 * hidden :] *= r
        by_state = by_h * u
        by_state += e[t].dot(weight)
    by_weight, by_bias = _weight_gradients(e, _before(state, out), needs[2:])
    return d, by_state, by_weight, by_bias


gru.implement(_gru, _gru_pullback)
