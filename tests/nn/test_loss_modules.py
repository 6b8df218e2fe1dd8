"""Losses as modules: their text, state and signatures, and what their constructors are given by mistake."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.loss_samples import SAMPLES


@pytest.mark.parametrize("module", [module for module, _ in SAMPLES])
def test_repr_and_state_are_pytorchs(module: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = (getattr(T.nn, module)() for T in (tl, torch))
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    public = {k for k, v in vars(theirs).items() if not k.startswith("_") and isinstance(v, (int, float, str))}
    assert {k: getattr(ours, k) for k in public} == {k: getattr(theirs, k) for k in public}


@pytest.mark.parametrize("name", [f for _, f in SAMPLES] + [m for m, _ in SAMPLES])
def test_signatures_are_pytorchs(name: str) -> None:
    """Names, order and defaults, where PyTorch's are to be read."""
    torch = pytest.importorskip("torch")
    home = "functional" if name.islower() or "_" in name else None
    ours, theirs = (getattr(getattr(T.nn, home) if home else T.nn, name) for T in (tl, torch))
    if not inspect.isclass(theirs) and not inspect.isfunction(theirs):
        assert name in ("cosine_similarity", "pairwise_distance")  # built in
        return

    def shown(x: Any) -> list[Any]:
        return [(p.name, p.kind, p.default) for p in inspect.signature(x).parameters.values()]

    assert shown(ours) == shown(theirs)


def test_weights_are_saved_with_the_module() -> None:
    layer = tl.nn.BCEWithLogitsLoss(weight=tl.ones(2), pos_weight=tl.ones(2))
    assert list(layer.state_dict()) == ["weight", "pos_weight"]
    assert layer.double().weight.dtype == tl.float64
    assert not any(p.requires_grad for p in layer.state_dict().values())


# ------------------------------------------------------------------------ arguments for the wrong call


def of(T: Any, *shape: int) -> Any:
    return T.full(shape, 0.5)


def whole(T: Any, *values: int) -> Any:
    return T.tensor(values, dtype=T.int64)


# The Tensors that a loss is of, given to its constructor. PyTorch raises a RuntimeError about the truth of a Tensor where
# it asks for the truth of a flag, and accepts the others.
COMPUTED_BY_THE_CONSTRUCTOR = [
    (lambda T: T.nn.CrossEntropyLoss(of(T, 4, 3), whole(T, 0, 1, 2, 0)), "size_average", True),
    (lambda T: T.nn.CrossEntropyLoss(of(T, 1, 3), whole(T, 0)), "size_average", False),
    (lambda T: T.nn.NLLLoss(of(T, 4, 3), whole(T, 0, 1, 2, 0)), "size_average", True),
    (lambda T: T.nn.MSELoss(of(T, 3), of(T, 3)), "size_average", True),
    (lambda T: T.nn.MSELoss(of(T, 1), of(T, 1)), "size_average", False),
    (lambda T: T.nn.L1Loss(of(T, 3)), "size_average", True),
    (lambda T: T.nn.SmoothL1Loss(of(T, 3), of(T, 3)), "size_average", True),
    (lambda T: T.nn.BCELoss(of(T, 3), of(T, 3)), "size_average", True),
    (lambda T: T.nn.BCEWithLogitsLoss(of(T, 3), of(T, 3)), "size_average", True),
    (lambda T: T.nn.KLDivLoss(of(T, 3), of(T, 3)), "size_average", True),
    (lambda T: T.nn.SoftMarginLoss(of(T, 3), of(T, 3)), "size_average", True),
    (lambda T: T.nn.MultiLabelMarginLoss(of(T, 3), of(T, 3)), "size_average", True),
    (lambda T: T.nn.MultiLabelSoftMarginLoss(of(T, 3), of(T, 3)), "size_average", True),
    (lambda T: T.nn.CosineEmbeddingLoss(of(T, 2, 3), of(T, 2, 3)), "size_average", True),
    (lambda T: T.nn.MarginRankingLoss(of(T, 3), of(T, 3), of(T, 3)), "size_average", True),
    (lambda T: T.nn.HingeEmbeddingLoss(of(T, 3), of(T, 3)), "size_average", True),
    (lambda T: T.nn.MultiMarginLoss(of(T, 2, 3), whole(T, 0, 1)), "p", True),
    (lambda T: T.nn.TripletMarginLoss(of(T, 2, 3), of(T, 2, 3), of(T, 2, 3)), "margin", True),
    (lambda T: T.nn.PoissonNLLLoss(of(T, 3), of(T, 3)), "log_input", False),
    (lambda T: T.nn.PairwiseDistance(of(T, 3), of(T, 3)), "p", False),
    (lambda T: T.nn.CosineSimilarity(of(T, 3), of(T, 3)), "dim", False),
    (lambda T: T.nn.MSELoss(reduction=of(T, 3)), "reduction", False),
    (lambda T: T.nn.CrossEntropyLoss(of(T, 4, 3)), "weight", False),
    (lambda T: T.nn.NLLLoss(of(T, 4, 3)), "weight", False),
]


@pytest.mark.parametrize(("call", "option", "refused"), COMPUTED_BY_THE_CONSTRUCTOR)
def test_a_loss_is_not_computed_by_its_constructor(call: Any, option: str, refused: bool) -> None:
    with pytest.raises(RuntimeError, match=rf"Loss\(\).*option {option}|\(\): the option {option}") as caught:
        call(tl)
    assert "The constructor takes options only; call what it makes with the Tensors: " in str(caught.value)
    if refused:
        torch = pytest.importorskip("torch")
        phrase = "^Boolean value of Tensor with more than one value is ambiguous"
        for T in (torch, tl):
            with pytest.raises(RuntimeError, match=phrase):
                call(T)


def test_the_right_call_is_shown() -> None:
    with pytest.raises(RuntimeError, match=r"CrossEntropyLoss\(\)\(input, target\)$"):
        tl.nn.CrossEntropyLoss(tl.ones(4, 3), tl.tensor([0, 1, 2, 0]))
    with pytest.raises(RuntimeError, match=r"TripletMarginLoss\(\)\(anchor, positive, negative\)$"):
        tl.nn.TripletMarginLoss(tl.ones(4, 3), tl.ones(4, 3), tl.ones(4, 3))
    with pytest.raises(
        TypeError, match=r"^delta must be a float or int, got: .* of shape \[3\].*HuberLoss\(\)\(input, target\)$"
    ):
        tl.nn.HuberLoss(tl.ones(3), tl.ones(3))


def test_numbers_may_be_tensors_of_one_element() -> None:
    anchor, positive, negative = tl.tensor([0.0]), tl.tensor([3.0]), tl.tensor([-2.0])
    value = tl.nn.TripletMarginLoss(margin=tl.tensor(2.0))(anchor, positive, negative)
    assert value.item() == pytest.approx(3.0, abs=1e-4)


@pytest.mark.parametrize("name", ["weight", "pos_weight"])
@pytest.mark.parametrize(("value", "kind"), [([1.0, 2.0], "list"), (np.ones(2), "numpy.ndarray"), (2.0, "float")])
def test_weights_must_be_tensors(name: str, value: Any, kind: str) -> None:
    torch = pytest.importorskip("torch")
    for T in (torch, tl):
        with pytest.raises(
            TypeError, match=rf"^cannot assign '{kind}' object to buffer '{name}' \(torch Tensor or None required\)"
        ):
            T.nn.BCEWithLogitsLoss(**{name: value})
    with pytest.raises(TypeError, match=r"tensor.* makes a Tensor of"):
        tl.nn.BCEWithLogitsLoss(**{name: value})


def test_a_reduction_in_the_place_of_another_option_is_guessed() -> None:
    """PyTorch takes a string for a true size_average, and so "mean"; the warning asks."""
    for T in (pytest.importorskip("torch"), tl):
        with pytest.warns(UserWarning, match="please use reduction='mean' instead") as caught:
            assert T.nn.MSELoss("sum").reduction == "mean"
    assert "did you mean reduction='sum'?" in str(caught[0].message)
    with pytest.raises(TypeError, match=r"to buffer 'weight'.*did you mean reduction='mean'\?"):
        tl.nn.CrossEntropyLoss("mean")
