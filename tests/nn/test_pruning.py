"""Pruning of weights (`nn.utils.prune`): which go, what training does to the rest, and what `remove` leaves."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

import tinygrad_lite as tl

from ..support.training_scenarios import Scenario, check, error_of, train


def pruned(T: Any, prune: Scenario) -> Any:
    P = importlib.import_module(f"{T.__name__}.nn.utils.prune")
    T.manual_seed(0)
    model = T.nn.Sequential(T.nn.Linear(3, 4), T.nn.ReLU(), T.nn.Linear(4, 1))
    prune(P, model, T)
    state = [(key, x.clone()) for key, x in model.state_dict().items()]
    losses = train(T, model)
    removed = [P.remove(m, "weight") for m in model if hasattr(m, "weight_mask")]
    return state, losses, [*model.state_dict().items()], len(removed), P.is_pruned(model), str(model)


def two_l1(P: Any, model: Any, T: Any) -> None:
    P.l1_unstructured(model[0], "weight", amount=4)
    P.l1_unstructured(model[0], "weight", amount=0.5)
    P.ln_structured(model[0], "weight", amount=1, n=2, dim=1)


SCENARIOS: dict[str, Scenario] = {
    "pruned by size": lambda T: pruned(T, lambda P, m, T: P.l1_unstructured(m[0], "weight", amount=5)),
    "pruned at random": lambda T: pruned(T, lambda P, m, T: P.random_unstructured(m[0], "weight", amount=0.3)),
    "pruned by rows": lambda T: pruned(T, lambda P, m, T: P.ln_structured(m[0], "weight", 0.5, n=1, dim=0)),
    "pruned by random columns": lambda T: pruned(T, lambda P, m, T: P.random_structured(m[0], "weight", 1, dim=1)),
    "pruned twice": lambda T: pruned(T, two_l1),
    "pruned by a mask": lambda T: pruned(
        T, lambda P, m, T: P.custom_from_mask(m[2], "weight", T.tensor([[1.0, 0, 1, 0]]))
    ),
    "pruned together": lambda T: pruned(
        T, lambda P, m, T: P.global_unstructured([(m[0], "weight"), (m[2], "weight")], P.L1Unstructured, amount=7)
    ),
    "pruned by scores": lambda T: pruned(
        T, lambda P, m, T: P.l1_unstructured(m[2], "weight", 2, importance_scores=T.tensor([[1.0, 2, 3, 4]]))
    ),
    "not pruned": lambda T: pruned(T, lambda P, m, T: P.identity(m[0], "weight")),
    "pruned too much": lambda T: error_of(lambda: pruned(T, lambda P, m, T: P.l1_unstructured(m[0], "weight", 99))),
    "pruned by a wrong part": lambda T: error_of(
        lambda: pruned(T, lambda P, m, T: P.l1_unstructured(m[0], "bias", 1.5))
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_masks_and_training_are_pytorchs(name: str) -> None:
    check(SCENARIOS[name], name)


def test_zeros_stay_zero_in_training() -> None:
    prune = tl.nn.utils.prune
    layer = prune.l1_unstructured(tl.nn.Linear(3, 2), "weight", amount=3)
    before = layer.weight_mask.clone()
    train(tl, layer)
    assert ((layer.weight == 0) == (before == 0)).all()
    assert not prune.is_pruned(prune.remove(layer, "weight"))
