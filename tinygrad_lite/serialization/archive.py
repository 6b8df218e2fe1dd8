"""The `.npz` file: a zip of arrays in NumPy's format, and of a JSON text that describes their structure."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import IO, Any, NamedTuple

import numpy as np

from ..core.primitive import Array
from .structure import Encoder, decode, tensor_of

_STRUCTURE = "structure.json"
_VERSION = 1
_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest one of a zip file; always this, so that equal contents give equal bytes


class Contents(NamedTuple):
    """The contents of a file.

    Attributes:
        structure: the JSON text.
        arrays: the arrays by the names that stand for them in the text.
    """

    structure: str
    arrays: dict[str, Array]


def contents_of(obj: Any) -> Contents:
    """Take an object apart.

    Raises:
        TypeError: if something in it is not data.
        ValueError: if it contains itself.
    """
    import json

    encoder = Encoder()
    try:
        content = encoder.encode(obj)
    except RecursionError:
        raise ValueError("save: the object contains itself, or is nested too deeply") from None
    text = json.dumps({"format": "tinygrad_lite", "version": _VERSION, "content": content})
    return Contents(text, encoder.arrays)


def write(contents: Contents, file: IO[bytes]) -> None:
    """Write the contents to a file."""
    from zipfile import ZipFile, ZipInfo

    with ZipFile(file, "w") as archive:
        archive.writestr(ZipInfo(_STRUCTURE, _DATE), contents.structure)
        for name, array in contents.arrays.items():
            with archive.open(ZipInfo(f"{name}.npy", _DATE), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def read(file: IO[bytes], name: Any) -> Any:
    """Read the object in a file; of a file that `write` did not make, a dict of its arrays as Tensors.

    Raises:
        RuntimeError: if the file is corrupt or incomplete, pickled, or of another kind.
    """
    import json
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(file) as archive:
            members = archive.namelist()
            if any(member.endswith(".pkl") for member in members):
                raise _Refused(pickled(name))
            arrays = _Arrays(archive)
            if _STRUCTURE not in members:
                return _foreign(members, arrays, name)
            structure = json.loads(archive.read(_STRUCTURE))
            if structure["version"] > _VERSION:
                raise _Refused(f"{name} was written by a newer version of tinygrad_lite: update it to load the file")
            return decode(structure["content"], arrays)
    except _Refused as refusal:
        raise RuntimeError(str(refusal)) from None
    # A single wrong bit can turn into another compression, an encrypted member or a structure without an end.
    except (BadZipFile, zlib.error, EOFError, OSError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise RuntimeError(f"{name} is corrupt or incomplete, and nothing was loaded: {_brief(error)}") from error
    except (RuntimeError, MemoryError) as error:
        raise RuntimeError(f"{name} is corrupt, and nothing was loaded: {_brief(error)}") from error


class _Refused(Exception):
    """The file is not damaged, and still cannot be loaded."""


class _Arrays(Mapping[str, Array]):
    """The arrays of an archive by name. Each is read, and compared with its checksum, when it is asked for."""

    def __init__(self, archive: Any) -> None:
        self._archive = archive

    def __getitem__(self, name: str) -> Array:
        from io import BytesIO

        content = BytesIO(self._archive.read(f"{name}.npy"))  # whole, so that the checksum is compared first
        array: Array = np.lib.format.read_array(content, allow_pickle=False)
        if content.read(1):
            raise ValueError(f"more data than the array {name!r} has")
        return array

    def __iter__(self) -> Iterator[str]:
        return (member[:-4] for member in self._archive.namelist() if member.endswith(".npy"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _foreign(members: list[str], arrays: _Arrays, name: Any) -> dict[str, Any]:
    """The arrays of a file that `write` did not make, as Tensors."""
    if len(arrays) < len(members):
        raise _Refused(f"{name} is a zip file, but not of arrays: it has {members[:3]}")
    try:
        return {key: tensor_of(array) for key, array in arrays.items()}
    except TypeError as error:
        raise _Refused(f"{name} has an array that cannot be a Tensor: {error}") from None


def _brief(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def pickled(name: Any) -> str:
    """The message about a pickled file: why it was not loaded, and what to do."""
    return (
        f"{name} is a pickled file (torch.save writes them), and loading one can run any code that is in it; it was "
        "not loaded. Where it comes from, save the state dict as safetensors:\n"
        "    from safetensors.torch import save_file\n"
        "    save_file(model.state_dict(), 'model.safetensors')\n"
        "and load that file."
    )
