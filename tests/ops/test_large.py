"""Derivatives of large arrays along random directions: kernels take other ways there than on the few elements elsewhere."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_lite.core.primitive import REGISTRY
from tinygrad_lite.testing.checks import _GradientCheck

from ..support.function_checks import check_function
from ..support.large_samples import SIZES, call
from ..support.operation_samples import SAMPLES
from ..support.random_values import Call, derivatives
from .test_mutation import MUTATIONS, RULES, SHIFTED, is_zero, spoiled

NAMES = sorted(name for name in SAMPLES.keys() & REGISTRY.keys() if derivatives(REGISTRY[name]))


def check(drawn: Call, second: bool = True) -> None:
    """Check the derivatives by some of the arguments, the others being constants."""
    rng = np.random.default_rng(drawn.seed)
    wanted = [i for i in drawn.places if rng.random() < 0.7] or drawn.places
    if not wanted:
        return

    def f(*tensors: Any) -> Any:
        return drawn.replaced(dict(zip(wanted, tensors, strict=True)))()

    check_function(f, [drawn.args[i] for i in wanted], drawn.seed, second)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=max(1, settings().max_examples // 25))
@given(seed=st.integers(0, 2**32 - 1))
def test_derivatives_of_large_arrays(name: str, seed: int) -> None:
    for k, elements in enumerate(SIZES):
        check(call(name, seed + k, elements), second=elements < 20_000)


def fails(name: str, argument: str) -> bool:
    """Return True if the check fails on one of a few large calls that have a derivative by the argument."""
    calls = (call(name, seed, 70_000) for seed in range(12))
    for drawn in [c for c in calls if any(c.name_of(i) == argument for i in c.places)][:4]:
        try:
            with mock.patch.object(_GradientCheck, "raise_report"):  # an explanation is not asked for
                check(drawn, second=False)
        except AssertionError:
            return True
    return False


@pytest.mark.parametrize(("name", "argument"), RULES)
def test_a_derivative_that_is_wrong_for_large_arrays_only_is_caught(name: str, argument: str) -> None:
    for mutation in (SHIFTED if is_zero(name, argument) else MUTATIONS).values():

        def large(d: Any, mutation: Any = mutation) -> Any:
            return mutation(d)

        with spoiled(REGISTRY[name], argument, result=large):
            assert fails(name, argument)
