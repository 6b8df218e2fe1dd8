"""For every public function that has a derivative, calls of it: the table that `tests/derivatives` walks.

A line is `names: arguments`. A name stands for the function of the package, the method, the in-place form and the
operator; with `tl.`, `F.` (nn.functional), `linalg.`, `special.` or `Tensor.` before it, for that one alone. The
arguments are Python, over the makers below, each of which draws a Tensor of a shape: `reals(2, 3)`. Values keep away
from kinks and poles.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import tinygrad_lite as tl
from tinygrad_lite.core.tensor import wrap

from . import random_values as domains
from .random_values import Domain, Draw

LINES = """
# ------------------------------------------------------------------------------------------------ elementwise
abs absolute sqrt rsqrt log log2 log10 log1p reciprocal: positive(2, 3)
abs absolute reciprocal sign sgn relu: nonzero(2, 3)
exp exp2 expm1 sin cos sinh cosh tanh asinh arcsinh atan arctan sigmoid erf erfc square neg negative positive: reals(2, 3)
exp sin tanh sigmoid erf square neg clone: reals()
exp sin tanh sigmoid erf square neg clone: reals(0, 3)
clone deg2rad rad2deg sinc nan_to_num: reals(2, 3)
tan asin acos arcsin arccos atanh arctanh: unit(2, 3)
acosh arccosh: above(2, 3)
ceil floor trunc fix frac round: broken(2, 3)
round: broken(2, 3) / 10, decimals=1
lgamma digamma special.gammaln special.psi special.digamma: positive(2, 3)
tl.polygamma special.polygamma: 1, positive(2, 3)
Tensor.polygamma Tensor.polygamma_: positive(2, 3), 2
mvlgamma special.multigammaln: above(2, 3), 3
tl.igamma tl.igammac special.gammainc special.gammaincc: tl.tensor([[0.5], [3.0]], dtype=tl.float64), positive(2, 3)
special.zeta: 2.5, positive(2, 3)
erfinv special.erfinv: unit(2, 3)
i0 special.i0 special.i1 special.erfcx special.ndtr special.log_ndtr special.expit: reals(2, 3)
special.erf special.erfc special.exp2 special.expm1 special.sinc: reals(2, 3)
special.i0e special.i1e: nonzero(2, 3)
special.entr special.log1p: positive(2, 3)
special.ndtri special.logit: inside(2, 3)
special.xlog1py special.xlogy: reals(2, 3), positive(3)
special.softmax special.log_softmax special.logsumexp logcumsumexp: reals(2, 3), -1
special.round: broken(2, 3)
logit: inside(2, 3)
logit: inside(2, 3), eps=0.01
logit: inside(2, 3), 0.3
nan_to_num: reals(2, 3), 1.0, 2.0, -2.0
add sub subtract rsub mul multiply logaddexp logaddexp2: reals(2, 3), reals(3)
tl.add tl.sub tl.subtract tl.rsub tl.mul tl.multiply tl.logaddexp: reals(2, 1), reals(4, 1, 3)
add sub subtract rsub mul multiply: reals(2, 3), 1.5
add sub subtract rsub: reals(2, 3), reals(2, 3), alpha=0.5
div divide true_divide: reals(2, 3), nonzero(3)
div divide true_divide: reals(2, 3), nonzero(2, 3), rounding_mode=None
div divide true_divide floor_divide fmod remainder: dividend(2, 3), divisor(3)
div divide true_divide: dividend(2, 3), divisor(3), rounding_mode='floor'
div divide true_divide: dividend(2, 3), divisor(2, 3), rounding_mode='trunc'
pow float_power: positive(2, 3), reals(3)
pow float_power: nonzero(2, 3), 3
pow float_power: nonzero(2, 3), -2.0
pow: positive(2, 3), 0.5
maximum minimum fmax fmin max min: apart(2, 3), between(3)
atan2 arctan2 hypot copysign: nonzero(2, 3), nonzero(3)
xlogy: reals(2, 3), positive(3)
ldexp: reals(2, 3), reals(3)
heaviside: nonzero(2, 3), reals(3)
nextafter: reals(2, 3), reals(3)
angle: nonzero(2, 3)
lerp: reals(2, 3), reals(3), reals(2, 3)
lerp: reals(2, 3), reals(2, 3), 0.3
lerp: reals(2, 3), reals(2, 3), 0.7
lerp: reals(2, 3), reals(2, 3), -1.3
addcmul: reals(2, 3), reals(3), reals(2, 1)
addcmul: reals(2, 3), reals(2, 3), reals(2, 3), value=0.5
addcdiv: reals(2, 3), reals(3), nonzero(2, 1)
addcdiv: reals(2, 3), reals(2, 3), nonzero(2, 3), value=0.5
clamp clip: apart(2, 3), -0.5, 1.5
clamp clip: apart(2, 3), min=0.5
clamp clip: apart(2, 3), max=0.5
clamp clip: apart(2, 3), between(2, 3), between(3) + 2
clamp clip: apart(2, 3), between(2, 3), quarter(2, 1)
clamp clip: apart(2, 3), 1.5, -0.5
clamp_min clamp_max: apart(2, 3), 0.5
clamp_min clamp_max: apart(2, 3), between(3)
masked_fill: reals(2, 3), mask(2, 3), 1.5
masked_fill: reals(2, 3), mask(2, 3), reals()
where: mask(2, 3), reals(3), reals(2, 1)
where: mask(2, 3), reals(2, 3), 0.5
Tensor.where: reals(2, 3), mask(3), reals(2, 1)
Tensor.where: reals(2, 3), mask(2, 3), 0.5
# -------------------------------------------------------------------------------------------------- shapes
reshape: reals(2, 3), (3, 2)
reshape: reals(2, 3), (-1,)
Tensor.view: reals(2, 3).contiguous(), 3, 2
Tensor.view_as: reals(2, 3).contiguous(), reals(6)
Tensor.reshape_as: reals(2, 3), reals(3, 2)
Tensor.expand: reals(2, 1), 4, 2, 3
Tensor.expand_as: reals(2, 1), reals(2, 3)
Tensor.repeat: reals(2, 3), 2, 1, 2
Tensor.contiguous Tensor.cpu Tensor.double Tensor.T Tensor.mT Tensor.mH Tensor.H Tensor.__pos__: reals(2, 3)
Tensor.to Tensor.type: reals(2, 3), tl.float64
Tensor.type_as: reals(2, 3), reals(2)
broadcast_to: reals(2, 1), (4, 2, 3)
broadcast_tensors meshgrid cartesian_prod block_diag: reals(2), reals(2)
meshgrid: reals(2), reals(3), indexing='xy'
block_diag: reals(2, 3), reals(), reals(1, 2)
flatten ravel: reals(2, 3, 2)
flatten: reals(2, 3, 2), 1
flatten: reals(2, 3, 2), -3, -2
unflatten: reals(2, 6), 1, (3, -1)
squeeze: reals(1, 3, 1)
squeeze: reals(1, 3, 1), -1
unsqueeze: reals(2, 3), -2
transpose swapaxes swapdims movedim moveaxis: reals(2, 3, 2), 0, -2
permute: reals(2, 3, 4), (2, 0, 1)
movedim moveaxis: reals(2, 3, 4), (0, 1), (1, 2)
t: reals(2, 3)
t: reals(3)
tile: reals(2, 3), (2, 1)
repeat_interleave: reals(2, 3), 2
repeat_interleave: reals(2, 3), index(0, 2), 0
flip: reals(2, 3), (0, -1)
fliplr flipud: reals(2, 3)
rot90: reals(2, 3)
rot90: reals(2, 3), 3, (1, 0)
rot90: reals(2, 3), 2
roll: reals(2, 3), 2
roll: reals(2, 3), (1, -2), (0, 1)
cat concat concatenate: [reals(2, 3), reals(1, 3)]
cat concat concatenate: [reals(2, 1), reals(2, 0), reals(2, 2)], -1
stack: [reals(2, 3), reals(2, 3)], 1
hstack vstack row_stack dstack column_stack: [reals(2, 3), reals(2, 3)]
hstack vstack row_stack dstack column_stack: [reals(3), reals(3)]
atleast_1d atleast_2d atleast_3d: reals(), reals(3)
split: reals(5, 2), 2
split: reals(2, 5), [1, 4], 1
split_with_sizes: reals(5), [2, 3]
chunk: reals(5, 2), 2
tensor_split: reals(5, 2), 3
tensor_split: reals(2, 5), (1, 3), dim=1
hsplit: reals(2, 4), 2
vsplit: reals(4, 2), [1, 3]
dsplit: reals(1, 2, 4), 2
unbind: reals(2, 3), -1
select: reals(2, 3), 1, -1
narrow: reals(2, 3), 1, 1, 2
tril triu: reals(3, 4), 1
tril triu: reals(2, 3, 3), -1
diagonal: reals(2, 3, 3), 1, 1, -1
linalg.diagonal: reals(2, 3, 3), offset=-1
diag: reals(3), 1
diag: reals(3, 4), -1
diagflat: reals(2, 2), 1
diag_embed: reals(2, 3), -1
diag_embed: reals(2, 3), 0, 0, 2
trace: reals(3, 4)
F.pad: reals(2, 3), (1, -1, 0, 2)
F.pad: reals(2, 3), (1, 2), 'constant', 1.5
# ------------------------------------------------------------------------------------------------- indices
gather: reals(3, 2), 0, index([0, 2], [2, 2])
take: reals(2, 3), index(0, 5, 5)
take_along_dim: reals(2, 3), index([0, 2], [1, 1]), 1
take_along_dim: reals(2, 3), index(4, 4)
index_select: reals(2, 3), 1, index(2, 0, 2)
masked_select: reals(2, 3), mask(2, 3)
masked_select: reals(2, 1), mask(2, 3)
masked_scatter: reals(2, 3), mask(2, 3), reals(7)
index_add: reals(3, 2), 0, index(0, 2, 0), reals(3, 2)
index_add: reals(2, 3), 1, index(2, 0), reals(2, 2), alpha=0.5
index_copy: reals(3, 2), 0, index(2, 0), reals(2, 2)
index_copy: reals(3, 2), 0, index(2, 0, 2), reals(3, 2)
index_copy: reals(2, 3), 1, index(1, 1, 0), reals(2, 3)
index_fill: reals(3, 2), 0, index(2, 0), 1.5
index_fill: reals(3, 2), 1, index(1), reals()
index_fill: reals(3, 2), 0, index(2, 2), reals()
index_fill: reals(2, 3), 1, index(0, 2, 0), reals()
index_put: reals(3, 2), (index(0, 2), index(1, 0)), reals(2)
index_put: reals(3, 2), (index(0, 2, 0),), reals(3, 2), accumulate=True
index_put: reals(3, 2), (index(0, 2, 0),), reals(3, 2)
index_put: reals(3, 2), (index(0, 2, 0, 0), index(1, 0, 1, 0)), reals(4)
scatter: reals(3, 2), 0, index([0, 1], [2, 0]), reals(2, 2)
scatter: reals(3, 2), 0, index([0, 1], [0, 1], [2, 1]), reals(3, 2)
scatter: reals(3, 2), 1, index([1], [0]), value=1.5
scatter_add: reals(3, 2), 0, index([0, 1], [0, 2]), reals(3, 2)
select_scatter: reals(2, 3), reals(2), 1, 2
scatter_reduce: apart(3, 2), 0, index([0, 1], [0, 2]), between(3, 2), 'amax'
scatter_reduce: apart(3, 2), 0, index([0, 1], [0, 2]), between(3, 2), 'amin', include_self=False
scatter_reduce: nonzero(3, 2), 1, index([0, 1], [0, 0]), nonzero(2, 2), 'prod'
scatter_reduce: reals(3, 2), 1, index([0, 1], [0, 0]), reals(2, 2), 'mean', include_self=False
scatter_reduce: reals(3, 2), 0, index([0, 1], [0, 2]), reals(3, 2), 'sum'
index_reduce: apart(3, 2), 0, index(0, 2, 0), between(3, 2), 'amax'
index_reduce: nonzero(3, 2), 1, index(1), nonzero(3, 1), 'prod'
index_reduce: reals(3, 2), 0, index(1, 1), reals(2, 2), 'mean', include_self=False
put: reals(2, 3), index(0, -1), reals(2)
put: reals(2, 3), index([0], [0]), reals(2, 1), accumulate=True
as_strided: reals(2, 3) * 1, (3, 2), (1, 1)
as_strided: reals(2, 3) * 1, (2, 2), (0, 2), 1
as_strided_scatter: reals(2, 3), reals(2), (2,), (4,)
Tensor.unfold: reals(2, 5), 1, 3, 1
Tensor.unfold: reals(5), 0, 2, 2
narrow_copy: reals(2, 5), 1, 1, 3
Tensor.sum_to_size: reals(2, 3), 1, 3
adjoint: reals(2, 3)
tl.fill: reals(2, 3), reals()
Tensor.squeeze_: reals(1, 3)
Tensor.unsqueeze_: reals(1, 3), 1
Tensor.t_: reals(2, 3)
Tensor.transpose_ Tensor.swapaxes_ Tensor.swapdims_: reals(2, 3, 2), 0, 2
Tensor.as_strided_: reals(2, 3) * 1, (3, 2), (1, 1)
combinations: reals(4), 2
combinations: reals(3), 3, True
cumulative_trapezoid: reals(2, 3)
cumulative_trapezoid: reals(2, 3), reals(3), dim=1
gradient: reals(3, 4)
gradient: reals(3, 4), spacing=(2.0, 0.5), edge_order=2
gradient: reals(5), spacing=[index(0, 1, 3, 4, 7).double()]
nanquantile: apart(2, 3), 0.4, 1
nanquantile: apart(5), inside(2)
renorm: reals(3, 2), 2, 0, 0.5
renorm: nonzero(3, 2), 1, 1, 100.0
norm_except_dim: nonzero(3, 2), 2, 1
pdist F.pdist: apart(4, 2)
pdist F.pdist: apart(4, 2), 3.0
slice_scatter: reals(4, 2), reals(2, 2), 0, 0, 4, 2
diagonal_scatter: reals(3, 3), reals(2), 1
Tensor.__getitem__: reals(3, 4), (slice(None, None, 2), 1)
Tensor.__getitem__: reals(3, 4), (index(0, 2, 0), None, slice(1, 3))
Tensor.__getitem__: reals(3, 4), mask(3, 4)
Tensor.__iter__: reals(3, 2)
tl.as_tensor tl.asarray: reals(2, 3)
# ------------------------------------------------------------------------------------------------ products
matmul mm linalg.matmul: reals(2, 3), reals(3, 2)
matmul linalg.matmul: reals(4, 2, 3), reals(3)
bmm: reals(2, 2, 3), reals(2, 3, 1)
mv: reals(2, 3), reals(3)
dot vdot: reals(3), reals(3)
inner: reals(2, 3), reals(3)
inner: reals(2, 3), reals(4, 3)
inner: reals(2, 3), reals()
outer ger: reals(2), reals(3)
addmm: reals(2, 4), reals(2, 3), reals(3, 4), beta=0.5, alpha=2
addmv: reals(2), reals(2, 3), reals(3), beta=0.5, alpha=2
addr: reals(2, 3), reals(2), reals(3), beta=0.5, alpha=2
baddbmm: reals(2, 2, 4), reals(2, 2, 3), reals(2, 3, 4), beta=0.5, alpha=2
addbmm: reals(2, 4), reals(2, 2, 3), reals(2, 3, 4), beta=0.5, alpha=2
einsum: 'ij,jk->ik', reals(2, 3), reals(3, 2)
einsum: 'ij,ik,i->jk', reals(3, 2), reals(3, 2), reals(3)
einsum: 'ii,...i->...', reals(2, 2), reals(3, 2)
tensordot: reals(2, 3, 2), reals(2, 3), ([1, 2], [1, 0])
tensordot: reals(2, 3), reals(3, 2), 1
kron: reals(2, 3), reals(2, 1)
cross linalg.cross: reals(2, 3), reals(2, 3)
cross linalg.cross: reals(3, 2), reals(3, 2), dim=0
matrix_power linalg.matrix_power: reals(2, 3, 3), 3
matrix_power linalg.matrix_power: reals(3, 3), 1
linalg.multi_dot: [reals(2, 3), reals(3, 4), reals(4, 2)]
linalg.multi_dot: [reals(3), reals(3, 4), reals(4)]
linalg.vecdot: reals(4, 3), reals(3)
# ---------------------------------------------------------------------------------------------- reductions
sum mean nansum nanmean std var prod amax amin max min median nanmedian logsumexp std_mean var_mean: apart(2, 3), 1
sum mean nansum nanmean std var prod max min median nanmedian std_mean var_mean: apart(2, 3)
sum mean nansum nanmean std var amax amin logsumexp std_mean var_mean: apart(2, 3, 2), (0, -1), keepdim=True
std var std_mean var_mean: apart(2, 3), correction=0
std var: apart(2, 3), 1, False
sum mean prod: reals(2, 3), dtype=tl.float64
nansum nanmean nanmedian: holed(2, 3), 1
aminmax: apart(2, 3)
aminmax: apart(2, 3), dim=1
norm: bowed(2, 3)
norm: bowed(2, 3), 1, 1
norm: bowed(2, 3), 3.0, (0, 1), True
norm: bowed(2, 3), float('inf'), 1
linalg.matrix_norm: invertible(2, 3), 'nuc'
linalg.matrix_norm: invertible(2, 3, 2), 2, (1, 2), True
linalg.matrix_norm: invertible(3, 3), -2
norm: invertible(2, 3), 'nuc'
matrix_power linalg.matrix_power: invertible(2, 3, 3), -2
det logdet inverse linalg.det linalg.inv: invertible(2, 3, 3)
slogdet linalg.slogdet: invertible(3, 3)
linalg.solve: invertible(3, 3), reals(3, 2)
linalg.solve: invertible(2, 3, 3), reals(2, 3)
linalg.solve: invertible(3, 3), reals(2, 3), left=False
linalg.solve_triangular: invertible(3, 3), reals(2, 3, 2), upper=True
linalg.solve_triangular: invertible(3, 3), reals(2, 3), upper=False, left=False, unitriangular=True
triangular_solve: reals(3, 2), invertible(3, 3), False, True
linalg.lstsq: invertible(3, 2), reals(3, 1), driver='gels'
linalg.lstsq: invertible(2, 3), reals(2)
linalg.pinv pinverse: invertible(3, 2)
linalg.tensorinv: invertible(3, 3), 1
linalg.tensorsolve: invertible(3, 3), reals(3)
cholesky_solve: reals(3, 1), invertible(3, 3)
cholesky_inverse: invertible(3, 3), True
svd linalg.svdvals: invertible(2, 3)
linalg.svd: invertible(2, 3), False
qr linalg.qr: invertible(3, 2)
linalg.qr: invertible(2, 3), 'r'
linalg.lu_factor linalg.lu_factor_ex lu linalg.lu: invertible(2, 3, 3)
linalg.lu: invertible(4, 2)
linalg.lu: invertible(2, 4)
linalg.inv_ex: invertible(3, 3)
linalg.solve_ex: invertible(3, 3), reals(2, 3), left=False
matrix_exp linalg.matrix_exp: reals(2, 2)
linalg.householder_product orgqr: reals(3, 2), reals(2)
ormqr: reals(3, 2), reals(2), reals(2, 3), False
frexp: positive(2, 3)
linalg.lu_solve: invertible(3, 3), tl.tensor([2, 3, 3], dtype=tl.int32), reals(2, 3), left=False
lu_solve: reals(3, 2), invertible(3, 3), tl.tensor([2, 3, 3], dtype=tl.int32)
lu_unpack: reals(2, 3), tl.tensor([2, 2], dtype=tl.int32)
geqrf: invertible(2, 3, 3)
geqrf: invertible(4, 2)
geqrf: invertible(2, 4)
linalg.cond: invertible(3, 3)
linalg.cond: invertible(3, 3), 1
vander linalg.vander: reals(3)
chain_matmul: reals(2, 3), reals(3, 2), reals(2, 1)
linalg.norm: bowed(2, 3)
linalg.norm: bowed(2, 3), 1
linalg.norm: bowed(2, 3), 'fro'
linalg.norm: bowed(2, 3), 3, 1
linalg.vector_norm: bowed(2, 3), 3, 1, True
linalg.vector_norm: bowed(2, 3), -1.5
linalg.matrix_norm: bowed(2, 3, 2)
linalg.matrix_norm: bowed(2, 3, 2), 1, (0, 2), True
linalg.matrix_norm: bowed(2, 3), -float('inf')
cumsum cumprod cummax cummin: apart(3, 2), 0
cumsum cumprod softmax log_softmax logsumexp: reals(2, 3), -1
sort msort: apart(3, 2)
sort: apart(2, 3), 1, True
topk: apart(2, 4), 2
topk: apart(4, 2), 3, 0, False
kthvalue: apart(2, 4), 2
mode: apart(2, 3)
quantile: apart(5), 0.3
quantile: apart(2, 5), quantiles(2), 1
quantile: apart(2, 5), 0.6, dim=1, keepdim=True, interpolation='midpoint'
dist: reals(2, 3), reals(3)
dist: apart(2, 3), between(3), 1
cdist: reals(3, 2), reals(4, 2)
cdist: apart(2, 2), between(3, 2), 1.0
cdist: reals(2, 3, 2), reals(2, 2, 2), 3.0
cov corrcoef: reals(2, 4)
cov: reals(2, 4), correction=0
cov: reals(2, 4), fweights=index(1, 2, 1, 3), aweights=tl.tensor([0.5, 1.0, 2.0, 1.5], dtype=tl.float64)
diff: reals(2, 4)
diff: reals(4, 2), 2, 0
diff: reals(2, 3), prepend=reals(2, 1), append=reals(2, 2)
trapezoid trapz: reals(2, 4)
trapezoid trapz: reals(2, 4), reals(4)
trapezoid trapz: reals(4, 2), dx=0.5, dim=0
# --------------------------------------------------------------------------------------------- nn.functional
F.relu F.elu F.celu F.selu F.leaky_relu F.rrelu F.tanh F.sigmoid F.logsigmoid F.silu F.mish F.gelu: nonzero(2, 3)
F.softsign F.tanhshrink F.softplus: nonzero(2, 3)
F.relu6: off_grid(2, 3) * 3
F.hardsigmoid F.hardswish: off_grid(2, 3) * 2
F.hardtanh: off_grid(2, 3)
F.hardtanh: off_grid(2, 3), -2.0, 1.0
F.elu F.celu: nonzero(2, 3), 0.4
F.leaky_relu: nonzero(2, 3), -0.3
F.leaky_relu: nonzero(2, 3), 2.0
F.rrelu: nonzero(2, 3), 0.2, 0.2, True
F.gelu: reals(2, 3), approximate='tanh'
F.softplus: off_grid(2, 3), 2.0, 3.0
F.hardshrink F.softshrink: off_grid(2, 3), 1.0
F.hardshrink F.softshrink: off_halves(2, 3)
F.threshold: off_grid(2, 3), 1.0, -2.0
F.prelu: nonzero(2, 3), reals(1)
F.prelu: nonzero(2, 3, 2), reals(3)
F.glu: reals(2, 4)
F.glu: reals(4, 2), 0
F.scaled_dot_product_attention: reals(2, 3, 4), reals(2, 2, 4), reals(2, 2, 3), reals(3, 2), scale=0.7
F.scaled_dot_product_attention: reals(1, 3, 4), reals(2, 4, 4), reals(4, 3), is_causal=True, dropout_p=0.4
F.multi_head_attention_forward: reals(2, 3, 4), reals(3, 3, 4), reals(3, 3, 4), 4, 2, reals(12, 4), reals(12), reals(1, 1, 4), reals(1, 1, 4), True, 0.0, reals(4, 4), reals(4), average_attn_weights=False
F.softmax F.softmin F.log_softmax: reals(2, 3), 0
F.softmax F.log_softmax: reals(2, 3), dim=-1, dtype=tl.float64
F.gumbel_softmax: reals(2, 3), 0.7
F.linear: reals(4, 3), reals(2, 3), reals(2)
F.linear: reals(3), reals(2, 3)
F.bilinear: reals(4, 2), reals(4, 3), reals(2, 2, 3), reals(2)
F.bilinear: reals(2), reals(3), reals(1, 2, 3)
F.conv1d: reals(2, 2, 5), reals(2, 1, 2), reals(2), 2, 1, 2, 2
F.conv1d: reals(2, 5), reals(2, 2, 3), None, 1, 'same'
F.conv2d: reals(1, 2, 4, 3), reals(2, 2, 2, 3), reals(2), padding=(1, 0)
F.conv3d: reals(1, 1, 3, 2, 2), reals(2, 1, 2, 1, 2), reals(2), padding='valid'
F.conv_transpose1d: reals(2, 3), reals(2, 2, 2), reals(2), 2, 1, 1
F.conv_transpose2d: reals(1, 2, 2, 2), reals(2, 1, 2, 2), reals(2), 2, groups=2
F.conv_transpose3d: reals(1, 1, 2, 1, 2), reals(1, 2, 2, 1, 2), reals(2)
F.unfold: reals(1, 2, 3, 4), (2, 3), padding=1, stride=2
F.fold: reals(1, 4, 6), (3, 4), 2
F.max_pool1d: apart(1, 2, 5), 3, 2, 1
F.max_pool2d: apart(1, 2, 4, 5), 2, ceil_mode=True
F.max_pool3d: apart(1, 1, 2, 3, 2), (2, 1, 2)
F.max_unpool1d: reals(1, 2), index([1, 2]), 2
F.max_unpool2d: reals(1, 1, 2), index([[1, 6]]), 2
F.max_unpool3d: reals(1, 1, 1, 1), index([[[5]]]), 2
F.avg_pool1d: reals(1, 2, 5), 3, 2, 1, count_include_pad=False
F.avg_pool2d: reals(1, 2, 4, 5), 2, ceil_mode=True, divisor_override=3
F.avg_pool3d: reals(1, 1, 2, 3, 2), (2, 1, 2)
F.lp_pool1d: positive(1, 2, 4), 2, 2
F.lp_pool2d: positive(1, 3, 3), 3.0, 2, 1
F.lp_pool3d: positive(1, 1, 2, 2, 2), 1.5, 2
F.adaptive_avg_pool1d F.adaptive_max_pool1d: apart(1, 2, 5), 3
F.adaptive_avg_pool2d F.adaptive_max_pool2d: apart(1, 2, 4, 5), (2, 3)
F.adaptive_avg_pool3d F.adaptive_max_pool3d: apart(1, 2, 3, 2), (1, 2, None)
F.interpolate F.upsample: reals(1, 2, 3), 5
F.interpolate: reals(1, 2, 3), scale_factor=2.5, mode='linear'
F.interpolate: reals(1, 1, 2, 3), (3, 4), mode='bicubic', align_corners=True
F.upsample_nearest F.upsample_bilinear: reals(1, 1, 2, 3), scale_factor=2
F.pixel_shuffle: reals(4, 2, 1), 2
F.pixel_unshuffle: reals(1, 2, 4), 2
F.channel_shuffle: reals(1, 4, 2), 2
F.instance_norm: apart(2, 2, 3), None, None, reals(2), reals(2), eps=0.1
F.local_response_norm: reals(1, 4, 2), 3, 0.5
F.dropout1d F.feature_alpha_dropout: reals(2, 3, 2), 0.4, True
F.dropout2d: reals(2, 3, 2, 1), 0.4, True
F.dropout3d: reals(2, 3, 1, 2, 1), 0.4, True
F.embedding: index([0, 2], [2, 1]), reals(3, 2)
F.embedding_bag: index([0, 2], [2, 1]), apart(3, 2), mode='max'
F.embedding_bag: index(0, 2, 2, 1), reals(3, 2), index(0, 0, 3), padding_idx=1
F.embedding_bag: index(0, 2, 2, 1), reals(3, 2), index(0, 2), mode='sum', per_sample_weights=reals(4)
F.grid_sample: reals(1, 2, 3, 3), off_grid(1, 2, 2, 2) / 4, align_corners=True
F.grid_sample: reals(1, 2, 3, 3), off_grid(1, 2, 2, 2) / 4, 'bicubic', 'border', True
F.grid_sample: reals(1, 1, 3, 3, 3), off_grid(1, 1, 2, 2, 3) / 4, 'nearest', 'reflection', True
F.affine_grid: reals(2, 2, 3), (2, 1, 2, 3), False
F.ctc_loss: reals(4, 2, 3), index([1, 2], [2, 2]), [4, 3], [2, 1]
F.ctc_loss: reals(4, 3), index(1, 1), [4], [2], 0, 'none'
F.batch_norm: apart(4, 2), None, None, reals(2), reals(2), True, eps=0.1
F.batch_norm: apart(3, 2, 2), None, None, training=True, eps=0.1
F.batch_norm: reals(4, 2), tl.tensor([0.5, -1.0], dtype=tl.float64), tl.tensor([2.0, 0.5], dtype=tl.float64), reals(2), reals(2)
F.layer_norm: apart(2, 3), (3,), reals(3), reals(3), 0.1
F.layer_norm: apart(2, 3, 2), (3, 2), None, None, 0.1
F.group_norm: apart(2, 4, 2), 2, reals(4), reals(4), 0.1
F.group_norm: apart(2, 4), 1
F.rms_norm: apart(2, 3), (3,), reals(3), 0.1
F.rms_norm: nonzero(2, 3), (3,)
F.normalize: bowed(2, 3)
F.normalize: bowed(2, 3, 2), 1.0, 2
F.normalize: bowed(2, 3), 3.0, 0
F.dropout F.alpha_dropout: reals(3, 4), 0.4, True
F.dropout F.alpha_dropout: reals(2, 3), 0.4, False
F.mse_loss F.l1_loss F.smooth_l1_loss F.huber_loss: apart(2, 3), between(2, 3)
F.mse_loss F.l1_loss F.huber_loss: apart(2, 3), between(2, 3), reduction='none', weight=positive(2, 3)
F.smooth_l1_loss: apart(2, 3), between(2, 3), reduction='sum', beta=0.25
F.smooth_l1_loss: apart(2, 3), between(2, 3), beta=0.0
F.huber_loss: apart(2, 3), between(2, 3), delta=2.0, reduction='sum'
F.poisson_nll_loss: reals(2, 3), positive(2, 3)
F.poisson_nll_loss: positive(2, 3), above(2, 3), False, True
F.gaussian_nll_loss: reals(2, 3), reals(2, 3), positive(2, 3)
F.gaussian_nll_loss: reals(2, 3), reals(2, 3), positive(2, 1), full=True, reduction='sum'
F.kl_div: reals(2, 3), positive(2, 3), reduction='batchmean'
F.kl_div: reals(2, 3), reals(2, 3), reduction='sum', log_target=True
F.cross_entropy: reals(3, 4), index(0, 3, 1)
F.cross_entropy: reals(3, 4), index(0, 3, 1), weight=tl.tensor([0.5, 2.0, 1.5, 1.0], dtype=tl.float64), ignore_index=3, label_smoothing=0.2
F.cross_entropy: reals(3, 4), positive(3, 4), reduction='none', label_smoothing=0.1
F.cross_entropy: reals(2, 3, 2), index([0, 2], [1, 1]), reduction='sum'
F.nll_loss: reals(3, 4), index(0, 3, 1)
F.nll_loss: reals(2, 3, 2), index([0, 2], [1, 1]), weight=tl.tensor([0.5, 2.0, 1.0], dtype=tl.float64), reduction='none'
F.binary_cross_entropy: inside(2, 3), inside(2, 3)
F.binary_cross_entropy: inside(2, 3), inside(2, 3), weight=positive(3), reduction='sum'
F.binary_cross_entropy_with_logits: nonzero(2, 3), inside(2, 3), pos_weight=positive(3)
F.binary_cross_entropy_with_logits: nonzero(2, 3), inside(2, 3), weight=positive(3), reduction='none'
F.soft_margin_loss: reals(2, 3), signs(2, 3)
F.multilabel_soft_margin_loss: nonzero(2, 3), inside(2, 3)
F.multilabel_soft_margin_loss: nonzero(2, 3), inside(2, 3), weight=tl.tensor([0.5, 2.0, 1.0], dtype=tl.float64)
F.multi_margin_loss: apart(2, 3) / 3.7, index(2, 0)
F.multi_margin_loss: apart(2, 3) / 3.7, index(2, 0), 2, 0.5, reduction='sum'
F.multilabel_margin_loss: apart(2, 3) / 3.7, index([2, 0, -1], [1, -1, 0])
F.cosine_embedding_loss: bowed(2, 3), bowed(2, 3), tl.tensor([1, -1]), -0.99
F.cosine_similarity: bowed(2, 3), bowed(2, 3)
F.cosine_similarity: bowed(2, 3), bowed(1, 3), 0
F.margin_ranking_loss: apart(6), between(6), signs(6)
F.hinge_embedding_loss: apart(2, 3), signs(2, 3), 1.5
F.pairwise_distance: apart(2, 3), between(2, 3)
F.pairwise_distance: apart(2, 3), between(2, 3), 1.0, keepdim=True
F.pairwise_distance: apart(2, 3), between(2, 3), 3.0
F.triplet_margin_loss: apart(2, 3), between(2, 3), quarter(2, 3), 9.0
F.triplet_margin_loss: apart(2, 3), between(2, 3), quarter(2, 3), 9.0, 3.0, reduction='none'
F.triplet_margin_with_distance_loss: apart(2, 3), between(2, 3), quarter(2, 3), margin=9.0
# -------------------------------------------------------------------------------- methods that only write
Tensor.copy_: reals(2, 3), reals(3)
Tensor.fill_ tl.fill_ Tensor.fill_diagonal_: reals(3, 3), reals()
Tensor.zero_ tl.zero_: reals(2, 3)
Tensor.__setitem__: reals(3, 4), (slice(1, None), 2), reals(2)
Tensor.__setitem__: reals(3, 4), mask(3, 4), reals()
Tensor.__setitem__: reals(3, 4), (index(0, 2), index(1, 3)), reals(2)
Tensor.__setitem__: reals(3, 4), (index(0, 2, 0), index(1, 3, 1)), reals(3)
Tensor.__setitem__: reals(3, 4), (slice(None), index(1, 1, 3)), reals(3, 3)
"""

OPERATORS = {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "pow": "pow", "mod": "remainder",
    "floordiv": "floor_divide", "matmul": "matmul", "neg": "neg", "abs": "abs",
}  # fmt: skip
"""Python's operators, and the functions that have their samples; `__radd__` and `__iadd__` too."""


class Leaf(NamedTuple):
    """The place of a Tensor that a call is differentiated by."""

    place: int


class Drawn(NamedTuple):
    """The arguments of a call with a `Leaf` in place of each Tensor to differentiate by, and those Tensors' values."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    leaves: list[np.ndarray]

    def filled(self, tensors: list[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with Tensors in the places of the leaves."""
        return replaced(self.args, tensors), {k: replaced(v, tensors) for k, v in self.kwargs.items()}


def replaced(x: Any, tensors: list[Any]) -> Any:
    """x with Tensors in the places of the leaves."""
    if isinstance(x, Leaf):
        return tensors[x.place]
    return type(x)(replaced(item, tensors) for item in x) if type(x) in (list, tuple) else x


DOMAINS: dict[str, Domain] = {
    "reals": domains.reals,
    "nonzero": domains.nonzero,
    "positive": domains.positive,
    "unit": domains.unit,
    "broken": domains.broken,
    "dividend": domains.dividend,
    "divisor": domains.divisor,
    "bowed": domains.bowed,
    "above": domains.between(1.3, 4),
    "inside": domains.between(0.05, 0.25, 0.35, 0.65, 0.75, 0.95),
    "quantiles": domains.between(0.3, 0.45, 0.55, 0.7),
    "off_grid": domains.between(-2.8, -2.2, -1.8, -1.2, -0.8, -0.2, 0.2, 0.8, 1.2, 1.8, 2.2, 2.8),
    "off_halves": domains.between(-2.0, -0.6, -0.4, 0.4, 0.6, 2.0),
    "apart": domains.apart(),
    "between": domains.apart(1 / 2),
    "quarter": domains.apart(1 / 4),
}


def holed(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers of which one in each row is NaN."""
    x = domains.apart()(rng, shape)
    x[..., rng.integers(shape[-1])] = np.nan
    return x


def invertible(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Matrices that are well conditioned, with distinct singular values."""
    return np.eye(*shape[-2:]) * np.arange(1, shape[-1] + 1) + rng.uniform(-0.2, 0.2, shape)


class Value:
    """A drawn array that a line may still change by arithmetic with numbers, before it becomes a leaf."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    def __add__(self, y: float) -> Value:
        return Value(self.array + y)

    def __mul__(self, y: float) -> Value:
        return Value(self.array * y)

    def __truediv__(self, y: float) -> Value:
        return Value(self.array / y)

    def contiguous(self) -> Value:
        return Value(np.ascontiguousarray(self.array))


def drawn(line: str, seed: int, constants: bool = False) -> Drawn:
    """The arguments that a line says, with values from a seed; with `constants`, those too that it gives as Tensors of
    floats and not by a maker, such as weights and signs, are leaves.
    """
    draw = Draw(seed, 3)
    names: dict[str, Any] = {
        name: lambda *shape, domain=domain: Value(draw.array(shape, domain))
        for name, domain in (DOMAINS | {"holed": holed, "invertible": invertible}).items()
    }
    names |= {
        "tl": tl,
        "index": lambda *values: tl.tensor(values),
        "mask": lambda *shape: wrap(draw.array(shape, domains.flags)),
        "signs": lambda *shape: wrap(draw.array(shape, domains.among(-1.0, 1.0))),
    }
    args, kwargs = eval(f"(lambda *args, **kwargs: (args, kwargs))({line})", names)
    leaves: list[np.ndarray] = []

    def placed(x: Any) -> Any:
        if isinstance(x, Value):
            leaves.append(x.array)
            return Leaf(len(leaves) - 1)
        if constants and isinstance(x, tl.Tensor) and x.is_floating_point():
            return placed(Value(x.numpy()))
        return type(x)(map(placed, x)) if type(x) in (list, tuple) else x

    return Drawn(placed(args), {k: placed(v) for k, v in kwargs.items()}, leaves)


def table() -> dict[str, list[str]]:
    """The arguments by the names."""
    found: dict[str, list[str]] = {}
    for line in LINES.strip().splitlines():
        if not line.startswith("#"):
            names, _, arguments = line.partition(": ")
            for name in names.split():
                found.setdefault(name, []).append(arguments)
    return found


SAMPLES = table()

Form = Callable[..., Any]


# --------------------------------------------------------------------------------------------------- the forms


def function(space: Any, name: str) -> Form:
    return lambda *args, **kwargs: getattr(space, name)(*args, **kwargs)


def method(name: str) -> Form:
    """A method, or the value of a property."""

    def call(x: Any, *args: Any, **kwargs: Any) -> Any:
        found = getattr(x, name)
        found = found(*args, **kwargs) if callable(found) and not isinstance(found, tl.Tensor) else found
        return list(found) if name == "__iter__" else found

    return call


def in_place(change: Form) -> Form:
    """What a Tensor is after a change in place, which is made of a copy; another shape than its own it cannot take."""

    def call(x: Any, *args: Any, **kwargs: Any) -> Any:
        target = x * 1
        change(target, *args, **kwargs)
        return target

    return call


def reflected(name: str) -> Form:
    return lambda x, y: getattr(y, name)(x)


FUNCTIONAL = tl.nn.functional


def forms(name: str) -> dict[str, Form]:
    """All that a name of the table stands for, by what it is called in public."""
    space, _, plain = name.rpartition(".")
    found: dict[str, Form] = {}
    if space == "F":
        found[name] = function(FUNCTIONAL, plain)
        if hasattr(FUNCTIONAL, plain + "_"):
            found[name + "_"] = in_place(function(FUNCTIONAL, plain + "_"))
        if "inplace" in parameters(getattr(FUNCTIONAL, plain)):
            change = function(FUNCTIONAL, plain)
            found[name + "(inplace=True)"] = in_place(lambda *args, **kwargs: change(*args, **kwargs, inplace=True))
    elif space in ("linalg", "special", "tl"):
        called = function(tl if space == "tl" else getattr(tl, space), plain)
        found[name.removeprefix("tl.")] = in_place(called) if changes(plain) else called
    elif space == "Tensor":
        found[name] = in_place(method(plain)) if changes(plain) else method(plain)
    else:
        if hasattr(tl, name):
            found[name] = function(tl, name)
        if name + "_" in tl.__all__:
            found[name + "_"] = in_place(function(tl, name + "_"))
        if hasattr(tl.Tensor, name):
            found[f"Tensor.{name}"] = method(name)
        if hasattr(tl.Tensor, name + "_"):
            found[f"Tensor.{name}_"] = in_place(method(name + "_"))
        for operator, named in OPERATORS.items():
            if named == name:
                found |= forms_of_operator(operator)
    return found


def forms_of_operator(operator: str) -> dict[str, Form]:
    found = {f"Tensor.__{operator}__": method(f"__{operator}__")}
    if hasattr(tl.Tensor, f"__r{operator}__"):
        found[f"Tensor.__r{operator}__"] = reflected(f"__r{operator}__")
    if hasattr(tl.Tensor, f"__i{operator}__"):
        found[f"Tensor.__i{operator}__"] = in_place(method(f"__i{operator}__"))
    return found


def changes(name: str) -> bool:
    """Return True if a method changes its Tensor."""
    return name == "__setitem__" or (name.endswith("_") and not name.endswith("__"))


def parameters(function: Form) -> list[str]:
    return list(inspect.signature(function).parameters)


def fits(label: str, call: Drawn) -> bool:
    """Return True if a form takes these arguments: methods begin with a Tensor, and operators take two operands and no more."""
    if not label.startswith("Tensor."):
        return True
    name = label.removeprefix("Tensor.")
    if not call.args or not isinstance(call.args[0], Leaf):
        return False
    if not name.startswith("__") or name in ("__getitem__", "__setitem__", "__iter__"):
        return True
    if call.kwargs or len(call.args) > 2:
        return False
    return not name.startswith("__r") or isinstance(call.args[-1], Leaf)
