"""save and load."""

from __future__ import annotations

import os
from typing import IO, Any

from ..runtime.atomic_files import replacing
from ..types.devices import check_device
from . import archive, interchange
from .archive import pickled

_ZIP, _PICKLE, _ARRAY = b"PK", b"\x80", b"\x93NUMPY"


def save(obj: Any, f: Any, *, metadata: dict[str, str] | None = None) -> None:
    """Write Tensors, and structures of them, to a file.

    A path gets the new file only when that is complete and on the disk; until then the old one stays.

    Args:
        obj: Tensors, arrays, numbers, strings and None, in dicts, lists and tuples; for `.safetensors` one dict of
            Tensors by name.
        f: a path, or a file open for writing bytes. Any suffix but `.safetensors` means NumPy's zip of arrays.
        metadata: texts to keep in a `.safetensors` file; by default those that `obj` was loaded with.

    Raises:
        TypeError: for an object that is not data, with where it was found; nothing has then been written.

    >>> import io, tinygrad_lite as tl
    >>> file = io.BytesIO()
    >>> tl.save({"weight": tl.ones(2), "step": 3}, file)
    >>> _ = file.seek(0)
    >>> tl.load(file)
    {'weight': tensor([1., 1.]), 'step': 3}
    """
    path = None if hasattr(f, "write") else os.fspath(f)
    if path is not None and str(path).endswith(".safetensors"):
        content = interchange.packed(obj, metadata)
        with replacing(path) as file:
            file.write(content)
        return
    if metadata is not None:
        raise TypeError("save: only .safetensors files have metadata; put the texts into the object itself")
    plan = archive.planned(obj)
    if path is None:
        archive.write(plan, f)
    else:
        with replacing(path) as file:
            archive.write(plan, file)


def load(f: Any, map_location: Any = None, *, weights_only: bool = True, mmap: bool | None = None) -> Any:
    """Read what `save` wrote, a `.safetensors` file of anyone's, or the arrays of any `.npz` file.

    Args:
        f: a path, or a file open for reading bytes that can seek.
        map_location: the device to load to; there is the CPU.
        weights_only: taken for PyTorch's sake: nothing but data is ever loaded.
        mmap: likewise: the file is read.

    Returns:
        What was saved. Of a `.safetensors` file a dict of Tensors whose `metadata` are its texts; bfloat16 becomes
        float32, without loss.

    Raises:
        RuntimeError: for a file that is truncated, corrupt or of another kind, and for pickled ones.
    """
    if map_location is not None:
        check_device(map_location)
    if hasattr(f, "read"):
        return _load(f, getattr(f, "name", "the file"))
    with open(f, "rb") as file:
        return _load(file, os.fspath(f))


def _load(file: IO[bytes], name: Any) -> Any:
    start = file.tell()
    head = file.read(9)
    file.seek(start)
    if head[4:] == b"\0\0\0\0{":  # a length, of which the lower bytes can be any, and JSON
        return interchange.unpacked(file.read(), name)
    if head.startswith(_ZIP):
        return archive.read(file, name)
    if head.startswith(_PICKLE):
        raise RuntimeError(pickled(name))
    if head.startswith(_ARRAY):
        raise RuntimeError(f"{name} holds one array of NumPy's: load it with torch.from_numpy(numpy.load(...))")
    what = "is neither a .npz nor a .safetensors file" if head else "is empty"
    raise RuntimeError(f"{name} {what}: it is corrupt, was cut off, or was written by something else")
