"""Gradients of pieces of one Tensor are written into one array; they are those that arrays of zeros would add up to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.ops import indexing, pieces, shape


def _corners(y: Any) -> Any:
    return (y[..., 0] * y[..., 5] * y[:, 0:1, 5]).sum() + (y[..., 2:4] * y[..., 3:5]).sum()


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "chunks": lambda y: sum((i + 1) * (c * c).sum() for i, c in enumerate(y.chunk(3, 1))),
    "chunks, one unused": lambda y: (y.chunk(3, -1)[0] * y.chunk(3, -1)[2]).sum(),
    "pieces of several sizes": lambda y: sum((p**3).sum() for p in y.split([1, 3, 2], dim=1)),
    "tensor_split": lambda y: sum((p.exp() * p).sum() for p in y.tensor_split(4, 1)),
    "rows": lambda y: sum((i - 1) * (row * row).sum() for i, row in enumerate(y)),
    "columns by unbind": lambda y: sum((i - 1) * (c * c).sum() for i, c in enumerate(y.unbind(1))),
    "select": lambda y: (y.select(1, -1) * y.select(1, 0)).sum() + (y.select(0, 2) * y.select(0, -1)).sum(),
    "slices that overlap": lambda y: (y[:, 0:4] * y[:, 2:6] * y[:, 1:5]).sum(),
    "the same slice three times": lambda y: (y[1:3] * y[1:3] * y[1:3]).sum(),
    "slices of both dimensions": lambda y: (y[0:2, 0:2] * y[2:4, 4:6]).sum() + (y[0:2] * y[2:]).sum() + y[:, 3].sum(),
    "numbers and Ellipsis": lambda y: (
        y[..., 0].sum() * y[..., -1].sum() + y[1, 2] * y[-1, -2] + (y[..., 1:3] ** 2).sum()
    ),
    "negative numbers": lambda y: (y[0] * y[-1] * y[-2]).sum() + (y[:, -6] * y[:, -1] * y[:, 1]).sum(),
    "three dimensions": lambda y: (
        (y.reshape(2, 2, 6)[..., 1:3] * y.reshape(2, 2, 6)[:, :, 3:5]).sum() ** 2 + _corners(y.reshape(2, 2, 6))
    ),
    "backwards, then forwards": lambda y: sum((y[i] * y[3 - i] * i).sum() for i in (3, 1, 0, 2)),
    "steps, masks and arrays beside slices": lambda y: (y[:, ::2] * y[:, 1:4] * y[:, [0, 5, 0]]).sum() + y[y > 0].sum(),
    "empty pieces": lambda y: y[2:1].sum() + (y[:, 6:] ** 2).sum() + (y[1:2] ** 2).sum() + y.narrow(0, 4, 0).sum(),
    "a new dimension": lambda y: (y[None, 0:1] * y[None, 1:2]).sum() + y[0:2].sum(),
    "whole, piece": lambda y: (y * y).sum() + (y[:, 1:3] ** 2).sum() + (y[:, 3:5] ** 3).sum(),
    "piece, whole, piece": lambda y: (y[:, 1:3] ** 2).sum() * (y * y).sum() * (y[:, 3:5] ** 3).sum(),
    "pieces of pieces": lambda y: sum(
        (q * q * (i + 1)).sum() for i, p in enumerate(y.chunk(2, 0)) for q in p.chunk(2, 1)
    ),
    "pieces of what was transposed": lambda y: sum((i + 1) * (p**2).sum() for i, p in enumerate(y.t().chunk(3))),
    "expanded": lambda y: sum((i + 1) * (p**2).sum() for i, p in enumerate(y[:, :1].expand(4, 3).chunk(3, 1))),
}


def values(dtype: Any = np.float64) -> Any:
    return tl.tensor(np.random.default_rng(0).normal(size=(4, 6)).astype(dtype))


def gradient(program: Callable[[Any], Any], leaf: bool, **settings: Any) -> Any:
    x = values().requires_grad_()
    y = x if leaf else x * 1
    (g,) = tl.autograd.grad(program(y), x, **settings)
    return g


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_of_pieces(name: str) -> None:
    program = PROGRAMS[name]
    for leaf in (False, True):
        g = gradient(program, leaf)
        again = gradient(program, leaf, create_graph=True)  # in which zeros are added
        np.testing.assert_array_equal(g.numpy(), again.detach().numpy())
    assert tl.autograd.gradcheck(lambda x: program(x * 1), values().requires_grad_())
    assert tl.autograd.gradgradcheck(lambda x: program(x * 1), values().requires_grad_())


def test_one_array_for_all_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way back through n pieces makes one array of the size of the whole."""
    made: list[int] = []
    for primitive in (shape.widen, indexing.put_at):
        original = primitive.forward
        monkeypatch.setattr(primitive, "forward", lambda *args, call=original: made.append(1) or call(*args))
    x = tl.ones(50, 50, requires_grad=True)
    (x * 2).grad_fn.register_hook(lambda *_: None).remove()  # nodes without hooks are not the slower for it
    for taken in (
        lambda y: list(y),
        lambda y: y.unbind(1),
        lambda y: y.chunk(50, 1),
        lambda y: [y[:, i] for i in range(50)],
    ):
        made.clear()
        sum((p * p).sum() for p in taken(x * 1)).backward()
        assert len(made) == 1
    np.testing.assert_array_equal(x.grad.numpy(), np.full((50, 50), 8.0))


def test_an_array_that_others_have_is_not_written() -> None:
    """The gradient of a sum comes to both of its terms as one array, and a user's own is not ours to write."""
    x = values().requires_grad_()
    y, z = x * 1, x * 2
    first, second = y.chunk(2, 1)
    given = tl.ones(4, 6)
    y.retain_grad()
    z.retain_grad()
    tl.autograd.backward([y + z, first * 1, second * 1], [given, tl.ones(4, 3), 3 * tl.ones(4, 3)])
    assert given.tolist() == z.grad.tolist() == tl.ones(4, 6).tolist()
    assert y.grad.tolist() == [[2.0] * 3 + [4.0] * 3] * 4
    assert x.grad.tolist() == [[4.0] * 3 + [6.0] * 3] * 4


def test_hooks_and_gradients_of_pieces() -> None:
    x = values().requires_grad_()
    y = x * 1
    a, b = y.chunk(2, 1)
    seen: list[Any] = []
    a.register_hook(lambda g: seen.append(g) or 10 * g)
    b.retain_grad()
    loss = (a * 2).sum() + (b * 3).sum() + (y[:, 0] * 5).sum()
    by_y, by_a = tl.autograd.grad(loss, [y, a], retain_graph=True)
    assert by_y.tolist() == [[25.0, 20.0, 20.0, 3.0, 3.0, 3.0]] * 4
    assert by_a.tolist() == [[20.0] * 3] * 4
    kept = by_y.clone()
    loss.backward(retain_graph=True)
    loss.backward()
    assert by_y.equal(kept)
    assert x.grad.tolist() == (2 * by_y).tolist()
    assert b.grad.tolist() == [[9.0] * 3] * 4
    assert [g.tolist() for g in seen] == [[[2.0] * 3] * 4] * 3


def test_what_looks_at_a_piece_sees_its_whole_gradient() -> None:
    """A hook on the node, and the record of a backward pass, get the gradient that this piece alone makes."""
    x = values().requires_grad_()
    a, b = (x * 1).chunk(2, 1)
    seen: list[Any] = []
    for piece in (a, b):
        piece.grad_fn.register_hook(lambda grad_inputs, grad_outputs: seen.append((grad_inputs, grad_outputs)))
    (a.sum() + 2 * b.sum()).backward()
    (((of_b,), (by_b,)), ((of_a,), (by_a,))) = seen
    assert of_b.tolist() == [[0.0] * 3 + [2.0] * 3] * 4
    assert of_a.tolist() == [[1.0] * 3 + [0.0] * 3] * 4
    assert by_a.tolist() == [[1.0] * 3] * 4
    assert by_b.tolist() == [[2.0] * 3] * 4
    assert x.grad.tolist() == [[1.0] * 3 + [2.0] * 3] * 4
    a, b = (x * 1).chunk(2, 1)
    loss = (a * float("nan") + b).sum()
    with tl.autograd.detect_anomaly(), pytest.raises(RuntimeError, match="returned nan"):
        loss.backward()


def test_writes_through_pieces() -> None:
    x = values().requires_grad_()
    y = x * 1
    a, b = y.split(3, dim=1)
    a.mul_(2)
    y[:, 3:4] = 0
    c, d = y.chunk(2, 1)
    (a + b + c * 3 + d * 5).sum().backward()
    assert x.grad.tolist() == [[8.0, 8.0, 8.0, 0.0, 6.0, 6.0]] * 4


def test_a_chunk_that_was_saved_and_written_is_noticed() -> None:
    a, b = (values().requires_grad_() * 1).chunk(2, 1)
    loss = (a * b).sum()
    with tl.no_grad():
        b.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def recurrent(x: Any, w: Any) -> Any:
    h = x[:, 0]
    for t in range(1, 4):
        i, f, k = (x[:, t] @ w).chunk(3, 1)
        h = f.sigmoid() * h + i * k[:, :2]
    return h


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_compiled(backend: str) -> None:
    """The program makes the same calls, so it has the same bits; also where only some of its results have a gradient."""
    if backend == "numba":
        pytest.importorskip("numba")
    rng = np.random.default_rng(0)
    x, w = (tl.tensor(rng.normal(size=size).astype(np.float32), requires_grad=True) for size in ((3, 4, 2), (2, 6)))

    def parts(x: Any, w: Any) -> Any:
        y, z = x * 2, x * w[0, :2]
        return recurrent(y, w), (z[:, 1:3] * y[:, :2]).sum(), z[:, 0] * z[:, 3]

    compiled = tl.compile(parts, backend=backend, fullgraph=True)
    for used in ((0, 1, 2), (0,), (1,), (2,), (1, 2), (0, 2), (0, 1, 2)):
        found = []
        for run in (parts, compiled):
            out = run(x, w)
            found.append(tl.autograd.grad([out[i].sum() for i in used], [x, w], allow_unused=True))
        for mine, eager in zip(found[1], found[0], strict=True):
            if backend == "numpy":
                assert mine.numpy().tobytes() == eager.numpy().tobytes()
            else:
                np.testing.assert_allclose(mine.numpy(), eager.numpy(), rtol=1e-5, atol=1e-6)


def test_add_at() -> None:
    x = np.arange(6.0).reshape(2, 3)
    assert pieces.add_at(x, np.array([10.0, 20.0]), 1, 2, 3, False) is x
    assert x.tolist() == [[0.0, 1.0, 12.0], [3.0, 4.0, 25.0]]
    pieces.add_at(x, np.array([[7.0, 8.0, 9.0]]), 0, 0, 1, True)
    assert x.tolist() == [[7.0, 8.0, 9.0], [3.0, 4.0, 25.0]]
    x, d = np.array([-0.0, 0.0, 0.0, 0.0]), np.array([-0.0, 1.0])
    pieces.add_at(x, d, 0, 2, 4, True, (0, 0, 2))
    assert x.tobytes() == np.array([0.0, 0.0, 0.0, 1.0]).tobytes()


def test_signs_of_zeros_are_those_of_sums() -> None:
    """In one array, in one that is added up for a leaf, in a compiled program, and after a hook stood on another node."""

    def bits(function: Any, leaf: bool) -> bytes:
        x = tl.zeros(4, 6, requires_grad=True)
        tl.autograd.backward(function(x if leaf else x + 0), -0.0 * tl.ones(4, 2))
        return x.grad.numpy().tobytes()

    for function in (lambda x: x.chunk(3, 1)[1] * 1, lambda x: sum(x.chunk(3, 1)[1:]), lambda x: sum(x.chunk(3, 1))):
        compiled = tl.compile(function)
        for _ in range(3):
            found = {bits(each, leaf) for each in (function, compiled) for leaf in (False, True)}
            assert len(found) == 1, function
            (tl.ones(1, requires_grad=True) * 2).grad_fn.register_hook(lambda *_: None).remove()


@pytest.mark.parametrize("used", [(0,), (2,), (0, 1), (1, 2), (0, 1, 2)])
def test_signs_of_zeros_where_some_pieces_have_no_gradient(used: tuple[int, ...]) -> None:
    def pieces_of(x: Any) -> Any:
        return [piece * 1 for piece in (x * 1).chunk(3, 1)]  # an argument alone is a leaf of the program

    def bits(function: Any) -> bytes:
        x = tl.zeros(4, 6, requires_grad=True)
        found = function(x + 0)
        tl.autograd.backward([found[i] for i in used], [-0.0 * tl.ones(4, 2)] * len(used))
        return x.grad.numpy().tobytes()

    compiled = tl.compile(pieces_of)
    assert {bits(compiled) for _ in range(3)} == {bits(pieces_of)}
