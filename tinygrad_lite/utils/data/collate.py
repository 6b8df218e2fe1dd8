"""How items become a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from copy import copy
from typing import Any

import numpy as np

from ...core.tensor import wrap
from ...creation import as_tensor, tensor
from ...functions.joining import stack
from ...tensors.tensor import Tensor
from ...types import dtypes

_NUMBERS = "biuf"


def default_collate(batch: Sequence[Any]) -> Any:
    """A batch of items as one item of the same structure, with a new dimension 0 of the batch's length.

    Tensors and arrays are stacked; Python's and NumPy's numbers become Tensors (floats float64, as in PyTorch);
    strings and bytes stay a list; mappings, named tuples, lists and tuples (as lists) are taken apart.

    Raises:
        RuntimeError: if sizes differ between the items.
        TypeError: for an item of another kind.

    >>> default_collate([{"x": 1, "name": "a"}, {"x": 2, "name": "b"}])
    {'x': tensor([1, 2]), 'name': ['a', 'b']}
    >>> default_collate([(0.5, 1), (1.5, 2)])
    [tensor([0.5000, 1.5000], dtype=float64), tensor([1, 2])]
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return _stacked(batch)
    if isinstance(first, np.ndarray):
        _numeric(first.dtype)
        return _stacked([wrap(np.asarray(x, dtypes.as_dtype(x.dtype))) for x in batch])
    if isinstance(first, np.generic) and not isinstance(first, (str, bytes)):
        _numeric(first.dtype)
        return tensor(np.asarray(batch))
    if isinstance(first, float):
        return tensor(batch, dtype=dtypes.float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return _mapping(first, {key: default_collate([x[key] for x in batch]) for key in first})
    if isinstance(first, Sequence):
        if not _is_named(first) and any(len(x) != len(first) for x in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        return _sequence(first, [default_collate(column) for column in zip(*batch, strict=False)])
    raise TypeError(_refusal(type(first)))


def _stacked(batch: Sequence[Any]) -> Tensor:
    """The items stacked; at once, where they are alike and nothing is to be recorded."""
    shape, dtype = batch[0]._data.shape, batch[0]._data.dtype
    if all(
        isinstance(x, Tensor) and x._data.shape == shape and x._data.dtype == dtype and not x.requires_grad
        for x in batch
    ):
        return wrap(np.array([x._data for x in batch]))
    return stack(list(batch))


def default_convert(data: Any) -> Any:
    """An item with its NumPy arrays and numbers turned into Tensors, and everything else as it was.

    This is what a DataLoader does where it does not make batches (`batch_size=None`).

    >>> import numpy as np
    >>> default_convert({"x": np.array([1, 2]), "y": 3})
    {'x': tensor([1, 2]), 'y': 3}
    """
    if isinstance(data, (np.ndarray, np.generic)) and not isinstance(data, (str, bytes)):
        return as_tensor(data) if data.dtype.kind in _NUMBERS else data
    if isinstance(data, (Tensor, str, bytes)):
        return data
    if isinstance(data, Mapping):
        return _mapping(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, Sequence):
        return _sequence(data, [default_convert(x) for x in data])
    return data


def _is_named(x: Any) -> bool:
    return isinstance(x, tuple) and hasattr(x, "_fields")


def _mapping(like: Mapping[Any, Any], values: dict[Any, Any]) -> Any:
    """A mapping of the kind of `like`, with the attributes it has; a dict where its class does not allow that."""

    def filled() -> Any:
        if not isinstance(like, MutableMapping):
            return type(like)(values)  # type: ignore[call-arg]
        clone = copy(like)
        clone.update(values)
        return clone

    return _or(filled, values)


def _sequence(like: Sequence[Any], values: list[Any]) -> Any:
    """The same for a sequence; a plain tuple becomes a list, as it does in PyTorch."""
    if _is_named(like):
        return type(like)(*values)
    if isinstance(like, tuple):
        return values

    def filled() -> Any:
        if not isinstance(like, MutableSequence):
            return type(like)(values)  # type: ignore[call-arg]
        clone = copy(like)
        for i, value in enumerate(values):
            clone[i] = value
        return clone

    return _or(filled, values)


def _or(make: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return make()
    except TypeError:
        return otherwise


def _numeric(dtype: Any) -> None:
    if dtype.kind not in _NUMBERS:
        raise TypeError(_refusal(dtype))


def _refusal(found: Any) -> str:
    return (
        f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {found}. Give "
        "DataLoader a collate_fn that makes a batch of a list of such items"
    )
