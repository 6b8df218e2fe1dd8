"""The parameters of a primitive, their names and defaults, and the meaning of keyword arguments."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

SPELLINGS = {"input": "x", "self": "x", "A": "x", "other": "y", "axis": "dim", "keepdims": "keepdim"}
"""PyTorch's and NumPy's names for the parameters that are called x, y, dim and keepdim here."""

_NUMBERS = {"int", "float", "bool", "Shape", "Windows"}
"""The annotations of parameters that are numbers or tuples of whole numbers."""

_MISSING = object()  # stands for the default of a parameter that has none


def parameter_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a plain function's parameters, a variadic one last; much quicker than `inspect`."""
    code = function.__code__
    return code.co_varnames[: code.co_argcount + bool(code.co_flags & inspect.CO_VARARGS)]


class CallSignature:
    """The parameters of a plain function, which has no keyword-only ones.

    Attributes:
        name, names, defaults: the function's name, and the names and defaults of its parameters.
        variadic: whether the last parameter takes all further arguments.
        arity, max_arguments: how many arguments there must be, apart from those, and how many there may be.
        values: for each parameter whether it is a value (annotated `Array`) rather than a setting or a mask.
        arrays: the names of what is an array: the result, values and masks.
        numbers: the names of what is a number or a tuple of whole numbers, such as the shape of an argument.
    """

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name = name
        self.function = function
        self.names = parameter_names(function)
        self.variadic = bool(function.__code__.co_flags & inspect.CO_VARARGS)
        self.arity = len(self.names) - self.variadic
        self.max_arguments = sys.maxsize if self.variadic else self.arity
        defaults = function.__defaults__ or ()
        kinds = {name: function.__annotations__.get(name, "") for name in self.names}
        self.values = tuple(kind.startswith("Array") for kind in kinds.values())
        self.arrays = {"out", *(name for name, kind in kinds.items() if kind.startswith(("Array", "Mask")))}
        self.numbers = {f"{name}_shape" for name in kinds} | {name for name in kinds if kinds[name] in _NUMBERS}
        self.defaults = (_MISSING,) * (len(self.names) - len(defaults)) + defaults

    @functools.cached_property
    def inspected(self) -> inspect.Signature:
        """Python's own description. It is made when it is first asked for, because that takes long."""
        return inspect.signature(self.function)

    def has_arrays(self, names: Sequence[str]) -> bool | None:
        """Return True if an operand of a rule is an array, False if none is, and None if that depends on the call."""
        return True if self.arrays.intersection(names) else None if set(names) - self.numbers - {"position"} else False

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """The arguments of a call in the order of the parameters, with the defaults filled in."""
        if kwargs:
            kwargs = {k if k in self.names else SPELLINGS.get(k, k): v for k, v in kwargs.items()}
        rest = self.names[len(args) :]
        if not self.variadic and len(args) <= self.arity and all(k in rest for k in kwargs):
            values = [*args, *map(kwargs.get, rest, self.defaults[len(args) :])]
            if not any(value is _MISSING for value in values):
                return tuple(values)
        try:
            bound = self.inspected.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.name}() {error}; its parameters are {', '.join(self.names)}") from None
        bound.apply_defaults()
        return bound.args

    def __str__(self) -> str:
        return f"{self.name}{self.inspected}"


def documents(made: Any) -> Callable[[F], F]:
    """Let a primitive stand for the public form that is decorated, with its docstring and its signature.

    The public form has no body: it says which types go in and out, in full. Calling it costs nothing more than the
    primitive, because it is the primitive.
    """

    def register(form: F) -> F:
        made.table_line = made.__doc__  # what the table says in one line: the formula and its derivatives
        made.__doc__, made.__module__, made.public_form = form.__doc__, form.__module__, form
        return made

    return register


def picker(operands: list[tuple[Any, Callable[..., Any]]]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]] | None:
    """One function that takes several operands from `(out, *arguments)`; in the usual case at the speed of C."""
    if not operands:
        return None
    if all(isinstance(place, int) for place, _ in operands):
        first, *rest = (place for place, _ in operands)
        return itemgetter(first, *rest) if rest else itemgetter(slice(first, first + 1))  # a slice makes a tuple of one
    (_, get_first), *others = operands
    if others and all(isinstance(place, int) for place, _ in others):
        get_others: Any = picker(others)
        return lambda values: (get_first(values), *get_others(values))
    return lambda values: tuple([get(values) for _, get in operands])
