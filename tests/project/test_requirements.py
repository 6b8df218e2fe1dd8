"""What users of other frameworks run into does not happen here: requirements A1 to A12, a class each.

A6 and A7, which are about memory, are in test_requirements_memory.py.
"""

from __future__ import annotations

import math
import operator
import re
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

import tinygrad_lite as tl
from tinygrad_lite.core.tensor import wrap
from tinygrad_lite.nn import functional as F

FLOATS = st.sampled_from([tl.float16, tl.float32, tl.float64])


def leaf(values, dtype=None):
    return tl.tensor(values, dtype=dtype, requires_grad=True)


def random(shape, dtype=tl.float64, requires_grad=True, seed=0):
    values = np.random.default_rng(seed).uniform(0.5, 1.5, shape)
    return tl.tensor(np.asarray(values), dtype=dtype, requires_grad=requires_grad)


def nodes(*tensors):
    """Every node of the graph that ends in the tensors."""
    found, stack = set(), [t._node for t in tensors if t._node]
    while stack:
        if (node := stack.pop()) not in found:
            found.add(node)
            stack.extend(parent for parent, _ in node.next_functions if parent is not None)
    return found


def disjoint(*tensors):
    """Return True if no two of the tensors share memory."""
    arrays = [t._data for t in tensors]
    return not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])


SLOPES = {
    tl.add: lambda x, y: (1, 1), tl.sub: lambda x, y: (1, -1), tl.mul: lambda x, y: (y, x),
    tl.div: lambda x, y: (1 / y, -x / y**2), tl.maximum: lambda x, y: (x > y, y > x),
    tl.hypot: lambda x, y: (x / np.hypot(x, y), y / np.hypot(x, y)),
}  # fmt: skip


class TestA1ShapesAndDtypes:
    """A gradient has the shape and dtype of what it is the gradient of."""

    @given(st.sampled_from(list(SLOPES)), mutually_broadcastable_shapes(num_shapes=2, min_side=0), FLOATS, FLOATS)
    def test_broadcasting(self, f, shapes, first, second):
        dtypes = first, second
        x, y = (random(s, d, seed=i) for i, (s, d) in enumerate(zip(shapes.input_shapes, dtypes, strict=True)))
        out = f(x, y)
        g = random(shapes.result_shape, out.dtype, False, seed=2)
        out.backward(g)
        values = [t.detach().numpy().astype(float) for t in (x, y)]
        for t, slope in zip((x, y), SLOPES[f](*values), strict=True):
            assert (t.grad.shape, t.grad.dtype) == (t.shape, t.dtype)
            places = np.broadcast_to(np.arange(t.numel()).reshape(t.shape), out.shape)  # whose element is used where
            expected = np.bincount(places.ravel(), (g.numpy() * slope).ravel(), t.numel()).reshape(t.shape)
            tolerance = 1e-10 if dtypes[0] == dtypes[1] == tl.float64 else 1e-5 if tl.float16 not in dtypes else 0.1
            np.testing.assert_allclose(t.grad.numpy(), expected, rtol=tolerance, atol=tolerance)

    @given(st.sampled_from(["sum", "mean", "prod", "amax", "var", "norm", "logsumexp"]), st.data(), FLOATS)
    def test_reductions(self, name, data, dtype):
        keepdim = data.draw(st.booleans())
        x = random(data.draw(array_shapes(min_dims=0, max_dims=3, max_side=3)), dtype)
        axes = st.integers(-x.ndim, x.ndim - 1) if x.ndim else st.nothing()
        dim = data.draw(axes | (st.nothing() if name == "prod" else st.just(tuple(range(-x.ndim, 0))))) if x.ndim else 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the variance of one element
            out = getattr(x, name)(dim=dim, keepdim=keepdim)
        reduced = np.sum(x._data, axis=dim if x.ndim else None, keepdims=keepdim and x.ndim > 0)
        assert out.shape == reduced.shape
        g = random(out.shape, dtype, False, seed=1)
        out.backward(g)
        assert (x.grad.shape, x.grad.dtype) == (x.shape, x.dtype)
        if name in ("sum", "mean"):
            whole = g._data if keepdim or not x.ndim else np.expand_dims(g._data, dim)
            share = 1 if name == "sum" else out.numel() / x.numel()
            np.testing.assert_allclose(x.grad._data, np.broadcast_to(whole * share, x.shape), rtol=5e-3)

    def test_empty_reductions(self):
        x = tl.zeros(2, 0, 3, requires_grad=True)
        for out in (x.sum(), x.sum(1), x.sum((0, -1), keepdim=True), x.prod(1), x.mean((0, 2))):
            (grad,) = tl.autograd.grad(out, x, tl.ones_like(out))
            assert grad.shape == (2, 0, 3)

    @given(mutually_broadcastable_shapes(signature="(n?,k),(k,m?)->(n?,m?)", min_side=0, max_dims=2))
    def test_matmul(self, shapes):
        x, y = (random(s, tl.float32) for s in shapes.input_shapes)
        out = x @ y
        assert out.shape == shapes.result_shape
        out.backward(tl.ones_like(out))
        assert [(t.grad.shape, t.grad.dtype) for t in (x, y)] == [(t.shape, tl.float32) for t in (x, y)]


EXPRESSIONS = [
    lambda x: x * 2.0, lambda x: 2 * x + True, lambda x: x + np.float64(3), lambda x: np.float64(2) * x,
    lambda x: x / np.int64(3) - np.float64(1), lambda x: np.int64(2) ** x, lambda x: x ** np.float64(2.5),
    lambda x: 1 / x**2, lambda x: tl.where(x > 0, x, np.float64(0)), lambda x: x.clamp(np.float64(-1), 1.2),
    lambda x: x * tl.tensor(2.0, dtype=tl.float64), lambda x: x + tl.arange(3), lambda x: np.multiply(x, 0.5),
    lambda x: np.exp(-x) / (1 + np.exp(-x)), lambda x: sum([x, x]) / len(x), lambda x: x.mean() + x.var() + x.std(),
    lambda x: x.norm(p=np.float64(3)), lambda x: x.softmax(0).log(), lambda x: x @ x * math.pi,
    lambda x: tl.stack([x, x * np.float64(2)]).cumsum(0), lambda x: tl.atan2(x, x * 2.0), lambda x: x[0] * 3.5,
    lambda x: tl.lerp(x, x * 2, 0.3),
]  # fmt: skip


class TestA2Float32StaysFloat32:
    @pytest.mark.parametrize("f", EXPRESSIONS)
    def test_expressions(self, f):
        x = leaf([0.5, 1.0, 1.5])
        out = f(x)
        first = tl.autograd.grad(out.sum(), x, create_graph=True)[0]
        assert {t.dtype for t in (out, first)} == {tl.float32}
        assert {node.dtype for node in nodes(out, first)} == {tl.float32}
        out.sum().backward()
        assert x.grad.dtype == tl.float32

    @pytest.mark.parametrize("optimizer", [tl.optim.SGD, tl.optim.Adam])
    def test_model(self, optimizer):
        model = tl.nn.Sequential(tl.nn.Linear(4, 5), tl.nn.BatchNorm1d(5), tl.nn.ReLU(), tl.nn.Linear(5, 3))
        momentum = {"momentum": np.float64(0.9)} if optimizer is tl.optim.SGD else {}
        update = optimizer(model.parameters(), lr=np.float64(0.1), weight_decay=np.float64(0.01), **momentum)
        for _ in range(2):
            loss = tl.nn.CrossEntropyLoss()(model(tl.rand(6, 4) * np.float64(2)), tl.tensor([0, 1, 2, 0, 1, 2]))
            update.zero_grad()
            loss.backward(retain_graph=True)
            assert {node.dtype for node in nodes(loss)} == {tl.float32}
            update.step()
        states = [v for state in update.state_dict()["state"].values() for v in state.values() if getattr(v, "ndim", 0)]
        assert len(states) >= 6
        gradients = [p.grad for p in model.parameters()]
        floats = [t for t in (*model.parameters(), *model.buffers(), *gradients) if t.is_floating_point()]
        assert {t.dtype for t in (*floats, *states)} == {tl.float32}


SHARING = [
    lambda x, y: x + y, lambda x, y: x + x - y - y, lambda x, y: x.reshape(4).reshape(2, 2) + y.T,
    lambda x, y: tl.stack([x, y]), lambda x, y: tl.cat([x, y.clone()], 1), lambda x, y: tl.where(x > 1, x, y),
    lambda x, y: x[:1] + y[0], lambda x, y: x.sum() + y.sum(), lambda x, y: x.expand(3, 2, 2) + y,
    lambda x, y: tl.maximum(x, y), lambda x, y: x.flip(0) + y.relu(), lambda x, y: x.softmax(1) + y.softmax(0),
]  # fmt: skip


class TestA3NoAliasing:
    """No two `.grad`s share memory, with one another or with anything else; no rule writes to what comes in."""

    @pytest.mark.parametrize("f", SHARING)
    @pytest.mark.parametrize("create_graph", [False, True])
    @pytest.mark.parametrize("inside", [False, True])
    def test_gradients(self, f, create_graph, inside):
        x, y = random((2, 2)), random((2, 2), seed=1)
        a, b = (x * 1, y * 1) if inside else (x, y)
        out = f(a, b)
        for t in (a, b, out):
            t.retain_grad()
        memory = np.random.default_rng(2).uniform(size=out.shape)
        memory.flags.writeable = False
        incoming, before = wrap(memory), memory.copy()
        for _ in range(2):  # once to make them, once to accumulate
            out.backward(incoming, retain_graph=True, create_graph=create_graph)
            assert disjoint(incoming, *(t for s in {x, y, a, b, out} for t in (s.detach(), s.grad)))
        np.testing.assert_array_equal(incoming._data, before)
        assert all(t.grad._data.flags.writeable for t in (x, y))

    def test_gradients_of_chosen_inputs(self):
        x, g = leaf([1.0, 2.0]), tl.ones(2)
        a, b = x * 2, x * 3
        out = a + b
        returned = tl.autograd.grad(out, [a, b, out, x], g, retain_graph=True)
        out.backward(g, inputs=[a, b, out, x])
        assert disjoint(g, *returned, a.grad, b.grad, out.grad, x.grad)

    def test_what_hooks_keep_or_return(self):
        seen, constant = [], tl.ones(2)
        x, y, z = leaf([1.0, 2.0]), leaf([3.0, 4.0]), leaf([5.0, 6.0])
        x.register_hook(seen.append)
        y.register_hook(lambda g: constant)
        z.register_hook(lambda g: constant)
        for _ in range(2):
            (x + y + z).sum().backward()
        assert disjoint(constant, *seen, x.grad, y.grad, z.grad)
        assert seen[0].tolist() == constant.tolist() == [1.0, 1.0]
        assert x.grad.tolist() == y.grad.tolist() == [2.0, 2.0]


class TestA4DeepAndWideGraphs:
    def test_A4_million_deep_chain(self):
        """Built, walked and freed on a small stack: recursion anywhere would overflow it."""
        found = []

        def run():
            x = leaf(1.0)
            y = x
            for _ in range(1_000_000):
                y = -y
            y.backward()
            del y
            found.append(x.grad.item())

        before = threading.stack_size(
            1024 * 1024
        )  # from 3.13 on CPython itself descends some thousand levels to free it
        thread = threading.Thread(target=run)
        thread.start()
        threading.stack_size(before)
        thread.join()
        assert found == [1.0]

    def test_deep_chain_of_views_and_of_changes_in_place(self):
        x = leaf([1.0, 2.0], tl.float64)
        y = x * 1
        for i in range(2000):
            y = y.view(2, 1) if i % 2 else y.view(2)
            if i % 100 == 0:
                y += 1
        y.sum().backward()
        assert x.grad.tolist() == [1.0, 1.0]

    def test_diamonds(self):
        x = leaf(1.0, tl.float64)
        doubled, fibonacci = x, (x, x)
        for _ in range(60):
            doubled = doubled + doubled
            fibonacci = fibonacci[1], fibonacci[0] + fibonacci[1]
        assert tl.autograd.grad(doubled, x)[0].item() == 2**60
        assert tl.autograd.grad(fibonacci[1], x)[0].item() == 4052739537881  # the 62nd of 1, 1, 2, 3, 5 ...

    def test_powers_to_any_order(self):
        x = leaf(1.0, tl.float64)
        y = x
        for _ in range(299):
            y = y * x
        slope = 1
        for n in (300, 299):
            (y,) = tl.autograd.grad(y, x, create_graph=True)
            assert y.item() == (slope := slope * n)

    def test_wide(self):
        n = 5000
        x, leaves = leaf(3.0, tl.float64), [leaf(float(i), tl.float64) for i in range(n)]
        total = sum(i * x for i in range(n)) + (tl.stack(leaves) * x).sum()
        total.backward()
        assert x.grad.item() == n * (n - 1)
        assert [t.grad.item() for t in leaves] == [3.0] * n


class TestA5BackwardTwice:
    def test_second_backward_explains(self):
        x = leaf(3.0)
        y = x * x
        y.backward()
        with pytest.raises(RuntimeError, match=r"second time.*mul\(\).*retain_graph=True.*detach\(\)"):
            y.backward()
        with pytest.raises(RuntimeError, match="second time"):
            tl.autograd.grad(y, x)
        assert x.grad.item() == 6.0

    def test_state_that_is_carried_on(self):
        w, state = leaf(0.5), tl.ones(())
        (state * w).backward()
        state = state * w
        state.backward()
        with pytest.raises(RuntimeError, match=r"step to the next.*detach\(\)"):
            (state * w).backward()
        (state.detach() * w).backward()

    def test_retained_graph_doubles_exactly(self):
        x, w = random((3, 4), tl.float32), random((4, 2), tl.float32)
        loss = ((x @ w).tanh().exp() / x.sum()).sum()
        loss.backward(retain_graph=True)
        once = [t.grad.numpy().copy() for t in (x, w)]
        loss.backward(retain_graph=True)
        np.testing.assert_array_equal(x.grad.numpy(), 2 * once[0])
        np.testing.assert_array_equal(w.grad.numpy(), 2 * once[1])

    def test_separate_graphs_accumulate(self):
        x = leaf(3.0)
        for _ in range(3):
            (x * x).backward()
        assert x.grad.item() == 18.0

    def test_create_graph_retains_unless_told_not_to(self):
        x = leaf(3.0)
        y = x * x
        for _ in range(2):
            assert tl.autograd.grad(y, x, create_graph=True)[0].item() == 6.0
        tl.autograd.grad(y, x, create_graph=True, retain_graph=False)
        with pytest.raises(RuntimeError, match="second time"):
            y.backward()


ZERO, TIE = [0.0, 0.0], [2.0, 2.0]


KINKS = [
    ("abs", ZERO, lambda x: x.abs(), [0, 0]), ("sign", ZERO, lambda x: x.sign(), [0, 0]),
    ("relu", ZERO, lambda x: x.relu(), [0, 0]), ("clamp", [0.0, 2.0], lambda x: x.clamp(0, 2), [1, 1]),
    ("norm", ZERO, lambda x: x.norm(), [0, 0]), ("norm 1", ZERO, lambda x: x.norm(1), [0, 0]),
    ("norm 3", ZERO, lambda x: x.norm(3), [0, 0]), ("norm 1/2", ZERO, lambda x: x.norm(0.5), [0, 0]),
    ("norm inf", ZERO, lambda x: x.norm(math.inf), [0, 0]),
    ("norm dim", ZERO, lambda x: x[None].norm(dim=1), [0, 0]),
    ("norm inf tie", [2.0, -2.0], lambda x: x.norm(math.inf), [0.5, -0.5]),
    ("max", TIE, lambda x: x.max(), [0.5, 0.5]), ("min", TIE, lambda x: x.min(), [0.5, 0.5]),
    ("amax", TIE, lambda x: x.amax(0), [0.5, 0.5]), ("amin", TIE, lambda x: x.amin(0), [0.5, 0.5]),
    ("max dim", TIE, lambda x: x.max(0).values, [1, 0]), ("min dim", TIE, lambda x: x.min(0)[0], [1, 0]),
    ("maximum", TIE, lambda x: tl.maximum(x, tl.full((2,), 2.0)), [0.5, 0.5]),
    ("std", TIE, lambda x: x.std(), [0, 0]),
    ("sqrt", ZERO, lambda x: x.sqrt(), [math.inf] * 2), ("x**0", ZERO, lambda x: x**0, [0, 0]),
    ("x**1", ZERO, lambda x: x**1, [1, 1]), ("0**x", [0.0, 1.0], lambda x: 0**x, [0, 0]),
    ("prod", [0.0, 3.0], lambda x: x.prod(), [3, 0]), ("prod 0 0", ZERO, lambda x: x.prod(), [0, 0]),
    ("cumprod", [0.0, 3.0], lambda x: x.cumprod(0), [4, 0]), ("hypot", ZERO, lambda x: tl.hypot(x, x), [0, 0]),
    ("atan2", ZERO, lambda x: tl.atan2(x, x), [0, 0]), ("floor", [1.0, 2.0], lambda x: x.floor(), [0, 0]),
    ("where, made safe", [0.0, 4.0], lambda x: tl.where(x > 0, tl.where(x > 0, x, 1).sqrt(), 0), [0, 0.25]),
    ("maximum, made safe", [0.0, 4.0], lambda x: x.clamp(min=1e-12).sqrt() * (x > 0), [0, 0.25]),
]  # fmt: skip


class TestA8Subgradients:
    """The table in the documentation of `ops`: what is taken for a derivative where there is none."""

    @pytest.mark.parametrize(("x", "f", "expected"), [row[1:] for row in KINKS], ids=[row[0] for row in KINKS])
    def test_table(self, x, f, expected):
        x = leaf(x, tl.float64)
        f(x).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), expected)

    def test_where_gives_the_inactive_branch_nothing(self):
        x = leaf([0.0, 4.0])
        root = x.sqrt()
        root.retain_grad()
        tl.where(x > 0, root, 0.0).sum().backward()
        assert root.grad.tolist() == [0.0, 1.0]


class TestA9WholeNumbers:
    @pytest.mark.parametrize("make", [
        lambda: tl.tensor([1, 2], requires_grad=True), lambda: tl.zeros(2, dtype=tl.int64, requires_grad=True),
        lambda: tl.arange(3, requires_grad=True), lambda: tl.ones(2).bool().requires_grad_(),
        lambda: setattr(tl.ones(2, dtype=tl.int8), "requires_grad", True),
    ])  # fmt: skip
    def test_cannot_require_gradients(self, make):
        with pytest.raises(RuntimeError, match=r"floating point dtype can require gradients.*1\. for 1.*dtype="):
            make()

    def test_pass_none_on(self):
        x = leaf([1.5, 2.5])
        assert not x.int().requires_grad
        assert not (x > 2).requires_grad
        (x * tl.tensor([2, 3]) + x.long()).sum().backward()
        assert x.grad.tolist() == [2.0, 3.0]


class TestA10GradientsThatAreNotThere:
    def test_grad_of_a_result_warns_with_the_fix(self):
        y = leaf([1.0]) * 2
        with pytest.warns(UserWarning, match=r"not a leaf.*retain_grad\(\)"):
            assert y.grad is None
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            for _ in range(3):
                y.grad  # noqa: B018  # reading it is what is tested
        assert [w.filename for w in caught] == [__file__]

    def test_others_do_not_warn(self):
        y = leaf([1.0]) * 2
        y.retain_grad()
        assert [t.grad for t in (leaf([1.0]), tl.ones(1), tl.ones(1) * 2, y)] == [None] * 4

    def test_backward_of_several_elements(self):
        with pytest.raises(RuntimeError, match=r"only for scalar outputs.*\[2, 3\].*sum\(\)"):
            (random((2, 3)) * 2).backward()
        with pytest.raises(RuntimeError, match=r"only for scalar outputs.*\[0\]"):
            tl.zeros(0, requires_grad=True).backward()


SATURATING = [
    lambda x: x.softmax(1), lambda x: x.log_softmax(1), lambda x: x.logsumexp(1), lambda x: x.logsumexp((0, 1)),
    tl.sigmoid, F.logsigmoid, F.softplus, tl.tanh, lambda x: tl.logaddexp(x, -x),
    lambda x: F.cross_entropy(x, tl.tensor([0, 1])),
    lambda x: F.cross_entropy(x, tl.tensor([2, 2]), label_smoothing=0.1),
]  # fmt: skip


class TestA11ExtremeLogits:
    @pytest.mark.parametrize("f", SATURATING)
    @pytest.mark.parametrize("dtype", [tl.float32, tl.float64])
    def test_values_and_gradients_are_finite(self, f, dtype):
        x = leaf([[-1e4, 0.0, 1e4], [1e4, 1e4, -1e4]], dtype)
        with np.errstate(all="raise"):
            out = f(x)
            (first,) = tl.autograd.grad(out.sum(), x, create_graph=True)
            out.sum().backward()
        for t in (out, first, x.grad):
            assert tl.isfinite(t).all()

    def test_values(self):
        x = leaf([-1e4, 0.0, 1e4])
        assert x.softmax(0).tolist() == [0, 0, 1]
        assert x.log_softmax(0).tolist() == [-2e4, -1e4, 0]
        assert x.logsumexp(0).item() == 1e4
        assert x.sigmoid().tolist() == [0, 0.5, 1]
        assert F.softplus(x).tolist() == pytest.approx([0, math.log(2), 1e4])

    @pytest.mark.parametrize("label", [3, -1, 0.5])
    def test_labels_that_are_no_class(self, label):
        with pytest.raises((IndexError, RuntimeError)):
            F.cross_entropy(tl.zeros(1, 3), tl.tensor([label]))


ARITHMETIC = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.matmul, operator.mod
]  # fmt: skip


class TestA12PythonAndNumPy:
    def test_hash_is_identity(self):
        a, b = tl.ones(2), tl.ones(2)
        assert len({a, b, a}) == 2
        assert {a: 1}[a] == 1
        assert b not in {a: 1}
        assert hash(a) == hash(a.add_(1))

    def test_in_looks_at_elements(self):
        assert 2 in tl.tensor([1, 2])
        assert 3.0 not in tl.tensor([1, 2])

    def test_truth(self):
        for several in (tl.ones(3), tl.zeros(1, 2), tl.zeros(0)):
            with pytest.raises(RuntimeError, match="ambiguous"):
                bool(several)
        assert tl.ones(1, 1)
        assert not tl.tensor(0.0)
        with pytest.raises(RuntimeError, match="ambiguous"):
            tl.ones(2) in [tl.zeros(2)]  # noqa: B015  # it raises

    def test_engine_and_optimizer_compare_by_identity(self):
        """Parameters that are equal, or whose shapes cannot be compared, are told apart."""
        a, b, c = leaf([1.0, 1.0]), leaf([1.0, 1.0]), leaf([1.0, 1.0, 1.0])
        loss = (a * 2).sum() + (b * 3).sum() + (c * 4).sum()
        first = tl.autograd.grad(loss, [c, b, a], retain_graph=True)
        assert [g[0].item() for g in first] == [4.0, 3.0, 2.0]
        loss.backward(inputs=[b, c])
        tl.optim.SGD([a, b, c], lr=1.0).step()
        assert [t[0].item() for t in (a, b, c)] == [1.0, -2.0, -3.0]

    @pytest.mark.parametrize("f", [*ARITHMETIC, operator.floordiv, operator.lt, operator.eq, operator.ge])
    @pytest.mark.parametrize("swapped", [False, True])
    def test_arrays_meet_tensors(self, f, swapped):
        array, values = np.array([[1.5, 2.0], [0.5, 3.0]]), np.array([[2.5, 0.7], [1.2, 0.4]])
        t = tl.tensor(values, requires_grad=True)
        out, expected = (f(t, array), f(values, array)) if swapped else (f(array, t), f(array, values))
        assert type(out) is tl.Tensor
        np.testing.assert_allclose(out.detach().numpy(), expected)
        if f in ARITHMETIC:
            out.sum().backward()
            wrapped = tl.tensor(array)
            again = f(t, wrapped) if swapped else f(wrapped, t)
            np.testing.assert_array_equal(tl.autograd.grad(again.sum(), t)[0].numpy(), t.grad.numpy())

    def test_numpy_functions_record(self):
        t = leaf([0.5, 1.0])
        np.sum(np.exp(t) * np.float32(2)).backward()
        np.testing.assert_allclose(t.grad.numpy(), 2 * np.exp([0.5, 1.0]), rtol=1e-6)
        with pytest.raises(TypeError, match=r"np\.spacing.*detach"):
            np.spacing(t)


def test_the_page_of_requirements_names_tests_that_exist() -> None:
    root = Path(__file__).parents[2]
    text = (root / "docs" / "requirements.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"`(tests/[\w/]+(?:\.py)?/?)`", text))
    assert len(paths) >= 10
    assert not [path for path in paths if not (root / path).exists()]
    rows = re.findall(r"^\| ([A-Z]\d+) \|", text, flags=re.MULTILINE)
    assert len(rows) == len(set(rows))
    assert {"A6", "V1", "V2", "V3", "V4"} <= set(rows)
