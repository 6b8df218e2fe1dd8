"""Parameters with gradients for tests of `nn.utils`, and the comparison of what both libraries make of them."""

from __future__ import annotations

from typing import Any

import numpy as np


def parameters(T: Any, scale: float = 3.0, dtypes: tuple[str, ...] = ("float64",) * 4) -> list[Any]:
    """Parameters with gradients, one without, one whose gradient is 0, one 0-d."""
    rng = np.random.default_rng(0)
    found = []
    for i, (shape, dtype) in enumerate(zip([(3, 4), (5,), (2, 2), ()], dtypes, strict=True)):
        p = T.nn.Parameter(T.tensor(rng.standard_normal(shape), dtype=getattr(T, dtype)))
        if i != 1:
            p.grad = T.tensor(np.array(rng.standard_normal(shape) * scale * (i != 2)), dtype=getattr(T, dtype))
        found.append(p)
    return found


def assert_same(ours: list[Any], theirs: list[Any], rtol: float = 1e-12) -> None:
    for a, b in zip(ours, theirs, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert (a.dtype, a.shape) == (b.dtype, b.shape)
            np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)
