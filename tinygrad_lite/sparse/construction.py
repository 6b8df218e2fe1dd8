"""Sparse Tensors from places and values."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.promotion import DType
from ..creation.from_data import tensor
from ..functions.arguments import new_shape, public
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.devices import check_device
from .coo import SparseTensor


@public
def sparse_coo_tensor(
    indices: Any = None,
    values: Any = None,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
    is_coalesced: bool | None = None,
) -> Tensor:
    """A sparse Tensor with values at some places, and 0 at all others; values at the same place are added.

    Gradients flow to `values`.

    Args:
        indices: the places, (sparse_dim, nnz), whole numbers.
        values: the values, (nnz, *).
        size: the sizes of all dimensions; by default the smallest that hold the places.
        dtype: the dtype; by default that of the values.
        device: the CPU.
        pin_memory: must be False.
        requires_grad: whether gradients of the values are to be computed, which then are a leaf.
        check_invariants: has no effect: the places are checked always.
        is_coalesced: whether the places are sorted, and none is there twice.

    Raises:
        RuntimeError: if there are not as many values as places, or the places do not lie in the size.

    >>> import tinygrad_lite as tl
    >>> a = tl.sparse_coo_tensor([[0, 1], [1, 2]], [3.0, 4.0], (2, 3))
    >>> a.to_dense()
    tensor([[0., 3., 0.],
            [0., 0., 4.]])
    """
    check_device(device)
    if values is None and size is None and isinstance(indices, (tuple, list, np.ndarray)) and np.ndim(indices) == 1:
        indices, values, size = np.zeros((len(indices), 0), np.int64), tensor([]), indices
    places = np.asarray(indices.detach().numpy() if isinstance(indices, Tensor) else indices)
    if places.ndim != 2 or places.dtype.kind == "b":
        raise RuntimeError(
            f"indices must be sparse_dim x nnz, but got: {list(places.shape)}, for sparse_coo_tensor(indices, values)"
        )
    places = places.astype(np.int64)
    values = values if isinstance(values, Tensor) else tensor(values)
    if dtype is not None:
        values = values.to(dtypes.as_dtype(dtype))
    if values.ndim == 0 or len(values) != places.shape[1]:
        raise RuntimeError(
            f"indices and values must have same nnz, but got nnz from indices: {places.shape[1]}, nnz from values: "
            f"{len(values) if values.ndim else 1}"
        )
    if size is None:
        size = (*(places.max(1) + 1).tolist(), *values.shape[1:])
    shape = new_shape((tuple(size),), "sparse_coo_tensor")
    _check_places(places, shape, values)
    if requires_grad:
        values = values.detach().clone().requires_grad_()
    return SparseTensor(places, values, shape, bool(is_coalesced))


def _check_places(places: Any, shape: tuple[int, ...], values: Tensor) -> None:
    if len(shape) != len(places) + values.ndim - 1:
        raise RuntimeError(
            f"number of dimensions must be sparse_dim ({len(places)}) + dense_dim ({values.ndim - 1}), but got "
            f"{len(shape)}"
        )
    if tuple(values.shape[1:]) != shape[len(places) :]:
        raise RuntimeError(
            f"values has incorrect size, expected {[places.shape[1], *shape[len(places) :]]}, got {list(values.shape)}"
        )
    for dim, (found, length) in enumerate(zip(places, shape, strict=False)):
        if found.size and found.min() < 0:
            raise RuntimeError(f"found negative index {found.min()} for dim {dim}")
        if found.size and found.max() >= length:
            raise RuntimeError(
                f"size is inconsistent with indices: for dim {dim}, size is {length} but found index {found.max()}"
            )


class SparseType:
    """The older constructor of sparse Tensors of one dtype: `sparse.FloatTensor(indices, values, size)`.

    Args:
        indices: the places, (sparse_dim, nnz).
        values: the values, (nnz, *).
        size: the sizes of all dimensions.

    Raises:
        RuntimeError: as `sparse_coo_tensor`.

    >>> import tinygrad_lite as tl
    >>> tl.sparse.FloatTensor(tl.tensor([[0], [1]]), tl.tensor([3.0]), (2, 2)).to_dense()
    tensor([[0., 3.],
            [0., 0.]])
    """

    def __init__(self, name: str, dtype: DType) -> None:
        self.name, self.dtype = name, dtype

    def __call__(self, indices: Any, values: Any, size: Any = None) -> Tensor:
        """The Tensor."""
        return sparse_coo_tensor(indices, values, size, dtype=self.dtype)

    def __instancecheck__(self, x: object) -> bool:
        return isinstance(x, SparseTensor) and x.dtype == self.dtype

    def __repr__(self) -> str:
        return f"torch.sparse.{self.name}"


ByteTensor, CharTensor = SparseType("ByteTensor", dtypes.uint8), SparseType("CharTensor", dtypes.int8)
DoubleTensor, FloatTensor = SparseType("DoubleTensor", dtypes.float64), SparseType("FloatTensor", dtypes.float32)
HalfTensor, IntTensor = SparseType("HalfTensor", dtypes.float16), SparseType("IntTensor", dtypes.int32)
LongTensor, ShortTensor = SparseType("LongTensor", dtypes.int64), SparseType("ShortTensor", dtypes.int16)
