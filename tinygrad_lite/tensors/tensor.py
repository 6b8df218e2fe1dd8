"""The Tensor that users have: its whole surface in one list.

What a Tensor does is written elsewhere, in plain functions: in `core` what differentiation needs, in the files of this
folder what makes it an object of Python and of NumPy, and in `functions` what it computes. A function whose first
argument is the Tensor becomes its method here. Type checkers and editors read `tensor.pyi`, which is made from this
class: see `tests/typing/make_tensor_stub.py`.
"""

from __future__ import annotations

from ..core.tensor import TensorBase, make_results
from ..functions import (
    activation,
    arithmetic,
    arrangements,
    comparison,
    complex_parts,
    contraction,
    diagonals,
    exponential,
    factorizations,
    gathering,
    histograms,
    joining,
    logic,
    nan_quantiles,
    norms,
    older_linalg,
    ordering,
    products,
    rearranging,
    reducing_at,
    reduction,
    reshaping,
    rounding,
    scattering,
    selection,
    special,
    statistics,
    strided,
    systems,
    trigonometry,
)
from ..ops import elementwise as table
from ..types import dtypes
from . import (
    absent_methods,
    conversion,
    copying,
    gradient,
    hooked_walk,  # noqa: F401  # it gives nodes their hooks
    in_place,
    layout,
    new_like,
    numpy_interop,
    operators,
    printing,
    python_values,
    random_in_place,
    relayout,
    saved_values,  # noqa: F401  # and this their saved values
    sparse_forms,
    storage,
    subscripts,
)
from .in_place import with_in_place
from .operators import binary, matrix_product


class Tensor(TensorBase, metaclass=absent_methods.WithoutAbsentNames):
    """An n-dimensional array that knows the operations by which it was computed, to be differentiated.

    Tensors are made by `tensor`, `zeros`, `rand` and the like. A result of Tensors that require a gradient knows its
    operation (`grad_fn`), and `backward()` follows the operations from there to the leaves, and adds
    d(result)/d(leaf) to their `.grad`.

    Args:
        data: `Tensor(values)` has the values of a (nested) sequence or an array, in the default dtype; `Tensor(2, 3)`
            is an uninitialised Tensor of that shape. To write `tensor(values)` or `empty(2, 3)` is clearer.

    Raises:
        TypeError: for values that are no numbers.
        ValueError: for nested sequences of different lengths.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    tensor([2., 4., 6.])
    """

    __slots__ = ()

    __new__ = new_like.new
    __hash__ = object.__hash__  # by identity, because == compares the elements

    # ------------------------------------------------------------------------------------------------------- operators
    __add__, __radd__ = binary(table.add, "+", "__radd__")
    __sub__, __rsub__ = binary(table.sub, "-", "__rsub__")
    __mul__, __rmul__ = binary(table.mul, "*", "__rmul__")
    __truediv__, __rtruediv__ = binary(table.div, "/", "__rtruediv__")
    __floordiv__, __rfloordiv__ = binary(table.floor_divide, "//", "__rfloordiv__")
    __mod__, __rmod__ = binary(table.remainder, "%", "__rmod__")
    __pow__, __rpow__ = binary(table.pow, "**", "__rpow__")
    __matmul__, __rmatmul__ = matrix_product()
    __and__, __rand__ = binary(table.bitwise_and, "&", "__rand__")
    __or__, __ror__ = binary(table.bitwise_or, "|", "__ror__")
    __xor__, __rxor__ = binary(table.bitwise_xor, "^", "__rxor__")
    __lshift__, __rlshift__ = binary(table.bitwise_left_shift, "<<", "__rlshift__")
    __rshift__, __rrshift__ = binary(table.bitwise_right_shift, ">>", "__rrshift__")
    __lt__, __gt__ = operators.comparison(table.lt, "<", "__gt__"), operators.comparison(table.gt, ">", "__lt__")
    __le__, __ge__ = operators.comparison(table.le, "<=", "__ge__"), operators.comparison(table.ge, ">=", "__le__")
    __eq__, __ne__ = operators.equal, operators.not_equal
    __neg__, __pos__, __abs__, __invert__ = table.neg, arithmetic.positive, table.abs, operators.invert

    __iadd__ = in_place.in_place(table.add)
    __isub__ = in_place.in_place(table.sub)
    __imul__ = in_place.in_place(table.mul)
    __itruediv__ = in_place.in_place(table.div)
    __ifloordiv__ = in_place.in_place(table.floor_divide)
    __imod__ = in_place.in_place(table.remainder)
    __ipow__ = in_place.in_place(table.pow)
    __iand__ = in_place.in_place(table.bitwise_and)
    __ior__ = in_place.in_place(table.bitwise_or)
    __ixor__ = in_place.in_place(table.bitwise_xor)
    __ilshift__ = in_place.in_place(table.bitwise_left_shift)
    __irshift__ = in_place.in_place(table.bitwise_right_shift)

    # ---------------------------------------------------------------------------- a sequence along the first dimension
    __getitem__, __setitem__ = subscripts.get_item, subscripts.set_item
    __len__, __iter__, __contains__ = subscripts.length, subscripts.iterate, subscripts.contains

    # ------------------------------------------------------------------------------------------ its place in the graph
    backward = gradient.backward
    grad = property(gradient.grad, gradient.assign_grad, gradient.delete_grad)
    data = property(gradient.data, gradient.assign_data)
    grad_fn, output_nr = property(gradient.grad_fn), property(gradient.output_nr)
    _version = property(gradient.version)
    requires_grad = property(TensorBase.requires_grad.fget, gradient.assign_requires_grad)
    requires_grad_ = gradient.requires_grad_
    _is_view, _base, is_inference = gradient.is_view, property(gradient.base), gradient.is_inference
    _added_to = gradient.added_to
    retain_grad, retains_grad = gradient.retain_grad, property(gradient.retains_grad)
    register_hook, detach_ = gradient.register_hook, gradient.detach_
    register_post_accumulate_grad_hook = gradient.register_post_accumulate_grad_hook

    # ------------------------------------------------------------------------------------------------ shape and memory
    shape, dtype, ndim = property(layout.shape), property(layout.dtype), property(layout.dim)
    size, dim, ndimension, numel, nelement = layout.size, layout.dim, layout.dim, layout.numel, layout.numel
    itemsize, nbytes, element_size = property(layout.itemsize), property(layout.nbytes), layout.element_size
    stride, storage_offset, data_ptr = layout.stride, layout.storage_offset, layout.data_ptr
    is_same_size, is_contiguous, contiguous = layout.is_same_size, layout.is_contiguous, layout.contiguous
    device, get_device, is_cpu, is_cuda = property(layout.device_of), layout.get_device, True, False
    is_floating_point, is_signed, is_complex = layout.is_floating_point, layout.is_signed, layout.is_complex
    squeeze_, unsqueeze_, t_ = relayout.squeeze_, relayout.unsqueeze_, relayout.t_
    transpose_ = swapaxes_ = swapdims_ = relayout.transpose_
    as_strided, as_strided_ = strided.as_strided, relayout.as_strided_
    as_strided_scatter, unfold, adjoint = strided.as_strided_scatter, strided.unfold, strided.adjoint
    narrow_copy, sum_to_size, dim_order = strided.narrow_copy, strided.sum_to_size, relayout.dim_order
    resize_, resize_as_, set_, is_set_to = relayout.resize_, relayout.resize_as_, relayout.set_, relayout.is_set_to
    untyped_storage, is_shared, is_pinned = storage.untyped_storage, storage.is_shared, storage.is_pinned
    share_memory_, pin_memory, cuda = storage.share_memory_, storage.pin_memory, storage.cuda
    storage = storage.storage
    to_sparse = to_sparse_coo = sparse_forms.to_sparse
    to_dense = sparse_forms.to_dense
    is_sparse, is_quantized, is_meta, is_mps, is_xpu, is_nested, is_mkldnn = (False,) * 7
    T, H = property(layout.transposed), property(layout.matrix_transposed)
    mT = mH = property(layout.matrices_transposed)
    conj, conj_physical, is_conj = complex_parts.conj, complex_parts.conj_physical, complex_parts.is_conj
    resolve_conj, resolve_neg, is_neg = complex_parts.resolve_conj, complex_parts.resolve_neg, complex_parts.is_neg
    real, imag = property(complex_parts.real), property(complex_parts.imag)

    # ---------------------------------------------------------------------------------------------------- other dtypes
    to, type, type_as = conversion.to, conversion.type_, conversion.type_as
    float = conversion.converter("float", dtypes.float32)
    double = conversion.converter("double", dtypes.float64)
    half = conversion.converter("half", dtypes.float16)
    int = conversion.converter("int", dtypes.int32)
    long = conversion.converter("long", dtypes.int64)
    short = conversion.converter("short", dtypes.int16)
    char = conversion.converter("char", dtypes.int8)
    byte = conversion.converter("byte", dtypes.uint8)
    bool = conversion.converter("bool", dtypes.bool, ": False where an element is 0, else True")
    clone, cpu, new = conversion.clone, conversion.cpu, new_like.new_of
    __deepcopy__, __reduce_ex__ = copying.deep_copy, copying.reduce_to_parts

    # ------------------------------------------------------------------------------------- Python's and NumPy's values
    item, tolist, is_nonzero = python_values.item, python_values.tolist, python_values.is_nonzero
    __bool__, __float__, __int__ = python_values.truth, python_values.to_float, python_values.to_int
    __index__ = python_values.to_index
    __repr__, __format__, _repr_html_ = printing.represent, printing.formatted, printing.represent_html
    __dir__ = absent_methods.present_names
    numpy, __array__, __array_ufunc__ = numpy_interop.numpy, numpy_interop.as_array, numpy_interop.apply_ufunc
    __array_function__ = numpy_interop.OfTheClassAlone(numpy_interop.apply_function)
    __dlpack__, __dlpack_device__ = numpy_interop.to_dlpack, numpy_interop.dlpack_device

    # --------------------------------------------------------------------------------------------- new Tensors like it
    new_tensor, new_full, new_empty = new_like.new_tensor, new_like.new_full, new_like.new_empty
    new_zeros, new_ones = new_like.new_zeros, new_like.new_ones
    new_empty_strided = relayout.new_empty_strided

    # ------------------------------------------------------------------------------------------------- filled in place
    copy_, fill_, zero_, fill_diagonal_ = in_place.copy_, in_place.fill_, in_place.zero_, in_place.fill_diagonal_
    uniform_, normal_, bernoulli_ = random_in_place.uniform_, random_in_place.normal_, random_in_place.bernoulli_
    apply_, map_ = relayout.apply_, relayout.map_
    geometric_, log_normal_ = random_in_place.geometric_, random_in_place.log_normal_
    cauchy_ = random_in_place.cauchy_
    exponential_, random_ = random_in_place.exponential_, random_in_place.random_

    # ----------------------------------------------------------------------------------------------------- elementwise
    add, add_ = with_in_place(arithmetic.add)
    sub, sub_ = with_in_place(arithmetic.sub)
    mul, mul_ = with_in_place(arithmetic.mul)
    div, div_ = with_in_place(arithmetic.div)
    pow, pow_ = with_in_place(exponential.pow)
    neg, neg_ = with_in_place(arithmetic.neg)
    abs, abs_ = with_in_place(rounding.abs)
    square, square_ = with_in_place(exponential.square)
    sqrt, sqrt_ = with_in_place(exponential.sqrt)
    rsqrt, rsqrt_ = with_in_place(exponential.rsqrt)
    reciprocal, reciprocal_ = with_in_place(arithmetic.reciprocal)
    exp, exp_ = with_in_place(exponential.exp)
    exp2, exp2_ = with_in_place(exponential.exp2)
    expm1, expm1_ = with_in_place(exponential.expm1)
    log, log_ = with_in_place(exponential.log)
    log2, log2_ = with_in_place(exponential.log2)
    log10, log10_ = with_in_place(exponential.log10)
    log1p, log1p_ = with_in_place(exponential.log1p)
    sin, sin_ = with_in_place(trigonometry.sin)
    cos, cos_ = with_in_place(trigonometry.cos)
    tan, tan_ = with_in_place(trigonometry.tan)
    asin, asin_ = with_in_place(trigonometry.asin)
    acos, acos_ = with_in_place(trigonometry.acos)
    atan, atan_ = with_in_place(trigonometry.atan)
    sinh, sinh_ = with_in_place(trigonometry.sinh)
    cosh, cosh_ = with_in_place(trigonometry.cosh)
    tanh, tanh_ = with_in_place(trigonometry.tanh)
    asinh, asinh_ = with_in_place(trigonometry.asinh)
    acosh, acosh_ = with_in_place(trigonometry.acosh)
    atanh, atanh_ = with_in_place(trigonometry.atanh)
    sigmoid, sigmoid_ = with_in_place(activation.sigmoid)
    relu, relu_ = with_in_place(activation.relu)
    erf, erf_ = with_in_place(activation.erf)
    erfc, erfc_ = with_in_place(activation.erfc)
    sign, sign_ = with_in_place(rounding.sign)
    floor, floor_ = with_in_place(rounding.floor)
    ceil, ceil_ = with_in_place(rounding.ceil)
    round, round_ = with_in_place(rounding.round)
    trunc, trunc_ = with_in_place(rounding.trunc)
    frac, frac_ = with_in_place(rounding.frac)
    fmod, fmod_ = with_in_place(arithmetic.fmod)
    remainder, remainder_ = with_in_place(arithmetic.remainder)
    floor_divide, floor_divide_ = with_in_place(arithmetic.floor_divide)
    clamp, clamp_ = with_in_place(selection.clamp)
    clamp_min, clamp_min_ = with_in_place(selection.clamp_min)
    clamp_max, clamp_max_ = with_in_place(selection.clamp_max)
    lerp, lerp_ = with_in_place(arithmetic.lerp)
    hypot, hypot_ = with_in_place(exponential.hypot)
    frexp = exponential.frexp
    copysign, copysign_ = with_in_place(rounding.copysign)
    atan2, atan2_ = with_in_place(trigonometry.atan2)
    addcmul, addcmul_ = with_in_place(arithmetic.addcmul)
    addcdiv, addcdiv_ = with_in_place(arithmetic.addcdiv)
    masked_fill, masked_fill_ = with_in_place(selection.masked_fill)
    nan_to_num, nan_to_num_ = with_in_place(selection.nan_to_num)
    float_power, float_power_ = exponential.float_power, relayout.float_power_
    layout = property(sparse_forms.layout_of)
    xlogy, xlogy_ = with_in_place(exponential.xlogy)
    logit, logit_ = with_in_place(exponential.logit)
    sinc, sinc_ = with_in_place(trigonometry.sinc)
    ldexp, ldexp_ = with_in_place(exponential.ldexp)
    heaviside, heaviside_ = with_in_place(rounding.heaviside)
    nextafter, nextafter_ = with_in_place(rounding.nextafter)
    angle = rounding.angle
    deg2rad, deg2rad_ = with_in_place(trigonometry.deg2rad)
    rad2deg, rad2deg_ = with_in_place(trigonometry.rad2deg)
    lgamma, lgamma_ = with_in_place(special.lgamma)
    digamma, digamma_ = with_in_place(special.digamma)
    polygamma, polygamma_ = with_in_place(special.polygamma_of)
    mvlgamma, mvlgamma_ = with_in_place(special.mvlgamma)
    igamma, igamma_ = with_in_place(special.igamma)
    igammac, igammac_ = with_in_place(special.igammac)
    erfinv, erfinv_ = with_in_place(special.erfinv)
    i0, i0_ = with_in_place(special.i0)
    logaddexp, logaddexp2 = exponential.logaddexp, exponential.logaddexp2
    maximum, minimum, fmax, fmin = selection.maximum, selection.minimum, selection.fmax, selection.fmin
    positive, signbit = arithmetic.positive, comparison.signbit

    where = operators.where

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

    eq, eq_ = with_in_place(comparison.eq)
    ne, ne_ = with_in_place(comparison.ne)
    lt, lt_ = with_in_place(comparison.lt)
    le, le_ = with_in_place(comparison.le)
    gt, gt_ = with_in_place(comparison.gt)
    ge, ge_ = with_in_place(comparison.ge)
    not_equal, not_equal_ = ne, ne_
    less, less_ = lt, lt_
    less_equal, less_equal_ = le, le_
    greater, greater_ = gt, gt_
    greater_equal, greater_equal_ = ge, ge_
    logical_and, logical_and_ = with_in_place(logic.logical_and)
    logical_or, logical_or_ = with_in_place(logic.logical_or)
    logical_xor, logical_xor_ = with_in_place(logic.logical_xor)
    logical_not, logical_not_ = with_in_place(logic.logical_not)
    bitwise_and, bitwise_and_ = with_in_place(logic.bitwise_and)
    bitwise_or, bitwise_or_ = with_in_place(logic.bitwise_or)
    bitwise_xor, bitwise_xor_ = with_in_place(logic.bitwise_xor)
    bitwise_not, bitwise_not_ = with_in_place(logic.bitwise_not)
    bitwise_left_shift, bitwise_left_shift_ = with_in_place(logic.bitwise_left_shift)
    bitwise_right_shift, bitwise_right_shift_ = with_in_place(logic.bitwise_right_shift)
    gcd, gcd_ = with_in_place(logic.gcd)
    lcm, lcm_ = with_in_place(logic.lcm)
    isnan, isinf, isfinite = comparison.isnan, comparison.isinf, comparison.isfinite
    isposinf, isneginf, isreal = comparison.isposinf, comparison.isneginf, comparison.isreal
    isclose, allclose, equal = comparison.isclose, comparison.allclose, comparison.equal

    # ------------------------------------------------------------------------------------------------------ reductions
    sum, mean, prod = reduction.sum, reduction.mean, reduction.prod
    nansum, nanmean = reduction.nansum, reduction.nanmean
    var, std = reduction.var, reduction.std
    all, any, count_nonzero = reduction.all, reduction.any, reduction.count_nonzero
    norm, logsumexp = reduction.norm, reduction.logsumexp
    softmax, log_softmax = reduction.softmax, reduction.log_softmax
    cumsum, cumsum_ = with_in_place(reduction.cumsum)
    cumprod, cumprod_ = with_in_place(reduction.cumprod)
    diff, dist, cov, corrcoef = statistics.diff, statistics.dist, statistics.cov, statistics.corrcoef
    logcumsumexp = special.logcumsumexp
    bincount, histc, histogram = statistics.bincount, statistics.histc, histograms.histogram
    renorm, renorm_ = with_in_place(norms.renorm)

    # ----------------------------------------------------------------------------------------------------------- order
    max, min, amax, amin, aminmax = ordering.max, ordering.min, ordering.amax, ordering.amin, ordering.aminmax
    argmax, argmin, argsort = ordering.argmax, ordering.argmin, ordering.argsort
    cummax, cummin = ordering.cummax, ordering.cummin
    sort, msort, topk, kthvalue = ordering.sort, ordering.msort, ordering.topk, ordering.kthvalue
    median, nanmedian, mode, quantile = ordering.median, ordering.nanmedian, ordering.mode, ordering.quantile
    nanquantile, unique, unique_consecutive = (
        nan_quantiles.nanquantile,
        ordering.unique,
        arrangements.unique_consecutive,
    )

    # ----------------------------------------------------------------------------------------------------------- shape
    reshape, reshape_as, view, view_as = reshaping.reshape, reshaping.reshape_as, reshaping.view, reshaping.view_as
    flatten, ravel, unflatten = reshaping.flatten, reshaping.ravel, reshaping.unflatten
    squeeze, unsqueeze = reshaping.squeeze, reshaping.unsqueeze
    transpose, swapaxes, swapdims, t = reshaping.transpose, reshaping.swapaxes, reshaping.swapdims, reshaping.t
    permute, movedim, moveaxis = reshaping.permute, reshaping.movedim, reshaping.moveaxis
    expand, expand_as, broadcast_to = reshaping.expand, reshaping.expand_as, reshaping.broadcast_to
    repeat, tile, repeat_interleave = rearranging.repeat, rearranging.tile, rearranging.repeat_interleave
    flip, fliplr, flipud = rearranging.flip, rearranging.fliplr, rearranging.flipud
    roll, rot90 = rearranging.roll, rearranging.rot90
    select, narrow = reshaping.select, reshaping.narrow
    split, split_with_sizes = subscripts.split, joining.split_with_sizes
    chunk, unbind = joining.chunk, joining.unbind
    tensor_split, hsplit, vsplit, dsplit = joining.tensor_split, joining.hsplit, joining.vsplit, joining.dsplit
    tril, tril_ = with_in_place(diagonals.tril)
    triu, triu_ = with_in_place(diagonals.triu)
    diag, diag_embed, diagflat = diagonals.diag, diagonals.diag_embed, diagonals.diagflat
    diagonal, trace = diagonals.diagonal, diagonals.trace

    # -------------------------------------------------------------------------------------------------------- indexing
    gather, take, take_along_dim = gathering.gather, gathering.take, gathering.take_along_dim
    scatter, scatter_ = with_in_place(scattering.scatter)
    scatter_add, scatter_add_ = with_in_place(scattering.scatter_add)
    index_select, masked_select = gathering.index_select, gathering.masked_select
    scatter_reduce, scatter_reduce_ = with_in_place(reducing_at.scatter_reduce)
    index_reduce, index_reduce_ = with_in_place(reducing_at.index_reduce)
    put, put_ = with_in_place(reducing_at.put)
    index_add, index_add_ = with_in_place(scattering.index_add)
    index_copy, index_copy_ = with_in_place(scattering.index_copy)
    index_fill, index_fill_ = with_in_place(scattering.index_fill)
    index_put, index_put_ = with_in_place(scattering.index_put)
    masked_scatter, masked_scatter_ = with_in_place(scattering.masked_scatter)
    select_scatter, slice_scatter = scattering.select_scatter, scattering.slice_scatter
    diagonal_scatter = scattering.diagonal_scatter
    nonzero, argwhere = gathering.nonzero, gathering.argwhere

    # ---------------------------------------------------------------------------------------------------------- linear
    matmul, mm, bmm, mv, dot = products.matmul, products.mm, products.bmm, products.mv, products.dot
    vdot, inner, outer, ger = products.vdot, contraction.inner, products.outer, products.ger
    kron, cross, matrix_power = products.kron, products.cross, products.matrix_power
    inverse, pinverse, triangular_solve = systems.inv, older_linalg.pinverse, older_linalg.triangular_solve
    det, slogdet, logdet, svd, qr = systems.det, systems.slogdet, systems.logdet, older_linalg.svd, older_linalg.qr
    cholesky, cholesky_solve = factorizations.cholesky, factorizations.cholesky_solve
    cholesky_inverse, matrix_exp = factorizations.cholesky_inverse, factorizations.matrix_exp
    addmm, addmm_ = with_in_place(products.addmm)
    addmv, addmv_ = with_in_place(products.addmv)
    addr, addr_ = with_in_place(products.addr)
    addbmm, addbmm_ = with_in_place(products.addbmm)
    baddbmm, baddbmm_ = with_in_place(products.baddbmm)


absent_methods.add_absent_methods(Tensor)
make_results(Tensor)
