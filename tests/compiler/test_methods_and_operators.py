"""Compiled methods of classes that inherit, operators that users replace, and what a program reads or writes unnamed."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.utils.checkpoint import checkpoint

from ..support.compiled_scenarios import Compile, as_written, counted, raised, randn, replayed, told


def test_compiled_methods_of_classes_that_inherit() -> None:
    def scenario(compile: Compile) -> Any:
        class Base:
            k = 2.0

            @compile
            def f(self, x: Any) -> Any:
                return x * self.k

            @compile
            def g(self, x: Any) -> Any:
                return self.f(x) + 1

            @classmethod
            @compile
            def of_class(cls, x: Any) -> Any:
                return x * cls.k

        class Derived(Base):
            @compile
            def f(self, x: Any) -> Any:
                return super().f(x) - 1

        found, x = [], randn(3)
        objects = Base(), Derived(), Derived()
        objects[2].k = 5.0
        for i in range(6):
            if i == 2:
                Base.k = 3.0
            if i == 4:
                Base.f = compile(lambda self, x: x * 10)  # type: ignore[assignment,method-assign]  # as a user may do
            if i == 5:
                objects[1].f = lambda x: x  # type: ignore[method-assign]  # as a user may do
            found += [one.f(x) for one in objects]
            found += [objects[0].g(x), Base.of_class(x), Derived.of_class(x), Derived().of_class(x)]
        found.append(super(Derived, objects[1]).f(x))  # which does not see what hides the method in the object
        return found

    replayed(scenario, times=20)


def test_an_equal_number_in_another_object_is_no_change() -> None:
    class Config:
        scale = 0.0

    config = Config()
    f = tl.compile(lambda x: x * config.scale)
    with counted() as replays:
        for _ in range(10):
            config.scale = 1.0 + float(len("a"))
            f(tl.ones(2))
    assert len(replays) == 9
    nan = float("nan")
    held = [nan]
    g = tl.compile(lambda x: x * (5.0 if config.scale in held else 6.0))  # a list finds the NaN that is in it
    config.scale = nan
    assert g(tl.ones(1)).item() == g(tl.ones(1)).item() == 5.0
    config.scale = float("nan")
    assert g(tl.ones(1)).item() == 6.0


OPERATORS: list[tuple[str, Callable[[Any], Any]]] = [
    ("__mul__", lambda x: x * 2), ("__rmul__", lambda x: 2 * x), ("__rsub__", lambda x: 1 - x), ("__neg__", lambda x: -x),
    ("__matmul__", lambda x: x @ x), ("__pow__", lambda x: x**2), ("__truediv__", lambda x: x / 2), ("__gt__", lambda x: x > 0),
    ("__getitem__", lambda x: x[0].exp()), ("__abs__", lambda x: abs(x)), ("__eq__", lambda x: x == 1), ("__len__", lambda x: x.exp() + len(x)),
    ("__mul__", lambda x: operator.mul(x, 2)), ("__radd__", lambda x: sum([x, x])), ("__invert__", lambda x: ~(x > 0)),
    ("flatten", lambda x: LAYER(x).exp()),
]  # fmt: skip
LAYER = nn.Flatten(0)
TEMPLATE = "{0.scale}"


def test_methods_of_tensors_that_a_user_replaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """By an operator, which no text names, and where a layer calls them."""
    x = randn(3, 3)
    for name, function in OPERATORS:
        f, before = tl.compile(function, fullgraph=True), function(x)
        assert told(f(x)) == told(f(x)) == told(before), name
        with monkeypatch.context() as patch:
            patch.setattr(tl.Tensor, name, (lambda *args: 7) if name == "__len__" else lambda *args: tl.zeros(3))
            assert told(f(x)) == told(function(x)) != told(before), name
        assert told(f(x)) == told(before), name

    class Own(tl.Tensor):
        pass

    f, t = tl.compile(lambda x: x * 2), Own([1.0, 2.0])
    assert f(t).tolist() == f(t).tolist() == [2.0, 4.0]
    Own.__mul__ = lambda self, other: tl.add(self, 1)  # type: ignore[assignment,method-assign]  # as a user may do
    assert f(t).tolist() == [2.0, 3.0]


def test_what_is_read_by_a_text_of_an_error_or_of_the_library() -> None:
    class Config:
        scale = 2.0

    config, error = Config(), ValueError(2.0)
    f = tl.compile(lambda x: x * float(TEMPLATE.format(config)))
    with pytest.warns(UserWarning, match="may read attributes that only a text names"):
        f(tl.ones(1))
    config.scale = 3.0
    assert f(tl.ones(1)).item() == 3.0
    g = tl.compile(lambda x: x * error.args[0], fullgraph=True)
    assert g(tl.ones(1)).item() == g(tl.ones(1)).item() == 2.0
    error.args = (3.0,)
    assert g(tl.ones(1)).item() == 3.0
    settings: list[tuple[Callable[[], Any], Callable[[Any], Any], Any, Any]] = [
        (tl.get_float32_matmul_precision, tl.set_float32_matmul_precision, "highest", "medium"),
        (tl.are_deterministic_algorithms_enabled, tl.use_deterministic_algorithms, False, True),
        (tl.is_warn_always_enabled, tl.set_warn_always, False, True),
    ]
    warnings.filterwarnings("ignore", "compile: ")  # pytest undoes this
    for get, put, before, after in settings:
        h = tl.compile(lambda x, get=get: x * len(repr(get())))
        assert h(tl.ones(1)).item() == h(tl.ones(1)).item() == len(repr(before))
        try:
            put(after)
            assert h(tl.ones(1)).item() == len(repr(after))
        finally:
            put(before)


def test_results_that_are_inference_tensors_of_a_mode_inside() -> None:
    w = tl.ones(2, requires_grad=True)

    @tl.compile(fullgraph=True)
    def f(x: tl.Tensor) -> Any:
        with tl.inference_mode():
            a = x * w
        with tl.inference_mode(False):
            b = x * 2
        return a, b, x + 1

    for around in (False, True):
        with tl.inference_mode(around):
            seen = [[t.is_inference() for t in f(tl.ones(2))] for _ in range(3)]
        assert seen == [[True, False, around]] * 3


def test_the_grad_of_a_parameter_as_an_argument_where_it_is_written() -> None:
    def scenario(compile: Compile) -> Any:
        layer, found = nn.Linear(3, 2), []
        layer(randn(2, 3)).sum().backward()

        @compile
        def f(g: tl.Tensor, x: tl.Tensor) -> Any:
            for p in layer.parameters():
                p.grad.zero_()  # type: ignore[union-attr]  # it has one
            layer(x).sum().backward()
            return g * 2

        for i in range(5):
            g: Any = randn(2, 3, seed=9) if i == 3 else layer.weight.grad
            found += [f(g, randn(2, 3, seed=i)), g, layer]
        return found

    as_written(scenario, "an argument is at the same time the .grad of a Tensor", times=0)


def test_read_only_memory_is_the_error_that_it_is_as_written() -> None:
    @tl.compile
    def f(x: tl.Tensor) -> tl.Tensor:
        x.mul_(2)
        return x.sum()

    array = np.ones(3, np.float32)
    assert f(tl.ones(3)).item() == f(tl.from_numpy(array)).item() == 6.0
    array.setflags(write=False)
    error = raised(f, tl.from_numpy(array))
    assert type(error) is RuntimeError
    assert "read-only" in str(error)
    assert array.tolist() == [2.0] * 3


def test_a_compiled_module_in_a_checkpoint() -> None:
    tl.manual_seed(0)
    layer = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    compiled, found = tl.compile(layer), []
    for module in (layer, compiled):
        for i in range(3):
            layer.zero_grad()
            checkpoint(module, randn(2, 3, seed=i), use_reentrant=False).sum().backward()
            found.append(told([p.grad for p in layer.parameters()]))
    assert found[:3] == found[3:]
