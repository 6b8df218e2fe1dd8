"""`grad` returns the derivatives by chosen Tensors; `backward` adds those of the leaves to their `.grad`."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Literal, overload

from ..core import tensor as core
from ..core.array_functions import copied
from ..core.primitive import Traced
from ..core.tensor import as_list, differentiate, node_of, roots_of
from ..ops.creation import zeros
from ..tensors.batched_data import is_batched
from ..tensors.gradient_edge import GradientEdge, tensors_at
from ..tensors.tensor import Tensor

accumulation_counts: ContextVar[bool] = ContextVar("what is added to .grad inside of backward counts", default=False)
"""True where the caller of `grad` takes into account what a backward inside of it adds to the `.grad` of leaves."""
Tensors = Tensor | GradientEdge | Iterable[Tensor | GradientEdge]
Gradients = Tensor | Sequence[Tensor | None]


def backward(
    tensors: Tensors,
    grad_tensors: Gradients | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensors | None = None,
) -> None:
    """Add the derivatives of the sum of some Tensors to the `.grad` of the leaves that they were made from.

    With g = `grad_tensors`, the gradient of a leaf is d(Σ g · tensor)/d(leaf), of the leaf's shape and dtype.

    Args:
        tensors: one Tensor or several, of floating dtype and any shape; a `graph.GradientEdge` may stand for each.
        grad_tensors: for each of them a Tensor of its shape, d(objective)/d(tensor). None means 1, for a Tensor of one
            element.
        retain_graph: keep what the graph saved, for another backward pass; by default as `create_graph`.
        create_graph: record the computation of the gradients, so that they can be differentiated again.
        inputs: add to the `.grad` of these Tensors only; they need not be leaves.

    Raises:
        RuntimeError: if one of the Tensors has no history, has several elements and no gradient, or has a gradient of
            another shape; if the graph was freed by an earlier backward pass, or a saved array was changed in place;
            and if `inputs` is empty, or one of them is not a Tensor that requires a gradient.
        AssertionError: if one of the tensors is not a Tensor.
        TypeError: if a gradient is neither a Tensor nor None.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor(3.0, requires_grad=True)
    >>> tl.autograd.backward([x * x, 2 * x])  # 2x + 2
    >>> x.grad
    tensor(8.)
    """
    core.backward(tensors_at(tensors), grad_tensors, retain_graph, create_graph, tensors_at(inputs))


@overload
def grad(
    outputs: Tensors,
    inputs: Mapping[str, Tensor],
    grad_outputs: Gradients | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: Literal[False] | None = None,
    materialize_grads: bool = False,
    *,
    only_inputs: bool = True,
    is_grads_batched: bool = False,
) -> dict[str, Tensor]: ...
@overload
def grad(
    outputs: Tensors,
    inputs: Mapping[str, Tensor],
    grad_outputs: Gradients | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
    *,
    only_inputs: bool = True,
    is_grads_batched: bool = False,
) -> dict[str, Tensor | None]: ...
@overload
def grad(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Gradients | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: Literal[False] | None = None,
    materialize_grads: bool = False,
    *,
    only_inputs: bool = True,
    is_grads_batched: bool = False,
) -> tuple[Tensor, ...]: ...
@overload
def grad(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Gradients | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    *,
    allow_unused: bool | None,
    materialize_grads: Literal[True],
    only_inputs: bool = True,
    is_grads_batched: bool = False,
) -> tuple[Tensor, ...]: ...
@overload
def grad(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Gradients | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
    *,
    only_inputs: bool = True,
    is_grads_batched: bool = False,
) -> tuple[Tensor | None, ...]: ...
def grad(
    outputs: Tensors,
    inputs: Tensors | Mapping[str, Tensor],
    grad_outputs: Gradients | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
    *,
    only_inputs: bool = True,
    is_grads_batched: bool = False,
) -> tuple[Tensor | None, ...] | dict[str, Tensor] | dict[str, Tensor | None]:
    """Compute the derivatives of the sum of the outputs by each input; the `.grad` of no Tensor changes.

    Gradient i is d(Σ outputs)/d(input i), or with `grad_outputs` d(Σ grad_output · output)/d(input i): of the shape
    and the dtype of input i.

    Args:
        outputs: one Tensor or several, of floating dtype and any shape. A `graph.GradientEdge` may stand for each, and
            for each input.
        inputs: the Tensors to differentiate by: leaves, or results inside the graph. For a dict of Tensors the
            gradients are a dict with the same keys.
        grad_outputs: for each output a Tensor of its shape, d(objective)/d(output). None means 1, for an output of
            one element.
        retain_graph: keep what the graph saved, for another backward pass; by default as `create_graph`.
        create_graph: record the computation of the gradients, so that they can be differentiated again.
        allow_unused: give None for an input that the outputs do not depend on, rather than raise.
        materialize_grads: give zeros for such an input instead; with `create_graph` they can be differentiated again.
        only_inputs: PyTorch's deprecated argument, which changes nothing.
        is_grads_batched: the first dimension of each of `grad_outputs`, and so of each gradient, is that of several
            backward passes, which are made at once (see `func.vmap`).

    Returns:
        A tuple with one gradient for each input, also for a single input.

    Raises:
        RuntimeError: if an input requires no gradient or (without `allow_unused`) is unused, if an output has no
            history, if `inputs` is empty, and if an output has several elements and no `grad_outputs` are given.
        AssertionError: if an output is not a Tensor.
        ValueError: if `materialize_grads` is combined with `allow_unused=False`.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor(2.0, requires_grad=True)
    >>> (first,) = tl.autograd.grad(x**3, x, create_graph=True)
    >>> (second,) = tl.autograd.grad(first, x)
    >>> first.item(), second.item()
    (12.0, 12.0)
    """
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for "
            "other parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    sources = as_list(tensors_at(inputs.values() if isinstance(inputs, Mapping) else inputs))
    if not sources:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True")
    given = tensors_at(outputs)
    if is_grads_batched:
        return _batched(
            given, inputs, sources, grad_outputs, retain_graph, create_graph, allow_unused, materialize_grads
        )
    roots = roots_of(given, grad_outputs, create_graph)
    nodes = [node_of(x) for x in sources]
    if any(map(is_batched, (*as_list(given), *sources, *as_list(grad_outputs)))):
        found = _of_samples(as_list(given), sources, grad_outputs, retain_graph, create_graph)
    else:
        found = differentiate(roots, set(nodes), retain_graph, create_graph)
    gradients: list[Any] = []
    for i, (node, source) in enumerate(zip(nodes, sources, strict=True)):
        g = found.get(node)
        if g is None and materialize_grads:
            nothing = source._wrap(zeros(source._data.shape, source._data.dtype))
            gradients.append(nothing.requires_grad_() if create_graph else nothing)
        elif g is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the graph. Set "
                f"allow_unused=True if this is the desired behavior. (It has the shape {list(source.shape)}, and no "
                "output depends on it.)"
            )
        else:
            gradients.append(g if g is None or isinstance(g, Traced) else source._wrap(copied(g)))
    return dict(zip(inputs, gradients, strict=True)) if isinstance(inputs, Mapping) else tuple(gradients)


def _of_samples(outputs: Any, sources: Any, grad_outputs: Any, retain_graph: Any, create_graph: bool) -> dict[Any, Any]:
    """The gradients by the nodes of the sources, some of which, or of the outputs, are those of vmap."""
    from ..func.graphs import gradients_of_samples

    cotangents = [None] * len(outputs) if grad_outputs is None else as_list(grad_outputs)
    gradients = gradients_of_samples(outputs, sources, cotangents, retain_graph, create_graph)
    return {x._history(): g for x, g in zip(sources, gradients, strict=True)}


def _batched(outputs: Any, inputs: Any, sources: Any, grad_outputs: Any, *settings: Any) -> Any:
    """The gradients for several `grad_outputs` at once."""
    from ..func.vectorizing import vmap

    results = as_list(outputs)
    given = [None] * len(results) if grad_outputs is None else as_list(grad_outputs)
    for i, (g, y) in enumerate(zip(given, results, strict=False)):
        if isinstance(g, Tensor) and g.shape[1:] != y.shape:
            raise RuntimeError(
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch "
                "dimension. The sizes of the remaining dimensions are expected to match the shape of corresponding "
                f"output, but a mismatch was detected: grad_output[{i}] has a shape of torch.Size({list(g.shape)}) and "
                f"output[{i}] has a shape of torch.Size({list(y.shape)}). If you only want some tensors in "
                "`grad_output` to be considered batched, consider using vmap."
            )
    if all(g is None for g in given):
        return grad(outputs, inputs, None, *settings)
    used: list[int] = []

    def gradients(*cotangents: Any) -> tuple[Any, ...]:
        found = grad(results, sources, cotangents, *settings)
        used[:] = [i for i, g in enumerate(found) if g is not None]
        return tuple(found[i] for i in used)

    rows = dict(zip(used, vmap(gradients, in_dims=tuple(None if g is None else 0 for g in given))(*given), strict=True))
    found = tuple(rows.get(i) for i in range(len(sources)))
    return dict(zip(inputs, found, strict=True)) if isinstance(inputs, Mapping) else found
