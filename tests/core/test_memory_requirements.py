"""A6 and A7 of the requirements: what is saved is watched over, and nothing is kept longer than it is needed."""

from __future__ import annotations

import contextlib
import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.core import versions
from tinygrad_lite.nn import functional as F


def random(shape):
    """A leaf with the same values every time."""
    return tl.tensor(np.random.default_rng(0).uniform(0.5, 1.5, shape), requires_grad=True)


WRITES = {
    "add_": lambda t: t.add_(1), "+=": lambda t: t.__iadd__(1), "zero_": lambda t: t.zero_(),
    "fill_": lambda t: t.fill_(7), "copy_": lambda t: t.copy_(tl.full((2, 3), 9.0)),
    "setitem": lambda t: t.__setitem__(0, 5.0), "mask": lambda t: t.__setitem__(t > 0, 5.0),
    "view": lambda t: t.view(6)[1:2].mul_(3), "row": lambda t: t[1].zero_(), "element": lambda t: t[0, 1].zero_(),
    "transpose": lambda t: t.T.add_(1), "iteration": lambda t: [row.zero_() for row in t],
    "diagonal": lambda t: t.diagonal().zero_(), "data": lambda t: t.data.add_(1),
    "detach": lambda t: t.detach().add_(1), "numpy": lambda t: t.detach().numpy().fill(4),
    "slice of numpy": lambda t: t.detach().numpy()[1:].fill(4), "sort": lambda t: t.detach().numpy().sort(axis=0),
    "asarray": lambda t: np.asarray(t.detach()).__setitem__(0, 4),
    "buffer": lambda t: memoryview(t.detach().numpy()).__setitem__((0, 0), 4.0),
    "out=": lambda t: np.multiply(2, 3, out=t.detach().numpy()),
    "dlpack": lambda t: np.from_dlpack(t.detach())[0].fill(4),
    "from_numpy": lambda t: tl.from_numpy(t.detach().numpy()).add_(1),
}  # fmt: skip
"""Ways to write to a tensor's memory. Those that go through NumPy leave nothing behind that is still alive."""
if not np.from_dlpack(tl.ones(1)).flags.writeable:
    del WRITES["dlpack"]  # NumPy before 2.3 made it read-only
VALUES = np.array([[3.0, 1.0, 2.0], [1.5, 2.5, 0.5]])
STALE = "modified by an inplace operation"


class Scale(tl.autograd.Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(w)
        return x * w

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0], None


SAVES = {"mul": lambda x, w: x * w, "linear": lambda x, w: F.linear(w, x), "Scale": Scale.apply}
"""By the name that an error gives them, operations on x that save w."""


class TestA6WrittenSavedArrays:
    @pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
    @pytest.mark.parametrize("name", SAVES)
    def test_saved_operand(self, name, write):
        x, w = random((2, 3)), tl.tensor(VALUES)
        loss = SAVES[name](x, w).sum()
        with tl.no_grad():
            write(w)
        with pytest.raises(RuntimeError, match=rf"{STALE}: {name}\(\) saved an array of shape \(2, 3\)"):
            loss.backward()
        assert x.grad is None

    @pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
    def test_saved_result(self, write):
        y = random((2, 3)).exp()
        loss = y.sum()
        with tl.no_grad():
            write(y)
        with pytest.raises(RuntimeError, match=rf"{STALE}: exp\(\)"):
            loss.backward()

    @pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
    def test_unsaved_or_early_writes_are_fine(self, write):
        x, y, w = random((2, 3)), random((2, 3)), tl.tensor(VALUES)
        with tl.no_grad():
            write(w)
        expected = w.tolist()
        loss = (x * w + y).sum()
        with tl.no_grad():
            write(y)  # a sum saves nothing
        loss.backward()
        assert x.grad.tolist() == expected
        write(w)
        assert (x.grad.tolist(), y.grad.tolist()) == (expected, np.ones((2, 3)).tolist())

    @pytest.mark.parametrize("name", SAVES)
    @pytest.mark.parametrize("when", ["before", "after"])
    @pytest.mark.parametrize("dies", [False, True])
    @pytest.mark.parametrize("changed", [False, True])
    def test_lent_arrays(self, name, when, dies, changed):
        x, w = random((2, 3)), tl.tensor(VALUES)
        lent = w.numpy() if when == "before" else None
        out = SAVES[name](x, w)
        lent = w.numpy() if lent is None else lent
        if changed:
            lent[1, 1:] = 0
        if dies:
            del lent
        if changed:
            with pytest.raises(RuntimeError, match=STALE):
                out.sum().backward()
        else:
            out.sum().backward()
            expected = np.broadcast_to(VALUES.sum(0), (2, 3)) if name == "linear" else VALUES
            assert x.grad.tolist() == expected.tolist()

    @pytest.mark.parametrize("dies", [False, True])
    def test_lent_arrays_written_early(self, dies):
        x, w = random((2, 3)), tl.tensor(VALUES)
        lent = w.numpy()
        lent[0] = 9
        loss = (x * w).sum()
        if dies:
            del lent
        loss.backward()
        assert x.grad.tolist() == [[9.0, 9.0, 9.0], VALUES[1].tolist()]

    def test_source_array(self):
        source = VALUES.copy()
        for w in (tl.from_numpy(source), tl.as_tensor(source), tl.from_dlpack(source), tl.from_numpy(source[:, 1:])):
            x = random(w.shape)
            source[...] = VALUES
            loss = (x * w).sum()
            source[:, 1] += 1
            with pytest.raises(RuntimeError, match=STALE):
                loss.backward()

    def test_arrays_given_beside_tensors_are_copied(self):
        array, index, mask = VALUES[0].copy(), np.array([0, 0, 1]), np.array([True, False, True])
        x = random((3,))
        outs = [x * array, np.add(array, x) * x, x @ array, x[index], x[None][:, index], tl.where(mask, x, 0.0)]
        expected = [g.tolist() for out in outs for g in tl.autograd.grad(out.sum(), x, retain_graph=True)]
        for a in (array, index, mask):
            a[...] = 1
        assert [g.tolist() for out in outs for g in tl.autograd.grad(out.sum(), x)] == expected

    def test_saved_index(self):
        x, index = random((3,)), tl.tensor([0, 1])
        loss = x.reshape(1, 3)[:, index].sum()
        index.zero_()
        with pytest.raises(RuntimeError, match=rf"{STALE}: getitem"):
            loss.backward()

    def test_only_the_written_array_is_named(self):
        a, b = random((2, 3)), random((3,))
        loss = (a * b).sum()
        b.data.zero_()
        with pytest.raises(RuntimeError, match=r"shape \(3,\) \(float64\)"):
            loss.backward()

    def test_training_between_steps_raises_no_alarm(self):
        source = VALUES.copy()
        x, w = tl.from_numpy(source), random((2, 3))
        kept = [w.detach().numpy(), np.asarray(x)]
        for step in range(5):
            source += 1
            loss = ((w * x).exp() * 1e-9).sum()
            loss.backward()
            with tl.no_grad():
                w -= 1e-3 * w.grad
                w.grad.zero_()
            w.data = w.data * 0.5
            kept.append(w.detach().numpy())
            kept[-1][0] += 0.1 * step
        assert np.isfinite(w.tolist()).all()

    def test_replaced_data_leaves_what_was_saved(self):
        x = tl.tensor([2.0], requires_grad=True)
        loss = x * x
        x.data = tl.ones(1) * 5
        loss.backward()
        assert (x.tolist(), x.grad.tolist()) == ([5.0], [4.0])


def scenarios():
    """Pieces of work with a graph, each of which must leave nothing behind."""

    def step():
        x = random((3, 4))
        (x @ x.T).softmax(1).sum().backward()

    def unused():
        random((3,)).exp().sum()

    def views_in_place():
        x = random((2, 3))
        y = x * 2
        v = y[0].view(3, 1)
        v.mul_(y[1].view(3, 1).clone())
        y[0] += 1
        (y.sum() + v.sum()).backward()

    def hooks():
        x = random((3,))
        y = x * 2
        handle = y.register_hook(lambda g: 2 * g)
        x.register_hook(lambda g: None)
        y.retain_grad()
        y.sum().backward(retain_graph=True)
        handle.remove()

    def higher_order():
        x = random((3,))
        (g,) = tl.autograd.grad((x**3).sum(), x, create_graph=True)
        with pytest.warns(UserWarning, match="create_graph"):
            g.sum().backward(create_graph=True)

    def failures():
        def raises(g):
            raise ValueError

        x, y = random((3,)), random((3,))
        y.register_hook(raises)
        out = x * y
        for attempt in (lambda: x @ tl.ones(4), out.backward, out.sum().backward, lambda: x.add_(1), lambda: x[7]):
            with contextlib.suppress(RuntimeError, ValueError, IndexError):
                attempt()

    def arrays_outside():
        x = tl.from_numpy(VALUES.copy()).requires_grad_()
        lent = x.detach().numpy()
        loss = (x * x).sum()
        np.asarray(loss.detach())
        loss.backward()
        lent[:] = 0

    def decorated():
        @tl.no_grad()
        def numbers():
            yield random((3,)) * 2

        list(numbers())
        running = numbers()
        next(running)
        with contextlib.suppress(ValueError):
            running.throw(ValueError())

    return [step, unused, views_in_place, hooks, higher_order, failures, arrays_outside, decorated]


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
class TestA7Memory:
    @pytest.mark.parametrize("work", scenarios(), ids=lambda f: f.__name__)
    def test_no_cycles(self, work):
        work()
        gc.collect()
        work()
        assert gc.collect() == 0

    def test_graph_dies_with_the_loss(self):
        x = random((50, 50))
        hidden = x.exp()
        y = hidden @ x
        watched = [weakref.ref(o) for o in (hidden._data, hidden.grad_fn, y._data, y.grad_fn)]
        loss = (y * y).sum()
        del hidden, y
        assert all(w() is not None for w in watched)
        del loss
        assert all(w() is None for w in watched)

    def test_backward_frees_what_was_saved(self):
        x = random((50, 50))
        saved = x.exp()
        loss = saved.sum()
        watched = weakref.ref(saved._data)
        del saved
        loss.backward(retain_graph=True)
        assert watched() is not None
        loss.backward()
        assert watched() is None

    def test_only_what_a_rule_names_is_kept(self):
        x = random((50, 50))
        kept = x * 2
        watched = weakref.ref(kept._data)
        loss = (kept + x).relu()
        del kept
        assert watched() is None
        loss.sum().backward()

    def test_a_thousand_steps_take_no_more_than_a_hundred(self):
        model = tl.nn.Sequential(tl.nn.Linear(4, 8), tl.nn.BatchNorm1d(8), tl.nn.ReLU(), tl.nn.Linear(8, 1))
        optimizer = tl.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        x, source = tl.rand(16, 4), np.zeros((16, 1), np.float32)

        def train(steps):
            for _ in range(steps):
                optimizer.zero_grad()
                loss = ((model(x) - tl.from_numpy(source)) ** 2).mean()
                loss.backward()
                optimizer.step()
                loss.detach().numpy()
            return tracemalloc.get_traced_memory()[0]

        tracemalloc.start()
        try:
            before = train(100)  # by which time NumPy's caches of small arrays are full
            assert train(1000) < before + 20_000
        finally:
            tracemalloc.stop()
        assert not any(b.requires_grad for b in model.buffers())


@pytest.mark.parametrize("size", [1, 100, 2048, 2049, 30_000, 30_003])
def test_a_fingerprint_tells_any_change(size):
    array = np.random.default_rng(0).integers(0, 2, size).astype(np.float32)
    before = versions.checksum(array)
    assert versions.checksum(array.copy()) == before
    for place in {0, size // 2, size - 1}:
        changed = array.copy()
        changed[place] += 1
        assert versions.checksum(changed) != before
    if size > 100:  # the same numbers in another order, as a shuffle in place leaves them
        zeros, ones = (2 * np.flatnonzero(array[:2048:2] == value) for value in (0, 1))
        a, b = zeros[0], ones[-1]
        changed = array.copy()
        changed[[a, b]] = changed[[b, a]]
        assert versions.checksum(changed) != before
        assert versions.checksum(array[::-1]) != before
