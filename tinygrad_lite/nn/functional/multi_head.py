"""Attention with several heads as a function of its parameters."""

from __future__ import annotations

import math
from typing import Any

from ... import creation
from ...core.argument_types import wrong_type
from ...core.edge import expand, reshape
from ...core.errors import warn
from ...functions.joining import cat, chunk
from ...functions.rearranging import pad
from ...functions.reshaping import permute
from ...tensors.tensor import Tensor
from .argument_types import as_number, check_optional_tensor, check_tensors
from .attention import forbidding, name_in_c, scaled_dot_product_attention
from .dropouts import dropout
from .linear_maps import linear


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Attention with several heads: each attends with its own projections of query, key and value.

    head_h = softmax(q_h k_hᵀ / √D + mask) v_h with D = E / num_heads, and the heads side by side go through the last
    projection. `nn.MultiheadAttention` holds the parameters.

    Args:
        query, key, value: (L, N, E), (S, N, E_k) and (S, N, E_v), in a floating dtype; without N for one sequence.
        embed_dim_to_check: E.
        num_heads: how many heads there are; it divides E.
        in_proj_weight: the weights of the three projections, (3 E, E), one below the other.
        in_proj_bias: (3 E); None for none.
        bias_k, bias_v: (1, 1, E), a key and a value more, the same for every sequence; None for none.
        add_zero_attn: add a key and a value more that are 0.
        dropout_p: the probability with which a weight is dropped in training.
        out_proj_weight, out_proj_bias: (E, E) and (E), the last projection.
        training: whether weights are dropped.
        key_padding_mask: (N, S), True where a key is only padding; or floating, to be added to the scores.
        need_weights: whether the weights are a result too.
        attn_mask: (L, S) or (N · num_heads, L, S), True where a query may not look; or floating, to be added.
        use_separate_proj_weight: take the three weights that follow, (E, E), (E, E_k) and (E, E_v).
        q_proj_weight, k_proj_weight, v_proj_weight: these weights.
        static_k, static_v: (N · num_heads, S, D), in place of the projected keys and values.
        average_attn_weights: whether the weights that are returned are the mean over the heads.
        is_causal: the hint that `attn_mask`, which must be there, is the causal one.

    Returns:
        A Tensor (L, N, E), and the weights: (N, L, S), or (N, num_heads, L, S) for each head, or None.

    Source: Vaswani et al., Attention Is All You Need, 2017, https://arxiv.org/abs/1706.03762.

    Raises:
        TypeError: if query, key or value is not a Tensor.
        AssertionError: for shapes that do not fit each other, as in PyTorch.
        RuntimeError: for a mask of another shape, and for `is_causal` without a mask.

    >>> import tinygrad_lite as tl
    >>> x, weight = tl.eye(2), tl.cat([tl.eye(2) * 1000, tl.eye(2), tl.eye(2)])
    >>> attend = tl.nn.functional.multi_head_attention_forward
    >>> out, weights = attend(x, x, x, 2, 1, weight, None, None, None, False, 0.0, tl.eye(2), None)
    >>> weights
    tensor([[1., 0.],
            [0., 1.]])
    """
    name = "multi_head_attention_forward"
    if not hasattr(embed_dim_to_check, "__index__"):
        raise wrong_type(name, "embed_dim_to_check", 4, "int", embed_dim_to_check)
    check_tensors(name, query=query, key=key, value=value)
    if not isinstance(out_proj_weight, Tensor):
        raise wrong_type(name, "out_proj_weight", 12, "Tensor", out_proj_weight)
    optional = {
        6: ("in_proj_weight", in_proj_weight), 7: ("in_proj_bias", in_proj_bias), 8: ("bias_k", bias_k),
        9: ("bias_v", bias_v), 13: ("out_proj_bias", out_proj_bias), 15: ("key_padding_mask", key_padding_mask),
        17: ("attn_mask", attn_mask), 19: ("q_proj_weight", q_proj_weight), 20: ("k_proj_weight", k_proj_weight),
        21: ("v_proj_weight", v_proj_weight), 22: ("static_k", static_k), 23: ("static_v", static_v),
    }  # fmt: skip
    for position, (argument, x) in optional.items():
        check_optional_tensor(name, argument, position, x)
    dropout_p = as_number(name, "dropout_p", 11, dropout_p)
    if use_separate_proj_weight:
        given = {"q_proj_weight": q_proj_weight, "k_proj_weight": k_proj_weight, "v_proj_weight": v_proj_weight}
        in_weights: Any = tuple(given.values())
        missing = next((name for name, weight in given.items() if weight is None), None)
    else:
        in_weights = in_proj_weight
        missing = "in_proj_weight" if in_proj_weight is None else None
    if missing is not None:
        raise AssertionError(f"use_separate_proj_weight is {use_separate_proj_weight!r} but {missing} is None. {name}")
    rows = embed_dim_to_check if use_separate_proj_weight else 3 * embed_dim_to_check
    for weight in in_weights if use_separate_proj_weight else (in_weights,):
        if weight.ndim != 2 or weight.shape[0] != rows:
            raise RuntimeError(f"{name}: a weight of projections needs {rows} rows, but one is {list(weight.shape)}")
    return multi_head_attention(
        query,
        key,
        value,
        embed_dim_to_check,
        num_heads,
        in_weights,
        in_proj_bias,
        bias_k,
        bias_v,
        add_zero_attn,
        dropout_p if training else 0.0,
        out_proj_weight,
        out_proj_bias,
        key_padding_mask,
        need_weights,
        attn_mask,
        static_k,
        static_v,
        average_attn_weights,
        is_causal,
    )


def multi_head_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    size: int,
    heads: int,
    in_weights: Any,
    in_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero: bool,
    dropout_p: float,
    out_weight: Tensor,
    out_bias: Tensor | None,
    key_padding_mask: Tensor | None,
    need_weights: bool,
    attn_mask: Tensor | None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average: bool = True,
    is_causal: bool = False,
    batch_first: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Compute multi-head attention, with one weight for all three projections or three of them.

    With `batch_first` the inputs are (N, L, E).
    """
    check_tensors("multi_head_attention_forward", query=query, key=key, value=value)
    if not hasattr(heads, "__index__"):
        raise wrong_type("multi_head_attention_forward", "num_heads", 5, "int", heads)
    shapes = f"query {list(query.shape)}, key {list(key.shape)}, value {list(value.shape)}"
    shapes = f"multi_head_attention_forward: {shapes}"
    alone = _check_dimensions(query, key, value, key_padding_mask, attn_mask, heads, shapes)
    if not isinstance(in_weights, tuple) and in_weights.shape[-1] != query.shape[-1] == size:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({math.prod(query.shape[:-1])}x{size} and "
            f"{in_weights.shape[1]}x{in_weights.shape[0]}). {shapes}, in_proj_weight {list(in_weights.shape)}"
        )
    batch_first = batch_first and not alone
    if alone:
        query, key, value = (x.unsqueeze(1) for x in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    sequence, batch_dim = (1, 0) if batch_first else (0, 1)
    length, batch = query.shape[sequence], query.shape[batch_dim]
    key_padding_mask, attn_mask = additive_masks(key_padding_mask, attn_mask, query.dtype)
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    is_causal = is_causal and key_padding_mask is None and not need_weights
    if is_causal:  # the kernel needs no mask for that
        attn_mask = None
    _check_sizes(query, key, value, size, heads, isinstance(in_weights, tuple), batch_first, shapes)
    if static_k is None and key.shape[batch_dim] != batch:
        wanted = [key.shape[sequence], batch * heads, size // heads]
        raise RuntimeError(
            f"shape '{wanted}' is invalid for input of size {key.shape[0] * key.shape[1] * size}. "
            f"multi_head_attention_forward: {batch} queries need as many sequences of keys, not {key.shape[batch_dim]}"
        )
    attn_mask = _mask_of_heads(attn_mask, batch, heads, length, key.shape[sequence])

    q, k, v = _projected((query, key, value), in_weights, in_bias, heads, batch_first)
    _check_given(static_k, static_v, bias_k, bias_v, batch * heads, size // heads)
    k, v = (
        projected if static is None else reshape(static, (batch, heads, static.shape[1], size // heads))
        for projected, static in ((k, static_k), (v, static_v))
    )
    k, v, more = _with_more_keys(k, v, bias_k, bias_v, add_zero)
    if more:
        attn_mask, key_padding_mask = (
            None if mask is None else pad(mask, (0, more)) for mask in (attn_mask, key_padding_mask)
        )
    if key_padding_mask is not None:
        padding = _padding_of_heads(key_padding_mask, batch, k.shape[-2])
        attn_mask = padding if attn_mask is None else attn_mask + padding

    weights = None
    if need_weights:
        out, weights = _attend(q, k, v, attn_mask, dropout_p)
    else:
        out = scaled_dot_product_attention(q, k, v, attn_mask, dropout_p, is_causal)
    # The result lies in memory as (L, N, E), as PyTorch's does: a dropout after it is drawn in this order.
    out = linear(reshape(permute(out, (2, 0, 1, 3)), (length, batch, size)), out_weight, out_bias)
    if batch_first:
        out = out.transpose(0, 1)
    if weights is not None and average:
        weights = weights.mean(1)
    if alone:
        return out.squeeze(1), None if weights is None else weights.squeeze(0)
    return out, weights


def _attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, dropout_p: float) -> tuple[Tensor, Tensor]:
    """Attention and its weights. A query that may look nowhere has NaN, as in PyTorch."""
    scores = (q * math.sqrt(1.0 / q.shape[-1])) @ k.mT
    if mask is not None:
        if mask.dtype != q.dtype:
            given, wanted = name_in_c(mask.dtype), name_in_c(q.dtype)
            raise RuntimeError(
                f"Input dtypes must be the same, got: input {given}, batch1: {wanted}, batch2: {wanted}. A "
                f"floating mask must have the dtype of the query: convert it with .to({q.dtype})"
            )
        scores = mask + scores
    weights = scores.softmax(-1)
    if dropout_p > 0:
        weights = dropout(weights, dropout_p)
    return weights @ v, weights


def _projected(
    inputs: tuple[Tensor, Tensor, Tensor], weights: Any, bias: Tensor | None, heads: int, batch_first: bool
) -> tuple[Tensor, ...]:
    """Queries, keys and values (N, heads, L, E / heads); the weights are three, or one on top of the other."""
    weights = weights if isinstance(weights, tuple) else chunk(weights, 3)
    biases = (None, None, None) if bias is None else chunk(bias, 3)
    return tuple(
        _in_heads(linear(x, weight, b), heads, batch_first)
        for x, weight, b in zip(inputs, weights, biases, strict=True)
    )


def _in_heads(x: Tensor, heads: int, batch_first: bool) -> Tensor:
    """x (L, N, E), or (N, L, E), as (N, heads, L, E / heads)."""
    x = reshape(x, (*x.shape[:2], heads, x.shape[2] // heads))
    return permute(x, (0, 2, 1, 3) if batch_first else (1, 2, 0, 3))


def _with_more_keys(
    k: Tensor, v: Tensor, bias_k: Tensor | None, bias_v: Tensor | None, add_zero: bool
) -> tuple[Tensor, Tensor, int]:
    """Keys and values (N, heads, S, D) with those that every sequence has besides, and the number of these."""
    keys, values = [k], [v]
    one = (*k.shape[:2], 1, k.shape[3])
    if bias_k is not None and bias_v is not None:
        for found, bias in ((keys, bias_k), (values, bias_v)):
            found.append(expand(reshape(bias, (1, one[1], 1, one[3])), one))
    if add_zero:
        zeros = creation.zeros(one, dtype=k.dtype)
        keys.append(zeros)
        values.append(zeros)
    more = len(keys) - 1
    return (cat(keys, -2), cat(values, -2), more) if more else (k, v, 0)


# ---------------------------------------------------------------------------------------------------------- masks


def additive_masks(
    padding: Tensor | None, mask: Tensor | None, dtype: Any, names: tuple[str, str] = ("key_padding_mask", "attn_mask")
) -> tuple[Tensor | None, Tensor | None]:
    """Both masks as what is added to the scores: -∞ where a mask of bools is True.

    Raises:
        AssertionError: for masks of whole numbers.
    """
    if padding is not None and mask is not None and padding.dtype != mask.dtype:
        warn(f"Support for mismatched {names[0]} and {names[1]} is deprecated. Use same type for both instead.")
    return _additive(padding, names[0], dtype), _additive(mask, names[1], dtype)


def _additive(mask: Tensor | None, name: str, dtype: Any) -> Tensor | None:
    if mask is None or mask.dtype.kind == "f":
        return mask
    if mask.dtype.kind != "b":
        raise AssertionError(
            f"only bool and floating types of {name} are supported, but got {mask.dtype}: convert it with .bool()"
        )
    return forbidding(mask, dtype)


def _mask_of_heads(mask: Tensor | None, batch: int, heads: int, length: int, source: int) -> Tensor | None:
    """The mask (L, S), or (N · heads, L, S) as (N, heads, L, S)."""
    if mask is None:
        return None
    wanted = (length, source) if mask.ndim == 2 else (batch * heads, length, source)
    if tuple(mask.shape) != wanted:
        raise RuntimeError(
            f"The shape of the {mask.ndim}D attn_mask is {mask.shape}, but should be {wanted}. "
            "multi_head_attention_forward: a mask is (L, S) or (N · num_heads, L, S)"
        )
    return mask if mask.ndim == 2 else reshape(mask, (batch, heads, length, source))


def _padding_of_heads(mask: Tensor, batch: int, source: int) -> Tensor:
    """The mask (N, S) as (N, 1, 1, S)."""
    for dim, wanted in enumerate((batch, source)):
        if mask.shape[dim] != wanted:
            raise AssertionError(
                f"Expected key_padded_mask.shape[{dim}] to be {wanted}, but got {mask.shape[dim]}. key_padding_mask is "
                f"(N, S), and of the shape {list(mask.shape)}"
            )
    return reshape(mask, (batch, 1, 1, source))


# --------------------------------------------------------------------------------------------------------- checks


def _check_dimensions(
    query: Tensor, key: Tensor, value: Tensor, padding: Tensor | None, mask: Tensor | None, heads: int, shapes: str
) -> bool:
    """Return True if the sequences are alone rather than in a batch."""
    if query.ndim not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {query.ndim}-D query tensor. {shapes}"
        )
    n = query.ndim
    kind = f"For {'batched' if n == 3 else 'unbatched'} ({n}-D) `query`, expected"
    if key.ndim != n or value.ndim != n:
        raise AssertionError(
            f"{kind} `key` and `value` to be {n}-D but found {key.ndim}-D and {value.ndim}-D tensors "
            f"respectively. {shapes}"
        )
    if padding is not None and padding.ndim != n - 1:
        raise AssertionError(
            f"{kind} `key_padding_mask` to be `None` or {n - 1}-D but found {padding.ndim}-D tensor instead. {shapes}"
        )
    if mask is not None and mask.ndim not in (2, 3):
        raise AssertionError(
            f"{kind} `attn_mask` to be `None`, 2-D or 3-D but found {mask.ndim}-D tensor instead. {shapes}"
        )
    if n == 2 and mask is not None and mask.ndim == 3:
        wanted = (heads, query.shape[0], key.shape[0])
        if tuple(mask.shape) != wanted:
            raise AssertionError(f"Expected `attn_mask` shape to be {wanted} but got {mask.shape}. {shapes}")
    return n == 2


def _check_sizes(
    query: Tensor, key: Tensor, value: Tensor, size: int, heads: int, separate: bool, batch_first: bool, shapes: str
) -> None:
    given = query.shape[2]
    if given != size:
        raise AssertionError(f"was expecting embedding dimension of {size!r}, but got {given}. {shapes}")
    if given % heads:
        raise AssertionError(f"embed_dim {given} not divisible by num_heads {heads}. {shapes}")
    k, v = (x.transpose(0, 1).shape if batch_first else x.shape for x in (key, value))
    if separate and k[:2] != v[:2]:
        raise AssertionError(f"key's sequence and batch dims {k[:2]} do not match value's {v[:2]}. {shapes}")
    if not separate and k != v:
        raise AssertionError(f"key shape {k} does not match value shape {v}. {shapes}")


def _check_given(
    static_k: Tensor | None,
    static_v: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    batch: int,
    size: int,
) -> None:
    """Check keys and values that are given, and those that are added to all, which go by twos."""
    if (bias_k is None) != (bias_v is None):
        missing, there = ("bias_v", "bias_k") if bias_v is None else ("bias_k", "bias_v")
        raise AssertionError(f"{there} is set but {missing} is None")
    for name, letter, static in (("key", "k", static_k), ("value", "v", static_v)):
        if static is None:
            continue
        if bias_k is not None:
            raise AssertionError(f"bias cannot be added to static {name}.")
        for dim, wanted in ((0, batch), (2, size)):
            if static.size(dim) != wanted:
                raise AssertionError(
                    f"expecting static_{letter}.size({dim}) of {wanted}, but got {static.size(dim)}. It is "
                    f"(N · num_heads, S, E / num_heads), and of the shape {list(static.shape)}"
                )
