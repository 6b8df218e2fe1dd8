"""Zip files, written and read with care: every size is compared with the file before anything of that size is made."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import IO, Any, NamedTuple

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_UTF8, _STREAMED, _ENCRYPTED = 0x800, 0x8, 0x1
_STORED, _DEFLATED = 0, 8
_DATE = 0x21  # 1 January 1980, the earliest one there is; always this, so that equal contents give equal bytes
_PADDING = 0x4246  # the tag under which PyTorch's writer aligns its records
_LARGEST = 0xFFFFFFFE  # numbers above it are written in 64 bits, and 0xFFFFFFFF stands in their place
_MOST_RECORDS = 0xFFFE
_BLOCK = 1 << 20
# What deflate makes of zeros is a thousandth of them. A small file may expand to this much in any case.
_EXPANSION, _HARMLESS = 100, 64 << 20


def write_zip(file: IO[bytes], records: Iterable[tuple[str, Any]], alignment: int = 1) -> None:
    """Write records, each a name and its content, uncompressed; the contents begin at multiples of `alignment`.

    The file need only write: nothing is asked of it about positions.
    """
    offset, directory = 0, []
    for name, view in records:
        content = bytes(view)  # a copy, lest another thread changes the values after the checksum was taken
        encoded, crc = name.encode("utf-8", "surrogatepass"), zlib.crc32(content)
        sizes, large = _wide(len(content), len(content))
        local_large = struct.pack("<HH2Q", 1, 16, len(content), len(content)) if large else b""
        extra = _padded(local_large, offset + _LOCAL.size + len(encoded), alignment)
        version = 45 if large or offset > _LARGEST else 20
        head = (version, _UTF8, _STORED, 0, _DATE, crc, *sizes, len(encoded))
        _write(file, _LOCAL.pack(b"PK\3\4", *head, len(extra)) + encoded + extra)
        _write(file, content)
        (*sizes, start), large = _wide(len(content), len(content), offset)
        head = (version, _UTF8, _STORED, 0, _DATE, crc, *sizes, len(encoded))
        directory.append(_CENTRAL.pack(b"PK\1\2", version, *head, len(large), 0, 0, 0, 0, start) + encoded + large)
        offset += _LOCAL.size + len(encoded) + len(extra) + len(content)
    listing, count = b"".join(directory), len(directory)
    _write(file, listing)
    if count > _MOST_RECORDS or offset > _LARGEST or len(listing) > _LARGEST:
        _write(file, _END_64.pack(b"PK\6\6", _END_64.size - 12, 45, 45, 0, 0, count, count, len(listing), offset))
        _write(file, _LOCATOR.pack(b"PK\6\7", 0, offset + len(listing), 1))
    (size, start), _ = _wide(len(listing), offset)
    few = count if count <= _MOST_RECORDS else 0xFFFF
    _write(file, _END.pack(b"PK\5\6", 0, 0, few, few, size, start, 0))


def _write(file: IO[bytes], content: bytes) -> None:
    """Write all of it. A file without a buffer may take a part at a time."""
    while content:
        taken = file.write(content)
        if taken == 0:
            raise OSError("the file takes no more bytes")
        content = content[taken:] if isinstance(taken, int) else b""


def _wide(*numbers: int) -> tuple[list[int], bytes]:
    """The numbers as fields of 32 bits, and the extra field that holds those that need 64."""
    large = [n for n in numbers if n > _LARGEST]
    fields = [0xFFFFFFFF if n > _LARGEST else n for n in numbers]
    return fields, struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large) if large else b""


def _padded(extra: bytes, position: int, alignment: int) -> bytes:
    """The extra field, made longer so that what follows it, after `position`, is aligned."""
    missing = -(position + len(extra)) % alignment
    if 0 < missing < 4:  # a field has four bytes at least
        missing += alignment
    return extra + struct.pack("<HH", _PADDING, missing - 4) + bytes(missing - 4) if missing else extra


class _Record(NamedTuple):
    """The place of a record in a file, where its content begins at `start`; its sizes and its checksum."""

    method: int
    crc: int
    packed: int
    size: int
    start: int


class ZipReader:
    """The records of a zip file that begins where the file stands; others may follow it.

    Attributes:
        names: the names of the records.
        end: the position behind the zip file.

    Raises:
        ValueError: for anything that is not as it should be: sizes and places that do not fit the file, records that
            overlap or have the same name, encryption, an expansion that is out of all proportion.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._start = file.tell()
        file.seek(0, 2)
        self._stop = file.tell()  # not all files return it from seek
        place, offset, size, count = self._directory()
        listing = self._read(self._start + offset, size)
        self._records = dict(self._parsed(listing, count, self._start + offset))
        self.names = list(self._records)
        self.end = place
        packed = self._stop - self._start
        expanded = sum(record.size for record in self._records.values() if record.method == _DEFLATED)
        if expanded > max(_HARMLESS, _EXPANSION * packed):
            raise ValueError(
                f"{packed} bytes would expand to {expanded}, which is out of proportion; if that is meant, read it "
                "with numpy.load"
            )

    def size(self, name: str) -> int:
        """The length of a record's content.

        Raises:
            ValueError: if there is no such record.
        """
        if name not in self._records:
            raise ValueError(f"there is no record {name!r}")
        return self._records[name].size

    def read(self, name: str) -> bytes:
        """The content of a record, which was compared with its checksum.

        Raises:
            ValueError: if there is no such record, or if it is damaged.
        """
        size = self.size(name)
        record = self._records[name]
        content = self._read(record.start, record.packed)
        if record.method == _DEFLATED:
            inflating = zlib.decompressobj(-zlib.MAX_WBITS)
            content = inflating.decompress(content, size + 1)
            if not inflating.eof or len(content) != size:
                raise ValueError(f"the record {name!r} does not have the length that it says")
        if zlib.crc32(content) != record.crc:
            raise ValueError(f"the record {name!r} does not have the checksum that it says")
        return content

    def _read(self, position: int, size: int) -> bytes:
        if position < 0 or size < 0 or position + size > self._stop:
            raise ValueError("it ends too early")
        self._file.seek(position)
        content = self._file.read(size)
        while len(content) < size:  # a file without a buffer may give a part at a time
            if not (more := self._file.read(size - len(content))):
                raise ValueError("it ends too early")
            content += more
        return content

    def _directory(self) -> tuple[int, int, int, int]:
        """The position behind the zip file; of its directory the offset, size and number of records."""
        tail = max(self._start, self._stop - _END.size - 0xFFFF)
        content = self._read(tail, self._stop - tail)
        place = len(content)
        while (place := content.rfind(b"PK\5\6", 0, place)) >= 0:
            found = self._end_record(tail + place)
            if found is not None and found[0] == self._stop:
                return found
        for position in self._signatures():  # other data follow: the first that fits is the end of this one
            if (found := self._end_record(position)) is not None:
                return found
        raise ValueError("the directory at its end is missing")

    def _signatures(self) -> Iterator[int]:
        """The positions of all that may be end records."""
        position = self._start
        while position < self._stop:
            block = self._read(position, min(_BLOCK, self._stop - position))
            place = -1
            while (place := block.find(b"PK\5\6", place + 1)) >= 0:
                yield position + place
            if len(block) < _BLOCK:
                return
            position += _BLOCK - 3

    def _end_record(self, position: int) -> tuple[int, int, int, int] | None:
        """Return the content of the end record at a position, if it belongs to a zip file that begins at `start`."""
        if position + _END.size > self._stop:
            return None
        _, disk, other, here, count, size, offset, comment = _END.unpack(self._read(position, _END.size))
        behind, locator = position, position - _LOCATOR.size
        wide = locator - _END_64.size
        if wide >= self._start and self._read(locator, 4) == b"PK\6\7":  # some write it where it is not needed, too
            where = _LOCATOR.unpack(self._read(locator, _LOCATOR.size))[2]
            mark, _, _, _, disk, other, here, count, size, offset = _END_64.unpack(self._read(wide, _END_64.size))
            if mark != b"PK\6\6" or self._start + where != wide:
                return None
            behind = wide
        end = position + _END.size + comment
        fits = self._start + offset + size == behind and end <= self._stop and 46 * count <= size
        return (end, offset, size, count) if fits and disk == other == 0 and here == count else None

    def _parsed(self, listing: bytes, count: int, directory: int) -> Iterator[tuple[str, _Record]]:
        """The records that the directory lists, each compared with its header."""
        position, names, found = 0, set(), []
        for _ in range(count):
            entry = _CENTRAL.unpack_from(listing, position)
            mark, _, _, flags, method, _, _, crc, packed, size, n, extra, comment, _, _, _, offset = entry
            position += _CENTRAL.size
            encoded, fields = listing[position : position + n], listing[position + n : position + n + extra]
            position += n + extra + comment
            size, packed, offset = _widened(fields, size, packed, offset)
            name = encoded.decode("utf-8", "surrogatepass") if flags & _UTF8 else encoded.decode("cp437")
            if mark != b"PK\1\2" or position > len(listing) or flags & _ENCRYPTED or name in names:
                raise ValueError(f"the directory is damaged, or has {name!r} twice or encrypted")
            if method not in (_STORED, _DEFLATED) or (method == _STORED and size != packed):
                raise ValueError(f"the record {name!r} is packed in a way that is not known")
            names.add(name)
            found.append((offset, name, encoded, flags, _Record(method, crc, packed, size, 0)))
        if position != len(listing):
            raise ValueError("the directory has another length than it says")
        free = self._start
        starts: dict[str, int] = {}
        for offset, name, encoded, flags, record in sorted(found, key=lambda entry: entry[:2]):
            at = self._start + offset
            head = _LOCAL.unpack(self._read(at, _LOCAL.size))
            sizes = _widened(self._read(at + _LOCAL.size + head[9], head[10]), head[8], head[7])
            same = (head[6], *sizes[:2]) == (record.crc, record.size, record.packed)
            name_here = self._read(at + _LOCAL.size, head[9])
            start = at + _LOCAL.size + head[9] + head[10]
            if head[0] != b"PK\3\4" or head[2:4] != (flags, record.method) or name_here != encoded:
                raise ValueError(f"the header of the record {name!r} is damaged")
            if at < free or start + record.packed > directory or not (same or flags & _STREAMED):
                raise ValueError(f"the record {name!r} overlaps another, or is not as long as it says")
            free = start + record.packed
            starts[name] = start
        for _, name, _, _, record in found:
            yield name, record._replace(start=starts[name])


def _widened(fields: bytes, *numbers: int) -> list[int]:
    """The numbers of a header, with those that are in the extra field in the place of 0xFFFFFFFF."""
    position, large = 0, b""
    while position + 4 <= len(fields):
        tag, size = struct.unpack_from("<HH", fields, position)
        if tag == 1:
            large = fields[position + 4 : position + 4 + size]
        position += 4 + size
    widened = []
    for n in numbers:
        if n == 0xFFFFFFFF and len(large) >= 8:
            n, large = int.from_bytes(large[:8], "little"), large[8:]
        widened.append(n)
    return widened
