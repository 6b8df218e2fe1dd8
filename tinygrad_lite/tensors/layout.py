"""The layout of a Tensor in memory: its size, strides and device, and the same elements transposed."""

from __future__ import annotations

from typing import Any, overload

import numpy as np

from ..core.argument_types import wrong_type
from ..core.edge import clone
from ..functions.arguments import one_dim
from ..functions.strided import layout_of
from ..ops import linalg
from ..ops.shape import permute
from ..types.annotations import Tensor
from ..types.devices import CPU, device
from ..types.sizes import Size, as_size

WHERE = "where a Tensor lies in memory is read by Python"
"""Why what looks at addresses cannot be part of a compiled program: the next call has its arrays elsewhere."""


def dtype(self: Tensor) -> np.dtype[Any]:
    """The type of the elements."""
    return self._data.dtype


def shape(self: Tensor) -> Size:
    """The length of each dimension.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2, 3).shape
    Size([2, 3])
    """
    return as_size(Size, self._data.shape)


@overload
def size(self: Tensor, dim: None = None) -> Size: ...
@overload
def size(self: Tensor, dim: int) -> int: ...
def size(self: Tensor, dim: int | None = None) -> Size | int:
    """The shape, or the length of one dimension.

    Args:
        dim: the dimension; a negative one counts from the last.

    Raises:
        IndexError: if there is no such dimension.
        TypeError: if it is not a whole number.

    >>> import tinygrad_lite as tl
    >>> x = tl.zeros(2, 3)
    >>> x.size(), x.size(-1)
    (Size([2, 3]), 3)
    """
    return as_size(Size, self._data.shape) if dim is None else self._data.shape[one_dim(dim, self._data.ndim, "size")]


def dim(self: Tensor) -> int:
    """The number of dimensions.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2, 3).dim()
    2
    """
    return self._data.ndim


def numel(self: Tensor) -> int:
    """The number of elements.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2, 3).numel()
    6
    """
    return self._data.size


def element_size(self: Tensor) -> int:
    """The number of bytes of one element.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2, 3, dtype=tl.float64).element_size()
    8
    """
    return self._data.itemsize


def itemsize(self: Tensor) -> int:
    """The number of bytes of one element."""
    return self._data.itemsize


def nbytes(self: Tensor) -> int:
    """The number of bytes of all elements."""
    return self._data.nbytes


@overload
def stride(self: Tensor, dim: None = None) -> tuple[int, ...]: ...
@overload
def stride(self: Tensor, dim: int) -> int: ...
def stride(self: Tensor, dim: int | None = None) -> tuple[int, ...] | int:
    """The distance in memory, counted in elements, from each element to the next one along each dimension.

    Args:
        dim: the dimension; without one, a tuple of all of them.

    Raises:
        IndexError: if there is no such dimension.
        TypeError: if it is not a whole number.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2, 3).stride(), tl.zeros(2, 3).T.stride()
    ((3, 1), (1, 3))
    """
    steps = tuple(n // self._data.itemsize for n in self._data.strides)
    return steps if dim is None else steps[one_dim(dim, self._data.ndim, "stride")]


def storage_offset(self: Tensor) -> int:
    """The distance, counted in elements, of the first element from the beginning of the memory.

    >>> import tinygrad_lite as tl
    >>> tl.arange(5)[2:].storage_offset()
    2
    """
    self._read(WHERE)
    return layout_of(self)[1]


def data_ptr(self: Tensor) -> int:
    """The address of the first element."""
    return int(self._read(WHERE).__array_interface__["data"][0])


def is_same_size(self: Tensor, other: Tensor) -> bool:
    """Tell whether another Tensor has the same shape; the dtypes may differ.

    Raises:
        TypeError: if `other` has no shape.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2, 3).is_same_size(tl.zeros(3, 2))
    False
    """
    for position, x in enumerate((self, other)):
        if not hasattr(x, "shape"):
            raise wrong_type("is_same_size", "other" if position else "input", position or 1, "Tensor", x)
    return tuple(self.shape) == tuple(other.shape)


def is_contiguous(self: Tensor, memory_format: Any = None) -> bool:
    """Tell whether the elements lie in memory in the order of their indices, without gaps.

    Args:
        memory_format: has no effect.

    >>> import tinygrad_lite as tl
    >>> x = tl.zeros(2, 3)
    >>> x.is_contiguous(), x.T.is_contiguous()
    (True, False)
    """
    return self._data.flags.c_contiguous


def contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """This Tensor itself if it is contiguous, else a copy that is; gradients flow through it.

    Args:
        memory_format: has no effect: the last dimension is always the fastest.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2, 3).T.contiguous().stride()
    (2, 1)
    """
    return self if is_contiguous(self) else clone(self)


def get_device(self: Tensor) -> int:
    """The number of the GPU on which the elements are: -1, because they are on the CPU.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2).get_device()
    -1
    """
    return -1


def device_of(self: Tensor) -> device:
    """The device on which the elements are: always the CPU."""
    return CPU


def is_floating_point(self: Tensor) -> bool:
    """Tell whether the dtype is a floating one.

    >>> import tinygrad_lite as tl
    >>> tl.tensor(1.0).is_floating_point(), tl.tensor(1).is_floating_point()
    (True, False)
    """
    return self._data.dtype.kind == "f"


def is_signed(self: Tensor) -> bool:
    """Tell whether the dtype has negative numbers.

    >>> import tinygrad_lite as tl
    >>> tl.tensor(1).is_signed(), tl.tensor(1, dtype=tl.uint8).is_signed()
    (True, False)
    """
    return self._data.dtype.kind in "if"


def is_complex(self: Tensor) -> bool:
    """Tell whether the dtype is a complex one: never, because there are none.

    >>> import tinygrad_lite as tl
    >>> tl.tensor(1.0).is_complex()
    False
    """
    return False


def transposed(self: Tensor) -> Tensor:
    """The dimensions in reverse order, so that rows become columns; a view.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([[1, 2, 3], [4, 5, 6]]).T
    tensor([[1, 4],
            [2, 5],
            [3, 6]])
    """
    return permute(self, tuple(range(self.ndim))[::-1])


def matrices_transposed(self: Tensor) -> Tensor:
    """Each matrix of the last two dimensions transposed; a view.

    Raises:
        RuntimeError: if there are fewer than 2 dimensions.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(5, 2, 3).mT.shape
    Size([5, 3, 2])
    """
    if self.ndim == 0:
        return self
    if self.ndim < 2:
        raise RuntimeError(
            f"tensor.mT is only supported on matrices or batches of matrices. Got {self.ndim}-D tensor, of shape "
            f"{list(self.shape)}"
        )
    return linalg.transposed(self)


def matrix_transposed(self: Tensor) -> Tensor:
    """A matrix transposed; a view. Complex numbers would be conjugated, but there are none.

    Raises:
        RuntimeError: if there are dimensions, but not 2.
    """
    if self.ndim not in (0, 2):
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {self.ndim}-D tensor, of shape "
            f"{list(self.shape)}. For batches of matrices, consider using tensor.mH"
        )
    return transposed(self)
