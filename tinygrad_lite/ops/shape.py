"""The table of functions that move values and change none. Each is linear: its derivative is its adjoint.

The adjoint of `reshape` is `reshape`, of `permute` the inverse order, of `expand` it is `sum_to`, of `concatenate`
`narrow`, of `narrow` `widen`, of `diagonal` `diagonal_scatter`. The result of a view shares its argument's memory.
Dimensions may be negative; shapes are complete, because the public forms have replaced any -1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.edge import Shape, clone, reshape
from ..core.primitive import Array, primitive
from .kernels import copies
from .kernels import triangles as kernels
from .kernels.attach import computed_by
from .pieces import joined

computed_by(copies.clone)(clone)


@primitive(view=True)
def identity(x: Array) -> Array:
    """x, sharing its memory; dx = g."""
    return np.asarray(x).view()


identity.derivative(x=lambda g: g)


@primitive(view=True)
def permute(x: Array, dims: Shape) -> Array:
    """The dimensions in another order; dx = g in the inverse order."""
    return x.transpose(dims)


permute.derivative(x=lambda g, dims: permute(g, inverse_order(dims)))


def inverse_order(dims: Shape) -> Shape:
    """The order of dimensions that undoes `dims`."""
    back = [0] * len(dims)
    for i, d in enumerate(dims):
        back[d] = i
    return tuple(back)


@primitive
def flip(x: Array, dims: Shape) -> Array:
    """The elements in reverse order along dims; dx = g in reverse order along dims."""
    return np.flip(x, dims).copy()


flip.derivative(x=lambda g, dims: flip(g, dims))


@primitive
def roll(x: Array, shifts: Shape | int, dims: Shape | int | None = None) -> Array:
    """The elements moved on by shifts, from the end of a dim to its beginning; dx = g moved by -shifts."""
    return np.roll(x, shifts, dims)


roll.derivative(
    x=lambda g, shifts, dims: roll(g, -shifts if isinstance(shifts, int) else tuple(-s for s in shifts), dims),
)


@primitive(view=True)
def narrow(x: Array, dim: int, start: int, length: int) -> Array:
    """The elements from start to start + length along dim; dx = g there, 0 elsewhere."""
    before = (slice(None),) * (dim if dim >= 0 else dim + x.ndim)
    return x[(*before, slice(start, start + length))]


narrow.derivative(x=lambda g, x_shape, dim, start: widen(g, dim, start, x_shape[dim]))
narrow.join = joined(lambda g, x_shape, dim, start: (dim % g.ndim, start, start + g.shape[dim]))


@primitive
def widen(x: Array, dim: int, start: int, length: int) -> Array:
    """Zeros of size `length` in dim, with x in them from start on; dx = g there."""
    shape = list(x.shape)
    shape[dim] = length
    out = np.zeros(shape, x.dtype)
    before = (slice(None),) * (dim if dim >= 0 else dim + x.ndim)
    out[(*before, slice(start, start + x.shape[dim]))] = x
    return out


widen.derivative(x=lambda g, x_shape, dim, start: narrow(g, dim, start, x_shape[dim]))


@primitive
def concatenate(dim: int, starts: Shape, *xs: Array) -> Array:
    """xs one after the other along dim, where xs[i] takes starts[i] to starts[i + 1]; dxs[i] = g there."""
    return np.concatenate(xs, axis=dim)


concatenate.derivative(
    xs=lambda g, dim, starts, position: narrow(g, dim, starts[position], starts[position + 1] - starts[position]),
)


@computed_by(kernels.tril)
@primitive
def tril(x: Array, diagonal: int = 0) -> Array:
    """x on and below the diagonal of its last two dims, 0 above it; dx = g on and below it, 0 above."""
    return np.tril(x, diagonal)


tril.derivative(x=lambda g, diagonal: tril(g, diagonal))


@computed_by(kernels.triu)
@primitive
def triu(x: Array, diagonal: int = 0) -> Array:
    """x on and above the diagonal of its last two dims, 0 below it; dx = g on and above it, 0 below."""
    return np.triu(x, diagonal)


triu.derivative(x=lambda g, diagonal: triu(g, diagonal))


@primitive(view=True)
def diagonal(x: Array, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Array:
    """The elements whose indices in dim1 and dim2 differ by offset, as the last dim; dx = g there, 0 elsewhere."""
    out = np.diagonal(x, offset, dim1, dim2)
    out.flags.writeable = x.flags.writeable  # NumPy's diagonal is never writeable, PyTorch's is
    return out


diagonal.derivative(x=lambda g, x_shape, offset, dim1, dim2: diagonal_scatter(g, x_shape, offset, dim1, dim2))


@primitive
def diagonal_scatter(x: Array, shape: Shape, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Array:
    """Zeros of a shape with x on one of their diagonals; dx = g on that diagonal."""
    out = np.zeros(shape, x.dtype)
    view = np.diagonal(out, offset, dim1, dim2)
    view.flags.writeable = True
    view[...] = x
    return out


diagonal_scatter.derivative(x=lambda g, offset, dim1, dim2: diagonal(g, offset, dim1, dim2))


@primitive
def pad(x: Array, widths: tuple[tuple[int, int], ...], value: float = 0.0) -> Array:
    """x with a border of value, (before, after) wide in each dim; dx = g inside. Negative widths cut elements off."""
    ends = list(zip(widths, x.shape, strict=True))
    cut = tuple([slice(max(-before, 0), n - max(-after, 0)) for (before, after), n in ends])
    inside = tuple([slice(max(before, 0), n + before) for (before, _), n in ends])
    out = np.full([n + before + after for (before, after), n in ends], value, x.dtype)
    out[inside] = x[cut]
    return out


pad.derivative(x=lambda g, widths: pad(g, tuple((-before, -after) for before, after in widths), 0.0))

# ------------------------------------------------------------------------ compositions of these that rules use


def unsqueeze(x: Any, dim: int) -> Any:
    """x with a further dimension of size 1, which is dim of the result."""
    shape = list(x.shape)
    shape.insert(dim % (len(shape) + 1), 1)
    return reshape(x, tuple(shape))


def select(x: Any, dim: int, index: int) -> Any:
    """The elements at one index of dim, without that dim."""
    shape = list(x.shape)
    del shape[dim]
    return reshape(narrow(x, dim, index, 1), tuple(shape))


def cat(xs: Sequence[Any], dim: int) -> Any:
    """xs one after the other along dim."""
    starts = [0]
    for x in xs:
        starts.append(starts[-1] + x.shape[dim])
    return concatenate(dim, tuple(starts), *xs)


def stack(xs: Sequence[Any], dim: int) -> Any:
    """xs, all of one shape, side by side along a new dim."""
    return cat([unsqueeze(x, dim) for x in xs], dim)
