"""What must hold of a derivative. Each check takes one call of a primitive, and raises an AssertionError.

The derivative of sum(out · cotangent), for a random cotangent, is compared with central differences in
float64 and, where the forward is analytic, with the complex step Im f(x + ih) / h, which cancels nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np

import tinygrad_lite as tl
from tinygrad_lite.primitive import Array
from tinygrad_lite.tensor import Tensor, wrap

from .drawing import LAYOUTS, Call, readonly

STEP = 2.0**-10  # a power of two, so that x + STEP is exact
REAL = frozenset(
    "abs atan2 cast ceil copysign erf erfc floor fmod frac hypot logaddexp logsigmoid norm "
    "remainder round sign step trunc trunc_divide".split()
)
"""The primitives whose forward does not mean on complex numbers what it means on real ones."""

# ---------------------------------------------------------------------------------- derivatives by numbers


def differences(f: Callable[[Array], float], x: Array) -> Array:
    """df/dx: central differences over one and two steps, extrapolated to none (Richardson); error O(STEP⁴)."""
    slopes = np.empty(x.shape)
    for place in np.ndindex(x.shape):

        def rise(step: float, place: Any = place) -> float:
            up, down = x.copy(), x.copy()
            up[place] += step
            down[place] -= step
            return (f(up) - f(down)) / (2 * step)

        slopes[place] = (4 * rise(STEP) - rise(2 * STEP)) / 3
    return slopes


def complex_steps(f: Callable[[Array], complex], x: Array) -> Array:
    """df/dx by steps in the imaginary direction, exact to rounding."""
    slopes = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        stepped = x.astype(complex)
        stepped[place] += 1e-30j
        slopes[place] = f(stepped).imag / 1e-30
    return slopes


def assert_close(actual: Any, expected: Any, tolerance: float, what: str) -> None:
    """Of one shape, and no element further off than the tolerance times the largest (or 1)."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{what}: {actual.shape} for {expected.shape}"
    scale = max(1.0, np.max(np.abs(expected), initial=0.0))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * scale, err_msg=what)


# ------------------------------------------------------------------------------------ derivatives by the rules


def cotangent_for(call: Call, out: Any) -> Array:
    """A random gradient of the result, in some layout: also, at times, with elements that share memory."""
    rng = np.random.default_rng(call.seed)
    layout = rng.integers(len(LAYOUTS) + 1)
    if layout < len(LAYOUTS):
        c = LAYOUTS[layout](rng.standard_normal(out.shape))
    else:
        c = np.broadcast_to(rng.standard_normal(out.shape[1:]), out.shape)
    return readonly(c.astype(out.dtype, copy=False))


def leaves(call: Call, places: Collection[int]) -> dict[int, Any]:
    """Tensors of the arguments in some places, that ask for gradients; they use the arguments' own memory."""
    return {i: wrap(call.args[i]).requires_grad_() for i in places}


def apply(call: Call, inputs: dict[int, Any]) -> Any:
    """The primitive's result on Tensors."""
    return call.primitive(*call.with_arguments(inputs))


def gradients(call: Call, cotangent: Array, places: Collection[int]) -> dict[int, Array]:
    """The derivative of sum(out · cotangent) by the arguments in some places, as `backward()` leaves it in `.grad`."""
    inputs = leaves(call, places)
    if inputs:
        apply(call, inputs).backward(wrap(cotangent))
    return {i: x.grad._data for i, x in inputs.items()}


# --------------------------------------------------------------------------------------------------- checks


def check_first_order(call: Call) -> None:
    """The derivative by each argument is that of the function, whichever others are asked for with it."""
    forward, name = call.primitive.forward, call.primitive.name
    with np.errstate(all="raise"):
        out = np.asarray(forward(*call.args))
    inputs = leaves(call, call.places)
    result = apply(call, inputs) if inputs else wrap(out)
    np.testing.assert_array_equal(result._data, out, strict=True, err_msg=f"{name} of Tensors and of arrays")
    c = cotangent_for(call, out)
    together = gradients(call, c, call.places)
    for i, derivative in together.items():
        what = f"{name}: derivative by {call.name_of(i)}"
        np.testing.assert_array_equal(gradients(call, c, [i])[i], derivative, strict=True, err_msg=f"{what}, alone")
        x = call.args[i]
        numeric = differences(lambda x, i=i: np.sum(forward(*call.with_arguments({i: x})) * c), x)
        assert_close(derivative, numeric, 1e-7, what)
        if name not in REAL:
            others = {k: call.args[k].astype(complex) for k in call.places}
            exact = complex_steps(lambda x, i=i: np.sum(forward(*call.with_arguments(others | {i: x})) * c), x)
            assert_close(derivative, exact, 1e-10, f"{what}, complex step")


def check_second_order(call: Call) -> None:
    """The derivative can itself be differentiated, by the inputs and by the cotangent, and has the same value."""
    name, places = call.primitive.name, call.places
    if not places:
        return
    inputs = leaves(call, places)
    out = apply(call, inputs)
    c = cotangent_for(call, out._data)
    rng = np.random.default_rng(call.seed + 1)
    directions = {i: rng.standard_normal(call.args[i].shape) for i in places}

    cotangent = wrap(c).requires_grad_()
    first = tl.autograd.grad(out, list(inputs.values()), cotangent, create_graph=True)
    plain = gradients(call, c, places)
    for i, g in zip(places, first, strict=True):
        assert_close(g._data, plain[i], 1e-12, f"{name}: derivative by {call.name_of(i)}, on Tensors and on arrays")

    def objective(x: dict[int, Array], c: Array) -> float:
        moved = Call(call.primitive, call.with_arguments(x), call.seed)
        return sum(float(np.sum(g * directions[i])) for i, g in gradients(moved, c, places).items())

    total = sum(((g * wrap(directions[i])).sum() for i, g in zip(places, first, strict=True)), wrap(np.zeros(())))
    wanted = [*inputs.values(), cotangent]
    if total.requires_grad:
        second = tl.autograd.grad(total, wanted, allow_unused=True, materialize_grads=True)
    else:
        second = tuple(wrap(np.zeros(x.shape)) for x in wanted)
    for i, g in zip(places, second[:-1], strict=True):
        numeric = differences(lambda x, i=i: objective({i: x}, c), call.args[i])
        assert_close(g._data, numeric, 1e-7, f"{name}: second derivative by {call.name_of(i)}")
    numeric = differences(lambda c: objective({}, c), c)
    assert_close(second[-1]._data, numeric, 1e-7, f"{name}: derivative of the derivative by the cotangent")


def check_memory(call: Call) -> None:
    """Results that are not views, and gradients, are in memory of their own; all that comes in is read-only."""
    name = call.primitive.name
    given = [x for x in call.args if isinstance(x, np.ndarray)]
    inputs = leaves(call, call.places)
    result = apply(call, inputs or {i: wrap(x) for i, x in enumerate(call.args) if isinstance(x, np.ndarray)})
    if not call.primitive.view:
        for out in (result._data, np.asarray(call.primitive.forward(*call.args))):
            assert not any(np.shares_memory(out, x) for x in given), f"{name}: its result is a view of an argument"
    if not inputs:
        return
    c = cotangent_for(call, result._data)
    result.backward(wrap(c))
    found = [x.grad._data for x in inputs.values()]
    for k, g in enumerate(found):
        assert g.flags.writeable, f"{name}: a gradient that cannot be accumulated into"
        assert not any(np.shares_memory(g, x) for x in (*given, c, result._data, *found[:k])), f"{name}: shared gradient"


def check_float32(call: Call) -> None:
    """float32 in, float32 out and back, also beside numbers; and the same values to its precision."""
    name = call.primitive.name
    narrow = {i: readonly(x.astype(np.float32)) for i, x in enumerate(call.args) if getattr(x, "dtype", None) == float and x.ndim >= 0 and isinstance(x, np.ndarray)}
    small = Call(call.primitive, call.with_arguments(narrow), call.seed)
    inputs = leaves(small, small.places)
    result = apply(small, inputs or {i: wrap(x) for i, x in narrow.items()})
    expected = np.asarray(call.primitive.forward(*call.args))
    if name != "cast":
        assert result.dtype == (np.float32 if expected.dtype.kind == "f" else expected.dtype), f"{name}: {result.dtype}"
    assert_close(result._data, expected, 1e-5, f"{name} in float32")
    c = cotangent_for(call, expected)
    for (i, g), wide in zip(gradients(small, c.astype(np.float32), small.places).items(), gradients(call, c, call.places).values(), strict=True):
        assert g.dtype == np.float32, f"{name}: derivative by {call.name_of(i)} in {g.dtype}"
        assert_close(g, wide, 1e-4, f"{name}: derivative by {call.name_of(i)} in float32")
