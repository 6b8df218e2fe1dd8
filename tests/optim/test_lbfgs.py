"""L-BFGS: the search for a step length, the minimum, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.answers import answer
from ..support.update_rules import closure_of, numpy_of


def rosenbrock(T: Any, p: Any) -> Any:
    return (100 * (p[1:] - p[:-1] ** 2) ** 2 + (1 - p[:-1]) ** 2).sum()


def waves(seed: int) -> Callable[[Any, Any], Any]:
    """A function with many minima, where a line search meets all that it can."""
    heights, shifts = np.random.default_rng(seed).uniform(0.5, 3.0, (2, 4))

    def function(T: Any, p: Any) -> Any:
        total = 0.05 * (p * p).sum()
        for k, (height, shift) in enumerate(zip(heights.tolist(), shifts.tolist(), strict=True)):
            total = total + height * T.sin((k + 1) * p + shift).sum()
        return total

    return function


@pytest.mark.parametrize(
    ("function", "start", "lr"),
    [
        *[(rosenbrock, start, 1.0) for start in [(-1.2, 1.0), (2.0, -3.0, 0.5), (0.0, 0.0, 0.0, 0.0)]],
        *[(waves(seed), (1.0, -2.0), lr) for seed in range(12) for lr in (0.01, 1.0, 30.0)],
    ],
)
def test_lbfgs_searches_as_pytorch_does(function: Any, start: Any, lr: float) -> None:
    """The closure is called as often, at points of the same value, and the same is counted."""

    def path(T: Any) -> Any:
        p, calls = T.nn.Parameter(T.tensor(start, dtype=T.float64)), []
        optimizer = T.optim.LBFGS([p], lr=lr, max_iter=6, max_eval=30, line_search_fn="strong_wolfe")

        def closure() -> Any:
            optimizer.zero_grad()
            loss = function(T, p)
            loss.backward()
            calls.append(loss.item())
            return loss

        optimizer.step(closure)
        state = optimizer.state_dict()["state"][0]
        return calls, numpy_of(p), state["func_evals"], state["n_iter"]

    our_calls, ours, *our_counts = path(tl)
    their_calls, theirs, *their_counts = answer(path)
    assert our_counts == their_counts
    # Where a trial lies is a difference of large numbers, and rounded: by up to 1e-6, after a step of 30.
    np.testing.assert_allclose(our_calls, their_calls, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_lbfgs_finds_the_minimum() -> None:
    p = tl.tensor([-1.2, 1.0], dtype=tl.float64, requires_grad=True)
    optimizer = tl.optim.LBFGS([p], max_iter=100, tolerance_change=1e-14, line_search_fn="strong_wolfe")

    def closure() -> tl.Tensor:
        optimizer.zero_grad()
        loss = rosenbrock(tl, p)
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == pytest.approx(24.2)
    np.testing.assert_allclose(p.tolist(), [1.0, 1.0], atol=1e-6)
    weights = [w for w in optimizer.state_dict()["state"][0]["al"] if w is not None]
    assert weights
    assert all(isinstance(w, tl.Tensor) and w.dtype == tl.float64 for w in weights)


def test_lbfgs_along_a_line_that_does_not_bend() -> None:
    """f = 2 p: the first step is lr min(1, 1 / Σ|g|) long, and nothing is learned from it: the second goes by -lr g."""
    p = tl.zeros(1, dtype=tl.float64, requires_grad=True)
    optimizer = tl.optim.LBFGS([p], lr=0.5, max_iter=2, max_eval=10)

    def closure() -> tl.Tensor:
        optimizer.zero_grad()
        loss = (2 * p).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert p.item() == -0.5 * 0.5 * 2 - 0.5 * 2
    state = optimizer.state_dict()["state"][0]
    assert (state["func_evals"], state["n_iter"]) == (2, 2), "after the last step nothing is evaluated"


def test_a_derivative_that_needs_the_old_values_is_refused() -> None:
    p = tl.ones(2, requires_grad=True)
    optimizer = tl.optim.LBFGS([p], max_iter=1)
    y = (p * p).sum()
    optimizer.step(closure_of(tl, optimizer, [p]))
    with pytest.raises(RuntimeError, match=r"in.?place"):
        y.backward()


def test_lbfgs_refuses() -> None:
    a, b = (tl.ones(1, requires_grad=True) for _ in range(2))
    with pytest.raises(ValueError, match="parameter groups"):
        tl.optim.LBFGS([{"params": [a]}, {"params": [b]}])
    for closure in (None, 3.0):
        with pytest.raises(TypeError, match="closure"):
            tl.optim.LBFGS([a]).step(closure)  # type: ignore[arg-type]  # wrong on purpose
    optimizer = tl.optim.LBFGS([a], line_search_fn="golden")
    with pytest.raises(RuntimeError, match="only 'strong_wolfe' is supported"):
        optimizer.step(lambda: (a * a).sum())


def test_lbfgs_without_a_gradient_returns_the_loss() -> None:
    torch = pytest.importorskip("torch")
    for T in (tl, torch):
        p = T.ones(3)
        optimizer = T.optim.LBFGS([p], tolerance_grad=-float("inf"))
        assert float(optimizer.step(lambda T=T: T.tensor([10.0]))) == 10.0
        assert p.tolist() == [1.0, 1.0, 1.0]
        assert optimizer.state[p]["n_iter"] == 1


def run(f: Callable[[tl.Tensor], tl.Tensor], start: float, **options: Any) -> tuple[float, dict[str, Any]]:
    """Where a step from `start` ends, and the state then."""
    p = tl.tensor([start], dtype=tl.float64, requires_grad=True)
    optimizer = tl.optim.LBFGS([p], **options)

    def closure() -> tl.Tensor:
        optimizer.zero_grad()
        loss = f(p).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return p.item(), optimizer.state_dict()["state"][0]


def test_lbfgs_stops_after_a_short_move_and_learns_from_slight_curvature() -> None:
    """f = 1e6 p changes by 100 along the move of 1e-4, which is below the tolerance; y s of 5e-10 is above 1e-10."""
    end, state = run(lambda p: 1e6 * p, 0.0, lr=1e-4, max_iter=3, tolerance_change=1e-3)
    assert (end, state["n_iter"]) == (pytest.approx(-1e-4), 1)
    end, _ = run(lambda p: 0.5 * p, 0.0, max_iter=1)
    assert end == -0.5, "the length of the first move is at most lr"
    _, state = run(lambda p: 0.025 * p * p, 2e-3, max_iter=2, max_eval=10)
    assert len(state["old_dirs"]) == 1
