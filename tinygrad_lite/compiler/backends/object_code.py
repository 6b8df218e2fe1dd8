"""Object code, loaded by LLVM and called by Python.

Numba is not needed for that: what it has compiled once begins to run in another process after a few milliseconds. The
functions are built-in ones of Python's, which take any objects by position and return None or a bool. What the objects
are is known to those who call, and not compared.
"""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Callable, Iterable
from typing import Any

from ...runtime.optional import require

Function = Callable[..., Any]

FASTCALL = 0x80
"""The kind of a built-in function that is given an array of objects, and how many they are."""

LEAST = 20, 0, 0
"""The first version of LLVM that can be used, which came with Numba 0.62."""


class _Definition(ctypes.Structure):
    """A built-in function, as Python's header files define it."""

    _fields_ = [
        ("name", ctypes.c_char_p), ("address", ctypes.c_void_p), ("flags", ctypes.c_int), ("doc", ctypes.c_char_p),
    ]  # fmt: skip


_kept: list[Any] = []  # the memory of functions must stay as long as they can be called


def host() -> str:
    """Everything about this computer, and the settings of Numba, on which object code depends."""
    llvm = _llvm()
    settings = sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith("NUMBA_"))
    processor = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    return " ".join([llvm.get_process_triple(), *processor, *settings])


def absent(symbols: Iterable[str]) -> list[str]:
    """The functions among these, which some object code calls, that this process does not have."""
    return [name for name in symbols if _llvm().address_of_symbol(name) is None]


def load(code: bytes, name: str) -> Function:
    """The function of this name in object code. LLVM ends the process if something that it calls is not there."""
    llvm = _llvm()
    engine = _engine(llvm)  # one for each, because names inside of object code are the same in all
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    definition = _Definition(name.encode(), engine.get_function_address(name), FASTCALL, None)
    _kept.append((engine, definition))
    make: Any = ctypes.pythonapi.PyCFunction_NewEx
    make.restype, make.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.py_object, ctypes.py_object]
    function: Function = make(ctypes.addressof(definition), None, None)
    return function


@functools.cache
def _llvm() -> Any:
    """LLVM, ready for this processor."""
    llvm = require("llvmlite.binding", "numba")
    if llvm.llvm_version_info < LEAST:  # it would end the process, at `llvm.maximum`
        raise ImportError('backend="numba" needs Numba 0.62 or later: pip install --upgrade "tinygrad_lite[numba]"')
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    _engine(llvm)  # with the first one LLVM begins to find the functions of this process
    return llvm


def _engine(llvm: Any) -> Any:
    return llvm.create_mcjit_compiler(
        llvm.parse_assembly(""), llvm.Target.from_default_triple().create_target_machine()
    )
