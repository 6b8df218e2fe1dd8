"""Fused operations that ONNX has an operator or a short form for: normalization, attention, recurrent layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .conversions import converts
from .errors import NotExportable
from .graph import Graph
from .program import Step, Var


@converts("layer_norm")
def _layer_norm(g: Graph, step: Step, x: Any, weight: Any, bias: Any, ndim: int = 1, eps: float = 1e-5) -> str:
    shape = x.shape[x.ndim - ndim :]
    scale = g.expand(g.constant(1, x.dtype), shape) if weight is None else g.name(weight)
    given = [] if bias is None else [g.name(bias)]
    return g.add("LayerNormalization", g.name(x), scale, *given, axis=-ndim, epsilon=float(eps))


@converts("frozen_batch_norm")
def _frozen_batch_norm(
    g: Graph, step: Step, x: Any, weight: Any, bias: Any, mean: Any, var: Any, eps: float = 1e-5
) -> str:
    channels = x.shape[1]
    scale = g.constant(np.ones(channels), x.dtype) if weight is None else g.name(weight)
    shift = g.constant(np.zeros(channels), x.dtype) if bias is None else g.name(bias)
    return g.add("BatchNormalization", g.name(x), scale, shift, g.name(mean), g.name(var), epsilon=float(eps))


@converts("attention")
def _attention(
    g: Graph, step: Step, q: Any, k: Any, v: Any, mask: Any = None, kept: Any = None, causal: bool = False,
    scale: float = 1.0, factor: float = 1.0,
) -> str:  # fmt: skip
    if kept is not None:
        raise NotExportable("it drops weights at random: call eval() on the model")
    order = [*range(k.ndim - 2), k.ndim - 1, k.ndim - 2]
    scores = g.add("MatMul", g.name(q), g.add("Transpose", g.name(k), perm=order))
    scores = g.add("Mul", scores, g.constant(scale, q.dtype))
    if mask is not None:
        scores = g.add("Add", scores, g.operand(mask, q.dtype))
    if causal:
        hidden = g.expand(g.constant(-np.inf, q.dtype), [q.shape[-2], k.shape[-2]])
        scores = g.add("Add", scores, g.add("Trilu", hidden, g.constant(1, np.int64), upper=1))
    if mask is None:
        return g.add("MatMul", g.add("Softmax", scores, axis=-1), g.name(v))
    highest = g.add("ReduceMax", scores, g.constant([-1], np.int64), keepdims=1)
    nothing, zero = g.add("Equal", highest, g.constant(-np.inf, q.dtype)), g.constant(0, q.dtype)
    weights = g.add("Softmax", g.add("Where", nothing, zero, scores), axis=-1)
    return g.add("MatMul", g.add("Where", nothing, zero, weights), g.name(v))


# --------------------------------------------------------------------------------------------- recurrent layers


def _recurrent(
    g: Graph, operator: str, order: Sequence[int], x: Var, states: Sequence[Var], weights: Sequence[Var | None],
    **settings: Any,
) -> list[str]:  # fmt: skip
    """A recurrent operator of ONNX: its results, and the last of each state.

    Args:
        g: the graph.
        operator: its name.
        order: the order in which it has the gates.
        x: the inputs (T, N, I).
        states: the first states (N, H).
        weights: w_ih, w_hh, b_ih and b_hh.
        settings: its attributes.
    """
    hidden = states[0].shape[-1]
    rows = len(order) * hidden
    names = [g.constant(np.zeros(rows), x.dtype) if v is None else g.name(v) for v in weights]
    w_ih, w_hh, *biases = [_in_order(g, name, rows, order) for name in names]
    first = [g.unsqueeze(g.name(state), 0) for state in states]
    results = g.add(
        operator, g.name(x), g.unsqueeze(w_ih, 0), g.unsqueeze(w_hh, 0),
        g.unsqueeze(g.add("Concat", *biases, axis=0), 0), "", *first,
        results=1 + len(states), hidden_size=hidden, **settings,
    )  # fmt: skip
    return [g.squeeze(results[0], 1), *(g.squeeze(name, 0) for name in results[1:])]


def _in_order(g: Graph, name: str, rows: int, order: Sequence[int]) -> str:
    """Rows, which belong to as many gates as there are in the order, with the gates in that order."""
    if len(order) == 1:
        return name
    places = np.arange(rows).reshape(len(order), -1)[[*order]].reshape(-1)
    return g.add("Gather", name, g.constant(places), axis=0)


@converts("rnn")
def _rnn(g: Graph, step: Step, x: Any, state: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, rectified: bool) -> str:
    activation = ["Relu" if rectified else "Tanh"]
    return _recurrent(g, "RNN", (0,), x, [state], [w_ih, w_hh, b_ih, b_hh], activations=activation)[0]


@converts("gru")
def _gru(g: Graph, step: Step, x: Any, state: Any, *weights: Any) -> str:
    return _recurrent(g, "GRU", (1, 0, 2), x, [state], weights, linear_before_reset=1)[0]


LAST_CELLS = "of an LSTM's cells ONNX has the last ones only"


@converts("lstm")
def _lstm(g: Graph, step: Step, x: Any, state: Any, cell: Any, *weights: Any) -> str:
    step.outputs = _recurrent(g, "LSTM", (0, 3, 1, 2), x, [state, cell], weights)
    raise NotExportable(LAST_CELLS)


def part_of_lstm(g: Graph, x: Var, index: Any) -> str | None:
    """A part of what an LSTM computes, h and c for all steps: all of h, or the last of one of them; else None."""
    step, indices = x.step, [*index] if isinstance(index, tuple) else [index]
    if step is not None and step.name == "getitem":  # of the states or of the cells
        x, inner = step.args
        step, indices = x.step, [*(inner if isinstance(inner, tuple) else [inner]), *indices]
    if step is None or step.name != "lstm" or not step.outputs:
        return None
    which, *rest = indices
    if which in (0, -2):
        return step.outputs[0] if not rest else step.outputs[1] if rest == [-1] else None
    return step.outputs[2] if which in (1, -1) and rest == [-1] else None
