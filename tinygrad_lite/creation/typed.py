"""PyTorch's constructors by type, `FloatTensor` and the like, as older scripts make Tensors."""

from __future__ import annotations

from typing import Any

from ..core.promotion import DType
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.sizes import Size
from .filled import empty
from .from_data import tensor

__all__ = [
    "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor", "LongTensor",
    "ShortTensor",
]  # fmt: skip


class TensorType:
    """The Tensors of one dtype: called, it makes one; `isinstance(x, it)` asks for the dtype; `x.type(it)` converts.

    Args:
        data: numbers in a sequence or an array, or a Tensor of this very dtype; or whole numbers, which are sizes.

    Raises:
        TypeError: for a Tensor of another dtype, and for a number with a point.

    >>> import tinygrad_lite as tl
    >>> x = tl.LongTensor([1, 2])
    >>> x, isinstance(x, tl.LongTensor), isinstance(x, tl.FloatTensor), x.type(tl.FloatTensor)
    (tensor([1, 2]), True, False, tensor([1., 2.]))
    >>> tl.FloatTensor(2, 3).shape  # numbers are sizes, of memory that is not filled
    Size([2, 3])
    """

    def __init__(self, name: str, dtype: DType) -> None:
        self.name, self.dtype = name, dtype

    def __call__(self, *data: Any) -> Tensor:
        """A Tensor of data; or, of sizes, one that is not filled."""
        if len(data) != 1 or isinstance(data[0], (int, Size)):
            return empty(*(data or (0,)), dtype=self.dtype)
        if not isinstance(data[0], Tensor):
            if isinstance(data[0], float):
                raise TypeError("new(): data must be a sequence (got float)")
            return tensor(data[0], dtype=self.dtype)
        if not isinstance(data[0], self):  # type: ignore[arg-type]
            raise TypeError(f"expected {self!r} (got {data[0].type()}): convert it, with x.type({self!r})")
        return data[0].detach()

    def __instancecheck__(self, x: object) -> bool:
        return isinstance(x, Tensor) and x.dtype == self.dtype

    def __repr__(self) -> str:
        return f"torch.{self.name}"


BoolTensor = TensorType("BoolTensor", dtypes.bool)
ByteTensor = TensorType("ByteTensor", dtypes.uint8)
CharTensor = TensorType("CharTensor", dtypes.int8)
DoubleTensor = TensorType("DoubleTensor", dtypes.float64)
FloatTensor = TensorType("FloatTensor", dtypes.float32)
HalfTensor = TensorType("HalfTensor", dtypes.float16)
IntTensor = TensorType("IntTensor", dtypes.int32)
LongTensor = TensorType("LongTensor", dtypes.int64)
ShortTensor = TensorType("ShortTensor", dtypes.int16)
