"""Images sampled at the places of a grid, as spatial transformer networks do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.argument_types import type_name, wrong_type
from ...core.array_functions import array_function, creation
from ...core.errors import warn
from ...core.primitive import Array
from ...core.tensor import wrap
from ...functions.arguments import array_of
from ...functions.selection import where
from ...tensors.tensor import Tensor
from .argument_types import check_tensors, named_in_errors

_MODES, _PADDINGS = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")
_SHARPNESS = -0.75  # of the cubic spline, as in PyTorch
_CHANGED = (
    "and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify align_corners=True if the "
    "old behavior is desired. See the documentation of grid_sample for details."
)


@named_in_errors
def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """Elements of an image at the places of a grid, interpolated between their neighbours.

    A place (x, y) is given from -1 to 1: (-1, -1) is the upper left corner of the image and (1, 1) the lower right one.
    Gradients flow to the image and to the grid, to any order.

    Args:
        input: (N, C, H, W), or (N, C, D, H, W), in a floating dtype.
        grid: (N, P, Q, 2) with x and y; or (N, P, Q, R, 3) with x, y and z; of the same dtype.
        mode: "bilinear" (of volumes trilinear), "nearest", or "bicubic" for images.
        padding_mode: what lies outside: "zeros"; "border", the nearest element at the border; or "reflection".
        align_corners: whether -1 and 1 are the centres of the elements at the border, rather than their outer edges.

    Returns:
        A Tensor (N, C, P, Q) or (N, C, P, Q, R).

    Source: Jaderberg et al., Spatial Transformer Networks, 2015.

    Raises:
        ValueError: for another mode or padding mode.
        RuntimeError: for shapes or dtypes that do not fit.

    >>> import tinygrad_lite as tl
    >>> image = tl.tensor([[[[0.0, 1.0], [2.0, 3.0]]]])
    >>> tl.nn.functional.grid_sample(image, tl.tensor([[[[0.0, 0.0], [0.5, -0.5]]]]), align_corners=False)
    tensor([[[[1.5000, 1.0000]]]])
    """
    if mode not in _MODES:
        raise ValueError(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: "
            f"'{_shown(mode)}'"
        )
    if padding_mode not in _PADDINGS:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{_shown(padding_mode)}'"
        )
    _check_corners("grid_sample", 5, align_corners)
    check_tensors("grid_sample", input=input, grid=grid)
    _check_shapes(input, grid, mode)
    shape = tuple(input.shape)
    rows = input.reshape(*shape[:2], -1).permute(0, 2, 1).reshape(-1, shape[1])  # an element a row, with its channels
    lengths, places = shape[2:], grid.unbind(-1)[::-1]  # from (x, y, z) to (z, y, x)
    axes = [
        _taps(_in_elements(place, n, bool(align_corners)), n, mode, padding_mode, bool(align_corners))
        for place, n in zip(places, lengths, strict=True)
    ]
    out: Any = None
    for taps in _combinations(axes):
        elements = tuple(index for index, _ in taps)
        places_of, known = _flat_index(elements, lengths, shape[0], input.dtype)
        weight: Any = wrap(known)
        for _, factor in taps:
            weight = weight * factor
        part = rows[wrap(places_of)] * weight.unsqueeze(-1)
        out = part if out is None else out + part
    sampled: Tensor = out.movedim(-1, 1)
    return sampled.contiguous()


def _shown(mode: Any) -> str:
    return mode if isinstance(mode, str) else type_name(mode)


def _check_corners(function: str, position: int, align_corners: bool | None) -> None:
    if not isinstance(align_corners, bool | None):
        raise wrong_type(function, "align_corners", position, "bool", align_corners)
    if align_corners is None:
        warn(f"Default grid_sample {_CHANGED}")


def _check_shapes(input: Tensor, grid: Tensor, mode: str) -> None:
    ndim = input.ndim
    if input.dtype != grid.dtype:
        raise RuntimeError(
            f"grid_sampler(): expected input and grid to have same dtype, but input has {input.dtype} and grid has "
            f"{grid.dtype}"
        )
    if ndim not in (4, 5) or grid.ndim != ndim:
        raise RuntimeError(
            "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes "
            f"{list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if input.shape[0] != grid.shape[0]:
        raise RuntimeError(
            "grid_sampler(): expected grid and input to have same batch size, but got input with sizes "
            f"{list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if grid.shape[-1] != ndim - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {ndim - 2} in last dimension, but got grid with sizes "
            f"{list(grid.shape)}"
        )
    if 0 in input.shape[2:]:
        raise RuntimeError(
            "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes "
            f"{list(input.shape)}"
        )
    if mode == "bicubic" and ndim == 5:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")


def _in_elements(place: Any, n: int, align_corners: bool) -> Any:
    """Places from -1 to 1 as numbers of elements, from 0."""
    return (place + 1) / 2 * (n - 1) if align_corners else ((place + 1) * n - 1) / 2


def _taps(place: Any, n: int, mode: str, padding: str, align_corners: bool) -> list[tuple[Array, Any]]:
    """Along one dimension: the numbers of the elements that count, and their weights."""
    if mode != "bicubic" and padding != "zeros":
        place = _brought_inside(place, n, padding, align_corners)
    if mode == "bicubic":
        elements = [_padded(array_of(place), k, n, padding, align_corners) for k in (-1, 0, 1, 2)]
        return list(zip(elements, _cubic_weights(place - place.detach().floor()), strict=True))
    place = where(wrap(_is_whole_number(array_of(place))), place, -100.0)  # as PyTorch treats NaN and infinity
    if mode == "nearest":
        return [(_nearest(array_of(place)), 1 + 0 * (place - place.detach()))]
    first, t = _floor(array_of(place)), place - place.detach().floor()
    return [(first, 1 - t), (_next(first), t)]


def _cubic_weights(t: Any) -> list[Any]:
    a = _SHARPNESS

    def near(x: Any) -> Any:
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: Any) -> Any:
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def _brought_inside(place: Any, n: int, padding: str, align_corners: bool) -> Any:
    """Places beyond the border as places inside, with the derivative that PyTorch gives them."""
    inside, slope = _inside(array_of(place), n, padding, align_corners)
    place = where(wrap(_is_whole_number(array_of(place))), place, 0.0)  # of infinity only the border is left
    return wrap(inside) + wrap(slope) * (place - place.detach())


@array_function
def _inside(place: Array, n: int, padding: str, align_corners: bool) -> tuple[Array, Array]:
    slope = np.ones_like(place)
    if padding == "reflection":
        place, slope = _reflected(place, n, align_corners)
    outside = (place <= 0) | (place >= n - 1)
    return np.clip(place, 0, n - 1), np.where(outside, 0, slope).astype(place.dtype)


def _reflected(place: Array, n: int, align_corners: bool) -> tuple[Array, Array]:
    low, span = (0.0, n - 1.0) if align_corners else (-0.5, float(n))
    if span == 0:
        return np.zeros_like(place), np.zeros_like(place)
    with np.errstate(invalid="ignore"):
        distance = np.abs(place - low)
        extra, flips = np.fmod(distance, span), np.floor(distance / span)
    odd = np.fmod(flips, 2) == 1
    slope = np.where(place < low, -1, 1) * np.where(odd, -1, 1)
    reflected: Array = (np.where(odd, span - extra, extra) + low).astype(place.dtype)
    return reflected, slope.astype(place.dtype)


@array_function
def _padded(place: Array, steps: int, n: int, padding: str, align_corners: bool) -> Array:
    """The elements some steps from a place, or what stands for those outside."""
    places = np.floor(place) + steps
    if padding == "zeros":
        return np.where((places >= 0) & (places < n), places, -100).astype(np.int64)
    if padding == "reflection":
        places, _ = _reflected(places, n, align_corners)
    return np.nan_to_num(np.clip(places, 0, n - 1)).astype(np.int64)


@array_function
def _is_whole_number(place: Array) -> Array:
    """Return True where a place can be converted to a whole number."""
    return np.abs(place) < 2.0**31 - 1


@array_function
def _floor(place: Array) -> Array:
    return np.floor(place).astype(np.int64)


@array_function
def _next(elements: Array) -> Array:
    return elements + 1


@array_function
def _nearest(place: Array) -> Array:
    return np.rint(place).astype(np.int64)


def _combinations(axes: Sequence[list[Any]]) -> list[tuple[Any, ...]]:
    """All ways to take one tap along each dimension."""
    found: list[tuple[Any, ...]] = [()]
    for taps in axes:
        found = [(*before, tap) for before in found for tap in taps]
    return found


@array_function
def _flat_index(elements: tuple[Array, ...], lengths: tuple[int, ...], batch: int, dtype: Any) -> tuple[Array, Array]:
    """The rows of elements among those of all images; and 1 for those that there are, 0 for others."""
    known = np.ones(elements[0].shape, bool)
    flat = np.zeros(elements[0].shape, np.int64)
    for index, n in zip(elements, lengths, strict=True):
        known &= (index >= 0) & (index < n)
        flat = flat * n + np.clip(index, 0, n - 1)
    images = np.arange(batch).reshape(-1, *[1] * (flat.ndim - 1)) * math.prod(lengths)
    return flat + images, known.astype(dtype)


@named_in_errors
def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The grid for `grid_sample` that an affine map makes of the places of an image.

        (x, y)ᵀ of the input = θ (x, y, 1)ᵀ of the output

    Args:
        theta: θ, (N, 2, 3) for images or (N, 3, 4) for volumes, in a floating dtype.
        size: the shape of the output, (N, C, H, W) or (N, C, D, H, W).
        align_corners: as for `grid_sample`.

    Returns:
        A Tensor (N, H, W, 2) or (N, D, H, W, 3).

    Raises:
        ValueError: if θ is not of a floating dtype, or its shape does not fit.
        NotImplementedError: for a size of another number of dimensions.

    >>> import tinygrad_lite as tl
    >>> identity = tl.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    >>> tl.nn.functional.affine_grid(identity, (1, 1, 2, 1), align_corners=True)
    tensor([[[[ 0., -1.]],
    <BLANKLINE>
             [[ 0.,  1.]]]])
    """
    _check_corners("affine_grid", 3, align_corners)
    check_tensors("affine_grid", theta=theta)
    if theta.dtype.kind != "f":
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    size = tuple(size)
    if len(size) not in (4, 5):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. "
            f"Got size {list(size)}."
        )
    ndim = len(size) - 2
    if tuple(theta.shape) != (size[0], ndim, ndim + 1):
        raise ValueError(
            f"Expected a batch of {ndim}D affine matrices of shape Nx{ndim}x{ndim + 1} for size {list(size)}. Got "
            f"{list(theta.shape)}."
        )
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {list(size)}")
    base: Any = wrap(_base_grid(size[2:], theta.dtype, bool(align_corners)))
    return (base @ theta.transpose(1, 2)).reshape(size[0], *size[2:], ndim)


@creation
def _base_grid(lengths: tuple[int, ...], dtype: Any, align_corners: bool) -> Array:
    """For each place its (x, y, 1), a row."""
    axes = []
    for n in lengths:
        axis = np.linspace(-1, 1, n) if n > 1 else np.zeros(1)
        axes.append(axis if align_corners else axis * (n - 1) / n)
    places = np.meshgrid(*axes, indexing="ij")[::-1]
    return np.stack([*places, np.ones(lengths)], -1).reshape(-1, len(lengths) + 1).astype(dtype)
