"""The numba backend: every operation, layer and loss as machine code, held against the plain function.

    python -m tests.compiler.test_numba_backend [part of a name …]    all rows of the parity tables (minutes)

The suite takes a sample, which it prints. Each call is traced with some values and replayed with others, as in
`test_operations.py`, and must have the same results, gradients, effects, random numbers and errors, within rounding.
"""

from __future__ import annotations

import itertools
import sys
import time
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from .test_operations import Case, others, outcome, results, tables

pytest.importorskip("numba", reason="the numba backend needs the extra [numba]")

from tinygrad_lite.compiler.backends import numba_backend, symbols


@pytest.fixture(autouse=True)
def _everything(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Single operations become machine code too, and in a folder of their own."""
    take_everything(monkeypatch.setattr)


def take_everything(setattr: Any) -> None:
    setattr(numba_backend, "LEAST", 1)
    setattr(symbols, "MANY", 10**9)


def near(found: Any, expected: Any) -> bool:
    """Whether two outcomes are the same within rounding; NaN, infinities and the signs of zeros must agree."""
    if isinstance(expected, (list, tuple)) and not _is_array(expected):
        return isinstance(found, (list, tuple)) and len(found) == len(expected) and all(map(near, found, expected))
    if not _is_array(expected):
        return bool(found == expected)
    if not _is_array(found) or found[:2] != expected[:2]:
        return False
    a, b = (np.frombuffer(x[-1], x[-3]).reshape(x[-2]) for x in (found, expected))
    if b.dtype.kind != "f":
        return np.array_equal(a, b)
    eps = float(np.finfo(b.dtype).eps)
    with np.errstate(all="ignore"):
        scale = float(np.max(np.abs(b), initial=0, where=np.isfinite(b)))
        return np.allclose(a, b, rtol=64 * eps, atol=16 * eps * scale, equal_nan=True)


def _is_array(x: Any) -> bool:
    return isinstance(x, tuple) and len(x) in (3, 4) and isinstance(x[-1], bytes) and isinstance(x[-3], np.dtype)


def follow(case: Case, double: bool = False) -> tuple[str, int]:
    """Compile the case and hold every replay against the plain function: what differs, and the number of pieces."""
    arrays = [x.astype(np.float64) if double and x.dtype.kind == "f" else x for x in case.arrays]

    def function(*tensors: Any) -> Any:
        return results(case.call(*tensors))

    compiled = tl.compile(function, backend="numba")
    for values in [arrays, *itertools.islice(others(arrays), 8)]:
        expected, found = (outcome(each, case, values, False) for each in (function, compiled))
        if not near(found, expected):
            return (
                f"{case.label}, with {values}:\n{readable(found)}\nwhere plainly\n{readable(expected)}\n{compiled.source}",
                0,
            )
        if type(expected[0]) is type and not compiled._calls:
            return "", 0
    return "", compiled.source.count("def fused_")


def readable(x: Any) -> Any:
    if _is_array(x):
        return np.frombuffer(x[-1], x[-3]).reshape(x[-2])
    return [readable(item) for item in x] if isinstance(x, (list, tuple)) else x


def run(chosen: Any, double: bool = False) -> tuple[int, int, list[str]]:
    """The number of cases, of those with machine code, and what differs."""
    count = taken = 0
    wrong = []
    for _, make in chosen:
        for case in make():
            difference, pieces = follow(case, double)
            count += 1
            taken += pieces > 0
            if difference:
                wrong.append(difference)
    return count, taken, wrong


if __name__ == "__main__":
    take_everything(setattr)
    began = time.perf_counter()
    words = sys.argv[1:]
    chosen = [(n, make) for n, make in tables() if not words or any(w == n for w in words)]
    import warnings

    warnings.simplefilter("ignore")
    count = taken = bad = 0
    for each in chosen:
        try:
            c, t, wrong = run([each])
        except Exception as error:
            c, t, wrong = 1, 0, [f"{each[0]}: {type(error).__name__} {error}"]
        count, taken, bad = count + c, taken + t, bad + len(wrong)
        for w in wrong[:1]:
            print("WRONG", each[0], len(wrong), w[:3000], flush=True)
        print(each[0], c, t, flush=True)
    print(f"{count} cases, {taken} with machine code, {bad} wrong, {time.perf_counter() - began:.0f} s")
