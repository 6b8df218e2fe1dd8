"""Tables of vectors that are looked up by index."""

from __future__ import annotations

from typing import Self

from ... import creation
from ...core.modes import call_in_mode
from ...tensors.tensor import Tensor
from .. import functional as F
from .. import init as initialization
from ..functional.embeddings import padding_row
from ..module.conversion import DTypeLike
from ..module.module import Module
from ..module.parameter import Parameter
from .arguments import check_numbers, check_sizes


class Embedding(Module):
    """A learned vector for each index: the result holds, in place of each index, its row of `weight`.

    Args:
        num_embeddings: the number of indices, from 0.
        embedding_dim: the size of the vectors.
        padding_idx: an index whose row starts at 0 and gets no gradient.
        max_norm: if given, rows that are asked for and whose norm is larger are scaled down to it, in place.
        norm_type: the p of this p-norm.
        scale_grad_by_freq: whether each row's gradient is divided by the number of times that it was asked for.
        sparse: whether the gradient of `weight` is a sparse Tensor, with the rows that were asked for alone: for
            `optim.SparseAdam`, `optim.SGD` and `optim.Adagrad`.
        device: the CPU.
        dtype: the dtype of `weight`, float32 by default.

    Shapes: (*) to (*, embedding_dim).
    Dtypes: indices int64 or int32; the result has that of `weight`.
    State: `weight` (num_embeddings, embedding_dim).
    Initial values: normal with mean 0 and standard deviation 1.

    Raises:
        TypeError: if a size or index is not an int, or the input is not a Tensor.
        IndexError: for an index below 0, or not below num_embeddings.
        RuntimeError: for indices that are not whole numbers.
        AssertionError: for a padding_idx that is out of range.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Embedding(10, 3)
    >>> words = tl.tensor([[1, 2], [4, 9]])
    >>> layer(words).shape
    Size([2, 2, 3])
    >>> layer(words)[1, 0].equal(layer.weight[4])
    True
    """

    weight: Parameter

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
        device: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        check_sizes("Embedding", num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        if padding_idx is not None:
            check_sizes("Embedding", padding_idx=padding_idx)
        if max_norm is not None:
            check_numbers("Embedding", max_norm=max_norm)
        check_numbers("Embedding", norm_type=norm_type)
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = padding_row(padding_idx, num_embeddings)
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        if _weight is not None and tuple(_weight.shape) != (num_embeddings, embedding_dim):
            raise AssertionError(
                f"Shape of weight does not match num_embeddings and embedding_dim: {list(_weight.shape)} for "
                f"[{num_embeddings}, {embedding_dim}]"
            )
        table = (
            creation.empty(num_embeddings, embedding_dim, device=device, dtype=dtype) if _weight is None else _weight
        )
        self.weight = Parameter(table, requires_grad=not _freeze)
        if _weight is None:
            self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the initial values again."""
        initialization.normal_(self.weight)
        if self.padding_idx is not None:
            call_in_mode(False, self.weight.__setitem__, self.padding_idx, 0.0)

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
    ) -> Self:
        """A layer with a given table, whose memory it shares.

        Args:
            embeddings: the table, (num_embeddings, embedding_dim).
            freeze: if True, the table is not trained.
            padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse: as for the layer; the table keeps its row of
                `padding_idx`.

        Raises:
            TypeError: if the table is not a Tensor.
            AssertionError: if it has not two dimensions.

        >>> import tinygrad_lite as tl
        >>> tl.nn.Embedding.from_pretrained(tl.tensor([[1.0, 2.0], [3.0, 4.0]]))(tl.tensor(1))
        tensor([3., 4.])
        """
        if not isinstance(embeddings, Tensor):
            raise TypeError(
                f"Embedding.from_pretrained: embeddings must be a Tensor, not {type(embeddings).__name__}: make one "
                "with tensor(...)"
            )
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


class EmbeddingBag(Module):
    """Sums, means or maxima of learned vectors over bags of indices, without the vectors themselves.

    Args:
        num_embeddings: the number of indices, from 0.
        embedding_dim: the size of the vectors.
        max_norm: if given, rows that are asked for and whose norm is larger are scaled down to it, in place.
        norm_type: the p of this p-norm.
        scale_grad_by_freq: whether each row's gradient is divided by the number of times that it was asked for.
        mode: "sum", "mean" or "max".
        sparse: whether the gradient of `weight` is sparse, as for `Embedding`; not for "max".
        include_last_offset: whether the last of the offsets is the end of the last bag.
        padding_idx: an index that does not count, and whose row starts at 0.
        device: the CPU.
        dtype: the dtype of `weight`, float32 by default.

    Call it with the indices (B, N), or (N,) and the offsets (B,) at which the bags begin; for "sum" also with
    `per_sample_weights`, of the shape of the indices. It returns a Tensor (B, embedding_dim).
    State: `weight` (num_embeddings, embedding_dim).
    Initial values: normal with mean 0 and standard deviation 1.

    Raises:
        TypeError: if a size or index is not an int, or the input is not a Tensor.
        ValueError: when it is called, for shapes that do not fit, and another mode.
        RuntimeError: for offsets that do not fit, and for indices that are not whole numbers.
        AssertionError: for a padding_idx that is out of range.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.EmbeddingBag(10, 3, mode="sum")
    >>> bags = layer(tl.tensor([1, 2, 4, 4]), tl.tensor([0, 3]))
    >>> bags.shape, bags[1].equal(layer.weight[4])
    (Size([2, 3]), True)
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        check_sizes("EmbeddingBag", num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        if max_norm is not None:
            check_numbers("EmbeddingBag", max_norm=max_norm)
        check_numbers("EmbeddingBag", norm_type=norm_type)
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.max_norm, self.norm_type, self.scale_grad_by_freq = max_norm, norm_type, scale_grad_by_freq
        self.padding_idx = padding_row(padding_idx, num_embeddings)
        if _weight is not None and tuple(_weight.shape) != (num_embeddings, embedding_dim):
            raise AssertionError(
                f"Shape of weight does not match num_embeddings and embedding_dim: {list(_weight.shape)} for "
                f"[{num_embeddings}, {embedding_dim}]"
            )
        if _weight is None:
            self.weight = Parameter(creation.empty(num_embeddings, embedding_dim, device=device, dtype=dtype))
            self.reset_parameters()
        else:
            self.weight = Parameter(_weight)
        self.mode, self.sparse, self.include_last_offset = mode, sparse, include_last_offset

    def reset_parameters(self) -> None:
        """Draw the initial values again."""
        initialization.normal_(self.weight)
        if self.padding_idx is not None:
            call_in_mode(False, self.weight.__setitem__, self.padding_idx, 0.0)

    def forward(
        self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None
    ) -> Tensor:  # fmt: skip
        return F.embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode, self.sparse,
            per_sample_weights, self.include_last_offset, self.padding_idx,
        )  # fmt: skip

    def extra_repr(self) -> str:
        shown = [f"{self.num_embeddings}, {self.embedding_dim}"]
        usual = {"max_norm": None, "norm_type": 2, "scale_grad_by_freq": False, "mode": "", "padding_idx": None}
        shown += [f"{name}={getattr(self, name)!r}" for name, value in usual.items() if getattr(self, name) != value]
        return ", ".join(shown)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> Self:
        """A layer with a given table.

        Args:
            embeddings: the table, (num_embeddings, embedding_dim).
            freeze: if True, the table is not trained.
            max_norm, norm_type, scale_grad_by_freq, mode, sparse, include_last_offset, padding_idx: as for the layer.

        Raises:
            AssertionError: if the table has not two dimensions.

        >>> import tinygrad_lite as tl
        >>> layer = tl.nn.EmbeddingBag.from_pretrained(tl.tensor([[1.0, 2.0], [3.0, 4.0]]))
        >>> layer(tl.tensor([[0, 1]]))
        tensor([[2., 3.]])
        """
        if embeddings.ndim != 2:
            raise AssertionError(
                f"Embeddings parameter is expected to be 2-dimensional, but is {list(embeddings.shape)}"
            )
        layer = cls(
            embeddings.shape[0], embeddings.shape[1], max_norm, norm_type, scale_grad_by_freq, mode, sparse, embeddings,
            include_last_offset,
            padding_idx,
        )  # fmt: skip
        layer.weight.requires_grad_(not freeze)
        return layer
