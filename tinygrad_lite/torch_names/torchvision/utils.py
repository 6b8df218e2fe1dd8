"""`torchvision.utils`: several images in one, and in a file."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...autograd import no_grad
from ...creation import full
from ...functions.joining import cat, stack
from ...runtime.optional import require
from ...tensors.tensor import Tensor
from .refusal import refuse

__all__ = ["make_grid", "save_image"]


@no_grad()
def make_grid(
    tensor: Any,
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Tensor:
    """Put images into rows of one image.

    Args:
        tensor: images of any floating dtype, (N, C, H, W), one image (C, H, W) or (H, W), or a list of images of one
            shape. Images of one channel get three. One image comes back without a frame.
        nrow: the number of images in a row.
        padding: the number of pixels between them, and around.
        normalize: whether to map the range of the values to [0, 1].
        value_range: that range, by default from the least to the greatest value.
        scale_each: whether each image has its own range.
        pad_value: the value of the pixels between the images.

    Returns:
        The image (C, padding + rows·(H + padding), padding + nrow·(W + padding)).

    Raises:
        TypeError: for what is neither a Tensor nor a list of them, and for a `value_range` that is not a tuple.

    >>> import tinygrad_lite as tl
    >>> make_grid(tl.ones(2, 1, 2, 2), padding=1)[0]
    tensor([[0., 0., 0., 0., 0., 0., 0.],
            [0., 1., 1., 0., 1., 1., 0.],
            [0., 1., 1., 0., 1., 1., 0.],
            [0., 0., 0., 0., 0., 0., 0.]])
    """
    images = _batch(tensor)
    if normalize:
        if value_range is not None and not isinstance(value_range, tuple):
            raise TypeError("value_range has to be a tuple (min, max) if specified. min and max are numbers")
        parts = images.unbind() if scale_each else [images]
        scaled = [_scaled(part, value_range) for part in parts]
        images = stack(scaled) if scale_each else scaled[0]
    if len(images) == 1:
        return images[0]
    count, channels, height, width = images.shape
    columns = min(nrow, count)
    rows = -(-count // columns)
    down, across = height + padding, width + padding
    grid = full((channels, rows * down + padding, columns * across + padding), pad_value, dtype=images.dtype)
    for i, image in enumerate(images):
        top, left = padding + i // columns * down, padding + i % columns * across
        grid[:, top : top + height, left : left + width] = image
    return grid


def _batch(tensor: Any) -> Tensor:
    """The images as (N, C, H, W), with three channels where there was one."""
    if isinstance(tensor, list):
        for x in tensor:
            if not isinstance(x, Tensor):
                raise TypeError(f"tensor or list of tensors expected, got a list containing {type(x)}")
        tensor = stack(tensor)
    if not isinstance(tensor, Tensor):
        raise TypeError(f"tensor or list of tensors expected, got {type(tensor)}")
    while tensor.ndim < 4:
        tensor = tensor.unsqueeze(0)
    return cat([tensor] * 3, 1) if tensor.shape[1] == 1 else tensor


def _scaled(image: Tensor, value_range: tuple[float, float] | None) -> Tensor:
    """The values between the ends of the range, which become 0 and 1."""
    low, high = value_range or (image.min().item(), image.max().item())
    return (image.clamp(low, high) - low) / max(high - low, 1e-5)


@no_grad()
def save_image(tensor: Any, fp: Any, format: str | None = None, **kwargs: Any) -> None:
    """Write images with values in [0, 1] to a picture file, several of them as `make_grid` puts them together.

    Args:
        tensor: the images, as `make_grid` takes them.
        fp: the path, or a file that is open for writing bytes.
        format: the format, such as "png"; by default as the suffix of the path says.
        kwargs: the other arguments of `make_grid`.

    Raises:
        ImportError: if Pillow is not installed.

    >>> import io, tinygrad_lite as tl
    >>> file = io.BytesIO()
    >>> save_image(tl.rand(4, 1, 8, 8), file, format="png")  # doctest: +SKIP
    """
    pillow = require("PIL.Image", extra="pictures")
    grid = make_grid(tensor, **kwargs)
    values = grid.mul(255).add(0.5).clamp(0, 255).permute(1, 2, 0).numpy()
    pillow.fromarray(np.ascontiguousarray(values.astype(np.uint8))).save(fp, format=format)


__path__: list[str] = []
__getattr__ = refuse("torchvision.utils")
