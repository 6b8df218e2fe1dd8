"""gradcheck: every wrong backward of the zoo is caught for what it is, no right one blamed, and nothing changed."""

from __future__ import annotations

import inspect
import random
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.autograd import gradcheck, gradgradcheck
from tinygrad_lite.autograd.function import FunctionNode
from tinygrad_lite.autograd.gradient_checking import GradcheckError
from tinygrad_lite.autograd.gradient_checking.numeric import slope
from tinygrad_lite.core.primitive import REGISTRY, Primitive
from tinygrad_lite.ops.kernels.linear import linear
from tinygrad_lite.tensors.tensor import Tensor

from ..support.example_functions import RIGHT, WRONG, f64, function


def report_on(case, T=tl, **settings):
    func, inputs = case.build(T)
    check = T.autograd.gradgradcheck if case.second else T.autograd.gradcheck
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of vacuous checks; PyTorch has some of its own
        return check(func, inputs, raise_exception=False, **case.settings, **settings)


def test_the_zoo_is_large():
    assert len(WRONG) >= 40
    assert len(RIGHT) >= 40
    assert len({case.name for case in WRONG + RIGHT}) == len(WRONG + RIGHT)


@pytest.mark.parametrize("fast", [False, True], ids=["full", "fast"])
@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.name)
def test_wrong(case, fast):
    report = report_on(case, fast=fast)
    assert not report
    assert report.verdict in case.verdicts
    assert case.hint in str(report)
    assert all(not report.entries[name] for name in case.tensors)
    if case.tensors:
        assert {name for name, entry in report.entries.items() if not entry} == set(case.tensors)
    assert len(str(report).splitlines()) <= 20


@pytest.mark.parametrize("fast", [False, True], ids=["full", "fast"])
@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case.name)
def test_right(case, fast):
    report = report_on(case, fast=fast)
    assert report, str(report)
    assert report.verdict in case.verdicts
    assert not report.hints
    assert len(str(report).splitlines()) <= 20


@pytest.mark.parametrize("case", RIGHT + WRONG, ids=lambda case: case.name)
def test_nothing_that_pytorch_catches_is_missed(case):
    torch = pytest.importorskip("torch")
    try:
        theirs = report_on(case, torch)
    except (RuntimeError, ValueError, TypeError, IndexError):
        theirs = False
    if theirs and case in WRONG:
        assert case.name in PYTORCH_MISSES
    if not theirs and case in RIGHT:
        assert case.name in PYTORCH_BLAMES


PYTORCH_MISSES = {
    "tiny_gradient_negated",
    "incoming_gradient_without_sign",
    "incoming_gradient_squared",
    "incoming_gradient_overwritten",
    "computed_in_half_precision",
    "weight_of_a_layer_7_times",
    "bias_of_a_layer_in_a_model",
    "weight_detached_in_a_layer",
}
PYTORCH_BLAMES = {
    *("relu_at_0", "relu_near_0", "clamp_at_its_bounds", "max_tied", "min_along_tied", "kink_after_a_matrix"),
    *("relu_to_the_1.5", "log_at_1e-6", "log_at_1e-12", "square_at_1e9", "square_at_1e9_and_1e-6", "root_at_1e-10"),
    *("reciprocal_at_1e-8", "tanh_as_a_step", "infinite_results", "float32_inside", "expanded_input"),
    *(
        "results_of_several_kinds",
        "gradients_not_materialized",
        "dropout",
        "noise_of_its_own_generator",
        "noise_of_numpy",
    ),
    *("noise_of_a_numpy_generator", "float32_model_in_training", "float32_function"),
}

# --------------------------------------------------------------------------------------------- side effects


def fingerprint(model, x):
    """Everything of a model and of the surroundings, to the bit."""
    tensors = {"x": x, **dict(model.named_parameters()), **dict(model.named_buffers())}
    return {
        "values": {name: (t._data.tobytes(), t.dtype, id(t._data), t.requires_grad) for name, t in tensors.items()},
        "grads": {
            name: None if t._grad is None else (id(t._grad), t._grad._data.tobytes()) for name, t in tensors.items()
        },
        "flags": [(name, m.training) for name, m in model.named_modules()],
        "generators": (
            tl.get_rng_state()._data.tobytes(),
            str(np.random.get_state()),  # noqa: NPY002
            random.getstate(),
        ),
        "dtype": tl.get_default_dtype(),
        "methods": (Tensor.__primitive__, Tensor.detach, Tensor.data, FunctionNode.__init__),
    }


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("broken", [False, True])
def test_nothing_is_changed(fast, wrapped, broken):
    layers = [nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Dropout(0.3), nn.Tanh(), nn.Linear(5, 2)]
    model = nn.Sequential(*layers, Cut()) if broken else nn.Sequential(*layers)
    model[3].eval()
    x = tl.randn(6, 4, requires_grad=True)
    model(x).sum().backward()
    model[0].bias.grad = None
    before = fingerprint(model, x)
    report = gradcheck((lambda x: model(x)) if wrapped else model, x, raise_exception=False, fast=fast)
    assert bool(report) is not broken
    assert fingerprint(model, x) == before


class Cut(nn.Module):
    def forward(self, x):
        return x * x.detach()


def test_a_float32_model_is_checked_in_float64():
    seen = []

    class Spy(nn.Module):
        def forward(self, x):
            seen.append(x.dtype)
            return x

    gradcheck(nn.Sequential(nn.Linear(2, 3), Spy()), tl.randn(4, 2))
    assert seen[0] == tl.float64
    assert seen[-1] == tl.float32  # for the dtypes of the gradients


# ------------------------------------------------------------------------------------------------ the report


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


# ------------------------------------------------------------------------------------------ numerical derivatives

CURVES = {
    "exp": (np.exp, np.exp),
    "sin of 50 x": (lambda x: np.sin(50 * x), lambda x: 50 * np.cos(50 * x)),
    "cube": (lambda x: x**3, lambda x: 3 * x**2),
    "a million and tanh": (lambda x: 1e6 + np.tanh(x), lambda x: 1 / np.cosh(x) ** 2),
    "log": (lambda x: np.log(np.abs(x)), lambda x: 1 / x),
    "square root": (lambda x: np.sqrt(np.abs(x)), lambda x: np.sign(x) / (2 * np.sqrt(np.abs(x)))),
    "float32": (lambda x: np.float64(np.float32(x) ** 3), lambda x: 3 * x**2),
}


@pytest.mark.parametrize("name", CURVES)
def test_uncertainty_is_honest_and_small(name):
    f, derivative = CURVES[name]
    eps = 2.0 ** (-23 if name == "float32" else -52)
    for x in (-2.5, -0.3, 1e-3, 0.7, 1.0, 40.0):
        scale = 2.0 ** np.ceil(np.log2(max(1.0, abs(x))))
        found = slope(lambda t, x=x, s=scale: np.array([f(x + t * s)]), np.array([f(x)]), np.ones(1), eps, 0.0)
        true = derivative(x) * scale
        assert not found.kink
        assert abs(found.value - true) <= 4 * found.uncertainty + 1e-12 * abs(true)
        assert found.uncertainty <= (1e-2 if name == "float32" else 1e-6) * max(abs(true), abs(f(x)))


@pytest.mark.parametrize("excess", [0.5, 2.0])
def test_rtol_is_where_the_line_is(excess):
    bad = function(tl, lambda x: x * x, lambda g, x, y: g * 2 * x * (1 + excess * 1e-2))
    assert bool(gradcheck(bad, f64(tl, [1.0, 2.0]), rtol=1e-2, raise_exception=False)) is (excess < 1)


def test_atol_is_relative_to_the_typical_gradient():
    def case(offset, size):
        return function(tl, lambda x: size * x * x, lambda g, x, y: size * g * (2 * x + offset))

    x = f64(tl, [1.0, 2.0, 1e-3])
    for size in (1e-12, 1.0, 1e12):
        assert gradcheck(case(1e-4, size), x, atol=1e-3)
        assert not gradcheck(case(1e-4, size), x, atol=1e-5, raise_exception=False)


# ------------------------------------------------------------------------------------------------- call shapes


def test_signatures_are_pytorchs():
    torch = pytest.importorskip("torch")
    for name in ("gradcheck", "gradgradcheck"):
        theirs = inspect.signature(getattr(torch.autograd, name)).parameters
        mine = inspect.signature(getattr(tl.autograd, name)).parameters
        assert {n: (p.kind, p.default) for n, p in mine.items() if n in theirs} == {
            n: (p.kind, p.default) for n, p in theirs.items()
        }


@pytest.mark.parametrize("inputs", [lambda x: x, lambda x: (x,), lambda x: [x]], ids=["one", "tuple", "list"])
def test_inputs_alone_or_in_a_sequence(inputs):
    assert gradcheck(tl.tanh, inputs(f64(tl, [0.5])), eps=1e-6, atol=1e-4, nondet_tol=1e-8, fast_mode=True)


@pytest.mark.parametrize("check", [gradcheck, gradgradcheck])
def test_refusals(check):
    with pytest.raises(ValueError, match="requires_grad=True"):
        check(tl.tanh, tl.ones(2))
    with pytest.raises(NotImplementedError, match="check_batched_grad"):
        check(tl.tanh, tl.ones(2, requires_grad=True), check_batched_grad=True)


def test_names_of_inputs():
    def func(first, *rest, scale=2):
        return first * rest[0] * scale

    x, y = f64(tl, [1.0, 2.0]), f64(tl, [3.0, 4.0])
    assert list(gradcheck(func, (x, y)).entries) == ["first", "input 1"]
    assert list(gradcheck(nn.Linear(2, 1), x.float().detach()).entries) == ["input", "weight", "bias"]


def test_only_what_requires_grad_is_checked():
    model = nn.Linear(2, 2)
    model.weight.requires_grad_(False)
    x = tl.randn(3, 2)
    assert list(gradcheck(model, x).entries) == ["input", "bias"]
    y = tl.randn(2, requires_grad=True)
    assert list(gradcheck(lambda x, y: x * y, (x, y)).entries) == ["y"]


def test_check_grad_dtypes():
    wider = function(tl, lambda x: x * 3, lambda g, x, y: (g * 3).double())
    x = tl.tensor([1.0, 2.0], requires_grad=True)
    assert gradcheck(wider, x)
    report = gradcheck(wider, x, check_grad_dtypes=True, raise_exception=False)
    assert report.verdict == "dtype"


def test_second_derivatives_with_given_gradients():
    x = f64(tl, [0.5, 1.0])
    report = gradgradcheck(tl.tanh, x, f64(tl, [1.0, -2.0]))
    assert list(report.entries) == ["x", "grad of the result"]
    with pytest.raises(ValueError, match="2 grad_outputs for 1"):
        gradgradcheck(tl.tanh, x, (x, x))


# ------------------------------------------------------------------------------------------------------- fast


@pytest.mark.parametrize("place", [0, 77_777])
def test_fast_mode_names_one_wrong_element_of_many(place):
    def backward(g, x, y):
        out = 2 * g * x
        out.reshape(-1)[place] *= -1
        return out

    x = tl.tensor(np.random.default_rng(0).uniform(1, 2, (300, 300)), requires_grad=True)
    report = gradcheck(function(tl, lambda x: x * x, backward), x, fast=True, raise_exception=False)
    assert not report
    assert report.worst.index == divmod(place, 300)


def test_fast_mode_takes_few_runs():
    runs = []

    def func(x):
        runs.append(1)
        return x.sin()

    gradcheck(func, tl.randn(5000, requires_grad=True), fast=True)
    assert len(runs) < 60


def test_importing_the_library_leaves_the_checker_alone():
    code = "import sys, tinygrad_lite; print([n for n in sys.modules if re.search('gradcheck.(check|verdict)', n)])"
    shown = subprocess.run([sys.executable, "-c", "import re\n" + code], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\[\]\s*", shown.stdout)
