"""Convolutions, transposed convolutions, and the windows that they are made of, as functions."""

from __future__ import annotations

import math
from typing import Any

from ...core.edge import reshape
from ...ops import convolution as ops
from ...tensors.tensor import Tensor
from .argument_types import check_optional_tensor, check_tensors, named_in_errors, not_a_tensor, scalar_type
from .window_arguments import Sizes, as_sizes, not_implemented, times, whole_number, with_batch, without_batch


@named_in_errors
def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution of signals: each output channel is a sum over windows, which are multiplied by its weights.

        out[n, o, p] = bias[o] + Σ weight[o, c, k] input[n, c, stride p + dilation k - padding]

    This is what the field calls a convolution: the weights are not turned around. Outside the input is 0. With `groups`
    the channels are divided, and each group of output channels sees one group of the input's.

    Args:
        input: (N, C, L) or (C, L).
        weight: (O, C / groups, K), in the dtype of the input.
        bias: (O), in the same dtype; None for none.
        stride: the step from one window to the next.
        padding: how many zeros there are on each side; "valid" for none; "same" for as many as make the result as long
            as the input, the odd one at the end.
        dilation: the step from one element of a window to the next.
        groups: into how many groups the channels are divided.

    Returns:
        A Tensor (N, O, P) or (O, P), P = ⌊(L + 2 padding - dilation (K - 1) - 1) / stride⌋ + 1.

    Raises:
        TypeError: if an argument is not a Tensor, or a size not a whole number.
        RuntimeError: if sizes or dtypes do not fit each other, or the window is larger than the padded input.
        NotImplementedError: for bools.

    >>> import tinygrad_lite as tl
    >>> x, steps = tl.tensor([[1.0, 4.0, 9.0, 16.0]]), tl.tensor([[[-1.0, 1.0]]])
    >>> tl.nn.functional.conv1d(x, steps)
    tensor([[3., 5., 7.]])
    """
    return _convolution("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


@named_in_errors
def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution of images: each output channel is a sum over windows, which are multiplied by its weights.

        out[n, o, p, q] = bias[o] + Σ weight[o, c, i, j] input[n, c, p + i, q + j]

    This is for a stride and a dilation of 1; see `conv1d` for what they change, and for `groups`. The derivatives are
    convolutions too: that by the input is `conv_transpose2d` of the gradient with the same weight.

    Args:
        input: (N, C, H, W) or (C, H, W).
        weight: (O, C / groups, K, K'), in the dtype of the input.
        bias: (O), in the same dtype; None for none.
        stride: the step from one window to the next: one number, or one for each of the two dimensions.
        padding: how many zeros there are on each side, likewise; "valid" for none; "same" for as many as make the
            result as large as the input.
        dilation: the step from one element of a window to the next, likewise.
        groups: into how many groups the channels are divided; C for one filter for each channel.

    Returns:
        A Tensor (N, O, P, Q) or (O, P, Q), P = ⌊(H + 2 padding - dilation (K - 1) - 1) / stride⌋ + 1.

    Sources: LeCun et al., 1998; Deep Learning from Scratch, chapter 7.

    Raises:
        TypeError: if an argument is not a Tensor, or a size not a whole number.
        RuntimeError: if sizes or dtypes do not fit each other, or the window is larger than the padded input.
        NotImplementedError: for bools.

    >>> import tinygrad_lite as tl
    >>> image, blur = tl.eye(4).reshape(1, 1, 4, 4), tl.ones(1, 1, 2, 2) / 4
    >>> tl.nn.functional.conv2d(image, blur, stride=2)
    tensor([[[[0.5000, 0.0000],
              [0.0000, 0.5000]]]])
    """
    return _convolution("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


@named_in_errors
def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution of volumes, or of films: as `conv2d`, with one dimension more.

    Args:
        input: (N, C, D, H, W) or (C, D, H, W).
        weight: (O, C / groups, K, K', K''), in the dtype of the input.
        bias: (O), in the same dtype; None for none.
        stride: the step from one window to the next: one number, or one for each of the three dimensions.
        padding: how many zeros there are on each side, likewise; "valid" for none; "same" for as many as make the
            result as large as the input.
        dilation: the step from one element of a window to the next, likewise.
        groups: into how many groups the channels are divided.

    Returns:
        A Tensor (N, O, P, Q, R) or (O, P, Q, R).

    Raises:
        TypeError: if an argument is not a Tensor, or a size not a whole number.
        RuntimeError: if sizes or dtypes do not fit each other, or the window is larger than the padded input.
        NotImplementedError: for bools.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.conv3d(tl.ones(1, 3, 3, 3), tl.ones(1, 1, 2, 2, 2), stride=(1, 2, 2)).flatten()
    tensor([8., 8.])
    """
    return _convolution("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


@named_in_errors
def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Transposed convolution of signals: each element of the input adds its multiple of the weights to the result.

        out[n, o, stride p + dilation k - padding] += weight[c, o, k] input[n, c, p]

    It is the adjoint of `conv1d` with the same weight, stride, padding, dilation and groups.

    Args:
        input: (N, C, L) or (C, L).
        weight: (C, O / groups, K), in the dtype of the input.
        bias: (O), in the same dtype; None for none.
        stride: the step in the result from one window to the next.
        padding: how many elements are cut off on each side of the result.
        output_padding: how many are added at its end; less than the stride or the dilation.
        groups: into how many groups the channels are divided.
        dilation: the step from one element of a window to the next.

    Returns:
        A Tensor (N, O, P) or (O, P), P = (L - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1.

    Raises:
        TypeError: if an argument is not a Tensor, or a size not a whole number.
        RuntimeError: if sizes or dtypes do not fit each other, or nothing would be left of the result.
        NotImplementedError: for bools.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.conv_transpose1d(tl.tensor([[1.0, 10.0]]), tl.tensor([[[1.0, 2.0, 3.0]]]), stride=2)
    tensor([[ 1.,  2., 13., 20., 30.]])
    """
    return _transposed("conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation)


@named_in_errors
def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Transposed convolution of images: each element of the input adds its multiple of the weights to the result.

    It is the adjoint of `conv2d` with the same weight, stride, padding, dilation and groups. With a stride of 2 it
    makes images twice as large.

    Args:
        input: (N, C, H, W) or (C, H, W).
        weight: (C, O / groups, K, K'), in the dtype of the input.
        bias: (O), in the same dtype; None for none.
        stride: the step in the result from one window to the next: one number, or one for each of the two dimensions.
        padding: how many elements are cut off on each side of the result, likewise.
        output_padding: how many are added at its ends, likewise; less than the stride or the dilation.
        groups: into how many groups the channels are divided.
        dilation: the step from one element of a window to the next, likewise.

    Returns:
        A Tensor (N, O, P, Q) or (O, P, Q), P = (H - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1.

    Source: Dumoulin & Visin, A guide to convolution arithmetic for deep learning, https://arxiv.org/abs/1603.07285.

    Raises:
        TypeError: if an argument is not a Tensor, or a size not a whole number.
        RuntimeError: if sizes or dtypes do not fit each other, or nothing would be left of the result.
        NotImplementedError: for bools.

    >>> import tinygrad_lite as tl
    >>> image = tl.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    >>> tl.nn.functional.conv_transpose2d(image, tl.ones(1, 1, 1, 1), stride=2)
    tensor([[[1., 0., 2.],
             [0., 0., 0.],
             [3., 0., 4.]]])
    """
    return _transposed("conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation)


@named_in_errors
def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Transposed convolution of volumes: as `conv_transpose2d`, with one dimension more.

    Args:
        input: (N, C, D, H, W) or (C, D, H, W).
        weight: (C, O / groups, K, K', K''), in the dtype of the input.
        bias: (O), in the same dtype; None for none.
        stride: the step in the result from one window to the next: one number, or one for each of the dimensions.
        padding: how many elements are cut off on each side of the result, likewise.
        output_padding: how many are added at its ends, likewise; less than the stride or the dilation.
        groups: into how many groups the channels are divided.
        dilation: the step from one element of a window to the next, likewise.

    Returns:
        A Tensor (N, O, P, Q, R) or (O, P, Q, R).

    Raises:
        TypeError: if an argument is not a Tensor, or a size not a whole number.
        RuntimeError: if sizes or dtypes do not fit each other, or nothing would be left of the result.
        NotImplementedError: for bools.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.conv_transpose3d(tl.ones(1, 1, 1, 2), tl.ones(1, 1, 1, 1, 2)).flatten()
    tensor([1., 2., 1.])
    """
    return _transposed("conv_transpose3d", 3, input, weight, bias, stride, padding, output_padding, groups, dilation)


@named_in_errors
def unfold(input: Tensor, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> Tensor:
    """The windows of images as the columns of matrices: with them a convolution is a product of matrices.

    Args:
        input: (N, C, H, W) or (C, H, W), in a floating dtype.
        kernel_size: the size of a window: one number, or one for each of the two dimensions.
        dilation: the step from one element of a window to the next, likewise.
        padding: how many zeros there are on each side, likewise.
        stride: the step from one window to the next, likewise.

    Returns:
        A Tensor (N, C K K', L) or (C K K', L), with a column for each of the L windows.

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: for an input of other dimensions, sizes that are not positive, and a window larger than the input.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.unfold(tl.arange(9.0).reshape(1, 3, 3), 2)
    tensor([[0., 1., 3., 4.],
            [1., 2., 4., 5.],
            [3., 4., 6., 7.],
            [4., 5., 7., 8.]])
    """
    check_tensors("unfold", input=input)
    shape = tuple(input.shape)
    if len(shape) not in (3, 4) or 0 in shape[-3:]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got: "
            f"{list(shape)}. unfold takes (N, C, H, W) or (C, H, W)"
        )
    settings = _window_sizes("unfold", kernel_size, dilation, padding, stride)
    if input._data.dtype.kind != "f":
        raise not_implemented("im2col_out_cpu", input)
    kernel, dilations, paddings, strides = settings
    places = _places(shape[-2:], *settings)
    if min(places) < 1:
        raise RuntimeError(
            f"Given input with spatial size {_tuple(shape[-2:])}, kernel_size={_tuple(kernel)}, "
            f"dilation={_tuple(dilations)}, padding={_tuple(paddings)}, calculated shape of the array of sliding "
            f"blocks as {_tuple(places)}, but its components must be at least one. unfold: the window is larger than "
            "the image"
        )
    x = with_batch(input, 2)
    windows = ops.unfold(x, (kernel, strides, paddings, dilations, places))
    columns = reshape(windows, (x.shape[0], x.shape[1] * math.prod(kernel), math.prod(places)))
    return without_batch(columns, input, 2)


@named_in_errors
def fold(
    input: Tensor,
    output_size: Sizes,
    kernel_size: Sizes,
    dilation: Sizes = 1,
    padding: Sizes = 0,
    stride: Sizes = 1,
) -> Tensor:
    """Images of windows that are the columns of matrices, added up where they overlap: the adjoint of `unfold`.

    Args:
        input: (N, C K K', L) or (C K K', L), in a floating dtype.
        output_size: the size of the images, (H, W), or one number for both.
        kernel_size: the size of a window: one number, or one for each of the two dimensions.
        dilation: the step from one element of a window to the next, likewise.
        padding: how many zeros there were on each side, likewise.
        stride: the step from one window to the next, likewise.

    Returns:
        A Tensor (N, C, H, W) or (C, H, W).

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        RuntimeError: if the sizes do not fit each other.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.fold(tl.ones(4, 4), (3, 3), 2)  # in how many windows an element is
    tensor([[[1., 2., 1.],
             [2., 4., 2.],
             [1., 2., 1.]]])
    """
    check_tensors("fold", input=input)
    shape = tuple(input.shape)
    if len(shape) not in (2, 3) or 0 in shape[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {list(shape)}. fold takes (N, C K K', L) or (C K K', L)"
        )
    size = as_sizes("fold", "output_size", output_size, 2)
    settings = _window_sizes("fold", kernel_size, dilation, padding, stride)
    kernel, dilations, paddings, strides = settings
    channels, rest = divmod(shape[-2], math.prod(kernel))
    if rest:
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={shape[-2]} and kernel_size={_tuple(kernel)}. fold: the input is {list(shape)}"
        )
    places = _places(size, *settings)
    if min(places) < 1 or math.prod(places) != shape[-1]:
        raise RuntimeError(
            f"Given output_size={_tuple(size)}, kernel_size={_tuple(kernel)}, dilation={_tuple(dilations)}, "
            f"padding={_tuple(paddings)}, stride={_tuple(strides)}, expected size of input's dimension 2 to match the "
            f"calculated number of sliding blocks {times(places).replace('x', '*')} = {math.prod(places)}, but got "
            f"input.size(2)={shape[-1]}. fold: the input is {list(shape)}"
        )
    if input._data.dtype.kind != "f":
        raise not_implemented("col2im_out_cpu", input)
    x = with_batch(input, 1)
    windows = reshape(x, (x.shape[0], channels, *kernel, *places))
    return without_batch(ops.fold(windows, size, (kernel, strides, paddings, dilations, places)), input, 1)


# ----------------------------------------------------------------------------------------------------- checks

Four = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def _tuple(sizes: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, sizes))})"


def _window_sizes(function: str, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Four:
    """The sizes of the windows of unfold and fold."""
    given = {"kernel": kernel_size, "dilation": dilation, "padding": padding, "stride": stride}
    sizes = {k: as_sizes(function, "kernel_size" if k == "kernel" else k, v, 2) for k, v in given.items()}
    for name, (height, width) in sizes.items():
        if min(height, width) < (name != "padding"):
            wanted, what = ("non-negative", "padding") if name == "padding" else ("greater than zero", name)
            what = "kernel size" if name == "kernel" else what
            raise RuntimeError(f"{what} should be {wanted}, but got {name}_height: {height} {name}_width: {width}")
    return sizes["kernel"], sizes["dilation"], sizes["padding"], sizes["stride"]


def _places(size: Any, kernel: Any, dilation: Any, padding: Any, stride: Any) -> tuple[int, ...]:
    """Return the number of windows along each dimension."""
    return tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, d, p, s in zip(size, kernel, dilation, padding, stride, strict=True)
    )


def _convolution(
    name: str, ndim: int, input: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, dilation: Any,
    groups: int,
) -> Tensor:  # fmt: skip
    x, w = _checked(name, ndim, input, weight, bias)
    groups = whole_number(name, "groups", groups)
    strides = _sizes(name, "stride", stride, ndim, w)
    dilations = _sizes(name, "dilation", dilation, ndim, w)
    kernel = w.shape[2:]
    if isinstance(padding, str):
        if padding not in ("valid", "same"):
            raise RuntimeError(f"Invalid padding string: '{padding}'. {name}: it is 'valid' or 'same'")
        if padding == "same" and max(strides) > 1:
            raise RuntimeError(f"padding='same' is not supported for strided convolutions: the stride is {strides}")
        before = tuple(d * (k - 1) // 2 if padding == "same" else 0 for d, k in zip(dilations, kernel, strict=True))
        both = tuple(d * (k - 1) if padding == "same" else 0 for d, k in zip(dilations, kernel, strict=True))
    else:
        before = _sizes(name, "padding", padding, ndim, w)
        both = tuple(2 * p for p in before)
    info = _check_settings(name, x, w, strides, before, dilations, groups)
    channels = x.shape[-ndim - 1]
    if channels != w.shape[1] * groups:
        if x.shape[-1] == w.shape[1] * groups:
            info += f"; the channels seem to be last, and x.movedim(-1, {-ndim - 1}) brings them to their place"
        raise RuntimeError(
            f"Given groups={groups}, weight of size {list(w.shape)}, expected input{list(input.shape)} to have "
            f"{w.shape[1] * groups} channels, but got {channels} channels instead{info}"
        )
    if w.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size [{list(w.shape)}] instead{info}"
        )
    _check_bias(bias, w, w.shape[0], "", info)
    size = x.shape[-ndim:]
    spans = [d * (k - 1) + 1 for d, k in zip(dilations, kernel, strict=True)]
    total = [n + b for n, b in zip(size, both, strict=True)]
    if any(span > n for span, n in zip(spans, total, strict=True)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({times(total)}). Kernel size: ({times(spans)}). Kernel size "
            f"can't be greater than actual input size{info}"
        )
    if 0 in size:
        raise RuntimeError(
            f"Only zero batch or zero channel inputs are supported, but got input shape: {list(input.shape)}"
        )
    places = tuple((n - span) // s + 1 for n, span, s in zip(total, spans, strides, strict=True))
    _check_dtypes(name, input, weight, bias)
    batch = with_batch(input, ndim)
    out = ops.convolve(batch, weight, bias, (kernel, strides, before, dilations, places), groups)
    return out if batch is input else without_batch(out, input, ndim)


def _transposed(
    name: str, ndim: int, input: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any,
    output_padding: Any, groups: int, dilation: Any,
) -> Tensor:  # fmt: skip
    x, w = _checked(name, ndim, input, weight, bias)
    groups = whole_number(name, "groups", groups)
    strides = _sizes(name, "stride", stride, ndim, w)
    paddings = _sizes(name, "padding", padding, ndim, w)
    extra = _sizes(name, "output_padding", output_padding, ndim, w)
    dilations = _sizes(name, "dilation", dilation, ndim, w)
    info = _check_settings(name, x, w, strides, paddings, dilations, groups)
    if min(extra) < 0:
        raise RuntimeError(f"negative output_padding is not supported{info}")
    channels = x.shape[-ndim - 1]
    if w.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size [{list(w.shape)}] instead{info}"
        )
    if channels != w.shape[0]:
        raise RuntimeError(
            f"Given transposed=1, weight of size {list(w.shape)}, expected input{list(input.shape)} to have "
            f"{w.shape[0]} channels, but got {channels} channels instead{info}"
        )
    _check_bias(bias, w, w.shape[1] * groups, "transposed=1, ", info)
    if any(e >= max(s, d) for e, s, d in zip(extra, strides, dilations, strict=True)):
        raise RuntimeError(
            "output padding must be smaller than either stride or dilation, but got output_padding: "
            f"{list(extra)} stride: {list(strides)} dilation: {list(dilations)}{info}"
        )
    kernel, places = w.shape[2:], x.shape[-ndim:]
    size = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + e + 1
        for n, s, p, d, k, e in zip(places, strides, paddings, dilations, kernel, extra, strict=True)
    )
    if 0 in places:
        raise RuntimeError(
            f"Only zero batch or zero channel inputs are supported, but got input shape: {list(input.shape)}"
        )
    if min(size) < 1:
        raise RuntimeError(
            f"Given input size per channel: ({times(places)}). Calculated output size per channel: ({times(size)}). "
            f"Output size is too small{info}"
        )
    _check_dtypes(name, input, weight, bias)
    batch = with_batch(input, ndim)
    out = ops.convolve_adjoint(batch, weight, size, (kernel, strides, paddings, dilations, places), groups)
    if bias is not None:
        out = out + reshape(bias, (-1, *[1] * ndim))
    return out if batch is input else without_batch(out, input, ndim)


def _checked(name: str, ndim: int, input: Tensor, weight: Tensor, bias: Tensor | None) -> tuple[Any, Any]:
    """The arrays of the input and of the weight, after a check that they have the dimensions."""
    if not (isinstance(input, Tensor) and isinstance(weight, Tensor)):
        check_tensors(name, input=input, weight=weight)
    if bias is not None and not isinstance(bias, Tensor):
        raise not_a_tensor(name, "bias", 3, bias)
    x, w = input._data, weight._data
    if x.ndim not in (ndim + 1, ndim + 2):
        raise RuntimeError(
            f"Expected {ndim + 1}D (unbatched) or {ndim + 2}D (batched) input to {name}, but got input of size: "
            f"{list(x.shape)}: it takes (N, C{', L' if ndim == 1 else ', H, W' if ndim == 2 else ', D, H, W'})"
        )
    if w.ndim < 3:
        raise RuntimeError(f"weight should have at least three dimensions. {name}: it is {list(w.shape)}")
    return x, w


def _sizes(name: str, argument: str, value: Any, ndim: int, w: Any) -> tuple[int, ...]:
    """The stride, padding or dilation, as a number for each dimension of the windows."""
    if type(value) is int and w.ndim == ndim + 2:
        return (value,) * ndim

    def error(given: list[int]) -> str:
        return (
            f"expected {argument} to be a single integer value or a list of {w.ndim - 2} values to match the "
            f"convolution dimensions, but got {argument}={given}. {name}: the weight is {list(w.shape)}"
        )

    sizes = as_sizes(name, argument, value, ndim, error)
    if w.ndim != ndim + 2:
        raise RuntimeError(error(list(sizes)))
    return sizes


def _check_settings(name: str, x: Any, w: Any, stride: Any, padding: Any, dilation: Any, groups: Any) -> str:
    """Check the settings that do not depend on sizes, and return the text with which later errors end."""
    info = f". {name}: input {list(x.shape)}, weight {list(w.shape)}"
    if min(padding) < 0:
        raise RuntimeError(f"negative padding is not supported{info}, padding {list(padding)}")
    if min(stride) <= 0:
        raise RuntimeError(f"non-positive stride is not supported{info}, stride {list(stride)}")
    if min(dilation) <= 0:
        raise RuntimeError(f"dilation should be greater than zero, but got {list(dilation)}{info}")
    if groups <= 0:
        raise RuntimeError(f"non-positive groups is not supported{info}, groups {groups}")
    if w.shape[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size "
            f"{list(w.shape)} instead"
        )
    if 0 in w.shape[2:]:
        raise RuntimeError(f"kernel size should be greater than zero{info}")
    return info


def _check_bias(bias: Tensor | None, w: Any, channels: int, kind: str, info: str) -> None:
    if bias is not None and bias._data.shape != (channels,):
        raise RuntimeError(
            f"Given {kind}weight of size {list(w.shape)}, expected bias to be 1-dimensional with {channels} elements, "
            f"but got bias of size {list(bias.shape)} instead{info}"
        )


def _check_dtypes(name: str, input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    x, w = input._data.dtype, weight._data.dtype
    if bias is not None and bias._data.dtype != x:
        check_optional_tensor(name, "bias", 3, bias)
        raise RuntimeError(
            f"Input type ({_c_type(x)}) and bias type ({_c_type(bias._data.dtype)}) should be the same. {name}: "
            "convert one with .to(dtype)"
        )
    if x != w:
        raise RuntimeError(
            f"expected scalar type {scalar_type(x)} but found {scalar_type(w)}. {name}: the input is {x} and the "
            f"weight {w}: convert one with .to(dtype)"
        )
    if x.kind == "b":
        raise not_implemented(f"slow_{name}_cpu", input)


def _c_type(dtype: Any) -> str:
    return {"Half": "c10::Half"}.get(scalar_type(dtype), scalar_type(dtype).lower())
