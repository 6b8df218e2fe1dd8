"""Distances between vectors, and the losses that are made of them.

Every `reduction` is "mean", "sum" or "none"; `size_average` and `reduce` are its old, deprecated names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...autograd.grad_modes import no_grad
from ...functions.arguments import one_dim
from ...functions.reduction import norm
from ...functions.selection import clamp_min, where
from ...ops.elementwise import eq, minimum, ne, rsqrt, square
from ...ops.reduction import sum
from ...tensors.tensor import Tensor
from .loss_reduction import reduced, resolved, same_dims


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Any:
    """x1·x2 / (max(‖x1‖, eps) max(‖x2‖, eps)) along dim of the shape that both broadcast to.

    Raises:
        RuntimeError: if both are whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.cosine_similarity(tl.tensor([[1.0, 0.0]]), tl.tensor([[1.0, 1.0]]))
    tensor([0.7071])
    """
    if x1.dtype.kind != "f" and x2.dtype.kind != "f":
        raise RuntimeError(
            f"cosine_similarity: expected common dtype to be floating point, yet common dtype is {x1.dtype}: convert "
            "with .float()"
        )
    dim = one_dim(dim, max(x1.ndim, x2.ndim), "cosine_similarity") - max(x1.ndim, x2.ndim)
    if min(x1.ndim, x2.ndim) < -dim or x1.shape[dim] != x2.shape[dim]:  # a vector that broadcasts has another norm
        x1, x2 = x1 + 0 * x2, x2 + 0 * x1
    return sum(_unit(x1, dim, eps) * _unit(x2, dim, eps), dim, False)


def _unit(x: Any, dim: int, eps: float) -> Any:
    length = norm(x if x.dtype.kind == "f" else x.float(), 2, dim, True).clone()
    with no_grad():  # as PyTorch does: the bound does not stop the gradient
        length.clamp_(min=eps)
    return x / length


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """‖x1 - x2 + eps‖ₚ along the last dimension of the shape that both broadcast to.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.pairwise_distance(tl.tensor([[3.0, 4.0]]), tl.zeros(1, 2))
    tensor([5.0000])
    """
    return norm(x1 - x2 + eps, p, -1, keepdim)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """1 - cos(input1, input2) where the target is 1, max(0, cos - margin) where it is -1.

    Args:
        input1, input2: (N, D) with a target (N), or (D) with a target ().

    Raises:
        RuntimeError: for other shapes.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1.0, 0.0], [1.0, 0.0]])
    >>> tl.nn.functional.cosine_embedding_loss(x, x, tl.tensor([1, -1]), reduction="none")
    tensor([0., 1.])
    """
    reduction = resolved(reduction, size_average, reduce)
    if target.ndim > 1:
        raise RuntimeError(
            f"cosine_embedding_loss: 0D or 1D target tensor expected, multi-target not supported: {list(target.shape)}"
        )
    if {input1.ndim, input2.ndim} != {target.ndim + 1}:
        raise RuntimeError(
            f"cosine_embedding_loss: {target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found "
            f"inputs with sizes {list(input1.shape)} and {list(input2.shape)}."
        )
    squares = (sum(square(input1), -1, False) + 1e-12) * (sum(square(input2), -1, False) + 1e-12)
    cosine = sum(input1 * input2, -1, False) * rsqrt(squares)
    apart = where(eq(target, -1), clamp_min(cosine - margin, 0), 0)
    return reduced(where(eq(target, 1), 1 - cosine, apart), reduction)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """max(0, -target (input1 - input2) + margin): target 1 ranks input1 higher, -1 lower.

    Raises:
        RuntimeError: if the numbers of dimensions differ.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.margin_ranking_loss(tl.tensor([1.0]), tl.tensor([3.0]), tl.tensor([1.0]))
    tensor(2.)
    """
    reduction = resolved(reduction, size_average, reduce)
    same_dims("margin_ranking_loss", "input1 input2 target", (input1, input2, target))
    return reduced(clamp_min(-target * (input1 - input2) + margin, 0), reduction)


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """input where the target is 1, max(0, margin - input) where it is -1; the input is a distance, of any shape.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.hinge_embedding_loss(tl.tensor([0.5, 0.2]), tl.tensor([1, -1]), reduction="none")
    tensor([0.5000, 0.8000])
    """
    reduction = resolved(reduction, size_average, reduce)
    apart = where(ne(target, 1), clamp_min(margin - input, 0), 0)
    return reduced(apart + where(ne(target, -1), input, 0), reduction)


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
) -> Any:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), d the `pairwise_distance`, for (N, D) or (D).

    Args:
        swap: take the smaller of d(anchor, negative) and d(positive, negative) (Balntas et al., 2016).

    Raises:
        ValueError: if the margin is not positive.
        RuntimeError: if the numbers of dimensions differ.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.triplet_margin_loss(tl.tensor([0.0]), tl.tensor([3.0]), tl.tensor([-2.0]))
    tensor(2.0000)
    """
    return _triplet(
        "triplet_margin_loss",
        (anchor, positive, negative),
        lambda x, y: pairwise_distance(x, y, p, eps),
        margin,
        swap,
        resolved(reduction, size_average, reduce),
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
) -> Any:
    """`triplet_margin_loss` with a distance of one's own.

    >>> import tinygrad_lite as tl
    >>> city_block = lambda x, y: (x - y).abs().sum(-1)
    >>> points = tl.tensor([[0.0, 0.0]]), tl.tensor([[1.0, 2.0]]), tl.tensor([[2.0, 0.0]])
    >>> tl.nn.functional.triplet_margin_with_distance_loss(*points, distance_function=city_block)
    tensor(2.)
    """
    distance = pairwise_distance if distance_function is None else distance_function
    points = (anchor, positive, negative)
    return _triplet("triplet_margin_with_distance_loss", points, distance, margin, swap, resolved(reduction))


def _triplet(
    name: str, points: tuple[Tensor, Tensor, Tensor], distance: Any, margin: float, swap: bool, reduction: str
) -> Any:
    if margin <= 0:
        raise ValueError(f"{name}: margin must be greater than 0, got {margin}")
    same_dims(name, "anchor positive negative", points)
    anchor, positive, negative = points
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduced(clamp_min(margin + near - far, 0), reduction)
