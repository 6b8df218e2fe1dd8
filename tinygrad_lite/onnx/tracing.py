"""The exporter's tracer: the compiler's, which also notes where in the model each call was made.

A fused operation that has no ONNX form of its own is traced through its reference, which is written in primitives.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Container, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..compiler.tracer import _CALL, Call, Origin, Tracer, Value, _modules_around, _users_line
from ..core import versions
from ..core.array_functions import CREATIONS, made_of
from ..core.modes import call_in_mode
from ..core.primitive import REGISTRY, Fused
from ..core.tensor import wrap
from ..nn.module.module import Module
from ..tensors.tensor import Tensor
from .errors import OnnxExporterError

_MADE_OF = inspect.unwrap(made_of)
WRITES = (inspect.unwrap(versions.write), inspect.unwrap(versions.write_through_data))
COPIES = (np.array, np.asarray, np.ascontiguousarray)
"""Functions whose result has the elements of their first argument."""


class Place(NamedTuple):
    """The place of a call.

    Attributes:
        path, module: the innermost module, and its path in the model.
        line: the line of the user's code, as " (file.py:12)".
        rounds_up: whether it is of a pooling with `ceil_mode`, whose windows a dynamic axis cannot have.
    """

    path: str
    module: Module | None
    line: str
    rounds_up: bool = False

    def __str__(self) -> str:
        """The layer and the line, for errors."""
        layer = "the function"
        if self.module is not None:
            layer = f"{f'layer {self.path}' if self.path else 'the model'} ({type(self.module).__name__})"
        return f"{layer}, {self.line.strip(' ()')}" if self.line else layer


class ExportTracer(Tracer):
    """Records the calls of one run of a model.

    Attributes:
        places: where each call was made.
        constants: the values of those arrays that are made of numbers alone.
    """

    def __init__(self, paths: dict[int, str], converted: Container[str]) -> None:
        super().__init__(strict=True)
        self.places: dict[Call, Place] = {}
        self.constants: dict[Value, Any] = {}
        self._paths = paths
        self._fused = {id(p.kernel): p for p in REGISTRY.values() if isinstance(p, Fused) and p.name not in converted}

    def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function of arrays, and record the call."""
        fused = self._fused.get(id(function))
        if fused is not None:
            if fused.name == "batch_norm" and args[5] is not None and args[3] is not None:
                raise OnnxExporterError(
                    f"onnx.export: {self.place()}: batch normalization updates its running averages, which an ONNX "
                    "model cannot: call eval() on it"
                )
            tensors = [wrap(x) if isinstance(x, np.ndarray) else x for x in args]
            return call_in_mode(False, fused.reference, *tensors, tracer=self)._data, ()
        if function in CREATIONS and function is not _MADE_OF:
            result = call_in_mode(None, functools.partial(function, *args, **kwargs), tracer=None, quiet=True)
            if type(result) is tuple:
                return self._constant(result)
            self._record(functools.partial(function, **kwargs) if kwargs else function, args, result, pure=True)
            return result
        return super().run(function, *args, **kwargs)

    def place(self) -> Place:
        """Return the place in the model and in the user's code that is being traced."""
        modules = _modules_around()
        inner = None if modules is None else modules[1]
        path = "" if inner is None else self._paths.get(id(inner), type(inner).__name__)
        return Place(path, inner, _users_line(), _rounds_up())

    def graph_break(self, reason: str, line: str | None = None) -> None:
        """Refuse what no program can do."""
        place = self.place()
        raise OnnxExporterError(f"onnx.export: {place if line is None else place._replace(line=line)}: {reason}")

    def _add(self, thing: Any, origin: Origin) -> Value:
        value = super()._add(thing, origin)
        value._example = lambda: thing  # results too are kept, so that each array keeps its identity
        if origin == "constant":
            self.constants[value] = np.array(thing)
        return value

    def _record(self, function: Callable[..., Any], args: tuple[Any, ...], result: Any, pure: bool) -> None:
        count = len(self.calls)
        super()._record(function, args, result, pure)
        if len(self.calls) == count:
            return
        call = self.calls[-1]
        self.places[call] = self.place()
        if function in WRITES:
            written = versions.owner(args[1])
            for value in [v for v in self.constants if versions.owner(v.example) is written]:
                del self.constants[value]
        known = pure or function in COPIES
        if known and all(value in self.constants for value in values_in(call.args)):
            for value in values_in(call.result):
                if isinstance(value.example, (np.ndarray, np.generic)):
                    self.constants[value] = np.array(value.example)


def _rounds_up() -> bool:
    """Return True inside a pooling with `ceil_mode`."""
    frame: Any = sys._getframe(2)
    while frame is not None and frame.f_code is not _CALL:
        if frame.f_locals.get("ceil_mode") is True:
            return True
        frame = frame.f_back
    return False


def values_in(x: Any) -> list[Value]:
    """The Values in arguments or results."""
    if isinstance(x, (tuple, list)):
        return [value for item in x for value in values_in(item)]
    return [x] if isinstance(x, Value) else []


class Trace(NamedTuple):
    """One run of a model: the tracer, the Values of its inputs and its outputs."""

    tracer: ExportTracer
    inputs: list[Value]
    outputs: list[Value]


def trace(model: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], tracer: ExportTracer) -> Trace:
    """Run a model while a tracer watches.

    Raises:
        OnnxExporterError: for what no program can do, and for results that are not Tensors.
    """
    inputs = [tracer.value_of(t._data, "argument") for t in tensors_in([args, kwargs])]
    result = call_in_mode(False, functools.partial(model, *args, **kwargs), tracer=tracer)
    outputs = tensors_in(result)
    if not outputs:
        raise OnnxExporterError(f"onnx.export: the model returns no Tensor, but a {type(result).__name__}")
    return Trace(tracer, inputs, [tracer.value_of(t._data, "captured") for t in outputs])


def tensors_in(x: Any) -> list[Tensor]:
    """The Tensors in arguments and results, in their order."""
    if isinstance(x, dict):
        x = list(x.values())
    if isinstance(x, (tuple, list)):
        return [t for item in x for t in tensors_in(item)]
    return [x] if isinstance(x, Tensor) else []
