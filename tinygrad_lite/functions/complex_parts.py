"""PyTorch's functions of complex numbers, for the real ones that Tensors hold: nearly all return the Tensor itself."""

from __future__ import annotations

from typing import NoReturn

from ..types.annotations import Tensor
from .arguments import public


@public
def conj(x: Tensor) -> Tensor:
    """The complex conjugate: of a real Tensor, the Tensor itself.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2)
    >>> tl.conj(x) is x
    True
    """
    return x


@public
def conj_physical(x: Tensor) -> Tensor:
    """The complex conjugate, computed at once: of a real Tensor, the Tensor itself.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2)
    >>> tl.conj_physical(x) is x
    True
    """
    return x


@public
def resolve_conj(x: Tensor) -> Tensor:
    """The Tensor, with a conjugation that was put off carried out: of a real Tensor, the Tensor itself.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2)
    >>> tl.resolve_conj(x) is x
    True
    """
    return x


@public
def resolve_neg(x: Tensor) -> Tensor:
    """The Tensor, with a negation that was put off carried out: of a real Tensor, the Tensor itself.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2)
    >>> tl.resolve_neg(x) is x
    True
    """
    return x


@public
def is_conj(x: Tensor) -> bool:
    """Whether a conjugation is put off: never, because Tensors are real.

    >>> import tinygrad_lite as tl
    >>> tl.is_conj(tl.ones(2))
    False
    """
    return False


@public
def is_neg(x: Tensor) -> bool:
    """Whether a negation is put off: never.

    >>> import tinygrad_lite as tl
    >>> tl.is_neg(tl.ones(2))
    False
    """
    return False


@public
def real(x: Tensor) -> Tensor:
    """The real part: of a real Tensor, the Tensor itself.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2)
    >>> tl.real(x) is x, x.real is x
    (True, True)
    """
    return x


def imag(x: Tensor) -> NoReturn:
    """The imaginary part, which real Tensors do not have.

    Raises:
        RuntimeError: as PyTorch does.

    >>> import tinygrad_lite as tl
    >>> tl.imag(tl.ones(2))
    Traceback (most recent call last):
    ...
    RuntimeError: imag is not implemented for tensors with non-complex dtypes.
    """
    raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
