"""What the numba backend reads of the table: slices, joined arrays, blocks of networks; and where a piece ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.compiler.backends import pieces

from .test_operations import Case

pytest.importorskip("numba", reason="the numba backend needs the extra [numba]")

from .test_numba_backend import PlainPython, follow, take_everything  # it is skipped, too

F = nn.functional

FUNCTIONS: list[tuple[Callable[..., Any], str]] = [
    (lambda x: [t * 2 for t in x.chunk(3, 1)], "4,6"),
    (lambda x: x[1] * 2 + x[0], "4,6"),
    (lambda x: x[:, 1:3] * 2 + x[..., 2:4], "4,6"),
    (lambda x: x[-1, 2:] * 2 + x[0, None, 1:5], "4,6"),
    (lambda x, y: tl.cat([x, y * 2], 1) * 3, "4,6 4,2"),
    (lambda x, y: tl.cat([x, y * 2, x], 0) * -0.0, "4,6 3,6"),
    (lambda x: tl.stack([x, x * 2], 1) + 1, "4,6"),
    (lambda x: x.permute(2, 0, 1)[1][:, 1:] * 2, "4,3,6"),
    (lambda x: x.reshape(4, 3, 2, 3).permute(2, 0, 3, 1)[0] * 2, "4,3,6"),
    (lambda x: (x[1:2, 3:4] * 2 + x).sum(1) + x[:, 2] * x[:, 3:4].sum(0), "4,6"),
    (lambda x, w: x[1] @ w[:, 1:], "2,4,6 6,4"),
    (lambda x: F.glu(x) * 2, "4,6"),
    (lambda x, w, b: F.layer_norm(x * 2, (6,), w, b) + 1, "4,3,6 6 6"),
    (lambda x: F.layer_norm(x * 2, (3, 6)) + 1, "4,3,6"),
    (lambda x: F.gelu(x * 2) + 1, "4,6"),
    (lambda x, w, b: F.batch_norm(x * 2, None, None, w, b, True) + 1, "4,3,2,2 3 3"),
    (lambda x: F.max_pool2d(x * 2, 2) + 1, "2,3,4,5"),
    (lambda x: F.max_pool2d(x * 2, (3, 2), (2, 1), 1, (1, 2)) + 1, "2,3,5,4"),
    (lambda x: F.max_pool1d(x * 2, 3, 1, 1) + 1, "2,3,5"),
    (lambda q, k, v: F.scaled_dot_product_attention(q * 2, k, v, is_causal=True) + 1, "2,3,4,2 2,3,4,2 2,3,4,3"),
    (lambda q, k, v, m: F.scaled_dot_product_attention(q * 2, k, v, m) + 1, "2,4,2 2,5,2 2,5,3 4,5"),
    (lambda x, y, z, u: tl.cat([x, y * 2, z, u], 1) * 2, "3,1 3,2 3,4 3,1"),
    (lambda x: tl.log1p(x.square()) * tl.log(x.square() + 1), "4,6"),
]


def test_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of these is machine code from end to end, in both directions."""
    take_everything(monkeypatch.setattr)
    monkeypatch.setattr(pieces, "machine_code", PlainPython)
    rng = np.random.default_rng(0)
    for function, shapes in FUNCTIONS:
        arrays = [
            rng.standard_normal([int(n) for n in shape.split(",")]).astype(np.float32) for shape in shapes.split()
        ]
        difference, _ = follow(Case("", function, arrays))
        assert not difference
        compiled = tl.compile(function, backend="numba", fullgraph=True)
        compiled(*[tl.tensor(x, requires_grad=True) for x in arrays])
        left = compiled.explain().partition("NumPy: ")[2].splitlines()[0]
        assert left in ("nothing", "getitem"), left  # parts of arguments that are in order are views, and cost nothing


def test_the_iterations_of_a_loop_are_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "machine_code", PlainPython)
    by_x, by_h = nn.Linear(3, 8), nn.Linear(4, 8)
    x = tl.tensor(np.random.default_rng(0).standard_normal((6, 5, 3)).astype(np.float32))

    def loss(x: Any) -> Any:
        h = tl.zeros(5, 4)
        for t in range(6):
            gate, new = (by_x(x[t]) + by_h(h)).chunk(2, 1)
            h = tl.sigmoid(gate) * h + tl.tanh(new)
        return h.square().sum()

    compiled = tl.compile(loss, backend="numba", fullgraph=True)
    for _ in range(3):
        found: list[Any] = []
        for function in (compiled, loss):
            by_x.zero_grad(), by_h.zero_grad()
            value = function(x)
            value.backward()
            found.append([value._data, *[p.grad._data for p in (*by_x.parameters(), *by_h.parameters())]])
        for a, b in zip(*found, strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)
    texts = [text.partition("(")[2] for text in compiled.source.split("def fused_")[1:]]
    assert len(texts) >= 11
    assert len({*texts}) <= 7  # the first and the last iterations are other ones


def test_a_view_that_is_read_after_another_write_stays_numpys(monkeypatch: pytest.MonkeyPatch) -> None:
    take_everything(monkeypatch.setattr)
    monkeypatch.setattr(pieces, "machine_code", PlainPython)

    def function(x: Any) -> Any:
        y = x * 2
        view = y[0]
        y += 1
        view *= 3
        return y * 1, view * 1

    compiled = tl.compile(function, backend="numba", fullgraph=True)
    for k in range(3):
        x = tl.ones(2, 3) * k
        for a, b in zip(compiled(x), function(x), strict=True):
            assert a.tolist() == b.tolist()


def test_rows_by_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Machine code takes and adds rows where the index has been checked in the same section; else NumPy does."""
    take_everything(monkeypatch.setattr)
    monkeypatch.setattr(pieces, "machine_code", PlainPython)
    table, padded = nn.Embedding(7, 4).double(), nn.Embedding(7, 4, padding_idx=2).double()

    def rows_but_padding(x: Any) -> Any:
        loss = (padded(x) * table(x)).square().sum()
        loss.backward()
        return loss

    def rows(x: Any) -> Any:
        loss = (table(x) * tl.arange(1.0, 5.0)).square().sum()
        loss.backward()
        return loss

    def rows_of_what_is_written(x: Any) -> Any:
        first = table(x) * 2
        x.add_(1)
        loss = (first * table(x)).sum()
        loss.backward()
        return loss

    def rows_without_a_check(x: Any) -> Any:
        loss = (table.weight[x] * 2).square().sum()
        loss.backward()
        return loss

    rng = np.random.default_rng(0)
    for function, dtype, ours in (
        (rows, tl.int64, True), (rows, tl.int32, False), (rows_of_what_is_written, tl.int64, True),
        (rows_without_a_check, tl.int64, False), (rows_but_padding, tl.int64, True),
    ):  # fmt: skip
        compiled = tl.compile(function, backend="numba", fullgraph=True)
        for _ in range(3):
            numbers = rng.integers(0, 6, (3, 5))
            found: list[Any] = []
            for f in (function, compiled):
                table.zero_grad()
                x = tl.tensor(numbers, dtype=dtype)
                found.append([f(x).item(), table.weight.grad.tolist(), x.tolist()])
            np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-12)
            np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-12)
            assert found[0][2] == found[1][2]
        assert ("getitem" in compiled.explain()) != ours
        before = table.weight.tolist(), table.weight.grad.tolist()
        for bad in (7, -8):
            with pytest.raises(IndexError, match=str(bad)):
                compiled(tl.full((3, 5), bad, dtype=dtype))
            assert (table.weight.tolist(), table.weight.grad.tolist()) == before
