"""Weight normalisation and parametrizations of one's own: the same calls under PyTorch."""

from __future__ import annotations

import copy
import itertools
import pickle
import re
import warnings
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.parameter_samples import assert_same


def normalized(T: Any, dim: int | None, name: str = "weight") -> Any:
    T.manual_seed(0)
    layer = T.nn.Linear(4, 3, dtype=T.float64)
    with pytest.warns(FutureWarning, match="weight_norm` is deprecated in favor of"):
        assert T.nn.utils.weight_norm(layer, name, dim) is layer
    return layer


@pytest.mark.parametrize(("name", "dim"), [("weight", 0), ("weight", 1), ("weight", None), ("weight", -1), ("bias", 0)])
def test_weight_norm(name: str, dim: int | None) -> None:
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).standard_normal((5, 4))

    def run(T: Any) -> tuple[list[str], list[Any]]:
        layer = normalized(T, dim, name)
        optimizer = T.optim.SGD(layer.parameters(), lr=0.1)
        found = []
        for _ in range(3):
            optimizer.zero_grad()
            out = layer(T.tensor(x))
            (out**2).sum().backward()
            found += [out, *(p.grad.clone() for p in layer.parameters())]
            optimizer.step()
        keys = list(layer.state_dict())
        T.nn.utils.remove_weight_norm(layer, name)
        found += [layer(T.tensor(x)), *layer.parameters()]
        return [*keys, *layer.state_dict()], [t.detach().numpy() for t in found]

    (our_keys, ours), (their_keys, theirs) = run(tl), run(torch)
    assert our_keys == their_keys
    assert_same(ours, theirs, 1e-10)


@pytest.mark.parametrize(("name", "dim"), [("weight", 0), ("weight", 1), ("weight", None), ("bias", 0)])
def test_parametrized_weight_norm(name: str, dim: int | None) -> None:
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).standard_normal((5, 4))

    def run(T: Any) -> tuple[list[str], list[Any]]:
        T.manual_seed(0)
        layer = T.nn.utils.parametrizations.weight_norm(T.nn.Linear(4, 3, dtype=T.float64), name, dim)
        keys = [repr(layer), *layer.state_dict(), *(n for n, _ in layer.named_parameters())]
        found = []
        optimizer = T.optim.SGD(layer.parameters(), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            out = layer(T.tensor(x))
            (out**2).sum().backward()
            found += [out, *(p.grad.clone() for p in layer.parameters())]
            optimizer.step()
        twin = copy.deepcopy(layer)
        setattr(twin, name, getattr(twin, name).detach() * 2)
        found += [layer(T.tensor(x)), twin(T.tensor(x)), *twin.parameters()]
        T.nn.utils.parametrize.remove_parametrizations(layer, name)
        found += [layer(T.tensor(x)), *layer.parameters()]
        return [*keys, repr(layer), *layer.state_dict()], [t.detach().numpy() for t in found]

    (our_keys, ours), (their_keys, theirs) = run(tl), run(torch)
    assert our_keys == their_keys
    assert_same(ours, theirs, 1e-10)


@pytest.mark.parametrize("kind", ["matrix_exp", "cayley", "householder", None])
def test_orthogonal(kind: str | None) -> None:
    torch = pytest.importorskip("torch")

    def run(T: Any, shape: tuple[int, int], trivial: bool) -> tuple[list[str], list[Any]]:
        T.manual_seed(0)
        layer = T.nn.Linear(*shape, dtype=T.float64)
        orthogonal = T.nn.utils.parametrizations.orthogonal(layer, "weight", kind, use_trivialization=trivial)
        assert orthogonal is layer
        words, found = [repr(layer), *layer.state_dict()], [layer.weight]
        optimizer = T.optim.SGD(layer.parameters(), lr=0.005)
        for _ in range(2):
            optimizer.zero_grad()
            (layer(T.arange(2.0 * shape[0], dtype=T.float64).reshape(2, -1)) ** 3).sum().backward()
            found += [layer.weight, layer.parametrizations.weight.original.grad.clone()]
            optimizer.step()
        T.manual_seed(1)
        try:
            layer.weight = T.randn(shape[1], shape[0], dtype=T.float64)
        except NotImplementedError as error:
            words.append(str(error))
        found += [layer.weight, layer.parametrizations.weight.original]
        if trivial:
            with pytest.raises(ValueError, match="Expected a matrix or batch of matrices of shape"):
                layer.weight = T.ones(7, 7, dtype=T.float64)
        return words, [x.detach().numpy() for x in found]

    for shape, trivial in itertools.product(((3, 4), (4, 3), (3, 3)), (True, False)):
        (our_words, ours), (their_words, theirs) = run(tl, shape, trivial), run(torch, shape, trivial)
        assert our_words == their_words
        assert_same(ours, theirs, 1e-9)


def test_orthonormal_columns_stay_so() -> None:
    """Also in a batch, and of the matrix that was assigned, which is kept if its columns are orthonormal."""
    module = nn.Module()
    module.register_parameter("w", nn.Parameter(tl.randn(2, 4, 3, dtype=tl.float64)))
    nn.utils.parametrizations.orthogonal(module, "w")
    module.parametrizations.w.original.detach().add_(tl.randn(2, 4, 3, dtype=tl.float64).tril(-1))
    np.testing.assert_allclose(
        (module.w.mT @ module.w).detach().numpy(), np.broadcast_to(np.eye(3), (2, 3, 3)), atol=1e-12
    )
    layer = nn.utils.parametrizations.orthogonal(nn.Linear(3, 3, dtype=tl.float64))
    turned = tl.linalg.qr(tl.randn(3, 3, dtype=tl.float64)).Q
    layer.weight = turned
    assert tl.equal(layer.weight, turned)
    for arguments, phrase in (
        (("x",), "has no parameter or buffer with name 'x'"),
        (("bias",), "Expected a matrix or batch of matrices. Got a tensor of 1 dimensions."),
        (("weight", "q"), 'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: q'),
    ):
        with pytest.raises(ValueError, match=re.escape(phrase)):
            nn.utils.parametrizations.orthogonal(nn.Linear(2, 2), *arguments)


def test_parametrizations_are_transferred() -> None:
    torch = pytest.importorskip("torch")

    def run(T: Any) -> tuple[list[str], list[Any]]:
        parametrize = T.nn.utils.parametrize
        T.manual_seed(0)
        first = T.nn.utils.parametrizations.spectral_norm(T.nn.Linear(3, 2, dtype=T.float64).eval())
        second = parametrize.transfer_parametrizations_and_params(first, T.nn.Linear(3, 2, dtype=T.float64))
        third = parametrize.transfer_parametrizations_and_params(T.nn.Linear(3, 2), second)
        return [*third.state_dict(), repr(second)], [
            second.eval().weight.detach().numpy(),
            first.weight.detach().numpy(),
        ]

    (our_words, ours), (their_words, theirs) = run(tl), run(torch)
    assert our_words == their_words
    assert_same(ours, theirs, 1e-10)


def test_parametrizations_of_ones_own() -> None:
    """Two on one weight, an inverse, a buffer, and removal that keeps the original."""
    torch = pytest.importorskip("torch")

    def run(T: Any) -> list[Any]:
        class Exp(T.nn.Module):
            def forward(self, x: Any) -> Any:
                return x.exp()

            def right_inverse(self, x: Any) -> Any:
                return x.log()

        class Shift(T.nn.Module):
            def forward(self, x: Any) -> Any:
                return x + 1

        parametrize = T.nn.utils.parametrize
        layer = T.nn.Linear(2, 2, dtype=T.float64)
        T.nn.init.constant_(layer.weight, 3.0)
        layer.register_buffer("scale", T.ones(2, dtype=T.float64))
        parametrize.register_parametrization(layer, "weight", Exp())
        parametrize.register_parametrization(layer, "scale", Shift())
        found = [layer.weight, layer.scale, layer.parametrizations.weight.original]
        layer.weight = T.full((2, 2), 5.0, dtype=T.float64)
        found.append(layer.parametrizations["weight"].original)
        parametrize.register_parametrization(layer, "weight", Shift())
        found.append(layer.weight)
        with pytest.raises(RuntimeError, match="Shift does not implement right_inverse"):
            layer.weight = layer.weight.detach()
        assert parametrize.is_parametrized(layer)
        assert not parametrize.is_parametrized(layer, "bias")
        parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
        found.append(layer.weight)
        assert isinstance(layer.weight, T.nn.Parameter)
        parametrize.remove_parametrizations(layer, "scale")
        assert type(layer) is T.nn.Linear
        return [x.detach().numpy() for x in (*found, layer.scale)]

    assert_same(run(tl), run(torch))


def test_parametrization_refusals() -> None:
    torch = pytest.importorskip("torch")
    for T in (tl, torch):

        class Sum(T.nn.Module):
            def forward(self, x: Any) -> Any:
                return x.sum()

        layer = T.nn.Linear(2, 2)
        parametrize = T.nn.utils.parametrize
        with pytest.raises(ValueError, match="may not change the shape"):
            parametrize.register_parametrization(layer, "weight", Sum())
        with pytest.raises(ValueError, match="does not have a parameter, a buffer"):
            parametrize.register_parametrization(layer, "weights", Sum())
        with pytest.raises(ValueError, match="does not have a parametrization on bias"):
            parametrize.remove_parametrizations(layer, "bias")
        T.nn.utils.parametrizations.weight_norm(layer)
        with pytest.raises(ValueError, match="Cannot leave unparametrized"):
            parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)


def test_weight_norm_refusals() -> None:
    torch = pytest.importorskip("torch")
    for T in (tl, torch):
        layer = normalized(T, 0)
        with (
            pytest.raises(RuntimeError, match="Cannot register two weight_norm hooks on the same parameter weight"),
            pytest.warns(FutureWarning),
        ):
            T.nn.utils.weight_norm(layer)
        with pytest.raises(ValueError, match="weight_norm of 'bias' not found in Linear"):
            T.nn.utils.remove_weight_norm(layer, "bias")


@pytest.mark.parametrize("dim", [0, 1, None])
def test_states_of_the_older_weight_norm_load(dim: int | None) -> None:
    with warnings.catch_warnings(action="ignore"):
        old = nn.Sequential(nn.utils.weight_norm(nn.Linear(3, 2), dim=dim))
    new = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(3, 2), dim=dim))
    state = old.state_dict()
    assert str(new.load_state_dict(state)) == "<All keys matched successfully>"
    assert new[0].weight.equal(old[0].weight)
    assert sorted(state) == ["0.bias", "0.weight_g", "0.weight_v"]
    copied = pickle.loads(pickle.dumps(list(new[0]._load_state_dict_pre_hooks.values())))
    assert len(copied) == 1


def test_cached_values_are_computed_once() -> None:
    calls = []

    class Noting(nn.Module):
        def forward(self, x: Any) -> Any:
            calls.append(1)
            return x * 2

    layer = nn.utils.parametrize.register_parametrization(nn.Linear(1, 1), "weight", Noting())
    calls.clear()
    with nn.utils.parametrize.cached():
        with nn.utils.parametrize.cached():
            assert layer.weight is layer.weight
        assert layer.weight is layer.weight
        twin = copy.deepcopy(layer)
        assert twin.weight is not layer.weight
    assert len(calls) == 2
    assert layer.weight is not layer.weight
    assert nn.utils.parametrize.type_before_parametrizations(layer) is nn.Linear
    assert nn.utils.parametrize.type_before_parametrizations(nn.ReLU()) is nn.ReLU
    with pytest.raises(RuntimeError, match="only supported through state_dict"):
        pickle.dumps(layer)


@pytest.mark.parametrize(
    ("found", "said"),
    [(None, "Got NoneType"), (3, "Got int"), ([None], "Got element 0"), ((tl.ones(2, 2), 1), "Got element 1")],
)
def test_a_right_inverse_that_returns_no_tensor(found: Any, said: str) -> None:
    class Inverse(tl.nn.Module):
        def forward(self, x: Any) -> Any:
            return x

        def right_inverse(self, x: Any) -> Any:
            return found

    needed = r"'right_inverse' must return a Tensor or a Sequence of tensors \(list, tuple\.\.\.\)\. "
    with pytest.raises(ValueError, match=needed + said):
        tl.nn.utils.parametrize.register_parametrization(tl.nn.Linear(2, 2), "weight", Inverse())
