"""The functions of `nn.utils`: their signatures are PyTorch's, and each is tested."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from tinygrad_lite.nn import utils


def test_signatures_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    for name in utils.__all__:
        ours, theirs = getattr(utils, name), getattr(torch.nn.utils, name)
        if inspect.isfunction(ours):
            shown = [[(p.name, p.default) for p in inspect.signature(f).parameters.values()] for f in (ours, theirs)]
            assert shown[0] == shown[1], name


def test_every_utility_is_called_in_a_test() -> None:
    files = ("test_clip_grad.py", "test_parameter_vectors.py", "test_parametrizations.py", "test_recurrent.py")
    source = "".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in files)
    assert [name for name in utils.__all__ if name not in source] == []
