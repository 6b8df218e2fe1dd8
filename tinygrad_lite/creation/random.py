"""Random Tensors, with the numbers that PyTorch's CPU generator would give for the same seed."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.primitive import Array
from ..core.tensor import wrap
from ..functions.arguments import spelled
from ..random import distributions as streams
from ..random.generator import (
    Generator,
    default_generator,
    drawn,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from ..tensors.tensor import Tensor
from ..types import dtypes
from .values import _finished, _floating, _like, _shape

__all__ = [
    "Generator",
    "bernoulli",
    "default_generator",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "multinomial",
    "normal",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "seed",
    "set_rng_state",
]


# -------------------------------------------------------------------------------------------- real numbers


def rand(
    *size: Any,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    **named: Any,
) -> Tensor:
    """Numbers evenly spread over [0, 1); the sizes one by one or in a tuple.

    Bit for bit PyTorch's: 24 random bits for float32 (and float16, rounded from it), 53 for float64.

    Raises:
        RuntimeError: for a dtype that is not floating, a negative size or a device other than the CPU.

    >>> import tinygrad_lite as tl
    >>> _ = tl.manual_seed(0)
    >>> tl.rand(2, 2)
    tensor([[0.4963, 0.7682],
            [0.0885, 0.1320]])
    """
    shape = _shape("rand", size, named)
    values = drawn(streams.uniform, generator, shape, 0.0, 1.0, _floating(dtype))
    return _finished(values, requires_grad, device)


@spelled
def rand_like(
    x: Tensor,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers evenly spread over [0, 1), in the shape and dtype of x: see `rand`.

    >>> import tinygrad_lite as tl
    >>> tl.rand_like(tl.zeros(2, 3)).shape
    Size([2, 3])
    """
    values = drawn(streams.uniform, generator, x._data.shape, 0.0, 1.0, _like(x, dtype))
    return _finished(values, requires_grad, device)


def randn(
    *size: Any,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    **named: Any,
) -> Tensor:
    """Normally distributed numbers of mean 0 and variance 1; the sizes one by one or in a tuple.

    Box and Muller's transformation of the uniforms, as PyTorch applies it; float32 agrees with its AVX2 code bit
    for bit, float64 within 2 units in the last place (the logarithm is NumPy's).

    Raises:
        RuntimeError: for a dtype that is not floating, a negative size or a device other than the CPU.

    >>> import tinygrad_lite as tl
    >>> _ = tl.manual_seed(0)
    >>> tl.randn(2, 2)
    tensor([[ 1.5410, -0.2934],
            [-2.1788,  0.5684]])
    """
    shape = _shape("randn", size, named)
    values = drawn(streams.normal_array, generator, shape, 0.0, 1.0, _floating(dtype))
    return _finished(values, requires_grad, device)


@spelled
def randn_like(
    x: Tensor,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normally distributed numbers of mean 0 and variance 1, in the shape and dtype of x: see `randn`.

    >>> import tinygrad_lite as tl
    >>> tl.randn_like(tl.zeros(2, 3, dtype=tl.float64)).dtype
    dtype('float64')
    """
    values = drawn(streams.normal_array, generator, x._data.shape, 0.0, 1.0, _like(x, dtype))
    return _finished(values, requires_grad, device)


def normal(
    mean: Tensor | float = 0.0,
    std: Tensor | float = 1.0,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normally distributed numbers: of one mean and deviation in a `size`, or of each element's own.

    The dtype is that of the mean if that is a Tensor, else that of `std`. No gradient flows to either.

    Raises:
        RuntimeError: if a deviation is negative.
        TypeError: if there is neither a Tensor nor a size, or both.

    >>> import tinygrad_lite as tl
    >>> tl.normal(tl.tensor([1.0, 2.0]), 0.0)
    tensor([1., 2.])
    """
    tensors = [v._data for v in (mean, std) if isinstance(v, Tensor)]
    if bool(tensors) == (size is not None):
        raise TypeError(
            "normal() takes a mean and a std and, only if both of them are numbers, a size: normal(0, 1, (3,))"
        )
    if not tensors:
        shape = _shape("normal", (size,), {})
        values = drawn(streams.normal_array, generator, shape, float(mean), float(std), _floating(dtype))
        return _finished(values, requires_grad, device)
    middle, spread = (v._data if isinstance(v, Tensor) else v for v in (mean, std))
    try:
        shape = np.broadcast_shapes(*(a.shape for a in tensors))
    except ValueError:
        raise RuntimeError(f"normal: the shapes of mean and std do not fit: {[a.shape for a in tensors]}") from None
    return _finished(drawn(_normal, generator, shape, middle, spread, tensors[0].dtype), requires_grad, device)


def _normal(generator: Generator, shape: Sequence[int], mean: Any, std: Any, dtype: Any) -> Array:
    if isinstance(std, np.ndarray):
        if std.size and not std.min() >= 0:
            raise RuntimeError("normal expects all elements of std >= 0.0")
        values = streams.normal_array(generator, shape, dtype=dtype)
        np.multiply(values, std, out=values, casting="same_kind")
    else:
        values = streams.normal_array(generator, shape, 0.0, float(std), dtype)
    return np.add(values, mean, out=values, casting="same_kind")


# ------------------------------------------------------------------------------------------- whole numbers


def randint(
    *args: Any,
    low: int | None = None,
    high: int | None = None,
    size: Any = None,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Whole numbers in [low, high), of int64 unless said: `randint(high, size)` or `randint(low, high, size)`.

    The remainder of 32 random bits (64 for a range of 2**28 or more), bit for bit as in PyTorch.

    Raises:
        RuntimeError: unless low < high, and the dtype has them both.
        TypeError: for arguments of other numbers or kinds.

    >>> import tinygrad_lite as tl
    >>> _ = tl.manual_seed(0)
    >>> tl.randint(3, 10, (4,))
    tensor([7, 6, 3, 5])
    """
    positions = list(args)
    if size is None and positions:
        size = positions.pop()
    least, most = _range("randint", positions, low, high)
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"randint(): argument 'size' must be tuple of ints, not {type(size).__name__}")
    found = dtypes.int64 if dtype is None else dtypes.as_dtype(dtype)
    values = drawn(streams.integers, generator, _shape("randint", (size,), {}), least, most, found)
    return _finished(values, requires_grad, device)


@spelled
def randint_like(
    x: Tensor,
    *args: Any,
    low: int | None = None,
    high: int | None = None,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Whole numbers in [low, high), in the shape and dtype of x: `randint_like(x, high)` or with low before it.

    >>> import tinygrad_lite as tl
    >>> tl.randint_like(tl.zeros(3), 7, 8)
    tensor([7., 7., 7.])
    """
    least, most = _range("randint_like", list(args), low, high)
    values = drawn(streams.integers, generator, x._data.shape, least, most, _like(x, dtype))
    return _finished(values, requires_grad, device)


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """The numbers from 0 to n - 1 in random order, bit for bit PyTorch's; int64 unless said.

    Raises:
        RuntimeError: if n is negative, or the dtype has no n different whole numbers.

    >>> import tinygrad_lite as tl
    >>> _ = tl.manual_seed(0)
    >>> tl.randperm(5)
    tensor([4, 0, 1, 3, 2])
    """
    count = _whole("randperm", "n", n)
    if count < 0:
        raise RuntimeError(f"n must be non-negative, got {count}")
    found = dtypes.int64 if dtype is None else dtypes.as_dtype(dtype)
    if found.kind == "b":
        raise NotImplementedError('"randperm" not implemented for bool')
    most = 2 ** (np.finfo(found).nmant + 1) + 1 if found.kind == "f" else np.iinfo(found).max + 1
    if count > most:
        raise RuntimeError(f"n cannot be greater than {most} for {found}, but is {count}")
    return _finished(drawn(_permutation, generator, count, found), requires_grad, device)


def _permutation(generator: Generator, n: int, dtype: Any) -> Array:
    return streams.permutation(generator, n).astype(dtype)


# ------------------------------------------------------------------------------------- by given probabilities


@spelled
def bernoulli(x: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """Ones and zeros in the shape and dtype of x: each one with the probability in x, or all with `p`.

    Bit for bit PyTorch's. No gradient flows to x.

    Raises:
        RuntimeError: if a probability is not between 0 and 1.

    >>> import tinygrad_lite as tl
    >>> tl.bernoulli(tl.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"bernoulli(): argument 'input' (position 1) must be Tensor, not {type(x).__name__}")
    if isinstance(p, Tensor):
        raise TypeError("bernoulli(): argument 'p' must be float, not Tensor; give the Tensor in place of x")
    chances = x._data if p is None else float(p)
    return wrap(drawn(streams.bernoulli_array, generator, x._data.shape, chances, x.dtype))


@spelled
def multinomial(
    x: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Indices along the last dimension of x, drawn with probabilities in proportion to its rows; int64.

    The indices are PyTorch's. Without replacement (or for one index) they are those of the largest
    weight / exponential (Efraimidis and Spirakis, 2006); else uniforms are looked up among the cumulative weights.

    Raises:
        RuntimeError: for weights that are negative, not finite, or all zero; and, without replacement, for more
            samples than there are weights.

    >>> import tinygrad_lite as tl
    >>> tl.multinomial(tl.tensor([0.0, 3.0, 0.0]), 4, replacement=True)
    tensor([1, 1, 1, 1])
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"multinomial(): argument 'input' (position 1) must be Tensor, not {type(x).__name__}")
    count = _whole("multinomial", "num_samples", num_samples)
    return wrap(drawn(_indices, generator, x._data, count, replacement))


def _indices(generator: Generator, weights: Array, count: int, replacement: bool) -> Array:
    if weights.dtype.kind != "f":
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {weights.dtype}")
    if weights.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if count <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and count > weights.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if not np.all(np.isfinite(weights) & (weights >= 0)):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if not np.all(np.any(weights > 0, axis=-1)):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    if not replacement or count == 1:
        with np.errstate(all="ignore"):  # an exponential of exactly 0, or too small for the quotient
            keys = weights / streams.exponential_array(generator, weights.shape, dtype=weights.dtype)
        return np.argsort(-keys, axis=-1, kind="stable")[..., :count]
    sums = np.cumsum(weights, axis=-1, dtype=np.promote_types(weights.dtype, np.float32)).reshape(-1, weights.shape[-1])
    draws = streams.uniform(generator, (len(sums), count), dtype=np.float64)
    found: Array = np.empty(draws.shape, np.int64)
    for i, row in enumerate(sums):
        shares = row / row[-1]
        shares[-1] = 1
        found[i] = np.searchsorted(shares.astype(np.float64), draws[i])
    return found.reshape(*weights.shape[:-1], count)


def _range(name: str, positions: list[Any], low: int | None, high: int | None) -> tuple[int, int]:
    """Low and high, where a single number given by position is the high one."""
    given = [*positions, *(v for v in (low, high) if v is not None)]
    if not 1 <= len(given) <= 2 or (low is not None and (positions or high is None)):
        raise TypeError(f"{name}() takes high, or low and high, but got {len(given)} numbers")
    bounds = [_whole(name, "high" if v is given[-1] else "low", v) for v in given]
    return (0, bounds[0]) if len(bounds) == 1 else (bounds[0], bounds[1])


def _whole(name: str, argument: str, value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        kind = "tuple of ints" if argument == "size" else "int"
        raise TypeError(f"{name}(): argument {argument!r} must be {kind}, not {type(value).__name__}") from None
