"""Parameters as one vector."""

from __future__ import annotations

from collections.abc import Iterable

from ...functions.joining import cat
from ...tensors.tensor import Tensor


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All elements of the parameters, one after the other, (n); gradients flow back to them.

    >>> import tinygrad_lite as tl
    >>> tl.nn.utils.parameters_to_vector([tl.zeros(2, 2), tl.ones(1)])
    tensor([0., 0., 0., 0., 1.])
    """
    vector: Tensor = cat([p.reshape(-1) for p in parameters])
    return vector


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Give the parameters a vector's elements, one after the other; they then share its memory.

    Raises:
        TypeError: if it is no Tensor.
        RuntimeError: if there are too few elements; nothing has then changed. Those left over are not used.

    >>> import tinygrad_lite as tl
    >>> p, q = tl.nn.Parameter(tl.zeros(2)), tl.nn.Parameter(tl.zeros(1))
    >>> tl.nn.utils.vector_to_parameters(tl.tensor([1.0, 2.0, 3.0]), [p, q])
    >>> q
    Parameter containing:
    tensor([3.], requires_grad=True)
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"vector_to_parameters: expected a Tensor, but got: {type(vec).__name__}")
    given = list(parameters)
    needed = sum(p.numel() for p in given)
    if vec.ndim != 1 or vec.numel() < needed:
        raise RuntimeError(
            f"vector_to_parameters: the parameters have {needed} elements, and need a vector of so many, not one of "
            f"shape {list(vec.shape)}"
        )
    start = 0
    for p in given:
        p.data = vec.detach()[start : start + p.numel()].reshape(p.shape)
        start += p.numel()
