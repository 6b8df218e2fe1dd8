"""Spectral normalization, in the older form and as a parametrization, against PyTorch and NumPy's singular values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.training_scenarios import Scenario, check, error_of, train


def spectral(T: Any, module: str, **options: Any) -> Any:
    norm = T.nn.utils.spectral_norm if module == "utils" else T.nn.utils.parametrizations.spectral_norm
    T.manual_seed(0)
    model = T.nn.Sequential(norm(T.nn.Linear(3, 4), **options), T.nn.Tanh(), norm(T.nn.Linear(4, 1)))
    losses = train(T, model)
    x = T.ones(2, 3, requires_grad=True)
    model.train()
    (model(x) + model(x * 2)).sum().backward()  # the second forward writes to the singular vectors of the first
    (g,) = T.autograd.grad(model.eval()(x).sum(), x, create_graph=True)
    (g**2).sum().backward()
    state = [*model.state_dict().items()]
    gradients = [p.grad for p in model.parameters()]
    if module == "utils":
        T.nn.utils.remove_spectral_norm(model[0])
    return losses, state, g.detach(), x.grad, gradients, [*model.state_dict()], str(model)


SCENARIOS: dict[str, Scenario] = {
    "the older spectral norm": lambda T: spectral(T, "utils"),
    "the older spectral norm along 1": lambda T: spectral(T, "utils", dim=1, n_power_iterations=3),
    "spectral norm": lambda T: spectral(T, "parametrizations"),
    "spectral norm along 1": lambda T: spectral(T, "parametrizations", dim=1, n_power_iterations=2),
    "a spectral norm twice": lambda T: error_of(lambda: [T.nn.utils.spectral_norm(m) for m in [T.nn.Linear(1, 1)] * 2]),
    "a spectral norm of nothing": lambda T: error_of(lambda: T.nn.utils.parametrizations.spectral_norm(T.nn.ReLU())),
    "no spectral norm": lambda T: error_of(lambda: T.nn.utils.remove_spectral_norm(T.nn.Linear(1, 1))),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_training_and_state_are_pytorchs(name: str) -> None:
    check(SCENARIOS[name], name)


def test_a_spectral_norm_is_the_largest_singular_value() -> None:
    tl.manual_seed(0)
    layer = tl.nn.utils.parametrizations.spectral_norm(tl.nn.Linear(5, 4), n_power_iterations=50)
    x = layer(tl.ones(5))
    assert x.shape == (4,)
    assert np.linalg.svd(layer.weight.detach().numpy())[1][0] == pytest.approx(1, abs=1e-4)
    old = tl.nn.utils.spectral_norm(tl.nn.Linear(5, 4), n_power_iterations=50)
    old(tl.ones(5))
    assert np.linalg.svd(old.weight.detach().numpy())[1][0] == pytest.approx(1, abs=1e-4)
