"""`compile`: a function on Tensors, run as the NumPy program that its first call turned out to be."""

from __future__ import annotations

import functools
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from html import escape
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

import numpy as np

from ..autograd import saved_hooks
from ..core.graph import Leaf, Node
from ..core.modes import in_force, thread
from ..core.views import is_inference
from ..nn.module.module import Module
from ..tensors.observation import announce, watched
from ..tensors.tensor import Tensor
from .backends.choice import checked
from .compiled_call import CompiledCall
from .explanation import described, told
from .trace import trace
from .tracer import GraphBreak

P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
M = TypeVar("M", bound=Module)

LIMIT = 8
"""The largest number of programs that a function may have, for different arguments and guards, as in PyTorch."""


class Compiled(Generic[P, R]):
    """A function that is run as the program that its first call turned out to be; made by `compile`.

    Attributes:
        source: the program of the latest call, as Python that calls the table's functions on arrays.
    """

    __name__: str

    def __init__(self, function: Callable[P, R], fullgraph: bool = False, backend: str = "numpy") -> None:
        functools.update_wrapper(self, function)
        if not hasattr(self, "__name__"):
            self.__name__ = type(function).__name__
        self.function = function
        self.fullgraph = fullgraph
        self.backend = backend
        self.source = ""
        self._attribute = self.__name__
        self._calls: dict[Any, list[CompiledCall]] = {}
        # The key of no arguments is [], so that None is the key of no call.
        self._latest: tuple[list[Any] | None, list[CompiledCall]] = (None, [])
        self._count = 0
        self._warned: set[str] = set()

    def __set_name__(self, owner: type, name: str) -> None:
        self._attribute = name

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Compiled[P, R]: ...
    @overload
    def __get__(
        self: Compiled[Concatenate[Any, Q], R], instance: object, owner: type | None = None
    ) -> Compiled[Q, R]: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """As a method, it is compiled for each object by itself."""
        if instance is None:
            return self
        if not hasattr(instance, "__dict__"):
            return types.MethodType(self, instance)
        function: Any = self.function
        bound = Compiled(function.__get__(instance, owner), self.fullgraph, self.backend)
        instance.__dict__[self._attribute] = bound
        return bound

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        # Called by another function that is being traced, it is part of that; and who watches wants to see operations.
        if in_force(thread).tracer is not None or watched() or saved_hooks.current() is not None:
            return self.function(*args, **kwargs)
        given: list[Tensor] = []
        objects: list[Any] = []
        try:
            key = [_key(x, given, objects) for x in args]
            if kwargs:
                key.append(("by name", _key(kwargs, given, objects)))
            if len(given) > 1:
                key.append(_repetitions(given))
        except _NoKey as error:
            self._warn(str(error))
            return self.function(*args, **kwargs)
        for compiled in self._with_key(key):
            captured = compiled.guards.check()
            if captured is not None:
                self.source = compiled.source
                if compiled.reason is not None:
                    return self.function(*args, **kwargs)
                run: Callable[..., R] = compiled
                result = run(given, captured)
                announce(self, args, result)
                return result
        if self._count == LIMIT:
            self._warn(f"it has {LIMIT} programs already, for other arguments or surroundings")
            return self.function(*args, **kwargs)
        try:
            result, compiled = trace(
                self.function, given, objects, args, kwargs, strict=self.fullgraph, backend=self.backend
            )
        except GraphBreak as graph_break:
            raise RuntimeError(self._no_program(str(graph_break))) from None
        if compiled.reason is not None:
            self._warn(compiled.reason)
        compiled.called_with = described(args, kwargs)
        self._calls.setdefault(tuple(key), []).append(compiled)
        self._count += 1
        self.source = compiled.source
        return result

    def explain(self) -> str:
        """Tell how many programs there are, for which arguments, and why a call runs as it is written.

        >>> import tinygrad_lite as tl
        >>> double = tl.compile(lambda x: x * 2)
        >>> _ = double(tl.ones(3)), double(tl.ones(2, 2))
        >>> print(double.explain())
        <lambda>: 2 programs
        1. (float32 (3,)): a program of 3 lines, for the first call
        2. (float32 (2, 2)): a program of 3 lines, for arguments of another kind
        """
        return told(self.__name__, list(self._calls.values()), self._warned)

    def _repr_html_(self) -> str:
        """The HTML that a notebook shows: the program of the latest call."""
        return f"<pre>{escape(self.source or repr(self))}</pre>"

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Without the programs: a copy makes its own, and so does what is loaded from a pickle."""
        name = getattr(self, "__qualname__", "")
        if getattr(sys.modules.get(self.__module__), name, None) is self:  # a decorated function
            return name
        return Compiled, (self.function, self.fullgraph, self.backend)

    def _with_key(self, key: list[Any]) -> list[CompiledCall]:
        """The compiled calls for this kind of arguments; most often it is that of the latest call."""
        latest, calls = self._latest
        if key == latest:
            return calls
        calls = self._calls.get(tuple(key), [])
        if calls:
            self._latest = key, calls
        return calls

    def _no_program(self, reason: str) -> str:
        return f"compile: {self.__name__}() cannot be made a program: {reason}"

    def _warn(self, reason: str) -> None:
        """Say, once for each reason, that there is no program; with `fullgraph`, raise."""
        if self.fullgraph:
            raise RuntimeError(self._no_program(reason))
        if reason not in self._warned:
            self._warned.add(reason)
            warnings.warn(f"{self._no_program(reason)}. It runs as it is written", UserWarning, stacklevel=3)


class _NoKey(TypeError):
    """An argument may be a different one next time, and nothing that can be compared would tell."""


def _key(x: Any, tensors: list[Tensor], objects: list[Any]) -> Any:
    """The key of an argument: calls with equal keys share a program. Tensors and other objects are collected."""
    if isinstance(x, Tensor):
        tensors.append(x)
        array, node = x._data, x._node if x._view is None else x._history()
        kind = (type(x), "inference") if is_inference(x) else type(x)
        return kind, array.shape, array.dtype, array.strides, None if node is None else _graph_key(x, node)
    if isinstance(x, tuple) or type(x) is list:
        return type(x), *[_key(item, tensors, objects) for item in x]
    if type(x) is dict:
        return dict, *[(key, _key(item, tensors, objects)) for key, item in x.items()]
    if isinstance(x, (float, complex, np.generic)):
        return type(x), repr(x)  # 0.0 is not -0.0, and nan is nan
    if isinstance(x, (int, str, bytes, type(None))):
        return type(x), x
    if isinstance(x, np.ndarray):
        raise _NoKey("an argument is a NumPy array; pass from_numpy(array)")
    if isinstance(x, Iterator):
        raise _NoKey(f"an argument is a {type(x).__name__}, which is used up; pass a list")
    try:
        hash(x)
    except TypeError:
        raise _NoKey(f"an argument is a {type(x).__name__}, which can change unnoticed") from None
    objects.append(x)
    return type(x), x


def _graph_key(x: Tensor, node: Node) -> tuple[bool, ...]:
    return type(node) is Leaf, bool(node.hooks), x._grad is None


def _repetitions(tensors: list[Tensor]) -> Any:
    """For each Tensor the place of the first that is the same one, and of the first with the same array."""
    arrays = [id(t._data) for t in tensors]
    if len({*arrays}) == len(arrays):
        return None
    identities = [id(t) for t in tensors]
    return tuple([(identities.index(i), arrays.index(j)) for i, j in zip(identities, arrays, strict=True)])


class CompiledModule(Module):
    """A module whose calls are compiled. It has everything that the module has, which is its `_orig_mod`."""

    compiled: Compiled[..., Any]

    def __init__(self, module: Module, fullgraph: bool, backend: str = "numpy") -> None:
        super().__init__()
        self._modules["_orig_mod"] = module
        self.__dict__["compiled"] = Compiled(module, fullgraph, backend)
        del self.__dict__["training"]  # it is the module's

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the module, compiled."""
        return self.compiled(*args, **kwargs)

    @property
    def source(self) -> str:
        """The program of the latest call."""
        return self.compiled.source

    def explain(self) -> str:
        """Tell how many programs there are, for which arguments, and why a call runs as it is written."""
        return self.compiled.explain()

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


class Decorator(Protocol):
    """The decorator that `compile` returns if it is given options alone."""

    @overload
    def __call__(self, model: M, /) -> M: ...  # type: ignore[overload-overlap]  # a Module is a Callable too
    @overload
    def __call__(self, model: Callable[P, R], /) -> Compiled[P, R]: ...
    def __call__(self, model: Any, /) -> Any: ...


@overload
def compile(  # type: ignore[overload-overlap]  # a Module is a Callable too
    model: M,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: Any = None,
    mode: str | None = None,
    options: Any = None,
    disable: bool = False,
) -> M: ...
@overload
def compile(
    model: Callable[P, R],
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: Any = None,
    mode: str | None = None,
    options: Any = None,
    disable: bool = False,
) -> Compiled[P, R]: ...
@overload
def compile(
    model: None = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: Any = None,
    mode: str | None = None,
    options: Any = None,
    disable: bool = False,
) -> Decorator: ...
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
    """A function or Module that does the same with less Python in between: its calls are run as a NumPy program.

    The first call is an ordinary one, during which every operation is recorded, and those of its backward pass too.
    From that a program is written, which the following calls run. It makes the same operations on arrays, and so has
    the same values to the bit; but there is no graph and no dispatch, and the whole function is one node for
    `backward()`. `.source` shows the program.

    A function may do operations on Tensors, in place too; it may call `backward()`, modules in training and evaluation,
    dropout, and an optimizer's `step()` and `zero_grad()`. So a whole training step can be compiled. There is a program
    for each kind of arguments: shapes, dtypes, whether they require gradients, and the values of what is not a Tensor.
    The function is recompiled, up to 8 times, when something has changed that it was compiled for: attributes of
    modules, the grad mode, and what is read by the names in its text and in the text of your functions that it names
    (globals, closures, attributes, the contents of lists and dicts).

    **Other Python runs in the first call only**: a `print`, the clock, what is reached by `getattr` or `globals()`.

    There is a graph break where a function reads a Tensor's values (`item()`, `if x.sum() > 0`), changes what it reads
    (`self.count += 1`), or does something else that no program can do. Then it is run as it is written, every time,
    with a warning that says why and where. Results that are views of arguments, or of one another, are such a case:
    return a `clone()`.

    Because the function is one node of the graph, it frees all that it saved at the first `backward()` from any of the
    results. A result from which others were computed has only the gradient of what is done with it outside, and refuses
    `retain_grad()`. Where a parameter is used several times in and around the function, its gradient is the same sum in
    another order. Programs are not copied or pickled: a copy makes its own.

    Args:
        model: the function or Module. Without one, a decorator is returned.
        fullgraph: raise at a graph break, rather than run the function as it is written.
        disable: return the function or Module as it is.
        backend: "numpy", whose programs make the same calls and have the same bits; or "numba", which makes machine
            code of them (`pip install "tinygrad_lite[numba]"`): several times as fast for small networks, with the
            same values within rounding, because it adds in another order. What machine code cannot do is done by
            NumPy in the same program. None, or one of PyTorch's, is the default: see `compiler.set_default_backend`.
        dynamic, mode, options: accepted for PyTorch's scripts; there is nothing here that they could choose.

    Raises:
        RuntimeError: with `fullgraph`, where the function cannot be made a program; for a second derivative.
        ValueError: if there is no such backend.
        ImportError: if the backend needs a package that is not installed.

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
    name = checked(backend)
    return CompiledModule(model, fullgraph, name) if isinstance(model, Module) else Compiled(model, fullgraph, name)
