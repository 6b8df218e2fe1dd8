"""Parametrizations: a parameter of a module as a function of others, computed whenever it is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, TypeVar

from ...autograd.grad_modes import unrecorded
from ...core.tracing import graph_break
from ...tensors.tensor import Tensor
from ..module.containers import ModuleDict, ModuleList
from ..module.module import Module
from ..module.parameter import Parameter

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "transfer_parametrizations_and_params",
    "type_before_parametrizations",
]

M = TypeVar("M", bound=Module)


class _Values:
    """The values of parametrized Tensors that were read while a `cached` block lasts, by module and name."""

    def __init__(self) -> None:
        self.blocks = 0
        self.found: dict[tuple[int, str], tuple[Module, Any]] = {}


_values = _Values()


@contextmanager
def cached() -> Iterator[None]:
    """Compute each parametrized Tensor only once while the block lasts, when it is first read.

    That is for parametrizations that take long, of a weight that is used several times. The values are forgotten at the
    end of the block; in the block, a change of the originals is not seen.

    Raises:
        TypeError: if it is written without brackets, `with cached:`.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.utils.parametrizations.weight_norm(tl.nn.Linear(3, 3))
    >>> with tl.nn.utils.parametrize.cached():
    ...     layer.weight is layer.weight
    True
    """
    graph_break("parametrized Tensors are cached")
    _values.blocks += 1
    try:
        yield
    finally:
        _values.blocks -= 1
        if not _values.blocks:
            _values.found.clear()


class ParametrizationList(ModuleList):
    """The functions of one parametrized parameter or buffer, applied one after the other to what is learned instead.

    That is `original`, or `original0`, `original1`, … if the first function takes several Tensors. `layer.weight` of a
    parametrized layer is the result of calling the ParametrizationList `layer.parametrizations.weight`.

    Args:
        modules: the functions; the `right_inverse` of the first one, if there is one, gives the originals' values at
            the start.
        original: the Tensor that is parametrized.
        unsafe: whether the functions may change its shape and dtype.

    Raises:
        ValueError: if they do without being `unsafe`.

    >>> import tinygrad_lite as tl
    >>> class Exp(tl.nn.Module):
    ...     def forward(self, x):
    ...         return x.exp()
    >>> layer = tl.nn.utils.parametrize.register_parametrization(tl.nn.Linear(1, 1), "bias", Exp())
    >>> tl.nn.init.zeros_(layer.parametrizations.bias.original)
    Parameter containing:
    tensor([0.], requires_grad=True)
    >>> layer.bias.detach()
    tensor([1.])
    """

    def __init__(self, modules: list[Module], original: Tensor, unsafe: bool = False) -> None:
        super().__init__(modules)
        self.unsafe = unsafe
        first = _inverted(list(modules), original, at_first=True)
        _check_tensors(first)
        self.is_tensor = isinstance(first, Tensor)
        self.ntensors = 1 if self.is_tensor else len(first)
        if self.is_tensor:
            original.data = first.data
            _register(self, "original", original)
        else:
            for i, each in enumerate(first):
                learned = isinstance(original, Parameter)
                values = each.detach()
                _register(self, f"original{i}", Parameter(values, original.requires_grad) if learned else values)
        if not unsafe:
            _check_alike(original, self())

    def originals(self) -> list[Tensor]:
        """The Tensors that are learned."""
        return [getattr(self, "original" if self.is_tensor else f"original{i}") for i in range(self.ntensors)]

    def forward(self) -> Tensor:
        first, *rest = self
        value = first(*self.originals())
        for function in rest:
            value = function(value)
        return value

    def right_inverse(self, value: Tensor) -> None:
        """Give the originals values of which the functions make `value`.

        Raises:
            RuntimeError: if a function has no `right_inverse`.
        """
        for function in self:
            if not hasattr(function, "right_inverse"):
                raise RuntimeError(f"parametrization {type(function).__name__} does not implement right_inverse.")
        found = _inverted(list(self), value)
        _check_tensors(found)
        for original, each in zip(self.originals(), [found] if self.is_tensor else found, strict=True):
            original.data = each.detach()


def transfer_parametrizations_and_params(from_module: Module, to_module: M, tensor_name: str | None = None) -> M:
    """Give a module the parametrizations of another one, and the values of its originals.

    Args:
        from_module: the module that has parametrizations; one that has none is left alone.
        to_module: the module that gets them. A parameter that it has not is made.
        tensor_name: the name of the parameter, of any shape and dtype; by default all that are parametrized.

    Returns:
        The second module.

    Raises:
        KeyError: if the parameter is not parametrized.
        ValueError: if a shape or dtype would change, as for `register_parametrization`.

    >>> import tinygrad_lite as tl
    >>> first = tl.nn.utils.parametrizations.weight_norm(tl.nn.Linear(3, 2))
    >>> second = tl.nn.utils.parametrize.transfer_parametrizations_and_params(first, tl.nn.Linear(3, 2))
    >>> second.weight.equal(first.weight)
    True
    """
    if not is_parametrized(from_module):
        return to_module
    for name in list(from_module.parametrizations) if tensor_name is None else [tensor_name]:
        functions: Any = from_module.parametrizations[name]
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name).detach().clone()))
        for function in functions:
            register_parametrization(to_module, name, function, unsafe=functions.unsafe)
        own: Any = to_module.parametrizations[name]
        for key in ["original"] if functions.is_tensor else [f"original{i}" for i in range(functions.ntensors)]:
            setattr(own, key, getattr(functions, key))
    return to_module


@unrecorded
def _inverted(functions: list[Module], value: Any, at_first: bool = False) -> Any:
    """The originals of a value: one Tensor or a tuple of several. At first, a function may refuse to be inverted."""
    for function in reversed(functions):
        if hasattr(function, "right_inverse"):
            try:
                value = function.right_inverse(value)
            except NotImplementedError:
                if not at_first:
                    raise
    return value


def _check_tensors(found: Any) -> None:
    needed = "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got"
    if not isinstance(found, (Tensor, list, tuple)):
        raise ValueError(f"{needed} {type(found).__name__}")
    for i, each in enumerate(() if isinstance(found, Tensor) else found):
        if not isinstance(each, Tensor):
            raise ValueError(f"{needed} element {i} of the sequence with type {type(each).__name__}.")


def _register(module: Module, name: str, value: Tensor) -> None:
    if isinstance(value, Parameter):
        module.register_parameter(name, value)
    else:
        module.register_buffer(name, value)


def _check_alike(before: Tensor, after: Any) -> None:
    if not isinstance(after, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(after).__name__}.")
    for what in ("dtype", "shape"):
        old, new = getattr(before, what), getattr(after, what)
        if old != new:
            raise ValueError(
                f"Registering a parametrization may not change the {what} of the tensor, unless `unsafe` flag is "
                f"enabled: it is {old}, and would be {new}"
            )


def register_parametrization(module: M, tensor_name: str, parametrization: Module, *, unsafe: bool = False) -> M:
    """Let a parameter or buffer of a module be computed by another module, whenever it is read.

    The class of the module becomes a new one that is derived from it, as in PyTorch.

    Args:
        module: the module.
        tensor_name: the name of the parameter, of any shape and dtype; what is learned from then on is
            `parametrizations.<name>.original`.
        parametrization: a Module whose forward takes the original, or, if the parameter has a parametrization already,
            the result of that. If it has a method `right_inverse`, then the parameter can be assigned to, and starts at
            the value that this gives.
        unsafe: whether it may change shape and dtype.

    Returns:
        The module.

    Raises:
        ValueError: if there is no such parameter or buffer, or its shape or dtype would change.

    >>> import tinygrad_lite as tl
    >>> class Symmetric(tl.nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).T
    >>> layer = tl.nn.utils.parametrize.register_parametrization(tl.nn.Linear(3, 3), "weight", Symmetric())
    >>> layer.weight.equal(layer.weight.T)
    True
    >>> list(layer.state_dict())
    ['bias', 'parametrizations.weight.original']
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        functions: Any = module.parametrizations[tensor_name]
        if not unsafe:
            value = getattr(module, tensor_name)
            _check_alike(value, parametrization(value))
        functions.append(parametrization)
        functions.unsafe |= unsafe
        return module
    if tensor_name not in module._parameters and tensor_name not in module._buffers:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    functions = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        cls = type(module)
        space: dict[str, Any] = {"__module__": cls.__module__, "__getstate__": _refuse_to_pickle}
        if not hasattr(cls, "__deepcopy__"):
            space["__deepcopy__"] = _deep_copy
        module.__class__ = type(f"Parametrized{cls.__name__}", (cls,), space)
        module.parametrizations = ModuleDict()

    def read(self: Any) -> Any:
        if not _values.blocks:
            return self.parametrizations[tensor_name]()
        key = (id(self), tensor_name)
        if key not in _values.found:
            # With the module, which so stays alive: no other gets its id.
            _values.found[key] = self, self.parametrizations[tensor_name]()
        return _values.found[key][1]

    def write(self: Any, value: Tensor) -> None:
        self.parametrizations[tensor_name].right_inverse(value)

    setattr(type(module), tensor_name, property(read, write))
    module.parametrizations[tensor_name] = functions
    return module


def _refuse_to_pickle(self: Module) -> Any:
    raise RuntimeError(
        "Serialization of parametrized modules is only supported through state_dict(): save that, and load it into a "
        "module that has been parametrized in the same way"
    )


def _deep_copy(self: Module, memo: dict[int, Any]) -> Module:
    copied = type(self).__new__(type(self))
    memo[id(self)] = copied
    copied.__dict__.update(deepcopy(self.__dict__, memo))
    return copied


def type_before_parametrizations(module: Module) -> type:
    """The class that a module had before it was parametrized.

    Raises:
        AttributeError: if it is not a Module.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.utils.parametrizations.weight_norm(tl.nn.Linear(3, 3))
    >>> tl.nn.utils.parametrize.type_before_parametrizations(layer)
    <class 'tinygrad_lite.nn.Linear'>
    """
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """True if a module has parametrized parameters or buffers, or, with `tensor_name`, if that one is parametrized.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.utils.parametrizations.weight_norm(tl.nn.Linear(3, 3))
    >>> tl.nn.utils.parametrize.is_parametrized(layer), tl.nn.utils.parametrize.is_parametrized(layer, "bias")
    (True, False)
    """
    found = module._modules.get("parametrizations")
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(module: M, tensor_name: str, leave_parametrized: bool = True) -> M:
    """Make a parametrized parameter or buffer a plain one again.

    Args:
        module: the module.
        tensor_name: the name of the parameter, of any shape and dtype.
        leave_parametrized: whether it keeps its present value; otherwise it has the value of its original.

    Returns:
        The module.

    Raises:
        ValueError: if it is not parametrized, or has several originals and is not to keep its value.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.utils.parametrizations.weight_norm(tl.nn.Linear(3, 2))
    >>> list(tl.nn.utils.parametrize.remove_parametrizations(layer, "weight").state_dict())
    ['bias', 'weight']
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    functions: Any = module.parametrizations[tensor_name]
    if not functions.is_tensor and not leave_parametrized:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a "
            "sequence of tensors."
        )
    plain = functions.originals()[0]
    if leave_parametrized:
        value = getattr(module, tensor_name)
        if functions.is_tensor:
            plain.data = value.detach()
        else:
            plain = Parameter(value.detach()) if value.requires_grad else value
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, plain)
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = type(module).__bases__[0]
    return module
