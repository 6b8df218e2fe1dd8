"""Layers that drop elements in training."""

from __future__ import annotations

from ..tensor import Tensor
from . import functional as F
from .module import Module


class Dropout(Module):
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

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"
