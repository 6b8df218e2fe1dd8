"""The memory of Tensors in a file: each piece is there once, and Tensors that look into the same piece still do."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from ..core.primitive import Array
from ..core.promotion import DType
from ..core.versions import owner
from ..types import dtypes


class Place(NamedTuple):
    """The piece of memory in which an array lies, and its layout there.

    Offset and strides count elements, as PyTorch's do.
    """

    key: int
    dtype: DType
    length: int
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class Storages:
    """The pieces of memory that some arrays lie in.

    A piece reaches from the first to the last byte of arrays that overlap. What else there may be in the memory that a
    view looks into is not part of it.

    Attributes:
        pieces: the bytes of each piece that an array was asked for, in the order of the keys.
    """

    def __init__(self, arrays: list[Array]) -> None:
        self.pieces: list[Array] = []
        self._keys: dict[int, int] = {}
        self._homes: dict[int, tuple[Array, Array]] = {}  # of an array: the piece, and the array if it was copied
        self._arrays = {id(array): array for array in arrays}  # kept, so that their ids stay theirs
        owners: dict[int, list[Array]] = {}
        for array in self._arrays.values():
            if _is_plain(array):
                owners.setdefault(id(owner(array)), []).append(array)
            else:
                copy = np.array(array, array.dtype.newbyteorder("="), order="C")
                self._homes[id(array)] = (copy.reshape(-1), copy)
        for sharing in owners.values():
            self._arrange(sharing)
        self._users = Counter(id(self._homes[id(array)][0]) for array in arrays)

    def _arrange(self, arrays: list[Array]) -> None:
        """Find the pieces of one owner's memory."""
        memory: Any = owner(arrays[0])
        memory = memory.reshape(-1, order="A").view(np.uint8)
        first = _address(memory)
        starts = sorted((_address(array) - first, i) for i, array in enumerate(arrays))
        begin = end = -1
        together: list[Array] = []
        for low, i in [*starts, (sys.maxsize, -1)]:
            if low >= end and together:
                kinds = {a.dtype for a in together}
                if len(kinds) > 1:
                    raise RuntimeError(
                        "Cannot save multiple tensors or storages that view the same data as different types: "
                        f"{', '.join(sorted(map(str, kinds)))}. Save a clone of one of them"
                    )
                piece = memory[begin:end].view(kinds.pop())
                self._homes.update((id(a), (piece, a)) for a in together)
                together = []
            if not together:
                begin = end = low
            together.append(arrays[i])
            end = max(end, low + _extent(arrays[i]))

    def is_shared(self, array: Array) -> bool:
        """Return True if another of the arrays, or the same once more, lies in the same piece."""
        return self._users[id(self._homes[id(array)][0])] > 1

    def place(self, array: Array) -> Place:
        """Return the place of one of the arrays."""
        piece, array = self._homes[id(array)]
        key = self._keys.setdefault(id(piece), len(self.pieces))
        if key == len(self.pieces):
            self.pieces.append(piece)
        size = array.itemsize
        offset = (_address(array) - _address(piece)) // size if array.size else 0
        return Place(key, piece.dtype, piece.size, offset, array.shape, tuple(n // size for n in _strides(array)))


def _strides(array: Array) -> tuple[int, ...]:
    """The strides in bytes. Where they do not matter, in dimensions of one element, they are those of a copy."""
    strides, behind = list(array.strides), array.itemsize
    for dim in reversed(range(array.ndim)):
        if array.shape[dim] == 1 or not array.size:
            strides[dim] = behind
        behind = max(strides[dim], array.itemsize) * max(array.shape[dim], 1)
    return tuple(strides)


def _is_plain(array: Array) -> bool:
    """Return True if an offset and strides that are not negative describe the array, in contiguous memory."""
    memory: Any = owner(array)
    strides = _strides(array)
    inside = array.size > 0 and memory.flags.forc and array.dtype.isnative and not memory.dtype.hasobject
    return inside and all(n >= 0 and n % array.itemsize == 0 for n in strides) and not _misplaced(array, memory)


def _misplaced(array: Array, memory: Array) -> bool:
    """Return True if the array does not lie at a whole element of its owner's memory, or not in it at all."""
    start = _address(array) - _address(memory)
    return start % array.itemsize != 0 or start < 0 or start + _extent(array) > memory.nbytes


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


def _extent(array: Array) -> int:
    """The number of bytes from the first element to the last."""
    reach = sum((n - 1) * stride for n, stride in zip(array.shape, _strides(array), strict=True))
    return int(reach) + array.itemsize


class Storage:
    """A piece of memory that is being read: an array that its Tensors look into.

    Args:
        kind: the dtype in the file. bfloat16 becomes float32, without loss.
        length: the number of elements.

    Attributes:
        array: the elements, which `fill` sets.
    """

    def __init__(self, kind: str, length: int) -> None:
        self.kind = kind
        self.array: Array = np.empty(length, np.float32 if kind == "bfloat16" else np.dtype(kind))

    def fill(self, content: bytes, byteorder: str) -> None:
        """Set the elements, which are in the file in one of the byte orders "little" and "big".

        Raises:
            ValueError: for bytes of another number.
        """
        order: Any = "<" if byteorder == "little" else ">"
        if self.kind == "bfloat16":  # these are the upper halves of float32 numbers
            halves: Array = np.frombuffer(content, np.dtype(np.uint16).newbyteorder(order)).astype(np.uint32)
            elements: Array = (halves << 16).view(np.float32)
        else:
            elements = np.frombuffer(content, np.dtype(self.kind).newbyteorder(order))
        if elements.shape != self.array.shape:
            raise ValueError(f"a storage should have {self.array.size} elements, and {elements.size} are there")
        if self.kind == "bool":  # another byte than 0 and 1 would be neither true nor false
            elements = np.frombuffer(content, np.uint8) != 0
        self.array[...] = elements


def view_of(storage: Array, offset: Any, shape: Any, strides: Any) -> Array:
    """The array that looks into a piece of memory, as `Place` describes it.

    Raises:
        ValueError: if it would look beyond it.
    """
    numbers = (offset, *shape, *strides)
    if not all(type(n) is int and n >= 0 for n in numbers) or len(shape) != len(strides) or storage.ndim != 1:
        raise ValueError(f"offset {offset!r}, size {shape!r:.60} and stride {strides!r:.60} describe no Tensor")
    empty = 0 in shape
    last = offset if empty else offset + sum((n - 1) * stride for n, stride in zip(shape, strides, strict=True)) + 1
    if last > storage.size:
        raise ValueError(f"a Tensor reaches to element {last} of a storage that has {storage.size}")
    size, start = storage.itemsize, 0 if empty else offset * storage.itemsize
    array: Array = np.ndarray(shape, storage.dtype, storage, start, [n * size for n in strides])
    if any(n > 1 and stride == 0 for n, stride in zip(shape, strides, strict=True)):
        array.flags.writeable = False  # as what `expand` returns: one number stands in many places
    return array


def stored_kind(dtype: Any) -> str:
    """The name of a dtype that can be in a file and that Tensors have.

    Raises:
        TypeError: for another one.
    """
    return dtypes.as_dtype(dtype).name
