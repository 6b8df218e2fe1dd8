"""Embeddings: padding, tables that are given, and the norm of rows."""

from __future__ import annotations

import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn


def test_padding_learns_nothing_and_is_scaled_by_nothing() -> None:
    layer = nn.Embedding(3, 2, padding_idx=0, scale_grad_by_freq=True)
    assert not layer.weight[0].any()
    (layer(tl.tensor([0, 1, 1, 2])) * tl.tensor([1.0, 2.0, 4.0, 8.0]).unsqueeze(1)).sum().backward()
    assert layer.weight.grad.tolist() == [[0, 0], [3, 3], [8, 8]]


def test_from_pretrained() -> None:
    table = tl.tensor([[1.0, 2.0], [3.0, 4.0]])
    layer = nn.Embedding.from_pretrained(table, padding_idx=0)
    assert not layer.weight.requires_grad
    assert layer.weight.equal(table)
    assert (layer.num_embeddings, layer.embedding_dim, layer.padding_idx) == (2, 2, 0)
    assert nn.Embedding.from_pretrained(table, freeze=False).weight.requires_grad


def test_renormalising_a_table_is_noticed() -> None:
    """max_norm writes to the table, which an earlier result may need for its derivative."""
    layer = nn.Embedding(3, 2, max_norm=0.1)
    nn.init.ones_(layer.weight)  # a random row may be short enough already
    earlier = (layer.weight * layer.weight).sum()
    layer(tl.tensor([0]))
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        earlier.backward()


def test_no_bag_sees_what_is_in_none() -> None:
    """Empty bags, padding and what is behind the last offset; the values are PyTorch's."""
    table = tl.tensor([[float("inf")], [2.0], [4.0]], requires_grad=True)
    for mode, expected in (("max", [[0], [2], [4]]), ("sum", [[0], [2], [8]]), ("mean", [[0], [2], [4]])):
        table.grad = None
        bags = nn.functional.embedding_bag(
            tl.tensor([0, 1, 2, 2, 0]), table, tl.tensor([0, 0, 2, 4]), mode=mode, include_last_offset=True, padding_idx=0
        )  # fmt: skip
        bags.sum().backward()
        assert bags.tolist() == expected, mode
        assert table.grad is not None
        assert table.grad.tolist() == [[0], [1], [2 if mode == "sum" else 1]], mode
