"""Pooling into a number of windows, whatever the size of the input, as functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...functions.arguments import rounded_once
from ...ops import convolution as ops
from ...ops.reduction import mean
from ...ops.shape import cat, narrow
from ...tensors.tensor import Tensor
from .argument_types import check_tensors, named_in_errors
from .pooling import Pooled, chosen
from .window_arguments import not_implemented, whole_numbers, with_batch, without_batch

OutputSize = int | None | Sequence[int | None]
"""One number for all dimensions, or one for each; None for that of the input."""


@named_in_errors
def adaptive_avg_pool1d(input: Tensor, output_size: OutputSize) -> Tensor:
    """The averages of `output_size` windows of signals; they divide the input, and share an element where they must.

    Window i takes the elements from ⌊i L / P⌋ to ⌈(i + 1) L / P⌉, for a length L and P windows.

    Args:
        input: (N, C, L) or (C, L), in a floating dtype.
        output_size: the number of windows, P.

    Returns:
        A Tensor (N, C, P) or (C, P).

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: for an input of other dimensions or without elements, and for a negative size.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.adaptive_avg_pool1d(tl.tensor([[0.0, 1.0, 2.0, 3.0, 4.0]]), 2)  # the 2 is in both
    tensor([[1., 3.]])
    """
    return _adaptive_avg_pool(1, input, output_size)


@named_in_errors
def adaptive_avg_pool2d(input: Tensor, output_size: OutputSize) -> Tensor:
    """The averages of P by Q windows of images; they divide the input, and share elements where they must.

    Window i takes the lines from ⌊i H / P⌋ to ⌈(i + 1) H / P⌉, for a height H and P windows. With an `output_size` of 1
    it is the average of the whole image ("global average pooling").

    Args:
        input: (N, C, H, W) or (C, H, W), in a floating dtype.
        output_size: the numbers of windows, (P, Q), or one for both; None for the size of the input.

    Returns:
        A Tensor (N, C, P, Q) or (C, P, Q).

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: for an input of other dimensions or without elements, and for a negative size.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.adaptive_avg_pool2d(tl.arange(8.0).reshape(1, 2, 4), (1, 2))
    tensor([[[2.5000, 4.5000]]])
    """
    return _adaptive_avg_pool(2, input, output_size)


@named_in_errors
def adaptive_avg_pool3d(input: Tensor, output_size: OutputSize) -> Tensor:
    """The averages of P by Q by R windows of volumes: as `adaptive_avg_pool2d`, with one dimension more.

    Args:
        input: (N, C, D, H, W) or (C, D, H, W), in a floating dtype.
        output_size: the numbers of windows, (P, Q, R), or one for all; None for the size of the input.

    Returns:
        A Tensor (N, C, P, Q, R) or (C, P, Q, R).

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: for an input of other dimensions or without elements, and for a negative size.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.adaptive_avg_pool3d(tl.arange(8.0).reshape(1, 2, 2, 2), (2, 1, 1)).flatten()
    tensor([1.5000, 5.5000])
    """
    return _adaptive_avg_pool(3, input, output_size)


@named_in_errors
def adaptive_max_pool1d(input: Tensor, output_size: OutputSize, return_indices: bool = False) -> Pooled:
    """The largest elements of `output_size` windows of signals, which are those of `adaptive_avg_pool1d`.

    Args:
        input: (N, C, L) or (C, L), in a floating dtype.
        output_size: the number of windows, P.
        return_indices: also return where in the signal the elements are, int64.

    Returns:
        A Tensor (N, C, P) or (C, P); with `return_indices` a pair of them.

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: for an input of other dimensions or without elements, and for a negative size.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.adaptive_max_pool1d(tl.tensor([[0.0, 1.0, 7.0, 3.0, 4.0]]), 2)  # the 7 is in both
    tensor([[7., 7.]])
    """
    return _adaptive_max_pool(1, input, output_size, return_indices)


@named_in_errors
def adaptive_max_pool2d(input: Tensor, output_size: OutputSize, return_indices: bool = False) -> Pooled:
    """The largest elements of P by Q windows of images, which are those of `adaptive_avg_pool2d`.

    Args:
        input: (N, C, H, W) or (C, H, W), in a floating dtype.
        output_size: the numbers of windows, (P, Q), or one for both; None for the size of the input.
        return_indices: also return where in the flattened image the elements are, int64.

    Returns:
        A Tensor (N, C, P, Q) or (C, P, Q); with `return_indices` a pair of them.

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: for an input of other dimensions or without elements, and for a negative size.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.adaptive_max_pool2d(tl.arange(8.0).reshape(1, 2, 4), (1, 2))
    tensor([[[5., 7.]]])
    """
    return _adaptive_max_pool(2, input, output_size, return_indices)


@named_in_errors
def adaptive_max_pool3d(input: Tensor, output_size: OutputSize, return_indices: bool = False) -> Pooled:
    """The largest elements of P by Q by R windows of volumes: as `adaptive_max_pool2d`, with one dimension more.

    Args:
        input: (N, C, D, H, W) or (C, D, H, W), in a floating dtype.
        output_size: the numbers of windows, (P, Q, R), or one for all; None for the size of the input.
        return_indices: also return where in the flattened volume the elements are, int64.

    Returns:
        A Tensor (N, C, P, Q, R) or (C, P, Q, R); with `return_indices` a pair of them.

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: for an input of other dimensions or without elements, and for a negative size.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.adaptive_max_pool3d(tl.arange(8.0).reshape(1, 2, 2, 2), (2, 1, 1)).flatten()
    tensor([3., 7.])
    """
    return _adaptive_max_pool(3, input, output_size, return_indices)


# ------------------------------------------------------------------------------------------------------- parts


def _checked_size(name: str, ndim: int, input: Any, output_size: Any) -> tuple[int, ...]:
    """The numbers of windows, after checks of the input."""
    check_tensors(name, input=input)
    shape = tuple(input.shape)
    if len(shape) not in (ndim + 1, ndim + 2):
        wanted = f"Expected {ndim + 1}D or {ndim + 2}D tensor, but got {list(shape)}"
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {len(shape)}-dimensional tensor for argument #1 'self' (while "
            f"checking arguments for {name})"
            if ndim == 1
            else f"{name}(): {wanted}"
        )
    for d in range(-ndim, 0):
        if shape[d] == 0:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes "
                f"{list(shape)} with dimension {len(shape) + d} being empty"
            )
    given = output_size if isinstance(output_size, (tuple, list)) else (output_size,) * ndim
    numbers = whole_numbers(name, "output_size", [0 if n is None else n for n in given])
    if len(numbers) != ndim:
        raise RuntimeError(f"{name}: output_size must be {ndim}, one number for each dimension; it is {output_size}")
    inner = shape[-ndim:]
    found = tuple(size if n is None else number for size, n, number in zip(inner, given, numbers, strict=True))
    if min(found) < 0:
        raise RuntimeError(
            f"{name}: elements of output_size must be greater than or equal to 0 but received {{{list(found)}}}"
        )
    if input._data.dtype.kind != "f":
        raise not_implemented(name, input)
    return found


def _adaptive_avg_pool(ndim: int, input: Tensor, output_size: Any) -> Tensor:
    size = _checked_size(f"adaptive_avg_pool{ndim}d", ndim, input, output_size)
    out = _adaptive_averages(with_batch(input, ndim), size)
    return without_batch(out, input, ndim)


@rounded_once
def _adaptive_averages(x: Any, size: tuple[int, ...]) -> Any:
    """The averages: of all elements at once, and else along one dimension after the other."""
    if set(size) == {1}:
        return mean(x, tuple(range(2, 2 + len(size))), True)
    for dim, places in enumerate(size, start=2):
        n = x.shape[dim]
        if places == 0:
            x = narrow(x, dim, 0, 0)
        elif n % places == 0:
            ones = (1,) * len(size)
            at = dim - 2
            step = (*ones[:at], n // places, *ones[at + 1 :])
            rest = (*x.shape[2:dim], places, *x.shape[dim + 1 :])
            x = ops.window_sums(x, (step, step, (0,) * len(size), ones, rest)) / (n // places)
        else:
            ends = [(i * n // places, -(-(i + 1) * n // places)) for i in range(places)]
            x = cat([mean(narrow(x, dim, first, last - first), dim, True) for first, last in ends], dim)
    return x


def _adaptive_max_pool(ndim: int, input: Tensor, output_size: Any, return_indices: bool) -> Pooled:
    size = _checked_size(f"adaptive_max_pool{ndim}d", ndim, input, output_size)
    batch = with_batch(input, ndim)
    indices = ops.adaptive_largest_places(batch, size)
    values = chosen(batch, indices)
    return without_batch((values, indices) if return_indices else values, input, ndim)
