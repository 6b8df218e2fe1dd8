"""Small programs that once failed, as the search found them; the expected values are PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..support.both_libraries import leaf, on_both

Scenario = Callable[[Any], Any]


def quotient_changed_in_place(T: Any) -> Any:
    """What the derivative of a quotient needs is not the quotient."""
    x, y = leaf(T, 1.0, 2.0), leaf(T, 4.0, 5.0)
    z = x / y
    z += 1
    (z * z).sum().backward()
    return [x.grad.tolist(), y.grad.tolist()]


def expansion_of_nothing_can_be_written(T: Any) -> Any:
    x = T.tensor([1.0, 2.0])
    x.expand(2).add_(1)
    x.expand(1, 2).mul_(3)
    y = T.broadcast_tensors(x, x)[0]
    y.sqrt_()
    return [y is x, x.square().tolist()]


def gradient_of_a_number_can_be_written(T: Any) -> Any:
    x = T.tensor(1.0, requires_grad=True)
    (g,) = T.autograd.grad(x.sum(), [x], create_graph=True)
    return [g.div_(4).item()]


def leaf_that_asks_for_no_gradient_any_more(T: Any) -> Any:
    x, y = leaf(T, 1.0), leaf(T, 2.0)
    z = (x * y).sum()
    x.requires_grad_(False)
    z.backward()
    return [x.grad, y.grad.tolist()]


def flattened_vector_is_itself(T: Any) -> Any:
    x, m = leaf(T, 1.0, 2.0), T.ones(2, 3)
    return [x.flatten() is x, x.flatten().is_leaf, m.flatten(1, 1) is m, tuple(T.tensor(1.0).flatten().shape)]


def raveled_expansion_has_memory_of_its_own(T: Any) -> Any:
    x = T.tensor([1.0])
    y = x.expand(3).ravel()
    y[0] = 5
    return [y.tolist(), x.tolist()]


def transposed_number(T: Any) -> Any:
    x = T.tensor(2.0)
    return [tuple(x.mT.shape), tuple(x.mH.shape)]


FOUND: list[tuple[Scenario, Any]] = [
    (quotient_changed_in_place, [[0.625, 0.56], [-0.15625, -0.224]]),
    (expansion_of_nothing_can_be_written, [True, [6.0, 9.0]]),
    (gradient_of_a_number_can_be_written, [0.25]),
    (leaf_that_asks_for_no_gradient_any_more, [None, [1.0]]),
    (flattened_vector_is_itself, [True, True, True, (1,)]),
    (raveled_expansion_has_memory_of_its_own, [[5.0, 1.0, 1.0], [1.0]]),
    (transposed_number, [(), ()]),
]


@on_both
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("scenario", "expected"), FOUND, ids=[scenario.__name__ for scenario, _ in FOUND])
def test_what_random_programs_once_found(library: str, scenario: Scenario, expected: Any) -> None:
    found = scenario(pytest.importorskip(library))
    assert _rounded(found) == expected


def _rounded(x: Any) -> Any:
    if isinstance(x, list):
        return [_rounded(item) for item in x]
    return round(x, 5) if isinstance(x, float) else x


@on_both
@pytest.mark.parametrize("mask", [True, False])
def test_a_value_that_does_not_fill_a_mask_without_dimensions(library: str, mask: bool) -> None:
    T = pytest.importorskip(library)
    x = T.tensor(1.0)
    with pytest.raises(RuntimeError, match="shape mismatch: value tensor of shape"):
        x[T.tensor(mask)] = T.tensor([5.0, 6.0])
