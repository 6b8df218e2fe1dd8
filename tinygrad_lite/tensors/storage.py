"""The memory of a Tensor as an object: PyTorch's storages, as far as scripts ask them for a size or an address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core import versions as memory
from ..core.primitive import Array
from ..types.annotations import Tensor
from ..types.devices import CPU, device
from .layout import WHERE
from .shared_memory import block_of, shared_copy


class UntypedStorage:
    """The memory that a Tensor looks into, in bytes. Two of them are equal if they are the same memory.

    It is only to be looked at: what writes to memory are the Tensors.

    >>> import tinygrad_lite as tl
    >>> x = tl.zeros(2, 3)
    >>> x.untyped_storage().nbytes(), x[1].untyped_storage().nbytes()
    (24, 24)
    """

    __slots__ = ("_root",)

    def __init__(self, array: Array) -> None:
        self._root = memory.owner(array)

    def size(self) -> int:
        """The number of bytes."""
        return self._root.nbytes

    nbytes = __len__ = size

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return int(self._root.__array_interface__["data"][0])

    def tolist(self) -> list[int]:
        """The bytes."""
        found: list[int] = np.ascontiguousarray(self._root).reshape(-1).view(np.uint8).tolist()
        return found

    @property
    def device(self) -> device:
        """The device: always the CPU."""
        return CPU

    is_cuda = False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UntypedStorage) and other.data_ptr() == self.data_ptr()

    def __hash__(self) -> int:
        return hash(self.data_ptr())

    def __repr__(self) -> str:
        return f"[UntypedStorage(device=cpu) of size {self.size()}]"


class TypedStorage:
    """The memory that a Tensor looks into, in elements.

    >>> import tinygrad_lite as tl
    >>> storage = tl.arange(6)[2:4].storage()
    >>> storage.size(), storage.tolist()
    (6, [0, 1, 2, 3, 4, 5])
    """

    __slots__ = ("_array", "dtype")

    def __init__(self, array: Array) -> None:
        root = memory.owner(array)
        self.dtype = array.dtype
        self._array = np.ascontiguousarray(root).reshape(-1).view(array.dtype)

    def size(self) -> int:
        """The number of elements."""
        return self._array.size

    __len__ = size

    def nbytes(self) -> int:
        """The number of bytes."""
        return self._array.nbytes

    def data_ptr(self) -> int:
        """The address of the first element."""
        return int(self._array.__array_interface__["data"][0])

    def element_size(self) -> int:
        """The number of bytes of one element."""
        return self._array.itemsize

    def tolist(self) -> list[Any]:
        """The elements."""
        found: list[Any] = self._array.tolist()
        return found

    def untyped(self) -> UntypedStorage:
        """The same memory in bytes."""
        return UntypedStorage(self._array)

    @property
    def device(self) -> device:
        """The device: always the CPU."""
        return CPU

    is_cuda = False

    def __getitem__(self, index: int) -> Any:
        return self._array[index].item()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def __repr__(self) -> str:
        lines = "\n".join(f" {value}" for value in self.tolist())
        return f"{lines}\n[TypedStorage(dtype={self.dtype}, device=cpu) of size {self.size()}]"


def untyped_storage(self: Tensor) -> UntypedStorage:
    """The memory that this Tensor looks into, in bytes: its size and its address.

    >>> import tinygrad_lite as tl
    >>> x = tl.zeros(2, 3)
    >>> x.untyped_storage().data_ptr() == x.T.untyped_storage().data_ptr()
    True
    """
    return UntypedStorage(self._read(WHERE))


def storage(self: Tensor) -> TypedStorage:
    """The memory that this Tensor looks into, in elements.

    >>> import tinygrad_lite as tl
    >>> len(tl.zeros(2, 3)[0].storage())
    6
    """
    return TypedStorage(self._read(WHERE))


def is_shared(self: Tensor) -> bool:
    """Tell whether the values lie in memory that processes share.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(1).is_shared()
    False
    """
    return block_of(self._read(WHERE)) is not None


def share_memory_(self: Tensor) -> Tensor:
    """Move the values to memory that processes share: forked ones, and those that `multiprocessing` sends it to.

    Unlike in PyTorch, Tensors that share the memory of this one now keep the old memory.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(1).share_memory_().is_shared()
    True
    """
    self._data = shared_copy(self._data)
    return self


def is_pinned(self: Tensor, device: Any = None) -> bool:
    """Tell whether the memory is pinned for a GPU: never.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(1).is_pinned()
    False
    """
    return False


def pin_memory(self: Tensor, device: Any = None) -> Tensor:
    """Raise, as PyTorch does where there is no GPU.

    Raises:
        RuntimeError: always.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(1).pin_memory()
    Traceback (most recent call last):
        ...
    RuntimeError: Cannot access accelerator device when none is available.
    """
    raise RuntimeError("Cannot access accelerator device when none is available.")


def cuda(self: Tensor, device: Any = None, non_blocking: bool = False) -> Tensor:
    """Raise, as PyTorch does without CUDA: `cuda.is_available()` is to be asked first.

    Args:
        device: the GPU.
        non_blocking: has no meaning here.

    Raises:
        AssertionError: always.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(1).cuda()
    Traceback (most recent call last):
        ...
    AssertionError: Torch not compiled with CUDA enabled: there is only the CPU. Leave cuda() out, or ask
    cuda.is_available() first
    """
    raise AssertionError(
        "Torch not compiled with CUDA enabled: there is only the CPU. Leave cuda() out, or ask cuda.is_available() "
        "first"
    )
