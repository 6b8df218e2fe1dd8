"""Parameters and buffers: the Tensors that a module has."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from ...core.inference import alias
from ...tensors.tensor import Tensor
from ...types import dtypes


def _array(kind: str, data: Tensor | None) -> Any:
    """The array of a Tensor, or an empty one in the default dtype for None."""
    if data is None:
        return np.empty(0, dtypes.get_default_dtype())
    if not isinstance(data, Tensor):
        raise TypeError(f"{kind} data must be a Tensor, not {type(data).__name__}; make one with tensor(...)")
    return data._data


class Parameter(Tensor):
    """A Tensor that a Module learns: it is registered when it is assigned to an attribute, and requires a gradient.

    Args:
        data: the values, of any shape and of a floating dtype; their memory is shared.
        requires_grad: whether it is to be learned; then the dtype must be floating.

    Raises:
        TypeError: if `data` is not a Tensor.
        RuntimeError: if it is to be learned, and the dtype is not floating.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Module()
    >>> layer.scale = tl.nn.Parameter(tl.zeros(2))
    >>> list(layer.parameters())
    [Parameter containing:
    tensor([0., 0.], requires_grad=True)]
    """

    __slots__ = ()

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Self:
        parameter: Self = alias(data, _array("Parameter", data), cls)
        if requires_grad:
            parameter.requires_grad_()
        return parameter

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A copy without the gradient, as in PyTorch."""
        copied: Self = super().__deepcopy__(memo)  # type: ignore[misc]
        copied._grad = None
        return copied

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()


class Buffer(Tensor):
    """A Tensor that a Module saves but does not learn: it is registered when it is assigned to an attribute.

    Args:
        data: the values, of any shape and dtype; their memory is shared.
        persistent: whether `state_dict` saves it.

    Raises:
        TypeError: if `data` is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> scaler = tl.nn.Module()
    >>> scaler.mean = tl.nn.Buffer(tl.zeros(2))
    >>> list(scaler.parameters()), scaler.state_dict()["mean"]
    ([], tensor([0., 0.]))
    """

    __slots__ = ()
    persistent: bool

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Self:
        buffer: Self = alias(data, _array("Buffer", data), cls)
        buffer.persistent = persistent
        return buffer


def clear_grad(parameter: Tensor, set_to_none: bool) -> None:
    """Set the gradient of a parameter to None, or fill it with 0 in place."""
    if set_to_none:
        parameter._grad = None
    elif parameter._grad is not None:
        if parameter._grad._node is not None:
            parameter._grad = parameter._grad.detach()
        parameter._grad.zero_()
