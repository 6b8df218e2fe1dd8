"""utils.checkpoint: the same values and gradients, bit by bit, with less kept between forward and backward."""

from __future__ import annotations

import warnings

import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.autograd import gradcheck, gradgradcheck
from tinygrad_lite.utils.checkpoint import (
    CheckpointError,
    check_backward_validity,
    checkpoint,
    checkpoint_sequential,
    detach_variable,
)

BOTH = pytest.mark.parametrize("reentrant", [False, True], ids=["node", "reentrant"])


def network():
    tl.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Dropout(0.5), nn.Linear(5, 3))


def gradients(model, x, through):
    for p in (x, *model.parameters()):
        p.grad = None
    tl.manual_seed(1)
    y = through(x)
    after = tl.rand(1)
    (y * y).sum().backward()
    return [y.tolist(), after.item(), tl.rand(1).item(), *(p.grad.tolist() for p in (x, *model.parameters()))]


@BOTH
def test_values_gradients_and_random_numbers_are_the_same(reentrant):
    model = network()
    x = tl.randn(6, 4, requires_grad=True)
    expected = gradients(model, x, model)
    assert gradients(model, x, lambda x: checkpoint(model, x, use_reentrant=reentrant)) == expected


@BOTH
def test_without_the_state_of_the_generator_other_numbers_are_drawn(reentrant):
    model = network()
    x = tl.ones(50, 4, requires_grad=True)
    kept = lambda x: checkpoint(model, x, use_reentrant=reentrant)
    redrawn = lambda x: checkpoint(model, x, use_reentrant=reentrant, preserve_rng_state=False)
    assert gradients(model, x, redrawn)[3] != gradients(model, x, kept)[3]


@BOTH
@pytest.mark.parametrize("segments", [1, 2, 3, 4])
def test_sequential(reentrant, segments):
    model = network()
    x = tl.randn(6, 4, requires_grad=True)
    through = lambda x: checkpoint_sequential(model, segments, x, use_reentrant=reentrant)
    assert gradients(model, x, through) == gradients(model, x, model)


@BOTH
def test_gradcheck_counts_the_parameters(reentrant):
    class Checkpointed(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = network()

        def forward(self, x):
            return checkpoint(self.inner, x.sin(), use_reentrant=reentrant) * x.sum()

    report = gradcheck(Checkpointed(), tl.randn(3, 4, requires_grad=True))
    assert report.verdict in ("right", "vacuous")  # what dropout has dropped everywhere
    assert report.entries["inner.0.weight"].verdict == "right"


def test_second_derivatives_and_keyword_arguments():
    f = lambda x, *, power, scale: (x**power).sin() * scale
    x, scale = (tl.tensor(v, dtype=tl.float64, requires_grad=True) for v in ([0.5, 1.5], [2.0, -1.0]))
    call = lambda x, scale: checkpoint(f, x.exp(), power=3, scale=scale, use_reentrant=False)
    assert gradcheck(call, (x, scale)).verdict == "right"
    assert gradgradcheck(call, (x, scale)).verdict == "right"


def test_results_in_a_structure_one_of_them_unused():
    x = tl.tensor([0.5, 1.5], requires_grad=True)
    out = checkpoint(lambda x: {"a": (x.sin(), 3, x.detach()), "b": [x.cos(), x]}, x, use_reentrant=False)
    assert out["a"][1] == 3
    assert not out["a"][2].requires_grad
    assert out["b"][1] is x
    (g,) = tl.autograd.grad(out["b"][0].sum() * out["b"][1].sum(), x)
    assert tl.allclose(g, -x.sin() * x.sum() + x.cos().sum())


def test_what_lies_behind_another_argument_is_counted_once():
    x = tl.tensor([0.5, 1.5], dtype=tl.float64, requires_grad=True)

    def f(x):
        y = x.exp()
        z = y * x
        return checkpoint(lambda a, b: a * b * y, y, z, use_reentrant=False) + checkpoint(
            lambda b: checkpoint(tl.sin, b, use_reentrant=False) * b, z, use_reentrant=False
        )

    assert gradcheck(f, x).verdict == "right"


def test_hooks_outside_are_called_once():
    x = tl.tensor([1.0, 2.0], requires_grad=True)
    h = x * 2
    calls = []
    for t in (x, h):
        t.register_hook(lambda g: calls.append(g.tolist()))
    checkpoint(lambda h: h * h * x, h, use_reentrant=False).sum().backward()
    assert calls == [[4.0, 16.0], [12.0, 48.0]]  # 2hx; h² + 2·2hx


def test_without_recording_the_function_is_only_called():
    x = tl.ones(2, requires_grad=True)
    with tl.no_grad():
        assert not checkpoint(tl.sin, x, use_reentrant=False).requires_grad
    assert not checkpoint(tl.sin, tl.ones(2), use_reentrant=False).requires_grad


def test_nothing_is_kept_inside():
    seen = []
    checkpointed = checkpoint(lambda x: x.exp().sin().exp().sin(), tl.ones(3, requires_grad=True), use_reentrant=False)
    node = checkpointed.grad_fn
    while node is not None:
        seen.append(node.name())
        node = node.next_functions[0][0] if node.next_functions else None
    assert len(seen) <= 3


def test_another_computation_is_an_error():
    runs = []

    def changing(x):
        runs.append(1)
        return x.sin() if len(runs) == 1 else x.sin().cos()

    y = checkpoint(changing, tl.ones(2, requires_grad=True), use_reentrant=False)
    with pytest.raises(CheckpointError, match="A different number of tensors was saved"):
        y.sum().backward()

    def shrinking(x):
        runs.append(1)
        return x.sin()[: 1 + len(runs) % 2]

    runs.clear()
    y = checkpoint(shrinking, tl.ones(2, requires_grad=True), use_reentrant=False)
    with pytest.raises(CheckpointError, match="have different metadata than during the forward pass"):
        y.sum().backward()


def test_refusals():
    x = tl.ones(2, requires_grad=True)
    with pytest.raises(ValueError, match="Unexpected keyword arguments: power"):
        checkpoint(tl.sin, x, use_reentrant=True, power=2)
    with pytest.raises(ValueError, match="only supported when use_reentrant=False"):
        checkpoint(tl.sin, x, use_reentrant=True, debug=True)
    with pytest.raises(ValueError, match="determinism_check should be one of"):
        checkpoint(tl.sin, x, use_reentrant=False, determinism_check="some")
    with pytest.raises(ValueError, match="Unexpected keyword arguments: power"):
        checkpoint_sequential([tl.sin], 1, x, use_reentrant=False, power=2)
    with pytest.warns(UserWarning, match="use_reentrant parameter should be passed explicitly"):
        checkpoint(tl.sin, x)
    with pytest.warns(UserWarning, match="None of the inputs have requires_grad=True"):
        checkpoint(tl.sin, tl.ones(2), use_reentrant=True)
    with pytest.raises(RuntimeError, match="Only tuple of tensors is supported"):
        detach_variable([x])  # type: ignore[arg-type]  # wrong on purpose
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_backward_validity([x])


def test_the_reentrant_form_refuses_autograd_grad():
    x = tl.ones(2, requires_grad=True)
    y = checkpoint(tl.sin, x, use_reentrant=True).sum()
    with pytest.raises(RuntimeError, match=r"incompatible with .grad\(\) or passing an `inputs` parameter"):
        tl.autograd.grad(y, x, retain_graph=True)
    with pytest.raises(RuntimeError, match="incompatible"):
        y.backward(inputs=[x], retain_graph=True)
    y.backward()
    assert tl.allclose(x.grad, x.cos())


def test_contexts_are_entered_for_each_run():
    entered = []

    class Context:
        def __init__(self, name):
            self.name = name

        def __enter__(self):
            entered.append(self.name)

        def __exit__(self, *exception):
            entered.append("end")

    contexts = lambda: (Context("forward"), Context("again"))
    checkpoint(tl.sin, tl.ones(2, requires_grad=True), use_reentrant=False, context_fn=contexts).sum().backward()
    assert entered == ["forward", "end", "again", "end"]
