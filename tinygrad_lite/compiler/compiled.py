"""`compile`: a function on Tensors, run as the NumPy program that its first call turned out to be."""

from __future__ import annotations

import functools
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from ..autograd import saved_hooks
from ..core.modes import in_force, thread
from ..core.primitive import Array
from ..nn.module.module import Module
from ..tensors.observation import announce, watched
from ..tensors.tensor import Tensor
from .arguments import NoKey, Recognizer, key_of, recognizer, repetitions
from .backends.choice import checked
from .compiled_call import CompiledCall
from .explanation import described, explanation_of
from .reads import attributes_of
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
        traces: the number of calls of all compiled functions from which programs were made.
    """

    __name__: str
    traces = 0

    def __init__(self, function: Callable[P, R], fullgraph: bool = False, backend: str = "numpy") -> None:
        functools.update_wrapper(self, function)
        if not hasattr(self, "__name__"):
            self.__name__ = type(function).__name__
        self.function = function
        self.fullgraph = fullgraph
        self.backend = backend
        self.source = ""
        self._attribute = self.__name__
        self._place = f"{self.__name__}: compiled"
        self._method: Compiled[..., Any] | None = None
        self._calls: dict[Any, list[CompiledCall]] = {}
        # The key of no arguments is [], so that None is the key of no call.
        self._latest: tuple[list[Any] | None, list[CompiledCall]] = (None, [])
        # How many arguments the latest call had, at first that of no call; what recognizes them; and its compiled call.
        self._recognized: tuple[int, Recognizer, Any] = (-1, recognizer(()), None)
        self._count = 0
        self._warned: set[str] = set()
        self._tracing = threading.Lock()

    def __set_name__(self, owner: type, name: str) -> None:
        self._attribute = name
        self._place = f"{owner.__qualname__}.{name}: compiled"  # a base may have a compiled method of this name, too

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Compiled[P, R]: ...
    @overload
    def __get__(
        self: Compiled[Concatenate[Any, Q], R], instance: object, owner: type | None = None
    ) -> Compiled[Q, R]: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Return the method of an object: each object has a compiled function of its own."""
        if instance is None:
            return self
        attributes = attributes_of(instance)
        if attributes is None or isinstance(instance, type):
            return types.MethodType(self, instance)
        name = self._attribute
        if name in attributes and next(vars(k)[name] for k in type(instance).__mro__ if name in vars(k)) is self:
            return attributes[name]  # something else, by which the object hides its method; super() does not look there
        if (
            in_force(thread).tracer is not None
        ):  # it is part of what is traced, which must not see that anything is added
            return self.function.__get__(instance, owner)
        bound = attributes.get(self._place)
        # A copy of an object has among its attributes the compiled method of the object that it was copied from.
        known = isinstance(bound, Compiled) and bound._method is self
        if not known or bound.function.__self__ is not instance:
            method = self.function.__get__(instance, owner)
            bound = attributes[self._place] = Compiled(method, self.fullgraph, self.backend)
            bound._method = self
        return bound

    def __set__(self, instance: Any, value: Any) -> None:
        """An object may have something else under the name of its method."""
        attributes = attributes_of(instance)
        if attributes is None:
            raise AttributeError(f"{type(instance).__name__!r} object attribute {self._attribute!r} is read-only")
        attributes[self._attribute] = value

    def __delete__(self, instance: Any) -> None:
        if (attributes_of(instance) or {}).pop(self._attribute, None) is None:
            raise AttributeError(self._attribute)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        # While another function is traced, this one is a part of it; and an observer wants to see its operations.
        if in_force(thread).tracer is not None or watched() or saved_hooks.current() is not None:
            return self.function(*args, **kwargs)
        count, recognize, latest = self._recognized
        if len(args) == count and not kwargs and (tensors := recognize(*args)) is not None:
            captured = latest.guards.check(tensors)
            if captured is not None:
                return self._run(latest, tensors, captured, args)
        return self._call(args, kwargs)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The result of a call of which nothing is known yet."""
        given: list[Tensor] = []
        objects: list[Any] = []
        try:
            key = [key_of(x, given, objects) for x in args]
            if kwargs:
                key.append(("by name", key_of(kwargs, given, objects)))
            if len(given) > 1:
                key.append(repetitions(given))
        except NoKey as error:
            self._warn(str(error))
            return self.function(*args, **kwargs)
        found = self._found(key, given)
        if found is None and self._count >= LIMIT:
            self._warn(f"it has {LIMIT} programs already, for other arguments or surroundings")
            return self.function(*args, **kwargs)
        if found is None and self._tracing.acquire(blocking=False):
            try:
                found = self._found(key, given)  # another thread may have made it by now
                if found is None:
                    return self._traced(key, given, objects, args, kwargs)
            finally:
                self._tracing.release()
        if found is None or found[0].reason is not None:  # or another thread is making it just now
            return self.function(*args, **kwargs)
        compiled, captured = found
        if not kwargs:
            compiled.recognize = compiled.recognize or recognizer(args)
            self._recognized = len(args), compiled.recognize, compiled
        return self._run(compiled, given, captured, args)

    def _run(self, compiled: CompiledCall, given: Sequence[Tensor], captured: list[Array], args: Any) -> Any:
        """The result of a program."""
        self.source = compiled.source
        result = compiled(given, captured)
        announce(self, args, result)
        return result

    def _found(self, key: list[Any], given: list[Tensor]) -> tuple[CompiledCall, list[Any]] | None:
        """The compiled call for this kind of arguments and everything as it is now, and the arrays from outside."""
        for compiled in self._with_key(key):
            captured = compiled.guards.check(given)
            if captured is not None:
                return compiled, captured
        return None

    def _traced(
        self, key: list[Any], given: list[Tensor], objects: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """The result of a call, from which a compiled call is made."""
        Compiled.traces += 1
        try:
            result, compiled = trace(
                self.function, given, objects, args, kwargs, strict=self.fullgraph, backend=self.backend
            )
        except GraphBreak as graph_break:
            raise RuntimeError(self._no_program(str(graph_break))) from None
        if compiled.reason is not None:
            self._warn(compiled.reason, stacklevel=5)
        compiled.called_with = described(args, kwargs)
        self._calls.setdefault(tuple(key), []).append(compiled)
        self._count += 1
        self.source = compiled.source
        return result

    def explain(self) -> str:
        """Tell of each program for which arguments it is and what is compared before it runs, and what is refused.

        What is compared and what is refused stands with the line of the function that names it.

        >>> import tinygrad_lite as tl
        >>> double = tl.compile(lambda x: x * 2)
        >>> _ = double(tl.ones(3)), double(tl.ones(2, 2))
        >>> print(double.explain())  # doctest: +ELLIPSIS
        <lambda>: 2 programs
        1. (float32 (3,)): a program of 3 lines, for the first call
           compared before each call: the class of __mul__ (...:1), the attributes of __mul__ (...:1)
        2. (float32 (2, 2)): a program of 3 lines, for arguments of another kind
           compared before each call: ...
        """
        return explanation_of(self.__name__, list(self._calls.values()), self._warned)

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

    def _warn(self, reason: str, stacklevel: int = 4) -> None:
        """Say, once for each reason, that there is no program; with `fullgraph`, raise."""
        if self.fullgraph:
            raise RuntimeError(self._no_program(reason))
        if reason not in self._warned:
            self._warned.add(reason)
            warnings.warn(f"{self._no_program(reason)}. It runs as it is written", UserWarning, stacklevel=stacklevel)


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

    @property
    def _container(self) -> Any:
        """The module, for what may be done with a container."""
        return self._modules["_orig_mod"]

    def __len__(self) -> int:
        return len(self._container)

    def __bool__(self) -> bool:
        return bool(self._container)

    def __getitem__(self, index: Any) -> Any:
        return self._container[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        self._container[index] = value

    def __delitem__(self, index: Any) -> None:
        del self._container[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._container)

    def __contains__(self, item: Any) -> bool:
        return item in self._container


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
    for each kind of arguments: shapes, dtypes, whether they require gradients, the values of numbers and texts, and
    which object it is for everything else. There are at most 8 programs.

    **A program is never out of date:**

    1. The first call shows which functions are entered, yours and those of any package that is not this library. This
       library itself is taken to stay as it is, but for the functions of `nn.functional` and what your text names.
    2. Whatever these can reach by the names in their text (variables, attributes, items, classes, defaults) is compared
       before each later call. Where something has changed, the call is traced again.
    3. What is not known to be harmless is refused: an object of a type of C such as a deque, a function of C such as
       `print` or `random.random`, `globals()` and the like, a `try` statement, an item too large to be compared.
    4. So is what changes anything outside, such as `self.count += 1`, `log.append(x)` or a line written to a file.
    5. What is refused runs as it is written, every time, with a warning that says why and on which line.
    6. With `fullgraph=True`, it raises instead. `explain()` lists programs, what is compared, and what is refused.

    There is a graph break too where a function reads a Tensor's values (`item()`, `if x.sum() > 0`, `x[:n]` with a
    Tensor n), or where it lies, whether it is a view, its `grad_fn` or `_version`: each call has other Tensors. Results
    that are views of arguments, or of one another, are such a case: return a `clone()`.

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
