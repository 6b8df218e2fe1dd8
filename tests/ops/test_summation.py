"""Sums are accurate in every layout, along every dim, of every length; float16 is computed in float32.

The yardstick is `math.fsum`, which adds without any error. A sum that takes one number after the other breaks the bounds
here by far; see `test_the_bound_would_catch_numpy`.
"""

from __future__ import annotations

import math
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import tinygrad_lite as tl
from tinygrad_lite.ops.kernels import summation
from tinygrad_lite.ops.kernels.summation import column_dots, column_sums, row_dots, row_sums, sum_over

F = tl.nn.functional

LAYOUTS: dict[str, Any] = {
    "in order": lambda x: x,
    "Fortran": np.asfortranarray,
    "transposed": lambda x: np.ascontiguousarray(x.swapaxes(0, -1)).swapaxes(0, -1),
    "every other": lambda x: np.repeat(x, 2, -1)[..., ::2],
    "every other row": lambda x: np.repeat(x, 2, 0)[::2],
    "reversed": lambda x: np.ascontiguousarray(x[::-1])[::-1],
    "expanded": lambda x: np.broadcast_to(x[:1], x.shape),
    "expanded at the end": lambda x: np.broadcast_to(x[..., :1], x.shape),
}
VALUES: dict[str, Any] = {
    "a third": lambda rng, shape: np.full(shape, 1 / 3),
    "positive": lambda rng, shape: rng.random(shape),
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "a large one first": lambda rng, shape: np.where(np.arange(math.prod(shape)).reshape(shape) == 0, 1e3, 1e-3),
}


def errors(found: Any, x: Any, dim: Any) -> float:
    """The largest error of sums, in units of eps Σ|x|; of float16, beyond the rounding of the result."""
    found = np.asarray(found)
    dims = tuple(range(x.ndim)) if dim is None else tuple(d % x.ndim for d in np.atleast_1d(dim))
    kept = [d for d in range(x.ndim) if d not in dims]
    columns = x.transpose(*dims, *kept).reshape(math.prod(x.shape[d] for d in dims), -1).astype(np.float64)
    exact = np.array([math.fsum(c) for c in columns.T.tolist()])
    sizes = np.array([math.fsum(c) for c in np.abs(columns).T.tolist()])
    found = found.reshape(-1)
    with np.errstate(over="ignore"):
        beyond = np.isinf(exact.astype(x.dtype))  # of what float16 can hold
    assert np.array_equal(found[beyond], np.sign(exact[beyond]) * np.inf)
    return float(np.max(np.abs(found - exact)[~beyond] / sizes[~beyond], initial=0.0) / np.finfo(x.dtype).eps)


@given(
    seed=st.integers(0, 999),
    length=st.one_of(st.integers(1, 300), st.integers(300, 5000)),
    place=st.integers(0, 2),
    others=st.sampled_from([(1, 1), (1, 3), (3, 1), (2, 5), (40, 1), (1, 17)]),
    layout=st.sampled_from([*LAYOUTS]),
    kind=st.sampled_from([*VALUES]),
    dtype=st.sampled_from(["float16", "float32", "float64"]),
    more=st.booleans(),
    keepdim=st.booleans(),
)
def test_a_sum_is_accurate(
    seed: int, length: int, place: int, others: Any, layout: str, kind: str, dtype: str, more: bool, keepdim: bool
) -> None:
    shape = list(others)
    shape.insert(place, length)
    x = LAYOUTS[layout](VALUES[kind](np.random.default_rng(seed), tuple(shape)).astype(dtype))
    dim = (place, (place + 1) % 3) if more else place
    with np.errstate(over="ignore"):
        found, total = sum_over(x, dim, keepdim), sum_over(x)
        assert found.shape == x.sum(axis=dim, keepdims=keepdim).shape
    assert found.dtype == x.dtype
    assert errors(found, x, dim) <= 3.5
    assert errors(total, x, None) <= 3.5


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [101, 104, 203])
def test_a_vector_with_gaps_in_memory(n: int, dtype: str) -> None:
    x = np.random.default_rng(0).random(2 * n).astype(dtype)[::2]
    assert errors(sum_over(x), x, None) <= 2
    rows = np.random.default_rng(1).random((700, 2 * n)).astype(dtype)[:, ::2]  # too large to be copied first
    assert errors(sum_over(rows, 1), rows, 1) <= 2


@pytest.mark.parametrize("n", [513, 777, 1000, 1001, 2049])
def test_products_of_columns(n: int) -> None:
    x, y = np.random.default_rng(0).random((2, n, 40)).astype(np.float32)
    exact = np.array([math.fsum(c) for c in (x.astype(np.float64) * y).T.tolist()])
    np.testing.assert_allclose(column_dots(x, y), exact, rtol=3 * np.finfo(np.float32).eps)


def test_long_rows_of_whole_numbers_are_summed_exactly() -> None:
    """Whole numbers have exact sums in any order: so no element is left out, or taken twice, at the ends of the parts."""
    rng = np.random.default_rng(0)
    for rows, n in ((1, 9000), (3, 256 * 40), (2, 5003), (20, 513), (3, 512), (3, 100), (2, 1024), (1, 0)):
        for dtype in (np.float32, np.float64):
            x, y = (rng.integers(-50, 51, (rows, n)).astype(dtype) for _ in range(2))
            np.testing.assert_array_equal(row_sums(x), x.astype(np.int64).sum(1))
            np.testing.assert_array_equal(row_dots(x, y), (x.astype(np.int64) * y.astype(np.int64)).sum(1))
            np.testing.assert_array_equal(sum_over(x[0]), x[0].astype(np.int64).sum())
            np.testing.assert_array_equal(sum_over(x[:, ::2], 1), x[:, ::2].astype(np.int64).sum(1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("layout", ["in order", "every other", "transposed"])
def test_the_bound_would_catch_numpy(layout: str, dtype: str) -> None:
    x = LAYOUTS[layout](np.full((5000, 3, 2), 1 / 3).astype(dtype))
    slow = 1 if layout == "transposed" else 0
    x = x if slow == 0 else x.swapaxes(0, 1)
    naive = np.zeros((3, 2), dtype)
    for row in np.moveaxis(x, slow, 0):
        naive += row
    assert errors(naive, x, slow) > 100
    assert errors(sum_over(x, slow), x, slow) < 3


@given(seed=st.integers(0, 999), n=st.integers(1, 2500), columns=st.sampled_from([1, 2, 7, 100]))
def test_sums_and_dots_of_matrices(seed: int, n: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.random((2, n, columns), np.float32)
    assert errors(column_sums(x), x, 0) <= 3
    assert errors(column_sums(np.asfortranarray(x)), x, 0) <= 3
    assert errors(column_dots(x, y), (x.astype(float) * y).astype(np.float32), 0) <= 4
    rows, others = np.ascontiguousarray(x.T), np.ascontiguousarray(y.T)
    assert errors(row_sums(rows), rows, 1) <= 3
    assert errors(row_dots(rows, others), (rows.astype(float) * others).astype(np.float32), 1) <= 10


@pytest.mark.parametrize("shape", [(300_000, 2), (2000, 600), (65, 9000), (2_500_000, 1)])
def test_a_large_matrix_is_summed_in_parts(shape: tuple[int, int]) -> None:
    assert math.prod(shape) > summation._PART
    x = np.full(shape, 0.1, np.float32)
    for found in (column_sums(x), column_dots(x, np.ones_like(x))):
        np.testing.assert_allclose(found, shape[0] * float(x[0, 0]), rtol=3e-7)


@pytest.mark.parametrize("dim", [None, 0, 1, (0, 1), (0, 2), (1, 2), ()])
@pytest.mark.parametrize("shape", [(0, 3, 2), (3, 0, 20), (1, 1, 1), (20, 1, 30), (1, 50, 1)])
def test_sums_of_empty_and_thin_arrays(shape: tuple[int, ...], dim: Any) -> None:
    x = np.ones(shape, np.float32)
    for keepdim in (False, True):
        found, expected = sum_over(x, dim, keepdim), x.sum(axis=dim, keepdims=keepdim)
        assert np.shape(found) == np.shape(expected)
        np.testing.assert_array_equal(found, expected)


def test_infinities_and_nan_are_summed() -> None:
    x = np.ones((100, 4), np.float32)
    x[50] = [np.inf, -np.inf, np.nan, 1]
    x[60, 0] = -np.inf
    with np.errstate(invalid="ignore"):
        for dim, y in ((0, x), (1, np.ascontiguousarray(x.T)), (0, np.asfortranarray(x))):
            np.testing.assert_array_equal(sum_over(y, dim), [np.nan, -np.inf, np.nan, 100])


# ----------------------------------------------------------------------------------------------- what users call

MILLION = 1_000_000
TENTH = float(np.float32(0.1))


def test_sums_over_millions_of_rows() -> None:
    x = tl.full((20 * MILLION, 2), 1.0)
    assert x.mean(0).tolist() == [1, 1]
    assert x.sum(0).tolist() == [20 * MILLION] * 2
    x = tl.full((MILLION, 2), 0.1)
    for found in (x.sum(0), x.nansum(0), x.t().sum(1), x.norm(1, dim=0), x.mean(0) * MILLION, tl.einsum("ij->j", x)):
        np.testing.assert_allclose(found.numpy(), MILLION * TENTH, rtol=3e-7)
    np.testing.assert_allclose(x.norm(dim=0).numpy(), math.sqrt(MILLION) * TENTH, rtol=3e-7)
    np.testing.assert_allclose(tl.logsumexp(x, 0).numpy(), math.log(MILLION) + TENTH, rtol=3e-7)
    np.testing.assert_allclose(tl.softmax(x, 0)[0].numpy(), 1 / MILLION, rtol=1e-6)


def test_gradients_that_are_summed_over_a_million_rows() -> None:
    bias, weight = tl.zeros(2, requires_grad=True), tl.ones(2, requires_grad=True)
    x = tl.ones(MILLION, 2)
    ((x + bias) * 0.1).sum().backward()
    ((x * weight) * 0.1).sum().backward()
    expanded = tl.zeros(1, 2, requires_grad=True)
    (expanded.expand(MILLION, 2) * 0.1).sum().backward()
    linear = tl.nn.Linear(2, 2)
    (linear(x) * 0.1).sum().backward()
    found = [bias.grad, weight.grad, expanded.grad[0], linear.bias.grad]  # type: ignore[index]  # it has a gradient
    for dims in ((MILLION, 2), (10, 2, MILLION // 10)):
        norm = tl.nn.BatchNorm1d(2)
        (norm(tl.ones(*dims)) * 0.1).sum().backward()
        found.append(norm.bias.grad)  # type: ignore[arg-type]  # it has one
    norm = tl.nn.LayerNorm(2)
    (norm(x) * 0.1).sum().backward()
    found.append(norm.bias.grad)  # type: ignore[arg-type]  # it has one
    for g in found:
        np.testing.assert_allclose(g.numpy(), MILLION * TENTH, rtol=3e-7)  # type: ignore[union-attr]  # it has one


@pytest.mark.parametrize("dim", [0, 1])
def test_scans_do_not_drift(dim: int) -> None:
    x = tl.full((2 * MILLION, 1), 0.1)
    x = x if dim == 0 else x.t()
    expected = TENTH * np.arange(1, 2 * MILLION + 1)
    np.testing.assert_allclose(x.cumsum(dim).numpy().reshape(-1), expected, rtol=1e-7)
    near_one = tl.full((100_000,), 1 + 2**-20)
    power = math.exp(100_000 * math.log1p(2**-20))
    np.testing.assert_allclose(near_one.cumprod(0)[-1].item(), power, rtol=1e-7)
    np.testing.assert_allclose(near_one.prod().item(), power, rtol=1e-7)


@pytest.mark.parametrize("groups", [1, 2])
def test_normalizations_of_long_rows_keep_their_digits(groups: int) -> None:
    n = MILLION
    x = np.random.default_rng(0).random((groups, n), np.float32) + 3
    wide = x.astype(np.float64)
    expected = (wide - wide.mean(1, keepdims=True)) / np.sqrt(wide.var(1, keepdims=True) + 1e-5)
    np.testing.assert_allclose(F.layer_norm(tl.from_numpy(x), (n,)).numpy(), expected, atol=2e-6)
    rows = tl.from_numpy(x).reshape(1, groups, n)
    np.testing.assert_allclose(F.group_norm(rows, groups).numpy()[0], expected, atol=2e-6)
    columns = F.batch_norm(tl.from_numpy(np.ascontiguousarray(x.T)), None, None, training=True)
    np.testing.assert_allclose(columns.numpy().T, expected, atol=2e-6)


# ------------------------------------------------------------------------------------------------ huge and tiny


@pytest.mark.parametrize("size", [1e20, 1e-30, 1.0, 3e37])
def test_deviations_of_any_size(size: float) -> None:
    x = tl.tensor([1 * size, 2 * size, 3 * size], requires_grad=True)
    y = x.std()
    y.backward()
    np.testing.assert_allclose(y.item(), size, rtol=3e-7)
    np.testing.assert_allclose(x.grad.numpy(), [-0.5, 0, 0.5], atol=1e-6)  # type: ignore[union-attr]  # it has one


def test_variances_of_a_large_mean() -> None:
    x = tl.tensor([1e6, 1e6 + 0.0625, 1e6 + 0.125])
    assert x.var().item() == 0.0625**2
    assert tl.full((1000,), 0.1).var().item() == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("size", [1e20, 1e30, 1e-30, 1.0])
@pytest.mark.parametrize("p", [1.5, 2.0, 3.0])
def test_norms_of_any_size(size: float, p: float) -> None:
    x = tl.tensor([[3 * size, -4 * size], [0.0, 0.0]], requires_grad=True)
    y = x.norm(p, dim=1)
    y.sum().backward()
    length = (3**p + 4**p) ** (1 / p)
    np.testing.assert_allclose(y.tolist(), [length * size, 0], rtol=3e-7)
    slopes = [(3 / length) ** (p - 1), -((4 / length) ** (p - 1))]
    np.testing.assert_allclose(x.grad.numpy(), [slopes, [0, 0]], rtol=1e-6)  # type: ignore[union-attr]  # it has one


# ------------------------------------------------------------------------------------------------------ float16

HALF = tl.float16


def half(*values: Any) -> Any:
    return tl.tensor(list(values), dtype=HALF, requires_grad=True)


def test_sums_of_float16_pass_2048() -> None:
    x = tl.ones(5000, 3, dtype=HALF)
    assert x.sum(0).tolist() == x.t().sum(1).tolist() == [5000] * 3
    assert x.cumsum(0)[-1].tolist() == [5000] * 3
    assert (x.t() @ x)[0].tolist() == [5000] * 3
    bias = tl.zeros(3, dtype=HALF, requires_grad=True)
    (x + bias).sum(1).backward(tl.ones(5000, dtype=HALF))
    assert bias.grad.tolist() == [5000] * 3  # type: ignore[union-attr]  # it has a gradient
    table = tl.zeros(2, 3, dtype=HALF, requires_grad=True)
    table[tl.zeros(5000, dtype=tl.int64)].backward(x)
    assert table.grad[0].tolist() == [5000] * 3  # type: ignore[index]  # it has a gradient


def test_the_mean_of_many_float16_has_a_gradient() -> None:
    x = tl.ones(100_000, dtype=HALF, requires_grad=True)
    (x.mean() * 1024).backward()
    np.testing.assert_allclose(x.grad[:2].tolist(), 0.01024, rtol=1e-3)  # type: ignore[index]  # it has a gradient


# From PyTorch 2.13 in float64, at x = [200, 300, 400, 600].
OF_HUNDREDS: dict[str, tuple[Any, list[float]]] = {
    "norm": (lambda x: x.norm(), [806.2258]),
    "norm of order 3": (lambda x: x.norm(3), [681.2920]),
    "var": (lambda x: x.var() / 100, [291.6667]),
    "std": (lambda x: x.std(), [170.7825]),
    "layer_norm": (lambda x: F.layer_norm(x, (4,)), [-1.1832, -0.5071, 0.1690, 1.5213]),
    "rms_norm": (lambda x: F.rms_norm(x, (4,)), [0.4961, 0.7442, 0.9923, 1.4884]),
    "group_norm": (lambda x: F.group_norm(x.reshape(1, 4), 1), [-1.1832, -0.5071, 0.1690, 1.5213]),
    "batch_norm": (
        lambda x: F.batch_norm(x.reshape(4, 1), None, None, training=True),
        [-1.1832, -0.5071, 0.169, 1.5213],
    ),
    "normalize": (lambda x: F.normalize(x, dim=0), [0.2481, 0.3721, 0.4961, 0.7442]),
    "softplus": (lambda x: F.softplus(x), [200.0, 300.0, 400.0, 600.0]),
    "gelu": (lambda x: F.gelu(x), [200.0, 300.0, 400.0, 600.0]),
    "gelu by tanh": (lambda x: F.gelu(x, approximate="tanh"), [200.0, 300.0, 400.0, 600.0]),
    "mish": (lambda x: F.mish(x), [200.0, 300.0, 400.0, 600.0]),
    "logsumexp": (lambda x: x.logsumexp(0), [600.0]),
    "cosine_similarity": (lambda x: F.cosine_similarity(x, x.flip(0), dim=0), [0.7385]),
    "pairwise_distance": (lambda x: F.pairwise_distance(x.reshape(1, 4), x.flip(0).reshape(1, 4)), [583.0952]),
}


@pytest.mark.parametrize("name", OF_HUNDREDS)
def test_float16_does_not_overflow_on_the_way(name: str) -> None:
    function, expected = OF_HUNDREDS[name]
    x = half(200, 300, 400, 600)
    y = function(x)
    assert y.dtype == HALF
    np.testing.assert_allclose(y.detach().numpy().reshape(-1), expected, rtol=2e-3, atol=1e-3)
    y.sum().backward()
    wide = tl.tensor([200.0, 300.0, 400.0, 600.0], dtype=tl.float64, requires_grad=True)
    function(wide).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), wide.grad.numpy(), rtol=4e-3, atol=4e-3)  # type: ignore[union-attr]  # it has one


def test_a_result_of_float16_is_rounded_once_and_named_after_its_operation() -> None:
    x = half(1000, 0.5)
    y = x * x
    assert repr(y.grad_fn) == "<MulBackward0>"
    assert y.dtype == HALF
    (g,) = tl.autograd.grad((x * 1e-3).sum(), x, create_graph=True)
    assert g.dtype == HALF
    with pytest.raises(RuntimeError, match="to have the same dtype"):
        x.reshape(1, 2) @ tl.ones(2, 1)


def test_gradients_of_float16_are_clipped() -> None:
    p = tl.nn.Parameter(tl.zeros(2, dtype=HALF))
    p.grad = tl.tensor([300.0, 400.0], dtype=HALF)
    assert tl.nn.utils.clip_grad_norm_([p], 1.0).item() == 500
    np.testing.assert_allclose(p.grad.tolist(), [0.6, 0.8], rtol=1e-3)


def test_batch_norm_of_float16_updates_its_averages() -> None:
    layer = tl.nn.BatchNorm1d(1).half()
    layer(tl.tensor([[200.0], [300.0], [400.0], [600.0]], dtype=HALF))
    assert layer.running_mean.dtype == HALF
    np.testing.assert_allclose(layer.running_mean.tolist(), [37.5], rtol=1e-3)  # 0.1 · 375
    np.testing.assert_allclose(layer.running_var.tolist(), [2917.6], rtol=1e-3)  # 0.9 + 0.1 · 29166.7


# ----------------------------------------------------------------------------------------------------- compiled


@pytest.mark.parametrize("dtype", [tl.float16, tl.float32])
def test_a_compiled_program_sums_to_the_same_bits(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    x = tl.tensor(rng.random((3000, 5)), dtype=dtype)
    b = tl.tensor(rng.random(5), dtype=dtype, requires_grad=True)

    def loss(x: Any, b: Any) -> Any:
        y = x + b
        return y.mean(0).sum() + y.var(0).mean() + y.norm() * 1e-2 + tl.logsumexp(y, 0).mean()

    compiled = tl.compile(loss)
    found = []
    for function in (loss, compiled, compiled):
        b.grad = None
        y = function(x, b)
        y.backward()
        found.append((y.detach().numpy(), b.grad.numpy().copy()))  # type: ignore[union-attr]  # it has a gradient
    for other in found[1:]:
        np.testing.assert_array_equal(found[0][0], other[0])
        np.testing.assert_array_equal(found[0][1], other[1])


def test_dots_of_long_rows_do_not_drift() -> None:
    """BLAS adds a million products in a few parallel sums, with an error of a thousand units of the last place here."""
    for length in (512, 513, 1 << 20, (1 << 20) + 100):
        x = np.full((2, length), 1 / 3, np.float32)
        exact = length * float(x[0, 0]) ** 2
        np.testing.assert_allclose(row_dots(x, x), [exact] * 2, rtol=5 * np.finfo(np.float32).eps)
