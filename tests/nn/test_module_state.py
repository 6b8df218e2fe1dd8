"""The state of a module: saved, loaded, copied and pickled."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.layer_scenarios import alike, network, outcome, small


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
    with pytest.raises(
        RuntimeError, match=r'"bias", expected torch.Tensor or Tensor-like object from checkpoint but received'
    ):
        m.load_state_dict({"weight": tl.ones(2, 1), "bias": bad})
    assert m.weight.tolist() == before


def test_a_loaded_array_is_noticed_by_the_graph() -> None:
    m = nn.Linear(1, 1)
    y = (m.weight * m.weight).sum()
    m.load_state_dict({"weight": np.ones((1, 1)), "bias": tl.ones(1)})
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_a_failed_load_names_everything_and_changes_nothing() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    before = {key: value.clone() for key, value in model.state_dict().items()}
    state = {key: value + 1 for key, value in before.items()}
    state["1.weight"] = tl.ones(2, 3)
    state["more"] = state.pop("0.bias")
    with pytest.raises(RuntimeError) as error:
        model.load_state_dict(state)
    for part in (
        'Unexpected key(s) in state_dict: "more"',
        'Missing key(s) in state_dict: "0.bias"',
        "[2, 3]",
        "[1, 3]",
    ):
        assert part in str(error.value)
    assert all(value.equal(before[key]) for key, value in model.state_dict().items())


def test_state_dict_round_trip() -> None:
    first, second = network(tl), network(tl)
    first(tl.randn(4, 5))
    with tl.no_grad():
        for p in first.parameters():
            p += 1
    assert str(second.load_state_dict(first.state_dict())) == "<All keys matched successfully>"
    for key, value in second.state_dict().items():
        assert value.equal(first.state_dict()[key]), key


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


def test_deepcopy_and_pickle() -> None:
    model = network(tl)
    x = tl.randn(4, 5)
    model(x).sum().backward()
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin.eval()(x).equal(model.eval()(x))
        model.train()
        assert all(a is not b for a, b in zip(twin.parameters(), model.parameters(), strict=True))
        assert all(isinstance(p, nn.Parameter) and p.requires_grad for p in twin.parameters())
