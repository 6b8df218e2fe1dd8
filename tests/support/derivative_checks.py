"""What must hold of a derivative. Each check takes one call of a primitive, and raises an AssertionError.

The derivative of sum(out · cotangent), for a random cotangent, is compared with central differences in
float64 and, where the forward is analytic, with the complex step Im f(x + ih) / h, which cancels nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

import tinygrad_lite as tl
from tinygrad_lite.core.graph import ON_ARRAYS
from tinygrad_lite.core.primitive import Array, Fused
from tinygrad_lite.core.tensor import wrap

from .random_values import LAYOUTS, Call, is_float, readonly

Gradients = dict[int, Any]
"""Of the arguments in some places."""

REAL = {
    "abs", "atan2", "attention", "bessel_i", "bessel_ie", "binary_cross_entropy_with_logits", "cast", "ceil", "cholesky",
    "cofactors", "copysign", "digamma", "eigenvalues", "eigh", "entr", "erf", "erfc", "erfcx", "erfinv",
    "extremes_at", "floor", "floor_divide", "fmod", "frac", "gelu", "hypot", "igamma", "igammac", "lgamma",
    "log_ndtr", "logabsdet", "logaddexp", "logcumsumexp", "logsigmoid", "ndtr", "ndtri", "norm", "normal_cdf",
    "normal_gate", "pinv", "polygamma", "qr", "remainder", "round", "sign", "sign_of_det", "sinc",
    "singular_values", "softshrink", "svd", "trunc", "trunc_divide", "xlog1py", "zeta",
}  # fmt: skip
"""The primitives whose forward does not mean on complex numbers what it means on real ones."""

# ---------------------------------------------------------------------------------- derivatives by numbers

STEP = 2.0**-10  # a power of two, so that x + STEP is exact


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


# ------------------------------------------------------------------------------- results and their derivatives


def forward(call: Call) -> Array:
    """The result on arrays."""
    return np.asarray(call.primitive.forward(*call.args))


def cotangent_for(call: Call, out: Array) -> Array:
    """A random gradient of the result, exact in float32, in some layout: at times with elements that share memory."""
    rng = np.random.default_rng(call.seed)
    lay = rng.choice([*LAYOUTS, np.broadcast_to])
    c = np.asarray(rng.integers(-128, 128, out.shape[lay is np.broadcast_to :]) / 64, out.dtype)
    return readonly(lay(c, out.shape) if lay is np.broadcast_to else lay(c))  # type: ignore[no-any-return]


def leaves(call: Call, places: Iterable[int]) -> Gradients:
    """Tensors of the arguments in some places, that ask for gradients; they use the arguments' own memory."""
    return {i: wrap(call.args[i]).requires_grad_() for i in places}


def gradients(call: Call, cotangent: Array, places: Iterable[int]) -> Gradients:
    """The derivative of sum(out · cotangent) by the arguments in some places, as `backward()` leaves it in `.grad`."""
    inputs = leaves(call, places)
    if inputs:
        call.replaced(inputs)().backward(wrap(cotangent))
    return {i: x.grad._data for i, x in inputs.items()}


# --------------------------------------------------------------------------------------------------- checks


def check_first_order(call: Call) -> None:
    """The derivative by each argument is that of the function, whichever others are asked for with it."""
    name, places = call.primitive.name, call.places
    empty = any(x.size == 0 for x in call.args if isinstance(x, np.ndarray))
    with np.errstate(all="ignore" if empty else "raise"):
        out = forward(call)
        if isinstance(call.primitive, Fused):
            assert_close(call.primitive.reference(*call.args), out, 1e-12, f"{name}: reference and kernel")
    result = call.replaced(leaves(call, places))() if places else out
    assert result.dtype == out.dtype, f"{name}: {result.dtype} of Tensors, {out.dtype} of arrays"
    assert_close(getattr(result, "_data", result), out, 1e-14, f"{name} of Tensors and of arrays")

    c = cotangent_for(call, out)
    weights = c.astype(float)
    imaginary = call.replaced({i: call.args[i].astype(complex) for i in places})
    together = gradients(call, c, places)
    for wanted in (some for k in range(2, min(len(places), 6)) for some in itertools.combinations(places, k)):
        for i, derivative in gradients(call, c, wanted).items():
            assert_close(derivative, together[i], 1e-14, f"{name}: by {call.name_of(i)} of {wanted}, and of all")
    for i, derivative in together.items():
        x, what = call.args[i], f"{name}: derivative by {call.name_of(i)}"
        assert_close(gradients(call, c, [i])[i], derivative, 1e-14, f"{what}, alone and with the others")
        slopes = differences(lambda x, i=i: np.sum(forward(call.replaced({i: x})) * weights), x)
        assert_close(derivative, slopes, 1e-7, what)
        if name not in REAL:
            slopes = complex_steps(lambda x, i=i: np.sum(forward(imaginary.replaced({i: x})) * weights), x)
            assert_close(derivative, slopes, 1e-10, f"{what}, complex step")


def check_second_order(call: Call) -> None:
    """The derivative can itself be differentiated, by the inputs and by the cotangent, and has the same value."""
    name, places = call.primitive.name, call.places
    if not places:
        return
    inputs = leaves(call, places)
    out = call.replaced(inputs)()
    c = cotangent_for(call, out._data)
    cotangent = wrap(c).requires_grad_()
    first = tl.autograd.grad(out, list(inputs.values()), cotangent, create_graph=True)
    for (i, plain), g in zip(gradients(call, c, places).items(), first, strict=True):
        assert_close(g._data, plain, 1e-12, f"{name}: derivative by {call.name_of(i)}, on Tensors and on arrays")

    rng = np.random.default_rng(call.seed + 1)
    directions = {i: rng.standard_normal(call.args[i].shape) for i in places}

    def product(x: Gradients, c: Array) -> float:
        return sum(float(np.sum(g * directions[i])) for i, g in gradients(call.replaced(x), c, places).items())

    total = sum((g * wrap(v)).sum() for g, v in zip(first, directions.values(), strict=True))
    wanted = [*inputs.values(), cotangent]
    if total.requires_grad:
        second = tl.autograd.grad(total, wanted, materialize_grads=True)
    else:
        second = tuple(map(tl.zeros_like, wanted))
    for i, g in zip(places, second[:-1], strict=True):
        slopes = differences(lambda x, i=i: product({i: x}, c), call.args[i])
        assert_close(g._data, slopes, 1e-7, f"{name}: second derivative by {call.name_of(i)}")
    slopes = differences(lambda c: product({}, c), c)
    assert_close(second[-1]._data, slopes, 1e-7, f"{name}: derivative of the derivative by the cotangent")


def check_without_gradient(call: Call) -> None:
    """A primitive without derivatives gives what it gives on arrays, and the result asks for no gradient."""
    inputs = {i: wrap(x).requires_grad_(is_float(x)) for i, x in enumerate(call.args) if isinstance(x, np.ndarray)}
    result = call.replaced(inputs)()
    assert not result.requires_grad
    np.testing.assert_array_equal(result._data, forward(call), strict=True)


def check_memory(call: Call) -> None:
    """Results that are not views, and gradients, are in memory of their own; all that goes in is read-only."""
    name = call.primitive.name
    given = {i: x for i, x in enumerate(call.args) if isinstance(x, np.ndarray)}
    inputs = leaves(call, call.places)
    result = call.replaced({i: wrap(x) for i, x in given.items()} | inputs)()
    out = readonly(result._data)
    with np.errstate(all="ignore"):
        both = out, forward(call)
    if not call.primitive.view:
        assert not any(np.shares_memory(y, x) for y in both for x in given.values()), f"{name} is a view of an argument"
    if inputs:
        c = cotangent_for(call, out)
        result.backward(wrap(c))
        known = [*given.values(), out, c]
        for g in (x.grad._data for x in inputs.values()):
            assert g.flags.writeable, f"{name}: a gradient that cannot be added to"
            assert not any(np.shares_memory(g, x) for x in known), f"{name}: a gradient in another's memory"
            known.append(g)


def check_float32(call: Call) -> None:
    """float32 in, float32 out and back, also beside numbers; and the same values to its precision."""
    name, places = call.primitive.name, call.places
    given = {i: x for i, x in enumerate(call.args) if isinstance(x, np.ndarray)}
    if not any(map(is_float, given.values())):
        return
    narrow = {i: readonly(x.astype(np.float32)) if is_float(x) else x for i, x in given.items()}
    small = call.replaced(narrow)
    result = call.replaced({i: wrap(x) for i, x in narrow.items()} | leaves(small, places))()
    with np.errstate(all="ignore"):
        out = forward(call)
        c = cotangent_for(call, out).astype(result.dtype)
        rules = ON_ARRAYS.derive(result.grad_fn, c, result.grad_fn.saved) if places else []
    if name != "cast":
        assert result.dtype == (np.float32 if is_float(out) else out.dtype), f"{name} in {result.dtype}"
        assert all(g.dtype == np.float32 for g in rules), f"{name}: a derivative that only the graph brings to float32"
    assert_close(result._data, out, 1e-5, f"{name} in float32")
    exact = gradients(call, c.astype(out.dtype), places)
    for i, g in gradients(small, c, places).items():
        assert g.dtype == np.float32, f"{name}: derivative by {call.name_of(i)} in {g.dtype}"
        assert_close(g, exact[i], 1e-4, f"{name}: derivative by {call.name_of(i)} in float32")
