"""Update rules: trajectories against PyTorch's and against the recurrences written out in scalars."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.update_rules import CASES, OURS, PYTORCHS, SAMPLES, SHAPES, numpy_of, parameters, slope, trajectory

OTHERS = {"Optimizer", "lr_scheduler", "decay_groups"}  # have tests of their own


def test_every_rule_has_samples_and_a_recurrence() -> None:
    rules = set(tl.optim.__all__) - OTHERS
    assert rules == set(SAMPLES)
    assert rules - {"LBFGS"} == set(RECURRENCES)
    public = {name for name, value in vars(tl.optim).items() if inspect.isclass(value)}
    assert public <= set(tl.optim.__all__)


@pytest.mark.parametrize("rule", [rule for rule in SAMPLES if rule not in OURS])
def test_signatures_and_defaults_are_pytorchs(rule: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = ({"self": None}, {"self": None})
    for T, found in ((tl, ours), (torch, theirs)):
        for name, p in inspect.signature(getattr(T.optim, rule)).parameters.items():
            found[name] = (p.kind, p.default)  # type: ignore[assignment]
    assert list(ours.items()) == list(theirs.items())


@pytest.mark.parametrize("rule", SAMPLES)
def test_the_samples_use_every_option(rule: str) -> None:
    """Those that only choose an implementation of PyTorch's are tried where all rules are."""
    known = set(inspect.signature(getattr(tl.optim, rule)).parameters)
    used = {name for options in SAMPLES[rule] for name in options}
    assert known - used <= {"params", "lr", "foreach", "capturable", "differentiable", "fused"}


@pytest.mark.parametrize(("rule", "options"), PYTORCHS)
def test_trajectory_is_pytorchs(rule: str, options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    (ours, state), (theirs, their_state) = trajectory(tl, rule, options), trajectory(torch, rule, options)
    assert np.ptp(ours, axis=0).min() > 1e-4, "a point that does not move shows nothing"
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
    if rule == "LBFGS":  # its state is about differences of nearly equal gradients
        return
    for number, held in their_state["state"].items():
        for name, value in held.items():
            np.testing.assert_allclose(state["state"][number][name].numpy(), value.numpy(), rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize(("rule", "options"), PYTORCHS)
def test_float32_is_pytorchs_but_for_rounding(rule: str, options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    ends = []
    for T in (tl, torch):
        params = parameters(T, dtype=np.float32)
        optimizer = getattr(T.optim, rule)(params, lr=0.01, **options)

        def closure(T: Any = T, params: Any = params, optimizer: Any = optimizer) -> Any:
            optimizer.zero_grad()
            loss = sum((p * p).sum() for p in params)
            loss.backward()
            return loss

        for _ in range(5):
            optimizer.step(closure)
        assert all(p.dtype == T.float32 for p in params)
        ends.append(np.concatenate([numpy_of(p).ravel() for p in params]))
    # L-BFGS converges here, and where it then stops is a matter of rounding.
    np.testing.assert_allclose(*ends, rtol=2e-5, atol=5e-4 if rule == "LBFGS" else 2e-6)


# ------------------------------------------------------------------------------- the recurrences, one scalar at a time
# Each takes a gradient, with decay and sign in it already, and the options; p and lr stand in a dict, since lr changes.

Rule = Callable[..., Iterator[None]]


def sgd(at: Any, slope: Any, momentum: float = 0, dampening: float = 0, nesterov: bool = False) -> Iterator[None]:
    v = None
    while True:
        g = slope()
        v = g if v is None else momentum * v + (1 - dampening) * g
        at["p"] -= at["lr"] * ((g + momentum * v) if nesterov else v if momentum else g)
        yield


def adagrad(at: Any, slope: Any, lr_decay: float = 0, initial_accumulator_value: float = 0, eps: float = 1e-10) -> Any:
    h, t = initial_accumulator_value, 0
    while True:
        g, t = slope(), t + 1
        h += g * g
        at["p"] -= at["lr"] / (1 + (t - 1) * lr_decay) * g / (math.sqrt(h) + eps)
        yield


def rmsprop(
    at: Any, slope: Any, alpha: float = 0.99, eps: float = 1e-8, momentum: float = 0, centered: bool = False
) -> Iterator[None]:
    h = m = v = 0.0
    while True:
        g = slope()
        h = alpha * h + (1 - alpha) * g * g
        m = alpha * m + (1 - alpha) * g
        v = momentum * v + g / (math.sqrt(h - m * m if centered else h) + eps)
        at["p"] -= at["lr"] * v
        yield


def adam(
    at: Any, slope: Any, betas: Any = (0.9, 0.999), eps: float = 1e-8, amsgrad: bool = False, book: bool = False
) -> Iterator[None]:
    m = v = most = 0.0
    t = 0
    while True:
        g, t = slope(), t + 1
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        most = max(most, v)
        first, second = 1 - betas[0] ** t, 1 - betas[1] ** t
        if book:
            at["p"] -= at["lr"] * math.sqrt(second) / first * m / (math.sqrt(v) + eps)
        else:
            at["p"] -= at["lr"] * (m / first) / (math.sqrt((most if amsgrad else v) / second) + eps)
        yield


def adadelta(at: Any, slope: Any, rho: float = 0.9, eps: float = 1e-6) -> Iterator[None]:
    h = u = 0.0
    while True:
        g = slope()
        h = rho * h + (1 - rho) * g * g
        d = math.sqrt(u + eps) / math.sqrt(h + eps) * g
        u = rho * u + (1 - rho) * d * d
        at["p"] -= at["lr"] * d
        yield


def adamax(at: Any, slope: Any, betas: Any = (0.9, 0.999), eps: float = 1e-8) -> Iterator[None]:
    m = u = 0.0
    t = 0
    while True:
        g, t = slope(), t + 1
        m = betas[0] * m + (1 - betas[0]) * g
        u = max(betas[1] * u, abs(g) + eps)
        at["p"] -= at["lr"] / (1 - betas[0] ** t) * m / u
        yield


def nadam(
    at: Any, slope: Any, betas: Any = (0.9, 0.999), eps: float = 1e-8, momentum_decay: float = 4e-3
) -> Iterator[None]:
    m = v = 0.0
    product, t = np.float32(1), 0  # float32, as PyTorch has it
    while True:
        g, t = slope(), t + 1
        mu, ahead = (betas[0] * (1 - 0.5 * 0.96 ** (k * momentum_decay)) for k in (t, t + 1))
        product *= np.float32(mu)
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        step = (1 - mu) / (1 - float(product)) * g + ahead / (1 - float(product) * ahead) * m
        at["p"] -= at["lr"] * step / (math.sqrt(v / (1 - betas[1] ** t)) + eps)
        yield


def radam(at: Any, slope: Any, betas: Any = (0.9, 0.999), eps: float = 1e-8) -> Iterator[None]:
    m = v = 0.0
    t = 0
    limit = 2 / (1 - betas[1]) - 1
    while True:
        g, t = slope(), t + 1
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        left = 1 - betas[1] ** t
        rho = limit - 2 * t * betas[1] ** t / left
        step = m / (1 - betas[0] ** t)
        if rho > 5:
            r = math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
            step *= r * math.sqrt(left) / (math.sqrt(v) + eps)
        at["p"] -= at["lr"] * step
        yield


def book_momentum(at: Any, slope: Any, momentum: float = 0.9, nesterov: bool = False) -> Iterator[None]:
    v = 0.0
    while True:
        g = slope()
        v = momentum * v - at["lr"] * g
        at["p"] += momentum * v - at["lr"] * g if nesterov else v
        yield


RECURRENCES: dict[str, tuple[Rule, dict[str, Any]]] = {
    "SGD": (sgd, {}),
    "Adagrad": (adagrad, {}),
    "RMSprop": (rmsprop, {}),
    "Adam": (adam, {}),
    "AdamW": (adam, {}),
    "Adadelta": (adadelta, {}),
    "Adamax": (adamax, {}),
    "NAdam": (nadam, {}),
    "RAdam": (radam, {}),
    "Momentum": (book_momentum, {}),
    "Nesterov": (book_momentum, {"nesterov": True}),
    "BookAdaGrad": (adagrad, {"eps": 1e-7}),
    "BookAdam": (adam, {"book": True, "eps": 1e-7}),
}


@pytest.mark.parametrize(("rule", "options"), [case for case in CASES if case[0] != "LBFGS"])
def test_trajectory_is_the_recurrence(rule: str, options: dict[str, Any]) -> None:
    own = {
        k: v for k, v in options.items() if k not in ("weight_decay", "decoupled_weight_decay", "maximize", "foreach")
    }
    decay = options.get("weight_decay", 0.01 if rule == "AdamW" else 0.0)
    decoupled = options.get("decoupled_weight_decay", rule == "AdamW")
    sign = -1 if options.get("maximize") else 1
    recurrence, fixed = RECURRENCES[rule]
    element = 0
    found = trajectory(tl, rule, options)[0]
    for i, start in enumerate(parameters(tl)):
        for value in start.detach().numpy().ravel().tolist():
            at: dict[str, float] = {"p": value, "lr": 0.01}
            points: list[float] = []

            def g(at: Any = at, i: int = i, points: Any = points) -> float:
                p, t = at["p"], len(points)
                if decoupled:
                    at["p"] = (1 - at["lr"] * decay) * p
                return sign * slope(p, i, t) + (0.0 if decoupled else decay * p)

            steps = recurrence(at, g, **{**fixed, **own})
            for step in range(50):
                at["lr"] *= 3 if step == 25 else 1
                next(steps)
                points.append(at["p"])
            np.testing.assert_allclose(found[:, element], points, rtol=1e-12, atol=1e-12)
            element += 1
    assert element == sum(math.prod(shape) for shape in SHAPES)


def test_the_books_momentum_is_pytorchs_until_the_rate_changes() -> None:
    """By hand, with g = 1, α = 0.5: book v = -0.1, -0.15, then with lr = 1 -1.075; PyTorch's 1, 1.5, 1.75."""
    steps = []
    for make in (lambda p: tl.optim.Momentum(p, 0.1, 0.5), lambda p: tl.optim.SGD(p, 0.1, 0.5)):
        p = tl.zeros(1, dtype=tl.float64, requires_grad=True)
        optimizer, points = make([p]), []
        for step in range(3):
            if step == 2:
                optimizer.param_groups[0]["lr"] = 1.0
            p.grad = tl.ones(1, dtype=tl.float64)
            optimizer.step()
            points.append(p.item())
        steps.append(points)
    np.testing.assert_allclose(steps, [[-0.1, -0.25, -1.325], [-0.1, -0.25, -2.0]], rtol=1e-14)


def test_where_eps_stands() -> None:
    """One step from 0 with g = 1, lr = 1, eps = 0.1, by hand: after the correction, before it, or inside the root."""
    expected = {
        "Adam": 1 / 1.1,
        "BookAdam": math.sqrt(0.001) / 0.1 * 0.1 / (math.sqrt(0.001) + 0.1),
        "Adagrad": 1 / 1.1,
        "BookAdaGrad": 1 / 1.1,
        "RMSprop": 1 / (0.1 + 0.1),
        "Adamax": 1 / 1.1,
        "Adadelta": math.sqrt(0.1) / math.sqrt(0.1 + 0.1),
    }
    found = {}
    for rule in expected:
        p = tl.zeros(1, dtype=tl.float64, requires_grad=True)
        p.grad = tl.ones(1, dtype=tl.float64)
        getattr(tl.optim, rule)([p], lr=1.0, eps=0.1).step()
        found[rule] = -p.item()
    assert found == pytest.approx(expected, rel=1e-12)


# ------------------------------------------------------------------------------------------------------------- L-BFGS


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
    torch = pytest.importorskip("torch")
    ends = []
    for T in (tl, torch):
        p, calls = T.nn.Parameter(T.tensor(start, dtype=T.float64)), []
        optimizer = T.optim.LBFGS([p], lr=lr, max_iter=6, max_eval=30, line_search_fn="strong_wolfe")

        def closure(T: Any = T, p: Any = p, optimizer: Any = optimizer, calls: Any = calls) -> Any:
            optimizer.zero_grad()
            loss = function(T, p)
            loss.backward()
            calls.append(loss.item())
            return loss

        optimizer.step(closure)
        state = optimizer.state_dict()["state"][0]
        ends.append((calls, numpy_of(p), state["func_evals"], state["n_iter"]))
    (our_calls, ours, *our_counts), (their_calls, theirs, *their_counts) = ends
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


def test_lbfgs_refuses() -> None:
    a, b = (tl.ones(1, requires_grad=True) for _ in range(2))
    with pytest.raises(ValueError, match="parameter groups"):
        tl.optim.LBFGS([{"params": [a]}, {"params": [b]}])
    optimizer = tl.optim.LBFGS([a], line_search_fn="golden")
    with pytest.raises(RuntimeError, match="only 'strong_wolfe' is supported"):
        optimizer.step(lambda: (a * a).sum())
