"""Inference tensors: what is made inside `inference_mode` is no part of any graph, and stays apart from what is."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.both_libraries import leaf, on_both, returns

WRITTEN = "Inplace update to inference tensor outside InferenceMode is not allowed"
SAVED = "Inference tensors cannot be saved for backward"
LEAF = "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed"
VIEW = "A view was created in inference mode and is being modified inplace in normal mode"


def made_inside(T, requires_grad=False):
    with T.inference_mode():
        return T.ones(2, requires_grad=requires_grad)


MADE_INSIDE = {
    "ones": (lambda T, x: T.ones(2), True),
    "tensor": (lambda T, x: T.tensor([1.0]), True),
    "from_numpy": (lambda T, x: T.from_numpy(np.ones(2)), True),
    "rand": (lambda T, x: T.rand(2), True),
    "zeros_like": (lambda T, x: T.zeros_like(x), True),
    "new_zeros": (lambda T, x: x.new_zeros(2), True),
    "a result": (lambda T, x: x * 2, True),
    "clone": (lambda T, x: x.clone(), True),
    "a view of a result": (lambda T, x: (x * 2)[:1], True),
    "detach of a result": (lambda T, x: (x * 2).detach(), True),
    "data of a result": (lambda T, x: (x * 2).data, True),
    "inside enable_grad": (lambda T, x: T.enable_grad()(lambda: x * 2)(), True),
    "a leaf": (lambda T, x: T.ones(2, requires_grad=True), True),
    "a view": (lambda T, x: x[:1], False),
    "reshape": (lambda T, x: x.reshape(2, 1), False),
    "detach": (lambda T, x: x.detach(), False),
    "data": (lambda T, x: x.data, False),
    "in place": (lambda T, x: x.detach().add_(1), False),
    "outside again": (lambda T, x: T.inference_mode(False)(lambda: T.ones(2))(), False),
}


@on_both
@pytest.mark.parametrize("name", MADE_INSIDE)
def test_what_is_made_inside(name, library):
    T = pytest.importorskip(library)
    function, expected = MADE_INSIDE[name]
    x = leaf(T, 1.0, 2.0)
    with T.inference_mode():
        assert function(T, x).is_inference() is expected


MADE_OUTSIDE = {
    "a view": (lambda T, c: c[:1], True),
    "a view of a view": (lambda T, c: c[:1].reshape(1, 1), True),
    "detach": (lambda T, c: c.detach(), True),
    "data": (lambda T, c: c.data, True),
    "itself": (lambda T, c: c.to(T.float32), True),
    "a result": (lambda T, c: c + 1, False),
    "clone": (lambda T, c: c.clone(), False),
    "another dtype": (lambda T, c: c.to(T.float64), False),
    "deepcopy": (lambda T, c: copy.deepcopy(c.clone()), False),
}


@on_both
@pytest.mark.parametrize("name", MADE_OUTSIDE)
def test_what_is_made_of_it_outside(name, library):
    T = pytest.importorskip(library)
    function, expected = MADE_OUTSIDE[name]
    assert function(T, made_inside(T)).is_inference() is expected


REFUSED = {
    "add_": (WRITTEN, lambda T, c: c.add_(1)),
    "zero_": (WRITTEN, lambda T, c: c.zero_()),
    "an item": (WRITTEN, lambda T, c: c.__setitem__(0, 1.0)),
    "a view": (WRITTEN, lambda T, c: c[:1].fill_(2.0)),
    "normal_": (WRITTEN, lambda T, c: c.normal_()),
    "copy_": (WRITTEN, lambda T, c: c.copy_(T.zeros(2))),
    "under no_grad": (WRITTEN, lambda T, c: T.no_grad()(c.add_)(1)),
    "mul": (SAVED, lambda T, c: leaf(T, 1.0, 2.0) * c),
    "mul by a view": (SAVED, lambda T, c: leaf(T, 1.0) * c[:1]),
    "exp after": (SAVED, lambda T, c: (leaf(T, 1.0, 2.0) * c).exp()),
    "matmul": (SAVED, lambda T, c: T.ones(2, 2, requires_grad=True) @ c),
    "in place": (SAVED, lambda T, c: (leaf(T, 1.0, 2.0) * 2).mul_(c)),
    "linear": (SAVED, lambda T, c: T.nn.functional.linear(c, T.ones(3, 2, requires_grad=True))),
    "a Function": (SAVED, lambda T, c: saving(T).apply(leaf(T, 1.0, 2.0), c)),
    "requires_grad_": (LEAF, lambda T, c: c.requires_grad_()),
    "requires_grad": (LEAF, lambda T, c: setattr(c, "requires_grad", True)),
    "Parameter": (LEAF, lambda T, c: T.nn.Parameter(c)),
    "_version": ("Inference tensors do not track version counter.", lambda T, c: c._version),
}


def saving(T):
    """A Function that saves its second argument."""

    class Saving(T.autograd.Function):
        @staticmethod
        def forward(ctx, x, c):
            ctx.save_for_backward(c)
            return x * 2

    return Saving


@on_both
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_outside(name, library):
    T = pytest.importorskip(library)
    phrase, function = REFUSED[name]
    with pytest.raises(RuntimeError, match=phrase):
        function(T, made_inside(T))


@returns([2.0, 3.0], True, [3.0, 4.0], [2.0, 2.0], [1.0, 1.0], [2.0, 2.0], False, True)
def test_what_is_allowed_outside(T):
    x, c = leaf(T, 1.0, 2.0), made_inside(T)
    sum_ = x + c  # a sum saves nothing
    where = T.where(c > 0, x, c)
    product = x * c.clone()
    product.sum().backward()
    with T.no_grad():
        unrecorded = x.detach() * c
        x.copy_(c)
    ordinary = T.zeros(2)
    ordinary.copy_(c)
    with T.inference_mode():
        c.add_(1)
    return [
        sum_.tolist(), where.requires_grad, (sum_ + c - 1).tolist(), c.tolist(), x.tolist(),
        (x.detach() + unrecorded - T.tensor([0.0, 1.0])).tolist(), ordinary.is_inference(), c.is_inference(),
    ]  # fmt: skip


@returns(True, False, True, True, False, False)
def test_a_leaf_that_is_made_inside(T):
    d = made_inside(T, requires_grad=True)
    with T.inference_mode():
        inside = d * 2
        with T.enable_grad():
            enabled = T.is_grad_enabled(), (d * 2).requires_grad
    return [d.requires_grad, inside.requires_grad, (d * 2).requires_grad, *enabled, T.is_inference_mode_enabled()]


@on_both
def test_a_view_that_was_taken_inside_is_not_changed_outside(library):
    T = pytest.importorskip(library)
    x = leaf(T, 1.0, 2.0)
    y = x * 1
    with T.inference_mode():
        v = y[:1]
        v.mul_(3)
    with pytest.raises(RuntimeError, match=VIEW):
        v.mul_(3)
    assert y.tolist() == [3.0, 2.0]


@pytest.mark.parametrize("decorate", [tl.inference_mode, tl.inference_mode(), tl.inference_mode(mode=True)])
def test_as_a_decorator(decorate):
    @decorate
    def make():
        return tl.ones(2), tl.is_inference_mode_enabled()

    made, inside = make()
    assert (made.is_inference(), inside, tl.is_inference_mode_enabled()) == (True, True, False)
    assert not tl.inference_mode(mode=False)(lambda: tl.ones(2))().is_inference()


def test_modules_are_trained_with_ordinary_tensors_after_an_evaluation():
    layer = tl.nn.Linear(2, 1)
    with tl.inference_mode():
        before = layer(tl.ones(3, 2))
    layer(tl.ones(3, 2)).sum().backward()
    assert before.is_inference()
    assert layer.weight.grad.tolist() == [[3.0, 3.0]]


def test_a_compiled_function_keeps_them_apart():
    f = tl.compile(lambda x, c: x * c)
    x, c = leaf(tl, 1.0, 2.0), tl.ones(2)
    for _ in range(2):
        f(x, c).sum().backward()
    with pytest.raises(RuntimeError, match=SAVED):
        f(x, made_inside(tl))
    with tl.inference_mode():
        assert all(f(x, c).is_inference() for _ in range(3))
