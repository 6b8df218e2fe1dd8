"""PyTorch's constructors by type, `FloatTensor` and the like, as older scripts make Tensors."""

from __future__ import annotations

from typing import Any

from ..core.errors import warn
from ..core.promotion import DType
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.sizes import Size
from .filled import empty
from .from_data import tensor

__all__ = [
    "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor", "LongTensor",
    "ShortTensor", "set_default_tensor_type",
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
        if not isinstance(data[0], self):  # type: ignore[arg-type]  # the metaclass answers
            raise TypeError(f"expected {self!r} (got {data[0].type()}): convert it, with x.type({self!r})")
        return data[0].detach()

    def __instancecheck__(self, x: object) -> bool:
        return isinstance(x, Tensor) and x.dtype == self.dtype

    def __repr__(self) -> str:
        return f"torch.{self.name}"


def set_default_tensor_type(t: Any) -> None:
    """Set the dtype of floating-point Tensors that are made without one, by a type: deprecated.

    Args:
        t: `FloatTensor` or another of them, or its name.

    Raises:
        TypeError: if its dtype is not a floating one.

    >>> import warnings; warnings.simplefilter("ignore")
    >>> import tinygrad_lite as tl
    >>> tl.set_default_tensor_type(tl.DoubleTensor)
    >>> tl.tensor(0.1).dtype
    dtype('float64')
    >>> tl.set_default_tensor_type("torch.FloatTensor")
    """
    warn(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives."
    )
    kind = globals().get(t.rpartition(".")[2]) if isinstance(t, str) else t
    if not isinstance(kind, TensorType) or kind.dtype.kind != "f":
        raise TypeError(f"only floating-point types are supported as the default type, not {t!r}")
    dtypes.set_default_dtype(kind.dtype)


BoolTensor = TensorType("BoolTensor", dtypes.bool)
ByteTensor = TensorType("ByteTensor", dtypes.uint8)
CharTensor = TensorType("CharTensor", dtypes.int8)
DoubleTensor = TensorType("DoubleTensor", dtypes.float64)
FloatTensor = TensorType("FloatTensor", dtypes.float32)
HalfTensor = TensorType("HalfTensor", dtypes.float16)
IntTensor = TensorType("IntTensor", dtypes.int32)
LongTensor = TensorType("LongTensor", dtypes.int64)
ShortTensor = TensorType("ShortTensor", dtypes.int16)
