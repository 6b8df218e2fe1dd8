"""Files that are whole or not there: written beside, flushed to the disk, renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any


@contextmanager
def replacing(path: Any) -> Iterator[IO[bytes]]:
    """A file to write, which takes the place of `path` when the block ends without an exception, and else vanishes.

    Until then readers see the old file, afterwards the new one, also if the process is killed in between or the
    machine stops. What a killed process has left beside is removed by the next one to write the same path.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(os.path.join(folder, "greeting")) as file:
    ...         _ = file.write(b"hello")
    ...     os.listdir(folder)
    ['greeting']
    """
    target = os.path.realpath(path)  # what a link points to is replaced, not the link
    folder, name = os.path.split(target)
    beside = os.path.join(folder, f".{name}.{os.getpid()}-{os.urandom(4).hex()}.part")
    try:
        with open(beside, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with suppress(OSError):  # there may be no old file, or no permissions on this file system
            os.chmod(beside, os.stat(target).st_mode & 0o777)
        os.replace(beside, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(beside)
        raise
    if os.name == "posix":
        _sync(folder)
        _sweep(folder, name)


def _sync(folder: str) -> None:
    """Make the new name last too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # not every file system can
            os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(folder: str, name: str) -> None:
    """Remove what processes that are gone have left beside."""
    for left in os.listdir(folder):
        if left.startswith(f".{name}.") and left.endswith(".part"):
            owner = left.removeprefix(f".{name}.").partition("-")[0]
            if owner.isdigit() and not _alive(int(owner)):
                with suppress(OSError):
                    os.unlink(os.path.join(folder, left))


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True
