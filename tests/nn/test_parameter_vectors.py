"""Parameters as one vector, and back."""

from __future__ import annotations

from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite.nn import utils

from ..support.parameter_samples import assert_same, parameters


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
