"""Anomaly mode names the first operation that makes NaN or infinity of finite numbers, forward or backward."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn


def message(function: Callable[[], Any], **settings: bool) -> str:
    """The message of the error that a function raises in anomaly mode."""
    with pytest.raises(tl.autograd.AnomalyError) as caught, tl.autograd.detect_anomaly(**settings):
        function()
    return str(caught.value)


class Log(nn.Module):
    def forward(self, x: Any) -> Any:
        return tl.log(x)


def test_the_log_of_a_negative_in_a_network_of_four_layers() -> None:
    tl.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 8), Log(), nn.Linear(8, 1))
    x = tl.randn(16, 4)
    values = model[:3](x)
    bad = int((values < 0).sum())
    first = [int(i) for i in (values < 0).nonzero()[0]]
    text = message(lambda: model(x).sum().backward())
    assert f"log: {bad} of 128 results are NaN, of finite arguments; the first at ({first[0]}, {first[1]})" in text
    assert f"log({values[first[0], first[1]].item():.4g})" in text
    assert "in 3 (Log):  return tl.log(x)" in text
    assert "test_anomaly.py:" in text
    assert "clamp" in text


def test_where_does_not_protect_the_root_of_a_negative() -> None:
    x = tl.tensor([4.0, -1.0], requires_grad=True)
    text = message(lambda: tl.where(x > 0, x.sqrt(), 0).sum().backward())
    assert text.startswith("sqrt: 1 of 2 results is NaN, of finite arguments; the first at (1,): sqrt(-1)")
    assert "choose the argument with where() before the operation" in text


def test_the_backward_pass_names_node_rule_and_line() -> None:
    x = tl.tensor([4.0, 0.0], requires_grad=True)
    text = message(lambda: tl.where(x > 0, x.sqrt(), 0).sum().backward())
    lines = text.splitlines()
    assert lines[0] == "Function 'SqrtBackward0' returned nan values in its 0th output."  # PyTorch's words
    assert "1 of 2 gradients is NaN" in lines[1]
    assert "the first at (1,), where the gradient of the result is 0" in lines[1]
    assert "dx = g / (2 out)" in lines[2]
    assert "ops/elementwise.py:" in lines[2]
    assert "test_anomaly.py:" in lines[3]


def test_the_culprit_is_named_and_not_what_the_backward_pass_meets_last() -> None:
    x = tl.zeros(3, requires_grad=True)
    weight = tl.ones(3, requires_grad=True)

    def run() -> None:
        h = x * weight
        norm = h.pow(2).sum().sqrt()  # its slope at 0 is infinite
        (h / (norm + 1e-6)).sum().backward()

    text = message(run)
    assert "SqrtBackward0" in text
    assert "norm = h.pow(2).sum().sqrt()" in text


def test_a_nan_loss_does_not_pass() -> None:
    logits = tl.tensor([[1e38, -1e38]], requires_grad=True)
    text = message(lambda: (logits * 10).softmax(1).log().sum())
    assert text.startswith("mul: 2 of 2 results are infinite")


def test_infinity_can_be_allowed() -> None:
    x = tl.tensor([0.0, 1.0], requires_grad=True)
    assert message(lambda: 1 / x).startswith(("div", "reciprocal"))
    with tl.autograd.detect_anomaly(check_inf=False):
        assert (1 / x)[0].item() == float("inf")
    assert "NaN" in message(lambda: x / x, check_inf=False)


def test_what_is_not_finite_already_passes() -> None:
    scores = tl.tensor([1.0, 2.0], requires_grad=True)
    mask = tl.tensor([False, True])
    with tl.autograd.detect_anomaly():
        attention = scores.masked_fill(mask, float("-inf")).softmax(0)
        attention.sum().backward()
        (tl.tensor(float("nan")) * 2 + 1).exp()
    assert attention.tolist() == [1, 0]


def test_a_row_that_is_masked_whole() -> None:
    scores = tl.tensor([1.0, 2.0], requires_grad=True)
    text = message(lambda: scores.masked_fill(tl.tensor([True, True]), float("-inf")).softmax(0).sum().backward())
    assert text.startswith("softmax: 2 of 2 results are NaN, of arguments without NaN; the first at (0,): softmax(-inf")
    assert "leave one element unmasked" in text


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (lambda: tl.tensor([1e30]) / tl.tensor([1e-30]), "too large for its dtype"),
        (lambda: tl.tensor([1e30]) ** 2, "too large for its dtype"),
        (lambda: tl.tensor([1.0]) / tl.tensor([0.0]), "the divisor has zeros"),
        (lambda: tl.tensor([3e38, 3e38]).sum(), "too large for its dtype"),
        (lambda: tl.tensor([100.0]).exp(), "88.7"),
        (lambda: tl.tensor([-1.0]) ** 0.5, "a negative base"),
        (lambda: tl.tensor([2.0]).acos(), "outside of [-1, 1]"),
    ],
)
def test_the_advice_fits_the_values(call: Any, advice: str) -> None:
    assert advice in message(call)


def test_the_advice_of_the_backward_pass() -> None:
    x = tl.tensor([1.0], requires_grad=True)
    text = message(lambda: x.acos().backward())
    assert "the slope at -1 and 1 is infinite" in text
    assert "outside" not in text


def test_nan_that_came_in_is_not_blamed_on_the_derivative() -> None:
    x, weight = tl.tensor([float("nan")]), tl.tensor([2.0], requires_grad=True)
    assert "has NaN already: the fault lies before it" in message(lambda: (x * weight).sum().backward())


def test_a_function_of_the_user() -> None:
    class Bad(tl.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x.clone()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * float("nan")

    x = tl.ones(2, requires_grad=True)
    assert "Function 'BadBackward' returned nan values" in message(lambda: Bad.apply(x).sum().backward())


def test_double_backward() -> None:
    x, y = tl.tensor(0.4, requires_grad=True), tl.tensor(1e-30, requires_grad=True)

    def run() -> None:
        (gy,) = tl.autograd.grad(x * y.log(), y, create_graph=True)
        tl.autograd.grad(gy, y)

    text = message(run)  # -x / y² overflows
    assert "returned inf values" in text


def test_without_looking_at_values() -> None:
    x = tl.tensor([0.0], requires_grad=True)
    with tl.autograd.detect_anomaly(check_nan=False):
        assert tl.is_anomaly_enabled()
        assert not tl.is_anomaly_check_nan_enabled()
        (x / x).sum().backward()
    assert x.grad is not None
    assert x.grad.isnan().all()


def test_modes_nest_and_end() -> None:
    assert not tl.is_anomaly_enabled()
    with tl.autograd.detect_anomaly():
        with tl.autograd.set_detect_anomaly(False):
            assert not tl.is_anomaly_enabled()
            tl.tensor(-1.0).log()
        assert tl.is_anomaly_check_nan_enabled()
    assert not tl.is_anomaly_enabled()
    tl.autograd.set_detect_anomaly(True)
    try:
        with pytest.raises(RuntimeError, match="log: 1 of 1 results is NaN"):
            tl.tensor(-1.0).log()
    finally:
        tl.autograd.set_detect_anomaly(False)
    assert tl.tensor(-1.0).log().isnan()


def test_the_mode_belongs_to_its_thread() -> None:
    results = []
    with tl.autograd.detect_anomaly():
        thread = threading.Thread(target=lambda: results.append(tl.tensor(-1.0).log().isnan().item()))
        thread.start()
        thread.join()
    assert results == [True]


def test_a_compiled_function_runs_as_written() -> None:
    @tl.compile
    def loss(x: Any) -> Any:
        return x.log().sum()

    good, bad = tl.ones(2, requires_grad=True), tl.tensor([1.0, -1.0], requires_grad=True)
    loss(good)
    loss(good)
    assert "log: 1 of 2 results is NaN" in message(lambda: loss(bad))
    assert loss(bad).isnan()
