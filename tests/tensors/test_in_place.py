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


NEW_RESULTS = {
    "scatter_add": lambda T, x: x.scatter_add(2, T.zeros(2, 1, 1, dtype=T.int64), x),
    "scatter": lambda T, x: x.scatter(0, T.zeros(1, 1, 1, dtype=T.int64), x),
    "scatter_add of one number": lambda T, x: x[0, 0, 0].scatter_add(0, T.tensor(0), x[1, 0, 0]),
    "index_copy of one number": lambda T, x: x[0, 0, 0].index_copy(0, T.tensor([0]), x[1, 0, 0]),
    "max": lambda T, x: x.reshape(2).max(0)[0],
    "median": lambda T, x: x.reshape(2).median(0).values,
    "mode": lambda T, x: x.mode(0)[0],
    "kthvalue": lambda T, x: x.kthvalue(2, 0)[0],
    "quantile": lambda T, x: x.quantile(0.5),
    "repeat": lambda T, x: x.repeat(2, 2, 1),
    "tile": lambda T, x: x.tile(3),
    "kron": lambda T, x: T.kron(x, x),
    "rot90": lambda T, x: T.rot90(x),
    "group_norm": lambda T, x: T.nn.functional.group_norm(x.reshape(1, 2), 1),
    "cross_entropy": lambda T, x: T.nn.functional.cross_entropy(x.reshape(1, 2), T.tensor([1]), reduction="none"),
    "nll_loss": lambda T, x: T.nn.functional.nll_loss(x.reshape(2), T.tensor(1), reduction="none"),
    "multi_margin_loss": lambda T, x: T.nn.functional.multi_margin_loss(
        x.reshape(1, 2), T.tensor([1]), reduction="none"
    ),
}
"""Functions whose last step is a view of an intermediate result. Their results are no views for those who call them."""


@on_both
@pytest.mark.parametrize("name", NEW_RESULTS)
def test_a_new_result_is_no_view(library: str, name: str) -> None:
    T = pytest.importorskip(library)
    x = T.tensor([[[-0.5]], [[1.25]]], requires_grad=True)
    y = NEW_RESULTS[name](T, x)
    assert not y._is_view()
    assert y._base is None
    view = y.reshape(-1)[:1]
    y.sub_(0.25)
    (slopes,) = T.autograd.grad((view * 3).sum(), [y])  # the view follows y, which is its base
    assert slopes.reshape(-1).tolist() == [3.0] + [0.0] * (y.numel() - 1)
    y.detach_()
    assert y.is_leaf


@on_both
def test_a_view_of_an_argument_stays_one(library: str) -> None:
    T = pytest.importorskip(library)
    x = T.ones(2, 3, requires_grad=True) * 1
    views = [T.broadcast_tensors(x, T.ones(2, 2, 3))[0], T.atleast_3d(x), x.split(1)[0], T.movedim(x, 0, 1)]
    assert all(v._is_view() and v._base is x for v in views)
    with T.inference_mode():
        repeated = T.ones(2).repeat(2)
    assert repeated.is_inference()


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


@returns([1.0, 9.0, 13.0, 21.0], [15.0, 23.0], [2, 3, 1], [0, 3, 4], [[5.0, 0.0, 0.0], [5.0, 0.0, 0.0]])
def test_single_bools_as_indices(T):
    """Each stands for a further dimension, also beside arrays."""
    x, y = T.arange(24.0).reshape(2, 3, 4), T.zeros(2, 3)
    taken = x[True, T.tensor([[True, False, True]] * 2), 1], x[1, True, T.tensor([0, 2]), 3]
    y[True, T.tensor([0, 1]), 0] = 5.0
    return [*[t.tolist() for t in taken], list(x[..., True, 0].shape), list(x[False, 0].shape), y.tolist()]


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
    "view of a leaf that is a view": (
        lambda T: T.ones(4).view(4).requires_grad_()[::2].mul_(2), "a view of a leaf Variable that requires grad",
    ),
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
