"""The number of threads that multiply matrices."""

from __future__ import annotations

import builtins
import ctypes

from .configuration import DECORATIONS, blas, libraries
from .optional import require


def set_num_threads(int: int) -> None:
    """Let the library that multiplies matrices use so many threads, from now on.

    It is NumPy's BLAS, and SciPy's where it is loaded: other operations take one thread. Small networks are steadiest
    with one thread: between two products of a small matrix the other threads fall asleep or wait in a loop, by chance.

    OpenBLAS, which NumPy's wheels contain, is told itself. Other libraries need `pip install "tinygrad_lite[threads]"`.

    Args:
        int: the number of threads, at least 1.

    Raises:
        RuntimeError: if it is not a whole number of at least 1.
        ImportError: if the library is not OpenBLAS, and threadpoolctl is not installed.

    >>> import tinygrad_lite as tl
    >>> before = tl.get_num_threads()
    >>> tl.set_num_threads(1)
    >>> tl.get_num_threads()
    1
    >>> tl.set_num_threads(before)
    """
    if type(int) is not builtins.int:
        raise RuntimeError(f"set_num_threads expects an int, but got {type(int).__name__}")
    if int < 1:
        raise RuntimeError(f"set_num_threads expects a positive integer, but got {int}")
    told = [_tell_openblas(path, int) for path in libraries()]
    if not any(told):
        require("threadpoolctl", "threads").threadpool_limits(int, user_api="blas")


def get_num_threads() -> int:
    """The number of threads that multiply matrices.

    Raises:
        ImportError: if NumPy's BLAS is not OpenBLAS, and threadpoolctl is not installed.

    >>> import tinygrad_lite as tl
    >>> tl.get_num_threads() >= 1
    True
    """
    if (threads := blas().threads) is not None:
        return threads
    pools = require("threadpoolctl", "threads").threadpool_info()
    return max((pool["num_threads"] for pool in pools if pool["user_api"] == "blas"), default=1)


_between_operations: list[int] = []  # what was set, if anything


def set_num_interop_threads(int: int) -> None:
    """Say how many operations may run at the same time. Here it is always one: this has no effect.

    Args:
        int: the number, at least 1.

    Raises:
        RuntimeError: if it is not a whole number of at least 1.

    >>> import tinygrad_lite as tl
    >>> tl.set_num_interop_threads(2)
    >>> tl.get_num_interop_threads()
    2
    """
    if type(int) is not builtins.int or int < 1:
        raise RuntimeError(f"set_num_interop_threads expects a positive int, but got {int!r:.40}")
    _between_operations[:] = [int]


def get_num_interop_threads() -> int:
    """The number that `set_num_interop_threads` has set, or 1.

    >>> import tinygrad_lite as tl
    >>> tl.get_num_interop_threads() >= 1
    True
    """
    return _between_operations[0] if _between_operations else 1


def _tell_openblas(path: str, count: int) -> bool:
    """Set the number of threads of an OpenBLAS; False if the file is not one."""
    try:
        library = ctypes.CDLL(path)
    except OSError:
        return False
    for before, after in DECORATIONS:
        if tell := getattr(library, f"{before}openblas_set_num_threads{after}", None):
            tell(count)
            return True
    return False
