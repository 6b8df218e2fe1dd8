"""Every derivative of every primitive, against numerical ones, on calls drawn by Hypothesis."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_lite.core.primitive import REGISTRY

from ..support import derivative_checks as checks
from ..support.operation_samples import SAMPLES, calls, examples
from ..support.random_values import derivatives

NAMES = sorted(SAMPLES.keys() & REGISTRY.keys())
every_primitive = pytest.mark.parametrize("name", NAMES)
every_differentiable = pytest.mark.parametrize("name", [name for name in NAMES if derivatives(REGISTRY[name])])
every_other = pytest.mark.parametrize(
    "name", [name for name in NAMES if not (derivatives(REGISTRY[name]) or any(REGISTRY[name].rules))]
)


def test_every_primitive_has_samples():
    assert sorted(SAMPLES) == sorted(REGISTRY)


def test_the_primitives_without_a_derivative_and_those_that_make_views() -> None:
    """A rule that is missing is found: all tests below are of the rules that there are."""
    without = {name for name, primitive in REGISTRY.items() if not derivatives(primitive)}
    assert without == set(
        """adaptive_largest_places all any argmax argmin argsort asymmetry bitwise_and bitwise_left_shift bitwise_not
        bitwise_or bitwise_right_shift bitwise_xor completion count_nonzero cummax_index cummin_index dirichlet_slope eq
        gamma_slope gcd ge gt histogram isclose isfinite isinf isnan largest_places lcm le logical_and logical_not
        logical_or logical_xor lt median_index mode_index ne nonzero one_hot ones_like searchsorted standard_dirichlet
        standard_gamma topk_indices zeros_like""".split()
    )
    assert {name for name, primitive in REGISTRY.items() if primitive.view} == {
        "as_strided", "diagonal", "expand", "getitem", "identity", "narrow", "permute", "reshape", "sliding_windows",
    }  # fmt: skip


@every_differentiable
def test_every_argument_with_a_derivative_is_sampled(name):
    sampled = {call.name_of(i) for call in examples(name) for i in call.places if call.args[i].size}
    assert sampled == set(derivatives(REGISTRY[name]))


@every_differentiable
@given(data=st.data())
def test_values(name, data):
    checks.check_values(data.draw(calls(name)))


@every_differentiable
@given(data=st.data())
def test_derivatives_of_both_orders(name, data):
    checks.check_second_order(data.draw(calls(name)))


@every_other
@given(data=st.data())
def test_results_without_gradient(name, data):
    checks.check_without_gradient(data.draw(calls(name)))


@every_primitive
@given(data=st.data())
def test_memory(name, data):
    checks.check_memory(data.draw(calls(name)))


@every_primitive
@given(data=st.data())
def test_float32(name, data):
    checks.check_float32(data.draw(calls(name)))
