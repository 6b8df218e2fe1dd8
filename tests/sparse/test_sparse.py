"""Sparse Tensors against dense ones, whose operations they must agree with, and PyTorch's words."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_lite as tl
from tinygrad_lite.autograd import gradcheck, gradgradcheck

PLACES = [[0, 1, 1, 1], [2, 0, 2, 2]]


def example(values: Any = (3.0, 4.0, 5.0, 6.0)) -> Any:
    return tl.sparse_coo_tensor(PLACES, values, (2, 3))


@st.composite
def matrices(draw: Any) -> tuple[Any, Any, tuple[int, int]]:
    """Places, some of them twice, their values, and the size."""
    shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    count = draw(st.integers(0, 6))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    places = np.array([random.integers(0, n, count) for n in shape]).reshape(2, count)
    return places, tl.tensor(random.normal(size=count), requires_grad=True), shape


@given(matrices(), st.integers(0, 99))
def test_operations_are_those_of_the_dense_tensor(drawn: Any, seed: int) -> None:
    places, values, shape = drawn
    random = np.random.default_rng(seed)
    right = tl.tensor(random.normal(size=(shape[1], 3)), requires_grad=True)
    left = tl.tensor(random.normal(size=(2, shape[0])), requires_grad=True)
    same = tl.tensor(random.normal(size=shape), requires_grad=True)
    dense = np.zeros(shape)
    np.add.at(dense, tuple(places), values.detach().numpy())
    operations = [
        (lambda a: a @ right, dense @ right.tolist()), (lambda a: left @ a, np.array(left.tolist()) @ dense),
        (lambda a: tl.mv(a, right[:, 0]), dense @ right[:, 0].tolist()), (lambda a: tl.sparse.mm(a, right), dense @ right.tolist()),
        (lambda a: same + a, same.tolist() + dense), (lambda a: (a * same).to_dense(), dense * same.tolist()),
        (lambda a: (a.t() @ a).to_dense(), dense.T @ dense), (lambda a: (2 * a / 3).to_dense(), 2 * dense / 3),
        (lambda a: a.coalesce().to_dense(), dense), (lambda a: (a + a.tanh()).to_dense(), dense + np.tanh(dense)),
        (lambda a: a.sum(), dense.sum()), (lambda a: a.sum(0).to_dense(), dense.sum(0)),
        (lambda a: tl.sparse.addmm(left.T[:, :1], a, right, beta=2.0, alpha=3.0), 2 * left.T[:, :1].detach().numpy() + 3 * dense @ right.tolist()),
        (lambda a: (a - a * 2).pow(2).to_dense(), dense**2),
    ]  # fmt: skip
    for function, expected in operations:
        a = tl.sparse_coo_tensor(places, values, shape)
        out = function(a)
        np.testing.assert_allclose(out.detach().numpy(), expected, atol=1e-12)
        weights = tl.tensor(random.normal(size=tuple(out.shape)))
        ours = tl.autograd.grad((out * weights).sum(), [values, right, left, same], allow_unused=True)
        # The same by way of a dense Tensor, on which the operations are the library's own.
        if function in [operations[i][0] for i in (0, 1, 2, 4, 10)]:
            theirs = function(a.to_dense())
            for x, y in zip(
                ours,
                tl.autograd.grad((theirs * weights).sum(), [values, right, left, same], allow_unused=True),
                strict=True,
            ):
                assert (x is None) == (y is None)
                if x is not None:
                    np.testing.assert_allclose(x.numpy(), y.numpy(), atol=1e-12)


def test_derivatives_of_any_order() -> None:
    values, dense = (
        tl.rand(4, dtype=tl.float64, requires_grad=True),
        tl.rand(3, 2, dtype=tl.float64, requires_grad=True),
    )

    def function(v: Any, d: Any) -> Any:
        a = example(v)
        soft = tl.sparse.softmax(a, 1)
        return a @ d + soft @ (d * d), a.coalesce().sqrt().values(), tl.sparse.log_softmax(a, 0).to_dense()

    assert gradcheck(function, (values, dense))
    assert gradgradcheck(function, (values, dense))


def test_a_sparse_leaf_has_a_sparse_gradient() -> None:
    a = tl.sparse_coo_tensor(PLACES, [3.0, 4.0, 5.0, 6.0], (2, 3), requires_grad=True)
    assert a.is_leaf and a.requires_grad and a.grad is None
    (a @ tl.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert a.grad.is_sparse
    assert a.grad._values().tolist() == [3, 1, 3, 3]
    assert not a.detach().requires_grad


class Product(tl.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Any, b: Any) -> Any:
        a = example(values)
        ctx.save_for_backward(a, b)
        return tl.matmul(a, b)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        a, b = ctx.saved_tensors
        places = a._indices()
        return g.matmul(b.t())[places[0], places[1]], a.t().matmul(g)


def test_a_function_saves_it() -> None:
    """As graph attention networks do, of which one published program has this Function."""
    values, b = tl.rand(4, dtype=tl.float64, requires_grad=True), tl.rand(3, 2, dtype=tl.float64, requires_grad=True)
    assert gradcheck(Product.apply, (values, b))


def test_dense_to_sparse_and_back() -> None:
    x = tl.tensor([[0.0, 2.0], [0.0, -1.0]], requires_grad=True)
    a = x.to_sparse()
    assert (a.indices().tolist(), a.values().tolist()) == ([[0, 1], [1, 1]], [2, -1])
    (a.to_dense() ** 2).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [[0, 4], [0, -2]]
    assert tl.zeros(2, 2).to_sparse()._nnz() == 0
    assert tl.tensor(3.0).to_sparse().to_dense().item() == 3
    for layout, of in ((tl.strided, tl.ones(1)), (tl.sparse_coo, a)):
        assert of.layout is layout
    assert [str(x) for x in (tl.strided, tl.sparse_coo)] == ["torch.strided", "torch.sparse_coo"]


def test_what_it_tells_of_itself() -> None:
    a = example()
    assert isinstance(a, tl.Tensor) and a.is_sparse and not tl.ones(1).is_sparse
    assert (a.shape, a.size(), a.size(1), a.dim(), a.ndim, a.numel(), len(a)) == ((2, 3), (2, 3), 3, 2, 2, 6, 2)
    assert (a.sparse_dim(), a.dense_dim(), a._nnz(), a.is_coalesced(), a.coalesce().is_coalesced()) == (
        2,
        0,
        4,
        False,
        True,
    )
    assert (a.dtype, a.double().dtype, a.to(tl.int64).dtype, a.type()) == (
        tl.float32,
        tl.float64,
        tl.int64,
        "torch.sparse.FloatTensor",
    )
    assert isinstance(tl.sparse.DoubleTensor(PLACES, tl.ones(4), (2, 3)), tl.sparse.DoubleTensor)
    assert a.coalesce()._values().tolist() == [3, 4, 11]
    assert a.transpose(0, 1).shape == a.T.shape == a.permute(1, 0).shape == (3, 2)
    copies = [copy.deepcopy(a), pickle.loads(pickle.dumps(a)), a.clone(), a.cpu(), a.contiguous()]
    assert all(x.to_dense().equal(a.to_dense()) for x in copies)
    assert tl.sparse_coo_tensor(PLACES, tl.ones(4, 2), (2, 3, 2)).to_dense()[1, 2].tolist() == [2, 2]
    module = tl.nn.Module()
    module.register_buffer("adjacency", a, persistent=False)
    assert module.adjacency is a


def test_in_place() -> None:
    """Dense Tensors take sparse ones, as updates by hand need them; the sums of places that are there twice count."""
    a, x = example(), tl.ones(2, 3)
    x.add_(a, alpha=2)
    x -= a
    assert x.tolist() == [[1, 1, 4], [5, 1, 12]]
    assert (a.norm().item(), a.norm(1).item()) == (pytest.approx(146**0.5), 18)
    b = a.mul_(2).div_(4)
    assert b is a and a._values().tolist() == [1.5, 2, 2.5, 3] and a.data.half().dtype == tl.float16
    assert a.isnan()._values().tolist() == [False] * 3 and a.any().item() is True and (a * 0).any().item() is False
    assert (a + a)._nnz() == 8 and (a.coalesce() + a.coalesce()).is_coalesced()
    assert a.zero_() is a and (a._nnz(), a.to_dense().tolist()) == (0, [[0, 0, 0], [0, 0, 0]])


def test_the_text_is_pytorchs() -> None:
    assert repr(example()) == (
        "tensor(indices=tensor([[0, 1, 1, 1],\n                       [2, 0, 2, 2]]),\n       values=tensor([3., 4., 5., 6.]),\n"
        "       size=(2, 3), nnz=4, layout=torch.sparse_coo)"
    )
    assert repr(tl.sparse_coo_tensor((2, 3))) == (
        "tensor(indices=tensor([], size=(2, 0)),\n       values=tensor([], size=(0,)),\n"
        "       size=(2, 3), nnz=0, layout=torch.sparse_coo)"
    )
    torch = pytest.importorskip("torch")
    torch.sparse.check_sparse_tensor_invariants.disable()
    for dtype in ("float32", "float64"):
        for requires_grad in (False, True):
            ours, theirs = (
                repr(T.sparse_coo_tensor(PLACES, T.ones(4, 2, dtype=getattr(T, dtype)), (2, 3, 2), requires_grad=requires_grad))
                for T in (tl, torch)
            )  # fmt: skip
            assert ours == theirs.replace("dtype=torch.", "dtype=")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda a: a.indices(), RuntimeError, "Cannot get indices on an uncoalesced tensor, please call .coalesce() first"),
        (lambda a: a.exp(), NotImplementedError, "Could not run 'aten::exp' with arguments from the 'SparseCPU' backend"),
        (lambda a: tl.exp(a), NotImplementedError, "Could not run 'aten::exp'"),
        (lambda a: a.view(-1), NotImplementedError, "to_dense()"),
        (lambda a: a[0], NotImplementedError, "to_dense()"),
        (lambda a: tl.ones(2, 3).mul_(a), NotImplementedError, "to_dense()"),
        (lambda a: a.div_(2.0, rounding_mode="floor"), NotImplementedError, "to_dense()"),
        (lambda a: a.norm(2, 0), NotImplementedError, "to_dense()"),
        (lambda a: a.any(0), NotImplementedError, "to_dense()"),
        (lambda a: tl.nn.functional.linear(a, tl.ones(1, 3)), NotImplementedError, "to_dense()"),
        (lambda a: a + tl.ones(2, 3), RuntimeError, "add(sparse, dense) is not supported. Use add(dense, sparse) instead."),
        (lambda a: a @ tl.ones(2, 2), RuntimeError, "addmm: Argument #3 (dense): Expected dim 0 size 3, got 2"),
        (lambda a: a @ tl.ones(3, 2, dtype=tl.float64), RuntimeError, "expected m1 and m2 to have the same dtype"),
        (lambda a: a.numpy(), TypeError, "can't convert Sparse layout tensor to numpy. Use Tensor.to_dense() first."),
        (lambda a: a.tolist(), NotImplementedError, "to_dense()"),
        (lambda a: bool(a), RuntimeError, "Boolean value of Tensor with more than one value is ambiguous"),
        (lambda a: tl.sparse.sum(tl.ones(2)), RuntimeError, "expected a sparse Tensor"),
        (lambda a: tl.ones(2, 2).to_sparse(1), NotImplementedError, "sparse_coo"),
        (lambda a: example((1.0, 2.0)), RuntimeError, "indices and values must have same nnz"),
        (lambda a: tl.sparse_coo_tensor(PLACES, tl.ones(4), (2, 2)), RuntimeError, "for dim 1, size is 2 but found index 2"),
        (lambda a: tl.sparse_coo_tensor([[0], [-1]], tl.ones(1), (2, 2)), RuntimeError, "found negative index -1 for dim 1"),
        (lambda a: tl.sparse_coo_tensor(PLACES, tl.ones(4), (2, 3, 4)), RuntimeError, "number of dimensions must be"),
    ],
)  # fmt: skip
def test_what_it_cannot_do(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        call(example())
    assert message in str(caught.value)
