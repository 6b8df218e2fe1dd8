"""Distances, and the losses that are made of them, as modules.

Each is the function of its name in `nn.functional`, with its options fixed.
"""

from __future__ import annotations

from collections.abc import Callable

from ...tensors.tensor import Tensor
from .. import functional as F
from ..module.module import Module
from .base import _Loss, check_options


class PairwiseDistance(Module):
    """Distance between vectors, ‖x1 - x2 + eps‖ₚ along the last dimension: `nn.functional.pairwise_distance`.

    Args:
        p: the norm: 1 for the city block distance, 2 for Euclid's, inf for the largest difference.
        eps: is added to each difference, so that the derivative is finite where vectors are equal.
        keepdim: keep the last dimension, with length 1.

    Call it with x1 and x2, (D), (N, D) or (*, D) in any numeric dtype. It returns a Tensor (*), or (*, 1) with keepdim.

    Raises:
        TypeError: if x1 or x2 is not a Tensor.
        RuntimeError: if the shapes do not broadcast, or a Tensor is given to the constructor.

    >>> import tinygrad_lite as tl
    >>> tl.nn.PairwiseDistance()(tl.tensor([[3.0, 4.0]]), tl.zeros(1, 2))
    tensor([5.0000])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        check_options(self, p=p, eps=eps, keepdim=keepdim)
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Compute the distances."""
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class CosineSimilarity(Module):
    """Cosine of the angle between vectors, x1·x2 / (‖x1‖ ‖x2‖): `nn.functional.cosine_similarity`.

    Args:
        dim: the dimension along which the vectors lie; for vectors (D) it is 0.
        eps: the least length that is divided by.

    Call it with x1 and x2, (*, D, *) in a floating dtype. It returns a Tensor (*, *), the shape without D.

    Raises:
        TypeError: if x1 or x2 is not a Tensor.
        IndexError: if there is no such dimension.
        RuntimeError: if the shapes do not broadcast, or a Tensor is given to the constructor.

    >>> import tinygrad_lite as tl
    >>> tl.nn.CosineSimilarity()(tl.tensor([[1.0, 0.0]]), tl.tensor([[1.0, 1.0]]))  # √(1/2)
    tensor([0.7071])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        check_options(self, dim=dim, eps=eps)
        self.dim, self.eps = dim, eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Compute the cosines."""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class _MarginLoss(_Loss):
    """A loss of pairs with a margin."""

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        check_options(self, margin=margin)
        self.margin = margin


class CosineEmbeddingLoss(_MarginLoss):
    """Loss of the angle between vectors: `nn.functional.cosine_embedding_loss`.

    It is 1 - cos for pairs that belong together, and max(0, cos - margin) for others.

    Args:
        margin: the cosine up to which a pair is apart, from -1 to 1.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each pair.

    Call it with input1 and input2, vectors (N, D) or (D) in any numeric dtype, and the target, 1 for pairs that belong
    together and -1 for others, (N) or (). It returns a Tensor (), or of the shape of the target for "none".

    Raises:
        TypeError: if an input or the target is not a Tensor.
        RuntimeError: if the shapes do not fit, or a Tensor is given to the constructor.
        ValueError: when called, for another reduction.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1.0, 0.0], [1.0, 0.0]])
    >>> tl.nn.CosineEmbeddingLoss(margin=0.25, reduction="none")(x, x, tl.tensor([1, -1]))
    tensor([0.0000, 0.7500])
    """

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class MarginRankingLoss(_MarginLoss):
    """Loss of the order of two scores, max(0, -target (input1 - input2) + margin): `nn.functional.margin_ranking_loss`.

    Args:
        margin: by how much the one score is to exceed the other.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each pair.

    Call it with input1 and input2, scores of any shape (*) in any numeric dtype, and the target, 1 where input1 is to
    be the larger and -1 where input2 is, (*). It returns a Tensor (), or (*) for "none".

    Raises:
        TypeError: if an input or the target is not a Tensor.
        RuntimeError: if the shapes do not fit, or a Tensor is given to the constructor.
        ValueError: when called, for another reduction.

    >>> import tinygrad_lite as tl
    >>> tl.nn.MarginRankingLoss()(tl.tensor([1.0]), tl.tensor([3.0]), tl.tensor([1.0]))
    tensor(2.)
    """

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class HingeEmbeddingLoss(_MarginLoss):
    """Loss of distances: `nn.functional.hinge_embedding_loss`.

    It is the distance for pairs that belong together, and max(0, margin - distance) for others.

    Args:
        margin: the distance from which a pair is apart.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each element.

    Call it with the input, distances of any shape (*) in a floating dtype, and the target, 1 for pairs that belong
    together and -1 for others, (*). It returns a Tensor (), or (*) for "none".

    Raises:
        TypeError: if input or target is not a Tensor.
        RuntimeError: if the shapes do not broadcast, or a Tensor is given to the constructor.
        ValueError: when called, for another reduction.

    >>> import tinygrad_lite as tl
    >>> tl.nn.HingeEmbeddingLoss(reduction="none")(tl.tensor([0.5, 0.2]), tl.tensor([1, -1]))
    tensor([0.5000, 0.8000])
    """

    def __init__(
        self,
        margin: float = 1.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(margin, size_average, reduce, reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class TripletMarginLoss(_Loss):
    """Loss of distances to a like and an unlike vector: `nn.functional.triplet_margin_loss`.

    It is max(0, d(anchor, positive) - d(anchor, negative) + margin), with the `pairwise_distance` d.

    Args:
        margin: by how much the distance to the negative is to exceed that to the positive; above 0.
        p: the norm of the distance.
        eps: is added to each difference, so that the derivative is finite where vectors are equal.
        swap: take the smaller of d(anchor, negative) and d(positive, negative).
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each triplet.

    Call it with the anchor, the positive and the negative, (N, D) or (D) in any numeric dtype. It returns a Tensor (),
    or (N) or () for "none".

    Raises:
        TypeError: if a vector is not a Tensor.
        ValueError: if the margin is not above 0; when called, for another reduction.
        RuntimeError: if the shapes do not fit, or a Tensor is given to the constructor.

    >>> import tinygrad_lite as tl
    >>> tl.nn.TripletMarginLoss(p=1)(tl.tensor([0.0]), tl.tensor([3.0]), tl.tensor([-2.0]))
    tensor(2.0000)
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        check_options(self, margin=margin, p=p, eps=eps, swap=swap)
        if margin <= 0:
            raise ValueError(f"TripletMarginLoss: expected margin to be greater than 0, got {margin} instead")
        self.margin, self.p, self.eps, self.swap = margin, p, eps, swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Compute the loss."""
        return F.triplet_margin_loss(
            anchor,
            positive,
            negative,
            margin=self.margin,
            p=self.p,
            eps=self.eps,
            swap=self.swap,
            reduction=self.reduction,
        )


class TripletMarginWithDistanceLoss(_Loss):
    """`TripletMarginLoss` with any distance: `nn.functional.triplet_margin_with_distance_loss`.

    Args:
        distance_function: d, from two Tensors to one; by default a `PairwiseDistance`. A Module becomes a child.
        margin: by how much the distance to the negative is to exceed that to the positive; above 0.
        swap: take the smaller of d(anchor, negative) and d(positive, negative).
        reduction: "mean", "sum", or "none" for the loss of each triplet.

    Call it with the anchor, the positive and the negative, (N, *) in any dtype that the distance takes. It returns a
    Tensor (), or of the shape of the distances for "none".

    Raises:
        TypeError: if a point is not a Tensor, or an option is given by its place.
        ValueError: if the margin is not above 0; when called, for another reduction.
        RuntimeError: if the numbers of dimensions differ, or a Tensor is given to the constructor.

    >>> import tinygrad_lite as tl
    >>> loss = tl.nn.TripletMarginWithDistanceLoss(distance_function=lambda x, y: (x - y).abs().sum(-1))
    >>> loss(tl.tensor([[0.0, 0.0]]), tl.tensor([[1.0, 2.0]]), tl.tensor([[2.0, 0.0]]))
    tensor(2.)
    """

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        check_options(self, distance_function=distance_function, margin=margin, swap=swap)
        if margin <= 0:
            raise ValueError(
                f"TripletMarginWithDistanceLoss: expected margin to be greater than 0, got {margin} instead"
            )
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.margin, self.swap = margin, swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Compute the loss."""
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )
