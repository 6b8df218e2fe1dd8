"""Changes in place, recorded and not: every alias sees the new value, and derivatives are those of what was done."""

from __future__ import annotations

import pytest

import tinygrad_lite as tl

from ..support.both_libraries import leaf, on_both, returns


@returns([3.0, 2.0], [6.0, 4.0], False)
def test_augmented_assignment(T):
    x = leaf(T, 1.0, 1.0)
    y = same = x * 1
    y += T.tensor([2.0, 1.0])
    (y * y).sum().backward()
    return [same.tolist(), x.grad.tolist(), same.is_leaf]


@returns([0.0, 5.0, 7.0, 7.0], [7.0, 7.0], [0.0, 10.0, 0.0], [7.0])
def test_views_share_the_history_of_their_base(T):
    x, w = leaf(T, 1.0, 1.0, 1.0), leaf(T, 7.0)
    y = T.zeros(4)
    front, back = y[:2], y[2:]
    y[:3] = x
    second = front.view(2, 1)[1]
    second *= 5
    front[0].zero_()
    y[2:].copy_(w)
    (y[:2] * T.tensor([1.0, 2.0])).sum().backward(retain_graph=True)
    (back * T.tensor([3.0, 4.0])).sum().backward()
    return [y.tolist(), back.tolist(), x.grad.tolist(), w.grad.tolist()]


@returns([6.0, 2.0], [6.0], [6.0, 0.0])
def test_a_view_taken_before_follows(T):
    x = leaf(T, 1.0, 1.0)
    y = x * 2
    v = y[:1]
    y[0] *= 3
    v.backward()
    return [y.tolist(), v.tolist(), x.grad.tolist()]


@returns([[3.0, 0.0], [0.0, 4.0]], [6.0, 8.0])
def test_a_diagonal_is_a_view(T):
    w, m = leaf(T, 3.0, 4.0), T.zeros(2, 2)
    m.diagonal().copy_(w)
    (m * m).sum().backward()
    return [m.tolist(), w.grad.tolist()]


@returns([3.0, 3.0, 2.0], [12.0, 24.0, 8.0])
def test_indexed_assignment(T):
    x = leaf(T, 1.0, 1.0, 1.0)
    y = x * 2
    y[0] += 1
    y[T.tensor([1])] += 1
    (y * y * T.tensor([1.0, 2.0, 1.0])).sum().backward()
    return [y.tolist(), x.grad.tolist()]


@returns([[5.0, 1.0, 7.0], [5.0, 0.0, 7.0]], [0.0, 1.0, 0.0], [2.0])
def test_assignment_broadcasts(T):
    x, w = leaf(T, 1.0, 1.0, 1.0), leaf(T, 5.0)
    y = x.expand(2, 3) * 1
    y[:, 0] = w
    y[1][y[1] < 2] = 0
    y[:, [2]] = T.tensor([[7.0]])
    y.sum().backward()
    return [y.tolist(), x.grad.tolist(), w.grad.tolist()]


@returns([9.0, 9.0], [0.0, 0.0], [2.0], [6.0])
def test_copy_and_fill(T):
    x, w, s = leaf(T, 1.0, 1.0), leaf(T, 9.0), leaf(T, 2.0)
    y, z = x * 2, T.ones(2)
    y.copy_(w)
    z.fill_(s[0])
    (y + z * T.tensor([2.0, 4.0])).sum().backward()
    return [y.tolist(), x.grad.tolist(), w.grad.tolist(), s.grad.tolist()]


@returns([0.0], [0.75], [True, True], [2.0])
def test_unrecorded_updates(T):
    x = leaf(T, 1.0)
    y = x * 2
    with T.no_grad():
        y.zero_()
        x -= 0.25
    y.backward()
    return [y.tolist(), x.tolist(), [x.is_leaf, y.requires_grad], x.grad.tolist()]


@returns(4, 4)
def test_versions_are_shared(T):
    x = T.ones(2)
    v = x[:1]
    x.add_(1)
    x[0] = 2
    v.zero_()
    x.detach().add_(1)
    return [x._version, v._version]


@returns(True, [6.0], [2.0])
def test_arguments_by_name_are_recorded_too(T):
    w, y = leaf(T, 3.0), T.ones(1)
    y.mul_(other=w)
    by_name = y.requires_grad
    y.clamp_(min=2 * w)
    y.backward()
    return [by_name, y.tolist(), w.grad.tolist()]


# -------------------------------------------------------------------------------------------- what raises


def older_view(T):
    x = T.ones(1)
    v = x[:]
    x.requires_grad_()
    return v


RAISES = {
    "leaf in place": (lambda T: leaf(T, 1.0).add_(1), "a leaf Variable that requires grad"),
    "leaf assigned": (lambda T: leaf(T, 1.0).__setitem__(0, 1.0), "a.* leaf Variable that requires grad"),
    "leaf's view": (lambda T: leaf(T, 1.0).view(1).zero_(), "a view of a leaf Variable that requires grad"),
    "older view of a leaf": (lambda T: older_view(T).zero_(), "a view of a leaf Variable that requires grad"),
    "in place, shape": (lambda T: T.ones(3).add_(T.ones(2, 3)), "doesn't match the broadcast shape"),
    "in place, dtype": (lambda T: T.ones(3, dtype=T.int64).add_(0.5), "can't be cast to the desired output type"),
    "expanded": (lambda T: T.zeros(1).expand(3).add_(1), "unsupported operation"),
}  # fmt: skip


@on_both
@pytest.mark.parametrize("name", RAISES)
def test_raises(name, library):
    function, match = RAISES[name]
    with pytest.raises(RuntimeError, match=match):
        function(pytest.importorskip(library))


@on_both
def test_a_view_taken_unrecorded_is_not_changed_recorded(library):
    T = pytest.importorskip(library)
    y = leaf(T, 1.0, 1.0) * 2
    with T.no_grad():
        v = y[:1]
    with pytest.raises(RuntimeError, match="view was created in no_grad mode and is being modified inplace"):
        v.mul_(3)
    assert y.tolist() == [2.0, 2.0]


# ------------------------------------------------------------------------------- where PyTorch raises


def test_a_tensor_times_itself_in_place():
    x = leaf(tl, 3.0)
    y = x * 1
    y *= y
    y.backward()
    assert (y.item(), x.grad.item()) == (9.0, 6.0)
