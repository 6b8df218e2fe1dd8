"""Derivatives of functions: `jacobian`, `hessian`, and their products with vectors, in PyTorch's signatures.

A function takes Tensors and returns a Tensor or a tuple of them. What comes back has the structure of its inputs and
outputs: a Tensor for a Tensor, a tuple for a tuple. With `create_graph` all can be differentiated further; otherwise
results carry no history. With `strict`, a result that does not depend on an input is an error rather than zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, TypeVarTuple, overload

import numpy as np

from ..core.tensor import wrap
from ..functions.joining import stack
from ..tensors.tensor import Tensor
from .functional_arguments import (
    INPUT_IS,
    check_strict,
    input_tensors,
    output_tensors,
    scalar_output,
    structured,
    vectors_of,
    zero_leaves,
    zeros_for_none,
)
from .grad_modes import recorded
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
@recorded
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
    whole, xs = input_tensors(inputs, create_graph, "vjp")
    several, outputs = output_tensors(func(*xs), "vjp", strict)
    vectors = vectors_of(v, outputs, "vjp", "user-provided function returns")
    found = zeros_for_none(_grad(outputs, xs, vectors, create_graph), xs, strict, create_graph, "back")
    return structured(outputs, several, create_graph), structured(found, whole, create_graph)


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
@recorded
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
    _, xs = input_tensors(inputs, create_graph, "jvp")
    vectors = vectors_of(v, xs, "jvp", INPUT_IS)
    several, outputs = output_tensors(func(*xs), "jvp", strict)
    seeds = zero_leaves(outputs)  # v·J is linear in them, so their value does not matter
    first = _grad(outputs, xs, seeds, create_graph=True)
    check_strict(first, "grad_inputs", strict)
    found = _grad(first, seeds, vectors, create_graph)
    found = zeros_for_none(found, outputs, strict, create_graph, "back_trick")
    return structured(outputs, several, create_graph), structured(found, several, create_graph)


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
@recorded
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
    whole, xs = input_tensors(inputs, create_graph, "vhp")
    vectors = vectors_of(v, xs, "vhp", INPUT_IS)
    outputs = scalar_output(func(*xs), "vhp", strict)
    first = _grad(outputs, xs, (None,), create_graph=True)
    check_strict(first, "jacobian", strict)
    found = zeros_for_none(_grad(first, xs, vectors, create_graph), xs, strict, create_graph, "double_back")
    return structured(outputs, False, create_graph), structured(found, whole, create_graph)


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
@recorded
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
    whole, xs = input_tensors(inputs, create_graph, "hvp")
    vectors = vectors_of(v, xs, "hvp", INPUT_IS)
    outputs = scalar_output(func(*xs), "hvp", strict)
    first = _grad(outputs, xs, (None,), create_graph=True)
    check_strict(first, "jacobian", strict)
    seeds = zero_leaves(xs)
    second = _grad(first, xs, seeds, create_graph=True)
    found = _grad(second, seeds, vectors, create_graph)
    found = zeros_for_none(found, xs, strict, create_graph, "double_back_trick")
    return structured(outputs, False, create_graph), structured(found, whole, create_graph)


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
@recorded
def jacobian(
    func: Callable[..., Any],
    inputs: Nested,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """Compute the derivative of every element of `func(*inputs)` by every element of the inputs.

    It takes one backward pass for each element of the output; with `vectorize` they are made at once.

    Args:
        func: takes the inputs and returns a Tensor or a tuple of Tensors.
        inputs: a Tensor or a tuple of Tensors, of floating dtype and any shape.
        create_graph: record the computation, so that the result can be differentiated again.
        strict: raise if an output does not depend on an input, rather than give zeros.
        vectorize: make the backward passes at once, as `func.jacrev` does; the result is the same.
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
    whole, xs = input_tensors(inputs, create_graph, "jacobian")
    several, outputs = output_tensors(func(*xs), "jacobian", strict)
    rows_of = _all_rows if vectorize else _rows
    rows = tuple(rows_of(i, y, xs, create_graph, strict) for i, y in enumerate(outputs))
    by_output = tuple(structured(row, whole, create_graph) for row in rows)
    return by_output if several else by_output[0]


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
        vectorize: make the backward passes at once; the result is the same.
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
        (output,) = scalar_output(func(*xs), "hessian", strict)
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


def _rows(index: int, y: Tensor, xs: Tensors, create_graph: bool, strict: bool) -> Tensors:
    """The derivatives of all elements of y by each input, stacked to the shape (*y.shape, *input.shape)."""
    rows: list[Tensors] = []
    for place in np.ndindex(*y.shape):
        seed = np.zeros_like(y._data)
        seed[place] = 1
        found = _grad((y,), xs, (wrap(seed),), create_graph)
        rows.append(zeros_for_none(found, xs, strict, create_graph, "jacobian", index))
    shapes = [(*y.shape, *x.shape) for x in xs]
    if not rows:
        return tuple(wrap(np.zeros(shape, x.dtype)) for shape, x in zip(shapes, xs, strict=True))
    return tuple(stack(each).reshape(shape) for each, shape in zip(zip(*rows, strict=True), shapes, strict=True))


def _all_rows(index: int, y: Tensor, xs: Tensors, create_graph: bool, strict: bool) -> Tensors:
    """Compute what `_rows` does, with all backward passes at once."""
    found: Sequence[Tensor | None] = (None,) * len(xs)
    if y.requires_grad and y._data.size:
        seeds = wrap(np.eye(y._data.size, dtype=y.dtype).reshape(-1, *y._data.shape))
        settings: dict[str, Any] = {"retain_graph": True, "create_graph": create_graph, "allow_unused": True}
        found = grad(y, xs, seeds, is_grads_batched=True, **settings)
    shapes = [(*y.shape, *x.shape) for x in xs]
    return tuple(
        wrap(np.zeros(shape, x.dtype)) if g is None else g.reshape(shape)
        for g, shape, x in zip(found, shapes, xs, strict=True)
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
