"""The book's optimizers in the book's interface: `update(params, grads)`, against the recurrences in plain Python."""

from __future__ import annotations

import copy
import inspect
import math
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.optim import book


def sgd(p: float, lr: float) -> Iterator[float]:
    while True:
        g = yield p
        p -= lr * g


def momentum(p: float, lr: float, alpha: float, nesterov: bool = False) -> Iterator[float]:
    v = 0.0
    while True:
        g = yield p
        v = alpha * v - lr * g
        p += alpha * v - lr * g if nesterov else v


def adagrad(p: float, lr: float, eps: float = 1e-7, inside: bool = False) -> Iterator[float]:
    h = 0.0
    while True:
        g = yield p
        h += g * g
        p -= lr * g / (math.sqrt(h + eps) if inside else math.sqrt(h) + eps)


def rmsprop(p: float, lr: float, rho: float, eps: float = 1e-7, inside: bool = False) -> Iterator[float]:
    h = 0.0
    while True:
        g = yield p
        h = rho * h + (1 - rho) * g * g
        p -= lr * g / (math.sqrt(h + eps) if inside else math.sqrt(h) + eps)


def adam(p: float, lr: float, b1: float, b2: float, eps: float = 1e-7, inside: bool = False) -> Iterator[float]:
    m = v = 0.0
    t = 0
    while True:
        g = yield p
        t += 1
        m += (1 - b1) * (g - m)
        v += (1 - b2) * (g * g - v)
        rate = lr * math.sqrt(1 - b2**t) / (1 - b1**t)
        p -= rate * m / (math.sqrt(v + eps) if inside else math.sqrt(v) + eps)


CASES: dict[str, tuple[Any, Any]] = {
    "SGD, defaults": (lambda p=None: book.SGD(p), lambda p: sgd(p, 0.01)),
    "Momentum, defaults": (lambda p=None: book.Momentum(p), lambda p: momentum(p, 0.01, 0.9)),
    "Nesterov, defaults": (lambda p=None: book.Nesterov(p), lambda p: momentum(p, 0.01, 0.9, nesterov=True)),
    "AdaGrad, defaults": (lambda p=None: book.AdaGrad(p), lambda p: adagrad(p, 0.01)),
    "RMSprop, defaults": (lambda p=None: book.RMSprop(p), lambda p: rmsprop(p, 0.01, 0.99)),
    "Adam, defaults": (lambda p=None: book.Adam(p), lambda p: adam(p, 0.001, 0.9, 0.999)),
    "Momentum": (lambda p=None: book.Momentum(p, lr=0.1, momentum=0.5), lambda p: momentum(p, 0.1, 0.5)),
    "AdaGrad, eps inside": (
        lambda p=None: book.AdaGrad(p, lr=0.1, eps=0.3, eps_inside_root=True),
        lambda p: adagrad(p, 0.1, 0.3, inside=True),
    ),
    "RMSprop, eps outside": (
        lambda p=None: book.RMSprop(p, lr=0.1, decay_rate=0.8, eps=0.3),
        lambda p: rmsprop(p, 0.1, 0.8, 0.3),
    ),
    "RMSprop, eps inside": (
        lambda p=None: book.RMSprop(p, lr=0.1, decay_rate=0.8, eps=0.3, eps_inside_root=True),
        lambda p: rmsprop(p, 0.1, 0.8, 0.3, inside=True),
    ),
    "Adam, eps inside": (
        lambda p=None: book.Adam(p, lr=0.1, beta1=0.5, beta2=0.8, eps=0.3, eps_inside_root=True),
        lambda p: adam(p, 0.1, 0.5, 0.8, 0.3, inside=True),
    ),
}
STARTS = (0.5, -1.25, 2.0)


def slope(p: float, t: int) -> float:
    return p - 0.5 + math.cos(0.7 * t)


def expected(recurrence: Any, steps: int = 30) -> list[list[float]]:
    found = []
    for start in STARTS:
        points = recurrence(start)
        p = next(points)
        for t in range(steps):
            p = points.send(slope(p, t))
        found.append(p)
    return found


@pytest.mark.parametrize("name", CASES)
def test_update_is_the_recurrence_on_arrays_tensors_and_numbers_and_step_is_the_same(name: str) -> None:
    make, recurrence = CASES[name]
    array, tensor = np.array(STARTS), tl.tensor(STARTS, dtype=tl.float64)
    params: dict[str, Any] = {"W": array, "b": tensor, "x": STARTS[0], ("layer", 2): np.float64(STARTS[1])}
    parameter = tl.nn.Parameter(tl.tensor(STARTS, dtype=tl.float64))
    by_name, by_step = make(), make([parameter])
    for t in range(30):
        grads = {
            "W": np.array([slope(p, t) for p in array]),
            "b": tl.tensor([slope(p, t) for p in tensor.tolist()], dtype=tl.float64),
            "x": slope(params["x"], t),
            ("layer", 2): np.float64(slope(params["layer", 2], t)),
            "more": 0.0,
        }
        assert by_name.update(params, grads) is None
        parameter.grad = tl.tensor([slope(p, t) for p in parameter.tolist()], dtype=tl.float64)
        by_step.step()
    ends = expected(recurrence)
    assert params["W"] is array, "arrays are changed in place"
    assert params["b"] is tensor
    np.testing.assert_allclose(array, ends, rtol=1e-13)
    np.testing.assert_allclose(tensor.numpy(), ends, rtol=1e-13)
    np.testing.assert_allclose(parameter.detach().numpy(), ends, rtol=1e-13)
    assert (type(params["x"]), type(params["layer", 2])) == (float, np.float64)
    assert [params["x"], params["layer", 2]] == pytest.approx(ends[:2], rel=1e-13)
    assert by_name.param_groups[0]["param_names"] == ["W", "b", "x", ("layer", 2)]


def test_two_steps_of_each_rule_are_those_by_hand() -> None:
    """lr 0.1, α 0.5, g = 1 twice: v = -0.1, then -0.05 - 0.1 = -0.15. Nesterov: -0.05 - 0.1, then -0.075 - 0.1."""
    ends = {}
    for rule in (book.SGD, book.Momentum, book.Nesterov):
        params = {"w": np.zeros(1)}
        optimizer = rule(lr=0.1) if rule is book.SGD else rule(lr=0.1, momentum=0.5)
        for _ in range(2):
            optimizer.update(params, {"w": np.ones(1)})
        ends[rule] = params["w"][0]
    assert ends == pytest.approx({book.SGD: -0.2, book.Momentum: -0.25, book.Nesterov: -0.325}, rel=1e-14)


def test_the_books_names_order_and_defaults() -> None:
    assert book.SGD(0.5).lr == 0.5
    assert (book.Momentum(0.5, 0.25).lr, book.Momentum(0.5, 0.25).momentum) == (0.5, 0.25)
    assert (book.Nesterov().lr, book.Nesterov().momentum) == (0.01, 0.9)
    assert book.AdaGrad(np.float32(0.5)).lr == 0.5
    assert (book.RMSprop(0.5, 0.75).lr, book.RMSprop(0.5, 0.75).decay_rate, book.RMSprop().decay_rate) == (
        0.5,
        0.75,
        0.99,
    )
    adam = book.Adam(0.5, 0.25, 0.75)
    assert (adam.lr, adam.beta1, adam.beta2, adam.param_groups[0]["betas"]) == (0.5, 0.25, 0.75, (0.25, 0.75))
    assert (book.Adam().lr, book.Adam().beta1, book.Adam(beta2=0.5).beta2, book.Adam(beta1=0.5).beta2) == (
        (0.001, 0.9, 0.5, 0.999)
    )
    for rule in (book.AdaGrad, book.RMSprop, book.Adam):
        assert rule().param_groups[0]["eps"] == 1e-7
    with pytest.raises(TypeError, match=r"Momentum takes lr, momentum without their names, but 3 values were given"):
        book.Momentum(0.1, 0.9, 0.5)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(ValueError, match="Invalid learning rate: -1"):
        book.SGD(lr=-1)
    with pytest.raises(TypeError, match=r"learning_rate.*did you mean lr"):
        book.Adam(learning_rate=0.1)  # type: ignore[call-arg]  # wrong on purpose


def test_options_and_states_are_attributes_as_in_the_book() -> None:
    optimizer = book.Momentum(lr=1.0, momentum=0.5)
    assert optimizer.v is None
    params = {"w": np.zeros(2)}
    optimizer.update(params, {"w": np.ones(2)})
    assert optimizer.v["w"].tolist() == [-1, -1]
    optimizer.lr *= 0.5
    optimizer.momentum = 0.25
    optimizer.update(params, {"w": np.ones(2)})  # v = 0.25 (-1) - 0.5
    assert optimizer.v["w"].tolist() == [-0.75, -0.75]
    assert params["w"].tolist() == [-1.75, -1.75]

    adam = book.Adam()
    assert (adam.iter, adam.m) == (0, None)
    adam.beta1 = 0.5
    adam.update(params, {"w": np.full(2, 2.0)})
    assert (adam.iter, adam.m["w"].tolist(), adam.param_groups[0]["betas"]) == (1, [1, 1], (0.5, 0.999))
    assert adam.v["w"] == pytest.approx([0.004, 0.004])
    ada, rms = book.AdaGrad(), book.RMSprop(decay_rate=0.5)
    for each in (ada, rms):
        each.update(params, {"w": np.full(2, 2.0)})
    assert (ada.h["w"].tolist(), rms.h["w"].tolist()) == ([4, 4], [2, 2])

    p = tl.nn.Parameter(tl.zeros(1))
    with_parameters = book.Momentum([p], lr=1.0)
    p.grad = tl.ones(1)
    with_parameters.step()
    assert with_parameters.v[0].tolist() == [-1]


def test_schedulers_pickles_and_copies_go_on() -> None:
    ends = []
    for how in (lambda x: x, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))):
        params = {"w": np.array([1.0])}
        optimizer = book.Adam(lr=0.1)
        optimizer.update(params, {"w": np.array([0.5])})
        optimizer = how(optimizer)
        scheduler = tl.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
        for _ in range(3):
            optimizer.update(params, {"w": np.array([0.5])})
            scheduler.step()
        ends.append((params["w"][0], optimizer.lr, optimizer.iter))
    assert ends == [ends[0]] * 3
    assert ends[0][1:] == (0.0125, 4)
    assert ends[0][0] == pytest.approx(1 - 0.1 - 0.1 - 0.05 - 0.025, rel=1e-5)  # a constant gradient: steps of lr


def test_float32_stays_float32_and_new_names_may_come_later() -> None:
    params: dict[str, Any] = {"w": np.ones(3, np.float32)}
    optimizer = book.Adam()
    optimizer.update(params, {"w": np.ones(3)})
    params["b"] = tl.ones(2)
    optimizer.update(params, {"w": np.ones(3), "b": np.ones(2)})
    assert (params["w"].dtype, params["b"].dtype) == (np.float32, tl.float32)
    np.testing.assert_allclose(params["w"], 1 - 2 * 0.001, rtol=1e-5)
    np.testing.assert_allclose(params["b"].numpy(), 1 - 0.001, rtol=1e-5)
    del params["b"]
    optimizer.update(params, {"w": np.zeros(3)})  # the other one is left alone
    assert optimizer.state[optimizer.param_groups[0]["params"][1]]["step"].item() == 1


def test_what_the_caller_changes_between_updates_counts_and_numbers_keep_their_type() -> None:
    params: dict[str, Any] = {"w": np.ones(1), "a": 1.0, "b": np.float32(1)}
    optimizer, grads = book.SGD(0.5), {"w": np.ones(1), "a": 1.0, "b": 1.0}
    optimizer.update(params, grads)
    params["w"][...] = 3
    optimizer.update(params, grads)
    assert [params["w"].item(), params["a"], params["b"]] == [2.5, 0, 0]
    assert [type(params[name]) for name in "ab"] == [float, np.float32]
    with pytest.raises(TypeError, match="takes two dictionaries"):
        optimizer.update(params, [np.ones(1)] * 3)  # type: ignore[arg-type]  # wrong on purpose


def test_a_large_array_and_one_in_fortran_order_are_updated_in_place() -> None:
    values = np.random.default_rng(0).standard_normal((300, 250))
    large, fortran, strided = values.copy(), np.asfortranarray(values), np.zeros((300, 500))[:, ::2]
    strided[...] = values
    params = {"a": large, "b": fortran, "c": strided}
    optimizer = book.Momentum(lr=0.5, momentum=0.5)
    for _ in range(2):
        optimizer.update(params, dict.fromkeys(params, values))
    for array in (large, fortran, strided):
        np.testing.assert_allclose(array, values * (1 - 0.5 - 0.75), rtol=1e-12)


def test_a_layer_that_shares_the_memory_sees_the_update_and_a_stale_graph_raises() -> None:
    array = np.ones(2)
    t = tl.from_numpy(array).requires_grad_()
    loss = (t * t).sum()
    book.SGD(lr=0.5).update({"w": array}, {"w": np.ones(2)})
    assert t.tolist() == [0.5, 0.5]
    with pytest.raises(RuntimeError, match="modified"):
        loss.backward()


@pytest.mark.parametrize(
    ("params", "grads", "error", "message"),
    [
        ({"w": np.ones(2)}, {"v": np.ones(2)}, KeyError, "grads has no 'w'"),
        (
            {"w": np.ones(2)},
            {"w": np.ones(1)},
            ValueError,
            r"grads\['w'\] has shape \(1,\), but params\['w'\] has shape",
        ),
        ({"w": np.ones(2, int)}, {"w": np.ones(2)}, TypeError, r"params\['w'\] is of int64"),
        ({"w": "1.0"}, {"w": 1.0}, TypeError, r"params\['w'\] is of str"),
        ({"w": True}, {"w": 1.0}, TypeError, r"params\['w'\] is of bool"),
        ({"w": tl.ones(1)}, {"w": tl.ones(1).grad}, TypeError, r"grads\['w'\] is None"),
        ([np.ones(2)], [np.ones(2)], TypeError, "takes two dictionaries"),
        ([np.ones(2)], {}, TypeError, "takes two dictionaries"),
        ({"w": np.broadcast_to(1.0, 2)}, {"w": np.ones(2)}, ValueError, "read-only"),
    ],
)
def test_wrong_arguments_change_nothing(params: Any, grads: Any, error: type[Exception], message: str) -> None:
    optimizer = book.Momentum()
    with pytest.raises(error, match=message):
        optimizer.update(params, grads)
    assert not optimizer.state
    if isinstance(params, dict):
        good = {"first": np.ones(1), **params}
        with pytest.raises(error, match=message):
            optimizer.update(good, {"first": np.ones(1), **grads})
        assert good["first"].tolist() == [1]


def test_another_shape_under_the_same_name_is_refused() -> None:
    optimizer = book.SGD()
    optimizer.update({"w": np.ones(2)}, {"w": np.ones(2)})
    with pytest.raises(ValueError, match=r"params\['w'\] is of shape \(3,\) and float64 now, but was of \(2,\)"):
        optimizer.update({"w": np.ones(3)}, {"w": np.ones(3)})


def test_an_optimizer_with_parameters_says_where_the_books_update_is() -> None:
    with pytest.raises(TypeError, match=r"Momentum.update\(\) does not take .*optim.book without parameters"):
        book.Momentum([tl.ones(1)]).update({"w": 1.0}, {"w": 0.5})
    with pytest.warns(UserWarning, match="no parameter has a gradient"):
        book.Momentum().step()


def test_the_hook_of_version_0_1_still_works_in_subclasses() -> None:
    with pytest.warns(DeprecationWarning, match="update: since version 0.2"):

        class Old(book.Momentum):
            def update(self, group: Any, bundle: Any) -> None:
                seen.append(bundle.step)
                super().update(group, bundle)

    seen: list[int] = []
    p = tl.nn.Parameter(tl.ones(1))
    optimizer = Old([p], lr=0.5)
    p.grad = tl.ones(1)
    optimizer.step()
    assert (p.tolist(), seen) == ([0.5], [0])


def test_the_classes_are_also_those_of_optim() -> None:
    assert (book.Momentum, book.Nesterov) == (tl.optim.Momentum, tl.optim.Nesterov)
    assert (book.AdaGrad, book.Adam) == (tl.optim.BookAdaGrad, tl.optim.BookAdam)
    assert issubclass(book.SGD, tl.optim.SGD)
    assert issubclass(book.RMSprop, tl.optim.RMSprop)
    for rule in (book.SGD, book.RMSprop, book.AdaGrad):  # one text of each recurrence
        assert "update_group" not in vars(rule)
    assert list(inspect.signature(book.Momentum).parameters) == ["params", "lr", "momentum", "weight_decay"]


def test_a_compiled_function_does_not_keep_an_update_as_it_was() -> None:
    params = {"w": np.ones(1)}
    optimizer = book.SGD(lr=0.5)

    @tl.compile
    def step(x: tl.Tensor) -> tl.Tensor:
        optimizer.update(params, {"w": np.ones(1)})
        return x * 2

    with pytest.warns(UserWarning, match="parameters in dictionaries are changed"):
        step(tl.ones(1))
    step(tl.ones(1))
    step(tl.ones(1))
    assert params["w"].tolist() == [-0.5]


def test_one_beta_leaves_the_other() -> None:
    for options, betas in (({"beta1": 0.5}, (0.5, 0.999)), ({"beta2": 0.5}, (0.9, 0.5)), ({}, (0.9, 0.999))):
        optimizer = tl.optim.book.Adam([tl.ones(1, requires_grad=True)], **options)
        assert optimizer.param_groups[0]["betas"] == betas
