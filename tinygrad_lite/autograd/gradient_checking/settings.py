"""The settings of a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Settings:
    """The settings of a check, which are parameters of `gradcheck`.

    Attributes:
        surrogates: the functions whose backward is taken for their derivative.
        explain: whether to look for the reason where a gradient is wrong, and for all digits of what is shown.
        small: in fast mode, a tensor of no more elements is compared element by element if its projection is wrong.
        forward, batched, batched_forward: whether to check derivatives in a direction, and several at once.
        seed: if it is given, one random direction through all tensors decides first, and elements are compared only
            where it leaves a doubt; the seed draws it and the gradients of the results, also how these lie in memory.
        strict: whether what is suspicious fails too, so that only an explanation need tell it from what is wrong.
        fewer: whether to check that each tensor has the same gradient where fewer of them require one.
    """

    eps: float = 1e-6
    atol: float = 1e-5
    rtol: float = 1e-3
    nondet_tol: float = 0.0
    check_undefined_grad: bool = True
    check_grad_dtypes: bool = False
    fast: bool = False
    surrogates: tuple[Any, ...] = ()
    explain: bool = True
    small: int = 32
    forward: bool = False
    batched: bool = False
    batched_forward: bool = False
    seed: int | None = None
    fewer: bool = False
    strict: bool = False
