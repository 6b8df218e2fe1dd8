"""Derivatives of functions: `jacobian`, `hessian`, and their products with vectors, in PyTorch's signatures.

A function takes Tensors and returns a Tensor or a tuple of them. What comes back has the structure of its inputs and
outputs: a Tensor for a Tensor, a tuple for a tuple. With `create_graph` all can be differentiated further; otherwise
results carry no history. With `strict`, a result that does not depend on an input is an error rather than zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, TypeVarTuple, overload

import numpy as np

from ..core.edge import identity
from ..core.modes import recording, state
from ..core.tensor import wrap
from ..functions.joining import stack
from ..tensors.tensor import Tensor
from .gradients import grad

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Tensors = tuple[Tensor, ...]
Inputs = TypeVarTuple("Inputs")
Y = TypeVar("Y", bound=Tensor | Tensors)
Nested = Any  # a Tensor or a tuple of them, as the user's function has it


@overload
def vjp(
    func: Callable[[Tensor], Y], inputs: Tensor, v: Y | None = None, create_graph: bool = False, strict: bool = False
) -> tuple[Y, Tensor]: ...
@overload
def vjp(
    func: Callable[[*Inputs], Y],
    inputs: tuple[*Inputs],
    v: Y | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Y, Tensors]: ...
def vjp(
    func: Callable[..., Any], inputs: Nested, v: Nested = None, create_graph: bool = False, strict: bool = False
) -> Any:
    """Compute `func(*inputs)`, and the vector-Jacobian product v·J of its Jacobian J, by one backward pass.

    Args:
        func: takes the inputs and returns a Tensor or a tuple of Tensors.
        inputs: a Tensor or a tuple of Tensors, of floating dtype and any shape.
        v: of the shapes of the outputs. It may be left out if there is one output of one element, and is then 1.
        create_graph: record the computation, so that the results can be differentiated again.
        strict: raise if an output does not depend on an input, rather than give zeros.

    Returns:
        The outputs, and v·J of the shapes and dtypes of the inputs.

    Raises:
        TypeError: if inputs, outputs or `v` are not Tensors or tuples of them.
        RuntimeError: if `v` has another shape or is missing, and as `strict` says.

    >>> import tinygrad_lite as tl
    >>> tl.autograd.functional.vjp(lambda x: x**2, tl.tensor([1.0, 3.0]), tl.tensor([1.0, 10.0]))
    (tensor([1., 9.]), tensor([ 2., 60.]))
    """
    with recording(True):
        whole, xs = _inputs(inputs, create_graph, "vjp")
        several, outputs = _outputs(func(*xs), "vjp", strict)
        vectors = _vectors(v, outputs, "vjp", "user-provided function returns")
    with recording(create_graph or state.recording):
        found = _zeros_for_none(_grad(outputs, xs, vectors, create_graph), xs, strict, create_graph, "back")
    return _structured(outputs, several, create_graph), _structured(found, whole, create_graph)


@overload
def jvp(
    func: Callable[[Tensor], Y],
    inputs: Tensor,
    v: Tensor | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Y, Y]: ...
@overload
def jvp(
    func: Callable[[*Inputs], Y],
    inputs: tuple[*Inputs],
    v: Tensor | Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Y, Y]: ...
def jvp(
    func: Callable[..., Any], inputs: Nested, v: Nested = None, create_graph: bool = False, strict: bool = False
) -> Any:
    """Compute `func(*inputs)`, and the Jacobian-vector product J·v: the derivative in the direction v.

    J·v is the derivative of v·J by v, so this takes two backward passes.

    Args:
        func: takes the inputs and returns a Tensor or a tuple of Tensors.
        inputs: a Tensor or a tuple of Tensors, of floating dtype and any shape.
        v: of the shapes of the inputs. It may be left out if there is one input of one element, and is then 1.
        create_graph: record the computation, so that the results can be differentiated again.
        strict: raise if an output does not depend on an input, rather than give zeros.

    Returns:
        The outputs, and J·v of the shapes and dtypes of the outputs.

    Raises:
        TypeError: if inputs, outputs or `v` are not Tensors or tuples of them.
        RuntimeError: if `v` has another shape or is missing, and as `strict` says.

    >>> import tinygrad_lite as tl
    >>> tl.autograd.functional.jvp(lambda x: x.sum() ** 2, tl.tensor([1.0, 3.0]), tl.tensor([1.0, 10.0]))
    (tensor(16.), tensor(88.))
    """
    with recording(True):
        _, xs = _inputs(inputs, create_graph, "jvp")
        vectors = _vectors(v, xs, "jvp", _INPUT_IS)
        several, outputs = _outputs(func(*xs), "jvp", strict)
        seeds = _zero_leaves(outputs)  # v·J is linear in them, so their value does not matter
        first = _grad(outputs, xs, seeds, create_graph=True)
        _check_strict(first, "grad_inputs", strict)
    with recording(create_graph or state.recording):
        found = _grad(first, seeds, vectors, create_graph)
        found = _zeros_for_none(found, outputs, strict, create_graph, "back_trick")
    return _structured(outputs, several, create_graph), _structured(found, several, create_graph)


@overload
def vhp(
    func: Callable[[Tensor], Tensor],
    inputs: Tensor,
    v: Tensor | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Tensor, Tensor]: ...
@overload
def vhp(
    func: Callable[[*Inputs], Tensor],
    inputs: tuple[*Inputs],
    v: Tensor | Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Tensor, Tensors]: ...
def vhp(
    func: Callable[..., Any], inputs: Nested, v: Nested = None, create_graph: bool = False, strict: bool = False
) -> Any:
    """Compute `func(*inputs)`, a single number, and v·H of its Hessian H, which is H·v for less work than `hvp`.

    Args:
        func: takes the inputs and returns a Tensor of one element.
        inputs: a Tensor or a tuple of Tensors, of floating dtype and any shape.
        v: of the shapes of the inputs. It may be left out if there is one input of one element, and is then 1.
        create_graph: record the computation, so that the results can be differentiated again.
        strict: raise if the output or its gradient does not depend on an input, rather than give zeros.

    Returns:
        The output, and v·H of the shapes and dtypes of the inputs.

    Raises:
        TypeError: if inputs, output or `v` are not Tensors or tuples of them.
        RuntimeError: if the function returns more than one number, if `v` has another shape or is missing, and as
            `strict` says.

    >>> import tinygrad_lite as tl
    >>> tl.autograd.functional.vhp(lambda x: (x**3).sum(), tl.tensor([1.0, 3.0]), tl.tensor([1.0, 10.0]))
    (tensor(28.), tensor([  6., 180.]))
    """
    with recording(True):
        whole, xs = _inputs(inputs, create_graph, "vhp")
        vectors = _vectors(v, xs, "vhp", _INPUT_IS)
        outputs = _scalar(func(*xs), "vhp", strict)
        first = _grad(outputs, xs, (None,), create_graph=True)
        _check_strict(first, "jacobian", strict)
    with recording(create_graph or state.recording):
        found = _zeros_for_none(_grad(first, xs, vectors, create_graph), xs, strict, create_graph, "double_back")
    return _structured(outputs, False, create_graph), _structured(found, whole, create_graph)


@overload
def hvp(
    func: Callable[[Tensor], Tensor],
    inputs: Tensor,
    v: Tensor | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Tensor, Tensor]: ...
@overload
def hvp(
    func: Callable[[*Inputs], Tensor],
    inputs: tuple[*Inputs],
    v: Tensor | Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Tensor, Tensors]: ...
def hvp(
    func: Callable[..., Any], inputs: Nested, v: Nested = None, create_graph: bool = False, strict: bool = False
) -> Any:
    """Compute `func(*inputs)`, a single number, and the product H·v of its Hessian H with a vector.

    H is symmetric where the second derivatives are continuous, so that `vhp` gives the same with one backward pass
    less.

    Args:
        func: takes the inputs and returns a Tensor of one element.
        inputs: a Tensor or a tuple of Tensors, of floating dtype and any shape.
        v: of the shapes of the inputs. It may be left out if there is one input of one element, and is then 1.
        create_graph: record the computation, so that the results can be differentiated again.
        strict: raise if the output or its gradient does not depend on an input, rather than give zeros.

    Returns:
        The output, and H·v of the shapes and dtypes of the inputs.

    Raises:
        TypeError: if inputs, output or `v` are not Tensors or tuples of them.
        RuntimeError: if the function returns more than one number, if `v` has another shape or is missing, and as
            `strict` says.

    >>> import tinygrad_lite as tl
    >>> tl.autograd.functional.hvp(lambda x, y: (x * y).sum(), (tl.ones(2), tl.ones(2)), (tl.ones(2), tl.zeros(2)))
    (tensor(2.), (tensor([0., 0.]), tensor([1., 1.])))
    """
    with recording(True):
        whole, xs = _inputs(inputs, create_graph, "hvp")
        vectors = _vectors(v, xs, "hvp", _INPUT_IS)
        outputs = _scalar(func(*xs), "hvp", strict)
        first = _grad(outputs, xs, (None,), create_graph=True)
        _check_strict(first, "jacobian", strict)
        seeds = _zero_leaves(xs)
        second = _grad(first, xs, seeds, create_graph=True)
    with recording(create_graph or state.recording):
        found = _grad(second, seeds, vectors, create_graph)
        found = _zeros_for_none(found, xs, strict, create_graph, "double_back_trick")
    return _structured(outputs, False, create_graph), _structured(found, whole, create_graph)


@overload
def jacobian(
    func: Callable[[Tensor], Tensor],
    inputs: Tensor,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Tensor: ...
@overload
def jacobian(
    func: Callable[[Tensor], Tensors],
    inputs: Tensor,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Tensors: ...
@overload
def jacobian(
    func: Callable[[*Inputs], Tensor],
    inputs: tuple[*Inputs],
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Tensors: ...
@overload
def jacobian(
    func: Callable[[*Inputs], Tensors],
    inputs: tuple[*Inputs],
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> tuple[Tensors, ...]: ...
def jacobian(
    func: Callable[..., Any],
    inputs: Nested,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """Compute the derivative of every element of `func(*inputs)` by every element of the inputs.

    It takes one backward pass for each element of the output, whatever `vectorize` and `strategy` say.

    Args:
        func: takes the inputs and returns a Tensor or a tuple of Tensors.
        inputs: a Tensor or a tuple of Tensors, of floating dtype and any shape.
        create_graph: record the computation, so that the result can be differentiated again.
        strict: raise if an output does not depend on an input, rather than give zeros.
        vectorize: accepted as PyTorch does; the result is the same.
        strategy: "reverse-mode", or (only with `vectorize`) "forward-mode"; the result is the same.

    Returns:
        For a Tensor of shape S and an output of shape T a Tensor of shape (*T, *S), of the dtype of the output. For
        several inputs or outputs, entry [i][j] of a tuple of tuples is the derivative of output i by input j.

    Raises:
        TypeError: if inputs or outputs are not Tensors or tuples of them.
        RuntimeError: as `strict` says, and for `strict` together with `vectorize`.
        AssertionError: for an unknown `strategy`.
        NotImplementedError: for "forward-mode" without `vectorize`.

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
        whole, xs = _inputs(inputs, create_graph, "jacobian")
        several, outputs = _outputs(func(*xs), "jacobian", strict)
        rows = tuple(_rows(i, y, xs, create_graph, strict) for i, y in enumerate(outputs))
    structured = tuple(_structured(row, whole, create_graph) for row in rows)
    return structured if several else structured[0]


@overload
def hessian(
    func: Callable[[Tensor], Tensor],
    inputs: Tensor,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Tensor: ...
@overload
def hessian(
    func: Callable[[*Inputs], Tensor],
    inputs: tuple[*Inputs],
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> tuple[Tensors, ...]: ...
def hessian(
    func: Callable[..., Any],
    inputs: Nested,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """Compute the second derivatives of a function that returns a single number: the Jacobian of its gradient.

    Args:
        func: takes the inputs and returns a Tensor of one element.
        inputs: a Tensor or a tuple of Tensors, of floating dtype and any shape.
        create_graph: record the computation, so that the result can be differentiated again.
        strict: raise if the output or its gradient does not depend on an input, rather than give zeros.
        vectorize: accepted as PyTorch does; the result is the same.
        outer_jacobian_strategy: the `strategy` of the outer `jacobian`; the result is the same.

    Returns:
        For a Tensor of shape S a Tensor of shape (*S, *S), of its dtype. For a tuple of inputs, entry [i][j] is the
        derivative by input i and input j.

    Raises:
        TypeError: if inputs or output are not Tensors or tuples of them.
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

    def gradient(*xs: Tensor) -> Any:
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

    return jacobian(gradient, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)


# --------------------------------------------------------------------------------------- inputs and outputs


def _rows(index: int, y: Tensor, xs: Tensors, create_graph: bool, strict: bool) -> Tensors:
    """The derivatives of all elements of y by each input, stacked to the shape (*y.shape, *input.shape)."""
    rows: list[Tensors] = []
    for place in np.ndindex(*y.shape):
        seed = np.zeros_like(y._data)
        seed[place] = 1
        found = _grad((y,), xs, (wrap(seed),), create_graph)
        rows.append(_zeros_for_none(found, xs, strict, create_graph, "jacobian", index))
    shapes = [(*y.shape, *x.shape) for x in xs]
    if not rows:
        return tuple(wrap(np.zeros(shape, x.dtype)) for shape, x in zip(shapes, xs, strict=True))
    return tuple(stack(each).reshape(shape) for each, shape in zip(zip(*rows, strict=True), shapes, strict=True))


def _listed(given: Any, what: str, name: str) -> Tensors:
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


def _inputs(inputs: Any, create_graph: bool, name: str) -> tuple[bool, Tensors]:
    """Whether the inputs are a tuple, and the Tensors to differentiate by.

    These are new leaves of the same values; with `create_graph`, Tensors that continue the history of the inputs.
    """
    xs = _listed(inputs, "inputs", name)
    sources = tuple(identity(x) if create_graph and x.requires_grad else x.detach().requires_grad_() for x in xs)
    return isinstance(inputs, tuple), sources


def _outputs(results: Any, name: str, strict: bool) -> tuple[bool, Tensors]:
    """Whether the function returned a tuple, and the Tensors in it."""
    ys = _listed(results, "outputs of the user-provided function", name)
    _check_strict(ys, "outputs", strict)
    return isinstance(results, tuple), ys


def _scalar(result: Any, name: str, strict: bool) -> Tensors:
    """The one output, of one element."""
    several, ys = _outputs(result, name, strict)
    if several:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if ys[0]._data.size != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")
    return ys


_INPUT_IS = "input to the user-provided function is"


def _vectors(v: Any, like: Tensors, name: str, source: str) -> Sequence[Tensor | None]:
    """The vectors that `v` gives, of the shapes of `like`; ones for None."""
    if v is None:
        if len(like) != 1 or like[0]._data.size != 1:
            raise RuntimeError(f"The vector v can only be None if the {source} a single Tensor with a single element.")
        return [wrap(np.ones_like(like[0]._data))]
    vectors = _listed(v, "v", name)
    if len(vectors) != len(like):
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(vectors)}.")
    for i, (vector, t) in enumerate(zip(vectors, like, strict=True)):
        if vector.shape != t.shape:
            place = f"Entry {i} in v" if len(like) > 1 else "v"
            raise RuntimeError(f"{place} has invalid size: should be {t.shape} but got {vector.shape}.")
    return vectors


def _zero_leaves(like: Tensors) -> Tensors:
    """Leaves of the same shapes and dtypes that require gradients, and are 0."""
    return tuple(wrap(np.zeros_like(t._data)).requires_grad_() for t in like)


def _check_strict(values: Sequence[Tensor | None], kind: str, strict: bool) -> None:
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


def _grad(
    outputs: Sequence[Tensor | None], inputs: Tensors, vectors: Sequence[Tensor | None], create_graph: bool
) -> tuple[Tensor | None, ...]:
    """Like `grad`, but some outputs may be None or without a history."""
    pairs = [(y, v) for y, v in zip(outputs, vectors, strict=True) if y is not None and y.requires_grad]
    if not pairs:
        return (None,) * len(inputs)
    ys, vs = zip(*pairs, strict=True)
    return grad(ys, inputs, vs, retain_graph=True, create_graph=create_graph, allow_unused=True)


def _zeros_for_none(
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


def _structured(values: Tensors, as_tuple: bool, create_graph: bool) -> Nested:
    """The values as a tuple or a single Tensor, without their history unless `create_graph` asks for it."""
    items = values if create_graph else tuple(t.detach() for t in values)
    return items if as_tuple else items[0]
