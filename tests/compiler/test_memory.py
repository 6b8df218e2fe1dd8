"""What a compiled function keeps alive, and for how long."""

from __future__ import annotations

import functools
import gc
import tracemalloc
import weakref
from typing import Any

import numpy as np

import tinygrad_lite as tl

from ..support.compiled_scenarios import (
    Training,
    batches,
    randn,
)


class TestMemory:
    def test_the_first_call_leaves_nothing_behind(self) -> None:
        w = randn(3, 3, grad=True)
        refs: list[Any] = []
        gc.collect()
        gc.disable()
        try:

            @functools.partial(tl.compile, fullgraph=True)
            def f(x: tl.Tensor) -> Any:
                h = (x @ w).tanh()
                return h.exp(), h.sum()

            x = randn(3, 3, grad=True)
            y, z = f(x)
            hidden = y._node.parents[0].saved[0]
            refs += [weakref.ref(a) for a in (x, x._data, y, y._data, z._data, hidden, y._node)]
            del hidden
            z.backward()
            del x, y, z
            assert [r() for r in refs] == [None] * len(refs)
        finally:
            gc.enable()

    def test_a_replayed_forward_is_freed_by_its_backward(self) -> None:
        w = randn(100, 100, grad=True)
        f = tl.compile(lambda x: (x @ w).tanh().exp().sum(), fullgraph=True)
        f(randn(100, 100)).backward()
        y = f(randn(100, 100, seed=1))
        held = [weakref.ref(x) for x in y._node.saved if isinstance(x, np.ndarray) and x is not w._data]
        assert held
        gc.disable()
        try:
            y.backward()
            assert [r() for r in held] == [None] * len(held)
        finally:
            gc.enable()

    def test_a_graph_that_is_dropped_is_freed_at_once(self) -> None:
        w = randn(3, grad=True)
        f = tl.compile(lambda x: ((x * w).exp(), (x * w).sin()), fullgraph=True)
        f(randn(3))
        gc.collect()
        gc.disable()
        try:
            y = f(randn(3))
            refs = [weakref.ref(y[0]), weakref.ref(y[0]._data), weakref.ref(y[0]._node.parents[0])]
            del y
            assert [r() for r in refs] == [None] * 3
        finally:
            gc.enable()

    def test_all_is_freed_with_the_function(self) -> None:
        def live() -> list[Any]:
            training = Training(functools.partial(tl.compile, fullgraph=True))
            training.train()
            model, opt = training.model, training.opt
            call = tl.compile(model, fullgraph=True)
            for x, _ in batches():
                call(x).sum().backward()
            things = training, training.step, call, model, opt, model[0].weight, model[0].weight._data
            return [weakref.ref(thing) for thing in things]

        refs = live()
        gc.collect()
        assert [r() for r in refs] == [None] * len(refs)

    def test_a_thousand_calls_need_no_more_memory(self) -> None:
        training = Training(functools.partial(tl.compile, fullgraph=True))
        w = randn(4, 4, grad=True)
        f = tl.compile(lambda x: (x @ w).exp().sum(), fullgraph=True)
        (x, y), *_ = batches(1)

        def calls(count: int) -> None:
            for _ in range(count):
                training.step(x, y)
                f(x).backward()

        calls(50)
        gc.collect()
        tracemalloc.start()
        try:
            calls(20)
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            calls(1000)
            gc.collect()
            assert tracemalloc.get_traced_memory()[0] - before < 2000
        finally:
            tracemalloc.stop()
