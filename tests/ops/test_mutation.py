"""The tests of derivatives, tested: a derivative that is a little wrong must not pass them.

Every rule of every primitive is spoiled in turn, and the check that the suite runs on it must then fail on
one of a few fixed calls. A primitive whose samples are too tame to notice fails here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any
from unittest import mock

import numpy as np
import pytest

from tinygrad_lite.autograd.gradient_checking import GradcheckError
from tinygrad_lite.core.primitive import REGISTRY, Fused, Plan, Primitive, Rule
from tinygrad_lite.tensors.tensor import Tensor
from tinygrad_lite.testing.checks import _GradientCheck

from ..support.derivative_checks import check_first_order, check_second_order, cotangent_for, forward, gradients
from ..support.operation_samples import SAMPLES, examples
from ..support.random_values import Call, derivatives

Spoil = Callable[[Any], Any]
MUTATIONS: dict[str, Spoil] = {"scaled": lambda d: d * 1.001, "negated": lambda d: -d}
SHIFTED: dict[str, Spoil] = {"shifted": lambda d: d + 0.001}
"""For derivatives that are 0 everywhere, and stay so under a factor."""

NAMES = sorted(name for name in SAMPLES.keys() & REGISTRY.keys() if derivatives(REGISTRY[name]))
RULES = [(name, argument) for name in NAMES for argument in derivatives(REGISTRY[name])]
every_rule = pytest.mark.parametrize(("name", "argument"), RULES)


def same(x: Any) -> Any:
    return x


def detached(x: Any) -> Any:
    """x without history: what it is made of taken for a constant."""
    return tuple(map(detached, x)) if isinstance(x, tuple) else x.detach() if isinstance(x, Tensor) else x


@contextmanager
def spoiled(primitive: Primitive, argument: str, result: Spoil = same, operand: Spoil = same) -> Iterator[None]:
    """The primitive with its derivative by one argument changed, in its result or in what it is made from."""
    place = list(primitive.names).index(argument)
    name = "pullback" if isinstance(primitive, Fused) else "plan"
    original = getattr(primitive, name)

    def pullback(*args: Any) -> Any:
        return [result(d) if i == place and d is not None else d for i, d in enumerate(original(*args))]

    def spoil(rule: Rule) -> Rule:
        changed = copy(rule)
        if min(rule.argument, len(primitive.names) - 1) == place:
            changed.vjp = lambda g, *operands: result(rule.vjp(g, *map(operand, operands)))
        return changed

    def plan(needed: list[int]) -> Plan:
        return Plan(tuple(map(spoil, original(needed).rules)))

    with mock.patch.object(primitive, name, pullback if isinstance(primitive, Fused) else plan):
        primitive.plans.clear()
        try:
            yield
        finally:
            primitive.plans.clear()


def fails(check: Callable[[Call], None], name: str) -> bool:
    """Return True if a check fails on one of the fixed calls. To explain it would take longer than to find it."""
    with mock.patch.object(_GradientCheck, "raise_report"):
        for call in examples(name):
            try:
                check(call)
            except (AssertionError, GradcheckError):
                return True
    return False


def derivatives_at(call: Call, argument: str) -> list[Any]:
    """The derivative by one argument (by each of them, if it is a list of them)."""
    with np.errstate(all="ignore"):
        c = cotangent_for(call, forward(call))
    return [d for i, d in gradients(call, c, call.places).items() if call.name_of(i) == argument]


def is_zero(name: str, argument: str) -> bool:
    """Return True if the derivative is 0 in all of the fixed calls."""
    return not any(np.any(d) for call in examples(name) for d in derivatives_at(call, argument))


def is_constant(name: str, argument: str) -> bool:
    """Return True if the derivative stays what it is when the arguments change a little, in all of the fixed calls."""
    rng = np.random.default_rng(0)
    for call in examples(name):
        near = {i: np.asarray(call.args[i] + 1e-5 * rng.standard_normal(call.args[i].shape)) for i in call.places}
        moved = call.replaced(near)
        for here, there in zip(derivatives_at(call, argument), derivatives_at(moved, argument), strict=True):
            if not np.allclose(here, there, rtol=1e-9, atol=1e-9):
                return False
    return True


def test_no_rule_is_left_out():
    rules = {
        (p.name, rule.argument)
        for p in REGISTRY.values()
        for rule in p.rules
        if rule and not hasattr(rule.vjp, "unchecked")
    }
    fused = sum(p.differentiable for p in REGISTRY.values() if isinstance(p, Fused))
    assert len(RULES) == len(rules) + fused


def test_the_derivatives_that_are_zero():
    assert {f"{name} by {argument}" for name, argument in RULES if is_zero(name, argument)} == {
        "angle by x", "ceil by x", "copysign by y", "floor by x", "floor_divide by x", "floor_divide by y",
        "independent by y", "nextafter by y", "round by x", "sign by x", "sign_of_det by x", "trunc by x", "trunc_divide by x", "trunc_divide by y",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_checks_pass_on_what_is_not_spoiled(name):
    assert not fails(check_first_order, name)
    assert not fails(check_second_order, name)


@every_rule
def test_a_spoiled_derivative_is_caught(name, argument):
    for mutation in (SHIFTED if is_zero(name, argument) else MUTATIONS).values():
        with spoiled(REGISTRY[name], argument, result=mutation):
            assert fails(check_first_order, name)


@every_rule
def test_a_derivative_right_only_once_is_caught(name, argument):
    """If its operands are taken for constants, which a derivative that changes with the arguments must not do."""
    if not isinstance(REGISTRY[name], Fused):  # which differentiates twice through its reference
        with spoiled(REGISTRY[name], argument, operand=detached):
            assert fails(check_second_order, name) is not is_constant(name, argument)
