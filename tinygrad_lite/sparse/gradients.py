"""Gradients that are sparse: of a table of which few rows were looked up, only these have one.

The backward pass adds gradients with `+` alone. So a sparse one is a Tensor that adds itself in its own way: to another
sparse one by joining places and values, to an array or a dense Tensor by becoming dense. Leaves alone get sparse ones.
"""

from __future__ import annotations

import copy
import functools
from typing import Any

import numpy as np

from ..core.edge import reshape
from ..core.graph import Leaf
from ..core.primitive import Array, Plan
from ..core.tensor import wrap
from ..core.tracing import graph_break
from ..ops.indexing import getitem
from ..tensors.batched_data import is_batched
from ..tensors.tensor import Tensor
from .coo import SparseTensor, joined


class SparseGradient(SparseTensor):
    """A sparse gradient on its way through the backward pass, which can be added to arrays and Tensors.

    >>> import tinygrad_lite as tl
    >>> weight = tl.ones(3, 1, requires_grad=True)
    >>> loss = tl.nn.functional.embedding(tl.tensor([2]), weight, sparse=True).sum() + 5 * weight.sum()
    >>> loss.backward()
    >>> weight.grad.squeeze(1)
    tensor([5., 5., 6.])
    """

    __slots__ = ()

    def __add__(self, other: Any) -> Any:
        if isinstance(other, SparseTensor):
            places, values, coalesced = joined(self, other)
            return SparseGradient(places, values, self._shape, coalesced)
        return other + self.to_dense() if isinstance(other, Tensor) else other + self._array()

    def __radd__(self, other: Any) -> Any:
        return self + other

    __iadd__ = __add__

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """Add this to an array, which the backward pass does in place."""
        if ufunc is np.add and method == "__call__" and type(inputs[0]) is np.ndarray:
            return ufunc(inputs[0], self._array(), **kwargs)
        return super().__array_ufunc__(ufunc, method, *inputs, **kwargs)  # type: ignore[misc]  # not in the stub


def in_flight(g: SparseTensor, leads_to: Any) -> Any:
    """A sparse gradient as the backward pass takes it: sparse on its way to a leaf, else dense."""
    if type(leads_to) is Leaf and len(g._places) == 1:
        return SparseGradient(g._places, g._stored, tuple(g.shape), g._coalesced)
    return g.to_dense()


def with_sparse_gradient(rows: Any, padding_idx: int | None, scale_grad_by_freq: bool) -> bool:
    """Let the gradient of a table be sparse, of which `getitem` has just taken rows.

    Args:
        rows: what `getitem` returned.
        padding_idx: the row that has no gradient.
        scale_grad_by_freq: whether it was asked for, which the backward pass then refuses.

    Returns:
        Whether it is sparse: not that of a table that was computed from others, whose gradient is dense.
    """
    node = rows._node
    if node is None or node.primitive is not getitem or is_batched(rows) or [type(x) for x in node.parents] != [Leaf]:
        return False
    graph_break("the gradient of an embedding is sparse")
    node.plan = _plan(padding_idx, scale_grad_by_freq)
    return True


@functools.cache
def _plan(padding_idx: int | None, scale_grad_by_freq: bool) -> Plan:
    """The plan of `getitem` in which the rule returns a sparse gradient."""
    (table, *_) = getitem.rules
    rule = copy.copy(table)
    assert rule is not None

    def sparse_gradient(g: Any, x_shape: tuple[int, ...], index: Array) -> SparseGradient:
        if scale_grad_by_freq:
            raise RuntimeError(
                "embedding_backward: scale_grad_by_freq not supported with sparse gradients: leave sparse=False"
            )
        places, values = index.reshape(-1).astype(np.int64), reshape(g, (index.size, x_shape[1]))
        if padding_idx is not None:
            counted = np.flatnonzero(places != padding_idx)
            places, values = places[counted], getitem(values, counted)
        if not isinstance(values, Tensor):
            values = wrap(np.array(values, order="C"))
        return SparseGradient(places.reshape(1, -1), values, x_shape, len(places) < 2)

    rule.vjp = sparse_gradient
    return Plan([rule])
