"""Threads, and backward passes inside each other."""

from __future__ import annotations

import contextvars
import sys
import threading
import weakref

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.core import versions
from tinygrad_lite.core.nesting import LIMIT
from tinygrad_lite.core.tensor import accumulate_grad

from ..support.both_libraries import leaf, on_both


def in_threads(count, work):
    """Run a function of the thread's number in several threads at once, and return what it returned or raised."""
    found, start = [None] * count, threading.Barrier(count)

    def run(i):
        start.wait()
        try:
            found[i] = work(i)
        except Exception as error:
            found[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.fixture
def impatient():
    """Let threads take turns as often as Python can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@on_both
@pytest.mark.parametrize("size", [1, 20_000])
def test_no_gradient_is_lost(library, size):
    T = pytest.importorskip(library)
    x = T.zeros(size, requires_grad=True)

    def work(i):
        for _ in range(50):
            (x * 1).sum().backward()

    assert in_threads(8, work) == [None] * 8
    assert x.grad.min().item() == x.grad.max().item() == 400.0


@on_both
def test_the_mode_is_each_threads_own(library):
    T = pytest.importorskip(library)
    with T.no_grad():
        assert in_threads(1, lambda i: (T.is_grad_enabled(), T.is_inference_mode_enabled())) == [(True, False)]
    with T.inference_mode():
        assert in_threads(1, lambda i: (T.is_grad_enabled(), T.ones(1).is_inference())) == [(True, False)]

    def work(i):
        with T.set_grad_enabled(i % 2 == 0):
            return [(leaf(T, 1.0) * 2).requires_grad for _ in range(100)]

    assert in_threads(4, work) == [[i % 2 == 0] * 100 for i in range(4)]


def test_a_context_that_is_carried_to_other_threads():
    """As `asyncio.to_thread` does: these threads have modes of their own, also if it is taken during a backward pass."""
    x, contexts = leaf(tl, 1.0, 2.0), []
    x.register_hook(lambda g: contexts.extend(contextvars.copy_context() for _ in range(4)))
    x.sum().backward()

    def work(i):
        y = leaf(tl, float(i))
        for _ in range(200):
            y = (y * 1).tanh()
        return y.requires_grad, tl.is_grad_enabled()

    assert in_threads(4, lambda i: contexts[i].run(work, i)) == [(True, True)] * 4


def test_one_graph_in_two_threads():
    """Each of them goes through the whole graph, or is told that the other has freed it."""
    for _ in range(30):
        x = leaf(tl, 1.0, 2.0)
        y = x
        for _ in range(20):
            y = y * y.exp().sin()
        loss = y.sum()
        found = in_threads(2, lambda i, loss=loss: loss.backward())
        assert all(e is None or "backward through the graph a second time" in str(e) for e in found), found
        assert None in found or x.grad is None
    loss = (x * x).sum()
    x.grad = None
    assert in_threads(4, lambda i: loss.backward(retain_graph=True)) == [None] * 4
    assert x.grad.tolist() == [8.0, 16.0]


def test_a_hook_that_raises_in_one_thread_leaves_the_others_alone():
    def work(i):
        x = leaf(tl, float(i))
        if i % 2:
            x.register_hook(lambda g: 1 / 0)
        try:
            for _ in range(20):
                (x * x).sum().backward()
        finally:
            assert tl.is_grad_enabled()
        return x.grad.tolist()

    found = in_threads(4, work)
    assert [found[0], found[2]] == [[0.0], [80.0]]
    assert all(isinstance(found[i], ZeroDivisionError) for i in (1, 3))


def test_a_graph_is_freed_in_another_thread():
    x = leaf(tl, 1.0)
    graphs = [x * 2 for _ in range(4)]
    for _ in range(20_000):
        graphs = [y * 1 for y in graphs]
    alive = [weakref.ref(y.grad_fn) for y in graphs]
    in_threads(4, lambda i: graphs.__setitem__(i, None))
    assert [ref() for ref in alive] == [None] * 4


def test_gradients_are_added_one_after_the_other(impatient):
    """The first one, which is kept, and later ones, which are added without Python's lock."""
    x, g = tl.zeros(200_000, requires_grad=True), np.ones(200_000, np.float32)
    for _ in range(5):
        x.grad = None
        in_threads(8, lambda i: [accumulate_grad([x], [g.copy()]) for _ in range(20)])
        assert x.grad.min().item() == x.grad.max().item() == 160.0


def test_the_latest_write_has_the_highest_number(impatient):
    """Whichever thread made it: a derivative relies on that when it does not look further."""
    arrays = [np.zeros(3) for _ in range(4)]

    def work(i):
        overwritten = 0
        for _ in range(5000):
            versions.wrote(arrays[i])
            overwritten += versions.latest_write < versions._writes[id(arrays[i])].number
        return overwritten

    assert in_threads(4, work) == [0] * 4
    assert [versions.version(a) for a in arrays] == [5000] * 4


def test_a_turn_is_free_however_it_ends():
    def fails():
        raise RuntimeError("cannot enter context")

    with pytest.raises(RuntimeError, match="cannot enter context"):
        versions.in_turn(fails)
    assert versions.in_turn(lambda: versions.in_turn(lambda: 3)) == 3
    assert in_threads(2, lambda i: versions.in_turn(lambda: i)) == [0, 1]


# ------------------------------------------------------------------------------- backward passes inside each other


def deep(T):
    """A Function whose backward calls backward() on another application of it, until n is 0."""

    class Deep(T.autograd.Function):
        reached, modes = [], set()

        @staticmethod
        def forward(ctx, x, n):
            ctx.n = n
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            Deep.modes.add(T.is_grad_enabled())
            if ctx.n == 0:
                Deep.reached.append(g.item())
            with T.enable_grad():
                if ctx.n:
                    x = leaf(T, 1.0)
                    Deep.apply(x, ctx.n - 1).backward()
                    assert x.grad.item() == 1.0
            return g, None

    return Deep


@on_both
@pytest.mark.parametrize("levels", [3, 100, 600])
def test_backward_inside_backward(library, levels):
    T = pytest.importorskip(library)
    function, x = deep(T), leaf(T, 1.0)
    function.apply(x, levels).backward()
    assert (function.reached, function.modes, x.grad.tolist()) == ([1.0], {False}, [1.0])
    assert T.is_grad_enabled()


def test_an_error_comes_out_of_any_depth():
    def nested(levels):
        x = leaf(tl, 1.0)

        def hook(g):
            if not levels:
                raise KeyError("at the bottom")
            with tl.enable_grad():
                nested(levels - 1)

        x.register_hook(hook)
        (x * x).backward()

    for levels in (0, 19, 20, 21, 70):
        with pytest.raises(KeyError, match="at the bottom"):
            nested(levels)
    assert tl.is_grad_enabled()


def test_without_end():
    def endless(g):
        with tl.enable_grad():
            x = leaf(tl, 1.0)
            x.register_hook(endless)
            (x * x).backward()

    with pytest.raises(RuntimeError, match=rf"backward\(\) was called inside backward\(\) {LIMIT} times over"):
        endless(None)


def test_deep_passes_record_as_they_should():
    """In another thread too, `create_graph` records, the modes hold, and NumPy gives no warnings."""
    seen = []

    def nested(levels):
        x = leaf(tl, 0.0)

        def hook(g):
            seen.append((levels, tl.is_grad_enabled(), tl.is_inference_mode_enabled()))
            if levels:
                with tl.enable_grad():
                    nested(levels - 1)

        x.register_hook(hook)
        tl.autograd.grad(1 / x, x, create_graph=levels % 2 == 0)

    with np.errstate(all="raise"):
        nested(50)
    assert seen == [(n, n % 2 == 0, False) for n in range(50, -1, -1)]
