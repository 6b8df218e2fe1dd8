"""Losses of classes with a margin as modules.

Each is the function of its name in `nn.functional`, with its options fixed.
"""

from __future__ import annotations

from ...tensors.tensor import Tensor
from .. import functional as F
from .base import _Loss, _WeightedLoss, check_options


class SoftMarginLoss(_Loss):
    """Logistic loss of two classes that are called 1 and -1: `nn.functional.soft_margin_loss`.

    It is log(1 + e**(-target input)).

    Args:
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each element.

    Call it with the input, scores of any shape (*) in a floating dtype, and the target, 1 or -1 for each, (*). It
    returns a Tensor (), or (*) for "none".

    Raises:
        TypeError: if input or target is not a Tensor.
        RuntimeError: if the shapes do not broadcast, or a Tensor is given to the constructor.
        ValueError: when called, for another reduction.

    >>> import tinygrad_lite as tl
    >>> tl.nn.SoftMarginLoss()(tl.zeros(2), tl.tensor([1.0, -1.0]))  # log 2
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """Binary cross entropy of sigmoid(input), a mean over classes: `nn.functional.multilabel_soft_margin_loss`.

    Args:
        weight: (C), a factor for each class; a buffer.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each sample.

    Call it with the input, scores (C), (N, C) or (*, C) in a floating dtype, and the target, 1 for each class of a
    sample and 0 for the others, in the shape of the input. It returns a Tensor (), or that shape without C for "none".

    Raises:
        TypeError: if input, target or weight is not a Tensor.
        RuntimeError: if the shapes do not broadcast, or a Tensor is given as an option other than weight.
        ValueError: when called, for another reduction.

    >>> import tinygrad_lite as tl
    >>> tl.nn.MultiLabelSoftMarginLoss()(tl.zeros(1, 3), tl.tensor([[1.0, 0.0, 1.0]]))  # log 2
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.multilabel_soft_margin_loss(input, target, weight=self.weight, reduction=self.reduction)


class MultiMarginLoss(_WeightedLoss):
    """Hinge loss of several classes: `nn.functional.multi_margin_loss`.

    It is Σ max(0, margin - input_t + input_i)ᵖ / C over the classes i other than the target t.

    Args:
        p: the power, 1 or 2.
        margin: by how much the score of the target is to exceed the others.
        weight: (C), a factor for each target class; a buffer.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each sample.

    Call it with the input, scores (C) or (N, C) in a floating dtype, and the target, class indices () or (N) in int64
    or uint8. It returns a Tensor (), or of the shape of the target for "none".

    Raises:
        TypeError: if input, target or weight is not a Tensor.
        ValueError: if p is neither 1 nor 2, or the weight is not a vector; when called, for another reduction.
        RuntimeError: if the shapes do not fit, or a Tensor is given as an option other than weight.
        IndexError: for a class index that is out of range.

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
        check_options(self, p=p, margin=margin)
        if p not in (1, 2):
            raise ValueError(f"only p == 1 and p == 2 supported, but MultiMarginLoss got p={p!r}")
        if weight is not None and weight.ndim != 1:
            raise ValueError(f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.ndim}D instead")
        self.p, self.margin = p, margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction
        )


class MultiLabelMarginLoss(_Loss):
    """Hinge loss of samples with several classes: `nn.functional.multilabel_margin_loss`.

    It is Σ max(0, 1 - input_t + input_i) / C over the targets t of a sample and the classes i that are not among them.

    Args:
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each sample.

    Call it with the input, scores (C) or (N, C) in a floating dtype, and the target, class indices in the same shape in
    int64 or uint8, of which those before the first -1 of a row count. It returns a Tensor (), or () or (N) for "none".

    Raises:
        TypeError: if input or target is not a Tensor.
        RuntimeError: if the shapes differ, or a Tensor is given to the constructor.
        IndexError: for a class index that is out of range.
        ValueError: when called, for another reduction.

    >>> import tinygrad_lite as tl
    >>> tl.nn.MultiLabelMarginLoss()(tl.tensor([[0.1, 0.2, 0.4, 0.8]]), tl.tensor([[3, 0, -1, 1]]))
    tensor(0.8500)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)
