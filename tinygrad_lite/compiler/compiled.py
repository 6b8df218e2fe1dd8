"""`compile`: a function on Tensors, run as the NumPy program that its first call turned out to be."""

from __future__ import annotations

import functools
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..core.graph import Leaf, Node
from ..core.modes import state
from ..nn.module.module import Module
from ..tensors.tensor import Tensor
from .compiled_call import Variant
from .tape import Refusal
from .trace import heard

LIMIT = 8
"""How many programs a function may have, for different arguments and surroundings: as many as in PyTorch."""


class Compiled:
    """A function that is run as the program that its first call turned out to be; made by `compile`.

    Attributes:
        source: the program of the latest call, as Python that calls the table's functions on arrays.
    """

    __name__: str

    def __init__(self, function: Callable[..., Any], fullgraph: bool = False) -> None:
        functools.update_wrapper(self, function)
        if not hasattr(self, "__name__"):
            self.__name__ = type(function).__name__
        self.function = function
        self.fullgraph = fullgraph
        self.source = ""
        self._attribute = self.__name__
        self._variants: dict[Any, list[Variant]] = {}
        self._latest: tuple[list[Any] | None, list[Variant]] = None, []  # no key at all: () is that of no arguments
        self._count = 0
        self._said: set[str] = set()

    def __set_name__(self, owner: type, name: str) -> None:
        self._attribute = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """As a method, it is compiled for each object by itself."""
        if instance is None:
            return self
        if not hasattr(instance, "__dict__"):
            return types.MethodType(self, instance)
        bound = Compiled(self.function.__get__(instance, owner), self.fullgraph)
        instance.__dict__[self._attribute] = bound
        return bound

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if state.tracer is not None:  # called by another that is being compiled, it is part of that
            return self.function(*args, **kwargs)
        given: list[Tensor] = []
        others: list[Any] = []
        try:
            key = [_kind(x, given, others) for x in args]
            if kwargs:
                key.append(("by name", _kind(kwargs, given, others)))
            if len(given) > 1:
                key.append(_repeated(given))
        except _Indistinct as error:
            self._complain(str(error))
            return self.function(*args, **kwargs)
        for variant in self._alike(key):
            captured = variant.surroundings.current()
            if captured is not None:
                self.source = variant.source
                return variant(given, captured) if variant.reason is None else self.function(*args, **kwargs)
        if self._count == LIMIT:
            self._complain(f"it has {LIMIT} programs already, for other arguments or surroundings")
            return self.function(*args, **kwargs)
        try:
            result, variant = heard(self.function, given, others, args, kwargs, strict=self.fullgraph)
        except Refusal as refusal:
            raise RuntimeError(self._refused(str(refusal))) from None
        if variant.reason is not None:
            self._complain(variant.reason)
        self._variants.setdefault(tuple(key), []).append(variant)
        self._count += 1
        self.source = variant.source
        return result

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Without the programs: a copy, or who loads it, makes its own."""
        name = getattr(self, "__qualname__", "")
        if getattr(sys.modules.get(self.__module__), name, None) is self:  # a decorated function
            return name
        return Compiled, (self.function, self.fullgraph)

    def _alike(self, key: list[Any]) -> list[Variant]:
        """The variants for this kind of arguments; most often it is that of the latest call."""
        latest, variants = self._latest
        if key == latest:
            return variants
        variants = self._variants.get(tuple(key), [])
        if variants:
            self._latest = key, variants
        return variants

    def _refused(self, reason: str) -> str:
        return f"compile: {self.__name__}() cannot be made a program: {reason}"

    def _complain(self, reason: str) -> None:
        """Say, once, that there is no program."""
        if self.fullgraph:
            raise RuntimeError(self._refused(reason))
        if reason not in self._said:
            self._said.add(reason)
            warnings.warn(f"{self._refused(reason)}. It runs as it is written", UserWarning, stacklevel=3)


class _Indistinct(TypeError):
    """An argument that may be another without looking so."""


def _kind(x: Any, tensors: list[Tensor], others: list[Any]) -> Any:
    """What tells calls apart in an argument; the Tensors in it are collected, and what may have attributes."""
    if isinstance(x, Tensor):
        tensors.append(x)
        array, node = x._data, x._node if x._view is None else x._history()
        return type(x), array.shape, array.dtype, array.strides, None if node is None else _sort(x, node)
    if isinstance(x, tuple) or type(x) is list:
        return type(x), *[_kind(item, tensors, others) for item in x]
    if type(x) is dict:
        return dict, *[(key, _kind(item, tensors, others)) for key, item in x.items()]
    if isinstance(x, (float, complex, np.generic)):
        return type(x), repr(x)  # 0.0 is not -0.0, nan is nan
    if isinstance(x, (int, str, bytes, type(None))):
        return type(x), x
    if isinstance(x, np.ndarray):
        raise _Indistinct("an argument is a NumPy array; pass from_numpy(array)")
    if isinstance(x, Iterator):
        raise _Indistinct(f"an argument is a {type(x).__name__}, which is used up; pass a list")
    try:
        hash(x)
    except TypeError:
        raise _Indistinct(f"an argument is a {type(x).__name__}, which can change unnoticed") from None
    others.append(x)
    return type(x), x


def _sort(x: Tensor, node: Node) -> tuple[bool, ...]:
    return type(node) is Leaf, bool(node.hooks), x._grad is None


def _repeated(tensors: list[Tensor]) -> Any:
    """For each Tensor the place of the first that is the same one, and of the first with the same array."""
    arrays = [id(t._data) for t in tensors]
    if len({*arrays}) == len(arrays):
        return None
    own = [id(t) for t in tensors]
    return tuple([(own.index(i), arrays.index(j)) for i, j in zip(own, arrays, strict=True)])


class CompiledModule(Module):
    """A module whose calls are compiled. It has everything that the module has, which is its `_orig_mod`."""

    compiled: Compiled

    def __init__(self, module: Module, fullgraph: bool) -> None:
        super().__init__()
        self._modules["_orig_mod"] = module
        self.__dict__["compiled"] = Compiled(module, fullgraph)
        del self.__dict__["training"]  # it is the module's

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the module, compiled."""
        return self.compiled(*args, **kwargs)

    @property
    def source(self) -> str:
        """The program of the latest call."""
        return self.compiled.source

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if "_modules" not in self.__dict__:  # it is being copied
                raise
            return getattr(self._modules["_orig_mod"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._modules["_orig_mod"], name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._modules["_orig_mod"], name)

    def __len__(self) -> int:
        return len(self._modules["_orig_mod"])  # type: ignore[arg-type]


def compile(
    model: Any = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: Any = None,
    mode: str | None = None,
    options: Any = None,
    disable: bool = False,
) -> Any:
    """A function or Module that does the same with less Python in between: its calls are replayed as a NumPy program.

    The first call is an ordinary one, during which every operation is noted, those of its derivative too. Of that a
    program is made, which the following calls run: the same operations on arrays, and so the same values to the bit,
    but no graph, no dispatch, and the way back of the whole function as one node. `.source` shows it.

    What a function may do: operations on Tensors, in place too; `backward()`; calls of modules, in training and
    evaluation; dropout; an optimizer's `step()` and `zero_grad()`, so that a whole training step can be compiled.
    There is a program for each kind of arguments (shapes, dtypes, whether they require gradients, the values of what
    is not a Tensor), and a new one, up to 8, where something has changed that the function rests on: attributes of
    modules, the grad mode, and what is read by the names in its text and in that of your functions it names
    (globals, closures, attributes, the contents of lists and dicts).

    **Other Python runs in the first call only**: a `print`, the clock, what is reached by `getattr` or `globals()`.

    Where a function reads a Tensor's values (`item()`, `if x.sum() > 0`), changes what it reads (`self.count += 1`),
    or does something else that cannot be replayed, it is run as it is written, every time, with a warning that says
    why and where. Results that are views of arguments, or of one another, are such a case: return a `clone()`.

    The way back is one node of the graph. So it frees all that it saved at the first `backward()` from any of the
    results; a result of which others were computed has only the gradient of what is done with it outside, and refuses
    `retain_grad()`; and where a parameter is used several times in and around the function, its gradient is the
    same sum in another order. Programs are not copied or pickled: a copy makes its own.

    Args:
        model: the function or Module; without one, a decorator is returned.
        fullgraph: raise, rather than run as written.
        disable: return it as it is.
        dynamic, backend, mode, options: for PyTorch's scripts; there is nothing here that they could choose.

    Raises:
        RuntimeError: with `fullgraph`, where the function cannot be made a program; for a second derivative.

    >>> import tinygrad_lite as tl
    >>> @tl.compile
    ... def f(x, w):
    ...     return (x * w).tanh().sum()
    >>> x, w = tl.ones(3), tl.zeros(3, requires_grad=True)
    >>> f(x, w).backward()
    >>> w.grad
    tensor([1., 1., 1.])
    >>> print(f.source.partition("\\n\\n")[0])
    def forward(x, w):
        mul_1 = mul(x, w)
        tanh_1 = tanh(mul_1); del mul_1
        sum_1 = sum(tanh_1, None, False)
        asarray_1 = asarray(sum_1); del sum_1
        return (asarray_1,), (tanh_1, x)
    """
    if model is None:
        return functools.partial(
            compile, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode, options=options, disable=disable
        )
    if not callable(model):
        raise TypeError(f"compile: a function or a Module is needed, not {type(model).__name__}")
    if disable:
        return model
    return CompiledModule(model, fullgraph) if isinstance(model, Module) else Compiled(model, fullgraph)
