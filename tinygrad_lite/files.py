"""Files that are whole or not there: written beside, flushed to the disk, renamed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A file to write, which takes the place of `path` when the block ends without an exception, and else vanishes.

    Until then readers see the old file, afterwards the new one, also if the process is killed in between or the
    machine stops. What a killed process has left beside is removed by the next one to write the same path.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder, "greeting")) as file:
    ...         _ = file.write(b"hello")
    ...     Path(folder, "greeting").read_bytes()
    b'hello'
    """
    target = Path(path)
    if target.is_symlink():  # replace what it points to, not the link
        target = target.resolve()
    beside = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        with open(beside, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            with suppress(OSError):  # not every file system has permissions
                os.chmod(beside, target.stat().st_mode & 0o777)
        os.replace(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)
    _sweep(target)


def _sync_folder(folder: Path) -> None:
    """Make the new name last too, where folders can be opened for that."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            with suppress(OSError):
                os.fsync(handle)
        finally:
            os.close(handle)


def _sweep(target: Path) -> None:
    """Remove what processes that are gone have left beside."""
    if os.name != "posix":
        return  # on Windows os.kill would end the process that it is to look for
    prefix = f".{target.name}."
    for left in target.parent.iterdir():
        owner = left.name.removeprefix(prefix).partition("-")[0]
        if left.name.startswith(prefix) and left.name.endswith(".part") and owner.isdigit() and not _alive(int(owner)):
            left.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True
