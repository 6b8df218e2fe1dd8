"""Primitives: NumPy functions that carry the derivative of each of their arguments.

    @primitive
    def mul(x: Array, y: Array) -> Array:
        return np.multiply(x, y)

    mul.derivative(x=lambda g, y: g * y, y=lambda g, x: g * x)

A primitive that is called with arrays is NumPy. If one of its arguments is `Traced` (a Tensor, for instance), it passes
itself and its arguments to that argument's `__primitive__`, which decides what the call means.

A derivative is a rule: it takes `g`, the gradient of the result, to the gradient of one argument. It names what else it
needs, and nothing else is kept for it. A rule is written in operators and primitives again, so it too can be read in
more than one way: on arrays it is fast, on Tensors it is recorded and can be differentiated again.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from types import MethodType
from typing import Any, Literal, overload

import numpy as np

from .argument_types import check_values
from .errors import explained
from .signatures import CallSignature, parameter_names, picker
from .signatures import documents as documents

ndarray = np.ndarray
Array = np.ndarray[Any, np.dtype[Any]]
Mask = Array
"""An array that selects elements of others: its dtype does not affect that of the result."""
Operands = tuple[Any, ...]
Function = Callable[..., Any]
Promotion = Literal["common", "float", "difference"]

REGISTRY: dict[str, Primitive] = {}
"""Every primitive by its name. The test suite compares each of them with numerical derivatives."""


class Traced:
    """The protocol of values that are not arrays, and to which primitives can be applied."""

    __slots__ = ()

    def __primitive__(self, primitive: Primitive, args: Operands) -> Any:
        """Apply `primitive` to `args`, at least one of which is of this class."""
        raise NotImplementedError


class Rule:
    """The derivative of a primitive with respect to one argument.

    Attributes:
        vjp: the vector-Jacobian product, a function of the gradient `g` and of the operands.
        argument: the place of the argument in the call.
        operands: a pair for each name after `g`: its place in `(out, *arguments)`, or None for what is computed, such
            as a shape; and the function that takes it from `(out, *arguments)`.
        needs_arrays: whether one of the operands is an array; None if it may be.
    """

    __slots__ = ("argument", "needs_arrays", "operands", "vjp")

    def __init__(self, primitive: Primitive, vjp: Function, argument: int) -> None:
        g, *names = parameter_names(vjp)
        if g != "g":
            raise TypeError(f"{primitive.name}: a rule's first parameter is g, the incoming gradient, not {g!r}")
        self.vjp = vjp
        self.argument = argument
        self.operands = [primitive.operand(name, argument) for name in names]
        self.needs_arrays = primitive.signature.has_arrays(names)


class Plan:
    """The values to save of a call, and the derivatives to compute from them, when certain arguments need a gradient.

    Attributes:
        rules: the rules of these arguments.
        spans: for each rule the part of the saved operands that is its own.
        pick: takes the operands of all rules from `(out, *arguments)`, to be saved; None if the rules need none.
        derive: computes the gradients of the arguments from the gradient of the result and the saved operands.
        needs_arrays: whether an array is among the saved operands; None if it may be.
    """

    __slots__ = ("derive", "needs_arrays", "pick", "rules", "spans")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        ends = list(itertools.accumulate((len(rule.operands) for rule in rules), initial=0))
        self.spans = [slice(a, b) for a, b in itertools.pairwise(ends)]
        self.pick = picker([operand for rule in rules for operand in rule.operands])
        self.derive = _deriver([rule.vjp for rule in rules], self.spans)
        self.needs_arrays = max([rule.needs_arrays for rule in rules], key=(False, None, True).index, default=False)


def _deriver(vjps: list[Function], spans: list[slice]) -> Callable[[Any, Operands], Iterable[Any]]:
    """One function that applies several rules; the usual cases, of one and two, are written out for speed."""
    if len(vjps) == 1:
        (only,) = vjps
        return lambda g, saved: (only(g, *saved),)
    if len(vjps) == 2:
        (first, second), split = vjps, spans[0].stop
        return lambda g, saved: (first(g, *saved[:split]), second(g, *saved[split:]))
    return lambda g, saved: [vjp(g, *saved[span]) for vjp, span in zip(vjps, spans, strict=True)]


class _Plans(dict[int, "Plan | FusedPlan | None"]):
    """The plans of a primitive. Bit i of a key: argument i needs a gradient. Its highest bit marks their number."""

    def __init__(self, primitive: Primitive) -> None:
        super().__init__()
        self.primitive = primitive

    def __missing__(self, key: int) -> Plan | FusedPlan | None:
        return self.setdefault(key, self.primitive.plan([i for i in range(key.bit_length() - 1) if key >> i & 1]))


class Primitive:
    """A NumPy function together with its derivatives. Made by the decorators below, not by hand.

    Attributes:
        forward: the function of arrays, which returns the result.
        kernel: what is called for Tensors: the same function; a `Fused` one returns the result and what it saves.
        rules: for each argument its `Rule`, or None where there is no derivative.
        promotion: the rule for the dtype in which an elementwise primitive is computed: a `common` one, a
            `float` one, or, for a `difference`, one that is not bool. None if it is not elementwise.
        kinds: the kinds of dtype (of bool b, unsigned u, int i and float f) in which it can be computed.
        view: whether the result may share the first argument's memory.
        reorders: whether NumPy may lay the result out in memory in another order than that of its dimensions.
    """

    fill_out: Function  # what a call with out= does; functions.out_argument says it

    def __init__(
        self,
        definition: Function,
        promotion: Promotion | None = None,
        view: bool = False,
        kinds: str = "buif",
        forward: Function | None = None,
    ) -> None:
        functools.update_wrapper(self, definition)
        self.public_form = definition
        self.name: str = definition.__name__.rstrip("_")
        self.forward = self.kernel = forward or definition
        self.promotion, self.kinds = promotion, kinds
        self.view = view
        self.reorders = promotion is None and not view
        self.join: Function | None = None  # brings the gradient of a piece to the whole; ops.pieces says it
        self.signature = signature = CallSignature(self.name, definition)
        self.names, self.arity, self.max_arguments = signature.names, signature.arity, signature.max_arguments
        self.rules: tuple[Rule | None, ...] = (None,) * len(self.names)
        self.plans = _Plans(self)
        if self.name in REGISTRY:
            raise ValueError(f"the primitive {self.name!r} is registered twice")
        REGISTRY[self.name] = self

    def derivative(self, **rules: Function) -> None:
        """Register the derivative of the arguments named. The names in each rule are checked here, once."""
        table = list(self.rules)
        for name, vjp in rules.items():
            if name not in self.names:
                raise TypeError(f"{self.signature} has no argument {name!r} to differentiate by")
            index = self.names.index(name)
            if table[index] is not None:
                raise ValueError(f"{self.name}: the derivative by {name!r} is registered twice")
            table[index] = Rule(self, vjp, index)
        self.rules = tuple(table)
        self.plans.clear()

    def operand(self, name: str, argument: int) -> tuple[Any, Function]:
        """The place of what a rule calls `name`, and a function that takes it from `(out, *arguments)`.

        It is `out`, an argument, or the shape of one (`x_shape`); or, in a rule for one of a variadic list of
        arguments, its `position` in the list.
        """
        for i, known in enumerate(("out", *self.names)):
            variadic = self.signature.variadic and i == len(self.names)
            get = itemgetter(slice(i, None) if variadic else i)
            if name == known:
                return slice(i, None) if variadic else i, get
            if name == known + "_shape":
                return None, lambda values, i=i: x.shape if type(x := values[i]) is ndarray else np.shape(x)
        if name == "position" and self.signature.variadic:
            return None, lambda values: argument - self.arity
        raise TypeError(
            f"{self.name}: a rule asks for {name!r}, which is neither out nor an argument of {self.signature}"
        )

    def plan(self, needed: list[int]) -> Plan | FusedPlan | None:
        """The plan for when the arguments in these places need a gradient; None if there are no derivatives at all.

        Raises:
            RuntimeError: if there is no derivative by one of them, though there is by others.
        """
        if not any(self.rules):
            return None
        rules = []
        for i in needed:
            rule = self.rules[min(i, len(self.rules) - 1)]  # all of a variadic list have one rule, the last
            if rule is None:
                raise RuntimeError(f"{self.name}: there is no derivative by {self.names[i]!r}; detach() that argument")
            rules.append(rule if rule.argument == i else Rule(self, rule.vjp, i))
        return Plan(rules)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or not self.arity <= len(args) <= self.max_arguments:
            if "out" in kwargs:
                return self.fill_out(args, kwargs)
            args = self.signature.bind(args, kwargs)
        for x in args:
            if isinstance(x, Traced):
                return x.__primitive__(self, args)
        try:
            if type(args[0]) is not ndarray and not isinstance(args[0], np.generic):
                check_values(self.name, self.signature, args)
            return self.forward(*args)
        except Exception as error:
            raise explained(error, self, args)  # noqa: B904  # explained() sets the cause

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """A primitive in the body of a class is a method, as a function would be."""
        return self if instance is None else MethodType(self, instance)

    @property
    def __signature__(self) -> inspect.Signature:
        """The signature that `help` and editors show."""
        return inspect.signature(self.public_form)

    def __reduce__(self) -> str:
        """A copy is the primitive itself, and it is pickled by its name, as a function is."""
        return self.public_form.__name__

    def __repr__(self) -> str:
        return f"<primitive {self.signature}>"


class Fused(Primitive):
    """Several primitives in one kernel, for speed. The reference, written in primitives, is the definition.

    The kernel takes the arguments and returns `(out, saved)`. The pullback takes `(g, saved, needs)`, all arrays, and
    returns for each differentiable argument its gradient, or None where `needs` says that it needs none. A derivative
    that must itself be differentiable goes through the reference.
    """

    def __init__(self, reference: Function, differentiable: int) -> None:
        super().__init__(reference)
        self.reference, self.differentiable, self.reorders = reference, differentiable, False
        self.pullback: Function

    def implement(self, kernel: Function, pullback: Function) -> None:
        """Give the reference its kernel, and the kernel its derivative."""
        self.kernel, self.pullback = kernel, pullback
        self.forward = lambda *args: kernel(*args)[0]

    def plan(self, needed: list[int]) -> FusedPlan | None:
        needs = [i in needed for i in range(self.differentiable)]
        return FusedPlan(self, needs) if any(needs) else None


class FusedPlan:
    """The same as a `Plan`, for a fused primitive.

    It saves the differentiable arguments, what the kernel saved, and a function that computes the reference again.
    """

    __slots__ = ("needs", "primitive")

    needs_arrays = True

    def __init__(self, primitive: Fused, needs: list[bool]) -> None:
        self.primitive = primitive
        self.needs = needs

    def pick(self, values: Operands) -> Operands:
        """The values to be saved, taken from `(out, *arguments, what the kernel saved)`."""
        count = len(self.needs) + 1
        rest, reference = values[count:-1], self.primitive.reference
        return values[1:count], values[-1], lambda *inputs: reference(*inputs, *rest)

    def derive(self, g: Any, saved: Operands) -> Iterable[Any]:
        """The gradients of the arguments that need one."""
        return itertools.compress(self.primitive.pullback(g, saved[1], self.needs), self.needs)


@overload
def primitive(definition: Function) -> Primitive: ...
@overload
def primitive(*, view: bool) -> Callable[[Function], Primitive]: ...
def primitive(definition: Function | None = None, *, view: bool = False) -> Any:
    """Register a NumPy function as a primitive. Its derivatives follow, with `.derivative(x=rule, ...)`."""
    return functools.partial(Primitive, view=view) if definition is None else Primitive(definition, view=view)


def elementwise(promotion: Promotion, kinds: str = "buif") -> Callable[[Function], Primitive]:
    """Register an elementwise primitive: its arguments are broadcast, and brought to one dtype.

    Its rules need not care for either: `graph.walk` sums a gradient back to its argument's shape.
    """
    return functools.partial(Primitive, promotion=promotion, kinds=kinds)


def fused(differentiable: int) -> Callable[[Function], Fused]:
    """Register a reference as a fused operation whose first `differentiable` arguments have gradients."""
    return functools.partial(Fused, differentiable=differentiable)
