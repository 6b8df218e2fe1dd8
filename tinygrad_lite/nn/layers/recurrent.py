"""Recurrent layers: the simple one of Elman, LSTM and GRU, for whole sequences and for single steps."""

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any

from ... import creation
from ...functions.joining import cat, stack
from ...ops.kernels import recurrent as kernels
from ...tensors.tensor import Tensor
from .. import functional as F
from .. import init as initialization
from ..functional.argument_types import not_a_tensor
from ..module.conversion import DTypeLike
from ..module.module import Module
from ..module.parameter import Parameter
from ..utils.rnn import PackedSequence, last_steps, lengths_of, packed_steps, padded_steps, reversed_steps
from .recurrent_cells import lstm_step

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


class RNNBase(Module):
    """The base of RNN, LSTM and GRU: their parameters, and the way through layers and directions.

    Args:
        mode: "LSTM", "GRU", "RNN_TANH" or "RNN_RELU".
        input_size: the size of the last dimension of x.
        hidden_size: the size of the state.
        num_layers: how many layers stand on top of each other.
        bias: whether there are biases.
        batch_first: whether x is (N, T, input_size) rather than (T, N, input_size). The states are not affected.
        dropout: the probability of 0 in the results of every layer but the last, in training.
        bidirectional: whether each layer also runs from the end to the beginning.
        proj_size: for LSTM the size to which h is projected; 0 for none.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    State, for layer k, and again with `_reverse` for the other direction: `weight_ih_lk` (gates · hidden, inputs),
    `weight_hh_lk` (gates · hidden, hidden), `bias_ih_lk`, `bias_hh_lk`, and `weight_hr_lk` (proj_size, hidden).
    Initial values: all uniform in ±1/√hidden_size.

    Raises:
        TypeError, ValueError: for sizes that are not whole numbers above 0, and for a `dropout` outside of [0, 1].
        ValueError: from the call, if x is not 2-D or 3-D, or has another dtype than the parameters.
        RuntimeError: from the call, for other shapes of x or of the states.

    >>> import tinygrad_lite as tl
    >>> tl.nn.RNNBase("GRU", 3, 4).all_weights[0][0].shape
    Size([12, 3])
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        _check_options(mode, input_size, hidden_size, num_layers, dropout, proj_size)
        self.mode = mode
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size
        directions = 2 if bidirectional else 1
        rows, state = _GATES[mode] * hidden_size, proj_size or hidden_size
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            inputs = state * directions if layer else input_size
            shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, inputs), "weight_hh": (rows, state)}
            if bias:
                shapes.update({"bias_ih": (rows,), "bias_hh": (rows,)})
            if proj_size:
                shapes["weight_hr"] = (proj_size, hidden_size)
            for suffix in ("", "_reverse")[:directions]:
                names = [f"{name}_l{layer}{suffix}" for name in shapes]
                self._all_weights.append(names)
                for name, shape in zip(names, shapes.values(), strict=True):
                    setattr(self, name, Parameter(creation.empty(shape, device=device, dtype=dtype)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new initial values."""
        bound = 1.0 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            initialization.uniform_(weight, -bound, bound)

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self) -> list[Parameter]:
        return [weight for weights in self.all_weights for weight in weights]

    def flatten_parameters(self) -> None:
        """Do nothing: PyTorch moves parameters together on a GPU."""

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        defaults = {
            "proj_size": 0,
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0,
            "bidirectional": False,
        }
        for name, default in defaults.items():
            if getattr(self, name) != default:
                text += f", {name}={getattr(self, name)}"
        return text

    # ------------------------------------------------------------------------------------------------- a call

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The results of the last layer for each step, and the last states of all layers.

        Args:
            input: x (T, N, input_size), or (N, T, …) with `batch_first`; (T, input_size) for one sequence alone; or a
                `PackedSequence`.
            hx: the first states (layers · directions, N, hidden_size), by default zeros; for LSTM a pair of them.
        """
        lengths = None
        packed = input if isinstance(input, PackedSequence) else None
        if packed is not None:
            lengths = lengths_of(packed)
            x = padded_steps(packed, lengths, 0.0, lengths[0])
            alone = False
        else:
            self._check_dimensions(input, hx)
            alone = input.ndim == 2
            x = input.unsqueeze(1) if alone else input.transpose(0, 1) if self.batch_first else input
        self._check_input(x)
        states = self._states(x, hx, alone, packed)
        results, last = self._layers(x, states, lengths)
        if packed is not None:
            output: Any = packed_steps(results, lengths or [], packed)
            if packed.unsorted_indices is not None:
                last = [state.index_select(1, packed.unsorted_indices) for state in last]
        elif alone:
            output, last = results.squeeze(1), [state.squeeze(1) for state in last]
        else:
            output = results.transpose(0, 1) if self.batch_first else results
        return output, tuple(last) if self.mode == "LSTM" else last[0]

    def _layers(self, x: Tensor, states: list[Tensor], lengths: list[int] | None) -> tuple[Tensor, list[Tensor]]:
        """All layers, one after the other; the states are those of all layers and directions."""
        directions = 2 if self.bidirectional else 1
        last: list[list[Tensor]] = [[] for _ in states]
        for layer in range(self.num_layers):
            outputs = []
            for direction in range(directions):
                i = layer * directions + direction
                steps = reversed_steps(x, lengths) if direction else x
                out, ends = self._run(steps, [state[i] for state in states], self.all_weights[i], lengths)
                outputs.append(reversed_steps(out, lengths) if direction else out)
                for kept, end in zip(last, ends, strict=True):
                    kept.append(end)
            x = outputs[0] if directions == 1 else cat(outputs, -1)
            if self.dropout and layer < self.num_layers - 1:
                x = F.dropout(x, self.dropout, self.training)
        return x, [stack(kept, 0) for kept in last]

    def _run(
        self, x: Tensor, states: list[Tensor], weights: list[Parameter], lengths: list[int] | None
    ) -> tuple[Tensor, list[Tensor]]:
        """One layer in one direction: its results (T, N, hidden), and the states at the end of each sequence."""
        w_ih, w_hh, *rest = weights
        b_ih, b_hh = (rest[0], rest[1]) if self.bias else (None, None)
        if self.mode == "LSTM":
            if self.proj_size:
                h, c = self._projected(F.linear(x, w_ih, b_ih), states, w_hh, b_hh, rest[-1])
            else:
                both = kernels.lstm(x, *states, w_ih, w_hh, b_ih, b_hh)
                h, c = both[0], both[1]
            return h, [last_steps(h, lengths), last_steps(c, lengths)]
        if self.mode == "GRU":
            out = kernels.gru(x, states[0], w_ih, w_hh, b_ih, b_hh)
        else:
            out = kernels.rnn(x, states[0], w_ih, w_hh, b_ih, b_hh, self.mode == "RNN_RELU")
        return out, [last_steps(out, lengths)]

    def _projected(
        self, gates: Tensor, states: list[Tensor], weight: Tensor, bias: Tensor | None, projection: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The states and the cells of an LSTM whose h is projected, for all steps."""
        h, c = states
        results = []
        for t in range(gates.shape[0]):
            h, c = lstm_step(gates[t] + F.linear(h, weight, bias), c)
            h = F.linear(h, projection)
            results.append((h, c))
        return stack([h for h, _ in results], 0), stack([c for _, c in results], 0)

    # ------------------------------------------------------------------------------------------------- checks

    def _check_dimensions(self, x: Tensor, hx: Any) -> None:
        kind = type(self).__name__
        if not isinstance(x, Tensor):
            raise not_a_tensor(kind, "input", 1, x)
        if x.ndim not in (2, 3):
            raise ValueError(f"{kind}: Expected input to be 2D or 3D, got {x.ndim}D instead")
        if hx is None:
            return
        if self.mode == "LSTM":
            if not isinstance(hx, (tuple, list)) or len(hx) != 2:
                raise TypeError(f"{kind}(): hx must be a pair of Tensors (h_0, c_0), but got {type(hx).__name__}")
            ranks = tuple(state.ndim for state in hx)
            if ranks != (x.ndim, x.ndim):
                rank = "unbatched" if x.ndim == 2 else "batched"
                raise RuntimeError(
                    f"For {rank} {x.ndim}-D input, hx and cx should also be {x.ndim}-D but got ({ranks[0]}-D, "
                    f"{ranks[1]}-D) tensors"
                )
        elif hx.ndim != x.ndim:
            rank = "unbatched" if x.ndim == 2 else "batched"
            raise RuntimeError(f"For {rank} {x.ndim}-D input, hx should also be {x.ndim}-D but got {hx.ndim}-D tensor")

    def _check_input(self, x: Tensor) -> None:
        weight = self.all_weights[0][0]
        if x.dtype != weight.dtype:
            raise ValueError(
                f"RNN input dtype ({x.dtype}) does not match weight dtype ({weight.dtype}). Convert input: "
                f"input.to({weight.dtype}), or convert model: model.to({x.dtype})"
            )
        if x.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {x.shape[-1]}"
            )
        if x.shape[0] == 0:
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")

    def _states(self, x: Tensor, hx: Any, alone: bool, packed: PackedSequence | None) -> list[Tensor]:
        """The first states (layers · directions, N, size), in the order of the packed sequences."""
        count = self.num_layers * (2 if self.bidirectional else 1)
        sizes = [self.proj_size or self.hidden_size, self.hidden_size][: 2 if self.mode == "LSTM" else 1]
        if hx is None:
            return [creation.zeros(count, x.shape[1], size, dtype=x.dtype) for size in sizes]
        given = list(hx) if self.mode == "LSTM" else [hx]
        states = [state.unsqueeze(1) if alone else state for state in given]
        for i, (state, size) in enumerate(zip(states, sizes, strict=True)):
            if tuple(state.shape) != (count, x.shape[1], size):
                name = f"hidden[{i}]" if self.mode == "LSTM" else "hidden"
                raise RuntimeError(f"Expected {name} size {(count, x.shape[1], size)}, got {list(state.shape)}")
        if packed is not None and packed.sorted_indices is not None:
            states = [state.index_select(1, packed.sorted_indices) for state in states]
        return states


def _check_options(mode: str, input_size: Any, hidden_size: Any, num_layers: Any, dropout: Any, proj_size: Any) -> None:
    if mode not in _GATES:
        raise ValueError("Unrecognized RNN mode: " + str(mode))
    for name, size in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
        if isinstance(size, bool) or not isinstance(size, numbers.Integral):
            raise TypeError(f"{name} should be of type int, got: {type(size).__name__}")
        if size <= 0:
            raise ValueError(f"{name} must be greater than zero, but got {size}")
    if isinstance(dropout, bool) or not 0 <= float(dropout) <= 1:
        raise ValueError(
            "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
        )
    if dropout > 0 and num_layers == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers "
            f"greater than 1, but got dropout={dropout} and num_layers={num_layers}",
            stacklevel=4,
        )
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size and mode != "LSTM":
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")


class RNN(RNNBase):
    """Elman's recurrent layer: h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh), or with relu.

    Args:
        input_size, hidden_size, num_layers: the sizes, and how many layers stand on top of each other.
        nonlinearity: "tanh" or "relu".
        bias, batch_first, dropout, bidirectional, device, dtype: as for `RNNBase`.
        proj_size: 0; only an LSTM has projections.

    Shapes: x (T, N, input_size) and h_0 (layers · directions, N, hidden_size) to (T, N, directions · hidden_size) and
    the last h of each layer. Dtypes: floating, the same for x, the states and the parameters.

    Source: Elman, Finding Structure in Time, 1990.

    Raises:
        ValueError: for another nonlinearity or other sizes; from the call, for a wrong number of dimensions or dtype.
        RuntimeError: from the call, for other shapes.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.RNN(3, 4, bidirectional=True)
    >>> output, h = layer(tl.ones(7, 2, 3))
    >>> output.shape, h.shape
    (Size([7, 2, 8]), Size([2, 2, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: DTypeLike | None = None,
        *,
        proj_size: int = 0,
    ) -> None:
        if proj_size:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(
            "RNN_" + nonlinearity.upper(), input_size, hidden_size, num_layers, bias, batch_first, dropout,
            bidirectional, device=device, dtype=dtype,
        )  # fmt: skip
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory: a state that is kept, forgotten and written through gates.

    i, f, o = σ(W x_t + b + W′ h_(t-1) + b′) and k = tanh(likewise); c_t = f c_(t-1) + i k; h_t = o tanh(c_t). The rows
    of the weights stand in the order i, f, k, o. With `proj_size`, h_t is then multiplied by `weight_hr`.

    Args:
        input_size, hidden_size, num_layers: the sizes, and how many layers stand on top of each other.
        bias, batch_first, dropout, bidirectional, proj_size, device, dtype: as for `RNNBase`.

    Shapes: x (T, N, input_size), h_0 (layers · directions, N, proj_size or hidden_size) and c_0 (…, hidden_size) to
    (T, N, directions · size) and the last (h, c). Dtypes: floating, the same for all.

    Sources: Hochreiter & Schmidhuber, 1997; Gers et al., 2000; Sak et al., 2014, for the projection.

    Raises:
        ValueError: for other sizes; from the call, for a wrong number of dimensions or dtype.
        RuntimeError: from the call, for other shapes.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.LSTM(3, 4, num_layers=2, batch_first=True)
    >>> output, (h, c) = layer(tl.ones(2, 7, 3))
    >>> output.shape, h.shape, c.shape
    (Size([2, 7, 4]), Size([2, 2, 4]), Size([2, 2, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(
            "LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size,
            device=device, dtype=dtype,
        )  # fmt: skip


class GRU(RNNBase):
    """Gated recurrent unit: r, z = σ(x + s), n = tanh(x + r s), h_t = (1 - z) n + z h_(t-1).

    x stands for W_ih x_t + b_ih and s for W_hh h_(t-1) + b_hh, each for its own gate. The rows of the weights stand in
    the order r, z, n.

    Args:
        input_size, hidden_size, num_layers: the sizes, and how many layers stand on top of each other.
        bias, batch_first, dropout, bidirectional, device, dtype: as for `RNNBase`.
        proj_size: 0; only an LSTM has projections.

    Shapes: x (T, N, input_size) and h_0 (layers · directions, N, hidden_size) to (T, N, directions · hidden_size) and
    the last h of each layer. Dtypes: floating, the same for x, the states and the parameters.

    Source: Cho et al., 2014, https://arxiv.org/abs/1406.1078, with r after the product, as PyTorch has it.

    Raises:
        ValueError: for other sizes; from the call, for a wrong number of dimensions or dtype.
        RuntimeError: from the call, for other shapes.

    >>> import tinygrad_lite as tl
    >>> output, h = tl.nn.GRU(3, 4)(tl.ones(7, 3))  # one sequence alone
    >>> output.shape, h.shape
    (Size([7, 4]), Size([1, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: DTypeLike | None = None,
        *,
        proj_size: int = 0,
    ) -> None:
        if proj_size:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        super().__init__(
            "GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
            device=device, dtype=dtype,
        )  # fmt: skip
