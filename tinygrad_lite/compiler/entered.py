"""The functions that a call enters: those of the user's code, and those of C that they call.

`sys.setprofile` tells of every function that is entered. It belongs to one thread, and debuggers and coverage do not
use it. What is called for the sake of an operation on Tensors is not looked at, because the tracer knows it.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from contextlib import nullcontext
from types import CodeType, FrameType
from typing import Any

from ..core.modes import in_force, thread
from .bytecode import has_constant_name, place
from .harmless import WRITING_METHODS, home_of, refusal_of_call


class Entered:
    """Observes which functions are entered while `run` calls a function.

    Attributes:
        codes: the code objects of users that were entered.
        modules: those of the library that read attributes of Modules.
        refusals: the calls that are refused, with their lines.
        dynamic: whether a name of an attribute was computed: `getattr(x, name)`.
        written: the identities of the containers of which a method was called that changes them.
    """

    def __init__(self) -> None:
        self.codes: dict[CodeType, None] = {}
        self.modules: dict[CodeType, None] = {}
        self.refusals: list[tuple[str, str]] = []
        self.dynamic = False
        self.written: dict[int, Any] = {}

    def run(self, function: Callable[[], Any]) -> Any:
        """Call a function and observe what it enters; an observer that was there before is set again."""
        before: Any = sys.getprofile()
        collecting = gc.isenabled()
        gc.disable()  # its callbacks and finalizers are not called by the function
        sys.setprofile(self._observe)
        try:
            return function()
        finally:
            sys.setprofile(None)
            if collecting:
                gc.enable()
            if hasattr(before, "enable"):  # cProfile's, which is not called but enabled
                before.enable()
            elif before is not None:
                sys.setprofile(before)

    def _observe(self, frame: FrameType, event: str, arg: Any) -> None:
        code = frame.f_code
        if event == "call":
            if code not in self.codes:
                self._enter(code, frame)
        elif event == "c_call" and code in self.codes:
            self._called(arg, frame)

    def _enter(self, code: CodeType, frame: FrameType) -> None:
        whose = home_of(code, frame.f_globals)
        if whose == "modules":
            self.modules[code] = None
            return
        if whose in ("library", "arrays") or in_force(thread).tracer is None:
            return
        caller = frame.f_back
        if whose == "user" and self._is_import(caller):
            return  # it is done once, and what is imported is compared
        if whose in ("python", "other rooms") and not (caller is not None and caller.f_code in self.codes):
            return  # it is the library that calls it
        self.codes[code] = None
        if code.co_name == "__exit__" and whose != "other rooms" and code is not nullcontext.__exit__.__code__:
            self._refuse("the end of a with statement is written in Python, and may hide an error", frame)

    def _is_import(self, frame: FrameType | None) -> bool:
        """Return True if it is Python's import that calls, as it calls the finders of installed packages."""
        while frame is not None and frame.f_code not in self.codes:
            if frame.f_code.co_filename.startswith("<frozen importlib"):
                return True
            frame = frame.f_back
        return False

    def _called(self, function: Any, frame: FrameType) -> None:
        name, owner = function.__name__, function.__self__
        if in_force(thread).tracer is None:
            return
        if name in WRITING_METHODS:
            self.written[id(owner)] = owner
        if function is hash and frame.f_code.co_name == "__hash__":
            return  # where an object stands in a dict or a set does not show in what is found there
        reason = refusal_of_call(function)
        if reason is not None:
            self._refuse(reason, frame)
        elif name in _BY_NAME and not has_constant_name(frame.f_code, frame.f_lasti):
            self.dynamic = True
            if name in ("setattr", "delattr"):
                self._refuse(f"{name}() is called with a name that is computed", frame)

    def _refuse(self, reason: str, frame: FrameType) -> None:
        self.refusals.append((reason, place(frame.f_code, frame.f_lineno)))


_BY_NAME = ("getattr", "setattr", "delattr", "hasattr")
