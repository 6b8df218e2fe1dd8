"""How the tests run: Hypothesis' profiles, and the state that a test must leave as it found it.

`brief` is for measuring coverage, `quick` for the desk, `ci` for every push, `intense` for nights; HYPOTHESIS_PROFILE
chooses one by name. `brief` and `ci` draw the same examples each time, so that a push is not refused by luck; the
others draw new ones.
"""

from __future__ import annotations

import importlib.util
import os
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from _pytest.doctest import DoctestModule
from hypothesis import settings

import tinygrad_lite as tl

from .support import answers

collect_ignore = ["support"]  # helpers of the tests, which --doctest-modules would import as if they were tests

for profile, max_examples in {"brief": 8, "quick": 15, "ci": 20, "intense": 3000}.items():
    settings.register_profile(
        profile, max_examples=max_examples, deadline=None, print_blob=True, derandomize=profile in ("brief", "ci")
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") == "true" else "quick"))


def surroundings() -> dict[str, Any]:
    """The state of the thread and of the process that operations on Tensors depend on."""
    return {
        "grad mode": tl.is_grad_enabled(),
        "inference mode": tl.is_inference_mode_enabled(),
        "default dtype": tl.get_default_dtype(),
        "np.errstate": np.geterr(),
    }


@pytest.fixture(autouse=True)
def leaves_no_trace(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves the surroundings changed, and put them right for the next one.

    Each test begins with a seed of its own, the same in every run and whatever ran before it.
    """
    tl.manual_seed(zlib.crc32(request.node.nodeid.encode()))
    before = surroundings()
    answers.start()
    yield
    after = surroundings()
    tl.set_grad_enabled(before["grad mode"])
    tl.set_default_dtype(before["default dtype"])
    np.seterr(**before["np.errstate"])
    assert after == before, "the test leaked global state"


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Iterator[None]:
    """Do not look for doctests in tests: what cannot be imported would be left half imported, and collected as empty."""
    found = yield
    return [collector for collector in found if not isinstance(collector, DoctestModule)]  # type: ignore[attr-defined,return-value]  # pytest's hook has no types for it


# Doctests whose example needs an optional package.
EXTRAS = {"digits": "sklearn", "onnx": "onnx", "export": "onnx"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        package = EXTRAS.get(item.name.rpartition(".")[2]) if isinstance(item, pytest.DoctestItem) else None
        if package is not None and importlib.util.find_spec(package) is None:
            item.add_marker(pytest.mark.skip(reason=f"the example needs {package}"))
