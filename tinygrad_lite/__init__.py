"""A small autograd framework on NumPy that speaks PyTorch: Tensors, derivatives, layers and optimizers.

>>> import tinygrad_lite as tl
>>> x = tl.tensor([1.0, 2.0], requires_grad=True)
>>> (x**2).sum().backward()
>>> x.grad
tensor([2., 4.])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .autograd.grad_modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .creation import (
    arange,
    as_tensor,
    asarray,
    bernoulli,
    binomial,
    broadcast_shapes,
    empty,
    empty_like,
    empty_permuted,
    empty_strided,
    eye,
    from_dlpack,
    from_numpy,
    frombuffer,
    full,
    full_like,
    is_complex,
    is_floating_point,
    is_inference,
    is_nonzero,
    is_signed,
    is_tensor,
    linspace,
    logspace,
    multinomial,
    normal,
    numel,
    ones,
    ones_like,
    poisson,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    range,
    scalar_tensor,
    tensor,
    tril_indices,
    triu_indices,
    zeros,
    zeros_like,
)
from .functions.activation import erf, erfc, relu, sigmoid
from .functions.arithmetic import (
    add,
    addcdiv,
    addcmul,
    div,
    floor_divide,
    fmod,
    lerp,
    mul,
    neg,
    positive,
    reciprocal,
    remainder,
    rsub,
    sub,
)
from .functions.arrangements import combinations, unique_consecutive, unravel_index
from .functions.comparison import (
    allclose,
    eq,
    equal,
    ge,
    gt,
    isclose,
    isfinite,
    isinf,
    isnan,
    isneginf,
    isposinf,
    isreal,
    le,
    lt,
    ne,
    signbit,
)
from .functions.contraction import einsum, inner, tensordot
from .functions.diagonals import block_diag, diag, diag_embed, diagflat, diagonal, trace, tril, triu
from .functions.exponential import (
    exp,
    exp2,
    expm1,
    float_power,
    hypot,
    ldexp,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logaddexp2,
    logit,
    pow,
    rsqrt,
    sqrt,
    square,
    xlogy,
)
from .functions.factorizations import cholesky, cholesky_inverse, cholesky_solve
from .functions.gathering import argwhere, gather, index_select, isin, masked_select, nonzero, take, take_along_dim
from .functions.histograms import histogram, histogramdd
from .functions.joining import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    cartesian_prod,
    cat,
    chunk,
    column_stack,
    concat,
    concatenate,
    dsplit,
    dstack,
    hsplit,
    hstack,
    meshgrid,
    row_stack,
    split,
    split_with_sizes,
    stack,
    tensor_split,
    unbind,
    vsplit,
    vstack,
)
from .functions.logic import (
    bitwise_and,
    bitwise_left_shift,
    bitwise_not,
    bitwise_or,
    bitwise_right_shift,
    bitwise_xor,
    gcd,
    lcm,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
)
from .functions.nan_quantiles import nanquantile
from .functions.norms import norm_except_dim, renorm
from .functions.older_linalg import chain_matmul, pinverse, qr, svd, triangular_solve, vander
from .functions.ordering import (
    amax,
    amin,
    aminmax,
    argmax,
    argmin,
    argsort,
    cummax,
    cummin,
    kthvalue,
    max,
    median,
    min,
    mode,
    msort,
    nanmedian,
    quantile,
    sort,
    topk,
    unique,
)
from .functions.products import (
    addbmm,
    addmm,
    addmv,
    addr,
    baddbmm,
    bmm,
    cross,
    dot,
    ger,
    kron,
    matmul,
    matrix_power,
    mm,
    mv,
    outer,
    vdot,
)
from .functions.rearranging import flip, fliplr, flipud, repeat_interleave, roll, rot90, tile
from .functions.reducing_at import index_reduce, put, scatter_reduce
from .functions.reduction import (
    all,
    any,
    count_nonzero,
    cumprod,
    cumsum,
    log_softmax,
    logsumexp,
    mean,
    nanmean,
    nansum,
    norm,
    prod,
    softmax,
    std,
    std_mean,
    sum,
    var,
    var_mean,
)
from .functions.reshaping import (
    broadcast_tensors,
    broadcast_to,
    flatten,
    moveaxis,
    movedim,
    narrow,
    permute,
    ravel,
    reshape,
    select,
    squeeze,
    swapaxes,
    swapdims,
    t,
    transpose,
    unflatten,
    unsqueeze,
)
from .functions.rounding import abs, angle, ceil, copysign, floor, frac, heaviside, nextafter, round, sign, trunc
from .functions.scattering import (
    diagonal_scatter,
    index_add,
    index_copy,
    index_fill,
    index_put,
    masked_scatter,
    scatter,
    scatter_add,
    select_scatter,
    slice_scatter,
)
from .functions.searching import bucketize, searchsorted
from .functions.selection import (
    clamp,
    clamp_max,
    clamp_min,
    fill,
    fmax,
    fmin,
    masked_fill,
    maximum,
    minimum,
    nan_to_num,
    where,
)
from .functions.special import digamma, erfinv, i0, igamma, igammac, lgamma, logcumsumexp, mvlgamma, polygamma
from .functions.statistics import bincount, cdist, corrcoef, cov, diff, dist, histc, pdist, trapezoid
from .functions.strided import adjoint, as_strided, as_strided_scatter, narrow_copy
from .functions.systems import det, logdet, slogdet
from .functions.systems import inv as inverse
from .functions.trigonometry import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    deg2rad,
    rad2deg,
    sin,
    sinc,
    sinh,
    tan,
    tanh,
)
from .random import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from .runtime.absent_names import absent
from .runtime.allocator import keep_freed_memory
from .runtime.old_paths import register as register_old_paths
from .runtime.public_names import set_public_module
from .tensors.conversion import clone
from .tensors.method_functions import (
    abs_,
    acos_,
    acosh_,
    addmv_,
    arccos_,
    arccosh_,
    arcsin_,
    arcsinh_,
    arctan_,
    arctanh_,
    as_strided_,
    asin_,
    asinh_,
    atan_,
    atanh_,
    ceil_,
    clamp_,
    clamp_max_,
    clamp_min_,
    clip_,
    cos_,
    cosh_,
    deg2rad_,
    detach,
    detach_,
    erf_,
    erfc_,
    exp2_,
    exp_,
    expm1_,
    fill_,
    fix_,
    floor_,
    frac_,
    gcd_,
    index_put_,
    is_same_size,
    lcm_,
    ldexp_,
    log1p_,
    log2_,
    log10_,
    log_,
    logit_,
    nan_to_num_,
    neg_,
    negative_,
    rad2deg_,
    reciprocal_,
    relu_,
    resize_as_,
    round_,
    rsqrt_,
    sigmoid_,
    sin_,
    sinc_,
    sinh_,
    sqrt_,
    square_,
    tan_,
    tanh_,
    trunc_,
    xlogy_,
    zero_,
)
from .tensors.printing import set_printoptions
from .tensors.sparse_forms import Layout as layout
from .tensors.sparse_forms import sparse_coo, strided
from .tensors.tensor import Tensor
from .types.devices import device, get_default_device, set_default_device
from .types.dtypes import (
    bool,
    can_cast,
    double,
    finfo,
    float,
    float16,
    float32,
    float64,
    get_default_dtype,
    half,
    iinfo,
    int,
    int8,
    int16,
    int32,
    int64,
    long,
    promote_types,
    result_type,
    set_default_dtype,
    short,
    uint8,
)
from .types.formats import (
    bfloat16,
    cdouble,
    cfloat,
    chalf,
    channels_last,
    channels_last_3d,
    complex32,
    complex64,
    complex128,
    contiguous_format,
    dtype,
    float8_e4m3fn,
    float8_e4m3fnuz,
    float8_e5m2,
    float8_e5m2fnuz,
    legacy_contiguous_format,
    memory_format,
    preserve_format,
    uint16,
    uint32,
    uint64,
)
from .types.sizes import Size

if TYPE_CHECKING:
    from . import (
        accelerator,
        amp,
        autograd,
        backends,
        cpu,
        cuda,
        datasets,
        distributed,
        distributions,
        func,
        hub,
        insight,
        jit,
        linalg,
        mps,
        multiprocessing,
        nn,
        onnx,
        optim,
        profiler,
        sparse,
        special,
        utils,
        version,
        xpu,
    )
    from .amp import GradScaler, autocast
    from .amp.autocast_mode import is_autocast_enabled
    from .autograd import is_anomaly_check_nan_enabled, is_anomaly_enabled
    from .compiler import compile
    from .creation.typed import (
        BoolTensor,
        ByteTensor,
        CharTensor,
        DoubleTensor,
        FloatTensor,
        HalfTensor,
        IntTensor,
        LongTensor,
        ShortTensor,
        set_default_tensor_type,
    )
    from .creation.windows import bartlett_window, blackman_window, hamming_window, hann_window, kaiser_window
    from .func import vmap
    from .functions.integrals import cumulative_trapezoid, gradient
    from .nn.exchange import from_torch, to_torch
    from .nn.functional import (
        adaptive_avg_pool1d,
        avg_pool1d,
        bilinear,
        celu,
        celu_,
        channel_shuffle,
        conv1d,
        conv2d,
        conv3d,
        conv_transpose1d,
        conv_transpose2d,
        conv_transpose3d,
        cosine_similarity,
        group_norm,
        hardshrink,
        layer_norm,
        pairwise_distance,
        pixel_shuffle,
        pixel_unshuffle,
        prelu,
        rms_norm,
        rrelu,
        rrelu_,
        selu,
        selu_,
        threshold,
        threshold_,
    )
    from .runtime.configuration import show_config
    from .runtime.settings import (
        are_deterministic_algorithms_enabled,
        get_deterministic_debug_mode,
        get_float32_matmul_precision,
        is_deterministic_algorithms_warn_only_enabled,
        is_warn_always_enabled,
        set_deterministic_debug_mode,
        set_float32_matmul_precision,
        set_flush_denormal,
        set_warn_always,
        typename,
        use_deterministic_algorithms,
    )
    from .runtime.threads import get_num_interop_threads, get_num_threads, set_num_interop_threads, set_num_threads
    from .serialization import load, load_checkpoint, load_weights, save, save_checkpoint
    from .sparse.construction import sparse_coo_tensor
    from .sparse.operations import dsmm, spmm
    from .torch_names import install_as_torch

# PyTorch's other names for the same functions.
subtract, multiply, negative, absolute = sub, mul, neg, abs
divide = true_divide = div
arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2
arcsinh, arccosh, arctanh = asinh, acosh, atanh
clip, fix, sgn = clamp, trunc, sign
not_equal, less, less_equal, greater, greater_equal = ne, lt, le, gt, ge
trapz = trapezoid

inf = float64.type("inf").item()
nan = float64.type("nan").item()
pi = 3.141592653589793
e = 2.718281828459045
newaxis = None

__version__ = "0.2.0"

__all__ = [
    "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "Generator", "GradScaler", "HalfTensor",
    "IntTensor", "LongTensor", "ShortTensor", "Size", "Tensor", "abs", "abs_", "absolute", "accelerator", "acos",
    "acos_", "acosh", "acosh_", "adaptive_avg_pool1d", "add", "addbmm", "addcdiv", "addcmul", "addmm", "addmv",
    "addmv_", "addr", "adjoint", "all", "allclose", "amax", "amin", "aminmax", "amp", "angle", "any", "arange",
    "arccos", "arccos_", "arccosh", "arccosh_", "arcsin", "arcsin_", "arcsinh", "arcsinh_", "arctan", "arctan2",
    "arctan_", "arctanh", "arctanh_", "are_deterministic_algorithms_enabled", "argmax", "argmin", "argsort", "argwhere",
    "as_strided", "as_strided_", "as_strided_scatter", "as_tensor", "asarray", "asin", "asin_", "asinh", "asinh_",
    "atan", "atan2", "atan_", "atanh", "atanh_", "atleast_1d", "atleast_2d", "atleast_3d", "autocast", "autograd",
    "avg_pool1d", "backends", "baddbmm", "bartlett_window", "bernoulli", "bfloat16", "bilinear", "bincount", "binomial",
    "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor",
    "blackman_window", "block_diag", "bmm", "bool", "broadcast_shapes", "broadcast_tensors", "broadcast_to",
    "bucketize", "can_cast", "cartesian_prod", "cat", "cdist", "cdouble", "ceil", "ceil_", "celu", "celu_", "cfloat",
    "chain_matmul", "chalf", "channel_shuffle", "channels_last", "channels_last_3d", "cholesky", "cholesky_inverse",
    "cholesky_solve", "chunk", "clamp", "clamp_", "clamp_max", "clamp_max_", "clamp_min", "clamp_min_", "clip", "clip_",
    "clone", "column_stack", "combinations", "compile", "complex32", "complex64", "complex128", "concat", "concatenate",
    "contiguous_format", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
    "copysign", "corrcoef", "cos", "cos_", "cosh", "cosh_", "cosine_similarity", "count_nonzero", "cov", "cpu", "cross",
    "cuda", "cummax", "cummin", "cumprod", "cumsum", "cumulative_trapezoid", "datasets", "default_generator", "deg2rad",
    "deg2rad_", "det", "detach", "detach_", "device", "diag", "diag_embed", "diagflat", "diagonal", "diagonal_scatter",
    "diff", "digamma", "dist", "distributed", "distributions", "div", "divide", "dot", "double", "dsmm", "dsplit",
    "dstack", "dtype", "e", "einsum", "empty", "empty_like", "empty_permuted", "empty_strided", "enable_grad", "eq",
    "equal", "erf", "erf_", "erfc", "erfc_", "erfinv", "exp", "exp2", "exp2_", "exp_", "expm1", "expm1_", "eye", "fill",
    "fill_", "finfo", "fix", "fix_", "flatten", "flip", "fliplr", "flipud", "float", "float8_e4m3fn", "float8_e4m3fnuz",
    "float8_e5m2", "float8_e5m2fnuz", "float16", "float32", "float64", "float_power", "floor", "floor_", "floor_divide",
    "fmax", "fmin", "fmod", "frac", "frac_", "from_dlpack", "from_numpy", "from_torch", "frombuffer", "full",
    "full_like", "func", "gather", "gcd", "gcd_", "ge", "ger", "get_default_device", "get_default_dtype",
    "get_deterministic_debug_mode", "get_float32_matmul_precision", "get_num_interop_threads", "get_num_threads",
    "get_rng_state", "gradient", "greater", "greater_equal", "group_norm", "gt", "half", "hamming_window",
    "hann_window", "hardshrink", "heaviside", "histc", "histogram", "histogramdd", "hsplit", "hstack", "hub", "hypot",
    "i0", "igamma", "igammac", "iinfo", "index_add", "index_copy", "index_fill", "index_put", "index_put_",
    "index_reduce", "index_select", "inf", "inference_mode", "initial_seed", "inner", "insight", "install_as_torch",
    "int", "int8", "int16", "int32", "int64", "inverse", "is_anomaly_check_nan_enabled", "is_anomaly_enabled",
    "is_autocast_enabled", "is_complex", "is_deterministic_algorithms_warn_only_enabled", "is_floating_point",
    "is_grad_enabled", "is_inference", "is_inference_mode_enabled", "is_nonzero", "is_same_size", "is_signed",
    "is_tensor", "is_warn_always_enabled", "isclose", "isfinite", "isin", "isinf", "isnan", "isneginf", "isposinf",
    "isreal", "jit", "kaiser_window", "kron", "kthvalue", "layer_norm", "layout", "lcm", "lcm_", "ldexp", "ldexp_",
    "le", "legacy_contiguous_format", "lerp", "less", "less_equal", "lgamma", "linalg", "linspace", "load",
    "load_checkpoint", "load_weights", "log", "log1p", "log1p_", "log2", "log2_", "log10", "log10_", "log_",
    "log_softmax", "logaddexp", "logaddexp2", "logcumsumexp", "logdet", "logical_and", "logical_not", "logical_or",
    "logical_xor", "logit", "logit_", "logspace", "logsumexp", "long", "lt", "manual_seed", "masked_fill",
    "masked_scatter", "masked_select", "matmul", "matrix_power", "max", "maximum", "mean", "median", "memory_format",
    "meshgrid", "min", "minimum", "mm", "mode", "moveaxis", "movedim", "mps", "msort", "mul", "multinomial", "multiply",
    "multiprocessing", "mv", "mvlgamma", "nan", "nan_to_num", "nan_to_num_", "nanmean", "nanmedian", "nanquantile",
    "nansum", "narrow", "narrow_copy", "ne", "neg", "neg_", "negative", "negative_", "newaxis", "nextafter", "nn",
    "no_grad", "nonzero", "norm", "norm_except_dim", "normal", "not_equal", "numel", "ones", "ones_like", "onnx",
    "optim", "outer", "pairwise_distance", "pdist", "permute", "pi", "pinverse", "pixel_shuffle", "pixel_unshuffle",
    "poisson", "polygamma", "positive", "pow", "prelu", "preserve_format", "prod", "profiler", "promote_types", "put",
    "qr", "quantile", "rad2deg", "rad2deg_", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like",
    "randperm", "range", "ravel", "reciprocal", "reciprocal_", "relu", "relu_", "remainder", "renorm",
    "repeat_interleave", "reshape", "resize_as_", "result_type", "rms_norm", "roll", "rot90", "round", "round_",
    "row_stack", "rrelu", "rrelu_", "rsqrt", "rsqrt_", "rsub", "save", "save_checkpoint", "scalar_tensor", "scatter",
    "scatter_add", "scatter_reduce", "searchsorted", "seed", "select", "select_scatter", "selu", "selu_",
    "set_default_device", "set_default_dtype", "set_default_tensor_type", "set_deterministic_debug_mode",
    "set_float32_matmul_precision", "set_flush_denormal", "set_grad_enabled", "set_num_interop_threads",
    "set_num_threads", "set_printoptions", "set_rng_state", "set_warn_always", "sgn", "short", "show_config", "sigmoid",
    "sigmoid_", "sign", "signbit", "sin", "sin_", "sinc", "sinc_", "sinh", "sinh_", "slice_scatter", "slogdet",
    "softmax", "sort", "sparse", "sparse_coo", "sparse_coo_tensor", "special", "split", "split_with_sizes", "spmm",
    "sqrt", "sqrt_", "square", "square_", "squeeze", "stack", "std", "std_mean", "strided", "sub", "subtract", "sum",
    "svd", "swapaxes", "swapdims", "t", "take", "take_along_dim", "tan", "tan_", "tanh", "tanh_", "tensor",
    "tensor_split", "tensordot", "threshold", "threshold_", "tile", "to_torch", "topk", "trace", "transpose",
    "trapezoid", "trapz", "triangular_solve", "tril", "tril_indices", "triu", "triu_indices", "true_divide", "trunc",
    "trunc_", "typename", "uint8", "uint16", "uint32", "uint64", "unbind", "unflatten", "unique", "unique_consecutive",
    "unravel_index", "unsqueeze", "use_deterministic_algorithms", "utils", "vander", "var", "var_mean", "vdot",
    "version", "vmap", "vsplit", "vstack", "where", "xlogy", "xlogy_", "xpu", "zero_", "zeros", "zeros_like",
]  # fmt: skip

keep_freed_memory()
register_old_paths(__name__)
set_public_module(__name__, (Tensor, Generator, Size, device, finfo, iinfo, layout, memory_format))

# These are imported when they are first asked for (PEP 562), so that the import of the package stays quick.
_LAZY_MODULES = {
    "accelerator", "amp", "autograd", "backends", "compiler", "cpu", "cuda", "datasets", "distributed",
    "distributions", "einops", "func", "hub", "insight", "jit", "linalg", "mps", "multiprocessing", "nn", "onnx",
    "optim", "profiler", "serialization", "sklearn", "sparse", "special", "testing", "utils", "version", "xpu",
    "_C", "_jit_internal",  # which PyTorch's scripts name
}  # fmt: skip
_LAZY_NAMES = {
    "BoolTensor": "creation.typed",
    "ByteTensor": "creation.typed",
    "CharTensor": "creation.typed",
    "DoubleTensor": "creation.typed",
    "FloatTensor": "creation.typed",
    "HalfTensor": "creation.typed",
    "IntTensor": "creation.typed",
    "LongTensor": "creation.typed",
    "ShortTensor": "creation.typed",
    "set_default_tensor_type": "creation.typed",
    "cumulative_trapezoid": "functions.integrals",
    "gradient": "functions.integrals",
    "adaptive_avg_pool1d": "nn.functional",
    "avg_pool1d": "nn.functional",
    "channel_shuffle": "nn.functional",
    "conv1d": "nn.functional",
    "conv2d": "nn.functional",
    "conv3d": "nn.functional",
    "conv_transpose1d": "nn.functional",
    "conv_transpose2d": "nn.functional",
    "conv_transpose3d": "nn.functional",
    "pixel_shuffle": "nn.functional",
    "pixel_unshuffle": "nn.functional",
    "hann_window": "creation.windows",
    "hamming_window": "creation.windows",
    "blackman_window": "creation.windows",
    "bartlett_window": "creation.windows",
    "kaiser_window": "creation.windows",
    "bilinear": "nn.functional",
    "celu": "nn.functional",
    "celu_": "nn.functional",
    "cosine_similarity": "nn.functional",
    "group_norm": "nn.functional",
    "hardshrink": "nn.functional",
    "layer_norm": "nn.functional",
    "pairwise_distance": "nn.functional",
    "prelu": "nn.functional",
    "rms_norm": "nn.functional",
    "rrelu": "nn.functional",
    "rrelu_": "nn.functional",
    "selu": "nn.functional",
    "selu_": "nn.functional",
    "threshold": "nn.functional",
    "threshold_": "nn.functional",
    "are_deterministic_algorithms_enabled": "runtime.settings",
    "get_deterministic_debug_mode": "runtime.settings",
    "get_float32_matmul_precision": "runtime.settings",
    "is_deterministic_algorithms_warn_only_enabled": "runtime.settings",
    "is_warn_always_enabled": "runtime.settings",
    "set_deterministic_debug_mode": "runtime.settings",
    "set_float32_matmul_precision": "runtime.settings",
    "set_flush_denormal": "runtime.settings",
    "set_warn_always": "runtime.settings",
    "typename": "runtime.settings",
    "use_deterministic_algorithms": "runtime.settings",
    "GradScaler": "amp",
    "autocast": "amp",
    "is_autocast_enabled": "amp.autocast_mode",
    "compile": "compiler",
    "is_anomaly_check_nan_enabled": "autograd.anomaly_mode",
    "is_anomaly_enabled": "autograd.anomaly_mode",
    "from_torch": "nn.exchange",
    "to_torch": "nn.exchange",
    "install_as_torch": "torch_names",
    "load": "serialization",
    "load_checkpoint": "serialization",
    "load_weights": "serialization",
    "save": "serialization",
    "save_checkpoint": "serialization",
    "sparse_coo_tensor": "sparse.construction",
    "dsmm": "sparse.operations",
    "spmm": "sparse.operations",
    "show_config": "runtime.configuration",
    "_assert": "runtime.settings",
    "get_num_interop_threads": "runtime.threads",
    "get_num_threads": "runtime.threads",
    "set_num_interop_threads": "runtime.threads",
    "set_num_threads": "runtime.threads",
    "load_ipython_extension": "torch_names",  # what `%load_ext` asks for
    "unload_ipython_extension": "torch_names",
    "vmap": "func.vectorizing",
}


if not TYPE_CHECKING:  # a checker would take every name for one that exists

    def __getattr__(name: str) -> Any:
        if name in _LAZY_MODULES:
            return importlib.import_module(f".{name}", __name__)
        if name in _LAZY_NAMES:
            globals()[name] = value = getattr(importlib.import_module(f".{_LAZY_NAMES[name]}", __name__), name)
            return value
        raise absent("", name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
