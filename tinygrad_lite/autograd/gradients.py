"""`grad`: the derivatives by chosen Tensors, returned rather than accumulated in `.grad`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, overload

import numpy as np

from ..core.graph import walk
from ..core.primitive import Traced
from ..core.tensor import _differentiable, _roots
from ..core.tracing import constant, noted
from ..tensors.tensor import Tensor

Tensors = Tensor | Iterable[Tensor]
Gradients = Tensor | Sequence[Tensor | None]


@overload
def grad(
    outputs: Tensors,
    inputs: Mapping[str, Tensor],
    grad_outputs: Gradients | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: Literal[False] | None = None,
    materialize_grads: bool = False,
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
) -> tuple[Tensor | None, ...]: ...
def grad(
    outputs: Tensors,
    inputs: Tensors | Mapping[str, Tensor],
    grad_outputs: Gradients | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...] | dict[str, Tensor] | dict[str, Tensor | None]:
    """Compute the derivatives of the sum of the outputs by each input; the `.grad` of no Tensor changes.

    Gradient i is d(Σ outputs)/d(input i), or with `grad_outputs` d(Σ grad_output · output)/d(input i): of the shape
    and the dtype of input i.

    Args:
        outputs: one Tensor or several, of floating dtype and any shape.
        inputs: the Tensors to differentiate by: leaves, or results inside the graph. For a dict of Tensors the
            gradients are a dict with the same keys.
        grad_outputs: for each output a Tensor of its shape, d(objective)/d(output). None means 1, for an output of
            one element.
        retain_graph: keep what the graph saved, for another backward pass; by default as `create_graph`.
        create_graph: record the computation of the gradients, so that they can be differentiated again.
        allow_unused: give None for an input that the outputs do not depend on, rather than raise.
        materialize_grads: give zeros for such an input instead.

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
    results, sources = _listed(outputs), _listed(inputs.values() if isinstance(inputs, Mapping) else inputs)
    _check(results, sources)
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True")
    nodes = [_differentiable(x) for x in sources]
    roots = _roots(results, [None] * len(results) if grad_outputs is None else _listed(grad_outputs), create_graph)
    retain = create_graph if retain_graph is None else retain_graph
    found = walk(roots, wanted=set(nodes), retain_graph=retain, lift=results[0]._wrap if create_graph else None)
    gradients: list[Any] = []
    for i, (node, source) in enumerate(zip(nodes, sources, strict=True)):
        g = found.get(node)
        if g is None and materialize_grads:
            gradients.append(source._wrap(constant(np.zeros_like(source._data))))
        elif g is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the graph. Set "
                f"allow_unused=True if this is the desired behavior. (It has the shape {list(source.shape)}, and no "
                "output depends on it.)"
            )
        else:
            gradients.append(g if g is None or isinstance(g, Traced) else source._wrap(noted(np.array, g)))
    return dict(zip(inputs, gradients, strict=True)) if isinstance(inputs, Mapping) else tuple(gradients)


def _listed(values: Any) -> list[Any]:
    """The Tensors given alone or in any iterable. What is neither stays one value, for a check to name it."""
    if isinstance(values, (Tensor, np.ndarray, str, bytes)) or not isinstance(values, Iterable):
        return [values]
    return list(values)


def _check(outputs: list[Any], inputs: list[Any]) -> None:
    """Raise an error that names the first output or input that is not a Tensor."""
    for i, x in enumerate(outputs):
        if not isinstance(x, Tensor):
            raise AssertionError(
                f"Expected output to be a torch.Tensor, but output {i} of grad() is a {_kind(x)}: compute the outputs "
                "from Tensors that require gradients"
            )
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    for i, x in enumerate(inputs):
        if not isinstance(x, Tensor):
            raise RuntimeError(
                f"all inputs have to be Tensors or GradientEdges, but got {_kind(x)} (input {i} of grad()): "
                "differentiate by the Tensors that the outputs were computed from"
            )


def _kind(x: Any) -> str:
    kind = type(x)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
