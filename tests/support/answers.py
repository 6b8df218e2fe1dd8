"""PyTorch's answers, where it is installed and where it is not: then they come from a table.

    python -m tests.record_answers

makes the table anew, in `tests/answers/`, one file for each folder of tests. A test asks in the same order each time: an
answer stands under the test's name and the number of the question.
"""

from __future__ import annotations

import functools
import gzip
import importlib.util
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

TABLES = Path(__file__).parents[1] / "answers"
PRESENT = importlib.util.find_spec("torch") is not None
DIGITS = {"float16": 5, "float32": 9, "float64": 13}

UNHELD = ["unheld"]
"""In the place of an answer that is no plain data."""

recorded: dict[str, dict[str, Any]] | None = None
"""What is asked while a table is made: for each folder, the answers by their keys."""
_asked: dict[str, int] = {}


def start() -> None:
    """A test begins: its questions are counted from 0."""
    _asked.clear()


def answer(ask: Callable[[Any], Any]) -> Any:
    """What `ask(torch)` returns: numbers, texts, arrays, and lists, tuples and dictionaries of them.

    Skips:
        the test, where PyTorch is not installed and the table does not have the answer.
    """
    test = os.environ["PYTEST_CURRENT_TEST"].rpartition(" (")[0]
    number = _asked[test] = _asked.get(test, -1) + 1
    folder, key = test.split("/")[1], f"{test.split('/', 2)[2]} {number}"
    if not PRESENT:
        if table(folder).get(key, UNHELD) == UNHELD:
            pytest.skip("PyTorch is not installed, and the table does not have its answer")
        return from_json(table(folder)[key])
    found = ask(pytest.importorskip("torch"))
    if recorded is not None:
        try:
            recorded.setdefault(folder, {})[key] = to_json(found)
        except TypeError:
            recorded[folder][key] = UNHELD
    elif key not in table(folder):
        raise AssertionError(f"tests/answers/ has no answer to {key!r}: run `python -m tests.record_answers`")
    return found


@functools.cache
def table(folder: str) -> dict[str, Any]:
    path = TABLES / f"{folder}.json.gz"
    return json.loads(gzip.decompress(path.read_bytes())) if path.exists() else {}  # type: ignore[no-any-return]  # of a known type


def write() -> None:
    """Write what was recorded, in the place of all answers of the same files, and drop those of files that are gone.

    The same answers give the same bytes.
    """
    TABLES.mkdir(exist_ok=True)
    for folder, found in (recorded or {}).items():
        files = {file_of(key) for key in found}
        files |= {file for file in map(file_of, table(folder)) if not (TABLES.parent / folder / file).exists()}
        answers = {key: x for key, x in table(folder).items() if file_of(key) not in files} | found
        text = json.dumps(answers, sort_keys=True, separators=(",", ":"))
        (TABLES / f"{folder}.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def file_of(key: str) -> str:
    return key.partition("::")[0]


def to_json(x: Any) -> Any:
    """A value as JSON can hold it. What is not plain is marked by the name of its type in front."""
    match x:
        case None | bool() | int() | str():
            return x
        case float():
            return x
        case np.ndarray() | np.generic():
            dtype = str(x.dtype)
            flat = np.ravel(x).tolist()
            if dtype in DIGITS:
                flat = [float(f"{value:.{DIGITS[dtype]}g}") for value in flat]
            return ["array", dtype, [*np.shape(x)], flat]
        case list():
            return ["list", *map(to_json, x)]
        case tuple():
            return ["tuple", *map(to_json, x)]
        case dict():
            return ["dict", *([to_json(key), to_json(value)] for key, value in x.items())]
        case _:
            raise TypeError(f"an answer that the table cannot hold: {x!r}")


def from_json(x: Any) -> Any:
    """The value that `to_json` wrote."""
    if not isinstance(x, list):
        return x
    kind, *rest = x
    if kind == "array":
        return np.array(rest[2], rest[0]).reshape(rest[1])
    if kind == "dict":
        return {from_json(key): from_json(value) for key, value in rest}
    return (tuple if kind == "tuple" else list)(map(from_json, rest))
