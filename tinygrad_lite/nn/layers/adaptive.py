"""A softmax over very many classes of which few are frequent."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

from ...functions.joining import cat
from ...tensors.tensor import Tensor
from .. import functional as F
from ..functional.argument_types import check_tensors
from ..module.containers import ModuleList, Sequential
from ..module.conversion import DTypeLike
from ..module.module import Module
from .linear import Linear


class OutputAndLoss(NamedTuple):
    """The logarithm of the probability of each target, and the mean of their negatives."""

    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Softmax over many classes, sorted by frequency: the rare ones are in clusters, with smaller maps of their own.

    The head gives probabilities to the frequent classes and to each cluster; a cluster's tail, to its classes. A tail
    is computed for those samples alone whose target lies in it.

    Args:
        in_features: the size of the last dimension of the input.
        n_classes: the number of classes, of which 0 is the most frequent.
        cutoffs: where the clusters begin, in ascending order: cutoffs [10, 100] of 1,000 classes give a head for the
            first 10, a cluster of 90 and one of 900.
        div_value: each cluster's map has this factor fewer features between its two layers than the one before.
        head_bias: whether the head has a bias.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: input (N, in_features) and target (N,), or (in_features,) and (), to `output` (N,) or () and `loss` ().
    Dtypes: floating; the targets are whole numbers.
    State: `head.weight` (cutoffs[0] + clusters, in_features), and `tail.<i>.0.weight` and `tail.<i>.1.weight`.

    Source: Grave et al., 2017, Efficient softmax approximation for GPUs, https://arxiv.org/abs/1609.04309.

    Raises:
        ValueError: if the cutoffs are not ascending whole numbers between 1 and n_classes - 1.
        RuntimeError: if the shapes do not fit, or a target is no class.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.AdaptiveLogSoftmaxWithLoss(8, 100, [10, 30])
    >>> layer.head.out_features, [tuple(each[1].weight.shape) for each in layer.tail]
    (12, [(20, 2), (70, 0)])
    >>> round(layer.log_prob(tl.ones(1, 8)).exp().sum().item(), 4)
    1.0
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        given = list(cutoffs)
        if not given:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        ascending = given == sorted(set(given)) and all(int(c) == c for c in given)
        if not ascending or given[0] <= 0 or given[-1] > n_classes - 1:
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each "
                f"value is between 1 and n_classes-1: it is {given}"
            )
        self.in_features, self.n_classes, self.div_value, self.head_bias = in_features, n_classes, div_value, head_bias
        self.cutoffs = [*given, n_classes]
        self.shortlist_size, self.n_clusters = self.cutoffs[0], len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias, device=device, dtype=dtype)
        self.tail = ModuleList()
        for i, (low, high) in enumerate(itertools.pairwise(self.cutoffs)):
            between = int(in_features // div_value ** (i + 1))
            maps = [(in_features, between), (between, high - low)]
            self.tail.append(Sequential(*[Linear(n, m, bias=False, device=device, dtype=dtype) for n, m in maps]))

    def reset_parameters(self) -> None:
        """Draw new initial values."""
        self.head.reset_parameters()
        for layer in self.tail.modules():
            if isinstance(layer, Linear):
                layer.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> OutputAndLoss:
        check_tensors("adaptive_log_softmax", input_=input_, target_=target_)
        _check_shapes(input_, target_)
        alone = target_.ndim == 0
        x, target = (input_.unsqueeze(0), target_.unsqueeze(0)) if alone else (input_, target_)
        if len(target) and (target.min() < 0 or target.max() >= self.n_classes):
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{target.min().item()}, {target.max().item()}] were found. "
            )
        of_head = target.clone()
        output = x.new_zeros(len(target))
        for i, (low, high) in enumerate(itertools.pairwise(self.cutoffs)):
            rows = ((target >= low) & (target < high)).nonzero().squeeze(1)
            if not len(rows):
                continue
            of_head = of_head.index_fill(0, rows, self.shortlist_size + i)
            logarithms = F.log_softmax(self.tail[i](x.index_select(0, rows)), 1)
            own = (target.index_select(0, rows) - low).unsqueeze(1)
            output = output.index_copy(0, rows, logarithms.gather(1, own).squeeze(1))
        head = F.log_softmax(self.head(x), 1)
        output = output + head.gather(1, of_head.unsqueeze(1)).squeeze(1)
        loss = (-output).mean()
        return OutputAndLoss(output.squeeze(0) if alone else output, loss)

    def log_prob(self, input: Tensor) -> Tensor:
        """The logarithms of the probabilities of all classes, (N, n_classes), for an input (N, in_features)."""
        return self._log_prob(input, self.head(input))

    def _log_prob(self, x: Tensor, head: Tensor) -> Tensor:
        head = F.log_softmax(head, 1)
        tails = [
            F.log_softmax(tail(x), 1) + head[:, self.shortlist_size + i].unsqueeze(1)
            for i, tail in enumerate(self.tail)
        ]
        return cat([head[:, : self.shortlist_size], *tails], 1)

    def predict(self, input: Tensor) -> Tensor:
        """The most probable class, (N,), for an input (N, in_features), looked for in tails where the head says so."""
        head = self.head(input)
        best = head.argmax(1)
        rare = (best >= self.shortlist_size).nonzero().squeeze(1)
        if not len(rare):
            return best
        found = self._log_prob(input.index_select(0, rare), head.index_select(0, rare)).argmax(1)
        return best.index_copy(0, rare, found)


def _check_shapes(x: Tensor, target: Tensor) -> None:
    if target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if target.ndim == 1 and x.shape[0] != target.shape[0]:
        raise RuntimeError(
            "Input and target should have the same size in the batch dimension. The shapes are "
            f"{list(x.shape)} and {list(target.shape)}"
        )
    if x.ndim != target.ndim + 1:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, but found inputs with size "
            f"{x.shape}"
        )
