"""Tables of vectors, looked up by index."""

from __future__ import annotations

from typing import Any

from ...autograd.grad_modes import no_grad
from ...creation import values as creation
from ...tensors.tensor import Tensor
from .. import functional as F
from .. import init
from ..functional.embeddings import padding_row
from ..module.module import Module
from ..module.parameter import Parameter


class Embedding(Module):
    """A learned vector for each index: (…) whole numbers give (…, embedding_dim).

    Args:
        num_embeddings, embedding_dim: the shape of `weight`, which starts normal with mean 0 and std 1.
        padding_idx: this row starts at 0 and gets no gradient.
        max_norm, norm_type: scale the rows asked for whose norm of this type is larger down to it, in place.
        scale_grad_by_freq: divide each row's gradient by how often it was asked for.
        sparse: must be False.

    Raises:
        IndexError: for an index that there is not.
        AssertionError: for a padding_idx that there is not, or a `_weight` of another shape.

    >>> import tinygrad_lite as tl
    >>> tl.nn.Embedding(10, 3)(tl.tensor([[1, 2], [4, 9]])).shape
    Size([2, 2, 3])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = padding_row(padding_idx, num_embeddings)
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        if _weight is not None and tuple(_weight.shape) != (num_embeddings, embedding_dim):
            raise AssertionError(
                f"Shape of weight does not match num_embeddings and embedding_dim: {list(_weight.shape)} for "
                f"[{num_embeddings}, {embedding_dim}]"
            )
        given = (
            creation.empty(num_embeddings, embedding_dim, device=device, dtype=dtype) if _weight is None else _weight
        )
        self.weight = Parameter(given, requires_grad=not _freeze)
        if _weight is None:
            self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the starting values again."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx] = 0.0

    def forward(self, input: Tensor) -> Tensor:
        return F.embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        )

    def extra_repr(self) -> str:
        shown = [f"{self.num_embeddings}, {self.embedding_dim}"]
        usual = {"padding_idx": None, "max_norm": None, "norm_type": 2, "scale_grad_by_freq": False}
        shown += [f"{name}={getattr(self, name)}" for name, value in usual.items() if getattr(self, name) != value]
        return ", ".join(shown) + (", sparse=True" if self.sparse else "")

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:
        """A layer with this table, (V, D), whose memory it shares; with `freeze` it is not learned.

        Raises:
            AssertionError: if the table is not 2-dimensional.

        >>> import tinygrad_lite as tl
        >>> tl.nn.Embedding.from_pretrained(tl.tensor([[1.0, 2.0], [3.0, 4.0]]))(tl.tensor(1))
        tensor([3., 4.])
        """
        if embeddings.ndim != 2:
            raise AssertionError(
                f"Embeddings parameter is expected to be 2-dimensional, but is {list(embeddings.shape)}"
            )
        return cls(
            embeddings.shape[0],
            embeddings.shape[1],
            padding_idx=padding_idx,
            max_norm=max_norm,
            norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq,
            sparse=sparse,
            _weight=embeddings,
            _freeze=freeze,
        )
