"""Types of the arguments that users pass: numbers, values to make a Tensor of, dtypes and indices."""

from collections.abc import Iterator, Sequence
from types import EllipsisType
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np

from ..core.promotion import DType
from ..tensors.tensor import Tensor as Tensor

__all__ = ["DTypeLike", "Data", "Index", "Number", "Tensor"]

_Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

Number: TypeAlias = float | np.bool_ | np.integer[Any] | np.floating[Any]
"""One of Python's or NumPy's numbers; to type checkers, an int and a bool are a float too."""

DTypeLike: TypeAlias = DType | type[float | np.bool_ | np.integer[Any] | np.floating[Any]] | str
"""A dtype, the type of a number, or a dtype's name."""

class _HasArray(Protocol):
    def __array__(self) -> _Array: ...

_T_co = TypeVar("_T_co", covariant=True)

class _Nested(Protocol[_T_co]):
    """A sequence of `_T_co`, or of sequences of it; a text is none, because only texts can be in it."""

    def __len__(self, /) -> int: ...
    def __getitem__(self, index: int, /) -> _T_co | _Nested[_T_co]: ...
    def __contains__(self, item: object, /) -> bool: ...
    def __iter__(self, /) -> Iterator[_T_co | _Nested[_T_co]]: ...
    def __reversed__(self, /) -> Iterator[_T_co | _Nested[_T_co]]: ...

Data: TypeAlias = Number | _HasArray | _Nested[Number | _HasArray]
"""The values that a Tensor can be made of: numbers, nested sequences of them, Tensors, and arrays of any library."""

_Part: TypeAlias = int | np.integer[Any] | np.bool_ | slice | EllipsisType | Tensor | _Array | Sequence[int] | None
Index: TypeAlias = _Part | tuple[_Part, ...]
"""The index in the brackets of `x[…]`."""
