"""Parameters: the Tensors that a module learns."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.tensor import wrap
from ...tensors.tensor import Tensor
from ...types import dtypes


class Parameter(Tensor):
    """A Tensor that is registered with the Module that it is an attribute of, and requires a gradient by default.

    Args:
        data: the values, whose memory is shared.
        requires_grad: whether it is to be learned.

    >>> import tinygrad_lite as tl
    >>> tl.nn.Parameter(tl.zeros(2))
    Parameter containing:
    tensor([0., 0.], requires_grad=True)
    """

    __slots__ = ()

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        if data is None:
            data = wrap(np.empty(0, dtypes.get_default_dtype()))
        if not isinstance(data, Tensor):
            raise TypeError(f"Parameter data must be a Tensor, not {type(data).__name__}; make one with tensor(...)")
        parameter = wrap(data._data, cls=cls)
        return parameter.requires_grad_() if requires_grad else parameter

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()


class Buffer(Tensor):
    """A Tensor that is registered as a buffer of the Module that it is an attribute of: saved, but not learned.

    Args:
        data: the values, whose memory is shared.
        persistent: whether it is saved in `state_dict`.

    >>> import tinygrad_lite as tl
    >>> tl.nn.Buffer(tl.zeros(2))
    tensor([0., 0.])
    """

    __slots__ = ()
    persistent: bool

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        if data is None:
            data = wrap(np.empty(0, dtypes.get_default_dtype()))
        if not isinstance(data, Tensor):
            raise TypeError(f"Buffer data must be a Tensor, not {type(data).__name__}; make one with tensor(...)")
        buffer = wrap(data._data, cls=cls)
        buffer.persistent = persistent
        return buffer
