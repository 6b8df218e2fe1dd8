"""Values at the edges of dtypes and shapes, as constants: what PyTorch 2.13 gives, or the definition says."""

from __future__ import annotations

import array
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

F = tl.nn.functional


class Column:
    """What offers itself as an array, as the columns of tables do."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self.values, dtype)


class Lent:
    """What lends its memory through DLPack alone."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self.values.__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return self.values.__dlpack_device__()


LARGE = np.array([1.0, 16777217.0])  # the second is no float32
MAKERS = {
    "tensor": tl.tensor,
    "as_tensor": tl.as_tensor,
    "asarray": tl.asarray,
    "in a list": lambda x: tl.tensor([x])[0],
}


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("kind", [Column, Lent, memoryview, lambda x: array.array("d", x)])
def test_what_knows_its_dtype_keeps_it(make: str, kind: Any) -> None:
    t = MAKERS[make](kind(LARGE))
    assert t.dtype == tl.float64
    assert t.tolist() == [1.0, 16777217.0]


def test_as_tensor_shares_the_memory_that_it_is_given() -> None:
    values = np.zeros(2)
    t = tl.as_tensor(memoryview(values))
    weight = tl.ones(2, dtype=tl.float64, requires_grad=True)
    loss = (weight * t).sum()
    values[0] = 5
    assert t.tolist() == [5.0, 0.0]
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_elements_of_a_list_keep_their_dtype_and_tensors_of_one_element_are_numbers() -> None:
    assert tl.tensor([np.int32(1)]).dtype == tl.int32
    assert tl.tensor([np.float32(1), 2]).dtype == tl.float32
    assert tl.tensor([np.int8(1), np.int16(2)]).dtype == tl.int16
    assert tl.tensor([tl.tensor([1.0]), tl.tensor([[2.0]]), 3]).tolist() == [1.0, 2.0, 3.0]
    assert tl.tensor([np.array([1.0]), np.array([2.0])]).shape == (2, 1)
    with pytest.raises(RuntimeError, match="300 is outside its range"):
        tl.tensor(np.int64(300), dtype=tl.uint8)


def test_whole_numbers_wrap_around_in_operations_and_are_refused_where_they_are_stored() -> None:
    x = tl.tensor([1, 250], dtype=tl.uint8)
    assert (x + 300).tolist() == [45, 38]
    assert (-3 * x).tolist() == [253, 18]
    assert (x < -1).tolist() == [True, True]  # -1 is 255
    assert (tl.tensor([100], dtype=tl.int8) + 128).tolist() == [-28]
    assert (tl.tensor([1]) + 2**63).tolist() == [-(2**63) + 1]
    assert x.clamp(-5, 100).tolist() == [100, 100]
    assert x.masked_fill(x > 9, -1).tolist() == [1, 255]
    assert tl.full((1,), -2, dtype=tl.uint8).tolist() == [254]
    assert x.dtype == (x + 300).dtype == tl.uint8
    stores: list[Any] = [
        lambda: x.clamp(max=300), lambda: x.masked_fill(x > 9, 300), lambda: x.clone().fill_(300),
        lambda: tl.where(x > 9, x, 300), lambda: tl.full((1,), 300, dtype=tl.uint8), lambda: tl.add(x, x, alpha=300),
        lambda: x.index_fill(0, tl.tensor([0]), 300), lambda: x**300, lambda: x**-1,
        lambda: tl.ones(1).half().masked_fill(tl.tensor([True]), -1e9), lambda: tl.full((1,), 1e39),
    ]  # fmt: skip
    for store in stores:
        with pytest.raises(RuntimeError):
            store()


def test_powers_of_whole_numbers_are_rounded_towards_0() -> None:
    base, exponent = tl.tensor([1, -1, 2, -2, 0, 3]), tl.tensor([[-1], [-2], [2]])
    assert (base**exponent).tolist() == [[1, -1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0], [1, 1, 4, 4, 0, 9]]
    assert tl.pow(2, tl.tensor([0, -1, 3])).tolist() == [1, 0, 8]
    with pytest.raises(RuntimeError, match="Integers to negative integer powers"):
        base**-1


def test_0d_tensors_have_a_dimension_0() -> None:
    x, at, other = tl.tensor(1.0, requires_grad=True), tl.tensor([0]), tl.tensor(5.0, requires_grad=True)
    for result, by_x, by_other in (
        (tl.index_add(x, 0, at, other), 1.0, 1.0),
        (tl.index_copy(x, -1, at, other), 0.0, 1.0),
        (tl.index_fill(x, 0, tl.tensor(0), 7.0) + other, 0.0, 1.0),
    ):
        assert result.shape == ()
        assert [g.item() for g in tl.autograd.grad(result, [x, other])] == [by_x, by_other]
    assert tl.index_add(x, 0, at, other).item() == 6.0
    assert [piece.tolist() for piece in tl.tensor_split(tl.arange(4), tl.tensor(1))] == [[0, 1, 2, 3]]
    assert [piece.tolist() for piece in tl.tensor_split(tl.arange(4), tl.tensor([1, 3]))] == [[0], [1, 2], [3]]


def test_lists_of_numbers_serve_as_the_letters_of_einsum() -> None:
    x, y = tl.arange(6.0).reshape(2, 3), tl.arange(3.0)
    assert tl.einsum(x, [0, 1], y, [1], [0]).tolist() == [5.0, 14.0]
    for letters in ([51, 26], [26, 0]):  # za and aA: in the order of the letters, A-Z first, it is turned round
        assert tl.einsum(x, letters).tolist() == x.T.tolist()
    assert tl.einsum(x, [..., 1], [1, ...]).tolist() == x.T.tolist()
    with pytest.raises(ValueError, match=r"not within the valid range \[0, 52\)"):
        tl.einsum(x, [0, 52])
    with pytest.raises(RuntimeError, match="expected scalar type float32 but found float64"):
        tl.einsum("ij,j->i", x, y.double())
    assert tl.einsum("i,j->ij", y, y.double()).dtype == tl.float64


def test_weights_of_observations() -> None:
    x = tl.tensor([[1.0, 2.0, 3.0], [2.0, 1.0, 5.0]])
    counted = tl.cov(x, fweights=tl.tensor([1, 2, 3]))
    repeated = tl.cov(tl.tensor([[1.0, 2.0, 2.0, 3.0, 3.0, 3.0], [2.0, 1.0, 1.0, 5.0, 5.0, 5.0]]))
    assert tl.allclose(counted, repeated)
    expected = np.cov(x.numpy(), aweights=[0.5, 2.0, 1.0], fweights=[1, 2, 3])
    both = tl.cov(x, aweights=tl.tensor([0.5, 2.0, 1.0]), fweights=tl.tensor([1, 2, 3]))
    np.testing.assert_allclose(both.numpy(), expected, rtol=1e-6)
    assert tl.cov(x[:1]).shape == tl.corrcoef(x[:1]).shape == ()
    with pytest.warns(UserWarning, match="degrees of freedom"):
        assert tl.cov(tl.tensor([1.0, 2.0]), correction=2).item() == float("inf")


@pytest.mark.parametrize(
    ("mode", "widths", "expected"),
    [
        ("constant", (-1, 1), [2, 3, 4, 0]), ("reflect", (-1, 1), [2, 3, 4, 3]), ("reflect", (2, -1), [3, 2, 1, 2, 3]),
        ("replicate", (-3, 2), [4, 4, 4]), ("replicate", (-5, 5), [4, 4, 4, 4]), ("circular", (-1, 1), [2, 3, 4, 2]),
        ("circular", (1, -1), [3, 1, 2, 3]), ("reflect", (0, 0), [1, 2, 3, 4]),
    ],
)  # fmt: skip
def test_negative_widths_of_pad(mode: str, widths: tuple[int, int], expected: list[int]) -> None:
    assert F.pad(tl.tensor([[1, 2, 3, 4]]), widths, mode=mode).tolist() == [expected]


def test_what_is_drawn_is_in_the_graph_of_its_parameters_with_a_gradient_of_0() -> None:
    mean, std, p = (tl.full((3,), 0.5, requires_grad=True) for _ in range(3))
    for drawn, parameters in ((tl.normal(mean, std), [mean, std]), (tl.bernoulli(p), [p])):
        assert not drawn.is_leaf
        assert all(g.tolist() == [0.0] * 3 for g in tl.autograd.grad(drawn.sum(), parameters))
    assert tl.normal(mean.detach(), 1.0).is_leaf


def test_searching_in_the_order_of_a_sorter() -> None:
    assert tl.searchsorted(tl.tensor([5.0, 1.0, 3.0]), tl.tensor([2.0]), sorter=tl.tensor([1, 2, 0])).tolist() == [1]
    found = tl.searchsorted(tl.tensor([1.0, 3.0]), tl.tensor([3.0]), out_int32=True, side="right")
    assert (found.tolist(), found.dtype) == ([2], tl.int32)
    assert tl.bucketize(tl.tensor([1, 2]), tl.tensor([1.5]), out_int32=True).tolist() == [0, 1]
    assert tl.isin(5, tl.tensor([5, 6])).item() is True


@pytest.mark.parametrize(
    "name",
    "maximum minimum fmax fmin atan2 hypot logaddexp logaddexp2 ldexp heaviside logical_and logical_or logical_xor isclose "
    "allclose dist gcd lcm nextafter".split(),
)
def test_functions_of_two_tensors_refuse_numbers(name: str) -> None:
    x: Any = tl.tensor([1, 2] if name in ("gcd", "lcm") else [1.0, 2.0])
    for call in (
        lambda: getattr(tl, name)(x, 2),
        lambda: getattr(tl, name)(x, np.float64(2)),
        lambda: getattr(x, name)(2),
    ):
        with pytest.raises(TypeError, match=rf"{name}\(\): argument '\w+' \(position 2\) must be Tensor, not"):
            call()
    getattr(tl, name)(x, np.ones(2, x.dtype.name))  # an array will do


def test_a_product_with_an_array_promotes_as_a_sum_does() -> None:
    x = tl.ones(2, 2, requires_grad=True)
    for product in (x @ np.ones((2, 2)), np.ones((2, 2)) @ x):
        assert product.dtype == (x + np.ones((2, 2))).dtype == tl.float64
    product.sum().backward()
    assert x.grad.dtype == tl.float32
    with pytest.raises(RuntimeError, match="same dtype"):
        x @ tl.ones(2, 2, dtype=tl.float64)


def test_flags_and_ranges_must_be_what_they_are() -> None:
    x: Any = tl.ones(2)
    with pytest.raises(RuntimeError, match="requires_grad must be a bool"):
        x.requires_grad = "a"
    with pytest.raises(TypeError, match="must be bool, not int"):
        x.requires_grad_(1)
    with pytest.raises(TypeError, match="must be bool, not str"):
        tl.ones(2, requires_grad="a")  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(RuntimeError, match="from=0 >= to=0"):
        x.random_(0)
    with pytest.raises(RuntimeError, match="out of bounds for uint8"):
        x.byte().random_(300)
    with pytest.raises(IndexError, match=r"range of \[-2, 1\], but got 4"):
        x.unsqueeze(4)
    assert tl.arange(10)[::2].ravel().is_contiguous()


def test_where_dtypes_must_be_the_same() -> None:
    x = tl.ones(3, dtype=tl.float64)
    with pytest.raises(RuntimeError, match="expected dtype float64 for `end` but got dtype float32"):
        tl.lerp(x, tl.ones(3), 0.5)
    with pytest.raises(RuntimeError, match="Index put requires the source and destination dtypes match"):
        x[tl.tensor([1])] = tl.tensor([2])
    x[x > 0] = tl.tensor([2])  # one value fills what a mask selects
    x[0] = tl.tensor(3)
    assert x.tolist() == [3.0, 2.0, 2.0]
    assert tl.lerp(x, x, tl.tensor(0.5)).dtype == tl.float64
