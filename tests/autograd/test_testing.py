"""The public strategies and one-line checks: they draw what they say, pass what is right and catch what is not."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import find, given
from hypothesis import strategies as st

import tinygrad_lite as tl
from tinygrad_lite import nn, testing
from tinygrad_lite.autograd.gradient_checking import GradcheckError, gradcheck
from tinygrad_lite.testing import between, broadcastable, distinct, nonzero, off, positive, reals, tensors, unit

from ..support.example_functions import function

# ---------------------------------------------------------------------------------------------- strategies


@pytest.mark.parametrize(
    ("domain", "holds"),
    [
        (reals, lambda x: np.abs(x) <= 3),
        (positive, lambda x: x >= 0.1),
        (nonzero, lambda x: np.abs(x) >= 0.05),
        (unit, lambda x: np.abs(x) <= 0.9),
        (between(1, 2), lambda x: (x >= 1) & (x <= 2)),
        (off(-1.0, 1.0, margin=0.1), lambda x: np.abs(np.abs(x) - 1) >= 0.1 - 1e-9),
    ],
)
@given(data=st.data())
def test_domains(domain, holds, data):
    shape = data.draw(testing.shapes())
    x = data.draw(domain(shape))
    assert x.shape == shape
    assert np.all(holds(x))


@given(tensors((2, 3), domain=distinct))
def test_distinct_values_are_apart(x):
    assert np.min(np.diff(np.sort(x.detach().numpy().ravel()))) > 0.5


@given(*broadcastable(3))
def test_broadcastable_shapes_broadcast(x, y, z):
    assert np.broadcast_shapes(x.shape, y.shape, z.shape) == (x + y + z).shape


@pytest.mark.parametrize(
    "wanted",
    [
        lambda x: x.ndim == 0,
        lambda x: x.numel() == 0,
        lambda x: x.ndim == 3 and x.numel() > 1,
        lambda x: x.ndim > 1 and x.numel() > 3 and not x.is_contiguous(),
    ],
    ids=["0-d", "empty", "3-d", "strided"],
)
def test_all_kinds_are_drawn(wanted):
    assert wanted(find(tensors(), wanted))


def test_tensors_of_a_dtype_and_without_grad():
    x = find(tensors((2,), dtype=tl.float32, requires_grad=False), lambda _: True)
    assert (x.dtype, x.requires_grad, x.shape) == (tl.float32, False, (2,))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: between(), "two ends of each interval"),
        (lambda: between(1.0), "two ends of each interval"),
        (lambda: between(2, 1), "2 is above 1"),
        (lambda: off(0.0, margin=5.0), "no number from -3.0 to 3.0"),
        (lambda: broadcastable(3, [reals, reals]), "2 domains are given for 3 arguments"),
        (lambda: find(tensors((2,), layouts=["diagonal"]), lambda _: True), "no layout 'diagonal'"),
    ],
)
def test_wrong_domains_and_layouts(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# ------------------------------------------------------------------------------------------------ check_op

OPS = {
    "add": (lambda x, y: x + y, broadcastable(2)),
    "mul": (tl.mul, broadcastable(2)),
    "div": (tl.div, broadcastable(2, [reals, nonzero])),
    "pow": (tl.pow, broadcastable(2, [positive, reals])),
    "where": (lambda x, y: tl.where(x > y, x * x, y), broadcastable(2)),
    "relu": (tl.relu, [tensors()]),
    "abs": (tl.abs, [tensors()]),
    "max": (lambda x: x.amax(), [tensors(testing.shapes(min_side=1))]),
    "sort": (lambda x: x.sort(-1)[0], [tensors((2, 3), domain=distinct)]),
    "softmax": (lambda x: x.softmax(-1), [tensors((2, 3))]),
    "matmul": (tl.matmul, [tensors((2, 3)), tensors((3, 2))]),
    "norm": (lambda x: x.norm(), [tensors()]),
    "logsumexp": (lambda x: x.logsumexp(0), [tensors((3, 2))]),
    "index": (lambda x, i: x[i] ** 2, [tensors((3, 2)), [0, 0, 2]]),
    "dropout": (lambda x: nn.functional.dropout(x), [tensors((5,))]),
}


@pytest.mark.parametrize("name", OPS)
def test_operations_of_the_library(name):
    func, arguments = OPS[name]
    testing.check_op(func, *arguments)


def test_second_order():
    testing.check_op(lambda x: x.tanh() * x, tensors((2,)), second_order=True)


def test_a_wrong_operation_shrinks_to_a_small_input():
    bad = function(tl, lambda x: x.exp(), lambda g, x, y: tl.where(x > 1, 2 * g * y, g * y))
    with pytest.raises(GradcheckError, match="wrong") as caught:
        testing.check_op(bad, max_examples=200)
    report = caught.value.report
    assert report.worst.analytic == pytest.approx(2 * report.worst.numeric)
    assert next(iter(report.entries.values())).total == 1


def test_a_wrong_second_derivative_is_caught():
    class Cube(tl.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.slope = 3 * x.detach() ** 2
            return x**3

        @staticmethod
        def backward(ctx, g):
            return g * ctx.slope

    testing.check_op(Cube.apply, tensors((2,), domain=positive))
    with pytest.raises(GradcheckError):
        testing.check_op(Cube.apply, tensors((2,), domain=positive), second_order=True)


def test_strictly_what_is_suspicious_fails():
    nearly = function(tl, lambda x: x.exp(), lambda g, x, y: 1.0005 * g * y)
    x = tl.tensor([0.5, -1.0], dtype=tl.float64, requires_grad=True)
    testing.check_op(nearly, x)
    with pytest.raises(GradcheckError, match="SUSPICIOUS") as raised:
        testing.check_op(nearly, x, strict=True)
    assert smallest_input(raised)[0].tolist() == [0.5, -1.0]


def test_an_operation_that_leaves_float32_is_caught():
    with pytest.raises(AssertionError, match="float64"):
        testing.check_op(lambda x: x.double() * 2, tensors((2,)))


# -------------------------------------------------------------------------------------------- check_module

MODULES = {
    "Linear": (lambda: nn.Linear(3, 2), [tensors((4, 3))]),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(3), [tensors((4, 3))]),
    "Sequential": (lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), [tensors((2, 3))]),
    "Dropout": (lambda: nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5)), [tensors((2, 3))]),
}


@pytest.mark.parametrize("name", MODULES)
def test_layers_of_the_library(name):
    make, inputs = MODULES[name]
    testing.check_module(make, *inputs, max_examples=8)


class Scale(nn.Module):
    def __init__(self, apply):
        super().__init__()
        self.apply_to = apply
        self.weight = nn.Parameter(tl.tensor([1.0, 2.0]))

    def forward(self, x):
        return self.apply_to(x, self.weight)


def test_a_wrong_layer_is_caught_by_the_name_of_its_parameter():
    bad = function(tl, lambda x, w: x * w, lambda g, x, w, y: (g * w, (g * x).mean(0)))
    with pytest.raises(GradcheckError, match="weight"):
        testing.check_module(lambda: Scale(bad), tensors((3, 2)))


def test_a_parameter_that_is_not_used_is_caught():
    with pytest.raises(AssertionError, match="weight gets no gradient"):
        testing.check_module(lambda: Scale(lambda x, w: x * 2), tensors((3, 2)))


def test_state_that_is_not_saved_is_caught():
    def shifted(k):
        return Scale(lambda x, w: x * w + k)

    counter = iter(range(10**6))
    with pytest.raises(AssertionError, match="not the same"):
        testing.check_module(lambda: shifted(next(counter)), tensors((3, 2)))


class Stateful(nn.Module):
    """A layer that keeps something in `kept`, in one of several ways."""

    def __init__(self, how):
        super().__init__()
        self.how, self.weight = how, nn.Parameter(tl.ones(3))
        if how == "a buffer that is not saved":
            self.register_buffer("kept", tl.zeros(()), persistent=False)
        else:
            self.kept = {"a counter": 0, "no buffer": tl.zeros(3), "random": tl.rand(3)}.get(how)

    def forward(self, x):
        if self.how == "a counter":
            self.kept += 1
        elif self.how == "a buffer that is not saved":
            self.kept += 1
        elif self.how == "no buffer" and self.training:
            self.kept = 0.9 * self.kept + 0.1 * x.detach().mean(0)
        elif self.how in ("a cached array", "a cached constant") and self.kept is None:
            self.kept = x.detach().numpy().max(0) if self.how == "a cached array" else np.arange(3.0)
        used = self.kept if self.how != "no buffer" or not self.training else 0
        return x * self.weight + (used if isinstance(used, (int, tl.Tensor)) else tl.tensor(used, dtype=x.dtype))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("a counter", "1: self.kept is 1 in one and 0 in the other"),
        ("no buffer", r"\(in eval mode\)\. .*1: self.kept differs"),
        ("random", "1: self.kept differs"),
        ("a cached array", "1: self.kept differs"),
        ("a buffer that is not saved", "the buffer 1.kept is not persistent"),
    ],
)
def test_hidden_state_is_named(how, said):
    with pytest.raises(AssertionError, match=said) as raised:
        testing.check_module(lambda: nn.Sequential(nn.Linear(3, 3), Stateful(how)), tensors((2, 3)), max_examples=6)
    assert smallest_input(raised)[0].shape == (2, 3)


def test_what_is_kept_but_changes_nothing_is_allowed():
    testing.check_module(lambda: Stateful("a cached constant"), tensors((2, 3)), max_examples=3)


# ------------------------------------------------------------------------------------------- check_optimizer


def momentum(value, gradients):
    velocity = np.zeros_like(value)
    for g in gradients:
        velocity = 0.9 * velocity + g
        value = value - 0.1 * velocity
    return value


def test_an_optimizer_of_the_library():
    testing.check_optimizer(lambda p: tl.optim.SGD(p, lr=0.1, momentum=0.9), momentum)
    testing.check_optimizer(lambda p: tl.optim.Adam(p, lr=0.1))


class Plain(tl.optim.SGD):
    """SGD, to be broken."""

    changed = ""

    def step(self, closure=None):
        super().step(closure)
        for group in self.param_groups:
            for p in group["params"]:
                if self.changed == "idle":
                    p._data += 1
                elif self.changed == "memory":
                    p._data = p._data.copy()
                elif self.changed == "dtype" and p._data.dtype == np.float32:
                    p._data = p._data.astype(np.float64)

    def load_state_dict(self, state):
        if self.changed != "state":
            super().load_state_dict(state)


@pytest.mark.parametrize(
    ("changed", "message"), [("idle", "without a gradient"), ("memory", "in place"), ("state", "saved and continued")]
)
def test_a_wrong_optimizer_is_caught(changed, message):
    kind = type("Broken", (Plain,), {"changed": changed})
    with pytest.raises(AssertionError, match=message):
        testing.check_optimizer(lambda p: kind(p, lr=0.1, momentum=0.9))


class Harmonic(tl.optim.Optimizer):
    """Steps of lr / t, where t is counted outside of the state."""

    def __init__(self, params):
        super().__init__(params, {"lr": 0.1})
        self.t = 0

    def step(self, closure=None):
        self.t += 1
        with tl.no_grad():
            for p in self.param_groups[0]["params"]:
                if p.grad is not None:
                    p -= 0.1 / self.t * p.grad


def test_state_outside_of_the_state_is_named():
    with pytest.raises(AssertionError, match="continued after 2 steps") as raised:
        testing.check_optimizer(Harmonic, max_examples=10)
    said = r"parameter \d, of shape .*, differs in step (\d)\. .*outside self\.state\? self\.t is (\d) in one and (\d)"
    step, whole, resumed = map(int, re.search(said, str(raised.value)).groups())
    assert whole == step == resumed + 2


def test_another_recurrence_is_caught():
    with pytest.raises(AssertionError, match="reference"):
        testing.check_optimizer(lambda p: tl.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True), momentum)


def test_a_made_object_in_place_of_its_maker():
    with pytest.raises(
        TypeError, match=r"check_module: .* not an object of type Linear: check_module\(lambda: nn.Linear"
    ):
        testing.check_module(nn.Linear(2, 1), tensors((3, 2)))
    with pytest.raises(TypeError, match="check_optimizer: the first argument must be a function"):
        testing.check_optimizer(tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=0.1))


# ------------------------------------------------------------------------------------------------- import


def test_the_library_does_not_need_hypothesis_and_testing_says_so():
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "import tinygrad_lite\n"
        "import tinygrad_lite.testing\n"
        "try:\n    tinygrad_lite.testing.check_op\n"
        "except ImportError as error:\n    print(error)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "tinygrad_lite[testing]" in shown.stdout
    assert "hypothesis" in shown.stdout


def test_testing_needs_hypothesis_alone():
    packages = "torch numba pytest scipy sklearn pandas onnx einops".split()
    blocked = "".join(f"sys.modules[{name!r}] = None; " for name in packages)
    code = f"import sys; {blocked}import tinygrad_lite.testing as t; t.check_op(lambda x: x * x, max_examples=2)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_public_name_is_here():
    assert all(hasattr(testing, name) for name in testing.__all__)


def smallest_input(raised):
    """What the code in the note of an error makes."""
    (note,) = (text for text in raised.value.__notes__ if "smallest input" in text)
    names = {"tl": tl, "np": np}
    exec("\n".join(line.strip() for line in note.splitlines()[1:]), names)
    return names["inputs"]


def test_the_smallest_input_is_given_as_code():
    class Clamp(tl.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.clamp(-1, 1)

        @staticmethod
        def backward(ctx, g):
            return g * (ctx.saved_tensors[0] < 1)

    with pytest.raises(GradcheckError) as raised:
        testing.check_op(Clamp.apply, max_examples=300)
    (x,) = smallest_input(raised)
    assert x.requires_grad
    assert x.dtype == tl.float64
    assert not gradcheck(Clamp.apply, x, raise_exception=False)
    with pytest.raises(AssertionError, match="float32") as raised_by_dtype:
        testing.check_op(lambda x: x.double(), max_examples=20)
    assert isinstance(smallest_input(raised_by_dtype)[0], tl.Tensor)
    with pytest.raises(AssertionError, match="not what the reference computes") as raised_by_optimizer:
        testing.check_optimizer(
            lambda ps: tl.optim.SGD(ps, lr=0.1), lambda value, gradients: value, steps=2, max_examples=30
        )
    assert "parameter 0, of shape (2, 3), is not what the reference computes in step" in str(raised_by_optimizer.value)
    value, gradients = smallest_input(raised_by_optimizer)
    assert value.shape == (2, 3)
    assert len(gradients) == 2


# ------------------------------------------------------------------- faults that one random direction must not miss


class Faulty(tl.autograd.Function):
    """Two products, with a fault of some kind planted in the backward; `once` only in the derivative of the backward."""

    @staticmethod
    def forward(ctx, x, w, fault):
        ctx.save_for_backward(x, w)
        ctx.fault, ctx.calls = fault, 0
        y = x * w if fault != "float32 inside" else (x.float() * w.float()).double()
        return (y + float(np.random.default_rng().random()) if fault == "random" else y), (x * x).sum()

    @staticmethod
    def backward(ctx, g, h):
        x, w = ctx.saved_tensors
        fault = ctx.fault
        if fault == "writes":
            g *= 1
            g += 1e-3
        if fault == "one element of many" and x.numel() > 64:
            w = w * (1 + 0.01 * (tl.arange(x.numel()) == 70).reshape(x.shape))
        if fault == "second order only":
            w = w.detach() + (w - w.detach()) * 1.01
        if fault == "memory order" and not g.is_contiguous():
            g = g * 1.5
        by_x = g * w + h * 2 * x
        by_w = (g * x).sum_to_size(w.shape)
        if fault == "needs both" and not all(ctx.needs_input_grad[:2]):
            by_x = by_x * 2
        if fault == "a small element":
            by_x = by_x * (1 + (by_x.abs() < 1e-4))
        if fault == "scaled":
            by_x = by_x * 1.01
        if fault == "not reduced":
            by_w = (g * x)[0] + 0 * w
        if fault == "narrow":
            by_x = by_x.float()
        if fault == "suspicious":
            by_x = by_x * (1 + 2e-6)
        if fault == "no gradient":
            by_w = None
        return by_x, by_w, None


FAULTS = {
    "scaled": "WRONG", "one element of many": "WRONG", "second order only": "WRONG", "memory order": "WRONG",
    "needs both": "where only", "a small element": "WRONG", "not reduced": "WRONG", "suspicious": "SUSPICIOUS",
    "no gradient": "MISSING", "random": "NONDETERMINISTIC", "writes": "writes into the gradient|read-only", "narrow": "WRONG|float32",
}  # fmt: skip


@pytest.mark.parametrize("fault", ["", *FAULTS])
def test_planted_faults_are_caught(fault):
    """In a check that passes a right function after a few runs, with the verdict of the check of each element."""
    rng = np.random.default_rng(3)
    caught = ""
    for shape in ((9, 9),) if fault == "one element of many" else ((2, 3),):
        values = rng.uniform(0.5, 1.5, shape)
        values[0, 0] = 1e-6
        x, w = (tl.tensor(a, requires_grad=True) for a in (values, rng.uniform(0.5, 1.5, shape[1:])))
        if fault == "a small element":
            w = (w.detach() * tl.tensor([1e-5] + [1.0] * (shape[1] - 1), dtype=tl.float64)).requires_grad_()
        for c in range(6):  # the input decides in which order in memory the gradient of the result comes
            inputs = ((x.detach() + c / 64).requires_grad_() if c else x, w)
            try:
                testing.check_op(lambda x, w: Faulty.apply(x, w, fault), *inputs, second_order=True, strict=True)
            except GradcheckError as error:
                caught = str(error)
                break
    assert re.search(FAULTS[fault], caught) if fault else not caught, caught
