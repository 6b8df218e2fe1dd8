"""The `.npz` file: a zip of arrays in NumPy's format, and of a JSON text that describes their structure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

import numpy as np

from ..core.primitive import Array
from .refusals import Refused
from .storages import Storages
from .structure import Encoder, decode, tensor_of
from .zip_files import ZipReader

_STRUCTURE = "structure.json"
_VERSION = 2  # version 1 has no views


def records_of(obj: Any) -> list[tuple[str, Any]]:
    """The records of the file that holds an object.

    Raises:
        TypeError: if something in it is not data.
        ValueError: if it contains itself.
        RuntimeError: if Tensors look into the same memory with different dtypes.
    """
    encoder = Encoder()
    try:
        encoder.encode(obj)  # only to see what is in it
        encoder = Encoder(Storages(encoder.tensors))
        content = encoder.encode(obj)
    except RecursionError:
        raise ValueError("save: the object contains itself, or is nested too deeply") from None
    version = _VERSION if encoder.has_views else 1
    text = json.dumps({"format": "tinygrad_lite", "version": version, "content": content})
    return [(_STRUCTURE, text.encode()), *((f"{name}.npy", _npy(array)) for name, array in encoder.arrays.items())]


def _npy(array: Array) -> bytes:
    file = BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=False)
    return file.getvalue()


def read(archive: ZipReader) -> Any:
    """The object in a file; of a file that `save` did not make, a dict of its arrays as Tensors.

    Raises:
        Refused: if it is of another kind.
        Exception: of many classes, for a damaged file.
    """
    arrays = _Arrays(archive)
    if _STRUCTURE not in archive.names:
        return _foreign(archive.names, arrays)
    structure = json.loads(archive.read(_STRUCTURE))
    if structure["version"] > _VERSION:
        raise Refused("it was written by a newer version of tinygrad_lite: update it to load the file")
    return decode(structure["content"], arrays)


class _Arrays(Mapping[str, Array]):
    """The arrays of an archive by name. Each is read once, and compared with its checksum, when it is asked for."""

    def __init__(self, archive: ZipReader) -> None:
        self._archive = archive
        self._read: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        if name not in self._read:
            self._read[name] = _array(self._archive.read(f"{name}.npy"), name)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return (member[:-4] for member in self._archive.names if member.endswith(".npy"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _array(content: bytes, name: str) -> Array:
    """The array in a record, in memory of its own. Its header is compared with the record before it is made."""
    file = BytesIO(content)
    version = np.lib.format.read_magic(file)
    headers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version == (3, 0):  # the same as version 2, with names in UTF-8, which only structured arrays have
        return np.lib.format.read_array(BytesIO(content), allow_pickle=False)
    shape, fortran, dtype = headers[version](file)
    if dtype.hasobject:
        raise ValueError(f"the array {name!r} is of Python objects, which needs allow_pickle and could run any code")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise ValueError(f"the array {name!r} has other elements than {shape} of {dtype}")
    return np.ndarray(shape, dtype, content, file.tell(), order="F" if fortran else "C").copy(order="K")


def _foreign(members: list[str], arrays: _Arrays) -> dict[str, Any]:
    """The arrays of a file that `save` did not make, as Tensors."""
    if len(arrays) < len(members):
        raise Refused(f"it is a zip file, but not of arrays: it has {members[:3]}")
    try:
        return {key: tensor_of(array) for key, array in arrays.items()}
    except TypeError as error:
        raise Refused(f"it has an array that cannot be a Tensor: {error}") from None
