"""The table of linear algebra: products, which are linear in each argument; systems of equations; factorizations."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..core.edge import Shape, expand, reshape, sum_to
from ..core.primitive import Array, Mask, primitive
from .elementwise import zeros_like
from .kernels import elimination, lapack
from .kernels.products import product
from .kernels.summation import sum_over
from .reduction import amax, amin, sum
from .shape import cat, narrow, permute, tril, triu, unsqueeze

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""The letters of an einsum."""


@primitive
def matmul(x: Array, y: Array) -> Array:
    """x y for vectors, matrices or batches of matrices; dx = g yᵀ, dy = xᵀ g."""
    if x.dtype != y.dtype:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {x.dtype} != {y.dtype}. matmul of {list(x.shape)} "
            f"and {list(y.shape)}: convert one of them with .to(dtype)"
        )
    return product(x, y)


def _matmul_by_x(g: Any, x_shape: Shape, y: Any) -> Any:
    if len(x_shape) == len(y.shape) == 2:
        return matmul(g, permute(y, (1, 0)))
    if len(y.shape) == 1:
        y, g = unsqueeze(y, -1), unsqueeze(g, -1)
    row = len(x_shape) == 1
    g = matmul(unsqueeze(g, -2) if row else g, transposed(y))
    return reshape(_summed_to(g, (1, *x_shape) if row else x_shape), x_shape)


def _matmul_by_y(g: Any, x: Any, y_shape: Shape) -> Any:
    if len(x.shape) == len(y_shape) == 2:
        return matmul(permute(x, (1, 0)), g)
    if len(x.shape) == 1:
        x, g = unsqueeze(x, -2), unsqueeze(g, -2)
    column = len(y_shape) == 1
    g = matmul(transposed(x), unsqueeze(g, -1) if column else g)
    return reshape(_summed_to(g, (*y_shape, 1) if column else y_shape), y_shape)


def _summed_to(g: Any, shape: Shape) -> Any:
    """g summed to a shape, if it has not got it: a sum over nothing would be a copy."""
    return g if tuple(g.shape) == tuple(shape) else sum_to(g, shape)


matmul.derivative(x=_matmul_by_x, y=_matmul_by_y)


def transposed(x: Any) -> Any:
    """x with its last two dimensions swapped."""
    n = len(x.shape)
    return permute(x, (*range(n - 2), n - 1, n - 2))


@functools.lru_cache(maxsize=256)
def _sums_first(equation: str) -> tuple[str, list[tuple[str, str, tuple[int, ...]]]]:
    """Sum each operand over the letters that it alone has: return the equation that is left, and for each operand its
    letters, these without repetition, and the places of those to sum over.
    """
    inputs, output = equation.split("->")
    letters, steps = inputs.split(","), []
    for i, own in enumerate(letters):
        distinct, elsewhere = "".join(dict.fromkeys(own)), output + "".join(letters[:i] + letters[i + 1 :])
        steps.append((own, distinct, tuple(d for d, l in enumerate(distinct) if l not in elsewhere)))
        letters[i] = "".join(l for l in distinct if l in elsewhere)
    return ",".join(letters) + "->" + output, steps


@primitive
def einsum(equation: str, *operands: Array) -> Array:
    """The sum of products that the equation describes; an operand's derivative is another one, with g in its place."""
    reduced, steps = _sums_first(equation)
    summed = []
    for (own, distinct, alone), x in zip(steps, operands, strict=True):
        x = x if distinct == own else np.einsum(f"{own}->{distinct}", x)  # diagonals
        summed.append(sum_over(x, alone) if alone else x)  # np.einsum would add one number after the other
    out = np.einsum(reduced, *summed, optimize=len(operands) > 1)
    return np.array(out) if len(operands) == 1 else out  # for a single operand NumPy may return a view of it


def _einsum_by_operand(g: Any, equation: str, operands: tuple[Any, ...], position: int) -> Any:
    """The derivative by one operand: an einsum of g, with the output's letters, and of all other operands.

    A letter that only this operand has was summed over: the derivative is the same everywhere along it. A letter that
    the operand has twice stands for a diagonal: the derivative is 0 off the diagonal.
    """
    inputs, output = equation.split("->")
    letters = inputs.split(",")
    own = letters[position]
    shape = operands[position].shape
    rest = [x for i, x in enumerate(operands) if i != position]
    terms = [output, *(l for i, l in enumerate(letters) if i != position)]
    known = "".join(dict.fromkeys(l for l in own if l in "".join(terms)))
    result = einsum(",".join(terms) + "->" + known, g, *rest)
    distinct = known + "".join(dict.fromkeys(l for l in own if l not in known))
    lengths = dict(zip(own, shape, strict=True))
    wanted = tuple(lengths[l] for l in distinct)
    result = reshape(result, (*result.shape, *(1 for _ in distinct[len(known) :])))
    result = expand(result, np.broadcast_shapes(result.shape, wanted))
    if result.shape != wanted:  # a size of 1 in this operand was broadcast to the size in another
        result = sum_to(result, wanted)
    if len(distinct) == len(own):
        return permute(result, tuple(distinct.index(l) for l in own))
    unused = iter(l for l in LETTERS if l not in equation)
    output, identities, terms = "", [], [distinct]
    for l in own:
        if l in output:  # the second time, another letter and an identity matrix, which is 0 where the two differ
            second = next(unused)
            identities.append(np.eye(lengths[l], dtype=g.dtype))
            terms.append(l + second)
            output += second
        else:
            output += l
    return einsum(",".join(terms) + "->" + output, result, *identities)


einsum.derivative(operands=_einsum_by_operand)

# ------------------------------------------------------------------------------------------------- square systems


@primitive
def inverse(x: Array) -> Array:
    """X⁻¹ for each matrix; dx = -outᵀ g outᵀ."""
    return lapack.inverse(x)


inverse.derivative(x=lambda g, out: -matmul(transposed(out), matmul(g, transposed(out))))


@primitive
def solve(a: Array, b: Array) -> Array:
    """The solution of a x = b for matrices in batches of one shape; db = a⁻ᵀ g, da = -db outᵀ."""
    return lapack.solve(a, b)


solve.derivative(
    a=lambda g, a, out: -matmul(solve(transposed(a), g), transposed(out)),
    b=lambda g, a: solve(transposed(a), g),
)


@primitive
def solve_triangular(a: Array, b: Array, upper: bool, unitriangular: bool = False) -> Array:
    """The solution of a x = b for triangular a; db = a⁻ᵀ g, da = -db outᵀ in the triangle.

    The other triangle is not read, and with `unitriangular` neither is the diagonal, which counts as ones.
    """
    return lapack.solve_triangular(a, b, upper, unitriangular)


def _triangular_by_a(g: Any, a: Any, upper: bool, unitriangular: bool, out: Any) -> Any:
    by_b = solve_triangular(transposed(a), g, not upper, unitriangular)
    return -_triangle(matmul(by_b, transposed(out)), upper, unitriangular)


def _triangle(x: Any, upper: bool, strict: bool) -> Any:
    return triu(x, int(strict)) if upper else tril(x, -int(strict))


solve_triangular.derivative(
    a=_triangular_by_a,
    b=lambda g, a, upper, unitriangular: solve_triangular(transposed(a), g, not upper, unitriangular),
)


@primitive
def det(x: Array) -> Array:
    """The determinant of each matrix; dx = g cofactors(x)."""
    return np.linalg.det(x)


det.derivative(x=lambda g, x: as_matrix(g) * cofactors(x))


@primitive
def cofactors(x: Array) -> Array:
    """det(X) X⁻ᵀ, also for singular X; dx = det(X) (Y Σ g Y - Y gᵀ Y) with Y = X⁻ᵀ."""
    return lapack.cofactors(x)


def _cofactors_by_x(g: Any, x: Any) -> Any:
    y = transposed(inverse(x))
    return as_matrix(det(x)) * (y * sum(g * y, (-2, -1), True) - matmul(y, matmul(transposed(g), y)))


cofactors.derivative(x=_cofactors_by_x)


@primitive
def logabsdet(x: Array) -> Array:
    """log |det X|; dx = g X⁻ᵀ."""
    return np.linalg.slogdet(x)[1]


logabsdet.derivative(x=lambda g, x: as_matrix(g) * transposed(inverse(x)))


@primitive
def sign_of_det(x: Array) -> Array:
    """The sign of the determinant of each matrix: 1, -1 or 0 (for NaN too); dx = 0."""
    sign, logarithm = np.linalg.slogdet(x)
    return np.where(np.isnan(logarithm), 0, sign).astype(x.dtype)


sign_of_det.derivative(x=lambda g, x: zeros_like(x))


def as_matrix(x: Any) -> Any:
    """One number for each matrix, to be multiplied with all of its elements."""
    return reshape(x, (*x.shape, 1, 1))


@primitive
def pinv(x: Array, atol: Mask, rtol: Mask) -> Array:
    """The pseudoinverse P; dx = (1 - X P) gᵀ P Pᵀ + Pᵀ P gᵀ (1 - P X) - Pᵀ g Pᵀ, as long as the rank stays.

    Singular values up to atol, or up to rtol times the largest one, count as 0. Source: Golub & Pereyra, 1973.
    """
    return lapack.pinv(x, atol, rtol)


def _pinv_by_x(g: Any, x: Any, out: Any) -> Any:
    pt, gt = transposed(out), transposed(g)
    right, left = matmul(gt, matmul(out, pt)), matmul(matmul(pt, out), gt)
    normal = right - matmul(x, matmul(out, right)) + left - matmul(matmul(left, out), x)
    return normal - matmul(pt, matmul(g, pt))


pinv.derivative(x=_pinv_by_x)

# -------------------------------------------------------------------------------------------------- factorizations


@primitive
def cholesky(x: Array) -> Array:
    """The lower triangular L with L Lᵀ = X, for the symmetric part X of each matrix; dx = sym(L⁻ᵀ φ(Lᵀ g) L⁻¹).

    φ keeps the lower triangle, and half of the diagonal. Source: Murray, 2016, https://arxiv.org/abs/1602.07527.
    """
    return lapack.cholesky(symmetric(x))


def symmetric(x: Any) -> Any:
    """The symmetric part, (X + Xᵀ) / 2; a matrix that is symmetric is not changed."""
    return (x + transposed(x)) * 0.5


def _cholesky_by_x(g: Any, out: Any) -> Any:
    upper, n = transposed(out), out.shape[-1]
    weights = np.tril(np.ones((n, n), g.dtype)) - np.eye(n, dtype=g.dtype) * 0.5
    half = solve_triangular(upper, matmul(upper, g) * weights, True)
    return symmetric(transposed(solve_triangular(upper, transposed(half), True)))


cholesky.derivative(x=_cholesky_by_x)


@primitive
def eigh(x: Array) -> Array:
    """w in the first row and V below it, V diag(w) Vᵀ the symmetric part of x; dx = V (F ∘ skew(Vᵀ gV) + diag gw) Vᵀ.

    skew(Y) = (Y - Yᵀ) / 2, and F = 1 / (w_j - w_i) off the diagonal. Source: Giles, 2008, An extended collection of
    matrix derivative results.
    """
    return lapack.eigh(symmetric(x))


def _eigh_by_x(g: Any, out: Any) -> Any:
    n = out.shape[-1]
    w, v = narrow(out, -2, 0, 1), narrow(out, -2, 1, n)
    by_w, by_v = narrow(g, -2, 0, 1), narrow(g, -2, 1, n)
    identity = np.eye(n, dtype=g.dtype)
    turned = matmul(transposed(v), by_v)
    inner = (turned - transposed(turned)) * 0.5 / (w - transposed(w) + identity) + identity * by_w
    return matmul(v, matmul(inner, transposed(v)))


eigh.derivative(x=_eigh_by_x)


@primitive
def eigenvalues(x: Array, factors: Mask | None = None) -> Array:
    """The eigenvalues of the symmetric part of each matrix, taken from `factors` = eigh(x); dx = V diag(g) Vᵀ.

    So equal eigenvalues, for which eigenvectors have no derivative, do no harm to functions of the eigenvalues alone.
    """
    return lapack.eigvalsh(symmetric(x)) if factors is None else factors[..., 0, :].copy()


def _eigenvalues_by_x(g: Any, x: Any, factors: Any) -> Any:
    factors = factors if isinstance(g, np.ndarray) and factors is not None else eigh(x)
    v = narrow(factors, -2, 1, x.shape[-1])
    return matmul(v * unsqueeze(g, -2), transposed(v))


eigenvalues.derivative(x=_eigenvalues_by_x)


@primitive
def svd(x: Array) -> Array:
    """U, s and V below each other, x = U diag(s) Vᵀ; dx = U (skew(Uᵀ gU) ∘ E s + s skew(V gV) ∘ E + diag gs) Vᵀ + ….

    skew(Y) = Y - Yᵀ, E = 1 / (s_j² - s_i²) off the diagonal, and … is (1 - U Uᵀ) gU s⁻¹ Vᵀ + U s⁻¹ gVᵀ (1 - V Vᵀ).
    Source: Townsend, 2016, Differentiating the Singular Value Decomposition.
    """
    return lapack.svd(x)


def svd_parts(factors: Any, rows: int, columns: int) -> tuple[Any, Any, Any]:
    """U, one row with s, and V."""
    return narrow(factors, -2, 0, rows), narrow(factors, -2, rows, 1), narrow(factors, -2, rows + 1, columns)


def _svd_by_x(g: Any, out: Any, x_shape: Shape) -> Any:
    rows, columns = x_shape[-2:]
    u, s, v = svd_parts(out, rows, columns)
    by_u, by_s, by_v = svd_parts(g, rows, columns)
    k, ut, vt, column = s.shape[-1], transposed(u), transposed(v), transposed(s)
    identity = np.eye(k, dtype=g.dtype)
    gaps = (s - column) * (s + column) + identity
    turned_u, turned_v = matmul(ut, by_u), matmul(vt, by_v)
    inner = (turned_u - transposed(turned_u)) / gaps * s + column * ((turned_v - transposed(turned_v)) / gaps)
    by_x = matmul(u, matmul(inner + identity * by_s, vt))
    if rows > k:
        by_x = by_x + matmul((by_u - matmul(u, turned_u)) / s, vt)
    if columns > k:
        by_x = by_x + matmul(u, transposed((by_v - matmul(v, turned_v)) / s))
    return by_x


svd.derivative(x=_svd_by_x)


@primitive
def singular_values(x: Array, factors: Mask | None = None) -> Array:
    """The singular values of each matrix, taken from `factors` = svd(x); dx = U diag(g) Vᵀ, also if some are equal."""
    return lapack.svdvals(x) if factors is None else factors[..., x.shape[-2], :].copy()


def _singular_values_by_x(g: Any, x: Any, factors: Any) -> Any:
    factors = factors if isinstance(g, np.ndarray) and factors is not None else svd(x)
    u, _, v = svd_parts(factors, *x.shape[-2:])
    return matmul(u * unsqueeze(g, -2), transposed(v))


singular_values.derivative(x=_singular_values_by_x)


def norm_of_singular_values(x: Any, ord: Any, rows: int, columns: int, keepdim: bool) -> Any:
    """The largest singular value of each matrix for the order 2, the least for -2, and their sum for "nuc"."""
    rest = tuple(d for d in range(x.ndim) if d not in (rows, columns))
    values = singular_values(permute(x, (*rest, rows, columns)), None)
    if ord == "nuc" or not values.shape[-1]:
        out = sum(values, -1, False)
    else:
        out = amax(values, -1, False) if ord > 0 else amin(values, -1, False)
    if not keepdim:
        return out
    return reshape(out, tuple(1 if d in (rows, columns) else n for d, n in enumerate(x.shape)))


@primitive
def completion(x: Array, factor: str) -> Array:
    """The columns that make those of Q, U or V a basis of the whole space. Any would do, so there is no derivative."""
    return lapack.completion(x, factor)


@primitive
def qr(x: Array) -> Array:
    """Q, and below it Rᵀ, with x = Q R; dx = (gQ + Q copy(R gRᵀ - gQᵀ Q)) R⁻ᵀ, if x has no more columns than rows.

    copy(M) has the lower triangle of M in both triangles. Of a wide x = (a, y) the square part a is factorized, and
    what R has for y is Qᵀ y. Source: Walter & Lehmann, 2010, https://arxiv.org/abs/1001.1654.
    """
    return lapack.qr(x)


def _qr_by_x(g: Any, x: Any, out: Any) -> Any:
    rows, columns = x.shape[-2:]
    q, r = narrow(out, -2, 0, rows), transposed(narrow(out, -2, rows, columns))
    by_q, by_r = narrow(g, -2, 0, rows), transposed(narrow(g, -2, rows, columns))
    more = columns - rows
    if more <= 0:
        return _tall_qr(by_q, by_r, q, r)
    by_rest = narrow(by_r, -1, rows, more)
    by_q = by_q + matmul(narrow(x, -1, rows, more), transposed(by_rest))
    by_square = _tall_qr(by_q, narrow(by_r, -1, 0, rows), q, narrow(r, -1, 0, rows))
    return cat((by_square, matmul(q, by_rest)), -1)


def _tall_qr(by_q: Any, by_r: Any, q: Any, r: Any) -> Any:
    m = matmul(r, transposed(by_r)) - matmul(transposed(by_q), q)
    both = by_q + matmul(q, tril(m) + transposed(tril(m, -1)))
    return transposed(solve_triangular(r, transposed(both), True))


qr.derivative(x=_qr_by_x)


@primitive
def eliminated(x: Array) -> Array:
    """L below the diagonal and U on and above it, x = L U; dx = L⁻ᵀ (tril(Lᵀ gL, -1) + triu(gU Uᵀ)) U⁻ᵀ if x is square.

    The rows of x are in the order of the pivots. A wide x has beside its square part y what U has for it, L⁻¹ y; a tall
    one has below it L's further rows, y U⁻¹.
    """
    return elimination.eliminated(x)


def _eliminated_by_x(g: Any, out: Any) -> Any:
    m, n = out.shape[-2:]
    k = min(m, n)
    lu, by_lu = narrow(narrow(out, -2, 0, k), -1, 0, k), narrow(narrow(g, -2, 0, k), -1, 0, k)
    # Elements of g above L's diagonal, or below U's, stay there in these products, and are left out of them at the end.
    by_l = matmul(transposed(tril(lu, -1)) + np.eye(k, dtype=g.dtype), by_lu)
    by_u = matmul(by_lu, transposed(triu(lu)))
    right, below = narrow(g, -1, k, n - k), narrow(g, -2, k, m - k)
    if n > k:
        by_l = by_l - matmul(right, transposed(narrow(out, -1, k, n - k)))
    if m > k:
        by_u = by_u - matmul(transposed(narrow(out, -2, k, m - k)), below)
    by_square = solve_triangular(transposed(lu), tril(by_l, -1) + triu(by_u), True, True)
    if n > k:
        return cat((_over_u(by_square, lu), solve_triangular(transposed(lu), right, True, True)), -1)
    return _over_u(by_square if m == k else cat((by_square, below), -2), lu)


def _over_u(x: Any, lu: Any) -> Any:
    """x U⁻ᵀ."""
    return transposed(solve_triangular(lu, transposed(x), True))


eliminated.derivative(x=_eliminated_by_x)


@primitive
def matrix_exp(x: Array) -> Array:
    """The exponential Σ Xⁿ / n! of each matrix; dx = the upper right block of exp([[Xᵀ, g], [0, Xᵀ]]).

    Source: Mathias, 1996, A chain rule for matrix functions and applications.
    """
    return elimination.matrix_exp(x)


def _matrix_exp_by_x(g: Any, x: Any) -> Any:
    n, turned = x.shape[-1], transposed(x)
    blocks = cat((cat((turned, g), -1), cat((zeros_like(turned), turned), -1)), -2)
    return narrow(narrow(matrix_exp(blocks), -2, 0, n), -1, n, n)


matrix_exp.derivative(x=_matrix_exp_by_x)


@primitive
def asymmetry(x: Array, upper: bool) -> Array:
    """The matrix that, added to x, makes it the mirror image of one of its triangles; without derivative.

    So a matrix of which one triangle is read has the derivative that PyTorch gives it, that of a symmetric matrix.
    """
    kept = np.triu(x) if upper else np.tril(x)
    return kept + np.swapaxes(np.triu(x, 1) if upper else np.tril(x, -1), -1, -2) - x
