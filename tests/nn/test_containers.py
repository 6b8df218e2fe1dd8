"""Sequential, ModuleList, ModuleDict, ParameterList and ParameterDict, as PyTorch's."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_lite as tl

from ..support.layer_scenarios import alike, outcome

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
