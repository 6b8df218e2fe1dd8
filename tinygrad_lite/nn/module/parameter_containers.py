"""Modules that hold parameters."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator, KeysView, Mapping
from typing import Any, Self, SupportsIndex, TypeVar, overload

from ...tensors.tensor import Tensor
from .containers import pairs, position
from .module import Module
from .parameter import Parameter

T = TypeVar("T")


def _parameter(value: Any) -> Any:
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


def _description(name: Any, value: Any, kind: str) -> str:
    if not isinstance(value, Tensor):
        return f"  ({name}): Object of type: {type(value).__name__}"
    return f"  ({name}): Parameter containing: [{kind} of size {'x'.join(map(str, value.shape))}]"


class ParameterList(Module):
    """Parameters in a list, which registers them, as a plain list does not.

    Args:
        values: Tensors, which become Parameters, of any shape and floating dtype; other objects stay what they are.

    An index gives a Parameter and a slice another ParameterList. It cannot be called.

    Raises:
        TypeError: if `values` is not iterable.

    >>> from tinygrad_lite import nn, zeros
    >>> scales = nn.ParameterList([zeros(2), zeros(3)])
    >>> [tuple(p.shape) for p in scales.parameters()]
    [(2,), (3,)]
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Parameter]:
        return (self[i] for i in range(len(self)))

    @overload
    def __getitem__(self, index: SupportsIndex) -> Parameter: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Parameter | Self:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return getattr(self, str(position(index, len(self), "ParameterList")))

    def __setitem__(self, index: SupportsIndex, value: Any) -> None:
        setattr(self, str(position(index, len(self), "ParameterList")), _parameter(value))

    def append(self, value: Any) -> Self:
        """Add a value at the end."""
        self._size += 1
        self[-1] = value
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Add several values at the end.

        Raises:
            TypeError: if they are not iterable, or a Tensor.
        """
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(f"ParameterList.extend should be called with an iterable, but got {type(values).__name__}")
        for value in values:
            self.append(value)
        return self

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("ParameterList should not be called.")

    def extra_repr(self) -> str:
        return "\n".join(_description(i, x, f"torch.{getattr(x, 'dtype', '')}") for i, x in enumerate(self))


def _check_key(key: object) -> None:
    if not isinstance(key, str):
        raise TypeError(f"Index given to ParameterDict cannot be used as a key as it is not a string: {key!r}")


_TYPE_NAMES = {"float16": "Half", "float32": "Float", "float64": "Double"}


class ParameterDict(Module):
    """Parameters by name, in order, in a dict that registers them, as a plain dict does not.

    Args:
        parameters: a dict, another ParameterDict, or pairs of name and value. Tensors become Parameters, of any shape
            and floating dtype; other objects stay what they are. Those of a plain dict are sorted by name, as in
            PyTorch.

    It cannot be called.

    Raises:
        TypeError: if a name is not a string.
        AttributeError: if the value of a name is asked for that is not there.

    >>> from tinygrad_lite import nn, zeros
    >>> scales = nn.ParameterDict({"a": zeros(2), "b": zeros(3)})
    >>> [name for name, _ in scales.named_parameters()]
    ['a', 'b']
    """

    def __init__(self, parameters: Mapping[str, Any] | Iterable[tuple[str, Any]] | ParameterDict | None = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> Parameter:
        _check_key(key)
        if key not in self._keys:
            raise AttributeError(f"this ParameterDict has no {key!r}; there are {list(self._keys)}")  # as in PyTorch
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        _check_key(key)
        self._keys[key] = None
        setattr(self, key, _parameter(value))

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._keys.keys()

    def items(self) -> Iterator[tuple[str, Parameter]]:
        """The names with their values."""
        return ((key, self[key]) for key in self._keys)

    def values(self) -> Iterator[Parameter]:
        """The values."""
        return (self[key] for key in self._keys)

    def update(self, parameters: Mapping[str, Any] | Iterable[tuple[str, Any]] | ParameterDict) -> None:
        """Add values from a dict or from pairs; those of a plain dict in the order of their names, as PyTorch does."""
        found = pairs(parameters, "ParameterDict")
        plain = isinstance(parameters, Mapping) and not isinstance(parameters, OrderedDict)
        for key, value in sorted(found, key=operator.itemgetter(0)) if plain else found:
            self[key] = value

    def copy(self) -> ParameterDict:
        """A new ParameterDict with the same values."""
        return ParameterDict(self)

    @overload
    def get(self, key: str) -> Parameter | None: ...
    @overload
    def get(self, key: str, default: T) -> Parameter | T: ...
    def get(self, key: str, default: Any = None) -> Any:
        """The value of a name, or the default."""
        return self[key] if key in self._keys else default

    def setdefault(self, key: str, default: Any = None) -> Parameter:
        """The value of a name; if there is none, it is the default from now on."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str) -> Parameter:
        """Remove the value of a name, and return it.

        Raises:
            AttributeError: if there is none.
        """
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Parameter]:
        """Remove the last name and its value, and return them."""
        key = next(reversed(self._keys))
        return key, self.pop(key)

    def clear(self) -> None:
        """Remove all values."""
        for key in list(self._keys):
            del self[key]

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """A new ParameterDict with these names and one value for all."""
        return ParameterDict((key, default) for key in keys)

    def __or__(self, other: ParameterDict) -> ParameterDict:
        joined = self.copy()
        joined.update(other)
        return joined

    def __ror__(self, other: Any) -> Any:
        joined = other.copy()  # a dict stays one, as in PyTorch
        joined.update(self)
        return joined

    def __ior__(self, other: ParameterDict) -> Self:
        self.update(other)
        return self

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("ParameterDict should not be called.")

    def extra_repr(self) -> str:
        kinds = {key: f"torch.{_TYPE_NAMES.get(str(getattr(x, 'dtype', '')), '')}Tensor" for key, x in self.items()}
        return "\n".join(_description(key, x, kinds[key]) for key, x in self.items())
