"""The methods of a Tensor that are functions of it: the table of which is which.

A function whose first argument is the Tensor is its method as it stands; what it does is said where it is
defined. `_in_place` makes the form that ends in an underscore, which gives the Tensor the result's values.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .functions import elementwise, indexing, linalg, reduction, shape
from .ops import elementwise as table
from .ops import linalg as table_linalg
from .primitive import Primitive


def _in_place(function: Callable[..., Any]) -> Callable[..., Any]:
    name = getattr(function, "name", None) or function.__name__

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self._become(functools.partial(function, **kwargs) if kwargs else function, *args)

    method.__name__ = method.__qualname__ = f"{name}_"
    method.__doc__ = f"`{name}`, in place: the result's values in this Tensor's memory."
    return method


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
    __neg__ = table.neg
    __abs__ = table.abs
    __invert__ = table.bitwise_not

    __iadd__ = _in_place(table.add)
    __isub__ = _in_place(elementwise.sub)
    __imul__ = _in_place(table.mul)
    __itruediv__ = _in_place(table.div)
    __ifloordiv__ = _in_place(table.floor_divide)
    __imod__ = _in_place(table.remainder)
    __ipow__ = _in_place(table.pow)
    __iand__ = _in_place(table.bitwise_and)
    __ior__ = _in_place(table.bitwise_or)
    __ixor__ = _in_place(table.bitwise_xor)

    # ---------------------------------------------------------------------------------------- elementwise
    add, add_ = elementwise.add, _in_place(elementwise.add)
    sub, sub_ = elementwise.sub, _in_place(elementwise.sub)
    mul, mul_ = table.mul, _in_place(table.mul)
    div, div_ = elementwise.div, _in_place(elementwise.div)
    pow, pow_ = table.pow, _in_place(table.pow)
    neg, neg_ = table.neg, _in_place(table.neg)
    abs, abs_ = table.abs, _in_place(table.abs)
    square, square_ = table.square, _in_place(table.square)
    sqrt, sqrt_ = table.sqrt, _in_place(table.sqrt)
    rsqrt, rsqrt_ = table.rsqrt, _in_place(table.rsqrt)
    reciprocal, reciprocal_ = table.reciprocal, _in_place(table.reciprocal)
    exp, exp_ = table.exp, _in_place(table.exp)
    exp2, exp2_ = table.exp2, _in_place(table.exp2)
    expm1, expm1_ = table.expm1, _in_place(table.expm1)
    log, log_ = table.log, _in_place(table.log)
    log2, log2_ = table.log2, _in_place(table.log2)
    log10, log10_ = table.log10, _in_place(table.log10)
    log1p, log1p_ = table.log1p, _in_place(table.log1p)
    sin, sin_ = table.sin, _in_place(table.sin)
    cos, cos_ = table.cos, _in_place(table.cos)
    tan, tan_ = table.tan, _in_place(table.tan)
    asin, asin_ = table.asin, _in_place(table.asin)
    acos, acos_ = table.acos, _in_place(table.acos)
    atan, atan_ = table.atan, _in_place(table.atan)
    sinh, sinh_ = table.sinh, _in_place(table.sinh)
    cosh, cosh_ = table.cosh, _in_place(table.cosh)
    tanh, tanh_ = table.tanh, _in_place(table.tanh)
    asinh, asinh_ = table.asinh, _in_place(table.asinh)
    acosh, acosh_ = table.acosh, _in_place(table.acosh)
    atanh, atanh_ = table.atanh, _in_place(table.atanh)
    sigmoid, sigmoid_ = table.sigmoid, _in_place(table.sigmoid)
    relu, relu_ = table.relu, _in_place(table.relu)
    erf, erf_ = table.erf, _in_place(table.erf)
    erfc, erfc_ = table.erfc, _in_place(table.erfc)
    sign, sign_ = table.sign, _in_place(table.sign)
    floor, floor_ = table.floor, _in_place(table.floor)
    ceil, ceil_ = table.ceil, _in_place(table.ceil)
    round, round_ = elementwise.round, _in_place(elementwise.round)
    trunc, trunc_ = table.trunc, _in_place(table.trunc)
    frac, frac_ = table.frac, _in_place(table.frac)
    fmod, fmod_ = table.fmod, _in_place(table.fmod)
    remainder, remainder_ = table.remainder, _in_place(table.remainder)
    floor_divide, floor_divide_ = table.floor_divide, _in_place(table.floor_divide)
    clamp, clamp_ = table.clamp, _in_place(table.clamp)
    clamp_min, clamp_min_ = elementwise.clamp_min, _in_place(elementwise.clamp_min)
    clamp_max, clamp_max_ = elementwise.clamp_max, _in_place(elementwise.clamp_max)
    lerp, lerp_ = table.lerp, _in_place(table.lerp)
    hypot, hypot_ = table.hypot, _in_place(table.hypot)
    copysign, copysign_ = table.copysign, _in_place(table.copysign)
    atan2, atan2_ = table.atan2, _in_place(table.atan2)
    addcmul, addcmul_ = elementwise.addcmul, _in_place(elementwise.addcmul)
    addcdiv, addcdiv_ = elementwise.addcdiv, _in_place(elementwise.addcdiv)
    masked_fill, masked_fill_ = elementwise.masked_fill, _in_place(elementwise.masked_fill)
    nan_to_num, nan_to_num_ = elementwise.nan_to_num, _in_place(elementwise.nan_to_num)
    float_power = elementwise.float_power
    logaddexp = table.logaddexp
    maximum, minimum = table.maximum, table.minimum

    # PyTorch's other names for the same
    subtract, subtract_ = sub, sub_
    multiply, multiply_ = mul, mul_
    divide, divide_ = div, div_
    true_divide, true_divide_ = div, div_
    negative, negative_ = neg, neg_
    absolute, absolute_ = abs, abs_
    arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2
    arcsinh, arccosh, arctanh = asinh, acosh, atanh
    clip, clip_ = clamp, clamp_
    fix = trunc
    sgn = sign

    eq, ne, lt, le, gt, ge = table.eq, table.ne, table.lt, table.le, table.gt, table.ge
    not_equal, less, less_equal, greater, greater_equal = ne, lt, le, gt, ge
    logical_and, logical_and_ = table.logical_and, _in_place(table.logical_and)
    logical_or, logical_or_ = table.logical_or, _in_place(table.logical_or)
    logical_xor, logical_xor_ = table.logical_xor, _in_place(table.logical_xor)
    logical_not, logical_not_ = table.logical_not, _in_place(table.logical_not)
    bitwise_and, bitwise_or, bitwise_xor = table.bitwise_and, table.bitwise_or, table.bitwise_xor
    bitwise_not = table.bitwise_not
    bitwise_left_shift, bitwise_right_shift = table.bitwise_left_shift, table.bitwise_right_shift
    isnan, isinf, isfinite, isclose = table.isnan, table.isinf, table.isfinite, table.isclose
    allclose, equal = elementwise.allclose, elementwise.equal

    # ----------------------------------------------------------------------------------------- reductions
    sum, mean, prod = reduction.sum, reduction.mean, reduction.prod
    var, std = reduction.var, reduction.std
    max, min, amax, amin = reduction.max, reduction.min, reduction.amax, reduction.amin
    argmax, argmin, argsort = reduction.argmax, reduction.argmin, reduction.argsort
    all, any, count_nonzero = reduction.all, reduction.any, reduction.count_nonzero
    norm, logsumexp = reduction.norm, reduction.logsumexp
    softmax, log_softmax = reduction.softmax, reduction.log_softmax
    cumsum, cumprod = reduction.cumsum, reduction.cumprod
    sort, topk, median, unique = reduction.sort, reduction.topk, reduction.median, reduction.unique

    # ---------------------------------------------------------------------------------------------- shape
    reshape, view, flatten, ravel, unflatten = shape.reshape, shape.view, shape.flatten, shape.ravel, shape.unflatten
    squeeze, unsqueeze = shape.squeeze, shape.unsqueeze
    transpose, swapaxes, swapdims, t = shape.transpose, shape.swapaxes, shape.swapdims, shape.t
    permute, movedim, moveaxis = shape.permute, shape.movedim, shape.moveaxis
    expand, expand_as, broadcast_to = shape.expand, shape.expand_as, shape.broadcast_to
    repeat, tile, repeat_interleave = shape.repeat, shape.tile, shape.repeat_interleave
    flip, fliplr, flipud, roll = shape.flip, shape.fliplr, shape.flipud, shape.roll
    split, chunk, tensor_split, unbind = shape.split, shape.chunk, shape.tensor_split, shape.unbind
    select, narrow = shape.select, shape.narrow
    tril, tril_ = shape.tril, _in_place(shape.tril)
    triu, triu_ = shape.triu, _in_place(shape.triu)
    diag, diagonal, trace = shape.diag, shape.diagonal, shape.trace

    # ------------------------------------------------------------------------------------------- indexing
    gather = indexing.gather
    scatter, scatter_ = indexing.scatter, _in_place(indexing.scatter)
    scatter_add, scatter_add_ = indexing.scatter_add, _in_place(indexing.scatter_add)
    index_select = indexing.index_select
    index_add, index_add_ = indexing.index_add, _in_place(indexing.index_add)
    take_along_dim, masked_select, nonzero = indexing.take_along_dim, indexing.masked_select, indexing.nonzero

    # --------------------------------------------------------------------------------------------- linear
    matmul, mm, bmm, mv, dot = linalg.matmul, linalg.mm, linalg.bmm, linalg.mv, linalg.dot
    vdot, inner, outer = linalg.vdot, linalg.inner, linalg.outer
    addmm, addmm_ = linalg.addmm, _in_place(linalg.addmm)
