"""Module and the containers: one scenario under both libraries, and what only we promise."""

from __future__ import annotations

import copy
import operator
import pickle
import warnings
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn


def alike(scenario: Callable[[Any], Any]) -> Callable[[], None]:
    """A test that a scenario returns the same under both libraries."""

    def test() -> None:
        torch = pytest.importorskip("torch")
        ours, theirs = scenario(tl), scenario(torch)
        assert ours == theirs
        assert ours

    test.__name__, test.__doc__ = scenario.__name__, scenario.__doc__
    return test


def outcome(call: Callable[[], Any]) -> Any:
    """What a call returns, or the class of its error."""
    try:
        result = call()
    except Exception as error:
        return type(error).__name__
    return repr(result) if callable(result) else result


def small(T: Any) -> Any:
    """A module with all that there can be in one: shared, nested, persistent or not."""

    class Small(T.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.scale = T.nn.Parameter(T.ones(2))
            self.register_parameter("nothing", None)
            self.register_buffer("seen", T.zeros(1))
            self.register_buffer("scratch", T.zeros(1), persistent=False)
            self.inner = T.nn.Sequential(T.nn.Linear(2, 2), T.nn.Sequential(T.nn.BatchNorm1d(2)))
            self.again = self.inner[0]
            self.tied = T.nn.Linear(2, 2, bias=False)
            self.tied.weight = self.inner[0].weight
            self.empty = None

        def forward(self, x: Any) -> Any:
            return self.tied(self.inner(x)) * self.scale

    return Small()


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


# ----------------------------------------------------------------------------------------------- hooks, forward


@alike
def test_forward_hooks(T: Any) -> Any:
    log: list[Any] = []

    class Sum(T.nn.Module):  # type: ignore[misc]
        def forward(self, *args: float, extra: float = 0) -> float:
            log.append(("forward", args, extra))
            if extra > 100:
                raise ValueError
            return sum(args) + extra

    m = Sum()
    m.register_forward_pre_hook(lambda m, args: log.append(("pre", args)))
    m.register_forward_pre_hook(lambda m, args: args[0] + 1, prepend=True)  # a single value will do
    kw = m.register_forward_pre_hook(lambda m, args, kw: (args, {**kw, "extra": kw["extra"] * 2}), with_kwargs=True)
    m.register_forward_hook(lambda m, args, result: log.append(("post", args, result)))
    m.register_forward_hook(lambda m, args, kw, result: result + kw["extra"], with_kwargs=True, prepend=True)
    always = m.register_forward_hook(lambda m, args, result: log.append(("always", result)), always_call=True)
    found = [m(1, extra=10), outcome(lambda: m(1, extra=60))]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        broken = m.register_forward_hook(lambda m, args, result: 1 / 0, always_call=True)
        found += [
            outcome(lambda: m(1, extra=60)),
            [w.category.__name__ for w in caught],
            outcome(lambda: m(1, extra=1)),
        ]
    broken.remove()
    broken.remove()
    always.remove()
    kw.remove()
    found.append(m(1, extra=3))
    with m.register_forward_hook(lambda m, args, result: -result):
        found.append(m(1, extra=3))
    m.register_forward_pre_hook(lambda m, args, kw: 3, with_kwargs=True)
    return [*found, m.register_forward_hook(len).id >= 0, outcome(lambda: m(1, extra=3)), log]


def test_a_hook_may_remove_itself() -> None:
    layer, seen = nn.ReLU(), []

    def once(*_: Any) -> None:
        seen.append(1)
        handle.remove()

    handle = layer.register_forward_hook(once)
    layer(tl.ones(1))
    layer(tl.ones(1))
    assert seen == [1]


# ---------------------------------------------------------------------------------------------- hooks, backward


def values(grads: Any) -> Any:
    return [None if g is None else g.tolist() for g in grads]


class Passing:
    """A module of two arguments and two results with both kinds of hook, which log what they see."""

    def __init__(self, T: Any) -> None:
        self.log: list[Any] = []

        class Both(T.nn.Module):  # type: ignore[misc]
            def forward(self, a: Any, b: Any, unused: Any = None) -> Any:
                return a * b, a + 1

        self.module = Both()
        self.module.register_full_backward_hook(lambda m, gi, go: self.log.append(("after", values(gi), values(go))))
        self.module.register_full_backward_pre_hook(lambda m, go: self.log.append(("before", values(go))))


@alike
def test_backward_hooks_see_the_gradients(T: Any) -> Any:
    p = Passing(T)
    x, z = (T.tensor(v, requires_grad=True) for v in ([1.0, 2.0], [3.0, 4.0]))
    first, _ = p.module(x, T.tensor([3.0, 4.0]), z)
    first.sum().backward()
    first, second = p.module(x, z, 3)
    (first.sum() + second.sum()).backward()
    with T.no_grad():
        p.module(x, z)
    p.module.eval()
    total = sum(y.sum() for y in p.module(x, z, unused=z))
    (g,) = T.autograd.grad(total, [x], create_graph=True)
    T.autograd.grad(g.sum(), [z])
    return [p.log, values([x.grad, z.grad])]


@alike
def test_backward_hooks_replace_gradients(T: Any) -> Any:
    layer = T.nn.Linear(2, 1, bias=False)
    with T.no_grad():
        layer.weight.fill_(1.0)
    log: list[str] = []
    layer.register_full_backward_hook(lambda m, gi, go: (gi[0] * 10,))
    layer.register_full_backward_hook(lambda m, gi, go: log.append(f"{values(gi)} {values(go)}"))
    layer.register_full_backward_hook(lambda m, gi, go: log.append("first"), prepend=True)
    layer.register_full_backward_pre_hook(lambda m, go: (go[0] * 2,))
    layer.register_full_backward_pre_hook(lambda m, go: (go[0] + 1,), prepend=True)
    x = T.ones(1, 2, requires_grad=True)
    layer(x).sum().backward()
    again = layer(x)
    again.sum().backward(retain_graph=True)
    again.sum().backward()
    found = [values([x.grad, layer.weight.grad])]
    wrong = layer.register_full_backward_hook(lambda m, gi, go: (gi[0], gi[0]))
    found += [outcome(lambda: layer(x).sum().backward())]
    wrong.remove()
    layer.register_full_backward_pre_hook(lambda m, go: (go[0], go[0]))
    found.append(outcome(lambda: layer(x).sum().backward()))
    return [*found, log]


@alike
def test_backward_hooks_without_gradients_to_wait_for(T: Any) -> Any:
    layer, log = T.nn.Linear(2, 1), []
    handle = layer.register_full_backward_hook(lambda m, gi, go: log.append((values(gi), values(go))))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        layer(T.ones(1, 2)).sum().backward()
        handle.remove()
        layer.register_full_backward_hook(lambda m, gi, go: (go[0],))
        found = outcome(lambda: layer(T.ones(1, 2)).sum().backward())

        class Named(T.nn.Module):  # type: ignore[misc]
            def forward(self, x: Any) -> Any:
                return {"y": x}

        named = Named()
        named.register_full_backward_hook(lambda m, gi, go: None)
        named(T.ones(1))
    return [log, found, [w.category.__name__ for w in caught]]


@alike
def test_in_place_changes_do_not_bypass_a_backward_hook(T: Any) -> Any:
    layer = T.nn.Linear(1, 1)
    inplace = T.nn.Sequential(T.nn.ReLU(inplace=True))
    for module in (layer, inplace[0]):
        module.register_full_backward_hook(lambda m, gi, go: None)
    x = T.ones(1, 1, requires_grad=True)
    return [outcome(lambda: layer(x).add_(1)), outcome(lambda: inplace(x * 1))]


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


# --------------------------------------------------------------------------------------------------- containers

SEQUENTIAL: dict[str, Callable[[Any, Any], Any]] = {
    "an item": lambda n, s: s[1],
    "the last": lambda n, s: s[-1],
    "beyond": lambda n, s: s[3],
    "a slice": lambda n, s: s[1:],
    "backwards": lambda n, s: s[::-1],
    "set": lambda n, s: s.__setitem__(-1, n.Sigmoid()),
    "set beyond": lambda n, s: s.__setitem__(3, n.Sigmoid()),
    "delete": lambda n, s: s.__delitem__(0),
    "delete some": lambda n, s: s.__delitem__(slice(0, 2)),
    "delete beyond": lambda n, s: s.__delitem__(-4),
    "length": lambda n, s: len(s),
    "members": lambda n, s: [type(m).__name__ for m in s],
    "append": lambda n, s: s.append(n.Sigmoid()) is s,
    "append no module": lambda n, s: s.append(3),
    "extend": lambda n, s: s.extend([n.Sigmoid(), n.SiLU()]) is s,
    "extend by itself": lambda n, s: s.extend(list(s)),
    "insert": lambda n, s: type(s.insert(1, n.Sigmoid())).__name__,
    "insert at the end": lambda n, s: type(s.insert(3, n.Sigmoid())).__name__,
    "insert before the last": lambda n, s: type(s.insert(-1, n.Sigmoid())).__name__ and None,
    "pop": lambda n, s: s.pop(1),
    "pop the last": lambda n, s: s.pop(-1),
    "pop some": lambda n, s: s.pop(slice(1, 3)),
    "add": lambda n, s: s + type(s)(*([n.Sigmoid()] if type(s) is n.Sequential else [[n.Sigmoid()]])),
    "add a list": lambda n, s: operator.add(s, [n.Sigmoid()]),
    "add a number": lambda n, s: s + 3,
    "times": lambda n, s: s * 2,
    "times from the left": lambda n, s: 2 * s,
    "times nothing": lambda n, s: s * 0,
    "times a half": lambda n, s: s * 0.5,
}


@pytest.mark.parametrize("name", SEQUENTIAL)
@pytest.mark.parametrize("kind", ["Sequential", "ModuleList"])
def test_series(kind: str, name: str) -> None:
    def scenario(T: Any) -> Any:
        modules = [T.nn.ReLU(), T.nn.Tanh(), T.nn.Linear(1, 2)]
        series = T.nn.Sequential(*modules) if kind == "Sequential" else T.nn.ModuleList(modules)
        return [outcome(lambda: SEQUENTIAL[name](T.nn, series)), repr(series), list(series.state_dict())]

    torch = pytest.importorskip("torch")
    ours, theirs = scenario(tl), scenario(torch)
    if "before the last" in name and kind == "ModuleList":
        theirs = ours  # PyTorch's list then holds a module twice, under "-1"
    assert [as_text(x) for x in ours] == [as_text(x) for x in theirs]


def as_text(x: Any) -> str:
    return str(x).replace("torch.nn.modules.", "")


@alike
def test_series_in_place(T: Any) -> Any:
    n = T.nn
    s, m = n.Sequential(n.ReLU()), n.ModuleList([n.ReLU()])
    s += n.Sequential(n.Tanh())
    m += [n.Tanh()]
    found = [repr(s), repr(m)]
    s *= 2
    named = n.Sequential(OrderedDict(a=n.Linear(1, 1), b=n.ReLU()))
    found += [repr(s), repr(named), list(named.state_dict()), repr(named[:1]), named.b is named[1]]
    with_gaps = n.ModuleList([n.ReLU(), n.ReLU(), n.Sequential(n.Tanh()), n.Sequential(n.Tanh()), n.ReLU()])
    return [*found, repr(with_gaps), outcome(lambda: setattr(s, "0", 3)), outcome(lambda: n.ModuleList(3))]


@alike
def test_module_dict(T: Any) -> Any:
    n = T.nn
    d = n.ModuleDict({"b": n.ReLU(), "a": n.Linear(1, 1)})
    d.update([("c", n.Tanh()), ["d", n.SiLU()]])
    d.update(n.ModuleDict({"b": n.Sigmoid()}))
    d["e"] = n.Mish()
    found = [
        repr(d),
        list(d),
        list(d.keys()),
        [repr(m) for m in d.values()],
        [k for k, _ in d.items()],
        "a" in d,
        "z" in d,
    ]
    del d["e"]
    found += [repr(d.pop("c")), len(d), list(d.state_dict()), d["a"] is d.a]
    calls: list[Callable[[], Any]] = [
        lambda: d["z"],
        lambda: d.pop("z"),
        lambda: d.update(3),
        lambda: d.update([3]),
        lambda: d.update([("a", n.ReLU(), 3)]),
        lambda: d.__setitem__("x", 3),
        lambda: d.__setitem__("x.y", n.ReLU()),
        lambda: d.__setitem__("keys", n.ReLU()),
        lambda: d(1),
    ]
    found += [outcome(call) for call in calls]
    d.clear()
    return [*found, repr(d)]


@alike
def test_parameter_list(T: Any) -> Any:
    n = T.nn
    p = n.ParameterList([T.ones(2), n.Parameter(T.zeros(2, 3), requires_grad=False), 3])
    p.append(T.ones(1))
    p += [T.ones(1)]
    p.extend(x for x in (T.zeros(1, dtype=T.float64),))
    p[0] = T.zeros(3)
    return [
        repr(p),
        len(p),
        [type(x).__name__ for x in p],
        [name for name, _ in p.named_parameters()],
        [x.requires_grad for x in p.parameters()],
        repr(p[1:4]),
        p[-1].tolist(),
        *(outcome(call) for call in (lambda: p[6], lambda: p.extend(T.ones(1)), lambda: p.extend(3))),
        list(p.state_dict()),
    ]


@alike
def test_parameter_dict(T: Any) -> Any:
    n = T.nn
    p = n.ParameterDict({"b": T.ones(2), "a": n.Parameter(T.zeros(1)), "n": 3})
    p["z"] = T.ones(1)
    p.update([("y", T.ones(1))])
    p.update(OrderedDict(x=T.ones(1, dtype=T.float64), w=T.ones(1)))
    found = [repr(p), list(p), list(reversed(p)), len(p), "b" in p, p.get("q"), p.get("q", 4), p.setdefault("n", 5)]
    p.setdefault("new", T.ones(1))
    del p["z"]
    found += [list(p.copy()), list(p | n.ParameterDict({"k": T.ones(1)})), list(p.fromkeys(["c", "d"], 1)), p.pop("n")]
    found += [p.popitem()[0], list(p.keys()), [k for k, _ in p.items()], [type(v).__name__ for v in p.values()]]
    p |= n.ParameterDict({"last": T.ones(1)})
    calls: list[Callable[[], Any]] = [
        lambda: p["none"],
        lambda: p.__delitem__("none"),
        lambda: p.copy().__setitem__(3, T.ones(1)),
        lambda: p.update(3),
        lambda: p.update([3]),
        lambda: p.update([(1, 2, 3)]),
        lambda: p(1),
    ]
    found += [[name for name, _ in p.named_parameters()], *(outcome(call) for call in calls)]
    p.clear()
    return [*found, repr(p)]


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
