"""gradcheck of what cannot be compared: errors, cut graphs, surrogates, and backwards that call backward themselves."""

from __future__ import annotations

import functools
import re
import sys
import types

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.autograd import Function, gradcheck, gradgradcheck
from tinygrad_lite.autograd.function import once_differentiable
from tinygrad_lite.autograd.gradient_checking import GradcheckError

from ..support.example_functions import f64, function


def checked(func, *inputs, check=gradcheck, **settings):
    return check(func, inputs or f64(tl, [0.3, -1.2, 2.1]), raise_exception=False, **settings)


def named(report, word):
    """True if a hint names the line of this file on which the word stands as a comment."""
    with open(__file__, encoding="utf-8") as file:
        (line,) = (i for i, text in enumerate(file, 1) if text.rstrip().endswith(f"# {word}"))
    return f"test_gradcheck_verdicts.py:{line}" in str(report)


# ------------------------------------------------------------------------------ results without a gradient


def test_the_line_where_the_path_is_cut_is_named():
    def detached(x):
        y = x.sin().detach()  # cut by detach
        return y * 2

    def by_numpy(x):
        return tl.from_numpy(np.sin(x.detach().numpy()))  # cut by numpy

    def without_recording(x):
        with tl.no_grad():
            return x.sin()  # cut by no_grad

    def by_a_number(x):
        return x * x.mean().item()  # cut by a number

    for func, word, verdict in (
        (detached, "cut by detach", "missing"),
        (by_numpy, "cut by numpy", "missing"),
        (without_recording, "cut by no_grad", "missing"),
        (by_a_number, "cut by a number", "wrong"),
    ):
        report = checked(func)
        assert report.verdict == verdict
        assert named(report, word), report


def test_a_constant_and_integers_pass_with_a_warning():
    x = f64(tl, [0.3, -1.2])
    for func in (lambda x: tl.ones(2), lambda x: x.argmax(), lambda x: (x > 0).long()):
        with pytest.warns(UserWarning, match="tests nothing"):
            assert gradcheck(func, x)


def test_all_cuts_are_named_where_one_alone_is_not_enough():
    report = checked(lambda x: x.sin() * x.detach() + x.exp() * x.data)
    assert [bool(re.search(how, str(report))) for how in (r"the detach\(\) at", r"the \.data at")] == [True, True]


# ------------------------------------------------------------------------------------------ errors are verdicts


def test_a_forgotten_return():
    report = checked(lambda x: None)
    assert report.verdict == "error"
    assert "is a return forgotten?" in str(report)
    with pytest.raises(TypeError, match="it returned NoneType"):
        gradcheck(lambda x: None, f64(tl, [1.0]))


@pytest.mark.parametrize("check", [gradcheck, gradgradcheck])
def test_an_error_of_the_function(check):
    def func(x):
        raise KeyError("key")  # an error

    report = checked(func, check=check)
    assert report.verdict == "error"
    assert "KeyError" in str(report)
    assert named(report, "an error")
    with pytest.raises(KeyError):
        check(func, f64(tl, [1.0]))


@pytest.mark.parametrize("check", [gradcheck, gradgradcheck])
@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("last", range(1, 12))
def test_an_error_in_any_run_is_a_verdict(check, fast, last):
    runs = []

    def func(x):
        runs.append(1)
        if len(runs) > last:
            raise ArithmeticError("too many runs")
        return x.sin() * x

    report = checked(func, check=check, fast=fast)
    assert report.verdict == "error"
    runs.clear()
    with pytest.raises(GradcheckError, match="ArithmeticError: too many runs") as caught:
        check(func, f64(tl, [0.3, -1.2, 2.1]), fast=fast)
    assert isinstance(caught.value.__cause__, ArithmeticError)


@pytest.mark.parametrize("last", range(6))
def test_an_error_in_any_run_of_backward_is_a_verdict(last):
    runs = []

    def backward(g, x, y, z):
        runs.append(1)
        if len(runs) > last:
            raise ArithmeticError("too many runs")
        return g * y, g * x

    report = checked(function(tl, lambda x, y: x * y, backward), f64(tl, [0.3, 1.0]), f64(tl, [0.5, 2.0]))
    assert report.verdict == ("error" if last < 3 else "right")  # twice in float64, once in its own dtypes


def test_another_shape_nearby():
    with pytest.raises(GradcheckError, match="Expected `func` to return outputs with the same shape"):
        gradcheck(lambda x: tl.cat([x, x]) if bool((x >= 1).all()) else x, f64(tl, [1.0]))
    report = checked(lambda x: (x, x) if bool((x >= 1).all()) else x, f64(tl, [1.0]))
    assert report.verdict == "error"


def test_a_surrogate_that_makes_float32():
    class Spike(Function):
        @staticmethod
        def forward(ctx, v):
            ctx.save_for_backward(v)
            return (v > 0).float()

        @staticmethod
        def backward(ctx, g):
            (v,) = ctx.saved_tensors
            return g / (1 + 10 * v.abs()) ** 2

    class Through(Spike):
        @staticmethod
        def backward(ctx, g):
            return g

    for kind in (Spike, Through):  # the gradient is float32 inside, which may be suspicious, but is not wrong
        assert checked(lambda x, kind=kind: kind.apply(x.sin()) * x, surrogate=kind)


def test_a_counter_that_shows_only_near_the_input():
    calls = []

    def func(x):
        calls.append(1)
        return x * len(calls)

    assert checked(func, f64(tl, [0.0, 0.0])).verdict == "nondeterministic"


def test_the_function_itself_is_called_with_recording_on():
    calls = []

    def func(x):
        calls.append(tl.is_grad_enabled())
        return x * 2

    assert gradcheck(func, f64(tl, [1.0]))
    assert len(calls) > 4
    assert all(calls)


def test_a_result_that_is_the_input_itself():
    for x in (f64(tl, [0.3, 1.0]), f64(tl, 0.3)):
        assert gradcheck(lambda x: x, x).verdict == "right"
        assert gradcheck(lambda x: (x, x.double(), x.sin()), x).verdict == "right"


def test_what_a_function_closes_over_is_not_changed_if_it_holds_tensors():
    weight, kept = tl.ones(2, requires_grad=True), [tl.ones(2)]

    def func(x):
        kept[0].add_(1)
        weight.sum().backward()
        return x * kept[0]

    gradcheck(func, f64(tl, [1.0, 2.0]), raise_exception=False)
    assert kept[0].tolist() == [1.0, 1.0]
    assert weight.grad is None


# ------------------------------------------------------------------------------------------- the second order


def square(backward):
    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

    Square.backward = staticmethod(backward)
    return Square.apply


def test_backwards_that_cannot_be_differentiated_again():
    def detached(ctx, g):
        return (2 * g * ctx.saved_tensors[0]).detach()  # second cut by detach

    @tl.no_grad()
    def unrecorded(ctx, g):
        return 2 * g * ctx.saved_tensors[0]  # second cut by no_grad

    def by_numpy(ctx, g):
        return g * tl.from_numpy(2 * ctx.saved_tensors[0].detach().numpy())  # second cut by numpy

    @once_differentiable
    def once(ctx, g):
        return 2 * g * ctx.saved_tensors[0]

    for backward in (detached, unrecorded, by_numpy, once):
        x = f64(tl, [0.3, -1.2])
        assert gradcheck(square(backward), x)
        assert not checked(square(backward), x, check=gradgradcheck)
    assert named(checked(square(detached), check=gradgradcheck), "second cut by detach")
    assert named(checked(square(unrecorded), check=gradgradcheck), "second cut by no_grad")
    assert named(checked(square(by_numpy), check=gradgradcheck), "second cut by numpy")
    assert "once_differentiable" in str(checked(square(once), check=gradgradcheck))


def test_one_of_two_gradients_detached():
    product = function(tl, lambda x, y: x * y, lambda g, x, y, z: (g * y, (g * x).detach()))
    report = checked(product, f64(tl, [0.3, 1.0]), f64(tl, [0.5, 2.0]), check=gradgradcheck)
    assert not report
    assert "the gradient of input 1 is detached" in str(report)


def test_second_order_that_is_not_finite():
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * g * x.sign() * (x * x).sqrt()  # infinite slope

    report = checked(square(backward), f64(tl, [0.0, 1.0]), check=gradgradcheck)
    assert report.verdict == "non-finite"
    assert "SqrtBackward0" in str(report)
    assert named(report, "infinite slope")


def test_what_is_not_finite_names_the_first_operation():
    report = checked(lambda x: (x.log() * 0).exp(), f64(tl, [-1.0, 4.0]))
    assert report.verdict == "non-finite"
    assert "log: 1 of 2 results is NaN, of finite arguments; the first at (0,): log(-1)" in str(report)
    report = checked(lambda x: tl.where(x > 0, x.sqrt(), 0 * x), f64(tl, [-1.0, 4.0]))
    assert report.verdict == "non-finite"
    assert "sqrt: 1 of 2 gradients is NaN" in str(report)


# ------------------------------------------------------------------------------------- where a backward is written


def decorated(backward):
    def call(*args):
        return backward(*args)

    return call


def with_factor(factor, ctx, g):  # a partial
    return factor * g


class Callable:
    def __call__(self, ctx, g):  # an object
        return 3 * g

    def method(self, ctx, g):  # a method
        return 3 * g


def test_the_line_of_any_kind_of_backward():
    @once_differentiable
    def once(ctx, g):  # once differentiable
        return 3 * g

    @tl.no_grad()
    def unrecorded(ctx, g):  # decorated by no_grad
        return 3 * g

    @functools.wraps(once)
    def wrapped(ctx, g):
        return once(ctx, g)

    kinds = {
        "once differentiable": once,
        "decorated by no_grad": unrecorded,
        "a partial": functools.partial(with_factor, 3),
        "an object": Callable(),
        "a method": Callable().method,
        "a lambda": lambda ctx, g: 3 * g,  # a lambda
    }
    for word, backward in kinds.items():
        members = {"forward": staticmethod(lambda ctx, x: 2 * x), "backward": staticmethod(backward)}
        Tripled = types.new_class("Tripled", (Function,), {}, lambda body, members=members: body.update(members))
        report = checked(lambda x, apply=Tripled.apply: apply(x))
        assert report.culprit.operation == "Tripled.backward"
        assert f"defined at {__file__.rpartition('/')[2]}" in str(report) or "test_gradcheck_verdicts.py" in str(
            report.culprit.defined
        )
        assert named(report, word), report


# ------------------------------------------------------------------------------------------------- surrogates


class SignSTE(Function):
    @staticmethod
    def forward(ctx, x):
        return x.sign()

    @staticmethod
    def backward(ctx, g):
        return g


def round_ste(x):
    return x + (x.round() - x).detach()


class BadCube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):  # the wrong cube
        return g * 2 * ctx.saved_tensors[0] ** 2


class MixSTE(Function):
    """Rounds a matrix product: its Jacobian is no diagonal."""

    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return (x @ w).round()

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g @ w.t(), x.t() @ g


SURROGATES = [SignSTE, round_ste]


@pytest.mark.parametrize("fast", [False, True])
def test_what_comes_before_and_after_surrogates_is_checked(fast):
    for func in (
        lambda x: (SignSTE.apply(x.tanh()) * 3 * x).sin(),
        lambda x: round_ste(SignSTE.apply(x.exp() - 1) * x) ** 2,
        lambda x: SignSTE.apply(x).sum() * x,
    ):
        assert gradcheck(func, f64(tl, [0.3, -1.2, 2.1]), surrogate=SURROGATES, fast=fast).verdict == "right"
    for func in (
        lambda x: round_ste(SignSTE.apply(BadCube.apply(x))) * 2,
        lambda x: BadCube.apply(round_ste(SignSTE.apply(x) + x)),
        lambda x: round_ste(x) + BadCube.apply(x),
    ):
        report = checked(func, surrogate=SURROGATES, fast=fast)
        assert [culprit.operation for culprit in report.culprits] == ["BadCube.backward"]
        assert named(report, "the wrong cube")
        assert "cut" not in str(report)


def test_a_surrogate_whose_jacobian_is_a_matrix():
    x, w = f64(tl, [[0.5, -1.0], [2.0, 0.3]]), f64(tl, [[1.5, 0.7], [-0.4, 0.9]])
    assert gradcheck(lambda x, w: MixSTE.apply(x.sin(), w * w).exp(), (x, w), surrogate=MixSTE).verdict == "right"
    assert not checked(lambda x, w: MixSTE.apply(x.sin(), w * w).exp(), x, w)


def test_a_surrogate_of_another_module_and_in_a_layer():
    module = types.ModuleType("other_module_with_a_surrogate")
    sys.modules[module.__name__] = module
    try:
        exec("def ste(x):\n    return x + (x.floor() - x).detach()", vars(module))

        class Quantized(nn.Module):
            def __init__(self):
                super().__init__()
                self.inner = nn.Linear(3, 2)

            def forward(self, x):
                return module.ste(self.inner(x) * 3) * x[:, :2]

        before = module.ste
        assert gradcheck(Quantized(), tl.randn(4, 3), surrogate=[module.ste]).verdict == "right"
        assert module.ste is before
        assert not checked(Quantized(), tl.randn(4, 3, requires_grad=True))
    finally:
        del sys.modules[module.__name__]


def test_everything_is_put_back():
    forward = vars(SignSTE)["forward"]
    checked(lambda x: SignSTE.apply(BadCube.apply(x)), surrogate=[SignSTE, round_ste])
    assert vars(SignSTE)["forward"] is forward
    assert isinstance(round_ste, types.FunctionType)


def test_without_the_argument_the_report_says_what_it_looks_like():
    report = checked(lambda x: SignSTE.apply(x.tanh()) * x)
    assert "looks like a surrogate (straight-through) gradient: pass surrogate=[SignSTE] to check the rest" in str(
        report
    )
    for func in (round_ste, lambda x: round_ste(3 * x) * x):
        assert "looks like a surrogate (straight-through) gradient: pass surrogate=[" in str(checked(func))
    assert "surrogate" not in str(checked(BadCube.apply))


def test_what_is_no_function_is_refused():
    with pytest.raises(TypeError, match="expected subclasses of Function, or functions"):
        gradcheck(tl.sin, f64(tl, [1.0]), surrogate=["sign"])


# ---------------------------------------------------------------------------------------------- several faults


def test_every_culprit_is_named():
    twice = function(tl, lambda x: x.sin(), lambda g, x, y: 2 * g * x.cos())
    report = checked(lambda x: BadCube.apply(x) + twice(x.exp()) * x)
    assert {culprit.operation for culprit in report.culprits} == {"BadCube.backward", "Planted.backward"}
    assert "Planted.backward: backward gives twice the derivative" in str(report)
    assert "BadCube.backward: backward gives 0.666667 times" in str(report)
    report = checked(lambda x: BadCube.apply(x) + x.exp() * x.detach())  # beside a cut
    assert report.culprit.operation == "BadCube.backward"
    assert "a path to the result is cut by the detach()" in str(report)
    assert named(report, "beside a cut")


# ------------------------------------------------------------------------------------------------- suspicious


def test_a_small_error_is_suspicious_and_passes():
    slightly = function(tl, lambda x: x**3, lambda g, x, y: 3.0027 * g * x**2)
    report = checked(slightly)
    assert report
    assert report.verdict == "suspicious"
    assert "SUSPICIOUS" in str(report)
    assert "1.0009 times the derivative" in str(report)
    epsilon = function(tl, lambda x: x / (x.norm() + 1e-5), lambda g, x, y: (g - y * (g * y).sum()) / x.norm())
    assert checked(epsilon).verdict == "suspicious"
    narrow = function(tl, lambda x: x.sin(), lambda g, x, y: g * (x.float().cos() * 1.3).double() / 1.3)
    assert checked(narrow, f64(tl, np.linspace(0.1, 1.4, 9))).verdict in ("suspicious", "right")


# ------------------------------------------------------------------------------------------- backward in backward


@pytest.mark.parametrize("fault", [1.0, 2.0])
def test_parameters_that_a_backward_accumulates_count(fault):
    class Again(Function):
        @staticmethod
        def forward(ctx, x, layer):
            ctx.save_for_backward(x)
            ctx.layer = layer
            return layer(x)

        @staticmethod
        def backward(ctx, g):
            x = ctx.saved_tensors[0].detach().requires_grad_()
            with tl.enable_grad():
                y = ctx.layer(x)
            tl.autograd.backward(y, fault * g)
            return x.grad / fault, None

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 2)

        def forward(self, x):
            return Again.apply(x, self.layer).sin()

    net = Net()
    report = gradcheck(net, tl.randn(3, 2, requires_grad=True), raise_exception=False)
    wrong = {name for name, entry in report.entries.items() if not entry}
    assert wrong == (set() if fault == 1 else {"layer.weight", "layer.bias"})
    assert net.layer.weight.grad is None


# --------------------------------------------------------------------------------------------------------- hints


def test_hints_from_patterns():
    x = tl.tensor(np.random.default_rng(0).uniform(0.5, 2.5, (3, 3)), requires_grad=True)
    power = function(tl, lambda x: x**2.5, lambda g, x, y: 2.5 * g * x**2)
    assert "times |input 0|^0.5: is the exponent wrong?" in str(gradcheck(power, x, raise_exception=False))
    one = function(tl, lambda x: x.tril() ** 2, lambda g, x, y: (2 * g * x).tril() + (2 * g * x).tril().t())
    assert "only the lower triangle" in str(gradcheck(one, x, raise_exception=False))
    positive = function(tl, lambda x: x * x, lambda g, x, y: 2 * x * g.clamp(min=0))
    assert "with the negative of that" in str(gradcheck(positive, x, raise_exception=False))
    flat = tl.tensor(np.linspace(-5, 5, 24), requires_grad=True)
    beyond = function(tl, lambda x: x * x, lambda g, x, y: 2 * g * x * tl.where(x > 3, 1.5, 1.0))
    assert re.search(r"wrong only where input 0 ≥ 3\.\d+ \(right up to 2\.\d+\)", str(checked(beyond, flat)))
    other = function(
        tl, lambda x, y: x * x * y, lambda g, x, y, z: (2 * g * x * y * tl.where(y > 3, 1.5, 1.0), g * x * x)
    )
    y = tl.tensor(np.random.default_rng(1).permutation(np.linspace(-5, 5, 24)), requires_grad=True)
    assert "wrong only where input 1 ≥ 3" in str(checked(other, flat, y))


def test_no_region_is_named_by_chance():
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(40):
        mask = tl.tensor((rng.permutation(9) < 3).astype(float))
        x = tl.tensor(rng.uniform(-2, 2, 9), requires_grad=True)
        bad = function(tl, lambda x: x**2, lambda g, x, y, mask=mask: 2 * g * x * (1 + mask))
        found += "wrong only where" in str(gradcheck(bad, x, raise_exception=False, check_undefined_grad=False))
    assert found <= 4
