"""The attributes and methods by which every Tensor, dense or sparse, is asked for its layout, and converted.

The class of sparse Tensors is a subclass of Tensor, in `sparse/coo.py`, and looked up when it is needed.
"""

from __future__ import annotations

import sys
from typing import Any

from ..types.annotations import Tensor
from ..types.formats import Constant


class Layout(Constant):
    """Layout of a Tensor: how its elements are kept.

    Args:
        name: its name in PyTorch.

    Raises:
        TypeError: for other arguments.

    >>> import tinygrad_lite as tl
    >>> tl.eye(2).layout, tl.eye(2).to_sparse().layout
    (torch.strided, torch.sparse_coo)
    """


class SparseOperand(NotImplementedError):
    """Raised where the array of a sparse Tensor is asked for: it has none."""


class _Use:
    """Whether there has been any sparse Tensor: while there was none, nobody has to look for one."""

    begun = False


use = _Use()
_PACKAGE = __name__.partition(".")[0]

strided, sparse_coo = Layout("strided"), Layout("sparse_coo")


def layout_of(self: Tensor) -> Layout:
    """The layout of the elements in memory: `strided`, or `sparse_coo` for a sparse Tensor."""
    return sparse_coo if self.is_sparse else strided


def to_sparse(self: Tensor, sparse_dim: int | None = None, *, layout: Any = None) -> Any:
    """The Tensor as a sparse one in coordinate format: the places and the values of the elements that are not 0.

    Args:
        sparse_dim: the number of its dimensions, if given.
        layout: `sparse_coo`, if given.

    Raises:
        NotImplementedError: for another layout, and for fewer sparse dimensions.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([[0.0, 2.0], [0.0, 0.0]]).to_sparse()
    tensor(indices=tensor([[0],
                           [1]]),
           values=tensor([2.]),
           size=(2, 2), nnz=1, layout=torch.sparse_coo)
    """
    if layout not in (None, sparse_coo) or sparse_dim not in (None, self.ndim):
        raise NotImplementedError("to_sparse: the only sparse layout here is sparse_coo, of all dimensions")
    return sys.modules[_PACKAGE].sparse.coo.sparse_of(self)  # which is first imported here


def to_dense(self: Tensor, dtype: Any = None, *, masked_grad: bool | None = None) -> Tensor:
    """The Tensor, which is dense; a sparse one with its zeros.

    Args:
        dtype: the dtype of the result.
        masked_grad: has no effect.

    >>> import tinygrad_lite as tl
    >>> tl.eye(2).to_sparse().to_dense()
    tensor([[1., 0.],
            [0., 1.]])
    """
    return self if dtype is None else self.to(dtype)
