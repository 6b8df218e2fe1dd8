"""Helpers of the distributions: parameters of one shape, probabilities and logits, values computed when first read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..autograd.grad_modes import enable_grad
from ..creation import arange, empty, tensor
from ..functions.activation import sigmoid
from ..functions.exponential import log, log1p
from ..functions.reduction import softmax
from ..functions.reshaping import broadcast_tensors
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import Number

__all__ = [
    "broadcast_all",
    "clamp_probs",
    "lazy_property",
    "logits_to_probs",
    "probs_to_logits",
    "tril_matrix_to_vec",
    "vec_to_tril_matrix",
]

EULER = 0.57721566490153286060
"""The constant of Euler and Mascheroni."""


def is_number(x: Any) -> bool:
    """Tell whether x is one of Python's numbers, which have no dtype of their own here."""
    return isinstance(x, (int, float))


def broadcast_all(*values: Tensor | Number) -> tuple[Tensor, ...]:
    """Tensors of one shape; numbers become Tensors of the dtype of the first Tensor, or of the default dtype.

    Args:
        values: Tensors of shapes that can be broadcast, and numbers.

    Raises:
        ValueError: if one of them is neither.

    >>> from tinygrad_lite.distributions.utils import broadcast_all
    >>> import tinygrad_lite as tl
    >>> broadcast_all(tl.zeros(2), 1.0)
    (tensor([0., 0.]), tensor([1., 1.]))
    """
    if not all(isinstance(v, Tensor) or is_number(v) for v in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__."
        )
    dtype = next((v.dtype for v in values if isinstance(v, Tensor)), dtypes.get_default_dtype())
    return tuple(broadcast_tensors(*[v if isinstance(v, Tensor) else tensor(v, dtype=dtype) for v in values]))


def standard_normal(shape: Sequence[int], dtype: Any) -> Tensor:
    """Numbers of the standard normal distribution."""
    return empty(shape, dtype=dtype).normal_()


def sum_rightmost(value: Tensor, dims: int) -> Tensor:
    """The sums over so many of the last dimensions."""
    return value if dims == 0 else value.reshape((*value.shape[:-dims], -1)).sum(-1)


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """Probabilities from logits: along the last dimension, or each for itself.

    Args:
        logits: of any shape, in a floating dtype.
        is_binary: whether each logit is the logarithm of the odds of one event.

    Raises:
        TypeError: if `logits` is not a Tensor.

    >>> from tinygrad_lite.distributions.utils import logits_to_probs
    >>> import tinygrad_lite as tl
    >>> logits_to_probs(tl.zeros(2)), logits_to_probs(tl.zeros(2), is_binary=True)
    (tensor([0.5000, 0.5000]), tensor([0.5000, 0.5000]))
    """
    return sigmoid(logits) if is_binary else softmax(logits, -1)


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities between eps and 1 - eps, where eps is that of the dtype.

    Args:
        probs: of any shape, in a floating dtype.

    Raises:
        TypeError: if `probs` is not of a floating dtype.

    >>> from tinygrad_lite.distributions.utils import clamp_probs
    >>> import tinygrad_lite as tl
    >>> clamp_probs(tl.tensor([0.0, 0.5]))
    tensor([1.1921e-07, 5.0000e-01])
    """
    eps = dtypes.finfo(probs.dtype).eps
    return probs.clamp(eps, 1 - eps)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """Logits from probabilities, which are clamped so that the logits are finite.

    Args:
        probs: of any shape, in a floating dtype.
        is_binary: whether each is the probability of one event; then the logit is the logarithm of its odds.

    Raises:
        TypeError: if `probs` is not of a floating dtype.

    >>> from tinygrad_lite.distributions.utils import probs_to_logits
    >>> import tinygrad_lite as tl
    >>> probs_to_logits(tl.tensor([0.5, 0.75]), is_binary=True)
    tensor([0.0000, 1.0986])
    """
    clamped = clamp_probs(probs)
    return log(clamped) - log1p(-clamped) if is_binary else log(clamped)


class lazy_property:  # it is used like `property`
    """A property that is computed when it is first read, with gradients, and then kept as an attribute.

    Args:
        wrapped: the function of the instance.

    Raises:
        TypeError: if `wrapped` is not a function of one argument, when the property is read.

    >>> from tinygrad_lite.distributions.utils import lazy_property
    >>> class Circle:
    ...     radius = 2
    ...     @lazy_property
    ...     def area(self):
    ...         return 3 * self.radius**2
    >>> circle = Circle()
    >>> circle.area, circle.__dict__
    (12, {'area': 12})
    """

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped
        self.__doc__ = wrapped.__doc__

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        with enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """The elements of matrices on and below a diagonal, row by row, as vectors.

    Args:
        mat: of shape (…, n, n), in any dtype.
        diag: the diagonal, counted from the main one upwards.

    Raises:
        ValueError: if there is no such diagonal.

    >>> from tinygrad_lite.distributions.utils import tril_matrix_to_vec
    >>> import tinygrad_lite as tl
    >>> tril_matrix_to_vec(tl.tensor([[1, 2], [3, 4]]))
    tensor([1, 3, 4])
    """
    n = mat.shape[-1]
    if diag < -n or diag >= n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    rows = arange(n)
    return mat[..., rows < rows.view(-1, 1) + (diag + 1)]


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """The inverse of `tril_matrix_to_vec`, with zeros above the diagonal.

    Args:
        vec: of shape (…, m), in any dtype.
        diag: the diagonal, counted from the main one upwards.

    Raises:
        ValueError: if no matrix has so many elements on and below the diagonal.

    >>> from tinygrad_lite.distributions.utils import vec_to_tril_matrix
    >>> import tinygrad_lite as tl
    >>> vec_to_tril_matrix(tl.tensor([1, 3, 4]))
    tensor([[1, 0],
            [3, 4]])
    """
    count, n = vec.shape[-1], 1
    while n < count + 2 and _below(n, diag) < count:
        n += 1
    if _below(n, diag) != count:
        raise ValueError(
            f"The size of last dimension is {count} which cannot be expressed as "
            "the lower triangular part of a square D x D matrix."
        )
    mat = vec.new_zeros((*vec.shape[:-1], n, n))
    rows = arange(n)
    mat[..., rows < rows.view(-1, 1) + (diag + 1)] = vec
    return mat


def _below(n: int, diag: int) -> int:
    """The number of elements of an n by n matrix on and below a diagonal."""
    return sum(max(0, min(n, row + 1 + diag)) for row in range(n))
