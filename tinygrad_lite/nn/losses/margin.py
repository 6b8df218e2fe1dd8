"""Losses with a margin, and distances, as modules: each is the function of its name in `nn.functional`.

Every `reduction` is "mean", "sum" or "none"; `size_average` and `reduce` are its old, deprecated names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...tensors.tensor import Tensor
from .. import functional as F
from ..module.module import Module
from .loss import _Loss, _WeightedLoss


class PairwiseDistance(Module):
    """‖x1 - x2 + eps‖ₚ along the last dimension: `nn.functional.pairwise_distance`.

    >>> import tinygrad_lite as tl
    >>> tl.nn.PairwiseDistance()(tl.tensor([[3.0, 4.0]]), tl.zeros(1, 2))
    tensor([5.0000])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Any:
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class CosineSimilarity(Module):
    """x1·x2 / (‖x1‖ ‖x2‖) along dim: `nn.functional.cosine_similarity`.

    >>> import tinygrad_lite as tl
    >>> tl.nn.CosineSimilarity()(tl.tensor([[1.0, 0.0]]), tl.tensor([[1.0, 1.0]]))
    tensor([0.7071])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Tensor, x2: Tensor) -> Any:
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
        self.margin = margin


class CosineEmbeddingLoss(_MarginLoss):
    """1 - cos(input1, input2) for target 1, max(0, cos - margin) for -1: `nn.functional.cosine_embedding_loss`.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1.0, 0.0], [1.0, 0.0]])
    >>> tl.nn.CosineEmbeddingLoss(margin=0.25, reduction="none")(x, x, tl.tensor([1, -1]))
    tensor([0.0000, 0.7500])
    """

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Any:
        return F.cosine_embedding_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class MarginRankingLoss(_MarginLoss):
    """max(0, -target (input1 - input2) + margin): `nn.functional.margin_ranking_loss`.

    >>> import tinygrad_lite as tl
    >>> tl.nn.MarginRankingLoss()(tl.tensor([1.0]), tl.tensor([3.0]), tl.tensor([1.0]))
    tensor(2.)
    """

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Any:
        return F.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class HingeEmbeddingLoss(_MarginLoss):
    """input for target 1, max(0, margin - input) for -1: `nn.functional.hinge_embedding_loss`.

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

    def forward(self, input: Tensor, target: Tensor) -> Any:
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class TripletMarginLoss(_Loss):
    """max(0, ‖anchor - positive‖ₚ - ‖anchor - negative‖ₚ + margin): `nn.functional.triplet_margin_loss`.

    Raises:
        ValueError: if the margin is not positive.

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
        if margin <= 0:
            raise ValueError(f"TripletMarginLoss: expected margin to be greater than 0, got {margin} instead")
        self.margin, self.p, self.eps, self.swap = margin, p, eps, swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Any:
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
    """The triplet loss with a distance of one's own: `nn.functional.triplet_margin_with_distance_loss`.

    Args:
        distance_function: of two Tensors (N, D); by default a `PairwiseDistance`. A Module becomes a child.

    Raises:
        ValueError: if the margin is not positive.

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
        if margin <= 0:
            raise ValueError(
                f"TripletMarginWithDistanceLoss: expected margin to be greater than 0, got {margin} instead"
            )
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.margin, self.swap = margin, swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Any:
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )


class SoftMarginLoss(_Loss):
    """log(1 + e**(-target input)), for targets 1 and -1: `nn.functional.soft_margin_loss`.

    >>> import tinygrad_lite as tl
    >>> tl.nn.SoftMarginLoss()(tl.zeros(2), tl.tensor([1.0, -1.0]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Any:
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class MultiLabelMarginLoss(_Loss):
    """Σ max(0, 1 - input_t + input_i) / C over targets t and other classes i: `nn.functional.multilabel_margin_loss`.

    >>> import tinygrad_lite as tl
    >>> tl.nn.MultiLabelMarginLoss()(tl.tensor([[0.1, 0.2, 0.4, 0.8]]), tl.tensor([[3, 0, -1, 1]]))
    tensor(0.8500)
    """

    def forward(self, input: Tensor, target: Tensor) -> Any:
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """The classes' mean binary cross entropy of sigmoid(input): `nn.functional.multilabel_soft_margin_loss`.

    >>> import tinygrad_lite as tl
    >>> tl.nn.MultiLabelSoftMarginLoss()(tl.zeros(1, 3), tl.tensor([[1.0, 0.0, 1.0]]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Any:
        return F.multilabel_soft_margin_loss(input, target, weight=self.weight, reduction=self.reduction)


class MultiMarginLoss(_WeightedLoss):
    """Σ max(0, margin - input_t + input_i)ᵖ / C over classes i but the target t: `nn.functional.multi_margin_loss`.

    Raises:
        ValueError: if p is neither 1 nor 2, or the weight is no vector.

    >>> import tinygrad_lite as tl
    >>> tl.nn.MultiMarginLoss()(tl.tensor([[0.1, 0.2, 0.4, 0.8]]), tl.tensor([3]))
    tensor(0.3250)
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError("only p == 1 and p == 2 supported")
        if weight is not None and weight.ndim != 1:
            raise ValueError(f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.ndim}D instead")
        self.p, self.margin = p, margin

    def forward(self, input: Tensor, target: Tensor) -> Any:
        return F.multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction
        )
