"""Derivatives where a formula would give NaN, 0 or a wrong number: at zeros, infinities and kinks, and for repeated indices.

The expected values are limits, closed forms, exact series or PyTorch's; none of them needs PyTorch.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.core import versions

F = tl.nn.functional
inf, nan = math.inf, math.nan


def leaf(*values: Any) -> tl.Tensor:
    return tl.tensor(values, dtype=tl.float64, requires_grad=True)


def slopes(x: tl.Tensor, y: tl.Tensor, order: int = 1, upper: float = 1.0) -> list[Any]:
    """The derivative of this order of y by x; the first is weighted by `upper`."""
    g: Any = y
    for i in range(order):
        above = tl.full_like(g, upper if not i else 1.0)
        (g,) = tl.autograd.grad(g, x, above, create_graph=i + 1 < order)
    found: list[Any] = g.tolist()
    return found


# ---------------------------------------------------------------------------------- zeros that are not products


@pytest.mark.parametrize("upper", [inf, nan])
@pytest.mark.parametrize("name", ["floor", "ceil", "round", "trunc", "sign"])
def test_a_step_lets_nothing_through(name: str, upper: float) -> None:
    x = leaf(0.3, -0.5, 2.0)
    assert slopes(x, getattr(x, name)(), upper=upper) == [0, 0, 0]


def test_a_step_before_a_root() -> None:
    x = leaf(0.3, -0.5)
    x.floor().sqrt().sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0, 0]


@pytest.mark.parametrize("size", [8, 300, 70000])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_relu_lets_nothing_through_where_it_is_0(size: int, dtype: Any) -> None:
    values = np.resize(np.array([-1, 0, -0.0, 2, nan, inf, 6e-8, -inf], dtype), size)
    for upper in (inf, nan, -1.5):
        x = tl.tensor(values, requires_grad=True)
        tl.relu(x).backward(tl.full_like(x, upper))
        expected = np.where(values <= 0, 0, upper).astype(dtype)
        assert x.grad is not None
        np.testing.assert_array_equal(x.grad.numpy(), expected)


PIECES = {
    "relu": lambda x: F.relu(x),
    "leaky_relu": lambda x: F.leaky_relu(x, 0.5),
    "hardtanh": lambda x: F.hardtanh(x),
    "relu6": lambda x: F.relu6(x),
    "hardshrink": lambda x: F.hardshrink(x),
    "softshrink": lambda x: F.softshrink(x),
    "threshold": lambda x: F.threshold(x, 0.5, 2.0),
    "hardsigmoid": lambda x: F.hardsigmoid(x),
    "prelu": lambda x: F.prelu(x, tl.tensor([0.25], dtype=tl.float64)),
    "rrelu": lambda x: F.rrelu(x, training=True),
    "abs": lambda x: x.abs(),
    "l1_loss": lambda x: F.l1_loss(x, tl.zeros_like(x), reduction="none"),
    "nll_loss": lambda x: F.nll_loss(x.reshape(1, -1), tl.tensor([1]), reduction="none"),
}


@pytest.mark.parametrize("name", PIECES)
def test_straight_pieces_have_a_second_derivative_of_zeros(name: str) -> None:
    x = leaf(-7.0, -0.3, 0.0, 0.2, 8.0)
    assert slopes(x, PIECES[name](x), order=2) == [0] * 5


def test_the_second_derivative_of_a_loss_at_its_kink() -> None:
    x, zero = leaf(-2.0, -1.0, 0.0, 2.0), tl.zeros(4, dtype=tl.float64)
    assert slopes(x, F.huber_loss(x, zero, "none", 2.0), order=2) == [0, 1, 1, 0]
    assert slopes(x, F.smooth_l1_loss(x, zero, reduction="none", beta=2.0), order=2) == [0, 0.5, 0.5, 0]


@pytest.mark.parametrize("mode", ["reflect", "replicate"])
def test_padding_has_a_second_derivative_of_zeros(mode: str) -> None:
    x = leaf(1.0, 2.0, 3.0)
    padded = F.pad(x.unsqueeze(0), (2, 1), mode=mode)
    (g,) = tl.autograd.grad(padded.sum(), x, create_graph=True)
    assert g.sum().item() == 6
    assert slopes(x, g) == [0, 0, 0]


def test_selecting_quantiles_of_infinities() -> None:
    x = leaf(inf, -inf, 2.0)
    for q, mode, expected in [(0.0, "lower", -inf), (1.0, "higher", inf), (0.5, "nearest", 2.0), (0.3, "lower", -inf)]:
        assert tl.quantile(x, q, interpolation=mode).item() == expected
    assert slopes(x, tl.quantile(x, 1.0, interpolation="nearest")) == [1, 0, 0]


def test_the_nan_of_a_quantile_gets_its_gradient() -> None:
    x = leaf(1.0, nan, 2.0)
    assert slopes(x, tl.quantile(x, 0.5)) == [0, 1, 0]


def test_logsumexp_of_infinity() -> None:
    x = leaf(0.0, 1.0, inf)
    assert slopes(x, x.logsumexp(0))[:2] == [0, 0]
    assert math.isnan(slopes(x, x.logsumexp(0))[2])


@pytest.mark.parametrize("name", ["amax", "amin"])
def test_the_extreme_of_nan_is_nobodys(name: str) -> None:
    x = tl.tensor([[1.0, nan, 2.0], [1.0, 3.0, 3.0]], requires_grad=True)
    getattr(x, name)(1).sum().backward()
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad[0].numpy(), [nan] * 3)
    np.testing.assert_array_equal(x.grad[1].numpy(), [0, 0.5, 0.5] if name == "amax" else [1, 0, 0])


# ------------------------------------------------------------------------------------------------------- limits


def test_ends_of_the_range() -> None:
    x = leaf(1.0)
    assert slopes(x, x.asin(), 2) == [inf]
    assert slopes(x, x.acos(), 2) == [-inf]
    assert slopes(x, x.atanh(), 2) == [inf]
    assert slopes(x, x.acosh()) == [inf]
    assert slopes(x, x.acosh(), 2) == [-inf]
    x = leaf(-1.0)
    assert slopes(x, x.asin(), 2) == [-inf]


def test_powers_of_zero() -> None:
    x = leaf(0.0)
    assert slopes(x, x ** tl.tensor([2.0], dtype=tl.float64), 2) == [2]
    assert slopes(x, x ** tl.zeros(1, dtype=tl.float64), upper=inf) == [0]
    y = leaf(0.0, 2.0, -1.0)
    assert slopes(y, 0.0**y, upper=3.0) == [0, 0, -inf]
    assert slopes(y, 0.0**y, 2)[:2] == [0, 0]


def test_angles_and_lengths_of_tiny_and_huge_sides() -> None:
    for size in (1e-200, 1e200):
        x, y = leaf(size), leaf(size)
        assert slopes(x, tl.atan2(x, y)) == pytest.approx([0.5 / size], rel=1e-15)
        assert slopes(x, tl.hypot(x, y)) == pytest.approx([math.sqrt(0.5)], rel=1e-15)
    x, y = leaf(0.0), leaf(0.0)
    for function in (tl.atan2, tl.hypot):
        for order in (1, 2):
            assert slopes(x, function(x, y), order) == slopes(y, function(x, y), order) == [0]
    assert slopes(x, tl.xlogy(x, y)) == slopes(y, tl.xlogy(x, y)) == slopes(y, tl.xlogy(x, y), 2) == [0]


def test_logit_outside_its_range_has_no_slope() -> None:
    x = leaf(-0.5, 0.5, 2.0)
    np.testing.assert_array_equal(slopes(x, tl.logit(x)), [nan, 4, nan])


def test_gates_of_an_infinite_gradient() -> None:
    x = leaf(-2.5, 0.0, 1.0)
    for function in (F.silu, F.gelu, F.mish, F.hardswish):
        assert slopes(x, function(x), upper=inf) == [-inf, inf, inf]
    huge = tl.tensor([3e38, -3e38], requires_grad=True)
    for function in (F.silu, F.gelu, F.mish, F.hardswish):
        (g,) = tl.autograd.grad(function(huge).sum(), huge)
        assert g.tolist() == [1, 0]


PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494")


def sinc_derivative(x: float, order: int) -> float:
    """The derivative of sin(π x) / (π x): its power series, term by term, with 60 digits."""
    with localcontext(prec=60):
        u, total = PI * Decimal(x), Decimal(0)
        for k in range((order + 1) // 2, 60):
            power = 2 * k - order
            factor = Decimal(math.factorial(2 * k)) / (math.factorial(power) * math.factorial(2 * k + 1))
            total += (-1) ** k * factor * (u**power if power else 1)
        return float(total * PI**order)


@pytest.mark.parametrize("order", range(6))
def test_sinc_and_its_derivatives(order: int) -> None:
    points = [0.0, 1e-300, 1e-40, -1e-40, 1e-8, 1e-3, 0.1, -0.3, 0.5, 1.0, 1.3, 2.0, -3.7, 5.5]
    x = leaf(*points)
    found = slopes(x, x.sinc(), order) if order else x.sinc().tolist()
    expected = [sinc_derivative(p, order) for p in points]
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-14 * math.pi**order)
    single = tl.tensor(points, dtype=tl.float32, requires_grad=True)
    if order:
        expected = [sinc_derivative(float(p), order) for p in single.detach().numpy()]
        np.testing.assert_allclose(
            slopes(single, single.sinc(), order), expected, rtol=3e-6, atol=3e-6 * math.pi**order
        )


# -------------------------------------------------------------------------------------------- repeated indices


def test_of_several_writes_to_an_element_the_last_gets_the_gradient() -> None:
    index = tl.tensor([0, 0, 2, 0])
    writes: dict[str, Any] = {
        "setitem": lambda y: _written(y, index),
        "index_put": lambda y: tl.zeros(3, dtype=tl.float64).index_put((index,), y),
        "index_copy": lambda y: tl.zeros(3, dtype=tl.float64).index_copy(0, index, y),
        "scatter": lambda y: tl.zeros(3, dtype=tl.float64).scatter(0, index, y),
    }
    for name, write in writes.items():
        y = leaf(1.0, 2.0, 3.0, 4.0)
        out = write(y)
        assert out.tolist() == [4, 0, 3], name
        assert slopes(y, out) == [0, 0, 1, 1], name
        assert tl.autograd.gradcheck(write, (y,)), name
        assert tl.autograd.gradgradcheck(write, (y,)), name


def _written(value: Any, index: Any, *shape: int) -> Any:
    x = tl.zeros(*(shape or (3,)), dtype=tl.float64)
    x[index] = value
    return x


@pytest.mark.parametrize(
    "index",
    [
        (tl.tensor([[0, 1], [0, 1]]).T,),
        (tl.tensor([0, 0, 1]), tl.tensor([2, 2, 3])),
        (slice(None), tl.tensor([1, 1, 0])),
        (tl.tensor([-1, 2]), ...),
        ([0, 0], slice(1, 3)),
        (tl.tensor([[1], [1]]), tl.tensor([0, 0, 3])),
        (tl.tensor([True, False, True]), tl.tensor([1, 1])),
    ],
    ids=str,
)
def test_any_repeated_index(index: Any) -> None:
    shape = tl.zeros(3, 4)[index].shape
    for size in (tuple(shape), tuple(shape[-1:]), ()):
        value = tl.rand(size, dtype=tl.float64, requires_grad=True)
        assert tl.autograd.gradcheck(lambda v: _written(v, index, 3, 4), (value,))


def test_index_fill_counts_a_repeated_slice_once() -> None:
    v = tl.tensor(2.0, requires_grad=True)
    tl.zeros(5, 5).index_fill(0, tl.tensor([2, 2, -3]), v).sum().backward()
    assert v.grad is not None
    assert v.grad.item() == 5


@pytest.mark.parametrize("dim", [0, 1])
def test_scatter_along_a_dimension(dim: int) -> None:
    index = tl.tensor([[0, 0, 1], [0, 2, 1]])
    source = tl.rand(2, 3, dtype=tl.float64, requires_grad=True)
    assert tl.autograd.gradcheck(lambda s: tl.zeros(3, 3, dtype=tl.float64).scatter(dim, index, s), (source,))


def test_the_backward_pass_of_many_parts_is_linear() -> None:
    """What all parts of a `cat` need is looked through once, and not once for each of them."""

    class Counted(tuple[int, ...]):
        passes = 0

        def __iter__(self) -> Any:
            Counted.passes += 1
            return super().__iter__()

    starts = Counted(range(100))
    assert versions.arrays_in([value for position in range(100) for value in (0, starts, position)]) == []
    assert Counted.passes == 1


# ------------------------------------------------------------------------------------------------ mixed dtypes


def mixed() -> dict[str, Any]:
    """Calls with Tensors of two dtypes, which are refused as PyTorch refuses them."""
    a, b = tl.ones(2, 2), tl.ones(2, 2, dtype=tl.float64)
    x, y = tl.ones(3), tl.ones(3, dtype=tl.float64)
    return {
        "lerp": lambda: tl.lerp(a, b, 0.5),
        "lerp by a weight": lambda: tl.lerp(a, a, b),
        "addmm": lambda: tl.addmm(b, a, a),
        "addmv": lambda: tl.addmv(b[0], a, a[0]),
        "baddbmm": lambda: tl.baddbmm(b[None], a[None], a[None]),
        "addbmm": lambda: tl.addbmm(b, a[None], a[None]),
        "cdist": lambda: tl.cdist(a, b),
        "cross": lambda: tl.cross(x, y),
        "vecdot": lambda: tl.linalg.vecdot(x, y),
        "einsum": lambda: tl.einsum("ij,jk->ik", a, b),
        "prelu": lambda: F.prelu(a, y[:1]),
        "bilinear": lambda: F.bilinear(a, b, tl.ones(1, 2, 2)),
        "x[list] = y": lambda: a.__setitem__([0], b[:1]),
        "x[:, Tensor] = y": lambda: a.__setitem__((slice(None), tl.tensor([1])), tl.zeros(2, 1, dtype=tl.int32)),
        "x[mask] = y": lambda: a.__setitem__(tl.tensor([True, True]), b),
    }


@pytest.mark.parametrize("name", mixed())
def test_mixed_dtypes_are_refused(name: str) -> None:
    with pytest.raises(RuntimeError, match=r"dtype|scalar type|promoting"):
        mixed()[name]()


def test_mixed_dtypes_where_nothing_is_lost() -> None:
    a, b = tl.ones(2, 2), tl.full((2, 2), 2.0, dtype=tl.float64)
    assert tl.einsum("ij,ij->ij", a, b).dtype == tl.float64
    assert tl.lerp(a, a, tl.tensor(0.5, dtype=tl.float64)).dtype == tl.float32
    a[0] = b[0]
    a[tl.tensor([False, True])] = b[0, 0]
    assert a.tolist() == [[2, 2], [2, 2]]


def test_squares_of_bools_are_whole() -> None:
    squares = tl.square(tl.tensor([True, False]))
    assert squares.dtype == tl.int64
    assert squares.tolist() == [1, 0]
