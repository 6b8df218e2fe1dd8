"""What a module saves and loads, and how a class or a hook has its own way with it: as in PyTorch."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import warnings
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.layer_scenarios import alike, outcome, small


def counting(T: Any) -> Any:
    """A module that saves a number beside its Tensors."""

    class Counting(T.nn.Module):  # type: ignore[misc]  # either library's
        def __init__(self, count: int = 0) -> None:
            super().__init__()
            self.count = count
            self.weight = T.nn.Parameter(T.full((2,), float(count)))

        def get_extra_state(self) -> Any:
            return {"count": self.count}

        def set_extra_state(self, state: Any) -> None:
            self.count = state["count"]

    return Counting


@alike
def test_extra_state(T: Any) -> Any:
    cls = counting(T)
    model = T.nn.Sequential(cls(3), T.nn.Sequential(cls(4)))
    other = T.nn.Sequential(cls(), T.nn.Sequential(cls()))
    state = model.state_dict()
    found = [list(state), state["0._extra_state"], str(other.load_state_dict(state)), other[0].count, other[1][0].count]
    del state["0._extra_state"]
    found += [outcome(lambda: other.load_state_dict(state)), str(other.load_state_dict(state, strict=False))]
    state["0._extra_state"] = state.pop("1.0._extra_state")
    found.append(str(other.load_state_dict(state, strict=False)))
    plain = T.nn.Linear(1, 1)
    extra = {**plain.state_dict(), "_extra_state": 1}
    found += [outcome(lambda: plain.load_state_dict(extra)), str(plain.load_state_dict(extra, strict=False))]
    found += [outcome(lambda: plain.get_extra_state()), outcome(lambda: plain.set_extra_state(1))]
    return found


@alike
def test_a_class_that_saves_and_loads_in_a_way_of_its_own(T: Any) -> Any:
    calls = []

    class Shifted(T.nn.Module):  # type: ignore[misc]  # either library's
        _version = 3

        def __init__(self) -> None:
            super().__init__()
            self.p = T.nn.Parameter(T.ones(1))
            self.inner = T.nn.Linear(1, 1, bias=False)

        def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
            destination[prefix + "q"] = self.p.data + 1

        def _load_from_state_dict(
            self, state_dict: Any, prefix: str, local_metadata: Any, strict: bool, *rest: Any
        ) -> None:
            calls.append((list(state_dict), prefix, dict(local_metadata), strict, *map(list, rest)))
            if prefix + "q" in state_dict:
                state_dict[prefix + "p"] = state_dict.pop(prefix + "q") - 1
            super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, *rest)

    a, b = T.nn.Sequential(Shifted(), Shifted()), T.nn.Sequential(Shifted(), Shifted())
    a[0].p.data.fill_(10.0)
    state = a.state_dict()
    found = [list(state), str(b.load_state_dict(state)), b[0].p.item(), b[1].p.item(), list(state)]
    found += [str(b.load_state_dict(dict(state), strict=False, assign=True)), b[0].p.item()]
    found += [
        outcome(lambda: b.load_state_dict({"0.q": T.ones(1)})),
        str(b.load_state_dict({"0.p": T.ones(1)}, strict=False)),
    ]
    return [*found, calls]


@alike
def test_metadata(T: Any) -> Any:
    class Second(T.nn.Linear):  # type: ignore[misc]  # either library's
        _version = 2

    model = T.nn.Sequential(Second(1, 1), T.nn.Sequential(T.nn.BatchNorm1d(1)))
    state = model.state_dict()
    versions = {k: dict(v) for k, v in state._metadata.items()}
    seen: list[Any] = []
    model[0].register_load_state_dict_pre_hook(lambda m, s, prefix, meta, *rest: seen.append(dict(meta)))
    model.load_state_dict(state)
    model.load_state_dict(dict(state))
    model.load_state_dict(state, assign=True)
    copied = copy.deepcopy(state)
    mine: Any = OrderedDict()
    model.state_dict(destination=mine)
    loaded = pickle.loads(pickle.dumps(state))
    return [
        versions,
        type(state._metadata).__name__,
        seen,
        copied._metadata == state._metadata == loaded._metadata,
        hasattr(mine, "_metadata"),
        {k: dict(v) for k, v in model.state_dict(prefix="m.")._metadata.items()},
    ]


@alike
def test_hooks_before_a_load_see_what_is_theirs(T: Any) -> Any:
    model = T.nn.Sequential(T.nn.Sequential(T.nn.Linear(1, 1)), T.nn.Linear(1, 1, bias=False))
    seen: list[Any] = []
    for name, inner in model.named_modules():
        inner.register_load_state_dict_pre_hook(
            lambda m, state, prefix, meta, strict, missing, unexpected, errors, name=name: seen.append(
                (name, type(m).__name__, sorted(state), prefix, strict, list(missing), list(unexpected), list(errors))
            )
        )
    model[1]._register_load_state_dict_pre_hook(
        lambda state, prefix, *rest: seen.append(("plain", list(state), prefix))
    )
    model[1]._register_load_state_dict_pre_hook(lambda m, state, *rest: seen.append(type(m).__name__), with_module=True)
    model.load_state_dict(model.state_dict())
    state = model.state_dict()
    state["0.1.more"] = state.pop("0.0.bias")
    model.load_state_dict(state, strict=False)

    def complain(
        m: Any, state: Any, prefix: str, meta: Any, strict: Any, missing: Any, unexpected: Any, errors: Any
    ) -> None:
        errors.append("no such luck")

    model[0].register_load_state_dict_pre_hook(complain)
    return [seen, outcome(lambda: model.load_state_dict(model.state_dict(), strict=False))]


@alike
def test_hooks_after_a_load(T: Any) -> Any:
    model = T.nn.Sequential(T.nn.Sequential(T.nn.Linear(1, 1)), T.nn.Linear(1, 1))
    seen: list[Any] = []
    for name, inner in model.named_modules():
        inner.register_load_state_dict_post_hook(
            lambda m, keys, name=name: seen.append((name, list(keys.missing_keys), list(keys.unexpected_keys)))
        )
    partial = {"0.0.weight": T.ones(1, 1), "2.x": T.ones(1)}
    found = [outcome(lambda: model.load_state_dict(partial)), str(model.load_state_dict(partial, strict=False)), seen]

    def forgive(m: Any, keys: Any) -> None:
        keys.missing_keys.clear()
        keys.unexpected_keys.clear()

    handle = model.register_load_state_dict_post_hook(forgive)
    found.append(str(model.load_state_dict(partial)))
    handle.remove()
    model.register_load_state_dict_post_hook(lambda m, keys: keys)
    return [*found, outcome(lambda: model.load_state_dict(model.state_dict()))]


@alike
def test_hooks_on_saving(T: Any) -> Any:
    model = T.nn.Sequential(T.nn.Linear(1, 1), T.nn.Linear(1, 1, bias=False))
    seen: list[Any] = []
    model[0].register_state_dict_pre_hook(lambda m, prefix, keep: seen.append((prefix, keep)))
    model[0].register_state_dict_post_hook(lambda m, s, prefix, meta: seen.append((list(s), prefix, dict(meta))))
    model._register_state_dict_hook(lambda m, s, prefix, meta: OrderedDict(all=s, prefix=prefix))
    state = model.state_dict(keep_vars=True)
    found = [list(state), list(state["all"]), state["prefix"], seen]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mine: dict[str, Any] = {}
        T.nn.Linear(1, 1).state_dict(mine, "a.", True)
    found += [list(mine), mine["a.bias"].requires_grad, [w.category.__name__ for w in caught]]
    model[1].register_state_dict_post_hook(lambda m, s, prefix, meta: s)
    return [*found, outcome(lambda: model.state_dict())]


@alike
def test_batch_norm_loads_states_without_a_count(T: Any) -> Any:
    first, second = T.nn.Sequential(T.nn.BatchNorm1d(2)), T.nn.Sequential(T.nn.BatchNorm1d(2))
    first(T.ones(3, 2))
    second[0].num_batches_tracked.fill_(7)
    state = first.state_dict()
    del state["0.num_batches_tracked"]
    found = [outcome(lambda: second.load_state_dict(state))]  # of version 2, it must have it
    found += [str(second.load_state_dict(dict(state))), second[0].num_batches_tracked.item()]
    state._metadata["0"]["version"] = 1
    found += [str(second.load_state_dict(state)), second[0].running_mean.tolist()]
    bare = T.nn.BatchNorm1d(2, track_running_stats=False)
    return [*found, list(bare.state_dict()), str(bare.load_state_dict({"weight": T.ones(2), "bias": T.ones(2)}))]


@alike
def test_batch_norm_that_stops_tracking(T: Any) -> Any:
    x = T.arange(8.0).reshape(4, 2) ** 2
    found = []
    for options in ({}, {"momentum": None}, {"affine": False}):
        norm = T.nn.BatchNorm1d(2, **options)
        norm(x)
        norm.track_running_stats = False
        found.append([norm(x + 1).tolist(), norm.running_mean.tolist(), norm.num_batches_tracked.item()])
        norm.reset_running_stats()
        norm.eval()
        found.append([norm.running_mean.tolist(), norm(x).tolist(), norm.running_var.tolist()])
        norm.train().track_running_stats = True
        norm(x)
        found.append([norm.running_mean.tolist(), norm.num_batches_tracked.item()])
    return [np.round(np.hstack([np.ravel(v) for v in row]), 4).tolist() for row in found]


@alike
def test_shapes_and_dtypes_that_load(T: Any) -> Any:
    module = T.nn.Module()
    module.a = T.nn.Parameter(T.tensor(1.0))
    module.b = T.nn.Parameter(T.ones(1))
    module.register_buffer("n", T.tensor(0))
    found = [str(module.load_state_dict({"a": T.tensor([2.5]), "b": T.tensor([3]), "n": T.tensor([4.7])}))]
    found += [module.a.item(), module.b.item(), module.n.item(), str(module.n.dtype)[-5:], list(module.a.shape)]
    for wrong in ({"a": T.ones(2)}, {"a": T.ones(1, 1)}, {"b": T.tensor(1.0)}, {"b": T.ones(2)}):
        found.append(outcome(lambda wrong=wrong: module.load_state_dict(wrong, strict=False)))
    found.append(outcome(lambda: module.load_state_dict({"a": T.tensor(1)}, strict=False, assign=True)))
    module.load_state_dict({"b": T.ones(1, dtype=T.float64), "n": T.tensor(2.5)}, strict=False, assign=True)
    return [*found, str(module.b.dtype)[-7:], type(module.b).__name__, str(module.n.dtype)[-7:], module.b.requires_grad]


def test_arrays_load() -> None:
    model = nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1))
    state = {key: value.numpy() + 1 for key, value in model.state_dict().items()}
    state["1.num_batches_tracked"] = np.int64(5)
    model.load_state_dict(state)
    assert all((np.asarray(value) == state[key]).all() for key, value in model.state_dict().items())
    model.load_state_dict({key: np.asarray(value) * 2 for key, value in state.items()}, assign=True)
    assert type(model[0].weight) is nn.Parameter
    assert model[1].num_batches_tracked.item() == 10
    for wrong in (np.array(["1.5"]), np.array([1j]), np.array([None])):
        with pytest.raises(RuntimeError, match=r'parameter named "1\.bias"'):
            model.load_state_dict({**state, "1.bias": wrong})


def test_the_states_of_pytorch_load() -> None:
    torch = pytest.importorskip("torch")
    theirs, ours = torch.nn.Linear(2, 3), nn.Linear(2, 3)
    ours.load_state_dict(theirs.state_dict())
    assert ours.weight.tolist() == theirs.weight.tolist()


class Greedy(nn.Module):
    """A module that changes all kinds of things while it loads, and may then fail."""

    def __init__(self) -> None:
        super().__init__()
        self.p = nn.Parameter(tl.ones(2))
        self.register_buffer("b", tl.zeros(2))
        self.log: list[str] = []
        self.epoch = 0
        self.fails = False

    def get_extra_state(self) -> int:
        return 1

    def set_extra_state(self, state: int) -> None:
        self.epoch = state
        self.log.append("loaded")

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *rest: Any) -> None:
        super()._load_from_state_dict(state_dict, prefix, *rest)
        self.p.data = tl.zeros(3)
        self.register_buffer("more", tl.ones(1))
        self.b = None
        if self.fails:
            raise KeyError("no")


@pytest.mark.parametrize(
    "how", ["a later module does not fit", "the module raises", "a hook raises", "a key is missing"]
)
def test_a_failed_load_changes_nothing_whatever_has_loaded(how: str) -> None:
    model = nn.Sequential(Greedy(), nn.Linear(2, 2))
    state = {key: value + 1 for key, value in model.state_dict().items()}
    if how == "a later module does not fit":
        state["1.weight"] = tl.ones(3, 3)
    elif how == "the module raises":
        model[0].fails = True
    elif how == "a key is missing":
        del state["1.bias"]
    else:
        model[1].register_load_state_dict_post_hook(lambda module, keys: 1 / 0)
    before = {key: value.tolist() for key, value in model[1].state_dict().items()}
    objects = [model[0].p, model[0].b, model[0].log, model[0].p._data]
    y = (model[1].weight ** 2).sum()
    with pytest.raises((RuntimeError, KeyError, ZeroDivisionError)):
        model.load_state_dict(state)
    assert objects[0] is model[0].p
    assert objects[1] is model[0].b
    assert objects[3] is model[0].p._data
    assert (model[0].p.tolist(), model[0].b.tolist(), model[0].log, model[0].epoch) == ([1, 1], [0, 0], [], 0)
    assert "more" not in dict(model[0].named_buffers())
    assert {key: value.tolist() for key, value in model[1].state_dict().items()} == before
    if how == "the module raises":  # the weight was not yet touched
        y.backward()


class Key(str):
    """A key that counts how often a key is looked into."""

    looked = 0

    def startswith(self, *args: Any) -> bool:
        Key.looked += 1
        return super().startswith(*args)


def test_each_key_is_looked_into_a_few_times_however_many_modules_there_are() -> None:
    model = nn.Sequential(*[nn.Linear(1, 1) for _ in range(300)])
    state = {Key(key): value for key, value in model.state_dict().items()}
    model.load_state_dict(state)
    assert len(state) <= Key.looked < 10 * len(state)


@alike
def test_call_super_init(T: Any) -> Any:
    class Other:
        def __init__(self, size: int = 0, **options: int) -> None:
            self.size, self.options = size, options

    class Both(T.nn.Module, Other):  # type: ignore[misc]  # either library's
        call_super_init = True

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.p = T.nn.Parameter(T.ones(1))

    both = Both(3, more=4)
    found = [both.size, both.options, list(both.state_dict())]
    found += [outcome(lambda: T.nn.Module(3)), outcome(lambda: T.nn.Module(size=3)), outcome(lambda: Both(1, 2))]
    return [*found, T.nn.Module.call_super_init, T.nn.Module._version, T.nn.Module.dump_patches]


@alike
def test_apply_to_all_tensors(T: Any) -> Any:
    model = small(T)
    model.scale.grad = T.ones(2)
    p = model.scale
    model._apply(lambda t: t * 2 if t.dtype == T.float32 else t)
    found = [model.scale is p, p.tolist(), p.grad.tolist(), p.requires_grad, p.is_leaf, model.seen.tolist()]
    same = model.to_empty(device="cpu") is model
    found += [same, {key: list(value.shape) for key, value in model.state_dict().items()}]
    found += [model.inner[1][0].num_batches_tracked.dtype == T.int64, model.share_memory() is model]

    class Own(T.nn.Module):  # type: ignore[misc]  # either library's
        def __init__(self) -> None:
            super().__init__()
            self.plain = T.ones(1)

        def _apply(self, fn: Any, recurse: bool = True) -> Any:
            self.plain = fn(self.plain)
            return super()._apply(fn)

    own = Own()
    T.nn.Sequential(own).double()
    return [*found, own.plain.dtype == T.float64, outcome(lambda: model.to_empty("cpu"))]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked on POSIX alone")
def test_forked_processes_share_memory() -> None:
    layer = nn.Linear(2, 1).share_memory()
    unshared = nn.Linear(2, 1)
    before = unshared.weight.tolist()
    process = multiprocessing.get_context("fork").Process(target=set_to_seven, args=(layer, unshared))
    process.start()
    process.join()
    assert layer.weight.tolist() == [[7, 7]]
    assert unshared.weight.tolist() == before
    assert layer.requires_grad_().weight.is_leaf


def set_to_seven(*layers: nn.Module) -> None:
    with tl.no_grad():
        for layer in layers:
            for p in layer.parameters():
                p.fill_(7)
