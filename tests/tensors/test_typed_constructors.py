"""PyTorch's constructors by type: what they make of data and of sizes, and how they tell Tensors apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

DTYPES = {
    "BoolTensor": tl.bool, "ByteTensor": tl.uint8, "CharTensor": tl.int8, "DoubleTensor": tl.float64,
    "FloatTensor": tl.float32, "HalfTensor": tl.float16, "IntTensor": tl.int32, "LongTensor": tl.int64,
    "ShortTensor": tl.int16,
}  # fmt: skip


@pytest.mark.parametrize("name", DTYPES)
def test_the_dtype_of_each(name: str) -> None:
    kind: Any = getattr(tl, name)
    x = kind([0, 1])
    assert (x.dtype, x.tolist(), x.type()) == (DTYPES[name], [0, 1], f"torch.{name}")
    assert [other for other in DTYPES if isinstance(x, getattr(tl, other))] == [name]
    assert tl.tensor([0.0, 1.0]).type(kind).dtype == kind.dtype == DTYPES[name]
    assert repr(kind) == f"torch.{name}"


def test_data_and_sizes() -> None:
    assert tl.FloatTensor([[1], [2]]).tolist() == [[1.0], [2.0]]
    assert tl.FloatTensor((2, 3)).tolist() == [2.0, 3.0]  # a tuple is data
    assert tl.FloatTensor(range(3)).tolist() == [0.0, 1.0, 2.0]
    assert tl.FloatTensor(np.ones(2)).dtype == tl.float32
    assert tl.LongTensor([2**53 + 1]).item() == 2**53 + 1
    assert tl.IntTensor([1.7, -1.7]).tolist() == [1, -1]
    assert tl.FloatTensor([]).shape == tl.FloatTensor().shape == (0,)
    assert tl.FloatTensor(2, 3).shape == (2, 3)
    assert tl.FloatTensor(tl.Size([2, 0])).shape == (2, 0)
    assert tl.FloatTensor(4, 1).fill_(1.0).sum().item() == 4


def test_a_tensor_of_the_dtype_shares_its_memory() -> None:
    x = tl.ones(2, requires_grad=True)
    y = tl.FloatTensor(x)
    assert y.data_ptr() == x.data_ptr()
    assert not y.requires_grad


def test_refusals() -> None:
    with pytest.raises(TypeError, match=r"expected torch\.FloatTensor \(got torch\.LongTensor\)"):
        tl.FloatTensor(tl.arange(2))
    with pytest.raises(TypeError, match=r"new\(\): data must be a sequence \(got float\)"):
        tl.FloatTensor(3.0)
    assert not isinstance([1.0], tl.FloatTensor)  # type: ignore[arg-type]  # wrong on purpose


def test_parameters_are_of_a_type_too() -> None:
    assert isinstance(tl.nn.Parameter(tl.ones(1)), tl.FloatTensor)  # type: ignore[arg-type]  # wrong on purpose


def test_a_variable_that_is_volatile_warns() -> None:
    x = tl.ones(2)
    said = "volatile was removed and now has no effect. Use `with torch.no_grad\\(\\):` instead."
    with pytest.warns(UserWarning, match=said):
        assert tl.autograd.Variable(x, volatile=True).tolist() == [1.0, 1.0]
    with (
        pytest.warns(UserWarning, match=said),
        pytest.raises(ValueError, match="Variable can't be volatile and require_grad at"),
    ):
        tl.autograd.Variable(x, True, True)
    assert tl.autograd.Variable(x, requires_grad=True, volatile=False).requires_grad
