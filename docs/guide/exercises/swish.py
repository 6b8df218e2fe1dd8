"""Exercise 1: an activation, x σ(x), as a Function with a derivative of its own."""

import tinygrad_lite as tl


class Swish(tl.autograd.Function):
    """x σ(x)."""

    @staticmethod
    def forward(ctx, x):
        s = tl.sigmoid(x)
        ctx.save_for_backward(x, s)
        return x * s

    @staticmethod
    def backward(ctx, g):
        x, s = ctx.saved_tensors
        return g * (s + s * (1 - s))


def broken(x):
    """The activation, with the mistake."""
    return Swish.apply(x)


class Mended(Swish):
    """The factor x of the second term is there."""

    @staticmethod
    def backward(ctx, g):
        x, s = ctx.saved_tensors
        return g * (s + x * s * (1 - s))


def mended(x):
    """The activation, without it."""
    return Mended.apply(x)


def inputs():
    """What to check it with."""
    return (tl.randn(4, 3, dtype=tl.float64, requires_grad=True),)
