"""The comparison itself: it must see what differs."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.pytorch_parity import Setting, compare, f, forms, row, same, torch


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (tl.ones(2), torch.zeros(2)),
        (tl.ones(2), torch.ones(3)),
        (tl.ones(2), torch.ones(2, dtype=torch.float64)),
        (tl.ones(2), torch.ones(2, requires_grad=True)),
        (tl.ones(2, requires_grad=True) * 1, torch.ones(2, requires_grad=True)),
        (tl.tensor([1.0, np.nan]), torch.tensor([1.0, 1.0])),
        (tl.tensor([1.0]), torch.tensor([1.0001])),
        (tl.ones(2), torch.zeros(2).shape),
        ((2,), torch.zeros(2).shape),
        ((tl.ones(1),), (torch.ones(1), torch.ones(1))),
        ([tl.ones(1)], (torch.ones(1),)),
        ((tl.ones(1), tl.zeros(1)), torch.sort(torch.ones(1))),
        (tl.float32, torch.float64),
        (1, 1.0),
        (1, True),
        (np.ones(2), torch.ones(2)),
        (np.ones(2, np.float32), np.ones(2)),
        (None, torch.ones(1)),
        (tl.ones(1), ValueError("no")),
        (ValueError("no"), torch.ones(1)),
        (TypeError("no"), ValueError("no")),
        (RuntimeError("no"), IndexError("no")),
    ],
    ids=str,
)
def test_a_difference_is_seen(found, expected):
    with pytest.raises(AssertionError):
        same(found, expected, "case")


@pytest.mark.parametrize("found", [NotImplementedError("no"), RuntimeError("no")])
def test_a_more_special_error_is_caught_by_the_same_clause(found):
    same(found, RuntimeError("no"), "case")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda T, x: x * 2 if T is tl else x,  # the value
        lambda T, x: x.detach() if T is tl else x * 1,  # the history
        lambda T, x: (x * 3).detach() - x * 2 if T is tl else x * 1,  # the gradient, though not the value
        lambda T, x: x.T if T is tl else x.T.contiguous(),  # the order in memory
        lambda T, x: x.sum(5) if T is tl else x,  # an error
        lambda T, x: x if T is tl else x.sum(5),  # none
    ],
)
def test_a_wrong_function_is_caught(wrong):
    with pytest.raises(AssertionError):
        compare(row("wrong", f(2, 3), call=wrong))


def test_every_form_is_run_in_every_setting():
    assert set(forms(row("add", f(2), f(2)))) == {"function", "method", "in place"}
    assert set(forms(row("add", 1, f(2)))) == {"function"}
    assert compare(row("add", f(2), f(2))) == 9
    assert compare(row("add", f(2), f(2)), [Setting()]) == 3
    with pytest.raises(AssertionError, match="PyTorch has no"):
        forms(row("no_such_function", f(2)))
    with pytest.raises(AssertionError, match="takes these arguments too"):
        compare(row("add", f(2), f(2), more=True))
