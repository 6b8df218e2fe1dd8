"""A module's derivatives, by its inputs and by its parameters, against numerical ones."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_lite as tl

from .derivative_checks import assert_close, differences

Array = Any


def check_derivatives(module: Any, arrays: tuple[Array, ...], seed: int, order: int = 2) -> None:
    """At the first order, and for a random product with the first derivatives at the second; in float64.

    What a module draws it draws again each time, from the same seed.
    """
    module = module.double()
    inputs = [tl.tensor(x, requires_grad=x.dtype.kind == "f") for x in arrays]
    leaves = {f"input {i}": x for i, x in enumerate(inputs) if x.requires_grad}
    leaves |= {name: p for name, p in module.named_parameters() if p.requires_grad}
    rng = np.random.default_rng(seed)
    shape = run(module, inputs, seed).shape
    cotangent = tl.tensor(rng.standard_normal(tuple(shape)))
    directions = [tl.tensor(rng.standard_normal(tuple(x.shape))) for x in leaves.values()]

    def objective() -> Any:
        return (run(module, inputs, seed) * cotangent).sum()

    def product(create_graph: bool) -> Any:
        first = tl.autograd.grad(
            objective(), list(leaves.values()), create_graph=create_graph, allow_unused=True, materialize_grads=True
        )
        return sum((g * d).sum() for g, d in zip(first, directions, strict=True))

    first = tl.autograd.grad(objective(), list(leaves.values()), allow_unused=True, materialize_grads=True)
    compare(leaves, first, lambda: objective().item(), "derivative")
    if order == 2:
        total = product(True)
        second = [tl.zeros_like(x) for x in leaves.values()]
        if total.requires_grad:
            second = tl.autograd.grad(total, list(leaves.values()), allow_unused=True, materialize_grads=True)
        compare(leaves, second, lambda: product(False).item(), "second derivative")


def run(module: Any, inputs: list[Any], seed: int) -> Any:
    tl.manual_seed(seed)
    return module(*inputs)


def compare(leaves: dict[str, Any], found: Any, value: Any, what: str) -> None:
    for (name, leaf), g in zip(leaves.items(), found, strict=True):
        x = leaf.detach().numpy().copy()

        def moved(y: Array, leaf: Any = leaf) -> float:
            leaf.data = tl.tensor(y)
            return float(value())

        numeric = differences(moved, x)
        moved(x)
        assert g.dtype == tl.float64
        assert_close(g.detach().numpy(), numeric, 1e-6, f"{what} by {name}")
