"""Modules that hold modules."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Self

from .module import Module


def position(index: Any, size: int, name: str) -> int:
    """An index counted from the front."""
    found = operator.index(index)
    if not -size <= found < size:
        raise IndexError(f"index {found} is out of range for a {name} of {size}")
    return found % size


class _Series(Module):
    """Modules in order, under their numbers."""

    _modules: dict[str, Module]  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def _key(self, index: Any) -> str:
        return list(self._modules)[position(index, len(self), type(self).__name__)]

    def _some(self, names: slice) -> Self:
        raise NotImplementedError

    def __getitem__(self, index: Any) -> Any:
        return self._some(index) if isinstance(index, slice) else self._modules[self._key(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._key(index), module)

    def __delitem__(self, index: int | slice) -> None:
        for key in list(self._modules)[index] if isinstance(index, slice) else [self._key(index)]:
            delattr(self, key)
        self._number(list(self))

    def _number(self, modules: list[Module]) -> None:
        self._modules.clear()
        self._modules.update((str(i), module) for i, module in enumerate(modules))

    def append(self, module: Module) -> Self:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add several modules at the end."""
        if not isinstance(modules, Iterable):
            name = type(self).__name__
            raise TypeError(f"{name}.extend should be called with an iterable, but got {type(modules).__name__}")
        for module in list(modules):
            self.append(module)
        return self

    def _put(self, index: int, module: Module) -> None:
        modules = list(self)
        modules.insert(index, module)
        self._number(modules)

    def pop(self, key: int | slice) -> Any:
        """Take a module, or several, out."""
        found = self[key]
        del self[key]
        return found

    def __iadd__(self, other: Any) -> Self:
        return self.extend(other)


class Sequential(_Series):
    """Modules one after the other: each gets the result of the one before.

    Args:
        args: the modules in order, or one dict of them by name.

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

    def __init__(self, *args: Any) -> None:
        super().__init__()
        named = args[0].items() if len(args) == 1 and isinstance(args[0], dict) else enumerate(args)
        for name, module in named:
            self.add_module(str(name), module)

    def forward(self, input: Any) -> Any:
        for module in self._modules.values():
            input = module(input)
        return input

    def _some(self, names: slice) -> Self:
        return type(self)(OrderedDict(list(self._modules.items())[names]))

    def insert(self, index: int, module: Module) -> Self:
        """Put a module in front of the one at an index.

        Raises:
            AssertionError: if it is no Module.
            IndexError: for an index out of range.
        """
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}")
        if not -len(self) <= index <= len(self):
            raise IndexError(f"Index out of range: {index}")
        self._put(index, module)
        return self

    def _refuse_others(self, other: Any, operation: str) -> None:
        if not isinstance(other, Sequential):
            raise ValueError(
                f"{operation} operator supports only objects of Sequential class, but {type(other)} is given."
            )

    def __add__(self, other: Any) -> Sequential:
        self._refuse_others(other, "add")
        return Sequential(*self, *other)

    def __iadd__(self, other: Any) -> Self:
        self._refuse_others(other, "add")
        return self.extend(other)

    def _times(self, count: Any) -> list[Module]:
        if not isinstance(count, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(count)}")
        if count <= 0:
            raise ValueError(f"Non-positive multiplication factor {count} for {type(self)}")
        return list(self) * count

    def __mul__(self, other: int) -> Sequential:
        return Sequential(*self._times(other))

    def __rmul__(self, other: int) -> Sequential:
        return self * other

    def __imul__(self, other: int) -> Self:
        self._number(self._times(other))
        return self


class ModuleList(_Series):
    """Modules in a list, which unlike a plain list registers them.

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

    def _some(self, names: slice) -> Self:
        return type(self)(list(self)[names])

    def insert(self, index: int, module: Module) -> None:
        """Put a module in front of the one at an index."""
        self._put(index, module)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __repr__(self) -> str:
        runs: list[list[Any]] = []  # equal ones in a row: the text, the first and the last number
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
    """Modules by name, in order, which unlike a plain dict registers them.

    >>> from tinygrad_lite import nn
    >>> choices = nn.ModuleDict({"relu": nn.ReLU(), "tanh": nn.Tanh()})
    >>> choices["tanh"]
    Tanh()
    """

    _modules: dict[str, Module]  # type: ignore[assignment]

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Take all out."""
        self._modules.clear()

    def pop(self, key: str) -> Module:
        """Take a module out."""
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

    def update(self, modules: Any) -> None:
        """Add modules from a dict or from pairs."""
        for key, module in pairs(modules, "ModuleDict"):
            self[key] = module
