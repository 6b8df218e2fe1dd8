"""jacobian, hessian and the products: against PyTorch, and against closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.autograd import functional

POINT = np.array([[0.3, -1.2, 0.7], [1.5, 0.2, -0.4]])
OTHER = np.array([0.9, -0.3, 1.1])

FUNCTIONS: dict[str, Any] = {
    "one to one": (lambda x: x.sin() * x, 1),
    "one to number": (lambda x: (x**3).sum(), 1),
    "one to two": (lambda x: (x.exp(), x.sum(1)), 1),
    "two to one": (lambda x, y: x * y, 2),
    "two to number": (lambda x, y: (x.exp() * y).sum() + (y**3).sum(), 2),
    "two to two": (lambda x, y: (x @ y, (x * y).tanh()), 2),
    "one unused": (lambda x, y: (x**2).sum(), 2),
    "constant": (lambda x: x.detach() * 2, 1),
    "linear": (lambda x: 3 * x.sum(), 1),
}
NUMBERS = ["one to number", "two to number", "one unused", "linear"]


def arrays(value: Any) -> Any:
    """The Tensors in a nested result as arrays."""
    return tuple(map(arrays, value)) if isinstance(value, tuple) else np.asarray(value.detach())


def assert_same(mine: Any, theirs: Any) -> None:
    assert isinstance(mine, tuple) == isinstance(theirs, tuple)
    if isinstance(mine, tuple):
        assert len(mine) == len(theirs)
        for a, b in zip(mine, theirs, strict=True):
            assert_same(a, b)
    else:
        assert mine.shape == theirs.shape
        assert mine.dtype == theirs.dtype
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-12)


def given(T: Any, count: int) -> Any:
    tensors = (T.tensor(POINT), T.tensor(OTHER))[:count]
    return tensors if count > 1 else tensors[0]


def vectors(T: Any, values: Any, seed: int = 0) -> Any:
    """A random vector in the structure of some Tensors."""
    if isinstance(values, tuple):
        return tuple(vectors(T, v, seed + i) for i, v in enumerate(values))
    return T.tensor(np.random.default_rng(seed).standard_normal(tuple(values.shape)))


def call(T: Any, name: str, case: str, **settings: Any) -> Any:
    func, count = FUNCTIONS[case]
    inputs = given(T, count)
    args = [func, inputs]
    if name == "vjp":
        args.append(vectors(T, func(*inputs) if count > 1 else func(inputs)))
    elif name not in ("jacobian", "hessian"):
        args.append(vectors(T, inputs))
    return getattr(T.autograd.functional, name)(*args, **settings)


CALLS = [
    (name, case)
    for name in functional.__all__
    for case in FUNCTIONS
    if case in NUMBERS or name in ("jacobian", "vjp", "jvp")
]


def test_every_function_is_compared():
    assert {name for name, _ in CALLS} == set(functional.__all__)
    torch = pytest.importorskip("torch")
    assert all(hasattr(torch.autograd.functional, name) for name in functional.__all__)


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize(("name", "case"), CALLS)
def test_results_are_pytorchs(name, case, create_graph):
    torch = pytest.importorskip("torch")
    mine, theirs = (call(T, name, case, create_graph=create_graph) for T in (tl, torch))
    assert_same(arrays(mine), arrays(theirs))


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize(("name", "case"), CALLS)
def test_strict_as_pytorch(name, case, create_graph):
    torch = pytest.importorskip("torch")
    try:
        theirs = call(torch, name, case, strict=True, create_graph=create_graph)
    except RuntimeError:
        with pytest.raises(RuntimeError, match="strict mode"):
            call(tl, name, case, strict=True, create_graph=create_graph)
    else:
        assert_same(arrays(call(tl, name, case, strict=True, create_graph=create_graph)), arrays(theirs))


def leaves(value: Any) -> list[Any]:
    return [t for v in value for t in leaves(v)] if isinstance(value, tuple) else [value]


@pytest.mark.parametrize("name", functional.__all__)
def test_results_have_a_history_only_with_create_graph(name):
    assert not any(t.requires_grad for t in leaves(call(tl, name, "two to number")))
    assert any(t.requires_grad for t in leaves(call(tl, name, "two to number", create_graph=True)))


def test_create_graph_reaches_the_inputs_themselves():
    x = tl.tensor(POINT, requires_grad=True)
    functional.jacobian(lambda x: (x**3).sum(), x, create_graph=True).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 6 * POINT)


@pytest.mark.parametrize("name", functional.__all__)
def test_inputs_are_left_alone(name):
    x = tl.tensor(POINT, requires_grad=True)
    with tl.no_grad():
        functional.__dict__[name](
            lambda x: (x**3).sum(), x, *([tl.tensor(1.0)] if name == "vjp" else [x.detach()] if "p" in name else [])
        )
    assert x.grad is None
    assert x.requires_grad
    assert x.is_leaf


def test_empty_output():
    assert functional.jacobian(lambda x: x[:0], tl.ones(3)).shape == (0, 3)


@pytest.mark.parametrize(
    ("build", "kind"),
    [
        (lambda T, F: F.vjp(lambda x: x * 2, T.ones(2)), RuntimeError),
        (lambda T, F: F.vjp(lambda x: x * 2, T.ones(2), T.ones(3)), RuntimeError),
        (lambda T, F: F.vjp(lambda x: (x, x), T.ones(2), (T.ones(2),)), RuntimeError),
        (lambda T, F: F.vjp(lambda x: 3, T.ones(2)), TypeError),
        (lambda T, F: F.vjp(lambda x: x, 3), TypeError),
        (lambda T, F: F.jacobian(lambda x: x, (T.ones(2), 3)), TypeError),
        (lambda T, F: F.jvp(lambda x: x, T.ones(2)), RuntimeError),
        (lambda T, F: F.hvp(lambda x: x, T.ones(2), T.ones(2)), RuntimeError),
        (lambda T, F: F.vhp(lambda x: (x.sum(),), T.ones(2), T.ones(2)), RuntimeError),
        (lambda T, F: F.hessian(lambda x: x, T.ones(2)), RuntimeError),
        (lambda T, F: F.jacobian(lambda x: x, T.ones(2), strategy="sideways"), AssertionError),
        (lambda T, F: F.jacobian(lambda x: x, T.ones(2), strategy="forward-mode"), NotImplementedError),
        (lambda T, F: F.jacobian(lambda x: x, T.ones(2), strict=True, vectorize=True), RuntimeError),
    ],
)
def test_refused_as_pytorch_does(build, kind):
    with pytest.raises(kind) as mine:
        build(tl, functional)
    torch = pytest.importorskip("torch")
    with pytest.raises(kind) as theirs:
        build(torch, torch.autograd.functional)
    assert str(mine.value)[:30] == str(theirs.value)[:30]


@pytest.mark.parametrize("settings", [{"vectorize": True}, {"vectorize": True, "strategy": "forward-mode"}])
def test_ways_to_compute_agree(settings):
    func, x = lambda x: x.sin() * x.sum(), tl.tensor(POINT)
    np.testing.assert_array_equal(
        functional.jacobian(func, x, **settings).numpy(), functional.jacobian(func, x).numpy()
    )
