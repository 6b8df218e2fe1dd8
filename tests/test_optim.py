"""Update rules: trajectories against PyTorch's and against the recurrences written out, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

OPTIONS = {
    "SGD": [
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"momentum": 0.8, "dampening": 0.3},
        {"weight_decay": 0.1},
        {"weight_decay": 0.1, "momentum": 0.5, "maximize": True},
        {"maximize": True},
    ],
    "Adam": [
        {},
        {"eps": 0.1},
        {"betas": (0.5, 0.9), "weight_decay": 0.1},
        {"amsgrad": True, "betas": (0.2, 0.3)},
        {"maximize": True, "weight_decay": 0.05},
    ],
}
CASES = [(rule, options) for rule, all_options in OPTIONS.items() for options in all_options]
START = np.random.default_rng(0).standard_normal((3, 4))


def trajectory(T: Any, rule: str, options: dict[str, Any], scale: float = 1.0) -> Any:
    """The parameter over 50 steps on a bumpy function, with another learning rate from step 25 on."""
    p = T.tensor(START.copy(), requires_grad=True)
    optimizer = getattr(T.optim, rule)([p], lr=0.01, **options)
    points = []
    for step in range(50):
        if step == 25:
            optimizer.param_groups[0]["lr"] = 0.03
        optimizer.zero_grad()
        ((p - 0.5) ** 2 * 0.5 + T.sin(3 * p)).sum().backward()
        optimizer.step()
        points.append(p.detach().clone().numpy())
    return np.stack(points)


@pytest.mark.parametrize(("rule", "options"), CASES)
def test_trajectory_is_pytorchs(rule: str, options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    np.testing.assert_allclose(trajectory(tl, rule, options), trajectory(torch, rule, options), rtol=1e-12, atol=1e-12)


def test_adam_is_its_recurrence() -> None:
    p, m, v, lr, eps = START.copy(), 0.0, 0.0, 0.01, 0.1
    points = []
    for t in range(1, 51):
        if t == 26:
            lr = 0.03
        g = (p - 0.5) + 3 * np.cos(3 * p)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        p = p - lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + eps)
        points.append(p)
    np.testing.assert_allclose(trajectory(tl, "Adam", {"eps": eps}), np.stack(points), rtol=1e-12)


def test_momentum_is_its_recurrence() -> None:
    p, v, lr = START.copy(), 0.0, 0.01
    points = []
    for t in range(50):
        if t == 25:
            lr = 0.03
        v = 0.9 * v + (p - 0.5) + 3 * np.cos(3 * p) + 0.1 * p
        p = p - lr * v
        points.append(p)
    ours = trajectory(tl, "SGD", {"momentum": 0.9, "weight_decay": 0.1})
    np.testing.assert_allclose(ours, np.stack(points), rtol=1e-12)


@pytest.mark.parametrize(("rule", "options"), CASES)
def test_large_and_non_contiguous_parameters_step_as_small_ones_do(rule: str, options: dict[str, Any]) -> None:
    """The pieces in which a large array is updated, and the path for strided memory, make no difference."""
    values, slopes = (np.random.default_rng(seed).standard_normal((150, 301)) for seed in (1, 2))
    strided = tl.from_numpy(np.asfortranarray(values)).requires_grad_()
    whole = tl.tensor(values, requires_grad=True)
    rows = [tl.tensor(row, requires_grad=True) for row in values]
    for params in ([strided], [whole], rows):
        optimizer = getattr(tl.optim, rule)(params, lr=0.1, **options)
        for _ in range(3):
            for p, g in zip(params, slopes if len(params) > 1 else [slopes], strict=True):
                p.grad = tl.tensor(g)
            optimizer.step()
    np.testing.assert_array_equal(whole.detach().numpy(), tl.stack(rows).detach().numpy())
    np.testing.assert_allclose(strided.detach().numpy(), whole.detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("rule", OPTIONS)
class TestGuards:
    def test_parameters(self, rule: str) -> None:
        make = getattr(tl.optim, rule)
        p = tl.ones(1, requires_grad=True)
        assert len(make(q for q in [p]).param_groups[0]["params"]) == 1
        with pytest.raises(ValueError, match="empty parameter list"):
            make([])
        with pytest.raises(ValueError, match="more than once"):
            make([p, p])
        with pytest.raises(TypeError, match="iterable of Tensors"):
            make(p)
        with pytest.raises(TypeError, match="can only optimize Tensors"):
            make([p, 3.0])
        with pytest.raises(ValueError, match="non-leaf"):
            make([p * 2])

    @pytest.mark.parametrize("options", [{"lr": -1.0}, {"weight_decay": -1.0}])
    def test_options(self, rule: str, options: dict[str, float]) -> None:
        with pytest.raises(ValueError, match="Invalid"):
            getattr(tl.optim, rule)([tl.ones(1, requires_grad=True)], **options)

    def test_a_first_step_without_gradients_is_pointed_out(self, rule: str) -> None:
        optimizer = getattr(tl.optim, rule)([tl.ones(1, requires_grad=True)])
        with pytest.warns(UserWarning, match="no parameter has a gradient"):
            optimizer.step()

    def test_parameters_without_gradient_are_left_alone(self, rule: str) -> None:
        used, unused = tl.ones(1, requires_grad=True), tl.ones(1, requires_grad=True)
        optimizer = getattr(tl.optim, rule)([used, unused], lr=0.1, weight_decay=0.5)
        used.sum().backward()
        optimizer.step()
        assert unused.tolist() == [1.0]
        assert unused not in optimizer.state
        assert used.tolist() != [1.0]

    def test_groups_and_state_round_trip(self, rule: str) -> None:
        def make() -> tuple[list[tl.Tensor], Any]:
            params = [tl.tensor([1.0, 2.0], requires_grad=True), tl.tensor([3.0], requires_grad=True)]
            groups = [{"params": params[0]}, {"params": [params[1]], "lr": 0.5}]
            extra = {"momentum": 0.9} if rule == "SGD" else {}
            return params, getattr(tl.optim, rule)(groups, lr=0.1, **extra)

        def step(params: list[tl.Tensor], optimizer: Any) -> None:
            optimizer.zero_grad()
            sum((p**2).sum() for p in params).backward()
            optimizer.step()

        straight, optimizer = make()
        for _ in range(4):
            step(straight, optimizer)
        resumed, first = make()
        step(resumed, first)
        step(resumed, first)
        twins, second = make()
        for twin, p in zip(twins, resumed, strict=True):
            twin.data = p.data.clone()
        second.load_state_dict(first.state_dict())
        assert second.param_groups[1]["lr"] == 0.5
        step(twins, second)
        step(twins, second)
        assert [p.tolist() for p in twins] == [p.tolist() for p in straight]

    def test_float32_stays_float32_and_history_free(self, rule: str) -> None:
        p = tl.ones(3, requires_grad=True)
        optimizer = getattr(tl.optim, rule)([p], lr=np.float64(0.1))
        (p * 2).sum().backward()
        optimizer.step()
        assert p.dtype == tl.float32
        assert p.is_leaf
        for value in optimizer.state[p].values():
            assert not isinstance(value, np.ndarray) or value.dtype == np.float32

    def test_closure(self, rule: str) -> None:
        p = tl.tensor([2.0], requires_grad=True)
        optimizer = getattr(tl.optim, rule)([p], lr=0.1)

        def closure() -> tl.Tensor:
            optimizer.zero_grad()
            loss = (p**2).sum()
            loss.backward()
            return loss

        with tl.no_grad():
            assert optimizer.step(closure).item() == 4.0
        assert p.item() < 2.0
