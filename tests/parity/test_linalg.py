"""Products of vectors and matrices, and norms, against PyTorch: shapes, broadcast stacks, dtypes, errors."""

from __future__ import annotations

import pytest

from ..support.pytorch_parity import Row, b, compare, f, floats, i, ints, row

S = floats(1.5).reshape(())
M, N, V = f(2, 3), f(3, 4), f(3)


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
]  # fmt: skip


@pytest.mark.parametrize("name", sorted({r.name for r in ROWS}))
def test_parity(name):
    for r in ROWS:
        if r.name == name:
            compare(r)
