"""The data of a Tensor inside `func.vmap`, in place of its array: the arrays of all samples at once.

Such a Tensor looks to the function like that of one sample. Its node belongs to the Tensor of all samples, so that the
graph knows nothing of vmap.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from ..core.array_functions import copied
from ..core.modes import in_force, thread
from ..core.primitive import Array, Operands, Primitive, Traced

_ITEM = (
    "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a Tensor, "
    "please try to rewrite what you're doing with other operations. Its value is another one for each sample"
)
_CONTROL_FLOW = (
    "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't support that "
    "yet. The condition may hold for some samples only: use where(condition, x, y)"
)
_STORAGE = (
    "Cannot access data pointer of Tensor that doesn't have storage. Inside vmap a Tensor stands for that of each "
    "sample, so that it has no array of its own"
)


class BatchedArray(Traced):
    """The arrays of all samples of one level of vmap, side by side along the first dimension of `value`.

    Shape and dtype are those of a single sample.

    Attributes:
        value: an array, or a BatchedArray of a lower level.
        level: the number of the call of vmap; an inner one has a higher number.
    """

    __slots__ = ("dtype", "level", "ndim", "shape", "value")

    def __init__(self, value: Any, level: int) -> None:
        self.value = value
        self.level = level
        self.shape: tuple[int, ...] = value.shape[1:]
        self.ndim = len(self.shape)
        self.dtype = value.dtype

    @property
    def raw(self) -> Any:
        """The array that holds the samples of all levels; the first dimension is that of the lowest level."""
        value = self.value
        while type(value) is BatchedArray:
            value = value.value
        return value

    base = raw
    """The array that owns the memory, under the name that views have for it: see `core.versions.owner`."""
    _data = property(lambda self: self)
    """This object itself, for code that asks a Tensor, or an array, for its array."""
    flags = property(lambda self: self.raw.flags)
    strides = property(lambda self: self.raw.strides[-self.ndim :] if self.ndim else ())
    itemsize = property(lambda self: self.raw.itemsize)

    @property
    def size(self) -> int:
        """The number of elements of one sample."""
        size = 1
        for n in self.shape:
            size *= n
        return size

    @property
    def nbytes(self) -> int:
        """The bytes of the elements of one sample."""
        return int(self.size * self.itemsize)

    def levels(self) -> list[int]:
        """The levels, the lowest first, as the dimensions of `raw` are."""
        found, data = [], self
        while type(data) is BatchedArray:
            found.append(data.level)
            data = data.value
        return found[::-1]

    def sample(self, index: int) -> Any:
        """The array of one sample, in the same memory."""
        if type(self.value) is BatchedArray:
            below = self.value
            return BatchedArray(_sample_below(below, index), below.level)
        return self.value[index, ...]

    def __len__(self) -> int:
        return self.shape[0]

    def __primitive__(self, primitive: Primitive, args: Operands) -> Any:
        """Apply a primitive to the arrays of all samples."""
        tracer = in_force(thread).tracer
        if not hasattr(tracer, "apply"):
            raise escaped()
        return tracer.apply(primitive, args)._data

    def _refuse_item(self, *args: Any) -> NoReturn:
        raise RuntimeError(_ITEM)

    def __bool__(self) -> NoReturn:
        raise RuntimeError(_CONTROL_FLOW)

    @property
    def __array_interface__(self) -> NoReturn:
        raise RuntimeError(_STORAGE)

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(_STORAGE)

    def refuse_storage(self) -> NoReturn:
        """Raise, because Python asks for the array of a single sample."""
        raise RuntimeError(_STORAGE)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)  # somebody asks whether there is such a protocol
        raise RuntimeError(f"{_STORAGE} (.{name} was asked for)")

    item = __float__ = __int__ = __index__ = _refuse_item


def _sample_below(data: BatchedArray, index: int) -> Any:
    """One sample of the level above `data`, whose samples are along the first dimension of each of `data`."""
    if type(data.value) is BatchedArray:
        return BatchedArray(_sample_below(data.value, index), data.value.level)
    return data.value[:, index]


def like(data: Any, array: Array) -> Any:
    """A new array for something that is like `data`: if that stands for several samples, each has one of its own."""
    if type(data) is not BatchedArray:
        return array
    levels = data.levels()
    found: Any = copied(np.broadcast_to(array, (*data.raw.shape[: len(levels)], *array.shape)))
    for level in levels:
        found = BatchedArray(found, level)
    return found


def refuse_inside_vmap(x: Any, action: str) -> None:
    """Refuse what has no meaning for one of several samples.

    Raises:
        RuntimeError: if x is a Tensor inside vmap.
    """
    if type(x._data) is BatchedArray:
        raise RuntimeError(
            f"{action}, please use func.grad or func.vjp (and the like) inside of vmap, or do this outside of the "
            "function that is transformed"
        )


def escaped() -> RuntimeError:
    """The error for a Tensor of vmap that is used when its vmap is over."""
    return RuntimeError(
        "vmap: a Tensor is used outside of the call of vmap in which it was made. The function must return it, rather "
        "than keep it elsewhere"
    )


def is_batched(x: Any) -> bool:
    """Tell whether an argument stands for several samples: a Tensor inside vmap, or what it holds."""
    return type(x) is BatchedArray or type(getattr(x, "_data", None)) is BatchedArray


def refuse_smaller(array: Any, values: Any) -> None:
    """Refuse to write the values of several samples to memory that all of them share.

    Raises:
        RuntimeError: if the values have a level of vmap that the array does not have.
    """
    if type(values) is BatchedArray:
        held = array.levels() if type(array) is BatchedArray else []
        if not set(values.levels()) <= set(held):
            raise RuntimeError(
                "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor `other` in "
                "extra_args that has more elements than `self`. This happened due to `other` being vmapped over but "
                "`self` not being vmapped over in a vmap. Please try to use out-of-place operators instead of inplace "
                "arithmetic: the memory holds one sample, and the values are those of all"
            )
