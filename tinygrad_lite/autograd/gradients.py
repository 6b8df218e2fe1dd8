"""`grad`: the derivatives by chosen Tensors, returned rather than accumulated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core import tensor as core
from ..core.array_functions import copied
from ..core.primitive import Traced
from ..core.tensor import as_list, differentiate, node_of
from ..ops.creation import zeros

Tensor = Any


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Add the sum of the tensors' derivatives, each weighted by its gradient, to the `.grad` of the leaves.

    Args:
        tensors: what to differentiate.
        grad_tensors: for each its gradient, of the same shape; None for 1, if it has one element.
        retain_graph: keep what the graph saved, for another walk; by default as `create_graph`.
        create_graph: record the derivation, so that the gradients can be differentiated again.
        inputs: accumulate into these only, leaves or not.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor(3.0, requires_grad=True)
    >>> tl.autograd.backward([x * x, 2 * x])
    >>> x.grad
    tensor(8.)
    """
    core.backward(tensors, grad_tensors, retain_graph, create_graph, inputs)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The derivatives of the outputs' sum by each of the inputs; `.grad` is left alone.

    Args:
        outputs, grad_outputs, retain_graph, create_graph: as in `backward`.
        inputs: leaves or results inside the graph.
        allow_unused: give None for an input that the outputs do not depend on, rather than raise.
        materialize_grads: give zeros for it instead.

    Raises:
        RuntimeError: for an input that does not require a gradient, or is unused.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor(2.0, requires_grad=True)
    >>> (first,) = tl.autograd.grad(x**3, x, create_graph=True)
    >>> (second,) = tl.autograd.grad(first, x)
    >>> first.item(), second.item()
    (12.0, 12.0)
    """
    results, sources = as_list(outputs), as_list(inputs)
    if not sources:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True")
    nodes = [node_of(x) for x in sources]
    found = differentiate(results, grad_outputs, set(nodes), retain_graph, create_graph)
    gradients: list[Tensor | None] = []
    for i, (node, source) in enumerate(zip(nodes, sources, strict=True)):
        g = found.get(node)
        if g is None and materialize_grads:
            gradients.append(source._wrap(zeros(source._data.shape, source._data.dtype)))
        elif g is None and not allow_unused:
            raise RuntimeError(
                f"One of the differentiated Tensors appears to not have been used in the graph (input {i}, of shape "
                f"{list(source.shape)}). Set allow_unused=True if this is the desired behavior."
            )
        else:
            gradients.append(g if g is None or isinstance(g, Traced) else source._wrap(copied(g)))
    return tuple(gradients)
