"""`export`: a model becomes a file of ONNX."""

from __future__ import annotations

import enum
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import IO, Any

from ..core.modes import in_force, thread
from ..nn.module.module import Module
from ..runtime.atomic_files import replacing
from ..runtime.optional import require
from ..tensors.tensor import Tensor
from .dynamic_axes import DynamicAxes, axes_of_shapes, named_axes, traces_of
from .errors import OnnxExporterError
from .models import bare, evaluation, tensors_of
from .program import Program
from .tracing import ExportTracer, tensors_in
from .writing import Writer

OPSET = 20
"""The version of ONNX's operators that a model has by default, PyTorch's own."""
LEAST_OPSET = 18


class TrainingMode(enum.Enum):
    """The modes in which the modules of a model are called while it is exported: `export(training=)`."""

    EVAL = 0
    PRESERVE = 1
    TRAINING = 2


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
    model = bare(model)
    given = (args,) if isinstance(args, Tensor) else tuple(args)
    kwargs = kwargs or {}
    if given and isinstance(given[-1], dict) and not kwargs and not isinstance(args, Tensor):
        *rest, kwargs = given  # PyTorch's older way to give arguments by name
        given = tuple(rest)
    inputs = tensors_in([given, kwargs])
    found = _parameter_names(model, given, kwargs)
    names = _chosen_names("input", input_names, found)
    axes = named_axes(
        {**axes_of_shapes(dynamic_shapes, found, names), **(dynamic_axes or {})}, names, inputs, output_names
    )
    with nullcontext() if training is TrainingMode.PRESERVE else evaluation(model):
        traces, symbols = traces_of(model, given, kwargs, axes)
    program = Program(traces)
    count = len(program.outputs)
    outputs = _chosen_names("output", output_names, ["output"] if count == 1 else [f"output_{i}" for i in range(count)])
    _check_distinct([*names, *outputs])
    writer = Writer(program, opset, symbols, {id(t._data): name for name, t in tensors_of(model).items()})
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


# ------------------------------------------------------------------------------------------------------ names


def _parameter_names(model: Any, args: Any, kwargs: dict[str, Any]) -> list[str]:
    """For each Tensor in the arguments the name of the parameter that it is for."""
    try:
        bound = inspect.signature(model.forward if isinstance(model, Module) else model).bind_partial(*args)
        arguments: dict[str, Any] = {**bound.arguments, **kwargs}
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


def is_in_onnx_export() -> bool:
    """Tell whether a model is just being exported, for a `forward` that then does something else.

    Returns:
        A bool: True while `export` calls the model.

    >>> is_in_onnx_export()
    False
    """
    return isinstance(in_force(thread).tracer, ExportTracer)
