"""Methods of PyTorch's Tensor that this library does not have: to ask for one says so, and names what there is."""

from __future__ import annotations

from typing import Any

from ..core.tensor import TensorBase
from ..runtime.absent_names import ABSENT, absent

NAMES = frozenset(" ".join(ABSENT["Tensor"].values()).split())


class AbsentMethod:
    """An attribute that raises the AttributeError of an absent name.

    A `__getattr__` of the class would do the same for all of them, but with it CPython reads every attribute of every
    Tensor four times more slowly.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        raise absent("Tensor", self.name)


def add_absent_methods(cls: type[TensorBase]) -> None:
    """Let a class answer for the methods that it does not have."""
    for name in NAMES - set(dir(cls)):
        setattr(cls, name, AbsentMethod(name))


def present_names(self: TensorBase) -> list[str]:
    """The attributes of a Tensor that there are, as `dir(x)` lists them."""
    return [name for name in object.__dir__(self) if name not in NAMES or name in self.__dict__]


class WithoutAbsentNames(type):
    """The class of the class Tensor, for the sake of `dir(Tensor)` and `help(Tensor)`: both list what there is."""

    def __dir__(cls) -> list[str]:
        return [name for name in super().__dir__() if name not in NAMES]
