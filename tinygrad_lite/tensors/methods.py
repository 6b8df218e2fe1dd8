"""The methods of a Tensor that are functions of it: the table of which is which.

A function whose first argument is the Tensor is its method as it stands; what it does is said where it is
defined. `_in_place` makes the form that ends in an underscore, which gives the Tensor the result's values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.primitive import Primitive
from ..functions import (
    arithmetic,
    comparison,
    diagonals,
    exponential,
    indexing,
    joining,
    linalg,
    ordering,
    reduction,
    rounding,
    selection,
    shape,
    statistics,
    trigonometry,
)
from ..ops import elementwise as table
from ..ops import linalg as table_linalg


def _in_place(function: Callable[..., Any]) -> Callable[..., Any]:
    name = getattr(function, "name", None) or function.__name__

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self._become(function, *args, **kwargs)

    method.__name__ = method.__qualname__ = f"{name}_"
    method.__doc__ = f"`{name}`, in place: the result's values in this Tensor's memory."
    return method


def _both(function: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A function as a method, and its form in place."""
    return function, _in_place(function)


def _binary(primitive: Primitive) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    """An operator and its reflected form, by the shortest way from Python to the graph."""

    def operator(self: Any, other: Any) -> Any:
        return self.__primitive__(primitive, (self, other))

    def reflected(self: Any, other: Any) -> Any:
        return self.__primitive__(primitive, (other, self))

    return operator, reflected


class Methods:
    """What a Tensor can do by name and by operator."""

    __slots__ = ()

    # ------------------------------------------------------------------------------------------ operators
    __add__, __radd__ = _binary(table.add)
    __sub__, __rsub__ = _binary(table.sub)
    __mul__, __rmul__ = _binary(table.mul)
    __truediv__, __rtruediv__ = _binary(table.div)
    __floordiv__, __rfloordiv__ = _binary(table.floor_divide)
    __mod__, __rmod__ = _binary(table.remainder)
    __pow__, __rpow__ = _binary(table.pow)
    __matmul__, __rmatmul__ = _binary(table_linalg.matmul)
    __and__, __rand__ = _binary(table.bitwise_and)
    __or__, __ror__ = _binary(table.bitwise_or)
    __xor__, __rxor__ = _binary(table.bitwise_xor)
    __lshift__, __rlshift__ = _binary(table.bitwise_left_shift)
    __rshift__, __rrshift__ = _binary(table.bitwise_right_shift)
    __lt__, __gt__ = _binary(table.lt)[0], _binary(table.gt)[0]
    __le__, __ge__ = _binary(table.le)[0], _binary(table.ge)[0]
    __neg__, __pos__, __abs__ = table.neg, arithmetic.positive, table.abs

    def __invert__(self: Any) -> Any:
        if self.dtype.kind == "f":
            raise TypeError(f"~ is only implemented on integer and Boolean-type tensors, not {self.dtype}")
        return table.bitwise_not(self)

    __iadd__ = _in_place(table.add)
    __isub__ = _in_place(table.sub)
    __imul__ = _in_place(table.mul)
    __itruediv__ = _in_place(table.div)
    __ifloordiv__ = _in_place(table.floor_divide)
    __imod__ = _in_place(table.remainder)
    __ipow__ = _in_place(table.pow)
    __iand__ = _in_place(table.bitwise_and)
    __ior__ = _in_place(table.bitwise_or)
    __ixor__ = _in_place(table.bitwise_xor)
    __ilshift__ = _in_place(table.bitwise_left_shift)
    __irshift__ = _in_place(table.bitwise_right_shift)

    # ---------------------------------------------------------------------------------------- elementwise
    add, add_ = _both(arithmetic.add)
    sub, sub_ = _both(arithmetic.sub)
    mul, mul_ = _both(table.mul)
    div, div_ = _both(arithmetic.div)
    pow, pow_ = _both(table.pow)
    neg, neg_ = _both(table.neg)
    abs, abs_ = _both(table.abs)
    square, square_ = _both(table.square)
    sqrt, sqrt_ = _both(table.sqrt)
    rsqrt, rsqrt_ = _both(table.rsqrt)
    reciprocal, reciprocal_ = _both(table.reciprocal)
    exp, exp_ = _both(table.exp)
    exp2, exp2_ = _both(table.exp2)
    expm1, expm1_ = _both(table.expm1)
    log, log_ = _both(table.log)
    log2, log2_ = _both(table.log2)
    log10, log10_ = _both(table.log10)
    log1p, log1p_ = _both(table.log1p)
    sin, sin_ = _both(table.sin)
    cos, cos_ = _both(table.cos)
    tan, tan_ = _both(table.tan)
    asin, asin_ = _both(table.asin)
    acos, acos_ = _both(table.acos)
    atan, atan_ = _both(table.atan)
    sinh, sinh_ = _both(table.sinh)
    cosh, cosh_ = _both(table.cosh)
    tanh, tanh_ = _both(table.tanh)
    asinh, asinh_ = _both(table.asinh)
    acosh, acosh_ = _both(table.acosh)
    atanh, atanh_ = _both(table.atanh)
    sigmoid, sigmoid_ = _both(table.sigmoid)
    relu, relu_ = _both(table.relu)
    erf, erf_ = _both(table.erf)
    erfc, erfc_ = _both(table.erfc)
    sign, sign_ = _both(table.sign)
    floor, floor_ = _both(table.floor)
    ceil, ceil_ = _both(table.ceil)
    round, round_ = _both(rounding.round)
    trunc, trunc_ = _both(table.trunc)
    frac, frac_ = _both(table.frac)
    fmod, fmod_ = _both(table.fmod)
    remainder, remainder_ = _both(table.remainder)
    floor_divide, floor_divide_ = _both(table.floor_divide)
    clamp, clamp_ = _both(table.clamp)
    clamp_min, clamp_min_ = _both(selection.clamp_min)
    clamp_max, clamp_max_ = _both(selection.clamp_max)
    lerp, lerp_ = _both(table.lerp)
    hypot, hypot_ = _both(table.hypot)
    copysign, copysign_ = _both(table.copysign)
    atan2, atan2_ = _both(table.atan2)
    addcmul, addcmul_ = _both(arithmetic.addcmul)
    addcdiv, addcdiv_ = _both(arithmetic.addcdiv)
    masked_fill, masked_fill_ = _both(selection.masked_fill)
    nan_to_num, nan_to_num_ = _both(selection.nan_to_num)
    float_power = exponential.float_power
    xlogy, xlogy_ = _both(exponential.xlogy)
    logit, logit_ = _both(exponential.logit)
    sinc, sinc_ = _both(trigonometry.sinc)
    ldexp, ldexp_ = _both(exponential.ldexp)
    heaviside, heaviside_ = _both(rounding.heaviside)
    deg2rad, deg2rad_ = _both(trigonometry.deg2rad)
    rad2deg, rad2deg_ = _both(trigonometry.rad2deg)
    logaddexp, logaddexp2 = table.logaddexp, exponential.logaddexp2
    maximum, minimum, fmax, fmin = table.maximum, table.minimum, selection.fmax, selection.fmin
    positive, signbit = arithmetic.positive, comparison.signbit

    def where(self: Any, condition: Any, other: Any) -> Any:
        """This Tensor where the condition holds, else other."""
        return selection.where(condition, self, other)

    # PyTorch's other names for the same
    subtract, subtract_ = sub, sub_
    multiply, multiply_ = mul, mul_
    divide, divide_ = div, div_
    true_divide, true_divide_ = div, div_
    negative, negative_ = neg, neg_
    absolute, absolute_ = abs, abs_
    arcsin, arcsin_ = asin, asin_
    arccos, arccos_ = acos, acos_
    arctan, arctan_ = atan, atan_
    arctan2, arctan2_ = atan2, atan2_
    arcsinh, arcsinh_ = asinh, asinh_
    arccosh, arccosh_ = acosh, acosh_
    arctanh, arctanh_ = atanh, atanh_
    clip, clip_ = clamp, clamp_
    fix, fix_ = trunc, trunc_
    sgn, sgn_ = sign, sign_

    eq, eq_ = _both(table.eq)
    ne, ne_ = _both(table.ne)
    lt, lt_ = _both(table.lt)
    le, le_ = _both(table.le)
    gt, gt_ = _both(table.gt)
    ge, ge_ = _both(table.ge)
    not_equal, not_equal_ = ne, ne_
    less, less_ = lt, lt_
    less_equal, less_equal_ = le, le_
    greater, greater_ = gt, gt_
    greater_equal, greater_equal_ = ge, ge_
    logical_and, logical_and_ = _both(table.logical_and)
    logical_or, logical_or_ = _both(table.logical_or)
    logical_xor, logical_xor_ = _both(table.logical_xor)
    logical_not, logical_not_ = _both(table.logical_not)
    bitwise_and, bitwise_and_ = _both(table.bitwise_and)
    bitwise_or, bitwise_or_ = _both(table.bitwise_or)
    bitwise_xor, bitwise_xor_ = _both(table.bitwise_xor)
    bitwise_not, bitwise_not_ = _both(table.bitwise_not)
    bitwise_left_shift, bitwise_left_shift_ = _both(table.bitwise_left_shift)
    bitwise_right_shift, bitwise_right_shift_ = _both(table.bitwise_right_shift)
    isnan, isinf, isfinite = table.isnan, table.isinf, table.isfinite
    isposinf, isneginf, isreal = comparison.isposinf, comparison.isneginf, comparison.isreal
    isclose, allclose, equal = comparison.isclose, comparison.allclose, comparison.equal

    # ----------------------------------------------------------------------------------------- reductions
    sum, mean, prod = reduction.sum, reduction.mean, reduction.prod
    nansum, nanmean = reduction.nansum, reduction.nanmean
    var, std = reduction.var, reduction.std
    all, any, count_nonzero = reduction.all, reduction.any, reduction.count_nonzero
    norm, logsumexp = reduction.norm, reduction.logsumexp
    softmax, log_softmax = reduction.softmax, reduction.log_softmax
    cumsum, cumsum_ = _both(reduction.cumsum)
    cumprod, cumprod_ = _both(reduction.cumprod)
    diff, dist, cov, corrcoef = statistics.diff, statistics.dist, statistics.cov, statistics.corrcoef
    bincount, histc = statistics.bincount, statistics.histc

    # ---------------------------------------------------------------------------------------------- order
    max, min, amax, amin, aminmax = ordering.max, ordering.min, ordering.amax, ordering.amin, ordering.aminmax
    argmax, argmin, argsort = ordering.argmax, ordering.argmin, ordering.argsort
    cummax, cummin = ordering.cummax, ordering.cummin
    sort, msort, topk, kthvalue = ordering.sort, ordering.msort, ordering.topk, ordering.kthvalue
    median, nanmedian, mode, quantile = ordering.median, ordering.nanmedian, ordering.mode, ordering.quantile
    unique = ordering.unique

    # ---------------------------------------------------------------------------------------------- shape
    reshape, view, flatten, ravel, unflatten = shape.reshape, shape.view, shape.flatten, shape.ravel, shape.unflatten
    reshape_as, view_as = shape.reshape_as, shape.view_as
    squeeze, unsqueeze = shape.squeeze, shape.unsqueeze
    transpose, swapaxes, swapdims, t = shape.transpose, shape.swapaxes, shape.swapdims, shape.t
    permute, movedim, moveaxis = shape.permute, shape.movedim, shape.moveaxis
    expand, expand_as, broadcast_to = shape.expand, shape.expand_as, shape.broadcast_to
    repeat, tile, repeat_interleave = shape.repeat, shape.tile, shape.repeat_interleave
    flip, fliplr, flipud, roll, rot90 = shape.flip, shape.fliplr, shape.flipud, shape.roll, shape.rot90
    select, narrow = shape.select, shape.narrow
    split, split_with_sizes, chunk, unbind = joining.split, joining.split_with_sizes, joining.chunk, joining.unbind
    tensor_split, hsplit, vsplit, dsplit = joining.tensor_split, joining.hsplit, joining.vsplit, joining.dsplit
    tril, tril_ = _both(diagonals.tril)
    triu, triu_ = _both(diagonals.triu)
    diag, diag_embed, diagflat = diagonals.diag, diagonals.diag_embed, diagonals.diagflat
    diagonal, trace = diagonals.diagonal, diagonals.trace

    # ------------------------------------------------------------------------------------------- indexing
    gather, take, take_along_dim = indexing.gather, indexing.take, indexing.take_along_dim
    scatter, scatter_ = _both(indexing.scatter)
    scatter_add, scatter_add_ = _both(indexing.scatter_add)
    index_select, masked_select = indexing.index_select, indexing.masked_select
    index_add, index_add_ = _both(indexing.index_add)
    index_copy, index_copy_ = _both(indexing.index_copy)
    index_fill, index_fill_ = _both(indexing.index_fill)
    index_put, index_put_ = _both(indexing.index_put)
    masked_scatter, masked_scatter_ = _both(indexing.masked_scatter)
    select_scatter, slice_scatter = indexing.select_scatter, indexing.slice_scatter
    diagonal_scatter = indexing.diagonal_scatter
    nonzero, argwhere = indexing.nonzero, indexing.argwhere

    # --------------------------------------------------------------------------------------------- linear
    matmul, mm, bmm, mv, dot = linalg.matmul, linalg.mm, linalg.bmm, linalg.mv, linalg.dot
    vdot, inner, outer, ger = linalg.vdot, linalg.inner, linalg.outer, linalg.ger
    kron, cross, matrix_power = linalg.kron, linalg.cross, linalg.matrix_power
    addmm, addmm_ = _both(linalg.addmm)
    addmv, addmv_ = _both(linalg.addmv)
    addr, addr_ = _both(linalg.addr)
    addbmm, addbmm_ = _both(linalg.addbmm)
    baddbmm, baddbmm_ = _both(linalg.baddbmm)
