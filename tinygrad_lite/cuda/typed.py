"""PyTorch's constructors of Tensors on a GPU by type, which can be named, and raise when they are called."""

from __future__ import annotations

from typing import Any, NoReturn


class CudaTensorType:
    """The Tensors of one dtype on a GPU: of which there are none.

    Args:
        data: as for the constructors on the CPU.

    Raises:
        TypeError: when it is called, as in PyTorch without CUDA.

    >>> import tinygrad_lite as tl
    >>> isinstance(tl.ones(1), tl.cuda.FloatTensor)
    False
    >>> tl.cuda.FloatTensor(2, 3)
    Traceback (most recent call last):
        ...
    TypeError: type torch.cuda.FloatTensor not available. Torch not compiled with CUDA enabled.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *data: Any) -> NoReturn:
        """Raise."""
        raise TypeError(f"type {self!r} not available. Torch not compiled with CUDA enabled.")

    def __instancecheck__(self, x: object) -> bool:
        return False

    def __repr__(self) -> str:
        return f"torch.cuda.{self.name}"


BFloat16Tensor, BoolTensor, ByteTensor = map(CudaTensorType, ("BFloat16Tensor", "BoolTensor", "ByteTensor"))
CharTensor, DoubleTensor, FloatTensor = map(CudaTensorType, ("CharTensor", "DoubleTensor", "FloatTensor"))
HalfTensor, IntTensor = map(CudaTensorType, ("HalfTensor", "IntTensor"))
LongTensor, ShortTensor = map(CudaTensorType, ("LongTensor", "ShortTensor"))
