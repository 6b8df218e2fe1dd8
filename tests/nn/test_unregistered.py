"""Modules and parameters in plain lists and dicts, which a module does not find, are pointed out."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.layer_scenarios import small


@pytest.mark.parametrize(
    "hide",
    [
        lambda m, layer: setattr(m, "layers", [layer]),
        lambda m, layer: setattr(m, "_private", (3, layer)),
        lambda m, layer: setattr(m, "table", {"a": [layer]}),
        lambda m, layer: setattr(m, "values", [layer.weight]),
        lambda m, layer: m.inner.__setattr__("deep", [[[layer]]]),
    ],
)
@pytest.mark.parametrize("use", [lambda m: list(m.parameters()), lambda m: m.state_dict(), lambda m: m.zero_grad()])
def test_unregistered_modules_are_pointed_out(hide: Any, use: Any) -> None:
    m, layer = small(tl), nn.Linear(1, 1)
    hide(m, layer)
    with pytest.warns(
        UserWarning, match="are not registered: they will be neither trained nor saved. Put them in a Mod"
    ):
        use(m)
    m.layer = layer  # registered after all
    use(m)


def test_data_in_lists_costs_and_says_nothing() -> None:
    m = small(tl)
    m.vocabulary = [str(i) for i in range(10)]
    m.loop = [1]
    m.loop.append(m.loop)
    assert list(m.parameters())


def test_modules_in_plain_lists_are_pointed_out() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = [nn.Linear(1, 1)]

    with pytest.warns(UserWarning, match="plain list 'layers' are not registered"):
        list(Model().parameters())


def test_a_list_of_modules_that_are_registered_elsewhere_is_fine() -> None:
    model = nn.Sequential(nn.Linear(1, 1))
    model.layers = list(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(list(model.parameters())) == 2
