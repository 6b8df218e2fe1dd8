"""What version 0.1.0 wrote can still be read, and goes on as it would have gone on there.

The folder `version_0_1` holds pickles, files of `save` and `save_checkpoint`, and a safetensors file. `write.py` in it
wrote them and says what is looked at; `expected.json` has what was found then, mostly by PyTorch.
"""

from __future__ import annotations

import gzip
import importlib.util
import io
import json
import math
import pickle
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tinygrad_lite as tl

FOLDER = Path(__file__).parent / "version_0_1"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("version_0_1_write", FOLDER / "write.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# The pickles name inner modules of version 0.1, which are found with a warning (see `test_an_old_path_warns`).
pytestmark = pytest.mark.filterwarnings("ignore:tinygrad_lite.*the old path will go:DeprecationWarning")

write = _script()
NAMES = sorted(write.PICKLES)


@pytest.fixture(autouse=True)
def _random_numbers_go_on_as_before() -> Iterator[None]:
    state = tl.get_rng_state()
    yield
    tl.set_rng_state(state)


def differences(expected: Any, found: Any, where: str = "") -> Iterator[str]:
    """Where two structures of plain data differ; numbers with a point may differ by 1e-6."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted({*expected, *found}):
            if key in expected and key in found:
                yield from differences(expected[key], found[key], f"{where}/{key}")
            else:
                yield f"{where}/{key} is only {'expected' if key in expected else 'found'}"
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for i, (a, b) in enumerate(zip(expected, found, strict=True)):
            yield from differences(a, b, f"{where}/{i}")
    elif isinstance(expected, float) and isinstance(found, float):
        if not math.isclose(expected, found, rel_tol=1e-6, abs_tol=1e-6):
            yield f"{where}: {found} is not {expected}"
    elif type(expected) is not type(found) or expected != found:
        yield f"{where}: {found!r} is not {expected!r}"


# Classes that have another name now. The old name still leads to them.
RENAMED = {"Ranked": "ValuesAndIndices"}


def check(name: str, found: Any) -> None:
    """Compare what was found in a file with what is expected."""
    expected = json.dumps(EXPECTED[name])
    for old, new in RENAMED.items():
        expected = expected.replace(old, new)
    differing = [*differences(json.loads(expected), json.loads(json.dumps(found)))]
    assert not differing, f"{name} of version 0.1.0 is not what it was:\n" + "\n".join(differing)


class Anything(dict[Any, Any]):
    """Stands in the place of a class that is not there: made of anything, and whatever is put into it."""

    def __init__(self, *args: Any) -> None:
        super().__init__()

    __hash__ = object.__hash__  # type: ignore[assignment]  # as version 0.1 had it


class Names(pickle.Unpickler):
    """Reads a pickle only for the names in it, and notes those that are not where version 0.1.0 had them."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content))
        self.lost: list[str] = []

    def find_class(self, module: str, name: str) -> Any:
        """What is there now, or something in its place."""
        try:
            return super().find_class(module, name)
        except (ImportError, AttributeError):
            self.lost.append(f"{module}.{name}")
            return type(name, (Anything,), {})


@pytest.mark.parametrize("name", NAMES)
def test_every_name_in_a_pickle_is_where_it_was(name: str) -> None:
    names = Names(gzip.decompress((FOLDER / f"{name}.pickle.gz").read_bytes()))
    with suppress(Exception):  # what stands in the place of a class is not like it
        names.load()
    assert not names.lost, f"pickles of version 0.1.0 need {', '.join(names.lost)}"


@pytest.mark.parametrize("name", NAMES)
def test_a_pickle_holds_what_it_held(name: str) -> None:
    check(name, write.PICKLES[name].seen(write.unpickled(name)))


@pytest.mark.parametrize("name", NAMES)
def test_what_was_in_a_pickle_can_be_pickled_again(name: str) -> None:
    again = pickle.loads(pickle.dumps(write.unpickled(name)))
    check(name, write.PICKLES[name].seen(again))


def test_training_goes_on_from_a_saved_state() -> None:
    check(write.STATE, write.continued_from_state(tl, tl.load(FOLDER / write.STATE)))


def test_a_run_goes_on_from_a_checkpoint_within_an_epoch() -> None:
    found = write.continued_from_checkpoint(FOLDER / write.CHECKPOINT)
    # Version 0.1 took the masks of dropout from a stream of its own; now they are PyTorch's, and so are the losses.
    expected = [0.6982055063710646, 0.8540715337673284, 1.7233989235973644, 1.5265365182013042, 1.9243788874700847]
    assert found["losses"] == pytest.approx(expected, rel=1e-9)
    check(write.CHECKPOINT, {**found, "losses": EXPECTED[write.CHECKPOINT]["losses"]})


def test_a_safetensors_file_holds_what_it_held() -> None:
    pytest.importorskip("safetensors")
    check(write.TENSORS, write.seen_in_tensors(tl.load(FOLDER / write.TENSORS)))


@pytest.mark.parametrize(
    ("expected", "found", "message"),
    [
        ({"a": 1.0}, {"a": 1.00001}, "/a: 1.00001 is not 1.0"),
        ({"a": [1, 2]}, {"a": [1, 3]}, "/a/1: 3 is not 2"),
        ({"a": 1}, {"a": True}, "/a: True is not 1"),
        ({"a": 1}, {}, "/a is only expected"),
        ([1], [1, 2], ": [1, 2] is not [1]"),
    ],
)
def test_a_difference_is_found(expected: Any, found: Any, message: str) -> None:
    assert [*differences(expected, found)] == [message]


def test_an_old_path_warns_and_names_the_new_one() -> None:
    with pytest.warns(DeprecationWarning, match=r"nn\.linear\.Linear is now tinygrad_lite\.nn\.layers\.linear\.Linear"):
        from tinygrad_lite.nn.linear import Linear
    assert Linear is tl.nn.Linear
    assert callable(tl.tensor)  # the module that once had this name has not taken its place
    with pytest.raises(ImportError, match="nothing"):
        from tinygrad_lite.nn.linear import nothing  # noqa: F401  # importing it is what is tested
