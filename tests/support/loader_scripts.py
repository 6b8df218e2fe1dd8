"""Datasets and scripts for loaders, which run under both libraries and are compared."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

import tinygrad_lite as tl


def plain(x: Any) -> Any:
    """A result without its library: kinds, dtypes, shapes and values."""
    if hasattr(x, "detach"):
        array = x.detach().numpy()
        return str(array.dtype), array.shape, array.tolist()
    if isinstance(x, Mapping):
        return type(x).__name__, {key: plain(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x).__name__, [plain(value) for value in x]
    if hasattr(x, "tolist"):
        return x.tolist()
    return x


def both(script: Callable[[Any], Any], seed: int = 3) -> None:
    """Run a script under both, and compare what it returns, what it raises, and where it leaves the generator."""
    torch = pytest.importorskip("torch")
    ours, theirs = (outcome(script, T, seed) for T in (tl, torch))
    assert ours == theirs


def outcome(script: Callable[[Any], Any], T: Any, seed: int) -> Any:
    T.manual_seed(seed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = plain(script(T))
        except Exception as error:
            return type(error).__name__
    return result, T.rand(3).tolist(), [w.category.__name__ for w in caught]


def squares(T: Any, n: int = 23) -> Any:
    return T.utils.data.TensorDataset(
        T.arange(n), T.arange(n).float() ** 2, T.ones(n, 2, 3) * T.arange(n).view(-1, 1, 1)
    )


def stream(T: Any, n: int = 10, draws: bool = False) -> Any:
    class Stream(T.utils.data.IterableDataset):
        def __iter__(self) -> Iterator[Any]:
            return iter(T.rand(n)) if draws else iter(range(n))

        def __len__(self) -> int:
            return n

    return Stream()


def rows(T: Any, n: int = 12, draws: bool = True) -> Any:
    """A dataset of dicts; some of what is in them is random."""

    class Rows(T.utils.data.Dataset):
        def __getitem__(self, i: int) -> dict[str, Any]:
            return {"i": i, "noise": T.randn(2) if draws else 0.5, "name": str(i)}

        def __len__(self) -> int:
            return n

    return Rows()


def seeded(T: Any, seed: int = 5) -> Any:
    return T.Generator().manual_seed(seed)


def epochs(loader: Any, count: int = 2) -> list[Any]:
    return [list(loader) for _ in range(count)]
