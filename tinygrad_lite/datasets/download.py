"""Downloads that go on where they stopped, and leave a file only if it is the right one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = 1 << 18
_ATTEMPTS = 3  # per address, each going on where the last one broke off
_TIMEOUT = 30.0


def checksum(path: Path) -> str:
    """The MD5 of a file: what its publishers give. It tells damage, not forgery."""
    import hashlib

    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def fetch(urls: Iterable[str], path: Path, md5: str) -> None:
    """Download a file from the first address that has it.

    What has arrived is kept beside, as `.part`, and a later call goes on from there. Only a file with the right
    checksum gets its name, by renaming; one with a wrong checksum is removed.

    Raises:
        RuntimeError: naming what went wrong at each address.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    problems = []
    for url in urls:
        for _ in range(_ATTEMPTS):
            had = part.stat().st_size if part.exists() else 0
            problem, again = _attempt(url, part, had)
            if problem is None:
                found = checksum(part)
                if found == md5:
                    os.replace(part, path)
                    return
                part.unlink()
                problem = f"its checksum is {found}, not {md5}"
                again = had > 0  # the beginning may have been of another file
            problems.append(f"{url}: {problem}")
            if not again:
                break
    lines = "\n  ".join(dict.fromkeys(problems))
    raise RuntimeError(
        f"could not download {path.name}:\n  {lines}\nDownload it by hand to {path.parent}, or try again"
    )


def _attempt(url: str, part: Path, had: int) -> tuple[str | None, bool]:
    """Fetch what is missing; what went wrong, if anything, and whether to try the same address again."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    headers = {"User-Agent": "tinygrad_lite", "Accept-Encoding": "identity"}
    if had:
        headers["Range"] = f"bytes={had}-"
    try:
        with urlopen(Request(url, headers=headers), timeout=_TIMEOUT) as response:
            # Without 206 the server sends the whole file, whatever was asked for.
            resumed = response.status == 206 and _start(response) == had
            if response.status == 206 and not resumed:
                part.unlink()
                return "it answered with another range than was asked for", True
            expected = response.headers.get("Content-Length")
            arrived = _receive(response, part, "ab" if resumed else "wb")
    except HTTPError as error:
        if error.code == 416 and had:  # nothing is missing, or the beginning was of a longer file: the checksum tells
            return None, True
        return f"HTTP {error.code} {error.reason}", False
    except (OSError, HTTPException) as error:  # no connection, or it broke
        reason = getattr(error, "reason", None) or error
        return f"{type(error).__name__}: {reason}", part.exists() and part.stat().st_size > had
    if expected is not None and arrived < int(expected):
        return f"the connection ended after {arrived} of {expected} bytes", True
    return None, True


def _start(response: Any) -> int:
    first = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(first) if first.isdigit() else -1


def _receive(response: Any, part: Path, mode: str) -> int:
    """Write what comes, and see to it that it is on the disk."""
    from contextlib import suppress
    from http.client import IncompleteRead

    arrived = 0
    with open(part, mode) as file:
        with suppress(IncompleteRead):  # the length tells
            while block := response.read(_BLOCK):
                arrived += file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return arrived


def announce(name: str, folder: Path) -> None:
    """Say that something is being downloaded, where a person reads it."""
    if sys.stderr.isatty():
        print(f"downloading {name} to {folder}", file=sys.stderr)
