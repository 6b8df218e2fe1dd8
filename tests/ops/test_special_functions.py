"""Special functions against high precision, at their special values, and the derivatives of those."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.ops import sampling
from tinygrad_lite.ops.kernels import implicit

from ..support.special_function_values import DIRICHLET_SLOPES, GAMMA_SLOPES, ONE, TWO

S = tl.special
inf, nan = math.inf, math.nan


def function(name: str) -> Any:
    """The function of a table's name, on Tensors; an order may follow."""
    base, _, order = name.partition(" ")
    if order:
        return lambda x: tl.polygamma(int(order), x)
    return getattr(tl, base, None) or getattr(S, base)


# P and Q are powers and exponentials of large numbers, whose rounding errors they inherit.
ULPS = {"igamma": 20, "igammac": 20}
NEAR_ZEROS = {"lgamma"}
"""A function with zeros, near which the error is absolute."""


@pytest.mark.parametrize("name", [*ONE, *TWO])
@np.errstate(all="ignore")
def test_values_are_those_of_high_precision(name: str) -> None:
    table: dict[Any, float] = {**ONE, **TWO}[name]
    points = np.array(list(table), np.float64)
    expected = np.array(list(table.values()))
    columns = [points] if points.ndim == 1 else list(points.T)
    found = function(name)(*map(tl.tensor, columns)).numpy()
    eps = 2.0**-52
    error = np.abs(found - expected) / np.maximum(np.abs(expected), 1 if name in NEAR_ZEROS else 0)
    bound = ULPS.get(name, 4) * eps
    assert (error[expected != 0] <= bound).all(), dict(zip(table, error / eps, strict=True))
    assert (found[expected == 0] == 0).all()
    # float32 is the same for the numbers that it has, rounded once
    single = [c.astype(np.float32) for c in columns]
    narrow = function(name)(*map(tl.tensor, single))
    wide = function(name)(*(tl.tensor(c.astype(np.float64)) for c in single)).numpy().astype(np.float32)
    assert narrow.dtype is tl.float32
    np.testing.assert_array_equal(narrow.numpy(), wide)


SPECIAL = {
    "lgamma": {0.0: inf, -1.0: inf, -30.0: inf, 1.0: 0, 2.0: 0, inf: inf, -inf: inf, nan: nan, 5e-324: 744.4400719213812},
    "digamma": {0.0: -inf, -1.0: nan, inf: inf, -inf: nan, nan: nan},
    "polygamma 1": {0.0: inf, -1.0: inf, inf: 0, nan: nan},
    "polygamma 2": {0.0: -inf, -1.0: -inf, inf: 0, nan: nan},
    "polygamma 200": {1.0: -inf, 3.0: -inf},
    "erfcx": {0.0: 1, inf: 0, -inf: inf, nan: nan, -30.0: inf, -26.75: inf, 1e200: 1e-200 / math.sqrt(math.pi)},
    "erfinv": {0.0: 0, 1.0: inf, -1.0: -inf, 1.5: nan, -inf: nan, nan: nan},
    "ndtr": {0.0: 0.5, inf: 1, -inf: 0, nan: nan, -40.0: 0},
    "log_ndtr": {0.0: -math.log(2), inf: 0, -inf: -inf, nan: nan, -1e200: -inf, 40.0: 0},
    "ndtri": {0.0: -inf, 0.5: 0, 1.0: inf, -0.5: nan, 2.0: nan, nan: nan},
    "i0": {0.0: 1, inf: inf, -inf: inf, nan: nan, 800.0: inf},
    "i1": {0.0: 0, inf: inf, -inf: -inf, nan: nan, -800.0: -inf},
    "i0e": {0.0: 1, inf: 0, -inf: 0, nan: nan},
    "i1e": {0.0: 0, inf: 0, -inf: 0, nan: nan},
    "entr": {0.0: 0, 1.0: 0, -1.0: -inf, inf: -inf, nan: nan},
}  # fmt: skip
OF_TWO = [
    ("igamma", [(0, 1, 1), (0, 0, nan), (1, 0, 0), (inf, 1, 0), (1, inf, 1), (inf, inf, nan), (-1, 1, nan), (1, -1, nan)]),
    ("igammac", [(0, 1, 0), (0, 0, nan), (1, 0, 1), (inf, 1, 1), (1, inf, 0), (nan, 1, nan), (1, nan, nan)]),
    ("zeta", [(1, 2, inf), (0.5, 2, nan), (2, 0, inf), (2, -1, inf), (2.5, -0.5, nan), (2, inf, 0), (nan, 1, nan)]),
    ("xlog1py", [(0, -2, 0), (0, -1, 0), (0, nan, nan), (1, -1, -inf), (2, inf, inf), (0, inf, 0), (nan, 0, nan)]),
]  # fmt: skip


def test_special_values() -> None:
    for name, table in SPECIAL.items():
        found = function(name)(tl.tensor(list(table), dtype=tl.float64)).numpy()
        np.testing.assert_allclose(found, list(table.values()), rtol=1e-15, err_msg=name)
    assert math.copysign(1, tl.digamma(tl.tensor(-0.0)).item()) == 1
    for name, rows in OF_TWO:
        x, y, expected = np.array(rows, np.float64).T
        np.testing.assert_array_equal(function(name)(tl.tensor(x), tl.tensor(y)).numpy(), expected, name)


def slopes(f: Any, *points: float, order: int = 1) -> list[float]:
    x = tl.tensor(points, dtype=tl.float64, requires_grad=True)
    y = f(x)
    for i in range(order):
        (y,) = tl.autograd.grad(y.sum(), x, create_graph=i + 1 < order)
    found: list[float] = y.tolist()
    return found


def test_derivatives_at_special_points() -> None:
    """From series and closed forms."""
    assert slopes(S.i1, 0.0) == [0.5]
    assert slopes(S.i1, 0.0, order=3) == [0.375]
    assert slopes(S.i0, 0.0, order=4) == [0.375]
    assert slopes(S.i0, -2.0, order=2) == pytest.approx([1.4842668750174028], rel=1e-15)
    assert slopes(S.i0, -2.0, order=3) == pytest.approx([-1.2461626307879599], rel=1e-15)
    assert slopes(S.i0e, -2.0, order=2) == pytest.approx([0.07884342198499793], rel=1e-14)
    assert slopes(S.entr, 0.0, 1.0, -1.0) == pytest.approx([inf, -1, nan], nan_ok=True)
    assert slopes(lambda x: S.xlog1py(x, x - 2), 0.0) == pytest.approx([0])
    assert slopes(lambda y: S.xlog1py(tl.zeros(2, dtype=tl.float64), y), -1.0, 3.0) == [0, 0]
    assert slopes(S.log_ndtr, -300.0, 300.0) == pytest.approx([300 + 1 / 300 - 2 / 300**3, 0], rel=1e-13)
    assert slopes(S.log_ndtr, 0.0, order=2) == pytest.approx([-2 / math.pi], rel=1e-14)
    assert slopes(tl.lgamma, 1.0) == pytest.approx([-0.5772156649015329], rel=1e-15)
    assert slopes(tl.lgamma, 1.0, order=2) == pytest.approx([math.pi**2 / 6], rel=1e-15)
    assert slopes(tl.lgamma, 1.0, order=3) == pytest.approx([-2.4041138063191885], rel=1e-15)
    assert slopes(tl.erfinv, 0.0, order=3) == pytest.approx([math.pi**1.5 / 4], rel=1e-14)
    assert slopes(S.ndtri, 0.5) == pytest.approx([math.sqrt(2 * math.pi)], rel=1e-15)
    assert slopes(S.erfcx, 0.0, order=2) == pytest.approx([2], rel=1e-15)
    one = tl.ones(2, dtype=tl.float64)
    assert slopes(lambda x: tl.igamma(one, x), 0.0, 2.0) == pytest.approx([1, math.exp(-2)], rel=1e-15)
    assert slopes(lambda x: tl.igammac(2 * one, x), 0.0, 2.0) == pytest.approx([0, -2 * math.exp(-2)], rel=1e-14)


@pytest.mark.parametrize(
    ("name", "phrase"), [("igamma", "igamma: input"), ("igammac", "igammac: input"), ("zeta", "zeta")]
)
def test_there_is_no_derivative_by_the_first_argument(name: str, phrase: str) -> None:
    x = tl.tensor([1.5], requires_grad=True)
    out = function(name)(x, tl.tensor([2.0]))  # only the backward pass needs it
    with pytest.raises(NotImplementedError, match=f"the derivative for '{phrase}' is not implemented"):
        out.backward()


def test_logcumsumexp() -> None:
    """Its derivative is softmax-like for numbers far apart, and exact where exponentials overflow or vanish."""
    x = tl.tensor([-inf, 1000.0, 999.0, -2000.0, 1001.0], dtype=tl.float64, requires_grad=True)
    out = tl.logcumsumexp(x, 0)
    e = math.e
    expected = [-inf, 1000, 1000 + math.log1p(1 / e), 1000 + math.log1p(1 / e), 1001 + math.log(1 + 1 / e + 1 / e**2)]
    np.testing.assert_allclose(out.detach().numpy(), expected, rtol=1e-15)
    out.backward(tl.tensor([0.0, 1, 10, 100, 1000], dtype=tl.float64))
    first, second, third = 1 / (1 + 1 / e), 1 / (1 + 1 / e + 1 / e**2), 0.0
    by_x = [0, 1 + 110 * first + 1000 * second / e, 110 * first / e + 1000 * second / e**2, third, 1000 * second]
    np.testing.assert_allclose(x.grad.numpy(), by_x, rtol=1e-12)  # type: ignore[union-attr]  # it has a gradient
    many = tl.zeros(100_000)
    assert tl.logcumsumexp(many, 0)[-1].item() == pytest.approx(math.log(100_000), rel=1e-7)
    nothing = tl.zeros(0, 3, requires_grad=True)
    tl.logcumsumexp(nothing, 0).sum().backward()
    first = tl.autograd.grad(tl.logcumsumexp(nothing, 0).sum(), nothing, create_graph=True)[0]
    assert first.shape == (0, 3)
    assert nothing.grad.shape == (0, 3)  # type: ignore[union-attr]  # it has a gradient


def test_slopes_of_random_numbers() -> None:
    """∂x/∂a of gamma and Dirichlet distributed numbers, against derivatives of P and I in high precision."""
    for (a, x), expected in GAMMA_SLOPES.items():
        assert implicit.gamma_slope(np.array([a]), np.array([x]))[0] == pytest.approx(expected, rel=1e-7), (a, x)
    for (x, a, b), expected in DIRICHLET_SLOPES.items():
        found = implicit.dirichlet_slope(np.array([x]), np.array([a]), np.array([a + b]))
        assert found[0] == pytest.approx(expected, rel=1e-12), (x, a, b)
    assert implicit.gamma_slope(np.float32([2]), np.float32([3])).dtype == np.float32


def test_names() -> None:
    assert S.psi is tl.digamma and S.gammaln is tl.lgamma and S.gammainc is tl.igamma
    x = tl.tensor([2.5])
    for name in ("lgamma", "digamma", "erfinv", "i0"):
        y = x / 5
        assert getattr(y, f"{name}_")() is y
        assert y.equal(getattr(tl, name)(x / 5))
    assert x.clone().mvlgamma_(2).equal(tl.mvlgamma(x, 2))
    assert x.clone().igamma_(x).equal(tl.igamma(x, x))
    assert x.clone().polygamma_(2).equal(tl.polygamma(2, x))
    with pytest.raises(AttributeError, match="PyTorch has it, this library does not"):
        _ = S.bessel_j0


def test_random_numbers_have_the_derivatives_of_drawing() -> None:
    """standard_gamma and standard_dirichlet return what was drawn; dx_k/da_j is slope_j (δ_kj - x_k)."""
    (a, x), slope = next(iter(GAMMA_SLOPES.items()))
    concentration = tl.tensor([a, 2.0], dtype=tl.float64, requires_grad=True)
    drawn = tl.tensor([x, 3.0], dtype=tl.float64)
    out = sampling.standard_gamma(concentration, drawn)
    assert out.equal(drawn)
    out.backward(tl.tensor([2.0, 0.0], dtype=tl.float64))
    np.testing.assert_allclose(concentration.grad.numpy(), [2 * slope, 0], rtol=1e-7)  # type: ignore[union-attr]  # it has one
    g = tl.tensor([1.0, 0.0], dtype=tl.float64, requires_grad=True)
    (by_x,) = tl.autograd.grad(sampling.standard_gamma(concentration, drawn), concentration, g, create_graph=True)
    assert tl.autograd.grad(by_x[0], g, retain_graph=True)[0].numpy() == pytest.approx([slope, 0], rel=1e-7)
    with pytest.raises(NotImplementedError, match="for '_standard_gamma_grad' is not implemented"):
        tl.autograd.grad(by_x[0], concentration)

    alpha, values = np.array([[0.5, 1.5, 2.0], [2.0, 1.0, 1.0]]), np.array([[0.1, 0.3, 0.6], [0.5, 0.25, 0.25]])
    weights = np.array([[1.0, -2.0, 3.0], [2.0, 0.5, -1.0]])
    concentration = tl.tensor(alpha, requires_grad=True)
    out = sampling.standard_dirichlet(concentration, tl.tensor(values))
    g = tl.tensor(weights, requires_grad=True)
    (by_x,) = tl.autograd.grad(out, concentration, g, create_graph=True)
    own = implicit.dirichlet_slope(values, alpha, np.full((2, 1), 4.0))
    expected = own * (weights - (values * weights).sum(1, keepdims=True))
    np.testing.assert_allclose(by_x.detach().numpy(), expected, rtol=1e-12)
    by_g = tl.autograd.grad(by_x.sum(), g, retain_graph=True)[0].numpy()
    np.testing.assert_allclose(by_g, own - values * own.sum(1, keepdims=True), rtol=1e-12)
    with pytest.raises(NotImplementedError, match="for '_standard_gamma_grad' is not implemented"):
        tl.autograd.grad(by_x.sum(), concentration)
