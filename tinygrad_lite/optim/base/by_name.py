"""The interface of the book's optimizers: parameters and gradients come with each update, in dictionaries.

What an update does is a step of an ordinary optimizer. Its parameters are Tensors that the optimizer keeps, one for
each name; before the step they are given the values of the caller's dictionary, and after it that is given theirs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np

from ...autograd.grad_modes import no_grad
from ...core import versions as memory
from ...core.primitive import Array
from ...core.tensor import wrap
from ...core.tracing import graph_break
from ...tensors.tensor import Tensor
from .deprecated_hooks import Bundle
from .optimizer import Optimizer

P = ParamSpec("P")
Self = TypeVar("Self")


def in_the_books_order(
    *names: str,
) -> Callable[[Callable[Concatenate[Self, P], None]], Callable[Concatenate[Self, P], None]]:
    """For a constructor whose first argument may be left out: a number in its place begins the options `names`."""

    def decorate(init: Callable[Concatenate[Self, P], None]) -> Callable[Concatenate[Self, P], None]:
        @functools.wraps(init)
        def call(self: Self, *args: P.args, **kwargs: P.kwargs) -> None:
            if args and isinstance(args[0], int | float | np.number):
                if len(args) > len(names):
                    raise TypeError(
                        f"{type(self).__name__} takes {', '.join(names)} without their names, but {len(args)} values "
                        "were given: name the other options"
                    )
                kwargs.update(zip(names, args, strict=False))
                args = ()  # type: ignore[assignment]  # the arguments are in kwargs now
            init(self, *args, **kwargs)

        return call  # type: ignore[return-value]  # it has the signature of the function

    return decorate


class Option:
    """An option of an optimizer as an attribute, `optimizer.lr`, which can be set for all groups.

    Args:
        name: the name of the option in `param_groups`.
        place: for an option that is a tuple, the place in it.
    """

    def __init__(self, name: str, place: int | None = None) -> None:
        self.name, self.place = name, place

    def __get__(self, optimizer: Any, owner: Any = None) -> Any:
        if optimizer is None:
            return self
        value = optimizer.param_groups[0][self.name]
        return value if self.place is None else value[self.place]

    def __set__(self, optimizer: Any, value: Any) -> None:
        for group in optimizer.param_groups:
            if self.place is not None:
                pair = [*group[self.name]]
                pair[self.place] = value
                group[self.name] = tuple(pair)
            else:
                group[self.name] = value


class StateByName:
    """A part of the state as the book has it: a dictionary of arrays with the names of the parameters; None before the
    first update. What has no names has the numbers of the parameters instead."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, optimizer: Any, owner: Any = None) -> Any:
        if optimizer is None:
            return self
        found: dict[Any, Array] = {}
        for group in optimizer.param_groups:
            names = group.get("param_names", range(len(found), len(found) + len(group["params"])))
            for name, p in zip(names, group["params"], strict=True):
                if self.name in optimizer.state.get(p, ()):
                    found[name] = optimizer.state[p][self.name].numpy()
        return found or None


class ByName(Optimizer):
    """The part of the book's optimizers that lets them be made without parameters."""

    _by_name = False

    def __init__(self, params: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__([{"params": []}] if params is None else params, *args, **kwargs)
        if params is None:
            self._by_name = True
            self.param_groups[0]["param_names"] = []

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), **({"_by_name": True} if self._by_name else {})}

    def update(  # type: ignore[override]  # the book's form
        self, params: MutableMapping[Any, Any], grads: Mapping[Any, Any]
    ) -> None:
        """Take a step, for an optimizer that was made without parameters: change what is in `params`.

        Args:
            params: the parameters by name: arrays or Tensors of any shape in a floating dtype, which are changed in
                place, or numbers, which are replaced. The state of each belongs to its name.
            grads: the gradients by the same names: arrays, Tensors or numbers of the same shapes.

        Raises:
            TypeError: if the optimizer was made with parameters, or for values that are not of a floating dtype.
            KeyError: if the gradient of a parameter is missing.
            ValueError: if a gradient has another shape than its parameter, or a parameter another than before.
        """
        if isinstance(grads, Bundle) or not self._by_name:
            super().update(params, grads)  # type: ignore[arg-type]  # the hook of version 0.1, or an error
            return
        if not (isinstance(params, MutableMapping) and isinstance(grads, Mapping)):
            raise TypeError(
                "update(params, grads) takes two dictionaries, of the parameters and of their gradients, but got "
                f"{type(params).__name__} and {type(grads).__name__}"
            )
        graph_break("parameters in dictionaries are changed")
        group = self.param_groups[0]
        kept = dict(zip(group["param_names"], group["params"], strict=True))
        values = {name: _parameter(name, value) for name, value in params.items()}
        slopes = {name: _gradient(name, grads, array) for name, array in values.items()}
        for name, array in values.items():
            if name in kept and (kept[name].shape, kept[name].dtype) != (array.shape, array.dtype):
                raise ValueError(
                    f"update(): params[{name!r}] is of shape {array.shape} and {array.dtype} now, but was of "
                    f"{tuple(kept[name].shape)} and {kept[name].dtype}: another parameter needs another name, or "
                    "another optimizer"
                )
        for name, array in values.items():
            if name not in kept:
                kept[name] = wrap(array.copy())
                group["params"].append(kept[name])
                group["param_names"].append(name)
            memory.write(np.copyto, kept[name]._data, array)
            kept[name]._grad = wrap(slopes[name])
        try:
            self.step()
            for name, value in params.items():
                _store(params, name, value, kept[name])
        finally:
            for p in kept.values():
                p._grad = None  # a later dictionary may lack the name, and this gradient must not be used again


def _parameter(name: Any, value: Any) -> Array:
    """The values of a parameter: the array that holds them, or a new one for a number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return np.array(value, np.float64)
    array: Array = value._data if isinstance(value, Tensor) else np.asarray(value)
    if not isinstance(value, Tensor | np.ndarray | np.floating) or array.dtype.kind != "f":
        kind = array.dtype if isinstance(value, Tensor | np.ndarray | np.generic) else type(value).__name__
        raise TypeError(
            f"update(): a parameter must be an array, a Tensor or a number of a floating point dtype, but "
            f"params[{name!r}] is of {kind}"
        )
    if isinstance(value, np.ndarray) and not array.flags.writeable:
        raise ValueError(f"update(): params[{name!r}] is read-only, and cannot be changed in place: copy() it")
    return array


def _gradient(name: Any, grads: Mapping[Any, Any], param: Array) -> Array:
    """The gradient of a parameter, in an array of its shape and dtype."""
    if name not in grads:
        raise KeyError(f"update(): grads has no {name!r}, which is in params; it has {[*grads]}")
    value = grads[name]
    if value is None:
        raise TypeError(f"update(): grads[{name!r}] is None: nothing has been derived by this parameter yet")
    array = value._data if isinstance(value, Tensor) else np.asarray(value)
    if array.shape != param.shape:
        raise ValueError(
            f"update(): grads[{name!r}] has shape {array.shape}, but params[{name!r}] has shape {param.shape}"
        )
    return array.astype(param.dtype)


def _store(params: MutableMapping[Any, Any], name: Any, value: Any, new: Tensor) -> None:
    """Give the caller a parameter's new values: in the memory that holds them, or as a new number."""
    if isinstance(value, Tensor):
        with no_grad():
            value.copy_(new)
    elif isinstance(value, np.ndarray):
        memory.write(np.copyto, value, new._data)
    else:
        params[name] = new._data[()] if isinstance(value, np.floating) else new.item()
