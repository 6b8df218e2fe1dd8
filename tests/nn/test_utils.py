"""The functions of `nn.utils`: their signatures are PyTorch's, and each is tested."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest

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
