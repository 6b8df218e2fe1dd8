"""Methods that fill a Tensor with random numbers, in the streams of PyTorch's CPU generator.

The elements take the numbers in the order in which they lie in memory: those of a transposed Tensor column by column.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.argument_types import wrong_type
from ..core.primitive import Array
from ..core.tensor import TensorBase, wrap
from ..random import distributions
from ..random.generator import Generator, drawn
from ..types.annotations import Tensor
from .in_place import write_in_place


def _fill(x: Tensor, draw: Callable[..., Array], generator: Generator | None, *args: Any) -> Tensor:
    values = drawn(distributions.filled, generator, draw, x._data, *args)
    return write_in_place(x, lambda _: wrap(values))


def _number(method: str, argument: str, position: int, value: Any, kind: type[float] = float) -> Any:
    """A parameter of a distribution as one of Python's numbers."""
    accepted = (int, np.integer) if kind is int else (int, float, np.integer, np.floating)
    single = isinstance(value, TensorBase) and value._data.size == 1 and value._data.dtype.kind != "f" * (kind is int)
    if not isinstance(value, accepted) and not single:
        raise wrong_type(method, argument, position, kind.__name__, value)
    return value if isinstance(value, (int, float)) else value.item()


def uniform_(
    self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None, **named: float
) -> Tensor:
    """Fill this Tensor with numbers that are spread evenly over [from, to).

    Args:
        from_: the lower end, which may be drawn. It is called `from` in PyTorch: `x.uniform_(**{"from": 1})` works too.
        to: the upper end, which is not drawn.
        generator: where the bits come from, by default the default generator.

    Raises:
        RuntimeError: if `from_ > to`, or either is outside the dtype.
        NotImplementedError: for a dtype that is not floating.
        TypeError: if an end is no number.

    >>> import tinygrad_lite as tl
    >>> x = tl.empty(1000).uniform_(-2, -1)
    >>> bool(x.min() >= -2), bool(x.max() < -1)
    (True, True)
    """
    low = named.pop("from", from_)
    if named:
        raise TypeError(f"uniform_() got an unexpected keyword argument {next(iter(named))!r}")
    low, to = _number("uniform_", "from", 1, low), _number("uniform_", "to", 2, to)
    return _fill(self, distributions.uniform, generator, low, to, self._data.dtype)


def normal_(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill this Tensor with normally distributed numbers.

    Args:
        mean: their expectation.
        std: their standard deviation.
        generator: where the bits come from, by default the default generator.

    Raises:
        RuntimeError: if `std` is negative.
        NotImplementedError: for a dtype that is not floating.
        TypeError: if `mean` or `std` is no number.

    >>> import tinygrad_lite as tl
    >>> tl.empty(2).normal_(5, 0)
    tensor([5., 5.])
    """
    mean, std = _number("normal_", "mean", 1, mean), _number("normal_", "std", 2, std)
    values = drawn(distributions.filled_normal, generator, self._data, mean, std, self._data.dtype)
    return write_in_place(self, lambda _: wrap(values))


def bernoulli_(self: Tensor, p: Tensor | float = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Fill this Tensor with ones, each with probability p, and zeros.

    Args:
        p: a number, or a Tensor of probabilities that is broadcast to the shape of this one.
        generator: where the bits come from, by default the default generator.

    Raises:
        RuntimeError: if a probability is not in [0, 1], or the shape of `p` cannot be broadcast.
        TypeError: if `p` is neither a number nor a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.empty(2, 2).bernoulli_(tl.tensor([0.0, 1.0]))
    tensor([[0., 1.],
            [0., 1.]])
    """
    shape = self._data.shape
    if isinstance(p, TensorBase) and p._data.ndim:
        given = p._data.shape
        if len(given) > len(shape) or any(n not in (1, m) for n, m in zip(given[::-1], shape[::-1], strict=False)):
            raise RuntimeError(
                f"bernoulli_: the probabilities of shape {list(given)} cannot be broadcast to the shape {list(shape)}"
            )
    chances = p._data if isinstance(p, TensorBase) else _number("bernoulli_", "p", 1, p)
    return _fill(self, distributions.bernoulli_array, generator, chances, self._data.dtype)


def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill this Tensor with exponentially distributed numbers, whose density is lambd e^(-lambd x) for x > 0.

    Args:
        lambd: the rate; the expectation is 1 / lambd.
        generator: where the bits come from, by default the default generator.

    Raises:
        RuntimeError: if `lambd` is not positive, or the dtype is not floating.
        TypeError: if `lambd` is no number.

    >>> import tinygrad_lite as tl
    >>> x = tl.empty(10_000).exponential_(4.0)
    >>> bool((x.mean() - 1 / 4).abs() < 0.02)
    True
    """
    return _fill(
        self, distributions.exponential_array, generator, _number("exponential_", "lambd", 1, lambd), self._data.dtype
    )


def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Fill this Tensor with how many trials there are up to the first success.

    Args:
        p: the probability of success, in (0, 1).
        generator: where the bits come from, by default the default generator.

    Raises:
        RuntimeError: if `p` is not in (0, 1).
        NotImplementedError: for bools.
        TypeError: if `p` is no number.

    >>> import tinygrad_lite as tl
    >>> x = tl.empty(10_000).geometric_(0.5)
    >>> bool((x.mean() - 2).abs() < 0.1), float(x.min())
    (True, 1.0)
    """
    chance = _number("geometric_", "p", 1, p)
    if not 0 < chance < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={chance:g}")
    if self._data.dtype.kind == "b":
        raise NotImplementedError('"geometric_cpu" not implemented for bool: use a dtype of numbers')
    return _fill(self, distributions.geometric_array, generator, chance, self._data.dtype)


def log_normal_(self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None) -> Tensor:
    """Fill this Tensor with numbers whose logarithms are normally distributed.

    Args:
        mean: the expectation of the logarithms.
        std: their standard deviation.
        generator: where the bits come from, by default the default generator.

    Raises:
        RuntimeError: if `std` is not positive.
        NotImplementedError: for a dtype that is not floating.
        TypeError: if `mean` or `std` is no number.

    >>> import tinygrad_lite as tl
    >>> bool((tl.empty(10_000).log_normal_(0.5, 1).log().mean() - 0.5).abs() < 0.05)
    True
    """
    mean, std = _number("log_normal_", "mean", 1, mean), _number("log_normal_", "std", 2, std)
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    if self._data.dtype.kind != "f":
        raise NotImplementedError(f'"log_normal_cpu" not implemented for {self.dtype}: use a floating dtype')
    return _fill(self, distributions.log_normal_array, generator, mean, std, self._data.dtype)


def cauchy_(self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Fill this Tensor with numbers of the Cauchy distribution, which has no expectation.

    Args:
        median: the middle.
        sigma: half the distance of the quartiles.
        generator: where the bits come from, by default the default generator.

    Raises:
        RuntimeError: if `sigma` is not positive, or the dtype is not floating.
        TypeError: if `median` or `sigma` is no number.

    >>> import tinygrad_lite as tl
    >>> bool((tl.empty(10_000).cauchy_(3.0).median() - 3).abs() < 0.1)
    True
    """
    median, sigma = _number("cauchy_", "median", 1, median), _number("cauchy_", "sigma", 2, sigma)
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    if self._data.dtype.kind != "f":
        raise RuntimeError(
            "Cauchy distribution is a continuous probability distribution. dtype must be a floating point but you "
            f"specified {self.dtype}"
        )
    return _fill(self, distributions.cauchy_array, generator, median, sigma, self._data.dtype)


def random_(
    self: Tensor, from_: int | None = None, to: int | None = None, *, generator: Generator | None = None
) -> Tensor:
    """Fill this Tensor with whole numbers that are spread evenly over [from, to); `random_(to)` counts from 0.

    Args:
        from_: the lowest number, 0 by default.
        to: one more than the highest number. Without both ends all numbers from 0 that the dtype holds exactly.
        generator: where the bits come from, by default the default generator.

    Raises:
        RuntimeError: if `from_ >= to`, or the dtype cannot hold both.
        TypeError: if an end is not a whole number.

    >>> import tinygrad_lite as tl
    >>> tl.empty(3).random_(7, 8)
    tensor([7., 7., 7.])
    """
    dtype = self._data.dtype
    if from_ is None and to is None:
        return _fill(self, distributions.all_integers, generator, dtype)
    low = 0 if from_ is None else _number("random_", "from", 1, from_, int)
    low, high = (0, low) if to is None else (low, _number("random_", "to", 2, to, int))
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if dtype.kind != "f":
        limits = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
        for name, value in (("from", low), ("to - 1", high - 1)):
            if not limits[0] <= value <= limits[1]:
                raise RuntimeError(
                    f"{name} is out of bounds for {dtype}: random_ is asked for numbers from {low} to {high}"
                )
    return _fill(self, distributions.integers, generator, low, high, dtype)
