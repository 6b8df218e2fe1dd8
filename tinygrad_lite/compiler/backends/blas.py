"""BLAS without Python: the addresses of its functions.

It is the BLAS that NumPy itself uses, where it can be found: two libraries would mean two sets of threads, which wait
for each other.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any, NamedTuple

import numpy as np

from ...runtime.configuration import DECORATIONS, libraries
from ...runtime.optional import require


class Blas(NamedTuple):
    """The functions that multiply matrices: their addresses, and the bits of their integers."""

    single: int
    double: int
    bits: int


@functools.cache
def blas() -> Blas:
    """NumPy's OpenBLAS; where it is not found, the BLAS of SciPy.

    Raises:
        ImportError: if SciPy is needed and not installed. The message names the extra that brings it.
    """
    for path in libraries():
        try:
            library = ctypes.CDLL(path)
        except OSError:
            continue
        for before, after in DECORATIONS:
            if after:  # the integers of the others may have either size
                found = [getattr(library, f"{before}{kind}gemm_{after}", None) for kind in "sd"]
                if all(found):
                    single, double = (ctypes.cast(f, ctypes.c_void_p).value or 0 for f in found)  # type: ignore[arg-type]  # ctypes
                    return Blas(single, double, 64)
    require("scipy.linalg.cython_blas", "numba")
    address = require("numba.extending", "numba").get_cython_function_address
    single, double = (address("scipy.linalg.cython_blas", f"{kind}gemm") for kind in "sd")
    return Blas(single, double, 32)


@functools.cache
def gemm_addresses() -> np.ndarray[Any, Any]:
    """The addresses of the functions for float32 and float64, as machine code takes them."""
    found = np.array(blas()[:2], np.int64)
    found.flags.writeable = False
    return found
