"""Between Tensors and NumPy: arrays on the same memory, and NumPy's functions on Tensors."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import versions as memory
from ..core.modes import in_force, thread
from ..core.primitive import Array
from ..core.tensor import TensorBase
from ..functions import activation, exponential, special
from ..ops import elementwise, linalg
from ..ops.ufuncs import UFUNCS
from ..types.annotations import Tensor

# The table itself lists those universal functions that are the forward of a primitive. These ones are other names of
# NumPy's, or belong to a primitive that is defined otherwise.
UFUNCS |= {
    np.reciprocal: elementwise.reciprocal,
    np.power: elementwise.pow,
    np.float_power: elementwise.pow,
    np.floor_divide: elementwise.floor_divide,
    np.fmod: elementwise.fmod,
    np.remainder: elementwise.remainder,
    np.square: elementwise.square,
    np.absolute: elementwise.abs,
    np.fabs: elementwise.abs,
    np.sign: elementwise.sign,
    np.floor: elementwise.floor,
    np.ceil: elementwise.ceil,
    np.trunc: elementwise.trunc,
    np.rint: elementwise.round,
    np.bitwise_and: elementwise.bitwise_and,
    np.bitwise_or: elementwise.bitwise_or,
    np.bitwise_xor: elementwise.bitwise_xor,
    np.invert: elementwise.bitwise_not,
    np.left_shift: elementwise.bitwise_left_shift,
    np.right_shift: elementwise.bitwise_right_shift,
    np.gcd: elementwise.gcd,
    np.lcm: elementwise.lcm,
    np.nextafter: elementwise.nextafter,
    np.matmul: linalg.matmul,
}

# What stands for the universal functions of scipy.special, by their names.
_SPECIAL: dict[str, Callable[..., Any]] = {
    **{name: getattr(special, name) for name in "digamma entr erfcx erfinv expit i0 i0e i1 i1e log_ndtr ndtr".split()},
    "ndtri": special.ndtri, "xlog1py": special.xlog1py, "psi": special.digamma, "gammaln": special.lgamma,
    "gammainc": special.igamma, "gammaincc": special.igammac, "erf": activation.erf, "erfc": activation.erfc,
    "exp2": exponential.exp2, "expm1": exponential.expm1, "log1p": exponential.log1p, "logit": exponential.logit,
    "xlogy": exponential.xlogy,
}  # fmt: skip

_REDUCTIONS = {np.add: "sum", np.multiply: "prod", np.maximum: "amax", np.minimum: "amin"}


def numpy(self: Tensor, *, force: bool = False) -> Array:
    """An array on the same memory: what is written to one is seen in the other, and the graph notices it.

    Args:
        force: whether to detach a Tensor that requires a gradient, instead of raising.

    Raises:
        RuntimeError: while operations are recorded, if this Tensor requires a gradient, which NumPy would lose.

    >>> import tinygrad_lite as tl
    >>> x = tl.zeros(3)
    >>> x.numpy()[0] = 1
    >>> x
    tensor([1., 0., 0.])
    """
    if not force and self.requires_grad and in_force(thread).recording:
        raise RuntimeError(
            "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead. To keep the "
            "gradient, compute with this library's functions, or with NumPy's that have derivatives, such as np.exp"
        )
    array: Any = self._read()
    return memory.lend(array) if isinstance(array, np.ndarray) else array.refuse_storage()


def as_array(self: Tensor, dtype: Any = None, copy: bool | None = None) -> Array:
    """The array that NumPy asks for (`np.asarray(x)`), on the same memory unless the dtype differs or `copy`."""
    array = numpy(self)
    if dtype is not None and array.dtype != dtype:
        if copy is False:
            raise ValueError(
                f"Unable to avoid copy while creating an array as requested: a Tensor of {array.dtype} cannot be seen "
                f"as {np.dtype(dtype)} without a copy"
            )
        return array.astype(dtype)
    return np.array(array) if copy else array


def apply_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Tensor:
    """Apply the primitive that a universal function of NumPy stands for: `np.exp(x)` and `array * x` have a history.

    Raises:
        TypeError: if there is none, or for arguments such as `out` and `where`.
    """
    primitive = UFUNCS.get(ufunc)
    if primitive is None and method == "__call__" and (ours := _special(ufunc)) and not kwargs:
        return ours(*inputs)
    if method == "reduce" and ufunc in _REDUCTIONS and kwargs.keys() <= {"axis", "keepdims"}:
        return getattr(inputs[0], _REDUCTIONS[ufunc])(kwargs.get("axis", 0), kwargs.get("keepdims", False))
    if primitive is None or method != "__call__":
        call = f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
        raise TypeError(
            f"{call} is not an operation that Tensors record. Use one of tinygrad_lite's functions, or, where no "
            "gradient is needed, pass the array: t.detach().numpy()"
        )
    if any(value is not None for key, value in kwargs.items() if key != "out") or kwargs.get("out"):
        raise TypeError(f"np.{ufunc.__name__} of a Tensor takes no {', '.join(kwargs)}; assign the result instead")
    if primitive is linalg.matmul:
        x, y = inputs
        return x @ y if isinstance(x, TensorBase) else y.__rmatmul__(x)
    return primitive(*inputs)


def _special(ufunc: np.ufunc) -> Callable[..., Any] | None:
    """Return the function that stands for one of scipy.special's universal ones; None for another function."""
    module = sys.modules.get("scipy.special")
    return _SPECIAL.get(ufunc.__name__) if getattr(module, ufunc.__name__, None) is ufunc else None


def to_dlpack(self: Tensor, **kwargs: Any) -> Any:
    """The capsule by which another library takes a Tensor without copying, as DLPack defines it.

    Raises:
        BufferError: if this Tensor requires a gradient, which the other library would lose.
    """
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    array: Any = self._read()
    if not isinstance(array, np.ndarray):
        array.refuse_storage()
    return memory.lend(array).__dlpack__(**kwargs)


def dlpack_device(self: Tensor) -> tuple[int, int]:
    """The device in the terms of DLPack: the CPU."""
    return self._data.__dlpack_device__()


class OfTheClassAlone:
    """A method that the class has and its objects have not: NumPy looks for `__array_function__` in the class.

    Libraries such as xarray ask the object, and keep what has the method instead of an array. They would then call
    methods of arrays that Tensors do not have (`astype`); so they get the array, as of PyTorch's Tensors.
    """

    def __init__(self, method: Callable[..., Any]) -> None:
        self.method = method

    def __get__(self, instance: Any, owner: type) -> Callable[..., Any]:
        if instance is not None:
            raise AttributeError("the class has it, for NumPy")
        return self.method


def apply_function(self: Tensor, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """Apply one of NumPy's functions; see `numpy_functions`, which is imported when there is a first such call."""
    from . import numpy_functions

    return numpy_functions.apply_function(self, function, types, args, kwargs)
