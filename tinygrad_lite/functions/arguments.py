"""Arguments as PyTorch's users write them: other spellings, negative dimensions, sizes with a -1."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from ..core.array_functions import array_function
from ..core.signatures import SPELLINGS

F = TypeVar("F", bound=Callable[..., Any])


def spelled(function: F) -> F:
    """Let a function be called with NumPy's `axis` and `keepdims`, and PyTorch's `input` and `other`.

    Where it needs a Tensor and finds none, the error says so.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            kwargs = {SPELLINGS.get(k, k): v for k, v in kwargs.items()}
            if kwargs.pop("out", None) is not None:
                raise TypeError(f"{function.__name__}: out= is not supported; use the result, or x.copy_(result)")
        try:
            return function(*args, **kwargs)
        except AttributeError as error:
            if not any(error.obj is x for x in (*args, *kwargs.values())):
                raise
            kind = type(error.obj).__name__
            raise TypeError(f"{function.__name__}(): a Tensor is needed, not a {kind}: {error.obj!r}") from None

    return call  # type: ignore[return-value]


def one_dim(dim: Any, ndim: int, name: str) -> int:
    """`dim` counted from the front. A 0-d Tensor has, as in PyTorch, a dimension 0 here.

    Raises:
        IndexError: if there is no such dimension.
        TypeError: if it is not a whole number.
    """
    if type(dim) is int and -ndim <= dim < ndim:
        return dim % ndim
    try:
        found = dim.__index__()
    except AttributeError:
        raise TypeError(f"{name}(): argument 'dim' must be int, not {type(dim).__name__}") from None
    size = max(ndim, 1)
    if not -size <= found < size:
        raise IndexError(
            f"{name}: Dimension out of range (expected to be in range of [{-size}, {size - 1}], but got {found})"
        )
    return found % size


def many_dims(dim: Any, ndim: int, name: str) -> int | tuple[int, ...] | None:
    """One or several dimensions counted from the front; None, and an empty sequence, for all of them."""
    if dim is None:
        return None
    if isinstance(dim, (tuple, list)):
        dims = tuple(one_dim(d, ndim, name) for d in dim)
        if len(set(dims)) < len(dims):
            raise RuntimeError(f"{name}: dim {dims[-1]} appears multiple times in the list of dims {tuple(dim)}")
        return dims if dims and ndim else None
    found = one_dim(dim, ndim, name)
    return found if ndim else None


def refuse_empty(x: Any, dim: int | tuple[int, ...] | None, name: str) -> None:
    """Refuse to pick an element out of none.

    Raises:
        IndexError: if a dim has no elements.
        RuntimeError: if there are none at all and no dim was given.
    """
    if dim is None and math.prod(x.shape) == 0:
        raise RuntimeError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0: pass dim=")
    for d in () if dim is None else (dim,) if isinstance(dim, int) else dim:
        if x.shape and x.shape[d] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")


def sizes(args: Sequence[Any]) -> tuple[int, ...]:
    """Sizes given one by one or as one sequence."""
    if len(args) == 1 and isinstance(args[0], (tuple, list)):
        args = args[0]
    try:
        return tuple(map(operator.index, args))
    except TypeError:
        raise TypeError(f"sizes must be whole numbers, one by one or in one tuple, not {args!r}") from None


def lengths(args: Sequence[Any]) -> tuple[int, ...]:
    """Sizes given one by one or as one sequence, none of which may be negative.

    Raises:
        RuntimeError: if one is.
    """
    shape = sizes(args)
    if any(n < 0 for n in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    return shape


def resolved(shape: tuple[int, ...], count: int, name: str, old: tuple[int, ...]) -> tuple[int, ...]:
    """A shape with its -1 replaced by what makes `count` elements of it.

    Raises:
        RuntimeError: if there are two -1, or the elements do not fill the shape.
    """
    known = math.prod(shape)
    if known == count and min(shape, default=0) >= 0:
        return shape
    inferred = shape.count(-1)
    if inferred > 1:
        raise RuntimeError(f"{name}: only one dimension can be inferred, but the shape is {list(shape)}")
    if min(shape, default=0) < -1:
        raise RuntimeError(f"{name}: invalid shape dimension {min(shape)} in {list(shape)}")
    if inferred and known == count == 0:
        raise RuntimeError(
            f"{name}: cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension "
            "size -1 can be any value and is ambiguous"
        )
    if not inferred or known == 0 or count % known:
        raise RuntimeError(
            f"{name}: shape '{list(shape)}' is invalid for input of size {count} (its shape is {tuple(old)})"
        )
    return tuple([-count // known if n == -1 else n for n in shape])


def array_of(x: Any) -> Any:
    """The array of a Tensor, or the array that was given for one."""
    return x if isinstance(x, np.ndarray) else x._data


def values_of(x: Any, reason: str) -> Any:
    """The array, for Python to look at its values: a function that does so cannot be compiled, for this reason."""
    return x if isinstance(x, np.ndarray) else x._read(reason)


def wrapped(x: Any, array: Any) -> Any:
    """An array as what x is: a Tensor if x is one."""
    if isinstance(x, np.ndarray):
        return array
    return x._wrap(array if type(array) is np.ndarray and array.flags.c_contiguous else _in_order(array))


@array_function
def _in_order(array: Any) -> Any:
    return np.asarray(array, order="C")


raveled = array_function(np.ravel)


def vector_of(x: Any) -> Any:
    """The array of a vector, or of a 0-d Tensor as a vector of one element."""
    array = array_of(x)
    return array if array.ndim == 1 else raveled(array)


def any_outside(index: Any, count: int) -> bool:
    """Whether a whole number in an array is not in 0 … count - 1: read as unsigned, a negative one is huge."""
    codes = index.astype(np.int64, copy=False).view(np.uint64)
    return bool(codes.size) and codes.item(codes.argmax()) >= count  # argmax is quicker than max


def common_shape(*shapes: Any) -> tuple[int, ...]:
    """The shape to which all the shapes are broadcast.

    Raises:
        RuntimeError: if there is none.
    """
    shapes = tuple(tuple(s) if isinstance(s, (tuple, list)) else (s,) for s in shapes)
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise RuntimeError(
            f"the shapes {', '.join(map(str, shapes))} cannot be broadcast together: from the last dimension back, "
            "sizes must be equal, or one of them 1 or missing"
        ) from None
