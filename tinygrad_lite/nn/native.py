"""Functions of layers as `torch` itself has them: `torch.dropout(x, p, train)`, `torch.batch_norm(x, weight, …)`.

They are those of `nn.functional`, with the arguments of PyTorch's native functions: by position, in their own order,
and numbers where `nn.functional` has words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.argument_types import type_name
from ..tensors.tensor import Tensor
from . import functional as F
from .functional.loss_reduction import reduce_losses


class _Names(dict[int, str]):
    """The strings that an enumeration argument of PyTorch's native functions encodes as 0, 1, 2 …"""

    def __init__(self, argument: str, *names: str) -> None:
        super().__init__(enumerate(names))
        self.argument = argument

    def __getitem__(self, key: Any) -> str:
        if not isinstance(key, int):
            raise TypeError(f"argument '{self.argument}' must be int, not {type_name(key)}")
        if key not in self:
            raise ValueError(f"argument '{self.argument}' must be one of {[*self]}, but got {key}")
        return super().__getitem__(key)


_REDUCTIONS = _Names("reduction", "none", "mean", "sum")
_INTERPOLATIONS = _Names("interpolation_mode", "bilinear", "nearest", "bicubic")
_PADDINGS = _Names("padding_mode", "zeros", "border", "reflection")


def _dropped(function: Callable[..., Any], input: Tensor, p: float, train: bool, inplace: bool = False) -> Any:
    try:
        return function(input, p, train, inplace)
    except ValueError as error:
        raise RuntimeError(str(error)) from None


def dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Zeros at random, and what is left scaled by 1 / (1 - p): `nn.functional.dropout` with its arguments by position.

    Args:
        input: of a floating dtype and any shape.
        p: the probability of a 0, from 0 to 1.
        train: whether to drop; otherwise the input is returned.

    Raises:
        RuntimeError: for a p that is not from 0 to 1.

    >>> import tinygrad_lite as tl
    >>> tl.dropout(tl.ones(3), 0.5, False)
    tensor([1., 1., 1.])
    """
    return _dropped(F.dropout, input, p, train)


def dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """`dropout` in place.

    Args:
        input: of a floating dtype and any shape.
        p: the probability of a 0, from 0 to 1.
        train: whether to drop.

    Raises:
        RuntimeError: for a p that is not from 0 to 1.

    >>> import tinygrad_lite as tl
    >>> tl.dropout_(tl.ones(3), 1.0, True)
    tensor([0., 0., 0.])
    """
    return _dropped(F.dropout, input, p, train, True)


def alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """Dropout that keeps mean and variance of what SELU makes: `nn.functional.alpha_dropout`.

    Args:
        input: of a floating dtype and any shape.
        p: the probability of an element to be dropped, from 0 to 1.
        train: whether to drop.

    Raises:
        RuntimeError: for a p that is not from 0 to 1.

    >>> import tinygrad_lite as tl
    >>> tl.alpha_dropout(tl.ones(3), 0.5, False)
    tensor([1., 1., 1.])
    """
    return _dropped(F.alpha_dropout, input, p, train)


def alpha_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """`alpha_dropout` in place.

    Args:
        input: of a floating dtype and any shape.
        p: the probability of an element to be dropped, from 0 to 1.
        train: whether to drop.

    Raises:
        RuntimeError: for a p that is not from 0 to 1.

    >>> import tinygrad_lite as tl
    >>> tl.alpha_dropout_(tl.ones(3), 0.5, False)
    tensor([1., 1., 1.])
    """
    return _dropped(F.alpha_dropout, input, p, train, True)


def batch_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """Normalization of each channel over the batch: `nn.functional.batch_norm` with its arguments in another order.

    Args:
        input: (N, C, *) of a floating dtype.
        weight, bias: (C,), what the result is scaled by, and what is added, if given.
        running_mean, running_var: (C,), the averages, which are updated when `training`, and used when not.
        training: whether to use the statistics of the batch.
        momentum: the share of the new batch in the averages.
        eps: what is added to the variance.
        cudnn_enabled: has no effect.

    Raises:
        RuntimeError: for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.batch_norm(tl.tensor([[1.0], [3.0]]), None, None, None, None, True, 0.1, 0.0, False)
    tensor([[-1.],
            [ 1.]])
    """
    return F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def instance_norm(
    input: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """Normalization of each channel of each sample: `nn.functional.instance_norm` with its arguments in another order.

    Args:
        input: (N, C, *) of a floating dtype.
        weight, bias: (C,), what the result is scaled by, and what is added, if given.
        running_mean, running_var: (C,), averages over samples, if wanted.
        use_input_stats: whether to use the statistics of the input.
        momentum: the share of the new ones in the averages.
        eps: what is added to the variance.
        cudnn_enabled: has no effect.

    Raises:
        RuntimeError: for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.instance_norm(tl.tensor([[[1.0, 3.0]]]), None, None, None, None, True, 0.1, 0.0, False)
    tensor([[[-1.,  1.]]])
    """
    return F.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


def embedding(
    weight: Tensor, indices: Tensor, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Tensor:
    """Rows of a table of vectors: `nn.functional.embedding` with the table first.

    Args:
        weight: the table (V, D), of any dtype.
        indices: which rows, (*) of int64 or int32.
        padding_idx: the row that gets no gradient; a negative one is none.
        scale_grad_by_freq: divide the gradient of each row by how often it was asked for.
        sparse: as for `nn.functional.embedding`.

    Raises:
        IndexError: for an index that is not from 0 to V - 1.

    >>> import tinygrad_lite as tl
    >>> tl.embedding(tl.tensor([[1.0], [2.0]]), tl.tensor([1, 0]))
    tensor([[2.],
            [1.]])
    """
    return F.embedding(
        indices, weight, padding_idx if padding_idx >= 0 else None, None, 2.0, scale_grad_by_freq, sparse
    )


def max_pool1d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = (), padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False
) -> tuple[Tensor, Tensor]:
    """The largest element of each window, and where it is: `nn.functional.max_pool1d` with `return_indices`.

    Args:
        input: (N, C, L) or (C, L), of any dtype.
        kernel_size: the length of a window.
        stride: the distance between two windows, by default their length.
        padding: how much is added on both sides.
        dilation: the distance between the elements of a window.
        ceil_mode: whether a last window may reach out of the input.

    Raises:
        RuntimeError: for sizes that do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.max_pool1d_with_indices(tl.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    (tensor([[3., 2.]]), tensor([[1, 2]]))
    """
    return F.max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


def adaptive_max_pool1d(input: Tensor, output_size: Any) -> tuple[Tensor, Tensor]:
    """The largest element of each of as many windows as are asked for, and where it is.

    Args:
        input: (N, C, L) or (C, L), of any dtype.
        output_size: the number of windows.

    Raises:
        RuntimeError: for sizes that do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.adaptive_max_pool1d(tl.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    (tensor([[3., 2.]]), tensor([[1, 2]]))
    """
    return F.adaptive_max_pool1d(input, output_size, True)


def constant_pad_nd(input: Tensor, pad: Sequence[int], value: float = 0) -> Tensor:
    """The Tensor with a frame of one number: `nn.functional.pad` in the mode "constant".

    Args:
        input: of any shape and dtype.
        pad: how much to add before and after, for the last dimension first; negative numbers cut.
        value: the number.

    Raises:
        RuntimeError: for an odd number of lengths, or more than there are dimensions.

    >>> import tinygrad_lite as tl
    >>> tl.constant_pad_nd(tl.ones(2), (1, 0))
    tensor([0., 1., 1.])
    """
    return F.pad(input, list(pad), "constant", value)


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, pos_weight: Tensor | None = None, reduction: int = 0
) -> Tensor:
    """Binary cross entropy of logits: `nn.functional.binary_cross_entropy_with_logits`.

    Args:
        input: the logits, of any shape and a floating dtype.
        target: of the same shape: probabilities.
        weight: a factor for each loss.
        pos_weight: a factor for what the target says is true.
        reduction: 0 for all losses, 1 for their mean, 2 for their sum.

    Raises:
        ValueError: if the shapes differ.

    >>> import tinygrad_lite as tl
    >>> tl.binary_cross_entropy_with_logits(tl.zeros(2), tl.ones(2))
    tensor([0.6931, 0.6931])
    """
    return F.binary_cross_entropy_with_logits(input, target, weight, None, None, _REDUCTIONS[reduction], pos_weight)


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = 0
) -> Tensor:
    """1 - cos where the target is 1, max(0, cos - margin) where it is -1: `nn.functional.cosine_embedding_loss`.

    Args:
        input1, input2: (N, D) or (D,), of a floating dtype.
        target: (N,) or 0-d, of 1 and -1.
        margin: from -1 to 1.
        reduction: 0 for all losses, 1 for their mean, 2 for their sum.

    Raises:
        RuntimeError: for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.cosine_embedding_loss(tl.eye(2), tl.eye(2), tl.tensor([1, -1]), 0.0, 1)
    tensor(0.5000)
    """
    return F.cosine_embedding_loss(input1, input2, target, margin, None, None, _REDUCTIONS[reduction])


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: int = 0,
    zero_infinity: bool = False,
) -> Tensor:
    """Connectionist temporal classification: `nn.functional.ctc_loss`.

    Args:
        log_probs: (T, N, C), logarithms of probabilities, of a floating dtype.
        targets: (N, S) or all in one: labels.
        input_lengths: how many steps of each sample count.
        target_lengths: how many labels each has.
        blank: the class of no label.
        reduction: 0 for all losses, 1 for the mean of those divided by the lengths, 2 for their sum.
        zero_infinity: whether losses of samples that cannot have their labels are 0.

    Raises:
        RuntimeError: for lengths that do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.ctc_loss(tl.zeros(1, 1, 2), tl.tensor([[1]]), (1,), (1,), 0, 2)
    tensor(0.)
    """
    return F.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, _REDUCTIONS[reduction], zero_infinity)


def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, reduction: int = 0) -> Tensor:
    """x where the target is 1, max(0, margin - x) where it is -1: `nn.functional.hinge_embedding_loss`.

    Args:
        input: distances, of any shape and a floating dtype.
        target: of the same shape, of 1 and -1.
        margin: how large a distance should be.
        reduction: 0 for all losses, 1 for their mean, 2 for their sum.

    Raises:
        RuntimeError: if the shapes do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.hinge_embedding_loss(tl.tensor([0.5, 0.5]), tl.tensor([1, -1]), reduction=2)
    tensor(1.)
    """
    return F.hinge_embedding_loss(input, target, margin, None, None, _REDUCTIONS[reduction])


def kl_div(input: Tensor, target: Tensor, reduction: int = 0, *, log_target: bool = False) -> Tensor:
    """Divergence of Kullback and Leibler, target · (log target - input): `nn.functional.kl_div`.

    Args:
        input: logarithms of probabilities, of any shape and a floating dtype.
        target: probabilities.
        reduction: 0 for all terms, 1 for their mean, 2 for their sum.
        log_target: whether the target is logarithms too.

    Raises:
        RuntimeError: if the shapes do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.kl_div(tl.zeros(2), tl.ones(2))
    tensor([0., 0.])
    """
    return reduce_losses(F.kl_div(input, target, reduction="none", log_target=log_target), _REDUCTIONS[reduction])


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = 0
) -> Tensor:
    """max(0, margin - target · (x1 - x2)): `nn.functional.margin_ranking_loss`.

    Args:
        input1, input2: scores, of any shape and a floating dtype.
        target: 1 where the first should be larger, and -1.
        margin: by how much.
        reduction: 0 for all losses, 1 for their mean, 2 for their sum.

    Raises:
        RuntimeError: if the shapes do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.margin_ranking_loss(tl.ones(2), tl.zeros(2), tl.tensor([1, -1]))
    tensor([0., 1.])
    """
    return F.margin_ranking_loss(input1, input2, target, margin, None, None, _REDUCTIONS[reduction])


def poisson_nll_loss(input: Tensor, target: Tensor, log_input: bool, full: bool, eps: float, reduction: int) -> Tensor:
    """Negative logarithm of a Poisson distribution's probability: `nn.functional.poisson_nll_loss`.

    Args:
        input: rates, or their logarithms, of any shape and a floating dtype.
        target: counts.
        log_input: whether it is logarithms.
        full: whether to add Stirling's approximation of log target!.
        eps: what is added to rates before the logarithm.
        reduction: 0 for all losses, 1 for their mean, 2 for their sum.

    Raises:
        RuntimeError: if the shapes do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.poisson_nll_loss(tl.zeros(2), tl.ones(2), True, False, 1e-8, 1)
    tensor(1.)
    """
    return F.poisson_nll_loss(input, target, log_input, full, None, eps, None, _REDUCTIONS[reduction])


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: int = 0,
) -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin): `nn.functional.triplet_margin_loss`.

    Args:
        anchor, positive, negative: (N, D) or (D,), of a floating dtype.
        margin: by how much the second distance should be larger.
        p: the order of the distance's norm.
        eps: what is added to the differences.
        swap: whether the distance of positive and negative counts, if it is smaller.
        reduction: 0 for all losses, 1 for their mean, 2 for their sum.

    Raises:
        RuntimeError: if the shapes do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.triplet_margin_loss(tl.zeros(1, 2), tl.zeros(1, 2), tl.ones(1, 2) * 5)
    tensor([0.])
    """
    return F.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, None, None, _REDUCTIONS[reduction])


def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """Values between the elements of an image: `nn.functional.grid_sample` with numbers for the modes.

    Args:
        input: (N, C, H, W) or (N, C, D, H, W), of a floating dtype.
        grid: (N, …, 2) or (N, …, 3), places from -1 to 1.
        interpolation_mode: 0 bilinear, 1 nearest, 2 bicubic.
        padding_mode: 0 zeros, 1 border, 2 reflection.
        align_corners: whether -1 and 1 are the middles of the outer elements.

    Raises:
        RuntimeError: for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.grid_sampler(tl.ones(1, 1, 2, 2), tl.zeros(1, 1, 1, 2), 0, 0, False)
    tensor([[[[1.]]]])
    """
    return F.grid_sample(input, grid, _INTERPOLATIONS[interpolation_mode], _PADDINGS[padding_mode], align_corners)


def affine_grid_generator(theta: Tensor, size: Sequence[int], align_corners: bool) -> Tensor:
    """The places of an affine transformation, for `grid_sampler`: `nn.functional.affine_grid`.

    Args:
        theta: (N, 2, 3) or (N, 3, 4), of a floating dtype.
        size: the size of the image to be made.
        align_corners: whether -1 and 1 are the middles of the outer elements.

    Raises:
        ValueError: for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.affine_grid_generator(tl.eye(2, 3).unsqueeze(0), (1, 1, 1, 1), True)
    tensor([[[[0., 0.]]]])
    """
    return F.affine_grid(theta, size, align_corners)
