"""Tests that are a scenario, run under both libraries and to return the same; and a module for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tinygrad_lite as tl

from .answers import answer


def alike(scenario: Callable[[Any], Any]) -> Callable[[], None]:
    """A test that a scenario returns the same under both libraries."""

    def test() -> None:
        theirs = answer(scenario)
        ours = scenario(tl)
        assert ours == theirs
        assert ours

    test.__name__, test.__doc__ = scenario.__name__, scenario.__doc__
    return test


def outcome(call: Callable[[], Any]) -> Any:
    """What a call returns, or the class of its error."""
    try:
        result = call()
    except Exception as error:
        return type(error).__name__
    return repr(result) if callable(result) else result


def small(T: Any) -> Any:
    """A module with all that there can be in one: shared, nested, persistent or not."""

    class Small(T.nn.Module):  # type: ignore[misc]  # either library's
        def __init__(self) -> None:
            super().__init__()
            self.scale = T.nn.Parameter(T.ones(2))
            self.register_parameter("nothing", None)
            self.register_buffer("seen", T.zeros(1))
            self.register_buffer("scratch", T.zeros(1), persistent=False)
            self.inner = T.nn.Sequential(T.nn.Linear(2, 2), T.nn.Sequential(T.nn.BatchNorm1d(2)))
            self.again = self.inner[0]
            self.tied = T.nn.Linear(2, 2, bias=False)
            self.tied.weight = self.inner[0].weight
            self.empty = None

        def forward(self, x: Any) -> Any:
            return self.tied(self.inner(x)) * self.scale

    return Small()


def network(T: Any) -> Any:
    """A small network with initial weights that a seed determines."""
    T.manual_seed(3)
    return T.nn.Sequential(
        T.nn.Linear(5, 7), T.nn.BatchNorm1d(7), T.nn.ReLU(), T.nn.Linear(7, 3, bias=False), T.nn.Sequential(T.nn.Tanh())
    )
