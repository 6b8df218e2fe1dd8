"""Scaled dot-product attention as a function."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ... import creation
from ...core.argument_types import wrong_type
from ...core.edge import cast, expand
from ...core.tensor import wrap
from ...functions.arguments import broadcast_shape, one_dim, rounded_once
from ...functions.products import mismatched_product
from ...functions.rearranging import repeat_interleave
from ...ops.elementwise import where
from ...ops.kernels import attention as kernels
from ...random import distributions
from ...random.generator import Generator, drawn
from ...tensors.tensor import Tensor
from ...types import dtypes
from .argument_types import as_number, check_optional_tensor, check_tensors, scalar_type

_C_TYPES = {
    "float16": "c10::Half", "float32": "float", "float64": "double", "bool": "bool", "uint8": "unsigned char",
    "int8": "signed char", "int16": "short int", "int32": "int", "int64": "long int",
}  # fmt: skip
_NAME = "scaled_dot_product_attention"


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """Mean of the values for each query, weighted by how well its keys fit: softmax(scale q kᵀ + mask) v.

    Args:
        query: q (…, L, E), in a floating dtype.
        key: k (…, S, E), in the same dtype; the leading dimensions of all three are broadcast.
        value: v (…, S, V), in the same dtype.
        attn_mask: a shape that broadcasts to (…, L, S). Bools are True where a query may look; a floating mask is added
            to the scores. (In `nn.MultiheadAttention` a True forbids.)
        dropout_p: the probability with which a weight is set to 0, and the others are divided by 1 - p. It has no
            switch: pass 0 in evaluation.
        is_causal: let query i look at the keys 0 … i alone. Then there must be no mask.
        scale: by default 1/√E.
        enable_gqa: let groups of the heads of the query, in the dimension -3, share a head of key and value.
        generator: the source of the dropped weights; by default the one that `manual_seed` sets.

    Returns:
        A Tensor (…, L, V). It is 0 for a query that may look nowhere.

    Source: Vaswani et al., Attention Is All You Need, 2017, https://arxiv.org/abs/1706.03762; for `enable_gqa` Ainslie
    et al., 2023, https://arxiv.org/abs/2305.13245.

    Raises:
        TypeError: if an argument is not a Tensor.
        RuntimeError: if shapes or dtypes do not fit each other; for a mask with `is_causal`; for a `dropout_p` above 1.

    >>> import tinygrad_lite as tl
    >>> x = tl.eye(3)
    >>> tl.nn.functional.scaled_dot_product_attention(x, x, x, is_causal=True, scale=1000.0)
    tensor([[1., 0., 0.],
            [0., 1., 0.],
            [0., 0., 1.]])
    """
    check_tensors(_NAME, query=query, key=key, value=value)
    check_optional_tensor(_NAME, "attn_mask", 4, attn_mask)
    dropout_p = as_number(_NAME, "dropout_p", 5, dropout_p)
    if scale is not None and not isinstance(scale, (int, float, np.number)):
        raise wrong_type(_NAME, "scale", None, "float", scale)
    for name, flag in (("is_causal", is_causal), ("enable_gqa", enable_gqa)):
        if not isinstance(flag, (bool, np.bool_)):
            raise wrong_type(_NAME, name, None, "bool", flag)
    _check_operands(query, key, value, attn_mask, is_causal)
    if enable_gqa:
        key, value = _shared_heads(query, key), _shared_heads(query, value)
    _check_shapes(query, key, value)
    if dropout_p > 1:
        raise RuntimeError(
            f"dropout probability has to be between 0 and 1, but got {dropout_p:g}. {_NAME}: dropout_p={dropout_p}"
        )
    size = query.shape[-1]
    factor = scale if scale is not None else 1 / math.sqrt(size) if size else 1.0
    return _attention(query, key, value, attn_mask, float(dropout_p), bool(is_causal), float(factor), generator)


@rounded_once
def _attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    p: float,
    causal: bool,
    scale: float,
    generator: Generator | None,
) -> Tensor:
    """Attention for arguments that fit each other."""
    batch = broadcast_shape(_NAME, query.shape[:-2], key.shape[:-2], value.shape[:-2])
    query, key, value = (
        x if tuple(x.shape[:-2]) == batch else expand(x, (*batch, *x.shape[-2:])) for x in (query, key, value)
    )
    scores = (*batch, query.shape[-2], key.shape[-2])
    if mask is not None:
        mask = _additive(mask, scores, query.dtype)
    kept, factor = None, 1.0
    if p == 1:
        kept, factor = creation.zeros(scores, dtype=dtypes.bool), 0.0
    elif p > 0:
        kept = wrap(drawn(distributions.bernoulli_array, generator, scores, 1.0 - p, np.dtype(np.bool_)))
        factor = float(query.dtype.type(1.0) / query.dtype.type(1.0 - p))
    return kernels.attention(query, key, value, mask, kept, causal, scale, factor)


def _additive(mask: Tensor, scores: tuple[int, ...], dtype: Any) -> Tensor:
    """The mask as what is added to the scores: -∞ where a mask of bools is False."""
    shape = broadcast_shape(_NAME, scores, tuple(mask.shape))
    if shape != scores:
        raise RuntimeError(
            f"output with shape {list(scores)} doesn't match the broadcast shape {list(shape)}. {_NAME}: attn_mask "
            f"{list(mask.shape)} has more elements than there are scores"
        )
    if mask.dtype.kind == "b":
        return forbidding(~mask, dtype)
    return mask if mask.dtype == dtype else cast(mask, dtype)


def forbidding(mask: Tensor, dtype: Any) -> Tensor:
    """-∞ where the mask is True, and else 0: what is added to the scores to forbid places."""
    return where(mask, -math.inf, creation.zeros((), dtype=dtype))


def name_in_c(dtype: Any) -> str:
    """The name of a dtype in the messages of PyTorch that come from C++."""
    return _C_TYPES.get(str(dtype), str(dtype))


def _shared_heads(query: Tensor, x: Tensor) -> Tensor:
    """Repeat each head of x for all heads of the query that share it."""
    heads, groups = (each.shape[one_dim(-3, each.ndim, _NAME)] for each in (query, x))
    if heads == groups:
        return x
    if not groups or heads % groups:
        raise RuntimeError(
            f"Number of heads in key and value must divide the number of heads in query: {groups} does not divide "
            f"{heads}. {_NAME}: query {list(query.shape)}, and {list(x.shape)}"
        )
    return repeat_interleave(x, heads // groups, dim=-3)


def _check_operands(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, is_causal: bool) -> None:
    three = (query, key, value)
    shapes = f"{_NAME}: query {list(query.shape)}, key {list(key.shape)}, value {list(value.shape)}"
    if len({x.dtype for x in three}) > 1:
        q, k, v = (name_in_c(x.dtype) for x in three)
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got "
            f"query.dtype: {q} key.dtype: {k} and value.dtype: {v} instead. {_NAME}: convert them with .to(dtype)"
        )
    if any(x.ndim < 2 for x in three):
        raise RuntimeError(
            f"Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: {query.ndim} "
            f"key.dim: {key.ndim} and value.dim: {value.ndim} instead. {shapes}"
        )
    if mask is not None and not (mask.dtype.kind == "b" or mask.dtype in (np.float32, query.dtype)):
        given, wanted = name_in_c(mask.dtype), name_in_c(query.dtype)
        raise RuntimeError(
            f"Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: {given} "
            f"and  query.dtype: {wanted} instead. {_NAME}: convert it with .to(dtype)"
        )
    if mask is not None and is_causal:
        raise RuntimeError(
            "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True. "
            f"{_NAME}: put both into the mask, as in attn_mask.tril()"
        )
    if query.dtype.kind != "f":
        raise RuntimeError(
            f"expected scalar type Float but found {scalar_type(query.dtype)}. {_NAME}: convert with .float() first"
        )


def _of_shape(shape: tuple[int, ...]) -> Any:
    """An array of this shape, which takes no memory."""
    return np.broadcast_to(np.False_, shape)


def _check_shapes(query: Tensor, key: Tensor, value: Tensor) -> None:
    """Raise if the shapes do not allow the products q kᵀ and (q kᵀ) v."""
    q, k, v = (tuple(x.shape) for x in (query, key, value))
    wrong = mismatched_product(None, _NAME, _of_shape(q), _of_shape((*k[:-2], k[-1], k[-2])))
    if wrong is None and k[-2] != v[-2]:
        scores = (*np.broadcast_shapes(q[:-2], k[:-2]), q[-2], k[-2])
        wrong = mismatched_product(None, _NAME, _of_shape(scores), _of_shape(v))
    if wrong is not None:
        shapes = f"query {list(query.shape)}, key {list(key.shape)}, value {list(value.shape)}"
        raise RuntimeError(f"{wrong}. {_NAME}: {shapes}")
