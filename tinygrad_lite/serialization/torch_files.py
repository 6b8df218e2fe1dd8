"""PyTorch's files: a pickle of the structure, and beside it the memory of the Tensors.

Since PyTorch 1.6 a file is a zip with the records `data.pkl` and `data/0`, `data/1` … in one folder. Before, it was
five pickles one after the other, and then the memory; `torch.save(..., _use_new_zipfile_serialization=False)` still
writes that.
"""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, cast

import numpy as np

from ..core.primitive import Array
from ..core.tensor import wrap
from ..nn.module.parameter import Buffer, Parameter
from ..sparse.construction import sparse_coo_tensor
from ..tensors.sparse_forms import sparse_coo
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.devices import device
from ..types.sizes import Size
from .numpy_parts import MOST_DIMENSIONS, array_of, check_dtype_state, dtype_of
from .pickle_reading import Unpickler, checked_key
from .pickle_writing import STORAGES, Pickler
from .refusals import NotData, Refused
from .safe_names import give_state, is_safe, safe_names
from .storages import Place, Storage, Storages, stored_kind, view_of
from .zip_files import ZipReader

ALIGNMENT = 64
_FOLDER = "archive"  # PyTorch's for files without a name; always this, so that equal contents give equal bytes
_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
"""The magic number in a pickle, with which a file of the older form begins."""
_DEEPEST = 500


# ------------------------------------------------------------------------------------------------- to write


def records_of(obj: Any, data_only: bool = False) -> list[tuple[str, Any]]:
    """The records of the file that holds an object.

    Args:
        obj: the object.
        data_only: whether it may hold nothing but data.

    Raises:
        TypeError: if something in it is not data, and should be, or cannot be saved.
        ValueError: if it contains itself.
        RuntimeError: if Tensors look into the same memory with different dtypes.
    """
    arrays: list[Array] = []

    def note(array: Array) -> Place:
        arrays.append(array)
        return Place(0, array.dtype, 0, 0, (), ())

    try:
        Pickler(note, data_only).dump(obj)  # only to see what is in it
        storages = Storages(arrays)
        pickler = Pickler(storages.place, data_only)
        pickler.dump(obj)
    except RecursionError:
        raise ValueError("save: the object contains itself, or is nested too deeply") from None
    records: list[tuple[str, Any]] = [
        ("data.pkl", pickler.content),
        (".format_version", b"1"),
        (".storage_alignment", str(ALIGNMENT).encode()),
        ("byteorder", sys.byteorder.encode()),
        *((f"data/{key}", piece) for key, piece in enumerate(storages.pieces)),
        ("version", b"3\n"),
    ]
    return [(f"{_FOLDER}/{name}", content) for name, content in records]


# -------------------------------------------------------------------------------------------------- to read


def read_zip(archive: ZipReader, reader_of: ReaderKind) -> Any:
    """The object in a zip file of PyTorch's.

    Args:
        archive: the file.
        reader_of: what reads the pickle in it: `Reader`, or one that trusts the file.

    Raises:
        Refused: for what is not data.
        Exception: of many classes, for a damaged file.
    """
    (pickled,) = (name for name in archive.names if name.rpartition("/")[2] == "data.pkl")
    folder = pickled.removesuffix("data.pkl")
    if any(name.startswith(f"{folder}code/") for name in archive.names) or f"{folder}constants.pkl" in archive.names:
        raise Refused("it is a TorchScript archive, which is a program; save the state_dict() of the model instead")
    byteorder = archive.read(f"{folder}byteorder").decode() if f"{folder}byteorder" in archive.names else "little"
    if byteorder not in ("little", "big"):
        raise ValueError(f"its byte order is {byteorder!r}")
    storages: dict[str, Storage] = {}

    def stored(saved: Any) -> Storage:
        word, found, key, _, length = saved
        kind, record = _kind_of(word, found), f"{folder}data/{key}"
        if key not in storages:
            if archive.size(record) != _nbytes(kind, length):
                raise ValueError(f"the record {record!r} is not of {length} elements of {kind}")
            storages[key] = Storage(kind, length)
            storages[key].fill(archive.read(record), byteorder)
        return _same(storages[key], kind, length)

    content = archive.read(pickled)
    reader = reader_of(content, 0, stored)
    result = reader.load()
    if reader.position != len(content):
        raise ValueError("there is more than one object in its pickle")
    return result


def read_legacy(content: bytes, reader_of: ReaderKind) -> tuple[Any, int]:
    """The object in a file of the older form, and the number of bytes that it took.

    Args:
        content: the file.
        reader_of: what reads the pickle of the object.

    Raises:
        Refused: for what is not data.
        Exception: of many classes, for a damaged file.
    """
    position = 0

    def header() -> Any:
        nonlocal position
        reader = Reader(content, position, _no_storages)
        value = reader.load()
        position = reader.position
        return value

    magic, protocol, system = header(), header(), header()
    if magic != _MAGIC or protocol != 1001:
        raise ValueError(f"its magic number is {magic}, and its version {protocol}")
    byteorder = "little" if system["little_endian"] else "big"
    storages: dict[Any, Storage] = {}
    left = len(content)

    def stored(saved: Any) -> Storage:
        nonlocal left
        word, found, key, _, length, view = saved
        kind = _kind_of(word, found)
        if key not in storages:
            left -= _nbytes(kind, length)
            if left < 0:
                raise ValueError("its storages are larger than the file")
            storages[key] = Storage(kind, length)
        if view is not None:
            raise Refused("it has views of storages, as PyTorch 0.1 wrote them; load and save it with a newer PyTorch")
        return _same(storages[key], kind, length)

    object_reader = reader_of(content, position, stored)
    result = object_reader.load()
    position = object_reader.position
    keys = header()
    if sorted(keys) != sorted(storages):
        raise ValueError("the list of its storages does not fit the Tensors")
    for key in keys:
        length = int.from_bytes(content[position : position + 8], byteorder)  # type: ignore[arg-type]  # big or little
        start = position + 8
        position = start + _nbytes(storages[key].kind, length)
        storages[key].fill(content[start:position], byteorder)
    return result, position


def _no_storages(_: Any) -> Any:
    raise ValueError("there is a storage where none can be")


def _kind_of(word: Any, found: Any) -> str:
    """The dtype of a storage, by the class that the pickle names."""
    if word not in ("storage", b"storage") or not isinstance(found, _Name) or found.path not in _STORAGES:
        raise Refused(f"it has a storage of the kind {getattr(found, 'path', word)!r:.60}, which does not exist here")
    return _STORAGES[found.path]


def _nbytes(kind: str, length: Any) -> int:
    if type(length) is not int or length < 0:
        raise ValueError(f"a storage has {length!r:.40} elements")
    return length * (2 if kind == "bfloat16" else np.dtype(kind).itemsize)


def _same(storage: Storage, kind: str, length: int) -> Storage:
    """The storage, if it is what is asked for now."""
    if storage.kind != kind or storage.array.size != length:
        raise ValueError("Tensors look into the same storage with different dtypes or lengths")
    return storage


class _Name(NamedTuple):
    """Return the function or the class for which a name in the pickle stands."""

    path: str

    def __call__(self, *arguments: Any) -> Any:
        return _CALLS[self.path](*arguments)


def named(path: str) -> Any:
    """Return what a name of PyTorch means in files: a dtype, a kind of storage, or a function that makes Tensors.

    None for all other names.
    """
    if path.endswith("Storage"):
        return _find(path)
    if path in _VALUES:
        return _VALUES[path]
    return _Name(path) if path in _CALLS and path.startswith("torch._") else None


class PickleReader(Protocol):
    """The protocol of an object that reads one pickle in a file."""

    @property
    def position(self) -> int:
        """The position in the file up to which it has read."""
        ...

    def load(self) -> Any:
        """The object; `position` is then behind its pickle."""


ReaderKind = Callable[[bytes, int, Callable[[Any], Any]], PickleReader]


class Reader(Unpickler):
    """Reads a pickle of PyTorch's, of data.

    Args:
        content: the bytes in which it is.
        position: where it begins.
        stored: what a persistent id stands for.
    """

    def __init__(self, content: bytes, position: int, stored: Callable[[Any], Any]) -> None:
        super().__init__(
            content, position, find=_find, call=self._called, new=self._made, build=self._built, stored=stored
        )
        # What calls copy. In an honest pickle each value is copied once; the same one again and again fills the memory.
        self._left = 2 * len(content) + 10_000

    def load(self) -> Any:
        """The object, of data alone."""
        result = super().load()
        _check_data(result)
        return result

    def _charge(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise ValueError("it would expand to far more than its own size")

    def _made(self, cls: Any, arguments: tuple[Any, ...]) -> Any:
        """A new object: of a class that the user has named as safe, or of one of those that are data."""
        return cls.__new__(cls, *arguments) if isinstance(cls, type) and is_safe(cls) else self._called(cls, arguments)

    def _called(self, function: Any, arguments: tuple[Any, ...]) -> Any:
        if is_safe(function):
            return function(*arguments)
        if not isinstance(function, _Name) or function.path not in _CALLS:
            raise NotData(_refusal(getattr(function, "path", type(function).__name__)))
        for x in arguments:
            if isinstance(x, (str, bytes, bytearray, tuple, list, dict, set)):
                self._charge(len(x))
        return _CALLS[function.path](*arguments)

    def _built(self, x: Any, state: Any) -> None:
        if isinstance(x, (OrderedDict, Tensor)):
            x.__dict__.update(_attributes(state))
        elif isinstance(x, np.dtype):
            check_dtype_state(x, state)
            cast(Any, x).__setstate__(state)
        elif type(x) is np.ndarray:
            version, shape, dtype, fortran, content = state
            self._charge(len(content))
            checked = array_of(content, dtype, shape, "F" if fortran else "C")
            if x.shape != (0,) or version != 1:
                raise ValueError("an array in the pickle has its elements twice")
            cast(Any, x).__setstate__((1, checked.shape, checked.dtype, bool(fortran), content))
        elif is_safe(type(x)):
            give_state(x, state)
        else:
            raise NotData(f"a {type(x).__name__} in it has a state of its own, which is not data")


def _find(path: str) -> Any:
    if path in _VALUES:
        return _VALUES[path]
    if (safe := safe_names().get(path)) is not None:
        return safe
    if path in _CALLS or path in _STORAGES or path == "numpy.ndarray":
        return _Name(path)
    kind = path.removeprefix("torch.").removesuffix("Storage")
    if path.startswith("torch.") and (path.endswith("Storage") or kind in _OTHER_DTYPES):
        raise Refused(f"it has data of {path}, a dtype that does not exist here; convert them before you save them")
    raise NotData(_refusal(path))


def _refusal(path: str) -> str:
    return (
        f"it needs {path}, which is not data: to make one could run any code. Tensors, arrays, numbers, strings and "
        "containers of them are loaded without. Where the file comes from, save the state dict alone: "
        "torch.save(model.state_dict(), path)"
    )


def _attributes(state: Any) -> dict[str, Any]:
    """The attributes that hang on an object, as its state in the pickle has them."""
    state, slots = state if type(state) is tuple and len(state) == 2 else (state, None)
    attributes = {**(state or {}), **(slots or {})}
    if not all(type(name) is str for name in attributes):
        raise ValueError("an attribute has a name that is not a text")
    return attributes


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, requires_grad: Any = False, *_: Any) -> Tensor:
    if not isinstance(storage, Storage) or len(shape) > MOST_DIMENSIONS:
        raise ValueError("a Tensor in it has no storage, or too many dimensions")
    t: Tensor = wrap(view_of(storage.array, offset, tuple(shape), tuple(strides)))
    return t.requires_grad_() if _flag(requires_grad) else t


def _sparse(layout: Any, parts: Any) -> Tensor:
    """A sparse Tensor of its places, values and size; places outside of the size are an error."""
    if layout is not sparse_coo:
        raise Refused("it has a sparse Tensor in a layout that does not exist here")
    places, values, size, *coalesced = parts
    made: Any = sparse_coo_tensor(places, values, size)
    in_order = bool((np.diff(made._flat()) > 0).all())  # PyTorch at times says so where it is not
    return sparse_coo_tensor(places, values, size, is_coalesced=bool(coalesced) and _flag(coalesced[0]) and in_order)


def _layout(name: Any) -> Any:
    if name != "torch.sparse_coo":
        raise Refused(f"it has a sparse Tensor in the layout {name!r:.40}, which does not exist here")
    return sparse_coo


def _typed_tensor(
    storage: Any, offset: Any, shape: Any, strides: Any, requires_grad: Any, hooks: Any, dtype: Any, *_: Any
) -> Tensor:
    """A Tensor that gives its bytes a dtype."""
    bytes_of = Storage(stored_kind(dtype), 0)
    bytes_of.array = storage.array.view(dtype)
    return _tensor(bytes_of, offset, shape, strides, requires_grad)


def _parameter(data: Any, requires_grad: Any = True, _: Any = None, state: Any = None) -> Parameter:
    if not isinstance(data, Tensor):
        raise ValueError("a Parameter in it is made of something else than a Tensor")
    parameter = Parameter(data, _flag(requires_grad))
    parameter.__dict__.update(_attributes(state))
    return parameter


def _flag(x: Any) -> bool:
    if type(x) is not bool:
        raise ValueError(f"requires_grad is {x!r:.40}")
    return x


def _typed(rebuild: Any, kind: Any, arguments: Any, state: Any) -> Tensor:
    """A Tensor with attributes, and of a class that was pickled with it."""
    if kind in (Parameter, Buffer):
        kind = _Name(_PARAMETER if kind is Parameter else _BUFFER)
    if kind is not Tensor and kind not in (_Name(_PARAMETER), _Name(_BUFFER)):
        raise NotData(f"it has a Tensor of a class of its own, {getattr(kind, 'path', kind)}")
    if not isinstance(rebuild, _Name) or not rebuild.path.startswith("torch._utils."):
        raise ValueError("a Tensor in it is made in an unknown way")
    t: Tensor = _CALLS[rebuild.path](*arguments)
    if kind == _Name(_PARAMETER) and not isinstance(t, Parameter):
        t = Parameter(t, t.requires_grad)
    elif kind == _Name(_BUFFER):
        t = Buffer(t)
    t.__dict__.update(_attributes(state))
    return t


def _device(kind: Any, index: Any = None) -> device:
    try:
        return device(kind, index)
    except RuntimeError as error:
        raise Refused(str(error)) from None


def _size(lengths: Any = ()) -> Size:
    if not all(type(n) is int for n in lengths):
        raise ValueError("a Size has lengths that are not whole numbers")
    return Size(lengths)


def _items(items: Any = ()) -> Any:
    """The items that a mapping is made of, with keys that may be keys."""
    pairs = [*items.items()] if isinstance(items, dict) else [*items]
    for key, _ in pairs:
        checked_key(key)
    return pairs


def _encoded(text: Any, encoding: Any = "utf-8") -> bytes:
    """Bytes, which protocol 2 writes as a text."""
    if type(text) is not str or encoding not in ("latin1", "latin-1", "ascii", "utf-8"):
        raise ValueError(f"bytes are encoded as {encoding!r:.40}")
    return text.encode(encoding)


def _bytearray(content: Any, encoding: Any) -> bytearray:
    content = content if encoding is None else _encoded(content, encoding)
    if not isinstance(content, (bytes, bytearray)):  # of a number it would make as many zeros
        raise ValueError(f"a bytearray is made of {content!r:.40}")
    return bytearray(content)


def _reconstruct(kind: Any, shape: Any, code: Any) -> Array:
    if kind != _Name("numpy.ndarray"):
        raise NotData("it has an array of a class of its own")
    return np.ndarray((0,), np.int8)


def _scalar(dtype: Any, content: Any) -> Any:
    return array_of(content, dtype, ())[()]


_PARAMETER, _BUFFER = "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer"
_STORAGES = {f"torch.{name}": kind for kind, name in STORAGES.items()}
_STORAGES |= {"torch.BFloat16Storage": "bfloat16", "torch.storage.UntypedStorage": "uint8"}
_OTHER_DTYPES = {
    "bfloat16", "complex32", "complex64", "complex128", "uint16", "uint32", "uint64", "quint8", "qint8", "qint32",
    "float8_e4m3fn", "float8_e5m2",
}  # fmt: skip
_VALUES: dict[str, Any] = {f"torch.{kind}": getattr(dtypes, kind) for kind in STORAGES} | {"torch.Tensor": Tensor}
_CALLS: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": lambda items=(): OrderedDict(_items(items)),
    "collections.Counter": lambda items=(): Counter(dict(_items(items))),
    "builtins.set": lambda items=(): {checked_key(x) for x in items},
    "builtins.frozenset": lambda items=(): frozenset(checked_key(x) for x in items),
    "builtins.bytes": lambda: b"",  # as protocol 2 writes none
    "builtins.bytearray": lambda content=b"", encoding=None: _bytearray(content, encoding),
    "builtins.complex": lambda real=0.0, imaginary=0.0: complex(float(real), float(imaginary)),
    "_codecs.encode": _encoded,
    "torch.Size": _size,
    "torch.device": _device,
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _typed_tensor,
    "torch._utils._rebuild_sparse_tensor": _sparse,
    "torch.serialization._get_layout": _layout,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter,
    "torch._tensor._rebuild_from_type_v2": _typed,
    _PARAMETER: _parameter,
    _BUFFER: lambda data: Buffer(data),
    "numpy.dtype": dtype_of,
}
for _module in ("numpy.core", "numpy._core"):
    _CALLS[f"{_module}.multiarray._reconstruct"] = _reconstruct
    _CALLS[f"{_module}.multiarray.scalar"] = _scalar
    _CALLS[f"{_module}.numeric._frombuffer"] = lambda content, dtype, shape, order: array_of(
        content, dtype, shape, order
    )
for _name in ("set", "frozenset", "bytes", "bytearray", "complex"):  # their module in Python 2
    _CALLS[f"__builtin__.{_name}"] = _CALLS[f"builtins.{_name}"]

_SEQUENCES = (list, tuple, set, frozenset, Size)
_DATA = {
    type(None), bool, int, float, complex, str, bytes, bytearray, device, np.ndarray,
}  # fmt: skip


def _check_data(result: Any) -> None:
    """Raise unless there is nothing in the result but data: no storage alone, no class or function by its name."""
    level, seen = [result], set()
    for _ in range(_DEEPEST):
        inner: list[Any] = []
        for x in level:
            if id(x) in seen:
                continue
            seen.add(id(x))
            kind = type(x)
            if kind in (dict, OrderedDict, Counter):
                inner += [*x.keys(), *x.values(), *getattr(x, "__dict__", {}).values()]
            elif kind in _SEQUENCES:
                inner.extend(x)
            elif isinstance(x, Tensor):
                inner += x.__dict__.values()
            elif isinstance(x, Storage):
                raise Refused("it has a storage itself; save the Tensor")
            elif is_safe(kind):
                inner += getattr(x, "__dict__", {}).values()
            elif is_safe(x):
                pass
            elif kind not in _DATA and not isinstance(x, (np.generic, np.dtype)):
                raise NotData(_refusal(getattr(x, "path", kind.__name__)))
        if not inner:
            return
        level = inner
    raise ValueError(f"it is nested more than {_DEEPEST} levels deep")
