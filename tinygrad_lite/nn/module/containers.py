"""Modules that hold modules."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Self, SupportsIndex, overload

from ...core.tracing import changed
from ...tensors.tensor import Tensor
from .module import Module


def position(index: SupportsIndex, size: int, name: str) -> int:
    """An index counted from the front."""
    found = operator.index(index)
    if not -size <= found < size:
        raise IndexError(f"index {found} is out of range for a {name} of {size}")
    return found % size


class _NumberedModules(Module):
    """Modules in order, whose names are their numbers."""

    _modules: dict[str, Module]  # type: ignore[assignment]  # there are no empty places in it

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def _name(self, index: SupportsIndex) -> str:
        return list(self._modules)[position(index, len(self), type(self).__name__)]

    def _selected(self, chosen: slice) -> Self:
        raise NotImplementedError

    @overload
    def __getitem__(self, index: SupportsIndex) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Module | Self:
        return self._selected(index) if isinstance(index, slice) else self._modules[self._name(index)]

    def __setitem__(self, index: SupportsIndex, module: Module) -> None:
        setattr(self, self._name(index), module)

    def __delitem__(self, index: SupportsIndex | slice) -> None:
        for name in list(self._modules)[index] if isinstance(index, slice) else [self._name(index)]:
            delattr(self, name)
        self._renumber(list(self))

    def _renumber(self, modules: list[Module]) -> None:
        changed()
        self._modules.clear()
        self._modules.update((str(i), module) for i, module in enumerate(modules))

    def append(self, module: Module) -> Self:
        """Add a module at the end.

        Raises:
            TypeError: if it is not a Module.
        """
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add several modules at the end.

        Raises:
            TypeError: if they are not iterable, or one is not a Module.
        """
        if not isinstance(modules, Iterable):
            name = type(self).__name__
            raise TypeError(f"{name}.extend should be called with an iterable, but got {type(modules).__name__}")
        for module in list(modules):
            self.append(module)
        return self

    def _insert(self, index: int, module: Module) -> None:
        modules = list(self)
        modules.insert(index, module)
        self._renumber(modules)

    @overload
    def pop(self, key: SupportsIndex) -> Module: ...
    @overload
    def pop(self, key: slice) -> Self: ...
    def pop(self, key: SupportsIndex | slice) -> Module | Self:
        """Remove the module at an index, or those of a slice, and return it or them.

        Raises:
            IndexError: for an index out of range.
        """
        found = self[key]
        del self[key]
        return found

    def __iadd__(self, other: Iterable[Module]) -> Self:
        return self.extend(other)


class Sequential(_NumberedModules):
    """Modules one after the other: each gets the result of the one before.

    Args:
        args: the modules in order, or one dict of them by name.

    An index gives a module and a slice another Sequential of the same modules. The names of the parameters begin with
    the module's number, or with its name from the dict. Shapes and dtypes: the first module's input, the last one's
    result.

    Raises:
        TypeError: if an argument is not a Module, but for instance its class, or a list of modules.

    >>> import tinygrad_lite as tl
    >>> from tinygrad_lite import nn
    >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    >>> model(tl.ones(3, 4)).shape
    Size([3, 2])
    >>> model[:2]
    Sequential(
      (0): Linear(in_features=4, out_features=8, bias=True)
      (1): ReLU()
    )
    """

    @overload
    def __init__(self, *args: Module) -> None: ...
    @overload
    def __init__(self, arg: Mapping[str, Module], /) -> None: ...
    def __init__(self, *args: Any) -> None:
        super().__init__()
        named = args[0].items() if len(args) == 1 and isinstance(args[0], dict) else enumerate(args)
        for name, module in named:
            self.add_module(str(name), module)

    def forward(self, input: Any) -> Tensor:
        for module in self._modules.values():
            input = module(input)
        return input

    def _selected(self, chosen: slice) -> Self:
        return type(self)(OrderedDict(list(self._modules.items())[chosen]))

    def insert(self, index: int, module: Module) -> Self:
        """Put a module in front of the one at an index.

        Raises:
            AssertionError: if it is not a Module.
            IndexError: for an index out of range.
        """
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}")
        if not -len(self) <= index <= len(self):
            raise IndexError(f"Index out of range: {index}")
        self._insert(index, module)
        return self

    def _check_sequential(self, other: Any) -> None:
        if not isinstance(other, Sequential):
            raise ValueError(f"add operator supports only objects of Sequential class, but {type(other)} is given.")

    def __add__(self, other: Sequential) -> Sequential:
        self._check_sequential(other)
        return Sequential(*self, *other)

    def __iadd__(self, other: Sequential) -> Self:  # type: ignore[override]  # PyTorch's takes only a Sequential
        self._check_sequential(other)
        return self.extend(other)

    def _repeated(self, count: int) -> list[Module]:
        if not isinstance(count, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(count)}")
        if count <= 0:
            raise ValueError(f"Non-positive multiplication factor {count} for {type(self)}")
        return list(self) * count

    def __mul__(self, other: int) -> Sequential:
        return Sequential(*self._repeated(other))

    def __rmul__(self, other: int) -> Sequential:
        return self * other

    def __imul__(self, other: int) -> Self:
        self._renumber(self._repeated(other))
        return self


class ModuleList(_NumberedModules):
    """Modules in a list, which registers them, as a plain list does not.

    Args:
        modules: the modules in order.

    An index gives a module and a slice another ModuleList. A call raises: the `forward` of a module that has a
    ModuleList calls the modules in it, whose shapes and dtypes are their own.

    Raises:
        TypeError: if `modules` is not iterable, or one of them is not a Module.

    >>> from tinygrad_lite import nn
    >>> layers = nn.ModuleList(nn.Linear(2, 2) for _ in range(3))
    >>> layers
    ModuleList(
      (0-2): 3 x Linear(in_features=2, out_features=2, bias=True)
    )
    >>> len(list(layers.parameters()))
    6
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def _selected(self, chosen: slice) -> Self:
        return type(self)(list(self)[chosen])

    def insert(self, index: int, module: Module) -> None:
        """Put a module in front of the one at an index."""
        self._insert(index, module)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __repr__(self) -> str:
        runs: list[list[Any]] = []  # equal modules in a row: their text, the first number and the last
        for i, text in enumerate(map(repr, self)):
            if runs and runs[-1][0] == text:
                runs[-1][2] = i
            else:
                runs.append([text, i, i])
        lines = [f"({a}): {text}" if a == b else f"({a}-{b}): {b - a + 1} x {text}" for text, a, b in runs]
        inside = "".join("\n  " + line.replace("\n", "\n  ") for line in lines)
        return f"{self._get_name()}({inside}\n)" if lines else f"{self._get_name()}()"


def pairs(items: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Names and values, from a dict or an iterable of pairs."""
    if not isinstance(items, Iterable):
        raise TypeError(
            f"{name}.update should be called with an iterable of key/value pairs, but got {type(items).__name__}"
        )
    if isinstance(items, (Mapping, Module)):
        yield from items.items()
        return
    for i, pair in enumerate(items):
        if not isinstance(pair, Iterable):
            raise TypeError(f"{name} update sequence element #{i} should be Iterable; is {type(pair).__name__}")
        found = tuple(pair)
        if len(found) != 2:
            raise ValueError(f"{name} update sequence element #{i} has length {len(found)}; 2 is required")
        yield found


class ModuleDict(Module):
    """Modules by name, in order, in a dict that registers them, as a plain dict does not.

    Args:
        modules: a dict, another ModuleDict, or pairs of name and module.

    A call raises: the `forward` of a module that has a ModuleDict calls the modules in it, whose shapes and dtypes are
    their own.

    Raises:
        TypeError: if a value is not a Module, or a name is not a string.
        KeyError: for a name that is empty, contains a dot or is that of a method.

    >>> from tinygrad_lite import nn
    >>> choices = nn.ModuleDict({"relu": nn.ReLU(), "tanh": nn.Tanh()})
    >>> choices["tanh"]
    Tanh()
    """

    _modules: dict[str, Module]  # type: ignore[assignment]  # there are no empty places in it

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | ModuleDict | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        changed()
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Remove all modules."""
        changed()
        self._modules.clear()

    def pop(self, key: str) -> Module:
        """Remove the module of a name, and return it.

        Raises:
            KeyError: if there is none.
        """
        changed()
        return self._modules.pop(key)

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._modules.keys()

    def items(self) -> ItemsView[str, Module]:
        """The names with their modules."""
        return self._modules.items()

    def values(self) -> ValuesView[Module]:
        """The modules."""
        return self._modules.values()

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | ModuleDict) -> None:
        """Add modules from a dict or from pairs.

        Raises:
            TypeError: if they are neither a dict nor pairs, or a value is not a Module.
            ValueError: if a pair has not two elements.
        """
        for key, module in pairs(modules, "ModuleDict"):
            self[key] = module
