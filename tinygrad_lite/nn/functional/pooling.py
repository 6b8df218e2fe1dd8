"""Pooling as functions: the largest, the average and the norm of each window of an image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.argument_types import wrong_type
from ...core.array_functions import array_function, creation
from ...core.edge import reshape
from ...core.modes import in_force, thread
from ...core.primitive import Array
from ...core.tensor import wrap
from ...functions.arguments import for_all_samples, rounded_once
from ...ops import convolution as ops
from ...ops.elementwise import sign, trunc_divide
from ...ops.indexing import gather, scatter
from ...ops.kernels import windows as sliding
from ...tensors.tensor import Tensor
from .argument_types import as_number, check_tensors, named_in_errors, scalar_type
from .rectifier import relu
from .window_arguments import Sizes, as_sizes, check_bools, not_implemented, whole_number, with_batch, without_batch

Pooled = Any
"""A Tensor, or with `return_indices` a pair of Tensors: the values and where they are."""


@named_in_errors
def max_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pooled:
    """The largest element of each window of signals.

    Of equal elements the first gets the gradient; a NaN counts as larger than any number.

    Args:
        input: (N, C, L) or (C, L).
        kernel_size: the size of a window.
        stride: the step from one window to the next; None for the size of a window, so that none overlap.
        padding: how far windows reach beyond each end, at most half their size; nothing there is ever chosen.
        dilation: the step from one element of a window to the next.
        ceil_mode: also take windows that reach beyond the end, if they begin before it.
        return_indices: also return where in the signal the elements are, int64.

    Returns:
        A Tensor (N, C, P) or (C, P), P = ⌊(L + 2 padding - dilation (kernel_size - 1) - 1) / stride⌋ + 1; with
        `return_indices` a pair of them.

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.max_pool1d(tl.tensor([[1.0, 5.0, 2.0, 4.0]]), 2)
    tensor([[5., 4.]])
    """
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@named_in_errors
def max_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pooled:
    """The largest element of each window of images.

    Of equal elements the first gets the gradient; a NaN counts as larger than any number.

    Args:
        input: (N, C, H, W) or (C, H, W).
        kernel_size: the size of a window: one number, or one for each of the two dimensions.
        stride: the step from one window to the next, likewise; None for the size of a window, so that none overlap.
        padding: how far windows reach beyond each side, at most half their size; nothing there is ever chosen.
        dilation: the step from one element of a window to the next.
        ceil_mode: also take windows that reach beyond the end, if they begin before it.
        return_indices: also return where in the flattened image the elements are, int64.

    Returns:
        A Tensor (N, C, P, Q) or (C, P, Q), P = ⌊(H + 2 padding - dilation (kernel_size - 1) - 1) / stride⌋ + 1; with
        `return_indices` a pair of them.

    Source: Deep Learning from Scratch, section 7.3.

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.
        NotImplementedError: for bools.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[[1.0, 2.0, 0.0, 1.0], [0.0, 1.0, 2.0, 3.0]]])
    >>> tl.nn.functional.max_pool2d(x, 2)
    tensor([[[2., 3.]]])
    >>> tl.nn.functional.max_pool2d(x, 2, return_indices=True)[1]
    tensor([[[1, 7]]])
    """
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@named_in_errors
def max_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pooled:
    """The largest element of each window of volumes: as `max_pool2d`, with one dimension more.

    Args:
        input: (N, C, D, H, W) or (C, D, H, W).
        kernel_size: the size of a window: one number, or one for each of the three dimensions.
        stride: the step from one window to the next, likewise; None for the size of a window, so that none overlap.
        padding: how far windows reach beyond each side, at most half their size; nothing there is ever chosen.
        dilation: the step from one element of a window to the next.
        ceil_mode: also take windows that reach beyond the end, if they begin before it.
        return_indices: also return where in the flattened volume the elements are, int64.

    Returns:
        A Tensor (N, C, P, Q, R) or (C, P, Q, R); with `return_indices` a pair of them.

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.
        NotImplementedError: for bools.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.max_pool3d(tl.arange(16.0).reshape(1, 2, 2, 4), 2).flatten()
    tensor([13., 15.])
    """
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@named_in_errors
def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """The elements that `max_pool1d` chose, where they were, and 0 elsewhere.

    Args:
        input: (N, C, P) or (C, P), what `max_pool1d` returned.
        indices: of the same shape, what it returned with `return_indices`.
        kernel_size, stride, padding: as they were given to it.
        output_size: the size of what was pooled, which these do not determine; by default the smallest.

    Returns:
        A Tensor (N, C, L) or (C, L).

    Raises:
        TypeError: if an argument is not a Tensor, or a size not a whole number.
        ValueError: for an output_size that does not fit the others.
        RuntimeError: for indices of another shape or dtype, or beyond the result.

    >>> import tinygrad_lite as tl
    >>> values, indices = tl.nn.functional.max_pool1d(tl.tensor([[1.0, 5.0, 2.0, 4.0]]), 2, return_indices=True)
    >>> tl.nn.functional.max_unpool1d(values, indices, 2)
    tensor([[0., 5., 0., 4.]])
    """
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


@named_in_errors
def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """The elements that `max_pool2d` chose, where they were, and 0 elsewhere.

    Args:
        input: (N, C, P, Q) or (C, P, Q), what `max_pool2d` returned.
        indices: of the same shape, what it returned with `return_indices`.
        kernel_size, stride, padding: as they were given to it.
        output_size: the size of what was pooled, which these do not determine; by default the smallest.

    Returns:
        A Tensor (N, C, H, W) or (C, H, W).

    Raises:
        TypeError: if an argument is not a Tensor, or a size not a whole number.
        ValueError: for an output_size that does not fit the others.
        RuntimeError: for indices of another shape or dtype, or beyond the result.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[[1.0, 2.0, 0.0, 1.0], [0.0, 1.0, 2.0, 3.0]]])
    >>> values, indices = tl.nn.functional.max_pool2d(x, 2, return_indices=True)
    >>> tl.nn.functional.max_unpool2d(values, indices, 2)
    tensor([[[0., 2., 0., 0.],
             [0., 0., 0., 3.]]])
    """
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


@named_in_errors
def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """The elements that `max_pool3d` chose, where they were, and 0 elsewhere.

    Args:
        input: (N, C, P, Q, R) or (C, P, Q, R), what `max_pool3d` returned.
        indices: of the same shape, what it returned with `return_indices`.
        kernel_size, stride, padding: as they were given to it.
        output_size: the size of what was pooled, which these do not determine; by default the smallest.

    Returns:
        A Tensor (N, C, D, H, W) or (C, D, H, W).

    Raises:
        TypeError: if an argument is not a Tensor, or a size not a whole number.
        ValueError: for an output_size that does not fit the others.
        RuntimeError: for indices of another shape or dtype, or beyond the result.

    >>> import tinygrad_lite as tl
    >>> values, indices = tl.nn.functional.max_pool3d(tl.arange(8.0).reshape(1, 2, 2, 2), 2, return_indices=True)
    >>> tl.nn.functional.max_unpool3d(values, indices, 2).flatten()
    tensor([0., 0., 0., 0., 0., 0., 0., 7.])
    """
    return _max_unpool(3, input, indices, kernel_size, stride, padding, output_size)


@named_in_errors
def avg_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The average of each window of signals.

    Args:
        input: (N, C, L) or (C, L).
        kernel_size: the size of a window.
        stride: the step from one window to the next; None for the size of a window, so that none overlap.
        padding: how many zeros there are at each end, at most half of a window.
        ceil_mode: also take windows that reach beyond the end, if they begin before it.
        count_include_pad: whether these zeros count in the averages.

    Returns:
        A Tensor (N, C, P) or (C, P), P = ⌊(L + 2 padding - kernel_size) / stride⌋ + 1.

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.
        NotImplementedError: for bools.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.avg_pool1d(tl.tensor([[1.0, 5.0, 2.0, 4.0]]), 2)
    tensor([[3., 3.]])
    """
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


@named_in_errors
def avg_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The average of each window of images.

    Args:
        input: (N, C, H, W) or (C, H, W).
        kernel_size: the size of a window: one number, or one for each of the two dimensions.
        stride: the step from one window to the next, likewise; None for the size of a window, so that none overlap.
        padding: how many zeros there are on each side, at most half of a window.
        ceil_mode: also take windows that reach beyond the end, if they begin before it.
        count_include_pad: whether these zeros count in the averages.
        divisor_override: divide the sums by this number rather than by how many elements there are.

    Returns:
        A Tensor (N, C, P, Q) or (C, P, Q), P = ⌊(H + 2 padding - kernel_size) / stride⌋ + 1.

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.
        NotImplementedError: for bools.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.avg_pool2d(tl.tensor([[[1.0, 2.0, 0.0, 1.0], [0.0, 1.0, 2.0, 3.0]]]), 2)
    tensor([[[1.0000, 1.5000]]])
    """
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


@named_in_errors
def avg_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The average of each window of volumes: as `avg_pool2d`, with one dimension more.

    Args:
        input: (N, C, D, H, W) or (C, D, H, W).
        kernel_size: the size of a window: one number, or one for each of the three dimensions.
        stride: the step from one window to the next, likewise; None for the size of a window, so that none overlap.
        padding: how many zeros there are on each side, at most half of a window.
        ceil_mode: also take windows that reach beyond the end, if they begin before it.
        count_include_pad: whether these zeros count in the averages.
        divisor_override: divide the sums by this number rather than by how many elements there are.

    Returns:
        A Tensor (N, C, P, Q, R) or (C, P, Q, R).

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.
        NotImplementedError: for bools.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.avg_pool3d(tl.arange(16.0).reshape(1, 2, 2, 4), 2).flatten()
    tensor([6.5000, 8.5000])
    """
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


@named_in_errors
def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """The norm (Σ xᵖ)**(1 / p) of each window of signals.

    With ceil_mode a window that reaches beyond the end has, for the sum, its size times the mean of its xᵖ.

    Args:
        input: (N, C, L) or (C, L), in a floating dtype.
        norm_type: p; for ∞ it is the largest magnitude.
        kernel_size: the size of a window.
        stride: the step from one window to the next; None for the size of a window, so that none overlap.
        ceil_mode: also take windows that reach beyond the end, if they begin before it.

    Returns:
        A Tensor (N, C, P) or (C, P), P = ⌊(L - kernel_size) / stride⌋ + 1.

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.lp_pool1d(tl.tensor([[3.0, 4.0, 5.0, 12.0]]), 2, 2)
    tensor([[ 5., 13.]])
    """
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


@named_in_errors
def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """The norm (Σ xᵖ)**(1 / p) of each window of images.

    With ceil_mode a window that reaches beyond the end has, for the sum, its size times the mean of its xᵖ.

    Args:
        input: (N, C, H, W) or (C, H, W), in a floating dtype.
        norm_type: p; for ∞ it is the largest magnitude.
        kernel_size: the size of a window: one number, or one for each of the two dimensions.
        stride: the step from one window to the next, likewise; None for the size of a window, so that none overlap.
        ceil_mode: also take windows that reach beyond the end, if they begin before it.

    Returns:
        A Tensor (N, C, P, Q) or (C, P, Q).

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.lp_pool2d(tl.ones(1, 2, 4) * 3, 2, 2)
    tensor([[[6., 6.]]])
    """
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


@named_in_errors
def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """The norm (Σ xᵖ)**(1 / p) of each window of volumes: as `lp_pool2d`, with one dimension more.

    Args:
        input: (N, C, D, H, W) or (C, D, H, W), in a floating dtype.
        norm_type: p; for ∞ it is the largest magnitude.
        kernel_size: the size of a window: one number, or one for each of the three dimensions.
        stride: the step from one window to the next, likewise; None for the size of a window, so that none overlap.
        ceil_mode: also take windows that reach beyond the end, if they begin before it.

    Returns:
        A Tensor (N, C, P, Q, R) or (C, P, Q, R).

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.lp_pool3d(tl.ones(1, 2, 2, 2), 1, 2).item()
    8.0
    """
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)


# ------------------------------------------------------------------------------------------------------- parts


def _max_pool(
    ndim: int, input: Tensor, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool,
    return_indices: bool,
) -> Pooled:  # fmt: skip
    name = f"max_pool{ndim}d"
    if not isinstance(input, Tensor):
        check_tensors(name, input=input)
    if ndim == 1 and not return_indices:
        _check_padding(kernel_size, padding)
    windows = _windows(name, ndim, input, kernel_size, stride, padding, dilation, ceil_mode)
    kind = input._data.dtype.kind
    if kind == "b" or (ndim == 1 and kind != "f"):
        raise not_implemented("max_pool1d_impl" if ndim == 1 else name, input)
    batch = with_batch(input, ndim)
    state = in_force(thread)
    if not return_indices and state.tracer is None and not (state.recording and input.requires_grad):
        return without_batch(wrap(_largest(batch._data, windows)), input, ndim)  # in a fraction of the time
    indices = ops.largest_places(batch, windows)
    values = chosen(batch, indices)
    out = (values, indices) if return_indices else values
    return without_batch(out, input, ndim)


def _named(kernel: tuple[int, ...], paddings: tuple[int, ...]) -> str:
    """The sizes as PyTorch's message has them; to it, signals are images of one row."""
    if len(kernel) == 3:
        (t, h, w), (pt, ph, pw) = kernel, paddings
        return f"kT: {t} kW: {w} kH: {h} padT: {pt} padW: {pw} padH: {ph}"
    (h, w), (ph, pw) = (1, *kernel)[-2:], (0, *paddings)[-2:]
    return f"padW = {pw}, padH = {ph}, kW = {w}, kH = {h}"


def _check_padding(kernel_size: Any, padding: Any) -> None:
    """Refuse what PyTorch's `max_pool1d` refuses before it looks at the dilation."""
    (kernel,) = as_sizes("max_pool1d", "kernel_size", kernel_size, 1)
    (pad,) = as_sizes("max_pool1d", "padding", padding, 1)
    if pad < 0:
        raise RuntimeError(f"max_pool1d() padding must be non-negative, but got {pad}")
    if pad > kernel // 2 and kernel > 0:
        raise RuntimeError(
            f"max_pool1d() padding should be at most half of kernel size, but got padding={pad} and "
            f"kernel_size={kernel}"
        )


_largest = array_function(sliding.largest)


def chosen(x: Any, indices: Any) -> Any:
    """The elements at indices (N, C, *) into the flattened images of x (N, C, …)."""
    lead = tuple(x.shape[:2])
    values = gather(reshape(x, (*lead, math.prod(x.shape[2:]))), 2, _flat(indices, 2)._data)
    return reshape(values, tuple(indices.shape))


def _flat(x: Any, ndim: int) -> Any:
    """x with all but the first `ndim` dimensions as one."""
    return reshape(x, (*x.shape[:ndim], math.prod(x.shape[ndim:])))


def _max_unpool(
    ndim: int, input: Tensor, indices: Tensor, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Tensor:
    name = f"max_unpool{ndim}d"
    check_tensors(name, input=input, indices=indices)
    kernel = as_sizes(name, "kernel_size", kernel_size, ndim)
    strides = kernel if _is_unset(stride) else as_sizes(name, "stride", stride, ndim)
    paddings = as_sizes(name, "padding", padding, ndim)
    if indices.dtype != np.int64:
        raise RuntimeError(f"elements in indices should be type int64 but got: {scalar_type(indices.dtype)}")
    if input.ndim not in (ndim + 1, ndim + 2):
        raise RuntimeError(
            f"Input to max_unpooling{ndim}d should be a {ndim + 1}d or {ndim + 2}d Tensor, but got a tensor with "
            f"{input.ndim} dimensions."
        )
    least = [(n - 1) * s + k - 2 * p for n, k, s, p in zip(input.shape[-ndim:], kernel, strides, paddings, strict=True)]
    size = tuple(least if output_size is None else output_size)
    size = size[2:] if len(size) == ndim + 2 else size
    if len(size) != ndim:
        raise ValueError(
            f"output_size should be a sequence containing {ndim} or {ndim + 2} elements, but it has a length of "
            f"'{len(size)}'"
        )
    for d, (n, low, s) in enumerate(zip(size, least, strides, strict=True)):
        if output_size is not None and not low - s < n < low + s:
            raise ValueError(
                f'invalid output_size "{size}" (dim {d} must be between {low - s} and {low + s}): {name} has an input '
                f"{list(input.shape)}"
            )
    if tuple(indices.shape) != tuple(input.shape):
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(input.shape)}) but got indices "
            f"tensor with shape: {list(indices.shape)}"
        )
    _refuse_places_outside(indices._data, size)
    lead = tuple(input.shape[:-ndim])
    empty = wrap(_zeros((*lead, math.prod(size)), input._data.dtype))
    out = scatter(empty, len(lead), _flat(indices, len(lead))._data, _flat(input, len(lead)))
    return without_batch(reshape(out, (*lead, *size)), input, -1)


@array_function
@for_all_samples
def _refuse_places_outside(indices: Array, size: tuple[int, ...]) -> None:
    wrong = indices[(indices < 0) | (indices >= math.prod(size))]
    if wrong.size:
        sizes = "x".join(map(str, size))
        raise RuntimeError(f"Found an invalid max index: {wrong[0]} (output volumes are of size {sizes})")


@creation
def _zeros(shape: tuple[int, ...], dtype: Any) -> Array:
    return np.zeros(shape, dtype)


def _avg_pool(
    ndim: int, input: Tensor, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool, count_include_pad: bool,
    divisor_override: int | None,
) -> Tensor:  # fmt: skip
    name = f"avg_pool{ndim}d"
    check_tensors(name, input=input)
    check_bools(name, count_include_pad=count_include_pad)
    windows = _windows(name, ndim, input, kernel_size, stride, padding, 1, ceil_mode)
    if divisor_override is not None:
        divisor_override = whole_number(name, "divisor_override", divisor_override)
    if divisor_override == 0:
        raise RuntimeError(f"divisor must be not zero: {name} has divisor_override=0")
    if input._data.dtype.kind == "b":
        raise not_implemented(f"{name}_out_frame", input)
    out = _averages(with_batch(input, ndim), windows, count_include_pad, divisor_override)
    return without_batch(out, input, ndim)


@rounded_once
def _averages(x: Any, windows: Any, count_include_pad: bool, divisor: int | None) -> Any:
    sums = ops.window_sums(x, windows)
    counts: Any = divisor
    if divisor is None:
        dtype = x._data.dtype if x._data.dtype.kind == "f" else np.dtype(np.int64)
        every = _counts(tuple(x.shape[2:]), windows, count_include_pad)
        counts = every[0] if len(set(every)) == 1 else wrap(_array_of(every, windows[4], dtype))
    return sums / counts if x._data.dtype.kind == "f" else trunc_divide(sums, counts)


@creation
def _array_of(numbers: tuple[int, ...], shape: tuple[int, ...], dtype: Any) -> Array:
    return np.array(numbers, dtype).reshape(shape)


def _counts(size: tuple[int, ...], windows: Any, count_include_pad: bool) -> tuple[int, ...]:
    """Return the numbers by which the sums of the windows are divided."""
    counts = np.ones((), np.int64)
    for n, k, s, p, places in zip(size, windows[0], windows[1], windows[2], windows[4], strict=True):
        starts = np.arange(places) * s - p
        ends = np.minimum(starts + k, n + p)
        if not count_include_pad:
            starts, ends = np.maximum(starts, 0), np.minimum(ends, n)
        counts = np.multiply.outer(counts, ends - starts)
    return tuple(counts.reshape(-1).tolist())


@rounded_once
def _lp_pool(ndim: int, input: Tensor, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> Any:
    name = f"lp_pool{ndim}d"
    check_tensors(name, input=input)
    kernel = as_sizes(name, "kernel_size", kernel_size, ndim)
    norm_type = as_number(name, "norm_type", 2, norm_type)
    if isinstance(norm_type, np.ndarray):
        raise wrong_type(name, "norm_type", 2, "float", norm_type)
    if abs(norm_type) == math.inf:
        turned = 1.0 if norm_type > 0 else -1.0
        return turned * _max_pool(ndim, turned * input.abs(), kernel, stride, 0, 1, ceil_mode, False)
    out: Any = _avg_pool(ndim, input.pow(norm_type), kernel, stride, 0, ceil_mode, True, None)
    return (sign(out) * relu(out.abs()) * math.prod(kernel)).pow(1.0 / norm_type)


# ------------------------------------------------------------------------------------------------------ checks


def _windows(
    name: str, ndim: int, input: Tensor, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> Any:
    """The windows of a pooling, after checks that they fit the input."""
    check_bools(name, ceil_mode=ceil_mode)
    kernel = as_sizes(name, "kernel_size", kernel_size, ndim)
    strides = kernel if _is_unset(stride) else as_sizes(name, "stride", stride, ndim)
    paddings = as_sizes(name, "padding", padding, ndim)
    dilations = as_sizes(name, "dilation", dilation, ndim)
    shape = tuple(input.shape)
    info = f". {name}: input {list(shape)}, kernel_size {list(kernel)}, stride {list(strides)}"
    if len(shape) not in (ndim + 1, ndim + 2) or 0 in shape[-ndim - 1 :]:
        where = f"{name}: " if ndim == 1 else ""
        raise RuntimeError(
            f"{where}Expected {ndim + 1}D or {ndim + 2}D (batch mode) tensor with optional 0 dim batch size for input, "
            f"but got:{list(shape)}{info}"
        )
    if 0 in strides:
        raise RuntimeError(f"stride should not be zero{info}")
    for what, sizes, least in (("kernel size", kernel, 1), ("stride", strides, 1), ("dilation", dilations, 1)):
        if min(sizes) < least:
            raise RuntimeError(f"{what} should be greater than zero, but got {list(sizes)}{info}")
    if min(paddings) < 0:
        raise RuntimeError(f"pad must be non-negative, but got pad: {min(paddings)}{info}")
    for k, p, d in zip(kernel, paddings, dilations, strict=True):
        if p > ((k - 1) * d + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and "
                f"dilation={d}{info}"
            )
    if any(p > k // 2 for k, p in zip(kernel, paddings, strict=True)):  # where elements of a window lie apart
        raise RuntimeError(
            f"pad should be smaller than or equal to half of kernel size, but got {_named(kernel, paddings)}{info}"
        )
    places = tuple(
        _places(n, k, s, p, d, ceil_mode)
        for n, k, s, p, d in zip(shape[-ndim:], kernel, strides, paddings, dilations, strict=True)
    )
    if min(places) < 1:
        given, found = ("x".join(map(str, (shape[-ndim - 1], *sizes))) for sizes in (shape[-ndim:], places))
        raise RuntimeError(
            f"{name}() Invalid computed output size: {places[0]}{info}"
            if ndim == 1
            else f"Given input size: ({given}). Calculated output size: ({found}). Output size is too small{info}"
        )
    return kernel, strides, paddings, dilations, places


def _is_unset(stride: Any) -> bool:
    """Return True if the stride is not given (None, or no numbers at all), and so is the windows' size."""
    return stride is None or (isinstance(stride, (tuple, list)) and not stride)


def _places(n: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> int:
    """Return the number of windows along a dimension of size n."""
    left = n + 2 * padding - dilation * (kernel - 1) - 1
    count = (left + (stride - 1 if ceil_mode else 0)) // stride + 1
    if ceil_mode and (count - 1) * stride >= n + padding:
        count -= 1
    return count
