"""Recurrent layers as fused operations: one kernel for a whole sequence, and one for its backward pass.

A kernel keeps the values of each gate in one array (T, N, H), with that of all gates as (gates, T, N, H). So the
arithmetic of a step is on arrays in order in memory, and the weights of a gate are a matrix of their own. What needs no
recurrence is one product for all steps: those of the inputs with their weights before the loop over time, and the
gradients of the weights after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...core.primitive import Array, fused
from ..activation import relu
from ..elementwise import sigmoid, tanh
from ..linalg import matmul
from ..shape import permute, stack
from .summation import column_sums


def _product(x: Any, weight: Any, bias: Any) -> Any:
    product = matmul(x, permute(weight, (1, 0)))
    return product if bias is None else product + bias


def _parts(x: Any, hidden: int) -> list[Any]:
    """The gates that stand side by side in the last dimension."""
    return [x[..., i : i + hidden] for i in range(0, x.shape[-1], hidden)]


def _by_gate(values: Array, hidden: int) -> Array:
    """Weights (gates · H, I) or biases (gates · H) with a dimension for the gates: (gates, H, …)."""
    return values.reshape(len(values) // hidden, hidden, *values.shape[1:])


def _turned(weight: Array, hidden: int) -> Array:
    """The matrices that states or inputs are multiplied with, one for each gate, in order in memory: (gates, I, H)."""
    return np.ascontiguousarray(_by_gate(weight, hidden).swapaxes(1, 2))


def _input_products(x: Array, weight: Array, bias: Array | None, hidden: int) -> Array:
    """x (T, N, I) times the weights of each gate, plus their biases: (gates, T, N, H)."""
    steps, count, size = x.shape
    out = np.matmul(x.reshape(steps * count, size), _turned(weight, hidden))
    if bias is not None:
        out += _by_gate(bias, hidden)[:, None]
    return out.reshape(len(out), steps, count, hidden)


def _rows(x: Array) -> Array:
    """(…, T, N, H) with the steps as one dimension: (…, T · N, H)."""
    return x.reshape(*x.shape[:-3], x.shape[-3] * x.shape[-2], x.shape[-1])


def _input_gradient(d: Array, weight: Array) -> Array:
    """The gradient of x (T, N, I) from that of its products (gates, T, N, H)."""
    first, *others = zip(d, _by_gate(weight, d.shape[-1]), strict=True)
    out = np.matmul(*first)
    for each in others:
        out += np.matmul(*each)
    return out


def _weight_gradient(d: Array, x: Array) -> Array:
    """The gradient of the weights (gates · H, I) from that of the products (gates, T, N, H) with x (T, N, I)."""
    out = np.matmul(_rows(d).swapaxes(1, 2), _rows(x))
    return out.reshape(len(out) * d.shape[-1], x.shape[-1])


def _bias_gradient(d: Array) -> Array:
    """The gradient of the biases (gates · H)."""
    return np.concatenate([column_sums(each) for each in _rows(d)])


def _before(first: Array, states: Array) -> Array:
    """The state before each step."""
    return np.concatenate([first[None], states[:-1]]) if len(states) > 1 else first[None]


def _gradients(d: Array, x: Array, before: Array, w_ih: Array, needs: Sequence[bool]) -> tuple[Any, list[Any]]:
    """The gradients of x, and of (w_ih, w_hh, b_ih, b_hh), where the gates are the sum of both products.

    Args:
        d: the gradients of the gates (gates, T, N, H).
        x: the inputs (T, N, I).
        before: the state before each step (T, N, H).
        w_ih: the weights of the inputs.
        needs: whether these five need a gradient.
    """
    by_bias = _bias_gradient(d) if needs[3] or needs[4] else None
    weights = [_weight_gradient(d, each) if need else None for each, need in zip((x, before), needs[1:3], strict=True)]
    both = needs[3] and needs[4]  # equal, but each in memory of its own
    biases = [by_bias, by_bias.copy() if both and by_bias is not None else by_bias]
    return _input_gradient(d, w_ih) if needs[0] else None, [*weights, *biases]


def _sigmoid(x: Array) -> None:
    """1 / (1 + e**-x), in place."""
    x *= -1  # NumPy 2.4's np.negative(x, out=x) is wrong where elements lie 16 bytes apart
    np.exp(x, out=x)
    x += 1
    np.true_divide(1, x, out=x)  # in half the time of np.reciprocal


def scan(
    step: Callable[..., tuple[Any, ...]],
    states: tuple[Array, ...],
    arrays: Sequence[Array],
    constants: Sequence[Array] = (),
    lagged: Sequence[tuple[Array, Array]] = (),
    backward: bool = False,
) -> tuple[Any, ...]:
    """The states after all steps, from the first to the last, or backward.

    Args:
        step: a function of the states, of the arrays at its step, of what is lagged, and of the constants. It returns
            the new states, and writes what is to be kept to the arrays.
        states: the states before the first of the steps that are taken.
        arrays: (T, N, …) or (gates, T, N, …), of which a step gets (N, …) or (gates, N, …).
        constants: what is the same for all steps.
        lagged: pairs of a first value (N, …) and of an array (T, N, …): step t gets the element t - 1 of the array.
    """
    for t in range(len(arrays[0][0]) if arrays[0].ndim > 3 else len(arrays[0]))[:: -1 if backward else 1]:
        now = [x[:, t] if x.ndim > 3 else x[t] for x in arrays]
        states = step(*states, *now, *[x[t - 1] if t else first for first, x in lagged], *constants)
    return states


def _sum_of(x: Array | None, y: Array | None) -> Array | None:
    return y if x is None else x if y is None else x + y


# ------------------------------------------------------------------------------------------------------ Elman


@fused(differentiable=6)
def rnn(
    x: Array, state: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None, rectified: bool
) -> Array:
    """h_t = tanh(x_t w_ihᵀ + b_ih + h_(t-1) w_hhᵀ + b_hh), or relu; dw_ih = Σ d_tᵀ x_t, dw_hh = Σ d_tᵀ h_(t-1).

    d_t = f′ g_t, where f′ is the slope of tanh or relu, and g_t is the gradient of h_t, also through the steps after
    it; dx_t = d_t w_ih, db_ih = db_hh = Σ d_t. x (T, N, I), state (N, H) to (T, N, H).
    """
    products = _product(x, w_ih, b_ih)
    states = []
    for t in range(x.shape[0]):
        z = products[t] + _product(state, w_hh, b_hh)
        state = relu(z) if rectified else tanh(z)
        states.append(state)
    return stack(states, 0)


def _rnn(
    x: Array, state: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None, rectified: bool
) -> tuple[Array, Any]:
    (out,) = _input_products(x, w_ih, _sum_of(b_ih, b_hh), state.shape[-1])
    scan(_relu_step if rectified else _tanh_step, (state,), [out], [np.ascontiguousarray(w_hh.T)])
    return out, (x, state, w_ih, w_hh, out, rectified)


def _relu_step(h: Array, z: Array, turned: Array) -> tuple[Array]:
    z += h.dot(turned)
    np.maximum(z, 0, out=z)
    return (z,)


def _tanh_step(h: Array, z: Array, turned: Array) -> tuple[Array]:
    z += h.dot(turned)
    np.tanh(z, out=z)
    return (z,)


def _rnn_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    x, state, w_ih, w_hh, out, rectified = saved
    slope = (out > 0) if rectified else 1 - out * out
    d = g * slope
    (by_state,) = scan(_rnn_step_backward, (np.zeros_like(state),), [d, slope], [w_hh], backward=True)
    by_x, others = _gradients(d[None], x, _before(state, out), w_ih, [needs[0], *needs[2:]])
    return by_x, by_state, *others


def _rnn_step_backward(by_state: Array, d: Array, slope: Array, w_hh: Array) -> tuple[Array]:
    d += by_state * slope
    return (d.dot(w_hh),)


rnn.implement(_rnn, _rnn_pullback)

# -------------------------------------------------------------------------------------------------------- LSTM


@fused(differentiable=7)
def lstm(
    x: Array, state: Array, cell: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None
) -> Array:
    """h_t = o tanh(c_t) and c_t = f c_(t-1) + i k; dx_t = d_t w_ih, dw_ih = Σ d_tᵀ x_t, dw_hh = Σ d_tᵀ h_(t-1).

    i, f, o = σ(z) and k = tanh(z), each of its own part of z = x_t w_ihᵀ + b_ih + h_(t-1) w_hhᵀ + b_hh, in the order i,
    f, k, o. d_t is the gradient of z at step t; db_ih = db_hh = Σ d_t, dstate = d_1 w_hh, and dcell = f_1 dc_1.
    x (T, N, I), state and cell (N, H) to h and c, (2, T, N, H).
    Source: Hochreiter & Schmidhuber, 1997, with the forget gate of Gers et al., 2000.
    """
    products = _product(x, w_ih, b_ih)
    states, cells = [], []
    for t in range(x.shape[0]):
        i, f, k, o = _parts(products[t] + _product(state, w_hh, b_hh), state.shape[-1])
        cell = sigmoid(f) * cell + sigmoid(i) * tanh(k)
        state = sigmoid(o) * tanh(cell)
        states.append(state)
        cells.append(cell)
    return stack((stack(states, 0), stack(cells, 0)), 0)


def _lstm(
    x: Array, state: Array, cell: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None
) -> tuple[Array, Any]:
    hidden = state.shape[-1]
    z = _input_products(x, w_ih, _sum_of(b_ih, b_hh), hidden)
    out = np.empty((2, *z.shape[1:]), z.dtype)
    bent = np.empty(z.shape[1:], z.dtype)  # tanh(c)
    scan(_lstm_step, (state, cell), (z, out, bent), [_turned(w_hh, hidden)])
    return out, (x, state, cell, w_ih, w_hh, z, out, bent)


def _lstm_step(h: Array, cell: Array, gates: Array, out: Array, bent: Array, turned: Array) -> tuple[Array, Array]:
    gates += np.matmul(h, turned)
    i, f, k, o = gates
    _sigmoid(gates[:2])
    np.tanh(k, out=k)
    _sigmoid(o)
    h, c = out
    np.multiply(f, cell, out=c)
    c += i * k
    np.tanh(c, out=bent)
    np.multiply(o, bent, out=h)
    return h, c


def _lstm_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    x, state, cell, w_ih, w_hh, z, out, bent = saved
    d = np.empty_like(z)
    by_state, by_cell = scan(
        _lstm_step_backward, (np.zeros_like(state), np.zeros_like(cell)), (d, z, g, bent),
        [_by_gate(w_hh, state.shape[-1])], [(cell, out[1])], backward=True,
    )  # fmt: skip
    by_x, others = _gradients(d, x, _before(state, out[0]), w_ih, [needs[0], *needs[3:]])
    return by_x, by_state, by_cell, *others


def _lstm_step_backward(
    by_state: Array, by_cell: Array, d: Array, gates: Array, g: Array, bent: Array, cell: Array, weights: Array
) -> tuple[Array, Array]:
    i, f, k, o = gates
    by_h = g[0] + by_state
    by_c = bent * bent
    np.subtract(1, by_c, out=by_c)
    by_c *= o
    by_c *= by_h
    by_c += g[1]
    by_c += by_cell
    np.subtract(1, gates, out=d)
    d *= gates  # the slopes of i, f and o
    di, df, dk, do = d
    np.multiply(k, k, out=dk)
    np.subtract(1, dk, out=dk)
    di *= k
    df *= cell
    dk *= i
    do *= bent
    d[:3] *= by_c
    do *= by_h
    return np.add.reduce(np.matmul(d, weights)), by_c * f


lstm.implement(_lstm, _lstm_pullback)

# --------------------------------------------------------------------------------------------------------- GRU


@fused(differentiable=6)
def gru(x: Array, state: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None) -> Array:
    """h_t = n + u (h_(t-1) - n); dw_ih = Σ d_tᵀ x_t, dw_hh = Σ e_tᵀ h_(t-1), db_ih = Σ d_t, db_hh = Σ e_t.

    r, u = σ(p + s) and n = tanh(p + r s), each of its own part of p = x_t w_ihᵀ + b_ih and s = h_(t-1) w_hhᵀ + b_hh, in
    the order r, u, n. d_t and e_t are the gradients of p and s at step t; dx_t = d_t w_ih, and dstate = u_1 dh_1 + e_1
    w_hh. x (T, N, I), state (N, H) to (T, N, H).
    Source: Cho et al., 2014, with r after the product, as PyTorch has it.
    """
    products = _product(x, w_ih, b_ih)
    states = []
    for t in range(x.shape[0]):
        pr, pu, pn = _parts(products[t], state.shape[-1])
        sr, su, sn = _parts(_product(state, w_hh, b_hh), state.shape[-1])
        new = tanh(pn + sigmoid(pr + sr) * sn)
        state = new + sigmoid(pu + su) * (state - new)
        states.append(state)
    return stack(states, 0)


def _gru(x: Array, state: Array, w_ih: Array, w_hh: Array, b_ih: Array | None, b_hh: Array | None) -> tuple[Array, Any]:
    hidden = state.shape[-1]
    z = _input_products(x, w_ih, b_ih, hidden)
    out = np.empty(z.shape[1:], z.dtype)
    products = np.empty(z.shape[1:], z.dtype)  # of the state with the weights of n
    bias = [] if b_hh is None else [_by_gate(b_hh, hidden)[:, None]]
    scan(_gru_step, (state,), (z, out, products), [_turned(w_hh, hidden), *bias])
    return out, (x, state, w_ih, w_hh, z, out, products)


def _gru_step(
    state: Array, gates: Array, h: Array, product: Array, turned: Array, bias: Array | None = None
) -> tuple[Array]:
    s = np.matmul(state, turned)
    if bias is not None:
        s += bias
    product[...] = s[2]
    r, u, n = gates
    gates[:2] += s[:2]
    _sigmoid(gates[:2])
    n += r * product
    np.tanh(n, out=n)
    np.subtract(state, n, out=h)
    h *= u
    h += n
    return (h,)


def _gru_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    x, state, w_ih, w_hh, z, out, products = saved
    e = np.empty_like(z)  # the gradients of the products of the state
    by_new = np.empty_like(out)  # those of the products of the input differ from them for n alone
    (by_state,) = scan(
        _gru_step_backward, (np.zeros_like(state),), (e, z, g, products, by_new),
        [_by_gate(w_hh, state.shape[-1])], [(state, out)], backward=True,
    )  # fmt: skip
    by_weight = _weight_gradient(e, _before(state, out)) if needs[3] else None
    by_bias = _bias_gradient(e) if needs[5] else None
    e[2] = by_new
    by_x, (by_input_weight, _, by_input_bias, _) = _gradients(
        e, x, out, w_ih, [needs[0], needs[2], False, needs[4], False]
    )
    return by_x, by_state, by_input_weight, by_weight, by_input_bias, by_bias


def _gru_step_backward(
    by_state: Array, e: Array, gates: Array, g: Array, product: Array, dn: Array, state: Array, weights: Array
) -> tuple[Array]:
    r, u, n = gates
    er, eu, en = e
    by_h = g + by_state
    slopes = np.subtract(1, gates[:2], out=e[:2])
    np.multiply(n, n, out=dn)
    np.subtract(1, dn, out=dn)
    dn *= eu  # 1 - u
    dn *= by_h
    slopes *= gates[:2]
    eu *= state - n
    eu *= by_h
    er *= product
    er *= dn
    np.multiply(dn, r, out=en)
    return (np.add.reduce(np.matmul(e, weights)) + by_h * u,)


gru.implement(_gru, _gru_pullback)
