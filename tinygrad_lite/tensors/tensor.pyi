# Made by tests/typing/make_tensor_stub.py from the class in tensor.py; change that, and make it anew.
# fmt: off
# ruff: noqa

from builtins import bool as _bool, float as _float, int as _int
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self, overload

import numpy as np

from ..core.graph import Node
from ..core.handles import RemovableHandle
from ..core.primitive import Array
from ..core.tensor import TensorBase
from ..functions.ordering import Extent, Ranked
from ..random.generator import Generator
from ..types.annotations import DTypeLike, Data, Index, Number
from ..types.devices import device as _device
from ..types.sizes import Size

class Tensor(TensorBase):
    def __new__(cls, *data: Data) -> Self:
        """A Tensor of the default dtype: `Tensor(values)` of the values, `Tensor(2, 3)` of that shape,
        uninitialised.
        """
    def __hash__(self) -> _int: ...
    def __add__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __radd__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __sub__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __rsub__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __mul__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __rmul__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __truediv__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __rtruediv__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __floordiv__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __rfloordiv__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __mod__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __rmod__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __pow__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __rpow__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __matmul__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __rmatmul__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __and__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __rand__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __or__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __ror__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __xor__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __rxor__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __lshift__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __rlshift__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __rshift__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __rrshift__(self, other: Tensor | Array | Number) -> Tensor: ...
    def __lt__(self, other: Tensor | Array | Number) -> Tensor: ...  # type: ignore[misc]
    def __gt__(self, other: Tensor | Array | Number) -> Tensor: ...  # type: ignore[misc]
    def __le__(self, other: Tensor | Array | Number) -> Tensor: ...  # type: ignore[misc]
    def __ge__(self, other: Tensor | Array | Number) -> Tensor: ...  # type: ignore[misc]
    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        """Compare the elements; with anything but a Tensor, an array or a number it is Python's `==`, and False."""
    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        """Compare the elements; with anything but a Tensor, an array or a number it is Python's `!=`, and True."""
    def __neg__(self) -> Any:
        """-x; dx = -g."""
    def __pos__(self) -> Any:
        """x itself, which must not be of bools."""
    def __abs__(self) -> Tensor:
        """|x|; dx = g sign(x)."""
    def __invert__(self) -> Tensor:
        """Invert the bits of whole numbers; of bools, `not`."""
    def __iadd__(self, other: Tensor | Array | Number) -> Self:
        """`add` in place: the values of the result are written to the memory of this Tensor."""
    def __isub__(self, other: Tensor | Array | Number) -> Self:
        """`sub` in place: the values of the result are written to the memory of this Tensor."""
    def __imul__(self, other: Tensor | Array | Number) -> Self:
        """`mul` in place: the values of the result are written to the memory of this Tensor."""
    def __itruediv__(self, other: Tensor | Array | Number) -> Self:
        """`div` in place: the values of the result are written to the memory of this Tensor."""
    def __ifloordiv__(self, other: Tensor | Array | Number) -> Self:
        """`floor_divide` in place: the values of the result are written to the memory of this Tensor."""
    def __imod__(self, other: Tensor | Array | Number) -> Self:
        """`remainder` in place: the values of the result are written to the memory of this Tensor."""
    def __ipow__(self, other: Tensor | Array | Number) -> Self:
        """`pow` in place: the values of the result are written to the memory of this Tensor."""
    def __iand__(self, other: Tensor | Array | Number) -> Self:
        """`bitwise_and` in place: the values of the result are written to the memory of this Tensor."""
    def __ior__(self, other: Tensor | Array | Number) -> Self:
        """`bitwise_or` in place: the values of the result are written to the memory of this Tensor."""
    def __ixor__(self, other: Tensor | Array | Number) -> Self:
        """`bitwise_xor` in place: the values of the result are written to the memory of this Tensor."""
    def __ilshift__(self, other: Tensor | Array | Number) -> Self:
        """`bitwise_left_shift` in place: the values of the result are written to the memory of this Tensor."""
    def __irshift__(self, other: Tensor | Array | Number) -> Self:
        """`bitwise_right_shift` in place: the values of the result are written to the memory of this Tensor."""
    def __getitem__(self, index: Index) -> Tensor:
        """The elements at an index, as in NumPy: a view for ints and slices, a copy for Tensors, lists and masks."""
    def __setitem__(self, index: Index, value: Tensor | Array | Number) -> None:
        """Write a value, broadcast to their shape, to the elements at an index."""
    def __len__(self) -> _int:
        """The length of the first dimension."""
    def __iter__(self) -> Iterator[Tensor]:
        """The slices along the first dimension, one after another; views."""
    def __contains__(self, element: object) -> _bool:
        """Tell whether an element is equal to a number, or to the one that a Tensor has in the same place."""
    @property
    def grad(self) -> Tensor | None:
        """The gradient that `backward()` has accumulated; None before it has."""
    @grad.setter
    def grad(self, value: Tensor | None) -> None: ...
    @grad.deleter
    def grad(self) -> None: ...
    @property
    def data(self) -> Tensor:
        """A Tensor on the same memory, without history. Unlike PyTorch, the graph notices what is written to it."""
    @data.setter
    def data(self, value: Tensor) -> None: ...
    @property
    def _version(self) -> _int:
        """The number of times that this memory was written in place."""
    def retain_grad(self) -> None:
        """Keep the gradient of this result in `.grad` when `backward()` computes it; a leaf has its gradient anyway."""
    @property
    def retains_grad(self) -> _bool:
        """Tell whether `retain_grad()` was called on this result."""
    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Let a function see the gradient of this Tensor whenever it is computed, and replace it."""
    def detach_(self) -> Self:
        """Forget the history of this Tensor, which is a leaf from then on."""
    @property
    def shape(self) -> Size:
        """The length of each dimension."""
    @overload
    def size(self, dim: None = None) -> Size: ...
    @overload
    def size(self, dim: _int) -> _int:
        """The shape, or the length of one dimension."""
    def dim(self) -> _int:
        """The number of dimensions."""
    def ndimension(self) -> _int:
        """The number of dimensions."""
    def numel(self) -> _int:
        """The number of elements."""
    def nelement(self) -> _int:
        """The number of elements."""
    @property
    def itemsize(self) -> _int:
        """The number of bytes of one element."""
    @property
    def nbytes(self) -> _int:
        """The number of bytes of all elements."""
    def element_size(self) -> _int:
        """The number of bytes of one element."""
    @overload
    def stride(self, dim: None = None) -> tuple[_int, ...]: ...
    @overload
    def stride(self, dim: _int) -> _int:
        """The distance in memory, counted in elements, from each element to the next one along each dimension."""
    def storage_offset(self) -> _int:
        """The distance, counted in elements, of the first element from the beginning of the memory."""
    def data_ptr(self) -> _int:
        """The address of the first element."""
    def is_same_size(self, other: Tensor) -> _bool:
        """Tell whether another Tensor has the same shape."""
    def is_contiguous(self) -> _bool:
        """Tell whether the elements lie in memory in the order of their indices, without gaps."""
    def contiguous(self) -> Tensor:
        """This Tensor itself if it is contiguous, else a copy that is; gradients flow through it."""
    @property
    def device(self) -> _device:
        """The device on which the elements are: always the CPU."""
    def get_device(self) -> _int:
        """The number of the GPU on which the elements are: -1, because they are on the CPU."""
    is_cpu: _bool
    is_cuda: _bool
    def is_floating_point(self) -> _bool:
        """Tell whether the dtype is a floating one."""
    def is_signed(self) -> _bool:
        """Tell whether the dtype has negative numbers."""
    def is_complex(self) -> _bool:
        """Tell whether the dtype is a complex one: never, because there are none."""
    @property
    def T(self) -> Tensor:
        """The dimensions in reverse order, so that rows become columns; a view."""
    @property
    def H(self) -> Tensor:
        """A matrix transposed; a view. Complex numbers would be conjugated, but there are none."""
    @property
    def mT(self) -> Tensor:
        """Each matrix of the last two dimensions transposed; a view."""
    @property
    def mH(self) -> Tensor:
        """Each matrix of the last two dimensions transposed; a view."""
    @overload
    def to(self, dtype: DTypeLike, non_blocking: _bool = False, copy: _bool = False) -> Tensor: ...
    @overload
    def to(
        self,
        device: str | None = None,
        dtype: DTypeLike | None = None,
        non_blocking: _bool = False,
        copy: _bool = False,
    ) -> Tensor: ...
    @overload
    def to(self, other: Tensor, non_blocking: _bool = False, copy: _bool = False) -> Tensor:
        """This Tensor in another dtype; it is returned itself where nothing changes, unless `copy`."""
    @overload
    def type(self, dtype: None = None) -> str: ...
    @overload
    def type(self, dtype: DTypeLike) -> Tensor:
        """This Tensor in another dtype, as `to` makes it; without one, the name of its dtype."""
    def type_as(self, other: Tensor) -> Tensor:
        """This Tensor in the dtype of another Tensor."""
    def float(self) -> Tensor:
        """This Tensor in float32; the Tensor itself if that is its dtype."""
    def double(self) -> Tensor:
        """This Tensor in float64; the Tensor itself if that is its dtype."""
    def half(self) -> Tensor:
        """This Tensor in float16; the Tensor itself if that is its dtype."""
    def int(self) -> Tensor:
        """This Tensor in int32; the Tensor itself if that is its dtype."""
    def long(self) -> Tensor:
        """This Tensor in int64; the Tensor itself if that is its dtype."""
    def short(self) -> Tensor:
        """This Tensor in int16; the Tensor itself if that is its dtype."""
    def char(self) -> Tensor:
        """This Tensor in int8; the Tensor itself if that is its dtype."""
    def byte(self) -> Tensor:
        """This Tensor in uint8; the Tensor itself if that is its dtype."""
    def bool(self) -> Tensor:
        """This Tensor in bool: False where an element is 0, else True; the Tensor itself if that is its dtype."""
    def clone(self) -> Tensor:
        """A copy in memory of its own, through which gradients flow."""
    def cpu(self) -> Tensor:
        """This Tensor itself, because it is on the CPU already."""
    def item(self) -> _float:
        """The only element, as one of Python's numbers: a float, an int or a bool, as the dtype is."""
    def tolist(self) -> list[Any]:
        """The elements as nested lists of Python's numbers; of a Tensor without dimensions, the number."""
    def is_nonzero(self) -> _bool:
        """Tell whether the only element is not 0."""
    def __bool__(self) -> _bool:
        """Tell whether the only element is not 0."""
    def __float__(self) -> _float:
        """The only element as a float."""
    def __int__(self) -> _int:
        """The only element as an int, rounded towards 0."""
    def __index__(self) -> _int:
        """The only element, a whole number, where Python needs an index."""
    def __repr__(self) -> str:
        """The text `tensor([1., 2.], requires_grad=True)`: the values, then what they do not show."""
    def __format__(self, spec: str) -> str:
        """The only element of a Tensor without dimensions, formatted as Python formats numbers: `f"{loss:.3f}"`."""
    def numpy(self, *, force: _bool = False) -> Array:
        """An array on the same memory: what is written to one is seen in the other, and the graph notices it."""
    def __array__(self, dtype: Any = None, copy: _bool | None = None) -> Array:
        """The array that NumPy asks for (`np.asarray(x)`), on the same memory unless the dtype differs or `copy`."""
    def __dlpack__(self, **kwargs: Any) -> Any:
        """The capsule by which another library takes a Tensor without copying, as DLPack defines it."""
    def __dlpack_device__(self) -> tuple[_int, _int]:
        """The device in the terms of DLPack: the CPU."""
    def new_tensor(
        self,
        data: Data,
        *,
        dtype: DTypeLike | None = None,
        device: str | None = None,
        requires_grad: _bool = False,
    ) -> Tensor:
        """A new Tensor with a copy of the values, in the dtype of this one."""
    def new_full(
        self,
        size: _int | Sequence[_int],
        fill_value: Tensor | Number,
        *,
        dtype: DTypeLike | None = None,
        device: str | None = None,
        requires_grad: _bool = False,
    ) -> Tensor:
        """One value in all elements, in the dtype of this Tensor."""
    def new_empty(
        self,
        *size: _int | Sequence[_int],
        dtype: DTypeLike | None = None,
        device: str | None = None,
        requires_grad: _bool = False,
        **named: Sequence[_int],
    ) -> Tensor:
        """Uninitialised elements in the dtype of this Tensor; arguments and errors are those of `new_zeros`."""
    def new_zeros(
        self,
        *size: _int | Sequence[_int],
        dtype: DTypeLike | None = None,
        device: str | None = None,
        requires_grad: _bool = False,
        **named: Sequence[_int],
    ) -> Tensor:
        """Zeros in the dtype of this Tensor."""
    def new_ones(
        self,
        *size: _int | Sequence[_int],
        dtype: DTypeLike | None = None,
        device: str | None = None,
        requires_grad: _bool = False,
        **named: Sequence[_int],
    ) -> Tensor:
        """Ones in the dtype of this Tensor; arguments and errors are those of `new_zeros`."""
    def copy_(self, src: Data, non_blocking: _bool = False) -> Self:
        """Write the values of `src` to this Tensor, broadcast to its shape and converted to its dtype."""
    def fill_(self, value: Tensor | Number) -> Self:
        """Write one value to all elements."""
    def zero_(self) -> Self:
        """Write 0 to all elements."""
    def fill_diagonal_(self, value: Tensor | Number, wrap: _bool = False) -> Self:
        """Write one value along the main diagonal of a matrix, or of more dimensions that are all of one length."""
    def uniform_(
        self,
        from_: _float = 0.0,
        to: _float = 1.0,
        *,
        generator: Generator | None = None,
        **named: _float,
    ) -> Self:
        """Fill this Tensor with numbers that are spread evenly over [from, to)."""
    def normal_(self, mean: _float = 0.0, std: _float = 1.0, *, generator: Generator | None = None) -> Self:
        """Fill this Tensor with normally distributed numbers."""
    def bernoulli_(self, p: Tensor | _float = 0.5, *, generator: Generator | None = None) -> Self:
        """Fill this Tensor with ones, each with probability p, and zeros."""
    def exponential_(self, lambd: _float = 1.0, *, generator: Generator | None = None) -> Self:
        """Fill this Tensor with exponentially distributed numbers, whose density is lambd e^(-lambd x) for x > 0."""
    def random_(self, from_: _int = 0, to: _int | None = None, *, generator: Generator | None = None) -> Self:
        """Fill this Tensor with whole numbers that are spread evenly over [from, to); `random_(to)` counts from 0."""
    def add(self, y: Any, *, alpha: _float = 1) -> Any:
        """x + alpha y."""
    def add_(self, y: Any, *, alpha: _float = 1) -> Self:
        """`add` in place: the values of the result are written to the memory of this Tensor."""
    def sub(self, y: Any, *, alpha: _float = 1) -> Any:
        """x - alpha y."""
    def sub_(self, y: Any, *, alpha: _float = 1) -> Self:
        """`sub` in place: the values of the result are written to the memory of this Tensor."""
    def mul(self, y: Tensor | Number) -> Any:
        """x y; dx = g y, dy = g x."""
    def mul_(self, y: Tensor | Number) -> Self:
        """`mul` in place: the values of the result are written to the memory of this Tensor."""
    def div(self, y: Any, *, rounding_mode: str | None = None) -> Any:
        """x / y; with rounding_mode "floor" or "trunc", rounded down or towards 0 in the dtype of the arguments."""
    def div_(self, y: Any, *, rounding_mode: str | None = None) -> Self:
        """`div` in place: the values of the result are written to the memory of this Tensor."""
    def pow(self, y: Tensor | Number) -> Tensor:
        """x ** y; dx = g y x**(y-1), dy = g out log(x)."""
    def pow_(self, y: Tensor | Number) -> Self:
        """`pow` in place: the values of the result are written to the memory of this Tensor."""
    def neg(self) -> Any:
        """-x; dx = -g."""
    def neg_(self) -> Self:
        """`neg` in place: the values of the result are written to the memory of this Tensor."""
    def abs(self) -> Tensor:
        """|x|; dx = g sign(x)."""
    def abs_(self) -> Self:
        """`abs` in place: the values of the result are written to the memory of this Tensor."""
    def square(self) -> Tensor:
        """x²; dx = 2 g x."""
    def square_(self) -> Self:
        """`square` in place: the values of the result are written to the memory of this Tensor."""
    def sqrt(self) -> Any:
        """√x; dx = g / (2 out)."""
    def sqrt_(self) -> Self:
        """`sqrt` in place: the values of the result are written to the memory of this Tensor."""
    def rsqrt(self) -> Tensor:
        """1 / √x; dx = -g out³ / 2."""
    def rsqrt_(self) -> Self:
        """`rsqrt` in place: the values of the result are written to the memory of this Tensor."""
    def reciprocal(self) -> Tensor:
        """1 / x; dx = -g out²."""
    def reciprocal_(self) -> Self:
        """`reciprocal` in place: the values of the result are written to the memory of this Tensor."""
    def exp(self) -> Any:
        """e**x; dx = g out."""
    def exp_(self) -> Self:
        """`exp` in place: the values of the result are written to the memory of this Tensor."""
    def exp2(self) -> Any:
        """2**x; dx = g out log 2."""
    def exp2_(self) -> Self:
        """`exp2` in place: the values of the result are written to the memory of this Tensor."""
    def expm1(self) -> Any:
        """e**x - 1, exact near 0; dx = g (out + 1)."""
    def expm1_(self) -> Self:
        """`expm1` in place: the values of the result are written to the memory of this Tensor."""
    def log(self) -> Any:
        """log x; dx = g / x."""
    def log_(self) -> Self:
        """`log` in place: the values of the result are written to the memory of this Tensor."""
    def log2(self) -> Any:
        """log x / log 2; dx = g / (x log 2)."""
    def log2_(self) -> Self:
        """`log2` in place: the values of the result are written to the memory of this Tensor."""
    def log10(self) -> Any:
        """log x / log 10; dx = g / (x log 10)."""
    def log10_(self) -> Self:
        """`log10` in place: the values of the result are written to the memory of this Tensor."""
    def log1p(self) -> Any:
        """log(1 + x), exact near 0; dx = g / (1 + x)."""
    def log1p_(self) -> Self:
        """`log1p` in place: the values of the result are written to the memory of this Tensor."""
    def sin(self) -> Any:
        """sin x; dx = g cos(x)."""
    def sin_(self) -> Self:
        """`sin` in place: the values of the result are written to the memory of this Tensor."""
    def cos(self) -> Any:
        """cos x; dx = -g sin(x)."""
    def cos_(self) -> Self:
        """`cos` in place: the values of the result are written to the memory of this Tensor."""
    def tan(self) -> Any:
        """tan x; dx = g (1 + out²)."""
    def tan_(self) -> Self:
        """`tan` in place: the values of the result are written to the memory of this Tensor."""
    def asin(self) -> Any:
        """arcsin x; dx = g / √(1 - x²)."""
    def asin_(self) -> Self:
        """`asin` in place: the values of the result are written to the memory of this Tensor."""
    def acos(self) -> Any:
        """arccos x; dx = -g / √(1 - x²)."""
    def acos_(self) -> Self:
        """`acos` in place: the values of the result are written to the memory of this Tensor."""
    def atan(self) -> Any:
        """arctan x; dx = g / (1 + x²)."""
    def atan_(self) -> Self:
        """`atan` in place: the values of the result are written to the memory of this Tensor."""
    def sinh(self) -> Any:
        """sinh x; dx = g cosh(x)."""
    def sinh_(self) -> Self:
        """`sinh` in place: the values of the result are written to the memory of this Tensor."""
    def cosh(self) -> Any:
        """cosh x; dx = g sinh(x)."""
    def cosh_(self) -> Self:
        """`cosh` in place: the values of the result are written to the memory of this Tensor."""
    def tanh(self) -> Any:
        """tanh x; dx = g (1 - out²)."""
    def tanh_(self) -> Self:
        """`tanh` in place: the values of the result are written to the memory of this Tensor."""
    def asinh(self) -> Any:
        """arsinh x; dx = g / √(x² + 1)."""
    def asinh_(self) -> Self:
        """`asinh` in place: the values of the result are written to the memory of this Tensor."""
    def acosh(self) -> Any:
        """arcosh x, for x >= 1; dx = g / √(x² - 1)."""
    def acosh_(self) -> Self:
        """`acosh` in place: the values of the result are written to the memory of this Tensor."""
    def atanh(self) -> Any:
        """artanh x; dx = g / (1 - x²)."""
    def atanh_(self) -> Self:
        """`atanh` in place: the values of the result are written to the memory of this Tensor."""
    def sigmoid(self) -> Tensor:
        """1 / (1 + e**-x); dx = g out (1 - out)."""
    def sigmoid_(self) -> Self:
        """`sigmoid` in place: the values of the result are written to the memory of this Tensor."""
    def relu(self) -> Tensor:
        """max(x, 0); dx = 0 where out <= 0, else g."""
    def relu_(self) -> Self:
        """`relu` in place: the values of the result are written to the memory of this Tensor."""
    def erf(self) -> Tensor:
        """2/√π ∫₀ˣ e**-t² dt; dx = 2/√π g e**-x²."""
    def erf_(self) -> Self:
        """`erf` in place: the values of the result are written to the memory of this Tensor."""
    def erfc(self) -> Tensor:
        """1 - erf(x), exact where erf is near 1; dx = -2/√π g e**-x²."""
    def erfc_(self) -> Self:
        """`erfc` in place: the values of the result are written to the memory of this Tensor."""
    def sign(self) -> Tensor:
        """-1, 0 (for NaN too) or 1; dx = 0."""
    def sign_(self) -> Self:
        """`sign` in place: the values of the result are written to the memory of this Tensor."""
    def floor(self) -> Tensor:
        """The largest whole number <= x; dx = 0."""
    def floor_(self) -> Self:
        """`floor` in place: the values of the result are written to the memory of this Tensor."""
    def ceil(self) -> Tensor:
        """The smallest whole number >= x; dx = 0."""
    def ceil_(self) -> Self:
        """`ceil` in place: the values of the result are written to the memory of this Tensor."""
    def round(self, *, decimals: _int = 0) -> Any:
        """x rounded to `decimals` places, halves to even."""
    def round_(self, *, decimals: _int = 0) -> Self:
        """`round` in place: the values of the result are written to the memory of this Tensor."""
    def trunc(self) -> Tensor:
        """x without its fraction; dx = 0."""
    def trunc_(self) -> Self:
        """`trunc` in place: the values of the result are written to the memory of this Tensor."""
    def frac(self) -> Tensor:
        """x - trunc(x); dx = g."""
    def frac_(self) -> Self:
        """`frac` in place: the values of the result are written to the memory of this Tensor."""
    def fmod(self, y: Tensor | Number) -> Tensor:
        """x - y trunc(x / y), with the sign of x; dx = g, dy = -g trunc(x / y)."""
    def fmod_(self, y: Tensor | Number) -> Self:
        """`fmod` in place: the values of the result are written to the memory of this Tensor."""
    def remainder(self, y: Tensor | Number) -> Tensor:
        """x - y floor(x / y), with the sign of y; dx = g, dy = -g floor(x / y)."""
    def remainder_(self, y: Tensor | Number) -> Self:
        """`remainder` in place: the values of the result are written to the memory of this Tensor."""
    def floor_divide(self, y: Tensor | Number) -> Tensor:
        """floor(x / y); dx = dy = 0."""
    def floor_divide_(self, y: Tensor | Number) -> Self:
        """`floor_divide` in place: the values of the result are written to the memory of this Tensor."""
    def clamp(self, min: Tensor | None = None, max: Tensor | None = None) -> Tensor:
        """min(max(x, min), max); dx = g where min <= x <= max, dmin = g where x < min < max, dmax = g elsewhere."""
    def clamp_(self, min: Tensor | None = None, max: Tensor | None = None) -> Self:
        """`clamp` in place: the values of the result are written to the memory of this Tensor."""
    def clamp_min(self, min: Any) -> Any:
        """max(x, min)."""
    def clamp_min_(self, min: Any) -> Self:
        """`clamp_min` in place: the values of the result are written to the memory of this Tensor."""
    def clamp_max(self, max: Any) -> Any:
        """min(x, max)."""
    def clamp_max_(self, max: Any) -> Self:
        """`clamp_max` in place: the values of the result are written to the memory of this Tensor."""
    def lerp(self, y: Tensor | Number, weight: Tensor | Number) -> Tensor:
        """x + weight (y - x), exact at both ends; dx = g (1 - weight), dy = g weight, dweight = g (y - x)."""
    def lerp_(self, y: Tensor | Number, weight: Tensor | Number) -> Self:
        """`lerp` in place: the values of the result are written to the memory of this Tensor."""
    def hypot(self, y: Tensor | Number) -> Any:
        """√(x² + y²) without overflow; dx = g x / out, dy = g y / out."""
    def hypot_(self, y: Tensor | Number) -> Self:
        """`hypot` in place: the values of the result are written to the memory of this Tensor."""
    def copysign(self, y: Tensor | Number) -> Any:
        """|x| with the sign of y; dx = g where the sign stayed, -g where it changed; dy = 0."""
    def copysign_(self, y: Tensor | Number) -> Self:
        """`copysign` in place: the values of the result are written to the memory of this Tensor."""
    def atan2(self, y: Tensor | Number) -> Any:
        """The angle of the point (y, x), atan(x / y) in its quadrant; dx = g y / (x² + y²), dy = -g x / (x² + y²)."""
    def atan2_(self, y: Tensor | Number) -> Self:
        """`atan2` in place: the values of the result are written to the memory of this Tensor."""
    def addcmul(self, tensor1: Any, tensor2: Any, *, value: _float = 1) -> Any:
        """x + value tensor1 tensor2."""
    def addcmul_(self, tensor1: Any, tensor2: Any, *, value: _float = 1) -> Self:
        """`addcmul` in place: the values of the result are written to the memory of this Tensor."""
    def addcdiv(self, tensor1: Any, tensor2: Any, *, value: _float = 1) -> Any:
        """x + value tensor1 / tensor2."""
    def addcdiv_(self, tensor1: Any, tensor2: Any, *, value: _float = 1) -> Self:
        """`addcdiv` in place: the values of the result are written to the memory of this Tensor."""
    def masked_fill(self, mask: Any, value: Any) -> Any:
        """value where the mask holds, else x, in the dtype of x."""
    def masked_fill_(self, mask: Any, value: Any) -> Self:
        """`masked_fill` in place: the values of the result are written to the memory of this Tensor."""
    def nan_to_num(self, nan: _float = 0.0, posinf: _float | None = None, neginf: _float | None = None) -> Any:
        """x with NaN and the infinities replaced, the latter by default by the largest and smallest finite numbers."""
    def nan_to_num_(self, nan: _float = 0.0, posinf: _float | None = None, neginf: _float | None = None) -> Self:
        """`nan_to_num` in place: the values of the result are written to the memory of this Tensor."""
    def float_power(self, y: Any) -> Any:
        """x ** y, computed in float64."""
    def xlogy(self, y: Any) -> Any:
        """x log(y), and 0 where x is 0 (unless y is NaN)."""
    def xlogy_(self, y: Any) -> Self:
        """`xlogy` in place: the values of the result are written to the memory of this Tensor."""
    def logit(self, eps: _float | None = None) -> Any:
        """log(x / (1 - x)), the inverse of sigmoid, with x bounded to [eps, 1 - eps] if eps is given."""
    def logit_(self, eps: _float | None = None) -> Self:
        """`logit` in place: the values of the result are written to the memory of this Tensor."""
    def sinc(self) -> Any:
        """sin(πx) / (πx), and 1 where x is 0."""
    def sinc_(self) -> Self:
        """`sinc` in place: the values of the result are written to the memory of this Tensor."""
    def ldexp(self, y: Any) -> Any:
        """x 2**y."""
    def ldexp_(self, y: Any) -> Self:
        """`ldexp` in place: the values of the result are written to the memory of this Tensor."""
    def heaviside(self, values: Any) -> Any:
        """0 where x < 0, 1 where x > 0, and values where x = 0; no derivative by x."""
    def heaviside_(self, values: Any) -> Self:
        """`heaviside` in place: the values of the result are written to the memory of this Tensor."""
    def deg2rad(self) -> Any:
        """Degrees in radians."""
    def deg2rad_(self) -> Self:
        """`deg2rad` in place: the values of the result are written to the memory of this Tensor."""
    def rad2deg(self) -> Any:
        """Radians in degrees."""
    def rad2deg_(self) -> Self:
        """`rad2deg` in place: the values of the result are written to the memory of this Tensor."""
    def logaddexp(self, y: Tensor | Number) -> Any:
        """log(e**x + e**y); dx = g sigmoid(x - y), dy = g sigmoid(y - x)."""
    def logaddexp2(self, y: Any) -> Any:
        """log2(2**x + 2**y)."""
    def maximum(self, y: Tensor | Number) -> Any:
        """The larger of x and y, NaN if either is; dx = g where x > y and g / 2 where equal, dy likewise."""
    def minimum(self, y: Tensor | Number) -> Any:
        """The smaller of x and y, NaN if either is; dx = g where x < y and g / 2 where equal, dy likewise."""
    def fmax(self, y: Any) -> Any:
        """The larger of x and y; of a number and NaN, the number. Where equal, x gets the gradient."""
    def fmin(self, y: Any) -> Any:
        """The smaller of x and y; of a number and NaN, the number. Where equal, x gets the gradient."""
    def positive(self) -> Any:
        """x itself, which must not be of bools."""
    def signbit(self) -> Any:
        """Whether the sign is negative, as it is of -0.0."""
    def where(self, condition: Tensor, other: Tensor | Number) -> Tensor:
        """Take the elements of this Tensor where the condition holds, and of `other` elsewhere; shapes are
        broadcast.
        """
    def subtract(self, y: Any, *, alpha: _float = 1) -> Any:
        """x - alpha y."""
    def subtract_(self, y: Any, *, alpha: _float = 1) -> Self:
        """`sub` in place: the values of the result are written to the memory of this Tensor."""
    def multiply(self, y: Tensor | Number) -> Any:
        """x y; dx = g y, dy = g x."""
    def multiply_(self, y: Tensor | Number) -> Self:
        """`mul` in place: the values of the result are written to the memory of this Tensor."""
    def divide(self, y: Any, *, rounding_mode: str | None = None) -> Any:
        """x / y; with rounding_mode "floor" or "trunc", rounded down or towards 0 in the dtype of the arguments."""
    def divide_(self, y: Any, *, rounding_mode: str | None = None) -> Self:
        """`div` in place: the values of the result are written to the memory of this Tensor."""
    def true_divide(self, y: Any, *, rounding_mode: str | None = None) -> Any:
        """x / y; with rounding_mode "floor" or "trunc", rounded down or towards 0 in the dtype of the arguments."""
    def true_divide_(self, y: Any, *, rounding_mode: str | None = None) -> Self:
        """`div` in place: the values of the result are written to the memory of this Tensor."""
    def negative(self) -> Any:
        """-x; dx = -g."""
    def negative_(self) -> Self:
        """`neg` in place: the values of the result are written to the memory of this Tensor."""
    def absolute(self) -> Tensor:
        """|x|; dx = g sign(x)."""
    def absolute_(self) -> Self:
        """`abs` in place: the values of the result are written to the memory of this Tensor."""
    def arcsin(self) -> Any:
        """arcsin x; dx = g / √(1 - x²)."""
    def arcsin_(self) -> Self:
        """`asin` in place: the values of the result are written to the memory of this Tensor."""
    def arccos(self) -> Any:
        """arccos x; dx = -g / √(1 - x²)."""
    def arccos_(self) -> Self:
        """`acos` in place: the values of the result are written to the memory of this Tensor."""
    def arctan(self) -> Any:
        """arctan x; dx = g / (1 + x²)."""
    def arctan_(self) -> Self:
        """`atan` in place: the values of the result are written to the memory of this Tensor."""
    def arctan2(self, y: Tensor | Number) -> Any:
        """The angle of the point (y, x), atan(x / y) in its quadrant; dx = g y / (x² + y²), dy = -g x / (x² + y²)."""
    def arctan2_(self, y: Tensor | Number) -> Self:
        """`atan2` in place: the values of the result are written to the memory of this Tensor."""
    def arcsinh(self) -> Any:
        """arsinh x; dx = g / √(x² + 1)."""
    def arcsinh_(self) -> Self:
        """`asinh` in place: the values of the result are written to the memory of this Tensor."""
    def arccosh(self) -> Any:
        """arcosh x, for x >= 1; dx = g / √(x² - 1)."""
    def arccosh_(self) -> Self:
        """`acosh` in place: the values of the result are written to the memory of this Tensor."""
    def arctanh(self) -> Any:
        """artanh x; dx = g / (1 - x²)."""
    def arctanh_(self) -> Self:
        """`atanh` in place: the values of the result are written to the memory of this Tensor."""
    def clip(self, min: Tensor | None = None, max: Tensor | None = None) -> Tensor:
        """min(max(x, min), max); dx = g where min <= x <= max, dmin = g where x < min < max, dmax = g elsewhere."""
    def clip_(self, min: Tensor | None = None, max: Tensor | None = None) -> Self:
        """`clamp` in place: the values of the result are written to the memory of this Tensor."""
    def fix(self) -> Tensor:
        """x without its fraction; dx = 0."""
    def fix_(self) -> Self:
        """`trunc` in place: the values of the result are written to the memory of this Tensor."""
    def sgn(self) -> Tensor:
        """-1, 0 (for NaN too) or 1; dx = 0."""
    def sgn_(self) -> Self:
        """`sign` in place: the values of the result are written to the memory of this Tensor."""
    def eq(self, y: Tensor | Number) -> Any:
        """x = y."""
    def eq_(self, y: Tensor | Number) -> Self:
        """`eq` in place: the values of the result are written to the memory of this Tensor."""
    def ne(self, y: Tensor | Number) -> Any:
        """x ≠ y."""
    def ne_(self, y: Tensor | Number) -> Self:
        """`ne` in place: the values of the result are written to the memory of this Tensor."""
    def lt(self, y: Tensor | Number) -> Any:
        """x < y."""
    def lt_(self, y: Tensor | Number) -> Self:
        """`lt` in place: the values of the result are written to the memory of this Tensor."""
    def le(self, y: Tensor | Number) -> Any:
        """x <= y."""
    def le_(self, y: Tensor | Number) -> Self:
        """`le` in place: the values of the result are written to the memory of this Tensor."""
    def gt(self, y: Tensor | Number) -> Any:
        """x > y."""
    def gt_(self, y: Tensor | Number) -> Self:
        """`gt` in place: the values of the result are written to the memory of this Tensor."""
    def ge(self, y: Tensor | Number) -> Any:
        """x >= y."""
    def ge_(self, y: Tensor | Number) -> Self:
        """`ge` in place: the values of the result are written to the memory of this Tensor."""
    def not_equal(self, y: Tensor | Number) -> Any:
        """x ≠ y."""
    def not_equal_(self, y: Tensor | Number) -> Self:
        """`ne` in place: the values of the result are written to the memory of this Tensor."""
    def less(self, y: Tensor | Number) -> Any:
        """x < y."""
    def less_(self, y: Tensor | Number) -> Self:
        """`lt` in place: the values of the result are written to the memory of this Tensor."""
    def less_equal(self, y: Tensor | Number) -> Any:
        """x <= y."""
    def less_equal_(self, y: Tensor | Number) -> Self:
        """`le` in place: the values of the result are written to the memory of this Tensor."""
    def greater(self, y: Tensor | Number) -> Any:
        """x > y."""
    def greater_(self, y: Tensor | Number) -> Self:
        """`gt` in place: the values of the result are written to the memory of this Tensor."""
    def greater_equal(self, y: Tensor | Number) -> Any:
        """x >= y."""
    def greater_equal_(self, y: Tensor | Number) -> Self:
        """`ge` in place: the values of the result are written to the memory of this Tensor."""
    def logical_and(self, y: Tensor | Number) -> Any:
        """x and y, where anything but 0 is true."""
    def logical_and_(self, y: Tensor | Number) -> Self:
        """`logical_and` in place: the values of the result are written to the memory of this Tensor."""
    def logical_or(self, y: Tensor | Number) -> Any:
        """x or y, where anything but 0 is true."""
    def logical_or_(self, y: Tensor | Number) -> Self:
        """`logical_or` in place: the values of the result are written to the memory of this Tensor."""
    def logical_xor(self, y: Tensor | Number) -> Any:
        """Either x or y but not both, where anything but 0 is true."""
    def logical_xor_(self, y: Tensor | Number) -> Self:
        """`logical_xor` in place: the values of the result are written to the memory of this Tensor."""
    def logical_not(self) -> Any:
        """Whether x is 0."""
    def logical_not_(self) -> Self:
        """`logical_not` in place: the values of the result are written to the memory of this Tensor."""
    def bitwise_and(self, y: Tensor | Number) -> Tensor:
        """The bits that x and y both have."""
    def bitwise_and_(self, y: Tensor | Number) -> Self:
        """`bitwise_and` in place: the values of the result are written to the memory of this Tensor."""
    def bitwise_or(self, y: Tensor | Number) -> Tensor:
        """The bits that x or y has."""
    def bitwise_or_(self, y: Tensor | Number) -> Self:
        """`bitwise_or` in place: the values of the result are written to the memory of this Tensor."""
    def bitwise_xor(self, y: Tensor | Number) -> Tensor:
        """The bits in which x and y differ."""
    def bitwise_xor_(self, y: Tensor | Number) -> Self:
        """`bitwise_xor` in place: the values of the result are written to the memory of this Tensor."""
    def bitwise_not(self) -> Tensor:
        """The bits of x turned over; for bool, not x."""
    def bitwise_not_(self) -> Self:
        """`bitwise_not` in place: the values of the result are written to the memory of this Tensor."""
    def bitwise_left_shift(self, y: Tensor | Number) -> Tensor:
        """x 2**y on whole numbers."""
    def bitwise_left_shift_(self, y: Tensor | Number) -> Self:
        """`bitwise_left_shift` in place: the values of the result are written to the memory of this Tensor."""
    def bitwise_right_shift(self, y: Tensor | Number) -> Tensor:
        """floor(x / 2**y) on whole numbers."""
    def bitwise_right_shift_(self, y: Tensor | Number) -> Self:
        """`bitwise_right_shift` in place: the values of the result are written to the memory of this Tensor."""
    def isnan(self) -> Any:
        """Whether x is not a number."""
    def isinf(self) -> Any:
        """Whether x is infinite, with either sign."""
    def isfinite(self) -> Any:
        """Whether x is neither infinite nor NaN."""
    def isposinf(self) -> Any:
        """Whether x is +inf."""
    def isneginf(self) -> Any:
        """Whether x is -inf."""
    def isreal(self) -> Any:
        """True everywhere: there are no complex Tensors here."""
    def isclose(self, y: Any, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> Any:
        """|x - y| <= atol + rtol |y|, or equal; NaN equals NaN only if `equal_nan`. The dtypes must agree."""
    def allclose(self, y: Any, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> _bool:
        """Whether |x - y| <= atol + rtol |y| everywhere."""
    def equal(self, y: Any) -> _bool:
        """Whether the two have the same shape and the same elements."""
    def sum(self, dim: Any = None, keepdim: _bool = False, *, dtype: Any = None) -> Any:
        """The sum over one, several or all dimensions; whole numbers and bools are summed in int64."""
    def mean(self, dim: Any = None, keepdim: _bool = False, *, dtype: Any = None) -> Any:
        """The mean over one, several or all dimensions."""
    def prod(self, dim: Any = None, keepdim: _bool = False, *, dtype: Any = None) -> Any:
        """The product over one dimension, or of all elements."""
    def nansum(self, dim: Any = None, keepdim: _bool = False, *, dtype: Any = None) -> Any:
        """The sum, NaN counting as 0."""
    def nanmean(self, dim: Any = None, keepdim: _bool = False, *, dtype: Any = None) -> Any:
        """The mean of what is not NaN."""
    def var(self, dim: Any = None, unbiased: Any = None, keepdim: _bool = False, *, correction: Any = None) -> Any:
        """Σ(x - mean)² / (n - correction), over one, several or all dimensions; correction 1 unless given."""
    def std(self, dim: Any = None, unbiased: Any = None, keepdim: _bool = False, *, correction: Any = None) -> Any:
        """√var, over one, several or all dimensions; correction 1 unless given."""
    def all(self, dim: Any = None, keepdim: _bool = False) -> Any:
        """Whether no element is 0, over one, several or all dimensions."""
    def any(self, dim: Any = None, keepdim: _bool = False) -> Any:
        """Whether some element is not 0, over one, several or all dimensions."""
    def count_nonzero(self, dim: Any = None) -> Any:
        """How many elements are not 0, over one, several or all dimensions."""
    def norm(self, p: Any = 'fro', dim: Any = None, keepdim: _bool = False, *, dtype: Any = None) -> Any:
        """The p-norm of vectors along dim, (Σ|x|ᵖ)^(1/p); "fro", the root of the sum of squares, is p = 2."""
    def logsumexp(self, dim: Any, keepdim: _bool = False) -> Any:
        """log Σ exp x over one or several dimensions, without overflow."""
    def softmax(self, dim: Any, dtype: Any = None) -> Any:
        """exp x / Σ exp x along dim."""
    def log_softmax(self, dim: Any, dtype: Any = None) -> Any:
        """log(exp x / Σ exp x) along dim, without the loss of precision."""
    def cumsum(self, dim: Any, *, dtype: Any = None) -> Any:
        """The sum of the elements up to and with each one along dim."""
    def cumsum_(self, dim: Any, *, dtype: Any = None) -> Self:
        """`cumsum` in place: the values of the result are written to the memory of this Tensor."""
    def cumprod(self, dim: Any, *, dtype: Any = None) -> Any:
        """The product of the elements up to and with each one along dim."""
    def cumprod_(self, dim: Any, *, dtype: Any = None) -> Self:
        """`cumprod` in place: the values of the result are written to the memory of this Tensor."""
    def diff(self, n: _int = 1, dim: _int = -1, prepend: Any = None, append: Any = None) -> Any:
        """What each element along dim is more than the one before it; n times over. Of bools, whether they differ."""
    def dist(self, y: Any, p: _float = 2) -> Any:
        """The p-norm of x - y."""
    def cov(self, *, correction: _int = 1) -> Any:
        """The covariances of variables, a row each, between observations, a column each; of one row its variance."""
    def corrcoef(self) -> Any:
        """The correlations of variables, a row each, between observations, a column each."""
    def bincount(self, weights: Any = None, minlength: _int = 0) -> Any:
        """How often each whole number from 0 on is among x, a vector; with weights, their sums. No gradient."""
    def histc(self, bins: _int = 100, min: _float = 0, max: _float = 0) -> Any:
        """How many elements are in each of equally wide bins from min to max, both 0 for x's own. No gradient."""
    def max(self, dim: Any = None, keepdim: _bool = False, *, y: Any = None) -> Any:
        """The largest element (ties share the gradient); along a dim, with its index; or of two Tensors, the
        maximum.
        """
    def min(self, dim: Any = None, keepdim: _bool = False, *, y: Any = None) -> Any:
        """The smallest element (ties share the gradient); along a dim, with its index; or of two Tensors, the
        minimum.
        """
    def amax(self, dim: Any = (), keepdim: _bool = False) -> Any:
        """The largest element over one, several or all dimensions; ties share the gradient."""
    def amin(self, dim: Any = (), keepdim: _bool = False) -> Any:
        """The smallest element over one, several or all dimensions; ties share the gradient."""
    def aminmax(self, *, dim: _int | None = None, keepdim: _bool = False) -> Extent:
        """The smallest and the largest element, of all or along a dim; ties share the gradient."""
    def argmax(self, dim: Any = None, keepdim: _bool = False) -> Any:
        """The index of the largest element along dim; without dim, in the flattened x."""
    def argmin(self, dim: Any = None, keepdim: _bool = False) -> Any:
        """The index of the smallest element along dim; without dim, in the flattened x."""
    def argsort(self, dim: _int = -1, descending: _bool = False, stable: _bool = False) -> Any:
        """The indices that sort x along dim; always stable."""
    def cummax(self, dim: _int) -> Ranked:
        """The largest of the elements up to and with each one along dim, and its index."""
    def cummin(self, dim: _int) -> Ranked:
        """The smallest of the elements up to and with each one along dim, and its index."""
    def sort(self, dim: _int = -1, descending: _bool = False, stable: _bool = False) -> Ranked:
        """x in order along dim, and the indices that put it so; always stable."""
    def msort(self) -> Any:
        """x in order along its first dim."""
    def topk(self, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True) -> Ranked:
        """The k largest (or smallest) elements along dim, and their indices."""
    def kthvalue(self, k: _int, dim: _int = -1, keepdim: _bool = False) -> Ranked:
        """The k-th smallest element along dim (1 is the smallest), and its index."""
    def median(self, dim: Any = None, keepdim: _bool = False) -> Any:
        """The middle element, of two the lower (as PyTorch); along a dim, with its index. NaN if any is."""
    def nanmedian(self, dim: Any = None, keepdim: _bool = False) -> Any:
        """The middle one of the elements that are not NaN, of two the lower; along a dim, with its index."""
    def mode(self, dim: _int = -1, keepdim: _bool = False) -> Ranked:
        """The most frequent element along dim, of several the smallest, and the index of its last occurrence."""
    def quantile(
        self,
        q: Any,
        dim: _int | None = None,
        keepdim: _bool = False,
        *,
        interpolation: str = 'linear',
    ) -> Any:
        """The value below which a fraction q lies, of all elements or along dim; for several q, a leading dimension."""
    def unique(
        self,
        sorted: _bool = True,
        return_inverse: _bool = False,
        return_counts: _bool = False,
        dim: Any = None,
    ) -> Any:
        """The distinct elements in order (or slices along dim), and where each was and how often, if asked. No
        gradient.
        """
    def reshape(self, *size: Any, shape: Any = None) -> Any:
        """The same elements, in the same order, in another shape; one size may be -1. A view where memory allows."""
    def view(self, *shape: Any) -> Any:
        """`reshape` that never copies; with a dtype, the same memory read as another dtype of the same size."""
    def flatten(self, start_dim: _int = 0, end_dim: _int = -1) -> Any:
        """The dimensions from start to end made into one."""
    def ravel(self) -> Any:
        """All elements in one dimension."""
    def unflatten(self, dim: _int, sizes: Sequence[_int]) -> Any:
        """One dimension made into several, of which one size may be -1."""
    def reshape_as(self, other: Any) -> Any:
        """The same elements in the shape of another Tensor."""
    def view_as(self, other: Any) -> Any:
        """`view` in the shape of another Tensor."""
    def squeeze(self, dim: Any = None) -> Any:
        """Without the dimensions of length 1; with dim, without those of them that have length 1."""
    def unsqueeze(self, dim: _int) -> Any:
        """With a dimension of length 1 at dim of the result."""
    def transpose(self, dim0: _int, dim1: _int) -> Any:
        """Two dimensions swapped; a view."""
    def swapaxes(self, axis0: _int, axis1: _int) -> Any:
        """Two dimensions swapped; a view."""
    def swapdims(self, axis0: _int, axis1: _int) -> Any:
        """Two dimensions swapped; a view."""
    def t(self) -> Any:
        """A matrix transposed; a vector or a 0-d Tensor as it is."""
    def permute(self, *order: Any, dims: Any = None) -> Any:
        """The dimensions in the order given; a view."""
    def movedim(self, source: Any, destination: Any) -> Any:
        """Dimensions moved to other places, the rest keeping their order; a view."""
    def moveaxis(self, source: Any, destination: Any) -> Any:
        """Dimensions moved to other places, the rest keeping their order; a view."""
    def expand(self, *shape: Any, size: Any = None) -> Any:
        """Broadcast to a shape without copying; -1 keeps a size. The result cannot be written in place."""
    def expand_as(self, other: Any) -> Any:
        """Broadcast to the shape of another Tensor."""
    def broadcast_to(self, size: Any) -> Any:
        """Broadcast to a shape without copying."""
    def repeat(self, *counts: Any, repeats: Any = None) -> Any:
        """The whole Tensor repeated along each dimension; new leading dimensions may be named."""
    def tile(self, *counts: Any, dims: Any = None) -> Any:
        """As `repeat`, with 1 for the leading dimensions that are not named."""
    def repeat_interleave(self, repeats: Any = None, dim: _int | None = None) -> Any:
        """Each element along dim repeated on the spot, all equally often or as `repeats` says for each."""
    def flip(self, *order: Any, dims: Any = None) -> Any:
        """The order of the elements along dims reversed; a copy."""
    def fliplr(self) -> Any:
        """The second dimension reversed."""
    def flipud(self) -> Any:
        """The first dimension reversed."""
    def roll(self, shifts: Any, dims: Any = None) -> Any:
        """Elements moved on by shifts along dims, what leaves coming in at the other end; without dims, as
        flattened.
        """
    def rot90(self, k: _int = 1, dims: Sequence[_int] = (0, 1)) -> Any:
        """Turned k times by 90 degrees, from the first of two dims towards the second; a copy."""
    def select(self, dim: _int, index: _int) -> Any:
        """The slice at one index of dim, without that dim; a view."""
    def narrow(self, dim: _int, start: _int, length: _int) -> Any:
        """The elements from start to start + length along dim; a view."""
    def split(self, split_size_or_sections: Any, dim: _int = 0) -> tuple[Any, ...]:
        """Pieces of a given length along dim (the last may be shorter), or of the lengths given; views."""
    def split_with_sizes(self, split_sizes: Sequence[_int], dim: _int = 0) -> tuple[Any, ...]:
        """Pieces of the lengths given along dim; views."""
    def chunk(self, chunks: _int, dim: _int = 0) -> tuple[Any, ...]:
        """At most `chunks` pieces of equal length along dim (the last may be shorter); views."""
    def unbind(self, dim: _int = 0) -> tuple[Any, ...]:
        """The slices along dim, without that dim; views."""
    def tensor_split(self, indices_or_sections: Any, dim: _int = 0) -> tuple[Any, ...]:
        """Pieces along dim, split before each index given, or into a number of pieces as equal as can be; views."""
    def hsplit(self, indices_or_sections: Any) -> tuple[Any, ...]:
        """Pieces along dimension 1 (0 of a vector), of equal length or split before each index given; views."""
    def vsplit(self, indices_or_sections: Any) -> tuple[Any, ...]:
        """Pieces along dimension 0, of equal length or split before each index given; views."""
    def dsplit(self, indices_or_sections: Any) -> tuple[Any, ...]:
        """Pieces along dimension 2, of equal length or split before each index given; views."""
    def tril(self, diagonal: _int = 0) -> Any:
        """The last two dimensions on and below a diagonal, 0 above it."""
    def tril_(self, diagonal: _int = 0) -> Self:
        """`tril` in place: the values of the result are written to the memory of this Tensor."""
    def triu(self, diagonal: _int = 0) -> Any:
        """The last two dimensions on and above a diagonal, 0 below it."""
    def triu_(self, diagonal: _int = 0) -> Self:
        """`triu` in place: the values of the result are written to the memory of this Tensor."""
    def diag(self, diagonal: _int = 0) -> Any:
        """Of a vector, the matrix with it on a diagonal; of a matrix, that diagonal."""
    def diag_embed(self, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Any:
        """Matrices in dim1 and dim2 of the result, with the last dimension of x on a diagonal."""
    def diagflat(self, offset: _int = 0) -> Any:
        """The matrix with all elements of x on a diagonal."""
    def diagonal(self, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Any:
        """The elements whose indices in dim1 and dim2 differ by offset, as the last dimension; a view."""
    def trace(self) -> Any:
        """The sum of a matrix's diagonal."""
    def gather(self, dim: _int, index: Any, *, sparse_grad: _bool = False) -> Any:
        """out[i][j] = x[index[i][j]][j] for dim 0, and so on; the result has the index's shape."""
    def take(self, index: Any) -> Any:
        """The elements at the indices into the flattened x, in the shape of the index."""
    def take_along_dim(self, indices: Any, dim: _int | None = None) -> Any:
        """x at the indices along dim, the other dimensions broadcast; without dim, in the flattened x."""
    def scatter(self, dim: _int, index: Any, src: Any = None, *, value: Any = None) -> Any:
        """x with out[index[i][j]][j] = src[i][j] for dim 0, and so on; src may be a number."""
    def scatter_(self, dim: _int, index: Any, src: Any = None, *, value: Any = None) -> Self:
        """`scatter` in place: the values of the result are written to the memory of this Tensor."""
    def scatter_add(self, dim: _int, index: Any, src: Any) -> Any:
        """x with src[i][j] added to out[index[i][j]][j] for dim 0, and so on; repeated indices add up."""
    def scatter_add_(self, dim: _int, index: Any, src: Any) -> Self:
        """`scatter_add` in place: the values of the result are written to the memory of this Tensor."""
    def index_select(self, dim: _int, index: Any) -> Any:
        """The slices of x at the indices along dim."""
    def masked_select(self, mask: Any) -> Any:
        """The elements of x where the mask holds, in one dimension; the two are broadcast."""
    def index_add(self, dim: _int, index: Any, source: Any, *, alpha: _float = 1) -> Any:
        """x with alpha times the slices of source added at the indices along dim; repeated indices add up."""
    def index_add_(self, dim: _int, index: Any, source: Any, *, alpha: _float = 1) -> Self:
        """`index_add` in place: the values of the result are written to the memory of this Tensor."""
    def index_copy(self, dim: _int, index: Any, source: Any) -> Any:
        """x with the slices at the indices along dim replaced by those of source."""
    def index_copy_(self, dim: _int, index: Any, source: Any) -> Self:
        """`index_copy` in place: the values of the result are written to the memory of this Tensor."""
    def index_fill(self, dim: _int, index: Any, value: Any) -> Any:
        """x with the slices at the indices along dim filled with a value."""
    def index_fill_(self, dim: _int, index: Any, value: Any) -> Self:
        """`index_fill` in place: the values of the result are written to the memory of this Tensor."""
    def index_put(self, indices: Any, values: Any, accumulate: _bool = False) -> Any:
        """x with x[indices] replaced by the values; with `accumulate`, they are added, once for each time."""
    def index_put_(self, indices: Any, values: Any, accumulate: _bool = False) -> Self:
        """`index_put` in place: the values of the result are written to the memory of this Tensor."""
    def masked_scatter(self, mask: Any, source: Any) -> Any:
        """x with the elements where the mask holds replaced by those of source, in order."""
    def masked_scatter_(self, mask: Any, source: Any) -> Self:
        """`masked_scatter` in place: the values of the result are written to the memory of this Tensor."""
    def select_scatter(self, src: Any, dim: _int, index: _int) -> Any:
        """x with the slice at one index of dim replaced by src."""
    def slice_scatter(
        self,
        src: Any,
        dim: _int = 0,
        start: _int | None = None,
        end: _int | None = None,
        step: _int = 1,
    ) -> Any:
        """x with the elements start:end:step along dim replaced by src."""
    def diagonal_scatter(self, src: Any, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Any:
        """x with a diagonal replaced by src."""
    def nonzero(self, *, as_tuple: _bool = False) -> Any:
        """The indices of the elements that are not 0: a row each, or with `as_tuple` an array for each dimension."""
    def argwhere(self) -> Any:
        """The indices of the elements that are not 0, a row each."""
    def matmul(self, y: Any) -> Any:
        """The product of vectors, matrices or stacks of matrices, the stacks broadcast."""
    def mm(self, mat2: Any) -> Any:
        """The product of two matrices, (n, k) and (k, m)."""
    def bmm(self, mat2: Any) -> Any:
        """The products of two equally long stacks of matrices, (b, n, k) and (b, k, m)."""
    def mv(self, vec: Any) -> Any:
        """The product of a matrix (n, m) and a vector (m)."""
    def dot(self, y: Any) -> Any:
        """The product of two vectors of one length."""
    def vdot(self, y: Any) -> Any:
        """The product of two vectors (for real numbers the same as `dot`)."""
    def inner(self, y: Any) -> Any:
        """The sums of products over the last dimensions."""
    def outer(self, vec2: Any) -> Any:
        """The matrix of all products of two vectors' elements, (n, m)."""
    def ger(self, vec2: Any) -> Any:
        """The matrix of all products of two vectors' elements, (n, m)."""
    def kron(self, y: Any) -> Any:
        """Each element of x times the whole of y, in its place."""
    def cross(self, y: Any, dim: _int = -1) -> Any:
        """The cross products of vectors of 3 elements along dim."""
    def matrix_power(self, n: _int) -> Any:
        """The product of n times a square matrix, or each matrix of a stack; of none, the identity."""
    def addmm(self, mat1: Any, mat2: Any, *, beta: _float = 1, alpha: _float = 1) -> Any:
        """beta x + alpha mat1 mat2."""
    def addmm_(self, mat1: Any, mat2: Any, *, beta: _float = 1, alpha: _float = 1) -> Self:
        """`addmm` in place: the values of the result are written to the memory of this Tensor."""
    def addmv(self, mat: Any, vec: Any, *, beta: _float = 1, alpha: _float = 1) -> Any:
        """beta x + alpha mat vec."""
    def addmv_(self, mat: Any, vec: Any, *, beta: _float = 1, alpha: _float = 1) -> Self:
        """`addmv` in place: the values of the result are written to the memory of this Tensor."""
    def addr(self, vec1: Any, vec2: Any, *, beta: _float = 1, alpha: _float = 1) -> Any:
        """beta x + alpha times all products of two vectors' elements."""
    def addr_(self, vec1: Any, vec2: Any, *, beta: _float = 1, alpha: _float = 1) -> Self:
        """`addr` in place: the values of the result are written to the memory of this Tensor."""
    def addbmm(self, batch1: Any, batch2: Any, *, beta: _float = 1, alpha: _float = 1) -> Any:
        """beta x + alpha times the sum of the products of two stacks of matrices."""
    def addbmm_(self, batch1: Any, batch2: Any, *, beta: _float = 1, alpha: _float = 1) -> Self:
        """`addbmm` in place: the values of the result are written to the memory of this Tensor."""
    def baddbmm(self, batch1: Any, batch2: Any, *, beta: _float = 1, alpha: _float = 1) -> Any:
        """beta x + alpha times the products of two stacks of matrices."""
    def baddbmm_(self, batch1: Any, batch2: Any, *, beta: _float = 1, alpha: _float = 1) -> Self:
        """`baddbmm` in place: the values of the result are written to the memory of this Tensor."""
    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
    @property
    def ndim(self) -> _int:
        """The number of dimensions."""
    @property
    def requires_grad(self) -> _bool:
        """Whether gradients flow to this Tensor."""
    @requires_grad.setter
    def requires_grad(self, value: _bool) -> None: ...
    def requires_grad_(self, requires_grad: _bool = True) -> Self:
        """Ask for a gradient of this leaf, or stop asking; in place."""
    @property
    def is_leaf(self) -> _bool:
        """Whether no recorded operation made this Tensor."""
    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made this Tensor; None for a leaf."""
    def detach(self) -> Tensor:
        """The same values, in the same memory, without history."""
    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: _bool | None = None,
        create_graph: _bool = False,
        inputs: Tensor | Sequence[Tensor] | None = None,
    ) -> None:
        """Add the derivative of this Tensor to the `.grad` of the leaves that it was made from."""
