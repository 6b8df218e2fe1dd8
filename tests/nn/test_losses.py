"""Losses and distances: values and derivatives against PyTorch's and numerical ones, over one table of samples."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import tinygrad_lite as tl
from tinygrad_lite.nn import functional as F
from tinygrad_lite.nn.functional import classification, distance, likelihood, regression
from tinygrad_lite.nn.functional import margin as margins

from ..support.answers import answer
from ..support.loss_samples import SAMPLES, Array, Sample, quietly, reductions
from ..support.public_classes import defined_in

EVERY = [
    pytest.param(module, function, sample, id=f"{module}-{i}")
    for (module, function), samples in SAMPLES.items()
    for i, sample in enumerate(samples)
]


def differentiable(sample: Sample) -> bool:
    return sample.numerical and all(x.size for x in sample.make(np.random.default_rng(0)))


def test_every_loss_has_samples() -> None:
    """A public module or function of these files without a row here is one that nothing compares."""
    assert defined_in("losses/*.py") - {"CTCLoss"} == {module for module, _ in SAMPLES}  # that is in test_ctc
    homes = (regression, likelihood, classification, distance, margins)
    functions = {n for home in homes for n, x in vars(home).items() if not n.startswith("_") and defined(home, x)}
    assert functions == {function for _, function in SAMPLES}
    assert all(hasattr(F, name) for name in functions)


def defined(home: Any, x: Any) -> bool:
    return callable(x) and getattr(x, "__module__", None) == home.__name__


def forms(module: str, function: str, sample: Sample) -> dict[str, Callable[..., Any]]:
    found = {"function": lambda T, options: lambda *args: getattr(T.nn.functional, function)(*args, **options)}
    if not sample.only_function:
        found["module"] = lambda T, options: getattr(T.nn, module)(**options)
    return found


def evaluated(T: Any, make: Any, sample: Sample, reduction: str | None, dtype: str, seed: int = 0) -> list[Array]:
    """The value, the gradients and those of a random product with the gradients, where the library has them."""
    rng = np.random.default_rng(seed)

    def tensor(x: Array, grad: bool = False) -> Any:
        made = T.tensor(np.array(x, dtype if x.dtype.kind == "f" else x.dtype))
        return made.requires_grad_() if grad else made

    args = [tensor(np.asarray(x), i < sample.diff) for i, x in enumerate(sample.make(rng))]
    options = {k: tensor(v) if isinstance(v, np.ndarray) else v for k, v in sample.options.items()}
    if reduction is not None:
        options["reduction"] = reduction
    with quietly():
        value = make(T, options)(*args)
    leaves = args[: sample.diff]
    cotangent = tensor(np.asarray(rng.standard_normal(tuple(value.shape))), True)
    first = T.autograd.grad(value, leaves, cotangent, create_graph=True)
    found = [value, *first]
    product = sum((g * tensor(np.asarray(rng.standard_normal(tuple(g.shape))))).sum() for g in first)
    try:
        found += T.autograd.grad(product, [*leaves, cotangent], allow_unused=True, materialize_grads=True)
    except (RuntimeError, NotImplementedError) as error:
        if T is tl or ("not implemented" not in str(error) and "not differentiable" not in str(error)):
            raise
    return [x.numpy(force=True) for x in found]


@pytest.mark.parametrize(("module", "function", "sample"), EVERY)
def test_parity(module: str, function: str, sample: Sample) -> None:
    """Value, gradients and second derivatives, with each reduction."""
    made = forms(module, function, sample).items()
    for (form, make), dtype, reduction in itertools.product(made, ("float64", "float32"), reductions(module)):
        ours = evaluated(tl, make, sample, reduction, dtype)
        theirs = answer(lambda torch: evaluated(torch, make, sample, reduction, dtype))  # noqa: B023  # asked at once, in the same turn of the loop
        rtol = 1e-10 if dtype == "float64" else 3e-5
        for k, (found, expected) in enumerate(zip(ours, theirs, strict=False)):
            label = f"{form}, reduction {reduction}, result {k}"
            assert found.dtype == expected.dtype == dtype, label
            assert found.shape == expected.shape, label
            scale = np.abs(expected).max(initial=1, where=np.isfinite(expected))
            np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol * scale, err_msg=label)


@pytest.mark.parametrize(
    ("module", "function", "sample"), [sample for sample in EVERY if differentiable(sample.values[2])]
)
@given(data=st.data(), seed=st.integers(0, 99))
def test_derivatives_are_the_numerical_ones(
    module: str, function: str, sample: Sample, data: st.DataObject, seed: int
) -> None:
    """Along random directions, for both orders: u·∇f and u·∇(v·∇f), by central differences.

    A hundred seeds, all of which were seen to pass: with others, a vector's kink might come too near.
    """
    reduction = data.draw(st.sampled_from(reductions(module)))
    rng = np.random.default_rng(seed)
    call = forms(module, function, sample)["function"]
    arrays = sample.make(rng)
    options = {k: tl.tensor(v) if isinstance(v, np.ndarray) else v for k, v in sample.options.items()}
    if reduction is not None:
        options["reduction"] = reduction
    n = sample.diff
    u, v = ([rng.standard_normal(x.shape) for x in arrays[:n]] for _ in range(2))
    cotangent: Array = None

    def at(step: float) -> tuple[float, float, float, float]:
        """f, u·∇f, v·∇f and u·∇(v·∇f) at x + step u, for f the result times a cotangent."""
        nonlocal cotangent
        moved = [tl.tensor(x + step * d, requires_grad=True) for x, d in zip(arrays[:n], u, strict=True)]
        with quietly():
            out = call(tl, options)(*moved, *map(tl.tensor, arrays[n:]))
        if cotangent is None:
            cotangent = np.random.default_rng(seed + 1).standard_normal(out.shape)
        f = (out * tl.tensor(cotangent)).sum()
        first = tl.autograd.grad(f, moved, create_graph=True)
        along_u, along_v = (sum((g * tl.tensor(d)).sum() for g, d in zip(first, w, strict=True)) for w in (u, v))
        mixed = 0.0  # where the loss is linear the gradient is a constant
        if along_v.requires_grad:
            second = tl.autograd.grad(along_v, moved, allow_unused=True, materialize_grads=True)
            mixed = sum((g * tl.tensor(d)).sum().item() for g, d in zip(second, u, strict=True))
        return f.item(), along_u.item(), along_v.item(), mixed

    h = 1e-5
    _, slope, _, curvature = at(0.0)
    (high, _, high_slope, _), (low, _, low_slope, _) = at(h), at(-h)
    assert slope == pytest.approx((high - low) / (2 * h), rel=1e-6, abs=1e-6)
    assert curvature == pytest.approx((high_slope - low_slope) / (2 * h), rel=1e-5, abs=1e-5)
