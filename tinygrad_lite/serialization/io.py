"""save and load."""

from __future__ import annotations

import io
import os
from typing import IO, Any

from ..runtime.atomic_files import replacing
from ..types.devices import check_device
from . import archive, interchange

Path = str | os.PathLike[str]

_ZIP, _PICKLE, _ARRAY = b"PK", b"\x80", b"\x93NUMPY"


def save(obj: object, f: Path | IO[bytes], *, metadata: dict[str, str] | None = None) -> None:
    """Write Tensors, and structures of them, to a file.

    A path gets the new file only when that is complete and on the disk; until then the old file stays. Tensors keep
    their shape, their dtype and `requires_grad`, but not their history.

    Args:
        obj: Tensors, arrays, numbers, strings and None, in dicts, lists and tuples; for `.safetensors` one dict of
            Tensors by name. Of a model, save its `state_dict()`.
        f: a path, or a file open for writing bytes. The suffix `.safetensors` means that format, any other suffix
            NumPy's zip of arrays.
        metadata: texts by name for a `.safetensors` file; by default those that `obj` was loaded with.

    Raises:
        TypeError: for an object that is not data, with the place where it was found; nothing has then been written.
        FileNotFoundError: if the folder of the path does not exist.
        ValueError: if the object contains itself.

    >>> import io, tinygrad_lite as tl
    >>> file = io.BytesIO()
    >>> tl.save({"weight": tl.ones(2), "step": 3}, file)
    >>> _ = file.seek(0)
    >>> tl.load(file)
    {'weight': tensor([1., 1.]), 'step': 3}
    """
    if not isinstance(f, (str, bytes, os.PathLike)):
        if not hasattr(f, "write"):
            raise TypeError(
                "expected 'f' to be string, path, or a file-like object with a 'write' attribute, but got "
                f"{type(f).__name__}: save(obj, f) takes first the object and then the file"
            )
        if isinstance(f, io.TextIOBase):
            raise TypeError("save: the file is open for text; open it for bytes, with open(path, 'wb')")
        if metadata is not None:
            raise TypeError(_NO_METADATA)
        archive.write(archive.contents_of(obj), f)
        return
    path = os.fsdecode(f)
    if path.endswith(".safetensors"):
        content = interchange.packed(obj, metadata)
        with replacing(path) as file:
            file.write(content)
        return
    if metadata is not None:
        raise TypeError(_NO_METADATA)
    contents = archive.contents_of(obj)
    with replacing(path) as file:
        archive.write(contents, file)


_NO_METADATA = "save: only .safetensors files have metadata; put the texts into the object itself"


def load(f: Path | IO[bytes], map_location: Any = None, *, weights_only: bool = True, mmap: bool | None = None) -> Any:
    """Read what `save` wrote, any `.safetensors` file, or the arrays of any `.npz` file.

    Args:
        f: a path, or a file open for reading bytes that can seek.
        map_location: the device to load to, which can only be the CPU.
        weights_only: accepted as PyTorch does; nothing but data is ever loaded.
        mmap: accepted as PyTorch does; the file is read.

    Returns:
        The object that was saved, with Tensors of the same shapes and dtypes. Of a `.safetensors` file a `TensorDict`,
        whose `metadata` are the texts in the file; bfloat16 becomes float32, without loss.

    Raises:
        FileNotFoundError: if there is no file at the path.
        RuntimeError: for a file that is truncated, corrupt or of another kind, for a pickled file, and for a
            `map_location` other than the CPU.
        TypeError: for what is neither a path nor a file.

    >>> import os, tempfile, tinygrad_lite as tl
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "state.npz")
    ...     tl.save({"weight": tl.ones(2), "epochs": [1, 2]}, path)
    ...     tl.load(path)
    {'weight': tensor([1., 1.]), 'epochs': [1, 2]}
    >>> tl.load(io.BytesIO(b"hello"))
    Traceback (most recent call last):
    ...
    RuntimeError: the file is neither a .npz nor a .safetensors file: it is corrupt, was cut off, or was written by
    something else
    """
    if map_location is not None:
        check_device(map_location)
    if isinstance(f, (str, bytes, os.PathLike)):
        with open(f, "rb") as file:
            return _load(file, os.fspath(f))
    if not (hasattr(f, "read") and hasattr(f, "seek")):
        raise TypeError(
            f"'{type(f).__name__}' object has no attribute 'seek'. You can only torch.load from a file that is "
            "seekable, or from a path. Of bytes make a file: io.BytesIO(content)"
        )
    if isinstance(f, io.TextIOBase):
        raise TypeError("Expected bytes, got str: the file is open for text; open it for bytes, with open(path, 'rb')")
    return _load(f, getattr(f, "name", "the file"))


def _load(file: IO[bytes], name: Any) -> Any:
    start = file.tell()
    head = file.read(9)
    file.seek(start)
    if head[4:] == b"\0\0\0\0{":  # a length, of which the lower bytes can be anything, and JSON
        return interchange.unpacked(file.read(), name)
    if head.startswith(_ZIP):
        return archive.read(file, name)
    if head.startswith(_PICKLE):
        raise RuntimeError(archive.pickled(name))
    if head.startswith(_ARRAY):
        raise RuntimeError(f"{name} holds one array of NumPy's: load it with torch.from_numpy(numpy.load(...))")
    what = "is neither a .npz nor a .safetensors file" if head else "is empty"
    raise RuntimeError(f"{name} {what}: it is corrupt, was cut off, or was written by something else")
