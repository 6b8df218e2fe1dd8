"""Saving and loading an optimizer's state: PyTorch's layout, training that goes on, and states that do not fit."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.update_rules import CASES, PYTORCHS, SAMPLES, bowl, bumpy, closure_of, numpy_of, parameters


def problem(rule: str) -> Any:
    return bowl if rule == "LBFGS" else bumpy


def run(T: Any, rule: str, optimizer: Any, params: list[Any], steps: range) -> None:
    for t in steps:
        optimizer.step(closure_of(T, optimizer, params, t, problem(rule)))


def started(T: Any, rule: str, options: dict[str, Any], steps: int = 5) -> tuple[list[Any], Any]:
    params = parameters(T)
    groups = params if rule == "LBFGS" else [{"params": params[:2], "lr": 0.02}, {"params": params[2:]}]
    optimizer = getattr(T.optim, rule)(groups, lr=0.01, **options)
    run(T, rule, optimizer, params, range(steps))
    return params, optimizer


def translated(T: Any, x: Any) -> Any:
    """The state of one library with Tensors of the other."""
    if hasattr(x, "detach"):
        return T.tensor(x.detach().numpy())
    if isinstance(x, dict):
        return {k: translated(T, v) for k, v in x.items()}
    return [translated(T, v) for v in x] if isinstance(x, list) else x


def layout(x: Any) -> Any:
    """The names, in order, and kinds of what a state holds."""
    if hasattr(x, "detach"):
        return str(x.detach().numpy().dtype), tuple(x.shape)
    if isinstance(x, dict):
        return [(k, layout(v)) for k, v in x.items()]
    return [layout(v) for v in x] if isinstance(x, list) else type(x)


@pytest.mark.parametrize(("rule", "options"), PYTORCHS)
def test_states_have_pytorchs_layout(rule: str, options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    for steps in (0, 5):
        ours, theirs = (started(T, rule, options, steps)[1].state_dict() for T in (tl, torch))
        assert layout(ours["param_groups"]) == layout(theirs["param_groups"])
        if rule != "LBFGS":
            assert layout(ours["state"]) == layout(theirs["state"])
        elif steps:  # its numbers are Python's here and there
            assert set(ours["state"][0]) == set(theirs["state"][0])
            assert [type(v) for v in ours["state"][0]["al"]].count(type(None)) == theirs["state"][0]["al"].count(None)


@pytest.mark.parametrize(("rule", "options"), PYTORCHS)
@pytest.mark.parametrize("there", [True, False])
def test_training_goes_on_in_the_other_library(rule: str, options: dict[str, Any], there: bool) -> None:
    torch = pytest.importorskip("torch")
    here, other = (tl, torch) if there else (torch, tl)
    params, optimizer = started(here, rule, options)
    others, successor = started(other, rule, options, steps=0)
    for mine, theirs in zip(params, others, strict=True):
        theirs.data = other.tensor(mine.detach().numpy().copy())
    successor.load_state_dict(translated(other, optimizer.state_dict()))
    run(here, rule, optimizer, params, range(5, 10))
    run(other, rule, successor, others, range(5, 10))
    # PyTorch's load_state_dict makes float64 of NAdam's mu_product, which goes on otherwise rounded.
    tolerance = 1e-9 if rule == "NAdam" and there else 1e-12
    for mine, theirs in zip(params, others, strict=True):
        np.testing.assert_allclose(numpy_of(mine), numpy_of(theirs), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("how", ["load_state_dict", "arrays", "deepcopy", "pickle"])
@pytest.mark.parametrize(("rule", "options"), CASES)
def test_a_copy_goes_on_byte_for_byte(rule: str, options: dict[str, Any], how: str) -> None:
    params, optimizer = started(tl, rule, options)
    if how == "deepcopy":
        twins, second = copy.deepcopy((params, optimizer))
    elif how == "pickle":
        twins, second = pickle.loads(pickle.dumps((params, optimizer)))
    else:
        twins, second = started(tl, rule, options, steps=0)
        for twin, p in zip(twins, params, strict=True):
            twin.data = p.data.clone()
        state = optimizer.state_dict()
        second.load_state_dict(numpy_of(state) if how == "arrays" else state)
    run(tl, rule, optimizer, params, range(5, 9))
    run(tl, rule, second, twins, range(5, 9))
    for p, twin in zip(params, twins, strict=True):
        np.testing.assert_array_equal(p.detach().numpy(), twin.detach().numpy())
    assert repr(second) == repr(optimizer)


def test_a_loaded_state_is_a_copy() -> None:
    params, optimizer = started(tl, "Adam", {})
    state = optimizer.state_dict()
    held = numpy_of(state["state"])
    params, second = started(tl, "Adam", {}, steps=0)
    second.load_state_dict(state)
    run(tl, "Adam", second, params, range(5))
    for number, values in held.items():
        for name, value in values.items():
            np.testing.assert_array_equal(state["state"][number][name].numpy(), value)


def test_a_state_takes_the_parameters_dtype_but_for_its_count() -> None:
    p, q = (tl.ones(2, dtype=dtype, requires_grad=True) for dtype in (tl.float64, tl.float32))
    first, second = tl.optim.NAdam([p]), tl.optim.NAdam([q])
    p.grad = tl.ones(2, dtype=tl.float64)
    first.step()
    second.load_state_dict(first.state_dict())
    assert {k: v.dtype for k, v in second.state[q].items()} == dict.fromkeys(first.state[p], tl.float32)
    old = first.state_dict()
    old["state"][0]["step"] = 7  # as PyTorch once kept it
    second.load_state_dict(old)
    assert (second.state[q]["step"].dtype, second.state[q]["step"].item()) == (tl.float32, 7.0)


def test_the_count_has_the_default_dtype_where_that_is_float64() -> None:
    tl.set_default_dtype(tl.float64)
    try:
        p = tl.ones(2, requires_grad=True)
        optimizer = tl.optim.Adam([p])
        p.grad = tl.ones(2)
        optimizer.step()
    finally:
        tl.set_default_dtype(tl.float32)
    assert optimizer.state[p]["step"].dtype == tl.float64


def test_what_does_not_fit_is_refused_and_nothing_changes() -> None:
    optimizer = started(tl, "Adam", {})[1]
    before = numpy_of(optimizer.state_dict())
    other = started(tl, "Adam", {"eps": 0.5})[1].state_dict()
    groups = other["param_groups"]
    swapped = {0: 2, 1: 1, 2: 0, 3: 3}
    bad = [
        ({**other, "param_groups": groups[:1]}, "different number of parameter groups: 1, and the optimizer 2"),
        (
            {**other, "param_groups": [groups[0], {**groups[1], "params": [2]}]},
            "group 1 has 1 parameters, not 2",
        ),
        (
            {**other, "state": {i: other["state"][swapped[i]] for i in range(4)}},
            r"state 0 exp_avg: \[5\] for a parameter of \[3, 4\](.|\n)*state 2 exp_avg_sq: \[3, 4\]",
        ),
    ]
    for state, message in bad:
        with pytest.raises(ValueError, match=message):
            optimizer.load_state_dict(state)
        np.testing.assert_equal(numpy_of(optimizer.state_dict()), before)


def test_names_travel_and_options_that_are_missing_are_the_defaults() -> None:
    torch = pytest.importorskip("torch")
    found = []
    for T in (tl, torch):
        named, bare = T.nn.Linear(2, 1), T.nn.Linear(2, 1)
        optimizer = T.optim.SGD(named.named_parameters(), lr=0.1)
        plain = T.optim.SGD(bare.parameters(), lr=0.2)
        state = optimizer.state_dict()
        plain.load_state_dict(state)
        names = [plain.param_groups[0]["param_names"], state["param_groups"][0]["param_names"]]
        del state["param_groups"][0]["param_names"]
        optimizer.load_state_dict(state)
        with pytest.raises(ValueError, match="without names"):
            optimizer.add_param_group({"params": T.nn.Linear(1, 1).parameters()})
        found.append((names, optimizer.param_groups[0]["param_names"], plain.param_groups[0]["lr"], repr(plain)))
    assert found[0] == found[1]
    state = optimizer.state_dict()
    del state["param_groups"][0]["maximize"]
    model = tl.nn.Linear(2, 1)
    optimizer = tl.optim.SGD(model.parameters(), lr=0.1)
    optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["maximize"] is False


@pytest.mark.parametrize("rule", [rule for rule in SAMPLES if rule in ("SGD", "Adam", "LBFGS")])
def test_repr_is_pytorchs(rule: str) -> None:
    torch = pytest.importorskip("torch")
    reprs = []
    for T in (tl, torch):
        params = parameters(T)
        groups = (
            params if rule == "LBFGS" else [{"params": params[:1], "lr": 0.5, "extra": "x"}, {"params": params[1:]}]
        )
        reprs.append(repr(getattr(T.optim, rule)(groups)))
    assert reprs[0] == reprs[1]


def test_a_group_keeps_its_own_dict_and_options() -> None:
    """As in PyTorch, so that a script may hold on to it."""
    p = tl.ones(1, requires_grad=True)
    group = {"params": p, "tag": 3}
    optimizer = tl.optim.SGD([group], lr=0.5)
    assert optimizer.param_groups[0] is group
    assert optimizer.state_dict()["param_groups"][0]["tag"] == 3


@pytest.mark.parametrize("rule", ["Adam", "SGD"])
def test_names_in_another_order_are_matched(rule: str) -> None:
    """PyTorch goes by the place, and would give each parameter the other one's state."""
    options = {"momentum": 0.9} if rule == "SGD" else {}
    p, q = tl.nn.Parameter(tl.zeros(1)), tl.nn.Parameter(tl.zeros(1))
    first = getattr(tl.optim, rule)([("p", p), ("q", q)], **options)
    p.grad, q.grad = tl.tensor([1.0]), tl.tensor([-2.0])
    first.step()
    second = getattr(tl.optim, rule)([("q", q), ("p", p)], **options)
    second.load_state_dict(first.state_dict())
    for param in (p, q):
        assert {k: v.tolist() for k, v in second.state[param].items()} == {
            k: v.tolist() for k, v in first.state[param].items()
        }
    assert second.param_groups[0]["param_names"] == ["q", "p"]
    third = getattr(tl.optim, rule)([("encoder.p", p), ("encoder.q", q)], **options)  # other names: by the place
    third.load_state_dict(first.state_dict())
    assert third.state_dict()["state"] == first.state_dict()["state"]


def test_what_is_no_state_dict_is_refused() -> None:
    optimizer = tl.optim.SGD([tl.ones(1)])
    with pytest.raises(TypeError, match="expected the dict that state_dict"):
        optimizer.load_state_dict(3)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(KeyError, match="state: this is not the state_dict of an optimizer"):
        optimizer.load_state_dict({"param_groups": []})


def named(*groups: str) -> tuple[dict[str, Any], Any]:
    """Parameters by name, and an optimizer of groups of them; each has the gradient that its name's number says."""
    params = {name: tl.nn.Parameter(tl.zeros(1)) for name in "".join(groups)}
    given = [
        {"params": [(name, params[name]) for name in names], "lr": 0.1 * (i + 1)} for i, names in enumerate(groups)
    ]
    return params, tl.optim.SGD(given, momentum=0.9)


@pytest.mark.parametrize(
    ("saved", "loaded", "rates"),
    [
        (("abc",), ("cab",), [0.1]),
        (("ab", "c"), ("ba", "c"), [0.1, 0.2]),
        (("a", "b"), ("b", "a"), [0.2, 0.1]),  # the options go with the names of a group
        (("ab", "cd"), ("dc", "ab"), [0.2, 0.1]),
        (("ab", "cd"), ("ac", "bd"), [0.1, 0.2]),  # no such group: options by place, states by name
    ],
)
def test_states_are_matched_by_name(saved: Any, loaded: Any, rates: Any) -> None:
    params, optimizer = named(*saved)
    for name, p in params.items():
        p.grad = tl.full((1,), float(ord(name)))
    optimizer.step()
    others, second = named(*loaded)
    second.load_state_dict(optimizer.state_dict())
    assert {name: second.state[p]["momentum_buffer"].item() for name, p in others.items()} == {
        name: ord(name) for name in others
    }
    assert [group["lr"] for group in second.param_groups] == pytest.approx(rates)
    assert [group["param_names"] for group in second.param_groups] == [list(names) for names in loaded]


def test_names_that_would_get_the_states_of_others_are_refused() -> None:
    params, optimizer = named("abc")
    for p in params.values():
        p.grad = tl.ones(1)
    optimizer.step()
    others, second = named("bad")
    before = second.state_dict()
    with pytest.raises(ValueError, match=r"at other places, .*\['b', 'a'\]"):
        second.load_state_dict(optimizer.state_dict())
    assert second.state_dict() == before
    _, renamed = named("xyz")
    renamed.load_state_dict(optimizer.state_dict())  # none of the names is known: by place, as in PyTorch
    assert len(renamed.state) == 3
    _, one = named("abz")
    one.load_state_dict(optimizer.state_dict())
    assert len(others) == len(one.state) == 3


def test_a_state_of_a_users_own_is_copied_too() -> None:
    """A dict inside a state, in which only the count keeps its dtype; and a state that is no dict."""
    p = tl.ones(2, dtype=tl.float64, requires_grad=True)
    optimizer = tl.optim.SGD([p], lr=0.1)
    optimizer.state[p] = {"inner": {"step": tl.tensor(3.0), "v": tl.ones(2)}}
    state = optimizer.state_dict()
    assert state["state"][0] is not optimizer.state[p]
    optimizer.load_state_dict(state)
    inner = optimizer.state[p]["inner"]
    assert [inner["step"].dtype, inner["v"].dtype] == [tl.float32, tl.float64]
    optimizer.state[p] = 5  # type: ignore[assignment]  # wrong on purpose
    optimizer.load_state_dict(optimizer.state_dict())
    assert optimizer.state[p] == 5


def test_states_with_and_without_names_are_matched_by_their_places() -> None:
    def started(optimizer: Any) -> dict[str, Any]:
        for i, p in enumerate(optimizer.param_groups[0]["params"]):
            p.grad = tl.full((1,), i + 1.0)
        optimizer.step()
        return optimizer.state_dict()  # type: ignore[no-any-return]  # of either library

    makes: list[Any] = [
        lambda: named("ab")[1],
        lambda: tl.optim.SGD([tl.ones(1, requires_grad=True) for _ in "ab"], lr=0.1, momentum=0.9),
    ]
    for one, other in (makes, makes[::-1]):
        optimizer = other()
        optimizer.load_state_dict(started(one()))
        params = optimizer.param_groups[0]["params"]
        assert [optimizer.state[p]["momentum_buffer"].item() for p in params] == [1, 2]
