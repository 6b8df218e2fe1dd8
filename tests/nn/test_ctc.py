"""The loss of connectionist temporal classification against the sum over all alignments, and against PyTorch."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.nn import functional as F


def collapsed(path: tuple[int, ...], blank: int) -> tuple[int, ...]:
    """What an alignment stands for: repeated classes once, and no blanks."""
    return tuple(c for c, _ in itertools.groupby(path) if c != blank)


def by_all_alignments(scores: Any, target: Any, blank: int) -> float:
    steps, classes = scores.shape
    total = sum(
        np.exp(scores[np.arange(steps), path].sum())
        for path in itertools.product(range(classes), repeat=steps)
        if collapsed(path, blank) == tuple(target)
    )
    return float(-np.log(total)) if total else np.inf


@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(2, 3), st.booleans())
def test_it_is_the_sum_over_all_alignments(seed: int, steps: int, classes: int, joined: bool) -> None:
    rng = np.random.default_rng(seed)
    blank = int(rng.integers(classes))
    others = [c for c in range(classes) if c != blank]
    scores = tl.tensor(rng.normal(size=(steps, 2, classes))).log_softmax(2)
    inputs, lengths = rng.integers(0, steps + 1, 2), rng.integers(0, 4, 2)
    targets = rng.choice(others, (2, 3))
    expected = [
        by_all_alignments(scores[: inputs[i], i].numpy(), targets[i, : lengths[i]], blank) for i in range(2)
    ]  # fmt: skip
    given_targets = np.concatenate([targets[i, : lengths[i]] for i in range(2)]) if joined else targets
    arguments = (scores, tl.tensor(given_targets), tl.tensor(inputs), tl.tensor(lengths), blank)
    np.testing.assert_allclose(F.ctc_loss(*arguments, "none"), expected, rtol=1e-9, atol=1e-12)
    finite = np.where(np.isinf(expected), 0, expected)
    np.testing.assert_allclose(F.ctc_loss(*arguments, "sum", True), finite.sum(), rtol=1e-9, atol=1e-12)
    mean = (finite / np.maximum(lengths, 1)).mean()
    np.testing.assert_allclose(nn.CTCLoss(blank, zero_infinity=True)(*arguments[:-1]), mean, rtol=1e-9, atol=1e-12)


def test_what_is_impossible_leaves_no_trace_in_gradients() -> None:
    scores = tl.rand(2, 2, 3, dtype=tl.float64, requires_grad=True)
    loss = F.ctc_loss(scores.log_softmax(2), tl.tensor([[1, 1], [1, 2]]), [2, 2], [2, 2], 0, "sum", True)
    loss.backward()
    assert scores.grad is not None
    assert scores.grad[:, 0].abs().max() == 0
    assert scores.grad[:, 1].isfinite().all() and scores.grad[:, 1].abs().max() > 0
    certain = tl.tensor([[0.0, -np.inf], [-np.inf, 0.0]], requires_grad=True)  # the one alignment that is possible
    F.ctc_loss(certain, tl.tensor([1]), tl.tensor(2), tl.tensor(1), reduction="sum").backward()
    assert certain.grad is not None and certain.grad.isfinite().all()


def test_gradients_behind_a_softmax_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    values, targets = rng.normal(size=(7, 3, 5)), rng.integers(1, 5, (3, 3))
    for reduction in ("mean", "sum"):
        found = []
        for T in (tl, torch):
            scores = T.tensor(values, requires_grad=True)
            layer = T.nn.CTCLoss(reduction=reduction)
            loss = layer(scores.log_softmax(2), T.tensor(targets), T.tensor([7, 5, 6]), T.tensor([3, 2, 0]))
            loss.backward()
            found.append((loss.item(), scores.grad.numpy()))
        np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-12)
        np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: F.ctc_loss(x, tl.tensor([[3]]), [2], [1]), RuntimeError, "must be classes from 0 to 2"),
        (lambda x: F.ctc_loss(x, tl.tensor([[1]]), [3], [1]), RuntimeError, "Expected input_lengths to have value at most 2"),
        (lambda x: F.ctc_loss(x, tl.tensor([[1]]), [2], [2]), RuntimeError, "Expected tensor to have size at least 2 at dim"),
        (lambda x: F.ctc_loss(x, tl.tensor([[1]]), [2, 2], [1]), RuntimeError, "input_lengths must be of size batch_size"),
        (lambda x: F.ctc_loss(x, tl.tensor([[1]]), [2], [-1]), RuntimeError, "target_lengths must not be negative"),
        (lambda x: F.ctc_loss(x, tl.tensor([[1]]), [2], [1], 3), RuntimeError, "blank must be in label range"),
        (lambda x: F.ctc_loss(x, tl.tensor([[1]]), [2], [1], 0, "most"), ValueError, "most is not a valid value for reduction"),
        (lambda x: F.ctc_loss(x[0, 0], tl.tensor([[1]]), [2], [1]), RuntimeError, "of shape (T, N, C)"),
    ],
)  # fmt: skip
def test_wrong_arguments_raise(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        call(tl.zeros(2, 1, 3))
    assert message in str(caught.value)


def test_a_program_is_for_all_targets_and_lengths() -> None:
    """Targets in rows: no shape depends on values. One after the other, they need as many labels as the longest."""
    rng = np.random.default_rng(0)
    scores = tl.tensor(rng.normal(size=(5, 2, 3))).log_softmax(2)

    def loss(*arguments: Any) -> Any:
        return F.ctc_loss(*arguments, 0, "none")

    compiled = tl.compile(loss)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for inputs, lengths in (([5, 4], [2, 1]), ([3, 5], [0, 3]), ([0, 2], [0, 2])):
            given = scores, tl.tensor(rng.integers(1, 3, (2, 3))), tl.tensor(inputs), tl.tensor(lengths)
            np.testing.assert_array_equal(compiled(*given), loss(*given))
        with pytest.raises(RuntimeError, match="must be classes from 0 to 2"):
            compiled(scores, tl.full((2, 3), 3), tl.tensor([5, 5]), tl.tensor([1, 1]))
    with pytest.warns(UserWarning, match="the greatest of their lengths"):
        tl.compile(loss)(scores, tl.tensor([1, 2, 1]), tl.tensor([5, 5]), tl.tensor([1, 2]))
