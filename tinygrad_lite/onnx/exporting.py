"""`export`: a model becomes a file of ONNX."""

from __future__ import annotations

import enum
import inspect
import itertools
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import IO, Any

import numpy as np

from ..compiler.compiled import Compiled, CompiledModule
from ..core.modes import in_force, thread
from ..core.tensor import wrap
from ..nn.module.module import Module
from ..runtime.atomic_files import replacing
from ..runtime.optional import require
from ..tensors.tensor import Tensor
from .conversions import CONVERSIONS
from .errors import OnnxExporterError
from .program import Program
from .sizes import Size
from .tracing import ExportTracer, Trace, tensors_in, trace
from .writing import Writer

OPSET = 20
"""The version of ONNX's operators that a model has by default, PyTorch's own."""
LEAST_OPSET = 18


class TrainingMode(enum.Enum):
    """The modes in which the modules of a model are called while it is exported: `export(training=)`."""

    EVAL = 0
    PRESERVE = 1
    TRAINING = 2


DynamicAxes = Mapping[str, Mapping[int, str] | Sequence[int]]


def export(
    model: Callable[..., Any],
    args: tuple[Any, ...] | Tensor = (),
    f: str | os.PathLike[str] | IO[bytes] | None = None,
    *,
    kwargs: dict[str, Any] | None = None,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    opset_version: int | None = None,
    dynamic_axes: DynamicAxes | None = None,
    dynamic_shapes: Mapping[str, Any] | Sequence[Any] | None = None,
    training: TrainingMode | None = None,
    **settings: Any,
) -> Any:
    """Write a model to a file of ONNX, which other programs run, such as onnxruntime.

    The model is called with `args`, without gradients, while a tracer records the operations: what Python decides is
    decided once. A module is called as after `eval()`, and is afterwards as it was. Parameters and buffers are in the
    file under the names that they have in `state_dict()`, and nodes are named after the modules that they are from.

    A dynamic axis is found by calling the model with several sizes: what then differs must follow from the inputs'
    shapes. The file is checked with `onnx.checker` before it is written.

    Args:
        model: a Module, or a function of Tensors that returns Tensors. A function's modules should be in evaluation.
        args: its arguments; a Tensor alone is a single one. They have the shapes and dtypes that the model is to have.
            What is no Tensor becomes a part of the model.
        f: the path of the file, or a file open for binary writing; None to write none.
        kwargs: arguments that are given by name.
        input_names: names for the Tensors in `args` and `kwargs`; by default those of the parameters of `forward`.
        output_names: names for the Tensors that are returned; by default "output", or "output_0" and so on.
        opset_version: the version of ONNX's operators, from 18 on; 20 by default, as in PyTorch.
        dynamic_axes: for the names of inputs, the axes whose sizes are not fixed: `{"x": {0: "batch"}}`, or
            `{"x": [0]}`. Axes with the same name have the same size.
        dynamic_shapes: the same for the parameters of `forward`, or for all Tensors in their order: `({0: "batch"},)`.
        training: `TrainingMode.PRESERVE` calls the modules in the modes that they are in.
        settings: PyTorch's other settings, as far as they change nothing here, such as `verbose` or `dynamo`.

    Returns:
        The model, an `onnx.ModelProto`.

    Raises:
        OnnxExporterError: for what has no ONNX form, draws random numbers, depends on the values of Tensors, or on a
            dynamic axis in a way that cannot be generalized. The message names the layer and the line.
        ImportError: if onnx is not installed: `pip install "tinygrad_lite[onnx]"`.
        ValueError, TypeError: for names that are too many or stand twice, and for axes that are none.
        NotImplementedError: for settings of PyTorch's that would change the model.

    Source: https://onnx.ai/onnx/operators.

    >>> import tinygrad_lite as tl
    >>> model = tl.nn.Sequential(tl.nn.Linear(4, 8), tl.nn.ReLU())
    >>> made = tl.onnx.export(model, tl.ones(2, 4), input_names=["x"], dynamic_axes={"x": {0: "batch"}})
    >>> [node.op_type for node in made.graph.node], [w.name for w in made.graph.initializer]
    (['Gemm', 'Relu'], ['0.weight', '0.bias'])
    """
    onnx = require("onnx", extra="onnx")
    _check_settings(settings)
    if training is TrainingMode.TRAINING:
        raise NotImplementedError("onnx.export: only what a model does in evaluation can be exported")
    opset = OPSET if opset_version is None else opset_version
    if not LEAST_OPSET <= opset <= onnx.defs.onnx_opset_version():
        raise ValueError(
            f"onnx.export: opset_version must be from {LEAST_OPSET} to {onnx.defs.onnx_opset_version()}, the newest "
            f"that the installed onnx knows, but got {opset}"
        )
    model = _bare(model)
    given = (args,) if isinstance(args, Tensor) else tuple(args)
    kwargs = kwargs or {}
    if given and isinstance(given[-1], dict) and not kwargs and not isinstance(args, Tensor):
        *rest, kwargs = given  # PyTorch's older way to give arguments by name
        given = tuple(rest)
    inputs = tensors_in([given, kwargs])
    found = _parameter_names(model, given, kwargs)
    names = _chosen_names("input", input_names, found)
    axes = _axes({**_axes_of_shapes(dynamic_shapes, found, names), **(dynamic_axes or {})}, names, inputs, output_names)
    with nullcontext() if training is TrainingMode.PRESERVE else _evaluation(model):
        traces, symbols = _traces(model, given, kwargs, axes)
    program = Program(traces)
    count = len(program.outputs)
    outputs = _chosen_names("output", output_names, ["output"] if count == 1 else [f"output_{i}" for i in range(count)])
    _check_distinct([*names, *outputs])
    writer = Writer(program, opset, symbols, {id(t._data): name for name, t in _known(model).items()})
    made = writer.model(getattr(model, "__name__", type(model).__name__), names, outputs)
    try:
        onnx.checker.check_model(made, full_check=True)
    except Exception as error:
        raise OnnxExporterError(f"onnx.export: onnx.checker refuses the model that was made: {error}") from error
    if f is not None:
        data = made.SerializeToString()
        if isinstance(f, (str, os.PathLike)):
            with replacing(f) as file:
                file.write(data)
        else:
            f.write(data)
    return made


_WITHOUT_EFFECT = {
    "verbose", "dynamo", "do_constant_folding", "external_data", "optimize", "verify", "report", "profile",
    "dump_exported_program", "artifacts_dir", "autograd_inlining", "operator_export_type",
}  # fmt: skip
_ONLY = {
    "export_params": True, "keep_initializers_as_inputs": False, "custom_opsets": None,
    "export_modules_as_functions": False, "custom_translation_table": None,
}  # fmt: skip


def _check_settings(settings: dict[str, Any]) -> None:
    """Refuse settings of PyTorch's that would change the model, and what is none."""
    for name, value in settings.items():
        if name in _WITHOUT_EFFECT:
            continue
        if name not in _ONLY:
            raise TypeError(f"export() got an unexpected keyword argument {name!r}")
        if value not in (None, _ONLY[name]):
            raise NotImplementedError(f"onnx.export: {name}={value!r} is not supported")


def _bare(model: Any) -> Any:
    """The module or function that was compiled, if it was."""
    if isinstance(model, CompiledModule):
        return model._modules["_orig_mod"]
    if not callable(model):
        raise TypeError(f"onnx.export: a Module or a function is needed, not {type(model).__name__}")
    return model.function if isinstance(model, Compiled) else model


# ------------------------------------------------------------------------------------------------------ names


def _parameter_names(model: Any, args: Any, kwargs: dict[str, Any]) -> list[str]:
    """For each Tensor in the arguments the name of the parameter that it is for."""
    try:
        bound = inspect.signature(model.forward if isinstance(model, Module) else model).bind(*args, **kwargs)
        arguments: dict[str, Any] = dict(bound.arguments)
    except (TypeError, ValueError):  # the call will say it
        arguments = {"input": list(args), **kwargs}
    found = []
    for name, x in arguments.items():
        count = len(tensors_in(x))
        found += [name] if isinstance(x, Tensor) else [f"{name}_{i}" for i in range(count)]
    return found


def _chosen_names(what: str, given: Sequence[str] | None, otherwise: Sequence[str]) -> list[str]:
    """The names that were given, and for the rest of the Tensors the others."""
    names = [] if given is None else [*given]
    if len(names) > len(otherwise):
        raise ValueError(
            f"number of {what} names provided ({len(names)}) exceeded number of {what}s ({len(otherwise)}). "
            "onnx.export: there is one for each Tensor that the model takes or returns"
        )
    return [*names, *otherwise[len(names) :]]


def _check_distinct(names: list[str]) -> None:
    if len({*names}) < len(names):
        raise ValueError(f"onnx.export: a name stands for two Tensors: {names}")


def _known(model: Any) -> dict[str, Tensor]:
    """The Tensors that a model has, by the names of its state_dict; of a function, those that it names."""
    if isinstance(model, Module):
        return {**dict(model.named_parameters()), **dict(model.named_buffers())}
    found = {}
    for name, x in _named(model).items():
        if isinstance(x, Tensor):
            found[name] = x
        elif isinstance(x, Module):
            found |= {f"{name}.{key}": t for key, t in _known(x).items()}
    return found


def _named(function: Any) -> dict[str, Any]:
    """What a function refers to by name, and the object whose method it is."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, Module):
        return {type(owner).__name__: owner}
    try:
        variables = inspect.getclosurevars(function)
    except TypeError:
        return {}
    return {**variables.globals, **variables.nonlocals}


# ----------------------------------------------------------------------------------------------- dynamic axes


def _axes_of_shapes(shapes: Any, parameters: Sequence[str], names: Sequence[str]) -> dict[str, dict[int, str]]:
    """What `dynamic_shapes` says, as `dynamic_axes`: a size is named by a text, or by an object with a `__name__`."""
    if shapes is None:
        return {}
    given = shapes if isinstance(shapes, Mapping) else dict(zip(parameters, shapes, strict=False))
    found = {}
    for parameter, axes in given.items():
        if parameter not in parameters:
            raise ValueError(f"onnx.export: dynamic_shapes names {parameter!r}, but there are {[*parameters]}")
        sizes = axes if isinstance(axes, Mapping) else dict(enumerate(axes or ()))
        named = {axis: getattr(size, "__name__", size) for axis, size in sizes.items() if isinstance(axis, int)}
        found[names[parameters.index(parameter)]] = {axis: size for axis, size in named.items() if size is not None}
    return found


def _axes(
    dynamic_axes: DynamicAxes, names: Sequence[str], inputs: Sequence[Tensor], outputs: Sequence[str] | None
) -> list[dict[int, str]]:
    """For each input its dynamic axes, with the names of their sizes."""
    found: list[dict[int, str]] = [{} for _ in names]
    sizes: dict[str, int] = {}
    for name, axes in dynamic_axes.items():
        if name not in names:
            if name not in (outputs or ()):
                warnings.warn(
                    f"Provided key {name} for dynamic axes is not a valid input/output name", UserWarning, stacklevel=3
                )
            continue
        i = names.index(name)
        given = (
            axes if isinstance(axes, Mapping) else {axis: f"{name}_dynamic_axes_{k + 1}" for k, axis in enumerate(axes)}
        )
        for axis, symbol in given.items():
            shape = inputs[i].shape
            if not -len(shape) <= axis < len(shape) or not shape[axis]:
                raise ValueError(f"onnx.export: {name!r} of shape {list(shape)} has no elements along an axis {axis}")
            n = shape[axis]
            if sizes.setdefault(symbol, n) != n:
                raise ValueError(f"onnx.export: {symbol!r} names axes of different sizes, {sizes[symbol]} and {n}")
            found[i][axis % len(shape)] = symbol
    if len(sizes) > len(_ORDERS):
        raise ValueError(f"onnx.export: at most {len(_ORDERS)} axes can be told apart, but {[*sizes]} are dynamic")
    return found


def _traces(
    model: Any, args: tuple[Any, ...], kwargs: dict[str, Any], axes: list[dict[int, str]]
) -> tuple[list[Trace], dict[Size, str]]:
    """The traces, one for each combination of sizes, and the names of the sizes."""
    inputs = tensors_in([args, kwargs])
    given = {symbol: t.shape[axis] for t, of in zip(inputs, axes, strict=True) for axis, symbol in of.items()}
    first = _trace(model, args, kwargs, axes, {symbol: max(n, 2) for symbol, n in given.items()})
    if not given:
        return [first], {}
    failed: list[Exception] = []
    for sizes in _combinations(given):
        _, *rows = [dict(zip(sizes, row, strict=True)) for row in zip(*sizes.values(), strict=True)]
        try:
            traces = [first, *[_trace(model, args, kwargs, axes, row) for row in rows]]
        except OnnxExporterError:
            raise
        except Exception as error:  # the model does not take these sizes
            failed.append(error)
            continue
        return traces, {Size(values): symbol for symbol, values in sizes.items()}
    raise OnnxExporterError(
        f"onnx.export: a dynamic axis is found by calling the model with several sizes, but it does not take others "
        f"than {given}: {failed[0]}"
    ) from failed[0]


_ORDERS = ((0, 1, 2), (2, 0, 1), (1, 2, 0), (1, 0, 2), (0, 2, 1), (2, 1, 0))
"""For each axis the order of its other sizes, none like another: what grows with one axis does not with the others."""


def _combinations(given: dict[str, int]) -> Iterator[dict[str, tuple[int, ...]]]:
    """Sizes for the traces: the given ones and larger ones, then the given ones and smaller ones for some axes.

    They are so far from each other that even what has a fraction of the size has other sizes. A size of 1, with which
    an axis could be taken for one that is broadcast, is none of them.
    """
    choices = []
    for n, order in zip(given.values(), _ORDERS, strict=False):
        n = max(n, 2)
        larger = n + 1, 2 * n + 5, 3 * n + 2
        smaller = [m for m in (n - 1, (n + 1) // 2, n // 3) if m > 1] or [n]
        smaller += smaller[-1:] * (3 - len(smaller))
        choices.append([(n, *(larger[i] for i in order)), (n, *(smaller[i] for i in order))])
    for chosen in itertools.product(*choices):
        if all(len({*sizes}) > 1 for sizes in chosen):
            yield dict(zip(given, chosen, strict=True))


def _trace(
    model: Any, args: tuple[Any, ...], kwargs: dict[str, Any], axes: list[dict[int, str]], sizes: dict[str, int]
) -> Trace:
    """Call the model with copies of the arguments, in which the dynamic axes have these sizes."""
    waiting = iter(axes)

    def resized(x: Any) -> Any:
        if isinstance(x, Tensor):
            array = x._data
            for axis, symbol in next(waiting).items():
                array = array.take(np.arange(sizes[symbol]) % array.shape[axis], axis)
            return wrap(np.array(array))
        if isinstance(x, (tuple, list)):
            make: Any = getattr(type(x), "_make", type(x))  # of a named tuple
            return make([resized(item) for item in x])
        return {key: resized(item) for key, item in x.items()} if isinstance(x, dict) else x

    named = dict(model.named_modules()) if isinstance(model, Module) else {}
    if not named:
        for name, x in _named(model).items():
            if isinstance(x, Module):
                named |= {f"{name}.{path}".rstrip("."): module for path, module in x.named_modules()}
    paths = {id(module): path for path, module in named.items()}
    given = [resized(x) for x in args]
    return trace(model, given, {k: resized(x) for k, x in kwargs.items()}, ExportTracer(paths, CONVERSIONS))


def is_in_onnx_export() -> bool:
    """Tell whether a model is just being exported, for a `forward` that then does something else.

    Returns:
        A bool: True while `export` calls the model.

    >>> is_in_onnx_export()
    False
    """
    return isinstance(in_force(thread).tracer, ExportTracer)


@contextmanager
def _evaluation(model: Any) -> Iterator[None]:
    """Let a module be in evaluation, and afterwards in the modes that it was in."""
    before = [(m, m.training) for m in model.modules()] if isinstance(model, Module) else []
    for module, training in before:
        if training:
            module.training = False
    try:
        yield
    finally:
        for module, training in before:
            if training:
                module.training = True
