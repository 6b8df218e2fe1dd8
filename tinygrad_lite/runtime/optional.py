"""Optional packages: imported when they are used, with an error that says what to install."""

from __future__ import annotations

import importlib
import importlib.util
import sys
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
        raise _missing(module.partition(".")[0], extra) from error


def require_installed(package: str, extra: str) -> None:
    """See whether an optional package can be imported, without doing it.

    Raises:
        ImportError: if it is not installed. The message gives the command that installs it.

    >>> require_installed("numpy", extra="examples")
    """
    if sys.modules.get(package, sys) is None or importlib.util.find_spec(package) is None:
        raise _missing(package, extra)


def _missing(package: str, extra: str) -> ImportError:
    return ImportError(f"this needs the package '{package}': install it with  pip install \"tinygrad_lite[{extra}]\"")
