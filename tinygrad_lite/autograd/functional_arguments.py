"""The arguments and results of the functions in `functional`: a Tensor or a tuple of Tensors, and the strict mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.tensor import wrap
from ..ops.shape import identity
from ..tensors.tensor import Tensor

Tensors = tuple[Tensor, ...]


def _checked_tensors(given: Any, what: str, name: str) -> Tensors:
    """The Tensors in a tuple, or the single one."""
    items = given if isinstance(given, tuple) else (given,)
    for i, item in enumerate(items):
        if not isinstance(item, Tensor):
            where = f"the value at index {i}" if isinstance(given, tuple) else f"the given {what}"
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but {where} has type "
                f"{type(item)}."
            )
    return items


def input_tensors(inputs: Any, create_graph: bool, name: str) -> tuple[bool, Tensors]:
    """Return whether the inputs are a tuple, and the Tensors to differentiate by.

    These are new leaves of the same values; with `create_graph`, Tensors that continue the history of the inputs.
    """
    xs = _checked_tensors(inputs, "inputs", name)
    sources = tuple(identity(x) if create_graph and x.requires_grad else x.detach().requires_grad_() for x in xs)
    return isinstance(inputs, tuple), sources


def output_tensors(results: Any, name: str, strict: bool) -> tuple[bool, Tensors]:
    """Return whether the function returned a tuple, and the Tensors in it."""
    ys = _checked_tensors(results, "outputs of the user-provided function", name)
    check_strict(ys, "outputs", strict)
    return isinstance(results, tuple), ys


def scalar_output(result: Any, name: str, strict: bool) -> Tensors:
    """The one output, of one element."""
    several, ys = output_tensors(result, name, strict)
    if several:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if ys[0]._data.size != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {name} should contain a single element, but its shape is "
            f"{list(ys[0].shape)}"
        )
    return ys


INPUT_IS = "input to the user-provided function is"


def vectors_of(v: Any, like: Tensors, name: str, source: str) -> Sequence[Tensor | None]:
    """The vectors that `v` gives, of the shapes of `like`; ones for None."""
    if v is None:
        if len(like) != 1 or like[0]._data.size != 1:
            raise RuntimeError(f"The vector v can only be None if the {source} a single Tensor with a single element.")
        return [wrap(np.ones_like(like[0]._data))]
    vectors = _checked_tensors(v, "v", name)
    if len(vectors) != len(like):
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(vectors)}.")
    for i, (vector, t) in enumerate(zip(vectors, like, strict=True)):
        if vector.shape != t.shape:
            place = f"Entry {i} in v" if len(like) > 1 else "v"
            raise RuntimeError(f"{place} has invalid size: should be {t.shape} but got {vector.shape}.")
    return vectors


def zero_leaves(like: Tensors) -> Tensors:
    """Leaves of the same shapes and dtypes that require gradients, and are 0."""
    return tuple(wrap(np.zeros_like(t._data)).requires_grad_() for t in like)


def check_strict(values: Sequence[Tensor | None], kind: str, strict: bool) -> None:
    """With `strict`, raise for values that do not depend on the inputs."""
    for i, t in enumerate(values if strict else ()):
        if kind == "outputs" and t is not None and not t.requires_grad:
            raise RuntimeError(
                f"Output {i} of the user-provided function does not require gradients. The outputs must be computed "
                "in a differentiable manner from the input when running in strict mode."
            )
        if kind != "outputs" and t is None:
            raise RuntimeError(
                f"The output of the user-provided function is independent of input {i}. This is not allowed in "
                f"strict mode."
            )
        if kind == "jacobian" and t is not None and not t.requires_grad:
            raise RuntimeError(
                f"The jacobian of the user-provided function with respect to input {i} is independent of the input. "
                "This is not allowed in strict mode when computing the hessian."
            )
        if kind == "grad_inputs" and t is not None and not t.requires_grad:
            raise RuntimeError(
                f"The gradient with respect to input {i} is independent of the inputs of the user-provided function. "
                "This is not allowed in strict mode."
            )


def zeros_for_none(
    found: Sequence[Tensor | None], like: Tensors, strict: bool, create_graph: bool, stage: str, output: int = 0
) -> Tensors:
    """The gradients, with zeros for those that are None; with `strict` those raise."""
    gradients = []
    for i, (g, x) in enumerate(zip(found, like, strict=True)):
        if strict and g is None:
            raise RuntimeError(_INDEPENDENT[stage].format(i=i, output=output))
        if strict and create_graph and g is not None and not g.requires_grad:
            raise RuntimeError(
                f"The {_NAMES.get(stage, 'derivative')} of the user-provided function is independent of input {i}. "
                "This is not allowed in strict mode when create_graph=True."
            )
        gradients.append(wrap(np.zeros_like(x._data)) if g is None else g)
    return tuple(gradients)


_NAMES = {"jacobian": "jacobian", "back": "jacobian"}
_INDEPENDENT = {
    "jacobian": "Output {output} of the user-provided function is independent of input {i}. This is not allowed in "
    "strict mode.",
    "back": "The output of the user-provided function is independent of input {i}. This is not allowed in strict mode.",
    "back_trick": "The gradient with respect to the input is independent of entry {i} in the grad_outputs when "
    "using the double backward trick to compute forward mode gradients. This is not allowed in strict mode.",
    "double_back": "The jacobian of the user-provided function is independent of input {i}. This is not allowed in "
    "strict mode.",
    "double_back_trick": "The hessian of the user-provided function is independent of entry {i} in the "
    "grad_jacobian. This is not allowed in strict mode as it prevents from using the double backward trick to "
    "replace forward mode AD.",
}


def structured(values: Tensors, as_tuple: bool, create_graph: bool) -> Any:
    """The values as a tuple or a single Tensor, without their history unless `create_graph` asks for it."""
    items = values if create_graph else tuple(t.detach() for t in values)
    return items if as_tuple else items[0]
