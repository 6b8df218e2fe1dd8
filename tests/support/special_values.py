"""What the tests of special values share: a call's value, gradient and gradient of the gradient, in either library.

Two results are compared with all that a program could notice: which entries are NaN or infinite, the finite ones to
rounding, and whether a gradient is None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Call = Callable[..., Any]
nan, inf = math.nan, math.inf

POINTS = {
    "float64": [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.5, 3.0, -3.0, 6.0, -6.0, 20.5, inf, -inf, nan, 5e-324, -1e-310,
                1e300, -1e300, 1e-8],
    "float32": [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.5, 3.0, -3.0, 6.0, -6.0, 20.5, inf, -inf, nan, 1e-45, -1e-40,
                3e38, -3e38, 1e-4],
}  # fmt: skip
"""Zeros, units, kinks of activations, infinities, NaN, denormal numbers, and some near the ends of the range."""
FEW = [0.0, -0.0, 1.0, -0.5, inf, -inf, nan, 3e38]
"""So many for each of three arguments."""


def grid(arguments: int, dtype: str, without_nan: bool) -> list[Array]:
    """Every combination of special values, an array for each argument."""
    points = np.array(FEW if arguments > 2 else POINTS[dtype], dtype)
    points = points[points == points] if without_nan else points
    return [axis.reshape(-1) for axis in np.meshgrid(*[points] * arguments, indexing="ij")]


class Derivatives(NamedTuple):
    """Arrays of a call's results, gradients of its arguments, and gradients of those by arguments and weights."""

    value: list[Any]
    first: list[Any]
    second: list[Any]


def derivatives(T: Any, call: Call, arrays: list[Array], upper: float | None = None) -> Derivatives:
    """What `call(T, *Tensors)` gives in the library T, where the results are weighted at random, or all by `upper`."""
    rng = np.random.default_rng(3)

    def leaf(array: Array) -> Any:
        return T.tensor(array, requires_grad=True)

    def weights(x: Any) -> Array:
        random = rng.uniform(0.5, 1.5, tuple(x.shape)).astype(x.detach().numpy().dtype)
        return random if upper is None else np.full_like(random, upper)

    leaves = [leaf(x) for x in arrays]
    results = list(tensors(T, call(T, *leaves)))
    value = [x.detach().numpy() for x in results]
    outputs = [x for x in results if x.requires_grad]
    if not outputs:
        return Derivatives(value, [], [])
    above = [leaf(weights(x)) for x in outputs]
    grads = T.autograd.grad(outputs, leaves, above, create_graph=True, allow_unused=True)
    first = [None if g is None else g.detach().numpy() for g in grads]
    changing = [g for g in grads if g is not None and g.requires_grad]
    if not changing or upper is not None:
        return Derivatives(value, first, [])
    constants = [T.tensor(weights(g)) for g in changing]
    second = T.autograd.grad(changing, leaves + above, constants, allow_unused=True)
    return Derivatives(value, first, [None if g is None else g.detach().numpy() for g in second])


def tensors(T: Any, result: Any) -> Iterator[Any]:
    """The Tensors in a result."""
    if isinstance(result, T.Tensor):
        yield result
    elif isinstance(result, (tuple, list)):
        for item in result:
            yield from tensors(T, item)


TOLERANCE = {"float64": 1e-7, "float32": 1e-4}


def differences(found: Any, expected: Any) -> list[tuple[str, str]]:
    """The kinds of what we have and PyTorch has, in the places where they differ; see `kind`."""
    if found is None or expected is None:
        return [] if found is expected else [(_kinds(found), _kinds(expected))]
    assert found.shape == expected.shape, f"shape {found.shape}, PyTorch's {expected.shape}"
    assert found.dtype == expected.dtype, f"{found.dtype}, PyTorch's {expected.dtype}"
    if found.dtype.kind != "f":
        return [] if np.array_equal(found, expected) else [("other", "other")]
    with np.errstate(all="ignore"):
        finite = np.abs(expected[np.isfinite(expected)])
        tolerance = TOLERANCE.get(found.dtype.name, 1e-2)
        near = np.abs(found - expected) <= tolerance * np.abs(expected) + 1e-3 * tolerance * np.max(
            finite[finite < 1e30], initial=1e-4
        )
    same = near & np.isfinite(expected) | (found == expected) | np.isnan(found) & np.isnan(expected)
    return [(kind(a), kind(b)) for a, b in zip(found[~same], expected[~same], strict=True)]


def _kinds(x: Any) -> str:
    return "none" if x is None else "zero" if not np.any(x) else "other"


def kind(x: float) -> str:
    """What a number is: zero, infinite, nan or another finite one."""
    return "nan" if math.isnan(x) else "infinite" if math.isinf(x) else "zero" if x == 0 else "finite"
