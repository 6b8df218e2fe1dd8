"""Products of vectors and matrices, and norms, against PyTorch: shapes, broadcast stacks, dtypes, errors."""

from __future__ import annotations

import numpy as np
import pytest

from ..support.pytorch_parity import Row, b, compare, f, floats, i, ints, row

S = floats(1.5).reshape(())
M, N, V = f(2, 3), f(3, 4), f(3)

A = f(3, 3, seed=3) + 2 * np.eye(3, dtype=np.float32)
AB = np.stack([A, f(3, 3, seed=4) - 3 * np.eye(3, dtype=np.float32)])
SYM = A + A.T
POS = (A @ A.T).astype(np.float32)
ONES = np.ones((3, 3), np.float32)


# Vectors are unique but for their signs, and of equal values not even that; these are what does not depend on it.


def _spectral(T, values, vectors):
    return values, vectors.abs(), vectors @ (T.exp(values / 9).unsqueeze(-2) * vectors).mT


def _products(T, u, s, vh):
    n = s.shape[-1]
    u, vh = u[..., :n], vh[..., :n, :]
    return s, u.abs(), vh.abs(), (u * s.square().unsqueeze(-2)) @ vh


def _low_rank(T, function, x, *args, **kwargs):
    T.manual_seed(3)
    u, s, v = function(x, *args, **kwargs)
    return _products(T, u, s, v.mT)


def _signed(T, q, r):
    if not q.ndim or q.shape[-1] == 0 or q.ndim < r.ndim:
        return q, r.abs()
    return q.abs(), r.abs(), q @ (r * 2)


def linalg(name):
    return lambda T, *args, **kwargs: getattr(T.linalg, name)(*args, **kwargs)


ROWS: list[Row] = [
    *(row("matmul", *xs) for xs in (
        (M, N), (M, V), (V, N), (V, V), (f(5, 2, 3), N), (M, f(5, 3, 4)), (f(5, 2, 3), f(5, 3, 4)), (f(5, 1, 2, 3), f(6, 3, 4)),
        (V, f(5, 3, 4)), (f(5, 2, 3), V), (M, M), (V, M), (f(2, 2, 3), f(3, 3, 4)), (S, V), (V, S), (f(0, 3), N), (f(2, 0), f(0, 4)),
        (M, i(3, 4)), (i(2, 3), i(3, 4)), (f(2, 3), f(4)), (f(3), f(4)),
    )),
    row("matmul", b(2, 3), b(3, 4), more=True),
    row("matmul", M, other=N),
    row("matmul", M, 2),
    *(row("mm", *xs) for xs in ((M, N), (M, M), (M, V), (f(1, 2, 3), N), (f(2, 0), f(0, 3)), (M, i(3, 4)), (i(2, 3), i(3, 4)))),
    row("mm", M, mat2=N),
    *(row("bmm", *xs) for xs in ((f(5, 2, 3), f(5, 3, 4)), (f(5, 2, 3), f(4, 3, 4)), (f(5, 2, 3), f(5, 2, 3)), (M, N), (f(0, 2, 3), f(0, 3, 4)))),
    *(row("mv", *xs) for xs in ((M, V), (M, f(2)), (V, V), (M, N), (f(0, 3), V))),
    row("mv", M, vec=V),
    *(row(name, *xs) for name in ("dot", "vdot") for xs in ((V, V), (V, f(4)), (M, M), (i(3), i(3)), (V, i(3)), (f(0), f(0)), (S, S))),
    *(row("inner", *xs) for xs in ((V, V), (M, V), (M, f(4, 3)), (f(2, 2, 3), f(4, 3)), (S, M), (M, S), (V, f(4)), (i(3), i(2, 3)))),
    *(row(name, *xs) for name in ("outer", "ger") for xs in ((V, f(4)), (i(3), f(2)), (M, V), (V, S), (f(0), V))),
    row("outer", V, vec2=f(2)),
    *(row("addmm", *xs, grad=kw.get("beta") != 0, **kw) for xs in ((f(2, 4), M, N), (f(4), M, N), (S, M, N), (f(3), M, N), (f(2, 4), M, M))
      for kw in ({}, {"beta": 0.5, "alpha": 2}, {"beta": 0})),
    row("addmm", floats(float("nan")), M, N, beta=0, grad=False),
    *(row("addmv", *xs, **kw) for xs in ((f(2), M, V), (S, M, V), (f(3), M, V)) for kw in ({}, {"beta": 0.5, "alpha": 2})),
    *(row("addr", *xs, **kw) for xs in ((M, f(2), V), (V, f(2), V), (f(4), f(2), V)) for kw in ({}, {"beta": 0.5, "alpha": 2})),
    *(row("baddbmm", *xs, grad=kw.get("beta") != 0, **kw) for xs in ((f(5, 2, 4), f(5, 2, 3), f(5, 3, 4)), (f(4), f(5, 2, 3), f(5, 3, 4)), (f(3), f(5, 2, 3), f(5, 3, 4)))
      for kw in ({}, {"beta": 0.5, "alpha": 2}, {"beta": 0})),
    row("addbmm", f(2, 4), f(5, 2, 3), f(5, 3, 4)),
    row("addbmm", f(4), f(5, 2, 3), f(5, 3, 4), call=lambda T, *xs: T.addbmm(*xs)),
    *(row("einsum", *xs, call=lambda T, e, *xs: T.einsum(e, *xs)) for xs in (
        ("ij,jk->ik", M, N), ("ij,jk", M, N), ("ij->ji", M), ("ij->", M), ("ij->j", M), ("ii->i", f(3, 3)), ("ii", f(3, 3)), ("i,i->", V, V),
        ("i,j->ij", V, f(2)), ("bij,bjk->bik", f(5, 2, 3), f(5, 3, 4)), ("...ij,...jk->...ik", f(5, 2, 3), f(5, 3, 4)), ("...ij->...ji", f(5, 2, 3)),
        ("...i->...", M), ("ij,ij->", M, M), (" ij , jk -> ik ", M, N), ("ij,kl->ijkl", M, f(2, 2)), ("ijk,k->ij", f(2, 3, 3), V), ("i...->...", M),
        ("ij,jk->ii", M, N), ("ij,jk->iz", M, N), ("ij", V), ("ijk", M), ("ij,jk->ik", M), ("ij,jk->ik", M, M), ("bhqd,bhkd->bhqk", f(2, 2, 3, 4), f(2, 2, 5, 4)),
        ("ij,jk,kl->il", M, N, f(4, 2)), ("iij->ij", f(2, 2, 3)), ("", S), (",", S, S), ("a1->a", M), ("...ij,...jk->...ik", f(5, 1, 2, 3), f(2, 3, 4)),
    )),
    row("einsum", M, N, call=lambda T, x, y: T.einsum("ij,jk->ik", [x, y])),
    *(row("tensordot", *xs, call=lambda T, *xs: T.tensordot(*xs)) for xs in (
        (M, N, 1), (M, f(2, 3, 4), 2), (M, V, 0), (f(2, 3, 4), f(4, 3, 2), ([2, 1], [0, 1])), (M, N, ([1], [0])), (M, M, 1), (M, N, ([0], [0])), (M, N, 3),
    )),
    row("tensordot", M, f(2, 3), call=lambda T, x, y: T.tensordot(x, y)),
    *(row("kron", *xs) for xs in ((M, f(2, 2)), (V, f(2)), (S, M))),
    row("kron", f(2, 2, 2), M, call=lambda T, x, y: T.kron(x.contiguous(), y.contiguous())),
    *(row("cross", *xs, **kw) for xs in ((f(2, 3), f(2, 3, seed=1)), (f(3, 2), f(3, 2, seed=1))) for kw in ({"dim": 1}, {"dim": 0}, {"dim": -1})),
    row("cross", f(3), f(3, seed=1), dim=0),
    row("cross", f(2, 1, 3), f(4, 3), dim=-1),
    *(row("matrix_power", x, n) for x in (f(3, 3), f(2, 3, 3), M) for n in (0, 1, 2, 3, 5)),
    row("multi_dot", M, N, f(4, 2), call=lambda T, *xs: T.linalg.multi_dot(xs)),
    *(row("linalg.norm", f(3, 4), call=lambda T, x, kw=kw: T.linalg.norm(x, **kw), grad=kw.get("ord") != 0) for kw in (
        {}, {"ord": 1}, {"ord": -1}, {"ord": float("inf")}, {"ord": -float("inf")}, {"ord": "fro"}, {"ord": 3}, {"dim": 0}, {"dim": (0, 1)},
        {"ord": 3, "dim": 1}, {"ord": 2, "dim": 0, "keepdim": True}, {"ord": "fro", "keepdim": True}, {"ord": 0, "dim": 1}, {"ord": "abc"}, {"dim": 2},
    )),
    *(row("linalg.norm", x, call=linalg("norm")) for x in (V, f(2, 3, 4), S, i(3))),
    row("linalg.norm", V, 1, call=linalg("norm")),
    *(row("linalg.vector_norm", f(3, 4), call=lambda T, x, kw=kw: T.linalg.vector_norm(x, **kw)) for kw in (
        {}, {"ord": 1}, {"ord": 3, "dim": 1}, {"dim": (0, 1), "keepdim": True}, {"ord": float("inf")}, {"ord": 0.5},
    )),
    *(row("linalg.matrix_norm", f(2, 3, 4), call=lambda T, x, kw=kw: T.linalg.matrix_norm(x, **kw)) for kw in (
        {}, {"ord": 1}, {"ord": -1}, {"ord": float("inf")}, {"ord": "fro", "keepdim": True}, {"ord": 1, "dim": (0, 2)}, {"ord": 3}, {"dim": (0, 0)},
    )),
    row("linalg.cross", f(2, 3), f(2, 3, seed=1), call=linalg("cross")),
    row("linalg.diagonal", f(2, 3, 4), call=linalg("diagonal")),
    row("linalg.matmul", M, N, call=linalg("matmul")),
    row("linalg.vecdot", f(4, 3), f(3), call=linalg("vecdot")),
    row("bmm", ints(1, 2, 3, 4).reshape(1, 2, 2), ints(1, 2, 3, 4).reshape(1, 2, 2)),
    *(row(name, x) for name in ("inverse", "det", "logdet", "slogdet") for x in (A, AB, A[:1, :1], f(0, 0), f(2, 0, 0), -A, M, V, i(3, 3), b(2, 2))),
    *(row(name, x, grad=False) for name in ("inverse", "det", "logdet", "slogdet") for x in (floats([1, 2], [2, 4]), np.stack([A, A * 0]), A * np.nan)),
    row("pinverse", f(2, 3)), row("pinverse", AB, 0.6), row("pinverse", f(0, 3)), row("pinverse", V), row("pinverse", i(2, 2)),
    *(row("linalg.pinv", x, call=lambda T, x, kw=kw: T.linalg.pinv(x, **kw)) for x in (f(2, 4), f(4, 2), AB, f(3, 0)) for kw in (
        {}, {"rtol": 0.5}, {"atol": 1.0}, {"rcond": 0.4}, {"atol": 0.5, "rtol": 0.1},
    )),
    row("linalg.pinv", np.diag(floats(1, 2, 3)) + 0.1, call=lambda T, x: T.linalg.pinv(x, hermitian=True)),
    *(row("linalg.solve", *xs, call=linalg("solve")) for xs in (
        (A, V), (A, f(3, 2)), (AB, f(2, 3)), (AB, V), (AB, f(3, 2)), (AB, f(5, 1, 3, 2)), (A, f(4, 3, 2)), (f(0, 0), f(0)), (f(0, 0), f(0, 3)), (A, f(2)), (M, V), (V, V),
        (A, S), (A, i(3)), (i(3, 3), i(3)), (A, f(4, 3)), (A, 1),
    )),
    row("linalg.solve", A, f(2, 3), call=lambda T, a, x: T.linalg.solve(a, x, left=False)),
    row("linalg.solve", A, V, call=lambda T, a, x: T.linalg.solve(A=a, B=x)),
    row("linalg.solve", A * 0, V, grad=False, call=linalg("solve")),
    *(row("linalg.solve_triangular", *xs, call=lambda T, a, x, kw=kw: T.linalg.solve_triangular(a, x, **kw)) for xs in ((A, f(3, 2)), (AB, f(3, 2)), (A, f(4, 3, 2)), (A, V), (M, M), (A, f(2, 3)))
      for kw in ({"upper": True}, {"upper": False}, {"upper": True, "unitriangular": True}, {"upper": False, "left": False})),
    row("linalg.solve_triangular", A * 0, f(3, 2), grad=False, call=lambda T, a, x: T.linalg.solve_triangular(a, x, upper=True)),
    *(row("triangular_solve", f(3, 2), A, *flags) for flags in ((), (False,), (True, True), (False, True, True))),
    *(row("linalg.lstsq", *xs, call=lambda T, a, x, kw=kw: tuple(T.linalg.lstsq(a, x, **kw))) for xs in ((f(4, 2), f(4, 3)), (f(2, 4), f(2, 1)), (f(5, 4, 2), f(5, 4)), (f(4, 2), f(4)), (f(4, 2), f(3)), (V, V), (f(4, 2), i(4)))
      for kw in ({}, {"driver": "gelsd"}, {"driver": "gelss"}, {"driver": "gels"}, {"driver": "x"})),
    row("linalg.lstsq", f(4, 1) * floats(1, 2), f(4, 1), grad=False, call=lambda T, a, x: tuple(T.linalg.lstsq(a, x, driver="gelsd"))),
    *(row("linalg.tensorinv", x, call=lambda T, x, ind=ind: T.linalg.tensorinv(x, ind)) for x, ind in ((f(2, 3, 6), 2), (f(4, 2, 2), 1), (M, 1), (A, 0))),
    *(row("linalg.tensorsolve", *xs, call=lambda T, a, x, dims=dims: T.linalg.tensorsolve(a, x, dims)) for *xs, dims in ((f(2, 3, 6), M, None), (f(2, 6, 3), M, (1,)), (M, V, None))),
    *(row("cholesky", x, *args) for x in (POS, np.stack([POS, POS * 2]), f(0, 0), M, i(3, 3)) for args in ((), (True,))),
    *(row("cholesky_inverse", x, call=lambda T, x, args=args: T.cholesky_inverse(x.triu() if args else x.tril(), *args)) for x in (POS, np.stack([POS, POS * 2]), f(0, 0)) for args in ((), (True,))),
    row("cholesky_inverse", POS, grad=False), row("cholesky_inverse", M), row("cholesky_inverse", i(3, 3)),
    *(row("cholesky", x, grad=False) for x in (-POS, np.stack([POS, -POS]), floats([1, 2], [2, 1]), POS * np.nan, np.tril(POS))),
    row("linalg.cholesky", POS, call=lambda T, x: T.linalg.cholesky(x, upper=True)),
    row("linalg.cholesky", np.triu(POS), grad=False, call=lambda T, x: T.linalg.cholesky(x, upper=True)),
    *(row("cholesky_solve", *xs, call=lambda T, x, L, args=args: T.cholesky_solve(x, L.triu() if args else L.tril(), *args)) for xs in ((f(3, 2), POS), (f(2, 3, 2), POS)) for args in ((), (True,))),
    *(row("cholesky_solve", *xs, grad=False) for xs in ((f(3, 2), POS, True), (V, POS), (f(2, 2), POS), (f(3, 2), V))),
    *(row("linalg.eigh", x, call=lambda T, x, u=u: _spectral(T, *T.linalg.eigh(x, u))) for x in (SYM, np.stack([SYM, SYM * 2]), M, V, i(3, 3)) for u in ("L", "U", "x")),
    *(row("linalg.eigh", x, grad=False, call=lambda T, x, u=u: _spectral(T, *T.linalg.eigh(x, u))) for x in (f(3, 3), f(0, 0), SYM * np.nan) for u in "LU"),
    *(row("linalg.eigvalsh", x, call=linalg("eigvalsh")) for x in (SYM, np.eye(3, dtype=np.float32), f(2, 0, 0), M)),
    *(row("linalg.svd", x, call=lambda T, x, full=full: _products(T, *T.linalg.svd(x, full))) for x in (M, f(4, 2), A, f(2, 3, 4), f(0, 3), V, i(2, 3), M * np.nan) for full in (True, False)),
    row("linalg.svd", M, call=lambda T, x: T.linalg.svd(x, driver="gesvd")),
    *(row("svd", x, call=lambda T, x, some=some: _products(T, (found := T.svd(x, some)).U, found.S, found.V.mT)) for x in (M, f(4, 2)) for some in (True, False)),
    row("svd", M, False, False),
    *(row("linalg.svdvals", x, call=linalg("svdvals")) for x in (M, f(2, 4, 3), np.eye(3, 2, dtype=np.float32), f(0, 3), V, i(2, 2))),
    *(row("linalg.qr", x, call=lambda T, x, mode=mode: _signed(T, *T.linalg.qr(x, mode))) for x in (M, f(4, 2), A, f(2, 3, 4), f(3, 0), V, i(2, 3)) for mode in ("reduced", "x")),
    *(row("linalg.qr", x, grad=False, call=lambda T, x, mode=mode: _signed(T, *T.linalg.qr(x, mode))) for x in (M, f(4, 2), f(2, 4, 3)) for mode in ("complete", "r")),
    *(row("qr", x, call=lambda T, x: _signed(T, *T.qr(x))) for x in (M, f(4, 2))),
    row("qr", f(4, 2), grad=False, call=lambda T, x: _signed(T, *x.qr(some=False))),
    *(row("linalg.matrix_rank", x, call=lambda T, x, kw=kw: T.linalg.matrix_rank(x, **kw)) for x in (A, floats([1, 2], [2, 4]), f(2, 3, 4), f(0, 3), V) for kw in ({}, {"atol": 1.5}, {"rtol": 0.5}, {"tol": 1.0})),
    *(row("linalg.cond", x, grad=p in (None, 2, -2) and x.size > 0, call=lambda T, x, p=p: T.linalg.cond(x, p)) for x in (A, AB, f(0, 0)) for p in (None, 2, -2, 1, -1, float("inf"), "fro", "nuc", 3, "x")),
    *(row("linalg.cond", x, call=lambda T, x, p=p: T.linalg.cond(x, p)) for x, p in ((M, None), (M, 1), (V, None))),
    row("linalg.cond", np.stack([A, A * 0]), grad=False, call=lambda T, x: T.linalg.cond(x, 1)),
    *(row("linalg.matrix_norm", f(2, 3, 4), call=lambda T, x, kw=kw: T.linalg.matrix_norm(x, **kw)) for kw in (
        {"ord": 2}, {"ord": -2}, {"ord": "nuc"}, {"ord": 2, "dim": (2, 0), "keepdim": True}, {"ord": "nuc", "dim": (0, 1), "keepdim": True}, {"ord": "x"},
    )),
    *(row("linalg.norm", M, call=lambda T, x, kw=kw: T.linalg.norm(x, **kw)) for kw in ({"ord": 2}, {"ord": "nuc"}, {"ord": -2, "dim": (1, 0)})),
    *(row("norm", x, "nuc") for x in (M, f(2, 3, 4), V)), row("norm", f(2, 3, 4), "nuc", (0, 2), True),
    row("linalg.matrix_norm", f(0, 3), grad=False, call=lambda T, x: T.linalg.matrix_norm(x, 2)),
    *(row("matrix_power", x, n) for x in (A, AB, M, i(3, 3)) for n in (-1, -2, -3, 8)),
    row("matrix_power", A * 0, -1, grad=False), row("matrix_power", A, 1.5), row("matrix_power", f(0, 0), 3),
    *(row("vander", x, *args, grad=False) for x in (f(4), i(3), b(2), M, f(0)) for args in ((), (2,), (3, True), (0,), (1,))),
    *(row("linalg.vander", x, call=lambda T, x, n=n: T.linalg.vander(x, N=n)) for x in (f(4), i(3), M, floats(0.0, 2.0)) for n in (None, 2, 1)),
    *(row(f"linalg.{name}", x, call=lambda T, x, name=name: tuple(getattr(T.linalg, name)(x))) for name in ("lu_factor", "lu_factor_ex", "lu") for x in (A, AB, f(4, 2), f(2, 3, 4), f(0, 3), f(2, 0, 0), V, i(3, 3))),
    *(row(f"linalg.{name}", x, grad=False, call=lambda T, x, name=name: tuple(getattr(T.linalg, name)(x))) for name in ("lu_factor", "lu_factor_ex", "lu") for x in (ONES, np.stack([A, ONES]))),
    row("linalg.lu_factor", A, call=lambda T, x: tuple(T.linalg.lu_factor(x, pivot=False))), row("linalg.lu_factor_ex", ONES, call=lambda T, x: tuple(T.linalg.lu_factor_ex(x, check_errors=True))),
    *(row("linalg.lu_solve", *xs, call=lambda T, a, x, left=left, adjoint=adjoint: T.linalg.lu_solve(*T.linalg.lu_factor(a), x, left=left, adjoint=adjoint)) for xs in ((A, f(3, 3)), (AB, f(3, 3)), (A, f(2, 3, 3)), (A, V), (M, M), (A, f(2, 2)))
      for left in (True, False) for adjoint in (True, False)),
    *(row("linalg.lu_solve", A, p, f(3, 2), call=lambda T, a, p, x: T.linalg.lu_solve(a, p.int(), x)) for p in (ints(1, 2), ints(1, 2, 9), ints(2, 3, 3))), row("linalg.lu_solve", A, ints(1, 2, 3), f(3, 2), call=lambda T, a, p, x: T.linalg.lu_solve(a, p, x)),
    *(row("lu_unpack", x, grad=not flags, call=lambda T, x, flags=flags: tuple(T.lu_unpack(*T.linalg.lu_factor(x), *flags))) for x in (A, f(4, 2), f(2, 2, 3)) for flags in ((), (False,), (True, False))),
    *(row("lu_unpack", A, p, call=lambda T, a, p: tuple(T.lu_unpack(a, p.int()))) for p in (ints(1, 2, 9), ints(0, 1, 2))), row("lu_solve", f(3, 2), A, call=lambda T, x, a: T.lu_solve(x, *T.linalg.lu_factor(a))),
    *(row("linalg.inv_ex", x, grad=x is not ONES, call=lambda T, x, c=c: tuple(T.linalg.inv_ex(x, check_errors=c))) for x in (A, AB, f(0, 0), ONES, M, i(3, 3)) for c in (False, True)),
    *(row("linalg.solve_ex", *xs, grad=xs[0] is not ONES, call=lambda T, a, x, kw=kw: tuple(T.linalg.solve_ex(a, x, **kw))) for xs in ((A, V), (AB, f(2, 3)), (A, f(3, 3)), (ONES, V), (M, V)) for kw in ({}, {"check_errors": True}, {"left": False})),
    *(row("linalg.cholesky_ex", x, call=lambda T, x, kw=kw: tuple(T.linalg.cholesky_ex(x, **kw))) for x in (POS, np.stack([POS, POS * 2]), f(0, 0), M, i(3, 3)) for kw in ({}, {"upper": True}, {"check_errors": True})),
    *(row("linalg.cholesky_ex", x, grad=False, call=lambda T, x, u=u: T.linalg.cholesky_ex(x, upper=u).info) for x in (-POS, np.stack([POS, -POS]), floats([1, 2], [2, 1]), POS * np.nan) for u in (True, False)),
    row("linalg.cholesky_ex", np.stack([POS, -POS]), grad=False, call=lambda T, x: T.linalg.cholesky_ex(x, check_errors=True)),
    *(row("matrix_exp", x) for x in (A, AB, SYM * 3, f(0, 0), f(2, 0, 0), f(1, 1), A * 1e-5, np.triu(A, 1), M, V, i(3, 3))), row("matrix_exp", np.stack([A, A * np.nan, np.eye(3, dtype=np.float32) * 100]), grad=False),
    *(row("linalg.householder_product", *xs, call=linalg("householder_product")) for xs in ((f(3, 2), f(2)), (f(4, 3), f(2)), (f(2, 3, 2), f(2, 2)), (f(2, 3), f(2)), (f(3, 2), f(3)), (V, V), (f(4, 3, 2), f(2)), (f(4, 3, 2), f(3, 2)), (i(3, 2), i(2)), (f(3, 2), i(2)))),
    row("linalg.householder_product", f(3, 3), f(0), grad=False, call=linalg("householder_product")),
    *(row("geqrf", x, grad=False, call=lambda T, x: tuple(T.geqrf(x))) for x in (A, AB, f(4, 2), f(2, 4), i(3, 3))), row("geqrf", V, call=lambda T, x: tuple(T.geqrf(x))),
    *(row("ormqr", x, tau, y, *flags, call=lambda T, *xs: T.ormqr(*xs)) for x, tau, y, *flags in ((f(3, 2), f(2), f(3, 4)), (f(3, 2), f(2), f(3, 4), True, True), (f(3, 2), f(2), f(4, 3), False), (f(3, 2), f(2), f(4, 3), False, True), (f(2, 3, 3), f(2, 3), f(2, 3, 1)),
      (f(3, 2), f(2), f(2, 4)), (V, f(1), f(3, 4)), (f(3, 2), f(1), f(3, 4)), (f(3, 2), f(2), f(4, 4)))),
    *(row("frexp", x, call=lambda T, x: tuple(T.frexp(x))) for x in (f(2, 3) * 1000, floats(0.0, -0.0, 1.0, 3e38, 1e-40, 1e-45, float("inf"), float("nan")), i(3), S)),
    *(row("lu", x, call=lambda T, x, infos=infos: tuple(T.lu(x, get_infos=infos))) for x in (A, ONES) for infos in (False, True)),
    row("orgqr", f(3, 2), f(2), call=lambda T, x, tau: T.orgqr(x, tau)),
    *(row("svd_lowrank", x, call=lambda T, x, kw=kw: _low_rank(T, T.svd_lowrank, x, **kw)) for x in (f(5, 3), f(3, 5), f(9, 8)) for kw in ({}, {"q": 2}, {"q": 1, "niter": 0}, {"q": None, "niter": None})),
    row("svd_lowrank", f(2, 5, 3), call=lambda T, x: _low_rank(T, T.svd_lowrank, x, 2)),
    *(row("svd_lowrank", f(5, 3), m, call=lambda T, x, m: _low_rank(T, T.svd_lowrank, x, 2, M=m)) for m in (f(5, 3, seed=9), f(1, 3, seed=9))),
    *(row("pca_lowrank", x, call=lambda T, x, kw=kw: _low_rank(T, T.pca_lowrank, x, **kw)) for x in (f(5, 3), f(7, 2), f(2, 5, 3)) for kw in ({}, {"q": 2}, {"q": 2, "center": False}, {"q": 4}, {"niter": -1})),
    row("pca_lowrank", f(3, 5), call=lambda T, x: _low_rank(T, T.pca_lowrank, x, 2)),
    row("chain_matmul", M, N, f(4, 2), call=lambda T, *xs: T.chain_matmul(*xs)),
]  # fmt: skip


@pytest.mark.parametrize("name", sorted({r.name for r in ROWS}))
def test_parity(name):
    for r in ROWS:
        if r.name == name:
            compare(r)
