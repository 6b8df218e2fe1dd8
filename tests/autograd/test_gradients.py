"""`autograd.grad`: what it takes and returns, side by side with PyTorch, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.both_libraries import leaf, returns


@returns([12.0], [1.0, 1.0], {"x": [1.0], "y": [2.0]}, [None, [1.0]], [[0.0], [1.0]])
def test_kinds_of_inputs(T):
    x, y = leaf(T, 2.0), leaf(T, 3.0)
    grad = T.autograd.grad
    return [
        grad(x**3, x)[0].tolist(),
        [g.item() for g in grad(x + y, (z for z in (x, y)))],
        {name: g.tolist() for name, g in grad(x + 2 * y, {"x": x, "y": y}).items()},
        [None if g is None else g.tolist() for g in grad(y, [x, y], allow_unused=True)],
        [g.tolist() for g in grad(y, [x, y], materialize_grads=True)],
    ]


REFUSED: dict[str, Callable[[Any], Any]] = {
    "an array to differentiate": lambda T: T.autograd.grad(np.ones(2), leaf(T, 1.0)),
    "numbers to differentiate": lambda T: T.autograd.grad([1.0], leaf(T, 1.0)),
    "an array to differentiate by": lambda T: T.autograd.grad(leaf(T, 1.0), [np.ones(2)]),
    "None to differentiate by": lambda T: T.autograd.grad(leaf(T, 1.0), [None]),
    "text to differentiate by": lambda T: T.autograd.grad(leaf(T, 1.0), "x"),
    "nothing to differentiate by": lambda T: T.autograd.grad(leaf(T, 1.0), []),
    "a Tensor that needs no gradient": lambda T: T.autograd.grad(leaf(T, 1.0), T.ones(1)),
    "an unused Tensor": lambda T: T.autograd.grad(leaf(T, 1.0), leaf(T, 1.0)),
    "lists as gradients": lambda T: (lambda x: T.autograd.grad(x, x, [[1.0]]))(leaf(T, 1.0)),
    "a gradient of another shape": lambda T: (lambda x: T.autograd.grad(x, x, T.ones(3)))(leaf(T, 1.0, 2.0)),
    "several elements without a gradient": lambda T: (lambda x: T.autograd.grad(x, x))(leaf(T, 1.0, 2.0)),
    "an array as gradient of backward": lambda T: leaf(T, 1.0, 2.0).backward(np.ones(2)),
    "a list as gradient of backward": lambda T: leaf(T, 1.0, 2.0).backward([1.0, 1.0]),
    "arrays to go back from": lambda T: T.autograd.backward([np.ones(2)]),
    "an array as input of backward": lambda T: leaf(T, 1.0).backward(inputs=[np.ones(2)]),
    "unused and yet materialized": lambda T: (
        lambda x: T.autograd.grad(x, x, allow_unused=False, materialize_grads=True)
    )(leaf(T, 1.0)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_as_pytorch_does(name):
    with pytest.raises(Exception) as mine:
        REFUSED[name](tl)
    torch = pytest.importorskip("torch")
    with pytest.raises(type(mine.value)) as theirs:
        REFUSED[name](torch)
    assert str(mine.value)[:30] == str(theirs.value)[:30]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: tl.autograd.grad(1.0, x), "output 0 is a float"),
        (lambda x: tl.autograd.grad(x, 1.0), "but got float: differentiate by"),
        (lambda x: tl.autograd.grad(x, x, np.ones(1)), "either Tensors or None, but got ndarray"),
        (lambda x: (x * 2).backward(np.ones(1)), r"either Tensors or None, but got numpy\.ndarray"),
        (lambda x: (x * 2).backward(1.0), "either Tensors or None, but got float"),
        (lambda x: tl.autograd.backward(None), "output 0 is a NoneType"),
        (lambda x: tl.autograd.grad(x, leaf(tl, 1.0, 2.0)), r"index 0 .*It has the shape \[2\]"),
    ],
)
def test_errors_name_the_argument(call, message):
    with pytest.raises((AssertionError, RuntimeError, TypeError), match=message):
        call(leaf(tl, 1.0))


def test_the_deprecated_argument_of_gradient_penalties() -> None:
    x = tl.tensor([2.0], requires_grad=True)
    assert tl.autograd.grad(x**2, x, only_inputs=True)[0].item() == 4
    with pytest.warns(FutureWarning, match="only_inputs argument is deprecated and is ignored now"):
        assert tl.autograd.grad(x**2, x, only_inputs=False)[0].item() == 4
