"""`out=`: the result of a function is written to the memory of a Tensor that is given, and that Tensor is returned.

There is one way for all functions: the result is computed as without `out`, checked, and copied. What differs between
functions in PyTorch is which dtypes of `out` they take, and stands in tables here; the names are those of PyTorch's
functions that have an `out`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ..core import errors, versions
from ..core.argument_types import type_name
from ..core.modes import in_force, thread
from ..core.primitive import Array, Primitive, Traced
from ..core.tracing import graph_break
from ..core.views import INFERENCE, is_inference, is_through_data
from ..types import dtypes

F = TypeVar("F", bound=Callable[..., Any])

_EXACT = "Expected out tensor to have dtype {result_c}, but got {out_c} instead"
_NANSUM = "nansum: provided dtype must match dtype of result. Got {out} and {result}"
_FOUND = "Found dtype {out} but expected {result}"
_CAST = "result type {result} can't be cast to the desired output type {out}"

# What out must be: of the dtype of the result, with the phrase of PyTorch's that says so.
SAME_DTYPE: dict[str, str] = {
    _EXACT: """
        addbmm addmm addmv aminmax argmax argmin baddbmm bmm cross diag gather index_add index_copy index_reduce isin
        log_softmax matmul max min mm msort mv renorm scatter scatter_add scatter_reduce slice_scatter softmax sort
        take_along_dim topk tril triu vector_norm narrow_copy norm cholesky cholesky_ex det eig eigh eigvals eigvalsh
        inv inv_ex ldl_factor ldl_factor_ex ldl_solve lu lu_factor lu_factor_ex lu_solve qr
        slogdet solve solve_ex solve_triangular svd svdvals inverse lu_unpack triangular_solve
        multinomial nonzero_static frobenius_norm nuclear_norm
    """,
    "torch.frexp() expects mantissa to have dtype {result_c} but got {out_c}": "frexp",
    "torch.ormqr: Expected input and result to have the same dtype, but input has dtype{result} and result has dtype "
    "{out}": "ormqr",
    _FOUND: """
        abs absolute bitwise_not ceil clamp clip conj_physical fix floor frac lerp neg negative round sgn sign trunc
    """,
    "Expected the dtype for input and out to match, but got {result} for input's dtype and {out} for out's dtype.": (
        "amax amin"
    ),
    "torch.searchsorted(): output tensor's dtype is wrong, it can only be Int(int32) or Long(int64) depending on "
    "whether out_int32 flag is True, but we got output tensor's dtype {out}": "bucketize searchsorted",
    "expected scalar_type {result} but found {out}": "cummax cummin logcumsumexp",
    "result dtype {out} does not match input dtype {result}": "dot vdot",
    "Expected tensor for 'values' to have the same type as tensor for argument #2 'self'": "median nanmedian",
    "{name} only supports bool tensor for result, got: {out}": "all any",
    "the output given to float_power has dtype {out} but the operation's result requires dtype {result}": "float_power",
    "heaviside is not yet implemented for tensors with different dtypes.": "heaviside",
    "torch.histogram: input tensor and hist tensor should have the same dtype, but got input {result_c} and hist "
    "{out_c}": "histc histogram",
    "{name}(): self and result must have the same scalar type": "index_select masked_select",
    "tensordot: Expected the output tensor to have dtype {result}, but got an output tensor with dtype {out}": (
        "inner tensordot"
    ),
    "{name} does not support non-boolean outputs.": "isneginf isposinf signbit",
    "output values must be of same type as input": "kthvalue",
    "expected scalar type '{result}' but got '{out}' for values output": "mode",
    "nan_to_num: dtype of out: {out} should be same as input: {result}": "nan_to_num",
    "nonzero: Expected out tensor to have scalar type {result} but got scalar type{out}": "nonzero",
    "quantile() out tensor must be same dtype as the input tensor": "quantile nanquantile",
    "take(): self and out expected to have the same dtype, but got self.dtype = {result} and out.dtype = {out}": "take",
    "linalg.{name} expected out tensor dtype {result} but got: {out}": "matrix_norm",
    "linalg.norm expected out tensor dtype {result} but got: {out}": "linalg_norm",
    "Expected out type to be {result} but got {out}": "where",
    "multi_dot(): expected out tensor to have dtype {result_c} but got {out_c}": "chain_matmul multi_dot",
    "linalg.vecdot: Expected out of dtype{result} but found {out}": "vecdot",
}

# What out must be: of a dtype to which that of the result can be cast.
CASTABLE: dict[str, str] = {
    _CAST: """
        acos acosh add addcdiv addcmul addr arccos arccosh arcsin arcsinh arctan arctan2 arctanh asin asinh atan atan2
        atanh bernoulli bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor clamp_max clamp_min
        copysign cos cosh deg2rad diff digamma div divide entr eq erf erfc erfcx erfinv exp exp2 expm1 floor_divide
        fmax fmin fmod gcd ge ger greater greater_equal gt hardshrink hypot i0 igamma igammac kron lcm le less
        less_equal lgamma log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or logical_xor
        logit lt maximum mean minimum mul multiply ne nextafter normal not_equal outer polygamma pow rad2deg
        reciprocal remainder rsqrt sigmoid sin sinc sinh sqrt square std sub subtract tan tanh threshold true_divide
        var xlogy angle expit i0e i1 i1e log_ndtr ndtr ndtri xlog1py zeta gelu linear log_sigmoid logsigmoid softplus
        softshrink elu leaky_relu hardtanh hardsigmoid normalize
    """,
    "{name} can't be cast to the desired output type {out}": "ldexp",
    "{name}: Expected result to be safely castable from {result} dtype, but got result with dtype {out}": (
        "cholesky_inverse cholesky_solve matrix_power tensorinv tensorsolve"
    ),
    "linalg.{name}: Expected result to be safely castable from {result} dtype, but got result with dtype {out}": (
        "cond pinv"
    ),
    "torch.linalg.{name}: Expected result to be safely castable from {result} dtype, but got result with dtype {out}": (
        "matrix_rank householder_product orgqr"
    ),
    "torch.{name}: Expected a to be safely castable from {result} dtype, but got a with dtype {out}": "geqrf",
    "torch.linalg.lstsq: Expected solution to be safely castable from {result} dtype, but got solution with dtype "
    "{out}": "lstsq",
    "{name}: result type {result} can't be cast to the desired output type {result}": "mvlgamma",
    "{name}(): Expected floating point type for result tensor, but got: {out}": "logsumexp",
    "torch.cat(): input types can't be cast to the desired output type {out}": (
        "cat column_stack concat concatenate dstack hstack row_stack stack vstack"
    ),
}

# What is computed in the dtype of out.
_IN_ITS_DTYPE = "sum nansum nanmean prod cumsum cumprod"
_MAKES = "arange empty eye full linspace logspace ones rand randint randn randperm range zeros"

RULES: dict[str, tuple[str, str]] = {
    **{name: ("same", phrase) for phrase, names in SAME_DTYPE.items() for name in names.split()},
    **{name: ("cast", phrase) for phrase, names in CASTABLE.items() for name in names.split()},
    **dict.fromkeys(_IN_ITS_DTYPE.split(), ("own", _CAST)),
    **dict.fromkeys(_MAKES.split(), ("made", _CAST)),
}
"""For each function that has an `out`, by name: which dtypes it takes, and the phrase for others."""

_WORDS = {
    "float16": ("Half", "c10::Half"),
    "float32": ("Float", "float"),
    "float64": ("Double", "double"),
    "int8": ("Char", "signed char"),
    "int16": ("Short", "short int"),
    "int32": ("Int", "int"),
    "int64": ("Long", "long int"),
    "uint8": ("Byte", "unsigned char"),
    "bool": ("Bool", "bool"),
}
"""The names of dtypes in PyTorch's messages: its own, and that of C++."""


def dtype_word(dtype: Any) -> str:
    """Return the name of a dtype in PyTorch's messages."""
    return _WORDS[dtype.name][0]


def fill_out(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function, and write its result, or each of its results, to `kwargs["out"]`, which is returned.

    Raises:
        TypeError: if the function has no `out`, or for something else than a Tensor, or a tuple of as many Tensors as
            there are results.
        RuntimeError: if a gradient would be lost, or for a dtype or memory that the result cannot be written to.
    """
    kwargs = dict(kwargs)
    out = kwargs.pop("out")
    if out is None:
        return function(*args, **kwargs)
    name = getattr(function, "name", None) or function.__name__
    if name not in RULES:
        raise TypeError(f"{name}() got an unexpected keyword argument 'out': assign the result, or use x.copy_(result)")
    kind, phrase = RULES[name]
    if kind in ("own", "made") or (name == "mean" and kwargs.get("dtype") is not None):
        _take_dtype(name, kind, out, kwargs)
    result = function(*args, **kwargs)
    if not isinstance(result, tuple):
        _check_tensor(name, out)
        _fill(name, kind, phrase, out, result)
        return out
    if isinstance(out, Traced) or not isinstance(out, (tuple, list)):
        raise TypeError(f"{name}(): argument 'out' must be tuple of Tensors, not {type_name(out)}")
    if len(out) != len(result):
        raise TypeError(f"expected tuple of {len(result)} elements but got {len(out)}. {name}(): argument 'out'")
    for i, x in enumerate(out):
        if not isinstance(x, Traced):
            raise TypeError(f"expected Tensor as element {i} in argument 'out', but got {type_name(x)}. {name}()")
    for x, values in zip(out, result, strict=True):  # nothing is written before all have been checked
        _check(name, kind, phrase if values is result[0] else _EXACT, x, values)
    for x, values in zip(out, result, strict=True):
        _write(name, kind, x, values)
    return type(result)(*out) if hasattr(result, "_fields") else tuple(out)


def fills_out(function: F) -> F:
    """Let a function that makes Tensors take `out=`, without a place for it among its parameters."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return fill_out(function, args, kwargs) if "out" in kwargs else function(*args, **kwargs)

    return call  # type: ignore[return-value]  # it has the signature of the function


def _take_dtype(name: str, kind: str, out: Any, kwargs: dict[str, Any]) -> None:
    """Let the function compute in the dtype of out, if no dtype was given."""
    _check_tensor(name, out)
    dtype = kwargs.get("dtype")
    if dtype is None:
        kwargs["dtype"] = out.dtype
    elif kind != "made" and dtypes.as_dtype(dtype) is not out.dtype:
        words, words_of_c = zip(_WORDS[dtypes.as_dtype(dtype).name], _WORDS[out.dtype.name], strict=True)
        text = (_NANSUM if name in ("nansum", "nanmean") else _EXACT).format(
            result=words[0], out=words[1], result_c=words_of_c[0], out_c=words_of_c[1]
        )
        raise RuntimeError(f"{text}. {name}(): dtype={dtypes.as_dtype(dtype)}, and out is of {out.dtype}")
    elif kind == "made" and dtypes.as_dtype(dtype) is not out.dtype:
        asked = _WORDS[dtypes.as_dtype(dtype).name][0]
        raise RuntimeError(
            f"dtype {asked} does not match dtype of out parameter ({_WORDS[out.dtype.name][0]}). {name}()"
        )


def _check_tensor(name: str, out: Any) -> None:
    if not isinstance(out, Traced):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type_name(out)}")


def _fill(name: str, kind: str, phrase: str, out: Any, result: Any) -> None:
    _check(name, kind, phrase, out, result)
    _write(name, kind, out, result)


def _check(name: str, kind: str, phrase: str, out: Any, result: Any) -> None:
    """Refuse an out that the result cannot be written to, before anything is changed."""
    if in_force(thread).recording and (out.requires_grad or getattr(result, "requires_grad", False)):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad. Assign the result instead, or call it under no_grad()"
        )
    if is_inference(out) and not in_force(thread).mode[2]:
        raise errors.inference_written()
    wrong = out.dtype is not result.dtype if kind == "same" else not dtypes.can_cast(result.dtype, out.dtype)
    if wrong:
        words, words_of_c = zip(_WORDS[result.dtype.name], _WORDS[out.dtype.name], strict=True)
        text = phrase.format(name=name, result=words[0], out=words[1], result_c=words_of_c[0], out_c=words_of_c[1])
        refusal = TypeError if phrase.startswith("torch.cat()") else RuntimeError
        raise refusal(f"{text}. {name}(): the result is of {result.dtype}, and out of {out.dtype}")
    array = out._data
    if any(step == 0 and n > 1 for step, n in zip(array.strides, array.shape, strict=True)):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
            f"Please clone() the tensor before performing the operation: {name}() with an out that was expanded to "
            f"{list(array.shape)}"
        )
    if not array.flags.writeable:
        raise RuntimeError(
            f"{name}(): the memory of out cannot be written, as it belongs to a read-only array: clone() it first"
        )


def _write(name: str, kind: str, out: Any, result: Any) -> None:
    """Write the result to the memory of out, which gets other memory if it has not the shape."""
    values = result if isinstance(result, np.ndarray) else result._data
    if out._data.shape != values.shape:
        if name == "arange" and out._data.size and out._data.size != values.size:
            errors.warn(
                f"The number of elements in the out tensor of shape {list(out._data.shape)} is {out._data.size} which "
                f"does not match the computed number of elements {values.size}. Note that this may occur as a result "
                f"of rounding error. The out tensor will be resized to a tensor of shape ({values.size},)."
            )
        elif out._data.size and kind != "made":
            errors.warn(
                "An output with one or more elements was resized since it had shape "
                f"{list(out._data.shape)}, which does not match the required output shape {list(values.shape)}. This "
                "behavior is deprecated, and in a future PyTorch release outputs will not be resized unless they have "
                "zero elements. You can explicitly reuse an out tensor t by resizing it, inplace, to zero elements "
                "with t.resize_(0)."
            )
        graph_break("out= gives a Tensor another shape")
        out._set_data(np.empty(values.shape, out.dtype))
        out._view = INFERENCE if is_inference(out) else None
    write = versions.write_through_data if is_through_data(out) else versions.write
    write(_overwrite, out._data, values)


def _overwrite(array: Array, values: Array) -> None:
    np.copyto(array, values, casting="unsafe")


Primitive.fill_out = fill_out
