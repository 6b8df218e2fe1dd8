"""gradcheck: every wrong backward of the zoo is caught for what it is, and no right one is blamed."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.autograd import gradcheck, gradgradcheck

from ..support import planted_faults, published_functions  # noqa: F401  # which add their cases
from ..support.example_functions import RIGHT, WRONG, f64, function


def report_on(case, T=tl, **settings):
    func, inputs, *surrogates = case.build(T)
    if T is tl and surrogates and surrogates[0]:
        settings["surrogate"] = surrogates[0]
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
    assert case.hint in (str(report) if report.hints or case.hint != "no hint" else case.hint)
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
    "product_differentiated_twice_with_one_of_two_detached",
    *("guided_of_its_positive_part", "normalized_gradient_of_its_norm"),
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
    *("sign_straight_through", "round_straight_through", "detached_difference", "learned_step_size"),
    *("spike_with_fast_sigmoid", "leaky_integrate_and_fire"),
}


# --------------------------------------------------------------------------------------------------- tolerances


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
    modes = {"check_backward_ad": False} if check is gradcheck else {"check_rev_over_rev": False}
    with pytest.raises(ValueError, match="Expected at least one of check_"):
        check(tl.tanh, tl.ones(2, requires_grad=True), **modes)
    with pytest.raises(TypeError, match="func must be a function or a Module, not Tensor"):
        check(tl.ones(2, requires_grad=True), tl.tanh)
    with pytest.raises(TypeError, match=r"must return a Tensor, or .* but it returned NoneType"):
        check(lambda x: None, tl.ones(2, requires_grad=True))


@pytest.mark.parametrize("fast", [False, True])
def test_a_result_without_a_history(fast):
    x = tl.linspace(1, 2, 300, requires_grad=True)
    report = gradcheck(lambda x: x.detach() * 2, x, fast=fast, raise_exception=False)
    assert report.verdict == "missing"
    with pytest.warns(UserWarning, match="tests nothing"):
        assert gradcheck(lambda x: (x > 1.5).long(), x, fast=fast)


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


def test_a_failing_check_takes_few_runs():
    """Forward and backward passes of the function and of the culprit; benchmarks/gradcheck.py has the times."""
    counts = {}
    for wrong in (False, True):
        runs = counts[wrong] = [0, 0]

        def backward(g, x, y, runs=runs, wrong=wrong):
            runs[1] += 1
            return g * (1 - y * y * (0.5 if wrong else 1))

        def forward(x, runs=runs):
            runs[0] += 1
            return x.tanh()

        f = function(tl, forward, backward)
        x = (tl.arange(12.0).reshape(3, 4) + 0.5).sin().requires_grad_()
        report = gradcheck(lambda x, f=f: (f(x.sin()) * x).softmax(1), x, fast_mode=True, raise_exception=False)
        assert bool(report) is not wrong
        assert (report.culprit is not None) is wrong
    assert counts[True][0] <= 4 * counts[False][0]
    assert counts[True][1] <= 11


class Sine(tl.autograd.Function):
    """Its backward is right for plain gradients; that of subclasses is not linear, or not for several at once."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0].cos()


class NotLinear(Sine):
    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0].cos() + 3 * (g - g.detach())


class ByNumpy(Sine):
    @staticmethod
    def backward(ctx, g):
        return tl.from_numpy(g.detach().numpy() * np.cos(ctx.saved_tensors[0].detach().numpy()))


class OfManySamples(Sine):
    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0].cos() * (1.0 if "Batched" not in repr(g) else 2.0)


MODES = {
    "check_forward_ad": "Jacobian computed with forward mode mismatch",
    "check_batched_grad": "failed while testing batched gradient computation",
    "check_batched_forward_grad": "failed while testing batched forward gradient computation",
}


@pytest.mark.parametrize(
    ("function", "wrong"),
    [
        (Sine, set()),
        (NotLinear, {"check_forward_ad"}),
        (ByNumpy, {"check_forward_ad", "check_batched_grad"}),
        (OfManySamples, {"check_batched_grad"}),
    ],
)
def test_other_modes(function, wrong):
    """Derivatives in a direction, and several at once: the words are PyTorch's."""
    x = f64(tl, [[0.3, -1.2], [0.7, 2.0]])
    assert gradcheck(function.apply, x)
    for mode, phrase in MODES.items():
        report = gradcheck(function.apply, x, raise_exception=False, **{mode: True})
        assert bool(report) == (mode not in wrong), (mode, str(report))
        assert (phrase in str(report)) == (mode in wrong)


def test_other_modes_of_modules_and_of_second_derivatives():
    layer = tl.nn.Sequential(tl.nn.Linear(3, 2), tl.nn.LayerNorm(2), tl.nn.GELU())
    assert gradcheck(layer, tl.randn(4, 3), **dict.fromkeys(MODES, True))
    x = f64(tl, [0.3, -1.2, 0.7])
    assert gradgradcheck(lambda x: x.softmax(0), x, check_fwd_over_rev=True, check_batched_grad=True)
    with pytest.raises(RuntimeError, match="forward mode mismatch"):
        gradcheck(NotLinear.apply, x, check_backward_ad=False, check_forward_ad=True)
