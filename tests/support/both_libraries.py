"""Tests that are a scenario: a function of the module, run once on tinygrad_lite and once on PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

on_both = pytest.mark.parametrize("library", ["tinygrad_lite", "torch"])
Scenario = Callable[[Any], Any]


def returns(*expected: Any) -> Callable[[Scenario], Callable[[str], None]]:
    """Make a test of a scenario: with either module, it is to return a list of these values."""

    def test_of(scenario: Scenario) -> Callable[[str], None]:
        @on_both
        @pytest.mark.filterwarnings("ignore:Using backward.. with create_graph=True")
        def test(library: str) -> None:
            found = scenario(pytest.importorskip(library))
            assert found == list(expected), found

        test.__name__, test.__doc__ = scenario.__name__, scenario.__doc__
        return test

    return test_of


def leaf(T: Any, *values: float) -> Any:
    """A vector that requires a gradient."""
    return T.tensor(list(values), requires_grad=True)


def within(manager: Any, function: Callable[[], Any]) -> Any:
    """What a function returns in a mode."""
    with manager:
        return function()
