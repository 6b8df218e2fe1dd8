"""The eight steps of examples/steps: they run, they are short, and their gradients are the real engine's."""

import importlib
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

STEPS = Path(__file__).parents[2] / "examples" / "steps"
FILES = sorted(STEPS.glob("step*.py"))


@pytest.fixture(autouse=True)
def on_the_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(STEPS))
    yield
    for path in FILES:
        sys.modules.pop(path.stem, None)


def step(number: int) -> Any:
    (path,) = (path for path in FILES if path.stem.startswith(f"step{number}_"))
    return importlib.import_module(path.stem)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_runs_and_is_short(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 60
    runpy.run_path(str(path), run_name="__main__")
    assert len(capsys.readouterr().out.splitlines()) >= 1


def test_there_are_eight() -> None:
    assert [path.stem[4] for path in FILES] == list("12345678")


def real(x: float, y: float) -> tuple[float, float]:
    a, b = tl.tensor(x, dtype=tl.float64, requires_grad=True), tl.tensor(y, dtype=tl.float64, requires_grad=True)
    ((a * b).exp() + a).backward()
    return a.grad.item(), b.grad.item()  # type: ignore[union-attr]  # it has a gradient


def test_the_local_derivatives_of_step_1() -> None:
    one = step(1)
    x, y = one.Number(2.0), one.Number(3.0)
    product = x * y
    assert product.history == ((x, 3.0), (y, 2.0))
    (((inner, slope),),) = (one.exp(product).history,)
    assert inner is product
    assert slope == pytest.approx(np.exp(6))
    assert (x + y).history == ((x, 1.0), (y, 1.0))


@pytest.mark.parametrize("number", [2, 3])
def test_the_gradients_of_numbers(number: int) -> None:
    module = step(number)
    x, y = module.Number(0.5), module.Number(-1.5)
    found = module.gradients(module.exp(x * y) + x)
    assert (found[x], found[y]) == pytest.approx(real(0.5, -1.5))


def test_step_3_visits_every_number_once() -> None:
    module = step(3)
    x = z = module.Number(1.0)
    for _ in range(5_000):  # deeper than Python could recurse
        z = z + x
    assert module.gradients(z)[x] == 5_001
    assert len(module.gradients(z)) == 5_001


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 1), (1, 3), (2, 3), (4, 1, 1)])
def test_broadcasting_of_step_4(shape: tuple[int, ...]) -> None:
    module = step(4)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=shape), rng.normal(size=(2, 3))
    a, b = module.Array(x), module.Array(y)
    found = module.gradients((a * b + a).sum())
    p, q = tl.tensor(x, requires_grad=True), tl.tensor(y, requires_grad=True)
    (p * q + p).sum().backward()
    np.testing.assert_allclose(found[a], p.grad.numpy(), rtol=1e-12)  # type: ignore[union-attr]  # it has a gradient
    np.testing.assert_allclose(found[b], q.grad.numpy(), rtol=1e-12)  # type: ignore[union-attr]  # it has a gradient


def test_higher_orders_of_step_5() -> None:
    module = step(5)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 1)), rng.normal(size=(3,))
    a, b = module.Tensor(x), module.Tensor(y)
    first = module.gradients(a * a * b * b * b)[a]
    second = module.gradients(first * first)[b]
    p, q = tl.tensor(x, requires_grad=True), tl.tensor(y, requires_grad=True)
    (g,) = tl.autograd.grad((p * p * q * q * q).sum(), p, create_graph=True)
    (h,) = tl.autograd.grad((g * g).sum(), q)
    np.testing.assert_allclose(first.data, g.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(second.data, h.numpy(), rtol=1e-12)


def test_the_network_of_step_6() -> None:
    module = step(6)
    network = module.Network(2, 3, 1)
    x, target = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [0.0]])
    loss = module.squared_error(network(module.Tensor(x)), module.Tensor(target))
    found = module.gradients(loss)
    parameters = [tl.tensor(p.data, requires_grad=True) for p in network.parameters]
    w1, b1, w2, b2 = parameters
    expected = tl.nn.functional.mse_loss((tl.tensor(x) @ w1 + b1).tanh() @ w2 + b2, tl.tensor(target))
    expected.backward()
    assert float(loss.data) == pytest.approx(expected.item(), rel=1e-12)
    for ours, theirs in zip(network.parameters, parameters, strict=True):
        np.testing.assert_allclose(found[ours].data, theirs.grad.numpy(), rtol=1e-10)  # type: ignore[union-attr]  # it has one


def test_the_optimizer_of_step_7() -> None:
    module = step(7)
    tensor = module.Tensor
    ours = [tensor([1.0, -2.0]), tensor([[3.0]])]
    theirs = [tl.tensor(p.data, requires_grad=True) for p in ours]
    optimizer = module.SGD(ours, lr=0.05, momentum=0.9)
    real_optimizer = tl.optim.SGD(theirs, lr=0.05, momentum=0.9)
    for _ in range(10):
        optimizer.step((ours[0] * ours[0] * ours[1]).sum_to(()))
        real_optimizer.zero_grad()
        (theirs[0] * theirs[0] * theirs[1]).sum().backward()
        real_optimizer.step()
    for p, q in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-10)
    losses = module.train()
    assert losses[0] > 0.3
    assert losses[-1] < 1e-6


def test_the_check_of_step_8() -> None:
    module = step(8)
    assert module.largest_error(module.tanh, (2, 3)) < 1e-8
    assert module.largest_error(module.matmul, (2, 3), (3, 4)) < 1e-8
    assert module.largest_error(module.wrong_tanh, (2, 3)) > 0.1
