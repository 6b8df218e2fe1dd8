"""Losses of classes as modules: each is the function of its name in `nn.functional`, with its options fixed."""

from __future__ import annotations

from ...tensors.tensor import Tensor
from .. import functional as F
from .base import _WeightedLoss, check_class_weight_option, check_options, check_weight


class CrossEntropyLoss(_WeightedLoss):
    """Cross entropy of logits, -log softmax(input)_t for the target class t: `nn.functional.cross_entropy`.

    Args:
        weight: (C), a factor for each class; a buffer. "mean" then divides by the sum of the weights of the targets.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        ignore_index: targets of this class count for nothing.
        reduction: "mean", "sum", or "none" for the loss of each sample.
        label_smoothing: the part of each target, from 0 to 1, that is spread evenly over all classes.

    Call it with the input, logits (C), (N, C) or (N, C, d1, …) in a floating dtype, and the target: class indices (),
    (N) or (N, d1, …) in int64 or uint8, or probabilities in the shape of the input. It returns a Tensor (), or of the
    shape of the class indices for "none".

    Warns once (UserWarning) if the rows of the input are probabilities already.

    Raises:
        TypeError: if input, target or weight is not a Tensor.
        IndexError: for a class index that is out of range.
        ValueError: if there are not as many targets as samples; when called, for another reduction.
        RuntimeError: for a target of another dtype, shapes that do not fit, or logits given to the constructor.

    >>> import tinygrad_lite as tl
    >>> loss = tl.nn.CrossEntropyLoss()
    >>> loss(tl.tensor([[2.0, 0.0], [0.0, 2.0]]), tl.tensor([0, 1]))  # log(1 + e**-2)
    tensor(0.1269)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        check_class_weight_option(self, weight)
        check_options(self, ignore_index=ignore_index, label_smoothing=label_smoothing)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.cross_entropy(
            input,
            target,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(_WeightedLoss):
    """Negative log-likelihood of classes, -input_t for the target class t: `nn.functional.nll_loss`.

    Args:
        weight: (C), a factor for each class; a buffer. "mean" then divides by the sum of the weights of the targets.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        ignore_index: targets of this class count for nothing.
        reduction: "mean", "sum", or "none" for the loss of each sample.

    Call it with the input, log-probabilities (C), (N, C) or (N, C, d1, …) in a floating dtype, and the target, class
    indices (), (N) or (N, d1, …) in int64 or uint8. It returns a Tensor (), or of the shape of the target for "none".

    Warns once (UserWarning) if the rows of the input are probabilities instead of their logarithms.

    Raises:
        TypeError: if input, target or weight is not a Tensor.
        IndexError: for a class index that is out of range.
        ValueError: if there are not as many targets as samples; when called, for another reduction.
        RuntimeError: for a target of another dtype, shapes that do not fit, or an input given to the constructor.

    >>> import tinygrad_lite as tl
    >>> tl.nn.NLLLoss()(tl.tensor([[-0.5, -1.0]]), tl.tensor([1]))
    tensor(1.)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        check_class_weight_option(self, weight)
        check_options(self, ignore_index=ignore_index)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.nll_loss(input, target, weight=self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class BCELoss(_WeightedLoss):
    """Binary cross entropy of probabilities: `nn.functional.binary_cross_entropy`.

    It is -target log(input) - (1 - target) log(1 - input), with each logarithm at least -100.

    Args:
        weight: factors, of a shape that broadcasts to that of the input; a buffer.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each element.

    Call it with the input, probabilities of any shape (*) in a floating dtype, and the target, from 0 to 1, (*) in the
    same dtype. It returns a Tensor (), or (*) for "none".

    Raises:
        TypeError: if input, target or weight is not a Tensor.
        ValueError: if the shapes differ; when called, for another reduction.
        RuntimeError: if an element is not from 0 to 1, or the dtypes differ.

    >>> import tinygrad_lite as tl
    >>> tl.nn.BCELoss(reduction="none")(tl.tensor([0.5, 1.0]), tl.tensor([1.0, 0.0]))
    tensor([  0.6931, 100.0000])
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.binary_cross_entropy(input, target, weight=self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_WeightedLoss):
    """Binary cross entropy of logits: `nn.functional.binary_cross_entropy_with_logits`.

    It is -target log sigmoid(input) - (1 - target) log(1 - sigmoid(input)), computed without loss of precision.

    Args:
        weight: factors, of a shape that broadcasts to that of the input; a buffer.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each element.
        pos_weight: factors for the term of the positive targets, of a shape that broadcasts to that of the input; a
            buffer.

    Call it with the input, logits of any shape (*) in a floating dtype, and the target, from 0 to 1, (*) in a floating
    dtype. It returns a Tensor (), or (*) for "none".

    Raises:
        TypeError: if input, target or a weight is not a Tensor.
        ValueError: if the shapes differ; when called, for another reduction.
        RuntimeError: if the target is of whole numbers, or a weight does not broadcast.

    >>> import tinygrad_lite as tl
    >>> tl.nn.BCEWithLogitsLoss(pos_weight=tl.tensor(2.0))(tl.zeros(1), tl.ones(1))  # 2 log 2
    tensor(1.3863)
    """

    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        check_weight(self, "pos_weight", pos_weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, pos_weight=self.pos_weight, reduction=self.reduction
        )
