"""Values at which a small fault in the table or in its kernels shows, and that other tests do not happen to draw.

Each was found by planting the fault (`python -m tests.mutation`); every expected value is exact or a closed form.
"""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
import tinygrad_lite.nn.functional as F
from tinygrad_lite.core.primitive import REGISTRY
from tinygrad_lite.ops import creation
from tinygrad_lite.ops.kernels import ordering
from tinygrad_lite.ops.kernels.lapack import zero_pivot
from tinygrad_lite.ops.kernels.selection import choose
from tinygrad_lite.ops.kernels.summation import sum_over

f16, f32, i64 = np.float16, np.float32, np.int64
A = np.array
inf, nan = math.inf, math.nan

CASES: dict[str, tuple[str, tuple[Any, ...], Any]] = {
    "pow of whole numbers, one of them 0": ("pow", (A([2, 3]), A([-1, 0])), A([0, 1])),
    "right_shift": ("bitwise_right_shift", (A([8, -8]), A([1, 2])), A([4, -2])),
    "left_shift": ("bitwise_left_shift", (A([1, 3]), A([3, 2])), A([8, 12])),
    "gcd": ("gcd", (A([12, -4, 0, 0, -9]), A([18, 6, -5, 0, 6])), A([6, 2, 5, 0, 3])),
    "lcm": ("lcm", (A([4, -4, 0, -9]), A([6, 6, 5, 6])), A([12, 12, 0, 18])),
    "nextafter": (
        "nextafter",
        (A([1.0, 1.0, 0.0, inf]), A([2.0, 0.0, -1.0, 0.0])),
        A([1 + 2**-52, 1 - 2**-53, -5e-324, 2**1023 * (2 - 2**-52)]),
    ),
    "angle": ("angle", (A([2.0, -0.0, -inf, nan, -1]),), A([0, 0, math.pi, nan, math.pi])),
    "the largest of all": ("order_statistic", (A([[1.0, 5.0], [3.0, 2.0]]), "max"), A(5.0)),
    "the least of all": ("order_statistic", (A([[1.0, 5.0], [3.0, 2.0]]), "min"), A(1.0)),
    "the lower median of all": ("order_statistic", (A([[1.0, 5.0], [3.0, 2.0]]), "median"), A(2.0)),
    "the median of all with NaN": ("order_statistic", (A([[1.0, nan], [3.0, 2.0]]), "median"), A(nan)),
    "the median of all but NaN": ("order_statistic", (A([[1.0, nan], [3.0, 2.0]]), "nanmedian"), A(2.0)),
    "the median's index with NaN": ("median_index", (A([[nan, 5.0, 1.0], [3.0, 2.0, nan]]), 1, False), A([[0], [2]])),
    "the median's index but NaN": ("median_index", (A([[nan, 5.0, 1.0], [3.0, 2.0, nan]]), 1, True), A([[2], [1]])),
    "isclose to the second": ("isclose", (A([1.0, 1.1]), A([1.1, 1.0]), 0.095, 0.0, False), A([True, False])),
    "std of huge rows": (
        "std",
        (A([[1e25, -1e25], [1, 3]], f32), 1, 1, False),
        A([math.sqrt(2) * 1e25, math.sqrt(2)], f32),
    ),
    "std of a huge row": ("std", (A([1e25, -1e25], f32), 0, 1, False), A(math.sqrt(2) * 1e25, f32)),
    "std of tiny rows": ("std", (A([[1e-30, 3e-30], [1, 3]], f32), 1, 0, True), A([[1e-30], [1]], f32)),
}


@pytest.mark.parametrize("name", CASES)
def test_values(name: str) -> None:
    primitive, args, expected = CASES[name]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        found = np.asarray(REGISTRY[primitive].forward(*args))
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-6 if found.dtype == f32 else 1e-15)


def test_the_first_pivot_of_zero() -> None:
    """By hand: a second row that is half of the first; a column of zeros; rows in another order; none."""
    for matrix, place in (
        ([[2, 4], [1, 2]], 2),
        ([[0, 1], [0, 2]], 1),
        ([[4, 2, 1], [2, 1, 3], [1, 0.5, 7]], 2),
        ([[1, 0.5, 7], [4, 2, 1], [2, 3, 3]], 0),
        ([[4, 0, 2], [0, 2, 1], [4, 2, 3]], 3),
        ([[0, 1, 0], [2, 0, 0], [0, 0, 1]], 0),
    ):
        assert zero_pivot(A(matrix, float)) == place


def test_choosing_between_arrays_that_are_smaller_than_the_condition() -> None:
    condition = np.arange(3000).reshape(2, 1500) % 3 == 0
    x, y = np.arange(1500.0), -np.arange(1500.0)
    for a, b in ((x, y), (x, 0), (0, y), (x, 1), (1, y), (x[:1], y), (x, y.reshape(1, 1500)), (f32(2), f32(3))):
        assert np.array_equal(choose(condition, a, b), np.where(condition, a, b))


def test_second_derivatives_where_a_piece_that_is_not_chosen_is_infinite() -> None:
    """The derivative by g and by x of the slope: 0 · ∞ must not come into it."""
    for function, slopes in ((tl.nn.functional.hardswish, [1.0, 0.0, 1.0, 0.0]),):
        x = tl.tensor([inf, -inf, 4.0, -4.0], requires_grad=True)
        c = tl.ones(4, requires_grad=True)
        (g,) = tl.autograd.grad(function(x), x, c, create_graph=True)
        assert [d.tolist() for d in tl.autograd.grad(g.sum(), [x, c])] == [[0.0] * 4, slopes]


def test_what_lies_around_a_view_is_read_as_strided() -> None:
    """Elements outside of x, in the memory that it is a part of; and x in another memory than the view was made for."""
    base = tl.arange(6.0)
    assert base[2:4].as_strided((4,), (1,), 0).tolist() == [0.0, 1.0, 2.0, 3.0]
    assert base[2:].as_strided((2,), (2,)).tolist() == [2.0, 4.0]
    assert base[1::2].as_strided((3, 2), (2, 1), 0).tolist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    x = np.arange(6.0).reshape(2, 3)
    forward = REGISTRY["as_strided"].forward
    for same in (x, np.asfortranarray(x), x[::-1][::-1].copy()):
        assert np.array_equal(forward(same, (3, 2), (1, 3), 0, ((3, 1), 0)), x.T)
        assert np.array_equal(forward(same, (2, 2), (3, 1), 1, ((3, 1), 0)), x[:, 1:])
    moved = forward(np.asfortranarray(x), (3, 2), (1, 3), 2, ((3, 1), 2))  # x lies from the third element on
    assert np.array_equal(moved, x.T)


def test_the_gradient_of_elements_that_share_a_place_is_divided_among_them() -> None:
    x = tl.tensor([1.0, 2.0, 3.0], requires_grad=True).expand(2, 3)
    g = tl.tensor([2.0, 4.0, 6.0, 8.0], requires_grad=True)
    y = x.as_strided((2, 2), (1, 1), 0)  # [[1, 2], [2, 3]]
    (by_x,) = tl.autograd.grad(y, x, g.reshape(2, 2), create_graph=True)
    assert by_x.tolist() == [[1.0, 5.0, 4.0]] * 2
    (by_g,) = tl.autograd.grad((by_x * tl.tensor([[1.0, 10.0, 100.0], [0.0, 0.0, 0.0]])).sum(), g)
    assert by_g.tolist() == [0.5, 5.0, 5.0, 50.0]


@pytest.mark.parametrize("largest", [True, False])
def test_the_largest_are_selected_where_no_two_elements_are_equal(largest: bool) -> None:
    """What selection gives is what sorting gives; where elements are equal it gives up."""
    rows = np.random.default_rng(0).permutation(60).reshape(3, 20).astype(float)
    for k in (1, 4, 20):
        found = ordering._selected(rows, k, largest)
        assert found is not None
        assert np.array_equal(found, ordering._sorting(rows, largest)[..., :k])
    rows[1, 3] = rows[1, 5] = 29.5
    at_the_bound = 1 + (rows[1] > 29.5).sum() if largest else 1 + (rows[1] < 29.5).sum()
    assert ordering._selected(rows, int(at_the_bound), largest) is None
    rows[1, 3] = nan
    for k in (1, 4, 20):
        found = ordering._selected(rows, k, largest)
        assert found is None or np.array_equal(found, ordering._sorting(rows, largest)[..., :k])


@pytest.mark.parametrize(
    ("shape", "selected"), [((300, 17), True), ((300, 16), False), ((4, 1024), False), ((1, 4097), True)]
)
def test_many_long_rows_are_selected_from(monkeypatch: pytest.MonkeyPatch, shape: Any, selected: bool) -> None:
    calls: list[Any] = []
    monkeypatch.setattr(ordering, "_selected", lambda *args: calls.append(args))
    x = np.random.default_rng(0).standard_normal(shape)
    assert np.array_equal(ordering.topk_indices(x, 2, 1, True), np.argsort(-x, 1, kind="stable")[:, :2])
    assert bool(calls) is selected


def test_sums_over_a_last_axis_with_gaps() -> None:
    """Of lengths that are a multiple of 8 and not, in an array that is too large to be copied into order first."""
    for n in (203, 200):
        x = np.arange(2 * 45 * 2 * n, dtype=float).reshape(2, 45, 2 * n)[..., ::2]
        for dim in (2, (1, 2), (0, 2)):
            assert np.array_equal(sum_over(x, dim), np.ascontiguousarray(x).sum(dim))
            assert np.array_equal(sum_over(x, dim, True), np.ascontiguousarray(x).sum(dim, keepdims=True))


def slopes(function: Any, *arrays: Any, g: Any = None) -> list[Any]:
    """The derivatives of the sum, or of the product with g, by each array."""
    tensors = [tl.tensor(x, dtype=tl.float64, requires_grad=True) for x in arrays]
    out = function(*tensors)
    return [d.numpy() for d in tl.autograd.grad(out, tensors, tl.ones_like(out) if g is None else tl.tensor(g))]


ACTIVATIONS: dict[str, tuple[Any, Any]] = {
    "hardshrink": (lambda x: F.hardshrink(x, 0.75), lambda x: x if abs(x) > 0.75 else 0.0),
    "softshrink": (lambda x: F.softshrink(x, 0.75), lambda x: math.copysign(max(abs(x) - 0.75, 0.0), x)),
    "threshold": (lambda x: F.threshold(x, 0.75, -9.0), lambda x: x if x > 0.75 else -9.0),
    "hardtanh": (lambda x: F.hardtanh(x, -2.0, 0.75), lambda x: min(max(x, -2.0), 0.75)),
    "hardswish": (F.hardswish, lambda x: x * min(max(x + 3, 0), 6) / 6),
    "hardsigmoid": (F.hardsigmoid, lambda x: min(max(x / 6 + 0.5, 0), 1)),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.3), lambda x: x if x > 0 else 0.3 * x),
    "elu": (lambda x: F.elu(x, 1.7), lambda x: x if x > 0 else 1.7 * math.expm1(x)),
    "celu": (lambda x: F.celu(x, 1.7), lambda x: x if x > 0 else 1.7 * math.expm1(x / 1.7)),
    "selu": (F.selu, lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * math.expm1(x))),
    "softplus": (lambda x: F.softplus(x, 2.0, 5.0), lambda x: x if 2 * x > 5 else math.log1p(math.exp(2 * x)) / 2),
    "logsigmoid": (F.logsigmoid, lambda x: -math.log1p(math.exp(-x)) if x > 0 else x - math.log1p(math.exp(x))),
    "silu": (F.silu, lambda x: x / (1 + math.exp(-x))),
    "mish": (F.mish, lambda x: x * math.tanh(math.log1p(math.exp(x)))),
    "gelu": (F.gelu, lambda x: x * 0.5 * math.erfc(-x / math.sqrt(2))),
    "softsign": (F.softsign, lambda x: x / (1 + abs(x))),
    "tanhshrink": (F.tanhshrink, lambda x: x - math.tanh(x)),
    "log_ndtr": (tl.special.log_ndtr, lambda x: math.log(0.5 * math.erfc(-x / math.sqrt(2)))),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_their_formulas(name: str) -> None:
    """At points on every piece, and the slope there by a difference."""
    function, formula = ACTIVATIONS[name]
    x = A([-6.5, -3.25, -2.5, -1.0, -0.8, -0.7, -0.1, 0.05, 0.7, 0.8, 1.5, 2.4, 2.6, 3.5, 6.5])
    np.testing.assert_allclose(function(tl.tensor(x)).numpy(), [formula(v) for v in x.tolist()], rtol=1e-13, atol=1e-15)
    h = 1e-6
    slope = [(formula(v + h) - formula(v - h)) / (2 * h) for v in x.tolist()]
    np.testing.assert_allclose(slopes(function, x)[0], slope, rtol=1e-6, atol=1e-8)


def test_the_slope_of_log_ndtr_far_to_the_right() -> None:
    """φ(x) / Φ(x), where Φ(x) is nearly 1."""
    x = A([4.9, 5.01, 5.1, 6.0, 9.0, 20.0])
    density, below = np.exp(-x * x / 2) / math.sqrt(2 * math.pi), [math.erfc(-v / math.sqrt(2)) / 2 for v in x.tolist()]
    np.testing.assert_allclose(slopes(tl.special.log_ndtr, x)[0], density / below, rtol=1e-12)


def test_powers_of_a_number() -> None:
    y = A([-1.0, 0.0, 2.0])
    for base in (0.5, 1.0, 3):
        np.testing.assert_allclose(slopes(lambda y, b=base: b**y, y)[0], base**y * math.log(base), rtol=1e-15)
    assert slopes(lambda y: 0.0**y, A([2.0, 0.0, -1.0]), g=A([inf, inf, 1.0]))[0].tolist() == [0.0, 0.0, -inf]


def test_the_second_derivative_of_the_deviation_of_equal_numbers() -> None:
    """Where it is 0 the slope is 0, and stays so: PyTorch's choice."""
    x = tl.tensor([[2.0, 2.0, 2.0], [1.0, 2.0, 4.0]], dtype=tl.float64, requires_grad=True)
    (g,) = tl.autograd.grad(x.std(1).sum(), x, create_graph=True)
    (second,) = tl.autograd.grad((g * tl.tensor([1.0, 0.0, 0.0], dtype=tl.float64)).sum(), x)
    assert g[0].tolist() == second[0].tolist() == [0.0] * 3
    assert second[1].abs().sum().item() > 0.1


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [("i,ij->j", [(3,), (3, 4)]), ("i,bij->bj", [(3,), (2, 3, 4)]), ("bij,j->bi", [(2, 3, 4), (4,)]), ("i,i->", [(3,), (3,)]),
     ("i,abij->abj", [(3,), (5, 2, 3, 4)]), ("abij,j->abi", [(5, 2, 3, 4), (4,)]), ("bij,jk->bik", [(2, 3, 4), (4, 5)]),
     ("ij,bjk->bik", [(3, 4), (2, 4, 5)]), ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)])],
)  # fmt: skip
def test_products_of_vectors_and_batches_of_matrices(equation: str, shapes: Any) -> None:
    """The derivative of a product by one factor is the product of g and the other: here by NumPy's einsum."""
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal(shape) for shape in shapes)
    (a, b), c = equation.split("->")[0].split(","), equation.split("->")[1]
    g = rng.standard_normal(np.einsum(equation, x, y).shape)
    by_x, by_y = slopes(tl.matmul, x, y, g=g)
    np.testing.assert_allclose(by_x, np.einsum(f"{c},{b}->{a}", g, y), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(by_y, np.einsum(f"{c},{a}->{b}", g, x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "name", ["qr", "svd", "svdvals", "eigh", "eigvalsh", "cholesky", "inv", "det", "slogdet", "pinv"]
)
def test_a_batch_of_batches_has_the_derivative_of_each_matrix(name: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 5, 3, 3))
    if name in ("eigh", "eigvalsh", "cholesky"):
        x = x @ x.swapaxes(-1, -2) + np.diag([1.0, 2.0, 4.0])

    def function(x: Any) -> Any:
        options = {"full_matrices": False} if name == "svd" else {}
        found = getattr(tl.linalg, name)(x, **options)
        parts = [found] if isinstance(found, tl.Tensor) else [*found]
        return sum(
            (
                (part**2 * (i + 1.5) + part).flatten(len(x.shape) - 2)
                if part.ndim >= len(x.shape) - 1
                else part.unsqueeze(-1)
            ).sum(-1)
            for i, part in enumerate(parts)
        )

    whole = slopes(function, x)[0]
    for i in np.ndindex(2, 5):
        np.testing.assert_allclose(whole[i], slopes(function, x[i])[0], rtol=1e-9, atol=1e-10)


def test_qr_of_wide_matrices_in_batches_of_batches() -> None:
    x = np.random.default_rng(0).standard_normal((2, 1, 2, 3))
    whole = slopes(lambda x: (tl.linalg.qr(x)[1] ** 2 * 1.5 + tl.linalg.qr(x)[1]).sum(), x)[0]
    for i in range(2):
        alone = slopes(lambda x: (tl.linalg.qr(x)[1] ** 2 * 1.5 + tl.linalg.qr(x)[1]).sum(), x[i, 0])[0]
        np.testing.assert_allclose(whole[i, 0], alone, rtol=1e-10)


def test_einsum_with_a_letter_twice_in_one_operand() -> None:
    """Σ xᵢᵢ yᵢ and xᵢᵢⱼ: the derivative is on the diagonal."""
    x, y = np.arange(9.0).reshape(3, 3), A([1.0, 2.0, 4.0])
    assert np.array_equal(slopes(lambda x, y: tl.einsum("ii,i->", x, y), x, y)[0], np.diag(y))
    z = np.arange(18.0).reshape(3, 3, 2)
    g = np.arange(6.0).reshape(3, 2)
    expected = np.zeros((3, 3, 2))
    expected[range(3), range(3)] = g
    assert np.array_equal(slopes(lambda z: tl.einsum("iij->ij", z), z, g=g)[0], expected)


def test_the_sign_of_the_determinant_of_nan() -> None:
    sign, logarithm = tl.linalg.slogdet(tl.full((2, 2), nan))
    assert (sign.item(), math.isnan(logarithm.item())) == (0.0, True)


def test_xlog1py_where_there_is_no_logarithm() -> None:
    """Of 0 it is 0, and so is its slope where log(1 + y) does not exist: PyTorch's choice."""
    assert slopes(tl.special.xlog1py, A([0.0, 0.0]), A([-1.0, -1.5]))[0].tolist() == [0.0, 0.0]


def test_quantiles_are_of_numbers_from_0_to_1() -> None:
    for wrong in (1.5, -0.5, nan):
        with pytest.raises(RuntimeError, match=r"0.*1"):
            tl.quantile(tl.ones(3), tl.tensor([0.5, wrong]))


def test_attention_by_its_formula() -> None:
    """softmax(q kᵀ / √d + mask) v: causal; with scores that overflow if the largest is not subtracted; a row of masks alone."""
    rng = np.random.default_rng(0)
    q, k, v = (rng.standard_normal((2, 1, n, 4)) for n in (3, 5, 5))
    below = np.tril(np.ones((3, 5), bool))
    hidden = below.copy()
    hidden[1] = False
    for factor, mask, options in (
        (1.0, np.where(below, 0.0, -inf), {"is_causal": True}),
        (100.0, np.where(below, 0.0, -inf), {"is_causal": True}),
        (1.0, np.full((3, 5), 1000.0), {"attn_mask": tl.full((3, 5), 1000.0, dtype=tl.float64)}),
        (1.0, np.where(hidden, 0.0, -inf), {"attn_mask": tl.tensor(hidden)}),
    ):
        scores = factor * q @ k.swapaxes(-1, -2) / 2 + mask
        top = scores.max(-1, keepdims=True)
        weights = np.exp(scores - np.where(np.isfinite(top), top, 0))
        sums = weights.sum(-1, keepdims=True)
        expected = weights @ v / np.where(sums == 0, 1, sums)
        found = F.scaled_dot_product_attention(tl.tensor(factor * q), tl.tensor(k), tl.tensor(v), **options)  # type: ignore[arg-type]  # options of several kinds
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12, atol=1e-14)


def test_places_of_the_largest_in_windows() -> None:
    """Where all are -∞ it is the first place in x, also in windows with gaps that begin in the border; and of parts."""
    x = tl.full((1, 1, 5), -inf, dtype=tl.float64)
    out, places = F.max_pool1d(x, 3, 1, 1, 2, return_indices=True)
    assert [out.tolist(), places.tolist()] == [[[[-inf] * 3]], [[[1, 0, 1]]]]
    x = tl.tensor([[[3.0, 1.0, 4.0, 1.0, 5.0, 9.0]]])
    out, places = F.adaptive_max_pool1d(x, 3, return_indices=True)
    assert [out.tolist(), places.tolist()] == [[[[3.0, 4.0, 9.0]]], [[[0, 2, 5]]]]
    out, places = F.adaptive_max_pool1d(x, 4, return_indices=True)  # the parts [0, 2), [1, 3), [3, 5), [4, 6)
    assert [out.tolist(), places.tolist()] == [[[[3.0, 4.0, 5.0, 9.0]]], [[[0, 2, 4, 5]]]]
    undefined = tl.tensor([[[nan, 1.0, nan, 2.0, 3.0]]])  # the parts [0, 3) and [2, 5); of several NaN it is the last
    assert F.adaptive_max_pool1d(undefined, 2, return_indices=True)[1].tolist() == [[[2, 2]]]
    out, places = F.max_pool1d(x, 2, 2, 1, 3, return_indices=True)  # the pairs (-1, 2), (1, 4), (3, 6)
    assert [out.tolist(), places.tolist()] == [[[[4.0, 5.0, 1.0]]], [[[2, 4, 3]]]]


def test_a_circle_is_closed_by_what_is_left_of_it() -> None:
    """Where one side is cut off, the other continues what remains."""
    assert creation.padded_indices(5, 1, -2, "circular").tolist() == [2, 0, 1, 2]
    assert creation.padded_indices(5, -1, 2, "circular").tolist() == [1, 2, 3, 4, 1, 2]
    assert creation.padded_indices(4, 2, 1, "reflect").tolist() == [2, 1, 0, 1, 2, 3, 2]
    assert creation.padded_indices(1, 1, 2, "circular").tolist() == [0, 0, 0, 0]


def test_equal_extremes_that_are_sent_to_a_place_share_its_gradient() -> None:
    """With x itself, if it counts; without it otherwise."""
    index = tl.tensor([0, 0, 0])
    for include, by_x, by_src in ((True, [1 / 3, 1.0], [1 / 3, 1 / 3, 0.0]), (False, [0.0, 1.0], [0.5, 0.5, 0.0])):
        for reduce, sign in (("amax", 1.0), ("amin", -1.0)):
            x, src = A([5.0, 7.0]) * sign, A([5.0, 5.0, 1.0]) * sign
            function = lambda x, src, r=reduce, i=include: x.scatter_reduce(0, index, src, r, include_self=i)
            assert [d.tolist() for d in slopes(function, x, src)] == [pytest.approx(by_x), pytest.approx(by_src)]


def test_logarithms_of_sums_of_large_exponentials() -> None:
    for dim, shape in ((0, (2,)), (0, (2, 1)), (1, (1, 2)), (1, (3, 2))):
        x = tl.full(shape, 1000.0, dtype=tl.float64)
        assert np.allclose(F.log_softmax(x, dim).numpy(), -math.log(2), rtol=1e-15)
        assert np.allclose(tl.logsumexp(x, dim).numpy(), 1000 + math.log(2), rtol=1e-15)
        assert np.array_equal(F.softmax(x, dim).numpy(), np.full(shape, 0.5))
    for name in ("softmax", "log_softmax", "logsumexp"):
        for rows in (A([[1000.0, 998.0, 1000.0], [-900.0, -901.0, -900.0]]), A([[inf], [-inf]]), np.zeros((2, 0))):
            with np.errstate(invalid="ignore", divide="ignore"):
                found, formula = REGISTRY[name].forward(rows, 1), inspect.unwrap(REGISTRY[name])(rows, 1)
            np.testing.assert_allclose(found, formula, rtol=1e-15, err_msg=name)


def test_attention_to_more_places_than_blas_adds_well() -> None:
    rng = np.random.default_rng(0)
    q, k, v = (rng.standard_normal((1, 2, n, 4)) for n in (3, 1100, 1100))
    weights = np.exp(q @ k.swapaxes(-1, -2) / 2)
    found = F.scaled_dot_product_attention(tl.tensor(q), tl.tensor(k), tl.tensor(v)).numpy()
    np.testing.assert_allclose(found, weights @ v / weights.sum(-1, keepdims=True), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("shape", [(2, 2, 3), (2, 3, 2), (2, 1, 4, 2)])
def test_whole_bases_of_batches(shape: Any) -> None:
    """With all columns, U and V are orthogonal, also in a batch; and what they decompose is their product."""
    x = np.random.default_rng(0).standard_normal(shape)
    u, s, vh = (part.numpy() for part in tl.linalg.svd(tl.tensor(x), full_matrices=True))
    k = min(shape[-2:])
    np.testing.assert_allclose(u[..., :k] * s[..., None, :] @ vh[..., :k, :], x, atol=1e-14)
    for basis in (u, vh):
        identity = np.broadcast_to(np.eye(basis.shape[-1]), basis.shape)
        np.testing.assert_allclose(basis @ basis.swapaxes(-1, -2), identity, atol=1e-14)
    q = tl.linalg.qr(tl.tensor(x), mode="complete")[0].numpy()
    np.testing.assert_allclose(q @ q.swapaxes(-1, -2), np.broadcast_to(np.eye(q.shape[-1]), q.shape), atol=1e-14)


def test_the_variance_of_no_more_numbers_than_the_correction_is_nan() -> None:
    for n, correction in ((1, 1), (2, 2), (2, 3)):
        x = tl.ones(n, dtype=tl.float64, requires_grad=True)
        with pytest.warns(UserWarning, match="degrees of freedom"):
            out = x.var(0, correction=correction)
        assert not math.isfinite(out.item())
        assert not np.isfinite(tl.autograd.grad(out, x)[0].numpy()).any()


def test_small_singular_values_are_left_out_of_an_inverse() -> None:
    """Those of at most rtol times the largest: diag(100, 1) and rtol = 0.02 leave 1 / 100."""
    x = tl.tensor([[100.0, 0.0], [0.0, 1.0]], dtype=tl.float64)
    assert np.allclose(tl.linalg.pinv(x, rtol=0.02).numpy(), [[0.01, 0.0], [0.0, 0.0]])
    assert np.allclose(tl.linalg.pinv(x, rtol=0.005).numpy(), [[0.01, 0.0], [0.0, 1.0]])
    assert np.allclose(tl.linalg.pinv(x / 1e4, rtol=0.005).numpy(), [[100.0, 0.0], [0.0, 1e4]])


def test_one_hot_and_the_remainder_by_nothing() -> None:
    assert F.one_hot(tl.tensor([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        tl.remainder(tl.tensor([4]), tl.tensor([0]))
