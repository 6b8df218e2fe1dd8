"""Tensors as users compute with them: every result has a type."""

from typing import Any, assert_type

import numpy as np

import tinygrad_lite as tl
from tinygrad_lite import Size, Tensor

# --------------------------------------------------------------------------------------------------- creation

x = assert_type(tl.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True), Tensor)
assert_type(tl.tensor(3), Tensor)
assert_type(tl.tensor(((1, 2.5), [True, 4])), Tensor)
assert_type(tl.tensor(np.ones(3), dtype=tl.float32), Tensor)
assert_type(tl.tensor([x[0, 0].detach(), x[0, 1].detach()]), Tensor)
assert_type(tl.as_tensor(range(3)), Tensor)
assert_type(tl.from_numpy(np.ones((2, 3))), Tensor)
assert_type(tl.zeros(2, 3), Tensor)
assert_type(tl.ones((2, 3), dtype=tl.int64, requires_grad=False), Tensor)
assert_type(tl.empty(x.shape), Tensor)
assert_type(tl.full((2,), 1.5), Tensor)
assert_type(tl.zeros_like(x), Tensor)
assert_type(tl.arange(3), Tensor)
assert_type(tl.arange(0, 1, 0.25), Tensor)
assert_type(tl.linspace(0, 1, steps=5), Tensor)
assert_type(tl.eye(3), Tensor)
assert_type(tl.manual_seed(0), tl.Generator)
assert_type(tl.rand(2, 3, generator=tl.Generator().manual_seed(1)), Tensor)
assert_type(tl.randn((2, 3)), Tensor)
assert_type(tl.randint(0, 10, (4,)), Tensor)
assert_type(tl.randint(10, size=(4,)), Tensor)
assert_type(tl.randperm(5), Tensor)
assert_type(tl.bernoulli(tl.full((3,), 0.5)), Tensor)
assert_type(tl.multinomial(tl.ones(3), 2), Tensor)

# -------------------------------------------------------------------------------------------------- operators

assert_type(x + 1, Tensor)
assert_type(1 - x, Tensor)
assert_type(2.5 * x, Tensor)
assert_type(x / x, Tensor)
assert_type(2 / x, Tensor)
assert_type(x**2, Tensor)
assert_type(2**x, Tensor)
assert_type(x // 2 % 3, Tensor)
assert_type(x @ x.T, Tensor)
assert_type(x * np.float32(2), Tensor)
assert_type(x + np.ones(3, np.float32), Tensor)
assert_type(-x, Tensor)
assert_type(+x, Tensor)
assert_type(abs(x), Tensor)
assert_type(x > 0, Tensor)
assert_type(0 <= x, Tensor)
assert_type(x == 3, Tensor)
assert_type(x != x, Tensor)
assert_type((x > 0) & ~(x > 2) | (x < -1), Tensor)

y = x.detach().clone()
y += 1
assert_type(y, Tensor)
y *= x.detach()
y[0] = 3
y[y > 4] = 0.5
y[:, 1] = tl.zeros(2)
with tl.no_grad():
    x -= 0.1 * x
assert_type(x, Tensor)

# --------------------------------------------------------------------------------------------------- indexing

assert_type(x[0], Tensor)
assert_type(x[0, -1], Tensor)
assert_type(x[:, 1:], Tensor)
assert_type(x[..., None], Tensor)
assert_type(x[[0, 1]], Tensor)
assert_type(x[tl.tensor([0, 1]), [1, 2]], Tensor)
assert_type(x[x > 0], Tensor)
assert_type(x[np.array([0])], Tensor)
for row in x:
    assert_type(row, Tensor)
first, second = x
assert_type(second, Tensor)
assert_type(len(x), int)

# -------------------------------------------------------------------------------------------------- functions

assert_type(tl.exp(x), Tensor)
assert_type(x.exp(), Tensor)
assert_type(tl.tanh(x).sigmoid().relu(), Tensor)
assert_type(tl.sqrt(x).log(), Tensor)
assert_type(tl.add(x, 2, alpha=3), Tensor)
assert_type(tl.maximum(x, y), Tensor)
assert_type(tl.clamp(x, min=0), Tensor)
assert_type(x.clamp(0, 1), Tensor)
assert_type(tl.where(x > 0, x, 0.0), Tensor)
assert_type(x.masked_fill(x > 2, -1.0), Tensor)
assert_type(tl.isnan(x), Tensor)
assert_type(tl.allclose(x, y), bool)
assert_type(x.equal(y), bool)

assert_type(x.sum(), Tensor)
assert_type(x.sum(0), Tensor)
assert_type(x.sum(dim=(0, 1), keepdim=True), Tensor)
assert_type(tl.sum(x, 0), Tensor)
assert_type(x.mean(-1), Tensor)
assert_type(x.std(dim=0), Tensor)
assert_type(x.var(), Tensor)
assert_type(x.norm(), Tensor)
assert_type(x.softmax(dim=1), Tensor)
assert_type(x.logsumexp(1), Tensor)
assert_type(x.cumsum(0), Tensor)
assert_type((x == y).all(), Tensor)
assert_type((x > 0).any(dim=0), Tensor)

assert_type(x.max(), Tensor)
assert_type(tl.max(x, 0).values, Tensor)
assert_type(tl.max(x, 0).indices, Tensor)
assert_type(x.min(dim=1).indices, Tensor)
values, indices = x.topk(2)
assert_type(values, Tensor)
assert_type(x.sort(descending=True).values, Tensor)
assert_type(x.argmax(1), Tensor)
assert_type(x.argsort(), Tensor)
assert_type(x.amax(dim=1), Tensor)
assert_type(x.median(), Tensor)
assert_type(x.median(0).values, Tensor)

assert_type(x.reshape(3, -1), Tensor)
assert_type(x.reshape((6,)), Tensor)
assert_type(x.view(-1), Tensor)
assert_type(x.flatten(), Tensor)
assert_type(x.T, Tensor)
assert_type(x.t().transpose(0, 1), Tensor)
assert_type(x.permute(1, 0), Tensor)
assert_type(x.unsqueeze(0).squeeze(), Tensor)
assert_type(x.expand(5, 2, 3), Tensor)
assert_type(x.repeat(2, 1), Tensor)
assert_type(x.flip(0), Tensor)
assert_type(tl.cat([x, x]), Tensor)
assert_type(tl.cat((x, x), dim=1), Tensor)
assert_type(tl.stack([x, x]), Tensor)
for piece in x.split(1):
    assert_type(piece, Tensor)
left, right = tl.chunk(x, 2)
assert_type(left, Tensor)
assert_type(x.unbind()[0], Tensor)
assert_type(x.gather(1, tl.tensor([[0], [1]])), Tensor)
assert_type(tl.nonzero(x > 1), Tensor)
assert_type(x.tril(), Tensor)
assert_type(tl.matmul(x, x.T), Tensor)
assert_type(tl.einsum("ij,kj->ik", x, x), Tensor)
assert_type(tl.outer(x[0], x[1]), Tensor)
assert_type(tl.linalg.norm(x), Tensor)

# ------------------------------------------------------------------------------------------- in place, and dtypes

assert_type(y.add_(1), Tensor)
assert_type(y.mul_(x.detach()).zero_().fill_(2), Tensor)
assert_type(y.clamp_(0, 1), Tensor)
assert_type(y.copy_(tl.zeros(3)), Tensor)
assert_type(y.uniform_(-1, 1), Tensor)
assert_type(x.to(tl.float64), Tensor)
assert_type(x.to("cpu"), Tensor)
assert_type(x.float().double().half(), Tensor)
assert_type((x > 0).long(), Tensor)
assert_type(x.type(tl.int64), Tensor)
assert_type(x.new_zeros(3), Tensor)

# --------------------------------------------------------------------------------------------------- properties

assert_type(x.shape, Size)
assert_type(x.shape[0], int)
assert_type(x.shape[1:], Size)
n, d = x.shape
assert_type(d, int)
assert_type(x.size(), Size)
assert_type(x.size(1), int)
assert_type(x.ndim, int)
assert_type(x.dim(), int)
assert_type(x.numel(), int)
assert_type(x.dtype, np.dtype[Any])
assert_type(x.device, tl.device)
assert_type(x.requires_grad, bool)
assert_type(x.is_leaf, bool)
assert_type(x.sum().item(), float)
assert_type(float(x.sum()), float)
assert_type(int(x.sum()), int)
assert_type(bool((x > 0).all()), bool)
assert_type(x.detach().numpy(), np.ndarray[Any, np.dtype[Any]])
assert_type(x.tolist(), list[Any])
assert_type(f"{x.sum():.3f}", str)
assert_type(tl.is_tensor(x), bool)
assert_type(tl.get_default_dtype(), np.dtype[Any])
assert_type(tl.finfo(tl.float32).eps, float)
