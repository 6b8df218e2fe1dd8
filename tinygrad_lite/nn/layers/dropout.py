"""Layers that drop elements in training."""

from __future__ import annotations

from ...tensors.tensor import Tensor
from .. import functional as F
from ..functional.dropouts import as_probability
from ..module.module import Module
from .arguments import check_flag, check_numbers


class _DropoutNd(Module):
    """A layer that drops elements with probability `p`."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        name = type(self).__name__
        check_numbers(name, p=p)
        check_flag(name, "inplace", inplace)
        self.p, self.inplace = as_probability(name, p), inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """In training, each element is 0 with probability p and otherwise divided by 1 - p; in evaluation, the identity.

    Args:
        p: the probability with which an element is dropped.
        inplace: whether the result is written into the memory of the input.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    The expectation is x in both modes. The book drops without scaling, and scales in evaluation instead:

        here ("inverted dropout", PyTorch's form)        the book, 6.4.3
        training     y = x m / (1 - p)                   y = x m
        evaluation   y = x                               y = x (1 - p)

    m is 0 with probability p and else 1; the book's form is `nn.book.Dropout`. In either form evaluation approximates
    the average of an ensemble of exponentially many thinned networks. Sources: Srivastava et al., 2014; Deep Learning
    from Scratch, section 6.4.3.

    Raises:
        ValueError: if p is not between 0 and 1.
        TypeError: if p is not a number, or the input is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Dropout(0.5)
    >>> sorted(set(layer(tl.ones(100)).tolist()))
    [0.0, 2.0]
    >>> layer.eval()(tl.ones(3))
    tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """Dropout that goes with SELU: in training, each element is SELU's lowest value with probability p.

    All elements are then scaled and shifted, so that inputs of mean 0 and variance 1 keep them: the result is
    a (m x + (1 - m) α') + b, where m is 0 with probability p and else 1, α' = -1.7581, a = 1 / √((1 - p) (1 + p α'²))
    and b = -a p α'. In evaluation it is the identity.

    Args:
        p: the probability with which an element is dropped.
        inplace: whether the result is written into the memory of the input.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Source: Klambauer et al., 2017, https://arxiv.org/abs/1706.02515.

    Raises:
        ValueError: if p is not between 0 and 1.
        TypeError: if p is not a number, or the input is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.AlphaDropout(0.5)
    >>> tl.manual_seed(0)  # doctest: +ELLIPSIS
    <...>
    >>> y = layer(tl.randn(100_000))
    >>> round(y.mean().item(), 1) + 0.0, round(y.var().item(), 1)
    (0.0, 1.0)
    >>> layer.eval()(tl.ones(3))
    tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.alpha_dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_DropoutNd):
    """In training, each channel of signals is 0 with probability p and otherwise divided by 1 - p; else the identity.

    Args:
        p: the probability with which a channel is dropped.
        inplace: whether the result is written into the memory of the input.

    Shapes: (N, C, L) or (C, L); the result has the input's.
    Dtypes: floating; the result has the input's.

    Source: Tompson et al., 2015, https://arxiv.org/abs/1411.4280.

    Raises:
        ValueError: if p is not between 0 and 1.
        TypeError: if p is not a number, or the input is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> y = tl.nn.Dropout1d(0.5)(tl.ones(2, 50, 2))
    >>> sorted(set(y.flatten(2).sum(2).flatten().tolist()))  # a channel is dropped as a whole, or not at all
    [0.0, 4.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """In training, each channel of images is 0 with probability p and otherwise divided by 1 - p; else the identity.

    Args:
        p: the probability with which a channel is dropped.
        inplace: whether the result is written into the memory of the input.

    Shapes: (N, C, H, W); the result has the input's.
    Dtypes: floating; the result has the input's.

    Source: Tompson et al., 2015, https://arxiv.org/abs/1411.4280.

    Raises:
        ValueError: if p is not between 0 and 1.
        TypeError: if p is not a number, or the input is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> y = tl.nn.Dropout2d(0.5)(tl.ones(2, 50, 2, 2))
    >>> sorted(set(y.flatten(2).sum(2).flatten().tolist()))  # a channel is dropped as a whole, or not at all
    [0.0, 8.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """In training, each channel of volumes is 0 with probability p and otherwise divided by 1 - p; else the identity.

    Args:
        p: the probability with which a channel is dropped.
        inplace: whether the result is written into the memory of the input.

    Shapes: (N, C, D, H, W) or (C, D, H, W); the result has the input's.
    Dtypes: floating; the result has the input's.

    Source: Tompson et al., 2015, https://arxiv.org/abs/1411.4280.

    Raises:
        ValueError: if p is not between 0 and 1.
        TypeError: if p is not a number, or the input is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> y = tl.nn.Dropout3d(0.5)(tl.ones(2, 50, 2, 2, 2))
    >>> sorted(set(y.flatten(2).sum(2).flatten().tolist()))  # a channel is dropped as a whole, or not at all
    [0.0, 16.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout3d(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_DropoutNd):
    """`AlphaDropout` of whole channels.

    Args:
        p: the probability with which a channel is dropped.
        inplace: whether the result is written into the memory of the input.

    Shapes: (N, C, *) to (N, C, *).
    Dtypes: floating; the result has the input's.

    Source: Klambauer et al., 2017, https://arxiv.org/abs/1706.02515.

    Raises:
        ValueError: if p is not between 0 and 1.
        TypeError: if p is not a number, or the input is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> y = tl.nn.FeatureAlphaDropout(0.5)(tl.ones(2, 50, 3))
    >>> len(set(map(tuple, y.flatten(0, 1).tolist())))
    2
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)
