"""Functions that make Tensors: of given values, of regular ones and of random ones."""

from .filled import (
    empty,
    empty_like,
    empty_permuted,
    empty_strided,
    eye,
    full,
    full_like,
    ones,
    ones_like,
    scalar_tensor,
    zeros,
    zeros_like,
)
from .from_data import as_tensor, asarray, from_dlpack, from_numpy, frombuffer, tensor
from .inspection import (
    broadcast_shapes,
    is_complex,
    is_floating_point,
    is_inference,
    is_nonzero,
    is_signed,
    is_tensor,
    numel,
)
from .random import (
    bernoulli,
    binomial,
    multinomial,
    normal,
    poisson,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
)
from .ranges import arange, linspace, logspace, range, tril_indices, triu_indices

__all__ = [
    "arange", "as_tensor", "asarray", "bernoulli", "binomial", "broadcast_shapes", "empty", "empty_like",
    "empty_permuted", "empty_strided", "eye", "from_dlpack", "from_numpy", "frombuffer", "full", "full_like",
    "is_complex", "is_floating_point", "is_inference", "is_nonzero", "is_signed", "is_tensor", "linspace", "logspace",
    "multinomial", "normal", "numel", "ones", "ones_like", "poisson", "rand", "rand_like", "randint", "randint_like",
    "randn", "randn_like", "randperm", "range", "scalar_tensor", "tensor", "tril_indices", "triu_indices", "zeros",
    "zeros_like",
]  # fmt: skip
