# Made by tests/typing/make_tensor_stub.py from the class in tensor.py; change that, and make it anew.
# fmt: off
# ruff: noqa

from builtins import bool as _bool, float as _float, int as _int
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NoReturn, Self, overload

import numpy as np

from ..core.graph import Node
from ..core.handles import RemovableHandle
from ..core.primitive import Array
from ..core.tensor import TensorBase
from ..functions.exponential import MantissaAndExponent
from ..functions.factorizations import QR
from ..functions.histograms import Histogram
from ..functions.older_linalg import Solution, USV
from ..functions.ordering import MinAndMax, ValuesAndIndices
from ..functions.systems import SignAndLogarithm
from ..random.generator import Generator
from .gradient_edge import GradientEdge
from .sparse_forms import Layout
from .storage import TypedStorage, UntypedStorage
from ..types.annotations import DTypeLike, Data, Index, Number
from ..types.devices import device as _device
from ..types.dtypes import DType
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
    def __matmul__(self, other: Tensor | Array) -> Tensor:
        """The matrix product of this Tensor and another, or an array."""
    def __rmatmul__(self, other: Tensor | Array) -> Tensor:
        """The matrix product of an array and this Tensor."""
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
    def __neg__(self) -> Tensor:
        """Elements of `x` with the opposite sign."""
    def __pos__(self) -> Tensor:
        """The argument itself, which is what the operator `+x` gives."""
    def __abs__(self) -> Tensor:
        """Absolute value of each element."""
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
    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: _bool | None = None,
        create_graph: _bool = False,
        inputs: Tensor | GradientEdge | Sequence[Tensor | GradientEdge] | None = None,
    ) -> None:
        """Add the derivative of this Tensor to the `.grad` of the leaves from which it was computed."""
    @property
    def grad(self) -> Tensor | None:
        """The gradient that `backward()` has accumulated; None before it has."""
    @grad.setter
    def grad(self, value: Tensor | None) -> None: ...
    @grad.deleter
    def grad(self) -> None: ...
    @property
    def data(self) -> Tensor:
        """A Tensor on the same memory, without history."""
    @data.setter
    def data(self, value: Tensor) -> None: ...
    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made this Tensor; None for a leaf. The results of one Function have one
        node.
        """
    @property
    def output_nr(self) -> _int:
        """The number of this Tensor among the results of its `grad_fn`."""
    @property
    def _version(self) -> _int:
        """The number of times that this memory was written in place."""
    @property
    def requires_grad(self) -> _bool:
        """True if gradients flow to this Tensor."""
    @requires_grad.setter
    def requires_grad(self, requires_grad: _bool) -> None: ...
    def requires_grad_(self, requires_grad: _bool = True) -> Self:
        """Ask for a gradient of this leaf, or stop asking; in place."""
    def _is_view(self) -> _bool:
        """Tell whether this Tensor is a view of another, through which gradients flow."""
    @property
    def _base(self) -> Tensor | None:
        """The Tensor that this one is a view of; None if it is none."""
    def is_inference(self) -> _bool:
        """Tell whether this Tensor was made inside `inference_mode`, or is a view of one that was."""
    def _added_to(self, held: Tensor) -> Tensor:
        """The sum of this gradient and of the one that is held already; a sparse gradient is added in its own way."""
    def retain_grad(self) -> None:
        """Keep the gradient of this result in `.grad` when `backward()` computes it; a leaf has its gradient anyway."""
    @property
    def retains_grad(self) -> _bool:
        """Tell whether `retain_grad()` was called on this result."""
    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Let a function see the gradient of this Tensor whenever it is computed, and replace it."""
    def detach_(self) -> Self:
        """Forget the history of this Tensor, which is a leaf from then on."""
    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """Let a function see this leaf whenever `backward()` has added to its `.grad`."""
    @property
    def shape(self) -> Size:
        """The length of each dimension."""
    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
    @property
    def ndim(self) -> _int:
        """The number of dimensions."""
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
        """Tell whether another Tensor has the same shape; the dtypes may differ."""
    def is_contiguous(self, memory_format: Any = None) -> _bool:
        """Tell whether the elements lie in memory in the order of their indices, without gaps."""
    def contiguous(self, memory_format: Any = None) -> Tensor:
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
    def squeeze_(self, dim: _int | Sequence[_int] | None = None) -> Self:
        """`squeeze` in place: this Tensor takes the shape and the history of the view."""
    def unsqueeze_(self, dim: _int) -> Self:
        """`unsqueeze` in place: this Tensor takes the shape and the history of the view."""
    def t_(self) -> Self:
        """`t` in place: this Tensor takes the shape and the history of the view."""
    def transpose_(self, dim0: _int, dim1: _int) -> Self:
        """`transpose` in place: this Tensor takes the shape and the history of the view."""
    def swapaxes_(self, dim0: _int, dim1: _int) -> Self:
        """`transpose` in place: this Tensor takes the shape and the history of the view."""
    def swapdims_(self, dim0: _int, dim1: _int) -> Self:
        """`transpose` in place: this Tensor takes the shape and the history of the view."""
    def as_strided(
        self,
        size: Sequence[_int],
        stride: Sequence[_int],
        storage_offset: _int | None = None,
    ) -> Tensor:
        """A view of any shape into the memory of x: the element at i is the one at storage_offset + Σ i stride."""
    def as_strided_(self, size: Sequence[_int], stride: Sequence[_int], storage_offset: _int | None = None) -> Self:
        """`as_strided` in place: this Tensor takes the shape and the history of the view."""
    def as_strided_scatter(
        self,
        src: Tensor,
        size: Sequence[_int],
        stride: Sequence[_int],
        storage_offset: _int | None = None,
    ) -> Tensor:
        """A copy of x in which what `as_strided` would show is replaced by src."""
    def unfold(self, dimension: _int, size: _int, step: _int) -> Tensor:
        """All windows of a size along a dimension, one every `step` elements, as a further dimension at the end; a
        view.
        """
    def adjoint(self) -> Tensor:
        """Each matrix of the last two dimensions transposed; a view. Complex numbers would be conjugated: there are
        none.
        """
    def narrow_copy(self, dim: _int, start: _int, length: _int) -> Tensor:
        """The elements from one index of a dimension on, as `narrow` gives them, but in memory of their own."""
    def sum_to_size(self, *size: _int) -> Tensor:
        """x summed to a shape that broadcasts to its own: the opposite of `expand`."""
    def dim_order(self) -> tuple[_int, ...]:
        """The dimensions in the order in which they lie in memory, the slowest one first."""
    def resize_(self, *sizes: _int, memory_format: Any = None) -> Self:
        """Give this Tensor another shape: the first elements stay, and further ones are uninitialised."""
    def resize_as_(self, other: Tensor) -> Self:
        """Give this Tensor the shape of another, as `resize_`."""
    def set_(self, source: Tensor) -> Self:
        """Let this Tensor look into the memory of another, and take its shape."""
    def is_set_to(self, tensor: Tensor) -> _bool:
        """Tell whether another Tensor has the same memory, shape and strides."""
    def untyped_storage(self) -> UntypedStorage:
        """The memory that this Tensor looks into, in bytes: its size and its address."""
    def is_shared(self) -> _bool:
        """Tell whether the values lie in memory that processes share."""
    def is_pinned(self, device: Any = None) -> _bool:
        """Tell whether the memory is pinned for a GPU: never."""
    def share_memory_(self) -> Self:
        """Move the values to memory that processes share: forked ones, and those that `multiprocessing` sends it to."""
    def pin_memory(self, device: Any = None) -> Tensor:
        """Raise, as PyTorch does where there is no GPU."""
    def cuda(self, device: Any = None, non_blocking: _bool = False) -> Tensor:
        """Raise, as PyTorch does without CUDA: `cuda.is_available()` is to be asked first."""
    def storage(self) -> TypedStorage:
        """The memory that this Tensor looks into, in elements."""
    def to_sparse(self, sparse_dim: _int | None = None, *, layout: Any = None) -> Any:
        """The Tensor as a sparse one in coordinate format: the places and the values of the elements that are not 0."""
    def to_sparse_coo(self, sparse_dim: _int | None = None, *, layout: Any = None) -> Any:
        """The Tensor as a sparse one in coordinate format: the places and the values of the elements that are not 0."""
    def to_dense(self, dtype: Any = None, *, masked_grad: _bool | None = None) -> Tensor:
        """The Tensor, which is dense; a sparse one with its zeros."""
    is_sparse: _bool
    is_quantized: _bool
    is_meta: _bool
    is_mps: _bool
    is_xpu: _bool
    is_nested: _bool
    is_mkldnn: _bool
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
    def conj(self) -> Tensor:
        """The complex conjugate: of a real Tensor, the Tensor itself."""
    def conj_physical(self) -> Tensor:
        """The complex conjugate, computed at once: of a real Tensor, the Tensor itself."""
    def is_conj(self) -> _bool:
        """Return False: no conjugation is put off, because Tensors are real."""
    def resolve_conj(self) -> Tensor:
        """The Tensor, with a conjugation that was put off carried out: of a real Tensor, the Tensor itself."""
    def resolve_neg(self) -> Tensor:
        """The Tensor, with a negation that was put off carried out: of a real Tensor, the Tensor itself."""
    def is_neg(self) -> _bool:
        """Return False: no negation is put off."""
    @property
    def real(self) -> Tensor:
        """The real part: of a real Tensor, the Tensor itself."""
    @property
    def imag(self) -> NoReturn:
        """The imaginary part, which real Tensors do not have."""
    @overload
    def to(
        self,
        dtype: DTypeLike,
        non_blocking: _bool = False,
        copy: _bool = False,
        *,
        memory_format: Any = None,
    ) -> Tensor: ...
    @overload
    def to(
        self,
        device: str | None = None,
        dtype: DTypeLike | None = None,
        non_blocking: _bool = False,
        copy: _bool = False,
        *,
        memory_format: Any = None,
    ) -> Tensor: ...
    @overload
    def to(
        self,
        other: Tensor,
        non_blocking: _bool = False,
        copy: _bool = False,
        *,
        memory_format: Any = None,
    ) -> Tensor:
        """This Tensor in another dtype; it is returned itself where nothing changes, unless `copy`."""
    @overload
    def type(self, dtype: None = None) -> str: ...
    @overload
    def type(self, dtype: DTypeLike) -> Tensor:
        """This Tensor in another dtype, as `to` makes it; without one, the name of its type, which is PyTorch's."""
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
    def clone(self, *, memory_format: Any = None) -> Tensor:
        """A copy of x in memory of its own, of the same shape and dtype."""
    def cpu(self) -> Tensor:
        """This Tensor itself, because it is on the CPU already."""
    def new(self, *data: Any, device: str | None = None) -> Tensor:
        """A new Tensor in the dtype of this one: `x.new(values)` of the values, `x.new(2, 3)` of that shape,
        uninitialised.
        """
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
    def _repr_html_(self) -> Self:
        """The HTML that a notebook shows of a matrix: its text and a heat map. None, for the text alone, otherwise."""
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
    def new_empty_strided(
        self,
        size: Sequence[_int],
        stride: Sequence[_int],
        dtype: Any = None,
        device: Any = None,
        requires_grad: _bool = False,
    ) -> Tensor:
        """An uninitialised Tensor of a shape and strides, in the dtype of this one unless another is given."""
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
    def apply_(self, callable: Callable[[Any], Any]) -> Self:
        """Replace each element by what a function of Python makes of it. This is slow."""
    def map_(self, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Self:
        """Replace each element by what a function of Python makes of it and of that of another Tensor."""
    def geometric_(self, p: _float, *, generator: Generator | None = None) -> Self:
        """Fill this Tensor with how many trials there are up to the first success."""
    def log_normal_(self, mean: _float = 1.0, std: _float = 2.0, *, generator: Generator | None = None) -> Self:
        """Fill this Tensor with numbers whose logarithms are normally distributed."""
    def cauchy_(self, median: _float = 0.0, sigma: _float = 1.0, *, generator: Generator | None = None) -> Self:
        """Fill this Tensor with numbers of the Cauchy distribution, which has no expectation."""
    def exponential_(self, lambd: _float = 1.0, *, generator: Generator | None = None) -> Self:
        """Fill this Tensor with exponentially distributed numbers, whose density is lambd e^(-lambd x) for x > 0."""
    def random_(
        self,
        from_: _int | None = None,
        to: _int | None = None,
        *,
        generator: Generator | None = None,
    ) -> Self:
        """Fill this Tensor with whole numbers that are spread evenly over [from, to); `random_(to)` counts from 0."""
    def add(self, y: Tensor | Number, *, alpha: Number = 1) -> Tensor:
        """Sum of `x` and `y`, element by element."""
    def add_(self, y: Tensor | Number, *, alpha: Number = 1) -> Self:
        """`add` in place: the values of the result are written to the memory of this Tensor."""
    def sub(self, y: Tensor | Number, *, alpha: Number = 1) -> Tensor:
        """Difference of `x` and `y`, element by element."""
    def sub_(self, y: Tensor | Number, *, alpha: Number = 1) -> Self:
        """`sub` in place: the values of the result are written to the memory of this Tensor."""
    def mul(self, y: Tensor | Number) -> Tensor:
        """Product of `x` and `y`, element by element; `matmul` is the product of matrices."""
    def mul_(self, y: Tensor | Number) -> Self:
        """`mul` in place: the values of the result are written to the memory of this Tensor."""
    def div(self, y: Tensor | Number, *, rounding_mode: Literal['trunc', 'floor'] | None = None) -> Tensor:
        """Quotient of `x` and `y`, element by element."""
    def div_(self, y: Tensor | Number, *, rounding_mode: Literal['trunc', 'floor'] | None = None) -> Self:
        """`div` in place: the values of the result are written to the memory of this Tensor."""
    def pow(self, y: Tensor | Number) -> Tensor:
        """Power of each element: the operator `**`."""
    def pow_(self, y: Tensor | Number) -> Self:
        """`pow` in place: the values of the result are written to the memory of this Tensor."""
    def neg(self) -> Tensor:
        """Elements of `x` with the opposite sign."""
    def neg_(self) -> Self:
        """`neg` in place: the values of the result are written to the memory of this Tensor."""
    def abs(self) -> Tensor:
        """Absolute value of each element."""
    def abs_(self) -> Self:
        """`abs` in place: the values of the result are written to the memory of this Tensor."""
    def square(self) -> Tensor:
        """Square of each element."""
    def square_(self) -> Self:
        """`square` in place: the values of the result are written to the memory of this Tensor."""
    def sqrt(self) -> Tensor:
        """Square root of each element."""
    def sqrt_(self) -> Self:
        """`sqrt` in place: the values of the result are written to the memory of this Tensor."""
    def rsqrt(self) -> Tensor:
        """Reciprocal of the square root of each element: what a normalization layer multiplies by."""
    def rsqrt_(self) -> Self:
        """`rsqrt` in place: the values of the result are written to the memory of this Tensor."""
    def reciprocal(self) -> Tensor:
        """Reciprocal of each element."""
    def reciprocal_(self) -> Self:
        """`reciprocal` in place: the values of the result are written to the memory of this Tensor."""
    def exp(self) -> Tensor:
        """Exponential function of each element."""
    def exp_(self) -> Self:
        """`exp` in place: the values of the result are written to the memory of this Tensor."""
    def exp2(self) -> Tensor:
        """Power of 2 with each element as the exponent."""
    def exp2_(self) -> Self:
        """`exp2` in place: the values of the result are written to the memory of this Tensor."""
    def expm1(self) -> Tensor:
        """Exponential function of each element minus 1, accurate near 0."""
    def expm1_(self) -> Self:
        """`expm1` in place: the values of the result are written to the memory of this Tensor."""
    def log(self) -> Tensor:
        """Natural logarithm of each element."""
    def log_(self) -> Self:
        """`log` in place: the values of the result are written to the memory of this Tensor."""
    def log2(self) -> Tensor:
        """Logarithm of each element to the base 2."""
    def log2_(self) -> Self:
        """`log2` in place: the values of the result are written to the memory of this Tensor."""
    def log10(self) -> Tensor:
        """Logarithm of each element to the base 10."""
    def log10_(self) -> Self:
        """`log10` in place: the values of the result are written to the memory of this Tensor."""
    def log1p(self) -> Tensor:
        """Natural logarithm of 1 plus each element, accurate near 0."""
    def log1p_(self) -> Self:
        """`log1p` in place: the values of the result are written to the memory of this Tensor."""
    def sin(self) -> Tensor:
        """Sine of each element, an angle in radians."""
    def sin_(self) -> Self:
        """`sin` in place: the values of the result are written to the memory of this Tensor."""
    def cos(self) -> Tensor:
        """Cosine of each element, an angle in radians."""
    def cos_(self) -> Self:
        """`cos` in place: the values of the result are written to the memory of this Tensor."""
    def tan(self) -> Tensor:
        """Tangent of each element, an angle in radians."""
    def tan_(self) -> Self:
        """`tan` in place: the values of the result are written to the memory of this Tensor."""
    def asin(self) -> Tensor:
        """Arc sine of each element: the angle in [-π/2, π/2] that has this sine."""
    def asin_(self) -> Self:
        """`asin` in place: the values of the result are written to the memory of this Tensor."""
    def acos(self) -> Tensor:
        """Arc cosine of each element: the angle in [0, π] that has this cosine."""
    def acos_(self) -> Self:
        """`acos` in place: the values of the result are written to the memory of this Tensor."""
    def atan(self) -> Tensor:
        """Arc tangent of each element: the angle in (-π/2, π/2) that has this tangent."""
    def atan_(self) -> Self:
        """`atan` in place: the values of the result are written to the memory of this Tensor."""
    def sinh(self) -> Tensor:
        """Hyperbolic sine of each element."""
    def sinh_(self) -> Self:
        """`sinh` in place: the values of the result are written to the memory of this Tensor."""
    def cosh(self) -> Tensor:
        """Hyperbolic cosine of each element."""
    def cosh_(self) -> Self:
        """`cosh` in place: the values of the result are written to the memory of this Tensor."""
    def tanh(self) -> Tensor:
        """Hyperbolic tangent of each element, between -1 and 1."""
    def tanh_(self) -> Self:
        """`tanh` in place: the values of the result are written to the memory of this Tensor."""
    def asinh(self) -> Tensor:
        """Inverse hyperbolic sine of each element."""
    def asinh_(self) -> Self:
        """`asinh` in place: the values of the result are written to the memory of this Tensor."""
    def acosh(self) -> Tensor:
        """Inverse hyperbolic cosine of each element."""
    def acosh_(self) -> Self:
        """`acosh` in place: the values of the result are written to the memory of this Tensor."""
    def atanh(self) -> Tensor:
        """Inverse hyperbolic tangent of each element."""
    def atanh_(self) -> Self:
        """`atanh` in place: the values of the result are written to the memory of this Tensor."""
    def sigmoid(self) -> Tensor:
        """Logistic function: each element mapped to a number between 0 and 1."""
    def sigmoid_(self) -> Self:
        """`sigmoid` in place: the values of the result are written to the memory of this Tensor."""
    def relu(self) -> Tensor:
        """Rectified linear unit: the positive part of each element."""
    def relu_(self) -> Self:
        """`relu` in place: the values of the result are written to the memory of this Tensor."""
    def erf(self) -> Tensor:
        """Error function of each element: the probability that a normal variable of variance 1/2 lies in (-x, x)."""
    def erf_(self) -> Self:
        """`erf` in place: the values of the result are written to the memory of this Tensor."""
    def erfc(self) -> Tensor:
        """Complementary error function of each element, accurate where `erf` is near 1."""
    def erfc_(self) -> Self:
        """`erfc` in place: the values of the result are written to the memory of this Tensor."""
    def sign(self) -> Tensor:
        """Sign of each element: -1, 0 or 1."""
    def sign_(self) -> Self:
        """`sign` in place: the values of the result are written to the memory of this Tensor."""
    def floor(self) -> Tensor:
        """Largest integer that is not above the element."""
    def floor_(self) -> Self:
        """`floor` in place: the values of the result are written to the memory of this Tensor."""
    def ceil(self) -> Tensor:
        """Smallest integer that is not below the element."""
    def ceil_(self) -> Self:
        """`ceil` in place: the values of the result are written to the memory of this Tensor."""
    def round(self, *, decimals: _int = 0) -> Tensor:
        """Elements rounded to a number of decimals, halves to the even neighbour."""
    def round_(self, *, decimals: _int = 0) -> Self:
        """`round` in place: the values of the result are written to the memory of this Tensor."""
    def trunc(self) -> Tensor:
        """Integer part of each element: it is rounded towards 0."""
    def trunc_(self) -> Self:
        """`trunc` in place: the values of the result are written to the memory of this Tensor."""
    def frac(self) -> Tensor:
        """Fractional part of each element, with its sign."""
    def frac_(self) -> Self:
        """`frac` in place: the values of the result are written to the memory of this Tensor."""
    def fmod(self, y: Tensor | Number) -> Tensor:
        """Remainder of the division of `x` by `y`, with the sign of `x`, as C defines it."""
    def fmod_(self, y: Tensor | Number) -> Self:
        """`fmod` in place: the values of the result are written to the memory of this Tensor."""
    def remainder(self, y: Tensor | Number) -> Tensor:
        """Remainder of the division of `x` by `y`, with the sign of `y`: the operator `%`, as Python defines it."""
    def remainder_(self, y: Tensor | Number) -> Self:
        """`remainder` in place: the values of the result are written to the memory of this Tensor."""
    def floor_divide(self, y: Tensor | Number) -> Tensor:
        """Quotient of `x` and `y`, rounded down: the operator `//`."""
    def floor_divide_(self, y: Tensor | Number) -> Self:
        """`floor_divide` in place: the values of the result are written to the memory of this Tensor."""
    def clamp(self, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor:
        """Elements of `x`, bounded to the interval from `min` to `max`."""
    def clamp_(self, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Self:
        """`clamp` in place: the values of the result are written to the memory of this Tensor."""
    def clamp_min(self, min: Tensor | Number) -> Tensor:
        """Elements of `x`, or a lower bound where they are below it."""
    def clamp_min_(self, min: Tensor | Number) -> Self:
        """`clamp_min` in place: the values of the result are written to the memory of this Tensor."""
    def clamp_max(self, max: Tensor | Number) -> Tensor:
        """Elements of `x`, or an upper bound where they are above it."""
    def clamp_max_(self, max: Tensor | Number) -> Self:
        """`clamp_max` in place: the values of the result are written to the memory of this Tensor."""
    def lerp(self, y: Tensor | Number, weight: Tensor | Number) -> Tensor:
        """Linear interpolation between `x` and `y`."""
    def lerp_(self, y: Tensor | Number, weight: Tensor | Number) -> Self:
        """`lerp` in place: the values of the result are written to the memory of this Tensor."""
    def hypot(self, y: Tensor) -> Tensor:
        """Length of the hypotenuse of a right triangle with the legs `x` and `y`."""
    def hypot_(self, y: Tensor) -> Self:
        """`hypot` in place: the values of the result are written to the memory of this Tensor."""
    def frexp(self) -> MantissaAndExponent:
        """Each element as mantissa · 2^exponent, with 0.5 ≤ |mantissa| < 1: the opposite of `ldexp`."""
    def copysign(self, y: Tensor | Number) -> Tensor:
        """Absolute value of `x` with the sign of `y`, in which -0.0 counts as negative."""
    def copysign_(self, y: Tensor | Number) -> Self:
        """`copysign` in place: the values of the result are written to the memory of this Tensor."""
    def atan2(self, y: Tensor) -> Tensor:
        """Angle in [-π, π] between the first axis and the point with the coordinates (`y`, `x`), in that order."""
    def atan2_(self, y: Tensor) -> Self:
        """`atan2` in place: the values of the result are written to the memory of this Tensor."""
    def addcmul(self, tensor1: Tensor | Number, tensor2: Tensor | Number, *, value: Number = 1) -> Tensor:
        """Sum of `x` and a multiple of the product of two Tensors."""
    def addcmul_(self, tensor1: Tensor | Number, tensor2: Tensor | Number, *, value: Number = 1) -> Self:
        """`addcmul` in place: the values of the result are written to the memory of this Tensor."""
    def addcdiv(self, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Tensor:
        """Sum of `x` and a multiple of the quotient of two Tensors: the form of the last line of Adam."""
    def addcdiv_(self, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Self:
        """`addcdiv` in place: the values of the result are written to the memory of this Tensor."""
    def masked_fill(self, mask: Tensor, value: Tensor | Number) -> Tensor:
        """Elements of `x`, replaced by a value where a mask holds: `-inf` for the scores that a softmax is to
        ignore.
        """
    def masked_fill_(self, mask: Tensor, value: Tensor | Number) -> Self:
        """`masked_fill` in place: the values of the result are written to the memory of this Tensor."""
    def nan_to_num(self, nan: _float = 0.0, posinf: _float | None = None, neginf: _float | None = None) -> Tensor:
        """Elements of `x`, with NaN and the infinities replaced by numbers."""
    def nan_to_num_(self, nan: _float = 0.0, posinf: _float | None = None, neginf: _float | None = None) -> Self:
        """`nan_to_num` in place: the values of the result are written to the memory of this Tensor."""
    def float_power(self, y: Tensor | Number) -> Tensor:
        """Power of each element, computed in float64."""
    def float_power_(self, exponent: Tensor | _float) -> Self:
        """`float_power` in place, for Tensors of float64, in which it computes."""
    @property
    def layout(self) -> Layout:
        """The layout of the elements in memory: `strided`, or `sparse_coo` for a sparse Tensor."""
    def xlogy(self, y: Tensor | Number) -> Tensor:
        """Product of `x` and the logarithm of `y`, and 0 where `x` is 0: a term of an entropy."""
    def xlogy_(self, y: Tensor | Number) -> Self:
        """`xlogy` in place: the values of the result are written to the memory of this Tensor."""
    def logit(self, eps: _float | None = None) -> Tensor:
        """Logarithm of the odds of a probability: the inverse of `sigmoid`."""
    def logit_(self, eps: _float | None = None) -> Self:
        """`logit` in place: the values of the result are written to the memory of this Tensor."""
    def sinc(self) -> Tensor:
        """Normalized cardinal sine of each element, as `np.sinc`."""
    def sinc_(self) -> Self:
        """`sinc` in place: the values of the result are written to the memory of this Tensor."""
    def ldexp(self, y: Tensor) -> Tensor:
        """Product of `x` and a power of 2."""
    def ldexp_(self, y: Tensor) -> Self:
        """`ldexp` in place: the values of the result are written to the memory of this Tensor."""
    def heaviside(self, values: Tensor) -> Tensor:
        """Heaviside's step function: 0 where `x` is negative, 1 where it is positive."""
    def heaviside_(self, values: Tensor) -> Self:
        """`heaviside` in place: the values of the result are written to the memory of this Tensor."""
    def nextafter(self, y: Tensor) -> Tensor:
        """Floating-point number that is next to `x` on the way to `y`; `y` itself where the two are equal."""
    def nextafter_(self, y: Tensor) -> Self:
        """`nextafter` in place: the values of the result are written to the memory of this Tensor."""
    def angle(self) -> Tensor:
        """Angle of each element in the complex plane: pi where it is negative, else 0."""
    def deg2rad(self) -> Tensor:
        """Angles in degrees, converted to radians."""
    def deg2rad_(self) -> Self:
        """`deg2rad` in place: the values of the result are written to the memory of this Tensor."""
    def rad2deg(self) -> Tensor:
        """Angles in radians, converted to degrees."""
    def rad2deg_(self) -> Self:
        """`rad2deg` in place: the values of the result are written to the memory of this Tensor."""
    def lgamma(self) -> Tensor:
        """Logarithm of the absolute value of the gamma function of each element: of (n - 1)! for a whole number n."""
    def lgamma_(self) -> Self:
        """`lgamma` in place: the values of the result are written to the memory of this Tensor."""
    def digamma(self) -> Tensor:
        """Logarithmic derivative of the gamma function of each element."""
    def digamma_(self) -> Self:
        """`digamma` in place: the values of the result are written to the memory of this Tensor."""
    def polygamma(self, n: _int) -> Tensor:
        """`polygamma(n, x)` as a method: the derivative of order `n` of the digamma function of each element."""
    def polygamma_(self, n: _int) -> Self:
        """`polygamma` in place: the values of the result are written to the memory of this Tensor."""
    def mvlgamma(self, p: _int) -> Tensor:
        """Logarithm of the multivariate gamma function of each element, as in the density of a Wishart distribution."""
    def mvlgamma_(self, p: _int) -> Self:
        """`mvlgamma` in place: the values of the result are written to the memory of this Tensor."""
    def igamma(self, y: Tensor) -> Tensor:
        """Regularized lower incomplete gamma function: the probability that a gamma variable of shape `x` is below
        `y`.
        """
    def igamma_(self, y: Tensor) -> Self:
        """`igamma` in place: the values of the result are written to the memory of this Tensor."""
    def igammac(self, y: Tensor) -> Tensor:
        """Regularized upper incomplete gamma function, accurate where `igamma` is near 1."""
    def igammac_(self, y: Tensor) -> Self:
        """`igammac` in place: the values of the result are written to the memory of this Tensor."""
    def erfinv(self) -> Tensor:
        """Inverse of the error function of each element."""
    def erfinv_(self) -> Self:
        """`erfinv` in place: the values of the result are written to the memory of this Tensor."""
    def i0(self) -> Tensor:
        """Modified Bessel function of the first kind and of order 0, of each element."""
    def i0_(self) -> Self:
        """`i0` in place: the values of the result are written to the memory of this Tensor."""
    def logaddexp(self, y: Tensor) -> Tensor:
        """Logarithm of the sum of two exponentials, without overflow: the sum of numbers that are given as
        logarithms.
        """
    def logaddexp2(self, y: Tensor) -> Tensor:
        """Logarithm to the base 2 of the sum of two powers of 2, without overflow."""
    def maximum(self, y: Tensor) -> Tensor:
        """Larger one of each two elements of `x` and `y`, and NaN where either is."""
    def minimum(self, y: Tensor) -> Tensor:
        """Smaller one of each two elements of `x` and `y`, and NaN where either is."""
    def fmax(self, y: Tensor) -> Tensor:
        """Larger one of each two elements of `x` and `y`; of a number and NaN, the number."""
    def fmin(self, y: Tensor) -> Tensor:
        """Smaller one of each two elements of `x` and `y`; of a number and NaN, the number."""
    def positive(self) -> Tensor:
        """The argument itself, which is what the operator `+x` gives."""
    def signbit(self) -> Tensor:
        """Mask of the elements with a negative sign, -0.0 among them."""
    def where(self, condition: Tensor, other: Tensor | Number) -> Tensor:
        """Take the elements of this Tensor where the condition holds, and of `other` elsewhere; shapes are
        broadcast.
        """
    def subtract(self, y: Tensor | Number, *, alpha: Number = 1) -> Tensor:
        """Difference of `x` and `y`, element by element."""
    def subtract_(self, y: Tensor | Number, *, alpha: Number = 1) -> Self:
        """`sub` in place: the values of the result are written to the memory of this Tensor."""
    def multiply(self, y: Tensor | Number) -> Tensor:
        """Product of `x` and `y`, element by element; `matmul` is the product of matrices."""
    def multiply_(self, y: Tensor | Number) -> Self:
        """`mul` in place: the values of the result are written to the memory of this Tensor."""
    def divide(self, y: Tensor | Number, *, rounding_mode: Literal['trunc', 'floor'] | None = None) -> Tensor:
        """Quotient of `x` and `y`, element by element."""
    def divide_(self, y: Tensor | Number, *, rounding_mode: Literal['trunc', 'floor'] | None = None) -> Self:
        """`div` in place: the values of the result are written to the memory of this Tensor."""
    def true_divide(self, y: Tensor | Number, *, rounding_mode: Literal['trunc', 'floor'] | None = None) -> Tensor:
        """Quotient of `x` and `y`, element by element."""
    def true_divide_(self, y: Tensor | Number, *, rounding_mode: Literal['trunc', 'floor'] | None = None) -> Self:
        """`div` in place: the values of the result are written to the memory of this Tensor."""
    def negative(self) -> Tensor:
        """Elements of `x` with the opposite sign."""
    def negative_(self) -> Self:
        """`neg` in place: the values of the result are written to the memory of this Tensor."""
    def absolute(self) -> Tensor:
        """Absolute value of each element."""
    def absolute_(self) -> Self:
        """`abs` in place: the values of the result are written to the memory of this Tensor."""
    def arcsin(self) -> Tensor:
        """Arc sine of each element: the angle in [-π/2, π/2] that has this sine."""
    def arcsin_(self) -> Self:
        """`asin` in place: the values of the result are written to the memory of this Tensor."""
    def arccos(self) -> Tensor:
        """Arc cosine of each element: the angle in [0, π] that has this cosine."""
    def arccos_(self) -> Self:
        """`acos` in place: the values of the result are written to the memory of this Tensor."""
    def arctan(self) -> Tensor:
        """Arc tangent of each element: the angle in (-π/2, π/2) that has this tangent."""
    def arctan_(self) -> Self:
        """`atan` in place: the values of the result are written to the memory of this Tensor."""
    def arctan2(self, y: Tensor) -> Tensor:
        """Angle in [-π, π] between the first axis and the point with the coordinates (`y`, `x`), in that order."""
    def arctan2_(self, y: Tensor) -> Self:
        """`atan2` in place: the values of the result are written to the memory of this Tensor."""
    def arcsinh(self) -> Tensor:
        """Inverse hyperbolic sine of each element."""
    def arcsinh_(self) -> Self:
        """`asinh` in place: the values of the result are written to the memory of this Tensor."""
    def arccosh(self) -> Tensor:
        """Inverse hyperbolic cosine of each element."""
    def arccosh_(self) -> Self:
        """`acosh` in place: the values of the result are written to the memory of this Tensor."""
    def arctanh(self) -> Tensor:
        """Inverse hyperbolic tangent of each element."""
    def arctanh_(self) -> Self:
        """`atanh` in place: the values of the result are written to the memory of this Tensor."""
    def clip(self, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Tensor:
        """Elements of `x`, bounded to the interval from `min` to `max`."""
    def clip_(self, min: Tensor | Number | None = None, max: Tensor | Number | None = None) -> Self:
        """`clamp` in place: the values of the result are written to the memory of this Tensor."""
    def fix(self) -> Tensor:
        """Integer part of each element: it is rounded towards 0."""
    def fix_(self) -> Self:
        """`trunc` in place: the values of the result are written to the memory of this Tensor."""
    def sgn(self) -> Tensor:
        """Sign of each element: -1, 0 or 1."""
    def sgn_(self) -> Self:
        """`sign` in place: the values of the result are written to the memory of this Tensor."""
    def eq(self, y: Tensor | Number) -> Tensor:
        """Mask of the elements in which `x` and `y` are equal: the operator `==`."""
    def eq_(self, y: Tensor | Number) -> Self:
        """`eq` in place: the values of the result are written to the memory of this Tensor."""
    def ne(self, y: Tensor | Number) -> Tensor:
        """Mask of the elements in which `x` and `y` differ: the operator `!=`."""
    def ne_(self, y: Tensor | Number) -> Self:
        """`ne` in place: the values of the result are written to the memory of this Tensor."""
    def lt(self, y: Tensor | Number) -> Tensor:
        """Mask of the elements in which `x` is less than `y`: the operator `<`."""
    def lt_(self, y: Tensor | Number) -> Self:
        """`lt` in place: the values of the result are written to the memory of this Tensor."""
    def le(self, y: Tensor | Number) -> Tensor:
        """Mask of the elements in which `x` is less than or equal to `y`: the operator `<=`."""
    def le_(self, y: Tensor | Number) -> Self:
        """`le` in place: the values of the result are written to the memory of this Tensor."""
    def gt(self, y: Tensor | Number) -> Tensor:
        """Mask of the elements in which `x` is greater than `y`: the operator `>`."""
    def gt_(self, y: Tensor | Number) -> Self:
        """`gt` in place: the values of the result are written to the memory of this Tensor."""
    def ge(self, y: Tensor | Number) -> Tensor:
        """Mask of the elements in which `x` is greater than or equal to `y`: the operator `>=`."""
    def ge_(self, y: Tensor | Number) -> Self:
        """`ge` in place: the values of the result are written to the memory of this Tensor."""
    def not_equal(self, y: Tensor | Number) -> Tensor:
        """Mask of the elements in which `x` and `y` differ: the operator `!=`."""
    def not_equal_(self, y: Tensor | Number) -> Self:
        """`ne` in place: the values of the result are written to the memory of this Tensor."""
    def less(self, y: Tensor | Number) -> Tensor:
        """Mask of the elements in which `x` is less than `y`: the operator `<`."""
    def less_(self, y: Tensor | Number) -> Self:
        """`lt` in place: the values of the result are written to the memory of this Tensor."""
    def less_equal(self, y: Tensor | Number) -> Tensor:
        """Mask of the elements in which `x` is less than or equal to `y`: the operator `<=`."""
    def less_equal_(self, y: Tensor | Number) -> Self:
        """`le` in place: the values of the result are written to the memory of this Tensor."""
    def greater(self, y: Tensor | Number) -> Tensor:
        """Mask of the elements in which `x` is greater than `y`: the operator `>`."""
    def greater_(self, y: Tensor | Number) -> Self:
        """`gt` in place: the values of the result are written to the memory of this Tensor."""
    def greater_equal(self, y: Tensor | Number) -> Tensor:
        """Mask of the elements in which `x` is greater than or equal to `y`: the operator `>=`."""
    def greater_equal_(self, y: Tensor | Number) -> Self:
        """`ge` in place: the values of the result are written to the memory of this Tensor."""
    def logical_and(self, y: Tensor) -> Tensor:
        """Mask of the elements in which both `x` and `y` are true: not 0, so NaN is true too."""
    def logical_and_(self, y: Tensor) -> Self:
        """`logical_and` in place: the values of the result are written to the memory of this Tensor."""
    def logical_or(self, y: Tensor) -> Tensor:
        """Mask of the elements in which `x` or `y` is true: not 0, so NaN is true too."""
    def logical_or_(self, y: Tensor) -> Self:
        """`logical_or` in place: the values of the result are written to the memory of this Tensor."""
    def logical_xor(self, y: Tensor) -> Tensor:
        """Mask of the elements in which exactly one of `x` and `y` is true: not 0, so NaN is true too."""
    def logical_xor_(self, y: Tensor) -> Self:
        """`logical_xor` in place: the values of the result are written to the memory of this Tensor."""
    def logical_not(self) -> Tensor:
        """Mask of the elements that are 0."""
    def logical_not_(self) -> Self:
        """`logical_not` in place: the values of the result are written to the memory of this Tensor."""
    def bitwise_and(self, y: Tensor | Number) -> Tensor:
        """Integers whose bits are 1 where those of both `x` and `y` are: the operator `&`."""
    def bitwise_and_(self, y: Tensor | Number) -> Self:
        """`bitwise_and` in place: the values of the result are written to the memory of this Tensor."""
    def bitwise_or(self, y: Tensor | Number) -> Tensor:
        """Integers whose bits are 1 where those of `x` or `y` are: the operator `|`."""
    def bitwise_or_(self, y: Tensor | Number) -> Self:
        """`bitwise_or` in place: the values of the result are written to the memory of this Tensor."""
    def bitwise_xor(self, y: Tensor | Number) -> Tensor:
        """Integers whose bits are 1 where those of `x` and `y` differ: the operator `^`."""
    def bitwise_xor_(self, y: Tensor | Number) -> Self:
        """`bitwise_xor` in place: the values of the result are written to the memory of this Tensor."""
    def bitwise_not(self) -> Tensor:
        """Integers with every bit of `x` inverted: the operator `~`."""
    def bitwise_not_(self) -> Self:
        """`bitwise_not` in place: the values of the result are written to the memory of this Tensor."""
    def bitwise_left_shift(self, y: Tensor | Number) -> Tensor:
        """Integers with the bits of `x` moved to the left by `y` places: the operator `<<`."""
    def bitwise_left_shift_(self, y: Tensor | Number) -> Self:
        """`bitwise_left_shift` in place: the values of the result are written to the memory of this Tensor."""
    def bitwise_right_shift(self, y: Tensor | Number) -> Tensor:
        """Integers with the bits of `x` moved to the right by `y` places: the operator `>>`."""
    def bitwise_right_shift_(self, y: Tensor | Number) -> Self:
        """`bitwise_right_shift` in place: the values of the result are written to the memory of this Tensor."""
    def gcd(self, y: Tensor) -> Tensor:
        """Greatest common divisor of `x` and `y`: the largest integer that divides both."""
    def gcd_(self, y: Tensor) -> Self:
        """`gcd` in place: the values of the result are written to the memory of this Tensor."""
    def lcm(self, y: Tensor) -> Tensor:
        """Least common multiple of `x` and `y`: the smallest positive integer that both divide, and 0 where one is
        0.
        """
    def lcm_(self, y: Tensor) -> Self:
        """`lcm` in place: the values of the result are written to the memory of this Tensor."""
    def isnan(self) -> Tensor:
        """Mask of the elements that are NaN, not a number."""
    def isinf(self) -> Tensor:
        """Mask of the elements that are infinite, with either sign."""
    def isfinite(self) -> Tensor:
        """Mask of the elements that are neither infinite nor NaN."""
    def isposinf(self) -> Tensor:
        """Mask of the elements that are +inf."""
    def isneginf(self) -> Tensor:
        """Mask of the elements that are -inf."""
    def isreal(self) -> Tensor:
        """Mask of the elements whose imaginary part is 0: all of them, since no Tensor here is of complex numbers."""
    def isclose(self, y: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> Tensor:
        """Mask of the elements in which `x` and `y` are equal up to rounding."""
    def allclose(self, y: Tensor, rtol: _float = 1e-05, atol: _float = 1e-08, equal_nan: _bool = False) -> _bool:
        """True if all elements of `x` and `y` are equal up to rounding; see `isclose`."""
    def equal(self, y: Tensor) -> _bool:
        """True if `x` and `y` have the same shape and the same elements."""
    def sum(
        self,
        dim: _int | Sequence[_int] | None = None,
        keepdim: _bool = False,
        *,
        dtype: DTypeLike | None = None,
    ) -> Tensor:
        """Sum of the elements over one, several or all dimensions."""
    def mean(
        self,
        dim: _int | Sequence[_int] | None = None,
        keepdim: _bool = False,
        *,
        dtype: DTypeLike | None = None,
    ) -> Tensor:
        """Mean of the elements over one, several or all dimensions."""
    def prod(self, dim: _int | None = None, keepdim: _bool = False, *, dtype: DTypeLike | None = None) -> Tensor:
        """Product of the elements over one dimension, or of all elements."""
    def nansum(
        self,
        dim: _int | Sequence[_int] | None = None,
        keepdim: _bool = False,
        *,
        dtype: DTypeLike | None = None,
    ) -> Tensor:
        """Sum of the elements that are not NaN, over one, several or all dimensions."""
    def nanmean(
        self,
        dim: _int | Sequence[_int] | None = None,
        keepdim: _bool = False,
        *,
        dtype: DTypeLike | None = None,
    ) -> Tensor:
        """Mean of the elements that are not NaN, over one, several or all dimensions."""
    def var(
        self,
        dim: _int | Sequence[_int] | _bool | None = None,
        unbiased: _bool | None = None,
        keepdim: _bool = False,
        *,
        correction: _float | None = None,
    ) -> Tensor:
        """Variance of the elements over one, several or all dimensions."""
    def std(
        self,
        dim: _int | Sequence[_int] | _bool | None = None,
        unbiased: _bool | None = None,
        keepdim: _bool = False,
        *,
        correction: _float | None = None,
    ) -> Tensor:
        """Standard deviation of the elements over one, several or all dimensions."""
    def all(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False) -> Tensor:
        """True if no element is 0, over one, several or all dimensions."""
    def any(self, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False) -> Tensor:
        """True if some element is not 0, over one, several or all dimensions."""
    def count_nonzero(self, dim: _int | Sequence[_int] | None = None) -> Tensor:
        """Number of elements that are not 0, over one, several or all dimensions."""
    def norm(
        self,
        p: _float | str | None = 'fro',
        dim: _int | Sequence[_int] | None = None,
        keepdim: _bool = False,
        *,
        dtype: DTypeLike | None = None,
    ) -> Tensor:
        """The p-norm of vectors along one, several or all dimensions."""
    def logsumexp(self, dim: _int | Sequence[_int] | None, keepdim: _bool = False) -> Tensor:
        """Logarithm of the sum of the exponentials over one or several dimensions, without overflow."""
    def softmax(self, dim: _int, dtype: DTypeLike | None = None) -> Tensor:
        """Exponentials of the elements, divided by their sum along a dimension: probabilities from scores."""
    def log_softmax(self, dim: _int, dtype: DTypeLike | None = None) -> Tensor:
        """Logarithm of `softmax` along a dimension, accurate where the probability is near 0."""
    def cumsum(self, dim: _int, *, dtype: DTypeLike | None = None) -> Tensor:
        """Sum of the elements up to and with each one along a dimension."""
    def cumsum_(self, dim: _int, *, dtype: DTypeLike | None = None) -> Self:
        """`cumsum` in place: the values of the result are written to the memory of this Tensor."""
    def cumprod(self, dim: _int, *, dtype: DTypeLike | None = None) -> Tensor:
        """Product of the elements up to and with each one along a dimension."""
    def cumprod_(self, dim: _int, *, dtype: DTypeLike | None = None) -> Self:
        """`cumprod` in place: the values of the result are written to the memory of this Tensor."""
    def diff(
        self,
        n: _int = 1,
        dim: _int = -1,
        prepend: Tensor | None = None,
        append: Tensor | None = None,
    ) -> Tensor:
        """Differences of neighbouring elements along a dimension."""
    def dist(self, y: Tensor, p: _float = 2) -> Tensor:
        """Distance of two Tensors: the p-norm of x - y."""
    def cov(
        self,
        *,
        correction: _int = 1,
        fweights: Tensor | None = None,
        aweights: Tensor | None = None,
    ) -> Tensor:
        """Covariances of variables, which are the rows of a matrix, between observations, which are its columns."""
    def corrcoef(self) -> Tensor:
        """Pearson's correlation coefficients of variables, which are the rows of a matrix."""
    def logcumsumexp(self, dim: _int) -> Tensor:
        """Logarithm of the sum of the exponentials up to and with each element along a dimension, without overflow."""
    def bincount(self, weights: Tensor | None = None, minlength: _int = 0) -> Tensor:
        """Number of occurrences of each integer from 0 to the largest of a vector."""
    def histc(self, bins: _int = 100, min: _float = 0, max: _float = 0) -> Tensor:
        """Number of elements in each of several bins of equal width: a histogram."""
    def histogram(
        self,
        bins: _int | Tensor = 100,
        *,
        range: tuple[_float, _float] | None = None,
        weight: Tensor | None = None,
        density: _bool = False,
    ) -> Histogram:
        """Number of elements in each of several bins: a pair of `hist` and `bin_edges`, both in the dtype of x."""
    def renorm(self, p: _float, dim: _int, maxnorm: _float) -> Tensor:
        """x with each slice along a dimension scaled down to a norm of `maxnorm`, where it has a larger one."""
    def renorm_(self, p: _float, dim: _int, maxnorm: _float) -> Self:
        """`renorm` in place: the values of the result are written to the memory of this Tensor."""
    @overload
    def max(self, dim: None = None, keepdim: _bool = False, *, y: Tensor | None = None) -> Tensor: ...
    @overload
    def max(self, dim: _int, keepdim: _bool = False) -> ValuesAndIndices: ...
    @overload
    def max(self, dim: Tensor) -> Tensor:
        """Largest element of all, the largest ones along a dimension, or those of two Tensors."""
    @overload
    def min(self, dim: None = None, keepdim: _bool = False, *, y: Tensor | None = None) -> Tensor: ...
    @overload
    def min(self, dim: _int, keepdim: _bool = False) -> ValuesAndIndices: ...
    @overload
    def min(self, dim: Tensor) -> Tensor:
        """Smallest element of all, the smallest ones along a dimension, or those of two Tensors."""
    def amax(self, dim: _int | Sequence[_int] | None = (), keepdim: _bool = False) -> Tensor:
        """Largest elements over one, several or all dimensions."""
    def amin(self, dim: _int | Sequence[_int] | None = (), keepdim: _bool = False) -> Tensor:
        """Smallest elements over one, several or all dimensions."""
    def aminmax(self, *, dim: _int | None = None, keepdim: _bool = False) -> MinAndMax:
        """Smallest and largest elements, of all or along a dimension, as a pair of `min` and `max`."""
    def argmax(self, dim: _int | None = None, keepdim: _bool = False) -> Tensor:
        """Index of the largest element along a dimension: the class that a model predicts."""
    def argmin(self, dim: _int | None = None, keepdim: _bool = False) -> Tensor:
        """Index of the smallest element along a dimension."""
    def argsort(self, dim: _int = -1, descending: _bool = False, stable: _bool = False) -> Tensor:
        """Indices that sort the elements along a dimension."""
    def cummax(self, dim: _int) -> ValuesAndIndices:
        """Largest of the elements up to and with each one along a dimension, and its index."""
    def cummin(self, dim: _int) -> ValuesAndIndices:
        """Smallest of the elements up to and with each one along a dimension, and its index."""
    def sort(self, dim: _int = -1, descending: _bool = False, stable: _bool = False) -> ValuesAndIndices:
        """Elements in order along a dimension, and the indices that put them in order."""
    def msort(self) -> Tensor:
        """Elements in order along the first dimension: `sort(x, 0).values`."""
    def topk(self, k: _int, dim: _int = -1, largest: _bool = True, sorted: _bool = True) -> ValuesAndIndices:
        """The k largest elements along a dimension, the largest first, and their indices."""
    def kthvalue(self, k: _int, dim: _int = -1, keepdim: _bool = False) -> ValuesAndIndices:
        """The k-th smallest element along a dimension, and its index."""
    @overload
    def median(self, dim: None = None, keepdim: _bool = False) -> Tensor: ...
    @overload
    def median(self, dim: _int, keepdim: _bool = False) -> ValuesAndIndices:
        """Middle element in ascending order, of two the lower one (NumPy takes their mean)."""
    @overload
    def nanmedian(self, dim: None = None, keepdim: _bool = False) -> Tensor: ...
    @overload
    def nanmedian(self, dim: _int, keepdim: _bool = False) -> ValuesAndIndices:
        """Middle one in ascending order of the elements that are not NaN, of two the lower one."""
    def mode(self, dim: _int = -1, keepdim: _bool = False) -> ValuesAndIndices:
        """Most frequent element along a dimension, of several the smallest, and the index of its last occurrence."""
    def quantile(
        self,
        q: Tensor | _float,
        dim: _int | None = None,
        keepdim: _bool = False,
        *,
        interpolation: str = 'linear',
    ) -> Tensor:
        """Value below which a fraction q of the elements lies; 0.5 gives the median, as NumPy defines it."""
    def nanquantile(
        self,
        q: Tensor | _float,
        dim: _int | None = None,
        keepdim: _bool = False,
        *,
        interpolation: str = 'linear',
    ) -> Tensor:
        """Value below which a fraction q of the elements lies that are not NaN; NaN where there are no others."""
    @overload
    def unique(
        self,
        sorted: _bool = True,
        return_inverse: Literal[False] = False,
        return_counts: Literal[False] = False,
        dim: _int | None = None,
    ) -> Tensor: ...
    @overload
    def unique(
        self,
        sorted: _bool,
        return_inverse: Literal[True],
        return_counts: Literal[False] = False,
        dim: _int | None = None,
    ) -> tuple[Tensor, Tensor]: ...
    @overload
    def unique(
        self,
        sorted: _bool = True,
        *,
        return_inverse: Literal[True],
        return_counts: Literal[False] = False,
        dim: _int | None = None,
    ) -> tuple[Tensor, Tensor]: ...
    @overload
    def unique(
        self,
        sorted: _bool = True,
        return_inverse: Literal[False] = False,
        *,
        return_counts: Literal[True],
        dim: _int | None = None,
    ) -> tuple[Tensor, Tensor]: ...
    @overload
    def unique(
        self,
        sorted: _bool = True,
        *,
        return_inverse: Literal[True],
        return_counts: Literal[True],
        dim: _int | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]: ...
    @overload
    def unique(
        self,
        sorted: _bool,
        return_inverse: Literal[True],
        return_counts: Literal[True],
        dim: _int | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]: ...
    @overload
    def unique(
        self,
        sorted: _bool = True,
        return_inverse: _bool = False,
        return_counts: _bool = False,
        dim: _int | None = None,
    ) -> Tensor | tuple[Tensor, ...]:
        """Distinct elements in ascending order, or the distinct slices along a dimension."""
    def unique_consecutive(
        self,
        return_inverse: _bool = False,
        return_counts: _bool = False,
        dim: _int | None = None,
    ) -> Any:
        """Elements without those that are equal to the one before them, or slices along a dimension likewise."""
    def reshape(self, *size: _int | Sequence[_int], shape: Sequence[_int] | None = None) -> Tensor:
        """x in another shape, its elements in the same order: a view where the memory allows it, otherwise a copy."""
    def reshape_as(self, other: Tensor) -> Tensor:
        """The same elements in the shape of `other`: `x.reshape(other.shape)`."""
    @overload
    def view(self, dtype: DType) -> Tensor: ...
    @overload
    def view(self, *shape: _int | Sequence[_int]) -> Tensor:
        """`reshape` that never copies; with a dtype, the same memory read as another dtype."""
    def view_as(self, other: Tensor) -> Tensor:
        """A view of x in the shape of `other`: `x.view(other.shape)`."""
    def flatten(self, start_dim: _int = 0, end_dim: _int = -1) -> Tensor:
        """The dimensions from start_dim to end_dim made into one; by default all of them."""
    def ravel(self) -> Tensor:
        """All elements of a Tensor of any shape and dtype in one dimension; a view if they lie in memory one after
        another.
        """
    def unflatten(self, dim: _int, sizes: Sequence[_int]) -> Tensor:
        """One dimension made into several: the inverse of `flatten`."""
    def squeeze(self, dim: _int | Sequence[_int] | None = None) -> Tensor:
        """x without its dimensions of size 1; a view."""
    def unsqueeze(self, dim: _int) -> Tensor:
        """x with a further dimension of size 1; a view."""
    def transpose(self, dim0: _int, dim1: _int) -> Tensor:
        """x with two dimensions exchanged; a view."""
    def swapaxes(self, axis0: _int, axis1: _int) -> Tensor:
        """x with two dimensions exchanged, axis0 and axis1: NumPy's name for `transpose`; a view."""
    def swapdims(self, axis0: _int, axis1: _int) -> Tensor:
        """x with two dimensions exchanged, axis0 and axis1: NumPy's name for `transpose`; a view."""
    def t(self) -> Tensor:
        """The transpose of a matrix (n, m), of shape (m, n); a vector or a 0-d Tensor as it is. A view, of any
        dtype.
        """
    def permute(self, *order: _int | Sequence[_int], dims: Sequence[_int] | None = None) -> Tensor:
        """x with its dimensions in another order; a view."""
    def movedim(self, source: _int | Sequence[_int], destination: _int | Sequence[_int]) -> Tensor:
        """x with some dimensions moved to other places, while the rest keep their order; a view."""
    def moveaxis(self, source: _int | Sequence[_int], destination: _int | Sequence[_int]) -> Tensor:
        """x with some dimensions moved to other places, while the rest keep their order; a view."""
    def expand(self, *shape: _int | Sequence[_int], size: Sequence[_int] | None = None) -> Tensor:
        """x broadcast to a shape without copying: dimensions of size 1 repeat. What is repeated cannot be written in
        place.
        """
    def expand_as(self, other: Tensor) -> Tensor:
        """x broadcast to the shape of `other`: `x.expand(other.shape)`."""
    def broadcast_to(self, size: Sequence[_int]) -> Tensor:
        """x broadcast to a shape without copying, as `expand`. The result cannot be written in place."""
    def repeat(self, *counts: _int | Sequence[_int], repeats: Sequence[_int] | None = None) -> Tensor:
        """Copies of the whole Tensor one after the other along each dimension."""
    def tile(self, *counts: _int | Sequence[_int], dims: Sequence[_int] | None = None) -> Tensor:
        """Copies of the whole Tensor one after the other, as `repeat`, with 1 for leading dimensions that have no
        count.
        """
    def repeat_interleave(
        self,
        repeats: _int | Sequence[_int] | Tensor | None = None,
        dim: _int | None = None,
        *,
        output_size: _int | None = None,
    ) -> Tensor:
        """Each element repeated, with its copies next to each other. `repeat` puts whole copies one after the other."""
    def flip(self, *order: _int | Sequence[_int], dims: Sequence[_int] | None = None) -> Tensor:
        """The elements in reverse order along some dimensions; a copy, where NumPy's is a view."""
    def fliplr(self) -> Tensor:
        """The elements in reverse order along the second dimension, from left to right; a copy, of any dtype."""
    def flipud(self) -> Tensor:
        """The elements in reverse order along the first dimension, upside down; a copy, of any dtype."""
    def roll(self, shifts: _int | Sequence[_int], dims: _int | Sequence[_int] | None = None) -> Tensor:
        """The elements moved on along some dimensions; those that leave at the end come in at the beginning. A copy."""
    def rot90(self, k: _int = 1, dims: Sequence[_int] = (0, 1)) -> Tensor:
        """x turned k times by 90 degrees, from the first of two dimensions towards the second; a copy."""
    def select(self, dim: _int, index: _int) -> Tensor:
        """The slice at one index of dim, without that dim: `x[:, index]` for dim 1; a view."""
    def narrow(self, dim: _int, start: _int, length: _int) -> Tensor:
        """The elements from start to start + length along dim: `x[:, start : start + length]` for dim 1; a view."""
    def split(self, split_size: _int | Sequence[_int], dim: _int = 0) -> tuple[Tensor, ...]:
        """Pieces of this Tensor along a dimension; views. It is the function `split`, which calls the size
        otherwise.
        """
    def split_with_sizes(self, split_sizes: Sequence[_int], dim: _int = 0) -> tuple[Tensor, ...]:
        """Pieces of given sizes along a dimension; views."""
    def chunk(self, chunks: _int, dim: _int = 0) -> tuple[Tensor, ...]:
        """At most a number of equally large pieces along a dimension, of which the last may be smaller; views."""
    def unbind(self, dim: _int = 0) -> tuple[Tensor, ...]:
        """The slices along a dimension, without that dimension: what `for row in x` goes through; views."""
    def tensor_split(
        self,
        indices_or_sections: _int | Sequence[_int] | Tensor | None = None,
        dim: _int = 0,
        *,
        indices: Sequence[_int] | None = None,
        sections: _int | None = None,
    ) -> tuple[Tensor, ...]:
        """Pieces along a dimension, as many as asked for and as equal as can be, or split before given indices;
        views.
        """
    def hsplit(self, indices_or_sections: _int | Sequence[_int]) -> tuple[Tensor, ...]:
        """Pieces side by side: split along dimension 1, a vector along its only dimension 0; views, of any dtype."""
    def vsplit(self, indices_or_sections: _int | Sequence[_int]) -> tuple[Tensor, ...]:
        """Pieces one below the other: split along dimension 0; views, of any dtype."""
    def dsplit(self, indices_or_sections: _int | Sequence[_int]) -> tuple[Tensor, ...]:
        """Pieces one behind the other: split along dimension 2; views, of any dtype."""
    def tril(self, diagonal: _int = 0) -> Tensor:
        """The lower triangle of a matrix, or of each matrix of a batch: 0 above a diagonal."""
    def tril_(self, diagonal: _int = 0) -> Self:
        """`tril` in place: the values of the result are written to the memory of this Tensor."""
    def triu(self, diagonal: _int = 0) -> Tensor:
        """The upper triangle of a matrix, or of each matrix of a batch: 0 below a diagonal."""
    def triu_(self, diagonal: _int = 0) -> Self:
        """`triu` in place: the values of the result are written to the memory of this Tensor."""
    def diag(self, diagonal: _int = 0) -> Tensor:
        """The matrix with a vector on its diagonal; for a matrix, its diagonal."""
    def diag_embed(self, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor:
        """Matrices of zeros with the vectors along the last dimension of x on a diagonal: (…, n) gives (…, n, n)."""
    def diagflat(self, offset: _int = 0) -> Tensor:
        """The matrix with all elements of x on a diagonal, in order, and zeros elsewhere."""
    def diagonal(self, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """A diagonal of a matrix, or of each matrix in two dimensions, as the last dimension of the result; a view."""
    def trace(self) -> Tensor:
        """The sum of the main diagonal of a matrix: Σᵢ xᵢᵢ, a 0-d Tensor. Whole numbers are summed in int64."""
    def gather(self, dim: _int, index: Tensor, *, sparse_grad: _bool = False) -> Tensor:
        """The elements of x whose place along dim an index says: out[i, j] = x[index[i, j], j] for dim 0, and so on."""
    def take(self, index: Tensor) -> Tensor:
        """The elements at indices into the flattened x, in the shape of the index."""
    def take_along_dim(self, indices: Tensor, dim: _int | None = None) -> Tensor:
        """The elements of x at indices along a dimension, as `gather`, but the other dimensions are broadcast."""
    def scatter(
        self,
        dim: _int,
        index: Tensor,
        src: Tensor | _float | None = None,
        *,
        value: _float | None = None,
        reduce: Literal['add', 'multiply'] | None = None,
    ) -> Tensor:
        """x with elements replaced, whose place along dim an index says: out[index[i, j], j] = src[i, j] for dim 0."""
    def scatter_(
        self,
        dim: _int,
        index: Tensor,
        src: Tensor | _float | None = None,
        *,
        value: _float | None = None,
        reduce: Literal['add', 'multiply'] | None = None,
    ) -> Self:
        """`scatter` in place: the values of the result are written to the memory of this Tensor."""
    def scatter_add(self, dim: _int, index: Tensor, src: Tensor) -> Tensor:
        """x with elements added, whose place along dim an index says: out[index[i, j], j] += src[i, j] for dim 0."""
    def scatter_add_(self, dim: _int, index: Tensor, src: Tensor) -> Self:
        """`scatter_add` in place: the values of the result are written to the memory of this Tensor."""
    def index_select(self, dim: _int, index: Tensor) -> Tensor:
        """The slices of x at some indices along a dimension: `x[:, index]` for dim 1. A copy."""
    def masked_select(self, mask: Tensor) -> Tensor:
        """The elements of x where a mask is true, in one dimension: `x[mask]`, where x and the mask are broadcast
        together.
        """
    def scatter_reduce(
        self,
        dim: _int,
        index: Tensor,
        src: Tensor,
        reduce: str,
        *,
        include_self: _bool = True,
    ) -> Tensor:
        """x with the elements of src reduced into the places along dim that an index says."""
    def scatter_reduce_(
        self,
        dim: _int,
        index: Tensor,
        src: Tensor,
        reduce: str,
        *,
        include_self: _bool = True,
    ) -> Self:
        """`scatter_reduce` in place: the values of the result are written to the memory of this Tensor."""
    def index_reduce(
        self,
        dim: _int,
        index: Tensor,
        source: Tensor,
        reduce: str,
        *,
        include_self: _bool = True,
    ) -> Tensor:
        """x with slices of source reduced into the slices along a dimension that an index names."""
    def index_reduce_(
        self,
        dim: _int,
        index: Tensor,
        source: Tensor,
        reduce: str,
        *,
        include_self: _bool = True,
    ) -> Self:
        """`index_reduce` in place: the values of the result are written to the memory of this Tensor."""
    def put(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor:
        """x with the elements at indices into its flattened form replaced by those of source."""
    def put_(self, index: Tensor, source: Tensor, accumulate: _bool = False) -> Self:
        """`put` in place: the values of the result are written to the memory of this Tensor."""
    def index_add(self, dim: _int, index: Tensor, source: Tensor, *, alpha: _float = 1) -> Tensor:
        """x with slices added at some indices along a dimension: out[index[i]] = x[index[i]] + alpha source[i] for
        dim 0.
        """
    def index_add_(self, dim: _int, index: Tensor, source: Tensor, *, alpha: _float = 1) -> Self:
        """`index_add` in place: the values of the result are written to the memory of this Tensor."""
    def index_copy(self, dim: _int, index: Tensor, source: Tensor) -> Tensor:
        """x with the slices at some indices along a dimension replaced: out[index[i]] = source[i] for dim 0."""
    def index_copy_(self, dim: _int, index: Tensor, source: Tensor) -> Self:
        """`index_copy` in place: the values of the result are written to the memory of this Tensor."""
    def index_fill(self, dim: _int, index: Tensor, value: _float | Tensor) -> Tensor:
        """x with the slices at some indices along a dimension filled with one value."""
    def index_fill_(self, dim: _int, index: Tensor, value: _float | Tensor) -> Self:
        """`index_fill` in place: the values of the result are written to the memory of this Tensor."""
    def index_put(self, indices: Sequence[Tensor], values: Tensor, accumulate: _bool = False) -> Tensor:
        """x with x[indices] replaced by values, which broadcast to it."""
    def index_put_(self, indices: Sequence[Tensor], values: Tensor, accumulate: _bool = False) -> Self:
        """`index_put` in place: the values of the result are written to the memory of this Tensor."""
    def masked_scatter(self, mask: Tensor, source: Tensor) -> Tensor:
        """x with the elements where a mask is true replaced by those of source, in order."""
    def masked_scatter_(self, mask: Tensor, source: Tensor) -> Self:
        """`masked_scatter` in place: the values of the result are written to the memory of this Tensor."""
    def select_scatter(self, src: Tensor, dim: _int, index: _int) -> Tensor:
        """x with the slice at one index of a dimension replaced; a copy, of which `select` gives src."""
    def slice_scatter(
        self,
        src: Tensor,
        dim: _int = 0,
        start: _int | None = None,
        end: _int | None = None,
        step: _int = 1,
    ) -> Tensor:
        """x with the elements start:end:step along a dimension replaced; a copy."""
    def diagonal_scatter(self, src: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor:
        """x with a diagonal replaced; a copy, of which `diagonal` gives src."""
    @overload
    def nonzero(self, *, as_tuple: Literal[False] = False) -> Tensor: ...
    @overload
    def nonzero(self, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]:
        """The indices of the elements that are not 0, in int64: a row for each of the n elements, (n, x.ndim)."""
    def argwhere(self) -> Tensor:
        """The indices of the elements that are not 0, in int64: a row for each of the n elements, (n, x.ndim)."""
    def matmul(self, y: Tensor) -> Tensor:
        """The matrix product x @ y of vectors, matrices, or batches of matrices."""
    def mm(self, mat2: Tensor) -> Tensor:
        """The product of two matrices, (n, k) and (k, m), of shape (n, m). `matmul` takes batches and vectors too."""
    def bmm(self, mat2: Tensor) -> Tensor:
        """The products of the matrices of two batches, (b, n, k) and (b, k, m), of shape (b, n, m). Nothing is
        broadcast.
        """
    def mv(self, vec: Tensor) -> Tensor:
        """The product of a matrix (n, m) and a vector (m,), of shape (n,)."""
    def dot(self, y: Tensor) -> Tensor:
        """The dot product of two vectors of one size: Σᵢ xᵢ yᵢ, a 0-d Tensor. NumPy's dot multiplies matrices too."""
    def vdot(self, y: Tensor) -> Tensor:
        """The dot product of two vectors of one size, a 0-d Tensor; for real numbers the same as `dot`."""
    def inner(self, y: Tensor) -> Tensor:
        """The products of the vectors along the last dimensions: (…, k) and (*, k) give (…, *). A number scales."""
    def outer(self, vec2: Tensor) -> Tensor:
        """The matrix of all products of two vectors' elements: (n,) and (m,) give (n, m), out[i, j] = x[i] vec2[j]."""
    def ger(self, vec2: Tensor) -> Tensor:
        """The matrix of all products of two vectors' elements: (n,) and (m,) give (n, m), out[i, j] = x[i] vec2[j]."""
    def kron(self, y: Tensor) -> Tensor:
        """The Kronecker product: each element of x times the whole of y, in its place."""
    def cross(self, y: Tensor, dim: _int = -1) -> Tensor:
        """The cross products of vectors of 3 elements along a dimension: (x₁y₂ - x₂y₁, x₂y₀ - x₀y₂, x₀y₁ - x₁y₀)."""
    def matrix_power(self, n: _int) -> Tensor:
        """xⁿ for a square matrix, or each of a batch: the product of n times x; for n = 0 the identity."""
    def inverse(self) -> Tensor:
        """The inverse of a square matrix, or of each of a batch; dX = -X⁻ᵀ g X⁻ᵀ."""
    def pinverse(self, rcond: _float = 1e-15) -> Tensor:
        """The pseudoinverse of each matrix: `linalg.pinv` with another tolerance."""
    def triangular_solve(
        self,
        A: Tensor,
        upper: _bool = True,
        transpose: _bool = False,
        unitriangular: _bool = False,
    ) -> Solution:
        """The solution of A X = x for triangular A, and A: the older form of `linalg.solve_triangular`."""
    def det(self) -> Tensor:
        """The determinant of a square matrix, or of each of a batch; dX = g times the cofactors, det(X) X⁻ᵀ."""
    def slogdet(self) -> SignAndLogarithm:
        """The sign of the determinant, and the logarithm of its absolute value, which does not overflow; dX = g X⁻ᵀ."""
    def logdet(self) -> Tensor:
        """The logarithm of the determinant: -∞ where that is 0, and NaN where it is negative; dX = g X⁻ᵀ."""
    def svd(self, some: _bool = True, compute_uv: _bool = True) -> USV:
        """X = U diag(S) Vᵀ, as `linalg.svd`, with V rather than its transpose: `torch.svd`."""
    def qr(self, some: _bool = True) -> QR:
        """X = Q R, as `linalg.qr`: `torch.qr`."""
    def cholesky(self, upper: _bool = False) -> Tensor:
        """The lower triangular L with L Lᵀ = X for a symmetric positive-definite matrix, or each of a batch."""
    def cholesky_solve(self, L: Tensor, upper: _bool = False) -> Tensor:
        """The solution Y of (L Lᵀ) Y = X, for a factor of Cholesky's."""
    def cholesky_inverse(self, upper: _bool = False) -> Tensor:
        """The inverse of L Lᵀ, for a factor L of Cholesky's."""
    def matrix_exp(self) -> Tensor:
        """The exponential of a square matrix, or of each of a batch: Σ Xⁿ / n!."""
    def addmm(self, mat1: Tensor, mat2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """beta x + alpha mat1 @ mat2, for matrices (n, k) and (k, m); x is broadcast to (n, m)."""
    def addmm_(self, mat1: Tensor, mat2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Self:
        """`addmm` in place: the values of the result are written to the memory of this Tensor."""
    def addmv(self, mat: Tensor, vec: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """beta x + alpha mat @ vec, for a matrix (n, m) and a vector (m,); x is broadcast to (n,)."""
    def addmv_(self, mat: Tensor, vec: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Self:
        """`addmv` in place: the values of the result are written to the memory of this Tensor."""
    def addr(self, vec1: Tensor, vec2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """beta x + alpha vec1 ⊗ vec2, for vectors (n,) and (m,); x is broadcast to (n, m)."""
    def addr_(self, vec1: Tensor, vec2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Self:
        """`addr` in place: the values of the result are written to the memory of this Tensor."""
    def addbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """beta x + alpha times the sum of the products of two batches of matrices; x is broadcast to (n, m)."""
    def addbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Self:
        """`addbmm` in place: the values of the result are written to the memory of this Tensor."""
    def baddbmm(self, batch1: Tensor, batch2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Tensor:
        """beta x + alpha times the products of two batches of matrices; x is broadcast to their shape (b, n, m)."""
    def baddbmm_(self, batch1: Tensor, batch2: Tensor, *, beta: _float = 1, alpha: _float = 1) -> Self:
        """`baddbmm` in place: the values of the result are written to the memory of this Tensor."""
    def multinomial(
        self,
        num_samples: _int,
        replacement: _bool = False,
        *,
        generator: Generator | None = None,
    ) -> Tensor:
        """Places along the last dimension of x, drawn with probabilities in proportion to the weights there."""
    def bernoulli(self, p: _float | None = None, *, generator: Generator | None = None) -> Tensor:
        """Ones and zeros in the shape and dtype of x: ones with the probabilities in x, or all with the probability
        `p`.
        """
    @property
    def is_leaf(self) -> _bool:
        """True if no recorded operation made this Tensor."""
    def detach(self) -> Tensor:
        """The same values, in the same memory, without history."""
