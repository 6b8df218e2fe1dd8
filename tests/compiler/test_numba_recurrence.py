"""Recurrent layers as machine code: whole sequences, forward and backward, held against the kernels of NumPy."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.compiler.backends import pieces

pytest.importorskip("numba", reason="the numba backend needs the extra [numba]")

from .test_numba_backend import PlainPython, _a_folder_of_its_own  # noqa: F401  # a fixture; it is skipped, too

LAYERS: dict[str, Callable[..., nn.Module]] = {
    "LSTM": nn.LSTM,
    "GRU": nn.GRU,
    "RNN": nn.RNN,
    "RNN with relu": lambda *sizes, **options: nn.RNN(*sizes, nonlinearity="relu", **options),
}


def gradients(function: Callable[..., Any], leaves: list[Any], call: Any) -> list[Any]:
    """The results of a call and the gradients of its leaves."""
    for t in leaves:
        t.grad = None
    results = function(*call)
    sum((r * (i + 1)).sum() for i, r in enumerate(results)).backward()
    return [*[r._data for r in results], *[t.grad._data for t in leaves]]


def compared(name: str, options: dict[str, Any], steps: int, leaf: bool) -> str:
    """Hold a layer against the plain one for two inputs, the second of which has NaN, infinity and large numbers."""
    dtype = np.float64 if options.get("dtype") is tl.float64 else np.float32
    tl.manual_seed(0)
    layer = LAYERS[name](3, 4, **options)
    rng = np.random.default_rng(0)
    states = (layer.num_layers * (1 + layer.bidirectional), 2, 4)
    kinds = 2 if name == "LSTM" else 1
    shapes = [(steps, 2, 3), *[states] * kinds]

    def function(x: Any, *h: Any) -> Any:
        out, last = layer(x, h if kinds == 2 else h[0])
        return (out, *last) if kinds == 2 else (out, last)

    compiled = tl.compile(function, backend="numba", fullgraph=True)
    for special in (False, False, True):
        arrays = [rng.standard_normal(shape).astype(dtype) for shape in shapes]
        if special:
            arrays[0][0, 0], arrays[0][-1, 1] = [np.nan, 1, -0.0], [np.inf, -200, 200]
        call = [tl.tensor(x, requires_grad=leaf) for x in arrays]
        leaves = [*layer.parameters(), *(call if leaf else [])]
        with np.errstate(all="ignore"):
            found, expected = (gradients(f, leaves, call) for f in (compiled, function))
        for a, b in zip(found, expected, strict=True):
            eps = np.finfo(dtype).eps
            np.testing.assert_allclose(
                a, b, rtol=64 * eps, atol=16 * eps * max(np.abs(b[np.isfinite(b)]).max(initial=1), 1)
            )
    return str(compiled.explain())


def test_sequences_in_plain_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kernel, with and without what may be left out."""
    monkeypatch.setattr(pieces, "machine_code", PlainPython)
    variants: list[dict[str, Any]] = [
        {},
        {"bias": False, "dtype": tl.float64},
        {"bidirectional": True, "num_layers": 2, "batch_first": False},
    ]
    for name, (i, options) in itertools.product(LAYERS, enumerate(variants)):
        text = compared(name, options, (3, 2, 1)[i], leaf=i != 2)
        left = text.split("NumPy:")[1].splitlines()[0]
        assert not any(kernel in left for kernel in ("lstm", "gru", "rnn")), text


def test_a_sequence_as_machine_code() -> None:
    assert "fused_" in compared("LSTM", {}, 3, leaf=True)


def test_an_empty_batch_is_left_to_numpy() -> None:
    layer = nn.GRU(3, 4)
    compiled = tl.compile(lambda x: layer(x)[0], backend="numba")
    assert compiled(tl.zeros(2, 0, 3)).shape == compiled(tl.zeros(2, 0, 3)).shape == (2, 0, 4)
