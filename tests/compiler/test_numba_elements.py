"""The functions of one element that machine code has, against NumPy's in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinygrad_lite.compiler.backends import elements
from tinygrad_lite.compiler.backends.machine_code import machine_code

pytest.importorskip("numba", reason="the numba backend needs the extra [numba]")

from .test_numba_backend import _a_folder_of_its_own  # noqa: F401  # a fixture; it is skipped, too

FUNCTIONS: dict[str, Any] = {"exp32": np.exp, "tanh32": np.tanh, "log32": np.log, "log1p32": np.log1p}
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, -np.nan, -1.0, 1.0, 1e-45, -1e-45, 1.2e-38, 88.72284, 88.73, -103.9, -103.98,
           -87.4, 3.4e38, -3.4e38, 0.625, 0.62500006, 10.0, 5.9e-8, 2.0**24, -0.99999994, np.sqrt(0.5), np.sqrt(2.0)]  # fmt: skip


def check(name: str, found: Any, x: Any) -> None:
    """Hold values against the true ones: 1.4 units in the last place; NaN, infinities and the signs of zeros agree."""
    with np.errstate(all="ignore"):
        true = FUNCTIONS[name](x.astype(np.float64))
        rounded = true.astype(np.float32)
        finite = np.isfinite(rounded) & np.isfinite(found)
        units = np.abs(found.astype(np.float64) - true)[finite] / np.spacing(np.abs(rounded[finite]))
    assert units.max() < 1.4, (name, x[finite][units.argmax()])
    for what in (np.isnan, np.isinf):
        np.testing.assert_array_equal(what(found), what(rounded), name)
    signs = np.signbit(found) == np.signbit(rounded)
    assert np.all(signs | np.isnan(rounded)), (name, x[~signs])


def test_functions_of_float32() -> None:
    """All of them in machine code for numbers of every size, and in plain Python for some."""
    bits = np.random.default_rng(0).integers(0, 1 << 32, 100_000, np.uint64).astype(np.uint32)
    near = np.random.default_rng(1).normal(0, 3, 100_000)
    parts = [np.array(SPECIAL).astype(np.float32), bits.view(np.float32), near.astype(np.float32)]
    x = np.concatenate([*parts, parts[-1] * np.float32(1e-3)])
    lines = ["    x = memory(objects, 0, np.float32)", f"    for i in range({x.size}):"]
    for k, name in enumerate(FUNCTIONS):
        lines.insert(1, f"    out{k} = memory(objects, {k + 1}, np.float32)")
        lines.append(f"        put(out{k}, i, {name}(at(x, i)))")
    results = [np.empty_like(x) for _ in FUNCTIONS]
    machine_code("\n".join(["def kernel(objects):", *lines]) + "\n", {})(x, *results)
    some = x[:300]
    for name, found in zip(FUNCTIONS, results, strict=True):
        check(name, found, x)
        with np.errstate(all="ignore"):
            plain = np.array([getattr(elements, name)(each) for each in some])
        assert plain.dtype == np.float32
        check(name, plain, some)
