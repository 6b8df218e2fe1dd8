"""`default_collate` makes a batch of items; `default_convert` is for single items."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from copy import copy
from typing import Any, Protocol, TypeVar, overload

import numpy as np

from ...core.tensor import wrap
from ...creation import as_tensor, tensor
from ...functions.joining import stack
from ...tensors.tensor import Tensor
from ...types import dtypes

_NUMBERS = "biuf"


class NamedTupleLike(Protocol):
    """A named tuple, as type checkers see it."""

    _fields: Any

    def _asdict(self) -> dict[str, Any]: ...


class Unknown:
    """A class without instances. For a type checker it matches only items whose type is not known (`Any`)."""


K = TypeVar("K")
T = TypeVar("T")
Named = TypeVar("Named", bound=NamedTupleLike)
ArrayLike = Tensor | np.ndarray[Any, Any] | np.generic
Value = ArrayLike | float  # what becomes a Tensor in a batch
Values = tuple[Value, ...] | list[Value]


@overload
def default_collate(batch: Sequence[Unknown]) -> Any: ...
@overload
def default_collate(batch: Sequence[str]) -> list[str]: ...
@overload
def default_collate(batch: Sequence[Value]) -> Tensor: ...
@overload
def default_collate(batch: Sequence[Named]) -> Named: ...
@overload
def default_collate(batch: Sequence[Values]) -> list[Tensor]: ...
@overload
def default_collate(batch: Sequence[Mapping[K, Value]]) -> dict[K, Tensor]: ...
@overload
def default_collate(batch: Sequence[Any]) -> Any: ...
def default_collate(batch: Sequence[Any]) -> Any:
    """Make a batch of N items: one item of the same structure, with a new dimension 0 of length N.

    Tensors and arrays of one shape S are stacked to (N, *S). Python's and NumPy's numbers become a Tensor (N,), floats
    of dtype float64 as in PyTorch. Strings and bytes stay a list. Mappings, named tuples, lists and tuples are taken
    apart; a tuple becomes a list.

    Args:
        batch: a list of items.

    Raises:
        RuntimeError: if shapes or lengths differ between the items.
        TypeError: for an item of another kind.

    >>> default_collate([{"x": 1, "name": "a"}, {"x": 2, "name": "b"}])
    {'x': tensor([1, 2]), 'name': ['a', 'b']}
    >>> default_collate([(0.5, 1), (1.5, 2)])
    [tensor([0.5000, 1.5000], dtype=float64), tensor([1, 2])]
    """
    if not hasattr(batch, "__getitem__"):
        raise TypeError(f"'{type(batch).__name__}' object is not subscriptable: default_collate takes a list of items")
    first = batch[0]
    if isinstance(first, Tensor):
        return _stacked(batch)
    if isinstance(first, np.ndarray):
        _check_numeric(first.dtype)
        return _stacked([wrap(np.asarray(x, dtypes.as_dtype(x.dtype))) for x in batch])
    if isinstance(first, np.generic) and not isinstance(first, (str, bytes)):
        _check_numeric(first.dtype)
        return stack([as_tensor(x) for x in batch])
    if isinstance(first, float):
        return tensor(batch, dtype=dtypes.float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return _mapping_like(first, {key: default_collate([x[key] for x in batch]) for key in first})
    if isinstance(first, Sequence):
        if not _is_named_tuple(first) and any(len(x) != len(first) for x in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        return _sequence_like(first, [default_collate(column) for column in zip(*batch, strict=False)])
    raise TypeError(_unknown_kind(type(first)))


def _stacked(batch: Sequence[Any]) -> Tensor:
    """The Tensors stacked: in NumPy, if they are alike and nothing is to be recorded."""
    shape, dtype = batch[0]._data.shape, batch[0]._data.dtype
    if all(
        isinstance(x, Tensor) and x._data.shape == shape and x._data.dtype == dtype and not x.requires_grad
        for x in batch
    ):
        return wrap(np.array([x._data for x in batch]))
    return stack(list(batch))


@overload
def default_convert(data: Unknown) -> Any: ...
@overload
def default_convert(data: np.ndarray[Any, Any] | np.generic) -> Tensor: ...
@overload
def default_convert(data: tuple[ArrayLike, ...] | list[ArrayLike]) -> list[Tensor]: ...
@overload
def default_convert(data: T) -> T: ...
def default_convert(data: Any) -> Any:
    """Turn the NumPy arrays and numbers in an item into Tensors of their shapes and dtypes, and nothing else.

    This is what a DataLoader does where it does not make batches (`batch_size=None`). A tuple becomes a list.

    Args:
        data: an item: an array, or mappings, tuples and lists of arrays; anything else stays as it is.

    Raises:
        TypeError: for an array of a numeric dtype that Tensors do not have, such as uint16.

    >>> import numpy as np
    >>> default_convert({"x": np.array([1, 2]), "y": 3})
    {'x': tensor([1, 2]), 'y': 3}
    """
    if isinstance(data, (np.ndarray, np.generic)) and not isinstance(data, (str, bytes)):
        return as_tensor(data) if data.dtype.kind in _NUMBERS else data
    if isinstance(data, (Tensor, str, bytes)):
        return data
    if isinstance(data, Mapping):
        return _mapping_like(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, Sequence):
        return _sequence_like(data, [default_convert(x) for x in data])
    return data


def _is_named_tuple(x: Any) -> bool:
    return isinstance(x, tuple) and hasattr(x, "_fields")


def _mapping_like(like: Mapping[Any, Any], values: dict[Any, Any]) -> Any:
    """A mapping of the class of `like`, with its attributes; a dict where the class does not allow that."""

    def same_class() -> Any:
        if not isinstance(like, MutableMapping):
            return type(like)(values)  # type: ignore[call-arg]  # most sequences are made so
        clone = copy(like)
        clone.update(values)
        return clone

    return _unless_refused(same_class, values)


def _sequence_like(like: Sequence[Any], values: list[Any]) -> Any:
    """A sequence of the class of `like`, with its attributes; a list for a plain tuple, as in PyTorch."""
    if _is_named_tuple(like):
        return type(like)(*values)
    if isinstance(like, tuple):
        return values

    def same_class() -> Any:
        if not isinstance(like, MutableSequence):
            return type(like)(values)  # type: ignore[call-arg]  # most sequences are made so
        clone = copy(like)
        for i, value in enumerate(values):
            clone[i] = value
        return clone

    return _unless_refused(same_class, values)


def _unless_refused(make: Callable[[], Any], otherwise: Any) -> Any:
    """The result of `make`, or `otherwise` if the class takes other arguments."""
    try:
        return make()
    except TypeError:
        return otherwise


def _check_numeric(dtype: Any) -> None:
    if dtype.kind not in _NUMBERS:
        raise TypeError(_unknown_kind(dtype))


def _unknown_kind(found: Any) -> str:
    return (
        f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {found}. Give "
        "DataLoader a collate_fn that makes a batch of a list of such items"
    )
