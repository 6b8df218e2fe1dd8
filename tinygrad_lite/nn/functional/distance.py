"""Distances between vectors, and the losses that are made of them, as functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...core.modes import call_in_mode, in_force, thread
from ...functions.arguments import one_dim
from ...functions.reduction import norm, sum
from ...functions.selection import clamp_min, where
from ...ops.elementwise import eq, minimum, ne, rsqrt, square
from ...tensors.tensor import Tensor
from .argument_types import as_number, check_tensors, scalar_type
from .loss_arguments import check_broadcast
from .loss_reduction import reduce_losses, resolve_reduction


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Cosine of the angle between vectors, x1·x2 / (max(‖x1‖, eps) max(‖x2‖, eps)), which lie along dim.

    Args:
        x1: of any shape (*, D, *) that broadcasts with that of x2, in a floating dtype, or any if x2 is floating.
        x2: likewise.
        dim: the dimension D, of the shape that both broadcast to. Its default is 1, as PyTorch's: for vectors (D) pass
            dim=0. Two 0-d Tensors are, for dim=0 or -1, vectors of one element.
        eps: keeps the result finite: the cosine with a vector of zeros is 0.

    Returns:
        A Tensor (*, *), the shape without D.

    Raises:
        TypeError: if x1 or x2 is not a Tensor, dim not a whole number, or eps not a number.
        IndexError: if there is no such dimension.
        RuntimeError: if both are whole numbers, or the shapes do not broadcast.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1.0, 0.0]])
    >>> tl.nn.functional.cosine_similarity(x, tl.tensor([[5.0, 5.0], [0.0, 3.0], [-2.0, 0.0]]))
    tensor([ 0.7071,  0.0000, -1.0000])
    """
    check_tensors("cosine_similarity", x1=x1, x2=x2)
    eps = as_number("cosine_similarity", "eps", 4, eps)
    if x1.dtype.kind != "f" and x2.dtype.kind != "f":
        raise RuntimeError(
            f"expected common dtype to be floating point, yet common dtype is {scalar_type(x1.dtype)}. "
            f"cosine_similarity: x1 is {x1.dtype} and x2 {x2.dtype}: convert one with .float()"
        )
    ndim = max(x1.ndim, x2.ndim)
    dim = one_dim(dim, ndim, "cosine_similarity") - max(ndim, 1)
    if not ndim:
        x1, x2 = x1.reshape(1), x2.reshape(1)
    check_broadcast("cosine_similarity", x1=x1, x2=x2)
    if min(x1.ndim, x2.ndim) < -dim or x1.shape[dim] != x2.shape[dim]:
        x1, x2 = x1 + 0 * x2, x2 + 0 * x1  # the norm must count every element of a vector that is broadcast along D
    return sum(_unit(x1, dim, eps) * _unit(x2, dim, eps), dim, False)


def _unit(x: Any, dim: int, eps: float) -> Any:
    """Return the vectors along dim at length 1. As in PyTorch, the bound of the length does not stop the gradient."""
    length = norm(x if x.dtype.kind == "f" else x.float(), 2, dim, True)
    if in_force(thread).tracer is not None or not length._data.min(initial=math.inf) >= eps:
        length = length.clone()
        call_in_mode(False, length.clamp_, eps)
    return x / length


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """Distance between vectors, ‖x1 - x2 + eps‖ₚ, along the last dimension.

    Args:
        x1: vectors (D), (N, D) or (*, D), of a shape that broadcasts with that of x2, in any numeric dtype.
        x2: likewise.
        p: of the norm (Σ |d|ᵖ)**(1 / p): 1 for the city block distance, 2 for Euclid's, inf for the largest |d|.
        eps: is added to each difference, so that the derivative is finite where x1 = x2.
        keepdim: keep the last dimension, with length 1.

    Returns:
        A Tensor (*), or (*, 1) with keepdim.

    Raises:
        TypeError: if x1 or x2 is not a Tensor, or p or eps not a number.
        RuntimeError: if the shapes do not broadcast.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.pairwise_distance(tl.tensor([[3.0, 4.0]]), tl.zeros(1, 2))
    tensor([5.0000])
    >>> tl.nn.functional.pairwise_distance(tl.tensor([[3.0, 4.0]]), tl.zeros(1, 2), p=1, eps=0)
    tensor([7.])
    """
    check_tensors("pairwise_distance", x1=x1, x2=x2)
    p = as_number("pairwise_distance", "p", 3, p)
    eps = as_number("pairwise_distance", "eps", 4, eps)
    check_broadcast("pairwise_distance", x1=x1, x2=x2)
    return norm(x1 - x2 + eps, p, -1, keepdim)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Loss of the angle between vectors: 1 - cos for pairs that belong together, max(0, cos - margin) for others.

    Args:
        input1: vectors (N, D), or one (D), in any numeric dtype.
        input2: the vectors to compare them with, likewise.
        target: 1 for pairs that belong together, -1 for others, (N) or (); for another number the loss is 0.
        margin: the cosine up to which a pair is apart, from -1 to 1; 0 to 0.5 is usual.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each pair.

    Returns:
        A Tensor (), or of the shape of the target for "none".

    Raises:
        TypeError: if an input or the target is not a Tensor, or margin not a number.
        RuntimeError: if the shapes do not fit.
        ValueError: for another reduction.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1.0, 0.0], [1.0, 0.0]])
    >>> tl.nn.functional.cosine_embedding_loss(x, x, tl.tensor([1, -1]), reduction="none")
    tensor([0., 1.])
    """
    check_tensors("cosine_embedding_loss", input1=input1, input2=input2, target=target)
    margin = as_number("cosine_embedding_loss", "margin", 4, margin)
    reduction = resolve_reduction(reduction, size_average, reduce)
    if target.ndim > 1:
        raise RuntimeError(
            "0D or 1D target tensor expected, multi-target not supported. cosine_embedding_loss: the target is "
            f"{list(target.shape)}, and needs one number for each pair: (N), or ()"
        )
    if {input1.ndim, input2.ndim} != {target.ndim + 1}:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found inputs with sizes "
            f"{list(input1.shape)} and {list(input2.shape)}. cosine_embedding_loss: a target (N) goes with vectors "
            "(N, D), a target () with vectors (D)"
        )
    check_broadcast("cosine_embedding_loss", input1=input1, input2=input2)
    squares = (sum(square(input1), -1, False) + 1e-12) * (sum(square(input2), -1, False) + 1e-12)
    cosine = sum(input1 * input2, -1, False) * rsqrt(squares)
    check_broadcast("cosine_embedding_loss", target=target, cosine=cosine)
    apart = where(eq(target, -1), clamp_min(cosine - margin, 0), 0)
    return reduce_losses(where(eq(target, 1), 1 - cosine, apart), reduction)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Loss of the order of two scores: max(0, -target (input1 - input2) + margin).

    Args:
        input1: scores of any shape (*), in any numeric dtype.
        input2: the scores to compare them with, (*).
        target: 1 where input1 is to be the larger, -1 where input2 is, (*).
        margin: by how much the one is to exceed the other.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each pair.

    Returns:
        A Tensor (), or (*) for "none".

    Raises:
        TypeError: if an input or the target is not a Tensor, or margin not a number.
        RuntimeError: if the numbers of dimensions differ, or the shapes do not broadcast.
        ValueError: for another reduction.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.margin_ranking_loss(tl.tensor([1.0]), tl.tensor([3.0]), tl.tensor([1.0]))
    tensor(2.)
    """
    check_tensors("margin_ranking_loss", input1=input1, input2=input2, target=target)
    margin = as_number("margin_ranking_loss", "margin", 4, margin)
    reduction = resolve_reduction(reduction, size_average, reduce)
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{input1.shape}, input2: {input2.shape}, target: {target.shape}"
        )
    check_broadcast("margin_ranking_loss", input1=input1, input2=input2, target=target)
    if isinstance(margin, int):
        margin = float(margin)  # so that scores in whole numbers, too, have a loss that has a mean
    return reduce_losses(clamp_min(-target * (input1 - input2) + margin, 0), reduction)


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Loss of distances: the distance for pairs that belong together, max(0, margin - distance) for others.

    Args:
        input: distances of any shape (*), in a floating dtype.
        target: 1 for pairs that belong together, -1 for others, (*); for another number the loss is the sum of both.
        margin: the distance from which a pair is apart.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each element.

    Returns:
        A Tensor (), or (*) for "none".

    Raises:
        TypeError: if input or target is not a Tensor, or margin not a number.
        RuntimeError: if the shapes do not broadcast.
        ValueError: for another reduction.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.hinge_embedding_loss(tl.tensor([0.5, 0.2]), tl.tensor([1, -1]), reduction="none")
    tensor([0.5000, 0.8000])
    """
    check_tensors("hinge_embedding_loss", input=input, target=target)
    margin = as_number("hinge_embedding_loss", "margin", 3, margin)
    check_broadcast("hinge_embedding_loss", target=target, input=input)
    reduction = resolve_reduction(reduction, size_average, reduce)
    apart = where(ne(target, 1), clamp_min(margin - input, 0), 0)
    return reduce_losses(apart + where(ne(target, -1), input, 0), reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Loss of distances to a like and an unlike vector: max(0, d(anchor, positive) - d(anchor, negative) + margin).

    The distance d is the `pairwise_distance`.

    Args:
        anchor: vectors (N, D), or one (D), in any numeric dtype.
        positive: vectors of the same class as the anchors, (N, D) or (D).
        negative: vectors of another class, (N, D) or (D).
        margin: by how much the distance to the negative is to exceed that to the positive; above 0.
        p: the norm of the distance.
        eps: is added to each difference, so that the derivative is finite where vectors are equal.
        swap: take the smaller of d(anchor, negative) and d(positive, negative).
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each triplet.

    Returns:
        A Tensor (), or (N) or () for "none".

    Source: Balntas et al., Learning shallow convolutional feature descriptors with triplet losses, 2016.

    Raises:
        TypeError: if a vector is not a Tensor, or margin, p or eps not a number.
        ValueError: if the margin is not above 0; for another reduction.
        RuntimeError: if the numbers of dimensions differ, or the shapes do not broadcast.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.triplet_margin_loss(tl.tensor([0.0]), tl.tensor([3.0]), tl.tensor([-2.0]))
    tensor(2.0000)
    """
    check_tensors("triplet_margin_loss", anchor=anchor, positive=positive, negative=negative)
    margin = as_number("triplet_margin_loss", "margin", 4, margin)
    p = as_number("triplet_margin_loss", "p", 5, p)
    eps = as_number("triplet_margin_loss", "eps", 6, eps)
    return _triplet_loss(
        "triplet_margin_loss",
        (anchor, positive, negative),
        lambda x, y: pairwise_distance(x, y, p, eps),
        margin,
        swap,
        resolve_reduction(reduction, size_average, reduce),
    )


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with any distance: max(0, d(anchor, positive) - d(anchor, negative) + margin).

    Args:
        anchor: points (N, *), in any dtype that the distance takes.
        positive: points of the same class as the anchors, (N, *).
        negative: points of another class, (N, *).
        distance_function: d, from two Tensors to one; by default the `pairwise_distance`.
        margin: by how much the distance to the negative is to exceed that to the positive; above 0.
        swap: take the smaller of d(anchor, negative) and d(positive, negative).
        reduction: "mean", "sum", or "none" for the loss of each triplet.

    Returns:
        A Tensor (), or of the shape of the distances for "none".

    Raises:
        TypeError: if a point is not a Tensor, margin not a number, or distance_function not one that returns a Tensor.
        ValueError: if the margin is not above 0; for another reduction.
        RuntimeError: if the numbers of dimensions differ.

    >>> import tinygrad_lite as tl
    >>> city_block = lambda x, y: (x - y).abs().sum(-1)
    >>> points = tl.tensor([[0.0, 0.0]]), tl.tensor([[1.0, 2.0]]), tl.tensor([[2.0, 0.0]])
    >>> tl.nn.functional.triplet_margin_with_distance_loss(*points, distance_function=city_block)
    tensor(2.)
    """
    name = "triplet_margin_with_distance_loss"
    check_tensors(name, anchor=anchor, positive=positive, negative=negative)
    margin = as_number(name, "margin", 5, margin)
    distance = pairwise_distance if distance_function is None else distance_function
    if not callable(distance):
        raise TypeError(
            f"'{type(distance).__name__}' object is not callable. {name}: distance_function is a function of two "
            f"Tensors, not {distance!r}"
        )
    return _triplet_loss(name, (anchor, positive, negative), distance, margin, swap, resolve_reduction(reduction))


def _triplet_loss(
    name: str, points: tuple[Tensor, Tensor, Tensor], distance: Any, margin: float, swap: bool, reduction: str
) -> Tensor:
    anchor, positive, negative = points
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}. It is that of {name}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs. {name}: their "
            f"shapes are {list(anchor.shape)}, {list(positive.shape)} and {list(negative.shape)}"
        )
    if name == "triplet_margin_loss":
        check_broadcast(name, anchor=anchor, positive=positive, negative=negative)
    near, far = distance(anchor, positive), distance(anchor, negative)
    if not isinstance(near, Tensor) or not isinstance(far, Tensor):
        raise TypeError(f"{name}: distance_function must return a Tensor, but returned {near!r} and {far!r}")
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduce_losses(clamp_min(margin + near - far, 0), reduction)
