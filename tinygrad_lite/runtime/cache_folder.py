"""The folder in which compiled programs are kept from one process to the next."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """The folder in which machine code is kept: `TINYGRAD_LITE_CACHE`, or a folder of the user's cache."""
    given = os.environ.get("TINYGRAD_LITE_CACHE")
    if given:
        return Path(given) / "numba"
    if sys.platform == "win32":
        root = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    else:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "tinygrad_lite" / "numba"
