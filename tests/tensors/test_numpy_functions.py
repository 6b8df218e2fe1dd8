"""NumPy's functions on Tensors: NumPy's own results on arrays, recorded, with right derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_lite as tl

RNG = np.random.default_rng(0)
A, B, V = RNG.uniform(0.5, 1.5, (2, 4)), RNG.uniform(-1, 1, (2, 4)), RNG.uniform(-1, 1, 4)
C = RNG.uniform(-1, 1, (2, 3, 4))
S = np.array([[3.0, 0.5], [0.5, 2.0]])

CALLS = {
    "concatenate": [lambda a, b: np.concatenate([a, b]), lambda a, b: np.concatenate((a, b), axis=-1), lambda a, b: np.concatenate([a, b], None)],
    "stack": [lambda a, b: np.stack([a, b]), lambda a, b: np.stack([a, b], axis=-1), lambda a, b: np.vstack([a, b]), lambda a, b: np.hstack([a, b]), lambda a, b: np.dstack([a, b]), lambda a, b: np.column_stack([a, b])],
    "split": [lambda a, b: np.split(a, 2, 1)[1] * b[:, :2], lambda a, b: np.split(a, [1, 3], axis=1)[1] * b[:, :2], lambda a, b: np.array_split(a, 3, axis=1)[0] * b[:, :2]],
    "where": [lambda a, b: np.where(b > 0, a, b), lambda a, b: np.where(np.array([[1], [0]]), a * b, 2.0)],
    "products": [
        lambda a, b: np.dot(a, b.T), lambda a, b: np.dot(a[0], b[1]), lambda a, b: np.dot(C, a.T) * b[0, 0], lambda a, b: np.dot(a, C.transpose(0, 2, 1)) * b[0, 0],
        lambda a, b: np.tensordot(a, b), lambda a, b: np.tensordot(a, b, axes=1 - 1), lambda a, b: np.tensordot(a, b, axes=([1], [1])), lambda a, b: np.tensordot(a, b, (1, 1)),
        lambda a, b: np.einsum("ij,kj->ki", a, b), lambda a, b: np.outer(a, b), lambda a, b: np.matmul(a, b.T),
    ],
    "reductions": [
        lambda a, b: np.sum(a * b, axis=0), lambda a, b: np.sum(a * b), lambda a, b: np.mean(a * b, 1, keepdims=True), lambda a, b: np.prod(a * b, 0), lambda a, b: np.prod(a * b),
        lambda a, b: np.max(a * b, axis=1), lambda a, b: np.amin(a * b), lambda a, b: np.var(a * b), lambda a, b: np.var(a * b, 1, ddof=1), lambda a, b: np.std(a * b, axis=0, keepdims=True),
        lambda a, b: np.cumsum(a * b), lambda a, b: np.cumprod(a * b, axis=1), lambda a, b: np.sort(a * b, axis=0), lambda a, b: np.sort(a * b, None), lambda a, b: np.nansum(a * b, axis=1),
    ],
    "shapes": [
        lambda a, b: np.reshape(a * b, (4, 2)), lambda a, b: np.reshape(a * b, -1), lambda a, b: np.ravel(a * b), lambda a, b: np.transpose(a) * b.T, lambda a, b: np.transpose(a * b, (1, 0)),
        lambda a, b: np.expand_dims(a * b, (0, -1)), lambda a, b: np.squeeze((a * b)[None], 0), lambda a, b: np.broadcast_to(a * b, (3, 2, 4)), lambda a, b: np.moveaxis(a * b, 0, 1),
        lambda a, b: np.swapaxes(a * b, 0, 1), lambda a, b: np.flip(a) * b, lambda a, b: np.flip(a * b, 1), lambda a, b: np.tile(a * b, 2),
        lambda a, b: np.repeat(a * b, 2), lambda a, b: np.repeat(a * b, [1, 2], axis=0), lambda a, b: np.trace(a * b), lambda a, b: np.diagonal(a * b, 1), lambda a, b: np.tril(a * b, -1), lambda a, b: np.triu(a * b),
        lambda a, b: np.diag((a * b)[0]), lambda a, b: np.take(a * b, [3, 0], axis=1), lambda a, b: np.take(a * b, np.array([5, 0])), lambda a, b: np.take_along_axis(a * b, np.array([[1], [2]]), 1),
    ],
    "elements": [lambda a, b: np.clip(a * b, -0.3, 0.4), lambda a, b: np.clip(a * b, None, 0.4), lambda a, b: np.round(a, 1) * b],
    "linalg": [
        lambda a, b: np.linalg.norm(a * b), lambda a, b: np.linalg.norm(a * b, axis=1), lambda a, b: np.linalg.norm(a * b, 1, axis=0, keepdims=True), lambda a, b: np.linalg.inv(a @ a.T + S) * b[:, :2],
        lambda a, b: np.linalg.det(a @ b.T + S), lambda a, b: np.linalg.solve(a @ a.T + S, b), lambda a, b: np.linalg.slogdet(a @ a.T + S)[1] * b, lambda a, b: np.linalg.cholesky(a @ a.T + S) * b[:, :2],
        lambda a, b: np.linalg.eigvalsh(a @ a.T + S) * b[0, 0], lambda a, b: np.linalg.eigh(a @ a.T + S)[0] * b[0, 0], lambda a, b: np.linalg.svd(a * b, full_matrices=False)[1], lambda a, b: np.linalg.svd(a * b, compute_uv=False),
        lambda a, b: np.linalg.matrix_power(a @ b.T, 3), lambda a, b: np.linalg.multi_dot([a, b.T, a]),
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(CALLS))
def test_values_and_gradients(kind) -> None:
    for number, call in enumerate(CALLS[kind]):
        a, b = tl.tensor(A, requires_grad=True), tl.tensor(B, requires_grad=True)
        found, expected = call(a, b), np.asarray(call(A, B))
        assert isinstance(found, tl.Tensor), (kind, number)
        assert found.grad_fn is not None, (kind, number)
        assert (tuple(found.shape), found.dtype) == (expected.shape, expected.dtype), (kind, number)
        np.testing.assert_allclose(found.detach().numpy(), expected, atol=1e-12, err_msg=f"{kind} {number}")
        if "round" not in str(call.__code__.co_names):
            assert tl.autograd.gradcheck(call, (a, b)), (kind, number)


def test_what_is_not_recorded() -> None:
    x = tl.tensor([3.0, 1.0], requires_grad=True)
    for call, name in (
        (lambda: np.median(x), r"np\.median"),
        (lambda: np.fft.fft(x), r"np\.fft\.fft"),
        (lambda: np.interp(x, [0, 1], [0, 1]), r"np\.interp"),
        (lambda: np.linalg.pinv(x[None]), r"np\.linalg\.pinv"),
        (lambda: np.percentile(x, 3), r"np\.percentile"),
    ):
        with pytest.raises(
            RuntimeError, match=rf"Can't call numpy\(\).*{name} is not an operation that Tensors record"
        ):
            call()
    for call, argument in (
        (lambda: np.concatenate([x, x], out=np.empty(4)), "out"),
        (lambda: np.sum(x, where=np.array([True, False])), "where"),
        (lambda: np.reshape(x, (2, 1), order="F"), "order"),
        (lambda: np.max(x, initial=2.0), "initial"),
    ):
        with pytest.raises(TypeError, match=f"takes no {argument}"):
            call()
    with tl.no_grad():
        assert np.median(x) == 2
    assert isinstance(np.median(x.detach()), np.floating)  # as ever, where no gradient is lost


def test_what_only_looks() -> None:
    x = tl.tensor([3.0, 1.0], requires_grad=True)
    assert np.shape(x) == (2,)
    assert np.ndim(x) == 1
    assert np.allclose(x, [3, 1])
    assert np.array_equal(x, x)
    assert np.argmax(x).item() == 0
    assert np.size(x) == 2
    assert np.isclose(x, x.detach().numpy()).all()
    assert np.zeros_like(x).dtype == np.float32
    np.testing.assert_array_equal(np.where(x > 2)[0], [0])


def test_integers_and_dtypes() -> None:
    x = tl.tensor([[1, 2], [3, 4]])
    assert np.sum(x).dtype == np.int64
    assert np.mean(x, dtype=np.float32).item() == 2.5
    assert np.concatenate([x, np.ones((1, 2), "int64")]).tolist() == [[1, 2], [3, 4], [1, 1]]


def test_scipys_special_functions() -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed")
    x, y = (tl.tensor(RNG.uniform(0.2, 0.8, 5), requires_grad=True) for _ in range(2))
    one = (
        "digamma entr erf erfc erfcx erfinv exp2 expit expm1 gammaln i0 i0e i1 i1e log1p log_ndtr logit ndtr ndtri psi"
    )
    for name in one.split():
        function = getattr(special, name)
        np.testing.assert_allclose(function(x).detach().numpy(), function(x.detach().numpy()), rtol=1e-12, err_msg=name)
        assert tl.autograd.gradcheck(function, x), name
    for name in ("gammainc", "gammaincc", "xlogy", "xlog1py"):
        function = getattr(special, name)
        expected = function(x.detach().numpy(), y.detach().numpy())
        np.testing.assert_allclose(function(x, y).detach().numpy(), expected, rtol=1e-12, err_msg=name)
        assert tl.autograd.gradcheck(lambda y, f=function: f(x.detach(), y), y), name
    with pytest.raises(TypeError, match=r"np\.jv is not an operation that Tensors record"):
        special.jv(x, y)
