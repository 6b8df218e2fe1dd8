"""Exercise 4: ReLU, with a backward that passes a simple test."""

import tinygrad_lite as tl


class Rectify(tl.autograd.Function):
    """max(x, 0)."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (x > 0) * (g > 0)


def broken(x):
    """The activation, with the mistake."""
    return Rectify.apply(x)


class Mended(Rectify):
    """A derivative is linear in g: whatever g is, it is multiplied by the same number."""

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (x > 0)


def mended(x):
    """The activation, without it."""
    return Mended.apply(x)


def inputs():
    """What to check it with: no element is at the kink."""
    return (tl.tensor([[-1.5, -0.5, 0.5], [1.0, 2.0, -2.0]], dtype=tl.float64, requires_grad=True),)
