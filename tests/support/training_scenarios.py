"""Scenarios of training that run under both libraries, and are to give the same numbers."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from .answers import answer

Scenario = Callable[[Any], Any]
"""A function of the library that returns what is to be compared: Tensors, numbers, texts, and lists of them."""


def error_of(call: Callable[[], Any]) -> str:
    try:
        call()
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:40]}"
    return "no error"


def train(T: Any, model: Any, steps: int = 3, after: Callable[[], Any] = lambda: None) -> list[Any]:
    """Some steps of training; the losses."""
    optimizer, losses = T.optim.SGD(model.parameters(), lr=0.1), []
    for i in range(steps):
        x = T.arange(12.0).reshape(4, 3) / 10 + i
        loss = (model(x) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        after()
        losses.append(loss.detach())
    return losses


def plain(x: Any) -> Any:
    """A nested result with arrays in the place of Tensors."""
    if hasattr(x, "detach"):
        return np.asarray(x.detach().numpy())
    return [plain(y) for y in x] if isinstance(x, (list, tuple)) else x


def same(ours: Any, theirs: Any, where: str) -> None:
    """Compare nested results."""
    if isinstance(theirs, np.ndarray):
        assert ours.dtype == theirs.dtype, where
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6, err_msg=where)
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs), where
        for i, (x, y) in enumerate(zip(ours, theirs, strict=True)):
            same(x, y, f"{where}, {i}")
    elif isinstance(theirs, float):
        assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-15), where
    else:
        assert ours == theirs, where


def check(scenario: Scenario, name: str) -> None:
    """Check that a scenario returns the same under both libraries. Warnings are left to other tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(plain(scenario(tl)), answer(lambda torch: plain(scenario(torch))), name)
