"""What must hold of a derivative: `testing.check_op` compares it with differences, and the rest is here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

import tinygrad_lite as tl
from tinygrad_lite import testing
from tinygrad_lite.core.graph import ON_ARRAYS
from tinygrad_lite.core.primitive import Array, Fused
from tinygrad_lite.core.tensor import wrap

from .random_values import LAYOUTS, Call, is_float, readonly

Gradients = dict[int, Any]
"""Of the arguments in some places."""


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
    return readonly(lay(c, out.shape) if lay is np.broadcast_to else lay(c))  # type: ignore[no-any-return]  # of a known type


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


def applied(call: Call) -> tuple[Callable[..., Any], list[Any]]:
    """The primitive as a function of the Tensors that it has derivatives by, and these."""
    inputs = leaves(call, call.places)
    return lambda *given: call.replaced(dict(zip(inputs, given, strict=True)))(), list(inputs.values())


def check_values(call: Call) -> None:
    """The result is the same of Tensors and of arrays, and of a kernel and its reference."""
    name, places = call.primitive.name, call.places
    empty = any(x.size == 0 for x in call.args if isinstance(x, np.ndarray))
    with np.errstate(all="ignore" if empty else "raise"):
        out = forward(call)
        if isinstance(call.primitive, Fused):
            assert_close(call.primitive.reference(*call.args), out, 1e-12, f"{name}: reference and kernel")
    result = call.replaced(leaves(call, places))() if places else out
    assert result.dtype == out.dtype, f"{name}: {result.dtype} of Tensors, {out.dtype} of arrays"
    assert_close(getattr(result, "_data", result), out, 1e-14, f"{name} of Tensors and of arrays")


def check_first_order(call: Call) -> None:
    """The derivative by each argument is that of the function."""
    if call.places:
        function, inputs = applied(call)
        testing.check_op(function, *inputs, strict=True, float32=False)


def check_second_order(call: Call) -> None:
    """So is the derivative of the derivative, by the inputs and by the cotangent; on Tensors it is what it is on arrays."""
    name, places = call.primitive.name, call.places
    if not places:
        return
    function, inputs = applied(call)
    out = function(*inputs)
    c = cotangent_for(call, out._data)
    first = tl.autograd.grad(out, inputs, wrap(c), create_graph=True)
    for (i, plain), g in zip(gradients(call, c, places).items(), first, strict=True):
        assert_close(g._data, plain, 1e-12, f"{name}: derivative by {call.name_of(i)}, on Tensors and on arrays")
    testing.check_op(function, *inputs, second_order=True, strict=True, float32=False)


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
