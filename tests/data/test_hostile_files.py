"""Files that were made to harm: each raises the one error of `load`, before memory of the size that it claims is taken."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import random
import struct
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.serialization.io import UnpicklingError

from ..support.saved_files import same
from .files_of_pytorch.write import FOLDER

MEGABYTE = 1 << 20


def zipped(records: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in records.items():
            archive.writestr(name, content)
    return file.getvalue()


def pytorchs(pickled: bytes, *storages: bytes) -> bytes:
    """A file of PyTorch's with this pickle."""
    data = {f"archive/data/{i}": content for i, content in enumerate(storages)}
    return zipped({"archive/data.pkl": b"\x80\2" + pickled + b".", **data, "archive/version": b"3\n"})


def legacy(pickled: bytes, keys: bytes = b"]", rest: bytes = b"") -> bytes:
    """A file of PyTorch's older form with this pickle."""
    head = b"".join(pickle.dumps(x, 2) for x in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}))
    return head + b"\x80\2" + pickled + b".\x80\2" + keys + b"." + rest


def integer(n: int) -> bytes:
    content = n.to_bytes(n.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(content)]) + content


def text(x: str) -> bytes:
    return struct.pack("<cI", b"X", len(x)) + x.encode()


def numbers(*values: int) -> bytes:
    return b"(" + b"".join(map(integer, values)) + b"t"


def storage(length: int = 4, kind: str = "FloatStorage", key: str = "0", extra: bytes = b"") -> bytes:
    return (
        b"("
        + text("storage")
        + f"ctorch\n{kind}\n".encode()
        + text(key)
        + text("cpu")
        + integer(length)
        + extra
        + b"tQ"
    )


def tensor(shape: Any = (4,), strides: Any = (1,), offset: int = 0, store: bytes | None = None) -> bytes:
    parts = storage() if store is None else store
    parts += integer(offset) + numbers(*shape) + numbers(*strides)
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + parts + b"\x89ccollections\nOrderedDict\n)RtR"


FOUR = np.arange(4, dtype=np.float32).tobytes()


def npz(structure: Any, **arrays: bytes) -> bytes:
    content = structure if isinstance(structure, bytes) else json.dumps({"version": 1, "content": structure}).encode()
    return zipped({"structure.json": content, **{f"{name}.npy": array for name, array in arrays.items()}})


def npy(shape: str, content: bytes = FOUR) -> bytes:
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + content


def patched(content: bytes, old: bytes, new: bytes, count: int = -1) -> bytes:
    assert old in content
    return content.replace(old, new, count)


def lying_bomb() -> bytes:
    """A record that says a thousand bytes and expands to a hundred megabytes."""
    content = bytearray(zipped({"a.npy": bytes(100 * MEGABYTE)}, zipfile.ZIP_DEFLATED))
    size = struct.pack("<I", 100 * MEGABYTE)
    return bytes(patched(bytes(content), size, struct.pack("<I", 1000)))


def repeated_copies() -> bytes:
    """Ten thousand mappings, each made of the same list of ten thousand items."""
    items = b"](" + b"".join(b"K\1K\2\x86" for _ in range(10_000)) + b"eq\0"
    return pytorchs(b"(" + items + b"ccollections\nOrderedDict\nq\1" + b"h\1h\0\x85R" * 10_000 + b"t")


def doubling(depth: int) -> bytes:
    """A tuple of twice the same tuple of twice the same … as a key: to hash it takes for ever."""
    return pytorchs(b"}(K\0" + b"q\0h\0\x86" * depth + b"K\1u")


def overlapping() -> bytes:
    """Two names for one record."""
    content = zipped({"a.npy": npy("(4,)"), "b.npy": npy("(4,)")})
    second = content.index(b"PK\1\2", content.index(b"PK\1\2") + 1)
    return content[: second + 42] + struct.pack("<I", 0) + content[second + 46 :]


def nested() -> bytes:
    """A record whose content is another record, which the directory lists too."""
    inner = zipped({"archive/data.pkl": b"\x80\2N."})
    listing = inner.index(b"PK\1\2")
    outer = zipped({"archive/junk": inner[:listing]})
    at, end = outer.index(b"PK\1\2"), outer.index(b"PK\5\6")
    entry = inner[listing : inner.index(b"PK\5\6")]
    entry = entry[:42] + struct.pack("<I", outer.index(b"PK\3\4", 4)) + entry[46:]
    size = end - at + len(entry)
    return outer[:end] + entry + outer[end : end + 8] + struct.pack("<2HLL", 2, 2, size, at) + bytes(2)


def twice() -> bytes:
    return patched(zipped({"a.npy": npy("(4,)"), "b.npy": npy("(4,)")}), b"b.npy", b"a.npy")


def tensors(header: Any, content: bytes = b"\0" * 8) -> bytes:
    """A safetensors file."""
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(encoded)) + encoded + content


HOSTILE: dict[str, Callable[[], bytes]] = {
    # zip files
    "a bomb": lambda: zipped({"a.npy": npy("(26214400,)", bytes(100 * MEGABYTE))}, zipfile.ZIP_DEFLATED),
    "a bomb that lies": lying_bomb,
    "a bomb in a torch file": lambda: zipped(
        {"archive/data.pkl": b"\x80\2" + tensor(store=storage(25 * MEGABYTE)) + b".", "archive/data/0": bytes(100 * MEGABYTE)},
        zipfile.ZIP_DEFLATED,
    ),
    "overlapping records": overlapping,
    "a record in a record": nested,
    "a name twice": twice,
    "an encrypted record": lambda: patched(zipped({"a.npy": npy("(4,)")}), b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0"),
    "another compression": lambda: zipped({"a.npy": npy("(4,)")}, zipfile.ZIP_BZIP2),
    "many records": lambda: zipped({})[:8] + b"\xff\xff\xff\xff" + zipped({})[12:],
    "a directory far away": lambda: zipped({})[:16] + b"\xf0\xff\xff\xff" + zipped({})[20:],
    "another end record of 64 bits": lambda: b"PK\6\6" + b"\xff" * 52 + b"PK\6\7" + bytes(16) + zipped({}),
    "no pickle": lambda: zipped({"archive/version": b"3\n"}),
    "two pickles": lambda: zipped({"a/data.pkl": b"\x80\2N.", "b/data.pkl": b"\x80\2N."}),
    "a program": lambda: zipped({"a/data.pkl": b"\x80\2N.", "a/code/x.py": b"", "a/constants.pkl": b""}),
    "another byte order": lambda: zipped({"a/data.pkl": b"\x80\2N.", "a/byteorder": b"middle"}),
    "a storage that is missing": lambda: pytorchs(tensor()),
    "a path for a key": lambda: pytorchs(tensor(store=storage(key="../data.pkl")), FOUR),
    # Tensors
    "a huge storage": lambda: pytorchs(tensor(store=storage(10**15)), FOUR),
    "a negative storage": lambda: pytorchs(tensor(store=storage(-1)), FOUR),
    "a short storage": lambda: pytorchs(tensor(), FOUR[:-1]),
    "a long storage": lambda: pytorchs(tensor(), FOUR + b"\0"),
    "two dtypes": lambda: pytorchs(b"(" + tensor() + tensor(store=storage(kind="IntStorage")) + b"t", FOUR),
    "beyond the end": lambda: pytorchs(tensor(offset=1), FOUR),
    "a negative offset": lambda: pytorchs(tensor(offset=-1), FOUR),
    "a negative length": lambda: pytorchs(tensor((-4,)), FOUR),
    "a negative stride": lambda: pytorchs(tensor(strides=(-1,), offset=3), FOUR),
    "a stride beyond": lambda: pytorchs(tensor((2,), (4,)), FOUR),
    "a huge stride": lambda: pytorchs(tensor((2,), (2**62,)), FOUR),
    "strides that are missing": lambda: pytorchs(tensor((2, 2), (1,)), FOUR),
    "too many dimensions": lambda: pytorchs(tensor((1,) * 65, (1,) * 65), FOUR),
    "a huge shape of nothing": lambda: pytorchs(tensor((2**40, 2**40), (0, 0)), FOUR),
    "no storage": lambda: pytorchs(tensor(store=b"N"), FOUR),
    "a quantized storage": lambda: pytorchs(tensor(store=storage(kind="QInt8Storage")), FOUR),
    "a storage alone": lambda: pytorchs(storage(), FOUR),
    "a class alone": lambda: pytorchs(b"ccollections\nOrderedDict\n"),
    "a parameter of a number": lambda: pytorchs(b"ctorch._utils\n_rebuild_parameter\nK\1\x88N\x87R"),
    # pickles
    "an empty pickle": lambda: pytorchs(b""),
    "an empty stack": lambda: pytorchs(b"0"),
    "an open sequence": lambda: pytorchs(b"(K\1"),
    "a text without an end": lambda: pytorchs(b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7fabc"),
    "bytes without an end": lambda: pytorchs(b"B\xff\xff\xff\xffabc"),
    "a number without an end": lambda: pytorchs(b"\x8b\xff\xff\xff\x7f"),
    "a name without an end": lambda: pytorchs(b"c" + b"x" * 5000),
    "a text that is none": lambda: pytorchs(b"X\1\0\0\0\xff"),
    "an unknown memory": lambda: pytorchs(b"j\xff\xff\xff\xff"),
    "another protocol": lambda: pytorchs(b"\x80\x09N"),
    "a list for a key": lambda: pytorchs(b"}]K\1s"),
    "an item of a number": lambda: pytorchs(b"K\1K\1a"),
    "a state of a list": lambda: pytorchs(b"]}b"),
    "an extension": lambda: pytorchs(b"\x82\1"),
    "a class by its instance": lambda: pytorchs(b"(ibuiltins\nprint\n"),
    "deep lists": lambda: pytorchs(b"]" * 200_000 + b"a" * 199_999),
    "deep tuples": lambda: pytorchs(b")" + b"\x85" * 200_000),
    "a deep tuple for a key": lambda: pytorchs(b"})" + b"\x85" * 200_000 + b"K\1s"),
    "a tuple that doubles": lambda: doubling(60),
    "copies": repeated_copies,
    "bytes that are a number": lambda: pytorchs(b"cbuiltins\nbytearray\n" + integer(2**31) + b"\x85R"),
    "a deep dtype": lambda: pytorchs(b"cnumpy\ndtype\n" + text("x") + b"\x85" * 5000 + b"\x85R"),
    "a dtype of objects": lambda: pytorchs(b"cnumpy\ndtype\n" + text("O8") + b"\x85R"),
    "an array without elements": lambda: pytorchs(
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85" + text("b") + b"tR(K\1" + integer(10**12)
        + b"\x85cnumpy\ndtype\n" + text("f8") + b"\x85R\x89C\0tb"
    ),
    "a dtype with a state": lambda: pytorchs(
        b"cnumpy\ndtype\n" + text("V8") + b"\x85R(K\3" + text("|") + b"N(" + text("a") + b"t}NK\x08K\1K\x10tb"
    ),
    # the older form
    "nothing behind": lambda: legacy(b"N")[:-3],
    "a huge storage, older": lambda: legacy(tensor(store=storage(10**15, extra=b"N")), b"]" + text("0") + b"a"),
    "many storages, older": lambda: legacy(
        b"(" + b"".join(tensor(store=storage(100, key=str(i), extra=b"N")) for i in range(100)) + b"t"
    ),
    "a storage that is not there, older": lambda: legacy(tensor(store=storage(extra=b"N")), b"]"),
    "a storage too short, older": lambda: legacy(
        tensor(store=storage(extra=b"N")), b"]" + text("0") + b"a", struct.pack("<q", 4) + FOUR[:-1]
    ),
    "a view of a storage, older": lambda: legacy(tensor(store=storage(extra=b"(K\0K\0K\0t"))),
    "another version": lambda: patched(legacy(b"N"), struct.pack("<cH", b"M", 1001), struct.pack("<cH", b"M", 1002)),
    "a tar": lambda: bytes(257) + b"ustar" + bytes(1000),
    # npz
    "an empty structure": lambda: npz({}),
    "a name of Python objects": lambda: npz({"dtype": "O"}),
    "an unknown tag": lambda: npz({"what": 1}),
    "an array that is missing": lambda: npz({"tensor": "a"}),
    "no structure": lambda: npz(b"null"),
    "a structure that is no JSON": lambda: npz(b"{"),
    "a deep structure": lambda: npz(b'{"version": 1, "content": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "a deep structure that is JSON": lambda: npz(b'{"version": 1, "content": ' + b'[' * 900 + b"]" * 900 + b"}"),
    "a view beyond": lambda: npz({"tensor": "a", "view": [1, [4], [1]]}, a=npy("(4,)")),
    "a view that is none": lambda: npz({"tensor": "a", "view": [0, [4], [1.5]]}, a=npy("(4,)")),
    "a huge array": lambda: npz({"tensor": "a"}, a=npy("(1000000000000,)")),
    "a negative array": lambda: npz({"tensor": "a"}, a=npy("(-4,)")),
    "an array too long": lambda: npz({"tensor": "a"}, a=npy("(3,)")),
    "a header that is none": lambda: npz({"tensor": "a"}, a=b"\x93NUMPY\1\0\xff\xff"),
    "a header of another version": lambda: npz({"tensor": "a"}, a=b"\x93NUMPY\x09\0\xff\xff"),
    "text for a version": lambda: npz(b'{"version": "x", "content": null}'),
    # safetensors
    "a header of any length": lambda: struct.pack("<Q", 2**31) + b"{}",
    "a deep header": lambda: tensors(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "a huge tensor": lambda: tensors({"a": {"dtype": "F32", "shape": [10**15], "data_offsets": [0, 4 * 10**15]}}),
    "a shape that overflows": lambda: tensors({"a": {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 0]}}),
    "offsets backwards": lambda: tensors({"a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}}),
    "a hole": lambda: tensors({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}),
    "tensors that overlap": lambda: tensors(
        {name: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} for name in "ab"}
    ),
    "another dtype": lambda: tensors({"a": {"dtype": "F8_E5M2", "shape": [8], "data_offsets": [0, 8]}}),
    "more than its tensors": lambda: tensors({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}),
    "metadata that are no texts": lambda: tensors({"__metadata__": {"a": 1}}, b""),
    # other things
    "a gzip": lambda: gzip.compress(bytes(100)),
    "random bytes": lambda: random.Random(0).randbytes(5000),
    "zeros": lambda: bytes(5000),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_at_once_and_with_the_one_error(name: str) -> None:
    content = HOSTILE[name]()
    if content[8:9] == b"{":  # a safetensors file: the length of its header, and that in JSON
        pytest.importorskip("safetensors")
    tracemalloc.start()
    begin = time.perf_counter()
    try:
        with pytest.raises(RuntimeError) as caught:
            tl.load(io.BytesIO(content))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert type(caught.value) in (RuntimeError, UnpicklingError)
    assert str(caught.value).removeprefix("Weights only load failed: ").startswith("the file")
    assert peak < 32 * MEGABYTE + 20 * len(content)
    assert time.perf_counter() - begin < 20


def test_the_helpers_make_files_that_load() -> None:
    """What is refused above is refused for its fault."""
    assert tl.load(io.BytesIO(pytorchs(tensor((2, 2), (2, 1)), FOUR))).tolist() == [[0, 1], [2, 3]]
    assert tl.load(io.BytesIO(small_legacy())).tolist() == [0, 1, 2, 3]
    assert tl.load(io.BytesIO(npz({"tensor": "a"}, a=npy("(4,)")))).tolist() == [0, 1, 2, 3]
    view = npz({"tensor": "a", "view": [1, [3], [1]]}, a=npy("(4,)"))
    assert tl.load(io.BytesIO(view)).tolist() == [1, 2, 3]
    with zipfile.ZipFile(io.BytesIO(nested())) as archive:
        assert (archive.namelist(), archive.testzip()) == (["archive/junk", "archive/data.pkl"], None)
    odd = tl.load(io.BytesIO(pytorchs(tensor(store=storage(kind="BoolStorage")), b"\0\1\2\xff")))
    assert odd.numpy().view(np.uint8).tolist() == [0, 1, 1, 1]  # a bool has no other bytes
    assert len(tl.load(io.BytesIO(pytorchs(b"(" + b"]" * 5 + b"t")))) == 5
    large = zipped({"a.npy": npy(f"({MEGABYTE},)", bytes(4 * MEGABYTE))}, zipfile.ZIP_DEFLATED)
    assert tl.load(io.BytesIO(large))["a"].shape == (MEGABYTE,)
    pytest.importorskip("safetensors")
    assert tl.load(io.BytesIO(tensors({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}})))[
        "a"
    ].tolist() == [0, 0]


def small_legacy() -> bytes:
    return legacy(tensor(store=storage(extra=b"N")), b"]" + text("0") + b"a", struct.pack("<q", 4) + FOUR)


@pytest.mark.parametrize("name", ["zip.pt", "legacy.pt", "small"])
def test_cut_off_anywhere(name: str) -> None:
    content = small_legacy() if name == "small" else (FOLDER / name).read_bytes()
    for end in range(0, len(content), 1 if name == "small" else 13):
        with pytest.raises(RuntimeError, match=r"^the file"):
            tl.load(io.BytesIO(content[:end]))


def test_a_single_wrong_bit_anywhere() -> None:
    content = (FOLDER / "zip.pt").read_bytes()
    whole, draw = tl.load(io.BytesIO(content)), random.Random(0)
    for place in range(draw.randrange(7), len(content), 7):
        damaged = bytearray(content)
        damaged[place] ^= 1 << draw.randrange(8)
        with suppress(RuntimeError):
            assert same(tl.load(io.BytesIO(bytes(damaged))), whole)


@pytest.mark.parametrize("name", ["zip.pt", "legacy.pt"])
def test_any_damage_is_the_one_error_or_none(name: str) -> None:
    """The older form has no checksum, and so may give other numbers, but nothing else than numbers or the error."""
    content, draw = (FOLDER / name).read_bytes(), random.Random(1)
    for _ in range(500):
        damaged = bytearray(content)
        for _ in range(draw.choice([1, 2, 8])):
            place, kind = draw.randrange(len(damaged)), draw.random()
            if kind < 0.5:
                damaged[place] = draw.randrange(256)
            elif kind < 0.7:
                del damaged[place : place + draw.randrange(1, 9)]
            elif kind < 0.9:
                other = draw.randrange(len(damaged))
                damaged[place:place] = damaged[other : other + draw.randrange(1, 30)]
            else:
                damaged[place : place + 4] = b"\xff\xff\xff\xff"
        with suppress(RuntimeError):
            tl.load(io.BytesIO(bytes(damaged)))


@pytest.mark.parametrize("kind", ["pt", "npz"])
def test_a_checksum_that_fits_wrong_data_is_all_that_is_believed(kind: str, tmp_path: Any) -> None:
    """The numbers are compared with the checksum: this test would notice if they were not."""
    tl.save(tl.arange(100.0), tmp_path / f"x.{kind}")
    content = bytearray((tmp_path / f"x.{kind}").read_bytes())
    values = np.arange(100, dtype=np.float32).tobytes()
    start = content.index(values)
    content[start + 42] ^= 8
    with pytest.raises(RuntimeError, match="checksum"):
        tl.load(io.BytesIO(bytes(content)))
    head = content.index(b"\x80\2" if kind == "pt" else b"\x93NUMPY")
    record = content[start : start + 400] if kind == "pt" else content[head : start + 400]
    old = zlib.crc32(values if kind == "pt" else bytes(content[head:start]) + values)
    new = zlib.crc32(bytes(record))
    forged = bytes(content).replace(struct.pack("<I", old), struct.pack("<I", new))
    assert tl.load(io.BytesIO(forged)).sum().item() != 4950
