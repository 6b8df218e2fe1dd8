"""The tables of calls that tests/parity holds against PyTorch, for other tests that make the same calls."""

from __future__ import annotations

from ..parity import (
    test_creation,
    test_elementwise,
    test_indexing,
    test_linalg,
    test_reduction,
    test_shape,
    test_special_functions,
)

TABLES = [
    test_creation,
    test_elementwise,
    test_indexing,
    test_linalg,
    test_reduction,
    test_shape,
    test_special_functions,
]

RANDOM = set(
    """
    Generator bernoulli binomial poisson cauchy_ default_generator get_rng_state initial_seed manual_seed multinomial normal rand rand_like
    randint randint_like randn randn_like randperm seed set_rng_state bernoulli_ exponential_ normal_ random_ uniform_
""".split()
)  # their values are held against PyTorch's own streams
"""What draws random numbers, and is in no table."""
