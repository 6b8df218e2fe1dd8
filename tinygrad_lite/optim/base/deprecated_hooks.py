"""The names that the hooks of `Optimizer` had in version 0.1: optimizers that override them still work.

A class that overrides `update`, `slots`, `start`, `begin` or `counts` is given the hook of the new name, which calls
the old one; `super().update(group, bundle)` and the like lead on to the new hook of the class above.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ...core.primitive import Array
from ...tensors.tensor import Tensor
from .flat_groups import FlatGroup
from .options import Group


class Bundle:
    """A flat group as `update(group, bundle)` knew it: each piece is `(p, g, work, spare, *state arrays)`."""

    def __init__(self, flat_group: FlatGroup) -> None:
        self.flat_group = flat_group
        self.step = flat_group.step
        self.counts = flat_group.scalars
        self.constants = flat_group.constants

    @property
    def fresh(self) -> bool:
        """True at the first step of these parameters."""
        return self.flat_group.first_step

    def __iter__(self) -> Iterator[tuple[Array, ...]]:
        for param, grad, state, scratch in self.flat_group:
            yield (param, grad, *scratch, *state.values())


def _update_group(self: Any, group: Group, flat_group: FlatGroup) -> None:
    self.update(group, Bundle(flat_group))


def _state_arrays(self: Any, group: Group) -> tuple[str, ...]:
    return tuple(self.slots(group))


def _initial_value(self: Any, name: str, group: Group) -> float:
    return float(self.start(name, group))


def _init_state(self: Any, param: Tensor, group: Group) -> bool:
    return bool(self.begin(param, group))


ADAPTERS: dict[str, Callable[..., Any]] = {
    "update": _update_group,
    "slots": _state_arrays,
    "start": _initial_value,
    "begin": _init_state,
}
LIBRARY = __name__.partition(".")[0]
"""This package. Its own optimizers have the new names, and may use the old ones for something else."""

RENAMED = {
    "update": "update_group",
    "slots": "state_arrays",
    "start": "initial_value",
    "begin": "init_state",
    "counts": "state_scalars",
}


class DeprecatedHooks:
    """The part of `Optimizer` that knows the hooks of version 0.1."""

    state_scalars: Sequence[str] = ("step",)
    counts: Sequence[str] = ("step",)
    """Deprecated: the name of `state_scalars` in version 0.1."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own_step = any("step" in base.__dict__ for base in cls.__mro__[: cls.__mro__.index(DeprecatedHooks) - 1])
        for old, new in RENAMED.items():
            if old not in cls.__dict__ or new in cls.__dict__ or cls.__module__.startswith(f"{LIBRARY}."):
                continue
            if old == "counts":
                cls.state_scalars = cls.__dict__[old]
            elif callable(cls.__dict__[old]):
                setattr(cls, new, ADAPTERS[old])
            if not own_step:  # a class with a step of its own may have a method of this name for another purpose
                warnings.warn(
                    f"{cls.__qualname__}.{old}: since version 0.2 this hook of optimizers is called {new}, and takes "
                    "what the docstring of tinygrad_lite.optim.Optimizer says; the old name will go",
                    DeprecationWarning,
                    stacklevel=3,
                )
        cls.counts = cls.state_scalars

    def _hook_above(self, name: str) -> Any:
        """The method `name` of the nearest class above all those that override the hook by its old name."""
        methods = [cls.__dict__[name] for cls in type(self).__mro__ if name in cls.__dict__]
        adapted = [i for i, method in enumerate(methods) if method in ADAPTERS.values()]
        return methods[adapted[-1] + 1 if adapted else 0].__get__(self)

    def update(self, group: Group, bundle: Bundle) -> None:
        """Deprecated: the name of the hook `update_group` in version 0.1."""
        if not isinstance(bundle, Bundle):
            raise TypeError(
                f"{type(self).__name__}.update() does not take parameters and gradients, as the book's optimizers do: "
                "pass the parameters to the constructor, call loss.backward(), and then step(); or make an optimizer "
                "of tinygrad_lite.optim.book without parameters, which has update(params, grads)"
            )
        self._hook_above("update_group")(group, bundle.flat_group)

    def slots(self, group: Group) -> tuple[str, ...]:
        """Deprecated: the name of the hook `state_arrays` in version 0.1."""
        names: tuple[str, ...] = self._hook_above("state_arrays")(group)
        return names

    def start(self, name: str, group: Group) -> float:
        """Deprecated: the name of the hook `initial_value` in version 0.1."""
        value: float = self._hook_above("initial_value")(name, group)
        return value

    def begin(self, p: Tensor, group: Group) -> bool:
        """Deprecated: the name of the hook `init_state` in version 0.1."""
        made: bool = self._hook_above("init_state")(p, group)
        return made
