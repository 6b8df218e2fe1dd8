"""Methods that make a new Tensor in the dtype of this one."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.primitive import Array
from ..core.tracing import constant, refuse, unseen
from ..functions.arguments import lengths
from ..types import dtypes
from ..types.devices import check_device


class Siblings:
    """New Tensors like this one."""

    __slots__ = ()

    _data: Array
    _wrap: Any

    def _new(self, make: Any, dtype: Any, device: Any, requires_grad: bool) -> Any:
        check_device(device)
        new = self._wrap(constant(make(self._data.dtype if dtype is None else dtypes.as_dtype(dtype))))
        return new.requires_grad_() if requires_grad else new

    def new_tensor(self, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
        """A copy of the values."""
        if isinstance(data, (Siblings, np.ndarray)):
            refuse("new_tensor() is given an array or a Tensor, whose values it reads: use clone() and to()")
        data = data._data if isinstance(data, Siblings) else data

        def converted(dtype: Any) -> Array:
            array = np.array(data)
            dtypes.check_fits(array, dtype)
            return unseen(array.astype, dtype)

        return self._new(converted, dtype, device, requires_grad)

    def new_zeros(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
        """Zeros; their sizes one by one or in a tuple."""
        return self._new(lambda dtype: np.zeros(lengths(size), dtype), dtype, device, requires_grad)

    def new_ones(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
        """Ones; their sizes one by one or in a tuple."""
        return self._new(lambda dtype: np.ones(lengths(size), dtype), dtype, device, requires_grad)

    def new_empty(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
        """Whatever is in memory; its sizes one by one or in a tuple."""
        return self._new(lambda dtype: np.empty(lengths(size), dtype), dtype, device, requires_grad)

    def new_full(
        self, size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Any:
        """One value."""

        def filled(dtype: Any) -> Array:
            dtypes.check_fits(fill_value, dtype)
            if isinstance(fill_value, (Siblings, np.ndarray)):
                refuse("new_full() is given a Tensor, whose value it reads")
            return np.full(lengths((size,)), fill_value, dtype)

        return self._new(filled, dtype, device, requires_grad)
