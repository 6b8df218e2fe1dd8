"""NVIDIA's library, which is not here. Its switches may be set, and have no effect."""

import contextlib
from collections.abc import Iterator

enabled = True
benchmark = False
benchmark_limit: int | None = None
deterministic = False
allow_tf32 = True
fp32_precision = "none"


def is_available() -> bool:
    """Return False."""
    return False


def version() -> None:
    """Return None, because there is none."""
    return


def is_acceptable(tensor: object) -> bool:
    """Return False: no Tensor is computed with it."""
    return False


@contextlib.contextmanager
def flags(**switches: bool | int | None) -> Iterator[None]:
    """A context with other switches, which have no effect."""
    before = {name: globals()[name] for name in switches}
    globals().update(switches)
    try:
        yield
    finally:
        globals().update(before)
