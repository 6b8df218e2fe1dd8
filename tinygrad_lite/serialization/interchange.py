"""The `.safetensors` file: a flat dict of Tensors that other frameworks read and write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ..core.primitive import Array
from ..core.tensor import wrap
from ..runtime.optional import require
from ..tensors.tensor import Tensor
from .structure import SAME_AS, tensor_of

_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1"}
_DTYPES["BOOL"] = "?"


class TensorDict(dict[str, Tensor]):
    """A dict of Tensors by name, with texts, as `load` reads it from a `.safetensors` file.

    Args:
        tensors: the Tensors by name, or pairs of a name and a Tensor.
        metadata: texts by name. They are an attribute, and `save` writes them.

    Raises:
        TypeError: if `tensors` cannot be made into a dict.

    >>> import tinygrad_lite as tl
    >>> state = TensorDict({"weight": tl.ones(2)}, metadata={"author": "me"})
    >>> state, state.metadata
    ({'weight': tensor([1., 1.])}, {'author': 'me'})
    """

    def __init__(
        self, tensors: Mapping[str, Tensor] | Iterable[tuple[str, Tensor]] = (), metadata: dict[str, str] | None = None
    ) -> None:
        super().__init__(tensors)
        self.metadata = metadata or {}


SAME_AS[TensorDict] = dict


def packed(obj: Any, metadata: dict[str, str] | None) -> bytes:
    """The bytes of a file that holds these Tensors.

    Raises:
        TypeError: unless it is a dict of Tensors by name, and the metadata are texts.
        ImportError: if the package `safetensors` is not installed.
    """
    if not isinstance(obj, dict):
        raise TypeError(f"save: a .safetensors file holds a dict of Tensors, not a {type(obj).__name__}; use .npz")
    for key, value in obj.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise TypeError(
                f"save: a .safetensors file holds Tensors by name only, and the value of {key!r} is a "
                f"{type(value).__name__}; use .npz for anything else"
            )
    if metadata is None:  # PyTorch's tools ask for the format
        metadata = obj.metadata if isinstance(obj, TensorDict) else {"format": "pt"}
    if not all(isinstance(text, str) for text in (*metadata, *metadata.values())):
        raise TypeError(f"save: the metadata of a .safetensors file are texts by name, not {metadata}")
    arrays = {key: np.array(value._data, order="C", copy=None) for key, value in obj.items()}
    content: bytes = require("safetensors.numpy", extra="safetensors").save(arrays, metadata or None)
    return content


def unpacked(content: bytes, name: Any) -> TensorDict:
    """The Tensors in the bytes of a file.

    Raises:
        RuntimeError: if they are corrupt or incomplete, or if a Tensor has a dtype that does not exist here.
        ImportError: if the package `safetensors` is not installed.
    """
    import json

    package = require("safetensors", extra="safetensors")
    try:
        parts = package.deserialize(content)
    except Exception as error:
        raise RuntimeError(f"{name} is corrupt or incomplete, and nothing was loaded: {error}") from error
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return TensorDict(((key, _tensor(key, part, name)) for key, part in parts), header.get("__metadata__"))


def _tensor(key: str, part: dict[str, Any], name: Any) -> Tensor:
    kind = part["dtype"]
    if kind == "BF16":  # these are the upper halves of float32 numbers
        halves: Array = np.frombuffer(part["data"], "<u2").astype("<u4") << 16
        return wrap(halves.view(np.float32).reshape(part["shape"]))
    if kind not in _DTYPES:
        raise RuntimeError(
            f"{name}: the Tensor {key!r} is of {kind}, a dtype that does not exist here; these do: {list(_DTYPES)}"
        )
    return tensor_of(np.frombuffer(part["data"], _DTYPES[kind]).reshape(part["shape"]).copy())
