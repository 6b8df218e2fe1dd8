"""Attention and the layers of a Transformer: against PyTorch, and against the formulas written out."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.nn import functional as F

from ..support.answers import PRESENT, answer


def normal(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def written_out(q: Any, k: Any, v: Any, mask: Any = None, scale: float | None = None) -> Any:
    """softmax(q kᵀ scale + mask) v, row by row; a row that may look nowhere is 0."""
    scores = q @ np.swapaxes(k, -1, -2) * (q.shape[-1] ** -0.5 if scale is None else scale)
    scores = scores if mask is None else scores + mask
    weights = np.zeros_like(scores)
    for at in np.ndindex(scores.shape[:-1]):
        seen = scores[at] > -np.inf
        e = np.exp(scores[at][seen] - scores[at][seen].max(initial=-np.inf))
        weights[at][seen] = e / e.sum()
    return weights @ v


def numbers(x: Any) -> Any:
    return x.detach().numpy()


MASKS: dict[str, Any] = {
    "none": None,
    "bools": normal(3, 5) > -0.5,
    "added": normal(3, 5, seed=1),
    "a row that sees nothing": np.where(np.arange(3)[:, None] == 1, -np.inf, normal(3, 5)),
    "large": normal(3, 5) * 2000,
    "for each head": normal(2, 2, 3, 5),
    "padding": np.where(normal(2, 1, 1, 5) > 0.5, -np.inf, 0.0),
}


@pytest.mark.parametrize("size", [1, 30])
@pytest.mark.parametrize("mask", MASKS.values(), ids=[*MASKS])
def test_attention_written_out(mask: Any, size: float) -> None:
    q, k, v = normal(2, 2, 3, 4) * size, normal(2, 2, 5, 4), normal(2, 2, 5, 3)
    added = np.where(mask, 0, -np.inf) if mask is not None and mask.dtype == bool else mask
    found = F.scaled_dot_product_attention(*map(tl.tensor, (q, k, v)), None if mask is None else tl.tensor(mask))
    np.testing.assert_allclose(numbers(found), written_out(q, k, v, added), rtol=1e-10, atol=1e-14)


def test_a_causal_query_sees_what_came_before() -> None:
    q, k, v = normal(2, 5, 4), normal(2, 3, 4), normal(2, 3, 6)
    found = F.scaled_dot_product_attention(*map(tl.tensor, (q, k, v)), is_causal=True, scale=0.3)
    mask = np.where(np.tril(np.ones((5, 3))) == 1, 0, -np.inf)
    np.testing.assert_allclose(numbers(found), written_out(q, k, v, mask, 0.3), rtol=1e-12)


def test_a_query_that_sees_nothing_has_no_gradient() -> None:
    q, k, v = (tl.tensor(normal(3, 4, seed=s), requires_grad=True) for s in range(3))
    out = F.scaled_dot_product_attention(q, k, v, tl.tensor([[True] * 3, [False] * 3, [True] * 3]))
    out.sum().backward()
    assert out[1].tolist() == [0.0] * 4
    assert q.grad is not None
    assert q.grad[1].tolist() == [0.0] * 4
    assert q.grad.isfinite().all()


def test_scores_that_are_no_numbers() -> None:
    one, inf = tl.ones(1, 2), tl.tensor([[float("inf"), 1.0]])
    assert F.scaled_dot_product_attention(inf, inf, one).isnan().all()
    assert F.scaled_dot_product_attention(one * float("nan"), one, one).isnan().all()
    far = F.scaled_dot_product_attention(one * 1e4, tl.tensor([[1.0, 1.0], [-1.0, -1.0]]), tl.eye(2))
    assert far.tolist() == [[1.0, 0.0]]


def test_float16_is_rounded_once() -> None:
    q, k, v = (tl.tensor(normal(2, 6, 4, seed=s)).half() for s in range(3))
    wide = F.scaled_dot_product_attention(q.float(), k.float(), v.float())
    assert tl.equal(F.scaled_dot_product_attention(q, k, v), wide.half())


def test_dropped_weights() -> None:
    x = tl.eye(50)
    assert (F.scaled_dot_product_attention(x, x, x, dropout_p=1.0) == 0).all()
    weights = F.scaled_dot_product_attention(tl.zeros(50, 50), x, x, dropout_p=0.5)
    assert sorted(weights.unique().tolist()) == pytest.approx([0.0, 2 / 50])
    one, other = (
        F.scaled_dot_product_attention(x, x, x, dropout_p=0.5, generator=tl.Generator().manual_seed(s)) for s in (1, 1)
    )
    assert tl.equal(one, other)


def test_several_heads_written_out() -> None:
    layer = nn.MultiheadAttention(6, 3, dtype=tl.float64)
    x, y = normal(4, 2, 6), normal(5, 2, 6)
    with tl.no_grad():
        layer.in_proj_bias.copy_(tl.tensor(normal(18)))
    w, b = np.split(numbers(layer.in_proj_weight), 3), np.split(numbers(layer.in_proj_bias), 3)
    projected = (z @ wi.T + bi for z, wi, bi in zip((x, y, y), w, b, strict=True))
    q, k, v = (p.reshape(len(p), 2, 3, 2).transpose(1, 2, 0, 3) for p in projected)
    out = written_out(q, k, v).transpose(2, 0, 1, 3).reshape(4, 2, 6) @ numbers(layer.out_proj.weight).T
    for need in (True, False):
        found, weights = layer(tl.tensor(x), tl.tensor(y), tl.tensor(y), need_weights=need)
        np.testing.assert_allclose(numbers(found), out, rtol=1e-10, atol=1e-14)
        assert (weights is not None) is need
    np.testing.assert_allclose(numbers(layer(*map(tl.tensor, (x, y, y)))[1]).sum(-1), 1.0)


def test_the_causal_mask_of_a_transformer() -> None:
    mask = nn.Transformer.generate_square_subsequent_mask(3)
    inf = float("inf")
    assert mask.tolist() == [[0.0, -inf, -inf], [0.0, 0.0, -inf], [0.0, 0.0, 0.0]]
    model = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), 2).eval()
    x = tl.randn(2, 3, 4)
    changed = x.clone()
    changed[:, 2] = 7.0
    for options in ({"mask": mask}, {"mask": mask == -inf}, {"mask": mask, "is_causal": True}):
        a, b = model(x, **options), model(changed, **options)
        assert tl.allclose(a[:, :2], b[:, :2], rtol=1e-4, atol=1e-6)
        assert not tl.allclose(a[:, 2], b[:, 2], atol=0.1)


def test_it_compiles() -> None:
    model = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, 0.0, batch_first=True), 2)
    mask = nn.Transformer.generate_square_subsequent_mask(3)

    @tl.compile(fullgraph=True)
    def loss(x: Any) -> Any:
        return (model(x, mask) + F.scaled_dot_product_attention(x, x, x, dropout_p=0.5)).square().sum()

    x = tl.randn(2, 3, 4)
    found = []
    for _ in range(3):
        tl.manual_seed(0)
        model.zero_grad()
        loss(x).backward()
        found.append([p.grad.clone() for p in model.parameters() if p.grad is not None])
    assert all(tl.equal(a, b) for step in found[1:] for a, b in zip(found[0], step, strict=True))


# ------------------------------------------------------------------------------------------------- with PyTorch

TOLERANCE = {"rtol": 1e-9, "atol": 1e-11}


def of_both(run: Callable[[Any], Any]) -> list[Any]:
    """What a scenario returns, which is plain data, with our library and with PyTorch."""
    return [run(tl), answer(run)]


def gradients(library: Any, out: Any, leaves: list[Any], order: int = 1) -> list[Any]:
    """The derivatives of a sum of squares by the leaves, and by one of them again."""
    total = sum((x * x).sum() for x in out)
    found = library.autograd.grad(total, leaves, create_graph=order == 2, allow_unused=True)
    if order == 2:
        again = sum((g * g).sum() for g in found if g is not None)
        found = (*found, *library.autograd.grad(again, leaves, allow_unused=True))
    return list(found)


def arrays_of(tensors: list[Any]) -> list[Any]:
    return [None if x is None else numbers(x) for x in tensors]


def same(ours: list[Any], theirs: list[Any]) -> None:
    for a, b in zip(ours, theirs, strict=True):
        assert (a is None) is (b is None)
        if a is not None:
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, **TOLERANCE)


CALLS: list[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], Any, dict[str, Any]]] = [
    ((2, 3, 4), (2, 5, 4), (2, 5, 6), None, {}),
    ((3, 4), (5, 4), (5, 6), None, {"scale": 2}),
    ((2, 3, 4), (2, 5, 4), (2, 5, 6), None, {"is_causal": True}),
    ((2, 2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4), MASKS["bools"], {}),
    ((2, 2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4), MASKS["for each head"], {"dropout_p": 0.5}),
    ((2, 2, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4), MASKS["padding"], {}),
    ((2, 3, 4), (2, 5, 4), (2, 5, 6), MASKS["a row that sees nothing"], {"dropout_p": 0.3}),
    ((2, 3, 4), (5, 4), (2, 5, 6), normal(5), {"scale": -1.5}),
    ((3, 4), (2, 5, 4), (1, 5, 6), normal(), {}),
    ((2, 6, 3, 4), (2, 3, 5, 4), (2, 2, 5, 4), None, {"enable_gqa": True}),
    ((2, 0, 4), (2, 5, 4), (2, 5, 6), None, {}),
    ((2, 3, 4), (2, 0, 4), (2, 0, 6), None, {}),
    ((2, 3, 0), (2, 5, 0), (2, 5, 6), None, {}),
]


@pytest.mark.parametrize(("q", "k", "v", "mask", "options"), CALLS)
def test_attention(q: Any, k: Any, v: Any, mask: Any, options: Any) -> None:
    order = 2 if len(q) < 4 or options.get("dropout_p") else 1  # PyTorch's fused kernel has no second derivative

    def run(library: Any) -> Any:
        library.manual_seed(0)
        leaves = [library.tensor(normal(*shape, seed=i), requires_grad=True) for i, shape in enumerate((q, k, v))]
        given = None if mask is None else library.tensor(mask)
        if given is not None and given.is_floating_point():
            leaves.append(given.requires_grad_())
        out = library.nn.functional.scaled_dot_product_attention(*leaves[:3], given, **options)
        return arrays_of([out, *gradients(library, [out], leaves, order)])

    results = of_both(run)
    same(*results)


LAYERS: list[tuple[Any, dict[str, Any]]] = [
    ({}, {}),
    ({"dropout": 0.4}, {}),
    ({"bias": False, "batch_first": True}, {"average_attn_weights": False}),
    ({"add_bias_kv": True, "add_zero_attn": True}, {"padding": True, "mask": 2}),
    ({"add_bias_kv": True, "dropout": 0.3}, {"mask": 3, "need_weights": False}),
    ({"kdim": 5, "vdim": 7}, {"padding": True, "need_weights": False}),
    ({"kdim": 5, "batch_first": True}, {"mask": 3, "padding": True}),
    ({"vdim": 3, "bias": False}, {"alone": True, "mask": 2, "padding": True}),
    ({"batch_first": True}, {"alone": True, "need_weights": False}),
    ({"batch_first": True}, {"causal": True, "need_weights": False}),
    ({}, {"causal": True}),
    ({}, {"causal": True, "padding": True, "need_weights": False}),
    ({}, {"itself": True, "mask": "bools"}),
    ({"batch_first": True}, {"itself": True, "mask": "bools", "padding": True, "need_weights": False}),
]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(("options", "how"), LAYERS)
def test_several_heads(options: Any, how: Any, training: bool) -> None:

    def run(library: Any) -> Any:
        library.manual_seed(5)
        layer = library.nn.MultiheadAttention(6, 2, **options)
        states = layer.state_dict()
        assert repr(layer) == repr(library.nn.MultiheadAttention(6, 2, **options))
        state = {name: x.numpy().copy() for name, x in states.items()}
        layer = layer.double().train(training)
        batch = () if how.get("alone") else (2,)
        source = 4 if how.get("itself") or how.get("causal") else 5
        shapes = [(4, *batch, 6), (source, *batch, layer.kdim), (source, *batch, layer.vdim)]
        arrays = [normal(*shape, seed=i) for i, shape in enumerate(shapes)]
        if layer.batch_first and batch:
            arrays = [x.swapaxes(0, 1).copy() for x in arrays]
        leaves = [library.tensor(x, requires_grad=True) for x in arrays]
        q, k, v = leaves
        if how.get("itself"):
            k = v = q
        call: dict[str, Any] = {name: how[name] for name in ("need_weights", "average_attn_weights") if name in how}
        if how.get("padding"):
            call["key_padding_mask"] = library.tensor(normal(*batch, source, seed=3) * 2)
        if how.get("mask") == "bools":
            call["attn_mask"] = library.tensor(np.triu(np.ones((4, source)), 1) == 1)
            if how.get("padding"):
                call["key_padding_mask"] = library.tensor(np.arange(8).reshape(2, 4) % 4 == 3)
        elif how.get("mask") == 3:
            call["attn_mask"] = library.tensor(normal(2 * 2, 4, source, seed=4))
        elif how.get("mask") == 2:
            call["attn_mask"] = library.tensor(normal(4, source, seed=4))
        if how.get("causal"):
            call |= {"attn_mask": library.nn.Transformer.generate_square_subsequent_mask(4, dtype=library.float64)}
            call["is_causal"] = True
        library.manual_seed(0)
        out, weights = layer(q, k, v, **call)
        outs = [out] if weights is None else [out, weights]
        parameters = [*leaves, *layer.parameters()]
        order = 2 if how.get("need_weights", True) or (options.get("dropout") and training) else 1
        return state, weights is None, arrays_of([*outs, *gradients(library, outs, parameters, order)])

    results = of_both(run)
    (ours, none, found), (theirs, expected_none, expected) = results
    assert list(ours) == list(theirs)
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)
    assert none is expected_none
    same(found, expected)


STACKS: dict[str, Any] = {
    "encoder layer": lambda n: n.TransformerEncoderLayer(6, 2, 5, 0.3),
    "gelu": lambda n: n.TransformerEncoderLayer(6, 2, 5, 0.0, "gelu", 1e-3, True, True, False),
    "a function": lambda n: n.TransformerEncoderLayer(6, 2, 5, 0.1, n.functional.leaky_relu, batch_first=True),
    "a module": lambda n: n.TransformerEncoderLayer(6, 2, 5, 0.1, n.GELU()),
    "decoder layer": lambda n: n.TransformerDecoderLayer(6, 3, 5, 0.3),
    "normalized first": lambda n: n.TransformerDecoderLayer(6, 3, 5, 0.3, "gelu", norm_first=True, bias=False),
    "encoder": lambda n: n.TransformerEncoder(n.TransformerEncoderLayer(6, 2, 5, batch_first=True), 2),
    "normalized encoder": lambda n: n.TransformerEncoder(n.TransformerEncoderLayer(6, 3, 5), 2, n.LayerNorm(6)),
    "decoder": lambda n: n.TransformerDecoder(n.TransformerDecoderLayer(6, 2, 5, batch_first=True), 2, n.LayerNorm(6)),
    "transformer": lambda n: n.Transformer(6, 2, 1, 2, 5),
    "small transformer": lambda n: n.Transformer(6, 2, 1, 1, 5, 0.0, "gelu", None, None, 1e-3, True, True, False),
}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", STACKS)
def test_layers_of_a_transformer(name: str, training: bool) -> None:

    def run(library: Any) -> Any:
        library.manual_seed(2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = STACKS[name](library.nn)
        state = {key: x.numpy().copy() for key, x in model.state_dict().items()}
        text = repr(model)
        model = model.double().train(training)
        kind = type(model).__name__
        first = any(getattr(m, "batch_first", False) for m in model.modules())
        x, y = (
            library.tensor(a.swapaxes(0, 1).copy() if first else a, requires_grad=True)
            for a in (normal(4, 2, 6), normal(5, 2, 6))
        )
        causal = library.nn.Transformer.generate_square_subsequent_mask(4, dtype=library.float64)
        padding = library.tensor([[False] * 4, [False, False, True, True]])
        other = library.tensor([[False] * 5, [False, False, True, True, True]])
        library.manual_seed(0)
        if kind == "Transformer":
            out = model(y, x, tgt_mask=causal, src_key_padding_mask=other, memory_key_padding_mask=other)
        elif "Decoder" in kind:
            out = model(x, y, tgt_mask=causal, memory_key_padding_mask=other, tgt_is_causal=name == "decoder")
        elif name == "encoder":
            out = model(x, src_key_padding_mask=padding)
        else:
            out = model(x, causal, is_causal=name == "gelu")
        leaves = [x, *([y] if "Encoder" not in kind else []), *model.parameters()]
        return text, state, arrays_of([out, *gradients(library, [out], leaves)])

    results = of_both(run)
    (text, ours, found), (expected_text, theirs, expected) = results
    assert text == expected_text
    assert list(ours) == list(theirs)
    for key in ours:
        np.testing.assert_array_equal(ours[key], theirs[key], err_msg=key)
    same(found, expected)


@pytest.mark.parametrize("enable", [True, False])
@pytest.mark.parametrize("padding", [[False, False, True], [False, True, False], None])
def test_padding_in_evaluation(padding: Any, enable: bool) -> None:
    """PyTorch leaves padding that is at the end out, so that it is 0 in the result."""

    def run(library: Any) -> Any:
        library.manual_seed(0)
        layer = library.nn.TransformerEncoderLayer(4, 2, 5, batch_first=True)
        model = library.nn.TransformerEncoder(layer, 2, enable_nested_tensor=enable).double().eval()
        mask = None if padding is None else library.tensor([padding, [False] * 3])
        with library.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return numbers(model(library.tensor(normal(2, 3, 4)), src_key_padding_mask=mask))

    results = of_both(run)
    same([results[0]], [results[1]])


def test_padding_that_stays_is_said() -> None:
    for make in (
        lambda n: n.TransformerEncoderLayer(4, 2),
        lambda n: n.TransformerEncoderLayer(4, 1, batch_first=True),
        lambda n: n.TransformerEncoderLayer(4, 2, batch_first=True, norm_first=True),
        lambda n: n.TransformerEncoderLayer(4, 2, batch_first=True, activation=n.functional.elu),
        lambda n: n.TransformerEncoderLayer(4, 2, batch_first=True, bias=False),
        lambda n: n.TransformerDecoderLayer(4, 2, batch_first=True),
    ):

        def run(library: Any, make: Any = make) -> Any:
            with pytest.warns(UserWarning, match="enable_nested_tensor is True") as caught:
                assert not library.nn.TransformerEncoder(make(library.nn), 1).use_nested_tensor
            return str(caught[0].message)

        said = of_both(run)
        assert said[0] == said[1]


WRONG = """
F.scaled_dot_product_attention(q, k, v, T.zeros(3, 5), is_causal=True)
F.scaled_dot_product_attention(q, k, v, T.zeros(3, 4))
F.scaled_dot_product_attention(q, k, v, T.zeros(3, 5).double())
F.scaled_dot_product_attention(q, k, v, T.zeros(3, 5).long())
F.scaled_dot_product_attention(q, k, v, T.zeros(7, 2, 3, 5))
F.scaled_dot_product_attention(q, k.double(), v)
F.scaled_dot_product_attention(q[0, 0], k, v)
F.scaled_dot_product_attention(q, k[..., :3], v)
F.scaled_dot_product_attention(q, k, v[:, :4])
F.scaled_dot_product_attention(q[0], k[0, :, :3], v[0])
F.scaled_dot_product_attention(T.ones(3, 3, 4), k, v)
F.scaled_dot_product_attention(q.long(), k.long(), v.long())
F.scaled_dot_product_attention(q, k, v, dropout_p=1.5)
F.scaled_dot_product_attention(1, k, v)
F.scaled_dot_product_attention(q, k, v, 3)
F.scaled_dot_product_attention(q, k, v, scale='a')
F.scaled_dot_product_attention(T.ones(1, 6, 3, 4), T.ones(1, 4, 5, 4), T.ones(1, 2, 5, 4), enable_gqa=True)
nn.MultiheadAttention(6, 4)
nn.MultiheadAttention(0, 1)
nn.MultiheadAttention(6, -1)
nn.MultiheadAttention(4, 2)(q, k, k)
nn.MultiheadAttention(4, 2)(q, k[:, :1], k[:, :1])
nn.MultiheadAttention(4, 2, kdim=4, vdim=3)(q, k[:, :1], v[:, :1, :3])
nn.MultiheadAttention(4, 2)(q[0, 0], k, k)
nn.MultiheadAttention(4, 2)(q[0], k, k)
nn.MultiheadAttention(4, 2)(q, k[0], k)
nn.MultiheadAttention(4, 2)(q, q, k)
nn.MultiheadAttention(4, 2, kdim=4, vdim=3)(q, q, v[..., :3])
nn.MultiheadAttention(6, 2)(q, q, q)
nn.MultiheadAttention(4, 2)(q, q, q, T.zeros(3).bool())
nn.MultiheadAttention(4, 2)(q, q, q, T.zeros(3, 3).bool())
nn.MultiheadAttention(4, 2)(q, q, q, T.zeros(3, 2).long())
nn.MultiheadAttention(4, 2)(q, q, q, attn_mask=T.zeros(3, 2))
nn.MultiheadAttention(4, 2)(q, q, q, attn_mask=T.zeros(2))
nn.MultiheadAttention(4, 2)(q, q, q, attn_mask=T.zeros(3, 2, 2))
nn.MultiheadAttention(4, 2)(q, q, q, attn_mask=T.zeros(2, 2).double())
nn.MultiheadAttention(4, 2)(q[0], q[0], q[0], attn_mask=T.zeros(1, 3, 3))
nn.MultiheadAttention(4, 2)(q[0], q[0], q[0], T.zeros(1, 3).bool())
nn.MultiheadAttention(4, 2)(q, q, q, is_causal=True)
nn.TransformerEncoderLayer(4, 2, activation='elu')
nn.TransformerDecoderLayer(4, 3)
nn.Transformer(4, 2, 1, 1, 4)(T.ones(3, 2, 4), T.ones(3, 3, 4))
nn.Transformer(4, 2, 1, 1, 4, batch_first=True)(T.ones(2, 3, 4), T.ones(3, 3, 4))
nn.Transformer(4, 2, 1, 1, 4)(T.ones(3, 2, 5), T.ones(3, 2, 4))
F.multi_head_attention_forward(q, q, q, 4, 2, None, None, None, None, False, 0.0, T.ones(4, 4), None)
F.multi_head_attention_forward(q, q, q, 4, 2, None, None, None, None, False, 0.0, T.ones(4, 4), None, use_separate_proj_weight=True)
F.multi_head_attention_forward(q, q, q, 4, 3, T.ones(12, 4), None, None, None, False, 0.0, T.ones(4, 4), None)
F.multi_head_attention_forward(q, q, q, 4, 2, T.ones(12, 4), None, T.ones(1, 1, 4), None, False, 0.0, T.ones(4, 4), None)
F.multi_head_attention_forward(q, q, q, 4, 2, T.ones(12, 4), None, None, T.ones(1, 1, 4), False, 0.0, T.ones(4, 4), None)
F.multi_head_attention_forward(q, q, q, 4, 2, T.ones(12, 4), None, T.ones(1, 1, 4), T.ones(1, 1, 4), False, 0.0, T.ones(4, 4), None, static_k=q)
F.multi_head_attention_forward(q, q, q, 4, 2, T.ones(12, 4), None, T.ones(1, 1, 4), T.ones(1, 1, 4), False, 0.0, T.ones(4, 4), None, static_v=T.ones(6, 2, 2))
F.multi_head_attention_forward(q, q, q, 4, 2, T.ones(12, 4), None, None, None, False, 0.0, T.ones(4, 4), None, static_k=q)
F.multi_head_attention_forward(q, q, q, 4, 2, T.ones(12, 4), None, None, None, False, 0.0, T.ones(4, 4), None, static_v=T.ones(6, 2, 3))
""".strip().splitlines()


@pytest.mark.parametrize("call", WRONG)
def test_wrong_arguments_raise_as_in_pytorch(call: str) -> None:

    def run(library: Any) -> Any:
        names = {"T": library, "nn": library.nn, "F": library.nn.functional}
        names |= {"q": library.ones(2, 3, 4), "k": library.ones(2, 5, 4), "v": library.ones(2, 5, 6)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises((TypeError, ValueError, RuntimeError, AssertionError)) as caught:
                eval(call, names)
        return type(caught.value).__name__, str(caught.value).replace("torch.", "").rstrip(".")

    found = of_both(run)
    assert found[0][0] == found[1][0]
    assert found[0][1].startswith(found[1][1][:200]), found


def test_given_keys_and_values() -> None:

    def run(library: Any) -> Any:
        x = library.tensor(normal(3, 2, 4), requires_grad=True)
        given = [library.tensor(normal(4, 5, 2, seed=i), requires_grad=True) for i in range(2)]
        weight, last = library.tensor(normal(12, 4)), library.tensor(normal(4, 4))
        options: dict[str, Any] = {"static_k": given[0], "static_v": given[1], "training": False}
        args = (x, x, x, 4, 2, weight, None, None, None, True, 0.5, last, library.tensor(normal(4)))
        out, weights = library.nn.functional.multi_head_attention_forward(*args, **options)
        return arrays_of([out, weights, *gradients(library, [out, weights], [x, *given], 2)])

    results = of_both(run)
    same(*results)


def test_masks_of_two_kinds_warn() -> None:
    for library in [tl, *([pytest.importorskip("torch")] if PRESENT else [])]:
        layer, x = library.nn.MultiheadAttention(4, 2), library.ones(3, 2, 4)
        with pytest.warns(UserWarning, match="Support for mismatched key_padding_mask and attn_mask is deprecated"):
            layer(x, x, x, library.zeros(2, 3).bool(), attn_mask=library.zeros(3, 3))


def test_training_has_pytorchs_losses() -> None:

    def run(library: Any) -> Any:
        library.manual_seed(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = library.nn.Transformer(8, 2, 1, 1, 16, dropout=0.2, batch_first=True)
        optimizer = library.optim.AdamW(model.parameters(), lr=1e-2)
        x, y = library.tensor(normal(4, 5, 8)).float(), library.tensor(normal(4, 3, 8)).float()
        history = []
        for _ in range(20):
            optimizer.zero_grad()
            loss = library.nn.functional.mse_loss(model(x, y, tgt_mask=model.generate_square_subsequent_mask(3)), y * 2)
            loss.backward()
            optimizer.step()
            history.append(loss.item())
        return history

    losses = of_both(run)
    np.testing.assert_allclose(losses[0], losses[1], rtol=2e-4)
