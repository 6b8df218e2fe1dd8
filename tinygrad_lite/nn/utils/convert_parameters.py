"""Parameters as one vector."""

from __future__ import annotations

from collections.abc import Iterable

from ...functions.joining import cat
from ...tensors.tensor import Tensor
from .arguments import checked_tensors


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All elements of the parameters in one vector, in order; gradients flow back to the parameters.

    Args:
        parameters: Tensors of any shapes; the vector has the dtype in which theirs meet.

    Returns:
        The vector, (n) for n elements.

    Raises:
        TypeError: if `parameters` are not Tensors.
        ValueError: if there are none.

    >>> import tinygrad_lite as tl
    >>> tl.nn.utils.parameters_to_vector([tl.zeros(2, 2), tl.ones(1)])
    tensor([0., 0., 0., 0., 1.])
    """
    vector: Tensor = cat([p.reshape(-1) for p in checked_tensors("parameters_to_vector", "parameters", parameters)])
    return vector


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Give the parameters the elements of a vector, in order; they then share its memory, and have its dtype.

    Args:
        vec: the vector, (n); elements that are left over are not used.
        parameters: Tensors of any shapes, with n elements or fewer.

    Raises:
        TypeError: if `vec` or one of the parameters is not a Tensor.
        RuntimeError: if there are too few elements; nothing is then changed.

    >>> import tinygrad_lite as tl
    >>> p, q = tl.nn.Parameter(tl.zeros(2)), tl.nn.Parameter(tl.zeros(1))
    >>> tl.nn.utils.vector_to_parameters(tl.tensor([1.0, 2.0, 3.0]), [p, q])
    >>> q
    Parameter containing:
    tensor([3.], requires_grad=True)
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"vector_to_parameters: expected a Tensor, but got: {type(vec).__name__}")
    found = checked_tensors("vector_to_parameters", "parameters", parameters)
    needed = sum(p.numel() for p in found)
    if vec.ndim != 1 or vec.numel() < needed:
        raise RuntimeError(
            f"vector_to_parameters: the parameters have {needed} elements, and need a vector with as many, but got one "
            f"of shape {list(vec.shape)}"
        )
    start = 0
    for p in found:
        p.data = vec.detach()[start : start + p.numel()].reshape(p.shape)
        start += p.numel()
