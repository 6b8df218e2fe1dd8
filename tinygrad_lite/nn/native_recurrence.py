"""Recurrent layers as `torch` itself has them: functions of the sequence, the first states and the weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..tensors.tensor import Tensor
from .layers.recurrent import RNNBase
from .layers.recurrent_cells import GRUCell, LSTMCell, RNNCell
from .module.module import Module
from .utils.rnn import PackedSequence


class _Layer(RNNBase):
    """A recurrent layer whose weights are given."""

    def __init__(self, mode: str, params: Sequence[Tensor], settings: Sequence[Any]) -> None:
        Module.__init__(self)
        has_biases, num_layers, dropout, train, bidirectional, batch_first = settings
        per_run = len(params) // (num_layers * (2 if bidirectional else 1))
        self.mode, self.bias, self.num_layers, self.dropout = mode, has_biases, num_layers, dropout
        self.bidirectional, self.batch_first, self.training = bidirectional, batch_first, train
        self.input_size, self.hidden_size = params[0].shape[-1], params[0].shape[0] // _GATES[mode]
        self.proj_size = params[per_run - 1].shape[0] if per_run in (3, 5) else 0
        self._given = [list(params[i : i + per_run]) for i in range(0, len(params), per_run)]

    @property
    def all_weights(self) -> Any:
        """The weights of each layer and direction."""
        return self._given


_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}
_NAMES = ("hx", "params", "has_biases", "num_layers", "dropout", "train", "bidirectional")


def _run(mode: str, input: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """Call a layer with what follows the input: first the batch sizes, if it is packed, or `batch_first` at the end."""
    packed = "batch_sizes" in kwargs or (
        args and isinstance(args[0], Tensor) and len(args) > 1 and _is_states(args[1], mode)
    )
    names = ("batch_sizes", *_NAMES) if packed else (*_NAMES, "batch_first")
    given = dict(zip(names, args, strict=False)) | kwargs
    if set(given) != set(names) or len(args) > len(names):
        raise TypeError(
            f"{mode.lower()}(): expected the arguments input, {', '.join(names)}, but got {len(args)} by position, and "
            f"{list(kwargs)}"
        )
    layer = _Layer(mode, given["params"], [given[name] for name in _NAMES[2:]] + [given.get("batch_first", False)])
    states = tuple(given["hx"]) if mode == "LSTM" else given["hx"]
    out, last = layer.forward(PackedSequence(input, given["batch_sizes"]) if packed else input, states)
    return (out.data if packed else out), last


def _is_states(x: Any, mode: str) -> bool:
    """Return True if the second further argument is the states; the first is then the sizes of packed batches."""
    return isinstance(x, Tensor) if mode != "LSTM" else isinstance(x, (tuple, list)) and len(x) == 2


def lstm(input: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor, Tensor]:
    """An LSTM over a sequence: the states of the last layer at each step, and the last h and c of every layer.

    The formulas are those of `nn.LSTM`, which keeps the weights that are given here.

    Args:
        input: x (T, N, input_size), or (N, T, input_size) with `batch_first`; or the data of a packed sequence; of the
            weights' dtype.
        args, kwargs: for a packed sequence `batch_sizes`; then `hx`, the first states and cells, each
            (num_layers · directions, N, hidden_size); `params`, the weights of each layer and direction;
            `has_biases`, `num_layers`, `dropout`, `train`, `bidirectional`; and, but for a packed sequence,
            `batch_first`.

    Raises:
        TypeError: for a missing argument.
        RuntimeError: for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> layer, x, hx = tl.nn.LSTM(3, 4), tl.ones(5, 2, 3), (tl.zeros(1, 2, 4), tl.zeros(1, 2, 4))
    >>> out, h, c = tl.lstm(x, hx, layer.all_weights[0], True, 1, 0.0, False, False, False)
    >>> out.shape, bool((out == layer(x)[0]).all()), bool((h[0] == out[-1]).all())
    (Size([5, 2, 4]), True, True)
    """
    out, (h, c) = _run("LSTM", input, args, kwargs)
    return out, h, c


def gru(input: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
    """A GRU over a sequence: the states of the last layer at each step, and the last h of every layer.

    The formulas are those of `nn.GRU`, which keeps the weights that are given here.

    Args:
        input: x (T, N, input_size), or (N, T, input_size) with `batch_first`; or the data of a packed sequence; of the
            weights' dtype.
        args, kwargs: as for `lstm`, with one Tensor for `hx`.

    Raises:
        TypeError: for a missing argument.
        RuntimeError: for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> layer, x, hx = tl.nn.GRU(3, 4), tl.ones(5, 2, 3), tl.zeros(1, 2, 4)
    >>> out, h = tl.gru(x, hx, layer.all_weights[0], True, 1, 0.0, False, False, False)
    >>> bool((out == layer(x)[0]).all()), bool((h[0] == out[-1]).all())
    (True, True)
    """
    return _run("GRU", input, args, kwargs)


def rnn_tanh(input: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
    """Elman's recurrent network, hₜ = tanh(W_ih xₜ + b_ih + W_hh hₜ₋₁ + b_hh): the h of each step, and the last ones.

    It is `nn.RNN`, which keeps the weights that are given here.

    Args:
        input: x (T, N, input_size), or (N, T, input_size) with `batch_first`; or the data of a packed sequence; of the
            weights' dtype.
        args, kwargs: as for `lstm`, with one Tensor for `hx`.

    Raises:
        TypeError: for a missing argument.
        RuntimeError: for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> weights = [tl.ones(1, 1), tl.ones(1, 1)]  # hₜ = tanh(xₜ + hₜ₋₁)
    >>> out, h = tl.rnn_tanh(tl.ones(3, 1, 1), tl.zeros(1, 1, 1), weights, False, 1, 0.0, False, False, False)
    >>> out.flatten(), h.flatten()
    (tensor([0.7616, 0.9427, 0.9597]), tensor([0.9597]))
    """
    return _run("RNN_TANH", input, args, kwargs)


def rnn_relu(input: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
    """Elman's recurrent network with relu, hₜ = relu(W_ih xₜ + b_ih + W_hh hₜ₋₁ + b_hh): each h, and the last ones.

    It is `nn.RNN(nonlinearity="relu")`, which keeps the weights that are given here.

    Args:
        input: x (T, N, input_size), or (N, T, input_size) with `batch_first`; or the data of a packed sequence; of the
            weights' dtype.
        args, kwargs: as for `lstm`, with one Tensor for `hx`.

    Raises:
        TypeError: for a missing argument.
        RuntimeError: for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> weights = [tl.ones(1, 1), tl.ones(1, 1)]  # hₜ = relu(xₜ + hₜ₋₁) adds up
    >>> out, h = tl.rnn_relu(tl.ones(3, 1, 1), tl.zeros(1, 1, 1), weights, False, 1, 0.0, False, False, False)
    >>> out.flatten(), h.flatten()
    (tensor([1., 2., 3.]), tensor([3.]))
    """
    return _run("RNN_RELU", input, args, kwargs)


def _step(kind: Any, input: Tensor, hx: Any, weights: tuple[Any, ...], **more: Any) -> Any:
    cell = kind.__new__(kind)
    Module.__init__(cell)
    cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh = weights
    cell.input_size, cell.hidden_size = weights[0].shape[1], weights[1].shape[1]
    for name, value in more.items():
        setattr(cell, name, value)
    return cell.forward(input, hx)


def lstm_cell(
    input: Tensor,
    hx: Sequence[Tensor],
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """One step of an LSTM, from (h, c) to the next (h, c): `nn.LSTMCell`.

    Args:
        input: x (N, input_size), of the weights' dtype.
        hx: h and c, each (N, hidden_size).
        w_ih, w_hh: the weights (4 · hidden_size, input_size) and (4 · hidden_size, hidden_size).
        b_ih, b_hh: the biases (4 · hidden_size,), if there are any.

    Raises:
        RuntimeError: for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.lstm_cell(tl.ones(1, 2), (tl.zeros(1, 1), tl.zeros(1, 1)), tl.zeros(4, 2), tl.zeros(4, 1))
    (tensor([[0.]]), tensor([[0.]]))
    """
    h, c = _step(LSTMCell, input, tuple(hx), (w_ih, w_hh, b_ih, b_hh))
    return h, c


def gru_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """One step of a GRU, from h to the next h: `nn.GRUCell`.

    Args:
        input: x (N, input_size), of the weights' dtype.
        hx: h (N, hidden_size).
        w_ih, w_hh: the weights (3 · hidden_size, input_size) and (3 · hidden_size, hidden_size).
        b_ih, b_hh: the biases (3 · hidden_size,), if there are any.

    Raises:
        RuntimeError: for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.gru_cell(tl.ones(1, 2), tl.ones(1, 1), tl.zeros(3, 2), tl.zeros(3, 1))
    tensor([[0.5000]])
    """
    new: Tensor = _step(GRUCell, input, hx, (w_ih, w_hh, b_ih, b_hh))
    return new


def rnn_tanh_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """One step of Elman's recurrent layer, tanh(W_ih x + b_ih + W_hh h + b_hh): `nn.RNNCell`.

    Args:
        input: x (N, input_size), of the weights' dtype.
        hx: h (N, hidden_size).
        w_ih, w_hh: the weights (hidden_size, input_size) and (hidden_size, hidden_size).
        b_ih, b_hh: the biases (hidden_size,), if there are any.

    Raises:
        RuntimeError: for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.rnn_tanh_cell(tl.ones(1, 2), tl.zeros(1, 1), tl.ones(1, 2), tl.ones(1, 1))
    tensor([[0.9640]])
    """
    new: Tensor = _step(RNNCell, input, hx, (w_ih, w_hh, b_ih, b_hh), nonlinearity="tanh")
    return new


def rnn_relu_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """One step of Elman's recurrent layer with relu, relu(W_ih x + b_ih + W_hh h + b_hh): `nn.RNNCell`.

    Args:
        input: x (N, input_size), of the weights' dtype.
        hx: h (N, hidden_size).
        w_ih, w_hh: the weights (hidden_size, input_size) and (hidden_size, hidden_size).
        b_ih, b_hh: the biases (hidden_size,), if there are any.

    Raises:
        RuntimeError: for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.rnn_relu_cell(tl.ones(1, 2), tl.zeros(1, 1), tl.ones(1, 2), tl.ones(1, 1))
    tensor([[2.]])
    """
    new: Tensor = _step(RNNCell, input, hx, (w_ih, w_hh, b_ih, b_hh), nonlinearity="relu")
    return new
