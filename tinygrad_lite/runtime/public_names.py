"""The module that a public class names as its own: the namespace where users find it, not the file that defines it."""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType


def set_public_module(namespace: str, classes: Iterable[type]) -> None:
    """Let classes and their methods name `namespace` as their module.

    Pickles and messages then say `tinygrad_lite.nn.Linear`, wherever the file of Linear may be, and `doctest` finds
    the examples of the class and of its methods in that namespace. `inspect.getsource` finds the methods, but not the
    class: it looks for the class in the namespace's file.
    """
    for cls in classes:
        for value in vars(cls).values():
            function = getattr(value, "__func__", value)  # of a classmethod or staticmethod
            if isinstance(function, FunctionType) and function.__module__ == cls.__module__:
                function.__module__ = namespace
        if "__firstlineno__" in vars(cls):  # since Python 3.13, and wrong without the file that it belongs to
            del cls.__firstlineno__  # type: ignore[attr-defined]  # older Pythons have none
        cls.__module__ = namespace
