"""Variable: what PyTorch's scripts wrapped Tensors in before 2018, and some still do."""

from __future__ import annotations

import warnings
from typing import Any, NoReturn

import numpy as np

from ..core.tensor import TensorBase, wrap
from ..types.annotations import Tensor


class _IsTensor(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, TensorBase)


class Variable(metaclass=_IsTensor):
    """`Variable(x)` is a Tensor of the same values, in the same memory; every Tensor is an instance of it.

    Tensors have gradients themselves, so that new code has no need of it: `tensor(data, requires_grad=True)`.

    Args:
        data: the Tensor; by default an empty one.
        requires_grad: whether a gradient is to be computed for it.
        volatile: has no effect, except that True warns: `no_grad` has taken its place.

    Raises:
        TypeError: if `data` is not a Tensor.
        ValueError: if both `volatile` and `requires_grad` are True.

    >>> import tinygrad_lite as tl
    >>> x = tl.autograd.Variable(tl.ones(2), requires_grad=True)
    >>> x, isinstance(x, tl.autograd.Variable)
    (tensor([1., 1.], requires_grad=True), True)
    """

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = False, volatile: bool = False) -> Any:
        if volatile:
            message = "volatile was removed and now has no effect. Use `with torch.no_grad():` instead."
            warnings.warn(message, UserWarning, stacklevel=2)
            if requires_grad:
                raise ValueError("Variable can't be volatile and require_grad at the same time!")
        if data is None:
            data = wrap(np.empty(0, np.float32))
        if not isinstance(data, TensorBase):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}: use tensor()")
        variable = data.detach()
        return variable.requires_grad_() if requires_grad else variable


Variable.__module__ = __name__.rpartition(".")[0]


def variable(*args: Any, **kwargs: Any) -> NoReturn:
    """Raise, as PyTorch does: `tensor` has taken the place of this function.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("torch.autograd.variable(...) is deprecated, use torch.tensor(...) instead")
