"""`autograd.Function` in small programs, whose values, gradients and errors are PyTorch's."""

from __future__ import annotations

import json

import pytest

import tinygrad_lite as tl

from .function_programs import PROGRAMS
from .function_programs.common import agree, run
from .function_programs.record import ANSWERS

answers = json.loads(ANSWERS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_the_answer_is_pytorchs(name: str) -> None:
    expected, found = answers[name], run(tl, name)
    assert agree(expected, found), f"\nPyTorch: {expected}\nhere:    {found}"


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_pytorch_still_answers_so(name: str) -> None:
    torch = pytest.importorskip("torch")
    assert agree(answers[name], run(torch, name))
