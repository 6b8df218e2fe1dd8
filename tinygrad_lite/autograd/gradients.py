"""`grad`: the derivatives by chosen Tensors, returned rather than accumulated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.array_functions import copied
from ..core.graph import walk
from ..core.primitive import Traced
from ..core.tensor import _differentiable, _listed, _roots
from ..ops.creation import zeros

Tensor = Any


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
    results, sources = _listed(outputs), _listed(inputs)
    if not sources:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True")
    nodes = [_differentiable(x) for x in sources]
    roots = _roots(results, [None] * len(results) if grad_outputs is None else _listed(grad_outputs), create_graph)
    retain = create_graph if retain_graph is None else retain_graph
    found = walk(roots, wanted=set(nodes), retain_graph=retain, lift=results[0]._wrap if create_graph else None)
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
