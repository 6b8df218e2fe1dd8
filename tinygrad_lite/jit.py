"""`torch.jit` where there is no TorchScript: what a script marks to be compiled runs as it is written.

So its results are the same. `save` and `load` raise, because there are no programs to be written to a file. The names
stand in this place because scripts have `@torch.jit.script` and the like in many lines.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any, Final, NamedTuple, NoReturn, TypeVar

from .nn.module.module import Module

__all__ = [
    "Attribute", "Error", "Final", "Future", "ScriptFunction", "ScriptModule", "ScriptWarning", "TracerWarning",
    "annotate", "export", "fork", "freeze", "ignore", "interface", "is_scripting", "is_tracing", "isinstance", "load",
    "optimize_for_inference", "save", "script", "script_if_tracing", "script_method", "trace", "trace_module",
    "unused", "wait",
]  # fmt: skip

Marked = TypeVar("Marked")


class Error(RuntimeError):
    """PyTorch's error of TorchScript, so that it can be named in `except`.

    >>> import tinygrad_lite as tl
    >>> issubclass(tl.jit.Error, RuntimeError)
    True
    """


class ScriptWarning(Warning):
    """PyTorch's warning of TorchScript, so that it can be named in filters.

    >>> import tinygrad_lite as tl
    >>> issubclass(tl.jit.ScriptWarning, Warning)
    True
    """


class TracerWarning(Warning):
    """PyTorch's warning of tracing, so that it can be named in filters.

    >>> import tinygrad_lite as tl
    >>> tl.jit.TracerWarning.ignore_lib_warnings()
    """

    @staticmethod
    def ignore_lib_warnings() -> None:
        """Do nothing, because nothing is traced."""


class ScriptModule(Module):
    """A Module; in PyTorch, one that TorchScript has compiled.

    Its parameters may have any shapes and dtypes.

    Raises:
        NotImplementedError: when it is called, if a subclass does not define `forward`.

    >>> import tinygrad_lite as tl
    >>> isinstance(tl.jit.ScriptModule(), tl.nn.Module)
    True
    """


class ScriptFunction:
    """The class of functions that TorchScript has compiled, of which there are none here.

    >>> import tinygrad_lite as tl
    >>> isinstance(tl.jit.script(len), tl.jit.ScriptFunction)
    False
    """


class Attribute(NamedTuple):
    """A value with its type, for attributes of a ScriptModule.

    Args:
        value: the value.
        type: its type.

    >>> import tinygrad_lite as tl
    >>> tl.jit.Attribute(3, int).value
    3
    """

    value: Any
    type: Any


def script(
    obj: Marked, optimize: None = None, _frames_up: int = 0, _rcb: Any = None, example_inputs: Any = None
) -> Marked:  # fmt: skip
    """Return a function, a Module or a class as it is: it runs as it is written.

    Args:
        obj: the function, Module or class.
        optimize: has no effect.
        example_inputs: has no effect.

    >>> import tinygrad_lite as tl
    >>> @tl.jit.script
    ... def double(x):
    ...     return x * 2
    >>> double(tl.ones(1))
    tensor([2.])
    """
    return obj


def trace(func: Marked, example_inputs: Any = None, *args: Any, **kwargs: Any) -> Marked:
    """Return a function or a Module as it is.

    PyTorch's trace keeps the path that the example took; here each call runs the function anew.

    Args:
        func: the function or Module.
        example_inputs: has no effect, nor have the other arguments.

    >>> import tinygrad_lite as tl
    >>> tl.jit.trace(tl.exp, tl.ones(1)) is tl.exp
    True
    """
    return func


def trace_module(mod: Marked, inputs: Any = None, *args: Any, **kwargs: Any) -> Marked:
    """Return a Module as it is.

    Args:
        mod: the Module.
        inputs: has no effect, nor have the other arguments.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Tanh()
    >>> tl.jit.trace_module(layer, {"forward": tl.ones(1)}) is layer
    True
    """
    return mod


def script_method(fn: Marked) -> Marked:
    """Return a method as it is.

    Args:
        fn: the method of a ScriptModule.

    >>> import tinygrad_lite as tl
    >>> tl.jit.script_method(len) is len
    True
    """
    return fn


def script_if_tracing(fn: Marked) -> Marked:
    """Return a function as it is.

    Args:
        fn: the function.

    >>> import tinygrad_lite as tl
    >>> tl.jit.script_if_tracing(len) is len
    True
    """
    return fn


def export(fn: Marked) -> Marked:
    """Return a method as it is.

    Args:
        fn: the method.

    >>> import tinygrad_lite as tl
    >>> tl.jit.export(len) is len
    True
    """
    return fn


def unused(fn: Marked) -> Marked:
    """Return a method as it is.

    Args:
        fn: the method.

    >>> import tinygrad_lite as tl
    >>> tl.jit.unused(len) is len
    True
    """
    return fn


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """Return a method as it is; also a decorator with arguments.

    Args:
        drop: the method; or whether PyTorch's compiler is to leave it out.

    >>> import tinygrad_lite as tl
    >>> tl.jit.ignore(len) is tl.jit.ignore(drop=True)(len) is len
    True
    """
    return drop if callable(drop) else unused


def interface(obj: Marked) -> Marked:
    """Return a class as it is.

    Args:
        obj: the class.

    >>> import tinygrad_lite as tl
    >>> tl.jit.interface(dict) is dict
    True
    """
    return obj


def freeze(mod: Marked, preserved_attrs: Any = None, optimize_numerics: bool = True) -> Marked:
    """Return a Module as it is.

    Args:
        mod: the Module.
        preserved_attrs: has no effect.
        optimize_numerics: has no effect.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Tanh()
    >>> tl.jit.freeze(layer) is layer
    True
    """
    return mod


def optimize_for_inference(mod: Marked, other_methods: Any = None) -> Marked:
    """Return a Module as it is.

    Args:
        mod: the Module.
        other_methods: has no effect.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Tanh()
    >>> tl.jit.optimize_for_inference(layer) is layer
    True
    """
    return mod


def annotate(the_type: Any, the_value: Marked) -> Marked:
    """Return a value as it is.

    Args:
        the_type: its type, for PyTorch's compiler.
        the_value: the value.

    >>> import tinygrad_lite as tl
    >>> tl.jit.annotate(list[int], [])
    []
    """
    return the_value


def isinstance(obj: Any, target_type: Any) -> bool:
    """Tell whether an object is of a type, or of one of several.

    Args:
        obj: the object.
        target_type: a class or a tuple of classes.

    >>> import tinygrad_lite as tl
    >>> tl.jit.isinstance(3, int)
    True
    """
    return builtins.isinstance(obj, getattr(target_type, "__origin__", target_type))


def is_scripting() -> bool:
    """Return False: this is Python.

    >>> import tinygrad_lite as tl
    >>> tl.jit.is_scripting()
    False
    """
    return False


def is_tracing() -> bool:
    """Return False: nothing is traced.

    >>> import tinygrad_lite as tl
    >>> tl.jit.is_tracing()
    False
    """
    return False


class Future:
    """The result of `fork`, which is there already.

    Args:
        value: the result.

    >>> import tinygrad_lite as tl
    >>> tl.jit.Future(3).wait()
    3
    """

    def __init__(self, value: Any) -> None:
        self._value = value

    def wait(self) -> Any:
        """The result."""
        return self._value

    value = wait

    def done(self) -> bool:
        """Return True."""
        return True


def fork(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Future:
    """Call a function at once, and hold its result for `wait`.

    Args:
        func: the function, which is called with the other arguments.

    >>> import tinygrad_lite as tl
    >>> tl.jit.wait(tl.jit.fork(tl.add, tl.ones(1), 2))
    tensor([3.])
    """
    return Future(func(*args, **kwargs))


def wait(future: Future) -> Any:
    """Return the result of `fork`.

    Args:
        future: what `fork` returned.

    >>> import tinygrad_lite as tl
    >>> tl.jit.wait(tl.jit.Future(3))
    3
    """
    return future.wait()


def save(m: Any, f: Any, _extra_files: Any = None) -> NoReturn:
    """Raise, because there is no TorchScript.

    Args:
        m: a Module.
        f: a path or a file.

    Raises:
        RuntimeError: always.

    >>> import tinygrad_lite as tl
    >>> tl.jit.save(tl.nn.Tanh(), "model.pt")
    Traceback (most recent call last):
        ...
    RuntimeError: jit.save: there is no TorchScript here, and so no program to be written:
    save(model.state_dict(), path) writes what the model has learned, and save(model, path) the model
    """
    raise RuntimeError(
        "jit.save: there is no TorchScript here, and so no program to be written: save(model.state_dict(), path) "
        "writes what the model has learned, and save(model, path) the model"
    )


def load(f: Any, map_location: Any = None, _extra_files: Any = None, _restore_shapes: bool = False) -> NoReturn:
    """Raise, because there is no TorchScript.

    Args:
        f: a path or a file.
        map_location: has no effect.

    Raises:
        RuntimeError: always.

    >>> import tinygrad_lite as tl
    >>> tl.jit.load("model.pt")
    Traceback (most recent call last):
        ...
    RuntimeError: jit.load: there is no TorchScript here; save the state_dict() of the model with PyTorch, and load that
    """
    raise RuntimeError(
        "jit.load: there is no TorchScript here; save the state_dict() of the model with PyTorch, and load that"
    )
