"""First and second derivatives of functions of Tensors, and of layers, by `testing.check_op`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_lite as tl
from tinygrad_lite import testing
from tinygrad_lite.autograd.gradient_checking import GradcheckError
from tinygrad_lite.core.tensor import wrap

Array = Any


def floating(results: Any) -> list[Any]:
    """The floating Tensors in a result, in order."""
    if isinstance(results, tl.Tensor):
        return [results] if results.is_floating_point() else []
    return [t for item in results for t in floating(item)] if isinstance(results, (tuple, list)) else []


def check_function(f: Callable[..., Any], arrays: list[Array], seed: int, second: bool = True) -> None:
    """Check a function by `testing.check_op`; its derivatives by some arrays.

    For some seeds all the arguments but the first are computed from the first one too, so that there are several ways to
    it.

    Raises:
        AssertionError: if a derivative is wrong, or no result has one.
    """
    leaves = [wrap(np.asarray(x, np.float64)).requires_grad_() for x in arrays]
    mean = leaves[0].mean().item() if leaves and leaves[0].numel() else 0.0
    related = len(leaves) > 1 and leaves[0].numel() > 0 and np.random.default_rng([seed, 1]).random() < 1 / 3

    def call(*given: Any) -> list[Any]:
        """The arguments are the leaves; if they are related, plus what is 0 here, but not its derivative."""
        if related:
            shift = (given[0].mean() - mean) * 0.5
            given = (given[0], *(x + shift for x in given[1:]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results = floating(f(*given))
        # One that has no derivative, though another has, must not change either.
        connected = any(t.requires_grad for t in results)
        return [t if t.requires_grad or not connected else t + given[0].reshape(-1)[:0].sum() for t in results]

    tl.manual_seed(seed)
    with np.errstate(all="ignore"):
        assert any(t.requires_grad for t in call(*leaves)), "no result has a derivative"
    _check(call, leaves, second)


def check_layer(module: Any, arrays: tuple[Array, ...], second: bool = True) -> None:
    """Check a layer by its floating inputs and all its parameters.

    Raises:
        AssertionError: if a derivative is wrong.
    """
    _check(module.double(), [tl.tensor(x, requires_grad=x.dtype.kind == "f") for x in arrays], second)


def _check(function: Callable[..., Any], inputs: list[Any], second: bool) -> None:
    try:
        testing.check_op(function, *inputs, second_order=second, strict=True, float32=False)
    except GradcheckError as error:
        raise AssertionError(f"a wrong derivative: {error}") from error
