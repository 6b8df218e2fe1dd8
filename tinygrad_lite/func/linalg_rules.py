"""The batching rules of linear algebra, of numbers that were drawn, and of attention.

What works on batches of matrices takes the samples as one more dimension of the batch.
"""

from __future__ import annotations

from typing import Any

from ..core.primitive import Primitive
from ..ops import linalg, sampling
from ..ops.kernels.attention import attention
from .operands import Batch, Each, batches, front, is_array, ndim_of, with_dims


@batches(
    linalg.inverse, linalg.det, linalg.cofactors, linalg.logabsdet, linalg.sign_of_det, linalg.cholesky, linalg.eigh,
    linalg.svd, linalg.completion, linalg.qr, linalg.asymmetry, linalg.eliminated, linalg.matrix_exp,
)  # fmt: skip
def _of_matrices(primitive: Primitive, batch: Batch, x: Each, *settings: Any) -> Any:
    return primitive(x.value, *settings)


@batches(
    linalg.solve, linalg.solve_triangular, linalg.eigenvalues, linalg.singular_values,
    sampling.standard_gamma, sampling.gamma_slope, sampling.standard_dirichlet, sampling.dirichlet_slope,
)  # fmt: skip
def _of_one_batch(primitive: Primitive, batch: Batch, *args: Any) -> Any:
    """The arguments have the same batch, and do not broadcast."""
    return primitive(*[front(x, batch.size) if is_array(x) else x for x in args])


@batches(linalg.pinv)
def _pinv(primitive: Primitive, batch: Batch, x: Any, *tolerances: Any) -> Any:
    return primitive(front(x, batch.size), *[with_dims(limit, ndim_of(x) - 2) for limit in tolerances])


@batches(attention)
def _attention(primitive: Primitive, batch: Batch, q: Any, k: Any, v: Any, mask: Any, kept: Any, *settings: Any) -> Any:
    """Queries, keys, values and what is kept have the same batch; a mask broadcasts."""
    kept = kept if kept is None else front(kept, batch.size)
    return primitive(*[front(x, batch.size) for x in (q, k, v)], with_dims(mask, ndim_of(q)), kept, *settings)
