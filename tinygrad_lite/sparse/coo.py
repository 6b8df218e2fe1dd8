"""Sparse Tensors: the places of the elements that are not 0, and their values.

A sparse Tensor is made of two dense ones, and each operation on it is written in operations on these; so it has
derivatives of any order, by the values and by the dense operand. What has no such form raises, and `to_dense()` is the
way out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Literal, Self

import numpy as np

from ..core.primitive import Array, Primitive
from ..core.tensor import wrap
from ..functions.joining import cat
from ..ops.indexing import put_at
from ..tensors import printing, sparse_forms
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.sizes import Size


class SparseTensor(Tensor):
    """A Tensor in coordinate format, as `sparse_coo_tensor` and `Tensor.to_sparse` make it.

    Args:
        indices: the places of the values, an array (sparse_dim, nnz) of whole numbers.
        values: the values, (nnz, *), where * are the sizes of the dense dimensions.
        shape: the sizes of all dimensions.
        coalesced: whether the places are sorted, and none is there twice.

    Raises:
        NotImplementedError: by operations that have no sparse form.

    >>> import tinygrad_lite as tl
    >>> a = tl.eye(2).to_sparse()
    >>> a @ tl.ones(2, 1)
    tensor([[1.],
            [1.]])
    """

    __slots__ = ("_coalesced", "_places", "_shape", "_stored")

    _places: Array
    _stored: Tensor
    _shape: tuple[int, ...]
    _coalesced: bool
    is_sparse = True

    def __new__(cls, indices: Array, values: Tensor, shape: tuple[int, ...], coalesced: bool = False) -> Self:
        made: Any = object.__new__(cls)
        made._places, made._stored, made._shape, made._coalesced = indices, values, Size(shape), coalesced
        made._node = made._view = None
        Tensor._grad.__set__(made, None)
        sparse_forms.use.begun = True
        return made

    # ------------------------------------------------------------------------------------------------ what it is

    @property
    def _data(self) -> Any:  # type: ignore[override]  # a slot in the base class
        raise sparse_forms.SparseOperand(
            "this operation has no form for sparse Tensors: call to_dense() first (with a dense Tensor on its left, a "
            "sparse one has +, * and @)"
        )

    shape = property(lambda self: self._shape)
    dtype: Any = property(lambda self: self._stored.dtype)
    ndim = property(lambda self: len(self._shape))
    requires_grad = property(lambda self: self._stored.requires_grad)
    is_leaf = property(lambda self: self._stored.is_leaf)
    grad_fn = property(lambda self: self._stored.grad_fn)

    @property  # type: ignore[misc]  # the base class has a setter too
    def grad(self) -> Any:
        """The derivative by the values, at their places; None if none has been computed."""
        g = self._stored.grad if self._stored.is_leaf else None
        return None if g is None else self._with(g)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Ask for a gradient of the values."""
        self._stored.requires_grad_(requires_grad)
        return self

    def size(self, dim: int | None = None) -> Any:
        """The sizes of all dimensions, or of one."""
        return self._shape if dim is None else self._shape[dim]

    def dim(self) -> int:
        """The number of dimensions."""
        return len(self._shape)

    def numel(self) -> int:
        """The number of elements, zeros included."""
        return math.prod(self._shape)

    def sparse_dim(self) -> int:
        """The number of dimensions that the places count in."""
        return len(self._places)

    def dense_dim(self) -> int:
        """The number of dimensions that each value has."""
        return len(self._shape) - len(self._places)

    def _nnz(self) -> int:
        return self._places.shape[1]

    def _indices(self) -> Tensor:
        return wrap(self._places)

    def _values(self) -> Tensor:
        return self._stored

    def is_coalesced(self) -> bool:
        """Return True if the places are known to be sorted, and none to be there twice."""
        return self._coalesced

    def indices(self) -> Tensor:
        """The places, (sparse_dim, nnz), of a coalesced Tensor."""
        self._check_coalesced("indices")
        return self._indices()

    def values(self) -> Tensor:
        """The values, (nnz, *), of a coalesced Tensor."""
        self._check_coalesced("values")
        return self._stored

    def _check_coalesced(self, name: str) -> None:
        if not self._coalesced:
            raise RuntimeError(
                f"Cannot get {name} on an uncoalesced tensor, please call .coalesce() first: a place may be there twice"
            )

    def __len__(self) -> int:
        return self._shape[0]

    def __bool__(self) -> bool:
        raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return printing.text_of_sparse(self._indices(), self._stored, tuple(self._shape))

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return object.__format__(self, spec)

    # ------------------------------------------------------------------------------------------------ other forms

    def _with(self, values: Tensor) -> SparseTensor:
        return SparseTensor(self._places, values, self._shape, self._coalesced)

    def _flat(self) -> Array:
        """For each value its place in the Tensor with the sparse dimensions made one."""
        return np.ravel_multi_index(tuple(self._places), self._shape[: len(self._places)]).astype(np.int64)

    def coalesce(self) -> SparseTensor:
        """This Tensor with its places sorted and without repetition: values at the same place are added."""
        if self._coalesced:
            return self
        flat, where = np.unique(self._flat(), return_inverse=True)
        values = self._stored.new_zeros(len(flat), *self._stored.shape[1:])
        values = values.index_add(0, wrap(where.astype(np.int64)), self._stored)
        places = np.array(np.unravel_index(flat, self._shape[: len(self._places)]), np.int64)
        return SparseTensor(places.reshape(len(self._places), -1), values, self._shape, True)

    def _array(self) -> Array:
        """All elements, as an array."""
        index = self._places[0] if len(self._places) == 1 else tuple(self._places)
        dense: Array = put_at.forward(self._stored._data, self._shape, index)
        return dense

    def to_dense(self, dtype: Any = None, *, masked_grad: bool | None = None) -> Tensor:
        """The Tensor with its zeros."""
        count = math.prod(self._shape[: len(self._places)])
        dense = self._stored.new_zeros(count, *self._stored.shape[1:])
        dense = dense.index_add(0, wrap(self._flat()), self._stored).reshape(self._shape)
        return dense if dtype is None else dense.to(dtype)

    def to_sparse(self, *args: Any, **kwargs: Any) -> SparseTensor:
        """This Tensor."""
        return self

    def permute(self, *order: Any, dims: Any = None) -> SparseTensor:
        """The Tensor with its sparse dimensions in another order."""
        given = dims or (order[0] if isinstance(order[0], (tuple, list)) else order)
        order = tuple(d % len(self._shape) for d in given)
        count = len(self._places)
        if sorted(order[:count]) != list(range(count)) or order[count:] != tuple(range(count, len(order))):
            raise NotImplementedError("permute: only the sparse dimensions have another order; call to_dense() first")
        return SparseTensor(self._places[list(order[:count])], self._stored, tuple(self._shape[d] for d in order))

    def transpose(self, dim0: int, dim1: int) -> SparseTensor:
        """The Tensor with two of its sparse dimensions swapped."""
        order = list(range(len(self._shape)))
        order[dim0], order[dim1] = order[dim1], order[dim0]
        return self.permute(order)

    def t(self) -> SparseTensor:
        """The transpose of a matrix."""
        return self if len(self._shape) < 2 else self.transpose(0, 1)

    T = mT = property(t)

    def to(self, *args: Any, **kwargs: Any) -> SparseTensor:
        """This Tensor in another dtype."""
        return self._with(self._stored.to(*args, **kwargs))

    def float(self) -> SparseTensor:
        """This Tensor in float32."""
        return self.to(dtypes.float32)

    def half(self) -> SparseTensor:
        """This Tensor in float16."""
        return self.to(dtypes.float16)

    def double(self) -> SparseTensor:
        """This Tensor in float64."""
        return self.to(dtypes.float64)

    def numpy(self, *, force: bool = False) -> Any:
        """Raise, as PyTorch does.

        Raises:
            TypeError: always.
        """
        raise TypeError("can't convert Sparse layout tensor to numpy. Use Tensor.to_dense() first.")

    def type(self, dtype: Any = None, **kwargs: Any) -> Any:
        """The name of the type; or the same in another one."""
        if dtype is not None:
            return self._with(self._stored.type(dtype))
        return str(self._stored.type()).replace("torch.", "torch.sparse.")

    def detach(self) -> SparseTensor:
        """The same values without history."""
        return self._with(self._stored.detach())

    data = property(detach)

    def zero_(self) -> Self:
        """Forget all places and values, in place."""
        return self._become(self._places[:, :0].copy(), self._stored.detach()[:0].clone(), True)

    def mul_(self, other: Any) -> Self:
        """Multiply the values by a number, in place."""
        return self._become(self._places, _product(self, other)._stored, self._coalesced)

    def div_(self, y: Any, *, rounding_mode: Literal["trunc", "floor"] | None = None) -> Self:
        """Divide the values by a number, in place."""
        if rounding_mode is not None:
            raise NotImplementedError("div_: a sparse Tensor is divided without rounding; call to_dense() first")
        return self._become(self._places, _quotient(self, y)._stored, self._coalesced)

    __imul__, __itruediv__ = mul_, div_

    def _become(self, places: Array, values: Tensor, coalesced: bool) -> Self:
        """Take other places and values."""
        self._places, self._stored, self._coalesced = places, values, coalesced
        return self

    def _added_to(self, held: Any) -> Any:
        """The sum of this gradient and the one that is held already: in its place, unless one of them has a history."""
        recorded = self.requires_grad or held.requires_grad
        if isinstance(held, SparseTensor):
            places, values, coalesced = joined(held, self)
            return SparseTensor(places, values, self._shape) if recorded else held._become(places, values, coalesced)
        if recorded or not held._data.flags.writeable:
            return held + self.to_dense()
        return held.add_(self.to_dense())

    def norm(self, p: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
        """The norm of all elements."""
        if dim is not None or keepdim:
            raise NotImplementedError("norm: of a sparse Tensor there is the norm of all elements; call to_dense()")
        found: Tensor = self.coalesce()._stored.norm(p, dtype=dtype)
        return found

    def clone(self, *, memory_format: Any = None) -> SparseTensor:
        """A copy, through which gradients flow."""
        return SparseTensor(self._places.copy(), self._stored.clone(), self._shape, self._coalesced)

    def contiguous(self, memory_format: Any = None) -> SparseTensor:
        """This Tensor."""
        return self

    cpu = contiguous

    def __deepcopy__(self, memo: dict[Any, Any]) -> SparseTensor:
        values = deepcopy(self._stored, memo)
        memo[id(self)] = copy = SparseTensor(self._places.copy(), values, self._shape, self._coalesced)
        return copy

    def __reduce_ex__(self, protocol: Any) -> Any:
        return SparseTensor, (self._places, self._stored, tuple(self._shape), self._coalesced)

    # ------------------------------------------------------------------------------------------------- operations

    def __primitive__(self, primitive: Primitive, args: tuple[Any, ...]) -> Any:
        """Apply a primitive whose first Tensor is this one, if it has a sparse form."""
        if (form := _FORMS.get(primitive.name)) is None:
            raise NotImplementedError(
                f"Could not run 'aten::{primitive.name}' with arguments from the 'SparseCPU' backend: there is no form "
                "of it for sparse Tensors; call to_dense() first"
            )
        return form(*args)

    def __add__(self, other: Any) -> Any:
        return _sum_of(self, other)

    def __radd__(self, other: Any) -> Tensor:
        if not isinstance(other, Tensor):
            return NotImplemented
        return other + self.to_dense()

    def __rmul__(self, other: Any) -> SparseTensor:
        return _product(self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return _matmul(self.t(), other.t()).t()

    def sum(self, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
        """The sum of all elements; or a sparse Tensor, of those along dimensions."""
        values = self._stored if dtype is None else self._stored.to(dtype)
        if dim is None:
            return values.sum()
        dims = sorted(d % len(self._shape) for d in (dim if isinstance(dim, (tuple, list)) else (dim,)))
        if keepdim or dims[-1] >= len(self._places):
            return self.to_dense(dtype).sum(dims, keepdim).to_sparse()
        left = [d for d in range(len(self._shape)) if d not in dims]
        if not left:
            return values.sum()
        places = self._places[[d for d in left if d < len(self._places)]]
        return SparseTensor(places, values, tuple(self._shape[d] for d in left)).coalesce()


def joined(x: SparseTensor, y: SparseTensor) -> tuple[Array, Tensor, bool]:
    """The places and the values of the sum of two sparse Tensors, and whether they are coalesced."""
    coalesced = (x._coalesced and not y._nnz()) or (y._coalesced and not x._nnz())
    return np.concatenate([x._places, y._places], axis=1), cat([x._stored, y._stored]), coalesced


def sparse_of(x: Tensor) -> SparseTensor:
    """The sparse form of a dense Tensor: its elements that are not 0, which gradients flow through."""
    array = x.detach().numpy()
    values = x.reshape(-1)[wrap(np.flatnonzero(array))]
    return SparseTensor(np.argwhere(array).T.astype(np.int64), values, tuple(x.shape), True)


def _matmul(x: Any, y: Any) -> Any:
    if not isinstance(x, SparseTensor):
        return y.__rmatmul__(x)
    if x.dim() != 2 or y.dim() not in (1, 2) or x.dense_dim():
        raise NotImplementedError(
            f"matmul: of sparse Tensors, matrices can be multiplied, by matrices and vectors, but the shapes are "
            f"{list(x.shape)} and {list(y.shape)}; call to_dense() first"
        )
    if x.shape[1] != y.shape[0]:
        raise RuntimeError(
            f"addmm: Argument #3 (dense): Expected dim 0 size {x.shape[1]}, got {y.shape[0]}: the shapes are "
            f"{list(x.shape)} and {list(y.shape)}"
        )
    if x.dtype != y.dtype:
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {x.dtype} != {y.dtype}")
    if isinstance(y, SparseTensor):
        return sparse_of(_matmul(x, y.to_dense()))
    rows, columns = map(wrap, x._places)
    values = x._stored if y.dim() == 1 else x._stored.unsqueeze(1)
    return y.new_zeros(x.shape[0], *y.shape[1:]).index_add(0, rows, values * y[columns])


def _product(x: Any, y: Any) -> Any:
    if not isinstance(x, SparseTensor):
        x, y = y, x
    if isinstance(y, SparseTensor):
        return sparse_of(x.to_dense() * y.to_dense())
    if not isinstance(y, Tensor) or y.dim() == 0:
        return x._with(x._stored * y)
    return x._with(x._stored * y.expand(x.shape)[tuple(map(wrap, x._places))])


def _quotient(x: Any, y: Any) -> Any:
    if isinstance(y, Tensor) and y.dim():
        raise NotImplementedError("div: a sparse Tensor can be divided by a number; call to_dense() first")
    return x._with(x._stored / y)


def _sum_of(x: Any, y: Any, sign: int = 1) -> Any:
    if isinstance(x, SparseTensor) and isinstance(y, SparseTensor) and x.shape == y.shape:
        places, values, coalesced = joined(x, y if sign == 1 else y._with(-y._stored))
        total = SparseTensor(places, values, tuple(x.shape), coalesced)
        return total.coalesce() if x._coalesced and y._coalesced else total
    if isinstance(x, SparseTensor):
        raise RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) instead.")
    return x + (y if sign == 1 else -y).to_dense()


def _of_values(name: str) -> Callable[..., SparseTensor]:
    """The form of a function that leaves 0 as it is: it is applied to the values."""

    def form(x: SparseTensor, *args: Any) -> SparseTensor:
        whole = x.coalesce()
        return whole._with(getattr(whole._stored, name)(*args))

    return form


def _power(x: SparseTensor, exponent: Any) -> SparseTensor:
    if isinstance(exponent, Tensor) or exponent <= 0:
        raise NotImplementedError("pow: of a sparse Tensor the exponent must be a positive number; call to_dense()")
    return _of_values("pow")(x, exponent)


def _any(x: SparseTensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    if dim is not None:
        raise NotImplementedError("any: of a sparse Tensor it is known of all elements together; call to_dense() first")
    return x.coalesce()._stored.any()


_FORMS: dict[str, Callable[..., Any]] = {
    "matmul": _matmul, "mul": _product, "div": _quotient, "add": _sum_of, "sub": lambda x, y: _sum_of(x, y, -1),
    "cast": lambda x, dtype: x.to(dtype), "pow": _power, "clone": SparseTensor.clone,
    "transpose": lambda x, *dims: x.transpose(*dims),
    "permute": lambda x, dims: x.permute(dims), "neg": lambda x: x._with(-x._stored),
    "sum": lambda x, dim=None, keepdim=False: x.sum(dim, keepdim), "any": _any,
    **{name: _of_values(name) for name in (
        "abs", "sqrt", "square", "sin", "tan", "tanh", "sinh", "asin", "atan", "asinh", "atanh", "expm1", "log1p",
        "isnan", "isinf", "sign", "floor", "ceil", "round", "trunc", "relu", "deg2rad", "rad2deg", "erf",
    )},
}  # fmt: skip
