"""NumPy's functions on Tensors: `np.concatenate([x, y])` and the like are recorded, with NumPy's own arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..core.tensor import TensorBase
from ..functions import (
    contraction,
    diagonals,
    factorizations,
    gathering,
    joining,
    norms,
    ordering,
    products,
    reshaping,
    rounding,
    selection,
    systems,
)
from ..types.annotations import Tensor

FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}
"""The functions that are applied to Tensors, by the function of NumPy for which each stands."""

# These look at a Tensor and lose no gradient, so that they see the arrays. The others ask the Tensor for its array, or
# for its method of their name, as if this file were not there.
_LOOKING = {
    np.allclose, np.array2string, np.array_equal, np.array_equiv, np.array_repr, np.array_str, np.can_cast,
    np.empty_like, np.full_like, np.isclose, np.may_share_memory, np.ones_like, np.result_type, np.shares_memory,
    np.size, np.zeros_like,
}  # fmt: skip


def apply_function(
    self: Tensor, function: Callable[..., Any], types: Iterable[type], args: Any, kwargs: dict[str, Any]
) -> Any:
    """Apply what stands for one of NumPy's functions. One that has no derivative here is applied to the arrays.

    Raises:
        RuntimeError: if that would lose a gradient.
        TypeError: for an argument of NumPy's that is not supported, such as `out`.
    """
    ours = FUNCTIONS.get(function)
    if ours is not None:
        try:
            return ours(*args, **{name: value for name, value in kwargs.items() if value is not np._NoValue})
        except _Unsupported as problem:
            raise TypeError(f"{_name(function)} of a Tensor takes no {problem}; assign or convert the result") from None
    if function in _LOOKING:
        return function(*_arrays(args), **_arrays(kwargs))
    try:
        return function._implementation(*args, **kwargs)  # type: ignore[attr-defined]  # NumPy's functions have it
    except RuntimeError as error:
        if not str(error).startswith("Can't call numpy()"):
            raise
        raise RuntimeError(f"{error}. {_name(function)} is not an operation that Tensors record") from None


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__.replace('numpy', 'np', 1)}.{function.__name__}"


def _arrays(value: Any) -> Any:
    """The value with arrays on the same memory in place of its Tensors."""
    if isinstance(value, TensorBase):
        return value.numpy(force=True)  # type: ignore[attr-defined]  # only Tensors come here
    if type(value) in (list, tuple):
        return type(value)(map(_arrays, value))
    return {name: _arrays(each) for name, each in value.items()} if type(value) is dict else value


class _Unsupported(Exception):
    """An argument of NumPy's that has no counterpart."""


def _stands_for(*functions: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(ours: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS.update(dict.fromkeys(functions, ours))
        return ours

    return register


def _refuse(**given: Any) -> None:
    """Raise for arguments that were given and are not supported."""
    for name, value in given.items():
        if value is not None and value is not np._NoValue:
            raise _Unsupported(name)


# ----------------------------------------------------------------------------------------------------- joining, parting
@_stands_for(np.concatenate)
def _concatenate(arrays: Any, axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Any:
    _refuse(out=out, dtype=dtype, casting=casting)
    if axis is None:
        arrays, axis = [reshaping.ravel(x) for x in arrays], 0
    return joining.cat(arrays, axis)


@_stands_for(np.stack)
def _stack(arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: Any = None) -> Any:
    _refuse(out=out, dtype=dtype, casting=casting)
    return joining.stack(arrays, axis)


@_stands_for(np.array_split)
def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    return list(joining.tensor_split(ary, indices_or_sections, axis))


@_stands_for(np.split)
def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    if isinstance(indices_or_sections, int) and ary.shape[axis] % indices_or_sections:
        raise ValueError("array split does not result in an equal division")
    return _array_split(ary, indices_or_sections, axis)


@_stands_for(np.tile)
def _tile(A: Any, reps: Any) -> Any:
    return A.tile(reps if isinstance(reps, tuple | list) else (reps,))


@_stands_for(np.repeat)
def _repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    return a.repeat_interleave(repeats, axis)


# -------------------------------------------------------------------------------------------------------- the same data
@_stands_for(np.reshape)
def _reshape(a: Any, /, shape: Any, order: str = "C", *, copy: Any = None) -> Any:
    _refuse(order=None if order == "C" else order, copy=copy)
    return a.reshape(shape)


@_stands_for(np.ravel)
def _ravel(a: Any, order: str = "C") -> Any:
    _refuse(order=None if order == "C" else order)
    return reshaping.ravel(a)


@_stands_for(np.transpose, np.permute_dims)
def _transpose(a: Any, axes: Any = None) -> Any:
    return a.permute(*(range(a.ndim)[::-1] if axes is None else axes))


@_stands_for(np.expand_dims)
def _expand_dims(a: Any, axis: Any) -> Any:
    axes = axis if isinstance(axis, tuple) else (axis,)
    rank = a.ndim + len(axes)
    for each in sorted(each % rank if -rank <= each < rank else each for each in axes):
        a = a.unsqueeze(each)
    return a


@_stands_for(np.squeeze)
def _squeeze(a: Any, axis: Any = None) -> Any:
    sizes = a.shape
    if axis is not None and any(sizes[each] != 1 for each in (axis if isinstance(axis, tuple) else (axis,))):
        raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return a.squeeze() if axis is None else a.squeeze(axis)


@_stands_for(np.broadcast_to)
def _broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    return array.broadcast_to(shape if isinstance(shape, tuple | list) else (shape,))


@_stands_for(np.flip)
def _flip(m: Any, axis: Any = None) -> Any:
    return m.flip(tuple(range(m.ndim)) if axis is None else axis)


@_stands_for(np.diagonal)
def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return diagonals.diagonal(a, offset, axis1, axis2)


@_stands_for(np.trace)
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    _refuse(dtype=dtype, out=out)
    return diagonals.diagonal(a, offset, axis1, axis2).sum(-1)


@_stands_for(np.take)
def _take(a: Any, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Any:
    _refuse(out=out, mode=None if mode == "raise" else mode)
    if axis is None:
        a, axis = reshaping.ravel(a), 0
    place = (slice(None),) * (axis % a.ndim)
    return a[(*place, indices)]


@_stands_for(np.take_along_axis)
def _take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    if axis is None:
        arr, axis = reshaping.ravel(arr), 0
    return gathering.take_along_dim(arr, indices, axis)


# ----------------------------------------------------------------------------------------------------------- reductions
def _reduces(function: Callable[..., Any], name: str, has_dtype: bool) -> None:
    """Let a method stand for a reduction of NumPy's, whose arguments are in another order."""

    def plain(
        a: Any, axis: Any = None, out: Any = None, keepdims: Any = False, initial: Any = None, where: Any = None
    ) -> Any:
        _refuse(out=out, initial=initial, where=where)
        return getattr(a, name)(tuple(range(a.ndim)) if axis is None else axis, bool(keepdims))

    def typed(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, **others: Any
    ) -> Any:
        a = a if dtype is None else a.to(dtype)
        if name == "prod" and axis is None:
            _refuse(out=out, keepdims=keepdims or None, **others)
            return a.prod()
        return plain(a, axis, out, keepdims, **others)

    FUNCTIONS[function] = typed if has_dtype else plain


_reduces(np.sum, "sum", has_dtype=True)
_reduces(np.mean, "mean", has_dtype=True)
_reduces(np.prod, "prod", has_dtype=True)
_reduces(np.nansum, "nansum", has_dtype=True)
_reduces(np.nanmean, "nanmean", has_dtype=True)
_reduces(np.max, "amax", has_dtype=False)
_reduces(np.min, "amin", has_dtype=False)
FUNCTIONS |= {np.amax: FUNCTIONS[np.max], np.amin: FUNCTIONS[np.min]}


def _spreads(function: Callable[..., Any], name: str) -> None:
    def spread(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0, keepdims: Any = False,
        *, where: Any = None, mean: Any = None, correction: Any = None,
    ) -> Any:  # fmt: skip
        _refuse(out=out, where=where, mean=mean)
        a = a if dtype is None else a.to(dtype)
        return getattr(a, name)(axis, correction=ddof if correction is None else correction, keepdim=bool(keepdims))

    FUNCTIONS[function] = spread


_spreads(np.var, "var")
_spreads(np.std, "std")


def _accumulates(function: Callable[..., Any], name: str) -> None:
    def accumulated(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        _refuse(out=out)
        a = a if dtype is None else a.to(dtype)
        return getattr(reshaping.ravel(a), name)(0) if axis is None else getattr(a, name)(axis)

    FUNCTIONS[function] = accumulated


_accumulates(np.cumsum, "cumsum")
_accumulates(np.cumprod, "cumprod")


@_stands_for(np.sort)
def _sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    _refuse(order=order)
    return ordering.sort(reshaping.ravel(a) if axis is None else a, -1 if axis is None else axis)[0]


# --------------------------------------------------------------------------------------------------- element by element
@_stands_for(np.where)
def _where(condition: Any, *values: Any) -> Any:
    if not values:
        return np.where(_arrays(condition))
    if not isinstance(condition, TensorBase):
        condition = np.asarray(condition)
    return selection.where(condition != 0 if condition.dtype != bool else condition, *values)


@_stands_for(np.clip)
def _clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None) -> Any:
    _refuse(out=out)
    return a.clamp(min if a_min is None else a_min, max if a_max is None else a_max)


@_stands_for(np.round, np.around)
def _round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    _refuse(out=out)
    return rounding.round(a, decimals=decimals)


# ------------------------------------------------------------------------------------------------------------- products
@_stands_for(np.dot)
def _dot(a: Any, b: Any, out: Any = None) -> Any:
    _refuse(out=out)
    if not a.ndim or not b.ndim:
        return a * b
    return contraction.tensordot(a, b, ([-1], [max(b.ndim - 2, 0)]))


@_stands_for(np.tensordot)
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    if not isinstance(axes, int):
        axes = [each if isinstance(each, tuple | list) else [each] for each in axes]
    return contraction.tensordot(a, b, axes)


@_stands_for(np.einsum)
def _einsum(subscripts: Any, *operands: Any, out: Any = None, optimize: Any = False, **others: Any) -> Any:
    _refuse(out=out, **others)
    return contraction.einsum(subscripts, *operands)


@_stands_for(np.outer)
def _outer(a: Any, b: Any, out: Any = None) -> Any:
    _refuse(out=out)
    return reshaping.ravel(a)[:, None] * reshaping.ravel(b)


@_stands_for(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    return norms.linalg_norm(x, ord, axis, keepdims)


@_stands_for(np.linalg.solve)
def _solve(a: Any, b: Any) -> Any:
    return systems.solve(a, b)


@_stands_for(np.linalg.eigh)
def _eigh(a: Any, UPLO: str = "L") -> Any:
    return factorizations.eigh(a, UPLO.upper())


@_stands_for(np.linalg.svd)
def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    _refuse(hermitian=hermitian or None)
    return factorizations.svd(a, full_matrices) if compute_uv else factorizations.svdvals(a)


# Here the arguments have one order, and ours are read by their places.
FUNCTIONS |= {
    np.vstack: lambda tup: joining.vstack(tup),
    np.hstack: lambda tup: joining.hstack(tup),
    np.dstack: lambda tup: joining.dstack(tup),
    np.column_stack: lambda tup: joining.column_stack(tup),
    np.moveaxis: lambda a, source, destination: a.movedim(source, destination),
    np.swapaxes: lambda a, axis1, axis2: a.transpose(axis1, axis2),
    np.matrix_transpose: lambda x, /: x.mT,
    np.tril: lambda m, k=0: diagonals.tril(m, k),
    np.triu: lambda m, k=0: diagonals.triu(m, k),
    np.diag: lambda v, k=0: diagonals.diag(v, k),
    np.linalg.inv: lambda a: systems.inv(a),
    np.linalg.det: lambda a: systems.det(a),
    np.linalg.slogdet: lambda a: systems.slogdet(a),
    np.linalg.cholesky: lambda a, /, *, upper=False: factorizations.cholesky(a, upper),
    np.linalg.eigvalsh: lambda a, UPLO="L": factorizations.eigvalsh(a, UPLO.upper()),
    np.linalg.matrix_power: lambda a, n: products.matrix_power(a, n),
    np.linalg.multi_dot: lambda arrays: products.multi_dot(arrays),
}
