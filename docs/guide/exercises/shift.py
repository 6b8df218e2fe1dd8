"""Exercise 2: a layer that adds a bias to each row."""

import tinygrad_lite as tl
from tinygrad_lite import nn


class Add(tl.autograd.Function):
    """x + bias, for x (n, m) and a bias (m)."""

    @staticmethod
    def forward(ctx, x, bias):
        return x + bias

    @staticmethod
    def backward(ctx, g):
        return g, g.sum(1)


class MendedAdd(Add):
    """The rows are what the bias was stretched over, so the sum goes over dimension 0."""

    @staticmethod
    def backward(ctx, g):
        return g, g.sum(0)


class Shift(nn.Module):
    """A linear layer, and a bias of its own behind it."""

    def __init__(self, add):
        super().__init__()
        self.add = add
        self.linear = nn.Linear(3, 4, bias=False)
        self.bias = nn.Parameter(tl.zeros(4))

    def forward(self, x):
        return self.add.apply(self.linear(x), self.bias).tanh()


def broken():
    """The layer, with the mistake."""
    return Shift(Add)


def mended():
    """The layer, without it."""
    return Shift(MendedAdd)


def inputs():
    """What to check it with: four rows, as many as the bias has elements."""
    return (tl.randn(4, 3),)
