"""save and load."""

from __future__ import annotations

import io
import os
import pickle
from typing import IO, Any

from ..runtime.atomic_files import replacing
from ..types.devices import check_device
from . import archive, interchange, torch_files
from .object_reading import TrustingReader
from .refusals import NotData, Refused
from .zip_files import ZipReader, write_zip

Path = str | os.PathLike[str]

_ZIP, _PICKLE, _ARRAY = b"PK", b"\x80", b"\x93NUMPY"


def save(
    obj: object,
    f: Path | IO[bytes],
    pickle_module: Any = None,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
    *,
    metadata: dict[str, str] | None = None,
) -> None:
    """Write Tensors, and structures of them, to a file that PyTorch can load too.

    The file is PyTorch's: `torch.load(f, weights_only=True)` reads it, unless there are NumPy's arrays or a frozenset
    in it, for which PyTorch asks for `weights_only=False`. Other objects, a whole model for one, are written as
    Python's `pickle` does: with the names of their classes, which must be there when they are loaded with
    `weights_only=False`; prefer the `state_dict()`, which outlives changes of the code. A path gets the new file only
    when that is complete and on the disk; until then the old file stays. A link stays a link, and the file that it
    points to is replaced; it keeps its permissions.
    A pipe or a device at the path is written to, and stays what it is; for a pipe that nobody reads, `save` waits some
    seconds before it gives up.

    Tensors keep their shape, their dtype and `requires_grad`, but not their history. What shares memory shares it after
    loading too: a Tensor that is there twice, and views of one Tensor. Of the memory that a view looks into only the
    part between its first and its last element is written. (Negative strides, which come from NumPy, do not exist in
    the format: such a Tensor is written as a copy.)

    Args:
        obj: Tensors, arrays, numbers, strings, bytes and None, in dicts, lists, tuples and sets, and objects that
            Python can pickle; `.npz` has neither bytes nor sets nor complex numbers nor other objects, and
            `.safetensors` holds one dict of Tensors by name. Keys of dicts are strings, numbers, or tuples of them.
        f: a path, or a file open for writing bytes, which need not be able to seek. The suffix `.safetensors` means
            that format, and `.npz` NumPy's zip of arrays, which `numpy.load` reads.
        pickle_module: accepted as PyTorch does; None or Python's `pickle`. No pickler but our own is used.
        pickle_protocol: accepted as PyTorch does; protocol 2 is what is written.
        metadata: texts by name for a `.safetensors` file; by default those that `obj` was loaded with.

    Raises:
        TypeError: for an object that cannot be saved, with the place where it was found; nothing has then been written.
        pickle.PicklingError: for a class or a function that is not found by its name, such as a lambda.
        FileNotFoundError: if the folder of the path does not exist.
        ValueError: if the object contains itself, and for settings of the pickler that cannot be followed.
        RuntimeError: if Tensors look into the same memory with different dtypes.

    >>> import io, tinygrad_lite as tl
    >>> file, x = io.BytesIO(), tl.ones(3)
    >>> tl.save({"whole": x, "end": x[2:], "step": 3}, file)
    >>> _ = file.seek(0)
    >>> found = tl.load(file)
    >>> found["end"].fill_(7)
    tensor([7.])
    >>> found
    {'whole': tensor([1., 1., 7.]), 'end': tensor([7.]), 'step': 3}
    """
    _check_pickler(pickle_module, pickle_protocol, _use_new_zipfile_serialization)
    write(obj, f, metadata, data_only=False)


def write(obj: object, f: Any, metadata: dict[str, str] | None, data_only: bool) -> None:
    """Write what `save` is given.

    Args:
        obj: the object.
        f: a path or a file.
        metadata: texts for a `.safetensors` file.
        data_only: whether nothing but data may be written, which `load` reads of any file.

    Raises:
        TypeError: for what is not a file, and for what cannot be written.
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
        write_zip(f, torch_files.records_of(obj, data_only), torch_files.ALIGNMENT)
        return
    path = os.fsdecode(f)
    if path.endswith(".safetensors"):
        content = interchange.packed(obj, metadata)
        with replacing(path) as file:
            file.write(content)
        return
    if metadata is not None:
        raise TypeError(_NO_METADATA)
    records = archive.records_of(obj) if path.endswith(".npz") else torch_files.records_of(obj, data_only)
    with replacing(path) as file:
        write_zip(file, records, torch_files.ALIGNMENT)


_NO_METADATA = "save: only .safetensors files have metadata; put the texts into the object itself"


def _check_pickler(module: Any, protocol: Any, new: Any) -> None:
    """Raise for settings of the pickler that would give another file."""
    if module not in (None, pickle):
        raise ValueError(f"save: pickle_module={module!r:.60} is not used here: leave it out")
    if type(protocol) is not int or not 0 <= protocol <= pickle.HIGHEST_PROTOCOL:
        raise ValueError(f"save: pickle_protocol must be from 0 to {pickle.HIGHEST_PROTOCOL}, not {protocol!r:.40}")
    if not new:
        raise ValueError("save: the format before PyTorch 1.6 can be loaded, but is not written: leave the option out")


def load(
    f: Path | IO[bytes],
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = True,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what `save` or PyTorch's `torch.save` wrote, any `.safetensors` file, or the arrays of any `.npz` file.

    Nothing in a file is run, unless `weights_only=False` says that it may. A pickle, which PyTorch's files hold, is
    read by an interpreter that knows Tensors, arrays, numbers, strings and containers of them, and refuses every other
    name. Sizes are compared with the file
    before memory is taken, and the checksums of zip files are compared. The older files of PyTorch (before 1.6) and
    the safetensors files of others have none, so that a wrong bit in their numbers cannot be noticed.

    Of a file that is open, one object is read; another one that was saved behind it is read by the next call.

    Args:
        f: a path, or a file open for reading bytes. One that cannot seek is read to its end.
        map_location: where PyTorch would put the Tensors; here they are on the CPU, wherever they came from. Another
            device is an error; a function or a dict is accepted, and there is nothing for it to choose.
        pickle_module: accepted as PyTorch does; None or Python's `pickle`, neither of which is used.
        weights_only: whether nothing but data is loaded (None means the same). With False, objects such as a whole
            model are loaded too, by Python's unpickler, which **runs whatever code the file names**: only for files
            that you trust. Their classes must be importable; of PyTorch's names, this library's classes are taken.
        mmap: accepted as PyTorch does; the file is read.
        pickle_load_args: accepted as PyTorch does, such as `encoding`.

    Returns:
        The object that was saved, with Tensors of the same shapes and dtypes, which share memory as they did. Of a
        `.safetensors` file a `TensorDict`, whose `metadata` are the texts in the file; bfloat16 becomes float32,
        without loss.

    Raises:
        FileNotFoundError: if there is no file at the path.
        RuntimeError: for a file that is truncated, corrupt or of another kind, and for a `map_location` other than the
            CPU.
        pickle.UnpicklingError: for a file that holds more than data, without `weights_only=False`; it is a RuntimeError
            too.
        TypeError: for what is neither a path nor a file.

    >>> import os, tempfile, tinygrad_lite as tl
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "state.pt")
    ...     tl.save({"weight": tl.ones(2), "epochs": [1, 2]}, path)
    ...     tl.load(path)
    {'weight': tensor([1., 1.]), 'epochs': [1, 2]}
    >>> tl.load(io.BytesIO(b"hello"))
    Traceback (most recent call last):
    ...
    RuntimeError: the file was not loaded: it is neither a .npz nor a .safetensors nor a file of PyTorch: it is corrupt,
    was cut off, or was written by something else
    """
    if map_location is not None and not callable(map_location):
        for place in map_location.values() if isinstance(map_location, dict) else (map_location,):
            check_device(place)
    if pickle_module not in (None, pickle):
        raise RuntimeError(
            "Can not safely load weights when explicit pickle_module is specified: leave it out, since none is used"
        )
    if isinstance(f, (str, bytes, os.PathLike)):
        with open(f, "rb") as file:
            return _load(file, os.fspath(f), weights_only is None or bool(weights_only))
    if not hasattr(f, "read"):
        raise TypeError(
            f"'{type(f).__name__}' object has no attribute 'seek'. You can only torch.load from a file that is "
            "seekable, or from a path. Of bytes make a file: io.BytesIO(content)"
        )
    if isinstance(f, io.TextIOBase):
        raise TypeError("Expected bytes, got str: the file is open for text; open it for bytes, with open(path, 'rb')")
    return _load(f, getattr(f, "name", "the file"), weights_only is None or bool(weights_only))


class UnpicklingError(pickle.UnpicklingError, RuntimeError):
    """A file holds more than data, and nobody said that it is trusted."""


def _load(file: IO[bytes], name: Any, data_only: bool) -> Any:
    """Read one object, and leave the file behind it."""
    if not _can_seek(file):
        file = io.BytesIO(file.read())
    start = file.tell()
    try:
        result, end = _read(file, name, torch_files.Reader)
        file.seek(end)
        return result
    except NotData as refusal:
        if data_only:
            raise UnpicklingError(_WEIGHTS_ONLY.format(name=name, refusal=refusal)) from None
    except Refused as refusal:
        raise RuntimeError(f"{name} was not loaded: {refusal}") from None
    except ImportError:  # what reads the format is not installed
        raise
    # A wrong bit can turn into nearly anything: a name that does not exist, a structure without an end, a huge number.
    except Exception as error:
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise RuntimeError(f"{name} is corrupt or incomplete, and nothing was loaded: {what:.500}") from error
    file.seek(start)
    result, end = _read(file, name, TrustingReader)
    file.seek(end)
    return result


_WEIGHTS_ONLY = (
    "Weights only load failed: {name} was not loaded: {refusal}. If you trust the source of the file, load it with "
    "weights_only=False, which can run any code that is in it; or declare its classes and functions safe with "
    "serialization.add_safe_globals([...])"
)


def _can_seek(file: Any) -> bool:
    try:
        file.seek(file.tell())
    except (AttributeError, OSError, io.UnsupportedOperation):
        return False
    return True


def _read(file: IO[bytes], name: Any, reader_of: torch_files.ReaderKind) -> tuple[Any, int]:
    """The object that begins where the file stands, and the position behind it."""
    start = file.tell()
    head = file.read(300)
    file.seek(start)
    if head[4:9] == b"\0\0\0\0{":  # a length, of which the lower bytes can be anything, and JSON
        return interchange.unpacked(file.read(), name), file.tell()
    if head.startswith(_ZIP):
        zipped = ZipReader(file)
        is_pytorchs = any(member.rpartition("/")[2] == "data.pkl" for member in zipped.names)
        return torch_files.read_zip(zipped, reader_of) if is_pytorchs else archive.read(zipped), zipped.end
    if head.startswith(_PICKLE) and torch_files.LEGACY in head[:32]:
        result, size = torch_files.read_legacy(file.read(), reader_of)
        return result, start + size
    raise Refused(_not_ours(head))


def _not_ours(head: bytes) -> str:
    """Return the reason why a file that begins like this is refused."""
    if head.startswith(_PICKLE):
        return _PICKLED
    if head[257:262] == b"ustar":
        return (
            "it is a file of PyTorch 0.1, a .tar; load it with PyTorch and weights_only=False, if you trust it, and "
            "save it anew"
        )
    if head.startswith(_ARRAY):
        return "it holds one array of NumPy's: load it with torch.from_numpy(numpy.load(...))"
    what = "is neither a .npz nor a .safetensors nor a file of PyTorch" if head else "is empty"
    return f"it {what}: it is corrupt, was cut off, or was written by something else"


_PICKLED = (
    "it is a pickled file, but not one of torch.save's, and loading one can run any code that is in it. Where it comes "
    "from, save the data with torch.save(data, path) or as safetensors, and load that file"
)
