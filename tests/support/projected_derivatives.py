"""First and second derivatives of a function of Tensors along random directions, against central differences."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_lite as tl
from tinygrad_lite.core.tensor import wrap

Array = Any
STEP = 2.0**-13


def floating(results: Any) -> list[Any]:
    """The floating Tensors in a result, in order."""
    if isinstance(results, tl.Tensor):
        return [results] if results.is_floating_point() else []
    return [t for item in results for t in floating(item)] if isinstance(results, (tuple, list)) else []


def check_along_directions(
    f: Callable[..., Any], arrays: list[Array], seed: int, second: bool = True, tolerance: float = 1e-6
) -> None:
    """Compare u·∇F and u·∇(v·∇F) with differences, for F the sum of the results times random cotangents.

    The cotangents are variables too: the directions u and v move them as they move the arrays.

    Raises:
        AssertionError: if a derivative is wrong, or the result has none.
    """
    rng = np.random.default_rng(seed)
    variables = [np.asarray(x, np.float64) for x in arrays]

    def run(values: list[Array]) -> tuple[list[Any], list[Any]]:
        """Leaves and floating results. One that has no derivative, though another has, must not change either."""
        tl.manual_seed(seed)
        leaves = [wrap(x).requires_grad_() for x in values]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return leaves, floating(f(*leaves))

    _, results = run(variables)
    assert any(t.requires_grad for t in results), "no result has a derivative"
    count = len(variables)
    variables += [rng.standard_normal(tuple(t.shape)) for t in results]
    u, v = ([rng.standard_normal(x.shape) for x in variables] for _ in range(2))

    def at(step: float) -> tuple[float, float, float, float]:
        """F, u·∇F, v·∇F and u·∇(v·∇F), a step away."""
        moved = [x if step == 0 else x + step * d for x, d in zip(variables, u, strict=True)]
        leaves, results = run(moved[:count])
        leaves += [wrap(c).requires_grad_() for c in moved[count:]]
        value = sum((t * c).sum() for t, c in zip(results, leaves[count:], strict=True))
        first = tl.autograd.grad(value, leaves, create_graph=second, materialize_grads=True)
        along_u, along_v = (sum((g * wrap(d)).sum() for g, d in zip(first, w, strict=True)) for w in (u, v))
        mixed = 0.0
        if second:
            twice = tl.autograd.grad(along_v, leaves, materialize_grads=True)
            mixed = sum((g * wrap(d)).sum().item() for g, d in zip(twice, u, strict=True))
        return value.item(), along_u.item(), along_v.item(), mixed

    with np.errstate(all="ignore"):
        _, slope, _, curvature = at(0.0)
        (up, _, up_slope, _), (down, _, down_slope, _) = at(STEP), at(-STEP)
        (up2, _, up2_slope, _), (down2, _, down2_slope, _) = at(2 * STEP), at(-2 * STEP)

    def difference(up: float, down: float, up2: float, down2: float) -> float:
        """Richardson's extrapolation of central differences over one and two steps."""
        return (4 * (up - down) / (2 * STEP) - (up2 - down2) / (4 * STEP)) / 3

    numeric = difference(up, down, up2, down2)
    assert abs(slope - numeric) <= tolerance * max(1.0, abs(numeric)), f"first derivative {slope}, not {numeric}"
    if second:
        numeric = difference(up_slope, down_slope, up2_slope, down2_slope)
        assert abs(curvature - numeric) <= tolerance * max(1.0, abs(numeric), abs(up_slope)), (
            f"second derivative {curvature}, not {numeric}"
        )
