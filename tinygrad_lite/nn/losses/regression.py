"""Regression losses as modules: each is the function of its name in `nn.functional`, with its options fixed."""

from __future__ import annotations

from ...tensors.tensor import Tensor
from .. import functional as F
from .base import _Loss, check_options


class MSELoss(_Loss):
    """Mean squared error, the mean of (input - target)²: `nn.functional.mse_loss`.

    Args:
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each element.

    Call it with the input, predictions of any shape (*) in a floating dtype, and the target, (*) in any dtype. It
    returns a Tensor (), or (*) for "none".

    Warns (UserWarning) if the shapes differ but broadcast.

    Raises:
        TypeError: if input or target is not a Tensor.
        RuntimeError: if the shapes do not broadcast, or a Tensor is given to the constructor.
        ValueError: when called, for another reduction.

    >>> import tinygrad_lite as tl
    >>> loss = tl.nn.MSELoss()
    >>> loss(tl.tensor([1.0, 2.0]), tl.tensor([1.0, 4.0]))
    tensor(2.)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """Mean absolute error, the mean of |input - target|: `nn.functional.l1_loss`.

    Args:
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each element.

    Call it with the input, predictions of any shape (*) in a floating dtype, and the target, (*) in any dtype but bool.
    It returns a Tensor (), or (*) for "none".

    Warns (UserWarning) if the shapes differ but broadcast.

    Raises:
        TypeError: if input or target is not a Tensor.
        RuntimeError: if the shapes do not broadcast, or a Tensor is given to the constructor.
        ValueError: when called, for another reduction.

    >>> import tinygrad_lite as tl
    >>> tl.nn.L1Loss()(tl.tensor([1.0, 2.0]), tl.tensor([1.0, 5.0]))
    tensor(1.5000)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """Absolute error that is rounded off near 0: `nn.functional.smooth_l1_loss`.

    For d = input - target it is d² / (2 beta) where |d| < beta, else |d| - beta / 2.

    Args:
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each element.
        beta: the difference at which the parabola becomes a line; with 0 it is the L1 loss.

    Call it with the input, predictions of any shape (*) in a floating dtype, and the target, (*) in any dtype. It
    returns a Tensor (), or (*) for "none".

    Warns (UserWarning) if the shapes differ but broadcast.

    Raises:
        TypeError: if input or target is not a Tensor.
        RuntimeError: if beta is negative, the shapes do not broadcast, or a Tensor is given to the constructor.
        ValueError: when called, for another reduction.

    >>> import tinygrad_lite as tl
    >>> tl.nn.SmoothL1Loss(reduction="none")(tl.tensor([0.5, 3.0]), tl.zeros(2))
    tensor([0.1250, 2.5000])
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        check_options(self, beta=beta)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """Squared error near 0 and absolute error far from it: `nn.functional.huber_loss`.

    For d = input - target it is d² / 2 where |d| <= delta, else delta (|d| - delta / 2).

    Args:
        reduction: "mean", "sum", or "none" for the loss of each element.
        delta: the difference at which the parabola becomes a line; above 0.

    Call it with the input, predictions of any shape (*) in a floating dtype, and the target, (*) in any dtype. It
    returns a Tensor (), or (*) for "none".

    Warns (UserWarning) if the shapes differ but broadcast.

    Raises:
        TypeError: if input or target is not a Tensor, or delta not a number.
        RuntimeError: if delta is not above 0, the shapes do not broadcast, or a Tensor is given as the reduction.
        ValueError: when called, for another reduction.

    >>> import tinygrad_lite as tl
    >>> tl.nn.HuberLoss(reduction="none", delta=2.0)(tl.tensor([0.5, 3.0]), tl.zeros(2))
    tensor([0.1250, 4.0000])
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        if not isinstance(delta, (float, int)):
            given = f" of shape {list(delta.shape)}" if isinstance(delta, Tensor) else ""
            raise TypeError(
                f"delta must be a float or int, got: {type(delta)}{given}. The loss is computed by calling it: "
                "HuberLoss()(input, target)"
            )
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)
