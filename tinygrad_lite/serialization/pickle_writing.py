"""Writes data as a pickle of protocol 2 that names what PyTorch names.

So `torch.load(weights_only=True)` reads it. Python's own pickler would write the names of this library's classes, which
only this library could read. Objects that are not data, such as a whole model, are written by the parts that they give
to Python's pickler.
"""

from __future__ import annotations

import struct
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..core.primitive import Array
from ..nn.module.parameter import Parameter, is_lazy, unusable
from ..tensors.tensor import Tensor
from ..types.devices import device
from ..types.sizes import Size
from .object_parts import Name, parts_of
from .storages import Place
from .structure import SAME_AS, check_key, not_data, without_objects

STORAGES = {
    "float64": "DoubleStorage",
    "float32": "FloatStorage",
    "float16": "HalfStorage",
    "int64": "LongStorage",
    "int32": "IntStorage",
    "int16": "ShortStorage",
    "int8": "CharStorage",
    "uint8": "ByteStorage",
    "bool": "BoolStorage",
}
"""PyTorch's names for memory of a dtype."""


class Pickler:
    """Writes one object.

    Args:
        place: where the array of a Tensor lies in the file.
        data_only: whether nothing but data may be written.

    Attributes:
        content: the pickle.

    Raises:
        TypeError: by `dump`, for keys that load would refuse, for arrays of Python objects, and for what is not data.
        pickle.PicklingError: by `dump`, for what cannot be pickled.
        ValueError: by `dump`, for what contains itself.
    """

    def __init__(self, place: Callable[[Array], Place], data_only: bool) -> None:
        self.content = bytearray(b"\x80\2")
        self._place = place
        self._data_only = data_only
        self._within_object = False  # which is read by Python's own unpickler, with any keys
        self._memo: dict[Any, int] = {}
        self._alive: list[Any] = []  # what the memo knows by its identity
        self._open: set[int] = set()

    def dump(self, x: Any) -> None:
        """Write the object."""
        self._save(x, ())
        self.content += b"."

    def _save(self, x: Any, path: tuple[Any, ...]) -> None:
        kind = SAME_AS.get(type(x), type(x))
        if kind in _PLAIN:
            _PLAIN[kind](self, x)
        elif id(x) in self._open:
            raise ValueError("save: the object contains itself")
        elif not self._known(id(x)):
            self._open.add(id(x))
            self._alive.append(x)
            if kind in _CONTAINERS:
                _CONTAINERS[kind](self, x, path)
            elif isinstance(x, Tensor):
                self._tensor(x)
            elif isinstance(x, (np.generic, np.ndarray, np.dtype)):
                self._numpy(x, kind, path)
            else:
                self._object(x, path)
            self._open.discard(id(x))

    def _known(self, key: Any) -> bool:
        """Write a reference to something that was written before, if it was."""
        if (index := self._memo.get(key)) is None:
            return False
        self.content += b"h" + bytes([index]) if index < 256 else struct.pack("<cI", b"j", index)
        return True

    def _remember(self, key: Any) -> None:
        """Give what was just written, or begun, an index by which it can be referred to."""
        index = self._memo[key] = len(self._memo)
        self.content += b"q" + bytes([index]) if index < 256 else struct.pack("<cI", b"r", index)

    def _text(self, x: str) -> None:
        if not self._known(x):
            encoded = x.encode("utf-8", "surrogatepass")
            self.content += struct.pack("<cI", b"X", len(encoded)) + encoded
            self._remember(x)

    def _whole(self, x: int) -> None:
        if -(2**31) <= x < 2**31:
            self.content += struct.pack("<cB", b"K", x) if 0 <= x < 256 else struct.pack("<ci", b"J", x)
            return
        encoded = x.to_bytes(x.bit_length() // 8 + 1, "little", signed=True)
        short = len(encoded) < 256
        self.content += struct.pack("<cB" if short else "<cI", b"\x8a" if short else b"\x8b", len(encoded)) + encoded

    def _global(self, module: str, name: str) -> None:
        if not self._known(("global", module, name)):
            self.content += f"c{module}\n{name}\n".encode()
            self._remember(("global", module, name))

    def _call(self, module: str, name: str, *write: Callable[[], None]) -> None:
        """Write a call of something by its name; each argument is a function that writes it."""
        self._global(module, name)
        self.content += b"("
        for argument in write:
            argument()
        self.content += b"tR"

    def _octets(self, x: bytes | bytearray) -> None:
        self._call("_codecs", "encode", lambda: self._text(x.decode("latin1")), lambda: self._text("latin1"))

    def _list(self, x: list[Any], path: tuple[Any, ...]) -> None:
        self.content += b"]"
        self._remember(id(x))
        self._appended(x, path)

    def _appended(self, items: Iterable[Any], path: tuple[Any, ...]) -> None:
        self.content += b"("
        for i, value in enumerate(items):
            self._save(value, (*path, i))
        self.content += b"e"

    def _tuple(self, x: tuple[Any, ...], path: tuple[Any, ...]) -> None:
        self.content += b"("
        for i, value in enumerate(x):
            self._save(value, (*path, i))
        self.content += b"t"
        self._remember(id(x))

    def _size(self, x: Size, path: tuple[Any, ...]) -> None:
        self._call("torch", "Size", lambda: self._lengths(x))
        self._remember(id(x))

    def _lengths(self, x: tuple[int, ...]) -> None:
        self.content += b"("
        for n in x:
            self._whole(n)
        self.content += b"t"

    def _dict(self, x: dict[Any, Any], path: tuple[Any, ...]) -> None:
        self.content += b"}"
        self._items(x, path)

    def _ordered(self, x: OrderedDict[Any, Any], path: tuple[Any, ...]) -> None:
        self._call("collections", "OrderedDict")
        self._items(x, path)
        if hasattr(x, "_metadata"):  # the versions of modules, which hang on a state dict
            self._save({"_metadata": x._metadata}, path)
            self.content += b"b"

    def _set(self, x: Any, path: tuple[Any, ...]) -> None:
        for item in x:
            check_key(item, path)
        items = sorted(x, key=repr)  # so that equal contents give equal bytes
        self._call("__builtin__", type(x).__name__, lambda: self._list(items, path))
        self._alive.append(items)
        self._remember(id(x))

    def _bytes(self, x: bytes, path: tuple[Any, ...]) -> None:
        self._octets(x)
        self._remember(id(x))

    def _bytearray(self, x: bytearray, path: tuple[Any, ...]) -> None:
        self._call("__builtin__", "bytearray", lambda: self._octets(x))
        self._remember(id(x))

    def _complex(self, x: complex, path: tuple[Any, ...]) -> None:
        self._call("__builtin__", "complex", lambda: self._number(x.real), lambda: self._number(x.imag))
        self._remember(id(x))

    def _counter(self, x: Counter[Any], path: tuple[Any, ...]) -> None:
        self._call("collections", "Counter", lambda: self._dict(dict(x), path))
        self._remember(id(x))

    def _items(self, x: dict[Any, Any], path: tuple[Any, ...]) -> None:
        self._remember(id(x))
        self._set_pairs(x.items(), path)

    def _set_pairs(self, pairs: Iterable[tuple[Any, Any]], path: tuple[Any, ...]) -> None:
        self.content += b"("
        for key, value in pairs:
            tensor = isinstance(key, Tensor) and self._within_object  # as in the state of an optimizer
            if not tensor:
                check_key(key, path)
            self._save(key, path)
            self._save(value, (*path, "a Tensor" if tensor else key))
        self.content += b"u"

    def _object(self, x: Any, path: tuple[Any, ...]) -> None:
        """Write the call that makes an object, and the state that it is given afterwards."""
        if self._data_only:
            raise not_data(x, path)
        parts = parts_of(x, path)
        if isinstance(parts, Name):
            self._global(*parts)
            return
        self._save(parts.function, path)
        self._save(parts.arguments, path)
        self.content += parts.opcode
        self._remember(id(x))
        self._open.discard(id(x))  # what follows may refer to it
        if parts.items is not None:
            self._appended(parts.items, path)
        around, self._within_object = self._within_object, True
        if parts.pairs is not None:
            self._set_pairs(parts.pairs, path)
        if parts.state is not None:
            self._save(parts.state, path)
            self.content += b"b"
        self._within_object = around

    def _device(self, x: device, path: tuple[Any, ...]) -> None:
        number = [] if (index := x.index) is None else [lambda: self._whole(index)]
        self._call("torch", "device", lambda: self._text(x.type), *number)
        self._remember(id(x))

    def _tensor(self, x: Tensor) -> None:
        if is_lazy(x):
            raise unusable(x, "save")
        if x.is_sparse:
            self._sparse(x)
        elif isinstance(x, Parameter):
            self._call(
                "torch._utils",
                "_rebuild_parameter",
                lambda: self._values(x._data, False),
                lambda: self._bool(x.requires_grad),
                lambda: self._call("collections", "OrderedDict"),
            )
        else:
            self._values(x._data, x.requires_grad)
        self._remember(id(x))

    def _sparse(self, x: Any) -> None:
        """Write a sparse Tensor, as PyTorch does: its layout, its places, its values, and its size."""

        def parts() -> None:
            self.content += b"("
            self._values(x._indices()._data, False)
            self._values(x._values()._data, False)
            self._call("torch", "Size", lambda: self._lengths(x.shape))
            self._bool(x.is_coalesced())
            self.content += b"t"

        def layout() -> None:
            self._call("torch.serialization", "_get_layout", lambda: self._text("torch.sparse_coo"))

        self._call("torch._utils", "_rebuild_sparse_tensor", layout, parts)

    def _values(self, array: Array, requires_grad: bool) -> None:
        place = self._place(array)
        self._call(
            "torch._utils",
            "_rebuild_tensor_v2",
            lambda: self._storage(place),
            lambda: self._whole(place.offset),
            lambda: self._lengths(place.shape),
            lambda: self._lengths(place.strides),
            lambda: self._bool(requires_grad),
            lambda: self._call("collections", "OrderedDict"),
        )

    def _storage(self, place: Place) -> None:
        self.content += b"("
        self._text("storage")
        self._global("torch", STORAGES[place.dtype.name])
        self._text(str(place.key))
        self._text("cpu")
        self._whole(place.length)
        self.content += b"tQ"

    def _numpy(self, x: Any, kind: Any, path: tuple[Any, ...]) -> None:
        if isinstance(x, np.dtype):
            without_objects(x, path, "a dtype")
            if x.isnative and x.name in STORAGES:
                self._global("torch", x.name)
            else:
                self._dtype(x)
        elif isinstance(x, np.generic):
            without_objects(x.dtype, path, "a scalar")
            self._call(_MULTIARRAY, "scalar", lambda: self._dtype(x.dtype), lambda: self._octets(x.tobytes()))
        elif kind in (np.ndarray, np.memmap):
            without_objects(x.dtype, path, "an array")
            empty = (lambda: self._global("numpy", "ndarray"), lambda: self._lengths((0,)), lambda: self._octets(b"b"))
            self._call(_MULTIARRAY, "_reconstruct", *empty)
            self.content += b"("
            self._whole(1)
            self._lengths(x.shape)
            self._dtype(x.dtype)
            self._bool(False)
            self._octets(x.tobytes())
            self.content += b"tb"
        else:
            raise not_data(x, path)
        self._remember(id(x))

    def _dtype(self, x: np.dtype[Any]) -> None:
        self._call("numpy", "dtype", lambda: self._save(np.lib.format.dtype_to_descr(x), ()))

    def _bool(self, x: bool) -> None:
        self.content += b"\x88" if x else b"\x89"

    def _none(self, _: None) -> None:
        self.content += b"N"

    def _number(self, x: float) -> None:
        self.content += struct.pack(">cd", b"G", x)


_MULTIARRAY = "numpy._core.multiarray"
_PLAIN: dict[Any, Callable[[Pickler, Any], None]] = {
    type(None): Pickler._none,
    bool: Pickler._bool,
    int: Pickler._whole,
    float: Pickler._number,
    str: Pickler._text,
}
_CONTAINERS: dict[Any, Callable[[Pickler, Any, tuple[Any, ...]], None]] = {
    list: Pickler._list,
    tuple: Pickler._tuple,
    dict: Pickler._dict,
    OrderedDict: Pickler._ordered,
    Counter: Pickler._counter,
    set: Pickler._set,
    frozenset: Pickler._set,
    bytes: Pickler._bytes,
    bytearray: Pickler._bytearray,
    complex: Pickler._complex,
    Size: Pickler._size,
    device: Pickler._device,
}
