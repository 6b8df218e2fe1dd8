"""Module: parameters, buffers and modules by name, and a forward."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, Self, overload

from ...core.handles import RemovableHandle, add_hook, check_callable
from ...core.modes import in_force, thread
from ...core.tracing import allow_in_graph, changed, created, graph_break, is_created
from ...tensors.tensor import Tensor
from .conversion import Convertible
from .error_location import add_location
from .global_hooks import Hook, everywhere, seen_by_hooks
from .hooks import HasForward, P, R, call_with_hooks
from .notebook_table import represent_html
from .old_backward_hooks import OldBackwardHook
from .parameter import Buffer, Parameter, clear_grads
from .registration import check_called_later, check_initialized, check_name, check_none, forget, not_a_module
from .saved_state import SavedState
from .tree import member, members, submodule
from .unregistered import warn_of_unregistered

Args = tuple[Any, ...]
Kwargs = dict[str, Any]
Gradients = tuple[Any, ...]


def _indented(text: str) -> str:
    """A module's text two places further in; a blank line stays empty."""
    first, *others = text.split("\n")
    return "\n".join([first, *[f"  {line}" if line.strip() else "" for line in others]])


class Module(SavedState, Convertible):
    """The base of all layers and models: assign Parameters and Modules as attributes, and define `forward`.

    What is assigned is found again: `parameters()` gives the parameters of a module and of all modules inside it to an
    optimizer, `state_dict()` saves them by dotted name, `train()` and `eval()` set the mode of all modules inside, and
    `double()` gives all of them another dtype (parameters are float32 by default). A call of the module calls its
    `forward` and the hooks around it; shapes and dtypes of input and result are what `forward` makes of them.

    Raises:
        AttributeError: if a Parameter or Module is assigned, or the module is used, before `super().__init__()`.
        TypeError: if anything but None or another one is assigned in the place of a Parameter or Module.
        NotImplementedError: if it is called and has no `forward`.

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
    _transient: set[str]  # the names of the buffers that are not saved
    _forward_pre_hooks: dict[int, Hook]
    _forward_hooks: dict[int, Hook]
    _backward_pre_hooks: dict[int, Callable[..., Any]]
    _backward_hooks: dict[int, Callable[..., Any]]

    call_super_init: bool = False
    """True makes `__init__` call that of the next base class, with its arguments, for modules with several bases."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        if args and isinstance(args[0], Tensor):
            check_called_later(cls, args, kwargs)
        new = super().__new__(cls)
        created(new)
        return new

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not self.call_super_init and (args or kwargs):
            wrong = f"got an unexpected keyword argument '{next(iter(kwargs), None)}'"
            if not kwargs:
                wrong = f"takes 1 positional argument but {len(args) + 1} were given"
            raise TypeError(f"{type(self).__name__}.__init__() {wrong}: Module.__init__ takes none")
        self.__dict__.update(
            training=True,
            _parameters={},
            _buffers={},
            _transient=set(),
            _modules={},
            _forward_pre_hooks={},
            _forward_hooks={},
            _backward_pre_hooks={},
            _backward_hooks={},
            _state_dict_pre_hooks={},
            _state_dict_hooks={},
            _load_state_dict_pre_hooks={},
            _load_state_dict_post_hooks={},
        )
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__dict__.setdefault("_load_state_dict_post_hooks", {})  # pickles of version 0.1 have none

    # ----------------------------------------------------------------------------------------------- calling

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the result; every subclass defines it.

        Raises:
            NotImplementedError: if the subclass does not.
        """
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self: HasForward[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call `forward`, and the hooks before and after it."""
        if (tracer := in_force(thread).tracer) is not None:
            tracer.modules[self] = None
        try:
            if (
                self._forward_hooks or self._forward_pre_hooks or self._backward_hooks or self._backward_pre_hooks
                or everywhere
            ):  # fmt: skip
                return call_with_hooks(self, args, kwargs)
            return self.forward(*args, **kwargs)
        except Exception as error:
            add_location(error, self)
            raise

    # ------------------------------------------------------------------------------------------ registration

    def __getattr__(self, name: str) -> Any:
        attributes = self.__dict__
        if "_parameters" not in attributes:
            kind = type(self).__name__
            used = kind if name in Module.__annotations__ else f"{kind}.{name}"
            raise AttributeError(
                f"cannot use {used} before Module.__init__() call: call super().__init__() first in {kind}.__init__"
            )
        if name in (store := attributes["_parameters"]):  # one after the other: every forward comes here
            return store[name]
        if name in (store := attributes["_buffers"]):
            return store[name]
        if name in (store := attributes["_modules"]):
            return store[name]
        of_tensors = name[0] != "_" and hasattr(Tensor, name)
        hint = ": Tensors have it; the result of a call, module(input), is one" if of_tensors else ""
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'{hint}")

    def __setattr__(self, name: str, value: Any) -> None:
        attributes = self.__dict__
        changed()
        if not is_created(self):
            graph_break("an attribute of a module is set")
        if isinstance(value, (Parameter, Module)):
            check_initialized(self, "parameters" if isinstance(value, Parameter) else "module")
        if isinstance(value, Parameter):
            forget(self, name, self._parameters)
            self.register_parameter(name, value)
        elif name in attributes.get("_parameters", ()):
            check_none(name, value, "parameter", "nn.Parameter")
            self._parameters[name] = None
        elif isinstance(value, Module):
            forget(self, name, self._modules)
            self._modules[name] = seen_by_hooks("module", self, name, value)
        elif name in attributes.get("_modules", ()):
            check_none(name, value, "child module", "nn.Module")
            self._modules[name] = None
        elif isinstance(value, Buffer):
            self.register_buffer(name, value, value.persistent)
        elif name in attributes.get("_buffers", ()):
            if not isinstance(value, Tensor):
                check_none(name, value, "buffer", "nn.Buffer, Tensor")
            self._buffers[name] = value
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        changed()
        if not forget(self, name, None):
            object.__delattr__(self, name)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a Tensor that belongs to the state of the module but is not learned, such as a running average.

        Args:
            name: the attribute's name.
            tensor: the Tensor, or None, which reserves the name.
            persistent: whether `state_dict` saves it.

        Raises:
            TypeError: if it is not a Tensor.
            KeyError: for a name that is empty, dotted or taken.

        >>> import tinygrad_lite as tl
        >>> scaler = tl.nn.Module()
        >>> scaler.register_buffer("mean", tl.zeros(2))
        >>> list(scaler.parameters()), scaler.state_dict()["mean"]
        ([], tensor([0., 0.]))
        """
        check_name(self, name, "buffer")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{type(tensor).__name__}' object to buffer '{name}' (Tensor or None required)"
            )
        self._buffers[name] = seen_by_hooks("buffer", self, name, tensor)
        (self._transient.discard if persistent else self._transient.add)(name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter, as an assignment does; None reserves the name.

        Raises:
            TypeError: if it is not a Parameter.
            KeyError: for a name that is empty, dotted or taken.
        """
        check_name(self, name, "parameter")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{type(param).__name__}' object to parameter '{name}' (nn.Parameter or None required)"
            )
        self._parameters[name] = None if param is None else seen_by_hooks("parameter", self, name, param)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a module under a name, as an assignment does; None reserves the name.

        Raises:
            TypeError: if it is not a Module.
            KeyError: for a name that is empty, dotted or taken.
        """
        if module is not None and not isinstance(module, Module):
            raise TypeError(not_a_module(module, Module))
        check_name(self, name, "module")
        self._modules[name] = seen_by_hooks("module", self, name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """Alias for `add_module`."""
        self.add_module(name, module)

    # ----------------------------------------------------------------------------------------- what is inside

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all modules inside it, with their dotted names.

        Args:
            memo: modules that are left out, and to which those that are found are added.
            prefix: the name of this module.
            remove_duplicate: whether a module that occurs twice is given once.
        """
        seen = set() if memo is None else memo
        if self in seen:
            return
        if remove_duplicate:
            seen.add(self)
        yield prefix, self
        for name, child in self._modules.items():
            if child is not None:
                yield from child.named_modules(seen, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all modules inside it.

        >>> from tinygrad_lite import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU()))
        >>> [type(module).__name__ for module in model.modules()]
        ['Sequential', 'Linear', 'Sequential', 'ReLU']
        """
        return (module for _, module in self.named_modules(remove_duplicate=remove_duplicate))

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that are attributes of this one, with their names; one that occurs twice is given once."""
        seen: set[Module] = set()
        for name, child in self._modules.items():
            if child is not None and child not in seen:
                seen.add(child)
                yield name, child

    def children(self) -> Iterator[Module]:
        """The modules that are attributes of this one."""
        return (child for _, child in self.named_children())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """All parameters with their dotted names.

        Warns (UserWarning) of modules and parameters in plain lists and dicts, which are not found.

        Args:
            prefix: the name of this module, with which all names begin.
            recurse: whether the parameters of the modules inside are given too.
            remove_duplicate: whether a parameter that several modules share is given once, under its first name.

        >>> from tinygrad_lite import nn
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1, bias=False))
        >>> {name: tuple(p.shape) for name, p in model.named_parameters()}
        {'0.weight': (3, 2), '0.bias': (3,), '1.weight': (1, 3)}
        """
        warn_of_unregistered(self, (Module, Parameter), stacklevel=3)
        return members(self, "_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, for an optimizer; without `recurse`, those of this module alone."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """All buffers with their dotted names; see `named_parameters`."""
        return members(self, "_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All buffers; without `recurse`, those of this module alone."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """The module of a dotted name; the empty name is that of this module.

        Raises:
            AttributeError: if there is none.

        >>> from tinygrad_lite import nn
        >>> nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU())).get_submodule("1.0")
        ReLU()
        """
        found: Module = submodule(self, target)
        return found

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of a dotted name.

        Raises:
            AttributeError: if there is none.
        """
        return member(self, "_parameters", target, "parameter")

    def get_buffer(self, target: str) -> Tensor:
        """The buffer of a dotted name.

        Raises:
            AttributeError: if there is none.
        """
        return member(self, "_buffers", target, "buffer")

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module under a dotted name; with `strict`, only in the place of one that is there.

        Raises:
            ValueError: for an empty name, and if `module` is not a Module.
            AttributeError: if there is no place for it.
        """
        if not target:
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict and not hasattr(parent, name):
            raise AttributeError(f"{type(parent).__name__} has no attribute `{name}`")
        if not isinstance(getattr(parent, name, module), Module):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(parent, name, module)

    # --------------------------------------------------------------------------------------------------- hooks

    @overload
    def register_forward_pre_hook(
        self, hook: Callable[[Self, Args], Any], *, prepend: bool = False, with_kwargs: Literal[False] = False
    ) -> RemovableHandle: ...
    @overload
    def register_forward_pre_hook(
        self,
        hook: Callable[[Self, Args, Kwargs], tuple[Args, Kwargs] | None],
        *,
        prepend: bool = False,
        with_kwargs: Literal[True],
    ) -> RemovableHandle: ...
    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before forward; if it returns anything, that replaces the arguments.

        Args:
            hook: the function; what it returns is a tuple of arguments, or the only argument.
            prepend: whether it is called before the hooks that there are already.
            with_kwargs: whether it is called as `hook(module, args, kwargs)`, to return `(args, kwargs)` or None.

        Raises:
            TypeError: if `hook` cannot be called.
        """
        check_callable(hook)
        return add_hook(self._forward_pre_hooks, Hook(hook, with_kwargs), prepend)

    @overload
    def register_forward_hook(
        self,
        hook: Callable[[Self, Args, Any], Any],
        *,
        prepend: bool = False,
        with_kwargs: Literal[False] = False,
        always_call: bool = False,
    ) -> RemovableHandle: ...
    @overload
    def register_forward_hook(
        self,
        hook: Callable[[Self, Args, Kwargs, Any], Any],
        *,
        prepend: bool = False,
        with_kwargs: Literal[True],
        always_call: bool = False,
    ) -> RemovableHandle: ...
    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, result)` after forward; if it returns anything, that replaces the result.

        Args:
            hook: the function.
            prepend: whether it is called before the hooks that there are already.
            with_kwargs: whether it is called as `hook(module, args, kwargs, result)`.
            always_call: whether it is called also when forward raises, with the result None.

        Raises:
            TypeError: if `hook` cannot be called.

        >>> from tinygrad_lite import nn, ones
        >>> layer = nn.Linear(2, 3)
        >>> handle = layer.register_forward_hook(lambda module, args, result: print(tuple(result.shape)))
        >>> _ = layer(ones(1, 2))
        (1, 3)
        >>> handle.remove()
        """
        check_callable(hook)
        return add_hook(self._forward_hooks, Hook(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(
        self, hook: Callable[[Self, Gradients], Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_output)` in the backward pass, before the gradients of the arguments are computed.

        Args:
            hook: the function; `grad_output` is a tuple of the results' gradients, and what it returns replaces it.
            prepend: whether it is called before the hooks that there are already.

        Raises:
            TypeError: if `hook` cannot be called.
        """
        check_callable(hook)
        return add_hook(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(
        self, hook: Callable[[Self, Gradients, Gradients], Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` in the backward pass, after the arguments' gradients.

        Both are tuples, with None for what is not a Tensor; a missing gradient is 0 for an argument and None for a
        result. A tuple that the hook returns replaces grad_input. Arguments passed by name have no place in it.
        A change of arguments or results in place raises.

        Args:
            hook: the function.
            prepend: whether it is called before the hooks that there are already.

        Raises:
            TypeError: if `hook` cannot be called.

        >>> from tinygrad_lite import nn, ones
        >>> layer = nn.ReLU()
        >>> handle = layer.register_full_backward_hook(lambda module, g_in, g_out: print(g_in[0], g_out[0]))
        >>> (layer(ones(2, requires_grad=True)) * 3).sum().backward()
        tensor([3., 3.]) tensor([3., 3.])
        """
        check_callable(hook)
        if any(isinstance(old.call, OldBackwardHook) for old in self._forward_hooks.values()):
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only "
                "one of them."
            )
        return add_hook(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook: Callable[[Self, Gradients, Gradients], Any]) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` in the backward pass of the module's last operation.

        Deprecated, as in PyTorch: the gradients are those of one operation, which may not be the whole module.
        `register_full_backward_hook` shows those of the module's arguments.

        Args:
            hook: the function; a tuple that it returns replaces grad_input.

        Raises:
            TypeError: if `hook` cannot be called.
            RuntimeError: if the module has full backward hooks.

        >>> from tinygrad_lite import nn, ones
        >>> layer = nn.ReLU()
        >>> handle = layer.register_backward_hook(lambda module, g_in, g_out: print(g_out[0]))
        >>> (layer(ones(2, requires_grad=True)) * 3).sum().backward()
        tensor([3., 3.])
        """
        check_callable(hook)
        if self._backward_hooks:
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only "
                "one of them."
            )
        return self.register_forward_hook(OldBackwardHook(hook))

    # ------------------------------------------------------------------------------------- changing all at once

    def apply(self, fn: Callable[[Module], object]) -> Self:
        """Call `fn` with every module inside, then with this one; a way to initialise them.

        >>> import tinygrad_lite as tl
        >>> def no_bias(module):
        ...     if isinstance(module, tl.nn.Linear):
        ...         tl.nn.init.zeros_(module.bias)
        >>> tl.nn.Sequential(tl.nn.Linear(1, 2)).apply(no_bias).state_dict()["0.bias"]
        tensor([0., 0.])
        """
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Self:
        """Set training mode for this module and all inside it: batch norm uses the batch, dropout drops.

        Raises:
            ValueError: if `mode` is not a bool.
        """
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self) -> Self:
        """Set evaluation mode for this module and all inside it: batch norm uses its averages, dropout drops nothing.

        >>> import tinygrad_lite as tl
        >>> tl.nn.Dropout(0.5).eval()(tl.ones(3))
        tensor([1., 1., 1.])
        """
        return self.train(False)

    @contextmanager
    def evaluating(self) -> Iterator[Self]:
        """Set evaluation mode while the block lasts; after it each module is in its own mode again.

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
        """Compute gradients of all parameters from now on, or with False compute none."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    @allow_in_graph
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set the gradients of all parameters to None, or to 0."""
        clear_grads(self.parameters(), set_to_none)

    # ---------------------------------------------------------------------------------------------------- text

    def extra_repr(self) -> str:
        """The text that `repr` shows between this module's brackets; a subclass may define it."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        own = self.extra_repr().split("\n") if self.extra_repr() else []
        children = [f"({name}): {_indented(repr(child))}" for name, child in self._modules.items()]
        if len(own) <= 1 and not children:
            return f"{self._get_name()}({''.join(own)})"
        return f"{self._get_name()}(\n  " + "\n  ".join([*own, *children]) + "\n)"

    _repr_html_ = represent_html

    def __dir__(self) -> list[str]:
        names = {*super().__dir__(), *self._parameters, *self._buffers, *self._modules}
        return sorted(name for name in names if not name[0].isdigit())
