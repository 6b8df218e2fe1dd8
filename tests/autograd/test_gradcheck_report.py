"""The report of gradcheck: what it says, how long it is, and which operation it blames."""

from __future__ import annotations

import re

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.autograd import gradcheck
from tinygrad_lite.autograd.gradient_checking import GradcheckError
from tinygrad_lite.core.primitive import REGISTRY, Primitive
from tinygrad_lite.ops.kernels.linear import linear

from ..support.example_functions import f64, function


def test_report_of_one_element():
    def backward(g, x, y):
        out = 2 * g * x
        out[1, 2] = 0.5 * out[1, 2]
        return out

    x = tl.tensor(np.linspace(1, 2, 12).reshape(3, 4), requires_grad=True)
    report = gradcheck(function(tl, lambda x: x * x, backward), x, raise_exception=False)
    (entry,) = report.entries.values()
    worst = report.worst
    assert (entry.verdict, entry.failing, entry.checked, entry.total) == ("wrong", 1, 12, 12)
    assert worst.index == (1, 2)
    assert worst.analytic == pytest.approx(worst.numeric / 2)
    assert worst.absolute_error == pytest.approx(abs(worst.numeric) / 2)
    assert worst.relative_error == pytest.approx(0.5)
    assert 0 < worst.uncertainty < 1e-8
    assert 1e-4 < worst.tolerance / abs(worst.numeric) < 1e-2
    text = str(report)
    for part in ("[1, 2]", "1 of 12 wrong", f"{worst.analytic:.6g}"[:5], "relative 0.5", "±", "tolerance"):
        assert part in text


def test_the_entry_of_the_jacobian_that_is_wrong():
    def backward(g, x, y):
        h = 2 * g
        h[2] = 5 * g[2]
        return h.flip(0)

    bad = function(tl, lambda x: 2 * x.flip(0), backward)
    report = gradcheck(bad, f64(tl, [1.0, 2.0, 3.0]), raise_exception=False)
    assert "d result[2] / d input 0[0] alone: backward 5, numeric 2)" in str(report)


def test_what_several_tensors_have_in_common_is_said_once():
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(3, 4), nn.Linear(4, 4)

        def forward(self, x):
            raise KeyError("key")

    class Cut(Layer):
        def forward(self, x):
            return self.second(self.first(x).detach())

    report = gradcheck(Layer(), tl.randn(2, 3), raise_exception=False)
    assert str(report).count("KeyError") == 1
    assert "and 4 others" in str(report)
    report = gradcheck(Cut(), tl.randn(2, 3), raise_exception=False)
    assert str(report).count("backward gives no gradient") == 1
    assert str(report).count("MISSING") == 3
    writes = function(tl, lambda x: x * 2, lambda g, x, y: g.mul_(2))
    assert str(gradcheck(writes, f64(tl, [1.0, 2.0]), raise_exception=False)).count("not its own") == 1


def test_a_long_line_keeps_the_place_at_its_end():
    def fails(x):
        raise ValueError("word " * 100)

    (line,) = (
        line for line in str(gradcheck(fails, f64(tl, [1.0]), raise_exception=False)).splitlines() if "..." in line
    )
    assert re.search(r"\.\.\. \(.*test_gradcheck_report.py:\d+\)$", line)
    assert len(line) <= 240


def test_report_is_short_however_many_tensors():
    class Many(nn.Module):
        def __init__(self):
            super().__init__()
            self.ps = nn.ParameterList([nn.Parameter(tl.ones(3)) for _ in range(30)])

        def forward(self, x):
            return sum((p * x * (x if i % 2 else x.detach()) for i, p in enumerate(self.ps)), x)

    report = gradcheck(Many(), tl.randn(3), raise_exception=False)
    assert len(report.entries) == 31
    assert len(str(report).splitlines()) <= 20
    assert "more right" in str(report)


def test_error_carries_the_report():
    bad = function(tl, lambda x: x * x, lambda g, x, y: g * x)
    with pytest.raises(GradcheckError) as caught:
        gradcheck(bad, f64(tl, [1.0, 2.0]))
    assert isinstance(caught.value, RuntimeError)
    assert str(caught.value) == str(caught.value.report)
    raising = function(tl, lambda x: x * x, lambda g, x, y: 1 / 0)
    with pytest.raises(GradcheckError, match="ZeroDivisionError") as caught:
        gradcheck(raising, f64(tl, [1.0, 2.0]))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_vacuous_check_warns():
    with pytest.warns(UserWarning, match="tests nothing"):
        assert gradcheck(lambda x: tl.relu(x - 10), f64(tl, [1.0, 2.0]))


# ----------------------------------------------------------------------------------------------- the culprit


def test_culprit_and_the_line_that_called_it():
    cube = function(tl, lambda x: x**3, lambda g, x, y: g * 2 * x**2)

    class Layer(nn.Module):
        def forward(self, x):
            return cube(x.tanh()) + x  # the call

    report = gradcheck(nn.Sequential(nn.Linear(3, 3), Layer(), nn.Linear(3, 2)), tl.randn(4, 3), raise_exception=False)
    culprit = report.culprit
    assert culprit.operation == "Planted.backward"
    assert culprit.called.text.endswith("# the call")
    assert culprit.called.layer == "1 (Layer)"
    with open(__file__, encoding="utf-8") as file:
        assert file.read().splitlines()[culprit.called.line - 1].strip() == culprit.called.text
    assert culprit.defined.file.endswith("example_functions.py")
    assert "def backward" in culprit.defined.text


def test_culprit_among_primitives():
    def scaled(x):
        return np.multiply(x, 3.0)

    planted = Primitive(scaled)
    try:
        planted.derivative(x=lambda g: g * 2.0)
        report = gradcheck(lambda x: planted(x.exp()).sum(), f64(tl, [0.1, 0.5]), raise_exception=False)
    finally:
        del REGISTRY["scaled"]
    assert report.culprit.operation == "scaled"
    assert report.culprit.called.text.startswith("report = gradcheck(lambda x: planted(x.exp())")


def test_culprit_among_kernels(monkeypatch):
    pullback = linear.pullback

    def planted(g, saved, needs):
        by_x, by_weight, by_bias = pullback(g, saved, needs)
        return by_x, None if by_weight is None else 2 * by_weight, by_bias

    monkeypatch.setattr(linear, "pullback", planted)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
    report = gradcheck(model, tl.randn(2, 3), raise_exception=False)
    assert [name for name, entry in report.entries.items() if not entry] == ["0.weight"]
    assert report.culprit.operation == "linear"
    assert report.culprit.entry.name == "weight"
    assert "twice the derivative" in report.hints[0]


def test_a_cut_in_a_layer_is_found():
    class Layer(nn.Module):
        def forward(self, x):
            return x * x.detach()  # the cut

    report = gradcheck(nn.Sequential(nn.Linear(3, 3), Layer()), tl.randn(4, 3), raise_exception=False)
    assert report.culprit is None
    (hint,) = (hint for hint in report.hints if "undone" in hint)
    assert re.search(
        r"with the detach\(\) at .*test_gradcheck_report.py:\d+, in 1 \(Layer\): .*the gradient agrees", hint
    )
