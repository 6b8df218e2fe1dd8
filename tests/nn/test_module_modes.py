"""All modules, parameters and buffers inside a module changed at once: modes, flags, dtypes, device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.layer_scenarios import alike, network, small


@alike
def test_modes_and_flags(T: Any) -> Any:
    class Frozen(T.nn.Module):  # type: ignore[misc]  # either library's
        def train(self, mode: bool = True) -> Any:
            return super().train(False)

    m = small(T)
    m.frozen = Frozen()
    seen: list[str] = []
    m.apply(lambda module: seen.append(type(module).__name__))
    modes = [[x.training for x in each.modules()] for each in (m.eval(), m.train())]
    m.tied.requires_grad_(False)
    flags = [p.requires_grad for p in m.parameters()]
    m.requires_grad_()
    (m.scale.sum() * 2).backward()
    before = m.scale.grad.tolist()
    m.zero_grad(set_to_none=False)
    zero = m.scale.grad.tolist()
    m.zero_grad()
    return [
        seen,
        *modes,
        flags,
        before,
        zero,
        m.scale.grad is None,
        m.train() is m,
        m.apply(len and (lambda x: 0)) is m,
    ]


@alike
def test_dtypes(T: Any) -> Any:
    m = small(T)

    def kinds() -> list[str]:
        return [str(x.dtype).removeprefix("torch.") for x in (*m.parameters(), *m.buffers())]

    weight = m.tied.weight
    (m.scale.sum() * 2).backward()
    found: list[Any] = [kinds()]
    changes: list[Callable[[], Any]] = [
        lambda: m.double(),
        lambda: m.to("cpu"),
        lambda: m.to(T.device("cpu")),
        lambda: m.to(device="cpu", dtype=T.float32),
        lambda: m.to(T.ones(1, dtype=T.float64), non_blocking=True),
        lambda: m.to("cpu", T.float16),
        lambda: m.half(),
        lambda: m.float(),
        lambda: m.cpu(),
        lambda: m.type(T.float64),
    ]
    found += [[change() is m, *kinds()] for change in changes]
    return [
        *found,
        m.tied.weight is weight,
        m.inner[0].weight is weight,
        m.scale.grad.tolist(),
        str(m.scale.grad.dtype)[-7:],
    ]


def test_another_device_is_refused() -> None:
    for move in (lambda m: m.to("cuda"), lambda m: m.cuda(), lambda m: m.to(device="mps")):
        with pytest.raises(RuntimeError, match="the only device here is the CPU"):
            move(nn.Linear(1, 1))


def test_evaluating_restores_each_modules_own_mode() -> None:
    model = nn.Sequential(nn.Dropout(), nn.Sequential(nn.Dropout()))
    model[0].eval()

    def fail() -> None:
        with model.evaluating():
            assert not any(module.training for module in model.modules())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert [module.training for module in model.modules()] == [True, False, True, True]


def test_to_keeps_parameters_and_changes_their_dtype() -> None:
    model = network(tl)
    parameters = list(model.parameters())
    model.double()
    assert all(a is b for a, b in zip(parameters, model.parameters(), strict=True))
    assert {p.dtype for p in parameters} == {tl.float64}
    assert model[1].num_batches_tracked.dtype == tl.int64
    model(tl.randn(3, 5, dtype=tl.float64)).sum().backward()
    assert {p.grad.dtype for p in parameters} == {tl.float64}
