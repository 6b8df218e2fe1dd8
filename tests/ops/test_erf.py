"""The error function and its complement, held against longer computations and the C library."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tinygrad_lite.ops.kernels.erf import erf, erfc, normal_cdf

# x, erf(x), erfc(x) to 20 digits (mpmath). The first ten digits of erf are in Abramowitz and Stegun, table 7.1;
# erf(1) is A099286 of the OEIS.
TABLE = [
    (1e-300, "1.1283791670955126022e-300", "1.0"),
    (1e-8, "1.1283791670955125599e-8", "0.99999998871620832904"),
    (0.1, "0.1124629160182848984", "0.8875370839817151016"),
    (0.49, "0.51166826118852309133", "0.48833173881147690867"),
    (0.5, "0.52049987781304653768", "0.47950012218695346232"),
    (0.9, "0.79690821242283213966", "0.20309178757716786034"),
    (1.0, "0.84270079294971486934", "0.15729920705028513066"),
    (1.1, "0.88020506957408172966", "0.11979493042591827034"),
    (2.0, "0.99532226501895273416", "0.0046777349810472658379"),
    (3.5, "0.99999925690162765859", "7.4309837234141274552e-7"),
    (5.5, "0.99999999999999264215", "7.3578479179743980631e-15"),
    (10.0, "1.0", "2.088487583762544757e-45"),
    (20.0, "1.0", "5.3958656116079009289e-176"),
    (26.0, "1.0", "5.6631924088561428465e-296"),
    (26.5, "1.0", "2.2109076642637342759e-307"),
    (-0.7, "-0.67780119383741844228", "1.6778011938374184423"),
    (-3.0, "-0.99997790950300141456", "1.9999779095030014146"),
]
SEAMS = [0.0, 0.5, 1.0, 4.0, 6.0, 26.5]  # where one formula gives way to the next


def points() -> Any:
    """Both signs of everything from the least subnormal to where erfc is subnormal, and the neighbours of the seams."""
    rng = np.random.default_rng(7)
    decades = 10.0 ** rng.uniform(-307, 1, 4000)
    seams = np.array(SEAMS)
    near = [np.nextafter(seams, -np.inf), seams, np.nextafter(seams, np.inf)]
    sizes = [rng.uniform(0, 1.5, 8000), rng.uniform(1, 6.5, 6000), rng.uniform(6, 26.5, 4000), decades, *near]
    positive = np.abs(np.concatenate(sizes))
    return np.concatenate([positive, -positive])


def relative(found: Any, expected: list[float]) -> float:
    wanted = np.array(expected)
    return float(np.max(np.abs(found - wanted) / np.maximum(np.abs(wanted), 2.3e-308)))


class TestDouble:
    @pytest.mark.parametrize(("x", "value", "complement"), TABLE)
    def test_literal_values(self, x: float, value: str, complement: str) -> None:
        assert erf(x) == pytest.approx(float(value), rel=4e-16, abs=0)
        assert erfc(x) == pytest.approx(float(complement), rel=1e-15, abs=0)

    def test_against_the_c_library(self) -> None:
        x = points()
        assert len(x) > 20_000
        # math's own error, below a unit in the last place, is part of the difference.
        assert relative(erf(x), [math.erf(v) for v in x.tolist()]) < 8e-16
        assert relative(erfc(x), [math.erfc(v) for v in x.tolist()]) < 2e-15

    def test_subnormal_results(self) -> None:
        tiny = np.array([5e-324, 1e-323, 1e-310, 2e-308])
        assert np.all(np.abs(erf(tiny) - [math.erf(v) for v in tiny.tolist()]) <= 5e-324)
        far = np.linspace(26.55, 27.3, 200)
        assert np.all(np.abs(erfc(far) - [math.erfc(v) for v in far.tolist()]) < 3e-322)

    def test_never_falls_nor_leaves_its_bounds(self) -> None:
        x = np.sort(points())
        assert np.all(np.diff(erf(x)) >= 0)
        assert np.all(np.abs(erf(x)) <= 1)
        assert np.all(np.diff(erfc(x)) <= 0)
        assert np.all((erfc(x) >= 0) & (erfc(x) <= 2))

    def test_odd(self) -> None:
        x = points()
        assert np.array_equal(erf(-x), -erf(x))

    def test_special_values(self) -> None:
        x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e308, -1e308])
        np.testing.assert_array_equal(erf(x), [0, 0, 1, -1, np.nan, 1, -1])
        np.testing.assert_array_equal(np.signbit(erf(x[:2])), [False, True])
        np.testing.assert_array_equal(erfc(x), [1, 1, 0, 2, np.nan, 0, 2])


class TestSingleAndHalf:
    def test_single(self) -> None:
        x = points().astype(np.float32)
        for function, reference in ((erf, math.erf), (erfc, math.erfc)):
            found = function(x)
            wanted = np.array([reference(v) for v in x.tolist()])
            assert found.dtype == np.float32
            ulps = np.abs(found - wanted) / np.spacing(np.abs(wanted).astype(np.float32))
            assert ulps.max() < 2

    def test_half_is_within_a_unit_in_the_last_place(self) -> None:
        every = np.arange(2**16, dtype=np.uint16).view(np.float16)
        x = every[np.isfinite(every)]
        for function, reference in ((erf, math.erf), (erfc, math.erfc)):
            found = function(x)
            wanted = np.array([reference(v) for v in x.tolist()])
            assert found.dtype == np.float16
            assert np.all(np.abs(found - wanted) < np.spacing(np.abs(wanted).astype(np.float16)))


class TestShapes:
    @pytest.mark.parametrize("function", [erf, erfc])
    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    @pytest.mark.parametrize("shape", [(), (0,), (3, 0), (1,), (2, 3), (5, 1, 4)])
    def test_shape_and_dtype(self, function: Any, dtype: Any, shape: tuple[int, ...]) -> None:
        found = function(np.full(shape, 0.25, dtype))
        assert isinstance(found, np.ndarray)
        assert (found.shape, found.dtype) == (shape, dtype)

    def test_python_numbers(self) -> None:
        assert erf(0.5).dtype == np.float64
        assert erf(1) == erf(1.0)
        assert erfc(-2) == erfc(np.float64(-2))

    def test_any_layout_and_the_ends_of_blocks(self) -> None:
        x = np.linspace(-3, 3, 40_000)
        assert np.array_equal(erf(x.reshape(200, 200).T), erf(x).reshape(200, 200).T)
        assert np.array_equal(erf(x[::-3]), erf(x)[::-3])
        assert np.array_equal(erfc(np.array(x[12_345])), erfc(x)[12_345])

    def test_the_argument_is_left_alone(self) -> None:
        x = np.linspace(-3, 3, 10)
        before = x.copy()
        erf(x), erfc(x)
        assert np.array_equal(x, before)

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    def test_no_floating_point_warning(self, dtype: Any) -> None:
        limits = np.finfo(dtype)
        x = np.array([0, limits.tiny, limits.smallest_subnormal, 0.5, 1, 5, 27, limits.max], dtype)
        with np.errstate(all="raise"):
            for function in (erf, erfc):
                assert np.all(np.isfinite(function(x)))
                assert np.all(np.isfinite(function(-x)))


@pytest.mark.parametrize(("dtype", "bound"), [("float64", 3e-16), ("float32", 1.3e-7), ("float16", 3e-4)])
def test_the_normal_distribution(dtype: str, bound: float) -> None:
    x = np.concatenate([np.linspace(-14, 14, 20001), [1e4, -1e4, 0.0, np.inf, -np.inf]]).astype(dtype)
    expected = [0.5 * math.erfc(-float(a) * 0.5**0.5) for a in x]
    found = normal_cdf(x)
    assert found.dtype == dtype
    assert np.abs(found - expected).max() < bound
    assert found[-5:].tolist() == [1.0, 0.0, 0.5, 1.0, 0.0]
    assert np.isnan(normal_cdf(np.array(np.nan, dtype)))
    if dtype == "float32":
        assert normal_cdf(np.float32([1e30, -1e30])).tolist() == [1.0, 0.0]
