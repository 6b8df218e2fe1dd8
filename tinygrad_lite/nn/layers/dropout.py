"""Layers that drop elements in training."""

from __future__ import annotations

from ...tensors.tensor import Tensor
from .. import functional as F
from ..functional.dropouts import as_probability
from ..module.module import Module


class _Dropping(Module):
    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        self.p, self.inplace = as_probability(type(self).__name__, p), inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropping):
    """In training each element is 0 with probability p, and what stays is divided by 1 - p; else the identity.

    So the expectation is the same in both modes ("inverted" dropout, PyTorch's form). The book (Deep Learning
    from Scratch, 6.4.3) leaves training unscaled and multiplies by 1 - p at test time instead. Either way a
    forward in evaluation resembles the average of the exponentially many thinned networks, an ensemble.
    Source: Srivastava et al., 2014.

    Raises:
        ValueError: if p is no probability.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Dropout(0.5)
    >>> sorted(set(layer(tl.ones(100)).tolist()))
    [0.0, 2.0]
    >>> layer.eval()(tl.ones(3))
    tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropping):
    """Dropout to go with SELU: what is dropped becomes selu's lowest value, and mean 0 and variance 1 are kept.

    Source: Klambauer et al., 2017, https://arxiv.org/abs/1706.02515; the formula is at `nn.functional.alpha_dropout`.

    Raises:
        ValueError: if p is no probability.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.AlphaDropout(0.5)
    >>> len(set(layer(tl.ones(100)).tolist()))
    2
    >>> layer.eval()(tl.ones(3))
    tensor([1., 1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.alpha_dropout(input, self.p, self.training, self.inplace)
