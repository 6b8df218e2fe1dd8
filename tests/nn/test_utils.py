"""Clipping, parameters as a vector, weight normalisation: the same calls under PyTorch."""

from __future__ import annotations

import copy
import inspect
import math
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.nn import utils

INF = math.inf


def parameters(T: Any, scale: float = 3.0, dtypes: tuple[str, ...] = ("float64",) * 4) -> list[Any]:
    """Parameters with gradients, one without, one whose gradient is 0, one 0-d."""
    rng = np.random.default_rng(0)
    found = []
    for i, (shape, dtype) in enumerate(zip([(3, 4), (5,), (2, 2), ()], dtypes, strict=True)):
        p = T.nn.Parameter(T.tensor(rng.standard_normal(shape), dtype=getattr(T, dtype)))
        if i != 1:
            p.grad = T.tensor(np.array(rng.standard_normal(shape) * scale * (i != 2)), dtype=getattr(T, dtype))
        found.append(p)
    return found


def gradients(params: list[Any]) -> list[Any]:
    return [None if p.grad is None else p.grad.numpy().copy() for p in params]


def assert_same(ours: list[Any], theirs: list[Any], rtol: float = 1e-12) -> None:
    for a, b in zip(ours, theirs, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert (a.dtype, a.shape) == (b.dtype, b.shape)
            np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)


MIXED = ("float32", "float32", "float64", "float32")
CLIPS = [
    *(("clip_grad_norm_", (bound, p), {}) for bound in (0.5, 1e6) for p in (2.0, 1, 3.5, INF, 0.5)),
    ("clip_grad_norm_", (1.0,), {"foreach": True}),
    ("clip_grad_norm_", (1.0,), {"error_if_nonfinite": True, "foreach": False}),
    ("clip_grad_value_", (0.7,), {}),
    ("clip_grad_value_", (100,), {"foreach": True}),
]


@pytest.mark.parametrize(("name", "args", "options"), CLIPS)
@pytest.mark.parametrize("dtypes", [("float64",) * 4, ("float32",) * 4, MIXED])
@pytest.mark.parametrize("given", [list, iter, lambda ps: ps[0]])
def test_clipping(name: str, args: Any, options: dict[str, Any], dtypes: Any, given: Any) -> None:
    torch = pytest.importorskip("torch")
    if given is iter and name == "clip_grad_value_":
        given = tuple

    def run(T: Any) -> list[Any]:
        params = parameters(T, dtypes=dtypes)
        held = [p.grad for p in params]
        result = getattr(T.nn.utils, name)(given(params), *args, **options)
        assert all(p.grad is g for p, g in zip(params, held, strict=True))  # in place
        return [None if result is None else result.numpy(), *gradients(params)]

    assert_same(run(tl), run(torch), 1e-12 if dtypes[0] == "float64" else 1e-6)


@pytest.mark.parametrize("p", [2.0, 1, INF, 0, -INF])
def test_total_norm(p: float) -> None:
    torch = pytest.importorskip("torch")

    def run(T: Any) -> list[Any]:
        tensors = [x for x in parameters(T, dtypes=MIXED) if x.ndim]
        for each in tensors:
            each.requires_grad_(True)
        found = [T.nn.utils.get_total_norm(x, p) for x in (tensors, tensors[0], [])]
        assert not any(x.requires_grad for x in found)
        return [x.numpy() for x in found]

    assert_same(run(tl), run(torch), 1e-6)


def test_the_norm_after_clipping_is_the_bound() -> None:
    params = parameters(tl)
    before = utils.clip_grad_norm_(params, 2.0)
    flat = np.concatenate([p.grad.numpy().ravel() for p in params if p.grad is not None])
    assert before.item() > 2
    assert np.linalg.norm(flat) == pytest.approx(2.0, rel=1e-5)


@pytest.mark.parametrize("bad", [math.nan, INF])
def test_what_is_not_finite(bad: float) -> None:
    torch = pytest.importorskip("torch")
    for T in (tl, torch):
        params = parameters(T)
        params[0].grad[0, 0] = bad
        before = gradients(params)
        with pytest.raises(RuntimeError, match=r"The total norm of order 2\.0 for gradients .* is non-finite"):
            T.nn.utils.clip_grad_norm_(params, 1.0, error_if_nonfinite=True)
        assert_same(gradients(params), before)
    ours, theirs = parameters(tl), parameters(torch)
    for T, params in ((tl, ours), (torch, theirs)):
        params[0].grad[0, 0] = bad
        T.nn.utils.clip_grad_norm_(params, 1.0)
    assert_same(gradients(ours), gradients(theirs))


def test_clipping_by_a_norm_of_ones_own() -> None:
    torch = pytest.importorskip("torch")

    def run(T: Any) -> list[Any]:
        params = parameters(T)
        T.nn.utils.clip_grads_with_norm_(params, 1.0, T.tensor(4.0, dtype=T.float64))
        return gradients(params)

    assert_same(run(tl), run(torch))


def test_a_generator_that_was_used_up_is_pointed_out() -> None:
    torch = pytest.importorskip("torch")
    for T in (tl, torch):
        with pytest.warns(UserWarning, match="empty generator, no gradient clipping"):
            assert T.nn.utils.clip_grad_norm_((p for p in []), 1.0).item() == 0


def test_clipping_is_noticed_by_a_graph_that_saved_the_gradient() -> None:
    p = tl.ones(2, requires_grad=True)
    (3 * p).sum().backward()
    later = (p * p.grad).sum()  # saves the gradient
    utils.clip_grad_norm_(p, 0.1)
    with pytest.raises(RuntimeError, match=r"modified|changed"):
        later.backward()


# ------------------------------------------------------------------------------------------------------ vectors


def test_parameters_to_vector_and_back() -> None:
    torch = pytest.importorskip("torch")

    def run(T: Any) -> list[Any]:
        params = parameters(T)
        vector = T.nn.utils.parameters_to_vector(params)
        (first,) = T.autograd.grad((vector**2).sum(), params[:1])
        moved = vector.detach() * 2
        T.nn.utils.vector_to_parameters(moved, iter(params))
        assert all(p.requires_grad and isinstance(p, T.nn.Parameter) for p in params)
        moved[0] = 99.0  # the memory is shared
        return [x.detach().numpy() for x in (vector, first, *params)]

    assert_same(run(tl), run(torch))


def test_vectors_of_the_wrong_size_change_nothing() -> None:
    params = parameters(tl)
    before = [p.detach().clone() for p in params]
    for wrong in (tl.ones(3, dtype=tl.float64), tl.ones(22, 1, dtype=tl.float64)):
        with pytest.raises(RuntimeError, match="have 22 elements"):
            utils.vector_to_parameters(wrong, params)
    with pytest.raises(TypeError, match="expected a Tensor"):
        utils.vector_to_parameters([1.0] * 22, params)
    assert all(p.equal(b) for p, b in zip(params, before, strict=True))


# ------------------------------------------------------------------------------------------ weight normalisation


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


def test_signatures_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    for name in utils.__all__:
        ours, theirs = getattr(utils, name), getattr(torch.nn.utils, name)
        if inspect.isfunction(ours):
            shown = [[(p.name, p.default) for p in inspect.signature(f).parameters.values()] for f in (ours, theirs)]
            assert shown[0] == shown[1], name


def test_every_utility_is_called_here() -> None:
    source = inspect.getsource(inspect.getmodule(test_every_utility_is_called_here))  # type: ignore[arg-type]
    assert [name for name in utils.__all__ if f"{name}" not in source] == []
