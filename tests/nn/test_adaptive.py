"""The adaptive softmax, and what of embeddings was missing: the same calls under PyTorch, and probabilities of sum 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

X = np.random.default_rng(0).standard_normal((6, 16))
TARGETS = ([0, 3, 7, 12, 19, 4], [1, 2, 0, 0, 1, 2], [18, 19, 17, 16, 15, 18])


def run(T: Any, targets: Any, x: Any = X, **options: Any) -> tuple[list[str], list[Any]]:
    T.manual_seed(0)
    layer = T.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10], 2.0, dtype=T.float64, **options)
    inputs = T.tensor(x, requires_grad=True)
    output, loss = layer(inputs, T.tensor(targets))
    grads = T.autograd.grad(loss, [inputs, *layer.parameters()], allow_unused=True)
    found = [output, loss, *(g for g in grads if g is not None), *layer.state_dict().values()]
    if inputs.ndim == 2:
        found += [layer.log_prob(inputs), layer.predict(inputs)]
    words = [repr(layer), *layer.state_dict(), str([g is None for g in grads])]
    return words, [t.detach().numpy() for t in found]


def test_adaptive_softmax() -> None:
    torch = pytest.importorskip("torch")
    for arguments in (*((targets,) for targets in TARGETS), (5, X[0]), (1, X[0])):
        for options in ({}, {"head_bias": True}):
            (our_words, ours), (their_words, theirs) = run(tl, *arguments, **options), run(torch, *arguments, **options)
            assert our_words == their_words
            for a, b in zip(ours, theirs, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_its_probabilities() -> None:
    layer = tl.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10], 2.0).double()
    layer.reset_parameters()
    x = tl.tensor(X)
    logarithms = layer.log_prob(x)
    np.testing.assert_allclose(logarithms.exp().sum(1).detach().numpy(), np.ones(6), rtol=1e-12)
    for targets in TARGETS:
        output, loss = layer(x, tl.tensor(targets))
        expected = logarithms.gather(1, tl.tensor(targets).unsqueeze(1)).squeeze(1)
        np.testing.assert_allclose(output.detach().numpy(), expected.detach().numpy(), rtol=1e-12)
        assert loss.item() == pytest.approx(-expected.mean().item())


def test_predictions() -> None:
    """The most probable class, where the head decides all, where the tails do, and where both have a part of the batch."""
    x = tl.tensor(X)
    found = set()
    for seed in range(20):
        tl.manual_seed(seed)
        layer = tl.nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10], 2.0, head_bias=True).double()
        with tl.no_grad():
            layer.head.bias[4:] += (-4.0, 1.0, 4.0)[seed % 3]  # towards the classes of the head, of both, of the tails
        best = layer.log_prob(x).argmax(1)
        np.testing.assert_array_equal(layer.predict(x).numpy(), best.numpy())
        found |= {(best < 4).sum().item()}
    assert {0, 6} < found  # all in the head, none, and something between


def test_fused_normalizations() -> None:
    """The layers do what both did, with PyTorch's numbers, and are copies."""

    def run(T: Any) -> list[Any]:
        found = []
        for make, norm, transpose, shape in (
            (lambda T: T.nn.Conv2d(2, 3, 2, bias=False), "BatchNorm2d", False, (2, 2, 4, 4)),
            (lambda T: T.nn.ConvTranspose1d(2, 3, 2), "BatchNorm1d", True, (2, 2, 4)),
            (lambda T: T.nn.Linear(2, 3), "BatchNorm1d", False, (4, 2)),
        ):
            T.manual_seed(0)
            layer, bn = make(T).double(), getattr(T.nn, norm)(3, affine=not transpose).double()
            x = T.rand(*shape, dtype=T.float64)
            bn(layer(x))
            names = T.nn.utils
            with pytest.raises(AssertionError, match="Fusion only for eval!"):
                names.fuse_conv_bn_eval(layer, bn)
            layer, bn = layer.eval(), bn.eval()
            fused = (
                names.fuse_linear_bn_eval(layer, bn)
                if len(shape) == 2
                else names.fuse_conv_bn_eval(layer, bn, transpose)
            )
            np.testing.assert_allclose(fused(x).detach().numpy(), bn(layer(x)).detach().numpy(), rtol=1e-10)
            assert fused is not layer
            found += [fused.weight.detach().numpy(), fused.bias.detach().numpy(), fused.bias.requires_grad]
        norm = T.nn.BatchNorm1d(3).double().eval()
        rest = [norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias]
        for fuse, shape in ((T.nn.utils.fuse_conv_bn_weights, (3, 2, 2)), (T.nn.utils.fuse_linear_bn_weights, (3, 2))):
            found += [x.detach().numpy() for x in fuse(T.ones(*shape, dtype=T.float64), None, *rest)]
        with pytest.raises(AssertionError, match=r"To fuse, linear\.out_features == bn\.num_features"):
            T.nn.utils.fuse_linear_bn_eval(T.nn.Linear(2, 3).eval(), T.nn.BatchNorm1d(2).eval())
        return found

    ours = run(tl)
    for a, b in zip(ours, run(pytest.importorskip("torch")), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10)


REFUSED = [
    (lambda T: T.nn.AdaptiveLogSoftmaxWithLoss(4, 9, []), "cutoffs should be a sequence of length larger than 0"),
    *((lambda T, c=c: T.nn.AdaptiveLogSoftmaxWithLoss(4, 9, c), "cutoffs should be a sequence of unique, positive integers") for c in ([3, 2], [0, 2], [9], [2, 2], [2.5])),
    (lambda T: layer(T)(T.ones(2, 4), T.tensor([1, 9])), r"Target values should be in \[0, 8\], but values in range \[1, 9\] were found"),
    (lambda T: layer(T)(T.ones(2, 4), T.tensor([1, -1])), r"Target values should be in \[0, 8\]"),
    (lambda T: layer(T)(T.ones(2, 4), T.tensor([1])), "Input and target should have the same size in the batch dimension."),
    (lambda T: layer(T)(T.ones(2, 4, 1), T.tensor([1, 2])), "1D target tensor expects 2D input tensors, but found inputs with size"),
    (lambda T: layer(T)(T.ones(2, 4), T.tensor(1)), "0D target tensor expects 1D input tensors, but found inputs with size"),
    (lambda T: layer(T)(T.ones(2, 4), T.tensor([[1, 2]])), "0D or 1D target tensor expected, multi-target not supported"),
    (lambda T: T.nn.functional.embedding_bag(T.tensor([0, 1]), T.ones(3, 2), T.tensor([0.0])), "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got"),
]  # fmt: skip


def layer(T: Any) -> Any:
    return T.nn.AdaptiveLogSoftmaxWithLoss(4, 9, [3])


def test_refusals() -> None:
    for T in (tl, *([pytest.importorskip("torch")] if tl else [])):
        for call, phrase in REFUSED:
            with pytest.raises((ValueError, RuntimeError), match="^" + phrase):
                call(T)


def test_offsets_of_small_integers_are_taken() -> None:
    bags = [
        tl.nn.functional.embedding_bag(tl.tensor([0, 1, 2]), tl.eye(3), tl.tensor([0, 1], dtype=d))
        for d in (tl.int32, tl.int16, tl.uint8)
    ]
    for found in bags:
        assert found.tolist() == [[1, 0, 0], [0, 0.5, 0.5]]
