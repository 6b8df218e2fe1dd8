"""Downloads that continue where they stopped, and leave a file only if it is the right one.

The package pooch would do the second, but it begins a download that broke off from the start, and knows no mirrors.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = 1 << 18
_ATTEMPTS = 3  # for each address; each attempt continues where the last one stopped
_TIMEOUT = 30.0


def checksum(path: Path) -> str:
    """The MD5 checksum of a file, which is what its publishers give. It shows damage, but not forgery."""
    import hashlib

    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def fetch(urls: Iterable[str], path: Path, md5: str) -> None:
    """Download a file from the first address that has it.

    The bytes that have arrived are kept in a file that ends in `.part`, and a later call continues from there. A file
    with the right checksum is then renamed; one with a wrong checksum is removed.

    Raises:
        RuntimeError: if no address has the file; with the problem at each address.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    problems = []
    for url in urls:
        for _ in range(_ATTEMPTS):
            start = part.stat().st_size if part.exists() else 0
            problem, again = _attempt(url, part, start)
            if problem is None:
                found = checksum(part)
                if found == md5:
                    os.replace(part, path)
                    return
                part.unlink()
                problem = f"its checksum is {found}, not {md5}"
                again = start > 0  # the first part may have been of another file
            problems.append(f"{url}: {problem}")
            if not again:
                break
    lines = "\n  ".join(dict.fromkeys(problems))
    raise RuntimeError(
        f"could not download {path.name}:\n  {lines}\nDownload it by hand to {path.parent}, or try again"
    )


def _attempt(url: str, part: Path, start: int) -> tuple[str | None, bool]:
    """Fetch the bytes from `start` on. Return the problem, if any, and whether to try the same address again."""
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    headers = {"User-Agent": "tinygrad_lite", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        with urlopen(Request(url, headers=headers), timeout=_TIMEOUT) as response:
            # With another status than 206 the server sends the whole file, whatever was asked for.
            resumed = response.status == 206 and _first_byte(response) == start
            if response.status == 206 and not resumed:
                part.unlink()
                return "it answered with another range than was asked for", True
            expected = response.headers.get("Content-Length")
            arrived = _receive(response, part, "ab" if resumed else "wb")
    except HTTPError as error:
        if error.code == 416 and start:  # the file is complete, or too long: the checksum will show it
            return None, True
        return f"HTTP {error.code} {error.reason}", False
    except (OSError, HTTPException) as error:  # no connection, or it broke
        reason = getattr(error, "reason", None) or error
        return f"{type(error).__name__}: {reason}", part.exists() and part.stat().st_size > start
    if expected is not None and arrived < int(expected):
        return f"the connection ended after {arrived} of {expected} bytes", True
    return None, True


def _first_byte(response: Any) -> int:
    """The position of the first byte that the server sends."""
    first = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(first) if first.isdigit() else -1


def _receive(response: Any, part: Path, mode: str) -> int:
    """Write the bytes that arrive to the disk, and return their number."""
    from contextlib import suppress
    from http.client import IncompleteRead

    arrived = 0
    with open(part, mode) as file:
        with suppress(IncompleteRead):  # the number of bytes will show it
            while block := response.read(_BLOCK):
                arrived += file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return arrived


def announce(name: str, folder: Path) -> None:
    """Print that a file is being downloaded, if a person is there to read it."""
    if sys.stderr.isatty():
        print(f"downloading {name} to {folder}", file=sys.stderr)
