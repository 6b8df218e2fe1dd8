"""Arguments as PyTorch's users write them: other names for keywords, negative dimensions, sizes with a -1.

`public` decorates every function that users call. The rest are the checks and conversions which those functions share.
"""

from __future__ import annotations

import functools
import inspect
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from ..core.argument_types import type_name, wrong_type
from ..core.array_functions import array_function
from ..core.edge import cast
from ..core.errors import explained, name_operation, out_of_range, shape_mismatch
from ..core.modes import in_force, thread
from ..core.primitive import Array, Traced
from ..core.promotion import float16, float32, in_float32
from ..core.signatures import SPELLINGS
from ..core.views import without_hidden_base
from .older_forms import in_present_form
from .out_argument import fill_out

F = TypeVar("F", bound=Callable[..., Any])

# Further names in PyTorch, of the second operand and of others.
SPELLINGS.update(dict.fromkeys(("exponent", "end", "tensor"), "y"))
SPELLINGS.update(dict.fromkeys(("sections", "indices"), "indices_or_sections"))
SPELLINGS.update({"dim0": "axis0", "dim1": "axis1", "test_element": "test_elements", "input2": "L"})


def public(function: F) -> F:
    """Make a function one that users call.

    It understands NumPy's `axis` and `keepdims`, and PyTorch's `input`, `other` and `out`. A call that fails because
    of an argument of the wrong type says which argument that is.
    """

    code = inspect.unwrap(function).__code__
    own = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            if not kwargs:
                return without_hidden_base(function(*args), args)
            if "out" in kwargs:
                return fill_out(call, args, kwargs)
            kwargs = {k if k in own else SPELLINGS.get(k, k): v for k, v in kwargs.items()}
            return without_hidden_base(function(*args, **kwargs), [*args, *kwargs.values()])
        except (AttributeError, TypeError, ValueError, OverflowError) as error:
            older = in_present_form(function.__name__, args, kwargs)
            if older is None or not isinstance(error, TypeError):
                raise explained(error, function, args, kwargs)  # noqa: B904  # explained() sets the cause
            args, kwargs = older
        except (RuntimeError, IndexError) as error:
            name_operation(error, function.__name__)
            raise
        return call(*args, **kwargs)

    return call  # type: ignore[return-value]  # it has the signature of the function


def for_all_samples(function: F) -> F:
    """Say of a function of arrays that it treats each element by itself, so that `vmap` calls it once for all samples.

    It takes their arrays, with one dimension more. Other functions are called for one sample after the other.
    """
    function.for_all_samples = True  # type: ignore[attr-defined]  # a mark that vmap reads
    return function


def one_sample_at_a_time(function: F) -> F:
    """Let `vmap` call a function for one sample after the other, because it reads values, which each has of its own."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        call_each = getattr(in_force(thread).tracer, "call_each", None)
        return function(*args, **kwargs) if call_each is None else call_each(function, args, kwargs)

    return call  # type: ignore[return-value]  # it has the signature of the function


def rounded_once(function: F) -> F:
    """Let a function that applies several primitives compute float16 in float32, and round only its result."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        wide = in_float32([*args, *kwargs.values()])
        if wide is None:
            return function(*args, **kwargs)
        out = function(*wide[: len(args)], **dict(zip(kwargs, wide[len(args) :], strict=True)))
        return cast(out, float16) if out.dtype is float32 else out

    return call  # type: ignore[return-value]  # it has the signature of the function


def refuse_numbers(name: str, x: Any, y: Any, second: str = "y") -> None:
    """Refuse one of Python's or NumPy's numbers where PyTorch needs a Tensor; an array will do.

    Raises:
        TypeError: naming the argument.
    """
    if isinstance(x, Traced) and isinstance(y, Traced):
        return
    for position, (argument, value) in enumerate((("x", x), (second, y)), start=1):
        if isinstance(value, (int, float, np.generic)):
            raise wrong_type(name, argument, position, "Tensor", value)


def one_dim(dim: Any, ndim: int, name: str) -> int:
    """`dim` counted from the front. A 0-d Tensor has, as in PyTorch, a dimension 0 here.

    Raises:
        IndexError: if there is no such dimension.
        TypeError: if it is not a whole number.
    """
    if type(dim) is int and -ndim <= dim < ndim:
        return dim % ndim
    try:
        found: int = dim.__index__()
    except (AttributeError, TypeError):
        raise wrong_type(name, "dim", None, "int", dim) from None
    size = max(ndim, 1)
    if not -size <= found < size:
        raise out_of_range(name, found, ndim)
    return found % size


def many_dims(dim: Any, ndim: int, name: str) -> int | tuple[int, ...] | None:
    """One or several dimensions counted from the front; None, and an empty sequence, for all of them."""
    if dim is None:
        return None
    if isinstance(dim, (tuple, list)):
        dims = distinct_dims(dim, ndim, name)
        return dims if dims and ndim else None
    found = one_dim(dim, ndim, name)
    return found if ndim else None


def distinct_dims(dims: Sequence[Any], ndim: int, name: str) -> tuple[int, ...]:
    """Several dimensions counted from the front.

    Raises:
        RuntimeError: if one of them comes twice.
        IndexError: if there is no such dimension.
    """
    found = tuple([one_dim(d, ndim, name) for d in dims])
    if len(set(found)) < len(found):
        twice = next(d for i, d in enumerate(found) if d in found[:i])
        raise RuntimeError(
            f"dim {twice} appears multiple times in the list of dims. {name}: each dimension may be named once, but "
            f"the list is {list(dims)}"
        )
    return found


def check_not_empty(x: Any, dim: int | tuple[int, ...] | None, name: str) -> None:
    """Refuse to choose an element where there is none.

    Raises:
        IndexError: if a dim has no elements.
        RuntimeError: if there are no elements at all and no dim was given.
    """
    if dim is None and math.prod(x.shape) == 0:
        raise RuntimeError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0: pass dim=")
    for d in () if dim is None else (dim,) if isinstance(dim, int) else dim:
        if x.shape and x.shape[d] == 0:
            raise IndexError(
                f"{name}(): Expected reduction dim {d} to have non-zero size, but the shape is {list(x.shape)}"
            )


def int_tuple(args: Sequence[Any], name: str, argument: str = "size", position: int = 2) -> tuple[int, ...]:
    """Whole numbers that were given one by one, or in one sequence; the names are for the error."""
    if len(args) == 1 and isinstance(args[0], (tuple, list)):
        args = args[0]
    try:
        return tuple(map(operator.index, args))
    except TypeError:
        pass
    place = f"{name}(): argument '{argument}' (position {position}) must be tuple of ints, "
    if len(args) == 1:
        raise TypeError(f"{place}not {type_name(args[0])}") from None
    wrong = next((i for i, x in enumerate(args) if not isinstance(x, (int, np.integer))), 0)
    raise TypeError(f"{place}but found element of type {type_name(args[wrong])} at pos {wrong}")


def check_slices(shape: tuple[int, ...], dim: int) -> None:
    """Raise a RuntimeError where there are slices along a dimension, but nothing is in them."""
    if 0 in shape and shape[dim]:
        raise RuntimeError(
            "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied. The shape is "
            f"{list(shape)}, and dim is {dim}"
        )


def new_shape(args: Sequence[Any], name: str = "empty") -> tuple[int, ...]:
    """The shape of a new Tensor, given by sizes one by one or as one sequence.

    Raises:
        RuntimeError: if one of them is negative.
    """
    shape = int_tuple(args, name, position=1)
    if any(n < 0 for n in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    if math.prod(shape) >= 2**60:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={list(shape)}: no memory is so large")
    return shape


def inferred_shape(shape: tuple[int, ...], count: int, name: str, old: tuple[int, ...]) -> tuple[int, ...]:
    """A shape with its -1 replaced by the size that makes it a shape of `count` elements; `old` is for the error.

    Raises:
        RuntimeError: if there are two -1, or the elements do not fill the shape.
    """
    known = math.prod(shape)
    if known == count and min(shape, default=0) >= 0:
        return shape
    inferred = shape.count(-1)
    of_old = f"{name} of shape {list(old)} to {list(shape)}"
    if inferred > 1:
        raise RuntimeError(f"only one dimension can be inferred. {of_old}: at most one size may be -1")
    if min(shape, default=0) < -1:
        place = next(i for i, n in enumerate(shape) if n < -1)
        raise RuntimeError(
            f"invalid shape dimension {shape[place]} at index {place} of shape {list(shape)}. {of_old}: sizes must not "
            "be negative, apart from one -1 for the size that is to be inferred"
        )
    if inferred and known == count == 0:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension size -1 "
            f"can be any value and is ambiguous. {of_old}: give every size"
        )
    if not inferred or known == 0 or count % known:
        needed = f"{known} elements" if not inferred else f"a multiple of {-known} elements"
        raise RuntimeError(
            f"shape '{list(shape)}' is invalid for input of size {count}. {of_old}: the new shape has {needed}, the "
            f"old one {count}"
        )
    return tuple([-count // known if n == -1 else n for n in shape])


def array_of(x: Any) -> Array:
    """The array of a Tensor, or the array that was given for one."""
    return x if isinstance(x, np.ndarray) else x._data


def memory_of(x: Any) -> Array:
    """The array in whose memory x lies: inside of `vmap` that of all samples."""
    array = array_of(x)
    return getattr(array, "raw", array)


def values_of(x: Any, reason: str) -> Array:
    """The array, for Python to look at its values: a function that does so cannot be compiled, for this reason."""
    return x if isinstance(x, np.ndarray) else x._read(reason)


def values_for_size(x: Any, reason: str, refusal: str) -> Array:
    """The array, on whose values the size of a result depends: `vmap` refuses that, in PyTorch's words."""
    values = values_of(x, reason)
    if not isinstance(values, np.ndarray):
        raise RuntimeError(f"vmap: {refusal}: {reason}")
    return values


DYNAMIC_SHAPE = "We do not support batching operators that can output dynamic shape. Attempted to vmap over aten::"


def wrap_like(x: Any, array: Array) -> Any:
    """A Tensor of an array if x is a Tensor, otherwise the array."""
    if isinstance(x, np.ndarray):
        return array
    return x._wrap(array if type(array) is np.ndarray and array.flags.c_contiguous else _in_order(array))


@array_function
def _in_order(array: Array) -> Array:
    return np.asarray(array, order="C")


raveled = array_function(np.ravel)


def vector_of(x: Any) -> Array:
    """The array of a vector, or of a 0-d Tensor as a vector of one element."""
    array = array_of(x)
    return array if array.ndim == 1 else raveled(array)


INT64, UINT64 = np.dtype(np.int64), np.dtype(np.uint64)


def any_out_of_range(index: Array, count: int) -> bool:
    """Check whole numbers for one that is not in 0 … count - 1: read as unsigned, a negative one is huge."""
    codes = (index if index.dtype is INT64 else index.astype(INT64)).view(UINT64)
    return bool(codes.size) and codes.item(codes.argmax()) >= count  # argmax is quicker than max


def broadcast_shape(name: str, *shapes: Any) -> tuple[int, ...]:
    """The shape to which all the shapes are broadcast.

    Raises:
        RuntimeError: if there is none.
    """
    shapes = tuple(tuple(s) if isinstance(s, (tuple, list)) else (s,) for s in shapes)
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise shape_mismatch(name, *shapes) from None


def size_text(shape: Sequence[int]) -> str:
    """The shape of a matrix as PyTorch writes it in messages: "2x3"."""
    return "x".join(map(str, shape))
