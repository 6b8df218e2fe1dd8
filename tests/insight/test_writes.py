"""A6: in anomaly mode the error for a changed array names the line that saved it, and the line that wrote to it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.core import versions
from tinygrad_lite.core.graph import Node

LINES = Path(__file__).read_text(encoding="utf-8").splitlines()


def line(marker: str) -> str:
    """The place of the line that ends with this comment."""
    (number,) = [n for n, text in enumerate(LINES, start=1) if text.endswith("# " + marker)]
    return f"test_writes.py:{number}"


def message(run: Callable[[], Any]) -> list[str]:
    """The lines of the error that a function raises in anomaly mode, with PyTorch's phrase first."""
    with pytest.raises(RuntimeError) as caught, tl.autograd.detect_anomaly():
        run()
    lines = str(caught.value).splitlines()
    phrase = "one of the variables needed for gradient computation has been modified by an inplace operation"
    assert lines[0].startswith(phrase)
    return lines[1:]


def test_a_write_in_place() -> None:
    def run() -> None:
        x = tl.tensor([1.0, 2.0], requires_grad=True)
        y = x.exp()  # saved
        z = y * 2
        y.add_(1)  # written in place
        z.sum()
        y.sum().backward()

    saved, written = message(run)
    assert "saved by exp, called at" in saved
    assert line("saved") in saved
    assert "written at" in written
    assert line("written in place") in written
    assert "y.add_(1)" in written


def test_a_write_through_data() -> None:
    def run() -> None:
        x = tl.tensor([1.0, 2.0], requires_grad=True)
        y = (x * x).sum()
        x.data[0] = 5.0  # written through data
        y.backward()

    assert line("written through data") in message(run)[1]


def test_a_write_by_an_optimizer() -> None:
    def run() -> None:
        w = tl.tensor([1.0, 2.0], requires_grad=True)
        optimizer = tl.optim.SGD([w], lr=0.1)
        loss = (w * w).sum()
        loss.backward(retain_graph=True)
        optimizer.step()  # written by the optimizer
        loss.backward()

    assert line("written by the optimizer") in message(run)[1]


@pytest.mark.parametrize("lent", [False, True], ids=["from_numpy", "numpy()"])
def test_a_write_through_an_alias_of_numpy(lent: bool) -> None:
    def run() -> None:
        array = np.array([1.0, 2.0], np.float32)
        x = tl.tensor([1.0, 2.0]) if lent else tl.from_numpy(array)
        w = tl.ones(2, requires_grad=True)
        y = w * x  # saved x
        if lent:
            array = x.numpy()
        z = y + 1  # the last before
        array[0] = 7
        loss = z.sum()  # the first after
        (loss * 2).backward()

    saved, after, before = message(run)
    assert "saved by mul" in saved
    assert line("saved x") in saved
    assert "not through a Tensor" in after
    assert line("the last before") in after
    assert line("the first after") in before


def test_a_write_by_numpy_just_before_the_backward_pass() -> None:
    def run() -> None:
        array = np.array([1.0, 2.0], np.float32)
        w = tl.ones(2, requires_grad=True)
        loss = (w * tl.from_numpy(array)).sum()  # the last operation
        array *= 2
        loss.backward()  # the backward pass

    _, after, before = message(run)
    assert line("the last operation") in after
    assert line("the backward pass") in before


def test_what_a_function_has_saved() -> None:
    class Square(tl.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return 2 * ctx.saved_tensors[0] * g

    def run() -> None:
        x = tl.ones(2, requires_grad=True) * 3
        y = Square.apply(x)  # saved by a Function
        x.zero_()  # written after a Function
        y.sum().backward()

    saved, written = message(run)
    assert "saved by Square" in saved
    assert line("saved by a Function") in saved
    assert line("written after a Function") in written


def test_nothing_is_raised_where_no_derivative_reads_it() -> None:
    array = np.array([1.0, 2.0], np.float32)
    with tl.autograd.detect_anomaly():
        w = tl.ones(2, requires_grad=True)
        kept = w * tl.from_numpy(array)
        array[:] = 0  # a buffer that is used again
        (w * 2).sum().backward()
    assert kept.requires_grad
    assert w.grad is not None


def test_the_functions_are_as_before_afterwards() -> None:
    before = versions.note, versions._note_elements, Node.verify
    with tl.autograd.detect_anomaly():
        assert versions.note is not before[0]
    assert (versions.note, versions._note_elements, Node.verify) == before
