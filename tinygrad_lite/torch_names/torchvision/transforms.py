"""`torchvision.transforms`: ToTensor, Normalize, Compose and Lambda."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...core.array_functions import copied
from ...core.tensor import wrap
from ...creation import tensor
from ...tensors.tensor import Tensor
from ...types import dtypes
from .refusal import refuse

__all__ = ["Compose", "Lambda", "Normalize", "ToTensor"]


class Compose:
    """Transforms one after the other.

    Args:
        transforms: the transforms.

    Raises:
        Exception: when it is called, whatever one of them raises.

    >>> Compose([lambda x: x + 1, lambda x: 10 * x])(2)
    30
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        return "\n".join(["Compose(", *(f"    {transform}" for transform in self.transforms), ")"])


class Lambda:
    """A function of yours as a transform.

    Args:
        lambd: the function.

    Raises:
        TypeError: if it cannot be called.

    >>> Lambda(lambda x: -x)(3)
    -3
    """

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd).__name__}")
        self.lambd = lambd

    def __call__(self, img: Any) -> Any:
        return self.lambd(img)

    def __repr__(self) -> str:
        return "Lambda()"


class ToTensor:
    """A picture, (H, W) or (H, W, C), as a Tensor (C, H, W).

    Pixels of 8 bits become numbers of the default dtype in [0, 1]; other numbers stay as they are.

    Raises:
        TypeError: when it is called with what is neither an array nor one of Pillow's pictures.
        ValueError: when it is called with an array of another number of dimensions.

    >>> import numpy as np
    >>> ToTensor()(np.array([[0, 51], [102, 255]], np.uint8))
    tensor([[[0.0000, 0.2000],
             [0.4000, 1.0000]]])
    """

    def __call__(self, pic: Any) -> Tensor:
        pixels = _pixels(pic)
        if pixels.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {pixels.ndim} dimensions.")
        pixels = pixels[:, :, None] if pixels.ndim == 2 else pixels
        image: Tensor = wrap(copied(np.ascontiguousarray(pixels.transpose(2, 0, 1))))
        return image.to(dtypes.get_default_dtype()) / 255 if pixels.dtype == np.uint8 else image

    def __repr__(self) -> str:
        return "ToTensor()"


def _pixels(pic: Any) -> Any:
    """The numbers in a picture."""
    if isinstance(pic, np.ndarray):
        return pic
    if not hasattr(pic, "mode") or not hasattr(pic, "getbands"):
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(pic)}")
    modes = {"I": np.int32, "I;16": np.int16, "I;16B": np.int16, "F": np.float32}
    pixels = np.array(pic, modes.get(pic.mode, np.uint8))
    return 255 * pixels if pic.mode == "1" else pixels


class Normalize:
    """(x - mean) / std for each channel of an image (…, C, H, W) of floats.

    Args:
        mean: the number to subtract from each channel.
        std: the number to divide each channel by.
        inplace: whether to change the image itself.

    Raises:
        TypeError: when it is called with what is no Tensor of floats.
        ValueError: when it is called with fewer than three dimensions, or if a `std` is zero.

    >>> import tinygrad_lite as tl
    >>> Normalize((0.5,), (0.5,))(tl.tensor([[[0.0, 1.0]]]))
    tensor([[[-1.,  1.]]])
    """

    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        self.mean, self.std, self.inplace = mean, std, inplace

    def __call__(self, image: Tensor) -> Tensor:
        if not isinstance(image, Tensor):
            raise TypeError(f"img should be Tensor Image. Got {type(image)}")
        if image.dtype.kind != "f":
            raise TypeError(f"Input tensor should be a float tensor. Got {image.dtype}.")
        if image.ndim < 3:
            raise ValueError(
                f"Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = {tuple(image.shape)}"
            )
        mean, std = (tensor(x, dtype=image.dtype) for x in (self.mean, self.std))
        if (std == 0).any():
            raise ValueError(f"std evaluated to zero after conversion to {image.dtype}, leading to division by zero.")
        mean, std = (x.reshape(-1, 1, 1) if x.ndim == 1 else x for x in (mean, std))
        if self.inplace:
            return image.sub_(mean).div_(std)
        return (image - mean) / std

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean}, std={self.std})"


__path__: list[str] = []
__getattr__ = refuse("torchvision.transforms")
