"""Derivatives of functions: `jacobian`, `hessian`, and their products with vectors, in PyTorch's signatures.

A function takes Tensors and returns a Tensor or a tuple of them. What comes back has the structure of its inputs and
outputs: a Tensor for a Tensor, a tuple for a tuple. With `create_graph` all can be differentiated further; otherwise
results carry no history. With `strict`, a result that does not depend on an input is an error rather than zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.modes import recording, state
from ..core.tensor import wrap
from ..functions.joining import stack
from ..ops.shape import identity
from ..tensors.tensor import Tensor
from .gradients import grad

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Tensors = tuple[Tensor, ...]
Nested = Any  # a Tensor or a tuple of them, as the user's function has it


def vjp(
    func: Callable[..., Any], inputs: Nested, v: Nested = None, create_graph: bool = False, strict: bool = False
) -> Any:
    """`func(*inputs)`, and v·J of its Jacobian J: what one backward computes.

    Args:
        v: of the outputs' shapes; may be left out if there is one output of one element, and is then 1.

    Raises:
        RuntimeError: for a `v` of another shape, or with `strict` where nothing depends on an input.

    >>> import tinygrad_lite as tl
    >>> tl.autograd.functional.vjp(lambda x: x**2, tl.tensor([1.0, 3.0]), tl.tensor([1.0, 10.0]))
    (tensor([1., 9.]), tensor([ 2., 60.]))
    """
    with recording(True):
        single, xs = _inputs(inputs, create_graph, "vjp")
        whole, outputs = _outputs(func(*xs), "vjp", strict)
        vectors = _vectors(v, outputs, "returns a single Tensor")
    with recording(create_graph or state.recording):
        found = _filled(_grad(outputs, xs, vectors, create_graph), xs, strict, create_graph, "back")
    return _given(outputs, whole, create_graph), _given(found, single, create_graph)


def jvp(
    func: Callable[..., Any], inputs: Nested, v: Nested = None, create_graph: bool = False, strict: bool = False
) -> Any:
    """`func(*inputs)`, and J·v of its Jacobian J: the derivative in a direction.

    It is the derivative of v·J by v, so it takes two passes.

    Args:
        v: of the inputs' shapes; may be left out if there is one input of one element, and is then 1.

    Raises:
        RuntimeError: as in `vjp`.

    >>> import tinygrad_lite as tl
    >>> tl.autograd.functional.jvp(lambda x: x.sum() ** 2, tl.tensor([1.0, 3.0]), tl.tensor([1.0, 10.0]))
    (tensor(16.), tensor(88.))
    """
    with recording(True):
        _, xs = _inputs(inputs, create_graph, "jvp")
        vectors = _vectors(v, xs, "takes a single Tensor", source="input to the user-provided function is")
        whole, outputs = _outputs(func(*xs), "jvp", strict)
        seeds = tuple(
            wrap(np.zeros_like(t._data)).requires_grad_() for t in outputs
        )  # its derivative is linear in them
        first = _grad(outputs, xs, seeds, create_graph=True)
        _require(first, "grad_inputs", strict)
    with recording(create_graph or state.recording):
        found = _filled(_grad(first, seeds, vectors, create_graph), outputs, strict, create_graph, "back_trick")
    return _given(outputs, whole, create_graph), _given(found, whole, create_graph)


def vhp(
    func: Callable[..., Any], inputs: Nested, v: Nested = None, create_graph: bool = False, strict: bool = False
) -> Any:
    """`func(*inputs)`, a single number, and v·H of its Hessian H, which is H·v at half the price.

    Args:
        v: of the inputs' shapes; may be left out if there is one input of one element, and is then 1.

    Raises:
        RuntimeError: if the function returns more than one number, and as in `vjp`.

    >>> import tinygrad_lite as tl
    >>> tl.autograd.functional.vhp(lambda x: (x**3).sum(), tl.tensor([1.0, 3.0]), tl.tensor([1.0, 10.0]))
    (tensor(28.), tensor([  6., 180.]))
    """
    with recording(True):
        single, xs = _inputs(inputs, create_graph, "vhp")
        vectors = _vectors(v, xs, "takes a single Tensor", source="input to the user-provided function is")
        outputs = _scalar(func(*xs), "vhp", strict)
        first = _grad(outputs, xs, (None,), create_graph=True)
        _require(first, "jacobian", strict)
    with recording(create_graph or state.recording):
        found = _filled(_grad(first, xs, vectors, create_graph), xs, strict, create_graph, "double_back")
    return _given(outputs, False, create_graph), _given(found, single, create_graph)


def hvp(
    func: Callable[..., Any], inputs: Nested, v: Nested = None, create_graph: bool = False, strict: bool = False
) -> Any:
    """`func(*inputs)`, a single number, and H·v of its Hessian H. As H is symmetric, `vhp` gives the same for less.

    Args:
        v: of the inputs' shapes; may be left out if there is one input of one element, and is then 1.

    Raises:
        RuntimeError: as in `vhp`.

    >>> import tinygrad_lite as tl
    >>> tl.autograd.functional.hvp(lambda x: (x**3).sum(), tl.tensor([1.0, 3.0]), tl.tensor([1.0, 10.0]))
    (tensor(28.), tensor([  6., 180.]))
    """
    with recording(True):
        single, xs = _inputs(inputs, create_graph, "hvp")
        vectors = _vectors(v, xs, "takes a single Tensor", source="input to the user-provided function is")
        outputs = _scalar(func(*xs), "hvp", strict)
        first = _grad(outputs, xs, (None,), create_graph=True)
        _require(first, "jacobian", strict)
        seeds = tuple(wrap(np.zeros_like(x._data)).requires_grad_() for x in xs)
        second = _grad(first, xs, seeds, create_graph=True)
    with recording(create_graph or state.recording):
        found = _filled(_grad(second, seeds, vectors, create_graph), xs, strict, create_graph, "double_back_trick")
    return _given(outputs, False, create_graph), _given(found, single, create_graph)


def jacobian(
    func: Callable[..., Any],
    inputs: Nested,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The derivative of every element of `func(*inputs)` by every element of the inputs.

    `jacobian(f, x)` has the output's shape followed by the input's; of tuples, entry [i][j] is that of output i by
    input j. It takes one backward for each element of the output, whatever `vectorize` and `strategy` say.

    Raises:
        RuntimeError: with `strict` where an output does not depend on an input.

    >>> import tinygrad_lite as tl
    >>> tl.autograd.functional.jacobian(lambda x: x**2, tl.tensor([1.0, 3.0]))
    tensor([[2., 0.],
            [0., 6.]])
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(f'Expected strategy to be either "forward-mode" or "reverse-mode", not {strategy!r}')
    if strategy == "forward-mode" and not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian is only implemented for "
            "`vectorize=True`."
        )
    if strict and vectorize:
        raise RuntimeError(
            "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. "
            "Please either set `strict=False` or `vectorize=False`."
        )
    with recording(True):
        single, xs = _inputs(inputs, create_graph, "jacobian")
        whole, outputs = _outputs(func(*xs), "jacobian", strict)
        rows = tuple(_rows(i, y, xs, create_graph, strict) for i, y in enumerate(outputs))
    given = tuple(_given(row, single, create_graph) for row in rows)
    return given if whole else given[0]


def hessian(
    func: Callable[..., Any],
    inputs: Nested,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a function that returns a single number: the Jacobian of its Jacobian.

    `hessian(f, x)` has the input's shape twice; of a tuple of inputs, entry [i][j] is that by input i and input j.

    Raises:
        RuntimeError: if the function returns more than one number, and as in `jacobian`.

    >>> import tinygrad_lite as tl
    >>> tl.autograd.functional.hessian(lambda x: (x**3).sum(), tl.tensor([1.0, 3.0]))
    tensor([[ 6.,  0.],
            [ 0., 18.]])
    """
    single = not isinstance(inputs, tuple)

    def number(*xs: Tensor) -> Tensor:
        (output,) = _scalar(func(*xs), "hessian", strict)
        return output.squeeze() if output.ndim else output

    def first(*xs: Tensor) -> Any:
        found = jacobian(number, xs, create_graph=True)
        for i, g in enumerate(found):
            if strict and not g.requires_grad:
                raise RuntimeError(
                    "While computing the hessian, found that the jacobian of the user-provided function with respect "
                    f"to input {i} is independent of the input. This is not allowed in strict mode. You should ensure "
                    "that your function is twice differentiable and that the jacobian depends on the inputs (this "
                    "would be violated by a linear function for example)."
                )
        return found[0] if single else found

    return jacobian(first, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)


# --------------------------------------------------------------------------------------------- what they share


def _rows(index: int, y: Tensor, xs: Tensors, create_graph: bool, strict: bool) -> Tensors:
    """The derivatives of each element of y, stacked: of y's shape followed by that of each input."""
    rows: list[Tensors] = []
    for place in np.ndindex(*y.shape):
        seed = np.zeros_like(y._data)
        seed[place] = 1
        found = _grad((y,), xs, (wrap(seed),), create_graph)
        rows.append(_filled(found, xs, strict, create_graph, "jacobian", index))
    shapes = [(*y.shape, *x.shape) for x in xs]
    if not rows:
        return tuple(wrap(np.zeros(shape, x.dtype)) for shape, x in zip(shapes, xs, strict=True))
    return tuple(stack(each).reshape(shape) for each, shape in zip(zip(*rows, strict=True), shapes, strict=True))


def _listed(given: Any, what: str, name: str) -> Tensors:
    items = given if isinstance(given, tuple) else (given,)
    for i, item in enumerate(items):
        if not isinstance(item, Tensor):
            where = f"the value at index {i}" if isinstance(given, tuple) else f"the given {what}"
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but {where} has type "
                f"{type(item)}."
            )
    return items


def _inputs(inputs: Any, create_graph: bool, name: str) -> tuple[bool, Tensors]:
    """Whether there is a tuple of inputs, and handles of them: new leaves, or continuing what they have."""
    xs = _listed(inputs, "inputs", name)
    fresh = tuple(identity(x) if create_graph and x.requires_grad else x.detach().requires_grad_() for x in xs)
    return isinstance(inputs, tuple), fresh


def _outputs(results: Any, name: str, strict: bool) -> tuple[bool, Tensors]:
    ys = _listed(results, "outputs of the user-provided function", name)
    _require(ys, "outputs", strict)
    return isinstance(results, tuple), ys


def _scalar(result: Any, name: str, strict: bool) -> Tensors:
    whole, ys = _outputs(result, name, strict)
    if whole:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if ys[0]._data.size != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")
    return ys


def _vectors(
    v: Any, like: Tensors, what: str, source: str = "user-provided function returns"
) -> Sequence[Tensor | None]:
    if v is None:
        if len(like) != 1 or like[0]._data.size != 1:
            raise RuntimeError(f"The vector v can only be None if the {source} a single Tensor with a single element.")
        return [wrap(np.ones_like(like[0]._data))]
    vectors = _listed(v, "v", "the function")
    if len(vectors) != len(like):
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(vectors)}.")
    for i, (vector, t) in enumerate(zip(vectors, like, strict=True)):
        if vector.shape != t.shape:
            place = f"Entry {i} in v" if len(like) > 1 else "v"
            raise RuntimeError(f"{place} has invalid size: should be {t.shape} but got {vector.shape}.")
    return vectors


def _require(values: Sequence[Tensor | None], kind: str, strict: bool) -> None:
    """With `strict`, refuse values that do not depend on the inputs."""
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


def _grad(
    outputs: Sequence[Tensor | None], inputs: Tensors, vectors: Sequence[Tensor | None], create_graph: bool
) -> tuple[Tensor | None, ...]:
    """`grad`, where some outputs may be None or without a history."""
    pairs = [(y, v) for y, v in zip(outputs, vectors, strict=True) if y is not None and y.requires_grad]
    if not pairs:
        return (None,) * len(inputs)
    ys, vs = zip(*pairs, strict=True)
    return grad(ys, inputs, vs, retain_graph=True, create_graph=create_graph, allow_unused=True)


def _filled(
    found: Sequence[Tensor | None], like: Tensors, strict: bool, create_graph: bool, stage: str, output: int = 0
) -> Tensors:
    """Zeros for what is None; with `strict`, an error."""
    filled = []
    for i, (g, x) in enumerate(zip(found, like, strict=True)):
        if strict and g is None:
            raise RuntimeError(_INDEPENDENT[stage].format(i=i, output=output))
        if strict and create_graph and g is not None and not g.requires_grad:
            raise RuntimeError(
                f"The {_NAMES.get(stage, 'derivative')} of the user-provided function is independent of input {i}. "
                "This is not allowed in strict mode when create_graph=True."
            )
        filled.append(wrap(np.zeros_like(x._data)) if g is None else g)
    return tuple(filled)


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


def _given(values: Tensors, whole: bool, create_graph: bool) -> Nested:
    """The values as the user's function has them, without their history unless it is wanted."""
    items = values if create_graph else tuple(t.detach() for t in values)
    return items if whole else items[0]
