"""Exercise 3: a layer that is multiplied by a gate, which is computed from the same input."""

import tinygrad_lite as tl
from tinygrad_lite import nn


class Gate(nn.Module):
    """value(x) σ(gate(x))."""

    def __init__(self):
        super().__init__()
        self.value = nn.Linear(3, 2)
        self.gate = nn.Linear(3, 2)

    def forward(self, x):
        opening = self.gate(x)
        return self.value(x) * tl.tensor(opening.tolist(), dtype=x.dtype).sigmoid()


class MendedGate(Gate):
    """The opening is used as it is: a Tensor that is made anew from numbers has no history."""

    def forward(self, x):
        return self.value(x) * self.gate(x).sigmoid()


def broken():
    """The layer, with the mistake."""
    return Gate()


def mended():
    """The layer, without it."""
    return MendedGate()


def inputs():
    """What to check it with."""
    return (tl.randn(4, 3),)
