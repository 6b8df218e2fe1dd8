"""A Tensor as other things: numbers, lists, NumPy arrays, text, other dtypes, and new Tensors like it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..core import versions as memory
from ..core.edge import cast, clone
from ..core.primitive import Array
from ..functions.arguments import one_dim
from ..functions.subscript import steps
from ..ops import elementwise, indexing, linalg, shape
from ..ops.ufuncs import UFUNCS
from ..types import dtypes
from ..types.devices import CPU, check_device, device
from .printing import text

# Universal functions whose primitive has another definition, or that are NumPy's other names.
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
    np.matmul: linalg.matmul,
}


class Conversions:
    """What a Tensor can be turned into."""

    __slots__ = ()

    _data: Array
    _wrap: Any
    _read: Callable[..., Array]
    requires_grad: Any
    shape: Any
    ndim: Any
    dtype: Any

    # ------------------------------------------------------------------------------------------ dimensions

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one dimension."""
        return self.shape if dim is None else self._data.shape[one_dim(dim, self._data.ndim, "size")]

    def dim(self) -> int:
        """The number of dimensions."""
        return self._data.ndim

    ndimension = dim

    def numel(self) -> int:
        """The number of elements."""
        return self._data.size

    nelement = numel

    def element_size(self) -> int:
        """The bytes of one element."""
        return self._data.itemsize

    @property
    def itemsize(self) -> int:
        """The bytes of one element."""
        return self._data.itemsize

    @property
    def nbytes(self) -> int:
        """The bytes of all elements."""
        return self._data.nbytes

    def stride(self, dim: int | None = None) -> Any:
        """How many elements further in memory the next one along each dimension is."""
        steps = tuple(n // self._data.itemsize for n in self._data.strides)
        return steps if dim is None else steps[dim]

    def storage_offset(self) -> int:
        """How many elements into its memory the first one lies."""
        root = memory.owner(self._data)
        return (self.data_ptr() - int(root.__array_interface__["data"][0])) // self._data.itemsize

    def is_same_size(self, other: Any) -> Any:
        """Whether the other has the same shape."""
        return bool(self.shape == other.shape)

    def is_contiguous(self) -> bool:
        """Whether the elements lie in memory in the order of their indices, without gaps."""
        return self._data.flags.c_contiguous

    def contiguous(self) -> Any:
        """This Tensor if it is contiguous, else a copy that is."""
        return self if self.is_contiguous() else clone(self)

    def data_ptr(self) -> int:
        """The address of the first element."""
        return int(self._data.__array_interface__["data"][0])

    @property
    def device(self) -> device:
        """Where the elements are: always the CPU."""
        return CPU

    is_cpu, is_cuda = True, False

    def get_device(self) -> int:
        """The number of the GPU: -1, there being none."""
        return -1

    @property
    def T(self) -> Any:
        """The dimensions in reverse order; a view."""
        return shape.permute(self, tuple(range(self.ndim))[::-1])

    @property
    def mT(self) -> Any:
        """Each matrix of the last two dimensions transposed; a view."""
        if self.ndim < 2:
            raise RuntimeError(f"tensor.mT is only supported on matrices or batches of them. Got {self.ndim}-D tensor.")
        return linalg.transposed(self)

    mH = mT

    @property
    def H(self) -> Any:
        """A matrix transposed; a view."""
        if self.ndim not in (0, 2):
            raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {self.ndim}-D tensor.")
        return self.T

    # --------------------------------------------------------------------------------- copies and other dtypes

    def clone(self) -> Any:
        """A copy in memory of its own, through which gradients flow."""
        return clone(self)

    def to(
        self, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False, non_blocking: bool = False
    ) -> Any:
        """In another dtype (or that of another Tensor); this Tensor itself where nothing changes, unless `copy`."""
        for arg in args:
            if isinstance(arg, Conversions):
                dtype = arg.dtype
            elif isinstance(arg, str):
                device = arg
            elif not isinstance(arg, int):
                dtype = arg
        check_device(device)
        found = self.dtype if dtype is None else dtypes.as_dtype(dtype)
        if found is not self._data.dtype:
            source = self if found.kind == "f" else self._wrap(self._data)  # whole numbers have no gradient
            return cast(source, found)
        return clone(self) if copy else self

    def type(self, dtype: Any = None) -> Any:
        """In another dtype; without one, the name of this one."""
        return str(self.dtype) if dtype is None else self.to(dtype)

    def type_as(self, other: Any) -> Any:
        """In the dtype of another Tensor."""
        return self.to(other.dtype)

    def float(self) -> Any:
        """In float32."""
        return self.to(dtypes.float32)

    def double(self) -> Any:
        """In float64."""
        return self.to(dtypes.float64)

    def half(self) -> Any:
        """In float16."""
        return self.to(dtypes.float16)

    def int(self) -> Any:
        """In int32."""
        return self.to(dtypes.int32)

    def long(self) -> Any:
        """In int64."""
        return self.to(dtypes.int64)

    def short(self) -> Any:
        """In int16."""
        return self.to(dtypes.int16)

    def char(self) -> Any:
        """In int8."""
        return self.to(dtypes.int8)

    def byte(self) -> Any:
        """In uint8."""
        return self.to(dtypes.uint8)

    def bool(self) -> Any:
        """In bool: what is not 0 is True."""
        return self.to(dtypes.bool)

    def cpu(self) -> Any:
        """This Tensor: it is there already."""
        return self

    def is_floating_point(self) -> Any:
        """Whether the dtype is a floating one."""
        return self._data.dtype.kind == "f"

    def is_signed(self) -> Any:
        """Whether the dtype has negative numbers."""
        return self._data.dtype.kind in "if"

    def is_complex(self) -> Any:
        """Whether the dtype is a complex one: never."""
        return False

    # ---------------------------------------------------------------------------------------- Python's values

    def item(self) -> Any:
        """The one element as a Python number.

        Raises:
            RuntimeError: if there is not exactly one.
        """
        if self._data.size != 1:
            raise RuntimeError(f"a Tensor with {self._data.size} elements cannot be converted to Scalar")
        return self._read().item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self._read().tolist()

    def __bool__(self) -> Any:
        if self._data.size != 1:
            kind = "no values" if self._data.size == 0 else "more than one value"
            raise RuntimeError(f"Boolean value of Tensor with {kind} is ambiguous: use .any() or .all()")
        return self._read().item() != 0

    def is_nonzero(self) -> Any:
        """Whether the one element is not 0."""
        return self.__bool__()

    def _number(self) -> Any:
        if self._data.size != 1:
            raise ValueError(f"only one element tensors can be converted to Python scalars, not {self.shape}")
        return self._read().item()

    def __float__(self) -> Any:
        return float(self._number())

    def __int__(self) -> Any:
        return int(self._number())

    def __index__(self) -> Any:
        if self._data.size != 1 or self._data.dtype.kind == "f":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._read().item())

    def __len__(self) -> Any:
        if not self._data.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self._data)

    def __iter__(self) -> Iterator[Any]:
        if not self._data.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return (shape.select(self, 0, i) for i in range(len(self._data)))

    def __contains__(self, element: Any) -> Any:
        if not _comparable(element):
            kind = type(element).__name__
            raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {kind}")
        return bool((self._read() == (element._data if isinstance(element, Conversions) else element)).any())

    def __getitem__(self, index: Any) -> Any:
        first, second = steps(index, self._data.ndim)
        x = indexing.getitem(self, first)
        return x if second is None else indexing.getitem(x, second)

    def __eq__(self, other: object) -> Any:
        return elementwise.eq(self, other) if _comparable(other) else NotImplemented

    def __ne__(self, other: object) -> Any:
        return elementwise.ne(self, other) if _comparable(other) else NotImplemented

    def __repr__(self) -> str:
        self._read()
        return text(self)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if not self._data.ndim else object.__format__(self, spec)

    # ------------------------------------------------------------------------------------------ NumPy's arrays

    def numpy(self, *, force: Any = False) -> Array:
        """An array on the same memory; `force` detaches first.

        Raises:
            RuntimeError: if this Tensor requires a gradient, which NumPy would lose.
        """
        if self.requires_grad and not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        return memory.lend(self._read())

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        array = self.numpy()
        if dtype is not None and array.dtype != dtype:
            if copy is False:
                raise ValueError(f"a Tensor of {array.dtype} cannot be seen as {dtype} without a copy")
            return array.astype(dtype)
        return np.array(array) if copy else array

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """NumPy's functions on Tensors are the table's: `np.exp(t)` and `ndarray * t` are Tensors with a history."""
        primitive = UFUNCS.get(ufunc)
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
        return primitive(*inputs)

    def __dlpack__(self, **kwargs: Any) -> Any:
        if self.requires_grad:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        return memory.lend(self._read()).__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return self._data.__dlpack_device__()


_REDUCTIONS = {np.add: "sum", np.multiply: "prod", np.maximum: "amax", np.minimum: "amin"}


def _comparable(other: object) -> Any:
    return isinstance(other, Conversions | np.ndarray | np.generic | int | float)
