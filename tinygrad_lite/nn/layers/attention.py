"""Attention with several heads as a layer."""

from __future__ import annotations

from typing import Any

from ... import creation
from ...tensors.tensor import Tensor
from .. import init as initialization
from ..functional.multi_head import multi_head_attention
from ..module.conversion import DTypeLike
from ..module.module import Module
from ..module.parameter import Parameter
from .linear import Linear


class NonDynamicallyQuantizableLinear(Linear):
    """A `Linear` under the name that PyTorch shows for the last projection of attention.

    Args:
        in_features, out_features, bias, device, dtype: as for `Linear`.

    Shapes: x (*, in_features) to (*, out_features). Dtypes: floating.

    Raises:
        RuntimeError: from the call, as `Linear` does.
    """


class MultiheadAttention(Module):
    """Attention with several heads: each query gets the mean of the values, weighted by how well their keys fit.

    head_h = softmax(q_h k_hᵀ / √D + mask) v_h, where q_h, k_h and v_h are linear maps of query, key and value to D =
    embed_dim / num_heads numbers. The heads side by side go through one more linear map, `out_proj`.

    Args:
        embed_dim: E, the size of the last dimension of query and result.
        num_heads: the number of heads, which divides E.
        dropout: the probability with which a weight is 0 in training.
        bias: whether the linear maps have biases.
        add_bias_kv: add a learned key and value to those of every sequence.
        add_zero_attn: add a key and a value that are 0.
        kdim, vdim: the sizes of the last dimension of key and value, by default E.
        batch_first: whether the sequences are (N, L, E) rather than (L, N, E).
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: query (L, N, E), key (S, N, kdim) and value (S, N, vdim), or without N for one sequence, to (L, N, E) and
    the weights (N, L, S). Dtypes: floating, the same for all and the parameters.
    State: `in_proj_weight` (3 E, E), or `q_proj_weight`, `k_proj_weight` and `v_proj_weight` where kdim or vdim differs
    from E; `in_proj_bias` (3 E); `out_proj.weight` (E, E) and `out_proj.bias`; `bias_k` and `bias_v` (1, 1, E).
    Initial values: Xavier's, uniform for the weights of the projections and normal for `bias_k` and `bias_v`; those of
    a `Linear` for `out_proj.weight`; 0 for the biases.

    Source: Vaswani et al., Attention Is All You Need, 2017, https://arxiv.org/abs/1706.03762.

    Raises:
        ValueError: for sizes that are not above 0.
        AssertionError: if num_heads does not divide embed_dim; from the call, for shapes that do not fit.
        RuntimeError: from the call, for a mask of another shape, or other dtypes than those of the parameters.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.MultiheadAttention(8, num_heads=2, batch_first=True)
    >>> x = tl.randn(3, 5, 8)
    >>> causal = tl.ones(5, 5).triu(1).bool()  # True: may not be looked at
    >>> out, weights = layer(x, x, x, attn_mask=causal)
    >>> out.shape, weights[0, 0].tolist()
    (Size([3, 5, 8]), [1.0, 0.0, 0.0, 0.0, 0.0])
    """

    in_proj_weight: Parameter  # may be None; most code need not check

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} "
                "instead"
            )
        super().__init__()
        self.embed_dim, self.num_heads = embed_dim, num_heads
        self.kdim = kdim if kdim is not None else embed_dim
        self.vdim = vdim if vdim is not None else embed_dim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.dropout, self.batch_first, self.add_zero_attn = dropout, batch_first, add_zero_attn
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError(
                f"embed_dim must be divisible by num_heads. MultiheadAttention: {num_heads} does not divide {embed_dim}"
            )
        shapes = {
            "q_proj_weight": (embed_dim, embed_dim),
            "k_proj_weight": (embed_dim, self.kdim),
            "v_proj_weight": (embed_dim, self.vdim),
        }
        packed = {"in_proj_weight": (3 * embed_dim, embed_dim)}
        used, unused = (packed, shapes) if self._qkv_same_embed_dim else (shapes, packed)
        for name, shape in used.items():
            setattr(self, name, Parameter(creation.empty(shape, device=device, dtype=dtype)))
        for name in unused:
            self.register_parameter(name, None)
        if bias:
            self.in_proj_bias = Parameter(creation.empty(3 * embed_dim, device=device, dtype=dtype))
        else:
            self.register_parameter("in_proj_bias", None)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, device=device, dtype=dtype)
        self.bias_k = self.bias_v = None
        if add_bias_kv:
            self.bias_k = Parameter(creation.empty(1, 1, embed_dim, device=device, dtype=dtype))
            self.bias_v = Parameter(creation.empty(1, 1, embed_dim, device=device, dtype=dtype))
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for weight in self._in_weights():
            initialization.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            initialization.zeros_(self.in_proj_bias)
            initialization.zeros_(self.out_proj.bias)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                initialization.xavier_normal_(bias)

    def _in_weights(self) -> tuple[Any, ...]:
        if self._qkv_same_embed_dim:
            return (self.in_proj_weight,)
        return self.q_proj_weight, self.k_proj_weight, self.v_proj_weight

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """The result, and the weights or None.

        Args:
            query, key, value: the sequences.
            key_padding_mask: (N, S), True where a key is only padding; or floating, to be added to the scores.
            need_weights: whether the weights are a result too; without them it is quicker.
            attn_mask: (L, S) or (N · num_heads, L, S), True where a query may not look; or floating, to be added.
            average_attn_weights: whether the weights are the mean over the heads.
            is_causal: the hint that `attn_mask`, which must be there, is the causal one.
        """
        weights = self._in_weights()
        return multi_head_attention(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            weights if len(weights) == 3 else weights[0],
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout if self.training else 0.0,
            self.out_proj.weight,
            self.out_proj.bias,
            key_padding_mask,
            need_weights,
            attn_mask,
            average=average_attn_weights,
            is_causal=is_causal,
            batch_first=self.batch_first,
        )
