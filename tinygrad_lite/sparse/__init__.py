"""`torch.sparse`: Tensors of which most elements are 0, in coordinate format, as adjacency matrices of graphs are.

They are made by `sparse_coo_tensor` and `Tensor.to_sparse`. There are products with dense matrices, sums, `coalesce`,
transposes, arithmetic with numbers and functions that leave 0 as it is, each with derivatives of any order by the
values and by the dense operand. Anything else raises: `to_dense()` is the way out. Other layouts do not exist here.
Gradients of dense Tensors are dense, but for those of embeddings with `sparse=True`.
"""

from __future__ import annotations

from .construction import (
    ByteTensor,
    CharTensor,
    DoubleTensor,
    FloatTensor,
    HalfTensor,
    IntTensor,
    LongTensor,
    ShortTensor,
)
from .coo import SparseTensor
from .operations import addmm, log_softmax, mm, softmax, sum

__all__ = [
    "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor", "LongTensor", "ShortTensor",
    "SparseTensor", "addmm", "log_softmax", "mm", "softmax", "sum",
]  # fmt: skip

SparseTensor.__module__ = __name__
