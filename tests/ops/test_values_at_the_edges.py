"""Values and slopes at zeros and infinities, and on ways through kernels that only odd layouts take.

Each was found by planting a fault that no other test noticed (`python -m tests.mutation`). Expected values are exact or
closed forms; at a kink they are PyTorch's choice, unless it is NaN there.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import tinygrad_lite as tl
import tinygrad_lite.nn.functional as F
from tinygrad_lite.core.primitive import REGISTRY

A = np.array
inf, nan = math.inf, math.nan


def slopes(function: Any, *arrays: Any) -> list[Any]:
    """The derivatives of the sum by each array."""
    tensors = [tl.tensor(x, dtype=tl.float64, requires_grad=True) for x in arrays]
    return [d.tolist() for d in tl.autograd.grad(function(*tensors).sum(), tensors)]


def second(function: Any, x: Any, weights: Any) -> Any:
    """The derivative of the weighted sum of the slopes."""
    x = tl.tensor(x, dtype=tl.float64, requires_grad=True)
    (slope,) = tl.autograd.grad(function(x).sum(), x, create_graph=True)
    return tl.autograd.grad((slope * tl.tensor(weights, dtype=tl.float64)).sum(), x)[0].tolist()


def test_slopes() -> None:
    for function, at, expected in (
        (tl.xlogy, ([0.0, 0.0, 0.0, 0.0], [0.5, 2.0, 0.0, -1.0]), [[math.log(0.5), math.log(2), 0, 0], [0, 0, 0, 0]]),
        (tl.special.xlog1py, ([0.0, 0.0, 0.0], [0.5, -1.0, -2.0]), [[math.log(1.5), 0, 0], [0, 0, 0]]),
        (lambda x: tl.logsumexp(x, 0), ([-inf, -inf],), [[0, 0]]),
        (lambda x: tl.norm(x, 3), ([inf, 1.0],), [[nan, 0]]),
        (lambda x: tl.norm(x, 0.5), ([inf, 1.0],), [[nan, inf]]),
    ):
        np.testing.assert_allclose(slopes(function, *at), expected, rtol=1e-15)


def test_second_derivatives() -> None:
    for order in (1, 2, 3, 0.5, inf):
        assert second(lambda x, p=order: x.norm(p), [0.0, 0.0, 0.0], [1.0, 2.0, 3.0]) == [0, 0, 0]
    assert second(F.elu, [0.0, 0.5, -1.0], [1.0, 1.0, 2.0]) == [0, 0, 2 * math.exp(-1)]


def test_values() -> None:
    forward = {name: primitive.forward for name, primitive in REGISTRY.items()}
    with np.errstate(over="ignore"):
        assert forward["var"](A([1e307, -3e307, 7e307])) == inf  # what corrects the rounding of the mean is ∞, too
    x = np.arange(6.0).reshape(2, 3)
    assert forward["getitem"](x, (slice(None), A([True, False, True]))).tolist() == [[0, 2], [3, 5]]
