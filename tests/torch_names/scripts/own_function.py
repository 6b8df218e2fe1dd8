"""A function with a derivative of its own, in the place of an activation."""

import math

import torch
from torch.autograd import Variable


class Legendre(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return 0.5 * (5 * x**3 - 3 * x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 1.5 * (5 * x**2 - 1)


device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
x = Variable(torch.linspace(-math.pi, math.pi, 2000, device=device, dtype=torch.float))
y = torch.sin(x)
parts = [torch.full((), v, device=device, requires_grad=True) for v in (0.0, -1.0, 0.0, 0.3)]
for t in range(300):
    a, b, c, d = parts
    loss = (a + b * Legendre.apply(c + d * x) - y).pow(2).sum()
    if t % 100 == 99:
        print(t, f"{loss.item():.2f}", isinstance(loss, Variable))
    loss.backward()
    with torch.no_grad():
        for p in parts:
            p -= 5e-6 * p.grad
            p.grad = None
