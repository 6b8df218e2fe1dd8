"""The book's layers, against closed forms and against its recurrences in plain Python."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.nn import book

RNG = np.random.default_rng(0)
START = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def the_same_numbers_in_every_order() -> None:
    RNG.bit_generator.state = START


def test_affine_is_x_w_plus_b_and_shares_memory_with_its_arrays() -> None:
    W, b = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([0.5, 0.0, -0.5])
    layer = book.Affine(W, b)
    assert layer(np.array([[1.0, -1.0], [2.0, 0.5]])).tolist() == [[-2.5, -3, -3.5], [4.5, 6.5, 8.5]]
    assert layer(np.array([1.0, -1.0])).tolist() == [-2.5, -3, -3.5]
    W[0, 0] = 11.0
    assert layer(tl.tensor([[1.0, 0.0]], dtype=tl.float64)).tolist() == [[11.5, 2, 2.5]]
    images = RNG.standard_normal((5, 1, 2, 1))
    np.testing.assert_allclose(layer(images).detach().numpy(), images.reshape(5, 2) @ W + b)
    assert {name: tuple(p.shape) for name, p in layer.named_parameters()} == {"W": (2, 3), "b": (3,)}
    shared = tl.nn.Parameter(tl.zeros(2, 3))
    assert book.Affine(shared, tl.zeros(3)).W is shared
    assert repr(layer) == "Affine(2, 3)"


@pytest.mark.parametrize("target", ["numbers", "one-hot integers", "one-hot floats", "Tensor"])
def test_softmax_with_loss_is_the_mean_cross_entropy_and_its_gradient_y_minus_t(target: str) -> None:
    x = tl.tensor(RNG.standard_normal((4, 3)) * 3, requires_grad=True)
    labels = np.array([2, 0, 1, 1])
    t: Any = {
        "numbers": labels,
        "one-hot integers": np.eye(3, dtype=int)[labels],
        "one-hot floats": np.eye(3, dtype=np.float32)[labels],
        "Tensor": tl.tensor(labels),
    }[target]
    loss = book.SoftmaxWithLoss()(x, t)
    loss.backward()
    total, gradient = 0.0, np.zeros((4, 3))
    for i, row in enumerate(x.tolist()):
        powers = [math.exp(v) for v in row]
        total -= math.log(powers[labels[i]] / sum(powers)) / 4
        gradient[i] = [(p / sum(powers) - (k == labels[i])) / 4 for k, p in enumerate(powers)]
    assert loss.item() == pytest.approx(total, rel=1e-13)
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), gradient, rtol=1e-12, atol=1e-15)


def test_softmax_with_loss_takes_a_single_sample_and_large_scores() -> None:
    loss = book.SoftmaxWithLoss()
    assert loss(np.array([0.0, math.log(3.0)]), np.array(1)).item() == pytest.approx(math.log(4 / 3))
    assert loss(np.array([0.0, math.log(3.0)]), np.array([0, 1])).item() == pytest.approx(math.log(4 / 3))
    x = tl.tensor([[1e4, 0.0]], requires_grad=True)
    wrong = loss(x, np.array([1]))
    wrong.backward()
    assert wrong.item() == 1e4  # the book's stays at -log 1e-7 = 16.1
    assert x.grad is not None
    assert x.grad.tolist() == [[1, -1]]


def test_relu_and_sigmoid_have_the_books_derivatives() -> None:
    x = tl.tensor([-2.0, 0.0, 3.0], dtype=tl.float64, requires_grad=True)
    (book.Relu()(x) * tl.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0, 0, 100]
    x.grad = None
    y = book.Sigmoid()(x)
    y.sum().backward()
    s = [1 / (1 + math.exp(-v)) for v in x.tolist()]
    np.testing.assert_allclose(x.grad.numpy(), [v * (1 - v) for v in s], rtol=1e-14)


def moments(column: list[float]) -> tuple[float, float]:
    mean = math.fsum(column) / len(column)
    return mean, math.fsum((v - mean) ** 2 for v in column) / len(column)


def test_batch_normalization_is_the_books_recurrence() -> None:
    gamma, beta = np.array([1.5, -0.5]), np.array([0.25, 2.0])
    layer = book.BatchNormalization(gamma, beta)
    mean, var = [0.0, 0.0], [0.0, 0.0]
    for _ in range(4):
        x = RNG.standard_normal((5, 2)) * 2 + 3
        y = layer(x).detach().numpy()
        for d in range(2):
            mu, square = moments(x[:, d].tolist())
            mean[d] = 0.9 * mean[d] + (1 - 0.9) * mu
            var[d] = 0.9 * var[d] + (1 - 0.9) * square  # the biased one
            expected = [gamma[d] * (v - mu) / math.sqrt(square + 1e-6) + beta[d] for v in x[:, d].tolist()]
            np.testing.assert_allclose(y[:, d], expected, rtol=1e-11)
    np.testing.assert_allclose(layer.running_mean.numpy(), mean, rtol=1e-13)
    np.testing.assert_allclose(layer.running_var.numpy(), var, rtol=1e-13)
    x = RNG.standard_normal((3, 2))
    expected = [
        [gamma[d] * (v - mean[d]) / math.sqrt(var[d] + 1e-6) + beta[d] for d, v in enumerate(row)] for row in x.tolist()
    ]
    np.testing.assert_allclose(layer(x, train_flg=False).detach().numpy(), expected, rtol=1e-12)
    np.testing.assert_allclose(layer.eval()(x).detach().numpy(), expected, rtol=1e-12)
    before = layer.running_mean.tolist()
    layer(x)
    assert layer.running_mean.tolist() == before
    layer(x, train_flg=True)
    assert layer.running_mean.tolist() != before


def test_batch_normalization_in_training_is_that_of_pytorchs_form_but_for_the_averages() -> None:
    x = tl.tensor(RNG.standard_normal((6, 3)))
    ours = tl.nn.BatchNorm1d(3, eps=1e-3, dtype=tl.float64)
    books = book.BatchNormalization(np.ones(3), np.zeros(3), eps=1e-3)
    np.testing.assert_allclose(books(x).detach().numpy(), ours(x).detach().numpy(), rtol=1e-12, atol=1e-14)
    biased = (ours.running_var.numpy() - 0.9) * 5 / 6  # the unbiased 0.1 σ² n / (n - 1), from 1
    np.testing.assert_allclose(books.running_var.numpy(), biased, rtol=1e-12)


def test_batch_normalization_of_one_sample_of_images_and_with_given_averages() -> None:
    layer = book.BatchNormalization(np.full(2, 3.0), np.array([0.5, -1.0]), 0.5, np.ones(2), np.full(2, 4.0), eps=0.0)
    assert layer(np.array([[1.0, 3.0]]), train_flg=False).tolist() == [[0.5, 2.0]]
    layer = book.BatchNormalization(np.full(2, 3.0), np.array([0.5, -1.0]))
    assert layer(np.array([[7.0, 8.0]])).tolist() == [[0.5, -1.0]]
    images = RNG.standard_normal((4, 1, 2, 1))
    same = book.BatchNormalization(np.ones(2), np.zeros(2))
    np.testing.assert_array_equal(
        same(images).detach().numpy().reshape(4, 2), same(images.reshape(4, 2)).detach().numpy()
    )
    assert set(layer.state_dict()) == {"gamma", "beta", "running_mean", "running_var"}
    with tl.no_grad():
        assert not layer(np.ones((2, 2))).requires_grad


def test_dropout_scales_at_test_time_with_the_mask_of_nn_dropout() -> None:
    layer = book.Dropout(0.25)
    x = tl.ones(10_000)
    tl.manual_seed(0)
    kept = layer(x)
    tl.manual_seed(0)
    inverted = tl.nn.Dropout(0.25)(x)
    assert kept.tolist() == (inverted != 0).float().tolist()
    assert kept.mean().item() == pytest.approx(0.75, abs=0.02)
    for evaluated in (layer(tl.tensor([2.0, 4.0]), train_flg=False), layer.eval()(tl.tensor([2.0, 4.0]))):
        assert evaluated.tolist() == [1.5, 3.0]
    assert layer(tl.ones(100), train_flg=True).sum() < 100
    x = tl.ones(5, requires_grad=True)
    book.Dropout(1.0)(x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0] * 5
    assert book.Dropout(0.0)(tl.ones(3)).tolist() == [1] * 3


def network(params: dict[str, np.ndarray]) -> tl.nn.Sequential:
    return tl.nn.Sequential(
        book.Affine(params["W1"], params["b1"]),
        book.BatchNormalization(params["gamma"], params["beta"]),
        book.Relu(),
        book.Affine(params["W2"], params["b2"]),
        book.Sigmoid(),
    )


def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {
        "W1": rng.standard_normal((4, 5)), "b1": np.zeros(5), "gamma": np.ones(5), "beta": np.zeros(5),
        "W2": rng.standard_normal((5, 3)), "b2": np.zeros(3),
    }  # fmt: skip


def test_every_derivative_of_a_network_of_them_is_right() -> None:
    model, x = network(arrays()), tl.tensor(RNG.standard_normal((6, 4)))
    report = tl.autograd.gradcheck(model, x)
    assert {name for name, entry in report.entries.items() if entry.verdict == "right"} >= {"0.W", "1.gamma", "3.b"}


def test_a_network_learns_through_a_dictionary_of_arrays() -> None:
    params = arrays()
    model, loss, optimizer = network(params), book.SoftmaxWithLoss(), tl.optim.book.Adam(lr=0.05)
    names = dict(zip(params, model.parameters(), strict=True))
    x, labels = RNG.standard_normal((12, 4)), np.arange(12) % 3
    values = []
    for _ in range(100):
        model.zero_grad()
        value = loss(model(x), labels)
        value.backward()
        optimizer.update(params, {name: p.grad for name, p in names.items()})
        values.append(value.item())
    assert values[-1] < 0.7 < 1 < values[0]
    assert (model(x).argmax(1).numpy() == labels).sum() >= 9
    again = copy.deepcopy(model).eval()
    again.load_state_dict(model.eval().state_dict())
    assert again(x).tolist() == model(x).tolist()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: book.Affine(np.ones((2, 3)), np.ones(2)), ValueError, r"W must be \(inputs, outputs\)"),
        (lambda: book.Affine(np.ones((2, 3), int), np.ones(3)), TypeError, "Affine: W must be .* but is of int64"),
        (lambda: book.Affine([[1.0]], np.ones(1)), TypeError, "Affine: W must be .* but is of list"),
        (lambda: book.BatchNormalization(np.ones(2), np.ones(3)), ValueError, "must have the same shape"),
        (lambda: book.BatchNormalization(np.ones(2), np.ones(2), momentum=1.5), ValueError, "momentum must be between"),
        (lambda: book.Dropout(1.5), ValueError, "has to be between 0 and 1, but got 1.5"),
        (lambda: book.Dropout("0.5"), TypeError, "dropout_ratio"),
        (lambda: book.Relu()("x"), TypeError, "expected an array or a Tensor, but got str"),
    ],
)
def test_wrong_arguments_raise(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()
