"""The fronts of the backward walk: `backward`, which accumulates into `.grad`, and `grad`, which returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import memory
from .grad_mode import recording
from .graph import Node, walk
from .ops.elementwise import clone
from .primitive import Traced
from .tracing import constant, noted

Tensor = Any  # what calls here are Tensors, which stand above


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
    outputs = _listed(tensors)
    wanted = None
    if inputs is not None:
        targets = _listed(inputs)
        if not targets:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
        for x in targets:
            x.retain_grad()  # so that a result among them gets its gradient too
        wanted = {_differentiable(x): x for x in targets}
    roots = _roots(outputs, [None] * len(outputs) if grad_tensors is None else _listed(grad_tensors), create_graph)
    retain = create_graph if retain_graph is None else retain_graph
    found = walk(roots, wanted=wanted, retain_graph=retain, lift=outputs[0]._wrap if create_graph else None)
    reached: dict[Any, Any] = {}
    for node, g in found.items():
        tensor = wanted[node] if wanted is not None else node.variable  # type: ignore[attr-defined]
        if tensor is not None and tensor.is_leaf:  # a result retains it: the walk has left it there
            reached[tensor] = g
    noted(_accumulate_grad, tuple(reached), tuple(reached.values()))


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
            gradients.append(source._wrap(constant(np.zeros_like(source._data))))
        elif g is None and not allow_unused:
            raise RuntimeError(
                f"One of the differentiated Tensors appears to not have been used in the graph (input {i}, of shape "
                f"{list(source.shape)}). Set allow_unused=True if this is the desired behavior."
            )
        else:
            gradients.append(g if g is None or isinstance(g, Traced) else source._wrap(noted(np.array, g)))
    return tuple(gradients)


def _listed(values: Any) -> list[Any]:
    return list(values) if isinstance(values, (tuple, list)) or not isinstance(values, Traced) else [values]


def _is_tensor(x: Any) -> bool:
    return isinstance(x, Traced)


def _differentiable(x: Tensor) -> Node:
    node = x._history()
    if node is None:
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    return node


def _roots(outputs: list[Tensor], gradients: list[Tensor | None], create_graph: bool) -> list[tuple[Node, Any]]:
    """Where the walk begins: each output's node with the gradient it starts from."""
    if len(outputs) != len(gradients):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(gradients)} gradients")
    roots: list[tuple[Node, Any]] = []
    for i, (y, g) in enumerate(zip(outputs, gradients, strict=True)):
        node = y._history()
        if node is None:
            raise RuntimeError(
                f"element {i} of tensors does not require grad and does not have a grad_fn: nothing that it was "
                "computed from has requires_grad=True (or it was computed under no_grad, or detached)"
            )
        if g is None:
            if y._data.size != 1:
                raise RuntimeError(
                    f"grad can be implicitly created only for scalar outputs: this one has the shape {list(y.shape)}. "
                    "Reduce it first (y.sum().backward()), or pass its gradient (y.backward(ones_like(y)))"
                )
            g = y._wrap(constant(np.ones_like(y._data)))
        elif not _is_tensor(g):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
        elif g._data.shape != y._data.shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of {list(g.shape)} and output[{i}] has a shape of "
                f"{list(y.shape)}."
            )
        if g.dtype != y.dtype:
            g = g.to(y.dtype)
        roots.append((node, g if create_graph else g._data))
    return roots


def _accumulate_grad(tensors: Sequence[Tensor], gradients: Sequence[Any]) -> None:
    """Add gradients to `.grad`: in the memory that is there, unless someone may differentiate through it."""
    for tensor, g in zip(tensors, gradients, strict=True):
        held = tensor._grad
        if held is None and not isinstance(g, Traced):
            tensor._grad = tensor._wrap(g)
        elif isinstance(g, Traced):
            with recording(True):
                tensor._grad = clone(g) if held is None else held + g
        elif held._history() is not None or not held._data.flags.writeable:
            tensor._grad = held.detach() + held._wrap(g)
        else:
            held._data += g
            memory.wrote(held._data)
