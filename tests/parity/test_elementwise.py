"""Elementwise functions against PyTorch: values, gradients, dtypes, special values, broadcasting, in place."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.pytorch_parity import SPECIAL, Row, b, compare, f, floats, i, ints, pos, row

UNARY = """
    abs absolute acos acosh arccos arccosh arcsin arcsinh arctan arctanh asin asinh atan atanh ceil cos cosh erf erfc
    exp exp2 expm1 fix floor frac log log10 log1p log2 neg negative reciprocal relu round rsqrt sgn sigmoid sign
    sin sinh sqrt square tan tanh trunc isnan isinf isfinite logical_not nan_to_num clone logit sinc deg2rad rad2deg
    signbit isposinf isneginf isreal positive angle
""".split()
WHOLE_UNARY = ["bitwise_not"]

BINARY = """
    add sub subtract mul multiply div divide true_divide floor_divide fmod remainder pow float_power maximum minimum
    atan2 arctan2 hypot copysign logaddexp rsub eq ne lt le gt ge not_equal less less_equal greater greater_equal
    logical_and logical_or logical_xor fmax fmin xlogy ldexp logaddexp2 heaviside nextafter
""".split()
WHOLE_BINARY = ["bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift", "gcd", "lcm"]

ROWS: list[Row] = [
    *(row(name, pos(2, 3)) for name in UNARY if name != "logit"),
    *(row(name, f(2, 3, low=-0.9, high=0.9)) for name in UNARY if name != "logit"),
    row("logit", f(2, 3, low=0.1, high=0.9)),
    row("logit", floats(0, 1, np.nan)),
    *(
        row(name, SPECIAL[SPECIAL >= 1] if name in ("acosh", "arccosh") else SPECIAL)
        for name in UNARY
        if name != "logit"
    ),
    *(row(name, floats(0.5).reshape(())) for name in UNARY),
    *(row(name, f(0, 3)) for name in UNARY),
    *(row(name, i(4)) for name in [*UNARY, *WHOLE_UNARY]),
    *(row(name, f(2, 3), 1) for name in UNARY if name != "logit"),
    *(row(name, f(2, 3), f(2, 3, seed=1)) for name in [*UNARY, "bitwise_not"] if name not in ("logit", "nan_to_num")),
    *(row(name, pos(2, 3), pos(3)) for name in BINARY),
    *(row(name, f(2, 1, 3), f(4, 1)) for name in BINARY),
    *(row(name, f(2, 3), f(2, 2)) for name in BINARY),
    *(row(name, f(0, 3), f(3)) for name in BINARY),
    *(row(name, SPECIAL[:, None], SPECIAL) for name in BINARY if name not in ("copysign", "xlogy")),
    row("copysign", SPECIAL[1:-2, None], SPECIAL),  # at an infinity PyTorch's gradient is NaN
    row("xlogy", SPECIAL[:, None], SPECIAL, grad=False),
    *(row(name, pos(2, 3), y) for name in BINARY for y in (2, 2.0, 0.5, 0, -1.5, True)),
    *(row(name, i(3, low=0), ints(1, 2, 3)) for name in WHOLE_BINARY),
    *(row(name, i(2, 3, low=0), 2) for name in WHOLE_BINARY),
    *(row(name, f(3), f(3)) for name in WHOLE_BINARY),
    *(row(name, f(3), None) for name in [*BINARY, *WHOLE_BINARY]),
    *(row(name, f(3), "2") for name in BINARY),
    row("pow", floats(0, 0, 0, 2, -2, -2), floats(0, 2, -1, 0, 3, 0.5)),
    row("pow", 2, f(2, 3)),
    row("pow", 0, floats(0, 1, -1, 2)),
    row("pow", 2.5, i(3)),
    row("pow", i(3), 2),
    row("pow", i(3), -1),
    row("pow", f(3), 1),
    row("pow", f(3), 3),
    row("float_power", 2, f(3)),
    row("float_power", i(3, low=1), 2),
    row("add", f(2, 3), f(3), alpha=2),
    row("add", f(2, 3), 3, alpha=2),
    row("add", i(2, 3), i(3), alpha=0.5),
    row("add", b(3), b(3, seed=1), alpha=True),
    row("add", b(3), b(3, seed=1), alpha=2),
    row("add", input=f(3), other=f(3), call=lambda T, input, other: T.add(input=input, other=other)),
    row("sub", f(2, 3), f(3), alpha=0.5),
    row("sub", f(3), True),
    row("sub", b(3), b(3)),
    row("sub", b(3), 1),
    row("sub", 1, b(3), call=lambda T, x, y: x - y),
    row("rsub", f(3), f(3), alpha=2),
    row("rsub", b(3), 2),
    *(row("div", f(2, 3), y, rounding_mode=m) for y in (pos(3), 2, 0.7) for m in ("floor", "trunc", None)),
    *(
        row("div", i(6), y, rounding_mode=m)
        for y in (ints(2, -2, 3, -3, 1, 5), 2, -2)
        for m in ("floor", "trunc", None)
    ),
    *(row("div", SPECIAL[:, None], SPECIAL, rounding_mode=m) for m in ("floor", "trunc")),
    row("div", f(3), 2, rounding_mode="up"),
    row("div", i(3), 0, rounding_mode="floor"),
    row("div", i(3), 0),
    row("div", i(3), 0, rounding_mode="trunc"),
    row("floor_divide", i(3), 0),
    row("remainder", i(3), 0),
    row("fmod", i(3), 0),
    row("remainder", i(7), 3),
    row("remainder", i(7), -3),
    row("fmod", i(7), -3),
    row("remainder", 7, i(4, low=1)),
    row("fmod", 7, i(4, low=1), call=lambda T, x, y: T.fmod(x, y), more=True),
    *(row("clamp", SPECIAL, *bounds) for bounds in [(-1, 1), (None, 1), (-1, None), (-1,), (1, -1), (-0.5, 0.5)]),
    row("clamp", SPECIAL, min=-1.0),
    row("clamp", SPECIAL, max=1),
    row("clip", SPECIAL, min=-1.0, max=1),
    row("clamp", SPECIAL),
    row("clamp", SPECIAL, float("nan"), 1),
    row("clamp", f(2, 3), f(3, seed=1), f(2, 1, seed=2)),
    row("clamp", f(2, 3), f(3, seed=1)),
    row("clamp", f(2, 3), max=f(3, seed=1)),
    row("clamp", f(2, 3), f(3, seed=1), 1.0, more=True),
    row("clamp", i(5), -1, 1),
    row("clamp", i(5), -0.5, 1.5),
    row("clamp", b(5), 0, 1),
    row("clip", f(2, 3), -1, 1),
    *(row(name, SPECIAL, 0.5) for name in ("clamp_min", "clamp_max")),
    *(row(name, f(2, 3), f(3)) for name in ("clamp_min", "clamp_max")),
    row("maximum", floats(1, 2, np.nan, 3), floats(1, 3, 0, np.nan)),
    row("minimum", floats(1, 2, np.nan, 3), floats(1, 3, 0, np.nan)),
    row("hypot", floats(3, -3, 1), floats(4, 0, -1)),
    row("lerp", f(2, 3), f(3), 0.3),
    row("lerp", f(2, 3), f(3), f(2, 1)),
    row("lerp", SPECIAL, f(12), 0.7),
    row("lerp", f(3), i(3), 0.5),
    row("lerp", f(3), 2.0, 0.5, more=True),
    row("lerp", f(3), f(3), 2),
    row("addcmul", f(2, 3), f(3), f(2, 1)),
    row("addcmul", f(2, 3), f(3), f(2, 1), value=0.5),
    row("addcmul", i(3), i(3), i(3), value=2),
    row("addcmul", f(3), 2.0, f(3), more=True),
    row("addcdiv", f(2, 3), f(3), pos(2, 1)),
    row("addcdiv", f(2, 3), f(3), pos(2, 1), value=-2),
    row("addcdiv", i(3), i(3), i(3, low=1)),
    row("round", SPECIAL, decimals=0),
    row("round", f(5) * 100, decimals=1),
    row("round", f(5) * 1000, decimals=-2),
    row("round", i(5), decimals=0, more=True),
    row("where", b(2, 3), f(2, 3), f(3)),
    row("where", b(2, 1), f(3), 0.0),
    row("where", b(2, 3), 1.5, f(3), call=lambda T, *args: T.where(*args)),
    row("where", b(3), 1, 2, call=lambda T, *args: T.where(*args)),
    row("where", b(3), 1.0, 2, call=lambda T, *args: T.where(*args)),
    row("where", b(3), i(3), 2.5),
    row("where", b(3), f(3), i(3)),
    row("where", b(2, 3)),
    row("where", i(3, low=0, high=2), f(3), f(3)),
    row("logit", f(5), 0.1),
    row("logit", f(5), eps=0.3),
    row("heaviside", SPECIAL, floats(0.5)),
    row("heaviside", i(5), ints(7)),
    row("heaviside", f(5), ints(7)),
    *(row(name, ints(12, -4, 0, 0, -9)[:, None], ints(18, 6, -5, 0)) for name in ("gcd", "lcm")),
    *(row(name, x, y) for name in ("gcd", "lcm") for x, y in ((b(3), i(3)), (b(3), b(3)), (i(3), f(3)), (i(3), i(2)))),
    *(row(name, np.array([100, 99], np.int8), np.array([98, 6], np.int8)) for name in ("gcd", "lcm")),
    row("nextafter", i(3), f(3)),
    row("nextafter", i(3), i(3)),
    row("xlogy", floats(0, 0, 0, 2), floats(1, -1, np.nan, 0)),
    row("where", b(2), f(3), f(3)),
    row("where", f(2, 3), b(2, 3), f(3), call=lambda T, x, c, y: x.where(c, y)),
    row("masked_fill", f(2, 3), b(3), 2.0),
    row("masked_fill", f(2, 3), b(2, 3), float("-inf")),
    row("masked_fill", f(3), b(2, 3), 1.0),
    row("masked_fill", f(2, 3), b(3), floats(3.0)[0:1].reshape(())),
    row("masked_fill", f(2, 3), b(3), f(1)),
    row("masked_fill", i(3), b(3), 2.5),
    row("masked_fill", i(3), b(3), 2),
    row("masked_fill", b(3), b(3), 1),
    row("masked_fill", f(3), i(3), 1.0),
    row("masked_fill", f(3), b(2), 1.0),
    row("nan_to_num", SPECIAL, 1.0),
    row("nan_to_num", SPECIAL, nan=1.0, posinf=5.0, neginf=-5.0),
    row("isclose", SPECIAL[:, None], SPECIAL),
    row("isclose", SPECIAL[:, None], SPECIAL, equal_nan=True),
    row("isclose", f(3), f(3) + np.float32(1e-3), rtol=1e-2),
    row("isclose", f(3), f(3) + np.float32(1e-3), 0, 1e-2),
    row("isclose", i(3), i(3)),
    row("isclose", f(3), i(3)),
    row("isclose", b(3), b(3)),
    row("isclose", f(3), 1.0),
    row("isclose", f(3), f(3), rtol=-1.0),
    row("allclose", f(3), f(3) + np.float32(1e-9)),
    row("allclose", f(3), f(3) + np.float32(1e-2)),
    row("allclose", f(2, 3), f(3)),
    row("allclose", SPECIAL, SPECIAL),
    row("allclose", SPECIAL, SPECIAL, equal_nan=True),
    row("equal", f(3), f(3)),
    row("equal", f(3), f(3, 1)),
    row("equal", SPECIAL, SPECIAL),
    row("equal", f(3), i(3)),
    row("equal", f(0), f(0)),
    # operators
    row("__add__", f(2, 3), f(3), call=lambda T, x, y: x + y),
    row("__radd__", f(2, 3), call=lambda T, x: 1 + x),
    row("__sub__", f(2, 3), f(3), call=lambda T, x, y: x - y),
    row("__rsub__", f(2, 3), call=lambda T, x: 1 - x),
    row("__mul__", f(2, 3), f(3), call=lambda T, x, y: x * y),
    row("__rmul__", f(2, 3), call=lambda T, x: 2 * x),
    row("__truediv__", f(2, 3), pos(3), call=lambda T, x, y: x / y),
    row("__rtruediv__", f(2, 3), call=lambda T, x: 1 / x),
    row("__floordiv__", f(2, 3), pos(3), call=lambda T, x, y: x // y),
    row("__rfloordiv__", pos(2, 3), call=lambda T, x: 5 // x),
    row("__mod__", f(2, 3), pos(3), call=lambda T, x, y: x % y),
    row("__rmod__", pos(2, 3), call=lambda T, x: 5 % x),
    row("__pow__", pos(2, 3), f(3), call=lambda T, x, y: x**y),
    row("__rpow__", f(2, 3), call=lambda T, x: 2**x),
    row("__matmul__", f(2, 3), f(3), call=lambda T, x, y: x @ y),
    row("__matmul__", f(2, 3), call=lambda T, x: x @ 2),
    row("__rmatmul__", f(2, 3), call=lambda T, x: 2 @ x),
    row("__neg__", f(2, 3), call=lambda T, x: -x),
    row("__neg__", b(3), call=lambda T, x: -x),
    row("__pos__", f(2, 3), call=lambda T, x: +x),
    row("__abs__", f(2, 3), call=lambda T, x: abs(x)),
    row("__invert__", i(3), call=lambda T, x: ~x),
    row("__invert__", b(3), call=lambda T, x: ~x),
    row("__invert__", f(3), call=lambda T, x: ~x),
    *(
        row(name, i(4), i(4, low=0, seed=1), call=call)
        for name, call in {
            "__and__": lambda T, x, y: x & y,
            "__or__": lambda T, x, y: x | y,
            "__xor__": lambda T, x, y: x ^ y,
            "__lshift__": lambda T, x, y: x << y,
            "__rshift__": lambda T, x, y: x >> y,
            "__rand__": lambda T, x, y: 3 & x,
            "__ror__": lambda T, x, y: 3 | x,
            "__rxor__": lambda T, x, y: 3 ^ x,
            "__rlshift__": lambda T, x, y: 3 << y,
            "__rrshift__": lambda T, x, y: 3 >> y,
        }.items()
    ),
    *(
        row(name, f(2, 3), f(3, seed=1), call=call)
        for name, call in {
            "__eq__": lambda T, x, y: x == y,
            "__ne__": lambda T, x, y: x != y,
            "__lt__": lambda T, x, y: x < y,
            "__le__": lambda T, x, y: x <= y,
            "__gt__": lambda T, x, y: x > y,
            "__ge__": lambda T, x, y: x >= y,
            "__eq__ number": lambda T, x, y: 1 == x,
            "__lt__ number": lambda T, x, y: 1 < x,
            "__eq__ None": lambda T, x, y: x == None,  # noqa: E711  # the operator is what is tested
            "__eq__ text": lambda T, x, y: x == "a",
            "__ne__ None": lambda T, x, y: x != None,  # noqa: E711  # the operator is what is tested
            "__lt__ None": lambda T, x, y: x < None,
            "__add__ None": lambda T, x, y: x + None,
            "__add__ text": lambda T, x, y: x + "a",
            "__add__ list": lambda T, x, y: x + [1, 2, 3],
            "__radd__ list": lambda T, x, y: [1, 2, 3] + x,
        }.items()
    ),
]

for _name, _call in {
    "__iadd__": "x += y", "__isub__": "x -= y", "__imul__": "x *= y", "__itruediv__": "x /= y",
    "__ifloordiv__": "x //= y", "__imod__": "x %= y", "__ipow__": "x **= y", "__iand__": "x &= y",
    "__ior__": "x |= y", "__ixor__": "x ^= y", "__ilshift__": "x <<= y", "__irshift__": "x >>= y",
}.items():  # fmt: skip
    _names: dict = {}
    exec(f"def _augmented(T, x, y):\n    x = x.clone()\n    {_call}\n    return x", _names)
    ROWS += [row(_name, *args, call=_names["_augmented"]) for args in [
        (pos(2, 3), pos(3)), (pos(3), pos(2, 3)), (i(3, low=1), i(3, low=1)), (i(3, low=1), f(3)), (pos(3), i(3)),
        (b(3), b(3)), (b(3), i(3)), (i(3, low=1), 2), (i(3), 1.5), (pos(3), 2), (pos(3), 2.5), (f(0), f(0)), (f(3), None),
    ]]  # fmt: skip


@pytest.mark.parametrize("name", sorted({r.name for r in ROWS}))
def test_parity(name):
    for r in ROWS:
        if r.name == name:
            compare(r)


@pytest.mark.parametrize("name", [*UNARY, *WHOLE_UNARY])
def test_an_argument_too_many_is_not_taken_for_the_place_of_the_result(name):
    x, other = tl.ones(2), tl.full((2,), 7.0)
    if name in ("logit", "nan_to_num"):
        return  # these have a second argument
    for call in (getattr(tl, name), lambda *args: getattr(args[0], name)(*args[1:])):
        with pytest.raises(TypeError):
            call(x, other)
    assert other.tolist() == [7, 7]


@pytest.mark.parametrize("name", ["eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_xor"])
def test_a_comparison_in_place_leaves_the_history_a_gradient_of_0(name):
    x = tl.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    getattr(y, f"{name}_")(tl.tensor([1.0, 3.0]))
    assert y.requires_grad  # as in PyTorch
    y.sum().backward()
    assert x.grad.tolist() == [0, 0]
