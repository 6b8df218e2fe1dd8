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


Seen = Callable[[Any], Any]

WAYS: dict[str, Seen] = {
    "as it is": lambda t: t,
    "transposed": lambda t: t.permute(*range(t.ndim)[::-1]),
    "backwards": lambda t: t.flip(tuple(range(t.ndim))),
    "summed": lambda t: t.sum() * 1,
}
"""What the results go through, so that their gradients arrive in other layouts; that of a sum is one exposed number."""


def moved(x: Array, step: float, direction: Array) -> Array:
    """x + step · direction, with its elements in memory in the order of those of x."""
    out = np.empty_like(x)
    return np.add(x, step * direction, out=out)


def check_along_directions(
    f: Callable[..., Any], arrays: list[Array], seed: int, second: bool = True, tolerance: float = 1e-6
) -> None:
    """Compare u·∇F and u·∇(v·∇F) with differences, for F the sum of the results times random cotangents.

    The cotangents are variables too: the directions u and v move them as they move the arrays. For some seeds all the
    arguments but the first are computed from the first one too, so that there are several ways to it. The tolerance
    is relative to the terms that a derivative along a direction sums up.

    Raises:
        AssertionError: if a derivative is wrong, or no result has one.
    """
    rng = np.random.default_rng(seed)
    way = WAYS[str(rng.choice([*WAYS]))]
    variables = [np.asarray(x, np.float64) for x in arrays]
    mean = wrap(variables[0]).mean().item() if variables and variables[0].size else 0.0
    related = len(variables) > 1 and variables[0].size > 0 and np.random.default_rng([seed, 1]).random() < 1 / 3

    def given(leaves: list[Any]) -> list[Any]:
        """The arguments, which are the leaves; if they are related, plus what is 0 here, but not its derivative."""
        if not related:
            return leaves
        shift = (leaves[0].mean() - mean) * 0.5
        return [leaves[0], *(x + shift for x in leaves[1:])]

    def run(values: list[Array]) -> tuple[list[Any], list[Any]]:
        """Leaves and floating results. One that has no derivative, though another has, must not change either."""
        tl.manual_seed(seed)
        leaves = [wrap(x).requires_grad_() for x in values]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return leaves, floating(f(*given(leaves)))

    with np.errstate(all="ignore"):
        _, results = run(variables)
    assert any(t.requires_grad for t in results), "no result has a derivative"
    count = len(variables)
    variables += [rng.standard_normal(tuple(way(t).shape)) for t in results]
    u, v = ([rng.standard_normal(x.shape) for x in variables] for _ in range(2))

    largest = max(float(np.max(np.abs(c), initial=0)) for c in variables[count:])
    mass = largest * sum(float(np.sum(np.abs(t._data))) for t in results)  # of which sums of terms lose the last digits

    def at(step: float) -> tuple[float, float, float, float, float, float]:
        """F, u·∇F, v·∇F and u·∇(v·∇F), a step away; and the sizes of the terms of the second and the last."""
        values = [x if step == 0 else moved(x, step, d) for x, d in zip(variables, u, strict=True)]
        leaves, results = run(values[:count])
        leaves += [wrap(c).requires_grad_() for c in values[count:]]
        value = sum((t * c).sum() for t, c in zip(map(way, results), leaves[count:], strict=True))
        first = tl.autograd.grad(value, leaves, create_graph=second, materialize_grads=True)
        along_u, size = along(first, u)
        along_v, _ = along(first, v)
        mixed, curved = along(tl.autograd.grad(along_v, leaves, materialize_grads=True), u) if second else (0.0, 0.0)
        return value.item(), float(along_u), float(along_v), float(mixed), size, curved

    with np.errstate(all="ignore"):
        _, slope, _, curvature, size, curved = at(0.0)

    def wrong(step: float) -> str:
        """What differs from the quotients of this step; "" if nothing does."""
        with np.errstate(all="ignore"):
            (up, _, up_v, *_), (down, _, down_v, *_) = at(step), at(-step)
            (up2, _, up2_v, *_), (down2, _, down2_v, *_) = at(2 * step), at(-2 * step)
        cases = [("first", slope, (up, down), (up2, down2), max(size, abs(slope)))]
        if second:
            cases.append(("second", curvature, (up_v, down_v), (up2_v, down2_v), max(curved, size, abs(curvature))))
        for what, found, near, far, scale in cases:
            numeric = (4 * (near[0] - near[1]) / (2 * step) - (far[0] - far[1]) / (4 * step)) / 3
            rounding = (1e-12 * max(map(abs, near)) + 4e-16 * mass + 1e-14) / step
            if not abs(found - numeric) <= tolerance * scale + rounding:
                return f"{what} derivative {found}, not {numeric}"
        return ""

    if found := wrong(STEP):  # a kink may lie within the step; a wrong derivative is wrong for a shorter one too
        assert not wrong(STEP / 32), found


def along(gradients: Any, directions: list[Array]) -> tuple[Any, float]:
    """The derivative along directions, and the size of the terms that it is the sum of."""
    terms = [g * wrap(d) for g, d in zip(gradients, directions, strict=True)]
    size = np.sqrt(sum(float(np.sum(np.square(t._data))) for t in terms))
    return sum(t.sum() for t in terms), float(size)
