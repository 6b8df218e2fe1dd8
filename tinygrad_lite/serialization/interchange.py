"""The `.safetensors` file: a flat dict of Tensors that other frameworks read and write.

The format itself has no checksum. The files that are written here carry one in their metadata, which covers names,
dtypes, shapes, texts and values, and which is compared when they are loaded.
"""

from __future__ import annotations

import json
import os
import re
import zlib
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


_CHECKSUM = "tinygrad_lite.crc32"
_CHECKSUM_VALUE = re.compile("crc32 of the content: ([0-9a-f]{8})")


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
    """The bytes of a file that holds these Tensors. What shares memory is written for each of them.

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
    package = require("safetensors.numpy", extra="safetensors")
    texts = {name: text for name, text in metadata.items() if name != _CHECKSUM}
    parts = [(key, _KINDS[array.dtype.str], array.shape, array) for key, array in arrays.items()]
    texts[_CHECKSUM] = f"crc32 of the content: {_checksum(parts, texts)}"
    content: bytes = package.save(arrays, texts)
    return content


def _checksum(parts: list[tuple[str, str, Any, Any]], texts: dict[str, str]) -> str:
    """The checksum of the content, whatever the order in which the file has it: (name, dtype, shape, values), texts."""
    parts = sorted(parts, key=lambda part: part[0])
    head = [[key, kind, list(shape)] for key, kind, shape, _ in parts]
    found = zlib.crc32(json.dumps([head, sorted(texts.items())]).encode())
    for *_, values in parts:
        found = zlib.crc32(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data, found)
    return f"{found:08x}"


_KINDS = {np.dtype(code).str: kind for kind, code in _DTYPES.items()}


def _verified(parts: list[tuple[str, dict[str, Any]]], texts: dict[str, str], name: Any) -> dict[str, str]:
    """The texts without the checksum, which was compared if there is one."""
    given = texts.get(_CHECKSUM)
    if given is None and not any(_CHECKSUM_VALUE.fullmatch(text) for text in texts.values()):
        return texts  # somebody else's file
    texts = {key: text for key, text in texts.items() if key != _CHECKSUM}
    content = [(key, part["dtype"], part["shape"], np.frombuffer(part["data"], np.uint8)) for key, part in parts]
    found = f"crc32 of the content: {_checksum(content, texts)}"
    if given != found:
        raise RuntimeError(
            f"{name} is corrupt, and nothing was loaded: its checksum is {found[-8:]}, and should be {str(given)[-8:]}"
        )
    return texts


def unpacked(content: bytes, name: Any) -> TensorDict:
    """The Tensors in the bytes of a file.

    Raises:
        RuntimeError: if they are corrupt or incomplete, or if a Tensor has a dtype that does not exist here.
        ImportError: if the package `safetensors` is not installed.
    """
    package = require("safetensors", extra="safetensors")
    try:
        parts = package.deserialize(content)
    except Exception as error:
        raise RuntimeError(f"{name} is corrupt or incomplete, and nothing was loaded: {error}") from error
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    texts = _verified(parts, header.get("__metadata__") or {}, name)
    return TensorDict(((key, _tensor(key, part, name)) for key, part in parts), texts)


def mapped(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The arrays in a file by name, mapped into memory: what is not looked at is not read.

    Raises:
        FileNotFoundError: if there is no such file.
        RuntimeError: if it is corrupt or incomplete, or if an array has a dtype that does not exist here.
        ImportError: if the package `safetensors` is not installed.
    """
    package = require("safetensors", extra="safetensors")
    try:
        with package.safe_open(path, framework="numpy"):  # compares all sizes with the file
            content = np.memmap(path, np.uint8, "r")
    except FileNotFoundError:
        raise FileNotFoundError(2, "No such file or directory", os.fspath(path)) from None
    except Exception as error:
        raise RuntimeError(f"{path} is corrupt or incomplete, and nothing was loaded: {error}") from error
    start = 8 + int.from_bytes(content[:8].tobytes(), "little")
    header = json.loads(content[8:start].tobytes())
    texts = header.pop("__metadata__", None) or {}
    parts = [(key, part | {"data": content[start:][slice(*part["data_offsets"])]}) for key, part in header.items()]
    _verified(parts, texts, path)
    return {key: _Half(part) if part["dtype"] == "BF16" else _array(key, part, path) for key, part in parts}


class _Half:
    """An array in bfloat16, which becomes one of float32 each time that it is read."""

    def __init__(self, part: dict[str, Any], transposed: bool = False) -> None:
        self._part, self._transposed = part, transposed
        self.shape = tuple(part["shape"][::-1] if transposed else part["shape"])

    @property
    def T(self) -> _Half:
        """The transposed matrix."""
        return _Half(self._part, not self._transposed)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        whole = _from_bfloat16(self._part)
        return np.asarray(whole.T if self._transposed else whole, dtype)


def _from_bfloat16(part: dict[str, Any]) -> Array:
    """An array of float32, of which these are the upper halves."""
    halves: Array = np.frombuffer(part["data"], "<u2").astype("<u4") << 16
    return halves.view(np.float32).reshape(part["shape"])


def _array(key: str, part: dict[str, Any], name: Any) -> Array:
    """The array of a part of a file, on the memory of the file."""
    kind = part["dtype"]
    if kind not in _DTYPES:
        raise RuntimeError(
            f"{name}: the Tensor {key!r} is of {kind}, a dtype that does not exist here; these do: {list(_DTYPES)}"
        )
    return np.frombuffer(part["data"], _DTYPES[kind]).reshape(part["shape"])


def _tensor(key: str, part: dict[str, Any], name: Any) -> Tensor:
    if part["dtype"] == "BF16":
        return wrap(_from_bfloat16(part))
    return tensor_of(_array(key, part, name).copy())
