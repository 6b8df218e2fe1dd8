"""Optional packages: imported when they are used, with an error that says what to install."""

from __future__ import annotations

import importlib
from typing import Any


def require(module: str, extra: str) -> Any:
    """Import a module of an optional package.

    Raises:
        ImportError: if the package is not installed. The message gives the command that installs it.

    >>> require("no_such_module", extra="examples")
    Traceback (most recent call last):
    ...
    ImportError: this needs the package 'no_such_module': install it with  pip install "tinygrad_lite[examples]"
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ImportError(
            f"this needs the package '{package}': install it with  pip install \"tinygrad_lite[{extra}]\""
        ) from error
