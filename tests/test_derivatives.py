"""Every derivative in the library, against numerical ones, on calls drawn by Hypothesis."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_lite
from tinygrad_lite.primitive import REGISTRY
from tinygrad_lite.tensor import wrap

from .checks import apply, check_first_order, check_float32, check_memory, leaves
from .drawing import Call, derivatives, is_float
from .samples import SAMPLES, calls, examples

NAMES = sorted(SAMPLES)
DIFFERENTIABLE = [name for name in NAMES if derivatives(REGISTRY[name])]


def test_every_primitive_has_samples():
    for module in pkgutil.walk_packages(tinygrad_lite.__path__, "tinygrad_lite."):
        importlib.import_module(module.name)
    assert sorted(REGISTRY) == NAMES


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_every_argument_with_a_derivative_is_sampled(name):
    sampled = {call.name_of(i) for call in examples(name) for i in call.places if call.args[i].size}
    assert sampled == set(derivatives(REGISTRY[name]))


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@given(data=st.data())
def test_first_order(name, data):
    check_first_order(data.draw(calls(name)))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_memory(name, data):
    check_memory(data.draw(calls(name)))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_float32(name, data):
    check_float32(data.draw(calls(name)))
