"""Negative logarithms of likelihoods, and the divergence of distributions, as modules.

Each is the function of its name in `nn.functional`, with its options fixed.
"""

from __future__ import annotations

from ...tensors.tensor import Tensor
from .. import functional as F
from .base import _Loss, check_options


class PoissonNLLLoss(_Loss):
    """Negative log-likelihood of counts under Poisson distributions: `nn.functional.poisson_nll_loss`.

    It is e**input - target input or, for log_input=False, input - target log(input + eps).

    Args:
        log_input: whether the input is the logarithms of the predicted means, or these themselves.
        full: add Stirling's approximation of log target!, which no prediction changes.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        eps: keeps the logarithm finite for log_input=False.
        reduction: "mean", "sum", or "none" for the loss of each element.

    Call it with the input, of any shape (*) in a floating dtype, and the target, counts (*) in any dtype. It returns a
    Tensor (), or (*) for "none".

    Raises:
        TypeError: if input or target is not a Tensor.
        RuntimeError: if the shapes do not broadcast, or a Tensor is given to the constructor.
        ValueError: when called, for another reduction.

    >>> import tinygrad_lite as tl
    >>> tl.nn.PoissonNLLLoss()(tl.zeros(2), tl.tensor([1.0, 3.0]))
    tensor(1.)
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        check_options(self, log_input=log_input, full=full, eps=eps)
        self.log_input, self.full, self.eps = log_input, full, eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.poisson_nll_loss(
            log_input, target, log_input=self.log_input, full=self.full, eps=self.eps, reduction=self.reduction
        )


class GaussianNLLLoss(_Loss):
    """Negative log-likelihood under normal distributions: `nn.functional.gaussian_nll_loss`.

    It is (log v + (input - target)² / v) / 2, for v = max(var, eps).

    Args:
        full: add the constant log(2π) / 2.
        eps: the least variance that is used.
        reduction: "mean", "sum", or "none" for the loss of each element.

    Call it with the input, predicted means of any shape (*) in a floating dtype, the target, (*), and var, the
    predicted variances: (*), or without its last dimension, or a number. It returns a Tensor (), or (*) for "none".

    Raises:
        TypeError: if input or target is not a Tensor, or an option is given by its place.
        ValueError: if a variance is negative, or their shape does not fit; when called, for another reduction.
        RuntimeError: if input and target do not broadcast, or a Tensor is given to the constructor.

    >>> import tinygrad_lite as tl
    >>> tl.nn.GaussianNLLLoss()(tl.zeros(2), tl.tensor([0.0, 2.0]), tl.ones(2))
    tensor(1.)
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        check_options(self, full=full, eps=eps)
        self.full, self.eps = full, eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        """Compute the loss."""
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


class KLDivLoss(_Loss):
    """Kullback-Leibler divergence KL(target ‖ e**input): `nn.functional.kl_div`.

    It is the sum of target (log target - input). Note that the input is log-probabilities and the target probabilities.

    Args:
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "batchmean", which is the divergence by its definition: the sum divided by N; "mean", divided by the
            number of all elements (and warns of that); "sum"; or "none" for the terms.
        log_target: True if the target is log-probabilities too.

    Call it with the input, log-probabilities (N, *) in a floating dtype, and the target, probabilities (N, *) in a
    floating dtype. It returns a Tensor (), or (N, *) for "none".

    Raises:
        TypeError: if input or target is not a Tensor.
        RuntimeError: if one is of whole numbers, the shapes do not broadcast, or a Tensor is given to the constructor.
        ValueError: when called, for another reduction.

    >>> import tinygrad_lite as tl
    >>> p, q = tl.tensor([[0.5, 0.5]]), tl.tensor([[0.25, 0.75]])
    >>> tl.nn.KLDivLoss(reduction="batchmean")(q.log(), p)
    tensor(0.1438)
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        check_options(self, log_target=log_target)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compute the loss."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)
