"""The kernels of convolutions against their definitions, on both sides of where they change their method."""

from __future__ import annotations

import inspect
import itertools
import tracemalloc
from typing import Any
from unittest import mock

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.ops import convolution as ops
from tinygrad_lite.ops.kernels import convolution as kernels
from tinygrad_lite.ops.kernels import depthwise
from tinygrad_lite.ops.kernels import windows as sliding

F = tl.nn.functional


def settings(size: Any, kernel: Any, stride: Any, before: Any, dilation: Any) -> Any:
    """Windows that reach as far as they can over both borders."""
    places = tuple(
        (n + 2 * b - d * (k - 1) - 1) // s + 1
        for n, k, s, b, d in zip(size, kernel, stride, before, dilation, strict=True)
    )
    return kernel, stride, before, dilation, places


SHAPES = [
    # samples, channels, results, groups, then what the windows are
    (3, 2, 4, 1, settings((9, 7), (3, 2), (1, 1), (1, 1), (1, 1))),  # short lines
    (3, 2, 4, 2, settings((9, 7), (3, 2), (2, 1), (1, 0), (1, 2))),  # strides
    (2, 4, 4, 4, settings((8, 8), (7, 7), (1, 1), (0, 0), (1, 1))),  # one channel at a time
    (2, 1, 2, 1, settings((30,), (4,), (1,), (3,), (3,))),
    (1, 2, 2, 1, settings((4, 5, 6), (2, 3, 2), (1, 1, 1), (1, 1, 0), (1, 1, 2))),
    (1, 2, 2, 1, settings((4, 5, 6), (2, 3, 2), (2, 1, 3), (1, 1, 0), (1, 1, 1))),
    (2, 3, 2, 1, settings((5, 5), (1, 1), (1, 1), (0, 0), (1, 1))),
    (5, 2, 3, 1, settings((4, 20), (2, 3), (1, 1), (0, 1), (1, 1))),  # long lines
    (2, 3, 2, 1, settings((5, 5), (1, 1), (1, 1), (1, 0), (1, 1))),  # a border that windows see alone
    (2, 3, 3, 3, settings((5, 19), (3, 3), (1, 1), (1, 1), (1, 1))),  # channels by themselves: two runs of places
    (3, 3, 6, 3, settings((7, 45), (3, 5), (2, 2), (1, 2), (1, 2))),  # runs that overlap by more than a step
    (2, 2, 2, 2, settings((20,), (4,), (3,), (2,), (2,))),
    (2, 2, 2, 2, settings((4, 70), (2, 2), (2, 2), (0, 1), (1, 1))),  # wide images
    (2, 2, 4, 2, settings((3, 4, 20), (2, 3, 2), (1, 1, 1), (0, 0, 0), (1, 1, 1))),  # runs in three dimensions
    (2, 32, 32, 32, settings((22,), (3,), (1,), (0,), (1,))),  # as many channels as two runs have places
    (2, 2, 2, 2, settings((33, 21), (2, 2), (1, 1), (0, 0), (1, 1))),
    (1, 2, 2, 2, settings((40,), (3,), (3,), (1,), (1,))),  # a border that is less than a step
]


def close(found: Any, expected: Any) -> None:
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12 if expected.dtype == np.float64 else 1e-2)


@pytest.mark.parametrize("side_by_side", [2, 100])
@pytest.mark.parametrize("columns", [1, 200, 1 << 18])
def test_the_kernels_compute_the_definitions(columns: int, side_by_side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In parts of one line, of some lines, of some samples, and in one part; with samples side by side, and without."""
    monkeypatch.setattr(kernels, "_COLUMNS", columns)
    monkeypatch.setattr(depthwise, "_ELEMENTS", columns)
    monkeypatch.setattr(kernels, "_SAMPLES", side_by_side)
    rng = np.random.default_rng(0)
    for samples, channels, results, groups, windows in SHAPES:
        size = tuple(
            (p - 1) * s + (k - 1) * d + 1 - 2 * b + extra
            for k, s, b, d, p, extra in zip(*windows, (1, 0, 2), strict=False)
        )
        x = rng.standard_normal((samples, channels, *size))
        y = rng.standard_normal((samples, results, *windows[4]))
        weight = rng.standard_normal((results, channels // groups, *windows[0]))
        bias = rng.standard_normal(results)
        calls = [
            (ops.convolve, (x, weight, bias, windows, groups)),
            (ops.convolve, (x, weight, None, windows, groups)),
            (ops.convolve_adjoint, (y, weight, size, windows, groups)),
            (ops.convolve_weights, (x, y, windows, groups)),
        ]
        for primitive, args in calls:
            close(primitive.forward(*args), inspect.unwrap(primitive)(*args))
        # The three are one form, linear in each of three arguments.
        form = np.sum(ops.convolve.forward(x, weight, None, windows, groups) * y)
        assert np.sum(ops.convolve_adjoint.forward(y, weight, size, windows, groups) * x) == pytest.approx(form)
        assert np.sum(ops.convolve_weights.forward(x, y, windows, groups) * weight) == pytest.approx(form)
        wholes = [np.round(a * 3).astype(np.int64) for a in (x, weight, bias)]
        close(ops.convolve.forward(*wholes, windows, groups), inspect.unwrap(ops.convolve)(*wholes, windows, groups))


def test_which_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels by themselves go the way of their own, unless the image is wide and the windows are narrow."""
    of_channels, of_places = (((1, 3), (1, 1), (1, 1), (1, 1), (5, n)) for n in (47, 48))
    assert depthwise.pays(2, of_channels, 2)
    assert not any(
        depthwise.pays(*given)
        for given in ((2, of_places, 2), (2, of_channels, 1), (1, of_channels, 1), (2, (*of_channels[:4], (0, 4)), 2))
    )
    assert depthwise.pays(2, ((3,), (1,), (0,), (1,), (1,)), 2)
    assert depthwise.runs(((3, 5), (1, 2), (0, 1), (1, 2), (4, 40))) == (
        16,
        ((3, 39), (1, 32), (0, 1), (1, 1), (4, 3)),
    )
    assert depthwise.runs(((3,), (2,), (0,), (1,), (5,))) == (5, ((11,), (10,), (0,), (1,), (1,)))
    kernels_of_channels = ("convolve", "convolve_adjoint", "convolve_weights")
    spies = [mock.Mock(wraps=getattr(depthwise, name)) for name in kernels_of_channels]
    for name, spy in zip(kernels_of_channels, spies, strict=True):
        monkeypatch.setattr(depthwise, name, spy)
    rng = np.random.default_rng(0)
    for channels, groups in ((4, 4), (4, 2), (4, 1), (1, 1)):
        windows = settings((2, 6, 6), (1, 3, 3), (1, 2, 2), (0, 1, 1), (1, 1, 1))
        x, weight = rng.random((2, channels, 2, 6, 6)), rng.random((2 * channels, channels // groups, 1, 3, 3))
        y = ops.convolve.forward(x, weight, None, windows, groups)
        ops.convolve_adjoint.forward(y, weight, (2, 6, 6), windows, groups)
        ops.convolve_weights.forward(x, y, windows, groups)
        assert [spy.call_count for spy in spies] == [groups == 4] * 3
        for spy in spies:
            spy.reset_mock()
    turned = ((3, 2), (1, 1), (3, 1), (2, 1), (7, 8))
    assert kernels._turned((7, 8), ((3, 2), (1, 1), (1, 0), (2, 1), (5, 7))) == turned
    assert kernels._turned((3, 3), ((1, 2), (1, 1), (0, 1), (1, 1), (3, 4))) is not None
    assert kernels._turned((3, 3), ((1, 2), (1, 1), (1, 1), (1, 1), (5, 4))) is None
    assert kernels._turned((7, 8), ((3, 2), (1, 2), (1, 0), (1, 1), (7, 4))) is None
    convolve = mock.Mock(wraps=kernels.convolve)
    monkeypatch.setattr(kernels, "convolve", convolve)
    for results, count in ((2, 1), (3, 1), (4, 0)):  # a convolution, unless there are more channels in g
        convolve.reset_mock()
        windows = settings((6,), (3,), (1,), (1,), (1,))
        kernels.convolve_adjoint(np.ones((2, results, 6)), np.ones((results, 3, 3)), (6,), windows, 1)
        assert convolve.call_count == count
    strided = ((3,), (2,), (0,), (1,), (4,))
    for dtype in (np.float16, np.float32):  # which both are computed in float32
        x, weight, y = (np.ones(shape, dtype) for shape in ((2, 3, 9), (3, 1, 3), (2, 3, 4)))
        assert ops.convolve.forward(x, weight, None, strided, 3).dtype == dtype
        assert ops.convolve.forward(x, weight, weight[:, 0, 0], strided, 3).dtype == dtype
        assert ops.convolve_adjoint.forward(y, weight, (9,), strided, 3).dtype == dtype
        assert ops.convolve_weights.forward(x, y, strided, 3).dtype == dtype


def test_samples_and_channels_are_laid_out_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once, in as few blocks as may be, none with more elements than there may be, unless it is of one channel."""
    wide = ((2, 5), (1, 4), (0, 0), (1, 1), (3, 2))  # 60 elements of each channel
    for most, shape, expected in (
        (240, (3, 5), [(3, 1)] * 5),
        (479, (3, 5), [(3, 2), (3, 2), (3, 1)]),
        (120, (3, 2), [(2, 1), (2, 1), (1, 1), (1, 1)]),
        (60, (2, 2), [(1, 1)] * 4),
        (59, (1, 2), [(1, 1)] * 2),
        (9000, (3, 5), [(3, 5)]),
        (9000, (0, 5), []),
    ):
        monkeypatch.setattr(depthwise, "_ELEMENTS", most)
        x, count = np.zeros(shape), np.zeros(shape)
        blocks = [*depthwise._blocks(x, wide)]
        for block in blocks:
            count[block] += 1
        assert (count == 1).all()
        assert [count[block].shape for block in blocks] == expected


def test_float16_is_computed_in_float32() -> None:
    """4,096 products of 1 are 4,096; float16 itself would stop at 2,048."""
    windows = settings((64, 64), (64, 64), (1, 1), (0, 0), (1, 1))
    x, weight = np.ones((1, 1, 64, 64), np.float16), np.ones((1, 1, 64, 64), np.float16)
    bias = np.full(1, 4.0, np.float16)
    one = np.ones((1, 1, 1, 1), np.float16)
    assert ops.convolve.forward(x, weight, bias, windows, 1).item() == 4100
    assert ops.convolve.forward(x, weight, bias, windows, 1).dtype == np.float16
    assert ops.convolve_adjoint.forward(one, weight, (64, 64), windows, 1).dtype == np.float16
    assert ops.convolve_weights.forward(x, one, windows, 1).dtype == np.float16
    assert ops.window_sums.forward(x, windows).item() == 4096
    places = settings((64, 64), (1, 1), (1, 1), (0, 0), (1, 1))
    assert ops.convolve_weights.forward(x, x, places, 1).item() == 4096
    all_on_one = ((1, 4097), (1, 1), (0, 0), (1, 1), (1, 1))
    assert ops.spread_over_windows.forward(one, (1, 4097), all_on_one).sum() == 4097
    folded = ops.fold.forward(np.ones((1, 1, 1, 4096), np.float16), (4096,), ((1,), (1,), (0,), (1,), (4096,)))
    assert folded.dtype == np.float16
    overlapping = ops.fold.forward(
        np.ones((1, 1, 4096, 4096), np.float16), (8191,), ((4096,), (1,), (0,), (1,), (4096,))
    )
    assert overlapping.max() == 4096


def test_sums_over_many_places_do_not_drift() -> None:
    """The gradient of a weight and of a bias: sums over 4,000,000 places."""
    x = tl.full((40, 1, 100, 1000), 0.1)
    weight, bias = tl.ones(1, 1, 1, 1).requires_grad_(), tl.zeros(1).requires_grad_()
    (F.conv2d(x, weight, bias) * 1.0).sum().backward()
    assert weight.grad is not None
    assert weight.grad.item() == pytest.approx(400_000, rel=1e-4)  # as accurate as the products of BLAS
    assert bias.grad is not None
    assert bias.grad.item() == 4_000_000
    assert F.avg_pool2d(x, (100, 1000)).flatten()[0].item() == pytest.approx(0.1, rel=1e-6)


def test_windows_beyond_the_image_see_zeros() -> None:
    x = np.arange(1.0, 4.0).reshape(1, 1, 3)
    windows = ((2,), (2,), (3,), (1,), (4,))  # the first is before the image, the last ends behind it
    assert ops.unfold.forward(x, windows).tolist() == [[[[0, 0, 2, 0], [0, 1, 3, 0]]]]
    assert ops.window_sums.forward(x, windows).tolist() == [[[0, 1, 5, 0]]]
    assert ops.fold.forward(np.ones((1, 1, 2, 4)), (3,), windows).tolist() == [[[1, 1, 1]]]
    assert ops.spread_over_windows.forward(np.array([[[5.0, 6, 7, 8]]]), (3,), windows).tolist() == [[[6, 7, 7]]]
    assert ops.fold.forward(np.ones((1, 1, 1, 1)), (3,), ((1,), (1,), (0,), (1,), (1,))).tolist() == [[[1, 0, 0]]]
    far = ((1,), (1,), (5,), (1,), (2,))
    assert ops.unfold.forward(x, far).tolist() == [[[[0, 0]]]]


def test_the_largest_place_is_pytorchs_choice() -> None:
    """The first of equal ones, the last NaN, never the border; also where all is -inf or the least whole number."""
    nan, inf = np.nan, np.inf
    x = np.array([[[1.0, 3, 3, 2], [nan, 1, nan, 0], [-inf, -inf, -inf, -inf], [inf, 1, inf, nan]]])
    two = settings((4,), (2,), (2,), (0,), (1,))
    three = settings((4,), (3,), (2,), (1,), (1,))
    for dtype in (np.float64, np.float32, np.float16):
        found = ops.largest_places.forward(x.astype(dtype), two)
        assert found.tolist() == [[[1, 2], [0, 2], [0, 2], [0, 3]]]
        assert found.dtype == np.int64
        assert ops.largest_places.forward(x.astype(dtype), three).tolist() == [[[1, 1], [0, 2], [0, 1], [0, 3]]]
        found = ops.adaptive_largest_places.forward(x.astype(dtype), (3,))
        assert found.tolist() == [[[1, 1, 2], [0, 2, 2], [0, 1, 2], [0, 2, 3]]]
    least = np.full((1, 1, 4), np.iinfo(np.int64).min)
    assert ops.largest_places.forward(least, three).tolist() == [[[0, 1]]]
    flat = np.full((1, 1, 3, 4), -inf)  # of images too
    assert ops.largest_places.forward(flat, ((3, 2), (2, 3), (1, 1), (1, 1), (2, 2))).tolist() == [[[[0, 2], [4, 6]]]]
    wide = ((3, 100), (1, 1), (0, 0), (1, 1), (1, 1))  # more elements than a byte counts
    image = np.zeros((1, 1, 3, 100))
    image[0, 0, 2, 99] = 1
    assert ops.largest_places.forward(image, wide).item() == 299
    assert ops.adaptive_largest_places.forward(np.zeros((1, 1, 0)), (0,)).shape == (1, 1, 0)
    assert ops.largest_places.forward(np.zeros((0, 2, 4)), two).shape == (0, 2, 2)


def test_the_largest_elements_are_those_at_their_places() -> None:
    rng = np.random.default_rng(0)
    for kernel, stride, before, dilation in (((2, 2), (2, 2), (0, 0), (1, 1)), ((3, 1), (1, 2), (1, 0), (2, 1))):
        windows = settings((7, 8), kernel, stride, before, dilation)
        x = rng.integers(-9, 9, (2, 3, 7, 8)).astype(np.float32)
        for values in (x, np.where(rng.random(x.shape) < 0.1, np.nan, x), np.full_like(x, -np.inf), x.astype(np.int64)):
            places = ops.largest_places.forward(values, windows)
            expected = np.take_along_axis(values.reshape(2, 3, 56), places.reshape(2, 3, -1), 2).reshape(places.shape)
            found = sliding.largest(values, windows)
            assert found.dtype == values.dtype
            assert not np.shares_memory(found, values)
            np.testing.assert_array_equal(found, expected)
    line = rng.normal(size=(1, 2, 9))
    for kernel in (1, 2, 5):
        given = tl.tensor(line, requires_grad=True)
        expected = tl.nn.functional.max_pool1d(given, kernel).detach()
        with tl.no_grad():
            assert tl.nn.functional.max_pool1d(given, kernel).equal(expected)


def test_the_largest_of_equal_parts_are_those_of_windows() -> None:
    """Both ways of finding them give the first of equal ones, and the last NaN."""
    rng = np.random.default_rng(0)
    for parts, length in (((3, 2), (4, 5)), ((2, 2), (2, 3)), ((4,), (20,)), ((1, 1), (6, 4)), ((3, 2), (4, 4))):
        size = tuple(p * n for p, n in zip(parts, length, strict=True))
        windows = (length, length, (0,) * len(size), (1,) * len(size), parts)
        x = rng.integers(0, 5, (2, 3, *size)).astype(np.float32)
        for values in (x, np.where(rng.random(x.shape) < 0.1, np.nan, x), np.full_like(x, -np.inf), x.astype(np.int64)):
            found = ops.adaptive_largest_places.forward(values, parts)
            np.testing.assert_array_equal(found, ops.largest_places.forward(values, windows))
            assert found.dtype == np.int64
            in_rows = sliding._largest_of_parts(values, parts) is not None
            assert in_rows == (np.prod(length) >= 16 and not np.isnan(values).any())


@pytest.mark.parametrize("kernel", [1, 2, 9, 40])
def test_sums_of_windows_are_exact_for_whole_numbers(kernel: int) -> None:
    x = np.random.default_rng(kernel).integers(-9, 9, (2, 3, 50, 41))
    windows = settings((50, 41), (kernel, kernel), (2, 1), (0, 0), (1, 1))
    expected = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), (2, 3)).sum((-1, -2))[:, :, ::2]
    np.testing.assert_array_equal(sliding.window_sums(x, windows), expected)
    ones = np.ones((1, 1, *windows[4]), np.int64)
    covered = sliding.spread_over_windows(ones, (50, 41), windows)
    counts = np.zeros((50, 41), np.int64)
    for i, j in itertools.product(*map(range, windows[4])):
        counts[2 * i : 2 * i + kernel, j : j + kernel] += 1
    np.testing.assert_array_equal(covered[0, 0], counts)


def test_a_large_image_needs_little_memory_beside_it() -> None:
    """Not all its windows at once: those would be 50 times the image."""
    x, weight = np.ones((1, 8, 300, 300), np.float32), np.ones((8, 8, 5, 5), np.float32)
    windows = settings((300, 300), (5, 5), (1, 1), (2, 2), (1, 1))
    for call in (
        lambda: ops.convolve.forward(x, weight, None, windows, 1),
        lambda: ops.convolve_adjoint.forward(x, weight, (300, 300), windows, 1),
        lambda: ops.convolve_weights.forward(x, x, windows, 1),
    ):
        tracemalloc.start()
        try:
            call()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 5 * x.nbytes
