"""Elementwise functions in ONNX."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .conversions import CONVERSIONS, converts
from .graph import Graph, common_dtype, result_of
from .program import Step, Var

UNARY = {
    "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "reciprocal": "Reciprocal", "neg": "Neg", "abs": "Abs", "sign": "Sign",
    "floor": "Floor", "ceil": "Ceil", "sin": "Sin", "cos": "Cos", "tan": "Tan", "asin": "Asin", "acos": "Acos",
    "atan": "Atan", "sinh": "Sinh", "cosh": "Cosh", "tanh": "Tanh", "asinh": "Asinh", "acosh": "Acosh",
    "atanh": "Atanh", "sigmoid": "Sigmoid", "erf": "Erf", "relu": "Relu", "mish": "Mish", "hardswish": "HardSwish",
}  # fmt: skip
BINARY = {"add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "pow": "Pow", "maximum": "Max", "minimum": "Min"}
COMPARISONS = {"eq": "Equal", "lt": "Less", "le": "LessOrEqual", "gt": "Greater", "ge": "GreaterOrEqual"}
LOGICAL = {"logical_and": "And", "logical_or": "Or", "logical_xor": "Xor", "logical_not": "Not"}
BITWISE = {"bitwise_and": "And", "bitwise_or": "Or", "bitwise_xor": "Xor", "bitwise_not": "Not"}
INTEGERS_TOO = ("Neg", "Abs", "Sign", "Relu", "Add", "Sub", "Mul", "Div", "Pow", "Max", "Min")


def _mapped(operator: str) -> Callable[..., str]:
    """The conversion of a function that is one operator, in the dtype of its result."""

    def convert(g: Graph, step: Step, *args: Any) -> str:
        dtype = result_of(step).dtype
        if dtype.kind != "f" and operator not in INTEGERS_TOO:  # floor and the like of whole numbers
            return g.operand(args[0], dtype)
        if dtype.kind == "b" and operator in ("Add", "Mul", "Max", "Min"):
            return g.add("Or" if operator in ("Add", "Max") else "And", *[g.operand(x, dtype) for x in args])
        return g.add(operator, *[g.operand(x, dtype) for x in args])

    return convert


def _compared(operator: str) -> Callable[..., str]:
    def convert(g: Graph, step: Step, *args: Any) -> str:
        dtype = common_dtype(args)
        if dtype.kind == "b" and operator != "Equal":
            dtype = np.dtype(np.int32)
        return g.add(operator, *[g.operand(x, dtype) for x in args])

    return convert


def _of_bools(operator: str) -> Callable[..., str]:
    def convert(g: Graph, step: Step, *args: Any) -> str:
        return g.add(operator, *[g.operand(x, np.dtype(np.bool_)) for x in args])

    return convert


def _of_bits(operator: str) -> Callable[..., str]:
    def convert(g: Graph, step: Step, *args: Any) -> str:
        dtype = result_of(step).dtype
        return g.add(operator if dtype.kind == "b" else f"Bitwise{operator}", *[g.operand(x, dtype) for x in args])

    return convert


for _operators, _make in (
    (UNARY | BINARY, _mapped),
    (COMPARISONS, _compared),
    (LOGICAL, _of_bools),
    (BITWISE, _of_bits),
):
    CONVERSIONS.update({name: _make(operator) for name, operator in _operators.items()})

# ------------------------------------------------------------------------------------------------------ others


class _Terms:
    """Expressions in one dtype: the text of a formula, as nodes."""

    def __init__(self, g: Graph, step: Step) -> None:
        self.g, self.dtype = g, result_of(step).dtype

    def of(self, x: Any) -> str:
        """An argument; what is a name already stays."""
        return x if isinstance(x, str) else self.g.operand(x, self.dtype)

    def __call__(self, operator: str, *args: Any, **attributes: Any) -> str:
        return self.g.add(operator, *map(self.of, args), **attributes)

    def where(self, condition: str, x: Any, y: Any) -> str:
        """x where a condition holds, else y."""
        return self.g.add("Where", condition, self.of(x), self.of(y))


@converts("identity", "clone", "straight", "independent")
def _same(g: Graph, step: Step, x: Any, *rest: Any) -> str:
    return g.name(x)


@converts("cast")
def _cast(g: Graph, step: Step, x: Any, dtype: Any) -> str:
    return g.operand(x, result_of(step).dtype)


@converts("zeros_like")
def _zeros_like(g: Graph, step: Step, x: Any) -> str:
    return g.expand(g.constant(0, result_of(step).dtype), x.shape)


@converts("ones_like")
def _ones_like(g: Graph, step: Step, x: Any) -> str:
    return g.expand(g.constant(1, result_of(step).dtype), x.shape)


@converts("where")
def _where(g: Graph, step: Step, condition: Any, x: Any, y: Any) -> str:
    t = _Terms(g, step)
    return t.where(g.operand(condition, np.dtype(np.bool_)), x, y)


@converts("ne")
def _ne(g: Graph, step: Step, x: Any, y: Any) -> str:
    return g.add("Not", CONVERSIONS["eq"](g, step, x, y))


@converts("isnan")
def _isnan(g: Graph, step: Step, x: Any) -> str:
    return g.add("IsNaN", g.name(x))


@converts("isinf")
def _isinf(g: Graph, step: Step, x: Any) -> str:
    return g.add("IsInf", g.name(x))


@converts("isfinite")
def _isfinite(g: Graph, step: Step, x: Any) -> str:
    return g.add("Not", g.add("Or", g.add("IsNaN", g.name(x)), g.add("IsInf", g.name(x))))


@converts("square")
def _square(g: Graph, step: Step, x: Any) -> str:
    return _Terms(g, step)("Mul", x, x)


@converts("rsqrt")
def _rsqrt(g: Graph, step: Step, x: Any) -> str:
    t = _Terms(g, step)
    return t("Reciprocal", t("Sqrt", x))


@converts("exp2")
def _exp2(g: Graph, step: Step, x: Any) -> str:
    return _Terms(g, step)("Pow", 2, x)


@converts("expm1")
def _expm1(g: Graph, step: Step, x: Any) -> str:
    t = _Terms(g, step)
    return t("Sub", t("Exp", x), 1)


@converts("log2", "log10")
def _log_to_base(g: Graph, step: Step, x: Any) -> str:
    t = _Terms(g, step)
    return t("Div", t("Log", x), math.log(2 if step.name == "log2" else 10))


@converts("log1p")
def _log1p(g: Graph, step: Step, x: Any) -> str:
    t = _Terms(g, step)
    return t("Log", t("Add", x, 1))


@converts("hypot")
def _hypot(g: Graph, step: Step, x: Any, y: Any) -> str:
    t = _Terms(g, step)
    return t("Sqrt", t("Add", t("Mul", x, x), t("Mul", y, y)))


@converts("xlogy")
def _xlogy(g: Graph, step: Step, x: Any, y: Any) -> str:
    t = _Terms(g, step)
    zero = g.add("And", t("Equal", x, 0), t("Equal", y, y))
    return t.where(zero, 0, t("Mul", x, t("Log", y)))


@converts("lerp")
def _lerp(g: Graph, step: Step, x: Any, y: Any, weight: Any) -> str:
    t = _Terms(g, step)
    return t("Add", x, t("Mul", weight, t("Sub", y, x)))


@converts("trunc")
def _trunc(g: Graph, step: Step, x: Any) -> str:
    t = _Terms(g, step)
    return t("Mul", t("Sign", x), t("Floor", t("Abs", x))) if t.dtype.kind == "f" else t.of(x)


@converts("frac")
def _frac(g: Graph, step: Step, x: Any) -> str:
    return _Terms(g, step)("Sub", x, _trunc(g, step, x))


@converts("round")
def _round(g: Graph, step: Step, x: Any, decimals: int = 0) -> str:
    t = _Terms(g, step)
    if t.dtype.kind != "f":
        return t.of(x)
    return t("Round", x) if not decimals else t("Div", t("Round", t("Mul", x, 10.0**decimals)), 10.0**decimals)


@converts("floor_divide", "trunc_divide")
def _divide(g: Graph, step: Step, x: Any, y: Any) -> str:
    t = _Terms(g, step)
    if t.dtype.kind == "f":
        quotient = t("Div", x, y)
        if step.name == "floor_divide":
            return t("Floor", quotient)
        return t("Mul", t("Sign", quotient), t("Floor", t("Abs", quotient)))
    if step.name == "trunc_divide":
        return t("Div", x, y)
    return t("Div", t("Sub", x, t("Mod", x, y)), y)


@converts("remainder")
def _remainder(g: Graph, step: Step, x: Any, y: Any) -> str:
    t = _Terms(g, step)
    if t.dtype.kind != "f":
        return t("Mod", x, y)
    rest = t("Mod", x, y, fmod=1)
    other_sign = t("Less", t("Mul", rest, t("Sign", y)), 0)
    return t.where(other_sign, t("Add", rest, y), rest)


@converts("fmod")
def _fmod(g: Graph, step: Step, x: Any, y: Any) -> str:
    return _Terms(g, step)("Mod", x, y, fmod=1)


@converts("masked_scale")
def _masked_scale(g: Graph, step: Step, x: Any, mask: Any, scale: float) -> str:
    t = _Terms(g, step)
    return t("Mul", t("Mul", x, mask), scale)


@converts("clamp", "hardtanh")
def _clamp(g: Graph, step: Step, x: Any, min: Any = None, max: Any = None) -> str:
    t = _Terms(g, step)
    low = x if min is None else t("Max", x, min)
    return t.of(low) if max is None else t("Min", low, max)


# ------------------------------------------------------------------------------------------------- activations


@converts("leaky_relu")
def _leaky_relu(g: Graph, step: Step, x: Any, slope: float) -> str:
    return _Terms(g, step)("LeakyRelu", x, alpha=float(slope))


@converts("prelu")
def _prelu(g: Graph, step: Step, x: Any, weight: Any) -> str:
    t = _Terms(g, step)
    if isinstance(x, Var) and isinstance(weight, Var):
        fits = all(n in (1, m) for n, m in zip(reversed(weight.shape), reversed(x.shape), strict=False))
        if fits and weight.ndim <= x.ndim:
            return t("PRelu", x, weight)
    return t.where(t("Greater", x, 0), x, t("Mul", x, weight))


@converts("elu")
def _elu(g: Graph, step: Step, x: Any, alpha: float, scale: float, inner: float) -> str:
    t = _Terms(g, step)
    if scale == inner == 1:
        return t("Elu", x, alpha=float(alpha))
    if inner == 1:
        return t("Selu", x, alpha=float(alpha), gamma=float(scale))
    bent = t("Elu", t("Mul", x, inner), alpha=1.0)  # expm1(inner x) where x <= 0
    return t.where(t("Greater", x, 0), t("Mul", x, scale), t("Mul", bent, alpha * scale))


@converts("softplus")
def _softplus(g: Graph, step: Step, x: Any, beta: float = 1, threshold: float = 20) -> str:
    t = _Terms(g, step)
    scaled = t.of(x) if beta == 1 else t("Mul", x, beta)
    bent = t("Softplus", scaled)
    return t.where(t("Greater", scaled, threshold), x, bent if beta == 1 else t("Div", bent, beta))


@converts("logsigmoid")
def _logsigmoid(g: Graph, step: Step, x: Any) -> str:
    t = _Terms(g, step)
    return t("Neg", t("Softplus", t("Neg", x)))


@converts("threshold")
def _threshold(g: Graph, step: Step, x: Any, threshold: float, value: float) -> str:
    t = _Terms(g, step)
    return t.where(t("LessOrEqual", x, threshold), value, x)


@converts("hardshrink")
def _hardshrink(g: Graph, step: Step, x: Any, lambd: float) -> str:
    t = _Terms(g, step)
    return t.where(t("LessOrEqual", t("Abs", x), lambd), 0, x)


@converts("softshrink")
def _softshrink(g: Graph, step: Step, x: Any, lambd: float) -> str:
    t = _Terms(g, step)
    return t("Sub", x, t("Min", t("Max", x, -lambd), lambd))


@converts("gelu", "normal_gate")
def _gelu(g: Graph, step: Step, x: Any) -> str:
    t = _Terms(g, step)
    return t("Gelu", x) if g.opset >= 20 else t("Mul", x, _normal_cdf(g, step, x))


@converts("normal_cdf")
def _normal_cdf(g: Graph, step: Step, x: Any) -> str:
    t = _Terms(g, step)
    return t("Mul", t("Add", t("Erf", t("Mul", x, math.sqrt(0.5))), 1), 0.5)


@converts("sigmoid_gate")
def _sigmoid_gate(g: Graph, step: Step, x: Any) -> str:
    t = _Terms(g, step)
    return t("Mul", x, t("Sigmoid", x))


@converts("huber")
def _huber(g: Graph, step: Step, x: Any, delta: float) -> str:
    t = _Terms(g, step)
    inner = t("Min", t("Max", x, -delta), delta)
    return t("Mul", inner, t("Sub", x, t("Mul", inner, 0.5)))


@converts("binary_cross_entropy")
def _binary_cross_entropy(g: Graph, step: Step, x: Any, y: Any) -> str:
    t = _Terms(g, step)
    no, yes = (t("Max", t("Log", p), -100.0) for p in (t("Sub", 1, x), x))
    return t("Sub", t("Mul", t("Sub", y, 1), no), t("Mul", y, yes))


@converts("binary_cross_entropy_with_logits")
def _binary_cross_entropy_with_logits(g: Graph, step: Step, x: Any, y: Any) -> str:
    t = _Terms(g, step)
    return t("Add", t("Mul", t("Sub", 1, y), x), t("Softplus", t("Neg", x)))


@converts("array", "asarray", "ascontiguousarray", "in_order")
def _copy(g: Graph, step: Step, x: Any, dtype: Any = None, **settings: Any) -> str:
    return g.operand(x, result_of(step).dtype)


@converts("made_of")
def _made_of(g: Graph, step: Step, data: Any, array: Any, dtype: Any = None) -> str:
    return g.operand(array, result_of(step).dtype)
