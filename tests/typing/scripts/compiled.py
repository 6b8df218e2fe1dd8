"""A compiled function keeps its signature, and a compiled module its class."""

from typing import assert_type

import tinygrad_lite as tl
from tinygrad_lite import Tensor, nn


@tl.compile
def loss_of(x: Tensor, y: Tensor, scale: float = 1.0) -> Tensor:
    return ((x - y) ** 2).mean() * scale


assert_type(loss_of(tl.ones(3), tl.zeros(3)), Tensor)
assert_type(loss_of(tl.ones(3), y=tl.zeros(3), scale=2.0), Tensor)


@tl.compile(fullgraph=True)
def doubled(x: Tensor) -> Tensor:
    return 2 * x


assert_type(doubled(tl.ones(3)), Tensor)


def pair(x: Tensor) -> tuple[Tensor, Tensor]:
    return x + 1, x - 1


assert_type(tl.compile(pair)(tl.ones(2)), tuple[Tensor, Tensor])

model = tl.compile(nn.Sequential(nn.Linear(3, 2), nn.Tanh()))
assert_type(model(tl.ones(1, 3)), Tensor)
