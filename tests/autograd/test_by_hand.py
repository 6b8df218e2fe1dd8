"""`numerical_gradient` and `check_layer`: for functions and layers that are derived by hand in plain NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.autograd import check_layer, gradcheck, numerical_gradient

RNG = np.random.default_rng(0)


# ------------------------------------------------------------------------------------------- numerical gradients


@pytest.mark.parametrize("kind", ["array", "Tensor"])
def test_the_gradient_is_the_central_difference(kind: str) -> None:
    values = np.array([[0.5, -1.0], [2.0, 0.0]])
    x: Any = values.copy() if kind == "array" else tl.tensor(values)
    found = numerical_gradient(lambda x: (x**3 + 2 * x).sum(), x)
    assert type(found) is type(x)
    exact = 3 * values**2 + 2 + 1e-8  # of a cubic the central difference is off by h², exactly
    np.testing.assert_allclose(np.asarray(found), exact, rtol=1e-9)
    assert np.asarray(x).tolist() == values.tolist(), "x is what it was, to the bit"


def test_f_may_reach_x_in_another_way_and_h_may_be_given() -> None:
    params = {"W": np.array([1.0, 2.0])}
    found = numerical_gradient(lambda W: float(np.prod(params["W"])), params["W"], h=0.5)
    assert found.tolist() == [2.0, 1.0]
    number = np.array(3.0)
    assert numerical_gradient(lambda x: x**2, number) == pytest.approx(6.0)
    assert numerical_gradient(lambda x: x.sum(), np.empty((0, 2))).shape == (0, 2)


def test_float32_uses_the_step_that_was_really_taken() -> None:
    x = np.array([1000.3], np.float32)
    found = numerical_gradient(lambda x: 3 * float(x[0]), x, h=1e-3)  # x ± h are 2 and 1 units of the last place away
    assert found.dtype == np.float32
    assert found[0] == pytest.approx(3.0, rel=1e-6)
    with pytest.raises(ValueError, match=r"a step of 0.0001 is lost in the rounding of x\[0\] = 1000000.0 in float32"):
        numerical_gradient(lambda x: x.sum(), np.array([1e6], np.float32))


def test_x_is_restored_where_f_raises_and_a_graph_of_the_changed_values_is_stale() -> None:
    x = np.ones(2)
    with pytest.raises(ZeroDivisionError):
        numerical_gradient(lambda x: 1 // 0, x)
    assert x.tolist() == [1, 1]
    t, kept = tl.ones(2, dtype=tl.float64).requires_grad_(), []
    numerical_gradient(lambda x: kept.append((x * x).sum()) or kept[-1], t)
    with pytest.raises(RuntimeError, match="modified"):
        kept[0].backward()


@pytest.mark.parametrize(
    ("f", "x", "error", "message"),
    [
        (np.sum, np.array([3, 4]), TypeError, "a step of h changes no whole number"),
        (np.sum, [3.0, 4.0], TypeError, "must be an array or a Tensor .* but is of list"),
        (np.sum, 3.0, TypeError, "is of float"),
        (np.ones(2), np.sum, TypeError, "The function comes first"),
        (np.sum, np.broadcast_to(1.0, 2), ValueError, "read-only"),
        (lambda x: x, np.ones(2), ValueError, r"one number, but returned 2, of shape \(2,\)"),
    ],
)
def test_errors_of_numerical_gradient(f: Any, x: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        numerical_gradient(f, x)


# --------------------------------------------------------------------------------------------------- layers


class Affine:
    def __init__(self, W: Any, b: Any, flaw: float = 1.0) -> None:
        self.W, self.b, self.flaw = W, b, flaw
        self.dW = self.db = None

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout: Any) -> Any:
        self.dW = self.x.T @ dout * self.flaw
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class AffineInLists:
    """The style of the second book: `params` and `grads` are lists, and gradients are written into their arrays."""

    def __init__(self, W: Any, b: Any) -> None:
        self.params, self.grads = [W, b], [np.zeros_like(W), np.zeros_like(b)]

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.params[0] + self.params[1]

    def backward(self, dout: Any) -> Any:
        self.grads[0][...] = self.x.T @ dout
        self.grads[1][...] = dout.sum(axis=0) * 0.5  # the bug
        return dout @ self.params[0].T


class AffineInDictionaries:
    def __init__(self, W: Any, b: Any) -> None:
        self.params, self.grads = {"W1": W, "b1": b}, {}
        self.W = self.params["W1"]  # the same array by another name

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.W + self.params["b1"]

    def backward(self, dout: Any) -> Any:
        self.grads["W1"], self.grads["b1"] = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


class Relu:
    def forward(self, x: Any) -> Any:
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout: Any) -> Any:
        dout[self.mask] = 0  # writes to its argument, as the book's does
        return dout


class Dropout:
    def forward(self, x: Any) -> Any:
        self.mask = np.random.rand(*x.shape) > 0.5  # noqa: NPY002  # as the book draws
        return x * self.mask

    def backward(self, dout: Any) -> Any:
        return dout * self.mask


class BatchNormalization:
    def __init__(self, gamma: Any, beta: Any, constants: bool = False) -> None:
        self.gamma, self.beta, self.constants, self.running_mean = gamma, beta, constants, None

    def forward(self, x: Any, train_flg: bool = True) -> Any:
        mean = x.mean(axis=0)
        self.running_mean = mean if self.running_mean is None else 0.9 * self.running_mean + 0.1 * mean
        self.std = np.sqrt(((x - mean) ** 2).mean(axis=0) + 1e-6)
        self.xn = (x - mean) / self.std
        return self.gamma * self.xn + self.beta

    def backward(self, dout: Any) -> Any:
        self.dgamma, self.dbeta = (dout * self.xn).sum(axis=0), dout.sum(axis=0)
        h = dout * self.gamma
        if self.constants:
            return h / self.std
        return (h - h.mean(axis=0) - self.xn * (h * self.xn).mean(axis=0)) / self.std


class SoftmaxWithLoss:
    def forward(self, x: Any, t: Any) -> Any:
        powers = np.exp(x - x.max(axis=1, keepdims=True))
        self.y, self.t = powers / powers.sum(axis=1, keepdims=True), t
        return -np.log(self.y[np.arange(len(t)), t]).mean()

    def backward(self, dout: Any = 1) -> Any:
        dx = self.y.copy()
        dx[np.arange(len(self.t)), self.t] -= 1
        return dx * dout / len(self.t)


class Mul:
    def forward(self, x: Any, y: Any) -> Any:
        self.x, self.y = x, y
        return x * y

    def backward(self, dout: Any) -> Any:
        return dout * self.y, dout * self.x


def normal(*shape: int, dtype: Any = np.float64) -> np.ndarray:
    return RNG.standard_normal(shape).astype(dtype)


LAYERS: dict[str, tuple[Any, list[Any], set[str]]] = {
    "Affine": (lambda: Affine(normal(3, 2), normal(2)), [normal(4, 3)], {"x", "W", "b"}),
    "Affine, float32": (
        lambda: Affine(normal(3, 2, dtype=np.float32), normal(2, dtype=np.float32)),
        [normal(4, 3, dtype=np.float32)],
        {"x", "W", "b"},
    ),
    "dictionaries": (lambda: AffineInDictionaries(normal(3, 2), normal(2)), [normal(4, 3)], {"x", "W1", "b1"}),
    "Relu": (Relu, [normal(4, 3)], {"x"}),
    "Dropout": (Dropout, [normal(4, 3)], {"x"}),
    "BatchNormalization": (
        lambda: BatchNormalization(normal(3), normal(3)),
        [normal(5, 3)],
        {"x", "gamma", "beta"},
    ),
    "with a flag": (lambda: BatchNormalization(normal(3), normal(3)), [normal(5, 3), True], {"x", "gamma", "beta"}),
    "SoftmaxWithLoss": (SoftmaxWithLoss, [normal(4, 3), np.array([0, 2, 1, 1])], {"x"}),
    "Mul": (Mul, [normal(2, 2), normal(2, 2)], {"x", "y"}),
    "a Tensor": (Relu, [tl.tensor(normal(4, 3))], {"x"}),
}


@pytest.mark.parametrize("name", LAYERS)
def test_right_layers_pass_and_stay_as_they_are(name: str) -> None:
    make, inputs, names = LAYERS[name]
    layer = make()
    before = {key: value for key, value in vars(layer).items() if not isinstance(value, np.ndarray)}
    arrays = {key: value.copy() for key, value in vars(layer).items() if isinstance(value, np.ndarray)}
    generator = np.random.get_state()[1].tolist()  # type: ignore[union-attr]  # noqa: NPY002  # NumPy's older generator is what is meant
    report = check_layer(layer, *inputs)
    assert {key: entry.verdict for key, entry in report.entries.items()} == dict.fromkeys(names, "right")
    assert {key: value for key, value in vars(layer).items() if not isinstance(value, np.ndarray)} == before
    for key, array in arrays.items():
        np.testing.assert_array_equal(vars(layer)[key], array)
    assert np.random.get_state()[1].tolist() == generator  # type: ignore[union-attr]  # noqa: NPY002  # NumPy's older generator is what is meant


def test_a_wrong_gradient_is_named_with_the_lines_of_the_layer() -> None:
    with pytest.raises(RuntimeError) as caught:
        check_layer(Affine(normal(3, 2), normal(2), flaw=2.0), normal(4, 3))
    text = str(caught.value)
    assert text.startswith("gradcheck of Affine: FAILED for 1 of 3 tensors")
    assert "backward gives twice the derivative" in text
    assert "culprit: Affine.backward" in text
    assert "test_by_hand.py" in text


def test_a_batch_normalization_that_takes_its_statistics_for_constants_is_wrong_by_the_input_alone() -> None:
    layer = BatchNormalization(normal(3), normal(3), constants=True)
    report = check_layer(layer, normal(5, 3), raise_exception=False)
    assert {name: entry.verdict for name, entry in report.entries.items()} == {
        "x": "wrong", "gamma": "right", "beta": "right"
    }  # fmt: skip


def test_parameters_in_lists_are_named_by_their_place() -> None:
    report = check_layer(AffineInLists(normal(3, 2), normal(2)), normal(4, 3), raise_exception=False)
    assert {name: entry.verdict for name, entry in report.entries.items()} == {
        "x": "right", "params[0]": "right", "params[1]": "wrong"
    }  # fmt: skip


def test_the_report_is_that_of_gradcheck_for_the_same_layer() -> None:
    W, b, x = normal(3, 2), normal(2), normal(4, 3)
    layer = tl.nn.book.Affine(W, b)
    entries = [
        {name: (entry.verdict, tuple(entry.shape)) for name, entry in report.entries.items()}
        for report in (check_layer(Affine(W, b), x), gradcheck(layer, tl.tensor(x)))
    ]
    assert entries[0] == entries[1]


def test_a_layer_that_has_run_before_is_checked_by_its_parameters_alone() -> None:
    layer = Affine(normal(3, 2), normal(2))
    layer.dx = layer.backward(np.ones_like(layer.forward(normal(4, 3))))  # type: ignore[attr-defined]  # it is set here
    assert set(check_layer(layer, normal(4, 3)).entries) == {"x", "W", "b"}


class NoBackward:
    def forward(self, x: Any) -> Any:
        return x


class WrongShape(Relu):
    def backward(self, dout: Any) -> Any:
        return dout[:1]


class ReturnsNothing(Relu):
    def forward(self, x: Any) -> Any:
        return None


def test_what_is_no_layer_raises_and_a_wrong_shape_is_reported() -> None:
    with pytest.raises(
        TypeError, match=r"NoBackward has no backward\(\): it must have forward\(x\) and backward\(dout\)"
    ):
        check_layer(NoBackward(), normal(2))
    with pytest.raises(TypeError, match=r"ReturnsNothing.forward must return an array .* but returned NoneType"):
        check_layer(ReturnsNothing(), normal(2))
    with pytest.raises(ValueError, match="requires_grad"):
        check_layer(Mul(), 2, 3.0)
    report = check_layer(WrongShape(), normal(4, 3), raise_exception=False)
    assert not report
