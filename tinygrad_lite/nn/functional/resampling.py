"""Images of another size: interpolation, and the exchange of channels for places, as functions."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.array_functions import creation
from ...core.edge import clone, reshape
from ...core.errors import warn
from ...core.primitive import Array
from ...core.tensor import wrap
from ...core.views import without_hidden_base
from ...functions.arguments import rounded_once
from ...ops.convolution import spread_over_windows
from ...ops.indexing import getitem
from ...ops.shape import permute
from ...tensors.tensor import Tensor
from .adaptive_pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from .argument_types import check_tensors, named_in_errors
from .window_arguments import check_bools, not_implemented, whole_number

Factors = float | Sequence[float] | None
NewSize = int | Sequence[int] | None

_SMOOTH = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5}
"""The modes that interpolate between elements, and the number of dimensions of their inputs."""


@named_in_errors
def interpolate(
    input: Tensor,
    size: NewSize = None,
    scale_factor: Factors = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Signals, images or volumes in another size.

    The element i of the result lies at the place (i + ½) s - ½ of the input, where s is the input's size by the
    result's, or 1 / scale_factor; with `align_corners` at i (L - 1) / (P - 1), so that first and last elements stay.

    Args:
        input: (N, C, L), (N, C, H, W) or (N, C, D, H, W), in a floating dtype; uint8 for the modes "nearest" and
            "nearest-exact".
        size: the size of the result: a number for each dimension, or one for all.
        scale_factor: by how much it is larger, likewise; one of the two must be given.
        mode: "nearest" for the element ⌊i s⌋, "nearest-exact" for that which is nearest; "linear", "bilinear" and
            "trilinear" for a weighted mean of the neighbours in 1, 2 or 3 dimensions; "bicubic" for a cubic spline
            through four in each of 2 dimensions; "area" for the mean of a window, as `adaptive_avg_pool2d` takes.
        align_corners: for the modes that interpolate; see above.
        recompute_scale_factor: take s from the sizes, even if `scale_factor` was given.
        antialias: must be False: images are not smoothed here before they are made smaller.

    Returns:
        A Tensor (N, C, P), (N, C, P, Q) or (N, C, P, Q, R), P = ⌊L scale_factor⌋.

    Raises:
        TypeError: if the input is not a Tensor, or a size not a whole number.
        ValueError: if both or none of size and scale_factor are given, or not one for each dimension.
        NotImplementedError: for a mode that there is not for so many dimensions, another dtype, and `antialias`.
        RuntimeError: for a size below 1.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[[0.0, 4.0]]])
    >>> tl.nn.functional.interpolate(x, scale_factor=2)
    tensor([[[0., 0., 4., 4.]]])
    >>> tl.nn.functional.interpolate(x, 4, mode="linear")
    tensor([[[0., 1., 3., 4.]]])
    """
    check_tensors("interpolate", input=input)
    smooth = mode in _SMOOTH
    if not smooth and align_corners is not None:
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    shape, ndim = tuple(input.shape), input.ndim - 2
    sizes, factors = _checked_sizes(shape, size, scale_factor)
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if antialias:
        raise NotImplementedError("interpolate: antialias=True is not here; smooth the image first, by avg_pool2d")
    if ndim not in (1, 2, 3) or mode not in (*_SMOOTH, "nearest", "nearest-exact", "area"):
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {ndim + 2}D) for the modes: nearest | "
            f"linear | bilinear | bicubic | trilinear | area | nearest-exact (got {mode})"
        )
    if align_corners is not None:
        check_bools("interpolate", align_corners=align_corners)
    if smooth and ndim + 2 != _SMOOTH[mode]:
        raise NotImplementedError(f"Got {ndim + 2}D input, but {mode} mode needs {_SMOOTH[mode]}D input")
    if mode == "area":
        return (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[ndim - 1](input, sizes)
    if min((*shape[2:], *sizes)) < 1:
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input {list(shape[2:])} and output {list(sizes)}"
        )
    if shape[1] == 0:
        raise RuntimeError(f"Non-empty {ndim + 2}D data tensor expected but got a tensor with sizes {list(shape)}")
    if input._data.dtype.kind != "f" and (smooth or input._data.dtype != np.uint8):
        raise not_implemented(f"compute_indices_weights_{'cubic' if mode == 'bicubic' else mode}", input)
    known = (None,) * ndim if recompute_scale_factor or factors is None else factors
    out = _resampled(input, sizes, known, mode, bool(align_corners))
    return without_hidden_base(out, (input,))


def _checked_sizes(shape: Any, size: Any, scale_factor: Any) -> tuple[tuple[int, ...], tuple[float, ...] | None]:
    """The sizes of the result, and the factors if they were given."""
    inner = list(shape[2:])
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    given = size if size is not None else scale_factor
    several = tuple(given) if isinstance(given, (tuple, list)) else (given,) * len(inner)
    if len(several) != len(inner):
        what, name, letter = (
            ("output", "output size", "o") if size is not None else ("scale_factor", "scale_factor", "s")
        )
        of = f"output size of {size}" if size is not None else f"scale_factor of shape {scale_factor}"
        raise ValueError(
            f"Input and {what} must have the same number of spatial dimensions, but got input with spatial dimensions "
            f"of {inner} and {of}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and {name} in "
            f"({letter}1, {letter}2, ...,{letter}K) format."
        )
    if size is not None:
        try:
            return tuple(map(operator.index, several)), None
        except TypeError:
            raise TypeError(
                "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got size "
                f"with types {[type(n) for n in several]}"
            ) from None
    factors = tuple(map(float, several))
    return tuple(int(n * factor) for n, factor in zip(inner, factors, strict=True)), factors


@rounded_once
def _resampled(x: Any, sizes: tuple[int, ...], factors: tuple[float | None, ...], mode: str, corners: bool) -> Any:
    """Another size, along one dimension after the other."""
    given = x
    for dim, (size, factor) in enumerate(zip(sizes, factors, strict=True), start=2):
        n, real = x.shape[dim], x._data.dtype.type if x._data.dtype.kind == "f" else np.float32
        exact = mode == "nearest" and x.ndim == 4  # of images alone, PyTorch ignores the factor if the size is n or 2 n
        places, weights = _taps(mode, n, size, factor, corners, exact, real)
        if not weights:
            x = _repeated(x, dim, size // n) if _is_repetition(places[0], n) else _taken(x, dim, places[0])
            continue
        column = (-1, *[1] * (x.ndim - dim - 1))
        x = sum(_taken(x, dim, p) * reshape(wrap(w), column) for p, w in zip(places, weights, strict=True))
    return clone(x) if x is given else x


def _taken(x: Any, dim: int, places: Array) -> Any:
    return getitem(x, (*[slice(None)] * dim, places))


def _is_repetition(places: Array, n: int) -> bool:
    """Return True if each element is repeated, and all of them equally often."""
    times, rest = divmod(len(places), n)
    return rest == 0 and bool((places == np.arange(len(places)) // times).all())


def _repeated(x: Any, dim: int, times: int) -> Any:
    """Each element along dim so many times: the derivative, a sum of neighbours, needs no indices."""
    if times == 1:
        return x
    places = tuple(x.shape[2:])
    step = tuple(times if d == dim - 2 else 1 for d in range(len(places)))
    size = tuple(n * k for n, k in zip(places, step, strict=True))
    return spread_over_windows(x, size, (step, step, (0,) * len(size), (1,) * len(size), places))


Taps = tuple[tuple[Array, ...], tuple[Array, ...]]


@creation
def _taps(mode: str, n: int, size: int, factor: float | None, corners: bool, exact: bool, real: Any) -> Taps:
    """The elements of which each of the result is a weighted sum, and the weights; no weights for a single element.

    As PyTorch's, the places are computed in the dtype of the input, those of the nearest elements in float32.
    """
    i = np.arange(size)
    if mode.startswith("nearest"):
        step = np.float32(1.0 / factor if factor else np.float32(n) / np.float32(size))
        at = i.astype(np.float32) + np.float32(0.5 * (mode == "nearest-exact"))
        if exact and size in (n, 2 * n):
            return (i * n // size,), ()
        return (np.minimum(np.floor(at * step).astype(np.int64), n - 1),), ()
    if corners:
        source = i.astype(real) * (real(n - 1) / real(size - 1) if size > 1 else real(0))
    else:
        step = real(1.0 / factor if factor else real(n) / real(size))
        source = step * (i.astype(real) + real(0.5)) - real(0.5)
    if mode != "bicubic":
        source = np.maximum(source, real(0))
    first = np.minimum(np.floor(source).astype(np.int64), n - 1)
    t = np.clip(source - first.astype(real), real(0), real(1))
    if mode != "bicubic":
        return (first, np.minimum(first + 1, n - 1)), (1 - t, t)
    places = tuple([np.clip(first + k, 0, n - 1) for k in range(-1, 3)])
    return places, (_far(t + 1), _near(t), _near(1 - t), _far(2 - t))


def _near(t: Array) -> Array:
    """The weight of an element at a distance of at most 1, in cubic interpolation with a slope of -3/4."""
    return ((1.25 * t - 2.25) * t) * t + 1


def _far(t: Array) -> Array:
    """The weight of an element at a distance from 1 to 2."""
    return ((-0.75 * t + 3.75) * t - 6) * t + 3


@named_in_errors
def upsample(
    input: Tensor,
    size: NewSize = None,
    scale_factor: Factors = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """The older name of `interpolate`.

    Args:
        input: (N, C, L), (N, C, H, W) or (N, C, D, H, W), in a floating dtype.
        size, scale_factor, mode, align_corners: those of `interpolate`.

    Returns:
        A Tensor of the new size.

    Raises:
        ValueError: if both or none of size and scale_factor are given.

    >>> import warnings
    >>> import tinygrad_lite as tl
    >>> with warnings.catch_warnings(action="ignore"):
    ...     tl.nn.functional.upsample(tl.tensor([[[1.0, 2.0]]]), scale_factor=2)
    tensor([[[1., 1., 2., 2.]]])
    """
    check_tensors("upsample", input=input)
    _warn("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


@named_in_errors
def upsample_nearest(input: Tensor, size: NewSize = None, scale_factor: Factors = None) -> Tensor:
    """The older name of `interpolate` with the mode "nearest".

    Args:
        input: (N, C, L), (N, C, H, W) or (N, C, D, H, W), in a floating dtype.
        size, scale_factor: those of `interpolate`.

    Returns:
        A Tensor of the new size.

    Raises:
        ValueError: if both or none of size and scale_factor are given.

    >>> import warnings
    >>> import tinygrad_lite as tl
    >>> with warnings.catch_warnings(action="ignore"):
    ...     tl.nn.functional.upsample_nearest(tl.tensor([[[1.0, 2.0]]]), 4)
    tensor([[[1., 1., 2., 2.]]])
    """
    check_tensors("upsample_nearest", input=input)
    _warn("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


@named_in_errors
def upsample_bilinear(input: Tensor, size: NewSize = None, scale_factor: Factors = None) -> Tensor:
    """The older name of `interpolate` with the mode "bilinear" and `align_corners`.

    Args:
        input: (N, C, H, W), in a floating dtype.
        size, scale_factor: those of `interpolate`.

    Returns:
        A Tensor of the new size.

    Raises:
        ValueError: if both or none of size and scale_factor are given.

    >>> import warnings
    >>> import tinygrad_lite as tl
    >>> with warnings.catch_warnings(action="ignore"):
    ...     tl.nn.functional.upsample_bilinear(tl.tensor([[[[0.0, 2.0]]]]), (1, 3))
    tensor([[[[0., 1., 2.]]]])
    """
    check_tensors("upsample_bilinear", input=input)
    _warn("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def _warn(name: str) -> None:
    warn(f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.")


# --------------------------------------------------------------------------------------- channels for places


@named_in_errors
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Channels for places: r² channels of one element become r by r elements of one channel.

    Args:
        input: (*, C r², H, W), of any dtype.
        upscale_factor: r.

    Returns:
        A Tensor (*, C, H r, W r).

    Source: Shi et al., 2016, https://arxiv.org/abs/1609.05158.

    Raises:
        TypeError: if the input is not a Tensor.
        RuntimeError: for fewer than 3 dimensions, or channels that r² does not divide.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.pixel_shuffle(tl.arange(4).reshape(4, 1, 1), 2)
    tensor([[[0, 1],
             [2, 3]]])
    """
    *lead, channels, height, width = _image_shape("pixel_shuffle", input)
    r = whole_number("pixel_shuffle", "upscale_factor", upscale_factor)
    if r <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {r}")
    if channels % r**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={channels} is not divisible by {r**2}. The input is {list(input.shape)}"
        )
    parts = reshape(input, (*lead, channels // r**2, r, r, height, width))
    n = len(lead)
    order = permute(parts, (*range(n + 1), n + 3, n + 1, n + 4, n + 2))
    return without_hidden_base(reshape(order, (*lead, channels // r**2, height * r, width * r)), ())


@named_in_errors
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Places for channels: r by r elements of one channel become r² channels of one element.

    Args:
        input: (*, C, H r, W r), of any dtype.
        downscale_factor: r.

    Returns:
        A Tensor (*, C r², H, W).

    Raises:
        TypeError: if the input is not a Tensor.
        RuntimeError: for fewer than 3 dimensions, or a height or width that r does not divide.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.pixel_unshuffle(tl.arange(4).reshape(1, 2, 2), 2).flatten()
    tensor([0, 1, 2, 3])
    """
    *lead, channels, height, width = _image_shape("pixel_unshuffle", input)
    r = whole_number("pixel_unshuffle", "downscale_factor", downscale_factor)
    if r <= 0:
        raise RuntimeError(f"pixel_unshuffle expects a positive downscale_factor, but got {r}")
    for name, size, dim in (("height", height, -2), ("width", width, -1)):
        if size % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but input.size({dim})={size} is "
                f"not divisible by {r}. The input is {list(input.shape)}"
            )
    parts = reshape(input, (*lead, channels, height // r, r, width // r, r))
    n = len(lead)
    order = permute(parts, (*range(n + 1), n + 2, n + 4, n + 1, n + 3))
    return without_hidden_base(reshape(order, (*lead, channels * r**2, height // r, width // r)), ())


@named_in_errors
def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels of several groups, in turn: one of each group, then the next of each.

    Args:
        input: (N, C, *), of any dtype.
        groups: into how many groups the channels are divided.

    Returns:
        A Tensor of the same shape.

    Source: Zhang et al., 2018, https://arxiv.org/abs/1707.01083.

    Raises:
        TypeError: if the input is not a Tensor.
        RuntimeError: for fewer than 3 dimensions, or channels that the groups do not divide.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.channel_shuffle(tl.arange(4).reshape(1, 4, 1), 2).flatten()
    tensor([0, 2, 1, 3])
    """
    check_tensors("channel_shuffle", input=input)
    groups = whole_number("channel_shuffle", "groups", groups)
    shape = tuple(input.shape)
    if len(shape) < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    n, channels, *rest = shape
    if channels % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {channels} channels and {groups} groups. "
            f"channel_shuffle: the input is {list(shape)}"
        )
    parts = reshape(input, (n, groups, channels // groups, *rest))
    order = permute(parts, (0, 2, 1, *range(3, len(shape) + 1)))
    return without_hidden_base(reshape(order, shape), ())


def _image_shape(name: str, input: Any) -> tuple[int, ...]:
    check_tensors(name, input=input)
    if input.ndim < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {input.ndim} dimension(s)"
        )
    return tuple(input.shape)
