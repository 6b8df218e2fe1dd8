"""Bounds for gradients: the same calls under PyTorch, and what is not finite."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.nn import utils

from ..support.parameter_samples import assert_same, parameters

INF = math.inf
MIXED = ("float32", "float32", "float64", "float32")
CLIPS = [
    *(("clip_grad_norm_", (bound, p), {}) for bound in (0.5, 1e6) for p in (2.0, 1, 3.5, INF, 0.5)),
    ("clip_grad_norm_", (1.0,), {"foreach": True}),
    ("clip_grad_norm_", (1.0,), {"error_if_nonfinite": True, "foreach": False}),
    ("clip_grad_value_", (0.7,), {}),
    ("clip_grad_value_", (100,), {"foreach": True}),
]


def gradients(params: list[Any]) -> list[Any]:
    return [None if p.grad is None else p.grad.numpy().copy() for p in params]


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


def test_the_norm_of_order_3() -> None:
    params = [tl.nn.Parameter(tl.zeros(2)), tl.nn.Parameter(tl.zeros(1))]
    params[0].grad, params[1].grad = tl.tensor([3.0, 4.0]), tl.tensor([12.0])
    norm = utils.clip_grad_norm_(params, 1.0, norm_type=3).item()
    assert norm == np.float32(1819 ** (1 / 3))  # 27 + 64 + 1728; PyTorch is off by 9e-8
    np.testing.assert_allclose(params[1].grad.numpy(), 12 / (1819 ** (1 / 3) + 1e-6), rtol=1e-7)


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


def test_the_name_without_a_line_warns_and_does_the_same() -> None:
    p = tl.zeros(2, requires_grad=True)
    p.grad = tl.tensor([30.0, 40.0])
    said = "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`."
    with pytest.warns(FutureWarning, match=said):
        assert utils.clip_grad_norm(p, 7.0, norm_type=1.0).item() == 70.0
    np.testing.assert_allclose(p.grad.numpy(), [3.0, 4.0], rtol=1e-6)
    p.grad = tl.tensor([math.inf, 1.0])
    with pytest.warns(FutureWarning), pytest.raises(RuntimeError, match="non-finite"):
        utils.clip_grad_norm(p, 7.0, error_if_nonfinite=True)
