"""Exercise 5: a cube whose first derivative is right."""

import tinygrad_lite as tl


class Cube(tl.autograd.Function):
    """x³."""

    @staticmethod
    def forward(ctx, x):
        ctx.slope = 3 * x.detach() ** 2
        return x**3

    @staticmethod
    def backward(ctx, g):
        return g * ctx.slope


def broken(x):
    """The cube, with the mistake."""
    return Cube.apply(x)


class Mended(Cube):
    """What backward needs is saved, and the slope is computed in backward, where it is recorded."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x**2


def mended(x):
    """The cube, without it."""
    return Mended.apply(x)


def inputs():
    """What to check it with."""
    return (tl.tensor([0.5, 1.0, -2.0], dtype=tl.float64, requires_grad=True),)
