"""Update rules against their recurrences, written out for one scalar at a time; and where they differ from each other.

A recurrence takes a function that gives the gradient, with weight decay and sign in it already, and the options of the
rule. p and lr are in a dict, since lr changes meanwhile.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.update_rules import ELEMENTWISE, SAMPLES, SHAPES, WHOLE, parameters, slope, trajectory

Rule = Callable[..., Iterator[None]]


def sgd(at: Any, slope: Any, momentum: float = 0, dampening: float = 0, nesterov: bool = False) -> Iterator[None]:
    v = None
    while True:
        g = slope()
        v = g if v is None else momentum * v + (1 - dampening) * g
        at["p"] -= at["lr"] * ((g + momentum * v) if nesterov else v if momentum else g)
        yield


def adagrad(
    at: Any,
    slope: Any,
    lr_decay: float = 0,
    initial_accumulator_value: float = 0,
    eps: float = 1e-10,
    eps_inside_root: bool = False,
) -> Iterator[None]:
    h, t = initial_accumulator_value, 0
    while True:
        g, t = slope(), t + 1
        h += g * g
        root = math.sqrt(h + eps) if eps_inside_root else math.sqrt(h) + eps
        at["p"] -= at["lr"] / (1 + (t - 1) * lr_decay) * g / root
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
    at: Any, slope: Any, betas: Any = (0.9, 0.999), eps: float = 1e-8, amsgrad: bool = False, book: bool = False,
    beta1: float | None = None, beta2: float | None = None, eps_inside_root: bool = False,
) -> Iterator[None]:  # fmt: skip
    betas = (betas[0] if beta1 is None else beta1, betas[1] if beta2 is None else beta2)
    m = v = most = 0.0
    t = 0
    while True:
        g, t = slope(), t + 1
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        most = max(most, v)
        first, second = 1 - betas[0] ** t, 1 - betas[1] ** t
        if book:
            root = math.sqrt(v + eps) if eps_inside_root else math.sqrt(v) + eps
            at["p"] -= at["lr"] * math.sqrt(second) / first * m / root
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


def asgd(at: Any, slope: Any, lambd: float = 1e-4, alpha: float = 0.75, t0: float = 1e6) -> Iterator[None]:
    """The point; its average is compared with PyTorch's. η is kept in float32."""
    eta, t = float(np.float32(at["lr"])), 0
    while True:
        g, t = slope(), t + 1
        at["p"] = (1 - lambd * eta) * at["p"] - eta * g
        eta = float(np.float32(at["lr"] / (1 + lambd * at["lr"] * t) ** alpha))
        yield


def rprop(at: Any, slope: Any, etas: Any = (0.5, 1.2), step_sizes: Any = (1e-6, 50)) -> Iterator[None]:
    length, before = at["lr"], 0.0
    while True:
        g = slope()
        factor = etas[1] if g * before > 0 else etas[0] if g * before < 0 else 1
        length = min(max(length * factor, step_sizes[0]), step_sizes[1])
        before = 0.0 if g * before < 0 else g
        at["p"] -= length * (before > 0) - length * (before < 0)
        yield


def adafactor(
    at: Any, slope: Any, beta2_decay: float = -0.8, eps: Any = (None, 1e-3), d: float = 1, weight_decay: float = 0
) -> Iterator[None]:
    """The formula of the docstring, for a parameter as a whole."""
    eps1 = np.finfo(np.float64).eps if eps[0] is None else eps[0]
    rows = columns = v = 0.0
    t = 0
    while True:
        g, t = slope(), t + 1
        square, beta, p = g * g, 1 - t**beta2_decay, at["p"]
        rms = math.sqrt((p * p).mean()) if p.size else 0
        if p.ndim > 1:
            rows = beta * rows + (1 - beta) * square.mean(-1, keepdims=True)
            columns = beta * columns + (1 - beta) * square.mean(-2, keepdims=True)
            v = rows * columns / np.maximum(rows.mean(-2, keepdims=True), eps1)
        else:
            v = beta * v + (1 - beta) * square
        u = g / np.sqrt(np.maximum(v, eps1**2))
        u = u / max(1, math.sqrt((u * u).mean()) / d if u.size else 1)
        at["p"] = p * (1 - at["lr"] * weight_decay) - max(eps[1], rms) * min(at["lr"], 1 / math.sqrt(t)) * u
        yield


RECURRENCES: dict[str, tuple[Rule, dict[str, Any]]] = {
    "SGD": (sgd, {}),
    "Adagrad": (adagrad, {}),
    "RMSprop": (rmsprop, {}),
    "Adam": (adam, {}),
    "AdamW": (adam, {}),
    "Adadelta": (adadelta, {}),
    "Adamax": (adamax, {}),
    "ASGD": (asgd, {}),
    "Rprop": (rprop, {}),
    "NAdam": (nadam, {}),
    "RAdam": (radam, {}),
    "Momentum": (book_momentum, {}),
    "Nesterov": (book_momentum, {"nesterov": True}),
    "BookAdaGrad": (adagrad, {"eps": 1e-7}),
    "BookAdam": (adam, {"book": True, "eps": 1e-7}),
}


def test_every_rule_has_a_recurrence() -> None:
    assert set(RECURRENCES) == set(SAMPLES) - set(WHOLE)


@pytest.mark.parametrize(("rule", "options"), ELEMENTWISE)
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


@pytest.mark.parametrize("options", [*SAMPLES["Adafactor"], {"lr": 0.6}])
def test_adafactor_is_its_formula(options: dict[str, Any]) -> None:
    """With the large rate, a step is at most 1 / √t from the third on."""
    found = trajectory(tl, "Adafactor", options)[0]
    own, sign = {k: v for k, v in options.items() if k not in ("maximize", "lr")}, -1 if options.get("maximize") else 1
    place = 0
    for i, p in enumerate(q.detach().numpy().copy() for q in parameters(tl)):
        at: dict[str, Any] = {"p": p, "lr": options.get("lr", 0.01)}
        points: list[Any] = []

        def g(at: Any = at, i: int = i, points: Any = points) -> Any:
            return sign * np.vectorize(lambda x: slope(x, i, len(points)))(at["p"])

        steps = adafactor(at, g, **own)
        for step in range(50):
            at["lr"] *= 3 if step == 25 else 1
            next(steps)
            points.append(at["p"].ravel())
        np.testing.assert_allclose(found[:, place : place + p.size], np.stack(points), rtol=1e-11, atol=1e-12)
        place += p.size
    assert place == found.shape[1]


def test_adafactor_divides_by_no_less_than_its_first_eps() -> None:
    """g = 1e-6 and ε₁ = 1e-3: u = g / ε₁, and the step is lr rms(p) u; of a matrix v = r c / ε₁ is below ε₁², too."""
    for shape in ((1,), (1, 1)):
        p = tl.ones(shape, dtype=tl.float64, requires_grad=True)
        p.grad = tl.full(shape, 1e-6, dtype=tl.float64)
        tl.optim.Adafactor([p], lr=0.1, eps=(1e-3, 0.0)).step()
        assert 1 - p.item() == pytest.approx(0.1 * 1e-3, rel=1e-9)


def test_asgd_averages_from_its_step_t0_on() -> None:
    """By hand, with g = 1, lr = 1, λ = 0 and t₀ = 2: the average is p until 1 / (t - t₀) of the step before is below 1."""
    p = tl.zeros(1, dtype=tl.float64, requires_grad=True)
    optimizer, averages = tl.optim.ASGD([p], lr=1.0, lambd=0.0, t0=2), []
    for _ in range(6):
        p.grad = tl.ones(1, dtype=tl.float64)
        optimizer.step()
        averages.append(optimizer.state[p]["ax"].item())
    assert averages == pytest.approx([-1, -2, -3, -4, -4.5, -4.5 - 1.5 / 3], rel=1e-7)  # μ is kept in float32
    assert [optimizer.state[p][name].item() for name in ("step", "eta", "mu")] == [6, 1, 0.25]


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
