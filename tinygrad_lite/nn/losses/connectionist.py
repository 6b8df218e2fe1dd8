"""The loss of connectionist temporal classification, as a module."""

from __future__ import annotations

from ...tensors.tensor import Tensor
from .. import functional as F
from ..functional.connectionist import Lengths
from .base import _Loss, check_options


class CTCLoss(_Loss):
    """Connectionist temporal classification: `nn.functional.ctc_loss`.

    Args:
        blank: the class that stands for none.
        reduction: "mean", of the losses divided by the lengths of their targets; "sum"; or "none".
        zero_infinity: whether a target that is too long for its sequence counts 0, rather than ∞.

    Call it with log-probabilities (T, N, C) in a floating dtype, the targets (N, S) or one after the other, and the
    lengths (N,) of both. It returns a Tensor (), or (N,) for "none".

    Raises:
        RuntimeError: when called, for shapes, lengths and classes that do not fit.
        ValueError: when called, for another reduction.

    >>> import tinygrad_lite as tl
    >>> even = tl.full((3, 1, 2), 0.5).log()
    >>> tl.nn.CTCLoss()(even, tl.tensor([[1]]), [3], [1]).exp()
    tensor(1.3333)
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction=reduction)
        check_options(self, zero_infinity=zero_infinity)
        self.blank, self.zero_infinity = blank, zero_infinity

    def forward(self, log_probs: Tensor, targets: Tensor, input_lengths: Lengths, target_lengths: Lengths) -> Tensor:
        """Compute the loss."""
        return F.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )
