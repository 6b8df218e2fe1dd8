"""Module: parameters, buffers, submodules and a forward."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import numpy as np

from ...core.tensor import wrap
from ...core.tracing import allow_in_graph, changed, graph_break
from ...tensors.tensor import Tensor
from ...types import dtypes
from ...types.devices import check_device
from .hooks import Called
from .parameter import Buffer, Parameter
from .state_dict import Stateful
from .tree import Traversal


class Module(Called, Traversal, Stateful):
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
        self.__dict__.update(
            training=True,
            _parameters={},
            _buffers={},
            _transient=set(),  # the names of the buffers that are not saved
            _modules={},
            _forward_pre_hooks={},
            _forward_hooks={},
            _backward_pre_hooks={},
            _backward_hooks={},
            _state_dict_pre_hooks={},
            _state_dict_hooks={},
            _load_state_dict_pre_hooks={},
        )

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the result; every subclass defines it."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    # ------------------------------------------------------------------------------------------ registration

    def __getattr__(self, name: str) -> Any:
        attributes = self.__dict__
        if "_parameters" not in attributes:
            raise AttributeError(
                f"cannot use {type(self).__name__}.{name} before Module.__init__() call: call super().__init__() first "
                "in __init__"
            )
        if name in (kind := attributes["_parameters"]):  # one after the other: every forward comes here
            return kind[name]
        if name in (kind := attributes["_buffers"]):
            return kind[name]
        if name in (kind := attributes["_modules"]):
            return kind[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        attributes = self.__dict__
        changed()
        graph_break("an attribute of a module is set")
        if isinstance(value, (Parameter, Module)) and "_parameters" not in attributes:
            kind = "parameters" if isinstance(value, Parameter) else "module"
            raise AttributeError(
                f"cannot assign {kind} before Module.__init__() call: call super().__init__() first in "
                f"{type(self).__name__}.__init__"
            )
        if isinstance(value, Parameter):
            self._make_room(name, self._parameters)
            self.register_parameter(name, value)
        elif name in attributes.get("_parameters", ()):
            self._refuse_unless_none(name, value, "parameter", "nn.Parameter")
            self._parameters[name] = None
        elif isinstance(value, Module):
            self._make_room(name, self._modules)
            self._modules[name] = value
        elif name in attributes.get("_modules", ()):
            self._refuse_unless_none(name, value, "child module", "nn.Module")
            self._modules[name] = None
        elif isinstance(value, Buffer):
            self.register_buffer(name, value, value.persistent)
        elif name in attributes.get("_buffers", ()):
            if not isinstance(value, Tensor):
                self._refuse_unless_none(name, value, "buffer", "nn.Buffer, Tensor")
            self._buffers[name] = value
        else:
            object.__setattr__(self, name, value)

    @staticmethod
    def _refuse_unless_none(name: str, value: Any, kind: str, expected: str) -> None:
        if value is not None:
            raise TypeError(f"cannot assign '{type(value).__name__}' as {kind} '{name}' ({expected} or None expected)")

    def _make_room(self, name: str, kind: dict[str, Any] | None) -> bool:
        """Forget the attributes of this name, but for those of one kind, which keep their place in the order."""
        found = self.__dict__.pop(name, self) is not self
        stores: tuple[dict[str, Any], ...] = (self._parameters, self._buffers, self._modules)
        for store in stores:
            if store is not kind and name in store:
                del store[name]
                found = True
        self._transient.discard(name)
        return found

    def __delattr__(self, name: str) -> None:
        changed()
        if not self._make_room(name, None):
            object.__delattr__(self, name)

    def _admit(self, name: str, kind: str) -> None:
        if "_parameters" not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {type(name).__name__}")
        if "." in name or not name:
            raise KeyError(f"{kind} name can't " + ('contain "."' if name else 'be empty string ""'))
        changed()
        stores: dict[str, Any] = {"buffer": self._buffers, "parameter": self._parameters, "module": self._modules}
        if hasattr(self, name) and name not in stores[kind]:
            raise KeyError(f"attribute '{name}' already exists")

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a Tensor that belongs to the state but is not learned; saved in `state_dict` if persistent.

        Raises:
            TypeError: if it is no Tensor.
            KeyError: for a name that is empty, dotted or taken.
        """
        self._admit(name, "buffer")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{type(tensor).__name__}' object to buffer '{name}' (Tensor or None required)"
            )
        self._buffers[name] = tensor
        (self._transient.discard if persistent else self._transient.add)(name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter; None keeps the name without one.

        Raises:
            TypeError: if it is no Parameter.
            KeyError: for a name that is empty, dotted or taken.
        """
        self._admit(name, "parameter")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{type(param).__name__}' object to parameter '{name}' (nn.Parameter or None required)"
            )
        self._parameters[name] = param

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a submodule under a name; None keeps the name without one.

        Raises:
            TypeError: if it is no Module.
            KeyError: for a name that is empty, dotted or taken.
        """
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        self._admit(name, "module")
        self._modules[name] = module

    def register_module(self, name: str, module: Module | None) -> None:
        """Alias for `add_module`."""
        self.add_module(name, module)

    # ---------------------------------------------------------------------------------------- changing it all

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` with every module inside, this one last; for initialising."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Self:
        """Training mode, here and in all modules inside: batch norm uses the batch, dropout drops."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self) -> Self:
        """Evaluation mode, here and in all modules inside."""
        return self.train(False)

    @contextmanager
    def evaluating(self) -> Iterator[Self]:
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

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Ask, or stop asking, for the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    @allow_in_graph
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients, or set them to 0."""
        for parameter in self.parameters():
            if parameter._grad is not None:
                parameter._grad = None if set_to_none else wrap(np.zeros_like(parameter._grad._data))

    def _convert(self, dtype: Any, kinds: str) -> Self:
        """Parameters, buffers of some kinds of dtype, and gradients in another dtype; the Tensors stay the same."""
        for tensor in (*self.parameters(), *self.buffers()):
            if tensor.dtype.kind in kinds and tensor.dtype != dtype:
                tensor.data = wrap(tensor._data.astype(dtype))
                if tensor._grad is not None:
                    tensor._grad = wrap(tensor._grad._data.astype(dtype))
        return self

    def to(self, *args: Any, dtype: Any = None, device: Any = None, non_blocking: bool = False) -> Self:
        """All floating parameters and buffers in another dtype (or that of a Tensor), in place.

        Raises:
            TypeError: for a dtype that is not floating.
            RuntimeError: for a device that is not the CPU.

        >>> from tinygrad_lite import float64, nn
        >>> nn.Linear(1, 1).to("cpu").to(float64).weight.dtype
        dtype('float64')
        """
        for arg in args:
            if isinstance(arg, Tensor):
                dtype = arg.dtype
            elif isinstance(arg, str):  # a device is one
                device = arg
            elif not isinstance(arg, bool):
                dtype = arg
        check_device(device)
        if dtype is None:
            return self
        target = dtypes.as_dtype(dtype)
        if target.kind != "f":
            raise TypeError(f"nn.Module.to only accepts floating point dtypes, but got desired dtype={target}")
        return self._convert(target, "f")

    def type(self, dst_type: Any) -> Self:
        """All parameters and buffers, whole numbers too, in another dtype, in place."""
        target = dtypes.as_dtype(dst_type)
        if target.kind != "f" and any(p.requires_grad for p in self.parameters()):
            raise RuntimeError(f"{self._get_name()}.type: parameters that require gradients cannot be {target}")
        return self._convert(target, "buif")

    def float(self) -> Self:
        """In float32."""
        return self.to(dtypes.float32)

    def double(self) -> Self:
        """In float64."""
        return self.to(dtypes.float64)

    def half(self) -> Self:
        """In float16."""
        return self.to(dtypes.float16)

    def cpu(self) -> Self:
        """This module: it is there already."""
        return self

    def cuda(self, device: Any = None) -> Self:
        """Refuse: there is no such device here."""
        return self.to(device="cuda")

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
        names = {*super().__dir__(), *self._parameters, *self._buffers, *self._modules}
        return sorted(name for name in names if not name[0].isdigit())
