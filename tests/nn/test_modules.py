"""Module: one scenario under both libraries, and what only we promise."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.layer_scenarios import alike, outcome, small

# ----------------------------------------------------------------------------------------------------- names


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
    class Late(T.nn.Module):  # type: ignore[misc]
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


# ---------------------------------------------------------------------------------------------- changing it all


@alike
def test_modes_and_flags(T: Any) -> Any:
    class Frozen(T.nn.Module):  # type: ignore[misc]
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


# ------------------------------------------------------------------------------------------------------- state


@alike
def test_state_dict(T: Any) -> Any:
    m, log = small(T), []
    m.inner.register_state_dict_pre_hook(lambda module, prefix, keep: log.append((type(module).__name__, prefix, keep)))

    def shorten(module: Any, state: Any, prefix: str, meta: Any) -> None:
        del state[prefix + "0.bias"]

    m.inner.register_state_dict_post_hook(shorten)
    state = m.state_dict()
    kept = m.state_dict(keep_vars=True)
    mine = OrderedDict(first=1)
    same = m.state_dict(destination=mine, prefix="m.")
    state["scale"].fill_(5.0)  # the module's own memory
    return [
        log,
        type(state).__name__,
        list(state),
        same is mine,
        list(mine),
        kept["scale"] is m.scale,
        [v.requires_grad for v in state.values()],
        m.scale.tolist(),
    ]


@alike
def test_loading(T: Any) -> Any:
    m, other = small(T), small(T)
    with T.no_grad():
        for p in other.parameters():
            p.add_(1)
    state = other.state_dict()
    found = [str(m.load_state_dict(state)), m.scale.tolist(), m.tied.weight is m.inner[0].weight]
    state["more"] = state.pop("seen")
    found += [outcome(lambda: m.load_state_dict(state)), str(m.load_state_dict(state, strict=False))]
    state["scale"] = T.ones(3)
    found += [outcome(lambda: m.load_state_dict(state, strict=False))]
    linear = T.nn.Linear(2, 2).requires_grad_(False)
    fresh = {"weight": T.ones(2, 2, dtype=T.float64), "bias": T.nn.Parameter(T.zeros(2))}
    linear.load_state_dict(fresh, assign=True)
    found += [type(linear.weight).__name__, str(linear.weight.dtype)[-7:], linear.bias is fresh["bias"]]
    return [*found, [p.requires_grad for p in linear.parameters()]]


@alike
def test_a_load_hook_renames(T: Any) -> Any:
    def rename(module: Any, state: Any, prefix: str, *rest: Any) -> None:
        state[prefix + "weight"] = state.pop(prefix + "w")

    m = T.nn.Sequential(T.nn.Linear(1, 1, bias=False))
    handle = m.register_load_state_dict_pre_hook(
        lambda module, state, prefix, *rest: rename(module, state, prefix + "0.")
    )
    m.load_state_dict({"0.w": T.full((1, 1), 7.0)})
    handle.remove()
    return [m[0].weight.item(), outcome(lambda: m.load_state_dict({"0.w": T.ones(1, 1)}))]


@pytest.mark.parametrize("bad", [None, "text", 3.0, [1.0, 1.0]])
def test_what_is_no_tensor_is_not_loaded(bad: Any) -> None:
    m = nn.Linear(1, 2)
    before = m.weight.tolist()
    with pytest.raises(RuntimeError, match=r'"bias", expected a Tensor .* but received'):
        m.load_state_dict({"weight": tl.ones(2, 1), "bias": bad})
    assert m.weight.tolist() == before


def test_a_loaded_array_is_noticed_by_the_graph() -> None:
    m = nn.Linear(1, 1)
    y = (m.weight * m.weight).sum()
    m.load_state_dict({"weight": np.ones((1, 1)), "bias": tl.ones(1)})
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def tied() -> Any:
    m = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.BatchNorm1d(2)), nn.Linear(2, 2))
    m[2].weight = m[0].weight
    m.again = m[0]
    m.extra = nn.Buffer(tl.ones(1), persistent=False)
    m.eval()[1].train()
    return m


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"])
def test_copies_keep_what_is_shared_shared(copied: Any) -> None:
    m = tied()
    twin = copied(m)
    assert twin[2].weight is twin[0].weight is not m[2].weight
    assert twin.again is twin[0]
    assert [x.training for x in twin.modules()] == [x.training for x in m.modules()]
    assert list(twin.state_dict()) == list(m.state_dict())
    assert type(twin.extra) is nn.Buffer
    assert not twin.extra.persistent
    assert repr(twin) == repr(m)
    x = tl.randn(3, 2)
    assert twin[0](x).equal(m[0](x))
    with tl.no_grad():
        twin[0].weight.fill_(9.0)
    assert not m[0].weight.eq(9.0).any()
    assert not m[1][0].num_batches_tracked.any()


# --------------------------------------------------------------------------------------------- unregistered (N8)


@pytest.mark.parametrize(
    "hide",
    [
        lambda m, layer: setattr(m, "layers", [layer]),
        lambda m, layer: setattr(m, "_private", (3, layer)),
        lambda m, layer: setattr(m, "table", {"a": [layer]}),
        lambda m, layer: setattr(m, "values", [layer.weight]),
        lambda m, layer: m.inner.__setattr__("deep", [[[layer]]]),
    ],
)
@pytest.mark.parametrize("use", [lambda m: list(m.parameters()), lambda m: m.state_dict(), lambda m: m.zero_grad()])
def test_unregistered_modules_are_pointed_out(hide: Any, use: Any) -> None:
    m, layer = small(tl), nn.Linear(1, 1)
    hide(m, layer)
    with pytest.warns(
        UserWarning, match="are not registered: they will be neither trained nor saved. Put them in a Mod"
    ):
        use(m)
    m.layer = layer  # registered after all
    use(m)


def test_data_in_lists_costs_and_says_nothing() -> None:
    m = small(tl)
    m.vocabulary = [str(i) for i in range(10)]
    m.loop = [1]
    m.loop.append(m.loop)
    assert list(m.parameters())


# --------------------------------------------------------------------------------------------------------- text


@alike
def test_text(T: Any) -> Any:
    class Wordy(T.nn.Module):  # type: ignore[misc]
        def __init__(self, text: str, child: bool) -> None:
            super().__init__()
            self.text = text
            if child:
                self.child = T.nn.ModuleList([T.nn.Sequential(T.nn.ReLU())])
                self.none = None
                self.register_module("nothing", None)

        def extra_repr(self) -> str:
            return self.text

    texts = ["", "one", "one\ntwo"]
    return [
        *(repr(Wordy(text, child)) for text in texts for child in (False, True)),
        repr(small(T)),
        repr(T.nn.Parameter(T.ones(2))),
        repr(T.nn.Parameter(T.ones(2), requires_grad=False)),
        repr(T.nn.Buffer(T.ones(2))),
    ]
