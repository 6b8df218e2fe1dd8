"""Update rules against PyTorch's: names, signatures, and the points that they go through."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.answers import answer
from ..support.update_rules import OURS, PYTORCHS, SAMPLES, numpy_of, parameters, trajectory

OTHER_NAMES = {"Optimizer", "book", "lr_scheduler", "decay_groups", "swa_utils", "Muon", "SparseAdam"}
"""The public names that are no update rules, or not for every Parameter, and have tests of their own."""


def test_every_rule_has_samples() -> None:
    rules = set(tl.optim.__all__) - OTHER_NAMES
    assert rules == set(SAMPLES)
    public = {name for name, value in vars(tl.optim).items() if inspect.isclass(value) and value is not Any}
    assert public <= set(tl.optim.__all__)


@pytest.mark.parametrize("rule", [rule for rule in SAMPLES if rule not in OURS])
def test_signatures_and_defaults_are_pytorchs(rule: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = ({"self": None}, {"self": None})
    for T, found in ((tl, ours), (torch, theirs)):
        for name, p in inspect.signature(getattr(T.optim, rule)).parameters.items():
            found[name] = (p.kind, p.default)  # type: ignore[assignment]  # a pair beside names
    assert list(ours.items()) == list(theirs.items())


@pytest.mark.parametrize("rule", SAMPLES)
def test_the_samples_use_every_option(rule: str) -> None:
    """Those that only choose an implementation of PyTorch's are tried where all rules are."""
    known = set(inspect.signature(getattr(tl.optim, rule)).parameters)
    used = {name for options in SAMPLES[rule] for name in options}
    assert known - used <= {"params", "lr", "foreach", "capturable", "differentiable", "fused"}


def with_state(T: Any, rule: str, options: dict[str, Any]) -> tuple[Any, dict[int, dict[str, Any]]]:
    """The points that a rule came to, and its state, as arrays."""
    points, state = trajectory(T, rule, options)
    held = {i: {k: x.numpy() for k, x in of.items()} for i, of in state["state"].items()} if rule != "LBFGS" else {}
    return np.asarray(points), held


@pytest.mark.parametrize(("rule", "options"), PYTORCHS)
def test_trajectory_is_pytorchs(rule: str, options: dict[str, Any]) -> None:
    theirs, their_state = answer(lambda torch: with_state(torch, rule, options))
    ours, state = with_state(tl, rule, options)
    assert np.ptp(ours, axis=0).min() > 1e-4, "a point that does not move shows nothing"
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
    if rule == "LBFGS":  # its state is about differences of nearly equal gradients
        return
    for number, held in their_state.items():
        for name, value in held.items():
            np.testing.assert_allclose(state[number][name], value, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize(("rule", "options"), PYTORCHS)
def test_float32_is_pytorchs_but_for_rounding(rule: str, options: dict[str, Any]) -> None:

    def end(T: Any) -> Any:
        params = parameters(T, dtype=np.float32)
        optimizer = getattr(T.optim, rule)(params, lr=0.01, **options)

        def closure() -> Any:
            optimizer.zero_grad()
            loss = sum((p * p).sum() for p in params)
            loss.backward()
            return loss

        for _ in range(5):
            optimizer.step(closure)
        assert all(p.dtype == T.float32 for p in params)
        return np.concatenate([numpy_of(p).ravel() for p in params])

    # L-BFGS converges here, and where it then stops is a matter of rounding.
    np.testing.assert_allclose(end(tl), answer(end), rtol=2e-5, atol=5e-4 if rule == "LBFGS" else 2e-6)
