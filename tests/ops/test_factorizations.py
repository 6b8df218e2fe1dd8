"""Systems of equations and factorizations: closed forms, degenerate matrices, PyTorch's phrases, and compiled programs."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import linalg

rng = np.random.default_rng(0)
A = rng.standard_normal((4, 4)) + 3 * np.eye(4)
WIDE, TALL = rng.standard_normal((2, 4)), rng.standard_normal((2, 5, 3))


def leaf(x: Any) -> Any:
    return tl.tensor(np.asarray(x, np.float64), requires_grad=True)


def grad(value: Any, x: Any) -> Any:
    return tl.autograd.grad(value.sum(), x)[0].numpy()


def test_the_inverse_of_hilberts_matrix() -> None:
    i = np.arange(4.0)
    inverse = linalg.inv(tl.tensor(1 / (i[:, None] + i + 1)))
    whole = [[16, -120, 240, -140], [-120, 1200, -2700, 1680], [240, -2700, 6480, -4200], [-140, 1680, -4200, 2800]]
    np.testing.assert_allclose(inverse.numpy(), whole, rtol=1e-10)
    np.testing.assert_allclose(tl.matrix_power(tl.tensor([[1.0, 1.0], [0.0, 1.0]]), -5).tolist(), [[1, -5], [0, 1]])


def test_the_second_derivative_of_the_logarithm_of_a_determinant() -> None:
    """log det(A + t B) has the derivatives tr(A⁻¹ B) and -tr(A⁻¹ B A⁻¹ B) at t = 0."""
    b = rng.standard_normal((4, 4))
    for function in (lambda x: x.logdet(), lambda x: x.slogdet().logabsdet, lambda x: x.det().log()):
        t = leaf(0.0)
        (first,) = tl.autograd.grad(function(tl.tensor(A) + t * tl.tensor(b)), t, create_graph=True)
        (second,) = tl.autograd.grad(first, t)
        inverse = np.linalg.inv(A) @ b
        assert first.item() == pytest.approx(np.trace(inverse), rel=1e-9)
        assert second.item() == pytest.approx(-np.trace(inverse @ inverse), rel=1e-9)


def test_the_derivative_of_a_determinant_of_rank_one_less_is_the_adjugate() -> None:
    x = leaf([[1, 2, 3], [2, 4, 6], [1, 0, 1]])
    np.testing.assert_allclose(grad(x.det(), x), [[4, 4, -4], [-2, -2, 2], [0, 0, 0]], atol=1e-13)
    zero = leaf(np.zeros((3, 3)))
    assert (grad(zero.det(), zero) == 0).all()
    (first,) = tl.autograd.grad(x.det(), x, create_graph=True)
    with pytest.raises(linalg.LinAlgError, match="the input matrix is singular"):
        grad(first, x)


@pytest.mark.parametrize("x", [np.eye(3), np.diag([2.0, 2.0, 1.0]), np.eye(3, 2) * 2])
def test_equal_singular_values(x: Any) -> None:
    """The derivative of their sum is U Vᵀ; that of the vectors does not exist, and is not finite."""
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    for function in (
        linalg.svdvals,
        lambda x: linalg.svd(x).S,
        lambda x: linalg.svd(x, False).S,
        lambda x: tl.svd(x).S,
    ):
        a = leaf(x)
        np.testing.assert_allclose(grad(function(a), a), u @ vh, atol=1e-12)
    a = leaf(x)
    assert not np.isfinite(grad(linalg.svd(a, False).U * tl.arange(2.0 if x.shape[1] == 2 else 3.0), a)).all()


def test_equal_eigenvalues() -> None:
    for function in (linalg.eigvalsh, lambda x: linalg.eigh(x).eigenvalues):
        a = leaf(np.diag([2.0, 2.0, 5.0]))
        np.testing.assert_allclose(
            grad(function(a) * tl.tensor([1.0, 1.0, 3.0]), a), np.diag([1.0, 1.0, 3.0]), atol=1e-12
        )
    a = leaf(np.diag([2.0, 2.0, 5.0]))
    assert not np.isfinite(grad(linalg.eigh(a).eigenvectors * tl.arange(3.0), a)).all()


@pytest.mark.parametrize("x", [WIDE, TALL, A])
def test_the_parts_of_a_matrix_put_together(x: Any) -> None:
    x = tl.tensor(x)
    m, n = x.shape[-2:]
    k = min(m, n)
    for full in (True, False):
        u, s, vh = linalg.svd(x, full_matrices=full)
        assert (u.shape[-1], vh.shape[-2]) == ((m, n) if full else (k, k))
        for orthonormal in (u, vh.mT):
            np.testing.assert_allclose(*np.broadcast_arrays((orthonormal.mT @ orthonormal).numpy(), np.eye(orthonormal.shape[-1])), atol=1e-13)  # fmt: skip
        np.testing.assert_allclose(((u[..., :k] * s.unsqueeze(-2)) @ vh[..., :k, :]).numpy(), x.numpy(), atol=1e-13)
    for mode in ("reduced", "complete"):
        q, r = linalg.qr(x, mode)
        np.testing.assert_allclose((q @ r).numpy(), x.numpy(), atol=1e-13)
        assert q.shape[-1] == (m if mode == "complete" else k)
        assert (r.tril(-1) == 0).all()
    assert linalg.qr(x, "r").Q.shape == (0,)


def test_an_absolute_tolerance_replaces_the_relative_one() -> None:
    x = tl.diag(tl.tensor([1.0, 1e-10]))
    for options, rank in (
        ({}, 1),
        ({"atol": 1e-20}, 2),
        ({"atol": tl.tensor(1e-20)}, 2),
        ({"atol": 0.0}, 1),
        ({"rtol": 0.0}, 2),
    ):
        assert linalg.matrix_rank(x, **options).item() == rank
        assert (linalg.pinv(x, **options)[1, 1].item() > 1) is (rank == 2)


def test_one_triangle_is_read() -> None:
    positive = tl.tensor(A @ A.T)
    lower = linalg.cholesky(positive)
    assert tl.equal(linalg.cholesky(positive.tril()), lower)
    assert tl.allclose(linalg.cholesky(positive.triu(), upper=True), lower.mT)
    for uplo, half in (("L", positive.tril()), ("U", positive.triu()), ("u", positive.triu())):
        assert tl.allclose(linalg.eigvalsh(half, uplo), linalg.eigvalsh(positive))
    x = leaf(A @ A.T)
    g = grad(linalg.cholesky(x) * tl.tensor(rng.standard_normal((4, 4))), x)
    np.testing.assert_allclose(g, g.T, atol=1e-14)


def test_a_line_through_points() -> None:
    t = tl.tensor([0.0, 1.0, 2.0, 3.0], dtype=tl.float64)
    found = linalg.lstsq(
        tl.stack([tl.ones_like(t), t], 1), tl.tensor([[1.0], [0.0], [2.0], [5.0]]).double(), driver="gelsd"
    )
    np.testing.assert_allclose(found.solution.tolist(), [[-0.1], [1.4]], atol=1e-12)
    assert found.residuals.item() == pytest.approx(4.2)
    assert found.rank.item() == 2
    assert linalg.lstsq(tl.ones(3, 2), tl.ones(3, 1), driver="gelss").rank.item() == 1


@pytest.mark.parametrize(("ord", "expected"), [(2, 4.0), (-2, 2.0), ("nuc", 9.0)])
def test_norms_of_singular_values(ord: Any, expected: float) -> None:
    """Of a matrix with the singular values 4, 3 and 2, along any two dimensions; dx = u vᵀ of those that count."""
    u, v = (np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))[0] for seed in (1, 2))
    x = leaf((u * [4.0, 3.0, 2.0] @ v.T)[:, None])
    found = linalg.matrix_norm(x, ord, (0, 2))
    np.testing.assert_allclose(found.tolist(), [expected], rtol=1e-13)
    assert linalg.matrix_norm(x, ord, (0, 2), keepdim=True).shape == (1, 1, 1)
    counted = {2: [1, 0, 0], -2: [0, 0, 1], "nuc": [1, 1, 1]}[ord]
    np.testing.assert_allclose(grad(found, x)[:, 0], u * counted @ v.T, atol=1e-12)


PHRASES: list[tuple[Any, str]] = [
    (lambda: linalg.inv(tl.tensor([[1.0, 2.0], [2.0, 4.0]])), "linalg.inv: The diagonal element 2 is zero, the inversion could not be completed because the input matrix is singular."),
    (lambda: tl.stack([tl.eye(2), tl.zeros(2, 2)]).inverse(), "linalg.inv: (Batch element 1): The diagonal element 1 is zero, the inversion"),
    (lambda: tl.matrix_power(tl.zeros(2, 2), -1), "linalg.inv: The diagonal element 1 is zero"),
    (lambda: linalg.solve(tl.ones(2, 2), tl.ones(2)), "linalg.solve: The solver failed because the input matrix is singular."),
    (lambda: linalg.solve(tl.ones(2, 2, 2), tl.ones(2)), "linalg.solve: (Batch element 0): The solver failed"),
    (lambda: tl.cholesky(tl.tensor([[1.0, 2.0], [2.0, 1.0]])), "linalg.cholesky: The factorization could not be completed because the input is not positive-definite (the leading minor of order 2 is not positive-definite)."),
    (lambda: tl.stack([tl.eye(2), -tl.eye(2)]).cholesky(), "linalg.cholesky: (Batch element 1): The factorization could not be completed because the input is not positive-definite (the leading minor of order 1"),
    (lambda: tl.cholesky(tl.full((2, 2), math.nan)), "linalg.cholesky: The factorization could not be completed because the input is not positive-definite (the leading minor of order 1"),
    (lambda: linalg.svdvals(tl.full((2, 2), math.nan)), "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values."),
    (lambda: linalg.pinv(tl.full((2, 2), math.inf)), "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values."),
    (lambda: linalg.svd(tl.stack([tl.eye(2), tl.eye(2) * math.nan])), "linalg.svd: (Batch element 1): The algorithm failed to converge"),
    (lambda: linalg.eigh(tl.full((3, 3), math.nan)), "linalg.eigh: The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated eigenvalues (error code: 2)."),
    (lambda: linalg.eigvalsh(tl.full((3, 3), math.nan)), "linalg.eigh: The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated eigenvalues (error code: 2)."),
]  # fmt: skip


@pytest.mark.parametrize(("call", "phrase"), PHRASES, ids=[phrase[:60] for _, phrase in PHRASES])
def test_matrices_without_a_result(call: Any, phrase: str) -> None:
    with pytest.raises(linalg.LinAlgError, match="^" + re.escape(phrase)) as caught:
        call()
    assert isinstance(caught.value, RuntimeError)


REFUSED: list[tuple[Any, type[Exception], str]] = [
    (lambda: linalg.inv(tl.ones(3)), RuntimeError, "linalg.inv: The input tensor A must have at least 2 dimensions."),
    (lambda: tl.det(tl.ones(2, 3)), RuntimeError, "linalg.det: A must be batches of square matrices, but they are 2 by 3 matrices"),
    (lambda: tl.inverse(tl.eye(2).long()), RuntimeError, "linalg.inv: Expected a floating point or complex tensor as input. Got int64"),
    (lambda: tl.inverse(tl.eye(2).half()), RuntimeError, "linalg.inv: Low precision dtypes not supported. Got float16"),
    (lambda: linalg.solve(tl.eye(3), tl.ones(2)), RuntimeError, "linalg.solve: Incompatible shapes of A and B for the equation AX = B (3x3 and 2x1)"),
    (lambda: linalg.solve(tl.eye(3), tl.ones(3, 2), left=False), RuntimeError, "linalg.solve: Incompatible shapes of A and B for the equation XA = B (3x3 and 3x2)"),
    (lambda: linalg.qr(tl.eye(2), "q"), RuntimeError, "qr received unrecognized mode 'q' but expected one of 'reduced' (default), 'r', or 'complete'"),
    (lambda: linalg.qr(tl.ones(3, 2, requires_grad=True), "complete"), RuntimeError, "The QR decomposition is not differentiable when mode='complete' and nrows > ncols"),
    (lambda: linalg.eigh(tl.eye(2).half()), NotImplementedError, "\"linalg_eigh_cpu\" not implemented for 'float16'"),
    (lambda: linalg.eigh(tl.eye(2), "x"), RuntimeError, "Expected UPLO argument to be 'L' or 'U', but got x"),
    (lambda: linalg.cond(tl.ones(2, 3), 1), RuntimeError, "linalg.cond(ord=1): A must be batches of square matrices, but they are 2 by 3 matrices"),
    (lambda: linalg.cond(tl.eye(3), 5), RuntimeError, "linalg.cond got an invalid norm type: 5"),
    (lambda: linalg.matrix_norm(tl.eye(3).half(), 2), RuntimeError, "linalg.matrix_norm: Low precision dtypes not supported. Got float16"),
    (lambda: linalg.lstsq(tl.eye(3), tl.ones(3), driver="x"), RuntimeError, "linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)"),
    (lambda: tl.cholesky_solve(tl.ones(3, 1), tl.eye(2)), RuntimeError, "Incompatible matrix sizes for cholesky_solve: each A matrix is 2 by 2 but each b matrix is 3 by 1"),
    (lambda: linalg.matrix_power(tl.eye(2), 1.5), TypeError, "matrix_power(): argument 'n' (position 2) must be int, not float"),
    (lambda: tl.norm(tl.ones(2, 2, 2), "nuc"), RuntimeError, "linalg.matrix_norm: dim must be a 2-tuple"),
    (lambda: linalg.solve(tl.eye(2), 1), TypeError, "solve(): argument 'B' (position 2) must be Tensor, not int"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "phrase"), REFUSED, ids=[phrase[:60] for *_, phrase in REFUSED])
def test_arguments_that_are_refused(call: Any, kind: type[Exception], phrase: str) -> None:
    with pytest.raises(kind, match="^" + re.escape(phrase)):
        call()


def test_keywords_and_arrays() -> None:
    x = tl.tensor(A)
    assert tl.equal(linalg.inv(A=x), tl.inverse(input=x))
    assert tl.equal(linalg.solve(A=x, B=x), linalg.solve(x, x))
    np.testing.assert_array_equal(linalg.inv(A), np.linalg.inv(A))
    np.testing.assert_allclose(linalg.svd(WIDE).S, np.linalg.svd(WIDE)[1])
    assert linalg.matrix_norm(tl.eye(3).half(), 2, dtype=tl.float32).item() == 1.0
    assert linalg.pinv(x, atol=tl.tensor(100.0)).abs().sum().item() == 0.0


def test_it_compiles() -> None:
    @tl.compile(fullgraph=True)
    def f(x: Any) -> Any:
        positive = x @ x.mT + tl.eye(3)
        parts = (
            positive.logdet(),
            linalg.cholesky(positive).sum(),
            linalg.svdvals(x).sum(),
            linalg.solve(positive, x).sum(),
        )
        return sum(parts) + linalg.qr(x).R.abs().sum() + linalg.pinv(x).sum() + linalg.cond(positive) + positive.det()

    results = []
    for scale in (1.0, 1.0, 2.0):
        x = tl.tensor(A[:3, :3] * scale, requires_grad=True)
        out = f(x)
        out.backward()
        assert x.grad is not None
        results.append((out.item(), x.grad.numpy().copy()))
    assert results[0][0] == results[1][0] != results[2][0]
    np.testing.assert_array_equal(results[0][1], results[1][1])
