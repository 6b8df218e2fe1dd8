"""The formulas of derivatives that explanations show are those that the rules compute."""

from typing import Any

import numpy as np
import pytest

from tinygrad_lite.core.primitive import REGISTRY, Fused, Primitive
from tinygrad_lite.insight.rules import table_line

from ..support.formulas import NotAFormula, translated
from ..support.operation_samples import examples

ELEMENTWISE = sorted(name for name, p in REGISTRY.items() if p.promotion is not None and any(p.rules))
NOT_TRANSLATED = {
    "sinc": "the derivative of each order is the next order, for which there is no other name",
    "polygamma": "likewise",
    "bessel_i": "the derivative of each order is the mean of two others",
    "bessel_ie": "likewise",
}
"""The lines that say a derivative in words, with the reason."""

FIRST_ONLY = ("gamma_slope", "dirichlet_slope")
"""Derivatives of random numbers, which have none themselves."""

LIMITS = {"min": -np.inf, "max": np.inf}
"""What None stands for as the limit of a clamp."""


def compared(p: Primitive) -> int:
    """Compare the line of a primitive with its rules on random numbers; how many calls were compared."""
    formulas = translated(table_line(p), {"g", "out", *p.names})
    named = {name for name, rule in zip(p.names, p.rules, strict=True) if rule is not None}
    named -= {
        n for n, rule in zip(p.names, p.rules, strict=True) if rule is not None and hasattr(rule.vjp, "unchecked")
    }
    assert set(formulas) == named, f"{p.name}: its line has derivatives by {set(formulas)}, it has those by {named}"
    count = 0
    for call in examples(p.name):
        args: list[Any] = [np.asarray(x, np.float64) if _is_floating(x) else x for x in call.args]
        with np.errstate(all="ignore"):
            out = np.asarray(p.forward(*args))
            g = np.random.default_rng(call.seed).standard_normal(out.shape)
            values = {"g": g, "out": out, **dict(zip(p.names, args, strict=False))}
            values |= {name: limit for name, limit in LIMITS.items() if name in values and values[name] is None}
            for i, name in enumerate(p.names):
                if name not in named or i >= len(args) or args[i] is None:
                    continue
                plan: Any = p.plan([i])
                saved = plan.pick((out, *args)) if plan.pick is not None else ()
                (expected,) = plan.derive(g, saved)
                found = np.broadcast_to(formulas[name](values), out.shape)
                expected = np.broadcast_to(np.asarray(expected), out.shape)
                np.testing.assert_allclose(found, expected, 1e-9, 1e-12, err_msg=f"{p.name}: d{name}")
                count += out.size > 0
    return count


def _is_floating(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if name not in NOT_TRANSLATED])
def test_the_line_of_an_elementwise_primitive_is_its_rule(name: str) -> None:
    assert compared(REGISTRY[name]) > 0


def test_most_lines_are_formulas() -> None:
    assert len(NOT_TRANSLATED) < 0.3 * len(ELEMENTWISE)
    for name in NOT_TRANSLATED:
        with pytest.raises((NotAFormula, AssertionError, KeyError)):
            compared(REGISTRY[name])


def test_every_derivative_has_a_line() -> None:
    silent = [n for n, p in REGISTRY.items() if (isinstance(p, Fused) or any(p.rules)) and " = " not in table_line(p)]
    assert set(silent) <= {"einsum", *FIRST_ONLY}, silent


def test_the_grammar() -> None:
    def value(line: str, **names: Any) -> Any:
        return translated("f; dx = " + line, set(names))["x"](names)

    assert value("-2/√π g e**-x²", g=3.0, x=0.5) == pytest.approx(-6 / np.sqrt(np.pi) * np.exp(-0.25))
    assert value("g / (x log 10)", g=1.0, x=2.0) == pytest.approx(1 / (2 * np.log(10)))
    assert value("g / (2 out)", g=1.0, out=4.0) == 1 / 8
    assert value("-g out³ / 2", g=1.0, out=2.0) == -4
    assert value("g (1 - |x|)", g=2.0, x=-0.5) == 1
    assert value("0 where x < -3, g where x >= 3, else g (x / 3 + 1/2)", g=1.0, x=np.array([-4, 0, 4])).tolist() == [
        0,
        0.5,
        1,
    ]
    for wrong in ("g something", "g /", "(g", "g times the next"):
        with pytest.raises(NotAFormula):
            value(wrong, g=1.0)
