"""Never out of date: programs that read Python's world in every way, and change it, do what they do as written.

The tables are in `tests/support/staleness.py`, which runs all of them; here is a sample.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from tinygrad_lite.compiler import entered, guards, reads

from ..support.staleness import EFFECTS, HELD, USED, WHEN, WHERE, Outcome, differs, lost, outcome

RNG = random.Random(15)
SAMPLE = [(held, RNG.choice([*USED]), RNG.choice(WHEN)) for held in HELD]


def test_a_change_is_seen_in_every_way_to_read() -> None:
    found = [outcome(*each) for each in SAMPLE]
    assert not [one for one in found if one.found not in ("replayed", "as written")]
    assert sum(one.found == "replayed" for one in found) > len(found) / 2


def test_an_effect_is_not_lost() -> None:
    assert not [text for effect in EFFECTS if (text := lost(effect, RNG.choice([*WHERE]))) is not None]


def test_ordinary_ways_to_read_run_as_programs() -> None:
    ordinary = (
        "a global", "a closure", "an attribute", "a class attribute", "a property", "a list", "a dict", "a nested list",
        "a dataclass", "a frozen dataclass", "an enum", "a namespace", "a named tuple", "getattr by a name", "a partial",
        "__getitem__", "__call__", "a UserDict", "a module", "a NumPy array", "a Tensor's attribute", "a Module's config",
        "a default", "a function's attribute", "a slot", "__getattr__", "math", "an option of an optimizer",
    )  # fmt: skip
    for held in ordinary:
        assert outcome(held, "in another function", WHEN[1]) == Outcome(
            f"{held}, in another function, changed {WHEN[1]}", "replayed"
        )


def test_random_training_programs() -> None:
    assert not [seed for seed in range(20_000, 20_012) if differs(seed)]


def without(kind: str, patch: pytest.MonkeyPatch) -> None:
    """Switch off one kind of guard or refusal."""

    def but(what: Any) -> Any:
        def kept(self: reads.Reads, roots: Any) -> None:
            search(self, roots)
            self.guards = {key: guard for key, guard in self.guards.items() if not what(key[1], guard)}

        return kept

    search = reads.Reads._search
    if kind == "calls":
        patch.setattr(entered, "refusal_of_call", lambda function: None)
    elif kind == "types":
        patch.setattr(reads.Reads, "_unknown", lambda *args: None)
    elif kind == "instructions":
        patch.setattr(guards, "facts", lambda code: reads.facts(code)._replace(refusals=[]))
    elif kind == "tensors":
        patch.setattr(guards, "_properties", lambda t: ())
    elif kind == "absent":
        patch.setattr(reads.Reads, "_search", but(lambda what, guard: "not in" in guard.text))
    elif kind == "modes":
        patch.setattr(guards, "_modes", lambda: ())
    elif kind == "names":
        patch.setattr(reads.Reads, "_search", but(lambda what, guard: what[0] != "["))
    else:
        patch.setattr(reads.Reads, "_search", but(lambda what, guard: what == f"[{kind}]"))


@pytest.mark.parametrize(
    ("kind", "held"),
    [
        ("names", "an attribute"), ("contents", "a list"), ("attributes", "a class attribute that is hidden"),
        ("type", "__class__"), ("bases", "the bases"), ("classes", "a name that appears in a class of the library"),
        ("absent", "a global that hides a builtin"), ("tensors", "a Tensor's shape"), ("modes", "the default dtype"),
        ("dict", "another __dict__"), ("types", "a deque"), ("calls", "a setting of Python"), ("instructions", "a function's globals"),
    ],
)  # fmt: skip
def test_it_is_noticed_if_a_kind_of_guard_is_missing(kind: str, held: str, monkeypatch: pytest.MonkeyPatch) -> None:
    without(kind, monkeypatch)
    assert any(outcome(held, "plainly", when).found.startswith("differs") for when in WHEN)
