"""A structure of data as JSON, in which names stand for the arrays."""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from typing import Any

import numpy as np

from ..core.primitive import Array
from ..core.tensor import wrap
from ..nn.module.parameter import Parameter
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.sizes import Size

_PLAIN = (type(None), bool, int, float, str)
_MAPPINGS: dict[str, type[dict[Any, Any]]] = {"dict": dict, "OrderedDict": OrderedDict, "Counter": Counter}
_SEQUENCES: dict[str, Any] = {"list": list, "tuple": tuple, "Size": Size}
_LONGEST_NAME = 200
SAME_AS: dict[type, type] = {}
"""For some classes the class that they are saved as: what they add to that is not data."""


class Encoder:
    """Turns an object into JSON, in which each array is replaced by its name in `arrays`.

    Numbers, strings, None and lists are the same in JSON. A dict is `{"dict": [[key, value], …]}`, since its keys need
    not be strings. Everything else is a dict of one tag and its content, such as `{"tensor": "layer.weight"}`.
    """

    def __init__(self) -> None:
        self.arrays: dict[str, Array] = {}

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
                return {tag: [[self._key(key, path), self.encode(v, (*path, key))] for key, v in x.items()]}
        if isinstance(x, Tensor):
            name = self._named(x._data, path)
            tag = "parameter" if isinstance(x, Parameter) else "tensor"
            return {tag: name, "requires_grad": True} if x.requires_grad else {tag: name}
        if isinstance(x, np.dtype) and not x.hasobject:
            return {"dtype": x.str}
        if isinstance(x, np.generic) or kind in (np.ndarray, np.memmap):
            return {"array" if isinstance(x, np.ndarray) else "scalar": self._named(np.asarray(x), path)}
        raise TypeError(
            f"save: {_where(path)} is a {kind.__module__}.{kind.__qualname__}, which is not data. {_advice(x)}"
        )

    def _key(self, key: Any, path: tuple[Any, ...]) -> Any:
        if type(key) is tuple:
            return {"tuple": [self._key(part, path) for part in key]}
        if type(key) not in _PLAIN:
            raise TypeError(
                f"save: {_where(path)} has a key that is a {type(key).__qualname__}; keys must be strings, numbers, or "
                "tuples of them"
            )
        return key

    def _named(self, array: Array, path: tuple[Any, ...]) -> str:
        if array.dtype.hasobject:
            raise TypeError(f"save: {_where(path)} is an array of Python objects, which are not data")
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
        return _MAPPINGS[tag]({decode(key, arrays): decode(value, arrays) for key, value in content})
    if tag in _SEQUENCES:
        return _SEQUENCES[tag](decode(value, arrays) for value in content)
    if tag in ("tensor", "parameter"):
        t = tensor_of(arrays[content])
        requires_grad = x.get("requires_grad", False)
        return Parameter(t, requires_grad) if tag == "parameter" else t.requires_grad_(requires_grad)
    if tag == "dtype":
        return np.dtype(content)
    if tag in ("array", "scalar"):
        return arrays[content] if tag == "array" else arrays[content][()]
    raise ValueError(f"the structures of this version have no tag {tag!r}")


def tensor_of(array: Array) -> Tensor:
    """The Tensor of an array that was read, in the byte order of this machine.

    Raises:
        TypeError: for a dtype that Tensors do not have.
    """
    return wrap(array.astype(dtypes.as_dtype(array.dtype), copy=False))


def _where(path: tuple[Any, ...]) -> str:
    return "the object" + "".join(f"[{key!r}]" for key in path)


def _advice(x: Any) -> str:
    if hasattr(x, "state_dict"):
        return "Save its state_dict() instead"
    if isinstance(x, dict):
        return "Save dict(...) of it"
    return "Save Tensors, arrays, numbers, strings and None, in dicts, lists and tuples"
