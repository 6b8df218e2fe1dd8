"""Values and both orders of derivatives against PyTorch at special points: zeros, kinks, infinities, NaN, ties, nothing.

Elementwise functions are found by introspection, and each is taken at every combination of `POINTS`. Reductions,
functions with settings, losses and what moves elements have a row each in `special_calls`. Gradients of infinity and
NaN are sent back too: where a derivative is 0 by choice, they must not come through.

`DEVIATIONS` has every difference that is meant, with what PyTorch gives and what we give; any other fails. The numbers
themselves are in `tests/ops/test_special_values.py`.
"""

from __future__ import annotations

import functools
import warnings
from typing import Any, NamedTuple

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.public_calls import FUNCTIONS
from ..support.special_calls import CALLS
from ..support.special_values import Call, derivatives, differences, grid, inf, nan, tensors

torch = pytest.importorskip("torch")

RANDOM = ("dropout", "gumbel")
SORTED = {"sort", "msort", "argsort", "bucketize", "searchsorted"}
"""Of two equal elements PyTorch takes now one, now the other, first; and boundaries must be sorted."""


UNSURE_AT_NAN = {
    f"nn.functional.{name}"
    for name in "relu6 hardtanh hardshrink softshrink hardsigmoid hardswish elu selu celu".split()
}
"""PyTorch's derivatives of these at NaN are NaN, 0 or 1, according to the number of elements."""


class Deviation(NamedTuple):
    """For these functions and this of them: what PyTorch gives and what we give, by kinds of numbers; and why."""

    functions: str
    of: str
    theirs: str
    ours: str
    why: str


DEVIATIONS = [
    Deviation(
        "huber_loss none, huber_loss mean, huber_loss same, smooth_l1_loss none, smooth_l1_loss mean, smooth_l1_loss same",
        "second",
        "zero",
        "finite",
        "only where the difference is NaN, as of inf - inf; at the kink both give 0",
    ),
    # where PyTorch is wrong or NaN, and there is a limit
    Deviation(
        "digamma", "first second through", "any", "any", "poles at the negative whole numbers, where PyTorch is finite"
    ),
    Deviation("lgamma", "second", "finite nan", "infinite", "poles of trigamma"),
    Deviation(
        "i0, special.i1", "value first second through", "any", "any", "infinite beyond 713, where PyTorch is NaN"
    ),
    Deviation("special.i0e, special.i1e", "first second through", "any", "any", "the limit at 0 and infinity"),
    Deviation("special.erfcx", "second through", "any", "any", "PyTorch's second order cancels"),
    Deviation("special.log_ndtr", "first second through", "any", "any", "the limit beside -inf, where PyTorch is NaN"),
    Deviation("special.ndtr", "second", "nan", "zero", "the limit: the squares overflow"),
    Deviation(
        "frexp", "through", "nan", "infinite zero", "2^-exponent overflows of subnormal numbers, and 0 times it is NaN"
    ),
    Deviation("special.xlog1py", "first second through", "any", "any", "0 at the origin, to every order"),
    Deviation("gradient", "value through", "infinite", "nan", "quotients of differences of infinities"),
    Deviation("norm_except_dim", "first second through", "any", "any", "0 where the norm is 0, to every order"),
    Deviation("pow, float_power", "second", "nan", "zero finite infinite", "x**2 at 0 has the second derivative 2"),
    Deviation("sinc", "value first second through", "any", "any", "PyTorch's quotients cancel and overflow"),
    Deviation("logaddexp, logaddexp2", "second", "nan", "zero", "beside infinity nothing changes"),
    Deviation("asinh, atanh, arccosh, erf, erfc", "second", "nan", "zero", "the limit: the squares overflow"),
    Deviation(
        "nn.functional.gelu, nn.functional.mish, nn.functional.silu, gelu none", "second", "nan", "zero", "the limit"
    ),
    Deviation(
        "nn.functional.gelu, nn.functional.hardswish",
        "value through",
        "nan infinite",
        "finite infinite",
        "of many elements PyTorch's products overflow",
    ),
    Deviation("copysign", "first second through", "nan finite", "zero finite infinite", "PyTorch divides out by x"),
    Deviation("hypot, xlogy, atan2", "first second through", "nan", "zero", "0 at the origin, to every order"),
    Deviation("logit", "second", "nan zero", "infinite zero", "the limit at 0 and 1"),
    Deviation("logit eps", "second", "nan", "zero", "constant beyond the bounds"),
    Deviation("prod, prod along, cumprod along", "first second", "any", "any", "PyTorch divides by the elements"),
    Deviation("std, std along, std_mean", "second", "nan", "zero", "0 where the deviation is 0, to every order"),
    Deviation(
        "norm, norm 0.5, norm 1.5, norm 2, norm 3, norm -1, normalize 2, dist 2, dist 3, cdist 2.0, cdist 3.0, "
        "cosine_similarity",
        "second through",
        "nan",
        "zero infinite",
        "0 where the norm is 0, to every order",
    ),
    Deviation("norm -1", "first second", "nan", "finite", "PyTorch's powers of huge numbers overflow"),
    Deviation("normalize inf", "first second through", "nan", "zero infinite", "the others do not count"),
    Deviation("logsumexp along", "first second", "nan", "zero", "0 where every element is -inf"),
    Deviation(
        "soft_margin_loss mean, soft_margin_loss none, soft_margin_loss same",
        "value first second",
        "nan infinite",
        "finite zero",
        "PyTorch's exponential overflows",
    ),
    Deviation("prelu", "second", "finite", "finite", "at 0 PyTorch's second order forgets the weight"),
    Deviation("quotient of inf", "first second", "nan", "infinite", "PyTorch squares x, which overflows"),
    Deviation(
        "fmod, remainder", "value through", "nan", "finite zero", "PyTorch's remainder of a division by tiny numbers"
    ),
    Deviation("layer_norm", "value first second", "nan", "zero", "PyTorch's squares overflow"),
    # what comes from above does not come through where a function is constant
    Deviation("nan_to_num", "through", "nan", "zero", "constant there"),
    Deviation(
        "power of 0", "through second", "nan infinite", "zero finite", "0 for every exponent that is not negative"
    ),
    Deviation(
        "amax, amin, amax along, amin along, aminmax along, norm inf, norm -inf, dist inf",
        "through",
        "nan",
        "zero infinite",
        "the elements that are not extreme do not count",
    ),
    # products of three, of which two may overflow, in another order
    Deviation("addcdiv, ldexp", "second through", "nan", "zero infinite", "the order of the factors"),
    Deviation("hypot, atan2, xlogy, logit", "first second through", "any", "any", "the order of tiny and huge factors"),
    Deviation(
        "gelu tanh, multi_margin_loss none, binary_cross_entropy_with_logits mean, "
        "binary_cross_entropy_with_logits none, binary_cross_entropy_with_logits same",
        "through second",
        "infinite",
        "nan",
        "sums of infinities of either sign",
    ),
    # of no elements, of one, of no degree of freedom
    Deviation("var, var_mean", "second", "none zero", "nan zero other", "no degree of freedom"),
    Deviation("prod, prod along, cumprod along, cummax, cummin", "second", "none zero", "none zero", "of one or none"),
    Deviation("glu", "second", "any", "any", "of no elements, and sums of infinities of either sign"),
    Deviation("norm 0", "first through", "none", "zero", "constant"),
    # by choice
    Deviation("std_mean, var_mean", "value", "nan", "infinite", "the mean of infinities of one sign is theirs"),
    Deviation("power 0.5, power -0.5", "value first second", "any", "any", "of -0 and -inf as C has it, not as √x"),
    Deviation("bce 0.0, bce 1.0", "second", "finite zero", "finite", "the derivative of the bounded divisor"),
]


# ----------------------------------------------------------------------------------------------- the functions


def found_in(T: Any, name: str) -> Any:
    """A public function by its dotted name."""
    return functools.reduce(getattr, name.split("."), T)


def elementwise() -> dict[str, list[int]]:
    """The functions whose results have their arguments' shape, and how many Tensors they can be given."""
    found: dict[str, list[int]] = {}
    names = sorted(FUNCTIONS, key=lambda name: name.startswith("special."), reverse=True)
    for name in sorted({FUNCTIONS[name]: name for name in names}.values()):  # one of several names, not that in special
        if name in SORTED or name.endswith("_") or any(word in name for word in RANDOM):
            continue
        for arguments in (1, 2, 3):
            try:
                with warnings.catch_warnings(action="ignore"):
                    result = found_in(torch, name)(*[torch.full((5,), 0.5)] * arguments)
            except (TypeError, RuntimeError, IndexError, ValueError, AssertionError):
                continue
            if all(tuple(x.shape) == (5,) for x in tensors(torch, result)):
                found.setdefault(name, []).append(arguments)
    return found


ELEMENTWISE = elementwise()

VECTORS = {
    "ties": [1.0, 3.0, 3.0, 1.0],
    "one": [2.5],
    "zeros": [0.0, 0.0, 0.0],
    "a zero": [-0.0, 2.0, 3.0],
    "two zeros": [0.0, 2.0, 0.0, 3.0],
    "infinity": [0.0, 1.0, inf],
    "infinities": [inf, -inf, 2.0],
    "-infinity": [-inf, -inf],
    "NaN": [1.0, nan, 2.0],
    "huge": [1e200, -1e200, 1e199],
    "tiny": [5e-324, 1e-310, 0.0],
    "empty": [],
}


def compare(name: str, call: Call, arrays: list[Any], upper: float | None = None) -> list[tuple[str, ...]]:
    """The differences of one call: the function's name, of what, PyTorch's kind and ours. None where PyTorch refuses."""
    with warnings.catch_warnings(action="ignore"):
        try:
            expected = derivatives(torch, call, arrays, upper)
        except (RuntimeError, IndexError, ValueError, TypeError):
            return []
        found = derivatives(tl, call, arrays, upper)
    different = []
    for of, ours, theirs in zip(found._fields, found, expected, strict=True):
        if len(ours) != len(theirs):
            different.append((name, of, f"{len(theirs)} results", f"{len(ours)} results"))
            continue
        for a, b in zip(ours, theirs, strict=True):
            kinds = [(name, of if upper is None else "through", theirs, ours) for ours, theirs in differences(a, b)]
            different.extend(kinds)
    return sorted(set(different))


def of_elementwise(name: str) -> list[tuple[str, ...]]:
    different = []

    def call(T: Any, *args: Any) -> Any:
        return found_in(T, name)(*args)

    for arguments in ELEMENTWISE[name]:
        for dtype in ("float64", "float32") if arguments == 1 else ("float64",):
            arrays = grid(arguments, dtype, name in UNSURE_AT_NAN)
            for upper in (None, nan, inf, 0.0):
                different += compare(name, call, arrays, upper)
            different += compare(name, call, [x[:0] for x in arrays])
            different += compare(name, call, [x[2] for x in arrays])
    return different


def of_call(name: str) -> list[tuple[str, ...]]:
    different = []
    for vector in VECTORS.values():
        different += compare(name, CALLS[name], [np.array(vector)])
    for upper in (nan, inf):
        different += compare(name, CALLS[name], [np.array(VECTORS["two zeros"])], upper)
    return different + compare(name, CALLS[name], [np.array(2.0)])


def meant(difference: tuple[str, ...]) -> list[Deviation]:
    """The deviations that a difference is one of."""
    name, of, theirs, ours = difference
    return [
        d
        for d in DEVIATIONS
        if name in d.functions.split(", ")
        and of in d.of.split()
        and (d.theirs == "any" or theirs in d.theirs.split())
        and (d.ours == "any" or ours in d.ours.split())
    ]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_functions(name: str) -> None:
    _check(of_elementwise(name))


@pytest.mark.parametrize("name", CALLS)
def test_other_functions(name: str) -> None:
    _check(of_call(name))


def _check(different: list[tuple[str, ...]]) -> None:
    other = [d for d in different if not meant(d)]
    lines = [f"{name}, {of}: PyTorch {theirs}, we {ours}" for name, of, theirs, ours in sorted(set(other))]
    assert not lines, "\n".join(lines)
