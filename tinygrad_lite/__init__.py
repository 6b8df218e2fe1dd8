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

from . import cuda, linalg
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
    broadcast_shapes,
    empty,
    empty_like,
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
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    tensor,
    tril_indices,
    triu_indices,
    zeros,
    zeros_like,
)
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
from .functions.gathering import argwhere, gather, index_select, isin, masked_select, nonzero, take, take_along_dim
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
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
)
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
from .functions.rounding import abs, ceil, copysign, floor, frac, heaviside, round, sign, trunc
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
    fmax,
    fmin,
    masked_fill,
    maximum,
    minimum,
    nan_to_num,
    where,
)
from .functions.statistics import bincount, cdist, corrcoef, cov, diff, dist, histc, trapezoid
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
from .runtime.old_paths import register as register_old_paths
from .runtime.public_names import set_public_module
from .tensors.conversion import clone
from .tensors.printing import set_printoptions
from .tensors.tensor import Tensor
from .types.devices import device
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
from .types.sizes import Size

if TYPE_CHECKING:
    from . import autograd, datasets, insight, nn, optim, utils
    from .autograd import is_anomaly_check_nan_enabled, is_anomaly_enabled
    from .compiler import compile
    from .runtime.configuration import show_config
    from .runtime.threads import get_num_threads, set_num_threads
    from .serialization import load, load_checkpoint, save, save_checkpoint
    from .torch_names import install_as_torch

# PyTorch's other names for the same functions.
subtract, multiply, negative, absolute = sub, mul, neg, abs
divide = true_divide = div
arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2
arcsinh, arccosh, arctanh = asinh, acosh, atanh
clip, fix, sgn = clamp, trunc, sign
trapz = trapezoid
not_equal, less, less_equal, greater, greater_equal = ne, lt, le, gt, ge

inf = float64.type("inf").item()
nan = float64.type("nan").item()
pi = 3.141592653589793
e = 2.718281828459045
newaxis = None

__version__ = "0.2.0"

__all__ = [
    "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "Generator", "HalfTensor", "IntTensor",
    "LongTensor", "ShortTensor", "Size", "Tensor", "abs", "absolute", "acos", "acosh", "add", "addbmm", "addcdiv",
    "addcmul", "addmm", "addmv", "addr", "all", "allclose", "amax", "amin", "aminmax", "any", "arange", "arccos",
    "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "argmax", "argmin", "argsort", "argwhere",
    "as_tensor", "asarray", "asin", "asinh", "atan", "atan2", "atanh", "atleast_1d", "atleast_2d", "atleast_3d",
    "autograd", "baddbmm", "bernoulli", "bincount", "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or",
    "bitwise_right_shift", "bitwise_xor", "block_diag", "bmm", "bool", "broadcast_shapes", "broadcast_tensors",
    "broadcast_to", "bucketize", "can_cast", "cartesian_prod", "cat", "cdist", "ceil", "chunk", "clamp", "clamp_max",
    "clamp_min", "clip", "clone", "column_stack", "compile", "concat", "concatenate", "copysign", "corrcoef", "cos",
    "cosh", "count_nonzero", "cov", "cross", "cuda", "cummax", "cummin", "cumprod", "cumsum", "datasets",
    "default_generator", "deg2rad", "device", "diag", "diag_embed", "diagflat", "diagonal", "diagonal_scatter", "diff",
    "dist", "div", "divide", "dot", "double", "dsplit", "dstack", "e", "einsum", "empty", "empty_like", "enable_grad",
    "eq", "equal", "erf", "erfc", "exp", "exp2", "expm1", "eye", "finfo", "fix", "flatten", "flip", "fliplr", "flipud",
    "float", "float16", "float32", "float64", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod", "frac",
    "from_dlpack", "from_numpy", "frombuffer", "full", "full_like", "gather", "ge", "ger", "get_default_dtype",
    "get_num_threads",
    "get_rng_state", "greater", "greater_equal", "gt", "half", "heaviside", "histc", "hsplit", "hstack", "hypot",
    "iinfo", "index_add", "index_copy", "index_fill", "index_put", "index_select", "inf", "inference_mode",
    "initial_seed", "inner", "insight", "install_as_torch", "int", "int8", "int16", "int32", "int64",
    "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "is_complex", "is_floating_point", "is_grad_enabled",
    "is_inference", "is_inference_mode_enabled", "is_nonzero", "is_signed", "is_tensor", "isclose", "isfinite", "isin",
    "isinf", "isnan", "isneginf", "isposinf", "isreal", "kron", "kthvalue", "ldexp", "le", "lerp", "less", "less_equal",
    "linalg", "linspace", "load", "load_checkpoint", "log", "log1p", "log2", "log10", "log_softmax", "logaddexp",
    "logaddexp2", "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "logspace", "logsumexp", "long",
    "lt", "manual_seed", "masked_fill", "masked_scatter", "masked_select", "matmul", "matrix_power", "max", "maximum",
    "mean", "median", "meshgrid", "min", "minimum", "mm", "mode", "moveaxis", "movedim", "msort", "mul", "multinomial",
    "multiply", "mv", "nan", "nan_to_num", "nanmean", "nanmedian", "nansum", "narrow", "ne", "neg", "negative",
    "newaxis", "nn", "no_grad", "nonzero", "norm", "normal", "not_equal", "numel", "ones", "ones_like", "optim",
    "outer", "permute", "pi", "positive", "pow", "prod", "promote_types", "quantile", "rad2deg", "rand", "rand_like",
    "randint", "randint_like", "randn", "randn_like", "randperm", "ravel", "reciprocal", "relu", "remainder",
    "repeat_interleave", "reshape", "result_type", "roll", "rot90", "round", "row_stack", "rsqrt", "rsub", "save",
    "save_checkpoint", "scatter", "scatter_add", "searchsorted", "seed", "select", "select_scatter",
    "set_default_dtype", "set_grad_enabled", "set_num_threads",
    "set_printoptions", "set_rng_state", "sgn", "short", "show_config",
    "sigmoid", "sign", "signbit", "sin", "sinc", "sinh", "slice_scatter", "softmax", "sort", "split",
    "split_with_sizes", "sqrt", "square", "squeeze", "stack", "std", "std_mean", "sub", "subtract", "sum", "swapaxes",
    "swapdims", "t", "take", "take_along_dim", "tan", "tanh", "tensor", "tensor_split", "tensordot", "tile", "topk",
    "trace", "transpose", "trapezoid", "trapz", "tril", "tril_indices", "triu", "triu_indices", "true_divide", "trunc",
    "uint8", "unbind", "unflatten", "unique", "unsqueeze", "utils", "var", "var_mean", "vdot", "vsplit", "vstack",
    "where", "xlogy", "zeros", "zeros_like",
]  # fmt: skip

register_old_paths(__name__)
set_public_module(__name__, (Tensor, Generator, Size, device, finfo, iinfo))

# These are imported when they are first asked for (PEP 562), so that the import of the package stays quick.
_LAZY_MODULES = {"autograd", "compiler", "datasets", "insight", "nn", "optim", "serialization", "testing", "utils"}
_LAZY_NAMES = {
    "compile": "compiler",
    "is_anomaly_check_nan_enabled": "autograd.anomaly_mode",
    "is_anomaly_enabled": "autograd.anomaly_mode",
    "install_as_torch": "torch_names",
    "load": "serialization",
    "load_checkpoint": "serialization",
    "save": "serialization",
    "save_checkpoint": "serialization",
    "show_config": "runtime.configuration",
    "get_num_threads": "runtime.threads",
    "set_num_threads": "runtime.threads",
    "load_ipython_extension": "torch_names",  # what `%load_ext` asks for
    "unload_ipython_extension": "torch_names",
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
