"""The layers of a Transformer: encoder, decoder, and both together."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable
from typing import Any

from ... import creation
from ...autograd.grad_modes import is_grad_enabled
from ...tensors.tensor import Tensor
from .. import functional as F
from .. import init as initialization
from ..functional.argument_types import check_tensors
from ..functional.multi_head import additive_masks
from ..module.containers import ModuleList
from ..module.conversion import DTypeLike
from ..module.module import Module
from .activation import GELU
from .attention import MultiheadAttention
from .dropout import Dropout
from .linear import Linear
from .normalization import LayerNorm
from .rectifier import ReLU

Activation = str | Callable[[Tensor], Tensor]


def _activation(activation: Activation) -> Callable[[Tensor], Tensor]:
    if not isinstance(activation, str):
        return activation
    if activation not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {activation}: or pass the function itself")
    return F.relu if activation == "relu" else F.gelu


class _Layer(Module):
    """The base of the layers of encoders and decoders: their parameters, and the part after the attention."""

    self_attn: MultiheadAttention

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int,
        dropout: float,
        activation: Activation,
        layer_norm_eps: float,
        batch_first: bool,
        norm_first: bool,
        bias: bool,
        device: Any,
        dtype: DTypeLike | None,
        attentions: tuple[str, ...],
    ) -> None:
        super().__init__()
        made: dict[str, Any] = {"bias": bias, "device": device, "dtype": dtype}
        for name in attentions:
            setattr(self, name, MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **made))
        self.linear1 = Linear(d_model, dim_feedforward, **made)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **made)
        self.norm_first = norm_first
        numbers = range(1, len(attentions) + 2)
        for i in numbers:
            setattr(self, f"norm{i}", LayerNorm(d_model, eps=layer_norm_eps, **made))
        for i in numbers:
            setattr(self, f"dropout{i}", Dropout(dropout))
        self.activation = _activation(activation)

    def _residual(self, x: Tensor, norm: Module, block: Callable[[Tensor], Tensor]) -> Tensor:
        """x beside what a block makes of it, normalized before or after."""
        if self.norm_first:
            return x + block(norm(x))
        out: Tensor = norm(x + block(x))
        return out

    def _feed_forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.linear2(self.dropout(self.activation(self.linear1(x))))
        return out


class TransformerEncoderLayer(_Layer):
    """One layer of a Transformer's encoder: attention of a sequence to itself, then two linear maps for each place.

    x ← norm1(x + dropout(attention(x))), then x ← norm2(x + dropout(linear2(dropout(activation(linear1 x))))). With
    `norm_first`, x ← x + dropout(attention(norm1 x)), and so on.

    Args:
        d_model: E, the size of the last dimension.
        nhead: the number of heads.
        dim_feedforward: the size between the two linear maps.
        dropout: the probability of 0, in the weights of the attention too.
        activation: "relu", "gelu" or a function.
        layer_norm_eps: eps of the normalizations.
        batch_first: whether the sequences are (N, L, E) rather than (L, N, E).
        norm_first: normalize before each part rather than after it.
        bias: whether linear maps and normalizations have biases.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: (L, N, E), or (L, E) for one sequence, to the same. Dtypes: floating, the same as that of the parameters.
    State and initial values: those of `self_attn`, `linear1`, `linear2`, `norm1` and `norm2`.

    Sources: Vaswani et al., Attention Is All You Need, 2017, https://arxiv.org/abs/1706.03762; for `norm_first` Xiong
    et al., 2020, https://arxiv.org/abs/2002.04745.

    Raises:
        RuntimeError: for an unknown activation.
        AssertionError: if nhead does not divide d_model; from the call, for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.TransformerEncoderLayer(d_model=8, nhead=2, batch_first=True)
    >>> layer(tl.randn(3, 5, 8)).shape
    Size([3, 5, 8])
    """

    norm1: LayerNorm
    norm2: LayerNorm
    dropout1: Dropout
    dropout2: Dropout

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(
            d_model,
            nhead,
            dim_feedforward,
            dropout,
            activation,
            layer_norm_eps,
            batch_first,
            norm_first,
            bias,
            device,
            dtype,
            ("self_attn",),
        )
        relu = self.activation is F.relu or isinstance(self.activation, ReLU)
        gelu = self.activation is F.gelu or isinstance(self.activation, GELU)
        self.activation_relu_or_gelu = 1 if relu else 2 if gelu else 0

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        """The sequence after this layer.

        Args:
            src: x, the sequence.
            src_mask: (L, L) or (N · nhead, L, L), True where it may not look; or floating, to be added to the scores.
            src_key_padding_mask: (N, L), True for padding.
            is_causal: the hint that `src_mask`, which must be there, is the causal one.
        """
        check_tensors("TransformerEncoderLayer", src=src)
        padding, mask = additive_masks(src_key_padding_mask, src_mask, src.dtype, ("src_key_padding_mask", "src_mask"))

        def attention(x: Tensor) -> Tensor:
            out, _ = self.self_attn(x, x, x, padding, False, mask, is_causal=is_causal)
            dropped: Tensor = self.dropout1(out)
            return dropped

        x = self._residual(src, self.norm1, attention)
        return self._residual(x, self.norm2, lambda x: self.dropout2(self._feed_forward(x)))


class TransformerDecoderLayer(_Layer):
    """One layer of a Transformer's decoder: attention of a sequence to itself, to the encoder's, then linear maps.

    x ← norm1(x + dropout(attention(x))), x ← norm2(x + dropout(attention(x, memory))), and then the two linear maps as
    in `TransformerEncoderLayer`.

    Args:
        d_model, nhead, dim_feedforward, dropout, activation: as for `TransformerEncoderLayer`.
        layer_norm_eps, batch_first, norm_first, bias, device, dtype: as for `TransformerEncoderLayer`.

    Shapes: x (L, N, E) and memory (S, N, E), or without N, to (L, N, E). Dtypes: floating, the same as the parameters'.
    State and initial values: those of `self_attn`, `multihead_attn`, `linear1`, `linear2` and the three `norm`s.

    Source: Vaswani et al., Attention Is All You Need, 2017, https://arxiv.org/abs/1706.03762.

    Raises:
        RuntimeError: for an unknown activation.
        AssertionError: if nhead does not divide d_model; from the call, for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.TransformerDecoderLayer(d_model=8, nhead=2)
    >>> layer(tl.randn(5, 3, 8), tl.randn(4, 3, 8)).shape
    Size([5, 3, 8])
    """

    multihead_attn: MultiheadAttention
    norm1: LayerNorm
    norm2: LayerNorm
    norm3: LayerNorm
    dropout1: Dropout
    dropout2: Dropout
    dropout3: Dropout

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(
            d_model,
            nhead,
            dim_feedforward,
            dropout,
            activation,
            layer_norm_eps,
            batch_first,
            norm_first,
            bias,
            device,
            dtype,
            ("self_attn", "multihead_attn"),
        )

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The sequence after this layer.

        Args:
            tgt: x, the sequence.
            memory: the result of the encoder.
            tgt_mask: (L, L) or (N · nhead, L, L), True where x may not look at itself; or floating, to be added.
            memory_mask: (L, S) or (N · nhead, L, S), the same for the memory.
            tgt_key_padding_mask: (N, L), True for padding.
            memory_key_padding_mask: (N, S), True for padding.
            tgt_is_causal, memory_is_causal: the hints that the masks, which must be there, are causal ones.
        """
        check_tensors("TransformerDecoderLayer", tgt=tgt, memory=memory)

        def attention(x: Tensor) -> Tensor:
            out, _ = self.self_attn(x, x, x, tgt_key_padding_mask, False, tgt_mask, is_causal=tgt_is_causal)
            dropped: Tensor = self.dropout1(out)
            return dropped

        def attention_to_memory(x: Tensor) -> Tensor:
            out, _ = self.multihead_attn(
                x, memory, memory, memory_key_padding_mask, False, memory_mask, is_causal=memory_is_causal
            )
            dropped: Tensor = self.dropout2(out)
            return dropped

        x = self._residual(tgt, self.norm1, attention)
        x = self._residual(x, self.norm2, attention_to_memory)
        return self._residual(x, self.norm3, lambda x: self.dropout3(self._feed_forward(x)))


def _clones(layer: Module, count: int) -> ModuleList:
    return ModuleList([copy.deepcopy(layer) for _ in range(count)])


class TransformerEncoder(Module):
    """Several layers of an encoder, one after the other, which begin as copies of one layer.

    Args:
        encoder_layer: the layer that is copied.
        num_layers: how many layers there are.
        norm: a normalization of the result, or None.
        enable_nested_tensor: let the padding be 0 in evaluation without gradients, if the layer is one for which
            PyTorch leaves it out (else a warning says why not). There are no nested Tensors here, so it is no quicker.
        mask_check: only where all padding is at the end.

    Shapes: (L, N, E), or (L, E) for one sequence, to the same. Dtypes: floating, the same as that of the parameters.
    State and initial values: those of `layers.0`, `layers.1` …, and of `norm`.

    Source: Vaswani et al., Attention Is All You Need, 2017, https://arxiv.org/abs/1706.03762.

    Raises:
        AssertionError: from the call, for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.TransformerEncoderLayer(8, 2, batch_first=True)
    >>> encoder = tl.nn.TransformerEncoder(layer, num_layers=2)
    >>> encoder(tl.randn(3, 5, 8)).shape
    Size([3, 5, 8])
    """

    def __init__(
        self,
        encoder_layer: TransformerEncoderLayer,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = _clones(encoder_layer, num_layers)
        self.num_layers, self.norm = num_layers, norm
        self.enable_nested_tensor = self.use_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check
        if enable_nested_tensor and (reason := _why_padding_stays(encoder_layer)):
            warnings.warn(
                f"enable_nested_tensor is True, but self.use_nested_tensor is False because {reason}", stacklevel=2
            )
            self.use_nested_tensor = False

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        """The sequence after all layers.

        Args:
            src: the sequence.
            mask: (L, L) or (N · nhead, L, L), True where it may not look; or floating, to be added to the scores.
            src_key_padding_mask: (N, L), True for padding.
            is_causal: the hint that `mask`, which must be there, is the causal one.
        """
        check_tensors("TransformerEncoder", src=src)
        padding, mask = additive_masks(src_key_padding_mask, mask, src.dtype, ("src_key_padding_mask", "mask"))
        x = src
        for layer in self.layers:
            x = layer(x, src_mask=mask, is_causal=bool(is_causal), src_key_padding_mask=padding)
        if padding is not None and mask is None and self._padding_is_left_out(src, padding):
            x = x.masked_fill((padding != 0).unsqueeze(-1), 0.0)
        return x if self.norm is None else self.norm(x)

    def _padding_is_left_out(self, src: Tensor, padding: Tensor) -> bool:
        """Return True if PyTorch computes without the padding, so that its places in the result are 0."""
        if not self.use_nested_tensor or src.ndim != 3 or self.layers[0].training:
            return False
        if is_grad_enabled() and any(x.requires_grad for x in (src, *self.layers[0].parameters())):
            return False
        return not self.mask_check or bool(((padding != 0).long().diff(dim=1) >= 0).all())


def _why_padding_stays(layer: Any) -> str:
    """The reason why PyTorch does not leave padding out, or nothing."""
    name = "encoder_layer"
    if not isinstance(layer, TransformerEncoderLayer):
        return f"{name} was not TransformerEncoderLayer"
    attention = layer.self_attn
    reasons = {
        f"{name}.norm_first was True": layer.norm_first,
        f"{name}.self_attn.batch_first was not True(use batch_first for better inference performance)": (
            not attention.batch_first
        ),
        f"{name}.self_attn._qkv_same_embed_dim was not True": not attention._qkv_same_embed_dim,
        f"{name}.self_attn was passed bias=False": attention.in_proj_bias is None,
        f"{name}.activation_relu_or_gelu was not True": not layer.activation_relu_or_gelu,
        f"{name}.norm1.eps was not equal to {name}.norm2.eps": layer.norm1.eps != layer.norm2.eps,
        f"{name}.self_attn.num_heads is odd": attention.num_heads % 2 == 1,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


class TransformerDecoder(Module):
    """Several layers of a decoder, one after the other, which begin as copies of one layer.

    Args:
        decoder_layer: the layer that is copied.
        num_layers: how many layers there are.
        norm: a normalization of the result, or None.

    Shapes: x (L, N, E) and memory (S, N, E), or without N, to (L, N, E). Dtypes: floating, the same as the parameters'.
    State and initial values: those of `layers.0`, `layers.1` …, and of `norm`.

    Source: Vaswani et al., Attention Is All You Need, 2017, https://arxiv.org/abs/1706.03762.

    Raises:
        AssertionError: from the call, for shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> decoder = tl.nn.TransformerDecoder(tl.nn.TransformerDecoderLayer(8, 2), num_layers=2)
    >>> decoder(tl.randn(5, 3, 8), tl.randn(4, 3, 8)).shape
    Size([5, 3, 8])
    """

    def __init__(self, decoder_layer: TransformerDecoderLayer, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = _clones(decoder_layer, num_layers)
        self.num_layers, self.norm = num_layers, norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The sequence after all layers; the arguments are those of `TransformerDecoderLayer`."""
        check_tensors("TransformerDecoder", tgt=tgt, memory=memory)
        x = tgt
        for layer in self.layers:
            x = layer(
                x,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=bool(tgt_is_causal),
                memory_is_causal=memory_is_causal,
            )
        return x if self.norm is None else self.norm(x)


class Transformer(Module):
    """Encoder and decoder: from a sequence to another, as for translation.

    Args:
        d_model: E, the size of the last dimension of both sequences.
        nhead: the number of heads.
        num_encoder_layers, num_decoder_layers: how many layers there are.
        dim_feedforward, dropout, activation: as for `TransformerEncoderLayer`.
        custom_encoder, custom_decoder: modules to use in place of the ones that are made.
        layer_norm_eps, batch_first, norm_first, bias, device, dtype: as for `TransformerEncoderLayer`.

    Shapes: src (S, N, E) and tgt (L, N, E), or without N, to (L, N, E). Dtypes: floating, the same as the parameters'.
    State: that of `encoder` and `decoder`, each with a `norm` at its end.
    Initial values: Xavier's uniform ones for all matrices.

    Source: Vaswani et al., Attention Is All You Need, 2017, https://arxiv.org/abs/1706.03762.

    Raises:
        RuntimeError: from the call, if the two differ in N, or the last size is not d_model.
        AssertionError: if nhead does not divide d_model; from the call, for masks that do not fit.

    >>> import tinygrad_lite as tl
    >>> model = tl.nn.Transformer(8, 2, 1, 1, dim_feedforward=16, batch_first=True)
    >>> mask = model.generate_square_subsequent_mask(4)
    >>> model(tl.randn(3, 5, 8), tl.randn(3, 4, 8), tgt_mask=mask).shape
    Size([3, 4, 8])
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = F.relu,
        custom_encoder: Any | None = None,
        custom_decoder: Any | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        given = (dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device, dtype)
        made: dict[str, Any] = {"eps": layer_norm_eps, "bias": bias, "device": device, "dtype": dtype}
        if custom_encoder is None:
            encoder_layer = TransformerEncoderLayer(d_model, nhead, *given)
            custom_encoder = TransformerEncoder(encoder_layer, num_encoder_layers, LayerNorm(d_model, **made))
        self.encoder = custom_encoder
        if custom_decoder is None:
            decoder_layer = TransformerDecoderLayer(d_model, nhead, *given)
            custom_decoder = TransformerDecoder(decoder_layer, num_decoder_layers, LayerNorm(d_model, **made))
        self.decoder = custom_decoder
        self._reset_parameters()
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.ndim > 1:
                initialization.xavier_uniform_(parameter)

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The decoder's sequence; the masks are those of `TransformerEncoder` and `TransformerDecoder`."""
        check_tensors("Transformer", src=src, tgt=tgt)
        batch = 0 if self.batch_first else 1
        if src.ndim == 3 and src.size(batch) != tgt.size(batch):
            raise RuntimeError(
                f"the batch number of src and tgt must be equal: src {list(src.shape)}, tgt {list(tgt.shape)}"
            )
        if src.size(-1) != self.d_model or tgt.size(-1) != self.d_model:
            raise RuntimeError(
                f"the feature number of src and tgt must be equal to d_model, {self.d_model}: src {list(src.shape)}, "
                f"tgt {list(tgt.shape)}"
            )
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        out: Tensor = self.decoder(
            tgt,
            memory,
            tgt_mask,
            memory_mask,
            tgt_key_padding_mask,
            memory_key_padding_mask,
            tgt_is_causal,
            memory_is_causal,
        )
        return out

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: DTypeLike | None = None) -> Tensor:
        """The causal mask (sz, sz): -inf where a place may not look, that is, at later ones, and else 0."""
        return creation.full((sz, sz), -math.inf, dtype=dtype, device=device).triu(1)
