"""Update rules on sparse gradients: PyTorch's points, states and errors; and that rows without a gradient stay."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import testing

from ..support.answers import answer

LOOKED_UP = [[2, 0, 2], [], [1, 2], [0, 0, 0, 3], [2]]
"""The rows that have a gradient in each step."""
RULES: list[tuple[str, dict[str, Any]]] = [
    ("SparseAdam", {}),
    ("SparseAdam", {"lr": 0.3, "betas": (0.6, 0.7), "eps": 0.01, "maximize": True}),
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "maximize": True, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("Adagrad", {"lr": 0.1}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.3, "initial_accumulator_value": 0.5, "eps": 0.2, "maximize": True}),
    ("LBFGS", {"lr": 0.1, "max_iter": 1}),
]
BOOKS = {"BookAdam", "Momentum", "Nesterov"}
TAKE_SPARSE = {"SparseAdam", "SGD", "Adagrad", "LBFGS", "BookAdaGrad"}


def tables(T: Any, dtype: str = "float64") -> list[Any]:
    if T is not tl:
        T.sparse.check_sparse_tensor_invariants.disable()
    values = np.arange(1.0, 13.0).reshape(4, 3).astype(dtype)
    return [T.tensor(values, requires_grad=True), T.tensor(values[:2], requires_grad=True)]


def loss_of(T: Any, w: Any, rows: list[int]) -> Any:
    found = T.nn.functional.embedding(T.tensor(np.array(rows, np.int64)), w, sparse=True)
    factors = T.arange(1.0, len(rows) + 1).to(w.dtype).unsqueeze(1)
    return (found.sin() * factors).sum()


def plain(x: Any) -> Any:
    """A part of a state as an array."""
    if not hasattr(x, "numpy"):
        return x
    return (x.to_dense() if x.is_sparse else x).detach().numpy().copy()


def trajectory(T: Any, rule: str, options: dict[str, Any]) -> Any:
    """The points that a table comes to, a dense parameter beside it, and the state."""
    w, other = tables(T)
    params = [w] if rule in ("SparseAdam", "LBFGS") else [w, other]
    optimizer, points = getattr(T.optim, rule)(params, **options), []
    for number, rows in enumerate(LOOKED_UP):
        optimizer.zero_grad(set_to_none=number % 2 == 0)
        if rule == "LBFGS":

            def closure(rows: Any = rows) -> Any:
                w.grad = None
                loss = loss_of(T, w, rows or [1])
                loss.backward()
                return loss

            optimizer.step(closure)
        else:
            (loss_of(T, w, rows) + (other * other).sum()).backward()
            optimizer.step()
        points.append(plain(w))
    held = optimizer.state_dict()["state"][0] if optimizer.state_dict()["state"] else {}
    state = {k: plain(x) for k, x in held.items()} if rule != "LBFGS" else {}
    return [np.array(points), plain(other), state]


@pytest.mark.parametrize(("rule", "options"), RULES)
def test_trajectories_are_pytorchs(rule: str, options: dict[str, Any]) -> None:
    theirs = answer(lambda torch: trajectory(torch, rule, options))
    ours = trajectory(tl, rule, options)
    for x, y in zip(ours[:2], theirs[:2], strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-12)
    assert list(ours[2]) == list(theirs[2])
    for name, value in theirs[2].items():
        np.testing.assert_allclose(ours[2][name], value, rtol=1e-12, atol=1e-12, err_msg=name)
        assert type(ours[2][name]) is type(value)


def lazily(value: Any, gradients: list[Any]) -> Any:
    """SparseAdam's recurrence, for one element after the other: those with a gradient of 0 have none."""
    lr, (beta1, beta2), eps = 0.1, (0.6, 0.7), 1e-3
    out = value.copy()
    for place in np.ndindex(value.shape):
        p, m, v = float(value[place]), 0.0, 0.0
        for t, each in enumerate(gradients, start=1):
            g = float(each[place])
            if g:
                m = beta1 * m + (1 - beta1) * g
                v = beta2 * v + (1 - beta2) * g * g
                first, second = 1 - beta1**t, 1 - beta2**t
                p -= lr * second**0.5 / first * m / (v**0.5 + eps)
        out[place] = p
    return out


def test_sparse_adam_is_its_recurrence() -> None:
    def make(parameters: Any) -> Any:
        optimizer = tl.optim.SparseAdam(parameters, lr=0.1, betas=(0.6, 0.7), eps=1e-3)

        def to_sparse(optimizer: Any, args: Any, kwargs: Any) -> None:
            for p in optimizer.param_groups[0]["params"]:
                p.grad = None if p.grad is None else p.grad.to_sparse()

        optimizer.register_step_pre_hook(to_sparse)
        return optimizer

    testing.check_optimizer(make, lazily)


@pytest.mark.parametrize(("rule", "options"), RULES[:8])
def test_rows_without_a_gradient_stay(rule: str, options: dict[str, Any]) -> None:
    """To the last bit, as their states do; and a run that is saved and continued goes on with the same bits."""
    runs = []
    for resumed in (False, True):
        w = tables(tl, "float32")[0]
        make = getattr(tl.optim, rule)
        optimizer = make([w], **options)
        for number, rows in enumerate([[2, 0], [2, 2], [0]]):
            if resumed and number == 1:
                state = copy.deepcopy(optimizer.state_dict())
                optimizer = make([w], **options)
                optimizer.load_state_dict(state)
            optimizer.zero_grad()
            loss_of(tl, w, rows).backward()
            optimizer.step()
        assert w[[1, 3]].tolist() == [[4, 5, 6], [10, 11, 12]]
        state = optimizer.state[w]
        runs.append([w.tolist(), {k: (type(x), np.array(plain(x)).tolist()) for k, x in state.items()}])
        for name, held in optimizer.state[w].items():
            untouched = plain(held)
            if np.shape(untouched) == (4, 3):
                start = options.get("initial_accumulator_value", 0)
                assert (untouched[[1, 3]] == start).all(), name
    assert runs[0] == runs[1]


def kinds() -> list[str]:
    public = [getattr(tl.optim, name) for name in tl.optim.__all__]
    return [x.__name__ for x in public if inspect.isclass(x) and issubclass(x, tl.optim.Optimizer)]


def refused(T: Any, rule: str) -> list[str]:
    """The error of a step with a sparse gradient, after a parameter that has a dense one; nothing has changed."""
    dense, table = tables(T)
    optimizer = getattr(T.optim, rule)([{"params": [dense]}, {"params": [table]}], lr=0.1)
    (dense.sum() + loss_of(T, table, [1])).backward()
    values, state = [dense.tolist(), table.tolist()], copy.deepcopy(optimizer.state_dict())
    with pytest.raises(RuntimeError) as caught:
        optimizer.step()
    if T is tl:
        assert [dense.tolist(), table.tolist()] == values
        assert str(optimizer.state_dict()) == str(state)
    return [type(caught.value).__name__, str(caught.value)]


def test_every_other_rule_refuses_them() -> None:
    for rule in sorted({*kinds()} - TAKE_SPARSE - {"Optimizer"}):
        error, message = refused(tl, rule)
        if rule in BOOKS:
            assert (error, message.partition(":")[0]) == ("RuntimeError", f"{rule} does not support sparse gradients")
        else:
            theirs = answer(lambda torch, rule=rule: refused(torch, rule))
            assert [error, message.partition(":")[0]] == theirs
    w = tables(tl)[0]
    loss_of(tl, w, [1]).backward()
    optimizer = tl.optim.BookAdaGrad([w], eps_inside_root=True)
    with pytest.raises(RuntimeError, match="BookAdaGrad does not support sparse"):
        optimizer.step()


def one_of_each(T: Any, rule: str, first: str, second: str, **options: Any) -> None:
    w = tables(T)[0]
    optimizer = getattr(T.optim, rule)([w], lr=0.1, **options)
    for kind in (first, second):
        optimizer.zero_grad()
        (loss_of(T, w, [2, 0]) if kind == "sparse" else w.sum()).backward()
        optimizer.step()


def sparse_parameter(T: Any) -> None:
    T.optim.SparseAdam([T.ones(1), T.eye(2).to_sparse()])


ERRORS: list[Any] = [
    lambda T: one_of_each(T, "SparseAdam", "sparse", "dense"),
    lambda T: one_of_each(T, "SGD", "sparse", "dense", momentum=0.9),
    lambda T: one_of_each(T, "SGD", "dense", "sparse", momentum=0.9, nesterov=True),
    lambda T: one_of_each(T, "SGD", "sparse", "sparse", weight_decay=0.1),
    lambda T: one_of_each(T, "SGD", "sparse", "sparse", fused=True),
    lambda T: one_of_each(T, "Adagrad", "sparse", "sparse", weight_decay=0.1),
    lambda T: one_of_each(T, "Adagrad", "sparse", "sparse", fused=True),
    sparse_parameter,
    lambda T: T.optim.SparseAdam([]),
    lambda T: T.optim.SparseAdam([T.ones(1)], lr=0.0),
    lambda T: T.optim.SparseAdam([T.ones(1)], lr=-1.0),
    lambda T: T.optim.SparseAdam([T.ones(1)], eps=0.0),
    lambda T: T.optim.SparseAdam([T.ones(1)], betas=(0.9, 1.0)),
    lambda T: T.optim.SparseAdam([T.ones(1)], lr=T.tensor([0.1, 0.2])),
]


def test_errors_are_pytorchs() -> None:
    for call in ERRORS:

        def ask(T: Any, call: Any = call) -> list[str]:
            with pytest.raises((RuntimeError, ValueError)) as caught:
                call(T)
            return [type(caught.value).__name__, str(caught.value)]

        ours, theirs = ask(tl), answer(ask)
        assert ours[0] == theirs[0]
        assert ours[1].startswith(theirs[1].removesuffix(".")), ours
    for name in ("l1_decay", "differentiable"):  # ours alone, or recorded
        w = tables(tl)[0]
        optimizer = tl.optim.SparseAdam([{"params": [w], name: True}])
        loss_of(tl, w, [1]).backward()
        with pytest.raises(RuntimeError, match=f"{name} option is not compatible with sparse gradients"):
            optimizer.step()


def test_sparse_and_dense_in_turn() -> None:
    """Momentum that is dense takes sparse gradients; Adagrad's sum takes both, and counts the steps of both."""
    found = []
    for sparse in (True, False):
        for rule, options in (("SGD", {"momentum": 0.9}), ("SGD", {"lr": 0.2, "maximize": True}), ("Adagrad", {})):
            w = tables(tl)[0]
            optimizer = getattr(tl.optim, rule)([w], **{"lr": 0.1, **options})
            for number in range(5):
                w.grad = None
                (w.sin().sum() if number % 2 == 0 else loss_of(tl, w, [2, 0, 2])).backward()
                assert w.grad is not None
                if not sparse:
                    w.grad = w.grad.to_dense()
                optimizer.step()
            found.append(w.tolist())
    np.testing.assert_allclose(found[:3], found[3:], rtol=1e-12)


def test_the_form_of_the_gradient_does_not_matter() -> None:
    """One that a user has made: of single elements, or of a table that does not lie in order."""
    g = tl.tensor([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0], [0.0, 3.0, 0.0], [4.0, 0.0, 0.0]])
    for options in ({"lr": 0.5}, {"lr": 0.5, "momentum": 0.9}):
        start = tl.ones(3, 4).t() if "momentum" in options else tl.ones(4, 3)
        w = tl.nn.Parameter(start)
        optimizer = tl.optim.SGD([w], **options)
        w.grad = g.to_sparse()
        optimizer.step()
        assert w.tolist() == (1 - 0.5 * g).tolist()
    wide = tl.nn.Parameter(w.detach().double())
    double = tl.optim.SGD([wide], lr=0.5, momentum=0.9)
    double.load_state_dict(optimizer.state_dict())
    assert double.state[wide]["momentum_buffer"].dtype == tl.float64
    w = tl.nn.Parameter(tl.ones(4, 3))
    w.grad = tl.sparse_coo_tensor([[0, 0, 3], [1, 1, 2]], [1.0, 2.0, 4.0], (4, 3))
    tl.optim.SGD([w], lr=0.5).step()
    assert w.tolist() == [[1, -0.5, 1], [1, 1, 1], [1, 1, 1], [1, 1, -1]]
    read_only = tl.tensor(np.broadcast_to(np.float32(1), (4, 3))).expand(4, 3)
    w = tl.nn.Parameter(read_only.detach())
    w._data.flags.writeable = False
    w.grad = g.to_sparse()
    with pytest.raises(RuntimeError, match="read-only memory"):
        tl.optim.SGD([w], lr=0.1).step()
