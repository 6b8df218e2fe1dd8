"""The weights of windows, by which pieces of a signal are multiplied before their spectrum is taken."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.array_functions import creation
from ..core.primitive import Array
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import DTypeLike
from .options import finished, whole_number


@creation
def _weights(kind: str, count: int, parameters: tuple[float, ...], dtype: Any) -> Array:
    """A symmetric window of `count` elements."""
    if count < 2:
        return np.ones(count, dtype)
    if kind == "kaiser_window":
        weights = np.kaiser(count, *parameters)
    elif kind == "hamming_window":
        alpha, beta = parameters
        weights = alpha - beta * np.cos(2 * np.pi * np.arange(count) / (count - 1))
    else:
        by_name = {"hann_window": np.hanning, "blackman_window": np.blackman, "bartlett_window": np.bartlett}
        weights = by_name[kind](count)
    return weights.astype(dtype)


def _window(kind: str, length: Any, periodic: bool, options: tuple[Any, Any, bool], *parameters: float) -> Tensor:
    dtype, device, requires_grad = options
    length = whole_number(kind, "window_length", 1, length)
    if length < 0:
        raise RuntimeError(f"{kind} requires non-negative window_length, got window_length={length}")
    found = dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)
    if found.kind != "f":
        raise RuntimeError(f"{kind} expects floating point dtypes, got: {found}")
    count = length + 1 if periodic and length > 1 else length
    return finished(_weights(kind, count, parameters, found)[:length].copy(), requires_grad, device)


def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: str | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Hann window: the weights ½ (1 - cos(2 π n / N)), a vector of size `window_length`.

    n counts from 0. N is `window_length`, so that the window can be repeated; for a symmetric window, which
    `periodic=False` asks for, it is one less.

    Args:
        window_length: the number of elements.
        periodic: see above.
        dtype: a floating dtype; by default the default one.
        layout: `strided`.
        device: where the Tensor is to be; there is only the CPU.
        pin_memory: has no effect.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: for a negative length, and a dtype that is not floating.
        TypeError: for a length that is not a whole number.

    >>> import tinygrad_lite as tl
    >>> tl.hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return _window("hann_window", window_length, periodic, (dtype, device, requires_grad))


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: str | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Hamming window: the weights alpha - beta cos(2 π n / N), a vector of size `window_length`.

    n counts from 0. N is `window_length`, so that the window can be repeated; for a symmetric window, which
    `periodic=False` asks for, it is one less.

    Args:
        window_length: the number of elements.
        periodic: see above.
        alpha, beta: the numbers in the formula.
        dtype: a floating dtype; by default the default one.
        layout: `strided`.
        device: where the Tensor is to be; there is only the CPU.
        pin_memory: has no effect.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: for a negative length, and a dtype that is not floating.
        TypeError: for a length that is not a whole number.

    >>> import tinygrad_lite as tl
    >>> tl.hamming_window(4)
    tensor([0.0800, 0.5400, 1.0000, 0.5400])
    """
    return _window("hamming_window", window_length, periodic, (dtype, device, requires_grad), alpha, beta)


def blackman_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: str | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Blackman window: the weights 0.42 - ½ cos(2 π n / N) + 0.08 cos(4 π n / N), a vector of size `window_length`.

    n counts from 0. N is `window_length`, so that the window can be repeated; for a symmetric window, which
    `periodic=False` asks for, it is one less.

    Args:
        window_length: the number of elements.
        periodic: see above.
        dtype: a floating dtype; by default the default one.
        layout: `strided`.
        device: where the Tensor is to be; there is only the CPU.
        pin_memory: has no effect.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: for a negative length, and a dtype that is not floating.
        TypeError: for a length that is not a whole number.

    >>> import tinygrad_lite as tl
    >>> tl.blackman_window(4)
    tensor([-1.3878e-17,  3.4000e-01,  1.0000e+00,  3.4000e-01])
    """
    return _window("blackman_window", window_length, periodic, (dtype, device, requires_grad))


def bartlett_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: str | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Bartlett window: the weights 1 - |2 n / N - 1|, a vector of size `window_length`.

    n counts from 0. N is `window_length`, so that the window can be repeated; for a symmetric window, which
    `periodic=False` asks for, it is one less.

    Args:
        window_length: the number of elements.
        periodic: see above.
        dtype: a floating dtype; by default the default one.
        layout: `strided`.
        device: where the Tensor is to be; there is only the CPU.
        pin_memory: has no effect.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: for a negative length, and a dtype that is not floating.
        TypeError: for a length that is not a whole number.

    >>> import tinygrad_lite as tl
    >>> tl.bartlett_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return _window("bartlett_window", window_length, periodic, (dtype, device, requires_grad))


def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: DTypeLike | None = None,
    layout: Any = None,
    device: str | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Kaiser window: the weights I₀(beta √(1 - (2 n / N - 1)²)) / I₀(beta), a vector of size `window_length`.

    n counts from 0. N is `window_length`, so that the window can be repeated; for a symmetric window, which
    `periodic=False` asks for, it is one less.

    Args:
        window_length: the number of elements.
        periodic: see above.
        beta: the shape: the larger it is, the narrower is the window.
        dtype: a floating dtype; by default the default one.
        layout: `strided`.
        device: where the Tensor is to be; there is only the CPU.
        pin_memory: has no effect.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: for a negative length, and a dtype that is not floating.
        TypeError: for a length that is not a whole number.

    >>> import tinygrad_lite as tl
    >>> tl.kaiser_window(4)
    tensor([5.2773e-05, 2.1567e-01, 1.0000e+00, 2.1567e-01])
    """
    return _window("kaiser_window", window_length, periodic, (dtype, device, requires_grad), beta)
