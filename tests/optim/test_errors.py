"""Wrong arguments of optimizers: which error they raise, and that its message says what to do."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.optim.base.options import numbers

from ..support.update_rules import RULES, SAMPLES, closure_of, make

Call = Callable[[Any, Any], Any]
"""A wrong call, with the library and a Linear layer of it."""


@pytest.mark.parametrize("rule", SAMPLES)
class TestEveryRule:
    def test_wrong_parameters_raise(self, rule: str) -> None:
        p = tl.ones(1, requires_grad=True)
        assert len(make(rule, (q for q in [p])).param_groups[0]["params"]) == 1
        for params, error, message in [
            ([], ValueError, "empty parameter list"),
            ([p, p], ValueError, "more than once"),
            (p, TypeError, "iterable of Tensors"),
            ([p, 3.0], TypeError, "can only optimize Tensors"),
            ([p * 2], ValueError, "non-leaf"),
            ([{"params": {p}}], TypeError, "ordered collections"),
            ([{"params": [p]}, {"params": [p]}], ValueError, "more than one parameter group"),
            ([("a", p), tl.ones(1)], ValueError, "with/without names"),
            ([{"params": p}, [p]], TypeError, "must be a dict"),
            ([{"params": p, "l1_decay": -1.0}], ValueError, "l1_decay"),
        ]:
            with pytest.raises(error, match=message):
                make(rule, params)

    def test_a_result_that_retains_its_gradient_may_be_optimized(self, rule: str) -> None:
        x = tl.ones(1, requires_grad=True) * 2
        x.retain_grad()
        assert make(rule, [x]).param_groups[0]["params"] == [x]

    def test_options_out_of_range_raise(self, rule: str) -> None:
        p = [tl.ones(1, requires_grad=True)]
        known = inspect.signature(getattr(tl.optim, rule)).parameters
        bad = {
            "lr": -1.0, "eps": -1.0, "momentum": -0.1, "weight_decay": -1.0, "alpha": -0.1, "rho": 1.5,
            "lr_decay": -1.0, "initial_accumulator_value": -1.0, "momentum_decay": -1.0,
        }  # fmt: skip
        if "fused" in known:
            with pytest.raises(RuntimeError, match="cannot be `True` together"):
                make(rule, p, fused=True, foreach=True)
            with pytest.raises(RuntimeError, match="`fused` does not support `differentiable`"):
                make(rule, p, fused=True, differentiable=True)
        pairs: dict[str, Any] = {"eps": (-1.0, 0.1)} if rule == "Adafactor" else {}
        for name in set(bad) & set(known):
            with pytest.raises(ValueError, match=r"Invalid|should be >="):
                make(rule, p, **{name: pairs.get(name, bad[name])})
            with pytest.raises(ValueError, match=r"Invalid|should be >="):
                make(rule, p, **{name: (float("nan"), 0.1) if name in pairs else float("nan")})
        for betas in ((1.0, 0.9), (0.9, -0.1)) if "betas" in known else ():
            with pytest.raises(ValueError, match="Invalid beta parameter at index"):
                make(rule, p, betas=betas)
        with pytest.raises(ValueError, match="1-element"):
            make(rule, p, lr=tl.ones(2))

    def test_the_learning_rate_may_be_a_tensor_or_a_number_of_numpy(self, rule: str) -> None:
        ends = []
        for lr in (0.25, tl.tensor(0.25), tl.tensor([0.25]), np.float64(0.25), np.float32(0.25), np.array([[0.25]])):
            p = tl.ones(3, requires_grad=True)
            optimizer = make(rule, [p], lr=lr)
            optimizer.step(closure_of(tl, optimizer, [p]))
            assert p.dtype == tl.float32
            assert p.is_leaf
            for value in optimizer.state[p].values():
                assert not isinstance(value, tl.Tensor) or (value.dtype == tl.float32 and not value.requires_grad)
            ends.append(p.tolist())
        assert ends == [ends[0]] * 6
        assert ends[0] != [1.0] * 3

    def test_a_closure_runs_with_gradients_enabled(self, rule: str) -> None:
        p = tl.tensor([2.0], requires_grad=True)
        optimizer = make(rule, [p], lr=0.1)
        with tl.no_grad():
            loss = optimizer.step(closure_of(tl, optimizer, [p]))
        assert loss.item() == pytest.approx(0.5 * 1.5**2 + 0.2 * np.sin(6) + 2 * 2)
        assert p.item() < 2.0


# A wrong call, PyTorch's error, whether its message is one that PyTorch writes itself and ours begins with, and what
# our message says besides.
WRONG: dict[str, tuple[Call, type[Exception], bool, str]] = {
    "a method": (lambda T, m: T.optim.SGD(m.parameters), TypeError, True, r"brackets: parameters\(\)"),
    "another method": (lambda T, m: T.optim.Adam(m.named_parameters), TypeError, True, r"named_parameters\(\)"),
    "a method in a group": (lambda T, m: T.optim.SGD([{"params": m.parameters}]), TypeError, True, "brackets"),
    "a model": (lambda T, m: T.optim.SGD(m), TypeError, True, r"model.parameters\(\)"),
    "a container": (lambda T, m: T.optim.SGD(T.nn.Sequential(m)), TypeError, False, r"can only optimize .*model.parameters\(\)"),
    "a class": (lambda T, m: T.optim.SGD(T.nn.Linear), TypeError, True, "Linear is a class"),
    "None": (lambda T, m: T.optim.SGD(None), TypeError, True, "list of Tensors"),
    "a Tensor": (lambda T, m: T.optim.SGD(m.weight), TypeError, False, "should be an iterable of Tensors or dicts, but got Parameter: .*list"),
    "nothing": (lambda T, m: T.optim.SGD([]), ValueError, True, "no parameters"),
    "an iterator used twice": (lambda T, m: T.optim.SGD(T.nn.ReLU().parameters()), ValueError, True, "read once"),
    "an array": (lambda T, m: T.optim.SGD([np.ones(2)]), TypeError, True, r"numpy.ndarray: .*from_numpy"),
    "a state_dict": (lambda T, m: T.optim.SGD(m.state_dict()), TypeError, True, "not their names"),
    "None in the list": (lambda T, m: T.optim.SGD([m.weight, None]), TypeError, True, "must be a Tensor"),
    "a list in the list": (lambda T, m: T.optim.SGD([[*m.parameters()]]), TypeError, True, "flat list"),
    "a group among Tensors": (lambda T, m: T.optim.SGD([m.bias, {"params": m.weight}]), TypeError, True, "either Tensors or groups"),
    "a result": (lambda T, m: T.optim.SGD([m.weight * 2]), ValueError, True, "detach"),
    "a group without params": (lambda T, m: T.optim.SGD([{"lr": 0.1}]), KeyError, False, r"params: a group .*\['lr'\]"),
    "lr, a string": (lambda T, m: T.optim.SGD(m.parameters(), lr="0.1"), TypeError, False, "learning rate: '0.1'; lr must be a number, but got str"),
    "lr, None": (lambda T, m: T.optim.SGD(m.parameters(), lr=None), TypeError, False, "lr must be a number, but got NoneType"),
    "lr, a list": (lambda T, m: T.optim.SGD(m.parameters(), lr=[0.1]), TypeError, False, "lr must be a number, but got list"),
    "lr, negative": (lambda T, m: T.optim.SGD(m.parameters(), lr=-1.0), ValueError, True, "lr must be at least 0"),
    "lr, two elements": (lambda T, m: T.optim.SGD(m.parameters(), lr=T.ones(2)), ValueError, True, r"shape \[2\]"),
    "momentum, a string": (lambda T, m: T.optim.SGD(m.parameters(), momentum="0.9"), TypeError, False, "Invalid momentum value: '0.9'; momentum"),
    "momentum, negative": (lambda T, m: T.optim.SGD(m.parameters(), momentum=-1), ValueError, True, "at least 0"),
    "eps, a string": (lambda T, m: T.optim.Adam(m.parameters(), eps="1e-8"), TypeError, False, "eps must be a number"),
    "eps, negative": (lambda T, m: T.optim.Adam(m.parameters(), eps=-1.0), ValueError, True, "eps must be at least 0"),
    "rho": (lambda T, m: T.optim.Adadelta(m.parameters(), rho=1.5), ValueError, True, "between 0 and 1"),
    "betas, a number": (lambda T, m: T.optim.Adam(m.parameters(), betas=0.9), TypeError, True, "two numbers"),
    "betas, one number": (lambda T, m: T.optim.Adam(m.parameters(), betas=(0.9,)), IndexError, True, "two numbers"),
    "betas, 1": (lambda T, m: T.optim.Adam(m.parameters(), betas=(1.0, 0.9)), ValueError, True, "below 1"),
    "betas, strings": (lambda T, m: T.optim.Adam(m.parameters(), betas=("a", "b")), TypeError, False, "must be a number, but got str"),
    "the loss as closure": (lambda T, m: T.optim.SGD(m.parameters()).step(m(T.ones(1, 2)).sum()), TypeError, True, r"loss.backward\(\)"),
    "a closure without result": (lambda T, m: T.optim.LBFGS(m.parameters()).step(lambda: None), TypeError, False, "must return the loss"),
    "a model's state": (lambda T, m: T.optim.SGD(m.parameters()).load_state_dict(m.state_dict()), KeyError, False, r"param_groups: this is not the state_dict of an optimizer.*weight"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_argument_is_named_with_the_way_out(what: str) -> None:
    call, error, _, message = WRONG[what]
    with pytest.raises(error, match=message) as caught:
        call(tl, tl.nn.Linear(2, 1))
    assert caught.type is error
    assert "_data" not in str(caught.value)


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_argument_raises_pytorchs_error(what: str) -> None:
    torch = pytest.importorskip("torch")
    call, error, phrase, _ = WRONG[what]
    caught = []
    for T in (tl, torch):
        with pytest.raises(error) as raised:
            call(T, T.nn.Linear(2, 1))
        caught.append(raised)
    assert caught[0].type is caught[1].type
    assert not phrase or str(caught[0].value).startswith(str(caught[1].value))


@pytest.mark.parametrize(
    ("rule", "group", "message"),
    [
        ("SGD", {"lr": "0.1"}, "learning rate: '0.1'"),
        ("Adam", {"betas": (0.9, "x")}, "betas must be a number"),
        ("RMSprop", {"alpha": None}, "Invalid alpha value: None"),
    ],
)
def test_an_option_of_a_group_must_be_a_number_too(rule: str, group: dict[str, Any], message: str) -> None:
    p = tl.ones(1, requires_grad=True)
    with pytest.raises(TypeError, match=message):
        make(rule, [{"params": p, **group}])
    optimizer = make(rule, [p])
    optimizer.param_groups[0].update(group)  # which nothing notices before the next step
    p.grad = tl.ones(1)
    with pytest.raises(TypeError, match=message):
        optimizer.step()


def test_a_function_without_a_name_is_answered_too() -> None:
    with pytest.raises(TypeError, match="'partial' object is not iterable: give a list of Tensors"):
        tl.optim.SGD(partial(print), lr=0.1)  # type: ignore[arg-type]  # wrong on purpose


def test_betas_are_plain_numbers_in_every_position() -> None:
    for betas in ((tl.tensor(0.5), 0.25), (0.5, tl.tensor(0.25)), (np.float64(0.5), 0.25), [0.5, 0.25]):
        found = numbers({"betas": betas}, "betas")
        assert (found, {*map(type, found)}) == ([0.5, 0.25], {float})


def test_betas_are_two_numbers() -> None:
    p = [tl.ones(1, requires_grad=True)]
    with pytest.raises(ValueError, match="two numbers"):
        tl.optim.Adam(p, betas=(0.9, 0.99, 0.999))  # type: ignore[arg-type]  # wrong on purpose
    found = tl.optim.Adam(p, betas=[tl.tensor(0.5), np.float32(0.25)]).defaults["betas"]  # type: ignore[arg-type]  # as PyTorch takes them
    assert found == (0.5, 0.25)
    assert [type(beta) for beta in found] == [float, float]


def test_a_parameter_of_integers_is_refused() -> None:
    for rule in ("SGD", "Momentum", "Adam"):
        p = tl.ones(2, dtype=tl.int64)
        optimizer = make(rule, [p], lr=1.0)
        p.grad = tl.ones(2, dtype=tl.int64)
        with pytest.raises(RuntimeError, match=r"floating point .* int64: .*float\(\)"):
            optimizer.step()
        assert p.tolist() == [1, 1]


def test_an_error_inside_a_generator_of_parameters_is_not_hidden() -> None:
    def parameters() -> Any:
        yield tl.ones(1)
        raise TypeError("of the user's own")

    with pytest.raises(TypeError, match="of the user's own"):
        tl.optim.SGD(parameters())


def test_decay_groups_takes_a_model() -> None:
    with pytest.raises(TypeError, match="decay_groups: expected a model, a Module, but got list"):
        tl.optim.decay_groups([tl.ones(1)], 0.1)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    ("rule", "given", "meant"),
    [
        ("SGD", "learning_rate", "lr"),
        ("Adam", "epsilon", "eps"),
        ("SGD", "mommentum", "momentum"),
        ("Adam", "beta", "betas"),
    ],
)
def test_a_misspelt_option_is_answered_with_the_right_one(rule: str, given: str, meant: str) -> None:
    p = tl.ones(1, requires_grad=True)
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{given}'; did you mean {meant}\\?"):
        getattr(tl.optim, rule)([p], **{given: 0.1})
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'qqq'$"):
        getattr(tl.optim, rule)([p], qqq=0.1)


def test_the_ranges_of_adafactor() -> None:
    p = [tl.ones(1, requires_grad=True)]
    for wrong in ({"beta2_decay": 0.5}, {"d": 0.5}, {"eps": (-1e-3, 0.1)}, {"eps": (None, -0.1)}):
        with pytest.raises(ValueError, match="should be"):
            tl.optim.Adafactor(p, **wrong)  # type: ignore[arg-type]  # wrong on purpose
    tl.optim.Adafactor(p, beta2_decay=0.0, d=1.0, eps=(0.0, 0.0), lr=0.0)


@pytest.mark.parametrize("rule", RULES)
def test_whole_numbers_cannot_be_optimized(rule: str) -> None:
    p = tl.ones(2, dtype=tl.int64)
    optimizer = make(rule, [p])
    p._grad = tl.ones(2)  # which p.grad refuses
    with pytest.raises(RuntimeError, match="only parameters of a floating point dtype can be optimized"):
        optimizer.step()
    assert p.tolist() == [1, 1]
