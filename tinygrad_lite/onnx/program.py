"""One program of several traces: the same calls, in which what depends on the dynamic axes is a `Size`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..compiler.codegen import title
from ..compiler.tracer import Value
from ..core.primitive import REGISTRY, Primitive
from .errors import OnnxExporterError
from .sizes import Dim, one
from .tracing import Place, Trace


class Var:
    """An array of the program, which each trace has computed with its own sizes.

    Attributes:
        shape: its shape, with a `Size` where that depends on the dynamic axes.
        dtype: its dtype.
        examples: the array in each trace.
        constant: what it is, if it is made of numbers alone and the same in each trace.
        step: the call that computed it; None for an input, and for what the model has.
    """

    def __init__(self, values: Sequence[Value], constants: Sequence[Any], step: Step | None = None) -> None:
        self.values = values
        self.examples = [value.example for value in values]
        layouts = [value.layout for value in values]
        self.shape: tuple[Dim, ...] = ()
        self.dtype: Any = None
        if layouts[0] is not None:  # what a kernel saved has none
            self.dtype = layouts[0].dtype
            self.shape = tuple([one(sizes) for sizes in zip(*(x.shape for x in layouts if x), strict=True)])
        self.constant = constants[0] if all(_equal(constants[0], c) for c in constants) else None
        self.step = step

    def differs(self) -> bool:
        """Return True if an array from outside has other elements in other traces."""
        first = np.asarray(self.examples[0])
        return not all(x is self.examples[0] or _equal(np.asarray(x), first) for x in self.examples)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)


class Step:
    """One call.

    Attributes:
        function, args: what was called, with what: Vars, Sizes and settings.
        results: its results.
        outputs: names of what it computes in ONNX beside its result.
        place: where in the model.
        primitive: the primitive that it applies, if it is one.
    """

    def __init__(self, function: Callable[..., Any], place: Place) -> None:
        self.function, self.place = function, place
        self.primitive = _primitives().get(id(function))
        self.args: Any = ()
        self.results: list[Var] = []
        self.outputs: list[str] = []

    @property
    def name(self) -> str:
        """The name of what was called."""
        return self.primitive.name if self.primitive is not None else title(self.function)


@functools.cache
def _primitives() -> dict[int, Primitive]:
    return {id(p.kernel): p for p in REGISTRY.values()}


def _equal(x: Any, y: Any) -> bool:
    if x is None or y is None:
        return False
    return x.shape == y.shape and x.dtype == y.dtype and np.array_equal(x, y, equal_nan=x.dtype.kind == "f")


def _text(x: Any) -> str:
    return f"{title(x)}()" if callable(x) else f"{x!s:.40}"


class _Different(Exception):
    """Raised for a setting that differs between the traces and is not a size."""


class Program:
    """One program for several traces of a model at different sizes: the calls that all of them make.

    Attributes:
        steps: the calls.
        inputs, outputs: the arrays that it takes and returns.
        captured: what the model has, such as parameters.

    Raises:
        OnnxExporterError: where the traces differ in more than sizes, with layer and line.
    """

    def __init__(self, traces: Sequence[Trace]) -> None:
        self.traces = traces
        self.steps: list[Step] = []
        self.captured: list[Var] = []
        self._vars: dict[Value, Var] = {}
        self.inputs = [self._new(values, None) for values in zip(*(t.inputs for t in traces), strict=True)]
        place = Place("", None, "")
        for calls in zip(*(t.tracer.calls for t in traces), strict=False):
            place = traces[0].tracer.places[calls[0]]
            try:
                self._step(calls, place)
            except _Different as error:
                raise self._error(place, str(error)) from None
        counts = [len(t.tracer.calls) for t in traces]
        if len({*counts}) > 1 or len({len(t.outputs) for t in traces}) > 1:
            longest = traces[counts.index(max(counts))].tracer
            place = longest.places[longest.calls[min(counts)]]
            raise self._error(place, f"the model makes {' or '.join(map(str, counts))} calls")
        try:
            self.outputs = [self._merged(values) for values in zip(*(t.outputs for t in traces), strict=True)]
        except _Different as error:
            raise self._error(place, str(error)) from None

    def _error(self, place: Place, what: str) -> OnnxExporterError:
        sizes = [[tuple(v.layout.shape) for v in t.inputs if v.layout is not None] for t in self.traces]
        given = " and ".join(" ".join(map(str, shapes)) for shapes in sizes)
        return OnnxExporterError(
            f"onnx.export: {place}: what is computed depends on a dynamic axis in a way that cannot be generalized: "
            f"for inputs {given} {what}. Compute with whole Tensors instead of Python's numbers, or leave that axis out"
        )

    def _new(self, values: Sequence[Value], step: Step | None) -> Var:
        constants = [t.tracer.constants.get(v) for t, v in zip(self.traces, values, strict=True)]
        var = Var(values, constants, step)
        for value in values:
            self._vars[value] = var
        return var

    def _step(self, calls: Sequence[Any], place: Place) -> None:
        step = Step(calls[0].function, place)
        step.function = self._merged([call.function for call in calls])
        step.args = self._merged([call.args for call in calls])
        step.results = self._results([call.result for call in calls], step)
        self.steps.append(step)

    def _results(self, results: Sequence[Any], step: Step) -> list[Var]:
        first = results[0]
        if type(first) is tuple:
            return [var for parts in zip(*results, strict=True) for var in self._results(parts, step)]
        return [self._new(results, step)] if isinstance(first, Value) else []

    def _merged(self, xs: Sequence[Any]) -> Any:
        """One thing in all traces: an argument of a call, or the function."""
        first = xs[0]
        if any(type(x) is not type(first) for x in xs):
            raise _Different(f"it is a {type(first).__name__} or a {type(xs[-1]).__name__}")
        if isinstance(first, Value):
            return self._var(xs)
        if isinstance(first, (tuple, list)):
            if len({len(x) for x in xs}) > 1:
                raise _Different(f"there are {' or '.join(str(len(x)) for x in xs)} of them")
            items = [self._merged(parts) for parts in zip(*xs, strict=True)]
            return items if isinstance(first, list) else tuple(items)
        if isinstance(first, slice):
            return slice(*[self._merged([getattr(x, name) for x in xs]) for name in ("start", "stop", "step")])
        if isinstance(first, functools.partial):
            names = self._merged([[*x.keywords] for x in xs])
            inner = self._merged([x.func for x in xs])
            args = self._merged([x.args for x in xs])
            return functools.partial(inner, *args, **{k: self._merged([x.keywords[k] for x in xs]) for k in names})
        if type(first) is int:
            return one(xs)
        if any(x is not first and not (x == first or (x != x and first != first)) for x in xs):
            raise _Different(f"{_text(first)} or {_text(xs[-1])} is used")
        return first

    def _var(self, values: Sequence[Value]) -> Var:
        known = self._vars.get(values[0])
        if known is None:
            if any(v in self._vars for v in values) or any(v.origin not in ("captured", "constant") for v in values):
                raise _Different("other arrays are used")
            known = self._new(values, None)
            self.captured.append(known)
        if any(self._vars.get(v) is not known for v in values):
            raise _Different("other arrays are used")
        return known
