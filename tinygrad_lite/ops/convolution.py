"""The table of what slides windows over images: convolutions, sums over windows, and the choice of the largest.

All are linear in each argument, and their derivatives are one another: the derivative of `convolve` by its input is
`convolve_adjoint`, that by its weights `convolve_weights`, and the derivatives of these two are again of the three. So
it is with `unfold` and `fold`, and with `window_sums` and `spread_over_windows`.

Arrays are (N, C, …), with any number of dimensions for the windows to slide along. `windows` says how they lie; it is
explained in `kernels/windows.py`. A kernel computes each convolution, and its definition is the sum of products here.
"""

from __future__ import annotations

import numpy as np

from ..core.edge import Shape
from ..core.primitive import Array, primitive
from .kernels import convolution as kernels
from .kernels import windows as sliding
from .kernels.attach import computed_by
from .kernels.windows import Windows
from .reduction import sum

_LETTERS = "uvwxyz"


def _terms(windows: Windows) -> tuple[str, str]:
    """The letters for the dimensions of a window, and for those of the places."""
    ndim = len(windows[0])
    return _LETTERS[:ndim], _LETTERS[:ndim].upper()


def _in_groups(x: Array, dim: int, groups: int) -> Array:
    """x with the groups as a dimension of their own, before the dimension that they divide."""
    return x.reshape(*x.shape[:dim], groups, x.shape[dim] // groups, *x.shape[dim + 1 :])


@computed_by(kernels.convolve)
@primitive
def convolve(x: Array, weight: Array, bias: Array | None, windows: Windows, groups: int) -> Array:
    """out[o, p] = Σ x[c, window p, k] weight[o, c, k] + bias[o]; dx = Σ g weight, dweight = Σ g x, dbias = Σ g."""
    k, p = _terms(windows)
    columns = _in_groups(sliding.unfolded(x, windows), 1, groups)
    out = np.einsum(f"ngc{k}{p},goc{k}->ngo{p}", columns, _in_groups(weight, 0, groups))
    out = out.reshape(len(x), len(weight), *windows[4])
    return out if bias is None else out + bias.reshape(-1, *[1] * len(k))


@computed_by(kernels.convolve_adjoint)
@primitive
def convolve_adjoint(y: Array, weight: Array, size: Shape, windows: Windows, groups: int) -> Array:
    """out[c, window p, k] += Σ y[o, p] weight[o, c, k], of a size; dy = convolve(g, weight), dweight = Σ g y."""
    k, p = _terms(windows)
    columns = np.einsum(f"ngo{p},goc{k}->ngc{k}{p}", _in_groups(y, 1, groups), _in_groups(weight, 0, groups))
    return sliding.folded(columns.reshape(len(y), -1, *windows[0], *windows[4]), size, windows)


@computed_by(kernels.convolve_weights)
@primitive
def convolve_weights(x: Array, y: Array, windows: Windows, groups: int) -> Array:
    """out[o, c, k] = Σ x[c, window p, k] y[o, p]; dx = adjoint(y, g), dy = convolve(x, g): g stands for weights."""
    k, p = _terms(windows)
    columns = _in_groups(sliding.unfolded(x, windows), 1, groups)
    out = np.einsum(f"ngc{k}{p},ngo{p}->goc{k}", columns, _in_groups(y, 1, groups))
    return out.reshape(y.shape[1], x.shape[1] // groups, *windows[0])


convolve.derivative(
    x=lambda g, x_shape, weight, windows, groups: convolve_adjoint(g, weight, x_shape[2:], windows, groups),
    weight=lambda g, x, windows, groups: convolve_weights(x, g, windows, groups),
    bias=lambda g: sum(g, (0, *range(2, len(g.shape)))),
)
convolve_adjoint.derivative(
    y=lambda g, weight, windows, groups: convolve(g, weight, None, windows, groups),
    weight=lambda g, y, windows, groups: convolve_weights(g, y, windows, groups),
)
convolve_weights.derivative(
    x=lambda g, x_shape, y, windows, groups: convolve_adjoint(y, g, x_shape[2:], windows, groups),
    y=lambda g, x, windows, groups: convolve(x, g, None, windows, groups),
)


@primitive
def unfold(x: Array, windows: Windows) -> Array:
    """The windows of x (N, C, …), side by side: (N, C, *kernel, *places); dx = g, added up where it lay."""
    return sliding.unfolded(x, windows)


@primitive
def fold(x: Array, size: Shape, windows: Windows) -> Array:
    """Windows (N, C, *kernel, *places), added up in an array (N, C, *size); dx = the windows of g."""
    return sliding.folded(x, size, windows)


unfold.derivative(x=lambda g, x_shape, windows: fold(g, x_shape[2:], windows))
fold.derivative(x=lambda g, windows: unfold(g, windows))


@primitive
def window_sums(x: Array, windows: Windows) -> Array:
    """The sum of each window of x (N, C, …); dx = the sum of g over the windows that an element is in."""
    return sliding.window_sums(x, windows)


@primitive
def spread_over_windows(x: Array, size: Shape, windows: Windows) -> Array:
    """At each element of (N, C, *size), the sum of x over the windows that it is in; dx = the sum of g in each."""
    return sliding.spread_over_windows(x, size, windows)


window_sums.derivative(x=lambda g, x_shape, windows: spread_over_windows(g, x_shape[2:], windows))
spread_over_windows.derivative(x=lambda g, windows: window_sums(g, windows))


@primitive
def largest_places(x: Array, windows: Windows) -> Array:
    """The place of the largest element of each window in the flattened image; the first among equal ones."""
    return sliding.largest_places(x, windows)


@primitive
def adaptive_largest_places(x: Array, size: Shape) -> Array:
    """The place of the largest element of each of the `size` parts of the image along each dimension."""
    return sliding.adaptive_largest_places(x, size)
