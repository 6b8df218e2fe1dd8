"""Generators of random numbers, whose bits are those of PyTorch's CPU generator, and the distributions made of them.

`rand`, `randn`, `randint` and the like stand in the package itself: `tinygrad_lite.rand`.
"""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any

from .generator import (
    Generator,
    default_generator,
    fork_rng,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)

__all__ = [
    "Generator",
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]

# In version 0.1 these stood here too.
_MOVED = frozenset("bernoulli multinomial normal rand rand_like randint randint_like randn randn_like randperm".split())

if not TYPE_CHECKING:  # a checker would take every name for one that exists

    def __getattr__(name: str) -> Any:
        if name not in _MOVED:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        package = __name__.rpartition(".")[0]
        warnings.warn(
            f"{__name__}.{name} is now {package}.{name}, and the old path will go", DeprecationWarning, stacklevel=2
        )
        return getattr(sys.modules[package], name)
