"""Files that are written completely or not at all: written beside, flushed to the disk, then renamed."""

from __future__ import annotations

import errno
import os
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file to write, which takes the place of `path` when the block ends, and vanishes if the block raises.

    Readers see the old file until then and the new one afterwards, even if the process is killed or the machine
    stops. A file that a killed process has left beside is removed by the next call that writes the same path.

    A link stays, and the file that it points to is replaced, which keeps its permissions. What is not a file, such as a
    pipe or a device, is written to, and not replaced.

    Raises:
        FileNotFoundError: if the folder does not exist.
        IsADirectoryError: if `path` is a folder.
        OSError: if `path` is a pipe that nobody reads for some seconds, or a device that does not take the bytes.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(os.path.join(folder, "greeting")) as file:
    ...         _ = file.write(b"hello")
    ...     os.listdir(folder)
    ['greeting']
    """
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        with _open_special(path) as file:
            yield file
        return
    target = os.path.realpath(path)  # the file that a link points to is replaced, not the link
    folder, name = os.path.split(target)
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"Parent directory {folder} does not exist. Make it first: os.makedirs({folder!r})")
    if os.path.isdir(target):
        raise IsADirectoryError(f"{target} is a folder: give the path of a file in it")
    if os.path.islink(target):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), target)  # no file at the end, and links are not replaced
    name = _shortened(name)
    partial = os.path.join(folder, f".{name}.{os.getpid()}-{os.urandom(4).hex()}.part")
    try:
        with open(partial, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with suppress(OSError):  # there may be no old file, or no permissions on this file system
            os.chmod(partial, os.stat(target).st_mode & 0o777)
        os.replace(partial, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(partial)
        raise
    if os.name == "posix":
        _sync_folder(folder)
        _remove_leftovers(folder, name)


def _shortened(name: str) -> str:
    """The name of a file, or a short one that stands for it: the name of the partial file is longer, and has limits."""
    encoded = os.fsencode(name)
    return name if len(encoded) <= _LONGEST_NAME else f"{zlib.crc32(encoded):08x}"


def _open_special(path: str | os.PathLike[str]) -> IO[bytes]:
    """Open a pipe or a device to write. To open a pipe that nobody reads would wait forever."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            handle = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
        except OSError as error:
            if error.errno != errno.ENXIO or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            if os.name == "posix":
                os.set_blocking(handle, True)
            return os.fdopen(handle, "wb")


_PATIENCE = 5.0  # seconds
_LONGEST_NAME = 200  # bytes, of the 255 that most file systems take


def _sync_folder(folder: str) -> None:
    """Flush the new name to the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems cannot do this
            os.fsync(handle)
    finally:
        os.close(handle)


def _remove_leftovers(folder: str, name: str) -> None:
    """Remove the partial files of processes that no longer run."""
    for leftover in os.listdir(folder):
        if leftover.startswith(f".{name}.") and leftover.endswith(".part"):
            process = leftover.removeprefix(f".{name}.").partition("-")[0]
            if process.isdigit() and not _is_running(int(process)):
                with suppress(OSError):
                    os.unlink(os.path.join(folder, leftover))


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # the process is another user's
        return True
    return True
