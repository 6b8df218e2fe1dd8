"""A structure of data as JSON, in which names stand for the arrays."""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from typing import Any

import numpy as np

from ..core.primitive import Array
from ..core.tensor import wrap
from ..nn.module.parameter import Parameter, is_lazy, unusable
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.sizes import Size
from .storages import Storages, view_of

_PLAIN = (type(None), bool, int, float, str)
_MAPPINGS: dict[str, type[dict[Any, Any]]] = {"dict": dict, "OrderedDict": OrderedDict, "Counter": Counter}
_SEQUENCES: dict[str, Any] = {"list": list, "tuple": tuple, "Size": Size}
_LONGEST_NAME = 200
SAME_AS: dict[type, type] = {}
"""For some classes the class that they are saved as: what they add to that is not data."""


class Encoder:
    """Turns an object into JSON, in which each array is replaced by its name in `arrays`.

    Numbers, strings, None and lists are the same in JSON. A dict is `{"dict": [[key, value], …]}`, since its keys need
    not be strings. Everything else is a dict of one tag and its content, such as `{"tensor": "layer.weight"}`. Tensors
    that share memory name the same array, and say by `"view": [offset, shape, strides]` where they look into it.

    Args:
        storages: the memory of the Tensors; without it each is on its own.

    Attributes:
        arrays: the arrays by name.
        tensors: the arrays of the Tensors, as they were found.
        has_views: whether some Tensors share memory.
    """

    def __init__(self, storages: Storages | None = None) -> None:
        self.arrays: dict[str, Array] = {}
        self.tensors: list[Array] = []
        self.has_views = False
        self._storages = storages
        self._names: dict[int, str] = {}

    def encode(self, x: Any, path: tuple[Any, ...] = ()) -> Any:
        """The JSON of an object; `path` are the keys and indices that lead to it.

        Raises:
            TypeError: for an object that is not data.
        """
        kind = SAME_AS.get(type(x), type(x))
        if kind in _PLAIN:
            return x
        if kind is list:
            return [self.encode(value, (*path, i)) for i, value in enumerate(x)]
        for tag, sequence in _SEQUENCES.items():
            if kind is sequence:
                return {tag: [self.encode(value, (*path, i)) for i, value in enumerate(x)]}
        for tag, mapping in _MAPPINGS.items():
            if kind is mapping:
                items = [[self._key(key, path), self.encode(v, (*path, key))] for key, v in x.items()]
                return {tag: items, **self._metadata(x, path)}
        if is_lazy(x):
            raise unusable(x, "save")
        if isinstance(x, Tensor):
            tag = "parameter" if isinstance(x, Parameter) else "tensor"
            requires_grad = {"requires_grad": True} if x.requires_grad else {}
            return {tag: self._name(x._data, path), **requires_grad, **self._view(x._data)}
        if isinstance(x, np.dtype) and not x.hasobject:
            return {"dtype": x.str}
        if isinstance(x, np.generic) or kind in (np.ndarray, np.memmap):
            return {"array" if isinstance(x, np.ndarray) else "scalar": self._named(np.asarray(x), path)}
        raise not_data(x, path)

    def _metadata(self, x: Any, path: tuple[Any, ...]) -> dict[str, Any]:
        """The versions of modules, which hang on a state dict."""
        return {"metadata": self.encode(x._metadata, path)} if hasattr(x, "_metadata") else {}

    def _key(self, key: Any, path: tuple[Any, ...]) -> Any:
        check_key(key, path)
        return {"tuple": [self._key(part, path) for part in key]} if type(key) is tuple else key

    def _name(self, array: Array, path: tuple[Any, ...]) -> str:
        """The name of the array that holds the values of a Tensor."""
        self.tensors.append(array)
        if self._storages is None or not self._storages.is_shared(array):
            return self._named(array, path)
        key = self._storages.place(array).key
        if key not in self._names:
            self._names[key] = self._named(self._storages.pieces[key], path)
        return self._names[key]

    def _view(self, array: Array) -> dict[str, Any]:
        if self._storages is None or not self._storages.is_shared(array):
            return {}
        self.has_views = True
        place = self._storages.place(array)
        return {"view": [place.offset, list(place.shape), list(place.strides)]}

    def _named(self, array: Array, path: tuple[Any, ...]) -> str:
        without_objects(array.dtype, path, "an array")
        wanted = re.sub(r"[^\w.\-/ ]", "_", "/".join(map(str, path)))[:_LONGEST_NAME] or "data"
        name, count = wanted, 1
        while name in self.arrays:
            count += 1
            name = f"{wanted}~{count}"
        self.arrays[name] = array
        return name


def decode(x: Any, arrays: Any) -> Any:
    """The object of which `Encoder.encode` made this JSON; `arrays` are those that it named.

    Raises:
        KeyError, TypeError, ValueError: if it is not such JSON.
    """
    if type(x) is list:
        return [decode(value, arrays) for value in x]
    if type(x) is not dict:
        return x
    tag, content = next(iter(x.items()))
    if tag in _MAPPINGS:
        mapping: Any = _MAPPINGS[tag]({decode(key, arrays): decode(value, arrays) for key, value in content})
        if "metadata" in x:
            mapping._metadata = decode(x["metadata"], arrays)
        return mapping
    if tag in _SEQUENCES:
        return _SEQUENCES[tag](decode(value, arrays) for value in content)
    if tag in ("tensor", "parameter"):
        t = tensor_of(arrays[content])
        if "view" in x:
            t = wrap(view_of(t._data, *x["view"]))
        requires_grad = x.get("requires_grad", False)
        return Parameter(t, requires_grad) if tag == "parameter" else t.requires_grad_(requires_grad)
    if tag == "dtype":
        if (dtype := np.dtype(content)).hasobject:
            raise ValueError("it has a dtype of Python objects, which are not data")
        return dtype
    if tag in ("array", "scalar"):
        return arrays[content] if tag == "array" else arrays[content][()]
    raise ValueError(f"the structures of this version have no tag {tag!r}")


def tensor_of(array: Array) -> Tensor:
    """The Tensor of an array that was read, in the byte order of this machine.

    Raises:
        TypeError: for a dtype that Tensors do not have.
    """
    return wrap(array.astype(dtypes.as_dtype(array.dtype), copy=False))


def not_data(x: Any, path: tuple[Any, ...]) -> TypeError:
    """The error for an object that cannot be saved; `path` are the keys and indices that lead to it."""
    kind = SAME_AS.get(type(x), type(x))
    return TypeError(f"save: {where(path)} is a {kind.__module__}.{kind.__qualname__}, which is not data. {_advice(x)}")


def check_key(key: Any, path: tuple[Any, ...]) -> None:
    """Raise for a key of a dict that cannot be saved.

    Raises:
        TypeError: for such a key.
    """
    if type(key) is tuple:
        for part in key:
            check_key(part, path)
    elif type(key) not in _PLAIN:
        raise TypeError(
            f"save: {where(path)} has a key that is a {type(key).__qualname__}; keys, and items of "
            "sets, must be strings, numbers, or tuples of them"
        )


def without_objects(dtype: Any, path: tuple[Any, ...], what: str) -> None:
    """Raise for a dtype of Python objects.

    Raises:
        TypeError: for such a dtype.
    """
    if dtype.hasobject:
        raise TypeError(f"save: {where(path)} is {what} of Python objects, which are not data")


def where(path: tuple[Any, ...]) -> str:
    """The place in what is saved to which these keys and indices lead."""
    return "the object" + "".join(f"[{key!r}]" for key in path)


def _advice(x: Any) -> str:
    if hasattr(x, "state_dict"):
        return "Save its state_dict() instead"
    if isinstance(x, dict):
        return "Save dict(...) of it"
    return (
        "Save Tensors, arrays, numbers, strings and None, in dicts, lists and tuples (and bytes and sets, but not in "
        ".npz files)"
    )
