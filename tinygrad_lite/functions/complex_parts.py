"""PyTorch's functions of complex numbers, for the real ones that Tensors hold: nearly all return the Tensor itself."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from ..core.argument_types import wrong_type
from ..core.primitive import Traced
from ..types.annotations import Tensor
from .arguments import public


def _checked(name: str, x: Any) -> Any:
    if not isinstance(x, (Traced, np.ndarray)):
        raise wrong_type(name, "x", 1, "Tensor", x)
    return x


@public
def conj(x: Tensor) -> Tensor:
    """The complex conjugate: of a real Tensor, the Tensor itself.

    Args:
        x: of any shape and dtype.

    Raises:
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2)
    >>> tl.conj(x) is x
    True
    """
    return _checked("conj", x)


@public
def conj_physical(x: Tensor) -> Tensor:
    """The complex conjugate, computed at once: of a real Tensor, the Tensor itself.

    Args:
        x: of any shape and dtype.

    Raises:
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2)
    >>> tl.conj_physical(x) is x
    True
    """
    return _checked("conj_physical", x)


@public
def resolve_conj(x: Tensor) -> Tensor:
    """The Tensor, with a conjugation that was put off carried out: of a real Tensor, the Tensor itself.

    Args:
        x: of any shape and dtype.

    Raises:
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2)
    >>> tl.resolve_conj(x) is x
    True
    """
    return _checked("resolve_conj", x)


@public
def resolve_neg(x: Tensor) -> Tensor:
    """The Tensor, with a negation that was put off carried out: of a real Tensor, the Tensor itself.

    Args:
        x: of any shape and dtype.

    Raises:
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2)
    >>> tl.resolve_neg(x) is x
    True
    """
    return _checked("resolve_neg", x)


@public
def is_conj(x: Tensor) -> bool:
    """Return False: no conjugation is put off, because Tensors are real.

    Args:
        x: of any shape and dtype.

    Raises:
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.is_conj(tl.ones(2))
    False
    """
    _checked("is_conj", x)
    return False


@public
def is_neg(x: Tensor) -> bool:
    """Return False: no negation is put off.

    Args:
        x: of any shape and dtype.

    Raises:
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.is_neg(tl.ones(2))
    False
    """
    _checked("is_neg", x)
    return False


@public
def real(x: Tensor) -> Tensor:
    """The real part: of a real Tensor, the Tensor itself.

    Args:
        x: of any shape and dtype.

    Raises:
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2)
    >>> tl.real(x) is x, x.real is x
    (True, True)
    """
    return _checked("real", x)


def imag(x: Tensor) -> NoReturn:
    """The imaginary part, which real Tensors do not have.

    Args:
        x: of any shape.

    Raises:
        TypeError: if x is not a Tensor.
        RuntimeError: otherwise, as in PyTorch.

    >>> import tinygrad_lite as tl
    >>> tl.imag(tl.ones(2))
    Traceback (most recent call last):
    ...
    RuntimeError: imag is not implemented for tensors with non-complex dtypes.
    """
    _checked("imag", x)
    raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
