"""What makes a replay cheap, and must find all that the plain way finds: recognized arguments, and guards in machine code."""

from __future__ import annotations

import ctypes
import functools
import itertools
import sys
import types
from collections import OrderedDict, UserDict, defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn, optim
from tinygrad_lite.compiler import arguments, guard_code

pytest.importorskip("numba")
from tinygrad_lite.compiler.backends import machine_guards, pieces, updates

from .test_numba_backend import PlainPython

# ------------------------------------------------------------------------------------------------- recognized arguments


def tensors() -> list[Any]:
    """Tensors and other things that differ in one respect each."""
    named, hooked = tl.ones(2, 3), tl.ones(2, 3, requires_grad=True)
    named.note = 1
    hooked.register_hook(lambda g: g)
    with tl.inference_mode():
        inference = tl.ones(2, 3)
    return [
        tl.ones(2, 3), tl.zeros(2, 3), tl.ones(3, 2), tl.ones(3, 2).T, tl.ones(6), tl.ones(2, 3).double(), tl.ones(2, 6)[:, ::2],
        tl.ones(2, 3, requires_grad=True), tl.ones(2, 3, requires_grad=True) * 1, nn.Parameter(tl.ones(2, 3)), named, hooked,
        inference, tl.from_numpy(np.ones((3, 2), np.float32).T), 1, 1.0, True, 0, None, "1", b"1", 2, (1,), [1], np.float32(1),
    ]  # fmt: skip


def key(args: Any) -> Any:
    given: list[Any] = []
    found = [arguments.key_of(x, given, []) for x in args]
    return found + [arguments.repetitions(given)]


def test_what_is_recognized_has_the_same_key() -> None:
    every = tensors()
    shared = tl.ones(2, 3)
    calls = [(x,) for x in every] + [*itertools.product(every[:4], [*every[:4], 1])]
    calls += [(), (shared, shared), (shared, shared[:]), (shared[:], tl.ones(2, 3))]
    for args in calls:
        recognize = arguments.recognizer(args)
        for other in calls:
            if len(other) == len(args):
                found = recognize(*other)
                assert found is None or key(other) == key(args), (args, other)
                assert found is None or all(x is y for x, y in zip(found, filter(tl.is_tensor, other), strict=True))
    assert arguments.recognizer((every[0], 3, None))(every[1], 3, None) == (every[1],)  # plain ones are


# ------------------------------------------------------------------------------------------------ guards in machine code


class Thing:
    pass


class Other:
    pass


def thing() -> Thing:
    x = Thing()
    x.__dict__.update(a=1.5, b={}, c=[])
    return x


def attributes(x: Any) -> list[guard_code.Guard]:
    values = vars(x)
    return [
        guard_code.keys(values, "", ""), guard_code.item(values, "a", ""), guard_code.empty_item(values, "b", ""),
        guard_code.item(values, "absent", ""), guard_code.kind_of(x, "", ""), guard_code.own_dict(x, "", ""),
    ]  # fmt: skip


Changes = dict[str, Callable[[Any], Any]]

PLACES: list[tuple[Callable[[], Any], Callable[[Any], list[guard_code.Guard]], Changes]] = [
    (
        thing,
        attributes,
        {
            "nothing": lambda x: None,
            "another value": lambda x: setattr(x, "a", 2.5),
            "an equal value": lambda x: setattr(x, "a", float("1.5")),
            "a new name": lambda x: setattr(x, "d", 0),
            "a name less": lambda x: delattr(x, "c"),
            "another name": lambda x: (delattr(x, "c"), setattr(x, "d", 0)),
            "another order": lambda x: (delattr(x, "a"), setattr(x, "a", 1.5)),
            "an absent name": lambda x: setattr(x, "absent", None),
            "no longer empty": lambda x: x.b.update(k=1),
            "another empty dict": lambda x: setattr(x, "b", {}),
            "not a dict": lambda x: setattr(x, "b", 3),
            "another class": lambda x: setattr(x, "__class__", Other),
            "another dict of the same": lambda x: setattr(x, "__dict__", dict(vars(x))),
            "what is not compared": lambda x: setattr(x, "c", 7),
        },
    ),
    (
        lambda: type("Made", (), {"a": 1}),
        lambda x: [guard_code.item(vars(x), "a", ""), guard_code.counts([vars(x), vars(Thing)], "", "")],
        {"an attribute of a class": lambda x: setattr(x, "a", 2), "a new one": lambda x: setattr(x, "b", 2)},
    ),
    *(
        (
            lambda kind=kind: kind(a=1, b=Thing),  # type: ignore[misc]  # a lambda with a default
            lambda x: [guard_code.contents(x, "", "")],
            {
                "nothing": lambda x: None,
                "a value": lambda x: x.update(a=2),
                "a value that is equal": lambda x: x.update(a=True),
                "one more": lambda x: x.update(c=2),
                "another key": lambda x: (x.pop("b"), x.update(c=Thing)),
                "another order": lambda x: (x.pop("a"), x.update(a=1)),
                "none": lambda x: x.clear(),
            },
        )
        for kind in (dict, OrderedDict, lambda **items: defaultdict(dict, items), type("Own", (dict,), {}))
    ),
    (
        lambda: [1, Thing, "x"],
        lambda x: [guard_code.contents(x, "", "")],
        {
            "nothing": lambda x: None,
            "an item": lambda x: x.__setitem__(0, 2),
            "an item that is equal": lambda x: x.__setitem__(0, True),
            "one more": lambda x: x.append(1),
            "one less": lambda x: x.pop(),
            "the order": lambda x: x.reverse(),
        },
    ),
    (
        lambda: {"k": 1},
        lambda x: [guard_code.count(x, "", ""), guard_code.item(types.MappingProxyType(x), "k", "")],
        {"an item": lambda x: x.update(k=2), "one more": lambda x: x.update(j=2), "none": lambda x: x.clear()},
    ),
    (
        dict,
        lambda x: [guard_code.contents(x, "", ""), guard_code.keys(x, "", "")],
        {"nothing": lambda x: None, "one": lambda x: x.update(k=2)},
    ),
    (
        lambda: UserDict(a=1),
        lambda x: [guard_code.contents(x.data, "", ""), *[guard_code.contents({k: k for k in range(40)}, "", "")]],
        {"an item": lambda x: x.update(a=2)},
    ),
]


def test_machine_code_compares_what_the_text_of_guards_compares() -> None:
    for make, guards_of, changes in PLACES:
        for what, change in changes.items():
            thing = make()
            guards = guards_of(thing)
            assert any(guard.places for guard in guards) or isinstance(thing, OrderedDict)
            by_code, by_text = machine_guards.comparison(guards), guard_code.compiled(guards)
            assert by_code()
            assert by_text()
            change(thing)
            try:
                expected = by_text()
            except KeyError:
                expected = False
            slowly = all(guard_code.same(guard.get(), guard.value) for guard in guards)
            # What is as it was is found to be so, one by one, where the table does not say so.
            assert by_code() == expected or (not by_code() and slowly), what
            assert expected or not by_code(), what


def test_a_guard_compares_with_what_was_there_when_it_was_made() -> None:
    x = thing()
    guards = attributes(x)
    x.a = 2.5
    assert not machine_guards.comparison(guards)()


def test_comparing_keeps_the_number_of_references() -> None:
    x = thing()
    guards = [*attributes(x), guard_code.contents(x.c, "", ""), guard_code.item(vars(Thing), "absent", "")]
    holds = machine_guards.comparison(guards)
    held = [x, vars(x), x.b, x.c, x.a, Thing, vars(Thing)]
    before = [sys.getrefcount(each) for each in held]
    assert all(holds() for _ in range(1000))
    x.__dict__ = dict(vars(x))
    assert not any(holds() for _ in range(1000))
    x.__dict__ = held[1]
    assert [sys.getrefcount(each) for each in held] == before


class Unprotected(PlainPython):
    """Machine code writes whatever memory it is given."""

    def __call__(self, *args: Any) -> None:
        super().__call__(*map(self.writable, args))

    def writable(self, x: Any) -> Any:
        if type(x) is not np.ndarray or x.flags.writeable:
            return x
        return np.frombuffer((ctypes.c_byte * x.nbytes).from_address(x.ctypes.data), x.dtype).reshape(x.shape)


def own_statistics(x: Any, mean: Any, var: Any) -> Any:
    return nn.functional.batch_norm(x * 2, mean, var, training=True).relu().sum()


def test_memory_that_cannot_be_written_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "machine_code", Unprotected)
    layer = nn.BatchNorm1d(3)
    x, mean = tl.arange(12.0).reshape(4, 3), tl.zeros(3)
    by_layer = tl.compile(lambda x: layer(x * 2).relu().sum(), backend="numba", fullgraph=True)
    by_argument = tl.compile(own_statistics, backend="numba", fullgraph=True)
    for buffer in (layer.running_mean, layer.running_var, layer.num_batches_tracked, mean):
        call = functools.partial(by_argument, x, mean, tl.ones(3)) if buffer is mean else functools.partial(by_layer, x)
        for _ in range(3):
            call()
        before = buffer.data
        fixed = before.numpy().copy()
        fixed.setflags(write=False)
        buffer.data = tl.from_numpy(fixed)
        for _ in range(2):
            with pytest.raises((RuntimeError, ValueError), match=r"read-only|cannot be computed"):
                call()
            np.testing.assert_array_equal(fixed, before.numpy())
        buffer.data = before


# ----------------------------------------------------------------------------------------------- small calls, products


def kept(t: Any) -> tuple[Any, int]:
    """The elements of a Tensor as they are now, and its version."""
    return t._data.copy(), t._version


def words(compiled: bool) -> list[Any]:
    """Steps of a network with an embedding and a batch norm, some of them with an index or a label that is not there."""
    tl.manual_seed(0)
    model = nn.Sequential(nn.Embedding(5, 2), nn.Flatten(), nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 4))
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.5)

    def step(x: Any, y: Any) -> Any:
        loss = nn.functional.cross_entropy(model(x), y, ignore_index=-1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    take: Any = tl.compile(step, backend="numba", fullgraph=True) if compiled else step
    x, y = tl.tensor([[0, 1], [4, 4], [2, 3]]), tl.tensor([0, 3, 2])
    seen, versions = list[Any](), [p._version for p in model.parameters()]
    for change in (None, None, (x, 5), None, (y, 4), (y, -1), (x, -1), (y, -2), None):
        values = x.clone(), y.clone()
        if change is not None:
            values[change[0] is y].view(-1)[1] = change[1]
        try:
            seen.append(take(*values).item())
        except IndexError as error:
            seen.append(str(error))
        # Where a label is wrong, the layer has seen the batch already.
        seen += [x for name in ("running_mean", "running_var") for x in kept(getattr(model[3], name))]
        count = model[3].num_batches_tracked
        seen += [count.item(), count._version, *[p.grad._data for p in model.parameters() if p.grad is not None]]
    writes = [p._version - before for p, before in zip(model.parameters(), versions, strict=True)]
    assert {*writes} == {sum(type(x) is float for x in seen)}  # one for each step
    return [*seen, *[p._data for p in model.parameters()]]


def test_indices_and_labels_are_checked_and_batches_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (pieces, updates):
        monkeypatch.setattr(module, "machine_code", PlainPython)
    found, expected = words(True), words(False)
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        if isinstance(b, (str, int)):
            assert a == b
        else:
            np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


def test_a_small_product_with_a_transposed_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "machine_code", PlainPython)
    rng = np.random.default_rng(0)
    x, w, b = (tl.tensor(rng.standard_normal(shape), dtype=tl.float32) for shape in ((3, 5), (64, 5), (64,)))
    compiled = tl.compile(lambda x: nn.functional.linear(x * 2, w, b).relu(), backend="numba", fullgraph=True)
    for _ in range(2):
        np.testing.assert_allclose(
            compiled(x)._data, nn.functional.linear(x * 2, w, b).relu()._data, rtol=1e-5, atol=1e-6
        )
    assert "turned_rows(" in compiled.source
