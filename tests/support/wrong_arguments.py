"""What new users pass where a Tensor belongs, and what the error says of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import tinygrad_lite as tl


class WrongArgument(NamedTuple):
    """A value that is not a Tensor, the name of its kind in PyTorch's message, and a word of the way out."""

    value: Any
    kind: str
    way_out: str


WRONG = [
    WrongArgument(np.ones((2, 3), np.float32), "numpy.ndarray", "tensor(x) makes a Tensor"),
    WrongArgument(np.ones((2, 3)), "numpy.ndarray", "dtype=tinygrad_lite.float32"),
    WrongArgument(np.float32(1), "numpy.float32", "tensor(x) makes a Tensor"),
    WrongArgument([1.0, 2.0], "list", "tensor(x) makes a Tensor"),
    WrongArgument((tl.ones(2), tl.ones(2)), "tuple", "pass one of them, or join them"),
    WrongArgument(tl.nn.Linear(3, 3), "Linear", "pass the result of calling it"),
    WrongArgument(tl.nn.Linear, "type", "Linear is a class"),
    WrongArgument(tl.ones, "function", "pass what it returns"),
    WrongArgument("input", "str", ""),
]
NONE = WrongArgument(None, "NoneType", "without a return statement")
