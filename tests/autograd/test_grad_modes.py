"""Grad modes, per thread and through exceptions and generators; what detaches, and what copies keep."""

from __future__ import annotations

import copy
import pickle
import threading

import pytest

import tinygrad_lite as tl

from ..support.both_libraries import leaf, returns

# ------------------------------------------------------------------------------------------------ grad modes


@returns(True, False, True, False, True, False, True)
def test_modes_nest(T):
    seen = [T.is_grad_enabled()]
    with T.no_grad():
        seen.append(T.is_grad_enabled())
        with T.enable_grad():
            seen.append(T.is_grad_enabled())
            with T.set_grad_enabled(False):
                seen.append(T.is_grad_enabled())
            seen.append(T.is_grad_enabled())
        seen.append(T.is_grad_enabled())
    return [*seen, T.is_grad_enabled()]


@returns(False, False, True, True, False, True)
def test_modes_decorate(T):
    mode = T.is_grad_enabled
    found = [T.no_grad()(mode)(), T.no_grad(mode)()]
    with T.no_grad():
        found += [T.enable_grad()(mode)(), T.enable_grad(mode)()]
    return [*found, T.set_grad_enabled(False)(mode)(), mode()]


@returns(False, True)
def test_set_grad_enabled_is_a_function(T):
    T.set_grad_enabled(False)
    off = T.is_grad_enabled()
    T.set_grad_enabled(True)
    return [off, T.is_grad_enabled()]


@pytest.mark.parametrize("mode", [None, "off", [], len])
def test_set_grad_enabled_takes_a_bool(mode):
    with pytest.raises(TypeError, match=r"argument 'enabled' \(position 1\) must be bool, not"):
        tl.set_grad_enabled(mode)
    assert tl.is_grad_enabled()


@returns(False, True, [5, False], ["caught", False], "end", True)
def test_modes_of_generators(T):
    @T.no_grad()
    def numbers():
        sent = yield T.is_grad_enabled()
        try:
            yield [sent, T.is_grad_enabled()]
        except ValueError:
            yield ["caught", T.is_grad_enabled()]
        return "end"

    g = numbers()
    seen = [next(g), T.is_grad_enabled(), g.send(5), g.throw(ValueError())]
    try:
        next(g)
    except StopIteration as stop:
        seen.append(stop.value)
    return [*seen, T.is_grad_enabled()]


@returns(True, True, True)
def test_modes_end_with_an_exception(T):
    def fail():
        raise ValueError

    seen = []
    for attempt in (T.no_grad()(fail), T.inference_mode()(fail), T.set_grad_enabled(False)(fail)):
        try:
            attempt()
        except ValueError:
            seen.append(T.is_grad_enabled() and not T.is_inference_mode_enabled())
    return seen


@returns(True, False, False, True)
def test_inference_mode(T):
    x = leaf(T, 1.0)
    with T.inference_mode():
        inside = [T.is_inference_mode_enabled(), T.is_grad_enabled(), (x * 2).requires_grad]
        with T.inference_mode(False):
            return [*inside, (x * 2).requires_grad]


@returns(False, True, False, True)
def test_modes_are_per_thread(T):
    there = []

    def other():
        there.append(T.is_grad_enabled())
        T.set_grad_enabled(False)
        there.append(T.is_grad_enabled())

    with T.no_grad():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        here = T.is_grad_enabled()
    return [here, *there, T.is_grad_enabled()]


# ------------------------------------------------------------------------------- detach, requires_grad, copies


@returns([False, True], True, [9.0], [None, False])
def test_detach(T):
    y = leaf(T, 2.0) * 1
    d = y.detach()
    d.fill_(9)
    z = (y * 2).detach_()
    return [[d.requires_grad, y.requires_grad], d.data_ptr() == y.data_ptr(), y.tolist(), [z.grad_fn, z.requires_grad]]


@returns([True, False], [False, True], [2.0])
def test_requires_grad(T):
    x = T.ones(1).requires_grad_()
    v = x[:]
    before, x.requires_grad = x.requires_grad, False
    after = x.requires_grad
    x.requires_grad_(True)
    (x * 2).backward()
    return [[before, after], [v.is_leaf, x.is_leaf], x.grad.tolist()]


@returns([True, True, False], [1.0], ["a note"], True)
def test_deepcopy(T):
    x = leaf(T, 1.0)
    x.backward()
    x.notes = ["a note"]
    both = copy.deepcopy([x, x])
    y = both[0]
    own = y.data_ptr() != x.data_ptr() and y.grad.data_ptr() != x.grad.data_ptr() and y.notes is not x.notes
    flags = [y.requires_grad, y is both[1], copy.deepcopy(x.detach()).requires_grad]
    return [flags, y.grad.tolist(), y.notes, own]


@returns([True, True, [1.0]], [True, True, [2.0]], [False, True, [3.0]])
def test_pickled(T):
    x = leaf(T, 1.0)
    results = [pickle.loads(pickle.dumps(t)) for t in (x, x * 2, x.detach() * 3)]
    return [[t.requires_grad, t.is_leaf, t.tolist()] for t in results]
