"""The functions of `nn.utils`: their signatures are PyTorch's, and each is tested."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest

import tinygrad_lite as tl
from tinygrad_lite.nn import utils


def test_signatures_are_pytorchs() -> None:
    pytest.importorskip("torch")
    theirs_of = importlib.import_module("torch.nn.utils")
    importlib.import_module("torch.nn.utils.prune")  # which PyTorch does not import by itself
    for name in utils.__all__:
        ours, theirs = getattr(utils, name), getattr(theirs_of, name)
        if inspect.isfunction(ours):
            shown = [[(p.name, p.default) for p in inspect.signature(f).parameters.values()] for f in (ours, theirs)]
            assert shown[0] == shown[1], name


def test_every_utility_is_called_in_a_test() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in utils.__all__ if name not in source] == []


def test_skip_init() -> None:
    """No number is drawn, and what is no such module is refused in PyTorch's words."""
    tl.manual_seed(3)
    expected = tl.rand(2).tolist()
    tl.manual_seed(3)
    layer = tl.nn.utils.skip_init(tl.nn.Linear, 5, out_features=3, dtype=tl.float64)
    assert tl.rand(2).tolist() == expected
    assert layer.weight.shape == (3, 5) and layer.bias.dtype == tl.float64 and layer.weight.requires_grad
    batch_norm = tl.nn.utils.skip_init(tl.nn.BatchNorm1d, 2, device="cpu")
    assert [*batch_norm.state_dict()] == [*tl.nn.BatchNorm1d(2).state_dict()]
    for message, args in (
        ("Expected a Module; got <class 'int'>", (int,)),
        ("Module must support a 'device' arg to skip initialization", (tl.nn.ReLU,)),
    ):
        with pytest.raises(RuntimeError, match=message):
            tl.nn.utils.skip_init(*args)
