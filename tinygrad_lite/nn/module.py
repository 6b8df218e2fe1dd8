"""Module: parameters, buffers, submodules and a forward."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import numpy as np

from .. import dtypes, memory
from ..tensor import RemovableHandle, Tensor, wrap
from .parameter import Parameter

Self = TypeVar("Self", bound="Module")


class Module:
    """The base of all layers and models: assign Parameters and Modules as attributes, and define `forward`.

    >>> import tinygrad_lite as tl
    >>> from tinygrad_lite import nn
    >>> class Model(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.hidden = nn.Linear(4, 8)
    ...         self.out = nn.Linear(8, 2)
    ...     def forward(self, x):
    ...         return self.out(self.hidden(x).relu())
    >>> model = Model()
    >>> model(tl.ones(3, 4)).shape
    Size([3, 2])
    >>> [name for name, _ in model.named_parameters()]
    ['hidden.weight', 'hidden.bias', 'out.weight', 'out.bias']
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]

    def __init__(self) -> None:
        for name, value in (
            ("training", True),
            ("_parameters", {}),
            ("_buffers", {}),
            ("_transient", set()),  # the names of the buffers that are not saved
            ("_modules", {}),
            ("_forward_pre_hooks", {}),
            ("_forward_hooks", {}),
        ):
            object.__setattr__(self, name, value)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the result; every subclass defines it."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._forward_pre_hooks and not self._forward_hooks:
            return self.forward(*args, **kwargs)
        for hook in tuple(self._forward_pre_hooks.values()):
            changed = hook(self, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        result = self.forward(*args, **kwargs)
        for hook in tuple(self._forward_hooks.values()):
            changed = hook(self, args, result)
            result = result if changed is None else changed
        return result

    def register_forward_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, args)` before forward; what it returns, if anything, replaces the arguments."""
        return self._hooked(self._forward_pre_hooks, hook)

    def register_forward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, args, result)` after forward; what it returns, if anything, replaces the result."""
        return self._hooked(self._forward_hooks, hook)

    @staticmethod
    def _hooked(hooks: dict[int, Any], hook: Callable[..., Any]) -> RemovableHandle:
        handle = RemovableHandle(hooks)
        hooks[handle.id] = hook
        return handle

    # ------------------------------------------------------------------------------------------ registration

    def __getattr__(self, name: str) -> Any:
        attributes = self.__dict__
        if "_parameters" not in attributes:
            raise AttributeError(
                f"cannot use {type(self).__name__}.{name} before Module.__init__() call: call super().__init__() first "
                "in __init__"
            )
        for kind in ("_parameters", "_buffers", "_modules"):
            if name in attributes[kind]:
                return attributes[kind][name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        attributes = self.__dict__
        if isinstance(value, (Parameter, Module)) and "_parameters" not in attributes:
            kind = "parameters" if isinstance(value, Parameter) else "module"
            raise AttributeError(
                f"cannot assign {kind} before Module.__init__() call: call super().__init__() first in "
                f"{type(self).__name__}.__init__"
            )
        if isinstance(value, Parameter):
            self._forget(name)
            self._parameters[name] = value
        elif isinstance(value, Module):
            self._forget(name)
            self._modules[name] = value
        elif name in attributes.get("_parameters", ()):
            if value is not None:
                raise TypeError(
                    f"cannot assign '{type(value).__name__}' as parameter '{name}' (nn.Parameter or None expected)"
                )
            self._parameters[name] = None
        elif name in attributes.get("_modules", ()):
            if value is not None:
                raise TypeError(f"cannot assign '{type(value).__name__}' as child module '{name}' (Module or None expected)")
            self._modules[name] = None
        elif name in attributes.get("_buffers", ()):
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(f"cannot assign '{type(value).__name__}' as buffer '{name}' (Tensor or None expected)")
            self._buffers[name] = value
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        if not self._forget(name):
            object.__delattr__(self, name)

    def _forget(self, name: str) -> bool:
        """Make room for another kind of attribute of this name."""
        found = self.__dict__.pop(name, None) is not None
        for kind in (self._parameters, self._buffers, self._modules):
            if name in kind:
                del kind[name]  # type: ignore[attr-defined]
                found = True
        self._transient.discard(name)
        return found

    def _admit(self, name: str, value: Any, kind: str) -> None:
        if "_parameters" not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {type(name).__name__}")
        if "." in name or not name:
            raise KeyError(f"{kind} name can't " + ('contain "."' if name else 'be empty string ""'))
        if hasattr(self, name) and not any(name in d for d in (self._parameters, self._buffers, self._modules)):
            raise KeyError(f"attribute '{name}' already exists")

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a Tensor that belongs to the state but is not learned; saved in `state_dict` if persistent."""
        self._admit(name, tensor, "buffer")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"cannot assign '{type(tensor).__name__}' object to buffer '{name}' (Tensor or None required)")
        self._buffers[name] = tensor
        (self._transient.discard if persistent else self._transient.add)(name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter; None keeps the name without one."""
        self._admit(name, param, "parameter")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{type(param).__name__}' object to parameter '{name}' (nn.Parameter or None required)"
            )
        self._parameters[name] = param

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a submodule under a name."""
        self._admit(name, module, "module")
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        self._modules[name] = module

    register_module = add_module

    # ------------------------------------------------------------------------------------------ what is inside

    def named_modules(
        self, memo: set[int] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all inside it, with their dotted names; one that occurs twice, once."""
        seen = set() if memo is None else memo
        if remove_duplicate and id(self) in seen:
            return
        seen.add(id(self))
        yield prefix, self
        for name, child in self._modules.items():
            if child is not None:
                yield from child.named_modules(seen, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """This module and all inside it."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly inside, with their names."""
        seen: set[int] = set()
        for name, child in self._modules.items():
            if child is not None and id(child) not in seen:
                seen.add(id(child))
                yield name, child

    def children(self) -> Iterator[Module]:
        """The modules directly inside."""
        return (child for _, child in self.named_children())

    def _named(self, kind: str, prefix: str, recurse: bool, remove_duplicate: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        found = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in found:
            for name, value in module.__dict__[kind].items():
                if value is not None and not (remove_duplicate and id(value) in seen):
                    seen.add(id(value))
                    yield f"{path}.{name}" if path else name, value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """All parameters with their dotted names; a shared one once, under its first name."""
        self._warn_of_unregistered()
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, for an optimizer."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """All buffers with their dotted names."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All buffers."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def _warn_of_unregistered(self) -> None:
        """Say so where modules or parameters sit in plain lists or dicts, and are registered nowhere else."""
        known = {id(x) for module in self.modules() for x in (module, *module._parameters.values())}
        for path, module in self.named_modules():
            for name, value in module.__dict__.items():
                if name.startswith("_") or not isinstance(value, (list, tuple, dict)):
                    continue
                items = value.values() if isinstance(value, dict) else value
                if any(isinstance(x, (Module, Parameter)) and id(x) not in known for x in items):
                    where = f"{path}.{name}" if path else name
                    warnings.warn(
                        f"{type(module).__name__}: the modules or parameters in the plain {type(value).__name__} '{where}' "
                        "are not registered: they will be neither trained nor saved. Put them in a ModuleList, "
                        "ModuleDict, ParameterList or ParameterDict",
                        UserWarning,
                        stacklevel=4,
                    )

    def get_submodule(self, target: str) -> Module:
        """The module of a dotted name; the empty name is this one.

        Raises:
            AttributeError: if there is none.
        """
        module: Module = self
        for name in target.split(".") if target else ():
            found = module._modules.get(name)
            if found is None:
                raise AttributeError(f"{type(module).__name__} has no submodule `{name}` (of {target!r})")
            module = found
        return module

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of a dotted name."""
        path, _, name = target.rpartition(".")
        found = self.get_submodule(path)._parameters.get(name)
        if found is None:
            raise AttributeError(f"{type(self).__name__} has no parameter {target!r}")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer of a dotted name."""
        path, _, name = target.rpartition(".")
        found = self.get_submodule(path)._buffers.get(name)
        if found is None:
            raise AttributeError(f"{type(self).__name__} has no buffer {target!r}")
        return found

    # ---------------------------------------------------------------------------------------- changing it all

    def apply(self: Self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` with every module inside, this one last; for initialising."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def train(self: Self, mode: bool = True) -> Self:
        """Training mode, here and in all modules inside: batch norm uses the batch, dropout drops."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self: Self) -> Self:
        """Evaluation mode, here and in all modules inside."""
        return self.train(False)

    @contextmanager
    def evaluating(self: Self) -> Iterator[Self]:
        """Evaluation mode while the block lasts; afterwards each module has its own mode back.

        >>> from tinygrad_lite import nn
        >>> model = nn.Sequential(nn.Dropout(), nn.Linear(2, 2))
        >>> with model.evaluating():
        ...     model.training
        False
        >>> model.training
        True
        """
        modes = [(module, module.training) for module in self.modules()]
        self.eval()
        try:
            yield self
        finally:
            for module, mode in modes:
                module.training = mode

    def requires_grad_(self: Self, requires_grad: bool = True) -> Self:
        """Ask, or stop asking, for the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients, or set them to 0."""
        for parameter in self.parameters():
            if parameter._grad is not None:
                if set_to_none:
                    parameter.grad = None
                else:
                    parameter._grad = wrap(np.zeros_like(parameter._grad._data))

    def to(self: Self, *args: Any, dtype: Any = None, device: Any = None) -> Self:
        """All floating parameters and buffers in another dtype, in place."""
        target = wrap(np.empty(0, dtypes.float32)).to(*args, dtype=dtype, device=device).dtype
        if dtype is None and all(isinstance(arg, str) for arg in args):
            return self
        if target.kind != "f":
            raise TypeError(f"nn.Module.to only accepts floating point dtypes, but got desired dtype={target}")
        for tensor in (*self.parameters(), *self.buffers()):
            if tensor.dtype.kind == "f" and tensor.dtype != target:
                tensor.data = wrap(tensor._data.astype(target))
                if tensor._grad is not None:
                    tensor._grad = wrap(tensor._grad._data.astype(target))
        return self

    def float(self: Self) -> Self:
        """In float32."""
        return self.to(dtypes.float32)

    def double(self: Self) -> Self:
        """In float64."""
        return self.to(dtypes.float64)

    def half(self: Self) -> Self:
        """In float16."""
        return self.to(dtypes.float16)

    # --------------------------------------------------------------------------------------------------- state

    def state_dict(self, *, prefix: str = "", keep_vars: bool = False) -> dict[str, Any]:
        """All parameters and persistent buffers by dotted name, sharing memory with the module."""
        state: dict[str, Any] = {}
        for path, module in self.named_modules(prefix=prefix.rstrip("."), remove_duplicate=False):
            transient = module._transient
            for name, value in (*module._parameters.items(), *module._buffers.items()):
                if value is not None and name not in transient:
                    state[f"{path}.{name}" if path else name] = value if keep_vars else value.detach()
        return state

    def load_state_dict(self, state_dict: dict[str, Any], strict: bool = True) -> Any:
        """Take the values of a state dict. All or nothing: if anything does not fit, nothing has changed.

        Args:
            strict: whether missing and unexpected keys are errors too.

        Raises:
            RuntimeError: naming every missing, unexpected and mismatched key, with both shapes.
        """
        own = self.state_dict(keep_vars=True)
        missing = [key for key in own if key not in state_dict]
        unexpected = [key for key in state_dict if key not in own]
        problems = []
        if strict and unexpected:
            problems.append("Unexpected key(s) in state_dict: " + ", ".join(f'"{key}"' for key in unexpected) + ". ")
        if strict and missing:
            problems.append("Missing key(s) in state_dict: " + ", ".join(f'"{key}"' for key in missing) + ". ")
        for key, tensor in own.items():
            value = state_dict.get(key)
            if value is not None and tuple(np.shape(value)) != tuple(tensor.shape):
                problems.append(
                    f"size mismatch for {key}: copying a param with shape {list(np.shape(value))} from checkpoint, the "
                    f"shape in current model is {list(tensor.shape)}."
                )
        if problems:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(problems))
        for key, tensor in own.items():
            if key in state_dict:
                value = state_dict[key]
                np.copyto(tensor._data, value._data if isinstance(value, Tensor) else value, casting="unsafe")
                memory.wrote(tensor._data)
        return Incompatible(missing, unexpected)

    # --------------------------------------------------------------------------------------------------- text

    def extra_repr(self) -> str:
        """What `repr` says of this module between its brackets."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        own = self.extra_repr().split("\n") if self.extra_repr() else []
        children = [f"({name}): " + repr(child).replace("\n", "\n  ") for name, child in self._modules.items()]
        if len(own) <= 1 and not children:
            return f"{self._get_name()}({''.join(own)})"
        return f"{self._get_name()}(\n  " + "\n  ".join([*own, *children]) + "\n)"

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._parameters, *self._buffers, *self._modules})


class Incompatible(NamedTuple):
    """The keys that `load_state_dict` could not match: those the state lacked, and those the module lacks."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"Incompatible(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"
