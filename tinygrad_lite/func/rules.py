"""The batching rules of primitives that reduce, reshape and combine; the others are in the four files
that are imported here.

Each shifts the dimensions that the primitive is told, because those of all samples have one more in front.
"""

from __future__ import annotations

import math
from typing import Any

from ..core.edge import cast, clone, expand, reshape, sum_to
from ..core.primitive import Primitive
from ..ops import activation, elementwise, ordering, reduction, shape, special
from ..ops.kernels.gates import gelu, silu
from ..ops.linalg import einsum, matmul, transposed
from ..ops.shape import permute
from . import fused_rules, indexing_rules, linalg_rules, window_rules  # noqa: F401  # they register their rules too
from .operands import Batch, Each, batches, dim_after, front, ndim_of, shape_of, with_dims

# -------------------------------------------------------------------------- what does not care for the shape


@batches(
    cast, clone, shape.identity, activation.straight, ordering.quantile_rank, gelu, silu, shape.tril, shape.triu,
)  # fmt: skip
def _same(primitive: Primitive, batch: Batch, x: Each, *settings: Any) -> Any:
    return primitive(x.value, *settings)


@batches(elementwise.masked_scale)
def _masked_scale(primitive: Primitive, batch: Batch, x: Any, mask: Any, scale: float) -> Any:
    return primitive(front(x, batch.size), front(mask, batch.size), scale)


@batches(activation.independent)
def _independent(primitive: Primitive, batch: Batch, x: Any, y: Any) -> Any:
    return primitive(front(x, batch.size), y.value if isinstance(y, Each) else y)


# ----------------------------------------------------------------------------------------------------- shapes


@batches(reshape)
def _reshape(primitive: Primitive, batch: Batch, x: Each, shape: tuple[int, ...]) -> Any:
    return primitive(x.value, (batch.size, *shape))


@batches(expand)
def _expand(primitive: Primitive, batch: Batch, x: Each, shape: tuple[int, ...]) -> Any:
    return primitive(with_dims(x, len(shape)), (batch.size, *shape))


@batches(sum_to)
def _sum_to(primitive: Primitive, batch: Batch, x: Each, shape: tuple[int, ...]) -> Any:
    kept = primitive(x.value, (batch.size, *[1] * (ndim_of(x) - len(shape)), *shape))
    return reshape(kept, (batch.size, *shape))


@batches(permute)
def _permute(primitive: Primitive, batch: Batch, x: Each, dims: tuple[int, ...]) -> Any:
    return primitive(x.value, (0, *[d % len(dims) + 1 for d in dims]))


@batches(shape.narrow, shape.widen)
def _narrow(primitive: Primitive, batch: Batch, x: Each, dim: int, start: int, length: int) -> Any:
    return primitive(x.value, dim_after(dim), start, length)


@batches(shape.concatenate)
def _concatenate(primitive: Primitive, batch: Batch, dim: int, starts: tuple[int, ...], *xs: Any) -> Any:
    return primitive(dim_after(dim), starts, *[front(x, batch.size) for x in xs])


@batches(shape.roll)
def _roll(primitive: Primitive, batch: Batch, x: Each, shifts: Any, dims: Any = None) -> Any:
    if dims is None:
        rolled = primitive(reshape(x.value, (batch.size, math.prod(shape_of(x)))), shifts, 1)
        return reshape(rolled, x.value.shape)
    return primitive(x.value, shifts, dim_after(dims) if isinstance(dims, int) else tuple(map(dim_after, dims)))


@batches(shape.diagonal)
def _diagonal(primitive: Primitive, batch: Batch, x: Each, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    return primitive(x.value, offset, dim_after(dim1), dim_after(dim2))


@batches(shape.diagonal_scatter)
def _diagonal_scatter(
    primitive: Primitive, batch: Batch, x: Each, shape: Any, offset: int = 0, dim1: int = 0, dim2: int = 1
) -> Any:
    return primitive(x.value, (batch.size, *shape), offset, dim_after(dim1), dim_after(dim2))


@batches(shape.pad)
def _pad(primitive: Primitive, batch: Batch, x: Each, widths: tuple[tuple[int, int], ...], value: float = 0.0) -> Any:
    return primitive(x.value, ((0, 0), *widths), value)


# ------------------------------------------------------------------------------------------------- reductions


def _dims_after(dim: Any, ndim: int) -> Any:
    """The dimensions to reduce, of all samples; None means all of a sample."""
    if dim is None:
        return tuple(range(1, ndim + 1))
    return dim_after(dim) if isinstance(dim, int) else tuple(map(dim_after, dim))


@batches(
    reduction.sum, reduction.mean, reduction.var, reduction.std, reduction.norm, reduction.amax, reduction.amin,
    reduction.logsumexp, reduction.all, reduction.any, reduction.count_nonzero,
)  # fmt: skip
def _reduction(primitive: Primitive, batch: Batch, x: Each, *settings: Any) -> Any:
    names = primitive.names[1:]
    given = dict(zip(names, (*settings, *primitive.signature.defaults[1 + len(settings) :]), strict=True))
    values = x.value
    if not ndim_of(x):  # a number has no dimension, but is reduced as one of length 1
        values, given["dim"] = reshape(values, (batch.size, 1)), 1
        if "keepdim" in given:
            given["keepdim"] = False
    else:
        given["dim"] = _dims_after(given["dim"], ndim_of(x))
    return primitive(values, *given.values())


@batches(
    reduction.cumsum, reduction.cumprod, reduction.cumprod_before, reduction.softmax, reduction.log_softmax,
    special.logcumsumexp, ordering.median_index, ordering.mode_index, ordering.cummax_index, ordering.cummin_index,
)  # fmt: skip
def _along_dim(primitive: Primitive, batch: Batch, x: Each, dim: int, *settings: Any) -> Any:
    if not ndim_of(x):
        return reshape(primitive(reshape(x.value, (batch.size, 1)), 1, *settings), (batch.size,))
    return primitive(x.value, dim_after(dim), *settings)


@batches(shape.flip)
def _flip(primitive: Primitive, batch: Batch, x: Each, dims: Any) -> Any:
    return primitive(x.value, _dims_after(dims, ndim_of(x)))


@batches(reduction.prod, ordering.argmax, ordering.argmin)
def _over_one_dim(primitive: Primitive, batch: Batch, x: Each, dim: int | None = None, keepdim: bool = False) -> Any:
    if dim is not None and ndim_of(x):
        return primitive(x.value, dim_after(dim), keepdim)
    out = primitive(reshape(x.value, (batch.size, math.prod(shape_of(x)))), 1, False)
    return reshape(out, (batch.size, *[1] * ndim_of(x))) if keepdim else out


@batches(ordering.argsort)
def _argsort(primitive: Primitive, batch: Batch, x: Each, dim: int = -1, descending: bool = False) -> Any:
    if not ndim_of(x):
        return reshape(primitive(reshape(x.value, (batch.size, 1)), 1, descending), (batch.size,))
    return primitive(x.value, dim_after(dim), descending)


@batches(ordering.topk_indices)
def _topk_indices(primitive: Primitive, batch: Batch, x: Each, k: int, dim: int, largest: bool) -> Any:
    if not ndim_of(x):
        return reshape(primitive(reshape(x.value, (batch.size, 1)), k, 1, largest), (batch.size,))
    return primitive(x.value, k, dim_after(dim), largest)


@batches(ordering.searchsorted)
def _searchsorted(primitive: Primitive, batch: Batch, x: Any, values: Any, right: bool) -> Any:
    if not isinstance(x, Each) and ndim_of(x) == 1:
        return primitive(x, values.value, right)
    values_shape = shape_of(values)
    if ndim_of(x) == 1:  # a vector, in which values of any shape are searched
        values = Each(reshape(front(values, batch.size), (batch.size, math.prod(values_shape))))
    return reshape(primitive(front(x, batch.size), front(values, batch.size), right), (batch.size, *values_shape))


# --------------------------------------------------------------------------------------------------- products


@batches(matmul)
def _matmul(primitive: Primitive, batch: Batch, x: Any, y: Any) -> Any:
    """Vectors become matrices of one row or one column, so that NumPy's broadcasting pairs the samples."""
    n, m = ndim_of(x), ndim_of(y)
    if not isinstance(y, Each) and m <= 2 and n:
        if n == 1 or m == 1:
            return primitive(x.value, y)
        rows = primitive(reshape(x.value, (math.prod(x.value.shape[:-1]), x.value.shape[-1])), y)  # one product for all
        return reshape(rows, (*x.value.shape[:-1], y.shape[-1]))
    if not isinstance(x, Each) and n == 2 and m == 1:
        return primitive(y.value, transposed(x))
    if n == 1:
        x = _with_dim(x, -2)
    if m == 1:
        y = _with_dim(y, -1)
    ndim = max(ndim_of(x), ndim_of(y))
    out = primitive(with_dims(x, ndim), with_dims(y, ndim))
    sizes = list(out.shape)
    if n == 1:
        del sizes[-2]
    if m == 1:
        del sizes[-1]
    return reshape(out, tuple(sizes))


def _with_dim(x: Any, place: int) -> Any:
    """The argument with a further dimension of length 1, in the place counted from the end of its new dimensions."""
    value = x.value if isinstance(x, Each) else x
    sizes = list(value.shape)
    sizes.insert(len(sizes) + 1 + place, 1)
    value = reshape(value, tuple(sizes))
    return Each(value) if isinstance(x, Each) else value


@batches(einsum)
def _einsum(primitive: Primitive, batch: Batch, equation: str, *operands: Any) -> Any:
    inputs, output = equation.split("->")
    letter = next(
        chr(code) for code in range(ord("A"), ord("z") + 1) if chr(code).isalpha() and chr(code) not in equation
    )
    terms = [
        letter + term if isinstance(x, Each) else term for term, x in zip(inputs.split(","), operands, strict=True)
    ]
    values = [x.value if isinstance(x, Each) else x for x in operands]
    return primitive(f"{','.join(terms)}->{letter}{output}", *values)
