"""Every optimizer through `check_optimizer`, on drawn gradients, against its recurrence; L-BFGS against dense matrices."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_lite as tl
from tinygrad_lite import testing

from ..support.update_rules import CASES, SAMPLES
from .test_recurrences import RECURRENCES, adafactor

OTHERS = {"weight_decay", "decoupled_weight_decay", "maximize", "foreach"}


def test_no_optimizer_is_left_out() -> None:
    public = [getattr(tl.optim, name) for name in tl.optim.__all__]
    kinds = {x.__name__ for x in public if inspect.isclass(x) and issubclass(x, tl.optim.Optimizer)}
    # Muon is for matrices alone: test_muon.py; SparseAdam for sparse gradients: test_sparse_gradients.py
    assert kinds - {"Optimizer", "Muon", "SparseAdam"} == set(SAMPLES)


def by_recurrence(rule: str, options: dict[str, Any], lr: float) -> Any:
    """What `check_optimizer` compares with: the recurrence of each element by itself, in plain Python."""
    if rule == "Adafactor":
        return as_a_whole(options, lr)
    recurrence, fixed = RECURRENCES[rule]
    own = {k: v for k, v in options.items() if k not in OTHERS}
    decay = options.get("weight_decay", 0.01 if rule == "AdamW" else 0.0)
    decoupled = options.get("decoupled_weight_decay", rule == "AdamW")
    sign = -1 if options.get("maximize") else 1

    def reference(value: Any, gradients: list[Any]) -> Any:
        out = value.copy()
        for place in np.ndindex(value.shape):
            at: dict[str, float] = {"p": float(value[place]), "lr": lr}
            given = iter([float(g[place]) for g in gradients])

            def slope(at: Any = at, given: Any = given) -> float:
                p = at["p"]
                if decoupled:
                    at["p"] = (1 - lr * decay) * p
                return sign * next(given) + (0.0 if decoupled else decay * p)

            steps = recurrence(at, slope, **{**fixed, **own})
            for _ in gradients:
                next(steps)
            out[place] = at["p"]
        return out

    return reference


def as_a_whole(options: dict[str, Any], lr: float) -> Any:
    own = {k: v for k, v in options.items() if k != "maximize"}
    sign = -1 if options.get("maximize") else 1

    def reference(value: Any, gradients: list[Any]) -> Any:
        at: dict[str, Any] = {"p": np.asarray(value, np.float64), "lr": lr}
        given = iter(gradients)
        steps = adafactor(at, lambda: sign * np.asarray(next(given), np.float64), **own)
        for _ in gradients:
            next(steps)
        return at["p"]

    return reference


@pytest.mark.parametrize(("rule", "options"), [case for case in CASES if case[0] != "LBFGS"])
def test_check_optimizer(rule: str, options: dict[str, Any]) -> None:
    if options.get("centered"):
        return  # the variance that it divides by is a difference, of which equal gradients leave rounding errors alone
    make = getattr(tl.optim, rule)
    testing.check_optimizer(
        lambda parameters: make(parameters, lr=0.1, **options), by_recurrence(rule, options, 0.1), max_examples=8
    )


# --------------------------------------------------------------------------------------------------- L-BFGS


def quadratic(seed: int, n: int) -> tuple[Any, Any, Any]:
    """A positive definite matrix A and a vector b, of f(x) = xᵀ A x / 2 - bᵀ x; and where to begin."""
    rng = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(rng.standard_normal((n, n)))
    return (basis * rng.uniform(0.5, 4, n)) @ basis.T, rng.standard_normal(n), rng.standard_normal(n)


def minimized(matrix: Any, b: Any, start: Any, **options: Any) -> Any:
    x = tl.tensor(start, requires_grad=True)
    optimizer = tl.optim.LBFGS([x], **options)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (x @ tl.tensor(matrix) @ x) / 2 - tl.tensor(b) @ x
        loss.backward()
        return loss

    optimizer.step(closure)
    return x.detach().numpy()


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 5))
def test_lbfgs_finds_the_minimum_of_a_quadratic(seed: int, n: int) -> None:
    matrix, b, start = quadratic(seed, n)
    found = minimized(
        matrix, b, start, max_iter=60, line_search_fn="strong_wolfe", tolerance_grad=1e-12, tolerance_change=1e-14
    )
    np.testing.assert_allclose(found, np.linalg.solve(matrix, b), atol=1e-6)


def dense_steps(matrix: Any, b: Any, x: Any, steps: int, history: int, lr: float) -> Any:
    """The steps with the inverse Hessian written out: H ← (I - ρ s yᵀ) H (I - ρ y sᵀ) + ρ s sᵀ for the last pairs."""
    g = matrix @ x - b
    pairs: list[tuple[Any, Any]] = []
    for k in range(steps):
        if k == 0:
            inverse = np.eye(len(x))
        else:
            s, y = pairs[-1]
            inverse = np.eye(len(x)) * (s @ y) / (y @ y)
            for s, y in pairs[-history:]:
                rho, one = 1 / (s @ y), np.eye(len(x))
                inverse = (one - rho * np.outer(s, y)) @ inverse @ (one - rho * np.outer(y, s)) + rho * np.outer(s, s)
        step = -inverse @ g * (min(1.0, 1 / np.abs(g).sum()) * lr if k == 0 else lr)
        x = x + step
        after = matrix @ x - b
        pairs.append((step, after - g))
        g = after
    return x


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), steps=st.integers(1, 4), history=st.sampled_from([1, 2, 100]))
def test_lbfgs_takes_the_steps_of_dense_matrices(seed: int, steps: int, history: int) -> None:
    matrix, b, start = quadratic(seed, 6)
    options = {
        "lr": 0.5,
        "max_iter": steps,
        "max_eval": 99,
        "history_size": history,
        "tolerance_grad": 0.0,
        "tolerance_change": 0.0,
    }
    found = minimized(matrix, b, start, **options)
    np.testing.assert_allclose(found, dense_steps(matrix, b, start, steps, history, 0.5), rtol=1e-7, atol=1e-9)
