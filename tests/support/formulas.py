"""The formulas of the table, as they are written in docstrings, translated to Python: `g / (2 out)`, `dx = g (1 - out²)`.

Juxtaposition is multiplication, of the same rank as division: `-2/√π g e**-x²`. A function takes the next factor:
`x log 10`. A formula may have cases, `g where x > 0, else slope g`, and refer to the condition of the value by "there".
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_lite.core.primitive import REGISTRY

Namespace = dict[str, Any]
Function = Callable[[Namespace], Any]


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def normal_cdf(x: Any) -> Any:
    return np.vectorize(lambda each: 0.5 * math.erfc(-each / math.sqrt(2)), otypes=[float])(x)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sign": np.sign, "sin": np.sin, "cos": np.cos, "tan": np.tan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
    "exp": np.exp, "log": np.log, "sigmoid": sigmoid, "softplus": lambda x: np.logaddexp(0, x), "trunc": np.trunc,
    "floor": np.floor, "copysign": np.copysign, "√": np.sqrt, "clamp": np.clip, "Φ": normal_cdf,
    "Γ": np.vectorize(math.gamma, otypes=[float]),
    **{name: REGISTRY[name].forward for name in ("digamma", "zeta", "erfcx")},  # of one, in terms of another
    "polygamma": lambda x, order: REGISTRY["polygamma"].forward(x, int(order)),
}  # fmt: skip
CONSTANTS = {"π": np.pi, "e": np.e}
POWERS = {"²": 2, "³": 3}

_TOKEN = re.compile(r"\s*(\*\*|[-+/()|,√πΓΦ²³^]|\d+(?:\.\d+)?|[a-z_]+)")


class NotAFormula(ValueError):
    """The text is not written as this grammar has it."""


class _Parser:
    """A recursive descent over one expression; each method returns a function of the values of the names."""

    def __init__(self, text: str, names: set[str]) -> None:
        self.names = names
        self.tokens: list[str] = []
        position = 0
        while position < len(text.rstrip()):
            match = _TOKEN.match(text, position)
            if match is None:
                raise NotAFormula(f"{text[position:]!r} in {text!r}")
            self.tokens.append(match[1])
            position = match.end()

    def parse(self) -> Function:
        value = self.sum()
        if self.tokens:
            raise NotAFormula(f"{self.tokens} is left over")
        return value

    @property
    def next(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, expected: str = "") -> str:
        if (expected and self.next != expected) or not self.tokens:
            raise NotAFormula(f"expected {expected!r}, not {self.next!r}")
        return self.tokens.pop(0)

    def sum(self) -> Function:
        value = self.product()
        while self.next in ("+", "-"):
            value = _binary(self.take(), value, self.product())
        return value

    def product(self) -> Function:
        if self.next == "-":
            self.take()
            return _binary("-", lambda names: 0, self.product())
        value = self.power()
        while self.next == "/" or self.starts_a_factor():
            sign = self.take() if self.next == "/" else "*"
            value = _binary(sign, value, self.power())
        return value

    def starts_a_factor(self) -> bool:
        return self.next in ("(", "√", "π", "Γ", "Φ") or self.next[:1].isalnum()

    def power(self) -> Function:
        if self.next in FUNCTIONS:
            return self.application()
        value = self.atom()
        while self.next in POWERS or self.next in ("**", "^"):
            sign = self.take()
            exponent = _constant(POWERS[sign]) if sign in POWERS else self.exponent()
            value = _binary("**", value, exponent)
        return value

    def exponent(self) -> Function:
        if self.next == "-":
            self.take()
            return _binary("-", lambda names: 0, self.power())
        return self.power()

    def application(self) -> Function:
        function = FUNCTIONS[self.take()]
        if self.next != "(":
            argument = self.power()
            return lambda names: function(argument(names))
        self.take("(")
        arguments = [self.sum()]
        while self.next == ",":
            self.take()
            arguments.append(self.sum())
        self.take(")")
        return lambda names: function(*[argument(names) for argument in arguments])

    def atom(self) -> Function:
        token = self.take()
        if token == "(":
            value = self.sum()
            self.take(")")
            return value
        if token == "|":
            inside = self.sum()
            self.take("|")
            return lambda names: np.abs(inside(names))
        if token[0].isdigit():
            return _constant(float(token))
        if token in self.names:
            return lambda names: names[token]
        if token in CONSTANTS:
            return _constant(CONSTANTS[token])
        raise NotAFormula(f"{token!r} is no name")


def _constant(value: float) -> Function:
    return lambda names: value


def _binary(sign: str, left: Function, right: Function) -> Function:
    operation: Callable[[Any, Any], Any] = {
        "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power,
    }[sign]  # fmt: skip
    return lambda names: operation(left(names), right(names))


def expression(text: str, names: set[str]) -> Function:
    """One expression without cases; `, with t = …` may define a name."""
    text, _, definition = text.partition(", with ")
    if not definition:
        return _Parser(text, names).parse()
    name, _, meaning = definition.partition(" = ")
    inner = _Parser(meaning, names).parse()
    outer = _Parser(text, names | {name}).parse()
    return lambda values: outer({**values, name: inner(values)})


def condition(text: str, names: set[str]) -> Function:
    """A chain of comparisons: `min <= x <= max`, `x = y`, `out is min or max`."""
    if text.startswith("the condition holds"):
        return lambda values: values["condition"]
    if " is " in text:
        left, _, right = text.partition(" is ")
        value, choices = expression(left, names), [expression(each, names) for each in right.split(" or ")]
        return lambda values: np.any([value(values) == choice(values) for choice in choices], axis=0)
    parts = re.split(r" (<=|>=|<|>|=) ", text)
    if len(parts) < 3:
        raise NotAFormula(f"{text!r} is no condition")
    sides = [expression(each, names) for each in parts[::2]]
    compare = {"<=": np.less_equal, ">=": np.greater_equal, "<": np.less, ">": np.greater, "=": np.equal}

    def holds(values: Namespace) -> Any:
        pairs = zip(sides, parts[1::2], sides[1:], strict=False)
        return np.logical_and.reduce(
            np.broadcast_arrays(*[compare[sign](a(values), b(values)) for a, sign, b in pairs])
        )

    return holds


def cases(text: str, names: set[str], there: Function | None, others: list[Function]) -> Function:
    """A derivative with cases. `there` is the condition of the value, `others` those of the derivatives before."""
    if text.endswith(" elsewhere"):
        value = expression(text.removesuffix(" elsewhere"), names)
        return lambda values: np.where(np.any([c(values) for c in others], axis=0), 0, value(values))
    if (found := re.fullmatch(r"(.+), and (.+ there|.+ where .+)", text)) is not None:
        text = f"{found[2]}, else {found[1]}"
    if there is not None:
        text = text.replace("where it holds", "there")
    chosen: list[tuple[Function, Function]] = []
    otherwise = _constant(0)
    for part in text.split(", "):
        if part.startswith("else "):
            otherwise = expression(part.removeprefix("else "), names)
        elif " where " in part:
            value_text, _, where = part.partition(" where ")
            chosen.append((condition(where, names), expression(value_text, names)))
        elif part.endswith(" there") and there is not None:
            chosen.append((there, expression(part.removesuffix(" there"), names)))
        elif not chosen:
            return expression(text, names)
        else:
            raise NotAFormula(part)
    if not chosen:
        return otherwise
    others.extend(c for c, _ in chosen)
    return lambda values: np.select(
        np.broadcast_arrays(*[c(values) for c, _ in chosen]),
        np.broadcast_arrays(*[value(values) for _, value in chosen]),
        otherwise(values),
    )


def derivatives(line: str, names: set[str]) -> dict[str, str]:
    """The text of each derivative that a line of the table gives, by argument."""
    _, start, rest = line.partition("; d")
    if not start:
        raise NotAFormula("there is no derivative in it")
    rest = ("d" + rest).partition(". ")[0].removesuffix(".")
    texts = {}
    for part in re.split(r"[,;] (?=d\w+ = )", rest):
        name, _, text = part.partition(" = ")
        text = re.sub(r" \(where [^)]*\)|, NaN .*", "", text)
        texts[name.removeprefix("d")] = text
    if (found := re.fullmatch(r"(.+), both (0 where .+)", text)) is not None:
        texts[name.removeprefix("d")] = found[1]
        texts = {name: f"{text}, and {found[2]}" for name, text in texts.items()}
    if (found := re.fullmatch(r"(.+); d(\w+) likewise", text)) is not None:
        texts = {"x": found[1], found[2]: re.sub(r"\b[xy]\b", lambda each: "xy"["yx".index(each[0])], found[1])}
    return texts


def translated(line: str, names: set[str]) -> dict[str, Function]:
    """The derivatives of a line as functions of the values of `g`, `out` and the arguments.

    Raises:
        NotAFormula: if one of them cannot be translated.
    """
    value = line.partition("; d")[0]
    where = re.search(r" where (.+)$", value)
    there = condition(where[1], names) if where and re.search(r"\bthere\b|it holds", line.partition("; d")[2]) else None
    others: list[Function] = []
    return {name: cases(text, names, there, others) for name, text in derivatives(line, names).items()}
