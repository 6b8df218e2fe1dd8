from __future__ import annotations
import pytest
from hypothesis import given
from hypothesis import strategies as st
from .checks import check_second_order
from .samples import calls
from .test_derivatives import DIFFERENTIABLE

@pytest.mark.parametrize("name", DIFFERENTIABLE)
@given(data=st.data())
def test_second_order(name, data):
    check_second_order(data.draw(calls(name)))
