"""An error that is raised inside a model names the module by its path."""

from __future__ import annotations

import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn


class Block(nn.Module):
    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.fc1 = nn.Linear(4, 4)
        self.fc2 = nn.Linear(width, 2)

    def forward(self, x: tl.Tensor) -> tl.Tensor:
        return self.fc2(self.fc1(x).relu())


def test_the_path_leads_from_the_model_to_the_layer() -> None:
    model = nn.Sequential(Block(width=5), nn.ReLU())
    with pytest.raises(RuntimeError) as caught:
        model(tl.ones(3, 4))
    message = str(caught.value)
    assert message.startswith("mat1 and mat2 shapes cannot be multiplied (3x4 and 5x2)")
    assert message.endswith(", in 0.fc2 (Linear)")
    assert message.count(", in ") == 1


def test_a_layer_that_is_called_by_itself_has_no_path() -> None:
    with pytest.raises(RuntimeError, match=r", in Linear$"):
        nn.Linear(4, 3)(tl.ones(2, 5))


def test_an_operation_in_a_forward_belongs_to_the_module_of_that_forward() -> None:
    class Product(nn.Module):
        def forward(self, x: tl.Tensor) -> tl.Tensor:
            return x @ x

    model = nn.ModuleDict({"product": Product()})
    outer = nn.Sequential(nn.Identity(), model["product"])
    with pytest.raises(RuntimeError, match=r"^mat1 and mat2 .*, in 1 \(Product\)$"):
        outer(tl.ones(2, 3))


def test_a_module_that_is_not_registered_keeps_its_own_name() -> None:
    class Hidden(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = [nn.Linear(4, 3)]

        def forward(self, x: tl.Tensor) -> tl.Tensor:
            return self.layers[0](x)

    with pytest.raises(RuntimeError, match=r", in Linear$"):
        nn.Sequential(Hidden())(tl.ones(2, 5))


def test_hooks_change_nothing_about_it() -> None:
    model = nn.Sequential(Block(width=5))
    model[0].fc2.register_forward_pre_hook(lambda module, args: None)
    with pytest.raises(RuntimeError, match=r", in 0\.fc2 \(Linear\)$"):
        model(tl.ones(3, 4))


def test_what_a_users_own_code_raises_stays_as_it_is() -> None:
    class Refusing(nn.Module):
        def forward(self, x: tl.Tensor) -> tl.Tensor:
            raise ValueError("not today")

    with pytest.raises(ValueError, match=r"^not today$"):
        nn.Sequential(Refusing())(tl.ones(1))


def test_a_layer_in_two_models_has_a_path_in_each() -> None:
    layer = nn.Linear(4, 3)
    for model, place in ((nn.Sequential(layer), "0"), (nn.Sequential(nn.Identity(), layer), "1")):
        with pytest.raises(RuntimeError, match=rf", in {place} \(Linear\)$"):
            model(tl.ones(2, 5))
