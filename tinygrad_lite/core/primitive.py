"""Primitives: NumPy functions that carry the derivative of each of their arguments.

A primitive called with arrays is NumPy. Called with anything that is `Traced` (a Tensor, or any other
reader of the same language) it hands itself and its arguments over, and the reader decides what a call means.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import sys
from collections.abc import Callable
from operator import itemgetter
from types import MethodType
from typing import Any, Literal, TypeVar, overload

import numpy as np

from .argument_types import wrong_type
from .errors import explained

Array = np.ndarray[Any, np.dtype[Any]]
Mask = Array
"""An array that says which: no value of its own, so it takes no part in the choice of a dtype."""
Operands = tuple[Any, ...]
Function = Callable[..., Any]
F = TypeVar("F", bound=Function)
Promotion = Literal["common", "float", "difference"]

REGISTRY: dict[str, Primitive] = {}
"""Every primitive by name. The test suite holds each of them against numerical derivatives."""

UFUNCS: dict[np.ufunc, Primitive] = {}
"""NumPy's own spelling of what Tensors can do: `np.exp(t)` is `exp(t)`."""

# PyTorch's and NumPy's spellings of what the table calls x, y, dim and keepdim.
SPELLINGS = {"input": "x", "self": "x", "other": "y", "axis": "dim", "keepdims": "keepdim"}


class Traced:
    """The protocol by which primitives meet values that are not arrays."""

    __slots__ = ()

    def __primitive__(self, primitive: Primitive, args: Operands) -> Any:
        """Apply `primitive` to `args`, at least one of which is this kind of value."""
        raise NotImplementedError

    def __fused__(self, fused: Fused, args: Operands) -> Any:
        """Apply a fused operation; a reader that has no use for kernels lets its reference run."""
        return fused.reference(*args)


ndarray = np.ndarray
_MISSING = object()  # the default of an argument that has none


def _parameters(function: Function) -> tuple[str, ...]:
    """The names of a plain function's parameters, a variadic one last; much quicker than `inspect`."""
    code = function.__code__
    return code.co_varnames[: code.co_argcount + bool(code.co_flags & inspect.CO_VARARGS)]


class Rule:
    """The derivative with respect to one argument, and which operands it takes.

    A rule names what it needs, and nothing else is kept alive for it: the incoming gradient `g` first,
    then any of the result `out`, the forward's arguments, the shape of one (`x_shape`), and, where the
    argument is one of a variadic list, its `position` in that list.

    Attributes:
        argument: the place of the argument in the call.
        sources: for each operand its slot in `(out, *arguments)`, or None if it is not a value of one.
        getters: for each operand the function that takes it from `(out, *arguments)`.
        keeps: whether one of the operands is an array, as far as the annotations tell.
    """

    __slots__ = ("argument", "getters", "keeps", "sources", "vjp")

    def __init__(self, primitive: Primitive, vjp: Function, argument: int) -> None:
        g, *names = _parameters(vjp)
        if g != "g":
            raise TypeError(f"{primitive.name}: a rule's first parameter is g, the incoming gradient, not {g!r}")
        self.vjp = vjp
        self.argument = argument
        self.sources: list[int | slice | None] = []
        self.getters: list[Function] = []
        for name in names:
            slot, getter = primitive.operand(name, argument)
            self.sources.append(slot)
            self.getters.append(getter)
        self.keeps = any(name in primitive.arrays for name in names)


class Plan:
    """What to save, and how to derive, when certain arguments of a primitive need a gradient.

    Attributes:
        rules: of these arguments.
        pick: takes what the rules name from `(out, *arguments)`; None if they name nothing.
        keeps: whether what they name is sure to hold an array.
        spans: of what was picked, the part that is each rule's.
        derive: the arguments' gradients, from the result's and what was picked.
    """

    __slots__ = ("derive", "keeps", "pick", "rules", "spans")

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self.keeps = any(rule.keeps for rule in rules)
        ends = list(itertools.accumulate((len(rule.sources) for rule in rules), initial=0))
        self.spans = [slice(a, b) for a, b in itertools.pairwise(ends)]
        self.pick = _pick([s for r in rules for s in r.sources], [get for r in rules for get in r.getters])
        self.derive = self._deriver()

    def _deriver(self) -> Callable[[Any, Operands], Any]:
        vjps = [rule.vjp for rule in self.rules]
        if len(vjps) == 1:
            (only,) = vjps
            return lambda g, saved: (only(g, *saved),)
        if len(vjps) == 2:
            first, second = vjps
            split = self.spans[0].stop
            return lambda g, saved: (first(g, *saved[:split]), second(g, *saved[split:]))
        return lambda g, saved: [vjp(g, *saved[span]) for vjp, span in zip(vjps, self.spans, strict=True)]


def _pick(sources: list[int | slice | None], getters: list[Function]) -> Callable[[Operands], Operands] | None:
    """One function that collects all operands as a tuple; in the plain cases at the speed of C."""
    if not sources:
        return None
    if any(not isinstance(source, int) for source in sources):
        return lambda values: tuple([get(values) for get in getters])
    if len(sources) > 1:
        return itemgetter(*sources)
    first: Any = sources[0]
    return itemgetter(slice(first, first + 1))  # a slice, for a tuple of one


class _Plans(dict[int, "Plan | None"]):
    """The plans of a primitive by which arguments need a gradient: a bit each, above them one for the count."""

    def __init__(self, primitive: Primitive) -> None:
        super().__init__()
        self.primitive = primitive

    def __missing__(self, key: int) -> Plan | None:
        count = key.bit_length() - 1
        plan = self[key] = self.primitive.plan([i for i in range(count) if key >> i & 1])
        return plan


class Primitive:
    """A NumPy function together with its derivatives. Made by the decorators below, not by hand.

    Attributes:
        rules: for each argument its `Rule`, or None where there is no derivative.
        promotion: the dtype law of an elementwise primitive: its values meet in a `common` dtype, which
            for a `float` one is a floating one, and a `difference` takes no bools. None if not elementwise.
        kinds: the kinds of dtype (of bool b, unsigned u, int i and float f) in which it can be computed.
        values: for each argument whether it is a value (annotated `Array`) rather than a setting or a mask.
        arrays: the names of what is an array: the result, values and masks.
        view: whether the result may share the first argument's memory.
    """

    def __init__(
        self, forward: Function, promotion: Promotion | None = None, view: bool = False, kinds: str = "buif"
    ) -> None:
        functools.update_wrapper(self, forward)
        self.definition = self.form = forward
        self.name: str = forward.__name__.rstrip("_")
        self.forward = forward
        self.promotion = promotion
        self.view = view
        self.kinds = kinds
        self.names = _parameters(forward)
        self.variadic = bool(forward.__code__.co_flags & inspect.CO_VARARGS)
        self.arity = len(self.names) - self.variadic
        self.most = sys.maxsize if self.variadic else self.arity  # what is too much, a ufunc would take for `out`
        self.slots: dict[str, int | slice] = {"out": 0}
        self.slots |= {name: i for i, name in enumerate(self.names, start=1)}
        if self.variadic:
            self.slots[self.names[-1]] = slice(len(self.names), None)
        required = len(self.names) - len(forward.__defaults__ or ())
        self.defaults = (_MISSING,) * required + (forward.__defaults__ or ())
        annotations = forward.__annotations__
        self.values = tuple(annotations.get(name, "").startswith("Array") for name in self.names)
        self.arrays = {"out", *(name for name in self.names if annotations.get(name, "").startswith(("Array", "Mask")))}
        self.rules: tuple[Rule | None, ...] = (None,) * len(self.names)
        self.plans = _Plans(self)
        if self.name in REGISTRY:
            raise ValueError(f"the primitive {self.name!r} is registered twice")
        REGISTRY[self.name] = self

    @functools.cached_property
    def signature(self) -> inspect.Signature:
        """The forward's; made when it is first asked for, since that takes longer than all the rest."""
        return inspect.signature(self.definition)

    @property
    def __signature__(self) -> inspect.Signature:
        """The signature that `help` and editors show: of the public form, where there is one."""
        return inspect.signature(self.form)

    def derivative(self, **rules: Function) -> None:
        """Register the derivative of the arguments named; each rule's own names are checked here, once."""
        table = list(self.rules)
        for name, vjp in rules.items():
            if name not in self.names:
                raise TypeError(f"{self.name}{self.signature} has no argument {name!r} to differentiate by")
            index = self.names.index(name)
            if table[index] is not None:
                raise ValueError(f"{self.name}: the derivative by {name!r} is registered twice")
            table[index] = Rule(self, vjp, index)
        self.rules = tuple(table)
        self.plans.clear()

    def operand(self, name: str, argument: int) -> tuple[int | slice | None, Function]:
        """Where a rule for the argument finds what it calls `name`: the slot, if a value, and how to get it."""
        if name in self.slots:
            slot = self.slots[name]
            return slot, itemgetter(slot)
        if (slot := self.slots.get(name.removesuffix("_shape"))) is not None:  # type: ignore[assignment]
            return None, lambda values: np.shape(values[slot])
        if name == "position" and self.variadic:
            return None, lambda values: argument - self.arity
        raise TypeError(
            f"{self.name}: a rule asks for {name!r}, which is neither out nor an argument of "
            f"{self.name}{self.signature}"
        )

    def plan(self, needed: list[int]) -> Plan | None:
        """The plan for when the arguments in these places need a gradient; None if there are no derivatives at all.

        Raises:
            RuntimeError: if there is no derivative by one of them, though there is by others.
        """
        if not any(self.rules):
            return None
        rules = []
        for i in needed:
            rule = self.rules[min(i, len(self.rules) - 1)]
            if rule is None:
                name = self.names[i]
                raise RuntimeError(f"{self.name}: there is no derivative by {name!r}; detach() that argument")
            rules.append(rule if rule.argument == i else Rule(self, rule.vjp, i))
        return Plan(tuple(rules))

    def bind(self, args: Operands, kwargs: dict[str, Any]) -> Operands:
        """The call's arguments in the order of the signature, with the defaults filled in."""
        if kwargs:
            kwargs = {k if k in self.names else SPELLINGS.get(k, k): v for k, v in kwargs.items()}
        rest = self.names[len(args) :]
        if not self.variadic and len(args) <= self.arity and all(k in rest for k in kwargs):
            values = [*args, *map(kwargs.get, rest, self.defaults[len(args) :])]
            if not any(value is _MISSING for value in values):
                return tuple(values)
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self.name}() {error}; its parameters are {', '.join(self.names)}") from None
        bound.apply_defaults()
        return bound.args

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or not self.arity <= len(args) <= self.most:
            args = self.bind(args, kwargs)
        for x in args:
            if isinstance(x, Traced):
                return x.__primitive__(self, args)
        try:
            if type(args[0]) is not ndarray and not isinstance(args[0], np.generic):
                self._check_values(args)
            return self.forward(*args)
        except Exception as error:
            raise explained(error, self, args)  # noqa: B904

    def _check_values(self, args: Operands) -> None:
        """Raise for a value that is neither an array nor a number: NumPy would make an array of a list or of None."""
        for i, (name, is_value) in enumerate(zip(self.names, self.values, strict=True)):
            for x in args[i:] if i == self.arity else args[i : i + 1]:
                if is_value and not isinstance(x, np.ndarray | np.generic | float | int) and x is not self.defaults[i]:
                    raise wrong_type(self.name, name, i + 1, "Tensor", x)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """A primitive in the body of a class is a method, as a function would be."""
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<primitive {self.name}{self.signature}>"


@overload
def primitive(forward: Function) -> Primitive: ...
@overload
def primitive(*, view: bool) -> Callable[[Function], Primitive]: ...
def primitive(forward: Function | None = None, *, view: bool = False) -> Any:
    """Register a NumPy function as a primitive. Its derivatives follow, with `.derivative(x=rule, ...)`."""
    return functools.partial(Primitive, view=view) if forward is None else Primitive(forward, view=view)


def elementwise(promotion: Promotion, kinds: str = "buif") -> Callable[[Function], Primitive]:
    """Register a primitive of the elementwise kind: arguments broadcast and are brought to one dtype.

    Its rules need not care for either: a gradient is summed back to its argument's shape on the edge.
    """
    return functools.partial(Primitive, promotion=promotion, kinds=kinds)


def ufunc(function: np.ufunc, promotion: Promotion) -> Callable[[Function], Primitive]:
    """Register one of NumPy's universal functions; the definition gives its name here, its arguments and its text.

    NumPy's spelling then works on Tensors too, as `UFUNCS` says which primitive it stands for.
    """

    def register(definition: Function) -> Primitive:
        made = UFUNCS[function] = Primitive(definition, promotion)
        made.forward = function
        return made

    return register


def documents(made: Primitive) -> Callable[[F], F]:
    """Give a primitive the docstring and the signature of the public form that is decorated, and let it stand for it.

    The public form has no body: it says which types go in and out, in full. Calling it costs nothing more than the
    primitive, because it is the primitive.
    """

    def register(form: F) -> F:
        made.__doc__, made.__module__, made.form = form.__doc__, form.__module__, form
        return made  # type: ignore[return-value]

    return register


class Fused(Primitive):
    """Several primitives in one kernel, for speed. The reference, written in primitives, is the definition.

    The kernel takes the arguments and returns `(out, saved)`; the pullback takes `(g, saved, needs)`, all
    arrays, and returns a gradient (or None) for each differentiable argument, for those that `needs` marks.
    A derivative that must itself be differentiable goes through the reference.
    """

    def __init__(self, reference: Function, differentiable: int) -> None:
        super().__init__(reference)
        self.reference = reference
        self.differentiable = differentiable
        self.kernel: Function
        self.pullback: Function

    def implement(self, kernel: Function, pullback: Function) -> None:
        """Give the reference its kernel and the kernel its derivative."""
        self.kernel, self.pullback = kernel, pullback
        self.forward = lambda *args: kernel(*args)[0]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or not self.arity <= len(args) <= self.most:
            args = self.bind(args, kwargs)
        for x in args:
            if isinstance(x, Traced):
                return x.__fused__(self, args)
        return super().__call__(*args)


def fused(differentiable: int) -> Callable[[Function], Fused]:
    """Register a reference as a fused operation whose first `differentiable` arguments have gradients."""
    return functools.partial(Fused, differentiable=differentiable)
