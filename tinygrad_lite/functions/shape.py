"""Functions of shape as PyTorch calls them: sizes one by one or in a tuple, -1 to be inferred, negative dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import dtypes
from ..ops import indexing, reduction
from ..ops import shape as ops
from ..ops.elementwise import clone
from .arguments import one_dim, resolved, sizes, spelled


def reshape(x: Any, *shape: Any) -> Any:
    """The same elements, in the same order, in another shape; one size may be -1. A view where memory allows.

    >>> import tinygrad_lite as tl
    >>> tl.arange(6).reshape(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    target = sizes(shape)
    return ops.reshape(x, resolved(target, math.prod(x.shape), "reshape", x.shape))


def view(x: Any, *shape: Any) -> Any:
    """`reshape` that never copies; with a dtype, the same memory read as another dtype of the same size.

    Raises:
        RuntimeError: if the memory's order does not allow the shape without a copy.
    """
    target = resolved(sizes(shape), math.prod(x.shape), "view", x.shape)
    out = ops.reshape(x, target)
    if not np.shares_memory(_array(out), _array(x)) and math.prod(target):
        raise RuntimeError(
            f"view: size {list(target)} is not compatible with the input tensor's size {list(x.shape)} and stride (at "
            "least one dimension spans across two contiguous subspaces). Use .reshape(...) instead."
        )
    return out


def _array(x: Any) -> Any:
    return x if isinstance(x, np.ndarray) else x._data


def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The dimensions from start to end made into one."""
    start, end = one_dim(start_dim, x.ndim, "flatten"), one_dim(end_dim, x.ndim, "flatten")
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    shape = tuple(x.shape)
    return ops.reshape(x, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def ravel(x: Any) -> Any:
    """All elements in one dimension."""
    return ops.reshape(x, (math.prod(x.shape),))


def unflatten(x: Any, dim: int, sizes: Sequence[int]) -> Any:
    """One dimension made into several, of which one size may be -1."""
    dim = one_dim(dim, x.ndim, "unflatten")
    inner = resolved(tuple(sizes), x.shape[dim], "unflatten", (x.shape[dim],))
    return ops.reshape(x, (*x.shape[:dim], *inner, *x.shape[dim + 1 :]))


@spelled
def squeeze(x: Any, dim: Any = None) -> Any:
    """Without the dimensions of length 1; with dim, without those of them that have length 1."""
    if dim is None:
        return ops.reshape(x, tuple(n for n in x.shape if n != 1))
    gone = {one_dim(d, x.ndim, "squeeze") for d in (dim if isinstance(dim, (tuple, list)) else (dim,))}
    return ops.reshape(x, tuple(n for i, n in enumerate(x.shape) if n != 1 or i not in gone))


@spelled
def unsqueeze(x: Any, dim: int) -> Any:
    """With a dimension of length 1 at dim of the result."""
    return ops.unsqueeze(x, one_dim(dim, x.ndim + 1, "unsqueeze"))


def transpose(x: Any, dim0: int, dim1: int) -> Any:
    """Two dimensions swapped; a view."""
    if not x.ndim:
        one_dim(dim0, 0, "transpose"), one_dim(dim1, 0, "transpose")
        return ops.permute(x, ())
    order = list(range(x.ndim))
    dim0, dim1 = one_dim(dim0, x.ndim, "transpose"), one_dim(dim1, x.ndim, "transpose")
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return ops.permute(x, tuple(order))


def t(x: Any) -> Any:
    """A matrix transposed; a vector or a 0-d Tensor as it is."""
    if x.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {x.ndim}D")
    return ops.permute(x, tuple(range(x.ndim))[::-1])


def permute(x: Any, *dims: Any) -> Any:
    """The dimensions in the order given; a view."""
    order = sizes(dims)
    if len(order) != x.ndim:
        raise RuntimeError(
            "permute: number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {x.ndim} is not equal to len(dims) = {len(order)}"
        )
    found = tuple(one_dim(d, x.ndim, "permute") for d in order)
    if len(set(found)) < len(found):
        raise RuntimeError(f"permute(): duplicate dims are not allowed: {order}")
    return ops.permute(x, found)


def movedim(x: Any, source: Any, destination: Any) -> Any:
    """Dimensions moved to other places, the rest keeping their order; a view."""
    source, destination = (d if isinstance(d, (tuple, list)) else (d,) for d in (source, destination))
    if len(source) != len(destination):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(source)} dims) should contain the same number "
            f"of dims as destination ({list(destination)} dims)"
        )
    moved = dict(
        zip(
            (one_dim(d, x.ndim, "movedim") for d in destination),
            (one_dim(s, x.ndim, "movedim") for s in source),
            strict=True,
        )
    )
    if len(moved) < len(destination) or len(set(moved.values())) < len(source):
        raise RuntimeError("movedim: repeated dim in source or destination")
    rest = iter(d for d in range(x.ndim) if d not in moved.values())
    return ops.permute(x, tuple(moved[d] if d in moved else next(rest) for d in range(x.ndim)))


def expand(x: Any, *shape: Any) -> Any:
    """Broadcast to a shape without copying; -1 keeps a size. The result cannot be written in place.

    Raises:
        RuntimeError: where a dimension that is not 1 would have to change.
    """
    target = sizes(shape)
    if len(target) < x.ndim:
        raise RuntimeError(
            f"expand({list(x.shape)}, size={list(target)}): the number of sizes provided ({len(target)}) must be greater "
            f"or equal to the number of dimensions in the tensor ({x.ndim})"
        )
    own = (*(None for _ in range(len(target) - x.ndim)), *x.shape)
    found: list[int] = []
    for i, (n, old) in enumerate(zip(target, own, strict=True)):
        if n == -1 and old is None:
            raise RuntimeError(f"expand: the expanded size of the tensor (-1) isn't allowed in a leading, new dimension {i}")
        if old not in (None, 1, n) and n != -1:
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({old}) at non-singleton dimension "
                f"{i}.  Target sizes: {list(target)}.  Tensor sizes: {list(x.shape)}"
            )
        found.append(old if n == -1 and old is not None else n)
    return ops.expand(x, tuple(found))


def broadcast_to(x: Any, size: Any) -> Any:
    """Broadcast to a shape without copying."""
    return expand(x, size)


def expand_as(x: Any, other: Any) -> Any:
    """Broadcast to the shape of another Tensor."""
    return expand(x, tuple(other.shape))


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """The Tensors, all broadcast to the shape that they have in common."""
    shape = np.broadcast_shapes(*(tuple(x.shape) for x in tensors))
    return tuple(ops.expand(x, shape) for x in tensors)


def repeat(x: Any, *repeats: Any) -> Any:
    """The whole Tensor repeated along each dimension; new leading dimensions may be named.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    counts = sizes(repeats)
    if len(counts) < x.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: "
            f"{list(counts)} for shape {list(x.shape)}"
        )
    own = (*(1 for _ in range(len(counts) - x.ndim)), *x.shape)
    apart = ops.reshape(x, tuple(m for n in own for m in (1, n)))
    spread = ops.expand(apart, tuple(m for pair in zip(counts, own, strict=True) for m in pair))
    return ops.reshape(clone(spread), tuple(c * n for c, n in zip(counts, own, strict=True)))


def tile(x: Any, *dims: Any) -> Any:
    """As `repeat`, with 1 for the leading dimensions that are not named."""
    counts = sizes(dims)
    return repeat(x, (*(1 for _ in range(x.ndim - len(counts))), *counts))


@spelled
def repeat_interleave(x: Any, repeats: Any, dim: int | None = None) -> Any:
    """Each element along dim repeated on the spot, all equally often or as `repeats` says for each."""
    if dim is None:
        x, dim = ravel(x), 0
    dim = one_dim(dim, x.ndim, "repeat_interleave")
    counts = repeats if isinstance(repeats, int) else np.asarray(repeats)
    if np.min(counts, initial=0) < 0:
        raise RuntimeError("repeat_interleave: repeats can not be negative")
    if np.size(counts) not in (1, x.shape[dim]):
        raise RuntimeError(
            f"repeat_interleave: repeats must have the same size as input along dim {dim}: {np.size(counts)} repeats "
            f"for {x.shape[dim]} elements"
        )
    index = np.repeat(np.arange(x.shape[dim]), counts)
    return indexing.getitem(x, (*(slice(None) for _ in range(dim)), index))


def flip(x: Any, *dims: Any) -> Any:
    """The order of the elements along dims reversed; a copy."""
    return ops.flip(x, tuple(one_dim(d, x.ndim, "flip") for d in sizes(dims)) if x.ndim else ())


def fliplr(x: Any) -> Any:
    """The second dimension reversed."""
    return flip(x, 1)


def flipud(x: Any) -> Any:
    """The first dimension reversed."""
    return flip(x, 0)


def roll(x: Any, shifts: Any, dims: Any = None) -> Any:
    """Elements moved on by shifts along dims, those that leave coming in at the other end; without dims, as flattened."""
    if dims is None or dims == ():
        return ops.roll(x, shifts if isinstance(shifts, int) else tuple(shifts)[0], None)
    shifts, dims = (v if isinstance(v, (tuple, list)) else (v,) for v in (shifts, dims))
    if len(shifts) != len(dims):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    return ops.roll(x, tuple(shifts), tuple(one_dim(d, x.ndim, "roll") for d in dims))


def _joinable(tensors: Any, name: str) -> list[Any]:
    found = list(tensors)
    if not found:
        raise RuntimeError(f"{name}(): expected a non-empty list of Tensors")
    dtype = dtypes.result_type(*found)
    return [x if x.dtype == dtype else x.to(dtype) for x in found]


@spelled
def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors one behind the other along dim; their other sizes must agree. An empty 1-d Tensor is skipped."""
    found = _joinable(tensors, "cat")
    if any(not x.ndim for x in found):
        raise RuntimeError("cat: zero-dimensional tensor cannot be concatenated; use stack, or x.reshape(1)")
    kept = [x for x in found if tuple(x.shape) != (0,)] or found[:1]
    dim = one_dim(dim, kept[0].ndim, "cat")
    for i, x in enumerate(kept):
        if [n for d, n in enumerate(x.shape) if d != dim] != [n for d, n in enumerate(kept[0].shape) if d != dim]:
            raise RuntimeError(
                f"cat: Sizes of tensors must match except in dimension {dim}. Expected {list(kept[0].shape)} but got "
                f"{list(x.shape)} for tensor number {i} in the list."
            )
    return ops.cat(kept, dim)


concat = concatenate = cat


@spelled
def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors of one shape side by side along a new dimension."""
    found = _joinable(tensors, "stack")
    for i, x in enumerate(found):
        if tuple(x.shape) != tuple(found[0].shape):
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(found[0].shape)} at entry 0 and "
                f"{list(x.shape)} at entry {i}"
            )
    return ops.stack(found, one_dim(dim, found[0].ndim + 1, "stack"))


def hstack(tensors: Sequence[Any]) -> Any:
    """Tensors side by side: along dimension 1, or 0 where they have but one."""
    found = [x if x.ndim else ops.reshape(x, (1,)) for x in tensors]
    return cat(found, 0 if found and found[0].ndim == 1 else 1)


def vstack(tensors: Sequence[Any]) -> Any:
    """Tensors one below the other: rows along dimension 0."""
    return cat([x if x.ndim > 1 else ops.reshape(x, (1, math.prod(x.shape))) for x in tensors], 0)


def split(x: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Pieces of a given length along dim (the last may be shorter), or of the lengths given; views."""
    dim = one_dim(dim, x.ndim, "split")
    if not x.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    length = x.shape[dim]
    if isinstance(split_size_or_sections, int):
        size = split_size_or_sections
        if size < 0 or (size == 0 and length):
            raise RuntimeError(f"split expects split_size be positive, but got split_size={size}")
        lengths = [min(size, length - start) for start in range(0, length, size)] if length else [0]
    else:
        lengths = list(split_size_or_sections)
        if sum(lengths) != length or any(n < 0 for n in lengths):
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {length} (input tensor's size at dimension "
                f"{dim}), but got split_sizes={lengths}"
            )
    starts = np.cumsum([0, *lengths]).tolist()
    return tuple(ops.narrow(x, dim, start, n) for start, n in zip(starts, lengths, strict=False))


def chunk(x: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most `chunks` pieces of equal length along dim (the last may be shorter); views."""
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    dim = one_dim(dim, x.ndim, "chunk")
    if not x.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if not x.shape[dim]:
        return tuple(ops.narrow(x, dim, 0, 0) for _ in range(chunks))
    return split(x, -(-x.shape[dim] // chunks), dim)


def tensor_split(x: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Pieces along dim, split before each index given, or into a number of pieces as equal as can be; views."""
    dim = one_dim(dim, x.ndim, "tensor_split")
    length = x.shape[dim]
    if isinstance(indices_or_sections, int):
        small, extra = divmod(length, indices_or_sections)
        lengths = [small + (i < extra) for i in range(indices_or_sections)]
        ends = np.cumsum([0, *lengths]).tolist()
    else:
        ends = [slice(None, i).indices(length)[1] for i in indices_or_sections]
        ends = [0, *ends, length]
    return tuple(ops.narrow(x, dim, a, max(b - a, 0)) for a, b in zip(ends, ends[1:], strict=False))


@spelled
def unbind(x: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along dim, without that dim; views."""
    dim = one_dim(dim, x.ndim, "unbind")
    if not x.ndim:
        raise RuntimeError("unbind: expected a tensor with at least one dimension")
    return tuple(ops.select(x, dim, i) for i in range(x.shape[dim]))


@spelled
def select(x: Any, dim: int, index: int) -> Any:
    """The slice at one index of dim, without that dim; a view."""
    dim = one_dim(dim, x.ndim, "select")
    if not x.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    if not -x.shape[dim] <= index < x.shape[dim]:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(x.shape)} at dimension {dim}"
        )
    return ops.select(x, dim, index % x.shape[dim])


@spelled
def narrow(x: Any, dim: int, start: int, length: int) -> Any:
    """The elements from start to start + length along dim; a view."""
    dim = one_dim(dim, x.ndim, "narrow")
    size = x.shape[dim]
    if not -size <= start <= size:
        raise IndexError(f"narrow: Dimension out of range (expected to be in range of [{-size}, {size}], but got {start})")
    start = start % size if start < 0 else start
    if length < 0 or start + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return ops.narrow(x, dim, start, length)


def _matrix(x: Any, name: str) -> None:
    if x.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions, not shape {list(x.shape)}")


@spelled
def tril(x: Any, diagonal: int = 0) -> Any:
    """The last two dimensions on and below a diagonal, 0 above it."""
    _matrix(x, "tril")
    return ops.tril(x, diagonal)


@spelled
def triu(x: Any, diagonal: int = 0) -> Any:
    """The last two dimensions on and above a diagonal, 0 below it."""
    _matrix(x, "triu")
    return ops.triu(x, diagonal)


@spelled
def diagonal(x: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The elements whose indices in dim1 and dim2 differ by offset, as the last dimension; a view."""
    dim1, dim2 = one_dim(dim1, x.ndim, "diagonal"), one_dim(dim2, x.ndim, "diagonal")
    if dim1 == dim2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return ops.diagonal(x, offset, dim1, dim2)


@spelled
def diag(x: Any, diagonal: int = 0) -> Any:
    """Of a vector, the matrix with it on a diagonal; of a matrix, that diagonal."""
    if x.ndim == 1:
        n = x.shape[0] + abs(diagonal)
        return ops.diagonal_scatter(x, (n, n), diagonal, 0, 1)
    if x.ndim == 2:
        return clone(ops.diagonal(x, diagonal, 0, 1))
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {x.ndim}D")


@spelled
def trace(x: Any) -> Any:
    """The sum of a matrix's diagonal."""
    if x.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {x.ndim}")
    return reduction.sum(ops.diagonal(x, 0, 0, 1), None, False)


def pad(x: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """x with a border: (before, after) of the last dimension, then of the one before it, and so on.

    Args:
        pad: an even number of widths; negative ones cut off (mode "constant" only).
        mode: "constant", "reflect", "replicate" or "circular".
        value: of a constant border, 0 by default.
    """
    widths = list(pad)
    if len(widths) % 2 or len(widths) > 2 * x.ndim:
        raise RuntimeError(
            f"pad: Padding length must be divisible by 2 and at most twice the number of dimensions of the input; got "
            f"{widths} for an input of {x.ndim} dimensions"
        )
    pairs = [(widths[i], widths[i + 1]) for i in range(0, len(widths), 2)]
    full = ((0, 0),) * (x.ndim - len(pairs)) + tuple(reversed(pairs))
    if mode == "constant":
        for (before, after), n in zip(full, x.shape, strict=True):
            if n + before + after < 0:
                raise RuntimeError(f"pad: the widths {widths} would leave a negative size of shape {list(x.shape)}")
        return ops.pad(x, full, 0.0 if value is None else value)
    kinds = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    if mode not in kinds:
        raise NotImplementedError(f"pad: unrecognised padding mode {mode}")
    if value is not None and value != 0:
        raise ValueError(f"pad: padding mode {mode!r} doesn't take in value argument")
    for dim, (before, after) in enumerate(full):
        limit = {"reflect": x.shape[dim] - 1, "circular": x.shape[dim]}.get(mode, math.inf)
        if max(before, after) > limit:
            raise RuntimeError(
                f"pad: Padding size should be less than the corresponding input dimension for mode {mode!r}, but got: "
                f"padding ({before}, {after}) at dimension {dim} of input {list(x.shape)}"
            )
        if before or after:
            index = np.pad(np.arange(x.shape[dim]), (before, after), mode=kinds[mode])  # type: ignore[call-overload]
            x = indexing.getitem(x, (*(slice(None) for _ in range(dim)), index))
    return x


def swapaxes(x: Any, axis0: int, axis1: int) -> Any:
    """Two dimensions swapped; a view."""
    return transpose(x, axis0, axis1)


moveaxis = movedim
swapdims = swapaxes
