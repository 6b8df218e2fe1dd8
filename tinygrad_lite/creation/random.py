"""Random Tensors, with the numbers that PyTorch's CPU generator would give for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from ..core.argument_types import type_name, wrong_type
from ..core.edge import expand
from ..core.inference import made
from ..core.primitive import Array
from ..functions.arguments import broadcast_shape, public
from ..functions.out_argument import fills_out
from ..ops.indexing import setitem
from ..random import distributions, rejection
from ..random.generator import Generator, drawn
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import DTypeLike, Number
from .options import dtype_like, finished, float_dtype, number, shape_of, whole_number

# -------------------------------------------------------------------------------------------- real numbers


@fills_out
def rand(
    *size: int | Sequence[int],
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    **named: Sequence[int],
) -> Tensor:
    """Numbers that are spread evenly over [0, 1).

    They are PyTorch's bit for bit: 24 random bits for float32 (and float16, rounded from it), 53 for float64.

    Args:
        size: the length of each dimension, one by one or in a tuple; `()` for a single number.
        generator: where the bits come from, by default the default generator.
        dtype: the default dtype unless another floating one is given.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: for a negative length, and for a device other than the CPU.
        NotImplementedError: for a dtype that is not floating.
        TypeError: for a length that is not a whole number, and without any.

    >>> import tinygrad_lite as tl
    >>> _ = tl.manual_seed(0)
    >>> tl.rand(2, 2)
    tensor([[0.4963, 0.7682],
            [0.0885, 0.1320]])
    """
    shape = shape_of("rand", size, named)
    values = drawn(distributions.uniform, generator, shape, 0.0, 1.0, float_dtype(dtype))
    return finished(values, requires_grad, device)


@public
def rand_like(
    x: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Numbers that are spread evenly over [0, 1), in the shape and dtype of x: see `rand`.

    Args:
        x: a Tensor; its values do not matter, and no gradient flows to it.
        generator: where the bits come from, by default the default generator.
        dtype: another dtype.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.
        memory_format: has no effect.

    Raises:
        NotImplementedError: for a dtype that is not floating.
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.rand_like(tl.zeros(2, 3)).shape
    Size([2, 3])
    """
    found = dtype_like("rand_like", x, dtype)
    values = drawn(distributions.filled, generator, distributions.uniform, x._data, 0.0, 1.0, found)
    return finished(values, requires_grad, device)


@fills_out
def randn(
    *size: int | Sequence[int],
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    **named: Sequence[int],
) -> Tensor:
    """Normally distributed numbers of mean 0 and variance 1.

    They are made of pairs of evenly spread numbers u, v by the transformation of Box and Muller (1958),
    √(-2 log(1 - u)) cos(2πv) and the same with the sine, as PyTorch does it: in float32 the results are those of its
    AVX2 code bit for bit, in float64 they agree to 2 units in the last place.

    Args:
        size: the length of each dimension, one by one or in a tuple; `()` for a single number.
        generator: where the bits come from, by default the default generator.
        dtype: the default dtype unless another floating one is given.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: for a negative length, and for a device other than the CPU.
        NotImplementedError: for a dtype that is not floating.
        TypeError: for a length that is not a whole number, and without any.

    >>> import tinygrad_lite as tl
    >>> _ = tl.manual_seed(0)
    >>> tl.randn(2, 2)
    tensor([[ 1.5410, -0.2934],
            [-2.1788,  0.5684]])
    """
    shape = shape_of("randn", size, named)
    values = drawn(distributions.normal_array, generator, shape, 0.0, 1.0, float_dtype(dtype))
    return finished(values, requires_grad, device)


@public
def randn_like(
    x: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Normally distributed numbers of mean 0 and variance 1, in the shape and dtype of x: see `randn`.

    Args:
        x: a Tensor; its values do not matter, and no gradient flows to it.
        generator: where the bits come from, by default the default generator.
        dtype: another dtype.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.
        memory_format: has no effect.

    Raises:
        NotImplementedError: for a dtype that is not floating.
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.randn_like(tl.zeros(2, 3, dtype=tl.float64)).dtype
    dtype('float64')
    """
    found = dtype_like("randn_like", x, dtype)
    values = drawn(distributions.filled_normal_like, generator, x._data, found)
    return finished(values, requires_grad, device)


@fills_out
def normal(
    mean: Tensor | Number = 0.0,
    std: Tensor | Number = 1.0,
    size: Sequence[int] | None = None,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normally distributed numbers of given means and standard deviations.

    Either the mean or the deviation is a Tensor, or both are, and are broadcast; or both are numbers, with a `size`.
    The result is part of the graph if one of them is, but their gradient is 0, as in PyTorch.

    Args:
        mean: the expectation of each element.
        std: the standard deviation of each element.
        size: the shape, if mean and std are numbers.
        generator: where the bits come from, by default the default generator.
        dtype: if mean and std are numbers; of Tensors the result has the mean's dtype, or else that of `std`.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: if a deviation is negative, or if the shapes cannot be broadcast.
        NotImplementedError: for a dtype that is not floating.
        TypeError: if there is neither a Tensor nor a size, or both; and for what is no number.

    >>> import tinygrad_lite as tl
    >>> tl.normal(tl.tensor([1.0, 2.0]), 0.0)
    tensor([1., 2.])
    """
    middle, spread = (
        v._data if isinstance(v, Tensor) else number("normal", name, i, v)
        for i, (name, v) in enumerate((("mean", mean), ("std", std)), start=1)
    )
    tensors = [v for v in (middle, spread) if isinstance(v, np.ndarray)]
    if bool(tensors) == (size is not None):
        raise TypeError(
            "normal() takes a mean and a std and, if both of them are numbers, but only then, a size: "
            f"normal(0, 1, (3,)). Here the size is {size!r:.40}, and {len(tensors)} of the others are Tensors"
        )
    if not tensors:
        shape = shape_of("normal", (size,), {})
        found = float_dtype(dtype)
        values = drawn(distributions.normal_array, generator, shape, float(middle), float(spread), found)
        return finished(values, requires_grad, device)
    shape = broadcast_shape("normal", *(a.shape for a in tensors))
    made = finished(drawn(_normal, generator, shape, middle, spread, tensors[0].dtype), requires_grad, device)
    return _in_graph(made, mean, std)


def _in_graph(drawn: Tensor, *parameters: Any) -> Tensor:
    """Return what was drawn as a function of the distribution's parameters, with the derivative 0."""
    for x in parameters:
        if isinstance(x, Tensor) and x.requires_grad:
            drawn = setitem(expand(x, drawn._data.shape), ..., drawn)
    return drawn


def _normal(generator: Generator, shape: Sequence[int], mean: Any, std: Any, dtype: Any) -> Array:
    if isinstance(std, np.ndarray):
        if std.size and not std.min() >= 0:
            raise RuntimeError("normal expects all elements of std >= 0.0")
        values = distributions.normal_array(generator, shape, dtype=dtype)
        np.multiply(values, std, out=values, casting="same_kind")
    else:
        values = distributions.normal_array(generator, shape, 0.0, float(std), dtype)
    return np.add(values, mean, out=values, casting="same_kind")


# ------------------------------------------------------------------------------------------- whole numbers


@overload
def randint(
    high: int,
    size: Sequence[int],
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor: ...
@overload
def randint(
    low: int,
    high: int,
    size: Sequence[int],
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor: ...
@fills_out
def randint(
    *args: Any,
    low: int | None = None,
    high: int | None = None,
    size: Any = None,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Whole numbers that are spread evenly over [low, high): `randint(high, size)` or `randint(low, high, size)`.

    They are PyTorch's bit for bit: the remainders of 32 random bits, or of 64 for a range of 2**28 or more.

    Args:
        low: the lowest number, 0 unless it is given.
        high: one more than the highest number.
        size: the length of each dimension, in a tuple.
        generator: where the bits come from, by default the default generator.
        dtype: int64 unless another is given.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: unless low < high, and the dtype can hold both; and for a negative length.
        TypeError: for arguments of other numbers or kinds.

    >>> import tinygrad_lite as tl
    >>> _ = tl.manual_seed(0)
    >>> tl.randint(3, 10, (4,))
    tensor([7, 6, 3, 5])
    """
    positions = list(args)
    if size is None and positions:
        size = positions.pop()
    if not isinstance(size, (tuple, list)):
        raise TypeError(
            f"randint(): argument 'size' must be tuple of ints, not {type_name(size)}: write randint(high, (2, 3)) or "
            "randint(low, high, (2, 3))"
        )
    least, most = _range("randint", positions, low, high)
    found = dtypes.int64 if dtype is None else dtypes.as_dtype(dtype)
    values = drawn(distributions.integers, generator, shape_of("randint", (size,), {}), least, most, found)
    return finished(values, requires_grad, device)


@overload
def randint_like(
    x: Tensor,
    high: int,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor: ...
@overload
def randint_like(
    x: Tensor,
    low: int,
    high: int,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor: ...
@public
def randint_like(
    x: Tensor,
    *args: Any,
    low: int | None = None,
    high: int | None = None,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Whole numbers that are spread evenly over [low, high), in the shape and dtype of x.

    They are given as `randint_like(x, high)` or `randint_like(x, low, high)`.

    Args:
        x: a Tensor; its values do not matter, and no gradient flows to it.
        low: the lowest number, 0 unless it is given.
        high: one more than the highest number.
        generator: where the bits come from, by default the default generator.
        dtype: another dtype.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.
        memory_format: has no effect.

    Raises:
        RuntimeError: unless low < high, and the dtype can hold both.
        TypeError: if x is not a Tensor; and for bounds that are not whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.randint_like(tl.zeros(3), 7, 8)
    tensor([7., 7., 7.])
    """
    found = dtype_like("randint_like", x, dtype)
    least, most = _range("randint_like", list(args), low, high)
    values = drawn(distributions.filled, generator, distributions.integers, x._data, least, most, found)
    return finished(values, requires_grad, device)


@fills_out
def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """The whole numbers from 0 to n - 1 in random order, of the shape `(n,)`, bit for bit PyTorch's.

    Args:
        n: how many.
        generator: where the bits come from, by default the default generator.
        dtype: int64 unless another is given.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: if n is negative, or if the dtype has no n different whole numbers.
        TypeError: if n is not a whole number.

    >>> import tinygrad_lite as tl
    >>> _ = tl.manual_seed(0)
    >>> tl.randperm(5)
    tensor([4, 0, 1, 3, 2])
    """
    count = whole_number("randperm", "n", 1, n)
    if count < 0:
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {count}: [{count}]. randperm: n must be non-negative"
        )
    found = dtypes.int64 if dtype is None else dtypes.as_dtype(dtype)
    if found.kind == "b":
        raise NotImplementedError('"randperm" not implemented for bool')
    most = 2 ** (np.finfo(found).nmant + 1) + 1 if found.kind == "f" else np.iinfo(found).max + 1
    if count > most:
        raise RuntimeError(f"n cannot be greater than {most} for {found}, but is {count}")
    return finished(drawn(_permutation, generator, count, found), requires_grad, device)


def _permutation(generator: Generator, n: int, dtype: Any) -> Array:
    return distributions.permutation(generator, n).astype(dtype)


# ------------------------------------------------------------------------------------- by given probabilities


@public
def bernoulli(x: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """Ones and zeros in the shape and dtype of x: ones with the probabilities in x, or all with the probability `p`.

    They are PyTorch's bit for bit. The result is part of the graph if x is, but the gradient of x is 0, as in PyTorch.

    Args:
        x: probabilities; with `p` its values do not matter.
        p: one probability for all elements.
        generator: where the bits come from, by default the default generator.

    Raises:
        RuntimeError: if a probability is not in [0, 1].
        NotImplementedError: for probabilities in x of a dtype that is not floating.
        TypeError: if x is not a Tensor, or p no number.

    >>> import tinygrad_lite as tl
    >>> tl.bernoulli(tl.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"bernoulli(): argument 'input' (position 1) must be Tensor, not {type(x).__name__}")
    if isinstance(p, Tensor):
        raise TypeError("bernoulli(): argument 'p' must be float, not Tensor; give the Tensor in place of x")
    chances = x._data if p is None else float(p)
    return _in_graph(made(drawn(distributions.bernoulli_array, generator, x._data.shape, chances, x.dtype)), x)


@public
def multinomial(
    x: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Places along the last dimension of x, drawn with probabilities in proportion to the weights there.

    x has the shape (n,) or (rows, n), and the result (num_samples,) or (rows, num_samples), in int64. The places are
    PyTorch's. Without replacement, or for one sample, they are those of the largest weight / exponential number
    (Efraimidis and Spirakis, 2006); otherwise evenly spread numbers are looked up among the cumulative weights.

    Args:
        x: the weights, which need not sum to 1.
        num_samples: how many places to draw for each row.
        replacement: whether a place may be drawn again.
        generator: where the bits come from, by default the default generator.

    Raises:
        RuntimeError: for weights that are negative, not finite, all zero or not of a floating dtype; and, without
            replacement, for more samples than there are weights.
        TypeError: if x is not a Tensor, or num_samples not a whole number.

    >>> import tinygrad_lite as tl
    >>> tl.multinomial(tl.tensor([0.0, 3.0, 0.0]), 4, replacement=True)
    tensor([1, 1, 1, 1])
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"multinomial(): argument 'input' (position 1) must be Tensor, not {type(x).__name__}")
    count = whole_number("multinomial", "num_samples", 2, num_samples)
    return made(drawn(_indices, generator, x._data, count, replacement))


@public
def poisson(x: Tensor, generator: Generator | None = None) -> Tensor:
    """Counts of Poisson distributions whose means are the elements of x, in its shape and dtype, bit for bit PyTorch's.

    The result is part of the graph if x is, but the gradient of x is 0, as in PyTorch.

    Args:
        x: the means, at least 0, of a floating dtype.
        generator: where the bits come from, by default the default generator.

    Raises:
        RuntimeError: if a mean is negative.
        NotImplementedError: for a dtype that is not floating.
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.poisson(tl.zeros(3))
    tensor([0., 0., 0.])
    """
    if not isinstance(x, Tensor):
        raise wrong_type("poisson", "input", 1, "Tensor", x)
    if x.dtype.kind != "f":
        raise NotImplementedError(f'"poisson_cpu" not implemented for {x.dtype}: convert with .float() first')
    return _in_graph(made(drawn(rejection.poisson_array, generator, x._data)), x)


@public
def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor:
    """Numbers of successes of binomial distributions, in the shape and dtype of `count`, bit for bit PyTorch's.

    The result is part of the graph if `count` or `prob` is, but the gradients are 0, as in PyTorch.

    Args:
        count: the numbers of trials, of a floating dtype.
        prob: the probabilities of success, of that dtype; the shapes are broadcast.
        generator: where the bits come from, by default the default generator.

    Raises:
        RuntimeError: if the dtypes differ.
        NotImplementedError: for a dtype that is not floating.
        TypeError: if `count` or `prob` is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.binomial(tl.tensor([5.0, 5.0]), tl.tensor([0.0, 1.0]))
    tensor([0., 5.])
    """
    for position, (name, x) in enumerate((("count", count), ("prob", prob)), start=1):
        if not isinstance(x, Tensor):
            raise wrong_type("binomial", name, position, "Tensor", x)
    if count.dtype is not prob.dtype:
        raise RuntimeError(f"Found dtype {count.dtype} but expected {prob.dtype}: binomial takes both in one dtype")
    if count.dtype.kind != "f":
        raise NotImplementedError(f'"binomial_cpu" not implemented for {count.dtype}: convert with .float() first')
    shape = broadcast_shape("binomial", count.shape, prob.shape)
    counts, probs = expand(count, shape), expand(prob, shape)
    return _in_graph(made(drawn(rejection.binomial_array, generator, counts._data, probs._data)), count, prob)


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
            noise = distributions.filled(generator, distributions.exponential_array, weights, 1.0, weights.dtype)
            keys = weights / noise
        return np.argsort(-keys, axis=-1, kind="stable")[..., :count]
    sums = np.cumsum(weights, axis=-1, dtype=np.promote_types(weights.dtype, np.float32)).reshape(-1, weights.shape[-1])
    draws = distributions.uniform(generator, (len(sums), count), dtype=np.float64)
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
    if len(given) == 1:
        return 0, whole_number(name, "high", 1, given[0])
    return whole_number(name, "low", 1, given[0]), whole_number(name, "high", 2, given[1])


# As methods, which the class cannot list, because it stands above this room.
setattr(Tensor, "multinomial", multinomial)  # noqa: B010  # the stub declares it already
setattr(Tensor, "bernoulli", bernoulli)  # noqa: B010  # the stub declares it already
