"""Single steps of recurrent layers."""

from __future__ import annotations

import math
from typing import Any

from ... import creation
from ...ops import elementwise as ops
from ...tensors.tensor import Tensor
from .. import functional as F
from .. import init as initialization
from ..functional.argument_types import not_a_tensor
from ..module.conversion import DTypeLike
from ..module.module import Module
from ..module.parameter import Parameter


def lstm_step(gates: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """The next h and c from the sums at the gates (N, 4 · hidden)."""
    i, f, k, o = gates.chunk(4, -1)
    c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(k)
    return ops.sigmoid(o) * ops.tanh(c), c


class RNNCellBase(Module):
    """The base of the cells: the parameters of a single step, and the checks of its arguments.

    Args:
        input_size, hidden_size: the sizes of x and of the state.
        bias: whether there are biases.
        num_chunks: how many gates there are.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    State: `weight_ih` (gates · hidden, inputs), `weight_hh` (gates · hidden, hidden), `bias_ih` and `bias_hh`. Initial
    values: all uniform in ±1/√hidden_size.

    Raises:
        ValueError: from the call, if x is not 1-D or 2-D.
        RuntimeError: from the call, for other shapes of x or of the state.

    >>> import tinygrad_lite as tl
    >>> tl.nn.RNNCellBase(3, 4, True, num_chunks=2).weight_hh.shape
    Size([8, 4])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(creation.empty((rows, input_size), device=device, dtype=dtype))
        self.weight_hh = Parameter(creation.empty((rows, hidden_size), device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            vector = Parameter(creation.empty((rows,), device=device, dtype=dtype)) if bias else None
            self.register_parameter(name, vector)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new initial values."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0.0
        for weight in self.parameters():
            initialization.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        if getattr(self, "nonlinearity", "tanh") != "tanh":
            text += f", nonlinearity={self.nonlinearity}"
        return text

    def _batched(self, x: Tensor, states: list[Tensor | None]) -> tuple[Tensor, list[Tensor]]:
        """The input and the states with a first dimension for the batch, after checking them."""
        kind = type(self).__name__
        if not isinstance(x, Tensor):
            raise not_a_tensor(kind, "input", 1, x)
        if x.ndim not in (1, 2):
            raise ValueError(f"{kind}: Expected input to be 1D or 2D, got {x.ndim}D instead")
        batch = x if x.ndim == 2 else x.unsqueeze(0)
        if batch.shape[1] != self.input_size:
            raise RuntimeError(f"input has inconsistent input_size: got {batch.shape[1]} expected {self.input_size}")
        checked: list[Tensor] = []
        for i, state in enumerate(states):
            if state is None:
                checked.append(creation.zeros(batch.shape[0], self.hidden_size, dtype=x.dtype))
                continue
            if not isinstance(state, Tensor):
                raise not_a_tensor(kind, "hx", 2, state)
            if state.ndim not in (1, 2):
                raise ValueError(f"{kind}: Expected hidden to be 1D or 2D, got {state.ndim}D instead")
            rows = state if x.ndim == 2 else state.unsqueeze(0)
            if rows.shape[0] != batch.shape[0]:
                raise RuntimeError(
                    f"Input batch size {batch.shape[0]} doesn't match hidden{i} batch size {rows.shape[0]}"
                )
            if rows.ndim != 2 or rows.shape[1] != self.hidden_size:
                raise RuntimeError(
                    f"hidden{i} has inconsistent hidden_size: got {rows.shape[-1]}, expected {self.hidden_size}"
                )
            checked.append(rows)
        return batch, checked

    def _products(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        return F.linear(x, self.weight_ih, self.bias_ih), F.linear(h, self.weight_hh, self.bias_hh)


class RNNCell(RNNCellBase):
    """One step of Elman's recurrent layer: h′ = tanh(W_ih x + b_ih + W_hh h + b_hh), or with relu.

    Args:
        input_size, hidden_size: the sizes of x and of the state.
        bias: whether there are biases.
        nonlinearity: "tanh" or "relu".
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: x (N, input_size) and h (N, hidden_size), zeros by default, to (N, hidden_size); or all without N.

    Raises:
        ValueError: from the call, if x is not 1-D or 2-D.
        RuntimeError: from the call, for another nonlinearity and for other shapes.

    >>> import tinygrad_lite as tl
    >>> cell, x, h = tl.nn.RNNCell(3, 4), tl.ones(2, 3), tl.ones(2, 4)
    >>> by_hand = (x @ cell.weight_ih.T + cell.bias_ih + h @ cell.weight_hh.T + cell.bias_hh).tanh()
    >>> tl.allclose(cell(x, h), by_hand)
    True
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        x, (h,) = self._batched(input, [hx])
        by_input, by_state = self._products(x, h)
        total = by_input + by_state
        new = ops.tanh(total) if self.nonlinearity == "tanh" else F.relu(total)
        return new if input.ndim == 2 else new.squeeze(0)


class LSTMCell(RNNCellBase):
    """One step of an LSTM: from (h, c) to the next (h, c).

    Args:
        input_size, hidden_size: the sizes of x and of the states.
        bias: whether there are biases.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: x (N, input_size), h and c (N, hidden_size), zeros by default, to a pair of (N, hidden_size); or without N.

    Raises:
        TypeError: from the call, if the states are no pair.
        ValueError: from the call, if x is not 1-D or 2-D.
        RuntimeError: from the call, for other shapes.

    >>> import tinygrad_lite as tl
    >>> cell, x = tl.nn.LSTMCell(3, 4), tl.ones(2, 3)
    >>> h, c = cell(x)  # from zeros
    >>> h, c = cell(x, (h, c))
    >>> h.shape, c.shape, bool((h.abs() < 1).all())
    (Size([2, 4]), Size([2, 4]), True)
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        if hx is not None and not isinstance(hx, (tuple, list)):
            raise TypeError(
                f"lstm_cell(): argument 'hx' (position 2) must be tuple of Tensors, not {type(hx).__name__}"
            )
        x, (h, c) = self._batched(input, [None, None] if hx is None else list(hx))
        by_input, by_state = self._products(x, h)
        h, c = lstm_step(by_input + by_state, c)
        return (h, c) if input.ndim == 2 else (h.squeeze(0), c.squeeze(0))


class GRUCell(RNNCellBase):
    """One step of a GRU: from h to the next h.

    Args:
        input_size, hidden_size: the sizes of x and of the state.
        bias: whether there are biases.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: x (N, input_size) and h (N, hidden_size), zeros by default, to (N, hidden_size); or all without N.

    Raises:
        ValueError: from the call, if x is not 1-D or 2-D.
        RuntimeError: from the call, for other shapes.

    >>> import tinygrad_lite as tl
    >>> cell, h = tl.nn.GRUCell(1, 1), tl.tensor([0.25])
    >>> _ = [p.data.zero_() for p in cell.parameters()]
    >>> cell(tl.ones(1), h).data  # every gate is half open, and n is 0: h′ = h / 2
    tensor([0.1250])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        x, (h,) = self._batched(input, [hx])
        by_input, by_state = self._products(x, h)
        xr, xz, xn = by_input.chunk(3, -1)
        sr, sz, sn = by_state.chunk(3, -1)
        new = ops.tanh(xn + ops.sigmoid(xr + sr) * sn)
        new = new + ops.sigmoid(xz + sz) * (h - new)
        return new if input.ndim == 2 else new.squeeze(0)
