"""What losses answer to arguments that do not fit: PyTorch's error, its phrase, and a way out."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.nn import functional as F
from tinygrad_lite.nn.functional import classification

from ..support.loss_samples import SAMPLES
from ..support.wrong_arguments import NONE, WRONG, WrongArgument


def ones(T: Any, *shape: int) -> Any:
    return T.full(shape, 0.5)


def whole(T: Any, *values: Any) -> Any:
    return T.tensor(values, dtype=T.int64)


# Of each: a call, the class, and a pattern that PyTorch's message and ours both match.
WARNINGS = [
    *(
        (
            lambda T, n=n: getattr(T.nn.functional, n)(ones(T, 3, 1), ones(T, 3)),
            r"Using a target size \(.*\[3\].*\[3, 1\]",
        )
        for n in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
    ),
    (lambda T: T.nn.MSELoss()(ones(T, 3), ones(T, 3, 1)), "likely lead to incorrect results due to broadcasting"),
    (lambda T: T.nn.functional.mse_loss(ones(T, 2), ones(T, 2), size_average=False), "reduction='sum' instead"),
    (lambda T: T.nn.functional.nll_loss(-ones(T, 2, 2), whole(T, 0, 1), reduce=False), "reduction='none' instead"),
    (lambda T: T.nn.MSELoss(size_average=True), "size_average and reduce args will be deprecated.*'mean' instead"),
    (lambda T: T.nn.BCELoss(None, False, False), "reduction='none' instead"),
    (lambda T: T.nn.functional.mse_loss(ones(T, 2), ones(T, 2), reduction="elementwise_mean"), "is deprecated"),
    (lambda T: T.nn.functional.kl_div(ones(T, 2), ones(T, 2)), "'mean' divides the total loss by both the batch size"),
]


@pytest.mark.parametrize(("call", "pattern"), WARNINGS)
def test_warnings(call: Any, pattern: str) -> None:
    torch = pytest.importorskip("torch")
    with pytest.warns(UserWarning, match=pattern):
        expected = call(torch)
    with pytest.warns(UserWarning, match=pattern) as caught:
        found = call(tl)
    if isinstance(found, tl.Tensor):
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-6)
    else:
        assert found.reduction == expected.reduction
    assert len(caught) == 1
    if "Loss(" not in str(caught[0].message) and isinstance(found, tl.Tensor):
        assert "tinygrad_lite" not in caught[0].filename or "nn" in caught[0].filename


@pytest.mark.parametrize(("a", "b", "hint"), [((3, 1), (3,), "input.squeeze"), ((3,), (3, 1), "target.squeeze")])
def test_the_likely_mistake_is_named(a: Any, b: Any, hint: str) -> None:
    with pytest.warns(UserWarning, match=r"losses would be of shape \[3, 3\].*Did you mean " + hint) as caught:
        value = F.mse_loss(tl.ones(*a), tl.zeros(*b), reduction="none")
    assert value.shape == (3, 3)
    assert caught[0].filename == __file__


def test_an_unlikely_mistake_is_not() -> None:
    with pytest.warns(UserWarning, match=r"the same size\.$"):
        F.mse_loss(tl.ones(2, 3), tl.ones(3))


REFUSED = [
    (
        lambda F, T: F.cross_entropy(ones(T, 3, 5), whole(T, 1, 2)),
        ValueError,
        r"input batch_size \(3\) to match target",
    ),
    (lambda F, T: F.cross_entropy(ones(T, 3, 5), ones(T, 3)), RuntimeError, "expected target dtype to be Long or Byte"),
    (lambda F, T: F.cross_entropy(ones(T, 3, 5), whole(T, 1, 2, 0).int()), RuntimeError, "expected target dtype"),
    (lambda F, T: F.cross_entropy(ones(T, 3, 5), whole(T, 1, 2, 5)), IndexError, "Target 5 is out of bounds"),
    (lambda F, T: F.cross_entropy(ones(T, 3, 5), whole(T, -1, 2, 0)), IndexError, "Target -1 is out of bounds"),
    (
        lambda F, T: F.cross_entropy(ones(T, 2, 3, 2, 2), whole(T, *[7] * 8).reshape(2, 2, 2)),
        IndexError,
        "Target 7 is out",
    ),
    (lambda F, T: F.cross_entropy(ones(T, 2, 3, 2), whole(T, *range(6)).reshape(2, 3)), RuntimeError, r"size \[2, 2\]"),
    (lambda F, T: F.cross_entropy(ones(T, 3, 5), whole(T, *[1] * 15).reshape(3, 5)), RuntimeError, "Expected floating"),
    (lambda F, T: F.cross_entropy(ones(T, 3, 5), ones(T, 3, 5), ignore_index=2), RuntimeError, "ignore_index is not"),
    (lambda F, T: F.cross_entropy(ones(T, 1, 5), whole(T, 1), ones(T, 3)), RuntimeError, "all 5 classes.*shape: .3."),
    (lambda F, T: F.cross_entropy(ones(T, 1, 5), ones(T, 1, 5), ones(T, 3)), RuntimeError, "all 5 classes.*shape: .3."),
    (
        lambda F, T: F.cross_entropy(ones(T, 1, 5), whole(T, 1), ones(T, 5).double()),
        RuntimeError,
        "expected scalar type",
    ),
    (
        lambda F, T: F.cross_entropy(ones(T, 1, 5).requires_grad_(), whole(T, 1), ones(T, 5).requires_grad_()),
        RuntimeError,
        "not differentiable with respect to argument 'weight'",
    ),
    (lambda F, T: F.cross_entropy(ones(T, 1, 5), whole(T, 1), reduction="avg"), ValueError, "avg is not a valid value"),
    (
        lambda F, T: F.cross_entropy(ones(T, 1, 5), whole(T, 1), label_smoothing=1.5),
        RuntimeError,
        "between 0.0 and 1.0",
    ),
    (lambda F, T: F.cross_entropy(whole(T, 1, 5), T.tensor(1)), NotImplementedError, "not implemented for"),
    (lambda F, T: F.nll_loss(ones(T), T.tensor(0)), ValueError, r"Expected 1 or more dimensions \(got 0\)"),
    (lambda F, T: F.nll_loss(ones(T, 3, 5), whole(T, 1)), ValueError, r"to match target batch_size \(1\)"),
    (lambda F, T: F.nll_loss(ones(T, 3, 5), whole(T, 0, 9, 1)), IndexError, "Target 9 is out of bounds"),
    (lambda F, T: F.nll_loss(ones(T, 3, 5), ones(T, 3)), RuntimeError, "expected target dtype"),
    (lambda F, T: F.nll_loss(ones(T, 3, 5), whole(T, 0, 1, 2).reshape(3, 1)), RuntimeError, None),
    (lambda F, T: F.mse_loss(whole(T, 1), whole(T, 2)), NotImplementedError, "not implemented for"),
    (lambda F, T: F.mse_loss(ones(T, 4), ones(T, 4), weight=ones(T, 1)), ValueError, "Weights and input must have"),
    (lambda F, T: F.huber_loss(ones(T, 4), ones(T, 4), weight=ones(T, 1)), ValueError, "Weights and input must have"),
    (
        lambda F, T: F.l1_loss(ones(T, 4), ones(T, 4), reduction="batchmean"),
        ValueError,
        "batchmean is not a valid value",
    ),
    (lambda F, T: F.huber_loss(ones(T, 4), ones(T, 4), delta=0), RuntimeError, "non-positive values for delta"),
    (lambda F, T: F.smooth_l1_loss(ones(T, 4), ones(T, 4), beta=-1), RuntimeError, "negative values for beta"),
    (
        lambda F, T: F.binary_cross_entropy(ones(T, 2) * 3, ones(T, 2)),
        RuntimeError,
        "of input should be between 0 and 1",
    ),
    (
        lambda F, T: F.binary_cross_entropy(ones(T, 2), ones(T, 2) * 3),
        RuntimeError,
        "of target should be between 0 and 1",
    ),
    (lambda F, T: F.binary_cross_entropy(ones(T, 1) * np.nan, ones(T, 1)), RuntimeError, "should be between 0 and 1"),
    (lambda F, T: F.binary_cross_entropy(ones(T, 2), ones(T, 2, 1)), ValueError, "arget size"),
    (lambda F, T: F.binary_cross_entropy(ones(T, 2), whole(T, 1, 0)), RuntimeError, "Found dtype .* but expected"),
    (
        lambda F, T: F.binary_cross_entropy_with_logits(ones(T, 2, 1), ones(T, 2)),
        ValueError,
        "must be the same as input",
    ),
    (lambda F, T: F.binary_cross_entropy_with_logits(ones(T, 2), whole(T, 0, 1)), RuntimeError, "can't be cast"),
    (lambda F, T: F.kl_div(ones(T, 2), ones(T, 2), reduction="x"), ValueError, "x is not a valid value for reduction"),
    (lambda F, T: F.poisson_nll_loss(ones(T, 2), ones(T, 2), reduction="x"), ValueError, "x is not a valid value"),
    (lambda F, T: F.gaussian_nll_loss(ones(T, 2), ones(T, 2), ones(T, 3)), ValueError, "var is of incorrect size"),
    (lambda F, T: F.gaussian_nll_loss(ones(T, 2), ones(T, 2), -ones(T, 2)), ValueError, "var has negative entry"),
    (lambda F, T: F.gaussian_nll_loss(ones(T, 2), ones(T, 2), ones(T, 2), reduction="q"), ValueError, "q is not"),
    (lambda F, T: F.cosine_embedding_loss(*[ones(T, 2, 3)] * 3), RuntimeError, "0D or 1D target tensor expected"),
    (lambda F, T: F.cosine_embedding_loss(*[ones(T, 3)] * 2, ones(T, 1)), RuntimeError, "1D target tensor expects 2D"),
    (lambda F, T: F.cosine_embedding_loss(*[ones(T, 2, 3)] * 2, ones(T)), RuntimeError, "0D target tensor expects 1D"),
    (
        lambda F, T: F.margin_ranking_loss(ones(T, 2, 3), ones(T, 3), ones(T, 3)),
        RuntimeError,
        "All input tensors should",
    ),
    (
        lambda F, T: F.triplet_margin_loss(ones(T, 2, 3), ones(T, 3), ones(T, 3)),
        RuntimeError,
        "same number of dimensions",
    ),
    (lambda F, T: F.triplet_margin_loss(*[ones(T, 2, 3)] * 3, margin=0), ValueError, "margin must be greater than 0"),
    (lambda F, T: F.multi_margin_loss(ones(T, 2, 3), whole(T, 0)), RuntimeError, "target"),
    (lambda F, T: F.multi_margin_loss(ones(T, 2, 3), whole(T, 0, 1), weight=ones(T, 2)), RuntimeError, "weight"),
    (
        lambda F, T: F.multi_margin_loss(ones(T, 2, 3), whole(T, 0, 1), weight=ones(T, 3).requires_grad_()),
        RuntimeError,
        "'multi_margin_loss' is not differentiable with respect to argument 'weight'",
    ),
    (
        lambda F, T: F.multi_margin_loss(ones(T, 2, 3), whole(T, 0, 1), p=3),
        ValueError,
        "only p == 1 and p == 2 supported",
    ),
    (lambda F, T: F.multilabel_margin_loss(ones(T, 2, 3), whole(T, 0, 1)), RuntimeError, "inconsistent target size"),
    (
        lambda F, T: F.cosine_similarity(whole(T, 1, 2), whole(T, 1, 2), dim=0),
        RuntimeError,
        "dtype to be floating point",
    ),
    (lambda F, T: T.nn.HuberLoss(delta="1"), TypeError, "delta must be a float or int"),
    (lambda F, T: T.nn.TripletMarginLoss(margin=-1), ValueError, "expected margin to be greater than 0"),
    (lambda F, T: T.nn.TripletMarginWithDistanceLoss(margin=0), ValueError, "expected margin to be greater than 0"),
    (lambda F, T: T.nn.MultiMarginLoss(p=3), ValueError, "only p == 1 and p == 2 supported"),
    (lambda F, T: T.nn.MultiMarginLoss(weight=ones(T, 1, 1)), ValueError, "expected weight to be None or 1D tensor"),
    (lambda F, T: T.nn.MSELoss(reduction="oops")(ones(T, 1), ones(T, 1)), ValueError, "oops is not a valid value"),
]


# The same, with PyTorch's phrase first in ours.
PHRASES = [
    (lambda F, T: F.cross_entropy(ones(T, 4, 3), whole(T, 0, 1, 2, 0).reshape(4, 1)), RuntimeError, "0D or 1D target tensor expected, multi-target not supported"),
    (lambda F, T: F.cross_entropy(ones(T, 4, 3), ones(T, 4, 4)), RuntimeError, "0D or 1D target tensor expected, multi-target not supported"),
    (lambda F, T: F.cross_entropy(ones(T, 4, 3), T.tensor(1)), ValueError, r"Expected input batch_size \(4\) to match target batch_size \(0\)."),
    (lambda F, T: F.cross_entropy(ones(T, 3), whole(T, 1, 2)), ValueError, "For 1D input, 1D target must have size 1, but got target size: 2"),
    (lambda F, T: F.cross_entropy(ones(T, 3), whole(T, 1, 2, 0)), RuntimeError, "Expected floating point type for target with class probabilities, got Long"),
    (lambda F, T: F.cross_entropy(ones(T, 3), ones(T, 1, 1)), RuntimeError, "0D or 1D target tensor expected, multi-target not supported"),
    (lambda F, T: F.cross_entropy(ones(T, 2, 3, 5), whole(T, 0, 1)), RuntimeError, r"Expected target size \[2, 5\], got \[2\]"),
    (lambda F, T: F.cross_entropy(ones(T, 2, 3, 5, 5), whole(T, 0, 1)), RuntimeError, r"only batches of spatial targets supported \(3D tensors\) but got targets of dimension: 1"),
    (lambda F, T: F.cross_entropy(ones(T, 2, 3, 5, 5), T.zeros(2, 3, 5, dtype=T.int64)), RuntimeError, r"size mismatch \(got input: \[2, 3, 5, 5\] , target: \[2, 3, 5\]"),
    (lambda F, T: F.cross_entropy(T.tensor(1.0), T.tensor(1.0)), IndexError, "Dimension specified as 1 but tensor has no dimensions"),
    (lambda F, T: F.cross_entropy(T.tensor(1.0), T.tensor(1)), RuntimeError, "Expected floating point type for target with class probabilities, got Long"),
    (lambda F, T: F.cross_entropy(ones(T, 2, 3), T.tensor([True, False])), RuntimeError, "expected target dtype to be Long or Byte, but got Bool"),
    (lambda F, T: F.cross_entropy(ones(T, 2, 3), whole(T, 1, 2).int()), RuntimeError, "expected target dtype to be Long or Byte, but got Int"),
    (lambda F, T: F.cross_entropy(ones(T, 2, 3), whole(T, 1, 2), ones(T, 3).double()), RuntimeError, "expected scalar type Float but found Double"),
    (lambda F, T: F.cross_entropy(ones(T, 2, 3), whole(T, 1, 2), ones(T, 2)), RuntimeError, r"weight tensor should be defined either for all 3 classes or no classes but got weight tensor of shape: \[2\]"),
    (lambda F, T: F.cross_entropy(ones(T, 0, 3), T.zeros(1, dtype=T.int64)), ValueError, r"Expected input batch_size \(0\) to match target batch_size \(1\)."),
    (lambda F, T: F.nll_loss(ones(T, 4, 3), ones(T, 4, 3)), RuntimeError, "0D or 1D target tensor expected, multi-target not supported"),
    (lambda F, T: F.nll_loss(ones(T, 2, 3, 5), ones(T, 2, 3, 5)), RuntimeError, r"Expected target size \[2, 5\], got \[2, 3, 5\]"),
    (lambda F, T: F.mse_loss(ones(T, 3), ones(T, 4)), RuntimeError, r"The size of tensor a \(3\) must match the size of tensor b \(4\) at non-singleton dimension 0"),
    (lambda F, T: F.l1_loss(ones(T, 3, 2), ones(T, 4)), RuntimeError, r"The size of tensor a \(2\) must match the size of tensor b \(4\) at non-singleton dimension 1"),
    (lambda F, T: F.huber_loss(ones(T, 3, 2), ones(T, 4)), RuntimeError, r"The size of tensor a \(2\) must match the size of tensor b \(4\) at non-singleton dimension 1"),
    (lambda F, T: F.smooth_l1_loss(ones(T, 3, 2), ones(T, 4)), RuntimeError, r"The size of tensor a \(2\) must match the size of tensor b \(4\) at non-singleton dimension 1"),
    (lambda F, T: F.kl_div(ones(T, 2, 3), ones(T, 3, 3)), RuntimeError, r"The size of tensor a \(3\) must match the size of tensor b \(2\) at non-singleton dimension 0"),
    (lambda F, T: F.kl_div(ones(T, 2, 3), whole(T, 0, 1)), RuntimeError, "kl_div: Integral inputs not supported."),
    (lambda F, T: F.poisson_nll_loss(ones(T, 2), ones(T, 3)), RuntimeError, r"The size of tensor a \(3\) must match the size of tensor b \(2\)"),
    (lambda F, T: F.gaussian_nll_loss(ones(T, 2), ones(T, 3), ones(T, 2)), RuntimeError, r"The size of tensor a \(2\) must match the size of tensor b \(3\)"),
    (lambda F, T: F.gaussian_nll_loss(ones(T, 2), ones(T, 2), whole(T, 1, 2)), RuntimeError, "result type Float can't be cast to the desired output type"),
    (lambda F, T: F.soft_margin_loss(ones(T, 2), ones(T, 3)), RuntimeError, r"The size of tensor a \(2\) must match the size of tensor b \(3\)"),
    (lambda F, T: F.multilabel_soft_margin_loss(ones(T, 2, 3), ones(T, 2, 4)), RuntimeError, r"The size of tensor a \(4\) must match the size of tensor b \(3\)"),
    (lambda F, T: F.multilabel_soft_margin_loss(ones(T, 2, 3), ones(T, 2, 3), ones(T, 2)), RuntimeError, r"The size of tensor a \(3\) must match the size of tensor b \(2\)"),
    (lambda F, T: F.multilabel_soft_margin_loss(ones(T), ones(T)), IndexError, "Dimension specified as -1 but tensor has no dimensions"),
    (lambda F, T: F.multi_margin_loss(ones(T, 2, 3), whole(T, 0, 1, 1)), RuntimeError, r"multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples \(batch size\). Expected target size \[2\], but got \[3\]. Input has shape \[2, 3\]."),
    (lambda F, T: F.multi_margin_loss(ones(T, 2, 3, 4), whole(T, 0, 1)), RuntimeError, r"Expected non-empty vector or matrix with optional 0-dim batch size, but got: \[2, 3, 4\]"),
    (lambda F, T: F.multi_margin_loss(ones(T, 2, 3), ones(T, 2)), RuntimeError, "expected scalar type Long but found Float"),
    (lambda F, T: F.multi_margin_loss(ones(T, 2, 3), whole(T, 0, 1), weight=ones(T, 2)), RuntimeError, r"inconsistent weight size, expected 3 but got \[2\]"),
    (lambda F, T: F.multilabel_margin_loss(ones(T, 2, 3), whole(T, 0, 1)), RuntimeError, r"inconsistent target size: \[2\] for input of size: \[2, 3\]"),
    (lambda F, T: F.multilabel_margin_loss(ones(T, 2, 3), ones(T, 2, 3)), RuntimeError, "expected scalar type Long but found Float"),
    (lambda F, T: F.binary_cross_entropy(ones(T, 2) * 3, ones(T, 2)), RuntimeError, "all elements of input should be between 0 and 1"),
    (lambda F, T: F.binary_cross_entropy(ones(T, 2), ones(T, 2).double()), RuntimeError, "Found dtype Double but expected Float"),
    (lambda F, T: F.binary_cross_entropy(ones(T, 1, 2), ones(T, 1, 2), ones(T, 3, 2)), RuntimeError, r"output with shape \[1, 2\] doesn't match the broadcast shape \[3, 2\]"),
    (lambda F, T: F.binary_cross_entropy_with_logits(ones(T, 1, 2), ones(T, 1, 2), ones(T, 3, 2)), RuntimeError, r"output with shape \[1, 2\] doesn't match the broadcast shape \[3, 2\]"),
    (lambda F, T: F.binary_cross_entropy_with_logits(ones(T, 2), ones(T, 2), pos_weight=ones(T, 3)), RuntimeError, r"The size of tensor a \(3\) must match the size of tensor b \(2\)"),
    (lambda F, T: F.binary_cross_entropy_with_logits(ones(T, 2), whole(T, 0, 1)), RuntimeError, "result type Float can't be cast to the desired output type Long"),
    (lambda F, T: F.cosine_embedding_loss(ones(T, 2, 3), ones(T, 2, 4), whole(T, 1, -1)), RuntimeError, r"The size of tensor a \(3\) must match the size of tensor b \(4\) at non-singleton dimension 1"),
    (lambda F, T: F.cosine_embedding_loss(*[ones(T, 2, 3)] * 2, whole(T, 1, -1, 1)), RuntimeError, r"The size of tensor a \(3\) must match the size of tensor b \(2\) at non-singleton dimension 0"),
    (lambda F, T: F.cosine_embedding_loss(*[ones(T, 3)] * 2, ones(T, 1)), RuntimeError, r"1D target tensor expects 2D input tensors, but found inputs with sizes \[3\] and \[3\]."),
    (lambda F, T: F.margin_ranking_loss(ones(T, 2), ones(T, 3), ones(T, 2)), RuntimeError, r"The size of tensor a \(2\) must match the size of tensor b \(3\)"),
    (lambda F, T: F.margin_ranking_loss(ones(T, 2), ones(T, 2), ones(T, 1, 2)), RuntimeError, "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "),
    (lambda F, T: F.hinge_embedding_loss(ones(T, 2), ones(T, 3)), RuntimeError, r"The size of tensor a \(3\) must match the size of tensor b \(2\)"),
    (lambda F, T: F.triplet_margin_loss(ones(T, 2, 3), ones(T, 2, 3), ones(T, 2, 4)), RuntimeError, r"The size of tensor a \(3\) must match the size of tensor b \(4\)"),
    (lambda F, T: F.triplet_margin_loss(ones(T, 2, 3), ones(T, 2, 3), ones(T, 3)), RuntimeError, "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor 2D, positive 2D, and negative 1D inputs"),
    (lambda F, T: F.triplet_margin_with_distance_loss(ones(T, 2, 3), ones(T, 2, 3), ones(T, 3)), RuntimeError, "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor 2D, positive 2D, and negative 1D inputs"),
    (lambda F, T: F.triplet_margin_with_distance_loss(*[ones(T, 2, 3)] * 3, distance_function=1), TypeError, "'int' object is not callable"),
    (lambda F, T: F.cosine_similarity(ones(T, 3), ones(T, 4), dim=0), RuntimeError, r"The size of tensor a \(3\) must match the size of tensor b \(4\) at non-singleton dimension 0"),
    (lambda F, T: F.cosine_similarity(whole(T, 1, 2), whole(T, 1, 2), dim=0), RuntimeError, "expected common dtype to be floating point, yet common dtype is Long"),
    (lambda F, T: F.pairwise_distance(ones(T, 3), ones(T, 4)), RuntimeError, r"The size of tensor a \(3\) must match the size of tensor b \(4\) at non-singleton dimension 0"),
    (lambda F, T: F.huber_loss(ones(T, 3), ones(T, 3), delta="1"), TypeError, r"huber_loss\(\): argument 'delta' \(position 4\) must be float, not str"),
    (lambda F, T: F.smooth_l1_loss(ones(T, 3), ones(T, 3), beta=None), TypeError, r"smooth_l1_loss\(\): argument 'beta' \(position 4\) must be float, not NoneType"),
    (lambda F, T: F.triplet_margin_loss(*[ones(T, 2, 3)] * 3, p="a"), TypeError, r"triplet_margin_loss\(\): argument 'p' \(position 5\) must be float, not str"),
    (lambda F, T: F.margin_ranking_loss(*[ones(T, 2)] * 3, margin="a"), TypeError, r"margin_ranking_loss\(\): argument 'margin' \(position 4\) must be float, not str"),
    (lambda F, T: F.hinge_embedding_loss(*[ones(T, 2)] * 2, margin="a"), TypeError, r"hinge_embedding_loss\(\): argument 'margin' \(position 3\) must be float, not str"),
    (lambda F, T: F.multi_margin_loss(ones(T, 2, 3), whole(T, 0, 1), margin="a"), TypeError, r"multi_margin_loss\(\): argument 'margin' \(position 4\) must be Number, not str"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Using a target size", "ignore:reduction.*'mean' divides the total loss")
@pytest.mark.parametrize(("call", "kind", "pattern"), PHRASES)
def test_errors_have_pytorchs_phrase_first(call: Any, kind: type[Exception], pattern: str) -> None:
    torch = pytest.importorskip("torch")
    for T in (torch, tl):
        with pytest.raises(kind, match=f"^{pattern}"):
            call(T.nn.functional, T)


ONE_HOT = tl.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
WAYS_OUT = [
    (lambda: F.nll_loss(tl.ones(2, 3), ONE_HOT), ("scores [2, 3] need targets of shape [2], not [2, 3]", "target.argmax(1)", "cross_entropy takes probabilities")),
    (lambda: F.nll_loss(tl.ones(2, 3), ONE_HOT.long()), ("target.argmax(1)",)),
    (lambda: F.cross_entropy(tl.ones(2, 3), ONE_HOT.long()), ("target.argmax(1)", "target.float()", "[2, 3]")),
    (lambda: F.multi_margin_loss(tl.ones(2, 3), ONE_HOT), ("target.argmax(1)",)),
    (lambda: F.cross_entropy(tl.ones(2, 3), tl.tensor([[0], [1]])), ("need targets of shape [2], not [2, 1]", "target.squeeze(1)")),
    (lambda: F.cross_entropy(tl.ones(2, 3), tl.tensor([1.0, 2.0])), ("float32", "target.long()")),
    (lambda: F.cross_entropy(tl.ones(1, 3), tl.tensor(1)), ("target.reshape(1)",)),
    (lambda: F.cross_entropy(tl.ones(3), tl.tensor([0, 1])), ("scores of one sample", "(N, C)")),
    (lambda: F.cross_entropy(tl.ones(3), tl.tensor([0, 1, 2])), ("logits of one sample with 3 classes", "(N, C)")),
    (lambda: F.cross_entropy(tl.ones(3, 3), tl.tensor([1, 2, 3])), ("3 classes, 0 to 2", "subtract 1")),
    (lambda: F.cross_entropy(tl.ones(3, 3), tl.tensor([0, 3, -1])), ("ignore_index=-1",)),
    (lambda: F.cross_entropy(tl.ones(3, 3), tl.tensor([0, 9, 1])), ("Target 9 is out of bounds", "3 classes, 0 to 2")),
    (lambda: F.cross_entropy(tl.ones(3, 1), tl.tensor([0, 1, 0])), ("1 class;", "binary_cross_entropy_with_logits")),
    (lambda: F.mse_loss(tl.ones(3), tl.ones(4)), ("mse_loss", "input [3], target [4]")),
    (lambda: F.binary_cross_entropy(tl.ones(3) * 2, tl.ones(3)), ("one is 2", "sigmoid", "with_logits")),
    (lambda: F.binary_cross_entropy(tl.ones(3, 1), tl.ones(3)), ("[3]", "[3, 1]", "target.reshape(input.shape)")),
    (lambda: F.binary_cross_entropy_with_logits(tl.ones(3, 1), tl.ones(3)), ("target.reshape(input.shape)",)),
    (lambda: F.binary_cross_entropy_with_logits(tl.ones(2), tl.tensor([0, 1])), ("int64", "target.to(input.dtype)")),
    (lambda: F.kl_div(tl.ones(2, 3), tl.tensor([0, 1]), reduction="sum"), ("one_hot(labels).float()",)),
    (lambda: F.gaussian_nll_loss(tl.ones(2), tl.ones(2), -tl.ones(2)), ("exp(x)", "softplus(x)")),
    (lambda: F.cross_entropy(tl.ones(2, 3), tl.tensor([0, 1]), reduction="avg"), ("mean, sum, none",)),
    (lambda: F.kl_div(tl.ones(2), tl.ones(2), reduction="avg"), ("mean, sum, none, batchmean",)),
    (lambda: F.triplet_margin_with_distance_loss(*[tl.ones(2, 3)] * 3, distance_function=lambda x, y: 1), ("must return a Tensor",)),
    *((lambda n=n: F.triplet_margin_with_distance_loss(*[tl.full((1,), float(i)) for i in range(3)], distance_function=lambda x, y: y if y == n else 1), ("must return a Tensor",)) for n in (1, 2)),
    (lambda: F.nll_loss(tl.ones(3), ONE_HOT[0]), ("need targets of shape [], not [3]", "target.argmax(0) gives")),
    (lambda: F.multi_margin_loss(tl.ones(3), ONE_HOT[0].long()), ("target.argmax(0) gives",)),
    *((lambda kw=kw: F.binary_cross_entropy_with_logits(tl.ones(2, 3), tl.ones(2, 3), **{kw: tl.ones(2)}), ("binary_cross_entropy_with_logits: ", f"{kw} [2], input [2, 3]")) for kw in ("weight", "pos_weight")),
]  # fmt: skip


@pytest.mark.parametrize(("call", "parts"), WAYS_OUT)
def test_errors_name_the_way_out(call: Any, parts: tuple[str, ...]) -> None:
    with pytest.raises((RuntimeError, ValueError, IndexError, TypeError)) as caught:
        call()
    for part in parts:
        assert part in str(caught.value)


PLACES = [
    (module, function, i)
    for (module, function), samples in SAMPLES.items()
    for i, _ in enumerate(samples[0].make(np.random.default_rng(0)))
]


@pytest.mark.filterwarnings("ignore:reduction.*'mean' divides the total loss")
@pytest.mark.parametrize("wrong", [*WRONG, NONE], ids=lambda wrong: wrong.kind)
@pytest.mark.parametrize(("module", "function", "place"), PLACES)
def test_what_is_not_a_tensor_is_named(module: str, function: str, place: int, wrong: WrongArgument) -> None:
    """In the function and in the module, in the place of each Tensor."""
    sample = SAMPLES[module, function][0]
    given: list[Any] = [tl.tensor(x) for x in sample.make(np.random.default_rng(0))]
    parameter = list(inspect.signature(getattr(F, function)).parameters)[place]
    if parameter == "var" and wrong.kind == "numpy.float32":  # numbers are variances too
        return
    given[place] = wrong.value
    start = f"{function}(): argument '{parameter}' (position {place + 1}) must be Tensor, not {wrong.kind}"
    for call in (getattr(F, function), getattr(tl.nn, module)()):
        with pytest.raises(TypeError) as caught:
            call(*given)
        assert str(caught.value).startswith(start)
        assert wrong.way_out in str(caught.value)


WEIGHTED = [
    (f, p.name) for _, f in SAMPLES for p in inspect.signature(getattr(F, f)).parameters.values() if "weight" in p.name
]


@pytest.mark.parametrize(("function", "argument"), WEIGHTED)
def test_a_weight_that_is_not_a_tensor_is_named(function: str, argument: str) -> None:
    module = next(m for m, f in SAMPLES if f == function)
    given = [tl.tensor(x) for x in SAMPLES[module, function][0].make(np.random.default_rng(0))]
    position = list(inspect.signature(getattr(F, function)).parameters).index(argument) + 1
    start = rf"^{function}\(\): argument '{argument}' \(position {position}\) must be Tensor, not list\. "
    with pytest.raises(TypeError, match=start):
        getattr(F, function)(*given, **{argument: [1.0, 2.0]})


@pytest.mark.filterwarnings("ignore:reduction.*'mean' divides the total loss")
@pytest.mark.parametrize(("module", "function"), SAMPLES)
def test_numbers_of_numpy_do_not_change_the_dtype(module: str, function: str) -> None:
    """Every number that a loss takes, as one of NumPy in float64: the result is that for a number of Python."""
    arrays = SAMPLES[module, function][0].make(np.random.default_rng(0))
    given = [tl.tensor(np.asarray(x, np.float32 if x.dtype.kind == "f" else None)) for x in arrays]
    parameters = inspect.signature(getattr(F, function)).parameters.values()
    for argument, value in ((p.name, p.default) for p in parameters if type(p.default) is float):
        found, expected = (getattr(F, function)(*given, **{argument: kind(value)}) for kind in (np.float64, float))
        assert found.dtype == expected.dtype == tl.float32, argument
        assert found.equal(expected), argument


# What PyTorch accepts, with its result.
ACCEPTED = [
    lambda F, T: F.mse_loss(ones(T, 3), T.tensor([True, False, True])),
    lambda F, T: F.mse_loss(T.tensor([True, False, True]), ones(T, 3)),
    lambda F, T: F.smooth_l1_loss(ones(T, 3), T.tensor([True, False, True])),
    lambda F, T: F.huber_loss(ones(T, 3), T.tensor([True, False, True])),
    lambda F, T: F.huber_loss(ones(T, 3), ones(T, 3).double() * 3),
    lambda F, T: F.huber_loss(ones(T, 3).double(), ones(T, 3) * 3, "none"),
    lambda F, T: F.huber_loss(ones(T, 3).half(), ones(T, 3) * 3, "sum"),
    lambda F, T: F.smooth_l1_loss(ones(T, 3), ones(T, 3).double() * 3),
    lambda F, T: F.mse_loss(ones(T, 3), whole(T, 1, 2, 3)),
    lambda F, T: F.mse_loss(whole(T, 1, 2, 3), ones(T, 3)),
    lambda F, T: F.l1_loss(whole(T, 1, 2), whole(T, 3, 3), reduction="sum"),
    lambda F, T: F.cosine_similarity(T.tensor(1.0), T.tensor(2.0), dim=0),
    lambda F, T: F.cosine_similarity(T.tensor(-1.0), T.tensor(2.0), dim=-1),
    lambda F, T: F.cosine_similarity(T.tensor(0.0), T.tensor(2.0), dim=-1),
    lambda F, T: F.cosine_similarity(T.tensor(-1.0), ones(T, 3), dim=0),
    lambda F, T: F.cosine_similarity(ones(T, 3), T.tensor(-1.0), dim=0),
    lambda F, T: F.cosine_similarity(whole(T, 1, 2), ones(T, 2), dim=0),
    lambda F, T: F.cosine_similarity(ones(T, 0, 3), ones(T, 0, 3)),
    lambda F, T: F.pairwise_distance(T.tensor(1.0), T.tensor(3.0)),
    lambda F, T: F.pairwise_distance(whole(T, 1, 2), whole(T, 1, 5)),
    lambda F, T: F.margin_ranking_loss(whole(T, 1, 2), whole(T, 3, 1), whole(T, 1, 1)),
    lambda F, T: F.multi_margin_loss(T.tensor(1.0), T.tensor(0)),
    lambda F, T: F.multi_margin_loss(ones(T, 3), whole(T, 0)),
    lambda F, T: F.multilabel_margin_loss(T.tensor(1.0), T.tensor(0)),
    lambda F, T: F.cross_entropy(ones(T, 2, 3), T.tensor([0, 1], dtype=T.uint8)),
    lambda F, T: F.cross_entropy(ones(T, 2, 3), ones(T, 2, 3).double()),
    lambda F, T: F.cross_entropy(ones(T, 2, 3).half(), whole(T, 0, 1)),
    lambda F, T: T.no_grad()(F.cross_entropy)(ones(T, 2, 3), whole(T, 0, 1), ones(T, 3).requires_grad_()),
    lambda F, T: F.gaussian_nll_loss(ones(T, 2), ones(T, 2) * 3, 2.0),
    lambda F, T: F.gaussian_nll_loss(ones(T, 2, 1), ones(T, 2), ones(T, 2, 1)),
    lambda F, T: F.huber_loss(ones(T, 3), ones(T, 3) * 3, delta=T.tensor(0.5)),
    lambda F, T: F.poisson_nll_loss(ones(T, 2), whole(T, 1, 2), full=True),
    lambda F, T: F.binary_cross_entropy_with_logits(ones(T, 2), ones(T, 2).double()),
]


@pytest.mark.parametrize("call", ACCEPTED)
def test_what_pytorch_accepts_is_accepted(call: Any) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = (call(T.nn.functional, T) for T in (tl, torch))
    assert str(ours.dtype) == str(theirs.dtype).removeprefix("torch.")
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-5 if ours.dtype != tl.float16 else 1e-3, atol=1e-6)


def test_the_gradient_of_a_cosine_of_numbers_is_pytorchs() -> None:
    torch = pytest.importorskip("torch")

    def gradients(T: Any) -> list[float]:
        a, b = (T.tensor(v, requires_grad=True) for v in (-1.0, 2.0))
        T.nn.functional.cosine_similarity(a, b, dim=0).backward()
        return [a.grad.item(), b.grad.item()]

    assert gradients(tl) == pytest.approx(gradients(torch), abs=1e-6)


@pytest.mark.parametrize(("call", "kind", "pattern"), REFUSED)
def test_refusals(call: Any, kind: type[Exception], pattern: str) -> None:
    torch = pytest.importorskip("torch")
    for T in (torch, tl):
        with pytest.raises(kind, match=pattern):
            call(T.nn.functional, T)


@pytest.mark.parametrize("name", ["multi_margin_loss", "multilabel_margin_loss"])
def test_margins_of_classes_that_there_are_not(name: str) -> None:
    """PyTorch raises a RuntimeError here, but an IndexError in its other losses; ours is that everywhere."""
    target = [7] if name == "multi_margin_loss" else [[7, -1, 0]]
    with pytest.raises(IndexError, match="Target 7 is out of bounds"):
        getattr(F, name)(tl.ones(1, 3), tl.tensor(target))


# ------------------------------------------------------------------------------------------------ softmax twice


@pytest.mark.parametrize("soft", [False, True])
def test_probabilities_for_logits_are_pointed_out_once(soft: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classification, "_warned", set())
    p = tl.randn(4, 3, generator=tl.Generator().manual_seed(0)).softmax(1)
    target = p if soft else tl.tensor([0, 1, 2, 0])
    with pytest.warns(UserWarning, match="leave the softmax out"):
        tl.nn.CrossEntropyLoss()(p, target)
    tl.nn.CrossEntropyLoss()(p, target)  # in silence


def test_probabilities_for_their_logarithms_are_pointed_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classification, "_warned", set())
    p = tl.randn(4, 3, generator=tl.Generator().manual_seed(0)).softmax(1)
    target = tl.tensor([0, 1, 2, 0])
    with pytest.warns(
        UserWarning, match=r"nll_loss: every row .* log-probabilities: pass log_softmax\(logits\)"
    ) as caught:
        tl.nn.NLLLoss()(p, target)
    assert len(caught) == 1
    tl.nn.NLLLoss()(p, target)  # in silence
    monkeypatch.setattr(classification, "_warned", set())
    F.nll_loss(p.log(), target)
    F.nll_loss(tl.zeros(2, 3), tl.tensor([0, 1]))


@pytest.mark.parametrize(
    "rows", [[[0.5, 0.6], [0.5, 0.5]], [[1.5, -0.5], [1.5, -0.5]], [[0.5, 0.5], [2, -1]], [[1], [1]]]
)
def test_logits_are_not_taken_for_probabilities(rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classification, "_warned", set())
    F.cross_entropy(tl.tensor(rows, dtype=tl.float32), tl.tensor([0, 0]))
