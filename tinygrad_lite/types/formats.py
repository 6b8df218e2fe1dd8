"""PyTorch's names for what Tensors here do not have, which scripts mention: other dtypes, and orders in memory."""

from __future__ import annotations

import numpy as np

dtype = np.dtype
"""The class of dtypes, for annotations and `isinstance`."""


class AbsentDType:
    """A dtype that Tensors do not have: it can be named and compared, and whatever is to make such a Tensor raises.

    Args:
        name: its name.
        itemsize: the bytes of an element in PyTorch.
        kind: its category: "f" for floating, "c" for complex, "u" for whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.ones(1).dtype == tl.bfloat16
    False
    >>> tl.ones(1).to(tl.bfloat16)
    Traceback (most recent call last):
        ...
    TypeError: Tensors have no dtype bfloat16, because NumPy has none: use float32, or float16 for less memory; there
    are float16, float32, float64, int8, int16, int32, int64, uint8, bool
    """

    def __init__(self, name: str, itemsize: int, kind: str) -> None:
        self.name, self.itemsize, self.kind = name, itemsize, kind
        self.is_floating_point, self.is_complex = kind == "f", kind == "c"

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> str:
        return self.name

    @property
    def instead(self) -> str:
        """Return the end of a sentence that says what to use in place of this dtype."""
        if self.kind == "c":
            return ", because they hold real numbers only: keep real and imaginary parts in a dimension of their own"
        if self.kind == "u":
            return ": use int64"
        return ", because NumPy has none: use float32, or float16 for less memory"


bfloat16 = AbsentDType("bfloat16", 2, "f")
float8_e4m3fn, float8_e4m3fnuz = AbsentDType("float8_e4m3fn", 1, "f"), AbsentDType("float8_e4m3fnuz", 1, "f")
float8_e5m2, float8_e5m2fnuz = AbsentDType("float8_e5m2", 1, "f"), AbsentDType("float8_e5m2fnuz", 1, "f")
complex32 = chalf = AbsentDType("complex32", 4, "c")
complex64 = cfloat = AbsentDType("complex64", 8, "c")
complex128 = cdouble = AbsentDType("complex128", 16, "c")
uint16, uint32, uint64 = (AbsentDType(f"uint{bits}", bits // 8, "u") for bits in (16, 32, 64))


class Constant:
    """A constant of PyTorch's that is known by its name alone."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


class memory_format(Constant):
    """The order of the dimensions in memory. It can be asked for, and has no effect on what is computed.

    Args:
        name: its name.

    Raises:
        TypeError: for other arguments.

    >>> import tinygrad_lite as tl
    >>> tl.ones(1, 2, 3, 3).contiguous(memory_format=tl.channels_last).shape
    Size([1, 2, 3, 3])
    """


channels_last, channels_last_3d = memory_format("channels_last"), memory_format("channels_last_3d")
contiguous_format, preserve_format = memory_format("contiguous_format"), memory_format("preserve_format")
legacy_contiguous_format = contiguous_format
