"""Surrogate gradients: functions whose backward is taken for their derivative, so that the rest can be checked.

A straight-through estimator rounds, and passes the gradient on as if it did not. Differences cannot confirm that. So
in the runs that are made for differences such a function is replaced by the straight line that its backward describes,
y + J (x - x₀), with J taken from backward at the point x₀ that is checked.
"""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from types import CellType
from typing import Any

import numpy as np

from ...core.modes import call_in_mode
from ...core.primitive import Array
from ...core.tensor import wrap
from ...tensors.tensor import Tensor
from ..function import Function
from ..gradients import grad


def surrogate_list(given: Any) -> list[Any]:
    """The surrogates that a user gives, alone or in a list: subclasses of Function (or their `apply`), and functions.

    Raises:
        TypeError: for anything else.
    """
    found = []
    for each in given if isinstance(given, (list, tuple, set, frozenset)) else [given]:
        owner = getattr(each, "__self__", None)
        each = owner if isinstance(owner, type) and issubclass(owner, Function) else each
        if not callable(each):
            raise TypeError(
                "gradcheck(surrogate=): expected subclasses of Function, or functions, whose backward is taken for "
                f"their derivative, but got {type(each).__name__}"
            )
        found.append(each)
    return found


class Surrogates:
    """The surrogates of one check.

    Attributes:
        functions: those that were given.
        calls, next, mode: what was noted, the number of the next call, and whether calls are noted or replaced.
        inside: how many surrogates are running.
        stand_ins: from the id of each plain function to what is called in its place.
    """

    def __init__(self, functions: Iterable[Any]) -> None:
        self.functions = list(functions)
        self.stand_ins = {id(f): _StandIn(self, f, f, False) for f in self.functions if not isinstance(f, type)}
        self._places = {id(f): _names_of(f) for f in self.functions if not isinstance(f, type)}
        self.calls: list[_Call] = []
        self.next = 0
        self.mode = ""
        self.inside = 0

    def __contains__(self, operation: Any) -> bool:
        return any(operation is each for each in self.functions)

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note the arguments and results of each call: this is the point that is checked."""
        self.calls = []
        with self.in_place("noted"):
            yield

    @contextmanager
    def linear(self) -> Iterator[None]:
        """Replace each call by the straight line through what was noted."""
        self.next = 0
        with self.in_place("linear"):
            yield

    @contextmanager
    def in_place(self, mode: str = "") -> Iterator[None]:
        """Let the stand-ins be called, which without a mode call the surrogates themselves."""
        with ExitStack() as stack:
            for each in self.functions:
                if isinstance(each, type) and issubclass(each, Function):
                    own = vars(each).get("forward")
                    takes_ctx = each.setup_context is Function.setup_context
                    forward = _StandIn(self, each.forward, each.apply, takes_ctx)
                    each.forward = staticmethod(forward)  # type: ignore[method-assign]  # until the block ends
                    stack.callback(_put_back, each, own)
                else:
                    for write in self._places[id(each)]:
                        write(self.stand_ins[id(each)])
                        stack.callback(write, each)
            self.mode = mode
            try:
                yield
            finally:
                self.mode = ""


class _StandIn:
    """A function that is called in place of a surrogate, and calls the surrogate itself, or follows the straight line.

    Args:
        owner: says which.
        original: the function.
        differentiable: the same, with a graph: the `apply` of a Function whose forward is the function.
        takes_ctx: whether the first argument is the context of a Function.
    """

    def __init__(self, owner: Surrogates, original: Any, differentiable: Any, takes_ctx: bool) -> None:
        functools.update_wrapper(self, original)
        self.owner, self.original, self.differentiable, self.takes_ctx = owner, original, differentiable, takes_ctx

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        given, owner = args[1:] if self.takes_ctx else args, self.owner
        owner.inside += 1
        try:
            returned = self.original(*args, **kwargs)
        finally:
            owner.inside -= 1
        mode, owner.mode = owner.mode, ""  # what runs inside is part of it
        try:
            if mode == "noted":
                owner.calls.append(_Call(functools.partial(self.differentiable, **kwargs), given, returned))
            elif mode == "linear" and owner.next < len(owner.calls):
                owner.next += 1
                return owner.calls[owner.next - 1].at(given, returned)
        finally:
            owner.mode = mode
        return returned


def _put_back(owner: Any, own: Any) -> None:
    if own is None:
        del owner.forward
    else:
        owner.forward = own


def _names_of(function: Any) -> list[Callable[[Any], None]]:
    """For each global variable and each variable of a closure that holds the function, what assigns to it."""
    found: list[Callable[[Any], None]] = []
    for place in gc.get_referrers(function):
        if isinstance(place, CellType):
            found.append(functools.partial(setattr, place, "cell_contents"))
        elif isinstance(place, dict) and isinstance(name := place.get("__name__"), str) and name in sys.modules:
            found.extend(functools.partial(place.__setitem__, key) for key, x in place.items() if x is function)
    return found


class _Call:
    """One call of a surrogate at the point that is checked."""

    def __init__(self, function: Any, args: tuple[Any, ...], returned: Any) -> None:
        self.function, self.args = function, args
        self.inputs = {i: x._data.copy() for i, x in enumerate(args) if _is_floating(x)}
        self.outputs = [t._data.copy() if _is_floating(t) else None for t in _as_tuple(returned)]
        self._jacobians: list[dict[int, Array]] | None = None

    def at(self, args: tuple[Any, ...], returned: Any) -> Any:
        """Return the value of the straight line at these arguments, where the function has `returned` its own."""
        if self._jacobians is None:
            self._jacobians = call_in_mode(True, self._find_jacobians)
        results = list(_as_tuple(returned))
        for k, (y, jacobian) in enumerate(zip(self.outputs, self._jacobians, strict=True)):
            if y is None or not isinstance(results[k], Tensor) or results[k]._data.shape != y.shape:
                continue
            value = y.astype(np.float64)  # also where the surrogate makes float32 of it: the line is exact
            for i, j in jacobian.items():
                moved = args[i]._data - self.inputs[i]
                value += j * moved if j.shape == y.shape == moved.shape else (j @ moved.ravel()).reshape(y.shape)
            results[k] = wrap(value)
        return tuple(results) if isinstance(returned, tuple) else results[0]

    def _find_jacobians(self) -> list[dict[int, Array]]:
        """For each result the derivative by each argument, as backward gives it: a matrix, or its diagonal alone."""
        args = list(self.args)
        leaves = {i: wrap(x.copy()).requires_grad_() for i, x in self.inputs.items()}
        for i, leaf in leaves.items():
            args[i] = leaf
        outputs = _as_tuple(self.function(*args))
        return [
            self._jacobian(t, leaves) if y is not None and t.requires_grad else {}
            for t, y in zip(outputs, self.outputs, strict=True)
        ]

    def _jacobian(self, t: Any, leaves: dict[int, Any]) -> dict[int, Array]:
        def product(g: Array) -> list[Array]:
            found = grad(t, list(leaves.values()), wrap(g), retain_graph=True, materialize_grads=True)
            return [x._data.copy() for x in found]

        ones = product(np.ones(t.shape))
        random = np.random.default_rng(0).uniform(1, 2, t.shape)
        weighted = product(random)
        if all(d.shape == random.shape and np.array_equal(w, d * random) for d, w in zip(ones, weighted, strict=True)):
            return dict(zip(leaves, ones, strict=True))
        rows: dict[int, list[Array]] = {i: [] for i in leaves}
        for place in range(t.numel()):
            unit = np.zeros(t.numel())
            unit[place] = 1.0
            for i, d in zip(leaves, product(unit.reshape(t.shape)), strict=True):
                rows[i].append(d.ravel())
        return {i: np.stack(each) for i, each in rows.items() if each}


def _is_floating(x: Any) -> bool:
    return isinstance(x, Tensor) and x._data.dtype.kind == "f"


def _as_tuple(returned: Any) -> tuple[Any, ...]:
    return returned if isinstance(returned, tuple) else (returned,)
