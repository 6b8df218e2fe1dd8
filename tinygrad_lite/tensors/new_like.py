"""Methods that make a new Tensor in the dtype of this one."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.array_functions import made_of
from ..core.primitive import Array
from ..functions.arguments import lengths
from ..ops import creation as ops
from ..types import dtypes
from ..types.devices import check_device


class Siblings:
    """New Tensors like this one."""

    __slots__ = ()

    _data: Array
    _wrap: Any
    _read: Any

    def _new(self, make: Any, dtype: Any, device: Any, requires_grad: bool) -> Any:
        check_device(device)
        new = self._wrap(make(self._data.dtype if dtype is None else dtypes.as_dtype(dtype)))
        return new.requires_grad_() if requires_grad else new

    def new_tensor(self, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
        """A copy of the values."""
        if isinstance(data, Siblings):
            data = data._read("new_tensor() is given a Tensor, whose values it reads: use clone() and to()")

        def converted(dtype: Any) -> Array:
            array = np.array(data)
            dtypes.check_fits(array, dtype)
            return made_of(data, array, dtype)

        return self._new(converted, dtype, device, requires_grad)

    def new_zeros(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
        """Zeros; their sizes one by one or in a tuple."""
        return self._new(lambda dtype: ops.zeros(lengths(size), dtype), dtype, device, requires_grad)

    def new_ones(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
        """Ones; their sizes one by one or in a tuple."""
        return self._new(lambda dtype: ops.ones(lengths(size), dtype), dtype, device, requires_grad)

    def new_empty(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
        """Whatever is in memory; its sizes one by one or in a tuple."""
        return self._new(lambda dtype: ops.empty(lengths(size), dtype), dtype, device, requires_grad)

    def new_full(
        self, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Any:
        """One value."""

        def filled(dtype: Any) -> Array:
            dtypes.check_fits(fill_value, dtype)
            value = fill_value._read() if isinstance(fill_value, Siblings) else fill_value
            return ops.full(lengths((size,)), value, dtype)

        return self._new(filled, dtype, device, requires_grad)
