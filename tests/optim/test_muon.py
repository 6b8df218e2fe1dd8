"""Muon: PyTorch's updates, the direction by singular values, and errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.optim import muon

from ..support.answers import PRESENT, answer

OPTIONS: list[dict[str, Any]] = [
    {},
    {"lr": 0.02, "momentum": 0.5, "nesterov": False, "weight_decay": 0.0},
    {"lr": 0.02, "adjust_lr_fn": "match_rms_adamw", "ns_steps": 3},
    {"lr": 0.02, "adjust_lr_fn": "original", "momentum": 0.7, "eps": 30.0, "ns_coefficients": (2.0, -1.5, 0.5)},
]
GRADIENTS = [np.random.default_rng(i).standard_normal((3, 5)).astype(np.float32) for i in range(3)]


def updates(T: Any, turned: bool, **options: Any) -> tuple[Any, list[str]]:
    start = np.linspace(-1, 1, 15, dtype=np.float32).reshape(3, 5)
    p = T.nn.Parameter(T.tensor(start.T.copy() if turned else start))
    optimizer = T.optim.Muon([p], **options)
    for g in GRADIENTS:
        p.grad = T.tensor(g.T.copy() if turned else g)
        optimizer.step()
    kept = [*optimizer.state[p], *optimizer.param_groups[0], *map(str, optimizer.defaults.values())]
    return p.detach().numpy() - (start.T if turned else start), kept


@pytest.mark.parametrize("options", OPTIONS)
def test_updates_are_pytorchs(options: dict[str, Any]) -> None:
    for turned in (False, True):
        ours, our_names = updates(tl, turned, **options)
        theirs, their_names = answer(lambda torch, turned=turned: updates(torch, turned, **options))
        assert our_names == their_names
        np.testing.assert_allclose(ours, theirs, atol=1e-5 * np.abs(theirs).max())


def test_numbers_are_rounded_to_eight_bits() -> None:
    """To the nearest, to even ones in the middle: 1 + 2⁻⁸ and 1 + 3 · 2⁻⁸ lie there."""
    step = 2.0**-7
    near = [
        1.0,
        1 + 0.5 * step,
        1 + 0.51 * step,
        1 + 1.49 * step,
        1 + 1.5 * step,
        1 + 2.5 * step,
        2 - step / 2,
        0,
        np.inf,
    ]
    rounded = [1.0, 1.0, 1 + step, 1 + step, 1 + 2 * step, 1 + 2 * step, 2.0, 0.0, np.inf]
    for sign in (1, -1):
        found = muon._bfloat16(sign * np.array(near))
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, sign * np.array(rounded))
    columns = np.array([[1.0, 1 + step / 2], [3.0, 1 + step * 1.5]]).T
    np.testing.assert_array_equal(muon._bfloat16(columns), [[1, 3], [1, 1 + 2 * step]])


def test_the_direction_has_equal_singular_values() -> None:
    """p - lr r X, where X has the singular vectors of the momentum, and p(p(…(s))) for its singular values s."""
    g = GRADIENTS[0].astype(np.float64)
    for options, factor in (({}, 1.0), ({"adjust_lr_fn": "match_rms_adamw"}, 0.2 * np.sqrt(5))):
        p = tl.nn.Parameter(tl.ones(3, 5, dtype=tl.float64))
        tl.optim.Muon([{"params": [p]}], lr=0.5, weight_decay=0.2, **options)
        optimizer = tl.optim.Muon([p], lr=0.5, weight_decay=0.2, **options)
        p.grad = tl.tensor(g)
        optimizer.step()
        u, s, vh = np.linalg.svd(g, full_matrices=False)
        s = s / np.sqrt((s * s).sum())
        for _ in range(5):
            s = 3.4445 * s - 4.775 * s**3 + 2.0315 * s**5
        np.testing.assert_allclose(p.detach().numpy(), 0.9 - 0.5 * factor * (u * s) @ vh, atol=0.03)
        np.testing.assert_allclose(optimizer.state[p]["momentum_buffer"].numpy(), 0.05 * g, rtol=1e-12)
    tall = tl.nn.Parameter(tl.zeros(8, 2))
    tall.grad = tl.tensor(np.eye(8, 2, dtype=np.float32))
    tl.optim.Muon([tall], lr=1.0, weight_decay=0.0, ns_steps=0).step()
    np.testing.assert_allclose(tall.detach().numpy(), -2 * np.eye(8, 2) / np.sqrt(2), rtol=8e-3)


def test_errors_and_saved_states() -> None:
    for T in (tl, *([pytest.importorskip("torch")] if PRESENT else [])):
        p = T.nn.Parameter(T.ones(2, 2))
        for options, phrase in (
            ({"lr": -1.0}, "Learning rate should be >= 0 but is: -1.0"),
            ({"momentum": -1.0}, "momentum should be >= 0 but is: -1.0"),
            ({"weight_decay": -1.0}, "weight decay should be >= 0 but is: -1.0"),
            ({"adjust_lr_fn": "x"}, "Adjust learning rate function x is not supported"),
        ):
            with pytest.raises(ValueError, match=phrase):
                T.optim.Muon([p], **options)
        with pytest.raises(ValueError, match="Muon only supports 2D parameters whereas we found a parameter with size"):
            T.optim.Muon([p, T.nn.Parameter(T.ones(2))])
        for options, phrase in (
            ({"ns_steps": 100}, "Number of steps must be less than 100"),
            ({"ns_coefficients": (1.0, 2.0)}, "Coefficients must be a tuple of exactly 3 values"),
        ):
            p.grad = T.ones(2, 2)
            with pytest.raises(ValueError, match=phrase):
                T.optim.Muon([p], **options).step()
        T.optim.Muon([p], ns_steps=99).step()
        first = T.optim.Muon([p], lr=0.1)
        first.step()
        second = T.optim.Muon([p], lr=0.3)
        second.load_state_dict(first.state_dict())
        assert second.param_groups[0]["lr"] == 0.1
        assert second.state[p]["momentum_buffer"].shape == (2, 2)


def test_what_is_special() -> None:
    """Matrices of no elements; what the graph has kept; a parameter of whole numbers."""
    whole = tl.ones(2, 2, dtype=tl.int64)
    whole.grad = tl.ones(2, 2, dtype=tl.int64)
    with pytest.raises(RuntimeError, match="only parameters of a floating point dtype can be optimized"):
        tl.optim.Muon([whole]).step()
    for shape in ((0, 3), (3, 0)):
        p = tl.nn.Parameter(tl.ones(shape))
        p.grad = tl.ones(shape)
        tl.optim.Muon([p]).step()
        assert p.shape == shape
    p = tl.nn.Parameter(tl.eye(2))
    optimizer = tl.optim.Muon([p])
    kept = p * p
    p.grad = tl.ones(2, 2)
    optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        kept.sum().backward()
    kept = tl.ones(2, 2, requires_grad=True) * optimizer.state[p]["momentum_buffer"]
    optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        kept.sum().backward()
