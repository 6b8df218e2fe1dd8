"""Gradients: backward(), autograd.grad, hooks, grad modes, functions with a derivative of their own."""

from typing import assert_type

import tinygrad_lite as tl
from tinygrad_lite import Tensor, autograd
from tinygrad_lite.autograd.function import FunctionCtx

x = tl.tensor([1.0, 2.0], requires_grad=True)
loss = (x * x).sum()
assert_type(loss.backward(), None)
assert_type(loss.grad_fn, autograd.Node | None)
assert_type(x.grad, Tensor | None)
if x.grad is not None:
    assert_type(x.grad.sum(), Tensor)
x.grad = None
assert_type(x.detach(), Tensor)
assert_type(x.requires_grad_(), Tensor)
assert_type(x.data, Tensor)

y = x * 3
assert_type(y.retain_grad(), None)
y.backward(tl.ones_like(y), retain_graph=True)
y.backward(gradient=tl.tensor([1.0, 0.0]))

(gradient,) = autograd.grad((x**3).sum(), x, create_graph=True)
assert_type(gradient, Tensor)
assert_type(autograd.grad(gradient.sum(), [x]), tuple[Tensor, ...])
assert_type(autograd.backward([x.sum()]), None)


def ten_times(grad: Tensor) -> Tensor:
    return 10 * grad


handle = x.register_hook(ten_times)
other = x.register_hook(lambda grad: None)
assert_type(handle.remove(), None)
other.remove()

with tl.no_grad():
    assert_type(x * 2, Tensor)
with tl.set_grad_enabled(False), tl.enable_grad():
    pass


@tl.no_grad()
def evaluated(values: Tensor, scale: float = 1.0) -> Tensor:
    return values * scale


assert_type(evaluated(x), Tensor)
assert_type(evaluated(x, scale=2.0), Tensor)
assert_type(tl.is_grad_enabled(), bool)


class Square(autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, values: Tensor) -> Tensor:
        ctx.save_for_backward(values)
        return values * values

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> Tensor:
        (values,) = ctx.saved_tensors
        return 2 * grad * values


assert_type(Square.apply(x), Tensor)


def cube(values: Tensor) -> Tensor:
    return values**3


assert autograd.gradcheck(cube, x.detach().double().requires_grad_())
