"""Hooks of all modules at once, as PyTorch has them in nn.modules.module."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import tinygrad_lite as tl

from ..support.layer_scenarios import alike


@pytest.fixture(autouse=True)
def _no_trace_in_pytorch() -> Iterator[None]:
    """PyTorch forgets to forget which removed hooks took keywords, and its compiler warns for good then."""
    yield
    if sys.modules.get("torch"):
        functions(sys.modules["torch"])._global_forward_hooks_with_kwargs.clear()


def functions(T: Any) -> Any:
    return importlib.import_module(f"{T.__name__}.nn.modules.module")


def model(T: Any) -> Any:
    m = T.nn.Sequential(T.nn.Linear(2, 2, bias=False), T.nn.Tanh())
    T.nn.init.ones_(m[0].weight)
    return m


@alike
def test_forward_hooks(T: Any) -> Any:
    m, log = model(T), []

    def note(name: str, result: Any = None) -> Any:
        return lambda module, *rest: (log.append((name, type(module).__name__)), result)[1]

    F = functions(T)
    m[1].register_forward_pre_hook(note("own pre"))
    m[1].register_forward_hook(note("own"))
    handles = [
        F.register_module_forward_pre_hook(note("pre")),
        F.register_module_forward_hook(note("after")),
        F.register_module_forward_hook(lambda module, args, kwargs, out: out + 1, with_kwargs=True),
    ]
    found = [m(T.zeros(1, 2)).tolist()]
    for handle in handles:
        handle.remove()
    found.append(m(T.zeros(1, 2)).tolist())

    class Failing(T.nn.Module):  # type: ignore[misc]  # either library's
        def forward(self) -> None:
            raise KeyError

    with F.register_module_forward_hook(note("always"), always_call=True), pytest.raises(KeyError):
        Failing()()
    return [*found, log]


@alike
def test_backward_hooks(T: Any) -> Any:
    m, log = model(T), []
    F = functions(T)
    m[1].register_full_backward_hook(lambda module, gi, go: log.append("own"))
    with (
        F.register_module_full_backward_hook(
            lambda module, gi, go: log.append((type(module).__name__, gi[0].tolist(), go[0].tolist()))
        ),
        F.register_module_full_backward_pre_hook(lambda module, go: (go[0] * 2,)),
    ):
        x = T.zeros(1, 2, requires_grad=True)
        m(x).sum().backward()
    m(x).sum().backward()
    return [log, x.grad.tolist(), m[0].weight.grad.tolist()]


@alike
def test_hooks_on_registrations(T: Any) -> Any:
    F, log = functions(T), []

    def note(module: Any, name: str, value: Any) -> None:
        log.append((type(module).__name__, name, type(value).__name__))

    with (
        F.register_module_parameter_registration_hook(note),
        F.register_module_buffer_registration_hook(note),
        F.register_module_buffer_registration_hook(lambda module, name, value: T.ones(3)),
        F.register_module_module_registration_hook(note),
        F.register_module_module_registration_hook(lambda module, name, value: T.nn.Tanh()),
    ):
        m = T.nn.Sequential(T.nn.Linear(1, 1))
        m.child = T.nn.ReLU()
        m.register_buffer("b", T.zeros(1))
        m.register_parameter("p", None)
    m.other = T.nn.ReLU()
    return [log, repr(m), m.b.tolist()]


def test_the_paths_of_pytorchs_files() -> None:
    from tinygrad_lite.nn.modules.module import Module, _IncompatibleKeys  # noqa: F401  # importing it is what is tested

    assert tl.nn.modules.module.Module is tl.nn.Module is Module
    assert tl.nn.modules.Linear is tl.nn.modules.linear.Linear is tl.nn.Linear
    assert tl.nn.modules.loss.MSELoss is tl.nn.MSELoss
    with pytest.raises(AttributeError):
        _ = tl.nn.modules.Lineer


def test_a_compiled_function_does_not_skip_them() -> None:
    m, calls = model(tl), []
    f = tl.compile(lambda x: m(x))
    for _ in range(2):
        f(tl.zeros(1, 2))
    with functions(tl).register_module_forward_hook(lambda *args: calls.append(1)):
        with pytest.warns(UserWarning, match="hooks of all modules"):
            f(tl.zeros(1, 2))
        before = len(calls)
        f(tl.zeros(1, 2))
    assert len(calls) == before + 3
