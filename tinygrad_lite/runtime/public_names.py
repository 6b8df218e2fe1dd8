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
    classes = list(classes)
    for cls in classes:
        _name_constructor(cls, classes)
        for value in vars(cls).values():
            function = getattr(value, "__func__", value)  # of a classmethod or staticmethod
            if isinstance(function, FunctionType) and function.__module__ == cls.__module__:
                function.__module__ = namespace
        if "__firstlineno__" in vars(cls):  # since Python 3.13, and wrong without the file that it belongs to
            del cls.__firstlineno__  # type: ignore[attr-defined]  # older Pythons have none
        cls.__module__ = namespace


def _name_constructor(cls: type, public: list[type]) -> None:
    """Let the constructor that a class inherits from a private base bear the name of the class.

    Python's errors about arguments then say `Conv2d.__init__() missing …`, and not the name of the base. The copy runs
    the same code.
    """
    owner = next(base for base in cls.__mro__ if "__init__" in vars(base))
    inherited = vars(owner)["__init__"]
    if owner in public or owner.__module__.partition(".")[0] != cls.__module__.partition(".")[0]:
        return
    own = FunctionType(
        inherited.__code__, inherited.__globals__, "__init__", inherited.__defaults__, inherited.__closure__
    )
    own.__kwdefaults__, own.__annotations__ = inherited.__kwdefaults__, inherited.__annotations__
    own.__doc__, own.__module__, own.__qualname__ = inherited.__doc__, cls.__module__, f"{cls.__qualname__}.__init__"
    cls.__init__ = own  # type: ignore[misc]  # it is the constructor that the class has already
