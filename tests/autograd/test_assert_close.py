"""`assert_close` says what PyTorch's says, and `make_tensor` draws its numbers."""

from __future__ import annotations

import importlib
import math
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite.testing import assert_allclose, assert_close, make_tensor

CALLS = """
assert_close(t([1.,2.]),t([1.,3.]))
assert_close(t([1.,2.]),t([1.,2.+1e-6]))
assert_close(t([1.,2.]),t([1.,2.,3.]))
assert_close(t([1.,2.]),t([1.,2.],dtype=T.float64))
assert_close(t([1,2]),t([1,3]))
assert_close(t([1,2],dtype=T.uint8),t([2,1],dtype=T.uint8))
assert_close(1.0,2.0)
assert_close(1,2)
assert_close(True,False)
assert_close(None,None)
assert_close(None,1)
assert_close("a","b")
assert_close([1.,2.],[1.,3.])
assert_close([1.,2.],[1.])
assert_close({"a":t([1.])},{"b":t([1.])})
assert_close({"a":t([1.])},{"a":t([2.])})
assert_close(t([nan]),t([nan]))
assert_close(t([nan]),t([nan]),equal_nan=True)
assert_close(t([1.]),t([2.]),rtol=0.1)
assert_close(t([1.]),t([2.]),rtol=0.1,atol=0.1)
assert_close(t([1.]),t([2.]),msg="hello")
assert_close(t([1.]),t([2.]),msg=lambda m: "pre "+m)
assert_close(t(1.),t(2.))
assert_close(t(nan),t(nan),equal_nan=True)
assert_close(inf,1.0)
assert_close(t([inf,1.]),t([inf,2.]))
assert_close(t([True]),t([False]))
assert_close(t([1.,2.]).expand(2,2).t(),t([[1.,1.],[2.,2.]]),check_stride=True)
assert_close(t([]),t([]))
assert_close(t([0.]),t([1e-6]))
assert_close([[t([1.])]],[[t([2.])]])
assert_close(t([1,2],dtype=T.int32),t([1,2]),check_dtype=False)
assert_close(t([1.]),t([0.]))
assert_close(t([[1.,2],[3,4]]),t([[1.,2.5],[3,5]]))
""".strip().split("\n")


def outcome(T: Any, line: str) -> Any:
    module = importlib.import_module(f"{T.__name__}.testing")
    try:
        eval(line, {"T": T, "t": T.tensor, "assert_close": module.assert_close, "nan": math.nan, "inf": math.inf})
    except Exception as error:
        return type(error).__name__, str(error)
    return None


def test_the_messages_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    for line in CALLS:
        assert outcome(tl, line) == outcome(torch, line), line


def test_the_numbers_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    theirs = importlib.import_module("torch.testing")
    for shape, dtype, options in [
        ((2, 2), "float32", {}),
        ((3,), "int64", {}),
        ((3,), "bool", {}),
        ((4,), "float64", {"low": 0, "high": 1}),
        ((2, 3), "float32", {"noncontiguous": True}),
        ((9,), "int32", {"exclude_zero": True, "low": -1, "high": 2}),
    ]:
        torch.manual_seed(0)
        tl.manual_seed(0)
        expected = theirs.make_tensor(shape, dtype=getattr(torch, dtype), device="cpu", **options)
        found = make_tensor(shape, dtype=getattr(tl, dtype), **options)
        assert found.tolist() == expected.tolist(), (shape, dtype, options)
        assert found.stride() == expected.stride(), (shape, dtype, options)


def test_what_is_close_and_what_is_not() -> None:
    assert_close(tl.tensor([1.0, 2.0]), tl.tensor([1.0, 2.0 + 1e-6]))
    with pytest.raises(AssertionError, match=r"Mismatched elements: 1 / 2 \(50.0%\)"):
        assert_close(tl.tensor([1.0, 2.0]), tl.tensor([1.0, 2.1]))
    with pytest.raises(AssertionError, match="attribute 'dtype' do not match"):
        assert_close(tl.tensor([1.0]), tl.tensor([1]))
    with pytest.raises(AssertionError, match=r"item \['b'\]\[1\]"):
        assert_close({"a": 1, "b": [1.0, 2.0]}, {"a": 1, "b": [1.0, 3.0]})
    assert_allclose(tl.tensor([1.0]), tl.tensor([1.0], dtype=tl.float64))
