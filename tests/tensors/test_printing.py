"""The text of Tensors against PyTorch's: layout, widths, scientific notation, summaries and suffixes."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import tinygrad_lite as tl

from ..support.pytorch_parity import DTYPES, b, f, i, torch


def theirs(text: str) -> str:
    """PyTorch's text in our spelling: our dtypes and sizes bear no `torch.`"""
    return text.replace("torch.", "")


def assert_same_text(array: np.ndarray, **kwargs: bool) -> None:
    ours, expected = repr(tl.tensor(array, **kwargs)), theirs(repr(torch.tensor(array, **kwargs)))
    if "dtype=" in ours:  # ours is shorter, and so may stay on the line
        ours, expected = (re.sub(r",\n +(?=dtype|grad_fn|requires)", ", ", text) for text in (ours, expected))
    assert ours == expected, f"\n{ours}\n{expected}"


nan, inf = float("nan"), float("inf")

VALUES = [
    1, -1, 0, True, 1.5, -0.0, 0.0, nan, inf, -inf, 1e10, 1e-10, 123456789.0, 0.1, 1e8, 1.00001e8, 99999.0, 1e5, 12345.678,
    [], [1], [1, 2, 3], [1.0, 2.0], [1.5, 2], [True, False], [-1, 10, 100], [0.1, 100.0], [1e-5, 1.0], [1e-4, 1.0], [1e5, 1.0],
    [1000.5, 1.0], [1001.5, 1.0], [1e8, 1.0], [2e8, 1.0], [1e9, 1e9], [nan, 1.0], [inf, 1.0, -inf], [nan, inf], [1.5, nan, -inf],
    [1e-8, nan, 1.0], [0.0, 1e-5], [0.0, -0.0], [1e38, -1e38], [0.99999, 0.5], [99999.99, 1.5], [123456.7, 0.001], [1e-45],
    [[1, 2], [3, 4]], [[1.0, 2.5], [-3.0, 4.0]], [[]], [[[1], [2]], [[3], [4]]], [[[[1.5]]]], [[], []], [[-1, 200], [3, 4]],
    [1234567, 1], [-1.0, -2.0], [3.0, inf], [1.0, 2.0, nan], [100000.0], [1e3, 1e-3], [1e3, 1e-4], [10.0, 0.009],
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_values(value):
    assert_same_text(
        np.array(value, np.float32 if "." in str(value) or "e" in str(value) or "n" in str(value) else None)
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("value", [[1, 0, 2], 3, [], [[1, 2], [3, 100]]], ids=str)
def test_dtypes(dtype, value):
    assert_same_text(np.array(value, dtype))


@pytest.mark.parametrize(
    "shape", [(0,), (0, 3), (2, 0), (7,), (20,), (100,), (1001,), (1000,), (5, 300), (30, 40), (3, 4, 5), (2, 3, 4, 5), (1, 1), (2, 2000),
              (11, 11, 11), (7, 1, 200), (1500, 1), (40, 40), (2, 2, 2, 2, 2), (6, 200), (7, 200)],
)  # fmt: skip
@pytest.mark.parametrize(
    "kind",
    [f, i, b, lambda *s: f(*s) * 1e6, lambda *s: np.round(f(*s) * 100)],
    ids=["float", "int", "bool", "big", "whole"],
)
def test_shapes(shape, kind):
    assert_same_text(kind(*shape))


def test_requires_grad_and_grad_fn():
    for shape in [(), (2,), (0,), (3, 40), (2, 3), (1001,), (7, 3)]:
        assert_same_text(f(*shape), requires_grad=True)
    for n in range(1, 30):  # the suffix goes to a line of its own where it does not fit
        for make in (lambda T, x: x.abs(), lambda T, x: -x, lambda T, x: x.max()):
            x = f(n)
            ours = make(tl, tl.tensor(x, requires_grad=True))
            expected = make(torch, torch.tensor(x, requires_grad=True))
            assert shape_of_text(repr(ours)) == shape_of_text(theirs(repr(expected)))


def shape_of_text(text: str) -> str:
    """The text without the name of the node, which is the name of our primitive."""
    return re.sub(r"<.*>", "", text)


@pytest.mark.parametrize(
    "name",
    ["add", "sub", "mul", "div", "exp", "log", "sin", "tanh", "sigmoid", "relu", "sqrt", "abs", "neg", "sum", "mean", "clone", "amax", "prod",
     "cumsum", "permute", "expand", "flip", "gather", "erf", "logsumexp", "cumprod", "pow", "maximum", "lerp", "tril"],
)  # fmt: skip
def test_nodes_are_named_as_in_pytorch(name):
    args = {"add": "y", "sub": "y", "mul": "y", "div": "y", "maximum": "y", "permute": (1, 0), "expand": (3, 3), "flip": (0,), "cumsum": 0,
            "cumprod": 0, "logsumexp": 0, "pow": "y", "gather": "index", "lerp": "lerp"}.get(name)  # fmt: skip

    def node(T):
        x, y = T.ones(3, 3, requires_grad=True), T.ones(3, 3)
        given = {"y": (y,), "index": (0, T.zeros(1, 3, dtype=T.int64)), "lerp": (y, y), None: ()}
        return getattr(x, name)(*given.get(args, (args,))).grad_fn

    ours, expected = repr(node(tl)), repr(node(torch))
    assert ours.partition(" ")[0].strip("<>").rstrip("01") == expected.partition(" ")[0].strip("<>").rstrip("01")


def test_text_in_other_forms():
    for make in (
        lambda T: str(T.ones(2)),
        lambda T: f"{T.ones(2)}",
        lambda T: f"{T.tensor(1.5)}",
        lambda T: f"{T.tensor(1.25):.1f}",
    ):
        assert make(tl) == make(torch)
    assert repr([tl.ones(2), tl.zeros(1)]) == repr([torch.ones(2), torch.zeros(1)])
    assert repr(tl.ones(2, 3).shape) == theirs(repr(torch.ones(2, 3).shape))
    assert repr(tl.device("cpu")) == repr(torch.device("cpu"))
    assert repr(tl.sort(tl.tensor([2.0, 1.0])).values) == "tensor([1., 2.])"


def test_views_and_other_memory_orders():
    x = f(3, 4)
    assert repr(tl.tensor(x).T) == repr(torch.tensor(x).T)
    assert repr(tl.tensor(x)[:, ::2]) == repr(torch.tensor(x)[:, ::2])
    assert repr(tl.tensor(x).expand(2, 3, 4)) == repr(torch.tensor(x).expand(2, 3, 4))
    assert repr(tl.tensor(f(1)).expand(2000)) == repr(torch.tensor(f(1)).expand(2000))


@pytest.fixture
def options():
    """Leaves the options of both as they were."""
    yield
    tl.set_printoptions(profile="default")
    torch.set_printoptions(profile="default", sci_mode=None)


@pytest.mark.usefixtures("options")
@pytest.mark.parametrize(
    "given_options",
    [{"precision": 2}, {"threshold": 5}, {"edgeitems": 1, "threshold": 10}, {"linewidth": 40}, {"sci_mode": True}, {"sci_mode": False},
     {"profile": "short"}, {"profile": "full"}, {"precision": 8}, {"linewidth": 200, "precision": 1}],
    ids=str,
)  # fmt: skip
def test_options(given_options):
    tl.set_printoptions(**given_options)
    torch.set_printoptions(**given_options)
    for array in (
        f(3, 4),
        f(2000),
        f(20, 20),
        np.array([1e-6, 1.0]),
        i(30),
        np.array([1.0, 2.0]),
        np.array(1e10),
        f(2, 3, 4),
    ):
        assert_same_text(array)


def test_options_of_an_unknown_profile():
    with pytest.raises(ValueError, match="profile"):
        tl.set_printoptions(profile="long")


shapes = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=12)


@given(arrays.arrays(np.float32, shapes, elements=st.floats(width=32, allow_subnormal=False)))
def test_any_float32(array):
    assert_same_text(array)


@given(arrays.arrays(np.float64, shapes, elements=st.floats(-1e6, 1e6).map(lambda x: round(x, 3))))
def test_any_moderate_float64(array):
    assert_same_text(array)


@given(arrays.arrays(np.int32, shapes))
def test_any_int32(array):
    assert_same_text(array)


def test_a_format_for_one_number_is_refused_for_several() -> None:
    x = tl.ones(2)
    assert f"{x}" == "tensor([1., 1.])"
    with pytest.raises(
        TypeError, match=r"unsupported format string passed to Tensor.__format__: '.2f' is for one number"
    ):
        f"{x:.2f}"
