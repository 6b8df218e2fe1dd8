"""What is registered with a module, under which names, and how it is found again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.layer_scenarios import alike, outcome, small


@alike
def test_names(T: Any) -> Any:
    m = small(T)
    return [
        [name for name, _ in m.named_parameters()],
        [name for name, _ in m.named_parameters("p", recurse=False)],
        [name for name, _ in m.named_parameters(remove_duplicate=False)],
        [name for name, _ in m.named_buffers()],
        [name for name, _ in m.named_buffers("b", remove_duplicate=False)],
        [name for name, _ in m.named_modules()],
        [name for name, _ in m.named_modules(prefix="m", remove_duplicate=False)],
        [name for name, _ in m.named_modules(memo={m.inner})],
        [name for name, _ in m.named_children()],
        [
            len(list(x))
            for x in (m.children(), m.modules(), m.modules(remove_duplicate=False), m.parameters(recurse=False))
        ],
        list(m.state_dict()),
        list(m.state_dict(prefix="a.")),
        [name for name in dir(T.nn.Sequential(T.nn.ReLU())) if name.isdigit()],
        {"scale", "inner", "seen", "forward"} <= set(dir(m)),
    ]


@alike
def test_finding_and_putting(T: Any) -> Any:
    m = small(T)
    found = [
        m.get_submodule("") is m,
        m.get_submodule("inner.1.0") is m.inner[1][0],
        m.get_parameter("inner.0.weight") is m.tied.weight,
        m.get_buffer("inner.1.0.running_mean") is m.inner[1][0].running_mean,
        *(
            outcome(lambda name=name: m.get_submodule(name))
            for name in ("scale", "inner.2", "inner.0.weight", "no.thing")
        ),
        *(outcome(lambda name=name: m.get_parameter(name)) for name in ("seen", "inner", "none", "inner.9.weight")),
        *(outcome(lambda name=name: m.get_buffer(name)) for name in ("scale", "none")),
        outcome(lambda: m.set_submodule("", T.nn.ReLU())),
        outcome(lambda: m.set_submodule("inner.x.y", T.nn.ReLU())),
        outcome(lambda: m.set_submodule("inner.new", T.nn.ReLU(), strict=True)),
        outcome(lambda: m.set_submodule("scale", T.nn.ReLU())),
        outcome(lambda: m.set_submodule("inner.1", 3)),
    ]
    m.set_submodule("inner.1", T.nn.Tanh())
    m.set_submodule("inner.2", T.nn.ReLU())
    return [*found, repr(m)]


@alike
def test_assigning_and_deleting(T: Any) -> Any:
    m = small(T)
    m.inner, m.scale = T.nn.Linear(2, 2), T.nn.Parameter(T.zeros(2))  # each keeps its place
    m.seen = T.ones(1)
    m.extra = T.nn.Buffer(T.ones(2))
    m.passing = T.nn.Buffer(T.ones(2), persistent=False)
    order = [[*m._parameters], [*m._buffers], [*m._modules]]
    m.seen = None
    m.tied = None
    m.scratch = T.nn.Parameter(T.ones(1))  # a buffer before
    m.again = T.nn.Parameter(T.ones(1))  # a module before
    m.plain = 3
    m.plain = T.nn.ReLU()  # an int before
    del m.scale
    del m.extra
    return [
        order,
        [[*m._parameters], [*m._buffers], [*m._modules]],
        list(m.state_dict()),
        outcome(lambda: m.scale),
        outcome(lambda: delattr(m, "scale")),
        outcome(lambda: setattr(m, "scratch", 3)),
        outcome(lambda: setattr(m, "scratch", T.ones(1))),
        outcome(lambda: setattr(m, "passing", 3)),
        outcome(lambda: setattr(m, "inner", T.ones(1))),
    ]


@alike
def test_refusals(T: Any) -> Any:
    class Late(T.nn.Module):  # type: ignore[misc]  # either library's
        def __init__(self, value: Any) -> None:
            self.value = value

    m = small(T)
    calls: list[Callable[[], Any]] = [
        lambda: m.register_buffer("a.b", T.ones(1)),
        lambda: m.register_buffer("", T.ones(1)),
        lambda: m.register_buffer(3, T.ones(1)),
        lambda: m.register_buffer("scale", T.ones(1)),
        lambda: m.register_buffer("seen", T.ones(1)),
        lambda: m.register_buffer("number", 3),
        lambda: m.register_parameter("forward", None),
        lambda: m.register_parameter("p", T.ones(1)),
        lambda: m.register_parameter("seen", T.nn.Parameter(T.ones(1))),
        lambda: m.add_module("train", T.nn.ReLU()),
        lambda: m.add_module("x", 3),
        lambda: m.add_module("x.y", T.nn.ReLU()),
        lambda: m.register_module("fine", T.nn.ReLU()),
        lambda: m.train(3),
        lambda: m.to(T.int64),
        lambda: m.load_state_dict([1]),
        lambda: m.load_state_dict({}),
        lambda: T.nn.Module()(1),
        lambda: T.nn.Module(3),
        lambda: Late(T.nn.Parameter(T.ones(1))),
        lambda: Late(T.nn.ReLU()),
        lambda: T.nn.ParameterList()(1),
        lambda: T.nn.ModuleList()(1),
    ]
    return [outcome(call) for call in calls]


def test_registration_and_names() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(tl.ones(1))
            self.register_buffer("seen", tl.zeros(1))
            self.register_buffer("scratch", tl.zeros(1), persistent=False)
            self.inner = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
            self.again = self.inner[0]

    model = Model()
    names = ["scale", "inner.0.weight", "inner.0.bias", "inner.1.weight", "inner.1.bias"]
    assert [name for name, _ in model.named_parameters()] == names
    assert [name for name, _ in model.named_buffers()] == ["seen", "scratch"]
    assert list(model.state_dict()) == ["scale", "seen", *names[1:], "again.weight", "again.bias"]
    assert model.get_parameter("inner.1.bias") is model.inner[1].bias
    del model.scale
    assert not hasattr(model, "scale")
    with pytest.raises(TypeError, match="as child module 'inner'"):
        model.inner = 3
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        model.nothing  # noqa: B018  # reading it is what is tested
